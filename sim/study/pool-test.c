// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cells, rows, and many of them at once: a cell is its text, a row is its JSON, and
 * what comes out of the pool is what each cell gives alone.
 */
#include "test-util.h"

#include "clone.h"
#include "columns.h"
#include "pool.h"
#include "workload.h"

static const char *const text[] = {
	"trace=gen:hackbench,vcpus=4,duration=2ms,seed=1 design=kvm-legacy "
	"host=kunpeng920-2s-128c lock=ticket seed=1",
	"trace=gen:hackbench,vcpus=4,duration=2ms,seed=1 design=kvm-aplist "
	"host=kunpeng920-2s-128c lock=queued lrs=2 seed=1",
	"trace=gen:rr,vcpus=2,duration=2ms,seed=2 design=kvm-legacy host=kunpeng920-2s-128c "
	"set=sgi_phys=100ns set=cpus=64 lock=ticket seed=2 service-spi=3000000ps",
	"trace=gen:hackbench,vcpus=4,duration=2ms,seed=1 clone=3 design=kvm-aplist "
	"host=kunpeng920-2s-128c lock=tas seed=7 inject=clock guest-speed=2/3 reference=1 check=1",
	"trace=gen:hackbench,vcpus=4,duration=2ms,seed=1 design=kvm-legacy "
	"host=kunpeng920-2s-128c lock=queued seed=5",
};
#define NR (sizeof(text) / sizeof(text[0]))

static struct cell cell[NR];
static char *alone[NR]; /* the rows as JSON */

static char *json_of(const struct row *row)
{
	json_t *j = row_json(row);
	char *s;

	assert_non_null(j);
	s = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	assert_non_null(s);
	return s;
}

static int setup(void **state)
{
	const struct row_options o = { .keep_hists = true };

	trace_add_maker(&gen_maker);
	trace_add_maker(&clone_maker);
	for (size_t i = 0; i < NR; i++) {
		struct trace_meta meta;
		struct row row;
		struct err err;

		if (cell_parse(&cell[i], text[i], &err) || cell_look(&cell[i], &meta, &err) ||
		    cell_run(&cell[i], NULL, &o, &row, &err)) {
			print_error("%s\n", err.msg);
			return -1;
		}
		assert_int_equal(row.status, 0);
		assert_int_equal(row.nr_vcpus, meta.nr_vcpus);
		alone[i] = json_of(&row);
		row_fini(&row);
	}
	return tu_setup(state);
}

static int teardown(void **state)
{
	for (size_t i = 0; i < NR; i++) {
		cell_fini(&cell[i]);
		free(alone[i]);
	}
	return tu_teardown(state);
}

static void test_text(void **state)
{
	struct cell odd, back;
	struct err err;
	char *s;

	for (size_t i = 0; i < NR; i++) {
		s = cell_text(&cell[i]);
		assert_string_equal(s, text[i]);
		free(s);
	}
	cell_init(&odd);
	assert_int_equal(cell_put(&odd, "trace", "/a b/100%\t\303\244.pcap", &err), 0);
	assert_int_equal(cell_put(&odd, "set", "cpus=1", &err), 0);
	assert_int_equal(cell_put(&odd, "set", "l1=2ns", &err), 0);
	assert_int_equal(cell_put(&odd, "set", "cpus=3", &err), 0);
	assert_int_equal(odd.nr_sets, 2);
	s = cell_text(&odd);
	assert_string_equal(s, "trace=/a%20b/100%25%09\303\244.pcap design= host= set=cpus=3 "
			       "set=l1=2ns lock=ticket seed=1");
	assert_int_equal(cell_parse(&back, s, &err), 0);
	assert_string_equal(back.trace, odd.trace);
	free(s);
	cell_fini(&back);
	assert_int_equal(cell_copy(&back, &odd, &err), 0);
	assert_string_equal(back.set[1], "l1=2ns");
	cell_fini(&back);
	cell_fini(&odd);
}

