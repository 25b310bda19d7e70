// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KVM's new vgic, the core: lookup, routing, queueing with its retry, injection,
 * flush, sync with its migration dance, the WFI check. Modelled behaviour: Linux
 * 4.8, virt/kvm/arm/vgic/vgic.c. Lock order: aplist.h.
 */
#include "aplist.h"

#define WORK(field) plat_work(cpu, PLAT_CODE, g->insns->field)

/* ---- lookup and routing -------------------------------------------------- */

struct vgic_irq *aplist_get_irq(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
				uint32_t intid)
{
	if (gic_is_private(intid)) {
		WORK(get_private);
		return &vcpu->private_irqs[intid];
	}
	/* The original has no bound here; its callers check the register's range. */
	if (intid - GIC_FIRST_SPI < g->dist->nr_spis) {
		WORK(get_spi);
		plat_read(cpu, &g->dist->spis);
		return &g->dist->spis[intid - GIC_FIRST_SPI];
	}
	/* LPIs: a walk of the VM's list under lpi_list_lock, and a reference. */
	return NULL;
}

void aplist_put_irq(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq)
{
	/* Only an LPI's reference counts: lpi_list_lock once more. */
	WORK(put);
}

/*
 * irq_lock held, fields read: on whose list should it be? An active one stays
 * where it is; else its target if it can be delivered; else nobody's.
 */
static struct vgic_cpu *aplist_target_oracle(struct aplist *g, struct plat_cpu *cpu,
					     const struct vgic_irq *irq)
{
	if (irq->active) {
		WORK(oracle_active);
		return irq->vcpu ? irq->vcpu : irq->target_vcpu;
	}
	if (!irq->enabled || !irq->pending) {
		WORK(oracle_none);
		return NULL;
	}
	WORK(oracle_target);
	if (irq->target_vcpu && !plat_load(cpu, &g->dist->enabled))
		return NULL;
	return irq->target_vcpu;
}

/* ---- lists; their ap_list_lock is held ----------------------------------- */

static void list_append(struct plat_cpu *cpu, struct aplist_node *head, struct aplist_node *node)
{
	struct aplist_node *last;

	plat_write(cpu, head);
	last = head->prev;
	plat_write(cpu, &last->next);
	plat_write(cpu, node);
	node->prev = last;
	node->next = head;
	last->next = node;
	head->prev = node;
}

static void list_remove(struct plat_cpu *cpu, struct aplist_node *node)
{
	plat_write(cpu, &node->next->prev);
	plat_write(cpu, &node->prev->next);
	node->next->prev = node->prev;
	node->prev->next = node->next;
	plat_write(cpu, node);
	node->next = NULL;
	node->prev = NULL;
}

/* ---- queueing ------------------------------------------------------------ */

void aplist_kick(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	switch (plat_kick(cpu, vcpu->vcpu_id)) {
	case PLAT_KICK_SELF:
		WORK(kick_self);
		break;
	case PLAT_KICK_NONE:
		WORK(kick_none);
		break;
	case PLAT_KICK_WOKEN:
		WORK(kick_woken);
		break;
	case PLAT_KICK_IPI:
		WORK(kick_ipi);
		break;
	}
}

void aplist_latch(struct plat_cpu *cpu, struct vgic_irq *irq)
{
	aplist_state_write(cpu, irq);
	if (irq->pending)
		plat_count(cpu, PLAT_COALESCED, 1);
	else if (irq->vcpu && plat_this_vcpu(cpu) != (int)irq->vcpu->vcpu_id)
		plat_deviation(cpu, "pending again while queued: nobody is kicked");
	irq->pending = true;
}

/* Everything between the two looks may have changed; the second one decides. */
static bool queue_second_look(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq,
			      const struct vgic_cpu *target)
{
	aplist_irq_read(cpu, irq);
	return !irq->vcpu && aplist_target_oracle(g, cpu, irq) == target;
}

