/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One trace, decoded once and read by several replays at the same time.
 *
 *	struct trace_budget memory;
 *
 *	trace_budget_init(&memory, (uint64_t)1 << 30);
 *	share = trace_share_create("t.pcap.gz", &memory);
 *	r = trace_share_open(share, &err);	in each thread, at any time
 *	... replay_run(r, ...) ... trace_close(r);
 *	trace_share_destroy(share);		when all readers are closed
 *
 * Each reader is an ordinary one: same records, count, digest and name as
 * trace_open() gives, and the same error after the same record. Records are
 * handed out where they lie, checked and hashed when they were decoded.
 *
 * Nobody decodes but the readers: whoever comes first to what is not there yet
 * decodes the next chunk, and others that want it wait. As long as the budget
 * lasts chunks are kept for readers to come. When it does not, a chunk goes
 * once all that read have passed it, and a reader that is TRACE_SHARE_LEAD
 * chunks ahead of the last one waits for it. Who comes when the beginning is
 * gone begins a decoding anew, which those after him share with him.
 *
 * Nobody waits for ever: a reader that has not moved for some seconds is left
 * behind, and reads on later in a decoding of its own.
 */
#ifndef SHARE_H
#define SHARE_H

#include <stdatomic.h>

#include "trace.h"

#define TRACE_SHARE_RECORDS	16384	/* a chunk: 1.2 MB */
#define TRACE_SHARE_LEAD	32	/* chunks: half a million records */

/* Bytes that several shares may keep together. */
struct trace_budget {
	atomic_uint_fast64_t left;
};
void trace_budget_init(struct trace_budget *b, uint64_t bytes);

struct trace_share;

/*
 * Nothing is opened yet. @path as for trace_open(), but for "-", which cannot be
 * read twice (ERR_USAGE). @budget stays the caller's and must outlive the share;
 * NULL: nothing is kept. NULL and @err on failure.
 */
struct trace_share *trace_share_create(const char *path, struct trace_budget *budget,
				       struct err *err);

/*
 * A reader at the beginning, to be closed by trace_close() before the share is
 * destroyed. One thread at a time uses it. NULL and @err as trace_open().
 */
struct trace_reader *trace_share_open(struct trace_share *s, struct err *err);

/* NULL is fine. */
void trace_share_destroy(struct trace_share *s);

/* How often the trace was decoded, from its beginning; for tests and for saying so. */
unsigned int trace_share_nr_decodings(struct trace_share *s);

/* After how long without a move a reader is left behind; for tests. */
void trace_share_set_patience(struct trace_share *s, unsigned int ms);

#endif
