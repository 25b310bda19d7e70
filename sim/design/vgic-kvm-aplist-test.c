// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-aplist: scenarios with one right outcome each: list registers, deliveries,
 * locks taken and kicks, on GICv2 and GICv3. What is right is what Linux 4.8 does,
 * also where the architecture would have it otherwise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "aplist-test.h"
#include "rig-priv.h"

static void run_both(rig_script_fn *script, unsigned int nr_vcpus)
{
	for (unsigned int gic = 2; gic <= 3; gic++)
		rig_run(&(struct rig_config){ .design = "kvm-aplist",
					      .gic = gic,
					      .nr_vcpus = nr_vcpus,
					      .no_timer = true },
			script);
}

static void run_timer(rig_script_fn *script)
{
	for (unsigned int gic = 2; gic <= 3; gic++)
		rig_run(&(struct rig_config){ .design = "kvm-aplist", .gic = gic, .nr_vcpus = 2 },
			script);
}

static void run_one(rig_script_fn *script, unsigned int gic, unsigned int nr_vcpus)
{
	rig_run(&(struct rig_config){ .design = "kvm-aplist",
				      .gic = gic,
				      .nr_vcpus = nr_vcpus,
				      .no_timer = true },
		script);
}

/* ---- 1: an edge, the vCPU in its guest ----------------------------------- */

static void script_edge(struct rig *r)
{
	rig_spi_on(r, 40, true, 0xa0, 0);
	rig_begin(r);
	rig_entry(r, 0);
	rig_reset_counts(r);

	rig_inject(r, 0, 0, 40, true);
	rig_expect_eq(r, rig_ipis(r), 1);
	expect_locks(r, 1, 2);
	rig_exit(r, 0);
	rig_expect(r, rig_was_kicked(r, 0));
	expect_locks(r, 1, 1);
	rig_flush(r, 0);
	expect_locks(r, 1, 2);
	rig_expect(r, !irq_of(r, 0, 40)->pending);
	rig_enter(r, 0);
	rig_expect_lr(r, 0, 0, 40, "P");
	rig_expect_eq(r, rig_lr(r, 0, 0).prio, 0xa0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 1);
	rig_expect_eq(r, rig_lr(r, 0, 0).group, r->config.gic == 3);
	rig_serve(r, 0, 40);
	rig_exit(r, 0);
	expect_locks(r, 1, 2);
	rig_expect(r, !irq_of(r, 0, 40)->vcpu);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
	expect_locks(r, 2, 0);
}

/* ---- 2: a level that is still up at EOI; one that goes down before it is taken ---- */

static void script_level(struct rig *r)
{
	rig_spi_on(r, 50, false, 0, 0);
	rig_begin(r);
	rig_inject(r, 0, 0, 50, true);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 50, "PE");
	rig_serve(r, 0, 50);
	rig_expect_eq(r, rig_misr(r, 0) & GICH_MISR_EOI, GICH_MISR_EOI);
	rig_reset_counts(r);
	rig_exit(r, 0);
	expect_locks(r, 1, 2);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 50, "PE");
	rig_serve(r, 0, 50);
	rig_inject(r, 0, 0, 50, false);
	rig_expect_eq(r, rig_kicks(r), 0);
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
}

static void script_retraction(struct rig *r)
{
	rig_spi_on(r, 50, false, 0, 0);
	rig_begin(r);
	rig_inject(r, 0, 0, 50, true);
	rig_entry(r, 0);
	rig_inject(r, 0, 0, 50, false);
	rig_expect_lr(r, 0, 0, 50, "PE"); /* a snapshot until the exit */
	rig_exit(r, 0);
	rig_expect(r, !irq_of(r, 0, 50)->vcpu);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_ack(r, 0).irq, GIC_SPURIOUS);
	rig_exit(r, 0);
}

