// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cache lines: who has each 64-byte line of a design's memory, and what a
 * touch of it costs. Costs are those of the host profile:
 *
 *	read, in the reader's own cache (alone or shared)	l1
 *	read, another CPU has it alone		c2c of the distance; both share
 *	read, shared, a sharer in this socket	llc; the reader shares
 *	read, shared, all sharers elsewhere	c2c_xsock; the reader shares
 *	write, the writer has it alone		l1
 *	write, another CPU has it alone		c2c of the distance
 *	write, shared				c2c of the farthest sharer (the
 *						invalidation), l1 if that is none
 *	first touch of a line			dram
 *	atomic read-modify-write		a write plus atomic_own
 *
 * "Alone" is modified or exclusive: a first reader has the line alone, and
 * another's clean exclusive line is fetched from that CPU, as a snoop filter
 * does. The zeroing in plat_zalloc() leaves a line in no cache. Far atomics
 * (atomic_mode 1) move lines like near ones here; the mode matters to
 * contended test-and-set locks only.
 *
 * Left out: capacity and conflict misses (a line once fetched stays), the
 * interconnect's load, prefetching, store buffers (a write is paid in full).
 *
 * One CPU a cache: actors that wrap around to the same host CPU (machine.h)
 * are neighbours in one cluster.
 *
 * A guarded line (plat_guard_by_lock() and its like) is ordered by what guards
 * it: whoever may touch it does so without a look at who is earlier, for nobody
 * else can. That is checked at each touch. No interrupt is taken there, so that
 * both modes take it at the same verb. A line that is never written needs an
 * order among its readers only until a reader has it: from then on a read finds
 * it in his cache, whatever the others do.
 *
 * A line's state is one word. Bits 1:0 say which:
 *	0	in no cache
 *	1	alone: the CPU in 31:16
 *	2	shared by 1 to 3 CPUs: the count in 3:2, CPUs in 31:16, 47:32, 63:48,
 *		those not used all ones
 *	3	shared by more: a set in the mask pool, its index in 63:32
 */
#include "internal.h"

enum { LINE_NONE, LINE_ALONE, LINE_FEW, LINE_WIDE = PLAT_LINE_WIDE };

#define LINE_FEW_MAX  3
#define LINE_FEW_NONE UINT64_C(0xffffffffffff0000)

static inline unsigned int line_kind(uint64_t w)
{
	return w & PLAT_LINE_KIND;
}

static inline unsigned int line_owner(uint64_t w)
{
	return w >> 16 & 0xffff;
}

static inline unsigned int line_count(uint64_t w)
{
	return w >> 2 & 3;
}

static inline unsigned int line_sharer(uint64_t w, unsigned int n)
{
	return w >> (16 + 16 * n) & 0xffff;
}

/* Whether @cpu is one of the up to three: a lane that is zero after the XOR. */
static inline bool line_few_has(const struct plat_cpu *cpu, uint64_t w)
{
	uint64_t x = (w ^ cpu->own_lanes) | 0xffff;

	return (x - UINT64_C(0x0001000100010000)) & ~x & UINT64_C(0x8000800080000000);
}

static inline bool line_wide_has(const struct plat_cpu *cpu, uint64_t w)
{
	return cpu->front.shared->masks[(w >> 32) + cpu->front.wide_word] >> cpu->front.wide_bit &
	       1;
}

/* Whether @cpu has the line in its cache, so that a read would change nothing. */
static inline bool line_is_here(const struct plat_cpu *cpu, uint64_t w)
{
	switch (line_kind(w)) {
	case LINE_ALONE:
		return w == cpu->front.own_line;
	case LINE_FEW:
		return line_few_has(cpu, w);
	case LINE_WIDE:
		return line_wide_has(cpu, w);
	default:
		return false;
	}
}

