/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A design on real threads with real locks: the same sources as on the simulated
 * machine, built again against native-*.c and bound to it (CMakeLists.txt), so that
 * both fit into one program. Only native_*() can be seen from outside.
 */
#ifndef NATIVE_H
#define NATIVE_H

#include "play.h"

/* What a thread's stamps are worth, measured in the threads themselves; times in ps. */
struct native_clock {
	const char *name;	/* "tsc" */
	uint64_t hz;
	uint64_t resolution_ps;	/* the step it goes by */
	uint64_t stamp_ps;	/* what a stamp costs: subtracted from each interval */
	uint64_t pair_ps;	/* what measuring a lock adds to those held around it: likewise */
	/* Below it a time is not distinguished from none: resolution and a stamp. */
	uint64_t floor_ps;
};

struct native_options {
	struct play_options play;
	/*
	 * More threads than CPUs. Who waits for a lock then yields its CPU before it
	 * queues, or a holder without a CPU would hold up all: the times mean nothing.
	 */
	bool oversubscribe;
	/* A test of the test: ThreadSanitizer is not told of locks, and must complain. */
	bool hide_locks;
};

/* CPUs that this process may run on. */
unsigned int native_nr_cpus(void);

/* ERR_USAGE if it would need more threads than CPUs and that is not allowed. */
int native_check(const struct play_job *job, const struct native_options *o, struct err *err);

/*
 * Play @job once on the design of that name: a thread an actor, each on a CPU of its
 * own; or with play.serial all on one. ERR_USAGE: as native_check();
 * ERR_INVARIANT: a verb was misused (threads may be left behind: exit). @res is made
 * here, to be finished in every case.
 */
int native_run(const struct play_job *job, const char *design, const struct native_options *o,
	       struct play_result *res, struct native_clock *clock, struct err *err);

/*
 * The same job by the same player on simulated CPUs (play-sim.c): the partner of what is
 * measured. ps are the host profile's.
 */
struct host;
int play_simulate(const struct play_job *job, const char *design, const struct host *host,
		  const struct play_options *o, struct play_result *res, struct err *err);

struct load_options {
	unsigned int nr_lrs;	/* 0: the host's */
	uint64_t max_records;
	/* No vCPU is in its guest while another's access to the vgic may wait for that. */
	bool serial;
	/*
	 * What interrupt contexts and other threads do is done by the vCPU that was last
	 * seen on that physical CPU, else by the first: a thread less.
	 */
	bool no_injector;
};

/*
 * Read a trace into @job. 0, or an error: ERR_INPUT at a
 * defect, where what is before it can be played if job->truncated says so. @job is to be
 * finished in every case.
 */
struct trace_reader;
int play_load(struct play_job *job, struct trace_reader *reader, const struct host *host,
	      const struct load_options *o, struct err *err);

#endif
