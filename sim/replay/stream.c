/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "ahead.h"
#include "infer.h"
#include "routing.h"
#include "sgi.h"

struct queue {
	struct slot *head, *tail; /* NULL: empty */
	uint64_t last;		  /* position + 1 of the last record it ever had */
	uint32_t stimuli;	  /* sent to this vCPU so far */
	bool entered;		  /* a vCPU that has been in its guest */
	bool slept;		  /* … and whose last record is a wfi */
	bool waits;		  /* for a record: an "other" actor; a vCPU by stream_expect() */
	bool forced;		  /* need not see its next record: the window is too small */
	uint64_t done_ps;	  /* when the last one taken up was … */
	uint64_t done_ns;	  /* … and its recorded time */
};

/* A host thread, or the interrupt context of a CPU. */
struct other {
	uint64_t key;
};

/* Exempt records that outlived the window: one after a sleep, two at a vCPU's start. */
#define STREAM_ASIDE 2

/* A position of the window: a record's slot until it is taken up, then what is left. */
struct place {
	struct slot *slot;    /* NULL: taken up, put aside, or never used */
	uint64_t consumed_ps; /* when it was taken up */
	uint64_t time_ns;     /* its recorded time */
	bool patient;	      /* does not hold the window up */
};

/* One that is put aside. */
struct aside {
	uint64_t pos; /* UINT64_MAX: never used */
	struct place at;
};

/*
 * Slots are few at a time, so those given back are used again first: what they
 * need of the caches does not grow with the window.
 */
struct stream {
	struct stream_config c;
	const struct trace_meta *meta;
	struct infer *infer;
	struct ahead *ahead; /* … which has the look-ahead then, or NULL */
	struct routing routing;
	struct stream_head head;
	struct machine *machine;
	struct place *place; /* [window] */
	struct aside *aside; /* [nr_vcpus * STREAM_ASIDE] */
	struct slot *slot;   /* [nr_slots] */
	struct annot *annot; /* of each slot */
	struct slot *free;   /* by next; those never used are not in it … */
	uint32_t nr_used;    /* … but from here on */
	struct queue *queue; /* [nr_actors] */
	int32_t *cpu_vcpu;   /* [pCPU]: whose thread is on it, or -1 */
	struct other *other; /* [nr_others] */
	unsigned int nr_actors, nr_others_used, nr_cpus;
	uint64_t read;		  /* records in slots so far */
	struct place *next_place; /* of record @read */
	uint64_t floor_ps;
	uint64_t last_vcpu; /* position + 1 of the latest record of any vCPU */
	uint64_t last_ns, nr_lost;
	uint64_t evidence; /* records with an effect that are still to be looked at by head.c … */
	struct early *early;	/* … and those looked at that found no room in the window yet */
	unsigned int nr_expect; /* see stream_expect() */
	uint32_t nr_early, early_at;
	int early_rc;		 /* after them; 1: there are more */
	uint64_t waiters[16];	 /* bitmap of actors that the window holds up … */
	unsigned int nr_waiters; /* … and how many */
	bool ended;
	int end_rc;
	struct err end_err;
};

struct early {
	struct infer_item item;
	struct annot annot;
};

#define STREAM_MAX_CPUS 4096
/* What the beginning tells is read off so many, whatever the window. */
#define STREAM_EVIDENCE 65536
/* Half of what the engine's clock holds: a slower design takes longer. */
#define STREAM_MAX_NS	(VT_MAX_RUN.ps / 2000)

struct stream *stream_create(const struct stream_config *c, struct err *err)
{
	size_t nr_slots = c->window + (size_t)c->nr_vcpus * STREAM_ASIDE;
	struct stream *s = calloc(1, sizeof(*s));

