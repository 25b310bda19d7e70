// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-aplist: every register of the tables of Linux 4.8, its reset value, what a
 * write does, which widths it takes, and where the INTIDs end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aplist.h"
#include "design-test.h"

#define NR_IRQS 96u /* INTIDs 0 … 95: words 0, 1, 2 */

static uint64_t gicd_r(struct rig *r, uint32_t off, unsigned int len)
{
	return rig_read(r, 0, RIG_GICD + off, len);
}

static void gicd_w(struct rig *r, uint32_t off, unsigned int len, uint64_t val)
{
	rig_write(r, 0, RIG_GICD + off, len, val);
}

/* vCPU @v's redistributor, as vCPU 0 accesses it. */
static uint64_t gicr_r(struct rig *r, unsigned int v, uint32_t off, unsigned int len)
{
	return rig_read(r, 0, RIG_GICR + v * 0x20000 + off, len);
}

static void gicr_w(struct rig *r, unsigned int v, uint32_t off, unsigned int len, uint64_t val)
{
	rig_write(r, 0, RIG_GICR + v * 0x20000 + off, len, val);
}

static struct vgic_irq *irq_of(struct rig *r, unsigned int v, uint32_t irq)
{
	struct aplist *g = r->vgic;

	return irq < 32 ? aplist_private_irq(g, g->vcpus[v], irq) : aplist_spi(g, irq - 32);
}

/* Only aligned accesses of the widths in @widths (a mask of 1, 2, 4, 8) see @want. */
static void expect_widths(struct rig *r, uint64_t gpa, unsigned int widths, uint64_t want)
{
	for (unsigned int len = 1; len <= 8; len *= 2) {
		uint64_t mask = len == 8 ? UINT64_MAX : (UINT64_C(1) << len * 8) - 1;

		rig_expect_eq(r, rig_read(r, 0, gpa, len), widths & len ? want & mask : 0);
		if (len > 1)
			rig_expect_eq(r, rig_read(r, 0, gpa + 1, len), 0);
	}
}

/* ---- one bit an INTID: the same on both, at @base for word 1 (INTIDs 32 … 63) ---- */

static void check_enable(struct rig *r)
{
	rig_expect_eq(r, gicd_r(r, 0x104, 4), 0);
	gicd_w(r, 0x104, 4, 0x80000101);
	rig_expect_eq(r, gicd_r(r, 0x104, 4), 0x80000101);
	rig_expect_eq(r, gicd_r(r, 0x184, 4), 0x80000101);
	gicd_w(r, 0x184, 4, 0x101);
	rig_expect_eq(r, gicd_r(r, 0x104, 4), 0x80000000);
	gicd_w(r, 0x104, 1, 0xff); /* wrong width */
	gicd_w(r, 0x104, 8, 0xff);
	gicd_w(r, 0x106, 4, 0xff); /* not aligned */
	rig_expect_eq(r, gicd_r(r, 0x104, 4), 0x80000000);
	expect_widths(r, RIG_GICD + 0x104, 4, 0x80000000);
	gicd_w(r, 0x184, 4, ~UINT64_C(0));
	/* the last word there is, and the first there is not */
	gicd_w(r, 0x108, 4, 0x80000001);
	rig_expect_eq(r, gicd_r(r, 0x108, 4), 0x80000001);
	gicd_w(r, 0x10c, 4, 0xffffffff);
	rig_expect_eq(r, gicd_r(r, 0x10c, 4), 0);
	gicd_w(r, 0x188, 4, ~UINT64_C(0));
}

