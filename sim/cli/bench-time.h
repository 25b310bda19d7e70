/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long runs take on this machine: repetitions of all rows of a set, one at a time,
 * in an order that is shuffled anew each round, so that what drifts meets all alike.
 */
#ifndef BENCH_TIME_H
#define BENCH_TIME_H

#include <jansson.h>

#include "bench-set.h"

#define BENCH_MAX_REPS	1000

struct bench_time {
	unsigned int reps;	/* 1 … BENCH_MAX_REPS, after one round that does not count */
	uint64_t seed;		/* of the order */
	/* Called with how many runs are done; may be NULL. */
	void (*progress)(void *priv, uint64_t done, uint64_t of);
	void *progress_priv;
};

/*
 * The member "wall" of a bench document, vgicsim-bench(1): wall-clock and CPU time of
 * each of @set's rows that can be run. @fingerprint: by row, what each repetition must
 * have again; another one is ERR_INVARIANT. NULL and @err on failure.
 */
json_t *bench_time(const struct bench_set *set, const uint64_t *fingerprint,
		   const struct bench_time *o, struct err *err);

/* CPU model, CPUs, kernel, frequency governor: what times may be compared on. */
json_t *bench_machine(void);

#endif
