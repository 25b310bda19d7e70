/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual CPU interface: its registers and what reading, writing, acknowledging
 * and ending does to them, by the architecture (IHI 0048B.b §5.3, IHI 0069 chapter
 * on ICH_*_EL2). No time, no machine: simulated CPUs and real threads have the same.
 *
 * MISR, EISR and ELRSR are functions of the words that stand in the registers:
 * EISR has the bit of a list register with EOI set, HW clear and no state,
 * whether the guest's EOI or the hypervisor's write made it so, as the
 * architecture words it; ELRSR that of one with no state that is not in EISR.
 * MISR's U: at most one list register has a state.
 *
 * Left out: priority mask, binary point and group enables of the virtual CPU
 * interface (VMCR is storage), EOImode 1, the VGrp maintenance interrupts.
 */
#ifndef VIF_H
#define VIF_H

#include "gic.h"
#include "plat.h"

struct vif {
	uint32_t hcr, vmcr, sre_el1, sre_el2;
	uint32_t ap0r[4], ap1r[4];
	uint64_t lr[GIC_MAX_LRS];
};

/* What the hardware is. */
struct vif_shape {
	unsigned int gic;	/* 2 or 3 */
	unsigned int nr_lrs;
	unsigned int pri_bits;
};

static inline bool vif_word_valid(struct vif_shape s, uint64_t w)
{
	return w & (gic_lr_pending_bit(s.gic) | gic_lr_active_bit(s.gic));
}

/* EOI set and HW clear. */
static inline bool vif_word_wants_eoi(struct vif_shape s, uint64_t w)
{
	if (s.gic == 2)
		return (w & (GICH_LR_EOI | GICH_LR_HW)) == GICH_LR_EOI;
	return (w & (ICH_LR_EOI | ICH_LR_HW)) == ICH_LR_EOI;
}

/* The list registers without a state that want an EOI interrupt, or those that do not. */
static inline uint64_t vif_regs_done(const struct vif *v, struct vif_shape s, bool eoi)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < s.nr_lrs; i++) {
		uint64_t w = v->lr[i];

		if (!vif_word_valid(s, w) && vif_word_wants_eoi(s, w) == eoi)
			bits |= UINT64_C(1) << i;
	}
	return bits;
}

static inline uint32_t vif_regs_misr(const struct vif *v, struct vif_shape s)
{
	uint64_t pending = gic_lr_pending_bit(s.gic), any = 0;
	unsigned int nr_valid = 0, nr_pending = 0;
	uint32_t misr = 0;

	for (unsigned int i = 0; i < s.nr_lrs; i++)
		any |= v->lr[i];
	/* Mostly nothing is asked for. */
	if (!(any & (s.gic == 2 ? GICH_LR_EOI : ICH_LR_EOI)) &&
	    !(v->hcr & (GICH_HCR_UIE | GICH_HCR_LRENPIE | GICH_HCR_NPIE)))
		return 0;
	for (unsigned int i = 0; i < s.nr_lrs; i++) {
		nr_valid += vif_word_valid(s, v->lr[i]);
		nr_pending += (v->lr[i] & pending) && !(v->lr[i] & gic_lr_active_bit(s.gic));
	}
	if (vif_regs_done(v, s, true))
		misr |= GICH_MISR_EOI;
	if ((v->hcr & GICH_HCR_UIE) && nr_valid <= 1)
		misr |= GICH_MISR_U;
	if ((v->hcr & GICH_HCR_LRENPIE) && v->hcr >> GICH_HCR_EOICOUNT_SHIFT)
		misr |= GICH_MISR_LRENP;
	if ((v->hcr & GICH_HCR_NPIE) && !nr_pending)
		misr |= GICH_MISR_NP;
	return misr;
}

/* ---- the guest ---------------------------------------------------------- */

/* As vif_highest_pending() of machine.h. */
static inline int vif_regs_highest_pending(const struct vif *v, struct vif_shape s,
					   struct gic_lr *lr)
{
	int best = -1;

	if (!(v->hcr & GICH_HCR_EN))
		return -1;
	for (unsigned int i = 0; i < s.nr_lrs; i++) {
		struct gic_lr l = gic_lr_decode(s.gic, v->lr[i]);

		if (!l.pending || l.active || (best >= 0 && l.prio >= lr->prio))
			continue;
		best = (int)i;
		*lr = l;
	}
	return best;
}

/* The active priorities register of a group, and the priority's bit in it. */
static inline uint32_t *vif_regs_apr(struct vif *v, struct vif_shape s, const struct gic_lr *lr,
				     uint32_t *bit)
{
	unsigned int level = lr->prio >> (8 - s.pri_bits);

	*bit = UINT32_C(1) << (level & 31);
	return s.gic == 3 && lr->group ? &v->ap1r[level / 32] : &v->ap0r[level / 32];
}

