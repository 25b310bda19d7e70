// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Designs with everybody at once, at random (rig_stress()): nothing is lost or doubled,
 * no INTID is in two list registers, lock order holds; and a second run and one in
 * reference mode have the same history. A line of the table is one test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "design-test.h"

enum { V2 = 1 << 2, V3 = 1 << 3 };

struct load {
	const char *name;
	const char *design;
	unsigned int gics;
	/* 0 vCPUs: these three grow with the seed. */
	unsigned int nr_vcpus, nr_irqs, nr_lrs;
	unsigned int nr_threads;
	unsigned int seed, nr_seeds; /* from that one on */
	bool all_locks;		     /* else tickets */
	bool vhe_with_others;	     /* VHE under all but tickets */
	bool explored;		     /* ties broken in another order with each seed */
	struct rig_stress stress;
};

#define CHANGES .enable_writes = true
#define ACTIVE	.enable_writes = true, .active_writes = true
#define LEGACY	.design = "kvm-legacy", .nr_threads = 3, .seed = 1, .nr_seeds = 3, .all_locks = true
#define APLIST                                                                                     \
	.gics = V3, .nr_vcpus = 4, .nr_threads = 3, .nr_irqs = 64, .nr_seeds = 1, .all_locks = true
#define APLIST_V2 .gics = V2, .nr_vcpus = 4, .nr_threads = 2, .nr_irqs = 64
#define EXPLORED                                                                                   \
	.gics = V3, .nr_vcpus = 6, .nr_threads = 2, .nr_irqs = 64, .nr_lrs = 2, .seed = 1,         \
	.nr_seeds = 4, .explored = true

static struct load loads[] = {
	{ "legacy", LEGACY, .gics = V2 | V3, .stress = { .rounds = 60 } },
	{ "legacy, changes", LEGACY, .gics = V2 | V3, .stress = { .rounds = 60, CHANGES } },
	/* Active states get lost in the original too: an end may find none. */
	{ "legacy, active", LEGACY, .gics = V2 | V3,
	  .stress = { .rounds = 40, ACTIVE, .ends_may_miss = true } },
	{ "legacy, many vCPUs", .design = "kvm-legacy", .gics = V3, .nr_vcpus = 80, .nr_threads = 4,
	  .seed = 7, .nr_seeds = 1, .stress = { .rounds = 10 } },
	{ "legacy, explored", .design = "kvm-legacy", .gics = V3, .nr_vcpus = 4, .nr_threads = 2,
	  .seed = 1, .nr_seeds = 10, .explored = true, .stress = { .rounds = 40 } },

	{ "4.8", .design = "kvm-aplist", APLIST, .seed = 7, .stress = { .rounds = 300 } },
	{ "4.8, changes", .design = "kvm-aplist", APLIST, .seed = 8,
	  .stress = { .rounds = 300, CHANGES } },
	{ "4.8, active", .design = "kvm-aplist", APLIST, .seed = 9,
	  .stress = { .rounds = 200, ACTIVE } },
	/* SGIs of several senders lose their active state as in the original. */
	{ "4.8, GICv2", .design = "kvm-aplist", APLIST_V2, .seed = 1, .nr_seeds = 3,
	  .stress = { .rounds = 200, .active_writes = true } },
	{ "4.8, explored", .design = "kvm-aplist", EXPLORED, .stress = { .rounds = 150, CHANGES } },

	{ "6.1", .design = "kvm-aplist-6.1", APLIST, .seed = 7, .vhe_with_others = true,
	  .stress = { .rounds = 200 } },
	{ "6.1, changes", .design = "kvm-aplist-6.1", APLIST, .seed = 8, .vhe_with_others = true,
	  .stress = { .rounds = 200, CHANGES } },
	{ "6.1, active", .design = "kvm-aplist-6.1", APLIST, .seed = 9, .vhe_with_others = true,
	  .stress = { .rounds = 150, ACTIVE } },
	/* Here no end misses its list register: such SGIs keep their state. */
	{ "6.1, GICv2", .design = "kvm-aplist-6.1", APLIST_V2, .seed = 1, .nr_seeds = 3,
	  .stress = { .rounds = 200 } },
	{ "6.1, GICv2, active", .design = "kvm-aplist-6.1", APLIST_V2, .seed = 4, .nr_seeds = 1,
	  .stress = { .rounds = 200, .active_writes = true } },
	{ "6.1, explored", .design = "kvm-aplist-6.1", EXPLORED,
	  .stress = { .rounds = 150, CHANGES } },
};
#define NR_LOADS (sizeof(loads) / sizeof(loads[0]))

static void same(const struct rig_stress_result *a, const struct rig_stress_result *b)
{
	assert_int_equal(a->fingerprint, b->fingerprint);
	assert_int_equal(a->end.ps, b->end.ps);
	assert_int_equal(a->insns, b->insns);
	assert_int_equal(a->locks, b->locks);
}

static void one(struct rig_config c, const struct rig_stress *stress)
{
	struct rig_stress_result normal, again, reference;

	rig_stress(&c, stress, &normal);
	if (c.lock == LOCK_TICKET) {
		rig_stress(&c, stress, &again);
		same(&normal, &again);
	}
	c.reference = true;
	rig_stress(&c, stress, &reference);
	same(&normal, &reference);
	assert_true(normal.acks > 0 && normal.injected > 0);
}

static struct rig_config config_of(const struct load *l, unsigned int gic, unsigned int seed)
{
	struct rig_config c = {
		.design = l->design,
		.gic = gic,
		.nr_vcpus = l->nr_vcpus,
		.nr_threads = l->nr_threads,
		.nr_irqs = l->nr_irqs,
		.nr_lrs = l->nr_lrs,
		.seed = seed,
		.explore = l->explored ? seed : 0,
	};

	if (!c.nr_vcpus) {
		c.nr_vcpus = 2 + 2 * seed;
		c.nr_irqs = 32 + 64 * seed;
		c.nr_lrs = seed == 1 ? 2 : 4;
	}
	return c;
}

static void test_load(void **state)
{
	const struct load *l = *state;

	for (unsigned int gic = 2; gic <= 3; gic++) {
		for (unsigned int i = 0; i < l->nr_seeds && l->gics >> gic & 1; i++) {
			struct rig_config c = config_of(l, gic, l->seed + i);

			for (c.lock = 0; c.lock < (l->all_locks ? LOCK_NR_ALGOS : 1); c.lock++) {
				c.vhe = l->vhe_with_others && c.lock != LOCK_TICKET;
				one(c, &l->stress);
			}
		}
	}
}

int main(void)
{
	struct CMUnitTest tests[NR_LOADS];

	for (size_t i = 0; i < NR_LOADS; i++)
		tests[i] = (struct CMUnitTest){ .name = loads[i].name,
						.test_func = test_load,
						.initial_state = &loads[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
