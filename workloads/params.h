/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a workload file says: numbers with their unit in the name, each with
 * where it comes from. Meaning of each: params.c and vgicsim-workloads(5).
 */
#ifndef PARAMS_H
#define PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum wl_param {
	/* the guest */
	WP_BEGINS, WP_TICK_HZ, WP_TICK_IN_SLEEP_PERCENT, WP_BUSY_MEAN_NS, WP_BUSY_LONG_PERCENT,
	WP_BUSY_LONG_MEAN_NS,
	/* SGIs */
	WP_SGI_PER_S, WP_SGI_INTID, WP_SGI_TARGETS, WP_SGI_TO_SLEEPER_PERCENT,
	WP_SGI_BURST_COUNT, WP_SGI_BURST_GAP_NS,
	/* other traps */
	WP_HVC_PER_S, WP_MMIO_USER_PER_S, WP_MMIO_DIST_PER_S, WP_TRAP_BURST_COUNT,
	WP_TRAP_BURST_GAP_NS, WP_DIST_WRITE_PERCENT, WP_DIST_ACTIVE_PERCENT,
	/* devices */
	WP_DEVICE_LINE, WP_DEVICE_PER_VCPU, WP_DEVICE_SHARED, WP_DEVICE_THREADS,
	WP_DEVICE_PRIORITY_STEP, WP_IRQ_PER_S, WP_IRQ_JITTER_PERCENT, WP_IRQ_BURST_COUNT,
	WP_IRQ_BURST_GAP_NS, WP_IRQ_TOGETHER, WP_IRQ_STATUS_PERCENT, WP_IRQ_NOTIFY_PERCENT,
	WP_RETARGET_PER_S, WP_TOGGLE_PER_S,
	/* loops */
	WP_LOOP, WP_LOOP_VCPUS, WP_LOOP_GAP_NS, WP_LOOP_WAIT, WP_EXPLICIT,
	/* the recorded host and its guest's handlers */
	WP_HOST_TRAP_NS, WP_HOST_RETURN_NS, WP_HOST_USER_NS, WP_HOST_IPI_NS, WP_HOST_WAKE_NS,
	WP_VIRQ_ENTRY_NS, WP_SERVICE_SGI_NS, WP_SERVICE_PPI_NS, WP_SERVICE_SPI_NS,
	WP_NR
};

/* Values of those that are words. */
enum wl_begins { WL_RUNNING, WL_RESET };
enum wl_line { WL_EDGE, WL_LEVEL, WL_MSI };
enum wl_loop { WL_NO_LOOP, WL_LOOP_HVC, WL_LOOP_VGIC, WL_LOOP_USER, WL_LOOP_SGI, WL_LOOP_DIST };

struct wl_param_info {
	const char *name, *help;
	uint64_t min, max, fallback;	/* without a line in the file: fallback */
	const char *const *words;	/* NULL: a number */
};
extern const struct wl_param_info wl_param_info[WP_NR];

struct wl_value {
	uint64_t v;
	char tag;		/* p, d, a; 'u' given by the user; 0: the fallback */
	char source[176];
};

#define WL_MAX_NAME	48
#define WL_MAX_LINE	192

struct workload {
	char name[WL_MAX_NAME], path[512];
	char summary[WL_MAX_LINE], question[WL_MAX_LINE];
	struct wl_value p[WP_NR];
};

/*
 * By name (in $VGICSIM_WORKLOADS, the source tree, where it is installed), or a
 * file: what has a slash or ends in .ini. 0, or ERR_USAGE and @err, which names
 * file and line.
 */
int workload_load(struct workload *w, const char *name_or_file, struct err *err);

/* "key=value"; the value is then tagged 'u'. 0, or ERR_USAGE and @err. */
int workload_set(struct workload *w, const char *assignment, struct err *err);

/* As it would be written: "250", "level". @buf of @len bytes. */
const char *workload_value(const struct workload *w, enum wl_param p, char *buf, size_t len);

/* Names, sorted; the caller frees each and the array. 0, or ERR_NOMEM. */
int workload_names(char ***names, unsigned int *nr, struct err *err);

#endif