/* Pending by software stays until it is taken, whatever the line does. */
static void script_soft_level(struct rig *r)
{
	rig_spi_on(r, 50, false, 0, 0);
	rig_begin(r);
	rig_write(r, 0, RIG_GICD + 0x204, 4, 1u << 18);
	rig_inject(r, 0, 0, 50, true);
	rig_inject(r, 0, 0, 50, false);
	rig_entry(r, 0);
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 50, "PE");
	rig_ack(r, 0);
	rig_exit(r, 0);
	rig_expect(r, !irq_of(r, 0, 50)->soft_pending);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 50, "AE");
	rig_eoi(r, 0, 50, 0);
	rig_exit(r, 0);
	rig_expect(r, !irq_of(r, 0, 50)->vcpu);
}

/* ---- 3: more than the list registers hold -------------------------------- */

static void script_overflow(struct rig *r)
{
	for (uint32_t i = 0; i < 6; i++)
		rig_spi_on(r, 40 + i, true, (uint8_t)(0x30 - i * 8), 0);
	rig_begin(r);
	for (uint32_t i = 0; i < 6; i++)
		rig_inject(r, 0, 0, 40 + i, true);
	rig_reset_counts(r);
	rig_entry(r, 0);
	for (uint32_t i = 0; i < 4; i++)
		rig_expect_lr(r, 0, i, 45 - i, "P");
	rig_expect(r, rig_underflow(r, 0));
	rig_expect_eq(r, rig_counter(r, PLAT_OVERFLOWS), 1);
	rig_expect(r, rig_counter(r, PLAT_SORT_COMPARES) <= 18);
	/* depth, two a compare, four filled */
	rig_expect_eq(r, IL(r), 6 + 2 * rig_counter(r, PLAT_SORT_COMPARES) + 4);
	rig_expect_eq(r, AL(r), 1);
	for (uint32_t i = 0; i < 3; i++) {
		rig_expect_eq(r, rig_misr(r, 0) & GICH_MISR_U, 0);
		rig_serve(r, 0, 45 - i);
	}
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

static void script_overflow_active(struct rig *r)
{
	for (uint32_t i = 0; i < 6; i++)
		rig_spi_on(r, 40 + i, true, (uint8_t)(0x30 - i * 8), 0);
	rig_begin(r);
	rig_inject(r, 0, 0, 42, true);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_ack(r, 0).irq, 42);
	rig_exit(r, 0);
	for (uint32_t i = 0; i < 6; i++)
		if (i != 2)
			rig_inject(r, 0, 0, 40 + i, true);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 42, "A");
	rig_expect_lr(r, 0, 1, 45, "P");
	rig_expect_lr(r, 0, 2, 44, "P");
	rig_expect_lr(r, 0, 3, 43, "P");
	rig_exit(r, 0);
}

/* What fits is not sorted: order of arrival. Disabled ones count towards the depth. */
static void script_fits(struct rig *r)
{
	for (uint32_t i = 0; i < 5; i++)
		rig_spi_on(r, 40 + i, true, (uint8_t)(0x30 - i * 8), 0);
	rig_begin(r);
	for (uint32_t i = 0; i < 4; i++)
		rig_inject(r, 0, 0, 40 + i, true);
	rig_entry(r, 0);
	for (uint32_t i = 0; i < 4; i++)
		rig_expect_lr(r, 0, i, 40 + i, "P");
	rig_expect(r, !rig_underflow(r, 0));
	rig_expect_eq(r, rig_counter(r, PLAT_SORT_COMPARES), 0);
	rig_exit(r, 0);
	rig_inject(r, 0, 0, 44, true);
	rig_write(r, 0, RIG_GICD + 0x184, 4, 3u << 8);
	rig_entry(r, 0);
	rig_expect(r, rig_underflow(r, 0));
	rig_expect_eq(r, rig_lrs_used(r, 0), 3);
	rig_expect_lr(r, 0, 0, 44, "P");
	rig_exit(r, 0);
}

/* ---- 4: one SGI from several senders ------------------------------------- */

