/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share about one run. Nobody else includes it. */
#ifndef RUN_H
#define RUN_H

#include "events.h"
#include "oracle.h"
#include "replay.h"
#include "stream.h"

struct run_log;

/* One delivery under way, see delivery.c. */
struct delivery {
	uint64_t at_ps;			/* when it was sent, plus 1; 0: none */
	uint64_t base[COMP_NR];		/* the target's accounts at that time */
	uint32_t target;		/* vCPU */
	bool split;			/* base is or will be known */
	bool open;			/* … with the target's next milestone */
	struct delivery *next_free;
};

/* Of one interrupt: the delivery that waits, and one sent after its acknowledge. */
struct sent {
	struct delivery *d[2];
	uint8_t nr;
};

/* Where deliveries under way are kept: few at a time, however many interrupts there are. */
struct delivery_pool {
	struct delivery_chunk *chunk;
	struct delivery *free;
};

#define RUN_MAX_OPEN	64

enum milestone_kind { MILE_HOST, MILE_GUEST, MILE_SLEEP };
struct milestone {
	uint64_t at_ps;
	enum milestone_kind kind;	/* of what begins here */
	uint64_t accounts[COMP_NR];
};

/* So far back a sender may find the target's state: it runs ahead by a few at most. */
#define RUN_MILESTONES	4

#define RUN_MAX_WANTS	32

/* What explicit ack and eoi events asked for and was not possible yet. */
struct want {
	uint32_t irq, src;
	bool has_src, ack, eoi;
};

struct vcpu {
	struct run *run;
	struct plat_cpu *cpu;
	unsigned int id;

	bool in_guest;
	bool between;		/* a recorded exit was taken out; its entry comes */
	uint64_t guest_ns;	/* recorded time up to which the guest has been run */
	uint64_t exit_ns;	/* … of the last recorded exit */
	enum exit_kind exit_kind;	/* of the last exit, for latencies by reason */
	bool exit_fresh;	/* nothing was done in the host since */
	struct vtime exit_started;
	uint64_t exit_accounts[COMP_NR];

	/* the guest's half */
	bool busy;		/* a handler runs: */
	uint32_t irq, src;
	struct vtime left;	/* of its service time, or of taking the interrupt */
	bool taking;		/* between signal and acknowledge */
	unsigned int taking_lr;
	struct vtime mi_at;	/* when a maintenance interrupt that is up is taken, or VT_NEVER */
	struct annot run_annot;	/* what the list registers told of this guest run */
	uint64_t guest_history;	/* a hash of what it did */
	struct vtime ran;	/* its last stretch, before the exit that ended it */
	struct vtime waited;	/* how long it has run in guest_wait() */
	unsigned int storm;	/* stretches in a row without any time */
	struct wake {
		uint64_t wfi_ns;	/* recorded time of the sleep's beginning … */
		uint32_t stimuli;	/* … how many the recording had sent by then … */
		uint32_t had;	/* … and how many were sent here */
		bool missed;	/* what ended it has come before the sleep */
		struct vtime from, until;
		enum metric_counter count;	/* if @until is what ends it */
	} wake;
	struct want want[RUN_MAX_WANTS];
	unsigned int nr_wants;

	uint32_t stimuli;	/* sent to it so far, as the stream counts them */
	struct sent sent_private[GIC_NR_PRIVATE];
	struct milestone mile[RUN_MILESTONES];
	unsigned int last_mile;
	struct delivery *open[RUN_MAX_OPEN];
	unsigned int nr_open;
	uint8_t line[GIC_NR_PRIVATE];	/* level of PPI lines as last injected */
	bool lower_timer;	/* the guest has taken the mapped timer's interrupt */
};

/* Where a lock is taken, and what the metrics have of it. */
struct lock_use {
	const struct plat_site *site;
	const struct plat_lock_class *class;
	struct metrics_use *use;
};
#define RUN_LOCK_USES	64

struct run {
	const struct replay_options *o;
	const struct trace_meta *meta;
	struct stream *stream;
	struct machine *machine;
	struct metrics *metrics;
	const struct vgic_design *design;
	void *vgic;
	struct run_log *log;
	struct oracle *oracle;	/* with o->check, else NULL */
	struct deliveries *deliveries;	/* with o->deliveries, else NULL */
	struct vgic_config config;
	unsigned int nr_vcpus, nr_others, nr_lrs;
	enum guest_mode guest;
	struct vcpu *vcpu;
	struct sent *sent_spi;		/* [nr_irqs] */
	struct delivery_pool delivery_pool;
	bool *filtered;			/* [actor]: its injection changed nothing */
	struct lock_use lock_use[RUN_LOCK_USES];
	int64_t drift_min_ps, drift_max_ps;
	__int128 drift_sum_ps;
	uint64_t nr_drifts;
};

