/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comparing two documents of figures: what "vgicsim diff" finds, as data. What is
 * simulated is compared exactly, wall-clock time by ranks. Files: diff-load.c makes
 * one form of all documents, diff-metrics.c says what is worse and from when on,
 * diff.c puts rows against each other, diff-wall.c judges time, diff-out*.c shows it.
 */
#ifndef DIFF_H
#define DIFF_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"
#include "out.h"
#include "rank.h"

#define BENCH_SCHEMA "vgicsim-bench-1"
#define DIFF_SCHEMA  "vgicsim-diff-1"

/* ---- documents ----------------------------------------------------------- */

/* What a row is of. All other words that say it are one string: "lrs=4, seed=2". */
enum diff_dim { DIM_TRACE, DIM_DESIGN, DIM_HOST, DIM_LOCK, DIM_REST, DIM_NR };
extern const char *const diff_dim_names[DIM_NR];

struct diff_row {
	const char *dim[DIM_NR]; /* "" where the document does not say */
	const char *word[DIM_NR]; /* as it has them; dim: of a file the name alone */
	const char *trace_digest, *host_digest, *fingerprint;
	const json_t *figures; /* name: integer */
	const json_t *wall;    /* {"wall_ns": [...], "cpu_ns": [...]}, or NULL */
	const char *failed;    /* why it has no figures, or NULL */
	char *rest, *stem[2];  /* owned */
};

struct diff_doc {
	const char *path;
	const char *schema, *version;
	const char *command; /* that made it, or NULL */
	const json_t *machine; /* of the wall clock, or NULL */
	json_t *json;	       /* owned; all else points into it */
	struct diff_row *row;
	size_t nr;
};

/*
 * A bench, sweep or result document. ERR_INPUT: unreadable, of another schema,
 * numbers that are none or too large, a row that is there twice. To be finished in
 * either case.
 */
int diff_load(struct diff_doc *d, const char *path, struct err *err);
void diff_doc_fini(struct diff_doc *d);

/* ---- metrics ------------------------------------------------------------- */

enum diff_worse { WORSE_UP, WORSE_DOWN, WORSE_NEITHER };
extern const char *const diff_worse_names[];

/* Beyond both a change in the worse direction is a regression. */
struct diff_limit {
	uint64_t ppm;	   /* of the base figure */
	uint64_t absolute; /* in the figure's unit */
};

/* Names by shell pattern, without the suffix of their unit; the first that fits. */
struct diff_metric {
	const char *pattern, *group;
	enum diff_worse worse;
	struct diff_limit limit;
};

struct diff_rules {
	/* Of --threshold: the last that fits holds. group: NULL while none has; owned */
	struct diff_metric *own;
	size_t nr_own;
};

/*
 * "entry_p99=2%", "latency=1%,5ns" (a group), "exits_*=10,down": one more rule. One
 * by its whole name makes a metric that is neither better nor worse worse upward. @arg
 * is cut up and must outlive the rules. ERR_USAGE, ERR_NOMEM.
 */
int diff_rule_add(struct diff_rules *r, char *arg, struct err *err);
void diff_rules_fini(struct diff_rules *r);
/* What holds for the figure of that name; always one. */
struct diff_metric diff_rule(const struct diff_rules *r, const char *name);
/* "entry_p99" of "entry_p99_ps": @buf. The unit, "ps", "ns", "bytes" or "". */
const char *diff_unit(const char *name, char *buf, size_t len);
/* The built-in rules, ended by a NULL pattern. */
extern const struct diff_metric diff_metrics[];

/* ---- what is found ------------------------------------------------------- */

enum diff_class {
	DIFF_REGRESSION, DIFF_IMPROVEMENT,
	DIFF_SMALL,	/* better or worse, within its limit */
	DIFF_NEUTRAL,	/* changed, which is neither */
	DIFF_GONE, DIFF_NEW, /* a figure that only one of the two has */
	DIFF_SAME,
	DIFF_NR,
};
extern const char *const diff_class_names[DIFF_NR];

struct diff_change {
	size_t pair;
	const char *name;
	struct diff_metric metric;
	enum diff_class class;
	int64_t base, now;
	int64_t ppm; /* diff_ppm() of them */
};

struct diff_pair {
	const struct diff_row *base, *now;
	bool history_differs; /* fingerprints */
	bool only_history;    /* … and no figure does */
	bool newly_failed;    /* the run did, and did not in the base */
	bool host_differs, trace_differs; /* digests; the latter is not compared */
	size_t nr_class[DIFF_NR];
};

