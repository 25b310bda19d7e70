/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See deliveries.h. All occurrences are kept in one array; those of an
 * interrupt that wait for their delivery are a list through it, oldest first.
 */
#include "deliveries.h"

#include <stdlib.h>
#include <string.h>

#include "gic.h"

const char *const delivery_fate_names[FATE_NR] = {
	[FATE_DELIVERED] = "delivered", [FATE_MERGED] = "merged", [FATE_WITHDRAWN] = "withdrawn",
	[FATE_UNCHANGED] = "unchanged", [FATE_LEFT] = "left",
};

const char *const delivery_differs_names[DIFFERS_NR] = {
	"only-a",      "only-b",      "merged-by-a", "merged-by-b", "other-vcpu",
	"more-from-a", "more-from-b", "high-in-a",   "high-in-b",   "apart",
};

#define NONE UINT32_MAX /* index of no occurrence */

struct waiting {
	struct occurrence o;
	uint64_t begun_ps, ended_ps; /* its sending; UINT64_MAX: not yet */
	bool over;		     /* the sending has returned */
	uint64_t lowered_ps;	     /* its line went low; UINT64_MAX: it did not */
	uint32_t next;		     /* that waits */
	uint32_t maybe; /* the first of the delivery that it was in, if nothing needs it */
};

/* An INTID, for private ones of one vCPU. */
struct queue {
	uint32_t first, last;
	uint32_t delivered; /* the first one of the latest delivery */
	uint32_t nr_unsent; /* of record 0 so far */
	bool edge;
};

struct deliveries {
	unsigned int nr_vcpus, nr_irqs;
	struct queue *private, *spi; /* [vcpu][GIC_NR_PRIVATE], [nr_irqs] */
	struct {
		uint64_t flush_ps, entry_ps;
		bool flushing, locked; /* the flush_ps is of its first lock */
	} * vcpu;
	uint32_t *sending; /* [actor]: the first one whose sending is not over */
	struct waiting *all;
	uint32_t nr, room;
	bool no_memory;
	struct occurrence *list;
};

struct deliveries *deliveries_create(unsigned int nr_vcpus, unsigned int nr_irqs,
				     unsigned int nr_actors)
{
	struct deliveries *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->nr_vcpus = nr_vcpus;
	d->nr_irqs = nr_irqs;
	d->private = calloc((size_t)nr_vcpus * GIC_NR_PRIVATE, sizeof(*d->private));
	d->spi = calloc(nr_irqs, sizeof(*d->spi));
	d->vcpu = calloc(nr_vcpus, sizeof(*d->vcpu));
	d->sending = calloc(nr_actors, sizeof(*d->sending));
	if (!d->private || !d->spi || !d->vcpu || !d->sending) {
		deliveries_destroy(d);
		return NULL;
	}
	for (unsigned int i = 0; i < nr_vcpus * GIC_NR_PRIVATE; i++)
		d->private[i] =
			(struct queue){ NONE, NONE, NONE, 0, gic_is_sgi(i % GIC_NR_PRIVATE) };
	for (unsigned int i = 0; i < nr_irqs; i++)
		d->spi[i] = (struct queue){ NONE, NONE, NONE, 0, false };
	for (unsigned int i = 0; i < nr_actors; i++)
		d->sending[i] = NONE;
	return d;
}

void deliveries_destroy(struct deliveries *d)
{
	if (!d)
		return;
	free(d->private);
	free(d->spi);
	free(d->vcpu);
	free(d->sending);
	free(d->all);
	free(d->list);
	free(d);
}

static struct queue *queue_of(struct deliveries *d, uint32_t irq, uint32_t vcpu)
{
	if (!gic_is_private(irq))
		return irq < d->nr_irqs ? &d->spi[irq] : NULL;
	return vcpu < d->nr_vcpus ? &d->private[vcpu * GIC_NR_PRIVATE + irq] : NULL;
}

void deliveries_set_edge(struct deliveries *d, uint32_t irq, bool edge)
{
	struct queue *q = gic_is_private(irq) ? NULL : queue_of(d, irq, DELIVERIES_ANY);

	if (q)
		q->edge = edge;
}

static struct waiting *add(struct deliveries *d)
{
	if (d->nr == d->room) {
		uint32_t room = d->room ? 2 * d->room : 1024;
		struct waiting *grown = NULL;

		if (room > d->room && room != NONE)
			grown = reallocarray(d->all, room, sizeof(*grown));
		if (!grown) {
			d->no_memory = true;
			return NULL;
		}
		d->all = grown;
		d->room = room;
	}
	return &d->all[d->nr++];
}

/* ---- sending -------------------------------------------------------------- */

