/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of a nanosecond pcap file, through libtrace. The only place that
 * knows libtrace; what to do and what never to do with it is said in the .c.
 */
#ifndef PCAP_READ_H
#define PCAP_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pcap_src;

struct pcap_packet {
	uint32_t sec, nsec; /* as they lie in the file, unchecked */
	uint32_t caplen, wirelen;
	const uint8_t *data; /* valid until the next call */
};

/*
 * @path: a file whose first 24 bytes the caller has seen and found to be a
 * nanosecond pcap of DLT_USER0, @swapped if in the other byte order. NULL and
 * a reason in @why (no file name, no newline) on failure.
 */
struct pcap_src *pcap_src_open(const char *path, bool swapped, char *why, size_t len);

/* 1: *p is the next packet. 0: end of file. -1: @why says what is wrong. */
int pcap_src_next(struct pcap_src *s, struct pcap_packet *p, char *why, size_t len);

void pcap_src_close(struct pcap_src *s);

#endif
