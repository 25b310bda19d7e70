// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page of a sweep: what it is of and what it cannot say, who is ahead and from where
 * on, then each measure along x, and where everything came from. No sentence about
 * who is ahead is known beforehand.
 */
#include "report-sweep.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report-sweep-int.h"

/* ---- measures that are of several figures ------------------------------------------- */

/* Share of the time of all actors in which they waited for locks. */
static double get_wait_share(const struct row *row, const char *name)
{
	double wait = sw_figure(row, "lock_wait_ps"), time = sw_figure(row, "sim_time_ps");
	double actors = (double)row->nr_vcpus + row->nr_threads;

	return time > 0 && actors > 0 ? wait / (time * actors) : NAN;
}

/* Of all acquisitions of a class, those that did not wait included. */
static double get_lock_wait(const struct row *row, const char *class)
{
	char total[ROW_MAX_NAME], acquired[ROW_MAX_NAME];
	double wait, nr;

	snprintf(total, sizeof(total), "lock.%s.waittime-total_ps", class);
	snprintf(acquired, sizeof(acquired), "lock.%s.acquisitions", class);
	wait = sw_figure(row, total);
	nr = sw_figure(row, acquired);
	return nr > 0 ? wait / nr : NAN;
}

static double get_lock_hold(const struct row *row, const char *class)
{
	char name[ROW_MAX_NAME];

	snprintf(name, sizeof(name), "lock.%s.holdtime-avg_ps", class);
	return get_lock_wait(row, class) >= 0 ? sw_figure(row, name) : NAN;
}

static double get_bytes(const struct row *row, const char *name)
{
	return sw_figure(row, "memory.vm_bytes") + sw_figure(row, "memory.all_vcpu_bytes") +
	       sw_figure(row, "memory.all_irq_bytes");
}

static double get_bytes_each(const struct row *row, const char *name)
{
	return row->nr_vcpus ? get_bytes(row, name) / row->nr_vcpus : NAN;
}

/* ---- what it is of ------------------------------------------------------------------ */

static const struct sw_view *view_of(const struct report *r)
{
	return r->priv;
}

static size_t sweep_failed(const struct sweep_doc *d)
{
	size_t nr = 0;

	for (size_t i = 0; i < d->nr; i++)
		nr += d->cell[i].row.status != 0;
	return nr;
}

static void sweep_limits(struct report *r)
{
	const struct sw_view *v = view_of(r);
	const struct sweep_doc *d = v->d;
	size_t failed = sweep_failed(d), truncated = 0, inferred = 0;
	FILE *f = r->html;
	struct rbuf a, b;

	for (size_t i = 0; i < d->nr; i++) {
		truncated += d->cell[i].row.truncated;
		inferred += d->cell[i].row.inferred > 0;
	}
	fputs("<section class=\"box limits\" id=\"limits\"><h2>Read first: the limits of these "
	      "numbers</h2><ul>\n",
	      f);
	if (d->of > 1)
		h_printf(f,
			 "<li><b>This is shard %u of %u</b>: the others are missing here "
			 "(<code>vgicsim merge</code>).</li>\n",
			 d->shard, d->of);
	if (failed)
		h_printf(f,
			 "<li><b>%s of %s runs failed</b>; they are gaps in the figures and "
			 "listed below.</li>\n",
			 r_count(&a, (double)failed), r_count(&b, (double)d->nr));
	if (d->nr_left_out)
		h_printf(f,
			 "<li>%s combinations cannot be and were left out; they are listed "
			 "below.</li>\n",
			 r_count(&a, (double)d->nr_left_out));
	if (truncated)
		h_printf(f, "<li>%s runs are of a trace that is cut short.</li>\n",
			 r_count(&a, (double)truncated));
	fputs("<li>All times are <b>simulated</b>: design code was run on a model of the host "
	      "and charged for what it used. None is a measurement; which of the host's "
	      "costs are assumed <code>vgicsim list hosts NAME</code> says, and <code>vgicsim "
	      "sensitivity</code> what rests on them.</li>\n",
	      f);
	if (inferred)
		h_printf(f,
			 "<li>%s of %s runs needed things that their trace does not say "
			 "(<code>vgicsim replay</code> of a cell lists them).</li>\n",
			 r_count(&a, (double)inferred), r_count(&b, (double)d->nr));
	if (v->seed < 0 || d->axis[v->seed].nr < 3)
		fputs("<li>Fewer than three seeds: how far chance moves a number is not to be "
		      "seen here.</li>\n",
		      f);
	fputs("<li>Between the values that were run, lines say nothing but that they join "
	      "them.</li></ul></section>\n",
	      f);
}