uint32_t mask_get(struct plat_cpu *cpu)
{
	struct machine *m = cpu->m;
	uint32_t idx = m->masks_free;
	uint64_t *w;

	if (idx) {
		w = mask_words(m, idx);
		m->masks_free = (uint32_t)w[0];
	} else {
		if (m->masks_used + 1 >= m->masks_max)
			machine_fail(cpu, ERR_NOMEM, "out of room for sets of sharers");
		idx = ++m->masks_used * m->mask_words;
		w = mask_words(m, idx);
	}
	for (unsigned int i = 0; i < m->mask_words; i++)
		w[i] = 0;
	return idx;
}

void mask_put(struct machine *m, uint32_t idx)
{
	mask_words(m, idx)[0] = m->masks_free;
	m->masks_free = idx;
}

void line_forget(struct machine *m, uint64_t line)
{
	uint64_t w = m->lines[line].w;

	if (line_kind(w) == LINE_WIDE)
		mask_put(m, (uint32_t)(w >> 32));
	m->lines[line].w = LINE_NONE;
}

static bool line_wide_in_socket(const struct plat_cpu *cpu, const uint64_t *mask)
{
	for (unsigned int i = 0; i < cpu->m->mask_words; i++) {
		if (mask[i] & cpu->socket_mask[i])
			return true;
	}
	return false;
}

/* The farthest of @mask but @cpu itself. */
static enum distance line_wide_farthest(const struct plat_cpu *cpu, const uint64_t *mask)
{
	enum distance d = DIST_OWN;

	for (unsigned int i = 0; i < cpu->m->mask_words; i++) {
		uint64_t w = mask[i];

		if (i == cpu->id / 64)
			w &= ~(UINT64_C(1) << (cpu->id & 63));
		if (!w)
			continue;
		if (w & ~cpu->socket_mask[i])
			return DIST_FAR;
		if (w & ~cpu->die_mask[i])
			d = DIST_SOCKET;
		else if (w & ~cpu->cluster_mask[i])
			d = d > DIST_DIE ? d : DIST_DIE;
		else
			d = d > DIST_CLUSTER ? d : DIST_CLUSTER;
	}
	return d;
}

/* @cpu joins the up to three sharers of *w. */
static void line_add_few(struct plat_cpu *cpu, uint64_t *w)
{
	unsigned int n = line_count(*w);
	uint64_t *mask;
	uint32_t idx;

	if (n < LINE_FEW_MAX) {
		*w = (*w & ~(UINT64_C(0xc) | UINT64_C(0xffff) << (16 + 16 * n))) |
		     (uint64_t)(n + 1) << 2 | (uint64_t)cpu->id << (16 + 16 * n);
		return;
	}
	idx = mask_get(cpu);
	mask = mask_words(cpu->m, idx);
	for (unsigned int i = 0; i < n; i++) {
		unsigned int s = line_sharer(*w, i);

		mask[s / 64] |= UINT64_C(1) << (s & 63);
	}
	mask[cpu->id / 64] |= UINT64_C(1) << (cpu->id & 63);
	*w = (uint64_t)idx << 32 | LINE_WIDE;
}

/* @cpu is not yet one of the sharers. */
static uint64_t line_read_few(struct plat_cpu *cpu, uint64_t *w)
{
	const struct machine *m = cpu->m;
	unsigned int n = line_count(*w);
	bool near = false;

	for (unsigned int i = 0; i < n && !near; i++)
		near = line_distance(cpu, &m->cpus[line_sharer(*w, i)]) < DIST_FAR;
	line_add_few(cpu, w);
	return near ? m->cost.llc : m->cost.distance[DIST_FAR];
}

static __attribute__((noinline)) uint64_t line_read_slow(struct plat_cpu *cpu, uint64_t *w)
{
	struct machine *m = cpu->m;
	struct plat_cpu *owner;
	uint64_t *mask;
	bool near;

	cpu->transfers++;
	switch (line_kind(*w)) {
	case LINE_NONE:
		*w = cpu->front.own_line;
		return m->cost.dram;
	case LINE_ALONE:
		owner = &m->cpus[line_owner(*w)];
		*w = UINT64_C(0xffff) << 48 | (uint64_t)cpu->id << 32 | (uint64_t)owner->id << 16 |
		     2 << 2 | LINE_FEW;
		return m->cost.distance[line_distance(cpu, owner)];
	case LINE_FEW:
		return line_read_few(cpu, w);
	default:
		mask = mask_words(m, (uint32_t)(*w >> 32));
		near = line_wide_in_socket(cpu, mask);
		mask[cpu->id / 64] |= UINT64_C(1) << (cpu->id & 63);
		return near ? m->cost.llc : m->cost.distance[DIST_FAR];
	}
}