static void check_pending(struct rig *r)
{
	irq_of(r, 0, 40)->config = VGIC_CONFIG_LEVEL;
	gicd_w(r, 0x204, 4, 3u << 8); /* 40 level, 41 edge */
	rig_expect_eq(r, gicd_r(r, 0x204, 4), 3u << 8);
	rig_expect_eq(r, gicd_r(r, 0x284, 4), 3u << 8);
	rig_expect(r, irq_of(r, 0, 40)->soft_pending);
	rig_expect(r, !irq_of(r, 0, 41)->soft_pending);
	rig_inject(r, 0, 0, 40, true);
	gicd_w(r, 0x284, 4, 3u << 8);
	rig_expect_eq(r, gicd_r(r, 0x204, 4), 1u << 8); /* its line is up */
	rig_inject(r, 0, 0, 40, false);
	rig_expect_eq(r, gicd_r(r, 0x204, 4), 0);
	gicd_w(r, 0x204, 4, 1u << 8);
	rig_inject(r, 0, 0, 40, true);
	rig_inject(r, 0, 0, 40, false);
	rig_expect_eq(r, gicd_r(r, 0x204, 4), 1u << 8); /* by software, still */
	gicd_w(r, 0x284, 4, 1u << 8);
	rig_expect_eq(r, gicd_r(r, 0x204, 4), 0);
	expect_widths(r, RIG_GICD + 0x204, 4, 0);
	irq_of(r, 0, 40)->config = VGIC_CONFIG_EDGE;
}

static void check_active(struct rig *r)
{
	gicd_w(r, 0x304, 4, 1u << 9);
	rig_expect_eq(r, gicd_r(r, 0x304, 4), 1u << 9);
	rig_expect_eq(r, gicd_r(r, 0x384, 4), 1u << 9);
	rig_expect(r, irq_of(r, 0, 41)->vcpu == irq_of(r, 0, 0)->target_vcpu);
	rig_entry(r, 0);
	rig_expect_lr(r, 0, 0, 41, "A");
	rig_exit(r, 0);
	/* it is on the own list: the original never returns from this */
	gicd_w(r, 0x384, 4, 1u << 9);
	rig_expect_eq(r,
		      rig_deviations(r, "active state of one's own queued interrupt written: "
					"the original spins for ever"),
		      1);
	rig_expect_eq(r, gicd_r(r, 0x304, 4), 0);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_exit(r, 0);
}

static void check_priority(struct rig *r)
{
	rig_expect_eq(r, gicd_r(r, 0x428, 4), 0);
	gicd_w(r, 0x428, 4, 0xff0704a0);
	rig_expect_eq(r, gicd_r(r, 0x428, 4), 0xf80000a0);
	gicd_w(r, 0x429, 1, 0x5f);
	rig_expect_eq(r, gicd_r(r, 0x428, 4), 0xf80058a0);
	rig_expect_eq(r, gicd_r(r, 0x429, 1), 0x58);
	rig_expect_eq(r, gicd_r(r, 0x42b, 1), 0xf8);
	rig_expect_eq(r, gicd_r(r, 0x428, 8), 0);
	rig_expect_eq(r, gicd_r(r, 0x42a, 4), 0);
	gicd_w(r, 0x400 + NR_IRQS - 1, 1, 0x80);
	rig_expect_eq(r, gicd_r(r, 0x400 + NR_IRQS - 1, 1), 0x80);
	gicd_w(r, 0x400 + NR_IRQS, 1, 0x80);
	rig_expect_eq(r, gicd_r(r, 0x400 + NR_IRQS, 1), 0);
}

static void check_config(struct rig *r)
{
	rig_expect_eq(r, gicd_r(r, 0xc08, 4), 0xaaaaaaaa); /* SPIs start as edges */
	gicd_w(r, 0xc08, 4, 0xaaaaaaa8);
	rig_expect_eq(r, gicd_r(r, 0xc08, 4), 0xaaaaaaa8);
	gicd_w(r, 0xc08, 4, 0xfffffffd); /* the lower bit is nobody's */
	rig_expect_eq(r, gicd_r(r, 0xc08, 4), 0xaaaaaaa8);
	/* an edge's latch is lost when it becomes a level whose line is down */
	gicd_w(r, 0x204, 4, 1u << 1);
	gicd_w(r, 0xc08, 4, 0xaaaaaaa0);
	rig_expect_eq(r, gicd_r(r, 0x204, 4), 0);
	expect_widths(r, RIG_GICD + 0xc08, 4, 0xaaaaaaa0);
	rig_expect_eq(r, gicd_r(r, 0xc14, 4), 0xaaaaaaaa);
	rig_expect_eq(r, gicd_r(r, 0xc18, 4), 0); /* beyond INTID 95 */
}

