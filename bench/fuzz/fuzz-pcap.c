// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The binary form of a trace, through libtrace. A mutated file nearly always
 * fails at the footer's hash, which would leave everything behind a clean end
 * untried: so a file that does not read is read a second time with its
 * sequence numbers and its footer made right.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "wire.h"

struct packet {
	uint8_t *head, *data;
	uint32_t caplen;
};

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* The packet at *at, which goes on behind it. */
static bool next_packet(uint8_t *buf, size_t size, size_t *at, struct packet *p)
{
	if (size - *at < PCAP_PACKET_BYTES)
		return false;
	p->head = buf + *at;
	p->data = p->head + PCAP_PACKET_BYTES;
	p->caplen = get32(p->head + 8);
	if (!p->caplen || p->caplen > size - *at - PCAP_PACKET_BYTES)
		return false;
	*at += PCAP_PACKET_BYTES + p->caplen;
	return true;
}

/*
 * Number the records, and write behind the last whole one the footer that they
 * should have; the size of it all, or 0 where there is no header to begin with.
 * @buf has room for a footer more than @size.
 */
static size_t repair(uint8_t *buf, size_t size)
{
	struct wire_footer f = { 0 };
	struct trace_meta meta;
	uint8_t header[WIRE_HEADER_MAX];
	XXH3_state_t *hash;
	struct trace_rec rec;
	struct packet p;
	size_t at = PCAP_HEADER_BYTES;
	char why[256];

	if (size < PCAP_HEADER_BYTES || get32(buf) != PCAP_MAGIC_NS ||
	    !next_packet(buf, size, &at, &p) ||
	    wire_header_get(p.data, p.caplen, &meta, why, sizeof(why)))
		return 0;
	hash = XXH3_createState();
	fuzz_check(hash, "out of memory");
	XXH3_64bits_reset(hash);
	XXH3_64bits_update(hash, header, wire_header_put(&meta, header));
	for (;;) {
		size_t from = at;

		if (!next_packet(buf, size, &at, &p) || p.caplen != REC_WIRE_BYTES ||
		    p.data[0] >= WIRE_HEADER) {
			at = from;
			break;
		}
		f.last_seq++;
		memcpy(p.data + offsetof(struct trace_rec, seq) - offsetof(struct trace_rec, kind),
		       &f.last_seq, sizeof(f.last_seq));
		f.duration_ns = get32(p.head) * UINT64_C(1000000000) + get32(p.head + 4);
		wire_rec_get(&rec, f.duration_ns, p.data);
		XXH3_64bits_update(hash, &rec, sizeof(rec));
	}
	f.count = f.last_seq;
	f.digest = XXH3_64bits_digest(hash);
	XXH3_freeState(hash);
	memcpy(buf + at,
	       (uint32_t[]){ (uint32_t)(f.duration_ns / 1000000000),
			     (uint32_t)(f.duration_ns % 1000000000), WIRE_FOOTER_BYTES,
			     WIRE_FOOTER_BYTES },
	       PCAP_PACKET_BYTES);
	wire_footer_put(&f, buf + at + PCAP_PACKET_BYTES);
	return at + PCAP_PACKET_BYTES + WIRE_FOOTER_BYTES;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *buf;
	size_t n;

	if (fuzz_trace(fuzz_file(0, data, size)))
		return 0;
	buf = malloc(size + PCAP_PACKET_BYTES + WIRE_FOOTER_BYTES);
	fuzz_check(buf, "out of memory");
	memcpy(buf, data, size);
	n = repair(buf, size);
	if (n)
		fuzz_trace(fuzz_file(1, buf, n));
	free(buf);
	return 0;
}
