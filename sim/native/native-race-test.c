// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * native-race-test [--hide-locks] TRACE...: each design on real threads, ticket and queued, for
 * ThreadSanitizer to look at; built with it and so linked. More threads than CPUs are no matter
 * here: what is not ordered is found whether or not it went wrong this time. A race found is told
 * by it, and the status is not zero; nor if a run fails or no lock of a design was contended. With
 * --hide-locks it is not told of the locks, and must find races: that it would.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "native.h"
#include "trace.h"

static const char *const designs[] = { "kvm-legacy", "kvm-aplist", "kvm-aplist-6.1" };

static bool hide_locks;

#define NR_DESIGNS (sizeof(designs) / sizeof(designs[0]))
#define OPERATIONS 30000 /* at least, of a run */
#define PASSES	   20	 /* until locks of each design were contended */

static int load(struct play_job *job, const char *path, struct err *err)
{
	struct trace_reader *r = trace_open(path, err);
	struct host host;
	int rc;

	*job = (struct play_job){ 0 };
	if (!r)
		return err->code;
	rc = host_load(&host, trace_meta(r)->gic == 2 ? "seattle-a57" : "kunpeng920-2s-128c", err);
	if (!rc)
		rc = play_load(job, r, &host, 0, UINT64_MAX, false, err);
	trace_close(r);
	return rc;
}

static int one(const struct play_job *job, const char *path, const char *design, bool queued,
	       uint64_t *contended, struct err *err)
{
	struct native_options o = {
		.play = { .queued = queued, .window = 64 },
		.oversubscribe = true,
		.hide_locks = hide_locks,
	};
	struct play_result res;
	struct native_clock clock;
	int rc;

	o.play.rounds = (unsigned int)(OPERATIONS / (job->nr_ops + 1) + 1);
	rc = native_run(job, design, &o, &res, &clock, err);
	for (unsigned int i = 0; i < res.nr_classes; i++)
		*contended += res.class[i].contended;
	printf("%-14s %-6s %8llu entries %8llu taken %8llu contended so far  %s\n", design,
	       queued ? "queued" : "ticket", (unsigned long long)res.counts.entries,
	       (unsigned long long)res.counts.taken, (unsigned long long)*contended, path);
	play_result_fini(&res);
	return rc;
}

static int all(const char *path, uint64_t contended[NR_DESIGNS], struct err *err)
{
	struct play_job job;
	int rc = load(&job, path, err);

	for (unsigned int i = 0; !rc && i < NR_DESIGNS * 2; i++)
		rc = one(&job, path, designs[i / 2], i & 1, &contended[i / 2], err);
	if (rc)
		fprintf(stderr, "native-race-test: %s: %s\n", path, err->msg);
	play_job_fini(&job);
	return rc;
}

int main(int argc, char **argv)
{
	uint64_t contended[NR_DESIGNS] = { 0 };
	struct err err = { 0 };
	int first = 1;

	if (argc > 1 && !strcmp(argv[1], "--hide-locks")) {
		hide_locks = true;
		first++;
	}
	if (argc <= first) {
		fprintf(stderr, "usage: native-race-test [--hide-locks] TRACE...\n");
		return 2;
	}
	for (unsigned int pass = 0; pass < PASSES; pass++) {
		unsigned int met = 0;

		for (int i = first; i < argc; i++) {
			if (all(argv[i], contended, &err))
				return err_exit_status(&err);
		}
		for (unsigned int d = 0; d < NR_DESIGNS; d++)
			met += contended[d] > 0;
		if (met == NR_DESIGNS)
			return 0;
	}
	fprintf(stderr,
		"native-race-test: a design's locks were never contended: this shows nothing\n");
	return 1;
}
