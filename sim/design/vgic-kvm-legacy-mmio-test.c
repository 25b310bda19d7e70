// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each register of kvm-legacy's frames: what reads and writes do, at which width,
 * and what lies beyond the last interrupt. 96 interrupts unless said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "design-test.h"
#include "vgic-kvm-legacy.h"

#define DL	    "dist->lock"
#define D(off)	    (RIG_GICD + (off))
#define R(v, off)   (RIG_GICR + (uint64_t)(v)*0x20000 + (off))
#define SGI(v, off) R(v, 0x10000 + (off))

static struct rig_config gicv2(unsigned int vcpus)
{
	return (struct rig_config){ .design = "kvm-legacy", .gic = 2, .nr_vcpus = vcpus };
}

static struct rig_config gicv3(unsigned int vcpus)
{
	return (struct rig_config){ .design = "kvm-legacy", .gic = 3, .nr_vcpus = vcpus };
}

static void run_both(unsigned int vcpus, rig_script_fn *script)
{
	struct rig_config c = gicv2(vcpus);

	rig_run(&c, script);
	c = gicv3(vcpus);
	rig_run(&c, script);
}

/* A register at every width: the bytes of @want, and writes that must not change it. */
static void expect_constant(struct rig *r, unsigned int v, uint64_t gpa, uint32_t want)
{
	rig_expect_eq(r, rig_read(r, v, gpa, 4), want);
	for (unsigned int i = 0; i < 4; i++)
		rig_expect_eq(r, rig_read(r, v, gpa + i, 1), want >> 8 * i & 0xff);
	rig_expect_eq(r, rig_read(r, v, gpa, 2), want & 0xffff);
	rig_expect_eq(r, rig_read(r, v, gpa + 2, 2), want >> 16);
	rig_write(r, v, gpa, 4, 0);
	rig_write(r, v, gpa, 4, UINT32_MAX);
	rig_write(r, v, gpa + 1, 1, 0x5a);
	rig_expect_eq(r, rig_read(r, v, gpa, 4), want);
}

/* ---- identification and control ---------------------------------------------------- */

static void script_ids_v2(struct rig *r)
{
	rig_expect_eq(r, rig_read(r, 0, D(0), 4), 0);
	rig_write(r, 0, D(0), 4, 0xffffffff);
	rig_expect_eq(r, rig_read(r, 1, D(0), 4), 1);
	rig_write(r, 0, D(0), 1, 0);
	rig_expect_eq(r, rig_read(r, 1, D(0), 4), 0);
	expect_constant(r, 0, D(4), 1 << 5 | 2);
	expect_constant(r, 0, D(8), 'K' << 24 | 0x43b);
	/* Group registers: read as zero; 96 interrupts have three of them. */
	for (unsigned int i = 0; i < 4; i++)
		expect_constant(r, 0, D(0x80 + 4 * i), 0);
}

static void script_ids_v3(struct rig *r)
{
	const uint32_t fixed = 1 << 6 | 1 << 4;

	rig_expect_eq(r, rig_read(r, 0, D(0), 4), fixed);
	rig_write(r, 0, D(0), 4, 2);
	rig_expect_eq(r, rig_read(r, 0, D(0), 4), fixed | 2);
	rig_write(r, 0, D(0), 4, 1);
	rig_expect_eq(r, rig_read(r, 0, D(0), 4), fixed);
	rig_expect_eq(r, rig_deviations(r, "Group 0 cannot be enabled"), 1);
	expect_constant(r, 0, D(4), 9 << 19 | 1 << 5 | 2);
	expect_constant(r, 0, D(8), 'K' << 24 | 0x43b);
	expect_constant(r, 0, D(0xffe8), 0x3b);
	expect_constant(r, 0, D(0xffd0), 0);
	for (unsigned int i = 0; i < 3; i++)
		expect_constant(r, 0, D(0x80 + 4 * i), UINT32_MAX);
	/* Beyond the last interrupt even read-as-one registers are zero. */
	expect_constant(r, 0, D(0x80 + 12), 0);
	const uint32_t zero[] = { 0x10,	 0x40,	0x48,  0x50,  0x58,  0x800,
				  0x820, 0xd00, 0xe00, 0xf00, 0xf10, 0xf20 };
	for (unsigned int i = 0; i < sizeof(zero) / sizeof(zero[0]); i++)
		expect_constant(r, 0, D(zero[i]), 0);
	/* Private interrupts are not in the distributor. */
	const uint32_t private[] = { 0x100, 0x180, 0x200, 0x280, 0x300,	 0x380,
				     0x400, 0x41c, 0xc00, 0xc04, 0x6000, 0x60f8 };
	for (unsigned int i = 0; i < sizeof(private) / sizeof(private[0]); i++)
		expect_constant(r, 0, D(private[i]), 0);
}

