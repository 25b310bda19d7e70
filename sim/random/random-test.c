// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fixed number of random traces through every design, in several orders of what
 * happens at the same time, with both engines; and what the judging and shrinking
 * make of designs that are broken on purpose.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "random.h"

#define TRACES 150

static struct random_judge judge;

static struct random_case make(uint64_t seed)
{
	struct random_case c;
	struct err err;

	if (random_case_make(&c, seed, &err))
		fail_msg("%s", err.msg);
	return c;
}

static struct random_verdict judged(const struct random_case *c, const struct vgic_design *d,
				    uint64_t explore)
{
	struct random_verdict v;
	struct err err;

	if (random_judge_one(&judge, c, d, explore, &v, &err))
		fail_msg("%s", err.msg);
	return v;
}

static void test_all_designs(void **state)
{
	uint64_t deliveries = judge.deliveries;

	for (uint64_t seed = 1; seed <= TRACES; seed++) {
		struct random_case c = make(seed);

		for (unsigned int d = 0; vgic_designs[d]; d++) {
			for (uint64_t order = 0; order < 3; order++) {
				struct random_verdict v;

				judge.no_reference = seed % 3 != order;
				v = judged(&c, vgic_designs[d], order * (seed + 1));
				if (v.trouble)
					fail_msg("seed %llu, order %llu: %s: %s: %s\n%s",
						 (unsigned long long)seed,
						 (unsigned long long)v.explore,
						 vgic_designs[d]->name,
						 random_trouble_names[v.trouble], v.text,
						 v.log ? v.log : "");
				random_verdict_fini(&v);
			}
		}
		random_case_fini(&c);
	}
	judge.no_reference = false;
	/* The traces are not such that nothing happens. */
	assert_true(judge.deliveries - deliveries > 10000);
	assert_true(judge.nr_declared > 15);
}

/* ---- broken designs --------------------------------------------------------- */

static const struct vgic_design *real;
static struct vgic_design broken;
static unsigned int injecting; /* 40 is being injected */

static void break_design(const char *name)
{
	real = vgic_design_find(name);
	broken = *real;
	broken.name = "broken";
}

/* Whoever injects 41 while 40 is being injected is not heard: as without a lock. */
static int inject_unlocked(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq,
			   bool level, bool mapped)
{
	int rc;

	if (irq == 41 && injecting)
		return 0;
	injecting += irq == 40;
	rc = real->inject(vgic, cpu, vcpu, irq, level, mapped);
	injecting -= irq == 40;
	return rc;
}

static void add(struct random_case *c, uint64_t ns, enum rec_kind kind, enum rec_ctx ctx,
		uint32_t id, uint32_t irq)
{
	struct trace_rec *rec;

	c->rec = reallocarray(c->rec, c->nr + 1, sizeof(*c->rec));
	assert_non_null(c->rec);
	rec = &c->rec[c->nr++];
	memset(rec, 0, sizeof(*rec));
	rec->time_ns = ns;
	rec->kind = kind;
	rec->ctx = ctx;
	rec->ctx_id = id;
	rec->cpu = ctx == CTX_NONE ? -1 : 8;
	if (kind == REC_INJECT) {
		rec->d.inject.irq = irq;
		rec->d.inject.level = 1;
	} else if (kind == REC_STATE) {
		rec->d.state.irq = irq;
		rec->d.state.enabled = rec->d.state.edge = 1;
		rec->d.state.prio = 0xa0;
	} else if (kind == REC_EXIT) {
		rec->d.exit.reason = EXIT_TRAP;
	}
}

/* Two threads inject at exactly the same time, the one with 41 first by number. */
static struct random_case tie(void)
{
	struct random_case c = make(1);

	free(c.rec);
	c.rec = NULL;
	c.nr = 0;
	c.meta.gic = 3;
	c.meta.nr_vcpus = 1;
	c.meta.nr_spis = 32;
	c.meta.nr_frames = 2;
	c.meta.frame[0] = (struct trace_frame){ FRAME_GICD, 0x08000000, 0x10000 };
	c.meta.frame[1] = (struct trace_frame){ FRAME_GICR, 0x080a0000, 0x20000 };
	c.setup = (struct random_setup){
		.nr_lrs = 4, .service_ns = { 1000, 1000, 1000 }, .speed_num = 1, .speed_den = 1
	};
	add(&c, 0, REC_STATE, CTX_NONE, 0, 40);
	add(&c, 0, REC_STATE, CTX_NONE, 0, 41);
	add(&c, 1000, REC_ENTRY, CTX_VCPU, 0, 0);
	add(&c, 5000, REC_INJECT, CTX_THREAD, 6, 41);
	add(&c, 5000, REC_INJECT, CTX_THREAD, 7, 40);
	add(&c, 60000, REC_EXIT, CTX_VCPU, 0, 0);
	add(&c, 61000, REC_ENTRY, CTX_VCPU, 0, 0);
	add(&c, 90000, REC_EXIT, CTX_VCPU, 0, 0);
	return c;
}

