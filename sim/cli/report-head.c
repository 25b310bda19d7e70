// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report's first page: what the numbers cannot say, then where the designs
 * differ and why. Every sentence about a difference is computed from the
 * results; none is known beforehand.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report-int.h"

#define HEAD_SAME   0.005 /* means nearer than this are called the same */
#define HEAD_FEW    30	  /* fewer events than this are flagged */
#define HEAD_UNEVEN 0.02  /* counts farther apart are flagged */

/* ---- limits ----------------------------------------------------------------- */

static void limits_costs(struct report *r, const json_t *doc)
{
	const json_t *costs = rj_at(doc, "host/costs"), *c;
	unsigned int assumed = 0, user = 0;
	size_t i;

	json_array_foreach(costs, i, c)
	{
		assumed += !strcmp(rj_str(c, "tag", ""), "assumed");
		user += !strcmp(rj_str(c, "tag", ""), "user");
	}
	h_printf(r->html,
		 "<li>Of the %u constants of host <b>%s</b>, <b>%u are assumed</b>, not "
		 "measured",
		 (unsigned int)json_array_size(costs), rj_str(doc, "host/name", "?"), assumed);
	if (user)
		h_printf(r->html, ", and %u were set by the user", user);
	if (assumed)
		fputs(": ", r->html);
	assumed = 0;
	json_array_foreach(costs, i, c) if (!strcmp(rj_str(c, "tag", ""), "assumed")) h_printf(
		r->html, "%s<code>%s</code>", assumed++ ? ", " : "", rj_str(c, "key", "?"));
	fputs(". Times inherit that uncertainty; vary one with <code>--set</code> to see how "
	      "much rests on it.</li>\n",
	      r->html);
}

static bool limits_host_seen(const struct report *r, size_t d)
{
	for (size_t i = 0; i < d; i++)
		if (json_equal(rj_at(r->docs[i], "host"), rj_at(r->docs[d], "host")))
			return true;
	return false;
}

static double limits_sum(const struct report *r, const char *counter)
{
	double most = 0;

	for (unsigned int i = 0; i < r->nr_series; i++)
		most = fmax(most, rj_num(rj_at(r->series[i].run, "counters"), counter));
	return most;
}

static void limits_guest(struct report *r)
{
	double stated = limits_sum(r, "acks_explicit"), seen = limits_sum(r, "acks_observed");
	double modelled = limits_sum(r, "acks_modelled"), all = stated + seen + modelled;
	struct rbuf b;

	if (!all)
		return;
	if (modelled)
		h_printf(r->html,
			 "<li>When the guest acknowledges and ends interrupts was "
			 "<b>modelled for up to %s of %s</b> acknowledges of a run, by a fixed "
			 "handler time: delivery latencies and list-register occupancy depend on "
			 "it.</li>\n",
			 r_count(&b, modelled), r_count(&(struct rbuf){ 0 }, all));
	else
		fputs("<li>When the guest acknowledged was read off the recording, not "
		      "modelled.</li>\n",
		      r->html);
}

static bool limits_mixed(const struct report *r, const char *path)
{
	for (size_t d = 1; d < r->nr_docs; d++) {
		const json_t *a = rj_at(r->docs[0], path), *b = rj_at(r->docs[d], path);

		if (!a != !b || (a && !json_equal(a, b)))
			return true;
	}
	return false;
}

static void limits_warnings(struct report *r)
{
	double lost = limits_sum(r, "lost_in_trace"), n;
	FILE *f = r->html;
	struct rbuf b;

	for (unsigned int i = 0; i < r->nr_series; i++)
		if (json_is_true(rj_at(r->series[i].run, "truncated")))
			h_printf(f,
				 "<li><b>The trace of %s is cut short</b>: the numbers cover "
				 "what was before the cut.</li>\n",
				 r->series[i].label);
	if (lost)
		h_printf(f, "<li>The recording itself lost <b>%s events</b>.</li>\n",
			 r_count(&b, lost));
	if (limits_mixed(r, "trace/digest"))
		fputs("<li><b>These results are of different traces</b>: compare only series "
		      "of one file with each other.</li>\n",
		      f);
	if (limits_mixed(r, "version"))
		fputs("<li>These results were made by different versions of vgicsim.</li>\n", f);
	n = limits_sum(r, "msi_unsupported");
	if (n)
		h_printf(f,
			 "<li>%s MSIs of the trace were left out: these designs have no "
			 "ITS.</li>\n",
			 r_count(&b, n));
	n = limits_sum(r, "unsupported");
	if (n)
		h_printf(f,
			 "<li>%s accesses or events found no code in a design and were left "
			 "out.</li>\n",
			 r_count(&b, n));
	n = limits_sum(r, "sgi_unknown");
	if (n)
		h_printf(f, "<li>%s SGIs of the trace could not be given a target.</li>\n",
			 r_count(&b, n));
	n = limits_sum(r, "wfi_forced_wakes");
	if (n)
		h_printf(
			f,
			"<li>%s sleeps were ended by force: what ended the recorded one never came."
			"</li>\n",
			r_count(&b, n));
}

