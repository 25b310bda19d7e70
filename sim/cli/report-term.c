// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The preview for a terminal: what a latency is made of as bars of letters,
 * curves by gnuplot's "dumb" terminal, waiting for locks. Text alone says
 * everything, colour repeats it. Numbers that the table has are not said again.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report-int.h"

#define TERM_MIN   64
#define TERM_MAX   200
#define TERM_NAME  28 /* columns for a name at most */
#define TERM_VALUE 12 /* … for a value behind a bar */

/* ---- letters and colours ------------------------------------------------------ */

/* The 6 × 6 × 6 cube of terminals that have 256 colours. */
void t_colour(struct report *r, const char *rgb)
{
	unsigned int c[3] = { 0 };

	if (!r->term->color || sscanf(rgb, "#%2x%2x%2x", &c[0], &c[1], &c[2]) != 3)
		return;
	fprintf(r->html, "\033[38;5;%um",
		16 + 36 * ((c[0] & 255) / 43) + 6 * ((c[1] & 255) / 43) + (c[2] & 255) / 43);
}

void t_plain(struct report *r)
{
	if (r->term->color)
		fputs("\033[0m", r->html);
}

static unsigned int term_width(const char *s)
{
	unsigned int n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80 && (unsigned char)*s >= 0x20;
	return n;
}

/* @s in @width columns, cut with an ellipsis, without what could move the cursor. */
static void term_name(struct report *r, const char *s, unsigned int width)
{
	unsigned int all = term_width(s), n = 0;

	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			continue;
		if (((unsigned char)*s & 0xc0) != 0x80 && n++ >= width - (all > width))
			break;
		fputc(*s, r->html);
	}
	if (all > width)
		fputs("…", r->html);
	for (; all < width; all++)
		fputc(' ', r->html);
}

static unsigned int term_names(const struct report *r)
{
	unsigned int widest = 0, most = r->term->columns / 3;

	for (unsigned int i = 0; i < r->nr_series; i++) {
		unsigned int w = term_width(r->series[i].label);

		widest = w > widest ? w : widest;
	}
	most = most < TERM_NAME ? most : TERM_NAME;
	return widest < most ? widest : most;
}

/* Go to where an entry of @w columns begins, on this line or the next; what is taken then. */
static unsigned int term_entry(struct report *r, unsigned int at, unsigned int w)
{
	bool next = !at || at + w > r->term->columns;

	fputs(!next ? "   " : at ? "\n  " : "  ", r->html);
	return (next ? 2 : at) + w;
}

void t_legend(struct report *r, const struct rlegend *l, unsigned int n)
{
	unsigned int at = 0;

	for (unsigned int i = 0; i < n; i++) {
		unsigned int w = term_width(l[i].text);

		w = (w < TERM_NAME ? w : TERM_NAME) + 5;
		at = term_entry(r, at, w);
		t_colour(r, l[i].rgb);
		fputc(l[i].series ? 'A' + (int)((l[i].series - 1) % 26) : '#', r->html);
		t_plain(r);
		fputc(' ', r->html);
		term_name(r, l[i].text, w - 5);
	}
	fputc('\n', r->html);
}

void t_text(struct report *r, const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x20 && *s != 0x7f)
			fputc(*s, r->html);
}

/* gnuplot begins with a form feed, and fills each line up with blanks. */
void t_embed(struct report *r, const char *name)
{
	size_t n = 0;
	char *s = r_slurp(r, name, &n), *end = s ? s + n : NULL;

	for (char *line = s; line && line < end;) {
		char *eol = memchr(line, '\n', (size_t)(end - line)), *last = eol ? eol : end;

		line += *line == '\f';
		while (last > line && last[-1] == ' ')
			last--;
		if (last > line) {
			fwrite(line, 1, (size_t)(last - line), r->html);
			fputc('\n', r->html);
		}
		line = eol ? eol + 1 : end;
	}
	t_plain(r);
	free(s);
}

/* ---- components ---------------------------------------------------------------- */

struct term_stack {
	const char *which;
	const char **keys;
	size_t nr;
};

static double term_part(const struct rseries *s, const struct term_stack *c, size_t k)
{
	const json_t *l = rj_at(rj_at(s->run, "latency"), c->which);
	double n = rj_num(l, "split_count");

	return n > 0 ? json_number_value(json_object_get(rj_at(l, "components"), c->keys[k])) / n
		     : 0;
}

static double term_sum(const struct rseries *s, const struct term_stack *c)
{
	double sum = 0;

	for (size_t k = 0; k < c->nr; k++)
		sum += fmax(term_part(s, c, k), 0);
	return sum;
}

/* @shown: the parts that got a letter in some bar. */
static void term_bar(struct report *r, const struct rseries *s, const struct term_stack *c,
		     double most, unsigned int width, bool *shown)
{
	double at = 0;
	unsigned int done = 0;
	struct rbuf b;

	for (size_t k = 0; k < c->nr; k++) {
		const struct rcomp_look *look = &rcomp_look[rcomp_of(c->keys[k])];
		unsigned int end;

		at += fmax(term_part(s, c, k), 0);
		end = (unsigned int)lround(at / most * width);
		if (end > done)
			t_colour(r, look->rgb);
		for (; done < end && done < width; done++, shown[k] = true)
			fputc(look->letter, r->html);
	}
	t_plain(r);
	fprintf(r->html, " %s\n", r_time(&b, at));
}

