// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The GICv3 half of the legacy KVM vgic: tables of the distributor and the
 * redistributors, routing by affinity, SGIs by system register. One security
 * state, affinity routing always on, Group 1 only, no ITS.
 * Modelled behaviour: Linux 4.6, virt/kvm/arm/vgic-v3-emul.c.
 */
#include "vgic-kvm-legacy.h"

#define GICD_CTLR_G0   (1u << 0)
#define GICD_CTLR_G1   (1u << 1)
#define GICD_CTLR_ARE  (1u << 4)
#define GICD_CTLR_DS   (1u << 6)
#define GICD_PIDR2_OFF 0x18 /* from the first identification register */

/* ---- the distributor ------------------------------------------------------------- */

static bool v3_ctlr(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	uint32_t reg = GICD_CTLR_ARE | GICD_CTLR_DS;

	plat_work(m->cpu, PLAT_CODE, m->write ? LC_REG_CTLR : LC_REG_CTLR_READ);
	plat_read(m->cpu, &d->enabled);
	if (d->enabled)
		reg |= GICD_CTLR_G1;
	lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | LGC_WRITE_VALUE);
	if (!m->write)
		return false;
	if (reg & GICD_CTLR_G0)
		plat_deviation(m->cpu, "Group 0 cannot be enabled");
	plat_write(m->cpu, &d->enabled);
	d->enabled = !!(reg & GICD_CTLR_G1);
	lgc_update_state(d, m->cpu);
	return true;
}

/* Ten bits of INTIDs, no LPIs, no message-based SPIs. */
static bool v3_typer(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	uint32_t reg = (10 - 1) << 19 | (d->nr_irqs / 32 - 1);

	plat_work(m->cpu, PLAT_CODE, LC_REG_TYPER);
	reg |= (d->nr_cpus < 8 ? d->nr_cpus - 1 : 7) << 5;
	lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | LGC_WRITE_IGNORED);
	return false;
}

/* The distributor's registers of private interrupts read as zero and ignore writes. */
static bool v3_private(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset,
		       unsigned int bits_per_irq)
{
	if (offset * 8 / bits_per_irq >= GIC_NR_PRIVATE)
		return false;
	lgc_raz_wi(d, m, offset);
	return true;
}

static bool v3_set_enable(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return !v3_private(d, m, offset, 1) && lgc_enable_reg(d, m, offset, true, 0);
}

static bool v3_clear_enable(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return !v3_private(d, m, offset, 1) && lgc_enable_reg(d, m, offset, false, 0);
}

static bool v3_set_pending(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return !v3_private(d, m, offset, 1) && lgc_pending_reg(d, m, offset, true);
}

static bool v3_clear_pending(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return !v3_private(d, m, offset, 1) && lgc_pending_reg(d, m, offset, false);
}

static bool v3_set_active(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return !v3_private(d, m, offset, 1) && lgc_active_reg(d, m, offset, true, 0);
}

static bool v3_clear_active(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return !v3_private(d, m, offset, 1) && lgc_active_reg(d, m, offset, false, 0);
}

static bool v3_priority(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return !v3_private(d, m, offset, 8) && lgc_prio_reg(d, m, offset, 0);
}

static bool v3_cfg(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return !v3_private(d, m, offset, 2) && lgc_cfg_reg(d, m, offset, 0);
}

/* ---- routing ------------------------------------------------------------------------ */

/* The vCPU of an affinity, by comparing with one after another; nr_cpus: none. */
static unsigned int v3_find_vcpu(struct legacy_vgic *d, struct plat_cpu *cpu, uint64_t mpidr)
{
	unsigned int c;

	for (c = 0; c < d->nr_cpus; c++) {
		plat_work(cpu, PLAT_LIST, LC_SGI_VCPU);
		plat_read(cpu, &d->vcpus[c]);
		plat_read(cpu, &d->vcpus[c]->mpidr);
		if (d->vcpus[c]->mpidr == mpidr)
			break;
	}
	return c;
}

#define IROUTER_AFFINITY 0xffffffu  /* Aff2, Aff1, Aff0 */
#define IROUTER_ANY	 (1u << 31) /* Interrupt_Routing_Mode */

