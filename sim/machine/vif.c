// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The virtual interface of each CPU: what include/vif.h does to its registers,
 * charged, and the active state of its physical interrupts.
 */
#include "internal.h"

static struct vif_shape vif_shape(const struct plat_cpu *cpu)
{
	return (struct vif_shape){
		.gic = cpu->m->config.gic,
		.nr_lrs = cpu->m->nr_lrs,
		.pri_bits = (unsigned int)cpu->m->host.c[HK_PRI_BITS].count,
	};
}

uint32_t vif_misr(const struct plat_cpu *cpu)
{
	return vif_regs_misr(&cpu->vif, vif_shape(cpu));
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
	return vif_regs_highest_pending(&cpu->vif, vif_shape(cpu), lr);
}

void vif_ack(struct plat_cpu *cpu, unsigned int n)
{
	if (unlikely(!vif_regs_ack(&cpu->vif, vif_shape(cpu), n)))
		machine_fail(cpu, ERR_INVARIANT,
			     "acknowledge of list register %u, which is not pending", n);
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

bool vif_eoi(struct plat_cpu *cpu, uint32_t irq, unsigned int src)
{
	struct gic_lr lr;

	if (!vif_regs_eoi(&cpu->vif, vif_shape(cpu), irq, src, &lr))
		return false;
	if (lr.hw)
		vif_phys_set(cpu, lr.hw_irq, false);
	return true;
}

/* ---- the hypervisor ----------------------------------------------------- */

static void vif_check_lr(struct plat_cpu *cpu, unsigned int reg)
{
	if (unlikely(reg >= PLAT_VIF_LR0 && reg - PLAT_VIF_LR0 >= cpu->m->nr_lrs))
		machine_fail(cpu, ERR_INVARIANT, "list register %u of %u", reg - PLAT_VIF_LR0,
			     cpu->m->nr_lrs);
}

uint64_t plat_vif_read(struct plat_cpu *cpu, unsigned int reg)
{
	charge(cpu, COMP_LR, cpu->m->cost.vif_r);
	vif_check_lr(cpu, reg);
	return vif_regs_read(&cpu->vif, vif_shape(cpu), reg);
}

void plat_vif_write(struct plat_cpu *cpu, unsigned int reg, uint64_t val)
{
	charge(cpu, COMP_LR, cpu->m->cost.vif_w);
	vif_check_lr(cpu, reg);
	if (unlikely(!vif_regs_write(&cpu->vif, vif_shape(cpu), reg, val)))
		machine_fail(cpu, ERR_INVARIANT, "write to read-only interface register %u", reg);
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
