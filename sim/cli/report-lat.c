// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One part for each latency: its distribution, its components, and what
 * ended the guest run before it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report-int.h"

static const char *const lat_meaning[R_LATENCIES] = {
	"From the moment flush begins, before its first lock, until the guest runs.",
	"From the moment the guest stopped until sync is done.",
	"From the trapped access until its value is there; other host work is excluded.",
	"From the injecting context's call until it returns.",
	"From the injection call, or the trapped SGI write, until the guest acknowledges.",
};

static const json_t *lat_of(const struct rseries *s, const char *which)
{
	return rj_at(rj_at(s->run, "latency"), which);
}

/* ---- distribution --------------------------------------------------------------- */

struct lat_cdf {
	const char *which;
	struct rhist *hist;  /* by series; b is NULL without data */
	double lo, hi, most; /* of all: smallest positive, largest, events */
	bool zeros;	     /* some took no time at all */
};

static bool lat_cdf_load(struct report *r, struct lat_cdf *c, const char *which)
{
	bool any = false;

	*c = (struct lat_cdf){ .which = which, .lo = INFINITY };
	c->hist = calloc(r->nr_series + 1, sizeof(*c->hist));
	if (!c->hist)
		return false;
	for (unsigned int i = 0; i < r->nr_series; i++) {
		struct rhist *h = &c->hist[i];

		if (!rhist_load(h, rj_at(lat_of(&r->series[i], which), "hist"), R_CDF_POINTS))
			continue;
		any = true;
		if (h->min_positive > 0)
			c->lo = fmin(c->lo, h->min_positive);
		c->zeros |= h->b[0].low <= 0 && h->b[0].count > 0;
		c->hi = fmax(c->hi, h->max);
		c->most = fmax(c->most, h->total);
	}
	return any;
}

static void lat_cdf_free(struct report *r, struct lat_cdf *c)
{
	for (unsigned int i = 0; c->hist && i < r->nr_series; i++)
		free(c->hist[i].b);
	free(c->hist);
}

static void cdf_write(struct rfig *f, unsigned int i, const struct rhist *h, double lo)
{
	FILE *d = fig_data(f, i);
	double sum = 0;

	if (!d)
		return;
	fputs("# low_ps high_ps count count_up_to_high\n", d);
	fprintf(d, "%.0f %.0f 0 0\n", lo, lo);
	for (size_t k = 0; k < h->nr; k++) {
		const struct rbucket *b = &h->b[k];

		sum += b->count;
		fprintf(d, "%.0f %.0f %.0f %.0f\n", fmax(b->low, 1), fmax(b->high, 1), b->count,
			sum);
	}
	fig_data_close(f, d);
}

/*
 * The points that tell series apart in grey: four quantiles each, on the
 * curves, so at the shares that the quantile's bucket really has.
 */
static void cdf_marks(struct rfig *f, unsigned int i, const struct rhist *h)
{
	static const double q[] = { 0.5, 0.9, 0.99, 0.999 };
	FILE *d = fig_data(f, i);
	double sum = 0;
	unsigned int k = 0;

	if (!d)
		return;
	fputs("# low_ps high_ps share_at_or_below share_at_least: p50 p90 p99 p99.9\n", d);
	for (size_t b = 0; b < h->nr; b++) {
		double before = sum;

		sum += h->b[b].count;
		for (; k < 4 && sum >= q[k] * h->total; k++)
			if (k == 0 || h->total * (1 - q[k]) >= 0.999)
				fprintf(d, "%.0f %.0f %.9f %.9f\n", fmax(h->b[b].low, 1),
					fmax(h->b[b].high, 1), sum / h->total,
					(h->total - before) / h->total);
	}
	fig_data_close(f, d);
}