static void script_redist(struct rig *r)
{
	for (unsigned int v = 0; v < 3; v++) {
		uint64_t affinity = v == 2 ? UINT64_C(2) << 32 : (uint64_t)v << 32;

		expect_constant(r, 0, R(v, 0), 0);
		expect_constant(r, 0, R(v, 4), 'K' << 24 | 0x43b);
		rig_expect_eq(r, rig_read(r, 0, R(v, 8), 8), affinity | v << 8 | (v == 2) << 4);
		rig_expect_eq(r, rig_read(r, 0, R(v, 12), 4), v);
		expect_constant(r, 0, R(v, 0x14), 0);
		expect_constant(r, 0, R(v, 0xffe8), 0x3b);
		expect_constant(r, 0, SGI(v, 0x80), UINT32_MAX);
		expect_constant(r, 0, SGI(v, 0xd00), 0);
		expect_constant(r, 0, SGI(v, 0xe00), 0);
	}
	/* Registers belong to the redistributor's vCPU, whoever writes. */
	rig_expect_eq(r, rig_read(r, 0, SGI(2, 0x100), 4), 0xffff);
	rig_write(r, 0, SGI(2, 0x100), 4, 1u << 27);
	rig_expect_eq(r, rig_read(r, 2, SGI(2, 0x100), 4), 0xffff | 1u << 27);
	rig_expect_eq(r, rig_read(r, 2, SGI(2, 0x180), 4), 0xffff | 1u << 27);
	rig_expect_eq(r, rig_read(r, 0, SGI(0, 0x100), 4), 0xffff);
	rig_write(r, 0, SGI(2, 0x41b), 1, 0xa8);
	rig_expect_eq(r, rig_read(r, 1, SGI(2, 0x418), 4), 0xa8000000);
	rig_expect_eq(r, rig_read(r, 1, SGI(1, 0x418), 4), 0);
	rig_write(r, 1, SGI(1, 0x300), 4, 1u << 20);
	rig_expect_eq(r, rig_read(r, 0, SGI(1, 0x380), 4), 1u << 20);
	rig_expect_eq(r, rig_read(r, 0, SGI(0, 0x380), 4), 0);
	/* SGIs edge, PPIs level, and that stays so. */
	expect_constant(r, 0, SGI(1, 0xc00), 0xaaaaaaaa);
	expect_constant(r, 0, SGI(1, 0xc04), 0);
}

static void identification(void **state)
{
	struct rig_config c = gicv2(2);

	rig_run(&c, script_ids_v2);
	c = gicv3(2);
	rig_run(&c, script_ids_v3);
	c = gicv3(3);
	rig_run(&c, script_redist);
}

/* ---- enables --------------------------------------------------------------------------- */

