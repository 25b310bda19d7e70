// SPDX-License-Identifier: GPL-2.0-or-later
/* Verdicts in words. Every number and every verdict is the run's; none is known beforehand. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "claims.h"
#include "out.h"

const char *claims_value(char *buf, size_t len, enum claim_unit unit, double v)
{
	switch (unit) {
	case CLAIM_TIME:
		return out_time(buf, len, (int64_t)llround(v));
	case CLAIM_SHARE:
		/* What is not all of it is not called so. */
		snprintf(buf, len, "%.*f %%",
			 v < 0.0995  ? 2
			 : v < 0.999 ? 1
			 : v < 1     ? 2
				     : 0,
			 v < 1 ? fmin(v * 100, 99.99) : v * 100);
		break;
	case CLAIM_TIMES:
		snprintf(buf, len, "%.*f times",
			 v < 0.0995 ? 4
			 : v < 9.95 ? 2
			 : v < 99.5 ? 1
				    : 0,
			 v);
		break;
	case CLAIM_NUMBER:
		snprintf(buf, len, v < 100 ? "%.3g" : "%.0f", v);
		break;
	}
	return buf;
}

const char *claims_at(char *buf, size_t len, const struct claim_test *t, unsigned int at)
{
	const struct axis *x = t->x >= 0 ? &t->doc.axis[t->x] : NULL;
	const bool one = x && !strcmp(x->value[at], "1");

	if (!x)
		*buf = '\0';
	else if (!strcmp(x->name, "vcpus"))
		snprintf(buf, len, "%s vCPU%s", x->value[at], one ? "" : "s");
	else if (!strcmp(x->name, "clone"))
		snprintf(buf, len, "%s cop%s", x->value[at], one ? "y" : "ies");
	else if (!strcmp(x->name, "lrs"))
		snprintf(buf, len, "%s list register%s", x->value[at], one ? "" : "s");
	else
		snprintf(buf, len, "%s %s", x->name, x->value[at]);
	return buf;
}

char *claims_measure(const struct claim_test *t)
{
	char *s;

	if (asprintf(&s, "%s, %s%s%s", t->measure, t->design, t->against ? " over " : "",
		     t->against ? t->against : "") < 0)
		return NULL;
	return s;
}

unsigned int claims_count(const struct claim_test *t, enum claim_verdict v)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < t->nr_cases; i++)
		n += t->cases[i].verdict == v;
	return n;
}

void claims_tally(FILE *f, const struct claim_test *t)
{
	unsigned int s = claims_count(t, CLAIM_SUPPORTED), r = claims_count(t, CLAIM_REFUTED);
	unsigned int u = claims_count(t, CLAIM_UNDECIDED);

	fprintf(f, "supported in %u of %u case%s", s, t->nr_cases, t->nr_cases == 1 ? "" : "s");
	if (r)
		fprintf(f, ", not supported in %u", r);
	if (u)
		fprintf(f, ", not decided in %u", u);
}

static const char *key_of(const struct claim_case *c, bool by_host)
{
	return by_host ? c->host : c->lock;
}

/* Of those of @t that have such cases. */
static enum claim_verdict verdict_by(const struct claim_test *t, unsigned int nr, bool by_host,
				     const char *key)
{
	enum claim_verdict *v = calloc(nr, sizeof(*v)), all;
	unsigned int n = 0;

	for (unsigned int i = 0; v && i < nr; i++) {
		bool any = false;

		for (unsigned int k = 0; k < t[i].nr_cases; k++)
			any |= !strcmp(key_of(&t[i].cases[k], by_host), key);
		if (any && (!t[i].aside || nr == 1))
			v[n++] = claim_verdict_where(&t[i], by_host ? key : NULL,
						     by_host ? NULL : key);
	}
	all = claim_combine(v, n);
	free(v);
	return all;
}

static bool seen_before(const struct claim_test *t, unsigned int test, unsigned int nr_cases,
			bool by_host, const char *key)
{
	for (unsigned int i = 0; i <= test; i++)
		for (unsigned int k = 0; k < (i < test ? t[i].nr_cases : nr_cases); k++)
			if (!strcmp(key_of(&t[i].cases[k], by_host), key))
				return true;
	return false;
}

void claims_by(FILE *f, const struct claim_test *t, unsigned int nr, bool by_host)
{
	const char *first = nr && t->nr_cases ? key_of(&t->cases[0], by_host) : NULL;
	const char *between = "";
	bool several = false;

	for (unsigned int i = 0; first && i < nr; i++)
		for (unsigned int k = 0; k < t[i].nr_cases; k++)
			several |= strcmp(key_of(&t[i].cases[k], by_host), first);
	for (unsigned int i = 0; several && i < nr; i++) {
		for (unsigned int k = 0; k < t[i].nr_cases; k++) {
			const char *key = key_of(&t[i].cases[k], by_host);

			if (seen_before(t, i, k, by_host, key))
				continue;
			fprintf(f, "%s%s%s: %s", between, key, by_host ? "" : " locks",
				claim_verdict_names[verdict_by(t, nr, by_host, key)]);
			between = "; ";
		}
	}
}

const char *claims_limit(char *buf, size_t len, const struct claim_limit *l)
{
	snprintf(buf, len, "%s%s", l->at_least ? "at least" : "at most", l->text + 2);
	return buf;
}

