// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules: what may be in list registers, what must, and what may be taken from them. */
#include "oracle-int.h"

typedef void each_fn(struct oracle *o, unsigned int vcpu, struct irq *q, unsigned int src);

/* Each interrupt that could concern @vcpu, once a sender. */
static void each_irq(struct oracle *o, unsigned int vcpu, each_fn *fn)
{
	for (uint32_t id = 0; id < o->c.nr_irqs && id <= GIC_LAST_SPI; id++) {
		struct irq *q = oracle_irq(o, vcpu, id);

		for (unsigned int s = 0; s < q->nr_latches; s++)
			fn(o, vcpu, q, s);
	}
}

static struct latch *miss_of(struct irq *q, unsigned int src)
{
	return fact_must(&q->edge) ? &q->latch[src] : &q->level;
}

static double us(uint64_t from, uint64_t to)
{
	return (double)(to - from) / 1e6;
}

static bool lrs_full(const struct oracle *o, const struct cpu *c)
{
	for (unsigned int i = 0; i < o->c.nr_lrs; i++)
		if (!c->lr[i].pending && !c->lr[i].active)
			return false;
	return true;
}

/* ---- a guest is entered --------------------------------------------------- */

/*
 * An INTID may be in one list register only, so of a GICv2 SGI's senders all but
 * one have to wait.
 */
static bool waits_for_sender(const struct oracle *o, const struct cpu *c, const struct irq *q)
{
	for (unsigned int i = 0; q->nr_latches > 1 && i < o->c.nr_lrs; i++)
		if (c->lr[i].irq == q->id && (c->lr[i].pending || c->lr[i].active))
			return true;
	return false;
}

static void one_late(struct oracle *o, unsigned int vcpu, struct irq *q, struct latch *m)
{
	if (!m->missed)
		return;
	m->missed = false;
	say_found(o, VGIC_FOUND_LATE_ENTRY, q, vcpu, m->missed_when,
		  "comes now: want it in a list register at the guest entry %.3f us ago, before "
		  "which it was pending, enabled and routed to vCPU %u",
		  us(m->missed_at, o->now), m->missed_by);
}

/* From several senders, or again from the one whose SGI is active. */
static bool several_sgis(const struct oracle *o, unsigned int vcpu)
{
	for (uint32_t id = 0; o->c.gic == 2 && id < GIC_NR_SGIS; id++) {
		const struct irq *q = &o->private[vcpu * GIC_NR_PRIVATE + id];
		unsigned int n = 0;

		for (unsigned int s = 0; s < q->nr_latches; s++)
			n += !!q->latch[s].credit + (q->active_srcs >> s & 1);
		/* Active since before the beginning, of whom nobody knows. */
		n += !q->active_srcs && q->idle.until != STILL;
		if (n > 1)
			return true;
	}
	return false;
}

/* Nothing can come of what has not come by now, and was not held back. */
static void void_credit(struct oracle *o, const struct cpu *c, unsigned int vcpu, struct irq *q,
			struct latch *l)
{
	uint64_t t = c->flush;

	if (o->dist.since < t && q->enabled.since < t && q->route[vcpu].since < t &&
	    q->idle.since < t && !l->set.ops && !fact_must(&l->set) && l->done < t &&
	    route_known(o, q) && !several_sgis(o, vcpu))
		l->credit = 0;
}

/* Not now, but at some time since @vcpu last left its guest. */
static void note_queued(const struct oracle *o, const struct cpu *c, unsigned int vcpu,
			struct irq *q, const struct latch *l)
{
	uint64_t t = c->left ? c->left : 1;

	if (!fact_may(&o->dist, t) || !fact_may(&q->enabled, t) || !fact_may(&q->route[vcpu], t))
		return;
	/* Or active: that keeps it where it is as well. */
	if (!l->credit && l->dropped < t && !level_pends(q, t) && q->idle.since <= t)
		return;
	q->queued_by = vcpu;
	q->queued_at = c->entered;
}