static void script_sgi_v2(struct rig *r)
{
	rig_begin(r);
	for (unsigned int v = 1; v < 4; v++)
		rig_sgi_from(r, v, 1, 5);
	rig_expect_eq(r, irq_of(r, 0, 5)->source, 0xe);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 3);
	for (unsigned int i = 0; i < 3; i++) {
		rig_expect_lr(r, 0, i, 5, "P");
		rig_expect_eq(r, rig_lr(r, 0, i).src, i + 1);
	}
	rig_expect_eq(r, rig_deviations(r, "one SGI in several list registers"), 1);
	rig_expect_eq(r, irq_of(r, 0, 5)->source, 0);
	for (unsigned int i = 0; i < 3; i++)
		rig_serve(r, 0, 5);
	rig_expect_eq(r, rig_ack(r, 0).irq, GIC_SPURIOUS);
	rig_reset_counts(r);
	rig_exit(r, 0);
	rig_expect(r, !rig_was_kicked(r, 0));
	rig_expect(r, !irq_of(r, 0, 5)->vcpu);
}

/* Those that the guest has not taken get their senders back; five of them are too many. */
static void script_sgi_v2_back(struct rig *r)
{
	rig_begin(r);
	for (unsigned int v = 1; v < 6; v++)
		rig_sgi_from(r, v, 1, 5);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 4);
	rig_expect(r, rig_underflow(r, 0));
	rig_expect_eq(r, irq_of(r, 0, 5)->source, 0x20);
	rig_serve(r, 0, 5);
	rig_exit(r, 0);
	rig_expect_eq(r, irq_of(r, 0, 5)->source, 0x3c);
	rig_entry(r, 0);
	for (unsigned int i = 0; i < 4; i++) {
		rig_expect_eq(r, rig_lr(r, 0, i).src, i + 2);
		rig_serve(r, 0, 5);
	}
	rig_exit(r, 0);
	rig_expect(r, !irq_of(r, 0, 5)->vcpu);
}

/* In hand from one, pending from another: the second copy's inactive state wins. */
static void script_sgi_v2_forgotten(struct rig *r)
{
	rig_begin(r);
	rig_sgi_from(r, 1, 1, 5);
	rig_sgi_from(r, 2, 1, 5);
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_exit(r, 0);
	rig_expect(r, !irq_of(r, 0, 5)->active);
	rig_expect_eq(r, rig_deviations(r, "active SGI forgotten for another sender's copy"), 1);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 1);
	rig_expect_lr(r, 0, 0, 5, "P");
	rig_expect_eq(r, rig_lr(r, 0, 0).src, 2);
	rig_exit(r, 0);
}

static void script_sgi_v2_active(struct rig *r)
{
	rig_begin(r);
	rig_sgi_from(r, 2, 1, 5);
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 5, "A");
	rig_expect_eq(r, rig_lr(r, 0, 0).src, 0);
	rig_expect_eq(r, rig_deviations(r, "active SGI reloaded without its sender"), 1);
	rig_exit(r, 0);
}

static void script_sgi_v3(struct rig *r)
{
	rig_begin(r);
	for (unsigned int v = 1; v < 4; v++)
		rig_sgi_from(r, v, 1, 5);
	rig_expect_eq(r, rig_counter(r, PLAT_COALESCED), 2);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 1);
	rig_serve(r, 0, 5);
	rig_serve(r, 0, GIC_SPURIOUS);
	rig_exit(r, 0);
}

/* ---- 5: to all but oneself ----------------------------------------------- */

static void script_broadcast(struct rig *r)
{
	rig_begin(r);
	for (unsigned int v = 1; v < 64; v++)
		rig_entry(r, v);
	rig_reset_counts(r);
	rig_sgi1r(r, 0, UINT64_C(1) << 40 | 7 << 24);
	rig_expect_eq(r, rig_kicks(r), 63);
	rig_expect_eq(r, rig_ipis(r), 63);
	expect_locks(r, 63, 126);
	for (unsigned int v = 1; v < 64; v++) {
		rig_exit(r, v);
		rig_entry(r, v);
		rig_serve(r, v, 7);
		rig_exit(r, v);
	}
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
}

