// SPDX-License-Identifier: GPL-2.0-or-later
/* What a change is called, at the limits and at the ends of what a document may have. */
#include "test-util.h"

#include <inttypes.h>

#include "diff.h"
#include "result.h"
#include "row.h"

/* A bench document of one row with these figures. */
static const char *one_row(const char *name, const char *figures)
{
	const char *path = tu_path(name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f,
		"{\"schema\": \"vgicsim-bench-1\", \"version\": \"1\", \"rows\": [{\"cell\": "
		"\"trace=t design=d host=h lock=ticket seed=1\", \"status\": \"ok\", "
		"\"trace_digest\": \"1\", \"host_digest\": \"2\", \"fingerprint\": \"3\", "
		"\"figures\": {%s}}]}\n",
		figures);
	assert_int_equal(fclose(f), 0);
	return path;
}

struct both {
	struct diff_doc doc[2];
	struct diff_options o;
	struct diff d;
	struct err err;
};

static int compare(struct both *b, const char *base, const char *now)
{
	int ret = diff_load(&b->doc[0], one_row("a", base), &b->err);

	if (!ret)
		ret = diff_load(&b->doc[1], one_row("b", now), &b->err);
	return ret ? ret : diff_run(&b->d, &b->doc[0], &b->doc[1], &b->o, &b->err);
}

static void done(struct both *b)
{
	diff_fini(&b->d);
	diff_doc_fini(&b->doc[0]);
	diff_doc_fini(&b->doc[1]);
	diff_rules_fini(&b->o.rules);
}

/* What one figure's change is called. */
static enum diff_class class_of(const char *name, int64_t base, int64_t now, const char *rule)
{
	char from[200], to[200], arg[100];
	struct both b = { 0 };
	enum diff_class c;

	snprintf(from, sizeof(from), "\"%s\": %" PRId64, name, base);
	snprintf(to, sizeof(to), "\"%s\": %" PRId64, name, now);
	if (rule) {
		snprintf(arg, sizeof(arg), "%s", rule);
		assert_int_equal(diff_rule_add(&b.o.rules, arg, &b.err), 0);
	}
	assert_int_equal(compare(&b, from, to), 0);
	c = b.d.nr_changes ? b.d.change[0].class : DIFF_SAME;
	assert_int_equal(b.d.nr_class[c], 1);
	assert_int_equal(diff_is_no(&b.d), c == DIFF_REGRESSION);
	done(&b);
	return c;
}

static void at_the_limit_and_beyond(void **state)
{
	/* A mean: a tenth of a per cent; a p99: two per cent. */
	assert_int_equal(class_of("entry_mean_ps", 10000, 10000, NULL), DIFF_SAME);
	assert_int_equal(class_of("entry_mean_ps", 10000, 10010, NULL), DIFF_SMALL);
	assert_int_equal(class_of("entry_mean_ps", 10000, 10011, NULL), DIFF_REGRESSION);
	assert_int_equal(class_of("entry_mean_ps", 10000, 9990, NULL), DIFF_SMALL);
	assert_int_equal(class_of("entry_mean_ps", 10000, 9989, NULL), DIFF_IMPROVEMENT);
	assert_int_equal(class_of("delivery_p99_ps", 10000, 10200, NULL), DIFF_SMALL);
	assert_int_equal(class_of("delivery_p99_ps", 10000, 10201, NULL), DIFF_REGRESSION);
	assert_int_equal(class_of("entry_count", 100, 900, NULL), DIFF_NEUTRAL);
	assert_int_equal(class_of("check.violations", 0, 1, NULL), DIFF_REGRESSION);
	assert_int_equal(class_of("check.violations", 1, 0, NULL), DIFF_IMPROVEMENT);
	assert_int_equal(class_of("no.such.figure", 1, 2, NULL), DIFF_NEUTRAL);
}

