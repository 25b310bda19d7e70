// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The figures of a sweep: lines against x in panels, and what latencies are made of
 * along x. Several panels are several plots in one script.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report-sweep-int.h"

#define SW_ROW	   225 /* a row of panels, its axis and title included */
#define SW_STACK   168 /* a panel of parts */
#define SW_FOOT	   62  /* below a panel: tics and what x is */
#define SW_POINTS  11  /* from a point on a line to the next, at least */
#define SW_COLUMNS 64  /* bars side by side at most */
#define SW_MARGIN  70  /* left of a panel */

/* ---- the axis of x --------------------------------------------------------------- */

static void sw_x_range(const struct sw_view *v, double *lo, double *hi)
{
	double room;

	*lo = INFINITY;
	*hi = -INFINITY;
	for (unsigned int i = 0; i < v->nr_x; i++) {
		*lo = fmin(*lo, v->at[i]);
		*hi = fmax(*hi, v->at[i]);
	}
	if (v->log_x) {
		room = pow(*hi / *lo, 0.04);
		*lo /= room;
		*hi *= room;
	} else {
		room = *hi > *lo ? 0.04 * (*hi - *lo) : 0.5;
		*lo -= room;
		*hi += room;
	}
}

static double sw_x_share(const struct sw_view *v, double x, double lo, double hi)
{
	return v->log_x ? log(x / lo) / log(hi / lo) : (x - lo) / (hi - lo);
}

static int cmp_at(const void *a, const void *b, void *at)
{
	const unsigned int *x = a, *y = b;
	const double *v = at;

	return (v[*x] > v[*y]) - (v[*x] < v[*y]);
}

/* Places of x in ascending order, to be freed; NULL without memory. */
static unsigned int *sw_x_order(const struct sw_view *v)
{
	unsigned int *by = calloc(v->nr_x, sizeof(*by));

	for (unsigned int i = 0; by && i < v->nr_x; i++)
		by[i] = i;
	if (by)
		qsort_r(by, v->nr_x, sizeof(*by), cmp_at, v->at);
	return by;
}

static bool is_power_of_two(double v)
{
	int e;

	return frexp(v, &e) == 0.5;
}

/* Many values along a logarithmic axis are known by their powers of two. */
static bool sw_x_by_powers(const struct sw_view *v)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < v->nr_x; i++)
		nr += is_power_of_two(v->at[i]);
	return v->log_x && v->nr_x > 10 && nr >= 3;
}

/* The values that were run, as many as fit into @width pixels. */
static void sw_x_tics(struct rfig *f, const struct sw_view *v, double width)
{
	unsigned int *by = sw_x_order(v);
	double lo, hi, taken = -INFINITY;
	bool powers = sw_x_by_powers(v);
	const char *comma = "";

	sw_x_range(v, &lo, &hi);
	fprintf(f->gp, "%s logscale x\nset xrange [%.9g:%.9g]\nset xtics (",
		v->log_x ? "set" : "unset", lo, hi);
	for (unsigned int i = 0; by && i < v->nr_x; i++) {
		const char *text = sw_x_value(v, by[i]);
		double at = sw_x_share(v, v->at[by[i]], lo, hi) * width;
		double half = (r_text_width(text, 12) + 8) / 2.0;

		if (at - half < taken || (powers && !is_power_of_two(v->at[by[i]])))
			continue;
		fputs(comma, f->gp);
		gp_str(f->gp, text);
		fprintf(f->gp, " %.9g", v->at[by[i]]);
		comma = ", ";
		taken = at + half;
	}
	fputs(")\n", f->gp);
	free(by);
}

static void sw_x_label(struct rfig *f, const struct sw_view *v)
{
	fputs("set xlabel ", f->gp);
	gp_str(f->gp, sw_x_title(v));
	fputs("\n", f->gp);
}

/* ---- lines ----------------------------------------------------------------------- */

struct sw_lines {
	struct sw_view *v;
	const char *name;
	const struct sw_metric *m; /* two */
	double lo[2], hi[2];	   /* of the positive ones */
	unsigned int file;	   /* data files so far */
	unsigned int panel;	   /* the one that a terminal shows */
	char *crossed;		   /* filled where some panel has a mark */
};

