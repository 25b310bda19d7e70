// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows against rows, figures against figures: exact. */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

const char *const diff_class_names[DIFF_NR] = {
	[DIFF_REGRESSION] = "regression",
	[DIFF_IMPROVEMENT] = "improvement",
	[DIFF_SMALL] = "below-limit",
	[DIFF_NEUTRAL] = "neutral",
	[DIFF_GONE] = "gone",
	[DIFF_NEW] = "new",
	[DIFF_SAME] = "same",
};

/* ---- which row is put against which ---------------------------------------- */

struct side {
	const char *dim[DIM_NR]; /* as it is looked for */
	const struct diff_row *row;
	bool now, taken;
};

/* What a row of the base is called on the other side; NULL: it is left out. */
static const char *renamed(const struct diff_options *o, enum diff_dim dim, const char *word)
{
	bool asked = false;

	for (size_t i = 0; i < o->nr_match; i++) {
		if (o->match[i].dim != dim)
			continue;
		if (!strcmp(o->match[i].base, word))
			return o->match[i].now;
		asked = true;
	}
	return asked ? NULL : word;
}

static bool wanted(const struct diff_options *o, enum diff_dim dim, const char *word)
{
	bool asked = false;

	for (size_t i = 0; i < o->nr_match; i++) {
		if (o->match[i].dim != dim)
			continue;
		if (!strcmp(o->match[i].now, word))
			return true;
		asked = true;
	}
	return !asked;
}

/* The rows of one side that take part, and how many do not. */
static struct side *side_create(const struct diff *d, unsigned int which, size_t *nr, size_t *aside)
{
	const struct diff_doc *doc = d->doc[which];
	struct side *s = calloc(doc->nr, sizeof(*s));

	*nr = 0;
	for (size_t i = 0; s && i < doc->nr; i++) {
		struct side *to = &s[*nr];
		bool in = true;

		for (unsigned int k = 0; k < DIM_NR; k++) {
			const char *word = doc->row[i].dim[k];

			to->dim[k] = which ? word : renamed(d->o, k, word);
			in &= which ? wanted(d->o, k, word) : to->dim[k] != NULL;
		}
		to->row = &doc->row[i];
		to->now = which;
		*nr += in;
		*aside += !in;
	}
	return s;
}

static int cmp_side(const void *a, const void *b, void *dropped)
{
	const struct side *x = *(struct side *const *)a, *y = *(struct side *const *)b;

	for (unsigned int k = 0; k < DIM_NR; k++) {
		int c = k == *(enum diff_dim *)dropped ? 0 : strcmp(x->dim[k], y->dim[k]);

		if (c)
			return c;
	}
	return 0;
}

static int cmp_pair(const void *a, const void *b)
{
	const struct diff_pair *x = a, *y = b;

	return (x->base > y->base) - (x->base < y->base);
}

/* A group of rows that are alike: one of either side makes a pair. */
static void pair_group(struct diff *d, struct side **s, size_t nr)
{
	struct side *base, *now;

	if (nr != 2 || s[0]->now == s[1]->now)
		return;
	base = s[0]->now ? s[1] : s[0];
	now = s[0]->now ? s[0] : s[1];
	base->taken = now->taken = true;
	d->pair[d->nr_pairs++] = (struct diff_pair){ .base = base->row, .now = now->row };
}

static int pair_up(struct diff *d, struct side *const side[2], const size_t nr[2], struct err *err)
{
	size_t all = nr[0] + nr[1];
	struct side **s = calloc(all ? all : 1, sizeof(struct side *));

	if (!s)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < all; i++)
		s[i] = i < nr[0] ? &side[0][i] : &side[1][i - nr[0]];
	qsort_r(s, all, sizeof(struct side *), cmp_side, &d->dropped);
	for (size_t i = 0, end; i < all; i = end) {
		for (end = i + 1; end < all && !cmp_side(&s[i], &s[end], &d->dropped);)
			end++;
		pair_group(d, s + i, end - i);
	}
	free(s);
	if (d->nr_pairs)
		qsort(d->pair, d->nr_pairs, sizeof(*d->pair), cmp_pair);
	return 0;
}

static const struct diff_row **leave(struct side *s, size_t nr, size_t *nr_alone)
{
	const struct diff_row **list = calloc(nr ? nr : 1, sizeof(*list));

	for (size_t i = 0; list && i < nr; i++)
		if (!s[i].taken)
			list[(*nr_alone)++] = s[i].row;
	return list;
}

