// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The importer on pieces of real recordings (samples/host/), with counts made
 * by searching their text.
 */
#include "import-test-util.h"

static void counts_of(const char *path, uint32_t gic)
{
	struct result r = import_file(path, NULL);

	ok(&r);
	assert_int_equal(r.meta.gic, gic);
	assert_int_equal(r.meta.nr_vcpus, 4);
	assert_int_equal(kinds(&r, REC_ENTRY), lines_with(path, " kvm_entry:"));
	assert_int_equal(kinds(&r, REC_EXIT), lines_with(path, " kvm_exit:"));
	assert_int_equal(kinds(&r, REC_LRS), lines_with(path, "entry_lrs:") +
						     lines_with(path, "exit_lrs:") +
						     lines_with(path, "kvm_vgic_lrs:"));
	assert_int_equal(kinds(&r, REC_WFI), lines_with(path, "kvm_wfx_arm64:"));
	assert_int_equal(kinds(&r, REC_QUEUED), lines_with(path, " queue:"));
	assert_int_equal(kinds(&r, REC_MMIO),
			 lines_with(path, "mmio write ") + lines_with(path, "mmio read "));
	for (size_t i = 1; i < r.nr; i++)
		assert_true(r.rec[i].time_ns >= r.rec[i - 1].time_ns);
	if (strstr(path, "k61-gicv3")) {
		char want[64];

		snprintf(want, sizeof(want), "%zu exits at the time of kvm_arm_clear_debug",
			 lines_with(path, " kvm_exit:"));
		assert_true(noted(&r.sum.inferred, want));
	}
	release(&r);
}

static void test_real_counts(void **state)
{
	counts_of(HOST "k46-gicv2.report.txt", 2);
	counts_of(HOST "k48-gicv3.report.txt", 3);
	counts_of(HOST "k61-gicv3.report.txt", 3);
	counts_of(HOST "k612-gicv3.report.txt", 3);
}

/* The three text forms of the same events are the same trace. */
static void test_text_forms(void **state)
{
	struct result a = import_file(HOST "k61-gicv3.report.txt", NULL);
	struct result b = import_file(HOST "k61-gicv3.ftrace.txt", NULL);
	struct result c = import_file(HOST "k61-gicv3.perf.txt", NULL);

	ok(&a);
	ok(&b);
	ok(&c);
	assert_string_equal(a.sum.format, "text of trace-cmd report");
	assert_string_equal(b.sum.format, "ftrace's trace file");
	assert_string_equal(c.sum.format, "text of perf script");
	same_records(&a, &c);
	/* ftrace's times are in microseconds */
	assert_int_equal(b.meta.resolution_ps, 1000000);
	assert_int_equal(a.meta.resolution_ps, 16000);
	assert_int_equal(a.nr, b.nr);
	for (size_t i = 0; i < a.nr; i++) {
		assert_int_equal(a.rec[i].kind, b.rec[i].kind);
		assert_memory_equal(&a.rec[i].d, &b.rec[i].d, sizeof(a.rec[i].d));
		assert_true(a.rec[i].time_ns < b.rec[i].time_ns + 1001 &&
			    b.rec[i].time_ns < a.rec[i].time_ns + 1001);
	}
	release(&a);
	release(&b);
	release(&c);
}

static void test_dat(void **state)
{
	struct result a = import_file(HOST "k48-gicv2.dat", NULL);
	struct result b = import_file(HOST "k48-gicv2.v7.dat", NULL);

	ok(&a);
	ok(&b);
	/* by trace-cmd report -N | grep -c */
	assert_int_equal(kinds(&a, REC_ENTRY), 64);
	assert_int_equal(kinds(&a, REC_EXIT), 63);
	assert_int_equal(kinds(&a, REC_MMIO), 20);
	assert_int_equal(kinds(&a, REC_LRS), 126);
	assert_int_equal(a.meta.gic, 2);
	assert_int_equal(a.meta.nr_pcpus, 4);
	same_records(&a, &b);
	release(&a);
	release(&b);
}

