/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulated host as the replay drives it. Designs never see this header;
 * they see plat.h, which this library implements as well.
 *
 * Every context that executes is a struct plat_cpu: an actor on a stack of
 * its own with a clock of its own. The rule that makes a run exact: before
 * an actor touches anything shared it lets every actor with an earlier key
 * (time, then rank) run. Normal mode yields only when there is such an
 * actor; reference mode yields at every verb and picks by a linear scan. Both
 * give the same fingerprint.
 *
 * Every advance of an actor's clock is booked to one component, so that the
 * difference of two snapshots of cpu_accounts() sums to the time between.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include "err.h"
#include "gic.h"
#include "plat.h"
#include "vtime.h"

/* ---- components of time ------------------------------------------------ */

enum component {
	COMP_LOCK_WAIT,		/* asked for a lock until it was there */
	COMP_CRITICAL,		/* instructions and atomics while holding a lock */
	COMP_CODE,		/* instructions outside any lock */
	COMP_LINES,		/* cache line transfers and hits */
	COMP_LR,		/* virtual interface registers, barriers */
	COMP_LIST,		/* PLAT_LIST */
	COMP_DISPATCH,		/* PLAT_DISPATCH, SRCU, MMIO decode */
	COMP_SWITCH,		/* trap, world switch, exception return */
	COMP_IPI,		/* sending and taking IPIs, physical irqchip accesses */
	COMP_HOST,		/* other host work: handlers, userspace, scheduling */
	COMP_SLEEP,		/* WFI, paused, waiting for the trace */
	COMP_GUEST,		/* the guest ran */
	COMP_NR,
};
extern const char *const component_names[COMP_NR];	/* "lock wait", … */

/* ---- host profiles ----------------------------------------------------- */

/* Where a value comes from; written in the profile as [p], [d], [a], [user]. */
enum cost_tag { COST_PUBLISHED, COST_DERIVED, COST_ASSUMED, COST_USER };

struct cost {
	struct vtime time;	/* for times */
	uint64_t count;		/* for plain numbers */
	enum cost_tag tag;
	char source[160];
};

/*
 * Keys of facts on costs, §8; each in struct host under the same name. The
 * table host_keys[] of host.c gives kind, unit and meaning of each, and
 * "vgicsim list hosts" prints it.
 */
enum host_key {
	HK_CPUS, HK_CLUSTER_CPUS, HK_DIE_CPUS, HK_SOCKET_CPUS,	/* topology */
	HK_CLOCK_KHZ, HK_GIC, HK_NR_LRS, HK_PRI_BITS, HK_VHE,
	HK_INSN_PS,		/* one instruction of vgic code, in ps */
	HK_L1, HK_LLC, HK_DRAM,
	HK_C2C_NEAR, HK_C2C_DIE, HK_C2C_XDIE, HK_C2C_XSOCK,
	HK_ATOMIC_OWN, HK_ATOMIC_MODE,	/* 0 near LSE, 1 far LSE, 2 LL/SC */
	HK_TRAP_IN, HK_TRAP_OUT, HK_WS_SAVE, HK_WS_RESTORE,
	HK_GICH_R, HK_GICH_W, HK_ICH_R, HK_ICH_W, HK_ISB,
	HK_GICD_R, HK_GICD_W,	/* physical distributor/redistributor accesses */
	HK_SRCU,		/* enter or leave a read side */
	HK_MMIO_DISPATCH,	/* abort decode outside the vgic's own dispatch */
	HK_SYSREG_DISPATCH,	/* trapped system register, likewise */
	HK_HANDLE_EXIT,		/* run loop and exit handler of any exit */
	HK_HVC,			/* the work of a null hypercall's handler */
	HK_USER_TRIP,
	HK_SGI_PHYS,		/* SGI written → exception at the target */
	HK_IPI_SEND,		/* the sender's register write */
	HK_HOST_IRQ, HK_VIRQ_ENTRY, HK_VEOI,
	HK_WFI_BLOCK, HK_WFI_WAKE, HK_WAKE_SEND,
	HK_NR,
};

struct host {
	char name[64];
	char summary[160];
	char path[256];		/* the file it was read from */
	struct cost c[HK_NR];
	uint64_t digest;	/* XXH3-64 over the resolved values */
};

