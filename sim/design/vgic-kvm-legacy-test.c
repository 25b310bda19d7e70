// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What kvm-legacy does, step by step: small scenarios of a few vCPUs, each with
 * the list registers, deliveries, kicks and lock acquisitions that follow from
 * the way the original works.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "design-test.h"

#define DL "dist->lock"

static const struct rig_config gicv2_1 = { .design = "kvm-legacy", .gic = 2, .nr_vcpus = 1 };
static const struct rig_config gicv2_2 = { .design = "kvm-legacy", .gic = 2, .nr_vcpus = 2 };
static const struct rig_config gicv2_4 = { .design = "kvm-legacy", .gic = 2, .nr_vcpus = 4 };
static const struct rig_config gicv3_1 = { .design = "kvm-legacy", .gic = 3, .nr_vcpus = 1 };
static const struct rig_config gicv3_2 = { .design = "kvm-legacy", .gic = 3, .nr_vcpus = 2 };
static const struct rig_config gicv3_4 = { .design = "kvm-legacy", .gic = 3, .nr_vcpus = 4 };
static const struct rig_config gicv3_64 = { .design = "kvm-legacy", .gic = 3, .nr_vcpus = 64 };

/* The same script with both GICs. */
static void both(const struct rig_config *v2, const struct rig_config *v3, rig_script_fn *script)
{
	rig_run(v2, script);
	rig_run(v3, script);
}

static void enable(struct rig *r, uint32_t irq, bool edge, unsigned int target, uint8_t prio)
{
	struct vgic_irq_state s = {
		.irq = irq, .target = target, .enabled = true, .edge = edge, .prio = prio
	};

	r->design->set_state(r->vgic, &s);
}

static void enable_timer(struct rig *r, unsigned int vcpu)
{
	struct vgic_irq_state s = { .irq = RIG_TIMER, .vcpu = vcpu, .enabled = true };

	r->design->set_state(r->vgic, &s);
}

/* ---- 1: an edge SPI for a running vCPU ------------------------------------------ */

static void script_edge(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	enable(r, 40, true, 0, 0);
	rig_entry(r, 0);
	rig_reset_counts(r);

	rig_inject(r, 0, 0, 40, true);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect_eq(r, rig_ipis(r), 1);
	rig_reset_counts(r);

	rig_exit(r, 0);
	rig_expect(r, rig_was_kicked(r, 0));
	rig_expect_eq(r, rig_locks(r, DL), 0);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect_lr(r, 0, 0, 40, "P");
	rig_expect_eq(r, rig_lr(r, 0, 0).prio, 0);
	rig_expect_eq(r, rig_lr(r, 0, 0).group, r->config.gic == 3);
	rig_expect_eq(r, rig_lrs_used(r, 0), 1);
	rig_expect(r, !rig_underflow(r, 0));
	rig_expect(r, !rig_pending(r, 0));

	rig_expect_eq(r, rig_ack(r, 0).irq, 40);
	rig_eoi(r, 0, 40, 0);
	rig_expect_eq(r, rig_misr(r, 0), 0);
	rig_reset_counts(r);
	rig_exit(r, 0);
	rig_expect(r, !rig_was_kicked(r, 0));
	rig_expect_eq(r, rig_locks(r, DL), 0);
	/* The oracle's bit stays clear: no list register is in use. */
	rig_expect(r, !rig_pending(r, 0));
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
	rig_expect_eq(r, rig_read(r, 0, RIG_GICD + 0x204, 4), 0);
	/* Two edges before the first is seen are one. */
	rig_reset_counts(r);
	rig_inject(r, 0, 0, 40, true);
	rig_inject(r, 0, 0, 40, true);
	rig_expect_eq(r, rig_counter(r, PLAT_COALESCED), 1);
	rig_expect_eq(r, rig_kicks(r), 1);
	rig_expect_eq(r, rig_ipis(r), 0);
}

static void scenario_1_edge(void **state)
{
	both(&gicv2_2, &gicv3_2, script_edge);
}

/* ---- 2: a level SPI, its EOI, its retraction -------------------------------------- */

