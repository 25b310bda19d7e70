/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the simulated time of a run went, and why an interrupt took as long as it
 * did: gathered from what a run tells (events.h), for "vgicsim explain".
 *
 * Nothing grows with the length of the run but the table of deliveries. What happened to
 * the few interrupts that turn out to matter, and a window of time, is gathered in a
 * second run, which is the same as the first.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "deliveries.h"
#include "events.h"
#include "replay.h"

/* ---- accounts ------------------------------------------------------------------ */

/* Time between exit and entry goes by what ended the guest run before; at first by nothing. */
#define EXPLAIN_KINDS (XK_NR + 1)
#define EXPLAIN_START XK_NR
const char *explain_kind_name(unsigned int kind);

struct explain_text {
	char s[48];
};
struct explain_run;
/* "vCPU 3", "thread 0". */
struct explain_text explain_actor_text(const struct explain_run *run, uint32_t actor);

/* What one actor spent, by exit kind, phase and component. The guest's own: EXPLAIN_START. */
struct explain_actor {
	uint64_t ps[EXPLAIN_KINDS][PHASE_NR][COMP_NR];
	uint64_t total_ps;	/* the sum of these: its clock */
	bool has_entered;
	uint64_t first_entry_ps;
	enum replay_phase phase;
	unsigned int kind;
	struct explain_lock_wait *wait;	/* its lock wait in more detail, as first seen */
	unsigned int nr_waits;
};

struct explain_lock_wait {
	unsigned int kind;
	enum replay_phase phase;
	const char *class;
	const struct plat_site *site;	/* where it was waited for */
	uint64_t ps;
};

/*
 * Who waited where for whom. A wait is made of what holders did meanwhile, each by the
 * place where it had taken the lock, and of hand-overs. They sum to the wait.
 */
struct explain_blame {
	const char *class;
	const struct plat_site *waiter;
	/* NULL: passing the lock on, or with @early: holders too long ago to tell */
	const struct plat_site *holder;
	bool early;
	uint64_t count, ps;
};

/* A time by record, for windows. */
struct explain_mark {
	uint32_t record;	/* 0: none is wanted */
	uint64_t t_ps;		/* when an actor came to it, or to the next; UINT64_MAX: never */
};

/* Are they one place? One in a header has an object in each file that includes it. */
bool explain_same_site(const struct plat_site *a, const struct plat_site *b);

struct explain_locks;

struct explain_run {
	const struct vgic_design *design;
	struct explain_actor **actor;	/* owned; [nr_actors], NULL where nothing happened */
	unsigned int nr_actors, nr_vcpus, gic;
	struct explain_blame *blame;	/* by class, waiter, then most time first */
	unsigned int nr_blames;
	struct explain_mark from, to;	/* set .record before the run */
	struct explain_locks *locks;
	bool no_memory;
	struct replay_result result;	/* with its deliveries */
};

/*
 * Replay @reader with @o, gathering into *run, which is otherwise zero but for from and to;
 * deliveries are asked for. As replay_run(); in addition ERR_INVARIANT when an actor's time is not what
 * its phases sum to. explain_run_fini() in every case.
 */
int explain_run(struct explain_run *run, struct trace_reader *reader,
		const struct replay_options *o, bool *truncated, struct err *err);
void explain_run_fini(struct explain_run *run);

/* Of the vCPUs the last to finish; ties: the first of them. */
unsigned int explain_last(const struct explain_run *run);
/* Sums over what is left open: ~0 for any vCPU (threads left out), kind, phase or component. */
#define EXPLAIN_ANY (~0u)
uint64_t explain_sum(const struct explain_run *run, unsigned int vcpu, unsigned int kind,
		     unsigned int phase, unsigned int comp);

/*
 * Folded stacks, "design;vcpu0;host;wfx;flush and entry;cache lines ps". They sum to the
 * vCPUs' clocks and to what the other actors did but wait for the trace.
 */
void explain_folded(FILE *f, const struct explain_run *run);
/* Without the design, and with two counts a line, as difffolded.pl makes it of two files. */
void explain_folded_diff(FILE *f, const struct explain_run *a, const struct explain_run *b);

/* ---- locks ---------------------------------------------------------------------- */

