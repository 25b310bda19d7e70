/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is played on real threads and, by the very same player, on simulated CPUs: a
 * trace as one list of operations, and what came of it.
 *
 * The player is play.c, compiled once against each machine; it sees the verbs of
 * plat.h and the seat (seat.h) of the CPU that it sits on, and nothing else. So the
 * two differ in nothing but the machine, and what they count can be compared.
 *
 * What is played, in either:
 *
 *	entry	timer_flush, flush, restore; given up and begun again as a vCPU's is
 *	guest	ends what it finds active; takes the pending list register with the
 *		highest priority and ends it, until there is none: what the recorded
 *		guest did is not asked for
 *	exit	save, sync; also where a kick finds the vCPU in its guest, which
 *		then enters again
 *	host	MMIO, writes that send SGIs (targets inferred where the recording has
 *		no value), injections, being put and loaded, as recorded; at a WFI
 *		the check for something pending, but no sleep
 *
 * Interrupt contexts and other threads are one actor after the vCPUs', unless load_options
 * has no_injector. Recorded exits
 * by the recording's own kicks and maintenance interrupts are played like others.
 *
 * Left out: the ITS (messages are counted), guest and other host time unless
 * timed, world switches, sleeping.
 */
#ifndef PLAY_H
#define PLAY_H

#include "err.h"
#include "hist.h"
#include "vgic-design.h"

enum play_kind {
	PLAY_ENTRY,
	PLAY_EXIT,
	PLAY_MMIO,
	PLAY_SYSREG,
	PLAY_INJECT,
	PLAY_WFI,
	PLAY_SCHED,
};

struct play_op {
	uint64_t pos;		/* of its record in the trace */
	uint64_t time_ns;
	uint64_t gpa, val;	/* mmio; val: sysreg */
	uint32_t irq, vcpu;	/* inject; irq is sysreg's register */
	uint16_t actor;
	uint8_t kind;		/* enum play_kind */
	uint8_t len;
	bool write, level;	/* level: scheduled in */
	bool in_irq;
};

struct play_job {
	struct vgic_config config;
	struct vgic_irq_state *state;	/* before the run, in this order */
	unsigned int nr_states;
	bool enabled;			/* GICD_CTLR, before the run */
	unsigned int nr_actors;		/* the vCPUs, and one for all others */
	struct play_op *op;
	uint64_t nr_ops;
	uint32_t **own;			/* [actor]: its operations, by number */
	uint64_t *nr_own;
	uint64_t span_ns;		/* the recorded time of the last record */
	/* of the loading */
	uint64_t nr_records, messages, sgi_unknown, sgi_inferred;
	bool cut;			/* the trace is longer than what was asked for */
	bool truncated;			/* … or than what could be read of it */
};

struct play_options {
	bool serial;	/* one operation after the other, in the trace's order */
	bool queued;	/* locks; else ticket */
	/* Wait for the recorded times; else nobody is more than @window records ahead. */
	bool timed;
	uint64_t window;
	/*
	 * So often, one after the other, each but the first in the state that the one
	 * before has left: a short trace is over before all threads have begun.
	 */
	unsigned int rounds;
};

#define PLAY_MAX_CLASSES 16

/* Of one lock class; times in ps. */
struct play_class {
	char name[48];
	uint64_t acquired, contended;
	struct hist wait;	/* of the contended ones: asked → has */
	struct hist hold;	/* of all: has → releases */
};

struct play_counts {
	uint64_t entries, given_up, kicked_out, injections, mmio, sgis, wfis, unsupported;
	uint64_t taken, ended;		/* by the guest: acknowledges are deliveries */
	uint64_t counter[PLAT_NR_COUNTERS];
	uint64_t deviations, kicks[PLAT_KICK_IPI + 1];
	/* hashes of each vCPU's own history, combined */
	uint64_t lrs_hash;		/* list registers at every entry */
	uint64_t taken_hash;		/* what the guest took, in order */
	uint64_t read_hash;		/* what its reads of MMIO gave */
};

struct play_result {
	struct play_counts counts;
	struct play_class class[PLAY_MAX_CLASSES];
	unsigned int nr_classes;
	uint64_t elapsed_ps;		/* from the first operation to the last */
	uint64_t preempted;		/* real: how often a thread lost its CPU meanwhile */
};

void play_result_fini(struct play_result *r);
/* The class of that name, made if there is none; NULL: too many. */
struct play_class *play_class(struct play_result *r, const char *name);
/* Add what @from has to @into; false: out of memory. */
bool play_result_merge(struct play_result *into, const struct play_result *from);
void play_job_fini(struct play_job *job);

#endif
