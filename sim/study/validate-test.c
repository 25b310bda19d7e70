// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Predictions on a host whose costs are round, against sums made by hand; targets
 * and bands; the file of rows, and what it refuses.
 */
#include "test-util.h"

#include "measure.h"
#include "test-host.h"
#include "validate.h"

/* Every time zero but the instruction, which is a picosecond: its share is far below 1 ns. */
static struct host toy(void)
{
	static const struct {
		enum host_key key;
		unsigned int ns;
	} times[] = {
		{ HK_TRAP_IN, 1000 },	   { HK_TRAP_OUT, 300 },      { HK_WS_SAVE, 20000 },
		{ HK_WS_RESTORE, 7000 },   { HK_HANDLE_EXIT, 50000 }, { HK_HVC, 100 },
		{ HK_MMIO_DISPATCH, 200 }, { HK_SRCU, 10 },	      { HK_SYSREG_DISPATCH, 400 },
		{ HK_IPI_SEND, 30 },	   { HK_SGI_PHYS, 600 },      { HK_HOST_IRQ, 800 },
		{ HK_VIRQ_ENTRY, 2000 },
	};
	struct host h = test_host(3);

	for (enum host_key k = 0; k < HK_NR; k++)
		if (host_keys[k].kind == HKK_TIME)
			h.c[k].time = VT_ZERO;
	h.c[HK_INSN_PS].time = VT_PS(1);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		h.c[times[i].key].time = VT_NS(times[i].ns);
	return h;
}

static int64_t measured(const char *trace, const char *design, const char *measure,
			const struct host *host)
{
	struct replay_options o;
	struct measure_run run;
	struct study_trace t;
	struct err err;
	char path[512];
	int64_t milli;

	snprintf(path, sizeof(path), SOURCE_DIR "/workloads/micro/%s", trace);
	if (study_trace_load(&t, path, 0, &err))
		fail_msg("%s", err.msg);
	replay_options_init(&o);
	o.host = host;
	o.design = vgic_design_find(design);
	if (measure_run(&run, &t, &o, &err))
		fail_msg("%s", err.msg);
	if (measure_find(measure)->fn(&run, host, &milli, &err))
		fail_msg("%s", err.msg);
	measure_run_fini(&run);
	study_trace_fini(&t);
	return milli;
}

static void assert_about(int64_t milli, int64_t ns)
{
	/* What is beyond whole nanoseconds are instructions, fewer than 4000 of them. */
	if (milli < ns * 1000 || milli >= ns * 1000 + 4000)
		fail_msg("want %lld ns and some instructions, have %lld ps", (long long)ns,
			 (long long)milli);
}

static void test_mmio_by_hand(void **state)
{
	struct host h = toy();

	h.c[HK_GIC].count = 2;
	/* in 1000, save 20000, handler 50000, decode 200, SRCU 2 x 10, restore 7000, out 300 */
	assert_about(measured("mmio-v2.vgt", "kvm-legacy", "mmio", &h), 78520);
	assert_about(measured("mmio-v2.vgt", "kvm-aplist", "mmio", &h), 78520);
}

static void test_ipi_by_hand(void **state)
{
	struct host h = toy();

	/*
	 * Sender: in 1000, save 20000, handler 50000, decode 400, IPI 30: 71430. Wire
	 * 600. Receiver: in 1000, save 20000, IRQ 800, handler 50000, restore 7000, out
	 * 300, vector and IAR 2000: 81100. By then the sender is back.
	 */
	assert_about(measured("ipi-v3.vgt", "kvm-aplist-6.1", "ipi", &h), 153130);
	/* The flag's way back is one transfer; here no other line costs it. */
	h.c[HK_C2C_NEAR].time = VT_PS(1000000000);
	assert_true(measured("ipi-v3.vgt", "kvm-aplist-6.1", "ipi", &h) >=
		    (153130 + 1000000) * INT64_C(1000));
}

static void test_completion(void **state)
{
	struct host h = toy();

	h.c[HK_GIC].count = 2;
	assert_int_equal(measured("completion-v2.vgt", "kvm-legacy", "completion-exits", &h), 0);
}

/* ---- targets ------------------------------------------------------------- */

static void meets(enum published_target target, int64_t published, int64_t by, int64_t have,
		  bool want)
{
	struct published_row r = { .target = target, .milli = published, .target_milli = by };

	assert_int_equal(validate_meets(&r, have), want);
}

