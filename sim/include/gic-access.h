/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which register a trapped access hits: addresses of a GICv2's distributor and of a
 * GICv3's distributor and redistributors (IHI 0048B.b chapter 4, IHI 0069 chapter 12),
 * and the targets of what sends SGIs. One security state, affinity routing on for a
 * GICv3, no ITS.
 */
#ifndef GIC_ACCESS_H
#define GIC_ACCESS_H

#include "vgic-design.h"

enum gic_field {
	GIC_FIELD_NONE,		/* not in a frame of this GIC */
	GIC_FIELD_CONST,		/* reads .constant (mostly 0), ignores writes */
	GIC_FIELD_CTLR,		/* GICD_CTLR: gic_ctlr_enable() and gic_ctlr_value() */
	GIC_FIELD_SGIR,		/* GICv2: a write sends an SGI, gic_sgi_to() */
	/* A field an interrupt: .bits wide, of .nr interrupts beginning with .irq. */
	GIC_FIELD_SET_ENABLE, GIC_FIELD_CLEAR_ENABLE,
	GIC_FIELD_SET_PENDING, GIC_FIELD_CLEAR_PENDING,
	GIC_FIELD_SET_ACTIVE, GIC_FIELD_CLEAR_ACTIVE,
	GIC_FIELD_PRIORITY, GIC_FIELD_CONFIG,
	GIC_FIELD_TARGETS,	/* GICv2: a bit a vCPU */
	GIC_FIELD_ROUTER,		/* GICv3: gic_router_vcpu() */
	GIC_FIELD_SET_SOURCES, GIC_FIELD_CLEAR_SOURCES,	/* GICv2: SPENDSGIR, CPENDSGIR */
};

struct gic_access {
	enum gic_field field;
	unsigned int vcpu;	/* whose private interrupts are meant */
	uint32_t irq;
	unsigned int nr, bits;
	uint64_t constant;	/* already the part that the access sees */
};

static inline bool gic_ctlr_enable(const struct vgic_config *c, uint64_t val)
{
	return val >> (c->gic == 3) & 1;	/* GICv3: EnableGrp1 */
}

static inline uint64_t gic_ctlr_value(const struct vgic_config *c, bool on)
{
	return c->gic == 3 ? 1u << 6 | 1u << 4 | (uint64_t)on << 1 : on; /* DS, ARE */
}

/* The vCPU of a GICD_IROUTER; any of them is the first; UINT16_MAX: none has that affinity. */
static inline unsigned int gic_router_vcpu(const struct vgic_config *c, uint64_t router)
{
	uint64_t m = router & 0xffffff;
	uint32_t v = (uint32_t)((m & 0xf) | (m >> 8 & 0xff) << 4 | (m >> 16 & 0xff) << 12);

	if (router >> 31 & 1)
		return 0;
	return v < c->nr_vcpus && gic_vcpu_mpidr(v) == m ? v : UINT16_MAX;
}

/*
 * Does @sender's write of @val to ICC_SGI1R_EL1 (GICv2: GICD_SGIR) send an SGI to
 * @vcpu? Which one: gic_sgi_irq().
 */
static inline bool gic_sgi_to(const struct vgic_config *c, uint64_t val, unsigned int sender,
			      unsigned int vcpu)
{
	uint64_t mpidr = gic_vcpu_mpidr(vcpu);
	uint64_t cluster = (val >> 16 & 0xff) << 8 | (val >> 32 & 0xff) << 16;

	if (c->gic == 3) {
		if (val >> 40 & 1)
			return vcpu != sender;
		return !(val >> 48 & 0xff) && !(val >> 44 & 0xf) &&
		       (mpidr & 0xffff00) == cluster && val >> (mpidr & 0xff) & 1;
	}
	switch (val >> 24 & 3) {
	case 0:
		return val >> (16 + vcpu) & 1;
	case 1:
		return vcpu != sender;
	case 2:
		return vcpu == sender;
	default:
		return false;
	}
}

static inline uint32_t gic_sgi_irq(const struct vgic_config *c, uint64_t val)
{
	return (uint32_t)(c->gic == 3 ? val >> 24 & 0xf : val & 0xf);
}

/* ---- frames -------------------------------------------------------------- */

static inline struct gic_access gic_access_const(uint64_t reg, uint32_t off, unsigned int len)
{
	return (struct gic_access){
		.field = GIC_FIELD_CONST,
		.constant = len == 8 ? reg : (reg >> (off & 4) * 8 & UINT32_MAX) >> (off & 3) * 8,
	};
}

/* Registers with a field an interrupt that all frames have at the same place. */
static inline struct gic_access gic_access_fields(uint32_t off, unsigned int len)
{
	struct gic_access a = { .bits = 1 };
	uint32_t base = off & ~0x7fu;

	if (off >= 0x100 && off < 0x400) {
		a.field = GIC_FIELD_SET_ENABLE + (off - 0x100) / 0x80;
	} else if (off >= 0x400 && off < 0x800) {
		a.field = GIC_FIELD_PRIORITY;
		a.bits = 8;
		base = 0x400;
	} else if (off >= 0xc00 && off < 0xd00) {
		a.field = GIC_FIELD_CONFIG;
		a.bits = 2;
		base = 0xc00;
	} else {
		return gic_access_const(0, off, len);
	}
	a.irq = (off - base) * 8 / a.bits;
	a.nr = len * 8 / a.bits;
	return a;
}

