// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All latencies at a glance: a violin for each latency and series on one
 * logarithmic time axis. The density is estimated here, in the logarithm of
 * time, from the histograms of the result: gnuplot's own estimate knows neither
 * weights nor a logarithmic axis.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report-int.h"

#define VIOLIN_POINTS	240
#define VIOLIN_TOGETHER 6  /* with more series than this a latency has its own figure */
#define VIOLIN_FEW	10 /* events */
#define VIOLIN_ROW	30 /* pixels */

struct violin {
	struct rhist hist;
	double low, high; /* where it is drawn */
	double quantile[4];
	double density[VIOLIN_POINTS]; /* of its own maximum */
};

struct violins {
	unsigned int first, nr; /* latencies */
	unsigned int drawn;	/* series */
	struct violin *v;	/* drawn a latency; hist.b is NULL without data */
	double lo, hi;
	bool zeros;
};

static const double violin_q[4] = { 0.25, 0.5, 0.75, 0.99 };

/* Quantiles as a result has them: the upper bound of their bucket. */
static void violin_quantiles(struct violin *v)
{
	double sum = 0;
	unsigned int k = 0;

	for (size_t i = 0; i < v->hist.nr; i++) {
		sum += v->hist.b[i].count;
		for (; k < 4 && sum >= violin_q[k] * v->hist.total; k++)
			v->quantile[k] = fmax(v->hist.b[i].high, 1);
	}
	for (; k < 4; k++)
		v->quantile[k] = fmax(v->hist.max, 1);
}

static double violin_middle(const struct rbucket *b)
{
	return log((fmax(b->low, 1) + fmax(b->high, 1)) / 2);
}

/*
 * Silverman's rule over the logarithms; of steps, which simulated times are made
 * of, it makes needles: not narrower than can be seen on an axis of @span.
 */
static double violin_bandwidth(const struct violin *v, double span)
{
	double mean = 0, var = 0, iqr, spread;

	for (size_t i = 0; i < v->hist.nr; i++)
		mean += v->hist.b[i].count / v->hist.total * violin_middle(&v->hist.b[i]);
	for (size_t i = 0; i < v->hist.nr; i++) {
		double d = violin_middle(&v->hist.b[i]) - mean;

		var += v->hist.b[i].count / v->hist.total * d * d;
	}
	iqr = log(v->quantile[2] / v->quantile[0]) / 1.34;
	spread = iqr > 0 ? fmin(sqrt(var), iqr) : sqrt(var);
	/* Of few events there is no shape to be guessed: a needle for each. */
	if (v->hist.total < VIOLIN_FEW)
		return span / 160;
	return fmax(0.9 * spread * pow(v->hist.total, -0.2), span / 160);
}

static void violin_estimate(struct violin *v, double span)
{
	double h = violin_bandwidth(v, span), most = 0, from, to;

	/* Nothing is drawn where no event was, but for a needle's own width. */
	from = log(fmax(v->hist.min_positive, 1)) - span / 80;
	to = log(fmax(v->hist.max, 1)) + span / 80;
	v->low = from;
	v->high = to;
	for (unsigned int k = 0; k < VIOLIN_POINTS; k++) {
		double x = from + (to - from) * k / (VIOLIN_POINTS - 1), sum = 0;

		for (size_t i = 0; i < v->hist.nr; i++) {
			double d = (x - violin_middle(&v->hist.b[i])) / h;

			if (v->hist.b[i].high > 0 && d > -5 && d < 5)
				sum += v->hist.b[i].count * exp(-d * d / 2);
		}
		v->density[k] = sum;
		most = fmax(most, sum);
	}
	for (unsigned int k = 0; k < VIOLIN_POINTS && most > 0; k++)
		v->density[k] /= most;
}

/* A series's colour, for each in the order more or less of it: two that are alike in grey. */
static void violin_colour(const struct report *r, unsigned int s, char rgb[8])
{
	static const unsigned int share[] = { 85, 35, 60, 18 };

	r_mix(rgb, r_colour(&r->series[s]), share[s & 3]);
}

