/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the report share; nobody else includes this. */
#ifndef REPORT_INT_H
#define REPORT_INT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"
#include "report.h"

#define R_LATENCIES  5
#define R_WIDTH	     760 /* of a figure, in pixels */
#define R_CDF_POINTS 2000
#define R_MAX_DRAWN  32 /* series in one figure */

extern const char *const r_latencies[R_LATENCIES];	/* as members are named */
extern const char *const r_latency_titles[R_LATENCIES]; /* as people name them */

/* One run of one design in one result file: a curve, a column, a bar. */
struct rseries {
	const json_t *doc, *run;
	unsigned int file; /* index of the document */
	unsigned int hue;  /* index of the design among all designs */
	char design[96];
	char file_label[160]; /* what tells its file from the others; or "" */
	char label[280];
};

struct report {
	json_t *const *docs;
	const char *const *paths;
	size_t nr_docs;
	const struct report_options *opt;

	struct rseries *series;
	unsigned int nr_series, nr_designs;
	bool by_file; /* dashes tell files apart, not designs */

	FILE *html;
	const struct report_term_options *term; /* letters instead of a page, or NULL */
	bool figures;				/* gnuplot and its scripts are there */
	const char *no_figures;			/* why not */
	char plots_dir[512];			/* the scripts of plots/ */
	char work_dir[512];			/* where scripts and data are written */
	char **made;				/* paths of what was made in work_dir */
	size_t nr_made;
	void *priv; /* of who fills the page with something else than results */
	struct err *err;
	int ret; /* the first error; later steps do nothing */
};

/* ---- report.c ------------------------------------------------------------ */

/* What every page begins with, and what it says where figures are missing. */
void r_page(struct report *r, const char *title);
void r_no_figures(struct report *r);
/* The page that @body writes to r->html, as the file @out: there whole or not at all. */
int r_write(struct report *r, void (*body)(struct report *r), const char *out);

/* ---- report-model.c: reading results ------------------------------------ */

/* The value at "a/b/c" below @obj, or NULL. */
const json_t *rj_at(const json_t *obj, const char *path);
double rj_num(const json_t *obj, const char *path); /* 0 where absent */
/* The same as an index or a count: what is no such is 0, or the largest. */
unsigned int rj_uint(const json_t *value);
bool rj_has_num(const json_t *obj, const char *path);
const char *rj_str(const json_t *obj, const char *path, const char *fallback);

struct rhist {
	size_t nr;
	double total, min_positive, max;
	struct rbucket {
		double low, high, count;
	} * b;
};

/*
 * [[low, high, count], …] in ascending order, joined to at most @max_points
 * buckets. False when empty, absent or out of memory; free(h->b) otherwise.
 */
bool rhist_load(struct rhist *h, const json_t *buckets, size_t max_points);

/* Fill series, labels and hues; ERR_INPUT for a wrong document. */
int rmodel_load(struct report *r);

/* What a component is, by its name: lock wait and list work are compared by it. */
enum rcomp {
	RC_LOCK_WAIT,
	RC_CRITICAL,
	RC_CODE,
	RC_LINES,
	RC_LR,
	RC_LIST,
	RC_DISPATCH,
	RC_SWITCH,
	RC_IPI,
	RC_HOST,
	RC_SLEEP,
	RC_GUEST,
	RC_OTHER,
	RC_NR,
};
enum rcomp rcomp_of(const char *name);
/* One colour, hatching and letter per kind of work, the same in every figure. */
extern const struct rcomp_look {
	const char *rgb, *text; /* text: the colour of what is written on it */
	unsigned int pattern;	/* so that those alike in grey differ */
	const char *hatch;	/* its colour */
	char letter;
} rcomp_look[RC_NR];
/* Picoseconds a @which event of @s spent on components of kind @c, in the mean. */
double rcomp_mean(const struct rseries *s, const char *which, enum rcomp c);
/* The names by which any series has it, in the first one's order; free() the array. */
size_t rkeys_union(const struct report *r, const char *path, const char ***keys);

/* ---- report-text.c: HTML ------------------------------------------------ */

struct rbuf {
	char s[48];
};

/* What a number is; times are picoseconds. */
enum rnum { R_TIME, R_COUNT, R_BYTES, R_SHARE };

/* Text with &, <, >, " and ' made harmless, and control characters dropped. */
void h_esc(FILE *f, const char *s);
/* As printf, each %s escaped where @fmt has it; @fmt is ours and may hold tags. */
__attribute__((format(printf, 2, 3))) void h_printf(FILE *f, const char *fmt, ...);
/* "1.23 µs" of picoseconds: three digits, by the unit that fits. */
const char *r_time(struct rbuf *b, double ps);
const char *r_count(struct rbuf *b, double n);	      /* 1,234,567 */
const char *r_bytes(struct rbuf *b, double n);	      /* "1.23 kB" */
const char *r_percent(struct rbuf *b, double share);  /* of 1: "12 %" */
const char *r_signed_time(struct rbuf *b, double ps); /* "+1.23 µs", "−40 ns" */
void h_td_time(struct report *r, double ps);
void h_td_count(struct report *r, double n);
/* <table>, a first heading cell and one per series, each with its mark. */
void h_series_head(struct report *r, const char *first);
/* The series's mark and label. */
void h_series(struct report *r, const struct rseries *s);
void h_td_series(struct report *r, const struct rseries *s);
void h_details(struct report *r, const char *summary);
void h_details_end(struct report *r);
/* Any JSON below @v as rows of a two-column table, names joined by a dot. */
void h_flat(struct report *r, const json_t *v);
const char *r_colour(const struct rseries *s);
/* @rgb with white: @share of 100 is of it. */
void r_mix(char to[8], const char *rgb, unsigned int share);

