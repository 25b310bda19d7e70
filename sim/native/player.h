/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The player as its two machines drive it; see play.h. */
#ifndef PLAYER_H
#define PLAYER_H

#include "play.h"

/* Where an actor is; a line of its own, for the others look at it. */
struct play_at {
	_Alignas(64) uint64_t pos;	/* of its next record; UINT64_MAX: done */
};

struct play {
	const struct play_job *job;
	const struct play_options *o;
	const struct vgic_design *design;
	void *vgic;
	struct play_at *at;	/* [actor] */
};

struct player {
	const struct play *play;
	struct plat_cpu *cpu;
	unsigned int id;
	bool in_guest, loaded;
	uint64_t ahead_of;	/* the least of the others when last looked */
	uint64_t round_pos, round_ns;	/* where this round of the trace begins */
	struct play_counts counts;
};

static inline uint64_t play_mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/* Make the design's vgic and put it into the job's state. NULL: out of memory. */
void *play_create(const struct play_job *job, const struct vgic_design *design, struct plat_vm *vm);
/* Before the first operation; after the last one. On the actor's own stack. */
void play_begin(struct player *p);
void play_end(struct player *p);
/* One operation of this actor. */
void play_op(struct player *p, const struct play_op *op);
/* All of them, all rounds, with the others at the same time. */
void play_all(struct player *p);
/* @from is of another actor. */
void play_counts_add(struct play_counts *into, const struct play_counts *from);

#endif
