// SPDX-License-Identifier: GPL-2.0-or-later
/* What is counted: list registers and lists, exits and kicks, bytes, the rest. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report-int.h"

#define COUNT_MAX_BINS 18

/* ---- shares of entries: list registers used, list length -------------------------- */

struct count_bins {
	unsigned int nr;
	char name[COUNT_MAX_BINS][24];
	double *count; /* nr_series × COUNT_MAX_BINS */
	double *total; /* nr_series */
	const char *xlabel;
};

static bool bins_init(const struct report *r, struct count_bins *b, const char *xlabel)
{
	*b = (struct count_bins){ .xlabel = xlabel };
	b->count = calloc((size_t)r->nr_series * COUNT_MAX_BINS + 1, sizeof(*b->count));
	b->total = calloc(r->nr_series + 1, sizeof(*b->total));
	return b->count && b->total;
}

static void bins_free(struct count_bins *b)
{
	free(b->count);
	free(b->total);
}

static double *bins_at(const struct count_bins *b, unsigned int s, unsigned int bin)
{
	return &b->count[(size_t)s * COUNT_MAX_BINS + bin];
}

static bool bins_any(const struct report *r, const struct count_bins *b)
{
	for (unsigned int s = 0; s < r->nr_series; s++)
		if (b->total[s] > 0)
			return true;
	return false;
}

static void bins_occupancy(const struct report *r, struct count_bins *b)
{
	for (unsigned int s = 0; s < r->nr_series; s++) {
		const json_t *a = rj_at(r->series[s].run, "occupancy"), *v;
		size_t i;

		json_array_foreach(a, i, v)
		{
			unsigned int bin =
				i < COUNT_MAX_BINS ? (unsigned int)i : COUNT_MAX_BINS - 1;

			*bins_at(b, s, bin) += json_number_value(v);
			b->total[s] += json_number_value(v);
			if ((json_number_value(v) > 0 ||
			     i <= rj_num(r->series[s].doc, "config/lrs")) &&
			    bin + 1 > b->nr)
				b->nr = bin + 1;
		}
	}
	for (unsigned int i = 0; i < b->nr; i++)
		snprintf(b->name[i], sizeof(b->name[i]), "%u%s", i,
			 i == COUNT_MAX_BINS - 1 ? "+" : "");
}

/* 0 … 8 one by one, then by doublings. */
static unsigned int bins_length_of(double n)
{
	unsigned int bin = 9;

	if (n <= 8)
		return (unsigned int)n;
	for (double hi = 16; n > hi && bin < COUNT_MAX_BINS - 1; hi *= 2)
		bin++;
	return bin;
}

static void bins_length(const struct report *r, struct count_bins *b)
{
	for (unsigned int s = 0; s < r->nr_series; s++) {
		const json_t *a = rj_at(r->series[s].run, "list_length/hist"), *row;
		size_t i;

		json_array_foreach(a, i, row)
		{
			double n = json_number_value(json_array_get(row, 2));
			unsigned int bin =
				bins_length_of(fmax(json_number_value(json_array_get(row, 0)), 0));

			*bins_at(b, s, bin) += n;
			b->total[s] += n;
			b->nr = bin + 1 > b->nr ? bin + 1 : b->nr;
		}
	}
	for (unsigned int i = 0; i < b->nr; i++) {
		if (i <= 8)
			snprintf(b->name[i], sizeof(b->name[i]), "%u", i);
		else if (i < COUNT_MAX_BINS - 1)
			snprintf(b->name[i], sizeof(b->name[i]), "%u–%u", (8U << (i - 9)) + 1,
				 16U << (i - 9));
		else
			snprintf(b->name[i], sizeof(b->name[i]), ">%u", 8U << (i - 9));
	}
}

static double bins_share(const struct count_bins *b, unsigned int s, unsigned int bin)
{
	return b->total[s] > 0 ? *bins_at(b, s, bin) / b->total[s] : 0;
}

static void bins_write(struct rfig *f, const struct count_bins *b, unsigned int s, double width)
{
	FILE *d = fig_data(f, s + 1);

	if (!d)
		return;
	fputs("# x_low x_high share count\n", d);
	for (unsigned int i = 0; i < b->nr; i++) {
		double x = i - 0.4 + s * width;

		fprintf(d, "%.4f %.4f %.9f %.0f\n", x, x + width * 0.92, bins_share(b, s, i),
			*bins_at(b, s, i));
	}
	fig_data_close(f, d);
}

