// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A window of a run as Chrome trace events (ui.perfetto.dev, chrome://tracing): vCPUs and
 * threads with what they do, contended locks with their holders, interrupts from sending
 * to end.
 *
 * Only what overlaps the window is kept. Slices are complete events ("X"), cut at the
 * window's ends; who waits for a lock is a slice of the waiter and a counter of the lock.
 * An interrupt is an asynchronous event ("b", "n" its acknowledge, "e"), and a flow
 * ("s", "f") from its sender to the acknowledge if both lie in the window.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"

enum slice_kind { SL_GUEST, SL_HOST, SL_PHASE, SL_SLEEP, SL_WAIT, SL_HOLD };

struct slice {
	uint64_t from_ps, to_ps;
	enum slice_kind kind;
	uint32_t track; /* actor, or index of a lock */
	uint32_t lock, actor;
	unsigned int what; /* exit kind, phase */
	const struct plat_site *site;
};

struct tl_lock {
	const struct plat_lock_class *class;
	uint32_t instance, id;
	bool contended;
};

/* A vCPU or thread now: since when in each of its nested slices; UINT64_MAX: in none. */
struct tl_actor {
	uint64_t side_ps, phase_ps, sleep_ps;
	bool in_guest;
	unsigned int kind;
	enum replay_phase phase;
};

/* What is known of an occurrence only by events: who sent it. */
struct tl_send {
	uint64_t t_ps;
	uint32_t record, irq, vcpu, src, actor;
};

struct tl_ack {
	uint64_t t_ps, eoi_ps;
	uint32_t vcpu, irq, src;
};

struct explain_timeline {
	const struct explain_run *run;
	uint64_t from_ps, to_ps, zero_ps;
	struct tl_actor *actor;
	struct slice *slice;
	size_t nr_slices, room_slices;
	struct tl_lock *lock;
	size_t nr_locks, room_locks;
	struct tl_send *send;
	size_t nr_sends, room_sends;
	struct tl_ack *ack;
	size_t nr_acks, room_acks;
	uint64_t last_ps;
	bool no_memory;
};

/* Room for one more: the array, moved perhaps; NULL without memory. */
static void *room_for(struct explain_timeline *t, void *array, size_t nr, size_t *room,
		      size_t bytes)
{
	size_t wanted = *room ? 2 * *room : 256;
	void *grown;

	if (nr < *room)
		return array;
	grown = reallocarray(array, wanted, bytes);
	if (grown)
		*room = wanted;
	else
		t->no_memory = true;
	return grown;
}

struct explain_timeline *explain_timeline_create(const struct explain_run *run, uint64_t from_ps,
						 uint64_t to_ps, uint64_t zero_ps)
{
	struct explain_timeline *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->run = run;
	t->from_ps = from_ps;
	t->to_ps = to_ps;
	t->zero_ps = zero_ps;
	t->actor = calloc(run->nr_actors + 1, sizeof(*t->actor));
	if (!t->actor) {
		free(t);
		return NULL;
	}
	for (unsigned int i = 0; i < run->nr_actors; i++)
		t->actor[i] = (struct tl_actor){
			.side_ps = i < run->nr_vcpus ? 0 : UINT64_MAX,
			.phase_ps = UINT64_MAX,
			.sleep_ps = UINT64_MAX,
			.kind = EXPLAIN_START,
			.phase = i < run->nr_vcpus ? PHASE_HOST : PHASE_WAIT,
		};
	return t;
}

void explain_timeline_destroy(struct explain_timeline *t)
{
	if (!t)
		return;
	free(t->actor);
	free(t->slice);
	free(t->lock);
	free(t->send);
	free(t->ack);
	free(t);
}

/* ---- gathering -------------------------------------------------------------------- */

static bool within(const struct explain_timeline *t, uint64_t at_ps)
{
	return at_ps >= t->from_ps && at_ps <= t->to_ps;
}

