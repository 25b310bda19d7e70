// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies of a recording: each is the recording under other numbers, later by its
 * phase and nothing else; nothing reaches from one copy into another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "clone.h"
#include "gic.h"

#define PATH "clone-test.vgt"

#define HEAD_V3                                                                                    \
	"%vgt 1\n%gic v3\n%vcpus 3\n%pcpus 4\n%spis 96\n"                                          \
	"%frame gicd 0x08000000 0x10000\n%frame gicr 0x080a0000 0x20000\n"                         \
	"%source note=\"a b\"\n"
#define HEAD_V2                                                                                    \
	"%vgt 1\n%gic v2\n%vcpus 2\n%pcpus 2\n%spis 96\n"                                          \
	"%frame gicd 0x08000000 0x1000\n%frame gicc 0x08010000 0x2000\n"

static struct trace_reader *reader;

static void open_spec(const char *text, const char *spec)
{
	FILE *f = fopen(PATH, "w");
	struct err err;

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	reader = trace_open(spec, &err);
	if (!reader)
		fail_msg("%s", err.msg);
}

/* The next record as a line of text. */
static const char *next(void)
{
	static char buf[1024];
	const struct trace_rec *rec;
	struct err err;
	int rc = trace_next(reader, &rec, &err);

	if (rc < 0)
		fail_msg("%s", err.msg);
	if (!rc)
		return "the end";
	trace_text_line(rec, buf, sizeof(buf));
	return buf;
}

/* Blanks of any number are one. */
static void expect(const char *want)
{
	const char *have = next(), *h = have, *w = want;

	while (*h && *w) {
		if (*h == ' ' && *w == ' ') {
			h += strspn(h, " ");
			w += strspn(w, " ");
		} else if (*h++ != *w++) {
			break;
		}
	}
	if (*h || *w)
		fail_msg("want \"%s\"\nhave \"%s\"", want, have);
}

static void end(void)
{
	expect("the end");
	trace_close(reader);
	unlink(PATH);
}

/* Without phases the copies do everything at once, in the order of the copies. */
static void test_numbers(void **state)
{
	open_spec(HEAD_V3
		  "0.000000000 - - state irq=27 vcpu=2 enabled=1 pending=0 line=0 active=0 "
		  "config=level prio=0xa0 target=2 hw=27\n"
		  "0.000000000 - - state irq=50 enabled=1 pending=0 line=0 active=0 config=edge "
		  "prio=0xa0 target=1\n"
		  "0.000000000 - - state irq=60 enabled=1 pending=0 line=0 active=0 config=edge "
		  "prio=0xa0 target=1\n"
		  "0.000000010 1 v2 entry\n"
		  "0.000000020 2 t917 inject irq=50 level=1\n"
		  "0.000000030 3 irq inject irq=27 level=1 vcpu=2\n",
		  "clone:2,phase=0ns:" PATH);
	assert_int_equal(trace_meta(reader)->nr_vcpus, 6);
	assert_int_equal(trace_meta(reader)->nr_pcpus, 8);
	assert_int_equal(trace_meta(reader)->nr_spis, 96);
	assert_string_equal(trace_meta(reader)->source,
			    "copies=2 of-vcpus=3 copies-seed=1 copies-phase=0ns note=\"a b\"");
	expect("0.000000000 - - state irq=27 vcpu=2 enabled=1 pending=0 line=0 active=0 "
	       "config=level prio=0xa0 target=2 hw=27");
	/* The only SPI that is used is the first one; the other is left out. */
	expect("0.000000000 - - state irq=32 enabled=1 pending=0 line=0 active=0 config=edge "
	       "prio=0xa0 target=1");
	expect("0.000000000 - - state irq=27 vcpu=5 enabled=1 pending=0 line=0 active=0 "
	       "config=level prio=0xa0 target=5 hw=27");
	expect("0.000000000 - - state irq=33 enabled=1 pending=0 line=0 active=0 config=edge "
	       "prio=0xa0 target=4");
	expect("0.000000010 1 v2 entry");
	expect("0.000000010 5 v5 entry");
	expect("0.000000020 2 t917 inject irq=32 level=1");
	expect("0.000000020 6 t4195221 inject irq=33 level=1");
	expect("0.000000030 3 irq inject irq=27 level=1 vcpu=2");
	expect("0.000000030 7 irq inject irq=27 level=1 vcpu=5");
	end();
}