static struct violin *violin_at(const struct violins *c, unsigned int l, unsigned int s)
{
	return &c->v[(size_t)(l - c->first) * c->drawn + s];
}

static bool violins_load(const struct report *r, struct violins *c)
{
	c->drawn = r->nr_series < R_MAX_DRAWN ? r->nr_series : R_MAX_DRAWN;
	c->lo = INFINITY;
	c->v = calloc((size_t)c->nr * c->drawn + 1, sizeof(*c->v));
	for (unsigned int l = c->first; c->v && l < c->first + c->nr; l++) {
		for (unsigned int s = 0; s < c->drawn; s++) {
			struct violin *v = violin_at(c, l, s);
			const json_t *lat = rj_at(r->series[s].run, "latency");

			if (!rhist_load(&v->hist, rj_at(rj_at(lat, r_latencies[l]), "hist"),
					R_CDF_POINTS))
				continue;
			c->zeros |= v->hist.b[0].low <= 0 && v->hist.b[0].count > 0;
			if (v->hist.max < 1 || v->hist.min_positive <= 0) {
				free(v->hist.b);
				v->hist.b = NULL;
				continue;
			}
			violin_quantiles(v);
			c->lo = fmin(c->lo, fmax(v->hist.min_positive, 1));
			c->hi = fmax(c->hi, v->hist.max);
		}
	}
	return c->hi >= 1;
}

static void violins_free(struct violins *c)
{
	for (size_t i = 0; c->v && i < (size_t)c->nr * c->drawn; i++)
		free(c->v[i].hist.b);
	free(c->v);
}

static void violin_write(struct rfig *f, unsigned int i, const struct violin *v, double row)
{
	FILE *d = fig_data(f, i);

	if (!d)
		return;
	fputs("# time_ps y_low y_high\n", d);
	for (unsigned int k = 0; k < VIOLIN_POINTS; k++) {
		double x = v->low + (v->high - v->low) * k / (VIOLIN_POINTS - 1);
		double half = 0.46 * v->density[k];

		fprintf(d, "%.9g %.4f %.4f\n", exp(x), row - half, row + half);
	}
	fig_data_close(f, d);
}

/* The rows from the top: a latency's series, then room. */
static double violin_row(const struct violins *c, unsigned int l, unsigned int s)
{
	return (c->first + c->nr - l) * (c->drawn + 0.6) - s;
}

static void violins_names(struct rfig *f, const struct violins *c, double lo)
{
	const char *name[R_LATENCIES];

	for (unsigned int l = c->first; l < c->first + c->nr; l++) {
		name[l - c->first] = r_latencies[l];
		fig_group_label(f, lo, violin_row(c, l, 0) - (c->drawn - 1) / 2.0, r_latencies[l]);
	}
	fig_group_margin(f, name, c->nr);
}

