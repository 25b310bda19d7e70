// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Concurrency Kit's ticket and MCS locks, and the time that they take.
 *
 * Three stamps a lock, all by the thread that takes it: asked, has, releases. Waits
 * are told of those who found it held when they asked (a look at the word just before;
 * it may be free by the time the lock is asked for, or the other way round). From
 * each interval what one stamp costs is subtracted, and from a hold what measuring the
 * locks within it has added; neither goes below zero. Nothing is put into a histogram
 * while a lock is held.
 *
 * ThreadSanitizer does not see into ck's assembly: it is told where a lock is taken
 * and released. That ck's locks exclude is taken from ck; that the designs' accesses are
 * within them is not.
 */
#include <stdarg.h>
#include <sched.h>
#include <unistd.h>

#include "native-int.h"

#if defined(__SANITIZE_THREAD__)
#define NATIVE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NATIVE_TSAN 1
#endif
#endif
#ifdef NATIVE_TSAN
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
#define native_acquired(lock)  __tsan_acquire(lock)
#define native_releasing(lock) __tsan_release(lock)
#else
#define native_acquired(lock)  ((void)(lock))
#define native_releasing(lock) ((void)(lock))
#endif

static bool native_is_held(const struct plat_cpu *cpu, struct plat_lock *lock)
{
	return cpu->queued ? ck_spinlock_mcs_locked(&lock->queue)
			   : ck_spinlock_ticket_locked(&lock->ticket);
}

static void native_take(const struct plat_cpu *cpu, struct plat_lock *lock,
			ck_spinlock_mcs_context_t *node)
{
	if (cpu->queued)
		ck_spinlock_mcs_lock(&lock->queue, node);
	else
		ck_spinlock_ticket_lock(&lock->ticket);
	if (!cpu->n->o->hide_locks)
		native_acquired(lock);
}

static void native_release(const struct plat_cpu *cpu, struct plat_lock *lock,
			   ck_spinlock_mcs_context_t *node)
{
	if (!cpu->n->o->hide_locks)
		native_releasing(lock);
	if (cpu->queued)
		ck_spinlock_mcs_unlock(&lock->queue, node);
	else
		ck_spinlock_ticket_unlock(&lock->ticket);
}

void plat_lock_at(struct plat_cpu *cpu, struct plat_lock *lock, const struct plat_site *site)
{
	struct native_held *h = cpu->held;

	while (h < cpu->held + NATIVE_MAX_HELD && h->lock)
		h++;
	if (h == cpu->held + NATIVE_MAX_HELD)
		native_fail(cpu, "%s: more than %d locks at once", site->func, NATIVE_MAX_HELD);
	h->lock = lock;
	h->contended = native_is_held(cpu, lock);
	h->inner = ++cpu->nr_taken;
	cpu->nr_held++;
	while (cpu->yields && native_is_held(cpu, lock))
		sched_yield();
	h->asked = stamp();
	native_take(cpu, lock, &h->node);
	h->got = stamp();
}

void plat_unlock(struct plat_cpu *cpu, struct plat_lock *lock)
{
	uint64_t released = stamp();
	struct native_held *h = cpu->held;
	struct native_done *d;

	while (h < cpu->held + NATIVE_MAX_HELD && h->lock != lock)
		h++;
	if (h == cpu->held + NATIVE_MAX_HELD)
		native_fail(cpu, "unlock of a lock that this CPU does not hold");
	native_release(cpu, lock, &h->node);
	d = &cpu->done[cpu->nr_done++];
	d->class = cpu->n->class_of[((char *)lock - cpu->n->base) / 8];
	d->contended = h->contended;
	d->wait = h->got - h->asked;
	d->hold = released - h->got;
	d->inner = cpu->nr_taken - h->inner;
	h->lock = NULL;
	if (!--cpu->nr_held || cpu->nr_done == NATIVE_MAX_DONE)
		native_lock_drain(cpu);
}

static uint64_t native_less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

