// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KVM's new vgic, the core: lookup, routing, queueing with its retry, injection,
 * flush, sync with its migration dance, the WFI check, load and put. Modelled
 * behaviour: virt/kvm/arm/vgic/vgic.c of Linux 4.8, later arch/arm64/kvm/vgic/vgic.c; what
 * a date does differently hangs on its struct aplist_kernel. Lock order: aplist.h.
 */
#include "aplist.h"

#define WORK(field) plat_work(cpu, PLAT_CODE, g->insns->field)

/* ---- lookup and routing -------------------------------------------------- */

struct vgic_irq *aplist_get_irq(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
				uint32_t intid)
{
	if (gic_is_private(intid)) {
		WORK(get_private);
		return aplist_private_irq(g, vcpu, intid);
	}
	/* The original has no bound here; its callers check the register's range. */
	if (intid - GIC_FIRST_SPI < g->dist->nr_spis) {
		WORK(get_spi);
		plat_read(cpu, &g->dist->spis);
		return aplist_spi(g, intid - GIC_FIRST_SPI);
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

/*
 * ---- lists; their ap_list_lock is held -----------------------------------
 *
 * Whether one is empty is also asked without the lock (list_seems_empty()): next is
 * stored as the original's list_add_tail() and list_del() do, by WRITE_ONCE().
 */

static void list_append(struct plat_cpu *cpu, struct aplist_node *head, struct aplist_node *node)
{
	struct aplist_node *last;

	plat_write(cpu, head);
	last = head->prev;
	plat_write(cpu, &last->next);
	plat_write(cpu, node);
	node->prev = last;
	node->next = head;
	plat_store_declared(&last->next, node);
	head->prev = node;
}

static void list_remove(struct plat_cpu *cpu, struct aplist_node *node)
{
	plat_write(cpu, &node->next->prev);
	plat_write(cpu, &node->prev->next);
	node->next->prev = node->prev;
	plat_store_declared(&node->prev->next, node->next);
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

/* So that a kick between its flush and its guest is not lost. */
static void make_request(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	if (!g->kernel->requests)
		return;
	WORK(queue_request);
	plat_set_bit(cpu, APLIST_REQ_IRQ_PENDING, &vcpu->requests);
}

/* What has been asked for up to now the flush that follows will see. */
static void clear_request(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	if (g->kernel->requests && plat_load(cpu, &vcpu->requests))
		plat_clear_bit(cpu, APLIST_REQ_IRQ_PENDING, &vcpu->requests);
}

bool aplist_enter_check(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;

	WORK(enter_check);
	return !plat_load(cpu, &g->vcpus[vcpu]->requests);
}

void aplist_latch(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq)
{
	aplist_state_write(cpu, irq);
	if (irq->pending)
		plat_count(cpu, PLAT_COALESCED, 1);
	else if (!g->kernel->kicks_queued && irq->vcpu &&
		 plat_this_vcpu(cpu) != (int)irq->vcpu->vcpu_id)
		plat_deviation(cpu, "pending again while queued: nobody is kicked");
	if (irq->config == VGIC_CONFIG_EDGE)
		aplist_set_latch(g, irq, true);
	else
		plat_store_declared(&irq->pending, true);
}

/* Everything between the two looks may have changed; the second one decides. */
static bool queue_second_look(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq,
			      const struct vgic_cpu *target)
{
	aplist_irq_read(g, cpu, irq);
	return !irq->vcpu && aplist_target_oracle(g, cpu, irq) == target;
}

/* irq_lock held, dropped: it is on a list already, or belongs on none. */
static void queue_not(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq,
		      struct vgic_cpu *target)
{
	if (!irq->vcpu && irq->target_vcpu && irq->pending && irq->enabled)
		plat_deviation(cpu, "latched while GICD_CTLR is 0: "
				    "enabling it will not queue it");
	if (g->kernel->kicks_queued && irq->vcpu && target && target != irq->vcpu)
		plat_deviation(cpu, "pending again while queued elsewhere: its new vCPU is "
				    "kicked, not the one that has it");
	aplist_unlock_irq(g, cpu, &irq->irq_lock);
	if (target && g->kernel->kicks_queued) {
		make_request(g, cpu, target);
		aplist_kick(g, cpu, target);
	}
}

bool aplist_queue_irq_unlock(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq)
{
	struct vgic_cpu *target;

	for (;;) {
		aplist_irq_read(g, cpu, irq);
		target = aplist_target_oracle(g, cpu, irq);
		WORK(queue_test);
		if (irq->vcpu || !target) {
			queue_not(g, cpu, irq, target);
			return false;
		}

		/* ap_list_lock is the outer one: in between anybody may change the irq */
		aplist_unlock_irq(g, cpu, &irq->irq_lock);
		aplist_lock_irq(g, cpu, &target->ap_list_lock);
		plat_lock(cpu, &irq->irq_lock);
		if (queue_second_look(g, cpu, irq, target))
			break;
		WORK(queue_retry);
		plat_count(cpu, PLAT_RETRY, 1);
		plat_unlock(cpu, &irq->irq_lock);
		aplist_unlock_irq(g, cpu, &target->ap_list_lock);
		aplist_lock_irq(g, cpu, &irq->irq_lock);
	}

	WORK(queue_insert);
	plat_write(cpu, &irq->refcount);
	irq->refcount++;
	list_append(cpu, &target->ap_list_head, &irq->ap_list);
	plat_write(cpu, &irq->vcpu);
	irq->vcpu = target;
	plat_unlock(cpu, &irq->irq_lock);
	aplist_unlock_irq(g, cpu, &target->ap_list_lock);
	make_request(g, cpu, target);
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
		aplist_latch(g, cpu, irq);
		if (irq->config == VGIC_CONFIG_LEVEL)
			irq->line_level = true;
		return;
	}
	aplist_state_write(cpu, irq);
	irq->line_level = false;
	aplist_compute_pending(g, irq);
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

	aplist_lock_irq(g, cpu, &irq->irq_lock);
	aplist_rest_read(g, cpu, irq, offsetof(struct vgic_irq, pending));
	if (inject_validate(cpu, irq, level, mapped)) {
		inject_latch(g, cpu, irq, level);
		aplist_queue_irq_unlock(g, cpu, irq);
	} else {
		aplist_unlock_irq(g, cpu, &irq->irq_lock);
	}
	aplist_put_irq(g, cpu, irq);
	return 0;
}

/* ---- flush --------------------------------------------------------------- */

/* What a list needs and has. */
struct flush_list {
	unsigned int depth; /* list registers: an SGI of a GICv2 as many as it has senders */
	unsigned int nodes;
	bool multi_sgi; /* one of them has several */
	uint8_t prio;	/* of the last one whose other senders wait: 0xff so far */
};

static void flush_depth(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			struct flush_list *l)
{
	struct aplist_node *head = &vcpu->ap_list_head;

	for (struct aplist_node *n = head->next; n != head; n = n->next) {
		struct vgic_irq *irq = aplist_irq_of(n);
		unsigned int insns = g->insns->depth_node, needs = 1;

		plat_lock(cpu, &irq->irq_lock);
		plat_read(cpu, &n->next);
		if (gic_is_sgi(irq->intid))
			insns += g->insns->sgi_test;
		if (gic_is_sgi(irq->intid) && g->gic == 2) {
			plat_read(cpu, &irq->source);
			insns += g->insns->depth_sources;
			needs = (unsigned int)__builtin_popcount(irq->source);
			if (g->kernel->one_lr_an_intid)
				needs += irq->active;
			l->multi_sgi |= needs > 1;
		}
		l->depth += needs;
		l->nodes++;
		plat_work(cpu, PLAT_LIST, insns);
		plat_unlock(cpu, &irq->irq_lock);
	}
}

/* One node into as many list registers as it has senders; how many are used then. */
static unsigned int flush_node(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			       struct vgic_irq *irq, unsigned int count)
{
	unsigned int first = count;

	plat_lock(cpu, &irq->irq_lock);
	plat_work(cpu, PLAT_LIST, g->insns->fill_node);
	aplist_irq_read(g, cpu, irq);
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

/*
 * One node into list register @count if it is this vCPU's; False: what is left has
 * to wait for the other senders of an SGI of higher priority.
 */
static bool flush_node_once(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			    struct vgic_irq *irq, struct flush_list *l, unsigned int *count)
{
	plat_lock(cpu, &irq->irq_lock);
	plat_work(cpu, PLAT_LIST, g->insns->fill_node);
	aplist_irq_read(g, cpu, irq);
	if (l->multi_sgi) {
		aplist_rest_read(g, cpu, irq, g->kernel->layout.targets);
		if (irq->priority > l->prio) {
			plat_unlock(cpu, &irq->irq_lock);
			return false;
		}
	}
	if (aplist_target_oracle(g, cpu, irq) == vcpu) {
		aplist_populate_lr(g, cpu, vcpu, irq, (*count)++);
		if (irq->source)
			l->prio = irq->priority;
	}
	plat_unlock(cpu, &irq->irq_lock);
	return true;
}

/* ap_list_lock held: the list into list registers; how many nodes were looked at. */
static unsigned int flush_fill(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vc,
			       struct flush_list *l, unsigned int *count)
{
	struct aplist_node *head = &vc->ap_list_head, *n;
	unsigned int steps = 0;

	*count = 0;
	for (n = head->next; n != head && *count < g->nr_lrs; n = n->next) {
		steps++;
		if (!g->kernel->one_lr_an_intid)
			*count = flush_node(g, cpu, vc, aplist_irq_of(n), *count);
		else if (!flush_node_once(g, cpu, vc, aplist_irq_of(n), l, count))
			break;
	}
	if (g->kernel->underflow_when_full && *count == g->nr_lrs && n != head)
		aplist_set_underflow(g, cpu, vc);
	return steps;
}

static void flush_list(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vc)
{
	struct aplist_node *head = &vc->ap_list_head;
	struct flush_list l = { .prio = 0xff };
	unsigned int steps, count;

	WORK(flush);
	aplist_lock_irq(g, cpu, &vc->ap_list_lock);
	plat_read(cpu, head);
	if (head->next != head)
		WORK(flush_any);
	plat_store(cpu, &vc->lrs_loaded, true);
	flush_depth(g, cpu, vc, &l);
	if (l.depth > g->nr_lrs) {
		plat_count(cpu, PLAT_OVERFLOWS, 1);
		if (!g->kernel->underflow_when_full)
			aplist_set_underflow(g, cpu, vc);
	}
	if (l.depth > g->nr_lrs || (l.multi_sgi && g->kernel->one_lr_an_intid))
		plat_count(cpu, PLAT_SORT_COMPARES, g->kernel->sort(g, cpu, head));
	steps = flush_fill(g, cpu, vc, &l, &count);
	plat_write(cpu, &vc->used_lrs);
	vc->used_lrs = count;
	aplist_clear_lrs(g, cpu, vc, count);
	aplist_unlock_irq(g, cpu, &vc->ap_list_lock);

	plat_list_length(cpu, l.nodes);
	if (l.nodes)
		plat_count(cpu, PLAT_LIST_STEPS, l.nodes + steps);
}

/* Without the lock: who is missed here has set a request. */
static bool list_seems_empty(struct plat_cpu *cpu, const struct vgic_cpu *vc)
{
	return plat_load(cpu, &vc->ap_list_head.next) == &vc->ap_list_head;
}

void aplist_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;
	struct vgic_cpu *vc = g->vcpus[vcpu];

	clear_request(g, cpu, vc);
	if (g->kernel->empty_fast_path) {
		WORK(entry);
		if (list_seems_empty(cpu, vc)) {
			plat_list_length(cpu, 0);
			return;
		}
	}
	flush_list(g, cpu, vc);
	if (aplist_lrs_from_kernel(g))
		aplist_restore_state(g, cpu, vc);
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
	bool moved = false;

	WORK(prune_migrate);
	aplist_lock_irq(g, cpu, &a->ap_list_lock);
	plat_lock(cpu, &b->ap_list_lock);
	plat_lock(cpu, &irq->irq_lock);
	aplist_irq_read(g, cpu, irq);
	if ((!g->kernel->checks_move || irq->vcpu == vcpu) &&
	    aplist_target_oracle(g, cpu, irq) == target) {
		moved = true;
		plat_count(cpu, PLAT_MIGRATED, 1);
		plat_write(cpu, &irq->vcpu);
		list_remove(cpu, &irq->ap_list);
		irq->vcpu = target;
		list_append(cpu, &target->ap_list_head, &irq->ap_list);
	}
	plat_unlock(cpu, &irq->irq_lock);
	plat_unlock(cpu, &b->ap_list_lock);
	aplist_unlock_irq(g, cpu, &a->ap_list_lock);
	if (moved && g->kernel->kicks_migrated) {
		make_request(g, cpu, target);
		aplist_kick(g, cpu, target);
	}
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
		aplist_irq_read(g, cpu, irq);
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
		aplist_lock_irq(g, cpu, &vcpu->ap_list_lock);
		irq = prune_walk(g, cpu, vcpu, &target, &steps);
		aplist_unlock_irq(g, cpu, &vcpu->ap_list_lock);
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

	if (g->kernel->empty_fast_path) {
		WORK(exit);
		if (list_seems_empty(cpu, vc))
			return; /* and so nothing is in the list registers */
	}
	if (aplist_lrs_from_kernel(g))
		aplist_save_state(g, cpu, vc);
	WORK(sync);
	if (!g->kernel->eoi_from_lrs)
		aplist_process_maintenance(g, cpu, vc);
	if (!g->kernel->empty_fast_path || plat_load(cpu, &vc->used_lrs))
		aplist_fold_lrs(g, cpu, vc);
	aplist_prune(g, cpu, vc);
	plat_store(cpu, &vc->lrs_loaded, false);
}

/* ---- is there anything to take? ------------------------------------------ */

/* Up to which priority the guest wants to know; 0x100: all of them. */
static unsigned int pending_mask(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vc)
{
	if (!g->kernel->pending_asks_mask)
		return 0x100;
	WORK(pending_vmcr);
	plat_read_bytes(cpu, &vc->v2, 2 * sizeof(uint32_t));
	return aplist_pmr(g, vc);
}

bool aplist_pending(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;
	struct vgic_cpu *vc = g->vcpus[vcpu];
	struct aplist_node *head = &vc->ap_list_head;
	bool pending = false;
	unsigned int mask;

	WORK(pending);
	if (!plat_load(cpu, &g->dist->enabled))
		return false;
	mask = pending_mask(g, cpu, vc);
	aplist_lock_irq(g, cpu, &vc->ap_list_lock);
	plat_read(cpu, head);
	for (struct aplist_node *n = head->next; n != head && !pending; n = n->next) {
		struct vgic_irq *irq = aplist_irq_of(n);

		plat_lock(cpu, &irq->irq_lock);
		plat_work(cpu, PLAT_LIST, g->insns->pending_node);
		aplist_irq_read(g, cpu, irq);
		pending = irq->pending && irq->enabled;
		if (pending && g->kernel->pending_asks_mask) {
			aplist_rest_read(g, cpu, irq, g->kernel->layout.targets);
			pending = !irq->active && irq->priority < mask;
		}
		plat_unlock(cpu, &irq->irq_lock);
	}
	aplist_unlock_irq(g, cpu, &vc->ap_list_lock);
	return pending;
}

void aplist_kick_vcpus(struct aplist *g, struct plat_cpu *cpu)
{
	WORK(kick_vcpus);
	for (unsigned int i = 0; i < g->nr_vcpus; i++) {
		plat_read(cpu, &g->vcpus[i]);
		WORK(kick_vcpus_vcpu);
		if (!aplist_pending(g, cpu, i))
			continue;
		make_request(g, cpu, g->vcpus[i]);
		aplist_kick(g, cpu, g->vcpus[i]);
	}
}

/* ---- the mapped timer ---------------------------------------------------- */

static bool timer_map_is_active(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu)
{
	struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, g->config.timer_ppi);
	bool active;

	WORK(timer_map);
	aplist_lock_irq(g, cpu, &irq->irq_lock);
	plat_read(cpu, &irq->active);
	active = irq->active;
	aplist_unlock_irq(g, cpu, &irq->irq_lock);
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

/*
 * Later: the physical interrupt's handler injects, and its end waits for the guest's.
 * What this CPU's interrupt should be is written when the thread comes to it; the
 * line it asks for then.
 */
void aplist_timer_load(struct aplist *g, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct vgic_cpu *vc = g->vcpus[vcpu];
	bool level;

	if (!g->config.timer_ppi)
		return;
	WORK(timer_load);
	level = plat_load(cpu, &vc->timer_level);
	aplist_inject(g, cpu, vcpu, g->config.timer_ppi, level, true);
	plat_phys_active_set(cpu, g->config.timer_hw_irq, timer_map_is_active(g, cpu, vc) || level);
}

/* No host code sees it happen: it is asked for at fill, fold and load. */
void aplist_timer_line(void *vgic, unsigned int vcpu, bool level)
{
	struct aplist *g = vgic;

	__atomic_store_n(&g->vcpus[vcpu]->timer_level, level, __ATOMIC_RELAXED);
}

void aplist_phys_active(struct aplist *g, struct plat_cpu *cpu, const struct vgic_irq *irq,
			bool active)
{
	WORK(phys_write);
	plat_phys_active_set(cpu, irq->hwintid, active);
}

bool aplist_resample(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
		     struct vgic_irq *irq)
{
	bool was = irq->line_level;

	WORK(line_level);
	aplist_state_write(cpu, irq);
	irq->line_level = plat_load(cpu, &vcpu->timer_level);
	aplist_compute_pending(g, irq);
	return was && !irq->line_level;
}

/* Another VM may set it on this CPU: what was written last is no longer known. */
void aplist_put(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct aplist *g = vgic;

	WORK(timer_put);
	plat_store(cpu, &g->vcpus[vcpu]->timer_active_cleared_last, false);
}
