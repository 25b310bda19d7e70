// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Times of the simulator itself, without a process around each: bench.sh makes
 * figures of them. Each line on stdout is one run or one turn, no line is dropped. A
 * turn takes all designs and traces once, so that what else the machine does hits
 * all alike.
 *
 *   bench-engine memory TURNS DESIGN[,DESIGN...] TRACE...
 *	Each trace decoded once, then replayed from memory in this thread. Turn,
 *	design, number of the trace, vCPUs, records, ns of CPU time.
 *   bench-engine threads TURNS DESIGN,DESIGN TRACE
 *	Both designs with one read, one thread and then two. Turn, records, ns of
 *	wall time with one and with two, ns of CPU time with one and with two.
 *   bench-engine bytes DESIGN TRACE
 *	vCPUs, SPIs, KiB by which resident memory grew at most, bytes that the design
 *	asked for.
 *
 * The host is one with 512 CPUs, else the default one.
 */
#include <inttypes.h>
#include <jemalloc/jemalloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pool.h"
#include "share.h"
#include "study.h"
#include "units.h"
#include "workload.h"

#define ENGINE_MAX	32
#define ENGINE_SET	"cpus=512"
#define ENGINE_TEXT_(x) #x
#define ENGINE_TEXT(x)	ENGINE_TEXT_(x)

static uint64_t engine_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int engine_host(struct host *host, unsigned int gic, struct err *err)
{
	int ret = host_load(host, gic == 2 ? DEFAULT_HOST_V2 : DEFAULT_HOST_V3, err);

	return ret ? ret : host_set(host, ENGINE_SET, err);
}

/* "a,b" taken apart; ERR_USAGE for what is no design. */
static int engine_designs(char *list, const struct vgic_design **d, unsigned int *nr,
			  struct err *err)
{
	*nr = 0;
	for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
		if (*nr == ENGINE_MAX)
			return err_set(err, ERR_USAGE, "too many designs");
		d[*nr] = vgic_design_find(name);
		if (!d[*nr])
			return err_set(err, ERR_USAGE, "no design \"%s\"", name);
		++*nr;
	}
	return *nr ? 0 : err_set(err, ERR_USAGE, "no design");
}

/* ---- from memory --------------------------------------------------------- */

static int engine_read(struct trace_share *s, struct err *err)
{
	struct trace_reader *r = trace_share_open(s, err);
	const struct trace_rec *rec;
	int ret;

	if (!r)
		return err->code;
	while ((ret = trace_next(r, &rec, err)) > 0)
		;
	trace_close(r);
	return ret;
}

static int engine_replay(struct trace_share *s, const struct vgic_design *d, unsigned int turn,
			 unsigned int trace, struct err *err)
{
	struct trace_reader *r = trace_share_open(s, err);
	struct replay_options o;
	struct replay_result res;
	struct host host;
	bool truncated;
	uint64_t ns;
	int ret;

	if (!r)
		return err->code;
	ret = engine_host(&host, trace_meta(r)->gic, err);
	if (ret) {
		trace_close(r);
		return ret;
	}
	replay_options_init(&o);
	o.design = d;
	o.host = &host;
	o.one_thread = true;
	ns = engine_ns(CLOCK_PROCESS_CPUTIME_ID);
	ret = replay_run(r, &o, &res, &truncated, err);
	ns = engine_ns(CLOCK_PROCESS_CPUTIME_ID) - ns;
	if (!ret)
		printf("%u %s %u %u %" PRIu64 " %" PRIu64 "\n", turn, d->name, trace, res.nr_vcpus,
		       res.nr_records, ns);
	replay_result_fini(&res);
	trace_close(r);
	return ret;
}

static int engine_memory(unsigned int turns, char *designs, char **traces, unsigned int nr,
			 struct err *err)
{
	const struct vgic_design *d[ENGINE_MAX];
	struct trace_share *share[ENGINE_MAX] = { NULL };
	struct trace_budget memory;
	unsigned int nr_designs;
	int ret = engine_designs(designs, d, &nr_designs, err);

	if (!ret && nr > ENGINE_MAX)
		ret = err_set(err, ERR_USAGE, "too many traces");
	trace_budget_init(&memory, UINT64_C(4) << 30);
	for (unsigned int i = 0; !ret && i < nr; i++) {
		share[i] = trace_share_create(traces[i], &memory, err);
		ret = share[i] ? engine_read(share[i], err) : err->code;
	}
	for (unsigned int turn = 0; !ret && turn < turns; turn++)
		for (unsigned int k = 0; !ret && k < nr_designs; k++)
			for (unsigned int i = 0; !ret && i < nr; i++)
				ret = engine_replay(share[i], d[k], turn, i, err);
	for (unsigned int i = 0; i < nr && i < ENGINE_MAX; i++) {
		/* Else it was read more than once, and not from memory. */
		if (!ret && trace_share_nr_decodings(share[i]) != 1)
			ret = err_set(err, ERR_NOMEM, "%s is too long for memory", traces[i]);
		trace_share_destroy(share[i]);
	}
	return ret;
}

/* ---- two threads --------------------------------------------------------- */

struct engine_rows {
	uint64_t nr_records;
	uint64_t fingerprint[2];
};

static int engine_row(void *priv, size_t at, const struct row *row, struct err *err)
{
	struct engine_rows *rows = priv;

	if (row->status)
		return err_set(err, row->status, "a replay of the pool failed");
	rows->nr_records = row->nr_records;
	rows->fingerprint[at] = row->fingerprint;
	return 0;
}

