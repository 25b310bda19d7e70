/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The replay against scenarios worked out by hand, and against itself: the
 * reference engine, another window, a second run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "oracle.h"
#include "replay.h"

static struct host host_v2, host_v3;

struct outcome {
	struct replay_result res;
	bool truncated;
	int rc;
	struct err err;
};

static char *temp_trace(const char *text)
{
	char *path = strdup("/tmp/vgicsim-replay-XXXXXX.vgt");
	int fd = mkstemps(path, 4);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	return path;
}

static void options(struct replay_options *o, const char *design, unsigned int gic)
{
	replay_options_init(o);
	o->design = vgic_design_find(design);
	assert_non_null(o->design);
	o->host = gic == 2 ? &host_v2 : &host_v3;
}

static struct outcome replay_with(const char *text, const struct replay_options *o)
{
	char *path = temp_trace(text);
	struct outcome out = { 0 };
	struct trace_reader *r = trace_open(path, &out.err);

	if (!r)
		fail_msg("%s", out.err.msg);
	out.rc = replay_run(r, o, &out.res, &out.truncated, &out.err);
	trace_close(r);
	unlink(path);
	free(path);
	if (out.rc)
		fail_msg("%s", out.err.msg);
	return out;
}

static uint64_t got(const struct outcome *o, enum metric_counter c)
{
	return metrics_get(o->res.metrics, c);
}

#define NR_DESIGNS 3
static const char *const designs[NR_DESIGNS] = { "kvm-legacy", "kvm-aplist", "kvm-aplist-6.1" };

#define HEAD_V3                                                                                    \
	"%vgt 1\n%gic v3\n%vcpus 2\n%pcpus 4\n%spis 96\n"                                          \
	"%frame gicd 0x08000000 0x10000\n%frame gicr 0x080a0000 0x20000\n"

/*
 * One edge SPI from a thread while vCPU 0 runs: one kick, one exit of the
 * design's making, one acknowledge; the recording's own kick is taken out,
 * and the guest gets its 100 us + 50 us.
 */
static void test_one_spi(void **state)
{
	static const char text[] = HEAD_V3 "0.000000000 - - state irq=40 enabled=1 pending=0 "
					   "line=0 active=0 config=edge prio=0xa0 target=0\n"
					   "0.000001000 0 v0 entry\n"
					   "0.000050000 2 t7 inject irq=40 level=1\n"
					   "0.000051000 0 v0 exit reason=irq cause=kick\n"
					   "0.000053000 0 v0 entry\n"
					   "0.000103000 0 v0 exit reason=trap ec=0x16\n"
					   "0.000104000 0 v0 hvc\n"
					   "0.000105000 0 v0 entry\n"
					   "0.000155000 0 v0 exit reason=trap ec=0x16\n";

	for (unsigned int d = 0; d < NR_DESIGNS; d++) {
		struct replay_options o;
		struct outcome out;

		options(&o, designs[d], 3);
		out = replay_with(text, &o);
		assert_int_equal(got(&out, MC_RECORDED_KICKS_OUT), 1);
		assert_int_equal(got(&out, MC_INJECTIONS), 1);
		assert_int_equal(got(&out, MC_ACKS), 1);
		assert_int_equal(got(&out, MC_EOIS), 1);
		assert_int_equal(got(&out, MC_IPIS_IN_GUEST), 1);
		/* entry, after the kick, after the hypercall */
		assert_int_equal(got(&out, MC_GUEST_RUNS), 3);
		/* 50 us + 50 us + 50 us, exactly */
		assert_int_equal(out.res.guest_time.ps, VT_US(150).ps);
		replay_result_fini(&out.res);
	}
}

/*
 * An SPI comes 5 us before the recorded guest goes to sleep, and its handler takes 20 us:
 * it ends first, for nobody sleeps in a handler. 49 us and 35 us as recorded, and what was
 * left of the handler. Asleep with the first one active, no vCPU would be woken by the second.
 */