/* Cut to the window; one of no length is none. */
static void slice(struct explain_timeline *t, const struct slice *what)
{
	struct slice s = *what, *grown;

	if (s.from_ps < t->from_ps)
		s.from_ps = t->from_ps;
	if (s.to_ps > t->to_ps)
		s.to_ps = t->to_ps;
	if (s.from_ps >= s.to_ps)
		return;
	grown = room_for(t, t->slice, t->nr_slices, &t->room_slices, sizeof(*grown));
	if (!grown)
		return;
	t->slice = grown;
	t->slice[t->nr_slices++] = s;
}

static void end_sleep(struct explain_timeline *t, uint32_t actor, uint64_t at_ps)
{
	struct tl_actor *a = &t->actor[actor];

	if (a->sleep_ps == UINT64_MAX)
		return;
	slice(t, &(struct slice){ a->sleep_ps, at_ps, SL_SLEEP, actor, 0, 0, 0, NULL });
	a->sleep_ps = UINT64_MAX;
}

static void end_phase(struct explain_timeline *t, uint32_t actor, uint64_t at_ps)
{
	struct tl_actor *a = &t->actor[actor];

	end_sleep(t, actor, at_ps);
	if (a->phase_ps == UINT64_MAX)
		return;
	slice(t, &(struct slice){ a->phase_ps, at_ps, SL_PHASE, actor, 0, 0, a->phase, NULL });
	a->phase_ps = UINT64_MAX;
}

static void end_side(struct explain_timeline *t, uint32_t actor, uint64_t at_ps)
{
	struct tl_actor *a = &t->actor[actor];

	end_phase(t, actor, at_ps);
	if (a->side_ps == UINT64_MAX)
		return;
	slice(t, &(struct slice){ a->side_ps, at_ps, a->in_guest ? SL_GUEST : SL_HOST, actor, 0, 0,
				  a->kind, NULL });
	a->side_ps = UINT64_MAX;
}

static void begin_phase(struct explain_timeline *t, const struct replay_event *ev)
{
	struct tl_actor *a = &t->actor[ev->actor];
	enum replay_phase p = ev->u.phase.begins;

	if (p == PHASE_GUEST) /* its entry comes next */
		return;
	if (p == PHASE_EXIT && a->in_guest) {
		/* Its exit comes next, and belongs to this time. */
		end_side(t, ev->actor, ev->t_ps);
		a->side_ps = ev->t_ps;
		a->in_guest = false;
	} else {
		end_phase(t, ev->actor, ev->t_ps);
	}
	a->phase = p;
	if (p != PHASE_HOST && p != PHASE_WAIT)
		a->phase_ps = ev->t_ps;
}

static uint32_t lock_index(struct explain_timeline *t, const struct lock_event *ev)
{
	struct tl_lock *grown;

	for (size_t i = t->nr_locks; i-- > 0;)
		if (t->lock[i].id == ev->id)
			return (uint32_t)i;
	grown = room_for(t, t->lock, t->nr_locks, &t->room_locks, sizeof(*grown));
	if (!grown)
		return 0;
	t->lock = grown;
	t->lock[t->nr_locks++] = (struct tl_lock){ ev->class, ev->instance, ev->id, false };
	return (uint32_t)(t->nr_locks - 1);
}

static void on_lock(struct explain_timeline *t, const struct lock_event *ev)
{
	uint32_t l;

	if (ev->released.ps <= t->from_ps || ev->asked.ps >= t->to_ps)
		return;
	l = lock_index(t, ev);
	if (t->no_memory)
		return;
	if (ev->got.ps > ev->asked.ps) {
		t->lock[l].contended = true;
		slice(t, &(struct slice){ ev->asked.ps, ev->got.ps, SL_WAIT, ev->cpu, l, ev->cpu, 0,
					  ev->site });
	}
	slice(t,
	      &(struct slice){ ev->got.ps, ev->released.ps, SL_HOLD, l, l, ev->cpu, 0, ev->site });
}

