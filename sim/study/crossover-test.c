// SPDX-License-Identifier: GPL-2.0-or-later
/* Curves whose crossings are known. */
#include "test-util.h"

#include "crossover.h"

/* B less A at @x for @seed. */
struct curve {
	int64_t (*diff)(uint64_t x, unsigned int seed);
	unsigned int nr_asked;
	uint64_t lacks; /* there is no value at this x; 0: always */
};

static int measure(void *priv, struct crossover_pair *p, size_t nr, struct err *err)
{
	struct curve *c = priv;

	for (size_t i = 0; i < nr; i++) {
		p[i].has = !c->lacks || p[i].x != c->lacks;
		if (!p[i].has)
			snprintf(p[i].why, sizeof(p[i].why), "not here");
		p[i].a = 1000000;
		p[i].b = 1000000 + c->diff(p[i].x, p[i].seed);
		c->nr_asked++;
	}
	return 0;
}

static void find(struct crossover *out, struct curve *c, uint64_t from, uint64_t to,
		 unsigned int seeds, bool refine)
{
	uint64_t scan[64];
	struct crossover_options o = {
		.scan = scan, .nr_seeds = seeds, .measure = measure, .priv = c, .refine = refine
	};
	struct err err;

	o.nr_scan = crossover_scan(from, to, scan, 64);
	assert_int_equal(crossover_find(&o, out, &err), 0);
	assert_int_equal(out->nr_runs, 2 * c->nr_asked);
}

/* Each seed crosses at 40 + seed: there and after B is more. */
static int64_t at_forty(uint64_t x, unsigned int seed)
{
	return x < 40 + seed ? -100 : 100;
}

static void test_one(void **state)
{
	struct curve c = { at_forty, 0, 0 };
	struct crossover out;

	find(&out, &c, 1, 256, 7, true);
	assert_int_equal(out.nr_changes, 1);
	assert_int_equal(out.confidence_permille, 984);
	assert_true(out.seeds_differ);
	assert_int_equal(out.change[0].from, 32);
	assert_int_equal(out.change[0].to, 64);
	assert_int_equal(out.change[0].sign, CROSSOVER_MORE);
	for (unsigned int s = 0; s < 7; s++)
		assert_int_equal(out.change[0].seed[s], 40 + s);
	assert_int_equal(out.change[0].at, 43);
	assert_int_equal(out.change[0].low, 40);
	assert_int_equal(out.change[0].high, 46);
	assert_int_equal(out.nr_noise, 0);
	crossover_fini(&out);
}

static void test_not_refined(void **state)
{
	struct curve c = { at_forty, 0, 0 };
	struct crossover out;

	find(&out, &c, 1, 256, 3, false);
	assert_int_equal(c.nr_asked, 9 * 3);
	assert_int_equal(out.nr_changes, 1);
	assert_int_equal(out.change[0].at, 64);
	crossover_fini(&out);
}

static int64_t never(uint64_t x, unsigned int seed)
{
	return -1 - (int64_t)seed;
}

static int64_t tie(uint64_t x, unsigned int seed)
{
	return 0;
}

/* As often one as the other, everywhere. */
static int64_t noise(uint64_t x, unsigned int seed)
{
	return seed & 1 ? 50 : -50;
}

static void test_none(void **state)
{
	struct curve c = { never, 0, 0 }, t = { tie, 0, 0 }, n = { noise, 0, 0 };
	struct crossover out;

	find(&out, &c, 1, 100, 5, true);
	assert_int_equal(out.nr_changes, 0);
	assert_int_equal(out.sign, CROSSOVER_LESS);
	assert_int_equal(out.nr_points, 8);
	assert_int_equal(out.point[7].x, 100);
	crossover_fini(&out);
	find(&out, &t, 1, 100, 5, true);
	assert_int_equal(out.sign, CROSSOVER_NOISE);
	assert_int_equal(out.nr_noise, 8);
	crossover_fini(&out);
	find(&out, &n, 1, 100, 6, true);
	assert_int_equal(out.nr_changes, 0);
	assert_int_equal(out.sign, CROSSOVER_NOISE);
	assert_int_equal(out.point[0].low, -50);
	assert_int_equal(out.point[0].high, 50);
	crossover_fini(&out);
}

/* Less, more from 10, less again from 100: not to be taken for none. */
static int64_t there_and_back(uint64_t x, unsigned int seed)
{
	return x < 10 || x >= 100 ? -7 : 7;
}

static void test_several(void **state)
{
	struct curve c = { there_and_back, 0, 0 };
	struct crossover out;

	find(&out, &c, 1, 512, 6, true);
	assert_int_equal(out.nr_changes, 2);
	assert_false(out.seeds_differ);
	assert_int_equal(out.change[0].at, 10);
	assert_int_equal(out.change[1].at, 100);
	assert_int_equal(out.change[1].sign, CROSSOVER_LESS);
	crossover_fini(&out);
}

