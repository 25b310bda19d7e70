// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The second run: what happens to a few interrupts, known from the first one, between
 * their sending and their acknowledge: to the sender until it has kicked the target or
 * is done, to the target all the time. Beside that it feeds a timeline.
 */
#include "explain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const explain_stage_names[STAGE_NR] = {
	[STAGE_SENDER] = "the sender's own work",
	[STAGE_LOCK] = "waiting for locks",
	[STAGE_STOP] = "until the target left its guest",
	[STAGE_SYNC] = "the target's exit and sync",
	[STAGE_HOST] = "the target's other work in the host",
	[STAGE_SLEEP] = "the target's sleep",
	[STAGE_ENTRY] = "the target's flush and entry",
	[STAGE_OTHERS] = "other interrupts in the guest",
	[STAGE_GUEST] = "until the guest took it",
	[STAGE_DROPPED] = "steps that were too many to keep",
};

/* A phase of the target that is worth a step by itself. */
#define LONG_PHASE_PS 2000000

#define MAX_STEPS 512 /* of one history; the middle of a longer one is dropped */

/* What an actor does, and since when. */
struct doing {
	uint64_t since_ps;
	enum { IN_HOST, IN_GUEST, ASLEEP, ENTERING } what;
	unsigned int kind;
	uint64_t exit_ps;
	enum replay_phase phase;
	uint64_t phase_ps;
	bool syncing;
	bool busy; /* the guest serves an interrupt */
};

struct explain_watch {
	const struct explain_run *run;
	struct explain_history **order; /* by sending; from .next on not begun */
	unsigned int nr, next, first_open;
	struct explain_timeline *timeline;
	struct explain_locks *locks;
	struct doing *doing; /* [nr_actors] */
	uint64_t seq;
	bool no_memory;
};

static int by_sending(const void *x, const void *y)
{
	const struct explain_history *a = *(struct explain_history *const *)x;
	const struct explain_history *b = *(struct explain_history *const *)y;

	if (a->o->sent_ps != b->o->sent_ps)
		return a->o->sent_ps < b->o->sent_ps ? -1 : 1;
	return (a > b) - (a < b); /* in one array */
}

struct explain_watch *explain_watch_create(const struct explain_run *run,
					   struct explain_history *history, unsigned int nr,
					   struct explain_timeline *timeline)
{
	struct explain_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->run = run;
	w->nr = nr;
	w->timeline = timeline;
	w->locks = explain_locks_create();
	w->order = calloc(nr + 1, sizeof(*w->order));
	w->doing = calloc(run->nr_actors + 1, sizeof(*w->doing));
	if (!w->locks || !w->order || !w->doing) {
		struct err err;

		explain_watch_finish(w, &err);
		return NULL;
	}
	for (unsigned int i = 0; i < nr; i++) {
		w->order[i] = &history[i];
		history[i].sender = EXPLAIN_ANY;
		history[i].sending_ps = UINT64_MAX;
	}
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		w->doing[i].kind = EXPLAIN_START;
		w->doing[i].phase = i < run->nr_vcpus ? PHASE_HOST : PHASE_WAIT;
	}
	qsort(w->order, nr, sizeof(*w->order), by_sending);
	return w;
}

/* ---- steps ------------------------------------------------------------------------ */

static struct explain_step *room_for_step(struct explain_history *h)
{
	if (h->nr_steps == MAX_STEPS) {
		unsigned int kept = MAX_STEPS / 2, drop = MAX_STEPS / 4;

		memmove(h->step + kept, h->step + kept + drop,
			(MAX_STEPS - kept - drop) * sizeof(*h->step));
		h->nr_steps -= drop;
		h->dropped += drop;
		h->step[kept].stage = STAGE_DROPPED;
	}
	if (h->nr_steps == h->room) {
		unsigned int room = h->room ? 2 * h->room : 16;
		struct explain_step *grown = reallocarray(h->step, room, sizeof(*grown));

		if (!grown)
			return NULL;
		h->step = grown;
		h->room = room;
	}
	return &h->step[h->nr_steps++];
}

/* What the time until now was spent on: by what the sender, then the target were doing. */
static enum explain_stage until_now(const struct explain_watch *w, const struct explain_history *h)
{
	const struct doing *d = &w->doing[h->o->by];

	if (h->sender == EXPLAIN_ANY || (!h->sent && !h->kicked))
		return STAGE_SENDER;
	switch (d->what) {
	case IN_GUEST:
		return d->busy ? STAGE_OTHERS : h->loaded ? STAGE_GUEST : STAGE_STOP;
	case ASLEEP:
		return STAGE_SLEEP;
	case ENTERING:
		return STAGE_ENTRY;
	default:
		return d->syncing ? STAGE_SYNC : STAGE_HOST;
	}
}

