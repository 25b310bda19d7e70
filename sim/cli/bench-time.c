// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is timed is a run as a sweep makes it: the host profile read, the machine
 * built, the decoded trace replayed, its figures gathered. Decoding is not: it happens
 * in the round before, unless the traces are too large to be kept.
 */
#include "bench-time.h"

#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "pool.h"
#include "rng.h"
#include "share.h"

struct timing {
	const struct bench_set *set;
	const struct bench_time *o;
	struct trace_budget memory;
	struct trace_share **share; /* by row; rows of one trace have the same */
	size_t *order, nr;	    /* rows that can be run */
	int64_t *wall, *cpu;	    /* by row and repetition, ns */
	uint64_t done;
};

static int64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- rounds -------------------------------------------------------------------- */

static int run_one(struct timing *t, size_t at, unsigned int round, uint64_t fingerprint,
		   struct err *err)
{
	const struct bench_row *r = &t->set->row[at];
	const struct row_options ro = { .keep_hists = false };
	struct trace_reader *reader = trace_share_open(t->share[at], err);
	int64_t wall, cpu;
	struct row row;
	int ret;

	if (!reader)
		return err->code;
	wall = now_ns(CLOCK_MONOTONIC);
	cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	ret = cell_run(&r->cell, reader, &ro, &row, err);
	cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	wall = now_ns(CLOCK_MONOTONIC) - wall;
	trace_close(reader);
	if (ret)
		return ret;
	if (row.fingerprint != fingerprint)
		ret = err_set(err, ERR_INVARIANT,
			      "%s: repetition %u: want fingerprint %016" PRIx64
			      ", have %016" PRIx64,
			      r->text, round, fingerprint, row.fingerprint);
	row_fini(&row);
	if (!ret && round) {
		t->wall[at * t->o->reps + round - 1] = wall;
		t->cpu[at * t->o->reps + round - 1] = cpu;
	}
	return ret;
}

/* Round 0 decodes the traces and warms the caches. */
static int rounds(struct timing *t, const uint64_t *fingerprint, struct err *err)
{
	int ret = 0;

	for (unsigned int round = 0; !ret && round <= t->o->reps; round++) {
		struct rng rng = rng_named(t->o->seed, "bench order", round);

		for (size_t i = t->nr; i > 1; i--) {
			size_t k = rng_below(&rng, i), swap = t->order[i - 1];

			t->order[i - 1] = t->order[k];
			t->order[k] = swap;
		}
		for (size_t i = 0; !ret && i < t->nr; i++) {
			size_t at = t->order[i];

			ret = run_one(t, at, round, fingerprint[at], err);
			t->done++;
			if (t->o->progress)
				t->o->progress(t->o->progress_priv, t->done,
					       (uint64_t)t->nr * (t->o->reps + 1));
		}
	}
	return ret;
}

/* ---- shares -------------------------------------------------------------------- */

static int open_share(struct timing *t, size_t at, char **path, struct err *err)
{
	path[at] = cell_path(&t->set->row[at].cell);
	if (!path[at])
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < at; i++)
		if (path[i] && !strcmp(path[i], path[at])) {
			t->share[at] = t->share[i];
			return 0;
		}
	t->share[at] = trace_share_create(path[at], &t->memory, err);
	return t->share[at] ? 0 : err->code;
}

static int open_shares(struct timing *t, struct err *err)
{
	char **path = calloc(t->set->nr, sizeof(*path));
	int ret = path ? 0 : err_set(err, ERR_NOMEM, "out of memory");

	for (size_t i = 0; !ret && i < t->set->nr; i++) {
		if (t->set->row[i].why)
			continue;
		t->order[t->nr++] = i;
		ret = open_share(t, i, path, err);
	}
	for (size_t i = 0; path && i < t->set->nr; i++)
		free(path[i]);
	free(path);
	return ret;
}

static bool first_of(const struct timing *t, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (t->share[i] == t->share[at])
			return false;
	return t->share[at];
}

static bool decoded_once(const struct timing *t)
{
	for (size_t i = 0; i < t->set->nr; i++)
		if (first_of(t, i) && trace_share_nr_decodings(t->share[i]) > 1)
			return false;
	return true;
}

/* ---- the member ----------------------------------------------------------------- */

static json_t *list(const int64_t *v, unsigned int nr)
{
	json_t *a = json_array();

	for (unsigned int i = 0; i < nr; i++)
		json_array_append_new(a, json_integer(v[i]));
	return a;
}

