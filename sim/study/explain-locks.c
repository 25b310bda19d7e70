// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whom a wait for a lock was spent on. A lock is told at its release, so whoever held it
 * during a wait has been told before the waiter. Holds are kept only while somebody
 * may still be waiting: an acquisition that met nobody forgets those before it.
 *
 * First come, first served, a waiter has each other actor before it at most once; so
 * many holds are kept. With test-and-set locks it may be overtaken more often: what
 * is longer ago is then told as such.
 */
#include <stdlib.h>
#include <string.h>

#include "explain.h"

#define KEPT_HOLDS 1024 /* as many as a machine has actors */

struct one_lock {
	uint32_t id;
	uint32_t nr, room;
	bool used;
	bool forgot; /* holds of this row of waits */
	struct explain_hold *hold;
};

struct explain_locks {
	struct one_lock *table;
	size_t nr, size; /* a power of two */
};

struct explain_locks *explain_locks_create(void)
{
	return calloc(1, sizeof(struct explain_locks));
}

void explain_locks_destroy(struct explain_locks *locks)
{
	if (!locks)
		return;
	for (size_t i = 0; i < locks->size; i++)
		free(locks->table[i].hold);
	free(locks->table);
	free(locks);
}

static size_t place(uint32_t id, size_t size)
{
	return (id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (size - 1);
}

static struct one_lock *find(struct one_lock *table, size_t size, uint32_t id)
{
	size_t i = place(id, size);

	while (table[i].used && table[i].id != id)
		i = (i + 1) & (size - 1);
	return &table[i];
}

static bool grow(struct explain_locks *locks)
{
	size_t size = locks->size ? 2 * locks->size : 64;
	struct one_lock *table = calloc(size, sizeof(*table));

	if (!table)
		return false;
	for (size_t i = 0; i < locks->size; i++) {
		const struct one_lock *l = &locks->table[i];

		if (l->used)
			*find(table, size, l->id) = *l;
	}
	free(locks->table);
	locks->table = table;
	locks->size = size;
	return true;
}

static struct one_lock *lock_of(struct explain_locks *locks, const struct lock_event *ev)
{
	struct one_lock *l;

	if (2 * (locks->nr + 1) > locks->size && !grow(locks))
		return NULL;
	l = find(locks->table, locks->size, ev->id);
	if (!l->used) {
		l->used = true;
		l->id = ev->id;
		locks->nr++;
	}
	return l;
}

static bool keep(struct one_lock *l, const struct lock_event *ev)
{
	if (l->nr == KEPT_HOLDS) {
		memmove(l->hold, l->hold + KEPT_HOLDS / 2, KEPT_HOLDS / 2 * sizeof(*l->hold));
		l->nr = KEPT_HOLDS / 2;
		l->forgot = true;
	}
	if (l->nr == l->room) {
		uint32_t room = l->room ? 2 * l->room : 1;
		struct explain_hold *grown = reallocarray(l->hold, room, sizeof(*grown));

		if (!grown)
			return false;
		l->hold = grown;
		l->room = room;
	}
	l->hold[l->nr++] = (struct explain_hold){ ev->cpu, ev->site, ev->got.ps, ev->released.ps };
	return true;
}

/* The first hold that was released after @t_ps. */
static uint32_t after(const struct one_lock *l, uint64_t t_ps)
{
	uint32_t first = 0, end = l->nr;

	while (first < end) {
		uint32_t middle = first + (end - first) / 2;

		if (l->hold[middle].released_ps > t_ps)
			end = middle;
		else
			first = middle + 1;
	}
	return first;
}

bool explain_locks_event(struct explain_locks *locks, const struct lock_event *ev,
			 void (*fn)(void *priv, const struct explain_hold *holder, bool early,
				    uint64_t ps),
			 void *priv, struct explain_hold *before)
{
	struct one_lock *l = lock_of(locks, ev);
	uint64_t t = ev->asked.ps;

	if (!l)
		return false;
	memset(before, 0, sizeof(*before));
	if (l->nr)
		*before = l->hold[l->nr - 1];
	for (uint32_t i = after(l, t); fn && t < ev->got.ps && i < l->nr; i++) {
		const struct explain_hold *h = &l->hold[i];

		if (h->got_ps > t) {
			fn(priv, NULL, !i && l->forgot, h->got_ps - t);
			t = h->got_ps;
		}
		fn(priv, h, false, h->released_ps - t);
		t = h->released_ps;
	}
	if (fn && t < ev->got.ps)
		fn(priv, NULL, false, ev->got.ps - t);
	if (!ev->contended) {
		l->nr = 0;
		l->forgot = false;
	}
	return keep(l, ev);
}
