// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Why an entry differs: the class of each interrupt that does, by rules that
 * look at the recorded events only, and the explanation in words.
 *
 * An interrupt that differs at consecutive entries of a vCPU is classified once;
 * until the two agree on it again the class stays. An entry has the worst
 * class of its interrupts.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform-int.h"

#define MAX_EVENTS 24 /* in an explanation */

static const struct {
	const char *name, *rule;
} classes[CONFORM_NR_CLASSES] = {
	[CONFORM_RACE] = { "race", "what another context did for this interrupt acts somewhere "
				   "between its record and "
				   "that thread's next entry (a host thread or interrupt handler: "
				   "20 us), and the "
				   "vCPU flushed somewhere between its thread's last record and "
				   "its entry: the two "
				   "overlap, so the recording does not tell which was first. Of "
				   "registers in another "
				   "order: it overlaps with what the vCPU's thread did since its "
				   "last exit" },
	[CONFORM_SGI_TARGET] = { "sgi-target", "an SGI that the design lacks, and since the vCPU's "
					       "previous entry an SGI was "
					       "written whose target could not be inferred; or one "
					       "that only the design has, "
					       "whose target was inferred" },
	[CONFORM_INITIAL] = { "initial-state", "the interrupt was in the list registers when the "
					       "vCPU was first seen, and has not "
					       "been the same on both sides since; or they differ "
					       "at the vCPU's first entry" },
	[CONFORM_ITS] = { "its", "LPIs, which need the ITS: left out of the comparison, not a "
				 "difference" },
	[CONFORM_LOST] = { "lost-events", "events were lost since the vCPU's previous entry" },
	[CONFORM_FIELDS] = { "fields",
			     "priority, hardware bit, physical INTID, EOI bit or group differ: no "
			     "order of events makes that, it is what the design writes" },
	[CONFORM_UNEXPLAINED] = { "unexplained", "no other rule recognises it" },
};

const char *conform_class_name(enum conform_class c)
{
	return classes[c].name;
}

const char *conform_class_rule(enum conform_class c)
{
	return classes[c].rule;
}

/* Worse is later. */
static const enum conform_class severity[] = {
	CONFORM_RACE,	    CONFORM_INITIAL, CONFORM_LOST,
	CONFORM_SGI_TARGET, CONFORM_FIELDS,  CONFORM_UNEXPLAINED,
};

static unsigned int rank(enum conform_class c)
{
	unsigned int i = 0;

	while (severity[i] != c)
		i++;
	return i;
}

/* ---- one interrupt ------------------------------------------------------- */

/* What makes up one interrupt's difference, for the rules and the words. */
struct cause {
	enum conform_class class;
	uint64_t pos;		 /* position + 1 of the event that the rule names */
	uint64_t from_ns, to_ns; /* when the vCPU acted, of a race */
	uint64_t until_ns;	 /* until when the other acted */
};

static uint64_t time_at(const struct conform *c, uint64_t pos)
{
	return conform_item(c, pos)->rec.time_ns;
}

static uint64_t oldest(const struct conform *c)
{
	return c->read > CONFORM_WINDOW + CONFORM_PAST ? c->read - CONFORM_WINDOW - CONFORM_PAST
						       : 0;
}

/* The record of @v's thread before its list registers at @pos: position + 1. */
static uint64_t prev_own(const struct cvcpu *v, uint64_t pos)
{
	const struct conform *c = v->c;

	for (uint64_t p = pos; p-- > oldest(c);) {
		const struct trace_rec *r = &conform_item(c, p)->rec;

		if (r->ctx == CTX_VCPU && r->ctx_id == v->id && r->kind != REC_LRS_MORE)
			return p + 1;
	}
	return 0;
}

static bool by_other(const struct cvcpu *v, const struct trace_rec *r)
{
	return r->ctx != CTX_VCPU || r->ctx_id != v->id;
}

static bool is_race(const struct cvcpu *v, uint64_t pos, uint32_t irq, bool order,
		    struct cause *cause)
{
	const struct conform *c = v->c;
	uint64_t from = order ? v->exit_pos : prev_own(v, pos);

	if (!from || !conform_item(c, from - 1))
		return false;
	cause->from_ns = time_at(c, from - 1);
	cause->to_ns = time_at(c, pos);
	for (uint64_t p = pos; p-- > oldest(c);) {
		const struct infer_item *item = conform_item(c, p);

		if (!by_other(v, &item->rec) || !conform_concerns(c, item, v->id, irq))
			continue;
		cause->until_ns = conform_acts_until(c, p);
		if (cause->until_ns < cause->from_ns)
			continue;
		cause->pos = p + 1;
		return true;
	}
	return false;
}