static void check_common(struct rig *r)
{
	check_enable(r);
	check_pending(r);
	check_priority(r);
	check_config(r);
}

/* ---- GICv2 --------------------------------------------------------------- */

static void script_v2_misc(struct rig *r)
{
	rig_expect_eq(r, gicd_r(r, 0x0, 4), 0);
	gicd_w(r, 0x0, 4, 3);
	rig_expect_eq(r, gicd_r(r, 0x0, 4), 1);
	expect_widths(r, RIG_GICD, 4, 1);
	gicd_w(r, 0x0, 4, 2);
	rig_expect_eq(r, gicd_r(r, 0x0, 4), 0);
	rig_expect_eq(r, gicd_r(r, 0x4, 4), 2 | 3 << 5); /* 96 INTIDs, 4 CPUs */
	rig_expect_eq(r, gicd_r(r, 0x8, 4), 0x4b00043b);
	gicd_w(r, 0x4, 4, ~UINT64_C(0));
	rig_expect_eq(r, gicd_r(r, 0x4, 4), 2 | 3 << 5);
	rig_expect_eq(r, gicd_r(r, 0x80, 4), 0xffffffff); /* IGROUPR */
	gicd_w(r, 0x84, 4, 0);
	rig_expect_eq(r, gicd_r(r, 0x84, 4), 0xffffffff);
	rig_expect_eq(r, gicd_r(r, 0x8c, 4), 0);
	rig_expect_eq(r, gicd_r(r, 0xf00, 4), 0); /* SGIR is write-only */
	for (uint32_t hole = 0xc; hole < 0x80; hole += 4)
		rig_expect_eq(r, gicd_r(r, hole, 4), 0);
	rig_expect_eq(r, gicd_r(r, 0xfe8, 4), 0); /* no ID registers there */
}

/* The accessing vCPU's own private interrupts. */
static void script_v2_private(struct rig *r)
{
	rig_expect_eq(r, gicd_r(r, 0x100, 4), 0x0000ffff);
	rig_write(r, 1, RIG_GICD + 0x100, 4, 1u << 27);
	rig_expect_eq(r, rig_read(r, 1, RIG_GICD + 0x100, 4), 0x0800ffff);
	rig_expect_eq(r, rig_read(r, 0, RIG_GICD + 0x100, 4), 0x0000ffff);
	rig_write(r, 1, RIG_GICD + 0x180, 4, 1);
	rig_expect_eq(r, rig_read(r, 1, RIG_GICD + 0x100, 4), 0x0800fffe);
	rig_expect_eq(r, gicd_r(r, 0xc00, 4), 0xaaaaaaaa);
	rig_expect_eq(r, gicd_r(r, 0xc04, 4), 0);
	gicd_w(r, 0xc00, 4, 0);
	gicd_w(r, 0xc04, 4, ~UINT64_C(0));
	rig_expect_eq(r, gicd_r(r, 0xc00, 4), 0xaaaaaaaa);
	rig_expect_eq(r, gicd_r(r, 0xc04, 4), 0);
	rig_write(r, 2, RIG_GICD + 0x41b, 1, 0xa0);
	rig_expect_eq(r, rig_read(r, 2, RIG_GICD + 0x418, 4), 0xa0000000);
	rig_expect_eq(r, rig_read(r, 1, RIG_GICD + 0x418, 4), 0);
}

