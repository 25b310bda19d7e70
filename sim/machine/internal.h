/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this folder share: the machine, its CPUs, its lines, and
 * the few inline steps that every verb takes.
 */
#ifndef MACHINE_INTERNAL_H
#define MACHINE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "des.h"
#include "machine.h"
#include "vif.h"

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define MACHINE_MAX_CPUS    1024
#define MACHINE_MASK_WORDS  (MACHINE_MAX_CPUS / 64)
#define MACHINE_MAX_CLASSES 64 /* lock classes of one machine */
#define CPU_MAX_HELD	    12 /* locks that one CPU may hold at once */
#define CPU_PHYS_IRQS	    1024

/* Lines of the machine's own, before the first of the arena: no bytes back them. */
enum cpu_line { CPU_LINE_MODE, CPU_LINE_WAITQUEUE, CPU_LINE_NODE, CPU_LINES };
#define LINE_INTERNAL (MACHINE_MAX_CPUS * CPU_LINES)

enum distance { DIST_OWN, DIST_CLUSTER, DIST_DIE, DIST_SOCKET, DIST_FAR, DIST_NR };

enum vcpu_mode { MODE_OUTSIDE, MODE_IN_GUEST, MODE_EXITING };
enum vcpu_wfi { WFI_AWAKE, WFI_PREPARED, WFI_ASLEEP };

/* One that a CPU holds: what is told of it at the release. */
struct held_lock {
	uint32_t lock, class_id;
	struct lock_event ev;
};

/* What is needed most comes first. */
struct plat_cpu {
	struct plat_front front; /* first: plat-arch.h looks at it by this pointer */
	struct des_actor actor;	 /* its clock is front.clock */
	struct machine *m;
	uint64_t own_lanes;	  /* its number in the three places of sharers */
	const uint8_t *distances; /* enum distance to each CPU */
	uint64_t ipi_at;	  /* a physical IPI not yet taken; UINT64_MAX: none */
	unsigned int irq_off;	  /* depth */
	unsigned int in_irq;	  /* depth of cpu_irq_enter() */
	unsigned int usage;	  /* enum lock_usage: how a lock is taken here and now */
	unsigned int nr_held;
	struct held_lock held[CPU_MAX_HELD];
	unsigned int id;
	bool is_vcpu;
	uint64_t touches, transfers, locks, insns;
	uint64_t acct[COMP_NR];
	uint64_t history; /* of cpu_fingerprint() */
	uint64_t rested;  /* at its end, ps */

	/* Waiting for a lock. */
	struct plat_cpu *next_waiter;
	uint64_t wait_from; /* asked, ps */
	const struct plat_site *wait_site;
	bool blocked;		    /* in cpu_block() or vcpu_run_woken() */
	unsigned int relaxed_alone; /* turns of plat_relax() in a row */

	/* vCPU life. */
	enum vcpu_mode mode;
	enum vcpu_wfi wfi;
	bool woken; /* by a kick since vcpu_sleep_prepare() */
	uint64_t sleep_limit; /* since then, UINT64_MAX: none */
	bool loaded, running_guest, ipi_hit_guest;
	bool waiting_resume;
	unsigned int halted;   /* pause requests */
	int waits_for_exit_of; /* plat_halt() of that vCPU, -1: none */

	struct vif vif;
	uint64_t phys_active[CPU_PHYS_IRQS / 64];

	/* Where it is: word sets of nearer CPUs, for sharers in bulk. */
	unsigned int location;
	uint64_t cluster_mask[MACHINE_MASK_WORDS];
	uint64_t die_mask[MACHINE_MASK_WORDS];
	uint64_t socket_mask[MACHINE_MASK_WORDS];

	void (*fn)(struct plat_cpu *cpu, void *arg);
	void *arg;
} __attribute__((aligned(64)));

static inline struct plat_cpu *cpu_of(struct des_actor *a)
{
	return (struct plat_cpu *)((char *)a - offsetof(struct plat_cpu, actor));
}

/* Costs resolved from the profile to what the hot paths add. */
struct machine_costs {
	uint64_t distance[DIST_NR];
	uint64_t l1, llc, dram, atomic_own, insn;
	uint64_t vif_r, vif_w;
};

