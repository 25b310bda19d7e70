/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repetitions on real threads, and the same job simulated, in one report. */
#ifndef MEASURE_H
#define MEASURE_H

#include "machine.h"
#include "native.h"

/* Over the repetitions. */
struct measure_spread {
	uint64_t median, least, most;
};

/* Of one lock class; times in ps. */
enum measure_what {
	MEASURE_ACQUIRED,
	MEASURE_CONTENDED,
	MEASURE_WAIT_MEAN,	/* of the contended ones */
	MEASURE_WAIT_P50,
	MEASURE_WAIT_P99,
	MEASURE_HOLD_MEAN,
	MEASURE_HOLD_P50,
	MEASURE_HOLD_P99,
	MEASURE_NR,
};
extern const char *const measure_names[MEASURE_NR];	/* "wait_mean" */
bool measure_is_time(enum measure_what what);

struct measure_class {
	char name[48];
	struct measure_spread real[MEASURE_NR];
	uint64_t simulated[MEASURE_NR];
};

enum measure_count {
	MN_ENTRIES, MN_GIVEN_UP, MN_KICKED_OUT, MN_TAKEN, MN_ENDED, MN_INJECTIONS, MN_MMIO,
	MN_SGIS, MN_WFIS, MN_KICKS_IPI, MN_LIST_STEPS, MN_SORT_COMPARES, MN_COALESCED,
	MN_RETRIES, MN_MIGRATED, MN_UNSUPPORTED, MN_NR,
};
extern const char *const measure_counts[MN_NR];		/* "entries" */

struct measure_report {
	struct native_clock clock;	/* the worst of the repetitions */
	unsigned int repetitions, rounds;
	struct measure_class class[PLAY_MAX_CLASSES];
	unsigned int nr_classes;
	struct measure_spread real[MN_NR];
	uint64_t simulated[MN_NR];
	struct measure_spread elapsed_ps;
	struct measure_spread preempted; /* threads that lost their CPU meanwhile */
	uint64_t simulated_ps;
	/* Counts by class and kind, list registers and deliveries are those simulated. */
	bool equal;
};

struct measure_options {
	struct native_options native;	/* rounds 0: so many that it takes a while */
	unsigned int repetitions;	/* 1 … MEASURE_MAX */
	/* Called between them with how many are done; may be NULL. */
	void (*progress)(void *priv, uint64_t at, uint64_t of);
	void *progress_priv;
};
#define MEASURE_MAX 1000

/* @job once simulated, then @o->repetitions times on real threads. 0, or an error. */
int measure(const struct play_job *job, const char *design, const struct host *host,
	    const struct measure_options *o, struct measure_report *report, struct err *err);

#endif
