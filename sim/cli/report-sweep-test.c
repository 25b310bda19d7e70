// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report of sweeps, from small documents written here: what reaches the page, that
 * each number is that of its place, and that names can be anything.
 */
#include "report-sweep-int.h"
#include <math.h>

#include "report-test-util.h"

/* ---- documents -------------------------------------------------------------------- */

struct make_axis {
	const char *name;
	const char *value[5];
};

/* A row whose entry p99 is @p99, of which half is waiting for the one lock. */
static json_t *make_row(json_int_t p99, unsigned int vcpus)
{
	json_t *fig = json_pack(
		"{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "entry_count",
		(json_int_t)10, "entry_p50_ps", p99 / 2, "entry_p99_ps", p99, "entry_split_count",
		(json_int_t)10, "entry.lock_wait_ps", 5 * p99, "entry.code_ps", 5 * p99,
		"lock.dist_lock.acquisitions", (json_int_t)10, "lock.dist_lock.waittime-total_ps",
		5 * p99, "lock.dist_lock.holdtime-avg_ps", (json_int_t)1000, "lock_wait_ps",
		5 * p99, "sim_time_ps", p99 < INT64_MAX / 100 ? 100 * p99 : p99, "memory.vm_bytes",
		(json_int_t)4000, "memory.all_vcpu_bytes", (json_int_t)vcpus * 500);

	assert_non_null(fig);
	json_object_set_new(fig, "memory.all_irq_bytes", json_integer(500));
	return json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:i,s:i,s:i,s:i,s:o}", "status", "ok",
			 "trace_digest", "0123456789abcdef", "host_digest", "fedcba9876543210",
			 "fingerprint", "00000000deadbeef", "records", 100, "gic", 3, "vcpus",
			 (int)vcpus, "lrs", 4, "threads", 0, "inferred", 0, "figures", fig);
}

static unsigned int axis_values(const struct make_axis *a)
{
	unsigned int n = 0;

	while (n < 5 && a->value[n])
		n++;
	return n;
}

/*
 * The product of @nr axes, the last one the fastest; @p99 says what a cell's is by its place
 * on each axis, 0: there is no such cell.
 */
static json_t *make_sweep(const struct make_axis *axis, unsigned int nr,
			  json_int_t (*p99)(const unsigned int *at))
{
	json_t *axes = json_array(), *cells = json_array();
	unsigned int at[8] = { 0 }, total = 1;

	for (unsigned int i = 0; i < nr; i++) {
		json_t *values = json_array();

		total *= axis_values(&axis[i]);
		for (unsigned int k = 0; k < axis_values(&axis[i]); k++)
			json_array_append_new(values, json_string(axis[i].value[k]));
		json_array_append_new(
			axes, json_pack("{s:s,s:o}", "name", axis[i].name, "values", values));
	}
	for (unsigned int n = 0; n < total; n++) {
		json_t *place = json_object();
		unsigned int rest = n;

		for (unsigned int i = nr; i-- > 0; rest /= axis_values(&axis[i]))
			at[i] = rest % axis_values(&axis[i]);
		for (unsigned int i = 0; i < nr; i++)
			json_object_set_new(place, axis[i].name, json_string(axis[i].value[at[i]]));
		if (p99(at))
			json_array_append_new(
				cells,
				json_pack("{s:i,s:O,s:s,s:o}", "n", (int)n, "at", place, "cell",
					  "trace=t.pcap design=kvm-legacy host=toy lock=ticket",
					  "row", make_row(p99(at), 1U << at[0])));
		json_decref(place);
	}
	return json_pack("{s:s,s:s,s:s,s:o,s:i,s:[],s:o}", "schema", SWEEP_SCHEMA, "version",
			 "9.8.7", "sweep", "feedfacecafebeef", "axes", axes, "total", (int)total,
			 "left_out", "cells", cells);
}

static const struct make_axis plain[] = {
	{ "vcpus", { "1", "2", "4" } },
	{ "lock", { "ticket", "queued" } },
	{ "design", { "kvm-legacy", "kvm-aplist" } },
	{ "seed", { "1", "2", "3" } },
};

/* The first design grows with x, the second does not; seeds differ by 10 ns. */
static json_int_t grows(const unsigned int *at)
{
	json_int_t ns = at[2] ? 300 : 100 << 2 * at[0];

	return (ns + 10 * (json_int_t)at[3]) * 1000;
}

/* What @what of a document gives; the document is released. */
static char *render(json_t *root, const char *x, struct report_options o, enum err_code want)
{
	struct err err = { 0 };
	struct sweep_doc d;
	char *html = NULL;
	int ret = sweep_doc_of(&d, "s.json", root, &err);

	if (!ret) {
		ret = report_sweep_html(&d, x, test_path("s.html"), &o, &err);
		sweep_doc_fini(&d);
	}
	json_decref(root);
	if (ret != (int)want)
		fail_msg("want %d, have %d: %s", want, ret, ret ? err.msg : "no error");
	if (!ret) {
		html = slurp(test_path("s.html"), NULL);
	} else {
		assert_int_equal(access(test_path("s.html"), F_OK), -1);
		html = strdup(err.msg);
	}
	unlink(test_path("s.html"));
	return html;
}