/* By affinity: Aff1 chooses sixteen vCPUs, the list among them. */
static void script_affinity(struct rig *r)
{
	rig_begin(r);
	rig_sgi1r(r, 0, 1u << 16 | 0x8002 | 3 << 24);
	for (unsigned int v = 0; v < 40; v++)
		rig_expect_eq(r, irq_of(r, v, 3)->pending, v == 17 || v == 31);
	rig_sgi1r(r, 0, 9u << 16 | 0xffff | 3 << 24); /* nobody there */
	rig_expect_eq(r, rig_kicks(r), 2);
}

/* SGIR's filters on a GICv2: the list, all others, oneself. */
static void script_sgir(struct rig *r)
{
	rig_begin(r);
	rig_write(r, 1, RIG_GICD + 0xf00, 4, 0x00fd0001);
	rig_write(r, 1, RIG_GICD + 0xf00, 4, 0x01000002);
	rig_write(r, 1, RIG_GICD + 0xf00, 4, 0x02000003);
	rig_write(r, 1, RIG_GICD + 0xf00, 4, 0x03ff0004);
	for (unsigned int v = 0; v < 4; v++) {
		rig_expect_eq(r, irq_of(r, v, 1)->source, v != 1 ? 2 : 0);
		rig_expect_eq(r, irq_of(r, v, 2)->source, v != 1 ? 2 : 0);
		rig_expect_eq(r, irq_of(r, v, 3)->source, v == 1 ? 2 : 0);
		rig_expect(r, !irq_of(r, v, 4)->pending);
	}
}

/* ---- 6: another target while it is in a list register -------------------- */

static void script_retarget(struct rig *r)
{
	rig_spi_on(r, 60, true, 0, 0);
	rig_begin(r);
	rig_inject(r, 0, 0, 60, true);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 60, "P");
	rig_reset_counts(r);
	rig_retarget(r, 1, 60, 1);
	rig_expect_eq(r, rig_kicks(r), 0);
	expect_locks(r, 0, 1);
	rig_inject(r, 0, 0, 60, true);
	rig_expect_eq(r, rig_kicks(r), 0);
	rig_expect_eq(r, rig_deviations(r, "pending again while queued: nobody is kicked"), 1);
	expect_locks(r, 0, 1);
	rig_entry(r, 1);
	rig_reset_counts(r);
	rig_exit(r, 0);
	rig_expect_eq(r, rig_counter(r, PLAT_MIGRATED), 1);
	rig_expect_eq(r, rig_kicks(r), 0);
	expect_locks(r, 4, 3); /* prune, both for the move, prune again; fold, node, move */
	rig_expect_eq(r, rig_lrs_used(r, 1), 0);
	rig_exit(r, 1);
	rig_expect(r, !rig_was_kicked(r, 1));
	rig_entry(r, 1);
	rig_serve(r, 1, 60);
	rig_serve(r, 1, GIC_SPURIOUS);
	rig_exit(r, 1);
	rig_entry(r, 0);
	rig_serve(r, 0, GIC_SPURIOUS);
	rig_exit(r, 0);
}

/* Nobody has that affinity: queued nowhere, found again by the next event. */
static void script_no_target(struct rig *r)
{
	rig_spi_on(r, 60, true, 0, 0);
	rig_begin(r);
	rig_retarget(r, 0, 60, 200);
	rig_inject(r, 0, 0, 60, true);
	rig_expect(r, !irq_of(r, 0, 60)->vcpu);
	rig_retarget(r, 0, 60, 1);
	rig_expect(r, !irq_of(r, 0, 60)->vcpu);
	rig_inject(r, 0, 0, 60, true);
	rig_expect(r, irq_of(r, 0, 60)->vcpu == irq_of(r, 1, 0)->target_vcpu);
	rig_expect_eq(r, rig_counter(r, PLAT_COALESCED), 1);
}

/* ---- 8: the mapped timer ------------------------------------------------- */

