// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Locks: a word on a design's line, and a queue of those who spin for it. The
 * algorithm is the run's.
 *
 * Each lock and unlock charges its instructions (enum lock_insns in
 * machine.h) to COMP_CRITICAL, before it looks at the lock. Taking a free
 * lock is an atomic on its line (line.c: a write and atomic_own); unlocking is a
 * write to it. A hand-over starts when the holder's store is issued, so the
 * holder's own payment for that store is not part of it. d(a, b) below is the
 * line transfer cost between two CPUs.
 *
 * ticket: who finds the lock held has drawn its ticket by that same atomic and
 * spins on the line; the atomic invalidates all copies and the waiters fetch
 * theirs again, so that the line is then shared by the waiters alone. A
 * release by r invalidates the waiters' copies; all of them fetch again, one
 * after another, in no particular order, so that on average half of the
 * others are served before the next owner h:
 *	hand-over = d(r, h) + (sum of d(r, w) over the other waiters w) / 2
 * This is the linear growth of Boyd-Wickizer et al., "Non-scalable locks are
 * dangerous", 2012. First come, first served. Afterwards the line is
 * shared by r, h and the waiters.
 *
 * queued: MCS. Who finds the lock held (its atomic on the lock's line has put
 * it in the queue) writes its own node and spins there. A release with
 * waiters writes the next one's node and leaves the lock's line alone:
 *	hand-over = d(r, h)
 * First come, first served. Without waiters the release writes the lock's line.
 * Writing the link into the predecessor's node is not charged.
 *
 * test-and-set: who finds the lock held spins on a copy of its line (a read).
 * At a release all try; the nearest to r wins, among equals who came first:
 *	near LSE atomics	d(r, h) + atomic_own
 *	far LSE atomics		llc + atomic_own
 *	LL/SC			d(r, h) + atomic_own + (sum as for ticket) / 2:
 *				the tries that steal the line and fail
 * Afterwards the line is shared by h and the waiters.
 *
 * Left out: the pending bit of Linux's qspinlock, barging between a release and
 * a hand-over, waiting with interrupts on being interrupted (an IPI that
 * arrives meanwhile is taken at the next verb).
 */
#include "internal.h"

const char *const lock_algo_names[LOCK_NR_ALGOS] = {
	[LOCK_TICKET] = "ticket",
	[LOCK_QUEUED] = "queued",
	[LOCK_TAS] = "tas",
};

static const uint8_t lock_insns[LOCK_NR_ALGOS] = {
	[LOCK_TICKET] = LOCK_INSNS_TICKET,
	[LOCK_QUEUED] = LOCK_INSNS_QUEUED,
	[LOCK_TAS] = LOCK_INSNS_TAS,
};

static const uint8_t unlock_insns[LOCK_NR_ALGOS] = {
	[LOCK_TICKET] = UNLOCK_INSNS_TICKET,
	[LOCK_QUEUED] = UNLOCK_INSNS_QUEUED,
	[LOCK_TAS] = UNLOCK_INSNS_TAS,
};

void plat_lock_init(struct plat_vm *vm, struct plat_lock *lock, const struct plat_lock_class *class,
		    unsigned int instance)
{
	struct machine *m = vm->m;
	int class_id = lock_class_find(m, class);
	struct mlock *l;

	/* Id 0 stays invalid: the first use of the lock says so. */
	lock->id = 0;
	if (class_id < 0 || m->nr_locks + 1 >= m->max_locks)
		return;
	lock->id = ++m->nr_locks;
	l = &m->locks[lock->id];
	l->class_id = (uint8_t)class_id;
	l->irq_safe = class->irq_safe;
	l->news = USED_IRQS_ON | USED_IN_IRQ;
	l->class = class;
	l->instance = instance;
	l->prev_cpu = UINT32_MAX;
	l->line = (uint32_t)(((uintptr_t)lock - m->base) / 64 + LINE_INTERNAL);
	line_has_lock(m, l->line);
}

static inline struct mlock *lock_get(struct plat_cpu *cpu, const struct plat_lock *lock)
{
	if (unlikely(!lock->id || lock->id > cpu->m->nr_locks))
		machine_fail(cpu, ERR_INVARIANT, "a lock that plat_lock_init() has not seen");
	return &cpu->m->locks[lock->id];
}

static uint64_t lock_transfer(const struct plat_cpu *a, const struct plat_cpu *b)
{
	return a->m->cost.distance[line_distance(a, b)];
}

static void lock_mask_flip(struct mlock *l, const struct plat_cpu *cpu)
{
	mask_words(cpu->m, l->mask)[cpu->id / 64] ^= UINT64_C(1) << (cpu->id & 63);
}

