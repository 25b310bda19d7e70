// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program on this simulator, in two ways: on the machine, with the verbs that the
 * designs use and ticket locks, on a host where nothing takes time (so lines, lock
 * statistics and the lock rules are all there, more than the others do); and on the
 * bare engine, with a plain queue for a lock.
 *
 *   peer-vgicsim machine|engine one|fine ACTORS HANDLERS
 */
#include "des.h"
#include "program.h"
#include "queueing.h"

#define PS 1000

/* ---- on the machine ------------------------------------------------------ */

static const struct plat_lock_class on_machine_own = { .name = "own" };
static const struct plat_lock_class on_machine_any = { .name = "any" };

struct on_machine {
	struct program p;
	struct plat_lock **lock; /* each on a line of its own */
};

static uint64_t on_machine_ns(struct plat_cpu *cpu)
{
	return cpu_now(cpu).ps / PS;
}

static void on_machine_lock(struct plat_cpu *cpu, struct on_machine *m,
			    const struct program_actor *a, unsigned int lock)
{
	plat_lock(cpu, m->lock[lock]);
	program_granted(&m->p, a, lock, on_machine_ns(cpu));
}

static void on_machine_hold(struct plat_cpu *cpu, struct program_actor *a)
{
	cpu_spend(cpu, COMP_CRITICAL, VT_NS(program_hold(a, on_machine_ns(cpu))));
}

static void on_machine_actor(struct plat_cpu *cpu, void *arg)
{
	struct on_machine *m = arg;
	struct program_actor a;

	program_actor_init(&a, cpu_actor(cpu));
	for (unsigned int i = 0; i < m->p.rounds; i++) {
		const unsigned int first = program_first_lock(&m->p, &a);

		cpu_spend(cpu, COMP_GUEST, VT_NS(program_think(&a, on_machine_ns(cpu))));
		on_machine_lock(cpu, m, &a, first);
		on_machine_hold(cpu, &a);
		for (unsigned int k = 0; m->p.fine && k < 2; k++) {
			const unsigned int any = program_random_lock(&m->p, &a);

			on_machine_lock(cpu, m, &a, any);
			on_machine_hold(cpu, &a);
			plat_unlock(cpu, m->lock[any]);
		}
		plat_unlock(cpu, m->lock[first]);
	}
	program_done(&m->p, &a, on_machine_ns(cpu));
}

static int on_machine(struct on_machine *m)
{
	struct machine_config c = { .gic = 3, .nr_vcpus = m->p.actors };
	struct err err = { 0 };
	struct machine *machine;
	struct host host;
	uint64_t ns;
	int ret;

	q_host(&host, m->p.actors, 0);
	c.host = &host;
	machine = machine_create(&c, &err);
	m->lock = calloc(m->p.nr_locks, sizeof(struct plat_lock *));
	if (!machine || !m->lock)
		return 1;
	for (unsigned int i = 0; i < m->p.nr_locks; i++) {
		m->lock[i] = plat_zalloc(machine_vm(machine), PLAT_MEM_VM, 64);
		if (!m->lock[i])
			return 1;
		plat_lock_init(machine_vm(machine), m->lock[i],
			       i < m->p.actors ? &on_machine_own : &on_machine_any, i);
	}
	for (unsigned int i = 0; i < m->p.actors; i++)
		machine_spawn(machine, i, on_machine_actor, m);
	ns = program_cpu_ns();
	ret = machine_run(machine, NULL, NULL, &err);
	ns = program_cpu_ns() - ns;
	if (ret)
		fprintf(stderr, "peer-vgicsim: %s\n", err.msg);
	else
		program_report(&m->p, ns);
	for (unsigned int i = 0; i < m->p.nr_locks; i++)
		plat_free(machine_vm(machine), m->lock[i]);
	free(m->lock);
	machine_destroy(machine);
	return ret;
}

/* ---- on the engine alone ------------------------------------------------- */

struct engine_lock {
	bool held;
	unsigned int first, nr; /* of those who wait */
	struct engine_actor *queue[PROGRAM_ACTORS];
};

struct engine_actor {
	struct des_actor des;
	struct program_actor a;
	struct on_engine *e;
};

struct on_engine {
	struct program p;
	struct engine_lock *lock;
	struct engine_actor actor[PROGRAM_ACTORS];
};

static uint64_t engine_ns(const struct engine_actor *a)
{
	return a->des.clock->now / PS;
}

static void engine_spend(struct engine_actor *a, uint64_t ns)
{
	a->des.clock->now += ns * PS;
	des_settle(&a->des);
}

static void engine_take(struct engine_actor *a, unsigned int lock)
{
	struct engine_lock *l = &a->e->lock[lock];

	if (l->held) {
		l->queue[(l->first + l->nr++) % PROGRAM_ACTORS] = a;
		des_sleep(&a->des, VT_NEVER);
		a->des.clock->now = a->des.woke;
	}
	l->held = true;
	program_granted(&a->e->p, &a->a, lock, engine_ns(a));
}

static void engine_give(struct engine_actor *a, unsigned int lock)
{
	struct engine_lock *l = &a->e->lock[lock];

	l->held = l->nr;
	if (!l->nr)
		return;
	des_rekey(&l->queue[l->first]->des, VT_PS(a->des.clock->now));
	l->first = (l->first + 1) % PROGRAM_ACTORS;
	l->nr--;
}

static void engine_main(struct des_actor *des, void *arg)
{
	struct engine_actor *a = arg;
	const struct program *p = &a->e->p;

	for (unsigned int i = 0; i < p->rounds; i++) {
		const unsigned int first = program_first_lock(p, &a->a);

		engine_spend(a, program_think(&a->a, engine_ns(a)));
		engine_take(a, first);
		engine_spend(a, program_hold(&a->a, engine_ns(a)));
		for (unsigned int k = 0; p->fine && k < 2; k++) {
			const unsigned int any = program_random_lock(p, &a->a);

			engine_take(a, any);
			engine_spend(a, program_hold(&a->a, engine_ns(a)));
			engine_give(a, any);
		}
		engine_give(a, first);
	}
	program_done(&a->e->p, &a->a, engine_ns(a));
}

static int on_engine(struct on_engine *e)
{
	struct des *des = des_create(e->p.actors, e->p.actors, 0, false);
	uint64_t ns;

	e->lock = calloc(e->p.nr_locks, sizeof(*e->lock));
	if (!des || !e->lock)
		return 1;
	for (unsigned int i = 0; i < e->p.actors; i++) {
		struct engine_actor *a = &e->actor[i];

		a->e = e;
		program_actor_init(&a->a, i);
		des_attach(des, &a->des, i);
	}
	for (unsigned int i = 0; i < e->p.actors; i++)
		if (!des_spawn(&e->actor[i].des, engine_main, &e->actor[i]))
			return 1;
	ns = program_cpu_ns();
	if (des_run(des) != DES_ALL_DONE)
		return 1;
	program_report(&e->p, program_cpu_ns() - ns);
	des_destroy(des);
	free(e->lock);
	return 0;
}

int main(int argc, char **argv)
{
	static struct on_machine machine;
	static struct on_engine engine;

	if (argc == 5 && !strcmp(argv[1], "machine")) {
		program_init(&machine.p, argv[2], argv[3], argv[4]);
		return on_machine(&machine);
	}
	if (argc == 5 && !strcmp(argv[1], "engine")) {
		program_init(&engine.p, argv[2], argv[3], argv[4]);
		return on_engine(&engine);
	}
	fputs("usage: peer-vgicsim machine|engine one|fine ACTORS HANDLERS\n", stderr);
	return 2;
}
