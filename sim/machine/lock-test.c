// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks against figures worked out by hand, and each rule of lockdep broken once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test-host.h"

#define MAX_EVENTS 16

static const struct plat_lock_class class_a = { .name = "a->lock" };
static const struct plat_lock_class class_b = { .name = "b->lock" };
static const struct plat_lock_class class_c = { .name = "c->lock" };
static const struct plat_lock_class class_up = { .name = "up->lock", .nest = PLAT_NEST_ASCENDING };
static const struct plat_lock_class class_in = { .name = "in->lock", .nest = PLAT_NEST_UNDER };
static const struct plat_lock_class class_irq = { .name = "irq->lock", .irq_safe = true };

struct shared {
	struct plat_lock lock;
	int value;
};

struct world {
	struct machine *m;
	struct host host;
	struct shared *s;
	unsigned int cpu[8]; /* in order of arrival, all after CPU 0 */
	unsigned int nr;
	struct lock_event ev[MAX_EVENTS];
	unsigned int nr_events;
	struct vtime unlock_from[16], unlock_to[16];
};

static void on_lock(void *priv, const struct lock_event *ev)
{
	struct world *w = priv;

	assert_true(w->nr_events < MAX_EVENTS);
	w->ev[w->nr_events++] = *ev;
}

static const struct machine_probe probe = { .lock = on_lock };

static void world_open(struct world *w, enum lock_algo algo, unsigned int atomic_mode)
{
	struct machine_config c = {
		.lock = algo, .gic = 3, .nr_vcpus = 16, .probe = &probe, .probe_priv = w
	};

	memset(w, 0, sizeof(*w));
	w->host = test_host(3);
	w->host.c[HK_ATOMIC_MODE].count = atomic_mode;
	c.host = &w->host;
	w->m = test_machine(&c);
	w->s = plat_zalloc(machine_vm(w->m), PLAT_MEM_VM, sizeof(*w->s));
	plat_lock_init(machine_vm(w->m), &w->s->lock, &class_a, 7);
}

static void world_close(struct world *w)
{
	plat_free(machine_vm(w->m), w->s);
	machine_destroy(w->m);
}

static void alone(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	plat_lock(cpu, &w->s->lock);
	assert_ns(cpu_now(cpu), 8 + 100 + 5);
	assert_int_equal(cpu_accounts(cpu)[COMP_LINES], 100000);
	assert_int_equal(cpu_accounts(cpu)[COMP_CRITICAL], 13000);
	plat_write(cpu, &w->s->value); /* the lock's own line */
	plat_work(cpu, PLAT_CODE, 10);
	assert_int_equal(cpu_accounts(cpu)[COMP_CRITICAL], 23000);
	plat_unlock(cpu, &w->s->lock);
	assert_ns(cpu_now(cpu), 113 + 1 + 10 + 3 + 1);
	plat_work(cpu, PLAT_CODE, 10);
	assert_int_equal(cpu_accounts(cpu)[COMP_CODE], 10000);
	assert_int_equal(cpu_insns(cpu), 8 + 3 + 20);
}

static void uncontended(void **state)
{
	struct world w;

	world_open(&w, LOCK_TICKET, 0);
	machine_spawn(w.m, 0, alone, &w);
	test_run(w.m);
	assert_int_equal(w.nr_events, 1);
	assert_false(w.ev[0].contended);
	assert_false(w.ev[0].bounced);
	assert_ns(w.ev[0].asked, 113);
	assert_ns(w.ev[0].got, 113);
	assert_ns(w.ev[0].released, 127);
	assert_int_equal(w.ev[0].prev_cpu, UINT32_MAX);
	assert_int_equal(w.ev[0].instance, 7);
	assert_ptr_equal(w.ev[0].class, &class_a);
	assert_string_equal(w.ev[0].site->func, "alone");
	world_close(&w);
}

static void holder(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	plat_lock(cpu, &w->s->lock);
	plat_work(cpu, PLAT_CODE, 2000);
	plat_unlock(cpu, &w->s->lock);
}