static void script_level(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	enable(r, 50, false, 0, 0);
	rig_inject(r, 0, 0, 50, true);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 50, "PE");
	rig_expect_eq(r, rig_ack(r, 0).irq, 50);
	rig_expect_lr(r, 0, 0, 50, "AE");
	rig_eoi(r, 0, 50, 0);
	/* Ended with the line high: maintenance, and pending again. */
	rig_expect_eq(r, rig_misr(r, 0), GICH_MISR_EOI);
	rig_reset_counts(r);
	rig_exit(r, 0);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect(r, rig_pending(r, 0));
	rig_entry(r, 0);
	rig_expect_eq(r, rig_locks(r, DL), 2);
	rig_expect_lr(r, 0, 0, 50, "PE");
	rig_expect_eq(r, rig_lrs_used(r, 0), 1);
	/* Lowered in the handler: one more critical section, then nothing. */
	rig_expect_eq(r, rig_ack(r, 0).irq, 50);
	rig_reset_counts(r);
	rig_inject(r, 0, 0, 50, false);
	rig_expect_eq(r, rig_kicks(r), 0);
	rig_eoi(r, 0, 50, 0);
	rig_exit(r, 0);
	rig_expect_eq(r, rig_locks(r, DL), 2);
	rig_expect(r, !rig_pending(r, 0));
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
}

/* The guest has interrupts masked; the line goes low before it looks: one spurious delivery. */
static void script_retraction(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	enable(r, 50, false, 0, 0);
	rig_inject(r, 0, 0, 50, true);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 50, "PE");
	rig_reset_counts(r);
	rig_inject(r, 0, 0, 50, false);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect_eq(r, rig_kicks(r), 0);
	rig_exit(r, 0);
	rig_expect_eq(r, rig_read(r, 0, RIG_GICD + 0x204, 4), 0);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 50, "PE");
	rig_expect_eq(r, rig_deviations(r, "lowered level interrupt stays in a list register"), 1);
	rig_expect_eq(r, rig_ack(r, 0).irq, 50);
	rig_eoi(r, 0, 50, 0);
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
}

static void scenario_2_level(void **state)
{
	both(&gicv2_2, &gicv3_2, script_level);
	both(&gicv2_2, &gicv3_2, script_retraction);
}

/* ---- 3: six SPIs and four list registers --------------------------------------------- */

static void script_overflow(struct rig *r)
{
	uint32_t irq;

	r->design->set_enabled(r->vgic, true);
	for (irq = 40; irq < 46; irq++)
		enable(r, irq, true, 0, (uint8_t)((46 - irq) * 16));
	for (irq = 40; irq < 46; irq++)
		rig_inject(r, 0, 0, irq, true);
	rig_reset_counts(r);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect_eq(r, rig_counter(r, PLAT_OVERFLOWS), 1);
	for (unsigned int n = 0; n < 4; n++)
		rig_expect_lr(r, 0, n, 40 + n, "P");
	rig_expect(r, rig_underflow(r, 0));
	rig_expect(r, rig_deviations(r, "priority ignored") > 0);
	for (irq = 40; irq < 43; irq++) {
		rig_expect_eq(r, rig_misr(r, 0), 0);
		rig_expect_eq(r, rig_ack(r, 0).irq, irq);
		rig_eoi(r, 0, irq, 0);
	}
	rig_expect_eq(r, rig_misr(r, 0), GICH_MISR_U);
	rig_exit(r, 0);
	rig_expect(r, rig_pending(r, 0));
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 3);
	rig_expect_lr(r, 0, 3, 43, "P");
	rig_expect_lr(r, 0, 0, 44, "P");
	rig_expect_lr(r, 0, 1, 45, "P");
	rig_expect(r, !rig_underflow(r, 0));
	rig_exit(r, 0);
}

static void scenario_3_overflow(void **state)
{
	both(&gicv2_1, &gicv3_1, script_overflow);
}

/* ---- 4: one SGI from three sources ---------------------------------------------------- */

