// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the numbers come from: what was taken out of the recording, what was
 * inferred, how faithful each thing is, and all that is needed to repeat the run.
 */
#include <stdlib.h>
#include <string.h>

#include "report-int.h"

/* ---- the recording ------------------------------------------------------------------ */

static void rec_taken_out(struct report *r)
{
	static const char *const row[][2] = {
		{ "recorded_kicks_taken_out", "exits by the recording host's own kicks" },
		{ "recorded_maintenance_taken_out", "exits by its maintenance interrupts" },
		{ "injections_level_unchanged", "recorded level changes that changed no level" },
	};

	fputs("<h3>Taken out</h3><p>Exits that the recording host's own vgic caused are nobody's "
	      "stimulus: they were taken out, and each simulated design causes its own.</p>\n",
	      r->html);
	h_series_head(r, "");
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		h_printf(r->html, "<tr><th>%s</th>", row[i][1]);
		for (unsigned int s = 0; s < r->nr_series; s++)
			h_td_count(r, rj_num(rj_at(r->series[s].run, "counters"), row[i][0]));
		fputs("</tr>\n", r->html);
	}
	fputs("</tbody></table></div>\n", r->html);
}

static double rec_note_count(const struct rseries *s, const char *what)
{
	const json_t *notes = rj_at(s->run, "inferred"), *n;
	size_t i;

	json_array_foreach(notes, i,
			   n) if (!strcmp(rj_str(n, "what", ""), what)) return rj_num(n, "count");
	return 0;
}

/* Was @what already listed for a series before @s, or before in it? */
static bool rec_listed(const struct report *r, const char *table, unsigned int s, size_t until,
		       const char *what)
{
	for (unsigned int k = 0; k <= s; k++) {
		const json_t *notes = rj_at(r->series[k].run, table), *n;
		size_t i;

		json_array_foreach(notes, i, n)
		{
			if (k == s && i >= until)
				return false;
			if (!strcmp(rj_str(n, "what", ""), what))
				return true;
		}
	}
	return false;
}

static void rec_inferred(struct report *r)
{
	const json_t *n;
	bool any = false;
	size_t i;

	for (unsigned int s = 0; s < r->nr_series; s++)
		any |= json_array_size(rj_at(r->series[s].run, "inferred")) > 0;
	fputs("<h3>Inferred</h3>\n", r->html);
	if (!any) {
		fputs("<p>Nothing had to be inferred.</p>\n", r->html);
		return;
	}
	fputs("<p>What the recording does not say and a stated rule filled in, with how "
	      "often.</p>\n",
	      r->html);
	h_series_head(r, "what, by which rule");
	for (unsigned int s = 0; s < r->nr_series; s++) {
		json_array_foreach(rj_at(r->series[s].run, "inferred"), i, n)
		{
			const char *what = rj_str(n, "what", "");

			if (rec_listed(r, "inferred", s, i, what))
				continue;
			h_printf(r->html, "<tr><th>%s</th>", what);
			for (unsigned int k = 0; k < r->nr_series; k++)
				h_td_count(r, rec_note_count(&r->series[k], what));
			fputs("</tr>\n", r->html);
		}
	}
	fputs("</tbody></table></div>\n", r->html);
}

static void rec_guest(struct report *r)
{
	static const char *const row[][2] = {
		{ "acks_explicit", "stated by the trace" },
		{ "acks_observed", "read off the recorded list registers" },
		{ "acks_modelled", "modelled" },
	};

	fputs("<h3>Where the guest's acknowledges come from</h3>\n", r->html);
	h_series_head(r, "");
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		h_printf(r->html, "<tr><th>%s</th>", row[i][1]);
		for (unsigned int s = 0; s < r->nr_series; s++)
			h_td_count(r, rj_num(rj_at(r->series[s].run, "counters"), row[i][0]));
		fputs("</tr>\n", r->html);
	}
	fputs("</tbody></table></div>\n", r->html);
}

