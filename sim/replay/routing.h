/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the recording routes each SPI, followed through its state events and
 * its writes to GICD_ITARGETSRn and GICD_IROUTERn. Only used to know whom a
 * recorded injection was for; the simulated designs have their own routing.
 */
#ifndef ROUTING_H
#define ROUTING_H

#include "gic.h"
#include "trace.h"

struct routing {
	const struct trace_meta *meta;
	uint64_t gicd;
	uint32_t target[GIC_LAST_SPI + 1];	/* vCPU, or REC_TARGET_NONE */
};

/* Every SPI to vCPU 0, as both designs reset it. */
void routing_init(struct routing *r, const struct trace_meta *meta);
void routing_see(struct routing *r, const struct trace_rec *rec);
/* vCPU of an SPI; REC_TARGET_NONE for what is none or is routed nowhere. */
uint32_t routing_target(const struct routing *r, uint32_t irq);

/* Base of the first frame of @kind, or UINT64_MAX. */
uint64_t routing_frame(const struct trace_meta *meta, enum frame_kind kind);

#endif