enum host_key_kind { HKK_TIME, HKK_COUNT };
struct host_key_info {
	const char *key;	/* as in the file: "c2c_near" */
	enum host_key_kind kind;
	const char *help;
};
extern const struct host_key_info host_keys[HK_NR];

/*
 * @name_or_file: a name (found in the profile directories: $VGICSIM_HOSTS,
 * the source tree's sim/machine/hosts, the installed one) or a path with a
 * slash or ".ini". Every key must be there once with a source; an unknown
 * key, a missing source or key is an error that names file, line, key.
 */
int host_load(struct host *host, const char *name_or_file, struct err *err);
/* "key=value" with a unit where the key has one; tagged COST_USER. */
int host_set(struct host *host, const char *assignment, struct err *err);
/* Names of all profiles found, sorted; free each and the array. -1: none. */
int host_list(char ***names, unsigned int *nr, struct err *err);

/* ---- the machine ------------------------------------------------------- */

enum lock_algo { LOCK_TICKET, LOCK_QUEUED, LOCK_TAS, LOCK_NR_ALGOS };
extern const char *const lock_algo_names[LOCK_NR_ALGOS];

/*
 * Instructions that each plat_lock()/plat_unlock() charges by itself: what an
 * uncontended arm64 spin_lock (LL/SC for tickets) and its unlock are. Designs
 * leave them out of their own counts. RELAX_INSNS: one plat_relax().
 */
enum lock_insns {
	LOCK_INSNS_TICKET = 8, UNLOCK_INSNS_TICKET = 3,
	LOCK_INSNS_QUEUED = 8, UNLOCK_INSNS_QUEUED = 2,
	LOCK_INSNS_TAS = 6, UNLOCK_INSNS_TAS = 1,
	RELAX_INSNS = 10,
};

/* What a released lock has to tell; @wait is zero for an uncontended one. */
struct lock_event {
	const struct plat_lock_class *class;
	unsigned int instance;
	uint32_t id;			/* no other lock of the machine has it */
	unsigned int cpu, prev_cpu;	/* taker, and who held it before (or ~0) */
	const struct plat_site *site;	/* of the acquisition */
	/*
	 * asked: after its own atomic found the lock held; got - asked is what
	 * COMP_LOCK_WAIT was charged, 0 for an uncontended one.
	 */
	struct vtime asked, got, released;
	bool contended;		/* somebody held it, or waited before */
	bool bounced;		/* the lock's line was in another CPU's cache */
	unsigned int distance;	/* of the hand-over: 0 own … 4 other socket */
};

/*
 * What the machine tells. Called in time order of the actor concerned; any may
 * be NULL. @priv is machine_config.probe_priv.
 */
struct machine_probe {
	void (*lock)(void *priv, const struct lock_event *ev);
	/* @result as plat_kick() returns it */
	void (*kick)(void *priv, unsigned int by_cpu, unsigned int vcpu,
		     enum plat_kicked result, struct vtime at);
	/* an IPI taken by the target: in the guest, or in the host */
	void (*ipi)(void *priv, unsigned int cpu, struct vtime at, bool in_guest);
	void (*count)(void *priv, unsigned int cpu, enum plat_counter what,
		      uint64_t n);
	void (*list_length)(void *priv, unsigned int cpu, unsigned int n);
	void (*deviation)(void *priv, unsigned int cpu, const char *what,
			  struct vtime at);
	/* nobody else can run, and @cpu begins to poll: whom it waits for may be woken */
	void (*polls)(void *priv, unsigned int cpu);
};

/*
 * vCPU k sits on host CPU k, the other actors on those after, beginning again
 * at CPU 0 when the host has too few. That is their place in the topology and
 * nothing else: each actor has a CPU and a cache of its own.
 */
struct machine_config {
	const struct host *host;	/* copied */
	enum lock_algo lock;
	unsigned int gic;		/* 2 or 3 */
	unsigned int nr_lrs;		/* 0: the host's */
	unsigned int nr_vcpus;		/* actors 0 … nr_vcpus - 1 */
	unsigned int nr_others;		/* threads and interrupt contexts after them */
	uint64_t seed;
	uint64_t explore;		/* 0: ties by actor number; else permuted by it */
	bool reference;
	const struct machine_probe *probe;
	void *probe_priv;
};

struct machine;

/* NULL and @err: too many CPUs for the host, GIC of the host does not match, … */
struct machine *machine_create(const struct machine_config *config,
			       struct err *err);
