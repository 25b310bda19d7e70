// SPDX-License-Identifier: GPL-2.0-or-later
/* Coarse scan, signs, and a bisection a seed. Integers only. */
#include "crossover.h"

#include <stdlib.h>
#include <string.h>

unsigned int crossover_rank(unsigned int n, unsigned int *rank)
{
	const unsigned __int128 all = (unsigned __int128)1 << n;
	unsigned __int128 outside = 0, binomial = 1;
	unsigned int permille = 0;

	*rank = 1;
	/* Both tails of k - 1 and fewer on one side. */
	for (unsigned int k = 1; k <= (n + 1) / 2; k++) {
		unsigned int this;

		outside += 2 * binomial;
		if (outside > all)
			break;
		this = (unsigned int)((all - outside) * 1000 / all);
		if (k > 1 && this < 950)
			break;
		*rank = k;
		permille = this;
		binomial = binomial * (n - k + 1) / k;
	}
	return permille;
}

unsigned int crossover_scan(uint64_t from, uint64_t to, uint64_t *x, unsigned int room)
{
	unsigned int nr = 0;

	for (uint64_t at = from; at < to;) {
		if (nr + 1 >= room)
			return 0;
		x[nr++] = at;
		if (__builtin_mul_overflow(at ? at : 1, at ? 2 : 1, &at))
			break;
	}
	x[nr++] = to;
	return nr;
}

/* ---- statistics ---------------------------------------------------------- */

