// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sets of list registers: what a recorded event says, what a design has loaded,
 * whether they are the same, and what the guest did between two of them.
 *
 * Only what the architecture looks at counts: INTID, state, priority, hardware
 * bit and physical INTID, EOI bit, source, group. A word without a state is
 * empty whatever else stands in it. Of a recorded event as many words with a
 * state count, in order, as the host says it used: those after them are left
 * over in memory and were not loaded.
 */
#include <stdio.h>
#include <string.h>

#include "conform-int.h"

static unsigned int words_of(const struct conform *c, uint64_t pos, uint64_t word[GIC_MAX_LRS])
{
	const struct trace_rec *r = &conform_item(c, pos)->rec;
	unsigned int nr = r->d.lrs.nr < GIC_MAX_LRS ? r->d.lrs.nr : GIC_MAX_LRS;

	memset(word, 0, GIC_MAX_LRS * sizeof(word[0]));
	for (unsigned int i = 0; i < nr && i < REC_LRS_FIRST; i++)
		word[i] = r->d.lrs.lr[i];
	for (unsigned int have = REC_LRS_FIRST; have < nr; have += REC_LRS_EACH) {
		const struct infer_item *more = conform_item(c, ++pos);

		if (!more || more->rec.kind != REC_LRS_MORE)
			break;
		for (unsigned int i = 0; i < more->rec.d.lrs_more.nr && have + i < nr; i++)
			word[have + i] = more->rec.d.lrs_more.lr[i];
	}
	return nr;
}

static void take(const struct conform *c, struct lr_set *set, unsigned int i,
		 const struct gic_lr *lr)
{
	if (!lr->pending && !lr->active)
		return;
	set->lr[i] = *lr;
	if (c->o->ignore_priority)
		set->lr[i].prio = 0;
}

void lr_set_recorded(const struct conform *c, uint64_t pos, struct lr_set *set)
{
	const struct trace_rec *r = &conform_item(c, pos)->rec;
	unsigned int live = 0;
	uint64_t word[GIC_MAX_LRS];

	memset(set, 0, sizeof(*set));
	set->nr = words_of(c, pos, word);
	for (unsigned int i = 0; i < set->nr; i++) {
		struct gic_lr lr = gic_lr_decode(c->meta->gic, word[i]);

		if (!lr.pending && !lr.active)
			continue;
		/* After an exit fewer may have a state than were used; none is taken for another.
		 */
		if (r->d.lrs.at_exit || live++ < r->d.lrs.used)
			take(c, set, i, &lr);
	}
}

void lr_set_simulated(const struct cvcpu *v, struct lr_set *set)
{
	memset(set, 0, sizeof(*set));
	set->nr = v->c->config.nr_lrs;
	for (unsigned int i = 0; i < set->nr; i++) {
		struct gic_lr lr = gic_lr_decode(v->c->config.gic, vif_lr(v->cpu, i));

		take(v->c, set, i, &lr);
	}
}

bool lr_same_fields(const struct gic_lr *a, const struct gic_lr *b)
{
	return a->irq == b->irq && a->prio == b->prio && a->hw == b->hw && a->hw_irq == b->hw_irq &&
	       a->eoi == b->eoi && a->src == b->src && a->group == b->group;
}

bool lr_same(const struct gic_lr *a, const struct gic_lr *b)
{
	return lr_same_fields(a, b) && a->pending == b->pending && a->active == b->active;
}

const struct gic_lr *lr_find(const struct lr_set *set, uint32_t irq, uint8_t src)
{
	for (unsigned int i = 0; i < set->nr; i++)
		if ((set->lr[i].pending || set->lr[i].active) && set->lr[i].irq == irq &&
		    set->lr[i].src == src)
			return &set->lr[i];
	return NULL;
}

static unsigned int nr_live(const struct lr_set *set)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < set->nr; i++)
		n += set->lr[i].pending || set->lr[i].active;
	return n;
}

enum lr_verdict lr_compare(const struct lr_set *a, const struct lr_set *b)
{
	unsigned int nr = a->nr > b->nr ? a->nr : b->nr, i;

	for (i = 0; i < nr; i++)
		if (!lr_same(&a->lr[i], &b->lr[i]))
			break;
	if (i == nr)
		return LR_IDENTICAL;
	if (nr_live(a) != nr_live(b))
		return LR_DIFFERENT;
	for (i = 0; i < a->nr; i++) {
		const struct gic_lr *other;

		if (!a->lr[i].pending && !a->lr[i].active)
			continue;
		other = lr_find(b, a->lr[i].irq, a->lr[i].src);
		if (!other || !lr_same(&a->lr[i], other))
			return LR_DIFFERENT;
	}
	return LR_REORDERED;
}

