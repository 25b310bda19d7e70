// SPDX-License-Identifier: GPL-2.0-or-later
/* What the figures' scripts are made of: strings, styles, legends, tics. */
#include <math.h>
#include <string.h>

#include "report-int.h"

/*
 * No quote is ever inside: gnuplot 5.4 reads a doubled one at a string's beginning
 * as an empty string followed by another, so ' becomes ’.
 */
void gp_str(FILE *f, const char *s)
{
	fputc('\'', f);
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			continue;
		if (*s == '\'')
			fputs("’", f);
		else
			fputc(*s, f);
	}
	fputc('\'', f);
}

static void fig_data_name(const struct rfig *f, unsigned int i, char *name, size_t size)
{
	snprintf(name, size, "%s-%u.dat", f->name, i);
}

void fig_data_array(struct rfig *f, const char *array, unsigned int first, unsigned int n)
{
	char name[80];

	fprintf(f->gp, "array %s[%u]\n", array, n);
	for (unsigned int i = 0; i < n; i++) {
		fig_data_name(f, first + i, name, sizeof(name));
		fprintf(f->gp, "%s[%u] = '%s'\n", array, i + 1, name);
	}
}

/* Colour and shape say the design; dash and filled or open say the file. */
void fig_styles(struct rfig *f)
{
	static const unsigned int filled[] = { 7, 5, 9, 11 }, open[] = { 6, 4, 8, 10 };
	static const char *const dashes[] = { "solid", "(8,4)", "(2,3)", "(9,3,2,3)" };
	const struct report *r = f->r;

	for (unsigned int i = 0; i < r->nr_series; i++) {
		const struct rseries *s = &r->series[i];
		unsigned int dash = r->by_file ? s->file : s->hue;

		/* A terminal has letters: the line type's own, and A to Z for points. */
		if (r->term) {
			fprintf(f->gp, "set style line %u lt %u lc rgb '%s' pt %u\n", i + 1, i + 1,
				r_colour(s), i % 26 + 1);
			continue;
		}
		fprintf(f->gp, "set style line %u lc rgb '%s' dt %s lw 2.2 pt %u ps %s\n", i + 1,
			r_colour(s), dashes[dash & 3],
			s->file & 1 ? open[s->hue & 3] : filled[s->hue & 3],
			s->file & 1 ? ".8" : ".6");
	}
}

unsigned int r_pattern(const struct rseries *s)
{
	static const unsigned int pattern[] = { 0, 4, 2, 1, 5, 6 };

	return pattern[(s->hue + 2 * s->file) % 6];
}

/* ---- text ------------------------------------------------------------------- */

/* Roughly: DejaVu Sans is 0.58 of its size wide, over the letters of names. */
unsigned int r_text_width(const char *s, unsigned int size)
{
	unsigned int n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n * size * 58 / 100;
}

void fig_label(struct rfig *f, double x, double y, const char *align, unsigned int size,
	       const char *rgb, const char *text)
{
	if (f->r->term)
		return;
	fputs("set label ", f->gp);
	gp_str(f->gp, text);
	fprintf(f->gp, " at first %.9g, first %.9g %s font ',%u' tc rgb '%s' front\n", x, y, align,
		size, rgb);
}

#define GROUP_MAX_WIDTH 250 /* pixels for a group's name */

/* Cut after whole characters, with an ellipsis. */
static void group_shorten(const char *name, char *s, size_t size)
{
	unsigned int chars = 0, max = GROUP_MAX_WIDTH * 100 / (11 * 58) - 1;
	size_t n = 0;

	snprintf(s, size, "%s", name);
	if (r_text_width(name, 11) <= GROUP_MAX_WIDTH)
		return;
	while (s[n] && chars < max) {
		n++;
		while (((unsigned char)s[n] & 0xc0) == 0x80)
			n++;
		chars++;
	}
	snprintf(s + n, size - n, "…");
}

void fig_group_label(struct rfig *f, double lo, double y, const char *name)
{
	char s[512];

	group_shorten(name, s, sizeof(s) - 8);
	fig_label(f, lo, y, "right offset -1,0", 11, "#1b1f24", s);
}