bool aplist_queue_irq_unlock(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq)
{
	struct vgic_cpu *target;

	for (;;) {
		aplist_irq_read(cpu, irq);
		target = aplist_target_oracle(g, cpu, irq);
		WORK(queue_test);
		if (irq->vcpu || !target) {
			if (!irq->vcpu && irq->target_vcpu && irq->pending && irq->enabled)
				plat_deviation(cpu, "latched while GICD_CTLR is 0: "
						    "enabling it will not queue it");
			plat_unlock(cpu, &irq->irq_lock);
			return false;
		}

		/* ap_list_lock is the outer one: in between anybody may change the irq */
		plat_unlock(cpu, &irq->irq_lock);
		plat_lock(cpu, &target->ap_list_lock);
		plat_lock(cpu, &irq->irq_lock);
		if (queue_second_look(g, cpu, irq, target))
			break;
		WORK(queue_retry);
		plat_count(cpu, PLAT_RETRY, 1);
		plat_unlock(cpu, &irq->irq_lock);
		plat_unlock(cpu, &target->ap_list_lock);
		plat_lock(cpu, &irq->irq_lock);
	}

	WORK(queue_insert);
	plat_write(cpu, &irq->refcount);
	irq->refcount++;
	list_append(cpu, &target->ap_list_head, &irq->ap_list);
	plat_write(cpu, &irq->vcpu);
	irq->vcpu = target;
	plat_unlock(cpu, &irq->irq_lock);
	plat_unlock(cpu, &target->ap_list_lock);
	aplist_kick(g, cpu, target);
	return true;
}

/* ---- injection ----------------------------------------------------------- */

/* irq_lock held. False: nothing new, or the wrong one of the two interfaces. */
static bool inject_validate(struct plat_cpu *cpu, const struct vgic_irq *irq, bool level,
			    bool mapped)
{
	if (irq->hw != mapped) {
		plat_count(cpu, PLAT_UNSUPPORTED, 1);
		return false;
	}
	if (irq->config == VGIC_CONFIG_LEVEL ? irq->line_level != level : level)
		return true;
	plat_count(cpu, PLAT_FILTERED, 1);
	return false;
}

static void inject_latch(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq, bool level)
{
	if (level)
		WORK(inject_raise);
	else
		WORK(inject_lower);
	if (irq->config == VGIC_CONFIG_EDGE || level) {
		aplist_latch(cpu, irq);
		if (irq->config == VGIC_CONFIG_LEVEL)
			irq->line_level = true;
		return;
	}
	aplist_state_write(cpu, irq);
	irq->line_level = false;
	irq->pending = irq->soft_pending;
}

int aplist_inject(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, uint32_t intid, bool level,
		  bool mapped)
{
	struct aplist *g = vgic;
	struct vgic_cpu *vc;
	struct vgic_irq *irq;

	if (intid >= g->config.nr_irqs || intid > GIC_LAST_SPI || vcpu >= g->nr_vcpus)
		return -1;
	WORK(inject_call);
	plat_read(cpu, &g->vcpus[vcpu]);
	vc = g->vcpus[vcpu];
	if (mapped)
		plat_store(cpu, &vc->timer_level, level);
	WORK(inject);
	irq = aplist_get_irq(g, cpu, vc, intid);

	plat_lock(cpu, &irq->irq_lock);
	plat_read_bytes(cpu, &irq->pending, sizeof(*irq) - offsetof(struct vgic_irq, pending));
	if (inject_validate(cpu, irq, level, mapped)) {
		inject_latch(g, cpu, irq, level);
		aplist_queue_irq_unlock(g, cpu, irq);
	} else {
		plat_unlock(cpu, &irq->irq_lock);
	}
	aplist_put_irq(g, cpu, irq);
	return 0;
}

/* ---- flush --------------------------------------------------------------- */

/* What the list would need: an SGI of a GICv2 as many as it has senders. */
static unsigned int flush_depth(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
				unsigned int *nodes)
{
	struct aplist_node *head = &vcpu->ap_list_head;
	unsigned int depth = 0;

	*nodes = 0;
	for (struct aplist_node *n = head->next; n != head; n = n->next) {
		struct vgic_irq *irq = aplist_irq_of(n);
		unsigned int insns = g->insns->depth_node;

		plat_lock(cpu, &irq->irq_lock);
		plat_read(cpu, &n->next);
		if (gic_is_sgi(irq->intid))
			insns += g->insns->sgi_test;
		if (gic_is_sgi(irq->intid) && g->gic == 2) {
			plat_read(cpu, &irq->source);
			insns += g->insns->depth_sources;
			depth += (unsigned int)__builtin_popcount(irq->source);
		} else {
			depth++;
		}
		(*nodes)++;
		plat_work(cpu, PLAT_LIST, insns);
		plat_unlock(cpu, &irq->irq_lock);
	}
	return depth;
}