static struct explain_text us(uint64_t ps)
{
	struct explain_text t;

	snprintf(t.s, sizeof(t.s), "%" PRIu64 ".%03" PRIu64 " us", ps / 1000000, ps / 1000 % 1000);
	return t;
}

__attribute__((format(printf, 5, 6))) static struct explain_step *
step(struct explain_watch *w, struct explain_history *h, uint64_t t_ps, uint32_t actor,
     const char *fmt, ...)
{
	struct explain_step *s = room_for_step(h);
	va_list ap;

	if (!s) {
		w->no_memory = true;
		return NULL;
	}
	s->t_ps = t_ps;
	s->seq = w->seq++;
	s->actor = actor;
	s->stage = until_now(w, h);
	va_start(ap, fmt);
	vsnprintf(s->what, sizeof(s->what), fmt, ap);
	va_end(ap);
	return s;
}

/* ---- an interrupt's beginning ------------------------------------------------------ */

static void target_was(struct explain_watch *w, struct explain_history *h)
{
	const struct doing *d = &w->doing[h->o->by];
	uint64_t at = h->o->sent_ps;
	struct explain_text since = us(at > d->since_ps ? at - d->since_ps : 0);

	switch (d->what) {
	case IN_GUEST:
		step(w, h, at, h->o->by, "is in the guest, for %s", since.s);
		break;
	case ASLEEP:
		step(w, h, at, h->o->by, "is asleep in a WFI, for %s", since.s);
		break;
	case ENTERING:
		step(w, h, at, h->o->by, "is on its way into the guest: flush began %s ago",
		     since.s);
		break;
	case IN_HOST:
		if (d->kind == EXPLAIN_START)
			step(w, h, at, h->o->by, "has not begun yet: its first entry is to come");
		else
			step(w, h, at, h->o->by, "is in the host (%s: %s), for %s",
			     explain_kind_name(d->kind), phase_names[d->phase],
			     us(at > d->exit_ps ? at - d->exit_ps : 0).s);
		break;
	}
}

static void begin_due(struct explain_watch *w, uint64_t t_ps)
{
	while (w->next < w->nr && w->order[w->next]->o->sent_ps <= t_ps) {
		struct explain_history *h = w->order[w->next++];

		h->begun = true;
		target_was(w, h);
	}
	while (w->first_open < w->next && w->order[w->first_open]->over)
		w->first_open++;
}

static void on_send(struct explain_watch *w, struct explain_history *h,
		    const struct replay_event *ev)
{
	const struct delivery_irq *id = &h->o->id;

	if (h->sender != EXPLAIN_ANY || ev->u.send.record != h->o->record ||
	    ev->u.send.irq != id->irq || ev->u.send.vcpu != id->vcpu || ev->u.send.src != id->src ||
	    ev->u.send.since_ps != h->o->sent_ps)
		return;
	h->sender = ev->actor;
	if (ev->u.send.since_ps < ev->t_ps)
		step(w, h, ev->u.send.since_ps, ev->actor, "traps into the host: %s",
		     explain_kind_name(w->doing[ev->actor].kind));
	if (id->vcpu != DELIVERIES_ANY)
		step(w, h, ev->t_ps, ev->actor, "sends it to vCPU %u, by record %u", id->vcpu,
		     h->o->record);
	else
		step(w, h, ev->t_ps, ev->actor, "injects it, by record %u", h->o->record);
}

static void on_sent(struct explain_watch *w, struct explain_history *h,
		    const struct replay_event *ev)
{
	if (h->sent || ev->actor != h->sender)
		return;
	if (!h->kicked)
		step(w, h, ev->t_ps, ev->actor, "has sent it; the design did not kick vCPU %u%s%s",
		     h->o->by, h->note ? ": " : "", h->note ? h->note : "");
	h->sent = true;
	if (h->sending_ps > ev->t_ps)
		h->sending_ps = ev->t_ps;
}