static int no_pairs(const struct diff *d, struct err *err)
{
	const struct diff_row *a = d->doc[0]->row, *b = d->doc[1]->row;

	if (d->o->nr_match)
		return err_set(
			err, ERR_USAGE,
			"no row of %s has its like in %s by what --match-... asks for; rows are "
			"told apart by trace, design, host, lock and options",
			d->doc[0]->path, d->doc[1]->path);
	return err_set(
		err, ERR_USAGE,
		"no row of %s has its like in %s: want the same trace, design, host, lock and "
		"options (see --match-design, --match-host); the first are %s, %s, %s, %s, %s "
		"and %s, %s, %s, %s, %s",
		d->doc[0]->path, d->doc[1]->path, a->dim[0], a->dim[1], a->dim[2], a->dim[3],
		a->dim[4], b->dim[0], b->dim[1], b->dim[2], b->dim[3], b->dim[4]);
}

static int match_rows(struct diff *d, struct err *err)
{
	/* In which a user's own is most likely to stand for a built-in one. */
	static const enum diff_dim drop[] = { DIM_NR, DIM_HOST, DIM_DESIGN, DIM_LOCK };
	size_t nr[2] = { 0, 0 };
	struct side *s[2];
	int ret = 0;

	for (unsigned int i = 0; i < 2; i++)
		s[i] = side_create(d, i, &nr[i], &d->nr_aside[i]);
	d->pair = calloc(d->doc[0]->nr, sizeof(*d->pair));
	if (!s[0] || !s[1] || !d->pair) {
		ret = err_set(err, ERR_NOMEM, "out of memory");
		goto out;
	}
	for (size_t i = 0; !ret && !d->nr_pairs && i < sizeof(drop) / sizeof(drop[0]); i++) {
		d->dropped = drop[i];
		if (drop[i] == DIM_NR || !d->o->nr_match)
			ret = pair_up(d, s, nr, err);
	}
	if (!ret && !d->nr_pairs)
		ret = no_pairs(d, err);
	for (unsigned int i = 0; !ret && i < 2; i++) {
		d->alone[i] = leave(s[i], nr[i], &d->nr_alone[i]);
		if (!d->alone[i])
			ret = err_set(err, ERR_NOMEM, "out of memory");
	}
out:
	free(s[0]);
	free(s[1]);
	return ret;
}

/* In which words all pairs agree: those tell no row from another. */
static void find_common(struct diff *d)
{
	for (unsigned int k = 0; k < DIM_NR; k++) {
		d->common[k] = true;
		for (size_t i = 1; i < d->nr_pairs; i++)
			if (strcmp(d->pair[i].base->dim[k], d->pair[0].base->dim[k]) ||
			    strcmp(d->pair[i].now->dim[k], d->pair[0].now->dim[k]))
				d->common[k] = false;
	}
}

/* ---- figures ---------------------------------------------------------------- */

int64_t diff_ppm(int64_t base, int64_t now)
{
	__int128 delta = (__int128)now - base, of = base < 0 ? -(__int128)base : base, ppm;

	if (!delta)
		return 0;
	if (!of)
		return delta > 0 ? INT64_MAX : INT64_MIN;
	ppm = delta * 1000000 / of;
	/* Below a millionth it is still a change. */
	if (!ppm)
		ppm = delta > 0 ? 1 : -1;
	if (ppm >= INT64_MAX)
		return INT64_MAX - 1;
	return ppm <= INT64_MIN ? INT64_MIN + 1 : (int64_t)ppm;
}

static bool beyond(const struct diff_limit *l, int64_t base, int64_t now)
{
	__int128 delta = (__int128)now - base, of = base < 0 ? -(__int128)base : base;

	delta = delta < 0 ? -delta : delta;
	return delta * 1000000 > of * l->ppm && delta > l->absolute;
}

static enum diff_class judge(const struct diff_metric *m, int64_t base, int64_t now)
{
	if (base == now)
		return DIFF_SAME;
	if (m->worse == WORSE_NEITHER)
		return DIFF_NEUTRAL;
	if (!beyond(&m->limit, base, now))
		return DIFF_SMALL;
	return (now > base) == (m->worse == WORSE_UP) ? DIFF_REGRESSION : DIFF_IMPROVEMENT;
}

struct judging {
	struct diff *d;
	size_t room;
	struct err *err;
};

static int note(struct judging *j, size_t pair, const char *name, const json_t *base,
		const json_t *now)
{
	struct diff *d = j->d;
	struct diff_change c = {
		.pair = pair,
		.name = name,
		.metric = diff_rule(&d->o->rules, name),
		.base = json_integer_value(base),
		.now = json_integer_value(now),
	};

	c.class = !base ? DIFF_NEW : !now ? DIFF_GONE : judge(&c.metric, c.base, c.now);
	d->nr_class[c.class]++;
	d->pair[pair].nr_class[c.class]++;
	if (c.class == DIFF_SAME)
		return 0;
	if (base && now)
		c.ppm = diff_ppm(c.base, c.now);
	if (d->nr_changes == j->room) {
		size_t more = j->room ? 2 * j->room : 256;
		struct diff_change *bigger = reallocarray(d->change, more, sizeof(*bigger));

		if (!bigger)
			return err_set(j->err, ERR_NOMEM, "out of memory");
		d->change = bigger;
		j->room = more;
	}
	d->change[d->nr_changes++] = c;
	return 0;
}