static void test_text_refused(void **state)
{
	static const char *const bad[] = {
		"trace",	 "trace=a  design=b", "nothing=1",
		"lock=mcs",	 "seed=-1",	      "seed=9999999999999999999",
		"lrs=1000",	 "clone=513",	      "set=cpus",
		"set==3",	 "window=1e3",	      "service-sgi=3",
		"guest-speed=0", "guest-speed=1/0",   "check=yes",
		"trace=%2",	 "trace=%00",	      "trace=%zz",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cell c;
		struct err err = { 0 };

		if (cell_parse(&c, bad[i], &err) != ERR_USAGE)
			fail_msg("%s is taken", bad[i]);
		assert_true(*err.msg);
		cell_fini(&c);
	}
}

static void test_row_json(void **state)
{
	for (size_t i = 0; i < NR; i++) {
		json_t *j = json_loads(alone[i], 0, NULL);
		struct row row;
		struct err err;
		char *again;

		assert_int_equal(row_from_json(&row, j, &err), 0);
		again = json_of(&row);
		assert_string_equal(again, alone[i]);
		free(again);
		row_fini(&row);
		json_object_set_new(j, "vcpus", json_integer(-1));
		assert_int_equal(row_from_json(&row, j, &err), ERR_INPUT);
		json_decref(j);
	}
}

/* The figures are those of the run: read off the result that a replay gives. */
static void test_figures(void **state)
{
	struct replay_result *r = calloc(1, sizeof(*r));
	const struct row_options o = { 0 };
	struct replay_options ro = cell[0].o;
	struct trace_reader *reader;
	struct host host;
	bool truncated;
	struct row row;
	struct err err;
	int64_t v, w;

	assert_int_equal(cell_host(&cell[0], &host, &err), 0);
	ro.host = &host;
	ro.design = vgic_design_find("kvm-legacy");
	reader = trace_open(cell[0].trace, &err);
	assert_int_equal(replay_run(reader, &ro, r, &truncated, &err), 0);
	assert_int_equal(row_of(&row, r, &o, &err), 0);
	assert_true(row_get(&row, "entry_p99_ps", &v));
	assert_int_equal(v, hist_quantile(&r->metrics->lat[LAT_ENTRY].all, 99, 100));
	assert_true(row_get(&row, "sim_time_ps", &v));
	assert_int_equal(v, r->sim_time.ps);
	assert_true(row_get(&row, "lock.dist_lock.acquisitions", &v));
	assert_int_equal(v, r->metrics->lock[0].hold.count);
	assert_true(row_get(&row, "lock.dist_lock.waittime-total_ps", &v));
	assert_true(row_get(&row, "lock_wait_ps", &w));
	assert_int_equal(v, w);
	assert_true(row_get(&row, "counter.guest_runs", &v));
	assert_int_equal(v, r->metrics->counter[MC_GUEST_RUNS]);
	assert_true(row_get(&row, "memory.vcpu_bytes", &v));
	assert_true(v > 0);
	/* Components sum to what was split. */
	assert_true(row_get(&row, "entry_split_total_ps", &w));
	for (unsigned int i = 0; i < row.nr; i++)
		if (!strncmp(row.fig[i].name, "entry.", 6))
			w -= row.fig[i].value;
	assert_int_equal(w, 0);
	/* Nothing was injected in so short a time over MMIO: no p99 of nothing. */
	assert_true(row_get(&row, "mmio_count", &v));
	assert_int_equal(v, 0);
	assert_false(row_get(&row, "mmio_p99_ps", &v));
	assert_false(row_get(&row, "nothing", &v));
	for (unsigned int i = 0; i < row.nr; i++) {
		assert_true(figure_of(r, row.fig[i].name, &v));
		assert_int_equal(v, row.fig[i].value);
	}
	row_fini(&row);
	replay_result_fini(r);
	trace_close(reader);
	free(r);
}

