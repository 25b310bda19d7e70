/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The importer's own parts: evidence of the first pass, threads, the queue
 * that puts records in order, and the conversion of the second pass.
 */
#ifndef IMPORT_PRIVATE_H
#define IMPORT_PRIVATE_H

#include "import-event.h"
#include "trace.h"

/* ---- notes -------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) void note(struct import_notes *n, const char *fmt, ...);

/* ---- threads ------------------------------------------------------------ */

/* What a thread last did that says why it may raise an IPI. */
enum imp_op { OP_NONE, OP_VGIC };

enum imp_where {
	AT_UNKNOWN, /* nothing is known: the beginning, or after a loss */
	AT_HOST,
	AT_GUEST,
	AT_LEAVING, /* out of the guest, its kvm_exit not yet seen */
};

enum imp_map_source { MAP_NONE, MAP_OPTION, MAP_NAME, MAP_LEARNED, MAP_GUESSED };

struct imp_thread {
	int pid; /* < 0: free slot of the table */
	char comm[EV_COMM_MAX];
	/* first pass: who is this? */
	uint64_t nr_entries, nr_exits, nr_injections;
	int named_vcpu; /* by its comm, -1: none */
	int vote;	/* majority vote over the events that say it */
	uint64_t votes, nr_hints;
	uint64_t order; /* of its first kvm_entry or kvm_exit */
	int vcpu;	/* -1: no vCPU's thread (of this VM) */
	enum imp_map_source source;
	/* second pass */
	enum imp_where where;
	enum imp_op op;
	/* its latest events are of a host interrupt handler that injects */
	enum { IN_NONE, IN_TIMER, IN_VFIO } in_irq;
	int cpu;
	uint64_t leave_slot; /* of AT_LEAVING; 0: none */
	bool leave_guessed;  /* opened in AT_UNKNOWN: may turn out to be none */
	bool left_at_once;   /* kvm_arm_clear_debug told it, not a host interrupt */
	bool has_exit_rec;
	struct trace_rec exit_rec; /* of exit_slot */
	bool window_irq;	   /* a host interrupt ran since the guest was left */
	uint8_t window_cause;	   /* enum rec_cause of the first of them */
	uint64_t exit_slot;	   /* an exit whose cause waits for more evidence */
	uint64_t mmio_slot, sysreg_slot, msi_slot, lrs_slot;
	struct trace_rec mmio; /* the unfinished read */
	bool mmio_open;
	uint32_t inject_devid, inject_data; /* its_inject_msi just before */
	bool inject_open;
	uint32_t line_irq; /* kvm_irq_line just before */
	uint8_t line_level;
	bool line_open;
	struct ev_lrs entry_lrs; /* of this guest run */
	bool has_entry_lrs;
	struct ev_lrs exit_lrs; /* found after it */
	bool has_exit_lrs;
};

struct imp_threads {
	struct imp_thread *v; /* open addressing, cap a power of two */
	uint32_t nr, cap;
};

/* NULL: out of memory; the pointer is valid until the next call. */
struct imp_thread *threads_get(struct imp_threads *t, int pid);
struct imp_thread *threads_find(const struct imp_threads *t, int pid);
void threads_free(struct imp_threads *t);

/* The vCPU that a thread's name says it is ("CPU 3/KVM", "kvm-vcpu-3"), or -1. */
int threads_vcpu_of_name(const char *comm);

/* ---- first pass: evidence ----------------------------------------------- */

enum imp_machine { MACHINE_NONE, MACHINE_QEMU_VIRT, MACHINE_KVMTOOL, MACHINE_NR };

/* Accesses and faults by what would be at that address on each machine. */
struct imp_window_evidence {
	uint64_t gicd, gicc, gicr, its;
	uint64_t sgir_writes, itargetsr_writes;
	uint64_t typer;
	bool has_typer;
};

struct imp_evidence {
	struct imp_threads threads;
	struct ev_names names;
	struct imp_info info;
	uint64_t nr_events;
	uint64_t kinds[EV_NR_KINDS];
	uint64_t first_ns, last_ns;
	uint64_t gcd_ns;
	int max_cpu;
	uint32_t max_spi; /* highest SPI seen, 0: none */
	uint64_t lpis;	  /* LPIs and MSIs seen */
	uint64_t nr_mmio;
	struct imp_window_evidence at[MACHINE_NR]; /* [MACHINE_NONE]: explicit frames */
	uint64_t icc_accesses;
	uint64_t lrs_v2, lrs_v3;     /* list registers whose words tell */
	uint64_t model_v2, model_v3; /* kvm_vgic_lrs says it */
	int max_vcpu_said;	     /* highest vCPU number in any event */
	uint64_t qemu_names, kvmtool_names;
	uint64_t lost_places, lost_events, lost_uncounted;
	/* by option: what is at which address */
	const struct trace_frame *frame;
	uint32_t nr_frames;
};

int evidence_event(void *arg, const struct ev *ev, struct err *err);
void evidence_init(struct imp_evidence *e);
void evidence_free(struct imp_evidence *e);

/* ---- vCPUs and header --------------------------------------------------- */

struct vgic_state;

/* Give each thread its vCPU, by option, name, evidence, and at last a guess. */
int vcpus_assign(struct imp_evidence *e, const struct import_options *opt, const char *file,
		 struct import_summary *sum, struct err *err);

