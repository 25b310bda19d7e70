/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the legacy KVM vgic: its memory, as Linux 4.6 lays it out, what its
 * steps cost, and what its files owe each other.
 *
 *	vgic-kvm-legacy.c	the VM: creation, initial state, the design's hooks
 *	vgic-kvm-legacy-state.c	bitmaps, what is pending where, injection, kicks
 *	vgic-kvm-legacy-lr.c	list registers: flush, sync, save, restore, timer
 *	vgic-kvm-legacy-mmio.c	the bus, the linear tables, registers of both GICs
 *	vgic-kvm-legacy-v2.c	GICv2: its table, targets, SGIs with sources
 *	vgic-kvm-legacy-v3.c	GICv3: its tables, routing, SGIs by affinity
 */
#ifndef VGIC_KVM_LEGACY_H
#define VGIC_KVM_LEGACY_H

#include "kvm-iodev.h"
#include "vgic-design.h"

/*
 * Instructions of each step: arm64, gcc 12 -O2, Linux 4.6.2 without tracer, EL2
 * excluded; each is the same whatever runs. Lock pairs (8 + 3) are the machine's
 * to charge and are in none of these. Where a step is marked "est." no
 * measured row has it alone: it is estimated from steps of the same shape.
 */
enum lgc_cost {
	/* bitmaps: one 64-bit word of a shared bitmap */
	LC_WORD_OR = 7,	      /* pend_act = pending | active */
	LC_WORD_AND = 8,      /* and-ing two words into a third */
	LC_WORD_FIND = 7,     /* looking for a set bit in a word that has none */
	LC_WORD_NEXT = 7,     /* the same in the flush's walk over its candidates */
	LC_BIT = 22,	      /* one bit by bitmap, vCPU and INTID: call, word, atomic */
	LC_DIST_PENDING = 24, /* vgic_dist_irq_set_pending(), …clear… */
	LC_CPU_PENDING = 21,  /* vgic_cpu_irq_set(), …clear() */
	LC_ORACLE_BIT = 15,   /* an atomic on pending_on_cpu, with the test before it */

	/* compute_pending_for_cpu() 206, compute_active_for_cpu(), vgic_update_state() */
	LC_PENDING = 110,    /* frame, map pointers, the private word, calls */
	LC_PENDING_NONE = 4, /* no bit found: both searches run to their ends */
	LC_PENDING_OFF = 50, /* distributor disabled: maps zeroed */
	LC_ACTIVE = 98,	     /* like LC_PENDING, one test less */
	LC_UPDATE = 23,	     /* frame of vgic_update_state() */
	LC_UPDATE_VCPU = 22, /* a vCPU visited: pointer, calls, the active bit's atomic */

	/* vgic_kick_vcpus() and kvm_vcpu_kick() */
	LC_KICK_ALL = 14,
	LC_KICK_ALL_VCPU = 21, /* a vCPU visited: pointer, oracle bit */
	LC_KICK_SELF = 16,
	LC_KICK_NONE = 42,  /* wait queue empty, mode is not IN_GUEST */
	LC_KICK_IPI = 187,  /* smp_send_reschedule() down to the GIC */
	LC_KICK_WAKE = 528, /* swait wake-up, scheduler included */

	/* injection: filtered 64, raised 174 with a kick of oneself, lowered 336 or 355 */
	LC_INJECT_MAPPED = 15,	/* kvm_vgic_inject_mapped_irq() around it */
	LC_INJECT = 27,		/* kvm_vgic_inject_irq(): the search in the mappings */
	LC_INJECT_CHECK = 53,	/* frame, config, level, filter */
	LC_INJECT_ENABLED = 12, /* enabled? queued? routable? */
	LC_INJECT_SOFT = 3,	/* lowering: soft_pend set? */

