// SPDX-License-Identifier: GPL-2.0-or-later
/* What all views of a comparison say in the same words. */
#include "diff.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"

const struct diff_output diff_outputs[] = {
	{ "table", diff_out_table }, { "markdown", diff_out_markdown }, { "lkml", diff_out_lkml },
	{ "json", diff_out_json },   { "csv", diff_out_csv },		{ NULL, NULL },
};

const char *diff_percent(char *buf, size_t len, int64_t ppm)
{
	uint64_t v = diff_width(ppm);
	const char *sign = ppm < 0 ? "-" : "+";

	if (ppm == INT64_MAX || ppm == INT64_MIN)
		snprintf(buf, len, "from 0");
	else if (v >= UINT64_C(1000000000000))
		snprintf(buf, len, "x > 10^6");
	else if (v >= 1000000000)
		snprintf(buf, len, "x %" PRIu64, v / 1000000 + 1);
	else if (v >= 10000000)
		snprintf(buf, len, "x %" PRIu64 ".%" PRIu64, v / 1000000 + 1, v / 100000 % 10);
	else if (v >= 1000)
		snprintf(buf, len, "%s%" PRIu64 ".%" PRIu64 " %%", sign, (v + 500) / 10000,
			 (v + 500) / 1000 % 10);
	else
		snprintf(buf, len, v ? "%s0.%04" PRIu64 " %%" : "=", sign, v);
	return buf;
}

const char *diff_value(char *buf, size_t len, const char *unit, int64_t v)
{
	char count[48];

	if (!strcmp(unit, "ps"))
		return out_time(buf, len, v);
	if (!strcmp(unit, "ns"))
		return out_time(buf, len, v > INT64_MAX / 1000 ? INT64_MAX : v * 1000);
	if (strcmp(unit, "bytes"))
		return out_count(buf, len, v);
	snprintf(buf, len, "%s B", out_count(count, sizeof(count), v));
	return buf;
}

const char *diff_limit_text(char *buf, size_t len, const struct diff_limit *limit)
{
	char number[32], absolute[32];
	size_t n = (size_t)snprintf(number, sizeof(number), "%" PRIu64 ".%04" PRIu64,
				    limit->ppm / 10000, limit->ppm % 10000);

	while (number[n - 1] == '0')
		n--;
	n -= number[n - 1] == '.';
	if (limit->absolute)
		snprintf(absolute, sizeof(absolute), ", %" PRIu64, limit->absolute);
	snprintf(buf, len, "%.*s %%%s", (int)n, number, limit->absolute ? absolute : "");
	return buf;
}

/* ---- text that grows ---------------------------------------------------------- */

struct text {
	FILE *f;
	char *s;
	size_t len;
};

static bool text_begin(struct text *t)
{
	t->s = NULL;
	t->f = open_memstream(&t->s, &t->len);
	return t->f != NULL;
}

/* To be freed; NULL without memory. */
static char *text_end(struct text *t)
{
	if (!fclose(t->f))
		return t->s;
	free(t->s);
	return NULL;
}

/* "1 regression", "2 regressions" */
static void counted(struct text *t, size_t n, const char *one, const char *many)
{
	char buf[32];

	fprintf(t->f, "%s%s %s", ftell(t->f) ? ", " : "", out_count(buf, sizeof(buf), (int64_t)n),
		n == 1 ? one : many);
}

char *diff_summary(const struct diff *d)
{
	const size_t *n = d->nr_class, *w = d->nr_time_class;
	struct text t;

	if (!text_begin(&t))
		return NULL;
	counted(&t, n[DIFF_REGRESSION], "regression", "regressions");
	counted(&t, n[DIFF_IMPROVEMENT], "improvement", "improvements");
	if (d->nr_newly_failed)
		counted(&t, d->nr_newly_failed, "run failed", "runs failed");
	if (n[DIFF_SMALL])
		counted(&t, n[DIFF_SMALL], "change within its limit",
			"changes within their limits");
	if (n[DIFF_NEUTRAL])
		counted(&t, n[DIFF_NEUTRAL], "neutral change", "neutral changes");
	if (n[DIFF_GONE])
		counted(&t, n[DIFF_GONE], "figure gone", "figures gone");
	if (n[DIFF_NEW])
		counted(&t, n[DIFF_NEW], "figure new", "figures new");
	counted(&t, n[DIFF_SAME], "figure unchanged", "figures unchanged");
	if (d->nr_only_history)
		counted(&t, d->nr_only_history, "run with another history and the same figures",
			"runs with another history and the same figures");
	if (d->nr_times) {
		fputs("; time: ", t.f);
		fprintf(t.f, "%zu slower, %zu faster, %zu not told apart", w[DIFF_REGRESSION],
			w[DIFF_IMPROVEMENT], w[DIFF_SAME]);
		if (w[DIFF_SMALL])
			fprintf(t.f, ", %zu within the limit", w[DIFF_SMALL]);
		if (w[DIFF_NEUTRAL])
			fprintf(t.f, ", %zu apart on two machines", w[DIFF_NEUTRAL]);
	}
	return text_end(&t);
}