static void script_v2_targets(struct rig *r)
{
	for (unsigned int v = 0; v < 4; v++)
		rig_expect_eq(r, rig_read(r, v, RIG_GICD + 0x81c, 4), 0x01010101u << v);
	gicd_w(r, 0x81c, 4, 0xffffffff);
	rig_expect_eq(r, gicd_r(r, 0x81c, 4), 0x01010101);
	rig_expect_eq(r, gicd_r(r, 0x828, 4), 0); /* routed to vCPU 0 nevertheless */
	rig_expect(r, irq_of(r, 0, 40)->target_vcpu == irq_of(r, 0, 0)->target_vcpu);
	gicd_w(r, 0x828, 4, 0x00fc0804);
	rig_expect_eq(r, gicd_r(r, 0x828, 4), 0x000c0804);
	rig_expect(r, irq_of(r, 0, 40)->target_vcpu == irq_of(r, 2, 0)->target_vcpu);
	rig_expect(r, irq_of(r, 0, 41)->target_vcpu == irq_of(r, 3, 0)->target_vcpu);
	rig_expect(r, irq_of(r, 0, 42)->target_vcpu == irq_of(r, 2, 0)->target_vcpu);
	rig_expect(r, irq_of(r, 0, 43)->target_vcpu == irq_of(r, 0, 0)->target_vcpu);
	gicd_w(r, 0x829, 1, 2);
	rig_expect_eq(r, gicd_r(r, 0x829, 1), 2);
	rig_expect_eq(r, gicd_r(r, 0x828, 8), 0);
	gicd_w(r, 0x800 + NR_IRQS, 4, ~UINT64_C(0));
	rig_expect_eq(r, gicd_r(r, 0x800 + NR_IRQS, 4), 0);
}

static void script_v2_sources(struct rig *r)
{
	gicd_w(r, 0xf24, 4, 0x00060002); /* SGIs 4 and 6 */
	rig_expect_eq(r, gicd_r(r, 0xf24, 4), 0x00060002);
	rig_expect_eq(r, gicd_r(r, 0xf14, 4), 0x00060002);
	rig_expect_eq(r, gicd_r(r, 0x200, 4), 1u << 4 | 1u << 6);
	rig_expect_eq(r, rig_read(r, 1, RIG_GICD + 0xf24, 4), 0);
	gicd_w(r, 0xf16, 1, 2);
	rig_expect_eq(r, gicd_r(r, 0xf26, 1), 4);
	rig_expect_eq(r, gicd_r(r, 0x200, 4), 1u << 4 | 1u << 6);
	gicd_w(r, 0xf16, 1, 4);
	rig_expect_eq(r, gicd_r(r, 0x200, 4), 1u << 4);
	rig_expect_eq(r, gicd_r(r, 0xf24, 8), 0);
	gicd_w(r, 0x0, 4, 1);
	gicd_w(r, 0xf24, 1, 4);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 2);
	rig_expect_eq(r, rig_lr(r, 0, 0).src, 1);
	rig_expect_eq(r, rig_lr(r, 0, 1).src, 2);
	rig_exit(r, 0);
}

/* Pending by ISPENDR: nobody sent it. */
static void script_v2_no_source(struct rig *r)
{
	gicd_w(r, 0x0, 4, 1);
	gicd_w(r, 0x200, 4, 1);
	rig_entry(r, 0);
	rig_expect_eq(
		r, rig_deviations(r, "SGI pending without a sender (ISPENDR): the original stops"),
		1);
	rig_exit(r, 0);
}

static void script_v2_common(struct rig *r)
{
	check_common(r);
	gicd_w(r, 0x0, 4, 1);
	check_active(r);
}