	if (!s)
		goto nomem;
	s->c = *c;
	s->meta = trace_meta(c->reader);
	s->nr_actors = c->nr_vcpus + c->nr_others;
	routing_init(&s->routing, s->meta);
	s->infer = infer_create(c->reader, c->nr_vcpus);
	s->place = calloc(c->window, sizeof(*s->place));
	s->slot = calloc(nr_slots, sizeof(*s->slot));
	s->annot = calloc(nr_slots, sizeof(*s->annot));
	s->aside = calloc((size_t)c->nr_vcpus * STREAM_ASIDE, sizeof(*s->aside));
	s->queue = calloc(s->nr_actors, sizeof(*s->queue));
	s->other = calloc(c->nr_others, sizeof(*s->other));
	s->cpu_vcpu = malloc(STREAM_MAX_CPUS * sizeof(*s->cpu_vcpu));
	if (!s->infer || !s->place || !s->slot || !s->annot || !s->aside || !s->queue ||
	    !s->other || !s->cpu_vcpu)
		goto nomem;
	s->next_place = s->place;
	s->evidence = STREAM_EVIDENCE;
	s->early_rc = 1;
	for (unsigned int i = 0; i < STREAM_MAX_CPUS; i++)
		s->cpu_vcpu[i] = -1;
	for (unsigned int i = 0; i < c->nr_vcpus * STREAM_ASIDE; i++)
		s->aside[i].pos = UINT64_MAX;
	return s;
nomem:
	stream_destroy(s);
	err_set(err, ERR_NOMEM, "out of memory for a window of %u records", c->window);
	return NULL;
}

void stream_stop(struct stream *s)
{
	ahead_stop(s->ahead);
	s->ahead = NULL;
	s->ended = true;
}

void stream_destroy(struct stream *s)
{
	if (!s)
		return;
	stream_stop(s);
	infer_destroy(s->infer);
	stream_head_fini(&s->head);
	free(s->early);
	free(s->cpu_vcpu);
	free(s->other);
	free(s->queue);
	free(s->aside);
	free(s->annot);
	free(s->slot);
	free(s->place);
	free(s);
}

const struct stream_head *stream_head(const struct stream *s)
{
	return &s->head;
}

void stream_attach(struct stream *s, struct machine *m)
{
	s->machine = m;
}

unsigned int stream_nr_threads(const struct stream *s)
{
	return s->nr_others_used;
}

uint64_t stream_last_ns(const struct stream *s)
{
	return s->last_ns;
}

uint64_t stream_nr_lost(const struct stream *s)
{
	return s->nr_lost;
}

bool stream_ended(const struct stream *s)
{
	return s->ended;
}

int stream_error(const struct stream *s, struct err *err)
{
	if (s->end_rc < 0 && err)
		*err = s->end_err;
	return s->end_rc;
}

static struct place *place_at(struct stream *s, uint64_t pos)
{
	return &s->place[pos % s->c.window];
}

/* Where the record at @pos, which has been read, is or was; NULL: given away. */
static struct place *place_of(struct stream *s, uint64_t pos)
{
	uint64_t ago = s->read - pos;

	if (ago < s->c.window)
		return place_at(s, pos);
	for (unsigned int i = 0; i < s->c.nr_vcpus * STREAM_ASIDE; i++)
		if (s->aside[i].pos == pos)
			return &s->aside[i].at;
	/* The next one's place: not reused yet. */
	return ago == s->c.window ? place_at(s, pos) : NULL;
}

/* Make room in the window by putting an exempt record aside. */
static bool put_aside(struct stream *s, struct place *p)
{
	struct aside *to = &s->aside[(size_t)p->slot->actor * STREAM_ASIDE];

	if (!p->slot->patient)
		return false;
	for (unsigned int i = 0; i < STREAM_ASIDE; i++) {
		if (to[i].at.slot)
			continue;
		to[i].pos = p->slot->pos;
		to[i].at = *p;
		p->slot->place = &to[i].at;
		*p = (struct place){ 0 };
		return true;
	}
	return false;
}

static bool window_is_full(struct stream *s)
{
	struct place *p = s->next_place;

	return p->slot && !put_aside(s, p);
}

static struct slot *slot_get(struct stream *s)
{
	struct slot *slot = s->free;

	if (!slot)
		return &s->slot[s->nr_used++];
	s->free = slot->next;
	return slot;
}

static void slot_put(struct stream *s, struct slot *slot)
{
	slot->next = s->free;
	s->free = slot;
}

const struct annot *stream_annot(const struct stream *s, const struct slot *slot)
{
	return slot->has_annot ? &s->annot[slot - s->slot] : NULL;
}

/* ---- whose record is it ------------------------------------------------ */

static void follow_thread(struct stream *s, const struct trace_rec *r)
{
	if (r->ctx != CTX_VCPU || r->cpu < 0 || r->cpu >= STREAM_MAX_CPUS)
		return;
	if (r->kind == REC_WFI || (r->kind == REC_SCHED && !r->d.sched.in)) {
		if (s->cpu_vcpu[r->cpu] == (int32_t)r->ctx_id)
			s->cpu_vcpu[r->cpu] = -1;
	} else if (r->kind != REC_LRS && r->kind != REC_LRS_MORE) {
		s->cpu_vcpu[r->cpu] = (int32_t)r->ctx_id;
	}
}

