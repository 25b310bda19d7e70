/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the oracle share. Times are ps plus 1, so that 0 is "never yet". */
#ifndef ORACLE_INT_H
#define ORACLE_INT_H

#include "oracle.h"

#define NEVER	UINT64_MAX	/* of "since": it is not certain */
#define STILL	UINT64_MAX	/* of "until": it may be so now */

/* Something that is so or not, or may be either while it is being changed. */
struct fact {
	uint64_t since;		/* certainly so since then, or NEVER */
	uint64_t until;		/* may have been so until then, or STILL */
	unsigned int ops;	/* changes under way */
	bool blurred;		/* they overlap, or met something: what they leave is open */
};

#define HISTORY	24
struct event {
	uint64_t t;
	const char *what;
	uint32_t vcpu;
	uint32_t val;
};

/* What is pending of one edge, or of one sender's SGI. */
struct latch {
	struct fact set;
	unsigned int credit;	/* how many deliveries there may still be */
	uint64_t dropped;	/* when credit was last taken away by a write */
	uint64_t first_begun;	/* when it was last set, the first of those that overlap … */
	uint64_t done;		/* … and when the last of them was over */
	unsigned int merged;	/* settings under way that seemed to add none */
	bool missed;		/* a guest was entered without it … */
	uint64_t missed_at;
	unsigned int missed_when;	/* circumstances that need not last */
	uint32_t missed_by;
};

struct irq {
	uint32_t id, owner;	/* owner: vCPU of a private one */
	struct fact enabled, edge, line, soft, prio_known;
	uint8_t prio;
	uint64_t unmasked;	/* since when not of the lowest priority, if it ever was */
	struct fact *route;	/* [nr_vcpus]; private ones: all but the owner false */
	bool *may_hold;		/* [nr_vcpus], since it was routed there; NULL: never moved */
	uint64_t moved;		/* when a vCPU last gave it away */
	struct fact idle;	/* not active */
	int active_on;		/* vCPU that took it, or -1 */
	unsigned int active_srcs;	/* GICv2 SGIs: of which senders */
	uint64_t ended;		/* when it was last deactivated … */
	int ended_on;		/* … on that vCPU; or -1 */
	uint64_t looked_at;	/* that vCPU has left its guest since, and flushes or sleeps */
	bool ended_high;	/* … with its line up: an EOI maintenance interrupt tells */
	bool delivered;		/* since its line went up */
	bool reconfigured;	/* a write of ICFGR under way may change its kind */
	bool unseen;		/* its line changed while nobody need have looked at it */
	unsigned int nr_latches;	/* GICv2 SGI: 8, by sender; else 1 */
	struct latch *latch;
	struct latch level;	/* its "missed" only */
	uint64_t begun;			/* the last change of it */
	uint64_t lowered;		/* … of its line, to low */
	uint64_t untargeted;		/* when it was last without any, or STILL */
	uint32_t queued_by;		/* it was pending on that vCPU shortly before … */
	uint64_t queued_at;		/* … this guest entry */
	uint64_t stirred;	/* when it was last made pending while quiet */
	unsigned int when;	/* enum vgic_circumstance, since it was quiet */
	struct event *event;
	unsigned int nr_events, first_event;
};

struct cpu {
	bool in_guest, flushing, asleep;
	uint64_t flush, entered;	/* begin of the last flush; end of it */
	uint64_t left;			/* the exit before that */
	bool disturbed;			/* something changed during that flush */
	bool was_full;			/* no list register was free at that entry … */
	uint64_t drained;		/* … and all of them since then, or 0 */
	uint64_t checked;		/* asleep: the check before it */
	bool ended_any;			/* something ended, and was not looked at yet */
	/* as the guest was entered with them, less what it took and ended since */
	struct gic_lr lr[GIC_MAX_LRS];
};

