// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-aplist-6.1: scenarios with one right outcome each: list registers, deliveries,
 * locks taken and kicks, on GICv2 and GICv3, the latter with and without VHE. Those
 * in which Linux 6.1 differs from 4.8, and what must not have changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "aplist-test.h"
#include "rig-priv.h"

static void run(rig_script_fn *script, unsigned int gic, unsigned int nr_vcpus, bool timer)
{
	for (int vhe = 0; vhe < (gic == 3 ? 2 : 1); vhe++)
		rig_run(&(struct rig_config){ .design = "kvm-aplist-6.1",
					      .gic = gic,
					      .nr_vcpus = nr_vcpus,
					      .no_timer = !timer,
					      .vhe = vhe },
			script);
}

static void run_both(rig_script_fn *script, unsigned int nr_vcpus, bool timer)
{
	run(script, 2, nr_vcpus, timer);
	run(script, 3, nr_vcpus, timer);
}

static uint64_t accesses(struct rig *r, unsigned int v)
{
	return cpu_accounts(machine_cpu(r->m, v))[COMP_LR] / 20000;
}

/* ---- 1, 12: an edge, the vCPU in its guest; nothing at all ----------------- */

static void script_edge(struct rig *r)
{
	rig_spi_on(r, 40, true, 0xa0, 0);
	rig_begin(r);
	rig_entry(r, 0);
	expect_locks(r, 0, r->config.no_timer ? 0 : 2);
	rig_inject(r, 0, 0, 40, true);
	rig_expect_eq(r, rig_ipis(r), 1);
	expect_locks(r, 1, 2);
	rig_exit(r, 0);
	rig_expect(r, rig_was_kicked(r, 0));
	expect_locks(r, 1, 1);
	rig_flush(r, 0);
	expect_locks(r, 1, 2);
	rig_enter(r, 0);
	rig_expect_eq(r, rig_given_up(r, 0), 0);
	rig_expect_lr(r, 0, 0, 40, "P");
	rig_expect_eq(r, rig_lr(r, 0, 0).prio, 0xa0);
	rig_expect_eq(r, rig_lr(r, 0, 0).group, r->config.gic == 3);
	rig_serve(r, 0, 40);
	rig_exit(r, 0);
	expect_locks(r, 1, 2);
	rig_expect(r, !irq_of(r, 0, 40)->vcpu);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
	expect_locks(r, 0, 0);
}

static void script_idle(struct rig *r)
{
	uint64_t sre = r->config.gic == 3 && !r->config.vhe ? 4 : 0, before;

	rig_begin(r);
	rig_entry(r, 0);
	rig_exit(r, 0);
	rig_reset_counts(r);
	before = accesses(r, 0);
	for (int i = 0; i < 1000; i++) {
		rig_entry(r, 0);
		rig_exit(r, 0);
	}
	expect_locks(r, 0, 0);
	rig_expect_eq(r, accesses(r, 0) - before, 1000 * sre);
}

/* ---- 2: a level still up at its end; one that goes down before it is taken ---- */

static void script_level(struct rig *r)
{
	rig_spi_on(r, 50, false, 0, 0);
	rig_begin(r);
	rig_inject(r, 0, 0, 50, true);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 50, "PE");
	rig_serve(r, 0, 50);
	rig_expect_eq(r, rig_misr(r, 0) & GICH_MISR_EOI, GICH_MISR_EOI);
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 50, "PE");
	rig_ack(r, 0);
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 50, "AE"); /* never pending as well: the line is up */
	rig_expect_eq(r, rig_deviations(r, NULL), 0);
	rig_inject(r, 0, 0, 50, false);
	rig_eoi(r, 0, 50, 0);
	rig_exit(r, 0);
	rig_expect(r, !irq_of(r, 0, 50)->vcpu);
	rig_inject(r, 0, 0, 50, true);
	rig_entry(r, 0);
	rig_inject(r, 0, 0, 50, false);
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_ack(r, 0).irq, GIC_SPURIOUS);
	rig_exit(r, 0);
}

