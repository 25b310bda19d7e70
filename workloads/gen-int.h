/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One generator under way. A small model of a guest on a host that records it:
 * sources of work (timers, SGIs, devices, traps) are open processes in time,
 * each with random streams of its own; vCPUs enter, exit, act and sleep as the
 * work makes them. One next event each, in a heap: memory is that of the actors,
 * however long the trace.
 */
#ifndef GEN_INT_H
#define GEN_INT_H

#include "workload.h"
#include "gic.h"
#include "params.h"
#include "record.h"
#include "rng.h"

#define GEN_NEVER	UINT64_MAX
#define GEN_TIMER_PPI	27
#define GEN_SPARE_SPIS	32	/* no device's: what distributor accesses are about */
#define GEN_PRIO	0xa0
#define GEN_QUEUE	8	/* records of one step; a power of two */
#define GEN_MAX_ACKS	16

enum gen_step {
	ST_OFF,		/* not started */
	ST_ENTER,	/* in the host; enters the guest next */
	ST_GUEST,	/* in the guest; exits next */
	ST_ACT,		/* out of the guest; what the exit was for comes next */
	ST_ASLEEP,
};

/* What an exit is for. */
enum gen_act {
	ACT_NONE, ACT_TIMER, ACT_KICK, ACT_ACK, ACT_EOI,
	ACT_BOOT, ACT_STATUS, ACT_STATUS_ACK, ACT_NOTIFY, ACT_ENABLE,
	/* Work that waits as a count in gen_vcpu.todo; done in this order. */
	ACT_SGI, ACT_USER, ACT_DIST, ACT_HVC, ACT_RETARGET, ACT_DISABLE, ACT_IIDR,
	ACT_WFI, ACT_NR
};
#define ACT_FIRST_TODO	ACT_SGI
#define ACT_LAST_TODO	ACT_IIDR

struct gen_device {
	uint32_t irq, devid, eventid;
	uint32_t vcpu;		/* where it is routed to */
	uint32_t thread;
	uint8_t prio;
	bool enabled, line;
	bool pending;		/* sent, and its vCPU has not entered since */
	bool latched;		/* sent while disabled */
	bool again;		/* sent since its status was read */
	bool status, acking, notify;	/* what its handler still has to do */
	bool listed;		/* in its vCPU's list of handlers */
	struct rng pick;
	struct gen_device *next_pending, *next_handler;
};

struct gen_vcpu {
	uint32_t id;
	uint8_t step, act;
	bool online;		/* its GIC is set up */
	bool loops, sleeper;	/* see loop; a sleeper has nothing else to do */
	bool kicked, woken;
	bool sgi_pending, timer_pending, timer_due, waiting;
	uint32_t boot;		/* next step of its set-up */
	uint32_t todo[ACT_NR];
	uint64_t todo_at;	/* when the next of these is done, 0: nothing planned */
	uint64_t kick_at, handler_end, planned_at;
	uint64_t busy;		/* guest time until its next WFI */
	uint64_t resume_at;	/* waiting: no earlier than this */
	int32_t reply_to;	/* the vCPU that waits for this one, or -1 */
	uint32_t sgi_sources;	/* GICv2: who sent what is pending */
	uint32_t set_at;	/* its place in the set that it is in */
	struct gen_device *pending, **pending_end, *handler, **handler_end_p;
	struct gen_device *device;	/* of act */
	uint32_t disabled;	/* device + 1 that it has disabled and will enable */
	/* explicit: what is acknowledged and ended in this run of handlers */
	uint32_t ack_irq[GEN_MAX_ACKS], ack_src[GEN_MAX_ACKS];
	uint8_t nr_acks, ack_at;
	bool acked;
	struct rng r_busy, r_dist;
};

/* Which vCPUs are in the guest, or asleep: for picking one of them. */
struct gen_set {
	uint32_t nr, *vcpu;
};

enum gen_source_kind { SRC_TICK, SRC_SGI, SRC_TRAP, SRC_DEVICE, SRC_RETARGET, SRC_TOGGLE };

