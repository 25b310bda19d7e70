/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions that take many runs of one small trace: what does a published
 * experiment give here (validate.h), and which costs decide between two
 * designs (sensitivity.h). This file is what they share: a trace in memory,
 * and host profiles with one cost or several multiplied.
 */
#ifndef STUDY_H
#define STUDY_H

#include "machine.h"
#include "replay.h"
#include "trace.h"

struct study_trace {
	struct trace_meta meta;
	struct trace_rec *rec;	/* owned: study_trace_fini() */
	size_t nr;
	bool cut;		/* @limit was reached before the end */
	char name[256];		/* without its directory */
};

/*
 * Read the trace at @path once, at most @limit records of it (0: all); it can
 * then be replayed any number of times. A defect of the trace is an error.
 * To be finished after success only.
 */
int study_trace_load(struct study_trace *t, const char *path, uint64_t limit, struct err *err);
void study_trace_fini(struct study_trace *t);

/*
 * Replay @t with @o, as replay_run() does; a trace that replay calls defective
 * is an error. The result is to be finished in every case.
 */
int study_run(const struct study_trace *t, const struct replay_options *o,
	      struct replay_result *result, struct err *err);

/* Whether a cost can be multiplied here: a time that is not zero. */
bool study_scalable(const struct host *host, enum host_key key);
/* Whether the profile says of it that no figure for it is published. */
bool study_assumed(const struct host *host, enum host_key key);

/*
 * Multiply the cost @key by @num / @den, rounded down to a picosecond, at most
 * a second; an instruction stays at least 1 ps.
 */
void study_scale(struct host *host, enum host_key key, uint64_t num, uint64_t den);

/* Costs that are alike, for moving them together; every cost that is a time is in one. */
struct study_group {
	const char *name;	/* "lines", "code", "switch", "registers", "wakeup" */
	const enum host_key *key;
	unsigned int nr;
};
extern const struct study_group study_groups[];		/* ended by a NULL name */

#endif