struct mlock {
	struct plat_cpu *holder;
	struct plat_cpu *head, *tail; /* waiters, by arrival */
	uint64_t history;
	const struct plat_lock_class *class;
	uint32_t instance;
	uint32_t line;
	uint32_t mask;	   /* in the mask pool, who waits; 0: none yet */
	uint32_t prev_cpu; /* who holds it, or did last; UINT32_MAX: nobody yet */
	bool irq_safe;
	uint8_t class_id;
	uint8_t news; /* enum lock_usage: of this lock not seen yet */
} __attribute__((aligned(64)));

/* What struct plat_line's guard says. */
enum line_guard {
	GUARD_NOBODY = 1, /* no line has this one */
	GUARD_LOCK = 1u << 30,
	GUARD_VCPU = 2u << 30,
	GUARD_CONST = 3u << 30,
	GUARD_KIND = 3u << 30,
};

/* Of an acquisition; 0: interrupts off, and not in one. */
enum lock_usage {
	USED_IRQS_ON = 1 << 0, /* an interrupt may come while it is held */
	USED_IN_IRQ = 1 << 1,
};

struct lock_class_info {
	const struct plat_lock_class *class;
	uint64_t after; /* classes taken while this one is held */
	/* For the report of an inversion: where that was seen first. */
	const struct plat_site *outer[MACHINE_MAX_CLASSES];
	const struct plat_site *inner[MACHINE_MAX_CLASSES];
	/* Where it was first taken with interrupts on, and in an interrupt. */
	const struct plat_site *irqs_on, *in_irq;
};

struct arena;

/* plat.h's word for the VM; the machine has one. */
struct plat_vm {
	struct machine *m;
};

struct machine {
	struct des *des;
	struct plat_vm vm;
	struct plat_shared shared;
	struct machine_probe probe;
	void *probe_priv;

	struct plat_line *lines; /* by line id, see line.c */
	uintptr_t base;		 /* address of line LINE_INTERNAL */
	uint64_t region_bytes;

	struct machine_costs cost;
	struct machine_config config;
	struct host host;
	unsigned int nr_cpus, nr_lrs;
	unsigned int mask_words;

	uint64_t *masks; /* pool of sets, mask_words each, named by their first word; 0 unused */
	uint64_t masks_bytes;
	uint32_t masks_used, masks_max;
	uint32_t masks_free; /* first free one, linked by word 0 */

	uint8_t *distances;  /* [nr_cpus * nr_cpus], enum distance */
	struct mlock *locks; /* by id; 0 unused */
	uint64_t locks_bytes;
	uint32_t nr_locks, max_locks;
	unsigned int nr_classes;
	struct lock_class_info *classes;

	struct arena *arena;
	uint64_t bytes[PLAT_MEM_NR], allocs[PLAT_MEM_NR];

	unsigned int nr_exit_waiters; /* in plat_halt() */
	uint64_t quiet_at;	      /* while the quiescent callback runs */
	uint64_t nr_wakes;	      /* by cpu_wake(): did that callback do anything? */
	bool failed, stopped;
	struct err err;
	struct plat_cpu *cpus;
};

/* ---- line.c ------------------------------------------------------------- */

/* Cost in ps of a read, a write, and the change of state that goes with it. */
uint64_t line_read(struct plat_cpu *cpu, uint64_t line);
uint64_t line_write(struct plat_cpu *cpu, uint64_t line);
/* Whether @cpu has it alone, or nobody has it. */
bool line_is_home(const struct plat_cpu *cpu, uint64_t line);
/* Shared by exactly the CPUs of @mask. */
void line_share(struct plat_cpu *cpu, uint64_t line, const uint64_t *mask);
/* A lock word lies on it: it cannot be guarded. */
void line_has_lock(struct machine *m, uint64_t line);
/* Its memory is given back. */
void line_unguard(struct machine *m, uint64_t line);
/* In no cache. */
void line_forget(struct machine *m, uint64_t line);
static inline enum distance line_distance(const struct plat_cpu *a, const struct plat_cpu *b)
{
	return (enum distance)a->distances[b->id];
}
/* Pool of CPU sets; 0 and machine_fail() when used up. */
uint32_t mask_get(struct plat_cpu *cpu);
void mask_put(struct machine *m, uint32_t idx);

static inline uint64_t *mask_words(struct machine *m, uint32_t idx)
{
	return m->masks + idx;
}

