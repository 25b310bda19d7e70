// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Telling what happens, in order: see events.h.
 *
 * Actors reach this with clocks of their own, so events wait in a heap until an
 * actor that has just settled says that nobody can be earlier any more.
 */
#include "events.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

const char *const phase_names[PHASE_NR] = {
	[PHASE_GUEST] = "guest",
	[PHASE_EXIT] = "exit and sync",
	[PHASE_TIMER] = "timer line",
	[PHASE_HOST] = "handling",
	[PHASE_MMIO] = "mmio",
	[PHASE_SYSREG] = "sysreg",
	[PHASE_HVC] = "hvc",
	[PHASE_WFI] = "wfi",
	[PHASE_INJECT] = "inject",
	[PHASE_ENTRY] = "flush and entry",
	[PHASE_WAIT] = "wait for the trace",
};

struct pending {
	uint64_t t_ps, seq;
	struct replay_event *ev;
};

struct run_log {
	const struct replay_options *o;
	struct run *run;
	struct pending *heap;
	size_t nr, room;
	uint64_t seq;
	uint64_t (*spent)[COMP_NR]; /* [actor]: its accounts at its last EV_PHASE */
	bool *sending;		    /* [actor] */
	bool failed;		    /* out of memory, or the file took no more */
};

struct run_log *run_log_create(struct run *r)
{
	struct run_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->run = r;
	log->o = r->o;
	log->spent = calloc(r->nr_vcpus + r->nr_others, sizeof(*log->spent));
	log->sending = calloc(r->nr_vcpus + r->nr_others, sizeof(*log->sending));
	if (!log->spent || !log->sending) {
		free(log->spent);
		free(log->sending);
		free(log);
		return NULL;
	}
	return log;
}

static bool earlier(const struct pending *a, const struct pending *b)
{
	return a->t_ps != b->t_ps ? a->t_ps < b->t_ps : a->seq < b->seq;
}

static void sift_down(struct run_log *log)
{
	size_t i = 0;

	for (;;) {
		size_t c = 2 * i + 1;
		struct pending t;

		if (c >= log->nr)
			return;
		if (c + 1 < log->nr && earlier(&log->heap[c + 1], &log->heap[c]))
			c++;
		if (!earlier(&log->heap[c], &log->heap[i]))
			return;
		t = log->heap[c];
		log->heap[c] = log->heap[i];
		log->heap[i] = t;
		i = c;
	}
}

static void tell_until(struct run_log *log, uint64_t t_ps)
{
	while (log->nr && log->heap[0].t_ps <= t_ps) {
		struct replay_event *ev = log->heap[0].ev;

		log->heap[0] = log->heap[--log->nr];
		sift_down(log);
		if (log->o->log && !log_line(log->run, log->o->log, ev))
			log->failed = true;
		if (log->o->watch)
			log->o->watch(log->o->watch_priv, ev);
		free(ev);
	}
}

/* Of the union only the first @bytes are kept. */
static void add(struct run_log *log, const struct replay_event *what, size_t bytes)
{
	struct pending p = { .t_ps = what->t_ps, .seq = log->seq++ };
	size_t i;

	if (log->nr == log->room) {
		size_t room = log->room ? 2 * log->room : 256;
		struct pending *grown = reallocarray(log->heap, room, sizeof(*grown));

		if (!grown) {
			log->failed = true;
			return;
		}
		log->heap = grown;
		log->room = room;
	}
	p.ev = malloc(sizeof(*p.ev));
	if (!p.ev) {
		log->failed = true;
		return;
	}
	memcpy(p.ev, what, offsetof(struct replay_event, u) + bytes);
	for (i = log->nr++; i && earlier(&p, &log->heap[(i - 1) / 2]); i = (i - 1) / 2)
		log->heap[i] = log->heap[(i - 1) / 2];
	log->heap[i] = p;
}

#define ADD(log, ev, member) add(log, ev, sizeof((ev)->u.member))

int run_log_destroy(struct run_log *log, struct err *err)
{
	int rc = 0;

	if (!log)
		return 0;
	tell_until(log, UINT64_MAX);
	if ((log->o->log && fflush(log->o->log)) || log->failed)
		rc = err_set(err, ERR_OUTPUT, "log: %s", errno ? strerror(errno) : "write failed");
	free(log->heap);
	free(log->spent);
	free(log->sending);
	free(log);
	return rc;
}

