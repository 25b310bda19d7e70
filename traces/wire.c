// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Header and footer packets of the binary form, and the rules that bind one
 * record to the next.
 */
#include "wire.h"

#include <stdio.h>

_Static_assert(WIRE_HEADER_MAX < 65520, "libtrace takes no larger packet");
_Static_assert(offsetof(struct trace_rec, d) - offsetof(struct trace_rec, kind) == 16,
	       "where a record's arguments begin");

static void put16(uint8_t *p, uint16_t v)
{
	memcpy(p, &v, 2);
}

static void put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, 4);
}

static void put64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, 8);
}

static uint16_t get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, 2);
	return v;
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

static size_t header_bytes(uint32_t nr_frames, uint32_t source)
{
	return WIRE_HEADER_FIXED + (size_t)nr_frames * WIRE_FRAME_BYTES + ((source + 7u) & ~7u);
}

size_t wire_header_put(const struct trace_meta *meta, uint8_t *buf)
{
	size_t source = strnlen(meta->source, TRACE_SOURCE_MAX - 1);
	size_t n = header_bytes(meta->nr_frames, (uint32_t)source);
	uint8_t *p = buf + WIRE_HEADER_FIXED;

	memset(buf, 0, n);
	buf[0] = WIRE_HEADER;
	buf[1] = WIRE_VERSION;
	put16(buf + 2, (uint16_t)n);
	put32(buf + 4, meta->gic);
	memcpy(buf + 8, WIRE_MAGIC, 8);
	put32(buf + 16, meta->nr_vcpus);
	put32(buf + 20, meta->nr_pcpus);
	put32(buf + 24, meta->nr_spis);
	put32(buf + 28, meta->resolution_ps);
	put16(buf + 32, (uint16_t)meta->nr_frames);
	put16(buf + 34, (uint16_t)source);
	for (uint32_t i = 0; i < meta->nr_frames; i++, p += WIRE_FRAME_BYTES) {
		put32(p, meta->frame[i].kind);
		put64(p + 8, meta->frame[i].gpa);
		put64(p + 16, meta->frame[i].size);
	}
	memcpy(p, meta->source, source);
	return n;
}

const char *wire_header_get(const uint8_t *buf, size_t n, struct trace_meta *meta, char *why,
			    size_t len)
{
	const uint8_t *p;
	size_t source, pad;
	const char *bad;

	if (n < WIRE_HEADER_FIXED || buf[0] != WIRE_HEADER || memcmp(buf + 8, WIRE_MAGIC, 8)) {
		snprintf(why, len,
			 "want a header record first (kind 0x%02x, \"%s\"), have %zu "
			 "bytes of kind 0x%02x",
			 WIRE_HEADER, WIRE_MAGIC, n, n ? buf[0] : 0);
		return why;
	}
	if (buf[1] != WIRE_VERSION) {
		snprintf(why, len, "version: want %u, have %u", WIRE_VERSION, buf[1]);
		return why;
	}
	memset(meta, 0, sizeof(*meta));
	meta->gic = get32(buf + 4);
	meta->nr_vcpus = get32(buf + 16);
	meta->nr_pcpus = get32(buf + 20);
	meta->nr_spis = get32(buf + 24);
	meta->resolution_ps = get32(buf + 28);
	meta->nr_frames = get16(buf + 32);
	source = get16(buf + 34);
	if (get16(buf + 2) != n || meta->nr_frames > TRACE_MAX_FRAMES ||
	    source >= TRACE_SOURCE_MAX || header_bytes(meta->nr_frames, (uint32_t)source) != n) {
		snprintf(why, len,
			 "length: want that of %u frames and %zu bytes of source, have "
			 "%zu of %u",
			 meta->nr_frames, source, n, get16(buf + 2));
		return why;
	}
	if (get32(buf + 36))
		goto reserved;
	/* An empty packet has no bytes at all, not even an address. */
	p = buf + WIRE_HEADER_FIXED;
	for (uint32_t i = 0; i < meta->nr_frames; i++, p += WIRE_FRAME_BYTES) {
		if (get32(p + 4))
			goto reserved;
		meta->frame[i].kind = get32(p);
		meta->frame[i].gpa = get64(p + 8);
		meta->frame[i].size = get64(p + 16);
	}
	memcpy(meta->source, p, source);
	if (memchr(meta->source, 0, source)) {
		snprintf(why, len, "source: want text, have a NUL");
		return why;
	}
	for (pad = source; p + pad < buf + n; pad++)
		if (p[pad])
			goto reserved;
	bad = trace_meta_check(meta, why, len);
	return bad;
reserved:
	snprintf(why, len, "reserved bytes: want 0, have other");
	return why;
}

void wire_footer_put(const struct wire_footer *f, uint8_t buf[WIRE_FOOTER_BYTES])
{
	memset(buf, 0, WIRE_FOOTER_BYTES);
	buf[0] = WIRE_FOOTER;
	put32(buf + 4, f->last_seq);
	put64(buf + 8, f->count);
	put64(buf + 16, f->digest);
	put64(buf + 24, f->duration_ns);
}

const char *wire_footer_get(const uint8_t *buf, size_t n, struct wire_footer *f, char *why,
			    size_t len)
{
	if (n != WIRE_FOOTER_BYTES) {
		snprintf(why, len, "length: want %u, have %zu", WIRE_FOOTER_BYTES, n);
		return why;
	}
	if (buf[1] || buf[2] || buf[3]) {
		snprintf(why, len, "reserved bytes: want 0, have other");
		return why;
	}
	f->last_seq = get32(buf + 4);
	f->count = get64(buf + 8);
	f->digest = get64(buf + 16);
	f->duration_ns = get64(buf + 24);
	return NULL;
}

static bool same_moment(const struct trace_rec *a, const struct trace_rec *b)
{
	return a->time_ns == b->time_ns && a->cpu == b->cpu && a->ctx == b->ctx &&
	       a->ctx_id == b->ctx_id;
}

const char *wire_flow_lrs(struct wire_flow *f, const struct trace_rec *rec, char *why, size_t len)
{
	unsigned int want;

	if (rec->kind != REC_LRS_MORE) {
		if (f->lrs_left) {
			snprintf(why, len,
				 "kind: want list registers %u and up, have another event",
				 f->lrs_next);
			return why;
		}
		if (rec->kind == REC_LRS && rec->d.lrs.nr > REC_LRS_FIRST) {
			f->lrs = *rec;
			f->lrs_next = REC_LRS_FIRST;
			f->lrs_left = (uint8_t)(rec->d.lrs.nr - REC_LRS_FIRST);
		}
		return NULL;
	}
	want = f->lrs_left < REC_LRS_EACH ? f->lrs_left : REC_LRS_EACH;
	if (!f->lrs_left || rec->d.lrs_more.first != f->lrs_next || rec->d.lrs_more.nr != want) {
		snprintf(why, len, "list registers: want %u from %u on, have %u from %u on", want,
			 f->lrs_next, rec->d.lrs_more.nr, rec->d.lrs_more.first);
		return why;
	}
	if (!same_moment(&f->lrs, rec)) {
		snprintf(why, len,
			 "list registers: want time, cpu and ctx of the first four, "
			 "have others");
		return why;
	}
	f->lrs_next = (uint8_t)(f->lrs_next + want);
	f->lrs_left = (uint8_t)(f->lrs_left - want);
	return NULL;
}
