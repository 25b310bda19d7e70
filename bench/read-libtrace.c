/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The yardstick of bench.sh: libtrace alone, reading every packet of a
 * pcap file, its time and its bytes, and doing nothing with them. With
 * traces/pcap-read.c the only file that includes libtrace.
 *
 *   read-libtrace FILE
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <libtrace.h>

int main(int argc, char **argv)
{
	uint64_t nr = 0, sum = 0;
	libtrace_packet_t *packet;
	libtrace_t *trace;
	char *uri;
	int ret = 0;

	if (argc != 2 || asprintf(&uri, "pcapfile:%s", argv[1]) < 0) {
		fputs("usage: read-libtrace FILE\n", stderr);
		return 2;
	}
	trace = trace_create(uri);
	packet = trace_create_packet();
	if (trace_is_err(trace) || trace_start(trace) || !packet) {
		fprintf(stderr, "read-libtrace: %s: cannot be read\n", argv[1]);
		return 3;
	}
	while ((ret = trace_read_packet(trace, packet)) > 0) {
		struct timespec ts = trace_get_timespec(packet);
		libtrace_linktype_t type;
		uint32_t left;
		const uint8_t *p = trace_get_packet_buffer(packet, &type, &left);

		sum += (uint64_t)ts.tv_nsec + (p && left ? p[0] : 0);
		nr++;
	}
	printf("%" PRIu64 " packets, sum %" PRIu64 "\n", nr, sum);
	trace_destroy_packet(packet);
	trace_destroy(trace);
	free(uri);
	return ret < 0 ? 3 : 0;
}
