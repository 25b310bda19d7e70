// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The oracle's state: facts that hold, do not hold or are being changed; interrupts
 * made of them; vCPUs with what their guests were entered with. Architecture: IHI
 * 0048B.b chapter 3, IHI 0069 chapter 4.
 */
#include "oracle-int.h"

#include <stdlib.h>
#include <string.h>

/* ---- facts --------------------------------------------------------------- */

void fact_open(struct fact *f)
{
	f->since = NEVER;
	f->until = STILL;
}

void fact_is(struct fact *f, bool so, uint64_t t)
{
	if (f->ops) { /* what a change under way leaves is open then */
		f->blurred = true;
		fact_open(f);
	} else if (so) {
		f->until = STILL;
		if (f->since == NEVER)
			f->since = t;
	} else {
		f->since = NEVER;
		if (f->until == STILL)
			f->until = t;
	}
}

void fact_begin(struct fact *f, bool to)
{
	if (f->ops++)
		f->blurred = true;
	if (to)
		f->until = STILL;
	else
		f->since = NEVER;
}

void fact_end(struct fact *f, bool to, uint64_t t)
{
	if (--f->ops)
		return;
	if (f->blurred)
		fact_open(f);
	else
		fact_is(f, to, t);
	f->blurred = false;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* ---- interrupts ---------------------------------------------------------- */

struct irq *oracle_irq(struct oracle *o, unsigned int vcpu, uint32_t irq)
{
	if (gic_is_private(irq))
		return vcpu < o->c.nr_vcpus ? &o->private[vcpu * GIC_NR_PRIVATE + irq] : NULL;
	return irq < o->c.nr_irqs && gic_is_spi(irq) ? &o->spi[irq - GIC_FIRST_SPI] : NULL;
}

static bool is_v2_sgi(const struct irq *q)
{
	return q->nr_latches > 1;
}

struct gic_lr *cpu_lr(struct cpu *c, unsigned int nr_lrs, const struct irq *q, unsigned int src)
{
	for (unsigned int i = 0; i < nr_lrs; i++)
		if (c->lr[i].irq == q->id && c->lr[i].pending &&
		    (!is_v2_sgi(q) || c->lr[i].src == src))
			return &c->lr[i];
	return NULL;
}

unsigned int irq_copies(const struct oracle *o, const struct irq *q, unsigned int src)
{
	unsigned int n = 0;

	for (unsigned int v = 0; v < o->c.nr_vcpus; v++)
		if (!gic_is_private(q->id) || v == q->owner)
			n += !!cpu_lr(&o->cpu[v], o->c.nr_lrs, q, src);
	return n;
}

bool irq_held(const struct oracle *o, const struct irq *q)
{
	for (unsigned int v = 0; v < o->c.nr_vcpus; v++) {
		if (gic_is_private(q->id) && v != q->owner)
			continue;
		for (unsigned int i = 0; i < o->c.nr_lrs; i++) {
			const struct gic_lr *lr = &o->cpu[v].lr[i];

			if (lr->irq == q->id && (lr->pending || lr->active))
				return true;
		}
	}
	return false;
}

/* In a list register at some vCPU's last entry, whatever has become of it. */
static bool irq_listed(const struct oracle *o, const struct irq *q)
{
	for (unsigned int v = 0; v < o->c.nr_vcpus; v++) {
		if (gic_is_private(q->id) && v != q->owner)
			continue;
		for (unsigned int i = 0; i < o->c.nr_lrs; i++)
			if (o->cpu[v].lr[i].irq == q->id)
				return true;
	}
	return false;
}

bool level_pends(const struct irq *q, uint64_t since)
{
	return !fact_must(&q->edge) && (q->line.until >= since || q->soft.until >= since);
}

static bool irq_quiet(const struct oracle *o, const struct irq *q)
{
	for (unsigned int s = 0; q->edge.until == STILL && s < q->nr_latches; s++)
		if (q->latch[s].credit || q->latch[s].set.ops)
			return false;
	return fact_must(&q->idle) && !level_pends(q, STILL) && !irq_listed(o, q);
}

/*
 * A vCPU that may hold what was routed to it before gives it away after it has left
 * its guest, before it flushes again or sleeps; to whom it goes takes it up when it
 * flushes after that.
 */
bool irq_held_elsewhere(const struct oracle *o, const struct irq *q)
{
	for (unsigned int v = 0; q->may_hold && v < o->c.nr_vcpus; v++)
		if (q->may_hold[v] && q->route[v].until != STILL)
			return true;
	return false;
}

bool route_known(const struct oracle *o, const struct irq *q)
{
	for (unsigned int v = 0; v < o->c.nr_vcpus; v++)
		if (q->route[v].until == STILL && q->moved && o->cpu[v].flush <= q->moved)
			return false;
	return !irq_held_elsewhere(o, q);
}

static void give_away(struct oracle *o, unsigned int vcpu)
{
	for (uint32_t i = 0; i < o->c.nr_irqs - GIC_FIRST_SPI; i++) {
		struct irq *q = &o->spi[i];
		uint64_t until = q->route[vcpu].until;

		/* Active then, it stayed where it is. */
		if (!q->may_hold || !q->may_hold[vcpu] || until == STILL ||
		    q->idle.since > o->cpu[vcpu].left)
			continue;
		/* GICv2: without a target the first may have had it. */
		if (!vcpu && q->untargeted != STILL)
			until = later(until, q->untargeted);
		if (o->cpu[vcpu].left <= until)
			continue;
		q->may_hold[vcpu] = false;
		q->moved = o->now;
	}
}

void irq_stirs(struct oracle *o, struct irq *q)
{
	if (!irq_quiet(o, q))
		return;
	/* A vgic need not have seen the timer's line go down that it never delivered. */
	if (o->c.timer_ppi && q->id == o->c.timer_ppi && q->stirred && !q->delivered)
		return;
	q->when = route_known(o, q) ? 0 : VGIC_WHEN_RETARGETED;
	q->delivered = false;
	q->nr_events = 0;
	q->first_event = 0;
	q->stirred = o->now;
	q->level.missed = false;
	for (unsigned int s = 0; s < q->nr_latches; s++)
		q->latch[s].missed = false;
}

void irq_changed(struct oracle *o, struct irq *q, unsigned int when)
{
	q->when |= when;
	if (irq_held(o, q))
		q->when |= VGIC_WHEN_IN_LR;
	for (unsigned int v = 0; v < o->c.nr_vcpus; v++)
		if (o->cpu[v].flushing && o->cpu[v].flush > q->stirred)
			q->when |= VGIC_WHEN_IN_LR; /* or about to be */
}

static bool irq_may_be_loaded(const struct oracle *o, const struct irq *q)
{
	if (gic_is_private(q->id))
		return o->cpu[q->owner].flushing || irq_held(o, q);
	for (unsigned int v = 0; v < o->c.nr_vcpus; v++)
		if (o->cpu[v].flushing)
			return true;
	return irq_held(o, q);
}

void irqs_held_off(struct oracle *o)
{
	for (unsigned int i = 0; i < o->c.nr_vcpus * GIC_NR_PRIVATE; i++)
		if (irq_may_be_loaded(o, &o->private[i]))
			o->private[i].when |= VGIC_WHEN_HELD_OFF;
	for (uint32_t i = 0; i < o->c.nr_irqs - GIC_FIRST_SPI; i++)
		if (irq_may_be_loaded(o, &o->spi[i]))
			o->spi[i].when |= VGIC_WHEN_HELD_OFF;
}

/* An edge that comes while another is in a list register may be one delivery more. */
unsigned int latch_most(const struct oracle *o, const struct irq *q, unsigned int src)
{
	unsigned int n = 1 + irq_copies(o, q, src);

	for (unsigned int v = 0; v < o->c.nr_vcpus; v++)
		n += o->cpu[v].flushing && q->route[v].until == STILL;
	return n;
}

static bool flushed_since(const struct oracle *o, const struct irq *q, uint64_t t)
{
	for (unsigned int v = 0; v < o->c.nr_vcpus; v++)
		if (o->cpu[v].flush >= t && q->route[v].until == STILL)
			return true;
	return false;
}

void latch_op(struct oracle *o, struct irq *q, unsigned int src, enum oracle_phase phase, bool set)
{
	struct latch *l = &q->latch[src];

	if (phase == ORACLE_BEGIN && set) {
		for (unsigned int s = 0; s < q->nr_latches; s++)
			if (s != src && (q->latch[s].credit || q->active_srcs >> s & 1))
				q->when |= VGIC_WHEN_SEVERAL;
		if (l->credit < latch_most(o, q, src))
			l->credit++;
		else
			l->merged++;
		if (!l->set.ops)
			l->first_begun = o->now;
	}
	fact_op(&l->set, phase, set, o->now);
	if (phase == ORACLE_END)
		l->done = o->now;
	if (phase == ORACLE_END && set && l->merged) {
		/* Unless the one before was taken away by a flush that began meanwhile. */
		if (flushed_since(o, q, l->first_begun) && l->credit < latch_most(o, q, src)) {
			l->merged--;
			l->credit++;
		}
		if (!l->set.ops)
			l->merged = 0;
	}
	if (phase == ORACLE_END && !set && !l->set.ops && l->set.until != STILL) {
		l->credit = 0;
		l->dropped = o->now;
	}
}

/* Since when it is certainly pending, or NEVER. */
static uint64_t pending_since(const struct irq *q, unsigned int src)
{
	if (fact_must(&q->edge))
		return q->latch[src].set.since;
	if (q->edge.until == STILL) /* edge or level: nobody knows */
		return NEVER;
	return q->line.since < q->soft.since ? q->line.since : q->soft.since;
}

uint64_t irq_due(const struct oracle *o, const struct irq *q, unsigned int src, unsigned int vcpu)
{
	uint64_t t = later(o->dist.since, q->enabled.since);

	/* The lowest priority of five bits: no priority mask lets it through. */
	if (q->prio >> 3 == 0x1f || q->prio_known.since == NEVER)
		return NEVER;

	t = later(t, q->unmasked);
	t = later(t, q->moved);
	t = later(t, q->route[vcpu].since);
	t = later(t, q->idle.since);
	return later(t, pending_since(q, src));
}

/* ---- life ---------------------------------------------------------------- */

static void set_route(struct oracle *o, struct irq *q, uint32_t target)
{
	q->untargeted = target < o->c.nr_vcpus ? 0 : STILL;
	for (unsigned int v = 0; v < o->c.nr_vcpus; v++)
		q->route[v] = v == target ? (struct fact){ .since = 1, .until = STILL }
					  : (struct fact){ .since = NEVER };
}

static bool init_irq(struct oracle *o, struct irq *q, uint32_t id, uint32_t owner)
{
	const struct fact no = { .since = NEVER };

	q->id = id;
	q->owner = owner;
	q->nr_latches = o->c.gic == 2 && gic_is_sgi(id) ? GICV2_MAX_VCPUS : 1;
	q->latch = calloc(q->nr_latches, sizeof(*q->latch));
	q->route = calloc(o->c.nr_vcpus, sizeof(*q->route));
	if (!q->latch || !q->route)
		return false;
	for (unsigned int s = 0; s < q->nr_latches; s++)
		q->latch[s].set = no;
	q->enabled = q->edge = q->line = q->soft = no;
	q->idle = q->prio_known = (struct fact){ .since = 1, .until = STILL };
	q->active_on = q->ended_on = -1;
	/* Left to the implementation: whether SGIs are enabled, what SPIs are. */
	if (gic_is_sgi(id)) {
		fact_open(&q->enabled);
		fact_is(&q->edge, true, 1);
	} else if (gic_is_spi(id)) {
		fact_open(&q->edge);
	}
	/* ITARGETSR resets to no target; IROUTER is vCPU 0's affinity. */
	if (gic_is_private(id))
		set_route(o, q, owner);
	else
		set_route(o, q, o->c.gic == 2 ? UINT32_MAX : 0);
	return true;
}

static void fini_irq(struct irq *q)
{
	free(q->latch);
	free(q->route);
	free(q->may_hold);
	free(q->event);
}

struct oracle *oracle_create(const struct oracle_config *config)
{
	struct oracle *o = calloc(1, sizeof(*o));
	bool ok = o;

	if (!o)
		return NULL;
	o->c = *config;
	o->dist.since = NEVER;
	o->dist_off_at = 1;
	o->now = 1;
	o->cpu = calloc(config->nr_vcpus, sizeof(*o->cpu));
	o->private = calloc((size_t)config->nr_vcpus * GIC_NR_PRIVATE, sizeof(*o->private));
	o->spi = calloc(config->nr_irqs, sizeof(*o->spi));
	ok = o->cpu && o->private && o->spi;
	for (unsigned int v = 0; ok && v < config->nr_vcpus; v++)
		for (unsigned int i = 0; i < GIC_MAX_LRS; i++)
			o->cpu[v].lr[i].irq = UINT32_MAX;
	for (unsigned int i = 0; ok && i < config->nr_vcpus * GIC_NR_PRIVATE; i++)
		ok = init_irq(o, &o->private[i], i % GIC_NR_PRIVATE, i / GIC_NR_PRIVATE);
	for (uint32_t i = GIC_FIRST_SPI; ok && i < config->nr_irqs; i++)
		ok = init_irq(o, &o->spi[i - GIC_FIRST_SPI], i, UINT32_MAX);
	if (ok)
		return o;
	oracle_destroy(o);
	return NULL;
}

void oracle_destroy(struct oracle *o)
{
	if (!o)
		return;
	for (unsigned int i = 0; o->private && i < o->c.nr_vcpus * GIC_NR_PRIVATE; i++)
		fini_irq(&o->private[i]);
	for (uint32_t i = GIC_FIRST_SPI; o->spi && i < o->c.nr_irqs; i++)
		fini_irq(&o->spi[i - GIC_FIRST_SPI]);
	say_fini(o);
	free(o->private);
	free(o->spi);
	free(o->cpu);
	free(o);
}

void oracle_set_state(struct oracle *o, const struct oracle_state *st)
{
	struct irq *q = oracle_irq(o, st->vcpu, st->irq);
	bool edge = st->edge || gic_is_sgi(st->irq);

	if (!q)
		return;
	q->edge = q->enabled = q->line = q->soft = (struct fact){ .since = NEVER };
	fact_is(&q->enabled, st->enabled, 1);
	fact_is(&q->edge, edge, 1);
	fact_is(&q->idle, !st->active, 1);
	if (st->active)
		q->when |= VGIC_WHEN_ACTIVE_WRITTEN;
	q->prio = st->prio;
	if (edge && st->pending) {
		/* Which sender's, a state does not say. */
		for (unsigned int s = 0; s < q->nr_latches; s++) {
			q->latch[s].credit = 1;
			if (q->nr_latches > 1)
				fact_open(&q->latch[s].set);
			else
				fact_is(&q->latch[s].set, true, 1);
		}
	}
	fact_is(&q->line, !edge && st->line, 1);
	fact_is(&q->soft, !edge && st->pending && !st->line, 1);
	if (fact_must(&q->soft))
		q->when |= VGIC_WHEN_SOFT;
	if (!gic_is_private(st->irq))
		set_route(o, q, st->target);
}

void oracle_set_enabled(struct oracle *o, bool enabled)
{
	fact_is(&o->dist, enabled, 1);
	o->dist_off_at = !enabled;
}

void oracle_at(struct oracle *o, enum oracle_phase phase, uint64_t t_ps)
{
	o->now = t_ps + 1;
	if (phase == ORACLE_BEGIN)
		o->under_way++;
	else
		o->under_way--;
	for (unsigned int v = 0; v < o->c.nr_vcpus; v++)
		o->cpu[v].disturbed |= o->cpu[v].flushing;
}

/* ---- lines --------------------------------------------------------------- */

void oracle_inject(struct oracle *o, enum oracle_phase phase, uint64_t t_ps, unsigned int vcpu,
		   uint32_t irq, bool level)
{
	struct irq *q = oracle_irq(o, vcpu, irq);

	oracle_at(o, phase, t_ps);
	if (!q)
		return;
	if (phase == ORACLE_BEGIN && level)
		irq_stirs(o, q);
	if (level && !fact_must(&o->dist))
		q->when |= VGIC_WHEN_SENT_OFF;
	if (phase == ORACLE_BEGIN)
		q->begun = o->now;
	if (phase == ORACLE_BEGIN)
		say_event(o, q, UINT32_MAX, level ? "raised" : "lowered", 0);
	if (phase == ORACLE_END && level && !fact_must(&q->line))
		q->delivered = false;
	/* Edge or level, the interrupt may be made the other meanwhile. */
	if (level)
		latch_op(o, q, 0, phase, true);
	fact_op(&q->line, phase, level, o->now);
	q->unseen |= q->edge.until == STILL;
	if (phase == ORACLE_END)
		irq_changed(o, q, 0);
	if (!level)
		q->lowered = o->now;
}

/* ---- vCPUs --------------------------------------------------------------- */

/* @vcpu has synced: what ended in its guest was looked at. */
static void look_at_ends(struct oracle *o, unsigned int vcpu)
{
	if (!o->cpu[vcpu].ended_any)
		return;
	o->cpu[vcpu].ended_any = false;
	for (uint32_t id = 0; id < o->c.nr_irqs && id <= GIC_LAST_SPI; id++) {
		struct irq *q = oracle_irq(o, vcpu, id);

		if (q->ended_on == (int)vcpu && !q->looked_at)
			q->looked_at = o->now;
	}
}

void oracle_flush(struct oracle *o, uint64_t t_ps, unsigned int vcpu)
{
	struct cpu *c = &o->cpu[vcpu];

	o->now = t_ps + 1;
	give_away(o, vcpu);
	look_at_ends(o, vcpu);
	c->flushing = true;
	c->disturbed = o->under_way;
	c->flush = o->now;
}

void oracle_enter(struct oracle *o, uint64_t t_ps, unsigned int vcpu, const uint64_t *lr)
{
	struct cpu *c = &o->cpu[vcpu];

	o->now = t_ps + 1;
	for (unsigned int i = 0; i < o->c.nr_lrs; i++) {
		c->lr[i] = gic_lr_decode(o->c.gic, lr[i]);
		if (!c->lr[i].pending && !c->lr[i].active)
			c->lr[i].irq = UINT32_MAX; /* what stands in an empty one means nothing */
	}
	c->flushing = false;
	c->in_guest = true;
	c->entered = o->now;
	c->drained = 0;
	o->report.entries++;
	judge_enter(o, vcpu);
}

void oracle_exit(struct oracle *o, uint64_t t_ps, unsigned int vcpu)
{
	o->now = t_ps + 1;
	judge_exit(o, vcpu);
	o->cpu[vcpu].in_guest = false;
	o->cpu[vcpu].left = o->now;
}

static void taken(struct oracle *o, unsigned int vcpu, struct irq *q, const struct gic_lr *lr)
{
	struct gic_lr *mine = cpu_lr(&o->cpu[vcpu], o->c.nr_lrs, q, lr->src);
	struct latch *l = &q->latch[lr->src % q->nr_latches];

	if (mine) {
		mine->pending = false;
		mine->active = true;
	}
	if (l->credit)
		l->credit--;
	l->dropped = 0;
	fact_is(&l->set, false, o->now);
	fact_is(&q->soft, false, o->now);
	fact_is(&q->idle, false, o->now);
	q->active_on = (int)vcpu;
	q->active_srcs |= 1u << lr->src;
	q->delivered = true;
}

void oracle_ack(struct oracle *o, uint64_t t_ps, unsigned int vcpu, const struct gic_lr *lr)
{
	struct irq *q = oracle_irq(o, vcpu, lr->irq);

	o->now = t_ps + 1;
	if (!q)
		return;
	o->report.deliveries++;
	say_event(o, q, vcpu, "taken", lr->src);
	judge_ack(o, vcpu, q, lr);
	taken(o, vcpu, q, lr);
}

static bool cpu_is_empty(const struct oracle *o, unsigned int vcpu)
{
	for (unsigned int i = 0; i < o->c.nr_lrs; i++)
		if (o->cpu[vcpu].lr[i].pending || o->cpu[vcpu].lr[i].active)
			return false;
	return true;
}

void oracle_eoi(struct oracle *o, uint64_t t_ps, unsigned int vcpu, uint32_t irq, uint32_t src,
		bool found)
{
	struct irq *q = oracle_irq(o, vcpu, irq);

	o->now = t_ps + 1;
	if (!q)
		return;
	say_event(o, q, vcpu, found ? "ended" : "ended, but not active in a list register", src);
	if (!found && q->idle.until != STILL && q->active_on == (int)vcpu)
		say_found(o, VGIC_FOUND_ACTIVE_LOST, q, vcpu,
			  (o->cpu[vcpu].was_full ? VGIC_WHEN_OVERFLOW : 0) |
				  (cpu_has_sgis(o, &o->cpu[vcpu]) ? VGIC_WHEN_OTHER_SGIS : 0),
			  "its end met no active list register: want one since its acknowledge");
	for (unsigned int i = 0; i < o->c.nr_lrs; i++) {
		struct gic_lr *lr = &o->cpu[vcpu].lr[i];

		if (lr->irq == irq && lr->active && lr->src == src) {
			lr->active = false;
			break;
		}
	}
	if (o->cpu[vcpu].was_full && !o->cpu[vcpu].drained && cpu_is_empty(o, vcpu))
		o->cpu[vcpu].drained = o->now;
	if (found) {
		q->ended = o->now;
		q->ended_on = (int)vcpu;
		q->looked_at = 0;
		o->cpu[vcpu].ended_any = true;
		q->ended_high =
			fact_must(&q->line) && q->edge.until != STILL && irq != o->c.timer_ppi;
	}
	/* The only one there is, if its list register had another's sender. */
	if (found && !(q->active_srcs >> src & 1) && !(q->active_srcs & (q->active_srcs - 1)))
		q->active_srcs = 0;
	q->active_srcs &= ~(1u << src);
	if (q->active_srcs && is_v2_sgi(q))
		return;
	q->active_srcs = 0;
	q->active_on = -1;
	fact_is(&q->idle, true, o->now);
	/* The guest has set its timer anew; the host notices at the next exit. */
	if (o->c.timer_ppi && irq == o->c.timer_ppi && q->line.until == STILL)
		fact_open(&q->line);
}

void oracle_sleep(struct oracle *o, uint64_t checked_ps, unsigned int vcpu)
{
	give_away(o, vcpu);
	look_at_ends(o, vcpu);
	o->cpu[vcpu].asleep = true;
	o->cpu[vcpu].checked = checked_ps + 1;
}

void oracle_wake(struct oracle *o, uint64_t t_ps, unsigned int vcpu)
{
	o->now = t_ps + 1;
	judge_wake(o, vcpu, o->now);
	o->cpu[vcpu].asleep = false;
}

void oracle_finish(struct oracle *o, uint64_t t_ps)
{
	o->now = t_ps + 1;
	judge_finish(o);
}

const struct oracle_report *oracle_report(const struct oracle *o)
{
	return &o->report;
}
