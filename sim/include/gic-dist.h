/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All interrupts of a VM (gic-irq.h), and what registers do to them: a distributor for
 * designs whose own idea is elsewhere. It declares the lines that it touches and charges
 * the instructions that it is told; the lock is the caller's, over all of it.
 */
#ifndef GIC_DIST_H
#define GIC_DIST_H

#include "gic-access.h"
#include "gic-irq.h"
#include "plat.h"

struct gic_dist {
	bool on;			/* GICD_CTLR */
	unsigned int insns;		/* that looking at one interrupt takes */
	struct plat_vm *vm;
	struct vgic_config c;
	struct gic_irq *private;	/* 32 a vCPU */
	struct gic_irq *spi;
	/* Lock held: @q has changed, in any way. Told once for each that an access writes. */
	void (*changed)(struct gic_dist *d, struct plat_cpu *cpu, struct gic_irq *q, uint32_t irq);
	/* Lock held: it was switched on, so whatever waits is due. */
	void (*enabled)(struct gic_dist *d, struct plat_cpu *cpu);
};

/* NULL: there is no such interrupt. */
static inline struct gic_irq *gic_dist_irq(const struct gic_dist *d, unsigned int vcpu,
					   uint32_t irq)
{
	if (gic_is_private(irq))
		return &d->private[vcpu * GIC_NR_PRIVATE + irq];
	return irq < d->c.nr_irqs && gic_is_spi(irq) ? &d->spi[irq - GIC_FIRST_SPI] : NULL;
}

static inline void gic_dist_fini(struct gic_dist *d)
{
	if (d->private)
		plat_free(d->vm, d->private);
	if (d->spi)
		plat_free(d->vm, d->spi);
}

/* The hooks and .insns are set by the caller. False: out of memory. */
static inline bool gic_dist_init(struct gic_dist *d, struct plat_vm *vm,
				 const struct vgic_config *c)
{
	d->vm = vm;
	d->c = *c;
	d->private = plat_zalloc(vm, PLAT_MEM_IRQ,
				 c->nr_vcpus * GIC_NR_PRIVATE * sizeof(*d->private));
	d->spi = plat_zalloc(vm, PLAT_MEM_IRQ, (c->nr_irqs - GIC_FIRST_SPI) * sizeof(*d->spi));
	if (!d->private || !d->spi) {
		gic_dist_fini(d);
		return false;
	}
	for (uint32_t i = 0; i < c->nr_vcpus * GIC_NR_PRIVATE; i++)
		gic_irq_reset(&d->private[i], c, i % GIC_NR_PRIVATE, i / GIC_NR_PRIVATE);
	for (uint32_t i = GIC_FIRST_SPI; i < c->nr_irqs; i++)
		gic_irq_reset(&d->spi[i - GIC_FIRST_SPI], c, i, 0);
	return true;
}

/* An access that gic_access() has found to be to a field of interrupts, or to GICD_CTLR. */
static inline void gic_dist_access(struct gic_dist *d, struct plat_cpu *cpu, unsigned int vcpu,
				   const struct gic_access *a, bool write, uint64_t *val)
{
	uint64_t mask = a->bits < 64 ? (UINT64_C(1) << a->bits) - 1 : UINT64_MAX;

	if (a->field == GIC_FIELD_CTLR && write) {
		plat_store(cpu, &d->on, gic_ctlr_enable(&d->c, *val));
		if (d->on)
			d->enabled(d, cpu);
	} else if (a->field == GIC_FIELD_CTLR) {
		*val = gic_ctlr_value(&d->c, plat_load(cpu, &d->on));
	}
	for (uint32_t i = 0; i < a->nr; i++) {
		struct gic_irq *q = gic_dist_irq(d, a->vcpu, a->irq + i);

		if (!q)
			continue;
		plat_work(cpu, PLAT_CODE, d->insns);
		if (!write) {
			plat_read(cpu, q);
			*val |= gic_irq_read(q, a->field) << i * a->bits;
			continue;
		}
		plat_write(cpu, q);
		gic_irq_write(q, &d->c, a->irq + i, a->field, vcpu, *val >> i * a->bits & mask);
		d->changed(d, cpu, q, a->irq + i);
	}
}

/* Does such a write need the guests out, who may take or end what it makes active or idle? */
static inline bool gic_access_halts(const struct gic_access *a)
{
	return a->field == GIC_FIELD_SET_ACTIVE || a->field == GIC_FIELD_CLEAR_ACTIVE;
}

/* @sender writes @val to ICC_SGI1R_EL1 (GICv2: GICD_SGIR). */
static inline void gic_dist_send(struct gic_dist *d, struct plat_cpu *cpu, unsigned int sender,
				 uint64_t val)
{
	uint32_t sgi = gic_sgi_irq(&d->c, val);

	for (unsigned int i = 0; i < d->c.nr_vcpus; i++) {
		struct gic_irq *q = gic_dist_irq(d, i, sgi);

		if (!gic_sgi_to(&d->c, val, sender, i))
			continue;
		plat_work(cpu, PLAT_CODE, d->insns);
		plat_write(cpu, q);
		gic_irq_send(q, &d->c, sender);
		d->changed(d, cpu, q, sgi);
	}
}

#endif
