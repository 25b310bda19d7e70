/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rig for designs: a machine with some vCPUs and injecting threads, one vgic on
 * it, and a script that makes them take steps in an order it decides.
 *
 * The script is one more actor (the last). Each rig_*() step below is carried
 * out on the stack and clock of the vCPU or thread it names, to its end, before
 * it returns: so a scenario reads from top to bottom. Failed expectations end
 * the run with a message.
 */
#ifndef RIG_H
#define RIG_H

#include "machine.h"
#include "vgic-design.h"

#define RIG_GICD  UINT64_C(0x08000000)
#define RIG_GICR  UINT64_C(0x080a0000) /* vCPU k's: + k * 0x20000 */
#define RIG_TIMER 27u		       /* virtual and physical INTID of the mapped timer */

struct rig_config {
	const char *design; /* "kvm-legacy" */
	unsigned int gic;   /* 2 or 3 */
	unsigned int nr_vcpus;
	unsigned int nr_threads; /* injecting threads; 0 means 1 */
	unsigned int nr_irqs;	 /* 0 means 96 */
	unsigned int nr_lrs;	 /* 0 means 4 */
	enum lock_algo lock;
	bool no_timer; /* no hw-mapped PPI */
	bool vhe;
	uint64_t seed, explore;
	bool reference;
};

struct rig {
	struct rig_config config; /* resolved */
	struct vgic_config vgic_config;
	const struct vgic_design *design;
	void *vgic;
	struct machine *m;
	/* private to rig.c */
	struct rig_state *s;
};

typedef void rig_script_fn(struct rig *r);

/*
 * Build the rig, run @script, tear it down. @arg is whatever the script is to know.
 * ERR_USAGE, ERR_NOMEM; ERR_INVARIANT when an expectation failed or the machine
 * found an invariant broken.
 */
int rig_try(const struct rig_config *config, rig_script_fn *script, void *arg, struct err *err);
void *rig_arg(const struct rig *r);

/* ---- steps; @v is a vCPU, @t a thread (0 …); called by the script ------- */

/* Any code on actor @actor (vCPUs first, then threads), to its end. */
unsigned int rig_thread(const struct rig *r, unsigned int t); /* its actor number */
void rig_on(struct rig *r, unsigned int actor, void (*fn)(struct plat_cpu *cpu, void *arg),
	    void *arg);

/* The run loop's halves: load is done at the first entry. */
void rig_flush(struct rig *r, unsigned int v); /* timer_flush, flush; the mode is OUTSIDE */
/* restore; IN_GUEST from here on; one that asks for it (enter_check) syncs and flushes again */
void rig_enter(struct rig *r, unsigned int v);
void rig_leave(struct rig *r, unsigned int v); /* takes an IPI; OUTSIDE; save */
void rig_sync(struct rig *r, unsigned int v);
void rig_entry(struct rig *r, unsigned int v); /* flush, enter */
void rig_exit(struct rig *r, unsigned int v);  /* leave, sync */
/* How often the last rig_enter() was given up before it got in. */
unsigned int rig_given_up(struct rig *r, unsigned int v);
/* True: the last rig_leave() found an IPI (kick) that had come for the guest. */
bool rig_was_kicked(struct rig *r, unsigned int v);

/* By thread @t: rc of the hook is expected to be 0. */
void rig_inject(struct rig *r, unsigned int t, unsigned int vcpu, uint32_t irq, bool level);
/* By vCPU @v itself (timer code and the like), with @mapped as given. */
void rig_inject_self(struct rig *r, unsigned int v, uint32_t irq, bool level, bool mapped);
/* The guest has made vCPU @v's timer line go low: timer_line, or an injection by it. */
void rig_timer_low(struct rig *r, unsigned int v);

/* Trapped accesses by vCPU @v, which should be outside its guest. Expected to be VGIC_DONE. */
uint64_t rig_read(struct rig *r, unsigned int v, uint64_t gpa, unsigned int len);
void rig_write(struct rig *r, unsigned int v, uint64_t gpa, unsigned int len, uint64_t val);
enum vgic_handled rig_mmio(struct rig *r, unsigned int v, bool write, uint64_t gpa,
			   unsigned int len, uint64_t *val);
void rig_sgi1r(struct rig *r, unsigned int v, uint64_t val);
bool rig_pending(struct rig *r, unsigned int v);

/* ---- the guest; take no time --------------------------------------------- */

/* Acknowledge the highest pending: its list register before that; irq 1023: none. */
struct gic_lr rig_ack(struct rig *r, unsigned int v);
/* End it; expected to be active in a list register. */
void rig_eoi(struct rig *r, unsigned int v, uint32_t irq, unsigned int src);
/* List register @n of vCPU @v decoded, as the hardware has it (while IN_GUEST). */
struct gic_lr rig_lr(struct rig *r, unsigned int v, unsigned int n);
uint64_t rig_lr_raw(struct rig *r, unsigned int v, unsigned int n);
/* How many of the list registers are pending or active. */
unsigned int rig_lrs_used(struct rig *r, unsigned int v);
bool rig_underflow(struct rig *r, unsigned int v); /* HCR.UIE */
uint32_t rig_misr(struct rig *r, unsigned int v);

/* ---- what was counted ----------------------------------------------------- */

/* Since the last rig_reset_counts(), over all CPUs. */
void rig_reset_counts(struct rig *r);
unsigned int rig_locks(struct rig *r, const char *lock_class); /* acquisitions */
unsigned int rig_ipis(struct rig *r);			       /* kicks that sent one */
unsigned int rig_kicks(struct rig *r); /* calls of plat_kick(), whatever came of them */
unsigned int rig_wakes(struct rig *r);
uint64_t rig_counter(struct rig *r, enum plat_counter what);
unsigned int rig_deviations(struct rig *r, const char *what); /* NULL: all of them */
uint64_t rig_insns(struct rig *r, unsigned int actor);	      /* of that actor */
uint64_t rig_arena_bytes(struct rig *r, enum plat_mem what);

/* ---- expectations ---------------------------------------------------------- */

/* End the run (and fail the test) with file, line and both values unless equal. */
#define rig_expect_eq(r, have, want)                                                               \
	rig_expect_eq_at(r, __FILE__, __LINE__, #have, (uint64_t)(have), (uint64_t)(want))
#define rig_expect(r, cond) rig_expect_eq_at(r, __FILE__, __LINE__, #cond, !!(cond), 1)
void rig_expect_eq_at(struct rig *r, const char *file, int line, const char *what, uint64_t have,
		      uint64_t want);

/*
 * List register @n holds @irq in the state @state, a string of the letters
 * P(ending) A(ctive) E(oi) H(w); "" is an empty one (then @irq is not looked at).
 */
#define rig_expect_lr(r, v, n, irq, state) rig_expect_lr_at(r, __FILE__, __LINE__, v, n, irq, state)
void rig_expect_lr_at(struct rig *r, const char *file, int line, unsigned int v, unsigned int n,
		      uint32_t irq, const char *state);

#endif
