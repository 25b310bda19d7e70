// SPDX-License-Identifier: GPL-2.0-or-later
/* What info, check and dump say of traces whose every number is known. */
#include "test-util.h"

#include "check.h"
#include "dump.h"
#include "gic-regs.h"
#include "info.h"

#define HEAD                                                                                       \
	"%vgt 1\n%gic v2\n%vcpus 2\n%pcpus 2\n%spis 32\n"                                          \
	"%frame gicd 0x08000000 0x1000\n%frame gicc 0x08010000 0x2000\n"                           \
	"#time        cpu ctx  event   arguments\n"

#define LIFE                                                                                       \
	"0.000000000  -   -    state   irq=34 enabled=1 pending=0 line=0 active=0 "                \
	"config=edge prio=0xa0 target=0\n"                                                         \
	"0.000001000  0   v0   entry\n"                                                            \
	"0.000004000  0   v0   exit    reason=trap ec=0x24\n"                                      \
	"0.000004500  0   v0   mmio    write gpa=0x08000f00 len=4 val=0x00020001\n"                \
	"0.000004600  0   v0   mmio    read gpa=0x08000104 len=4 val=0x00000000\n"                 \
	"0.000004700  0   v0   mmio    write gpa=0x08000108 len=4 val=0x00000001\n"                \
	"0.000004800  0   v0   mmio    read gpa=0x09000018 len=4 val=0x00000000\n"                 \
	"0.000005000  0   v0   entry\n"                                                            \
	"0.000005500  1   t9   inject  irq=34 level=1\n"                                           \
	"0.000005600  1   t9   inject  irq=34 level=0\n"                                           \
	"0.000006000  0   v0   exit    reason=irq cause=kick\n"                                    \
	"0.000006500  1   t9   inject  irq=34 level=1\n"                                           \
	"0.000007000  0   v0   entry\n"                                                            \
	"0.000007500  1   t9   inject  irq=34 level=1\n"                                           \
	"0.000008000  0   v0   exit    reason=trap ec=0x01\n"                                      \
	"0.000008100  0   v0   wfi\n"                                                              \
	"0.000010000  0   v0   entry\n"                                                            \
	"0.000010000  0   v0   lrs     at=entry used=1 lr0=0x50000022\n"                           \
	"0.000010500  1   irq  inject  irq=27 level=1 vcpu=1\n"

static int setup(void **state)
{
	return tu_setup(state);
}

static const char *make(const char *text)
{
	const char *path = tu_path("t.vgt");

	tu_write(path, text, strlen(text));
	return path;
}

static json_t *info_of(const char *path)
{
	struct err err;
	struct trace_reader *r = trace_open(path, &err);
	struct info *i;
	json_t *j;

	assert_non_null(r);
	if (info_read(r, &i, &err))
		fail_msg("%s", err.msg);
	j = info_json(i);
	assert_non_null(j);
	info_destroy(i);
	trace_close(r);
	return j;
}

/* The number at "a/b/2/c". */
static double at(const json_t *j, const char *path)
{
	char part[64];

	while (*path) {
		size_t n = strcspn(path, "/");

		memcpy(part, path, n);
		part[n] = 0;
		path += n + (path[n] == '/');
		j = json_is_array(j) ? json_array_get(j, (size_t)atoi(part))
				     : json_object_get(j, part);
	}
	assert_true(json_is_number(j));
	return json_number_value(j);
}

