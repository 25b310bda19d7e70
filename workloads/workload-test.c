// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Generated traces: the same bytes from every compiler, the rates that were
 * asked for, streams that leave each other alone, memory that does not grow,
 * and what cannot be is refused in words. Soundness and replays: e2e-gen.sh.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "rng.h"
#include "workload.h"

static struct trace_reader *open_ok(const char *spec)
{
	struct err err;
	struct trace_reader *r = trace_open(spec, &err);

	if (!r)
		fail_msg("%s", err.msg);
	return r;
}

/* Reads it all; the digest, and how many records. */
static uint64_t digest(const char *spec, uint64_t *nr)
{
	struct trace_reader *r = open_ok(spec);
	const struct trace_rec *rec;
	struct err err;
	uint64_t d;
	int rc;

	while ((rc = trace_next(r, &rec, &err)) > 0)
		;
	if (rc < 0)
		fail_msg("%s", err.msg);
	d = trace_digest(r);
	if (nr)
		*nr = trace_nr_records(r);
	trace_close(r);
	return d;
}

/*
 * Computed by a build with clang, where the tests run in one with gcc: integers
 * only, so they agree. Another value means that every trace of that workload is
 * another one; the commit that changes it says so.
 */
static const struct {
	const char *spec;
	uint64_t digest;
} golden[] = {
#include "golden.inc"
};

static void test_golden(void **state)
{
	assert_true(sizeof(golden) / sizeof(golden[0]) >= 20);
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		uint64_t have = digest(golden[i].spec, NULL);

		if (have != golden[i].digest)
			fail_msg("%s: want %016" PRIx64 ", have %016" PRIx64, golden[i].spec,
				 golden[i].digest, have);
	}
}

/* Every workload of the tree is in the table. */
static void test_golden_is_whole(void **state)
{
	unsigned int nr;
	struct err err;
	char **names;

	assert_int_equal(workload_names(&names, &nr, &err), 0);
	assert_true(nr >= 20);
	for (unsigned int i = 0; i < nr; i++) {
		size_t len = strlen(names[i]);
		bool found = false;

		for (size_t k = 0; k < sizeof(golden) / sizeof(golden[0]); k++)
			found |= !strncmp(golden[k].spec + 4, names[i], len) &&
				 golden[k].spec[4 + len] == ',';
		if (!found)
			fail_msg("%s: want a golden hash, have none", names[i]);
		free(names[i]);
	}
	free(names);
}

static void test_seeds(void **state)
{
	uint64_t a = digest("gen:hackbench,duration=20ms", NULL);

	assert_true(a == digest("gen:hackbench,duration=20ms,seed=1,vcpus=4,gic=v3", NULL));
	assert_true(a != digest("gen:hackbench,duration=20ms,seed=2", NULL));
}

/* The beginning of a long trace is the short one. */
static void test_prefix(void **state)
{
	struct trace_reader *a = open_ok("gen:memcached,vcpus=8,duration=10ms");
	struct trace_reader *b = open_ok("gen:memcached,vcpus=8,duration=20ms");
	const struct trace_rec *x, *y;
	struct err err;

	while (trace_next(a, &x, &err) > 0) {
		assert_int_equal(trace_next(b, &y, &err), 1);
		assert_memory_equal(x, y, sizeof(*x));
	}
	assert_int_equal(trace_next(b, &y, &err), 1);
	trace_close(a);
	trace_close(b);
}

/* ---- rates --------------------------------------------------------------- */

typedef bool (*is_one)(const struct trace_rec *r);

static bool is_sgi(const struct trace_rec *r)
{
	return r->kind == REC_SYSREG;
}

static bool is_irq(const struct trace_rec *r)
{
	return (r->kind == REC_INJECT && r->ctx == CTX_THREAD) || r->kind == REC_MSI;
}

static bool is_timer(const struct trace_rec *r)
{
	return r->kind == REC_INJECT && r->d.inject.irq == 27;
}

static bool is_hvc(const struct trace_rec *r)
{
	return r->kind == REC_HVC;
}

static bool is_gicd_write(const struct trace_rec *r)
{
	return r->kind == REC_MMIO && r->d.mmio.write && r->d.mmio.gpa < 0x08010000;
}

