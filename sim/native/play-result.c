// SPDX-License-Identifier: GPL-2.0-or-later
/* What was counted, summed over actors and runs. */
#include <stdlib.h>
#include <string.h>

#include "player.h"

struct play_class *play_class(struct play_result *r, const char *name)
{
	struct play_class *c = r->class;

	for (; c < r->class + r->nr_classes; c++)
		if (!strcmp(c->name, name))
			return c;
	if (r->nr_classes == PLAY_MAX_CLASSES)
		return NULL;
	r->nr_classes++;
	memset(c, 0, sizeof(*c));
	strncpy(c->name, name, sizeof(c->name) - 1);
	hist_init(&c->wait);
	hist_init(&c->hold);
	return c;
}

void play_result_fini(struct play_result *r)
{
	for (unsigned int i = 0; i < r->nr_classes; i++) {
		hist_fini(&r->class[i].wait);
		hist_fini(&r->class[i].hold);
	}
	r->nr_classes = 0;
}

void play_counts_add(struct play_counts *into, const struct play_counts *from)
{
	into->entries += from->entries;
	into->given_up += from->given_up;
	into->kicked_out += from->kicked_out;
	into->injections += from->injections;
	into->mmio += from->mmio;
	into->sgis += from->sgis;
	into->wfis += from->wfis;
	into->unsupported += from->unsupported;
	into->taken += from->taken;
	into->ended += from->ended;
	into->deviations += from->deviations;
	for (unsigned int i = 0; i < PLAT_NR_COUNTERS; i++)
		into->counter[i] += from->counter[i];
	for (unsigned int i = 0; i <= PLAT_KICK_IPI; i++)
		into->kicks[i] += from->kicks[i];
	into->lrs_hash = play_mix(into->lrs_hash, from->lrs_hash);
	into->taken_hash = play_mix(into->taken_hash, from->taken_hash);
	into->read_hash = play_mix(into->read_hash, from->read_hash);
}

bool play_result_merge(struct play_result *into, const struct play_result *from)
{
	bool ok = true;

	into->preempted += from->preempted;
	play_counts_add(&into->counts, &from->counts);
	for (unsigned int i = 0; i < from->nr_classes; i++) {
		const struct play_class *f = &from->class[i];
		struct play_class *c = play_class(into, f->name);

		if (!c)
			return false;
		c->acquired += f->acquired;
		c->contended += f->contended;
		ok = ok && hist_merge(&c->wait, &f->wait) && hist_merge(&c->hold, &f->hold);
	}
	if (from->elapsed_ps > into->elapsed_ps)
		into->elapsed_ps = from->elapsed_ps;
	return ok;
}

void play_job_fini(struct play_job *job)
{
	for (unsigned int a = 0; job->own && a < job->nr_actors; a++)
		free(job->own[a]);
	free(job->own);
	free(job->nr_own);
	free(job->op);
	free(job->state);
	memset(job, 0, sizeof(*job));
}
