// SPDX-License-Identifier: GPL-2.0-or-later
/* Findings: what the design declares is counted, anything else is shown with its history. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "oracle-int.h"

const char *oracle_finding_name(enum vgic_finding found)
{
	static const char *const name[VGIC_NR_FINDINGS] = {
		[VGIC_FOUND_DIST_OFF] = "delivered while the distributor is off",
		[VGIC_FOUND_DISABLED] = "delivered while disabled",
		[VGIC_FOUND_WRONG_VCPU] = "delivered to the wrong vCPU",
		[VGIC_FOUND_DUPLICATE] = "delivered twice",
		[VGIC_FOUND_STALE_LEVEL] = "delivered while its line is low",
		[VGIC_FOUND_WRONG_SOURCE] = "delivered with the wrong sender",
		[VGIC_FOUND_STILL_ACTIVE] = "delivered while active",
		[VGIC_FOUND_PRIORITY] = "delivered against priority",
		[VGIC_FOUND_TWO_COPIES] = "in several list registers",
		[VGIC_FOUND_ACTIVE_LOST] = "active state lost",
		[VGIC_FOUND_LATE_ENTRY] = "late: a guest entered without it",
		[VGIC_FOUND_LATE_KICK] = "late: vCPU not told",
		[VGIC_FOUND_SLEPT] = "vCPU asleep with it pending",
		[VGIC_FOUND_LOST] = "lost",
		[VGIC_FOUND_NOT_RESAMPLED] = "lost: level not sampled again",
		[VGIC_FOUND_SOURCE_LOST] = "lost: a sender's SGI",
		[VGIC_FOUND_NOT_REFILLED] = "late: list registers empty, not filled again",
	};

	return (unsigned int)found < VGIC_NR_FINDINGS ? name[found] : "?";
}

const char *oracle_circumstance_name(unsigned int bit)
{
	static const char *const name[VGIC_NR_CIRCUMSTANCES] = {
		"SGI",
		"level",
		"no target",
		"any target",
		"changed while in a list register",
		"retargeted",
		"disabled",
		"cleared",
		"made pending by ISPENDR",
		"active state written",
		"SGI state written",
		"distributor was off",
		"pending and active",
		"queued",
		"between flush and entry",
		"overflow",
		"several senders",
		"reconfigured",
		"other SGIs from several senders",
		"mapped timer",
		"held by its old vCPU",
		"pended while routed to nobody",
		"sent while the distributor was off",
		"in a list register when the distributor was switched off",
		"a level sampled at its end",
		"taken at priority 0",
	};

	return bit < VGIC_NR_CIRCUMSTANCES ? name[bit] : "?";
}

void say_event(struct oracle *o, struct irq *q, uint32_t vcpu, const char *what, uint32_t val)
{
	struct event *e;

	if (!q->event)
		q->event = calloc(HISTORY, sizeof(*q->event));
	if (!q->event) /* the verdict does not depend on it */
		return;
	if (q->nr_events == HISTORY)
		q->first_event = (q->first_event + 1) % HISTORY;
	else
		q->nr_events++;
	e = &q->event[(q->first_event + q->nr_events - 1) % HISTORY];
	*e = (struct event){ .t = o->now, .what = what, .vcpu = vcpu, .val = val };
}

static char *history(const struct irq *q)
{
	size_t bytes = 0;
	char *text = NULL;
	FILE *f = open_memstream(&text, &bytes);

	if (!f)
		return NULL;
	if (q->nr_events == HISTORY)
		fprintf(f, "  ...\n");
	for (unsigned int i = 0; i < q->nr_events; i++) {
		const struct event *e = &q->event[(q->first_event + i) % HISTORY];
		uint64_t t = e->t - 1;

		fprintf(f, "  %" PRIu64 ".%06" PRIu64 " us ", t / 1000000, t % 1000000);
		if (e->vcpu != UINT32_MAX)
			fprintf(f, "vCPU %u: ", e->vcpu);
		fprintf(f, "INTID %u ", q->id);
		if (q->nr_latches > 1)
			fprintf(f, "of vCPU %u ", e->val);
		fprintf(f, "%s\n", e->what);
	}
	fclose(f);
	return text;
}

