/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Joins a trace, a design and a machine. One call is one run of one design;
 * nothing is kept between calls, so runs can be made in any order.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include <stdio.h>

#include "deliveries.h"
#include "events.h"
#include "machine.h"
#include "metrics.h"
#include "oracle.h"
#include "trace.h"
#include "vgic-design.h"

enum host_work { HOST_WORK_MODEL, HOST_WORK_RECORDED };
enum inject_mode { INJECT_ANCHORED, INJECT_CLOCK };
enum guest_mode { GUEST_AUTO, GUEST_EXPLICIT, GUEST_OBSERVED, GUEST_MODELLED };
extern const char *const host_work_names[];	/* by enum host_work, NULL at the end */
extern const char *const inject_mode_names[];
extern const char *const guest_mode_names[];

struct replay_options {
	const struct vgic_design *design;
	const struct host *host;
	enum lock_algo lock;
	unsigned int nr_lrs;		/* 0: the host's */
	enum host_work host_work;
	enum inject_mode inject;
	enum guest_mode guest;
	struct vtime service_sgi, service_ppi, service_spi;	/* guest handlers */
	/* guest time is multiplied by num / den */
	uint32_t guest_speed_num, guest_speed_den;
	/* a sleep whose wake-up does not come ends after twice the recorded one and this */
	struct vtime wfi_grace;
	struct vtime recorded_share;	/* host-work=recorded: zero = the host's sums */
	uint32_t window;		/* records; 0: 65536 */
	bool one_thread;		/* read in the caller's own, as it is where others run */
	uint64_t seed, explore;
	bool reference;
	bool check;			/* the architecture beside the design */
	bool deliveries;		/* what became of each interrupt is wanted */
	FILE *log;			/* JSON lines, or NULL */
	replay_watch_fn *watch;		/* told every event, or NULL */
	void *watch_priv;
	/* Called now and then with how far the trace is read; may be NULL. */
	void (*progress)(void *priv, uint64_t at_bytes, uint64_t of_bytes);
	void *progress_priv;
};

/* Every member set to its default but design and host (NULL). */
void replay_options_init(struct replay_options *o);

/* One thing that was not in the recording and was inferred, with its rule. */
struct replay_note {
	char what[240];		/* a sentence without its count */
	uint64_t count;
};
#define REPLAY_MAX_NOTES	32

/* How faithful one thing is: "modelled", "recorded", "inferred", "left out". */
struct replay_fidelity {
	char what[64], how[24], note[240];
};
#define REPLAY_MAX_FIDELITY	32

struct replay_result {
	const struct vgic_design *design;
	struct metrics *metrics;	/* owned: replay_result_fini() */
	struct machine_stats stats;
	uint64_t fingerprint;
	unsigned int nr_lrs, nr_vcpus, nr_threads;
	struct vtime sim_time;		/* to finish the same guest work */
	struct vtime guest_time;	/* summed over the vCPUs */
	struct vtime recorded_span;
	/* anchored: by how much injections came later (or earlier) than recorded */
	int64_t drift_min_ps, drift_mean_ps, drift_max_ps;
	uint64_t trace_digest, nr_records;
	uint32_t spis;
	struct replay_note note[REPLAY_MAX_NOTES];
	unsigned int nr_notes;
	struct replay_fidelity fidelity[REPLAY_MAX_FIDELITY];
	unsigned int nr_fidelity;
	struct oracle *oracle;	/* with options.check: oracle_report() of it; owned */
	/* with options.deliveries: owned, unless the caller sets it to NULL and keeps it */
	struct deliveries *deliveries;
};

/*
 * Replay @reader, opened and not yet read. 0; or ERR_INPUT at a defect of
 * the trace after everything before it was replayed (the result then is
 * valid and @truncated is set), ERR_USAGE, ERR_INVARIANT, ERR_OUTPUT (log).
 * The result is to be finished in every case. What a check finds is no error
 * here: see result->oracle.
 */
int replay_run(struct trace_reader *reader, const struct replay_options *o,
	       struct replay_result *result, bool *truncated, struct err *err);
void replay_result_fini(struct replay_result *result);

/* Bytes of the design's state: of the VM, a vCPU and an SPI, all of them, and what was mapped. */
enum replay_memory { RM_VM, RM_VCPU, RM_IRQ, RM_ALL_VCPU, RM_ALL_IRQ, RM_ARENA, RM_NR };
extern const char *const replay_memory_names[RM_NR];	/* "vm_bytes", … */
uint64_t replay_memory(const struct replay_result *result, enum replay_memory what);

#endif
