// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One trace for several readers: whoever reads when, each gets what trace_open()
 * gives. The traces are made: "made:N" has N records, "made:N!" a defect after them.
 */
#include "test-util.h"

#include <pthread.h>

#include "share.h"

struct making {
	uint64_t nr, at;
	bool bad;
};

static void *made_open(const char *spec, struct trace_meta *meta, struct err *err)
{
	struct making *m = calloc(1, sizeof(*m));
	char *end;

	assert_non_null(m);
	m->nr = strtoull(spec, &end, 10);
	m->bad = *end == '!';
	*meta = (struct trace_meta){ .gic = 3, .nr_vcpus = 2, .nr_pcpus = 2, .nr_spis = 32 };
	return m;
}

static int made_next(void *making, struct trace_rec *rec, struct err *err)
{
	struct making *m = making;

	if (m->at == m->nr)
		return m->bad ? err_set(err, ERR_INPUT, "made: it ends badly") : 0;
	memset(rec, 0, sizeof(*rec));
	rec->time_ns = m->at * 10;
	rec->kind = REC_HVC;
	rec->ctx = CTX_VCPU;
	rec->ctx_id = m->at & 1;
	rec->flags = REC_HAS_IMM;
	rec->d.hvc.imm = m->at++ & 0xffff;
	return 1;
}

static const struct trace_maker made = {
	.prefix = "made:",
	.open = made_open,
	.next = made_next,
	.close = free,
};

/* What one reading gives: enough that another one would differ. */
struct reading {
	uint64_t nr, sum, digest;
	int rc;
	struct err err;
};

static void take(struct reading *x, const struct trace_rec *rec)
{
	x->sum = x->sum * 31 + rec->time_ns + rec->seq + rec->kind + rec->d.bytes[0];
	assert_int_equal(rec->seq, (uint32_t)++x->nr);
}

/* At most @limit records; the end is noted when it comes. */
static void read_on(struct trace_reader *r, struct reading *x, uint64_t limit)
{
	const struct trace_rec *rec = NULL;

	x->rc = 1;
	while (limit-- && (x->rc = trace_next(r, &rec, &x->err)) > 0) {
		take(x, rec);
		assert_int_equal(trace_nr_records(r), x->nr);
	}
	if (x->rc <= 0)
		x->digest = trace_digest(r);
}

static struct reading alone(const char *path)
{
	struct reading x = { 0 };
	struct err err;
	struct trace_reader *r = trace_open(path, &err);

	assert_non_null(r);
	read_on(r, &x, UINT64_MAX);
	trace_close(r);
	return x;
}

static void same(const struct reading *a, const struct reading *b)
{
	assert_int_equal(a->rc, b->rc);
	assert_int_equal(a->nr, b->nr);
	assert_int_equal(a->sum, b->sum);
	assert_int_equal(a->digest, b->digest);
	if (a->rc < 0)
		assert_string_equal(a->err.msg, b->err.msg);
}

static struct trace_share *share_of(const char *path, struct trace_budget *budget)
{
	struct err err;
	struct trace_share *s = trace_share_create(path, budget, &err);

	assert_non_null(s);
	return s;
}

static struct trace_reader *reader_of(struct trace_share *s)
{
	struct err err;
	struct trace_reader *r = trace_share_open(s, &err);

	if (!r)
		fail_msg("%s", err.msg);
	return r;
}

static void one_shared(struct trace_share *s, const struct reading *want)
{
	struct trace_reader *r = reader_of(s);
	struct reading x = { 0 };

	read_on(r, &x, UINT64_MAX);
	same(&x, want);
	/* The end stays the end. */
	read_on(r, &x, UINT64_MAX);
	same(&x, want);
	trace_close(r);
}

static void test_as_the_file(void **state)
{
	static const char *const path[] = { SOURCE_DIR
					    "/traces/samples/gicv3-4vcpu-hackbench.pcap.gz",
					    SOURCE_DIR "/workloads/micro/ipi-v3.vgt",
					    "made:0",
					    "made:1",
					    "made:16384",
					    "made:16385",
					    "made:40000",
					    "made:0!",
					    "made:16384!",
					    "made:20000!" };

	for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		struct trace_budget much;
		struct reading want = alone(path[i]);
		struct trace_share *s;
		struct trace_reader *r;
		struct err err;

		trace_budget_init(&much, 1 << 30);
		s = share_of(path[i], &much);
		r = reader_of(s);
		assert_string_equal(trace_name(r), path[i]);
		trace_close(r);
		for (int k = 0; k < 3; k++)
			one_shared(s, &want);
		assert_int_equal(trace_share_nr_decodings(s), 1);
		trace_share_destroy(s);
		assert_int_equal(much.left, 1 << 30);
		r = trace_open(path[i], &err);
		assert_non_null(r);
		trace_close(r);
	}
}

static void test_cut_text(void **state)
{
	const char *path = tu_path("cut.vgt");
	size_t n;
	char *text = tu_read(SOURCE_DIR "/workloads/micro/ipi-v3.vgt", &n);
	struct trace_share *s;
	struct reading want;

	tu_write(path, text, n - 20);
	free(text);
	want = alone(path);
	assert_int_equal(want.rc, ERR_INPUT);
	s = share_of(path, NULL);
	one_shared(s, &want);
	one_shared(s, &want);
	trace_share_destroy(s);
}