static uint32_t new_one(struct deliveries *d, struct queue *q, uint64_t t_ps,
			const struct occurrence *o)
{
	struct waiting *w = add(d);

	if (!w)
		return NONE;
	*w = (struct waiting){
		.o = *o,
		.begun_ps = t_ps,
		.ended_ps = UINT64_MAX,
		.lowered_ps = UINT64_MAX,
		.next = NONE,
		.maybe = NONE,
	};
	w->o.fate = FATE_LEFT;
	w->o.nth = o->record ? 0 : q->nr_unsent++;
	return d->nr - 1;
}

void deliveries_send(struct deliveries *d, unsigned int actor, uint64_t t_ps, uint64_t since_ps,
		     uint32_t record, uint64_t recorded_ns, struct delivery_irq id)
{
	struct occurrence o = {
		.record = record, .recorded_ns = recorded_ns, .sent_ps = since_ps, .id = id
	};
	struct queue *q = queue_of(d, id.irq, id.vcpu);
	uint32_t i = q ? new_one(d, q, t_ps, &o) : NONE;

	if (i == NONE)
		return;
	if (q->last == NONE)
		q->first = i;
	else
		d->all[q->last].next = i;
	q->last = i;
	if (d->sending[actor] == NONE)
		d->sending[actor] = i;
}

/* Take it out of the queue; @before is the one before it, or NONE. */
static void take(struct deliveries *d, struct queue *q, uint32_t before, uint32_t i)
{
	uint32_t next = d->all[i].next;

	if (before == NONE)
		q->first = next;
	else
		d->all[before].next = next;
	if (q->last == i)
		q->last = before;
}

static void unchanged(struct deliveries *d, uint32_t i)
{
	struct queue *q = queue_of(d, d->all[i].o.id.irq, d->all[i].o.id.vcpu);
	uint32_t before = NONE;

	for (uint32_t k = q->first; k != NONE; before = k, k = d->all[k].next) {
		if (k == i) {
			take(d, q, before, i);
			d->all[i].o.fate = FATE_UNCHANGED;
			return;
		}
	}
	/* Delivered while its sending went on: it did change something. */
}

void deliveries_sent(struct deliveries *d, unsigned int actor, uint64_t t_ps, bool changed)
{
	uint32_t i = d->sending[actor];

	if (i == NONE)
		return;
	d->sending[actor] = NONE;
	/* Of one record; others may have begun to send in between. */
	for (uint32_t record = d->all[i].o.record; i < d->nr; i++) {
		if (d->all[i].o.record != record || d->all[i].over)
			continue;
		d->all[i].over = true;
		if (d->all[i].ended_ps > t_ps)
			d->all[i].ended_ps = t_ps;
		if (!changed)
			unchanged(d, i);
	}
}

void deliveries_kicked(struct deliveries *d, unsigned int actor, unsigned int vcpu, uint64_t t_ps)
{
	uint32_t i = d->sending[actor], record;

	if (i == NONE)
		return;
	for (record = d->all[i].o.record; i < d->nr; i++) {
		struct waiting *w = &d->all[i];

		if (w->o.record == record && !w->over && w->ended_ps == UINT64_MAX &&
		    (w->o.id.vcpu == vcpu || w->o.id.vcpu == DELIVERIES_ANY))
			w->ended_ps = t_ps;
	}
}

static void withdraw(struct deliveries *d, uint64_t t_ps, struct delivery_irq id, bool edges)
{
	struct queue *q = queue_of(d, id.irq, id.vcpu);

	if (!q || q->edge != edges)
		return;
	for (uint32_t i = q->first; i != NONE; i = d->all[i].next)
		if (d->all[i].lowered_ps == UINT64_MAX && d->all[i].o.id.src == id.src)
			d->all[i].lowered_ps = t_ps;
}

void deliveries_lowered(struct deliveries *d, uint64_t t_ps, struct delivery_irq id)
{
	withdraw(d, t_ps, id, false);
}

void deliveries_cleared(struct deliveries *d, uint64_t t_ps, struct delivery_irq id)
{
	withdraw(d, t_ps, id, true);
}

/* ---- delivery ------------------------------------------------------------- */

void deliveries_flush(struct deliveries *d, unsigned int vcpu, uint64_t t_ps)
{
	d->vcpu[vcpu].flush_ps = t_ps;
	d->vcpu[vcpu].flushing = true;
	d->vcpu[vcpu].locked = false;
}

/* Told at its release, so the first to be got need not be the first to be told. */
void deliveries_flush_locked(struct deliveries *d, unsigned int vcpu, uint64_t t_ps)
{
	if (!d->vcpu[vcpu].flushing || (d->vcpu[vcpu].locked && t_ps > d->vcpu[vcpu].flush_ps))
		return;
	d->vcpu[vcpu].flush_ps = t_ps;
	d->vcpu[vcpu].locked = true;
}

