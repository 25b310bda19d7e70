// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fixed set of work for callgrind, which counts the instructions (bench/budgets.sh).
 * Here are replays: recordings and made traces, from memory, by every design with
 * several locks, in one thread; and reading and making records. Verbs of the machine
 * are in budget-verbs.c.
 *
 * Of a made trace two lengths are replayed, so that what is left by the difference
 * is the cost of a record and nothing of start and end. A recording is counted
 * whole.
 *
 *   budget DIR
 *   budget --built	what compiled it
 *
 * DIR is for a file of its own making. After the first line, which is that of --built, each on
 * stdout is two dumps of callgrind, the second of which counts: what, of what, how many.
 */
#include <gnu/libc-version.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#include "budget.h"
#include "study.h"
#include "workload.h"

static const char *const budget_samples[] = {
	"gicv3-8vcpu-hackbench",
	"gicv3-4vcpu-boot",
	"k46-gicv2-4vcpu-hackbench",
};

struct budget_made {
	const char *spec;
	bool all_locks;	      /* else with tickets alone */
	unsigned int records; /* of the shorter one; the longer has three times as many */
};

static const struct budget_made budget_made[] = {
	{ "hackbench,vcpus=8", true, 3000 },	     { "hackbench,vcpus=64", false, 6000 },
	{ "hackbench,vcpus=8,gic=v2", false, 3000 }, { "virtio-mmio,vcpus=4", false, 2000 },
	{ "overflow,vcpus=4", false, 2000 },	     { "ipi,vcpus=2", false, 2000 },
};

/* A dump's total is since the last dump: zeroing would not change it. */
void budget_begin(void)
{
	CALLGRIND_DUMP_STATS_AT("before");
}

void budget_end(const char *what, const char *per, uint64_t n)
{
	CALLGRIND_DUMP_STATS_AT("piece");
	printf("%s\t%s\t%" PRIu64 "\n", what, per, n);
}

static bool budget_suits(const struct vgic_design *d, unsigned int gic)
{
	return d->gics & (1u << gic);
}

static int budget_replay(const struct study_trace *t, const struct vgic_design *d,
			 enum lock_algo lock, const struct host *host, struct err *err)
{
	struct replay_options o;
	struct replay_result res;
	char what[sizeof(t->name) + 80];
	int ret;

	replay_options_init(&o);
	o.design = d;
	o.host = host;
	o.lock = lock;
	o.one_thread = true;
	snprintf(what, sizeof(what), "replay %s %s %s", t->name, d->name, lock_algo_names[lock]);
	budget_begin();
	ret = study_run(t, &o, &res, err);
	budget_end(what, "record", t->nr);
	replay_result_fini(&res);
	return ret;
}

/* Every design that can, on one trace or on a shorter and a longer one. */
static int budget_replays(const struct study_trace *t, unsigned int nr, bool all_locks,
			  const struct host *host, struct err *err)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && vgic_designs[i]; i++) {
		for (enum lock_algo l = 0; l < (all_locks ? LOCK_NR_ALGOS : 1); l++) {
			if (!budget_suits(vgic_designs[i], t->meta.gic))
				continue;
			for (unsigned int k = 0; !ret && k < nr; k++)
				ret = budget_replay(&t[k], vgic_designs[i], l, host, err);
		}
	}
	return ret;
}

static int budget_recorded(const char *name, const struct host *host[2], struct err *err)
{
	struct study_trace t;
	char path[512];
	int ret;

	snprintf(path, sizeof(path), SOURCE_DIR "/traces/samples/%s.pcap.gz", name);
	ret = study_trace_load(&t, path, 0, err);
	if (ret)
		return ret;
	snprintf(t.name, sizeof(t.name), "%s", name);
	ret = budget_replays(&t, 1, true, host[t.meta.gic == 3], err);
	study_trace_fini(&t);
	return ret;
}