static void script_timer(struct rig *r)
{
	rig_begin(r);
	rig_entry(r, 0);
	rig_exit(r, 0);
	rig_inject_self(r, 0, RIG_TIMER, true, true);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, RIG_TIMER, "PH");
	rig_expect_eq(r, rig_lr(r, 0, 0).hw_irq, RIG_TIMER);
	rig_ack(r, 0);
	rig_exit(r, 0);
	rig_inject_self(r, 0, RIG_TIMER, false, true);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, RIG_TIMER, "AH");
	rig_eoi(r, 0, RIG_TIMER, 0);
	rig_expect_eq(r, rig_misr(r, 0) & GICH_MISR_EOI, 0);
	rig_reset_counts(r);
	rig_exit(r, 0);
	expect_locks(r, 1, 2);
	rig_expect(r, !irq_of(r, 0, RIG_TIMER)->vcpu);
	rig_expect(r, !irq_of(r, 0, RIG_TIMER)->active);
}

static void step_timer_flush(struct plat_cpu *cpu, void *arg)
{
	struct rig *r = arg;

	r->design->timer_flush(r->vgic, cpu, 0);
}

static void step_put(struct plat_cpu *cpu, void *arg)
{
	struct rig *r = arg;

	r->design->put(r->vgic, cpu, 0);
}

static void step_phys(struct plat_cpu *cpu, void *arg)
{
	*(bool *)arg = plat_phys_active_get(cpu, RIG_TIMER);
}

/* How much a timer flush costs in physical accesses: 0 or one write (20 ns in the rig). */
static uint64_t phys_writes(struct rig *r)
{
	struct plat_cpu *cpu = machine_cpu(r->m, 0);
	uint64_t before = cpu_accounts(cpu)[COMP_IPI];

	rig_on(r, 0, step_timer_flush, r);
	return (cpu_accounts(cpu)[COMP_IPI] - before) / 20000;
}

static bool phys_active(struct rig *r)
{
	bool active;

	rig_on(r, 0, step_phys, &active);
	return active;
}

static void script_timer_physical(struct rig *r)
{
	rig_begin(r);
	rig_expect_eq(r, phys_writes(r), 1);
	rig_expect_eq(r, phys_writes(r), 0);
	rig_inject_self(r, 0, RIG_TIMER, true, true);
	rig_expect_eq(r, phys_writes(r), 1);
	rig_expect(r, phys_active(r));
	rig_expect_eq(r, phys_writes(r), 1); /* "active" is written each time */
	rig_inject_self(r, 0, RIG_TIMER, false, true);
	rig_expect_eq(r, phys_writes(r), 1);
	rig_expect(r, !phys_active(r));
	rig_expect_eq(r, phys_writes(r), 0);
	rig_on(r, 0, step_put, r);
	rig_expect_eq(r, phys_writes(r), 1);
}

/* The two interfaces do not take each other's interrupts. */
static void script_mapped(struct rig *r)
{
	rig_spi_on(r, 40, true, 0, 0);
	rig_begin(r);
	rig_inject_self(r, 0, RIG_TIMER, true, false);
	rig_inject_self(r, 0, 40, true, true);
	rig_expect_eq(r, rig_counter(r, PLAT_UNSUPPORTED), 2);
	rig_expect(r, !irq_of(r, 0, RIG_TIMER)->pending && !irq_of(r, 0, 40)->pending);
}

/* ---- 9: between flush and guest ------------------------------------------ */

