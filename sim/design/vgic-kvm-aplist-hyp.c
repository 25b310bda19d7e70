// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KVM's new vgic at EL2: shadow list registers to the hardware and back, as Linux
 * 4.6 to 4.11 did. Only list registers that hold something are touched
 * (live_lrs), and with none of them nothing but VMCR is; MISR and EISR are read
 * only if one of them could have raised a maintenance interrupt. Modelled
 * behaviour: Linux 4.8, virt/kvm/arm/hyp/vgic-v2-sr.c, arch/arm64/kvm/hyp/vgic-v3-sr.c.
 *
 * Charged are the registers and the shadow's lines. The instructions between them
 * are the host profile's world switch (they have not been counted).
 */
#include "aplist.h"

/* Registers of each group: five priority bits fit in one, six in two, seven in four. */
static unsigned int hyp_nr_aprs(const struct aplist *g)
{
	if (g->config.nr_apr_bits >= 7)
		return 4;
	return g->config.nr_apr_bits == 6 ? 2 : 1;
}

static uint64_t hyp_lr(const struct aplist *g, const struct vgic_cpu *vcpu, unsigned int i)
{
	return g->gic == 2 ? vcpu->v2.lr[i] : vcpu->v3.lr[i];
}

static void hyp_set_lr(const struct aplist *g, struct vgic_cpu *vcpu, unsigned int i, uint64_t word)
{
	if (g->gic == 2)
		vcpu->v2.lr[i] = (uint32_t)word;
	else
		vcpu->v3.lr[i] = word;
}

static const void *hyp_lrs(const struct aplist *g, const struct vgic_cpu *vcpu, size_t *bytes,
			   unsigned int used)
{
	*bytes = used * (g->gic == 2 ? sizeof(vcpu->v2.lr[0]) : sizeof(vcpu->v3.lr[0]));
	return g->gic == 2 ? (const void *)vcpu->v2.lr : (const void *)vcpu->v3.lr;
}

static uint64_t hyp_find_live(const struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	uint64_t state = gic_lr_pending_bit(g->gic) | gic_lr_active_bit(g->gic), live = 0;
	const void *lrs;
	size_t bytes;

	plat_read(cpu, &vcpu->used_lrs);
	if (vcpu->used_lrs) {
		lrs = hyp_lrs(g, vcpu, &bytes, vcpu->used_lrs);
		plat_read_bytes(cpu, lrs, bytes);
	}
	for (unsigned int i = 0; i < vcpu->used_lrs; i++)
		if (hyp_lr(g, vcpu, i) & state)
			live |= UINT64_C(1) << i;
	plat_write(cpu, &vcpu->live_lrs);
	vcpu->live_lrs = live;
	return live;
}

static void hyp_write_live(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			   uint64_t live)
{
	for (; live; live &= live - 1) {
		unsigned int i = (unsigned int)__builtin_ctzll(live);

		plat_vif_write(cpu, PLAT_VIF_LR0 + i, hyp_lr(g, vcpu, i));
	}
}

static void hyp_restore_v2(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	struct vgic_v2_cpu_if *v2 = &vcpu->v2;
	uint64_t live = hyp_find_live(g, cpu, vcpu);

	plat_read_bytes(cpu, v2, offsetof(struct vgic_v2_cpu_if, lr));
	if (live) {
		plat_vif_write(cpu, PLAT_VIF_HCR, v2->hcr);
		plat_vif_write(cpu, PLAT_VIF_AP0R0, v2->apr);
		hyp_write_live(g, cpu, vcpu, live);
	}
	plat_vif_write(cpu, PLAT_VIF_VMCR, v2->vmcr);
}

static void hyp_restore_v3(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	struct vgic_v3_cpu_if *v3 = &vcpu->v3;
	unsigned int aprs = hyp_nr_aprs(g);
	uint64_t live = hyp_find_live(g, cpu, vcpu);

	plat_read_bytes(cpu, v3, offsetof(struct vgic_v3_cpu_if, lr));
	plat_vif_write(cpu, PLAT_VIF_VMCR, v3->vmcr);
	plat_vif_read(cpu, PLAT_VIF_VTR);
	if (live) {
		plat_vif_write(cpu, PLAT_VIF_HCR, v3->hcr);
		for (unsigned int i = 0; i < aprs; i++) {
			plat_vif_write(cpu, PLAT_VIF_AP0R0 + i, v3->ap0r[i]);
			plat_vif_write(cpu, PLAT_VIF_AP1R0 + i, v3->ap1r[i]);
		}
		hyp_write_live(g, cpu, vcpu, live);
	}
	plat_vif_write(cpu, PLAT_VIF_SRE_EL2, v3->sre);
}

void aplist_restore_live(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;

	if (g->gic == 2)
		hyp_restore_v2(g, cpu, g->vcpus[vcpu]);
	else
		hyp_restore_v3(g, cpu, g->vcpus[vcpu]);
}

