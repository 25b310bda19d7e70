// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-legacy: the vgic of KVM up to Linux 4.6, as it was at its end. One lock
 * over the VM, bitmaps, two words that tell who has something to do, all of
 * it recomputed for all vCPUs at each change. GICv2 and GICv3.
 * Modelled behaviour: Linux 4.6, virt/kvm/arm/vgic*.c. See vgic-kvm-legacy.h.
 *
 * Where the original leaves the architecture this follows it, and says so by
 * plat_deviation():
 *
 *	priority ignored
 *	one SGI in several list registers
 *	injected while the distributor is off, delivered
 *	disabled interrupt stays in a list register
 *	retargeted interrupt stays with its old vCPU
 *	retargeted interrupt pends again on its old vCPU
 *	lowered level interrupt stays in a list register
 *	edge lost: disabled while in a list register
 *	edge lost: it was active in the distributor as well
 *	active state lost: disabled while in a list register
 *	WFI does not sleep while an interrupt is active
 *	SGIs cannot be disabled
 *	a GICv2 SGI's pending bit was written
 *	SGI sources written, pending state left alone
 *	a pending read does not see list registers
 *	an active read does not see list registers
 *	Group 0 cannot be enabled
 *	routing to any vCPU is not there
 *
 * Left out: saving and restoring the vgic to userspace, userspace's own view of
 * the registers, mapped SPIs (nothing maps one), host GICs that are not the
 * guest's version.
 */
#include "vgic-kvm-legacy.h"

static const struct plat_lock_class lgc_dist_lock = {
	.name = "dist->lock",
	.nest = PLAT_NEST_NEVER,
	.irq_safe = false,
};

/* ---- memory ------------------------------------------------------------------------ */

static void lgc_free(struct legacy_vgic *d, void *p)
{
	if (p)
		plat_free(d->vm, p);
}

/* (V + W) words: V of the private interrupts, then the shared ones. */
static int lgc_bitmap_init(struct legacy_vgic *d, struct lgc_bitmap *b, enum plat_mem what)
{
	b->private = plat_zalloc(d->vm, what, (d->nr_cpus + d->words) * sizeof(uint64_t));
	if (!b->private)
		return -1;
	b->shared = b->private + d->nr_cpus;
	return 0;
}

static int lgc_bytemap_init(struct legacy_vgic *d, struct lgc_bytemap *b)
{
	b->private = plat_zalloc(d->vm, PLAT_MEM_IRQ,
				 d->nr_cpus * GIC_NR_PRIVATE + d->nr_irqs - GIC_NR_PRIVATE);
	if (!b->private)
		return -1;
	b->shared = b->private + d->nr_cpus * GIC_NR_PRIVATE / 4;
	return 0;
}

static struct lgc_bitmap *lgc_bitmaps(struct legacy_vgic *d, unsigned int n)
{
	struct lgc_bitmap *const all[] = {
		&d->irq_enabled, &d->irq_level,	 &d->irq_pending, &d->irq_soft_pend,
		&d->irq_queued,	 &d->irq_active, &d->irq_cfg,
	};

	return n < sizeof(all) / sizeof(all[0]) ? all[n] : NULL;
}

static int lgc_init_dist(struct legacy_vgic *d)
{
	unsigned int spis = d->nr_irqs - GIC_NR_PRIVATE, n;
	struct lgc_bitmap *b;

	for (n = 0; (b = lgc_bitmaps(d, n)); n++)
		if (lgc_bitmap_init(d, b, PLAT_MEM_IRQ))
			return -1;
	if (lgc_bytemap_init(d, &d->irq_priority))
		return -1;
	d->sgi_sources = plat_zalloc(d->vm, PLAT_MEM_IRQ, d->nr_cpus * GIC_NR_SGIS);
	d->spi_cpu = plat_zalloc(d->vm, PLAT_MEM_IRQ, lgc_is_large(d) ? 2 * spis : spis);
	d->spi_target = plat_zalloc(d->vm, PLAT_MEM_IRQ, d->nr_cpus * sizeof(*d->spi_target));
	d->pending_on_cpu = plat_zalloc(d->vm, PLAT_MEM_VM, d->oracle_words * sizeof(uint64_t));
	d->active_on_cpu = plat_zalloc(d->vm, PLAT_MEM_VM, d->oracle_words * sizeof(uint64_t));
	if (!d->sgi_sources || !d->spi_cpu || !d->spi_target || !d->pending_on_cpu ||
	    !d->active_on_cpu)
		return -1;
	for (n = 0; n < d->nr_cpus; n++)
		if (lgc_bitmap_init(d, &d->spi_target[n], PLAT_MEM_IRQ))
			return -1;
	if (d->config.gic == 3) {
		d->spi_mpidr = plat_zalloc(d->vm, PLAT_MEM_IRQ, spis * sizeof(*d->spi_mpidr));
		if (!d->spi_mpidr)
			return -1;
	}
	return 0;
}

