/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is recorded is what comes out: histogram, map and metrics. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "metrics-data.h"

static uint64_t rnd(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static int cmp_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void empty_histogram_says_zero(void **state)
{
	struct hist h;
	uint64_t a, b, c;
	unsigned int it = 0;

	hist_init(&h);
	assert_int_equal(hist_mean(&h), 0);
	assert_int_equal(hist_quantile(&h, 1, 2), 0);
	assert_false(hist_next(&h, &it, &a, &b, &c));
	hist_fini(&h);
}

static void edges_of_buckets(void **state)
{
	static const struct {
		uint64_t v, low, high;
	} t[] = {
		{ 0, 0, 0 },
		{ 127, 127, 127 },
		{ 128, 128, 129 },
		{ 129, 128, 129 },
		{ 255, 254, 255 },
		{ 256, 256, 259 },
		{ 259, 256, 259 },
		{ 1000000, 999424, 1007615 },
		{ UINT64_MAX, UINT64_C(0xfe00000000000000), UINT64_MAX },
		{ UINT64_C(1) << 63, UINT64_C(1) << 63, UINT64_C(0x81ffffffffffffff) },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uint64_t low = 0, high = 0, n = 0;
		unsigned int it = 0;
		struct hist h;

		hist_init(&h);
		assert_true(hist_record(&h, t[i].v));
		assert_true(hist_next(&h, &it, &low, &high, &n));
		assert_int_equal(low, t[i].low);
		assert_int_equal(high, t[i].high);
		assert_int_equal(n, 1);
		assert_false(hist_next(&h, &it, &low, &high, &n));
		assert_int_equal(hist_quantile(&h, 1, 2), t[i].v);
		hist_fini(&h);
	}
}

/* Against a sorted array: never below the true quantile, at most 1/64 above. */
static void quantiles_of_random_values(void **state)
{
	enum { N = 20000 };
	static uint64_t v[N];
	uint64_t s = 42, low, high, n, seen = 0, last = 0;
	unsigned __int128 sum = 0;
	unsigned int it = 0;
	struct hist h;

	hist_init(&h);
	for (int i = 0; i < N; i++) {
		v[i] = rnd(&s) >> (rnd(&s) % 60);
		sum += v[i];
		assert_true(hist_record(&h, v[i]));
	}
	qsort(v, N, sizeof(v[0]), cmp_u64);
	for (uint64_t q = 0; q <= 1000; q++) {
		uint64_t rank = q * N / 1000, truth = v[rank ? rank - 1 : 0];
		uint64_t got = hist_quantile(&h, q, 1000);

		assert_true(got >= truth);
		assert_true(got - truth <= truth / 64);
	}
	assert_int_equal(h.min, v[0]);
	assert_int_equal(h.max, v[N - 1]);
	assert_int_equal(hist_mean(&h), (uint64_t)((sum + N / 2) / N));
	while (hist_next(&h, &it, &low, &high, &n)) {
		assert_true(!seen || low > last);
		assert_true(low <= high);
		last = high;
		seen += n;
	}
	assert_int_equal(seen, N);
	hist_fini(&h);
}

/* Two bytes a bucket, but as many values as one likes. */
static void a_bucket_goes_over(void **state)
{
	enum { N = 3 * 65536 + 5 };
	uint64_t low, high, n = 0;
	struct hist h, more;
	unsigned int it = 0;

	hist_init(&h);
	hist_init(&more);
	assert_true(hist_record(&h, 5000));
	for (unsigned int i = 0; i < N; i++)
		assert_true(hist_record(&h, 1000));
	assert_true(hist_next(&h, &it, &low, &high, &n));
	assert_int_equal(n, N);
	assert_int_equal(hist_quantile(&h, 1, 2), high);
	assert_true(hist_next(&h, &it, &low, &high, &n));
	assert_int_equal(n, 1);
	assert_int_equal(h.count, N + 1);
	/* Twice that, in one that has neither bucket nor carry yet. */
	assert_true(hist_record(&more, 3));
	assert_true(hist_merge(&more, &h));
	assert_true(hist_merge(&more, &h));
	it = 0;
	assert_true(hist_next(&more, &it, &low, &high, &n));
	assert_int_equal(n, 1);
	assert_true(hist_next(&more, &it, &low, &high, &n));
	assert_int_equal(n, 2 * N);
	assert_true(hist_next(&more, &it, &low, &high, &n));
	assert_int_equal(n, 2);
	assert_int_equal(more.count, 2 * h.count + 1);
	hist_fini(&h);
	hist_fini(&more);
}

static void merge_is_recording_both(void **state)
{
	struct hist a, b, both;
	unsigned int ia = 0, ib = 0;
	uint64_t s = 7;

	hist_init(&a);
	hist_init(&b);
	hist_init(&both);
	for (int i = 0; i < 1000; i++) {
		uint64_t v = rnd(&s) >> (rnd(&s) % 50);

		hist_record(i % 3 ? &a : &b, v);
		hist_record(&both, v);
	}
	assert_true(hist_merge(&a, &b));
	assert_int_equal(a.count, both.count);
	assert_int_equal(a.min, both.min);
	assert_int_equal(a.max, both.max);
	assert_true(a.sum == both.sum);
	for (;;) {
		uint64_t x[3], y[3];
		bool more = hist_next(&both, &ib, &x[0], &x[1], &x[2]);

		assert_int_equal(hist_next(&a, &ia, &y[0], &y[1], &y[2]), more);
		if (!more)
			break;
		assert_memory_equal(x, y, sizeof(x));
	}
	hist_fini(&a);
	hist_fini(&b);
	hist_fini(&both);
}

static void map_keeps_all_and_sorts(void **state)
{
	struct map64 m = { 0 };
	struct map64_entry *e;

	assert_null(map64_sorted(&m, true));
	for (uint64_t round = 0; round < 3; round++)
		for (uint64_t k = 0; k < 1000; k++)
			assert_true(map64_add(&m, k << 32 | (k & 7), 1, k));
	assert_int_equal(m.nr, 1000);
	e = map64_sorted(&m, false);
	assert_non_null(e);
	for (uint64_t k = 0; k < 1000; k++) {
		assert_int_equal(e[k].key, k << 32 | (k & 7));
		assert_int_equal(e[k].count, 3);
		assert_int_equal(e[k].sum, 3 * k);
	}
	free(e);
	e = map64_sorted(&m, true);
	assert_int_equal(e[0].sum, 3 * 999);
	assert_int_equal(e[999].sum, 0);
	free(e);
	map64_fini(&m);
}

static const char *const comp[] = { "wait", "work" };

static void latencies_split_and_are_checked(void **state)
{
	struct metrics *m = metrics_create(2, 3, 4, comp, 2);
	uint64_t part[] = { 30, 70 };

	assert_non_null(m);
	metrics_latency(m, LAT_ENTRY, 0, XK_MMIO, VT_PS(100), part);
	metrics_latency(m, LAT_ENTRY, 1, XK_WFX, VT_PS(100), part);
	metrics_latency(m, LAT_ENTRY, UINT_MAX, XK_NR, VT_PS(7), NULL);
	assert_int_equal(m->lat[LAT_ENTRY].all.count, 3);
	assert_int_equal(m->lat[LAT_ENTRY].vcpu[1].count, 1);
	assert_int_equal(m->lat[LAT_ENTRY].reason[XK_MMIO].max, 100);
	assert_int_equal(m->lat[LAT_ENTRY].comp_ps[1], 140);
	assert_int_equal(m->lat[LAT_ENTRY].comp_total_ps, 200);
	assert_null(metrics_split_error(m));
	part[0]++;
	metrics_latency(m, LAT_MMIO, 0, XK_NR, VT_PS(100), part);
	assert_string_equal(metrics_split_error(m), "mmio");
	metrics_destroy(m);
}

static void locks_as_lock_stat_counts_them(void **state)
{
	struct metrics *m = metrics_create(2, 3, 4, comp, 2);
	const char *class = "dist->lock", *f = "flush";
	struct metrics_wait w = { .actor = 1, .prev_actor = 2, .wait_ps = 20, .bounced = true };
	struct metrics_use *one = metrics_use(m, class, f, 1), *nine = metrics_use(m, class, f, 9);
	const struct lock_data *d;

	assert_ptr_not_equal(one, nine);
	assert_ptr_equal(metrics_use(m, class, f, 1), one);
	metrics_lock(m, one, 50, true, 2);
	metrics_lock(m, nine, 50, true, 2);
	metrics_lock_waited(m, nine, &w);
	w.bounced = false;
	metrics_lock(m, nine, 10, false, 0);
	metrics_lock_waited(m, nine, &w);
	assert_int_equal(m->nr_locks, 1);
	d = &m->lock[0];
	assert_int_equal(d->hold.count, 3);
	assert_int_equal(d->hold.min, 10);
	assert_int_equal(d->wait.count, 2);
	assert_int_equal(d->con_bounces, 1);
	assert_int_equal(d->acq_bounces, 2);
	assert_int_equal(d->nr_sites, 2);
	assert_int_equal(d->site[1].contentions, 2);
	assert_int_equal(d->site[1].wait_ps, 40);
	assert_int_equal(d->distance[2], 2);
	assert_int_equal(d->waited.nr, 1);
	assert_int_equal(d->instance.nr, 1);
	assert_false(m->out_of_memory);
	metrics_destroy(m);
}

static void counts_and_histograms(void **state)
{
	struct metrics *m = metrics_create(2, 2, 4, comp, 2);

	metrics_exit(m, 1, XK_HVC);
	metrics_kick(m, KICK_IPI);
	metrics_count(m, MC_ACKS, 3);
	metrics_occupancy(m, 0, 4);
	metrics_occupancy(m, 1, 9);
	metrics_list_length(m, 12);
	metrics_deviation(m, "a");
	metrics_deviation(m, "b");
	metrics_deviation(m, "a");
	assert_int_equal(m->exits[XK_HVC], 1);
	assert_int_equal(m->vcpu_exits[XK_NR + XK_HVC], 1);
	assert_int_equal(m->kicks[KICK_IPI], 1);
	assert_int_equal(metrics_get(m, MC_ACKS), 3);
	assert_int_equal(m->occupancy[4], 2);
	assert_int_equal(m->vcpu_occupancy[4], 1);
	assert_int_equal(m->vcpu_occupancy[5 + 4], 1);
	assert_int_equal(m->list_length.max, 12);
	assert_int_equal(m->nr_deviations, 2);
	assert_int_equal(m->deviation[0].count, 2);
	metrics_destroy(m);
	metrics_destroy(NULL);
}

static void every_name_is_there(void **state)
{
	for (unsigned int i = 0; i < MC_NR; i++) {
		assert_non_null(metric_counters[i].name);
		assert_non_null(metric_counters[i].help);
	}
	for (unsigned int i = 0; i < XK_NR; i++)
		assert_non_null(exit_kind_names[i]);
	for (unsigned int i = 0; i < KICK_NR; i++)
		assert_non_null(kick_kind_names[i]);
	for (unsigned int i = 0; i < LAT_NR; i++)
		assert_non_null(latency_names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_histogram_says_zero),
		cmocka_unit_test(edges_of_buckets),
		cmocka_unit_test(quantiles_of_random_values),
		cmocka_unit_test(a_bucket_goes_over),
		cmocka_unit_test(merge_is_recording_both),
		cmocka_unit_test(map_keeps_all_and_sorts),
		cmocka_unit_test(latencies_split_and_are_checked),
		cmocka_unit_test(locks_as_lock_stat_counts_them),
		cmocka_unit_test(counts_and_histograms),
		cmocka_unit_test(every_name_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
