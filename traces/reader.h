/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What check.c and the importer need of a reader and nobody else does.
 */
#ifndef READER_H
#define READER_H

#include "trace.h"

/*
 * From now on a vCPU, CPU or INTID beyond what the header says is delivered
 * and not an error, so that all such records can be listed.
 */
void trace_set_lenient(struct trace_reader *r);

/* Text: the line of the record last delivered. Otherwise 0. */
uint64_t trace_line(const struct trace_reader *r);

/*
 * Was the defect that was met that the bytes end too soon, or that they cannot
 * be read on from there? Otherwise it was what they say.
 */
bool trace_is_cut(const struct trace_reader *r);

/*
 * A reader whose records come from elsewhere by the run, checked and hashed there
 * (share.c). Each is called by whoever uses the reader.
 */
struct trace_runs_told {
	uint64_t digest; /* as trace_digest(), once next() has not returned 1 */
	bool cut;	 /* as trace_is_cut() */
	uint64_t at, of; /* as trace_position() */
};
struct trace_runs {
	/* 1: @nr records (not 0) that stay until the next call. Else as trace_next(). */
	int (*next)(void *priv, const struct trace_rec **rec, size_t *nr, struct err *err);
	void (*told)(const void *priv, struct trace_runs_told *told);
	void (*close)(void *priv);
};

/*
 * @name must outlive the reader; @priv is closed with it. NULL and ERR_NOMEM: @priv
 * stays the caller's.
 */
struct trace_reader *trace_open_runs(const char *name, const struct trace_meta *meta,
				     const struct trace_runs *runs, void *priv, struct err *err);

#endif
