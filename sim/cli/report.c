// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report as a whole: its order of sections, its style sheet, and the
 * file that appears at once or not at all. Limits come before numbers.
 */
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "report-int.h"

/*
 * Figures lie on a white card in either scheme: their colours are chosen for
 * white. On a narrow screen a wide table or figure scrolls inside its box.
 */
static const char report_css[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;"
	"--soft:#f4f6f8;--warn:#fff4d6;--warnl:#b88100;--link:#0058a3}"
	"@media(prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e4e7ea;--dim:#a2abb4;"
	"--line:#3a4149;--soft:#1e2328;--warn:#33290f;--warnl:#d9a321;--link:#7cb8f0}}"
	"*{box-sizing:border-box}"
	"body{margin:0 auto;max-width:860px;padding:1.2rem 1rem 4rem;background:var(--bg);"
	"color:var(--fg);font:16px/1.5 'DejaVu Sans',Verdana,system-ui,sans-serif;"
	"overflow-wrap:break-word}"
	"h1{font-size:1.55rem;line-height:1.25;margin:.2rem 0 .4rem}"
	"h2{font-size:1.25rem;margin:2.6rem 0 .5rem;padding-bottom:.25rem;"
	"border-bottom:1px solid var(--line)}"
	"h3{font-size:1.05rem;margin:1.8rem 0 .4rem}h4{font-size:.95rem;margin:1.2rem 0 .3rem}"
	"p,ul{margin:.5rem 0}ul{padding-left:1.3rem}li{margin:.25rem 0}a{color:var(--link)}"
	"code{font:.92em 'DejaVu Sans Mono',Menlo,Consolas,monospace;overflow-wrap:anywhere}"
	".dim,figcaption,caption{color:var(--dim);font-size:.86rem}"
	"nav{font-size:.86rem;margin:.6rem 0}nav a{margin-right:.9em;white-space:nowrap}"
	".box{border:1px solid var(--line);background:var(--soft);border-radius:6px;"
	"padding:.5rem .9rem;margin:1rem 0}"
	".limits{background:var(--warn);border-color:var(--warnl)}"
	".box h2{border:0;margin:.3rem 0;font-size:1.05rem;padding:0}"
	".scroll{overflow-x:auto;margin:.6rem 0}"
	"table{border-collapse:collapse;font-size:.82rem;line-height:1.35}"
	"caption{text-align:left;padding:.2rem 0}"
	"th,td{padding:.22rem .55rem;border-bottom:1px solid var(--line);text-align:left;"
	"vertical-align:top}"
	"thead th{border-bottom:2px solid var(--line);vertical-align:bottom}"
	"th{font-weight:600}tbody th{font-weight:400}"
	"td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
	"td.w{overflow-wrap:anywhere;min-width:14em}td.s,.scroll code{white-space:nowrap}"
	"tr.sub th{background:var(--soft);font-weight:600}"
	"figure{margin:.8rem 0}.fig{overflow-x:auto;background:#fff;border-radius:6px;"
	"border:1px solid var(--line);padding:.3rem}"
	".fig img{display:block;width:100%;min-width:600px;max-width:760px;height:auto;"
	"margin:0 auto}"
	"details{margin:.4rem 0}summary{cursor:pointer;color:var(--link);font-size:.88rem}"
	".none{border:1px dashed var(--line);border-radius:6px;padding:.7rem .9rem;"
	"color:var(--dim)}"
	".k{white-space:nowrap}"
	"@media print{body{max-width:none;font-size:10pt}.fig{overflow:visible}"
	".fig img{min-width:0}.scroll{overflow:visible}table{font-size:7.5pt}"
	"h2,h3{break-after:avoid}figure,tr{break-inside:avoid}nav{display:none}}";

static void report_title(struct report *r, char *title, size_t size)
{
	const char *seen[4];
	unsigned int nr = 0;

	if (r->opt->title) {
		snprintf(title, size, "%s", r->opt->title);
		return;
	}
	for (unsigned int i = 0; i < r->nr_series && nr < 4; i++) {
		bool old = false;

		for (unsigned int j = 0; j < nr; j++)
			old |= !strcmp(seen[j], r->series[i].design);
		if (!old)
			seen[nr++] = r->series[i].design;
	}
	snprintf(title, size, "%s%s%s%s%s%s", nr > 0 ? seen[0] : "no design",
		 nr > 1 ? (nr > 2 ? ", " : " and ") : "", nr > 1 ? seen[1] : "",
		 nr > 2 ? (nr > 3 ? ", " : " and ") : "", nr > 2 ? seen[2] : "",
		 nr > 3 ? " and others" : "");
	strncat(title, " on one trace", size - strlen(title) - 1);
}

static void report_subtitle(struct report *r)
{
	FILE *f = r->html;

	fputs("<p class=\"dim\">", f);
	for (size_t i = 0; i < r->nr_docs; i++) {
		const json_t *d = r->docs[i];
		const char *trace = rj_str(d, "trace/path", NULL);

		if (!trace)
			trace = rj_str(d, "trace/file", "(trace not named)");
		fputs(i ? "<br>\n" : "", f);
		h_printf(f, "<code>%s</code> replayed on host model <b>%s</b>", trace,
			 rj_str(d, "host/name", "?"));
		if (rj_at(d, "config/lock"))
			h_printf(f, ", %s locks", rj_str(d, "config/lock", "?"));
		h_printf(f, ", vgicsim %s", rj_str(d, "version", "?"));
	}
	fputs("</p>\n", f);
}

void r_page(struct report *r, const char *title)
{
	FILE *f = r->html;

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n",
	      f);
	h_printf(f, "<title>%s – vgicsim</title>\n<style>", title);
	fputs(report_css, f);
	h_printf(f, "</style></head><body>\n<h1>%s</h1>\n", title);
}