static uint32_t other_actor(struct stream *s, uint64_t key)
{
	unsigned int i;

	for (i = 0; i < s->nr_others_used; i++)
		if (s->other[i].key == key)
			return s->c.nr_vcpus + i;
	if (s->nr_others_used == s->c.nr_others) /* more than there are: shared */
		return s->c.nr_vcpus + (uint32_t)(key % s->c.nr_others);
	s->other[i].key = key;
	s->nr_others_used++;
	return s->c.nr_vcpus + i;
}

static uint32_t actor_of(struct stream *s, const struct trace_rec *r, bool *in_irq)
{
	*in_irq = r->ctx == CTX_IRQ;
	if (r->ctx == CTX_VCPU)
		return r->ctx_id;
	if (r->ctx == CTX_THREAD)
		return other_actor(s, r->ctx_id);
	if (r->cpu >= 0 && r->cpu < STREAM_MAX_CPUS && s->cpu_vcpu[r->cpu] >= 0)
		return (uint32_t)s->cpu_vcpu[r->cpu];
	return other_actor(s, UINT64_C(1) << 32 | (uint32_t)(uint16_t)r->cpu);
}

static bool has_effect(const struct trace_rec *r)
{
	switch (r->kind) {
	case REC_ENTRY:
	case REC_EXIT:
	case REC_MMIO:
	case REC_SYSREG:
	case REC_WFI:
	case REC_HVC:
	case REC_ITS:
	case REC_ACK:
	case REC_EOI:
	case REC_DIR:
		return r->ctx == CTX_VCPU;
	case REC_INJECT:
	case REC_MSI:
		return r->ctx != CTX_NONE;
	default:
		return false;
	}
}

/* ---- the window -------------------------------------------------------- */

static uint32_t target_of(const struct stream *s, const struct trace_rec *r)
{
	if (r->kind != REC_INJECT)
		return UINT32_MAX;
	if (r->flags & REC_HAS_VCPU)
		return r->d.inject.vcpu;
	return routing_target(&s->routing, r->d.inject.irq);
}

/* Count what is sent to each vCPU, in recorded order. */
static void count_stimuli(struct stream *s, const struct infer_item *item, uint32_t target)
{
	uint64_t to[STREAM_TARGET_WORDS];
	unsigned int sgi;

	if (item->rec.kind == REC_INJECT) {
		if (target < s->c.nr_vcpus && item->rec.d.inject.level)
			s->queue[target].stimuli++;
		return;
	}
	if (!sgi_targets(s->meta, s->routing.gicd, &item->rec, item->annot, to, &sgi))
		return;
	for (unsigned int w = 0; w < STREAM_TARGET_WORDS; w++)
		for (uint64_t left = to[w]; left; left &= left - 1)
			s->queue[w * 64 + (unsigned int)__builtin_ctzll(left)].stimuli++;
}

/*
 * A vCPU's first sign of life, and its first entry: it may have been powered off.
 * What follows is exempt from the window, as what follows a sleep.
 */
static bool is_start(struct stream *s, struct slot *slot)
{
	struct queue *q = &s->queue[slot->actor];
	bool start = !q->last;

	if (slot->rec.kind == REC_ENTRY) {
		start |= !q->entered && !q->slept;
		q->entered = true;
	}
	slot->patient = start || q->slept;
	q->slept = slot->rec.kind == REC_WFI;
	return start;
}

/*
 * Tie an injection from outside to its target's last record, and a vCPU's
 * start (and an injection for nobody in particular) to the latest
 * record of any vCPU. Seldom is a record taken up before its actor's next one is read,
 * so as a rule the anchor of what is being read now has not been taken up yet.
 */
static void anchor(struct stream *s, struct slot *slot, uint32_t target)
{
	bool is_vcpu = slot->actor < s->c.nr_vcpus;
	uint64_t last = s->last_vcpu;
	const struct place *a;

	slot->anchored = false;
	slot->patient = false;
	slot->anchor_ps = slot->floor_ps;
	slot->anchor_ns = slot->rec.time_ns;
	if (is_vcpu && !is_start(s, slot))
		return;
	if (!is_vcpu && target < s->c.nr_vcpus && s->queue[target].last) {
		last = s->queue[target].last;
		if (!s->queue[target].head) { /* however long ago */
			slot->anchor_ps = s->queue[target].done_ps;
			slot->anchor_ns = s->queue[target].done_ns;
			return;
		}
	}
	if (!last) {
		slot->anchor_ns = 0;
		return;
	}
	a = place_of(s, last - 1);
	if (!a) /* only after a forced wake-up */
		return;
	slot->anchor_ns = a->time_ns;
	if (!a->slot) {
		slot->anchor_ps = a->consumed_ps;
		return;
	}
	slot->anchored = true;
	slot->next_dep = a->slot->first_dep;
	a->slot->first_dep = slot;
}