static void on_send(struct explain_timeline *t, const struct replay_event *ev)
{
	struct tl_send *grown;

	if (!within(t, ev->t_ps))
		return;
	grown = room_for(t, t->send, t->nr_sends, &t->room_sends, sizeof(*grown));
	if (!grown)
		return;
	t->send = grown;
	t->send[t->nr_sends++] =
		(struct tl_send){ ev->t_ps,	   ev->u.send.record, ev->u.send.irq,
				  ev->u.send.vcpu, ev->u.send.src,    ev->actor };
}

/* Acknowledges before the window are kept until they end, for what ends in it. */
static void on_ack(struct explain_timeline *t, const struct replay_event *ev)
{
	struct tl_ack *grown;

	if (ev->t_ps > t->to_ps)
		return;
	grown = room_for(t, t->ack, t->nr_acks, &t->room_acks, sizeof(*grown));
	if (!grown)
		return;
	t->ack = grown;
	t->ack[t->nr_acks++] = (struct tl_ack){ ev->t_ps, UINT64_MAX, ev->actor, ev->u.guest.irq,
						ev->u.guest.src };
}

static void on_eoi(struct explain_timeline *t, const struct replay_event *ev)
{
	for (size_t i = t->nr_acks; i-- > 0;) {
		struct tl_ack *a = &t->ack[i];

		if (a->eoi_ps != UINT64_MAX || a->vcpu != ev->actor || a->irq != ev->u.guest.irq ||
		    a->src != ev->u.guest.src)
			continue;
		a->eoi_ps = ev->t_ps;
		if (a->eoi_ps < t->from_ps) {
			memmove(a, a + 1, (t->nr_acks - i - 1) * sizeof(*a));
			t->nr_acks--;
		}
		return;
	}
}

void explain_timeline_event(struct explain_timeline *t, const struct replay_event *ev)
{
	struct tl_actor *a = &t->actor[ev->actor];

	t->last_ps = ev->t_ps;
	switch (ev->kind) {
	case EV_PHASE:
		begin_phase(t, ev);
		break;
	case EV_EXIT:
		a->kind = ev->u.lrs.why;
		break;
	case EV_ENTRY:
		end_side(t, ev->actor, ev->t_ps);
		a->side_ps = ev->t_ps;
		a->in_guest = true;
		break;
	case EV_SLEEP:
		a->sleep_ps = ev->t_ps;
		break;
	case EV_WAKE:
		end_sleep(t, ev->actor, ev->t_ps);
		break;
	case EV_LOCK:
		on_lock(t, &ev->u.lock);
		break;
	case EV_SEND:
		on_send(t, ev);
		break;
	case EV_ACK:
		on_ack(t, ev);
		break;
	case EV_EOI:
		on_eoi(t, ev);
		break;
	default:
		break;
	}
}

/* ---- writing ---------------------------------------------------------------------- */

#define LOCK_TID 100000 /* the first track of locks: after any actor's */

struct writing {
	FILE *f;
	const struct explain_timeline *t;
	unsigned int pid;
	bool any;
};

static void begin_event(struct writing *w, const char *ph, uint64_t t_ps, uint32_t tid)
{
	uint64_t ps = t_ps - w->t->zero_ps;

	fprintf(w->f, "%s\n{\"ph\":\"%s\",\"pid\":%u,\"tid\":%u,\"ts\":%" PRIu64 ".%06" PRIu64,
		w->any ? "," : "", ph, w->pid, tid, ps / 1000000, ps % 1000000);
	w->any = true;
}

static void metadata(struct writing *w, const char *what, uint32_t tid, const char *name,
		     unsigned int sort)
{
	begin_event(w, "M", w->t->zero_ps, tid);
	fprintf(w->f, ",\"name\":\"%s\",\"args\":{\"name\":\"%s\"}}", what, name);
	if (strcmp(what, "thread_name") != 0)
		return;
	begin_event(w, "M", w->t->zero_ps, tid);
	fprintf(w->f, ",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":%u}}", sort);
}

