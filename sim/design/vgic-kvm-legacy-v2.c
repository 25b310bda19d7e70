// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The GICv2 half of the legacy KVM vgic: the distributor's table, targets, and
 * SGIs that are pending once a source.
 * Modelled behaviour: Linux 4.6, virt/kvm/arm/vgic-v2-emul.c.
 */
#include "vgic-kvm-legacy.h"

/* CTLR, TYPER and IIDR are one entry. */
static bool v2_misc(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	uint32_t reg;

	switch (offset & ~3u) {
	case 0:
		plat_work(m->cpu, PLAT_CODE, m->write ? LC_REG_CTLR : LC_REG_CTLR_READ);
		plat_read(m->cpu, &d->enabled);
		reg = d->enabled;
		lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | LGC_WRITE_VALUE);
		if (!m->write)
			return false;
		plat_write(m->cpu, &d->enabled);
		d->enabled = reg & 1;
		lgc_update_state(d, m->cpu);
		return true;
	case 4:
		plat_work(m->cpu, PLAT_CODE, LC_REG_TYPER);
		reg = (d->nr_cpus - 1) << 5 | (d->nr_irqs / 32 - 1);
		lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | LGC_WRITE_IGNORED);
		return false;
	default:
		return lgc_iidr(d, m, offset);
	}
}

static bool v2_set_enable(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_enable_reg(d, m, offset, true, 0);
}

static bool v2_clear_enable(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_enable_reg(d, m, offset, false, 0);
}

static bool v2_set_pending(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_pending_reg(d, m, offset, true);
}

static bool v2_clear_pending(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_pending_reg(d, m, offset, false);
}

static bool v2_set_active(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_active_reg(d, m, offset, true, 0);
}

static bool v2_clear_active(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_active_reg(d, m, offset, false, 0);
}

static bool v2_priority(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_prio_reg(d, m, offset, 0);
}

static bool v2_cfg(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return lgc_cfg_reg(d, m, offset, 0);
}

/* ---- targets ------------------------------------------------------------------- */

static uint32_t v2_targets_get(struct legacy_vgic *d, struct plat_cpu *cpu, uint32_t spi)
{
	uint32_t reg = 0;

	plat_read_bytes(cpu, &d->spi_cpu[spi], 4);
	for (unsigned int i = 0; i < 4; i++)
		if (d->spi_cpu[spi + i] < GICV2_MAX_VCPUS) /* else routed to nobody */
			reg |= UINT32_C(1) << d->spi_cpu[spi + i] << 8 * i;
	return reg;
}

/* The lowest bit of each byte, vCPU 0 without one. The reverse map follows bit by bit. */
static void v2_targets_set(struct legacy_vgic *d, struct plat_cpu *cpu, uint32_t spi, uint32_t reg)
{
	for (unsigned int i = 0; i < 4; i++) {
		uint32_t byte = reg >> 8 * i & 0xff;
		unsigned int target = byte ? (unsigned int)__builtin_ctz(byte) : 0;

		plat_work(cpu, PLAT_CODE, LC_REG_TARGET_IRQ);
		plat_write(cpu, &d->spi_cpu[spi + i]);
		d->spi_cpu[spi + i] = (uint8_t)target;
		for (unsigned int c = 0; c < d->nr_cpus; c++) {
			plat_work(cpu, PLAT_LIST, LC_REG_TARGET_VCPU);
			if (c == target)
				lgc_set(d, cpu, &d->spi_target[c], c, GIC_NR_PRIVATE + spi + i);
			else
				lgc_clear(d, cpu, &d->spi_target[c], c, GIC_NR_PRIVATE + spi + i);
		}
	}
}

static bool v2_target(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	uint32_t reg, spi = (offset & ~3u) - GIC_NR_PRIVATE;

	plat_work(m->cpu, PLAT_CODE, m->write ? LC_REG_TARGET : LC_REG_TARGET_READ);
	if (offset < GIC_NR_PRIVATE) {
		reg = UINT32_C(0x01010101) << m->vcpu;
		lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | LGC_WRITE_IGNORED);
		return false;
	}
	reg = v2_targets_get(d, m->cpu, spi);
	lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | LGC_WRITE_VALUE);
	if (!m->write)
		return false;
	v2_targets_set(d, m->cpu, spi, reg);
	lgc_update_state(d, m->cpu);
	return true;
}

