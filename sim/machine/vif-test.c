// SPDX-License-Identifier: GPL-2.0-or-later
/* The virtual interface against the architecture's words, GICv2 and GICv3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test-host.h"

static void in_actor(unsigned int gic, void (*fn)(struct plat_cpu *cpu, void *arg),
		     const char *breaks)
{
	struct host host = test_host(gic);
	struct machine_config c = { .host = &host, .gic = gic, .nr_vcpus = 1 };
	struct machine *m = test_machine(&c);

	machine_spawn(m, 0, fn, &gic);
	if (breaks)
		test_run_fails(m, breaks);
	else
		test_run(m);
	machine_destroy(m);
}

/* A list register word: state "", "p", "a" or "pa", flags 'e' EOI, 'h' HW. */
static uint64_t word(unsigned int gic, uint32_t irq, unsigned int prio, const char *is)
{
	uint64_t w = irq;

	w |= gic == 2 ? (uint64_t)(prio >> 3) << GICH_LR_PRIO_SHIFT
		      : (uint64_t)prio << ICH_LR_PRIO_SHIFT | ICH_LR_GROUP1;
	for (; *is; is++) {
		if (*is == 'p')
			w |= gic_lr_pending_bit(gic);
		if (*is == 'a')
			w |= gic_lr_active_bit(gic);
		if (*is == 'e')
			w |= gic == 2 ? GICH_LR_EOI : ICH_LR_EOI;
		if (*is == 'h')
			w |= gic == 2 ? GICH_LR_HW | (uint64_t)irq << GICH_LR_PHYS_SHIFT
				      : ICH_LR_HW | (uint64_t)irq << ICH_LR_PHYS_SHIFT;
	}
	return w;
}

static void load(struct plat_cpu *cpu, unsigned int gic, const char *const *is)
{
	for (unsigned int i = 0; i < 4; i++)
		plat_vif_write(cpu, PLAT_VIF_LR0 + i, word(gic, 40 + i, 0xa0, is[i]));
}

static const struct {
	const char *lr[4];
	unsigned int eisr, elrsr;
} status[] = {
	{ { "", "", "", "" }, 0x0, 0xf },
	{ { "p", "a", "pa", "" }, 0x0, 0x8 },
	{ { "e", "pe", "ae", "pae" }, 0x1, 0x0 },
	{ { "h", "ph", "ah", "eh" }, 0x0, 0x9 }, /* bit 19/41 is of the INTID with HW */
	{ { "e", "e", "", "h" }, 0x3, 0xc },
};

static void status_actor(struct plat_cpu *cpu, void *arg)
{
	unsigned int gic = *(unsigned int *)arg;

	for (size_t i = 0; i < sizeof(status) / sizeof(status[0]); i++) {
		load(cpu, gic, status[i].lr);
		assert_int_equal(plat_vif_read(cpu, PLAT_VIF_EISR), status[i].eisr);
		assert_int_equal(plat_vif_read(cpu, PLAT_VIF_ELRSR), status[i].elrsr);
		assert_int_equal(!!(vif_misr(cpu) & GICH_MISR_EOI), !!status[i].eisr);
	}
}

static const struct {
	const char *lr[4];
	uint32_t hcr, misr;
} maintenance[] = {
	/* U: none or exactly one valid. */
	{ { "", "", "", "" }, GICH_HCR_UIE, GICH_MISR_U },
	{ { "", "a", "", "" }, GICH_HCR_UIE, GICH_MISR_U },
	{ { "", "", "p", "" }, GICH_HCR_UIE, GICH_MISR_U },
	{ { "p", "a", "", "" }, GICH_HCR_UIE, 0 },
	{ { "pa", "a", "p", "p" }, GICH_HCR_UIE, 0 },
	{ { "", "", "", "" }, 0, 0 },
	/* NP: nothing pending, what is active does not count. */
	{ { "", "a", "", "" }, GICH_HCR_NPIE, GICH_MISR_NP },
	{ { "", "p", "", "" }, GICH_HCR_NPIE, 0 },
	{ { "", "", "", "" }, GICH_HCR_NPIE, GICH_MISR_NP },
	/* LRENP: EOIcount. */
	{ { "p", "", "", "" }, GICH_HCR_LRENPIE | 1u << 27, GICH_MISR_LRENP },
	{ { "p", "", "", "" }, GICH_HCR_LRENPIE, 0 },
	{ { "p", "", "", "" }, 1u << 27, 0 },
	/* EOI needs no enable; all at once. */
	{ { "e", "p", "p", "" }, 0, GICH_MISR_EOI },
	{ { "e", "", "", "" }, GICH_HCR_UIE | GICH_HCR_NPIE | GICH_HCR_LRENPIE | 3u << 27, 0xf },
};

