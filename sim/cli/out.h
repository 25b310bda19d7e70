/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The views of a result document, and files that appear whole or not at all. */
#ifndef OUT_H
#define OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "err.h"

struct out_style {
	bool color;		/* terminal attributes may be used */
};

struct output {
	const char *name;	/* as -f takes it */
	const char *summary;
	/* ERR_NOMEM, ERR_INPUT; whether @f took it is out_commit()'s to find out */
	int (*render)(FILE *f, const json_t *doc, const struct out_style *style, struct err *err);
};

int out_table(FILE *f, const json_t *doc, const struct out_style *style, struct err *err);
int out_json(FILE *f, const json_t *doc, const struct out_style *style, struct err *err);
int out_csv(FILE *f, const json_t *doc, const struct out_style *style, struct err *err);

extern const struct output outputs[];	/* ended by a NULL name */
const struct output *output_find(const char *name);

/* @ps as "1.23 us", in the unit that leaves 1 to 4 digits before the point. */
const char *out_time(char *buf, size_t len, int64_t ps);
/* "1,234,567" */
const char *out_count(char *buf, size_t len, int64_t v);

/* A field of CSV: quoted where it must be, quotes inside doubled. */
void out_csv_field(FILE *f, const char *s);

/* The computed sentences of the table: what makes the difference, and why. */
void out_why(FILE *f, const json_t *doc);

/* One such sentence: a paragraph, two columns in. */
void out_say(FILE *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The findings of a check of one run, if it had one. */
void out_check(FILE *f, const json_t *run);

/* @text broken at spaces into lines of at most @width, each after @indent. */
void out_wrapped(FILE *f, const char *text, const char *indent, unsigned int width);

/*
 * A file written beside @path and renamed by out_commit(); "-" or NULL is
 * stdout, which commit only flushes. NULL and ERR_OUTPUT on failure.
 */
struct out_file;
struct out_file *out_open(const char *path, struct err *err);
FILE *out_stream(struct out_file *o);
/* Put the file's name before an ERR_OUTPUT of what wrote to its stream; returns err->code. */
int out_blame(const struct out_file *o, struct err *err);
/* Free in either case; ERR_OUTPUT (nothing is left behind) if it was not all taken. */
int out_commit(struct out_file *o, struct err *err);
/* Throw away; NULL is fine. */
void out_abort(struct out_file *o);
/* From now on SIGHUP, SIGINT and SIGTERM end us without leaving temporaries. */
void out_remove_on_signals(void);

#endif