static inline uint64_t line_read_at(struct plat_cpu *cpu, struct plat_line *l)
{
	uint64_t w = l->w;

	cpu->touches++;
	if (likely(line_is_here(cpu, w)))
		return cpu->front.shared->l1;
	return line_read_slow(cpu, &l->w);
}

uint64_t line_read(struct plat_cpu *cpu, uint64_t line)
{
	return line_read_at(cpu, &cpu->m->lines[line]);
}

static enum distance line_few_farthest(const struct plat_cpu *cpu, uint64_t w)
{
	enum distance d = DIST_OWN;

	for (unsigned int i = 0; i < line_count(w); i++) {
		enum distance e = line_distance(cpu, &cpu->m->cpus[line_sharer(w, i)]);

		d = e > d ? e : d;
	}
	return d;
}

static __attribute__((noinline)) uint64_t line_write_shared(struct plat_cpu *cpu, uint64_t *w)
{
	struct machine *m = cpu->m;
	enum distance d;

	if (line_kind(*w) == LINE_NONE) {
		cpu->transfers++;
		*w = cpu->front.own_line;
		return m->cost.dram;
	}
	if (line_kind(*w) == LINE_FEW) {
		d = line_few_farthest(cpu, *w);
	} else {
		d = line_wide_farthest(cpu, mask_words(m, (uint32_t)(*w >> 32)));
		mask_put(m, (uint32_t)(*w >> 32));
	}
	cpu->transfers += d != DIST_OWN;
	*w = cpu->front.own_line;
	return m->cost.distance[d];
}

/* The common one first: it comes from the CPU that has it alone. */
static inline uint64_t line_write_slow(struct plat_cpu *cpu, uint64_t *w)
{
	enum distance d;

	if (unlikely(line_kind(*w) != LINE_ALONE))
		return line_write_shared(cpu, w);
	d = cpu->distances[line_owner(*w)];
	cpu->transfers += d != DIST_OWN;
	*w = cpu->front.own_line;
	return cpu->m->cost.distance[d];
}

static inline uint64_t line_write_at(struct plat_cpu *cpu, struct plat_line *l)
{
	cpu->touches++;
	if (likely(l->w == cpu->front.own_line))
		return cpu->front.shared->l1;
	return line_write_slow(cpu, &l->w);
}

uint64_t line_write(struct plat_cpu *cpu, uint64_t line)
{
	return line_write_at(cpu, &cpu->m->lines[line]);
}

bool line_is_home(const struct plat_cpu *cpu, uint64_t line)
{
	uint64_t w = cpu->m->lines[line].w;

	if (line_kind(w) == LINE_FEW)
		return line_few_farthest(cpu, w) == DIST_OWN;
	return w == cpu->front.own_line || line_kind(w) == LINE_NONE;
}

void line_share(struct plat_cpu *cpu, uint64_t line, const uint64_t *mask)
{
	struct machine *m = cpu->m;
	uint64_t w = LINE_FEW | LINE_FEW_NONE;
	unsigned int n = 0;
	uint32_t idx;

	for (unsigned int i = 0; i < m->mask_words && n <= LINE_FEW_MAX; i++) {
		for (uint64_t rest = mask[i]; rest; rest &= rest - 1) {
			unsigned int id = i * 64 + (unsigned int)__builtin_ctzll(rest);

			if (n == LINE_FEW_MAX) {
				n++;
				break;
			}
			w ^= (uint64_t)(id ^ 0xffff) << (16 + 16 * n++);
		}
	}
	line_forget(m, line);
	if (n <= LINE_FEW_MAX) {
		m->lines[line].w = n ? w | (uint64_t)n << 2 : LINE_NONE;
		return;
	}
	idx = mask_get(cpu);
	for (unsigned int i = 0; i < m->mask_words; i++)
		mask_words(m, idx)[i] = mask[i];
	m->lines[line].w = (uint64_t)idx << 32 | LINE_WIDE;
}