static void script_enable(struct rig *r)
{
	uint32_t i;

	rig_reset_counts(r);
	rig_write(r, 0, D(0x104), 4, 0x80000001);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect_eq(r, rig_counter(r, PLAT_UPDATE_STATE), 1);
	rig_expect_eq(r, rig_read(r, 0, D(0x104), 4), 0x80000001);
	rig_expect_eq(r, rig_read(r, 0, D(0x184), 4), 0x80000001);
	/* Zeros change nothing, bytes and halfwords go where they belong. */
	rig_write(r, 0, D(0x104), 4, 0);
	rig_write(r, 0, D(0x105), 1, 0xff);
	rig_write(r, 0, D(0x10a), 2, 0x8001);
	rig_expect_eq(r, rig_read(r, 1, D(0x104), 4), 0x8000ff01);
	rig_expect_eq(r, rig_read(r, 1, D(0x106), 2), 0x8000);
	rig_expect_eq(r, rig_read(r, 1, D(0x108), 4), 0x80010000);
	rig_write(r, 0, D(0x185), 1, 0x0f);
	rig_expect_eq(r, rig_read(r, 1, D(0x184), 4), 0x8000f001);
	/* As two words, the upper one first. */
	rig_expect_eq(r, rig_read(r, 1, D(0x104), 8), UINT64_C(0x800100008000f001));
	rig_reset_counts(r);
	rig_write(r, 0, D(0x184), 8, UINT64_MAX);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect_eq(r, rig_counter(r, PLAT_UPDATE_STATE), 2);
	rig_expect_eq(r, rig_read(r, 1, D(0x104), 8), 0);
	/* Beyond the last interrupt: 96 and up. Handled, without effect. */
	for (i = 0x10c; i < 0x180; i += 4)
		expect_constant(r, 0, D(i), 0);
	rig_reset_counts(r);
	rig_write(r, 0, D(0x10c), 4, UINT32_MAX);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect_eq(r, rig_counter(r, PLAT_UPDATE_STATE), 0);
}

static void script_enable_sgi(struct rig *r)
{
	uint64_t set = r->config.gic == 2 ? D(0x100) : SGI(1, 0x100);

	rig_expect_eq(r, rig_read(r, 1, set, 4), 0xffff);
	rig_write(r, 1, set, 4, 0x08000000);
	rig_write(r, 1, set + 0x80, 4, 0xffffffff);
	rig_expect_eq(r, rig_read(r, 1, set, 4), 0xffff);
	rig_expect_eq(r, rig_deviations(r, "SGIs cannot be disabled"), 1);
	rig_write(r, 1, set, 4, 0x08000000);
	rig_expect_eq(r, rig_read(r, 1, set, 4), 0x0800ffff);
	/* The other vCPU's are others. */
	rig_expect_eq(r, rig_read(r, 0, r->config.gic == 2 ? D(0x100) : SGI(0, 0x100), 4), 0xffff);
}

static void enables(void **state)
{
	run_both(2, script_enable);
	run_both(2, script_enable_sgi);
}

/* ---- pending --------------------------------------------------------------------------------- */

static void script_pending(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	rig_write(r, 0, D(0xc08), 4, 2); /* 32 edge, 33 and up level */
	rig_write(r, 0, D(0x104), 4, 7);
	rig_write(r, 0, D(0x204), 4, 3);
	rig_expect_eq(r, rig_read(r, 0, D(0x204), 4), 3);
	rig_expect_eq(r, rig_read(r, 0, D(0x284), 4), 3);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 32, "P");
	rig_expect_lr(r, 0, 1, 33, "PE");
	/* What a list register holds of an edge is not seen in the register. */
	rig_exit(r, 0);
	rig_expect_eq(r, rig_read(r, 0, D(0x204), 4), 2);
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_eoi(r, 0, 32, 0);
	rig_ack(r, 0);
	rig_eoi(r, 0, 33, 0);
	rig_exit(r, 0);
	rig_expect_eq(r, rig_read(r, 0, D(0x204), 4), 0);
	/* A level line cannot be cleared away, what software pended can. */
	rig_inject(r, 0, 0, 34, true);
	rig_write(r, 0, D(0x204), 4, 2);
	rig_expect_eq(r, rig_read(r, 0, D(0x204), 4), 6);
	rig_write(r, 0, D(0x284), 4, 7);
	rig_expect_eq(r, rig_read(r, 0, D(0x204), 4), 4);
	/* A line that goes low leaves what software pended. */
	rig_write(r, 0, D(0x204), 4, 4);
	rig_inject(r, 0, 0, 34, false);
	rig_expect_eq(r, rig_read(r, 0, D(0x204), 4), 4);
	rig_write(r, 0, D(0x284), 4, 4);
	rig_expect_eq(r, rig_read(r, 0, D(0x204), 4), 0);
	expect_constant(r, 0, D(0x20c), 0);
	expect_constant(r, 0, D(0x28c), 0);
}