/* A hold of one lock. */
struct explain_hold {
	uint32_t actor;
	const struct plat_site *site;
	uint64_t got_ps, released_ps;
};

struct explain_locks *explain_locks_create(void);
void explain_locks_destroy(struct explain_locks *locks);
/*
 * @ev is EV_LOCK, in order. For each part of its wait @fn is called, if not NULL: what
 * @holder did meanwhile (NULL: hand-over, or with @early too long ago). *before: the hold
 * before, if any is known. False without memory.
 */
bool explain_locks_event(struct explain_locks *locks, const struct lock_event *ev,
			 void (*fn)(void *priv, const struct explain_hold *holder, bool early,
				    uint64_t ps),
			 void *priv, struct explain_hold *before);

/* ---- histories ------------------------------------------------------------------ */

/* What the time before a step was spent on. */
enum explain_stage {
	STAGE_SENDER,	/* its trap, dispatch and code */
	STAGE_LOCK,
	STAGE_STOP,	/* until the target left its guest */
	STAGE_SYNC, STAGE_HOST,
	STAGE_SLEEP,
	STAGE_ENTRY,
	STAGE_OTHERS,	/* the guest dealt with other interrupts */
	STAGE_GUEST,	/* … came to it */
	STAGE_DROPPED,	/* of steps that were too many to keep */
	STAGE_NR,
};
extern const char *const explain_stage_names[STAGE_NR];

struct explain_step {
	uint64_t t_ps, seq;
	uint32_t actor;
	enum explain_stage stage;
	/* Of STAGE_LOCK: how long, and what the time before it goes to besides. */
	uint64_t wait_ps;
	enum explain_stage besides;
	char what[128];		/* a sentence without its subject */
};

/* One occurrence of one run, and what happened to it. */
struct explain_history {
	const struct occurrence *o;
	struct explain_step *step;	/* in order; owned */
	unsigned int nr_steps, room;
	unsigned int dropped;	/* from the middle of a long one */
	uint32_t sender;		/* actor, ~0 while not known */
	const char *note;	/* what the design said in sending it */
	bool begun, sent, kicked, over;
	uint64_t sending_ps;		/* until when the sender is what counts; UINT64_MAX: still */
	bool loaded;		/* into a list register at the last entry */
};

struct explain_watch;

/*
 * The slowest @max deliveries of @run, slowest first, into @list; how many. Without what
 * pended before the trace, what was sent to a vCPU that had not yet entered its guest, and
 * merged ones, whose delivery is another's.
 */
unsigned int explain_slowest(const struct explain_run *run, const struct occurrence **list,
			     unsigned int max);
/* The pairs delivered by both whose latencies differ most, most first; likewise. */
unsigned int explain_most_apart(const struct explain_run *a, const struct explain_run *b,
				struct delivery_pair *list, unsigned int max);

/* ---- the second run ------------------------------------------------------------- */

struct explain_timeline;

/*
 * What is to be gathered in it: histories, and a timeline if not NULL. A watch for
 * replay_options; @run is of the first run.
 */
struct explain_watch *explain_watch_create(const struct explain_run *run,
					   struct explain_history *history, unsigned int nr,
					   struct explain_timeline *timeline);
void explain_watch_event(void *watch, const struct replay_event *ev);
/* Frees it. ERR_NOMEM if something was not kept. Steps are then in order. */
int explain_watch_finish(struct explain_watch *watch, struct err *err);
/* Adds the time between @h's steps, to its acknowledge, by stage: the sum is its latency. */
void explain_stages(const struct explain_history *h, uint64_t *ps);
void explain_histories_fini(struct explain_history *history, unsigned int nr);

/* ---- timelines ------------------------------------------------------------------ */

/* A window of one run. Times in the file count from @zero_ps. */
struct explain_timeline *explain_timeline_create(const struct explain_run *run, uint64_t from_ps,
						 uint64_t to_ps, uint64_t zero_ps);
void explain_timeline_destroy(struct explain_timeline *t);
void explain_timeline_event(struct explain_timeline *t, const struct replay_event *ev);
/* Chrome trace events of all @nr, a process each. ERR_NOMEM. */
int explain_timeline_write(FILE *f, struct explain_timeline *const *t, unsigned int nr,
			   struct err *err);

#endif
