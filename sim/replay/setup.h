/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a vgic is made of a trace's header and beginning. */
#ifndef SETUP_H
#define SETUP_H

#include "head.h"
#include "machine.h"
#include "vgic-design.h"

#define TIMER_PPI	27	/* the virtual timer, on every KVM guest */

/* The VM of @meta on @host with @nr_lrs list registers. */
void setup_config(struct vgic_config *config, const struct trace_meta *meta,
		  const struct host *host, unsigned int nr_lrs);

enum setup_state { SETUP_EVENTS, SETUP_BOOTS, SETUP_INFERRED };

/*
 * Put @vgic into the state in which the trace begins, before the run; the rule
 * is at the top of setup.c. Returns where that state was taken from.
 */
enum setup_state setup_state(const struct vgic_design *design, void *vgic,
			     const struct vgic_config *config, const struct stream_head *h);

/* One interrupt's state as a state event tells it. */
void setup_recorded_state(const struct trace_rec *rec, struct vgic_irq_state *st);

/* … and as it is inferred where none does; @vcpu matters for private ones. */
void setup_default_state(const struct vgic_config *config, const struct stream_head *h,
			 uint32_t vcpu, uint32_t irq, struct vgic_irq_state *st);

#endif
