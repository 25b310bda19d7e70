/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KVM's new vgic (Linux 4.7 and later): an irq_lock an interrupt, an ap_list
 * (active or pending) with its lock a vCPU, nothing that is locked VM-wide.
 *
 * What all its dates share is in vgic-kvm-aplist-*.c; one date is a struct aplist_kernel,
 * made by its own file (vgic-kvm-aplist.c: Linux 4.8, vgic-kvm-aplist-6.1.c). A later date that does
 * a step in another way gets a named member there, never a copy of a file.
 *
 * Lock order, outermost first, as the original's own drawing has it:
 *
 *	vgic_cpu->ap_list_lock		two of them: lower vcpu_id first
 *	  vgic_dist->lpi_list_lock	(only with an ITS; nobody takes it here)
 *	    vgic_irq->irq_lock		two of them: in the sort's compare only
 *
 * Whoever holds an irq_lock and needs an ap_list_lock drops the former, takes
 * both in order and looks again whether what he saw still holds.
 *
 * Who protects what: ap_list_lock the list and its order; irq_lock all fields
 * of a struct vgic_irq; both together are needed to put an interrupt on a list,
 * to take it off, and to change irq->vcpu.
 *
 * Left out: the ITS and LPIs (lookup and put know where they would come in), and
 * a GICv2 guest on a GICv3 host (the seam gives one GIC version only).
 */
#ifndef APLIST_H
#define APLIST_H

#include "kvm-iodev.h"
#include "vgic-design.h"

struct aplist;
struct vgic_cpu;

struct aplist_node {
	struct aplist_node *next, *prev;
};

enum vgic_irq_config {
	VGIC_CONFIG_EDGE = 0, /* what zeroed memory, so every SPI, starts as */
	VGIC_CONFIG_LEVEL,
};

/*
 * Reads of a register look at enabled, pending, active, group, priority, config, source,
 * targets and mpidr without irq_lock, as the original's do; so while the VM runs these
 * are written, with irq_lock held, by plat_store_declared().
 *
 * 88 bytes as in 4.8. Later dates have some more behind it that the model does not
 * need (struct aplist_layout): the stride of the arrays of them, so that neighbours
 * share lines as they did.
 */
struct vgic_irq {
	struct plat_lock irq_lock;
	struct aplist_node lpi_list;
	struct aplist_node ap_list;
	struct vgic_cpu *vcpu;	      /* on whose ap_list it is, or NULL */
	struct vgic_cpu *target_vcpu; /* where it should go, or NULL */
	uint32_t intid;
	bool pending; /* cached: line_level || soft_pending, or the edge's latch */
	bool line_level;
	bool soft_pending; /* from 4.11 pending_latch, the edge's as well: one_latch */
	bool active;
	bool enabled;
	bool hw;
	uint32_t refcount;
	uint32_t hwintid;
	union {
		uint8_t targets; /* GICv2 */
		uint32_t mpidr;	 /* GICv3 */
	};
	uint8_t source; /* GICv2 SGIs: vCPUs that sent it, a bit each */
	uint8_t priority;
	uint8_t active_source; /* GICv2 SGIs: whose is active (from 4.17) */
	uint8_t group;	       /* from 4.18 */
	enum vgic_irq_config config;
};

/* Shadows of the virtual CPU interface. */
struct vgic_v2_cpu_if {
	uint32_t hcr, vmcr, misr;
	uint64_t eisr, elrsr;
	uint32_t apr;
	uint32_t lr[GICV2_MAX_LRS];
};

struct vgic_v3_cpu_if {
	uint32_t hcr, vmcr, sre, misr, eisr, elrsr;
	uint32_t ap0r[4], ap1r[4];
	uint64_t lr[GICV3_MAX_LRS];
};

/* A frame, or half a redistributor, on the MMIO bus. */
struct vgic_io_device {
	struct kvm_iodev dev;
	uint64_t base;
	struct aplist *vgic;
	struct vgic_cpu *redist_vcpu; /* whose redistributor, or NULL */
	const struct aplist_region *regions;
	unsigned int nr_regions;
};

