/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Delivery latency: from the injection call, or the trap of the SGI write, to
 * the acknowledge; and where the target's CPU spent that time.
 *
 * Several sendings that meet one acknowledge are one delivery, timed from the
 * first. An acknowledge may be worked out after its time (the guest's half is
 * private to its CPU), so a sending later than it is the next delivery's.
 *
 * The split is the difference of two readings of the target's accounts, taken
 * at the sending and at the acknowledge. The first is made from milestones of
 * the target (exit, entry, sleep), which do not depend on who ran first:
 * a sending that finds the guest running or the vCPU asleep is exact but for
 * the wake-up, which is taken to be at the sleep's end; one that finds the
 * target in the host gets its share of that stretch's components in
 * proportion. An SPI that another vCPU acknowledges than the one that the
 * recording routed it to has no split.
 */
#include <stdlib.h>
#include <string.h>

#include "run.h"

/* What @d has of the stretch up to the milestone that ends it. */
static void settle_host_part(struct delivery *d, const uint64_t *then, const uint64_t *now,
			     uint64_t end_ps, uint64_t begin_ps)
{
	uint64_t rest = end_ps - (d->at_ps - 1), whole = end_ps - begin_ps, given = 0;
	unsigned int most = COMP_HOST;

	for (unsigned int i = 0; i < COMP_NR; i++) {
		uint64_t part = now[i] - then[i];
		uint64_t mine = whole ? (uint64_t)((unsigned __int128)part * rest / whole) : 0;

		if (part > now[most] - then[most])
			most = i;
		d->base[i] = now[i] - mine;
		given += mine;
	}
	d->base[most] -= rest - given; /* what rounding left */
}

static void settle_sleep_part(struct vcpu *v, struct delivery *d, const uint64_t *now,
			      uint64_t end_ps)
{
	uint64_t rest = end_ps - (d->at_ps - 1);
	uint64_t wake = v->run->o->host->c[HK_WFI_WAKE].time.ps;

	if (wake > rest)
		wake = rest;
	memcpy(d->base, now, sizeof(d->base));
	d->base[COMP_HOST] -= wake;
	d->base[COMP_SLEEP] -= rest - wake;
}

void delivery_milestone(struct vcpu *v, enum milestone_kind begins)
{
	struct milestone *last = &v->mile[v->last_mile];
	struct milestone *next = &v->mile[(v->last_mile + 1) % RUN_MILESTONES];

	next->at_ps = cpu_now(v->cpu).ps;
	next->kind = begins;
	run_accounts_take(v->cpu, next->accounts);
	for (unsigned int i = 0; i < v->nr_open; i++) {
		struct delivery *d = v->open[i];

		if (last->kind == MILE_SLEEP)
			settle_sleep_part(v, d, next->accounts, next->at_ps);
		else
			settle_host_part(d, last->accounts, next->accounts, next->at_ps,
					 last->at_ps);
		d->open = false;
	}
	v->nr_open = 0;
	v->last_mile = (v->last_mile + 1) % RUN_MILESTONES;
}

/* Read the target's accounts as they are at the sending. */
static void begin(struct vcpu *v, struct delivery *d)
{
	const struct milestone *m, *after = NULL;

	d->target = v->id;
	d->split = true;
	d->open = false;
	/* The target may be ahead of the sender. */
	for (unsigned int back = 0;; back++, after = m) {
		if (back == RUN_MILESTONES) {
			d->split = false;
			return;
		}
		m = &v->mile[(v->last_mile - back) % RUN_MILESTONES];
		if (m->at_ps <= d->at_ps - 1)
			break;
	}
	if (m->kind == MILE_GUEST) {
		memcpy(d->base, m->accounts, sizeof(d->base));
		d->base[COMP_GUEST] += d->at_ps - 1 - m->at_ps;
	} else if (after && m->kind == MILE_SLEEP) {
		settle_sleep_part(v, d, after->accounts, after->at_ps);
	} else if (after) {
		settle_host_part(d, m->accounts, after->accounts, after->at_ps, m->at_ps);
	} else if (v->nr_open == RUN_MAX_OPEN) {
		d->split = false;
	} else {
		d->open = true;
		v->open[v->nr_open++] = d;
	}
}

