// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KVM's new vgic and the hardware from Linux 4.17 on: used_lrs list registers are
 * written at entry and read back and zeroed at exit, with none of them nothing is
 * touched; MISR and EISR are not read, VMCR and the active priorities only where
 * the thread comes to a CPU or leaves it. Where the kernel reaches the interface (GICv2;
 * GICv3 with VHE) flush and sync do it, else the world switch at EL2. Modelled
 * behaviour: Linux 6.1, arch/arm64/kvm/hyp/vgic-v3-sr.c, arch/arm64/kvm/vgic/vgic-v2.c.
 *
 * Charged are the registers, the shadow's lines, and for load, put and the mask the
 * kernel's instructions; those at EL2 have not been counted. Without VHE load and put
 * call EL2 for each register: the calls are not charged either.
 */
#include "aplist.h"

#define WORK(field) plat_work(cpu, PLAT_CODE, g->insns->field)

bool aplist_lrs_from_kernel(const struct aplist *g)
{
	return g->kernel->lrs_from_kernel && (g->gic == 2 || g->config.vhe);
}

static uint32_t used_hcr(const struct aplist *g, const struct vgic_cpu *vcpu)
{
	return g->gic == 2 ? vcpu->v2.hcr : vcpu->v3.hcr;
}

static uint64_t used_lr(const struct aplist *g, const struct vgic_cpu *vcpu, unsigned int i)
{
	return g->gic == 2 ? vcpu->v2.lr[i] : vcpu->v3.lr[i];
}

static void used_set_lr(const struct aplist *g, struct vgic_cpu *vcpu, unsigned int i,
			uint64_t word)
{
	if (g->gic == 2)
		vcpu->v2.lr[i] = (uint32_t)word;
	else
		vcpu->v3.lr[i] = word;
}

static const void *used_bytes(const struct aplist *g, const struct vgic_cpu *vcpu, size_t *bytes)
{
	*bytes = vcpu->used_lrs * (g->gic == 2 ? sizeof(vcpu->v2.lr[0]) : sizeof(vcpu->v3.lr[0]));
	return g->gic == 2 ? (const void *)vcpu->v2.lr : (const void *)vcpu->v3.lr;
}

void aplist_restore_state(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	const void *lrs;
	size_t bytes;

	plat_read(cpu, &vcpu->used_lrs);
	if (!vcpu->used_lrs)
		return;
	lrs = used_bytes(g, vcpu, &bytes);
	plat_read_bytes(cpu, lrs, bytes);
	plat_vif_write(cpu, PLAT_VIF_HCR, used_hcr(g, vcpu));
	for (unsigned int i = 0; i < vcpu->used_lrs; i++)
		plat_vif_write(cpu, PLAT_VIF_LR0 + i, used_lr(g, vcpu, i));
}

/* An empty one is not read: its shadow just loses its state. */
void aplist_save_state(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	uint64_t state = gic_lr_pending_bit(g->gic) | gic_lr_active_bit(g->gic), elrsr;
	const void *lrs;
	size_t bytes;

	plat_read(cpu, &vcpu->used_lrs);
	if (!vcpu->used_lrs)
		return;
	lrs = used_bytes(g, vcpu, &bytes);
	plat_write_bytes(cpu, lrs, bytes);
	elrsr = plat_vif_read(cpu, PLAT_VIF_ELRSR);
	plat_vif_write(cpu, PLAT_VIF_HCR, 0);
	for (unsigned int i = 0; i < vcpu->used_lrs; i++) {
		if (elrsr & UINT64_C(1) << i)
			used_set_lr(g, vcpu, i, used_lr(g, vcpu, i) & ~state);
		else
			used_set_lr(g, vcpu, i, plat_vif_read(cpu, PLAT_VIF_LR0 + i));
		plat_vif_write(cpu, PLAT_VIF_LR0 + i, 0);
	}
}