static void script_sgi_sources(struct rig *r)
{
	uint32_t seen = 0;

	r->design->set_enabled(r->vgic, true);
	rig_entry(r, 0);
	for (unsigned int v = 1; v < 4; v++) {
		rig_reset_counts(r);
		rig_write(r, v, RIG_GICD + 0xf00, 4, 5 | 1 << 16);
		rig_expect_eq(r, rig_locks(r, DL), 1);
		rig_expect_eq(r, rig_ipis(r), v == 1);
		rig_expect_eq(r, rig_counter(r, PLAT_UPDATE_STATE), 1);
	}
	rig_exit(r, 0);
	rig_expect(r, rig_was_kicked(r, 0));
	rig_entry(r, 0);
	for (unsigned int n = 0; n < 3; n++) {
		rig_expect_lr(r, 0, n, 5, "P");
		rig_expect_eq(r, rig_lr(r, 0, n).src, n + 1);
	}
	rig_expect_eq(r, rig_lrs_used(r, 0), 3);
	rig_expect_eq(r, rig_deviations(r, "one SGI in several list registers"), 1);
	for (unsigned int n = 0; n < 3; n++) {
		struct gic_lr lr = rig_ack(r, 0);

		rig_expect_eq(r, lr.irq, 5);
		seen |= 1u << lr.src;
		rig_eoi(r, 0, 5, lr.src);
	}
	rig_expect_eq(r, seen, 0xe);
	rig_expect_eq(r, rig_misr(r, 0), 0);
	rig_expect_eq(r, rig_ack(r, 0).irq, GIC_SPURIOUS);
	rig_exit(r, 0);
	rig_expect(r, !rig_pending(r, 0));
}

/* With affinity routing the source is nobody's: one delivery. */
static void script_sgi_affinity(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	rig_entry(r, 0);
	for (unsigned int v = 1; v < 4; v++) {
		rig_reset_counts(r);
		rig_sgi1r(r, v, UINT64_C(5) << 24 | 1);
		rig_expect_eq(r, rig_locks(r, DL), 1);
		rig_expect_eq(r, rig_ipis(r), v == 1);
		rig_expect_eq(r, rig_counter(r, PLAT_COALESCED), v != 1);
	}
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 5, "P");
	rig_expect_eq(r, rig_lrs_used(r, 0), 1);
	rig_expect_eq(r, rig_ack(r, 0).irq, 5);
	rig_eoi(r, 0, 5, 0);
	rig_exit(r, 0);
	rig_expect(r, !rig_pending(r, 0));
}

static void scenario_4_sgi(void **state)
{
	rig_run(&gicv2_4, script_sgi_sources);
	rig_run(&gicv3_4, script_sgi_affinity);
}

/* ---- 5: a broadcast SGI among 64 vCPUs ---------------------------------------------------- */

static void script_broadcast(struct rig *r)
{
	unsigned int v;

	r->design->set_enabled(r->vgic, true);
	for (v = 0; v < 64; v++)
		rig_entry(r, v);
	rig_exit(r, 9);
	rig_reset_counts(r);
	rig_sgi1r(r, 9, UINT64_C(1) << 40 | UINT64_C(3) << 24);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect_eq(r, rig_counter(r, PLAT_UPDATE_STATE), 1);
	rig_expect_eq(r, rig_kicks(r), 63);
	rig_expect_eq(r, rig_ipis(r), 63);
	for (v = 0; v < 64; v++) {
		if (v != 9)
			rig_exit(r, v);
		rig_entry(r, v);
		if (v == 9)
			rig_expect_eq(r, rig_lrs_used(r, v), 0);
		else
			rig_expect_lr(r, v, 0, 3, "P");
	}
}

static void scenario_5_broadcast(void **state)
{
	rig_run(&gicv3_64, script_broadcast);
}

/* ---- 6: retargeted while in a list register ------------------------------------------------ */

static void route(struct rig *r, unsigned int by, uint32_t irq, unsigned int to)
{
	if (r->config.gic == 2)
		rig_write(r, by, RIG_GICD + 0x800 + irq, 1, 1u << to);
	else
		rig_write(r, by, RIG_GICD + 0x6000 + 8 * irq, 8, gic_vcpu_mpidr(to));
}

