// SPDX-License-Identifier: GPL-2.0-or-later
/* The oracle alone, against sequences worked out by hand from the architecture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "oracle.h"

#define GICD 0x08000000u
#define GICR 0x080a0000u
#define US   1000000u /* in ps */

static struct oracle *o;
static uint64_t now;
static uint64_t lrs[2][4];
static unsigned int gic;

static void begin(unsigned int version, const struct vgic_declared *declared)
{
	const struct oracle_config c = {
		.gic = version,
		.nr_vcpus = 2,
		.nr_irqs = 96,
		.nr_lrs = 4,
		.timer_ppi = 27,
		.gicd = GICD,
		.gicd_size = 0x10000,
		.gicr = GICR,
		.gicr_size = version == 3 ? 0x20000 : 0,
		.kick_ps = 2 * US,
		.wake_ps = 5 * US,
		.declared = declared,
	};

	gic = version;
	now = 0;
	memset(lrs, 0, sizeof(lrs));
	o = oracle_create(&c);
	assert_non_null(o);
	oracle_set_enabled(o, true);
	for (uint32_t v = 0; v < 2; v++) {
		for (uint32_t irq = 0; irq < 96; irq++) {
			struct oracle_state st = {
				.irq = irq,
				.vcpu = v,
				.target = gic_is_private(irq) ? v : 0,
				.enabled = true,
				.edge = irq < 16 || (irq >= 40 && irq < 50),
				.prio = 0xa0,
			};

			oracle_set_state(o, &st);
		}
	}
}

static uint64_t at(uint64_t us)
{
	now += us * US;
	return now;
}

static void inject(uint32_t irq, bool level)
{
	oracle_inject(o, ORACLE_BEGIN, at(1), 0, irq, level);
	oracle_inject(o, ORACLE_END, at(1), 0, irq, level);
}

static void mmio(unsigned int vcpu, uint64_t gpa, unsigned int len, uint64_t val)
{
	oracle_write(o, ORACLE_BEGIN, at(1), vcpu, gpa, len, val);
	oracle_write(o, ORACLE_END, at(1), vcpu, gpa, len, val);
}

static uint64_t word(uint32_t irq, bool pending, bool active, uint32_t src, uint8_t prio)
{
	if (gic == 2)
		return irq | src << GICH_LR_SRC_SHIFT | (pending ? GICH_LR_PENDING : 0) |
		       (active ? GICH_LR_ACTIVE : 0) | (uint32_t)(prio >> 3) << GICH_LR_PRIO_SHIFT;
	return irq | (pending ? ICH_LR_PENDING : 0) | (active ? ICH_LR_ACTIVE : 0) |
	       (uint64_t)prio << ICH_LR_PRIO_SHIFT;
}

static void load(unsigned int vcpu, unsigned int n, uint32_t irq)
{
	lrs[vcpu][n] = word(irq, true, false, 0, 0xa0);
}

static void enter(unsigned int vcpu)
{
	oracle_flush(o, at(1), vcpu);
	oracle_enter(o, at(1), vcpu, lrs[vcpu]);
}

static void leave(unsigned int vcpu)
{
	oracle_exit(o, at(1), vcpu);
	memset(lrs[vcpu], 0, sizeof(lrs[vcpu]));
}

static void take_src(unsigned int vcpu, uint32_t irq, uint32_t src, uint8_t prio)
{
	struct gic_lr lr = { .irq = irq, .src = (uint8_t)src, .prio = prio, .pending = true };

	oracle_ack(o, at(1), vcpu, &lr);
}

static void take(unsigned int vcpu, uint32_t irq)
{
	take_src(vcpu, irq, 0, 0xa0);
}

static void end(unsigned int vcpu, uint32_t irq)
{
	oracle_eoi(o, at(1), vcpu, irq, 0, true);
}

static void finish(void)
{
	oracle_finish(o, at(1));
}

static void expect_nothing(void)
{
	const struct oracle_report *r = oracle_report(o);

	if (r->violations)
		fail_msg("INTID %u: %s: %s\n%s", r->shown[0].irq,
			 oracle_finding_name(r->shown[0].found), r->shown[0].text,
			 r->shown[0].log ? r->shown[0].log : "");
	oracle_destroy(o);
}

static void expect(enum vgic_finding found, unsigned int vcpu, uint32_t irq)
{
	const struct oracle_report *r = oracle_report(o);

	assert_int_equal(r->violations, 1);
	if (r->shown[0].found != found)
		fail_msg("want \"%s\", have \"%s\"", oracle_finding_name(found),
			 oracle_finding_name(r->shown[0].found));
	assert_int_equal(r->shown[0].vcpu, vcpu);
	assert_int_equal(r->shown[0].irq, irq);
	oracle_destroy(o);
}