static void lines_extent(struct sw_lines *c, bool same_scale)
{
	const struct sw_view *v = c->v;

	for (unsigned int k = 0; k < 2; k++) {
		c->lo[k] = INFINITY;
		c->hi[k] = 0;
		for (unsigned int p = 0; p < sw_panels_drawn(v); p++) {
			for (unsigned int l = 0; l < v->nr_lines; l++) {
				for (unsigned int x = 0; x < v->nr_x; x++) {
					struct sw_stat s = sw_stat(v, &c->m[k], p, l, x);

					if (s.low > 0)
						c->lo[k] = fmin(c->lo[k], s.low);
					else if (s.median > 0)
						c->lo[k] = fmin(c->lo[k], s.median);
					if (s.nr)
						c->hi[k] = fmax(c->hi[k], s.high);
				}
			}
		}
	}
	if (same_scale) {
		c->lo[0] = c->lo[1] = fmin(c->lo[0], c->lo[1]);
		c->hi[0] = c->hi[1] = fmax(c->hi[0], c->hi[1]);
	}
}

/* Has the line something to draw at @x? */
static bool lines_has(const struct sw_lines *c, unsigned int k, unsigned int panel,
		      unsigned int line, unsigned int x)
{
	struct sw_stat s = sw_stat(c->v, &c->m[k], panel, line, x);

	return s.nr && (c->m[k].unit == R_SHARE || s.median > 0);
}

/*
 * Is there to be a point at the @i-th place of @by? Where there is room for it after the one at
 * @last, in pixels; and always where no line leads to it.
 */
static bool lines_point(const struct sw_lines *c, unsigned int k, unsigned int panel,
			unsigned int line, const unsigned int *by, unsigned int i, double *last)
{
	const struct sw_view *v = c->v;
	bool before = i && lines_has(c, k, panel, line, by[i - 1]);
	bool after = i + 1 < v->nr_x && lines_has(c, k, panel, line, by[i + 1]);
	double lo, hi, at;

	sw_x_range(v, &lo, &hi);
	at = sw_x_share(v, v->at[by[i]], lo, hi) * (R_WIDTH / 2.0 - SW_MARGIN - 12);
	if ((before || after) && at - *last < SW_POINTS)
		return false;
	*last = at;
	return true;
}

/* One line's data; a place without data, or of zero on a logarithmic axis, is a gap. */
static bool lines_data(struct rfig *f, struct sw_lines *c, unsigned int k, unsigned int panel,
		       unsigned int line, bool *band)
{
	const struct sw_view *v = c->v;
	unsigned int *by = sw_x_order(v);
	bool any = false, log_y = c->m[k].unit != R_SHARE;
	double last = -INFINITY;
	FILE *d = NULL;

	for (unsigned int x = 0; x < v->nr_x; x++)
		any |= sw_stat(v, &c->m[k], panel, line, x).nr > 0;
	d = any && by ? fig_data(f, c->file + 1) : NULL;
	if (!d) {
		free(by);
		return false;
	}
	c->file++;
	*band = false;
	fputs("# x median low high seeds point\n", d);
	for (unsigned int i = 0; i < v->nr_x; i++) {
		struct sw_stat s = sw_stat(v, &c->m[k], panel, line, by[i]);

		/* A band that reaches down to zero ends where the axis does. */
		if (log_y && s.low <= 0)
			s.low = c->lo[k] * 0.9;
		if (!lines_has(c, k, panel, line, by[i]))
			fprintf(d, "%.9g NaN NaN NaN %u 0\n", v->at[by[i]], s.nr);
		else
			fprintf(d, "%.9g %.9g %.9g %.9g %u %d\n", v->at[by[i]], s.median, s.low,
				s.high, s.nr, lines_point(c, k, panel, line, by, i, &last));
		*band |= s.nr > 1 && s.high > s.low;
	}
	fig_data_close(f, d);
	free(by);
	return true;
}