/* Pending by software: until the list register is empty, not only taken. */
static void script_soft_level(struct rig *r)
{
	rig_spi_on(r, 50, false, 0, 0);
	rig_begin(r);
	rig_write(r, 0, RIG_GICD + 0x204, 4, 1u << 18);
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_exit(r, 0);
	rig_expect(r, irq_of(r, 0, 50)->soft_pending);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 50, "AE");
	rig_eoi(r, 0, 50, 0);
	rig_exit(r, 0);
	rig_expect(r, !irq_of(r, 0, 50)->soft_pending);
	rig_expect(r, !irq_of(r, 0, 50)->vcpu);
}

/* One latch for both: it outlives a change of the configuration, and the line does not. */
static void script_latch(struct rig *r)
{
	rig_spi_on(r, 50, true, 0, 0);
	rig_begin(r);
	rig_inject(r, 0, 0, 50, true);
	rig_write(r, 0, RIG_GICD + 0xc0c, 4, 0);
	rig_expect(r, irq_of(r, 0, 50)->pending);
	rig_write(r, 0, RIG_GICD + 0x284, 4, 1u << 18);
	rig_expect(r, !irq_of(r, 0, 50)->pending);
	rig_inject(r, 0, 0, 50, true);
	rig_expect(r, irq_of(r, 0, 50)->pending);
	rig_write(r, 0, RIG_GICD + 0xc0c, 4, 2u << 4);
	rig_expect(r, !irq_of(r, 0, 50)->pending);
}

/* ---- 3: more than the list registers hold -------------------------------- */

static void script_overflow(struct rig *r)
{
	for (uint32_t i = 0; i < 6; i++)
		rig_spi_on(r, 40 + i, true, (uint8_t)(0x30 - i * 8), 0);
	rig_begin(r);
	for (uint32_t i = 0; i < 6; i++)
		rig_inject(r, 0, 0, 40 + i, true);
	rig_flush(r, 0);
	rig_reset_counts(r);
	rig_enter(r, 0);
	for (uint32_t i = 0; i < 4; i++)
		rig_expect_lr(r, 0, i, 45 - i, "P");
	rig_expect(r, rig_underflow(r, 0));
	for (uint32_t i = 0; i < 3; i++)
		rig_serve(r, 0, 45 - i);
	rig_expect_eq(r, rig_misr(r, 0) & GICH_MISR_U, GICH_MISR_U);
	rig_exit(r, 0);
	rig_entry(r, 0);
	for (uint32_t i = 0; i < 3; i++)
		rig_expect_lr(r, 0, i, 42 - i, "P");
	rig_expect(r, !rig_underflow(r, 0));
	for (uint32_t i = 0; i < 3; i++)
		rig_serve(r, 0, 42 - i);
	rig_exit(r, 0);
}

/* Disabled ones count for the sort, but not for the underflow: not all are full. */
static void script_not_full(struct rig *r)
{
	for (uint32_t i = 0; i < 5; i++)
		rig_spi_on(r, 40 + i, true, 0x30, 0);
	rig_begin(r);
	for (uint32_t i = 0; i < 5; i++)
		rig_inject(r, 0, 0, 40 + i, true);
	rig_write(r, 0, RIG_GICD + 0x184, 4, 3u << 8);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_counter(r, PLAT_OVERFLOWS), 1);
	rig_expect_eq(r, rig_lrs_used(r, 0), 3);
	rig_expect(r, !rig_underflow(r, 0));
	rig_exit(r, 0);
}

/* ---- 4: one SGI from several senders ------------------------------------- */

