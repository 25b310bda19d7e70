// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KVM's new vgic: creation, reset values, and the state in which a replay begins.
 * Modelled behaviour: vgic-init.c of Linux 4.8 and later.
 */
#include "aplist.h"
#include "aplist-mmio.h"

_Static_assert(offsetof(struct vgic_cpu, ap_list_lock) / 64 ==
		       (offsetof(struct vgic_cpu, ap_list_head) + 15) / 64,
	       "ap_list_lock and the list's head share a line");

/* Of each the one that is not taken from interrupts, and the one that is (4.15). */
static const struct plat_lock_class ap_list_class[] = {
	{ "vgic_cpu->ap_list_lock", PLAT_NEST_ASCENDING, false },
	{ "vgic_cpu->ap_list_lock", PLAT_NEST_ASCENDING, true },
};
static const struct plat_lock_class irq_class[] = {
	{ "vgic_irq->irq_lock", PLAT_NEST_UNDER, false },
	{ "vgic_irq->irq_lock", PLAT_NEST_UNDER, true },
};

/* The priority mask that a guest in mid-life has set: the machine does not apply it. */
#define VMCR_PMR_V2 (0x1fu << 27)
#define VMCR_PMR_V3 (0xffu << 24)

static void init_irq(struct aplist *g, struct vgic_irq *irq, uint32_t intid)
{
	irq->intid = intid;
	irq->group = g->gic == 3;
	plat_lock_init(g->vm, &irq->irq_lock, &irq_class[g->kernel->irqsave], intid);
}

static void init_private(struct aplist *g, struct vgic_cpu *vc)
{
	for (uint32_t i = 0; i < GIC_NR_PRIVATE; i++) {
		struct vgic_irq *irq = aplist_private_irq(g, vc, i);

		init_irq(g, irq, i);
		irq->target_vcpu = vc;
		if (g->gic == 2)
			irq->targets = (uint8_t)(1u << vc->vcpu_id);
		else
			irq->mpidr = (uint32_t)gic_vcpu_mpidr(vc->vcpu_id);
		irq->enabled = gic_is_sgi(i);
		irq->config = gic_is_sgi(i) ? VGIC_CONFIG_EDGE : VGIC_CONFIG_LEVEL;
	}
	if (g->config.timer_ppi) {
		aplist_private_irq(g, vc, g->config.timer_ppi)->hw = true;
		aplist_private_irq(g, vc, g->config.timer_ppi)->hwintid = g->config.timer_hw_irq;
	}
}

static int init_vcpu(struct aplist *g, unsigned int i)
{
	size_t private = GIC_NR_PRIVATE * (size_t)g->kernel->layout.irq_bytes;
	char *p = plat_zalloc(g->vm, PLAT_MEM_VCPU, private + g->kernel->layout.vcpu_bytes);
	struct vgic_cpu *vc;

	if (!p)
		return -1;
	vc = (struct vgic_cpu *)(p + private);
	g->vcpus[i] = vc;
	vc->vcpu_id = i;
	vc->vgic = g;
	vc->ap_list_head.next = &vc->ap_list_head;
	vc->ap_list_head.prev = &vc->ap_list_head;
	plat_lock_init(g->vm, &vc->ap_list_lock, &ap_list_class[g->kernel->irqsave], i);
	if (g->gic == 2)
		vc->v2.hcr = GICH_HCR_EN;
	else
		vc->v3.hcr = GICH_HCR_EN;
	if (g->kernel->pending_asks_mask) {
		vc->v2.vmcr = VMCR_PMR_V2;
		if (g->gic == 3)
			vc->v3.vmcr = VMCR_PMR_V3;
	}
	init_private(g, vc);
	return 0;
}

static int init_dist(struct aplist *g)
{
	struct vgic_dist *dist = plat_zalloc(g->vm, PLAT_MEM_VM, sizeof(*dist));

	if (!dist)
		return -1;
	g->dist = dist;
	dist->nr_spis = g->config.nr_irqs - GIC_NR_PRIVATE;
	dist->spis = plat_zalloc(g->vm, PLAT_MEM_IRQ,
				 dist->nr_spis * (size_t)g->kernel->layout.irq_bytes);
	if (!dist->spis)
		return -1;
	for (uint32_t i = 0; i < dist->nr_spis; i++) {
		init_irq(g, aplist_spi(g, i), GIC_FIRST_SPI + i);
		aplist_spi(g, i)->target_vcpu = g->vcpus[0];
	}
	return 0;
}

/* A vCPU's shadow registers are its own thread's; these are made once. */
static void init_guards(struct aplist *g)
{
	kvm_io_bus_seal(g->vm, g->bus);
	plat_guard_const(g->vm, g, PLAT_LINES(sizeof(*g) + g->nr_vcpus * sizeof(g->vcpus[0])));
	for (unsigned int i = 0; i < g->nr_vcpus; i++) {
		struct vgic_cpu *vc = g->vcpus[i];

		if (g->gic == 2)
			plat_guard_by_vcpu(g->vm, &vc->v2, sizeof(vc->v2), i);
		else
			plat_guard_by_vcpu(g->vm, &vc->v3, sizeof(vc->v3), i);
	}
}

