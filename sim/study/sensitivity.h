/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which costs of the host decide between two designs: each is halved and
 * doubled, and multiplied further until the difference changes its sign.
 */
#ifndef SENSITIVITY_H
#define SENSITIVITY_H

#include "study.h"

/* How far a cost is moved in search of a flip, either way. */
#define SENSITIVITY_RANGE 16

struct sensitivity_options {
	const struct vgic_design *design[2];	/* A and B */
	struct replay_options replay;		/* host and all; the design is set here */
	const char *metric;			/* see sensitivity_metric_ok() */
	unsigned int jobs;			/* processes; 0 or 1: this one */
	/* Called with how many costs are done; may be NULL. */
	void (*progress)(void *priv, uint64_t done, uint64_t of);
	void *progress_priv;
};

struct sensitivity_point {
	uint64_t ps[2];		/* the metric under A and B */
};

enum { FLIP_DOWN, FLIP_UP };
struct sensitivity_key {
	enum host_key key;
	bool used;		/* a change of it changes a run at all */
	struct sensitivity_point half, twice;
	/*
	 * The nearest value, either way, at which B less A no longer has the sign it
	 * has in the profile (a tie counts); 0: not within the range.
	 */
	uint64_t flip_ps[2];
};

struct sensitivity {
	struct sensitivity_point base;
	struct sensitivity_key key[HK_NR];	/* times that are not zero, widest first */
	unsigned int nr_keys, nr_used;
	uint64_t nr_runs;
	uint64_t fingerprint[2];	/* of the unchanged runs */
};

/*
 * "finish", "lock_wait", or a latency and what of it: "entry_p99", with entry, exit,
 * mmio, inject or delivery, and mean, p50, p90, p99, p999 or max.
 */
bool sensitivity_metric_ok(const char *metric);
/* The names above, one a line with its meaning. */
extern const char sensitivity_metric_help[];

/*
 * The same result whatever the number of jobs. ERR_USAGE for an unknown metric or
 * one of which a run has no values; else as replay_run().
 */
int sensitivity_run(const struct study_trace *t, const struct sensitivity_options *o,
		    struct sensitivity *out, struct err *err);

/* B less A, and the same in thousandths of A. */
int64_t sensitivity_diff(const struct sensitivity_point *p);
int64_t sensitivity_permille(const struct sensitivity_point *p);

#endif