/* Sum of d(r, w) over the waiters left in the mask. */
static uint64_t lock_sum_transfers(const struct plat_cpu *r, const struct mlock *l)
{
	const struct machine *m = r->m;
	const uint64_t *mask = mask_words(r->m, l->mask);
	uint64_t sum = 0;

	for (unsigned int i = 0; i < m->mask_words; i++) {
		uint64_t w = mask[i], near = r->cluster_mask[i], die = r->die_mask[i];
		uint64_t socket = r->socket_mask[i];

		if (!w)
			continue;
		sum += (uint64_t)__builtin_popcountll(w & near) * m->cost.distance[DIST_CLUSTER];
		sum += (uint64_t)__builtin_popcountll(w & die & ~near) * m->cost.distance[DIST_DIE];
		sum += (uint64_t)__builtin_popcountll(w & socket & ~die) *
		       m->cost.distance[DIST_SOCKET];
		sum += (uint64_t)__builtin_popcountll(w & ~socket) * m->cost.distance[DIST_FAR];
	}
	return sum;
}

/* @cpu has it: the next of those that it holds, which the caller counts when @cpu is back. */
static inline void lock_got(struct mlock *l, struct plat_cpu *cpu, const struct plat_site *site,
			    uint64_t asked, uint64_t got, bool contended, bool bounced)
{
	struct held_lock *h = &cpu->held[cpu->nr_held];
	uint32_t prev = l->prev_cpu;

	l->holder = cpu;
	l->prev_cpu = cpu->id;
	l->history = mix64(mix64(l->history, cpu->id), got);
	h->lock = (uint32_t)(l - cpu->m->locks);
	h->class_id = l->class_id;
	h->ev.class = l->class;
	h->ev.instance = l->instance;
	h->ev.id = h->lock;
	h->ev.cpu = cpu->id;
	h->ev.prev_cpu = prev;
	h->ev.site = site;
	h->ev.asked = VT_PS(asked);
	h->ev.got = VT_PS(got);
	h->ev.contended = contended;
	h->ev.bounced = bounced;
	h->ev.distance = DIST_OWN;
	if (prev != cpu->id && prev != UINT32_MAX)
		h->ev.distance = line_distance(&cpu->m->cpus[prev], cpu);
}

/* Find it held: join the queue and be away until the hand-over. */
static void lock_wait(struct plat_cpu *cpu, struct mlock *l, const struct plat_site *site)
{
	struct machine *m = cpu->m;

	if (!l->mask)
		l->mask = mask_get(cpu);
	lock_mask_flip(l, cpu);
	if (l->tail)
		l->tail->next_waiter = cpu;
	else
		l->head = cpu;
	l->tail = cpu;
	cpu->next_waiter = NULL;
	if (m->config.lock == LOCK_QUEUED)
		charge(cpu, COMP_LINES, line_write(cpu, cpu_line(cpu, CPU_LINE_NODE)));
	else if (m->config.lock == LOCK_TICKET)
		line_share(cpu, l->line, mask_words(m, l->mask));
	cpu->wait_from = cpu->front.clock.now;
	cpu->wait_site = site;
	away(cpu, VT_NEVER, COMP_LOCK_WAIT);
}

/* A write of a lock's line: whether it was in another's cache. */
static inline bool lock_line_write(struct plat_cpu *cpu, uint32_t line)
{
	bool bounced;

	if (likely(cpu->m->lines[line].w == cpu->front.own_line)) {
		plat_hit(&cpu->front);
		return false;
	}
	bounced = !line_is_home(cpu, line);
	charge(cpu, COMP_LINES, line_write(cpu, line));
	return bounced;
}

void plat_lock_at(struct plat_cpu *cpu, struct plat_lock *lock, const struct plat_site *site)
{
	struct machine *m = cpu->m;
	enum lock_algo algo = m->config.lock;
	struct mlock *l = lock_get(cpu, lock);

	charge_insns(cpu, COMP_CRITICAL, lock_insns[algo]);
	settle(cpu);
	if (unlikely(cpu->nr_held || (l->news & cpu->usage)))
		lockdep_acquire(cpu, lock->id, site);
	cpu->locks++;
	if (algo == LOCK_TAS && l->holder) {
		charge(cpu, COMP_LINES, line_read(cpu, l->line));
		lock_wait(cpu, l, site);
	} else {
		bool bounced = lock_line_write(cpu, l->line);

		charge(cpu, COMP_CRITICAL, m->cost.atomic_own);
		if (l->holder)
			lock_wait(cpu, l, site);
		else
			lock_got(l, cpu, site, cpu->front.clock.now, cpu->front.clock.now, false,
				 bounced);
	}
	cpu_count_held(cpu, cpu->nr_held + 1);
	if (likely(!m->config.reference))
		cpu->front.guard_held = GUARD_LOCK | lock->id;
}