static void test_wfi_in_handler(void **state)
{
	static const char text[] = HEAD_V3 "0.000000000 - - state irq=40 enabled=1 pending=0 "
					   "line=0 active=0 config=edge prio=0xa0 target=0\n"
					   "0.000001000 0 v0 entry\n"
					   "0.000045000 2 t7 inject irq=40 level=1\n"
					   "0.000050000 0 v0 exit reason=trap ec=0x1\n"
					   "0.000050500 0 v0 wfi\n"
					   "0.000200000 2 t7 inject irq=40 level=1\n"
					   "0.000205000 0 v0 entry\n"
					   "0.000240000 0 v0 exit reason=trap ec=0x16\n";

	for (unsigned int d = 0; d < NR_DESIGNS; d++) {
		struct replay_options o;
		struct outcome out;

		options(&o, designs[d], 3);
		o.check = true;
		o.service_spi = VT_US(20);
		out = replay_with(text, &o);
		assert_int_equal(oracle_report(out.res.oracle)->violations, 0);
		assert_int_equal(got(&out, MC_WFI_PUT_OFF), 1);
		assert_int_equal(got(&out, MC_WFI_SLEEPS), 1);
		assert_int_equal(got(&out, MC_WFI_WOKEN), 1);
		assert_int_equal(got(&out, MC_WFI_FORCED_WAKES), 0);
		assert_int_equal(got(&out, MC_ACKS), 2);
		assert_int_equal(got(&out, MC_EOIS), 2);
		assert_true(out.res.guest_time.ps > VT_NS(84000 + 15000).ps);
		assert_true(out.res.guest_time.ps < VT_NS(84000 + 20000).ps);
		replay_result_fini(&out.res);
	}
}

/* A sleeping vCPU is woken by the other's SGI and not by the recorded time. */
static void test_wfi_sgi(void **state)
{
	static const char text[] =
		HEAD_V3 "0.000001000 0 v0 entry\n"
			"0.000002000 1 v1 entry\n"
			"0.000010000 1 v1 exit reason=trap ec=0x1\n"
			"0.000010500 1 v1 wfi\n"
			"0.000100000 0 v0 exit reason=trap ec=0x18\n"
			"0.000100500 0 v0 sysreg write reg=ICC_SGI1R_EL1 val=0x3000002\n"
			"0.000101000 0 v0 entry\n"
			"0.000150000 1 v1 entry\n"
			"0.000160000 1 v1 exit reason=trap ec=0x16\n"
			"0.000200000 0 v0 exit reason=trap ec=0x16\n";

	for (unsigned int d = 0; d < NR_DESIGNS; d++) {
		struct replay_options o;
		struct outcome out;

		options(&o, designs[d], 3);
		out = replay_with(text, &o);
		assert_int_equal(got(&out, MC_WFI_SLEEPS), 1);
		assert_int_equal(got(&out, MC_WFI_WOKEN), 1);
		assert_int_equal(got(&out, MC_SGI_WRITES), 1);
		assert_int_equal(got(&out, MC_ACKS), 1);
		assert_int_equal(got(&out, MC_WFI_FORCED_WAKES), 0);
		replay_result_fini(&out.res);
	}
}

/* val=?: the kick that followed tells the target. */
static void test_inferred_target(void **state)
{
	static const char text[] = HEAD_V3 "0.000001000 0 v0 entry\n"
					   "0.000002000 1 v1 entry\n"
					   "0.000100000 0 v0 exit reason=trap ec=0x18\n"
					   "0.000100500 0 v0 sysreg write reg=ICC_SGI1R_EL1 val=?\n"
					   "0.000101000 0 v0 entry\n"
					   "0.000102000 1 v1 exit reason=irq cause=kick\n"
					   "0.000104000 1 v1 entry\n"
					   "0.000160000 1 v1 exit reason=trap ec=0x16\n"
					   "0.000200000 0 v0 exit reason=trap ec=0x16\n";

	for (unsigned int d = 0; d < NR_DESIGNS; d++) {
		struct replay_options o;
		struct outcome out;

		options(&o, designs[d], 3);
		out = replay_with(text, &o);
		assert_int_equal(got(&out, MC_SGI_INFERRED), 1);
		assert_int_equal(got(&out, MC_SGI_UNKNOWN), 0);
		assert_int_equal(got(&out, MC_ACKS), 1);
		replay_result_fini(&out.res);
	}
}

