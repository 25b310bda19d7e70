// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Puts records in order of time. The host's events come in order, but some
 * of them tell late what happened earlier: kvm_exit comes after the guest
 * was left, the value of a read after the read. Such a record takes its
 * place when it begins and is finished later; what comes after it waits.
 */
#include <stdlib.h>
#include <string.h>

#include "import-private.h"

#define SLOT(q, n) (&(q)->v[(n) & (QUEUE_SLOTS - 1)])

int queue_init(struct imp_queue *q, struct trace_writer *w, struct import_summary *sum)
{
	*q = (struct imp_queue){ .head = 1, .tail = 1, .w = w, .sum = sum };
	q->v = malloc(QUEUE_SLOTS * sizeof(*q->v));
	return q->v ? 0 : -1;
}

void queue_free(struct imp_queue *q)
{
	free(q->v);
	q->v = NULL;
}

static int queue_write(struct imp_queue *q, struct imp_slot *s, struct err *err)
{
	int rc;

	if (s->state == SLOT_DROPPED)
		return 0;
	if (!q->has_base) {
		q->base_ns = s->rec.time_ns;
		q->has_base = true;
	}
	s->rec.time_ns -= q->base_ns;
	rc = trace_write(q->w, &s->rec, err);
	if (rc)
		return rc;
	q->last_ns = s->rec.time_ns;
	q->sum->records[s->rec.kind]++;
	q->sum->records_out++;
	return 0;
}

int queue_drain(struct imp_queue *q, bool all, struct err *err)
{
	for (; q->head != q->tail; q->head++) {
		struct imp_slot *s = SLOT(q, q->head);
		int rc;

		if (s->state == SLOT_OPEN) {
			if (!all)
				break;
			s->state = SLOT_DROPPED;
		}
		rc = queue_write(q, s, err);
		if (rc)
			return rc;
	}
	return 0;
}

uint64_t queue_push(struct imp_queue *q, const struct trace_rec *rec, enum slot_state state,
		    struct err *err)
{
	struct imp_slot *s;

	if (q->tail - q->head == QUEUE_SLOTS) {
		/* Bounded memory goes before the right place of one record. */
		SLOT(q, q->head)->state = SLOT_DROPPED;
		q->given_up++;
		if (queue_drain(q, false, err))
			return 0;
	}
	s = SLOT(q, q->tail);
	s->rec = *rec;
	s->state = state;
	if (state == SLOT_READY && q->head == q->tail) {
		if (queue_write(q, s, err))
			return 0;
		q->head++;
	}
	return q->tail++;
}

struct trace_rec *queue_open_rec(struct imp_queue *q, uint64_t slot)
{
	if (!slot || slot < q->head || SLOT(q, slot)->state != SLOT_OPEN)
		return NULL;
	return &SLOT(q, slot)->rec;
}

void queue_close(struct imp_queue *q, uint64_t slot, bool keep)
{
	if (queue_open_rec(q, slot))
		SLOT(q, slot)->state = keep ? SLOT_READY : SLOT_DROPPED;
}
