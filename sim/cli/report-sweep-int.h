/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the sweep's report share; nobody else includes this. */
#ifndef REPORT_SWEEP_INT_H
#define REPORT_SWEEP_INT_H

#include "report-int.h"
#include "report-sweep.h"

#define SW_MAX_LINES  R_MAX_DRAWN
#define SW_MAX_PANELS 6 /* drawn of the combinations of other axes */

/* Cells of one place: a panel, a line, a value of x; they differ by the seed. */
struct sw_place {
	size_t first, nr; /* in sw_view.order */
};

struct sw_view {
	struct report *r; /* its series are the lines */
	const struct sweep_doc *d;
	int x, design, lock, seed; /* axes, or -1 */
	unsigned int nr_x, nr_lines, nr_panels;
	double *at; /* where a value of x is drawn */
	bool log_x, numeric;
	size_t *order; /* cells by place */
	struct sw_place *place;
};

/* What is drawn of a row: NaN where it has none. */
struct sw_metric {
	const char *title; /* above the panel */
	const char *name;  /* of the figure, for @get */
	enum rnum unit;
	double (*get)(const struct row *row, const char *name);
};
double sw_figure(const struct row *row, const char *name); /* the figure of that name */

/* Over the seeds of a place. */
struct sw_stat {
	double median, low, high;
	unsigned int nr; /* seeds that have it; 0: none, the others are 0 */
};

/* report-sweep-model.c */

/* Axes, lines and places of @v->d; @x as in report_sweep_html(). */
int sw_load(struct sw_view *v, const char *x, struct err *err);
void sw_fini(struct sw_view *v);
const struct sw_place *sw_place(const struct sw_view *v, unsigned int panel, unsigned int line,
				unsigned int x);
/* The @i-th cell of it. */
const struct sweep_doc_cell *sw_cell(const struct sw_view *v, const struct sw_place *p, size_t i);
struct sw_stat sw_stat(const struct sw_view *v, const struct sw_metric *m, unsigned int panel,
		       unsigned int line, unsigned int x);
bool sw_any(const struct sw_view *v, const struct sw_metric *m);
const char *sw_x_name(const struct sw_view *v);
const char *sw_x_title(const struct sw_view *v); /* as people say it */
const char *sw_x_value(const struct sw_view *v, unsigned int x);
/* "host altra-80c, lrs 4"; "" where there is one panel. */
void sw_panel_label(const struct sw_view *v, unsigned int panel, char *s, size_t size);
unsigned int sw_panels_drawn(const struct sw_view *v);
/* Names between @prefix and @suffix of any row's figures, once each; free() both levels. */
size_t sw_names(const struct sw_view *v, const char *prefix, const char *suffix, char ***names);
void sw_names_free(char **names, size_t nr);
/* @v in the unit @u as people read it; "–" for NaN. */
const char *sw_text(struct rbuf *b, double v, enum rnum u);

/* Does axis @i make panels? */
bool sw_is_panel_axis(const struct sw_view *v, unsigned int i);

/* report-sweep-cross.c: where design @b and the first one change places, by crossover.h */

/* A band in the panel that is drawn next, at each change of any design; whether there is one. */
bool sw_cross_marks(struct rfig *f, const struct sw_view *v, const struct sw_metric *m,
		    unsigned int panel);
/* The same as words in the page; the confidence of its intervals in thousandths, 0: none. */
unsigned int sw_cross_words(const struct sw_view *v, const char *metric, unsigned int panel,
			    unsigned int lock, unsigned int b);

/* report-sweep-fig.c */

/* Two metrics against x, side by side, a row of panels each; and the table of both. */
void sw_lines(struct sw_view *v, const char *name, const struct sw_metric m[2], bool same_scale,
	      const char *caption);
/* One metric in one panel, for a terminal. */
void sw_term(struct sw_view *v, const struct sw_metric *m, unsigned int panel);
/* What a mean @which latency is made of, along x. */
void sw_stacks(struct sw_view *v, const char *which);

#endif