static void lines_y(struct rfig *f, const struct sw_lines *c, unsigned int k, unsigned int max)
{
	double lo = c->lo[k], hi = c->hi[k];

	if (c->m[k].unit == R_SHARE) {
		fputs("unset logscale y\n", f->gp);
		fig_tics_linear(f, "y", hi, max, R_SHARE);
		return;
	}
	if (!(lo < hi)) { /* one value, or none above zero */
		lo = isfinite(lo) ? lo / 1.5 : 1;
		hi = hi > 0 ? hi * 1.5 : 10;
	}
	fputs("set logscale y\n", f->gp);
	fig_tics_log(f, "y", lo * 0.9, hi * 1.1, max, c->m[k].unit);
}

static void lines_title(struct rfig *f, const struct sw_lines *c, unsigned int k,
			unsigned int panel)
{
	const unsigned int room = R_WIDTH / 2 - SW_MARGIN;
	char label[400], title[600];
	size_t n;

	sw_panel_label(c->v, panel, label, sizeof(label));
	snprintf(title, sizeof(title), "%s%s%s%s", c->m[k].title, *label ? " (" : "", label,
		 *label ? ")" : "");
	/* What does not fit would lie over its neighbour's. */
	for (n = strlen(title); n > 4 && r_text_width(title, 12) > room;) {
		while (((unsigned char)title[--n] & 0xc0) == 0x80)
			;
		strcpy(title + n, "…");
	}
	fputs("set label 900 ", f->gp);
	gp_str(f->gp, title);
	fputs(" at graph 0, graph 1 offset 0,.8 left\n", f->gp);
}

static void lines_panel(struct rfig *f, struct sw_lines *c, unsigned int k, unsigned int panel)
{
	const struct sw_view *v = c->v;
	unsigned int line[SW_MAX_LINES], n = 0, first = c->file, nr_bands = 0;
	bool band[SW_MAX_LINES];

	for (unsigned int l = 0; l < v->nr_lines && l < SW_MAX_LINES; l++)
		if (lines_data(f, c, k, panel, l, &band[n]))
			line[n++] = l;
	if (!n) {
		FILE *d = fig_data(f, ++c->file);

		/* An empty panel keeps its axes: a point outside of it. */
		if (d)
			fprintf(d, "%.9g NaN NaN NaN 0 0\n%.9g %.9g NaN NaN 0 0\n", v->at[0],
				v->at[0], 1e-30);
		if (d)
			fig_data_close(f, d);
		line[n++] = 0;
		band[0] = false;
		fputs("set label 901 'no data' at graph .5, graph .5 center tc rgb '#8a939c'\n",
		      f->gp);
	}
	fprintf(f->gp, "n = %u\n", n);
	fig_data_array(f, "data", first + 1, n);
	fprintf(f->gp, "array style[%u]\n", n);
	for (unsigned int i = 0; i < n; i++) {
		fprintf(f->gp, "style[%u] = %u\n", i + 1, line[i] + 1);
		nr_bands += band[i];
	}
	fprintf(f->gp, "nr_bands = %u\narray band[%u]\narray shade[%u]\n", nr_bands,
		nr_bands ? nr_bands : 1, nr_bands ? nr_bands : 1);
	for (unsigned int i = 0, b = 0; i < n; i++)
		if (band[i])
			b++, fprintf(f->gp, "band[%u] = data[%u]\nshade[%u] = '%s'\n", b, i + 1, b,
				     r_colour(&f->r->series[line[i]]));
	lines_y(f, c, k, 6);
	if (f->r->term)
		return;
	lines_title(f, c, k, panel);
	if (sw_cross_marks(f, v, &c->m[k], panel))
		strcpy(c->crossed, " Grey: between these two values the order of designs changes.");
	/* A label of the first panel, the legend among them, would be drawn with each. */
	fputs("load 'lines.gp'\nunset label\nunset arrow\nunset object\n", f->gp);
}

