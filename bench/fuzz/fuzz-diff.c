// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Documents of figures, of every kind that diff takes: against themselves, in which
 * nothing may be found, and against another, in every format.
 */
#include "fuzz.h"

#include <string.h>

#include "diff.h"

/* Two rows, of which one has times. */
static const char other[] =
	"{\"schema\":\"vgicsim-bench-1\",\"version\":\"1\",\"command\":\"c\",\"rows\":["
	"{\"cell\":\"trace=t design=a host=h lock=ticket seed=1\",\"status\":\"ok\","
	"\"trace_digest\":\"1\",\"host_digest\":\"2\",\"fingerprint\":\"3\","
	"\"figures\":{\"entry_mean_ps\":1000,\"sim_time_ps\":0,\"x\":-5}},"
	"{\"cell\":\"trace=t design=b host=h lock=ticket seed=1\",\"status\":\"input\","
	"\"error\":\"e\",\"figures\":{}}],\"wall\":{\"machine\":{\"cpus\":2},\"rows\":["
	"{\"wall_ns\":[5,6,7,8,9],\"cpu_ns\":[1,1,1,1,1]},{\"wall_ns\":[3],\"cpu_ns\":[3]}]}}";

static void views(const struct diff *d)
{
	const struct diff_style style = { .color = true, .all = true };
	struct err err = { 0 };

	for (const struct diff_output *o = diff_outputs; o->name; o++)
		fuzz_check(!o->render(fuzz_sink(), d, &style, &err), "%s: %s", o->name, err.msg);
}

static void against(const struct diff_doc *base, const struct diff_doc *now,
		    const struct diff_options *o)
{
	struct diff d = { 0 };
	struct err err = { 0 };

	if (diff_run(&d, base, now, o, &err))
		fuzz_check_err(&err, NULL, ERR_USAGE, 0);
	else
		views(&d);
	diff_fini(&d);
}

static void against_itself(const struct diff_doc *doc)
{
	const struct diff_options o = { .strict = true };
	struct diff d = { 0 };
	struct err err = { 0 };

	fuzz_check(!diff_run(&d, doc, doc, &o, &err), "against itself: %s", err.msg);
	fuzz_check(d.nr_pairs == doc->nr, "%zu of %zu rows found themselves", d.nr_pairs, doc->nr);
	fuzz_check(!d.nr_changes && !diff_is_no(&d), "another document than itself");
	views(&d);
	diff_fini(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(0, data, size);
	struct diff_match match = { .dim = DIM_DESIGN, .base = "a", .now = "kvm-aplist" };
	const struct diff_options plain = { .force = true };
	const struct diff_options asked = { .match = &match, .nr_match = 1, .strict = true };
	struct diff_doc doc, fixed;
	struct err err = { 0 };

	if (diff_load(&doc, path, &err)) {
		fuzz_check_err(&err, path, ERR_INPUT, 0);
		diff_doc_fini(&doc);
		return 0;
	}
	fuzz_check(!diff_load(&fixed, fuzz_file(1, other, strlen(other)), &err), "%s", err.msg);
	against_itself(&doc);
	against(&doc, &fixed, &plain);
	against(&fixed, &doc, &plain);
	against(&fixed, &doc, &asked);
	diff_doc_fini(&doc);
	diff_doc_fini(&fixed);
	return 0;
}
