// SPDX-License-Identifier: GPL-2.0-or-later
/* The cost table at the top of line.c, row by row, in exact picoseconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "internal.h"
#include "test-host.h"

#define NR_CPUS 16

/* One CPU after another makes an access, far apart in time. */
struct step {
	unsigned int cpu;
	char what; /* 'r', 'w', 'b': atomic bit */
	unsigned int want_ns;
};

struct run {
	const struct step *steps;
	unsigned int nr;
	uint64_t *word;
	unsigned int done;
};

static void step_actor(struct plat_cpu *cpu, void *arg)
{
	struct run *run = arg;

	for (unsigned int i = 0; i < run->nr; i++) {
		const struct step *s = &run->steps[i];
		struct vtime before;

		if (s->cpu != cpu_actor(cpu))
			continue;
		cpu_idle_until(cpu, VT_US(i + 1), COMP_SLEEP);
		before = cpu_now(cpu);
		if (s->what == 'r')
			plat_read(cpu, run->word);
		else if (s->what == 'w')
			plat_write(cpu, run->word);
		else
			plat_set_bit(cpu, 3, run->word);
		if (vt_since(cpu_now(cpu), before).ps != s->want_ns * 1000)
			fail_msg("step %u: want %u ns, have %llu ps", i, s->want_ns,
				 (unsigned long long)vt_since(cpu_now(cpu), before).ps);
		run->done++;
	}
}

static void run_steps(const struct step *steps, unsigned int nr, bool reference)
{
	struct host host = test_host(3);
	struct machine_config c = {
		.host = &host, .gic = 3, .nr_vcpus = NR_CPUS, .reference = reference
	};
	struct machine *m = test_machine(&c);
	struct run run = { .steps = steps, .nr = nr };

	run.word = plat_zalloc(machine_vm(m), PLAT_MEM_VM, 64);
	for (unsigned int i = 0; i < NR_CPUS; i++)
		machine_spawn(m, i, step_actor, &run);
	test_run(m);
	assert_int_equal(run.done, nr);
	plat_free(machine_vm(m), run.word);
	machine_destroy(m);
}

#define RUN(...)                                                                                   \
	do {                                                                                       \
		static const struct step steps[] = { __VA_ARGS__ };                                \
		run_steps(steps, sizeof(steps) / sizeof(steps[0]), false);                         \
		run_steps(steps, sizeof(steps) / sizeof(steps[0]), true);                          \
	} while (0)

static void first_touch_is_dram(void **state)
{
	RUN({ 0, 'r', 100 }, { 0, 'r', 1 }, { 0, 'w', 1 });
	RUN({ 0, 'w', 100 }, { 0, 'r', 1 }, { 0, 'b', 6 });
	RUN({ 0, 'b', 105 });
}

static void read_of_anothers_line(void **state)
{
	RUN({ 0, 'w', 100 }, { 1, 'r', 20 });
	RUN({ 0, 'w', 100 }, { 2, 'r', 30 });
	RUN({ 0, 'w', 100 }, { 4, 'r', 40 });
	RUN({ 0, 'w', 100 }, { 8, 'r', 50 });
	/* Clean and exclusive is fetched from its CPU too. */
	RUN({ 0, 'r', 100 }, { 2, 'r', 30 });
}

static void write_of_anothers_line(void **state)
{
	RUN({ 0, 'w', 100 }, { 1, 'w', 20 }, { 1, 'w', 1 }, { 0, 'w', 20 });
	RUN({ 0, 'w', 100 }, { 8, 'w', 50 }, { 9, 'w', 20 }, { 0, 'b', 55 });
}

