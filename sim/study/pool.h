/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many cells on several threads: each trace is decoded once and shared by those
 * cells of it that run at the time or, within a limit of memory, later.
 *
 *	struct pool_options o = { .row = take, .priv = me };
 *	pool_run(cells, nr, &o, &err);
 *
 * Rows come in the order in which runs end, which says nothing; what a row holds
 * does not depend on the number of threads.
 */
#ifndef POOL_H
#define POOL_H

#include <signal.h>
#include <stdatomic.h>

#include "cell.h"

#define POOL_DEFAULT_MEMORY ((uint64_t)1 << 30)

struct pool_options {
	unsigned int jobs;	/* threads; 0: one for each CPU */
	uint64_t memory;	/* bytes of traces that may be kept; 0: POOL_DEFAULT_MEMORY */
	struct row_options row_options;
	/*
	 * The row of cells[@at], which the pool finishes afterwards; a run that failed has
	 * its error in it. One call at a time. Not 0: nothing more is begun,
	 * and pool_run() returns it with @err.
	 */
	int (*row)(void *priv, size_t at, const struct row *row, struct err *err);
	void *priv;
	/* Set by somebody else (a handler of signals): what runs is finished, no more begun. */
	const volatile sig_atomic_t *cancel;
};

/*
 * Run them, those of one trace one after the other, traces in order of their
 * first cells. The cells were looked at (cell_look()). 0 also when runs
 * failed or it was cancelled, then with fewer rows than cells; ERR_NOMEM, or what
 * row() returned.
 */
int pool_run(const struct cell *cells, size_t nr, const struct pool_options *o, struct err *err);

/* The exit status that a row calls for: 0, 2, 3 or 5. */
int row_exit_status(const struct row *row);

/* CPUs that are there, at least 1. */
unsigned int pool_cpus(void);

#endif