void rsec_limits(struct report *r)
{
	bool legacy = false;
	struct rbuf b;

	fputs("<section class=\"box limits\" id=\"limits\"><h2>Read first: the limits of these "
	      "numbers</h2><ul>\n",
	      r->html);
	limits_warnings(r);
	fputs("<li>All times are <b>simulated</b>: design code was run on a model of the host "
	      "and charged for the cache lines, atomics, registers and instructions it used. "
	      "None is a measurement.</li>\n",
	      r->html);
	for (size_t d = 0; d < r->nr_docs; d++)
		if (!limits_host_seen(r, d))
			limits_costs(r, r->docs[d]);
	for (unsigned int i = 0; i < r->nr_series; i++)
		legacy |= strstr(r->series[i].design, "legacy") != NULL;
	if (legacy)
		fputs("<li>No published measurement of the legacy distributor lock <b>under "
		      "contention</b> exists: its waiting times are a prediction that nothing "
		      "outside confirms yet.</li>\n",
		      r->html);
	limits_guest(r);
	h_printf(r->html,
		 "<li>The recording has %s vCPUs; nothing here speaks of more, of "
		 "another workload or of another machine.</li></ul></section>\n",
		 r_count(&b, rj_num(r->docs[0], "trace/vcpus")));
}

/* ---- why two series differ -------------------------------------------------- */

struct head_part {
	const char *name;
	double diff;
};

static double head_mean(const struct rseries *s, const char *which)
{
	return rj_num(rj_at(rj_at(s->run, "latency"), which), "mean_ps");
}

static double head_count(const struct rseries *s, const char *which)
{
	return rj_num(rj_at(rj_at(s->run, "latency"), which), "count");
}

/* Mean of one named component; 0 where it has none. */
static double head_component(const struct rseries *s, const char *which, const char *name)
{
	const json_t *lat = rj_at(rj_at(s->run, "latency"), which);
	double n = rj_num(lat, "split_count");
	const json_t *v = json_object_get(rj_at(lat, "components"), name);

	return n > 0 ? json_number_value(v) / n : 0;
}

static void head_part_add(struct head_part *top, unsigned int nr, const char *name, double diff)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (fabs(diff) <= fabs(top[i].diff))
			continue;
		memmove(&top[i + 1], &top[i], (nr - 1 - i) * sizeof(*top));
		top[i] = (struct head_part){ name, diff };
		return;
	}
}

/* "lock wait −1.2 µs, list registers +40 ns": the parts that moved most. */
static void head_parts(struct report *r, const struct rseries *a, const struct rseries *b,
		       const char *which)
{
	struct head_part top[4] = { 0 };
	double moved = 0, said = 0;
	const char **keys;
	char path[64];
	struct rbuf t;
	size_t nr;

	snprintf(path, sizeof(path), "latency/%s/components", which);
	nr = rkeys_union(r, path, &keys);
	for (size_t i = 0; i < nr; i++) {
		double diff = head_component(b, which, keys[i]) - head_component(a, which, keys[i]);

		moved += fabs(diff);
		head_part_add(top, 4, keys[i], diff);
	}
	free(keys);
	if (moved < 1)
		return;
	fputs(" By component: ", r->html);
	for (unsigned int i = 0; i < 4 && top[i].name; i++) {
		if (i && fabs(top[i].diff) < 0.02 * moved)
			break;
		h_printf(r->html, "%s%s <span class=\"k\">%s</span>", i ? ", " : "", top[i].name,
			 r_signed_time(&t, top[i].diff));
		said += fabs(top[i].diff);
	}
	if (said < 0.98 * moved)
		fputs("; the rest is smaller", r->html);
	fputs(".", r->html);
}

/* "20 % less", "2.3 times", "the same". */
static void head_verdict(struct report *r, double from, double to)
{
	double change = from > 0 ? (to - from) / from : 0;
	struct rbuf t;

	if (from == to)
		fputs("equal", r->html);
	else if (fabs(change) < HEAD_SAME)
		h_printf(r->html, "the same within %s", r_percent(&t, HEAD_SAME));
	else if (change > 1)
		fprintf(r->html, "%.3g times", to / from);
	else
		h_printf(r->html, "%s %s", r_percent(&t, fabs(change)),
			 change < 0 ? "less" : "more");
}