static bool is_gicd(const struct trace_rec *r)
{
	return r->kind == REC_MMIO && r->d.mmio.gpa < 0x08010000;
}

static uint64_t count(const char *spec, is_one is)
{
	struct trace_reader *r = open_ok(spec);
	const struct trace_rec *rec;
	struct err err;
	uint64_t n = 0;

	while (trace_next(r, &rec, &err) > 0)
		n += is(rec);
	trace_close(r);
	return n;
}

/*
 * Poisson bursts of geometric length, mean m: the count has mean rate * time and
 * variance mean * (2 m - 1). Four and a half standard deviations, 1 in 150,000;
 * the seeds are fixed. What is under way at the end is allowed for by @more.
 */
static void expect_rate(const char *spec, is_one is, double mean, double burst, double more)
{
	double have = (double)count(spec, is), band = 4.5 * sqrt(mean * (2 * burst - 1)) + more;

	if (fabs(have - mean) > band)
		fail_msg("%s: want %.0f within %.0f, have %.0f", spec, mean, band, have);
}

static void test_rates(void **state)
{
	/* the parameters: sgi_per_s_per_vcpu = 8000, burst 2 */
	expect_rate("gen:hackbench,vcpus=4,duration=500ms", is_sgi, 16000, 2, 20);
	expect_rate("gen:hackbench,vcpus=64,duration=50ms", is_sgi, 25600, 2, 200);
	expect_rate("gen:memcached,vcpus=8,duration=200ms", is_sgi, 12800, 1, 20);
	expect_rate("gen:memcached,vcpus=8,duration=200ms", is_irq, 24000, 1, 1);
	expect_rate("gen:stream,vcpus=8,duration=200ms", is_irq, 12800, 4, 1);
	expect_rate("gen:pt-nvme,vcpus=8,duration=200ms", is_irq, 20000, 1, 1);
	expect_rate("gen:pt-nvme,vcpus=8,gic=v2,duration=200ms", is_irq, 20000, 1, 1);
	/* an even distance but for a fifth of it */
	expect_rate("gen:rr,vcpus=8,duration=200ms", is_irq, 40000, 0.52, 1);
	/* clocks: one a period */
	expect_rate("gen:idle,vcpus=8,duration=500ms", is_timer, 400, 0.5, 8);
	expect_rate("gen:timer,vcpus=8,duration=100ms", is_timer, 8000, 0.5, 8);
	expect_rate("gen:kernbench,vcpus=4,duration=500ms,hvc_per_s_per_vcpu=2000", is_hvc, 4000, 1,
		    8);
	expect_rate("gen:retarget,vcpus=4,duration=500ms", is_gicd, 2000, 2, 4);
}

static void test_shares(void **state)
{
	const char *spec = "gen:dist-storm,vcpus=4,duration=50ms,dist_write_percent=80";
	double all = (double)count(spec, is_gicd), writes = (double)count(spec, is_gicd_write);

	assert_true(all > 20000);
	assert_true(fabs(writes - 0.8 * all) < 4.5 * sqrt(all * 0.8 * 0.2));
}

static void test_distributions(void **state)
{
	struct rng r = rng_named(7, "test", 0);
	double sum = 0, squares = 0, counts = 0;
	const unsigned int n = 200000;

	for (unsigned int i = 0; i < n; i++) {
		double v = (double)rng_exp(&r, 1000000) / 1e6;

		sum += v;
		squares += v * v;
		counts += (double)rng_count(&r, 5);
	}
	/* exponential: mean 1 (deviation 1), second moment 2 (deviation sqrt(20)) */
	assert_true(fabs(sum / n - 1) < 4.5 / sqrt(n));
	assert_true(fabs(squares / n - 2) < 4.5 * sqrt(20.0 / n));
	/* geometric from 1 on: mean 5, deviation sqrt(20) */
	assert_true(fabs(counts / n - 5) < 4.5 * sqrt(20.0 / n));
}

/* ---- streams ------------------------------------------------------------- */

/* A hash of when and which for each record of that sort. */
static uint64_t times_of(const char *spec, is_one is)
{
	struct trace_reader *r = open_ok(spec);
	const struct trace_rec *rec;
	struct err err;
	uint64_t h = 0;

	while (trace_next(r, &rec, &err) > 0)
		if (is(rec))
			h = rng_mix(h ^ rec->time_ns) + rec->d.inject.irq;
	trace_close(r);
	return h;
}

