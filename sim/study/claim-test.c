// SPDX-License-Identifier: GPL-2.0-or-later
/* Formulas, limits and verdicts, and files that are no claims. */
#include "test-util.h"

#include "claim.h"
#include "study.h"
#include "workload.h"

static void formula_of(struct claim_formula *f, const char *text)
{
	struct err err;

	if (claim_formula_parse(f, text, &err))
		fail_msg("%s: %s", text, err.msg);
}

static void no_formula(const char *text)
{
	struct claim_formula f;
	struct err err;

	assert_int_equal(claim_formula_parse(&f, text, &err), ERR_USAGE);
}

static void test_formula(void **state)
{
	struct figure fig[] = {
		{ (char *)"entry_total_ps", 300 },
		{ (char *)"exit_total_ps", 100 },
		{ (char *)"entry_count", 8 },
		{ (char *)"mmio_count", 0 },
	};
	struct row row = { .fig = fig, .nr = 4 };
	struct claim_formula f;
	double v;

	formula_of(&f, "entry_total_ps per entry_total_ps + exit_total_ps");
	assert_int_equal(f.unit, CLAIM_SHARE);
	assert_true(claim_formula_eval(&f, &row, &v));
	assert_true(v == 0.75);
	claim_formula_fini(&f);

	formula_of(&f, "entry_total_ps + exit_total_ps per entry_count");
	assert_int_equal(f.unit, CLAIM_TIME);
	assert_true(claim_formula_eval(&f, &row, &v));
	assert_true(v == 50);
	row.status = ERR_INVARIANT; /* of a run that failed there is no number */
	assert_false(claim_formula_eval(&f, &row, &v));
	row.status = 0;
	claim_formula_fini(&f);

	/* A sum of nothing is 0, a mean of nothing is none, and so is what it is divided by. */
	formula_of(&f, "mmio_total_ps per entry_count");
	assert_true(claim_formula_eval(&f, &row, &v) && v == 0);
	claim_formula_fini(&f);
	formula_of(&f, "mmio_p99_ps");
	assert_false(claim_formula_eval(&f, &row, &v));
	claim_formula_fini(&f);
	formula_of(&f, "entry_total_ps per mmio_count");
	assert_false(claim_formula_eval(&f, &row, &v));
	claim_formula_fini(&f);
}

static void test_no_formula(void **state)
{
	no_formula("");
	no_formula("entry_totall_ps");
	no_formula("entry_total_ps +");
	no_formula("entry_total_ps exit_total_ps");
	no_formula("entry_total_ps per exit_count per mmio_count");
	no_formula("entry_total_ps + exit_count");
	no_formula("exits_total per entry_count + entry_total_ps");
}

static void test_limit(void **state)
{
	struct claim_limit l;
	struct err err;

	assert_int_equal(claim_limit_parse(&l, ">= 20 %", &err), 0);
	assert_true(claim_limit_met(&l, 0.2) && !claim_limit_met(&l, 0.1999));
	free(l.text);
	assert_int_equal(claim_limit_parse(&l, "<= 1.5us", &err), 0);
	assert_true(claim_limit_met(&l, 1500000) && !claim_limit_met(&l, 1500001));
	free(l.text);
	assert_int_equal(claim_limit_parse(&l, "<= 0.95 times", &err), 0);
	assert_true(claim_limit_met(&l, 0.95) && !claim_limit_met(&l, 0.96));
	free(l.text);
	assert_int_equal(claim_limit_parse(&l, "> 3", &err), ERR_USAGE);
	assert_int_equal(claim_limit_parse(&l, ">= -1", &err), ERR_USAGE);
	assert_int_equal(claim_limit_parse(&l, ">=", &err), ERR_USAGE);
	assert_int_equal(claim_limit_parse(&l, ">= 3 apples", &err), ERR_USAGE);
	assert_int_equal(claim_limit_parse(&l, ">= 1e999", &err), ERR_USAGE);
}

static void test_combine(void **state)
{
	const enum claim_verdict s = CLAIM_SUPPORTED, r = CLAIM_REFUTED, d = CLAIM_DEPENDS,
				 u = CLAIM_UNDECIDED;

	assert_int_equal(claim_combine(NULL, 0), u);
	assert_int_equal(claim_combine((enum claim_verdict[]){ s, s }, 2), s);
	assert_int_equal(claim_combine((enum claim_verdict[]){ r, r }, 2), r);
	assert_int_equal(claim_combine((enum claim_verdict[]){ s, r }, 2), d);
	assert_int_equal(claim_combine((enum claim_verdict[]){ s, u }, 2), d);
	assert_int_equal(claim_combine((enum claim_verdict[]){ r, u }, 2), u);
	assert_int_equal(claim_combine((enum claim_verdict[]){ u, u }, 2), u);
	assert_int_equal(claim_combine((enum claim_verdict[]){ r, d }, 2), d);
}

