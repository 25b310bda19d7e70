// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The virtual interface of each CPU: list registers and control registers by
 * their architectural effect (IHI 0048B.b §5.3, IHI 0069 chapter on ICH_*_EL2).
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
#include "internal.h"

static unsigned int vif_gic(const struct plat_cpu *cpu)
{
	return cpu->m->config.gic;
}

static bool vif_lr_valid(const struct plat_cpu *cpu, uint64_t w)
{
	return w & (gic_lr_pending_bit(vif_gic(cpu)) | gic_lr_active_bit(vif_gic(cpu)));
}

/* EOI set and HW clear. */
static bool vif_lr_wants_eoi(const struct plat_cpu *cpu, uint64_t w)
{
	if (vif_gic(cpu) == 2)
		return (w & (GICH_LR_EOI | GICH_LR_HW)) == GICH_LR_EOI;
	return (w & (ICH_LR_EOI | ICH_LR_HW)) == ICH_LR_EOI;
}

static uint64_t vif_eisr(const struct plat_cpu *cpu)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < cpu->m->nr_lrs; i++) {
		uint64_t w = cpu->vif.lr[i];

		if (!vif_lr_valid(cpu, w) && vif_lr_wants_eoi(cpu, w))
			bits |= UINT64_C(1) << i;
	}
	return bits;
}

static uint64_t vif_elrsr(const struct plat_cpu *cpu)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < cpu->m->nr_lrs; i++) {
		uint64_t w = cpu->vif.lr[i];

		if (!vif_lr_valid(cpu, w) && !vif_lr_wants_eoi(cpu, w))
			bits |= UINT64_C(1) << i;
	}
	return bits;
}

uint32_t vif_misr(const struct plat_cpu *cpu)
{
	uint64_t pending = gic_lr_pending_bit(vif_gic(cpu));
	uint32_t hcr = cpu->vif.hcr, misr = 0;
	unsigned int nr_valid = 0, nr_pending = 0;

	for (unsigned int i = 0; i < cpu->m->nr_lrs; i++) {
		nr_valid += vif_lr_valid(cpu, cpu->vif.lr[i]);
		nr_pending += (cpu->vif.lr[i] & pending) &&
			      !(cpu->vif.lr[i] & gic_lr_active_bit(vif_gic(cpu)));
	}
	if (vif_eisr(cpu))
		misr |= GICH_MISR_EOI;
	if ((hcr & GICH_HCR_UIE) && nr_valid <= 1)
		misr |= GICH_MISR_U;
	if ((hcr & GICH_HCR_LRENPIE) && hcr >> GICH_HCR_EOICOUNT_SHIFT)
		misr |= GICH_MISR_LRENP;
	if ((hcr & GICH_HCR_NPIE) && !nr_pending)
		misr |= GICH_MISR_NP;
	return misr;
}

uint64_t vif_lr(const struct plat_cpu *cpu, unsigned int n)
{
	return cpu->vif.lr[n];
}

uint32_t vif_hcr(const struct plat_cpu *cpu)
{
	return cpu->vif.hcr;
}

/* ---- the guest ---------------------------------------------------------- */

int vif_highest_pending(const struct plat_cpu *cpu, struct gic_lr *lr)
{
	int best = -1;

	if (!(cpu->vif.hcr & GICH_HCR_EN))
		return -1;
	for (unsigned int i = 0; i < cpu->m->nr_lrs; i++) {
		struct gic_lr l = gic_lr_decode(vif_gic(cpu), cpu->vif.lr[i]);

		if (!l.pending || l.active || (best >= 0 && l.prio >= lr->prio))
			continue;
		best = (int)i;
		*lr = l;
	}
	return best;
}

/* The active priorities register of a group, and the priority's bit in it. */
static uint32_t *vif_apr(struct plat_cpu *cpu, const struct gic_lr *lr, uint32_t *bit)
{
	unsigned int bits = (unsigned int)cpu->m->host.c[HK_PRI_BITS].count;
	unsigned int level = lr->prio >> (8 - bits);

	*bit = UINT32_C(1) << (level & 31);
	if (vif_gic(cpu) == 3 && lr->group)
		return &cpu->vif.ap1r[level / 32];
	return &cpu->vif.ap0r[level / 32];
}

void vif_ack(struct plat_cpu *cpu, unsigned int n)
{
	uint64_t *w = &cpu->vif.lr[n];
	struct gic_lr lr = gic_lr_decode(vif_gic(cpu), *w);
	uint32_t bit, *apr = vif_apr(cpu, &lr, &bit);

	if (unlikely(n >= cpu->m->nr_lrs || !lr.pending))
		machine_fail(cpu, ERR_INVARIANT,
			     "acknowledge of list register %u, which is not pending", n);
	*w &= ~gic_lr_pending_bit(vif_gic(cpu));
	*w |= gic_lr_active_bit(vif_gic(cpu));
	*apr |= bit;
}

static void vif_phys_set(struct plat_cpu *cpu, uint32_t irq, bool active)
{
	uint64_t bit = UINT64_C(1) << (irq & 63);

	if (unlikely(irq >= CPU_PHYS_IRQS))
		machine_fail(cpu, ERR_INVARIANT, "physical interrupt %u", irq);
	if (active)
		cpu->phys_active[irq / 64] |= bit;
	else
		cpu->phys_active[irq / 64] &= ~bit;
}