void claims_case(FILE *f, const struct claim_test *t, const struct claim_case *c)
{
	const struct claim_point *p = &c->point[c->shown];
	const enum claim_unit unit = claim_unit(t);
	char v[48], low[48], high[48], at[96], limit[64];

	if (!p->nr) {
		fputs("no number", f);
		return;
	}
	claims_value(v, sizeof(v), unit, p->value);
	claims_value(low, sizeof(low), unit, p->low);
	claims_value(high, sizeof(high), unit, p->high);
	fputs(v, f);
	if (strcmp(low, high))
		fprintf(f, " (%s to %s)", low, high);
	if (t->x < 0)
		return;
	fprintf(f, " at %s", claims_at(at, sizeof(at), t, c->shown));
	if (!t->every && c->from >= 0 && (unsigned int)c->from < c->shown)
		fprintf(f, ", %s from %s on", claims_limit(limit, sizeof(limit), &t->supported),
			claims_at(at, sizeof(at), t, (unsigned int)c->from));
	else if (!t->every && c->from >= 0)
		fprintf(f, ", %s only there", claims_limit(limit, sizeof(limit), &t->supported));
}

void claims_sentence(FILE *f, const struct claim_test *t)
{
	char *measure = claims_measure(t);
	bool one_host = true;

	fprintf(f, "%s: %s. The %s", t->says, claim_verdict_names[t->verdict],
		measure ? measure : "");
	for (unsigned int i = 0; i < t->nr_cases; i++) {
		fprintf(f, "%s ", i ? ";" : ":");
		claims_case(f, t, &t->cases[i]);
		fprintf(f, " (%s)", t->cases[i].label);
	}
	fputs(".", f);
	for (unsigned int i = 1; i < t->nr_cases && one_host; i++)
		one_host = !strcmp(t->cases[i].host, t->cases[0].host);
	if (t->nr_cases && one_host)
		fprintf(f, " All on the model of the host %s.", t->cases[0].host);
	free(measure);
}

/* ---- for a terminal ------------------------------------------------------ */

static void text_case(FILE *f, const struct claim_test *t, const struct claim_case *c)
{
	fprintf(f, "      %-13s  %s: ", claim_verdict_names[c->verdict], c->label);
	claims_case(f, t, c);
	if (c->why != CLAIM_CLEAR)
		fprintf(f, " (%s)", claim_why_text[c->why]);
	fputs("\n", f);
}

static void text_by(FILE *f, const char *indent, const struct claim_test *t, unsigned int nr)
{
	for (unsigned int host = 0; host < 2; host++) {
		char *by = NULL;
		size_t n;
		FILE *m = open_memstream(&by, &n);

		if (!m)
			return;
		claims_by(m, t, nr, host);
		fclose(m);
		if (*by)
			fprintf(f, "%s%s\n", indent, by);
		free(by);
	}
}

static void text_test(FILE *f, const struct claim_test *t)
{
	char *measure = claims_measure(t), yes[64], no[64];

	fprintf(f, "\n  %s%s: %s\n    ", t->aside ? "Aside: " : "", t->says,
		claim_verdict_names[t->verdict]);
	claims_tally(f, t);
	fprintf(f, "\n    %s: supported if %s, not if %s\n", measure ? measure : "",
		claims_limit(yes, sizeof(yes), &t->supported),
		claims_limit(no, sizeof(no), &t->refuted));
	text_by(f, "    ", t, 1);
	for (unsigned int i = 0; i < t->nr_cases; i++)
		text_case(f, t, &t->cases[i]);
	free(measure);
}

void claims_text(FILE *f, const struct claims *c)
{
	for (unsigned int i = 0; i < c->nr; i++) {
		const struct claim *k = &c->claim[i];

		fprintf(f, "%s%s%s: %s\n", i ? "\n\n" : "", k->title,
			k->part ? ", one test of it" : "", claim_verdict_names[k->verdict]);
		out_wrapped(f, k->claim, "  ", 96);
		out_wrapped(f, k->source, "  ", 96);
		text_by(f, "  ", k->test, k->nr_tests);
		for (unsigned int t = 0; t < k->nr_tests; t++)
			text_test(f, &k->test[t]);
	}
}

/* ---- Markdown ------------------------------------------------------------ */

static void markdown_item(FILE *f, const char *text)
{
	char *item;

	if (asprintf(&item, "* %s", text) < 0)
		return;
	out_wrapped(f, item, "", 100);
	free(item);
}

void claims_markdown(FILE *f, const struct claims *c)
{
	for (unsigned int i = 0; i < c->nr; i++) {
		const struct claim *k = &c->claim[i];

		if (k->part)
			fprintf(f, "%s**%s**, one test of it:\n\n", i ? "\n" : "", k->title);
		else
			fprintf(f, "%s**%s: %s.**\n\n", i ? "\n" : "", k->title,
				claim_verdict_names[k->verdict]);
		for (unsigned int t = 0; t < k->nr_tests; t++) {
			char *s = NULL;
			size_t n;
			FILE *m = open_memstream(&s, &n);

			if (!m)
				continue;
			claims_sentence(m, &k->test[t]);
			fclose(m);
			out_wrapped(f, s, "", 100);
			fputs("\n", f);
			free(s);
		}
		fputs("The limits of it:\n\n", f);
		markdown_item(f,
			      "Many costs of the host are assumed. Ranges are over seeds and those "
			      "costs halved and doubled, all at once and in groups; a verdict "
			      "holds in all of that.");
		for (unsigned int l = 0; l < k->nr_limits; l++)
			markdown_item(f, k->limit[l]);
	}
}