/* inactive, pending, active, inactive; and again. */
static void test_edge(void **state)
{
	begin(3, NULL);
	for (unsigned int i = 0; i < 2; i++) {
		inject(40, true);
		load(0, 0, 40);
		enter(0);
		take(0, 40);
		end(0, 40);
		leave(0);
	}
	finish();
	expect_nothing();
}

/* One edge, two deliveries. */
static void test_edge_twice(void **state)
{
	begin(3, NULL);
	inject(40, true);
	for (unsigned int i = 0; i < 2; i++) {
		load(0, 0, 40);
		enter(0);
		take(0, 40);
		end(0, 40);
		leave(0);
	}
	finish();
	expect(VGIC_FOUND_DUPLICATE, 0, 40);
}

/* An edge while the one before is active: active and pending, delivered after its end. */
static void test_edge_while_active(void **state)
{
	begin(3, NULL);
	inject(40, true);
	load(0, 0, 40);
	enter(0);
	take(0, 40);
	inject(40, true);
	leave(0);
	lrs[0][0] = word(40, true, true, 0, 0xa0);
	enter(0);
	end(0, 40);
	take(0, 40);
	end(0, 40);
	leave(0);
	finish();
	expect_nothing();
}

/* Two edges before the first is taken are one or two deliveries; three are too many. */
static void test_coalescing(void **state)
{
	for (unsigned int nr = 1; nr <= 3; nr++) {
		begin(3, NULL);
		inject(40, true);
		load(0, 0, 40);
		enter(0);
		inject(40, true);
		take(0, 40);
		end(0, 40);
		leave(0);
		for (unsigned int i = 1; i < nr; i++) {
			load(0, 0, 40);
			enter(0);
			take(0, 40);
			end(0, 40);
			leave(0);
		}
		finish();
		if (nr <= 2)
			expect_nothing();
		else
			expect(VGIC_FOUND_DUPLICATE, 0, 40);
	}
}

/* What is not used of an edge that was merged is gone with the next guest entry. */
static void test_no_credit_kept(void **state)
{
	begin(3, NULL);
	inject(40, true);
	load(0, 0, 40);
	enter(0);
	inject(40, true);
	take(0, 40);
	end(0, 40);
	leave(0);
	enter(0);
	leave(0);
	load(0, 0, 40);
	enter(0);
	take(0, 40);
	expect(VGIC_FOUND_DUPLICATE, 0, 40);
}

static void test_lost(void **state)
{
	begin(3, NULL);
	inject(40, true);
	enter(0);
	leave(0);
	finish();
	expect(VGIC_FOUND_LOST, 0, 40);
}

/* Pending only since the flush began: the next entry will do. */
static void test_not_lost_in_time(void **state)
{
	begin(3, NULL);
	oracle_flush(o, at(1), 0);
	inject(40, true);
	oracle_enter(o, at(1), 0, lrs[0]);
	oracle_exit(o, now, 0);
	load(0, 0, 40);
	enter(0);
	take(0, 40);
	finish();
	expect_nothing();
}

static void test_late(void **state)
{
	begin(3, NULL);
	inject(40, true);
	enter(0);
	leave(0);
	load(0, 0, 40);
	enter(0);
	take(0, 40);
	finish();
	expect(VGIC_FOUND_LATE_ENTRY, 0, 40);
}

/* Four list registers in use: a fifth may wait, unless it is more important. */
static void overflow(uint8_t prio)
{
	begin(3, NULL);
	mmio(0, GICD + 0x400 + 44, 1, prio);
	for (uint32_t i = 0; i < 5; i++)
		inject(40 + i, true);
	for (uint32_t i = 0; i < 4; i++)
		load(0, i, 40 + i);
	enter(0);
	take(0, 40);
}

static void test_overflow(void **state)
{
	overflow(0xa0);
	finish();
	expect_nothing();
	overflow(0x80);
	finish();
	expect(VGIC_FOUND_PRIORITY, 0, 40);
}

/* In a list register, but below what it should be above. */
static void test_wrong_priority(void **state)
{
	begin(3, NULL);
	mmio(0, GICD + 0x400 + 41, 1, 0x10);
	inject(40, true);
	inject(41, true);
	load(0, 0, 40);
	load(0, 1, 41);
	enter(0);
	take(0, 40);
	finish();
	expect(VGIC_FOUND_PRIORITY, 0, 40);
}

