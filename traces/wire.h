/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The binary form's three kinds of packet, from and to memory: no file, no
 * library, so that each can be tested and fuzzed alone. Byte by byte:
 * vgicsim-trace(5).
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "record.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "records are used as they lie in the file: a little-endian host is needed"
#endif

#define PCAP_MAGIC_NS	  0xa1b23c4du
#define PCAP_MAGIC_US	  0xa1b2c3d4u
#define PCAP_DLT_USER0	  147
#define PCAP_HEADER_BYTES 24 /* of the file */
#define PCAP_PACKET_BYTES 16 /* before each packet */

#define WIRE_HEADER	  0xf0 /* in the place of a record's kind */
#define WIRE_FOOTER	  0xf1
#define WIRE_VERSION	  1
#define WIRE_MAGIC	  "vgictrac"
#define WIRE_FOOTER_BYTES 32
#define WIRE_HEADER_FIXED 40
#define WIRE_FRAME_BYTES  24
#define WIRE_HEADER_MAX	  (WIRE_HEADER_FIXED + TRACE_MAX_FRAMES * WIRE_FRAME_BYTES + TRACE_SOURCE_MAX)

struct wire_footer {
	uint32_t last_seq;
	uint64_t count;
	uint64_t digest;
	uint64_t duration_ns; /* time of the last record */
};

/* Into @buf of WIRE_HEADER_MAX bytes; returns how many. @meta must be right. */
size_t wire_header_put(const struct trace_meta *meta, uint8_t *buf);

/* NULL and *meta, or what is wrong, in @why. */
const char *wire_header_get(const uint8_t *buf, size_t n, struct trace_meta *meta, char *why,
			    size_t len);

void wire_footer_put(const struct wire_footer *f, uint8_t buf[WIRE_FOOTER_BYTES]);
const char *wire_footer_get(const uint8_t *buf, size_t n, struct wire_footer *f, char *why,
			    size_t len);

/* NULL, or what is wrong with the header itself, as trace_rec_check(). */
const char *trace_meta_check(const struct trace_meta *meta, char *buf, size_t len);

/* Is it UTF-8 without control characters? */
bool wire_text_ok(const char *s);

/*
 * What one record says about the next: times, sequence, continuations of list
 * registers. Zero-initialised before the first.
 */
struct wire_flow {
	uint64_t last_ns;
	uint32_t last_seq;
	uint8_t lrs_next, lrs_left; /* list registers still to come */
	struct trace_rec lrs;	    /* ... for this one */
};

/* NULL (and the flow goes on), or what is wrong. @rec passed trace_rec_check(). */
const char *wire_flow_lrs(struct wire_flow *f, const struct trace_rec *rec, char *why, size_t len);

static inline const char *wire_flow_next(struct wire_flow *f, const struct trace_rec *rec,
					 char *why, size_t len)
{
	if (rec->kind == REC_LRS || rec->kind == REC_LRS_MORE || f->lrs_left) {
		const char *bad = wire_flow_lrs(f, rec, why, len);

		if (bad)
			return bad;
	}
	f->last_ns = rec->time_ns;
	f->last_seq = rec->seq;
	return NULL;
}

/* One wire record (REC_WIRE_BYTES) with its time becomes *rec. */
static inline void wire_rec_get(struct trace_rec *rec, uint64_t time_ns, const uint8_t *buf)
{
	rec->time_ns = time_ns;
	memcpy(&rec->kind, buf, REC_WIRE_BYTES);
}

#endif
