/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers from a seed (SplitMix64). Never two draws in one expression or one call:
 * which is made first is the compiler's choice, and cases are to be the same by all.
 */
#ifndef RANDOM_RNG_H
#define RANDOM_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t s;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->s += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 … @below - 1; @below is not 0. */
static inline uint32_t rng_below(struct rng *r, uint32_t below)
{
	return (uint32_t)((rng_next(r) >> 32) * below >> 32);
}

/* One time in @n. */
static inline bool rng_one_in(struct rng *r, uint32_t n)
{
	return !rng_below(r, n);
}

/* One of an array of numbers. */
#define RNG_PICK(r, a)	((a)[rng_below((r), sizeof(a) / sizeof((a)[0]))])

#endif
