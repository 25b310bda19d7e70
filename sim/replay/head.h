/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the beginning of a trace tells before anything is replayed: the state
 * events, whether the guest boots in it, which interrupts have a level.
 */
#ifndef HEAD_H
#define HEAD_H

#include "err.h"
#include "trace.h"

struct stream_head {
	unsigned int nr_states;
	struct trace_rec *state;	/* owned */
	bool has_explicit;	/* ack, eoi or dir */
	bool has_lrs;
	bool enables_gicd;	/* GICD_CTLR is switched on: the guest boots */
	bool sees_gicd_on;	/* GICD_CTLR is read, and on */
	uint8_t spi_lowered[128];	/* bit an INTID: some inject had level=0 */
};

/* Take note of one record; @gicd is the distributor's base. ERR_NOMEM only. */
int stream_head_see(struct stream_head *h, uint64_t gicd, const struct trace_rec *r,
		    struct err *err);
void stream_head_fini(struct stream_head *h);

#endif