/* Lines that have something in some panel: who never took a lock is not named. */
static unsigned int lines_legend(const struct sw_lines *c, struct rlegend *legend)
{
	const struct sw_view *v = c->v;
	unsigned int n = 0;

	for (unsigned int l = 0; l < v->nr_lines && l < SW_MAX_LINES; l++) {
		bool any = false;

		for (unsigned int p = 0; p < sw_panels_drawn(v) && !any; p++)
			for (unsigned int x = 0; x < v->nr_x && !any; x++)
				any = sw_stat(v, &c->m[0], p, l, x).nr ||
				      sw_stat(v, &c->m[1], p, l, x).nr;
		if (any)
			legend[n++] = (struct rlegend){ .text = v->r->series[l].label,
							.rgb = r_colour(&v->r->series[l]),
							.series = l + 1 };
	}
	return n;
}

static void lines_draw(struct rfig *f, void *arg)
{
	struct rlegend legend[SW_MAX_LINES];
	struct sw_lines *c = arg;
	const struct sw_view *v = c->v;
	unsigned int rows = sw_panels_drawn(v);
	double width = R_WIDTH / 2.0 - SW_MARGIN - 12, top;

	fig_styles(f);
	fig_legend(f, legend, lines_legend(c, legend));
	if (f->r->term) {
		sw_x_tics(f, v, (f->r->term->columns - 12) * 12 * 0.58);
		sw_x_label(f, v);
		lines_panel(f, c, 1, c->panel);
		return;
	}
	top = f->body_top * f->height;
	fputs("set multiplot\n", f->gp);
	sw_x_tics(f, v, width);
	for (unsigned int p = 0; p < rows; p++) {
		if (p + 1 == rows)
			sw_x_label(f, v);
		fprintf(f->gp, "panel_top = %.4f\npanel_bottom = %.4f\n",
			(top - p * SW_ROW - 18) / f->height,
			(top - (p + 1) * SW_ROW + SW_FOOT - 12) / f->height);
		for (unsigned int k = 0; k < 2; k++) {
			double left = SW_MARGIN + k * R_WIDTH / 2.0;

			fprintf(f->gp, "panel_left = %.4f\npanel_right = %.4f\n", left / R_WIDTH,
				(left + width) / R_WIDTH);
			lines_panel(f, c, k, p);
		}
	}
}

static void lines_cell(struct report *r, const struct sw_stat *s, enum rnum unit)
{
	struct rbuf a, b, c;

	if (!s->nr)
		fputs("<td class=\"n\">–</td>", r->html);
	else if (s->high > s->low)
		h_printf(r->html, "<td class=\"n\">%s<br><span class=\"dim\">%s – %s</span></td>",
			 sw_text(&a, s->median, unit), sw_text(&b, s->low, unit),
			 sw_text(&c, s->high, unit));
	else
		h_printf(r->html, "<td class=\"n\">%s</td>", sw_text(&a, s->median, unit));
}

static void lines_table(const struct sw_lines *c)
{
	const struct sw_view *v = c->v;
	struct report *r = v->r;
	char label[400];

	h_details(r, "Data of this figure");
	for (unsigned int k = 0; k < 2; k++) {
		for (unsigned int p = 0; p < v->nr_panels; p++) {
			sw_panel_label(v, p, label, sizeof(label));
			h_printf(r->html, "<h4>%s%s%s</h4>\n", c->m[k].title, *label ? ": " : "",
				 label);
			h_series_head(r, sw_x_name(v));
			for (unsigned int x = 0; x < v->nr_x; x++) {
				h_printf(r->html, "<tr><th>%s</th>", sw_x_value(v, x));
				for (unsigned int l = 0; l < v->nr_lines; l++) {
					struct sw_stat s = sw_stat(v, &c->m[k], p, l, x);

					lines_cell(r, &s, c->m[k].unit);
				}
				fputs("</tr>\n", r->html);
			}
			fputs("</tbody></table></div>\n", r->html);
		}
	}
	h_details_end(r);
}