/* Explicit acknowledges: the guest takes nothing by itself. */
static void test_explicit(void **state)
{
	static const char text[] = HEAD_V3 "0.000000000 - - state irq=40 enabled=1 pending=0 "
					   "line=0 active=0 config=edge prio=0xa0 target=0\n"
					   "0.000001000 0 v0 entry\n"
					   "0.000010000 2 t7 inject irq=40 level=1\n"
					   "0.000060000 0 v0 ack irq=40\n"
					   "0.000080000 0 v0 exit reason=trap ec=0x16\n"
					   "0.000081000 0 v0 entry\n"
					   "0.000090000 0 v0 eoi irq=40\n"
					   "0.000100000 0 v0 exit reason=trap ec=0x16\n";

	for (unsigned int d = 0; d < NR_DESIGNS; d++) {
		struct replay_options o;
		struct outcome out;

		options(&o, designs[d], 3);
		out = replay_with(text, &o);
		assert_int_equal(got(&out, MC_ACK_EXPLICIT), 1);
		assert_int_equal(got(&out, MC_ACK_MODELLED), 0);
		assert_int_equal(got(&out, MC_EOIS), 1);
		replay_result_fini(&out.res);
	}
}

/* ---- random traces ----------------------------------------------------- */

static uint64_t rng;

static uint32_t rnd(uint32_t below)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng >> 33) % below;
}

struct gen {
	char *text;
	size_t len;
	FILE *f;
	unsigned int gic, vcpus, in_guest; /* bitmap */
	uint64_t ns;
};

static void gen_event(struct gen *g)
{
	unsigned int v = rnd(g->vcpus);
	double t = (double)g->ns / 1e9;

	g->ns += rnd(4000);
	switch (rnd(12)) {
	case 0:
		fprintf(g->f, "%.9f 5 t9 inject irq=%u level=%u\n", t, 32 + rnd(40), rnd(4) > 0);
		return;
	case 1:
		fprintf(g->f, "%.9f 6 irq inject irq=27 level=%u vcpu=%u\n", t, rnd(2), v);
		return;
	default:
		break;
	}
	if (!(g->in_guest >> v & 1)) {
		fprintf(g->f, "%.9f %u v%u entry\n", t, v, v);
		g->in_guest |= 1u << v;
		return;
	}
	g->in_guest &= ~(1u << v);
	switch (rnd(8)) {
	case 0:
		fprintf(g->f, "%.9f %u v%u exit reason=irq cause=%s\n", t, v, v,
			rnd(2) ? "kick" : "timer");
		break;
	case 1:
		fprintf(g->f, "%.9f %u v%u exit reason=trap ec=0x1\n", t, v, v);
		fprintf(g->f, "%.9f %u v%u wfi\n", t, v, v);
		break;
	case 2:
	case 3:
		if (g->gic == 3) {
			fprintf(g->f, "%.9f %u v%u exit reason=trap ec=0x18\n", t, v, v);
			fprintf(g->f, "%.9f %u v%u sysreg write reg=ICC_SGI1R_EL1 val=0x%x\n", t, v,
				v, rnd(16) << 24 | rnd(1u << g->vcpus));
		} else {
			fprintf(g->f, "%.9f %u v%u exit reason=trap ec=0x24\n", t, v, v);
			fprintf(g->f, "%.9f %u v%u mmio write gpa=0x08000f00 len=4 val=0x%x\n", t,
				v, v, rnd(1u << g->vcpus) << 16 | rnd(16));
		}
		break;
	case 4: {
		static const unsigned int reg[] = { 0x100, 0x180, 0x200, 0x280, 0x300, 0x380 };

		fprintf(g->f, "%.9f %u v%u exit reason=trap ec=0x24\n", t, v, v);
		fprintf(g->f, "%.9f %u v%u mmio write gpa=0x%x len=4 val=0x%x\n", t, v, v,
			0x08000000 + reg[rnd(4)] + 4 + 4 * rnd(2), 1u << rnd(32));
		break;
	}
	default:
		fprintf(g->f, "%.9f %u v%u exit reason=trap ec=0x16\n", t, v, v);
		fprintf(g->f, "%.9f %u v%u hvc\n", t, v, v);
		break;
	}
}

