// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rank-sum test, Hodges-Lehmann shift with its interval, Holm's correction. The
 * interval is that of the untied distribution also where values tie, which makes it
 * wider, never narrower. Formulas: Hollander and Wolfe, Nonparametric Statistical
 * Methods, ch. 4.
 */
#include "rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_BELOW 50
#define LEVEL	    0.05
#define LEVEL_Z	    1.959963984540054 /* the normal quantile of 1 - LEVEL / 2 */

struct ranked {
	int64_t value;
	bool second;
	uint32_t twice; /* the rank doubled: ties have the mean of theirs */
};

static int cmp_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

static int cmp_i64(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int cmp_double(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Ranks from 1; the sum over the ties of t^3 - t. */
static double rank_all(struct ranked *r, size_t nr)
{
	double ties = 0;

	qsort(r, nr, sizeof(*r), cmp_ranked);
	for (size_t i = 0, end; i < nr; i = end) {
		double t;

		for (end = i + 1; end < nr && r[end].value == r[i].value;)
			end++;
		for (size_t k = i; k < end; k++)
			r[k].twice = (uint32_t)(i + 1 + end);
		t = (double)(end - i);
		ties += t * t * t - t;
	}
	return ties;
}

/*
 * In how many ways @pick of the @nr numbers in @w sum to each of 0 … *@top, an array
 * of *@top + 1 to be freed; NULL without memory.
 */
static double *rank_ways(const uint32_t *w, size_t nr, size_t pick, size_t *top)
{
	double *ways, *last;
	size_t sum = 0;

	for (size_t i = 0; i < nr; i++)
		sum += w[i];
	ways = calloc((pick + 1) * (sum + 1), sizeof(*ways));
	if (!ways)
		return NULL;
	ways[0] = 1;
	for (size_t i = 0; i < nr; i++) {
		for (size_t j = i + 1 < pick ? i + 1 : pick; j > 0; j--) {
			double *to = ways + j * (sum + 1), *from = to - (sum + 1);

			for (size_t s = w[i]; s <= sum; s++)
				to[s] += from[s - w[i]];
		}
	}
	*top = sum;
	last = malloc((sum + 1) * sizeof(*last));
	if (last)
		memcpy(last, ways + pick * (sum + 1), (sum + 1) * sizeof(*last));
	free(ways);
	return last;
}

/* The exact two-sided p of the doubled rank sum @have of @pick values; -1: no memory. */
static double rank_exact_p(const struct ranked *r, size_t nr, size_t pick, size_t have)
{
	uint32_t w[2 * EXACT_BELOW];
	double below = 0, above = 0, all = 0, *ways, p;
	size_t top;

	for (size_t i = 0; i < nr; i++)
		w[i] = r[i].twice;
	ways = rank_ways(w, nr, pick, &top);
	if (!ways)
		return -1;
	for (size_t s = 0; s <= top; s++) {
		all += ways[s];
		below += s <= have ? ways[s] : 0;
		above += s >= have ? ways[s] : 0;
	}
	free(ways);
	p = 2 * (below < above ? below : above) / all;
	return p < 1 ? p : 1;
}

static double rank_normal_p(size_t nr_a, size_t nr_b, double ties, double sum_b)
{
	double a = (double)nr_a, b = (double)nr_b, n = a + b;
	double var = a * b / 12 * (n + 1 - ties / (n * (n - 1)));
	double off = fabs(sum_b - b * (n + 1) / 2) - 0.5;

	if (var <= 0 || off <= 0)
		return 1;
	return erfc(off / sqrt(2 * var));
}

/*
 * Which of the sorted differences, counted from 1, is the lower end; 0: none is far
 * enough out for the level. The upper is as far from the other end.
 */
static long rank_end(size_t nr_a, size_t nr_b)
{
	double a = (double)nr_a, b = (double)nr_b, all = 0, below = 0, *ways;
	uint32_t w[2 * EXACT_BELOW];
	size_t top, least = nr_b * (nr_b + 1) / 2, end = 0;

	if (nr_a >= EXACT_BELOW || nr_b >= EXACT_BELOW)
		return (long)floor(a * b / 2 - LEVEL_Z * sqrt(a * b * (a + b + 1) / 12));
	for (size_t i = 0; i < nr_a + nr_b; i++)
		w[i] = (uint32_t)(i + 1);
	ways = rank_ways(w, nr_a + nr_b, nr_b, &top);
	if (!ways)
		return -1;
	for (size_t s = 0; s <= top; s++)
		all += ways[s];
	/* The largest count of differences that has at most half the level below it. */
	for (; least + end <= top; end++) {
		below += ways[least + end];
		if (2 * below / all > LEVEL)
			break;
	}
	free(ways);
	return (long)end;
}

static int rank_interval(const int64_t *a, size_t nr_a, const int64_t *b, size_t nr_b,
			 struct rank_shift *out, struct err *err)
{
	size_t nr = nr_a * nr_b;
	double *d = malloc(nr * sizeof(*d));
	long end = rank_end(nr_a, nr_b);
	int64_t more = 0;

	if (!d || end < 0) {
		free(d);
		return err_set(err, ERR_NOMEM, "out of memory");
	}
	for (size_t i = 0; i < nr_a; i++) {
		for (size_t k = 0; k < nr_b; k++) {
			d[i * nr_b + k] = (double)b[k] - (double)a[i];
			more += (b[k] > a[i]) - (b[k] < a[i]);
		}
	}
	qsort(d, nr, sizeof(*d), cmp_double);
	out->shift = (d[(nr - 1) / 2] + d[nr / 2]) / 2;
	out->effect = (double)more / (double)nr;
	out->has_interval = end > 0;
	if (end > 0) {
		out->low = d[end - 1];
		out->high = d[nr - (size_t)end];
	}
	free(d);
	return 0;
}

int rank_compare(const int64_t *a, size_t nr_a, const int64_t *b, size_t nr_b,
		 struct rank_shift *out, struct err *err)
{
	struct ranked *r;
	size_t sum = 0;
	double ties;

	memset(out, 0, sizeof(*out));
	if (!nr_a || !nr_b || nr_a > RANK_MAX || nr_b > RANK_MAX)
		return err_set(err, ERR_USAGE, "want samples of 1 to %d values, have %zu and %zu",
			       RANK_MAX, nr_a, nr_b);
	r = calloc(nr_a + nr_b, sizeof(*r));
	if (!r)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < nr_a + nr_b; i++) {
		r[i].second = i >= nr_a;
		r[i].value = r[i].second ? b[i - nr_a] : a[i];
	}
	ties = rank_all(r, nr_a + nr_b);
	for (size_t i = 0; i < nr_a + nr_b; i++)
		sum += r[i].second ? r[i].twice : 0;
	out->exact = nr_a < EXACT_BELOW && nr_b < EXACT_BELOW;
	out->p = out->exact ? rank_exact_p(r, nr_a + nr_b, nr_b, sum)
			    : rank_normal_p(nr_a, nr_b, ties, (double)sum / 2);
	free(r);
	if (out->p < 0)
		return err_set(err, ERR_NOMEM, "out of memory");
	return rank_interval(a, nr_a, b, nr_b, out, err);
}

double rank_median(int64_t *v, size_t nr)
{
	if (!nr)
		return 0;
	qsort(v, nr, sizeof(*v), cmp_i64);
	return ((double)v[(nr - 1) / 2] + (double)v[nr / 2]) / 2;
}

struct holm {
	double p;
	size_t at;
};

static int cmp_holm(const void *a, const void *b)
{
	const struct holm *x = a, *y = b;

	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

int rank_holm(double *p, size_t nr, struct err *err)
{
	struct holm *h = calloc(nr ? nr : 1, sizeof(*h));
	double most = 0;

	if (!h)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < nr; i++)
		h[i] = (struct holm){ p[i], i };
	qsort(h, nr, sizeof(*h), cmp_holm);
	for (size_t i = 0; i < nr; i++) {
		double v = h[i].p * (double)(nr - i);

		most = v > most ? v : most;
		p[h[i].at] = most < 1 ? most : 1;
	}
	free(h);
	return 0;
}
