// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KVM's new vgic, the registers of a GICv2's distributor. Modelled behaviour:
 * vgic-mmio-v2.c of Linux 4.8 and later. Guests reach the CPU interface without KVM.
 */
#include "aplist-mmio.h"

#define WORK(field) plat_work(cpu, PLAT_CODE, g->insns->field)

static uint64_t v2_read_misc(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			     uint32_t addr, unsigned int len)
{
	switch (addr) {
	case 0x0: /* GICD_CTLR */
		WORK(misc_ctlr);
		return plat_load(cpu, &g->dist->enabled);
	case 0x4: /* GICD_TYPER */
		WORK(misc_typer);
		plat_read(cpu, &g->dist->nr_spis);
		return ((g->dist->nr_spis + GIC_NR_PRIVATE) / 32 - 1) | (uint64_t)(g->nr_vcpus - 1)
										<< 5;
	case 0x8: /* GICD_IIDR */
		WORK(misc_iidr);
		return g->kernel->iidr;
	default:
		return 0;
	}
}

static void v2_write_misc(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			  uint32_t addr, unsigned int len, uint64_t val)
{
	if (addr == 0)
		aplist_write_enabled(g, cpu, val & 1);
	else
		WORK(misc_write);
}

/* ---- SGIs: pending by (target, sender) ----------------------------------- */

/* Which vCPUs: the list, all but the sender, or the sender. */
static uint32_t sgir_targets(const struct aplist *g, const struct vgic_cpu *sender, uint64_t val)
{
	uint32_t all = (1u << g->nr_vcpus) - 1;

	switch (val >> 24 & 3) {
	case 0:
		return (uint32_t)(val >> 16) & 0xff & all;
	case 1:
		return all & ~(1u << sender->vcpu_id);
	case 2:
		return 1u << sender->vcpu_id;
	default:
		return 0;
	}
}

static void sgir_send(struct aplist *g, struct plat_cpu *cpu, const struct vgic_cpu *sender,
		      struct vgic_cpu *target, uint32_t intid)
{
	struct vgic_irq *irq;

	WORK(sgi_send);
	irq = aplist_get_irq(g, cpu, target, intid);
	aplist_lock_irq(g, cpu, &irq->irq_lock);
	plat_write(cpu, &irq->source);
	aplist_latch(g, cpu, irq);
	plat_store_declared(&irq->source, (uint8_t)(irq->source | 1u << sender->vcpu_id));
	aplist_queue_irq_unlock(g, cpu, irq);
	aplist_put_irq(g, cpu, irq);
}

static void v2_write_sgir(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			  uint32_t addr, unsigned int len, uint64_t val)
{
	uint32_t targets = sgir_targets(g, vcpu, val);

	WORK(sgir);
	for (unsigned int i = 0; i < g->nr_vcpus; i++) {
		WORK(sgi_vcpu);
		plat_read(cpu, &g->vcpus[i]);
		if (targets & 1u << i)
			sgir_send(g, cpu, vcpu, g->vcpus[i], val & 0xf);
	}
}

static uint64_t v2_read_sgi_source(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
				   uint32_t addr, unsigned int len)
{
	uint32_t intid = addr & 0xf;
	uint64_t val = 0;

	WORK(sgi_source);
	for (unsigned int i = 0; i < len; i++) {
		struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, intid + i);

		WORK(sgi_source_irq);
		val |= (uint64_t)plat_load(cpu, &irq->source) << i * 8;
		aplist_put_irq(g, cpu, irq);
	}
	return val;
}

static void v2_write_spendsgi(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			      uint32_t addr, unsigned int len, uint64_t val)
{
	uint32_t intid = addr & 0xf;

	WORK(sgi_source);
	for (unsigned int i = 0; i < len; i++) {
		struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, intid + i);

		WORK(sgi_source_irq);
		aplist_lock_irq(g, cpu, &irq->irq_lock);
		plat_write(cpu, &irq->source);
		plat_store_declared(&irq->source, irq->source | (uint8_t)(val >> i * 8));
		if (irq->source) {
			aplist_latch(g, cpu, irq);
			aplist_queue_irq_unlock(g, cpu, irq);
		} else {
			aplist_unlock_irq(g, cpu, &irq->irq_lock);
		}
		aplist_put_irq(g, cpu, irq);
	}
}

static void v2_write_cpendsgi(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			      uint32_t addr, unsigned int len, uint64_t val)
{
	uint32_t intid = addr & 0xf;

	WORK(sgi_source);
	for (unsigned int i = 0; i < len; i++) {
		struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, intid + i);

		WORK(sgi_source_irq);
		aplist_lock_irq(g, cpu, &irq->irq_lock);
		plat_write(cpu, &irq->source);
		aplist_state_write(cpu, irq);
		plat_store_declared(&irq->source, irq->source & (uint8_t) ~(val >> i * 8));
		if (!irq->source)
			aplist_set_latch(g, irq, false);
		aplist_unlock_irq(g, cpu, &irq->irq_lock);
		aplist_put_irq(g, cpu, irq);
	}
}

