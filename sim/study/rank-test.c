// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Against R 4.2.2, wilcox.test(b, a, conf.int = TRUE) and p.adjust(p, "holm"), and
 * with ties, of which R has no exact p, against all ways to deal the values.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rank.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))

static void near(double have, double want)
{
	if (fabs(have - want) > 1e-10 * (1 + fabs(want)))
		fail_msg("want %.13g, have %.13g", want, have);
}

struct known {
	int64_t a[12], b[12];
	size_t nr_a, nr_b;
	double p, shift, low, high;
};

static const struct known known[] = {
	/* Permeability of two membranes: Hollander and Wolfe, table 4.1, in hundredths. */
	{ { 80, 83, 189, 104, 145, 138, 191, 164, 73, 146 },
	  { 115, 88, 90, 74, 121 },
	  10,
	  5,
	  0.254412254412,
	  -30.5,
	  -76,
	  15 },
	{ { 1010, 1023, 998, 1041, 1017, 1005, 1032, 1029, 1013 },
	  { 1052, 1044, 1061, 1019, 1075, 1038, 1057, 1049, 1066 },
	  9,
	  9,
	  0.000781571369807,
	  34,
	  16,
	  49 },
	{ { 1, 2, 3, 4 }, { 5, 6, 7, 8 }, 4, 4, 0.0285714285714, 4, 1, 7 },
	{ { 10, 20, 30, 40 }, { 25, 35, 90, 100 }, 4, 4, 0.2, 37.5, -15, 90 },
	{ { 11, 27, 3, 45, 19, 33, 8 },
	  { 12, 28, 4, 46, 20, 34, 9, 50, 2 },
	  7,
	  9,
	  0.757692307692,
	  1,
	  -17,
	  23 },
};

static void small_samples_as_r(void **state)
{
	for (size_t i = 0; i < NR(known); i++) {
		const struct known *k = &known[i];
		struct rank_shift s;

		assert_int_equal(rank_compare(k->a, k->nr_a, k->b, k->nr_b, &s, NULL), 0);
		assert_true(s.exact && s.has_interval);
		near(s.p, k->p);
		near(s.shift, k->shift);
		near(s.low, k->low);
		near(s.high, k->high);
	}
}

/* R solves for the interval where it takes the normal distribution, and lands beside. */
static void large_samples_as_r(void **state)
{
	int64_t a[60], b[55];
	struct rank_shift s;

	for (int i = 0; i < 60; i++)
		a[i] = (i + 1) * 37 % 101;
	for (int i = 0; i < 55; i++)
		b[i] = (i + 1) * 29 % 103 + 9;
	assert_int_equal(rank_compare(a, 60, b, 55, &s, NULL), 0);
	assert_false(s.exact);
	near(s.p, 0.100302626749);
	near(s.shift, 10);
	near(s.low, -2);
	near(s.high, 21);
}

/* How often the second is larger, doubled, ties once. */
static int64_t wins(const int64_t *a, size_t nr_a, const int64_t *b, size_t nr_b)
{
	int64_t n = 0;

	for (size_t i = 0; i < nr_a; i++)
		for (size_t k = 0; k < nr_b; k++)
			n += 2 * (b[k] > a[i]) + (b[k] == a[i]);
	return n;
}

static double dealt_p(const int64_t *v, size_t nr_a, size_t nr_b)
{
	const int64_t have = wins(v, nr_a, v + nr_a, nr_b);
	size_t nr = nr_a + nr_b, below = 0, above = 0, all = 0;

	for (unsigned int deal = 0; deal < 1u << nr; deal++) {
		int64_t a[16], b[16], n;
		size_t at_a = 0, at_b = 0;

		if ((size_t)__builtin_popcount(deal) != nr_b)
			continue;
		for (size_t i = 0; i < nr; i++)
			if (deal >> i & 1)
				b[at_b++] = v[i];
			else
				a[at_a++] = v[i];
		n = wins(a, nr_a, b, nr_b);
		all++;
		below += n <= have;
		above += n >= have;
	}
	return fmin(1, 2 * (double)(below < above ? below : above) / (double)all);
}

static void ties_as_all_deals(void **state)
{
	uint64_t seed = 42;

	for (int round = 0; round < 60; round++) {
		size_t nr_a = 1 + (size_t)round % 6, nr_b = 1 + (size_t)round / 6 % 6;
		struct rank_shift s;
		int64_t v[12];

		for (size_t i = 0; i < nr_a + nr_b; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
			v[i] = (int64_t)(seed >> 60) % 5;
		}
		assert_int_equal(rank_compare(v, nr_a, v + nr_a, nr_b, &s, NULL), 0);
		near(s.p, dealt_p(v, nr_a, nr_b));
	}
}

static void too_few_for_an_interval(void **state)
{
	static const int64_t a[] = { 1, 2, 3 }, b[] = { 100, 101, 102 };
	struct rank_shift s;

	assert_int_equal(rank_compare(a, 3, b, 3, &s, NULL), 0);
	assert_false(s.has_interval);
	near(s.p, 0.1);
	near(s.effect, 1);
	assert_int_equal(rank_compare(a, 1, b, 1, &s, NULL), 0);
	near(s.p, 1);
}

static void equal_samples_do_not_differ(void **state)
{
	int64_t a[RANK_MAX];
	struct rank_shift s;

	for (size_t i = 0; i < NR(a); i++)
		a[i] = 7;
	assert_int_equal(rank_compare(a, 9, a, 9, &s, NULL), 0);
	near(s.p, 1);
	near(s.shift, 0);
	near(s.low, 0);
	near(s.high, 0);
	assert_int_equal(rank_compare(a, NR(a), a, NR(a), &s, NULL), 0);
	near(s.p, 1);
	near(s.effect, 0);
}

static void refuses_nothing_and_too_much(void **state)
{
	int64_t a[RANK_MAX + 1] = { 0 };
	struct rank_shift s;
	struct err err;

	assert_int_equal(rank_compare(a, 0, a, 3, &s, &err), ERR_USAGE);
	assert_int_equal(rank_compare(a, 3, a, NR(a), &s, &err), ERR_USAGE);
}

static void medians(void **state)
{
	int64_t odd[] = { 5, 1, 3 }, even[] = { 4, 1, 2, 9 };

	near(rank_median(odd, 3), 3);
	near(rank_median(even, 4), 3);
	near(rank_median(even, 0), 0);
}

static void holm_as_r(void **state)
{
	double p[] = { 0.01, 0.04, 0.03, 0.005 }, want[] = { 0.03, 0.06, 0.06, 0.02 };
	double q[] = { 0.2, 0.001, 0.04, 0.04, 0.9 }, want_q[] = { 0.4, 0.005, 0.16, 0.16, 0.9 };

	assert_int_equal(rank_holm(p, NR(p), NULL), 0);
	for (size_t i = 0; i < NR(p); i++)
		near(p[i], want[i]);
	assert_int_equal(rank_holm(q, NR(q), NULL), 0);
	for (size_t i = 0; i < NR(q); i++)
		near(q[i], want_q[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_samples_as_r),
		cmocka_unit_test(large_samples_as_r),
		cmocka_unit_test(ties_as_all_deals),
		cmocka_unit_test(too_few_for_an_interval),
		cmocka_unit_test(equal_samples_do_not_differ),
		cmocka_unit_test(refuses_nothing_and_too_much),
		cmocka_unit_test(medians),
		cmocka_unit_test(holm_as_r),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