static void one_entry(struct oracle *o, unsigned int vcpu, struct irq *q, unsigned int src)
{
	struct cpu *c = &o->cpu[vcpu];
	struct latch *m = miss_of(q, src);
	uint64_t due = irq_due(o, q, src, vcpu);

	if (cpu_lr(c, o->c.nr_lrs, q, src)) {
		one_late(o, vcpu, q, m);
		return;
	}
	note_queued(o, c, vcpu, q, &q->latch[src]);
	if (irq_copies(o, q, src) || lrs_full(o, c) || waits_for_sender(o, c, q))
		return;
	void_credit(o, c, vcpu, q, &q->latch[src]);
	if (due >= c->flush) {
		if (m->missed && m->missed_by == vcpu)
			m->missed = false;
		return;
	}
	say_event(o, q, vcpu, "not in a list register at guest entry", src);
	if (m->missed)
		return;
	if (several_sgis(o, vcpu))
		q->when |= VGIC_WHEN_OTHER_SGIS;
	m->missed = true;
	m->missed_at = o->now;
	m->missed_when = irq_held_elsewhere(o, q) ? VGIC_WHEN_HELD_ELSEWHERE : 0;
	m->missed_by = vcpu;
}

static void one_copy(struct oracle *o, unsigned int vcpu, unsigned int n, struct irq *q)
{
	const struct gic_lr *lr = &o->cpu[vcpu].lr[n];

	for (unsigned int i = 0; i < n; i++) {
		const struct gic_lr *other = &o->cpu[vcpu].lr[i];

		if (other->irq == lr->irq && (other->pending || other->active))
			say_found(o, VGIC_FOUND_TWO_COPIES, q, vcpu, 0,
				  "in list registers %u and %u: want it in one", i, n);
	}
	for (unsigned int v = 0; gic_is_spi(lr->irq) && v < o->c.nr_vcpus; v++) {
		if (v == vcpu || !o->cpu[v].in_guest)
			continue;
		for (unsigned int i = 0; i < o->c.nr_lrs; i++) {
			const struct gic_lr *other = &o->cpu[v].lr[i];

			if (other->irq == lr->irq && (other->pending || other->active))
				say_found(o, VGIC_FOUND_TWO_COPIES, q, vcpu, 0,
					  "in list registers of vCPUs %u and %u: want it in one", v,
					  vcpu);
		}
	}
}

static void one_active(struct oracle *o, unsigned int vcpu, struct irq *q)
{
	const struct cpu *c = &o->cpu[vcpu];

	if (q->active_on != (int)vcpu || q->idle.until == STILL || lrs_full(o, c))
		return;
	for (unsigned int i = 0; i < o->c.nr_lrs; i++)
		if (c->lr[i].irq == q->id && c->lr[i].active)
			return;
	q->active_on = -1;
	say_found(o, VGIC_FOUND_ACTIVE_LOST, q, vcpu,
		  several_sgis(o, vcpu) ? VGIC_WHEN_OTHER_SGIS : 0,
		  "the guest has it active, no list register does: want one");
}

void judge_enter(struct oracle *o, unsigned int vcpu)
{
	struct cpu *c = &o->cpu[vcpu];

	for (unsigned int i = 0; i < o->c.nr_lrs; i++) {
		struct irq *q = oracle_irq(o, vcpu, c->lr[i].irq);

		if (!q || (!c->lr[i].pending && !c->lr[i].active))
			continue;
		if (c->lr[i].pending && c->lr[i].active)
			q->when |= VGIC_WHEN_P_AND_A;
		say_event(o, q, vcpu,
			  !c->lr[i].pending ? "active at guest entry"
			  : c->lr[i].active ? "pending and active at guest entry"
					    : "pending at guest entry",
			  c->lr[i].src);
		one_copy(o, vcpu, i, q);
	}
	for (uint32_t id = 0; id < o->c.nr_irqs && id <= GIC_LAST_SPI; id++)
		one_active(o, vcpu, oracle_irq(o, vcpu, id));
	c->was_full = lrs_full(o, c);
	each_irq(o, vcpu, one_entry);
}

/* ---- it is left, or sleep ends --------------------------------------------- */

static void one_exit(struct oracle *o, unsigned int vcpu, struct irq *q, unsigned int src)
{
	struct cpu *c = &o->cpu[vcpu];
	uint64_t due = irq_due(o, q, src, vcpu), from;
	bool window;

	if (due == NEVER || due < c->flush || irq_copies(o, q, src) || waits_for_sender(o, c, q))
		return;
	window = q->begun <= c->entered;
	from = due > c->entered ? due : c->entered;
	if (o->now - from <= o->c.kick_ps)
		return;
	say_found(o, VGIC_FOUND_LATE_KICK, q, vcpu, window ? VGIC_WHEN_WINDOW : 0,
		  "the guest ran on for %.3f us after it had become pending: want an exit",
		  us(from, o->now));
}