/* On an actor's own stack: wait for everybody earlier, tell what is due. */
static struct run_log *settled(struct run *r, struct plat_cpu *cpu)
{
	if (!r->log)
		return NULL;
	cpu_settle(cpu);
	tell_until(r->log, cpu_now(cpu).ps - (cpu_now(cpu).ps > 0));
	return r->log;
}

static struct replay_event event(struct plat_cpu *cpu, enum replay_event_kind kind)
{
	struct replay_event ev;

	ev.t_ps = cpu_now(cpu).ps;
	ev.kind = kind;
	ev.actor = cpu_actor(cpu);
	return ev;
}

static void add_bare(struct run *r, struct plat_cpu *cpu, enum replay_event_kind kind)
{
	struct run_log *log = settled(r, cpu);
	struct replay_event ev;

	if (!log)
		return;
	ev = event(cpu, kind);
	add(log, &ev, 0);
}

/* ---- phases ---------------------------------------------------------------- */

void(log_phase)(struct run *r, struct plat_cpu *cpu, enum replay_phase begins)
{
	struct replay_event ev;

	if (!r->log || !r->o->watch)
		return;
	ev = event(cpu, EV_PHASE);
	ev.u.phase.begins = begins;
	run_accounts_since(cpu, r->log->spent[ev.actor], ev.u.phase.spent);
	run_accounts_take(cpu, r->log->spent[ev.actor]);
	ADD(r->log, &ev, phase);
}

void(log_record)(struct run *r, struct plat_cpu *cpu, const struct trace_rec *rec)
{
	struct replay_event ev;

	if (!r->log || !r->o->watch)
		return;
	ev = event(cpu, EV_RECORD);
	ev.u.record.seq = rec->seq;
	ev.u.record.kind = rec->kind;
	ADD(r->log, &ev, record);
}

void log_finish(struct run *r)
{
	for (unsigned int i = 0; r->log && i < r->nr_vcpus + r->nr_others; i++)
		log_phase(r, machine_cpu(r->machine, i), i < r->nr_vcpus ? PHASE_HOST : PHASE_WAIT);
}

/* ---- vCPUs ------------------------------------------------------------------- */

static void add_lrs(struct run_log *log, struct vcpu *v, struct replay_event *ev)
{
	ev->u.lrs.underflow = vif_hcr(v->cpu) & GICH_HCR_UIE;
	ev->u.lrs.nr = v->run->nr_lrs;
	for (unsigned int i = 0; i < v->run->nr_lrs; i++)
		ev->u.lrs.word[i] = vif_lr(v->cpu, i);
	add(log, ev,
	    offsetof(struct replay_event, u.lrs.word[v->run->nr_lrs]) -
		    offsetof(struct replay_event, u));
}

void(log_entry)(struct vcpu *v)
{
	struct run_log *log = settled(v->run, v->cpu);
	struct replay_event ev;

	if (!log)
		return;
	log_phase(v->run, v->cpu, PHASE_GUEST);
	ev = event(v->cpu, EV_ENTRY);
	add_lrs(log, v, &ev);
}

void(log_exit)(struct vcpu *v, enum exit_kind kind)
{
	struct run_log *log = settled(v->run, v->cpu);
	struct replay_event ev;

	if (!log)
		return;
	log_phase(v->run, v->cpu, PHASE_EXIT);
	ev = event(v->cpu, EV_EXIT);
	ev.u.lrs.why = kind;
	add_lrs(log, v, &ev);
}

void(log_guest)(struct vcpu *v, enum replay_event_kind kind, uint32_t irq, uint32_t src)
{
	struct run_log *log = settled(v->run, v->cpu);
	struct replay_event ev;

	if (!log)
		return;
	ev = event(v->cpu, kind);
	ev.u.guest.irq = irq;
	ev.u.guest.src = src;
	ADD(log, &ev, guest);
}

void(log_mmio)(struct vcpu *v, const struct trace_rec *rec, uint64_t val, bool mine)
{
	struct run_log *log = settled(v->run, v->cpu);
	struct replay_event ev;

	if (!log)
		return;
	ev = event(v->cpu, EV_MMIO);
	ev.u.mmio.write = rec->d.mmio.write;
	ev.u.mmio.gpa = rec->d.mmio.gpa;
	ev.u.mmio.len = rec->d.mmio.len;
	ev.u.mmio.val = val;
	ev.u.mmio.vgic = mine;
	ADD(log, &ev, mmio);
}