#define DELIVERY_CHUNK 64

struct delivery_chunk {
	struct delivery_chunk *next;
	struct delivery d[DELIVERY_CHUNK];
};

static struct delivery *delivery_get(struct run *r)
{
	struct delivery_pool *p = &r->delivery_pool;
	struct delivery *d = p->free;

	if (!d) {
		struct delivery_chunk *c = calloc(1, sizeof(*c));

		if (!c) {
			metrics_lost(r->metrics);
			return NULL;
		}
		c->next = p->chunk;
		p->chunk = c;
		for (unsigned int i = 0; i + 1 < DELIVERY_CHUNK; i++)
			c->d[i].next_free = &c->d[i + 1];
		d = &c->d[0];
	}
	p->free = d->next_free;
	return d;
}

static void delivery_put(struct run *r, struct delivery *d)
{
	d->next_free = r->delivery_pool.free;
	r->delivery_pool.free = d;
}

void delivery_fini(struct run *r)
{
	struct delivery_chunk *c = r->delivery_pool.chunk, *next;

	for (; c; c = next) {
		next = c->next;
		free(c);
	}
}

static struct sent *sent_of(struct run *r, struct vcpu *v, uint32_t irq)
{
	if (gic_is_private(irq))
		return &v->sent_private[irq];
	return irq < r->config.nr_irqs ? &r->sent_spi[irq] : NULL;
}

struct delivery *delivery_sent(struct run *r, uint32_t target, uint32_t irq, struct vtime at)
{
	struct vcpu *v = &r->vcpu[target < r->nr_vcpus ? target : 0];
	struct sent *s = sent_of(r, v, irq);
	struct delivery *d;

	if (!s || s->nr == 2) /* joins the one that waits already */
		return NULL;
	/* The older's acknowledge is still to come: it covers this one too. */
	if (s->nr == 1 && at.ps + 1 == s->d[0]->at_ps)
		return NULL;
	d = delivery_get(r);
	if (!d)
		return NULL;
	s->d[s->nr++] = d;
	d->at_ps = at.ps + 1;
	begin(v, d);
	return d;
}

static void forget(struct run *r, struct delivery *d)
{
	struct vcpu *v = &r->vcpu[d->target];

	for (unsigned int i = 0; i < v->nr_open; i++)
		if (v->open[i] == d)
			v->open[i--] = v->open[--v->nr_open];
	delivery_put(r, d);
}

static void drop_first(struct run *r, struct sent *s)
{
	forget(r, s->d[0]);
	s->d[0] = s->d[1];
	s->nr--;
}

void delivery_undo(struct run *r, uint32_t target, uint32_t irq, const struct delivery *d,
		   struct vtime at)
{
	struct sent *s = sent_of(r, &r->vcpu[target < r->nr_vcpus ? target : 0], irq);

	/* It may have been acknowledged meanwhile, and be another's now. */
	if (s && s->nr && s->d[s->nr - 1] == d && d->at_ps == at.ps + 1)
		forget(r, s->d[--s->nr]);
}

void delivery_acked(struct vcpu *v, uint32_t irq, struct vtime at)
{
	struct run *r = v->run;
	struct sent *s = sent_of(r, v, irq);
	uint64_t parts[COMP_NR];
	struct delivery *d;
	bool split;

	metrics_count(r->metrics, MC_DELIVERIES, 1);
	if (!s || !s->nr || s->d[0]->at_ps - 1 > at.ps)
		return;
	d = s->d[0];
	split = d->split && !d->open && d->target == v->id;
	if (split) {
		run_accounts_since(v->cpu, d->base, parts);
		parts[COMP_GUEST] -= cpu_now(v->cpu).ps - at.ps;
	}
	metrics_latency(r->metrics, LAT_DELIVERY, v->id, XK_NR, vt_since(at, VT_PS(d->at_ps - 1)),
			split ? parts : NULL);
	drop_first(r, s);
	while (s->nr && s->d[0]->at_ps - 1 <= at.ps)
		drop_first(r, s);
}