static void script_retarget(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	enable(r, 60, true, 0, 0);
	rig_inject(r, 0, 0, 60, true);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 60, "P");
	rig_reset_counts(r);
	route(r, 1, 60, 1);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_entry(r, 1);
	rig_expect_eq(r, rig_lrs_used(r, 1), 0);
	rig_inject(r, 0, 0, 60, true);
	rig_expect_eq(r, rig_ipis(r), 1);
	rig_exit(r, 1);
	rig_expect(r, rig_was_kicked(r, 1));
	rig_entry(r, 1);
	/* Both have it: two acknowledges. */
	rig_expect_lr(r, 1, 0, 60, "P");
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 60, "P");
	rig_expect_eq(r, rig_deviations(r, "retargeted interrupt stays with its old vCPU"), 1);
	rig_expect_eq(r, rig_ack(r, 0).irq, 60);
	rig_expect_eq(r, rig_ack(r, 1).irq, 60);
}

static void scenario_6_retarget(void **state)
{
	both(&gicv2_2, &gicv3_2, script_retarget);
}

/* ---- 7: ISACTIVER while everybody runs --------------------------------------------------------
 */

static void script_isactiver(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	enable(r, 60, true, 0, 0);
	rig_entry(r, 0);
	rig_entry(r, 1);
	rig_exit(r, 1);
	rig_reset_counts(r);
	rig_write(r, 1, RIG_GICD + 0x304, 4, 1u << 28);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect_eq(r, rig_ipis(r), 0);
	rig_expect_eq(r, rig_read(r, 1, RIG_GICD + 0x304, 4), 1u << 28);
	rig_expect_eq(r, rig_read(r, 1, RIG_GICD + 0x384, 4), 1u << 28);
	/* At the next entry it moves into a list register, active, and the VM is recomputed. */
	rig_exit(r, 0);
	rig_reset_counts(r);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 60, "A");
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect_eq(r, rig_counter(r, PLAT_UPDATE_STATE), 1);
	rig_expect_eq(r, rig_read(r, 1, RIG_GICD + 0x304, 4), 0);
	rig_eoi(r, 0, 60, 0);
	rig_exit(r, 0);
	rig_write(r, 1, RIG_GICD + 0x304, 4, 1u << 28);
	rig_write(r, 1, RIG_GICD + 0x384, 4, 1u << 28);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
}

static void scenario_7_active(void **state)
{
	both(&gicv2_2, &gicv3_2, script_isactiver);
}

/* ---- 8: the mapped timer ------------------------------------------------------------------------
 */

static void phys_active(struct plat_cpu *cpu, void *arg)
{
	*(bool *)arg = plat_phys_active_get(cpu, RIG_TIMER);
}

static bool timer_active(struct rig *r, unsigned int v)
{
	bool active;

	rig_on(r, v, phys_active, &active);
	return active;
}

static void script_timer(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	enable_timer(r, 0);
	rig_entry(r, 0);
	rig_expect(r, !timer_active(r, 0));
	rig_exit(r, 0);
	rig_reset_counts(r);
	rig_inject_self(r, 0, RIG_TIMER, true, true);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect_eq(r, rig_ipis(r), 0);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, RIG_TIMER, "PH");
	rig_expect_eq(r, rig_lr(r, 0, 0).hw_irq, RIG_TIMER);
	rig_expect(r, timer_active(r, 0));
	rig_expect_eq(r, rig_ack(r, 0).irq, RIG_TIMER);
	/* An exit within the handler, the line lowered there: still active, physically too. */
	rig_reset_counts(r);
	rig_leave(r, 0);
	rig_inject_self(r, 0, RIG_TIMER, false, true);
	rig_sync(r, 0);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, RIG_TIMER, "AH");
	rig_expect(r, timer_active(r, 0));
	/* The guest's deactivation reaches the physical interrupt. No maintenance. */
	rig_eoi(r, 0, RIG_TIMER, 0);
	rig_expect(r, !timer_active(r, 0));
	rig_expect_eq(r, rig_misr(r, 0), 0);
	rig_reset_counts(r);
	rig_exit(r, 0);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect(r, !rig_pending(r, 0));
	rig_reset_counts(r);
	rig_entry(r, 0);
	rig_exit(r, 0);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	/* Line still high at the end: queued again. */
	rig_inject_self(r, 0, RIG_TIMER, true, true);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_ack(r, 0).irq, RIG_TIMER);
	rig_eoi(r, 0, RIG_TIMER, 0);
	rig_exit(r, 0);
	rig_expect(r, rig_pending(r, 0));
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, RIG_TIMER, "PH");
	/*
	 * An exit before the guest took it: pulled back, and behind the SGI that
	 * came since. Recorded so on 4.6.2, lr0=27 → lr0=1 lr1=27.
	 */
	rig_reset_counts(r);
	rig_exit(r, 0);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	if (r->config.gic == 3)
		rig_sgi1r(r, 0, UINT64_C(1) << 24 | 1);
	else
		rig_write(r, 0, RIG_GICD + 0xf00, 4, 2u << 24 | 1);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 1, "P");
	rig_expect_lr(r, 0, 1, RIG_TIMER, "PH");
	/* Active it stays where it is. */
	rig_expect_eq(r, rig_ack(r, 0).irq, 1);
	rig_expect_eq(r, rig_ack(r, 0).irq, RIG_TIMER);
	rig_eoi(r, 0, 1, 0);
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 1, RIG_TIMER, "AH");
}

