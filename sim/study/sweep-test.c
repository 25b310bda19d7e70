// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Axes as people write them and as nobody should; cells in one order; the journal, cut and damaged
 * wherever that can be; shards, and what is no shard of them.
 */
#include "test-util.h"

#include "clone.h"
#include "sweep-run.h"
#include "workload.h"

/* ---- lists --------------------------------------------------------------- */

static char *joined(const struct axis *a)
{
	static char buf[512];
	size_t n = 0;

	*buf = '\0';
	for (unsigned int i = 0; i < a->nr && n < sizeof(buf); i++)
		n += (size_t)snprintf(buf + n, sizeof(buf) - n, "%s%s", i ? " " : "", a->value[i]);
	return buf;
}

static void test_lists(void **state)
{
	static const struct {
		const char *list, *values;
	} good[] = {
		{ "1,2,4", "1 2 4" },
		{ " 8 , 007 ", "8 7" },
		{ "1..256*2", "1 2 4 8 16 32 64 128 256" },
		{ "3..20*3", "3 9" },
		{ "1..4", "1 2 3 4" },
		{ "10..50+20,60", "10 30 50 60" },
		{ "0..2", "0 1 2" },
		{ "7..7*2", "7" },
		{ "100ns..800ns*2", "100ns 200ns 400ns 800ns" },
		{ "10us..30us+10us", "10us 20us 30us" },
		{ "1.5us,2ns", "1.5us 2ns" },
		{ "x1/2,100ns,\303\2272", "x1/2 100ns x2" },
		{ "18446744073709551614..18446744073709551615",
		  "18446744073709551614 18446744073709551615" },
		{ "9223372036854775808..18446744073709551615*2", "9223372036854775808" },
		{ "kvm-legacy,./x..y.so", "kvm-legacy ./x..y.so" },
	};
	static const char *const bad[] = {
		"",
		",",
		"1,",
		"1,,2",
		"1,1",
		"08,8",
		"2..1",
		"0..8*2",
		"1..8*1",
		"1..8*0",
		"1..8+0",
		"1..",
		"1..x",
		"1..8*",
		"1..8*2*2",
		"1ns..8us",
		"1..8ns",
		"1ns..8ns*2ns",
		"1..20000",
		"1 2",
		"1..8*-2",
		"1..8+1ns",
		"1..18446744073709551616",
		"1..9999999999999999999999",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct axis a = { .name = strdup("n") };
		struct err err;

		if (axis_add_list(&a, good[i].list, &err))
			fail_msg("%s: %s", good[i].list, err.msg);
		assert_string_equal(joined(&a), good[i].values);
		axis_fini(&a);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct axis a = { .name = strdup("n") };
		struct err err;

		if (axis_add_list(&a, bad[i], &err) != ERR_USAGE)
			fail_msg("\"%s\" is taken: %s", bad[i], joined(&a));
		assert_int_equal(strncmp(err.msg, "n: ", 3), 0);
		axis_fini(&a);
	}
}

/* ---- plans --------------------------------------------------------------- */

static void put(struct sweep_spec *s, const char *const (*axis)[2])
{
	struct err err;

	sweep_spec_init(s);
	for (; (*axis)[0]; axis++)
		if (sweep_spec_put(s, (*axis)[0], (*axis)[1], &err))
			fail_msg("%s: %s", (*axis)[0], err.msg);
}

static const char *const small[][2] = {
	{ "seeds", "2" },
	{ "design", "kvm-aplist,kvm-legacy" },
	{ "trace", "gen:hackbench,duration=1ms" },
	{ "lock", "queued,ticket" },
	{ "vcpus", "1,2,4" },
	{ NULL, NULL },
};

static void plan(struct sweep *s, struct sweep_spec *spec, const char *const (*axis)[2])
{
	struct err err;

	put(spec, axis);
	if (sweep_plan(s, spec, "test", &err))
		fail_msg("%s", err.msg);
}

static void done(struct sweep *s, struct sweep_spec *spec)
{
	sweep_fini(s);
	sweep_spec_fini(spec);
}

