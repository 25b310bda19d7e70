// SPDX-License-Identifier: GPL-2.0-or-later
/* Order of events, wake-ups, ends of a run; and the tree against the scan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "des.h"

#define MAX_LOG 4096

struct world {
	struct des *des;
	struct des_actor *actors;
	unsigned int nr;
	uint64_t log[MAX_LOG];
	unsigned int nr_log;
	uint64_t seed;
};

static unsigned int divisions;

/* None, all, and everything in between, in turn. */
static unsigned int first_of(unsigned int nr)
{
	return divisions++ % (nr + 1);
}

static void world_open(struct world *w, unsigned int nr, uint64_t explore, bool reference)
{
	memset(w, 0, sizeof(*w));
	w->nr = nr;
	/* Any division into busy and other actors gives the same order. */
	w->des = des_create(nr, first_of(nr), explore, reference);
	w->actors = calloc(nr, sizeof(*w->actors));
	assert_non_null(w->des);
	assert_non_null(w->actors);
	for (unsigned int i = 0; i < nr; i++)
		des_attach(w->des, &w->actors[i], i);
}

static void world_close(struct world *w)
{
	des_destroy(w->des);
	free(w->actors);
}

static void note(struct world *w, const struct des_actor *a)
{
	assert_true(w->nr_log < MAX_LOG);
	w->log[w->nr_log++] = a->clock->now << 12 | a->id;
}

static void strides(struct des_actor *a, void *arg)
{
	struct world *w = arg;

	for (unsigned int i = 0; i < 10; i++) {
		a->clock->now += 3 + a->id % 5;
		des_settle(a);
		note(w, a);
	}
}

static void in_order_of_time_then_rank(void **state)
{
	struct world w;

	for (unsigned int nr = 1; nr < 100; nr += 7) {
		world_open(&w, nr, 0, nr & 2);
		for (unsigned int i = 0; i < nr; i++)
			assert_true(des_spawn(&w.actors[i], strides, &w));
		assert_int_equal(des_run(w.des), DES_ALL_DONE);
		assert_int_equal(w.nr_log, nr * 10);
		for (unsigned int i = 1; i < w.nr_log; i++)
			assert_true(w.log[i - 1] < w.log[i]);
		world_close(&w);
	}
}

static void explore_permutes_ties_only(void **state)
{
	uint64_t seen = 0;

	for (uint64_t explore = 0; explore < 20; explore++) {
		struct world w;
		unsigned int hits[16] = { 0 };

		world_open(&w, 16, explore, false);
		for (unsigned int i = 0; i < 16; i++) {
			hits[w.actors[i].rank]++;
			des_spawn(&w.actors[i], strides, &w);
		}
		for (unsigned int i = 0; i < 16; i++)
			assert_int_equal(hits[i], 1);
		assert_int_equal(des_run(w.des), DES_ALL_DONE);
		for (unsigned int i = 1; i < w.nr_log; i++)
			assert_true(w.log[i - 1] >> 12 <= w.log[i] >> 12);
		if (!explore)
			assert_int_equal(w.actors[5].rank, 5);
		seen |= UINT64_C(1) << w.actors[0].rank;
		world_close(&w);
	}
	assert_true(__builtin_popcountll(seen) > 5);
}

