// SPDX-License-Identifier: GPL-2.0-or-later
/* What holds for every file that is read as a trace, whatever its form. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "info.h"

struct read_trace {
	uint64_t digest, records;
	struct trace_meta meta;
};

/* 0, or the error's code, which was looked at. */
static int read_whole(const char *path, struct read_trace *t)
{
	struct err err = { 0 }, again = { 0 };
	struct trace_reader *r = trace_open(path, &err);
	const struct trace_rec *rec;
	char why[256];
	uint64_t n = 0, last = 0;
	int rc;

	if (!r) {
		fuzz_check_err(&err, path, ERR_INPUT, 0);
		return err.code;
	}
	t->meta = *trace_meta(r);
	while ((rc = trace_next(r, &rec, &err)) > 0) {
		const char *bad = trace_rec_check(rec, &t->meta, why, sizeof(why));

		n++;
		fuzz_check(!bad, "record %ju was delivered, though: %s", (uintmax_t)n, bad);
		fuzz_check(rec->time_ns >= last, "record %ju goes back in time", (uintmax_t)n);
		last = rec->time_ns;
	}
	fuzz_check(trace_nr_records(r) == n, "records: counted %ju, delivered %ju",
		   (uintmax_t)trace_nr_records(r), (uintmax_t)n);
	if (rc) {
		fuzz_check_err(&err, path, ERR_INPUT, 0);
		fuzz_check(trace_next(r, &rec, &again) == rc && !strcmp(again.msg, err.msg),
			   "a second call has another error: %s", again.msg);
	} else {
		fuzz_check(!trace_next(r, &rec, &again), "records after a clean end");
		t->digest = trace_digest(r);
		t->records = n;
	}
	trace_close(r);
	return rc;
}

static void convert(const char *from, const char *to)
{
	struct err err = { 0 };
	struct trace_reader *r = trace_open(from, &err);
	const struct trace_rec *rec;
	struct trace_writer *w;
	int rc;

	fuzz_check(r, "read before, and not now: %s", err.msg);
	w = trace_create(to, trace_meta(r), &err);
	fuzz_check(w, "cannot be written: %s", err.msg);
	while ((rc = trace_next(r, &rec, &err)) > 0)
		fuzz_check(!trace_write(w, rec, &err), "what was read is not written: %s", err.msg);
	fuzz_check(!rc, "read before, and not now: %s", err.msg);
	fuzz_check(!trace_commit(w, &err), "what was read is not written: %s", err.msg);
	trace_close(r);
}

static void same_trace(const char *path, const struct read_trace *want)
{
	struct read_trace have;

	fuzz_check(!read_whole(path, &have), "%s: written, and cannot be read", path);
	fuzz_check(have.digest == want->digest && have.records == want->records,
		   "%s: want digest %016jx of %ju records, have %016jx of %ju", path,
		   (uintmax_t)want->digest, (uintmax_t)want->records, (uintmax_t)have.digest,
		   (uintmax_t)have.records);
	fuzz_check(fuzz_same_meta(&have.meta, &want->meta), "%s: another header", path);
}

static void same_bytes(const char *a, const char *b)
{
	FILE *f = fopen(a, "re"), *g = fopen(b, "re");
	int c, d;

	fuzz_check(f && g, "%s, %s: cannot be opened", a, b);
	do {
		c = getc(f);
		d = getc(g);
		fuzz_check(c == d, "%s and %s differ at byte %ld", a, b, ftell(f));
	} while (c != EOF);
	fclose(f);
	fclose(g);
}

/* The views that read a trace: whatever is in it, they end. */
static void look_at(const char *path, int rc)
{
	struct err err = { 0 };
	struct trace_reader *r = trace_open(path, &err);
	struct check_report rep;
	struct info *info = NULL;

	if (r) {
		int bad = info_read(r, &info, &err);

		fuzz_check(!bad == !rc, "info: reads another trace than the reader");
		if (info) {
			json_t *j = info_json(info);

			fuzz_check(j, "info: no JSON");
			json_decref(j);
			fuzz_check(!info_print(info, fuzz_sink()), "info: no text");
			info_destroy(info);
		}
		trace_close(r);
	}
	if (!check_trace(path, 4, &rep, &err)) {
		fuzz_check(rc == 0 || rep.nr_errors, "check: finds no error where reading ends "
						     "with one");
		check_free(&rep);
	} else {
		fuzz_check_err(&err, path, ERR_INPUT, 0);
	}
}

bool fuzz_trace(const char *path)
{
	const char *a = fuzz_path("a.vgt"), *b = fuzz_path("b.pcap"), *c = fuzz_path("c.vgt");
	struct read_trace t;
	int rc = read_whole(path, &t);

	look_at(path, rc);
	if (rc)
		return false;
	convert(path, a);
	same_trace(a, &t);
	convert(a, b);
	same_trace(b, &t);
	convert(b, c);
	same_bytes(a, c);
	return true;
}
