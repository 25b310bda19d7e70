/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program that all simulators of this folder run, in what C and C++ have in
 * common: N actors think, lock, hold and unlock. Each simulator brings its actors,
 * its clock and its queue; random numbers, times and the record of what happened are
 * here, so that they are the same bits in all.
 *
 *	"one":  lock(0) hold unlock(0)
 *	"fine": lock(own) hold  lock(r) hold unlock(r)  lock(s) hold unlock(s)  unlock(own)
 *		r and s at random of as many as there are actors
 *
 * Locks are first come, first served, and take no time themselves. Times are whole
 * nanoseconds. Every think and hold of actor k ends at a time that is k modulo
 * PROGRAM_ACTORS: no two of different actors ever end together, so there are no ties
 * that simulators might resolve each in its own way. (A lock that is asked for just
 * when it is released is granted then, in whatever order the two are done.)
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PROGRAM_ACTORS	  256 /* most; a power of two */
#define PROGRAM_THINK_MIN 500
#define PROGRAM_THINK	  16384 /* and up to that much more */
#define PROGRAM_HOLD_MIN  64
#define PROGRAM_HOLD	  256

struct program {
	unsigned int actors, rounds; /* rounds: of each actor */
	bool fine;
	unsigned int nr_locks;
	uint64_t *history; /* of each lock */
	uint64_t end;	   /* sum of the actors' last times */
};

struct program_actor {
	uint64_t rng;
	unsigned int id;
};

/* SplitMix64 (Steele, Lea and Flood, 2014). */
static inline uint64_t program_random(struct program_actor *a)
{
	uint64_t z = a->rng += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline void program_actor_init(struct program_actor *a, unsigned int id)
{
	a->id = id;
	a->rng = UINT64_C(0xd1342543de82ef95) * (id + 1);
}

/* From @now on; all times in ns. */
static inline uint64_t program_delay(struct program_actor *a, uint64_t now, uint64_t min,
				     uint64_t more)
{
	uint64_t end = now + min + (program_random(a) & (more - 1));

	end += (a->id - end) & (PROGRAM_ACTORS - 1);
	return end - now;
}

static inline uint64_t program_think(struct program_actor *a, uint64_t now)
{
	return program_delay(a, now, PROGRAM_THINK_MIN, PROGRAM_THINK);
}

static inline uint64_t program_hold(struct program_actor *a, uint64_t now)
{
	return program_delay(a, now, PROGRAM_HOLD_MIN, PROGRAM_HOLD);
}

/* Lock 0, or the actors' own; then those for anybody. */
static inline unsigned int program_first_lock(const struct program *p, const struct program_actor *a)
{
	return p->fine ? a->id : 0;
}

static inline unsigned int program_random_lock(const struct program *p, struct program_actor *a)
{
	return p->actors + (unsigned int)((program_random(a) >> 32) * p->actors >> 32);
}

/* @a has @lock from @now on: each lock's whole history, in its order. */
static inline void program_granted(struct program *p, const struct program_actor *a,
				   unsigned int lock, uint64_t now)
{
	p->history[lock] = (p->history[lock] ^ (now * PROGRAM_ACTORS + a->id)) *
			   UINT64_C(0x9fb21c651e98df25);
	p->history[lock] ^= p->history[lock] >> 32;
}

static inline void program_done(struct program *p, const struct program_actor *a, uint64_t now)
{
	p->end += now * (a->id + 1);
}

static inline uint64_t program_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* "one|fine ACTORS HANDLERS": how many rounds in all. */
static inline void program_init(struct program *p, const char *variant, const char *actors,
				const char *handlers)
{
	p->fine = !strcmp(variant, "fine");
	p->actors = (unsigned int)strtoul(actors, NULL, 10);
	if ((!p->fine && strcmp(variant, "one")) || !p->actors || p->actors > PROGRAM_ACTORS) {
		fprintf(stderr, "want one|fine, 1 to %d actors\n", PROGRAM_ACTORS);
		exit(2);
	}
	p->rounds = (unsigned int)(strtoul(handlers, NULL, 10) / p->actors);
	p->nr_locks = p->fine ? 2 * p->actors : 1;
	p->history = (uint64_t *)calloc(p->nr_locks, sizeof(*p->history));
	p->end = 0;
	if (!p->history)
		abort();
}

/* Handlers, ns of CPU time for the run, and the hash of all that happened. */
static inline void program_report(const struct program *p, uint64_t cpu_ns)
{
	uint64_t h = p->end;

	for (unsigned int i = 0; i < p->nr_locks; i++)
		h = (h ^ p->history[i]) * UINT64_C(0x100000001b3);
	printf("%llu %llu %016llx\n", (unsigned long long)p->actors * p->rounds,
	       (unsigned long long)cpu_ns, (unsigned long long)h);
	free(p->history);
}

#endif