static void test_info(void **state)
{
	json_t *j = info_of(make(HEAD LIFE));

	assert_string_equal(json_string_value(json_object_get(j, "schema")), INFO_SCHEMA);
	assert_true(at(j, "records") == 19);
	assert_true(at(j, "duration_ns") == 10500);
	assert_true(at(j, "exits/reason/trap") == 2);
	assert_true(at(j, "exits/reason/irq") == 1);
	assert_true(at(j, "exits/cause/kick") == 1);
	assert_true(at(j, "exits/ec/1/count") == 1);
	assert_true(at(j, "vcpus/0/entries") == 4);
	assert_true(at(j, "vcpus/0/exits") == 3);
	assert_true(at(j, "vcpus/0/guest_ns") == 3000 + 1000 + 1000);
	assert_true(at(j, "vcpus/0/host_ns") == 1000 + 1000 + 100);
	assert_true(at(j, "vcpus/0/sleep_ns") == 1900);
	assert_true(at(j, "vcpus/1/entries") == 0);
	/* Three arrivals at equal distances: a clock. */
	assert_true(at(j, "interrupts/0/irq") == 34);
	assert_true(at(j, "interrupts/0/count") == 3);
	assert_true(at(j, "interrupts/0/lowered") == 1);
	assert_true(at(j, "interrupts/0/gap_mean_ns") == 1000);
	assert_true(at(j, "interrupts/0/gap_cv") == 0);
	assert_true(json_is_null(
		json_object_get(json_array_get(json_object_get(j, "interrupts"), 1), "gap_cv")));
	assert_true(at(j, "sgis/count") == 1);
	assert_true(at(j, "sgis/by_number/1") == 1);
	/* ISENABLER1 and 2 are one register, read once and written once. */
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(json_object_get(json_object_get(j, "accesses"), "gic"), 0),
			"register")),
		"GICD_ISENABLER<n>");
	assert_true(at(j, "accesses/gic/0/reads") == 1);
	assert_true(at(j, "accesses/gic/0/writes") == 1);
	assert_true(at(j, "accesses/gic/1/writes") == 1);
	assert_true(at(j, "accesses/mmio/0/reads") == 1);
	assert_true(at(j, "lrs_used/entry/1") == 1);
	assert_int_equal(json_array_size(json_object_get(j, "missing")), 4);
	json_decref(j);
}

/* More distinct addresses than there are rows: counted, none lost. */
static void test_info_bounded(void **state)
{
	struct trace_meta meta = { .gic = 3, .nr_vcpus = 1, .nr_pcpus = 1 };
	struct trace_rec rec = { .kind = REC_MMIO, .ctx = CTX_VCPU };
	struct info *i = info_create(&meta);
	unsigned int n = 70000;
	json_t *j;

	rec.d.mmio.len = 4;
	for (unsigned int k = 0; k < n; k++) {
		rec.d.mmio.gpa = (uint64_t)k << 12;
		assert_int_equal(info_add(i, &rec), 0);
	}
	info_finish(i, 0);
	j = info_json(i);
	assert_int_equal(json_array_size(json_object_get(json_object_get(j, "accesses"), "mmio")),
			 65536);
	assert_true(at(j, "accesses/mmio_beyond") == n - 65536);
	json_decref(j);
	info_destroy(i);
}

static void test_info_text(void **state)
{
	struct err err;
	struct trace_reader *r = trace_open(make(HEAD LIFE), &err);
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	struct info *i;

	assert_int_equal(info_read(r, &i, &err), 0);
	assert_int_equal(info_print(i, f), 0);
	fclose(f);
	assert_non_null(strstr(text, "records   19\n"));
	assert_non_null(strstr(text, "  GICD_ISENABLER<n>               1          1\n"));
	assert_non_null(strstr(text, "  SPI 34                          3          1"));
	assert_non_null(strstr(text, "  1 of 2 vCPUs never enter the guest\n"));
	free(text);
	info_destroy(i);
	trace_close(r);
	f = fopen("/dev/full", "w");
	r = trace_open(make(HEAD LIFE), &err);
	assert_int_equal(info_read(r, &i, &err), 0);
	assert_int_equal(info_print(i, f), -1);
	fclose(f);
	info_destroy(i);
	trace_close(r);
}

