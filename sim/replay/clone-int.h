/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What clone.c and clone-map.c share. */
#ifndef CLONE_INT_H
#define CLONE_INT_H

#include "clone.h"
#include "gic.h"
#include "gic-regs.h"
#include "infer.h"

#define CLONE_THREADS	(1u << 22)	/* thread numbers of a Linux host are below */
/* Many redistributors fit nowhere below: where QEMU puts those beyond the 123rd. */
#define CLONE_GICR_GPA	UINT64_C(0x4000000000)
#define CLONE_NOWHERE	UINT32_MAX
#define CLONE_SHARED	(UINT32_MAX - 1)
#define CLONE_MAX_SPLIT	(TRACE_MAX_VCPUS / 16)

/*
 * How the numbers of one recording become those of its copies: learned from a
 * first pass over it.
 */
struct clone_map {
	struct trace_meta in;		/* of the recording */
	uint32_t copies;
	/* SPIs of the recording: where they lie in a copy's share, or one of these */
	uint32_t place[GIC_LAST_SPI + 1];
	uint32_t spis;			/* of one copy */
	bool used[GIC_LAST_SPI + 1];	/* something is made of it */
	bool set_up[GIC_LAST_SPI + 1];	/* its registers are accessed */
	bool whole_registers;		/* of several SPIs at once: shares of 32 */
	bool shares;			/* what is only set up, all copies set up at one place */
	uint32_t lpis, icids;		/* of one copy */
	uint64_t gicr_size;		/* of one vCPU */
};

/* One record of the first pass. */
void clone_map_see(struct clone_map *m, const struct trace_rec *r);
/* After the last: 0, or ERR_USAGE and @err: so many copies cannot be. */
int clone_map_finish(struct clone_map *m, struct err *err);

/*
 * @r of copy @k in place. False: the copy has no such thing, the record is left
 * out (the state of an SPI that the recording does not use).
 */
bool clone_map_rec(const struct clone_map *m, uint32_t k, struct trace_rec *r);

/*
 * The SGI write @r, of copy @k but otherwise as recorded: the same, to the targets
 * of that copy. Writes of ICC_SGI1R_EL1 go to one cluster of 16 each; @val gets
 * their values, the return value is how many there are, at least 1.
 */
unsigned int clone_map_sgi(const struct clone_map *m, uint32_t k, const struct trace_rec *r,
			   const struct annot *a, uint64_t val[CLONE_MAX_SPLIT + 1]);

/* Is it a write that sends an SGI by system register? */
bool clone_is_sgi(const struct trace_rec *r);

#endif
