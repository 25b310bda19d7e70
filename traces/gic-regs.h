/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which register of which GIC frame does a guest physical address name? */
#ifndef GIC_REGS_H
#define GIC_REGS_H

#include <stdint.h>

#include "record.h"

struct gic_reg {
	enum frame_kind frame;
	uint32_t vcpu;	  /* whose redistributor */
	uint32_t offset;  /* in the frame */
	uint32_t first;	  /* offset of <0>: the same for all of a range */
	const char *name; /* "GICD_ISENABLER", static; NULL: reserved */
	int index;	  /* n of GICD_ISENABLER<n>, -1: there is but one */
};

/* False if @gpa lies in none of the frames of @meta. */
bool gic_reg_find(const struct trace_meta *meta, uint64_t gpa, struct gic_reg *reg);

#endif