static void test_level(void **state)
{
	begin(3, NULL);
	inject(60, true);
	for (unsigned int i = 0; i < 2; i++) { /* still high: pending again */
		load(0, 0, 60);
		enter(0);
		take(0, 60);
		end(0, 60);
		leave(0);
	}
	inject(60, false);
	enter(0);
	leave(0);
	finish();
	expect_nothing();
}

static void test_level_not_resampled(void **state)
{
	begin(3, NULL);
	inject(60, true);
	load(0, 0, 60);
	enter(0);
	take(0, 60);
	end(0, 60);
	leave(0);
	enter(0);
	leave(0);
	finish();
	expect(VGIC_FOUND_NOT_RESAMPLED, 0, 60);
}

/* Low before the flush: no delivery. Low after it: either. */
static void test_level_retracted(void **state)
{
	begin(3, NULL);
	inject(60, true);
	load(0, 0, 60);
	enter(0);
	inject(60, false);
	take(0, 60);
	end(0, 60);
	leave(0);
	finish();
	expect_nothing();

	begin(3, NULL);
	inject(60, true);
	inject(60, false);
	load(0, 0, 60);
	enter(0);
	take(0, 60);
	finish();
	expect(VGIC_FOUND_STALE_LEVEL, 0, 60);
}

static void test_disabled(void **state)
{
	begin(3, NULL);
	inject(40, true);
	load(0, 0, 40);
	enter(0);
	mmio(1, GICD + 0x184, 4, 1u << 8); /* in the list register of a running guest */
	take(0, 40);
	end(0, 40);
	leave(0);
	finish();
	expect_nothing();

	begin(3, NULL);
	inject(40, true);
	mmio(1, GICD + 0x184, 4, 1u << 8);
	load(0, 0, 40);
	enter(0);
	take(0, 40);
	finish();
	expect(VGIC_FOUND_DISABLED, 0, 40);
}

/* Enabled while pending: from then on it has to come. */
static void test_enable_pending(void **state)
{
	begin(3, NULL);
	mmio(0, GICD + 0x184, 4, 1u << 8);
	inject(40, true);
	enter(0);
	leave(0);
	mmio(0, GICD + 0x104, 4, 1u << 8);
	enter(0);
	leave(0);
	finish();
	expect(VGIC_FOUND_LOST, 0, 40);
}

static void test_distributor_off(void **state)
{
	begin(3, NULL);
	mmio(0, GICD, 4, 0);
	inject(40, true);
	load(0, 0, 40);
	enter(0);
	take(0, 40);
	finish();
	expect(VGIC_FOUND_DIST_OFF, 0, 40);
}

static void test_route(void **state)
{
	begin(3, NULL);
	mmio(0, GICD + 0x6000 + 8 * 40, 8, 1);
	inject(40, true);
	load(0, 0, 40);
	enter(0);
	take(0, 40);
	expect(VGIC_FOUND_WRONG_VCPU, 0, 40);

	begin(2, NULL);
	mmio(0, GICD + 0x800 + 40, 1, 2);
	inject(40, true);
	load(1, 0, 40);
	enter(1);
	take(1, 40);
	expect_nothing();
}

/* 1-of-N: any of the targets will do. */
static void test_any_target(void **state)
{
	for (unsigned int v = 0; v < 2; v++) {
		begin(2, NULL);
		mmio(0, GICD + 0x800 + 40, 1, 3);
		inject(40, true);
		load(v, 0, 40);
		enter(v);
		take(v, 40);
		end(v, 40);
		leave(v);
		finish();
		expect_nothing();
	}
}

static void test_pending_registers(void **state)
{
	begin(3, NULL);
	mmio(0, GICD + 0x204, 4, 1u << 8);
	mmio(0, GICD + 0x284, 4, 1u << 8);
	load(0, 0, 40);
	enter(0);
	take(0, 40);
	expect(VGIC_FOUND_DUPLICATE, 0, 40);

	begin(3, NULL);
	mmio(0, GICD + 0x204, 4, 1u << 28); /* 60: level, by software */
	load(0, 0, 60);
	enter(0);
	take(0, 60);
	end(0, 60);
	leave(0);
	enter(0);
	leave(0);
	finish();
	expect_nothing();
}

/* A byte to ISENABLER is no access that has to do something, or nothing. */
static void test_odd_width(void **state)
{
	for (unsigned int i = 0; i < 2; i++) {
		begin(3, NULL);
		mmio(0, GICD + 0x184, 4, 1u << 8);
		mmio(0, GICD + 0x105, 1, 1u << 0);
		inject(40, true);
		if (i)
			load(0, 0, 40);
		enter(0);
		if (i)
			take(0, 40);
		leave(0);
		finish();
		expect_nothing();
	}
}

