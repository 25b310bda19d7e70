/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the generator share. */
#ifndef RANDOM_GEN_H
#define RANDOM_GEN_H

#include "random.h"
#include "rng.h"

#define GEN_MAX_SPIS	24
#define GEN_MAX_SGIS	4
#define GEN_MAX_PPIS	3

/* What a vCPU does in the host, or elsewhere writes to; each trace has its own weights. */
enum gen_op {
	OP_ENABLE, OP_DISABLE, OP_SET_PENDING, OP_CLEAR_PENDING, OP_SET_ACTIVE, OP_CLEAR_ACTIVE,
	OP_PRIORITY, OP_CONFIG, OP_TARGET, OP_SGI, OP_SGI_SOURCES, OP_CONTROL, OP_READ, OP_ODD,
	OP_NR,
};

struct gen {
	struct rng r;
	struct random_case *c;
	size_t cap;
	bool nomem;
	unsigned int gic, nv, nr_irqs;
	uint32_t grid, gap;		/* ns: of what times are multiples; typical distance */
	uint32_t spi[GEN_MAX_SPIS], sgi[GEN_MAX_SGIS], ppi[GEN_MAX_PPIS];
	unsigned int nr_spis, nr_sgis, nr_ppis;
	uint8_t prio[4];		/* those that are used */
	uint32_t weight[OP_NR], weights;
	bool by_guest;			/* ack and eoi events */
	bool by_lrs;			/* lrs events */
	bool noise;			/* events without an effect */
	bool edge[GIC_LAST_SPI + 1];	/* as the trace begins */
	/* of the record that is added next */
	uint64_t t;
	uint8_t ctx;
	uint32_t ctx_id;
	int16_t cpu;
	uint32_t order;			/* among records of the same time */
};

/* Later by about @gap; the time stays on the grid. */
void gen_pass(struct gen *g, uint32_t gap);
/* A zeroed record at this time of this context, or a scratch one without memory. */
struct trace_rec *gen_add(struct gen *g, enum rec_kind kind);
uint32_t gen_spi(struct gen *g);
uint32_t gen_any_irq(struct gen *g);

/* gen-event.c: an access or SGI of vCPU @v's, with what trapped before it. */
void gen_access(struct gen *g, unsigned int v);
/* An injection of @irq; its level is set later. */
void gen_inject(struct gen *g, uint32_t irq, uint32_t vcpu);
/* One of the events that change nothing. */
void gen_noise(struct gen *g);
/* What the guest does at its CPU interface between here and @until. */
void gen_guest(struct gen *g, uint64_t until);
/* List registers, as if recorded. */
void gen_lrs(struct gen *g, bool at_exit, uint64_t lr[4]);

#endif