static inline uint64_t cpu_line(const struct plat_cpu *cpu, unsigned int which)
{
	return (uint64_t)cpu->id * CPU_LINES + which;
}

/* ---- arena.c ------------------------------------------------------------ */

int arena_create(struct machine *m, struct err *err);
void arena_destroy(struct machine *m);
uint64_t arena_bytes(const struct machine *m);
/* Lazily populated zeroed memory, *bytes of it or half until there is room. */
void *machine_map(uint64_t *bytes, int prot);

/* ---- lock.c, lockdep.c -------------------------------------------------- */

int lock_class_find(struct machine *m, const struct plat_lock_class *class);
/* Is @cpu allowed to take @id here? Ends the run if not. */
void lockdep_acquire(struct plat_cpu *cpu, uint32_t id, const struct plat_site *site);
/* Interrupts go on: no lock that interrupts take may be held. */
void lockdep_irq_on(struct plat_cpu *cpu);
/* No lock may be held at @where. */
void lockdep_none_held(struct plat_cpu *cpu, const char *where);

/* ---- cpu.c, vcpu.c ------------------------------------------------------ */

void cpu_settle_slow(struct plat_cpu *cpu);
void vcpu_halt_waiters(struct plat_cpu *left);

/* ---- the steps that every verb takes ------------------------------------ */

static inline uint64_t mix64(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static inline void charge(struct plat_cpu *cpu, enum component comp, uint64_t ps)
{
	cpu->front.clock.now += ps;
	cpu->acct[comp] += ps;
}

/* @n instructions as PLAT_CODE. */
static inline void charge_insns(struct plat_cpu *cpu, enum component comp, unsigned int n)
{
	cpu->insns += n;
	charge(cpu, comp, n * cpu->front.shared->insn_ps);
}

static inline uint64_t host_ps(const struct plat_cpu *cpu, enum host_key key)
{
	return cpu->m->host.c[key].time.ps;
}

/* Be the earliest, then take an interrupt that is there: its alarm has rung then. */
static inline void settle(struct plat_cpu *cpu)
{
	if (unlikely(!des_is_first(&cpu->actor)))
		cpu_settle_slow(cpu);
}

/* ipi_at has moved, or irq_off to or from 0. */
static inline void cpu_set_alarm(struct plat_cpu *cpu)
{
	des_set_alarm(&cpu->actor, cpu->irq_off ? UINT64_MAX : cpu->ipi_at);
}

/* What the front has counted, into the accounts. */
static inline void cpu_fold(struct plat_cpu *cpu)
{
	static const uint8_t comp[] = {
		[PLAT_FRONT_LOCKED] = COMP_CRITICAL,
		[PLAT_FRONT_CODE] = COMP_CODE,
		[PLAT_FRONT_LIST] = COMP_LIST,
		[PLAT_FRONT_DISPATCH] = COMP_DISPATCH,
	};
	struct plat_front *f = &cpu->front;

	cpu->touches += f->hits;
	cpu->acct[COMP_LINES] += f->hits * f->shared->l1;
	f->hits = 0;
	for (unsigned int i = 0; i < sizeof(comp); i++) {
		cpu->insns += f->work[i];
		cpu->acct[comp[i]] += f->work[i] * f->shared->insn_ps;
		f->work[i] = 0;
	}
}

/* A lock was taken or given back. */
static inline void cpu_count_held(struct plat_cpu *cpu, unsigned int nr_held)
{
	cpu->nr_held = nr_held;
	cpu->front.code = nr_held ? PLAT_FRONT_LOCKED : PLAT_FRONT_CODE;
}

static inline struct vtime now(const struct plat_cpu *cpu)
{
	return VT_PS(cpu->front.clock.now);
}

/* Sleep as des_sleep(); the time away is booked to @comp. */
static inline void away(struct plat_cpu *cpu, struct vtime until, enum component comp)
{
	des_sleep(&cpu->actor, until);
	if (unlikely(cpu->actor.woke < cpu->front.clock.now))
		machine_fail(cpu, ERR_INVARIANT, "its clock would go back to %llu ps",
			     (unsigned long long)cpu->actor.woke);
	charge(cpu, comp, cpu->actor.woke - cpu->front.clock.now);
}

#endif