static void sgir(unsigned int from, unsigned int to, uint32_t sgi)
{
	mmio(from, GICD + 0xf00, 4, 1u << (16 + to) | sgi);
}

/* GICv2: once a sender. */
static void test_sgi_sources(void **state)
{
	begin(2, NULL);
	sgir(0, 0, 5);
	sgir(1, 0, 5);
	lrs[0][0] = word(5, true, false, 0, 0xa0);
	enter(0);
	take_src(0, 5, 0, 0xa0);
	end(0, 5);
	leave(0);
	enter(0);
	leave(0);
	finish();
	expect(VGIC_FOUND_SOURCE_LOST, 0, 5);

	begin(2, NULL);
	sgir(1, 0, 5);
	lrs[0][0] = word(5, true, false, 0, 0xa0);
	enter(0);
	take_src(0, 5, 0, 0xa0);
	expect(VGIC_FOUND_WRONG_SOURCE, 0, 5);

	begin(2, NULL);
	sgir(0, 0, 5);
	sgir(1, 0, 5);
	lrs[0][0] = word(5, true, false, 0, 0xa0);
	lrs[0][1] = word(5, true, false, 1, 0xa0);
	enter(0);
	expect(VGIC_FOUND_TWO_COPIES, 0, 5);
}

/* GICv3: one bit, whoever sent it. */
static void test_sgi_v3(void **state)
{
	begin(3, NULL);
	for (unsigned int from = 0; from < 2; from++) {
		oracle_sgi(o, ORACLE_BEGIN, at(1), from, SYSREG_ICC_SGI1R_EL1, 5u << 24 | 2);
		oracle_sgi(o, ORACLE_END, at(1), from, SYSREG_ICC_SGI1R_EL1, 5u << 24 | 2);
	}
	load(1, 0, 5);
	enter(1);
	take(1, 5);
	end(1, 5);
	leave(1);
	finish();
	expect_nothing();
}

static void test_kick(void **state)
{
	begin(3, NULL);
	enter(0);
	inject(40, true);
	oracle_exit(o, at(1), 0);
	expect_nothing();

	begin(3, NULL);
	enter(0);
	inject(40, true);
	oracle_exit(o, at(10), 0);
	expect(VGIC_FOUND_LATE_KICK, 0, 40);

	begin(3, NULL);
	oracle_sleep(o, now, 0);
	inject(40, true);
	oracle_wake(o, at(10), 0);
	expect(VGIC_FOUND_LATE_KICK, 0, 40);

	begin(3, NULL);
	inject(40, true);
	oracle_sleep(o, at(1), 0);
	oracle_wake(o, at(1), 0);
	expect(VGIC_FOUND_SLEPT, 0, 40);
}

static void test_active_lost(void **state)
{
	begin(3, NULL);
	inject(40, true);
	load(0, 0, 40);
	enter(0);
	take(0, 40);
	leave(0);
	enter(0);
	expect(VGIC_FOUND_ACTIVE_LOST, 0, 40);
}

/* During a change both sides of it are right. */
static void test_during(void **state)
{
	for (unsigned int i = 0; i < 2; i++) {
		begin(3, NULL);
		inject(40, true);
		oracle_write(o, ORACLE_BEGIN, at(1), 1, GICD + 0x184, 4, 1u << 8);
		if (i)
			load(0, 0, 40);
		enter(0);
		oracle_write(o, ORACLE_END, at(1), 1, GICD + 0x184, 4, 1u << 8);
		if (i)
			take(0, 40);
		leave(0);
		finish();
		expect_nothing();
	}
}

static void test_declared(void **state)
{
	static const struct vgic_declared declared[] = {
		{ VGIC_FOUND_DISABLED, VGIC_WHEN_IN_LR, "stays" },
		{ 0, 0, NULL },
	};
	const struct oracle_report *r;

	begin(3, declared);
	inject(40, true);
	load(0, 0, 40);
	enter(0);
	mmio(1, GICD + 0x184, 4, 1u << 8);
	leave(0);
	load(0, 0, 40);
	enter(0);
	take(0, 40);
	r = oracle_report(o);
	assert_int_equal(r->nr_declared, 1);
	assert_int_equal(r->declared[0].count, 1);
	assert_string_equal(r->declared[0].d->what, "stays");
	expect_nothing();

	/* Not under other circumstances. */
	begin(3, declared);
	mmio(1, GICD + 0x184, 4, 1u << 8);
	inject(40, true);
	load(0, 0, 40);
	enter(0);
	take(0, 40);
	assert_non_null(strstr(oracle_report(o)->shown[0].log, "raised"));
	expect(VGIC_FOUND_DISABLED, 0, 40);
}