/* vcpu.c, thread.c: the actors' functions. */
void vcpu_main(struct plat_cpu *cpu, void *vcpu);
void thread_main(struct plat_cpu *cpu, void *run);
/* Of struct stream_config. */
bool vcpu_be_guest(void *run, unsigned int vcpu, struct vtime until);
void vcpu_expected(void *run, unsigned int vcpu, const struct slot *next);

/* inject.c: hand one recorded injection or MSI to the design, on @cpu; @target as in its slot. */
void run_inject(struct run *r, struct plat_cpu *cpu, const struct trace_rec *rec, uint32_t target,
		bool in_irq);
/* … and a line change that the host's timer code makes. */
void run_inject_timer_low(struct vcpu *v);
/* An SGI by a trapped write: note the sending to whom it goes. */
void run_note_sgi(struct run *r, unsigned int from, const uint64_t *targets, unsigned int sgi,
		  const struct trace_rec *rec);

/*
 * delivery.c: @irq was sent at @at, to vCPU @target as far as is known (~0); what it returns,
 * if not NULL, is to undo it when the design says that nothing changed.
 */
struct delivery *delivery_sent(struct run *r, uint32_t target, uint32_t irq, struct vtime at);
void delivery_undo(struct run *r, uint32_t target, uint32_t irq, const struct delivery *d,
		   struct vtime at);
/* All of them, when the run is over. */
void delivery_fini(struct run *r);
void delivery_acked(struct vcpu *v, uint32_t irq, struct vtime at);
void delivery_milestone(struct vcpu *v, enum milestone_kind begins);

/*
 * guest.c. Run the guest for @ns of recorded guest time, which may mean
 * several exits by kicks and maintenance interrupts, through leave and enter.
 */
void guest_run_recorded(struct vcpu *v, uint64_t ns);
/*
 * Run it while its next record is waited for: until @until, cpu_wake(), or less long.
 * The next guest_run_recorded() is that much shorter.
 */
void guest_wait(struct vcpu *v, struct vtime until);
/*
 * The recorded guest goes to sleep here. This one may be in a handler of what came at another
 * time: it ends it first, beyond its recorded time.
 */
void guest_end_handler(struct vcpu *v);
/* An explicit ack, eoi or dir event. */
void guest_explicit(struct vcpu *v, const struct trace_rec *rec);
/* The guest (re)starts: things wanted earlier may be possible now. */
void guest_entered(struct vcpu *v);

/* vcpu.c: the design's entry and exit; for guest.c. */
void vcpu_do_entry(struct vcpu *v);
void vcpu_do_exit(struct vcpu *v, enum exit_kind kind);

/* Difference of a snapshot of cpu_accounts() and now, into @d. */
void run_accounts_since(struct plat_cpu *cpu, const uint64_t *then, uint64_t *d);
void run_accounts_take(struct plat_cpu *cpu, uint64_t *snapshot);

/* Out of line: an event is half a kilobyte of stack, of which each vCPU has one. */
#define RUN_TOLD __attribute__((noinline, cold))

/*
 * events.c; all are no-ops without a log and a watch. Those that take a vCPU or a CPU settle
 * first, so events are in order, but for log_phase() and log_record(), for a watch alone.
 */
struct run_log *run_log_create(struct run *r);
/* Tells what is left. */
int run_log_destroy(struct run_log *log, struct err *err);
/* @cpu begins a phase: what it spent since the one before is told. */
RUN_TOLD void log_phase(struct run *r, struct plat_cpu *cpu, enum replay_phase begins);
RUN_TOLD void log_record(struct run *r, struct plat_cpu *cpu, const struct trace_rec *rec);
/* The run is over: the last phase of each actor ends. */
RUN_TOLD void log_finish(struct run *r);
RUN_TOLD void log_entry(struct vcpu *v);
RUN_TOLD void log_exit(struct vcpu *v, enum exit_kind kind);
RUN_TOLD void log_guest(struct vcpu *v, enum replay_event_kind kind, uint32_t irq, uint32_t src);
RUN_TOLD void log_mmio(struct vcpu *v, const struct trace_rec *rec, uint64_t val, bool mine);
RUN_TOLD void log_sgi(struct vcpu *v, unsigned int sgi, const uint64_t *target);
RUN_TOLD void log_flush(struct vcpu *v);
RUN_TOLD void log_sleep(struct vcpu *v);
RUN_TOLD void log_wake(struct vcpu *v);
RUN_TOLD void log_inject(struct run *r, struct plat_cpu *cpu, const struct trace_rec *rec);
RUN_TOLD void log_send(struct run *r, struct plat_cpu *cpu, uint32_t record, struct delivery_irq id,
	      struct vtime since);
