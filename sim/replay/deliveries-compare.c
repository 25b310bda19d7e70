/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See deliveries-compare.h. Every pair is looked at once; its times are kept to be sorted. */
#include "deliveries-compare.h"

#include <stdlib.h>
#include <string.h>

/* One occurrence with what the sums need of it. */
struct sample {
	uint32_t vcpu, irq;
	unsigned int differs;
	bool both;
	int64_t latency_ps, time_ps;
};

static uint32_t vcpu_of(const struct delivery_pair *p)
{
	if (p->a && p->a->fate <= FATE_MERGED)
		return p->a->by;
	if (p->b && p->b->fate <= FATE_MERGED)
		return p->b->by;
	return p->a ? p->a->id.vcpu : p->b->id.vcpu;
}

static int by_value(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

static int by_interrupt(const void *x, const void *y)
{
	const struct sample *a = x, *b = y;

	if (a->vcpu != b->vcpu)
		return a->vcpu < b->vcpu ? -1 : 1;
	return (a->irq > b->irq) - (a->irq < b->irq);
}

/* Sorts @v. */
static struct delivery_spread spread_of(int64_t *v, uint64_t n)
{
	struct delivery_spread s = { .n = n };
	__int128 sum = 0;

	if (!n)
		return s;
	qsort(v, n, sizeof(*v), by_value);
	for (uint64_t i = 0; i < n; i++)
		sum += v[i];
	s.min_ps = v[0];
	s.p10_ps = v[(n - 1) * 10 / 100];
	s.p50_ps = v[(n - 1) * 50 / 100];
	s.p90_ps = v[(n - 1) * 90 / 100];
	s.p99_ps = v[(n - 1) * 99 / 100];
	s.max_ps = v[n - 1];
	s.mean_ps = (int64_t)(sum / (__int128)n);
	return s;
}

/* @room: for @n values. */
static struct delivery_counts counts_of(const struct sample *s, uint64_t n, int64_t *room)
{
	struct delivery_counts c = { .occurrences = n };

	for (uint64_t i = 0; i < n; i++) {
		for (unsigned int bit = 0; bit < DIFFERS_NR; bit++)
			c.differs[bit] += s[i].differs >> bit & 1;
		c.differing += (s[i].differs & DIFFERS_NOT_TIME) != 0;
		if (s[i].both)
			room[c.both++] = s[i].latency_ps;
		else if (!s[i].differs)
			c.neither++;
	}
	c.latency = spread_of(room, c.both);
	return c;
}

static int keep(struct delivery_pair **list, uint64_t *nr, const struct delivery_pair *p,
		uint64_t max)
{
	if (*nr == max)
		return 0;
	if (!*list)
		*list = calloc(max, sizeof(**list));
	if (!*list)
		return -1;
	(*list)[(*nr)++] = *p;
	return 0;
}

static int keep_first(struct delivery_diff *diff, const struct delivery_pair *p, uint64_t max)
{
	if (p->differs & DIFFERS_NOT_TIME)
		return keep(&diff->first, &diff->nr_first, p, max);
	return p->differs ? keep(&diff->apart, &diff->nr_apart, p, max) : 0;
}

static int rows_of(struct delivery_diff *diff, struct sample *s, uint64_t n, int64_t *room)
{
	uint64_t end;

	qsort(s, n, sizeof(*s), by_interrupt);
	for (uint64_t i = 0; i < n; i++)
		diff->nr_rows += !i || by_interrupt(&s[i - 1], &s[i]);
	diff->row = calloc(diff->nr_rows ? diff->nr_rows : 1, sizeof(*diff->row));
	if (!diff->row)
		return -1;
	diff->nr_rows = 0;
	for (uint64_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && !by_interrupt(&s[i], &s[end]); end++)
			;
		diff->row[diff->nr_rows++] = (struct delivery_row){
			.vcpu = s[i].vcpu,
			.irq = s[i].irq,
			.c = counts_of(s + i, end - i, room),
		};
	}
	return 0;
}

int delivery_diff(const struct deliveries *a, const struct deliveries *b, uint64_t apart_ps,
		  uint64_t max, struct delivery_diff *diff, struct err *err)
{
	uint64_t na, nb, ia = 0, ib = 0, n = 0, both = 0;
	struct delivery_pair p;
	struct sample *s;
	int64_t *room;
	int rc = -1;

	memset(diff, 0, sizeof(*diff));
	deliveries_list(a, &na);
	deliveries_list(b, &nb);
	s = calloc(na + nb + 1, sizeof(*s));
	room = calloc(na + nb + 1, sizeof(*room));
	if (!s || !room)
		goto out;
	while (deliveries_next_pair(a, b, apart_ps, &ia, &ib, &p)) {
		s[n++] = (struct sample){
			.vcpu = vcpu_of(&p),
			.irq = p.a ? p.a->id.irq : p.b->id.irq,
			.differs = p.differs,
			.both = p.both,
			.latency_ps = p.latency_ps,
			.time_ps = p.time_ps,
		};
		if (p.both)
			room[both++] = p.time_ps;
		if (keep_first(diff, &p, max))
			goto out;
	}
	diff->time = spread_of(room, both);
	diff->c = counts_of(s, n, room);
	rc = rows_of(diff, s, n, room);
out:
	free(s);
	free(room);
	return rc ? err_set(err, ERR_NOMEM, "out of memory to compare the deliveries") : 0;
}

void delivery_diff_fini(struct delivery_diff *diff)
{
	free(diff->row);
	free(diff->first);
	free(diff->apart);
	memset(diff, 0, sizeof(*diff));
}