static void maintenance_actor(struct plat_cpu *cpu, void *arg)
{
	unsigned int gic = *(unsigned int *)arg;

	for (size_t i = 0; i < sizeof(maintenance) / sizeof(maintenance[0]); i++) {
		load(cpu, gic, maintenance[i].lr);
		plat_vif_write(cpu, PLAT_VIF_HCR, maintenance[i].hcr);
		if (plat_vif_read(cpu, PLAT_VIF_MISR) != maintenance[i].misr)
			fail_msg("row %zu: want %x, have %x", i, maintenance[i].misr,
				 vif_misr(cpu));
	}
}

static void life_actor(struct plat_cpu *cpu, void *arg)
{
	unsigned int gic = *(unsigned int *)arg;
	unsigned int apr = gic == 2 ? PLAT_VIF_AP0R0 : PLAT_VIF_AP1R0;
	struct gic_lr lr;

	load(cpu, gic, (const char *const[]){ "", "pe", "p", "ph" });
	plat_vif_write(cpu, PLAT_VIF_LR0 + 2, word(gic, 42, 0x50, "p"));
	assert_int_equal(vif_highest_pending(cpu, &lr), -1); /* HCR.En is clear */
	plat_vif_write(cpu, PLAT_VIF_HCR, GICH_HCR_EN);
	assert_int_equal(vif_highest_pending(cpu, &lr), 2);
	assert_int_equal(lr.irq, 42);
	vif_ack(cpu, 2);
	assert_int_equal(vif_lr(cpu, 2), word(gic, 42, 0x50, "a"));
	assert_int_equal(plat_vif_read(cpu, apr), 1u << (0x50 >> 3));
	/* Equal priorities: the lower number. */
	assert_int_equal(vif_highest_pending(cpu, &lr), 1);
	vif_ack(cpu, 1);
	assert_int_equal(plat_vif_read(cpu, apr), 1u << (0x50 >> 3) | 1u << (0xa0 >> 3));
	assert_true(vif_eoi(cpu, 41, 0));
	assert_int_equal(plat_vif_read(cpu, apr), 1u << (0x50 >> 3));
	assert_int_equal(vif_lr(cpu, 1), word(gic, 41, 0xa0, "e"));
	assert_int_equal(plat_vif_read(cpu, PLAT_VIF_EISR), 2);
	assert_int_equal(vif_misr(cpu), GICH_MISR_EOI);
	assert_true(vif_eoi(cpu, 42, 0));
	assert_false(vif_eoi(cpu, 42, 0));
	assert_int_equal(vif_hcr(cpu) >> GICH_HCR_EOICOUNT_SHIFT, 1);
	/* A hardware interrupt's end deactivates the physical one. */
	plat_phys_active_set(cpu, 43, true);
	vif_ack(cpu, 3);
	assert_true(plat_phys_active_get(cpu, 43));
	assert_true(vif_eoi(cpu, 43, 0));
	assert_false(plat_phys_active_get(cpu, 43));
	/* Pending and active ends as pending, and is not taken before. */
	plat_vif_write(cpu, PLAT_VIF_LR0, word(gic, 40, 0xa0, "pa"));
	assert_int_equal(vif_highest_pending(cpu, &lr), -1);
	assert_true(vif_eoi(cpu, 40, 0));
	assert_int_equal(vif_highest_pending(cpu, &lr), 0);
}

