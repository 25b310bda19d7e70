/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traces that are made: "gen:hackbench,vcpus=64,duration=1s,seed=1".
 * vgicsim-workloads(5) has the words after the name and the workloads.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include "params.h"
#include "trace.h"

struct gen_options {
	uint32_t gic, vcpus;
	uint64_t duration_ns, seed;
	uint64_t records;	/* not more than these; 0: as many as come */
};

/* v3, 4 vCPUs, one second, seed 1. */
void gen_options_init(struct gen_options *o);

/*
 * One word of a specification, "vcpus=64" or a parameter of @w. 0, or
 * ERR_USAGE and @err.
 */
int gen_word(struct workload *w, struct gen_options *o, const char *word, struct err *err);

struct gen;

/*
 * @w and @o are copied. NULL and @err: what the workload cannot be with these
 * options (too many vCPUs for a GICv2, too many SPIs), or out of memory.
 */
struct gen *gen_create(const struct workload *w, const struct gen_options *o, struct err *err);
const struct trace_meta *gen_meta(const struct gen *g);
/* 1 and the next record; 0 after the last. */
int gen_next(struct gen *g, struct trace_rec *rec);
/* How far it is, in simulated ns. */
void gen_position(const struct gen *g, uint64_t *at_ns, uint64_t *of_ns);
/* Bytes of memory that it holds, which do not grow. */
uint64_t gen_bytes(const struct gen *g);
void gen_destroy(struct gen *g);

/* For trace_add_maker(): "gen:SPEC". */
extern const struct trace_maker gen_maker;

#endif