/* SGIs by ISPENDR: real on a GICv3, without a source on a GICv2. */
static void script_pending_sgi(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	rig_write(r, 0, r->config.gic == 2 ? D(0x200) : SGI(0, 0x200), 4, 1u << 3);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), r->config.gic == 3);
	if (r->config.gic == 3)
		rig_expect_lr(r, 0, 0, 3, "P");
	rig_exit(r, 0);
	rig_expect_eq(r, rig_deviations(r, "a GICv2 SGI's pending bit was written"),
		      r->config.gic == 2);
}

static void pending(void **state)
{
	run_both(1, script_pending);
	run_both(1, script_pending_sgi);
}

/* ---- configuration and priority
 * ------------------------------------------------------------------ */

static void script_config(struct rig *r)
{
	struct legacy_vgic *d = r->vgic;

	/* SPIs are level at reset; only the upper bit of each pair counts. */
	for (uint32_t off = 0xc08; off < 0xc18; off += 4)
		rig_expect_eq(r, rig_read(r, 0, D(off), 4), 0);
	rig_write(r, 0, D(0xc08), 4, 0xffffffff);
	rig_expect_eq(r, rig_read(r, 0, D(0xc08), 4), 0xaaaaaaaa);
	rig_write(r, 0, D(0xc0c), 4, 0x00000008);
	rig_expect_eq(r, rig_read(r, 0, D(0xc0c), 4), 0x00000008);
	rig_expect(r, lgc_peek(d, &d->irq_cfg, 0, 49));
	rig_expect(r, !lgc_peek(d, &d->irq_cfg, 0, 50));
	rig_write(r, 0, D(0xc09), 1, 0);
	rig_expect_eq(r, rig_read(r, 0, D(0xc08), 4), 0xaaaa00aa);
	rig_expect_eq(r, rig_read(r, 0, D(0xc0a), 2), 0xaaaa);
	/* 80 … 95 in the last one, then nothing. */
	rig_write(r, 0, D(0xc14), 4, 0x80000000);
	rig_expect_eq(r, rig_read(r, 0, D(0xc14), 4), 0x80000000);
	expect_constant(r, 0, D(0xc18), 0);
	rig_reset_counts(r);
	rig_write(r, 0, D(0xc08), 4, 0);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect_eq(r, rig_counter(r, PLAT_UPDATE_STATE), 0);
	if (r->config.gic == 2) {
		expect_constant(r, 0, D(0xc00), 0xaaaaaaaa);
		expect_constant(r, 0, D(0xc04), 0);
	}
}

static void script_priority(struct rig *r)
{
	rig_write(r, 0, D(0x420), 4, 0x80a0b0ff);
	rig_expect_eq(r, rig_read(r, 0, D(0x420), 4), 0x80a0b0ff);
	rig_write(r, 0, D(0x421), 1, 0x11);
	rig_expect_eq(r, rig_read(r, 0, D(0x420), 4), 0x80a011ff);
	rig_expect_eq(r, rig_read(r, 0, D(0x423), 1), 0x80);
	rig_expect_eq(r, rig_read(r, 0, D(0x422), 2), 0x80a0);
	rig_write(r, 0, D(0x45c), 4, 0x01020304);
	rig_expect_eq(r, rig_read(r, 0, D(0x45c), 4), 0x01020304);
	expect_constant(r, 0, D(0x460), 0);
	if (r->config.gic == 3)
		return;
	/* Banked: each vCPU its own. */
	rig_write(r, 0, D(0x418), 4, 0xff);
	rig_expect_eq(r, rig_read(r, 0, D(0x418), 4), 0xff);
	rig_expect_eq(r, rig_read(r, 1, D(0x418), 4), 0);
}