static void term_bar_legend(struct report *r, const struct term_stack *c, const bool *shown)
{
	unsigned int at = 0;

	for (size_t k = 0; k < c->nr; k++) {
		const struct rcomp_look *look = &rcomp_look[rcomp_of(c->keys[k])];
		unsigned int w = term_width(c->keys[k]);

		if (!shown[k])
			continue;
		w = w < TERM_NAME ? w : TERM_NAME;
		at = term_entry(r, at, w + 5);
		t_colour(r, look->rgb);
		fputc(look->letter, r->html);
		t_plain(r);
		fputc(' ', r->html);
		term_name(r, c->keys[k], w);
	}
	fputc('\n', r->html);
}

static void term_components(struct report *r, const char *which)
{
	struct term_stack c = { .which = which };
	unsigned int names = term_names(r), width;
	char path[64];
	double most = 0;
	bool *shown;

	snprintf(path, sizeof(path), "latency/%s/components", which);
	c.nr = rkeys_union(r, path, &c.keys);
	shown = calloc(c.nr + 1, sizeof(*shown));
	for (unsigned int i = 0; i < r->nr_series; i++)
		most = fmax(most, term_sum(&r->series[i], &c));
	if (shown && most > 0) {
		width = r->term->columns - names - 4 - TERM_VALUE;
		fprintf(r->html, "%s latency: what a mean one is made of\n", which);
		for (unsigned int i = 0; i < r->nr_series; i++) {
			fputs("  ", r->html);
			term_name(r, r->series[i].label, names);
			fputs("  ", r->html);
			term_bar(r, &r->series[i], &c, most, width, shown);
		}
		term_bar_legend(r, &c, shown);
		fputc('\n', r->html);
	}
	free(shown);
	free(c.keys);
}

/* ---- locks ----------------------------------------------------------------------- */

static void term_lock(struct report *r, const struct rseries *s, const json_t *l, double most,
		      unsigned int names)
{
	double wait = rj_num(l, "lock_stat/waittime-total");
	double acq = rj_num(l, "lock_stat/acquisitions"), con = rj_num(l, "lock_stat/contentions");
	unsigned int width = r->term->columns - names - 50;
	unsigned int n = most > 0 ? (unsigned int)lround(fmax(wait, 0) / most * width) : 0;
	struct rbuf a, b;

	fputs("  ", r->html);
	term_name(r, s->label, names);
	fputs("  ", r->html);
	term_name(r, rj_str(l, "class", "(no class)"), 22);
	fputs("  ", r->html);
	t_colour(r, r_colour(s));
	for (unsigned int i = 0; i < n && i < width; i++)
		fputc('#', r->html);
	t_plain(r);
	fprintf(r->html, "%s%s, %s of times\n", n ? " " : "", r_time(&a, wait),
		r_percent(&b, acq > 0 ? con / acq : 0));
}

static void term_locks(struct report *r)
{
	unsigned int names = term_names(r);
	double most = 0, taken = 0;
	const json_t *l;
	size_t k;

	/* Too narrow for a bar beside both names. */
	if (r->term->columns < names + 60)
		return;
	for (unsigned int i = 0; i < r->nr_series; i++)
		json_array_foreach(rj_at(r->series[i].run, "locks"), k, l)
		{
			most = fmax(most, rj_num(l, "lock_stat/waittime-total"));
			taken += rj_num(l, "lock_stat/acquisitions");
		}
	if (taken <= 0)
		return;
	fputs("locks: all that was waited, and how often one had to wait\n", r->html);
	for (unsigned int i = 0; i < r->nr_series; i++)
		json_array_foreach(rj_at(r->series[i].run, "locks"), k, l)
			term_lock(r, &r->series[i], l, most, names);
	fputc('\n', r->html);
}

struct report_term_options t_options(const struct report_term_options *o)
{
	struct report_term_options t = *o;

	t.columns = t.columns < TERM_MIN ? TERM_MIN : t.columns > TERM_MAX ? TERM_MAX : t.columns;
	return t;
}

/* ---- all of it --------------------------------------------------------------------- */

static void term_body(struct report *r)
{
	static const char *const curves[] = { "entry", "delivery" };

	if (!r->nr_series) {
		fputs("No data: the results hold no run.\n", r->html);
		return;
	}
	for (unsigned int l = 0; l < R_LATENCIES; l++)
		term_components(r, r_latencies[l]);
	for (unsigned int i = 0; r->figures && i < 2; i++) {
		fprintf(r->html, "%s latency: share done in a time; points p50 p90 p99 p99.9\n",
			curves[i]);
		if (!r_cdf(r, curves[i]))
			fputs("  no data\n", r->html);
		fputc('\n', r->html);
	}
	if (r->no_figures)
		fprintf(r->html, "No curves: %s.\n\n", r->no_figures);
	term_locks(r);
}

int report_term(json_t *const *results, const char *const *paths, size_t nr, FILE *out,
		const struct report_term_options *o, struct err *err)
{
	static const struct report_options options = { .plots = true };
	struct report_term_options term = t_options(o);
	struct report r = { .docs = results,
			    .paths = paths,
			    .nr_docs = nr,
			    .opt = &options,
			    .term = &term,
			    .html = out,
			    .err = err };

	if (!nr)
		return err_set(err, ERR_USAGE, "report: no result was given");
	r.ret = rmodel_load(&r);
	if (!r.ret)
		r.ret = rfig_start(&r);
	if (!r.ret)
		term_body(&r);
	rfig_end(&r);
	free(r.series);
	return r.ret;
}
