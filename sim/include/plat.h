/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine as a design sees it: everything a vgic design may do to memory,
 * locks, list registers and other CPUs. sim/machine implements it in
 * simulated time, sim/native on real threads.
 *
 * A design declares each access to shared memory with a verb just before it
 * makes it; between two verbs nobody else runs. Nothing here takes a cost:
 * a design says what it does (which lines, how many instructions, which
 * registers), the host profile says what that costs.
 *
 * plat-arch.h comes from whichever implementation is on the include path. It
 * holds struct plat_lock, which is 4 bytes as an arm64 spinlock is, or 8 where these
 * and the padding behind them are used, so that a design's structures have the
 * original's layout.
 */
#ifndef PLAT_H
#define PLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plat-arch.h"

struct plat_cpu;	/* the CPU that executes the call */
struct plat_vm;		/* one VM's memory and vCPUs; given to create() */

/* ---- memory ------------------------------------------------------------ */

/* What the bytes are for: the report states them per VM, vCPU and interrupt. */
enum plat_mem { PLAT_MEM_VM, PLAT_MEM_VCPU, PLAT_MEM_IRQ, PLAT_MEM_NR };

/*
 * Zeroed memory that starts on a 64-byte line, from this design's own arena;
 * NULL when out of memory. Only such memory may be named to the verbs below.
 */
void *plat_zalloc(struct plat_vm *vm, enum plat_mem what, size_t bytes);
void plat_free(struct plat_vm *vm, void *p);

/*
 * A read or write of the line(s) under [p, p + bytes): charged by who has
 * them. Use the one-word forms for fields within one line. plat-arch.h may
 * have them inlined.
 */
#if defined(PLAT_ARCH_EMPTY)	/* where accesses cost what they cost */
static inline void plat_read_bytes(struct plat_cpu *cpu, const void *p, size_t bytes) {}
static inline void plat_write_bytes(struct plat_cpu *cpu, const void *p, size_t bytes) {}
#elif !defined(PLAT_ARCH_TOUCHES)
void plat_read_bytes(struct plat_cpu *cpu, const void *p, size_t bytes);
void plat_write_bytes(struct plat_cpu *cpu, const void *p, size_t bytes);
#endif
#define plat_read(cpu, ptr)	plat_read_bytes(cpu, ptr, sizeof(*(ptr)))
#define plat_write(cpu, ptr)	plat_write_bytes(cpu, ptr, sizeof(*(ptr)))

/*
 * Accesses that the original makes without the lock that protects the field
 * (or with another): charged like plat_read()/plat_write(), and atomic where
 * there are real threads.
 */
#define plat_load(cpu, ptr) \
	(plat_read(cpu, ptr), __atomic_load_n(ptr, __ATOMIC_RELAXED))
#define plat_store(cpu, ptr, val) \
	(plat_write(cpu, ptr), __atomic_store_n(ptr, val, __ATOMIC_RELAXED))
/* The access alone, of a read or write that was declared before. */
#define plat_load_declared(ptr)	      __atomic_load_n(ptr, __ATOMIC_RELAXED)
#define plat_store_declared(ptr, val) __atomic_store_n(ptr, val, __ATOMIC_RELAXED)

/* Atomic read-modify-writes of bit @nr of the bitmap at @map of 64-bit words. */
void plat_set_bit(struct plat_cpu *cpu, unsigned int nr, uint64_t *map);
void plat_clear_bit(struct plat_cpu *cpu, unsigned int nr, uint64_t *map);
/* A plain, unlocked test of it: one read. */
bool plat_test_bit(struct plat_cpu *cpu, unsigned int nr, const uint64_t *map);

/*
 * Who alone ever touches memory by the verbs above from now on, declared when
 * the structures are made: holders of @lock, vCPU @vcpu's own thread, or readers
 * only. That order is known then, so it saves work, and it is a check: a touch by
 * somebody else ends the run. Nothing is charged; IPIs wait for another verb.
 *
 * It covers the lines that lie wholly in [p, p + bytes), until plat_free(). An
 * object shares its last line with nobody, so @bytes may reach to the end of it:
 * PLAT_LINES(). Not for a line with a lock word on it, nor for one twice.
 */