static uint64_t rnd(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* Advance, sleep, block, or move somebody who is away. */
static void wild(struct des_actor *a, void *arg)
{
	struct world *w = arg;
	uint64_t s = w->seed * 1000 + a->id + 1;

	for (unsigned int i = 0; i < 20; i++) {
		struct des_actor *other = &w->actors[rnd(&s) % w->nr];
		uint64_t at;

		a->clock->now += rnd(&s) % 50;
		des_settle(a);
		note(w, a);
		switch (rnd(&s) % 4) {
		case 0:
			des_sleep(a, VT_PS(a->clock->now + rnd(&s) % 200));
			a->clock->now = a->woke;
			break;
		case 1:
			des_sleep(a, VT_NEVER);
			a->clock->now = a->woke;
			break;
		default:
			at = a->clock->now + rnd(&s) % 20;
			if (other->state == DES_BLOCKED)
				des_rekey(other,
					  VT_PS(at < other->clock->now ? other->clock->now : at));
			break;
		}
		note(w, a);
	}
}

static void wild_run(struct world *w, unsigned int nr, uint64_t seed, uint64_t explore,
		     bool reference)
{
	world_open(w, nr, explore, reference);
	w->seed = seed;
	for (unsigned int i = 0; i < nr; i++)
		des_spawn(&w->actors[i], wild, w);
	/* Wake whoever is blocked when nobody can run; none are left in the end. */
	while (des_run(w->des) == DES_NOBODY) {
		for (unsigned int i = 0; i < nr; i++) {
			if (w->actors[i].state == DES_BLOCKED)
				des_rekey(&w->actors[i], VT_PS(w->actors[i].clock->now + 100000));
		}
	}
	assert_int_equal(w->des->nr_live, 0);
}

static void tree_equals_scan(void **state)
{
	for (uint64_t seed = 1; seed < 300; seed++) {
		struct world a, b;
		unsigned int nr = 1 + (unsigned int)(seed % 64);

		wild_run(&a, nr, seed, seed % 3, false);
		wild_run(&b, nr, seed, seed % 3, true);
		assert_int_equal(a.nr_log, nr * 40);
		assert_int_equal(a.nr_log, b.nr_log);
		assert_memory_equal(a.log, b.log, a.nr_log * sizeof(a.log[0]));
		assert_true(a.des->switches <= b.des->switches);
		world_close(&a);
		world_close(&b);
	}
}

static void forever(struct des_actor *a, void *arg)
{
	for (;;) {
		a->clock->now += VT_MAX_RUN.ps / 10;
		des_settle(a);
	}
}

static void sleeps_too_long(struct des_actor *a, void *arg)
{
	des_sleep(a, VT_PS(VT_MAX_RUN.ps + 1));
}

static void stops(struct des_actor *a, void *arg)
{
	a->clock->now += 5;
	des_settle(a);
	des_stop(a->des);
}

static void sleeps_long(struct des_actor *a, void *arg)
{
	des_sleep(a, VT_MAX_RUN);
	a->clock->now = a->woke;
}

static void ends(void **state)
{
	struct world w;

	for (unsigned int reference = 0; reference < 2; reference++) {
		world_open(&w, 2, 0, reference);
		des_spawn(&w.actors[1], forever, &w);
		assert_int_equal(des_run(w.des), DES_OVERFLOW);
		assert_ptr_equal(w.des->overflowed, &w.actors[1]);
		world_close(&w);

		world_open(&w, 2, 0, reference);
		des_spawn(&w.actors[0], sleeps_too_long, &w);
		assert_int_equal(des_run(w.des), DES_OVERFLOW);
		world_close(&w);

		world_open(&w, 2, 0, reference);
		des_spawn(&w.actors[0], forever, &w);
		des_spawn(&w.actors[1], stops, &w);
		assert_int_equal(des_run(w.des), DES_STOPPED);
		world_close(&w);

		/* The last moment there is. */
		world_open(&w, 2, 0, reference);
		des_spawn(&w.actors[0], sleeps_long, &w);
		des_spawn(&w.actors[1], strides, &w);
		assert_int_equal(des_run(w.des), DES_ALL_DONE);
		assert_int_equal(w.actors[0].clock->now, VT_MAX_RUN.ps);
		world_close(&w);
	}
	assert_null(des_create(0, 0, 0, false));
	assert_null(des_create(DES_MAX_ACTORS + 1, 1, 0, false));
	assert_null(des_create(3, 4, 0, false));
}

static void deep(unsigned int n, volatile char *sum)
{
	volatile char frame[1024];

	frame[n & 1023] = (char)n;
	*sum = (char)(*sum + frame[n & 1023]);
	if (n)
		deep(n - 1, sum);
}

static void digs(struct des_actor *a, void *arg)
{
	volatile char sum = 0;
	double x = 1.5 + a->id;

	for (unsigned int i = 0; i < 20; i++) {
		deep(48, &sum);
		a->clock->now += 10;
		des_settle(a);
		x = x * 1.25 - 0.25;
	}
	*(double *)arg += x;
}

static void stacks_hold_50_kib(void **state)
{
	struct world w;
	double total = 0, want = 0;

	world_open(&w, 3, 0, false);
	for (unsigned int i = 0; i < 3; i++) {
		double x = 1.5 + i;

		for (unsigned int k = 0; k < 20; k++)
			x = x * 1.25 - 0.25;
		want += x;
		des_spawn(&w.actors[i], digs, &total);
	}
	assert_int_equal(des_run(w.des), DES_ALL_DONE);
	assert_true(total == want);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_of_time_then_rank),
		cmocka_unit_test(explore_permutes_ties_only),
		cmocka_unit_test(tree_equals_scan),
		cmocka_unit_test(ends),
		cmocka_unit_test(stacks_hold_50_kib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