static void head_latency(struct report *r, const struct rseries *a, const struct rseries *b,
			 unsigned int l)
{
	const char *which = r_latencies[l];
	const json_t *la = rj_at(rj_at(a->run, "latency"), which);
	const json_t *lb = rj_at(rj_at(b->run, "latency"), which);
	double na = rj_num(la, "count"), nb = rj_num(lb, "count");
	struct rbuf t1, t2;
	FILE *f = r->html;

	h_printf(f, "<li><b>%s: ", r_latency_titles[l]);
	if (!na || !nb) {
		h_printf(f, "no data</b> under %s.</li>\n",
			 na   ? b->design
			 : nb ? a->design
			      : "either");
		return;
	}
	head_verdict(r, rj_num(la, "mean_ps"), rj_num(lb, "mean_ps"));
	h_printf(f, "</b> in the mean, %s under %s against ", r_time(&t1, rj_num(lb, "mean_ps")),
		 b->design);
	h_printf(f, "%s under %s", r_time(&t1, rj_num(la, "mean_ps")), a->design);
	h_printf(f, "; p99 %s against %s.", r_time(&t1, rj_num(lb, "p99_ps")),
		 r_time(&t2, rj_num(la, "p99_ps")));
	head_parts(r, a, b, which);
	/* Runs of the same work should do the same number of these. */
	if (l >= 2 && fabs(na - nb) > HEAD_UNEVEN * fmax(na, nb))
		h_printf(f, " <b>Not the same number of events: %s against %s.</b>",
			 r_count(&t1, nb), r_count(&t2, na));
	if (na < HEAD_FEW || nb < HEAD_FEW)
		h_printf(f, " <b>Only %s and %s events.</b>", r_count(&t1, nb), r_count(&t2, na));
	fputs("</li>\n", f);
}

static void head_outcome(struct report *r, const struct rseries *a, const struct rseries *b)
{
	double ta = rj_num(a->run, "sim_time_ps"), tb = rj_num(b->run, "sim_time_ps");
	double ka = rj_num(a->run, "kicks/ipi"), kb = rj_num(b->run, "kicks/ipi");
	double ea = rj_num(a->run, "exits/total"), eb = rj_num(b->run, "exits/total");
	struct rbuf t1, t2;

	h_printf(r->html, "<li>Simulated time to finish the same guest work: %s under %s, ",
		 r_time(&t1, tb), b->design);
	h_printf(r->html, "%s under %s", r_time(&t2, ta), a->design);
	h_printf(r->html, " (%s). ", r_signed_time(&t1, tb - ta));
	h_printf(r->html, "Exits: %s against %s; kicks sent as an IPI: ", r_count(&t1, eb),
		 r_count(&t2, ea));
	h_printf(r->html, "%s against %s.</li>\n", r_count(&t1, kb), r_count(&t2, ka));
}

static void head_pair(struct report *r, const struct rseries *a, const struct rseries *b)
{
	fputs("<ul>\n", r->html);
	for (unsigned int l = 0; l < R_LATENCIES; l++)
		head_latency(r, a, b, l);
	head_outcome(r, a, b);
	fputs("</ul>\n", r->html);
}

/* ---- lock wait against list work --------------------------------------------- */

static void head_share_cells(struct report *r, const char *which)
{
	struct rbuf t1, t2;

	for (unsigned int i = 0; i < r->nr_series; i++) {
		const struct rseries *s = &r->series[i];
		double mean = head_mean(s, which);
		double lock = rcomp_mean(s, which, RC_LOCK_WAIT);
		double list = rcomp_mean(s, which, RC_LIST);

		if (!rj_num(rj_at(rj_at(s->run, "latency"), which), "split_count")) {
			fputs("<td class=\"n\">not split</td>", r->html);
			continue;
		}
		h_printf(r->html, "<td class=\"n\">%s · %s", r_time(&t1, lock), r_time(&t2, list));
		h_printf(r->html, "<br><span class=\"dim\">%s · %s</span></td>",
			 r_percent(&t1, mean > 0 ? lock / mean : 0),
			 r_percent(&t2, mean > 0 ? list / mean : 0));
	}
}

