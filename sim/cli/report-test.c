// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report from small documents written here: what reaches the page, what
 * must not, and that nothing is known beforehand. Figures are drawn where
 * gnuplot is installed; without it those tests are skipped, said by cmocka.
 */
#include <sys/stat.h>

#include "report-int.h"
#include "report-test-util.h"

static unsigned int occurrences(const char *s, const char *what)
{
	unsigned int n = 0;

	for (; (s = strstr(s, what)); s += strlen(what))
		n++;
	return n;
}

/* ---- documents -------------------------------------------------------------------- */

/* @count events of which half took @low and half @high, split in two parts. */
static json_t *make_latency(int count, int low, int high, int lock_wait, int list)
{
	int mean = (low + high) / 2;

	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i,"
			 " s:{s:i, s:i, s:i}, s:[[i,i,i],[i,i,i]], s:{s:{s:i,s:i,s:i,s:i,s:i}},"
			 " s:[{s:i,s:i,s:i,s:i,s:i,s:i}]}",
			 "count", count, "mean_ps", mean, "min_ps", low, "p50_ps", low, "p90_ps",
			 high, "p99_ps", high, "p999_ps", high, "max_ps", high, "split_count",
			 count, "split_total_ps", count * mean, "total_ps", count * mean,
			 "components", "lock wait", count * lock_wait, "list walking and sorting",
			 count * list, "other code", count * (mean - lock_wait - list), "hist", low,
			 low, count / 2, high, high, count / 2, "by_reason", "irq-timer", "count",
			 count, "mean_ps", mean, "p50_ps", low, "p99_ps", high, "max_ps", high,
			 "by_vcpu", "vcpu", 0, "count", count, "mean_ps", mean, "p50_ps", low,
			 "p99_ps", high, "max_ps", high);
}

static json_t *make_lock(const char *class)
{
	return json_pack("{s:s, s:{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i},"
			 " s:{s:i,s:i,s:i,s:i,s:i}, s:{s:i,s:i,s:i,s:i,s:i}, s:{s:i},"
			 " s:[{s:s,s:i,s:i,s:i,s:i}], s:[{s:i,s:i,s:i}], s:[[i,i,i,i],[i,i,i,i]]}",
			 "class", class, "lock_stat", "con-bounces", 3, "contentions", 4,
			 "waittime-min", 1000, "waittime-max", 9000, "waittime-total", 20000,
			 "waittime-avg", 5000, "acq-bounces", 7, "acquisitions", 40, "holdtime-min",
			 2000, "holdtime-max", 8000, "holdtime-total", 160000, "holdtime-avg", 4000,
			 "wait", "count", 4, "mean_ps", 5000, "p50_ps", 5000, "p99_ps", 9000,
			 "max_ps", 9000, "hold", "count", 40, "mean_ps", 4000, "p50_ps", 4000,
			 "p99_ps", 8000, "max_ps", 8000, "distance", "own", 40, "sites", "func",
			 "flush_<x>", "line", 7, "acquisitions", 40, "contentions", 4, "wait_ps",
			 20000, "instances", "instance", 0, "contentions", 4, "wait_ps", 20000,
			 "waited_for", 0, 1, 3, 15000, 1, 0, 1, 5000);
}

