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
 * A line's state is one word. Bits 1:0 say which:
 *	0	in no cache
 *	1	alone: the CPU in 31:16
 *	2	shared by 1 to 3 CPUs: the count in 3:2, CPUs in 31:16, 47:32, 63:48
 *	3	shared by more: a set in the mask pool, its index in 63:32
 */
#include "internal.h"

enum { LINE_NONE, LINE_ALONE, LINE_FEW, LINE_WIDE };

#define LINE_FEW_MAX 3

static inline unsigned int line_kind(uint64_t w)
{
	return w & 3;
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

enum distance line_distance(const struct plat_cpu *a, const struct plat_cpu *b)
{
	uint64_t bit = UINT64_C(1) << (b->id & 63);
	unsigned int word = b->id / 64;

	if (a == b)
		return DIST_OWN;
	if (a->cluster_mask[word] & bit)
		return DIST_CLUSTER;
	if (a->die_mask[word] & bit)
		return DIST_DIE;
	return a->socket_mask[word] & bit ? DIST_SOCKET : DIST_FAR;
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
		idx = ++m->masks_used;
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
	uint64_t w = m->lines[line];

	if (line_kind(w) == LINE_WIDE)
		mask_put(m, (uint32_t)(w >> 32));
	m->lines[line] = LINE_NONE;
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
		*w = (*w & ~UINT64_C(0xc)) | (uint64_t)(n + 1) << 2 |
		     (uint64_t)cpu->id << (16 + 16 * n);
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

static uint64_t line_read_few(struct plat_cpu *cpu, uint64_t *w)
{
	const struct machine *m = cpu->m;
	unsigned int n = line_count(*w);
	bool near = false;

	for (unsigned int i = 0; i < n; i++) {
		const struct plat_cpu *s = &m->cpus[line_sharer(*w, i)];

		if (s == cpu)
			return m->cost.l1;
		near |= line_distance(cpu, s) < DIST_FAR;
	}
	cpu->transfers++;
	line_add_few(cpu, w);
	return near ? m->cost.llc : m->cost.distance[DIST_FAR];
}

static uint64_t line_read_slow(struct plat_cpu *cpu, uint64_t *w)
{
	struct machine *m = cpu->m;
	struct plat_cpu *owner;
	uint64_t *mask, bit;

	switch (line_kind(*w)) {
	case LINE_NONE:
		cpu->transfers++;
		*w = cpu->own_line;
		return m->cost.dram;
	case LINE_ALONE:
		cpu->transfers++;
		owner = &m->cpus[line_owner(*w)];
		*w = (uint64_t)cpu->id << 32 | (uint64_t)owner->id << 16 | 2 << 2 | LINE_FEW;
		return m->cost.distance[line_distance(cpu, owner)];
	case LINE_FEW:
		return line_read_few(cpu, w);
	default:
		mask = mask_words(m, (uint32_t)(*w >> 32));
		bit = UINT64_C(1) << (cpu->id & 63);
		if (mask[cpu->id / 64] & bit)
			return m->cost.l1;
		cpu->transfers++;
		bit |= mask[cpu->id / 64];
		if (line_wide_in_socket(cpu, mask)) {
			mask[cpu->id / 64] = bit;
			return m->cost.llc;
		}
		mask[cpu->id / 64] = bit;
		return m->cost.distance[DIST_FAR];
	}
}

uint64_t line_read(struct plat_cpu *cpu, uint64_t line)
{
	uint64_t *w = &cpu->m->lines[line];

	cpu->touches++;
	if (likely(*w == cpu->own_line))
		return cpu->m->cost.l1;
	return line_read_slow(cpu, w);
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

static uint64_t line_write_slow(struct plat_cpu *cpu, uint64_t *w)
{
	struct machine *m = cpu->m;
	enum distance d;

	switch (line_kind(*w)) {
	case LINE_NONE:
		cpu->transfers++;
		*w = cpu->own_line;
		return m->cost.dram;
	case LINE_ALONE:
		d = line_distance(cpu, &m->cpus[line_owner(*w)]);
		break;
	case LINE_FEW:
		d = line_few_farthest(cpu, *w);
		break;
	default:
		d = line_wide_farthest(cpu, mask_words(m, (uint32_t)(*w >> 32)));
		mask_put(m, (uint32_t)(*w >> 32));
		break;
	}
	cpu->transfers += d != DIST_OWN;
	*w = cpu->own_line;
	return m->cost.distance[d];
}

uint64_t line_write(struct plat_cpu *cpu, uint64_t line)
{
	uint64_t *w = &cpu->m->lines[line];

	cpu->touches++;
	if (likely(*w == cpu->own_line))
		return cpu->m->cost.l1;
	return line_write_slow(cpu, w);
}

bool line_is_home(const struct plat_cpu *cpu, uint64_t line)
{
	uint64_t w = cpu->m->lines[line];

	if (line_kind(w) == LINE_FEW)
		return line_few_farthest(cpu, w) == DIST_OWN;
	return w == cpu->own_line || line_kind(w) == LINE_NONE;
}

void line_share(struct plat_cpu *cpu, uint64_t line, const uint64_t *mask)
{
	struct machine *m = cpu->m;
	uint64_t w = LINE_FEW;
	unsigned int n = 0;
	uint32_t idx;

	for (unsigned int i = 0; i < m->mask_words && n <= LINE_FEW_MAX; i++) {
		for (uint64_t rest = mask[i]; rest; rest &= rest - 1) {
			unsigned int id = i * 64 + (unsigned int)__builtin_ctzll(rest);

			if (n == LINE_FEW_MAX) {
				n++;
				break;
			}
			w |= (uint64_t)id << (16 + 16 * n++);
		}
	}
	line_forget(m, line);
	if (n <= LINE_FEW_MAX) {
		m->lines[line] = n ? w | (uint64_t)n << 2 : LINE_NONE;
		return;
	}
	idx = mask_get(cpu);
	for (unsigned int i = 0; i < m->mask_words; i++)
		mask_words(m, idx)[i] = mask[i];
	m->lines[line] = (uint64_t)idx << 32 | LINE_WIDE;
}

/* ---- the verbs ---------------------------------------------------------- */

static inline uint64_t line_of(const struct plat_cpu *cpu, const void *p)
{
	return ((uintptr_t)p - cpu->m->base) / 64;
}

/* A wild pointer gives a huge number, also below the base. */
static inline void line_check(struct plat_cpu *cpu, uint64_t first, uint64_t last)
{
	if (unlikely(last >= cpu->m->region_bytes / 64 || first > last))
		machine_fail(cpu, ERR_INVARIANT, "an access outside the memory of plat_zalloc()");
}

void plat_read_bytes(struct plat_cpu *cpu, const void *p, size_t bytes)
{
	uint64_t line = line_of(cpu, p);
	uint64_t last = line_of(cpu, (const char *)p + bytes - 1);

	line_check(cpu, line, last);
	do {
		settle(cpu);
		charge(cpu, COMP_LINES, line_read(cpu, line + LINE_INTERNAL));
	} while (unlikely(line++ < last));
}

void plat_write_bytes(struct plat_cpu *cpu, const void *p, size_t bytes)
{
	uint64_t line = line_of(cpu, p);
	uint64_t last = line_of(cpu, (const char *)p + bytes - 1);

	line_check(cpu, line, last);
	do {
		settle(cpu);
		charge(cpu, COMP_LINES, line_write(cpu, line + LINE_INTERNAL));
	} while (unlikely(line++ < last));
}

static void line_atomic(struct plat_cpu *cpu, const void *p)
{
	uint64_t line = line_of(cpu, p);

	line_check(cpu, line, line);
	settle(cpu);
	charge(cpu, COMP_LINES, line_write(cpu, line + LINE_INTERNAL));
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