static void enqueue(struct stream *s, struct slot *slot)
{
	struct queue *q = &s->queue[slot->actor];

	if (q->tail)
		q->tail->next = slot;
	else
		q->head = slot;
	q->tail = slot;
	q->last = slot->pos + 1;
	if (slot->actor < s->c.nr_vcpus)
		s->last_vcpu = slot->pos + 1;
	slot->stimuli = q->stimuli;
}

enum fill { FILL_DONE, FILL_FULL, FILL_END };

static void take_in(struct stream *s, const struct infer_item *item)
{
	uint64_t pos = s->read++;
	struct place *p = s->next_place;
	struct slot *slot = slot_get(s);
	struct queue *q;

	if (++s->next_place == s->place + s->c.window)
		s->next_place = s->place;
	/* What is exempt has not held this one up. */
	if (!p->patient && p->consumed_ps > s->floor_ps)
		s->floor_ps = p->consumed_ps;
	*p = (struct place){ .slot = slot, .time_ns = item->rec.time_ns };
	slot->rec = item->rec;
	slot->pos = pos;
	slot->place = p;
	slot->next = slot->first_dep = slot->next_dep = NULL;
	slot->floor_ps = s->floor_ps;
	slot->has_annot = item->annot;
	if (item->annot)
		s->annot[slot - s->slot] = *item->annot;
	slot->actor = actor_of(s, &item->rec, &slot->in_irq);
	slot->target = target_of(s, &item->rec);
	anchor(s, slot, slot->target);
	enqueue(s, slot);
	count_stimuli(s, item, slot->target);
	/* Others may run from here on, and read: nothing of @slot or @item after it. */
	q = &s->queue[slot->actor];
	if (!q->waits || !s->machine)
		return;
	q->waits = false;
	if (slot->actor < s->c.nr_vcpus) {
		s->nr_expect--;
		s->c.expected(s->c.priv, slot->actor, slot);
	} else {
		cpu_wake(machine_cpu(s->machine, slot->actor), VT_ZERO);
	}
}

/* The next record as infer.c has it; the first ones are looked at by head.c. */
static int read_seen(struct stream *s, const struct infer_item **item)
{
	int rc = s->ahead ? ahead_next(s->ahead, item, &s->end_err)
			  : infer_next(s->infer, item, &s->end_err);

	if (rc <= 0 || !s->evidence)
		return rc;
	if (stream_head_see(&s->head, s->routing.gicd, &(*item)->rec, &s->end_err))
		return ERR_NOMEM;
	s->evidence -= has_effect(&(*item)->rec);
	if (!s->evidence)
		s->head.has_lrs = infer_has_lrs(s->infer);
	return rc;
}

static int read_item(struct stream *s, const struct infer_item **item)
{
	struct early *e;

	if (s->early_at < s->nr_early) {
		e = &s->early[s->early_at++];
		if (e->item.annot)
			e->item.annot = &e->annot;
		*item = &e->item;
		return 1;
	}
	if (s->early) {
		free(s->early);
		s->early = NULL;
		s->nr_early = s->early_at = 0;
	}
	return s->early_rc > 0 ? read_seen(s, item) : s->early_rc;
}

/* The window is full, and less has been looked at than is to be. */
static int read_early(struct stream *s)
{
	const struct infer_item *item;
	struct early *e;

	while (s->evidence) {
		s->early_rc = read_seen(s, &item);
		if (s->early_rc <= 0)
			return s->early_rc == ERR_NOMEM ? ERR_NOMEM : 0;
		if (!(s->nr_early & (s->nr_early - 1))) { /* as large as the power of two it was */
			e = realloc(s->early, (s->nr_early ? 2 * s->nr_early : 1) * sizeof(*e));
			if (!e)
				return err_set(&s->end_err, ERR_NOMEM,
					       "out of memory for the first records");
			s->early = e;
		}
		e = &s->early[s->nr_early++];
		e->item = *item;
		if (item->annot)
			e->annot = *item->annot;
	}
	return 0;
}

static enum fill fill_one(struct stream *s)
{
	const struct infer_item *item;
	const struct trace_rec *r;
	int rc;