static json_t *make_run(const char *design, int lock_wait, int list)
{
	json_t *lat = json_object(), *run;
	int total = 100000 + lock_wait + list;

	for (unsigned int l = 0; l < R_LATENCIES; l++)
		json_object_set_new(
			lat, r_latencies[l],
			make_latency(100, total - 50000, total + 50000, lock_wait, list));
	run = json_pack("{s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:i, s:i, s:i, s:o, s:[o],"
			" s:{s:i,s:i,s:i,s:i}, s:{s:i,s:i}, s:{s:i,s:i,s:i,s:i,s:i}, s:[i,i,i],"
			" s:{s:i,s:[[i,i,i],[i,i,i]]}, s:{s:i,s:i,s:i}}",
			"design", design, "source", "virt/kvm", "kernel", "4.6", "fingerprint",
			"0123456789abcdef", "truncated", 0, "sim_time_ps",
			(json_int_t)3000000000000, "guest_time_ps", (json_int_t)9000000000000,
			"vcpus", 2, "threads", 1, "lrs", 4, "latency", lat, "locks",
			make_lock("dist->lock"), "exits", "total", 130, "irq-timer", 70, "wfx", 40,
			"kick", 20, "kicks", "ipi", 12, "woken", 5, "counters", "guest_runs", 130,
			"recorded_kicks_taken_out", 17, "recorded_maintenance_taken_out", 3,
			"acks_modelled", 60, "acks_observed", 40, "occupancy", 30, 60, 10,
			"list_length", "max", 40, "hist", 0, 0, 90, 33, 40, 10, "memory",
			"vm_bytes", 4096, "vcpu_bytes", 1320, "irq_bytes", 72);
	assert_non_null(run);
	json_object_set_new(run, "inferred",
			    json_pack("[{s:s,s:i}]", "what", "SGI targets & wakes", "count", 23));
	json_object_set_new(run, "fidelity",
			    json_pack("[{s:s,s:s,s:s}]", "what", "host work", "how", "modelled",
				      "note", "by profile"));
	json_object_set_new(run, "deviations", json_pack("{s:i}", "lost <level>", 11));
	return run;
}

static json_t *make_doc(const char *lock, json_t *a, json_t *b)
{
	json_t *doc, *runs = json_array();

	json_array_append_new(runs, a);
	if (b)
		json_array_append_new(runs, b);
	doc = json_pack("{s:s, s:s, s:{s:s,s:s,s:i}, s:{s:s,s:s,s:s,"
			" s:[{s:s,s:i,s:s,s:s,s:s},{s:s,s:i,s:s,s:s,s:s}]}, s:{s:s,s:i}, s:o}",
			"schema", "vgicsim-result-1", "version", "9.8.7", "trace", "path",
			"ipi.pcap", "digest", "feedfacecafebeef", "vcpus", 2, "host", "name",
			"toy-host", "digest", "0011", "summary", "a <toy>", "costs", "key", "llc",
			"value", 30000, "unit", "ps", "tag", "assumed", "source", "guess & hope",
			"key", "cpus", "value", 8, "unit", "", "tag", "published", "source",
			"data sheet", "config", "lock", lock, "seed", 77, "runs", runs);
	assert_non_null(doc);
	return doc;
}

static json_t *make_two(const char *lock, int legacy_wait)
{
	return make_doc(lock, make_run("kvm-legacy", legacy_wait, 2000),
			make_run("kvm-aplist", 3000, 21000));
}

static char *render(json_t *const *docs, size_t nr, bool plots, size_t *bytes)
{
	static const char *const paths[] = { "/some/where/a.json", "b.json" };
	struct report_options o = { .plots = plots };
	struct err err = { 0 };
	char *html;
	int ret;

	ret = report_html(docs, paths, nr, test_path("r.html"), &o, &err);
	if (ret)
		fail_msg("%s", err.msg);
	html = slurp(test_path("r.html"), bytes);
	unlink(test_path("r.html"));
	return html;
}

static char *render_one(json_t *doc, bool plots)
{
	char *html = render(&doc, 1, plots, NULL);

	json_decref(doc);
	return html;
}

/* ---- numbers ------------------------------------------------------------------------ */