/* Each vCPU has an INTID 1, so a class and instance may have several. */
static void lock_name(const struct explain_timeline *t, uint32_t index, char *buf, size_t len)
{
	const struct tl_lock *l = &t->lock[index];

	for (size_t i = 0; i < t->nr_locks; i++) {
		const struct tl_lock *x = &t->lock[i];

		if (x != l && x->class == l->class && x->instance == l->instance) {
			snprintf(buf, len, "%s %u (lock %u)", l->class->name, l->instance, l->id);
			return;
		}
	}
	snprintf(buf, len, "%s %u", l->class->name, l->instance);
}

static void slice_text(struct writing *w, const struct slice *s)
{
	const struct explain_run *run = w->t->run;
	char name[96];

	switch (s->kind) {
	case SL_GUEST:
		fputs(",\"cat\":\"guest\",\"name\":\"guest\"}", w->f);
		break;
	case SL_HOST:
		fprintf(w->f, ",\"cat\":\"host\",\"name\":\"host: %s\"}",
			explain_kind_name(s->what));
		break;
	case SL_PHASE:
		fprintf(w->f, ",\"cat\":\"phase\",\"name\":\"%s\"}", phase_names[s->what]);
		break;
	case SL_SLEEP:
		fputs(",\"cat\":\"phase\",\"name\":\"asleep\"}", w->f);
		break;
	case SL_WAIT:
		lock_name(w->t, s->lock, name, sizeof(name));
		fprintf(w->f, ",\"cat\":\"lock\",\"name\":\"wait %s\",\"args\":{\"in\":\"%s:%d\"}}",
			name, s->site->func, s->site->line);
		break;
	case SL_HOLD:
		fprintf(w->f, ",\"cat\":\"lock\",\"name\":\"%s in %s\",\"args\":{\"line\":%d}}",
			explain_actor_text(run, s->actor).s, s->site->func, s->site->line);
		break;
	}
}

/* By track, then time; what encloses comes before what it encloses. */
static int by_track(const void *x, const void *y)
{
	const struct slice *a = x, *b = y;
	uint64_t ta = a->kind == SL_HOLD ? LOCK_TID + (uint64_t)a->track : a->track;
	uint64_t tb = b->kind == SL_HOLD ? LOCK_TID + (uint64_t)b->track : b->track;

	if (ta != tb)
		return ta < tb ? -1 : 1;
	if (a->from_ps != b->from_ps)
		return a->from_ps < b->from_ps ? -1 : 1;
	if (a->to_ps != b->to_ps)
		return a->to_ps > b->to_ps ? -1 : 1;
	return (a->kind > b->kind) - (a->kind < b->kind);
}

static void slices(struct writing *w)
{
	const struct explain_timeline *t = w->t;

	for (size_t i = 0; i < t->nr_slices; i++) {
		const struct slice *s = &t->slice[i];
		uint64_t ps = s->to_ps - s->from_ps;

		if (s->kind == SL_HOLD && !t->lock[s->track].contended)
			continue;
		begin_event(w, "X", s->from_ps,
			    s->kind == SL_HOLD ? LOCK_TID + s->track : s->track);
		fprintf(w->f, ",\"dur\":%" PRIu64 ".%06" PRIu64, ps / 1000000, ps % 1000000);
		slice_text(w, s);
	}
}

/* A waiter more or less. */
struct edge {
	uint64_t t_ps;
	uint32_t lock;
	int by;
};

static int by_lock(const void *x, const void *y)
{
	const struct edge *a = x, *b = y;

	if (a->lock != b->lock)
		return a->lock < b->lock ? -1 : 1;
	if (a->t_ps != b->t_ps)
		return a->t_ps < b->t_ps ? -1 : 1;
	return a->by - b->by;
}