static void script_sgi_v2(struct rig *r)
{
	rig_spi_on(r, 40, true, 0x80, 0); /* lower than the SGI's 0 */
	rig_begin(r);
	rig_inject(r, 0, 0, 40, true);
	for (unsigned int v = 1; v < 4; v++)
		rig_sgi_from(r, v, 1, 5);
	rig_expect_eq(r, irq_of(r, 0, 5)->source, 0xe);
	for (unsigned int i = 1; i < 3; i++) {
		rig_entry(r, 0);
		rig_expect_lr(r, 0, 0, 5, "PE");
		rig_expect_eq(r, rig_lr(r, 0, 0).src, i);
		rig_expect_eq(r, rig_lrs_used(r, 0), 1); /* 40 waits */
		rig_expect_eq(r, rig_ack(r, 0).src, i);
		rig_exit(r, 0);
		rig_entry(r, 0); /* in hand: only that, and its end brings the next */
		rig_expect_lr(r, 0, 0, 5, "AE");
		rig_expect_eq(r, rig_lr(r, 0, 0).src, i);
		rig_eoi(r, 0, 5, i);
		rig_expect_eq(r, rig_misr(r, 0) & GICH_MISR_EOI, GICH_MISR_EOI);
		rig_exit(r, 0);
	}
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 5, "P");
	rig_expect_eq(r, rig_lr(r, 0, 0).src, 3);
	rig_expect_lr(r, 0, 1, 40, "P");
	rig_serve(r, 0, 5);
	rig_serve(r, 0, 40);
	rig_exit(r, 0);
	rig_expect(r, !irq_of(r, 0, 5)->vcpu);
	rig_expect_eq(r, rig_deviations(r, NULL), 0);
}

static void script_sgi_v3(struct rig *r)
{
	rig_begin(r);
	for (unsigned int v = 1; v < 4; v++)
		rig_sgi_from(r, v, 1, 5);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 5, "P");
	rig_serve(r, 0, 5);
	rig_serve(r, 0, GIC_SPURIOUS);
	rig_exit(r, 0);
}

/* ICC_SGI0R_EL1 raises group 0's only. */
static void step_sgi0r(struct plat_cpu *cpu, void *arg)
{
	struct rig *r = arg;

	rig_expect_eq(r,
		      r->design->sysreg_write(r->vgic, cpu, 1, SYSREG_ICC_SGI0R_EL1, 5u << 24 | 1),
		      VGIC_DONE);
}

static void script_groups(struct rig *r)
{
	rig_begin(r);
	rig_expect_eq(r, rig_read(r, 0, RIG_GICR + 0x10080, 4), 0xffffffff);
	rig_on(r, 1, step_sgi0r, r);
	rig_expect(r, !irq_of(r, 0, 5)->pending);
	rig_write(r, 0, RIG_GICR + 0x10080, 4, ~(1u << 5));
	rig_expect_eq(r, rig_read(r, 0, RIG_GICR + 0x10080, 4), 0xffffffdf);
	rig_on(r, 1, step_sgi0r, r);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 5, "P");
	rig_expect_eq(r, rig_lr(r, 0, 0).group, 0);
	rig_serve(r, 0, 5);
	rig_exit(r, 0);
}

/* ---- 6: routed elsewhere while in a list register ------------------------- */

static void script_retarget(struct rig *r)
{
	rig_spi_on(r, 60, true, 0, 0);
	rig_begin(r);
	rig_inject(r, 0, 0, 60, true);
	rig_entry(r, 0);
	rig_entry(r, 1);
	rig_retarget(r, 2, 60, 1);
	rig_reset_counts(r);
	rig_inject(r, 0, 0, 60, true);
	rig_expect_eq(r, rig_ipis(r), 1); /* to the new one, which has nothing yet */
	rig_expect_eq(r, rig_deviations(r, NULL), 1);
	rig_exit(r, 1);
	rig_expect(r, rig_was_kicked(r, 1));
	rig_entry(r, 1);
	rig_expect_eq(r, rig_lrs_used(r, 1), 0);
	rig_reset_counts(r);
	rig_exit(r, 0);
	rig_expect(r, !rig_was_kicked(r, 0));
	rig_expect_eq(r, rig_counter(r, PLAT_MIGRATED), 1);
	rig_expect_eq(r, rig_ipis(r), 1); /* the new one */
	rig_exit(r, 1);
	rig_expect(r, rig_was_kicked(r, 1));
	rig_entry(r, 1);
	rig_serve(r, 1, 60);
	rig_serve(r, 1, GIC_SPURIOUS);
	rig_entry(r, 0);
	rig_serve(r, 0, GIC_SPURIOUS);
	rig_exit(r, 0);
	rig_exit(r, 1);
}