/* ---- who is ahead --------------------------------------------------------------------- */

/* "0.35 times", computed of medians; two designs under one lock at one end of x. */
static void ahead_ratio(struct report *r, double from, double to)
{
	double times = to / from;
	char text[64];
	struct rbuf b;

	if (!(from > 0 && to > 0)) {
		fputs("<td class=\"n\">–</td>", r->html);
		return;
	}
	if (times < 0.0995)
		snprintf(text, sizeof(text), "1/%s", r_count(&b, round(1 / times)));
	else
		snprintf(text, sizeof(text), "%.*f",
			 times < 9.95	? 2
			 : times < 99.5 ? 1
					: 0,
			 times);
	h_printf(r->html, "<td class=\"n\">%s</td>", text);
}

/* Of its line; the confidence of what it says about changing places. */
static unsigned int ahead_row(struct report *r, const struct sw_metric *m, unsigned int panel,
			      unsigned int line, unsigned int locks)
{
	const struct sw_view *v = view_of(r);
	unsigned int ends[2] = { 0, v->nr_x - 1 }, permille;
	char label[400];

	sw_panel_label(v, panel, label, sizeof(label));
	h_printf(r->html, "<tr><td class=\"s\">%s</td>", m->title);
	h_td_series(r, &r->series[line]);
	h_td_series(r, &r->series[line % locks]);
	if (v->nr_panels > 1)
		h_printf(r->html, "<td>%s</td>", label);
	for (unsigned int e = 0; e < 2; e++) {
		struct sw_stat x = sw_stat(v, m, panel, line % locks, ends[e]);
		struct sw_stat y = sw_stat(v, m, panel, line, ends[e]);

		ahead_ratio(r, x.median, y.median);
	}
	fputs("<td>", r->html);
	permille = sw_cross_words(v, m->name, panel, line % locks, line / locks);
	fputs("</td></tr>\n", r->html);
	return permille;
}

static unsigned int ahead_rows(struct report *r, unsigned int locks)
{
	static const struct sw_metric metric[] = {
		{ "entry median", "entry_p50_ps", R_TIME, sw_figure },
		{ "entry p99", "entry_p99_ps", R_TIME, sw_figure },
		{ "exit p99", "exit_p99_ps", R_TIME, sw_figure },
		{ "MMIO p99", "mmio_p99_ps", R_TIME, sw_figure },
		{ "injection p99", "inject_p99_ps", R_TIME, sw_figure },
		{ "delivery p99", "delivery_p99_ps", R_TIME, sw_figure },
		{ "time to finish", "sim_time_ps", R_TIME, sw_figure },
	};
	const struct sw_view *v = view_of(r);
	unsigned int permille = 0;

	for (unsigned int m = 0; m < sizeof(metric) / sizeof(metric[0]); m++) {
		if (!sw_any(v, &metric[m]))
			continue;
		for (unsigned int p = 0; p < sw_panels_drawn(v); p++) {
			for (unsigned int l = locks; l < v->nr_lines; l++) {
				unsigned int c = ahead_row(r, &metric[m], p, l, locks);

				permille = c ? c : permille;
			}
		}
	}
	return permille;
}

/* Each design against the first, under the same lock. */
static void sweep_ahead(struct report *r)
{
	const struct sw_view *v = view_of(r);
	unsigned int locks = v->lock >= 0 ? v->d->axis[v->lock].nr : 1, permille;

	fputs("<section id=\"ahead\"><h2>Who is ahead</h2>\n", r->html);
	if (v->nr_lines <= locks || v->nr_x < 2) {
		r_nodata(r, "want two designs and two values along an axis to compare");
		fputs("</section>\n", r->html);
		return;
	}
	fputs("<div class=\"scroll\"><table><thead><tr><th>measure</th><th>of</th>"
	      "<th>against</th>",
	      r->html);
	if (v->nr_panels > 1)
		fputs("<th>with</th>", r->html);
	h_printf(r->html,
		 "<th class=\"n\">at %s</th><th class=\"n\">at %s</th><th>changes along %s"
		 "</th></tr></thead><tbody>\n",
		 sw_x_value(v, 0), sw_x_value(v, v->nr_x - 1), sw_x_title(v));
	permille = ahead_rows(r, locks);
	fputs("</tbody></table></div>\n<p class=\"dim\">Numbers: the median of the one over that "
	      "of the other; below 1 the first named has less. Words: where the order changes by "
	      "the paired differences of the seeds (<code>vgicsim crossover --from</code>), ",
	      r->html);
	if (permille)
		h_printf(r->html,
			 "with the interval of its place by order statistics, confidence %u.%u %%",
			 permille / 10, permille % 10);
	else
		fputs("of one seed, with nothing to tell noise by", r->html);
	fputs(".</p></section>\n", r->html);
}

