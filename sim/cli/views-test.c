/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The views of a result made by hand (testdata/two-designs.json): numbers,
 * changes and computed sentences whose right values fit on paper.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "out.h"
#include "result.h"

#define SAMPLE SOURCE_DIR "/sim/cli/testdata/two-designs.json"

static json_t *sample(void)
{
	struct err err;
	json_t *doc = result_load(SAMPLE, &err);

	if (!doc)
		fail_msg("%s", err.msg);
	return doc;
}

static char *rendered(const char *format, const json_t *doc)
{
	struct out_style style = { .color = false };
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	struct err err;

	assert_non_null(f);
	assert_int_equal(output_find(format)->render(f, doc, &style, &err), 0);
	fclose(f);
	return text;
}

static void has_line(const char *text, const char *line)
{
	const char *p = text;

	while ((p = strstr(p, line))) {
		size_t n = strlen(line);

		if ((p == text || p[-1] == '\n') && (p[n] == '\n' || !p[n]))
			return;
		p++;
	}
	fail_msg("want the line\n%s\nin\n%s", line, text);
}

static void times_in_readable_units(void **state)
{
	static const struct {
		int64_t ps;
		const char *text;
	} t[] = {
		{ 0, "0" },
		{ 999, "999 ps" },
		{ 1000, "1.00 ns" },
		{ 1234, "1.23 ns" },
		{ 123456, "123.5 ns" },
		{ 2000000, "2.00 us" },
		{ -2500000, "-2.50 us" },
		{ 1999999999, "2.00 ms" },
		{ 99994999, "99.99 us" },
		{ 99996000, "100.0 us" },
		{ 3000000000000, "3.00 s" },
	};
	char buf[32];

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_string_equal(out_time(buf, sizeof(buf), t[i].ps), t[i].text);
}

static void table_has_the_numbers(void **state)
{
	json_t *doc = sample();
	char *s = rendered("table", doc);

	has_line(s, "trace   t.pcap, digest 00000000000000aa, 5,000 records");
	has_line(s, "        GICv3, 2 vCPUs, 96 SPIs, 1.90 s recorded");
	has_line(s, "host    somehost, digest 00000000000000bb");
	has_line(s, "        1 values published, 0 derived, 1 assumed, 1 given by --set");
	has_line(s, "run     lock ticket, 4 list registers, host work model, injection anchored, "
		    "guest auto, seed 0");
	has_line(s, "design  kvm-aplist (Linux 4.8), fingerprint 0123456789abcdef");
	has_line(s, "    mean                                       2.00 us           1.50 us"
		    "      -25.0 %");
	/* Waiting differs by 590 ns of 2 us; list registers do not differ. */
	has_line(s, "      of the mean: lock wait                  600.0 ns          10.00 ns"
		    "      -98.3 %");
	assert_null(strstr(s, "of the mean: list registers"));
	has_line(s, "  kick                                             100                80"
		    "      -20.0 %");
	has_line(s, "  list registers per 1000 entries                  500               500"
		    "            =");
	has_line(s, "  most in use at an entry                            2                 2"
		    "            =");
	has_line(s, "  memory, each vCPU                           20.0 KiB          20.0 KiB"
		    "            =");
	has_line(s, "  kvm-legacy  dist->lock                    3,000    25.0 %   800.0 us   "
		    "1.07 us   3.00 us  250.0 ns");
	has_line(s, "  1,234  targets of SGIs from the kicks that followed");
	has_line(s, "  kvm-legacy: a lost level: 2 times");
	free(s);
	json_decref(doc);
}