/* Not in a frame at all; at its very end. */
static void script_frames(struct rig *r)
{
	uint64_t val = 0, size = r->config.gic == 2 ? 0x1000 : 0x10000;

	rig_expect_eq(r, rig_mmio(r, 0, false, RIG_GICD - 4, 4, &val), VGIC_NOT_MINE);
	rig_expect_eq(r, rig_mmio(r, 0, false, RIG_GICD + size, 4, &val), VGIC_NOT_MINE);
	rig_expect_eq(r, rig_mmio(r, 0, false, RIG_GICD + size - 2, 4, &val), VGIC_NOT_MINE);
	rig_expect_eq(r, rig_mmio(r, 0, true, RIG_GICD + size - 4, 4, &val), VGIC_DONE);
	rig_expect_eq(r, rig_mmio(r, 0, false, RIG_GICR + 4 * 0x20000, 4, &val), VGIC_NOT_MINE);
	rig_expect_eq(r, rig_mmio(r, 0, false, RIG_GICR + 3 * 0x20000, 4, &val),
		      r->config.gic == 2 ? VGIC_NOT_MINE : VGIC_DONE);
}

/* ---- GICv3 --------------------------------------------------------------- */

static void script_v3_misc(struct rig *r)
{
	rig_expect_eq(r, gicd_r(r, 0x0, 4), 0x50); /* ARE, DS */
	gicd_w(r, 0x0, 4, 1);			   /* group 0: not there */
	rig_expect_eq(r, gicd_r(r, 0x0, 4), 0x50);
	gicd_w(r, 0x0, 4, 2);
	rig_expect_eq(r, gicd_r(r, 0x0, 4), 0x52);
	expect_widths(r, RIG_GICD, 4, 0x52);
	rig_expect_eq(r, gicd_r(r, 0x4, 4), 2 | 9 << 19);
	rig_expect_eq(r, gicd_r(r, 0x8, 4), 0x4b00043b);
	rig_expect_eq(r, gicd_r(r, 0xc, 4), 0);
	rig_expect_eq(r, gicd_r(r, 0xffe8, 4), 0x3b);
	rig_expect_eq(r, gicd_r(r, 0xffe4, 4), 0);
	rig_expect_eq(r, gicd_r(r, 0x84, 4), 0xffffffff);
	rig_expect_eq(r, gicd_r(r, 0xd04, 4), 0); /* IGRPMODR */
	gicd_w(r, 0xd04, 4, ~UINT64_C(0));
	rig_expect_eq(r, gicd_r(r, 0xd04, 4), 0);
	gicd_w(r, 0x828, 4, ~UINT64_C(0)); /* ITARGETSR */
	rig_expect_eq(r, gicd_r(r, 0x828, 4), 0);
	rig_expect_eq(r, gicd_r(r, 0xf00, 4), 0); /* no SGIR */
	rig_expect_eq(r, gicd_r(r, 0x5000, 4), 0);
}

/* Private INTIDs are not the distributor's. */
static void script_v3_private(struct rig *r)
{
	static const uint32_t regs[] = { 0x80,	0x100, 0x180, 0x200, 0x280, 0x300,  0x380,
					 0x400, 0x41c, 0x800, 0xc00, 0xc04, 0x6000, 0x60f8 };

	for (unsigned int i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		gicd_w(r, regs[i], 4, ~UINT64_C(0));
		rig_expect_eq(r, gicd_r(r, regs[i], 4), 0);
	}
	rig_expect_eq(r, gicr_r(r, 0, 0x10100, 4), 0x0000ffff);
	gicr_w(r, 2, 0x10100, 4, 1u << 27);
	rig_expect_eq(r, gicr_r(r, 2, 0x10100, 4), 0x0800ffff);
	rig_expect_eq(r, gicr_r(r, 0, 0x10100, 4), 0x0000ffff);
	gicr_w(r, 2, 0x10180, 4, 3u << 26 | 1);
	rig_expect_eq(r, gicr_r(r, 2, 0x10180, 4), 0x0000fffe);
	gicr_w(r, 2, 0x10200, 4, 1u << 5);
	rig_expect(r, irq_of(r, 2, 5)->pending && !irq_of(r, 0, 5)->pending);
	gicr_w(r, 2, 0x10280, 4, 1u << 5);
	rig_expect_eq(r, gicr_r(r, 2, 0x10280, 4), 0);
	gicr_w(r, 2, 0x10300, 4, 1u << 20);
	rig_expect_eq(r, gicr_r(r, 2, 0x10300, 4), 1u << 20);
	rig_expect(r, irq_of(r, 2, 20)->vcpu == irq_of(r, 2, 0)->target_vcpu);
	gicr_w(r, 2, 0x1041b, 1, 0xa7);
	rig_expect_eq(r, gicr_r(r, 2, 0x10418, 4), 0xa0000000);
	rig_expect_eq(r, gicr_r(r, 2, 0x10c00, 4), 0xaaaaaaaa);
	rig_expect_eq(r, gicr_r(r, 2, 0x10c04, 4), 0);
	gicr_w(r, 2, 0x10c04, 4, ~UINT64_C(0));
	rig_expect_eq(r, gicr_r(r, 2, 0x10c04, 4), 0);
	rig_expect_eq(r, gicr_r(r, 2, 0x10080, 4), 0xffffffff);
	rig_expect_eq(r, gicr_r(r, 2, 0x10d00, 4), 0);
	rig_expect_eq(r, gicr_r(r, 2, 0x10e00, 4), 0);
	rig_expect_eq(r, gicr_r(r, 2, 0x10104, 4), 0); /* no second word */
	expect_widths(r, RIG_GICR + 0x10100, 4, 0xffff);
}