static void script_window(struct rig *r)
{
	rig_spi_on(r, 40, true, 0, 0);
	rig_begin(r);
	rig_flush(r, 0);
	rig_inject(r, 0, 0, 40, true);
	rig_expect_eq(r, rig_kicks(r), 1);
	rig_expect_eq(r, rig_ipis(r), 0);
	rig_enter(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
	rig_expect(r, !rig_was_kicked(r, 0));
	rig_entry(r, 0);
	rig_serve(r, 0, 40);
	rig_exit(r, 0);
}

/* ---- 10: again while active ---------------------------------------------- */

static void script_again(struct rig *r)
{
	rig_spi_on(r, 40, true, 0, 0);
	rig_begin(r);
	rig_inject(r, 0, 0, 40, true);
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_reset_counts(r);
	rig_inject(r, 0, 0, 40, true);
	rig_expect_eq(r, rig_kicks(r), 0);
	rig_expect_eq(r, rig_deviations(r, "pending again while queued: nobody is kicked"), 1);
	expect_locks(r, 0, 1);
	rig_eoi(r, 0, 40, 0);
	rig_expect_eq(r, rig_ack(r, 0).irq, GIC_SPURIOUS);
	rig_exit(r, 0);
	rig_expect(r, !rig_was_kicked(r, 0));
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 40, "P");
	rig_serve(r, 0, 40);
	rig_exit(r, 0);
}

/* An exit while it is in hand: pending and active in one list register, for an edge. */
static void script_again_exit(struct rig *r)
{
	rig_spi_on(r, 40, true, 0, 0);
	rig_begin(r);
	rig_inject(r, 0, 0, 40, true);
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_inject(r, 0, 0, 40, true);
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 40, "PA");
	rig_eoi(r, 0, 40, 0);
	rig_serve(r, 0, 40);
	rig_exit(r, 0);
	rig_expect(r, !irq_of(r, 0, 40)->vcpu);
}

/* ---- 11, 12: nothing to do ----------------------------------------------- */

static void script_wfi(struct rig *r)
{
	rig_spi_on(r, 40, true, 0, 0);
	rig_begin(r);
	rig_inject(r, 0, 0, 40, true);
	rig_expect(r, rig_pending(r, 0));
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_exit(r, 0);
	rig_reset_counts(r);
	rig_expect(r, !rig_pending(r, 0));
	expect_locks(r, 1, 1);
}

static void script_idle(struct rig *r)
{
	rig_begin(r);
	for (int i = 0; i < 1000; i++) {
		rig_entry(r, 0);
		rig_exit(r, 0);
	}
	expect_locks(r, 2000, 0);
}

/* ---- 15: disabled by another vCPU ---------------------------------------- */

static void script_disable(struct rig *r)
{
	rig_spi_on(r, 60, true, 0, 0);
	rig_begin(r);
	rig_inject(r, 0, 0, 60, true);
	rig_entry(r, 0);
	rig_reset_counts(r);
	rig_write(r, 1, RIG_GICD + 0x184, 4, 1u << 28);
	rig_expect_eq(r, rig_kicks(r), 0);
	rig_expect_lr(r, 0, 0, 60, "P");
	rig_exit(r, 0);
	rig_expect(r, !irq_of(r, 0, 60)->vcpu);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
	/* it is still pending: enabling it queues it again */
	rig_write(r, 1, RIG_GICD + 0x104, 4, 1u << 28);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_ack(r, 0).irq, 60);
	rig_write(r, 1, RIG_GICD + 0x184, 4, 1u << 28);
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 60, "A");
	rig_eoi(r, 0, 60, 0);
	rig_exit(r, 0);
	rig_expect(r, !irq_of(r, 0, 60)->vcpu);
}

/* ---- 16: the distributor off and on -------------------------------------- */

static uint64_t ctlr_on(struct rig *r)
{
	return r->config.gic == 2 ? 1 : 2;
}

