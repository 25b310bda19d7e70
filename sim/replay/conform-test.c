// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conform on the samples of real kernels, and on traces written by hand: what
 * it must find, and what it must not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "conform.h"

static struct host host_v2, host_v3;

struct outcome {
	struct conform_result res;
	bool truncated;
	int rc;
	struct err err;
};

static void run_on(struct outcome *out, const char *path, const char *design)
{
	struct conform_options o = { .max_shown = 10 };
	struct trace_reader *r = trace_open(path, &out->err);

	if (!r)
		fail_msg("%s", out->err.msg);
	o.design = vgic_design_find(design);
	assert_non_null(o.design);
	o.host = trace_meta(r)->gic == 2 ? &host_v2 : &host_v3;
	out->rc = conform_run(r, &o, &out->res, &out->truncated, &out->err);
	trace_close(r);
}

static void run_text(struct outcome *out, const char *text, const char *design)
{
	char path[] = "/tmp/vgicsim-conform-XXXXXX.vgt";
	int fd = mkstemps(path, 4);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	run_on(out, path, design);
	unlink(path);
}

/* ---- real kernels -------------------------------------------------------- */

/* @entries compared, @acks of the guest read off them, at least @bp / 100 % identical. */
static void sample(const char *name, const char *design, uint64_t entries, uint64_t acks,
		   unsigned int bp)
{
	struct conform_result *r;
	struct outcome out;
	char path[512];

	snprintf(path, sizeof(path), SOURCE_DIR "/traces/samples/%s.pcap.gz", name);
	run_on(&out, path, design);
	if (out.rc)
		fail_msg("%s", out.err.msg);
	r = &out.res;
	assert_int_equal(r->entries, entries);
	if (conform_identical_bp(r) < bp)
		fail_msg("%s: %llu of %llu entries are identical, want %u.%02u %%", name,
			 (unsigned long long)r->identical, (unsigned long long)r->entries, bp / 100,
			 bp % 100);
	assert_int_equal(r->class[CONFORM_UNEXPLAINED], 0);
	assert_int_equal(r->class[CONFORM_FIELDS], 0);
	assert_int_equal(r->identical + r->reordered + r->different, r->entries);
	/* Something was compared, and the guest did something. */
	assert_true(r->live[1] + r->live[2] > r->entries / 4);
	assert_int_equal(r->acks, acks);
	conform_result_fini(r);
}

static void test_legacy_v2(void **state)
{
	sample("k46-gicv2-4vcpu-hackbench", "kvm-legacy", 964, 618, 9968);
}

static void test_legacy_v3(void **state)
{
	sample("k46-gicv3-4vcpu-hackbench", "kvm-legacy", 767, 587, 10000);
}

static void test_aplist_v3(void **state)
{
	sample("k48-gicv3-4vcpu-hackbench", "kvm-aplist", 763, 577, 9973);
}

static void test_aplist_61(void **state)
{
	sample("gicv3-4vcpu-hackbench", "kvm-aplist-6.1", 855, 583, 9953);
	sample("gicv3-8vcpu-hackbench", "kvm-aplist-6.1", 1445, 820, 9986);
	sample("gicv2-1vcpu-manyblk", "kvm-aplist-6.1", 652, 228, 9953);
}

/* The other kernel's recording is not conformed to: priorities, for one. */
static void test_other_kernel(void **state)
{
	struct outcome out;

	run_on(&out, SOURCE_DIR "/traces/samples/k48-gicv3-4vcpu-hackbench.pcap.gz", "kvm-legacy");
	assert_int_equal(out.rc, 0);
	assert_true(conform_identical_bp(&out.res) < 6000);
	assert_true(out.res.class[CONFORM_FIELDS] > 300);
	conform_result_fini(&out.res);
}

/* ---- by hand ------------------------------------------------------------- */

#define HEAD                                                                                       \
	"%vgt 1\n%gic v3\n%vcpus 2\n%pcpus 4\n%spis 32\n"                                          \
	"%frame gicd 0x08000000 0x10000\n%frame gicr 0x080a0000 0x20000\n"                         \
	"0.000000000 - - state irq=40 enabled=1 pending=0 line=0 active=0 config=edge prio=0xa0 "  \
	"target=0\n"                                                                               \
	"0.000000000 - - state irq=1 vcpu=0 enabled=1 pending=0 line=0 active=0 config=edge "      \
	"prio=0xa0 target=0\n"

