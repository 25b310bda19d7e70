// SPDX-License-Identifier: GPL-2.0-or-later
/* Every event through every form and back. */
#include "test-util.h"

#include "text.h"
#include "wire.h"

static const char text[] = TU_HEADER TU_EVENTS;

static void same_text(const char *path, const char *want)
{
	size_t n;
	char *have = tu_read(path, &n);

	assert_string_equal(have, want);
	free(have);
}

static void test_text_pcap_text(void **state)
{
	static const char *const forms[] = { "b.pcap", "b.pcap.gz", "b.pcap.bz2", "b.pcap.xz",
					     "b.vgt",  "b.vgt.gz",  "b.vgt.bz2",  "b.vgt.xz" };
	const char *a = tu_path("a.vgt"), *c = tu_path("c.vgt");
	struct err err;

	tu_write(a, text, strlen(text));
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const char *b = tu_path(forms[i]);

		if (tu_convert(a, b, &err) || tu_convert(b, c, &err))
			fail_msg("%s", err.msg);
		same_text(c, text);
		unlink(c);
	}
}

static uint64_t digest_of(const char *path, uint64_t *nr)
{
	struct err err;
	struct trace_reader *r = trace_open(path, &err);
	const struct trace_rec *rec;
	uint64_t digest, n = 0;
	int rc;

	assert_non_null(r);
	while ((rc = trace_next(r, &rec, &err)) > 0)
		assert_int_equal(rec->seq, ++n);
	assert_int_equal(rc, 0);
	assert_int_equal(trace_next(r, &rec, &err), 0);
	digest = trace_digest(r);
	*nr = trace_nr_records(r);
	trace_close(r);
	return digest;
}

static void test_one_digest(void **state)
{
	uint64_t a_nr, b_nr;
	struct err err;
	const char *a = tu_path("d.vgt"), *b = tu_path("d.pcap.gz");

	tu_write(a, text, strlen(text));
	assert_int_equal(tu_convert(a, b, &err), 0);
	assert_int_equal(digest_of(a, &a_nr), digest_of(b, &b_nr));
	assert_int_equal(a_nr, b_nr);
	/* One line has one continuation, another has three. */
	assert_int_equal(a_nr, 4 + (uint64_t)69);
}

/* The same records from memory: the same digest, and defects are met as in a file. */
static void test_memory(void **state)
{
	const char *path = tu_path("mem.vgt");
	const struct trace_rec *rec;
	struct trace_rec all[128];
	struct trace_meta meta;
	struct trace_reader *r;
	uint64_t digest, nr, n = 0;
	struct err err;

	tu_write(path, text, strlen(text));
	digest = digest_of(path, &nr);
	r = trace_open(path, &err);
	assert_non_null(r);
	meta = *trace_meta(r);
	while (trace_next(r, &rec, &err) > 0) {
		assert_true(n < 128);
		all[n] = *rec;
		all[n++].seq = 77;
	}
	trace_close(r);
	r = trace_open_memory("memory", &meta, all, n, &err);
	assert_non_null(r);
	for (uint32_t i = 1; i <= n; i++) {
		assert_int_equal(trace_next(r, &rec, &err), 1);
		assert_int_equal(rec->seq, i);
	}
	assert_int_equal(trace_next(r, &rec, &err), 0);
	assert_int_equal(trace_next(r, &rec, &err), 0);
	assert_int_equal(trace_digest(r), digest);
	assert_int_equal(trace_nr_records(r), nr);
	trace_close(r);

	all[n - 1].time_ns = 0;
	r = trace_open_memory("memory", &meta, all, n, &err);
	while (trace_next(r, &rec, &err) > 0)
		;
	assert_non_null(strstr(err.msg, "memory: record"));
	assert_non_null(strstr(err.msg, "time goes back"));
	trace_close(r);
	meta.nr_vcpus = 0;
	assert_null(trace_open_memory("memory", &meta, all, n, &err));
	assert_non_null(strstr(err.msg, "memory: vcpus: want 1.."));
}

