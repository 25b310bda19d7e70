// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A comparison as text: for a terminal, 100 columns and colour, and for a mail to a
 * list, 72 columns and none. Rows have numbers, which are resolved at the end.
 */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

struct table {
	FILE *f;
	const struct diff *d;
	unsigned int width, name, metric, value;
	bool color, all, limits;
	bool *told; /* rows that were named by number */
};

static const struct {
	const char *title, *color;
} class_look[DIFF_NR] = {
	[DIFF_REGRESSION] = { "regressions", "\033[31m" },
	[DIFF_IMPROVEMENT] = { "improvements", "\033[32m" },
	[DIFF_SMALL] = { "within their limits", "" },
	[DIFF_NEUTRAL] = { "neither better nor worse", "" },
	[DIFF_GONE] = { "in the base alone", "\033[33m" },
	[DIFF_NEW] = { "in the new alone", "\033[33m" },
	[DIFF_SAME] = { "~", "" },
};

static void paint(struct table *t, const char *code)
{
	if (t->color)
		fputs(code, t->f);
}

static void plain(struct table *t)
{
	paint(t, "\033[0m");
}

/* The name's column; a name that does not fit has a line of its own. */
static void name_column(struct table *t, const char *name)
{
	if (strlen(name) < t->name)
		fprintf(t->f, "%-*s", (int)t->name, name);
	else
		fprintf(t->f, "%s\n%*s", name, (int)t->name, "");
}

static void row_column(struct table *t, size_t pair)
{
	if (t->d->nr_pairs > 1)
		fprintf(t->f, "  [%zu]", pair + 1);
	t->told[pair] = true;
}

static void put_change(struct table *t, const struct diff_change *c)
{
	char name[160], base[48], now[64], by[48], percent[32];
	const char *unit = diff_unit(c->name, name, sizeof(name));

	diff_value(base, sizeof(base), unit, c->base);
	diff_value(now, sizeof(now), unit, c->now);
	diff_percent(percent, sizeof(percent), c->ppm);
	/* Where rounding would hide the change: by how much. */
	if (!strcmp(base, now)) {
		diff_value(by, sizeof(by), unit, c->now - c->base);
		snprintf(now, sizeof(now), "%s%s", c->now > c->base ? "+" : "", by);
	}
	name_column(t, name);
	fprintf(t->f, " %*s %*s", (int)t->value - 1, base, (int)t->value - 1, now);
	paint(t, class_look[c->class].color);
	fprintf(t->f, "%*s", (int)t->value - 1, percent);
	plain(t);
	row_column(t, c->pair);
	fputc('\n', t->f);
}

static void more(struct table *t, size_t n)
{
	if (n)
		fprintf(t->f, "... and %zu more (--all)\n", n);
}

/* Of figures that one side alone has, only which, and in how many rows. */
static void names_of(struct table *t, enum diff_class class)
{
	const char *last = "";
	size_t names = 0, more_names = 0, rows = 0;

	if (!t->d->nr_class[class])
		return;
	fputc('\n', t->f);
	paint(t, "\033[1m");
	fprintf(t->f, "figures %s", class_look[class].title);
	plain(t);
	fputc('\n', t->f);
	for (size_t i = 0; i <= t->d->nr_changes; i++) {
		const struct diff_change *c = i < t->d->nr_changes ? &t->d->change[i] : NULL;

		if (c && (c->class != class || !strcmp(c->name, last))) {
			rows += c->class == class;
			continue;
		}
		if (rows && (t->all || names++ < DIFF_SHOWN))
			fprintf(t->f, "%s  (%zu rows)\n", last, rows);
		else if (rows)
			more_names++;
		rows = 1;
		last = c ? c->name : "";
	}
	more(t, more_names);
}

static void changes_of(struct table *t, enum diff_class class)
{
	size_t n = t->d->nr_class[class], shown = 0;

	if (!n)
		return;
	fputc('\n', t->f);
	paint(t, "\033[1m");
	fprintf(t->f, "%-*s%*s%*s%*s%s", (int)t->name, class_look[class].title, (int)t->value,
		"base", (int)t->value, "new", (int)t->value - 1, "change",
		t->d->nr_pairs > 1 ? "  row" : "");
	plain(t);
	fputc('\n', t->f);
	for (size_t i = 0; i < t->d->nr_changes; i++)
		if (t->d->change[i].class == class && (t->all || shown < DIFF_SHOWN)) {
			put_change(t, &t->d->change[i]);
			shown++;
		}
	more(t, n - shown);
}

/* ---- by metric ------------------------------------------------------------------ */

static void put_metric(struct table *t, const struct diff_by_metric *m)
{
	char name[160], median[32], most[32], limit[48];

	diff_unit(m->name, name, sizeof(name));
	if (strlen(name) < t->metric)
		fprintf(t->f, "%-*s", (int)t->metric, name);
	else
		fprintf(t->f, "%s\n%*s", name, (int)t->metric, "");
	fprintf(t->f, "%6zu%7zu%7zu%6zu%10s%10s", m->nr[DIFF_REGRESSION], m->nr[DIFF_IMPROVEMENT],
		m->nr[DIFF_SMALL], m->nr[DIFF_SAME],
		m->median ? diff_percent(median, sizeof(median), m->median) : "=",
		diff_percent(most, sizeof(most), m->most));
	if (t->limits)
		fprintf(t->f, "%9s", diff_limit_text(limit, sizeof(limit), &m->limit));
	fputc('\n', t->f);
}

