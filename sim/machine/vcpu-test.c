// SPDX-License-Identifier: GPL-2.0-or-later
/* Kicks, IPIs, sleeping and halting: the protocol, and its times by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test-host.h"

struct world {
	struct host host;
	struct machine *m;
	bool flag;
	unsigned int nr_ipis, nr_in_guest, kicks[4];
	struct vtime t[8];
	enum plat_kicked got[4];
};

static void on_ipi(void *priv, unsigned int cpu, struct vtime at, bool in_guest)
{
	struct world *w = priv;

	w->nr_ipis++;
	w->nr_in_guest += in_guest;
	w->t[7] = at;
}

static void on_kick(void *priv, unsigned int by, unsigned int vcpu, enum plat_kicked result,
		    struct vtime at)
{
	((struct world *)priv)->kicks[result]++;
}

static const struct machine_probe probe = { .ipi = on_ipi, .kick = on_kick };

typedef void actor_fn(struct plat_cpu *cpu, void *arg);

static void world_run(struct world *w, actor_fn *a, actor_fn *b, actor_fn *c, const char *breaks)
{
	struct machine_config cfg = {
		.gic = 3, .nr_vcpus = 3, .nr_others = 1, .probe = &probe, .probe_priv = w
	};
	actor_fn *fn[] = { a, b, c };

	w->host = test_host(3);
	cfg.host = &w->host;
	w->m = test_machine(&cfg);
	for (unsigned int i = 0; i < 3; i++) {
		if (fn[i])
			machine_spawn(w->m, i, fn[i], w);
	}
	if (breaks)
		test_run_fails(w->m, breaks);
	else
		test_run(w->m);
	machine_destroy(w->m);
}

/* ---- kicks into the guest ----------------------------------------------- */

static void guest_once(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	plat_irq_off(cpu);
	assert_true(vcpu_enter(cpu));
	assert_ns(cpu_now(cpu), 105); /* mode line from memory, atomic */
	w->t[0] = cpu_now(cpu);
	assert_int_equal(vcpu_run(cpu, VT_US(100)), GUEST_IPI);
	w->t[1] = cpu_now(cpu);
	assert_int_equal(cpu_accounts(cpu)[COMP_GUEST], vt_since(w->t[1], w->t[0]).ps);
	vcpu_leave(cpu);
	assert_int_equal(cpu_accounts(cpu)[COMP_IPI], 0);
	plat_irq_on(cpu); /* the handler of that IPI */
	assert_int_equal(cpu_accounts(cpu)[COMP_IPI], 300000);
}

static void kick_thrice(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	cpu_idle_until(cpu, VT_US(10), COMP_SLEEP);
	w->got[0] = plat_kick(cpu, 0);
	/* Wait queue from memory, mode 20 away, the same as an atomic: shared with CPU 0. */
	assert_ns(cpu_now(cpu), 10000 + 100 + 20 + 20 + 5 + 7);
	w->got[1] = plat_kick(cpu, 0);
	assert_ns(cpu_now(cpu), 10152 + 1 + 1);
	w->got[2] = plat_kick(cpu, 1);
	assert_ns(cpu_now(cpu), 10154 + 100);
}

static void one_ipi_a_guest_run(void **state)
{
	struct world w = { 0 };

	world_run(&w, guest_once, kick_thrice, NULL, NULL);
	assert_int_equal(w.got[0], PLAT_KICK_IPI);
	assert_int_equal(w.got[1], PLAT_KICK_NONE);
	assert_int_equal(w.got[2], PLAT_KICK_SELF);
	assert_ns(w.t[1], 10152 + 200);
	assert_int_equal(w.nr_ipis, 1);
	assert_int_equal(w.nr_in_guest, 1);
	assert_int_equal(w.kicks[PLAT_KICK_IPI], 1);
	assert_int_equal(w.kicks[PLAT_KICK_NONE], 1);
	assert_int_equal(w.kicks[PLAT_KICK_SELF], 1);
}

/* The target's clock is far ahead of the arrival: it has entered, it does not run yet. */
static void guest_ahead(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	plat_irq_off(cpu);
	assert_true(vcpu_enter(cpu));
	plat_work(cpu, PLAT_CODE, 50000); /* private: no yield */
	assert_int_equal(vcpu_run(cpu, VT_US(500)), GUEST_IPI);
	w->t[1] = cpu_now(cpu);
	vcpu_leave(cpu);
	plat_irq_on(cpu);
}

