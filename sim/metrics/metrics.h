/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one run of one design measured. The replay records into it; the
 * result document (result.h) and all its views are made from it. All
 * times are picoseconds of simulated time.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "hist.h"
#include "vtime.h"

/* Definitions of each: design document §5, vgicsim-result(5). */
enum latency {
	LAT_ENTRY,	/* flush begins → the guest runs */
	LAT_EXIT,	/* the guest stopped → sync is done */
	LAT_MMIO,	/* the access trapped → value there, other host work excluded */
	LAT_INJECT,	/* injecting context calls → it returns */
	LAT_DELIVERY,	/* injection call or trapped SGI write → guest acknowledges */
	LAT_NR,
};
extern const char *const latency_names[LAT_NR];	/* "entry", "exit", … */

#define METRICS_MAX_COMPONENTS	16

/* Exits by what ended the guest run; the last two are the design's own. */
enum exit_kind {
	XK_IRQ_TIMER, XK_IRQ_DEVICE, XK_IRQ_IPI, XK_IRQ_OTHER, XK_IRQ_UNKNOWN,
	XK_WFX, XK_MMIO, XK_SYSREG, XK_HVC, XK_TRAP_OTHER, XK_SERROR,
	XK_KICK, XK_MAINTENANCE,
	XK_NR,
};
extern const char *const exit_kind_names[XK_NR];

enum kick_kind { KICK_SELF, KICK_NONE, KICK_WOKEN, KICK_IPI, KICK_NR };
extern const char *const kick_kind_names[KICK_NR];

/*
 * Everything else that is simply counted. The table metric_counters[] gives
 * name and help; add a line there and here, nowhere else.
 */
enum metric_counter {
	MC_RECORDS,		/* consumed by this run */
	MC_GUEST_RUNS,		/* entries into the guest */
	MC_ENTRIES_GIVEN_UP,	/* entries that an IPI or halt undid before the guest */
	MC_RECORDED_KICKS_OUT,	/* recorded kick exits taken out */
	MC_RECORDED_MAINT_OUT,	/* recorded maintenance exits taken out */
	MC_INJECTIONS, MC_INJECT_FILTERED, MC_INJECT_COALESCED,
	MC_INJECT_IDLE_LEVEL,	/* recorded level changes without a change */
	MC_LEVEL_LOWERED,	/* hw-mapped line lowered by inference where the guest takes it */
	MC_MSI_UNSUPPORTED,
	MC_SGI_WRITES, MC_SGI_INFERRED, MC_SGI_UNKNOWN,
	MC_ACKS, MC_EOIS, MC_SPURIOUS_EOIS, MC_SPURIOUS_ACKS,
	MC_DELIVERIES,
	MC_ACK_EXPLICIT, MC_ACK_OBSERVED, MC_ACK_MODELLED,
	MC_WFI_SLEEPS, MC_WFI_NO_SLEEP, MC_WFI_MISSED, MC_WFI_PUT_OFF, MC_WFI_WOKEN, MC_WFI_TIMER_WAKES,
	MC_WFI_UNEXPLAINED_WAKES, MC_WFI_FORCED_WAKES,
	MC_IPIS_IN_GUEST, MC_IPIS_IN_HOST,
	MC_MMIO_VGIC, MC_MMIO_USER, MC_SYSREG, MC_SYSREG_IGNORED,
	MC_MMIO_READ_DIFFERS,	/* emulated value is not the recorded one */
	MC_WINDOW_STALLS,	/* times the bounded window held an actor up */
	MC_RETRIES, MC_MIGRATIONS, MC_LIST_STEPS, MC_SORT_COMPARES,
	MC_UPDATE_STATE, MC_OVERFLOWS, MC_UNSUPPORTED,
	MC_LOST_IN_TRACE,
	MC_NR,
};
struct metric_counter_info {
	const char *name;	/* "recorded_kicks_taken_out" */
	const char *help;
};
extern const struct metric_counter_info metric_counters[MC_NR];

struct metrics;

/*
 * @component: names in the machine's order; must outlive the metrics. NULL
 * when out of memory.
 */
struct metrics *metrics_create(unsigned int nr_vcpus, unsigned int nr_actors,
			       unsigned int nr_lrs,
			       const char *const *component,
			       unsigned int nr_components);
void metrics_destroy(struct metrics *m);

/*
 * One latency of @total on or for @vcpu (UINT_MAX: none); @comp_ps has
 * nr_components parts that sum to it, or NULL where it does not split.
 * @reason: exit kind for entry and exit, else XK_NR.
 */
void metrics_latency(struct metrics *m, enum latency which, unsigned int vcpu,
		     enum exit_kind reason, struct vtime total,
		     const uint64_t *comp_ps);

void metrics_exit(struct metrics *m, unsigned int vcpu, enum exit_kind kind);
void metrics_kick(struct metrics *m, enum kick_kind kind);
void metrics_count(struct metrics *m, enum metric_counter what, uint64_t n);
uint64_t metrics_get(const struct metrics *m, enum metric_counter what);

/* At an entry: list registers in use, and the length of the list it came from. */
void metrics_occupancy(struct metrics *m, unsigned int vcpu, unsigned int used_lrs);
void metrics_list_length(struct metrics *m, unsigned int n);

/*
 * A class of locks as one place in the code takes it; NULL when there are too many or
 * no memory is left (which is remembered). Owned by the metrics. @class and @func
 * outlive them; who asks keeps what it got rather than ask at each acquisition.
 */
struct metrics_use;
struct metrics_use *metrics_use(struct metrics *m, const char *class, const char *func, int line);

/* One acquisition there, told at its release. @distance: 0 own … 4 other socket. */
void metrics_lock(struct metrics *m, struct metrics_use *use, uint64_t hold_ps, bool bounced,
		  unsigned int distance);

/* … which waited: for @prev_actor (UINT_MAX: nobody before). */
struct metrics_wait {
	unsigned int instance, actor, prev_actor;
	uint64_t wait_ps;
	bool bounced;
};
void metrics_lock_waited(struct metrics *m, struct metrics_use *use, const struct metrics_wait *w);

/* Something could not be recorded for want of memory: there is no result then. */
void metrics_lost(struct metrics *m);

/* The modelled original misbehaves here: by name. @what outlives the metrics. */
void metrics_deviation(struct metrics *m, const char *what);

#endif
