/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The GIC itself: a state machine an interrupt and CPU interface, told of all that
 * happens to a vgic, judging what the vgic delivers.
 *
 * Events are to be told in the order of simulated time. Whatever takes time is told
 * twice, at its beginning and at its end; in between both the state before and the
 * state after are right. That is the tolerance, and all of it: what a guest found
 * in its list registers is judged by what the architecture allowed at some time since
 * the flush before that guest entry began; what it did not find by what was certain
 * before that flush began.
 *
 * Where the architecture leaves a choice (reset values, widths of accesses, one of
 * several targets) every choice is right.
 *
 * Left out: LPIs and the ITS, groups, the priority mask, preemption, EOImode 1.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include "gic.h"
#include "vgic-check.h"

struct oracle_config {
	unsigned int gic;
	unsigned int nr_vcpus, nr_irqs, nr_lrs;
	uint32_t timer_ppi;		/* the hw-mapped one; 0: none */
	uint64_t gicd, gicd_size, gicr, gicr_size;	/* as in struct vgic_frames */
	/*
	 * How long after the end of what made an interrupt pending a vCPU may run
	 * on in its guest, or sleep on, without it.
	 */
	uint64_t kick_ps, wake_ps;
	const struct vgic_declared *declared;	/* ended by what = NULL; may be NULL */
};

struct oracle;
enum oracle_phase { ORACLE_BEGIN, ORACLE_END };

/* NULL when out of memory. Reset state. @config is copied, but for @declared. */
struct oracle *oracle_create(const struct oracle_config *config);
void oracle_destroy(struct oracle *o);

/* Before the run. @target: vCPU, or UINT32_MAX. */
struct oracle_state {
	uint32_t irq, vcpu, target;
	bool enabled, pending, line, active, edge;
	uint8_t prio;
};
void oracle_set_state(struct oracle *o, const struct oracle_state *st);
void oracle_set_enabled(struct oracle *o, bool enabled);

/* A line, or an edge's pulse with @level. @vcpu matters for PPIs only. */
void oracle_inject(struct oracle *o, enum oracle_phase phase, uint64_t t_ps, unsigned int vcpu,
		   uint32_t irq, bool level);
/* A write of @vcpu's to any guest physical address. */
void oracle_write(struct oracle *o, enum oracle_phase phase, uint64_t t_ps, unsigned int vcpu,
		  uint64_t gpa, unsigned int len, uint64_t val);
/*
 * ICC_SGI1R_EL1; of the other registers that send SGIs it depends on groups, which are
 * left out here, whether one is sent: either is right.
 */
void oracle_sgi(struct oracle *o, enum oracle_phase phase, uint64_t t_ps, unsigned int vcpu,
		uint32_t reg, uint64_t val);

/* @vcpu begins to flush; its guest is entered with @lr (raw words, config.nr_lrs of them). */
void oracle_flush(struct oracle *o, uint64_t t_ps, unsigned int vcpu);
void oracle_enter(struct oracle *o, uint64_t t_ps, unsigned int vcpu, const uint64_t *lr);
void oracle_exit(struct oracle *o, uint64_t t_ps, unsigned int vcpu);
/* The guest took the list register that was @lr, and ended it; @found: one was active. */
void oracle_ack(struct oracle *o, uint64_t t_ps, unsigned int vcpu, const struct gic_lr *lr);
void oracle_eoi(struct oracle *o, uint64_t t_ps, unsigned int vcpu, uint32_t irq, uint32_t src,
		bool found);
/* It sleeps in WFI, by a check for pending interrupts that began at @checked_ps; it wakes. */
void oracle_sleep(struct oracle *o, uint64_t checked_ps, unsigned int vcpu);
void oracle_wake(struct oracle *o, uint64_t t_ps, unsigned int vcpu);
/* The run is over. */
void oracle_finish(struct oracle *o, uint64_t t_ps);

/* ---- what was found ---------------------------------------------------- */

#define ORACLE_MAX_SHOWN	8
#define ORACLE_MAX_DECLARED	80

struct oracle_violation {
	enum vgic_finding found;
	unsigned int when;
	uint64_t t_ps;
	uint32_t vcpu, irq;
	char text[256];		/* what was found, and what was expected */
	char *log;		/* its events since it was last quiet, a line each */
};

struct oracle_report {
	uint64_t deliveries;		/* judged */
	uint64_t entries;
	uint64_t violations;
	struct oracle_violation shown[ORACLE_MAX_SHOWN];	/* the first ones */
	unsigned int nr_shown;
	struct {
		const struct vgic_declared *d;
		uint64_t count;
		uint64_t t_ps;		/* of the first, with its … */
		uint32_t vcpu, irq;
	} declared[ORACLE_MAX_DECLARED];
	unsigned int nr_declared;
};
/* The oracle's, until oracle_destroy(). */
const struct oracle_report *oracle_report(const struct oracle *o);
/* As in "lost", "delivered while disabled". */
const char *oracle_finding_name(enum vgic_finding found);
/* Of one bit of enum vgic_circumstance, as in "retargeted". */
const char *oracle_circumstance_name(unsigned int bit);

#endif