static void script_ctlr(struct rig *r)
{
	rig_spi_on(r, 40, true, 0, 0);
	rig_spi_on(r, 41, true, 0, 0);
	rig_begin(r);
	rig_inject(r, 0, 0, 40, true);
	rig_write(r, 0, RIG_GICD, 4, 0);
	rig_inject(r, 0, 0, 41, true);
	rig_expect_eq(r,
		      rig_deviations(r, "latched while GICD_CTLR is 0: "
					"enabling it will not queue it"),
		      1);
	rig_expect(r, !rig_pending(r, 0));
	rig_expect(r, irq_of(r, 0, 40)->vcpu && !irq_of(r, 0, 41)->vcpu);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
	rig_expect(r, !irq_of(r, 0, 40)->vcpu);
	rig_reset_counts(r);
	rig_write(r, 0, RIG_GICD, 4, ctlr_on(r));
	rig_expect_eq(r, rig_kicks(r), 0);
	expect_locks(r, r->config.nr_vcpus, 0);
	rig_expect(r, !irq_of(r, 0, 40)->vcpu && !irq_of(r, 0, 41)->vcpu);
	/* the next event that concerns it finds it */
	rig_inject(r, 0, 0, 41, true);
	rig_entry(r, 0);
	rig_serve(r, 0, 41);
	rig_serve(r, 0, GIC_SPURIOUS);
	rig_exit(r, 0);
}

/* Off and on again before the list was looked at: now there is somebody to kick. */
static void script_ctlr_kick(struct rig *r)
{
	rig_spi_on(r, 40, true, 0, 1);
	rig_begin(r);
	rig_inject(r, 0, 0, 40, true);
	rig_write(r, 0, RIG_GICD, 4, 0);
	rig_reset_counts(r);
	rig_write(r, 0, RIG_GICD, 4, ctlr_on(r));
	rig_expect_eq(r, rig_kicks(r), 1);
	rig_write(r, 0, RIG_GICD, 4, ctlr_on(r)); /* no change, no kick */
	rig_expect_eq(r, rig_kicks(r), 1);
}

/* ---- the state to begin with --------------------------------------------- */

static void script_state(struct rig *r)
{
	struct vgic_irq_state s = { .irq = 40, .enabled = true, .pending = true, .edge = true };

	r->design->set_state(r->vgic, &s); /* the distributor is still off */
	s = (struct vgic_irq_state){ .irq = 41, .enabled = true, .active = true, .target = 1 };
	r->design->set_state(r->vgic, &s);
	s = (struct vgic_irq_state){ .irq = 42, .enabled = true, .line = true, .target = 1 };
	r->design->set_state(r->vgic, &s);
	r->design->set_enabled(r->vgic, true);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 40, "P");
	rig_exit(r, 0);
	rig_entry(r, 1);
	rig_expect_lr(r, 1, 0, 41, "AE");
	rig_expect_lr(r, 1, 1, 42, "PE");
	rig_exit(r, 1);
}

static void script_refuse(struct rig *r)
{
	rig_begin(r);
	rig_expect_eq(r, r->design->inject(r->vgic, NULL, 0, 96, true, false), -1);
	rig_expect_eq(r, r->design->inject(r->vgic, NULL, 2, 32, true, false), -1);
	rig_inject(r, 0, 0, 33, false); /* the end of a pulse */
	rig_expect_eq(r, rig_counter(r, PLAT_FILTERED), 1);
}

/* ---- layout: the original's on arm64 ------------------------------------- */

static void test_layout(void **state)
{
	assert_int_equal(sizeof(struct vgic_irq), 88);
	assert_int_equal(offsetof(struct vgic_irq, irq_lock), 0);
	assert_int_equal(offsetof(struct vgic_irq, lpi_list), 8);
	assert_int_equal(offsetof(struct vgic_irq, ap_list), 24);
	assert_int_equal(offsetof(struct vgic_irq, vcpu), 40);
	assert_int_equal(offsetof(struct vgic_irq, target_vcpu), 48);
	assert_int_equal(offsetof(struct vgic_irq, intid), 56);
	assert_int_equal(offsetof(struct vgic_irq, pending), 60);
	assert_int_equal(offsetof(struct vgic_irq, line_level), 61);
	assert_int_equal(offsetof(struct vgic_irq, soft_pending), 62);
	assert_int_equal(offsetof(struct vgic_irq, active), 63);
	assert_int_equal(offsetof(struct vgic_irq, enabled), 64);
	/* used_lrs end on a line: the private ones, 2816 bytes in between, share none */
	assert_int_equal(offsetof(struct vgic_cpu, ap_list_lock) % 64, 0);
	assert_in_range(sizeof(struct vgic_v2_cpu_if), 290, 300);
	assert_in_range(sizeof(struct vgic_v3_cpu_if), 180, 190);
	/* the lock and both pointers of the list's head */
	assert_int_equal(offsetof(struct vgic_cpu, ap_list_lock) / 64,
			 (offsetof(struct vgic_cpu, ap_list_head) + 15) / 64);
}