static bool digests_differ(const char *a, const char *b)
{
	return strcmp(a, b) && strcmp(a, "?") && strcmp(b, "?");
}

static int judge_pair(struct judging *j, size_t at)
{
	struct diff_pair *p = &j->d->pair[at];
	json_t *base = (json_t *)p->base->figures, *now = (json_t *)p->now->figures, *v;
	size_t changes = j->d->nr_changes;
	const char *name;
	int ret = 0;

	p->history_differs = digests_differ(p->base->fingerprint, p->now->fingerprint);
	p->host_differs = digests_differ(p->base->host_digest, p->now->host_digest);
	p->trace_differs = digests_differ(p->base->trace_digest, p->now->trace_digest);
	j->d->nr_failed[0] += p->base->failed != NULL;
	j->d->nr_failed[1] += p->now->failed != NULL;
	p->newly_failed = p->now->failed && !p->base->failed;
	j->d->nr_newly_failed += p->newly_failed;
	j->d->nr_incomparable += p->trace_differs;
	if ((p->trace_differs && !j->d->o->force) || p->base->failed || p->now->failed)
		return 0;
	j->d->nr_compared++;
	j->d->nr_history_differs += p->history_differs;
	json_object_foreach(base, name, v)
	{
		ret = ret ? ret : note(j, at, name, v, json_object_get(now, name));
	}
	json_object_foreach(now, name, v)
	{
		if (!ret && !json_object_get(base, name))
			ret = note(j, at, name, NULL, v);
	}
	p->only_history = p->history_differs && j->d->nr_changes == changes;
	j->d->nr_only_history += p->only_history;
	return ret;
}

/* What is forbidden comes first; from 0, which has no measure, last. */
static int rank_of(const struct diff_change *c)
{
	if (!strcmp(c->metric.group, "check"))
		return 0;
	return c->ppm == INT64_MAX || c->ppm == INT64_MIN ? 2 : 1;
}

/* By class, then the largest change, then as the documents have it. */
static int cmp_change(const void *a, const void *b)
{
	const struct diff_change *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->class >= DIFF_GONE && strcmp(x->name, y->name))
		return strcmp(x->name, y->name);
	if (rank_of(x) != rank_of(y))
		return rank_of(x) - rank_of(y);
	if (diff_width(x->ppm) != diff_width(y->ppm))
		return diff_width(x->ppm) > diff_width(y->ppm) ? -1 : 1;
	if (x->pair != y->pair)
		return x->pair < y->pair ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* A threshold of a name that nothing has would be one that nobody misses. */
static int check_rules(const struct diff *d, struct err *err)
{
	const struct diff_rules *r = &d->o->rules;

	for (size_t i = 0; i < r->nr_own; i++)
		if (!r->own[i].group)
			return err_set(err, ERR_USAGE,
				       "--threshold %s: want the name of a figure in %s, a shell "
				       "pattern or a group of vgicsim-diff(1)",
				       r->own[i].pattern, d->doc[0]->path);
	return 0;
}

int diff_run(struct diff *d, const struct diff_doc *base, const struct diff_doc *now,
	     const struct diff_options *o, struct err *err)
{
	struct judging j = { .d = d, .err = err };
	int ret;

	*d = (struct diff){ .doc = { base, now }, .o = o };
	ret = match_rows(d, err);
	if (!ret)
		find_common(d);
	for (size_t i = 0; !ret && i < d->nr_pairs; i++)
		ret = judge_pair(&j, i);
	if (!ret)
		ret = diff_times(d, err);
	if (!ret)
		ret = check_rules(d, err);
	if (!ret && d->nr_changes)
		qsort(d->change, d->nr_changes, sizeof(*d->change), cmp_change);
	return ret;
}

void diff_fini(struct diff *d)
{
	free(d->pair);
	free(d->change);
	free(d->alone[0]);
	free(d->alone[1]);
	free(d->time);
	memset(d, 0, sizeof(*d));
}

static bool any_change(const struct diff *d)
{
	if (d->nr_changes || d->nr_alone[0] || d->nr_alone[1])
		return true;
	for (size_t i = 0; i < d->nr_pairs; i++)
		if (d->pair[i].history_differs || d->pair[i].host_differs)
			return true;
	return false;
}

bool diff_is_no(const struct diff *d)
{
	return d->nr_class[DIFF_REGRESSION] || d->nr_time_class[DIFF_REGRESSION] ||
	       d->nr_newly_failed || (d->nr_incomparable && !d->o->force) ||
	       (d->o->strict && any_change(d));
}