void fig_group_margin(struct rfig *f, const char *const *names, size_t nr)
{
	unsigned int widest = 60;

	for (size_t i = 0; i < nr; i++) {
		unsigned int w = r_text_width(names[i], 11);

		widest = w > widest ? w : widest;
	}
	widest = widest > GROUP_MAX_WIDTH ? GROUP_MAX_WIDTH : widest;
	fprintf(f->gp, "body_left = %.4f\n", (widest + 22.0) / R_WIDTH);
}

/* ---- bars that lie on their side ------------------------------------------------- */

#define BAR_ROW 16

unsigned int r_bars_height(const struct report *r, const struct rbars *b)
{
	return 84 + fig_series_legend_height(r) +
	       BAR_ROW * (unsigned int)(b->nr_groups * (r->nr_series + 1));
}

static void bars_extent(const struct report *r, const struct rbars *b, double *lo, double *hi)
{
	*lo = INFINITY;
	*hi = 0;
	for (size_t g = 0; g < b->nr_groups; g++) {
		for (unsigned int i = 0; i < r->nr_series; i++) {
			struct rbar bar = b->bar(&r->series[i], g, b->arg);

			if (bar.value > 0)
				*lo = fmin(*lo, bar.value);
			*hi = fmax(*hi, fmax(bar.value, bar.whisker));
		}
	}
	if (*hi <= 0)
		*lo = *hi = 1;
	/* Bars need a foot: the decade below the smallest, for counts one half. */
	*lo = b->counts ? 0.5 : fmax(pow(10, floor(log10(*lo * 0.5))), 0.5);
	*hi = fmax(*hi * 1.1, *lo * 20);
}

static void bars_one(struct rfig *f, FILE *d, const struct rbar *bar, double lo, double y)
{
	double end = bar->value > 0 ? fmax(bar->value, bar->whisker) : lo;

	if (bar->value > 0)
		fprintf(d, "%.9g %.9g %.9g %.2f %.2f\n", lo, bar->value, end, y - 0.4, y + 0.4);
	fig_label(f, end, y, "left offset .8,0", 10, bar->value > 0 ? "#1b1f24" : "#8a939c",
		  bar->text);
}

void r_bars_draw(struct rfig *f, void *bars)
{
	const struct rbars *b = bars;
	const struct report *r = f->r;
	double lo, hi, rows = b->nr_groups * (r->nr_series + 1.0), y;

	bars_extent(r, b, &lo, &hi);
	fprintf(f->gp, "n = %u\narray fill[n]\narray pat[n]\n", r->nr_series);
	for (unsigned int i = 0; i < r->nr_series; i++) {
		FILE *d = fig_data(f, i + 1);

		if (!d)
			return;
		fputs("# from to whisker y_low y_high\n", d);
		y = rows;
		for (size_t g = 0; g < b->nr_groups; g++, y -= r->nr_series + 1) {
			struct rbar bar = b->bar(&r->series[i], g, b->arg);

			bars_one(f, d, &bar, lo, y - i);
		}
		/* A line outside the plot: gnuplot takes an empty file for an error. */
		fprintf(d, "%.9g %.9g %.9g -9 -9\n", lo, lo, lo);
		fig_data_close(f, d);
		fprintf(f->gp, "fill[%u] = '%s'\npat[%u] = %u\n", i + 1, r_colour(&r->series[i]),
			i + 1, r_pattern(&r->series[i]));
	}
	y = rows;
	for (size_t g = 0; g < b->nr_groups; g++, y -= r->nr_series + 1)
		fig_group_label(f, lo, y - (r->nr_series - 1) / 2.0, b->groups[g]);
	fig_group_margin(f, b->groups, b->nr_groups);
	fig_data_array(f, "data", 1, r->nr_series);
	fprintf(f->gp, "set yrange [0.6:%.2f]\n", rows + 0.8);
	fig_tics_log(f, "x", lo, hi, 7, b->counts ? R_COUNT : R_TIME);
	fputs("set xlabel ", f->gp);
	gp_str(f->gp, b->xlabel);
	fputs("\n", f->gp);
	fig_series_legend(f, true);
}

/* ---- legend ----------------------------------------------------------------- */

#define LEGEND_ROW    20
#define LEGEND_SAMPLE 34
#define LEGEND_GAP    14

/* Where entry @i begins: in pixels from the left and in rows from the top. */
static void legend_place(const struct rlegend *l, unsigned int i, unsigned int *x,
			 unsigned int *row)
{
	*x = 16;
	*row = 0;
	for (unsigned int k = 0; k <= i; k++) {
		unsigned int w = LEGEND_SAMPLE + r_text_width(l[k].text, 12);

		if (*x > 16 && *x + w > R_WIDTH - 10) {
			*x = 16;
			*row += 1;
		}
		if (k < i)
			*x += w + LEGEND_GAP;
	}
}

