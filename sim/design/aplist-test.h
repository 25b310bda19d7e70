/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of the new vgic share: its structures, and counts of its two locks. */
#ifndef APLIST_TEST_H
#define APLIST_TEST_H

#include "aplist.h"
#include "design-test.h"

#define AL(r) rig_locks(r, "vgic_cpu->ap_list_lock")
#define IL(r) rig_locks(r, "vgic_irq->irq_lock")

/* al + il of what has been done since the last time. */
#define expect_locks(r, al, il)						\
	do {								\
		rig_expect_eq(r, AL(r), al);				\
		rig_expect_eq(r, IL(r), il);				\
		rig_reset_counts(r);					\
	} while (0)

/* Of vCPU @v, where it is private. */
static inline struct vgic_irq *irq_of(struct rig *r, unsigned int v, uint32_t irq)
{
	struct aplist *g = r->vgic;

	return irq < 32 ? aplist_private_irq(g, g->vcpus[v], irq) : aplist_spi(g, irq - 32);
}

#endif
