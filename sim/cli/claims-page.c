// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page of claims: what was claimed, what was tested, what the runs say, each test with
 * a row for each case. Limits come before numbers, and sentences are computed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "claims.h"
#include "report-sweep-int.h"

#define ROW	 21
#define LEFT_MAX 300 /* pixels of a case's name */
#define MAX_ROWS 40

struct page {
	const struct claims *c;
	const char *version;
};

static const char *const verdict_class[] = {
	[CLAIM_SUPPORTED] = "yes",
	[CLAIM_REFUTED] = "no",
	[CLAIM_DEPENDS] = "part",
	[CLAIM_UNDECIDED] = "open",
};

static const char page_css[] =
	"<style>.v{display:inline-block;padding:.05rem .55rem;border-radius:1rem;font-size:.84rem;"
	"font-weight:600;white-space:nowrap;color:#fff}.v.yes{background:#00664a}"
	".v.no{background:#a84300}.v.part{background:#0058a3}.v.open{background:#5f6770}"
	"blockquote{margin:.6rem 0;padding:.1rem .9rem;border-left:3px solid "
	"var(--line)}</style>\n";

static void badge(FILE *f, enum claim_verdict v)
{
	h_printf(f, "<span class=\"v %s\">%s</span>", verdict_class[v], claim_verdict_names[v]);
}

/* What @write says, escaped. */
__attribute__((format(printf, 1, 2))) static char *text_of(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return n < 0 ? NULL : s;
}

/* ---- the figure of a test ------------------------------------------------ */

struct chart {
	const struct claim_test *t;
	unsigned int nr; /* rows drawn */
	double lo, hi;
	bool log;
};

static void chart_extent(struct chart *c)
{
	const struct claim_test *t = c->t;
	const double limit[2] = { t->supported.value, t->refuted.value };

	c->lo = fmin(limit[0], limit[1]);
	c->hi = fmax(limit[0], limit[1]);
	for (unsigned int i = 0; i < c->nr; i++) {
		const struct claim_point *p = &t->cases[i].point[t->cases[i].shown];

		if (p->nr) {
			c->lo = fmin(c->lo, p->low);
			c->hi = fmax(c->hi, p->high);
		}
	}
	c->log = claim_unit(t) != CLAIM_SHARE && c->lo > 0;
	if (claim_unit(t) == CLAIM_SHARE) {
		c->lo = 0;
		c->hi = c->hi <= 1 ? 1 : c->hi * 1.05;
	} else if (c->log) {
		c->lo /= 1.25;
		c->hi *= 1.25;
	} else {
		c->lo = 0;
		c->hi *= 1.05;
	}
}

static enum rnum rnum_of(enum claim_unit unit)
{
	return unit == CLAIM_SHARE ? R_SHARE : unit == CLAIM_TIME ? R_TIME : R_COUNT;
}

/* Ratios have tics below one, which the report's counts have not. */
static void ratio_tics(struct rfig *f, double lo, double hi)
{
	static const double step[] = { 1, 2, 5 };
	const bool few = hi / lo > 3000;
	const char *comma = "";

	fprintf(f->gp, "set logscale x\nset xrange [%.9g:%.9g]\nset xtics (", lo, hi);
	for (int e = -6; e < 9; e++) {
		for (unsigned int i = 0; i < (few ? 1 : 3); i++) {
			double v = step[i] * pow(10, e);

			if (v < lo || v > hi)
				continue;
			fprintf(f->gp, "%s'%g' %.9g", comma, v, v);
			comma = ", ";
		}
	}
	fputs(")\n", f->gp);
}

static void chart_axis(struct rfig *f, const struct chart *c)
{
	char *measure = claims_measure(c->t), *label;

	if (!c->log)
		fig_tics_linear(f, "x", c->hi / 1.02, 6, rnum_of(claim_unit(c->t)));
	else if (claim_unit(c->t) == CLAIM_TIME)
		fig_tics_log(f, "x", c->lo, c->hi, 6, R_TIME);
	else
		ratio_tics(f, c->lo, c->hi);
	label = text_of("%s%s", measure ? measure : "", c->log ? " (logarithmic)" : "");
	fputs("set xlabel ", f->gp);
	gp_str(f->gp, label ? label : "");
	/* The line of the axis is narrower than the figure; its label may be wider. */
	fputs("\nset xlabel font ',11'\n", f->gp);
	free(label);
	free(measure);
}

static void zone(struct rfig *f, const char *name, const struct claim_limit *l, double lo,
		 double hi)
{
	double from = l->at_least ? fmax(l->value, lo) : lo;
	double to = l->at_least ? hi : fmin(l->value, hi);

	fprintf(f->gp, "%s_from = %.9g\n%s_to = %.9g\n", name, fmin(from, hi), name, fmax(to, lo));
}