static bool waiters(struct writing *w)
{
	const struct explain_timeline *t = w->t;
	struct edge *e = calloc(2 * t->nr_slices + 1, sizeof(*e));
	size_t nr = 0;
	char name[96];
	int now = 0;

	if (!e)
		return false;
	for (size_t i = 0; i < t->nr_slices; i++) {
		const struct slice *s = &t->slice[i];

		if (s->kind != SL_WAIT)
			continue;
		e[nr++] = (struct edge){ s->from_ps, s->lock, 1 };
		e[nr++] = (struct edge){ s->to_ps, s->lock, -1 };
	}
	qsort(e, nr, sizeof(*e), by_lock);
	for (size_t i = 0; i < nr; i++) {
		now += e[i].by;
		/* One value a time. */
		if (i + 1 < nr && e[i + 1].lock == e[i].lock && e[i + 1].t_ps == e[i].t_ps)
			continue;
		lock_name(t, e[i].lock, name, sizeof(name));
		begin_event(w, "C", e[i].t_ps, 0);
		fprintf(w->f, ",\"name\":\"waiters: %s\",\"args\":{\"waiters\":%d}}", name, now);
	}
	free(e);
	return true;
}

static void names(struct writing *w)
{
	const struct explain_timeline *t = w->t;
	bool *seen = calloc(t->run->nr_actors + 1, sizeof(*seen));
	char name[96];

	metadata(w, "process_name", 0, t->run->design->name, 0);
	for (size_t i = 0; seen && i < t->nr_slices; i++)
		if (t->slice[i].kind != SL_HOLD)
			seen[t->slice[i].track] = true;
	for (unsigned int i = 0; seen && i < t->run->nr_actors; i++)
		if (i < t->run->nr_vcpus || seen[i])
			metadata(w, "thread_name", i, explain_actor_text(t->run, i).s, i);
	free(seen);
	for (size_t i = 0; i < t->nr_locks; i++) {
		if (!t->lock[i].contended)
			continue;
		lock_name(t, (uint32_t)i, name, sizeof(name));
		metadata(w, "thread_name", LOCK_TID + (uint32_t)i, name,
			 LOCK_TID + (unsigned int)i);
	}
}

/* ---- interrupts ------------------------------------------------------------------- */

static int by_sender(const void *x, const void *y)
{
	const struct tl_send *a = x, *b = y;
	const uint32_t p[] = { a->record, a->irq, a->vcpu, a->src };
	const uint32_t q[] = { b->record, b->irq, b->vcpu, b->src };

	for (unsigned int i = 0; i < 4; i++)
		if (p[i] != q[i])
			return p[i] < q[i] ? -1 : 1;
	return 0;
}

static int by_ack(const void *x, const void *y)
{
	const struct tl_ack *a = x, *b = y;

	if (a->t_ps != b->t_ps)
		return a->t_ps < b->t_ps ? -1 : 1;
	if (a->vcpu != b->vcpu)
		return a->vcpu < b->vcpu ? -1 : 1;
	return (a->irq > b->irq) - (a->irq < b->irq);
}

/* Viewers tell by the number alone what belongs together, whatever the process. */
static uint64_t global_id(const struct writing *w, uint64_t id)
{
	return (uint64_t)w->pid << 40 | id;
}

static void async(struct writing *w, const char *ph, uint64_t t_ps, uint32_t tid, uint64_t id,
		  const struct occurrence *o)
{
	begin_event(w, ph, t_ps, tid);
	fprintf(w->f, ",\"cat\":\"irq\",\"id\":%" PRIu64 ",\"name\":\"", global_id(w, id));
	if (*ph == 'n')
		fprintf(w->f, "acknowledged\"}");
	else if (o->id.vcpu != DELIVERIES_ANY)
		fprintf(w->f, "INTID %u to vCPU %u\"", o->id.irq, o->id.vcpu);
	else
		fprintf(w->f, "INTID %u\"", o->id.irq);
	if (*ph == 'b')
		fprintf(w->f, ",\"args\":{\"record\":%u,\"fate\":\"%s\"}", o->record,
			delivery_fate_names[o->fate]);
	if (*ph != 'n')
		fputc('}', w->f);
}

static void flow(struct writing *w, const char *ph, uint64_t t_ps, uint32_t tid, uint64_t id)
{
	begin_event(w, ph, t_ps, tid);
	fprintf(w->f, ",\"cat\":\"flow\",\"id\":%" PRIu64 ",\"name\":\"delivery\"%s}",
		global_id(w, id), *ph == 'f' ? ",\"bp\":\"e\"" : "");
}