/* Its list registers were all in use, and are all empty now. */
static void one_starved(struct oracle *o, unsigned int vcpu, struct irq *q, unsigned int src)
{
	struct cpu *c = &o->cpu[vcpu];

	if (irq_due(o, q, src, vcpu) >= c->flush || irq_copies(o, q, src) ||
	    o->now - c->drained <= o->c.kick_ps)
		return;
	say_found(o, VGIC_FOUND_NOT_REFILLED, q, vcpu,
		  cpu_has_sgis(o, c) ? VGIC_WHEN_OTHER_SGIS : 0,
		  "the guest ran on for %.3f us after the last of its list registers had become "
		  "empty: want a maintenance interrupt",
		  us(c->drained, o->now));
}

void judge_exit(struct oracle *o, unsigned int vcpu)
{
	/* A guest whose list registers are all in use could not take it, if told. */
	if (!o->cpu[vcpu].was_full)
		each_irq(o, vcpu, one_exit);
	else if (o->cpu[vcpu].drained)
		each_irq(o, vcpu, one_starved);
}

static void one_wake(struct oracle *o, unsigned int vcpu, struct irq *q, unsigned int src)
{
	const struct cpu *c = &o->cpu[vcpu];
	uint64_t due = irq_due(o, q, src, vcpu);

	if (due == NEVER || irq_copies(o, q, src))
		return;
	if (due < c->checked)
		say_found(o, VGIC_FOUND_SLEPT, q, vcpu, 0,
			  "pending since %.3f us before WFI was to decide: want no sleep",
			  us(due, c->checked));
	else if (o->now > due + o->c.wake_ps)
		say_found(
			o, VGIC_FOUND_LATE_KICK, q, vcpu,
			c->left && q->lowered >= c->left ? VGIC_WHEN_QUEUED : 0,
			"the vCPU slept on for %.3f us after it had become pending: want it woken",
			us(due, o->now));
}

void judge_wake(struct oracle *o, unsigned int vcpu, uint64_t t)
{
	if (o->cpu[vcpu].asleep)
		each_irq(o, vcpu, one_wake);
}

/* ---- the guest takes one ---------------------------------------------------- */

/* Was there something to deliver at some time since @since? */
static bool cause(const struct irq *q, unsigned int src, uint64_t since)
{
	const struct latch *l = &q->latch[src];
	uint64_t t = since > q->ended ? since : q->ended;

	if (q->edge.until == STILL && (l->credit || l->set.ops || l->dropped >= since))
		return true;
	return level_pends(q, t);
}

static bool another_sender(const struct irq *q, unsigned int src, uint64_t since)
{
	for (unsigned int s = 0; s < q->nr_latches; s++)
		if (s != src && cause(q, s, since))
			return true;
	return false;
}

/* Its end on @vcpu was looked at later than @t: a vgic may have found its line up. */
static unsigned int resampled(const struct irq *q, unsigned int vcpu, uint64_t t)
{
	return q->ended_on == (int)vcpu && q->looked_at >= t ? VGIC_WHEN_RESAMPLED : 0;
}

/* True: nothing speaks against @q on @vcpu at some time since @since. */
static bool allowed(struct oracle *o, unsigned int vcpu, struct irq *q, const struct gic_lr *lr,
		    uint64_t since)
{
	unsigned int src = lr->src % q->nr_latches;

	if (!fact_may(&o->dist, since)) {
		say_found(o, VGIC_FOUND_DIST_OFF, q, vcpu, resampled(q, vcpu, o->dist.until),
			  "GICD_CTLR was off %.3f us before the flush: want no delivery",
			  us(o->dist.until, since));
	} else if (!fact_may(&q->enabled, since)) {
		say_found(o, VGIC_FOUND_DISABLED, q, vcpu, resampled(q, vcpu, q->enabled.until),
			  "disabled %.3f us before the flush: want no delivery",
			  us(q->enabled.until, since));
	} else if (!fact_may(&q->route[vcpu], since)) {
		say_found(o, VGIC_FOUND_WRONG_VCPU, q, vcpu, 0,
			  "not routed to vCPU %u since before the flush: want no delivery here",
			  vcpu);
	} else if (!cause(q, src, since)) {
		if (q->nr_latches > 1 && another_sender(q, src, since))
			say_found(o, VGIC_FOUND_WRONG_SOURCE, q, vcpu, 0,
				  "sender vCPU %u has none pending, another has: want that one",
				  src);
		else if (fact_must(&q->edge))
			say_found(
				o, VGIC_FOUND_DUPLICATE, q, vcpu, 0,
				"nothing made it pending since it was last taken or cleared: want "
				"no delivery");
		else
			say_found(o, VGIC_FOUND_STALE_LEVEL, q, vcpu, 0,
				  "its line is low since before the flush: want no delivery");
	} else {
		return true;
	}
	return false;
}