void deliveries_entry(struct deliveries *d, unsigned int vcpu, uint64_t t_ps)
{
	d->vcpu[vcpu].entry_ps = t_ps;
	d->vcpu[vcpu].flushing = false;
}

/* @i was delivered with @first, whose own delivery is known. */
static void merge(struct deliveries *d, uint32_t i, uint32_t first)
{
	struct occurrence *o = &d->all[i].o;
	const struct occurrence *f = &d->all[first].o;

	o->fate = i == first ? FATE_DELIVERED : FATE_MERGED;
	o->acked_ps = f->acked_ps;
	o->by = f->by;
	o->with = f->record;
	o->with_nth = f->nth;
}

/* What an acknowledge makes of one that waits. */
enum role {
	ROLE_LATER,  /* not in that list register */
	ROLE_IN,     /* certainly */
	ROLE_MAYBE,  /* its sending and the flush overlap */
	ROLE_NEEDED, /* was that at an earlier one, so by now certainly, if not then */
	ROLE_WITHDRAWN,
};

static enum role role_of(const struct waiting *w, uint64_t flush_ps, uint64_t entry_ps)
{
	if (w->begun_ps >= entry_ps)
		return ROLE_LATER;
	if (w->lowered_ps <= flush_ps)
		return w->maybe == NONE ? ROLE_WITHDRAWN : ROLE_NEEDED;
	if (w->maybe != NONE)
		return ROLE_NEEDED;
	return w->ended_ps <= flush_ps ? ROLE_IN : ROLE_MAYBE;
}

/* The oldest one with the strongest claim to be what was acknowledged, or NONE. */
static uint32_t first_of(const struct deliveries *d, const struct queue *q, uint32_t src,
			 uint64_t flush_ps, uint64_t entry_ps)
{
	uint32_t needed = NONE, maybe = NONE, withdrawn = NONE;

	for (uint32_t i = q->first; i != NONE; i = d->all[i].next) {
		const struct waiting *w = &d->all[i];

		if (w->o.id.src != src)
			continue;
		switch (role_of(w, flush_ps, entry_ps)) {
		case ROLE_IN:
			return i;
		case ROLE_NEEDED:
			if (needed == NONE && w->lowered_ps > flush_ps)
				needed = i;
			break;
		case ROLE_MAYBE:
			if (maybe == NONE)
				maybe = i;
			break;
		case ROLE_WITHDRAWN:
			/* Lowered in time, and delivered all the same. */
			if (withdrawn == NONE)
				withdrawn = i;
			break;
		case ROLE_LATER:
			break;
		}
	}
	return needed != NONE ? needed : maybe != NONE ? maybe : withdrawn;
}

/* Nothing that waits explains it. */
static void another(struct deliveries *d, struct queue *q, unsigned int vcpu, uint64_t t_ps,
		    struct delivery_irq id)
{
	struct occurrence *o, none;
	uint32_t i;

	/* Of GICv2's SGIs each sender's is an interrupt of its own. */
	if (q->delivered != NONE && d->all[q->delivered].o.id.src == id.src) {
		o = &d->all[q->delivered].o;
		if (!o->again++) {
			o->again_ps = t_ps;
			o->again_by = vcpu;
		}
		return;
	}
	id.vcpu = gic_is_private(id.irq) ? vcpu : DELIVERIES_ANY;
	none = (struct occurrence){ .sent_ps = t_ps, .id = id, .acked_ps = t_ps, .by = vcpu };
	i = new_one(d, q, t_ps, &none);
	if (i == NONE)
		return;
	merge(d, i, i);
	q->delivered = i;
}

void deliveries_ack(struct deliveries *d, unsigned int vcpu, uint64_t t_ps, struct delivery_irq id)
{
	uint64_t flush_ps = d->vcpu[vcpu].flush_ps, entry_ps = d->vcpu[vcpu].entry_ps;
	struct queue *q = queue_of(d, id.irq, vcpu);
	uint32_t first, before = NONE, next;

	if (!q)
		return;
	first = first_of(d, q, id.src, flush_ps, entry_ps);
	if (first == NONE) {
		another(d, q, vcpu, t_ps, id);
		return;
	}
	d->all[first].o.acked_ps = t_ps;
	d->all[first].o.by = vcpu;
	for (uint32_t i = q->first; i != NONE; i = next) {
		struct waiting *w = &d->all[i];
		enum role role = role_of(w, flush_ps, entry_ps);

		next = w->next;
		if (w->o.id.src != id.src || role == ROLE_LATER ||
		    (role == ROLE_MAYBE && i != first)) {
			if (role == ROLE_MAYBE && w->o.id.src == id.src)
				w->maybe = first;
			before = i;
			continue;
		}
		take(d, q, before, i);
		if (role == ROLE_WITHDRAWN && i != first)
			w->o.fate = FATE_WITHDRAWN;
		else if (role == ROLE_NEEDED && i != first)
			merge(d, i, w->maybe);
		else
			merge(d, i, first);
	}
	q->delivered = first;
}