/* @text as far as it fits into @width pixels. */
static void short_label(struct rfig *f, const char *text, unsigned int width)
{
	char s[200];
	size_t n;

	snprintf(s, sizeof(s), "%s", text);
	n = strlen(s);
	while (n > 4 && r_text_width(s, 11) > width) {
		n--;
		snprintf(s + n, sizeof(s) - n, "…");
	}
	gp_str(f->gp, s);
}

static void chart_names(struct rfig *f, const struct chart *c)
{
	unsigned int widest = 80;

	for (unsigned int i = 0; i < c->nr; i++) {
		unsigned int w = r_text_width(c->t->cases[i].label, 11);

		widest = w > widest ? w : widest;
	}
	widest = widest < LEFT_MAX ? widest : LEFT_MAX;
	for (unsigned int i = 0; i < c->nr; i++) {
		const struct claim_case *k = &c->t->cases[i];
		char value[48], at[96];

		fputs("set label ", f->gp);
		short_label(f, k->label, widest);
		fprintf(f->gp, " at graph 0, first %u right offset -1,0 font ',11' front\n",
			c->nr - i);
		claims_value(value, sizeof(value), claim_unit(c->t), k->point[k->shown].value);
		claims_at(at, sizeof(at), c->t, k->shown);
		fputs("set label ", f->gp);
		if (k->point[k->shown].nr) {
			char *s = text_of("%s%s%s", value, *at ? ", " : "", at);

			short_label(f, s ? s : "", (unsigned int)(R_WIDTH * 0.21));
			free(s);
		} else {
			gp_str(f->gp, "no number");
		}
		fprintf(f->gp, " at graph 1.015, first %u left font ',10' front\n", c->nr - i);
	}
	fprintf(f->gp, "body_left = %.4f\n", (widest + 26.0) / R_WIDTH);
}

static void chart_data(struct rfig *f, const struct chart *c)
{
	static const enum claim_verdict order[] = { CLAIM_SUPPORTED, CLAIM_REFUTED,
						    CLAIM_UNDECIDED };
	unsigned int kinds = 0, kind[3];

	for (unsigned int v = 0; v < 3; v++) {
		bool any = false;
		FILE *d;

		for (unsigned int i = 0; i < c->nr; i++)
			any |= c->t->cases[i].verdict == order[v] &&
			       c->t->cases[i].point[c->t->cases[i].shown].nr;
		d = any ? fig_data(f, kinds + 1) : NULL;
		if (!d)
			continue;
		kind[kinds++] = v + 1;
		fputs("# row value low high\n", d);
		for (unsigned int i = 0; i < c->nr; i++) {
			const struct claim_point *p = &c->t->cases[i].point[c->t->cases[i].shown];

			if (c->t->cases[i].verdict == order[v] && p->nr)
				fprintf(d, "%u %.9g %.9g %.9g\n", c->nr - i, p->value, p->low,
					p->high);
		}
		fig_data_close(f, d);
	}
	fprintf(f->gp, "nr_kinds = %u\narray kind[%u]\n", kinds, kinds);
	for (unsigned int i = 0; i < kinds; i++)
		fprintf(f->gp, "kind[%u] = %u\n", i + 1, kind[i]);
	fig_data_array(f, "data", 1, kinds);
}

static void chart_draw(struct rfig *f, void *arg)
{
	static const struct rlegend legend[] = {
		{ .text = "supports the claim", .rgb = "#dff2ea" },
		{ .text = "refutes it", .rgb = "#fbe6d8", .pattern = 4 },
	};
	struct chart *c = arg;

	chart_extent(c);
	fig_legend(f, legend, 2);
	chart_axis(f, c);
	zone(f, "support", &c->t->supported, c->lo, c->hi);
	zone(f, "refute", &c->t->refuted, c->lo, c->hi);
	chart_names(f, c);
	fprintf(f->gp, "set yrange [0.4:%u.6]\n", c->nr);
	chart_data(f, c);
}

static bool any_number(const struct claim_test *t)
{
	for (unsigned int i = 0; i < t->nr_cases; i++)
		if (t->cases[i].point[t->cases[i].shown].nr)
			return true;
	return false;
}

static void chart(struct report *r, const struct claim *k, const struct claim_test *t)
{
	struct chart c = { .t = t, .nr = t->nr_cases < MAX_ROWS ? t->nr_cases : MAX_ROWS };
	char *name = text_of("%s-%s-cases", k->name, t->name);

	if (name && any_number(t))
		r_figure(r, name, 96 + ROW * c.nr, "claims", chart_draw, &c, t->says, "");
	free(name);
}