void r_no_figures(struct report *r)
{
	FILE *f = r->html;

	if (r->no_figures)
		h_printf(f,
			 "<p class=\"none\">No figures: %s. The tables have every number."
			 "</p>\n",
			 r->no_figures);
	if (r->nr_series > R_MAX_DRAWN)
		h_printf(f,
			 "<p class=\"none\">Distributions and legends show the first %u of %u "
			 "series; tables have all.</p>\n",
			 R_MAX_DRAWN, r->nr_series);
}

static void report_body(struct report *r)
{
	char title[512];
	FILE *f = r->html;

	report_title(r, title, sizeof(title));
	r_page(r, title);
	report_subtitle(r);
	fputs("<nav><a href=\"#headline\">Differences</a><a href=\"#latency\">Latencies</a>"
	      "<a href=\"#locks\">Locks</a><a href=\"#lists\">List registers</a>"
	      "<a href=\"#exits\">Exits and kicks</a><a href=\"#memory\">Memory</a>"
	      "<a href=\"#recording\">Recording</a><a href=\"#fidelity\">Fidelity</a>"
	      "<a href=\"#provenance\">Provenance</a></nav>\n",
	      f);
	r_no_figures(r);
	rsec_limits(r);
	rsec_headline(r);
	rsec_overview(r);
	rsec_latencies(r);
	rsec_locks(r);
	rsec_waits_for(r);
	rsec_lists(r);
	rsec_exits(r);
	rsec_memory(r);
	rsec_counters(r);
	rsec_recording(r);
	rsec_fidelity(r);
	rsec_provenance(r);
	fputs("</body></html>\n", f);
}

static int report_save(const char *html, size_t bytes, const char *out, struct err *err)
{
	struct out_file *o = out_open(out, err);

	if (!o)
		return err->code;
	/* Whether all of it was taken is for out_commit() to say. */
	fwrite(html, 1, bytes, out_stream(o));
	return out_commit(o, err);
}

int r_write(struct report *r, void (*body)(struct report *r), const char *out)
{
	char *html = NULL;
	size_t bytes = 0;

	r->html = open_memstream(&html, &bytes);
	if (!r->html)
		return err_set(r->err, ERR_NOMEM, "out of memory");
	body(r);
	if (fclose(r->html) && !r->ret)
		r->ret = err_set(r->err, ERR_NOMEM, "out of memory");
	if (!r->ret)
		r->ret = report_save(html, bytes, out, r->err);
	free(html);
	return r->ret;
}

int report_html(json_t *const *results, const char *const *paths, size_t nr, const char *out,
		const struct report_options *o, struct err *err)
{
	static const struct report_options defaults = { .plots = true };
	struct report r = {
		.docs = results,
		.paths = paths,
		.nr_docs = nr,
		.opt = o ? o : &defaults,
		.err = err,
	};

	if (!nr)
		return err_set(err, ERR_USAGE, "report: no result was given");
	r.ret = rmodel_load(&r);
	if (!r.ret)
		r.ret = rfig_start(&r);
	if (!r.ret)
		r_write(&r, report_body, out);
	rfig_end(&r);
	free(r.series);
	return r.ret;
}