/* A write for all others is for those of its copy, in as many writes as clusters. */
static void test_sgi_v3(void **state)
{
	open_spec(HEAD_V3 "0.000000000 0 v0 exit reason=trap ec=0x18\n"
			  "0.000000001 0 v0 sysreg write reg=ICC_SGI1R_EL1 val=0x10005000000\n"
			  "0.000000002 0 v0 entry\n"
			  "0.000000010 0 v0 exit reason=trap ec=0x18\n"
			  "0.000000011 0 v0 sysreg write reg=ICC_SGI1R_EL1 val=0x07000004\n",
		  "clone:6,phase=0ns:" PATH);
	for (unsigned int k = 0; k < 6; k++)
		next();
	expect("0.000000001 0 v0 sysreg write reg=ICC_SGI1R_EL1 val=0x05000006");
	expect("0.000000001 4 v3 sysreg write reg=ICC_SGI1R_EL1 val=0x05000030");
	expect("0.000000001 8 v6 sysreg write reg=ICC_SGI1R_EL1 val=0x05000180");
	expect("0.000000001 12 v9 sysreg write reg=ICC_SGI1R_EL1 val=0x05000c00");
	expect("0.000000001 16 v12 sysreg write reg=ICC_SGI1R_EL1 val=0x05006000");
	/* vCPUs 16 and 17: one cluster, the next one. */
	expect("0.000000001 20 v15 sysreg write reg=ICC_SGI1R_EL1 val=0x05010003");
	for (unsigned int k = 0; k < 12; k++)
		next();
	expect("0.000000011 0 v0 sysreg write reg=ICC_SGI1R_EL1 val=0x07000004");
	expect("0.000000011 4 v3 sysreg write reg=ICC_SGI1R_EL1 val=0x07000020");
	for (unsigned int k = 2; k < 6; k++)
		next();
	end();
}

static void test_sgi_split(void **state)
{
	open_spec("%vgt 1\n%gic v3\n%vcpus 9\n%pcpus 9\n%spis 32\n"
		  "0.000000000 0 v0 exit reason=trap ec=0x18\n"
		  "0.000000001 0 v0 sysreg write reg=ICC_SGI1R_EL1 val=0x10005000000\n"
		  "0.000000002 0 v0 entry\n",
		  "clone:2,phase=0ns:" PATH);
	next();
	next();
	expect("0.000000001 0 v0 sysreg write reg=ICC_SGI1R_EL1 val=0x050001fe");
	expect("0.000000001 9 v9 sysreg write reg=ICC_SGI1R_EL1 val=0x0500fc00");
	expect("0.000000001 9 v9 entry");
	expect("0.000000001 9 v9 exit reason=trap ec=0x18");
	expect("0.000000001 9 v9 sysreg write reg=ICC_SGI1R_EL1 val=0x05010003");
	expect("0.000000002 0 v0 entry");
	expect("0.000000002 9 v9 entry");
	end();
}

