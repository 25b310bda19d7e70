// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KVM's new vgic, list registers: forming the shadow of one from an interrupt,
 * folding it back, and what the maintenance registers ask for. Both GICs here,
 * since they differ in the position of fields and in GICv2's SGI sources only.
 * Modelled behaviour: vgic-v2.c and vgic-v3.c in virt/kvm/arm/vgic/ of Linux 4.8 and
 * arch/arm64/kvm/vgic/ of later ones; two ways to form one, before and after 4.16.
 */
#include "aplist.h"

static uint64_t lr_read(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			unsigned int lr)
{
	if (g->gic == 2) {
		plat_read(cpu, &vcpu->v2.lr[lr]);
		return vcpu->v2.lr[lr];
	}
	plat_read(cpu, &vcpu->v3.lr[lr]);
	return vcpu->v3.lr[lr];
}

static void lr_write(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu, unsigned int lr,
		     uint64_t word)
{
	if (g->gic == 2) {
		plat_write(cpu, &vcpu->v2.lr[lr]);
		vcpu->v2.lr[lr] = (uint32_t)word;
	} else {
		plat_write(cpu, &vcpu->v3.lr[lr]);
		vcpu->v3.lr[lr] = word;
	}
}

/* irq_lock held: the lowest sender of a GICv2 SGI leaves it for the list register. */
static uint32_t lr_take_source(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq)
{
	unsigned int src;

	plat_write(cpu, &irq->source);
	if (!irq->source) {
		plat_deviation(cpu, "SGI pending without a sender (ISPENDR): the original stops");
		return 0;
	}
	src = (unsigned int)__builtin_ctz(irq->source);
	plat_store_declared(&irq->source, (uint8_t)(irq->source & ~(1u << src)));
	aplist_set_latch(g, irq, irq->source != 0);
	return src << GICH_LR_SRC_SHIFT;
}

/* irq_lock held. State and what comes with it; the latch of an edge is taken. */
static uint64_t lr_state(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq,
			 unsigned int *insns)
{
	bool v2_sgi = g->gic == 2 && gic_is_sgi(irq->intid);
	uint64_t word = 0;

	if (irq->pending) {
		word |= gic_lr_pending_bit(g->gic);
		*insns += g->insns->lr_pending;
		if (irq->config == VGIC_CONFIG_EDGE) {
			*insns += g->insns->lr_edge;
			aplist_state_write(cpu, irq);
			plat_store_declared(&irq->pending, false);
			if (v2_sgi) {
				*insns += g->insns->lr_source;
				word |= lr_take_source(g, cpu, irq);
			}
		}
	}
	if (irq->active) {
		word |= gic_lr_active_bit(g->gic);
		if (v2_sgi)
			plat_deviation(cpu, "active SGI reloaded without its sender");
		if ((word & gic_lr_pending_bit(g->gic)) && irq->hw)
			plat_deviation(cpu, "pending and active with HW in one list register");
		else if ((word & gic_lr_pending_bit(g->gic)) && irq->config == VGIC_CONFIG_LEVEL)
			plat_deviation(cpu, "pending and active for a level interrupt");
	}
	return word;
}

static uint64_t lr_eoi_bit(const struct aplist *g)
{
	return g->gic == 2 ? GICH_LR_EOI : ICH_LR_EOI;
}

/*
 * An active one may become pending in its list register only if that can be told
 * apart: not for hardware, nor for a level, which is to be looked at again
 * after its end, nor for an SGI of somebody else.
 */
static bool lr_may_pend(const struct aplist *g, const struct vgic_irq *irq)
{
	if (!irq->active)
		return true;
	if (g->kernel->no_pending_active && (irq->hw || irq->config == VGIC_CONFIG_LEVEL))
		return false;
	return !(g->gic == 2 && gic_is_sgi(irq->intid) && irq->source);
}

/* irq_lock held. From 4.16: one list register an INTID; an EOI brings the next sender. */
static uint64_t lr_state_single(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq,
				unsigned int *insns)
{
	bool v2_sgi = g->gic == 2 && gic_is_sgi(irq->intid);
	uint64_t word = 0;

	if (irq->active) {
		*insns += g->insns->lr_active;
		word |= gic_lr_active_bit(g->gic);
		if (v2_sgi)
			word |= (uint32_t)irq->active_source << GICH_LR_SRC_SHIFT;
		if (v2_sgi && irq->source)
			word |= lr_eoi_bit(g);
	}
	if (!irq->pending || !lr_may_pend(g, irq))
		return word;
	word |= gic_lr_pending_bit(g->gic);
	*insns += g->insns->lr_pending;
	if (irq->config == VGIC_CONFIG_LEVEL)
		return word;
	*insns += g->insns->lr_edge;
	aplist_state_write(cpu, irq);
	aplist_set_latch(g, irq, false);
	if (v2_sgi) {
		*insns += g->insns->lr_source;
		word |= lr_take_source(g, cpu, irq);
		if (irq->source)
			word |= lr_eoi_bit(g);
	}
	return word;
}