static void on_kick(struct explain_watch *w, struct explain_history *h,
		    const struct replay_event *ev)
{
	static const char *const none[VCPU_NR_STATES] = {
		[VCPU_IN_HOST] = "no IPI: it is in the host",
		[VCPU_IN_GUEST] = "no IPI: it enters the guest just now",
		[VCPU_EXITING] = "no IPI: one is under way already",
		[VCPU_ASLEEP] = "no wake-up",
		[VCPU_WOKEN] = "no wake-up: it is being woken already",
	};
	bool its = ev->actor == h->sender && !h->sent;
	const char *what = NULL;

	/* Somebody else's without effect is no news. */
	if (ev->u.kick.vcpu != h->o->by || (!its && ev->u.kick.result == PLAT_KICK_NONE))
		return;
	switch (ev->u.kick.result) {
	case PLAT_KICK_SELF:
		what = "its own vCPU: no IPI needed";
		break;
	case PLAT_KICK_WOKEN:
		what = "it sleeps and is woken";
		break;
	case PLAT_KICK_IPI:
		what = "it is in the guest, an IPI is sent";
		break;
	case PLAT_KICK_NONE:
		what = none[ev->u.kick.state];
		break;
	}
	step(w, h, ev->t_ps, ev->actor, "kicks vCPU %u%s: %s", h->o->by,
	     its ? "" : ", not by this sending", what);
	h->kicked |= its;
	if (its && h->sending_ps > ev->t_ps)
		h->sending_ps = ev->t_ps;
}

/* Told at its release: the sender may have kicked while it held the lock. */
static void on_lock(struct explain_watch *w, struct explain_history *h, const struct lock_event *ev,
		    const struct explain_hold *before)
{
	bool sending = ev->cpu == h->sender && ev->got.ps <= h->sending_ps;
	uint64_t wait = vt_since(ev->got, ev->asked).ps;
	struct explain_step *s;

	if (!wait || ev->got.ps < h->o->sent_ps || (ev->cpu != h->o->by && !sending))
		return;
	if (before->site)
		s = step(w, h, ev->got.ps, ev->cpu, "has %s %u after %s behind %s in %s()",
			 ev->class->name, ev->instance, us(wait).s,
			 explain_actor_text(w->run, before->actor).s, before->site->func);
	else
		s = step(w, h, ev->got.ps, ev->cpu, "has %s %u after %s", ev->class->name,
			 ev->instance, us(wait).s);
	if (!s)
		return;
	s->besides = sending ? STAGE_SENDER : s->stage;
	s->stage = STAGE_LOCK;
	s->wait_ps = wait;
}

/* ---- what the target does ----------------------------------------------------------- */

static bool is_it(const struct explain_history *h, uint32_t irq, uint32_t src)
{
	return irq == h->o->id.irq && (h->o->id.src == DELIVERIES_ANY || src == h->o->id.src);
}

static void on_entry(struct explain_watch *w, struct explain_history *h,
		     const struct replay_event *ev)
{
	unsigned int used = 0;

	for (unsigned int n = 0; n < ev->u.lrs.nr; n++) {
		struct gic_lr lr = gic_lr_decode(w->run->gic, ev->u.lrs.word[n]);

		used += lr.pending || lr.active;
		if (!lr.pending || !is_it(h, lr.irq, lr.src))
			continue;
		step(w, h, ev->t_ps, ev->actor,
		     "enters the guest with it in list register %u, pending%s, priority %u", n,
		     lr.active ? " (and the one before active)" : "", lr.prio);
		h->loaded = true;
		return;
	}
	h->loaded = false;
	step(w, h, ev->t_ps, ev->actor,
	     "enters the guest without it: %u of %u list registers used%s", used, ev->u.lrs.nr,
	     ev->u.lrs.underflow ? ", underflow interrupt on" : "");
}

static void on_guest(struct explain_watch *w, struct explain_history *h,
		     const struct replay_event *ev)
{
	bool ack = ev->kind == EV_ACK;

	if (ack && is_it(h, ev->u.guest.irq, ev->u.guest.src) && ev->t_ps == h->o->acked_ps) {
		step(w, h, ev->t_ps, ev->actor, "acknowledges it");
		h->over = true;
		return;
	}
	step(w, h, ev->t_ps, ev->actor, "%s %s %u", ack ? "acknowledges" : "ends",
	     is_it(h, ev->u.guest.irq, ev->u.guest.src) ? "the one before, INTID" : "INTID",
	     ev->u.guest.irq);
}