static unsigned int prio_of(const struct irq *q)
{
	return q->prio >> 3; /* five bits are there in every GIC */
}

/* GICv2: an SGI was loaded, however many senders it had. */
bool cpu_has_sgis(const struct oracle *o, const struct cpu *c)
{
	for (unsigned int i = 0; o->c.gic == 2 && i < o->c.nr_lrs; i++)
		if (gic_is_sgi(c->lr[i].irq))
			return true;
	return false;
}

/* Does @y have to be taken before @lr? In a list register above it, it could have been. */
static bool comes_before(struct oracle *o, unsigned int vcpu, struct irq *y, unsigned int src,
			 const struct irq *q, const struct gic_lr *lr, unsigned int *when)
{
	struct cpu *c = &o->cpu[vcpu];
	const struct gic_lr *its;

	if (y == q || prio_of(y) >= prio_of(q) || y->prio_known.since >= c->flush ||
	    irq_due(o, y, src, vcpu) >= c->flush)
		return false;
	its = cpu_lr(c, o->c.nr_lrs, y, src);
	if (its) {
		*when = say_when(o, y, vcpu) & ~VGIC_WHEN_LEVEL;
		return its->prio >= lr->prio;
	}
	*when = (say_when(o, y, vcpu) & ~VGIC_WHEN_LEVEL) | VGIC_WHEN_OVERFLOW;
	if (c->disturbed)
		*when |= VGIC_WHEN_WINDOW;
	if (cpu_has_sgis(o, c))
		*when |= VGIC_WHEN_OTHER_SGIS;
	return !irq_copies(o, y, src) && lrs_full(o, c) && !waits_for_sender(o, c, y);
}

static void judge_priority(struct oracle *o, unsigned int vcpu, struct irq *q,
			   const struct gic_lr *lr)
{
	unsigned int when;

	if (q->prio_known.since >= o->cpu[vcpu].flush)
		return;
	for (uint32_t id = 0; id < o->c.nr_irqs && id <= GIC_LAST_SPI; id++) {
		struct irq *y = oracle_irq(o, vcpu, id);

		for (unsigned int s = 0; s < y->nr_latches; s++) {
			if (!comes_before(o, vcpu, y, s, q, lr, &when))
				continue;
			if (!lr->prio)
				when |= VGIC_WHEN_FLAT;
			say_found(o, VGIC_FOUND_PRIORITY, q, vcpu, when,
				  "priority %#x: want INTID %u first, priority %#x and pending",
				  q->prio, y->id, y->prio);
			return;
		}
	}
}

void judge_ack(struct oracle *o, unsigned int vcpu, struct irq *q, const struct gic_lr *lr)
{
	unsigned int src = lr->src % q->nr_latches;

	/* Already in service, so nothing but the guest's own disorder. */
	if (lr->active)
		return;
	if (!allowed(o, vcpu, q, lr, o->cpu[vcpu].flush))
		return;
	if (q->idle.until != STILL && !(q->nr_latches > 1 && !(q->active_srcs >> src & 1))) {
		say_found(o, VGIC_FOUND_STILL_ACTIVE, q, vcpu, 0,
			  "still active on vCPU %d: want it ended first", q->active_on);
		return;
	}
	one_late(o, vcpu, q, miss_of(q, src));
	judge_priority(o, vcpu, q, lr);
}

/* ---- the end ------------------------------------------------------------------ */

static void one_finish(struct oracle *o, unsigned int vcpu, struct irq *q, unsigned int src)
{
	enum vgic_finding found = VGIC_FOUND_LOST;
	struct latch *m = miss_of(q, src);

	if (!m->missed || m->missed_by != vcpu || irq_due(o, q, src, vcpu) == NEVER)
		return;
	if ((q->when & VGIC_WHEN_RETARGETED) && !route_known(o, q))
		return;
	m->missed = false;
	if (!fact_must(&q->edge) && q->delivered)
		found = VGIC_FOUND_NOT_RESAMPLED;
	else if (q->nr_latches > 1 && (q->when & VGIC_WHEN_SEVERAL))
		found = VGIC_FOUND_SOURCE_LOST;
	say_found(o, found, q, vcpu, 0,
		  "want it in a list register at the guest entry %.3f us before the end, or at any "
		  "after",
		  us(m->missed_at, o->now));
}

void judge_finish(struct oracle *o)
{
	for (unsigned int v = 0; v < o->c.nr_vcpus; v++) {
		judge_wake(o, v, o->now);
		each_irq(o, v, one_finish);
	}
}
