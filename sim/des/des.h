/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exact order of simulated time over actors on stacks of their own.
 *
 * An actor's key is its time in picoseconds, then its rank: unique, hence one
 * order of events whatever the implementation. The runnable actors but the
 * running one are the leaves of a winner tree, whose root is therefore the
 * earliest key of anybody else: "may I go on?" is one comparison, and any
 * actor's leaf can be moved (a wake-up) in log2(n) steps.
 *
 * The reference mode gives up the stack at every call and finds the
 * earliest key by looking at all of them; it shares no code with the tree.
 *
 * No globals: several engines may live in one process, each used by one thread.
 */
#ifndef DES_H
#define DES_H

#include <stdbool.h>
#include <stdint.h>

#include "fiber.h"
#include "vclock.h"
#include "vtime.h"

#define DES_MAX_ACTORS 4096
#define DES_RANK_BITS  12
#define DES_IDLE_KEY   UINT64_MAX /* not runnable */

enum des_state {
	DES_UNUSED,  /* nothing was spawned on it */
	DES_READY,   /* has a key, or runs */
	DES_BLOCKED, /* no key: until des_rekey() */
	DES_DONE,
};

/* One actor; embedded in what the layer above calls a CPU. */
struct des_actor {
	struct vclock *clock; /* des_attach() points it to own_clock; may be moved then */
	uint64_t alarm;	      /* ps; the layer above's, des_set_alarm() */
	uint64_t woke;	      /* the time of the key that it was resumed by, ps */
	struct des *des;
	uint32_t rank;
	uint32_t leaf; /* in the tree */
	uint32_t id;
	enum des_state state;
	struct fiber fiber;
	void (*fn)(struct des_actor *a, void *arg);
	void *arg;
	struct vclock own_clock;
};

struct des {
	unsigned int nr, nr_first;
	bool reference;
	unsigned int nr_live; /* spawned and not done */
	uint64_t switches;
	struct des_actor *running; /* NULL on the caller's own stack */
	struct des_actor *overflowed;
	bool stopping;
	struct des_actor **by_rank; /* nr of them */
	struct fiber main;
	/*
	 * tree[1] is the root, tree[i] the lesser of tree[2 * i] and tree[2 * i
	 * + 1]. Under 2 are the leaves of the first actors, under 3 of the
	 * others, so that few busy ones have a short way up beside many idle
	 * ones. In reference mode only the leaves are kept and the root is 0, so
	 * that the fast path of des_settle() never applies.
	 */
	uint64_t tree[];
};

/* Why des_run() came back. */
enum des_end {
	DES_ALL_DONE,
	DES_NOBODY,   /* somebody is left, all of them blocked */
	DES_STOPPED,  /* des_stop() */
	DES_OVERFLOW, /* des->overflowed passed VT_MAX_RUN */
};

/*
 * @nr_first of the @nr are the busy ones, which changes no result.
 * @explore: 0 ranks actors by number, anything else by a permutation that it
 * seeds. NULL when out of memory or nr > DES_MAX_ACTORS.
 */
struct des *des_create(unsigned int nr, unsigned int nr_first, uint64_t explore, bool reference);
/* Unmaps the stacks of actors that did not end. NULL is fine. */
void des_destroy(struct des *des);

/* Make @a actor @id; it must outlive @des. */
void des_attach(struct des *des, struct des_actor *a, unsigned int id);

/* Run fn(a, arg) from its clock on. False: out of memory. Before or during a run. */
bool des_spawn(struct des_actor *a, void (*fn)(struct des_actor *a, void *arg), void *arg);

/* From outside any actor. May be called again after DES_NOBODY. */
enum des_end des_run(struct des *des);

/* From an actor, no return: des_run() returns DES_STOPPED. */
__attribute__((noreturn)) void des_stop(struct des *des);

/* Slow half of des_settle(). */
void des_settle_slow(struct des_actor *a);

/* des_is_first() is false from @ps on, whoever else there is; UINT64_MAX: no alarm. */
static inline void des_set_alarm(struct des_actor *a, uint64_t ps)
{
	a->alarm = ps;
	if (ps < a->clock->horizon)
		a->clock->horizon = ps;
}

/*
 * Whether nobody else is earlier than @a, the running one, and its alarm has not
 * rung: des_settle() would return at once. Always false in reference mode.
 */
static inline bool des_is_first(const struct des_actor *a)
{
	return a->clock->now < a->clock->horizon;
}

/*
 * Let every actor with an earlier key run; return when @a, the running one,
 * has the earliest. A root of DES_IDLE_KEY is VT_MAX_RUN after the shift, so
 * that the comparison also leads to the overflow check.
 */
static inline void des_settle(struct des_actor *a)
{
	if (__builtin_expect(!des_is_first(a), 0))
		des_settle_slow(a);
}

/*
 * Be away until @at (VT_NEVER: blocked) or where des_rekey() moves it; @at
 * is not before its clock. On return a->woke says when that was; the clock is
 * the caller's to advance.
 */
void des_sleep(struct des_actor *a, struct vtime at);

/* Move the key of @a, which is not the running one, to @at, and unblock it. */
void des_rekey(struct des_actor *a, struct vtime at);

/* The time of the key that sleeping or ready @a has; VT_NEVER if blocked. */
struct vtime des_key_time(const struct des_actor *a);

/* True if no other actor has a key. */
bool des_alone(const struct des_actor *a);

#endif