/* ---- which row ---------------------------------------------------------------- */

/* "kvm-aplist", or "kvm-aplist -> mine" of a pair in which they differ; "" */
static void put_dim(FILE *f, enum diff_dim dim, const char *base, const char *now, bool name)
{
	if (!*base && !*now)
		return;
	if (ftell(f))
		fputs(", ", f);
	if (name && dim != DIM_REST)
		fprintf(f, "%s ", diff_dim_names[dim]);
	fputs(base, f);
	if (strcmp(base, now))
		fprintf(f, " -> %s", now);
}

char *diff_label(const struct diff *d, size_t pair)
{
	const struct diff_pair *p = &d->pair[pair];
	struct text t;

	if (!text_begin(&t))
		return NULL;
	for (unsigned int k = 0; k < DIM_NR; k++)
		if (!d->common[k])
			put_dim(t.f, k, p->base->dim[k], p->now->dim[k], false);
	return text_end(&t);
}

char *diff_row_label(const struct diff_row *row)
{
	struct text t;

	if (!text_begin(&t))
		return NULL;
	for (unsigned int k = 0; k < DIM_NR; k++)
		put_dim(t.f, k, row->dim[k], row->dim[k], false);
	return text_end(&t);
}

char *diff_common(const struct diff *d)
{
	struct text t;

	if (!text_begin(&t))
		return NULL;
	for (unsigned int k = 0; k < DIM_NR; k++)
		if (d->common[k])
			put_dim(t.f, k, d->pair[0].base->dim[k], d->pair[0].now->dim[k], true);
	return text_end(&t);
}

/* ---- what to be careful with ------------------------------------------------------ */

__attribute__((format(printf, 2, 3))) static void caution(json_t *list, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) >= 0) {
		json_array_append_new(list, json_string(text));
		free(text);
	}
	va_end(ap);
}

static void caution_rows(json_t *list, const struct diff *d)
{
	if (d->dropped != DIM_NR)
		caution(list,
			"No row has the same %s on both sides: each is put against the one that "
			"has all else the same.",
			diff_dim_names[d->dropped]);
	if (d->nr_incomparable)
		caution(list, "In %zu rows the trace is not the same (its digest): %s",
			d->nr_incomparable,
			d->o->force ? "compared all the same, because of --force."
				    : "not compared (--force does), and the exit status is 1.");
	if (d->nr_failed[0] || d->nr_failed[1])
		caution(list,
			"Runs that failed, so not compared: %zu of the base's, %zu of the new's.",
			d->nr_failed[0], d->nr_failed[1]);
	if (d->nr_alone[0] || d->nr_alone[1])
		caution(list,
			"Without their like, so not compared: %zu of the base's rows, %zu of the "
			"new's.",
			d->nr_alone[0], d->nr_alone[1]);
	if (d->nr_aside[0] || d->nr_aside[1])
		caution(list,
			"Left out by what was asked to match: %zu of the base's rows, %zu of the "
			"new's.",
			d->nr_aside[0], d->nr_aside[1]);
}

static void caution_hosts(json_t *list, const struct diff *d)
{
	const struct diff_pair *first = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < d->nr_pairs; i++) {
		if (!d->pair[i].host_differs)
			continue;
		first = first ? first : &d->pair[i];
		nr++;
	}
	if (nr)
		caution(list,
			"In %zu rows the host is not the same (digest): the first are %s, %s, "
			"and %s, %s.",
			nr, first->base->dim[DIM_HOST], first->base->host_digest,
			first->now->dim[DIM_HOST], first->now->host_digest);
}

/* What makes the times of one document less worth. */
static void caution_clock(json_t *list, const struct diff_doc *doc, const char *which)
{
	const json_t *wall = json_object_get(doc->json, "wall");
	int64_t load = result_int(wall, "load_milli", NULL);
	int64_t cpus = result_int(wall, "machine", "cpus", NULL);

	if (load / 1000 > cpus && cpus > 0)
		caution(list,
			"Times of the %s were taken under a load of %" PRId64 " on %" PRId64
			" CPUs.",
			which, load / 1000, cpus);
	if (json_is_false(json_object_get(wall, "decoded_once")))
		caution(list,
			"Times of the %s have some decoding in them: its traces were too large.",
			which);
}