static void config_priority(void **state)
{
	run_both(2, script_config);
	run_both(2, script_priority);
}

/* ---- targets and routes
 * ------------------------------------------------------------------------------ */

static unsigned int targets_of(struct rig *r, uint32_t irq)
{
	struct legacy_vgic *d = r->vgic;
	unsigned int mask = 0;

	for (unsigned int v = 0; v < r->config.nr_vcpus; v++)
		mask |= (unsigned int)lgc_peek(d, &d->spi_target[v], v, irq) << v;
	return mask;
}

static void script_targets(struct rig *r)
{
	for (unsigned int v = 0; v < 4; v++) {
		expect_constant(r, v, D(0x800), 0x01010101u << v);
		expect_constant(r, v, D(0x81c), 0x01010101u << v);
	}
	rig_expect_eq(r, rig_read(r, 0, D(0x820), 4), 0x01010101);
	rig_reset_counts(r);
	rig_write(r, 0, D(0x820), 4, 0x0c000402);
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect_eq(r, rig_counter(r, PLAT_UPDATE_STATE), 1);
	/* The lowest bit; vCPU 0 without one. */
	rig_expect_eq(r, rig_read(r, 1, D(0x820), 4), 0x04010402);
	rig_expect_eq(r, targets_of(r, 32), 2);
	rig_expect_eq(r, targets_of(r, 33), 4);
	rig_expect_eq(r, targets_of(r, 34), 1);
	rig_expect_eq(r, targets_of(r, 35), 4);
	rig_write(r, 0, D(0x823), 1, 8);
	rig_expect_eq(r, rig_read(r, 1, D(0x823), 1), 8);
	rig_expect_eq(r, targets_of(r, 35), 8);
	rig_expect_eq(r, rig_read(r, 1, D(0x822), 2), 0x0801);
	expect_constant(r, 0, D(0x860), 0);
	/* A vCPU that is not there: routed to nobody, and injection does not fall over. */
	rig_write(r, 0, D(0x824), 1, 0x80);
	rig_expect_eq(r, targets_of(r, 36), 0);
	rig_write(r, 0, D(0), 4, 1);
	rig_write(r, 0, D(0x104), 4, 0x10);
	rig_reset_counts(r);
	rig_inject(r, 0, 0, 36, true);
	rig_expect_eq(r, rig_kicks(r), 0);
}

/* More vCPUs than the original could have: an SPI goes where it was routed to. */
static void script_routes_many(struct rig *r)
{
	struct legacy_vgic *d = r->vgic;

	rig_write(r, 0, D(0), 4, 2);
	rig_write(r, 0, D(0x104), 4, 1u << 8);
	rig_write(r, 0, D(0x6000 + 8 * 40), 4, 0x120b); /* vCPU 299 is Aff1 18, Aff0 11 */
	rig_expect_eq(r, lgc_spi_cpu(d, 8), 299);
	rig_inject(r, 0, 0, 40, true);
	rig_entry(r, 43); /* 299 less 256 */
	rig_expect_lr(r, 43, 0, 40, "");
	rig_entry(r, 299);
	rig_expect_lr(r, 299, 0, 40, "PE");
	rig_write(r, 0, D(0x6000 + 8 * 41), 4, 0x0f0f); /* 255, not nobody */
	rig_expect_eq(r, lgc_spi_cpu(d, 9), 255);
	rig_write(r, 0, D(0x6000 + 8 * 41), 4, 0xff00);
	rig_expect(r, lgc_spi_cpu(d, 9) >= 300);
}