static void violins_draw(struct rfig *f, void *arg)
{
	const struct report *r = f->r;
	struct violins *c = arg;
	struct rlegend legend[R_MAX_DRAWN];
	double span = fmax(log(c->hi / c->lo), 0.1);
	double lo = c->lo / exp(span / 40), hi = c->hi * exp(span / 40);
	unsigned int n = 0, all = c->nr * c->drawn;
	FILE *marks = fig_data(f, all + 1);
	char rgb[R_MAX_DRAWN][8];

	if (!marks)
		return;
	for (unsigned int s = 0; s < c->drawn; s++)
		violin_colour(r, s, rgb[s]);
	fputs("# p25_ps p50_ps p75_ps p99_ps row\n", marks);
	fprintf(f->gp, "array fill[%u]\narray edge[%u]\n", all, all);
	for (unsigned int l = c->first; l < c->first + c->nr; l++) {
		for (unsigned int s = 0; s < c->drawn; s++) {
			struct violin *v = violin_at(c, l, s);
			double row = violin_row(c, l, s);

			if (!v->hist.b) {
				fig_label(f, lo, row, "left offset .5,0", 10, "#8a939c", "no data");
				continue;
			}
			violin_estimate(v, span);
			violin_write(f, ++n, v, row);
			fprintf(f->gp, "fill[%u] = '%s'\nedge[%u] = '%s'\n", n, rgb[s], n,
				r_colour(&r->series[s]));
			fprintf(marks, "%.9g %.9g %.9g %.9g %.2f\n", v->quantile[0], v->quantile[1],
				v->quantile[2], v->quantile[3], row);
		}
	}
	fig_data_close(f, marks);
	fprintf(f->gp, "n = %u\nmarks = '%s-%u.dat'\n", n, f->name, all + 1);
	fig_data_array(f, "data", 1, n);
	violins_names(f, c, lo);
	fig_tics_log(f, "x", lo, hi, 10, R_TIME);
	fprintf(f->gp, "set yrange [%.2f:%.2f]\n", violin_row(c, c->first + c->nr - 1, c->drawn),
		violin_row(c, c->first, 0) + 0.7);
	fputs("set xlabel 'latency'\n", f->gp);
	for (unsigned int s = 0; s < c->drawn; s++)
		legend[s] = (struct rlegend){ .text = r->series[s].label, .rgb = rgb[s] };
	fig_legend(f, legend, c->drawn);
}

static void violins_table(struct report *r, const struct violins *c)
{
	h_details(r, "Data of this figure");
	fputs("<div class=\"scroll\"><table><thead><tr><th>latency</th><th>series</th>"
	      "<th class=\"n\">events</th><th class=\"n\">p25</th><th class=\"n\">p50</th>"
	      "<th class=\"n\">p75</th><th class=\"n\">p99</th></tr></thead><tbody>\n",
	      r->html);
	for (unsigned int l = c->first; l < c->first + c->nr; l++) {
		for (unsigned int s = 0; s < c->drawn; s++) {
			const struct violin *v = violin_at(c, l, s);

			h_printf(r->html, "<tr><th>%s</th>", s ? "" : r_latencies[l]);
			h_td_series(r, &r->series[s]);
			h_td_count(r, v->hist.b ? v->hist.total : 0);
			for (unsigned int k = 0; k < 4; k++)
				if (v->hist.b)
					h_td_time(r, v->quantile[k]);
				else
					fputs("<td class=\"n\">no data</td>", r->html);
			fputs("</tr>\n", r->html);
		}
	}
	fputs("</tbody></table></div>\n", r->html);
	h_details_end(r);
}

static void violins_figure(struct report *r, unsigned int first, unsigned int nr)
{
	struct violins c = { .first = first, .nr = nr };
	char name[64], caption[400];

	snprintf(name, sizeof(name), nr > 1 ? "violins" : "%s-violins", r_latencies[first]);
	if (!violins_load(r, &c))
		goto out;
	snprintf(caption, sizeof(caption),
		 "Where the events lie in time, each violin scaled to its own thickest place. In "
		 "it: the bar from the first to the third quartile, the point at the median, the "
		 "stroke at p99. Logarithmic; smoothed.%s",
		 c.zeros ? " Times of 0 are left out." : "");
	r_figure(r, name,
		 (unsigned int)(84 + fig_series_legend_height(r) +
				VIOLIN_ROW * (nr * (c.drawn + 0.6))),
		 "violin", violins_draw, &c, "Violins of latencies by design", caption);
	violins_table(r, &c);
out:
	violins_free(&c);
}

void r_violins(struct report *r)
{
	if (r->nr_series <= VIOLIN_TOGETHER) {
		violins_figure(r, 0, R_LATENCIES);
		return;
	}
	for (unsigned int l = 0; l < R_LATENCIES; l++)
		violins_figure(r, l, 1);
}
