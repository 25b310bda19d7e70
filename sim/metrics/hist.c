/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The histogram of hist.h. octave[0] holds the 128 exact counters; octave[k]
 * the values in [128 << (k - 1), 128 << k) in 64 buckets 2^k wide each.
 */
#include "hist.h"

#include <stdlib.h>
#include <string.h>

#define HIST_SLOTS (HIST_EXACT + HIST_OCTAVES * HIST_SUB)

void hist_init(struct hist *h)
{
	memset(h, 0, sizeof(*h));
}

void hist_fini(struct hist *h)
{
	for (unsigned int k = 0; k <= HIST_OCTAVES; k++)
		free(h->octave[k]);
	hist_init(h);
}

uint64_t *hist_octave(struct hist *h, unsigned int k)
{
	if (!h->octave[k])
		h->octave[k] = calloc(k ? HIST_SUB : HIST_EXACT, sizeof(uint64_t));
	return h->octave[k];
}

void hist_stretch(struct hist *h, uint64_t value)
{
	if (!h->count || value < h->min)
		h->min = value;
	if (value > h->max)
		h->max = value;
}

bool hist_merge(struct hist *into, const struct hist *from)
{
	if (!from->count)
		return true;
	/* All memory first, so that a failure leaves @into as it was. */
	for (unsigned int k = 0; k <= HIST_OCTAVES; k++)
		if (from->octave[k] && !hist_octave(into, k))
			return false;
	for (unsigned int k = 0; k <= HIST_OCTAVES; k++) {
		if (!from->octave[k])
			continue;
		for (unsigned int i = 0; i < (k ? HIST_SUB : HIST_EXACT); i++)
			into->octave[k][i] += from->octave[k][i];
	}
	if (!into->count || from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
	into->count += from->count;
	into->sum += from->sum;
	return true;
}

uint64_t hist_mean(const struct hist *h)
{
	if (!h->count)
		return 0;
	return (uint64_t)((h->sum + h->count / 2) / h->count);
}

bool hist_next(const struct hist *h, unsigned int *it, uint64_t *low, uint64_t *high,
	       uint64_t *count)
{
	while (*it < HIST_SLOTS) {
		unsigned int i = (*it)++;
		unsigned int k = i < HIST_EXACT ? 0 : (i - HIST_EXACT) / HIST_SUB + 1;
		unsigned int sub = k ? (i - HIST_EXACT) % HIST_SUB : i;

		if (!h->octave[k]) {
			*it = HIST_EXACT + k * HIST_SUB;
			continue;
		}
		if (!h->octave[k][sub])
			continue;
		*low = k ? (uint64_t)(sub + HIST_SUB) << k : sub;
		*high = *low + ((UINT64_C(1) << k) - 1);
		*count = h->octave[k][sub];
		return true;
	}
	return false;
}

uint64_t hist_quantile(const struct hist *h, uint64_t num, uint64_t den)
{
	uint64_t low, high, n, seen = 0, rank;
	unsigned int it = 0;

	if (!h->count)
		return 0;
	rank = (uint64_t)(((unsigned __int128)h->count * num + den - 1) / den);
	if (!rank)
		rank = 1;
	while (hist_next(h, &it, &low, &high, &n)) {
		seen += n;
		if (seen >= rank)
			return high < h->max ? high : h->max;
	}
	return h->max;
}