static void second(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;
	const uint64_t *a = cpu_accounts(cpu);

	plat_work(cpu, PLAT_CODE, 50);
	plat_lock(cpu, &w->s->lock);
	/* 58: atomic 20 + 5; the holder lets go at 2116; its line 20 away. */
	assert_int_equal(a[COMP_LOCK_WAIT], (2116 + 20 - 83) * 1000);
	assert_ns(cpu_now(cpu), 2136);
	plat_unlock(cpu, &w->s->lock);
	/* CPU 0 kept a shared copy: invalidated. */
	assert_ns(cpu_now(cpu), 2136 + 3 + 20);
}

static void two_cpus(void **state)
{
	struct world w;

	world_open(&w, LOCK_TICKET, 0);
	machine_spawn(w.m, 0, holder, &w);
	machine_spawn(w.m, 1, second, &w);
	test_run(w.m);
	/* The releaser pays the invalidation of the waiter's copy. */
	assert_ns(cpu_now(machine_cpu(w.m, 0)), 2116 + 20);
	assert_int_equal(w.nr_events, 2);
	assert_true(w.ev[1].contended);
	assert_true(w.ev[1].bounced);
	assert_ns(w.ev[1].asked, 83);
	assert_ns(w.ev[1].got, 2136);
	assert_int_equal(w.ev[1].cpu, 1);
	assert_int_equal(w.ev[1].prev_cpu, 0);
	assert_int_equal(w.ev[1].distance, 1);
	world_close(&w);
}

static void late_arriver(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	/* Asks at 2115, one before the release; its own atomic takes until 2170. */
	plat_work(cpu, PLAT_CODE, 2107);
	plat_lock(cpu, &w->s->lock);
	assert_ns(cpu_now(cpu), 2115 + 50 + 5);
	assert_int_equal(cpu_accounts(cpu)[COMP_LOCK_WAIT], 0);
	plat_unlock(cpu, &w->s->lock);
}

static void released_during_arrival(void **state)
{
	struct world w;

	world_open(&w, LOCK_TICKET, 0);
	machine_spawn(w.m, 0, holder, &w);
	machine_spawn(w.m, 8, late_arriver, &w);
	test_run(w.m);
	assert_ns(w.ev[0].released, 2116);
	assert_true(w.ev[1].contended);
	assert_ns(w.ev[1].asked, 2170);
	assert_ns(w.ev[1].got, 2170);
	world_close(&w);
}

static void arriver(struct plat_cpu *cpu, void *arg)
{
	struct world *w = arg;

	for (unsigned int i = 0; i < w->nr; i++) {
		if (w->cpu[i] == cpu_actor(cpu))
			cpu_idle_until(cpu, VT_NS(200 * (i + 1)), COMP_SLEEP);
	}
	plat_lock(cpu, &w->s->lock);
	w->unlock_from[cpu_actor(cpu)] = cpu_now(cpu);
	plat_unlock(cpu, &w->s->lock);
	w->unlock_to[cpu_actor(cpu)] = cpu_now(cpu);
}

/* CPU 0 holds; @cpus arrive in that order; wanted order and hand-over times. */
static void hand_over(enum lock_algo algo, unsigned int atomic_mode, const unsigned int *cpus,
		      const unsigned int *order, const unsigned int *ns, unsigned int nr)
{
	struct world w;

	world_open(&w, algo, atomic_mode);
	w.nr = nr;
	memcpy(w.cpu, cpus, nr * sizeof(*cpus));
	machine_spawn(w.m, 0, holder, &w);
	for (unsigned int i = 0; i < nr; i++)
		machine_spawn(w.m, cpus[i], arriver, &w);
	test_run(w.m);
	assert_int_equal(w.nr_events, nr + 1);
	for (unsigned int i = 0; i < nr; i++) {
		const struct lock_event *ev = &w.ev[i + 1];

		assert_int_equal(ev->cpu, order[i]);
		assert_ns(vt_since(ev->got, w.ev[i].released), ns[i]);
	}
	world_close(&w);
}

static const unsigned int four[] = { 1, 2, 4, 8 };

static void ticket_hand_over(void **state)
{
	/* From 0: 20 + (30 + 40 + 50) / 2; from 1: 30 + (40 + 50) / 2; … */
	hand_over(LOCK_TICKET, 0, four, four, (const unsigned int[]){ 80, 75, 65, 50 }, 4);
	/* First come, first served, however far. */
	hand_over(LOCK_TICKET, 0, (const unsigned int[]){ 8, 1 }, (const unsigned int[]){ 8, 1 },
		  (const unsigned int[]){ 50 + 20 / 2, 50 }, 2);
}