/* After every object from plat_zalloc() is freed. NULL is fine. */
void machine_destroy(struct machine *m);

struct plat_vm *machine_vm(struct machine *m);
struct plat_cpu *machine_cpu(struct machine *m, unsigned int actor);
unsigned int machine_nr_lrs(const struct machine *m);

/* Actor @actor will run fn(cpu, arg) on its own stack from time zero. */
void machine_spawn(struct machine *m, unsigned int actor,
		   void (*fn)(struct plat_cpu *cpu, void *arg), void *arg);

/*
 * Called when nobody can run though somebody is blocked: wake one with
 * cpu_wake() and return true, or return false to end the run there.
 */
typedef bool machine_quiescent_fn(void *priv);

/*
 * Run until every actor's function has returned or machine_stop(). 0, or
 * ERR_INVARIANT with simulated time, CPU, seed and fingerprint in the message
 * (lockdep, a lock held where none may be, time overflow).
 */
int machine_run(struct machine *m, machine_quiescent_fn *quiescent, void *priv,
		struct err *err);
/* From an actor: end the run with ERR_INVARIANT or another code; no return. */
__attribute__((noreturn, format(printf, 3, 4)))
void machine_fail(struct plat_cpu *cpu, enum err_code code, const char *fmt, ...);

/* From an actor: end the run, machine_run() returns 0; no return. */
__attribute__((noreturn)) void machine_stop(struct plat_cpu *cpu);

/*
 * A hash over, for each lock, its whole acquisition history (who, when), and
 * for each actor everything given to cpu_fingerprint() and its final clock.
 */
uint64_t machine_fingerprint(const struct machine *m);
/* @cpu's function is about to return, and has but waited since @t: its final clock is that. */
void cpu_rests_since(struct plat_cpu *cpu, struct vtime t);
/* Add something architectural that @cpu did now to its history. */
void cpu_fingerprint(struct plat_cpu *cpu, uint64_t what, uint64_t value);

struct machine_stats {
	struct vtime end;		/* the latest actor clock */
	uint64_t switches;		/* of stacks, for the engine's own benchmark */
	uint64_t touches, line_transfers;
	uint64_t locks, insns;
	/* requested by plat_zalloc(), and what jemalloc's arena holds for it */
	uint64_t bytes[PLAT_MEM_NR], allocs[PLAT_MEM_NR], arena_bytes;
};
void machine_stats(const struct machine *m, struct machine_stats *stats);

/* ---- inside an actor --------------------------------------------------- */

unsigned int cpu_actor(const struct plat_cpu *cpu);
struct machine *cpu_machine(const struct plat_cpu *cpu);
struct vtime cpu_now(const struct plat_cpu *cpu);
/* Sums of this CPU's time by component from the start to this call: COMP_NR entries, ps. */
const uint64_t *cpu_accounts(struct plat_cpu *cpu);
/* Instructions charged on this CPU since the start, lock pairs included. */
uint64_t cpu_insns(const struct plat_cpu *cpu);

/* Spend @t on @comp; interrupts that arrive meanwhile are taken at its end. */
void cpu_spend(struct plat_cpu *cpu, enum component comp, struct vtime t);
/* The same for a cost of the host profile. */
void cpu_cost(struct plat_cpu *cpu, enum component comp, enum host_key key);
/* The run ends if @cpu holds a lock; @where it may not: "the guest". Takes no time. */
void cpu_no_locks(struct plat_cpu *cpu, const char *where);
/*
 * What is done in between is done by a host interrupt's handler: interrupts are off,
 * and locks taken there must be taken with interrupts off everywhere (lockdep).
 * Nothing is charged; no lock is held at the end.
 */
void cpu_irq_enter(struct plat_cpu *cpu);
void cpu_irq_exit(struct plat_cpu *cpu);
/* Let every actor with an earlier key run. After it, shared state is exact. */
void cpu_settle(struct plat_cpu *cpu);
/* Be idle until @t (no effect if past). Not woken before. */
void cpu_idle_until(struct plat_cpu *cpu, struct vtime t, enum component comp);

/*
 * Block until cpu_wake(); its time since is booked to @comp. A wake at a
 * time before the sleeper's clock takes effect at the sleeper's clock.
 */
void cpu_block(struct plat_cpu *cpu, enum component comp);
/* No effect if @cpu is not blocked. */
void cpu_wake(struct plat_cpu *cpu, struct vtime at);
bool cpu_is_blocked(const struct plat_cpu *cpu);