static void kick_once(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	cpu_idle_until(cpu, VT_US(10), COMP_SLEEP);
	w->got[0] = plat_kick(cpu, 0);
}

static void kick_lands_not_before_entry(void **state)
{
	struct world w = { 0 };

	world_run(&w, guest_ahead, kick_once, NULL, NULL);
	assert_int_equal(w.got[0], PLAT_KICK_IPI);
	assert_ns(w.t[1], 105 + 50000);
}

static void guest_ends_first(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	plat_irq_off(cpu);
	assert_true(vcpu_enter(cpu));
	/* The IPI arrives at 10352: it is on its way when the guest stops. */
	assert_int_equal(vcpu_run(cpu, VT_NS(10300)), GUEST_DONE);
	vcpu_leave(cpu);
	plat_work(cpu, PLAT_CODE, 10);
	/* Entered again before it arrives: it stops this run. */
	assert_true(vcpu_enter(cpu));
	assert_int_equal(vcpu_run(cpu, VT_US(500)), GUEST_IPI);
	w->t[1] = cpu_now(cpu);
	vcpu_leave(cpu);
	/* Still pending with interrupts off: no entry. */
	assert_false(vcpu_enter(cpu));
	plat_irq_on(cpu);
	plat_irq_off(cpu);
	assert_true(vcpu_enter(cpu));
	assert_int_equal(vcpu_run(cpu, VT_US(20)), GUEST_DONE);
	vcpu_leave(cpu);
	plat_irq_on(cpu);
}

static void ipi_on_its_way(void **state)
{
	struct world w = { 0 };

	world_run(&w, guest_ends_first, kick_once, NULL, NULL);
	assert_ns(w.t[1], 10352);
	assert_int_equal(w.nr_ipis, 1);
}

static void host_irqs_off(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	plat_irq_off(cpu);
	assert_true(vcpu_enter(cpu));
	assert_int_equal(vcpu_run(cpu, VT_NS(10300)), GUEST_DONE);
	vcpu_leave(cpu);
	plat_irq_off(cpu);
	cpu_spend(cpu, COMP_HOST, VT_US(5));
	plat_irq_on(cpu); /* not the outermost */
	assert_int_equal(w->nr_ipis, 0);
	w->t[0] = cpu_now(cpu);
	plat_irq_on(cpu);
	assert_int_equal(w->nr_ipis, 1);
	assert_ns(vt_since(cpu_now(cpu), w->t[0]), 300);
}

static void ipi_waits_for_interrupts_on(void **state)
{
	struct world w = { 0 };

	world_run(&w, host_irqs_off, kick_once, NULL, NULL);
	assert_int_equal(w.nr_ipis, 1);
	assert_int_equal(w.nr_in_guest, 0);
	assert_int_equal(w.t[7].ps, w.t[0].ps);
}

static void host_irqs_on(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	plat_irq_off(cpu);
	assert_true(vcpu_enter(cpu));
	assert_int_equal(vcpu_run(cpu, VT_NS(10300)), GUEST_DONE);
	vcpu_leave(cpu);
	plat_irq_on(cpu);
	assert_int_equal(w->nr_ipis, 0);
	cpu_spend(cpu, COMP_HOST, VT_US(5)); /* it arrives meanwhile */
	assert_int_equal(w->nr_ipis, 1);
	assert_int_equal(cpu_accounts(cpu)[COMP_IPI], 300000);
}

static void ipi_in_the_host(void **state)
{
	struct world w = { 0 };

	world_run(&w, host_irqs_on, kick_once, NULL, NULL);
	assert_int_equal(w.nr_ipis, 1);
}

/* ---- WFI ---------------------------------------------------------------- */

static void sleeper(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	vcpu_sleep_prepare(cpu);
	assert_ns(cpu_now(cpu), 105);
	assert_true(vcpu_sleep(cpu, VT_NEVER));
	/* 10 us: read 20, atomic 20 + 5, wake_send 500; then wfi_wake, the wait queue. */
	assert_int_equal(cpu_accounts(cpu)[COMP_SLEEP], (10545 - 1105) * 1000);
	assert_ns(cpu_now(cpu), 10545 + 2000 + 20 + 5);
	assert_int_equal(cpu_accounts(cpu)[COMP_HOST], 3000000);
	w->flag = true;
}