struct gen_source {
	uint8_t kind, act;
	uint32_t n;		/* vCPU or first device */
	uint32_t nr, k;		/* devices at once; the next of them */
	uint64_t at_ps, next_ps;	/* of the burst after this one */
	uint64_t left;		/* of the burst */
	uint64_t mean_ps, constant_ps;
	struct rng gap, pick;
};

struct gen_access {
	uint64_t gpa, val;
	uint8_t len;
	bool write;
};

struct gen {
	struct workload w;
	struct gen_options o;
	struct trace_meta meta;
	uint64_t p[WP_NR];
	uint64_t now, end_ns, nr;
	uint64_t gicd, gicr;
	uint32_t nr_vcpus, nr_online, nr_devices, nr_sources, nr_threads, spare;
	bool devices_up, ended, messages;	/* MSIs through an ITS */
	struct gen_vcpu *vcpu;
	struct gen_device *device;
	struct gen_source *source;
	struct gen_set in_guest, asleep;
	uint64_t sgi_owed;	/* bursts that found nobody to send them */
	struct rng r_sgi;
	/* heap of actors: vCPUs, then sources */
	uint32_t nr_actors, *heap, *place;
	uint64_t *at;
	/* what the first records are */
	uint32_t prologue;
	/* of the spare SPIs, what the guest wrote */
	uint32_t spare_enabled;
	uint8_t spare_prio[GEN_SPARE_SPIS];
	uint32_t spare_route[GEN_SPARE_SPIS];
	struct trace_rec queue[GEN_QUEUE];
	uint32_t q_in, q_out;
};

/* gen.c */
void gen_schedule(struct gen *g, uint32_t actor, uint64_t at_ns);
/* The place of one record of now, zeroed but for its time, kind, context and CPU. */
struct trace_rec *gen_own(struct gen *g, uint32_t vcpu, enum rec_kind kind);
struct trace_rec *gen_put(struct gen *g, enum rec_kind kind, enum rec_ctx ctx, uint32_t id,
			  int32_t cpu);
void gen_set_add(struct gen *g, struct gen_set *s, uint32_t vcpu);
void gen_set_remove(struct gen *g, struct gen_set *s, uint32_t vcpu);

/* gen-vcpu.c */
void gen_vcpu_start(struct gen *g, uint32_t vcpu, uint64_t at_ns);
void gen_vcpu_step(struct gen *g, struct gen_vcpu *v);
/* An interrupt was made pending for @v: it is kicked or woken if that is needed. */
void gen_stimulate(struct gen *g, struct gen_vcpu *v, bool by_itself);
/* @n more of @act for @v to do, which a timer of its own wakes for it. */
void gen_work(struct gen *g, struct gen_vcpu *v, enum gen_act act, uint32_t n);
void gen_tick(struct gen *g, struct gen_vcpu *v, bool wakes);
void gen_device_sent(struct gen *g, struct gen_device *d);

/* gen-source.c */
int gen_sources_create(struct gen *g, struct err *err);
void gen_source_fire(struct gen *g, struct gen_source *s);
void gen_inject_timer(struct gen *g, uint32_t vcpu, bool in_irq);

/* gen-words.c: the guest's accesses and the words in them. */
void gen_put_access(struct gen *g, uint32_t vcpu, const struct gen_access *a);
void gen_send_sgi(struct gen *g, struct gen_vcpu *v);
void gen_dist_access(struct gen *g, struct gen_vcpu *v, struct gen_access *a);
void gen_route_access(struct gen *g, const struct gen_device *d, struct gen_access *a);
void gen_enable_access(struct gen *g, const struct gen_device *d, bool on, struct gen_access *a);
void gen_device_access(struct gen *g, const struct gen_device *d, enum gen_act act,
		       struct gen_access *a);
/* One record of the state at the start, or of the ITS's set-up; false: no more. */
bool gen_prologue(struct gen *g);

/* gen-boot.c: step @n of @vcpu's set-up. False: it is done. */
enum gen_boot { BOOT_ACCESS, BOOT_START_NEXT, BOOT_DONE };
enum gen_boot gen_boot_step(struct gen *g, uint32_t vcpu, uint32_t n, struct gen_access *a);

#endif