static int by_metric(struct table *t)
{
	struct diff_by_metric *m;
	size_t nr, shown;

	/* Of one row the list of changes says all. */
	if (t->d->nr_pairs < 2)
		return 0;
	m = diff_by_metric(t->d, &nr);
	if (!m)
		return -1;
	shown = t->all || nr < DIFF_SHOWN ? nr : DIFF_SHOWN;
	if (nr) {
		fputc('\n', t->f);
		paint(t, "\033[1m");
		fprintf(t->f, "%-*s%6s%7s%7s%6s%10s%10s%s", (int)t->metric, "rows, by metric",
			"worse", "better", "within", "same", "median", "most",
			t->limits ? "    limit" : "");
		plain(t);
		fputc('\n', t->f);
	}
	for (size_t i = 0; i < shown; i++)
		put_metric(t, &m[i]);
	more(t, nr - shown);
	free(m);
	return 0;
}

/* ---- time ----------------------------------------------------------------------- */

static const char *verdict(const struct diff_time *t)
{
	switch (t->class) {
	case DIFF_REGRESSION:
		return "slower";
	case DIFF_IMPROVEMENT:
		return "faster";
	case DIFF_SMALL:
		return "within";
	case DIFF_NEUTRAL:
		return "apart";
	default:
		return "~";
	}
}

/* An end of an interval in at most six columns. */
static int places(double percent)
{
	return percent > -1000 && percent < 1000;
}

static double shown(double percent)
{
	return percent > 99999 ? 99999 : percent < -99999 ? -99999 : percent;
}

static void put_time(struct table *t, const struct diff_time *m)
{
	char base[48], now[48], shift[48] = "from 0", range[48] = "none";

	diff_value(base, sizeof(base), "ns", (int64_t)m->median[0]);
	diff_value(now, sizeof(now), "ns", (int64_t)m->median[1]);
	if (m->median[0] > 0) {
		const double of = m->median[0] / 100;

		diff_percent(shift, sizeof(shift), (int64_t)(m->shift.shift / of * 10000));
		if (m->shift.has_interval)
			snprintf(range, sizeof(range), "%+.*f .. %+.*f", places(m->shift.low / of),
				 shown(m->shift.low / of), places(m->shift.high / of),
				 shown(m->shift.high / of));
	}
	fprintf(t->f, "%-4s %9s %9s %9s %16s %+5.2f %7.2g ", diff_clock_names[m->clock], base, now,
		shift, range, m->shift.effect, m->shift.p);
	paint(t, class_look[m->class].color);
	fputs(verdict(m), t->f);
	plain(t);
	if (m->pair == SIZE_MAX)
		fputs(" all", t->f);
	else
		row_column(t, m->pair);
	fputc('\n', t->f);
}

static int cmp_time(const void *a, const void *b)
{
	const struct diff_time *x = *(struct diff_time *const *)a;
	const struct diff_time *y = *(struct diff_time *const *)b;

	if ((x->pair == SIZE_MAX) != (y->pair == SIZE_MAX))
		return x->pair == SIZE_MAX ? -1 : 1;
	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->shift.p < y->shift.p || x->shift.p > y->shift.p)
		return x->shift.p < y->shift.p ? -1 : 1;
	return (x > y) - (x < y);
}

static int times(struct table *t)
{
	size_t nr = t->d->nr_times, shown = t->all || nr < DIFF_SHOWN ? nr : DIFF_SHOWN;
	const struct diff_time **by = calloc(nr + 1, sizeof(*by));
	const size_t *reps = nr ? t->d->time[0].reps : NULL;

	if (!by)
		return -1;
	for (size_t i = 0; i < nr; i++)
		by[i] = &t->d->time[i];
	qsort(by, nr, sizeof(*by), cmp_time);
	if (nr) {
		fputc('\n', t->f);
		paint(t, "\033[1m");
		fprintf(t->f, "time, %zu repetitions against %zu", reps[0], reps[1]);
		plain(t);
		fputc('\n', t->f);
		fprintf(t->f, "%-4s %9s %9s %9s %16s %5s %7s\n", "", "base", "new", "shift",
			"95 % interval", "delta", "p");
	}
	for (size_t i = 0; i < shown; i++)
		put_time(t, by[i]);
	more(t, nr - shown);
	free(by);
	return 0;
}

/* ---- head and foot --------------------------------------------------------------- */

