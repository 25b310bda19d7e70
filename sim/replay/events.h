/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens in a run, told as it happens: to the log (vgicsim-log(5)) and to
 * whoever replay_options.watch names. Neither changes the run.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "gic.h"
#include "machine.h"
#include "metrics.h"
#include "record.h"

enum replay_event_kind {
	EV_ENTRY,	/* the guest is entered */
	EV_EXIT,	/* the guest has stopped */
	EV_ACK, EV_EOI,	/* by the guest */
	EV_MMIO,	/* an access was emulated */
	EV_INJECT,	/* an injection begins */
	EV_SGI,		/* a trapped write names an SGI and vCPUs */
	EV_SEND,	/* an occurrence (deliveries.h) begins to be sent, one event each */
	EV_SENT,	/* what the actor began to send has been sent */
	EV_KICK, EV_IPI,
	EV_LOCK,	/* a lock is released */
	EV_NOTE,	/* the design says of itself what explains it: merged, no change, … */
	EV_FLUSH,	/* the design's flush begins */
	EV_SLEEP, EV_WAKE,
	EV_RECORD,	/* the actor comes to a record of the trace */
	EV_PHASE,	/* another phase of the actor begins; before its ENTRY, EXIT */
	EV_NR,
};

/* What an actor does. A vCPU begins with PHASE_HOST, another actor with PHASE_WAIT. */
enum replay_phase {
	PHASE_GUEST,
	PHASE_EXIT,	/* until the sync is done */
	PHASE_TIMER,	/* within it: the mapped timer's line goes low */
	PHASE_HOST,	/* other work between exit and entry */
	PHASE_MMIO, PHASE_SYSREG, PHASE_HVC, PHASE_WFI,
	PHASE_INJECT,
	PHASE_ENTRY,	/* flush and entry, given-up ones as well */
	PHASE_WAIT,	/* for the trace */
	PHASE_NR,
};
extern const char *const phase_names[PHASE_NR];

/* Valid during the call. Which member goes with which kind: by its name. */
struct replay_event {
	uint64_t t_ps;
	enum replay_event_kind kind;
	uint32_t actor;		/* vCPUs first, then threads and interrupt contexts */
	union {
		struct {
			bool underflow;		/* its maintenance interrupt is enabled */
			enum exit_kind why;	/* of an exit */
			unsigned int nr;
			uint64_t word[GIC_MAX_LRS];
		} lrs;			/* ENTRY, EXIT */
		struct {
			uint32_t irq, src;
		} guest;		/* ACK, EOI */
		struct {
			bool write, vgic;
			uint32_t len;
			uint64_t gpa, val;
		} mmio;
		struct {
			uint32_t irq, level, vcpu;
		} inject;
		struct {
			uint32_t irq;
			uint64_t target[(TRACE_MAX_VCPUS + 63) / 64];
		} sgi;
		struct {
			uint32_t record, irq, vcpu, src;	/* as struct occurrence has them */
			uint64_t since_ps;
		} send;
		struct {
			bool changed;
		} sent;
		struct {
			uint32_t vcpu;
			enum plat_kicked result;
			enum vcpu_state state;	/* of @vcpu, after it */
		} kick;
		struct {
			bool in_guest;
		} ipi;
		struct lock_event lock;
		struct {
			const char *what;	/* outlives the run */
		} note;
		struct {
			uint32_t seq;
			enum rec_kind kind;
		} record;
		struct {
			enum replay_phase begins;
			/* what the actor spent since its event before, COMP_NR parts, ps */
			uint64_t spent[COMP_NR];
		} phase;
	} u;
};

/* In the order of simulated time; of the same time in the order of happening. */
typedef void replay_watch_fn(void *priv, const struct replay_event *ev);

#endif