/* No cost that is a time may be left out of a band, or be moved twice. */
static void test_groups(void **state)
{
	for (enum host_key key = 0; key < HK_NR; key++) {
		unsigned int in = 0;

		for (const struct study_group *g = study_groups; g->name; g++)
			for (unsigned int i = 0; i < g->nr; i++)
				in += g->key[i] == key;
		if (in != (host_keys[key].kind == HKK_TIME))
			fail_msg("%s is in %u groups", host_keys[key].key, in);
	}
}

/* The words by which a band is made are part of a cell's text, and of its host. */
static void test_words(void **state)
{
	static const char text[] = "trace=gen:idle,vcpus=1,duration=1ms,seed=1 design=kvm-legacy "
				   "host=kunpeng920-2s-128c set=dram=90ns assumed=lines:x1/2 "
				   "lock=queued seed=1 deliveries=1";
	struct host *a = malloc(sizeof(*a)), *b = malloc(sizeof(*b));
	struct cell c;
	struct err err;
	char *again;

	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(cell_parse(&c, text, &err), 0);
	again = cell_text(&c);
	assert_string_equal(again, text);
	free(again);
	assert_int_equal(cell_host(&c, a, &err), 0);
	assert_int_equal(cell_put(&c, "assumed", "x1", &err), 0);
	assert_int_equal(cell_host(&c, b, &err), 0);
	/* Assumed and in the group; published; given; assumed and in another group. */
	assert_int_equal(2 * a->c[HK_LLC].time.ps, b->c[HK_LLC].time.ps);
	assert_int_equal(a->c[HK_C2C_NEAR].time.ps, b->c[HK_C2C_NEAR].time.ps);
	assert_int_equal(a->c[HK_DRAM].time.ps, 90000);
	assert_int_equal(a->c[HK_SGI_PHYS].time.ps, b->c[HK_SGI_PHYS].time.ps);
	assert_true(a->digest != b->digest);
	assert_int_equal(cell_put(&c, "assumed", "caches:x2", &err), ERR_USAGE);
	assert_int_equal(cell_put(&c, "assumed", "x0", &err), ERR_USAGE);
	cell_fini(&c);
	free(a);
	free(b);
}

/* ---- files --------------------------------------------------------------- */

#define HEAD   "[claim]\ntitle = t\nclaim = c\nsource = s\n"
#define TEST   "[test a]\nsays = s\nmeasure = m\nof = entry_p99_ps\ndesign = kvm-legacy\n"
#define LIMITS "supported = >= 2us\nrefuted = <= 1us\n"
#define AXES   "[axis a]\ntrace = gen:idle,vcpus=1,duration=1ms\n"

static int load(const char *text, struct claims *c, struct err *err)
{
	char path[] = "/tmp/claim-test.XXXXXX";
	const char *name = path;
	int fd = mkstemp(path), ret;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	ret = claims_load(c, &name, 1, err);
	unlink(path);
	return ret;
}

static void refused(const char *text, const char *why)
{
	struct claims c;
	struct err err;

	assert_int_equal(load(text, &c, &err), ERR_USAGE);
	if (!strstr(err.msg, why))
		fail_msg("want \"%s\", have \"%s\"", why, err.msg);
	claims_fini(&c);
}

static void test_files(void **state)
{
	struct claims c;
	struct err err;

	assert_int_equal(load(HEAD TEST LIMITS AXES, &c, &err), 0);
	assert_int_equal(c.claim[0].nr_tests, 1);
	claims_fini(&c);
	refused("", "want title, claim, source and a test");
	refused(HEAD, "and a test");
	refused(HEAD TEST AXES, "want says, measure, of, design, supported");
	refused(HEAD TEST "supported = >= 1us\nrefuted = <= 2us\n" AXES, "no number can meet both");
	refused(HEAD TEST "supported = >= 2us\nrefuted = >= 1us\n" AXES, "no number can meet both");
	refused(HEAD TEST LIMITS "x = vcpus\n" AXES, "x: want one of its axes");
	refused(HEAD TEST LIMITS "at = often\n" AXES, "want every or largest");
	refused(HEAD TEST LIMITS AXES "design = kvm-aplist\n", "design is not given there");
	refused(HEAD TEST LIMITS "[axis b]\nvcpus = 1\n", "want [test b] before it");
	refused(HEAD TEST LIMITS "against = no-such\n" AXES, "no-such");
	refused(HEAD TEST LIMITS "weight = 3\n" AXES, "line 12");
	refused(HEAD "[tests a]\nx = y\n", "want the section");
}

/* ---- verdicts of runs ---------------------------------------------------- */

static const struct claim_test *run(struct claims *c, const char *text)
{
	const struct claims_options o = { .version = "test", .jobs = 1 };
	struct err err;

	if (load(text, c, &err) || claims_run(c, &o, &err))
		fail_msg("%s", err.msg);
	return &c->claim[0].test[0];
}