static const struct {
	const char *events;
	enum check_severity severity;
	uint64_t record, line;
	const char *words;
} findings[] = {
	{ "0.000000001 0 v0 entry\n0.000000002 0 v0 entry\n", CHECK_ERROR, 2, 10,
	  "v0: entry: want an exit since the entry at 1 ns" },
	{ "0.000000001 0 v0 exit reason=irq\n0.000000002 0 v0 exit reason=irq\n", CHECK_ERROR, 2,
	  10, "v0: exit: want an entry since the exit at 1 ns" },
	{ "0.000000001 0 v0 entry\n0.000000002 1 v0 exit reason=irq\n", CHECK_ERROR, 2, 10,
	  "v0: exit: want CPU 0, where it entered, have CPU 1" },
	{ "0.000000001 0 v0 entry\n0.000000002 0 v1 entry\n", CHECK_ERROR, 2, 10,
	  "v1: entry: want CPU 0 free, have v0 in the guest there" },
	{ "0.000000001 0 v0 entry\n0.000000002 0 v0 wfi\n", CHECK_ERROR, 2, 10,
	  "v0: wfi: want it in the host, have it in the guest" },
	{ "0.000000001 0 v0 exit reason=irq\n0.000000002 0 v0 ack irq=34\n", CHECK_ERROR, 2, 10,
	  "v0: ack: want it in the guest, have it in the host" },
	{ "0.000000001 0 v0 entry\n0.000000002 0 v0 inject irq=34 level=1\n", CHECK_ERROR, 2, 10,
	  "v0: inject: want its thread in the host" },
	{ "0.000000001 0 v0 wfi\n0.000000002 0 v2 wfi\n", CHECK_ERROR, 2, 10,
	  "wfi: ctx: want 0..1, have 2" },
	{ "0.000000001 0 t1 inject irq=64 level=1\n", CHECK_ERROR, 1, 9,
	  "inject: irq: want 0..63, have 64" },
	{ "0.000000001 0 t1 inject irq=3 level=1 vcpu=0\n", CHECK_ERROR, 1, 9,
	  "inject: want a PPI or an SPI, have SGI 3" },
	{ "0.000000001 0 v0 wfi\n0.000000002 - - state irq=34 enabled=1 pending=0 line=0 active=0 "
	  "config=edge prio=0 target=0\n",
	  CHECK_ERROR, 2, 10, "state: want it before all other events" },
	{ "0.000000000 - - state irq=27 vcpu=1 enabled=1 pending=0 line=0 active=0 config=edge "
	  "prio=0 target=-\n0.000000000 - - state irq=27 vcpu=1 enabled=1 pending=0 line=0 "
	  "active=0 config=edge prio=0 target=-\n",
	  CHECK_ERROR, 2, 10, "state: want one line for irq 27, have another" },
	{ "0.000000001 0 v0 lrs at=entry used=2 lr0=0x10000022\n", CHECK_WARNING, 1, 9,
	  "v0: lrs: want used at most 1" },
	{ "0.000000001 0 v0 lrs at=entry used=2 lr0=0x10000022 lr1=0x20000022\n", CHECK_ERROR, 1, 9,
	  "v0: lrs: want irq 34 once, have it in lr0 and lr1" },
	{ "0.000000001 0 v0 lrs at=entry used=6 lr0=0x10000022 lr1=0 lr2=0 lr3=0 lr4=0 "
	  "lr5=0x10000022\n",
	  CHECK_ERROR, 2, 9, "v0: lrs: want irq 34 once, have it in lr0 and lr5" },
	{ "0.000000001 0 v0 lrs at=entry used=1 lr0=0x10000040\n", CHECK_ERROR, 1, 9,
	  "v0: lr0: want an INTID up to 63, have 64" },
	{ "0.000000001 0 v0 wfi\n1.000000002 0 v0 wfi\n", CHECK_WARNING, 2, 10,
	  "want an event at least every second, have none for 1000000001 ns" },
	{ "0.000000001 - - lost n=7\n", CHECK_WARNING, 1, 9, "have 7 lost here" },
	{ "0.000000001 0 t1 msi devid=1 eventid=1\n", CHECK_WARNING, 1, 9,
	  "msi: want none through an ITS in a GICv2" },
	{ "0.000000002 0 v0 wfi\n0.000000001 0 v0 wfi\n", CHECK_ERROR, 2, 10, "time goes back" },
};