void sw_lines(struct sw_view *v, const char *name, const struct sw_metric m[2], bool same_scale,
	      const char *caption)
{
	struct sw_lines c = { .v = v, .name = name, .m = m };
	struct report *r = v->r;
	struct rlegend legend[SW_MAX_LINES];
	unsigned int height;
	char all[980];
	size_t n;

	if (!sw_any(v, &m[0]) && !sw_any(v, &m[1])) {
		r_nodata(r, "no run measured it");
		return;
	}
	lines_extent(&c, same_scale);
	/* The figure, once drawn, adds to its caption. */
	n = (size_t)snprintf(
		all, sizeof(all) - 80, "%s%s%s", caption,
		v->seed >= 0 && v->d->axis[v->seed].nr > 1
			? " Lines: medians over seeds; bands: from the least to the largest of "
			  "them."
			: "",
		v->log_x ? " Logarithmic." : "");
	c.crossed = all + (n < sizeof(all) - 80 ? n : sizeof(all) - 81);
	height = fig_legend_height(legend, lines_legend(&c, legend));
	r_figure(r, name, 24 + height + SW_ROW * sw_panels_drawn(v), "multi", lines_draw, &c,
		 m[0].title, all);
	lines_table(&c);
}

void sw_term(struct sw_view *v, const struct sw_metric *m, unsigned int panel)
{
	const struct sw_metric both[2] = { *m, *m };
	struct sw_lines c = { .v = v, .name = "term", .m = both, .panel = panel };

	if (!sw_any(v, m)) {
		fputs("  no data\n", v->r->html);
		return;
	}
	lines_extent(&c, true);
	r_figure(v->r, "term", 18, "lines", lines_draw, &c, "", "");
}

/* ---- parts along x ----------------------------------------------------------------- */

struct sw_stack {
	struct sw_view *v;
	const char *which;
	unsigned int panel, file;
	char **part;
	size_t nr;
	bool *shown;
};

/* Mean over the seeds of the mean of one part; 0 where nothing was split. */
static double sw_part(const struct sw_stack *c, unsigned int line, unsigned int x, size_t part)
{
	const struct sw_place *p = sw_place(c->v, c->panel, line, x);
	char count[ROW_MAX_NAME], name[ROW_MAX_NAME];
	double sum = 0, events = 0;

	snprintf(count, sizeof(count), "%s_split_count", c->which);
	snprintf(name, sizeof(name), "%s.%s_ps", c->which, c->part[part]);
	for (size_t i = 0; i < p->nr; i++) {
		const struct row *row = &sw_cell(c->v, p, i)->row;
		double n = sw_figure(row, count), ps = sw_figure(row, name);

		if (row->status || !(n > 0) || !(ps >= 0))
			continue;
		sum += ps;
		events += n;
	}
	return events > 0 ? sum / events : 0;
}

static double sw_sum(const struct sw_stack *c, unsigned int line, unsigned int x)
{
	double sum = 0;

	for (size_t k = 0; k < c->nr; k++)
		sum += sw_part(c, line, x, k);
	return sum;
}

static bool stack_any(const struct sw_stack *c)
{
	for (unsigned int l = 0; l < c->v->nr_lines; l++)
		for (unsigned int x = 0; x < c->v->nr_x; x++)
			if (sw_sum(c, l, x) > 0)
				return true;
	return false;
}

/* Bars stand one beside the other, however far apart the values are; of many each n-th. */
static unsigned int stack_step(const struct sw_view *v)
{
	return (v->nr_x - 1) / SW_COLUMNS + 1;
}

static unsigned int stack_columns(const struct sw_view *v)
{
	return (v->nr_x - 1) / stack_step(v) + 1;
}

/* Each how manieth of them can have a text of @widest pixels. */
static unsigned int stack_every(const struct sw_view *v, double width, unsigned int widest)
{
	double column = width / stack_columns(v);

	return (unsigned int)ceil(fmax((widest + 14) / column, 1));
}

static void stack_bars(struct rfig *f, struct sw_stack *c, unsigned int line)
{
	const struct sw_view *v = c->v;
	double *from = calloc(v->nr_x, sizeof(*from));
	unsigned int first = c->file, n = 0;

	for (size_t k = 0; from && k < c->nr; k++) {
		enum rcomp kind = rcomp_of(c->part[k]);
		FILE *d;

		if (!c->shown[k])
			continue;
		d = fig_data(f, ++c->file);
		if (!d)
			break;
		fputs("# x_low x_high share_from share_to mean_ps: one line a value of x\n", d);
		for (unsigned int x = 0, at = 0; x < v->nr_x; x += stack_step(v), at++) {
			double part = sw_part(c, line, x, k), sum = sw_sum(c, line, x);
			double share = sum > 0 ? part / sum : 0;

			fprintf(d, "%.2f %.2f %.6f %.6f %.1f\n", at - 0.4, at + 0.4, from[x],
				from[x] + share, part);
			from[x] += share;
		}
		fig_data_close(f, d);
		n++;
		fprintf(f->gp, "fill[%u] = '%s'\npat[%u] = %u\nhatch[%u] = '%s'\n", n,
			rcomp_look[kind].rgb, n, rcomp_look[kind].pattern, n,
			rcomp_look[kind].hatch);
	}
	fig_data_array(f, "data", first + 1, n);
	free(from);
}