static void sgi_actor(struct plat_cpu *cpu, void *arg)
{
	/* Two sources of one SGI in two list registers (GICv2). */
	plat_vif_write(cpu, PLAT_VIF_LR0, word(2, 3, 0, "a") | 1u << GICH_LR_SRC_SHIFT);
	plat_vif_write(cpu, PLAT_VIF_LR0 + 1, word(2, 3, 0, "a") | 2u << GICH_LR_SRC_SHIFT);
	assert_true(vif_eoi(cpu, 3, 2));
	assert_int_equal(plat_vif_read(cpu, PLAT_VIF_ELRSR), 0xe);
	assert_int_equal(vif_hcr(cpu) >> GICH_HCR_EOICOUNT_SHIFT, 0);
	/* No copy with that source: the one there is. */
	assert_true(vif_eoi(cpu, 3, 7));
	assert_int_equal(plat_vif_read(cpu, PLAT_VIF_ELRSR), 0xf);
	assert_false(vif_eoi(cpu, 3, 1));
	assert_int_equal(vif_hcr(cpu) >> GICH_HCR_EOICOUNT_SHIFT, 1);
}

static void cost_actor(struct plat_cpu *cpu, void *arg)
{
	unsigned int gic = *(unsigned int *)arg;

	plat_vif_read(cpu, PLAT_VIF_ELRSR);
	plat_vif_read(cpu, PLAT_VIF_LR0);
	assert_ns(cpu_now(cpu), gic == 2 ? 200 : 6);
	plat_vif_write(cpu, PLAT_VIF_LR0, 0);
	assert_ns(cpu_now(cpu), gic == 2 ? 211 : 8);
	plat_barrier(cpu);
	assert_int_equal(cpu_accounts(cpu)[COMP_LR], gic == 2 ? 215000 : 12000);
	plat_phys_active_get(cpu, 27);
	plat_phys_active_set(cpu, 27, true);
	assert_int_equal(cpu_accounts(cpu)[COMP_IPI], 66000);
	plat_srcu_lock(cpu);
	plat_srcu_unlock(cpu);
	assert_int_equal(cpu_accounts(cpu)[COMP_DISPATCH], 16000);
	/* 5 priority bits, 4 list registers. */
	assert_int_equal(plat_vif_read(cpu, PLAT_VIF_VTR), 0x90000003);
	plat_vif_write(cpu, PLAT_VIF_VMCR, 0x1234);
	plat_vif_write(cpu, PLAT_VIF_AP1R3, 0x55);
	assert_int_equal(plat_vif_read(cpu, PLAT_VIF_VMCR), 0x1234);
	assert_int_equal(plat_vif_read(cpu, PLAT_VIF_AP1R3), 0x55);
}

static void read_only_actor(struct plat_cpu *cpu, void *arg)
{
	plat_vif_write(cpu, PLAT_VIF_ELRSR, 0);
}

static void too_many_actor(struct plat_cpu *cpu, void *arg)
{
	plat_vif_read(cpu, PLAT_VIF_LR0 + 4);
}

static void not_pending_actor(struct plat_cpu *cpu, void *arg)
{
	vif_ack(cpu, 0);
}

static void status_registers(void **state)
{
	in_actor(2, status_actor, NULL);
	in_actor(3, status_actor, NULL);
}

static void maintenance_interrupts(void **state)
{
	in_actor(2, maintenance_actor, NULL);
	in_actor(3, maintenance_actor, NULL);
}

static void acknowledge_and_end(void **state)
{
	in_actor(2, life_actor, NULL);
	in_actor(3, life_actor, NULL);
	in_actor(2, sgi_actor, NULL);
}

static void costs(void **state)
{
	in_actor(2, cost_actor, NULL);
	in_actor(3, cost_actor, NULL);
}

static void misuse(void **state)
{
	in_actor(3, read_only_actor, "read-only interface register");
	in_actor(3, too_many_actor, "list register 4 of 4");
	in_actor(2, not_pending_actor, "list register 0, which is not pending");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_registers),
		cmocka_unit_test(maintenance_interrupts),
		cmocka_unit_test(acknowledge_and_end),
		cmocka_unit_test(costs),
		cmocka_unit_test(misuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