/* An SPI and an SGI, one acknowledged and ended, one only acknowledged. */
#define STORY(lr0_second)                                                                          \
	HEAD "0.000001000 0 v0 lrs at=entry used=0 lr0=0x0 lr1=0x0\n"                              \
	     "0.000001000 0 v0 entry\n"                                                            \
	     "0.000002000 1 v1 lrs at=entry used=0 lr0=0x0 lr1=0x0\n"                              \
	     "0.000002000 1 v1 entry\n"                                                            \
	     "0.000050000 2 t7 inject irq=40 level=1\n"                                            \
	     "0.000100000 0 v0 exit reason=irq cause=kick\n"                                       \
	     "0.000100000 0 v0 lrs at=exit used=0 lr0=0x0 lr1=0x0\n"                               \
	     "0.000110000 0 v0 lrs at=entry used=1 lr0=0x50a0000000000028 lr1=0x0\n"               \
	     "0.000110000 0 v0 entry\n"                                                            \
	     "0.000150000 1 v1 exit reason=trap ec=0x18\n"                                         \
	     "0.000150000 1 v1 lrs at=exit used=0 lr0=0x0 lr1=0x0\n"                               \
	     "0.000151000 1 v1 sysreg write reg=ICC_SGI1R_EL1 val=0x1000001\n"                     \
	     "0.000160000 1 v1 lrs at=entry used=0 lr0=0x0 lr1=0x0\n"                              \
	     "0.000160000 1 v1 entry\n"                                                            \
	     "0.000200000 0 v0 exit reason=irq cause=kick\n"                                       \
	     "0.000200000 0 v0 lrs at=exit used=1 lr0=0x90a0000000000028 lr1=0x0\n"                \
	     "0.000300000 0 v0 lrs at=entry used=2 lr0=" lr0_second " lr1=0x50a0000000000001\n"    \
	     "0.000300000 0 v0 entry\n"                                                            \
	     "0.000400000 0 v0 exit reason=trap ec=0x16\n"                                         \
	     "0.000400000 0 v0 lrs at=exit used=2 lr0=0x10a0000000000028 lr1=0x10a0000000000001\n" \
	     "0.000500000 0 v0 lrs at=entry used=0 lr0=0x10a0000000000028 lr1=0x0\n"               \
	     "0.000500000 0 v0 entry\n"

static void test_identical(void **state)
{
	struct outcome out;

	run_text(&out, STORY("0x90a0000000000028"), "kvm-aplist");
	if (out.rc)
		fail_msg("%s", out.err.msg);
	assert_int_equal(out.res.entries, 6);
	assert_int_equal(out.res.identical, 6);
	assert_int_equal(out.res.acks, 2);
	assert_int_equal(out.res.ends, 2);
	assert_int_equal(out.res.not_done, 0);
	assert_int_equal(out.res.extra_taken, 0);
	assert_int_equal(out.res.nr_diffs, 0);
	conform_result_fini(&out.res);
}

/* Active and pending recorded where nothing has made it pending again. */
static void test_one_wrong_register(void **state)
{
	struct outcome out;
	const struct conform_diff *d;

	run_text(&out, STORY("0xd0a0000000000028"), "kvm-aplist");
	assert_int_equal(out.rc, 0);
	assert_int_equal(out.res.entries, 6);
	assert_int_equal(out.res.identical, 5);
	assert_int_equal(out.res.different, 1);
	assert_int_equal(out.res.class[CONFORM_UNEXPLAINED], 1);
	assert_int_equal(out.res.nr_diffs, 1);
	d = &out.res.diff[0];
	assert_int_equal(d->time_ns, 300000);
	assert_int_equal(d->vcpu, 0);
	assert_int_equal(d->irq, 40);
	assert_int_equal(d->class, CONFORM_UNEXPLAINED);
	/* The registers side by side, what led there, and nothing about the SGI. */
	assert_non_null(strstr(d->text, "interrupt 40: on both sides, not the same"));
	assert_non_null(strstr(d->text, "* lr0   40 pending+active prio=0xa0 grp1"));
	assert_non_null(strstr(d->text, "40 active prio=0xa0 grp1\n"));
	assert_non_null(strstr(d->text, "    lr1   1 pending prio=0xa0 grp1"));
	assert_non_null(strstr(d->text, "inject  irq=40 level=1"));
	assert_null(strstr(d->text, "sysreg"));
	conform_result_fini(&out.res);
}

/* The same set in other registers is not "different". */
static void test_other_order(void **state)
{
	static const char text[] =
		HEAD "0.000001000 0 v0 lrs at=entry used=0 lr0=0x0 lr1=0x0\n"
		     "0.000001000 0 v0 entry\n"
		     "0.000100000 0 v0 exit reason=trap ec=0x18\n"
		     "0.000100000 0 v0 lrs at=exit used=0 lr0=0x0 lr1=0x0\n"
		     "0.000101000 0 v0 sysreg write reg=ICC_SGI1R_EL1 val=0x1000001\n"
		     "0.000150000 2 t7 inject irq=40 level=1\n"
		     "0.000900000 0 v0 hvc\n"
		     "0.000901000 0 v0 lrs at=entry used=2 lr0=0x50a0000000000028 "
		     "lr1=0x50a0000000000001\n"
		     "0.000901000 0 v0 entry\n";
	struct outcome out;

	run_text(&out, text, "kvm-aplist");
	assert_int_equal(out.rc, 0);
	assert_int_equal(out.res.identical, 1);
	assert_int_equal(out.res.reordered, 1);
	assert_int_equal(out.res.different, 0);
	conform_result_fini(&out.res);
}

