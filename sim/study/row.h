/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one run gives, as a row of whole numbers by name: all that is scalar in a
 * result document. A name ends in its unit, "_ps" or "_bytes"; without, it is a
 * count. What was not measured (the p99 of a latency that never occurred) is not
 * there, rather than 0.
 *
 *	entry_p99_ps  entry.lock_wait_ps  lock.dist_lock.waittime-total_ps
 *	exits.kick  counter.injections  memory.vcpu_bytes  sim_time_ps
 *	irq.51.delivered  irq.51.latency_total_ps (only with options.deliveries)
 *
 * Names of lock classes, components and deviations as in the document, with what is no
 * letter, digit, '-' or '_' replaced by '_' ("dist->lock" is dist_lock).
 * row_help() lists them all.
 */
#ifndef ROW_H
#define ROW_H

#include <jansson.h>

#include "replay.h"

struct figure {
	char *name;
	int64_t value;	/* never beyond INT64_MAX: what is greater is that */
};

/* Of a histogram, buckets that are not empty. */
struct row_hist {
	struct { uint64_t low, high, count; } *bucket;
	unsigned int nr;
};

struct row {
	/* 0, or the enum err_code of the run: then @error says it. What a check found counts. */
	int status;
	char *error;
	bool truncated;		/* the figures are those before a defect of the trace */
	uint64_t trace_digest, host_digest, fingerprint, nr_records;
	unsigned int gic, nr_vcpus, nr_lrs, nr_threads;
	uint64_t inferred;	/* things that were not in the recording */
	struct figure *fig;	/* none after a failure without a result */
	unsigned int nr;
	/* with row_options.keep_hists */
	bool has_hists;
	struct row_hist hist[LAT_NR];	/* ps */
	uint64_t *occupancy;	/* entries with 0 … nr_occupancy - 1 list registers in use */
	unsigned int nr_occupancy;
};

struct row_options {
	bool keep_hists;
};

/*
 * Everything of @result (its design, seed and so on are the cell's). ERR_INVARIANT
 * where the components of a latency do not sum to it, ERR_NOMEM where
 * something was not measured. To be finished in every case.
 */
int row_of(struct row *row, const struct replay_result *result, const struct row_options *o,
	   struct err *err);
/* Of a run without a result: @err alone. */
int row_failed(struct row *row, const struct err *why, struct err *err);
void row_fini(struct row *row);

/* The figure of that name (see row_metric()); false: the row has none. */
bool row_get(const struct row *row, const char *name, int64_t *value);

/*
 * One figure of a result, without a row; @name as in one. False: there is none, or
 * it was not measured.
 */
bool figure_of(const struct replay_result *result, const char *name, int64_t *value);

/*
 * The full name of what people call a metric, into @buf: "entry_p99" is "entry_p99_ps",
 * "finish" sim_time_ps, "lock_wait" lock_wait_ps; a full name is itself. NULL if
 * no run can have a figure of that name.
 */
const char *row_metric(const char *metric, char *buf, size_t len);
#define ROW_MAX_NAME	128

/* "ps", "bytes" or "" of a figure's name. */
const char *figure_unit(const char *name);

/*
 * Call @fn with each figure that there can be and what it means, in the order of a row:
 * names with <CLASS> and <WHAT> stand for several.
 */
void row_help(void (*fn)(void *priv, const char *name, const char *help), void *priv);

/*
 * As JSON (vgicsim-sweep(5)) and back; equal rows are equal bytes. NULL when out of
 * memory; ERR_INPUT and @err for what is no row.
 */
json_t *row_json(const struct row *row);
int row_from_json(struct row *row, const json_t *j, struct err *err);

#endif