static void wfi_woken_by_kick(void **state)
{
	struct world w = { 0 };

	world_run(&w, sleeper, kick_once, NULL, NULL);
	assert_true(w.flag);
	assert_int_equal(w.got[0], PLAT_KICK_WOKEN);
	assert_int_equal(w.nr_ipis, 0);
}

static void sleeper_timeout(struct plat_cpu *cpu, void *arg)
{
	vcpu_sleep_prepare(cpu);
	assert_false(vcpu_sleep(cpu, VT_US(5)));
	assert_ns(cpu_now(cpu), 5000 + 2000 + 1 + 5);
	/* Too late to be woken: the kick finds it awake and outside the guest. */
	cpu_idle_until(cpu, VT_US(20), COMP_SLEEP);
}

static void wfi_timeout(void **state)
{
	struct world w = { 0 };

	world_run(&w, sleeper_timeout, kick_once, NULL, NULL);
	assert_int_equal(w.got[0], PLAT_KICK_NONE);
}

static void sleeper_prepared(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	vcpu_sleep_prepare(cpu);
	/* The design's check runs here and finds nothing; the kick comes after it. */
	cpu_spend(cpu, COMP_HOST, VT_US(30));
	w->t[0] = cpu_now(cpu);
	assert_true(vcpu_sleep(cpu, VT_NEVER));
	assert_ns(vt_since(cpu_now(cpu), w->t[0]), 25);
	w->flag = true;
}

static void no_lost_wakeup(void **state)
{
	struct world w = { 0 };

	world_run(&w, sleeper_prepared, kick_once, NULL, NULL);
	assert_true(w.flag);
	assert_int_equal(w.got[0], PLAT_KICK_WOKEN);
}

static void sleeper_on_its_way(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	vcpu_sleep_prepare(cpu);
	cpu_idle_until(cpu, VT_NS(9500), COMP_SLEEP);
	/* wfi_block lasts from 9500 to 10500, the kick comes at 10000. */
	assert_true(vcpu_sleep(cpu, VT_NEVER));
	assert_int_equal(cpu_accounts(cpu)[COMP_SLEEP], (9500 - 105) * 1000);
	assert_ns(cpu_now(cpu), 10500 + 2000 + 25);
	w->flag = true;
}

static void woken_on_the_way_to_sleep(void **state)
{
	struct world w = { 0 };

	world_run(&w, sleeper_on_its_way, kick_once, NULL, NULL);
	assert_true(w.flag);
	assert_int_equal(w.got[0], PLAT_KICK_WOKEN);
}

static void sleeper_cancels(struct plat_cpu *cpu, void *arg)
{
	vcpu_sleep_prepare(cpu);
	vcpu_sleep_cancel(cpu);
	cpu_idle_until(cpu, VT_US(20), COMP_SLEEP);
}

static void sleep_cancelled(void **state)
{
	struct world w = { 0 };

	world_run(&w, sleeper_cancels, kick_once, NULL, NULL);
	assert_int_equal(w.got[0], PLAT_KICK_NONE);
}

/* ---- halt and resume ---------------------------------------------------- */

static void halted_guest(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	plat_irq_off(cpu);
	assert_true(vcpu_enter(cpu));
	assert_int_equal(vcpu_run(cpu, VT_US(500)), GUEST_IPI);
	vcpu_leave(cpu);
	plat_irq_on(cpu);
	w->t[0] = cpu_now(cpu);
	plat_irq_off(cpu);
	assert_false(vcpu_enter(cpu));
	plat_irq_on(cpu);
	vcpu_wait_resumed(cpu);
	w->t[1] = cpu_now(cpu);
	plat_irq_off(cpu);
	assert_true(vcpu_enter(cpu));
	assert_int_equal(vcpu_run(cpu, VT_US(501)), GUEST_DONE);
	vcpu_leave(cpu);
	plat_irq_on(cpu);
}

static void halter(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	cpu_idle_until(cpu, VT_US(10), COMP_SLEEP);
	plat_halt(cpu, PLAT_ALL_VCPUS, true);
	w->t[2] = cpu_now(cpu);
	cpu_spend(cpu, COMP_HOST, VT_US(50));
	w->t[3] = cpu_now(cpu);
	plat_resume(cpu, PLAT_ALL_VCPUS);
}