/* irq_lock held: @word shows it pending; that level is spent, the next one is news. */
static void lr_spend_level(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq,
			   uint64_t word, unsigned int *insns)
{
	if (!aplist_mapped_level(g, irq) || !(word & gic_lr_pending_bit(g->gic)))
		return;
	*insns += g->insns->lr_resample;
	aplist_state_write(cpu, irq);
	irq->line_level = false;
	aplist_compute_pending(g, irq);
}

void aplist_populate_lr(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			struct vgic_irq *irq, unsigned int lr)
{
	unsigned int insns = g->insns->populate;
	bool group = g->kernel->groups ? irq->group : g->gic == 3;
	uint64_t word;

	if (gic_is_sgi(irq->intid))
		insns += g->insns->sgi_test;
	aplist_rest_read(g, cpu, irq, offsetof(struct vgic_irq, hwintid));
	word = irq->intid;
	if (g->kernel->one_lr_an_intid)
		word |= lr_state_single(g, cpu, irq, &insns);
	else
		word |= lr_state(g, cpu, irq, &insns);
	lr_spend_level(g, cpu, irq, word, &insns);
	if (irq->hw)
		insns += g->insns->lr_hw;
	if (g->gic == 2) {
		word |= (uint32_t)(irq->priority >> 3) << GICH_LR_PRIO_SHIFT;
		if (irq->hw)
			word |= GICH_LR_HW | irq->hwintid << GICH_LR_PHYS_SHIFT;
		else if (irq->config == VGIC_CONFIG_LEVEL)
			word |= GICH_LR_EOI;
		if (group)
			word |= GICH_LR_GROUP1;
	} else {
		word |= (uint64_t)irq->priority << ICH_LR_PRIO_SHIFT;
		if (group)
			word |= ICH_LR_GROUP1;
		if (irq->hw)
			word |= ICH_LR_HW | (uint64_t)irq->hwintid << ICH_LR_PHYS_SHIFT;
		else if (irq->config == VGIC_CONFIG_LEVEL)
			word |= ICH_LR_EOI;
	}
	if (!irq->hw && irq->config == VGIC_CONFIG_LEVEL)
		insns += g->insns->lr_eoi;
	plat_work(cpu, PLAT_CODE, insns);
	lr_write(g, cpu, vcpu, lr, word);
}

void aplist_clear_lrs(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
		      unsigned int first)
{
	unsigned int nr = g->nr_lrs - first;

	if (!nr)
		return;
	plat_work(cpu, PLAT_CODE, nr * g->insns->clear_lr);
	if (g->gic == 2) {
		plat_write_bytes(cpu, &vcpu->v2.lr[first], nr * sizeof(vcpu->v2.lr[0]));
		for (unsigned int i = first; i < g->nr_lrs; i++)
			vcpu->v2.lr[i] = 0;
	} else {
		plat_write_bytes(cpu, &vcpu->v3.lr[first], nr * sizeof(vcpu->v3.lr[0]));
		for (unsigned int i = first; i < g->nr_lrs; i++)
			vcpu->v3.lr[i] = 0;
	}
}

static uint32_t *lr_hcr(struct aplist *g, struct vgic_cpu *vcpu)
{
	return g->gic == 2 ? &vcpu->v2.hcr : &vcpu->v3.hcr;
}

void aplist_set_underflow(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	uint32_t *hcr = lr_hcr(g, vcpu);

	plat_work(cpu, PLAT_CODE, g->insns->underflow);
	plat_write(cpu, hcr);
	*hcr |= GICH_HCR_UIE;
}

/* An EOI of a level SPI: tell who resamples its line. Nobody listens here. */
static void maintain_eoi(struct aplist *g, struct plat_cpu *cpu, const struct gic_lr *lr)
{
	plat_work(cpu, PLAT_CODE, g->insns->maintain_eoi);
	if (!gic_is_spi(lr->irq))
		return;
	plat_srcu_lock(cpu);
	plat_work(cpu, PLAT_CODE, g->insns->notify_ack);
	plat_srcu_unlock(cpu);
}

void aplist_process_maintenance(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	uint32_t *hcr = lr_hcr(g, vcpu), *misr = g->gic == 2 ? &vcpu->v2.misr : &vcpu->v3.misr;

	plat_work(cpu, PLAT_CODE, g->insns->maintain);
	plat_read(cpu, misr);
	if (*misr & GICH_MISR_EOI) {
		uint64_t eisr = g->gic == 2 ? vcpu->v2.eisr : vcpu->v3.eisr;

		for (; eisr; eisr &= eisr - 1) {
			unsigned int n = (unsigned int)__builtin_ctzll(eisr);
			struct gic_lr lr = gic_lr_decode(g->gic, lr_read(g, cpu, vcpu, n));

			maintain_eoi(g, cpu, &lr);
		}
	}
	plat_write(cpu, hcr);
	*hcr &= ~GICH_HCR_UIE;
}

