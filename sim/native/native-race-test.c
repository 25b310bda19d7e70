// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * native-race-test [-h] [-s FROM-TO] TRACE...: each design on real threads, ticket and
 * queued, with these traces and with random ones of these seeds, for ThreadSanitizer to
 * look at; built with it and so linked. More threads than CPUs are no matter here: what is
 * not ordered is found whether or not it went wrong this time. A race found is told by
 * it, and the status is not zero; nor if a run fails or no lock of a design was contended.
 * With -h it is not told of the locks, and must find races: that it would.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "machine.h"
#include "native.h"
#include "random.h"
#include "trace.h"

static bool hide_locks;
static uint64_t first_seed = 1, last_seed = 40;

static struct design {
	const struct vgic_design *design;
	uint64_t contended, entries, taken, kicked_out;
} design[64];

#define OPERATIONS	  30000 /* at least, of a run */
#define RANDOM_OPERATIONS 1500
#define PASSES		  20 /* until locks of each design were contended */

/* @r is closed. */
static int load(struct play_job *job, struct trace_reader *r, unsigned int nr_lrs, struct err *err)
{
	struct load_options o = { .nr_lrs = nr_lrs, .max_records = UINT64_MAX };
	struct host host;
	int rc;

	*job = (struct play_job){ 0 };
	if (!r)
		return err->code;
	rc = host_load(&host, trace_meta(r)->gic == 2 ? "seattle-a57" : "kunpeng920-2s-128c", err);
	if (!rc)
		rc = play_load(job, r, &host, &o, err);
	trace_close(r);
	return rc;
}

static int one(const struct play_job *job, struct design *d, bool queued, uint64_t operations,
	       struct err *err)
{
	struct native_options o = {
		.play = { .queued = queued, .window = 64 },
		.oversubscribe = true,
		.hide_locks = hide_locks,
	};
	struct play_result res;
	struct native_clock clock;
	int rc;

	o.play.rounds = (unsigned int)(operations / (job->nr_ops + 1) + 1);
	rc = native_run(job, d->design->name, &o, &res, &clock, err);
	for (unsigned int i = 0; i < res.nr_classes; i++)
		d->contended += res.class[i].contended;
	d->entries += res.counts.entries;
	d->taken += res.counts.taken;
	d->kicked_out += res.counts.kicked_out;
	play_result_fini(&res);
	return rc;
}

static int all(const struct play_job *job, uint64_t operations, struct err *err)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && vgic_designs[i / 2]; i++) {
		design[i / 2].design = vgic_designs[i / 2];
		if (vgic_designs[i / 2]->gics >> job->config.gic & 1)
			rc = one(job, &design[i / 2], i & 1, operations, err);
	}
	return rc;
}

static int recorded(const char *path, struct err *err)
{
	struct play_job job;
	int rc = load(&job, trace_open(path, err), 0, err);

	if (!rc)
		rc = all(&job, OPERATIONS, err);
	play_job_fini(&job);
	return rc;
}

/* What no guest in its senses does: halts, retargets, every register. */
static int adversarial(uint64_t seed, struct err *err)
{
	struct random_case c;
	struct play_job job;
	int rc = random_case_make(&c, seed, err);

	if (rc)
		return rc;
	rc = load(&job, trace_open_memory("random", &c.meta, c.rec, c.nr, err), c.setup.nr_lrs,
		  err);
	if (!rc)
		rc = all(&job, RANDOM_OPERATIONS, err);
	if (rc)
		err_prefix(err, "random seed %u", (unsigned int)seed);
	play_job_fini(&job);
	random_case_fini(&c);
	return rc;
}

/* Whether each design has had contended locks. */
static bool met(void)
{
	for (unsigned int i = 0; vgic_designs[i]; i++)
		if (!design[i].contended)
			return false;
	return true;
}

static int run(int nr, char **path, struct err *err)
{
	int rc = 0;

	for (unsigned int pass = 0; !rc && !met() && pass < PASSES; pass++)
		for (int i = 0; !rc && i < nr; i++)
			rc = recorded(path[i], err);
	for (uint64_t seed = first_seed; !rc && !hide_locks && seed <= last_seed; seed++)
		rc = adversarial(seed, err);
	return rc;
}

int main(int argc, char **argv)
{
	struct err err = { 0 };
	int c;

	while ((c = getopt(argc, argv, "hs:")) != -1) {
		if (c == 'h')
			hide_locks = true;
		else if (c != 's' ||
			 sscanf(optarg, "%" SCNu64 "-%" SCNu64, &first_seed, &last_seed) != 2)
			argc = 0;
	}
	if (argc <= optind) {
		fprintf(stderr, "usage: native-race-test [-h] [-s FROM-TO] TRACE...\n");
		return 2;
	}
	if (run(argc - optind, argv + optind, &err)) {
		fprintf(stderr, "native-race-test: %s\n", err.msg);
		return err_exit_status(&err);
	}
	for (unsigned int i = 0; vgic_designs[i]; i++)
		printf("%-16s %8llu entries %8llu taken %8llu contended %6llu kicked out\n",
		       vgic_designs[i]->name, (unsigned long long)design[i].entries,
		       (unsigned long long)design[i].taken, (unsigned long long)design[i].contended,
		       (unsigned long long)design[i].kicked_out);
	if (met())
		return 0;
	fprintf(stderr,
		"native-race-test: a design's locks were never contended: this shows nothing\n");
	return 1;
}
