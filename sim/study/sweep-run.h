/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running a sweep, or a shard of one: what a journal has is not run again, the rest goes
 * there as it comes.
 */
#ifndef SWEEP_RUN_H
#define SWEEP_RUN_H

#include "journal.h"
#include "pool.h"
#include "sweep-doc.h"

struct sweep_run_options {
	const char *version;	/* of vgicsim: a journal of another one is refused */
	const char *journal;	/* path, or NULL: none */
	unsigned int shard, of;	/* 1 of 1: all */
	unsigned int jobs;	/* as pool.h */
	uint64_t memory;
	const volatile sig_atomic_t *cancel;
	/* How far it is, of what was to be run this time, in any unit. May be NULL. */
	void (*progress)(void *priv, uint64_t done, uint64_t of);
	/* Once, before the first run. May be NULL. */
	void (*begun)(void *priv, size_t from_journal, unsigned int damaged, size_t to_run);
	void *priv;
};

struct sweep_results {
	char **line;		/* sweep_cell_json() by cell; NULL: not of this shard, or not done */
	size_t nr;
	size_t nr_wanted, nr_done;	/* fewer are done than wanted: it was cancelled */
	struct journal *journal;	/* still there, see sweep_results_fini() */
};

/*
 * ERR_USAGE: the journal is another sweep's, or a trace has changed since; ERR_OUTPUT: it could
 * not be written. What is in it stays. Runs that failed are rows. To be
 * finished in every case.
 */
int sweep_run(const struct sweep *s, const struct sweep_run_options *o, struct sweep_results *r,
	      struct err *err);

/* With @all_written the journal has served its purpose and goes. */
void sweep_results_fini(struct sweep_results *r, bool all_written);

#endif