static char *random_trace(uint64_t seed)
{
	struct gen g = { .ns = 1000 };

	rng = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	g.f = open_memstream(&g.text, &g.len);
	g.gic = 2 + rnd(2);
	g.vcpus = 1 + rnd(8);
	fprintf(g.f, "%%vgt 1\n%%gic v%u\n%%vcpus %u\n%%pcpus 8\n%%spis 64\n", g.gic, g.vcpus);
	fprintf(g.f, "%%frame gicd 0x08000000 0x%x\n", g.gic == 2 ? 0x1000 : 0x10000);
	if (g.gic == 3)
		fprintf(g.f, "%%frame gicr 0x080a0000 0x20000\n");
	for (unsigned int n = seed % 3 ? 50 + rnd(150) : 1500 + rnd(1000); n; n--)
		gen_event(&g);
	fclose(g.f);
	return g.text;
}

/* Leave the trace of a failure behind, for "vgicsim replay --log". */
static void keep(const char *text, uint64_t seed)
{
	char name[64];
	FILE *f;

	snprintf(name, sizeof(name), "replay-test-seed-%llu.vgt", (unsigned long long)seed);
	f = fopen(name, "w");
	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

static void same(const struct outcome *a, const struct outcome *b, const char *text, uint64_t seed,
		 const char *what)
{
	if (a->res.fingerprint != b->res.fingerprint)
		keep(text, seed);
	if (a->res.fingerprint != b->res.fingerprint || a->res.sim_time.ps != b->res.sim_time.ps ||
	    a->res.guest_time.ps != b->res.guest_time.ps)
		fail_msg("seed %llu: %s differs", (unsigned long long)seed, what);
	for (unsigned int c = 0; c < MC_NR; c++)
		if (got(a, c) != got(b, c))
			fail_msg("seed %llu: %s: %s: %llu, %llu", (unsigned long long)seed, what,
				 metric_counters[c].name, (unsigned long long)got(a, c),
				 (unsigned long long)got(b, c));
}

/* Results do not depend on the window, as long as nobody lost time to it. */
static bool same_without_stalls(const char *text, const struct replay_options *o,
				const struct outcome *a, uint64_t seed)
{
	struct replay_options large = *o;
	bool may = !got(a, MC_WINDOW_STALLS);
	struct outcome b;

	if (!may)
		return false;
	large.window = 65536;
	b = replay_with(text, &large);
	same(a, &b, text, seed, "a larger window");
	replay_result_fini(&b.res);
	return true;
}

/*
 * Normal and reference engine on the same random trace. Every third is long, and
 * replayed with the least window there may be: it must have held somebody up.
 */
static void test_random(void **state)
{
	uint64_t stalls = 0;
	unsigned int unstalled = 0;

	for (uint64_t seed = 1; seed <= 400; seed++) {
		char *text = random_trace(seed);
		unsigned int gic = strstr(text, "%gic v2") ? 2 : 3;
		struct replay_options o;
		struct outcome a, b;

		options(&o, designs[seed % NR_DESIGNS], gic);
		o.lock = seed / 2 % LOCK_NR_ALGOS;
		o.nr_lrs = 1 + (unsigned int)(seed % 4);
		o.inject = seed / 8 % 4 ? INJECT_ANCHORED : INJECT_CLOCK;
		o.host_work = seed / 32 % 2 ? HOST_WORK_RECORDED : HOST_WORK_MODEL;
		o.window = seed % 3 ? 65536 : 64 * (uint32_t)atoi(strstr(text, "%vcpus ") + 7);
		a = replay_with(text, &o);
		o.reference = true;
		b = replay_with(text, &o);
		same(&a, &b, text, seed, "reference");
		replay_result_fini(&b.res);
		o.reference = false;
		b = replay_with(text, &o);
		same(&a, &b, text, seed, "second run");
		replay_result_fini(&b.res);
		stalls += got(&a, MC_WINDOW_STALLS);
		if (o.window < 65536)
			unstalled += same_without_stalls(text, &o, &a, seed);
		replay_result_fini(&a.res);
		free(text);
	}
	assert_true(stalls > 100);
	assert_true(unstalled > 10);
}

#define LONG_NS	  2000000 /* in the guest, or asleep */
#define PERIOD_NS 20000

/*
 * VCPU 0 makes 300 records, more than the window holds, while vCPU 1 is in its guest, or
 * asleep, for 2 ms. At @spi_ns it is sent an SPI by a thread; 0: none, and its timer ends
 * the sleep.
 */
static char *far_apart(bool sleeps, unsigned int spi_ns)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fputs(HEAD_V3 "0.000000000 - - state irq=40 enabled=1 pending=0 line=0 active=0 "
		      "config=edge prio=0xa0 target=1\n"
		      "0.000000000 - - state irq=27 vcpu=1 enabled=1 pending=0 line=0 active=0 "
		      "config=level prio=0xa0 target=1\n"
		      "0.000000100 0 v0 entry\n0.000000100 1 v1 entry\n",
	      f);
	if (sleeps)
		fputs("0.000001000 1 v1 exit reason=trap ec=0x1\n0.000001100 1 v1 wfi\n", f);
	for (unsigned int ns = 0; ns < LONG_NS + 2 * PERIOD_NS; ns += PERIOD_NS) {
		if (spi_ns && spi_ns / PERIOD_NS == ns / PERIOD_NS)
			fprintf(f, "0.%09u 2 t9 inject irq=40 level=1\n", spi_ns);
		if (ns == LONG_NS) {
			if (sleeps && !spi_ns)
				fprintf(f, "0.%09u 1 v1 inject irq=27 vcpu=1 level=1\n", ns + 500);
			if (sleeps)
				fprintf(f, "0.%09u 1 v1 entry\n", ns + 1000);
			fprintf(f,
				"0.%09u 1 v1 exit reason=trap ec=0x16\n0.%09u 1 v1 hvc\n"
				"0.%09u 1 v1 entry\n",
				ns + 2000, ns + 2300, ns + 2500);
		}
		fprintf(f,
			"0.%09u 0 v0 exit reason=trap ec=0x16\n0.%09u 0 v0 hvc\n"
			"0.%09u 0 v0 entry\n",
			ns + 9700, ns + 10000, ns + 10500);
	}
	fprintf(f, "0.%09u 1 v1 exit reason=trap ec=0x16\n", LONG_NS + 3 * PERIOD_NS);
	fclose(f);
	return text;
}