/* ---- guards -------------------------------------------------------------- */

static void line_guard_refused(struct machine *m, const char *why)
{
	if (m->failed)
		return;
	m->failed = true;
	err_set(&m->err, ERR_INVARIANT, "a guard for a line %s", why);
}

static void line_guard_range(struct machine *m, const void *p, size_t bytes, uint32_t guard)
{
	uint64_t first = ((uintptr_t)p - m->base + 63) / 64;
	uint64_t end = ((uintptr_t)p - m->base + bytes) / 64;

	if (end > m->region_bytes / 64) {
		line_guard_refused(m, "outside the memory of plat_zalloc()");
		return;
	}
	for (uint64_t i = first; i < end; i++) {
		struct plat_line *l = &m->lines[i + LINE_INTERNAL];

		if (l->locks)
			line_guard_refused(m, "that a lock lies on, which waiters touch");
		else if (l->guard && l->guard != guard)
			line_guard_refused(m, "that has another guard");
		else
			l->guard = guard;
	}
}

void plat_guard_by_lock(struct plat_vm *vm, const void *p, size_t bytes,
			const struct plat_lock *lock)
{
	if (!lock->id)
		line_guard_refused(vm->m, "by a lock that plat_lock_init() has not seen");
	else
		line_guard_range(vm->m, p, bytes, GUARD_LOCK | lock->id);
}

void plat_guard_by_vcpu(struct plat_vm *vm, const void *p, size_t bytes, unsigned int vcpu)
{
	line_guard_range(vm->m, p, bytes, GUARD_VCPU | vcpu);
}

void plat_guard_const(struct plat_vm *vm, const void *p, size_t bytes)
{
	line_guard_range(vm->m, p, bytes, GUARD_CONST);
}

void line_has_lock(struct machine *m, uint64_t line)
{
	m->lines[line].locks++;
	if (m->lines[line].guard)
		line_guard_refused(m, "that a lock lies on, which waiters touch");
}

void line_unguard(struct machine *m, uint64_t line)
{
	m->lines[line].guard = 0;
	m->lines[line].locks = 0;
}

__attribute__((noreturn, noinline)) static void line_guard_broken(struct plat_cpu *cpu,
								  uint32_t guard, const char *verb)
{
	uint32_t who = guard & ~GUARD_KIND;
	const struct mlock *l;

	switch (guard & GUARD_KIND) {
	case GUARD_LOCK:
		l = &cpu->m->locks[who];
		machine_fail(cpu, ERR_INVARIANT,
			     "%s of what %s (instance %u) guards, which this CPU does not hold",
			     verb, l->class->name, l->instance);
	case GUARD_VCPU:
		machine_fail(cpu, ERR_INVARIANT, "%s of what only vCPU %u's thread may touch", verb,
			     who);
	default:
		machine_fail(cpu, ERR_INVARIANT, "%s of what is never to be written", verb);
	}
}

/* The guard is not the one that was looked at last. */
static __attribute__((noinline)) void line_guarded(struct plat_cpu *cpu, const struct plat_line *l,
						   const char *verb, bool write)
{
	const struct machine *m = cpu->m;
	uint32_t who = l->guard & ~GUARD_KIND;
	bool may, ordered = true;

	switch (l->guard & GUARD_KIND) {
	case GUARD_LOCK:
		may = m->locks[who].holder == cpu;
		break;
	case GUARD_VCPU:
		may = cpu->id == who;
		break;
	default:
		may = !write;
		ordered = line_is_here(cpu, l->w);
		break;
	}
	if (unlikely(!may))
		line_guard_broken(cpu, l->guard, verb);
	if (unlikely(!ordered || m->config.reference))
		des_settle(&cpu->actor);
}

/* ---- the verbs ---------------------------------------------------------- */