static void ticket_grows_with_waiters(void **state)
{
	static const unsigned int cpus[] = { 8, 9, 10, 11, 12, 13, 14, 15 };

	/* All 50 from CPU 0: 50 + 7 * 50 / 2; distances are from who releases. */
	hand_over(LOCK_TICKET, 2, cpus, cpus,
		  (const unsigned int[]){ 225, 20 + (2 * 30 + 4 * 40) / 2, 30 + (30 + 4 * 40) / 2,
					  20 + 4 * 40 / 2, 40 + 3 * 40 / 2, 20 + 2 * 30 / 2,
					  30 + 30 / 2, 20 },
		  8);
}

static void queued_hand_over(void **state)
{
	hand_over(LOCK_QUEUED, 0, four, four, (const unsigned int[]){ 20, 30, 40, 50 }, 4);
}

static void tas_hand_over(void **state)
{
	static const unsigned int cpus[] = { 8, 2, 1, 4 };

	/* Nearest to the one that releases: 1, then 2 (30), 4 (40), 8. */
	hand_over(LOCK_TAS, 0, cpus, four, (const unsigned int[]){ 25, 35, 45, 55 }, 4);
	hand_over(LOCK_TAS, 1, cpus, four, (const unsigned int[]){ 15, 15, 15, 15 }, 4);
	hand_over(LOCK_TAS, 2, cpus, four, (const unsigned int[]){ 25 + 60, 35 + 45, 45 + 25, 55 },
		  4);
	/* Equally near: who came first. */
	hand_over(LOCK_TAS, 0, (const unsigned int[]){ 3, 2 }, (const unsigned int[]){ 3, 2 },
		  (const unsigned int[]){ 35, 25 }, 2);
}

/* What each waiter pays for its own unlock, instructions apart. */
static void unlock_costs(enum lock_algo algo, unsigned int insns, const unsigned int *ns)
{
	struct world w;

	world_open(&w, algo, 0);
	w.nr = 4;
	memcpy(w.cpu, four, sizeof(four));
	machine_spawn(w.m, 0, holder, &w);
	for (unsigned int i = 0; i < 4; i++)
		machine_spawn(w.m, four[i], arriver, &w);
	test_run(w.m);
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int cpu = four[i];

		assert_ns(vt_since(w.unlock_to[cpu], w.unlock_from[cpu]), insns + ns[i]);
	}
	world_close(&w);
}

static void lines_after_hand_over(void **state)
{
	/* Shared by who released, who got it and who waits: the farthest is 8. */
	unlock_costs(LOCK_TICKET, UNLOCK_INSNS_TICKET, (const unsigned int[]){ 50, 50, 50, 50 });
	/* Shared by who got it and who waits; at last by 8 alone. */
	unlock_costs(LOCK_TAS, UNLOCK_INSNS_TAS, (const unsigned int[]){ 50, 50, 50, 1 });
	/* The next one's node; at last the lock's line, where 8's atomic left it. */
	unlock_costs(LOCK_QUEUED, UNLOCK_INSNS_QUEUED, (const unsigned int[]){ 30, 40, 50, 1 });
}

/* ---- the fingerprint ---------------------------------------------------- */

struct pick {
	struct plat_lock a;
	char pad[64];
	struct plat_lock b;
};

static bool pick_b;

static void picker(struct plat_cpu *cpu, void *arg)
{
	struct pick *p = arg;
	struct plat_lock *lock = pick_b ? &p->b : &p->a;

	plat_write(cpu, &p->a);
	plat_write(cpu, &p->b);
	plat_lock(cpu, lock);
	plat_unlock(cpu, lock);
	assert_ns(cpu_now(cpu), 200 + 8 + 1 + 5 + 3 + 1);
}

static uint64_t picked(bool b)
{
	struct host host = test_host(3);
	struct machine_config c = { .host = &host, .gic = 3, .nr_vcpus = 1 };
	struct machine *m = test_machine(&c);
	struct pick *p = plat_zalloc(machine_vm(m), PLAT_MEM_VM, sizeof(*p));
	uint64_t f;

	plat_lock_init(machine_vm(m), &p->a, &class_a, 0);
	plat_lock_init(machine_vm(m), &p->b, &class_b, 0);
	pick_b = b;
	machine_spawn(m, 0, picker, p);
	test_run(m);
	f = machine_fingerprint(m);
	plat_free(machine_vm(m), p);
	machine_destroy(m);
	return f;
}

