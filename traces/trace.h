/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and writing traces, whatever their form.
 *
 * A reader delivers records in file order and checks each: kind and
 * arguments in range, sequence unbroken, time not going back, and at the end
 * the footer's count and hash. Everything before a defect is delivered; the
 * defect itself is the error of the call that meets it.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stddef.h>
#include <stdio.h>

#include "err.h"
#include "record.h"

struct trace_reader;

/*
 * Open @path: nanosecond pcap of ours, plain or .gz/.bz2/.xz, or the text
 * form (told apart by content); "-" is stdin. NULL and @err on failure.
 */
struct trace_reader *trace_open(const char *path, struct err *err);

/*
 * The same for @nr records that are in memory, checked one by one as those of a
 * file; they stay the caller's, who leaves them be until trace_close(). Sequence
 * numbers are given here. @name is for messages.
 */
struct trace_reader *trace_open_memory(const char *name, const struct trace_meta *meta,
				       const struct trace_rec *rec, size_t nr, struct err *err);

/*
 * What makes records as they are asked for, in place of a file: a path that
 * begins with @prefix is opened here. Its records are checked as those of a file.
 */
struct trace_maker {
	const char *prefix;	/* "gen:" */
	/*
	 * @spec is what follows the prefix. Fills *meta; the object, or NULL and
	 * @err. Opened again it must make the same records.
	 */
	void *(*open)(const char *spec, struct trace_meta *meta, struct err *err);
	/* 1 and *rec (its sequence number is not used); 0 the end; <0 and @err. */
	int (*next)(void *making, struct trace_rec *rec, struct err *err);
	/* As trace_position(), in whatever unit; may be NULL. */
	void (*position)(const void *making, uint64_t *at, uint64_t *of);
	void (*close)(void *making);
};

/*
 * From now on trace_open() knows @m, which must stay. Before any trace is opened
 * by another thread; a second time does nothing.
 */
void trace_add_maker(const struct trace_maker *m);

/* As messages name the file ("-" is "stdin"). Valid until trace_close(). */
const char *trace_name(const struct trace_reader *r);

/* Owned by the reader, valid until trace_close(). */
const struct trace_meta *trace_meta(const struct trace_reader *r);

/*
 * 1: *rec is the next record, valid until the next call. 0: a clean end (the
 * footer was there and agreed, or the text ended). <0: @err names file,
 * record (or line), what was wanted and what was there; no further records.
 */
int trace_next(struct trace_reader *r, const struct trace_rec **rec,
	       struct err *err);

/*
 * XXH3-64 over header and records, the same for every form of the same
 * trace (text, pcap, compressed). Final once trace_next() returned 0.
 */
uint64_t trace_digest(const struct trace_reader *r);
uint64_t trace_nr_records(const struct trace_reader *r);

/* How far the file has been read, for progress; 0 of 0 where unknown. */
void trace_position(const struct trace_reader *r, uint64_t *at_bytes,
		    uint64_t *of_bytes);

void trace_close(struct trace_reader *r);

struct trace_writer;

/*
 * Create @path (written beside, renamed by trace_commit()). The form follows
 * the suffix: .vgt is text, else pcap, with .gz/.bz2/.xz compressed; "-" is
 * text on stdout.
 */
struct trace_writer *trace_create(const char *path,
				  const struct trace_meta *meta,
				  struct err *err)
	__asm__("vgicsim_trace_create"); /* libtrace exports the plain name */

/* Sequence numbers are given here; @rec's own is ignored. Times may not go back. */
int trace_write(struct trace_writer *w, const struct trace_rec *rec,
		struct err *err);

/* Footer, flush, rename, free. On error the old file, if any, is untouched. */
int trace_commit(struct trace_writer *w, struct err *err);

/* Throw away what was written so far, and free. NULL is fine. */
void trace_abort(struct trace_writer *w);

/*
 * One record against the rules of its kind and of @meta (vCPU and INTID
 * ranges, reserved bytes zero, enumerations in range). NULL, or what is
 * wrong as a static or @buf-held sentence: "irq: want 32..1019 …, have 12".
 */
const char *trace_rec_check(const struct trace_rec *rec,
			    const struct trace_meta *meta, char *buf,
			    size_t len);

/* Names for enums, NULL when out of range. */
const char *rec_kind_name(unsigned int kind);
const char *rec_cause_name(unsigned int cause);
const char *rec_reason_name(unsigned int reason);
const char *frame_kind_name(unsigned int kind);

/* ICC_SGI1R_EL1 and friends, else "s3_0_c12_c11_5"; @buf of 32 bytes. */
const char *sysreg_name(uint32_t reg, char *buf, size_t len);
/* 0 and *reg, or -1. */
int sysreg_parse(const char *s, uint32_t *reg);

/*
 * One record as a text line into @buf, without newline; returns as snprintf().
 * Of more than four list registers these are the first four: with their
 * continuations they are one line to text_format() of text.h, which has the
 * header's lines as well.
 */
int trace_text_line(const struct trace_rec *rec, char *buf, size_t len);

#endif