void native_lock_drain(struct plat_cpu *cpu)
{
	for (unsigned int i = 0; i < cpu->nr_done; i++) {
		const struct native_done *d = &cpu->done[i];
		struct play_class *c;

		if (!d->class || d->class == NATIVE_NO_CLASS)
			native_fail(cpu, "a lock that plat_lock_init() has not seen");
		c = &cpu->stats.class[d->class - 1];
		c->acquired++;
		if (d->contended) {
			c->contended++;
			if (!hist_record(&c->wait,
					 native_less(native_ps(cpu->n, d->wait), cpu->stamp_ps)))
				cpu->no_memory = true;
		}
		if (!hist_record(&c->hold, native_less(native_ps(cpu->n, d->hold),
						       cpu->stamp_ps + d->inner * cpu->pair_ps)))
			cpu->no_memory = true;
	}
	cpu->nr_done = 0;
}

/* ---- what the clock is worth --------------------------------------------- */

#define CALIBRATE_NS 2000000
#define BATCHES	     32
#define BATCH	     256

/* Both clocks at one moment: of several tries the one that took least. */
static void native_both(uint64_t *ns, uint64_t *ticks)
{
	uint64_t least = UINT64_MAX;

	for (unsigned int i = 0; i < BATCHES; i++) {
		uint64_t before = stamp_monotonic_ns(), t = stamp(), after = stamp_monotonic_ns();

		if (after - before >= least)
			continue;
		least = after - before;
		*ns = before + least / 2;
		*ticks = t;
	}
}

/* The greatest step that @a and @b are multiples of. */
static uint64_t native_step(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

void native_calibrate(struct native *n)
{
	uint64_t ns = 0, ticks = 0, end_ns = 0, end_ticks = 0, step = 0, last;

	native_both(&ns, &ticks);
	last = ticks;
	do {
		uint64_t now = stamp();

		step = native_step(now - last, step);
		last = now;
	} while (stamp_monotonic_ns() - ns < CALIBRATE_NS);
	native_both(&end_ns, &end_ticks);
	n->ps_per_tick =
		(uint64_t)(((unsigned __int128)(end_ns - ns) * 1000 << 20) / (end_ticks - ticks));
	n->resolution_ps = native_ps(n, step);
	if (!n->resolution_ps)
		n->resolution_ps = 1;
}

/* The least of the batches: what an interrupt falls into is no cost of a stamp's. */
static uint64_t native_stamp_ps(const struct native *n)
{
	uint64_t least = UINT64_MAX;

	for (unsigned int i = 0; i < BATCHES; i++) {
		uint64_t from = stamp(), to = from;

		for (unsigned int k = 0; k < BATCH; k++)
			to = stamp();
		if (to - from < least)
			least = to - from;
	}
	return native_ps(n, least) / BATCH;
}

static uint64_t native_pairs(struct plat_cpu *cpu, struct plat_lock *lock, bool measured)
{
	static const struct plat_site site = { __func__, __LINE__ };
	uint64_t least = UINT64_MAX;

	for (unsigned int i = 0; i < BATCHES; i++) {
		ck_spinlock_mcs_context_t node;
		uint64_t t = stamp();

		for (unsigned int k = 0; k < BATCH / 2; k++) {
			if (measured) {
				plat_lock_at(cpu, lock, &site);
				plat_unlock(cpu, lock);
			} else {
				native_take(cpu, lock, &node);
				native_release(cpu, lock, &node);
			}
		}
		t = stamp() - t;
		cpu->nr_done = 0;
		if (t < least)
			least = t;
	}
	return native_ps(cpu->n, least) / (BATCH / 2);
}

void native_measure_self(struct plat_cpu *cpu)
{
	/* Beyond what designs get, one for each thread. */
	struct plat_lock *lock = (void *)(cpu->n->base + NATIVE_ARENA - 64 * (cpu->id + 1));
	uint64_t pair;

	cpu->stamp_ps = native_stamp_ps(cpu->n);
	/* As if within another lock: nothing goes to the histograms. */
	cpu->nr_held++;
	pair = native_pairs(cpu, lock, true);
	cpu->pair_ps = native_less(pair, native_pairs(cpu, lock, false));
	cpu->nr_held--;
	cpu->nr_taken = 0;
}
