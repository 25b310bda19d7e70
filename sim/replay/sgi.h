/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom a trapped write sends an SGI to: GICD_SGIR, ICC_SGI1R_EL1. */
#ifndef SGI_H
#define SGI_H

#include "stream.h"

/*
 * False: @rec is no such write. Else the targets, one bit a vCPU, and the
 * SGI's number; none where the value is neither recorded nor in @a.
 */
bool sgi_targets(const struct trace_meta *meta, uint64_t gicd, const struct trace_rec *rec,
		 const struct annot *a, uint64_t target[STREAM_TARGET_WORDS], unsigned int *sgi);

/*
 * One write of ICC_SGI1R_EL1 reaches the affinity cluster of 16 vCPUs from
 * @first on: the value that sends the inferred SGI of @a there, as a guest
 * would; 0 if none of its targets is there.
 */
uint64_t sgi_inferred_value(const struct annot *a, uint32_t first);

#endif
