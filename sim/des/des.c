// SPDX-License-Identifier: GPL-2.0-or-later
/* The event set, the run loop, and the slow reference beside them. */
#include <stdlib.h>
#include <string.h>

#include "des.h"

static uint64_t des_splitmix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* The first leaf of @nr under tree[@top]. */
static unsigned int des_leaves(unsigned int top, unsigned int nr)
{
	unsigned int width = 1;

	while (width < nr)
		width *= 2;
	return top * width;
}

static unsigned int des_tree_size(unsigned int nr, unsigned int nr_first)
{
	unsigned int first = des_leaves(2, nr_first) + nr_first;
	unsigned int others = des_leaves(3, nr - nr_first) + nr - nr_first;

	/* Down to the sibling of the last leaf, and room for the permutation. */
	return (first > others ? first : others) + 2;
}

struct des *des_create(unsigned int nr, unsigned int nr_first, uint64_t explore, bool reference)
{
	struct des *des;

	if (!nr || nr > DES_MAX_ACTORS || nr_first > nr)
		return NULL;
	des = calloc(1, sizeof(*des) + des_tree_size(nr, nr_first) * sizeof(des->tree[0]));
	if (!des)
		return NULL;
	des->by_rank = calloc(nr, sizeof(*des->by_rank));
	/* Until des_attach(): the permutation, as ranks kept in the tree's room. */
	if (!des->by_rank) {
		free(des);
		return NULL;
	}
	des->nr = nr;
	des->nr_first = nr_first;
	des->reference = reference;
	for (unsigned int i = 0; i < nr; i++)
		des->tree[i] = i;
	for (unsigned int i = nr; explore && i > 1; i--) {
		unsigned int j = (unsigned int)(des_splitmix(&explore) % i);
		uint64_t t = des->tree[i - 1];

		des->tree[i - 1] = des->tree[j];
		des->tree[j] = t;
	}
	return des;
}

void des_destroy(struct des *des)
{
	if (!des)
		return;
	for (unsigned int i = 0; i < des->nr; i++) {
		if (des->by_rank[i])
			fiber_destroy(&des->by_rank[i]->fiber);
	}
	free(des->by_rank);
	free(des);
}

void des_attach(struct des *des, struct des_actor *a, unsigned int id)
{
	memset(a, 0, sizeof(*a));
	a->des = des;
	a->id = id;
	a->clock = &a->own_clock;
	a->alarm = UINT64_MAX;
	a->rank = (uint32_t)des->tree[id];
	if (id < des->nr_first)
		a->leaf = des_leaves(2, des->nr_first) + id;
	else
		a->leaf = des_leaves(3, des->nr - des->nr_first) + id - des->nr_first;
	des->by_rank[a->rank] = a;
	if (id + 1 < des->nr)
		return;
	/* The last one: the permutation is spent, the tree begins empty. */
	for (unsigned int i = 0; i < des_tree_size(des->nr, des->nr_first); i++)
		des->tree[i] = DES_IDLE_KEY;
	if (des->reference)
		des->tree[1] = 0;
}

static void des_set_key(struct des *des, const struct des_actor *a, uint64_t key)
{
	unsigned int i = a->leaf;

	des->tree[i] = key;
	if (des->reference)
		return;
	while (i > 1) {
		uint64_t other = des->tree[i ^ 1];

		key = key < other ? key : other;
		i >>= 1;
		des->tree[i] = key;
	}
}

static uint64_t des_key(const struct des_actor *a, uint64_t ps)
{
	return ps << DES_RANK_BITS | a->rank;
}

/* How far @a, which is to run, may go without a look at the others. */
static inline void des_see(const struct des *des, struct des_actor *a)
{
	uint64_t root = des->tree[1] >> DES_RANK_BITS;

	a->clock->horizon = root < a->alarm ? root : a->alarm;
}

/* Give @a, which does not run, a key: the running one's horizon may come nearer. */
static void des_give_key(struct des *des, struct des_actor *a, uint64_t ps)
{
	struct des_actor *running = des->running;

	des_set_key(des, a, des_key(a, ps));
	if (running && ps < running->clock->horizon)
		running->clock->horizon = ps;
}

/* @next runs from here on, its key is out of the tree. */
static inline void des_resume(struct des *des, struct des_actor *next)
{
	des->switches++;
	des->running = next;
	des_see(des, next);
}

/* To the stack of des_run(), which decides what its return means. */
static void des_to_main(struct des_actor *a)
{
	a->des->running = NULL;
	fiber_switch(&a->fiber, &a->des->main);
}

static void des_check(struct des_actor *a, uint64_t ps)
{
	if (ps <= VT_MAX_RUN.ps)
		return;
	a->des->overflowed = a;
	des_to_main(a);
	__builtin_unreachable();
}

/* Take the earliest out of the tree; NULL when there is none. */
static struct des_actor *des_pick(struct des *des)
{
	uint64_t key = des->tree[1];
	struct des_actor *a;

	if (key == DES_IDLE_KEY)
		return NULL;
	a = des->by_rank[key & (DES_MAX_ACTORS - 1)];
	a->woke = key >> DES_RANK_BITS;
	des_set_key(des, a, DES_IDLE_KEY);
	return a;
}

static struct des_actor *des_pick_by_scan(struct des *des)
{
	struct des_actor *best = NULL;
	uint64_t least = DES_IDLE_KEY;

