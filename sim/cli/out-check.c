/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table's section on a check against the architecture, where the run had one. */
#include <inttypes.h>
#include <stdlib.h>

#include "out.h"
#include "result.h"

static void line(FILE *f, const char *indent, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void line(FILE *f, const char *indent, const char *fmt, ...)
{
	char *s;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	if (s)
		out_wrapped(f, s, indent, 100);
	free(s);
}

static void when(char *buf, size_t len, const json_t *e)
{
	int64_t t = result_int(e, "t_ps", NULL);

	snprintf(buf, len, "%" PRId64 ".%06" PRId64 " us", t / 1000000, t % 1000000);
}

static void one_declared(FILE *f, const char *design, const json_t *e)
{
	char at[48];

	when(at, sizeof(at), e);
	line(f, "  ",
	     "%s: declared: %s: %s: %" PRId64 " times, first at %s, vCPU %" PRId64
	     ", INTID %" PRId64,
	     design, result_str(e, "finding", NULL), result_str(e, "deviation", NULL),
	     result_int(e, "count", NULL), at, result_int(e, "vcpu", NULL),
	     result_int(e, "intid", NULL));
}

static void one_violation(FILE *f, const char *design, const json_t *e)
{
	char at[48];
	const json_t *l;
	size_t i;

	when(at, sizeof(at), e);
	line(f, "  ", "%s: VIOLATION at %s, vCPU %" PRId64 ", INTID %" PRId64 ": %s: %s", design,
	     at, result_int(e, "vcpu", NULL), result_int(e, "intid", NULL),
	     result_str(e, "finding", NULL), result_str(e, "text", NULL));
	json_array_foreach(json_object_get(e, "log"), i, l)
		fprintf(f, "      %s\n", json_is_string(l) ? json_string_value(l) : "?");
}

void out_check(FILE *f, const json_t *run)
{
	const char *design = result_str(run, "design", NULL);
	const json_t *check = json_object_get(run, "check"), *e;
	size_t i;

	if (!check)
		return;
	line(f, "  ",
	     "%s: %" PRId64 " deliveries and %" PRId64 " guest entries judged, %" PRId64
	     " violations",
	     design, result_int(check, "deliveries", NULL), result_int(check, "entries", NULL),
	     result_int(check, "violations", NULL));
	json_array_foreach(json_object_get(check, "declared"), i, e) one_declared(f, design, e);
	json_array_foreach(json_object_get(check, "shown"), i, e) one_violation(f, design, e);
}