void plat_guard_by_lock(struct plat_vm *vm, const void *p, size_t bytes,
			const struct plat_lock *lock);
void plat_guard_by_vcpu(struct plat_vm *vm, const void *p, size_t bytes, unsigned int vcpu);
void plat_guard_const(struct plat_vm *vm, const void *p, size_t bytes);
#define PLAT_LINES(bytes)	(((size_t)(bytes) + 63) / 64 * 64)

/* ---- work -------------------------------------------------------------- */

/* Where instructions are booked in the components of a latency. */
enum plat_work {
	PLAT_CODE,	/* "own critical section" under a lock, else plain code */
	PLAT_LIST,	/* walking and sorting lists, scanning bitmaps */
	PLAT_DISPATCH,	/* finding the handler of an access or trap */
};

/* @insns straight-line instructions (lock pairs charge their own). */
#ifndef PLAT_ARCH_EMPTY
#ifdef PLAT_ARCH_TOUCHES
static inline void plat_work(struct plat_cpu *cpu, enum plat_work kind, unsigned int insns)
{
	plat_front_work(cpu,
			kind == PLAT_CODE ? ((const struct plat_front *)cpu)->code
			: kind == PLAT_LIST ? PLAT_FRONT_LIST : PLAT_FRONT_DISPATCH,
			insns);
}
#else
void plat_work(struct plat_cpu *cpu, enum plat_work kind, unsigned int insns);
#endif
#else
static inline void plat_work(struct plat_cpu *cpu, enum plat_work kind, unsigned int insns) {}
#endif

/* ---- locks ------------------------------------------------------------- */

struct plat_lock_class {
	const char *name;	/* as the field says it: "dist->lock" */
	/*
	 * Two of the class may be held at once: lower instance first
	 * (NEST_ASCENDING) or in any order under an outer lock (NEST_UNDER).
	 */
	enum { PLAT_NEST_NEVER, PLAT_NEST_ASCENDING, PLAT_NEST_UNDER } nest;
	/* Taken from host interrupts too: must be taken with interrupts off. */
	bool irq_safe;
};

struct plat_site {
	const char *func;
	int line;
};

/* The call site as a value, for lock_stat and lockdep. */
#define PLAT_SITE() __extension__ ({					\
	static const struct plat_site plat_site_here = { __func__, __LINE__ };\
	&plat_site_here;						\
})

/* @lock lies in plat_zalloc() memory; @instance: vCPU or INTID, for reports. */
void plat_lock_init(struct plat_vm *vm, struct plat_lock *lock,
		    const struct plat_lock_class *class, unsigned int instance);

/* Spin until held; which algorithm is a property of the run. */
#define plat_lock(cpu, lock)	plat_lock_at(cpu, lock, PLAT_SITE())
void plat_lock_at(struct plat_cpu *cpu, struct plat_lock *lock,
		  const struct plat_site *site);
void plat_unlock(struct plat_cpu *cpu, struct plat_lock *lock);

/*
 * Interrupts off on this CPU, nesting: IPIs that arrive meanwhile are taken
 * at the outermost plat_irq_on().
 */
void plat_irq_off(struct plat_cpu *cpu);
void plat_irq_on(struct plat_cpu *cpu);

/* Enter and leave an SRCU read side (MMIO bus, routing tables). */
void plat_srcu_lock(struct plat_cpu *cpu);
void plat_srcu_unlock(struct plat_cpu *cpu);

/* ---- the virtual CPU interface of the CPU that calls -------------------- */