/* The sum above each bar, or above each n-th where there is no room for all. */
static void stack_sums(struct rfig *f, const struct sw_stack *c, unsigned int line, double width)
{
	unsigned int step = stack_step(c->v), every = stack_every(c->v, width, 46);
	struct rbuf b;

	for (unsigned int x = 0; x < c->v->nr_x; x += step) {
		double sum = sw_sum(c, line, x);

		if (x / step % every)
			continue;
		fig_label(f, x / step, 1, "center offset 0,.6", 10, sum > 0 ? "#1b1f24" : "#8a939c",
			  sum > 0 ? r_time(&b, sum) : "no data");
	}
}

static void stack_tics(struct rfig *f, const struct sw_view *v, double width)
{
	unsigned int step = stack_step(v), widest = 0, every;

	for (unsigned int x = 0; x < v->nr_x; x += step) {
		unsigned int w = r_text_width(sw_x_value(v, x), 12);

		widest = w > widest ? w : widest;
	}
	every = stack_every(v, width, widest);
	fprintf(f->gp, "set xrange [-.6:%u-.4]\nset xtics scale 0 (", stack_columns(v));
	for (unsigned int x = 0; x < v->nr_x; x += step * every) {
		fputs(x ? ", " : "", f->gp);
		gp_str(f->gp, sw_x_value(v, x));
		fprintf(f->gp, " %u", x / step);
	}
	fputs(")\nset yrange [0:1]\nset ytics ('0 %%' 0, '50 %%' .5, '100 %%' 1)\n", f->gp);
}

static unsigned int stack_legend(const struct sw_stack *c, struct rlegend *legend,
				 char text[R_MAX_DRAWN][64])
{
	unsigned int n = 0;

	for (size_t k = 0; k < c->nr && n < R_MAX_DRAWN; k++) {
		enum rcomp kind = rcomp_of(c->part[k]);

		if (!c->shown[k])
			continue;
		snprintf(text[n], sizeof(text[n]), "%s", c->part[k]);
		for (char *s = text[n]; *s; s++)
			*s = *s == '_' ? ' ' : *s;
		legend[n] = (struct rlegend){ .text = text[n],
					      .rgb = rcomp_look[kind].rgb,
					      .pattern = rcomp_look[kind].pattern,
					      .hatch = rcomp_look[kind].hatch };
		n++;
	}
	return n;
}

static void stack_draw(struct rfig *f, void *arg)
{
	struct sw_stack *c = arg;
	const struct sw_view *v = c->v;
	struct rlegend legend[R_MAX_DRAWN];
	char text[R_MAX_DRAWN][64];
	unsigned int n = stack_legend(c, legend, text);
	double top, width = R_WIDTH - SW_MARGIN - 20;

	fig_legend(f, legend, n);
	top = f->body_top * f->height;
	fprintf(f->gp, "n = %u\narray fill[n]\narray pat[n]\narray hatch[n]\n", n);
	fprintf(f->gp, "panel_left = %.4f\npanel_right = %.4f\nset multiplot\n",
		(double)SW_MARGIN / R_WIDTH, (SW_MARGIN + width) / R_WIDTH);
	stack_tics(f, v, width);
	for (unsigned int l = 0; l < v->nr_lines && l < SW_MAX_LINES; l++) {
		fprintf(f->gp, "panel_top = %.4f\npanel_bottom = %.4f\n",
			(top - l * SW_STACK - 38) / f->height,
			(top - (l + 1) * SW_STACK + 30) / f->height);
		fputs("set label 900 ", f->gp);
		gp_str(f->gp, f->r->series[l].label);
		fputs(" at graph 0, graph 1 offset 0,1.9 left\n", f->gp);
		stack_bars(f, c, l);
		stack_sums(f, c, l, width);
		if (l + 1 == v->nr_lines || l + 1 == SW_MAX_LINES)
			sw_x_label(f, v);
		fputs("load 'columns.gp'\nunset label\nunset object\n", f->gp);
	}
}