/*
 * The first 16 bytes stand for the rest of struct kvm_vcpu; with them the
 * ap_list_lock and the list's head are on one line. The private interrupts, in the
 * original between used_lrs and ap_list_lock, lie before the struct, since their
 * number of bytes is a matter of date: aplist_private_irq(). They begin and end with a
 * line in both places, so nobody shares one with them.
 */
struct vgic_cpu {
	uint32_t vcpu_id;
	bool changes_active; /* in a write of active state; the model's own */
	struct aplist *vgic;
	union {
		struct vgic_v2_cpu_if v2;
		struct vgic_v3_cpu_if v3;
	};
	uint32_t used_lrs;
	bool lrs_loaded; /* from flush to sync; the model's own */
	struct plat_lock ap_list_lock;
	struct aplist_node ap_list_head;
	uint64_t live_lrs;
	struct vgic_io_device rd_iodev, sgi_iodev;
	uint64_t pendbaser;
	/* struct arch_timer_cpu's part of the mapped timer */
	bool timer_level;
	bool timer_active_cleared_last;
	struct vgic_cpu *waits_for; /* in a write of active state; the model's own */
	/*
	 * From 4.13, and not allocated before: kvm_vcpu's requests, which other CPUs
	 * write, on a line of their own.
	 */
	_Alignas(64) uint64_t requests;
	bool loaded; /* VMCR and active priorities are in the hardware; the model's own */
};

/* Bits of requests. */
#define APLIST_REQ_IRQ_PENDING 0

struct vgic_dist {
	bool enabled;
	uint32_t nr_spis;
	struct vgic_irq *spis; /* aplist_spi() */
	struct vgic_io_device dist_iodev;
	uint64_t propbaser;
};

/* ---- one date ------------------------------------------------------------ */

/*
 * Instructions of each step, without lock pairs (the machine charges those)
 * and without the steps named separately.
 */
struct aplist_insns {
	/* lookup and routing */
	unsigned int get_private, get_spi, put;
	unsigned int oracle_active; /* it is active: stays where it is */
	unsigned int oracle_target; /* enabled and pending */
	unsigned int oracle_none;   /* neither */

	/* queue_irq_unlock */
	unsigned int queue_test;   /* frame, on a list already?, nobody to take it? */
	unsigned int queue_insert; /* second look, reference, append */
	unsigned int queue_request; /* kvm_make_request() */
	unsigned int queue_retry;
	unsigned int kick_self, kick_none, kick_ipi, kick_woken; /* kvm_vcpu_kick() */

	/* inject */
	unsigned int inject_call; /* kvm_vgic_inject_irq() around it */
	unsigned int inject;	  /* frame, vCPU by number, validate */
	unsigned int inject_raise, inject_lower;
	unsigned int line_level; /* the physical line's level asked for */
	unsigned int phys_write; /* irq_set_irqchip_state() for it */

	/* flush */
	unsigned int entry;	    /* frame, when an empty list is looked at before all else */
	unsigned int flush;	    /* frame, both loops' set-up, used_lrs */
	unsigned int flush_any;	    /* the list is not empty */
	unsigned int depth_node;    /* a node counted */
	unsigned int depth_sources; /* … by the bits of its source: hweight8() */
	unsigned int fill_node;	    /* a node looked at */
	unsigned int sgi_test;	    /* … that is an SGI: GICv2's sources? */
	unsigned int populate;	    /* a list register formed */
	unsigned int lr_pending;    /* … pending */
	unsigned int lr_edge;	    /* … of an edge: take the latch */
	unsigned int lr_eoi;	    /* … that wants an EOI maintenance interrupt */
	unsigned int lr_source;	    /* … of a GICv2 SGI: lowest source */
	unsigned int lr_active;	    /* … active: may it be pending as well? */
	unsigned int lr_hw;	    /* … of a mapped one */
	unsigned int lr_resample;   /* … whose level is taken as an edge is */
	unsigned int clear_lr;	    /* an unused one zeroed */
	unsigned int underflow;	    /* UIE set */
	unsigned int sort;	    /* list_sort: frame and last merge's set-up */
	unsigned int sort_node;	    /* a node taken off the input, a carry of the counter */
	unsigned int sort_merge;    /* a node linked by a merge */
	unsigned int sort_back;	    /* a node's back link mended */
	unsigned int sort_cmp;	    /* a compare */