/* ---- the page ------------------------------------------------------------------------ */

/* Some numbers are words, which need no room of the caller's. */
static void test_numbers(void **state)
{
	struct rbuf b;

	memset(&b, 'x', sizeof(b));
	assert_string_equal(sw_text(&b, 0, R_SHARE), "0 %");
	assert_string_equal(sw_text(&b, 1e30, R_COUNT), "(too large)");
	assert_string_equal(sw_text(&b, NAN, R_TIME), "–");
	assert_string_equal(sw_text(&b, 0, R_TIME), "0");
	assert_string_equal(sw_text(&b, 0.025, R_SHARE), "2.5 %");
}

static void test_content(void **state)
{
	char *html = render(make_sweep(plain, 4, grows), NULL, (struct report_options){ 0 }, 0);

	assert_has(html, "<h1>kvm-legacy and kvm-aplist by vCPUs</h1>");
	assert_has(html, "36 runs, along <b>vCPUs</b>, vgicsim 9.8.7");
	assert_has(html, "kvm-legacy · queued");
	/* At one vCPU 310 of 110, at four 310 of 1610: the medians. */
	assert_has(html, "<td class=\"n\">2.82</td><td class=\"n\">0.19</td>");
	assert_has(html, "<td>less from <b>2</b>, not yet at 1 (by seed: 2 [2, 2])</td>");
	assert_has(html, "confidence 75.0 %.");
	/* Median, least and largest seed of a place. */
	assert_has(html, "<td class=\"n\">1.61 µs<br><span class=\"dim\">1.60 µs – 1.62 µs</span>");
	/* Half of each bar is waiting: 55 ns of 110. */
	assert_has(html, "<tr><th>1</th><td class=\"n\">110 ns</td><td class=\"n\">55 ns</td>");
	/* One of two vCPUs' time: 5 of 200. */
	assert_has(html, "<tr><th>2</th><td class=\"n\">2.5 %</td>");
	assert_has(html, "<code>dist_lock</code>");
	/* 4000 + 500 n + 500 bytes, and that by n. */
	assert_has(html, "<tr><th>4</th><td class=\"n\">6.50 kB</td>");
	assert_has(html, "<tr><th>4</th><td class=\"n\">1.62 kB</td>");
	assert_has(html, "No data: no run measured it.");
	assert_has(html, "<td><code>00000000deadbeef</code></td>");
	assert_lacks(html, "runs failed");
	free(html);
}

static void test_axis(void **state)
{
	char *html = render(make_sweep(plain, 4, grows), "lock", (struct report_options){ 0 }, 0);

	assert_has(html, "<h1>kvm-legacy and kvm-aplist by lock</h1>");
	/* What was along x is a panel now. */
	assert_has(html, "<h4>p99: vcpus 4</h4>");
	free(html);
	html = render(make_sweep(plain, 4, grows), "host", (struct report_options){ 0 }, ERR_USAGE);
	assert_string_equal(html, "s.json: --x: want an axis of it, have host");
	free(html);
}

static void test_figures(void **state)
{
	struct report_options o = { .plots = true, .keep_plots_dir = test_path("kept") };
	char *html, cmd[400];

	if (!have_gnuplot())
		skip();
	html = render(make_sweep(plain, 4, grows), NULL, o, 0);
	free(html);
	snprintf(cmd, sizeof(cmd),
		 "cd '%s/kept' && for f in entry-lines entry-parts-1 time-lines lock-1-lines "
		 "memory-lines; do test -s $f.svg && cp $f.svg first && rm $f.svg && "
		 "gnuplot $f.gp 2>err && ! test -s err && cmp first $f.svg || exit 1; done",
		 test_dir);
	assert_int_equal(system(cmd), 0);
	/* Figures read data that was written: the p99 of the first line at one vCPU. */
	snprintf(cmd, sizeof(cmd),
		 "grep -qx '1 110000 100000 120000 3 1' '%s'/kept/entry-lines-5.dat", test_dir);
	assert_int_equal(system(cmd), 0);
}

static char *term(json_t *root)
{
	struct report_term_options o = { .columns = 80 };
	struct err err = { 0 };
	struct sweep_doc d;
	char *s = NULL;
	size_t n;
	FILE *f = open_memstream(&s, &n);

	assert_int_equal(sweep_doc_of(&d, "s.json", root, &err), 0);
	assert_int_equal(report_sweep_term(&d, NULL, NULL, 0, f, &o, &err), 0);
	fclose(f);
	sweep_doc_fini(&d);
	json_decref(root);
	return s;
}

static void test_term(void **state)
{
	const char *old = getenv("PATH");
	char *save = strdup(old ? old : ""), *s = term(make_sweep(plain, 4, grows));

	assert_has(s, "entry_p99_ps by vCPUs\n");
	if (have_gnuplot())
		assert_has(s, "  A kvm-legacy · ticket   B kvm-legacy · queued   C kvm-aplist");
	free(s);
	setenv("PATH", "/nonexistent", 1);
	s = term(make_sweep(plain, 4, grows));
	setenv("PATH", save, 1);
	assert_has(s, "No curves: gnuplot was not found");
	free(s);
	free(save);
}