	/* kvm_vgic_flush_hwstate(): 128 with nothing to do at 4 shared words */
	LC_FLUSH = 89,	      /* frames, private word, the two oracle tests, epilogue */
	LC_FLUSH_SCAN = 79,   /* the three walks over SGIs, PPIs and SPIs */
	LC_FLUSH_CAND = 37,   /* a candidate: find-next, dispatch by kind */
	LC_QUEUE_SGI = 23,    /* vgic_v3_queue_sgi(), vgic_v2_queue_sgi() */
	LC_V2_QUEUE_SGI = 35, /* GICv2: the source byte read and written; est. */
	LC_V2_QUEUE_SRC = 25, /* … one source bit; est. */
	LC_QUEUE_HWIRQ = 25,  /* vgic_queue_hwirq(): level and queued? */
	LC_QUEUE_LEVEL = 37,  /* set queued, return */
	LC_QUEUE_IRQ = 90,    /* vgic_queue_irq(): frame, ELRSR, end of the search */
	LC_QUEUE_USED = 80,   /* a used list register looked at: decoded and compared */
	LC_QUEUE_FREE = 24,   /* the first free one, a fresh descriptor */
	LC_LR_FORM = 107,     /* vgic_queue_irq_to_lr(): state, level, set_lr, ELRSR */
	LC_LR_MAPPED = 35,    /* PPI or SPI: level, mapping found, HW bit */

	/* GICv2's list register functions need not ask for the guest's model; est. */
	LC_V2_DECODE = -3,
	LC_V2_STORE = -4,

	/* kvm_vgic_sync_hwstate(): 322 with nothing finished and 4 list registers */
	LC_SYNC = 122,	     /* frames, MISR, EISR, ELRSR by function pointers */
	LC_SYNC_LR = 50,     /* a list register decoded by function pointer, checked */
	LC_SYNC_USED = 5,    /* some are still in use, or a line is high; LC_ORACLE_BIT follows */
	LC_SYNC_EISR = 30,   /* an EISR bit: decoded, checked; est. */
	LC_SYNC_NOTIFY = 60, /* kvm_notify_acked_irq(): SRCU, empty list; est. */
	LC_FINISH = 134,     /* emptied LR stored, soft_pend and queued cleared, level */
	LC_FINISH_LOW = 22,  /* line low: call and tests around the three clears */

	/* kvm_timer_flush_hwstate(): 251 active, 281 clear and stays, 478 becomes clear */
	LC_TIMER_FLUSH = 62,
	LC_TIMER_SET = 189, /* irq_set_irqchip_state() */
	LC_TIMER_CLEARED = 8,
	LC_MAP_ACTIVE = 16,    /* kvm_vgic_map_is_active() … */
	LC_MAP_ACTIVE_LR = 51, /* … a list register decoded by function pointer */

	/* SGIs: 1228 at 2 vCPUs, with vgic_update_state() 870 and kicks 244 */
	LC_SGI_TRAP = 11,    /* access_gic_sgi(); kvm_handle_sys_reg() is the host's */
	LC_SGI = 49,	     /* frame, decoding */
	LC_SGI_VCPU = 17,    /* a vCPU visited that is no target; MPIDR compared */
	LC_SGI_TARGET = 13,  /* a target, with LC_DIST_PENDING */
	LC_V2_SGI = 30,	     /* GICv2: frame, decoding; est. */
	LC_V2_SGI_VCPU = 11, /* … a vCPU visited: no affinity to compare; est. */
	LC_SGI_SOURCE = 12,  /* GICv2: the source byte; est. */

	/* MMIO: vgic_handle_mmio_access() around a handler */
	LC_MMIO_READ = 7, /* vgic_handle_mmio_read() */
	LC_MMIO_WRITE = 6,
	LC_MMIO_ACCESS = 76,  /* frame, validation, run area */
	LC_MMIO_SCAN_X2 = 19, /* twice an entry of the linear table */
	LC_MMIO_COPY = 28,    /* a read's result copied out */
	LC_MMIO_SPLIT = 24,   /* 64-bit: the second handler call and its copies */

