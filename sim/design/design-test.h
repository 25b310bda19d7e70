/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rig (rig.h) for cmocka tests, and its opposite: rig_stress(), where every actor
 * runs by itself at once, at random.
 *
 * Not for designs: tests may see the machine, designs may not.
 */
#ifndef DESIGN_TEST_H
#define DESIGN_TEST_H

#include "rig.h"

/* rig_try(), whose error fails the cmocka test. */
void rig_run(const struct rig_config *config, rig_script_fn *script);
void rig_run_arg(const struct rig_config *config, rig_script_fn *script, void *arg);

/* ---- what scenarios begin with and do all the time ---------------------------- */

/* Before rig_begin(): an enabled SPI, in group 1 on a GICv3. */
void rig_spi_on(struct rig *r, uint32_t irq, bool edge, uint8_t prio, unsigned int target);
/* The distributor and each vCPU's timer are on; counts begin. */
void rig_begin(struct rig *r);
/* Acknowledge, expecting @irq, and end it, if it is not GIC_SPURIOUS. */
void rig_serve(struct rig *r, unsigned int v, uint32_t irq);
/* An SGI by vCPU @from to those of the mask @targets, as the guest's GIC does it. */
void rig_sgi_from(struct rig *r, unsigned int from, unsigned int targets, uint32_t irq);
/* vCPU @by routes the SPI @irq to @v. */
void rig_retarget(struct rig *r, unsigned int by, uint32_t irq, unsigned int v);

/* ---- everything at once ---------------------------------------------------- */

struct rig_stress {
	unsigned int rounds; /* guest runs a vCPU, operations a thread */
	bool active_writes;  /* also ISACTIVER/ICACTIVER writes */
	bool enable_writes;  /* also disables, retargets, pending writes */
	/*
	 * The design is known to lose active states by itself: such ends are counted,
	 * not refused (as they are not with the two above).
	 */
	bool ends_may_miss;
};

struct rig_stress_result {
	uint64_t fingerprint;
	struct vtime end;
	uint64_t acks, injected, ends_missed, locks, insns;
};

/*
 * Every vCPU runs the full loop (flush, entry, guest with acknowledges and ends,
 * exit, sync, MMIO writes, SGIs, WFI) and every thread injects, all seeded.
 * After it the guest is drained: every level line lowered, every list register
 * served, and nothing may stay pending. Fails the test on any invariant.
 */
void rig_stress(const struct rig_config *config, const struct rig_stress *stress,
		struct rig_stress_result *result);

#endif