static void head_lock_against_list(struct report *r)
{
	h_printf(r->html, "<h3>%s</h3>\n", "Lock wait against list work");
	fputs("<p class=\"dim\">Mean per event: <b>lock wait · list walking and sorting</b>, and "
	      "below their shares of the latency.</p>\n",
	      r->html);
	h_series_head(r, "latency");
	for (unsigned int l = 0; l < R_LATENCIES; l++) {
		h_printf(r->html, "<tr><th>%s</th>", r_latency_titles[l]);
		head_share_cells(r, r_latencies[l]);
		fputs("</tr>\n", r->html);
	}
	fputs("</tbody></table></div>\n", r->html);
}

/*
 * The verdict per latency: does what one saves in lock wait outweigh what it
 * pays in list work?
 */
static void head_trade(struct report *r, const struct rseries *a, const struct rseries *b,
		       const char *which)
{
	double lock = rcomp_mean(b, which, RC_LOCK_WAIT) - rcomp_mean(a, which, RC_LOCK_WAIT);
	double list = rcomp_mean(b, which, RC_LIST) - rcomp_mean(a, which, RC_LIST);
	double all = head_mean(b, which) - head_mean(a, which);
	struct rbuf t1, t2, t3;

	if (!head_count(a, which) || !head_count(b, which) || (lock == 0 && list == 0))
		return;
	h_printf(r->html, "<li><b>%s</b>: lock wait %s, list work %s", which,
		 r_signed_time(&t1, lock), r_signed_time(&t2, list));
	if (lock < 0 && list > 0)
		fputs(lock + list < 0 ? ": the lock wait saved outweighs the list work added"
				      : ": the list work added outweighs the lock wait saved",
		      r->html);
	else if (lock > 0 && list < 0)
		fputs(lock + list < 0 ? ": the list work saved outweighs the lock wait added"
				      : ": the lock wait added outweighs the list work saved",
		      r->html);
	h_printf(r->html, "; the whole latency %s.</li>\n", r_signed_time(&t3, all));
}

/* ---- between files -------------------------------------------------------------- */

static const struct rseries *head_in_file(const struct report *r, const char *design,
					  unsigned int file)
{
	for (unsigned int i = 0; i < r->nr_series; i++)
		if (r->series[i].file == file && !strcmp(r->series[i].design, design))
			return &r->series[i];
	return NULL;
}

/* The same design in the first file that has it, when @s is in a later one. */
static const struct rseries *head_other_file(const struct report *r, const struct rseries *s)
{
	for (unsigned int f = 0; f < s->file; f++) {
		const struct rseries *a = head_in_file(r, s->design, f);

		if (a && json_equal(rj_at(a->doc, "trace/digest"), rj_at(s->doc, "trace/digest")))
			return a;
	}
	return NULL;
}

static void head_lock_between(struct report *r, const struct rseries *a, const struct rseries *b)
{
	struct rbuf t1, t2, t3;
	FILE *f = r->html;

	h_printf(f, "<li><b>%s</b>, from %s to %s: ", a->design, a->file_label, b->file_label);
	for (unsigned int l = 0, said = 0; l < R_LATENCIES; l++) {
		const char *w = r_latencies[l];
		double la = rcomp_mean(a, w, RC_LOCK_WAIT), lb = rcomp_mean(b, w, RC_LOCK_WAIT);

		if (!head_count(a, w) || !head_count(b, w))
			continue;
		h_printf(f, "%s%s %s", said++ ? "; " : "", w,
			 r_signed_time(&t3, head_mean(b, w) - head_mean(a, w)));
		if (la > 0 || lb > 0)
			h_printf(f, " (lock wait %s → %s)", r_time(&t1, la), r_time(&t2, lb));
	}
	fputs(".</li>\n", f);
}

/* Which design has the lower mean, file by file: does the answer hold? */
static void head_ranking(struct report *r, const char *which)
{
	const struct rseries *first = NULL;
	bool same = true;

	for (unsigned int file = 0; file < r->nr_docs; file++) {
		const struct rseries *best = NULL;

		for (unsigned int i = 0; i < r->nr_series; i++) {
			const struct rseries *s = &r->series[i];

			if (s->file == file && head_count(s, which) &&
			    (!best || head_mean(s, which) < head_mean(best, which)))
				best = s;
		}
		if (!best)
			return;
		if (first && first->hue != best->hue)
			same = false;
		if (!first)
			first = best;
	}
	if (same)
		h_printf(r->html, "<li><b>%s</b>: %s has the lowest mean in every file.</li>\n",
			 which, first->design);
	else
		h_printf(r->html,
			 "<li><b>%s</b>: which design has the lowest mean <b>depends "
			 "on the file</b>.</li>\n",
			 which);
}

