// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-aplist: accesses to the virtual interface in one entry and one exit, as Linux
 * 4.6 to 4.11 made them: only list registers with something in them (u of them, e of
 * which the guest emptied), MISR and EISR only where they can say something.
 *
 *	GICv2 entry	VMCR, and with u > 0: HCR, APR, u
 *	      exit	VMCR, and with u > 0: APR, ELRSR, u - e, u zeroes, HCR
 *	GICv3 entry	VMCR, VTR, SRE, and with u > 0: HCR, 2 APRs, u
 *	      exit	VMCR, and with u > 0: ELRSR, VTR, 2 APRs, u - e, u zeroes, HCR
 *
 * plus MISR if a list register has EOI set or UIE is on, plus EISR if MISR says EOI.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aplist.h"
#include "design-test.h"

#define ACCESS_PS 20000 /* any access to the interface, in the rig's host */

static uint64_t accesses(struct rig *r)
{
	return cpu_accounts(machine_cpu(r->m, 0))[COMP_LR] / ACCESS_PS;
}

static uint64_t entry(struct rig *r)
{
	uint64_t before = accesses(r);

	rig_entry(r, 0);
	return accesses(r) - before;
}

static uint64_t leave(struct rig *r)
{
	uint64_t before = accesses(r);

	rig_exit(r, 0);
	return accesses(r) - before;
}

static void expect_entry(struct rig *r, unsigned int u)
{
	if (r->config.gic == 2)
		rig_expect_eq(r, entry(r), 1 + (u ? 2 + u : 0));
	else
		rig_expect_eq(r, entry(r), 3 + (u ? 3 + u : 0));
	rig_expect_eq(r, rig_lrs_used(r, 0), u);
}

static void expect_exit(struct rig *r, unsigned int u, unsigned int e, unsigned int maintenance)
{
	unsigned int fixed = r->config.gic == 2 ? 3 : 5;

	rig_expect_eq(r, leave(r), 1 + (u ? fixed + u - e + u + maintenance : 0));
}

static void begin(struct rig *r)
{
	struct vgic_irq_state s = { .enabled = true };

	for (s.irq = 40; s.irq < 48; s.irq++) {
		s.edge = s.irq != 47;
		r->design->set_state(r->vgic, &s);
	}
	r->design->set_enabled(r->vgic, true);
}

static void serve(struct rig *r, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct gic_lr lr = rig_ack(r, 0);

		rig_eoi(r, 0, lr.irq, 0);
	}
}

static void inject(struct rig *r, uint32_t first, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		rig_inject(r, 0, 0, first + i, true);
}

static void script_edges(struct rig *r)
{
	begin(r);
	expect_entry(r, 0);
	expect_exit(r, 0, 0, 0);
	inject(r, 40, 3);
	expect_entry(r, 3);
	expect_exit(r, 3, 0, 0);
	expect_entry(r, 3);
	serve(r, 2);
	expect_exit(r, 3, 2, 0);
	expect_entry(r, 1);
	serve(r, 1);
	expect_exit(r, 1, 1, 0);
	expect_entry(r, 0);
	expect_exit(r, 0, 0, 0);
}

/* A level's ended list register has its EOI event: not empty, so it is read. */
static void script_level(struct rig *r)
{
	begin(r);
	inject(r, 47, 1);
	expect_entry(r, 1);
	expect_exit(r, 1, 0, 1); /* MISR, which says nothing */
	expect_entry(r, 1);
	serve(r, 1);
	expect_exit(r, 1, 0, 2); /* MISR and EISR */
	rig_inject(r, 0, 0, 47, false);
	rig_entry(r, 0);
	rig_exit(r, 0);
}

/* The mapped timer has HW in place of EOI: no maintenance, and empty when ended. */
static void script_timer(struct rig *r)
{
	struct vgic_irq_state s = { .irq = RIG_TIMER, .enabled = true };

	begin(r);
	r->design->set_state(r->vgic, &s);
	rig_inject_self(r, 0, RIG_TIMER, true, true);
	expect_entry(r, 1);
	rig_inject_self(r, 0, RIG_TIMER, false, true);
	serve(r, 1);
	expect_exit(r, 1, 1, 0);
}