/*
 * The active list register that an end of @irq hits, or -1. A valid virtual
 * INTID is to be in one list register only, so hardware need not compare the
 * source CPU of an SGI; where a hypervisor breaks that rule, the copy with
 * the right source is taken.
 */
static int vif_find_active(const struct plat_cpu *cpu, uint32_t irq, unsigned int src)
{
	int found = -1;

	for (unsigned int i = 0; i < cpu->m->nr_lrs; i++) {
		struct gic_lr lr = gic_lr_decode(vif_gic(cpu), cpu->vif.lr[i]);

		if (!lr.active || lr.irq != irq)
			continue;
		if (lr.src == src)
			return (int)i;
		if (found < 0)
			found = (int)i;
	}
	return found;
}

bool vif_eoi(struct plat_cpu *cpu, uint32_t irq, unsigned int src)
{
	int i = vif_find_active(cpu, irq, src);
	struct gic_lr lr;
	uint32_t bit, *apr;

	if (i < 0) {
		cpu->vif.hcr += UINT32_C(1) << GICH_HCR_EOICOUNT_SHIFT;
		return false;
	}
	lr = gic_lr_decode(vif_gic(cpu), cpu->vif.lr[i]);
	cpu->vif.lr[i] &= ~gic_lr_active_bit(vif_gic(cpu));
	if (lr.hw)
		vif_phys_set(cpu, lr.hw_irq, false);
	apr = vif_apr(cpu, &lr, &bit);
	*apr &= ~bit;
	return true;
}

/* ---- the hypervisor ----------------------------------------------------- */

static uint64_t vif_vtr(const struct plat_cpu *cpu)
{
	uint64_t pri = cpu->m->host.c[HK_PRI_BITS].count - 1;

	return pri << 29 | pri << 26 | (cpu->m->nr_lrs - 1);
}

static uint32_t *vif_storage(struct plat_cpu *cpu, unsigned int reg)
{
	struct vif *v = &cpu->vif;

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

static void vif_check_lr(struct plat_cpu *cpu, unsigned int reg)
{
	if (unlikely(reg - PLAT_VIF_LR0 >= cpu->m->nr_lrs))
		machine_fail(cpu, ERR_INVARIANT, "list register %u of %u", reg - PLAT_VIF_LR0,
			     cpu->m->nr_lrs);
}

uint64_t plat_vif_read(struct plat_cpu *cpu, unsigned int reg)
{
	charge(cpu, COMP_LR, cpu->m->cost.vif_r);
	if (reg >= PLAT_VIF_LR0) {
		vif_check_lr(cpu, reg);
		return cpu->vif.lr[reg - PLAT_VIF_LR0];
	}
	switch (reg) {
	case PLAT_VIF_VTR:
		return vif_vtr(cpu);
	case PLAT_VIF_MISR:
		return vif_misr(cpu);
	case PLAT_VIF_EISR:
		return vif_eisr(cpu);
	case PLAT_VIF_ELRSR:
		return vif_elrsr(cpu);
	default:
		return *vif_storage(cpu, reg);
	}
}

/* Priority bits that the interface lacks read as zero. */
static uint64_t vif_lr_mask(const struct plat_cpu *cpu, uint64_t val)
{
	unsigned int lacking = 8 - (unsigned int)cpu->m->host.c[HK_PRI_BITS].count;

	if (vif_gic(cpu) == 2)
		return val & UINT32_MAX;
	return val & ~(((UINT64_C(1) << lacking) - 1) << ICH_LR_PRIO_SHIFT);
}

void plat_vif_write(struct plat_cpu *cpu, unsigned int reg, uint64_t val)
{
	uint32_t *word;

	charge(cpu, COMP_LR, cpu->m->cost.vif_w);
	if (reg >= PLAT_VIF_LR0) {
		vif_check_lr(cpu, reg);
		cpu->vif.lr[reg - PLAT_VIF_LR0] = vif_lr_mask(cpu, val);
		return;
	}
	word = vif_storage(cpu, reg);
	if (unlikely(!word))
		machine_fail(cpu, ERR_INVARIANT, "write to read-only interface register %u", reg);
	*word = (uint32_t)val;
}

void plat_barrier(struct plat_cpu *cpu)
{
	charge(cpu, COMP_LR, host_ps(cpu, HK_ISB));
}

bool plat_phys_active_get(struct plat_cpu *cpu, uint32_t hw_irq)
{
	charge(cpu, COMP_IPI, host_ps(cpu, HK_GICD_R));
	if (unlikely(hw_irq >= CPU_PHYS_IRQS))
		machine_fail(cpu, ERR_INVARIANT, "physical interrupt %u", hw_irq);
	return cpu->phys_active[hw_irq / 64] >> (hw_irq & 63) & 1;
}

void plat_phys_active_set(struct plat_cpu *cpu, uint32_t hw_irq, bool active)
{
	charge(cpu, COMP_IPI, host_ps(cpu, HK_GICD_W));
	vif_phys_set(cpu, hw_irq, active);
}