static void bins_tics(struct rfig *f, const struct count_bins *b, double top)
{
	double step = top > 0.5 ? 0.2 : top > 0.2 ? 0.1 : 0.05;

	fprintf(f->gp, "set xrange [-.6:%.1f]\nset yrange [0:%.4f]\nset xtics (", b->nr - 0.4,
		top * 1.1);
	for (unsigned int i = 0; i < b->nr; i++)
		fprintf(f->gp, "%s'%s' %u", i ? ", " : "", b->name[i], i);
	fputs(") scale 0\nset ytics (", f->gp);
	for (unsigned int i = 0; i * step <= top * 1.1; i++)
		fprintf(f->gp, "%s'%.0f %%%%' %.2f", i ? ", " : "", i * step * 100, i * step);
	fprintf(f->gp,
		")\nset xlabel '%s'\n"
		"set label 900 'share of entries' at graph 0, graph 1 offset 0,.8 left\n",
		b->xlabel);
}

static void bins_draw(struct rfig *f, void *arg)
{
	const struct report *r = f->r;
	struct count_bins *b = arg;
	double width = 0.8 / r->nr_series, top = 0;

	fprintf(f->gp, "n = %u\narray fill[n]\narray pat[n]\n", r->nr_series);
	for (unsigned int s = 0; s < r->nr_series; s++) {
		bins_write(f, b, s, width);
		fprintf(f->gp, "fill[%u] = '%s'\npat[%u] = %u\n", s + 1, r_colour(&r->series[s]),
			s + 1, r_pattern(&r->series[s]));
		for (unsigned int i = 0; i < b->nr; i++)
			top = fmax(top, bins_share(b, s, i));
	}
	fig_data_array(f, "data", 1, r->nr_series);
	bins_tics(f, b, top);
	fig_series_legend(f, true);
	f->body_top -= 14.0 / f->height;
}

static void bins_table(struct report *r, const struct count_bins *b)
{
	struct rbuf t1, t2;

	h_details(r, "Data of this figure");
	h_series_head(r, b->xlabel);
	for (unsigned int i = 0; i < b->nr; i++) {
		h_printf(r->html, "<tr><th>%s</th>", b->name[i]);
		for (unsigned int s = 0; s < r->nr_series; s++)
			h_printf(r->html, "<td class=\"n\">%s <span class=\"dim\">%s</span></td>",
				 r_count(&t1, *bins_at(b, s, i)),
				 r_percent(&t2, bins_share(b, s, i)));
		fputs("</tr>\n", r->html);
	}
	fputs("</tbody></table></div>\n", r->html);
	h_details_end(r);
}

static void bins_section(struct report *r, struct count_bins *b, const char *name, const char *alt,
			 const char *caption, const char *none)
{
	if (!bins_any(r, b)) {
		r_nodata(r, none);
		return;
	}
	r_figure(r, name, 260 + fig_series_legend_height(r), "groups", bins_draw, b, alt, caption);
	for (unsigned int s = 0; s < r->nr_series; s++)
		if (b->total[s] <= 0)
			h_printf(r->html, "<p class=\"none\">No data: %s.</p>\n",
				 r->series[s].label);
	bins_table(r, b);
}

static void lists_stat_row(struct report *r, const char *name, const char *path)
{
	h_printf(r->html, "<tr><th>%s</th>", name);
	for (unsigned int s = 0; s < r->nr_series; s++)
		h_td_count(r, rj_num(r->series[s].run, path));
	fputs("</tr>\n", r->html);
}

void rsec_lists(struct report *r)
{
	struct count_bins b;

	fputs("<section id=\"lists\"><h2>List registers and lists</h2>\n"
	      "<h3>List registers in use at entry</h3>\n",
	      r->html);
	if (bins_init(r, &b, "list registers in use")) {
		bins_occupancy(r, &b);
		bins_section(r, &b, "occupancy",
			     "Share of entries by list registers in use, by design",
			     "Entries by how many list registers were loaded.",
			     "no entry was made in any run");
		r_occupancy_by_vcpu(r);
	}
	bins_free(&b);
	fputs("<h3>Candidates at entry</h3><p class=\"dim\">Length of the list that the list "
	      "registers are filled from: the ap_list, or what the legacy design finds pending or "
	      "active.</p>\n",
	      r->html);
	if (bins_init(r, &b, "candidates")) {
		bins_length(r, &b);
		bins_section(r, &b, "list-length",
			     "Share of entries by number of candidates, by design",
			     "Entries by how many interrupts were candidates.",
			     "no run recorded the length of its list");
	}
	bins_free(&b);
	if (r->nr_series) {
		h_details(r, "Work on lists");
		h_series_head(r, "");
		lists_stat_row(r, "longest list", "list_length/max");
		lists_stat_row(r, "list elements or bitmap words looked at", "counters/list_steps");
		lists_stat_row(r, "comparisons made in sorting", "counters/sort_compares");
		lists_stat_row(r, "flushes with more than the list registers hold",
			       "counters/overflows");
		lists_stat_row(r, "recomputations of the VM's state", "counters/update_state");
		lists_stat_row(r, "locks retaken because the state had moved", "counters/retries");
		lists_stat_row(r, "moves to another vCPU's list", "counters/migrations");
		fputs("</tbody></table></div>\n", r->html);
		h_details_end(r);
	}
	fputs("</section>\n", r->html);
}