/* ---- 7: active state ------------------------------------------------------ */

static void script_active_halts(struct rig *r)
{
	bool v3 = r->config.gic == 3;
	uint64_t reg = v3 ? RIG_GICR + 0x10300 : RIG_GICD + 0x300;

	rig_spi_on(r, 60, true, 0, 0);
	rig_begin(r);
	rig_entry(r, 1);
	rig_read(r, 0, reg, 4); /* private: on a GICv3 all stop */
	rig_leave(r, 1);
	rig_expect_eq(r, rig_was_kicked(r, 1), v3);
	rig_sync(r, 1);
	rig_entry(r, 1);
	rig_write(r, 0, reg, 4, 1u << 20);
	rig_leave(r, 1);
	rig_expect_eq(r, rig_was_kicked(r, 1), v3);
	rig_sync(r, 1);
	rig_expect(r, irq_of(r, 0, 20)->active);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 20, "AE");
	rig_exit(r, 0);
	rig_write(r, 0, RIG_GICD + 0x304, 4, 1u << 28);
	rig_expect_eq(r, rig_read(r, 0, RIG_GICD + 0x304, 4), 1u << 28);
	rig_write(r, 0, RIG_GICD + 0x384, 4, 1u << 28);
	rig_expect(r, !irq_of(r, 0, 60)->active);
}

/* ---- 8: the mapped timer -------------------------------------------------- */

static void script_timer(struct rig *r)
{
	struct vgic_irq *irq = irq_of(r, 0, RIG_TIMER);
	uint64_t ipi;

	rig_begin(r);
	rig_entry(r, 0);
	rig_exit(r, 0);
	ipi = cpu_accounts(machine_cpu(r->m, 0))[COMP_IPI];
	rig_inject_self(r, 0, RIG_TIMER, true, true);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, RIG_TIMER, "PH");
	rig_expect(r, !irq->line_level); /* spent: the next one is news */
	rig_exit(r, 0);
	rig_expect(r, irq->line_level); /* not taken: the line is still up */
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_exit(r, 0);
	rig_inject_self(r, 0, RIG_TIMER, true, true);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, RIG_TIMER, "AH"); /* never both */
	rig_eoi(r, 0, RIG_TIMER, 0);
	rig_expect_eq(r, cpu_accounts(machine_cpu(r->m, 0))[COMP_IPI], ipi);
	rig_timer_low(r, 0);
	rig_exit(r, 0); /* ended with a line that had been up: looked at again */
	rig_expect(r, !irq->vcpu);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
	/* goes low before the guest has taken it */
	rig_inject_self(r, 0, RIG_TIMER, true, true);
	rig_entry(r, 0);
	rig_timer_low(r, 0);
	rig_exit(r, 0);
	rig_expect(r, !irq->vcpu);
}

/* ---- 9: between flush and guest entry -------------------------------------- */

static void script_race(struct rig *r)
{
	rig_spi_on(r, 40, true, 0, 0);
	rig_begin(r);
	rig_flush(r, 0);
	rig_inject(r, 0, 0, 40, true);
	rig_expect_eq(r, rig_ipis(r), 0);
	rig_enter(r, 0);
	rig_expect_eq(r, rig_given_up(r, 0), 1);
	rig_expect_lr(r, 0, 0, 40, "P");
	rig_exit(r, 0);
	/* … with something in the list registers already */
	rig_spi_on(r, 41, true, 0, 0);
	rig_flush(r, 0);
	rig_inject(r, 0, 0, 41, true);
	rig_enter(r, 0);
	rig_expect_eq(r, rig_given_up(r, 0), 1);
	rig_expect_lr(r, 0, 0, 40, "P");
	rig_expect_lr(r, 0, 1, 41, "P");
	rig_serve(r, 0, 40);
	rig_serve(r, 0, 41);
	rig_exit(r, 0);
}

/* ---- 10: an edge again while it is active ----------------------------------- */