static void limits_of_ones_own(void **state)
{
	assert_int_equal(class_of("entry_p99_ps", 1000, 1050, "entry_p99=5%"), DIFF_SMALL);
	assert_int_equal(class_of("entry_p99_ps", 1000, 1051, "entry_p99=5%"), DIFF_REGRESSION);
	assert_int_equal(class_of("entry_p99_ps", 1000, 1051, "entry_p99_ps=5%"), DIFF_REGRESSION);
	assert_int_equal(class_of("entry_p99_ps", 1000, 1900, "latency=90%"), DIFF_SMALL);
	/* Both must be passed: a tenth of a per cent, and a nanosecond. */
	assert_int_equal(class_of("entry_p99_ps", 9000, 10000, "entry_p99=0.1%,1ns"), DIFF_SMALL);
	assert_int_equal(class_of("entry_p99_ps", 9000, 10001, "entry_p99=0.1%,1ns"),
			 DIFF_REGRESSION);
	assert_int_equal(class_of("sim_time_ps", 1000, 2000, "finish=200%"), DIFF_SMALL);
	/* Whoever names a neutral one wants it watched. */
	assert_int_equal(class_of("counter.overflows", 10, 11, "counter.overflows=0"),
			 DIFF_REGRESSION);
	assert_int_equal(class_of("counter.overflows", 10, 9, "counter.overflows=0,down"),
			 DIFF_REGRESSION);
	assert_int_equal(class_of("counter.overflows", 10, 11, "*=0%"), DIFF_NEUTRAL);
}

static void bad_limits(void **state)
{
	static const char *const bad[] = { "entry_p99",		  "=2%",
					   "entry_p99=",	  "entry_p99=%",
					   "entry_p99=-1%",	  "entry_p99=1.2.3%",
					   "entry_p99=2,3ell",	  "entry_p99=1e9%",
					   "entry_p99=99999999%", "entry_p99=0.00001%" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct diff_rules r = { 0 };
		struct err err;
		char arg[40];

		snprintf(arg, sizeof(arg), "%s", bad[i]);
		if (diff_rule_add(&r, arg, &err) != ERR_USAGE)
			fail_msg("%s: taken", bad[i]);
		diff_rules_fini(&r);
	}
}

static void unknown_rule_is_refused(void **state)
{
	char arg[] = "entry_p98=2%";
	struct both b = { 0 };

	assert_int_equal(diff_rule_add(&b.o.rules, arg, &b.err), 0);
	assert_int_equal(compare(&b, "\"entry_p99_ps\": 1", "\"entry_p99_ps\": 1"), ERR_USAGE);
	done(&b);
}

static void ends_of_the_range(void **state)
{
	const int64_t m = RESULT_MAX_INT;

	assert_int_equal(class_of("sim_time_ps", -m, m, NULL), DIFF_REGRESSION);
	assert_int_equal(class_of("sim_time_ps", m, -m, NULL), DIFF_IMPROVEMENT);
	assert_int_equal(class_of("sim_time_ps", 1, m, NULL), DIFF_REGRESSION);
	assert_int_equal(class_of("sim_time_ps", m - 1, m, NULL), DIFF_SMALL);
	assert_int_equal(class_of("sim_time_ps", 0, 1, NULL), DIFF_REGRESSION);
	assert_int_equal(class_of("sim_time_ps", 0, -1, NULL), DIFF_IMPROVEMENT);
	assert_int_equal(class_of("drift.mean_ps", -5, 5, NULL), DIFF_NEUTRAL);
}

static void percent_is(int64_t ppm, const char *want)
{
	char buf[48];

	assert_string_equal(diff_percent(buf, sizeof(buf), ppm), want);
}

static void percents(void **state)
{
	percent_is(0, "=");
	percent_is(1, "+0.0001 %");
	percent_is(-999, "-0.0999 %");
	percent_is(1000, "+0.1 %");
	percent_is(-250000, "-25.0 %");
	percent_is(9990000, "+999.0 %");
	percent_is(11500000, "x 12.5");
	percent_is(1234567890, "x 1235");
	percent_is(INT64_MAX - 1, "x > 10^6");
	percent_is(INT64_MAX, "from 0");
	percent_is(INT64_MIN, "from 0");
}

static void gone_and_new(void **state)
{
	struct both b = { 0 };

	assert_int_equal(
		compare(&b, "\"entry_mean_ps\": 5, \"x\": 1", "\"entry_mean_ps\": 5, \"y\": 2"), 0);
	assert_int_equal(b.d.nr_class[DIFF_GONE], 1);
	assert_int_equal(b.d.nr_class[DIFF_NEW], 1);
	assert_false(diff_is_no(&b.d));
	b.o.strict = true;
	assert_true(diff_is_no(&b.d));
	done(&b);
}

