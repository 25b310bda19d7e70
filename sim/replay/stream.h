/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From one trace in recorded order to a queue an actor.
 *
 * Records pass a short look-ahead (infer.c fills in what only later records
 * tell; a thread of its own may do that, ahead.h), then a window of a fixed number
 * of them; nothing else is buffered, however long the trace and however far
 * vCPUs drift apart. The
 * rule that bounds it: an actor takes up a record only when its own next one
 * has been read, and record p is read only when record p - window has been
 * taken up. An actor that this holds up waits until the time at which that
 * happened, so the result does not depend on who read first. A vCPU that waits
 * in its guest is a guest that runs: it takes IPIs, and its time counts. What a vCPU does
 * after a sleep, or first of all, may be far away and is exempt: an idle vCPU
 * does not hold the busy ones up. Nor does one wait for itself: whose record is the oldest
 * of a full window takes it up without having seen the next.
 *
 * Records without an effect on the simulation (host-irq, ipi, sched, lrs,
 * queued, state after the beginning) are used as evidence on the way and take
 * no slot.
 */
#ifndef STREAM_H
#define STREAM_H

#include "head.h"
#include "machine.h"
#include "metrics.h"
#include "trace.h"

#define STREAM_MAX_HOLDS	8
#define STREAM_TARGET_WORDS	(TRACE_MAX_VCPUS / 64)

/* What later records say about one. */
struct annot {
	/* exit: by the list registers, in the guest run that ends here … */
	uint8_t nr_holds;
	bool observed;			/* … both ends were recorded */
	struct {
		uint32_t irq;
		bool keep;	/* … taken but not ended; else: not even taken */
	} hold[STREAM_MAX_HOLDS];
	/* sysreg without a value: inferred targets of the SGI */
	bool inferred;
	uint8_t sgi;
	uint64_t target[STREAM_TARGET_WORDS];
};

struct place;

struct slot {
	struct trace_rec rec;
	uint64_t pos;
	struct place *place;	/* in the window, or aside */
	struct slot *next;	/* the actor's next record, NULL: none yet */
	struct slot *first_dep;	/* the first injection anchored here */
	struct slot *next_dep;	/* … and the next with the same anchor */
	uint64_t floor_ps;	/* nobody may act on having read this before then */
	uint64_t anchor_ps;	/* when the anchor was taken up */
	uint64_t anchor_ns;	/* its recorded time */
	uint32_t actor;
	uint32_t target;	/* of an injection: vCPU by the recording's routing, or ~0 */
	uint32_t stimuli;	/* how many were sent to this vCPU before this record */
	bool anchored;		/* waits for an anchor that is not taken up yet */
	bool has_annot;
	bool in_irq;		/* done by an interrupt handler on its CPU */
	bool patient;		/* does not hold the window up, see above */
};

struct stream;

struct stream_config {
	struct trace_reader *reader;
	struct metrics *metrics;
	uint32_t window;
	unsigned int nr_vcpus;
	unsigned int nr_others;	/* actors after the vCPUs, for threads and irq contexts */
	/*
	 * Injections from outside at their recorded time (or when the target's
	 * record before them is taken up, if that is later), instead of at
	 * their recorded distance from that record.
	 */
	bool clock;
	/*
	 * Of @vcpu, on its own stack: if it is in its guest, be there until @until (VT_NEVER:
	 * until cpu_wake()) or less long, and say true. Else no time passes, and false.
	 */
	bool (*be_guest)(void *priv, unsigned int vcpu, struct vtime until);
	/* What stream_expect() asked for: @next has been read. On another's stack. */
	void (*expected)(void *priv, unsigned int vcpu, const struct slot *next);
	void *priv;
	bool read_ahead; /* in a thread of its own, once the window has been filled */
};

struct stream *stream_create(const struct stream_config *c, struct err *err);
void stream_destroy(struct stream *s);
/* Nothing more will be taken: the reader is the caller's again. */
void stream_stop(struct stream *s);

/* Fill look-ahead and window once, before the run. <0: @err; a defect of the
 * trace is not an error here, it ends the stream (stream_error()). */
int stream_prime(struct stream *s, struct err *err);
const struct stream_head *stream_head(const struct stream *s);

/*
 * The machine whose actors take from the stream; before the run. Actors
 * beyond the vCPUs are woken when something arrives for them.
 */
void stream_attach(struct stream *s, struct machine *m);

/*
 * From actor @cpu's own stack: its next record, or NULL when there is none
 * and will be none. May block and may advance the clock (see above): an
 * actor beyond the vCPUs returns at the time at which its record is due.
 */
struct slot *stream_next(struct stream *s, struct plat_cpu *cpu);
/* The record after it, or NULL. No time passes. */
struct slot *stream_after(struct stream *s, const struct slot *slot);
/* A vCPU that has none after the last it took up: tell it, once, when there is one. */
void stream_expect(struct stream *s, unsigned int vcpu);
const struct annot *stream_annot(const struct stream *s, const struct slot *slot);

/*
 * The actor takes up now what stream_next() gave it; its memory is reused
 * from here on.
 */
void stream_consume(struct stream *s, struct plat_cpu *cpu);

/*
 * Nobody can run: the vCPU that holds the oldest record, or -1. Its records
 * are what everybody waits for, so it is allowed to take up its next one
 * without having seen the one after; the caller wakes it.
 */
int stream_force(struct stream *s);

/* Whether the whole trace has been read. */
bool stream_ended(const struct stream *s);

/* At the end: 0, or the defect that ended the trace early. */
int stream_error(const struct stream *s, struct err *err);
unsigned int stream_nr_threads(const struct stream *s);
uint64_t stream_last_ns(const struct stream *s);
uint64_t stream_nr_lost(const struct stream *s);

#endif