/* Which of those that @cpu holds it is: mostly the one taken last. */
static inline unsigned int lock_find_held(struct plat_cpu *cpu, const struct mlock *l, uint32_t id)
{
	unsigned int i = cpu->nr_held;

	while (i && cpu->held[i - 1].lock != id)
		i--;
	if (unlikely(!i))
		machine_fail(cpu, ERR_INVARIANT,
			     "lockdep: unlock of %s (instance %u), which this CPU does not hold",
			     l->class->name, l->instance);
	return i - 1;
}

static inline void lock_drop_held(struct plat_cpu *cpu, unsigned int i)
{
	cpu_count_held(cpu, cpu->nr_held - 1);
	for (; unlikely(i < cpu->nr_held); i++)
		cpu->held[i] = cpu->held[i + 1];
}

/* The waiter that is next; for test-and-set it may stand anywhere. */
static struct plat_cpu *lock_take_waiter(const struct plat_cpu *r, struct mlock *l)
{
	struct plat_cpu *best = l->head, *before = NULL;

	if (r->m->config.lock == LOCK_TAS) {
		struct plat_cpu *prev = l->head;
		enum distance d = line_distance(r, best);

		for (struct plat_cpu *w = best->next_waiter; w; prev = w, w = w->next_waiter) {
			enum distance e = line_distance(r, w);

			if (e < d) {
				d = e;
				best = w;
				before = prev;
			}
		}
	}
	if (before)
		before->next_waiter = best->next_waiter;
	else
		l->head = best->next_waiter;
	if (l->tail == best)
		l->tail = before;
	lock_mask_flip(l, best);
	return best;
}

/* What the hand-over takes, and the caches after it. @h is off the queue. */
static uint64_t lock_hand_over(struct plat_cpu *r, struct plat_cpu *h, struct mlock *l)
{
	struct machine *m = r->m;
	uint64_t ps = lock_transfer(r, h);

	switch (m->config.lock) {
	case LOCK_QUEUED:
		/* Whole by now: both copies are there. */
		line_read(h, cpu_line(h, CPU_LINE_NODE));
		return ps;
	case LOCK_TAS:
		if (m->host.c[HK_ATOMIC_MODE].count == 1)
			ps = m->cost.llc;
		else if (m->host.c[HK_ATOMIC_MODE].count == 2)
			ps += lock_sum_transfers(r, l) / 2;
		ps += m->cost.atomic_own;
		lock_mask_flip(l, h);
		line_share(r, l->line, mask_words(m, l->mask));
		lock_mask_flip(l, h);
		return ps;
	default:
		ps += lock_sum_transfers(r, l) / 2;
		lock_mask_flip(l, h);
		lock_mask_flip(l, r);
		line_share(r, l->line, mask_words(m, l->mask));
		lock_mask_flip(l, h);
		lock_mask_flip(l, r);
		return ps;
	}
}

static void lock_pass_on(struct plat_cpu *r, struct mlock *l)
{
	struct plat_cpu *h = lock_take_waiter(r, l);
	uint64_t line = r->m->config.lock == LOCK_QUEUED ? cpu_line(h, CPU_LINE_NODE) : l->line;
	uint64_t released = r->front.clock.now, got;

	charge(r, COMP_LINES, line_write(r, line));
	got = released + lock_hand_over(r, h, l);
	if (got < h->front.clock.now)
		got = h->front.clock.now; /* its own arrival was still under way */
	lock_got(l, h, h->wait_site, h->wait_from, got, true, true);
	des_rekey(&h->actor, VT_PS(got));
}

void plat_unlock(struct plat_cpu *cpu, struct plat_lock *lock)
{
	struct machine *m = cpu->m;
	struct mlock *l = lock_get(cpu, lock);
	unsigned int i;

	charge_insns(cpu, COMP_CRITICAL, unlock_insns[m->config.lock]);
	settle(cpu);
	i = lock_find_held(cpu, l, lock->id);
	if (m->probe.lock) {
		cpu->held[i].ev.released = now(cpu);
		m->probe.lock(m->probe_priv, &cpu->held[i].ev);
	}
	lock_drop_held(cpu, i);
	cpu->front.guard_held = GUARD_NOBODY;
	if (l->head) {
		lock_pass_on(cpu, l);
	} else {
		l->holder = NULL;
		lock_line_write(cpu, l->line);
	}
}