static int lgc_init_map(struct legacy_vgic *d, struct lgc_vcpu *v)
{
	if (!d->config.timer_ppi)
		return 0;
	v->maps = plat_zalloc(d->vm, PLAT_MEM_VCPU, sizeof(*v->maps));
	if (!v->maps)
		return -1;
	v->maps->virt_irq = d->config.timer_ppi;
	v->maps->phys_irq = d->config.timer_hw_irq;
	return 0;
}

static int lgc_init_vcpu(struct legacy_vgic *d, unsigned int n)
{
	size_t bytes = d->words * sizeof(uint64_t);
	struct lgc_vcpu *v;

	v = d->vcpus[n] = plat_zalloc(d->vm, PLAT_MEM_VCPU, sizeof(*v));
	if (!v)
		return -1;
	v->mpidr = gic_vcpu_mpidr(n);
	v->nr_lr = d->config.nr_lrs;
	v->pending_shared = plat_zalloc(d->vm, PLAT_MEM_VCPU, bytes);
	v->active_shared = plat_zalloc(d->vm, PLAT_MEM_VCPU, bytes);
	v->pend_act_shared = plat_zalloc(d->vm, PLAT_MEM_VCPU, bytes);
	if (!v->pending_shared || !v->active_shared || !v->pend_act_shared)
		return -1;
	if (d->config.gic == 2) {
		v->cpu_if.v2.hcr = GICH_HCR_EN;
		v->cpu_if.v2.elrsr = UINT64_MAX;
	} else {
		v->cpu_if.v3.hcr = GICH_HCR_EN;
		v->cpu_if.v3.elrsr = UINT32_MAX;
	}
	return lgc_init_map(d, v);
}

static void lgc_guard_locked(struct legacy_vgic *d, const void *p, size_t bytes)
{
	plat_guard_by_lock(d->vm, p, PLAT_LINES(bytes), &d->lock);
}

/*
 * What only holders of dist->lock touch. Not pending_on_cpu, which is looked at and
 * set without it; not the line of the lock, with "enabled" on it; of irq_active only what
 * lies behind the private words, which the timer's flush reads without it.
 */
static void lgc_guard_dist(struct legacy_vgic *d)
{
	size_t bitmap = (d->nr_cpus + d->words) * sizeof(uint64_t);
	uint32_t spis = d->nr_irqs - GIC_NR_PRIVATE;
	struct lgc_bitmap *b;

	for (unsigned int n = 0; (b = lgc_bitmaps(d, n)); n++) {
		if (b == &d->irq_active)
			plat_guard_by_lock(d->vm, b->shared,
					   PLAT_LINES(bitmap) - d->nr_cpus * sizeof(uint64_t),
					   &d->lock);
		else
			lgc_guard_locked(d, b->private, bitmap);
	}
	for (unsigned int n = 0; n < d->nr_cpus; n++)
		lgc_guard_locked(d, d->spi_target[n].private, bitmap);
	lgc_guard_locked(d, d->irq_priority.private, d->nr_cpus * GIC_NR_PRIVATE + spis);
	lgc_guard_locked(d, d->sgi_sources, d->nr_cpus * GIC_NR_SGIS);
	lgc_guard_locked(d, d->spi_cpu, spis);
	if (d->spi_mpidr)
		lgc_guard_locked(d, d->spi_mpidr, spis * sizeof(*d->spi_mpidr));
	lgc_guard_locked(d, d->active_on_cpu, d->oracle_words * sizeof(uint64_t));
}