/* ---- measures along x --------------------------------------------------------------- */

static void sweep_latencies(struct report *r)
{
	struct sw_view *v = r->priv;
	char p50[32], p99[32], name[32], caption[160];

	fputs("<section id=\"latency\"><h2>Latencies</h2>\n", r->html);
	for (unsigned int l = 0; l < R_LATENCIES; l++) {
		const struct sw_metric m[2] = {
			{ "median", p50, R_TIME, sw_figure },
			{ "p99", p99, R_TIME, sw_figure },
		};

		snprintf(p50, sizeof(p50), "%s_p50_ps", r_latencies[l]);
		snprintf(p99, sizeof(p99), "%s_p99_ps", r_latencies[l]);
		snprintf(name, sizeof(name), "%s-lines", r_latencies[l]);
		snprintf(caption, sizeof(caption), "Median and p99 of %s latency on one scale.",
			 r_latencies[l]);
		h_printf(r->html, "<h3>%s</h3>\n", r_latency_titles[l]);
		sw_lines(v, name, m, true, caption);
		if (sw_any(v, &m[0]))
			sw_stacks(v, r_latencies[l]);
	}
	fputs("</section>\n", r->html);
}

static void sweep_time(struct report *r)
{
	static const struct sw_metric m[2] = {
		{ "time to finish", "sim_time_ps", R_TIME, sw_figure },
		{ "share of time waiting for locks", "", R_SHARE, get_wait_share },
	};

	fputs("<section id=\"time\"><h2>Time, and waiting</h2>\n", r->html);
	sw_lines(r->priv, "time-lines", m, false,
		 "Simulated time to finish the guest's work; and the share of it, of all vCPUs and "
		 "other threads, that was spent waiting for locks (linear).");
	fputs("</section>\n", r->html);
}

static void sweep_locks(struct report *r)
{
	struct sw_view *v = r->priv;
	char **class, name[96];
	size_t nr = sw_names(v, "lock.", ".acquisitions", &class);

	fputs("<section id=\"locks\"><h2>Locks</h2>\n", r->html);
	if (!nr)
		r_nodata(r, "no lock was taken in any run");
	for (size_t i = 0; i < nr; i++) {
		const struct sw_metric m[2] = {
			{ "wait, mean of all acquisitions", class[i], R_TIME, get_lock_wait },
			{ "hold, mean", class[i], R_TIME, get_lock_hold },
		};

		snprintf(name, sizeof(name), "lock-%zu-lines", i + 1);
		h_printf(r->html, "<h3><code>%s</code></h3>\n", class[i]);
		sw_lines(v, name, m, true,
			 "Waiting for a lock of this class and holding it, on one scale. Where "
			 "nobody waited is a gap.");
	}
	sw_names_free(class, nr);
	fputs("</section>\n", r->html);
}

static void sweep_counts(struct report *r)
{
	static const struct sw_metric exits[2] = {
		{ "exits", "exits_total", R_COUNT, sw_figure },
		{ "kicks that sent an IPI", "kicks.ipi", R_COUNT, sw_figure },
	};
	static const struct sw_metric memory[2] = {
		{ "all of the VM", "", R_BYTES, get_bytes },
		{ "all, by the number of vCPUs", "", R_BYTES, get_bytes_each },
	};
	static const struct sw_metric parts[2] = {
		{ "state of one vCPU", "memory.vcpu_bytes", R_BYTES, sw_figure },
		{ "state of one SPI", "memory.irq_bytes", R_BYTES, sw_figure },
	};

	fputs("<section id=\"exits\"><h2>Exits and kicks</h2>\n", r->html);
	sw_lines(r->priv, "exits-lines", exits, false,
		 "Exits of all kinds, and kicks that took a vCPU out of the guest.");
	fputs("</section>\n<section id=\"memory\"><h2>Memory of each design's state</h2>\n",
	      r->html);
	sw_lines(r->priv, "memory-lines", memory, false,
		 "As laid out by the original: what belongs to the VM, to its vCPUs and to its "
		 "interrupts, together; and that by the number of vCPUs.");
	sw_lines(r->priv, "memory-each-lines", parts, false,
		 "Of that, what is there once for each vCPU, and once for each shared interrupt.");
	fputs("</section>\n", r->html);
}