enum diff_clock { CLOCK_OF_WALL, CLOCK_OF_CPU, CLOCK_OF_NR };
extern const char *const diff_clock_names[CLOCK_OF_NR];
struct diff_time {
	size_t pair; /* SIZE_MAX: the sum over all rows */
	enum diff_clock clock;
	size_t reps[2];
	double median[2]; /* ns */
	struct rank_shift shift; /* p is corrected for all of them */
	enum diff_class class;	 /* SAME: nothing shown, "~" */
};

struct diff_options {
	struct diff_rules rules;
	/* "A=B": rows of A in the base are put against those of B. */
	struct diff_match {
		enum diff_dim dim;
		const char *base, *now;
	} *match;
	size_t nr_match;
	bool strict, force;
};

struct diff {
	const struct diff_doc *doc[2];
	const struct diff_options *o;
	struct diff_pair *pair;
	size_t nr_pairs;
	struct diff_change *change; /* all that are not SAME, the worst first */
	size_t nr_changes;
	size_t nr_class[DIFF_NR];
	const struct diff_row **alone[2]; /* rows without one on the other side */
	size_t nr_alone[2];
	size_t nr_aside[2]; /* left out by what --match asks for */
	size_t nr_failed[2], nr_newly_failed; /* runs of pairs */
	size_t nr_compared, nr_incomparable, nr_history_differs, nr_only_history;
	bool common[DIM_NR];   /* all pairs have the same word */
	enum diff_dim dropped; /* no row had its like: matched without this; or DIM_NR */
	struct diff_time *time;
	size_t nr_times, nr_time_class[DIFF_NR];
	size_t few_reps;      /* the least number of repetitions under nine; or 0 */
	bool other_machine; /* times are shown, not judged */
};

/*
 * Put @base against @now, which may be the same. ERR_USAGE: no row of one is in the
 * other. To be finished in either case.
 */
int diff_run(struct diff *d, const struct diff_doc *base, const struct diff_doc *now,
	     const struct diff_options *o, struct err *err);
void diff_fini(struct diff *d);
/* Times of all pairs: called by diff_run(). */
int diff_times(struct diff *d, struct err *err);

/* Millionths of |@base|, signed, never 0 for a change; INT64_MAX or INT64_MIN from 0. */
int64_t diff_ppm(int64_t base, int64_t now);

/* Whether the exit status is to be 1. */
bool diff_is_no(const struct diff *d);

/* ---- showing it ---------------------------------------------------------- */

struct diff_style {
	bool color;
	bool all; /* every change, not the worst twenty of each class */
};

struct diff_output {
	const char *name;
	int (*render)(FILE *f, const struct diff *d, const struct diff_style *style,
		      struct err *err);
};
extern const struct diff_output diff_outputs[]; /* ended by a NULL name */

#define DIFF_SHOWN 20

/* "3 regressions, 2 improvements, …", to be freed; NULL without memory. */
char *diff_summary(const struct diff *d);
/* "+12.3 %", "x 12.0", "from 0" */
const char *diff_percent(char *buf, size_t len, int64_t ppm);
static inline uint64_t diff_width(int64_t ppm)
{
	return ppm < 0 ? 0 - (uint64_t)ppm : (uint64_t)ppm;
}
/* A figure of that unit, as "1.23 us", "12,288 B" or "1,234". */
const char *diff_value(char *buf, size_t len, const char *unit, int64_t v);
/* "2 %", "0.5 %, 5000" */
const char *diff_limit_text(char *buf, size_t len, const struct diff_limit *limit);

/*
 * The words that tell the rows of @pair from the others that are compared, all words
 * of one row, and the words that all compared rows have. To be freed; NULL without
 * memory.
 */
char *diff_label(const struct diff *d, size_t pair);
char *diff_row_label(const struct diff_row *row);
char *diff_common(const struct diff *d);

/* What the reader must know before the figures: an array of sentences. */
json_t *diff_cautions(const struct diff *d);

/*
 * Metrics that became better or worse in any row: first those that a guest or a host
 * feels, then by how much they changed. To be freed; NULL without memory.
 */
struct diff_by_metric {
	const char *name;
	struct diff_limit limit;
	size_t nr[DIFF_NR];   /* rows */
	int64_t median, most; /* of all rows that have it, as diff_ppm() */
};
struct diff_by_metric *diff_by_metric(const struct diff *d, size_t *nr);

int diff_out_table(FILE *f, const struct diff *d, const struct diff_style *style,
		   struct err *err);
int diff_out_lkml(FILE *f, const struct diff *d, const struct diff_style *style, struct err *err);
int diff_out_markdown(FILE *f, const struct diff *d, const struct diff_style *style,
		      struct err *err);
int diff_out_json(FILE *f, const struct diff *d, const struct diff_style *style, struct err *err);
int diff_out_csv(FILE *f, const struct diff *d, const struct diff_style *style, struct err *err);

#endif