static void stack_table(const struct sw_stack *c)
{
	const struct sw_view *v = c->v;
	struct report *r = v->r;
	struct rbuf b;

	h_details(r, "Data of this figure");
	for (unsigned int l = 0; l < v->nr_lines; l++) {
		fputs("<h4>", r->html);
		h_series(r, &r->series[l]);
		h_printf(r->html,
			 "</h4>\n<div class=\"scroll\"><table><thead><tr><th>%s</th>"
			 "<th class=\"n\">sum</th>",
			 sw_x_name(v));
		for (size_t k = 0; k < c->nr; k++)
			if (c->shown[k])
				h_printf(r->html, "<th class=\"n\">%s</th>", c->part[k]);
		fputs("</tr></thead><tbody>\n", r->html);
		for (unsigned int x = 0; x < v->nr_x; x++) {
			double sum = sw_sum(c, l, x);

			h_printf(r->html, "<tr><th>%s</th><td class=\"n\">%s</td>",
				 sw_x_value(v, x), sum > 0 ? r_time(&b, sum) : "no data");
			for (size_t k = 0; k < c->nr; k++)
				if (c->shown[k])
					h_td_time(r, sw_part(c, l, x, k));
			fputs("</tr>\n", r->html);
		}
		fputs("</tbody></table></div>\n", r->html);
	}
	h_details_end(r);
}

static void stack_panel(struct sw_stack *c)
{
	const struct sw_view *v = c->v;
	struct rlegend legend[R_MAX_DRAWN];
	char text[R_MAX_DRAWN][64], name[64], label[400], caption[700];
	unsigned int lines = v->nr_lines < SW_MAX_LINES ? v->nr_lines : SW_MAX_LINES;

	for (size_t k = 0; k < c->nr; k++) {
		c->shown[k] = false;
		for (unsigned int l = 0; l < v->nr_lines && !c->shown[k]; l++)
			for (unsigned int x = 0; x < v->nr_x && !c->shown[k]; x++)
				c->shown[k] = sw_part(c, l, x, k) > 0;
	}
	sw_panel_label(v, c->panel, label, sizeof(label));
	snprintf(name, sizeof(name), "%s-parts-%u", c->which, c->panel + 1);
	snprintf(
		caption, sizeof(caption),
		"What a mean %s latency is made of, in shares; above bars, how long it is%s%s%s.%s",
		c->which, *label ? " (" : "", label, *label ? ")" : "",
		stack_step(v) > 1 ? " Not each value has a bar; the table has all." : "");
	r_figure(v->r, name,
		 fig_legend_height(legend, stack_legend(c, legend, text)) + SW_STACK * lines + 50,
		 "multi", stack_draw, c, "Shares of components along the axis of the sweep",
		 caption);
	stack_table(c);
}

void sw_stacks(struct sw_view *v, const char *which)
{
	struct sw_stack c = { .v = v, .which = which };
	char prefix[32];
	bool any = false;

	snprintf(prefix, sizeof(prefix), "%s.", which);
	c.nr = sw_names(v, prefix, "_ps", &c.part);
	c.shown = calloc(c.nr + 1, sizeof(*c.shown));
	for (; c.shown && c.panel < sw_panels_drawn(v); c.panel++) {
		c.file = 0;
		if (!stack_any(&c))
			continue;
		/* One is enough to see at once. */
		if (any)
			h_details(v->r, "The same with other values of the other axes");
		stack_panel(&c);
		if (any)
			h_details_end(v->r);
		any = true;
	}
	if (!any)
		r_nodata(v->r, "no run splits it into components");
	free(c.shown);
	sw_names_free(c.part, c.nr);
}