/* ---- exits and kicks ---------------------------------------------------------------- */

struct count_causes {
	const char *table; /* "exits" */
	const char **name;
	size_t nr;
};

static double cause_count(const struct rseries *s, const struct count_causes *c, size_t i)
{
	return json_number_value(json_object_get(rj_at(s->run, c->table), c->name[i]));
}

/* Only counts, and only those that some run has. */
static void causes_load(const struct report *r, struct count_causes *c, const char *table)
{
	size_t all, kept = 0;

	c->table = table;
	all = rkeys_union(r, table, &c->name);
	for (size_t i = 0; i < all; i++) {
		double most = 0;

		for (unsigned int s = 0; s < r->nr_series; s++)
			most = fmax(most, cause_count(&r->series[s], c, i));
		if (most > 0 && strcmp(c->name[i], "total"))
			c->name[kept++] = c->name[i];
	}
	c->nr = kept;
}

static struct rbar cause_bar(const struct rseries *s, size_t group, void *arg)
{
	const struct count_causes *c = arg;
	struct rbar b = { .value = cause_count(s, c, group) };
	double total = 0;
	struct rbuf t1, t2;

	for (size_t i = 0; i < c->nr; i++)
		total += cause_count(s, c, i);
	if (b.value > 0)
		snprintf(b.text, sizeof(b.text), "%s (%s)", r_count(&t1, b.value),
			 r_percent(&t2, b.value / total));
	else
		snprintf(b.text, sizeof(b.text), "0");
	return b;
}

static const char *cause_help(const char *table, const char *name)
{
	static const char *const help[][2] = {
		{ "self", " (to itself)" },
		{ "none", " (nothing to do)" },
		{ "woken", " (woke a sleeper)" },
		{ "ipi", " (an IPI was sent)" },
	};

	for (size_t i = 0; !strcmp(table, "kicks") && i < 4; i++)
		if (!strcmp(help[i][0], name))
			return help[i][1];
	if (!strcmp(table, "exits") && (!strcmp(name, "kick") || !strcmp(name, "maintenance")))
		return " (the design's own)";
	return "";
}

static void causes_table(struct report *r, const struct count_causes *c)
{
	h_details(r, "Data of this figure");
	h_series_head(r, "");
	for (size_t i = 0; i < c->nr; i++) {
		h_printf(r->html, "<tr><th>%s%s</th>", c->name[i],
			 cause_help(c->table, c->name[i]));
		for (unsigned int s = 0; s < r->nr_series; s++)
			h_td_count(r, cause_count(&r->series[s], c, i));
		fputs("</tr>\n", r->html);
	}
	fputs("<tr class=\"sub\"><th>sum</th>", r->html);
	for (unsigned int s = 0; s < r->nr_series; s++) {
		double sum = 0;

		for (size_t i = 0; i < c->nr; i++)
			sum += cause_count(&r->series[s], c, i);
		h_td_count(r, sum);
	}
	fputs("</tr></tbody></table></div>\n", r->html);
	h_details_end(r);
}

static void causes_section(struct report *r, const char *table, const char *xlabel, const char *alt,
			   const char *caption, const char *none)
{
	struct count_causes c;
	struct rbars b;

	causes_load(r, &c, table);
	b = (struct rbars){ .groups = c.name,
			    .nr_groups = c.nr,
			    .counts = true,
			    .xlabel = xlabel,
			    .arg = &c,
			    .bar = cause_bar };
	if (!c.nr) {
		r_nodata(r, none);
	} else {
		r_figure(r, table, r_bars_height(r, &b), "bars", r_bars_draw, &b, alt, caption);
		causes_table(r, &c);
	}
	free(c.name);
}