static void on_phase(struct explain_watch *w, struct explain_history *h,
		     const struct replay_event *ev)
{
	const struct doing *d = &w->doing[ev->actor];
	uint64_t took = ev->t_ps - d->phase_ps;
	unsigned int most = 0;

	/* What has its own steps, but for a long time in other work. */
	if (took >= LONG_PHASE_PS && d->phase != PHASE_GUEST && d->phase != PHASE_WFI &&
	    ev->u.phase.begins != PHASE_GUEST) {
		for (unsigned int c = 1; c < COMP_NR; c++)
			if (ev->u.phase.spent[c] > ev->u.phase.spent[most])
				most = c;
		step(w, h, ev->t_ps, ev->actor, "ends its %s after %s, most of it %s %s",
		     phase_names[d->phase], us(took).s,
		     most == COMP_SLEEP ? "waiting for the trace" : component_names[most],
		     us(ev->u.phase.spent[most]).s);
	}
	switch (ev->u.phase.begins) {
	case PHASE_MMIO:
	case PHASE_SYSREG:
	case PHASE_HVC:
	case PHASE_WFI:
	case PHASE_INJECT:
		step(w, h, ev->t_ps, ev->actor, "goes on to its %s",
		     phase_names[ev->u.phase.begins]);
		break;
	case PHASE_HOST:
		if (w->doing[ev->actor].syncing)
			step(w, h, ev->t_ps, ev->actor, "is done with its sync");
		break;
	default:
		break;
	}
}

static void on_target(struct explain_watch *w, struct explain_history *h,
		      const struct replay_event *ev)
{
	switch (ev->kind) {
	case EV_ENTRY:
		on_entry(w, h, ev);
		break;
	case EV_EXIT:
		step(w, h, ev->t_ps, ev->actor, "exits: %s", explain_kind_name(ev->u.lrs.why));
		break;
	case EV_ACK:
	case EV_EOI:
		on_guest(w, h, ev);
		break;
	case EV_IPI:
		step(w, h, ev->t_ps, ev->actor, "takes an IPI %s",
		     ev->u.ipi.in_guest ? "in the guest" : "in the host");
		break;
	case EV_FLUSH:
		step(w, h, ev->t_ps, ev->actor, "begins its flush");
		break;
	case EV_SLEEP:
		step(w, h, ev->t_ps, ev->actor, "goes to sleep");
		break;
	case EV_WAKE:
		step(w, h, ev->t_ps, ev->actor, "is awake again");
		break;
	case EV_PHASE:
		on_phase(w, h, ev);
		break;
	default:
		break;
	}
}

/* ---- every event --------------------------------------------------------------------- */

static void now_does(struct explain_watch *w, const struct replay_event *ev)
{
	struct doing *d = &w->doing[ev->actor];

	switch (ev->kind) {
	case EV_ENTRY:
		d->what = IN_GUEST;
		break;
	case EV_EXIT:
		d->what = IN_HOST;
		d->kind = ev->u.lrs.why;
		d->exit_ps = ev->t_ps;
		d->syncing = true;
		break;
	case EV_SLEEP:
		d->what = ASLEEP;
		break;
	case EV_WAKE:
		d->what = IN_HOST;
		break;
	case EV_FLUSH:
		d->what = ENTERING;
		break;
	case EV_ACK:
	case EV_EOI:
		d->busy = ev->kind == EV_ACK;
		return;
	case EV_PHASE:
		if (ev->u.phase.begins == PHASE_HOST)
			d->syncing = false;
		d->phase = ev->u.phase.begins;
		d->phase_ps = ev->t_ps;
		return;
	default:
		return;
	}
	d->since_ps = ev->t_ps;
}

static void one(struct explain_watch *w, struct explain_history *h, const struct replay_event *ev,
		const struct explain_hold *before)
{
	if (ev->kind == EV_LOCK)
		on_lock(w, h, &ev->u.lock, before);
	else if (ev->kind == EV_NOTE && ev->actor == h->sender && !h->sent)
		h->note = ev->u.note.what;
	else if (ev->kind == EV_SEND)
		on_send(w, h, ev);
	else if (ev->kind == EV_SENT)
		on_sent(w, h, ev);
	else if (ev->kind == EV_KICK)
		on_kick(w, h, ev);
	else if (ev->actor == h->o->by)
		on_target(w, h, ev);
}

void explain_watch_event(void *watch, const struct replay_event *ev)
{
	struct explain_watch *w = watch;
	struct explain_hold before = { 0 };

	if (ev->actor >= w->run->nr_actors)
		return;
	begin_due(w, ev->t_ps);
	if (ev->kind == EV_LOCK && !explain_locks_event(w->locks, &ev->u.lock, NULL, NULL, &before))
		w->no_memory = true;
	for (unsigned int i = w->first_open; i < w->next; i++)
		if (!w->order[i]->over)
			one(w, w->order[i], ev, &before);
	now_does(w, ev);
	if (w->timeline)
		explain_timeline_event(w->timeline, ev);
}

static int by_time(const void *x, const void *y)
{
	const struct explain_step *a = x, *b = y;

	if (a->t_ps != b->t_ps)
		return a->t_ps < b->t_ps ? -1 : 1;
	return (a->seq > b->seq) - (a->seq < b->seq);
}