static bool is_sgi_target(const struct cvcpu *v, uint64_t pos, uint32_t irq, bool missing,
			  struct cause *cause)
{
	const struct conform *c = v->c;
	uint64_t since = v->entry_pos ? v->entry_pos : oldest(c) + 1;

	if (!gic_is_sgi(irq) || c->meta->gic != 3)
		return false;
	for (uint64_t p = pos; p-- > since - 1 && p >= oldest(c);) {
		const struct infer_item *item = conform_item(c, p);

		bool inferred = item->annot && item->annot->inferred;

		if (missing ? inferred || !conform_unknown_sgi(c, item)
			    : !inferred || !conform_concerns(c, item, v->id, irq))
			continue;
		cause->pos = p + 1;
		return true;
	}
	return false;
}

static bool is_initial(const struct cvcpu *v, uint32_t irq)
{
	if (!v->entry_pos && v->c->mid_life)
		return true;
	for (unsigned int i = 0; i < v->nr_initial; i++)
		if (v->initial[i] == irq)
			return true;
	return false;
}

static void classify(const struct cvcpu *v, uint64_t pos, uint32_t irq, bool order, bool missing,
		     struct cause *cause)
{
	cause->pos = 0;
	if (is_initial(v, irq)) {
		cause->class = CONFORM_INITIAL;
	} else if (v->c->lost_at > v->entry_pos) {
		cause->class = CONFORM_LOST;
		cause->pos = v->c->lost_at;
	} else if (is_race(v, pos, irq, order, cause)) {
		cause->class = CONFORM_RACE;
	} else if (!order && is_sgi_target(v, pos, irq, missing, cause)) {
		cause->class = CONFORM_SGI_TARGET;
	} else {
		cause->class = CONFORM_UNEXPLAINED;
	}
}

/* ---- the entry ----------------------------------------------------------- */

struct differing {
	uint32_t irq;
	uint8_t src;
	bool missing, extra; /* from, only in, the design's registers */
	bool fields;	     /* not only the state differs */
	bool order;
	bool goes_on;
	struct cause cause;
};

struct entry {
	struct cvcpu *v;
	uint64_t pos;
	struct differing d[2 * GIC_MAX_LRS];
	unsigned int nr;
	const struct differing *worst;
};

static struct differing *add(struct entry *e, const struct gic_lr *lr)
{
	struct differing *d;

	for (unsigned int i = 0; i < e->nr; i++)
		if (e->d[i].irq == lr->irq && e->d[i].src == lr->src)
			return &e->d[i];
	d = &e->d[e->nr++];
	*d = (struct differing){ .irq = lr->irq, .src = lr->src };
	return d;
}

static bool live(const struct gic_lr *lr)
{
	return lr->pending || lr->active;
}

static void collect(struct entry *e)
{
	const struct lr_set *rec = &e->v->recorded, *sim = &e->v->simulated;
	unsigned int nr = rec->nr > sim->nr ? rec->nr : sim->nr;

	for (unsigned int i = 0; i < nr; i++) {
		const struct gic_lr *a = &rec->lr[i], *b = &sim->lr[i], *o;

		o = live(a) ? lr_find(sim, a->irq, a->src) : NULL;
		if (live(a) && !o)
			add(e, a)->missing = true;
		else if (live(a) && !lr_same(a, o))
			add(e, a)->fields = !lr_same_fields(a, o);
		if (live(b) && !lr_find(rec, b->irq, b->src))
			add(e, b)->extra = true;
	}
	for (unsigned int i = 0; !e->nr && i < nr; i++) {
		if (lr_same(&rec->lr[i], &sim->lr[i]))
			continue;
		if (live(&rec->lr[i]))
			add(e, &rec->lr[i])->order = true;
		if (live(&sim->lr[i]))
			add(e, &sim->lr[i])->order = true;
	}
}

struct episode *conform_episode(struct cvcpu *v, uint32_t irq, uint8_t src)
{
	for (unsigned int i = 0; i < v->nr_episodes; i++)
		if (v->episode[i].irq == irq && v->episode[i].src == src)
			return &v->episode[i];
	return NULL;
}

static void judge(struct entry *e, struct differing *d)
{
	struct cvcpu *v = e->v;
	struct episode *ep = conform_episode(v, d->irq, d->src);

	if (d->fields) {
		if (ep)
			ep->seen = true;
		d->cause.class = CONFORM_FIELDS;
		return;
	}
	if (ep) {
		d->goes_on = true;
		d->cause.class = ep->class;
		ep->seen = true;
		return;
	}
	classify(v, e->pos, d->irq, d->order, d->missing, &d->cause);
	if (v->nr_episodes < CONFORM_MAX_EPISODES)
		v->episode[v->nr_episodes++] = (struct episode){
			.irq = d->irq,
			.src = d->src,
			.class = d->cause.class,
			.seen = true,
			.until_ns = d->cause.class == CONFORM_RACE ? d->cause.until_ns : 0,
		};
}