/*
 * A GICv3's list registers are not their vCPU's alone: whoever writes to its
 * redistributor empties them. The line of their first words has the maps' too.
 */
static void lgc_guard_vcpu(struct legacy_vgic *d, unsigned int n)
{
	size_t bytes = d->words * sizeof(uint64_t);
	struct lgc_vcpu *v = d->vcpus[n];

	lgc_guard_locked(d, v->pending_shared, bytes);
	lgc_guard_locked(d, v->active_shared, bytes);
	lgc_guard_locked(d, v->pend_act_shared, bytes);
	plat_guard_const(d->vm, &v->mpidr, 64);
	if (v->maps)
		plat_guard_const(d->vm, v->maps, PLAT_LINES(sizeof(*v->maps)));
	if (d->config.gic == 2)
		plat_guard_by_vcpu(d->vm, &v->cpu_if.v2, sizeof(v->cpu_if.v2), n);
}

/* The bitmaps' addresses and what else is made once; then the above. */
static void lgc_guard(struct legacy_vgic *d)
{
	kvm_io_bus_seal(d->vm, d->bus);
	plat_guard_const(d->vm, (char *)d + 64, PLAT_LINES(sizeof(*d)) - 64);
	plat_guard_const(d->vm, d->vcpus, PLAT_LINES(d->nr_cpus * sizeof(*d->vcpus)));
	plat_guard_const(d->vm, d->spi_target, PLAT_LINES(d->nr_cpus * sizeof(*d->spi_target)));
	lgc_guard_dist(d);
	for (unsigned int n = 0; n < d->nr_cpus; n++)
		lgc_guard_vcpu(d, n);
}

/* SGIs enabled and edge, SPIs level, disabled, to vCPU 0; the rest is zero. */
static void lgc_reset(struct legacy_vgic *d)
{
	uint32_t irq;

	for (unsigned int c = 0; c < d->nr_cpus; c++)
		for (irq = 0; irq < GIC_NR_SGIS; irq++) {
			lgc_poke(d, &d->irq_enabled, c, irq, true);
			lgc_poke(d, &d->irq_cfg, c, irq, true);
		}
	for (irq = GIC_NR_PRIVATE; irq < d->nr_irqs; irq++)
		lgc_poke(d, &d->spi_target[0], 0, irq, true);
}

static void lgc_destroy(void *vgic)
{
	struct legacy_vgic *d = vgic;
	struct lgc_bitmap *b;
	unsigned int n;

	if (!d)
		return;
	lgc_iodev_exit(d);
	for (n = 0; d->vcpus && n < d->nr_cpus; n++) {
		struct lgc_vcpu *v = d->vcpus[n];

		if (!v)
			continue;
		lgc_free(d, v->pending_shared);
		lgc_free(d, v->active_shared);
		lgc_free(d, v->pend_act_shared);
		lgc_free(d, v->maps);
		plat_free(d->vm, v);
	}
	lgc_free(d, d->vcpus);
	for (n = 0; d->spi_target && n < d->nr_cpus; n++)
		lgc_free(d, d->spi_target[n].private);
	lgc_free(d, d->spi_target);
	for (n = 0; (b = lgc_bitmaps(d, n)); n++)
		lgc_free(d, b->private);
	lgc_free(d, d->irq_priority.private);
	lgc_free(d, d->sgi_sources);
	lgc_free(d, d->spi_cpu);
	lgc_free(d, d->spi_mpidr);
	lgc_free(d, d->pending_on_cpu);
	lgc_free(d, d->active_on_cpu);
	plat_free(d->vm, d);
}