/* ---- where it came from ---------------------------------------------------------------- */

static void prov_axes(struct report *r)
{
	const struct sweep_doc *d = view_of(r)->d;

	fputs("<div class=\"scroll\"><table><thead><tr><th>axis</th><th>values</th></tr></thead>"
	      "<tbody>\n",
	      r->html);
	for (unsigned int i = 0; i < d->nr_axes; i++) {
		h_printf(r->html, "<tr><th><code>%s</code></th><td class=\"w\">", d->axis[i].name);
		for (unsigned int k = 0; k < d->axis[i].nr; k++)
			h_printf(r->html, "%s%s", k ? ", " : "", d->axis[i].value[k]);
		fputs("</td></tr>\n", r->html);
	}
	fputs("</tbody></table></div>\n", r->html);
}

static void prov_cells(struct report *r)
{
	const struct sweep_doc *d = view_of(r)->d;

	h_details(r, "Every run: what vgicsim replay would be asked, and its fingerprint");
	fputs("<div class=\"scroll\"><table><thead><tr><th class=\"n\">cell</th><th>text</th>"
	      "<th>trace</th><th>host</th><th>fingerprint</th></tr></thead><tbody>\n",
	      r->html);
	for (size_t i = 0; i < d->nr; i++) {
		const struct sweep_doc_cell *c = &d->cell[i];
		char hex[3][20];

		snprintf(hex[0], sizeof(hex[0]), "%016" PRIx64, c->row.trace_digest);
		snprintf(hex[1], sizeof(hex[1]), "%016" PRIx64, c->row.host_digest);
		snprintf(hex[2], sizeof(hex[2]), "%016" PRIx64, c->row.fingerprint);
		h_printf(r->html,
			 "<tr><td class=\"n\">%u</td><td><code>%s</code></td><td><code>%s</code>"
			 "</td><td><code>%s</code></td><td><code>%s</code></td></tr>\n",
			 (unsigned int)c->n, c->text, hex[0], hex[1],
			 c->row.status ? "failed" : hex[2]);
	}
	fputs("</tbody></table></div>\n", r->html);
	h_details_end(r);
}

static void prov_failed(struct report *r)
{
	const struct sweep_doc *d = view_of(r)->d;
	const json_t *left = json_object_get(d->head, "left_out"), *c;
	size_t i;

	if (sweep_failed(d)) {
		fputs("<h3>Runs that failed</h3><ul>\n", r->html);
		for (i = 0; i < d->nr; i++)
			if (d->cell[i].row.status)
				h_printf(r->html, "<li><code>%s</code>: %s</li>\n", d->cell[i].text,
					 d->cell[i].row.error ? d->cell[i].row.error
							      : "no reason is given");
		fputs("</ul>\n", r->html);
	}
	if (json_array_size(left)) {
		fputs("<h3>What cannot be, and was left out</h3><ul>\n", r->html);
		json_array_foreach(left, i, c)
			h_printf(r->html, "<li><code>%s</code>: %s</li>\n", rj_str(c, "cell", "?"),
				 rj_str(c, "why", "no reason is given"));
		fputs("</ul>\n", r->html);
	}
}

static void sweep_provenance(struct report *r)
{
	const struct sweep_doc *d = view_of(r)->d;

	h_printf(r->html,
		 "<section id=\"provenance\"><h2>Provenance</h2>\n<p>vgicsim %s, sweep "
		 "<code>%s</code>, from <code>%s</code>: %u cells.</p>\n",
		 rj_str(d->head, "version", "?"), rj_str(d->head, "sweep", "?"), d->path,
		 (unsigned int)d->nr);
	prov_axes(r);
	prov_failed(r);
	prov_cells(r);
	fputs("</section>\n", r->html);
}

/* ---- the page --------------------------------------------------------------------------- */

static void sweep_title(const struct report *r, char *s, size_t size)
{
	const struct sw_view *v = view_of(r);
	unsigned int designs = v->design >= 0 ? v->d->axis[v->design].nr : 1;

	if (r->opt->title)
		snprintf(s, size, "%s", r->opt->title);
	else if (v->d->question)
		snprintf(s, size, "%s", v->d->question);
	else
		snprintf(s, size, "%s%s%s%s by %s", r->series[0].design,
			 designs > 1 ? (designs > 2 ? ", " : " and ") : "",
			 designs > 1 ? v->d->axis[v->design].value[1] : "",
			 designs > 2 ? " and others" : "", *sw_x_name(v) ? sw_x_title(v) : "seed");
}