void *aplist_create(struct plat_vm *vm, const struct vgic_config *config,
		    const struct aplist_kernel *kernel)
{
	struct aplist *g;

	g = plat_zalloc(vm, PLAT_MEM_VM, sizeof(*g) + config->nr_vcpus * sizeof(g->vcpus[0]));
	if (!g)
		return NULL;
	g->vm = vm;
	g->kernel = kernel;
	g->insns = kernel->insns;
	g->config = *config;
	g->gic = config->gic;
	g->nr_vcpus = config->nr_vcpus;
	g->nr_lrs = config->nr_lrs;
	for (unsigned int i = 0; i < g->nr_vcpus; i++)
		if (init_vcpu(g, i))
			goto out;
	if (init_dist(g))
		goto out;
	g->bus = kvm_io_bus_create(vm, g->gic == 2 ? 1 : 1 + kernel->redist_devices * g->nr_vcpus);
	if (g->bus && kernel->bus_by_61)
		kvm_io_bus_by_61(g->bus);
	if (!g->bus || (g->gic == 2 ? kernel->register_v2(g) : kernel->register_v3(g)))
		goto out;
	init_guards(g);
	return g;
out:
	aplist_destroy(g);
	return NULL;
}

void aplist_destroy(void *vgic)
{
	struct aplist *g = vgic;

	if (!g)
		return;
	kvm_io_bus_destroy(g->vm, g->bus);
	if (g->dist) {
		if (g->dist->spis)
			plat_free(g->vm, g->dist->spis);
		plat_free(g->vm, g->dist);
	}
	for (unsigned int i = 0; i < g->nr_vcpus; i++)
		if (g->vcpus[i])
			plat_free(g->vm, aplist_private_irq(g, g->vcpus[i], 0));
	plat_free(g->vm, g);
}

/* ---- the state to begin with; no other CPU runs yet, nothing is charged ---- */

static struct vgic_irq *state_irq(struct aplist *g, uint32_t vcpu, uint32_t intid)
{
	if (intid >= g->config.nr_irqs || vcpu >= g->nr_vcpus)
		return NULL;
	if (gic_is_private(intid))
		return aplist_private_irq(g, g->vcpus[vcpu], intid);
	return aplist_spi(g, intid - GIC_FIRST_SPI);
}

/* As the queueing would: onto its target's list if it should be on one. */
static void state_queue(struct aplist *g, struct vgic_irq *irq)
{
	struct aplist_node *head, *node = &irq->ap_list;

	if (irq->vcpu || !irq->target_vcpu)
		return;
	if (!irq->active && !(irq->enabled && irq->pending && g->dist->enabled))
		return;
	head = &irq->target_vcpu->ap_list_head;
	node->next = head;
	node->prev = head->prev;
	head->prev->next = node;
	head->prev = node;
	irq->vcpu = irq->target_vcpu;
	irq->refcount++;
}

static void state_route(struct aplist *g, struct vgic_irq *irq, uint32_t target)
{
	if (gic_is_private(irq->intid))
		return;
	irq->target_vcpu = target < g->nr_vcpus ? g->vcpus[target] : NULL;
	/* No bit set in ITARGETSR: the first one, as a write of it would have it. */
	if (g->gic == 2 && target >= g->nr_vcpus)
		irq->target_vcpu = g->vcpus[0];
	if (g->gic == 2)
		irq->targets = target < g->nr_vcpus ? (uint8_t)(1u << target) : 0;
	else
		irq->mpidr = target < g->nr_vcpus ? (uint32_t)gic_vcpu_mpidr(target) : 0xffffff;
}

void aplist_set_state(void *vgic, const struct vgic_irq_state *state)
{
	struct aplist *g = vgic;
	struct vgic_irq *irq = state_irq(g, state->vcpu, state->irq);

	if (!irq)
		return;
	irq->enabled = state->enabled;
	irq->active = state->active;
	irq->priority = state->prio & 0xf8;
	irq->config = state->edge || gic_is_sgi(irq->intid) ? VGIC_CONFIG_EDGE : VGIC_CONFIG_LEVEL;
	irq->line_level = irq->config == VGIC_CONFIG_LEVEL && state->line;
	aplist_set_latch(g, irq, state->pending && !irq->line_level);
	irq->group = state->group;
	/* A state event does not say who sent a GICv2 SGI: the vCPU itself, then. */
	if (g->gic == 2 && gic_is_sgi(irq->intid))
		irq->source = state->pending ? (uint8_t)(1u << state->vcpu) : 0;
	if (irq->hw)
		g->vcpus[state->vcpu]->timer_level = irq->line_level;
	state_route(g, irq, state->target);
	state_queue(g, irq);
}

void aplist_set_enabled(void *vgic, bool enabled)
{
	struct aplist *g = vgic;

	g->dist->enabled = enabled;
	if (!enabled)
		return;
	for (unsigned int i = 0; i < g->nr_vcpus; i++)
		for (uint32_t intid = 0; intid < GIC_NR_PRIVATE; intid++)
			state_queue(g, aplist_private_irq(g, g->vcpus[i], intid));
	for (uint32_t i = 0; i < g->dist->nr_spis; i++)
		state_queue(g, aplist_spi(g, i));
}