unsigned int fig_legend_height(const struct rlegend *l, unsigned int n)
{
	unsigned int x, row;

	if (!n)
		return 0;
	legend_place(l, n - 1, &x, &row);
	return (row + 1) * LEGEND_ROW + 10;
}

static void legend_box(struct rfig *f, const struct rlegend *l, unsigned int i, double x0,
		       double x1, double y)
{
	double h = 6.0 / f->height;

	fprintf(f->gp,
		"set object %u rect from screen %.4f, screen %.4f to screen %.4f, "
		"screen %.4f fc rgb '%s' fs solid 1 noborder front\n",
		2 * i + 1, x0, y - h, x1, y + h, l->rgb);
	if (l->pattern)
		fprintf(f->gp,
			"set object %u rect from screen %.4f, screen %.4f to screen %.4f, "
			"screen %.4f fc rgb '%s' fs transparent pattern %u noborder front\n",
			2 * i + 2, x0, y - h, x1, y + h, l->hatch ? l->hatch : "#ffffff",
			l->pattern);
}

void fig_legend(struct rfig *f, const struct rlegend *l, unsigned int n)
{
	if (f->r->term) {
		t_legend(f->r, l, n);
		return;
	}
	for (unsigned int i = 0; i < n; i++) {
		unsigned int px, row;
		double x, y, end;

		legend_place(l, i, &px, &row);
		x = (double)px / R_WIDTH;
		end = (px + LEGEND_SAMPLE - 10.0) / R_WIDTH;
		y = 1 - (16.0 + row * LEGEND_ROW) / f->height;
		if (l[i].series) {
			fprintf(f->gp,
				"set arrow from screen %.4f, screen %.4f to screen %.4f, "
				"screen %.4f nohead ls %u front\n",
				x, y, end, y, l[i].series);
			fprintf(f->gp,
				"set label '' at screen %.4f, screen %.4f point ls %u "
				"front\n",
				(x + end) / 2, y, l[i].series);
		} else {
			legend_box(f, &l[i], i, x, end - 0.01, y);
		}
		fputs("set label ", f->gp);
		gp_str(f->gp, l[i].text);
		fprintf(f->gp, " at screen %.4f, screen %.4f left front\n",
			end + (l[i].series ? 0.008 : -0.002), y);
	}
	f->body_top -= (double)fig_legend_height(l, n) / f->height;
}

static unsigned int legend_of_series(const struct report *r, struct rlegend *l, bool boxes)
{
	unsigned int n = r->nr_series < R_MAX_DRAWN ? r->nr_series : R_MAX_DRAWN;

	for (unsigned int i = 0; i < n; i++)
		l[i] = (struct rlegend){ .text = r->series[i].label,
					 .rgb = r_colour(&r->series[i]),
					 .series = boxes ? 0 : i + 1,
					 .pattern = boxes ? r_pattern(&r->series[i]) : 0 };
	return n;
}

unsigned int fig_series_legend_height(const struct report *r)
{
	struct rlegend l[R_MAX_DRAWN];
	unsigned int n = legend_of_series(r, l, false);

	return fig_legend_height(l, n);
}

void fig_series_legend(struct rfig *f, bool boxes)
{
	struct rlegend l[R_MAX_DRAWN];
	unsigned int n = legend_of_series(f->r, l, boxes);

	fig_legend(f, l, n);
}

/* ---- tics -------------------------------------------------------------------- */

/* "1.5 µs", not "1.50 µs": a tic is exact. */
static const char *tic_text(struct rbuf *b, double v, enum rnum unit)
{
	char *dot, *end;

	if (unit == R_COUNT)
		return r_count(b, v);
	if (unit == R_SHARE) {
		/* A tic's text is a format of gnuplot's. */
		snprintf(b->s, sizeof(b->s), "%.3g %%%%", v * 100);
		return b->s;
	}
	if (unit == R_BYTES)
		r_bytes(b, v);
	else
		r_time(b, v);
	dot = strchr(b->s, '.');
	if (!dot)
		return b->s;
	end = dot + strspn(dot + 1, "0123456789") + 1;
	while (end > dot && (end[-1] == '0' || end[-1] == '.') && end - 1 >= dot) {
		memmove(end - 1, end, strlen(end) + 1);
		end--;
	}
	return b->s;
}