static void test_refused(void **state)
{
	struct err err;
	struct trace_share *s;

	assert_null(trace_share_create("-", NULL, &err));
	assert_int_equal(err.code, ERR_USAGE);
	s = share_of("/nonexistent/x.vgt", NULL);
	assert_null(trace_share_open(s, &err));
	assert_int_equal(err.code, ERR_INPUT);
	assert_null(trace_share_open(s, &err));
	trace_share_destroy(s);
}

/* Nothing is kept: who comes after the others is served, from the beginning. */
static void test_not_kept(void **state)
{
	struct reading want = alone("made:700000");
	struct trace_share *s = share_of("made:700000", NULL);

	one_shared(s, &want);
	one_shared(s, &want);
	assert_int_equal(trace_share_nr_decodings(s), 2);
	trace_share_destroy(s);
}

/* Half of it fits: what was kept is given back, and all still read the same. */
static void test_budget_ends(void **state)
{
	struct reading want = alone("made:300000"), a = { 0 }, b = { 0 };
	struct trace_budget little;
	struct trace_share *s;
	struct trace_reader *ra, *rb;

	trace_budget_init(&little, 150000 * sizeof(struct trace_rec));
	s = share_of("made:300000", &little);
	ra = reader_of(s);
	rb = reader_of(s);
	read_on(ra, &a, 140000);
	assert_true(little.left < 20000 * sizeof(struct trace_rec));
	read_on(rb, &b, 100000);
	assert_int_equal(trace_share_nr_decodings(s), 1);
	read_on(ra, &a, UINT64_MAX);
	read_on(rb, &b, UINT64_MAX);
	same(&a, &want);
	same(&b, &want);
	assert_int_equal(trace_share_nr_decodings(s), 1);
	assert_int_equal(little.left, 150000 * sizeof(struct trace_rec));
	trace_close(ra);
	trace_close(rb);
	one_shared(s, &want);
	trace_share_destroy(s);
	assert_int_equal(little.left, 150000 * sizeof(struct trace_rec));
}

/* One thread that reads one and then the other waits for itself: not for ever. */
static void test_left_behind(void **state)
{
	struct reading want = alone("made:700000"), a = { 0 }, b = { 0 }, c = { 0 };
	struct trace_share *s = share_of("made:700000", NULL);
	struct trace_reader *ra = reader_of(s), *rb = reader_of(s), *rc = reader_of(s);

	trace_share_set_patience(s, 5);
	read_on(ra, &a, 1);
	read_on(rb, &b, 40000);
	read_on(rc, &c, UINT64_MAX);
	same(&c, &want);
	read_on(ra, &a, UINT64_MAX);
	same(&a, &want);
	read_on(rb, &b, UINT64_MAX);
	same(&b, &want);
	assert_true(trace_share_nr_decodings(s) > 1);
	trace_close(rc);
	trace_close(ra);
	trace_close(rb);
	trace_share_destroy(s);
}

struct at_once {
	struct trace_share *s;
	const struct reading *want;
	uint64_t step, close_at;
	pthread_t thread;
	bool bad;
};

static void *at_once_main(void *arg)
{
	struct at_once *t = arg;
	struct trace_reader *r = reader_of(t->s);
	struct reading x = { .rc = 1 };

	while (x.rc > 0 && x.nr < t->close_at) {
		read_on(r, &x, t->step);
		if (t->step % 3 == 0)
			sched_yield();
	}
	t->bad = x.rc <= 0 && (x.sum != t->want->sum || x.digest != t->want->digest ||
			       x.nr != t->want->nr || x.rc != t->want->rc);
	trace_close(r);
	return NULL;
}

static void many(const char *path, struct trace_budget *budget, bool leave)
{
	struct reading want = alone(path);
	struct trace_share *s = share_of(path, budget);
	struct at_once t[6];

	for (unsigned int i = 0; i < 6; i++) {
		t[i] = (struct at_once){ .s = s, .want = &want, .step = 1000 + 777 * i };
		t[i].close_at = leave && i % 2 ? 50000 * i : UINT64_MAX;
		assert_int_equal(pthread_create(&t[i].thread, NULL, at_once_main, &t[i]), 0);
	}
	for (unsigned int i = 0; i < 6; i++) {
		pthread_join(t[i].thread, NULL);
		assert_false(t[i].bad);
	}
	one_shared(s, &want);
	trace_share_destroy(s);
}

static void test_at_once(void **state)
{
	struct trace_budget much, little;

	trace_budget_init(&much, 1 << 30);
	trace_budget_init(&little, 200000 * sizeof(struct trace_rec));
	for (unsigned int i = 0; i < 2; i++) {
		many("made:400000", &much, i);
		many("made:400000", &little, i);
		many("made:700000", NULL, i);
		many("made:300000!", &little, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_the_file), cmocka_unit_test(test_cut_text),
		cmocka_unit_test(test_refused),	    cmocka_unit_test(test_not_kept),
		cmocka_unit_test(test_budget_ends), cmocka_unit_test(test_left_behind),
		cmocka_unit_test(test_at_once),
	};

	trace_add_maker(&made);
	return cmocka_run_group_tests_name("share", tests, tu_setup, tu_teardown);
}