/* ---- vCPU life; @cpu is a vCPU's actor --------------------------------- */

/*
 * WFI. Sleep until a plat_kick() wakes it or @until (VT_NEVER: no limit).
 * True if woken by a kick. A kick between vcpu_sleep_prepare() and
 * vcpu_sleep() is not lost: call prepare, check the design's pending(), then
 * sleep or vcpu_sleep_cancel(). Interrupts on. Charges wfi_block before it
 * sleeps and wfi_wake after, whoever ended the sleep (both COMP_HOST).
 */
void vcpu_sleep_prepare(struct plat_cpu *cpu);
void vcpu_sleep_cancel(struct plat_cpu *cpu);
bool vcpu_sleep(struct plat_cpu *cpu, struct vtime until);
/*
 * From another's stack, or nobody's: @cpu, if it is between prepare and the end of its
 * sleep, sleeps no longer than until @until, or now if that is past: false.
 */
bool vcpu_sleep_limit(struct plat_cpu *cpu, struct vtime until);

/* Where a vCPU is, by what a kick looks at. For watching: takes no time, touches nothing. */
enum vcpu_state {
	VCPU_IN_HOST, VCPU_IN_GUEST, VCPU_EXITING, VCPU_ASLEEP, VCPU_WOKEN, VCPU_NR_STATES,
};
extern const char *const vcpu_state_names[VCPU_NR_STATES];	/* "host", "guest", … */
enum vcpu_state vcpu_state(const struct plat_cpu *cpu);

/* Loaded on a physical CPU or not (plat_vcpu_on_cpu()). Starts as loaded. */
void vcpu_set_loaded(struct plat_cpu *cpu, bool loaded);
/* Blocks while another vCPU has it halted; call before flush, interrupts on. */
void vcpu_wait_resumed(struct plat_cpu *cpu);

/*
 * The caller has interrupts off (plat_irq_off(), else the run ends with an
 * error); mode becomes IN_GUEST (an atomic on its mode line). False: an IPI or
 * halt request is already here, the entry must be given up: turn interrupts on
 * (which takes the IPI), vcpu_wait_resumed(), flush again.
 */
bool vcpu_enter(struct plat_cpu *cpu);

enum guest_stop {
	GUEST_DONE,	/* @until was reached */
	GUEST_IPI,	/* an IPI stopped it earlier */
};
/*
 * Be the guest until @until or until an IPI arrives, whichever is first; the
 * clock is then at that time, booked to COMP_GUEST. What the guest does with
 * its virtual interface up to then is the caller's to apply afterwards (it is
 * private to this CPU): vif_* below take no time. An IPI that arrives just at
 * @until is GUEST_DONE, and pending. After GUEST_IPI it is pending as well: its
 * handler runs (host_irq) when interrupts are turned on after vcpu_leave().
 */
enum guest_stop vcpu_run(struct plat_cpu *cpu, struct vtime until);
/* … or until cpu_wake(), which is GUEST_DONE as well; @until may be VT_NEVER. */
enum guest_stop vcpu_run_woken(struct plat_cpu *cpu, struct vtime until);
/* Mode becomes OUTSIDE; interrupts still off. */
void vcpu_leave(struct plat_cpu *cpu);

/* ---- the guest's side of its virtual interface -------------------------- */

/* Raw word of list register @n, architectural decoding by gic.h. */
uint64_t vif_lr(const struct plat_cpu *cpu, unsigned int n);
uint32_t vif_hcr(const struct plat_cpu *cpu);

/*
 * The pending list register with the highest priority (lowest value; ties:
 * lowest list register number), or -1. Active ones do not block it: the
 * caller runs one handler at a time.
 */
int vif_highest_pending(const struct plat_cpu *cpu, struct gic_lr *lr);
/* Acknowledge: pending → active, of the list register @n. */
void vif_ack(struct plat_cpu *cpu, unsigned int n);
/*
 * End (EOImode 0): active → inactive or pending. With hw the physical
 * interrupt is deactivated; with eoi an EISR bit appears. False: no list
 * register has it active (HCR.EOIcount goes up).
 */
bool vif_eoi(struct plat_cpu *cpu, uint32_t irq, unsigned int src);
/* MISR as it stands; non-zero while HCR.EN means a maintenance interrupt. */
uint32_t vif_misr(const struct plat_cpu *cpu);

#endif