/* A wild pointer gives a huge number, also below the base. */
static inline struct plat_line *line_at(struct plat_cpu *cpu, const void *p)
{
	uint64_t line = ((uintptr_t)p - cpu->front.shared->base) / 64;

	if (unlikely(line >= cpu->front.shared->region_bytes / 64))
		machine_fail(cpu, ERR_INVARIANT, "an access outside the memory of plat_zalloc()");
	return &cpu->front.shared->lines[line];
}

/* Be the earliest to touch @l, as far as that is not settled by its guard. */
static inline void line_order(struct plat_cpu *cpu, const struct plat_line *l, const char *verb,
			      bool write)
{
	uint32_t guard = l->guard;

	if (likely(!guard))
		settle(cpu);
	else if (guard != cpu->front.guard_held && guard != cpu->front.guard_own)
		line_guarded(cpu, l, verb, write);
}

/* One line of a touch, whatever its state. */
static inline void line_touch_read(struct plat_cpu *cpu, struct plat_line *l)
{
	bool here = line_is_here(cpu, l->w);

	if (!here || l->guard != cpu->front.shared->guard_const) {
		line_order(cpu, l, "plat_read()", false);
		here = line_is_here(cpu, l->w);
	}
	if (here) {
		plat_hit(&cpu->front);
		return;
	}
	cpu->touches++;
	charge(cpu, COMP_LINES, line_read_slow(cpu, &l->w));
}

static inline void line_touch_write(struct plat_cpu *cpu, struct plat_line *l)
{
	line_order(cpu, l, "plat_write()", true);
	if (l->w == cpu->front.own_line) {
		plat_hit(&cpu->front);
		return;
	}
	cpu->touches++;
	charge(cpu, COMP_LINES, line_write_slow(cpu, &l->w));
}

static __attribute__((noinline)) void line_read_many(struct plat_cpu *cpu, struct plat_line *l,
						     const void *p, size_t bytes)
{
	const struct plat_line *last = line_at(cpu, (const char *)p + bytes - 1);

	do
		line_touch_read(cpu, l);
	while (l++ < last);
}

static __attribute__((noinline)) void line_write_many(struct plat_cpu *cpu, struct plat_line *l,
						      const void *p, size_t bytes)
{
	const struct plat_line *last = line_at(cpu, (const char *)p + bytes - 1);

	do
		line_touch_write(cpu, l);
	while (l++ < last);
}

void plat_read_slow(struct plat_cpu *cpu, const void *p, size_t bytes)
{
	struct plat_line *l = line_at(cpu, p);

	if (unlikely(((uintptr_t)p & 63) + bytes > 64))
		line_read_many(cpu, l, p, bytes);
	else
		line_touch_read(cpu, l);
}

void plat_write_slow(struct plat_cpu *cpu, const void *p, size_t bytes)
{
	struct plat_line *l = line_at(cpu, p);

	if (unlikely(((uintptr_t)p & 63) + bytes > 64))
		line_write_many(cpu, l, p, bytes);
	else
		line_touch_write(cpu, l);
}

static inline void line_atomic(struct plat_cpu *cpu, const void *p)
{
	struct plat_line *l = line_at(cpu, p);

	line_order(cpu, l, "plat_set_bit() or plat_clear_bit()", true);
	charge(cpu, COMP_LINES, line_write_at(cpu, l));
	charge(cpu, cpu->nr_held ? COMP_CRITICAL : COMP_CODE, cpu->m->cost.atomic_own);
}

void plat_set_bit(struct plat_cpu *cpu, unsigned int nr, uint64_t *map)
{
	line_atomic(cpu, &map[nr / 64]);
	map[nr / 64] |= UINT64_C(1) << (nr & 63);
}

void plat_clear_bit(struct plat_cpu *cpu, unsigned int nr, uint64_t *map)
{
	line_atomic(cpu, &map[nr / 64]);
	map[nr / 64] &= ~(UINT64_C(1) << (nr & 63));
}

bool plat_test_bit(struct plat_cpu *cpu, unsigned int nr, const uint64_t *map)
{
	plat_read_bytes(cpu, &map[nr / 64], sizeof(*map));
	return map[nr / 64] >> (nr & 63) & 1;
}