static void test_numbers(void **state)
{
	struct rbuf b;

	assert_string_equal(r_time(&b, 0), "0");
	assert_string_equal(r_time(&b, 7), "7 ps");
	assert_string_equal(r_time(&b, 999), "999 ps");
	assert_string_equal(r_time(&b, 999.7), "1.00 ns");
	assert_string_equal(r_time(&b, 1234), "1.23 ns");
	assert_string_equal(r_time(&b, 45600), "45.6 ns");
	assert_string_equal(r_time(&b, 999600), "1.00 µs");
	assert_string_equal(r_time(&b, 2e15), "2000 s");
	assert_string_equal(r_signed_time(&b, -1500), "−1.50 ns");
	assert_string_equal(r_count(&b, 1234567), "1,234,567");
	assert_string_equal(r_count(&b, -1000), "-1,000");
	assert_string_equal(r_count(&b, 999), "999");
	assert_string_equal(r_percent(&b, 0.5), "50 %");
	assert_string_equal(r_percent(&b, 0.00001), "<0.01 %");
	assert_string_equal(r_percent(&b, -0.031), "−3.1 %");
}

static void test_hist_joins(void **state)
{
	json_t *a = json_array();
	struct rhist h;

	for (int i = 0; i < 4999; i++)
		json_array_append_new(a, json_pack("[i,i,i]", 10 * i, 10 * i + 9, 2));
	assert_true(rhist_load(&h, a, R_CDF_POINTS));
	assert_true(h.nr <= R_CDF_POINTS);
	assert_true(h.total == 2 * 4999);
	assert_true(h.b[0].low == 0 && h.b[0].high == 29 && h.b[0].count == 6);
	assert_true(h.b[h.nr - 1].high == 10 * 4998 + 9);
	assert_true(h.max == 10 * 4998 + 9);
	free(h.b);
	json_array_clear(a);
	assert_false(rhist_load(&h, a, R_CDF_POINTS));
	json_decref(a);
}

/* ---- the page ------------------------------------------------------------------------ */

static void test_content(void **state)
{
	char *html = render_one(make_two("ticket", 40000), false);

	assert_has(html, "id=\"limits\"");
	assert_true(strstr(html, "id=\"limits\"") < strstr(html, "id=\"headline\""));
	/* legacy: 100 + 40 + 2 ns, aplist: 100 + 3 + 21 ns: 18/142 less */
	assert_has(html, "Entry latency: 13 % less");
	assert_has(html, "124 ns under kvm-aplist against 142 ns under kvm-legacy");
	assert_has(html, "lock wait <span class=\"k\">−37 ns");
	assert_has(html, "list walking and sorting <span class=\"k\">+19 ns");
	assert_has(html, "the lock wait saved outweighs the list work added");
	assert_has(html, "Of the 2 constants of host <b>toy-host</b>");
	assert_has(html, "<b>1 are assumed</b>");
	assert_has(html, "SGI targets &amp; wakes");
	assert_has(html, "lost &lt;level&gt;: 11 times");
	assert_has(html, "guess &amp; hope");
	assert_has(html, "flush_&lt;x&gt;");
	assert_has(html, "feedfacecafebeef");
	assert_has(html, "0123456789abcdef");
	assert_has(html, "No figures: none were asked for.");
	assert_has(html, "holdtime-avg");
	/* one row of the lists table holds the ten entries of length 33 … 40 */
	assert_has(html, "<th>33–64</th>");
	free(html);
}

/* Another input, another sentence: none of them is typed in. */
static void test_verdict_turns(void **state)
{
	char *html = render_one(make_two("ticket", 5000), false);

	assert_has(html, "Entry latency: 16 % more");
	assert_has(html, "the list work added outweighs the lock wait saved");
	assert_lacks(html, "the lock wait saved outweighs");
	free(html);
	html = render_one(make_doc("ticket", make_run("x", 7, 7), make_run("y", 7, 7)), false);
	assert_has(html, "Entry latency: equal");
	assert_lacks(html, "outweighs");
	assert_lacks(html, "legacy distributor lock");
	free(html);
}

/* Means over different numbers of deliveries are no fair comparison: said. */
static void test_uneven(void **state)
{
	json_t *a = make_run("a", 1, 1), *b = make_run("b", 1, 1);
	char *html;

	json_object_set_new((json_t *)rj_at(b, "latency"), "delivery",
			    make_latency(60, 50000, 150000, 1, 1));
	html = render_one(make_doc("ticket", a, b), false);
	assert_int_equal(occurrences(html, "Not the same number of events"), 1);
	assert_has(html, "Not the same number of events: 60 against 100.");
	free(html);
}

