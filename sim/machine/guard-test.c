// SPDX-License-Identifier: GPL-2.0-or-later
/* Guards: who may touch what, what a breach says, what lines they cover, that no IPI is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "test-host.h"

static const struct plat_lock_class class_a = { .name = "a->lock" };

struct memory {
	struct plat_lock lock;
	uint64_t beside; /* on the lock's line */
};

struct guarded {
	struct machine *m;
	struct plat_vm *vm;
	struct memory *mem;
	uint64_t *locked, *own, *fixed; /* 16 words each, the second half of "own" unguarded */
	void (*fn)(struct plat_cpu *cpu, struct guarded *g);
	unsigned int actor; /* that runs fn */
};

static void guarded_actor(struct plat_cpu *cpu, void *arg)
{
	struct guarded *g = arg;

	if (cpu_actor(cpu) == g->actor)
		g->fn(cpu, g);
}

static void guarded_open(struct guarded *g, struct host *host, bool reference)
{
	struct machine_config c = {
		.host = host, .gic = 3, .nr_vcpus = 3, .nr_others = 1, .reference = reference
	};

	*host = test_host(3);
	g->m = test_machine(&c);
	g->vm = machine_vm(g->m);
	g->mem = plat_zalloc(g->vm, PLAT_MEM_VM, sizeof(*g->mem));
	g->locked = plat_zalloc(g->vm, PLAT_MEM_VM, 128);
	g->own = plat_zalloc(g->vm, PLAT_MEM_VM, 128);
	g->fixed = plat_zalloc(g->vm, PLAT_MEM_VM, 128);
	plat_lock_init(g->vm, &g->mem->lock, &class_a, 7);
	plat_guard_by_lock(g->vm, g->locked, 128, &g->mem->lock);
	plat_guard_by_vcpu(g->vm, g->own, 127, 1);
	plat_guard_const(g->vm, g->fixed, PLAT_LINES(100));
}

static void guarded_close(struct guarded *g)
{
	plat_free(g->vm, g->fixed);
	plat_free(g->vm, g->own);
	plat_free(g->vm, g->locked);
	plat_free(g->vm, g->mem);
	machine_destroy(g->m);
}

/* fn() on @actor ends the run with @want in the message, or with NULL in peace. */
static void breach(void (*fn)(struct plat_cpu *cpu, struct guarded *g), unsigned int actor,
		   const char *want)
{
	for (unsigned int reference = 0; reference < 2; reference++) {
		struct guarded g = { .fn = fn, .actor = actor };
		struct err err = { 0 };
		struct host host;
		int rc;

		guarded_open(&g, &host, reference);
		for (unsigned int i = 0; i < 4; i++)
			machine_spawn(g.m, i, guarded_actor, &g);
		rc = machine_run(g.m, NULL, NULL, &err);
		if (rc != (want ? ERR_INVARIANT : 0) || (want && !strstr(err.msg, want)))
			fail_msg("want \"%s\", have %d \"%s\"", want ? want : "", rc, err.msg);
		guarded_close(&g);
	}
}

static void read_locked(struct plat_cpu *cpu, struct guarded *g)
{
	plat_read(cpu, &g->locked[9]);
}

static void bit_after_unlock(struct plat_cpu *cpu, struct guarded *g)
{
	plat_lock(cpu, &g->mem->lock);
	plat_set_bit(cpu, 1, g->locked);
	plat_unlock(cpu, &g->mem->lock);
	plat_set_bit(cpu, 1, g->locked);
}

static void write_own(struct plat_cpu *cpu, struct guarded *g)
{
	plat_write(cpu, g->own);
	plat_write(cpu, g->own);
}

static void write_own_rest(struct plat_cpu *cpu, struct guarded *g)
{
	plat_write(cpu, &g->own[8]);
}

static void write_fixed(struct plat_cpu *cpu, struct guarded *g)
{
	plat_read(cpu, g->fixed);
	plat_write(cpu, &g->fixed[15]);
}

static void all_allowed(struct plat_cpu *cpu, struct guarded *g)
{
	plat_lock(cpu, &g->mem->lock);
	plat_write(cpu, &g->mem->beside);
	plat_write_bytes(cpu, g->locked, 128);
	plat_read_bytes(cpu, g->fixed, 128);
	plat_unlock(cpu, &g->mem->lock);
	if (plat_this_vcpu(cpu) == 1)
		plat_write_bytes(cpu, g->own, 128);
}

static void breaches(void **state)
{
	breach(all_allowed, 1, NULL);
	breach(all_allowed, 2, NULL);
	breach(all_allowed, 3, NULL);
	breach(read_locked, 0,
	       "plat_read() of what a->lock (instance 7) guards, which this CPU does "
	       "not hold");
	breach(bit_after_unlock, 1, "plat_clear_bit() of what a->lock (instance 7) guards");
	breach(write_own, 1, NULL);
	breach(write_own, 0, "plat_write() of what only vCPU 1's thread may touch");
	breach(write_own, 3, "plat_write() of what only vCPU 1's thread may touch");
	/* That line is not wholly in the range. */
	breach(write_own_rest, 0, NULL);
	breach(write_fixed, 2, "plat_write() of what is never to be written");
}

static void refuse_lock_line(struct guarded *g)
{
	plat_guard_const(g->vm, g->mem, 64);
}

static void refuse_second(struct guarded *g)
{
	plat_guard_const(g->vm, g->locked, 64);
}

static void refuse_lock_there(struct guarded *g)
{
	plat_lock_init(g->vm, (struct plat_lock *)g->own, &class_a, 1);
}

static void refuse_no_lock(struct guarded *g)
{
	plat_guard_by_lock(g->vm, &g->own[8], 64, (struct plat_lock *)&g->own[8]);
}

static void refuse_wild(struct guarded *g)
{
	plat_guard_const(g->vm, g, 4096);
}

static void refused(void (*fn)(struct guarded *g), const char *want)
{
	struct guarded g = { 0 };
	struct err err = { 0 };
	struct host host;

	guarded_open(&g, &host, false);
	fn(&g);
	assert_int_equal(machine_run(g.m, NULL, NULL, &err), ERR_INVARIANT);
	if (!strstr(err.msg, want))
		fail_msg("want \"%s\", have \"%s\"", want, err.msg);
	guarded_close(&g);
}

static void refusals(void **state)
{
	refused(refuse_lock_line, "that a lock lies on");
	refused(refuse_lock_there, "that a lock lies on");
	refused(refuse_second, "that has another guard");
	refused(refuse_no_lock, "by a lock that plat_lock_init() has not seen");
	refused(refuse_wild, "outside the memory of plat_zalloc()");
}

/* Memory given back loses its guard: whoever gets it next may touch it. */
static void gone_with_the_memory(void **state)
{
	struct guarded g = { .fn = write_own, .actor = 0 };
	struct host host;
	uint64_t *old;

	guarded_open(&g, &host, false);
	old = g.own;
	plat_free(g.vm, g.own);
	g.own = plat_zalloc(g.vm, PLAT_MEM_VM, 128);
	assert_ptr_equal(g.own, old);
	machine_spawn(g.m, 0, guarded_actor, &g);
	test_run(g.m);
	guarded_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(breaches),
		cmocka_unit_test(refusals),
		cmocka_unit_test(gone_with_the_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