/* An SGI without a value: its target is inferred in the recording, or it has none. */
static void test_sgi_inferred(void **state)
{
	open_spec(HEAD_V3 "0.000000000 0 v0 exit reason=trap ec=0x18\n"
			  "0.000000000 1 v1 exit reason=trap ec=0x01\n"
			  "0.000000000 1 v1 wfi\n"
			  "0.000000010 0 v0 sysreg write reg=ICC_SGI1R_EL1 val=?\n"
			  "0.000000020 0 v0 entry\n"
			  "0.000000030 1 v1 entry\n"
			  "0.000000040 1 v1 exit reason=trap ec=0x18\n"
			  "0.000000050 1 v1 sysreg write reg=ICC_SGI1R_EL1 val=?\n",
		  "clone:2,phase=0ns:" PATH);
	for (unsigned int k = 0; k < 6; k++)
		next();
	expect("0.000000010 0 v0 sysreg write reg=ICC_SGI1R_EL1 val=0x00000002");
	expect("0.000000010 4 v3 sysreg write reg=ICC_SGI1R_EL1 val=0x00000010");
	for (unsigned int k = 0; k < 6; k++)
		next();
	expect("0.000000050 1 v1 sysreg write reg=ICC_SGI1R_EL1 val=0x00000000");
	expect("0.000000050 5 v4 sysreg write reg=ICC_SGI1R_EL1 val=0x00000000");
	end();
}

static void test_v2(void **state)
{
	open_spec(HEAD_V2 "0.000000000 0 v1 mmio write gpa=0x08000f00 len=4 val=0x01000005\n"
			  "0.000000001 0 v1 mmio write gpa=0x08000f00 len=4 val=0x00010003\n"
			  "0.000000002 0 v0 mmio write gpa=0x08000832 len=1 val=0x02\n"
			  "0.000000003 0 v0 ack irq=5 src=1\n"
			  "0.000000004 0 v0 lrs at=entry used=2 lr0=0x10000405 lr1=0x12800032\n",
		  "clone:4,phase=0ns:" PATH);
	expect("0.000000000 0 v1 mmio write gpa=0x08000f00 len=4 val=0x00010005");
	expect("0.000000000 2 v3 mmio write gpa=0x08000f00 len=4 val=0x00040005");
	expect("0.000000000 4 v5 mmio write gpa=0x08000f00 len=4 val=0x00100005");
	expect("0.000000000 6 v7 mmio write gpa=0x08000f00 len=4 val=0x00400005");
	next();
	expect("0.000000001 2 v3 mmio write gpa=0x08000f00 len=4 val=0x00040003");
	next();
	next();
	/* SPI 50 is the first and only one: 32 in the first copy, 33 in the next. */
	expect("0.000000002 0 v0 mmio write gpa=0x08000820 len=1 val=0x02");
	expect("0.000000002 2 v2 mmio write gpa=0x08000821 len=1 val=0x08");
	next();
	next();
	next();
	expect("0.000000003 2 v2 ack irq=5 src=3");
	next();
	next();
	next();
	expect("0.000000004 2 v2 lrs at=entry used=2 lr0=0x10000c05 lr1=0x12800021");
	next();
	next();
	end();
}

/* Accesses of whole registers: shares of 32; the switch of the distributor is one. */
static void test_registers(void **state)
{
	open_spec(HEAD_V3 "0.000000000 0 v0 mmio write gpa=0x08000000 len=4 val=0x13\n"
			  "0.000000001 0 v0 mmio write gpa=0x08000104 len=4 val=0x00040000\n"
			  "0.000000002 0 v0 mmio write gpa=0x08006190 len=8 val=0x2\n"
			  "0.000000003 0 v0 mmio write gpa=0x080f0100 len=4 val=0xffff\n"
			  "0.000000004 0 v0 inject irq=50 level=1\n"
			  "0.000000005 0 v0 mmio write gpa=0x09000000 len=4 val=0x41\n",
		  "clone:2,phase=0ns:" PATH);
	expect("0.000000000 0 v0 mmio write gpa=0x08000000 len=4 val=0x00000013");
	expect("0.000000000 4 v3 mmio read gpa=0x08000000 len=4 val=0x00000013");
	expect("0.000000001 0 v0 mmio write gpa=0x08000104 len=4 val=0x00040000");
	expect("0.000000001 4 v3 mmio write gpa=0x08000108 len=4 val=0x00040000");
	expect("0.000000002 0 v0 mmio write gpa=0x08006190 len=8 val=0x0000000000000002");
	expect("0.000000002 4 v3 mmio write gpa=0x08006290 len=8 val=0x0000000000000005");
	/* The redistributor of vCPU 2 becomes that of vCPU 5, elsewhere. */
	expect("0.000000003 0 v0 mmio write gpa=0x4000050100 len=4 val=0x0000ffff");
	expect("0.000000003 4 v3 mmio write gpa=0x40000b0100 len=4 val=0x0000ffff");
	expect("0.000000004 0 v0 inject irq=50 level=1");
	expect("0.000000004 4 v3 inject irq=82 level=1");
	expect("0.000000005 0 v0 mmio write gpa=0x09000000 len=4 val=0x00000041");
	expect("0.000000005 4 v3 mmio write gpa=0x09000000 len=4 val=0x00000041");
	end();
}