/* Registers by GICv3 name; on GICv2 the GICH register that corresponds. */
enum plat_vif {
	PLAT_VIF_HCR, PLAT_VIF_VTR, PLAT_VIF_VMCR, PLAT_VIF_MISR,
	PLAT_VIF_EISR, PLAT_VIF_ELRSR,	/* one bit a list register, all of them */
	PLAT_VIF_AP0R0, PLAT_VIF_AP0R1, PLAT_VIF_AP0R2, PLAT_VIF_AP0R3,
	PLAT_VIF_AP1R0, PLAT_VIF_AP1R1, PLAT_VIF_AP1R2, PLAT_VIF_AP1R3,
	PLAT_VIF_SRE_EL2, PLAT_VIF_SRE_EL1,
	PLAT_VIF_LR0,			/* … + n */
};

/*
 * One access by its architectural effect, charged as this host's GIC
 * charges it: GICv2 a device read (blocking) or posted write, GICv3 a system
 * register. GICv2 has APR in AP0R0. Words as in gic.h.
 */
uint64_t plat_vif_read(struct plat_cpu *cpu, unsigned int reg);
void plat_vif_write(struct plat_cpu *cpu, unsigned int reg, uint64_t val);
/* ISB or DSB. */
void plat_barrier(struct plat_cpu *cpu);

/* The active state of a physical interrupt of this CPU (a GICD/GICR access). */
bool plat_phys_active_get(struct plat_cpu *cpu, uint32_t hw_irq);
void plat_phys_active_set(struct plat_cpu *cpu, uint32_t hw_irq, bool active);

/* ---- other vCPUs ------------------------------------------------------- */

enum plat_kicked {
	PLAT_KICK_SELF,		/* @vcpu is the caller's own */
	PLAT_KICK_NONE,		/* not in the guest, or already told to leave it */
	PLAT_KICK_WOKEN,	/* it slept in WFI */
	PLAT_KICK_IPI,		/* it runs its guest: an IPI is on its way */
};

/*
 * Make @vcpu look at its interrupts: wake it, or send one IPI a guest run.
 * Charges the lines of its mode word and wait queue, and the IPI; the
 * instructions are the caller's to charge, by what came back.
 */
enum plat_kicked plat_kick(struct plat_cpu *cpu, unsigned int vcpu);

/* The vCPU whose thread executes on @cpu, or -1 in other threads. */
int plat_this_vcpu(const struct plat_cpu *cpu);

/*
 * Keep vCPU @vcpu (or all but the caller's own, PLAT_ALL_VCPUS) out of its
 * guest until plat_resume(): sets the pause flag, sends the IPIs and, with
 * @wait, spins until each has left. To be called with no lock held.
 */
#define PLAT_ALL_VCPUS	UINT32_MAX
void plat_halt(struct plat_cpu *cpu, unsigned int vcpu, bool wait);
void plat_resume(struct plat_cpu *cpu, unsigned int vcpu);
/* Whether @vcpu is loaded on a physical CPU (in the guest or its run loop). */
bool plat_vcpu_on_cpu(struct plat_cpu *cpu, unsigned int vcpu);
/* One turn of a polling loop without locks held: others get to run. */
void plat_relax(struct plat_cpu *cpu);

/* ---- telling ----------------------------------------------------------- */

enum plat_counter {
	PLAT_COALESCED,		/* an injection merged into one already pending */
	PLAT_FILTERED,		/* an injection that changed nothing */
	PLAT_RETRY,		/* a lock retaken because the state had moved */
	PLAT_MIGRATED,		/* an interrupt moved to another vCPU's list */
	PLAT_LIST_STEPS,
	PLAT_SORT_COMPARES,
	PLAT_UPDATE_STATE,	/* recomputations of the whole VM's state */
	PLAT_OVERFLOWS,		/* flushes with more than the list registers hold */
	PLAT_UNSUPPORTED,	/* an access or event that the design has no code for */
	PLAT_NR_COUNTERS,
};
void plat_count(struct plat_cpu *cpu, enum plat_counter what, uint64_t n);

/* Length of the list (or number of candidates) that this flush looks at. */
void plat_list_length(struct plat_cpu *cpu, unsigned int n);

/*
 * The modelled original misbehaves here and the design follows it: counted by
 * name and shown. @what is a string constant.
 */
void plat_deviation(struct plat_cpu *cpu, const char *what);

#endif