/* Rows of "exits/by_vcpu" have the kinds in the order of the members of "exits". */
static void exits_vcpu_rows(struct report *r, const struct rseries *s)
{
	const json_t *rows = rj_at(s->run, "exits/by_vcpu"), *row, *v;
	size_t i, k;

	json_array_foreach(rows, i, row)
	{
		fputs("<tr>", r->html);
		h_td_series(r, s);
		h_td_count(r, (double)i);
		json_array_foreach(row, k, v) h_td_count(r, json_number_value(v));
		fputs("</tr>\n", r->html);
	}
}

static void exits_vcpus(struct report *r)
{
	json_t *first = NULL, *v;
	const char *name;

	for (unsigned int s = 0; s < r->nr_series && !first; s++)
		if (json_array_size(rj_at(r->series[s].run, "exits/by_vcpu")))
			first = (json_t *)rj_at(r->series[s].run, "exits");
	if (!first)
		return;
	h_details(r, "By vCPU");
	fputs("<div class=\"scroll\"><table><thead><tr><th>series</th><th class=\"n\">vCPU</th>",
	      r->html);
	json_object_foreach(first, name, v) if (json_is_integer(v) && strcmp(name, "total"))
		h_printf(r->html, "<th class=\"n\">%s</th>", name);
	fputs("</tr></thead><tbody>\n", r->html);
	for (unsigned int s = 0; s < r->nr_series; s++)
		exits_vcpu_rows(r, &r->series[s]);
	fputs("</tbody></table></div>\n", r->html);
	h_details_end(r);
}

void rsec_exits(struct report *r)
{
	fputs("<section id=\"exits\"><h2>Exits and kicks</h2>\n<h3>Exits by cause</h3>\n", r->html);
	causes_section(r, "exits", "exits", "Exits by cause and design",
		       "What ended guest runs. Kicks and maintenance interrupts are the simulated "
		       "design's own, never the recording's. Logarithmic.",
		       "no exit was made in any run");
	exits_vcpus(r);
	fputs("<h3>Kicks by outcome</h3>\n", r->html);
	causes_section(r, "kicks", "kicks", "Kicks by outcome and design",
		       "Kicks that the design asked for, by what they came to: to the vCPU itself, "
		       "to one that needed none, to a sleeper, or an IPI. Logarithmic.",
		       "no design kicked a vCPU");
	fputs("</section>\n", r->html);
}

/* ---- memory --------------------------------------------------------------------------- */

void rsec_memory(struct report *r)
{
	static const char *const row[][2] = {
		{ "vm_bytes", "bytes for the VM" },
		{ "vcpu_bytes", "bytes for each vCPU" },
		{ "irq_bytes", "bytes for each SPI" },
		{ "all_vcpu_bytes", "bytes for all vCPUs" },
		{ "all_irq_bytes", "bytes for all interrupts" },
		{ "arena_bytes", "bytes of its jemalloc arena" },
	};
	bool any = false;

	fputs("<section id=\"memory\"><h2>Memory of each design's state</h2>\n", r->html);
	for (unsigned int s = 0; s < r->nr_series; s++)
		any |= json_object_size(rj_at(r->series[s].run, "memory")) > 0;
	if (!any) {
		r_nodata(r, "no run says what its state takes");
		fputs("</section>\n", r->html);
		return;
	}
	h_series_head(r, "");
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		h_printf(r->html, "<tr><th>%s</th>", row[i][1]);
		for (unsigned int s = 0; s < r->nr_series; s++)
			h_td_count(r, rj_num(rj_at(r->series[s].run, "memory"), row[i][0]));
		fputs("</tr>\n", r->html);
	}
	fputs("</tbody></table></div>\n<p class=\"dim\">As laid out by the original; the arena "
	      "includes what the allocator rounds up.</p></section>\n",
	      r->html);
}

/* ---- everything that is simply counted --------------------------------------------------- */

static void counters_rows(struct report *r, const char *path)
{
	const char **name;
	size_t nr = rkeys_union(r, path, &name);

	for (size_t i = 0; i < nr; i++) {
		h_printf(r->html, "<tr><th>%s</th>", name[i]);
		for (unsigned int s = 0; s < r->nr_series; s++)
			h_td_count(r, json_number_value(json_object_get(
					      rj_at(r->series[s].run, path), name[i])));
		fputs("</tr>\n", r->html);
	}
	free(name);
}

void rsec_counters(struct report *r)
{
	if (!r->nr_series)
		return;
	fputs("<section id=\"counters\"><h2>Counters</h2>\n", r->html);
	h_details(r, "All counters of all runs");
	h_series_head(r, "");
	counters_rows(r, "counters");
	counters_rows(r, "engine");
	fputs("</tbody></table></div>\n", r->html);
	h_details_end(r);
	fputs("</section>\n", r->html);
}