void lr_text(const struct gic_lr *lr, char *buf, size_t len)
{
	char prio[16], more[64] = "";
	size_t at = 0;

	if (!lr->pending && !lr->active) {
		snprintf(buf, len, "-");
		return;
	}
	snprintf(prio, sizeof(prio), "0x%02x", lr->prio);
	if (lr->hw)
		at += (size_t)snprintf(more + at, sizeof(more) - at, " hw=%u", lr->hw_irq);
	if (lr->src)
		at += (size_t)snprintf(more + at, sizeof(more) - at, " src=%u", lr->src);
	if (lr->eoi)
		at += (size_t)snprintf(more + at, sizeof(more) - at, " eoi");
	if (lr->group)
		snprintf(more + at, sizeof(more) - at, " grp1");
	snprintf(buf, len, "%u %s%s%s prio=%s%s", lr->irq, lr->pending ? "pending" : "",
		 lr->pending && lr->active ? "+" : "", lr->active ? "active" : "", prio, more);
}

/* ---- the guest ----------------------------------------------------------- */

static int design_lr(const struct cvcpu *v, const struct gic_lr *want, bool pending)
{
	for (unsigned int n = 0; n < v->c->config.nr_lrs; n++) {
		struct gic_lr lr = gic_lr_decode(v->c->config.gic, vif_lr(v->cpu, n));

		if ((pending ? lr.pending : lr.active) && lr.irq == want->irq &&
		    lr.src == want->src)
			return (int)n;
	}
	return -1;
}

static void do_ack(struct cvcpu *v, const struct gic_lr *lr)
{
	int n = design_lr(v, lr, true);

	if (n < 0) {
		v->c->res->not_done++;
		return;
	}
	vif_ack(v->cpu, (unsigned int)n);
	v->c->res->acks++;
	if (v->c->guest_leave && lr->irq == v->c->config.timer_ppi)
		v->lower_timer = true;
}

static void do_end(struct cvcpu *v, const struct gic_lr *lr)
{
	if (design_lr(v, lr, false) < 0) {
		v->c->res->not_done++;
		return;
	}
	vif_eoi(v->cpu, lr->irq, lr->src);
	v->c->res->ends++;
}

/*
 * States that a run can go through without the hypervisor, in this order:
 * P+A, P, A, none; the way from @was to @now is the only one that there is.
 */
static void act(struct cvcpu *v, const struct gic_lr *was, const struct gic_lr *now)
{
	if (was->pending && was->active) {
		if (now->pending && now->active)
			return;
		do_end(v, was);
	} else if (!was->pending) {
		if (!now->active)
			do_end(v, was);
		return;
	}
	if (now->pending)
		return;
	do_ack(v, was);
	if (!now->active)
		do_end(v, was);
}

/* The recorded registers at @v's next entry, and when; empty and never: there is none. */
static void next_entry(const struct cvcpu *v, struct lr_set *set, uint64_t *time_ns)
{
	uint64_t next = conform_next_own(v->c, v->id, v->c->at);

	for (; next; next = conform_next_own(v->c, v->id, next - 1)) {
		const struct trace_rec *r = &conform_item(v->c, next - 1)->rec;

		if (r->kind == REC_LRS && !r->d.lrs.at_exit) {
			lr_set_recorded(v->c, next - 1, set);
			*time_ns = r->time_ns;
			return;
		}
	}
	memset(set, 0, sizeof(*set));
	*time_ns = UINT64_MAX;
}

/*
 * What only the design has. If the recording has it at the next entry the design
 * was early, and if what sent it may still be about to act it may have been: it
 * waits. Else it is taken and ended, so that the two can meet.
 */
static void take_extra(struct cvcpu *v)
{
	struct lr_set later;
	uint64_t later_ns;

	if (lr_compare(&v->recorded, &v->simulated) != LR_DIFFERENT)
		return;
	next_entry(v, &later, &later_ns);
	for (unsigned int n = 0; n < v->c->config.nr_lrs; n++) {
		struct gic_lr lr = gic_lr_decode(v->c->config.gic, vif_lr(v->cpu, n));
		const struct episode *ep;

		if ((!lr.pending && !lr.active) || lr_find(&v->recorded, lr.irq, lr.src) ||
		    lr_find(&later, lr.irq, lr.src))
			continue;
		ep = conform_episode(v, lr.irq, lr.src);
		if (ep && ep->until_ns >= later_ns)
			continue;
		v->c->res->extra_taken++;
		act(v, &lr, &(struct gic_lr){ 0 });
	}
}

/* @set with what has a state moved together, in order. */
void lr_compact(struct lr_set *set)
{
	unsigned int to = 0;

	for (unsigned int i = 0; i < set->nr; i++) {
		struct gic_lr lr = set->lr[i];

		set->lr[i] = (struct gic_lr){ 0 };
		if (lr.pending || lr.active)
			set->lr[to++] = lr;
	}
}

void lr_guest(struct cvcpu *v, const struct lr_set *exit)
{
	static const struct gic_lr gone;

	take_extra(v);
	for (unsigned int i = 0; i < v->recorded.nr; i++) {
		const struct gic_lr *was = &v->recorded.lr[i];
		const struct gic_lr *now;

		if (!was->pending && !was->active)
			continue;
		now = lr_find(exit, was->irq, was->src);
		if (!now)
			now = &gone;
		act(v, was, now);
	}
}