static void script_routes(struct rig *r)
{
	struct legacy_vgic *d = r->vgic;

	/* vCPU 17 is Aff1 1, Aff0 1. Values read back as written. */
	rig_expect_eq(r, rig_read(r, 0, D(0x6000 + 8 * 40), 8), 0);
	rig_expect_eq(r, d->spi_cpu[8], 0);
	rig_reset_counts(r);
	rig_write(r, 0, D(0x6000 + 8 * 40), 8, UINT64_C(0x500000101));
	rig_expect_eq(r, rig_locks(r, DL), 1);
	rig_expect_eq(r, rig_counter(r, PLAT_UPDATE_STATE), 1);
	rig_expect_eq(r, rig_read(r, 0, D(0x6000 + 8 * 40), 8), 0x101);
	expect_constant(r, 0, D(0x6004 + 8 * 40), 0);
	rig_expect_eq(r, d->spi_cpu[8], 17);
	rig_expect(r, lgc_peek(d, &d->spi_target[17], 17, 40));
	rig_expect(r, !lgc_peek(d, &d->spi_target[0], 0, 40));
	rig_write(r, 0, D(0x6000 + 8 * 40), 4, 3);
	rig_expect_eq(r, d->spi_cpu[8], 3);
	rig_expect(r, !lgc_peek(d, &d->spi_target[17], 17, 40));
	/* Nobody has this affinity. */
	rig_write(r, 0, D(0x6000 + 8 * 40), 4, 0x0c00);
	rig_expect_eq(r, rig_read(r, 0, D(0x6000 + 8 * 40), 4), 0x0c00);
	rig_expect_eq(r, d->spi_cpu[8], LGC_NO_TARGET);
	rig_write(r, 0, D(0x104), 4, 1u << 8);
	rig_write(r, 0, D(0), 4, 2);
	rig_reset_counts(r);
	rig_inject(r, 0, 0, 40, true);
	rig_expect_eq(r, rig_kicks(r), 0);
	/* Found again once it is routed. */
	rig_write(r, 0, D(0x6000 + 8 * 40), 4, 2);
	rig_entry(r, 2);
	rig_expect_lr(r, 2, 0, 40, "PE");
	rig_write(r, 0, D(0x6000 + 8 * 41), 4, 1u << 31);
	rig_expect_eq(r, rig_deviations(r, "routing to any vCPU is not there"), 1);
	/* 95 is the last. */
	rig_write(r, 0, D(0x6000 + 8 * 95), 8, 1);
	rig_expect_eq(r, d->spi_cpu[63], 1);
	expect_constant(r, 0, D(0x6000 + 8 * 96), 0);
	expect_constant(r, 0, D(0x6000 + 8 * 127), 0);
}

static void targets_routes(void **state)
{
	struct rig_config c = gicv2(4);

	rig_run(&c, script_targets);
	c = gicv3(20);
	rig_run(&c, script_routes);
	c = gicv3(300);
	rig_run(&c, script_routes_many);
}

/* ---- SGIs
 * -----------------------------------------------------------------------------------------------
 */

static uint32_t sgi_sources(struct rig *r, unsigned int v, unsigned int sgi)
{
	return (uint32_t)rig_read(r, v, D(0xf20 + sgi), 1);
}