/* The recorder marks a page of a CPU's buffer before which it lost events. */
static void test_dat_lost(void **state)
{
	static char buf[65536];
	struct result r;
	uint64_t off, commit;
	size_t n, at;
	char in[256];
	FILE *f = fopen(HOST "k48-gicv2.dat", "rb");

	assert_non_null(f);
	n = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	for (at = n - 10; at && memcmp(buf + at, "flyrecord", 10); at--)
		;
	assert_true(at > 0);
	memcpy(&off, buf + at + 10, 8); /* CPU 0's pages; take the second */
	memcpy(&commit, buf + off + 4096 + 8, 8);
	assert_true(commit + 24 <= 4096);
	commit |= 3u << 30; /* some were lost, and their number is stored */
	memcpy(buf + off + 4096 + 8, &commit, 8);
	memcpy(buf + off + 4096 + 16 + (commit & 0xfffff), &(uint64_t){ 77 }, 8);
	path_of(in, sizeof(in), "cut.dat");
	f = fopen(in, "wb");
	fwrite(buf, 1, n, f);
	fclose(f);
	r = import_file(in, NULL);
	ok(&r);
	assert_int_equal(kinds(&r, REC_LOST), 1);
	assert_int_equal(nth(&r, REC_LOST, 0)->d.lost.n, 77);
	assert_int_equal(nth(&r, REC_LOST, 0)->cpu, 0);
	assert_int_equal(r.sum.lost_events, 77);
	release(&r);
}

/* The first @n bytes of @from as a file of their own. */
static const char *cut_file(const char *from, size_t n)
{
	static char path[256], buf[1 << 18];
	FILE *f = fopen(from, "rb");
	size_t have;

	assert_non_null(f);
	have = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	assert_true(n < have);
	path_of(path, sizeof(path), "cut");
	f = fopen(path, "wb");
	assert_int_equal(fwrite(buf, 1, n, f), n);
	fclose(f);
	return path;
}

/* @r is of a file that was cut short, @whole of all of it: a part, and a mark. */
static void is_part_of(const struct result *r, const struct result *whole)
{
	assert_int_equal(r->rc, ERR_INPUT);
	assert_true(r->sum.cut);
	assert_true(r->nr > 1 && r->nr <= whole->nr);
	assert_int_equal(r->rec[r->nr - 1].kind, REC_LOST);
	assert_int_equal(r->sum.records_out, r->nr);
	assert_non_null(strstr(r->err.msg, "cut short"));
	assert_null(strchr(r->err.msg, '\n'));
}

/* Wherever a trace.dat is cut, what its CPUs had before is kept. */
static void test_dat_cut(void **state)
{
	static const struct {
		const char *name;
		size_t size, first, step;
	} t[] = { { HOST "k48-gicv2.dat", 61440, 32768, 3001 },
		  { HOST "k48-gicv2.v7.dat", 21976, 9600, 601 } };

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct result whole = import_file(t[i].name, NULL);

		ok(&whole);
		for (size_t n = 0; n < t[i].size; n += t[i].step) {
			struct result r = import_file(cut_file(t[i].name, n), NULL);
			size_t last = 0;

			assert_int_equal(r.rc, ERR_INPUT);
			if (n < t[i].first) {
				assert_false(r.sum.cut);
				assert_true(n < 1000 || strstr(r.err.msg, "cut short"));
			} else {
				is_part_of(&r, &whole);
				assert_true(r.nr >= last);
				last = r.nr;
			}
			release(&r);
		}
		release(&whole);
	}
}

static void test_dat_cut_says_cpus(void **state)
{
	struct result r = import_file(cut_file(HOST "k48-gicv2.dat", 49152), NULL);

	assert_non_null(strstr(r.err.msg, "the events of CPU 2 end early, CPU 3 is missing"));
	assert_int_equal(kinds(&r, REC_LOST), 2);
	assert_int_equal(nth(&r, REC_LOST, 0)->cpu, 3);
	assert_int_equal(nth(&r, REC_LOST, 0)->time_ns, 0);
	assert_int_equal(nth(&r, REC_LOST, 1)->cpu, -1);
	release(&r);
}