/* Of eleven seeds one never crosses, and one has from the beginning. */
static int64_t some_do_not(uint64_t x, unsigned int seed)
{
	if (seed == 3)
		return -5;
	return seed == 7 || x >= 20 ? 5 : -5;
}

static void test_outside(void **state)
{
	struct curve c = { some_do_not, 0, 0 };
	struct crossover out;

	find(&out, &c, 1, 64, 11, true);
	assert_int_equal(out.nr_changes, 1);
	assert_int_equal(out.change[0].seed[0], CROSSOVER_BEFORE);
	assert_int_equal(out.change[0].seed[10], CROSSOVER_BEYOND);
	assert_int_equal(out.change[0].at, 20);
	/* 2nd to 10th of eleven. */
	assert_int_equal(out.change[0].low, 20);
	assert_int_equal(out.change[0].high, 20);
	crossover_fini(&out);
}

/* Between 16 and 64 it is noise: the crossing is said to lie between what is not. */
static int64_t through_noise(uint64_t x, unsigned int seed)
{
	if (x <= 16 || x >= 64)
		return x <= 16 ? -9 : 9;
	return seed & 1 ? 9 : -9;
}

static void test_through_noise(void **state)
{
	struct curve c = { through_noise, 0, 0 };
	struct crossover out;

	find(&out, &c, 1, 256, 8, true);
	assert_int_equal(out.nr_changes, 1);
	assert_int_equal(out.nr_noise, 1);
	assert_int_equal(out.change[0].from, 16);
	assert_int_equal(out.change[0].to, 64);
	assert_int_equal(out.change[0].low, 17);
	assert_int_equal(out.change[0].high, 64);
	crossover_fini(&out);
}

static void test_lacking(void **state)
{
	struct curve c = { at_forty, 0, 64 };
	uint64_t scan[2] = { 1, 64 };
	struct crossover_options o = {
		.scan = scan, .nr_scan = 2, .nr_seeds = 1, .measure = measure, .priv = &c
	};
	struct crossover out;
	struct err err;

	find(&out, &c, 1, 256, 7, false);
	assert_false(out.point[6].has);
	assert_string_equal(out.point[6].why, "not here");
	assert_int_equal(out.change[0].to, 128);
	crossover_fini(&out);
	o.nr_scan = 1;
	assert_int_equal(crossover_find(&o, &out, &err), ERR_USAGE);
	o.nr_scan = 2;
	o.nr_seeds = 61;
	assert_int_equal(crossover_find(&o, &out, &err), ERR_USAGE);
	o.nr_seeds = 1;
	scan[0] = scan[1];
	assert_int_equal(crossover_find(&o, &out, &err), ERR_USAGE);
	assert_non_null(strstr(err.msg, "not here"));
}

/* Tables of the sign test, as in any book. */
static void test_rank(void **state)
{
	static const struct {
		unsigned int n, rank, permille;
	} table[] = {
		{ 1, 1, 0 },	{ 2, 1, 500 },	 { 3, 1, 750 },	  { 5, 1, 937 },  { 6, 1, 968 },
		{ 7, 1, 984 },	{ 8, 1, 992 },	 { 9, 2, 960 },	  { 12, 3, 961 }, { 15, 4, 964 },
		{ 20, 6, 958 }, { 30, 10, 957 }, { 60, 22, 972 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		unsigned int rank, permille = crossover_rank(table[i].n, &rank);

		assert_int_equal(rank, table[i].rank);
		assert_int_equal(permille, table[i].permille);
	}
}

static void test_scan(void **state)
{
	uint64_t x[80];

	assert_int_equal(crossover_scan(1, 256, x, 80), 9);
	assert_int_equal(x[8], 256);
	assert_int_equal(crossover_scan(0, 5, x, 80), 5);
	assert_int_equal(x[1], 1);
	assert_int_equal(x[4], 5);
	assert_int_equal(crossover_scan(3, 4, x, 80), 2);
	assert_int_equal(crossover_scan(1, UINT64_MAX, x, 80), 65);
	assert_int_equal(crossover_scan(1, 256, x, 8), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),	cmocka_unit_test(test_not_refined),
		cmocka_unit_test(test_none),	cmocka_unit_test(test_several),
		cmocka_unit_test(test_outside), cmocka_unit_test(test_through_noise),
		cmocka_unit_test(test_lacking), cmocka_unit_test(test_rank),
		cmocka_unit_test(test_scan),
	};

	return cmocka_run_group_tests_name("crossover", tests, tu_setup, tu_teardown);
}
