/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results made into one HTML file, with figures by gnuplot. */
#ifndef REPORT_H
#define REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "err.h"

struct report_options {
	/* Leave each figure's script, data and SVG here (made if absent), or NULL. */
	const char *keep_plots_dir;
	bool plots;	   /* false: tables only */
	const char *title; /* NULL: one made from the results */
};

/*
 * Write @nr results ("vgicsim-result-1"; @paths names them in messages and,
 * where nothing else tells two apart, in labels) as one self-contained HTML
 * file @out, by way of a temporary file beside it: an error leaves what was at
 * @out as it was. "-" is standard output. The results stay the caller's.
 *
 * A machine without gnuplot, or without the scripts of plots/ (searched in
 * $VGICSIM_PLOTS, the source tree, the installed place), gets everything but
 * the figures, and the report says so. The same results give the same bytes.
 *
 * 0; ERR_USAGE without results; ERR_INPUT for a document that is not a
 * result; ERR_OUTPUT where a file cannot be written or gnuplot fails, with what
 * gnuplot said; ERR_NOMEM.
 */
int report_html(json_t *const *results, const char *const *paths, size_t nr, const char *out,
		const struct report_options *o, struct err *err);

struct report_term_options {
	unsigned int columns; /* of the terminal; at least 64 are taken */
	bool color;	      /* its attributes may be used */
};

/*
 * A preview of the same results in letters, for a terminal, into @out: what each
 * latency is made of, how it is distributed, who waits for locks. The curves
 * are gnuplot's (terminal "dumb"); where it is not installed they are left out, which
 * a line says. Errors as of report_html(); what @out took is the caller's to
 * check.
 */
int report_term(json_t *const *results, const char *const *paths, size_t nr, FILE *out,
		const struct report_term_options *o, struct err *err);

#endif