/* In another order for one racing interrupt, the others moved with it. */
static void judge_order(struct entry *e)
{
	const struct differing *race = NULL;
	struct episode *ep;

	for (unsigned int i = 0; i < e->nr; i++)
		if (e->d[i].order && e->d[i].cause.class != CONFORM_UNEXPLAINED)
			race = &e->d[i];
	for (unsigned int i = 0; race && i < e->nr; i++) {
		if (!e->d[i].order || e->d[i].cause.class != CONFORM_UNEXPLAINED)
			continue;
		e->d[i].cause = race->cause;
		e->d[i].goes_on = race->goes_on;
		ep = conform_episode(e->v, e->d[i].irq, e->d[i].src);
		if (ep)
			ep->class = race->cause.class;
	}
}

/* What agrees again is over; so is what was known from the beginning. */
static void forget(struct entry *e)
{
	struct cvcpu *v = e->v;
	unsigned int kept = 0;

	for (unsigned int i = 0; i < v->nr_episodes; i++) {
		if (!v->episode[i].seen)
			continue;
		v->episode[kept] = v->episode[i];
		v->episode[kept++].seen = false;
	}
	v->nr_episodes = kept;
	kept = 0;
	for (unsigned int i = 0; i < v->nr_initial; i++) {
		bool differs = false;

		for (unsigned int n = 0; n < e->nr; n++)
			differs |= e->d[n].irq == v->initial[i];
		if (differs)
			v->initial[kept++] = v->initial[i];
	}
	v->nr_initial = kept;
}

/* ---- words --------------------------------------------------------------- */

struct text {
	FILE *f;
	char *s;
	size_t len;
};

static void print_time(FILE *f, uint64_t ns)
{
	fprintf(f, "%llu.%09llu", (unsigned long long)ns / 1000000000,
		(unsigned long long)ns % 1000000000);
}

static void print_irq(FILE *f, const struct conform *c, const struct differing *d)
{
	if (gic_is_sgi(d->irq))
		fprintf(f, "SGI %u", d->irq);
	else
		fprintf(f, "interrupt %u", d->irq);
	if (gic_is_sgi(d->irq) && c->meta->gic == 2)
		fprintf(f, " from vCPU %u", d->src);
}

static void print_what(FILE *f, const struct entry *e, const struct differing *d)
{
	const struct conform *c = e->v->c;

	fputs("  ", f);
	print_irq(f, c, d);
	if (d->missing)
		fprintf(f, ": recorded, %s has it not", c->design->name);
	else if (d->extra)
		fprintf(f, ": %s has it, not recorded", c->design->name);
	else if (d->order)
		fputs(": in another list register", f);
	else
		fputs(": on both sides, not the same", f);
	fprintf(f, "\n    %s", conform_class_name(d->cause.class));
	if (d->goes_on) {
		fputs(": since an earlier entry\n", f);
		return;
	}
	if (d->cause.class == CONFORM_RACE) {
		const struct trace_rec *r = &conform_item(c, d->cause.pos - 1)->rec;

		fprintf(f, ": record %u acts between ", r->seq);
		print_time(f, r->time_ns);
		fputs(" and ", f);
		if (d->cause.until_ns == UINT64_MAX)
			fputs("the end", f);
		else
			print_time(f, d->cause.until_ns);
		fprintf(f, ", vCPU %u's thread between ", e->v->id);
		print_time(f, d->cause.from_ns);
		fputs(" and ", f);
		print_time(f, d->cause.to_ns);
	} else if (d->cause.pos) {
		fprintf(f, ": record %u", conform_item(c, d->cause.pos - 1)->rec.seq);
	}
	fputc('\n', f);
}

static void print_sets(FILE *f, const struct entry *e)
{
	const struct lr_set *rec = &e->v->recorded, *sim = &e->v->simulated;
	unsigned int nr = rec->nr > sim->nr ? rec->nr : sim->nr;
	char a[128], b[128];

	fprintf(f, "    %-5s %-44s %s\n", "", "recorded", e->v->c->design->name);
	for (unsigned int i = 0; i < nr; i++) {
		if (!live(&rec->lr[i]) && !live(&sim->lr[i]))
			continue;
		lr_text(&rec->lr[i], a, sizeof(a));
		lr_text(&sim->lr[i], b, sizeof(b));
		fprintf(f, "  %c lr%-3u %-44s %s\n", lr_same(&rec->lr[i], &sim->lr[i]) ? ' ' : '*',
			i, a, b);
	}
}