static void script_v3_redist(struct rig *r)
{
	for (unsigned int v = 0; v < 4; v++) {
		uint64_t typer = (uint64_t)v << 32 | v << 8 | (v == 3 ? 1u << 4 : 0);

		rig_expect_eq(r, gicr_r(r, v, 0x8, 8), typer);
		rig_expect_eq(r, gicr_r(r, v, 0x8, 4), typer & UINT32_MAX);
		rig_expect_eq(r, gicr_r(r, v, 0xc, 4), typer >> 32);
		rig_expect_eq(r, gicr_r(r, v, 0x4, 4), 0x4b00043b);
		rig_expect_eq(r, gicr_r(r, v, 0xffe8, 4), 0x3b);
		gicr_w(r, v, 0x0, 4, 1); /* EnableLPIs, without an ITS */
		rig_expect_eq(r, gicr_r(r, v, 0x0, 4), 0);
		rig_expect_eq(r, gicr_r(r, v, 0x14, 4), 0); /* WAKER: always awake */
	}
	gicr_w(r, 1, 0x70, 8, UINT64_C(0x123456789));
	rig_expect_eq(r, gicr_r(r, 2, 0x70, 8), UINT64_C(0x123456789)); /* the VM's */
	gicr_w(r, 1, 0x78, 4, 0x1000);
	gicr_w(r, 1, 0x7c, 4, 0x2);
	rig_expect_eq(r, gicr_r(r, 1, 0x78, 8), UINT64_C(0x200001000));
	rig_expect_eq(r, gicr_r(r, 2, 0x78, 8), 0); /* the vCPU's */
}

static void script_v3_irouter(struct rig *r)
{
	uint32_t reg = 0x6000 + 40 * 8;

	rig_expect_eq(r, gicd_r(r, reg, 8), 0);
	gicd_w(r, reg, 8, 3);
	rig_expect_eq(r, gicd_r(r, reg, 8), 3);
	rig_expect_eq(r, gicd_r(r, reg, 4), 3);
	rig_expect_eq(r, gicd_r(r, reg + 4, 4), 0);
	rig_expect(r, irq_of(r, 0, 40)->target_vcpu == irq_of(r, 3, 0)->target_vcpu);
	gicd_w(r, reg + 4, 4, 7); /* Aff3: ignored */
	rig_expect_eq(r, gicd_r(r, reg, 8), 3);
	gicd_w(r, reg, 4, 2);
	rig_expect(r, irq_of(r, 0, 40)->target_vcpu == irq_of(r, 2, 0)->target_vcpu);
	gicd_w(r, reg, 8, 0x10200); /* nobody's */
	rig_expect(r, !irq_of(r, 0, 40)->target_vcpu);
	rig_expect_eq(r, gicd_r(r, reg, 8), 0x10200);
	gicd_w(r, reg, 8, UINT64_C(1) << 31 | 1);
	rig_expect_eq(r, gicd_r(r, reg, 8), 1);
	rig_expect_eq(r, rig_deviations(r, "GICD_IROUTER.IRM ignored: no 1-of-N routing"), 1);
	rig_expect_eq(r, gicd_r(r, reg, 1), 0);
	gicd_w(r, 0x6000 + NR_IRQS * 8, 8, 1);
	rig_expect_eq(r, gicd_r(r, 0x6000 + NR_IRQS * 8, 8), 0);
}

