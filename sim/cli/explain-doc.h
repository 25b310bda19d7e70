/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vgicsim explain found, and its views. */
#ifndef EXPLAIN_DOC_H
#define EXPLAIN_DOC_H

#include <jansson.h>
#include <stdio.h>

#include "explain.h"
#include "replay-args.h"

#define EXPLAIN_SCHEMA "vgicsim-explain-1"

/* What is explained, bits: one of each enum latency, and the time to finish. */
#define EXPLAIN_FINISH (1u << LAT_NR)
#define EXPLAIN_ALL    ((1u << (LAT_NR + 1)) - 1)

struct explain_doc {
	const char *trace;
	const struct replay_options *o;
	unsigned int metrics;
	unsigned int max;		/* deliveries of each list */
	bool truncated;
	unsigned int nr_runs;		/* 1 or 2 */
	struct explain_run run[2];
	/* of each run its slowest, then its side of the pairs that are most apart */
	struct explain_history *history[2];
	unsigned int nr_slowest[2], nr_histories[2];
	struct delivery_pair *pair;
	unsigned int nr_pairs;
	json_t *result;			/* the runs' result document (result.h) */
};

/* Chooses what the second run is to look at. ERR_NOMEM. */
int explain_doc_choose(struct explain_doc *d, struct err *err);
void explain_doc_fini(struct explain_doc *d);
/* The same occurrence in @of's table, delivered; or NULL. */
const struct occurrence *explain_doc_same(const struct explain_run *of, const struct occurrence *o);

void explain_text(FILE *f, const struct explain_doc *d);
int explain_json(FILE *f, const struct explain_doc *d, struct err *err);

/* ---- of the text ----------------------------------------------------------- */

/* A value of each run, and the second less the first. */
struct explain_row {
	int64_t v[2];
};
enum explain_unit { UNIT_TIME, UNIT_COUNT };
void explain_text_title(FILE *f, const struct explain_doc *d, const char *title);
void explain_text_row(FILE *f, const struct explain_doc *d, const char *label,
		      enum explain_unit unit, const int64_t *v);
/* "+1.2 us" */
const char *explain_signed(char *buf, size_t len, int64_t ps);
double explain_share(int64_t part, int64_t of);

/* explain-locks-text.c, explain-history-text.c: sections of it. */
void explain_text_locks(FILE *f, const struct explain_doc *d);
void explain_text_histories(FILE *f, const struct explain_doc *d);

#endif