static void caution_times(json_t *list, const struct diff *d)
{
	bool has[2] = { false, false };

	for (size_t i = 0; i < d->nr_pairs; i++) {
		has[0] |= d->pair[i].base->wall != NULL;
		has[1] |= d->pair[i].now->wall != NULL;
	}
	if (has[0] != has[1])
		caution(list, "Times are in the %s alone.", has[0] ? "base" : "new");
	if (!d->nr_times)
		return;
	for (unsigned int i = 0; i < 2; i++)
		caution_clock(list, d->doc[i], i ? "new" : "base");
	if (!json_equal(result_get(d->doc[0]->json, "wall", "build", NULL),
			result_get(d->doc[1]->json, "wall", "build", NULL)))
		caution(list, "Times are of two builds: by another compiler, or not optimised.");
	if (d->few_reps)
		caution(list, "Times of %zu repetitions: under nine, little can be told apart.",
			d->few_reps);
	if (d->other_machine)
		caution(list, "Times are of two machines: shown, and %s.",
			d->o->force ? "judged because of --force" : "not judged");
}

json_t *diff_cautions(const struct diff *d)
{
	json_t *list = json_array();

	caution_rows(list, d);
	caution_hosts(list, d);
	if (strcmp(d->doc[0]->version, d->doc[1]->version))
		caution(list, "Made by two versions: %s and %s.", d->doc[0]->version,
			d->doc[1]->version);
	caution_times(list, d);
	return list;
}

/* ---- by metric -------------------------------------------------------------------- */

/* What is felt, in the order in which it is read. */
static const char *const headline[] = {
	"check.violations", "sim_time_ps",   "entry_mean_ps",	 "entry_p99_ps",
	"exit_mean_ps",	    "exit_p99_ps",   "mmio_mean_ps",	 "mmio_p99_ps",
	"inject_mean_ps",   "inject_p99_ps", "delivery_mean_ps", "delivery_p50_ps",
	"delivery_p99_ps",  "lock_wait_ps",  "exits_total",	 "memory.vcpu_bytes",
};
#define NR_HEADLINES (sizeof(headline) / sizeof(headline[0]))

static size_t headline_of(const char *name)
{
	size_t i = 0;

	while (i < NR_HEADLINES && strcmp(headline[i], name))
		i++;
	return i;
}

static int cmp_i64(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int cmp_by_name(const void *a, const void *b)
{
	const struct diff_by_metric *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int cmp_by_weight(const void *a, const void *b)
{
	const struct diff_by_metric *x = a, *y = b;
	size_t i = headline_of(x->name), k = headline_of(y->name);

	if (i != k)
		return i < k ? -1 : 1;
	if (!x->nr[DIFF_REGRESSION] != !y->nr[DIFF_REGRESSION])
		return x->nr[DIFF_REGRESSION] ? -1 : 1;
	if (diff_width(x->median) != diff_width(y->median))
		return diff_width(x->median) > diff_width(y->median) ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Its changes in all rows that have it: the median, and how many have not changed. */
static void spread(const struct diff *d, struct diff_by_metric *m, int64_t *ppm)
{
	size_t nr = 0;

	m->nr[DIFF_SAME] = 0;
	m->most = 0;
	for (size_t i = 0; i < d->nr_pairs; i++) {
		const json_t *base = json_object_get(d->pair[i].base->figures, m->name);
		const json_t *now = json_object_get(d->pair[i].now->figures, m->name);

		if (!base || !now || (d->pair[i].trace_differs && !d->o->force))
			continue;
		ppm[nr] = diff_ppm(json_integer_value(base), json_integer_value(now));
		m->nr[DIFF_SAME] += !ppm[nr];
		if (diff_width(ppm[nr]) > diff_width(m->most))
			m->most = ppm[nr];
		nr++;
	}
	qsort(ppm, nr, sizeof(*ppm), cmp_i64);
	m->median = nr ? ppm[(nr - 1) / 2] : 0;
}

/* The list of changes, in which each is one, becomes one of names. */
static size_t unite(struct diff_by_metric *list, size_t all)
{
	size_t n = 0;

	qsort(list, all, sizeof(*list), cmp_by_name);
	for (size_t i = 0; i < all; i++) {
		if (!n || strcmp(list[n - 1].name, list[i].name)) {
			list[n++] = list[i];
			continue;
		}
		for (unsigned int k = 0; k < DIFF_NR; k++)
			list[n - 1].nr[k] += list[i].nr[k];
	}
	return n;
}

struct diff_by_metric *diff_by_metric(const struct diff *d, size_t *nr)
{
	struct diff_by_metric *list = calloc(d->nr_changes + 1, sizeof(*list));
	int64_t *ppm = calloc(d->nr_pairs + 1, sizeof(*ppm));
	size_t all = 0;

	for (size_t i = 0; list && ppm && i < d->nr_changes; i++) {
		const struct diff_change *c = &d->change[i];

		if (c->class > DIFF_SMALL)
			continue;
		list[all].name = c->name;
		list[all].limit = c->metric.limit;
		list[all++].nr[c->class] = 1;
	}
	if (!list || !ppm) {
		free(list);
		free(ppm);
		return NULL;
	}
	*nr = unite(list, all);
	for (size_t i = 0; i < *nr; i++)
		spread(d, &list[i], ppm);
	qsort(list, *nr, sizeof(*list), cmp_by_weight);
	free(ppm);
	return list;
}