static void test_streams(void **state)
{
#define BASE "gen:stream,vcpus=4,duration=50ms"
	uint64_t alone = times_of(BASE, is_irq);

	/* Whatever else happens, the devices do the same at the same times. */
	assert_true(alone == times_of(BASE ",hvc_per_s_per_vcpu=3000", is_irq));
	assert_true(alone == times_of(BASE ",sgi_per_s_per_vcpu=3000,busy_mean_ns=20000", is_irq));
	assert_true(alone == times_of(BASE ",tick_hz=0,retarget_per_s=1000", is_irq));
	assert_true(alone != times_of(BASE ",seed=2", is_irq));
	/* One device more changes none of the others'. */
	assert_true(rng_named(1, "device", 3).at == rng_named(1, "device", 3).at);
	assert_true(rng_named(1, "device", 3).at != rng_named(1, "device", 4).at);
	assert_true(rng_named(1, "device", 3).at != rng_named(1, "devicf", 3).at);
#undef BASE
}

/* Of the devices 0 to 3 of vCPU 0 and so on: a fifth leaves them as they are. */
static void test_streams_devices(void **state)
{
	struct trace_reader *a = open_ok(
		"gen:overflow,vcpus=2,duration=20ms,irq_together_count=1,device_shared_count=4");
	struct trace_reader *b = open_ok(
		"gen:overflow,vcpus=2,duration=20ms,irq_together_count=1,device_shared_count=5");
	const struct trace_rec *x, *y;
	struct err err;
	unsigned int n = 0;

	while (trace_next(a, &x, &err) > 0) {
		if (!is_irq(x))
			continue;
		do
			assert_int_equal(trace_next(b, &y, &err), 1);
		while (!is_irq(y) || y->d.inject.irq == 48 + 4);
		assert_int_equal(x->time_ns, y->time_ns);
		assert_int_equal(x->d.inject.irq, y->d.inject.irq);
		n++;
	}
	assert_true(n > 100);
	trace_close(a);
	trace_close(b);
}

/* ---- memory -------------------------------------------------------------- */