static int engine_pool(const struct cell *cells, unsigned int jobs, struct engine_rows *rows,
		       uint64_t *wall, uint64_t *cpu, struct err *err)
{
	const struct pool_options o = { .jobs = jobs, .row = engine_row, .priv = rows };
	int ret;

	*wall = engine_ns(CLOCK_MONOTONIC);
	*cpu = engine_ns(CLOCK_PROCESS_CPUTIME_ID);
	ret = pool_run(cells, 2, &o, err);
	*cpu = engine_ns(CLOCK_PROCESS_CPUTIME_ID) - *cpu;
	*wall = engine_ns(CLOCK_MONOTONIC) - *wall;
	return ret;
}

static int engine_turn(const struct cell *cells, unsigned int turn, struct err *err)
{
	struct engine_rows rows[2] = { 0 };
	uint64_t wall[2], cpu[2];
	int ret = 0;

	for (unsigned int k = 0; !ret && k < 2; k++)
		ret = engine_pool(cells, k + 1, &rows[k], &wall[k], &cpu[k], err);
	if (ret)
		return ret;
	if (memcmp(rows[0].fingerprint, rows[1].fingerprint, sizeof(rows[0].fingerprint)))
		return err_set(err, ERR_INVARIANT, "two threads give other results than one");
	printf("%u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", turn,
	       rows[0].nr_records, wall[0], wall[1], cpu[0], cpu[1]);
	return 0;
}

static int engine_threads(unsigned int turns, char *designs, const char *trace, struct err *err)
{
	const struct vgic_design *d[ENGINE_MAX];
	struct trace_meta meta;
	struct cell cells[2];
	unsigned int nr;
	int ret = engine_designs(designs, d, &nr, err);

	cell_init(&cells[0]);
	cell_init(&cells[1]);
	if (!ret && nr != 2)
		ret = err_set(err, ERR_USAGE, "want two designs, have %u", nr);
	for (unsigned int i = 0; !ret && i < 2; i++) {
		ret = cell_put(&cells[i], "trace", trace, err);
		if (!ret)
			ret = cell_put(&cells[i], "design", d[i]->name, err);
		if (!ret)
			ret = cell_put(&cells[i], "set", ENGINE_SET, err);
		if (!ret)
			ret = cell_look(&cells[i], &meta, err);
	}
	for (unsigned int turn = 0; !ret && turn < turns; turn++)
		ret = engine_turn(cells, turn, err);
	cell_fini(&cells[0]);
	cell_fini(&cells[1]);
	return ret;
}

/* ---- memory -------------------------------------------------------------- */

/* A line of /proc/self/status in KiB, or 0. */
static unsigned long engine_status(const char *what)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long kib = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, what, strlen(what)))
			kib = strtoul(line + strlen(what), NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

/* Give back what is free, and let the peak begin here. */
static int engine_restart_peak(struct err *err)
{
	FILE *f;

	mallctl("arena." ENGINE_TEXT(MALLCTL_ARENAS_ALL) ".purge", NULL, NULL, NULL, 0);
	f = fopen("/proc/self/clear_refs", "we");
	if (!f || fputs("5", f) < 0 || fclose(f))
		return err_set(err, ERR_OUTPUT, "/proc/self/clear_refs cannot be written");
	return 0;
}

/*
 * How much resident memory grows over the run at most. Of two traces with as many
 * records each, the difference is that of vCPUs or interrupts.
 */
static int engine_bytes(char *design, const char *trace, struct err *err)
{
	const struct vgic_design *d[ENGINE_MAX];
	struct replay_options o;
	struct replay_result res;
	struct study_trace t;
	struct host host;
	unsigned long before;
	unsigned int nr;
	int ret = engine_designs(design, d, &nr, err);

	if (!ret)
		ret = study_trace_load(&t, trace, 0, err);
	if (ret)
		return ret;
	ret = engine_host(&host, t.meta.gic, err);
	if (ret)
		goto out;
	replay_options_init(&o);
	o.design = d[0];
	o.host = &host;
	o.one_thread = true;
	ret = engine_restart_peak(err);
	if (ret)
		goto out;
	before = engine_status("VmRSS:");
	ret = study_run(&t, &o, &res, err);
	if (!ret)
		printf("%u %u %lu %" PRIu64 "\n", t.meta.nr_vcpus, t.meta.nr_spis,
		       engine_status("VmHWM:") - before,
		       res.stats.bytes[PLAT_MEM_VM] + res.stats.bytes[PLAT_MEM_VCPU] +
			       res.stats.bytes[PLAT_MEM_IRQ]);
	replay_result_fini(&res);
out:
	study_trace_fini(&t);
	return ret;
}

int main(int argc, char **argv)
{
	struct err err = { 0 };
	uint32_t turns = 0;
	int ret;

	trace_add_maker(&gen_maker);
	if (argc == 4 && !strcmp(argv[1], "bytes")) {
		ret = engine_bytes(argv[2], argv[3], &err);
	} else if (argc >= 5 && units_parse_u32(argv[2], 1000, &turns) &&
		   !strcmp(argv[1], "memory")) {
		ret = engine_memory(turns, argv[3], argv + 4, (unsigned int)argc - 4, &err);
	} else if (argc == 5 && turns && !strcmp(argv[1], "threads")) {
		ret = engine_threads(turns, argv[3], argv[4], &err);
	} else {
		fputs("usage: bench-engine memory TURNS DESIGN[,DESIGN...] TRACE...\n"
		      "       bench-engine threads TURNS DESIGN,DESIGN TRACE\n"
		      "       bench-engine bytes DESIGN TRACE\n",
		      stderr);
		return 2;
	}
	if (!ret)
		return 0;
	fprintf(stderr, "bench-engine: %s\n", err.msg);
	return err_exit_status(&err);
}