/* One node into as many list registers as it has senders; how many are used then. */
static unsigned int flush_node(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			       struct vgic_irq *irq, unsigned int count)
{
	unsigned int first = count;

	plat_lock(cpu, &irq->irq_lock);
	plat_work(cpu, PLAT_LIST, g->insns->fill_node);
	aplist_irq_read(cpu, irq);
	if (aplist_target_oracle(g, cpu, irq) == vcpu) {
		if (gic_is_sgi(irq->intid))
			WORK(sgi_test);
		do {
			aplist_populate_lr(g, cpu, vcpu, irq, count++);
		} while (irq->source && count < g->nr_lrs);
	}
	plat_unlock(cpu, &irq->irq_lock);
	if (count > first + 1)
		plat_deviation(cpu, "one SGI in several list registers");
	return count;
}

void aplist_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;
	struct vgic_cpu *vc = g->vcpus[vcpu];
	struct aplist_node *head = &vc->ap_list_head, *n;
	unsigned int depth, nodes, steps = 0, count = 0;

	WORK(flush);
	plat_lock(cpu, &vc->ap_list_lock);
	plat_read(cpu, head);
	if (head->next != head)
		WORK(flush_any);
	plat_store(cpu, &vc->lrs_loaded, true);
	depth = flush_depth(g, cpu, vc, &nodes);
	if (depth > g->nr_lrs) {
		plat_count(cpu, PLAT_OVERFLOWS, 1);
		aplist_set_underflow(g, cpu, vc);
		plat_count(cpu, PLAT_SORT_COMPARES, g->kernel->sort(g, cpu, head));
	}
	for (n = head->next; n != head && count < g->nr_lrs; n = n->next) {
		count = flush_node(g, cpu, vc, aplist_irq_of(n), count);
		steps++;
	}
	plat_write(cpu, &vc->used_lrs);
	vc->used_lrs = count;
	aplist_clear_lrs(g, cpu, vc, count);
	plat_unlock(cpu, &vc->ap_list_lock);

	plat_list_length(cpu, nodes);
	if (nodes)
		plat_count(cpu, PLAT_LIST_STEPS, nodes + steps);
}

/* ---- sync ---------------------------------------------------------------- */

/*
 * No lock held: the irq was seen on @vcpu's list but belongs to @target. Both
 * lists locked in vcpu_id order, it moves if that is still so.
 */
static void prune_migrate(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			  struct vgic_cpu *target, struct vgic_irq *irq)
{
	struct vgic_cpu *a = vcpu->vcpu_id < target->vcpu_id ? vcpu : target;
	struct vgic_cpu *b = a == vcpu ? target : vcpu;

	WORK(prune_migrate);
	plat_lock(cpu, &a->ap_list_lock);
	plat_lock(cpu, &b->ap_list_lock);
	plat_lock(cpu, &irq->irq_lock);
	aplist_irq_read(cpu, irq);
	if (aplist_target_oracle(g, cpu, irq) == target) {
		plat_count(cpu, PLAT_MIGRATED, 1);
		plat_write(cpu, &irq->vcpu);
		list_remove(cpu, &irq->ap_list);
		irq->vcpu = target;
		list_append(cpu, &target->ap_list_head, &irq->ap_list);
	}
	plat_unlock(cpu, &irq->irq_lock);
	plat_unlock(cpu, &b->ap_list_lock);
	plat_unlock(cpu, &a->ap_list_lock);
}

/* ap_list_lock and irq_lock held; the latter is dropped. */
static void prune_remove_unlock(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq)
{
	plat_work(cpu, PLAT_LIST, g->insns->prune_remove);
	list_remove(cpu, &irq->ap_list);
	plat_write(cpu, &irq->vcpu);
	irq->vcpu = NULL;
	plat_write(cpu, &irq->refcount);
	irq->refcount--;
	plat_unlock(cpu, &irq->irq_lock);
	aplist_put_irq(g, cpu, irq);
}

/*
 * ap_list_lock held: walk the list up to the first node that is another vCPU's.
 * That one is returned, with @target, and its irq_lock dropped.
 */
static struct vgic_irq *prune_walk(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
				   struct vgic_cpu **target, unsigned int *steps)
{
	struct aplist_node *head = &vcpu->ap_list_head, *next;