static long max_rss_kb(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static void test_memory(void **state)
{
	uint64_t few, many;
	long before;

	digest("gen:memcached,vcpus=64,records=50k,duration=1000s", &few);
	before = max_rss_kb();
	digest("gen:memcached,vcpus=64,records=2M,duration=1000s", &many);
	assert_int_equal(few, 50000);
	assert_int_equal(many, 2000000);
	/* Two million records are 128 MB; forty times the records, not a page more to speak of. */
	if (max_rss_kb() - before > 1024)
		fail_msg("want less than 1024 kB more, have %ld", max_rss_kb() - before);
}

/* ---- refusals ------------------------------------------------------------ */

static void refuse(const char *spec, const char *why)
{
	struct err err;
	struct trace_reader *r = trace_open(spec, &err);

	if (r)
		fail_msg("%s: want it refused", spec);
	if (err.code != ERR_USAGE || !strstr(err.msg, why))
		fail_msg("%s: want \"%s\", have \"%s\"", spec, why, err.msg);
}

static void test_refusals(void **state)
{
	refuse("gen:", "no workload \"\"");
	refuse("gen:nothing", "no workload \"nothing\"");
	refuse("gen:hackbench,vcpus=9,gic=v2", "want at most 8 with a GICv2");
	refuse("gen:hackbench,vcpus=0", "vcpus: want 1..512, have 0");
	refuse("gen:hackbench,vcpus=513", "vcpus: want 1..512, have 513");
	refuse("gen:hackbench,gic=v4", "gic: want v2 or v3");
	refuse("gen:hackbench,duration=5", "duration: want a time with its unit");
	refuse("gen:hackbench,duration=0s", "duration: want a time with its unit");
	refuse("gen:hackbench,seed=x", "seed: want a number");
	refuse("gen:hackbench,records=x", "records: want a number");
	refuse("gen:hackbench,tick_hz", "want parameter=value");
	refuse("gen:hackbench,ticks=1", "no parameter \"ticks\"");
	refuse("gen:hackbench,tick_hz=1000001", "tick_hz: want 0..1000000");
	refuse("gen:rr,device_line=wire", "device_line: want one of edge, level, msi");
	refuse("gen:rr,device_line=level", "irq_status_percent: want 100");
	refuse("gen:rr,vcpus=512,device_per_vcpu_count=2", "devices: want at most 924");
	refuse("gen:hackbench,irq_per_s_per_device=1", "want devices");
	refuse("gen:/nowhere/x.ini", "/nowhere/x.ini: No such file");
}

static void refuse_file(const char *text, const char *why)
{
	const char *path = "workload-test.ini";
	struct workload w;
	struct err err;
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(workload_load(&w, "./workload-test.ini", &err), ERR_USAGE);
	if (!strstr(err.msg, why))
		fail_msg("want \"%s\", have \"%s\"", why, err.msg);
	remove(path);
}

#define HEAD "[workload]\nsummary = s\nquestion = q\n[parameter]\n"

static void test_bad_files(void **state)
{
	refuse_file(HEAD "tick_hz = 250\n", "line 5: tick_hz: want [p], [d] or [a]");
	refuse_file(HEAD "tick_hz = 250  [a]\n", "line 5: tick_hz: want a source");
	refuse_file(HEAD "tick_hz = [a] x\n", "line 5: tick_hz: want a value");
	refuse_file(HEAD "tick_hz = ten  [a] x\n", "line 5: tick_hz: want 0..1000000");
	refuse_file(HEAD "tick_hz = 1  [a] x\ntick_hz = 1  [a] x\n", "first in line 5");
	refuse_file(HEAD "ticks = 1  [a] x\n", "unknown key \"ticks\"");
	refuse_file("[workload]\nsummary = s\n", "without key \"question\"");
	refuse_file("[workload]\nquestion = s\n", "without key \"summary\"");
	refuse_file("[workload]\nsummary = s\nsummary = t\n", "a second time");
	refuse_file(HEAD "  tick_hz = 1  [a] x\n", "want no blank before a key");
	refuse_file(HEAD "nonsense\n", "want [section] or key = value");
}

/* All of them as all that they may be: made, with what the header says. */
static void test_every_size(void **state)
{
	static const char *const sizes[] = { "gic=v2,vcpus=1", "gic=v2,vcpus=8", "gic=v3,vcpus=1",
					     "gic=v3,vcpus=64", "gic=v3,vcpus=512" };
	unsigned int nr;
	struct err err;
	char **names;

	assert_int_equal(workload_names(&names, &nr, &err), 0);
	for (unsigned int i = 0; i < nr; i++) {
		for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
			char spec[128];
			uint64_t n;

			snprintf(spec, sizeof(spec), "gen:%s,%s,duration=1ms", names[i], sizes[k]);
			digest(spec, &n);
			assert_true(n > 10);
		}
		/* Nor does one vCPU alone fall asleep for ever. */
		for (unsigned int gic = 2; gic <= 3; gic++) {
			char spec[128];
			uint64_t once, twice;

			snprintf(spec, sizeof(spec), "gen:%s,gic=v%u,vcpus=1,duration=200ms",
				 names[i], gic);
			digest(spec, &once);
			snprintf(spec, sizeof(spec), "gen:%s,gic=v%u,vcpus=1,duration=400ms",
				 names[i], gic);
			digest(spec, &twice);
			if (twice < once + 60)
				fail_msg("%s: want more after 200 ms, have %u records", spec,
					 (unsigned int)twice);
		}
		free(names[i]);
	}
	free(names);
}

static int setup(void **state)
{
	trace_add_maker(&gen_maker);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_golden_is_whole), cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_prefix),		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_shares),		cmocka_unit_test(test_distributions),
		cmocka_unit_test(test_streams),		cmocka_unit_test(test_streams_devices),
		cmocka_unit_test(test_refusals),	cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_every_size),
	};

	/* "workload-test golden": the lines of golden.inc as this build has them. */
	if (argc > 1 && !strcmp(argv[1], "golden")) {
		trace_add_maker(&gen_maker);
		for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++)
			printf("\t{ \"%s\", UINT64_C(0x%016" PRIx64 ") },\n", golden[i].spec,
			       digest(golden[i].spec, NULL));
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, NULL);
}