static void test_its(void **state)
{
	open_spec(HEAD_V3 "0.000000000 - - state irq=8193 enabled=1 pending=0 line=0 active=0 "
			  "config=edge prio=0xa0 target=1\n"
			  "0.000000000 0 v0 its cmd=MAPC icid=1 rdbase=0x1 valid=1\n"
			  "0.000000000 0 v0 its cmd=MAPTI devid=8 eventid=2 intid=8193 icid=1\n"
			  "0.000000000 0 v0 its cmd=MAPI devid=8 eventid=8192 icid=0\n"
			  "0.000000000 0 t5 msi devid=8 eventid=2\n",
		  "clone:2,phase=0ns:" PATH);
	expect("0.000000000 - - state irq=8193 enabled=1 pending=0 line=0 active=0 config=edge "
	       "prio=0xa0 target=1");
	expect("0.000000000 - - state irq=8195 enabled=1 pending=0 line=0 active=0 config=edge "
	       "prio=0xa0 target=4");
	expect("0.000000000 0 v0 its cmd=MAPC icid=1 rdbase=0x1 valid=1");
	expect("0.000000000 0 v0 its cmd=MAPTI devid=0x8 eventid=2 intid=8193 icid=1");
	expect("0.000000000 0 v0 its cmd=MAPI devid=0x8 eventid=8192 icid=0");
	expect("0.000000000 0 t5 msi devid=0x8 eventid=2");
	expect("0.000000000 4 v3 its cmd=MAPC icid=3 rdbase=0x4 valid=1");
	expect("0.000000000 4 v3 its cmd=MAPTI devid=0x10008 eventid=2 intid=8195 icid=3");
	expect("0.000000000 4 v3 its cmd=MAPTI devid=0x10008 eventid=8192 intid=8194 icid=2");
	expect("0.000000000 4 t4194309 msi devid=0x10008 eventid=2");
	end();
}

/* Continued list registers are not torn apart by the other copy's records. */
static void test_lrs(void **state)
{
	const struct trace_rec *rec;
	struct err err;

	open_spec(HEAD_V3
		  "0.000000000 0 v0 lrs at=exit used=5 lr0=0x50a0000000000001 lr1=0x0 lr2=0x0 "
		  "lr3=0x0 lr4=0x50a0000000000032\n",
		  "clone:2,phase=0ns:" PATH);
	for (unsigned int k = 0; k < 2; k++) {
		assert_int_equal(trace_next(reader, &rec, &err), 1);
		assert_int_equal(rec->kind, REC_LRS);
		assert_int_equal(rec->ctx_id, 3 * k);
		assert_true(rec->d.lrs.lr[0] == UINT64_C(0x50a0000000000001));
		assert_int_equal(trace_next(reader, &rec, &err), 1);
		assert_int_equal(rec->kind, REC_LRS_MORE);
		assert_int_equal(rec->ctx_id, 3 * k);
		assert_true(rec->d.lrs_more.lr[0] == UINT64_C(0x50a0000000000020) + k);
	}
	end();
}