	/* sync */
	unsigned int exit;	   /* frame, when an empty list is looked at before all else */
	unsigned int sync;	   /* frames of sync and prune */
	unsigned int maintain;	   /* process_maintenance without an event */
	unsigned int maintain_eoi; /* … a list register in EISR */
	unsigned int notify_ack;   /* kvm_notify_acked_irq() with nobody listening */
	unsigned int fold, fold_any;
	unsigned int fold_lr; /* a list register folded */
	unsigned int fold_level, fold_edge, fold_repend, fold_source;
	unsigned int fold_done; /* nothing is left in it */
	unsigned int fold_soft; /* … and a level's latch goes with it */
	unsigned int resample;	/* asked whether to look at its line */
	unsigned int resample_mapped, resample_line; /* … it is mapped; … it was not taken */
	unsigned int prune_node;
	unsigned int prune_remove;
	unsigned int prune_migrate; /* both locks in order, second look, the move */

	/* pending check and the distributor's kick */
	unsigned int pending, pending_node;
	unsigned int pending_vmcr; /* VMCR's shadow decoded */
	unsigned int vmcr_sync;	   /* … read from the hardware before it sleeps */
	unsigned int kick_vcpus, kick_vcpus_vcpu;

	/* the mapped timer */
	unsigned int timer;	  /* kvm_timer_flush_hwstate() with update_state */
	unsigned int timer_map;	  /* kvm_vgic_map_is_active() */
	unsigned int timer_skip;  /* nothing to write */
	unsigned int timer_write; /* irq_set_irqchip_state() */
	unsigned int timer_low;	  /* … when the line is low */
	unsigned int timer_put;

	/* load and put */
	unsigned int load, put_vgic;
	unsigned int timer_load; /* kvm_timer_vcpu_load_gic(), the injection apart */
	unsigned int enter_check;

	/* MMIO: finding the register */
	unsigned int dispatch_read, dispatch_write;
	unsigned int region_cmp;		/* one turn of the bisection */
	unsigned int region_read, region_write; /* width, conversion, call */
	unsigned int region_irqs;		/* INTID range */

	/* MMIO: the handlers */
	unsigned int raz, wi, v3r_ctlr, v3r_typer, v3r_typer_last, idregs, lpi_base;
	unsigned int misc_ctlr, misc_iidr, misc_typer, misc_write, misc_enable;
	unsigned int bits_read, bits_read_irq;
	unsigned int bits_write, bits_write_bit, bits_queue;
	unsigned int bits_disable; /* a bit cleared in ICENABLER: more than another */
	unsigned int group, group_bit;
	unsigned int active_change; /* more than another bit's change */
	unsigned int active_spin;   /* cond_resched_lock() */
	unsigned int halt_vcpu;	    /* pause, kick, resume of one */
	unsigned int halt_vm;	    /* pause and resume of all */
	unsigned int halt_vm_vcpu;  /* a vCPU of all */
	unsigned int halt_vm_ipis;  /* smp_call_function_many(), some do run */
	unsigned int prio, prio_irq;
	unsigned int config_read, config_read_irq;
	unsigned int config_write, config_write_irq, config_private_irq;
	unsigned int target, target_irq;
	unsigned int irouter_upper, irouter, mpidr_vcpu; /* is it Aff3; …, a vCPU visited */
	unsigned int irouter_read;

	/* SGIs */
	unsigned int sgi1r;	/* decode */
	unsigned int sgi_vcpu;	/* a turn of the loop over vCPUs */
	unsigned int sgi_end;	/* … none is left */
	unsigned int sgi_match; /* … with its affinity compared */
	unsigned int sgi_send;	/* … that is a target */
	unsigned int sgir, sgi_source, sgi_source_irq;
};

/*
 * Where a date's struct vgic_irq differs in what shares a line with what. Accesses
 * are declared at these places, whatever the model's own struct has there.
 */
struct aplist_layout {
	unsigned int irq_bytes; /* stride of the arrays; a multiple of 8 */
	unsigned int flags;	/* end of what the routing looks at: enabled is before it … */
	unsigned int enabled;	/* … or not */
	unsigned int targets;	/* targets or mpidr, with source and priority behind */
	unsigned int end;	/* of what emulation looks at */
	unsigned int vcpu_bytes; /* struct vgic_cpu without its private interrupts */
};