static void print_set(FILE *f, const struct lr_set *set)
{
	char text[128];
	bool any = false;

	for (unsigned int i = 0; i < set->nr; i++) {
		if (!live(&set->lr[i]))
			continue;
		lr_text(&set->lr[i], text, sizeof(text));
		fprintf(f, "%s lr%u %s", any ? "," : "", i, text);
		any = true;
	}
	if (!any)
		fputs(" none", f);
}

/* Decoded in place of the words. */
static void print_lrs(FILE *f, const struct conform *c, uint64_t pos)
{
	const struct trace_rec *r = &conform_item(c, pos)->rec;
	const struct lr_set *sim = conform_simulated_at(&c->vcpu[r->ctx_id], pos);
	struct lr_set rec;

	lr_set_recorded(c, pos, &rec);
	fputs("    ", f);
	print_time(f, r->time_ns);
	fprintf(f, "  %-3d v%u   at %s, recorded:", r->cpu, r->ctx_id,
		r->d.lrs.at_exit ? "exit" : "entry");
	print_set(f, &rec);
	if (sim) {
		fprintf(f, "; %s:", c->design->name);
		print_set(f, sim);
	}
	fputc('\n', f);
}

static bool tells(const struct entry *e, uint64_t p)
{
	const struct conform *c = e->v->c;
	const struct infer_item *item = conform_item(c, p);
	const struct trace_rec *r = &item->rec;

	for (unsigned int i = 0; i < e->nr; i++)
		if (conform_concerns(c, item, e->v->id, e->d[i].irq) || e->d[i].cause.pos == p + 1)
			return true;
	if (r->ctx != CTX_VCPU || r->ctx_id != e->v->id)
		return false;
	return r->kind == REC_LRS || r->kind == REC_EXIT || r->kind == REC_WFI ||
	       r->kind == REC_SCHED;
}

/* The latest events of this vCPU and these interrupts, oldest first. */
static void print_events(FILE *f, const struct entry *e)
{
	const struct conform *c = e->v->c;
	uint64_t list[MAX_EVENTS];
	unsigned int nr = 0;
	char line[1024];

	for (uint64_t p = e->pos; p-- > oldest(c) && nr < MAX_EVENTS;)
		if (tells(e, p))
			list[nr++] = p;
	fputs("  what led there:\n", f);
	while (nr--) {
		const struct infer_item *item = conform_item(c, list[nr]);

		if (item->rec.kind == REC_LRS) {
			print_lrs(f, c, list[nr]);
			continue;
		}
		trace_text_line(&item->rec, line, sizeof(line));
		fprintf(f, "    %s", line);
		if (conform_unknown_sgi(c, item)) {
			if (!item->annot || !item->annot->inferred) {
				fputs("  (target not inferred)", f);
			} else {
				fprintf(f, "  (inferred: SGI %u to", item->annot->sgi);
				for (unsigned int v = 0; v < c->meta->nr_vcpus; v++)
					if (item->annot->target[v / 64] >> v % 64 & 1)
						fprintf(f, " %u", v);
				fputc(')', f);
			}
		}
		fputc('\n', f);
	}
}

static void keep_text(struct entry *e)
{
	struct conform *c = e->v->c;
	struct conform_result *res = c->res;
	const struct trace_rec *r = &conform_item(c, e->pos)->rec;
	struct conform_diff *d;
	struct text t = { 0 };

	if (res->nr_diffs >= c->o->max_shown)
		return;
	t.f = open_memstream(&t.s, &t.len);
	if (!t.f)
		return;
	fprintf(t.f, "vCPU %u enters at ", e->v->id);
	print_time(t.f, r->time_ns);
	fprintf(t.f, " (record %u)\n", r->seq);
	for (unsigned int i = 0; i < e->nr; i++)
		print_what(t.f, e, &e->d[i]);
	print_sets(t.f, e);
	print_events(t.f, e);
	if (fclose(t.f)) {
		free(t.s);
		return;
	}
	d = &res->diff[res->nr_diffs++];
	*d = (struct conform_diff){
		.record = r->seq,
		.time_ns = r->time_ns,
		.vcpu = e->v->id,
		.irq = e->worst->irq,
		.class = e->worst->cause.class,
		.text = t.s,
	};
}

void conform_explain(struct cvcpu *v, uint64_t pos, enum lr_verdict verdict)
{
	struct entry e = { .v = v, .pos = pos };

	if (verdict != LR_IDENTICAL)
		collect(&e);
	for (unsigned int i = 0; i < e.nr; i++)
		judge(&e, &e.d[i]);
	judge_order(&e);
	for (unsigned int i = 0; i < e.nr; i++)
		if (!e.worst || rank(e.d[i].cause.class) > rank(e.worst->cause.class))
			e.worst = &e.d[i];
	if (e.worst) {
		v->c->res->class[e.worst->cause.class]++;
		keep_text(&e);
	}
	forget(&e);
}