/*
 * irq_lock held. A mapped level that the guest has not taken, or has ended while the
 * line is up: what is the line now? If down, the physical one is not to wait
 * for the guest's end any more.
 */
static void fold_resample(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			  struct vgic_irq *irq, bool ended, bool pending)
{
	if (!g->kernel->resamples_mapped)
		return;
	plat_work(cpu, PLAT_CODE, g->insns->resample);
	if (!aplist_mapped_level(g, irq))
		return;
	plat_work(cpu, PLAT_CODE, g->insns->resample_mapped);
	if (!pending && !(ended && irq->line_level))
		return;
	plat_work(cpu, PLAT_CODE, g->insns->resample_line);
	aplist_resample(g, cpu, vcpu, irq);
	if (!irq->line_level)
		aplist_phys_active(g, cpu, irq, false);
}

/*
 * irq_lock held. What the guest left of it: active as the list register says; an
 * edge not taken goes back into the latch; a level is what its line is now.
 */
static void fold_irq(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq,
		     const struct gic_lr *lr, unsigned int *insns)
{
	bool v2_sgi = g->gic == 2 && gic_is_sgi(irq->intid), done = !lr->pending && !lr->active;

	plat_read(cpu, &irq->config);
	aplist_state_write(cpu, irq);
	plat_store_declared(&irq->active, lr->active);
	if (done)
		*insns += g->insns->fold_done;
	if (v2_sgi && lr->active && g->kernel->one_lr_an_intid)
		irq->active_source = lr->src;
	if (irq->config == VGIC_CONFIG_LEVEL) {
		*insns += g->insns->fold_level;
		if (g->kernel->soft_until_empty ? done : !lr->pending) {
			*insns += g->insns->fold_soft;
			irq->soft_pending = false;
		}
		aplist_compute_pending(g, irq);
		return;
	}
	*insns += g->insns->fold_edge;
	if (!lr->pending)
		return;
	*insns += g->insns->fold_repend;
	aplist_set_latch(g, irq, true);
	if (v2_sgi) {
		*insns += g->insns->fold_source;
		plat_write(cpu, &irq->source);
		plat_store_declared(&irq->source, (uint8_t)(irq->source | 1u << lr->src));
	}
}

static bool fold_signals_eoi(const struct gic_lr *lr)
{
	return lr->eoi && !lr->pending && !lr->active;
}

static void fold_lr(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
		    const struct gic_lr *lr)
{
	struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, lr->irq);
	unsigned int insns = g->insns->fold_lr;
	bool ended;

	aplist_lock_irq(g, cpu, &irq->irq_lock);
	ended = irq->active && !lr->active;
	fold_irq(g, cpu, irq, lr, &insns);
	plat_work(cpu, PLAT_CODE, insns);
	fold_resample(g, cpu, vcpu, irq, ended, lr->pending);
	aplist_unlock_irq(g, cpu, &irq->irq_lock);
	aplist_put_irq(g, cpu, irq);
}

/* From 4.12: no underflow asked for, nothing in use until the next flush. */
static void fold_close(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	uint32_t *hcr = lr_hcr(g, vcpu);

	plat_write(cpu, hcr);
	*hcr &= ~GICH_HCR_UIE;
	plat_write(cpu, &vcpu->used_lrs);
	vcpu->used_lrs = 0;
}

void aplist_fold_lrs(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	uint32_t sgi_active = 0;
	unsigned int used;

	plat_work(cpu, PLAT_CODE, g->insns->fold);
	plat_read(cpu, &vcpu->used_lrs);
	used = vcpu->used_lrs;
	if (used)
		plat_work(cpu, PLAT_CODE, g->insns->fold_any);
	for (unsigned int i = 0; i < used; i++) {
		struct gic_lr lr = gic_lr_decode(g->gic, lr_read(g, cpu, vcpu, i));

		if (g->kernel->eoi_from_lrs && fold_signals_eoi(&lr))
			maintain_eoi(g, cpu, &lr);
		fold_lr(g, cpu, vcpu, &lr);
		if (!gic_is_sgi(lr.irq))
			continue;
		if (!lr.active && (sgi_active & 1u << lr.irq))
			plat_deviation(cpu, "active SGI forgotten for another sender's copy");
		if (lr.active)
			sgi_active |= 1u << lr.irq;
	}
	if (g->kernel->empty_fast_path)
		fold_close(g, cpu, vcpu);
}