static bool v3_route(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	uint32_t irq = offset / 8, reg, spi;
	unsigned int vcpu;

	/* Aff3 is not there, and neither are private interrupts' routes. */
	if ((offset & 4) || gic_is_private(irq)) {
		plat_work(m->cpu, PLAT_CODE, LC_REG_ROUTE_WI);
		lgc_reg_access(m, NULL, offset, LGC_READ_RAZ | LGC_WRITE_IGNORED);
		return false;
	}
	spi = irq - GIC_NR_PRIVATE;
	plat_work(m->cpu, PLAT_CODE, m->write ? LC_REG_ROUTE : LC_REG_ROUTE_READ);
	plat_read(m->cpu, &d->spi_mpidr[spi]);
	reg = d->spi_mpidr[spi];
	lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | LGC_WRITE_VALUE);
	if (!m->write)
		return false;
	if (reg & IROUTER_ANY)
		plat_deviation(m->cpu, "routing to any vCPU is not there");
	vcpu = v3_find_vcpu(d, m->cpu, d->spi_mpidr[spi] & IROUTER_AFFINITY);
	if (vcpu < d->nr_cpus)
		lgc_clear(d, m->cpu, &d->spi_target[vcpu], vcpu, irq);
	plat_write(m->cpu, &d->spi_mpidr[spi]);
	d->spi_mpidr[spi] = reg;
	vcpu = v3_find_vcpu(d, m->cpu, reg & IROUTER_AFFINITY);
	if (vcpu < d->nr_cpus)
		lgc_set(d, m->cpu, &d->spi_target[vcpu], vcpu, irq);
	plat_write(m->cpu, &d->spi_cpu[spi]);
	lgc_set_spi_cpu(d, spi, vcpu);
	lgc_update_state(d, m->cpu);
	return true;
}

static bool v3_idregs(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	uint32_t reg = (offset & ~3u) == GICD_PIDR2_OFF ? 0x3b : 0;

	plat_work(m->cpu, PLAT_CODE, LC_REG_IDREGS);
	lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | LGC_WRITE_IGNORED);
	return false;
}

/* In the order of the scan. */
const struct lgc_range lgc_v3_dist_ranges[] = {
	{ 0x0000, 4, 0, v3_ctlr },
	{ 0x0004, 4, 0, v3_typer },
	{ 0x0008, 4, 0, lgc_iidr },
	{ 0x0010, 4, 0, lgc_raz_wi },	 /* STATUSR */
	{ 0x0040, 4, 0, lgc_raz_wi },	 /* SETSPI_NSR */
	{ 0x0048, 4, 0, lgc_raz_wi },	 /* CLRSPI_NSR */
	{ 0x0050, 4, 0, lgc_raz_wi },	 /* SETSPI_SR */
	{ 0x0058, 4, 0, lgc_raz_wi },	 /* CLRSPI_SR */
	{ 0x0080, 0x80, 1, lgc_rao_wi }, /* IGROUPR */
	{ 0x0100, 0x80, 1, v3_set_enable },
	{ 0x0180, 0x80, 1, v3_clear_enable },
	{ 0x0200, 0x80, 1, v3_set_pending },
	{ 0x0280, 0x80, 1, v3_clear_pending },
	{ 0x0300, 0x80, 1, v3_set_active },
	{ 0x0380, 0x80, 1, v3_clear_active },
	{ 0x0400, 0x400, 8, v3_priority },
	{ 0x0800, 0x400, 8, lgc_raz_wi }, /* ITARGETSR: affinity routing is on */
	{ 0x0c00, 0x100, 2, v3_cfg },
	{ 0x0d00, 0x80, 1, lgc_raz_wi },  /* IGRPMODR */
	{ 0x0e00, 0x100, 2, lgc_raz_wi }, /* NSACR */
	{ 0x0f00, 4, 0, lgc_raz_wi },	  /* SGIR */
	{ 0x0f10, 16, 0, lgc_raz_wi },	  /* CPENDSGIR */
	{ 0x0f20, 16, 0, lgc_raz_wi },	  /* SPENDSGIR */
	{ 0x6000, 0x2000, 64, v3_route },
	{ 0xffd0, 0x30, 0, v3_idregs },
	{ 0, 0, 0, NULL },
};

/* ---- the redistributors: registers of the vCPU they belong to ------------------------- */

static bool v3_redist_ctlr(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	plat_work(m->cpu, PLAT_CODE, LC_REG_CTLR_REDIST);
	lgc_reg_access(m, NULL, offset, LGC_READ_RAZ | LGC_WRITE_IGNORED);
	return false;
}

static bool v3_redist_typer(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	uint64_t mpidr = d->vcpus[m->target]->mpidr;
	bool high = offset & 4;
	uint32_t reg;

	plat_work(m->cpu, PLAT_CODE, high ? LC_REG_TYPER_HI : LC_REG_TYPER_LO);
	plat_read(m->cpu, &d->vcpus[m->target]->mpidr);
	if (high)
		reg = (uint32_t)(mpidr & IROUTER_AFFINITY);
	else
		reg = m->target << 8 | (m->target == d->nr_cpus - 1 ? 1u << 4 : 0);
	lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | LGC_WRITE_IGNORED);
	return false;
}

static bool v3_redist_set_enable(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_enable_reg(d, m, offset, true, LC_REG_WORD_PRIV);
}

static bool v3_redist_clear_enable(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_enable_reg(d, m, offset, false, LC_REG_WORD_PRIV);
}

static bool v3_redist_set_pending(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_pending_reg(d, m, offset, true);
}