static void shared_lines(void **state)
{
	/* Two sharers in socket 0: a third reads from the LLC, socket 1 afar. */
	RUN({ 0, 'w', 100 }, { 1, 'r', 20 }, { 0, 'r', 1 }, { 1, 'r', 1 }, { 5, 'r', 10 });
	RUN({ 0, 'w', 100 }, { 1, 'r', 20 }, { 8, 'r', 50 }, { 9, 'r', 10 });
	/* A write pays for the farthest sharer, and has it alone then. */
	RUN({ 0, 'w', 100 }, { 1, 'r', 20 }, { 0, 'w', 20 }, { 0, 'w', 1 });
	RUN({ 0, 'w', 100 }, { 1, 'r', 20 }, { 2, 'r', 10 }, { 0, 'w', 30 }, { 1, 'r', 20 });
	RUN({ 0, 'w', 100 }, { 1, 'r', 20 }, { 4, 'r', 10 }, { 1, 'w', 40 });
}

static void many_sharers(void **state)
{
	/* Past three sharers the set lives in the pool. */
	RUN({ 0, 'w', 100 }, { 1, 'r', 20 }, { 2, 'r', 10 }, { 3, 'r', 10 }, { 3, 'r', 1 },
	    { 0, 'r', 1 }, { 4, 'r', 10 }, { 0, 'w', 40 }, { 0, 'w', 1 }, { 4, 'r', 40 });
	RUN({ 0, 'w', 100 }, { 1, 'r', 20 }, { 2, 'r', 10 }, { 3, 'r', 10 }, { 1, 'w', 30 });
	RUN({ 0, 'w', 100 }, { 1, 'r', 20 }, { 2, 'r', 10 }, { 3, 'r', 10 }, { 8, 'r', 50 },
	    { 9, 'r', 10 }, { 3, 'b', 55 });
	/* A writer that was no sharer. */
	RUN({ 0, 'w', 100 }, { 1, 'r', 20 }, { 2, 'r', 10 }, { 3, 'r', 10 }, { 12, 'w', 50 });
}

static void ranges_actor(struct plat_cpu *cpu, void *arg)
{
	char *p = arg;
	struct vtime t = cpu_now(cpu);

	plat_read_bytes(cpu, p + 60, 8); /* two lines */
	assert_ns(vt_since(cpu_now(cpu), t), 200);
	t = cpu_now(cpu);
	plat_write_bytes(cpu, p, 129); /* three, of which two are here */
	assert_ns(vt_since(cpu_now(cpu), t), 102);
	t = cpu_now(cpu);
	plat_write_bytes(cpu, p + 64, 64); /* one */
	assert_ns(vt_since(cpu_now(cpu), t), 1);
	assert_int_equal(cpu_accounts(cpu)[COMP_LINES], cpu_now(cpu).ps);
}

static void ranges(void **state)
{
	struct host host = test_host(3);
	struct machine_config c = { .host = &host, .gic = 3, .nr_vcpus = 1 };
	struct machine *m = test_machine(&c);
	struct machine_stats s;
	char *p = plat_zalloc(machine_vm(m), PLAT_MEM_IRQ, 200);

	machine_spawn(m, 0, ranges_actor, p);
	test_run(m);
	machine_stats(m, &s);
	assert_int_equal(s.touches, 6);
	assert_int_equal(s.line_transfers, 3);
	assert_int_equal(s.bytes[PLAT_MEM_IRQ], 200);
	assert_int_equal(s.allocs[PLAT_MEM_IRQ], 1);
	assert_true(s.arena_bytes >= 200);
	plat_free(machine_vm(m), p);
	machine_stats(m, &s);
	assert_int_equal(s.bytes[PLAT_MEM_IRQ], 0);
	assert_int_equal(s.allocs[PLAT_MEM_IRQ], 0);
	machine_destroy(m);
}

static void wild_actor(struct plat_cpu *cpu, void *arg)
{
	plat_read_bytes(cpu, arg, 4);
}

static void outside_the_arena(void **state)
{
	struct host host = test_host(3);
	struct machine_config c = { .host = &host, .gic = 3, .nr_vcpus = 1 };
	struct machine *m = test_machine(&c);

	machine_spawn(m, 0, wild_actor, &host);
	test_run_fails(m, "outside the memory of plat_zalloc()");
	machine_destroy(m);
}