static void table_fits_a_hundred_columns(void **state)
{
	json_t *doc = sample();
	char *s = rendered("table", doc), *save = NULL;

	for (char *line = strtok_r(s, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strlen(line) > 100)
			fail_msg("%zu columns: %s", strlen(line), line);
	free(s);
	json_decref(doc);
}

static char *unwrapped_why(const json_t *doc)
{
	char *text = NULL, *to;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	out_why(f, doc);
	fclose(f);
	to = text;
	for (const char *p = text; *p; p++) {
		if (*p == '\n' && p[1])
			*to++ = ' ';
		else if (*p != '\n' && !(*p == ' ' && (to == text || to[-1] == ' ')))
			*to++ = *p;
	}
	*to = '\0';
	return text;
}

static void has_sentence(const char *text, const char *sentence)
{
	if (!strstr(text, sentence))
		fail_msg("want\n%s\nin\n%s", sentence, text);
}

/*
 * A run: 2.0 + 1.0 us against 1.5 + 0.9 us = -20 %; lock wait 800 - 10 = -790 ns,
 * list work +300 ns, own code -110 ns. Everything: 3.2 ms against 2.6 ms, with
 * injection's 0.2 ms in each: lock wait 0.84 of 3.2, 0.05 of 2.6.
 */
static void why_is_computed(void **state)
{
	json_t *doc = sample();
	char *s = unwrapped_why(doc);

	has_sentence(s, "A guest run costs 3.00 us at its entry and exit under kvm-legacy and 2.40 "
			"us under kvm-aplist, 20.0 % less. What changes most, a run: lock wait "
			"-790.0 ns, list work +300.0 ns, own code -110.0 ns.");
	has_sentence(s, "Of the 3.20 ms that kvm-legacy spent in entries, exits, accesses and "
			"injections, 26.2 % was lock wait and 3.1 % list work");
	has_sentence(s, "Of the 2.60 ms that kvm-aplist spent");
	has_sentence(s,
		     "kvm-legacy waits most for dist->lock: 750 of 3000 acquisitions had to wait "
		     "(25.00 %), the longest 3.00 us, most of it in flush_hwstate().");
	has_sentence(s, "kvm-aplist waits most for vgic_cpu->ap_list_lock: 25 of 2500");
	assert_null(strstr(s, "differ by their work"));
	free(s);
	json_decref(doc);
}

/* The other way round everything changes sign; alone, nothing is compared. */
static void why_follows_the_data(void **state)
{
	json_t *doc = sample(), *runs = json_object_get(doc, "runs");
	json_t *second = json_deep_copy(json_array_get(runs, 1)), *again;
	char *s;

	json_array_insert_new(runs, 0, second);
	json_array_remove(runs, 2);
	s = unwrapped_why(doc);
	has_sentence(s, "25.0 % more. What changes most, a run: lock wait +790.0 ns, list work "
			"-300.0 ns");
	free(s);
	json_array_remove(runs, 1);
	s = unwrapped_why(doc);
	has_sentence(s, "Under kvm-aplist a guest run costs 2.40 us");
	assert_null(strstr(s, "kvm-legacy"));
	free(s);
	again = json_deep_copy(second);
	json_object_set_new(json_object_get(again, "counters"), "guest_runs", json_integer(1500));
	json_array_append_new(runs, again);
	s = unwrapped_why(doc);
	has_sentence(s, "kvm-aplist enters the guest 1000 times and kvm-aplist 1500 times, 50.0 % "
			"more; exits of their own doing (kicks and maintenance interrupts) are 80 "
			"and 80.");
	free(s);
	json_array_remove(runs, 1);
	json_object_clear(result_get(second, "latency", "entry", "components", NULL));
	json_object_clear(result_get(second, "latency", "inject", "components", NULL));
	json_array_clear(json_object_get(second, "locks"));
	s = unwrapped_why(doc);
	has_sentence(s, "No lock of kvm-aplist was contended.");
	has_sentence(s, "the designs differ by their work, not by their locks.");
	free(s);
	json_decref(doc);
}

/* Latency that the guest feels is said where it differs, and why where it is known. */
static void why_says_late_delivery(void **state)
{
	json_t *doc = sample(), *run = json_array_get(json_object_get(doc, "runs"), 1);
	json_t *delivery = result_get(run, "latency", "delivery", NULL);
	char *s = unwrapped_why(doc);

	assert_null(strstr(s, "From injection"));
	free(s);
	json_object_set_new(delivery, "mean_ps", json_integer(90000000));
	json_object_set_new(delivery, "p99_ps", json_integer(4000000000));
	json_object_set_new(json_object_get(run, "deviations"),
			    "pending again while queued: nobody is kicked", json_integer(42));
	s = unwrapped_why(doc);
	has_sentence(s,
		     "From injection to acknowledge it takes 3.00 us in the mean under "
		     "kvm-legacy and 90.00 us under kvm-aplist; the median is 2.50 us and 2.50 "
		     "us, p99 9.00 us and 4.00 ms. kvm-aplist kicks nobody for an interrupt that "
		     "is pending again while it is queued, as its original did: 42 of them "
		     "waited for an exit that something else caused.");
	free(s);
	json_decref(doc);
}

static void csv_is_flat_and_says_units(void **state)
{
	json_t *doc = sample();
	char *s = rendered("csv", doc);

	has_line(s, "design,group,item,metric,unit,value");
	has_line(s, "kvm-legacy,latency,entry,p99_ps,ps,5000000");
	has_line(s, "kvm-legacy,component,entry,lock wait,ps,600000000");
	has_line(s, "kvm-aplist,latency_by_reason,entry:wfx,mean_ps,ps,1500000");
	has_line(s, "kvm-legacy,lock,dist->lock,waittime-max,ps,3000000");
	has_line(s, "kvm-legacy,lock,dist->lock,contentions,,750");
	has_line(s, "kvm-aplist,occupancy,1,entries,,300");
	has_line(s, "kvm-aplist,memory,,irq_bytes,bytes,64");
	has_line(s, "kvm-aplist,run,,sim_time_ps,ps,2000000000000");
	has_line(s, "kvm-legacy,deviations,,a lost level,,2");
	free(s);
	json_decref(doc);
}

static void json_is_the_document(void **state)
{
	json_t *doc = sample(), *again;
	char *s = rendered("json", doc);

	again = json_loads(s, 0, NULL);
	assert_true(json_equal(doc, again));
	json_decref(again);
	free(s);
	json_decref(doc);
}

static void wrapping_keeps_every_word(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	out_wrapped(f, "one two  three fourteenletters x", "> ", 10);
	fclose(f);
	assert_string_equal(text, "> one two\n> three\n> fourteenletters\n> x\n");
	free(text);
}

static void wrong_documents_are_refused(void **state)
{
	char path[] = "/tmp/views-test-XXXXXX";
	static const char *const wrong[] = {
		"",
		"[",
		"[]",
		"{}",
		"{\"schema\":\"x\",\"runs\":[1]}",
		"{\"schema\":\"vgicsim-result-1\",\"runs\":[]}",
	};
	int fd = mkstemp(path);
	struct err err;

	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, wrong[i], strlen(wrong[i]), 0), strlen(wrong[i]));
		assert_null(result_load(path, &err));
		assert_int_equal(err.code, ERR_INPUT);
		assert_non_null(strstr(err.msg, path));
	}
	close(fd);
	unlink(path);
	assert_null(result_load(path, &err));
}