static void script_sgir(struct rig *r)
{
	rig_expect_eq(r, rig_read(r, 0, D(0xf00), 4), 0);
	/* To a list, to all but oneself, to oneself; the fourth mode is reserved. */
	rig_write(r, 1, D(0xf00), 4, 0x00050002);
	rig_expect_eq(r, sgi_sources(r, 0, 2), 2);
	rig_expect_eq(r, sgi_sources(r, 1, 2), 0);
	rig_expect_eq(r, sgi_sources(r, 2, 2), 2);
	rig_write(r, 2, D(0xf00), 4, 0x01000003);
	for (unsigned int v = 0; v < 4; v++)
		rig_expect_eq(r, sgi_sources(r, v, 3), v == 2 ? 0 : 4);
	rig_write(r, 3, D(0xf00), 4, 0x02000004);
	for (unsigned int v = 0; v < 4; v++)
		rig_expect_eq(r, sgi_sources(r, v, 4), v == 3 ? 8 : 0);
	rig_write(r, 3, D(0xf00), 4, 0x03ff0005);
	rig_write(r, 3, D(0xf00), 4, 0x00000005);
	for (unsigned int v = 0; v < 4; v++)
		rig_expect_eq(r, sgi_sources(r, v, 5), 0);
}

static void script_sgi_bytes(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	rig_write(r, 0, D(0xf24), 4, 0x00000300);
	rig_expect_eq(r, rig_read(r, 0, D(0xf24), 4), 0x300);
	rig_expect_eq(r, rig_read(r, 0, D(0xf14), 4), 0x300);
	rig_expect_eq(r, rig_read(r, 1, D(0xf24), 4), 0);
	/* Known quirk: the source is there, the SGI does not become pending. */
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
	/* A real one brings it along. */
	rig_write(r, 2, D(0xf00), 4, 0x00010005);
	rig_write(r, 0, D(0xf15), 1, 1);
	rig_expect_eq(r, rig_read(r, 0, D(0xf24), 4), 0x600);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 2);
	rig_expect_eq(r, rig_lr(r, 0, 0).src, 1);
	rig_expect_eq(r, rig_lr(r, 0, 1).src, 2);
	/* The table is recomputed only when a byte has changed. */
	rig_exit(r, 0);
	rig_reset_counts(r);
	rig_write(r, 0, D(0xf14), 4, 0xff);
	rig_expect_eq(r, rig_counter(r, PLAT_UPDATE_STATE), 0);
}

static uint64_t sgi1r(unsigned int aff1, unsigned int list, unsigned int sgi)
{
	return (uint64_t)aff1 << 16 | (uint64_t)sgi << 24 | list;
}

static void script_sgi1r(struct rig *r)
{
	struct legacy_vgic *d = r->vgic;
	enum vgic_handled rc;

	/* vCPUs 16 … 19 are cluster 1. */
	rig_sgi1r(r, 0, sgi1r(1, 0x5, 7));
	for (unsigned int v = 0; v < 20; v++)
		rig_expect_eq(r, lgc_peek(d, &d->irq_pending, v, 7), v == 16 || v == 18);
	rig_reset_counts(r);
	rig_sgi1r(r, 0, sgi1r(2, 0xffff, 7));
	rig_sgi1r(r, 0, sgi1r(1, 0xfff0, 7));
	rig_expect_eq(r, rig_counter(r, PLAT_UPDATE_STATE), 0);
	rig_sgi1r(r, 3, UINT64_C(1) << 40 | sgi1r(0, 0, 8));
	for (unsigned int v = 0; v < 20; v++)
		rig_expect_eq(r, lgc_peek(d, &d->irq_pending, v, 8), v != 3);
	rc = r->design->sysreg_write(r->vgic, machine_cpu(r->m, 0), 0, SYSREG_ICC_SGI0R_EL1, 1);
	rig_expect_eq(r, rc, VGIC_NOT_MINE);
}

static void sgis(void **state)
{
	struct rig_config c = gicv2(4);

	rig_run(&c, script_sgir);
	rig_run(&c, script_sgi_bytes);
	c = gicv3(20);
	rig_run(&c, script_sgi1r);
}

/* ---- where nothing is
 * ---------------------------------------------------------------------------------------- */