static void script_again(struct rig *r)
{
	rig_spi_on(r, 40, true, 0, 0);
	rig_begin(r);
	rig_inject(r, 0, 0, 40, true);
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_reset_counts(r);
	rig_inject(r, 0, 0, 40, true);
	rig_expect_eq(r, rig_ipis(r), 1);
	expect_locks(r, 0, 1);
	rig_exit(r, 0);
	rig_expect(r, rig_was_kicked(r, 0));
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 40, "PA");
	rig_eoi(r, 0, 40, 0);
	rig_serve(r, 0, 40); /* without another exit */
	rig_exit(r, 0);
	rig_expect(r, !irq_of(r, 0, 40)->vcpu);
}

/* ---- 11: the check for WFI -------------------------------------------------- */

static void step_mask(struct plat_cpu *cpu, void *arg)
{
	const struct rig *r = arg;

	plat_vif_write(cpu, PLAT_VIF_VMCR, r->config.gic == 2 ? 0x10u << 27 : 0x80u << 24);
}

static void script_wfi(struct rig *r)
{
	rig_spi_on(r, 40, true, 0x80, 0);
	rig_spi_on(r, 41, true, 0x78, 0);
	rig_begin(r);
	rig_entry(r, 0);
	rig_exit(r, 0);
	rig_inject(r, 0, 0, 40, true);
	rig_expect(r, rig_pending(r, 0));
	rig_on(r, 0, step_mask, r); /* the guest lets only what is above 0x80 through */
	rig_expect(r, !rig_pending(r, 0));
	rig_inject(r, 0, 0, 41, true);
	rig_expect(r, rig_pending(r, 0));
	rig_entry(r, 0);
	rig_expect_eq(r, rig_ack(r, 0).irq, 41);
	rig_exit(r, 0);
	rig_inject(r, 0, 0, 41, true);
	rig_expect(r, !rig_pending(r, 0)); /* in hand: not what it waits for */
}

/* ---- 15, 16: disabled meanwhile ---------------------------------------------- */

static void script_disabled(struct rig *r)
{
	rig_spi_on(r, 60, true, 0, 0);
	rig_spi_on(r, 61, true, 0, 0);
	rig_begin(r);
	rig_inject(r, 0, 0, 60, true);
	rig_entry(r, 0);
	rig_reset_counts(r);
	rig_write(r, 1, RIG_GICD + 0x184, 4, 1u << 28);
	rig_expect_eq(r, rig_kicks(r), 0);
	rig_expect_lr(r, 0, 0, 60, "P");
	rig_exit(r, 0);
	rig_expect(r, !irq_of(r, 0, 60)->vcpu);
	rig_write(r, 1, RIG_GICD, 4, 0);
	rig_inject(r, 0, 0, 61, true);
	rig_expect(r, !irq_of(r, 0, 61)->vcpu);
	rig_write(r, 1, RIG_GICD, 4, r->config.gic == 2 ? 1 : 2);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
	rig_expect_eq(
		r, rig_deviations(r, "latched while GICD_CTLR is 0: enabling it will not queue it"),
		1);
}

/* ---- registers ------------------------------------------------------------------ */