/* Components of the table sum to the mean that the result states. */
static void test_sums(void **state)
{
	char *html = render_one(make_doc("ticket", make_run("d", 40000, 2000), NULL), false);
	const char *sum = strstr(html, "<tr class=\"sub\"><th>sum</th>");

	assert_non_null(sum);
	assert_memory_equal(sum, "<tr class=\"sub\"><th>sum</th><td class=\"n\">142 ns</td>",
			    strlen("<tr class=\"sub\"><th>sum</th><td class=\"n\">142 ns</td>"));
	/* exits: 70 + 40 + 20 */
	assert_has(html, "<th>sum</th><td class=\"n\">130</td>");
	free(html);
}

static void test_two_files(void **state)
{
	json_t *docs[] = { make_two("ticket", 40000), make_two("queued", 10000) };
	char *html = render(docs, 2, false, NULL);

	assert_has(html, "kvm-legacy · ticket");
	assert_has(html, "kvm-aplist · queued");
	assert_has(html,
		   "<b>kvm-legacy</b>, from ticket to queued: entry −30 ns (lock wait 40 ns → "
		   "10 ns)");
	assert_has(html, "depends on the file");
	free(html);
	json_object_set_new((json_t *)rj_at(docs[1], "trace"), "digest", json_string("other"));
	html = render(docs, 2, false, NULL);
	assert_has(html, "different traces");
	assert_lacks(html, "from ticket to queued");
	free(html);
	json_decref(docs[0]);
	json_decref(docs[1]);
}

/* Two results that differ in nothing are told apart by their files' names. */
static void test_same_config(void **state)
{
	json_t *docs[] = { make_two("ticket", 1), make_two("ticket", 1) };
	char *html = render(docs, 2, false, NULL);

	assert_has(html, "kvm-legacy · a");
	assert_has(html, "kvm-legacy · b");
	free(html);
	json_decref(docs[0]);
	json_decref(docs[1]);
}

static void test_truncated(void **state)
{
	json_t *run = make_run("d", 1, 1);

	json_object_set_new(run, "truncated", json_true());
	json_object_set_new((json_t *)rj_at(run, "counters"), "lost_in_trace", json_integer(1234));
	char *html = render_one(make_doc("ticket", run, NULL), false);

	assert_has(html, "The trace of d is cut short");
	assert_has(html, "lost <b>1,234 events</b>");
	free(html);
}

/* ---- what must not be there ------------------------------------------------------------ */

static const char hostile[] = "k'v`touch pwned`m\"</style><script>alert(1)</script>\n$(id) %s%n @x";

static json_t *make_hostile(void)
{
	json_t *a = make_run(hostile, 40000, 2000),
	       *b = make_run("''; !touch pwned; '", 3000, 21000);
	json_t *doc;

	json_array_append_new((json_t *)rj_at(a, "locks"), make_lock("< `touch pwned` '\n\\x"));
	json_object_set_new((json_t *)rj_at(a, "exits"), "'\nset print '| touch pwned'\n%d",
			    json_integer(5));
	json_object_set_new((json_t *)rj_at(a, "latency/entry/components"), "'; !touch pwned; '",
			    json_integer(100));
	doc = make_doc("tick\"et", a, b);
	json_object_set_new((json_t *)rj_at(doc, "trace"), "path",
			    json_string("<img src=http://evil.example/x>"));
	json_object_set_new((json_t *)rj_at(doc, "host"), "name", json_string("h<ost>&'\""));
	return doc;
}