/* The usual order of ties shows nothing; of a few others, at least one does. */
static void test_explore(void **state)
{
	static const char *const names[] = { "kvm-legacy", "kvm-aplist", "kvm-aplist-6.1" };

	for (unsigned int d = 0; d < 3; d++) {
		struct random_case c = tie();
		struct random_verdict v;
		unsigned int shown = 0, hidden = 0;

		break_design(names[d]);
		broken.inject = inject_unlocked;
		injecting = 0;
		v = judged(&c, &broken, 0);
		if (v.trouble)
			fail_msg("the usual order: %s", v.text);
		random_verdict_fini(&v);
		for (uint64_t order = 1; order <= 8; order++) {
			injecting = 0;
			v = judged(&c, &broken, order);
			hidden += !v.trouble;
			shown += v.trouble == RANDOM_VIOLATION && v.irq == 41;
			random_verdict_fini(&v);
			/* It is the design that is wrong, not the order. */
			v = judged(&c, real, order);
			assert_int_equal(v.trouble, RANDOM_FINE);
			random_verdict_fini(&v);
		}
		assert_true(shown > 0 && hidden > 0);
		random_case_fini(&c);
	}
}

static int inject_no_90s(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq,
			 bool level, bool mapped)
{
	return irq >= 32 && level ? 0 : real->inject(vgic, cpu, vcpu, irq, level, mapped);
}

/* A large trace becomes a handful of records with the same finding, the same each time. */
static void test_shrink(void **state)
{
	unsigned int shrunk = 0;

	break_design("kvm-aplist");
	broken.inject = inject_no_90s;
	for (uint64_t seed = 1; seed <= 40 && shrunk < 3; seed++) {
		struct random_case c = make(seed), again = make(seed);
		struct random_verdict v = judged(&c, &broken, 0), w = judged(&again, &broken, 0);
		enum vgic_finding found = v.found;
		struct err err;
		char *a, *b;

		if (v.trouble == RANDOM_VIOLATION && c.nr > 60) {
			assert_int_equal(random_shrink(&judge, &c, &broken, &v, 20000, &err), 0);
			assert_int_equal(random_shrink(&judge, &again, &broken, &w, 20000, &err),
					 0);
			assert_int_equal(v.trouble, RANDOM_VIOLATION);
			assert_int_equal(v.found, found);
			assert_true(c.nr <= 12);
			a = random_case_text(&c, "broken", v.explore, "x");
			b = random_case_text(&again, "broken", w.explore, "x");
			assert_string_equal(a, b);
			free(a);
			free(b);
			shrunk++;
		}
		random_verdict_fini(&v);
		random_verdict_fini(&w);
		random_case_fini(&c);
		random_case_fini(&again);
	}
	assert_int_equal(shrunk, 3);
}

/* A lock that is left taken ends the run: a verdict, and no more than that. */
static void flush_in_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	real->flush(vgic, cpu, vcpu);
	plat_irq_off(cpu);
	plat_halt(cpu, vcpu, false);
	plat_resume(cpu, vcpu);
	plat_resume(cpu, vcpu);
}

static void test_invariant(void **state)
{
	struct random_case c = tie();
	struct random_verdict v;

	break_design("kvm-legacy");
	broken.flush = flush_in_flush;
	v = judged(&c, &broken, 0);
	assert_int_equal(v.trouble, RANDOM_INVARIANT);
	assert_non_null(strstr(v.text, "which is not halted"));
	random_verdict_fini(&v);
	random_case_fini(&c);
}

static int setup(void **state)
{
	struct err err;

	return random_judge_init(&judge, &err);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_designs),
		cmocka_unit_test(test_explore),
		cmocka_unit_test(test_shrink),
		cmocka_unit_test(test_invariant),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