static void cdf_draw(struct rfig *f, void *arg)
{
	const struct report *r = f->r;
	struct lat_cdf *c = arg;
	double lo = fmax(c->lo * 0.9, 1), hi = c->hi * 1.1;
	struct rlegend legend[R_MAX_DRAWN];
	unsigned int n = 0;

	if (hi / lo < 1.2) {
		lo /= 1.1;
		hi *= 1.1;
	}
	fig_styles(f);
	for (unsigned int i = 0; i < r->nr_series && n < R_MAX_DRAWN; i++) {
		if (!c->hist[i].b)
			continue;
		legend[n] = (struct rlegend){ .text = r->series[i].label,
					      .rgb = r_colour(&r->series[i]),
					      .series = i + 1 };
		n++;
		cdf_write(f, n, &c->hist[i], lo);
	}
	for (unsigned int i = 0, k = 0; i < r->nr_series && k < n; i++)
		if (c->hist[i].b)
			cdf_marks(f, n + ++k, &c->hist[i]);
	fprintf(f->gp, "n = %u\n", n);
	fig_data_array(f, "data", 1, n);
	fig_data_array(f, "marks", n + 1, n);
	fprintf(f->gp, "array style[%u]\narray total[%u]\n", n, n);
	for (unsigned int i = 0, k = 0; i < r->nr_series && k < n; i++) {
		if (!c->hist[i].b)
			continue;
		k++;
		fprintf(f->gp, "style[%u] = %u\ntotal[%u] = %.1f\n", k, i + 1, k, c->hist[i].total);
	}
	fprintf(f->gp, "tail_low = %g\n", fmin(0.7 / c->most, 0.5));
	fig_tics_log(f, "x", lo, hi, 6, R_TIME);
	fig_legend(f, legend, n);
	f->body_top -= 14.0 / f->height;
}

static void cdf_figure(struct report *r, struct lat_cdf *c)
{
	char name[64], alt[256], caption[300];

	snprintf(name, sizeof(name), "%s-cdf", c->which);
	snprintf(alt, sizeof(alt),
		 "Distribution of %s latency by design: share of events done "
		 "within a time, and share that took longer",
		 c->which);
	snprintf(caption, sizeof(caption),
		 "Distribution of %s latency, time axes logarithmic. Right: "
		 "the tail, on a logarithmic share. Points: p50, p90, p99, p99.9.%s",
		 c->which, c->zeros ? " Times of 0 lie left of the axis." : "");
	r_figure(r, name, r->term ? 15 : 330 + fig_series_legend_height(r), "cdf", cdf_draw, c, alt,
		 caption);
}

bool r_cdf(struct report *r, const char *which)
{
	struct lat_cdf c;
	bool any = lat_cdf_load(r, &c, which) && c.hi >= 1;

	if (any)
		cdf_figure(r, &c);
	lat_cdf_free(r, &c);
	return any;
}

static void cdf_table(struct report *r, const struct lat_cdf *c)
{
	static const char *const row[] = { "mean", "min", "p50", "p90", "p99", "p999", "max" };
	char key[32];

	h_details(r, "Data of this figure");
	h_series_head(r, "");
	fputs("<tr><th>events</th>", r->html);
	for (unsigned int i = 0; i < r->nr_series; i++)
		h_td_count(r, rj_num(lat_of(&r->series[i], c->which), "count"));
	fputs("</tr>\n", r->html);
	for (unsigned int k = 0; k < sizeof(row) / sizeof(row[0]); k++) {
		snprintf(key, sizeof(key), "%s_ps", row[k]);
		h_printf(r->html, "<tr><th>%s</th>", k == 5 ? "p99.9" : row[k]);
		for (unsigned int i = 0; i < r->nr_series; i++) {
			const json_t *l = lat_of(&r->series[i], c->which);

			if (rj_num(l, "count"))
				h_td_time(r, rj_num(l, key));
			else
				fputs("<td class=\"n\">no data</td>", r->html);
		}
		fputs("</tr>\n", r->html);
	}
	fputs("</tbody></table></div>\n", r->html);
	h_details_end(r);
}

/* Series without any event: said, since a missing curve is easily overlooked. */
static void lat_missing(struct report *r, const struct lat_cdf *c)
{
	for (unsigned int i = 0; i < r->nr_series; i++)
		if (!c->hist[i].b)
			h_printf(r->html, "<p class=\"none\">No data: %s had no %s event.</p>\n",
				 r->series[i].label, c->which);
}

static void lat_distribution(struct report *r, const char *which)
{
	struct lat_cdf c;
	char none[64];

	if (!lat_cdf_load(r, &c, which)) {
		snprintf(none, sizeof(none), "no %s latency was measured in any run", which);
		r_nodata(r, none);
		lat_cdf_free(r, &c);
		return;
	}
	if (c.hi < 1) {
		r_nodata(r, "every value of it is 0");
		lat_cdf_free(r, &c);
		return;
	}
	cdf_figure(r, &c);
	cdf_table(r, &c);
	lat_missing(r, &c);
	lat_cdf_free(r, &c);
}

/* ---- components -------------------------------------------------------------------- */

struct lat_stack {
	const char *which;
	const char **keys;
	size_t nr;
	double hi;
};

static double stack_mean(const struct rseries *s, const char *which, const char *key)
{
	const json_t *l = lat_of(s, which);
	double n = rj_num(l, "split_count");

	return n > 0 ? json_number_value(json_object_get(rj_at(l, "components"), key)) / n : 0;
}