static void script_underflow(struct rig *r)
{
	begin(r);
	inject(r, 40, 6);
	expect_entry(r, 4);
	expect_exit(r, 4, 0, 1);
	expect_entry(r, 4);
	serve(r, 4);
	expect_exit(r, 4, 4, 1);
	expect_entry(r, 2);
	expect_exit(r, 2, 0, 0);
}

static void step_vmcr(struct plat_cpu *cpu, void *arg)
{
	plat_vif_write(cpu, PLAT_VIF_VMCR, 0xf0000001);
	plat_vif_write(cpu, PLAT_VIF_AP0R0, 0x80);
}

static void step_scratch(struct plat_cpu *cpu, void *arg)
{
	plat_vif_write(cpu, PLAT_VIF_VMCR, 0);
	plat_vif_write(cpu, PLAT_VIF_AP0R0, 0);
}

static void step_expect(struct plat_cpu *cpu, void *arg)
{
	struct rig *r = arg;

	rig_expect_eq(r, plat_vif_read(cpu, PLAT_VIF_VMCR), 0xf0000001);
	rig_expect_eq(r, plat_vif_read(cpu, PLAT_VIF_AP0R0), 0x80);
}

/* What the guest left in VMCR and the active priorities is there again. */
static void script_state(struct rig *r)
{
	begin(r);
	inject(r, 40, 1);
	rig_entry(r, 0);
	rig_on(r, 0, step_vmcr, NULL);
	rig_exit(r, 0);
	rig_expect_eq(r, rig_lrs_used(r, 0), 0);
	rig_on(r, 0, step_scratch, NULL);
	rig_entry(r, 0);
	rig_on(r, 0, step_expect, r);
	rig_exit(r, 0);
}

/*
 * The words that a real Linux 4.8.17 loaded, as its list registers were recorded:
 * timer and SGI 1 with priority 0xa0, pending and then active.
 */
static void script_words(struct rig *r)
{
	bool v2 = r->config.gic == 2;
	struct vgic_irq_state s = { .irq = RIG_TIMER, .enabled = true, .prio = 0xa0 };

	begin(r);
	r->design->set_state(r->vgic, &s);
	s.irq = 1;
	r->design->set_state(r->vgic, &s);
	rig_inject_self(r, 0, RIG_TIMER, true, true);
	if (v2)
		rig_write(r, 3, RIG_GICD + 0xf00, 4, 0x10001);
	else
		rig_sgi1r(r, 3, 0x01000001);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lr_raw(r, 0, 0), v2 ? 0x9a006c1b : UINT64_C(0x70a0001b0000001b));
	rig_expect_eq(r, rig_lr_raw(r, 0, 1), v2 ? 0x1a000c01 : UINT64_C(0x50a0000000000001));
	rig_ack(r, 0);
	rig_ack(r, 0);
	rig_inject_self(r, 0, RIG_TIMER, false, true);
	rig_exit(r, 0);
	rig_entry(r, 0);
	rig_expect_eq(r, rig_lr_raw(r, 0, 0), v2 ? 0xaa006c1b : UINT64_C(0xb0a0001b0000001b));
	rig_expect_eq(r, rig_lr_raw(r, 0, 1), v2 ? 0x2a000001 : UINT64_C(0x90a0000000000001));
	rig_exit(r, 0);
}

#define BOTH(name)                                                                                 \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		for (unsigned int gic = 2; gic <= 3; gic++)                                        \
			rig_run(&(struct rig_config){ .design = "kvm-aplist",                      \
						      .gic = gic,                                  \
						      .nr_vcpus = 4 },                             \
				script_##name);                                                    \
	}

BOTH(edges)
BOTH(level)
BOTH(timer)
BOTH(underflow)
BOTH(state)
BOTH(words)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges), cmocka_unit_test(test_level),
		cmocka_unit_test(test_timer), cmocka_unit_test(test_underflow),
		cmocka_unit_test(test_state), cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