/* Tics at @step in each decade of [lo, hi]: how many; written if @gp. */
static unsigned int tics_decades(FILE *gp, double lo, double hi, const double *step,
				 unsigned int nr_steps, unsigned int every, enum rnum unit,
				 double *nearest)
{
	double before = 0;
	unsigned int n = 0;
	struct rbuf b;

	*nearest = INFINITY;

	for (int d = 0; d < 19; d++) {
		if (d % (int)every)
			continue;
		for (unsigned int k = 0; k < nr_steps; k++) {
			double v = pow(10, d) * step[k];

			if (v < lo * 0.9999 || v > hi * 1.0001)
				continue;
			if (gp)
				fprintf(gp, "%s'%s' %.0f", n ? ", " : "", tic_text(&b, v, unit), v);
			if (n)
				*nearest = fmin(*nearest, log(v / before) / log(hi / lo));
			before = v;
			n++;
		}
	}
	return n;
}

static double tic_step(double span, unsigned int max)
{
	double raw = span / max, unit = pow(10, floor(log10(raw)));

	for (unsigned int k = 0; k < 3; k++) {
		static const double nice[] = { 1, 2, 5 };

		if (unit * nice[k] >= raw * 0.9999)
			return unit * nice[k];
	}
	return unit * 10;
}

void fig_tics_log(struct rfig *f, const char *axis, double lo, double hi, unsigned int max,
		  enum rnum unit)
{
	static const struct {
		double step[6];
		unsigned int nr, every;
	} plan[] = {
		{ { 1, 1.5, 2, 3, 5, 7 }, 6, 1 },
		{ { 1, 2, 5 }, 3, 1 },
		{ { 1, 3 }, 2, 1 },
		{ { 1 }, 1, 1 },
		{ { 1 }, 1, 2 },
		{ { 1 }, 1, 3 },
		{ { 1 }, 1, 6 },
	};
	struct rbuf b;
	unsigned int nr = sizeof(plan) / sizeof(plan[0]), n;
	unsigned int i = unit == R_COUNT; /* there is no count of one and a half */
	double nearest;

	fprintf(f->gp, "set %srange [%.9g:%.9g]\nset %stics (", axis, lo, hi, axis);
	/* No more than fit, and none nearer to another than its text is wide. */
	for (; i < nr - 1; i++) {
		n = tics_decades(NULL, lo, hi, plan[i].step, plan[i].nr, plan[i].every, unit,
				 &nearest);
		if (n <= max && nearest * max >= 0.9)
			break;
	}
	n = tics_decades(NULL, lo, hi, plan[i].step, plan[i].nr, plan[i].every, unit, &nearest);
	if (n >= 2) {
		tics_decades(f->gp, lo, hi, plan[i].step, plan[i].nr, plan[i].every, unit,
			     &nearest);
	} else {
		double step = tic_step(hi - lo, max), v = ceil(lo / step) * step;

		for (n = 0; v <= hi * 1.0001; v += step, n++)
			fprintf(f->gp, "%s'%s' %.9g", n ? ", " : "", tic_text(&b, v, unit), v);
	}
	fputs(")\n", f->gp);
}

double fig_tics_linear(struct rfig *f, const char *axis, double hi, unsigned int max,
		       enum rnum unit)
{
	double step = tic_step(hi > 0 ? hi : 1, max);
	double end = hi > 0 ? hi * 1.02 : 1;
	struct rbuf b;

	if (unit == R_COUNT && step < 1)
		step = 1;
	fprintf(f->gp, "set %srange [0:%.9g]\nset %stics (", axis, end, axis);
	for (unsigned int n = 0; n * step <= end; n++)
		fprintf(f->gp, "%s'%s' %.9g", n ? ", " : "", tic_text(&b, n * step, unit),
			n * step);
	fputs(")\n", f->gp);
	return end;
}

/* ---- data -------------------------------------------------------------------- */

FILE *fig_data(struct rfig *f, unsigned int i)
{
	char name[80];

	fig_data_name(f, i, name, sizeof(name));
	return fig_open(f->r, name);
}

void fig_data_close(struct rfig *f, FILE *data)
{
	if (data)
		fig_close(f->r, data, f->name);
}
