/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Simulated time: one unit, picoseconds, and one type.
 *
 * The struct costs nothing (it travels in a register) and makes the compiler
 * reject "t + 40" and any mix with wall-clock nanoseconds. A run may last up
 * to VT_MAX_RUN (the engine's keys hold 52 bits of picoseconds: 75 minutes).
 */
#ifndef VTIME_H
#define VTIME_H

#include <stdbool.h>
#include <stdint.h>

struct vtime {
	uint64_t ps;
};

#define VT_ZERO		((struct vtime){ .ps = 0 })
#define VT_NEVER	((struct vtime){ .ps = UINT64_MAX })
#define VT_MAX_RUN	((struct vtime){ .ps = (UINT64_C(1) << 52) - 1 })
#define VT_PS(n)	((struct vtime){ .ps = (uint64_t)(n) })
#define VT_NS(n)	((struct vtime){ .ps = (uint64_t)(n) * 1000 })
#define VT_US(n)	((struct vtime){ .ps = (uint64_t)(n) * 1000000 })

static inline struct vtime vt_add(struct vtime a, struct vtime b)
{
	return (struct vtime){ .ps = a.ps + b.ps };
}

/* Later minus earlier; the caller knows which is which. */
static inline struct vtime vt_since(struct vtime later, struct vtime earlier)
{
	return (struct vtime){ .ps = later.ps - earlier.ps };
}

/* Later minus earlier, or zero where "later" is not later. */
static inline struct vtime vt_since_or_zero(struct vtime later,
					    struct vtime earlier)
{
	return (struct vtime){
		.ps = later.ps > earlier.ps ? later.ps - earlier.ps : 0
	};
}

static inline bool vt_before(struct vtime a, struct vtime b)
{
	return a.ps < b.ps;
}

static inline struct vtime vt_max(struct vtime a, struct vtime b)
{
	return a.ps < b.ps ? b : a;
}

static inline struct vtime vt_min(struct vtime a, struct vtime b)
{
	return a.ps < b.ps ? a : b;
}

static inline bool vt_is_never(struct vtime a)
{
	return a.ps == UINT64_MAX;
}

/* Nanoseconds rounded down; for records, whose resolution is the nanosecond. */
static inline uint64_t vt_to_ns(struct vtime a)
{
	return a.ps / 1000;
}

#endif