/* Can one of the live ones, or UIE, have raised a maintenance interrupt? */
static bool hyp_expects_maintenance(const struct aplist *g, const struct vgic_cpu *vcpu,
				    uint32_t hcr)
{
	if (hcr & GICH_HCR_UIE)
		return true;
	for (uint64_t live = vcpu->live_lrs; live; live &= live - 1)
		if (gic_lr_decode(g->gic, hyp_lr(g, vcpu, (unsigned int)__builtin_ctzll(live))).eoi)
			return true;
	return false;
}

/* MISR, and EISR if it says so, or zeroes. */
static uint32_t hyp_save_maintenance(const struct aplist *g, struct plat_cpu *cpu,
				     const struct vgic_cpu *vcpu, uint32_t hcr, uint64_t *eisr)
{
	uint32_t misr;

	*eisr = 0;
	if (!hyp_expects_maintenance(g, vcpu, hcr))
		return 0;
	misr = (uint32_t)plat_vif_read(cpu, PLAT_VIF_MISR);
	if (misr & GICH_MISR_EOI)
		*eisr = plat_vif_read(cpu, PLAT_VIF_EISR);
	return misr;
}

/* An empty one is not read: its shadow just loses its state. */
static void hyp_save_live(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			  uint64_t elrsr)
{
	uint64_t state = gic_lr_pending_bit(g->gic) | gic_lr_active_bit(g->gic);
	const void *lrs;
	size_t bytes;

	lrs = hyp_lrs(g, vcpu, &bytes, vcpu->used_lrs);
	plat_write_bytes(cpu, lrs, bytes);
	for (uint64_t live = vcpu->live_lrs; live; live &= live - 1) {
		unsigned int i = (unsigned int)__builtin_ctzll(live);

		if (elrsr & UINT64_C(1) << i)
			hyp_set_lr(g, vcpu, i, hyp_lr(g, vcpu, i) & ~state);
		else
			hyp_set_lr(g, vcpu, i, plat_vif_read(cpu, PLAT_VIF_LR0 + i));
		plat_vif_write(cpu, PLAT_VIF_LR0 + i, 0);
	}
}

static void hyp_save_v2(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	struct vgic_v2_cpu_if *v2 = &vcpu->v2;

	plat_write_bytes(cpu, v2, offsetof(struct vgic_v2_cpu_if, lr));
	v2->vmcr = (uint32_t)plat_vif_read(cpu, PLAT_VIF_VMCR);
	plat_read(cpu, &vcpu->live_lrs);
	if (!vcpu->live_lrs) {
		v2->eisr = 0;
		v2->elrsr = ~UINT64_C(0);
		v2->misr = 0;
		v2->apr = 0;
		return;
	}
	v2->apr = (uint32_t)plat_vif_read(cpu, PLAT_VIF_AP0R0);
	v2->misr = hyp_save_maintenance(g, cpu, vcpu, v2->hcr, &v2->eisr);
	v2->elrsr = plat_vif_read(cpu, PLAT_VIF_ELRSR);
	hyp_save_live(g, cpu, vcpu, v2->elrsr);
	plat_vif_write(cpu, PLAT_VIF_HCR, 0);
}

static void hyp_save_v3(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	struct vgic_v3_cpu_if *v3 = &vcpu->v3;
	unsigned int aprs = hyp_nr_aprs(g);
	uint64_t eisr;

	plat_write_bytes(cpu, v3, offsetof(struct vgic_v3_cpu_if, lr));
	v3->vmcr = (uint32_t)plat_vif_read(cpu, PLAT_VIF_VMCR);
	plat_read(cpu, &vcpu->live_lrs);
	if (!vcpu->live_lrs) {
		v3->eisr = 0;
		v3->elrsr = 0xffff;
		v3->misr = 0;
		for (unsigned int i = 0; i < 4; i++)
			v3->ap0r[i] = v3->ap1r[i] = 0;
		return;
	}
	v3->elrsr = (uint32_t)plat_vif_read(cpu, PLAT_VIF_ELRSR);
	v3->misr = hyp_save_maintenance(g, cpu, vcpu, v3->hcr, &eisr);
	v3->eisr = (uint32_t)eisr;
	plat_vif_write(cpu, PLAT_VIF_HCR, 0);
	plat_vif_read(cpu, PLAT_VIF_VTR);
	hyp_save_live(g, cpu, vcpu, v3->elrsr);
	for (unsigned int i = 0; i < aprs; i++) {
		v3->ap0r[i] = (uint32_t)plat_vif_read(cpu, PLAT_VIF_AP0R0 + i);
		v3->ap1r[i] = (uint32_t)plat_vif_read(cpu, PLAT_VIF_AP1R0 + i);
	}
}

void aplist_save_live(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;

	if (g->gic == 2)
		hyp_save_v2(g, cpu, g->vcpus[vcpu]);
	else
		hyp_save_v3(g, cpu, g->vcpus[vcpu]);
}