static void rec_drift(struct report *r)
{
	static const char *const row[][2] = { { "drift/min_ps", "least" },
					      { "drift/mean_ps", "mean" },
					      { "drift/max_ps", "most" } };
	struct rbuf t;

	fputs("<h3>Drift</h3><p>By how much injections came later (+) or earlier (−) than in the "
	      "recording.</p>\n",
	      r->html);
	h_series_head(r, "");
	for (size_t i = 0; i < 3; i++) {
		h_printf(r->html, "<tr><th>%s</th>", row[i][1]);
		for (unsigned int s = 0; s < r->nr_series; s++)
			h_printf(r->html, "<td class=\"n\">%s</td>",
				 r_signed_time(&t, rj_num(r->series[s].run, row[i][0])));
		fputs("</tr>\n", r->html);
	}
	fputs("</tbody></table></div>\n", r->html);
}

void rsec_recording(struct report *r)
{
	fputs("<section id=\"recording\"><h2>What was done to the recording</h2>\n", r->html);
	if (!r->nr_series) {
		r_nodata(r, "no run");
	} else {
		rec_taken_out(r);
		rec_inferred(r);
		rec_guest(r);
		rec_drift(r);
	}
	fputs("</section>\n", r->html);
}

/* ---- fidelity -------------------------------------------------------------------------- */

static bool fid_is_common(const struct report *r, const json_t *entry)
{
	for (unsigned int s = 0; s < r->nr_series; s++) {
		const json_t *list = rj_at(r->series[s].run, "fidelity"), *e;
		bool has = false;
		size_t i;

		json_array_foreach(list, i, e) has |= json_equal(e, entry);
		if (!has)
			return false;
	}
	return true;
}

static void fid_row(struct report *r, const json_t *e, const char *whose)
{
	h_printf(r->html, "<tr><th>%s</th><td>%s</td><td class=\"w\">%s</td><td>%s</td></tr>\n",
		 rj_str(e, "what", "?"), rj_str(e, "how", "?"), rj_str(e, "note", ""), whose);
}

static void fid_table(struct report *r)
{
	const json_t *e;
	size_t i;

	fputs("<div class=\"scroll\"><table><thead><tr><th>what</th><th>how</th><th>note</th>"
	      "<th>of</th></tr></thead><tbody>\n",
	      r->html);
	for (unsigned int s = 0; s < r->nr_series; s++) {
		json_array_foreach(rj_at(r->series[s].run, "fidelity"), i, e)
		{
			if (!fid_is_common(r, e))
				fid_row(r, e, r->series[s].label);
			else if (s == 0)
				fid_row(r, e, "all");
		}
	}
	fputs("</tbody></table></div>\n", r->html);
}

static void fid_deviations(struct report *r)
{
	bool any = false;

	fputs("<h3>Where a modelled original misbehaves</h3>\n", r->html);
	for (unsigned int s = 0; s < r->nr_series; s++) {
		json_t *dev = (json_t *)rj_at(r->series[s].run, "deviations"), *v;
		const char *what;
		struct rbuf t;

		if (!json_object_size(dev))
			continue;
		any = true;
		fputs("<h4>", r->html);
		h_series(r, &r->series[s]);
		fputs("</h4><ul>\n", r->html);
		json_object_foreach(dev, what, v) h_printf(r->html, "<li>%s: %s times</li>\n", what,
							   r_count(&t, json_number_value(v)));
		fputs("</ul>\n", r->html);
	}
	if (!any)
		fputs("<p>No known deviation of a design from the architecture showed in these "
		      "runs.</p>\n",
		      r->html);
}

void rsec_fidelity(struct report *r)
{
	bool any = false;

	fputs("<section id=\"fidelity\"><h2>Fidelity</h2>\n", r->html);
	for (unsigned int s = 0; s < r->nr_series; s++)
		any |= json_array_size(rj_at(r->series[s].run, "fidelity")) > 0;
	if (any)
		fid_table(r);
	else
		r_nodata(r, "no run states how faithful it is");
	fid_deviations(r);
	fputs("</section>\n", r->html);
}

/* ---- provenance ------------------------------------------------------------------------ */