/* The one finding so far has these circumstances of those in @mask. */
static void expect_when(enum vgic_finding found, unsigned int mask, unsigned int when)
{
	const struct oracle_report *r = oracle_report(o);

	assert_int_equal(r->violations, 1);
	assert_int_equal(r->shown[0].found, found);
	assert_int_equal(r->shown[0].when & mask, when);
	oracle_destroy(o);
}

#define OFF (VGIC_WHEN_SENT_OFF | VGIC_WHEN_HELD_OFF | VGIC_WHEN_RESAMPLED)

/* How one came to be delivered though the distributor was off. */
static void test_off_circumstances(void **state)
{
	begin(3, NULL);
	inject(40, true);
	mmio(0, GICD, 4, 0);
	load(0, 0, 40);
	enter(0);
	take(0, 40);
	expect_when(VGIC_FOUND_DIST_OFF, OFF, 0);

	begin(3, NULL);
	mmio(0, GICD, 4, 0);
	inject(40, true);
	load(0, 0, 40);
	enter(0);
	take(0, 40);
	expect_when(VGIC_FOUND_DIST_OFF, OFF, VGIC_WHEN_SENT_OFF);

	begin(3, NULL);
	inject(40, true);
	load(0, 0, 40);
	enter(0);
	mmio(1, GICD, 4, 0);
	leave(0);
	load(0, 0, 40);
	enter(0);
	take(0, 40);
	expect_when(VGIC_FOUND_DIST_OFF, OFF, VGIC_WHEN_HELD_OFF);
}

/* A level that ends before it is disabled, or its distributor switched off, or after. */
static void ended(uint64_t gpa, uint64_t val, bool before)
{
	begin(3, NULL);
	inject(60, true);
	load(0, 0, 60);
	enter(0);
	take(0, 60);
	end(0, 60);
	if (before) {
		leave(0);
		load(0, 0, 60);
		enter(0);
	}
	mmio(1, gpa, 4, val);
	leave(0);
	load(0, 0, 60);
	enter(0);
	take(0, 60);
}

static void test_resampled(void **state)
{
	for (unsigned int before = 0; before < 2; before++) {
		ended(GICD + 0x184, 1u << 28, before);
		expect_when(VGIC_FOUND_DISABLED, VGIC_WHEN_RESAMPLED,
			    before ? 0 : VGIC_WHEN_RESAMPLED);
		ended(GICD, 0, before);
		expect_when(VGIC_FOUND_DIST_OFF, VGIC_WHEN_RESAMPLED,
			    before ? 0 : VGIC_WHEN_RESAMPLED);
	}
}

static void test_flat(void **state)
{
	for (unsigned int flat = 0; flat < 2; flat++) {
		begin(3, NULL);
		mmio(0, GICD + 0x400 + 41, 1, 0x10);
		inject(40, true);
		inject(41, true);
		for (uint32_t i = 0; i < 2; i++)
			lrs[0][i] = word(40 + i, true, false, 0, flat ? 0 : 0xa0);
		enter(0);
		take_src(0, 40, 0, flat ? 0 : 0xa0);
		expect_when(VGIC_FOUND_PRIORITY, VGIC_WHEN_FLAT, flat ? VGIC_WHEN_FLAT : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_off_circumstances),
		cmocka_unit_test(test_resampled),
		cmocka_unit_test(test_flat),
		cmocka_unit_test(test_edge),
		cmocka_unit_test(test_edge_twice),
		cmocka_unit_test(test_edge_while_active),
		cmocka_unit_test(test_coalescing),
		cmocka_unit_test(test_no_credit_kept),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_not_lost_in_time),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_wrong_priority),
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_level_not_resampled),
		cmocka_unit_test(test_level_retracted),
		cmocka_unit_test(test_disabled),
		cmocka_unit_test(test_enable_pending),
		cmocka_unit_test(test_distributor_off),
		cmocka_unit_test(test_route),
		cmocka_unit_test(test_any_target),
		cmocka_unit_test(test_pending_registers),
		cmocka_unit_test(test_odd_width),
		cmocka_unit_test(test_sgi_sources),
		cmocka_unit_test(test_sgi_v3),
		cmocka_unit_test(test_kick),
		cmocka_unit_test(test_active_lost),
		cmocka_unit_test(test_during),
		cmocka_unit_test(test_declared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