	for (unsigned int r = 0; r < des->nr; r++) {
		uint64_t key = des->tree[des->by_rank[r]->leaf];

		if (key < least) {
			least = key;
			best = des->by_rank[r];
		}
	}
	if (!best)
		return NULL;
	best->woke = least >> DES_RANK_BITS;
	des->tree[best->leaf] = DES_IDLE_KEY;
	return best;
}

/* @a has put its key where it belongs: on to the next actor, or back to main. */
static void des_next(struct des_actor *a)
{
	struct des *des = a->des;
	struct des_actor *next;

	if (des->reference) {
		des_to_main(a);
		return;
	}
	next = des_pick(des);
	if (next == a) {
		des_see(des, a);
		return;
	}
	if (!next) {
		des_to_main(a);
		return;
	}
	des_resume(des, next);
	fiber_switch(&a->fiber, &next->fiber);
}

/*
 * Put @key of @a in and take the root, which is not @a, out: both leaves'
 * paths at once as long as they are apart, then the rest once. One after the
 * other where they are not equally long.
 */
static struct des_actor *des_replace(struct des *des, const struct des_actor *a, uint64_t key)
{
	uint64_t *tree = des->tree, root = tree[1], none = DES_IDLE_KEY;
	struct des_actor *next = des->by_rank[root & (DES_MAX_ACTORS - 1)];
	unsigned int i = a->leaf, j = next->leaf;

	next->woke = root >> DES_RANK_BITS;
	if (__builtin_clz(i) != __builtin_clz(j)) {
		des_set_key(des, a, key);
		des_set_key(des, next, none);
		return next;
	}
	tree[i] = key;
	tree[j] = none;
	while (i >> 1 != j >> 1) {
		key = key < tree[i ^ 1] ? key : tree[i ^ 1];
		none = none < tree[j ^ 1] ? none : tree[j ^ 1];
		i >>= 1;
		j >>= 1;
		tree[i] = key;
		tree[j] = none;
	}
	key = key < none ? key : none;
	for (i >>= 1; i > 1; i >>= 1) {
		tree[i] = key;
		key = key < tree[i ^ 1] ? key : tree[i ^ 1];
	}
	tree[1] = key;
	return next;
}

void des_settle_slow(struct des_actor *a)
{
	struct des *des = a->des;
	uint64_t key;

	des_check(a, a->clock->now);
	key = des_key(a, a->clock->now);
	if (!des->reference) {
		struct des_actor *next;

		if (key < des->tree[1]) {
			des_see(des, a);
			return;
		}
		next = des_replace(des, a, key);
		des_resume(des, next);
		fiber_switch(&a->fiber, &next->fiber);
		return;
	}
	des_set_key(des, a, key);
	des_to_main(a);
}

void des_sleep(struct des_actor *a, struct vtime at)
{
	if (vt_is_never(at)) {
		a->state = DES_BLOCKED;
	} else {
		des_check(a, at.ps);
		des_set_key(a->des, a, des_key(a, at.ps));
	}
	des_next(a);
}

void des_rekey(struct des_actor *a, struct vtime at)
{
	struct des *des = a->des;

	if (at.ps > VT_MAX_RUN.ps) {
		des->overflowed = a;
		if (des->running) {
			des_to_main(des->running);
			__builtin_unreachable();
		}
		return;
	}
	a->state = DES_READY;
	des_give_key(des, a, at.ps);
}

struct vtime des_key_time(const struct des_actor *a)
{
	uint64_t key = a->des->tree[a->leaf];

	return key == DES_IDLE_KEY ? VT_NEVER : VT_PS(key >> DES_RANK_BITS);
}

bool des_alone(const struct des_actor *a)
{
	const struct des *des = a->des;

	if (!des->reference)
		return des->tree[1] == DES_IDLE_KEY;
	for (unsigned int r = 0; r < des->nr; r++) {
		if (des->tree[des->by_rank[r]->leaf] != DES_IDLE_KEY)
			return false;
	}
	return true;
}

static void des_actor_main(void *arg)
{
	struct des_actor *a = arg;
	struct des *des = a->des;
	struct des_actor *next = NULL;

	a->fn(a, a->arg);
	des_settle(a);
	a->state = DES_DONE;
	des->nr_live--;
	if (!des->reference)
		next = des_pick(des);
	des->running = NULL;
	if (next)
		des_resume(des, next);
	fiber_leave(&a->fiber, next ? &next->fiber : &des->main);
}

bool des_spawn(struct des_actor *a, void (*fn)(struct des_actor *a, void *arg), void *arg)
{
	if (!fiber_create(&a->fiber, a->id, des_actor_main, a))
		return false;
	a->fn = fn;
	a->arg = arg;
	a->state = DES_READY;
	a->des->nr_live++;
	des_give_key(a->des, a, a->clock->now);
	return true;
}

void des_stop(struct des *des)
{
	des->stopping = true;
	des_to_main(des->running);
	__builtin_unreachable();
}

enum des_end des_run(struct des *des)
{
	for (;;) {
		struct des_actor *next;

		if (des->overflowed)
			return DES_OVERFLOW;
		if (des->stopping)
			return DES_STOPPED;
		next = des->reference ? des_pick_by_scan(des) : des_pick(des);
		if (!next)
			return des->nr_live ? DES_NOBODY : DES_ALL_DONE;
		des_resume(des, next);
		fiber_switch(&des->main, &next->fiber);
	}
}