/* All clocks are the same: only which lock was taken differs. */
static void fingerprint_has_lock_history(void **state)
{
	assert_int_equal(picked(false), picked(false));
	assert_int_not_equal(picked(false), picked(true));
}

/* ---- lockdep ------------------------------------------------------------ */

struct two {
	struct plat_lock a, b, c;
	struct plat_lock up[2], in[2], irq;
};

struct dep {
	struct machine *m;
	struct two *t;
};

static void dep_open(struct dep *d, const struct host *host)
{
	struct machine_config c = { .host = host, .gic = 3, .nr_vcpus = 2, .seed = 77 };
	struct plat_vm *vm;

	d->m = test_machine(&c);
	vm = machine_vm(d->m);
	d->t = plat_zalloc(vm, PLAT_MEM_VM, sizeof(*d->t));
	plat_lock_init(vm, &d->t->a, &class_a, 0);
	plat_lock_init(vm, &d->t->b, &class_b, 0);
	plat_lock_init(vm, &d->t->c, &class_c, 0);
	plat_lock_init(vm, &d->t->irq, &class_irq, 0);
	for (unsigned int i = 0; i < 2; i++) {
		plat_lock_init(vm, &d->t->up[i], &class_up, i);
		plat_lock_init(vm, &d->t->in[i], &class_in, i);
	}
}

static void dep_breaks(void (*fn)(struct plat_cpu *cpu, void *arg), const char *part)
{
	struct host host = test_host(3);
	struct dep d;

	dep_open(&d, &host);
	machine_spawn(d.m, 0, fn, d.t);
	if (part)
		test_run_fails(d.m, part);
	else
		test_run(d.m);
	plat_free(machine_vm(d.m), d.t);
	machine_destroy(d.m);
}

static void dep_ab(struct plat_cpu *cpu, struct two *t)
{
	plat_lock(cpu, &t->a);
	plat_lock(cpu, &t->b);
	plat_unlock(cpu, &t->b);
	plat_unlock(cpu, &t->a);
}

static void dep_ba(struct plat_cpu *cpu, void *arg)
{
	struct two *t = arg;

	dep_ab(cpu, t);
	plat_lock(cpu, &t->b);
	plat_lock(cpu, &t->a);
}

static void dep_chain(struct plat_cpu *cpu, void *arg)
{
	struct two *t = arg;

	dep_ab(cpu, t);
	plat_lock(cpu, &t->b);
	plat_lock(cpu, &t->c);
	plat_unlock(cpu, &t->c);
	plat_unlock(cpu, &t->b);
	plat_lock(cpu, &t->c);
	plat_lock(cpu, &t->a);
}

static void dep_twice(struct plat_cpu *cpu, void *arg)
{
	struct two *t = arg;

	plat_lock(cpu, &t->a);
	plat_lock(cpu, &t->a);
}

static void dep_up_wrong(struct plat_cpu *cpu, void *arg)
{
	struct two *t = arg;

	plat_lock(cpu, &t->up[1]);
	plat_lock(cpu, &t->up[0]);
}

static void dep_in_wrong(struct plat_cpu *cpu, void *arg)
{
	struct two *t = arg;

	plat_lock(cpu, &t->in[0]);
	plat_lock(cpu, &t->in[1]);
}

static void dep_irq_wrong(struct plat_cpu *cpu, void *arg)
{
	plat_lock(cpu, &((struct two *)arg)->irq);
}

static void dep_irq_on(struct plat_cpu *cpu, void *arg)
{
	plat_irq_off(cpu);
	plat_lock(cpu, &((struct two *)arg)->irq);
	plat_irq_on(cpu);
}

/* In an interrupt first, with interrupts on later; and the other way round. */
static void in_irq(struct plat_cpu *cpu, struct plat_lock *lock)
{
	cpu_irq_enter(cpu);
	plat_lock(cpu, lock);
	plat_unlock(cpu, lock);
	cpu_irq_exit(cpu);
}