/* ---- routing ------------------------------------------------------------- */

static uint64_t v2_read_target(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			       uint32_t addr, unsigned int len)
{
	uint32_t intid = aplist_addr_intid(addr, 8);
	uint64_t val = 0;

	WORK(target);
	for (unsigned int i = 0; i < len; i++) {
		struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, intid + i);

		WORK(target_irq);
		val |= (uint64_t)plat_load(cpu, &irq->targets) << i * 8;
		aplist_put_irq(g, cpu, irq);
	}
	return val;
}

/* The lowest of them gets it, vCPU 0 if there is none; one that is queued stays for now. */
static void v2_write_target(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			    uint32_t addr, unsigned int len, uint64_t val)
{
	uint32_t intid = aplist_addr_intid(addr, 8);
	uint8_t all = (uint8_t)((1u << g->nr_vcpus) - 1);

	WORK(target);
	if (gic_is_private(intid))
		return;
	for (unsigned int i = 0; i < len; i++) {
		struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, intid + i);

		WORK(target_irq);
		aplist_lock_irq(g, cpu, &irq->irq_lock);
		aplist_targets_write(g, cpu, irq);
		plat_write(cpu, &irq->target_vcpu);
		plat_store_declared(&irq->targets, (uint8_t)(val >> i * 8) & all);
		irq->target_vcpu = g->vcpus[irq->targets ? __builtin_ctz(irq->targets) : 0];
		aplist_unlock_irq(g, cpu, &irq->irq_lock);
		aplist_put_irq(g, cpu, irq);
	}
}

/* ---- the table: 14 entries ----------------------------------------------- */

#define ARRAY(off, bits, w, r, wr)                                                                 \
	{                                                                                          \
		off, (bits)*128, bits, w, r, wr                                                    \
	}
#define PLAIN(off, bytes, w, r, wr)                                                                \
	{                                                                                          \
		off, bytes, 0, w, r, wr                                                            \
	}

/* @rgroup, @wgroup: IGROUPR, RAO/WI up to 4.17. */
#define V2_DIST(rgroup, wgroup)                                                                    \
	{                                                                                          \
		PLAIN(0x000, 12, WIDTH_32, v2_read_misc, v2_write_misc),                           \
			ARRAY(0x080, 1, WIDTH_32, rgroup, wgroup),                                 \
			ARRAY(0x100, 1, WIDTH_32, aplist_read_enable, aplist_write_senable),       \
			ARRAY(0x180, 1, WIDTH_32, aplist_read_enable, aplist_write_cenable),       \
			ARRAY(0x200, 1, WIDTH_32, aplist_read_pending, aplist_write_spending),     \
			ARRAY(0x280, 1, WIDTH_32, aplist_read_pending, aplist_write_cpending),     \
			ARRAY(0x300, 1, WIDTH_32, aplist_read_active, aplist_write_sactive),       \
			ARRAY(0x380, 1, WIDTH_32, aplist_read_active, aplist_write_cactive),       \
			ARRAY(0x400, 8, WIDTH_32 | WIDTH_8, aplist_read_priority,                  \
			      aplist_write_priority),                                              \
			ARRAY(0x800, 8, WIDTH_32 | WIDTH_8, v2_read_target, v2_write_target),      \
			ARRAY(0xc00, 2, WIDTH_32, aplist_read_config, aplist_write_config),        \
			PLAIN(0xf00, 4, WIDTH_32, aplist_read_raz, v2_write_sgir),                 \
			PLAIN(0xf10, 16, WIDTH_32 | WIDTH_8, v2_read_sgi_source,                   \
			      v2_write_cpendsgi),                                                  \
			PLAIN(0xf20, 16, WIDTH_32 | WIDTH_8, v2_read_sgi_source,                   \
			      v2_write_spendsgi),                                                  \
	}

static const struct aplist_region v2_dist[] = V2_DIST(aplist_read_rao, aplist_write_wi);
static const struct aplist_region v2_dist_groups[] = V2_DIST(aplist_read_group, aplist_write_group);

int aplist_v2_register(struct aplist *g)
{
	return aplist_iodev_init(g, &g->dist->dist_iodev, g->config.frames.gicd, 0x1000, v2_dist,
				 sizeof(v2_dist) / sizeof(v2_dist[0]));
}

int aplist_v2_register_groups(struct aplist *g)
{
	return aplist_iodev_init(g, &g->dist->dist_iodev, g->config.frames.gicd, 0x1000,
				 v2_dist_groups,
				 sizeof(v2_dist_groups) / sizeof(v2_dist_groups[0]));
}