static void test_order(void **state)
{
	static const char *const shuffled[][2] = {
		{ "vcpus", "1,2,4" },
		{ "lock", "queued,ticket" },
		{ "seed", "1..2" },
		{ "trace", "gen:hackbench,duration=1ms" },
		{ "design", "kvm-aplist,kvm-legacy" },
		{ NULL, NULL },
	};
	struct sweep_spec a_spec, b_spec;
	struct sweep a, b;

	plan(&a, &a_spec, small);
	plan(&b, &b_spec, shuffled);
	assert_int_equal(a.nr, 24);
	assert_int_equal(a.nr_groups, 6);
	assert_int_equal(a.identity, b.identity);
	for (size_t i = 0; i < a.nr; i++)
		assert_string_equal(a.cell[i].text, b.cell[i].text);
	assert_string_equal(a.cell[1].text,
			    "trace=gen:hackbench,duration=1ms,vcpus=1,seed=2 design=kvm-aplist "
			    "host=" DEFAULT_HOST_V3 " lock=queued seed=2");
	done(&b, &b_spec);
	/* Anything else is another sweep. */
	put(&b_spec, small);
	b_spec.keep_hists = true;
	assert_int_equal(sweep_plan(&b, &b_spec, "test", NULL), 0);
	assert_true(a.identity != b.identity);
	done(&b, &b_spec);
	put(&b_spec, small);
	assert_int_equal(sweep_plan(&b, &b_spec, "test2", NULL), 0);
	assert_true(a.identity != b.identity);
	done(&b, &b_spec);
	done(&a, &a_spec);
}

static void test_refused(void **state)
{
	static const char *const bad[][8][2] = {
		{ { "vcpus", "2" } },
		{ { "trace", "gen:hackbench" }, { "design", "kvm-nothing" } },
		{ { "trace", "gen:hackbench,vcpus=4" }, { "vcpus", "2" } },
		{ { "trace", SOURCE_DIR "/workloads/micro/ipi-v3.vgt" }, { "vcpus", "2" } },
		{ { "trace", "gen:hackbench" }, { "vcpus", "1..1000" }, { "seeds", "1000" } },
		{ { "trace", "gen:hackbench" },
		  { "seeds", "10000" },
		  { "lrs", "1..64" },
		  { "vcpus", "1..10000" },
		  { "explore", "1..10000" },
		  { "window", "1..10000" },
		  { "set.l1", "1ps..10000ps" } },
		{ { "trace", "gen:hackbench" }, { "no_such_parameter", "2" } },
		{ { "trace", "gen:hackbench,gic=v2" }, { "vcpus", "8,9" } },
		{ { "trace", "gen:hackbench" }, { "lock", "ticket,mcs" } },
		{ { "trace", "gen:hackbench" }, { "set.nothing", "1ns" } },
		{ { "trace", "gen:hackbench" }, { "set.l1", "x2,x0" } },
		{ { "trace", "gen:hackbench" }, { "lrs", "0,1000" } },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sweep_spec spec;
		struct sweep s;
		struct err err = { 0 };

		put(&spec, bad[i]);
		if (sweep_plan(&s, &spec, "test", &err) != ERR_USAGE)
			fail_msg("%zu is taken: %s", i, err.msg);
		assert_true(*err.msg);
		sweep_spec_fini(&spec);
	}
}

static void test_axes_refused(void **state)
{
	static const char *const bad[] = { "",	 "Vcpus", "set", "set.", "set.A", "a b",
					   "1x", "a=b",	  "a.b", "-x",	 "lock " };
	struct sweep_spec spec;
	struct err err;

	sweep_spec_init(&spec);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (sweep_spec_put(&spec, bad[i], "1", &err) != ERR_USAGE)
			fail_msg("\"%s\" is taken", bad[i]);
	assert_int_equal(sweep_spec_put(&spec, "vcpus", "1", &err), 0);
	assert_int_equal(sweep_spec_put(&spec, "vcpus", "2", &err), ERR_USAGE);
	assert_int_equal(sweep_spec_add(&spec, "vcpus", "2", &err), 0);
	assert_int_equal(sweep_spec_put(&spec, "seeds", "0", &err), ERR_USAGE);
	assert_int_equal(sweep_spec_put(&spec, "seeds", "1..3", &err), ERR_USAGE);
	assert_int_equal(sweep_spec_put(&spec, "seeds", "3", &err), 0);
	assert_int_equal(sweep_spec_put(&spec, "seed", "4", &err), ERR_USAGE);
	sweep_spec_fini(&spec);
}