	/* register handlers, without the update_state() that follows a write */
	LC_REG_WI = 4,
	LC_REG_RAZ = 6,
	LC_REG_RAO = 31,
	LC_REG_CTLR = 42,
	LC_REG_CTLR_READ = 39,
	LC_REG_CTLR_REDIST = 18,
	LC_REG_TYPER = 37,
	LC_REG_TYPER_LO = 40,
	LC_REG_TYPER_HI = 35,
	LC_REG_IIDR = 29,
	LC_REG_IDREGS = 30,
	LC_REG_WORD = 58,      /* enable; ISPENDR and ICPENDR are built on it; est. */
	LC_REG_WORD_PRIV = -4, /* the redistributor's has one test less */
	LC_REG_PENDING = 40,   /* level and soft_pend words; est. */
	LC_REG_ACTIVE = 42,
	LC_REG_ACTIVE_PRIV = -15,
	LC_REG_RETIRE = 42,  /* ICENABLER: the search for disabled list registers */
	LC_REG_RETIRED = 60, /* one found: stored empty, queued cleared; est. */
	LC_REG_PRIO = 53,
	LC_REG_PRIO_PRIV = -2,
	LC_REG_CFG_READ = 200,
	LC_REG_CFG_WRITE = 363,
	LC_REG_CFG_PRIV = -3,
	LC_REG_ROUTE_WI = 23,
	LC_REG_ROUTE_READ = 48,
	LC_REG_ROUTE = 92,
	LC_REG_TARGET_READ = 60, /* ITARGETSR; est. */
	LC_REG_TARGET = 70,
	LC_REG_TARGET_IRQ = 14,
	LC_REG_TARGET_VCPU = 27, /* est. */
	LC_REG_SGIR = 30,	 /* est. */
	LC_REG_SGI_BYTES = 40,
	LC_REG_SGI_BYTE = 10,  /* SPENDSGIR, CPENDSGIR; est. */
	LC_PENDING_CHECK = 14, /* kvm_vgic_vcpu_pending_irq() */
};

/* ---- memory; offsets of the original's arm64 build ------------------------- */

/* One word a vCPU for its private interrupts (32 bits used), then the shared ones. */
struct lgc_bitmap {
	uint64_t *private;
	uint64_t *shared;
};

struct lgc_bytemap {
	uint32_t *private; /* 8 words a vCPU */
	uint32_t *shared;
};

/* GICv2: GICH shadow, 296 bytes. */
struct lgc_v2_cpu_if {
	uint32_t hcr, vmcr, misr;
	uint64_t eisr, elrsr;
	uint32_t apr;
	uint32_t lr[GICV2_MAX_LRS];
};

/* GICv3: ICH shadow, 184 bytes. */
struct lgc_v3_cpu_if {
	uint32_t hcr, vmcr, sre, misr, eisr, elrsr;
	uint32_t ap0r[4], ap1r[4];
	uint64_t lr[GICV3_MAX_LRS];
};

/* Mapping of a virtual to a physical interrupt: a node of an RCU list. */
struct lgc_map {
	struct lgc_map *next;
	void *pprev, *rcu[2];
	uint32_t virt_irq, phys_irq;
	bool active;
};

struct lgc_vcpu {
	/* Among the vCPU's system registers, on a line of its own: read by searches. */
	uint64_t mpidr, pad[7];
	/* struct vgic_cpu */
	uint64_t pending_percpu, active_percpu, pend_act_percpu;
	uint64_t *pending_shared, *active_shared, *pend_act_shared;
	uint32_t nr_lr;
	union {
		struct lgc_v2_cpu_if v2;
		struct lgc_v3_cpu_if v3;
	} cpu_if;
	uint64_t live_lrs;
	struct lgc_map *maps; /* head of the RCU list */
	/* the timer's own: its line's level, and what was last written of it */
	bool timer_level, timer_cleared;
};

struct lgc_iodev { /* struct vgic_io_device */
	struct kvm_iodev dev;
	struct legacy_vgic *vgic;
	uint64_t base;
	const struct lgc_range *ranges;
	int redist_vcpu; /* or -1 */
};