	plat_read(cpu, head);
	for (struct aplist_node *n = head->next; n != head; n = next) {
		struct vgic_irq *irq = aplist_irq_of(n);

		plat_lock(cpu, &irq->irq_lock);
		plat_work(cpu, PLAT_LIST, g->insns->prune_node);
		(*steps)++;
		aplist_irq_read(cpu, irq);
		next = n->next;
		*target = aplist_target_oracle(g, cpu, irq);
		if (!*target) {
			prune_remove_unlock(g, cpu, irq);
			continue;
		}
		plat_unlock(cpu, &irq->irq_lock);
		if (*target != vcpu)
			return irq;
	}
	return NULL;
}

static void aplist_prune(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	struct vgic_cpu *target;
	struct vgic_irq *irq;
	unsigned int steps = 0;

	for (;;) {
		plat_lock(cpu, &vcpu->ap_list_lock);
		irq = prune_walk(g, cpu, vcpu, &target, &steps);
		plat_unlock(cpu, &vcpu->ap_list_lock);
		if (!irq)
			break;
		prune_migrate(g, cpu, vcpu, target, irq);
		/* the list was unlocked: start again from its head */
		plat_count(cpu, PLAT_RETRY, 1);
	}
	if (steps)
		plat_count(cpu, PLAT_LIST_STEPS, steps);
}

void aplist_sync(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;
	struct vgic_cpu *vc = g->vcpus[vcpu];

	WORK(sync);
	aplist_process_maintenance(g, cpu, vc);
	aplist_fold_lrs(g, cpu, vc);
	aplist_prune(g, cpu, vc);
	plat_store(cpu, &vc->lrs_loaded, false);
}

/* ---- is there anything to take? ------------------------------------------ */

bool aplist_pending(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;
	struct vgic_cpu *vc = g->vcpus[vcpu];
	struct aplist_node *head = &vc->ap_list_head;
	bool pending = false;

	WORK(pending);
	if (!plat_load(cpu, &g->dist->enabled))
		return false;
	plat_lock(cpu, &vc->ap_list_lock);
	plat_read(cpu, head);
	for (struct aplist_node *n = head->next; n != head && !pending; n = n->next) {
		struct vgic_irq *irq = aplist_irq_of(n);

		plat_lock(cpu, &irq->irq_lock);
		plat_work(cpu, PLAT_LIST, g->insns->pending_node);
		aplist_irq_read(cpu, irq);
		pending = irq->pending && irq->enabled;
		plat_unlock(cpu, &irq->irq_lock);
	}
	plat_unlock(cpu, &vc->ap_list_lock);
	return pending;
}

void aplist_kick_vcpus(struct aplist *g, struct plat_cpu *cpu)
{
	WORK(kick_vcpus);
	for (unsigned int i = 0; i < g->nr_vcpus; i++) {
		plat_read(cpu, &g->vcpus[i]);
		WORK(kick_vcpus_vcpu);
		if (aplist_pending(g, cpu, i))
			aplist_kick(g, cpu, g->vcpus[i]);
	}
}

/* ---- the mapped timer ---------------------------------------------------- */

static bool timer_map_is_active(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, g->config.timer_ppi);
	bool active;

	WORK(timer_map);
	plat_lock(cpu, &irq->irq_lock);
	plat_read(cpu, &irq->active);
	active = irq->active;
	plat_unlock(cpu, &irq->irq_lock);
	aplist_put_irq(g, cpu, irq);
	return active;
}

/*
 * The physical interrupt must be active while the guest has the virtual one in
 * hand or its line is up, or it would fire again at once. A "clear" is not
 * written twice.
 */
void aplist_timer_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;
	struct vgic_cpu *vc = g->vcpus[vcpu];
	bool active = true;

	if (!g->config.timer_ppi)
		return;
	WORK(timer);
	if (!plat_load(cpu, &vc->timer_level)) {
		active = timer_map_is_active(g, cpu, vc);
		if (!active && plat_load(cpu, &vc->timer_active_cleared_last)) {
			WORK(timer_skip);
			return;
		}
		WORK(timer_low);
	}
	WORK(timer_write);
	plat_phys_active_set(cpu, g->config.timer_hw_irq, active);
	plat_store(cpu, &vc->timer_active_cleared_last, !active);
}

/* Another VM may set it on this CPU: what was written last is no longer known. */
void aplist_put(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;

	WORK(timer_put);
	plat_store(cpu, &g->vcpus[vcpu]->timer_active_cleared_last, false);
}
