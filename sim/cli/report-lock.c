// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Locks: waiting and holding by class, the twelve columns of /proc/lock_stat,
 * where and on what.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report-int.h"

struct lock_classes {
	const char **name;
	size_t nr;
};

static const json_t *lock_of(const struct rseries *s, const char *class)
{
	const json_t *locks = rj_at(s->run, "locks"), *l;
	size_t i;

	json_array_foreach(locks, i,
			   l) if (!strcmp(rj_str(l, "class", "(no class)"), class)) return l;
	return NULL;
}

static void lock_classes_load(const struct report *r, struct lock_classes *c)
{
	size_t total = 0, i;
	const json_t *l;

	*c = (struct lock_classes){ 0 };
	for (unsigned int s = 0; s < r->nr_series; s++)
		total += json_array_size(rj_at(r->series[s].run, "locks"));
	c->name = calloc(total + 1, sizeof(*c->name));
	if (!c->name)
		return;
	for (unsigned int s = 0; s < r->nr_series; s++) {
		json_array_foreach(rj_at(r->series[s].run, "locks"), i, l)
		{
			const char *name = rj_str(l, "class", "(no class)");
			size_t k = 0;

			while (k < c->nr && strcmp(c->name[k], name))
				k++;
			if (k == c->nr)
				c->name[c->nr++] = name;
		}
	}
}

/* ---- figures --------------------------------------------------------------------- */

static struct rbar lock_wait_bar(const struct rseries *s, size_t group, void *arg)
{
	const struct lock_classes *c = arg;
	const json_t *l = lock_of(s, c->name[group]);
	double acq = rj_num(l, "lock_stat/acquisitions");
	double con = rj_num(l, "lock_stat/contentions");
	struct rbar b = { 0 };
	struct rbuf t1, t2;

	if (!acq) {
		snprintf(b.text, sizeof(b.text), "%s", "not taken");
	} else if (!con) {
		snprintf(b.text, sizeof(b.text), "never waited for");
	} else {
		b.value = rj_num(l, "wait/mean_ps");
		b.whisker = fmax(rj_num(l, "wait/p99_ps"), b.value);
		snprintf(b.text, sizeof(b.text), "%s, %s of times", r_time(&t1, b.value),
			 r_percent(&t2, con / acq));
	}
	return b;
}

static struct rbar lock_hold_bar(const struct rseries *s, size_t group, void *arg)
{
	const struct lock_classes *c = arg;
	const json_t *l = lock_of(s, c->name[group]);
	double acq = rj_num(l, "lock_stat/acquisitions");
	struct rbar b = { 0 };
	struct rbuf t1, t2;

	if (!acq) {
		snprintf(b.text, sizeof(b.text), "not taken");
		return b;
	}
	b.value = rj_num(l, "hold/mean_ps");
	b.whisker = fmax(rj_num(l, "hold/p99_ps"), b.value);
	snprintf(b.text, sizeof(b.text), "%s × %s", r_time(&t1, b.value), r_count(&t2, acq));
	return b;
}

static bool lock_contended(const struct report *r)
{
	const json_t *l;
	size_t i;

	for (unsigned int s = 0; s < r->nr_series; s++)
		json_array_foreach(rj_at(r->series[s].run, "locks"), i, l)
		{
			if (rj_num(l, "wait/mean_ps") > 0)
				return true;
		}
	return false;
}

static void lock_figures(struct report *r, struct lock_classes *c)
{
	struct rbars b = { .groups = c->name, .nr_groups = c->nr, .arg = c };

	b.xlabel = "wait of those who had to wait: bar to the mean, line to p99";
	b.bar = lock_wait_bar;
	if (!lock_contended(r))
		r_nodata(r, "nobody waited for a lock");
	else
		r_figure(r, "locks-wait", r_bars_height(r, &b), "bars", r_bars_draw, &b,
			 "Lock wait by lock class and design",
			 "Waiting for a lock, of those acquisitions that had to wait, and which "
			 "share of "
			 "all "
			 "acquisitions that was. Logarithmic.");
	b.xlabel = "hold: bar to the mean, line to p99";
	b.bar = lock_hold_bar;
	r_figure(r, "locks-hold", r_bars_height(r, &b), "bars", r_bars_draw, &b,
		 "Lock hold by lock class and design",
		 "How long a lock was held, and how often it was taken. Logarithmic.");
}

/* ---- tables ---------------------------------------------------------------------- */

static const char *const lock_columns[] = {
	"con-bounces",	  "contentions",  "waittime-min",   "waittime-max",
	"waittime-total", "waittime-avg", "acq-bounces",    "acquisitions",
	"holdtime-min",	  "holdtime-max", "holdtime-total", "holdtime-avg",
};

static void lock_stat_row(struct report *r, const struct rseries *s, const json_t *l)
{
	fputs("<tr>", r->html);
	h_td_series(r, s);
	h_printf(r->html, "<td><code>%s</code></td>", rj_str(l, "class", "(no class)"));
	for (unsigned int k = 0; k < 12; k++) {
		double v = rj_num(rj_at(l, "lock_stat"), lock_columns[k]);

		if (strstr(lock_columns[k], "time"))
			h_td_time(r, v);
		else
			h_td_count(r, v);
	}
	fputs("</tr>\n", r->html);
}

