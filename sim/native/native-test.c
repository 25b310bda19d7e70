// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One thread that plays a trace in its order counts what the simulated machine counts:
 * every acquisition by class, every step along a list, every interrupt that the
 * guest took, every list register word at every entry. And the measuring itself.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "machine.h"
#include "measure.h"
#include "native.h"
#include "random.h"
#include "trace.h"

static bool no_injector;

/* @r is closed. */
static void load_from(struct play_job *job, struct trace_reader *r, struct host *host,
		      unsigned int nr_lrs, bool serial)
{
	struct load_options o = {
		.nr_lrs = nr_lrs,
		.max_records = UINT64_MAX,
		.serial = serial,
		.no_injector = no_injector,
	};
	struct err err = { 0 };

	if (host_load(host, trace_meta(r)->gic == 2 ? "seattle-a57" : "kunpeng920-2s-128c", &err))
		fail_msg("%s", err.msg);
	if (play_load(job, r, host, &o, &err))
		fail_msg("%s: %s", trace_name(r), err.msg);
	trace_close(r);
}

static void load(struct play_job *job, const char *path, struct host *host, unsigned int nr_lrs,
		 bool serial)
{
	struct err err = { 0 };
	struct trace_reader *r = trace_open(path, &err);

	if (!r)
		fail_msg("%s", err.msg);
	load_from(job, r, host, nr_lrs, serial);
}

static void assert_same(const struct play_result *sim, const struct play_result *real)
{
	const struct play_counts *s = &sim->counts, *r = &real->counts;

	assert_int_equal(s->entries, r->entries);
	assert_int_equal(s->given_up, r->given_up);
	assert_int_equal(s->injections, r->injections);
	assert_int_equal(s->mmio, r->mmio);
	assert_int_equal(s->sgis, r->sgis);
	assert_int_equal(s->wfis, r->wfis);
	assert_int_equal(s->unsupported, r->unsupported);
	assert_int_equal(s->taken, r->taken);
	assert_int_equal(s->ended, r->ended);
	assert_int_equal(s->taken_hash, r->taken_hash);
	assert_int_equal(s->lrs_hash, r->lrs_hash);
	assert_int_equal(s->read_hash, r->read_hash);
	assert_int_equal(s->deviations, r->deviations);
	for (unsigned int i = 0; i < PLAT_NR_COUNTERS; i++)
		assert_int_equal(s->counter[i], r->counter[i]);
	for (unsigned int i = 0; i <= PLAT_KICK_IPI; i++)
		assert_int_equal(s->kicks[i], r->kicks[i]);
	for (unsigned int i = 0; i < sim->nr_classes; i++) {
		const struct play_class *c = &sim->class[i];
		unsigned int k = 0;

		while (k < real->nr_classes && strcmp(real->class[k].name, c->name))
			k++;
		assert_true(k < real->nr_classes);
		assert_int_equal(real->class[k].acquired, c->acquired);
		assert_int_equal(real->class[k].hold.count, c->acquired);
		assert_int_equal(real->class[k].contended, 0);
	}
}

/* What both took; 0: the design has no such GIC. */
static uint64_t same(const struct play_job *job, const struct host *host, const char *what,
		     const struct vgic_design *design, bool queued)
{
	struct native_options o = { .play = { .serial = true, .queued = queued } };
	struct play_result sim, real;
	struct native_clock clock;
	struct err err = { 0 };
	uint64_t taken;

	if (!(design->gics >> job->config.gic & 1))
		return 0;
	if (play_simulate(job, design->name, host, &o.play, &sim, &err))
		fail_msg("%s: %s", what, err.msg);
	if (native_run(job, design->name, &o, &real, &clock, &err))
		fail_msg("%s: %s", what, err.msg);
	assert_same(&sim, &real);
	taken = real.counts.taken;
	play_result_fini(&sim);
	play_result_fini(&real);
	return taken;
}

static void same_counts(void **state)
{
	glob_t g;

	no_injector = *state;
	assert_int_equal(glob(SOURCE_DIR "/traces/samples/*.pcap.gz", 0, NULL, &g), 0);
	assert_true(g.gl_pathc > 4);
	/* With so many list registers as the host has, and so few that they overflow. */
	for (size_t i = 0; i < g.gl_pathc * 2; i++) {
		struct play_job job;
		struct host host;

		load(&job, g.gl_pathv[i / 2], &host, i & 1, true);
		assert_true(job.nr_ops > 1000);
		for (unsigned int d = 0; vgic_designs[d]; d++)
			assert_true(same(&job, &host, g.gl_pathv[i / 2], vgic_designs[d],
					 (i / 2 + d) & 1) > 0);
		play_job_fini(&job);
	}
	globfree(&g);
	no_injector = false;
}

/* Registers, widths and races that no guest in its senses makes. */
static void same_counts_random(void **state)
{
	enum { SEEDS = 150 };
	unsigned int took = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct random_case c;
		struct err err = { 0 };
		struct trace_reader *r;
		struct play_job job;
		struct host host;
		char name[32];

		snprintf(name, sizeof(name), "random seed %u", (unsigned int)seed);
		if (random_case_make(&c, seed, &err))
			fail_msg("%s", err.msg);
		r = trace_open_memory(name, &c.meta, c.rec, c.nr, &err);
		if (!r)
			fail_msg("%s", err.msg);
		load_from(&job, r, &host, c.setup.nr_lrs, true);
		for (unsigned int d = 0; vgic_designs[d]; d++)
			took += same(&job, &host, name, vgic_designs[d], seed & 1) > 0;
		play_job_fini(&job);
		random_case_fini(&c);
	}
	assert_true(took > SEEDS);
}

