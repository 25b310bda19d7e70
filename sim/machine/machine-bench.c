// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the engine costs, in host nanoseconds of CPU time: a touch, a lock pair,
 * a switch, and a handler like a vgic's at several numbers of actors. Not a
 * test: nothing fails here but a run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "machine.h"

#define MAX_ACTORS 512
#define NR_OBJS	   4096

static const struct plat_lock_class class_own = { .name = "own" };
static const struct plat_lock_class class_obj = { .name = "obj" };

struct obj {
	struct plat_lock lock;
	uint32_t pad[15];
	uint64_t body[8];
};

struct bench {
	struct obj *global, *own[MAX_ACTORS], *obj[NR_OBJS];
	unsigned int nr, rounds;
	bool think;
};

static uint64_t bench_rnd(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static void bench_touch(struct plat_cpu *cpu, void *arg)
{
	struct bench *b = arg;

	for (unsigned int i = 0; i < b->rounds; i++)
		plat_write(cpu, &b->own[cpu_actor(cpu)]->body[i & 7]);
}

static void bench_lock(struct plat_cpu *cpu, void *arg)
{
	struct bench *b = arg;
	struct plat_lock *lock = &b->own[cpu_actor(cpu)]->lock;

	for (unsigned int i = 0; i < b->rounds; i++) {
		plat_lock(cpu, lock);
		plat_unlock(cpu, lock);
	}
}

static void bench_switch(struct plat_cpu *cpu, void *arg)
{
	struct bench *b = arg;

	for (unsigned int i = 0; i < b->rounds; i++)
		cpu_spend(cpu, COMP_HOST, VT_PS(1));
}

static void bench_random_switch(struct plat_cpu *cpu, void *arg)
{
	struct bench *b = arg;
	uint64_t s = cpu_actor(cpu) + 1;

	for (unsigned int i = 0; i < b->rounds; i++)
		cpu_spend(cpu, COMP_HOST, VT_PS(bench_rnd(&s) & 0xffff));
}

static void bench_touches(struct plat_cpu *cpu, const struct obj *o, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		plat_write(cpu, &o->body[i & 7]);
}

/* One lock, 11 touches: as the legacy vgic. */
static void bench_global(struct plat_cpu *cpu, void *arg)
{
	struct bench *b = arg;
	uint64_t s = cpu_actor(cpu) * 7 + 1;

	for (unsigned int i = 0; i < b->rounds; i++) {
		cpu_spend(cpu, COMP_GUEST, VT_NS(500 + (bench_rnd(&s) & 16383)));
		plat_lock(cpu, &b->global->lock);
		bench_touches(cpu, b->global, 5);
		bench_touches(cpu, b->own[cpu_actor(cpu)], 6);
		plat_work(cpu, PLAT_CODE, 120);
		plat_unlock(cpu, &b->global->lock);
	}
}

/* Own and two random locks, 16 touches: as the new one. */
static void bench_fine(struct plat_cpu *cpu, void *arg)
{
	struct bench *b = arg;
	uint64_t s = cpu_actor(cpu) * 7 + 1;

	for (unsigned int i = 0; i < b->rounds; i++) {
		struct obj *own = b->own[cpu_actor(cpu)];

		cpu_spend(cpu, COMP_GUEST, VT_NS(500 + (bench_rnd(&s) & 16383)));
		plat_lock(cpu, &own->lock);
		bench_touches(cpu, own, 6);
		for (unsigned int k = 0; k < 2; k++) {
			struct obj *o = b->obj[bench_rnd(&s) & (NR_OBJS - 1)];

			plat_lock(cpu, &o->lock);
			bench_touches(cpu, o, 5);
			plat_unlock(cpu, &o->lock);
		}
		plat_work(cpu, PLAT_CODE, 120);
		plat_unlock(cpu, &own->lock);
	}
}

static double bench_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int bench_run(const char *name, const struct host *host, unsigned int nr,
		     unsigned int rounds, void (*fn)(struct plat_cpu *cpu, void *arg))
{
	struct machine_config c = { .host = host, .gic = 3, .nr_vcpus = nr };
	struct err err = { 0 };
	struct machine *m = machine_create(&c, &err);
	struct bench b = { .nr = nr, .rounds = rounds };
	struct machine_stats st;
	double t;

	if (!m) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	b.global = plat_zalloc(machine_vm(m), PLAT_MEM_VM, sizeof(struct obj));
	plat_lock_init(machine_vm(m), &b.global->lock, &class_own, 0);
	for (unsigned int i = 0; i < nr; i++) {
		b.own[i] = plat_zalloc(machine_vm(m), PLAT_MEM_VCPU, sizeof(struct obj));
		plat_lock_init(machine_vm(m), &b.own[i]->lock, &class_own, i);
		machine_spawn(m, i, fn, &b);
	}
	for (unsigned int i = 0; i < NR_OBJS; i++) {
		b.obj[i] = plat_zalloc(machine_vm(m), PLAT_MEM_IRQ, sizeof(struct obj));
		plat_lock_init(machine_vm(m), &b.obj[i]->lock, &class_obj, i);
	}
	t = bench_cpu_ns();
	if (machine_run(m, NULL, NULL, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	t = (bench_cpu_ns() - t) / ((double)nr * rounds);
	machine_stats(m, &st);
	printf("%-24s %4u actors %8.1f ns %8.2f M/s %6.2f switches\n", name, nr, t, 1e3 / t,
	       (double)st.switches / ((double)nr * rounds));
	machine_destroy(m);
	return 0;
}

int main(int argc, char **argv)
{
	static const unsigned int sizes[] = { 1, 8, 64, 256 };
	unsigned int scale = argc > 1 ? (unsigned int)atoi(argv[1]) : 1;
	struct err err = { 0 };
	struct host host;
	int bad;

	if (host_load(&host, "kunpeng920-2s-128c", &err) || host_set(&host, "cpus=512", &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	bad = bench_run("touch, own line", &host, 1, 20000000 * scale, bench_touch);
	bad |= bench_run("lock pair, uncontended", &host, 1, 10000000 * scale, bench_lock);
	for (unsigned int i = 1; i < 4; i++) {
		bad |= bench_run("switch, in turn", &host, sizes[i], 4000000 * scale / sizes[i],
				 bench_switch);
		bad |= bench_run("switch, random", &host, sizes[i], 4000000 * scale / sizes[i],
				 bench_random_switch);
	}
	for (unsigned int i = 0; i < 4; i++) {
		bad |= bench_run("handler, one lock", &host, sizes[i], 1000000 * scale / sizes[i],
				 bench_global);
		bad |= bench_run("handler, many locks", &host, sizes[i], 1000000 * scale / sizes[i],
				 bench_fine);
	}
	return bad;
}