static void test_targets(void **state)
{
	meets(TARGET_WITHIN, 1000000, 30000, 1300000, true);
	meets(TARGET_WITHIN, 1000000, 30000, 1300001, false);
	meets(TARGET_WITHIN, 1000000, 30000, 699999, false);
	meets(TARGET_WITHIN, -60000, 20000, -72000, true);
	meets(TARGET_FACTOR, 26000, 1500, 39000, true);
	meets(TARGET_FACTOR, 26000, 1500, 39001, false);
	meets(TARGET_FACTOR, 27000, 1500, 18000, true);
	meets(TARGET_FACTOR, 27000, 1500, 17999, false);
	meets(TARGET_FACTOR, 27000, 1500, -27000, false);
	meets(TARGET_EXACT, 0, 0, 0, true);
	meets(TARGET_EXACT, 0, 0, 1, false);
	meets(TARGET_SIGN, -5200, 0, -1, true);
	meets(TARGET_SIGN, -5200, 0, 0, false);
	meets(TARGET_SIGN, -5200, 0, 1, false);
	meets(TARGET_BELOW, 1500, 10000, -9999, true);
	meets(TARGET_BELOW, 1500, 10000, 10000, false);
}

static void test_numbers(void **state)
{
	int64_t v;

	assert_true(published_number("7370", &v) && v == 7370000);
	assert_true(published_number("-5.2", &v) && v == -5200);
	assert_true(published_number("0.296", &v) && v == 296);
	assert_false(published_number("", &v));
	assert_false(published_number("1.", &v));
	assert_false(published_number(".5", &v));
	assert_false(published_number("1.2345", &v));
	assert_false(published_number("1,5", &v));
	assert_false(published_number("99999999999999999999", &v));
}

/* ---- rows ---------------------------------------------------------------- */

#define ROW                                                                                        \
	"[X1]\nwhat = w\npublished = 78520 ns\ntarget = within 1 %\nsource = s\nconfirmed = "      \
	"text\nhost = toy\n"                                                                       \
	"design = kvm-aplist\ntrace = mmio-v2.vgt\nmeasure = mmio\n"

static int load(struct published *p, const char *text, struct err *err)
{
	const char *path = tu_path("rows.ini");

	tu_write(path, text, strlen(text));
	return published_load(p, path, err);
}

static void put_trace(void)
{
	size_t n;
	char *text = tu_read(SOURCE_DIR "/workloads/micro/mmio-v2.vgt", &n);

	tu_write(tu_path("mmio-v2.vgt"), text, n);
	free(text);
}

