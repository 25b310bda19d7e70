/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SGI targets inferred from a real recording whose values are known: they
 * are blanked, inferred, and compared with what was recorded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gic.h"
#include "infer.h"
#include "routing.h"
#include "sgi.h"

struct score {
	unsigned int writes, exact, wrong, unknown, wrong_number;
};

static bool is_known_sgi(const struct trace_rec *r)
{
	return r->kind == REC_SYSREG && r->d.sysreg.write && r->flags & REC_HAS_VAL &&
	       r->d.sysreg.reg == SYSREG_ICC_SGI1R_EL1;
}

/* The trace without values, and without list registers if so wanted. */
static void blank(const char *from, const char *to, bool lrs)
{
	struct err err;
	struct trace_reader *r = trace_open(from, &err);
	const struct trace_rec *rec;
	struct trace_writer *w;

	if (!r)
		fail_msg("%s", err.msg);
	w = trace_create(to, trace_meta(r), &err);
	assert_non_null(w);
	while (trace_next(r, &rec, &err) > 0) {
		struct trace_rec copy = *rec;

		if (!lrs && (copy.kind == REC_LRS || copy.kind == REC_LRS_MORE))
			continue;
		if (is_known_sgi(&copy)) {
			copy.flags &= ~(uint32_t)REC_HAS_VAL;
			copy.d.sysreg.val = 0;
		}
		assert_int_equal(trace_write(w, &copy, &err), 0);
	}
	assert_int_equal(trace_commit(w, &err), 0);
	trace_close(r);
}

static bool is_open_sgi(const struct trace_rec *r)
{
	return r->kind == REC_SYSREG && r->d.sysreg.write && !(r->flags & REC_HAS_VAL) &&
	       r->d.sysreg.reg == SYSREG_ICC_SGI1R_EL1;
}

static struct score compare(const char *real_path, const char *blanked)
{
	struct err err;
	struct trace_reader *real = trace_open(real_path, &err), *b = trace_open(blanked, &err);
	const struct trace_rec *rec;
	const struct infer_item *item;
	struct score s = { 0 };
	struct infer *f;

	assert_non_null(real);
	assert_non_null(b);
	f = infer_create(b, trace_meta(b)->nr_vcpus);
	assert_non_null(f);
	while (infer_next(f, &item, &err) > 0) {
		uint64_t want[STREAM_TARGET_WORDS], have[STREAM_TARGET_WORDS];
		unsigned int want_nr, have_nr;

		if (!is_open_sgi(&item->rec))
			continue;
		do {
			assert_int_equal(trace_next(real, &rec, &err), 1);
		} while (!is_known_sgi(rec));
		s.writes++;
		if (!item->annot || !item->annot->inferred) {
			s.unknown++;
			continue;
		}
		sgi_targets(trace_meta(real), 0, rec, NULL, want, &want_nr);
		sgi_targets(trace_meta(b), 0, &item->rec, item->annot, have, &have_nr);
		if (memcmp(want, have, sizeof(want)))
			s.wrong++;
		else
			s.exact++;
		s.wrong_number += want_nr != have_nr;
	}
	infer_destroy(f);
	trace_close(b);
	trace_close(real);
	return s;
}

static struct score infer_blanked(const char *sample, bool lrs)
{
	char path[] = "/tmp/vgicsim-infer-XXXXXX.pcap";
	int fd = mkstemps(path, 5);
	struct score s;

	assert_true(fd >= 0);
	close(fd);
	blank(sample, path, lrs);
	s = compare(sample, path);
	unlink(path);
	print_message("%s, %s list registers: %u writes: %u exact, %u wrong, %u unknown, %u "
		      "numbers wrong\n",
		      strrchr(sample, '/') + 1, lrs ? "with" : "without", s.writes, s.exact,
		      s.wrong, s.unknown, s.wrong_number);
	return s;
}

#define SAMPLE SOURCE_DIR "/traces/samples/gicv3-4vcpu-hackbench.pcap.gz"

static void test_with_lrs(void **state)
{
	struct score s = infer_blanked(SAMPLE, true);

	assert_true(s.writes > 100);
	assert_true(s.exact * 100 >= s.writes * 95);
	assert_true(s.wrong_number * 100 <= s.writes);
}

/* The numbers cannot be known then; the targets can. */
static void test_without_lrs(void **state)
{
	struct score s = infer_blanked(SAMPLE, false);

	assert_true(s.writes > 100);
	assert_true(s.exact * 100 >= s.writes * 90);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_with_lrs),
		cmocka_unit_test(test_without_lrs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