/* Nothing is fetched, nothing runs: neither in the reader's browser nor here. */
static void check_self_contained(const char *html)
{
	assert_lacks(html, "<script");
	assert_lacks(html, "src=\"http");
	assert_lacks(html, "href=\"http");
	assert_lacks(html, "<link");
	assert_lacks(html, "@import");
	assert_lacks(html, "url(");
	assert_int_equal(occurrences(html, "<img "),
			 occurrences(html, "<img src=\"data:image/svg+xml;base64,"));
	assert_int_equal(occurrences(html, "<style"), 1);
	assert_int_equal(occurrences(html, "<details>"), occurrences(html, "</details>"));
	assert_int_equal(occurrences(html, "<table>"), occurrences(html, "</table>"));
	assert_int_equal(occurrences(html, "<section"), occurrences(html, "</section>"));
}

static void test_hostile(void **state)
{
	struct report_options o = { .plots = have_gnuplot(), .keep_plots_dir = test_path("h") };
	const char *path = "<i>'`touch pwned`.json";
	json_t *doc = make_hostile();
	struct err err = { 0 };
	char *html;

	if (report_html(&doc, &path, 1, test_path("h.html"), &o, &err))
		fail_msg("%s", err.msg);
	html = slurp(test_path("h.html"), NULL);
	check_self_contained(html);
	assert_has(html, "k&#39;v`touch pwned`m&quot;&lt;/style&gt;&lt;script&gt;");
	assert_has(html, "&lt;img src=http://evil.example/x&gt;");
	/* gnuplot ran in the directory that is kept. */
	assert_int_equal(access(test_path("h/pwned"), F_OK), -1);
	assert_int_equal(access("pwned", F_OK), -1);
	if (o.plots) {
		assert_int_equal(access(test_path("h/entry-cdf.gp"), F_OK), 0);
		assert_true(occurrences(html, "<img ") > 10);
	}
	free(html);
	json_decref(doc);
}

static void test_quoting(void **state)
{
	char *s = NULL;
	size_t n;
	FILE *f = open_memstream(&s, &n);

	gp_str(f, hostile);
	fclose(f);
	assert_string_equal(s,
			    "'k’v`touch pwned`m\"</style><script>alert(1)</script>$(id) %s%n @x'");
	free(s);
}

/* ---- figures ------------------------------------------------------------------------------ */

static void test_figures(void **state)
{
	static const char *const kept[] = {
		"entry-cdf.gp",	     "entry-cdf-1.dat", "entry-cdf.svg", "style.gp",
		"delivery-parts.gp", "locks-wait.svg",	"exits.gp",	 "occupancy.gp",
		"waits-1.gp",	     "exit-reasons.gp", "violins.svg"
	};
	struct report_options o = { .plots = true, .keep_plots_dir = test_path("kept") };
	json_t *doc = make_two("ticket", 40000);
	const char *path = "x.json";
	struct err err = { 0 };
	char cmd[256], *html, *first, *again;
	size_t n1, n2;

	if (!have_gnuplot())
		skip();
	assert_int_equal(report_html(&doc, &path, 1, test_path("k.html"), &o, &err), 0);
	html = slurp(test_path("k.html"), NULL);
	check_self_contained(html);
	assert_int_equal(occurrences(html, "<img "), occurrences(html, " alt=\""));
	free(html);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		snprintf(cmd, sizeof(cmd), "%s/kept/%s", test_dir, kept[i]);
		assert_int_equal(access(cmd, R_OK), 0);
	}
	/* What is kept draws the same again, with nothing but gnuplot and in silence. */
	snprintf(cmd, sizeof(cmd), "%s/kept/entry-cdf.svg", test_dir);
	first = slurp(cmd, &n1);
	unlink(cmd);
	snprintf(cmd, sizeof(cmd),
		 "cd '%s/kept' && rm *.svg && for g in $(grep -l '^set output' *.gp); "
		 "do gnuplot $g 2>>err || exit 1; done; ! test -s err",
		 test_dir);
	assert_int_equal(system(cmd), 0);
	snprintf(cmd, sizeof(cmd), "%s/kept/entry-cdf.svg", test_dir);
	again = slurp(cmd, &n2);
	assert_int_equal(n1, n2);
	assert_memory_equal(first, again, n1);
	free(first);
	free(again);
	json_decref(doc);
}