static void scenario_8_timer(void **state)
{
	both(&gicv2_1, &gicv3_1, script_timer);
}

/* ---- 9: an injection between flush and entry
 * ----------------------------------------------------- */

static void script_lost_kick(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	enable(r, 40, true, 0, 0);
	rig_flush(r, 0);
	rig_reset_counts(r);
	rig_inject(r, 0, 0, 40, true);
	rig_expect_eq(r, rig_kicks(r), 1);
	rig_expect_eq(r, rig_ipis(r), 0);
	rig_enter(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
	rig_expect(r, !rig_was_kicked(r, 0));
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 40, "P");
}

static void scenario_9_lost_kick(void **state)
{
	both(&gicv2_1, &gicv3_1, script_lost_kick);
}

/* ---- 10: an edge while the first is being handled
 * --------------------------------------------------- */

static void script_edge_active(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	enable(r, 40, true, 0, 0);
	rig_inject(r, 0, 0, 40, true);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_ack(r, 0).irq, 40);
	rig_reset_counts(r);
	rig_inject(r, 0, 0, 40, true);
	rig_expect_eq(r, rig_ipis(r), 1);
	rig_exit(r, 0);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 40, "PA");
	rig_expect_eq(r, rig_lrs_used(r, 0), 1);
	rig_eoi(r, 0, 40, 0);
	rig_expect_eq(r, rig_ack(r, 0).irq, 40);
	rig_eoi(r, 0, 40, 0);
	rig_exit(r, 0);
	rig_expect(r, !rig_pending(r, 0));
}

static void scenario_10_edge_active(void **state)
{
	both(&gicv2_1, &gicv3_1, script_edge_active);
}

/* ---- 11: WFI in a handler
 * -------------------------------------------------------------------------- */

static void script_wfi(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	enable(r, 40, true, 0, 0);
	rig_inject(r, 0, 0, 40, true);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_ack(r, 0).irq, 40);
	rig_exit(r, 0);
	for (int i = 0; i < 3; i++) {
		rig_reset_counts(r);
		rig_expect(r, rig_pending(r, 0));
		rig_expect_eq(r, rig_locks(r, DL), 0);
		rig_expect_eq(
			r, rig_deviations(r, "WFI does not sleep while an interrupt is active"), 1);
		rig_entry(r, 0);
		rig_expect_lr(r, 0, 0, 40, "A");
		rig_exit(r, 0);
		rig_expect_eq(r, rig_locks(r, DL), 1);
	}
}

static void scenario_11_wfi(void **state)
{
	both(&gicv2_1, &gicv3_1, script_wfi);
}

/* ---- 12: a thousand empty entries
 * --------------------------------------------------------------------- */

static void script_idle(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	rig_reset_counts(r);
	for (int i = 0; i < 1000; i++) {
		rig_entry(r, 0);
		rig_exit(r, 0);
	}
	rig_expect_eq(r, rig_locks(r, DL), 1000);
}

static void scenario_12_idle(void **state)
{
	both(&gicv2_1, &gicv3_1, script_idle);
}

/* ---- 15: disabled by another vCPU
 * ---------------------------------------------------------------------- */