static void test_vgic_state(void **state)
{
	const char *path = HOST "k61-gicv3.vgic-state.txt";
	struct import_options o = { .vgic_state = path };
	struct result r = import_file(HOST "k61-gicv3.report.txt", &o);
	size_t vtimers = 0;

	ok(&r);
	/* all of this guest's interrupts have priority 160 */
	assert_int_equal(kinds(&r, REC_STATE), lines_with(path, " 160 "));
	assert_int_equal(r.meta.nr_spis, 256);
	for (size_t i = 0; i < r.nr && r.rec[i].kind == REC_STATE; i++) {
		assert_int_equal(r.rec[i].time_ns, 0);
		vtimers += r.rec[i].d.state.irq == 27 && (r.rec[i].flags & REC_HAS_HW) &&
			   r.rec[i].d.state.hw == 27 && r.rec[i].d.state.enabled &&
			   !r.rec[i].d.state.edge;
	}
	assert_int_equal(vtimers, 4);
	release(&r);
}

static void test_own_forms(void **state)
{
	const char *sample = SOURCE_DIR "/traces/samples/gicv3-4vcpu-hackbench.pcap.gz";
	struct result a = import_file(sample, NULL), b = { 0 };

	ok(&a);
	assert_string_equal(a.sum.format, "vgicsim trace");
	assert_true(a.nr > 1000);
	read_back(&b, sample);
	same_records(&a, &b);
	release(&a);
	free(b.rec);
}

static void test_summary(void **state)
{
	struct result r = import_file(HOST "k61-gicv3.report.txt", NULL);
	json_t *j;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	ok(&r);
	j = import_summary_json(&r.sum);
	assert_non_null(j);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(j, "events"), "kvm_entry")),
		lines_with(HOST "k61-gicv3.report.txt", " kvm_entry:"));
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(j, "records"), "entry")),
		kinds(&r, REC_ENTRY));
	import_summary_print(&r.sum, f);
	fclose(f);
	assert_non_null(strstr(text, "inferred:"));
	assert_non_null(strstr(text, "skipped:"));
	free(text);
	json_decref(j);
	release(&r);
}

/* kvm_vgic_lrs follows the entry it belongs to; its record comes before. */
static void test_lrs_before_entry(void **state)
{
	struct result r = import_file(HOST "k46-gicv2.report.txt", NULL);
	size_t seen = 0;

	ok(&r);
	for (size_t i = 0; i < r.nr; i++) {
		if (r.rec[i].kind != REC_LRS || r.rec[i].d.lrs.at_exit)
			continue;
		assert_true(i + 1 < r.nr);
		assert_int_equal(r.rec[i + 1].kind, REC_ENTRY);
		assert_int_equal(r.rec[i + 1].ctx_id, r.rec[i].ctx_id);
		assert_int_equal(r.rec[i + 1].time_ns, r.rec[i].time_ns);
		seen++;
	}
	assert_int_equal(seen, lines_with(HOST "k46-gicv2.report.txt", " when=0 "));
	release(&r);
}

static void test_cut_text(void **state)
{
	const char *in = HOST "k61-gicv3.report.txt";
	struct result whole = import_file(in, NULL);
	unsigned int at_an_end = 0;

	ok(&whole);
	for (size_t n = 8000; n < 8200; n += 7) {
		struct result r = import_file(cut_file(in, n), NULL);

		/* Between two lines nothing tells. */
		if (!r.rc) {
			at_an_end++;
			release(&r);
			continue;
		}
		/* What was not finished at the cut is missing, what was is there. */
		is_part_of(&r, &whole);
		assert_true(r.sum.duration_ns <= whole.sum.duration_ns);
		assert_true(r.nr > 40);
		release(&r);
	}
	assert_true(at_an_end < 6);
	release(&whole);
}