static json_t *wall_json(const struct timing *t)
{
	json_t *rows = json_array();
	double load;

	for (size_t i = 0; i < t->set->nr; i++) {
		size_t from = i * t->o->reps;

		if (!t->set->row[i].why)
			json_array_append_new(rows,
					      json_pack("{s:o,s:o}", "wall_ns",
							list(t->wall + from, t->o->reps), "cpu_ns",
							list(t->cpu + from, t->o->reps)));
	}
	if (getloadavg(&load, 1) != 1)
		load = 0;
	return json_pack("{s:o,s:{s:s,s:b},s:I,s:I,s:i,s:s,s:I,s:b,s:o}", "machine",
			 bench_machine(), "build", "compiler", __VERSION__, "optimised",
#ifdef __OPTIMIZE__
			 1,
#else
			 0,
#endif
			 "load_milli", (json_int_t)(load * 1000), "repetitions",
			 (json_int_t)t->o->reps, "warm_up_rounds", 1, "order",
			 "all rows once a round, shuffled anew each", "seed",
			 (json_int_t)t->o->seed, "decoded_once", decoded_once(t), "rows", rows);
}

json_t *bench_time(const struct bench_set *set, const uint64_t *fingerprint,
		   const struct bench_time *o, struct err *err)
{
	struct timing t = { .set = set, .o = o };
	json_t *j = NULL;

	trace_budget_init(&t.memory, POOL_DEFAULT_MEMORY);
	t.share = calloc(set->nr, sizeof(struct trace_share *));
	t.order = calloc(set->nr, sizeof(*t.order));
	t.wall = calloc(set->nr * o->reps, sizeof(*t.wall));
	t.cpu = calloc(set->nr * o->reps, sizeof(*t.cpu));
	if (!t.share || !t.order || !t.wall || !t.cpu) {
		err_set(err, ERR_NOMEM, "out of memory");
	} else if (!open_shares(&t, err) && !rounds(&t, fingerprint, err)) {
		j = wall_json(&t);
		if (!j)
			err_set(err, ERR_NOMEM, "out of memory");
	}
	for (size_t i = set->nr; t.share && i-- > 0;)
		if (first_of(&t, i))
			trace_share_destroy(t.share[i]);
	free(t.share);
	free(t.order);
	free(t.wall);
	free(t.cpu);
	return j;
}

/* ---- the machine ---------------------------------------------------------------- */

/* The first line of @path, or what follows the colon where a line begins with @key. */
static bool line_of(const char *path, const char *key, char *buf, size_t len)
{
	FILE *f = fopen(path, "re");
	char line[512];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		const char *colon = strchr(line, ':');

		line[strcspn(line, "\n")] = '\0';
		found = !key || (!strncmp(line, key, strlen(key)) && colon);
		if (found)
			snprintf(buf, len, "%.200s",
				 key ? colon + 1 + strspn(colon + 1, " \t") : line);
	}
	if (f)
		fclose(f);
	return found && *buf;
}

/* x86 names its CPU; of arm64 there is the number of the part. */
static void cpu_model(char *buf, size_t len)
{
	char implementer[64], part[64];

	if (line_of("/proc/cpuinfo", "model name", buf, len) ||
	    line_of("/sys/firmware/devicetree/base/model", NULL, buf, len))
		return;
	if (line_of("/proc/cpuinfo", "CPU implementer", implementer, sizeof(implementer)) &&
	    line_of("/proc/cpuinfo", "CPU part", part, sizeof(part)))
		snprintf(buf, len, "implementer %s part %s", implementer, part);
	else
		snprintf(buf, len, "unknown");
}

json_t *bench_machine(void)
{
	static const char governor_path[] = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
	char model[256], governor[64], kernel[256] = "unknown";
	bool governed = line_of(governor_path, NULL, governor, sizeof(governor));
	struct utsname u;
	cpu_set_t cpus;
	int nr = (int)pool_cpus();

	cpu_model(model, sizeof(model));
	if (!uname(&u))
		snprintf(kernel, sizeof(kernel), "%.60s %.100s %.60s", u.sysname, u.release,
			 u.machine);
	if (!sched_getaffinity(0, sizeof(cpus), &cpus))
		nr = CPU_COUNT(&cpus);
	return json_pack("{s:s,s:i,s:s,s:s?}", "cpu", model, "cpus", nr, "kernel", kernel,
			 "governor", governed ? governor : NULL);
}