struct oracle {
	struct oracle_config c;
	struct fact dist;
	unsigned int under_way;		/* changes of whatever kind */
	uint64_t dist_off_at;		/* when it was last off */
	struct irq *private;		/* [nr_vcpus * 32] */
	struct irq *spi;		/* [nr_irqs - 32] */
	struct cpu *cpu;
	struct oracle_report report;
	uint64_t now;
};

/* oracle.c */
struct irq *oracle_irq(struct oracle *o, unsigned int vcpu, uint32_t irq);
void fact_is(struct fact *f, bool so, uint64_t t);
void fact_open(struct fact *f);
void fact_begin(struct fact *f, bool to);
void fact_end(struct fact *f, bool to, uint64_t t);
static inline void fact_op(struct fact *f, enum oracle_phase phase, bool to, uint64_t t)
{
	if (phase == ORACLE_BEGIN)
		fact_begin(f, to);
	else
		fact_end(f, to, t);
}
/* What it leaves is open, whatever is under way. */
static inline void fact_blur(struct fact *f)
{
	f->blurred = f->ops;
	fact_open(f);
}
/* It may have been so at some time from @t on. */
static inline bool fact_may(const struct fact *f, uint64_t t) { return f->until >= t; }
static inline bool fact_must(const struct fact *f) { return f->since != NEVER; }

/* GICD_CTLR is being switched off: what is in a list register, or about to be. */
void irqs_held_off(struct oracle *o);
/* A level that may have been pending at some time from @since on. */
bool level_pends(const struct irq *q, uint64_t since);
/* Pending copies in list registers, of sender @src; and whether there is one at all. */
unsigned int irq_copies(const struct oracle *o, const struct irq *q, unsigned int src);
/* Whoever it was routed to has given it to who it is routed to now. */
bool route_known(const struct oracle *o, const struct irq *q);
/* One that it is no longer routed to may have it still. */
bool irq_held_elsewhere(const struct oracle *o, const struct irq *q);
/* A change of whatever kind begins or ends. */
void oracle_at(struct oracle *o, enum oracle_phase phase, uint64_t t_ps);
bool irq_held(const struct oracle *o, const struct irq *q);
struct gic_lr *cpu_lr(struct cpu *c, unsigned int nr_lrs, const struct irq *q, unsigned int src);
/* GICv2: one of its list registers was loaded with an SGI. */
bool cpu_has_sgis(const struct oracle *o, const struct cpu *c);
/* An event that makes it pending: begins its history anew if it was quiet. */
void irq_stirs(struct oracle *o, struct irq *q);
void irq_changed(struct oracle *o, struct irq *q, unsigned int when);
unsigned int latch_most(const struct oracle *o, const struct irq *q, unsigned int src);
void latch_op(struct oracle *o, struct irq *q, unsigned int src, enum oracle_phase phase,
	      bool set);
/* Since when @q (of sender @src) had certainly to be delivered on @vcpu, or NEVER. */
uint64_t irq_due(const struct oracle *o, const struct irq *q, unsigned int src,
		 unsigned int vcpu);

/* oracle-judge.c */
void judge_enter(struct oracle *o, unsigned int vcpu);
void judge_exit(struct oracle *o, unsigned int vcpu);
void judge_wake(struct oracle *o, unsigned int vcpu, uint64_t t);
void judge_ack(struct oracle *o, unsigned int vcpu, struct irq *q, const struct gic_lr *lr);
void judge_finish(struct oracle *o);

/* oracle-say.c */
unsigned int say_when(const struct oracle *o, const struct irq *q, unsigned int vcpu);
void say_event(struct oracle *o, struct irq *q, uint32_t vcpu, const char *what, uint32_t val);
__attribute__((format(printf, 6, 7))) void
say_found(struct oracle *o, enum vgic_finding found, struct irq *q, unsigned int vcpu,
	  unsigned int when, const char *fmt, ...);
void say_fini(struct oracle *o);

#endif