static void sweep_body(struct report *r)
{
	const struct sw_view *v = view_of(r);
	char title[700];
	struct rbuf a;

	sweep_title(r, title, sizeof(title));
	r_page(r, title);
	h_printf(r->html,
		 "<p class=\"dim\">%s runs, along <b>%s</b>, vgicsim %s</p>\n"
		 "<nav><a href=\"#ahead\">Who is ahead</a><a href=\"#latency\">Latencies</a>"
		 "<a href=\"#time\">Time</a><a href=\"#locks\">Locks</a>"
		 "<a href=\"#exits\">Exits and kicks</a><a href=\"#memory\">Memory</a>"
		 "<a href=\"#provenance\">Provenance</a></nav>\n",
		 r_count(&a, (double)v->d->nr), *sw_x_name(v) ? sw_x_title(v) : "no axis",
		 rj_str(v->d->head, "version", "?"));
	r_no_figures(r);
	if (v->nr_panels > SW_MAX_PANELS)
		h_printf(r->html,
			 "<p class=\"none\">Figures show the first %u of %u combinations of the "
			 "other axes; tables have all.</p>\n",
			 SW_MAX_PANELS, v->nr_panels);
	sweep_limits(r);
	sweep_ahead(r);
	sweep_latencies(r);
	sweep_time(r);
	sweep_locks(r);
	sweep_counts(r);
	sweep_provenance(r);
	fputs("</body></html>\n", r->html);
}

static void term_metric(struct report *r, const char *metric)
{
	const struct sw_view *v = view_of(r);
	char full[ROW_MAX_NAME] = "", label[400];
	struct sw_metric m = { full, full, R_COUNT, sw_figure };

	if (!row_metric(metric, full, sizeof(full)))
		snprintf(full, sizeof(full), "%s", metric);
	if (!strcmp(figure_unit(full), "bytes"))
		m.unit = R_BYTES;
	else if (!strcmp(figure_unit(full), "ps"))
		m.unit = R_TIME;
	for (unsigned int p = 0; p < sw_panels_drawn(v); p++) {
		sw_panel_label(v, p, label, sizeof(label));
		fprintf(r->html, "%s by %s", full, *sw_x_name(v) ? sw_x_title(v) : "nothing");
		fputs(*label ? ": " : "", r->html);
		t_text(r, label);
		fputs("\n", r->html);
		sw_term(r->priv, &m, p);
		fputs("\n", r->html);
	}
	if (v->nr_panels > sw_panels_drawn(v))
		fprintf(r->html, "%u more combinations are not shown.\n",
			v->nr_panels - sw_panels_drawn(v));
}

static void sweep_term_body(struct report *r, const char *const *metric, unsigned int nr)
{
	const char *one = view_of(r)->d->metric ? view_of(r)->d->metric : "entry_p99";

	if (r->no_figures) {
		fprintf(r->html, "No curves: %s.\n", r->no_figures);
		return;
	}
	if (!nr)
		term_metric(r, one);
	for (unsigned int i = 0; i < nr; i++)
		term_metric(r, metric[i]);
}

static int sweep_start(struct sw_view *v, const char *x)
{
	struct report *r = v->r;

	r->priv = v;
	r->ret = sw_load(v, x, r->err);
	if (!r->ret)
		r->ret = rfig_start(r);
	return r->ret;
}

static int sweep_end(struct sw_view *v)
{
	rfig_end(v->r);
	free(v->r->series);
	sw_fini(v);
	return v->r->ret;
}

int report_sweep_html(const struct sweep_doc *d, const char *x, const char *out,
		      const struct report_options *o, struct err *err)
{
	static const struct report_options defaults = { .plots = true };
	struct report r = { .opt = o ? o : &defaults, .err = err };
	struct sw_view v = { .r = &r, .d = d };

	if (!sweep_start(&v, x))
		r_write(&r, sweep_body, out);
	return sweep_end(&v);
}

int report_sweep_term(const struct sweep_doc *d, const char *x, const char *const *metric,
		      unsigned int nr_metrics, FILE *out, const struct report_term_options *o,
		      struct err *err)
{
	static const struct report_options options = { .plots = true };
	struct report_term_options term = t_options(o);
	struct report r = { .opt = &options, .term = &term, .html = out, .err = err };
	struct sw_view v = { .r = &r, .d = d };

	if (!sweep_start(&v, x))
		sweep_term_body(&r, metric, nr_metrics);
	return sweep_end(&v);
}