/* Words after those that the host used were not loaded, whatever their state. */
static void test_left_over_words(void **state)
{
	static const char text[] =
		HEAD "0.000001000 0 v0 lrs at=entry used=0 lr0=0x50a0000000000028 lr1=0x0\n"
		     "0.000001000 0 v0 entry\n";
	struct outcome out;

	run_text(&out, text, "kvm-aplist");
	assert_int_equal(out.res.entries, 1);
	assert_int_equal(out.res.identical, 1);
	conform_result_fini(&out.res);
}

/*
 * Linux 6.1 reads an active register once the other vCPUs are out of their guests,
 * 4.6 leaves them there: on its recording they are made to leave.
 */
static void test_polls(void **state)
{
	static const char text[] =
		HEAD "0.000000500 2 t7 inject irq=40 level=1\n"
		     "0.000041000 0 v0 lrs at=entry used=1 lr0=0x50a0000000000028 lr1=0x0\n"
		     "0.000041000 0 v0 entry\n"
		     "0.000042000 1 v1 mmio write gpa=0x08000384 len=4 val=0x200\n"
		     "0.000043000 1 v1 lrs at=entry used=0 lr0=0x0 lr1=0x0\n"
		     "0.000043000 1 v1 entry\n"
		     "0.000044000 0 v0 exit reason=trap ec=0x16\n"
		     "0.000045000 0 v0 hvc\n"
		     "0.000086000 0 v0 lrs at=entry used=1 lr0=0x50a0000000000028 lr1=0x0\n"
		     "0.000086000 0 v0 entry\n";
	struct outcome out;

	run_text(&out, text, "kvm-aplist-6.1");
	assert_int_equal(out.rc, 0);
	assert_int_equal(out.res.exits_forced, 1);
	assert_int_equal(out.res.entries, 3);
	conform_result_fini(&out.res);
	run_text(&out, text, "kvm-legacy");
	assert_int_equal(out.rc, 0);
	assert_int_equal(out.res.exits_forced, 0);
	conform_result_fini(&out.res);
}

/* An injection that may or may not have come before the flush. */
static void race(const char *inject_at, enum conform_class want)
{
	static const char before[] = HEAD "0.000001000 0 v0 lrs at=entry used=0 lr0=0x0 lr1=0x0\n"
					  "0.000001000 0 v0 entry\n"
					  "0.000040000 0 v0 exit reason=trap ec=0x16\n";
	static const char after[] = "0.000100000 0 v0 hvc\n"
				    "0.000103000 0 v0 lrs at=entry used=0 lr0=0x0 lr1=0x0\n"
				    "0.000103000 0 v0 entry\n";
	struct outcome out;
	char text[2048];

	snprintf(text, sizeof(text), "%s%s 2 t7 inject irq=40 level=1\n%s", before, inject_at,
		 after);
	run_text(&out, text, "kvm-aplist");
	assert_int_equal(out.res.different, 1);
	assert_int_equal(out.res.class[want], 1);
	assert_int_equal(out.res.diff[0].class, want);
	conform_result_fini(&out.res);
}

static void test_race(void **state)
{
	race("0.000090000", CONFORM_RACE);
	/* 20 us before the flush could begin it has acted. */
	race("0.000079000", CONFORM_UNEXPLAINED);
}

/* Recorded as queued only after the flush: no race, the recording tells. */
static void test_queued(void **state)
{
	static const char text[] =
		HEAD "0.000001000 0 v0 lrs at=entry used=0 lr0=0x0 lr1=0x0\n"
		     "0.000001000 0 v0 entry\n"
		     "0.000040000 0 v0 exit reason=trap ec=0x16\n"
		     "0.000045000 2 t7 inject irq=40 level=1\n"
		     "0.000050000 0 v0 hvc\n"
		     "0.000053000 0 v0 lrs at=entry used=0 lr0=0x0 lr1=0x0\n"
		     "0.000053000 0 v0 entry\n"
		     "0.000060000 2 t7 queued irq=40 line=0 latch=1\n"
		     "0.000070000 0 v0 exit reason=trap ec=0x16\n"
		     "0.000073000 0 v0 lrs at=entry used=1 lr0=0x50a0000000000028 lr1=0x0\n"
		     "0.000073000 0 v0 entry\n";
	struct outcome out;

	run_text(&out, text, "kvm-aplist");
	if (out.rc)
		fail_msg("%s", out.err.msg);
	assert_int_equal(out.res.entries, 3);
	assert_int_equal(out.res.identical, 3);
	assert_int_equal(out.res.injections, 1);
	conform_result_fini(&out.res);
}

