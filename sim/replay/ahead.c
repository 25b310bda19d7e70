// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A ring of batches between two threads: one fills, one empties. Each batch is
 * the reader's or the taker's alone; what both look at is under the mutex. One of
 * them at most waits at a time: the taker for a first batch, the reader while there
 * are many.
 */
#include "ahead.h"

#include <pthread.h>
#include <stdlib.h>

#define AHEAD_ITEMS   256
#define AHEAD_BATCHES 16
/* The thread that fills sleeps until so few are left: a wake-up is dear. */
#define AHEAD_LOW     4

struct batch {
	unsigned int nr;
	int rc; /* after the last: as infer_next() */
	struct err err;
	struct infer_item item[AHEAD_ITEMS];
	struct annot annot[AHEAD_ITEMS];
};

struct ahead {
	struct infer *infer;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	unsigned int filled; /* batches that wait for the taker, or are his */
	bool stop, full;     /* full: it waits until there are few again */
	/* the taker's */
	unsigned int at, next; /* batch, item of it */
	bool has_batch;
	struct batch batch[AHEAD_BATCHES];
};

static void ahead_fill(struct ahead *a, struct batch *b)
{
	const struct infer_item *item;

	for (b->nr = 0; b->nr < AHEAD_ITEMS; b->nr++) {
		b->rc = infer_next(a->infer, &item, &b->err);
		if (b->rc <= 0)
			return;
		b->item[b->nr] = *item;
		if (item->annot) {
			b->annot[b->nr] = *item->annot;
			b->item[b->nr].annot = &b->annot[b->nr];
		}
	}
}

static void *ahead_main(void *arg)
{
	struct ahead *a = arg;

	for (unsigned int at = 0;; at = (at + 1) % AHEAD_BATCHES) {
		bool stop;

		pthread_mutex_lock(&a->mutex);
		a->full = a->filled == AHEAD_BATCHES;
		while (a->full && !a->stop)
			pthread_cond_wait(&a->changed, &a->mutex);
		stop = a->stop;
		pthread_mutex_unlock(&a->mutex);
		if (stop)
			return NULL;
		ahead_fill(a, &a->batch[at]);
		pthread_mutex_lock(&a->mutex);
		if (!a->filled++)
			pthread_cond_signal(&a->changed);
		pthread_mutex_unlock(&a->mutex);
		if (a->batch[at].rc <= 0)
			return NULL;
	}
}

struct ahead *ahead_start(struct infer *f)
{
	struct ahead *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->infer = f;
	pthread_mutex_init(&a->mutex, NULL);
	pthread_cond_init(&a->changed, NULL);
	if (pthread_create(&a->thread, NULL, ahead_main, a)) {
		free(a);
		return NULL;
	}
	return a;
}

void ahead_stop(struct ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->mutex);
	a->stop = true;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->mutex);
	pthread_join(a->thread, NULL);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->mutex);
	free(a);
}

/* Give the batch back that was emptied, and wait for the next. */
static void ahead_turn(struct ahead *a)
{
	pthread_mutex_lock(&a->mutex);
	if (a->has_batch) {
		a->at = (a->at + 1) % AHEAD_BATCHES;
		if (--a->filled == AHEAD_LOW && a->full) {
			a->full = false;
			pthread_cond_signal(&a->changed);
		}
	}
	while (!a->filled)
		pthread_cond_wait(&a->changed, &a->mutex);
	pthread_mutex_unlock(&a->mutex);
	a->has_batch = true;
	a->next = 0;
}

int ahead_next(struct ahead *a, const struct infer_item **item, struct err *err)
{
	const struct batch *b = &a->batch[a->at];

	if (!a->has_batch || (a->next == b->nr && b->rc > 0)) {
		ahead_turn(a);
		b = &a->batch[a->at];
	}
	if (a->next == b->nr) {
		if (b->rc < 0 && err)
			*err = b->err;
		return b->rc;
	}
	*item = &b->item[a->next++];
	return 1;
}