static int put_label(struct table *t, const char *first, char *label)
{
	char indent[24];

	if (!label)
		return -1;
	snprintf(indent, sizeof(indent), "%*s", (int)strlen(first), "");
	if (strlen(first) + strlen(label) <= t->width) {
		fprintf(t->f, "%s%s\n", first, label);
	} else {
		size_t n = strlen(first);

		while (n && first[n - 1] == ' ')
			n--;
		fprintf(t->f, "%.*s\n", (int)n, first);
		out_wrapped(t->f, label, indent, t->width);
	}
	free(label);
	return 0;
}

static void head_of(struct table *t, const char *what, const struct diff_doc *doc)
{
	char line[1200];

	snprintf(line, sizeof(line), "%s %s: vgicsim %s, %s", what, doc->path, doc->version,
		 doc->schema);
	out_wrapped(t->f, line, "", t->width);
	if (doc->command)
		out_wrapped(t->f, doc->command, "     ", t->width);
}

static int head(struct table *t)
{
	char *summary = diff_summary(t->d), *common = diff_common(t->d);
	json_t *cautions = diff_cautions(t->d), *v;
	size_t i;
	int ret = summary && common ? 0 : -1;

	if (!ret) {
		paint(t, "\033[1m");
		out_wrapped(t->f, summary, "", t->width);
		plain(t);
		fputc('\n', t->f);
		head_of(t, "base", t->d->doc[0]);
		head_of(t, "new ", t->d->doc[1]);
		fprintf(t->f, "rows %zu compared, %zu with the same history\n", t->d->nr_compared,
			t->d->nr_compared - t->d->nr_history_differs);
		if (*common)
			ret = put_label(t, t->d->nr_pairs > 1 ? "all  " : "of   ", strdup(common));
		json_array_foreach(cautions, i, v)
		{
			fputc('\n', t->f);
			paint(t, "\033[33m");
			out_wrapped(t->f, json_string_value(v), "", t->width);
			plain(t);
		}
	}
	json_decref(cautions);
	free(summary);
	free(common);
	return ret;
}

static void put_failure(struct table *t, const char *side, const char *why)
{
	char line[1200];

	if (!why)
		return;
	snprintf(line, sizeof(line), "%s failed: %s", side, why);
	out_wrapped(t->f, line, "        ", t->width);
}

/* Is there something to be said of the row besides its figures? */
static bool is_told(const struct table *t, size_t i)
{
	const struct diff_pair *p = &t->d->pair[i];

	return (t->told[i] && t->d->nr_pairs > 1) || p->trace_differs || p->only_history ||
	       p->base->failed || p->now->failed;
}

static int put_row(struct table *t, size_t i)
{
	const struct diff_pair *p = &t->d->pair[i];
	char first[32];
	int ret;

	snprintf(first, sizeof(first), "%5s%zu] ", "[", i + 1);
	ret = put_label(t, first, diff_label(t->d, i));
	if (p->trace_differs)
		fprintf(t->f, "        another trace: digest %s, was %s\n", p->now->trace_digest,
			p->base->trace_digest);
	if (p->only_history)
		fputs("        another history and the same figures\n", t->f);
	put_failure(t, "base", p->base->failed);
	put_failure(t, "new", p->now->failed);
	return ret;
}

static int foot(struct table *t)
{
	static const char *const title[] = { "in the base alone", "in the new alone" };
	bool any = false;
	int ret = 0;

	for (size_t i = 0; !ret && i < t->d->nr_pairs; i++) {
		if (!is_told(t, i))
			continue;
		if (!any)
			fputs("\nrows\n", t->f);
		any = true;
		ret = put_row(t, i);
	}
	for (unsigned int k = 0; !ret && k < 2; k++) {
		if (t->d->nr_alone[k])
			fprintf(t->f, "\nrows %s\n", title[k]);
		for (size_t i = 0; !ret && i < t->d->nr_alone[k]; i++)
			ret = put_label(t, "    - ", diff_row_label(t->d->alone[k][i]));
	}
	return ret;
}

static int render(struct table *t, struct err *err)
{
	int ret = -1;

	t->told = calloc(t->d->nr_pairs + 1, sizeof(*t->told));
	if (t->told && !head(t) && !by_metric(t)) {
		for (unsigned int c = 0; c < DIFF_GONE; c++)
			changes_of(t, c);
		names_of(t, DIFF_GONE);
		names_of(t, DIFF_NEW);
		ret = times(t);
		ret = ret ? ret : foot(t);
	}
	free(t->told);
	return ret ? err_set(err, ERR_NOMEM, "out of memory") : 0;
}

int diff_out_table(FILE *f, const struct diff *d, const struct diff_style *style, struct err *err)
{
	struct table t = { .f = f,
			   .d = d,
			   .width = 100,
			   .name = 44,
			   .metric = 44,
			   .value = 14,
			   .limits = true,
			   .color = style->color,
			   .all = style->all };

	return render(&t, err);
}

int diff_out_lkml(FILE *f, const struct diff *d, const struct diff_style *style, struct err *err)
{
	struct table t = { .f = f,
			   .d = d,
			   .width = 72,
			   .name = 30,
			   .metric = 26,
			   .value = 12,
			   .all = style->all };

	return render(&t, err);
}
