/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text form, a line at a time, from and to memory: vgicsim-trace(5).
 * Whole files: reader.c and writer.c.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

/* The most records that one line can stand for (64 list registers). */
#define TEXT_MAX_RECS	13
/* Longest line there is, written or read, with its NUL. */
#define TEXT_LINE_MAX	8192
#define TEXT_HEADER_MAX 8192

/*
 * One event line (no newline, no NUL inside) becomes records: time, kind, ctx,
 * cpu, flags and arguments; seq is 0. Checked word by word but not against a
 * header: trace_rec_check() does that. Returns how many records, 0 for a blank
 * line or a comment, -1 with what is wrong in @why.
 */
int text_parse_line(const char *line, size_t n, struct trace_rec rec[TEXT_MAX_RECS], char *why,
		    size_t len);

/*
 * The % lines. Zero-initialise; feed each line until text_header_is_line()
 * is false (an event), then text_header_done().
 */
struct text_header {
	struct trace_meta meta;
	uint32_t seen;
};

/* A % line, a comment or a blank one, and not an event? */
bool text_is_header_line(const char *line, size_t n);
/* 0, or -1 and @why. */
int text_header_line(struct text_header *h, const char *line, size_t n, char *why, size_t len);
/* Is everything there that must be? */
int text_header_done(const struct text_header *h, char *why, size_t len);

/* All % lines and the column heads, newlines included; returns bytes. */
size_t text_header_format(const struct trace_meta *meta, char *buf, size_t len);

/*
 * One line of @nr records that belong together (more than one: a REC_LRS with
 * its continuations), as snprintf() counts.
 */
int text_format(const struct trace_rec *rec, unsigned int nr, char *buf, size_t len);

/* How many records does the line that begins with @rec stand for? */
static inline unsigned int text_line_recs(const struct trace_rec *rec)
{
	if (rec->kind != REC_LRS || rec->d.lrs.nr <= REC_LRS_FIRST)
		return 1;
	return 1 + (rec->d.lrs.nr - REC_LRS_FIRST + REC_LRS_EACH - 1u) / REC_LRS_EACH;
}

/* An ITS command's operands: text-its.c. */
struct text_its_field {
	const char *key;
	uint8_t dw, shift, bits;
	bool hex;
};

struct text_its_cmd {
	const char *name;
	uint8_t cmd;
	struct text_its_field field[6];
};

/* By name or number, NULL if it has no form of its own. */
const struct text_its_cmd *text_its_by_name(const char *name);
/* Only if its operands are all that @dw holds. */
const struct text_its_cmd *text_its_by_words(const uint64_t dw[4]);

#endif
