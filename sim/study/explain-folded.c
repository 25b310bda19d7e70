// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Accounts as folded stacks, which flamegraph.pl, inferno and speedscope read. Lock wait
 * goes down to the lock's class and the place that waits. What threads wait for the trace is
 * left out: it is nobody's cost.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"

/* Of two runs, or of one: then @b is NULL and one count is written. */
struct folding {
	FILE *f;
	const struct explain_run *a, *b;
	unsigned int actor, kind, phase;
};

static const struct explain_actor *actor(const struct explain_run *run, unsigned int i)
{
	return run && i < run->nr_actors ? run->actor[i] : NULL;
}

static void frames(const struct folding *on, const char *component)
{
	if (!on->b)
		fprintf(on->f, "%s;", on->a->design->name);
	if (on->actor < on->a->nr_vcpus)
		fprintf(on->f, "vcpu%u;", on->actor);
	else
		fprintf(on->f, "thread%u;", on->actor - on->a->nr_vcpus);
	if (on->phase == PHASE_GUEST) {
		fputs(component, on->f);
		return;
	}
	fputs("host;", on->f);
	if (on->actor < on->a->nr_vcpus)
		fprintf(on->f, "%s;", explain_kind_name(on->kind));
	if (on->phase == PHASE_TIMER)
		fprintf(on->f, "%s;", phase_names[PHASE_EXIT]);
	fprintf(on->f, "%s;%s", phase_names[on->phase], component);
}

static void counts(const struct folding *on, uint64_t a, uint64_t b)
{
	fprintf(on->f, " %" PRIu64, a);
	if (on->b)
		fprintf(on->f, " %" PRIu64, b);
	fputc('\n', on->f);
}

static uint64_t cell(const struct explain_run *run, const struct folding *on, unsigned int c)
{
	const struct explain_actor *x = actor(run, on->actor);

	return x ? x->ps[on->kind][on->phase][c] : 0;
}

static bool here(const struct folding *on, const struct explain_lock_wait *w)
{
	return w->kind == on->kind && w->phase == on->phase && w->ps;
}

/* What @x waited in the same class at the same place; two designs may share code. */
static uint64_t same(const struct explain_actor *x, const struct folding *on,
		     const struct explain_lock_wait *w)
{
	uint64_t ps = 0;

	for (unsigned int i = 0; x && i < x->nr_waits; i++) {
		const struct explain_lock_wait *v = &x->wait[i];

		if (here(on, v) && !strcmp(v->class, w->class) &&
		    explain_same_site(v->site, w->site))
			ps += v->ps;
	}
	return ps;
}

/* Has one before it in the list told for this one, too? */
static bool told(const struct explain_actor *x, const struct folding *on, unsigned int i)
{
	for (unsigned int k = 0; k < i; k++) {
		const struct explain_lock_wait *v = &x->wait[k], *w = &x->wait[i];

		if (here(on, v) && !strcmp(v->class, w->class) &&
		    explain_same_site(v->site, w->site))
			return true;
	}
	return false;
}

/* By class and place; what no lock tells (a run that broke off holding one), without. */
static void lock_wait(const struct folding *on)
{
	const struct explain_actor *a = actor(on->a, on->actor), *b = actor(on->b, on->actor);
	uint64_t left_a = cell(on->a, on, COMP_LOCK_WAIT), left_b = cell(on->b, on, COMP_LOCK_WAIT);
	const struct explain_actor *const of[] = { a, b };
	char frame[160];

	for (unsigned int k = 0; k < 2; k++) {
		for (unsigned int i = 0; of[k] && i < of[k]->nr_waits; i++) {
			const struct explain_lock_wait *w = &of[k]->wait[i];
			uint64_t pa = same(a, on, w), pb = same(b, on, w);

			if (!here(on, w) || told(of[k], on, i) || (k && pa))
				continue;
			snprintf(frame, sizeof(frame), "%s;%s;%s:%d",
				 component_names[COMP_LOCK_WAIT], w->class, w->site->func,
				 w->site->line);
			frames(on, frame);
			counts(on, pa, pb);
			left_a -= pa;
			left_b -= pb;
		}
	}
	if (left_a || left_b) {
		frames(on, component_names[COMP_LOCK_WAIT]);
		counts(on, left_a, left_b);
	}
}

static void fold(struct folding *on)
{
	for (on->kind = 0; on->kind < EXPLAIN_KINDS; on->kind++) {
		for (on->phase = 0; on->phase < PHASE_NR; on->phase++) {
			for (unsigned int c = 0; c < COMP_NR && on->phase != PHASE_WAIT; c++) {
				uint64_t a = cell(on->a, on, c), b = cell(on->b, on, c);

				if (!a && !b)
					continue;
				if (c == COMP_LOCK_WAIT) {
					lock_wait(on);
					continue;
				}
				frames(on, component_names[c]);
				counts(on, a, b);
			}
		}
	}
}

void explain_folded(FILE *f, const struct explain_run *run)
{
	struct folding on = { .f = f, .a = run };

	for (on.actor = 0; on.actor < run->nr_actors; on.actor++)
		fold(&on);
}

void explain_folded_diff(FILE *f, const struct explain_run *a, const struct explain_run *b)
{
	struct folding on = { .f = f, .a = a, .b = b };

	for (on.actor = 0; on.actor < a->nr_actors || on.actor < b->nr_actors; on.actor++)
		fold(&on);
}