static void head_files(struct report *r)
{
	bool any = false;

	for (unsigned int i = 0; i < r->nr_series; i++)
		any |= head_other_file(r, &r->series[i]) != NULL;
	if (!any)
		return;
	fputs("<h3>The same design, file against file</h3><ul>\n", r->html);
	for (unsigned int i = 0; i < r->nr_series; i++) {
		const struct rseries *b = &r->series[i], *a = head_other_file(r, b);

		if (a)
			head_lock_between(r, a, b);
	}
	fputs("</ul>\n", r->html);
	if (r->nr_designs < 2 || limits_mixed(r, "trace/digest"))
		return;
	fputs("<h4>Does the order of the designs hold?</h4><ul>\n", r->html);
	for (unsigned int l = 0; l < R_LATENCIES; l++)
		head_ranking(r, r_latencies[l]);
	fputs("</ul>\n", r->html);
}

/* The first run of @s's file, which the others are compared with. */
static const struct rseries *head_base(const struct report *r, const struct rseries *s)
{
	for (unsigned int i = 0; i < r->nr_series; i++)
		if (r->series[i].file == s->file)
			return &r->series[i];
	return NULL;
}

void rsec_headline(struct report *r)
{
	bool any = false;

	fputs("<section id=\"headline\"><h2>Where the designs differ, and why</h2>\n", r->html);
	for (unsigned int i = 0; i < r->nr_series; i++) {
		const struct rseries *b = &r->series[i], *a = head_base(r, b);

		if (a == b)
			continue;
		h_printf(r->html, "<h3>%s against %s%s%s</h3>\n", b->design, a->design,
			 b->file_label[0] ? " · " : "", b->file_label);
		head_pair(r, a, b);
		fputs("<details><summary>Lock wait against list work, per latency</summary>"
		      "<ul>\n",
		      r->html);
		for (unsigned int l = 0; l < R_LATENCIES; l++)
			head_trade(r, a, b, r_latencies[l]);
		fputs("</ul></details>\n", r->html);
		any = true;
	}
	if (!r->nr_series)
		r_nodata(r, "the results hold no run");
	else if (!any)
		fputs("<p>One design only: nothing to compare within a file.</p>\n", r->html);
	if (r->nr_series)
		head_lock_against_list(r);
	head_files(r);
	fputs("</section>\n", r->html);
}

/* ---- overview -------------------------------------------------------------------- */

/* @of: a count that must not be 0 for the value to mean something, or NULL. */
static void overview_row(struct report *r, const char *name, const char *path, const char *of)
{
	h_printf(r->html, "<tr><th>%s</th>", name);
	for (unsigned int i = 0; i < r->nr_series; i++) {
		const json_t *run = r->series[i].run;

		if (!rj_has_num(run, path) || (of && !rj_num(run, of)))
			fputs("<td class=\"n\">no data</td>", r->html);
		else if (strstr(path, "_ps"))
			h_td_time(r, rj_num(run, path));
		else
			h_td_count(r, rj_num(run, path));
	}
	fputs("</tr>\n", r->html);
}

void rsec_overview(struct report *r)
{
	static const char *const stats[] = { "mean", "p50", "p99", "max" };
	char path[80], name[80], count[80];

	if (!r->nr_series)
		return;
	h_printf(r->html, "<section id=\"overview\"><h2>%s</h2>\n", "Overview");
	h_series_head(r, "");
	for (unsigned int l = 0; l < R_LATENCIES; l++) {
		snprintf(count, sizeof(count), "latency/%s/count", r_latencies[l]);
		h_printf(r->html, "<tr class=\"sub\"><th colspan=\"%u\">%s</th></tr>\n",
			 r->nr_series + 1, r_latency_titles[l]);
		overview_row(r, "– events", count, NULL);
		for (unsigned int k = 0; k < 4; k++) {
			snprintf(path, sizeof(path), "latency/%s/%s_ps", r_latencies[l], stats[k]);
			snprintf(name, sizeof(name), "– %s", stats[k]);
			overview_row(r, name, path, count);
		}
	}
	h_printf(r->html, "<tr class=\"sub\"><th colspan=\"%u\">The run</th></tr>\n",
		 r->nr_series + 1);
	overview_row(r, "– simulated time to finish the guest work", "sim_time_ps", NULL);
	overview_row(r, "– guest time, summed over the vCPUs", "guest_time_ps", NULL);
	overview_row(r, "– entries into the guest", "counters/guest_runs", NULL);
	overview_row(r, "– exits", "exits/total", NULL);
	overview_row(r, "– – by kicks of the design", "exits/kick", NULL);
	overview_row(r, "– – by its maintenance interrupts", "exits/maintenance", NULL);
	overview_row(r, "– list registers", "lrs", NULL);
	fputs("</tbody></table></div></section>\n", r->html);
}