static void dep_irq_then_on(struct plat_cpu *cpu, void *arg)
{
	struct two *t = arg;

	in_irq(cpu, &t->a);
	plat_lock(cpu, &t->a);
}

static void dep_on_then_irq(struct plat_cpu *cpu, void *arg)
{
	struct two *t = arg;

	plat_lock(cpu, &t->a);
	plat_unlock(cpu, &t->a);
	in_irq(cpu, &t->a);
}

/* Another lock of the class is enough. */
static void dep_irq_class(struct plat_cpu *cpu, void *arg)
{
	struct two *t = arg;

	in_irq(cpu, &t->up[0]);
	plat_lock(cpu, &t->up[1]);
}

/* Taken with interrupts off, and held when they come on. */
static void dep_irq_turned_on(struct plat_cpu *cpu, void *arg)
{
	struct two *t = arg;

	in_irq(cpu, &t->a);
	plat_irq_off(cpu);
	plat_lock(cpu, &t->a);
	plat_irq_on(cpu);
}

static void dep_turned_on_then_irq(struct plat_cpu *cpu, void *arg)
{
	struct two *t = arg;

	plat_irq_off(cpu);
	plat_lock(cpu, &t->a);
	plat_irq_on(cpu);
	plat_unlock(cpu, &t->a);
	in_irq(cpu, &t->a);
}

/* b may be interrupted by who takes a, and a's holder waits for b. */
static void a_then_b(struct plat_cpu *cpu, struct two *t)
{
	plat_irq_off(cpu);
	dep_ab(cpu, t);
	plat_irq_on(cpu);
}

static void dep_irq_chain(struct plat_cpu *cpu, void *arg)
{
	struct two *t = arg;

	in_irq(cpu, &t->a);
	plat_lock(cpu, &t->b);
	plat_unlock(cpu, &t->b);
	a_then_b(cpu, t);
}

static void dep_irq_chain_late(struct plat_cpu *cpu, void *arg)
{
	struct two *t = arg;

	a_then_b(cpu, t);
	plat_irq_off(cpu);
	plat_lock(cpu, &t->b);
	plat_lock(cpu, &t->c);
	plat_unlock(cpu, &t->c);
	plat_unlock(cpu, &t->b);
	plat_irq_on(cpu);
	in_irq(cpu, &t->a);
	plat_lock(cpu, &t->c);
}

static void dep_irq_left(struct plat_cpu *cpu, void *arg)
{
	cpu_irq_enter(cpu);
	plat_lock(cpu, &((struct two *)arg)->a);
	cpu_irq_exit(cpu);
}

static void dep_not_held(struct plat_cpu *cpu, void *arg)
{
	plat_unlock(cpu, &((struct two *)arg)->a);
}

static void dep_at_end(struct plat_cpu *cpu, void *arg)
{
	plat_lock(cpu, &((struct two *)arg)->a);
}

static void dep_at_enter(struct plat_cpu *cpu, void *arg)
{
	plat_irq_off(cpu);
	plat_lock(cpu, &((struct two *)arg)->a);
	vcpu_enter(cpu);
}

static void dep_at_sleep(struct plat_cpu *cpu, void *arg)
{
	vcpu_sleep_prepare(cpu);
	plat_lock(cpu, &((struct two *)arg)->a);
	vcpu_sleep(cpu, VT_NEVER);
}

static void dep_at_block(struct plat_cpu *cpu, void *arg)
{
	plat_lock(cpu, &((struct two *)arg)->a);
	cpu_block(cpu, COMP_SLEEP);
}

static void dep_at_halt(struct plat_cpu *cpu, void *arg)
{
	plat_lock(cpu, &((struct two *)arg)->a);
	plat_halt(cpu, 1, true);
}

static void dep_at_relax(struct plat_cpu *cpu, void *arg)
{
	plat_lock(cpu, &((struct two *)arg)->a);
	plat_relax(cpu);
}

static void dep_no_init(struct plat_cpu *cpu, void *arg)
{
	struct plat_lock none = { 0 };

	plat_lock(cpu, &none);
}