static inline struct gic_access gic_access_byte_fields(enum gic_field field, uint32_t irq,
						       unsigned int len)
{
	return (struct gic_access){ .field = field, .irq = irq, .nr = len, .bits = 8 };
}

static inline struct gic_access gic_access_dist_v2(const struct vgic_config *c, uint32_t off,
						   unsigned int len)
{
	if (off >= 0x800 && off < 0xc00)
		return gic_access_byte_fields(GIC_FIELD_TARGETS, off - 0x800, len);
	if (off >= 0xf10 && off < 0xf20)
		return gic_access_byte_fields(GIC_FIELD_CLEAR_SOURCES, off - 0xf10, len);
	if (off >= 0xf20 && off < 0xf30)
		return gic_access_byte_fields(GIC_FIELD_SET_SOURCES, off - 0xf20, len);
	if (off == 0xf00)
		return (struct gic_access){ .field = GIC_FIELD_SGIR };
	if (off == 0xfe8)
		return gic_access_const(0x2b, off, len); /* ICPIDR2 */
	return gic_access_fields(off, len);
}

/* Private interrupts are the redistributors'. */
static inline struct gic_access gic_access_dist_v3(const struct vgic_config *c, uint32_t off,
						   unsigned int len)
{
	struct gic_access a;

	if (off >= 0x6000 && off < 0x8000 && !(off & 4)) /* above it is Aff3, which is 0 */
		a = (struct gic_access){
			.field = GIC_FIELD_ROUTER, .irq = (off - 0x6000) / 8, .nr = 1, .bits = 64
		};
	else if (off >= 0x80 && off < 0x100)
		return gic_access_const(off < 0x84 ? 0 : UINT64_MAX, off, len); /* IGROUPR */
	else if (off == 0xffe8)
		return gic_access_const(0x3b, off, len); /* PIDR2 */
	else
		a = gic_access_fields(off, len);
	return a.field > GIC_FIELD_SGIR && gic_is_private(a.irq) ? gic_access_const(0, off, len) : a;
}

static inline struct gic_access gic_access_redist(const struct vgic_config *c, unsigned int vcpu,
						  uint32_t off, unsigned int len)
{
	uint64_t typer = gic_vcpu_mpidr(vcpu) << 32 | (uint64_t)vcpu << 8 |
			 (vcpu == c->nr_vcpus - 1) << 4;
	struct gic_access a;

	if ((off & ~7u) == 0x8)
		return gic_access_const(typer, off, len);
	if (off == 0xffe8)
		return gic_access_const(0x3b, off, len);
	if (off >= 0x10080 && off < 0x10084)
		return gic_access_const(UINT32_MAX, off, len); /* IGROUPR0 */
	if (off < 0x10000)
		return gic_access_const(0, off, len);
	a = gic_access_fields(off - 0x10000, len);
	a.vcpu = vcpu;
	if (a.field > GIC_FIELD_SGIR && a.irq + a.nr > GIC_NR_PRIVATE)
		a.nr = a.irq < GIC_NR_PRIVATE ? GIC_NR_PRIVATE - a.irq : 0;
	return a;
}

/* Of @len bytes, 1, 2, 4 or 8, by @vcpu, anywhere. */
static inline struct gic_access gic_access(const struct vgic_config *c, unsigned int vcpu,
					   uint64_t gpa, unsigned int len)
{
	const struct vgic_frames *f = &c->frames;
	struct gic_access a = { .field = GIC_FIELD_NONE };
	uint32_t off;

	if (gpa >= f->gicd && gpa - f->gicd < f->gicd_size) {
		off = (uint32_t)(gpa - f->gicd);
		if (off == 0)
			a.field = GIC_FIELD_CTLR;
		else if (off < 0x80) /* TYPER: INTIDs, CPUs; ten bits of INTID */
			a = gic_access_const((off & ~7u) == 0 ?
						     (uint64_t)((c->nr_irqs / 32 - 1) |
								(c->gic == 2 ? (c->nr_vcpus - 1) << 5
									     : 9u << 19))
							     << 32
						     : 0,
					     off, len);
		else
			a = c->gic == 2 ? gic_access_dist_v2(c, off, len)
					: gic_access_dist_v3(c, off, len);
		a.vcpu = vcpu;
	} else if (c->gic == 3 && f->gicr_size && gpa >= f->gicr &&
		   (gpa - f->gicr) / f->gicr_size < c->nr_vcpus) {
		a = gic_access_redist(c, (unsigned int)((gpa - f->gicr) / f->gicr_size),
				      (uint32_t)((gpa - f->gicr) % f->gicr_size), len);
	}
	return a;
}

#endif
