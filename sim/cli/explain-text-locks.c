// SPDX-License-Identifier: GPL-2.0-or-later
/* Who waited for which lock where, and what those who held it did meanwhile: the text. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "explain-doc.h"
#include "metrics-data.h"

#define SHOWN_WAITERS 5
#define SHOWN_HOLDERS 4

/* The blames [first, end) of one waiter. */
struct waiter {
	const struct explain_blame *first, *end;
	uint64_t ps;
};

static int by_time(const void *x, const void *y)
{
	const struct waiter *a = x, *b = y;

	if (a->ps != b->ps)
		return a->ps > b->ps ? -1 : 1;
	return (a->first > b->first) - (a->first < b->first); /* sorted by name */
}

static void holders(char *buf, size_t len, const struct waiter *w)
{
	int64_t shown = 0;
	size_t n = 0;

	buf[0] = '\0';
	for (const struct explain_blame *b = w->first;
	     b < w->end && b < w->first + SHOWN_HOLDERS && n < len; b++) {
		const char *sep = b > w->first ? ", " : "";
		double share = explain_share((int64_t)b->ps, (int64_t)w->ps);

		if (share < 0.05)
			break;
		if (b->holder)
			n += (size_t)snprintf(buf + n, len - n, "%s%s():%d held it %.1f %%", sep,
					      b->holder->func, b->holder->line, share);
		else
			n += (size_t)snprintf(buf + n, len - n, "%s%s %.1f %%", sep,
					      b->early ? "holders before that" : "handing it over",
					      share);
		shown += (int64_t)b->ps;
	}
	if (explain_share((int64_t)w->ps - shown, (int64_t)w->ps) >= 0.05 && n < len)
		snprintf(buf + n, len - n, ", others %.1f %%",
			 explain_share((int64_t)w->ps - shown, (int64_t)w->ps));
}

/* Waiters of @class, those that waited longest first; how many. */
static unsigned int waiters_of(const struct explain_run *run, const char *class, struct waiter *w)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < run->nr_blames; i++) {
		const struct explain_blame *b = &run->blame[i];

		if (strcmp(b->class, class) != 0)
			continue;
		if (!nr || !explain_same_site(w[nr - 1].first->waiter, b->waiter))
			w[nr++] = (struct waiter){ b, b, 0 };
		w[nr - 1].end = b + 1;
		w[nr - 1].ps += b->ps;
	}
	if (nr)
		qsort(w, nr, sizeof(*w), by_time);
	return nr;
}

/* Of one class: passing it on, as against what holders did. */
static void say_class(FILE *f, const struct explain_run *run, const char *class, uint64_t all)
{
	const struct explain_blame *most = NULL;
	uint64_t over = 0;

	for (unsigned int i = 0; i < run->nr_blames; i++) {
		const struct explain_blame *b = &run->blame[i];

		if (strcmp(b->class, class) != 0)
			continue;
		if (!b->holder && !b->early)
			over += b->ps;
		if (b->holder && (!most || b->ps > most->ps))
			most = b;
	}
	if (!all || !most)
		return;
	out_say(f,
		"Of the wait for %s, %.1f %% was handing it over (the lock's algorithm and the "
		"host's caches); the largest part of the rest: %s() waiting while %s() had it, "
		"%.1f %%.",
		class, explain_share((int64_t)over, (int64_t)all), most->waiter->func,
		most->holder->func, explain_share((int64_t)most->ps, (int64_t)all));
}

static void class_of(FILE *f, const struct explain_run *run, const struct lock_data *l,
		     struct waiter *w)
{
	unsigned int nr = waiters_of(run, l->class, w);
	uint64_t all = 0, rest = 0;
	char t[48], text[500];

	for (unsigned int i = 0; i < nr; i++)
		all += w[i].ps;
	fprintf(f, "  %s: %" PRIu64 " of %" PRIu64 " acquisitions waited, %s in all\n", l->class,
		l->wait.count, l->hold.count, out_time(t, sizeof(t), (int64_t)all));
	for (unsigned int i = 0; i < nr; i++) {
		if (i >= SHOWN_WAITERS) {
			rest += w[i].ps;
			continue;
		}
		holders(text, sizeof(text), &w[i]);
		fprintf(f, "    %12s in %s():%d while\n", out_time(t, sizeof(t), (int64_t)w[i].ps),
			w[i].first->waiter->func, w[i].first->waiter->line);
		out_wrapped(f, text, "                 ", 100);
	}
	if (rest)
		fprintf(f, "    %12s elsewhere, in %u places\n",
			out_time(t, sizeof(t), (int64_t)rest), nr - SHOWN_WAITERS);
	say_class(f, run, l->class, all);
}

void explain_text_locks(FILE *f, const struct explain_doc *d)
{
	for (unsigned int r = 0; r < d->nr_runs; r++) {
		const struct explain_run *run = &d->run[r];
		const struct metrics *m = run->result.metrics;
		struct waiter *w = calloc(run->nr_blames + 1, sizeof(*w));
		bool any = false;

		fprintf(f,
			"\nwaits for locks under %s: where, and what the holder had taken it for\n",
			run->design->name);
		for (unsigned int i = 0; w && i < m->nr_locks; i++) {
			if (!m->lock[i].wait.sum)
				continue;
			class_of(f, run, &m->lock[i], w);
			any = true;
		}
		if (!any)
			fputs("  none\n", f);
		free(w);
	}
}
