// SPDX-License-Identifier: GPL-2.0-or-later
/* Traces side by side: each figure, of a trace small enough to do by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "info.h"
#include "test-util.h"

/* 2 ms, 2 vCPUs: so an event is 250 a second and vCPU. */
static const char text[] =
	"%vgt 1\n%gic v3\n%vcpus 2\n%pcpus 3\n%spis 32\n%frame gicd 0x08000000 0x10000\n"
	"0.000000000 0 v0 entry\n"
	"0.000100000 0 v0 exit reason=trap ec=0x18\n"
	"0.000101000 0 v0 sysreg write reg=ICC_SGI1R_EL1 val=0x01000002\n"
	"0.000102000 0 v0 entry\n"
	"0.000202000 0 v0 exit reason=trap ec=0x18\n"
	"0.000203000 0 v0 sysreg write reg=ICC_SGI1R_EL1 val=0x10001000000\n"
	"0.000204000 0 v0 entry\n"
	"0.000304000 0 v0 exit reason=irq cause=kick\n"
	"0.000305000 0 v0 entry\n"
	"0.000405000 0 v0 exit reason=trap ec=0x24\n"
	"0.000406000 0 v0 mmio read gpa=0x08000004 len=4 val=0x0\n"
	"0.000407000 0 v0 entry\n"
	"0.000500000 0 v0 exit reason=trap ec=0x01\n"
	"0.000501000 0 v0 wfi\n"
	"0.001000000 2 t9 inject irq=40 level=1\n"
	"0.001100000 2 t9 inject irq=40 level=1\n"
	"0.001300000 2 t9 inject irq=40 level=1\n"
	"0.001501000 0 v0 entry\n"
	"0.002000000 0 irq inject irq=27 level=1 vcpu=1\n";

static struct info *read_one(const char *path)
{
	struct info *i;
	struct err err;
	struct trace_reader *r = trace_open(path, &err);

	assert_non_null(r);
	assert_int_equal(info_read(r, &i, &err), 0);
	trace_close(r);
	return i;
}

static double figure(const json_t *doc, const char *what, size_t k)
{
	const json_t *rows = json_object_get(doc, "figures"), *row, *v;
	size_t n;

	json_array_foreach(rows, n, row)
	{
		if (strcmp(json_string_value(json_object_get(row, "what")), what))
			continue;
		v = json_array_get(json_object_get(row, "values"), k);
		return json_is_real(v) ? json_real_value(v) : -1;
	}
	fail_msg("no figure \"%s\"", what);
	return 0;
}

static void want(const json_t *doc, const char *what, double value)
{
	double have = figure(doc, what, 0);

	if (fabs(have - value) > 1e-6 * fabs(value) + 1e-9)
		fail_msg("%s: want %g, have %g", what, value, have);
}

static void test_figures(void **state)
{
	const char *path = tu_path("a.vgt"), *empty = tu_path("b.vgt");
	static const char nothing[] = "%vgt 1\n%gic v2\n%vcpus 1\n%pcpus 1\n%spis 32\n";
	const char *name[] = { "one", "two" };
	struct info *i[2];
	char *s = NULL;
	size_t size;
	json_t *doc;
	FILE *f;

	tu_write(path, text, strlen(text));
	tu_write(empty, nothing, strlen(nothing));
	i[0] = read_one(path);
	i[1] = read_one(empty);
	doc = info_compare_json((const struct info *const *)i, name, 2);
	assert_non_null(doc);
	want(doc, "exits, per second and vCPU", 1250);
	want(doc, "by a kick, %", 20);
	want(doc, "by the timer, %", 0);
	want(doc, "to sleep (WFI or WFE), %", 20);
	want(doc, "by a system register, %", 40);
	want(doc, "by a data abort, %", 20);
	want(doc, "GIC accesses, per second and vCPU", 250);
	want(doc, "SGI writes, per second and vCPU", 500);
	want(doc, "targets of one", 1);
	want(doc, "for each WFI", 2);
	want(doc, "timer and other PPIs, per second and vCPU", 250);
	want(doc, "device interrupts, per second and vCPU", 750);
	/* distances 100 and 200 us: deviation 50, mean 150 */
	want(doc, "of one device, burstiness", 50 / 150.0);
	want(doc, "WFIs, per second and vCPU", 250);
	want(doc, "guest run, mean us", (100 + 100 + 100 + 100 + 93) / 5.0);
	want(doc, "host stay without sleep, mean us", (2 + 2 + 1 + 2 + 1) / 5.0);
	want(doc, "sleep, mean us", 1000);
	assert_true(figure(doc, "targets of one", 1) == -1);
	json_decref(doc);

	f = open_memstream(&s, &size);
	assert_non_null(f);
	assert_int_equal(info_compare_print((const struct info *const *)i, name, 2, f), 0);
	fclose(f);
	assert_non_null(strstr(s, "GICv3, 2 vCPUs, 0.002000 s"));
	assert_non_null(strstr(s, "B / A"));
	free(s);
	info_destroy(i[0]);
	info_destroy(i[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_figures) };

	return cmocka_run_group_tests(tests, tu_setup, tu_teardown);
}
