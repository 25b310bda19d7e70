// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-aplist: writes of active state, with vCPUs that run by themselves. For an
 * SPI all are called out of their guests and kept out; for a private one its vCPU
 * only. The write takes effect once nobody's list registers can undo it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "aplist-test.h"
#include "rig-priv.h"

#define RUNS	  2
#define MAX_VCPUS 3
#define SPI	  60u

struct vcpu_run {
	struct rig *r;
	unsigned int v;
	bool ack;	   /* the guest takes what it finds */
	bool stays_loaded; /* its driver does not tell that a paused thread sleeps */
	struct vtime in[RUNS], out[RUNS];
	bool by_ipi[RUNS];
	unsigned int lrs[RUNS];
	/* the writer */
	uint32_t addr;
	uint64_t val;
	bool redist;
	struct vtime asked, done;
};

/* A paused thread sleeps, so it is off its CPU. */
static void wait_resumed(struct vcpu_run *a, struct plat_cpu *cpu)
{
	if (a->stays_loaded) {
		vcpu_wait_resumed(cpu);
		return;
	}
	a->r->design->put(a->r->vgic, cpu, a->v);
	vcpu_set_loaded(cpu, false);
	vcpu_wait_resumed(cpu);
	vcpu_set_loaded(cpu, true);
}

static void guest_run(struct vcpu_run *a, struct plat_cpu *cpu, int run)
{
	const struct vgic_design *d = a->r->design;
	struct gic_lr lr;
	int n;

	do {
		wait_resumed(a, cpu);
		d->flush(a->r->vgic, cpu, a->v);
		plat_irq_off(cpu);
		if (vcpu_enter(cpu))
			break;
		plat_irq_on(cpu);
		d->sync(a->r->vgic, cpu, a->v);
	} while (true);
	d->restore(a->r->vgic, cpu, a->v);
	a->in[run] = cpu_now(cpu);
	a->lrs[run] = rig_lrs_used(a->r, a->v);
	n = vif_highest_pending(cpu, &lr);
	if (a->ack && n >= 0)
		vif_ack(cpu, (unsigned int)n);
	a->by_ipi[run] = vcpu_run(cpu, vt_add(cpu_now(cpu), VT_US(200))) == GUEST_IPI;
	a->out[run] = cpu_now(cpu);
	d->save(a->r->vgic, cpu, a->v);
	vcpu_leave(cpu);
	plat_irq_on(cpu);
	/* host interrupts are taken before the sync */
	cpu_spend(cpu, COMP_HOST, VT_US(3));
	d->sync(a->r->vgic, cpu, a->v);
}

static void vcpu_runner(struct plat_cpu *cpu, void *arg)
{
	struct vcpu_run *a = arg;

	for (int i = 0; i < RUNS; i++)
		guest_run(a, cpu, i);
	vcpu_set_loaded(cpu, false);
}

static void vcpu_writer(struct plat_cpu *cpu, void *arg)
{
	struct vcpu_run *a = arg;
	uint64_t base = a->redist ? RIG_GICR + 0x20000 + 0x10000 : RIG_GICD;

	cpu_idle_until(cpu, VT_US(50), COMP_SLEEP);
	a->asked = cpu_now(cpu);
	a->r->design->mmio(a->r->vgic, cpu, a->v, true, base + a->addr, 4, &a->val);
	a->done = cpu_now(cpu);
}

/* Paused and resumed as any vCPU, when its own write is done. */
static void vcpu_writer_runner(struct plat_cpu *cpu, void *arg)
{
	vcpu_writer(cpu, arg);
	vcpu_runner(cpu, arg);
}

static void nothing(struct plat_cpu *cpu, void *arg)
{
}

static bool quiescent(void *priv)
{
	return false;
}

/* The vCPUs' runs; vCPU 0 (and @second) write. Call rig_teardown() afterwards. */
static void go(struct rig *r, struct vcpu_run *a, bool second, bool reference)
{
	struct vgic_irq_state s = { .enabled = true, .edge = true };
	const struct rig_config c = {
		.design = "kvm-aplist",
		.gic = 3,
		.nr_vcpus = MAX_VCPUS,
		.no_timer = true,
		.reference = reference,
	};
	struct err err = { 0 };
	unsigned int v;

	if (rig_build(r, &c, &err))
		fail_msg("%s", err.msg);
	s.irq = SPI;
	s.target = a[2].ack ? 2 : 1;
	s.pending = a[1].ack || a[2].ack || second;
	r->design->set_state(r->vgic, &s);
	s.irq = SPI + 1;
	s.target = 0;
	s.pending = second;
	r->design->set_state(r->vgic, &s);
	r->design->set_enabled(r->vgic, true);
	for (v = 0; v < MAX_VCPUS; v++) {
		a[v].r = r;
		a[v].v = v;
		machine_spawn(r->m, v,
			      v == 0 || (second && v == 1) ? vcpu_writer_runner : vcpu_runner,
			      &a[v]);
	}
	machine_spawn(r->m, v, nothing, NULL);
	machine_spawn(r->m, v + 1, nothing, NULL);
	if (machine_run(r->m, quiescent, r, &err))
		fail_msg("%s", err.msg);
}