static int cmp_i64(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int cmp_u64(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int64_t median(int64_t *v, unsigned int n)
{
	qsort(v, n, sizeof(*v), cmp_i64);
	return (int64_t)(((__int128)v[(n - 1) / 2] + v[n / 2]) / 2);
}

static enum crossover_sign sign_of(int64_t d)
{
	return d < 0 ? CROSSOVER_LESS : d > 0 ? CROSSOVER_MORE : CROSSOVER_NOISE;
}

static int64_t difference(const struct crossover_pair *p)
{
	__int128 d = (__int128)p->b - p->a;

	return d > INT64_MAX ? INT64_MAX : d < INT64_MIN ? INT64_MIN : (int64_t)d;
}

static void judge(struct crossover_point *pt, const struct crossover_pair *p, unsigned int n)
{
	int64_t a[CROSSOVER_MAX_SEEDS], b[CROSSOVER_MAX_SEEDS], d[CROSSOVER_MAX_SEEDS];
	unsigned int rank;

	pt->x = p->x;
	for (unsigned int s = 0; s < n; s++) {
		if (!p[s].has) {
			memcpy(pt->why, p[s].why, sizeof(pt->why));
			return;
		}
		a[s] = p[s].a;
		b[s] = p[s].b;
		d[s] = difference(&p[s]);
	}
	pt->has = true;
	pt->a = median(a, n);
	pt->b = median(b, n);
	pt->diff = median(d, n); /* which sorts them */
	crossover_rank(n, &rank);
	pt->low = d[rank - 1];
	pt->high = d[n - rank];
	pt->sign = pt->low > 0 || pt->high < 0 ? sign_of(pt->diff) : CROSSOVER_NOISE;
}

/* ---- one change ---------------------------------------------------------- */

struct search {
	const struct crossover_options *o;
	struct crossover *out;
	struct crossover_pair *pair; /* of the scan, seeds of a point together */
};

/* One seed's own crossing lies in (from, to]; equal: it is known. */
struct bracket {
	uint64_t from, to;
};

static bool is_over(const struct crossover_pair *p, enum crossover_sign sign)
{
	return p->has && sign_of(difference(p)) == sign;
}

static uint64_t distance(unsigned int i, unsigned int from, unsigned int to)
{
	return i < from ? from - i : i >= to ? i - to + 1 : 0;
}

/*
 * Where the seed alone has the change that all together have between the points @from
 * and @to: the nearest such change of its own.
 */
static struct bracket bracket_of(const struct search *k, unsigned int seed, unsigned int from,
				 unsigned int to, enum crossover_sign sign)
{
	const unsigned int n = k->o->nr_seeds, last = k->o->nr_scan - 1;
	struct bracket b = { CROSSOVER_BEYOND, CROSSOVER_BEYOND };
	uint64_t best = UINT64_MAX;

	if (is_over(&k->pair[seed], sign))
		b = (struct bracket){ CROSSOVER_BEFORE, CROSSOVER_BEFORE };
	for (unsigned int i = 0; i < last; i++) {
		if (is_over(&k->pair[i * n + seed], sign) ||
		    !is_over(&k->pair[(i + 1) * n + seed], sign))
			continue;
		if (distance(i, from, to) >= best)
			continue;
		best = distance(i, from, to);
		b = (struct bracket){ k->o->scan[i], k->o->scan[i + 1] };
	}
	return b;
}

static bool is_narrow(const struct bracket *b)
{
	uint64_t gap = b->to - b->from;

	return gap <= 1 || gap <= b->from / 64;
}

/* All seeds' bisections together, so that each round is one batch of runs. */
static int narrow(struct search *k, struct bracket *b, enum crossover_sign sign, struct err *err)
{
	const unsigned int n = k->o->nr_seeds;
	struct crossover_pair *want = calloc(n, sizeof(*want));
	int ret = want ? 0 : err_set(err, ERR_NOMEM, "out of memory");

	while (!ret) {
		size_t nr = 0;

		for (unsigned int s = 0; s < n; s++)
			if (!is_narrow(&b[s])) {
				want[nr].x = b[s].from + (b[s].to - b[s].from) / 2;
				want[nr++].seed = s;
			}
		if (!nr)
			break;
		ret = k->o->measure(k->o->priv, want, nr, err);
		k->out->nr_runs += 2 * nr;
		for (size_t i = 0; !ret && i < nr; i++) {
			struct bracket *one = &b[want[i].seed];

			if (!want[i].has)
				ret = err_set(err, ERR_USAGE, "%s", want[i].why);
			else if (is_over(&want[i], sign))
				one->to = want[i].x;
			else
				one->from = want[i].x;
		}
	}
	free(want);
	return ret;
}

/* The middle of two places, either of which may be out of the range. */
static uint64_t middle(uint64_t a, uint64_t b)
{
	if (a == CROSSOVER_BEFORE || b == CROSSOVER_BEYOND)
		return a == CROSSOVER_BEFORE ? a : b;
	return a + (b - a) / 2;
}

static int one_change(struct search *k, unsigned int from, unsigned int to, struct err *err)
{
	const unsigned int n = k->o->nr_seeds;
	struct crossover_change *c = &k->out->change[k->out->nr_changes];
	struct bracket b[CROSSOVER_MAX_SEEDS];
	unsigned int rank;
	int ret = 0;

	c->from = k->out->point[from].x;
	c->to = k->out->point[to].x;
	c->sign = k->out->point[to].sign;
	for (unsigned int s = 0; s < n; s++)
		b[s] = bracket_of(k, s, from, to, c->sign);
	if (k->o->refine)
		ret = narrow(k, b, c->sign, err);
	if (ret)
		return ret;
	for (unsigned int s = 0; s < n; s++)
		c->seed[s] = b[s].to;
	qsort(c->seed, n, sizeof(c->seed[0]), cmp_u64);
	k->out->seeds_differ |= c->seed[0] != c->seed[n - 1];
	crossover_rank(n, &rank);
	c->at = middle(c->seed[(n - 1) / 2], c->seed[n / 2]);
	c->low = c->seed[rank - 1];
	c->high = c->seed[n - rank];
	k->out->nr_changes++;
	return 0;
}

/* ---- all ----------------------------------------------------------------- */

static bool differ(const struct crossover_pair *p, unsigned int n)
{
	for (unsigned int s = 1; s < n; s++)
		if (p[s].a != p[0].a || p[s].b != p[0].b)
			return true;
	return false;
}

static int scan(struct search *k, struct err *err)
{
	const struct crossover_options *o = k->o;
	const size_t nr = (size_t)o->nr_scan * o->nr_seeds;
	unsigned int with = 0;
	int ret;

	k->pair = calloc(nr, sizeof(*k->pair));
	k->out->point = calloc(o->nr_scan, sizeof(*k->out->point));
	if (!k->pair || !k->out->point)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < nr; i++) {
		k->pair[i].x = o->scan[i / o->nr_seeds];
		k->pair[i].seed = (unsigned int)(i % o->nr_seeds);
	}
	ret = o->measure(o->priv, k->pair, nr, err);
	if (ret)
		return ret;
	k->out->nr_runs = 2 * nr;
	k->out->nr_points = o->nr_scan;
	for (unsigned int i = 0; i < o->nr_scan; i++) {
		judge(&k->out->point[i], &k->pair[(size_t)i * o->nr_seeds], o->nr_seeds);
		with += k->out->point[i].has;
		k->out->seeds_differ |= differ(&k->pair[(size_t)i * o->nr_seeds], o->nr_seeds);
		k->out->nr_noise += k->out->point[i].has && !k->out->point[i].sign;
	}
	return with ? 0 : err_set(err, ERR_USAGE, "no point has a value: %s", k->out->point[0].why);
}

static int find_changes(struct search *k, struct err *err)
{
	struct crossover *out = k->out;
	int last = -1;

	for (unsigned int i = 0; i < out->nr_points; i++) {
		const struct crossover_point *p = &out->point[i];
		int ret;

		if (!p->has || !p->sign)
			continue;
		if (last >= 0 && out->point[last].sign != p->sign &&
		    out->nr_changes < CROSSOVER_MAX_CHANGES) {
			ret = one_change(k, (unsigned int)last, i, err);
			if (ret)
				return ret;
		}
		last = (int)i;
		out->sign = p->sign;
	}
	return 0;
}

int crossover_find(const struct crossover_options *o, struct crossover *out, struct err *err)
{
	struct search k = { .o = o, .out = out };
	unsigned int rank;
	int ret;

	memset(out, 0, sizeof(*out));
	if (o->nr_scan < 2 || o->nr_scan > CROSSOVER_MAX_POINTS)
		return err_set(err, ERR_USAGE, "want 2 to %d points, have %u", CROSSOVER_MAX_POINTS,
			       o->nr_scan);
	if (!o->nr_seeds || o->nr_seeds > CROSSOVER_MAX_SEEDS)
		return err_set(err, ERR_USAGE, "want 1 to %d seeds, have %u", CROSSOVER_MAX_SEEDS,
			       o->nr_seeds);
	out->nr_seeds = o->nr_seeds;
	out->confidence_permille = crossover_rank(o->nr_seeds, &rank);
	ret = scan(&k, err);
	if (!ret)
		ret = find_changes(&k, err);
	free(k.pair);
	if (ret)
		crossover_fini(out);
	return ret;
}

void crossover_fini(struct crossover *c)
{
	free(c->point);
	c->point = NULL;
}