static double stack_total(const struct rseries *s, const struct lat_stack *c)
{
	double sum = 0;

	for (size_t k = 0; k < c->nr; k++)
		sum += stack_mean(s, c->which, c->keys[k]);
	return sum;
}

static bool stack_has(const struct rseries *s, const char *which)
{
	return rj_num(lat_of(s, which), "split_count") > 0;
}

/* The bar's name above it, its sum behind it. */
static void stack_row_text(struct rfig *f, const struct rseries *s, double y, double total)
{
	struct rbuf b;

	fig_label(f, 0, y + 0.36, "left", 11, "#1b1f24", s->label);
	if (total > 0)
		fig_label(f, total, y, "left offset .6,0", 11, "#1b1f24", r_time(&b, total));
	else
		fig_label(f, 0, y, "left", 11, "#57606a", "no data");
}

/* Part @k of every bar; a part wide enough carries its time. */
static void stack_part(struct rfig *f, const struct lat_stack *c, size_t k, unsigned int file,
		       double *from)
{
	const struct report *r = f->r;
	FILE *d = fig_data(f, file);
	enum rcomp kind = rcomp_of(c->keys[k]);
	struct rbuf b;

	if (!d)
		return;
	fprintf(d, "# from_ps to_ps y_low y_high: one line a series\n");
	for (unsigned int i = 0; i < r->nr_series; i++) {
		double v = stack_mean(&r->series[i], c->which, c->keys[k]), y = r->nr_series - i;

		fprintf(d, "%.1f %.1f %.2f %.2f\n", from[i], from[i] + v, y - 0.2, y + 0.2);
		if (v > 0.085 * c->hi)
			fig_label(f, from[i] + v / 2, y, "center", 10, rcomp_look[kind].text,
				  r_time(&b, v));
		from[i] += v;
	}
	fig_data_close(f, d);
}

static bool stack_shown(const struct report *r, const struct lat_stack *c, size_t k)
{
	for (unsigned int i = 0; i < r->nr_series; i++)
		if (stack_mean(&r->series[i], c->which, c->keys[k]) > 0)
			return true;
	return false;
}

static void stack_draw(struct rfig *f, void *arg)
{
	const struct report *r = f->r;
	struct lat_stack *c = arg;
	struct rlegend legend[R_MAX_DRAWN];
	double *from = calloc(r->nr_series, sizeof(*from));
	unsigned int n = 0;

	if (!from)
		return;
	for (unsigned int i = 0; i < r->nr_series; i++)
		c->hi = fmax(c->hi, stack_total(&r->series[i], c));
	for (size_t k = 0; k < c->nr && n < R_MAX_DRAWN; k++) {
		enum rcomp kind = rcomp_of(c->keys[k]);

		if (!stack_shown(r, c, k))
			continue;
		legend[n++] = (struct rlegend){ .text = c->keys[k],
						.rgb = rcomp_look[kind].rgb,
						.pattern = rcomp_look[kind].pattern,
						.hatch = rcomp_look[kind].hatch };
		stack_part(f, c, k, n, from);
	}
	for (unsigned int i = 0; i < r->nr_series; i++)
		stack_row_text(f, &r->series[i], r->nr_series - i,
			       stack_has(&r->series[i], c->which) ? from[i] : 0);
	fprintf(f->gp, "n = %u\n", n);
	fig_data_array(f, "data", 1, n);
	fprintf(f->gp, "array fill[%u]\narray pat[%u]\narray hatch[%u]\n", n, n, n);
	for (unsigned int k = 0; k < n; k++)
		fprintf(f->gp, "fill[%u] = '%s'\npat[%u] = %u\nhatch[%u] = '%s'\n", k + 1,
			legend[k].rgb, k + 1, legend[k].pattern, k + 1, legend[k].hatch);
	fig_tics_linear(f, "x", c->hi * 1.12, 8, R_TIME);
	fprintf(f->gp, "set yrange [0.5:%.2f]\nset xlabel 'mean per event'\n", r->nr_series + 0.62);
	fig_legend(f, legend, n);
	free(from);
}