static void count_help(void *priv, const char *name, const char *help)
{
	char buf[ROW_MAX_NAME];

	assert_true(help && *help);
	++*(unsigned int *)priv;
	if (!strchr(name, '<'))
		assert_string_equal(row_metric(name, buf, sizeof(buf)), name);
}

/* Each figure that a run has is one that the help lists. */
static void test_names(void **state)
{
	json_t *j = json_loads(alone[3], 0, NULL);
	unsigned int listed = 0;
	char buf[ROW_MAX_NAME];
	struct row row;
	struct err err;

	row_help(count_help, &listed);
	assert_true(listed > 150);
	assert_int_equal(row_from_json(&row, j, &err), 0);
	for (unsigned int i = 0; i < row.nr; i++)
		if (!row_metric(row.fig[i].name, buf, sizeof(buf)))
			fail_msg("%s is not listed", row.fig[i].name);
	row_fini(&row);
	json_decref(j);
	assert_string_equal(row_metric("entry_p99", buf, sizeof(buf)), "entry_p99_ps");
	assert_string_equal(row_metric("finish", buf, sizeof(buf)), "sim_time_ps");
	assert_string_equal(row_metric("lock_wait", buf, sizeof(buf)), "lock_wait_ps");
	assert_string_equal(row_metric("memory.vm", buf, sizeof(buf)), "memory.vm_bytes");
	assert_string_equal(row_metric("exits.kick", buf, sizeof(buf)), "exits.kick");
	assert_null(row_metric("entry_p98", buf, sizeof(buf)));
	assert_null(row_metric("lock.dist_lock.waittime", buf, sizeof(buf)));
	assert_null(row_metric("lock..waittime-max_ps", buf, sizeof(buf)));
	assert_null(row_metric("", buf, sizeof(buf)));
	assert_string_equal(figure_unit("entry_p99_ps"), "ps");
	assert_string_equal(figure_unit("memory.vm_bytes"), "bytes");
	assert_string_equal(figure_unit("exits.kick"), "");
}

struct taking {
	const struct cell *cells;
	char *row[64];
	size_t nr, stop_after;
};

static int take(void *priv, size_t at, const struct row *row, struct err *err)
{
	struct taking *t = priv;

	assert_null(t->row[at]);
	t->row[at] = json_of(row);
	return ++t->nr == t->stop_after ? err_set(err, ERR_OUTPUT, "enough") : 0;
}

static void taken(struct taking *t)
{
	for (unsigned int i = 0; i < 64; i++)
		free(t->row[i]);
	*t = (struct taking){ 0 };
}

static void test_pool(void **state)
{
	for (unsigned int jobs = 1; jobs <= 5; jobs += 2)
		for (unsigned int little = 0; little < 2; little++) {
			struct taking t = { 0 };
			struct pool_options o = {
				.jobs = jobs,
				.row = take,
				.priv = &t,
				.memory = little,
				.row_options.keep_hists = true,
			};
			struct err err;

			assert_int_equal(pool_run(cell, NR, &o, &err), 0);
			assert_int_equal(t.nr, NR);
			for (size_t i = 0; i < NR; i++)
				assert_string_equal(t.row[i], alone[i]);
			taken(&t);
		}
}

static void test_pool_failures(void **state)
{
	static const char *const broken[] = {
		"trace=/nonexistent.pcap design=kvm-legacy host=kunpeng920-2s-128c lock=ticket "
		"seed=1",
		"trace=gen:rr,vcpus=2,duration=1ms,seed=1 design=kvm-legacy "
		"host=kunpeng920-2s-128c "
		"lock=ticket seed=1 window=64",
		"trace=gen:rr,vcpus=2,duration=1ms,seed=1 design=kvm-legacy "
		"host=kunpeng920-2s-128c "
		"lock=ticket seed=1",
	};
	struct taking t = { 0 };
	struct pool_options o = { .jobs = 2, .row = take, .priv = &t };
	struct cell c[3];
	struct row row;
	struct err err;
	json_t *j;

	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(cell_parse(&c[i], broken[i], &err), 0);
	assert_int_equal(pool_run(c, 3, &o, &err), 0);
	assert_int_equal(t.nr, 3);
	assert_non_null(strstr(t.row[0], "\"status\":\"input\""));
	assert_non_null(strstr(t.row[1], "\"status\":\"usage\""));
	assert_non_null(strstr(t.row[2], "\"status\":\"ok\""));
	j = json_loads(t.row[0], 0, NULL);
	assert_int_equal(row_from_json(&row, j, &err), 0);
	assert_int_equal(row_exit_status(&row), 3);
	assert_non_null(strstr(row.error, "/nonexistent.pcap"));
	row_fini(&row);
	json_decref(j);
	taken(&t);
	for (unsigned int i = 0; i < 3; i++)
		cell_fini(&c[i]);
}