static void test_left_out(void **state)
{
	static const char *const mixed[][2] = {
		{ "trace", "gen:hackbench,duration=1ms" },
		{ "gic", "v2,v3" },
		{ "vcpus", "8,9" },
		{ "design", "kvm-legacy" },
		{ NULL, NULL },
	};
	struct sweep_spec spec;
	struct sweep s;
	struct err err;

	put(&spec, mixed);
	assert_int_equal(sweep_plan(&s, &spec, "test", &err), ERR_USAGE);
	spec.skip_impossible = true;
	assert_int_equal(sweep_plan(&s, &spec, "test", &err), 0);
	assert_int_equal(s.nr, 4);
	assert_int_equal(s.nr_left_out, 1);
	for (size_t i = 0; i < s.nr; i++)
		if (s.cell[i].why) {
			assert_non_null(strstr(s.cell[i].why, "have 9"));
			assert_non_null(strstr(s.cell[i].text, "gic=v2"));
		}
	done(&s, &spec);
}

static void test_file(void **state)
{
	static const char *const bad[] = {
		"[axis]\nvcpus = 1\nvcpus = 2\n",
		"[axis]\nvcpus = \n",
		"[sweep]\nquestion = a\nquestion = b\n",
		"[sweep]\nskip-impossible = maybe\n",
		"[sweep]\nnothing = 1\n",
		"[else]\nvcpus = 1\n",
		"vcpus = 1\n",
		"[axis]\nvcpus\n",
		"[axis]\nvcpus = 2..1\n",
	};
	const char *path = tu_path("s.ini");
	const char *good = "# asks something\n[sweep]\nquestion = Why?\nmetric = finish\n"
			   "skip-impossible = yes\nhistograms = yes\n\n[axis]\n"
			   "trace = gen:rr,duration=1ms\ntrace = gen:hackbench,duration=1ms\n"
			   "set.sgi_phys = x1/2, x2\nvcpus = 1..4*2\n";
	struct sweep_spec spec;
	struct err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tu_write(path, bad[i], strlen(bad[i]));
		sweep_spec_init(&spec);
		assert_int_equal(sweep_spec_load(&spec, path, &err), ERR_USAGE);
		assert_non_null(strstr(err.msg, "s.ini: line "));
		sweep_spec_fini(&spec);
	}
	tu_write(path, good, strlen(good));
	sweep_spec_init(&spec);
	assert_int_equal(sweep_spec_load(&spec, path, &err), 0);
	assert_string_equal(spec.question, "Why?");
	assert_true(spec.skip_impossible && spec.keep_hists);
	assert_int_equal(spec.nr_axes, 3);
	assert_string_equal(joined(&spec.axis[0]),
			    "gen:rr,duration=1ms gen:hackbench,duration=1ms");
	sweep_spec_fini(&spec);
	assert_int_equal(sweep_spec_load(&spec, "/nonexistent.ini", &err), ERR_USAGE);
}

/* ---- running ------------------------------------------------------------- */

static char *text_of(const struct sweep *s, const struct sweep_results *r, unsigned int shard,
		     unsigned int of)
{
	json_t *head = sweep_head(s, "test");
	struct err err;
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_int_equal(sweep_doc_write(f, head, shard, of, r->line, r->nr, &err), 0);
	fclose(f);
	json_decref(head);
	return text;
}

