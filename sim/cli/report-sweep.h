/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sweep made into one HTML file, or a preview in a terminal; see report.h. */
#ifndef REPORT_SWEEP_H
#define REPORT_SWEEP_H

#include "report.h"
#include "sweep-doc.h"

/*
 * Write @d as report_html() writes results: latencies, waiting, memory against the
 * axis @x, or if NULL the one of numbers that has most values; a line for
 * each design and lock, a band from the least to the largest of the seeds, a panel for
 * each combination of the other axes. What @d has of names may be anything.
 *
 * ERR_USAGE: no axis @x; else as report_html().
 */
int report_sweep_html(const struct sweep_doc *d, const char *x, const char *out,
		      const struct report_options *o, struct err *err);

/*
 * The same as a preview, as report_term() makes one of results: @nr_metrics of them, by
 * any name that row_metric() knows; none: the one of @d, or the p99 of the entry.
 */
int report_sweep_term(const struct sweep_doc *d, const char *x, const char *const *metric,
		      unsigned int nr_metrics, FILE *out, const struct report_term_options *o,
		      struct err *err);

#endif