/* A trace that ends too soon: its figures are there, and said to be incomplete. */
static void test_truncated(void **state)
{
	const struct row_options o = { 0 };
	const char *path = tu_path("cut.vgt");
	struct cell c;
	struct row row;
	struct err err;
	size_t n;
	char *s = tu_read(SOURCE_DIR "/workloads/micro/ipi-v3.vgt", &n);
	int64_t v;

	tu_write(path, s, n - 20);
	free(s);
	cell_init(&c);
	assert_int_equal(cell_put(&c, "trace", path, &err), 0);
	assert_int_equal(cell_put(&c, "design", "kvm-legacy", &err), 0);
	assert_int_equal(cell_put(&c, "host", "kunpeng920-2s-128c", &err), 0);
	assert_int_equal(cell_run(&c, NULL, &o, &row, &err), 0);
	assert_int_equal(row.status, ERR_INPUT);
	assert_true(row.truncated);
	assert_true(row_get(&row, "sim_time_ps", &v));
	row_fini(&row);
	cell_fini(&c);
}

static void test_pool_stops(void **state)
{
	struct taking t = { .stop_after = 2 };
	volatile sig_atomic_t cancel = 1;
	struct pool_options o = { .jobs = 1, .row = take, .priv = &t };
	struct err err;

	assert_int_equal(pool_run(cell, NR, &o, &err), ERR_OUTPUT);
	assert_string_equal(err.msg, "enough");
	assert_int_equal(t.nr, 2);
	taken(&t);
	o.cancel = &cancel;
	assert_int_equal(pool_run(cell, NR, &o, &err), 0);
	assert_int_equal(t.nr, 0);
	assert_int_equal(pool_run(cell, 0, &o, &err), 0);
}

static void test_look(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "trace=gen:hackbench,gic=v2,vcpus=9 design=kvm-legacy lock=ticket", "v2" },
		{ "trace=gen:hackbench,vcpus=256 design=kvm-legacy lock=ticket", "128" },
		{ "trace=gen:hackbench design=kvm-nothing lock=ticket", "no such design" },
		{ "trace=gen:hackbench design=kvm-legacy host=nowhere", "nowhere" },
		{ "trace=gen:hackbench design=kvm-legacy set=nokey=3", "nokey" },
		{ "trace=gen:hackbench design=kvm-legacy host=xgene1-m400", "GIC" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct trace_meta meta;
		struct cell c;
		struct err err;

		assert_int_equal(cell_parse(&c, bad[i].text, &err), 0);
		assert_int_equal(cell_look(&c, &meta, &err), ERR_USAGE);
		if (!strstr(err.msg, bad[i].why))
			fail_msg("%s: %s", bad[i].text, err.msg);
		cell_fini(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),	      cmocka_unit_test(test_text_refused),
		cmocka_unit_test(test_row_json),      cmocka_unit_test(test_figures),
		cmocka_unit_test(test_names),	      cmocka_unit_test(test_pool),
		cmocka_unit_test(test_pool_failures), cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_pool_stops),    cmocka_unit_test(test_look),
	};

	return cmocka_run_group_tests_name("pool", tests, setup, teardown);
}
