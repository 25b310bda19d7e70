/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The instructions that a design charges, function by function of the kernel it models:
 * each is brought into a known situation by stepping vCPUs (rig.h), and what it charged
 * in that call is read off.
 *
 * As the kernels' were counted: with callees and lock pairs, without EL2, interrupts
 * and other CPUs. Four list registers.
 */
#ifndef WORK_H
#define WORK_H

#include <stdint.h>

#include "err.h"
#include "machine.h"

/* A design whose original's instructions are known. */
struct work_design {
	const char *design;	/* "kvm-legacy" */
	const char *kernel;	/* as the counts name it: "4.6.2" */
	enum lock_algo lock;	/* of that kernel */
};
extern const struct work_design work_designs[];	/* ended by a NULL design */

struct work_config {
	const struct work_design *d;
	unsigned int gic;		/* 2 or 3 */
	unsigned int nr_vcpus;
	unsigned int nr_irqs;		/* 32 + SPIs, a multiple of 32 */
};

/*
 * One call of @function, in @situation ("SGI and timer"), took @insns. The strings are
 * gone afterwards. A function has the kernel's name, and for entry and exit as many
 * list registers as the flush wrote: "kvm_vgic_sync_hwstate [LRs written by flush=1]".
 */
typedef void work_seen_fn(void *priv, const char *function, const char *situation, uint64_t insns);

/* All situations, each told once, always in the same order. ERR_USAGE, ERR_NOMEM, ERR_INVARIANT. */
int work_measure(const struct work_config *c, work_seen_fn *seen, void *priv, struct err *err);

#endif