static void stack_table(struct report *r, const struct lat_stack *c)
{
	h_details(r, "Data of this figure");
	h_series_head(r, "mean per event");
	for (size_t k = 0; k < c->nr; k++) {
		h_printf(r->html, "<tr><th>%s</th>", c->keys[k]);
		for (unsigned int i = 0; i < r->nr_series; i++)
			if (stack_has(&r->series[i], c->which))
				h_td_time(r, stack_mean(&r->series[i], c->which, c->keys[k]));
			else
				fputs("<td class=\"n\">no data</td>", r->html);
		fputs("</tr>\n", r->html);
	}
	fputs("<tr class=\"sub\"><th>sum</th>", r->html);
	for (unsigned int i = 0; i < r->nr_series; i++)
		if (stack_has(&r->series[i], c->which))
			h_td_time(r, stack_total(&r->series[i], c));
		else
			fputs("<td class=\"n\">no data</td>", r->html);
	fputs("</tr>\n<tr><th>events with a split, of all</th>", r->html);
	for (unsigned int i = 0; i < r->nr_series; i++) {
		const json_t *l = lat_of(&r->series[i], c->which);
		struct rbuf a, b;

		h_printf(r->html, "<td class=\"n\">%s of %s</td>",
			 r_count(&a, rj_num(l, "split_count")), r_count(&b, rj_num(l, "count")));
	}
	fputs("</tr></tbody></table></div>\n", r->html);
	h_details_end(r);
}

static void lat_components(struct report *r, const char *which)
{
	struct lat_stack c = { .which = which };
	char path[64], name[64], alt[256], caption[256];
	bool any = false;

	for (unsigned int i = 0; i < r->nr_series; i++)
		any |= stack_has(&r->series[i], which);
	if (!any) {
		snprintf(alt, sizeof(alt), "the results do not split %s latency into components",
			 which);
		r_nodata(r, alt);
		return;
	}
	snprintf(path, sizeof(path), "latency/%s/components", which);
	c.nr = rkeys_union(r, path, &c.keys);
	snprintf(name, sizeof(name), "%s-parts", which);
	snprintf(alt, sizeof(alt), "Mean %s latency by design, stacked by component", which);
	snprintf(caption, sizeof(caption),
		 "What a mean %s latency is made of: the parts sum to it.", which);
	r_figure(r, name, 150 + 48 * r->nr_series, "stack", stack_draw, &c, alt, caption);
	stack_table(r, &c);
	free(c.keys);
}

/* ---- by exit reason, by vCPU ----------------------------------------------------------- */

struct lat_range {
	const char *which;
	const char **reasons;
	size_t nr;
	double lo, hi;
	unsigned int rows;
};

static const json_t *range_stat(const struct rseries *s, const char *which, const char *reason)
{
	const json_t *j = json_object_get(rj_at(lat_of(s, which), "by_reason"), reason);

	return rj_num(j, "count") > 0 ? j : NULL;
}

static void range_size(struct report *r, struct lat_range *c)
{
	c->lo = INFINITY;
	for (size_t k = 0; k < c->nr; k++) {
		for (unsigned int i = 0; i < r->nr_series; i++) {
			const json_t *j = range_stat(&r->series[i], c->which, c->reasons[k]);

			c->rows++;
			if (!j)
				continue;
			if (rj_num(j, "p50_ps") > 0)
				c->lo = fmin(c->lo, rj_num(j, "p50_ps"));
			c->hi = fmax(c->hi, rj_num(j, "p99_ps"));
		}
		c->rows++;
	}
}

/* Rows from the top: the reason, then a line from p50 to p99 for each series. */
static void range_draw(struct rfig *f, void *arg)
{
	const struct report *r = f->r;
	struct lat_range *c = arg;
	double lo = fmax(c->lo * 0.8, 1), hi = fmax(c->hi * 1.25, lo * 2), y;

	fig_styles(f);
	for (unsigned int i = 0; i < r->nr_series; i++) {
		FILE *d = fig_data(f, i + 1);

		if (!d)
			return;
		fputs("# p50_ps p99_ps mean_ps row\n", d);
		y = c->rows;
		for (size_t k = 0; k < c->nr; k++, y -= r->nr_series + 1) {
			const json_t *j = range_stat(&r->series[i], c->which, c->reasons[k]);

			if (j)
				fprintf(d, "%.0f %.0f %.0f %.2f\n", fmax(rj_num(j, "p50_ps"), 1),
					fmax(rj_num(j, "p99_ps"), 1), rj_num(j, "mean_ps"), y - i);
			else
				fprintf(d, "NaN NaN NaN %.2f\n", y - i);
		}
		fig_data_close(f, d);
	}
	y = c->rows;
	for (size_t k = 0; k < c->nr; k++, y -= r->nr_series + 1)
		fig_group_label(f, lo, y - (r->nr_series - 1) / 2.0, c->reasons[k]);
	fig_group_margin(f, c->reasons, c->nr);
	fprintf(f->gp, "n = %u\nset yrange [0.6:%.2f]\n", r->nr_series, c->rows + 0.8);
	fig_data_array(f, "data", 1, r->nr_series);
	fig_tics_log(f, "x", lo, hi, 9, R_TIME);
	fig_series_legend(f, false);
}