/* Of one that was sent before the window's end; what it is a part of ends with its end. */
static void interrupt(struct writing *w, const struct occurrence *o, uint64_t id)
{
	const struct explain_timeline *t = w->t;
	bool acked = o->fate == FATE_DELIVERED || o->fate == FATE_MERGED;
	struct tl_send send_key = { 0, o->record, o->id.irq, o->id.vcpu, o->id.src, 0 };
	struct tl_ack ack_key = { o->acked_ps, 0, o->by, o->id.irq, 0 };
	const struct tl_send *send = NULL;
	const struct tl_ack *ack = NULL;
	uint64_t begin = o->sent_ps > t->from_ps ? o->sent_ps : t->from_ps, end = t->to_ps;
	uint32_t tid = o->id.vcpu != DELIVERIES_ANY ? o->id.vcpu : 0;

	if (acked) {
		tid = o->by;
		ack = t->nr_acks ? bsearch(&ack_key, t->ack, t->nr_acks, sizeof(*ack), by_ack)
				 : NULL;
		if (ack && ack->eoi_ps < end)
			end = ack->eoi_ps;
		if (o->acked_ps < t->from_ps && !ack)
			return;
	}
	async(w, "b", begin, tid, id, o);
	if (acked && within(t, o->acked_ps))
		async(w, "n", o->acked_ps, tid, id, o);
	async(w, "e", end, tid, id, o);
	if (!acked || !within(t, o->acked_ps))
		return;
	send = t->nr_sends ? bsearch(&send_key, t->send, t->nr_sends, sizeof(*send), by_sender)
			   : NULL;
	if (!send)
		return;
	flow(w, "s", send->t_ps, send->actor, id);
	flow(w, "f", o->acked_ps, o->by, id);
}

static void interrupts(struct writing *w)
{
	uint64_t nr;
	const struct occurrence *all = deliveries_list(w->t->run->result.deliveries, &nr);

	for (uint64_t i = 0; i < nr; i++) {
		const struct occurrence *o = &all[i];
		bool sent = o->fate != FATE_UNCHANGED && o->fate != FATE_WITHDRAWN;

		if (o->record && sent && o->sent_ps < w->t->to_ps)
			interrupt(w, o, i);
	}
}

static bool finish(struct explain_timeline *t)
{
	if (t->last_ps < t->to_ps)
		t->to_ps = t->last_ps > t->from_ps ? t->last_ps : t->from_ps;
	for (unsigned int i = 0; i < t->run->nr_actors; i++)
		end_side(t, i, t->to_ps);
	if (t->nr_slices)
		qsort(t->slice, t->nr_slices, sizeof(*t->slice), by_track);
	if (t->nr_sends)
		qsort(t->send, t->nr_sends, sizeof(*t->send), by_sender);
	if (t->nr_acks)
		qsort(t->ack, t->nr_acks, sizeof(*t->ack), by_ack);
	return !t->no_memory;
}

int explain_timeline_write(FILE *f, struct explain_timeline *const *t, unsigned int nr,
			   struct err *err)
{
	struct writing w = { .f = f };

	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", f);
	for (unsigned int i = 0; i < nr; i++) {
		if (!finish(t[i]))
			return err_set(err, ERR_NOMEM, "out of memory for a timeline");
		w.t = t[i];
		w.pid = i + 1;
		names(&w);
		slices(&w);
		if (!waiters(&w))
			return err_set(err, ERR_NOMEM, "out of memory for a timeline");
		interrupts(&w);
	}
	fputs("\n],\"otherData\":{", f);
	for (unsigned int i = 0; i < nr; i++)
		fprintf(f,
			"%s\n\"%s\":{\"from_ps\":%" PRIu64 ",\"to_ps\":%" PRIu64
			",\"zero_ps\":%" PRIu64 "}",
			i ? "," : "", t[i]->run->design->name, t[i]->from_ps, t[i]->to_ps,
			t[i]->zero_ps);
	fputs("\n}}\n", f);
	return 0;
}
