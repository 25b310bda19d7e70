/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of each interrupt that a run was sent: delivered when and where, merged
 * with which other, withdrawn before, or left over. And two such runs beside each other.
 *
 * An occurrence is one record of the trace and one interrupt of it: an injection with
 * level=1, an SGI and one vCPU it goes to (GICv2: from one sender), a bit written to a
 * register that sets pending, or, as record 0, what was pending when the trace begins.
 *
 * Which occurrences an acknowledge is the delivery of: the guest takes what the flush
 * before its entry put into a list register. So an occurrence whose sending ended (or
 * had come to the kick of the vCPU) by the time that flush began (or got its first lock)
 * is in it, one whose sending began after that entry is not.
 * In between both can be: it is in it if no later delivery needs it for an
 * explanation, and else it is that later delivery. Several occurrences of one delivery
 * are merged. A delivery that no occurrence explains is another one of the occurrence
 * before it (a level still high at its end); if there is none, it is an occurrence of
 * record 0 of its own.
 *
 * Left out: LPIs.
 */
#ifndef DELIVERIES_H
#define DELIVERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct deliveries;

#define DELIVERIES_ANY	UINT32_MAX	/* for vCPU or source: not known, or all */

/* Of one interrupt: an INTID, the vCPU for private ones, the sender for GICv2's SGIs. */
struct delivery_irq {
	uint32_t irq;
	uint32_t vcpu;	/* of SPIs DELIVERIES_ANY */
	uint32_t src;	/* GICv2's SGIs; else DELIVERIES_ANY */
};

enum delivery_fate {
	FATE_DELIVERED,		/* alone, or as the first of those that were merged */
	FATE_MERGED,		/* with the one of record @with, by its delivery */
	FATE_WITHDRAWN,		/* a line low again before, or an edge cleared */
	FATE_UNCHANGED,		/* its line was high already: nothing was sent */
	FATE_LEFT,		/* not delivered by the end */
	FATE_NR,
};
extern const char *const delivery_fate_names[FATE_NR];

struct occurrence {
	uint32_t record;		/* of the trace, from 1; 0: see above */
	uint32_t nth;			/* of record 0: which of this INTID, from 0 */
	struct delivery_irq id;
	uint64_t recorded_ns;
	uint64_t sent_ps;		/* in this run: what its latency counts from */
	enum delivery_fate fate;
	/* with FATE_DELIVERED and FATE_MERGED: */
	uint64_t acked_ps;
	uint32_t by;			/* vCPU */
	uint32_t with;			/* record whose occurrence was the first of the merged */
	uint32_t with_nth;
	/* with FATE_DELIVERED: deliveries of it beyond this one, and the first of them */
	uint32_t again;
	uint64_t again_ps;
	uint32_t again_by;
};

/* ---- telling; in the order of simulated time ------------------------------ */

/* NULL when out of memory. Every SPI is level-sensitive. */
struct deliveries *deliveries_create(unsigned int nr_vcpus, unsigned int nr_irqs,
				     unsigned int nr_actors);
/* NULL is fine. */
void deliveries_destroy(struct deliveries *d);

/* What INTID @irq is from now on; SGIs are always edges, PPIs always levels. */
void deliveries_set_edge(struct deliveries *d, uint32_t irq, bool edge);
/*
 * Actor @actor begins to send an interrupt; its latency counts from @since_ps, which
 * may be before. It may send several at once; the next deliveries_sent() of that actor
 * ends all of them: @changed false if they were refused, or changed nothing.
 */
void deliveries_send(struct deliveries *d, unsigned int actor, uint64_t t_ps, uint64_t since_ps,
		     uint32_t record, uint64_t recorded_ns, struct delivery_irq id);
void deliveries_sent(struct deliveries *d, unsigned int actor, uint64_t t_ps, bool changed);
/* The line is low by now. */
void deliveries_lowered(struct deliveries *d, uint64_t t_ps, struct delivery_irq id);
/* What was pending is not any more, by a register; a level's line decides by itself. */
void deliveries_cleared(struct deliveries *d, uint64_t t_ps, struct delivery_irq id);
/* Of what @actor is sending, what goes to @vcpu is pending by now: it has been kicked. */
void deliveries_kicked(struct deliveries *d, unsigned int actor, unsigned int vcpu,
		       uint64_t t_ps);
void deliveries_flush(struct deliveries *d, unsigned int vcpu, uint64_t t_ps);
/* The flush got a lock at @t_ps; it has looked at nothing before its first one. */
void deliveries_flush_locked(struct deliveries *d, unsigned int vcpu, uint64_t t_ps);
void deliveries_entry(struct deliveries *d, unsigned int vcpu, uint64_t t_ps);
/* @vcpu's guest acknowledges; id.vcpu is not looked at. */
void deliveries_ack(struct deliveries *d, unsigned int vcpu, uint64_t t_ps,
		    struct delivery_irq id);
/* The run is over. ERR_NOMEM if something could not be kept. */
int deliveries_finish(struct deliveries *d, struct err *err);

/* ---- what was seen, after deliveries_finish() ------------------------------ */

/* In the order of record, INTID, vCPU, sender, nth; *nr of them. The table's. */
const struct occurrence *deliveries_list(const struct deliveries *d, uint64_t *nr);

/* ---- two runs of one trace -------------------------------------------------- */

/* Bits: more than one may hold. */
enum delivery_differs {
	DIFFERS_ONLY_A	 = 1 << 0,	/* delivered by the first only, though sent in both */
	DIFFERS_ONLY_B	 = 1 << 1,
	DIFFERS_MERGED_A = 1 << 2,	/* by both, but the first merged it with another one */
	DIFFERS_MERGED_B = 1 << 3,
	DIFFERS_VCPU	 = 1 << 4,	/* by both, to another vCPU */
	DIFFERS_MORE_A	 = 1 << 5,	/* by both, by the first more often */
	DIFFERS_MORE_B	 = 1 << 6,
	DIFFERS_HIGH_A	 = 1 << 7,	/* by the second; in the first the line was high already */
	DIFFERS_HIGH_B	 = 1 << 8,
	DIFFERS_APART	 = 1 << 9,	/* by both, in latencies that are apart */
};
#define DIFFERS_NR		10
#define DIFFERS_NOT_TIME	(DIFFERS_APART - 1)	/* all of them but that one */
/* "only-a", "merged-by-b", … of one bit. */
extern const char *const delivery_differs_names[DIFFERS_NR];

/* One occurrence in both: NULL where the run did not send it (as FATE_UNCHANGED). */
struct delivery_pair {
	const struct occurrence *a, *b;
	unsigned int differs;		/* enum delivery_differs, ored */
	/*
	 * Delivered by both: by how much the second's latency (from the sending to the
	 * acknowledge) is the longer, and by how much its acknowledge is the later.
	 */
	bool both;
	int64_t latency_ps, time_ps;
};

/*
 * The next pair of @a's and @b's lists from *ia and *ib on (0 at first); false at
 * the end. Latencies that differ by more than @apart_ps are apart.
 */
bool deliveries_next_pair(const struct deliveries *a, const struct deliveries *b, uint64_t apart_ps,
			  uint64_t *ia, uint64_t *ib, struct delivery_pair *pair);

#endif