int explain_watch_finish(struct explain_watch *w, struct err *err)
{
	bool no_memory = w->no_memory;

	for (unsigned int i = 0; w->order && i < w->nr && w->order[i]; i++)
		if (w->order[i]->nr_steps)
			qsort(w->order[i]->step, w->order[i]->nr_steps, sizeof(struct explain_step),
			      by_time);
	explain_locks_destroy(w->locks);
	free(w->order);
	free(w->doing);
	free(w);
	return no_memory ? err_set(err, ERR_NOMEM, "out of memory for histories") : 0;
}

/* What of [@from_ps, @to_ps) who was doing @stage waited for locks; step @i ends it. */
static uint64_t waited(const struct explain_history *h, unsigned int i, enum explain_stage stage,
		       uint64_t from_ps, uint64_t to_ps)
{
	uint64_t ps = 0;

	for (; i < h->nr_steps; i++) {
		const struct explain_step *s = &h->step[i];
		uint64_t begin = s->t_ps - s->wait_ps, end = s->t_ps < to_ps ? s->t_ps : to_ps;

		if (s->stage != STAGE_LOCK ||
		    (s->besides == STAGE_SENDER) != (stage == STAGE_SENDER))
			continue;
		begin = begin > from_ps ? begin : from_ps;
		ps += end > begin ? end - begin : 0;
	}
	return ps;
}

void explain_stages(const struct explain_history *h, uint64_t *ps)
{
	uint64_t t = h->o->sent_ps;

	for (unsigned int i = 0; i < h->nr_steps; i++) {
		const struct explain_step *s = &h->step[i];
		uint64_t at = s->t_ps < h->o->acked_ps ? s->t_ps : h->o->acked_ps, wait = 0;
		enum explain_stage stage = s->stage == STAGE_LOCK ? s->besides : s->stage;

		if (at <= t)
			continue;
		if (stage != STAGE_DROPPED)
			wait = waited(h, i, stage, t, at);
		ps[STAGE_LOCK] += wait;
		ps[stage] += at - t - wait;
		t = at;
	}
	if (t < h->o->acked_ps)
		ps[STAGE_GUEST] += h->o->acked_ps - t;
}

void explain_histories_fini(struct explain_history *history, unsigned int nr)
{
	for (unsigned int i = 0; history && i < nr; i++)
		free(history[i].step);
	free(history);
}

/* ---- which ones ------------------------------------------------------------------------ */

static uint64_t latency(const struct occurrence *o)
{
	return o->acked_ps - o->sent_ps;
}

/* Sent before the vCPU that took it was ever in its guest: that waits for the trace. */
static bool too_early(const struct explain_run *run, const struct occurrence *o)
{
	const struct explain_actor *a = o->by < run->nr_actors ? run->actor[o->by] : NULL;

	return !a || !a->has_entered || o->sent_ps < a->first_entry_ps;
}

unsigned int explain_slowest(const struct explain_run *run, const struct occurrence **list,
			     unsigned int max)
{
	uint64_t nr_all;
	const struct occurrence *all = deliveries_list(run->result.deliveries, &nr_all);
	unsigned int nr = 0, at;

	for (uint64_t i = 0; max && i < nr_all; i++) {
		const struct occurrence *o = &all[i];

		if (o->fate != FATE_DELIVERED || !o->record || too_early(run, o))
			continue;
		if (nr == max && latency(o) <= latency(list[nr - 1]))
			continue;
		at = nr < max ? nr++ : nr - 1;
		for (; at && latency(list[at - 1]) < latency(o); at--)
			list[at] = list[at - 1];
		list[at] = o;
	}
	return nr;
}

static uint64_t apart(const struct delivery_pair *p)
{
	return p->latency_ps < 0 ? -(uint64_t)p->latency_ps : (uint64_t)p->latency_ps;
}

unsigned int explain_most_apart(const struct explain_run *a, const struct explain_run *b,
				struct delivery_pair *list, unsigned int max)
{
	uint64_t ia = 0, ib = 0;
	unsigned int nr = 0, at;
	struct delivery_pair p;

	while (max && deliveries_next_pair(a->result.deliveries, b->result.deliveries, UINT64_MAX,
					   &ia, &ib, &p)) {
		if (!p.both || !p.a->record || !p.latency_ps || too_early(a, p.a) ||
		    too_early(b, p.b))
			continue;
		if (nr == max && apart(&p) <= apart(&list[nr - 1]))
			continue;
		at = nr < max ? nr++ : nr - 1;
		for (; at && apart(&list[at - 1]) < apart(&p); at--)
			list[at] = list[at - 1];
		list[at] = p;
	}
	return nr;
}