/* After log_inject(), log_sgi() or log_send(); else nothing. */
RUN_TOLD void log_sent(struct run *r, struct plat_cpu *cpu, bool changed);
RUN_TOLD void log_kick(struct run *r, unsigned int by, unsigned int vcpu, enum plat_kicked result,
	      struct vtime at);
RUN_TOLD void log_ipi(struct run *r, unsigned int actor, struct vtime at, bool in_guest);
RUN_TOLD void log_lock(struct run *r, const struct lock_event *lock);
RUN_TOLD void log_note(struct run *r, unsigned int actor, const char *what);

/* log.c: the event as a line; false if @f took no more. */
bool log_line(const struct run *r, FILE *f, const struct replay_event *ev);

/* Most runs are not listened to: not even a call then. */
#define RUN_IF_LOG(r, call) (__builtin_expect(!!(r)->log, 0) ? (call) : (void)0)
#define log_phase(r, ...) RUN_IF_LOG(r, (log_phase)(r, __VA_ARGS__))
#define log_record(r, ...) RUN_IF_LOG(r, (log_record)(r, __VA_ARGS__))
#define log_entry(v) RUN_IF_LOG((v)->run, (log_entry)(v))
#define log_exit(v, ...) RUN_IF_LOG((v)->run, (log_exit)(v, __VA_ARGS__))
#define log_guest(v, ...) RUN_IF_LOG((v)->run, (log_guest)(v, __VA_ARGS__))
#define log_mmio(v, ...) RUN_IF_LOG((v)->run, (log_mmio)(v, __VA_ARGS__))
#define log_sgi(v, ...) RUN_IF_LOG((v)->run, (log_sgi)(v, __VA_ARGS__))
#define log_flush(v) RUN_IF_LOG((v)->run, (log_flush)(v))
#define log_sleep(v) RUN_IF_LOG((v)->run, (log_sleep)(v))
#define log_wake(v) RUN_IF_LOG((v)->run, (log_wake)(v))
#define log_inject(r, ...) RUN_IF_LOG(r, (log_inject)(r, __VA_ARGS__))
#define log_send(r, ...) RUN_IF_LOG(r, (log_send)(r, __VA_ARGS__))
#define log_sent(r, ...) RUN_IF_LOG(r, (log_sent)(r, __VA_ARGS__))
#define log_kick(r, ...) RUN_IF_LOG(r, (log_kick)(r, __VA_ARGS__))
#define log_ipi(r, ...) RUN_IF_LOG(r, (log_ipi)(r, __VA_ARGS__))
#define log_lock(r, ...) RUN_IF_LOG(r, (log_lock)(r, __VA_ARGS__))
#define log_note(r, ...) RUN_IF_LOG(r, (log_note)(r, __VA_ARGS__))

/*
 * check.c: what happens, told to the oracle and to the deliveries; no-ops without.
 * Each settles first, so that it is told in order.
 */
int check_create(struct run *r, struct err *err);
/* Is anybody told? Then the guest goes step by step. */
bool check_is_on(const struct run *r);
/* @cpu begins to send @irq of @rec, to @vcpu if it is private; it has sent, and what came of it. */
void check_send(struct run *r, struct plat_cpu *cpu, const struct trace_rec *rec, uint32_t irq,
		unsigned int vcpu, struct vtime since);
void check_sent(struct run *r, struct plat_cpu *cpu, bool changed);
void check_inject(struct run *r, struct plat_cpu *cpu, enum oracle_phase phase, unsigned int vcpu,
		  uint32_t irq, bool level);
void check_mmio(struct vcpu *v, enum oracle_phase phase, const struct trace_rec *rec);
void check_sgi(struct vcpu *v, enum oracle_phase phase, uint32_t reg, uint64_t val);
void check_flush(struct vcpu *v);
/* These two settle nothing: what they tell is of the actor that does it. */
void check_kick(struct run *r, unsigned int by, unsigned int vcpu, struct vtime at);
void check_lock(struct run *r, const struct lock_event *ev);
void check_entry(struct vcpu *v);
void check_exit(struct vcpu *v);
void check_ack(struct vcpu *v, const struct gic_lr *lr);
void check_eoi(struct vcpu *v, uint32_t irq, uint32_t src, bool found);
/* Of a WFI: when its decision begins, as check_wfi() says; that it sleeps; that it is over. */
struct vtime check_wfi(struct vcpu *v);
void check_sleep(struct vcpu *v, struct vtime since);
void check_wake(struct vcpu *v);

/* setup.c: state of the distributor when the trace begins. */
int run_set_state(struct run *r, struct replay_result *result, struct err *err);
void run_describe(struct run *r, struct replay_result *result);

#endif