/* The old file stays until the new one is whole. */
static void output_appears_whole_or_not_at_all(void **state)
{
	char dir[] = "/tmp/views-test-XXXXXX", path[64], link[64], text[8] = "";
	struct out_file *o;
	struct stat st;
	struct err err;
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/out", dir);
	o = out_open(path, &err);
	assert_non_null(o);
	fputs("one", out_stream(o));
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(out_commit(o, &err), 0);
	o = out_open(path, &err);
	fputs("two", out_stream(o));
	out_abort(o);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, "one");
	unlink(path);
	/* A symbolic link stays, and what it names is written. */
	snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(symlink("out", link), 0);
	o = out_open(link, &err);
	assert_non_null(o);
	assert_int_equal(out_commit(o, &err), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	unlink(path);
	unlink(link);
	/* Nothing else was left in the directory. */
	assert_int_equal(rmdir(dir), 0);
	snprintf(path, sizeof(path), "%s/none/out", dir);
	assert_null(out_open(path, &err));
	assert_int_equal(err.code, ERR_OUTPUT);
	o = out_open("/dev/full", &err);
	assert_non_null(o);
	fputs("x", out_stream(o));
	assert_int_equal(out_commit(o, &err), ERR_OUTPUT);
	out_abort(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_in_readable_units),
		cmocka_unit_test(table_has_the_numbers),
		cmocka_unit_test(table_fits_a_hundred_columns),
		cmocka_unit_test(why_is_computed),
		cmocka_unit_test(why_follows_the_data),
		cmocka_unit_test(why_says_late_delivery),
		cmocka_unit_test(csv_is_flat_and_says_units),
		cmocka_unit_test(json_is_the_document),
		cmocka_unit_test(wrapping_keeps_every_word),
		cmocka_unit_test(wrong_documents_are_refused),
		cmocka_unit_test(output_appears_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
