/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the conform*.c files share. Nobody else includes it. */
#ifndef CONFORM_INT_H
#define CONFORM_INT_H

#include "conform.h"
#include "infer.h"
#include "routing.h"
#include "setup.h"

#define CONFORM_WINDOW	65536	/* records read ahead */
#define CONFORM_PAST	8192	/* … and kept, for explanations */

/* Live list registers by position; what has no state is all zero. */
struct lr_set {
	unsigned int nr;
	struct gic_lr lr[GIC_MAX_LRS];
};

enum lr_verdict { LR_IDENTICAL, LR_REORDERED, LR_DIFFERENT };

/* One interrupt on one vCPU that differs now, and since when. */
struct episode {
	uint32_t irq;
	uint8_t src;
	enum conform_class class;
	bool seen;	/* in the comparison under way */
	uint64_t until_ns;	/* of a race: when the other has acted at the latest */
};
#define CONFORM_MAX_EPISODES	64

#define CONFORM_MAX_INITIAL	16
#define CONFORM_PAST_SETS	8

struct cvcpu {
	struct conform *c;
	unsigned int id;
	struct plat_cpu *cpu;
	bool entered;		/* in the guest */
	bool synced;		/* since the last exit */
	bool leave;		/* another vCPU polls for its being out of the guest */
	bool lower_timer;	/* the guest took the mapped timer's interrupt in this run */
	bool compared;		/* the run under way began with recorded registers */
	uint64_t sync_at;	/* position + 1 of the record after which it syncs */
	uint64_t entry_pos;	/* of the last compared entry, position + 1 */
	uint64_t exit_pos;	/* of the last exit, position + 1 */
	struct lr_set recorded;	/* at the entry under way */
	struct lr_set simulated;
	struct {
		uint64_t pos;	/* of the recorded registers there, + 1 */
		struct lr_set set;
	} past[CONFORM_PAST_SETS];	/* the design's, for explanations */
	unsigned int next_past;
	struct episode episode[CONFORM_MAX_EPISODES];
	unsigned int nr_episodes;
	uint32_t initial[CONFORM_MAX_INITIAL];	/* in its registers at first sight */
	unsigned int nr_initial;
};

struct conform {
	const struct conform_options *o;
	const struct trace_meta *meta;
	struct trace_reader *reader;
	struct conform_result *res;
	struct infer *infer;
	struct infer_item *ring;	/* [CONFORM_WINDOW + CONFORM_PAST] */
	struct annot *annot;		/* … and of each of them */
	uint64_t read, at;		/* positions: next to be read, to be executed */
	bool ended;
	int end_rc;
	struct err end_err;
	struct stream_head head;
	struct routing routing;
	struct machine *machine;
	const struct vgic_design *design;
	void *vgic;
	struct vgic_config config;
	struct cvcpu *vcpu;
	unsigned int turn;		/* the actor whose record is next */
	bool done;
	bool mid_life;			/* the trace begins in */
	bool guest_leave;		/* exits are at the guest's leaving, see conform.c */
	uint64_t lost_at;		/* position + 1 of the latest loss */
};

/* The item at @pos, which must not be too far back; NULL at the end of the trace. */
const struct infer_item *conform_item(const struct conform *c, uint64_t pos);
/* The next record of vCPU @v's thread after @pos: its position + 1, 0: none near. */
uint64_t conform_next_own(const struct conform *c, unsigned int v, uint64_t pos);

/* conform.c: the design's registers when @v's recorded ones at @pos were seen, or NULL */
const struct lr_set *conform_simulated_at(const struct cvcpu *v, uint64_t pos);

/* conform-lr.c */
void lr_set_recorded(const struct conform *c, uint64_t pos, struct lr_set *set);
void lr_set_simulated(const struct cvcpu *v, struct lr_set *set);
/* The episode under way of that interrupt, or NULL. */
struct episode *conform_episode(struct cvcpu *v, uint32_t irq, uint8_t src);
enum lr_verdict lr_compare(const struct lr_set *a, const struct lr_set *b);
bool lr_same(const struct gic_lr *a, const struct gic_lr *b);
/* … but for the state */
bool lr_same_fields(const struct gic_lr *a, const struct gic_lr *b);
void lr_compact(struct lr_set *set);
const struct gic_lr *lr_find(const struct lr_set *set, uint32_t irq, uint8_t src);
/* The guest's run between the recorded registers at entry and @exit, on the design's. */
void lr_guest(struct cvcpu *v, const struct lr_set *exit);
/* "lr0 27 pending prio=0xa0 hw=27" into @buf. */
void lr_text(const struct gic_lr *lr, char *buf, size_t len);

/* conform-init.c: before the run, of a trace that begins in mid-life */
void conform_initial(struct conform *c);

/* conform-why.c: the entry of @v at @pos differs. */
void conform_explain(struct cvcpu *v, uint64_t pos, enum lr_verdict verdict);
/* conform-cause.c. Does what @item records concern @irq of @vcpu as a cause? */
bool conform_concerns(const struct conform *c, const struct infer_item *item, unsigned int vcpu,
		      uint32_t irq);
/* A write that sends an SGI, whose value was not recorded. */
bool conform_unknown_sgi(const struct conform *c, const struct infer_item *item);
/*
 * Some recordings tell when the host queued what was injected: the record of
 * that after the injection at @pos, and the injection before that at @pos; by
 * the same thread with nothing between. Position + 1, 0: there is none.
 */
uint64_t conform_queued(const struct conform *c, uint64_t pos);
uint64_t conform_injection(const struct conform *c, uint64_t pos);
/* What is recorded at @pos acts between there and this time. */
uint64_t conform_acts_until(const struct conform *c, uint64_t pos);

#endif