static void *lgc_create(struct plat_vm *vm, const struct vgic_config *config)
{
	struct legacy_vgic *d = plat_zalloc(vm, PLAT_MEM_VM, sizeof(*d));

	if (!d)
		return NULL;
	plat_lock_init(vm, &d->lock, &lgc_dist_lock, 0);
	d->vm = vm;
	d->config = *config;
	d->in_kernel = d->ready = true;
	d->model = config->gic;
	d->nr_cpus = config->nr_vcpus;
	d->nr_irqs = config->nr_irqs;
	d->dist_base = config->frames.gicd;
	d->words = (config->nr_irqs - GIC_NR_PRIVATE + 63) / 64;
	d->oracle_words = (config->nr_vcpus + 63) / 64;
	d->vcpus = plat_zalloc(vm, PLAT_MEM_VM, d->nr_cpus * sizeof(*d->vcpus));
	if (!d->vcpus || lgc_init_dist(d))
		goto out_of_memory;
	for (unsigned int n = 0; n < d->nr_cpus; n++)
		if (lgc_init_vcpu(d, n))
			goto out_of_memory;
	if (lgc_iodev_init(d))
		goto out_of_memory;
	lgc_reset(d);
	lgc_guard(d);
	return d;

out_of_memory:
	lgc_destroy(d);
	return NULL;
}

/* ---- state from before the run --------------------------------------------------------- */

static void lgc_set_priority(struct legacy_vgic *d, unsigned int vcpu, uint32_t irq, uint8_t prio)
{
	uint32_t *words =
		gic_is_private(irq) ? &d->irq_priority.private[8 * vcpu] : d->irq_priority.shared;
	uint32_t byte = gic_is_private(irq) ? irq : irq - GIC_NR_PRIVATE;
	unsigned int shift = byte % 4 * 8;

	words[byte / 4] = (words[byte / 4] & ~(UINT32_C(0xff) << shift)) | (uint32_t)prio << shift;
}

static void lgc_set_target(struct legacy_vgic *d, uint32_t irq, uint32_t target)
{
	uint32_t spi = irq - GIC_NR_PRIVATE;

	for (unsigned int c = 0; c < d->nr_cpus; c++)
		lgc_poke(d, &d->spi_target[c], c, irq, c == target);
	lgc_set_spi_cpu(d, spi, target);
	if (d->spi_mpidr)
		d->spi_mpidr[spi] =
			target < d->nr_cpus ? (uint32_t)gic_vcpu_mpidr(target) : IROUTER_NOBODY;
}

static void lgc_set_state(void *vgic, const struct vgic_irq_state *s)
{
	struct legacy_vgic *d = vgic;
	unsigned int vcpu = gic_is_private(s->irq) ? s->vcpu : 0;

	if (s->irq >= d->nr_irqs || vcpu >= d->nr_cpus)
		return;
	lgc_poke(d, &d->irq_enabled, vcpu, s->irq, s->enabled);
	lgc_poke(d, &d->irq_cfg, vcpu, s->irq, s->edge);
	lgc_poke(d, &d->irq_level, vcpu, s->irq, !s->edge && s->line);
	lgc_poke(d, &d->irq_pending, vcpu, s->irq, s->pending || (!s->edge && s->line));
	lgc_poke(d, &d->irq_soft_pend, vcpu, s->irq, !s->edge && s->pending && !s->line);
	lgc_poke(d, &d->irq_active, vcpu, s->irq, s->active);
	lgc_set_priority(d, vcpu, s->irq, s->prio);
	/* The state does not tell an SGI's source: it counts as its own. */
	if (gic_is_sgi(s->irq) && d->config.gic == 2)
		d->sgi_sources[vcpu * GIC_NR_SGIS + s->irq] =
			s->pending ? (uint8_t)(1u << vcpu) : 0;
	if (s->irq == d->config.timer_ppi)
		d->vcpus[vcpu]->timer_level = s->line;
	if (!gic_is_private(s->irq))
		lgc_set_target(d, s->irq, s->target);
	lgc_recompute(d);
}

static void lgc_set_enabled(void *vgic, bool enabled)
{
	struct legacy_vgic *d = vgic;

	d->enabled = enabled;
	lgc_recompute(d);
}