/* Without VHE the host's own accesses need SRE as it was: a read and a write each way. */
static void used_switch_sre(struct plat_cpu *cpu)
{
	plat_vif_write(cpu, PLAT_VIF_SRE_EL2, plat_vif_read(cpu, PLAT_VIF_SRE_EL2));
}

void aplist_restore_used(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;

	if (aplist_lrs_from_kernel(g))
		return;
	used_switch_sre(cpu);
	aplist_restore_state(g, cpu, g->vcpus[vcpu]);
}

void aplist_save_used(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;

	if (aplist_lrs_from_kernel(g))
		return;
	aplist_save_state(g, cpu, g->vcpus[vcpu]);
	used_switch_sre(cpu);
}

/* ---- at load and put ------------------------------------------------------ */

/* Registers of each group: five priority bits fit in one, six in two, seven in four. */
static unsigned int used_nr_aprs(const struct aplist *g)
{
	if (g->config.nr_apr_bits >= 7)
		return 4;
	return g->config.nr_apr_bits == 6 ? 2 : 1;
}

static uint32_t *used_vmcr(const struct aplist *g, struct vgic_cpu *vcpu)
{
	return g->gic == 2 ? &vcpu->v2.vmcr : &vcpu->v3.vmcr;
}

void aplist_load_vmcr(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;
	struct vgic_cpu *vc = g->vcpus[vcpu];

	if (g->kernel->timer_by_interrupt)
		aplist_timer_load(g, cpu, vcpu);
	WORK(load);
	plat_read_bytes(cpu, &vc->v2, offsetof(struct vgic_v3_cpu_if, lr));
	plat_vif_write(cpu, PLAT_VIF_VMCR, *used_vmcr(g, vc));
	if (g->gic == 2) {
		plat_vif_write(cpu, PLAT_VIF_AP0R0, vc->v2.apr);
	} else {
		for (unsigned int i = 0; i < used_nr_aprs(g); i++) {
			plat_vif_write(cpu, PLAT_VIF_AP0R0 + i, vc->v3.ap0r[i]);
			plat_vif_write(cpu, PLAT_VIF_AP1R0 + i, vc->v3.ap1r[i]);
		}
	}
	vc->loaded = true;
}

static void used_sync_vmcr(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vc)
{
	plat_write_bytes(cpu, &vc->v2, offsetof(struct vgic_v3_cpu_if, lr));
	plat_store_declared(used_vmcr(g, vc), (uint32_t)plat_vif_read(cpu, PLAT_VIF_VMCR));
}

void aplist_put_vmcr(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;
	struct vgic_cpu *vc = g->vcpus[vcpu];

	WORK(put_vgic);
	used_sync_vmcr(g, cpu, vc);
	if (g->gic == 2) {
		vc->v2.apr = (uint32_t)plat_vif_read(cpu, PLAT_VIF_AP0R0);
	} else {
		for (unsigned int i = 0; i < used_nr_aprs(g); i++) {
			vc->v3.ap0r[i] = (uint32_t)plat_vif_read(cpu, PLAT_VIF_AP0R0 + i);
			vc->v3.ap1r[i] = (uint32_t)plat_vif_read(cpu, PLAT_VIF_AP1R0 + i);
		}
	}
	vc->loaded = false;
}

/* The mask as the guest has it now: asked for before it is put to sleep. */
bool aplist_pending_sync(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;

	if (g->vcpus[vcpu]->loaded) {
		WORK(vmcr_sync);
		used_sync_vmcr(g, cpu, g->vcpus[vcpu]);
	}
	return aplist_pending(vgic, cpu, vcpu);
}

uint8_t aplist_pmr(const struct aplist *g, const struct vgic_cpu *vcpu)
{
	if (g->gic == 2)
		return (uint8_t)(plat_load_declared(&vcpu->v2.vmcr) >> 27 << 3);
	return (uint8_t)(plat_load_declared(&vcpu->v3.vmcr) >> 24);
}