/* ---- what is missing, what is odd ---------------------------------------------------------- */

static json_int_t one_only(const unsigned int *at)
{
	return !at[0] && !at[1] && !at[2] && !at[3];
}

static json_int_t none(const unsigned int *at)
{
	return 0;
}

static json_int_t huge(const unsigned int *at)
{
	return (json_int_t)1 << (at[2] ? 0 : 59);
}

static void test_degenerate(void **state)
{
	static const struct make_axis single[] = { { "trace", { "t.pcap" } } };
	struct report_options o = { .plots = true };
	json_t *doc;
	char *html;

	free(render(make_sweep(plain, 4, one_only), NULL, o, 0));
	free(render(make_sweep(plain, 4, huge), NULL, o, 0));
	html = render(make_sweep(plain, 4, none), NULL, o, 0);
	assert_has(html, "No data: no lock was taken in any run.");
	free(html);
	html = render(make_sweep(single, 1, one_only), NULL, o, 0);
	assert_has(html, "want two designs and two values along an axis");
	free(html);
	/* A run that failed is a gap, and said. */
	doc = make_sweep(plain, 4, grows);
	json_object_set_new(json_array_get(json_object_get(doc, "cells"), 0), "row",
			    json_pack("{s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:i,s:i,s:i,s:i,s:{}}",
				      "status", "invariant", "error", "lock <order>",
				      "trace_digest", "0123456789abcdef", "host_digest",
				      "fedcba9876543210", "fingerprint", "0000000000000000",
				      "records", 0, "gic", 3, "vcpus", 0, "lrs", 0, "threads", 0,
				      "inferred", 0, "figures"));
	json_object_set_new(doc, "shard", json_pack("{s:i,s:i}", "index", 2, "of", 4));
	html = render(doc, NULL, o, 0);
	assert_has(html, "<b>1 of 36 runs failed</b>");
	assert_has(html, "lock &lt;order&gt;");
	assert_has(html, "This is shard 2 of 4");
	free(html);
}

static json_int_t few(const unsigned int *at)
{
	return 1000 + 500 * at[0] + 100 * at[1];
}

static void test_hostile(void **state)
{
	static const struct make_axis axes[] = {
		{ "<b>'`touch pwned`\n!touch pwned", { "1'`touch pwned`", "'; !touch pwned; '" } },
		{ "design", { "k'v`touch pwned`</style><script>", "\"%s%n<", "@x" } },
		{ "host", { "''; set print '| touch pwned'", "<img src=http://e.example/>" } },
	};
	struct report_options o = { .plots = have_gnuplot(),
				    .keep_plots_dir = test_path("hostile") };
	json_t *doc = make_sweep(axes, 3, few), *fig;
	char *html;

	fig = json_object_get(
		json_object_get(json_array_get(json_object_get(doc, "cells"), 0), "row"),
		"figures");
	json_object_set_new(fig, "lock.'`touch pwned`.acquisitions", json_integer(3));
	json_object_set_new(fig, "entry.'`touch pwned`<i>_ps", json_integer(30000));
	json_object_set_new(doc, "question", json_string("</h1><script>alert(1)</script>"));
	html = render(doc, NULL, o, 0);
	assert_lacks(html, "<script");
	assert_lacks(html, "<img src=http");
	assert_lacks(html, "<i>");
	assert_has(html, "k&#39;v`touch pwned`&lt;/style&gt;");
	assert_int_equal(access(test_path("hostile/pwned"), F_OK), -1);
	assert_int_equal(access("pwned", F_OK), -1);
	free(html);
}

/* More lines than a figure holds. */
static void test_many(void **state)
{
	struct report_options o = { .plots = true };
	json_t *doc = make_sweep(plain, 4, one_only), *axes = json_object_get(doc, "axes");
	json_t *values = json_array();
	char text[32], *html;

	for (unsigned int i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), i ? "design-%u" : "kvm-legacy", i);
		json_array_append_new(values, json_string(text));
	}
	json_object_set_new(json_array_get(axes, 2), "values", values);
	json_object_set_new(doc, "total", json_integer(3 * 2 * 40 * 3));
	html = render(doc, NULL, o, 0);
	assert_has(html, "the first 32 of 80 series");
	free(html);
}

static void test_same_bytes(void **state)
{
	struct report_options o = { .plots = true };
	char *a = render(make_sweep(plain, 4, grows), NULL, o, 0);
	char *b = render(make_sweep(plain, 4, grows), NULL, o, 0);

	assert_string_equal(a, b);
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),	   cmocka_unit_test(test_content),
		cmocka_unit_test(test_axis),	   cmocka_unit_test(test_figures),
		cmocka_unit_test(test_term),	   cmocka_unit_test(test_degenerate),
		cmocka_unit_test(test_hostile),	   cmocka_unit_test(test_many),
		cmocka_unit_test(test_same_bytes),
	};

	setenv("VGICSIM_PLOTS", SOURCE_DIR "/plots", 1);
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