static void test_check(void **state)
{
	struct check_report rep;
	struct err err;
	char text[1024];

	if (check_trace(make(HEAD LIFE), 0, &rep, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(rep.nr_errors + rep.nr_warnings, 0);
	assert_int_equal(rep.nr_records, 19);
	check_free(&rep);
	for (size_t i = 0; i < sizeof(findings) / sizeof(findings[0]); i++) {
		const struct check_finding *f;

		snprintf(text, sizeof(text), "%s%s", HEAD, findings[i].events);
		if (check_trace(make(text), 0, &rep, &err))
			fail_msg("%s", err.msg);
		/* Where it is, is not in the words as well. */
		if (rep.nr_kept == 1 && !strncmp(rep.finding[0].text, "line ", 5))
			fail_msg("want words without a place, have \"%s\"", rep.finding[0].text);
		if (rep.nr_kept != 1 || !strstr(rep.finding[0].text, findings[i].words))
			fail_msg("%s: want \"%s\", have %d: \"%s\"", findings[i].events,
				 findings[i].words, (int)rep.nr_kept,
				 rep.nr_kept ? rep.finding[0].text : "");
		f = &rep.finding[0];
		assert_int_equal(f->severity, findings[i].severity);
		assert_int_equal(f->record, findings[i].record);
		assert_int_equal(f->line, findings[i].line);
		assert_int_equal(rep.nr_errors, f->severity == CHECK_ERROR);
		check_free(&rep);
	}
	assert_int_equal(check_trace(tu_path("none"), 0, &rep, &err), ERR_INPUT);
}

/* SGIs of two sources are two interrupts to a GICv2. Many findings: some kept. */
static void test_check_keep(void **state)
{
	struct check_report rep;
	char text[4096] = HEAD;
	struct err err;

	for (int i = 0; i < 20; i++)
		strcat(text, "0.000000001 0 v0 exit reason=irq\n");
	strcat(text, "0.000000001 0 v0 lrs at=entry used=2 lr0=0x10000001 lr1=0x10000401\n");
	assert_int_equal(check_trace(make(text), 5, &rep, &err), 0);
	assert_int_equal(rep.nr_errors, 19);
	assert_int_equal(rep.nr_kept, 5);
	assert_false(rep.defect);
	check_free(&rep);
}

static void dump_is(const struct dump_filter *f, const char *want)
{
	struct err err;
	struct trace_reader *r = trace_open(make(HEAD LIFE), &err);
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_int_equal(dump_trace(r, f, out, &err), 0);
	fclose(out);
	assert_string_equal(text, want);
	free(text);
	trace_close(r);
}

static void test_dump(void **state)
{
	struct dump_filter f = { .from_ns = 4500, .to_ns = 4700 };
	struct dump_filter v = { 0 };
	struct trace_reader *r;
	struct err err;
	FILE *full;

	dump_is(NULL, HEAD LIFE);
	dump_is(&f,
		HEAD "0.000004500  0   v0   mmio    write gpa=0x08000f00 len=4 val=0x00020001\n"
		     "0.000004600  0   v0   mmio    read gpa=0x08000104 len=4 val=0x00000000\n");
	assert_true(dump_filter_vcpus(&v, "1"));
	dump_is(&v, HEAD "0.000000000  -   -    state   irq=34 enabled=1 pending=0 line=0 active=0 "
			 "config=edge prio=0xa0 target=0\n"
			 "0.000010500  1   irq  inject  irq=27 level=1 vcpu=1\n");
	full = fopen("/dev/full", "w");
	r = trace_open(make(HEAD LIFE), &err);
	assert_int_equal(dump_trace(r, NULL, full, &err), ERR_OUTPUT);
	trace_close(r);
	fclose(full);
}

static void test_vcpu_lists(void **state)
{
	static const char *const bad[] = { "", ",", "1,", "1-", "-1", "3-1", "512", "1 2", "x" };
	struct dump_filter f = { 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(dump_filter_vcpus(&f, bad[i]));
	assert_false(f.by_vcpu);
	assert_true(dump_filter_vcpus(&f, "0,62-65,511"));
	assert_int_equal(f.vcpus[0], UINT64_C(0xc000000000000001));
	assert_int_equal(f.vcpus[1], 3);
	assert_int_equal(f.vcpus[7], UINT64_C(1) << 63);
}

static void test_gic_regs(void **state)
{
	struct trace_meta m = { .gic = 3, .nr_vcpus = 3, .nr_frames = 2 };
	struct gic_reg reg;

	m.frame[0] = (struct trace_frame){ FRAME_GICD, 0x08000000, 0x10000 };
	m.frame[1] = (struct trace_frame){ FRAME_GICR, 0x080a0000, 0x20000 };
	assert_true(gic_reg_find(&m, 0x08006110, &reg));
	assert_string_equal(reg.name, "GICD_IROUTER");
	assert_int_equal(reg.index, 34);
	assert_true(gic_reg_find(&m, 0x080a0000 + 2 * 0x20000 + 0x10100, &reg));
	assert_string_equal(reg.name, "GICR_ISENABLER0");
	assert_int_equal(reg.vcpu, 2);
	assert_true(gic_reg_find(&m, 0x08005000, &reg));
	assert_null(reg.name);
	assert_false(gic_reg_find(&m, 0x080a0000 + 3 * 0x20000, &reg));
	assert_false(gic_reg_find(&m, 0x07ffffff, &reg));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_info),	   cmocka_unit_test(test_info_bounded),
		cmocka_unit_test(test_info_text),  cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_keep), cmocka_unit_test(test_dump),
		cmocka_unit_test(test_vcpu_lists), cmocka_unit_test(test_gic_regs),
	};

	return cmocka_run_group_tests(tests, setup, tu_teardown);
}