/* ---- along x ------------------------------------------------------------- */

/* A metric's name here is its formula. */
static double figure_of_formula(const struct row *row, const char *formula)
{
	struct claim_formula f;
	struct err err;
	double v = NAN;

	if (claim_formula_parse(&f, formula, &err))
		return NAN;
	if (!claim_formula_eval(&f, row, &v))
		v = NAN;
	claim_formula_fini(&f);
	return v;
}

static void lines(struct report *r, const struct claim *k, const struct claim_test *t)
{
	const struct sw_metric m[2] = {
		{ t->brief, t->formula.text, rnum_of(t->formula.unit), figure_of_formula },
		{ t->beside_title, t->beside.text, rnum_of(t->beside.unit), figure_of_formula },
	};
	struct sw_view v = { .r = r, .d = &t->doc };
	char *name = text_of("%s-%s", k->name, t->name);

	if (name && !r->ret) {
		r->ret = sw_load(&v, t->x_name, r->err);
		if (!r->ret)
			sw_lines(&v, name, m, false,
				 "Along the axis of the experiment; bands have the assumed costs, "
				 "too.");
		free(r->series);
		r->series = NULL;
		r->nr_series = 0;
		sw_fini(&v);
	}
	free(name);
}

/* ---- a test -------------------------------------------------------------- */

static void case_table(struct report *r, const struct claim_test *t)
{
	FILE *f = r->html;

	h_details(r, "Data of this figure, and why");
	fputs("<div class=\"scroll\"><table><thead><tr><th>case</th><th>host</th><th>verdict</th>"
	      "<th>what it gave</th><th class=\"n\">runs</th></tr></thead><tbody>\n",
	      f);
	for (unsigned int i = 0; i < t->nr_cases; i++) {
		const struct claim_case *c = &t->cases[i];
		char *s = NULL;
		size_t n;
		FILE *m = open_memstream(&s, &n);

		if (m) {
			claims_case(m, t, c);
			fclose(m);
		}
		h_printf(f,
			 "<tr><th>%s</th><td>%s</td><td>%s%s%s</td><td>%s</td><td class=\"n\">%u",
			 c->label, c->host, claim_verdict_names[c->verdict], c->why ? ": " : "",
			 claim_why_text[c->why], s ? s : "", c->point[c->shown].nr);
		fputs("</td></tr>\n", f);
		free(s);
	}
	fputs("</tbody></table></div>\n", f);
	h_details_end(r);
}

static void by(struct report *r, const struct claim_test *t, unsigned int nr, bool host)
{
	char *s = NULL;
	size_t n;
	FILE *m = open_memstream(&s, &n);

	if (!m)
		return;
	claims_by(m, t, nr, host);
	fclose(m);
	if (*s)
		h_printf(r->html, "<li>By %s: %s.</li>\n", host ? "host" : "lock", s);
	free(s);
}

static void test(struct report *r, const struct claim *k, const struct claim_test *t)
{
	char *measure = claims_measure(t), *tally = NULL, yes[64], no[64];
	FILE *f = r->html, *m;
	size_t n;

	h_printf(f, "<h3 id=\"%s-%s\">%s%s ", k->name, t->name, t->aside ? "Aside: " : "", t->says);
	badge(f, t->verdict);
	fputs("</h3>\n<ul>", f);
	m = open_memstream(&tally, &n);
	if (m) {
		claims_tally(m, t);
		fclose(m);
		h_printf(f, "<li>%s.</li>\n", tally);
		free(tally);
	}
	by(r, t, 1, false);
	by(r, t, 1, true);
	h_printf(f, "<li>Judged: %s, %s. Supported if %s, not if %s", measure ? measure : "",
		 t->x < 0   ? "in each case"
		 : t->every ? "at each value along the axis"
			    : "at the largest value along the axis",
		 claims_limit(yes, sizeof(yes), &t->supported),
		 claims_limit(no, sizeof(no), &t->refuted));
	h_printf(
		f,
		", for every seed and cost. <span class=\"dim\"><code>%s</code></span></li></ul>\n",
		t->formula.text);
	chart(r, k, t);
	case_table(r, t);
	if (t->x >= 0 && t->doc.axis[t->x].nr > 2 && t->beside.text)
		lines(r, k, t);
	free(measure);
}

/* ---- the page ------------------------------------------------------------ */