/* Half a number is none. */
static void test_half_number(void **state)
{
	struct result r = import_text("cpus=2\n"
				      " CPU 0/KVM-10 [000] 1.000000001: kvm_entry: PC: 0x1\n"
				      " CPU 0/KVM-10 [000] 1.000000002: vgic_update_irq_pending: "
				      "VCPU: 0, IRQ 33, level: 1\n"
				      " CPU 0/KVM-10 [000] 1.000000003: kvm_entry: PC: 0xffff",
				      &(struct import_options){ .gic = 3 });

	assert_int_equal(r.rc, ERR_INPUT);
	assert_true(r.sum.cut);
	assert_non_null(strstr(r.err.msg, "line 4: cut short"));
	assert_int_equal(kinds(&r, REC_ENTRY), 1);
	assert_int_equal(kinds(&r, REC_INJECT), 1);
	release(&r);
}

/* Own traces keep every record before the cut, and no half of a set of list registers. */
static void test_cut_own(void **state)
{
	static const size_t at[] = { 2000, 9000, 20000, 30000 };
	struct result whole = import_file(SOURCE_DIR "/traces/samples/k46-gicv2-4vcpu-"
						     "hackbench.pcap.gz",
					  NULL);
	char pcap[256], copy[256];

	ok(&whole);
	path_of(pcap, sizeof(pcap), "out.pcap");
	path_of(copy, sizeof(copy), "copy.pcap");
	assert_int_equal(rename(pcap, copy), 0);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct result r = import_file(cut_file(copy, at[i]), NULL);

		is_part_of(&r, &whole);
		assert_memory_equal(r.rec, whole.rec, (r.nr - 1) * sizeof(*r.rec));
		release(&r);
		r = import_file(cut_file(SOURCE_DIR "/traces/samples/k46-gicv2-4vcpu-"
						    "hackbench.pcap.gz",
					 at[i]),
				NULL);
		is_part_of(&r, &whole);
		assert_memory_equal(r.rec, whole.rec, (r.nr - 1) * sizeof(*r.rec));
		release(&r);
	}
	release(&whole);
}

/* Bad in the middle is not cut short: nothing is kept. */
static void test_bad_line(void **state)
{
	struct result r = import_text("cpus=2\n"
				      " CPU 0/KVM-10 [000] 1.000000001: kvm_entry: PC: 0x1\n"
				      "what is this\n"
				      " CPU 0/KVM-10 [000] 1.000000002: kvm_entry: PC: 0x1\n",
				      &(struct import_options){ .gic = 3 });

	assert_int_equal(r.rc, ERR_INPUT);
	assert_false(r.sum.cut);
	assert_non_null(strstr(r.err.msg, "line 3"));
	release(&r);
}

/* The option is to blame, and not the trace that cannot be written by it. */
static void test_wrong_evidence(void **state)
{
	struct import_options gic = { .gic = 2 },
			      vs = { .vgic_state = HOST "k61-gicv3.vgic-state.txt" };
	struct result r = import_file(HOST "k61-gicv3.perf.txt", &gic);

	assert_int_equal(r.rc, ERR_USAGE);
	assert_int_equal(strncmp(r.err.msg, "--gic: ", 7), 0);
	release(&r);
	r = import_file(HOST "k48-gicv2.dat", &vs);
	assert_int_equal(r.rc, ERR_USAGE);
	assert_int_equal(strncmp(r.err.msg, vs.vgic_state, strlen(vs.vgic_state)), 0);
	release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_counts),
		cmocka_unit_test(test_text_forms),
		cmocka_unit_test(test_dat),
		cmocka_unit_test(test_dat_lost),
		cmocka_unit_test(test_dat_cut),
		cmocka_unit_test(test_dat_cut_says_cpus),
		cmocka_unit_test(test_vgic_state),
		cmocka_unit_test(test_own_forms),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_lrs_before_entry),
		cmocka_unit_test(test_cut_text),
		cmocka_unit_test(test_half_number),
		cmocka_unit_test(test_cut_own),
		cmocka_unit_test(test_bad_line),
		cmocka_unit_test(test_wrong_evidence),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