struct legacy_vgic {
	/* struct vgic_dist */
	struct plat_lock lock;
	bool in_kernel, ready;
	uint32_t model, nr_cpus, nr_irqs;
	void *vctrl_base;
	uint64_t dist_base, cpu_base;
	uint32_t enabled;
	struct lgc_bitmap irq_enabled, irq_level, irq_pending, irq_soft_pend, irq_queued;
	struct lgc_bitmap irq_active, irq_cfg;
	struct lgc_bytemap irq_priority;
	uint8_t *sgi_sources;			  /* [16 * vCPU + SGI], a bit a source; GICv2 */
	uint8_t *spi_cpu;			  /* target of SPI 32 + n, or LGC_NO_TARGET */
	struct lgc_bitmap *spi_target;		  /* one a vCPU: the reverse of spi_cpu */
	uint32_t *spi_mpidr;			  /* as the guest wrote it; GICv3 */
	uint64_t *pending_on_cpu, *active_on_cpu; /* a bit a vCPU: the oracle */
	struct lgc_iodev dist_iodev;
	struct lgc_iodev *redist_iodevs;
	/* around it: other parts of the VM */
	struct lgc_vcpu **vcpus;
	struct kvm_io_bus *bus;
	/* not the original's: constants of the run */
	struct plat_vm *vm;
	unsigned int words, oracle_words;
	struct vgic_config config;
};

#define LGC_NO_TARGET  0xffu	 /* in spi_cpu: an affinity that no vCPU has */
#define IROUTER_NOBODY 0xffffffu /* in spi_mpidr: likewise, for initial state */

/*
 * The original has no more vCPUs than a byte of spi_cpu holds. What a larger VM would
 * have been: bits 15:8 lie behind the bytes of all SPIs, and looking at them is free.
 */
static inline bool lgc_is_large(const struct legacy_vgic *d)
{
	return d->nr_cpus > LGC_NO_TARGET;
}

/* The vCPU that SPI 32 + @spi goes to; nr_cpus or more: none. */
static inline unsigned int lgc_spi_cpu(const struct legacy_vgic *d, uint32_t spi)
{
	unsigned int vcpu = d->spi_cpu[spi];

	if (lgc_is_large(d))
		vcpu |= (unsigned int)d->spi_cpu[d->nr_irqs - GIC_NR_PRIVATE + spi] << 8;
	return vcpu;
}

static inline void lgc_set_spi_cpu(struct legacy_vgic *d, uint32_t spi, unsigned int vcpu)
{
	bool there = vcpu < d->nr_cpus;

	d->spi_cpu[spi] = there ? (uint8_t)vcpu : LGC_NO_TARGET;
	if (lgc_is_large(d))
		d->spi_cpu[d->nr_irqs - GIC_NR_PRIVATE + spi] = there ? (uint8_t)(vcpu >> 8) : 0xff;
}

/* ---- state ------------------------------------------------------------------- */

/* Single bits, as vgic_bitmap_{get,set}_irq_val(): charge lines, not instructions. */
bool lgc_test(struct legacy_vgic *d, struct plat_cpu *cpu, const struct lgc_bitmap *b,
	      unsigned int vcpu, uint32_t irq);
void lgc_set(struct legacy_vgic *d, struct plat_cpu *cpu, const struct lgc_bitmap *b,
	     unsigned int vcpu, uint32_t irq);
void lgc_clear(struct legacy_vgic *d, struct plat_cpu *cpu, const struct lgc_bitmap *b,
	       unsigned int vcpu, uint32_t irq);
/* Not an access of the model: for telemetry and initial state only. */
bool lgc_peek(const struct legacy_vgic *d, const struct lgc_bitmap *b, unsigned int vcpu,
	      uint32_t irq);
void lgc_poke(struct legacy_vgic *d, const struct lgc_bitmap *b, unsigned int vcpu, uint32_t irq,
	      bool val);

void lgc_dist_clear_pending(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
			    uint32_t irq);
/* The CPU-side pending map of @vcpu. */
void lgc_cpu_set(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq);
void lgc_cpu_clear(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq);