static void halt_and_resume(void **state)
{
	struct world w = { 0 };

	world_run(&w, halted_guest, halter, NULL, NULL);
	assert_int_equal(w.nr_in_guest, 1);
	/* The halter goes on when the target has left, long before the resume. */
	assert_true(w.t[2].ps > VT_US(10).ps && w.t[2].ps < VT_US(12).ps);
	assert_true(w.t[1].ps > w.t[3].ps + VT_US(2).ps);
	assert_true(w.t[1].ps < w.t[3].ps + VT_US(4).ps);
}

static void resume_only(struct plat_cpu *cpu, void *arg)
{
	plat_resume(cpu, 0);
}

static void loaded_actor(struct plat_cpu *cpu, void *arg)
{
	assert_true(plat_vcpu_on_cpu(cpu, 0));
	vcpu_set_loaded(cpu, false);
	assert_false(plat_vcpu_on_cpu(cpu, 0));
	assert_int_equal(plat_this_vcpu(cpu), 0);
	assert_int_equal(plat_this_vcpu(machine_cpu(cpu_machine(cpu), 3)), -1);
}

static void enter_irqs_on(struct plat_cpu *cpu, void *arg)
{
	vcpu_enter(cpu);
}

static void run_outside(struct plat_cpu *cpu, void *arg)
{
	vcpu_run(cpu, VT_US(1));
}

static void poll_alone(struct plat_cpu *cpu, void *arg)
{
	for (;;)
		plat_relax(cpu);
}

static void poll_flag(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	while (!w->flag)
		plat_relax(cpu);
	assert_true(cpu_now(cpu).ps >= VT_US(7).ps);
	assert_true(cpu_now(cpu).ps < VT_US(7).ps + 20000);
}

static void set_flag(struct plat_cpu *cpu, void *arg)
{
	cpu_idle_until(cpu, VT_US(7), COMP_SLEEP);
	((struct world *)arg)->flag = true;
}

static void odds_and_ends(void **state)
{
	struct world w[6] = { 0 };

	world_run(&w[0], loaded_actor, NULL, NULL, NULL);
	world_run(&w[1], poll_flag, set_flag, NULL, NULL);
	world_run(&w[2], poll_alone, NULL, NULL, "polls for what nobody is left to do");
	world_run(&w[3], enter_irqs_on, NULL, NULL, "vcpu_enter() with interrupts on");
	world_run(&w[4], run_outside, NULL, NULL, "vcpu_run() outside the guest");
	world_run(&w[5], resume_only, NULL, NULL, "resume of vCPU 0, which is not halted");
}

/* ---- every verb that others can see comes in its order ------------------- */

static const struct plat_lock_class class_l = { .name = "l" };

struct order {
	struct plat_lock lock;
	uint64_t word;
};

static struct order *order;
static bool order_done;
static unsigned int order_verb;

enum {
	V_READ,
	V_WRITE,
	V_SET,
	V_CLEAR,
	V_TEST,
	V_LOCK,
	V_UNLOCK,
	V_OFF,
	V_ON,
	V_KICK,
	V_SELF,
	V_ON_CPU,
	V_RELAX,
	V_HALT,
	V_LOADED,
	V_PREPARE,
	V_CANCEL,
	V_SLEEP,
	V_RESUMED,
	V_ENTER,
	V_RUN,
	V_LEAVE,
	V_SPEND,
	V_COST,
	V_SETTLE,
	V_IDLE,
	V_WAKE,
	V_IS_BLOCKED,
	V_NR,
};