/* ---- report-fig.c: gnuplot ---------------------------------------------- */

struct rlegend;

struct rfig {
	struct report *r;
	const char *name;
	unsigned int height, nr_data;
	double body_top, body_bottom; /* screen coordinates left by the legend */
	FILE *gp;
};

/*
 * One figure: @draw writes settings and data, then plots/@body.gp draws. The
 * SVG goes into the page with @alt and @caption (escaped here).
 */
void r_figure(struct report *r, const char *name, unsigned int height, const char *body,
	      void (*draw)(struct rfig *f, void *arg), void *arg, const char *alt,
	      const char *caption);
void r_nodata(struct report *r, const char *what);
/* The file @name of the working directory, whole, to be freed; NULL on error (recorded). */
char *r_slurp(struct report *r, const char *name, size_t *n);

/* @s as a gnuplot string that is nothing but a string. */
void gp_str(FILE *f, const char *s);
/* A file of the working directory; errors are recorded, NULL is returned. */
FILE *fig_open(struct report *r, const char *name);
void fig_close(struct report *r, FILE *f, const char *name);
/* Data file @i of this figure (1…), for writing; NULL on error (recorded). */
FILE *fig_data(struct rfig *f, unsigned int i);
void fig_data_close(struct rfig *f, FILE *data);
/* "array data[n]" naming the files that fig_data() was given. */
void fig_data_array(struct rfig *f, const char *array, unsigned int first, unsigned int n);
/* Style lines 1…: line, dash and point of each series. */
void fig_styles(struct rfig *f);
/* A text at @x, @y in plot coordinates, left aligned unless @right. */
void fig_label(struct rfig *f, double x, double y, const char *align, unsigned int size,
	       const char *rgb, const char *text);

/* @o within what can be drawn. */
struct report_term_options t_options(const struct report_term_options *o);
/* In a terminal: colour on or off, nothing where it has none. */
void t_colour(struct report *r, const char *rgb);
void t_plain(struct report *r);
/* Text without what could move the cursor. */
void t_text(struct report *r, const char *s);
/* The figure's picture in letters. */
void t_embed(struct report *r, const char *name);
/* @n entries, each with the letter that its points are. */
void t_legend(struct report *r, const struct rlegend *l, unsigned int n);

struct rlegend {
	const char *text, *rgb;
	unsigned int series; /* 1…: a line in its style; 0: a box of @rgb */
	unsigned int pattern;
	const char *hatch; /* colour of the pattern; NULL: white */
};
/* Height in pixels that @n entries take, and drawing them from the top. */
unsigned int fig_legend_height(const struct rlegend *l, unsigned int n);
void fig_legend(struct rfig *f, const struct rlegend *l, unsigned int n);
/* Legend of all series, in lines or boxes. */
unsigned int fig_series_legend_height(const struct report *r);
void fig_series_legend(struct rfig *f, bool boxes);
/* Tics of a time axis (ps): logarithmic from lo to hi, at most @max labels. */
void fig_tics_log(struct rfig *f, const char *axis, double lo, double hi, unsigned int max,
		  enum rnum unit);
/* … linear from zero to @hi; returns the end of the axis. */
double fig_tics_linear(struct rfig *f, const char *axis, double hi, unsigned int max,
		       enum rnum unit);
unsigned int r_text_width(const char *s, unsigned int size);
/* Name a group of rows left of the axis at @lo (shortened where too long) … */
void fig_group_label(struct rfig *f, double lo, double y, const char *name);
/* … and make that margin as wide as the names want. */
void fig_group_margin(struct rfig *f, const char *const *names, size_t nr);
/* Fill pattern of series in grey; 0 is solid. */
unsigned int r_pattern(const struct rseries *s);

/*
 * Bars that lie on their side on a logarithmic axis: a group of one bar a series
 * for each name; a bar of zero is not drawn, its text is.
 */
struct rbar {
	double value, whisker; /* whisker 0: none */
	char text[96];
};
struct rbars {
	const char *const *groups;
	size_t nr_groups;
	bool counts; /* of events; else picoseconds */
	const char *xlabel;
	void *arg;
	struct rbar (*bar)(const struct rseries *s, size_t group, void *arg);
};
unsigned int r_bars_height(const struct report *r, const struct rbars *b);
void r_bars_draw(struct rfig *f, void *bars); /* for r_figure() */

/* Decide whether figures can be drawn; make the directory they are made in. */
int rfig_start(struct report *r);
void rfig_end(struct report *r);

/* ---- the sections -------------------------------------------------------- */

void rsec_limits(struct report *r); /* report-head.c */
void rsec_headline(struct report *r);
void rsec_overview(struct report *r);
void rsec_latencies(struct report *r);		 /* report-lat.c */
bool r_cdf(struct report *r, const char *which); /* the figure alone; whether there is one */
void r_violins(struct report *r);		 /* report-violin.c */
void rsec_locks(struct report *r);		 /* report-lock.c */
void rsec_waits_for(struct report *r);		 /* report-heat.c */
void r_occupancy_by_vcpu(struct report *r);
void rsec_lists(struct report *r); /* report-count.c */
void rsec_exits(struct report *r);
void rsec_memory(struct report *r);
void rsec_counters(struct report *r);
void rsec_recording(struct report *r); /* report-prov.c */
void rsec_fidelity(struct report *r);
void rsec_provenance(struct report *r);

#endif