static void check_kept_out(const struct vcpu_run *a, unsigned int v)
{
	assert_true(a[v].by_ipi[0]);
	assert_true(vt_before(a[0].asked, a[v].out[0]));
	assert_true(vt_before(a[v].out[0], a[0].done));
	assert_true(vt_before(a[0].done, a[v].in[1]));
	assert_false(a[v].by_ipi[1]);
}

static void test_set(void **state)
{
	struct vcpu_run a[MAX_VCPUS] = { { .addr = 0x304, .val = 1u << (SPI - 32) } };
	struct rig r;

	go(&r, a, false, false);
	check_kept_out(a, 1);
	check_kept_out(a, 2);
	/* queued on its target's list, which has it in a list register then */
	assert_true(irq_of(&r, 0, SPI)->active);
	assert_ptr_equal(irq_of(&r, 0, SPI)->vcpu, irq_of(&r, 1, 0)->target_vcpu);
	assert_int_equal(a[1].lrs[1], 1);
	assert_int_equal(a[2].lrs[1], 0);
	rig_teardown(&r);
}

/* In another's hand: the fold at his exit says "active", the write comes after that. */
/* vCPU @owner is in the guest with it in hand when vCPU 0 writes. */
static void check_clear(unsigned int owner, bool stays_loaded)
{
	struct vcpu_run a[MAX_VCPUS] = { { .addr = 0x384, .val = 1u << (SPI - 32) },
					 { .stays_loaded = stays_loaded },
					 { .stays_loaded = stays_loaded } };
	struct rig r;

	a[owner].ack = true;
	go(&r, a, false, false);
	check_kept_out(a, 1);
	check_kept_out(a, 2);
	assert_int_equal(a[owner].lrs[0], 1);
	assert_false(irq_of(&r, 0, SPI)->active);
	assert_int_equal(a[owner].lrs[1], 0);
	assert_null(irq_of(&r, 0, SPI)->vcpu);
	rig_teardown(&r);
}

static void test_clear(void **state)
{
	/* the second one is the last to leave: his fold and the write are a close race */
	for (unsigned int owner = 1; owner <= 2; owner++) {
		check_clear(owner, false);
		check_clear(owner, true);
	}
}

/* Even if there is nothing to write, all must have left first. */
static void test_zero(void **state)
{
	struct vcpu_run a[MAX_VCPUS] = { { .addr = 0x304 } };
	struct rig r;

	go(&r, a, false, false);
	check_kept_out(a, 1);
	check_kept_out(a, 2);
	/* more than sending: waiting for them, too */
	assert_true(cpu_accounts(machine_cpu(r.m, 0))[COMP_IPI] > 100 * 1000);
	rig_teardown(&r);
}

/* vCPU 1's private interrupt: vCPU 2 does not notice. */
static void test_private(void **state)
{
	struct vcpu_run a[MAX_VCPUS] = { { .addr = 0x300, .val = 1u << 20, .redist = true } };
	struct rig r;

	go(&r, a, false, false);
	assert_true(a[1].by_ipi[0]);
	assert_true(vt_before(a[0].done, a[1].in[1]));
	assert_false(a[2].by_ipi[0]);
	assert_true(irq_of(&r, 1, 20)->active);
	assert_int_equal(a[1].lrs[1], 1);
	rig_teardown(&r);
}

/* Each waits for the other, who waits for him: the original would for ever. */
static void test_mutual(void **state)
{
	struct vcpu_run a[MAX_VCPUS] = { { .addr = 0x384, .val = 1u << (SPI - 32) },
					 { .addr = 0x384, .val = 1u << (SPI + 1 - 32) } };
	struct rig r;

	go(&r, a, true, false);
	assert_int_equal(
		rig_deviations(&r, "two writers of active state wait for each other for ever"), 1);
	assert_int_equal(rig_deviations(&r, NULL), 1);
	rig_teardown(&r);
}

static void test_reference(void **state)
{
	uint64_t fingerprint[2];

	for (int reference = 0; reference < 2; reference++) {
		struct vcpu_run a[MAX_VCPUS] = { { .addr = 0x384, .val = 1u << (SPI - 32) },
						 { .ack = true } };
		struct rig r;

		go(&r, a, false, reference);
		fingerprint[reference] = machine_fingerprint(r.m);
		rig_teardown(&r);
	}
	assert_int_equal(fingerprint[0], fingerprint[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),    cmocka_unit_test(test_clear),
		cmocka_unit_test(test_zero),   cmocka_unit_test(test_private),
		cmocka_unit_test(test_mutual), cmocka_unit_test(test_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