/* Pending → active. False: list register @n is not pending. */
static inline bool vif_regs_ack(struct vif *v, struct vif_shape s, unsigned int n)
{
	struct gic_lr lr;
	uint32_t bit, *apr;

	if (n >= s.nr_lrs)
		return false;
	lr = gic_lr_decode(s.gic, v->lr[n]);
	if (!lr.pending)
		return false;
	apr = vif_regs_apr(v, s, &lr, &bit);
	v->lr[n] &= ~gic_lr_pending_bit(s.gic);
	v->lr[n] |= gic_lr_active_bit(s.gic);
	*apr |= bit;
	return true;
}

/*
 * The active list register that an end of @irq hits, or -1. A valid virtual
 * INTID is to be in one list register only, so hardware need not compare the
 * source CPU of an SGI; where a hypervisor breaks that rule, the copy with
 * the right source is taken.
 */
static inline int vif_regs_find_active(const struct vif *v, struct vif_shape s, uint32_t irq,
				       unsigned int src)
{
	int found = -1;

	for (unsigned int i = 0; i < s.nr_lrs; i++) {
		struct gic_lr lr = gic_lr_decode(s.gic, v->lr[i]);

		if (!lr.active || lr.irq != irq)
			continue;
		if (lr.src == src)
			return (int)i;
		if (found < 0)
			found = (int)i;
	}
	return found;
}

/* End, EOImode 0; *lr is what it was. False: none is active, HCR.EOIcount goes up. */
static inline bool vif_regs_eoi(struct vif *v, struct vif_shape s, uint32_t irq, unsigned int src,
				struct gic_lr *lr)
{
	int i = vif_regs_find_active(v, s, irq, src);
	uint32_t bit, *apr;

	if (i < 0) {
		v->hcr += UINT32_C(1) << GICH_HCR_EOICOUNT_SHIFT;
		return false;
	}
	*lr = gic_lr_decode(s.gic, v->lr[i]);
	v->lr[i] &= ~gic_lr_active_bit(s.gic);
	apr = vif_regs_apr(v, s, lr, &bit);
	*apr &= ~bit;
	return true;
}

/* ---- the hypervisor ----------------------------------------------------- */

static inline uint32_t *vif_regs_storage(struct vif *v, unsigned int reg)
{
	switch (reg) {
	case PLAT_VIF_HCR:
		return &v->hcr;
	case PLAT_VIF_VMCR:
		return &v->vmcr;
	case PLAT_VIF_SRE_EL1:
		return &v->sre_el1;
	case PLAT_VIF_SRE_EL2:
		return &v->sre_el2;
	default:
		if (reg >= PLAT_VIF_AP0R0 && reg <= PLAT_VIF_AP0R3)
			return &v->ap0r[reg - PLAT_VIF_AP0R0];
		if (reg >= PLAT_VIF_AP1R0 && reg <= PLAT_VIF_AP1R3)
			return &v->ap1r[reg - PLAT_VIF_AP1R0];
		return NULL;
	}
}

/* @reg is not a list register beyond the last. */
static inline uint64_t vif_regs_read(struct vif *v, struct vif_shape s, unsigned int reg)
{
	uint64_t pri = s.pri_bits - 1;

	if (reg >= PLAT_VIF_LR0)
		return v->lr[reg - PLAT_VIF_LR0];
	switch (reg) {
	case PLAT_VIF_VTR:
		return pri << 29 | pri << 26 | (s.nr_lrs - 1);
	case PLAT_VIF_MISR:
		return vif_regs_misr(v, s);
	case PLAT_VIF_EISR:
		return vif_regs_done(v, s, true);
	case PLAT_VIF_ELRSR:
		return vif_regs_done(v, s, false);
	default:
		return *vif_regs_storage(v, reg);
	}
}

/* Priority bits that the interface lacks read as zero. */
static inline uint64_t vif_word_masked(struct vif_shape s, uint64_t val)
{
	unsigned int lacking = 8 - s.pri_bits;

	if (s.gic == 2)
		return val & UINT32_MAX;
	return val & ~(((UINT64_C(1) << lacking) - 1) << ICH_LR_PRIO_SHIFT);
}

/* False: it is read-only. @reg as for vif_regs_read(). */
static inline bool vif_regs_write(struct vif *v, struct vif_shape s, unsigned int reg, uint64_t val)
{
	uint32_t *word;

	if (reg >= PLAT_VIF_LR0) {
		v->lr[reg - PLAT_VIF_LR0] = vif_word_masked(s, val);
		return true;
	}
	word = vif_regs_storage(v, reg);
	if (word)
		*word = (uint32_t)val;
	return word;
}

#endif
