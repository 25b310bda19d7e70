// SPDX-License-Identifier: GPL-2.0-or-later
/* The accounts of one run, by actor, exit kind, phase and component. See explain.h. */
#include "explain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "metrics-data.h"

const char *explain_kind_name(unsigned int kind)
{
	return kind < XK_NR ? exit_kind_names[kind] : "start";
}

struct explain_text explain_actor_text(const struct explain_run *run, uint32_t actor)
{
	struct explain_text t;

	if (actor < run->nr_vcpus)
		snprintf(t.s, sizeof(t.s), "vCPU %u", actor);
	else
		snprintf(t.s, sizeof(t.s), "thread %u", actor - run->nr_vcpus);
	return t;
}

static struct explain_actor *actor_of(struct explain_run *run, unsigned int actor)
{
	struct explain_actor *a;

	if (actor >= run->nr_actors) {
		unsigned int nr = actor + 64;
		struct explain_actor **grown = reallocarray(run->actor, nr, sizeof(*grown));

		if (!grown)
			goto no_memory;
		memset(grown + run->nr_actors, 0, (nr - run->nr_actors) * sizeof(*grown));
		run->actor = grown;
		run->nr_actors = nr;
	}
	if (run->actor[actor])
		return run->actor[actor];
	a = calloc(1, sizeof(*a));
	if (!a)
		goto no_memory;
	a->kind = EXPLAIN_START;
	a->phase = actor < run->nr_vcpus ? PHASE_HOST : PHASE_WAIT;
	run->actor[actor] = a;
	return a;
no_memory:
	run->no_memory = true;
	return NULL;
}

static void on_phase(struct explain_run *run, const struct replay_event *ev)
{
	struct explain_actor *a = actor_of(run, ev->actor);
	uint64_t *ps;

	if (!a)
		return;
	ps = a->ps[a->phase == PHASE_GUEST ? EXPLAIN_START : a->kind][a->phase];
	for (unsigned int i = 0; i < COMP_NR; i++) {
		ps[i] += ev->u.phase.spent[i];
		a->total_ps += ev->u.phase.spent[i];
	}
	a->phase = ev->u.phase.begins;
}

/* ---- locks ---------------------------------------------------------------------- */

bool explain_same_site(const struct plat_site *a, const struct plat_site *b)
{
	return a == b || (a && b && a->line == b->line && !strcmp(a->func, b->func));
}

static void wait_in(struct explain_run *run, const struct lock_event *ev)
{
	struct explain_actor *a = actor_of(run, ev->cpu);
	uint64_t ps = vt_since(ev->got, ev->asked).ps;
	struct explain_lock_wait *w, *grown;

	if (!a)
		return;
	for (unsigned int i = 0; i < a->nr_waits; i++) {
		w = &a->wait[i];
		if (explain_same_site(w->site, ev->site) && w->kind == a->kind &&
		    w->phase == a->phase && w->class == ev->class->name)
			goto found;
	}
	if (!(a->nr_waits & (a->nr_waits - 1))) {
		grown = reallocarray(a->wait, a->nr_waits ? 2 * a->nr_waits : 1, sizeof(*grown));
		if (!grown) {
			run->no_memory = true;
			return;
		}
		a->wait = grown;
	}
	w = &a->wait[a->nr_waits++];
	*w = (struct explain_lock_wait){ a->kind, a->phase, ev->class->name, ev->site, 0 };
found:
	w->ps += ps;
}

struct blaming {
	struct explain_run *run;
	const struct lock_event *ev;
};

static void blame(void *priv, const struct explain_hold *holder, bool early, uint64_t ps)
{
	const struct blaming *on = priv;
	struct explain_run *run = on->run;
	const struct plat_site *site = holder ? holder->site : NULL;
	struct explain_blame *b, *grown;

	for (unsigned int i = 0; i < run->nr_blames; i++) {
		b = &run->blame[i];
		if (explain_same_site(b->waiter, on->ev->site) &&
		    explain_same_site(b->holder, site) && b->early == early &&
		    b->class == on->ev->class->name)
			goto found;
	}
	if (!(run->nr_blames & (run->nr_blames - 1))) {
		grown = reallocarray(run->blame, run->nr_blames ? 2 * run->nr_blames : 1,
				     sizeof(*grown));
		if (!grown) {
			run->no_memory = true;
			return;
		}
		run->blame = grown;
	}
	b = &run->blame[run->nr_blames++];
	*b = (struct explain_blame){ on->ev->class->name, on->ev->site, site, early, 0, 0 };
found:
	b->count++;
	b->ps += ps;
}

static void on_lock(struct explain_run *run, const struct replay_event *ev)
{
	struct blaming on = { run, &ev->u.lock };
	struct explain_hold before;

	if (ev->u.lock.got.ps > ev->u.lock.asked.ps)
		wait_in(run, &ev->u.lock);
	if (!explain_locks_event(run->locks, &ev->u.lock, blame, &on, &before))
		run->no_memory = true;
}

/* ---- the run -------------------------------------------------------------------- */

static void on_record(struct explain_mark *m, uint32_t record, uint64_t t_ps, bool last)
{
	if (!m->record || (last ? record > m->record : record < m->record))
		return;
	if (last ? m->t_ps == UINT64_MAX || t_ps > m->t_ps : t_ps < m->t_ps)
		m->t_ps = t_ps;
}