static void dep_allowed(struct plat_cpu *cpu, void *arg)
{
	struct two *t = arg;

	dep_ab(cpu, t);
	plat_lock(cpu, &t->up[0]);
	plat_lock(cpu, &t->up[1]);
	plat_unlock(cpu, &t->up[0]); /* out of order is fine */
	plat_unlock(cpu, &t->up[1]);
	plat_lock(cpu, &t->a);
	plat_lock(cpu, &t->in[1]);
	plat_lock(cpu, &t->in[0]);
	plat_unlock(cpu, &t->in[1]);
	plat_unlock(cpu, &t->in[0]);
	plat_unlock(cpu, &t->a);
	plat_irq_off(cpu);
	plat_lock(cpu, &t->irq);
	plat_unlock(cpu, &t->irq);
	plat_irq_on(cpu);
	in_irq(cpu, &t->irq);
	/* One that interrupts take inside one that they do not. */
	plat_irq_off(cpu);
	plat_lock(cpu, &t->c);
	plat_lock(cpu, &t->irq);
	plat_unlock(cpu, &t->irq);
	plat_unlock(cpu, &t->c);
	plat_irq_on(cpu);
	plat_lock(cpu, &t->c);
	plat_unlock(cpu, &t->c);
}

static void lockdep_rules(void **state)
{
	dep_breaks(dep_allowed, NULL);
	dep_breaks(dep_ba, "lockdep: a->lock taken at dep_ba:");
	dep_breaks(dep_ba, "b->lock was taken at dep_ab:");
	dep_breaks(dep_ba, "seed 77, fingerprint ");
	dep_breaks(dep_ba, "us on CPU 0: ");
	dep_breaks(dep_chain, "and inside it in turn c->lock");
	dep_breaks(dep_twice, "is held already, since dep_twice:");
	dep_breaks(dep_up_wrong, "the lower instance goes first");
	dep_breaks(dep_in_wrong, "only under an outer lock");
	dep_breaks(dep_irq_wrong, "with interrupts on");
	dep_breaks(dep_irq_wrong, "declared to be taken in interrupts too");
	dep_breaks(dep_irq_on, "irq->lock taken at dep_irq_on:");
	dep_breaks(dep_irq_on, "and held while interrupts are turned on");
	for (unsigned int i = 0; i < 4; i++) {
		static void (*const fn[])(struct plat_cpu *,
					  void *) = { dep_irq_then_on, dep_on_then_irq,
						      dep_irq_turned_on, dep_turned_on_then_irq };
		static const char *const where[] = {
			"a->lock taken at dep_irq_then_on:",
			"a->lock taken at dep_on_then_irq:",
			"a->lock taken at dep_irq_turned_on:",
			"a->lock taken at dep_turned_on_then_irq:",
		};

		dep_breaks(fn[i], where[i]);
		dep_breaks(fn[i], "and in an interrupt at in_irq:");
	}
	dep_breaks(dep_irq_class, "up->lock taken at dep_irq_class:");
	dep_breaks(dep_irq_chain, "b->lock taken at dep_irq_chain:");
	dep_breaks(dep_irq_chain, "with interrupts on, and a->lock in an interrupt at in_irq:");
	dep_breaks(dep_irq_chain, "b->lock was taken at dep_ab:");
	dep_breaks(dep_irq_chain_late, "c->lock taken at dep_irq_chain_late:");
	dep_breaks(dep_irq_chain_late, "and inside it in turn c->lock");
	dep_breaks(dep_irq_left, "is still held in the end of an interrupt");
	dep_breaks(dep_not_held, "which this CPU does not hold");
	dep_breaks(dep_at_end, "is still held in the end of its actor");
	dep_breaks(dep_at_enter, "is still held in vcpu_enter()");
	dep_breaks(dep_at_sleep, "is still held in vcpu_sleep()");
	dep_breaks(dep_at_block, "is still held in cpu_block()");
	dep_breaks(dep_at_halt, "is still held in plat_halt()");
	dep_breaks(dep_at_relax, "is still held in plat_relax()");
	dep_breaks(dep_no_init, "plat_lock_init() has not seen");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uncontended),
		cmocka_unit_test(two_cpus),
		cmocka_unit_test(released_during_arrival),
		cmocka_unit_test(ticket_hand_over),
		cmocka_unit_test(ticket_grows_with_waiters),
		cmocka_unit_test(queued_hand_over),
		cmocka_unit_test(tas_hand_over),
		cmocka_unit_test(lines_after_hand_over),
		cmocka_unit_test(fingerprint_has_lock_history),
		cmocka_unit_test(lockdep_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
