/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a vgic design is. Adding one: write vgic-<name>.c, add one line to
 * vgic-designs.h. Nothing else changes. Outside the tree: vgic-plugin.h.
 *
 * Each hook runs on @cpu and may be called for different vCPUs at the same
 * (simulated) time; what must be serial the design's own locks make so. No
 * hook may be entered or left with a lock held. "own" below: only ever
 * called by the thread of that vCPU, on the CPU it runs on.
 */
#ifndef VGIC_DESIGN_H
#define VGIC_DESIGN_H

#include "gic.h"
#include "plat.h"
#include "vgic-check.h"

struct vgic_frames {		/* guest physical addresses; size 0: not there */
	uint64_t gicd, gicd_size;
	uint64_t gicr, gicr_size;	/* one redistributor's; vCPU k's follows */
	uint64_t its, its_size;
};

struct vgic_config {
	unsigned int gic;		/* 2 or 3: what the guest sees */
	unsigned int nr_vcpus;
	unsigned int nr_irqs;		/* 32 + SPIs, a multiple of 32 */
	unsigned int nr_lrs;
	unsigned int nr_apr_bits;	/* priority bits implemented: 5, 6 or 7 */
	struct vgic_frames frames;
	uint32_t timer_ppi;		/* hw-mapped PPI, virtual INTID (27); 0: none */
	uint32_t timer_hw_irq;		/* its physical INTID */
	bool vhe;			/* the host kernel runs at EL2 */
};

/* Initial state of one interrupt: a "state" event. */
struct vgic_irq_state {
	uint32_t irq;
	uint32_t vcpu;			/* for private interrupts */
	uint32_t target;		/* vCPU, or UINT32_MAX */
	bool enabled, pending, line, active, edge;
	uint8_t prio, group;
};

enum vgic_handled {
	VGIC_NOT_MINE,		/* the access is not in a frame of this vgic */
	VGIC_DONE,		/* emulated (which includes ignored and RAZ/WI) */
};

struct vgic_design {
	const char *name;	/* as on the command line: "kvm-aplist" */
	const char *summary;	/* one line for "vgicsim list designs" */
	const char *source;	/* where the modelled code is to be read */
	const char *kernel;	/* dated: "Linux 4.8" */
	unsigned int gics;	/* bit 2: can be a GICv2, bit 3: a GICv3 */
	/*
	 * After a guest exit this kernel enables interrupts (and takes what is
	 * pending) before it syncs, not after.
	 */
	bool irqs_on_before_sync;
	/*
	 * Host interrupt handlers of this kernel inject (by 4.15), so that each of its
	 * locks has to be taken with interrupts off. Where not, what a recording has
	 * from a handler is taken as a thread's: that kernel leaves it to one.
	 */
	bool injects_in_irqs;
	/*
	 * Where the modelled kernel leaves the architecture, as a check would find
	 * it; ended by what = NULL. NULL: nowhere.
	 */
	const struct vgic_declared *declared;

	/*
	 * NULL when out of memory. @vm outlives the vgic. Reset state; no
	 * other CPU runs yet. destroy() frees everything; NULL is fine.
	 */
	void *(*create)(struct plat_vm *vm, const struct vgic_config *config);
	void (*destroy)(void *vgic);

	/* Before the run: put one interrupt into that state. Charges nothing. */
	void (*set_state)(void *vgic, const struct vgic_irq_state *state);
	/* Before the run: GICD_CTLR as it stands in mid-life. */
	void (*set_enabled)(void *vgic, bool enabled);

	/* own; the thread is put on / taken off @cpu. May be NULL. */
	void (*load)(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
	void (*put)(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);

	/*
	 * own; the host kernel's timer code before each flush: the physical
	 * active state of the mapped timer. May be NULL.
	 */
	void (*timer_flush)(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);

	/* own; emulation into (shadow) list registers. Interrupts on or off. */
	void (*flush)(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
	/* own; EL2, interrupts off: shadow to hardware, hardware to shadow. */
	void (*restore)(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
	void (*save)(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
	/*
	 * own; the mode is IN_GUEST, interrupts off, before restore(). False: somebody
	 * has asked for attention since the flush; the entry is given up (mode back,
	 * sync) and begins again. May be NULL: nobody is asked.
	 */
	bool (*enter_check)(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
	/* own; list registers back into emulation. */
	void (*sync)(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);

	/* own; WFI check: would the guest have something to take? */
	bool (*pending)(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);

	/*
	 * A line changes, from any context. @vcpu matters for private INTIDs
	 * only. For an edge interrupt level=true is the pulse. @mapped: the
	 * hw-mapped timer. Returns 0, or -1 for an INTID there is not.
	 */
	int (*inject)(void *vgic, struct plat_cpu *cpu, unsigned int vcpu,
		      uint32_t irq, bool level, bool mapped);

	/*
	 * The guest has made the mapped timer's line change. NULL: the host's timer
	 * code looks at the line after each exit, and injects the change. Else it
	 * does not, and the design asks for it when it wants to know: nothing is charged.
	 */
	void (*timer_line)(void *vgic, unsigned int vcpu, bool level);

	/*
	 * own; a trapped access. Reads give *val. @gpa anywhere: looking
	 * whether it is a frame of the vgic is the design's dispatch. The
	 * caller has charged the trap and charges the return.
	 */
	enum vgic_handled (*mmio)(void *vgic, struct plat_cpu *cpu,
				  unsigned int vcpu, bool write, uint64_t gpa,
				  unsigned int len, uint64_t *val);

	/* own; a trapped write to ICC_SGI1R_EL1 and its like. */
	enum vgic_handled (*sysreg_write)(void *vgic, struct plat_cpu *cpu,
					  unsigned int vcpu, uint32_t reg,
					  uint64_t val);

	/* An MSI; NULL: this design has no ITS. */
	int (*msi)(void *vgic, struct plat_cpu *cpu, uint32_t devid,
		   uint32_t eventid);
};

/* The registry is the tree's: a design outside of it (vgic-plugin.h) has no line there. */
#if __has_include("vgic-designs.h")
#define VGIC_DESIGN(d)	extern const struct vgic_design d;
#include "vgic-designs.h"
#undef VGIC_DESIGN

/* NULL when there is no such design. */
const struct vgic_design *vgic_design_find(const char *name);

/* All of them in registry order, ended by NULL. */
extern const struct vgic_design *const vgic_designs[];
#endif

#endif