static void lock_stat_table(struct report *r)
{
	const json_t *l;
	size_t i;

	fputs("<h3>lock_stat</h3>\n<div class=\"scroll\"><table><thead><tr><th>series</th>"
	      "<th>class name</th>",
	      r->html);
	for (unsigned int k = 0; k < 12; k++)
		h_printf(r->html, "<th class=\"n\">%s</th>", lock_columns[k]);
	fputs("</tr></thead><tbody>\n", r->html);
	for (unsigned int s = 0; s < r->nr_series; s++)
		json_array_foreach(rj_at(r->series[s].run, "locks"), i, l)
			lock_stat_row(r, &r->series[s], l);
	fputs("</tbody></table></div>\n", r->html);
}

static void lock_hist_table(struct report *r, const struct lock_classes *c)
{
	static const char *const col[] = { "wait/mean_ps", "wait/p50_ps",  "wait/p99_ps",
					   "wait/max_ps",  "hold/mean_ps", "hold/p50_ps",
					   "hold/p99_ps",  "hold/max_ps" };

	h_details(r, "Data of these figures");
	fputs("<div class=\"scroll\"><table><thead><tr><th>class</th><th>series</th>", r->html);
	for (unsigned int k = 0; k < 8; k++)
		h_printf(r->html, "<th class=\"n\">%s %s</th>", k < 4 ? "wait" : "hold",
			 (const char *const[]){ "mean", "p50", "p99", "max" }[k & 3]);
	fputs("</tr></thead><tbody>\n", r->html);
	for (size_t n = 0; n < c->nr; n++) {
		for (unsigned int s = 0; s < r->nr_series; s++) {
			const json_t *l = lock_of(&r->series[s], c->name[n]);

			h_printf(r->html, "<tr><th>%s</th>", s ? "" : c->name[n]);
			h_td_series(r, &r->series[s]);
			for (unsigned int k = 0; k < 8; k++)
				if (l && rj_num(l, k < 4 ? "wait/count" : "hold/count"))
					h_td_time(r, rj_num(l, col[k]));
				else
					fputs("<td class=\"n\">–</td>", r->html);
			fputs("</tr>\n", r->html);
		}
	}
	fputs("</tbody></table></div>\n", r->html);
	h_details_end(r);
}

static void lock_sites(struct report *r)
{
	const json_t *l, *site;
	size_t i, k;

	h_details(r, "Where they were taken (call sites)");
	fputs("<div class=\"scroll\"><table><thead><tr><th>series</th><th>class</th><th>site</th>"
	      "<th class=\"n\">acquisitions</th><th class=\"n\">contentions</th>"
	      "<th class=\"n\">waited</th></tr></thead><tbody>\n",
	      r->html);
	for (unsigned int s = 0; s < r->nr_series; s++) {
		json_array_foreach(rj_at(r->series[s].run, "locks"), i, l)
		{
			json_array_foreach(rj_at(l, "sites"), k, site)
			{
				fputs("<tr>", r->html);
				h_td_series(r, &r->series[s]);
				h_printf(r->html,
					 "<td><code>%s</code></td><td><code>%s:%u"
					 "</code></td>",
					 rj_str(l, "class", "(no class)"),
					 rj_str(site, "func", "?"), rj_uint(rj_at(site, "line")));
				h_td_count(r, rj_num(site, "acquisitions"));
				h_td_count(r, rj_num(site, "contentions"));
				h_td_time(r, rj_num(site, "wait_ps"));
				fputs("</tr>\n", r->html);
			}
		}
	}
	fputs("</tbody></table></div>\n", r->html);
	h_details_end(r);
}

static void lock_instances(struct report *r)
{
	const json_t *l, *inst;
	size_t i, k;

	h_details(r, "The instances waited for most, and how far locks travelled");
	fputs("<div class=\"scroll\"><table><thead><tr><th>series</th><th>class</th>"
	      "<th class=\"n\">instance</th><th class=\"n\">contentions</th>"
	      "<th class=\"n\">waited</th></tr></thead><tbody>\n",
	      r->html);
	for (unsigned int s = 0; s < r->nr_series; s++) {
		json_array_foreach(rj_at(r->series[s].run, "locks"), i, l)
		{
			json_array_foreach(rj_at(l, "instances"), k, inst)
			{
				fputs("<tr>", r->html);
				h_td_series(r, &r->series[s]);
				h_printf(r->html, "<td><code>%s</code></td>",
					 rj_str(l, "class", "(no class)"));
				h_td_count(r, rj_num(inst, "instance"));
				h_td_count(r, rj_num(inst, "contentions"));
				h_td_time(r, rj_num(inst, "wait_ps"));
				fputs("</tr>\n", r->html);
			}
		}
	}
	fputs("</tbody></table></div>\n<p class=\"dim\">Hand-over distance: acquisitions by where "
	      "the previous holder ran.</p>\n",
	      r->html);
	for (unsigned int s = 0; s < r->nr_series; s++) {
		json_array_foreach(rj_at(r->series[s].run, "locks"), i, l)
		{
			fputs("<h4>", r->html);
			h_series(r, &r->series[s]);
			h_printf(r->html, ": <code>%s</code></h4>\n",
				 rj_str(l, "class", "(no class)"));
			h_flat(r, rj_at(l, "distance"));
		}
	}
	h_details_end(r);
}

void rsec_locks(struct report *r)
{
	struct lock_classes c;

	fputs("<section id=\"locks\"><h2>Locks</h2>\n", r->html);
	lock_classes_load(r, &c);
	if (!c.nr) {
		r_nodata(r, "no lock was taken in any run");
	} else {
		lock_figures(r, &c);
		lock_hist_table(r, &c);
		lock_stat_table(r);
		lock_sites(r);
		lock_instances(r);
	}
	fputs("</section>\n", r->html);
	free(c.name);
}