static int budget_gen(const struct budget_made *m, const struct host *host[2], struct err *err)
{
	struct study_trace t[2];
	char path[256];
	unsigned int nr;
	int ret = 0;

	for (nr = 0; !ret && nr < 2; nr++) {
		snprintf(path, sizeof(path), "gen:%s,records=%u", m->spec,
			 nr ? 3 * m->records : m->records);
		ret = study_trace_load(&t[nr], path, 0, err);
		if (!ret)
			snprintf(t[nr].name, sizeof(t[nr].name), "gen:%s", m->spec);
	}
	if (!ret)
		ret = budget_replays(t, 2, m->all_locks, host[t[0].meta.gic == 3], err);
	while (nr--)
		study_trace_fini(&t[nr]);
	return ret;
}

/* Records of @path as the replay asks for them. */
static int budget_read(const char *what, const char *path, struct err *err)
{
	struct trace_reader *r;
	const struct trace_rec *rec;
	uint64_t n = 0;
	int ret;

	budget_begin();
	r = trace_open(path, err);
	if (!r)
		return err->code;
	while ((ret = trace_next(r, &rec, err)) > 0)
		n++;
	trace_close(r);
	budget_end(what, "record", n);
	return ret;
}

static int budget_write(const char *path, const char *from, struct err *err)
{
	struct study_trace t;
	struct trace_writer *w;
	int ret = study_trace_load(&t, from, 0, err);

	if (ret)
		return ret;
	w = trace_create(path, &t.meta, err);
	ret = w ? 0 : err->code;
	for (size_t i = 0; !ret && i < t.nr; i++)
		ret = trace_write(w, &t.rec[i], err);
	if (w && !ret)
		ret = trace_commit(w, err);
	else
		trace_abort(w);
	study_trace_fini(&t);
	return ret;
}

static int budget_reading(const char *dir, struct err *err)
{
	char gen[64], path[512];
	int ret = 0;

	for (unsigned int k = 0; !ret && k < 2; k++) {
		snprintf(gen, sizeof(gen), "gen:hackbench,vcpus=8,records=%u", k ? 9000 : 3000);
		snprintf(path, sizeof(path), "%s/budget.pcap", dir);
		ret = budget_write(path, gen, err);
		if (!ret)
			ret = budget_read("read pcap", path, err);
		unlink(path);
		snprintf(path, sizeof(path), "%s/budget.vgt", dir);
		if (!ret)
			ret = budget_write(path, gen, err);
		if (!ret)
			ret = budget_read("read text", path, err);
		unlink(path);
		if (!ret)
			ret = budget_read("make gen:hackbench,vcpus=8", gen, err);
	}
	return ret;
}

/* What the counts depend on; CMakeLists.txt has compiler and flags. */
static void budget_built(void)
{
	printf("%s, libc %s\n", BUDGET_BUILT, gnu_get_libc_version());
}

int main(int argc, char **argv)
{
	const struct host *host[2];
	struct host v2, v3;
	struct err err = { 0 };
	int ret;

	if (argc == 2 && !strcmp(argv[1], "--built")) {
		budget_built();
		return 0;
	}
	if (argc != 2 || !RUNNING_ON_VALGRIND) {
		fputs("usage: valgrind --tool=callgrind budget DIR (see bench/budgets.sh)\n",
		      stderr);
		return 2;
	}
	fputs("# ", stdout);
	budget_built();
	/* A second thread would wait for the first now longer, now shorter. */
	setenv("LIBTRACEIO", "nothreads", 1);
	trace_add_maker(&gen_maker);
	ret = host_load(&v2, "xgene1-m400", &err);
	if (!ret)
		ret = host_load(&v3, "kunpeng920-2s-128c", &err);
	host[0] = &v2;
	host[1] = &v3;
	if (!ret)
		ret = budget_verbs(&v2, &v3, &err);
	if (!ret)
		ret = budget_reading(argv[1], &err);
	for (unsigned int i = 0; !ret && i < sizeof(budget_made) / sizeof(budget_made[0]); i++)
		ret = budget_gen(&budget_made[i], host, &err);
	for (unsigned int i = 0; !ret && i < sizeof(budget_samples) / sizeof(budget_samples[0]);
	     i++)
		ret = budget_recorded(budget_samples[i], host, &err);
	if (ret)
		fprintf(stderr, "budget: %s\n", err.msg);
	return ret ? 1 : 0;
}