struct aplist_region;

/*
 * Everything in which one date differs from another. The release is the first that
 * has it.
 */
struct aplist_kernel {
	const struct aplist_insns *insns;
	struct aplist_layout layout;
	/*
	 * list_sort() of that date, stable. Returns the number of compares.
	 * Called with the list's ap_list_lock held.
	 */
	unsigned int (*sort)(struct aplist *g, struct plat_cpu *cpu, struct aplist_node *head);
	/* Put the frames of a GICv2 or GICv3 on the bus; -1: no room. */
	int (*register_v2)(struct aplist *g), (*register_v3)(struct aplist *g);
	unsigned int redist_devices; /* on the bus, a vCPU: two (RD, SGI), or one (by 6.1) */
	uint32_t iidr;		     /* GICD_IIDR and GICR_IIDR */
	uint32_t v3r_ctlr;	     /* what GICR_CTLR reads, apart from EnableLPIs */

	/* A writer of active state waits for its own vCPU to leave the CPU too (4.7-4.10). */
	bool active_waits_for_self;
	bool one_latch;		  /* 4.11: pending_latch, pending computed; not a cached flag */
	bool empty_fast_path;	  /* 4.12: no lock for an empty list at entry and exit */
	bool kicks_queued;	  /* 4.12: pending again while queued: its vCPU is kicked */
	bool underflow_when_full; /* 4.12: not by the depth: full, and the list goes on */
	bool eoi_from_lrs;	  /* 4.12: not from MISR and EISR */
	bool requests;		  /* 4.13: the kick sets one, looked at before each entry */
	bool irqsave;		  /* 4.15: interrupts off from the outermost lock on */
	bool resamples_mapped;	  /* 4.15: the mapped timer's line, at fill and fold */
	bool timer_by_interrupt;  /* 4.15: its physical state is written at load only */
	bool one_lr_an_intid;	  /* 4.16: the next sender of an SGI after an EOI interrupt */
	bool no_pending_active;	  /* 4.16: not for hardware, not for level */
	bool kicks_migrated;	  /* 4.17: who gets an interrupt from another's list */
	bool lrs_from_kernel;	  /* 4.17: GICv2 and VHE: flush and sync reach the hardware */
	bool soft_until_empty;	  /* 4.18: soft-pending ends with the list register's state */
	bool groups;		  /* 4.18: IGROUPR is what was written */
	bool locks_pending_reads; /* by 4.19 */
	bool sort_guards_same;	  /* by 6.1: a node compared with itself takes no lock */
	bool active_halts_vm;	  /* 5.7: any access to it with a GICv3, reads too */
	bool checks_move;	  /* by 6.1: a move holds a reference and checks whose it is */
	bool pending_asks_mask;	  /* by 6.1: PMR and active in the check for WFI */
	bool enable_resamples;	  /* by 6.1: and pending writes reach a mapped interrupt */
	bool ispendr_spares_sgis; /* by 6.1: GICv2 */
	bool bus_by_61;		  /* by 6.1: kvm_io_bus_by_61() */
	bool config_skips_private; /* by 6.1: before it looks them up */
};

struct aplist {
	struct plat_vm *vm;
	const struct aplist_kernel *kernel;
	const struct aplist_insns *insns;
	struct vgic_config config;
	unsigned int gic, nr_vcpus, nr_lrs;
	struct kvm_io_bus *bus;
	struct vgic_dist *dist;
	struct vgic_cpu *vcpus[]; /* kvm->vcpus[] */
};

/* The private interrupt @intid of @vcpu, SPI 32 + @n; without an access to either. */
static inline struct vgic_irq *aplist_private_irq(const struct aplist *g, struct vgic_cpu *vcpu,
						  uint32_t intid)
{
	return (struct vgic_irq *)((char *)vcpu -
				   (GIC_NR_PRIVATE - intid) * (size_t)g->kernel->layout.irq_bytes);
}

