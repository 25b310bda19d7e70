// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libtrace 3.0.22's pcapfile: format, used so that no input can crash it:
 *  - a packet of 65521..65535 bytes overruns libtrace's own 65536-byte buffer
 *    by up to 15 bytes, so it is given a larger one before the first read;
 *  - trace_get_packet_buffer(), trace_get_wire_length() and
 *    trace_get_link_type() abort on lengths and link types that they do not
 *    expect, so they are never called: a packet is taken from its framing
 *    header and payload, which are public, and every field is the caller's to
 *    check;
 *  - where a packet is cut short it asserts that errno is not 0, though no
 *    system call failed: it is never called with an errno of 0;
 *  - what it calls the end of a file may be a cut: the caller wants a footer.
 */
#include "pcap-read.h"
#include "wire.h"

#include <errno.h>
#include <libtrace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Slack for the overrun; libtrace frees the buffer with free(). */
#define PCAP_SLACK 4096

/* How libtrace names the link type in packet->type: 2000 plus the DLT. */
#define PCAP_PACKET_TYPE (2000 + PCAP_DLT_USER0)

struct pcap_src {
	libtrace_t *trace;
	libtrace_packet_t *packet;
	bool swapped;
};

/*
 * libtrace's own words, without the newline that some of them end in, and
 * without the error that is only the errno from above.
 */
static void pcap_why(struct pcap_src *s, char *why, size_t len)
{
	libtrace_err_t e = trace_get_err(s->trace);
	char *eio;
	size_t n;

	if (e.err_num > 0 && !e.problem[0])
		snprintf(why, len, "%s", strerror(e.err_num));
	else
		snprintf(why, len, "%s", e.problem[0] ? e.problem : "cannot be read");
	for (n = strlen(why); n && (why[n - 1] == '\n' || why[n - 1] == ' ');)
		why[--n] = 0;
	eio = strstr(why, ": Input/output error");
	if (eio)
		*eio = 0;
}

struct pcap_src *pcap_src_open(const char *path, bool swapped, char *why, size_t len)
{
	struct pcap_src *s = calloc(1, sizeof(*s));
	char *uri = NULL;

	if (!s || asprintf(&uri, "pcapfile:%s", path) < 0) {
		snprintf(why, len, "out of memory");
		free(s);
		return NULL;
	}
	s->swapped = swapped;
	errno = EIO;
	s->trace = trace_create(uri);
	free(uri);
	if (trace_is_err(s->trace) || trace_start(s->trace) < 0) {
		pcap_why(s, why, len);
		goto fail;
	}
	s->packet = trace_create_packet();
	if (!s->packet) {
		snprintf(why, len, "out of memory");
		goto fail;
	}
	s->packet->buffer = malloc(LIBTRACE_PACKET_BUFSIZE + PCAP_SLACK);
	if (!s->packet->buffer) {
		snprintf(why, len, "out of memory");
		goto fail;
	}
	return s;
fail:
	pcap_src_close(s);
	return NULL;
}

static inline uint32_t pcap_word(const struct pcap_src *s, const void *header, unsigned int i)
{
	uint32_t v;

	memcpy(&v, (const char *)header + 4 * i, sizeof(v));
	return s->swapped ? __builtin_bswap32(v) : v;
}

int pcap_src_next(struct pcap_src *s, struct pcap_packet *p, char *why, size_t len)
{
	int n;

	errno = EIO;
	n = trace_read_packet(s->trace, s->packet);
	if (n <= 0) {
		if (n < 0)
			pcap_why(s, why, len);
		return n < 0 ? -1 : 0;
	}
	if (s->packet->type != PCAP_PACKET_TYPE) {
		snprintf(why, len, "link type: want %u (USER0), have another", PCAP_DLT_USER0);
		return -1;
	}
	p->sec = pcap_word(s, s->packet->header, 0);
	p->nsec = pcap_word(s, s->packet->header, 1);
	p->caplen = pcap_word(s, s->packet->header, 2);
	p->wirelen = pcap_word(s, s->packet->header, 3);
	p->data = s->packet->payload;
	if (n < PCAP_PACKET_BYTES || (uint32_t)n - PCAP_PACKET_BYTES < p->caplen) {
		snprintf(why, len, "packet: want %u bytes, have %d", p->caplen,
			 n - PCAP_PACKET_BYTES);
		return -1;
	}
	return 1;
}

void pcap_src_close(struct pcap_src *s)
{
	if (!s)
		return;
	if (s->packet)
		trace_destroy_packet(s->packet);
	if (s->trace)
		trace_destroy(s->trace);
	free(s);
}