static void order_do(struct plat_cpu *cpu)
{
	struct plat_cpu *other = machine_cpu(cpu_machine(cpu), 2);

	switch (order_verb) {
	case V_READ:
		plat_read(cpu, &order->word);
		break;
	case V_WRITE:
		plat_write(cpu, &order->word);
		break;
	case V_SET:
		plat_set_bit(cpu, 1, &order->word);
		break;
	case V_CLEAR:
		plat_clear_bit(cpu, 1, &order->word);
		break;
	case V_TEST:
		plat_test_bit(cpu, 1, &order->word);
		break;
	case V_LOCK:
		plat_lock(cpu, &order->lock);
		break;
	case V_UNLOCK:
		plat_unlock(cpu, &order->lock);
		break;
	case V_OFF:
		plat_irq_off(cpu);
		break;
	case V_ON:
		plat_irq_on(cpu);
		break;
	case V_KICK:
		plat_kick(cpu, 2);
		break;
	case V_SELF:
		plat_kick(cpu, 0);
		break;
	case V_ON_CPU:
		plat_vcpu_on_cpu(cpu, 2);
		break;
	case V_RELAX:
		plat_relax(cpu);
		break;
	case V_HALT:
		plat_halt(cpu, 2, false);
		break;
	case V_LOADED:
		vcpu_set_loaded(cpu, false);
		break;
	case V_PREPARE:
		vcpu_sleep_prepare(cpu);
		break;
	case V_CANCEL:
		vcpu_sleep_cancel(cpu);
		break;
	case V_SLEEP:
		vcpu_sleep(cpu, VT_US(1));
		break;
	case V_RESUMED:
		vcpu_wait_resumed(cpu);
		break;
	case V_ENTER:
		vcpu_enter(cpu);
		break;
	case V_RUN:
		vcpu_run(cpu, VT_ZERO);
		break;
	case V_LEAVE:
		vcpu_leave(cpu);
		break;
	case V_SPEND:
		cpu_spend(cpu, COMP_HOST, VT_ZERO);
		break;
	case V_COST:
		cpu_cost(cpu, COMP_HOST, HK_L1);
		break;
	case V_SETTLE:
		cpu_settle(cpu);
		break;
	case V_IDLE:
		cpu_idle_until(cpu, VT_ZERO, COMP_SLEEP);
		break;
	case V_WAKE:
		cpu_wake(other, VT_ZERO);
		break;
	case V_IS_BLOCKED:
		cpu_is_blocked(other);
		break;
	}
}

static void order_first(struct plat_cpu *cpu, void *arg)
{
	/* What the verb needs, early on. */
	if (order_verb == V_UNLOCK)
		plat_lock(cpu, &order->lock);
	if (order_verb == V_ON || order_verb == V_ENTER)
		plat_irq_off(cpu);
	if (order_verb == V_SLEEP || order_verb == V_CANCEL)
		vcpu_sleep_prepare(cpu);
	if (order_verb == V_RUN || order_verb == V_LEAVE) {
		plat_irq_off(cpu);
		assert_true(vcpu_enter(cpu));
	}
	plat_work(cpu, PLAT_CODE, 100000);
	assert_false(order_done);
	order_do(cpu);
	if (!order_done)
		fail_msg("verb %u went ahead of an earlier one", order_verb);
	if (order_verb == V_LOCK)
		plat_unlock(cpu, &order->lock);
}

static void order_second(struct plat_cpu *cpu, void *arg)
{
	plat_work(cpu, PLAT_CODE, 99999);
	cpu_settle(cpu);
	order_done = true;
}

static void every_verb_is_in_order(void **state)
{
	struct host host = test_host(3);
	struct machine_config c = { .host = &host, .gic = 3, .nr_vcpus = 3 };

	for (order_verb = 0; order_verb < V_NR; order_verb++) {
		struct machine *m = test_machine(&c);

		order = plat_zalloc(machine_vm(m), PLAT_MEM_VM, sizeof(*order));
		plat_lock_init(machine_vm(m), &order->lock, &class_l, 0);
		order_done = false;
		machine_spawn(m, 0, order_first, NULL);
		machine_spawn(m, 1, order_second, NULL);
		test_run(m);
		plat_free(machine_vm(m), order);
		machine_destroy(m);
	}
}

static void takes_ipi_late(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	plat_irq_off(cpu);
	assert_true(vcpu_enter(cpu));
	assert_int_equal(vcpu_run(cpu, VT_NS(10300)), GUEST_DONE);
	vcpu_leave(cpu);
	plat_irq_on(cpu);
	plat_work(cpu, PLAT_CODE, 680); /* to 11000: the IPI is there */
	assert_false(w->flag);
	plat_vcpu_on_cpu(cpu, 0); /* takes it, then touches at 11300 */
	assert_int_equal(w->nr_ipis, 1);
	assert_true(w->flag);
}

static void flag_meanwhile(struct plat_cpu *cpu, void *arg)
{
	cpu_idle_until(cpu, VT_NS(11200), COMP_SLEEP);
	((struct world *)arg)->flag = true;
}