/* Each copy is the recording, later by its phase: the phases differ, with the seed too. */
static void test_phases(void **state)
{
	static const char text[] = HEAD_V3 "0.000001000 0 v0 exit reason=irq cause=timer\n"
					   "0.000002000 0 v0 entry\n"
					   "0.005000000 0 v0 exit reason=irq cause=timer\n";
	uint64_t at[8][3] = { { 0 } }, sum[2] = { 0 };
	const struct trace_rec *rec;
	unsigned int n[8];
	struct err err;

	for (unsigned int seed = 1; seed < 3; seed++) {
		memset(n, 0, sizeof(n));
		open_spec(text,
			  seed == 1 ? "clone:8,phase=4ms:" PATH : "clone:8,phase=4ms,seed=2:" PATH);
		while (trace_next(reader, &rec, &err) > 0) {
			unsigned int k = rec->ctx_id / 3;

			at[k][n[k]++] = rec->time_ns;
		}
		for (unsigned int k = 0; k < 8; k++) {
			uint64_t phase = at[k][0] - 1000;

			assert_int_equal(n[k], 3);
			assert_true(phase < 4000000);
			assert_int_equal(at[k][1], 2000 + phase);
			assert_int_equal(at[k][2], 5000000 + phase);
			sum[seed - 1] += phase;
		}
		assert_int_equal(at[0][0], 1000);
		trace_close(reader);
	}
	assert_true(sum[0] > 4000000 && sum[0] != sum[1]);
	unlink(PATH);
}

static void refuse(const char *text, const char *spec, const char *why)
{
	FILE *f = fopen(PATH, "w");
	struct err err;

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	reader = trace_open(spec, &err);
	if (reader)
		fail_msg("%s: want it refused", spec);
	if (!strstr(err.msg, why))
		fail_msg("want \"%s\", have \"%s\"", why, err.msg);
	unlink(PATH);
}

static void test_refusals(void **state)
{
	refuse(HEAD_V3, "clone:0:" PATH, "want 1 to 512 copies");
	refuse(HEAD_V3, "clone:x:" PATH, "want 1 to 512 copies");
	refuse(HEAD_V3, "clone:2", "want N:TRACE");
	refuse(HEAD_V3, "clone:2,phase=2s:" PATH, "want seed=N or phase=TIME (up to 1s)");
	refuse(HEAD_V3, "clone:2:-", "want a file");
	refuse(HEAD_V3, "clone:2:nowhere.vgt", "nowhere.vgt");
	refuse(HEAD_V3, "clone:171:" PATH, "want at most 170 copies of 3 vCPUs");
	refuse(HEAD_V2, "clone:5:" PATH, "want at most 4 copies of 2 vCPUs with a GICv2");
	refuse("%vgt 1\n%gic v3\n%vcpus 1\n%pcpus 1\n%spis 96\n%frame gicd 0x08000000 0x10000\n"
	       "0.000000000 0 v0 mmio write gpa=0x08000104 len=4 val=1\n0.000000000 0 v0 inject "
	       "irq=40 level=1\n",
	       "clone:31:" PATH, "want at most 30 copies of a guest that uses 32 SPIs");
}

/* What stands before a defect is copied; then the defect is told. */
static void test_defect(void **state)
{
	const struct trace_rec *rec;
	struct err err;
	unsigned int n = 0;
	int rc;

	open_spec(HEAD_V3 "0.000001000 0 v0 entry\n0.000002000 0 v0 nonsense\n", "clone:2:" PATH);
	while ((rc = trace_next(reader, &rec, &err)) > 0)
		n++;
	assert_int_equal(rc, ERR_INPUT);
	assert_non_null(strstr(err.msg, PATH ": line 10"));
	assert_int_equal(n, 2);
	trace_close(reader);
	unlink(PATH);
}

static int setup(void **state)
{
	trace_add_maker(&clone_maker);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),	  cmocka_unit_test(test_sgi_v3),
		cmocka_unit_test(test_sgi_split), cmocka_unit_test(test_sgi_inferred),
		cmocka_unit_test(test_v2),	  cmocka_unit_test(test_registers),
		cmocka_unit_test(test_its),	  cmocka_unit_test(test_lrs),
		cmocka_unit_test(test_phases),	  cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_defect),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