/* It does not come, or later than it had to, or without the vCPU being told. */
#define LGC_DELAYED(when, what)                                                                    \
	{ VGIC_FOUND_LOST, when, what }, { VGIC_FOUND_NOT_RESAMPLED, when, what },                 \
		{ VGIC_FOUND_SOURCE_LOST, when, what }, { VGIC_FOUND_LATE_ENTRY, when, what },     \
		{ VGIC_FOUND_LATE_KICK, when, what }, { VGIC_FOUND_PRIORITY, when, what },         \
		{ VGIC_FOUND_NOT_REFILLED, when, what },                                           \
	{                                                                                          \
		VGIC_FOUND_SLEPT, when, what                                                       \
	}

/*
 * List registers are not taken back at an exit, so what is written to the
 * distributor while one holds an interrupt does not reach it; only ICENABLER looks
 * at them, at those of the registers' owner. Linux 4.6, virt/kvm/arm/vgic.c and
 * vgic-v2-emul.c; the lost kick: arch/arm/kvm/arm.c.
 */
static const struct vgic_declared lgc_declared[] = {
	{ VGIC_FOUND_PRIORITY, VGIC_WHEN_FLAT, "priority ignored" },
	{ VGIC_FOUND_TWO_COPIES, VGIC_WHEN_SGI | VGIC_WHEN_SEVERAL,
	  "one SGI in several list registers" },
	{ VGIC_FOUND_TWO_COPIES, VGIC_WHEN_RETARGETED,
	  "retargeted interrupt stays with its old vCPU" },
	{ VGIC_FOUND_WRONG_VCPU, VGIC_WHEN_RETARGETED | VGIC_WHEN_IN_LR,
	  "retargeted interrupt stays with its old vCPU" },
	{ VGIC_FOUND_WRONG_VCPU, VGIC_WHEN_RETARGETED | VGIC_WHEN_LEVEL,
	  "retargeted interrupt pends again on its old vCPU" },
	{ VGIC_FOUND_WRONG_VCPU, VGIC_WHEN_NO_TARGET, "an SPI without a target goes to vCPU 0" },
	{ VGIC_FOUND_DIST_OFF, VGIC_WHEN_SENT_OFF,
	  "injected while the distributor is off, delivered" },
	{ VGIC_FOUND_DIST_OFF, VGIC_WHEN_HELD_OFF,
	  "in a list register when the distributor is switched off: it stays there" },
	{ VGIC_FOUND_DIST_OFF, VGIC_WHEN_LEVEL | VGIC_WHEN_RESAMPLED,
	  "a level still high at its end pends again, the distributor off or not" },
	{ VGIC_FOUND_DISABLED, VGIC_WHEN_IN_LR, "disabled interrupt stays in a list register" },
	{ VGIC_FOUND_DISABLED, VGIC_WHEN_LEVEL | VGIC_WHEN_RESAMPLED,
	  "a level still high at its end pends again, disabled or not" },
	{ VGIC_FOUND_DISABLED, VGIC_WHEN_SGI, "SGIs cannot be disabled" },
	{ VGIC_FOUND_STALE_LEVEL, VGIC_WHEN_IN_LR,
	  "lowered level interrupt stays in a list register" },
	{ VGIC_FOUND_DUPLICATE, VGIC_WHEN_CLEARED | VGIC_WHEN_IN_LR,
	  "cleared interrupt stays in a list register" },
	{ VGIC_FOUND_DUPLICATE, VGIC_WHEN_SGI_WRITTEN, "a GICv2 SGI's pending bit was written" },
	{ VGIC_FOUND_WRONG_SOURCE, VGIC_WHEN_SGI_WRITTEN,
	  "SGI sources written, pending state left alone" },
	{ VGIC_FOUND_ACTIVE_LOST, VGIC_WHEN_DISABLED,
	  "active state lost: disabled while in a list register" },
	{ VGIC_FOUND_STILL_ACTIVE, VGIC_WHEN_DISABLED,
	  "active state lost: disabled while in a list register" },
	{ VGIC_FOUND_STILL_ACTIVE, VGIC_WHEN_ACTIVE_WRITTEN,
	  "an active state written does not reach list registers" },
	LGC_DELAYED(VGIC_WHEN_ACTIVE_WRITTEN,
		    "active in the distributor: loaded as active only, and no longer pending"),
	LGC_DELAYED(VGIC_WHEN_RECONFIGURED | VGIC_WHEN_LEVEL,
		    "an edge's line is not followed: unknown when it becomes a level"),
	/* Its end is looked at as a level's: no line is up, so nothing is pending. */
	LGC_DELAYED(VGIC_WHEN_RECONFIGURED | VGIC_WHEN_IN_LR,
		    "an edge lost: its list register was loaded when it was a level"),
	/* … or the line that it had is up still. */
	{ VGIC_FOUND_DUPLICATE, VGIC_WHEN_RETARGETED | VGIC_WHEN_RECONFIGURED | VGIC_WHEN_IN_LR,
	  "retargeted interrupt pends again on its old vCPU" },
	{ VGIC_FOUND_STALE_LEVEL, VGIC_WHEN_RETARGETED,
	  "retargeted level pends on its new vCPU though the old one has ended it" },
	{ VGIC_FOUND_STILL_ACTIVE, VGIC_WHEN_RETARGETED,
	  "retargeted interrupt stays with its old vCPU" },
	{ VGIC_FOUND_LATE_ENTRY, VGIC_WHEN_RETARGETED | VGIC_WHEN_LEVEL,
	  "retargeted interrupt pends again on its old vCPU" },
	{ VGIC_FOUND_LATE_KICK, VGIC_WHEN_RETARGETED | VGIC_WHEN_LEVEL,
	  "retargeted interrupt pends again on its old vCPU" },
	{ VGIC_FOUND_SLEPT, VGIC_WHEN_RETARGETED | VGIC_WHEN_LEVEL,
	  "retargeted interrupt pends again on its old vCPU" },
	{ VGIC_FOUND_LOST, VGIC_WHEN_RETARGETED | VGIC_WHEN_LEVEL,
	  "retargeted interrupt pends again on its old vCPU" },
	{ VGIC_FOUND_NOT_RESAMPLED, VGIC_WHEN_RETARGETED | VGIC_WHEN_LEVEL,
	  "retargeted interrupt pends again on its old vCPU" },
	/* Seen at its end; a mapped one's makes no exit, so at the next one. */
	{ VGIC_FOUND_LATE_KICK, VGIC_WHEN_LEVEL | VGIC_WHEN_QUEUED,
	  "a level raised again while it is queued: nobody is kicked" },
	{ VGIC_FOUND_LATE_KICK, VGIC_WHEN_WINDOW, "a kick between flush and guest entry is lost" },
	LGC_DELAYED(VGIC_WHEN_DISABLED | VGIC_WHEN_IN_LR,
		    "edge lost: disabled while in a list register"),
	LGC_DELAYED(VGIC_WHEN_ACTIVE_WRITTEN,
		    "edge lost: it was active in the distributor as well"),
	LGC_DELAYED(VGIC_WHEN_SGI_WRITTEN, "SGI sources written, pending state left alone"),
	LGC_DELAYED(VGIC_WHEN_SOFT,
		    "a level made pending by ISPENDR is forgotten at the end of the one before"),
	{ 0, 0, NULL },
};

const struct vgic_design vgic_kvm_legacy = {
	.name = "kvm-legacy",
	.summary = "KVM up to 4.6: one distributor lock, bitmaps, an oracle word for all vCPUs",
	.source = "Linux 4.6, virt/kvm/arm/vgic.c, vgic-v2-emul.c, vgic-v3-emul.c",
	.kernel = "Linux 4.6",
	.gics = 1u << 2 | 1u << 3,
	.declared = lgc_declared,
	.irqs_on_before_sync = true,
	.create = lgc_create,
	.destroy = lgc_destroy,
	.set_state = lgc_set_state,
	.set_enabled = lgc_set_enabled,
	.timer_flush = lgc_timer_flush,
	.flush = lgc_flush,
	.restore = lgc_restore,
	.save = lgc_save,
	.sync = lgc_sync,
	.pending = lgc_pending,
	.inject = lgc_inject,
	.mmio = lgc_mmio,
	.sysreg_write = lgc_v3_sysreg_write,
};