/* More actors than squares that can be told apart: neighbours are joined, none is lost. */
static void test_many_actors(void **state)
{
	struct report_options o = { .plots = true, .keep_plots_dir = test_path("actors") };
	json_t *run = make_run("crowd", 1, 1), *lock = make_lock("l"), *waits = json_array();
	json_t *doc = make_doc("ticket", run, NULL), *occ = json_array();
	const char *path = "x.json";
	struct err err = { 0 };
	char *html, *data;

	for (int i = 0; i < 256; i++) {
		json_array_append_new(waits, json_pack("[i,i,i,i]", i, (i + 8) % 256, 1, 1000));
		json_array_append_new(occ, json_pack("[i,i]", 3, 1));
	}
	json_array_append_new(waits, json_pack("[i,i,i,i]", 300, 0, 5, 7000));
	json_array_append_new(waits, json_pack("[I,i,i,i]", (json_int_t)4294967295, 0, 5, 7000));
	json_object_set_new(lock, "waited_for", waits);
	json_object_set_new(run, "locks", json_pack("[o]", lock));
	json_object_set_new(run, "vcpus", json_integer(256));
	json_object_set_new(run, "occupancy_by_vcpu", occ);
	o.plots = have_gnuplot();
	assert_int_equal(report_html(&doc, &path, 1, test_path("a.html"), &o, &err), 0);
	html = slurp(test_path("a.html"), NULL);
	/* Row v0–7 waited for v8–15, eight times a nanosecond. */
	assert_has(html, "<tr><th>v0–7</th><th>v8–15</th><td class=\"n\">8</td>"
			 "<td class=\"n\">8 ns</td></tr>");
	assert_has(html, "<tr><th>t44</th><th>v0–7</th><td class=\"n\">5</td>");
	assert_has(html, "<td class=\"n\">0–3</td><td class=\"n\">12</td><td class=\"n\">4</td>");
	free(html);
	if (o.plots) {
		assert_int_equal(access(test_path("actors/occupancy-vcpu.svg"), F_OK), 0);
		data = slurp(test_path("actors/waits-1-1.dat"), NULL);
		assert_has(data, "\n1 0 8000 8\n");
		free(data);
	}
	json_decref(doc);
}

/* ---- the terminal ---------------------------------------------------------------------- */

static char *render_term(json_t *doc, unsigned int columns, bool color)
{
	struct report_term_options o = { .columns = columns, .color = color };
	const char *path = "x.json";
	struct err err = { 0 };
	char *s = NULL;
	size_t n;
	FILE *f = open_memstream(&s, &n);

	if (report_term(&doc, &path, 1, f, &o, &err))
		fail_msg("%s", err.msg);
	fclose(f);
	json_decref(doc);
	return s;
}

/* No line is longer than the terminal is wide, or holds what moves the cursor. */
static void check_letters(const char *s, unsigned int columns)
{
	unsigned int n = 0;

	for (; *s; s++) {
		assert_true((unsigned char)*s >= 0x20 || *s == '\n');
		n = *s == '\n' ? 0 : n + (((unsigned char)*s & 0xc0) != 0x80);
		assert_true(n <= columns);
	}
}

static void test_term(void **state)
{
	char *s = render_term(make_two("ticket", 40000), 80, false), *colour;

	check_letters(s, 80);
	/* 142 ns of the longer bar are 54 columns: 40 of waiting are 15, 2 of lists 1. */
	assert_has(s, "  kvm-legacy  WWWWWWWWWWWWWWWlccccc");
	assert_has(s, "ccccc 142 ns\n");
	assert_has(s, " 124 ns\n");
	assert_has(s, "  W lock wait   l list walking and sorting   c other code\n");
	assert_has(s, "dist->lock              #################### 20 ns, 10 % of times\n");
	if (have_gnuplot()) {
		assert_has(s, "  A kvm-legacy   B kvm-aplist\n");
		assert_has(s, " 100 % ");
		assert_lacks(s, "No curves");
	}
	colour = render_term(make_two("ticket", 40000), 80, true);
	assert_has(colour, "\033[38;5;");
	assert_lacks(s, "\033");
	free(colour);
	free(s);
}