static void step_sysreg(struct plat_cpu *cpu, void *arg)
{
	struct rig *r = arg;

	rig_expect_eq(r, r->design->sysreg_write(r->vgic, cpu, 0, SYSREG_ICC_SRE_EL1, 7),
		      VGIC_DONE);
	rig_expect_eq(r, r->design->sysreg_write(r->vgic, cpu, 0, SYSREG_ICC_SGI0R_EL1, 1),
		      VGIC_NOT_MINE);
	rig_expect_eq(r, r->design->sysreg_write(r->vgic, cpu, 0, SYSREG_ICC_ASGI1R_EL1, 1),
		      VGIC_NOT_MINE);
}

static void script_v3_common(struct rig *r)
{
	check_common(r);
	gicd_w(r, 0x0, 4, 2);
	check_active(r);
	rig_on(r, 0, step_sysreg, r);
}

/* With all 1024 the last word covers INTIDs that are none: harmless. */
static void script_all_ids(struct rig *r)
{
	gicd_w(r, 0x17c, 4, ~UINT64_C(0));
	rig_expect_eq(r, gicd_r(r, 0x17c, 4), 0xffffffff);
	rig_expect_eq(r, r->design->inject(r->vgic, NULL, 0, 1020, true, false), -1);
	rig_expect_eq(r, r->design->inject(r->vgic, NULL, 0, 8192, true, false), -1);
}

/* ---- the runs ------------------------------------------------------------ */

static void run(rig_script_fn *script, unsigned int gic, unsigned int nr_irqs)
{
	rig_run(
		&(struct rig_config){
			.design = "kvm-aplist", .gic = gic, .nr_vcpus = 4, .nr_irqs = nr_irqs },
		script);
}

#define TEST(name, gic, ids)                                                                       \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		run(script_##name, gic, ids);                                                      \
	}

TEST(v2_misc, 2, NR_IRQS)
TEST(v2_private, 2, NR_IRQS)
TEST(v2_targets, 2, NR_IRQS)
TEST(v2_sources, 2, NR_IRQS)
TEST(v2_no_source, 2, NR_IRQS)
TEST(v2_common, 2, NR_IRQS)
TEST(v3_misc, 3, NR_IRQS)
TEST(v3_private, 3, NR_IRQS)
TEST(v3_redist, 3, NR_IRQS)
TEST(v3_irouter, 3, NR_IRQS)
TEST(v3_common, 3, NR_IRQS)
TEST(all_ids, 3, 1024)

static void test_frames(void **state)
{
	run(script_frames, 2, NR_IRQS);
	run(script_frames, 3, NR_IRQS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v2_misc),	     cmocka_unit_test(test_v2_private),
		cmocka_unit_test(test_v2_targets),   cmocka_unit_test(test_v2_sources),
		cmocka_unit_test(test_v2_no_source), cmocka_unit_test(test_v2_common),
		cmocka_unit_test(test_v3_misc),	     cmocka_unit_test(test_v3_private),
		cmocka_unit_test(test_v3_redist),    cmocka_unit_test(test_v3_irouter),
		cmocka_unit_test(test_v3_common),    cmocka_unit_test(test_all_ids),
		cmocka_unit_test(test_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