static char *run_it(const struct sweep *s, const char *journal, unsigned int shard, unsigned int of,
		    unsigned int jobs, bool keep)
{
	struct sweep_run_options o = {
		.version = "test",
		.journal = journal,
		.shard = shard,
		.of = of,
		.jobs = jobs,
	};
	struct sweep_results r;
	struct err err;
	char *text;

	if (sweep_run(s, &o, &r, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(r.nr_done, r.nr_wanted);
	text = text_of(s, &r, shard, of);
	sweep_results_fini(&r, !keep);
	return text;
}

/* The journal of a finished run, cut off at every kind of place, and damaged at some. */
static void test_resumed(void **state)
{
	struct sweep_spec spec;
	struct sweep s;
	const char *path = tu_path("j.part");
	char *want, *journal, *got;
	size_t n;

	plan(&s, &spec, small);
	want = run_it(&s, NULL, 1, 1, 1, false);
	got = run_it(&s, path, 1, 1, 2, true);
	assert_string_equal(got, want);
	free(got);
	journal = tu_read(path, &n);
	for (size_t cut = 0; cut <= n; cut += n / 23) {
		tu_write(path, journal, cut);
		got = run_it(&s, path, 1, 1, 2, false);
		assert_string_equal(got, want);
		free(got);
		assert_int_equal(access(path, F_OK), -1);
	}
	for (size_t at = 200; at < n; at += n / 7) {
		char was = journal[at];

		journal[at] ^= 0x20;
		tu_write(path, journal, n);
		journal[at] = was;
		got = run_it(&s, path, 1, 1, 1, false);
		assert_string_equal(got, want);
		free(got);
	}
	free(journal);
	free(want);
	done(&s, &spec);
}

static int run_fails(const struct sweep *s, const char *journal, unsigned int shard,
		     struct err *err)
{
	struct sweep_run_options o = {
		.version = "test",
		.journal = journal,
		.shard = shard,
		.of = 2,
		.jobs = 1,
	};
	struct sweep_results r;
	int ret = sweep_run(s, &o, &r, err);

	sweep_results_fini(&r, false);
	return ret;
}

static void test_not_its_journal(void **state)
{
	static const char *const other[][2] = {
		{ "trace", "gen:rr,duration=1ms" },
		{ "vcpus", "1,2" },
		{ NULL, NULL },
	};
	const char *path = tu_path("other.part");
	struct sweep_spec a_spec, b_spec;
	struct sweep a, b;
	struct journal *held;
	unsigned int damaged;
	struct err err;
	size_t n;
	char *before, *after;

	plan(&a, &a_spec, small);
	plan(&b, &b_spec, other);
	free(run_it(&a, path, 1, 2, 1, true));
	before = tu_read(path, &n);
	assert_int_equal(run_fails(&b, path, 1, &err), ERR_USAGE);
	assert_non_null(strstr(err.msg, "another sweep"));
	assert_int_equal(run_fails(&a, path, 2, &err), ERR_USAGE);
	after = tu_read(path, &n);
	assert_string_equal(before, after);
	free(before);
	free(after);
	tu_write(path, "not a journal\n", 14);
	assert_int_equal(run_fails(&a, path, 1, &err), ERR_USAGE);
	tu_write(path, "not a journal", 13);
	assert_int_equal(run_fails(&a, path, 1, &err), ERR_USAGE);
	unlink(path);
	held = journal_open(path, "{}", NULL, NULL, &damaged, &err);
	assert_non_null(held);
	assert_int_equal(run_fails(&a, path, 1, &err), ERR_USAGE);
	assert_non_null(strstr(err.msg, "another vgicsim"));
	journal_close(held, true);
	done(&b, &b_spec);
	done(&a, &a_spec);
}

/* A recording that is another one when the sweep goes on. */
static void test_trace_changed(void **state)
{
	const char *trace = tu_path("t.vgt"), *path = tu_path("t.part");
	const char *const axes[][2] = { { "trace", trace }, { NULL, NULL } };
	struct sweep_run_options o = { .version = "test", .journal = path, .of = 1, .shard = 1 };
	struct sweep_results r;
	struct sweep_spec spec;
	struct sweep s;
	struct err err;
	size_t n;
	char *text = tu_read(SOURCE_DIR "/workloads/micro/ipi-v3.vgt", &n);
	char *last = memrchr(text, '\n', n - 1);

	tu_write(trace, text, n);
	plan(&s, &spec, axes);
	free(run_it(&s, path, 1, 1, 1, true));
	tu_write(trace, text, (size_t)(last - text) + 1);
	assert_int_equal(sweep_run(&s, &o, &r, &err), ERR_USAGE);
	assert_non_null(strstr(err.msg, "has changed"));
	sweep_results_fini(&r, false);
	free(text);
	done(&s, &spec);
}

/* ---- shards -------------------------------------------------------------- */

static void load(struct sweep_doc *d, const char *name, const char *text)
{
	const char *path = tu_path(name);
	struct err err;

	tu_write(path, text, strlen(text));
	if (sweep_doc_load(d, path, &err))
		fail_msg("%s", err.msg);
}

static void test_shards(void **state)
{
	struct sweep_doc shard[4], whole;
	struct sweep_spec spec;
	struct sweep s;
	struct err err;
	char *want, *text;
	size_t n;
	FILE *f;
	char **line;

	plan(&s, &spec, small);
	want = run_it(&s, NULL, 1, 1, 1, false);
	for (unsigned int i = 0; i < 4; i++) {
		char name[16];

		text = run_it(&s, NULL, i + 1, 4, 1, false);
		snprintf(name, sizeof(name), "s%u.json", i);
		load(&shard[3 - i], name, text);
		assert_int_equal(shard[3 - i].shard, i + 1);
		assert_true(shard[3 - i].nr > 0);
		free(text);
	}
	assert_int_equal(sweep_merge(&whole, shard, 4, &err), 0);
	line = calloc(whole.nr, sizeof(*line));
	for (size_t i = 0; i < whole.nr; i++)
		line[i] = whole.cell[i].json;
	f = open_memstream(&text, &n);
	assert_int_equal(sweep_doc_write(f, whole.head, 1, 1, line, whole.nr, &err), 0);
	fclose(f);
	assert_string_equal(text, want);
	free(line);
	free(text);
	sweep_doc_fini(&whole);
	assert_int_equal(sweep_merge(&whole, shard, 3, &err), ERR_USAGE);
	assert_non_null(strstr(err.msg, "shard 1/4 is missing"));
	assert_int_equal(sweep_merge(&whole, &shard[1], 1, &err), ERR_USAGE);
	/* One trace is not what it was for the others. */
	text = strstr(shard[2].cell[1].json, "trace_digest\":\"") + 15;
	*text = *text == '0' ? '1' : '0';
	assert_int_equal(sweep_merge(&whole, shard, 4, &err), ERR_INPUT);
	assert_non_null(strstr(err.msg, "changed meanwhile"));
	for (unsigned int i = 0; i < 4; i++)
		sweep_doc_fini(&shard[i]);
	load(&shard[0], "w.json", want);
	load(&shard[1], "w2.json", want);
	assert_int_equal(sweep_merge(&whole, shard, 2, &err), ERR_USAGE);
	assert_non_null(strstr(err.msg, "is there already"));
	sweep_doc_fini(&shard[0]);
	sweep_doc_fini(&shard[1]);
	free(want);
	done(&s, &spec);
}

static void test_foreign_documents(void **state)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"{\"schema\":\"vgicsim-result-1\"}",
		"{\"schema\":\"vgicsim-sweep-1\",\"cells\":[]}",
		"{\"schema\":\"vgicsim-sweep-1\",\"version\":\"1\",\"sweep\":\"0\",\"axes\":[],"
		"\"total\":1,\"left_out\":[],\"cells\":[]}",
		"{\"schema\":\"vgicsim-sweep-1\",\"version\":\"1\",\"sweep\":\"0\",\"axes\":["
		"{\"name\":\"a\",\"values\":[\"1\",\"1\"]}],\"total\":2,\"left_out\":[],\"cells\":["
		"]}",
		"{\"schema\":\"vgicsim-sweep-1\",\"version\":\"1\",\"sweep\":\"0\",\"axes\":["
		"{\"name\":\"a\",\"values\":[\"1\",\"2\"]}],\"total\":3,\"left_out\":[],\"cells\":["
		"]}",
		"{\"schema\":\"vgicsim-sweep-1\",\"version\":\"1\",\"sweep\":\"0\",\"axes\":["
		"{\"name\":\"a\",\"values\":[\"1\",\"2\"]}],\"total\":2,\"left_out\":[],\"cells\":["
		"{\"n\":1,\"at\":{\"a\":\"1\"},\"cell\":\"x\",\"row\":{}}]}",
		"{\"schema\":\"vgicsim-sweep-1\",\"version\":\"1\",\"sweep\":\"0\",\"axes\":["
		"{\"name\":\"a\",\"values\":[\"1\",\"2\"]}],\"total\":2,\"left_out\":[],"
		"\"shard\":{\"index\":3,\"of\":2},\"cells\":[]}",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *path = tu_path("bad.json");
		struct sweep_doc d;
		struct err err;

		tu_write(path, bad[i], strlen(bad[i]));
		if (sweep_doc_load(&d, path, &err) != ERR_INPUT)
			fail_msg("%s is taken", bad[i]);
		assert_non_null(strstr(err.msg, "bad.json"));
	}
}

static int setup(void **state)
{
	trace_add_maker(&gen_maker);
	trace_add_maker(&clone_maker);
	return tu_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_axes_refused),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_resumed),
		cmocka_unit_test(test_not_its_journal),
		cmocka_unit_test(test_trace_changed),
		cmocka_unit_test(test_shards),
		cmocka_unit_test(test_foreign_documents),
	};

	return cmocka_run_group_tests_name("sweep", tests, setup, tu_teardown);
}
