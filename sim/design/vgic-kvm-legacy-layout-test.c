// SPDX-License-Identifier: GPL-2.0-or-later
/* kvm-legacy's memory: offsets, sizes and who shares a cache line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "design-test.h"
#include "vgic-kvm-legacy.h"

static bool same_line(const void *a, const void *b)
{
	return (uintptr_t)a / 64 == (uintptr_t)b / 64;
}

static void layout_offsets(void **state)
{
	assert_int_equal(offsetof(struct legacy_vgic, lock), 0);
	assert_int_equal(sizeof(struct plat_lock), 4);
	/* The lock's line holds what nearly every path reads. */
	assert_true(offsetof(struct legacy_vgic, nr_irqs) < 64);
	assert_true(offsetof(struct legacy_vgic, nr_cpus) < 64);
	assert_int_equal(offsetof(struct legacy_vgic, vctrl_base), 24);
	assert_true(offsetof(struct legacy_vgic, enabled) < 56);
	assert_int_equal(offsetof(struct legacy_vgic, irq_enabled), 56);
	assert_int_equal(offsetof(struct legacy_vgic, sgi_sources), 56 + 7 * 16 + 16);
	assert_int_equal(offsetof(struct legacy_vgic, active_on_cpu) + 8, 232);
	assert_int_equal(sizeof(struct lgc_v2_cpu_if), 296);
	assert_int_equal(sizeof(struct lgc_v3_cpu_if), 184);
}

static void script_lines(struct rig *r)
{
	struct legacy_vgic *d = r->vgic;
	const struct lgc_bitmap *maps[] = { &d->irq_enabled,   &d->irq_level,  &d->irq_pending,
					    &d->irq_soft_pend, &d->irq_queued, &d->irq_active,
					    &d->irq_cfg };

	rig_expect_eq(r, (uintptr_t)d % 64, 0);
	for (unsigned int i = 0; i < 7; i++) {
		/* Eight vCPUs' private words share a line; the shared words follow. */
		rig_expect(r, same_line(&maps[i]->private[0], &maps[i] -> private[7]));
		rig_expect(r, !same_line(&maps[i]->private[7], &maps[i] -> private[8]));
		rig_expect_eq(r, (uintptr_t)maps[i]->shared,
			      (uintptr_t)(maps[i]->private + r->config.nr_vcpus));
		for (unsigned int k = 0; k < i; k++)
			rig_expect(r, !same_line(maps[i]->private, maps[k]->private));
	}
	/* One word of the oracle for 64 vCPUs, away from the lock. */
	rig_expect(r, !same_line(d->pending_on_cpu, d));
	rig_expect(r, !same_line(d->pending_on_cpu, d->active_on_cpu));
	rig_expect_eq(r, d->oracle_words, 1);
	for (unsigned int v = 0; v < r->config.nr_vcpus; v++) {
		const struct lgc_vcpu *c = d->vcpus[v];

		rig_expect(r, !same_line(c->pending_shared, c->active_shared));
		rig_expect(r, !same_line(c->pending_shared, c));
		rig_expect(r, !same_line(&c->mpidr, &c->pending_percpu));
	}
}

/* Grows as V * V: bitmaps of (V + W) words, one a vCPU for the targets alone. */
static void script_bytes(struct rig *r)
{
	uint64_t v = r->config.nr_vcpus, s = r->config.nr_irqs - 32, w = (s + 63) / 64;
	uint64_t want = 7 * (v + w) * 8 + (32 * v + s) + 16 * v + s + (v * (v + w) * 8 + 16 * v);

	if (r->config.gic == 3)
		want += 4 * s;
	rig_expect_eq(r, rig_arena_bytes(r, PLAT_MEM_IRQ), want);
}

static void layout_lines(void **state)
{
	struct rig_config c = { .design = "kvm-legacy", .gic = 3, .nr_vcpus = 16, .nr_irqs = 288 };

	rig_run(&c, script_lines);
	rig_run(&c, script_bytes);
	c.nr_vcpus = 96;
	c.nr_irqs = 1024 - 32;
	rig_run(&c, script_bytes);
	c.gic = 2;
	c.nr_vcpus = 8;
	rig_run(&c, script_bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_offsets),
		cmocka_unit_test(layout_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
