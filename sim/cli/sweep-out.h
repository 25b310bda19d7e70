/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The views of a sweep's document, and the options that choose one. */
#ifndef SWEEP_OUT_H
#define SWEEP_OUT_H

#include <argp.h>

#include "sweep-doc.h"

struct sweep_view {
	unsigned int format;
	const char *out;	/* file, or NULL */
	const char *metric[8];	/* of the table; names as row_metric() gives them */
	unsigned int nr_metrics;
	const char *columns;	/* axis that is across, or NULL */
	bool plot;		/* and a preview of the figures on standard output */
};

/* -f, -o, --metric, --columns; input: struct sweep_view. */
extern const struct argp sweep_view_argp;

/* Write @d where and as @v says, the file whole or not at all. */
int sweep_view_write(const struct sweep_view *v, const struct sweep_doc *d, struct err *err);

/* One metric, its full name, by axes. ERR_USAGE: no axis @columns. */
int sweep_table(FILE *f, const struct sweep_doc *d, const char *metric, const char *columns,
		struct err *err);

/* @value as people read it: "1.23 us", "1,234". */
const char *sweep_figure(char *buf, size_t len, const char *name, int64_t value);

/* After the document is out: ERR_* of the gravest run that failed, and how many; 0: none. */
int sweep_failures(const struct sweep_doc *d, struct err *err);

#endif