/* All at once: what does not depend on who comes first, and that the sums are whole. */
static void at_once(void **state)
{
	struct native_options o = {
		.play = { .window = 64, .rounds = 3 },
		.oversubscribe = true,
	};
	struct play_result serial, all;
	struct native_clock clock;
	struct err err = { 0 };
	struct play_job job;
	struct host host;

	load(&job, SOURCE_DIR "/traces/samples/gicv3-4vcpu-hackbench.pcap.gz", &host, 0, false);
	for (unsigned int i = 0; vgic_designs[i / 2]; i++) {
		const char *design = vgic_designs[i / 2]->name;

		o.play.queued = i & 1;
		o.play.serial = true;
		if (native_run(&job, design, &o, &serial, &clock, &err))
			fail_msg("%s", err.msg);
		o.play.serial = false;
		if (native_run(&job, design, &o, &all, &clock, &err))
			fail_msg("%s", err.msg);
		assert_int_equal(all.counts.injections, 3 * serial.counts.injections);
		assert_int_equal(all.counts.sgis, 3 * serial.counts.sgis);
		assert_int_equal(all.counts.mmio, 3 * serial.counts.mmio);
		assert_int_equal(all.counts.wfis, 3 * serial.counts.wfis);
		assert_int_equal(all.counts.entries,
				 3 * serial.counts.entries + all.counts.kicked_out);
		assert_true(all.counts.taken > 0);
		assert_true(all.counts.taken <= all.counts.ended);
		assert_int_equal(clock.floor_ps, clock.resolution_ps + clock.stamp_ps);
		assert_true(clock.resolution_ps > 0);
		for (unsigned int k = 0; k < all.nr_classes; k++) {
			assert_int_equal(all.class[k].hold.count, all.class[k].acquired);
			assert_int_equal(all.class[k].wait.count, all.class[k].contended);
			assert_true(all.class[k].hold.max <= all.elapsed_ps);
			assert_true(all.class[k].wait.max <= all.elapsed_ps);
		}
		play_result_fini(&serial);
		play_result_fini(&all);
	}
	play_job_fini(&job);
}

static void in_order(const struct measure_spread *v)
{
	assert_true(v->least <= v->median && v->median <= v->most);
}

/* Repetitions side by side: of one thread all alike, of many in order. */
static void measured(void **state)
{
	struct measure_options o = {
		.native = { .play = { .window = 64, .rounds = 1 }, .oversubscribe = true },
	};
	struct measure_report r;
	struct err err = { 0 };
	struct play_job job;
	struct host host;

	load(&job, SOURCE_DIR "/traces/samples/gicv2-4vcpu-hackbench.pcap.gz", &host, 0, true);
	for (unsigned int i = 0; i < 4; i++) {
		bool serial = i & 1;

		o.native.play.serial = serial;
		o.repetitions = 3 + i / 2;
		if (measure(&job, "kvm-aplist", &host, &o, &r, &err))
			fail_msg("%s", err.msg);
		assert_int_equal(r.repetitions, o.repetitions);
		assert_int_equal(r.nr_classes, 2);
		assert_true(r.simulated[MN_ENTRIES] > 100);
		if (serial)
			assert_true(r.equal);
		for (unsigned int k = 0; k < MN_NR; k++) {
			in_order(&r.real[k]);
			if (serial) {
				assert_int_equal(r.real[k].least, r.real[k].most);
				assert_int_equal(r.real[k].median, r.simulated[k]);
			}
		}
		for (unsigned int c = 0; c < r.nr_classes; c++)
			for (unsigned int w = 0; w < MEASURE_NR; w++)
				in_order(&r.class[c].real[w]);
		in_order(&r.elapsed_ps);
		assert_true(r.class[0].simulated[MEASURE_HOLD_MEAN] > 0);
	}
	play_job_fini(&job);
}

/* More threads than there can be CPUs, and not told to. */
static void refuses(void **state)
{
	struct native_options o = { .play = { .window = 64, .rounds = 1 } };
	struct play_job job = { .config.nr_vcpus = 5000, .nr_actors = 5001 };
	struct play_result res;
	struct native_clock clock;
	struct err err = { 0 };

	assert_int_equal(native_run(&job, "kvm-legacy", &o, &res, &clock, &err), ERR_USAGE);
	assert_non_null(strstr(err.msg, "5001 threads"));
	assert_non_null(strstr(err.msg, "--oversubscribe"));
	play_result_fini(&res);
	job.nr_actors = 1;
	job.config.nr_vcpus = 0;
	assert_int_equal(native_run(&job, "none", &o, &res, &clock, &err), ERR_USAGE);
	play_result_fini(&res);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_once),
		cmocka_unit_test(measured),
		cmocka_unit_test(refuses),
		cmocka_unit_test(same_counts),
		/* … with interrupt contexts' work done by vCPUs. */
		cmocka_unit_test_prestate(same_counts, &no_injector),
		cmocka_unit_test(same_counts_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