static void prov_value(struct report *r, const json_t *c)
{
	const char *unit = rj_str(c, "unit", "");
	struct rbuf t;

	if (!strcmp(unit, "ps"))
		h_td_time(r, rj_num(c, "value"));
	else
		h_printf(r->html, "<td class=\"n\">%s%s%s</td>", r_count(&t, rj_num(c, "value")),
			 *unit ? " " : "", unit);
}

static void prov_costs(struct report *r, const json_t *doc)
{
	const json_t *c;
	size_t i;

	h_details(r, "Every constant of the host, with its source");
	fputs("<div class=\"scroll\"><table><thead><tr><th>key</th><th class=\"n\">value</th>"
	      "<th>tag</th><th>source</th><th>meaning</th></tr></thead><tbody>\n",
	      r->html);
	json_array_foreach(rj_at(doc, "host/costs"), i, c)
	{
		h_printf(r->html, "<tr><th><code>%s</code></th>", rj_str(c, "key", "?"));
		prov_value(r, c);
		h_printf(r->html,
			 "<td>%s</td><td class=\"w\">%s</td><td class=\"w\">%s</td></tr>\n",
			 rj_str(c, "tag", "?"), rj_str(c, "source", ""), rj_str(c, "help", ""));
	}
	fputs("</tbody></table></div>\n", r->html);
	h_details_end(r);
}

static void prov_runs(struct report *r, unsigned int file)
{
	fputs("<div class=\"scroll\"><table><thead><tr><th>run</th><th>design models</th>"
	      "<th>of kernel</th><th>fingerprint</th></tr></thead><tbody>\n",
	      r->html);
	for (unsigned int s = 0; s < r->nr_series; s++) {
		const struct rseries *me = &r->series[s];
		const json_t *plugin;

		if (me->file != file)
			continue;
		fputs("<tr><td>", r->html);
		h_series(r, me);
		h_printf(r->html, "%s</td><td class=\"w\">%s",
			 json_is_true(rj_at(me->run, "truncated")) ? " (cut short)" : "",
			 rj_str(me->run, "source", "?"));
		plugin = rj_at(me->run, "plugin");
		if (plugin)
			h_printf(r->html, "<br>from <code>%s</code>, XXH3 <code>%s</code>",
				 rj_str(plugin, "file", "?"), rj_str(plugin, "xxh3", "?"));
		h_printf(r->html, "</td><td>%s</td><td><code>%s</code></td></tr>\n",
			 rj_str(me->run, "kernel", "?"), rj_str(me->run, "fingerprint", "?"));
	}
	fputs("</tbody></table></div>\n", r->html);
}

static void prov_doc(struct report *r, unsigned int d)
{
	const json_t *doc = r->docs[d];
	const char *path = r->paths && r->paths[d] ? r->paths[d] : "?";
	const char *slash = strrchr(path, '/');

	h_printf(r->html, "<h3>Result <code>%s</code></h3>\n", slash ? slash + 1 : path);
	h_printf(r->html,
		 "<p>vgicsim %s, schema %s; host model <b>%s</b> (digest <code>%s</code>): "
		 "%s</p>\n",
		 rj_str(doc, "version", "?"), rj_str(doc, "schema", "?"),
		 rj_str(doc, "host/name", "?"), rj_str(doc, "host/digest", "?"),
		 rj_str(doc, "host/summary", ""));
	prov_runs(r, d);
	fputs("<h4>Trace</h4>\n", r->html);
	h_flat(r, rj_at(doc, "trace"));
	fputs("<h4>Options</h4>\n", r->html);
	h_flat(r, rj_at(doc, "config"));
	prov_costs(r, doc);
}

void rsec_provenance(struct report *r)
{
	fputs("<section id=\"provenance\"><h2>Provenance</h2>\n"
	      "<p class=\"dim\">A run is a function of trace, designs, host constants, options and "
	      "seed: the same give the same fingerprints.</p>\n",
	      r->html);
	for (size_t d = 0; d < r->nr_docs; d++)
		prov_doc(r, (unsigned int)d);
	fputs("</section>\n", r->html);
}