	for (;;) {
		if (s->ended)
			return FILL_END;
		if (window_is_full(s))
			return FILL_FULL;
		rc = read_item(s, &item);
		if (rc <= 0) {
			/* Others that wait do so for ever: when this was found out is nothing to
			 * them. */
			s->ended = true;
			s->end_rc = rc;
			return FILL_END;
		}
		r = &item->rec;
		if (r->time_ns > STREAM_MAX_NS) {
			s->ended = true;
			s->end_rc = err_set(&s->end_err, ERR_INPUT,
					    "%s: record %u: time: want at most %llu s, which a "
					    "replay may span, have %llu s",
					    trace_name(s->c.reader), r->seq,
					    STREAM_MAX_NS / 1000000000ull,
					    (unsigned long long)r->time_ns / 1000000000ull);
			return FILL_END;
		}
		s->last_ns = r->time_ns;
		metrics_count(s->c.metrics, MC_RECORDS, 1);
		routing_see(&s->routing, r);
		if (r->kind == REC_LOST)
			s->nr_lost += r->d.lost.n;
		follow_thread(s, r);
		if (!has_effect(r))
			continue;
		if (r->ctx == CTX_VCPU && r->ctx_id >= s->c.nr_vcpus)
			continue; /* the reader refuses these */
		take_in(s, item);
		return FILL_DONE;
	}
}

int stream_prime(struct stream *s, struct err *err)
{
	int rc;

	while (fill_one(s) == FILL_DONE)
		;
	rc = s->ended ? s->end_rc : read_early(s);
	if (s->evidence) {
		s->head.has_lrs = infer_has_lrs(s->infer);
		s->evidence = 0;
	}
	/* A trace that is over by now needs no thread; without one it is only slower. */
	if (!s->ended && s->early_rc > 0 && s->c.read_ahead)
		s->ahead = ahead_start(s->infer);
	if (rc == ERR_NOMEM && err)
		*err = s->end_err;
	return rc == ERR_NOMEM ? ERR_NOMEM : 0;
}

/* ---- taking ------------------------------------------------------------ */

/*
 * Three things an actor waits for. Each settles before it looks: from then
 * until it is blocked nobody else runs, so no wake-up can be missed.
 */
static bool has_two(const struct queue *q)
{
	return q->head && q->head->next;
}

/* Its record is the oldest, or put aside: its next is further away than the window. */
static bool waits_for_itself(const struct stream *s, const struct queue *q)
{
	return q->head && s->read - q->head->pos >= s->c.window;
}

static void wait_for_window(struct stream *s, struct plat_cpu *cpu, const struct queue *q)
{
	unsigned int a = cpu_actor(cpu);

	cpu_settle(cpu);
	if (has_two(q) || !window_is_full(s) || waits_for_itself(s, q) || s->ended)
		return;
	s->waiters[a / 64] |= UINT64_C(1) << a % 64;
	s->nr_waiters++;
	if (!s->c.be_guest(s->c.priv, a, VT_NEVER))
		cpu_block(cpu, COMP_SLEEP);
	s->waiters[a / 64] &= ~(UINT64_C(1) << a % 64);
	s->nr_waiters--;
}

static void wait_for_anchor(struct stream *s, struct plat_cpu *cpu, struct slot *slot)
{
	bool clock = s->c.clock && slot->actor >= s->c.nr_vcpus;
	struct vtime due;

	cpu_settle(cpu);
	while (slot->anchored)
		cpu_block(cpu, COMP_SLEEP);
	due = VT_PS(slot->anchor_ps);
	if (clock)
		due = vt_max(due, VT_NS(slot->rec.time_ns));
	else
		due = vt_add(due, VT_NS(slot->rec.time_ns - slot->anchor_ns));
	cpu_idle_until(cpu, due, COMP_SLEEP);
}

static void wait_for_record(struct stream *s, struct plat_cpu *cpu, struct queue *q)
{
	cpu_settle(cpu);
	while (!q->head && !s->ended) {
		q->waits = true;
		cpu_block(cpu, COMP_SLEEP);
	}
}

static void wait_for_floor(struct stream *s, struct plat_cpu *cpu, struct vtime floor)
{
	bool in_guest = s->c.be_guest(s->c.priv, cpu_actor(cpu), floor);

	if (!in_guest) /* a guest knows better whether it has lost time */
		metrics_count(s->c.metrics, MC_WINDOW_STALLS, 1);
	while (in_guest && vt_before(cpu_now(cpu), floor))
		in_guest = s->c.be_guest(s->c.priv, cpu_actor(cpu), floor);
	cpu_idle_until(cpu, floor, COMP_SLEEP);
}