/* Spacing, order of arguments and number bases as people write them. */
static void test_free_spelling(void **state)
{
	static const char in[] =
		"# a scenario\n\n%vgt 1   # the form\n%spis 0x20\n%vcpus 1\n"
		"\t%pcpus 1\n%gic v2\r\n%resolution 1.5us\n\n"
		" 0.000000001\t0 v0 mmio val=3 len=0x4 gpa=134217728 write # here\n"
		"0.000000002 0 v0 lrs lr1=2 hcr=1 used=2 lr0=1 at=exit";
	static const char want[] = "%vgt 1\n%gic v2\n%vcpus 1\n%pcpus 1\n%spis 32\n"
				   "%resolution 1500ns\n"
				   "#time        cpu ctx  event   arguments\n"
				   "0.000000001  0   v0   mmio    write gpa=0x08000000 len=4 "
				   "val=0x00000003\n"
				   "0.000000002  0   v0   lrs     at=exit used=2 lr0=0x00000001 "
				   "lr1=0x00000002 hcr=0x00000001\n";
	const char *a = tu_path("e.vgt"), *b = tu_path("f.vgt");
	struct err err;

	tu_write(a, in, strlen(in));
	if (tu_convert(a, b, &err))
		fail_msg("%s", err.msg);
	same_text(b, want);
}

static void test_empty_trace(void **state)
{
	static const char in[] = "%vgt 1\n%gic v2\n%vcpus 8\n%pcpus 1\n%spis 988\n"
				 "#time        cpu ctx  event   arguments\n";
	const char *a = tu_path("g.vgt"), *b = tu_path("g.pcap"), *c = tu_path("h.vgt");
	struct err err;

	tu_write(a, in, strlen(in));
	if (tu_convert(a, b, &err) || tu_convert(b, c, &err))
		fail_msg("%s", err.msg);
	same_text(c, in);
}

/* All 65536 encodings have a name that leads back. */
static void test_sysregs(void **state)
{
	char buf[32];

	for (uint32_t reg = 0; reg <= 0xffff; reg++) {
		uint32_t back = ~reg;

		assert_int_equal(sysreg_parse(sysreg_name(reg, buf, sizeof(buf)), &back), 0);
		assert_int_equal(back, reg);
	}
	assert_string_equal(sysreg_name(0xc65d, buf, sizeof(buf)), "ICC_SGI1R_EL1");
}

static void test_max_header(void **state)
{
	struct trace_meta m = { .gic = 3,
				.nr_vcpus = TRACE_MAX_VCPUS,
				.nr_pcpus = INT16_MAX,
				.nr_spis = 988,
				.nr_frames = TRACE_MAX_FRAMES,
				.resolution_ps = UINT32_MAX };
	const char *a = tu_path("m.pcap"), *b = tu_path("m.vgt"), *c = tu_path("n.pcap");
	struct trace_reader *r;
	struct trace_writer *w;
	struct err err;

	for (int i = 0; i < TRACE_MAX_FRAMES; i++)
		m.frame[i] = (struct trace_frame){ FRAME_GICR, UINT64_MAX - 0xffff, 0x10000 };
	memset(m.source, 'x', TRACE_SOURCE_MAX - 1);
	w = trace_create(a, &m, &err);
	assert_non_null(w);
	assert_int_equal(trace_commit(w, &err), 0);
	if (tu_convert(a, b, &err) || tu_convert(b, c, &err))
		fail_msg("%s", err.msg);
	r = trace_open(c, &err);
	assert_non_null(r);
	assert_memory_equal(trace_meta(r), &m, sizeof(m));
	trace_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_pcap_text), cmocka_unit_test(test_one_digest),
		cmocka_unit_test(test_free_spelling),  cmocka_unit_test(test_empty_trace),
		cmocka_unit_test(test_sysregs),	       cmocka_unit_test(test_max_header),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, tu_setup, tu_teardown);
}