static void script_bytes(struct rig *r)
{
	rig_expect_eq(r, rig_arena_bytes(r, PLAT_MEM_IRQ), (r->config.nr_irqs - 32) * 88);
	rig_expect_eq(r, rig_arena_bytes(r, PLAT_MEM_VCPU),
		      r->config.nr_vcpus *
			      (2816 + ((struct aplist *)r->vgic)->kernel->layout.vcpu_bytes));
	rig_expect(r, rig_arena_bytes(r, PLAT_MEM_VCPU) / r->config.nr_vcpus - 3100 < 300);
	rig_expect_eq(r, (uintptr_t)irq_of(r, 0, 33) - (uintptr_t)irq_of(r, 0, 32), 88);
}

/* ---- the list of tests --------------------------------------------------- */

#define BOTH(name, vcpus)                                                                          \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		run_both(script_##name, vcpus);                                                    \
	}
#define ONE(name, gic, vcpus)                                                                      \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		run_one(script_##name, gic, vcpus);                                                \
	}
#define TIMER(name)                                                                                \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		run_timer(script_##name);                                                          \
	}

BOTH(edge, 2)
BOTH(level, 2)
BOTH(retraction, 2)
BOTH(soft_level, 2)
BOTH(overflow, 2)
BOTH(overflow_active, 2)
BOTH(fits, 2)
ONE(sgi_v2, 2, 4)
ONE(sgi_v2_back, 2, 8)
ONE(sgi_v2_forgotten, 2, 4)
ONE(sgi_v2_active, 2, 4)
ONE(sgi_v3, 3, 4)
ONE(broadcast, 3, 64)
ONE(affinity, 3, 40)
ONE(sgir, 2, 4)
BOTH(retarget, 2)
ONE(no_target, 3, 2)
TIMER(timer)
TIMER(timer_physical)
TIMER(mapped)
BOTH(window, 2)
BOTH(again, 2)
BOTH(again_exit, 2)
BOTH(wfi, 2)
BOTH(idle, 2)
BOTH(disable, 2)
BOTH(ctlr, 2)
BOTH(ctlr_kick, 2)
BOTH(state, 2)
BOTH(refuse, 2)
BOTH(bytes, 2)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),	       cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_edge),	       cmocka_unit_test(test_level),
		cmocka_unit_test(test_retraction),     cmocka_unit_test(test_soft_level),
		cmocka_unit_test(test_overflow),       cmocka_unit_test(test_overflow_active),
		cmocka_unit_test(test_fits),	       cmocka_unit_test(test_sgi_v2),
		cmocka_unit_test(test_sgi_v2_back),    cmocka_unit_test(test_sgi_v2_forgotten),
		cmocka_unit_test(test_sgi_v2_active),  cmocka_unit_test(test_sgi_v3),
		cmocka_unit_test(test_broadcast),      cmocka_unit_test(test_affinity),
		cmocka_unit_test(test_sgir),	       cmocka_unit_test(test_retarget),
		cmocka_unit_test(test_no_target),      cmocka_unit_test(test_timer),
		cmocka_unit_test(test_timer_physical), cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_window),	       cmocka_unit_test(test_again),
		cmocka_unit_test(test_again_exit),     cmocka_unit_test(test_wfi),
		cmocka_unit_test(test_idle),	       cmocka_unit_test(test_disable),
		cmocka_unit_test(test_ctlr),	       cmocka_unit_test(test_ctlr_kick),
		cmocka_unit_test(test_state),	       cmocka_unit_test(test_refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