static void test_row(void **state)
{
	struct host h = toy();
	struct published p;
	struct validated v;
	const struct band_key *k;
	struct err err;

	h.c[HK_GIC].count = 2;
	for (enum host_key key = 0; key < HK_NR; key++)
		h.c[key].tag = COST_PUBLISHED;
	h.c[HK_HANDLE_EXIT].tag = h.c[HK_TRAP_OUT].tag = COST_ASSUMED;
	h.c[HK_WFI_WAKE].tag = COST_ASSUMED; /* zero: there is nothing to halve */
	put_trace();
	if (load(&p, ROW, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(validate_row(&p, &p.row[0], &h, &v, &err), 0);
	assert_int_equal(v.verdict, VERDICT_PASS);
	assert_int_equal(v.error_permille, 0);
	assert_int_equal(v.nr_assumed, 2);
	assert_int_equal(v.nr_band, 2);
	/* Half: 25000 + 150 less; twice: 50000 + 300 more. */
	assert_about(v.low_milli, 78520 - 25150);
	assert_about(v.high_milli, 78520 + 50300);
	assert_int_equal(v.low_milli, v.all_half_milli);
	assert_int_equal(v.high_milli, v.all_twice_milli);
	k = validate_widest(&v);
	assert_int_equal(k->key, HK_HANDLE_EXIT);
	assert_about(k->half_milli, 78520 - 25000);
	assert_about(k->twice_milli, 78520 + 50000);
	published_fini(&p);
}

static void test_miss_stays(void **state)
{
	static const char other[] =
		"[X2]\nwhat = w\npublished = 50000 ns\ntarget = within 50 %\nsource = s\nconfirmed "
		"= text\n"
		"host = toy\ndesign = kvm-aplist\ntrace = mmio-v2.vgt\nmeasure = mmio\n"
		"[X3]\nwhat = w\npublished = 78520 ns\ntarget = within 1 %\nsource = s\nconfirmed "
		"= text\n"
		"host = toy\ndesign = no-such-design\nstand_in = kvm-aplist\n"
		"trace = mmio-v2.vgt\nmeasure = mmio\n"
		"[X4]\nwhat = w\npublished = 78520 ns\ntarget = within 1 %\nsource = s\nconfirmed "
		"= text\n"
		"host = toy\ndesign = no-such-design\ntrace = mmio-v2.vgt\nmeasure = mmio\n"
		"[X6]\nwhat = w\npublished = 78520 ns\ntarget = within 1 %\nsource = s\n"
		"confirmed = memory\nhost = toy\ndesign = kvm-aplist\ntrace = mmio-v2.vgt\n"
		"measure = mmio\n"
		"[X5]\nwhat = w\npublished = 1 ns\ntarget = within 1 %\nsource = s\nconfirmed = "
		"text\n"
		"needs = no ITS\n";
	static const enum verdict want[] = { VERDICT_MISS, VERDICT_STAND_IN, VERDICT_NOT_MODELLED,
					     VERDICT_UNCONFIRMED, VERDICT_NOT_MODELLED };
	struct host h = toy();
	struct published p;
	struct validated v;
	struct err err;

	h.c[HK_GIC].count = 2;
	put_trace();
	if (load(&p, other, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(p.nr, 5);
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(validate_row(&p, &p.row[i], &h, &v, &err), 0);
		assert_int_equal(v.verdict, want[i]);
	}
	/* Of a host that has no profile. */
	assert_int_equal(validate_row(&p, &p.row[0], NULL, &v, &err), 0);
	assert_int_equal(v.verdict, VERDICT_NOT_MODELLED);
	assert_string_equal(v.why, "no host profile toy");
	published_fini(&p);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *want;
	} bad[] = {
		{ "", "want a row, have none" },
		{ "what = w\n", "want a [row] before its keys" },
		{ ROW ROW, "what: here a second time" },
		{ ROW "[X2]\nwhat = w\n", "row X2 ends without \"source\"" },
		{ ROW "[X2]\nwhat = w\n[X1]\nwhat = w\n", "row X2 ends without" },
		{ ROW "colour = red\n", "unknown key \"colour\"" },
		{ "[X]\npublished = 12\n", "want a number and its unit" },
		{ "[X]\npublished = 12 furlongs\n", "unknown unit \"furlongs\"" },
		{ "[X]\ntarget = within 30\n", "target: want \"within N %\"" },
		{ "[X]\ntarget = within 0 %\n", "want a number above 0" },
		{ "[X]\ntarget = factor two\n", "want a number above 0" },
		{ "[X]\nconfirmed = yes\n", "want text, secondary or memory" },
		{ "[X]\nlock = mutex\n", "no such algorithm" },
		{ "[X]\ndesign = a b c\n", "want one or two names" },
		{ "[X]\nwhat = w\npublished = 1 ns\ntarget = exact\nsource = s\nconfirmed = text\n",
		  "ends without \"needs" },
		{ "[X]\nwhat = w\npublished = 0 ns\ntarget = within 5 %\nsource = s\nconfirmed = "
		  "text\nneeds = n\n",
		  "wants a published value but 0" },
		{ "[X]\nwhat = w\npublished = 1 ns\ntarget = exact\nsource = s\nconfirmed = "
		  "text\nneeds = n\n"
		  "measure = luck\n",
		  "no measure \"luck\"" },
	};
	struct published p;
	struct err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(load(&p, bad[i].text, &err), ERR_USAGE);
		if (!strstr(err.msg, bad[i].want))
			fail_msg("want \"%s\" in \"%s\"", bad[i].want, err.msg);
	}
	assert_int_equal(published_load(&p, "/nowhere/rows.ini", &err), ERR_USAGE);
}

/* The tree's own: sound, and every row that can be answered is. */
static void test_tree(void **state)
{
	struct published p;
	struct err err;

	if (published_load(&p, NULL, &err))
		fail_msg("%s", err.msg);
	assert_true(p.nr >= 20);
	for (unsigned int i = 0; i < p.nr; i++) {
		const struct published_row *r = &p.row[i];
		char path[1024];

		for (unsigned int k = 0; k < 2 && *r->trace[k]; k++) {
			snprintf(path, sizeof(path), "%s/%s", p.dir, r->trace[k]);
			if (access(path, R_OK))
				fail_msg("row %s: no %s", r->id, path);
		}
	}
	published_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mmio_by_hand), cmocka_unit_test(test_ipi_by_hand),
		cmocka_unit_test(test_completion),   cmocka_unit_test(test_targets),
		cmocka_unit_test(test_numbers),	     cmocka_unit_test(test_row),
		cmocka_unit_test(test_miss_stays),   cmocka_unit_test(test_refused),
		cmocka_unit_test(test_tree),
	};

	return cmocka_run_group_tests(tests, tu_setup, tu_teardown);
}