#define SHARE                                                                                      \
	"[test a]\nsays = s\nmeasure = m\nof = entry.lock_wait_ps per entry_split_total_ps\n"      \
	"design = kvm-legacy\nsupported = >= 20 %\nrefuted = <= 5 %\n"
#define HACKBENCH "[axis a]\ntrace = gen:hackbench,duration=500us\nlock = ticket, queued\n"

/* One vCPU waits for nobody, twenty-four do; of both together it depends. */
static void test_each_way(void **state)
{
	const struct claim_test *t;
	struct claims c;

	t = run(&c, HEAD SHARE "x = vcpus\n" HACKBENCH "vcpus = 1, 24\nseeds = 2\n");
	assert_int_equal(t->verdict, CLAIM_SUPPORTED);
	assert_int_equal(c.claim[0].verdict, CLAIM_SUPPORTED);
	assert_int_equal(t->nr_cases, 2);
	assert_int_equal(t->cases[0].from, 1);
	assert_int_equal(t->cases[0].point[1].nr, 2 + 12);
	assert_true(t->cases[0].point[0].high == 0);
	claims_fini(&c);
	t = run(&c, HEAD SHARE "x = vcpus\nat = every\n" HACKBENCH "vcpus = 1, 24\n");
	assert_int_equal(t->verdict, CLAIM_UNDECIDED);
	claims_fini(&c);
	t = run(&c, HEAD SHARE HACKBENCH "vcpus = 1\n");
	assert_int_equal(t->verdict, CLAIM_REFUTED);
	claims_fini(&c);
	t = run(&c, HEAD SHARE HACKBENCH "vcpus = 1, 24\n");
	assert_int_equal(t->verdict, CLAIM_DEPENDS);
	assert_int_equal(t->nr_cases, 4);
	assert_int_equal(claim_verdict_where(t, NULL, "ticket"), CLAIM_DEPENDS);
	claims_fini(&c);
}

/* A host on which what is done under the lock takes no time. */
static void test_free_lock(void **state)
{
	const struct claim_test *t;
	struct claims c;

	t = run(&c, HEAD SHARE HACKBENCH
		"vcpus = 24\nset.insn = 1ps\nset.l1 = 1ps\nset.llc = 1ps\nset.dram = 1ps\n"
		"set.c2c_near = 1ps\nset.c2c_die = 1ps\nset.c2c_xdie = 1ps\nset.c2c_xsock = 1ps\n"
		"set.atomic_own = 1ps\n");
	assert_int_equal(t->verdict, CLAIM_REFUTED);
	claims_fini(&c);
}

/* Nothing is faster than itself. */
static void test_same_design(void **state)
{
	const struct claim_test *t;
	struct claims c;

	t = run(&c, HEAD "[test a]\nsays = s\nmeasure = m\nof = entry_total_ps per entry_count\n"
			 "design = kvm-aplist\nagainst = kvm-aplist\nsupported = >= 1.1 times\n"
			 "refuted = <= 1 times\n" HACKBENCH "vcpus = 4\nseeds = 2\n");
	assert_int_equal(t->verdict, CLAIM_REFUTED);
	assert_true(t->cases[0].point[0].low == 1 && t->cases[0].point[0].high == 1);
	claims_fini(&c);
}

/* A time is near to twice as long with everything assumed doubled. */
static void test_band(void **state)
{
	const struct claim_test *t;
	struct claims c;

	t = run(&c, HEAD "[test a]\nsays = s\nmeasure = m\nof = entry_total_ps per entry_count\n"
			 "design = kvm-aplist\nsupported = >= 330ns\nrefuted = <= 200ns\n" HACKBENCH
			 "vcpus = 4\n");
	assert_int_equal(t->verdict, CLAIM_UNDECIDED);
	assert_int_equal(t->cases[0].why, CLAIM_BAND);
	assert_true(t->cases[0].point[0].low < t->cases[0].point[0].value);
	claims_fini(&c);
	/* What was never measured is not decided either. */
	t = run(&c, HEAD "[test a]\nsays = s\nmeasure = m\nof = mmio_p99_ps\ndesign = kvm-aplist\n"
			 "supported = >= 330ns\nrefuted = <= 200ns\n" HACKBENCH "vcpus = 4\n");
	assert_int_equal(t->verdict, CLAIM_UNDECIDED);
	assert_int_equal(t->cases[0].why, CLAIM_NOT_MEASURED);
	claims_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formula),	  cmocka_unit_test(test_no_formula),
		cmocka_unit_test(test_limit),	  cmocka_unit_test(test_combine),
		cmocka_unit_test(test_groups),	  cmocka_unit_test(test_words),
		cmocka_unit_test(test_files),	  cmocka_unit_test(test_each_way),
		cmocka_unit_test(test_free_lock), cmocka_unit_test(test_same_design),
		cmocka_unit_test(test_band),
	};

	trace_add_maker(&gen_maker);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