/* ---- SGIs ------------------------------------------------------------------------ */

static void v2_dispatch_sgi(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t reg)
{
	uint32_t sgi = reg & 0xf, targets = reg >> 16 & 0xff;

	plat_work(m->cpu, PLAT_CODE, LC_V2_SGI);
	switch (reg >> 24 & 3) {
	case 0:
		if (!targets)
			return;
		break;
	case 1:
		targets = ((UINT32_C(1) << d->nr_cpus) - 1) & ~(UINT32_C(1) << m->vcpu);
		break;
	case 2:
		targets = UINT32_C(1) << m->vcpu;
		break;
	default:
		plat_count(m->cpu, PLAT_UNSUPPORTED, 1);
		return;
	}
	for (unsigned int c = 0; c < d->nr_cpus; c++) {
		uint8_t *byte = &d->sgi_sources[c * GIC_NR_SGIS + sgi];

		plat_work(m->cpu, PLAT_LIST, LC_V2_SGI_VCPU);
		plat_read(m->cpu, &d->vcpus[c]);
		if (!(targets >> c & 1))
			continue;
		plat_work(m->cpu, PLAT_CODE, LC_SGI_TARGET + LC_SGI_SOURCE + LC_DIST_PENDING);
		lgc_set(d, m->cpu, &d->irq_pending, c, sgi);
		plat_write(m->cpu, byte);
		if (*byte >> m->vcpu & 1)
			plat_count(m->cpu, PLAT_COALESCED, 1);
		*byte |= (uint8_t)(1u << m->vcpu);
	}
}

static bool v2_sgir(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	uint32_t reg = 0;

	plat_work(m->cpu, PLAT_CODE, LC_REG_SGIR);
	lgc_reg_access(m, &reg, offset, LGC_READ_RAZ | LGC_WRITE_VALUE);
	if (!m->write)
		return false;
	v2_dispatch_sgi(d, m, reg);
	lgc_update_state(d, m->cpu);
	return true;
}

/* SPENDSGIR and CPENDSGIR: four SGIs' bytes of source bits. Neither touches "pending". */
static bool v2_sgi_sources(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset, bool set)
{
	uint8_t *bytes = &d->sgi_sources[m->vcpu * GIC_NR_SGIS + (offset & ~3u)];
	uint32_t reg = 0, old;

	plat_work(m->cpu, PLAT_CODE, LC_REG_SGI_BYTES + 4 * LC_REG_SGI_BYTE);
	plat_read_bytes(m->cpu, bytes, 4);
	for (unsigned int i = 0; i < 4; i++)
		reg |= (uint32_t)bytes[i] << 8 * i;
	old = reg;
	lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | (set ? LGC_WRITE_SET : LGC_WRITE_CLEAR));
	if (!m->write || reg == old)
		return false;
	plat_deviation(m->cpu, "SGI sources written, pending state left alone");
	plat_write_bytes(m->cpu, bytes, 4);
	for (unsigned int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(reg >> 8 * i);
	lgc_update_state(d, m->cpu);
	return true;
}

static bool v2_spendsgir(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return v2_sgi_sources(d, m, offset, true);
}

static bool v2_cpendsgir(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	return v2_sgi_sources(d, m, offset, false);
}

/* In the order of the scan. */
const struct lgc_range lgc_v2_dist_ranges[] = {
	{ 0x000, 12, 0, v2_misc },
	{ 0x080, 128, 1, lgc_raz_wi }, /* IGROUPR */
	{ 0x100, 128, 1, v2_set_enable },
	{ 0x180, 128, 1, v2_clear_enable },
	{ 0x200, 128, 1, v2_set_pending },
	{ 0x280, 128, 1, v2_clear_pending },
	{ 0x300, 128, 1, v2_set_active },
	{ 0x380, 128, 1, v2_clear_active },
	{ 0x400, 1024, 8, v2_priority },
	{ 0x800, 1024, 8, v2_target },
	{ 0xc00, 256, 2, v2_cfg },
	{ 0xf00, 4, 0, v2_sgir },
	{ 0xf10, 16, 0, v2_cpendsgir },
	{ 0xf20, 16, 0, v2_spendsgir },
	{ 0, 0, 0, NULL },
};