static inline struct vgic_irq *aplist_spi(const struct aplist *g, uint32_t n)
{
	return (struct vgic_irq *)((char *)g->dist->spis +
				   n * (size_t)g->kernel->layout.irq_bytes);
}

/*
 * Around the outermost lock, from the date on that injects from interrupts. It is
 * for the caller to have only one outermost one.
 */
static inline void aplist_irqs_off(const struct aplist *g, struct plat_cpu *cpu)
{
	if (g->kernel->irqsave)
		plat_irq_off(cpu);
}

static inline void aplist_irqs_on(const struct aplist *g, struct plat_cpu *cpu)
{
	if (g->kernel->irqsave)
		plat_irq_on(cpu);
}

#define aplist_lock_irq(g, cpu, lock)                                                              \
	do {                                                                                       \
		aplist_irqs_off(g, cpu);                                                           \
		plat_lock(cpu, lock);                                                              \
	} while (0)

static inline void aplist_unlock_irq(const struct aplist *g, struct plat_cpu *cpu,
				     struct plat_lock *lock)
{
	plat_unlock(cpu, lock);
	aplist_irqs_on(g, cpu);
}

/* ---- vgic-kvm-aplist-core.c ---------------------------------------------- */

/*
 * The interrupt with a reference (LPIs only); for private ones @vcpu's. No
 * lock held. NULL: there is no such INTID. Ended by aplist_put_irq().
 */
struct vgic_irq *aplist_get_irq(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
				uint32_t intid);
void aplist_put_irq(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq);

/*
 * Enter with irq_lock held (aplist_lock_irq()), returns with it dropped. If the
 * interrupt should be on a vCPU's list and is on none, append it there and kick that
 * vCPU. One that is queued already is left alone, without a kick up to 4.11. True if
 * queued.
 */
bool aplist_queue_irq_unlock(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq);

/*
 * irq_lock held: the pending flag goes up because of a new event. Counts it as
 * coalesced, or as one of those that nobody will be kicked for. For a level
 * interrupt the caller also sets what it is pending by.
 */
void aplist_latch(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq);

/* irq_lock held: pending follows from line and latch again. */
static inline void aplist_compute_pending(const struct aplist *g, struct vgic_irq *irq)
{
	if (irq->config == VGIC_CONFIG_LEVEL)
		plat_store_declared(&irq->pending, irq->line_level || irq->soft_pending);
	else if (g->kernel->one_latch)
		plat_store_declared(&irq->pending, irq->soft_pending);
}

/* irq_lock held: the latch of an edge, or a level's soft-pending. */
static inline void aplist_set_latch(const struct aplist *g, struct vgic_irq *irq, bool latch)
{
	if (irq->config == VGIC_CONFIG_LEVEL || g->kernel->one_latch)
		irq->soft_pending = latch;
	else
		plat_store_declared(&irq->pending, latch);
	aplist_compute_pending(g, irq);
}

/* The timer, with its level: its line is looked at again when the guest has had it. */
static inline bool aplist_mapped_level(const struct aplist *g, const struct vgic_irq *irq)
{
	return g->kernel->resamples_mapped && irq->hw && irq->config == VGIC_CONFIG_LEVEL;
}

/* irq_lock held: line_level is what the physical line is. True: it went down. */
bool aplist_resample(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
		     struct vgic_irq *irq);
void aplist_phys_active(struct aplist *g, struct plat_cpu *cpu, const struct vgic_irq *irq,
			bool active);

/* irq_lock held (or two of them): the fields of one interrupt are read / written. */
static inline void aplist_irq_read(const struct aplist *g, struct plat_cpu *cpu,
				   const struct vgic_irq *irq)
{
	plat_read_bytes(cpu, &irq->ap_list,
			g->kernel->layout.flags - offsetof(struct vgic_irq, ap_list));
}

/* … from byte @from on. */
static inline void aplist_rest_read(const struct aplist *g, struct plat_cpu *cpu,
				    const struct vgic_irq *irq, size_t from)
{
	plat_read_bytes(cpu, (const char *)irq + from, g->kernel->layout.end - from);
}

static inline void aplist_enabled_write(const struct aplist *g, struct plat_cpu *cpu,
					const struct vgic_irq *irq)
{
	plat_write_bytes(cpu, (const char *)irq + g->kernel->layout.enabled, 1);
}