static void range_table(struct report *r, const struct lat_range *c)
{
	static const char *const col[] = { "mean_ps", "p50_ps", "p99_ps", "max_ps" };

	h_details(r, "Data of this figure");
	fputs("<div class=\"scroll\"><table><thead><tr><th>exit</th><th>series</th>"
	      "<th class=\"n\">events</th><th class=\"n\">mean</th><th class=\"n\">p50</th>"
	      "<th class=\"n\">p99</th><th class=\"n\">max</th></tr></thead><tbody>\n",
	      r->html);
	for (size_t k = 0; k < c->nr; k++) {
		for (unsigned int i = 0; i < r->nr_series; i++) {
			const json_t *j = range_stat(&r->series[i], c->which, c->reasons[k]);

			h_printf(r->html, "<tr><th>%s</th>", i ? "" : c->reasons[k]);
			h_td_series(r, &r->series[i]);
			h_td_count(r, rj_num(j, "count"));
			for (unsigned int m = 0; m < 4; m++)
				if (j)
					h_td_time(r, rj_num(j, col[m]));
				else
					fputs("<td class=\"n\">–</td>", r->html);
			fputs("</tr>\n", r->html);
		}
	}
	fputs("</tbody></table></div>\n", r->html);
	h_details_end(r);
}

static void lat_reasons(struct report *r, const char *which)
{
	struct lat_range c = { .which = which };
	char path[64], name[64], alt[256], caption[256];

	snprintf(path, sizeof(path), "latency/%s/by_reason", which);
	c.nr = rkeys_union(r, path, &c.reasons);
	if (!c.nr) {
		free(c.reasons);
		return;
	}
	range_size(r, &c);
	snprintf(name, sizeof(name), "%s-reasons", which);
	snprintf(alt, sizeof(alt), "%s latency by exit reason and design, median to p99", which);
	snprintf(caption, sizeof(caption),
		 "By what ended the guest run before the %s: the point "
		 "is the median, the line goes on to p99. Logarithmic.",
		 which);
	if (c.hi >= 1)
		r_figure(r, name, 84 + fig_series_legend_height(r) + 15 * c.rows, "range",
			 range_draw, &c, alt, caption);
	range_table(r, &c);
	free(c.reasons);
}

static void lat_vcpu_rows(struct report *r, const char *which)
{
	for (unsigned int i = 0; i < r->nr_series; i++) {
		const json_t *a = rj_at(lat_of(&r->series[i], which), "by_vcpu"), *j;
		size_t k;

		json_array_foreach(a, k, j)
		{
			fputs("<tr>", r->html);
			h_td_series(r, &r->series[i]);
			h_td_count(r, rj_num(j, "vcpu"));
			h_td_count(r, rj_num(j, "count"));
			h_td_time(r, rj_num(j, "mean_ps"));
			h_td_time(r, rj_num(j, "p50_ps"));
			h_td_time(r, rj_num(j, "p99_ps"));
			h_td_time(r, rj_num(j, "max_ps"));
			fputs("</tr>\n", r->html);
		}
	}
}

static void lat_vcpus(struct report *r, const char *which)
{
	size_t nr = 0;

	for (unsigned int i = 0; i < r->nr_series; i++)
		nr += json_array_size(rj_at(lat_of(&r->series[i], which), "by_vcpu"));
	if (!nr)
		return;
	h_details(r, "By vCPU");
	fputs("<div class=\"scroll\"><table><thead><tr><th>series</th><th class=\"n\">vCPU</th>"
	      "<th class=\"n\">events</th><th class=\"n\">mean</th><th class=\"n\">p50</th>"
	      "<th class=\"n\">p99</th><th class=\"n\">max</th></tr></thead><tbody>\n",
	      r->html);
	lat_vcpu_rows(r, which);
	fputs("</tbody></table></div>\n", r->html);
	h_details_end(r);
}

void rsec_latencies(struct report *r)
{
	fputs("<section id=\"latency\"><h2>Latencies</h2>\n", r->html);
	r_violins(r);
	for (unsigned int l = 0; l < R_LATENCIES; l++) {
		h_printf(r->html, "<h3>%s</h3><p class=\"dim\">%s</p>\n", r_latency_titles[l],
			 lat_meaning[l]);
		lat_distribution(r, r_latencies[l]);
		lat_components(r, r_latencies[l]);
		lat_reasons(r, r_latencies[l]);
		lat_vcpus(r, r_latencies[l]);
	}
	fputs("</section>\n", r->html);
}
