/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread's own clock, read between instructions and not somewhere about them:
 * x86's TSC, arm64's virtual counter, elsewhere CLOCK_MONOTONIC. Two stamps of one
 * thread are compared, never those of two threads.
 */
#ifndef STAMP_H
#define STAMP_H

#include <stdint.h>
#include <time.h>

#if defined(__x86_64__)
#define STAMP_CLOCK "tsc"
static inline uint64_t stamp(void)
{
	uint32_t lo, hi, aux;

	/* rdtscp waits for what comes before, lfence holds back what comes after. */
	__asm__ __volatile__("rdtscp\n\tlfence" : "=a"(lo), "=d"(hi), "=c"(aux)::"memory");
	return (uint64_t)hi << 32 | lo;
}
#elif defined(__aarch64__)
#define STAMP_CLOCK "cntvct"
static inline uint64_t stamp(void)
{
	uint64_t t;

	__asm__ __volatile__("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(t)::"memory");
	return t;
}
#else
#define STAMP_CLOCK "clock_gettime"
static inline uint64_t stamp(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}
#endif

static inline uint64_t stamp_monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

#endif