static inline void aplist_targets_write(const struct aplist *g, struct plat_cpu *cpu,
					const struct vgic_irq *irq)
{
	plat_write_bytes(cpu, (const char *)irq + g->kernel->layout.targets, 4);
}

static inline void aplist_state_write(struct plat_cpu *cpu, const struct vgic_irq *irq)
{
	plat_write_bytes(cpu, &irq->pending, 4);
}

static inline struct vgic_irq *aplist_irq_of(struct aplist_node *node)
{
	return (struct vgic_irq *)((char *)node - offsetof(struct vgic_irq, ap_list));
}

void aplist_kick(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu);
/* After GICD_CTLR went 0 → 1: kick whoever has something pending on his list. */
void aplist_kick_vcpus(struct aplist *g, struct plat_cpu *cpu);

/* Hooks of struct vgic_design, the same for all dates (contracts there). */
void aplist_set_state(void *vgic, const struct vgic_irq_state *state);
void aplist_set_enabled(void *vgic, bool enabled);
/* 4.8's: what it remembers of the timer; from 4.17: VMCR and active priorities. */
void aplist_put(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
void aplist_load_vmcr(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
void aplist_put_vmcr(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
bool aplist_enter_check(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
void aplist_timer_line(void *vgic, unsigned int vcpu, bool level);
void aplist_timer_load(struct aplist *g, struct plat_cpu *cpu, unsigned int vcpu);
bool aplist_pending_sync(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
void aplist_timer_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
void aplist_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
void aplist_sync(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
bool aplist_pending(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
int aplist_inject(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq, bool level,
		  bool mapped);
enum vgic_handled aplist_mmio(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, bool write,
			      uint64_t gpa, unsigned int len, uint64_t *val);
enum vgic_handled aplist_sysreg_write(void *vgic, struct plat_cpu *cpu, unsigned int vcpu,
				      uint32_t reg, uint64_t val);

/* ---- vgic-kvm-aplist-init.c ---------------------------------------------- */

/* struct vgic_design's create() for one date, and destroy(). */
void *aplist_create(struct plat_vm *vm, const struct vgic_config *config,
		    const struct aplist_kernel *kernel);
void aplist_destroy(void *vgic);

/* ---- vgic-kvm-aplist-sort.c ---------------------------------------------- */

/* As struct aplist_kernel's sort: the bottom-up merge sort of Linux up to 5.1. */
unsigned int aplist_sort_bottom_up(struct aplist *g, struct plat_cpu *cpu,
				   struct aplist_node *head);
/* … and the one of 5.2, which merges runs no more unequal than two to one. */
unsigned int aplist_sort_balanced(struct aplist *g, struct plat_cpu *cpu, struct aplist_node *head);

/* ---- vgic-kvm-aplist-lr.c: shadow list registers ------------------------- */

/* ap_list_lock and irq_lock held: form shadow list register @lr of it. */
void aplist_populate_lr(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			struct vgic_irq *irq, unsigned int lr);
/* Zero shadow list registers @first … nr_lrs - 1. */
void aplist_clear_lrs(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
		      unsigned int first);
void aplist_set_underflow(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu);
/* After an exit, no lock held. */
void aplist_process_maintenance(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu);
void aplist_fold_lrs(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu);

/* ---- vgic-kvm-aplist-hyp.c: EL2 (hooks of struct vgic_design) ------------ */

/* Only list registers with state are loaded and read back (live_lrs): 4.6-4.11. */
void aplist_restore_live(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
void aplist_save_live(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);

/* ---- vgic-kvm-aplist-hyp-used.c: the same from 4.17 on -------------------- */

/*
 * used_lrs of them, no maintenance registers; by the kernel in flush and sync
 * where it can reach the interface (GICv2, VHE), else at EL2.
 */
void aplist_restore_used(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
void aplist_save_used(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
bool aplist_lrs_from_kernel(const struct aplist *g);
void aplist_restore_state(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu);
void aplist_save_state(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu);
/* Priority mask of the shadow, as an 8-bit priority. */
uint8_t aplist_pmr(const struct aplist *g, const struct vgic_cpu *vcpu);

#endif