/* ---- the end ---------------------------------------------------------------- */

static void finish_queue(struct deliveries *d, struct queue *q)
{
	for (uint32_t i = q->first; i != NONE; i = d->all[i].next) {
		struct waiting *w = &d->all[i];

		if (w->maybe != NONE)
			merge(d, i, w->maybe);
		else if (w->lowered_ps != UINT64_MAX)
			w->o.fate = FATE_WITHDRAWN;
	}
}

static int compare(const struct occurrence *x, const struct occurrence *y)
{
	const uint32_t a[] = { x->record, x->id.irq, x->id.vcpu, x->id.src, x->nth };
	const uint32_t b[] = { y->record, y->id.irq, y->id.vcpu, y->id.src, y->nth };

	for (unsigned int i = 0; i < sizeof(a) / sizeof(a[0]); i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static int compare_for_qsort(const void *x, const void *y)
{
	return compare(x, y);
}

int deliveries_finish(struct deliveries *d, struct err *err)
{
	for (unsigned int i = 0; i < d->nr_vcpus * GIC_NR_PRIVATE; i++)
		finish_queue(d, &d->private[i]);
	for (unsigned int i = 0; i < d->nr_irqs; i++)
		finish_queue(d, &d->spi[i]);
	d->list = calloc(d->nr ? d->nr : 1, sizeof(*d->list));
	if (!d->list || d->no_memory)
		return err_set(err, ERR_NOMEM, "out of memory for the deliveries");
	for (uint32_t i = 0; i < d->nr; i++)
		d->list[i] = d->all[i].o;
	qsort(d->list, d->nr, sizeof(*d->list), compare_for_qsort);
	free(d->all);
	d->all = NULL;
	return 0;
}

const struct occurrence *deliveries_list(const struct deliveries *d, uint64_t *nr)
{
	*nr = d->nr;
	return d->list;
}

/* ---- two runs ---------------------------------------------------------------- */

static bool delivered(const struct occurrence *o)
{
	return o && (o->fate == FATE_DELIVERED || o->fate == FATE_MERGED);
}

/* Nothing was sent in that run. */
static bool unsent(const struct occurrence *o)
{
	return !o || o->fate == FATE_UNCHANGED;
}

static unsigned int differs_both(const struct delivery_pair *p, uint64_t apart_ps)
{
	const struct occurrence *a = p->a, *b = p->b;
	uint64_t apart = p->latency_ps < 0 ? -(uint64_t)p->latency_ps : (uint64_t)p->latency_ps;
	unsigned int differs = 0;

	if (a->with != b->with || a->with_nth != b->with_nth) {
		differs |= a->fate == FATE_MERGED ? DIFFERS_MERGED_A : 0;
		differs |= b->fate == FATE_MERGED ? DIFFERS_MERGED_B : 0;
	}
	differs |= a->by != b->by ? DIFFERS_VCPU : 0;
	differs |= a->again > b->again ? DIFFERS_MORE_A : 0;
	differs |= b->again > a->again ? DIFFERS_MORE_B : 0;
	differs |= apart > apart_ps ? DIFFERS_APART : 0;
	return differs;
}

bool deliveries_next_pair(const struct deliveries *a, const struct deliveries *b, uint64_t apart_ps,
			  uint64_t *ia, uint64_t *ib, struct delivery_pair *p)
{
	int order;

	if (*ia >= a->nr && *ib >= b->nr)
		return false;
	order = *ia >= a->nr ? 1 : *ib >= b->nr ? -1 : compare(&a->list[*ia], &b->list[*ib]);
	memset(p, 0, sizeof(*p));
	if (order <= 0)
		p->a = &a->list[(*ia)++];
	if (order >= 0)
		p->b = &b->list[(*ib)++];
	p->both = delivered(p->a) && delivered(p->b);
	if (p->both) {
		p->time_ps = (int64_t)(p->b->acked_ps - p->a->acked_ps);
		p->latency_ps = p->time_ps - (int64_t)(p->b->sent_ps - p->a->sent_ps);
		p->differs = differs_both(p, apart_ps);
	} else if (delivered(p->a)) {
		p->differs = unsent(p->b) && p->a->record ? DIFFERS_HIGH_B : DIFFERS_ONLY_A;
	} else if (delivered(p->b)) {
		p->differs = unsent(p->a) && p->b->record ? DIFFERS_HIGH_A : DIFFERS_ONLY_B;
	}
	return true;
}