/* Fill @meta from options and evidence; conflicts are warnings. */
int meta_infer(struct trace_meta *meta, const struct imp_evidence *e,
	       const struct vgic_state *state, const struct import_options *opt, const char *file,
	       struct import_summary *sum, struct err *err);

/* ---- the queue ---------------------------------------------------------- */

/*
 * Records in order of time, some of them not finished yet. What is before the
 * first unfinished one is written; the others wait, up to QUEUE_SLOTS.
 */
#define QUEUE_SLOTS 65536u

enum slot_state { SLOT_READY, SLOT_OPEN, SLOT_DROPPED };

struct imp_queue {
	struct imp_slot {
		struct trace_rec rec;
		enum slot_state state;
	} * v;
	uint64_t head, tail; /* slot numbers, from 1 on */
	uint64_t given_up;   /* unfinished ones that had waited too long */
	struct trace_writer *w;
	uint64_t base_ns;
	bool has_base;
	uint64_t last_ns;
	struct import_summary *sum;
};

int queue_init(struct imp_queue *q, struct trace_writer *w, struct import_summary *sum);
void queue_free(struct imp_queue *q);
/* The slot's number, or 0 with @err. @rec's time is the host's. */
uint64_t queue_push(struct imp_queue *q, const struct trace_rec *rec, enum slot_state state,
		    struct err *err);
/* NULL: gone, because it waited too long. */
struct trace_rec *queue_open_rec(struct imp_queue *q, uint64_t slot);
void queue_close(struct imp_queue *q, uint64_t slot, bool keep);
/* Write what can be; with @all, drop what is unfinished and write the rest. */
int queue_drain(struct imp_queue *q, bool all, struct err *err);

/* ---- second pass -------------------------------------------------------- */

enum imp_skip {
	SKIP_NOT_NEEDED,
	SKIP_TIMER_UNCHANGED,
	SKIP_LINE_TWICE,
	SKIP_MSI_TWICE,
	SKIP_MSI_MISS,
	SKIP_HOST_IRQ_ELSEWHERE,
	SKIP_HOST_IRQ_IS_IPI,
	SKIP_HSR_TWICE,
	SKIP_MMIO_UNFINISHED,
	SKIP_MMIO_ODD,
	SKIP_NO_VCPU,
	SKIP_SCHED_ELSEWHERE,
	SKIP_EXIT_MISSING,
	SKIP_SGI_TWICE,
	SKIP_BAD_IRQ,
	SKIP_NR,
};

enum imp_infer {
	INFER_EXIT_AT_CLEAR_DEBUG,
	INFER_EXIT_AT_FIRST_EVENT,
	INFER_EXIT_AT_ITSELF,
	INFER_CAUSE_KICK,
	INFER_CAUSE_IPI,
	INFER_CAUSE_TIMER,
	INFER_CAUSE_DEVICE,
	INFER_CAUSE_MAINTENANCE,
	INFER_CAUSE_OTHER,
	INFER_CAUSE_NONE,
	INFER_KICK_PREEMPTED,
	INFER_INJECT_IN_IRQ,
	INFER_LRS_MOVED,
	INFER_LRS_USED,
	INFER_SGI_VALUE,
	INFER_SGI_NO_VALUE,
	INFER_LATE,
	INFER_NR,
};

struct imp_convert {
	const struct imp_evidence *e;
	struct imp_threads *threads;
	const struct trace_meta *meta;
	struct imp_queue q;
	bool has_host_irqs; /* irq_handler_entry or ipi_entry were recorded */
	bool has_vgic_lrs;
	uint8_t *ppi_level; /* nr_vcpus * 16: 0, 1 or 2 = not known */
	/* by CPU, since its last reschedule IPI arrived: why it was raised */
	uint8_t *raised_to_kick;
	uint32_t nr_cpus;
	uint64_t skipped[SKIP_NR], inferred[INFER_NR];
	uint32_t foreign; /* threads that are vCPUs of other VMs */
	uint64_t injected_by_threads;
	struct import_summary *sum;
};

int convert_init(struct imp_convert *c, struct imp_evidence *e, const struct trace_meta *meta,
		 const struct vgic_state *state, struct trace_writer *w, struct import_summary *sum,
		 struct err *err);
int convert_event(void *arg, const struct ev *ev, struct err *err);
/* If the recording is cut short, the last record says so. */
int convert_finish(struct imp_convert *c, struct err *err);
void convert_free(struct imp_convert *c);

/* Exit causes (import-cause.c). */
void cause_begin(struct imp_thread *t);
void cause_host_irq(struct imp_convert *c, struct imp_thread *t, const struct ev *ev);
void cause_raised(struct imp_convert *c, const struct imp_thread *t, const struct ev *ev);
/* @exit_lrs: list registers found after this exit, or NULL. */
enum rec_cause cause_of_exit(struct imp_convert *c, const struct imp_thread *t,
			     const struct ev_lrs *exit_lrs);

/* The machine's frames for @gic; how many. */
uint32_t machine_frames(enum imp_machine m, uint32_t gic, uint32_t nr_vcpus, bool its,
			struct trace_frame *frame);
const char *machine_name(enum imp_machine m);

#endif