void(log_flush)(struct vcpu *v)
{
	add_bare(v->run, v->cpu, EV_FLUSH);
}

void(log_sleep)(struct vcpu *v)
{
	add_bare(v->run, v->cpu, EV_SLEEP);
}

void(log_wake)(struct vcpu *v)
{
	add_bare(v->run, v->cpu, EV_WAKE);
}

/* ---- sending ------------------------------------------------------------------ */

/* The design decides what becomes of the targets. */
void(log_sgi)(struct vcpu *v, unsigned int sgi, const uint64_t *target)
{
	struct run_log *log = settled(v->run, v->cpu);
	struct replay_event ev;

	if (!log)
		return;
	ev = event(v->cpu, EV_SGI);
	ev.u.sgi.irq = sgi;
	memcpy(ev.u.sgi.target, target, sizeof(ev.u.sgi.target));
	log->sending[ev.actor] = true;
	ADD(log, &ev, sgi);
}

void(log_inject)(struct run *r, struct plat_cpu *cpu, const struct trace_rec *rec)
{
	struct run_log *log = settled(r, cpu);
	struct replay_event ev;

	if (!log)
		return;
	ev = event(cpu, EV_INJECT);
	ev.u.inject.irq = rec->d.inject.irq;
	ev.u.inject.level = rec->d.inject.level;
	ev.u.inject.vcpu = rec->d.inject.vcpu;
	log->sending[ev.actor] = true;
	ADD(log, &ev, inject);
}

void(log_send)(struct run *r, struct plat_cpu *cpu, uint32_t record, struct delivery_irq id,
	       struct vtime since)
{
	struct run_log *log = r->o->watch ? settled(r, cpu) : NULL;
	struct replay_event ev;

	if (!log)
		return;
	ev = event(cpu, EV_SEND);
	ev.u.send.record = record;
	ev.u.send.irq = id.irq;
	ev.u.send.vcpu = id.vcpu;
	ev.u.send.src = id.src;
	ev.u.send.since_ps = since.ps;
	log->sending[ev.actor] = true;
	ADD(log, &ev, send);
}

void(log_sent)(struct run *r, struct plat_cpu *cpu, bool changed)
{
	struct run_log *log = settled(r, cpu);
	struct replay_event ev;

	if (!log || !log->sending[cpu_actor(cpu)])
		return;
	ev = event(cpu, EV_SENT);
	log->sending[ev.actor] = false;
	ev.u.sent.changed = changed;
	ADD(log, &ev, sent);
}

/* ---- what the machine tells --------------------------------------------------- */

void(log_kick)(struct run *r, unsigned int by, unsigned int vcpu, enum plat_kicked result,
	       struct vtime at)
{
	struct replay_event ev;

	if (!r->log)
		return;
	ev.t_ps = at.ps;
	ev.kind = EV_KICK;
	ev.actor = by;
	ev.u.kick.vcpu = vcpu;
	ev.u.kick.result = result;
	ev.u.kick.state = vcpu_state(machine_cpu(r->machine, vcpu));
	ADD(r->log, &ev, kick);
}

void(log_ipi)(struct run *r, unsigned int actor, struct vtime at, bool in_guest)
{
	struct replay_event ev;

	if (!r->log)
		return;
	ev.t_ps = at.ps;
	ev.kind = EV_IPI;
	ev.actor = actor;
	ev.u.ipi.in_guest = in_guest;
	ADD(r->log, &ev, ipi);
}

void(log_note)(struct run *r, unsigned int actor, const char *what)
{
	struct replay_event ev;

	if (!r->log)
		return;
	ev = event(machine_cpu(r->machine, actor), EV_NOTE);
	ev.u.note.what = what;
	ADD(r->log, &ev, note);
}

void(log_lock)(struct run *r, const struct lock_event *lock)
{
	struct replay_event ev;

	if (!r->log)
		return;
	ev.t_ps = lock->released.ps;
	ev.kind = EV_LOCK;
	ev.actor = lock->cpu;
	ev.u.lock = *lock;
	ADD(r->log, &ev, lock);
}