/*
 * A vCPU whose records lie further apart than the window is not held up, nor does it
 * hold anybody up: it takes its interrupts when they come, and the rest is as ever.
 */
static void test_far_apart(void **state)
{
	static const struct {
		bool sleeps;
		unsigned int spi_ns, acks;
	} cases[] = {
		{ true, 0, 1 },	 { true, LONG_NS + 500, 1 },  { false, LONG_NS / 2, 1 },
		{ false, 0, 0 }, { false, LONG_NS + 500, 1 },
	};
	const unsigned int nr = sizeof(cases) / sizeof(cases[0]);

	for (unsigned int i = 0; i < nr * NR_DESIGNS; i++) {
		char *text = far_apart(cases[i % nr].sleeps, cases[i % nr].spi_ns);
		struct replay_options o;
		struct outcome out;

		options(&o, designs[i / nr], 3);
		o.check = true;
		o.window = 128;
		out = replay_with(text, &o);
		assert_int_equal(got(&out, MC_WINDOW_STALLS), 0);
		assert_int_equal(oracle_report(out.res.oracle)->violations, 0);
		assert_int_equal(got(&out, MC_WFI_FORCED_WAKES), 0);
		assert_int_equal(got(&out, MC_ACKS), cases[i % nr].acks);
		assert_true(same_without_stalls(text, &o, &out, i));
		replay_result_fini(&out.res);
		free(text);
	}
}

static int load_hosts(void **state)
{
	struct err err;

	return host_load(&host_v2, SOURCE_DIR "/sim/machine/hosts/xgene1-m400.ini", &err) ||
	       host_load(&host_v3, SOURCE_DIR "/sim/machine/hosts/kunpeng920-2s-128c.ini", &err);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_spi),	       cmocka_unit_test(test_wfi_sgi),
		cmocka_unit_test(test_wfi_in_handler), cmocka_unit_test(test_inferred_target),
		cmocka_unit_test(test_explicit),       cmocka_unit_test(test_far_apart),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, load_hosts, NULL);
}