struct slot *stream_next(struct stream *s, struct plat_cpu *cpu)
{
	unsigned int a = cpu_actor(cpu);
	struct queue *q = &s->queue[a];
	struct vtime asked = cpu_now(cpu), floor;
	struct slot *head, *second;

	if (a >= s->c.nr_vcpus) {
		wait_for_record(s, cpu, q);
		if (!q->head)
			return NULL;
		head = q->head;
		wait_for_anchor(s, cpu, head);
		floor = VT_PS(head->floor_ps);
		if (vt_before(cpu_now(cpu), floor)) {
			metrics_count(s->c.metrics, MC_WINDOW_STALLS, 1);
			cpu_idle_until(cpu, floor, COMP_SLEEP);
		}
		return head;
	}
	while (!has_two(q)) {
		enum fill f = fill_one(s);

		if (f == FILL_END || (f == FILL_FULL && (q->forced || waits_for_itself(s, q))))
			break;
		if (f == FILL_FULL)
			wait_for_window(s, cpu, q);
	}
	q->forced = false;
	if (!q->head) { /* when it was told so is nothing to it */
		cpu_rests_since(cpu, asked);
		return NULL;
	}
	head = q->head;
	second = head->next;
	floor = VT_PS(second ? second->floor_ps : s->floor_ps);
	if (head->anchored || head->anchor_ns != head->rec.time_ns)
		wait_for_anchor(s, cpu, head);
	if (vt_before(asked, floor))
		wait_for_floor(s, cpu, floor);
	return head;
}

/* Some vCPU sleeps until it is known what ends that: read on as soon as there is room. */
static void read_expected(struct stream *s)
{
	while (s->nr_expect && fill_one(s) == FILL_DONE)
		;
}

void stream_expect(struct stream *s, unsigned int vcpu)
{
	s->queue[vcpu].waits = true;
	s->nr_expect++;
}

struct slot *stream_after(struct stream *s, const struct slot *slot)
{
	return slot->next;
}

static void wake_waiters(struct stream *s, struct vtime at)
{
	for (unsigned int w = 0; w < sizeof(s->waiters) / sizeof(s->waiters[0]); w++) {
		/* Each once: who runs meanwhile may have to wait again. */
		uint64_t now = s->waiters[w];

		s->waiters[w] = 0;
		for (; now; now &= now - 1)
			cpu_wake(machine_cpu(s->machine,
					     w * 64 + (unsigned int)__builtin_ctzll(now)),
				 at);
	}
}

/*
 * Waking somebody may let others run first, and those may take and read
 * records: everything is in order before the first wake-up, and nothing of
 * @slot is used after it.
 */
void stream_consume(struct stream *s, struct plat_cpu *cpu)
{
	struct queue *q = &s->queue[cpu_actor(cpu)];
	struct slot *slot, *dep;
	struct place *p;
	struct vtime now;

	cpu_settle(cpu);
	slot = q->head;
	now = cpu_now(cpu);
	p = slot->place;
	p->slot = NULL;
	p->consumed_ps = now.ps;
	p->patient = slot->patient;
	q->done_ps = now.ps;
	q->done_ns = slot->rec.time_ns;
	q->head = slot->next;
	if (!q->head)
		q->tail = NULL;
	dep = slot->first_dep;
	slot_put(s, slot);
	while (dep) {
		struct slot *next = dep->next_dep;

		dep->anchored = false;
		dep->anchor_ps = now.ps;
		/* It may be waiting for just this; it works out its own time. */
		if (s->queue[dep->actor].head == dep)
			cpu_wake(machine_cpu(s->machine, dep->actor), now);
		dep = next;
	}
	if (s->nr_waiters && !window_is_full(s))
		wake_waiters(s, now);
	if (s->nr_expect)
		read_expected(s);
}

int stream_force(struct stream *s)
{
	uint64_t oldest = UINT64_MAX;
	int owner = -1;

	for (unsigned int v = 0; v < s->c.nr_vcpus; v++) {
		if (s->queue[v].head && s->queue[v].head->pos < oldest) {
			oldest = s->queue[v].head->pos;
			owner = (int)v;
		}
	}
	if (owner < 0 || s->queue[owner].forced) /* that did not help */
		return -1;
	s->queue[owner].forced = true;
	return owner;
}