static void script_registers(struct rig *r)
{
	bool v3 = r->config.gic == 3;

	rig_begin(r);
	rig_expect_eq(r, rig_read(r, 0, RIG_GICD + 8, 4), 0x4b00343b);
	rig_expect_eq(r, rig_read(r, 0, RIG_GICD + 0x84, 4), v3 ? 0xffffffff : 0);
	rig_write(r, 0, RIG_GICD + 0x84, 4, 0x12345678);
	rig_expect_eq(r, rig_read(r, 0, RIG_GICD + 0x84, 4), 0x12345678);
	if (v3) {
		rig_expect_eq(r, rig_read(r, 0, RIG_GICR + 0x20000, 4), 6);
		rig_expect_eq(r, rig_read(r, 0, RIG_GICR + 0xffe8, 4), 0x3b);
		rig_expect_eq(r, rig_read(r, 0, RIG_GICR + 0x30100, 4), 0xffff | 1u << RIG_TIMER);
		rig_expect_eq(r, ((struct aplist *)r->vgic)->nr_vcpus, 2);
	} else { /* by sender only */
		rig_write(r, 0, RIG_GICD + 0x200, 4, 1u << 5);
		rig_expect(r, !irq_of(r, 0, 5)->pending);
		rig_write(r, 0, RIG_GICD + 0xf24, 4, 1u << 9); /* SGI 5 by vCPU 1 */
		rig_expect(r, irq_of(r, 0, 5)->pending);
		rig_write(r, 0, RIG_GICD + 0x280, 4, 1u << 5);
		rig_expect(r, irq_of(r, 0, 5)->pending);
		rig_expect_eq(r, rig_read(r, 0, RIG_GICD + 0x200, 4), 1u << 5);
	}
	/* 32 of them, one after another */
	rig_reset_counts(r);
	rig_read(r, 0, RIG_GICD + 0x204, 4);
	expect_locks(r, 0, 32);
	rig_read(r, 0, RIG_GICD + 0x104, 4);
	expect_locks(r, 0, 0);
}

static void script_layout(struct rig *r)
{
	struct aplist *g = r->vgic;

	rig_expect_eq(r, rig_arena_bytes(r, PLAT_MEM_IRQ), (r->config.nr_irqs - 32) * 112);
	rig_expect_eq(r, (uintptr_t)irq_of(r, 0, 33) - (uintptr_t)irq_of(r, 0, 32), 112);
	rig_expect_eq(r, (uintptr_t)irq_of(r, 0, 31) - (uintptr_t)irq_of(r, 0, 0), 31 * 112);
	rig_expect_eq(r, (uintptr_t)irq_of(r, 0, 0) % 64, 0);
	rig_expect_eq(r, (uintptr_t)&g->vcpus[0]->requests % 64, 0);
	rig_expect(r, rig_arena_bytes(r, PLAT_MEM_VCPU) / r->config.nr_vcpus < 3584 + 700);
}

/* ---- the list of tests --------------------------------------------------- */

#define TEST(name, ...)                                                                            \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		__VA_ARGS__;                                                                       \
	}

TEST(edge, run_both(script_edge, 2, false))
TEST(idle, run_both(script_idle, 1, true))
TEST(level, run_both(script_level, 1, false))
TEST(soft_level, run_both(script_soft_level, 1, false))
TEST(latch, run_both(script_latch, 1, false))
TEST(overflow, run_both(script_overflow, 1, false))
TEST(not_full, run_both(script_not_full, 1, false))
TEST(sgi_v2, run(script_sgi_v2, 2, 4, false))
TEST(sgi_v3, run(script_sgi_v3, 3, 4, false))
TEST(groups, run(script_groups, 3, 2, false))
TEST(retarget, run_both(script_retarget, 3, false))
TEST(active_halts, run_both(script_active_halts, 2, false))
TEST(timer, run_both(script_timer, 2, true))
TEST(race, run_both(script_race, 1, false))
TEST(again, run_both(script_again, 1, false))
TEST(wfi, run_both(script_wfi, 1, false))
TEST(disabled, run_both(script_disabled, 2, false))
TEST(registers, run_both(script_registers, 2, true))
TEST(layout, run_both(script_layout, 2, true))

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edge),	 cmocka_unit_test(test_idle),
		cmocka_unit_test(test_level),	 cmocka_unit_test(test_soft_level),
		cmocka_unit_test(test_latch),	 cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_not_full), cmocka_unit_test(test_sgi_v2),
		cmocka_unit_test(test_sgi_v3),	 cmocka_unit_test(test_groups),
		cmocka_unit_test(test_retarget), cmocka_unit_test(test_active_halts),
		cmocka_unit_test(test_timer),	 cmocka_unit_test(test_race),
		cmocka_unit_test(test_again),	 cmocka_unit_test(test_wfi),
		cmocka_unit_test(test_disabled), cmocka_unit_test(test_registers),
		cmocka_unit_test(test_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