static void worst_first(void **state)
{
	static const char *const order[] = { "exit_mean_ps", "entry_mean_ps", "inject_mean_ps",
					     "mmio_mean_ps" };
	struct both b = { 0 };

	assert_int_equal(compare(&b,
				 "\"mmio_mean_ps\": 100, \"entry_mean_ps\": 100, "
				 "\"exit_mean_ps\": 100, \"inject_mean_ps\": 100",
				 "\"mmio_mean_ps\": 50, \"entry_mean_ps\": 120, "
				 "\"exit_mean_ps\": 150, \"inject_mean_ps\": 101"),
			 0);
	assert_int_equal(b.d.nr_changes, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(b.d.change[i].name, order[i]);
	done(&b);
}

/* A figure that somebody adds is neutral until somebody says what it is. */
static void classified(void *priv, const char *name, const char *help)
{
	const struct diff_rules none = { 0 };
	struct diff_metric m = diff_rule(&none, name);

	(*(size_t *)priv)++;
	if (!strcmp(m.group, "other"))
		fail_msg("%s (%s): no rule of diff-metrics.c says what is worse", name, help);
}

static void every_figure_has_a_rule(void **state)
{
	size_t nr = 0;

	row_help(classified, &nr);
	assert_true(nr > 100);
}

static void refused(const char *json, const char *want)
{
	const char *path = tu_path("bad");
	struct diff_doc d;
	struct err err;

	tu_write(path, json, strlen(json));
	if (diff_load(&d, path, &err) != ERR_INPUT)
		fail_msg("%s: taken", json);
	if (!strstr(err.msg, want))
		fail_msg("%s: want \"%s\" in \"%s\"", json, want, err.msg);
	diff_doc_fini(&d);
}

#define HEAD	     "{\"schema\": \"vgicsim-bench-1\", \"rows\": "
#define ROW(figures) "{\"cell\": \"trace=t design=d\", \"figures\": " figures "}"

static void documents_that_are_none(void **state)
{
	refused("", "want JSON");
	refused("[]", "schema");
	refused("{\"schema\": 5}", "schema");
	refused("{\"schema\": \"vgicsim-bench-2\"}", "schema");
	refused(HEAD "[]}", "at least one");
	refused(HEAD "{}}", "at least one");
	refused(HEAD "[5]}", "row 1: cell");
	refused(HEAD "[{\"cell\": \"trace=t\", \"figures\": {}}]}", "row 1: design");
	refused(HEAD "[{\"cell\": {\"trace\": 1}}]}", "row 1: trace");
	refused(HEAD "[" ROW("5") "]}", "row 1: figures");
	refused(HEAD "[" ROW("{\"x\": 1.5}") "]}", "row 1: x");
	refused(HEAD "[" ROW("{\"x\": \"1\"}") "]}", "row 1: x");
	refused(HEAD "[" ROW("{\"x\": 2305843009213693953}") "]}", "row 1: x");
	refused(HEAD "[" ROW("{\"x\": 1, \"x\": 1}") "]}", "duplicate");
	refused(HEAD "[" ROW("{}") ", " ROW("{}") "]}", "rows 1 and 2");
	refused(HEAD "[" ROW("{}") "], \"wall\": {\"rows\": []}}", "want times of 1 rows");
	refused(HEAD "[" ROW("{}") "], \"wall\": {\"rows\": [{\"wall_ns\": [1], \"cpu_ns\": []}]}}",
		"cpu_ns");
	refused(HEAD
		"[" ROW("{}") "], \"wall\": {\"rows\": [{\"wall_ns\": [-1], \"cpu_ns\": [1]}]}}",
		"wall_ns");
	refused("{\"schema\": \"vgicsim-result-1\", \"runs\": []}", "at least one run");
	refused("{\"schema\": \"vgicsim-sweep-1\", \"cells\": []}", "at least one");
}

/* Files of one name: apart by their paths. */
static void two_files_of_one_name(void **state)
{
	static const char json[] =
		HEAD "[{\"cell\": \"trace=t design=./a/x.so\", \"figures\": {}}, "
		     "{\"cell\": \"trace=t design=./b/x.so\", \"figures\": {}}]}";
	const char *path = tu_path("two");
	struct diff_doc d;
	struct err err;

	tu_write(path, json, strlen(json));
	assert_int_equal(diff_load(&d, path, &err), 0);
	assert_string_equal(d.row[0].dim[DIM_DESIGN], "./a/x.so");
	diff_doc_fini(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_the_limit_and_beyond),
		cmocka_unit_test(limits_of_ones_own),
		cmocka_unit_test(bad_limits),
		cmocka_unit_test(unknown_rule_is_refused),
		cmocka_unit_test(ends_of_the_range),
		cmocka_unit_test(percents),
		cmocka_unit_test(gone_and_new),
		cmocka_unit_test(worst_first),
		cmocka_unit_test(every_figure_has_a_rule),
		cmocka_unit_test(documents_that_are_none),
		cmocka_unit_test(two_files_of_one_name),
	};

	return cmocka_run_group_tests(tests, tu_setup, tu_teardown);
}