static void test_term_odd(void **state)
{
	const char *old = getenv("PATH");
	char *save = strdup(old ? old : ""), *s;

	s = render_term(make_hostile(), 7, false);
	check_letters(s, 64);
	assert_int_equal(access("pwned", F_OK), -1);
	free(s);
	s = render_term(json_pack("{s:s, s:[{}]}", "schema", "vgicsim-result-1", "runs"), 80,
			false);
	assert_has(s, "  no data\n");
	free(s);
	s = render_term(json_pack("{s:s, s:[]}", "schema", "vgicsim-result-1", "runs"), 80, false);
	assert_has(s, "No data: the results hold no run.");
	free(s);
	setenv("PATH", "/nonexistent", 1);
	s = render_term(make_two("ticket", 40000), 80, false);
	setenv("PATH", save, 1);
	assert_has(s, "No curves: gnuplot was not found");
	assert_has(s, "WWWW");
	free(s);
	free(save);
}

/* The private directory of scripts and data is gone afterwards. */
static void test_leaves_nothing(void **state)
{
	char *html, cmd[160];

	snprintf(cmd, sizeof(cmd), "test -z \"$(ls -d '%s'/vgicsim-plots* 2>/dev/null)\"",
		 test_dir);
	setenv("TMPDIR", test_dir, 1);
	html = render_one(make_two("ticket", 40000), true);
	unsetenv("TMPDIR");
	assert_int_equal(system(cmd), 0);
	free(html);
}

/* More series than a figure can hold. */
static void test_many(void **state)
{
	json_t *doc = make_two("ticket", 1);
	char name[16], *html;

	for (unsigned int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "design-%u", i);
		json_array_append_new((json_t *)rj_at(doc, "runs"), make_run(name, 1, 1));
	}
	html = render_one(doc, true);
	assert_has(html, "the first 32 of 42 series");
	assert_has(html, "design-39");
	check_self_contained(html);
	free(html);
}

static void test_same_bytes(void **state)
{
	json_t *docs[] = { make_two("ticket", 40000), make_two("queued", 10000) };
	size_t n1, n2;
	char *a = render(docs, 2, true, &n1), *b = render(docs, 2, true, &n2);

	assert_int_equal(n1, n2);
	assert_memory_equal(a, b, n1);
	free(a);
	free(b);
	json_decref(docs[0]);
	json_decref(docs[1]);
}

/* A name that gnuplot could take for itself must not end the report either. */
static void test_gnuplot_fails(void **state)
{
	struct report_options o = { .plots = true };
	json_t *doc = make_two("ticket", 40000);
	const char *path = "x.json", *old = getenv("PATH");
	char *save = strdup(old ? old : ""), cmd[256];
	struct err err = { 0 };
	FILE *f;

	snprintf(cmd, sizeof(cmd), "%s/gnuplot", test_dir);
	f = fopen(cmd, "w");
	assert_non_null(f);
	fputs("#!/bin/sh\necho 'line 3: no such thing' >&2\nexit 1\n", f);
	fclose(f);
	chmod(cmd, 0755);
	setenv("PATH", test_dir, 1);
	assert_int_equal(report_html(&doc, &path, 1, test_path("f.html"), &o, &err), ERR_OUTPUT);
	setenv("PATH", save, 1);
	assert_non_null(strstr(err.msg, "violins.gp"));
	assert_non_null(strstr(err.msg, "exit status 1"));
	assert_non_null(strstr(err.msg, "no such thing"));
	assert_int_equal(access(test_path("f.html"), F_OK), -1);
	unlink(cmd);
	free(save);
	json_decref(doc);
}