static bool v3_redist_clear_pending(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_pending_reg(d, m, offset, false);
}

static bool v3_redist_set_active(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_active_reg(d, m, offset, true, LC_REG_ACTIVE_PRIV);
}

static bool v3_redist_clear_active(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_active_reg(d, m, offset, false, LC_REG_ACTIVE_PRIV);
}

static bool v3_redist_priority(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_prio_reg(d, m, offset, LC_REG_PRIO_PRIV);
}

static bool v3_redist_cfg(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_cfg_reg(d, m, offset, LC_REG_CFG_PRIV);
}

#define SGI_BASE 0x10000

const struct lgc_range lgc_v3_redist_ranges[] = {
	{ 0x0000, 4, 0, v3_redist_ctlr },
	{ 0x0008, 8, 0, v3_redist_typer },
	{ 0x0004, 4, 0, lgc_iidr },
	{ 0x0014, 4, 0, lgc_raz_wi }, /* WAKER */
	{ 0xffd0, 0x30, 0, v3_idregs },
	{ SGI_BASE + 0x080, 4, 0, lgc_rao_wi }, /* IGROUPR0 */
	{ SGI_BASE + 0x100, 4, 0, v3_redist_set_enable },
	{ SGI_BASE + 0x180, 4, 0, v3_redist_clear_enable },
	{ SGI_BASE + 0x200, 4, 0, v3_redist_set_pending },
	{ SGI_BASE + 0x280, 4, 0, v3_redist_clear_pending },
	{ SGI_BASE + 0x300, 4, 0, v3_redist_set_active },
	{ SGI_BASE + 0x380, 4, 0, v3_redist_clear_active },
	{ SGI_BASE + 0x400, 32, 0, v3_redist_priority },
	{ SGI_BASE + 0xc00, 8, 0, v3_redist_cfg },
	{ SGI_BASE + 0xd00, 4, 0, lgc_raz_wi }, /* IGRPMODR0 */
	{ SGI_BASE + 0xe00, 8, 0, lgc_raz_wi }, /* NSACR */
	{ 0, 0, 0, NULL },
};

/* ---- SGIs ------------------------------------------------------------------------------ */

/*
 * What ICC_SGI1R_EL1 names of the vCPU with @mpidr: its bit in the list, or 0.
 * With the IRM bit everybody but the writer is meant.
 */
static uint32_t v3_sgi_bit(uint64_t val, uint64_t mpidr)
{
	uint64_t cluster =
		(val >> 48 & 0xff) << 24 | (val >> 32 & 0xff) << 16 | (val >> 16 & 0xff) << 8;

	if ((mpidr & ~UINT64_C(0xff)) != cluster || (mpidr & 0xff) > 15)
		return 0;
	return (uint32_t)val & 0xffff & UINT32_C(1) << (mpidr & 0xff);
}

static bool v3_dispatch_sgi(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
			    uint64_t val)
{
	uint32_t sgi = val >> 24 & 0xf, left = val & 0xffff, bit;
	bool others = val >> 40 & 1, updated = false;

	for (unsigned int c = 0; c < d->nr_cpus; c++) {
		/* Nobody else can be in the list. */
		if (!others && !left)
			break;
		plat_read(cpu, &d->vcpus[c]);
		if (others) {
			bit = c != vcpu;
		} else {
			plat_read(cpu, &d->vcpus[c]->mpidr);
			bit = v3_sgi_bit(val, d->vcpus[c]->mpidr);
			left &= ~bit;
		}
		if (!bit) {
			plat_work(cpu, PLAT_LIST, LC_SGI_VCPU);
			continue;
		}
		plat_work(cpu, PLAT_LIST, LC_SGI_VCPU + LC_SGI_TARGET + LC_DIST_PENDING);
		if (lgc_peek(d, &d->irq_pending, c, sgi))
			plat_count(cpu, PLAT_COALESCED, 1);
		lgc_set(d, cpu, &d->irq_pending, c, sgi);
		updated = true;
	}
	return updated;
}

enum vgic_handled lgc_v3_sysreg_write(void *vgic, struct plat_cpu *cpu, unsigned int vcpu,
				      uint32_t reg, uint64_t val)
{
	struct legacy_vgic *d = vgic;
	bool updated;

	if (d->config.gic != 3 || reg != SYSREG_ICC_SGI1R_EL1)
		return VGIC_NOT_MINE;
	plat_work(cpu, PLAT_DISPATCH, LC_SGI_TRAP);
	plat_work(cpu, PLAT_CODE, LC_SGI);
	plat_lock(cpu, &d->lock);
	updated = v3_dispatch_sgi(d, cpu, vcpu, val);
	if (updated)
		lgc_update_state(d, cpu);
	plat_unlock(cpu, &d->lock);
	if (updated)
		lgc_kick_all(d, cpu);
	return VGIC_DONE;
}
