/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random numbers by name: each stream follows from the seed, its name and its
 * number alone, so that a stream more or less leaves all others as they are.
 * Integers only: compilers and C libraries do not differ in them.
 */
#ifndef RNG_H
#define RNG_H

#include <stdbool.h>
#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood 2014) with a step of each stream's own. */
struct rng {
	uint64_t at, step;
};

static inline uint64_t rng_mix(uint64_t v)
{
	v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
	return v ^ v >> 31;
}

static inline struct rng rng_named(uint64_t seed, const char *name, uint64_t number)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
	h = rng_mix(h ^ rng_mix(seed + UINT64_C(0x9e3779b97f4a7c15)));
	h = rng_mix(h + number * UINT64_C(0xd1342543de82ef95));
	return (struct rng){ .at = h, .step = rng_mix(h ^ UINT64_C(0x5851f42d4c957f2d)) | 1 };
}

static inline uint64_t rng_u64(struct rng *r)
{
	r->at += r->step;
	return rng_mix(r->at);
}

/* 0 to @n - 1; 0 of 0. */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
	return (uint64_t)((unsigned __int128)rng_u64(r) * n >> 64);
}

static inline bool rng_percent(struct rng *r, uint64_t percent)
{
	return rng_below(r, 100) < percent;
}

/* Exponential of that mean, by von Neumann's comparisons: exact, no logarithm. */
static inline uint64_t rng_exp(struct rng *r, uint64_t mean)
{
	for (uint64_t whole = 0;; whole++) {
		uint64_t first = rng_u64(r), last = first, next;
		unsigned int n = 1;

		while ((next = rng_u64(r)) < last) {
			last = next;
			n++;
		}
		if (n & 1)
			return whole * mean + (uint64_t)((unsigned __int128)first * mean >> 64);
	}
}

/* 1 and up, geometric of that mean. */
static inline uint64_t rng_count(struct rng *r, uint64_t mean)
{
	uint64_t n = 1;

	while (mean > 1 && rng_below(r, mean))
		n++;
	return n;
}

#endif