static void watch(void *priv, const struct replay_event *ev)
{
	struct explain_run *run = priv;
	struct explain_actor *a;

	switch (ev->kind) {
	case EV_PHASE:
		on_phase(run, ev);
		break;
	case EV_EXIT:
		a = actor_of(run, ev->actor);
		if (a)
			a->kind = ev->u.lrs.why;
		break;
	case EV_ENTRY:
		a = actor_of(run, ev->actor);
		if (a && !a->has_entered) {
			a->has_entered = true;
			a->first_entry_ps = ev->t_ps;
		}
		break;
	case EV_LOCK:
		on_lock(run, ev);
		break;
	case EV_RECORD:
		on_record(&run->from, ev->u.record.seq, ev->t_ps, false);
		on_record(&run->to, ev->u.record.seq, ev->t_ps, true);
		break;
	default:
		break;
	}
}

static int by_site(const struct plat_site *a, const struct plat_site *b)
{
	int c;

	if (!a || !b)
		return !!b - !!a;
	c = strcmp(a->func, b->func);
	return c ? c : (a->line > b->line) - (a->line < b->line);
}

static int by_blame(const void *x, const void *y)
{
	const struct explain_blame *a = x, *b = y;
	int c = strcmp(a->class, b->class);

	if (!c)
		c = by_site(a->waiter, b->waiter);
	if (!c)
		c = (a->ps < b->ps) - (a->ps > b->ps);
	if (!c)
		c = by_site(a->holder, b->holder);
	return c ? c : a->early - b->early;
}

/* Each vCPU's phases sum to its clock, which ends the run at the latest one. */
static int check_sums(const struct explain_run *run, struct err *err)
{
	const struct replay_result *r = &run->result;
	uint64_t guest = explain_sum(run, EXPLAIN_ANY, EXPLAIN_ANY, EXPLAIN_ANY, COMP_GUEST);
	uint64_t last = 0;

	for (unsigned int v = 0; v < run->nr_vcpus && v < run->nr_actors; v++) {
		uint64_t sum = explain_sum(run, v, EXPLAIN_ANY, EXPLAIN_ANY, EXPLAIN_ANY);

		last = sum > last ? sum : last;
	}
	if (last != r->sim_time.ps || guest != r->guest_time.ps)
		return err_set(err, ERR_INVARIANT,
			       "%s: phases sum to %" PRIu64 " ps, %" PRIu64
			       " of them guest; want %" PRIu64 " and %" PRIu64,
			       run->design->name, last, guest, r->sim_time.ps, r->guest_time.ps);
	return 0;
}

int explain_run(struct explain_run *run, struct trace_reader *reader,
		const struct replay_options *o, bool *truncated, struct err *err)
{
	struct replay_options watched = *o;
	struct err wrong;
	int rc;

	run->design = o->design;
	run->nr_vcpus = trace_meta(reader)->nr_vcpus;
	run->gic = trace_meta(reader)->gic;
	run->from.t_ps = run->to.t_ps = UINT64_MAX;
	run->locks = explain_locks_create();
	if (!run->locks)
		return err_set(err, ERR_NOMEM, "out of memory to explain");
	watched.watch = watch;
	watched.watch_priv = run;
	watched.deliveries = true;
	rc = replay_run(reader, &watched, &run->result, truncated, err);
	if (rc && !*truncated)
		return rc;
	if (run->no_memory || run->result.metrics->out_of_memory) {
		*truncated = false;
		return err_set(err, ERR_NOMEM, "out of memory to explain");
	}
	if (run->nr_blames)
		qsort(run->blame, run->nr_blames, sizeof(*run->blame), by_blame);
	if (check_sums(run, &wrong)) {
		*err = wrong;
		*truncated = false;
		rc = err->code;
	}
	return rc;
}

void explain_run_fini(struct explain_run *run)
{
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		if (run->actor[i])
			free(run->actor[i]->wait);
		free(run->actor[i]);
	}
	free(run->actor);
	free(run->blame);
	explain_locks_destroy(run->locks);
	replay_result_fini(&run->result);
	memset(run, 0, sizeof(*run));
}

unsigned int explain_last(const struct explain_run *run)
{
	unsigned int last = 0;
	uint64_t most = 0;

	for (unsigned int v = 0; v < run->nr_vcpus && v < run->nr_actors; v++) {
		if (run->actor[v] && run->actor[v]->total_ps > most) {
			most = run->actor[v]->total_ps;
			last = v;
		}
	}
	return last;
}

/* @wanted or any of [0, nr). */
static void range(unsigned int wanted, unsigned int nr, unsigned int *first, unsigned int *end)
{
	*first = wanted == EXPLAIN_ANY ? 0 : wanted;
	*end = wanted == EXPLAIN_ANY ? nr : wanted + 1;
}

uint64_t explain_sum(const struct explain_run *run, unsigned int vcpu, unsigned int kind,
		     unsigned int phase, unsigned int comp)
{
	unsigned int v0, v1, k0, k1, p0, p1, c0, c1;
	uint64_t sum = 0;

	range(vcpu, run->nr_vcpus, &v0, &v1);
	range(kind, EXPLAIN_KINDS, &k0, &k1);
	range(phase, PHASE_NR, &p0, &p1);
	range(comp, COMP_NR, &c0, &c1);
	for (unsigned int v = v0; v < v1 && v < run->nr_actors; v++)
		for (unsigned int k = k0; run->actor[v] && k < k1; k++)
			for (unsigned int p = p0; p < p1; p++)
				for (unsigned int c = c0; c < c1; c++)
					sum += run->actor[v]->ps[k][p][c];
	return sum;
}