static void in_order_after_an_ipi(void **state)
{
	struct world w = { 0 };

	world_run(&w, takes_ipi_late, kick_once, flag_meanwhile, NULL);
}

/* ---- blocking, the end of a run ----------------------------------------- */

struct quiet {
	struct machine *m;
	unsigned int calls, woken;
};

static void blocker(struct plat_cpu *cpu, void *arg)
{
	struct quiet *q = arg;

	cpu_spend(cpu, COMP_HOST, VT_US(cpu_actor(cpu) + 1));
	cpu_block(cpu, COMP_SLEEP);
	q->woken++;
	/* Not before everybody was quiet, though it was asked for time 0. */
	assert_ns(cpu_now(cpu), 3000);
	assert_int_equal(cpu_accounts(cpu)[COMP_SLEEP], (2 - cpu_actor(cpu)) * 1000000);
}

static bool wake_all_once(void *priv)
{
	struct quiet *q = priv;

	if (q->calls++)
		return false;
	for (unsigned int i = 0; i < 2; i++) {
		assert_true(cpu_is_blocked(machine_cpu(q->m, i)));
		cpu_wake(machine_cpu(q->m, i), VT_ZERO);
	}
	return true;
}

static bool wake_nobody(void *priv)
{
	return true;
}

static void quiescence(void **state)
{
	struct host host = test_host(3);
	struct machine_config c = { .host = &host, .gic = 3, .nr_vcpus = 3 };
	struct err err = { 0 };
	struct quiet q = { .m = test_machine(&c) };

	for (unsigned int i = 0; i < 3; i++)
		machine_spawn(q.m, i, blocker, &q);
	assert_int_equal(machine_run(q.m, wake_all_once, &q, &err), 0);
	assert_int_equal(q.calls, 2);
	assert_int_equal(q.woken, 2);
	assert_int_equal(machine_run(q.m, wake_nobody, &q, &err), ERR_INVARIANT);
	machine_destroy(q.m);
}

static void too_long(struct plat_cpu *cpu, void *arg)
{
	for (;;)
		cpu_spend(cpu, COMP_HOST, VT_US(1000000));
}

static void stops(struct plat_cpu *cpu, void *arg)
{
	cpu_spend(cpu, COMP_HOST, VT_US(3));
	machine_stop(cpu);
}

static void ends(void **state)
{
	struct world w[2] = { 0 };

	world_run(&w[0], too_long, NULL, NULL, "75 minutes");
	world_run(&w[1], too_long, stops, NULL, NULL);
}

static void refuses(void **state)
{
	struct host host = test_host(3);
	struct machine_config c = { .host = &host, .gic = 3, .nr_vcpus = 17 };
	struct err err = { 0 };

	assert_null(machine_create(&c, &err));
	assert_int_equal(err.code, ERR_USAGE);
	assert_non_null(strstr(err.msg, "--set cpus=17"));
	c.nr_vcpus = 4;
	c.gic = 2;
	assert_null(machine_create(&c, &err));
	assert_non_null(strstr(err.msg, "has a GICv3"));
	c.gic = 3;
	c.nr_lrs = 17;
	assert_null(machine_create(&c, &err));
	c.nr_lrs = 0;
	c.nr_others = 1021;
	assert_null(machine_create(&c, &err));
	c.nr_others = 0;
	host.c[HK_DIE_CPUS].count = 1;
	assert_null(machine_create(&c, &err));
	assert_non_null(strstr(err.msg, "cluster_cpus <= die_cpus"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_ipi_a_guest_run),
		cmocka_unit_test(kick_lands_not_before_entry),
		cmocka_unit_test(ipi_on_its_way),
		cmocka_unit_test(ipi_waits_for_interrupts_on),
		cmocka_unit_test(ipi_in_the_host),
		cmocka_unit_test(wfi_woken_by_kick),
		cmocka_unit_test(wfi_timeout),
		cmocka_unit_test(no_lost_wakeup),
		cmocka_unit_test(woken_on_the_way_to_sleep),
		cmocka_unit_test(sleep_cancelled),
		cmocka_unit_test(every_verb_is_in_order),
		cmocka_unit_test(in_order_after_an_ipi),
		cmocka_unit_test(halt_and_resume),
		cmocka_unit_test(odds_and_ends),
		cmocka_unit_test(quiescence),
		cmocka_unit_test(ends),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
