// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What holds for every import, whatever the recording.
 */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "import.h"

/* The trace that was made, against what the summary says of it; is its end a loss? */
static void read_back(const char *out, const struct import_summary *sum)
{
	struct err err = { 0 };
	struct trace_reader *r = trace_open(out, &err);
	const struct trace_rec *rec;
	uint64_t kinds[REC_NR_KINDS] = { 0 };
	int rc, last = 0;

	fuzz_check(r, "imported, and cannot be read: %s", err.msg);
	while ((rc = trace_next(r, &rec, &err)) > 0) {
		kinds[rec->kind]++;
		last = rec->kind;
	}
	fuzz_check(!sum->cut || last == REC_LOST, "cut short, and the trace does not say so");
	fuzz_check(!rc, "imported, and cannot be read: %s", err.msg);
	fuzz_check(trace_nr_records(r) == sum->records_out &&
			   !memcmp(kinds, sum->records, sizeof(kinds)),
		   "the summary says %ju records, and there are %ju", (uintmax_t)sum->records_out,
		   (uintmax_t)trace_nr_records(r));
	fuzz_check(fuzz_same_meta(trace_meta(r), &sum->meta),
		   "the summary has another header than the trace");
	trace_close(r);
}

bool fuzz_import(const char *in, const struct import_options *opt)
{
	const char *out = fuzz_path("out.pcap");
	struct import_summary sum;
	struct err err = { 0 };
	json_t *j;
	int rc;

	unlink(out);
	import_summary_init(&sum);
	rc = import_trace(in, out, opt, &sum, &err);
	if (rc) {
		fuzz_check(rc == (int)err.code, "returns %d, says %d", rc, (int)err.code);
		fuzz_check_err(&err, NULL, ERR_INPUT, ERR_USAGE, 0);
	}
	if (!rc || sum.cut)
		read_back(out, &sum);
	else
		fuzz_check(access(out, F_OK), "an error, and a file all the same: %s", err.msg);
	j = import_summary_json(&sum);
	fuzz_check(j, "summary: no JSON");
	json_decref(j);
	import_summary_print(&sum, fuzz_sink());
	import_summary_free(&sum);
	return !rc;
}

bool fuzz_import_variant(const char *in, size_t size)
{
	static const struct import_options variants[] = {
		{ 0 },
		{ .machine = "qemu-virt", .gic = 3, .nr_vcpus = 8, .nr_spis = 96 },
		{ .machine = "kvmtool", .gic = 2 },
		{ .vcpu_map = "100=0,101=1", .nr_spis = 988, .source = "design=x" },
		{ .gic = 3,
		  .nr_frames = 1,
		  .frame = { { .kind = FRAME_GICD, .gpa = 0x8000000, .size = 0x10000 } } },
	};

	return fuzz_import(in, &variants[size % (sizeof(variants) / sizeof(variants[0]))]);
}
