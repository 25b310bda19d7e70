/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the native-*.c files share. Nobody else includes it. */
#ifndef NATIVE_INT_H
#define NATIVE_INT_H

#include <pthread.h>

#include "native.h"
#include "player.h"
#include "stamp.h"
#include "vif.h"

#define NATIVE_MAX_HELD	  16 /* locks held at once */
#define NATIVE_MAX_DONE	  256 /* released ones, not yet in the histograms */
#define NATIVE_PHYS_IRQS  1024
#define NATIVE_ARENA	  (UINT64_C(256) << 20)
#define NATIVE_ARENA_OWN  65536 /* … of it a lock a thread, for measuring */
#define NATIVE_NO_CLASS	  UINT8_MAX

enum native_mode { NATIVE_OUTSIDE, NATIVE_IN_GUEST, NATIVE_EXITING };

struct native_held {
	struct plat_lock *lock; /* NULL: free */
	bool contended;
	uint64_t asked, got;	/* stamps */
	uint64_t inner;		/* this thread's count of locks taken by then */
	ck_spinlock_mcs_context_t node;
};

struct native_done {
	uint64_t wait, hold, inner;
	uint8_t class;
	bool contended;
};

struct plat_cpu {
	struct native *n;
	unsigned int id;
	bool is_vcpu, queued, yields;
	unsigned int irq_off, srcu;
	unsigned int nr_held;
	struct native_held held[NATIVE_MAX_HELD];
	uint64_t nr_taken;
	struct native_done done[NATIVE_MAX_DONE];
	unsigned int nr_done;
	struct play_result stats;
	bool no_memory;
	uint64_t preempted; /* by the beginning */
	uint64_t stamp_ps, pair_ps; /* as measured in this thread */
	struct vif vif;
	uint64_t phys_active[NATIVE_PHYS_IRQS / 64];
	struct player player;
	pthread_t thread;
	bool started;

	/* What others look at and change: atomics, on a line of their own. */
	_Alignas(64) int mode;	/* enum native_mode */
	bool wfi, woken, loaded;
	unsigned int halted;
	_Alignas(64) char end[1];
};

struct plat_vm {
	struct native *n;
};

struct native {
	struct plat_vm vm;
	struct play play;
	struct vif_shape shape;
	const struct native_options *o;
	unsigned int nr_cpus, nr_vcpus;
	struct plat_cpu *cpu;

	char *base; /* of the arena */
	uint64_t used;
	uint8_t *class_of; /* of the lock at base + 8 * i */
	const struct plat_lock_class *class[PLAY_MAX_CLASSES];
	unsigned int nr_classes;

	uint64_t ps_per_tick; /* 2^-20 ps */
	uint64_t resolution_ps;
	uint64_t start_ns;   /* … in [start, elapsed after it] they play */
	uint64_t elapsed_ns; /* … of the last to end */

	pthread_barrier_t barrier;
	pthread_mutex_t mutex; /* of the rest */
	pthread_cond_t changed;
	unsigned int nr_ended;
	bool failed;
	struct err err;
};

static inline uint64_t native_ps(const struct native *n, uint64_t ticks)
{
	return (uint64_t)((unsigned __int128)ticks * n->ps_per_tick >> 20);
}

/* native-lock.c: measure the clock; once a run, and what it costs in this thread. */
void native_calibrate(struct native *n);
void native_measure_self(struct plat_cpu *cpu);
/* What is released but not in the histograms yet. */
void native_lock_drain(struct plat_cpu *cpu);
/* The design misused a verb: tell, and stop this thread where it is. */
__attribute__((noreturn, format(printf, 2, 3))) void native_fail(struct plat_cpu *cpu,
								 const char *fmt, ...);

/* native-mem.c */
int native_arena_create(struct native *n, struct err *err);
void native_arena_destroy(struct native *n);

#endif
