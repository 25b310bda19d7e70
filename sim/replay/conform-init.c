// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was in flight when the recording began, for a trace that begins in
 * mid-life: interrupts with a state in the first list registers seen of a vCPU
 * are put into that state, in the order of their list registers, and the line
 * of the mapped timer is where its first recorded change does not go to (hosts
 * that record updates without a change do not tell). Which list registers
 * they were in cannot be put into a design, nor a GICv2 SGI of another vCPU.
 */
#include "conform-int.h"

static void base_state(const struct conform *c, uint32_t vcpu, uint32_t irq,
		       struct vgic_irq_state *st)
{
	setup_default_state(&c->config, &c->head, vcpu, irq, st);
	for (unsigned int i = 0; i < c->head.nr_states; i++) {
		const struct trace_rec *r = &c->head.state[i];

		if (r->d.state.irq == irq && (!gic_is_private(irq) || r->d.state.vcpu == vcpu))
			setup_recorded_state(r, st);
	}
}

/* 1 or 0, or -1: not known. */
static int timer_line(const struct conform *c, uint32_t vcpu)
{
	if (c->guest_leave)
		return -1;
	for (uint64_t p = 0; p < c->read; p++) {
		const struct trace_rec *r = &conform_item(c, p)->rec;

		if (r->kind == REC_INJECT && r->d.inject.irq == c->config.timer_ppi &&
		    r->d.inject.vcpu == vcpu)
			return !r->d.inject.level;
	}
	return -1;
}

static bool first_lrs(const struct conform *c, uint32_t vcpu, struct lr_set *set)
{
	for (uint64_t p = 0; p < c->read; p++) {
		const struct trace_rec *r = &conform_item(c, p)->rec;

		if (r->kind == REC_LRS && r->ctx_id == vcpu) {
			lr_set_recorded(c, p, set);
			return true;
		}
	}
	return false;
}

static void one_vcpu(struct conform *c, struct cvcpu *v)
{
	int line = timer_line(c, v->id);
	struct vgic_irq_state st;
	bool timer_done = false;
	struct lr_set set;

	if (!first_lrs(c, v->id, &set))
		set.nr = 0;
	for (unsigned int i = 0; i < set.nr; i++) {
		const struct gic_lr *lr = &set.lr[i];

		if ((!lr->pending && !lr->active) || lr->irq >= c->config.nr_irqs)
			continue;
		if (v->nr_initial < CONFORM_MAX_INITIAL)
			v->initial[v->nr_initial++] = lr->irq;
		if (lr->src && lr->src != v->id)
			continue;
		base_state(c, v->id, lr->irq, &st);
		st.pending = lr->pending;
		st.active = lr->active;
		if (!gic_is_private(lr->irq))
			st.target = v->id;
		if (lr->irq == c->config.timer_ppi) {
			st.line = line >= 0 ? line : lr->pending;
			timer_done = true;
		}
		c->design->set_state(c->vgic, &st);
		c->res->initial++;
	}
	if (line <= 0 || timer_done)
		return;
	base_state(c, v->id, c->config.timer_ppi, &st);
	st.line = st.pending = true;
	c->design->set_state(c->vgic, &st);
	c->res->initial++;
}

void conform_initial(struct conform *c)
{
	for (uint32_t v = 0; v < c->meta->nr_vcpus; v++)
		one_vcpu(c, &c->vcpu[v]);
}
