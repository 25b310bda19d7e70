/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a design is built against for the simulated machine: the layout of what
 * it embeds, and the common case of plat_read_bytes() and plat_write_bytes(),
 * inlined because a run is made of them.
 *
 * The lock word lies on the cache line of its own address; queue, holder and
 * statistics are the machine's and cost the design no bytes.
 */
#ifndef PLAT_ARCH_H
#define PLAT_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vclock.h"

struct plat_lock {
	uint32_t id; /* from plat_lock_init(); 0 is never valid */
};

/*
 * A line: its state (line.c), and who alone may touch it: 0, or one of these with
 * a lock's id or a vCPU in the rest.
 */
struct plat_line {
	uint64_t w;
	uint32_t guard;
	uint32_t locks; /* lock words on it */
};

/* What is one for all CPUs of a machine. */
struct plat_shared {
	struct plat_line *lines; /* of the arena, which begins at base */
	uintptr_t base;
	uint64_t region_bytes;
	uint64_t l1, insn_ps;
	const uint64_t *masks; /* sets of many sharers */
	uint32_t guard_const;  /* as guard_own below */
};

/* How every CPU begins, for the below only; a design has no business in it. */
struct plat_front {
	struct vclock clock; /* its actor's in the engine */
	const struct plat_shared *shared;
	uint64_t own_line; /* the word of a line that this CPU has alone */
	/* Guards that are known to be met; none in reference mode. */
	uint32_t guard_held, guard_own;
	uint16_t wide_word; /* its place in a set of many sharers */
	uint8_t wide_bit;
	uint8_t code; /* PLAT_FRONT_CODE, or _LOCKED while it holds a lock */
	/* Touches that cost l1, and instructions by what, not in its accounts yet. */
	uint64_t hits, work[4];
};

#define PLAT_LINE_KIND 3 /* of a line's word */
#define PLAT_LINE_WIDE 3

enum { PLAT_FRONT_LOCKED, PLAT_FRONT_CODE, PLAT_FRONT_LIST, PLAT_FRONT_DISPATCH };

struct plat_cpu;
void plat_work_slow(struct plat_cpu *cpu);
void plat_read_slow(struct plat_cpu *cpu, const void *p, size_t bytes);
void plat_write_slow(struct plat_cpu *cpu, const void *p, size_t bytes);

/* The line of [p, p + bytes), if it is one of the arena's, and just one. */
static inline const struct plat_line *plat_line_of(const struct plat_front *f, const void *p,
						   size_t bytes)
{
	const struct plat_shared *m = f->shared;
	uint64_t at = (uintptr_t)p - m->base;

	if (__builtin_expect(at >= m->region_bytes || (at & 63) + bytes > 64, 0))
		return NULL;
	return &m->lines[at / 64];
}

/* Nobody is earlier, or the line's guard is met. */
static inline bool plat_in_turn(const struct plat_front *f, uint32_t guard)
{
	if (guard)
		return guard == f->guard_held || guard == f->guard_own;
	return f->clock.now < f->clock.horizon;
}

static inline void plat_hit(struct plat_front *f)
{
	f->hits++;
	f->clock.now += f->shared->l1;
}

/* Instructions of a kind above. Nobody else is concerned; the reference mode looks up. */
static inline void plat_front_work(struct plat_cpu *cpu, unsigned int kind, unsigned int insns)
{
	struct plat_front *f = (struct plat_front *)cpu;

	if (__builtin_expect(!f->clock.horizon, 0))
		plat_work_slow(cpu);
	f->work[kind] += insns;
	f->clock.now += (uint64_t)insns * f->shared->insn_ps;
}

#define PLAT_ARCH_TOUCHES
/* Inlined: this CPU has the line alone, or is one of many that share it. */
static inline __attribute__((always_inline)) void plat_read_bytes(struct plat_cpu *cpu, const void *p, size_t bytes)
{
	struct plat_front *f = (struct plat_front *)cpu;
	const struct plat_line *l = plat_line_of(f, p, bytes);

	if (__builtin_expect(
		    l &&
			    (l->w == f->own_line ||
			     ((l->w & PLAT_LINE_KIND) == PLAT_LINE_WIDE &&
			      f->shared->masks[(l->w >> 32) + f->wide_word] >> f->wide_bit & 1)) &&
			    (l->guard == f->shared->guard_const || plat_in_turn(f, l->guard)),
		    1))
		plat_hit(f);
	else
		plat_read_slow(cpu, p, bytes);
}

/* Inlined: this CPU has the line alone. */
static inline __attribute__((always_inline)) void plat_write_bytes(struct plat_cpu *cpu, const void *p, size_t bytes)
{
	struct plat_front *f = (struct plat_front *)cpu;
	const struct plat_line *l = plat_line_of(f, p, bytes);

	if (__builtin_expect(l && l->w == f->own_line && plat_in_turn(f, l->guard), 1))
		plat_hit(f);
	else
		plat_write_slow(cpu, p, bytes);
}

#endif