static void pool_actor(struct plat_cpu *cpu, void *arg)
{
	for (unsigned int i = 0; i < 200; i++) {
		cpu_idle_until(cpu, VT_US(i * 20 + cpu_actor(cpu)), COMP_SLEEP);
		if (cpu_actor(cpu))
			plat_read(cpu, (uint64_t *)arg);
		else
			plat_write(cpu, (uint64_t *)arg);
	}
}

static void sets_of_sharers_are_used_again(void **state)
{
	struct host host = test_host(3);
	struct machine_config c = { .host = &host, .gic = 3, .nr_vcpus = 8 };
	struct machine *m = test_machine(&c);
	void *p = plat_zalloc(machine_vm(m), PLAT_MEM_VM, 64);

	for (unsigned int i = 0; i < 8; i++)
		machine_spawn(m, i, pool_actor, p);
	test_run(m);
	assert_int_equal(m->masks_used, 1);
	plat_free(machine_vm(m), p);
	assert_int_equal(m->masks_free, 1);
	machine_destroy(m);
}

struct reuse {
	struct plat_vm *vm;
	uint64_t *p;
};

static void reuse_actor(struct plat_cpu *cpu, void *arg)
{
	struct reuse *r = arg;
	struct vtime t;

	plat_write(cpu, r->p);
	r->p[0] = 5;
	plat_free(r->vm, r->p);
	r->p = plat_zalloc(r->vm, PLAT_MEM_VM, 64);
	assert_int_equal(r->p[0], 0);
	t = cpu_now(cpu);
	plat_write(cpu, r->p);
	assert_ns(vt_since(cpu_now(cpu), t), 100);
}

static void memory_used_again_is_in_no_cache(void **state)
{
	struct host host = test_host(3);
	struct machine_config c = { .host = &host, .gic = 3, .nr_vcpus = 1 };
	struct machine *m = test_machine(&c);
	struct reuse r = { machine_vm(m), plat_zalloc(machine_vm(m), PLAT_MEM_VM, 64) };

	machine_spawn(m, 0, reuse_actor, &r);
	test_run(m);
	plat_free(r.vm, r.p);
	machine_destroy(m);
}

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>

static void poisoned_beside_objects(void **state)
{
	struct host host = test_host(3);
	struct machine_config c = { .host = &host, .gic = 3, .nr_vcpus = 1 };
	struct machine *m = test_machine(&c);
	char *p = plat_zalloc(machine_vm(m), PLAT_MEM_VM, 100);

	assert_false(__asan_address_is_poisoned(p + 99));
	assert_true(__asan_address_is_poisoned(p + 104));
	assert_true(__asan_address_is_poisoned(p + 127));
	plat_free(machine_vm(m), p);
	assert_true(__asan_address_is_poisoned(p));
	machine_destroy(m);
}
#else
static void poisoned_beside_objects(void **state)
{
	skip();
}
#endif

static void alignment(void **state)
{
	struct host host = test_host(3);
	struct machine_config c = { .host = &host, .gic = 3, .nr_vcpus = 1 };
	struct machine *m = test_machine(&c);
	void *p[300];

	for (size_t i = 0; i < 300; i++) {
		const char *b = p[i] = plat_zalloc(machine_vm(m), PLAT_MEM_VM, i * 37);

		assert_non_null(b);
		assert_int_equal((uintptr_t)b % 64, 0);
		for (size_t k = 0; k < i * 37; k++)
			assert_int_equal(b[k], 0);
		memset(p[i], 0xff, i * 37);
	}
	for (size_t i = 0; i < 300; i++)
		plat_free(machine_vm(m), p[i]);
	machine_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_touch_is_dram),
		cmocka_unit_test(read_of_anothers_line),
		cmocka_unit_test(write_of_anothers_line),
		cmocka_unit_test(shared_lines),
		cmocka_unit_test(many_sharers),
		cmocka_unit_test(ranges),
		cmocka_unit_test(outside_the_arena),
		cmocka_unit_test(memory_used_again_is_in_no_cache),
		cmocka_unit_test(sets_of_sharers_are_used_again),
		cmocka_unit_test(alignment),
		cmocka_unit_test(poisoned_beside_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