static void claim(struct report *r, const struct claim *k)
{
	FILE *f = r->html;

	h_printf(f, "<section id=\"%s\"><h2>%s%s ", k->name, k->title,
		 k->part ? ", one test of it" : "");
	badge(f, k->verdict);
	h_printf(f, "</h2>\n<blockquote><p>%s</p><p class=\"dim\">%s</p></blockquote>\n", k->claim,
		 k->source);
	if (k->question)
		h_printf(f, "<p>%s</p>\n", k->question);
	fputs("<ul>", f);
	by(r, k->test, k->nr_tests, false);
	by(r, k->test, k->nr_tests, true);
	fputs("</ul>\n", f);
	if (k->nr_limits) {
		fputs("<div class=\"box limits\"><h2>The limits of this one</h2><ul>\n", f);
		for (unsigned int i = 0; i < k->nr_limits; i++)
			h_printf(f, "<li>%s</li>\n", k->limit[i]);
		fputs("</ul></div>\n", f);
	}
	for (unsigned int i = 0; i < k->nr_tests; i++)
		test(r, k, &k->test[i]);
	fputs("</section>\n", f);
}

static void overview(struct report *r, const struct claims *c)
{
	FILE *f = r->html;

	fputs("<div class=\"scroll\"><table><thead><tr><th>claim</th><th>verdict</th><th>what was "
	      "tested</th></tr></thead><tbody>\n",
	      f);
	for (unsigned int i = 0; i < c->nr; i++) {
		const struct claim *k = &c->claim[i];

		h_printf(f, "<tr><th><a href=\"#%s\">%s</a></th><td>", k->name, k->title);
		badge(f, k->verdict);
		fputs("</td><td>", f);
		for (unsigned int t = 0; t < k->nr_tests; t++) {
			const struct claim_test *x = &k->test[t];

			fputs(t ? "<br>" : "", f);
			h_printf(f, "%s<a href=\"#%s-%s\">%s</a>: <b>%s</b> (%u of %u)",
				 x->aside ? "aside: " : "", k->name, x->name, x->says,
				 claim_verdict_names[x->verdict], claims_count(x, CLAIM_SUPPORTED),
				 x->nr_cases);
		}
		fputs("</td></tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
}

static void body(struct report *r)
{
	const struct page *p = r->priv;
	FILE *f = r->html;
	struct rbuf b;

	r_page(r, "Claims about the vgic, tested");
	fputs(page_css, f);
	h_printf(f,
		 "<p class=\"dim\">vgicsim %s, %s runs. <code>claims.json</code> has every number, "
		 "the words of each run and its fingerprint.</p>\n",
		 p->version, r_count(&b, (double)p->c->nr_runs));
	r_no_figures(r);
	fputs("<section class=\"box limits\" id=\"limits\"><h2>Read first: the limits of these "
	      "verdicts</h2><ul>\n"
	      "<li>All of it is <b>simulated</b>: the design's code on a model of the host. No "
	      "published measurement shows the legacy vgic of KVM under contention on many "
	      "vCPUs; what is said of that is extrapolated.</li>\n"
	      "<li>Many costs of the hosts are assumed. Each number was judged again with all of "
	      "those halved and doubled, together and in five groups of costs that are alike; what "
	      "does not hold in all of these is <b>not decided</b>. Costs that move apart in "
	      "another way were not tried.</li>\n"
	      "<li>Ticket and queued locks are kept apart: kernels of the legacy vgic had the "
	      "former, those from 4.19 on have the latter.</li>\n"
	      "<li>Limits between supported and not were chosen before the runs and are as "
	      "arbitrary as such limits are; the numbers are there for others.</li>\n"
	      "<li>The claims are retold here, not quoted, and what tests them was chosen "
	      "here.</li></ul></section>\n",
	      f);
	overview(r, p->c);
	fputs("<p>In the figures of cases a point is the median of seeds, with the costs of the "
	      "host "
	      "as its profile has them; its line goes from the least to the greatest over seeds, "
	      "and "
	      "with those costs that are assumed halved and doubled. Round: supported; square: "
	      "not; "
	      "triangle: not decided. In brackets above: cases that are supported, of how "
	      "many.</p>\n",
	      f);
	for (unsigned int i = 0; i < p->c->nr; i++)
		claim(r, &p->c->claim[i]);
	fputs("</body></html>\n", f);
}

int claims_page(const struct claims *c, const char *version, const char *dir, bool plots,
		struct err *err)
{
	struct page p = { .c = c, .version = version };
	char *figures = text_of("%s/figures", dir), *out = text_of("%s/index.html", dir);
	struct report_options o = { .plots = plots, .keep_plots_dir = figures };
	struct report r = { .opt = &o, .err = err, .priv = &p };

	if (!figures || !out) {
		r.ret = err_set(err, ERR_NOMEM, "out of memory");
	} else {
		r.ret = rfig_start(&r);
		if (!r.ret)
			r_write(&r, body, out);
		rfig_end(&r);
	}
	free(figures);
	free(out);
	return r.ret;
}