static void test_no_gnuplot(void **state)
{
	const char *old = getenv("PATH");
	char *save = strdup(old ? old : ""), *html;

	setenv("PATH", "/nonexistent", 1);
	html = render_one(make_two("ticket", 40000), true);
	setenv("PATH", save, 1);
	assert_has(html, "No figures: gnuplot was not found");
	assert_has(html, "Entry latency: 13 % less");
	assert_int_equal(occurrences(html, "<img "), 0);
	free(save);
	free(html);
}

/* ---- no data -------------------------------------------------------------------------------- */

static void test_no_data(void **state)
{
	json_t *run;
	char *html;

	html = render_one(json_pack("{s:s, s:[]}", "schema", "vgicsim-result-1", "runs"), true);
	assert_has(html, "No data: the results hold no run.");
	check_self_contained(html);
	free(html);
	html = render_one(json_pack("{s:s, s:[{}]}", "schema", "vgicsim-result-1", "runs"), true);
	assert_has(html, "No data: no entry latency was measured in any run.");
	assert_has(html, "No data: no lock was taken in any run.");
	assert_has(html, "No data: no exit was made in any run.");
	check_self_contained(html);
	free(html);
	/* One design without a delivery, and one whose every entry took no time. */
	run = make_run("silent", 1, 1);
	json_object_set_new((json_t *)rj_at(run, "latency"), "delivery", json_object());
	json_object_set_new((json_t *)rj_at(run, "latency/entry"), "hist",
			    json_pack("[[i,i,i]]", 0, 0, 5));
	html = render_one(make_doc("ticket", run, make_run("loud", 1, 1)), true);
	assert_has(html, "Delivery latency: no data</b> under silent.");
	assert_has(html, "No data: silent had no delivery event.");
	check_self_contained(html);
	free(html);
}

static void test_errors(void **state)
{
	json_t *wrong = json_pack("{s:s, s:[]}", "schema", "something-2", "runs");
	json_t *good = make_two("ticket", 1);
	const char *path = "w.json";
	struct report_options o = { 0 };
	struct err err = { 0 };

	assert_int_equal(report_html(NULL, NULL, 0, test_path("e.html"), &o, &err), ERR_USAGE);
	assert_int_equal(report_html(&wrong, &path, 1, test_path("e.html"), &o, &err), ERR_INPUT);
	assert_string_equal(err.msg,
			    "w.json: schema: want \"vgicsim-result-1\", have \"something-2\"");
	assert_int_equal(access(test_path("e.html"), F_OK), -1);
	assert_int_equal(report_html(&good, &path, 1, "/nonexistent/dir/e.html", &o, &err),
			 ERR_OUTPUT);
	assert_non_null(strstr(err.msg, "/nonexistent/dir/e.html"));
	json_decref(wrong);
	json_decref(good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),	       cmocka_unit_test(test_hist_joins),
		cmocka_unit_test(test_content),	       cmocka_unit_test(test_verdict_turns),
		cmocka_unit_test(test_sums),	       cmocka_unit_test(test_uneven),
		cmocka_unit_test(test_two_files),      cmocka_unit_test(test_same_config),
		cmocka_unit_test(test_truncated),      cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_quoting),	       cmocka_unit_test(test_figures),
		cmocka_unit_test(test_same_bytes),     cmocka_unit_test(test_gnuplot_fails),
		cmocka_unit_test(test_no_gnuplot),     cmocka_unit_test(test_no_data),
		cmocka_unit_test(test_leaves_nothing), cmocka_unit_test(test_many),
		cmocka_unit_test(test_errors),	       cmocka_unit_test(test_many_actors),
		cmocka_unit_test(test_term),	       cmocka_unit_test(test_term_odd),
	};

	setenv("VGICSIM_PLOTS", SOURCE_DIR "/plots", 1);
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