static void script_nowhere(struct rig *r)
{
	uint64_t val = 0;
	uint64_t end = r->config.gic == 2 ? RIG_GICD + 0x1000 : RIG_GICD + 0x10000;

	rig_expect_eq(r, rig_mmio(r, 0, false, RIG_GICD - 4, 4, &val), VGIC_NOT_MINE);
	rig_expect_eq(r, rig_mmio(r, 0, false, end, 4, &val), VGIC_NOT_MINE);
	rig_expect_eq(r, rig_mmio(r, 0, true, end - 2, 4, &val), VGIC_NOT_MINE);
	/* In the frame but in no range, or across a range's end: nobody's. */
	rig_reset_counts(r);
	rig_expect_eq(r, rig_mmio(r, 0, true, D(0xf40), 4, &val), VGIC_NOT_MINE);
	rig_expect_eq(r, rig_mmio(r, 0, false, D(0x7e), 4, &val), VGIC_NOT_MINE);
	rig_expect_eq(r, rig_mmio(r, 0, false, D(0xbfe), 4, &val), VGIC_NOT_MINE);
	rig_expect_eq(r, rig_counter(r, PLAT_UNSUPPORTED), 3);
	rig_expect_eq(r, rig_locks(r, DL), 0);
	rig_expect_eq(r, r->design->inject(r->vgic, machine_cpu(r->m, 0), 0, 96, true, false), -1);
	if (r->config.gic == 3) {
		val = RIG_GICR + 2 * 0x20000;
		rig_expect_eq(r, rig_mmio(r, 0, false, val, 4, &val), VGIC_NOT_MINE);
	}
}

static void nowhere(void **state)
{
	run_both(2, script_nowhere);
}

/* The tables are as long as the originals', and hits lie where they lay. */
static void tables(void **state)
{
	unsigned int n;

	for (n = 0; lgc_v2_dist_ranges[n].len; n++)
		;
	assert_int_equal(n, 14);
	assert_int_equal(lgc_v2_dist_ranges[3 - 1].base, 0x100);
	assert_int_equal(lgc_v2_dist_ranges[5 - 1].base, 0x200);
	assert_int_equal(lgc_v2_dist_ranges[8 - 1].base, 0x380);
	assert_int_equal(lgc_v2_dist_ranges[9 - 1].base, 0x400);
	assert_int_equal(lgc_v2_dist_ranges[12 - 1].base, 0xf00);
	assert_int_equal(lgc_v2_dist_ranges[14 - 1].base, 0xf20);
	for (n = 0; lgc_v3_dist_ranges[n].len; n++)
		;
	assert_int_equal(n, 25);
	assert_int_equal(lgc_v3_dist_ranges[10 - 1].base, 0x100);
	assert_int_equal(lgc_v3_dist_ranges[12 - 1].base, 0x200);
	assert_int_equal(lgc_v3_dist_ranges[16 - 1].base, 0x400);
	assert_int_equal(lgc_v3_dist_ranges[18 - 1].base, 0xc00);
	assert_int_equal(lgc_v3_dist_ranges[24 - 1].base, 0x6000);
	assert_int_equal(lgc_v3_dist_ranges[25 - 1].base, 0xffd0);
	for (n = 0; lgc_v3_redist_ranges[n].len; n++)
		;
	assert_int_equal(n, 16);
	assert_int_equal(lgc_v3_redist_ranges[2 - 1].base, 0x8);
	assert_int_equal(lgc_v3_redist_ranges[7 - 1].base, 0x10100);
	assert_int_equal(lgc_v3_redist_ranges[9 - 1].base, 0x10200);
	assert_int_equal(lgc_v3_redist_ranges[13 - 1].base, 0x10400);
	assert_int_equal(lgc_v3_redist_ranges[14 - 1].base, 0x10c00);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identification), cmocka_unit_test(enables),
		cmocka_unit_test(pending),	  cmocka_unit_test(config_priority),
		cmocka_unit_test(targets_routes), cmocka_unit_test(sgis),
		cmocka_unit_test(nowhere),	  cmocka_unit_test(tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