static void script_disable(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	enable(r, 60, true, 0, 0);
	rig_inject(r, 0, 0, 60, true);
	rig_entry(r, 0);
	rig_reset_counts(r);
	rig_write(r, 1, RIG_GICD + 0x184, 4, 1u << 28);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 60, "P");
	rig_expect_eq(r, rig_deviations(r, "disabled interrupt stays in a list register"), 1);
	rig_expect_eq(r, rig_ack(r, 0).irq, 60);
	rig_eoi(r, 0, 60, 0);
	rig_exit(r, 0);
	/* By the vCPU that has it: gone at once. */
	rig_write(r, 0, RIG_GICD + 0x104, 4, 1u << 28);
	rig_inject(r, 0, 0, 60, true);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 60, "P");
	rig_exit(r, 0);
	rig_write(r, 0, RIG_GICD + 0x184, 4, 1u << 28);
	rig_expect_eq(r, rig_deviations(r, "edge lost: disabled while in a list register"), 1);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
}

/* A level interrupt that its own vCPU disables comes back when it is enabled again. */
static void script_disable_level(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	enable(r, 50, false, 0, 0);
	rig_inject(r, 0, 0, 50, true);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 50, "PE");
	rig_exit(r, 0);
	rig_write(r, 0, RIG_GICD + 0x184, 4, 1u << 18);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
	rig_write(r, 0, RIG_GICD + 0x104, 4, 1u << 18);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 50, "PE");
	rig_exit(r, 0);
}

static void scenario_15_disable(void **state)
{
	both(&gicv2_2, &gicv3_2, script_disable);
	both(&gicv2_2, &gicv3_2, script_disable_level);
}

/* ---- 16: the distributor off
 * -------------------------------------------------------------------------- */

static void script_ctlr(struct rig *r)
{
	uint32_t on = r->config.gic == 2 ? 1 : 2;

	r->design->set_enabled(r->vgic, true);
	enable(r, 40, true, 0, 0);
	enable(r, 42, true, 0, 0);
	rig_inject(r, 0, 0, 40, true);
	rig_reset_counts(r);
	rig_write(r, 1, RIG_GICD, 4, 0);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	/* The CPU maps are empty now, the oracle's bit is not. */
	rig_expect(r, rig_pending(r, 0));
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_expect(r, !rig_pending(r, 0));
	rig_reset_counts(r);
	rig_inject(r, 0, 0, 42, true);
	rig_expect_eq(r, rig_ipis(r), 1);
	rig_expect_eq(r, rig_deviations(r, "injected while the distributor is off, delivered"), 1);
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 42, "P");
	rig_expect_eq(r, rig_lrs_used(r, 0), 1);
	/* On again: what was pending all the time is found, and kicked for. */
	rig_reset_counts(r);
	rig_write(r, 1, RIG_GICD, 4, on);
	rig_expect_eq(r, rig_ipis(r), 1);
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 1, 40, "P");
	rig_expect_eq(r, rig_lrs_used(r, 0), 2);
}

static void scenario_16_ctlr(void **state)
{
	both(&gicv2_2, &gicv3_2, script_ctlr);
}

/* ---- stale oracle bits kick vCPUs for nothing
 * ------------------------------------------------------------ */

static void script_spurious_kick(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	enable(r, 40, true, 0, 0);
	rig_inject(r, 0, 0, 40, true);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_ack(r, 0).irq, 40);
	rig_exit(r, 0);
	rig_flush(r, 0);
	rig_expect(r, !rig_pending(r, 0));
	rig_enter(r, 0);
	rig_exit(r, 0);
	/* Active only, yet "pending": any write by anybody kicks it once it runs. */
	rig_expect(r, rig_pending(r, 0));
	rig_reset_counts(r);
	rig_write(r, 1, RIG_GICD + 0x104, 4, 0);
	rig_expect_eq(r, rig_kicks(r), 1);
}

static void spurious_kick(void **state)
{
	both(&gicv2_2, &gicv3_2, script_spurious_kick);
}

/* ---- the world switch: accesses of the virtual interface ---------------------------------- */

struct accesses {
	struct rig *r;
	bool restore;
	uint64_t n;
};

