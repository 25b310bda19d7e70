/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a published experiment would have measured, read off the log of a replay
 * of its micro-trace (workloads/micro). The log is that of "replay --log".
 */
#ifndef MEASURE_H
#define MEASURE_H

#include "study.h"

/* A line of the log, as far as it matters here. */
enum measure_event_kind { ME_ENTRY, ME_EXIT, ME_ACK, ME_EOI, ME_SGI, ME_OTHER };
struct measure_event {
	uint64_t t_ps;
	int vcpu;			/* -1: another thread */
	enum measure_event_kind what;
	char exit_kind[16];		/* of ME_EXIT: "mmio", "kick", … */
	uint32_t irq;			/* of acknowledges, ends and SGIs */
	int to;				/* of ME_SGI: the one target, or -1 */
};

struct measure_run {
	struct measure_event *ev;	/* owned: measure_run_fini() */
	size_t nr;
	unsigned int nr_vcpus;
	struct vtime sim_time, guest_time;
	uint64_t fingerprint;
};

/* Replay @t and keep its log. To be finished after success only. */
int measure_run(struct measure_run *run, const struct study_trace *t,
		const struct replay_options *o, struct err *err);
void measure_run_fini(struct measure_run *run);

struct measure {
	const char *name;
	const char *unit;	/* of what it gives: "ns", "count" or "%" */
	const char *help;
	/* The figure in thousandths of its unit; ERR_INPUT if the run does not have it. */
	int (*fn)(const struct measure_run *run, const struct host *host, int64_t *milli,
		  struct err *err);
};
extern const struct measure measures[];		/* ended by a NULL name */
const struct measure *measure_find(const char *name);

#endif
