/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Importing into a scratch directory and looking at what came out. */
#ifndef IMPORT_TEST_UTIL_H
#define IMPORT_TEST_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gic.h"
#include "import.h"
#include "trace.h"

#define HOST SOURCE_DIR "/traces/samples/host/"

/* A trace read back: its records and their text. */
struct result {
	int rc;
	struct err err;
	struct import_summary sum;
	struct trace_meta meta;
	struct trace_rec *rec;
	size_t nr;
};

static char dir[] = "/tmp/import-test-XXXXXX";

static inline void path_of(char *buf, size_t room, const char *name)
{
	snprintf(buf, room, "%s/%s", dir, name);
}

static inline void read_back(struct result *r, const char *path)
{
	struct err err = { 0 };
	struct trace_reader *t = trace_open(path, &err);
	const struct trace_rec *rec;
	int rc;

	if (!t)
		fail_msg("%s", err.msg);
	r->meta = *trace_meta(t);
	while ((rc = trace_next(t, &rec, &err)) > 0) {
		r->rec = realloc(r->rec, (r->nr + 1) * sizeof(*r->rec));
		r->rec[r->nr++] = *rec;
	}
	if (rc)
		fail_msg("%s", err.msg);
	trace_close(t);
}

static inline struct result import_file(const char *in, const struct import_options *opt)
{
	struct result r = { 0 };
	char out[256];

	path_of(out, sizeof(out), "out.pcap");
	unlink(out);
	import_summary_init(&r.sum);
	r.rc = import_trace(in, out, opt, &r.sum, &r.err);
	if (!r.rc || r.sum.cut)
		read_back(&r, out);
	else
		assert_int_not_equal(access(out, F_OK), 0);
	return r;
}

static inline struct result import_text(const char *text, const struct import_options *opt)
{
	char in[256];
	FILE *f;

	path_of(in, sizeof(in), "in.txt");
	f = fopen(in, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return import_file(in, opt);
}

static inline void release(struct result *r)
{
	import_summary_free(&r->sum);
	free(r->rec);
}

static inline void ok(const struct result *r)
{
	if (r->rc)
		fail_msg("%s", r->err.msg);
}

static inline size_t lines_with(const char *path, const char *what)
{
	FILE *f = fopen(path, "r");
	char line[4096];
	size_t n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, what) != NULL;
	fclose(f);
	return n;
}

static inline size_t kinds(const struct result *r, enum rec_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nr; i++)
		n += r->rec[i].kind == kind;
	return n;
}

static inline const struct trace_rec *nth(const struct result *r, enum rec_kind kind, size_t n)
{
	for (size_t i = 0; i < r->nr; i++)
		if (r->rec[i].kind == kind && !n--)
			return &r->rec[i];
	fail_msg("no such record");
	return NULL;
}

static inline bool noted(const struct import_notes *n, const char *what)
{
	for (size_t i = 0; i < n->nr; i++)
		if (strstr(n->text[i], what))
			return true;
	return false;
}

static inline void same_records(const struct result *a, const struct result *b)
{
	assert_int_equal(a->nr, b->nr);
	assert_memory_equal(&a->meta, &b->meta, sizeof(a->meta));
	for (size_t i = 0; i < a->nr; i++)
		assert_memory_equal(&a->rec[i], &b->rec[i], sizeof(a->rec[i]));
}

static inline int setup(void **state)
{
	return mkdtemp(dir) ? 0 : -1;
}

static inline int teardown(void **state)
{
	static const char *const names[] = { "in.txt", "out.pcap", "copy.pcap",
					     "cut", "cut.dat" };
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(path, sizeof(path), names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

#endif