/* An SGI that nobody sent: no rule. */
static void test_sgi_of_nobody(void **state)
{
	static const char text[] =
		HEAD "0.000001000 0 v0 lrs at=entry used=0 lr0=0x0 lr1=0x0\n"
		     "0.000001000 0 v0 entry\n"
		     "0.000100000 0 v0 exit reason=trap ec=0x16\n"
		     "0.000103000 0 v0 lrs at=entry used=1 lr0=0x50a0000000000001 lr1=0x0\n"
		     "0.000103000 0 v0 entry\n";
	struct outcome out;

	run_text(&out, text, "kvm-aplist");
	assert_int_equal(out.res.class[CONFORM_UNEXPLAINED], 1);
	conform_result_fini(&out.res);
}

/* In mid-life: what is in flight at first sight is put there. */
static void test_in_flight(void **state)
{
	static const char text[] =
		"%vgt 1\n%gic v3\n%vcpus 1\n%pcpus 4\n%spis 32\n"
		"%frame gicd 0x08000000 0x10000\n%frame gicr 0x080a0000 0x20000\n"
		"0.000001000 0 v0 exit reason=irq cause=timer\n"
		"0.000001000 0 v0 lrs at=exit used=1 lr0=0x50a0000000000001 lr1=0x0\n"
		"0.000010000 0 v0 lrs at=entry used=2 lr0=0x50a0000000000001 "
		"lr1=0x70a0001b0000001b\n"
		"0.000010000 0 v0 entry\n"
		"0.000100000 0 v0 exit reason=trap ec=0x16\n"
		"0.000100000 0 v0 lrs at=exit used=2 lr0=0x10a0000000000001 "
		"lr1=0x30a0001b0000001b\n"
		"0.000102000 0 v0 inject irq=27 level=0 vcpu=0\n"
		"0.000110000 0 v0 lrs at=entry used=0 lr0=0x0 lr1=0x0\n"
		"0.000110000 0 v0 entry\n";
	struct outcome out;

	run_text(&out, text, "kvm-aplist");
	if (out.rc)
		fail_msg("%s", out.err.msg);
	assert_int_equal(out.res.initial, 2);
	assert_int_equal(out.res.entries, 2);
	assert_int_equal(out.res.identical, 2);
	conform_result_fini(&out.res);
}

static void test_no_registers(void **state)
{
	struct outcome out;

	run_text(&out, HEAD "0.000001000 0 v0 entry\n", "kvm-aplist");
	assert_int_equal(out.rc, ERR_INPUT);
	assert_non_null(strstr(out.err.msg, "want recorded list registers"));
	conform_result_fini(&out.res);
}

/* Twice the same, text included. */
static void test_deterministic(void **state)
{
	static const char path[] = SOURCE_DIR "/traces/samples/k46-gicv2-4vcpu-hackbench.pcap.gz";
	struct outcome a, b;

	run_on(&a, path, "kvm-aplist");
	run_on(&b, path, "kvm-aplist");
	assert_int_equal(a.res.identical, b.res.identical);
	assert_int_equal(a.res.nr_diffs, b.res.nr_diffs);
	assert_int_equal(a.res.nr_diffs, 10);
	for (unsigned int i = 0; i < a.res.nr_diffs; i++)
		assert_string_equal(a.res.diff[i].text, b.res.diff[i].text);
	conform_result_fini(&a.res);
	conform_result_fini(&b.res);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_legacy_v2),
		cmocka_unit_test(test_legacy_v3),
		cmocka_unit_test(test_aplist_v3),
		cmocka_unit_test(test_aplist_61),
		cmocka_unit_test(test_other_kernel),
		cmocka_unit_test(test_identical),
		cmocka_unit_test(test_one_wrong_register),
		cmocka_unit_test(test_other_order),
		cmocka_unit_test(test_left_over_words),
		cmocka_unit_test(test_polls),
		cmocka_unit_test(test_race),
		cmocka_unit_test(test_queued),
		cmocka_unit_test(test_sgi_of_nobody),
		cmocka_unit_test(test_in_flight),
		cmocka_unit_test(test_no_registers),
		cmocka_unit_test(test_deterministic),
	};
	struct err err;

	if (host_load(&host_v2, SOURCE_DIR "/sim/machine/hosts/xgene1-m400.ini", &err) ||
	    host_load(&host_v3, SOURCE_DIR "/sim/machine/hosts/kunpeng920-2s-128c.ini", &err))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
