/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making the result document (result.h) from what replay_run() gives. Members
 * and their units: vgicsim-result(5).
 */
#ifndef RESULT_MAKE_H
#define RESULT_MAKE_H

#include <jansson.h>
#include <stdbool.h>

#include "err.h"
#include "machine.h"
#include "replay.h"
#include "trace.h"

extern const char *const cost_tag_names[];

/*
 * Trace, host and configuration, with an empty list of runs. @path: only what
 * follows its last slash is kept. @o: of the first run. NULL when out of memory.
 */
json_t *result_create(const char *path, const struct trace_meta *meta, const struct host *host,
		      const struct replay_options *o);

/*
 * Append one run and fill in what is known of the trace only at its end.
 * ERR_INVARIANT when the parts of a latency do not sum to it, ERR_NOMEM when
 * something was not recorded.
 */
int result_add_run(json_t *doc, const struct replay_result *r, bool truncated, struct err *err);

/* Which file a design is from, to repeat the run; NULL if it is built in, or without memory. */
json_t *result_plugin(const struct vgic_design *design);

#endif