static const struct vgic_declared *declared(const struct oracle *o, enum vgic_finding found,
					    unsigned int when)
{
	const struct vgic_declared *d = o->c.declared;

	for (; d && d->what; d++)
		if (d->found == found && (when & d->when) == d->when)
			return d;
	return NULL;
}

static void count_declared(struct oracle *o, const struct vgic_declared *d, unsigned int vcpu,
			   uint32_t irq)
{
	struct oracle_report *r = &o->report;
	unsigned int i;

	for (i = 0; i < r->nr_declared; i++)
		if (r->declared[i].d == d)
			break;
	if (i == ORACLE_MAX_DECLARED)
		return;
	if (i == r->nr_declared) {
		r->nr_declared++;
		r->declared[i].d = d;
		r->declared[i].t_ps = o->now - 1;
		r->declared[i].vcpu = vcpu;
		r->declared[i].irq = irq;
	}
	r->declared[i].count++;
}

unsigned int say_when(const struct oracle *o, const struct irq *q, unsigned int vcpu)
{
	unsigned int when = q->when, must = 0;

	if (gic_is_sgi(q->id))
		when |= VGIC_WHEN_SGI;
	if (!fact_must(&q->edge))
		when |= VGIC_WHEN_LEVEL;
	for (unsigned int v = 0; v < o->c.nr_vcpus; v++)
		must += fact_must(&q->route[v]);
	if (irq_held_elsewhere(o, q))
		when |= VGIC_WHEN_HELD_ELSEWHERE;
	if (q->untargeted >= o->cpu[vcpu].flush)
		when |= VGIC_WHEN_NO_TARGET;
	else if (!must)
		when |= VGIC_WHEN_ANY_TARGET;
	if (o->c.timer_ppi && q->id == o->c.timer_ppi)
		when |= VGIC_WHEN_TIMER;
	if (o->c.gic == 3 && q->untargeted >= q->stirred)
		when |= VGIC_WHEN_WAS_NOBODYS;
	if (o->dist_off_at >= q->stirred)
		when |= VGIC_WHEN_DIST_OFF;
	/* What the end of it tells nobody need be told of by a kick. */
	if (q->ended_high && q->ended >= o->cpu[vcpu].entered)
		return when;
	for (unsigned int i = 0; i < o->c.nr_lrs; i++)
		if (o->cpu[vcpu].lr[i].irq == q->id)
			when |= VGIC_WHEN_QUEUED;
	if (q->queued_at && q->queued_by == vcpu && q->queued_at == o->cpu[vcpu].entered)
		when |= VGIC_WHEN_QUEUED;
	return when;
}

void say_found(struct oracle *o, enum vgic_finding found, struct irq *q, unsigned int vcpu,
	       unsigned int when, const char *fmt, ...)
{
	struct oracle_report *r = &o->report;
	const struct vgic_declared *d;
	struct oracle_violation *x;
	va_list ap;

	when |= say_when(o, q, vcpu);
	d = declared(o, found, when);
	if (d) {
		count_declared(o, d, vcpu, q->id);
		return;
	}
	r->violations++;
	if (r->nr_shown == ORACLE_MAX_SHOWN)
		return;
	x = &r->shown[r->nr_shown++];
	*x = (struct oracle_violation){
		.found = found, .when = when, .t_ps = o->now - 1, .vcpu = vcpu, .irq = q->id
	};
	va_start(ap, fmt);
	vsnprintf(x->text, sizeof(x->text), fmt, ap);
	va_end(ap);
	x->log = history(q);
}

void say_fini(struct oracle *o)
{
	for (unsigned int i = 0; i < o->report.nr_shown; i++)
		free(o->report.shown[i].log);
}