/* Each access costs 20 ns in the rig. */
static void count_accesses(struct plat_cpu *cpu, void *arg)
{
	struct accesses *a = arg;
	const struct vgic_design *d = a->r->design;
	uint64_t before = cpu_accounts(cpu)[COMP_LR];

	if (a->restore) {
		plat_irq_off(cpu);
		vcpu_enter(cpu);
		d->restore(a->r->vgic, cpu, 0);
	} else {
		d->save(a->r->vgic, cpu, 0);
		vcpu_leave(cpu);
		plat_irq_on(cpu);
	}
	a->n = (cpu_accounts(cpu)[COMP_LR] - before) / 20000;
}

static uint64_t accesses(struct rig *r, bool restore)
{
	struct accesses a = { .r = r, .restore = restore };

	rig_on(r, 0, count_accesses, &a);
	return a.n;
}

static void script_switch(struct rig *r)
{
	/* VMCR; GICv3 also reads VTR and writes SRE_EL2. */
	unsigned int v3 = r->config.gic == 3, in = v3 ? 3 : 1;
	/* With list registers: HCR and APR, GICv3 an APR of each group; VTR read again. */
	unsigned int aprs = v3 ? 2 : 1;

	r->design->set_enabled(r->vgic, true);
	enable(r, 40, true, 0, 0);
	enable(r, 50, false, 0, 0);
	rig_flush(r, 0);
	rig_expect_eq(r, accesses(r, true), in);
	rig_expect_eq(r, accesses(r, false), 1);
	rig_sync(r, 0);
	/* One list register, ended by the guest: ELRSR tells, it is not read. */
	rig_inject(r, 0, 0, 40, true);
	rig_flush(r, 0);
	rig_expect_eq(r, accesses(r, true), in + 1 + aprs + 1);
	rig_ack(r, 0);
	rig_eoi(r, 0, 40, 0);
	rig_expect_eq(r, accesses(r, false), 1 + 1 + aprs + v3 + 1 + 1);
	rig_sync(r, 0);
	/* Still in use: read. */
	rig_inject(r, 0, 0, 40, true);
	rig_flush(r, 0);
	rig_expect_eq(r, accesses(r, true), in + 1 + aprs + 1);
	rig_ack(r, 0);
	rig_expect_eq(r, accesses(r, false), 1 + 1 + aprs + v3 + 1 + 1 + 1);
	rig_sync(r, 0);
	/* With a level interrupt beside it: MISR, and EISR once it has ended; both are read. */
	rig_inject(r, 0, 0, 50, true);
	rig_flush(r, 0);
	rig_expect_eq(r, accesses(r, true), in + 1 + aprs + 2);
	rig_expect_eq(r, accesses(r, false), 1 + 1 + 1 + aprs + v3 + 2 + 2 + 1);
	rig_sync(r, 0);
	rig_flush(r, 0);
	rig_expect_eq(r, accesses(r, true), in + 1 + aprs + 2);
	rig_eoi(r, 0, 40, 0);
	rig_expect_eq(r, rig_ack(r, 0).irq, 50);
	rig_eoi(r, 0, 50, 0);
	rig_expect_eq(r, accesses(r, false), 1 + 2 + 1 + aprs + v3 + 1 + 2 + 1);
}

static void switch_accesses(void **state)
{
	both(&gicv2_1, &gicv3_1, script_switch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scenario_1_edge),	cmocka_unit_test(scenario_2_level),
		cmocka_unit_test(scenario_3_overflow),	cmocka_unit_test(scenario_4_sgi),
		cmocka_unit_test(scenario_5_broadcast), cmocka_unit_test(scenario_6_retarget),
		cmocka_unit_test(scenario_7_active),	cmocka_unit_test(scenario_8_timer),
		cmocka_unit_test(scenario_9_lost_kick), cmocka_unit_test(scenario_10_edge_active),
		cmocka_unit_test(scenario_11_wfi),	cmocka_unit_test(scenario_12_idle),
		cmocka_unit_test(scenario_15_disable),	cmocka_unit_test(scenario_16_ctlr),
		cmocka_unit_test(spurious_kick),	cmocka_unit_test(switch_accesses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