/* All with dist->lock held. */
bool lgc_compute_pending(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu);
void lgc_update_state(struct legacy_vgic *d, struct plat_cpu *cpu);
/* Without it: the loop after the unlock. */
void lgc_kick_all(struct legacy_vgic *d, struct plat_cpu *cpu);
/* Before the run: what lgc_update_state() computes, without a CPU. */
void lgc_recompute(struct legacy_vgic *d);

int lgc_inject(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq, bool level,
	       bool mapped);
bool lgc_pending(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);

/* ---- list registers ------------------------------------------------------------ */

void lgc_timer_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
void lgc_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
void lgc_sync(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
void lgc_restore(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
void lgc_save(void *vgic, struct plat_cpu *cpu, unsigned int vcpu);
/* dist->lock held: empty the list registers of @vcpu whose interrupt is disabled. */
void lgc_retire_disabled(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu);
/* Telemetry: nothing but active interrupts in @vcpu's own list registers. */
bool lgc_only_active(const struct legacy_vgic *d, unsigned int vcpu);
/* The mapping of @irq on @vcpu, or NULL. */
const struct lgc_map *lgc_map_find(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
				   uint32_t irq);

/* ---- MMIO ------------------------------------------------------------------------ */

/* One access of at most 4 bytes, as a handler sees it. */
struct lgc_mmio {
	struct plat_cpu *cpu;
	unsigned int vcpu;   /* the accessing one */
	unsigned int target; /* whose private registers: the same, or the redistributor's */
	bool write;
	unsigned int len;
	uint32_t data;
};

/* Runs with dist->lock held; true: state changed, kick those with the oracle bit. */
typedef bool lgc_handler(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset);

struct lgc_range {
	uint32_t base, len;
	unsigned int bits_per_irq; /* 0: not per interrupt */
	lgc_handler *handle;
};

enum lgc_access {
	LGC_READ_RAZ = 0,
	LGC_READ_VALUE = 1,
	LGC_WRITE_IGNORED = 0,
	LGC_WRITE_VALUE = 2,
	LGC_WRITE_SET = 4,
	LGC_WRITE_CLEAR = 6,
	LGC_WRITE_MASK = 6,
};
/* Read or write the bytes of @reg that the access covers. Charges nothing. */
void lgc_reg_access(struct lgc_mmio *m, uint32_t *reg, uint32_t offset, enum lgc_access mode);
/* Bits @irq … @irq + 31 of @b (a word of private ones for irq 0). */
uint32_t lgc_word(struct legacy_vgic *d, struct plat_cpu *cpu, const struct lgc_bitmap *b,
		  unsigned int vcpu, uint32_t irq);
void lgc_word_store(struct legacy_vgic *d, struct plat_cpu *cpu, const struct lgc_bitmap *b,
		    unsigned int vcpu, uint32_t irq, uint32_t val);

/* Registers of both; @offset is the bank's, so 0 for private interrupts. */
lgc_handler lgc_raz_wi, lgc_rao_wi, lgc_iidr;
bool lgc_enable_reg(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset, bool set,
		    int extra);
bool lgc_pending_reg(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset, bool set);
bool lgc_active_reg(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset, bool set,
		    int extra);
bool lgc_cfg_reg(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset, int extra);
bool lgc_prio_reg(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset, int extra);

extern const struct lgc_range lgc_v2_dist_ranges[], lgc_v3_dist_ranges[], lgc_v3_redist_ranges[];

enum vgic_handled lgc_mmio(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, bool write,
			   uint64_t gpa, unsigned int len, uint64_t *val);
enum vgic_handled lgc_v3_sysreg_write(void *vgic, struct plat_cpu *cpu, unsigned int vcpu,
				      uint32_t reg, uint64_t val);
/* Register the frames on the bus; -1: out of memory. Undone by lgc_iodev_exit(). */
int lgc_iodev_init(struct legacy_vgic *d);
void lgc_iodev_exit(struct legacy_vgic *d);

#endif
