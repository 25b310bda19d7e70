// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random programs of every verb, on 1 to 64 actors: normal and reference mode
 * must agree on fingerprint, accounts, statistics and everything the probes told;
 * a second run, another address layout and another machine in the same
 * process must change nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "test-host.h"

#define NR_OBJS	    24
#define NR_PROGRAMS 2500

static const struct plat_lock_class class_outer = { .name = "outer" };
static const struct plat_lock_class class_inner = { .name = "inner", .nest = PLAT_NEST_ASCENDING };
static const struct plat_lock_class class_irq = { .name = "irq", .irq_safe = true };

struct obj {
	struct plat_lock outer, inner, irq;
	uint32_t count;
	uint64_t bits[40];
	uint64_t *locked; /* guarded by "outer": LOCKED_WORDS of them */
};

#define LOCKED_WORDS 24 /* three lines */
#define FIXED_WORDS  64

struct program {
	struct machine *m;
	struct obj *obj[NR_OBJS];
	unsigned int nr_objs, nr_vcpus, nr_actors, nr_steps;
	uint64_t seed;
	uint64_t told; /* hash over what the probes said, per CPU in order */
	uint64_t told_cpu[80];
	unsigned int quiets;
	uint64_t *own[64]; /* guarded by vCPU */
	uint64_t *fixed;   /* never written */
};

static uint64_t rnd(uint64_t *s)
{
	uint64_t z = *s += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void tell(struct program *p, unsigned int cpu, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t h = p->told_cpu[cpu];

	h = (h ^ a) * 0x100000001b3u + b;
	p->told_cpu[cpu] = (h ^ h >> 23) * 0x100000001b3u + c;
}

static void on_lock(void *priv, const struct lock_event *ev)
{
	tell(priv, ev->cpu, ev->asked.ps ^ ev->got.ps << 1, ev->released.ps,
	     ev->prev_cpu + (uint64_t)ev->contended * 3 + (uint64_t)ev->bounced * 5 +
		     ev->distance * 7 + ev->instance);
}

static void on_kick(void *priv, unsigned int by, unsigned int vcpu, enum plat_kicked result,
		    struct vtime at)
{
	tell(priv, by, vcpu, result, at.ps);
}

static void on_ipi(void *priv, unsigned int cpu, struct vtime at, bool in_guest)
{
	tell(priv, cpu, 99, in_guest, at.ps);
}

static const struct machine_probe probe = { .lock = on_lock, .kick = on_kick, .ipi = on_ipi };

/* What the lock, the vCPU or nobody's writing it orders, in one turn with the rest. */
static void guarded_work(struct program *p, struct plat_cpu *cpu, struct obj *o, uint64_t r)
{
	int me = plat_this_vcpu(cpu);

	for (unsigned int i = r & 7; i; i--, r = r >> 3 | r << 61) {
		uint64_t *w = &o->locked[r % LOCKED_WORDS];

		plat_work(cpu, PLAT_CODE, r & 63);
		if (r & 64) {
			plat_write(cpu, w);
			*w = *w * 31 + cpu_actor(cpu) + 1;
		} else if (r & 128) {
			plat_set_bit(cpu, r & 511, o->locked);
		} else {
			plat_read_bytes(cpu, o->locked, r % (LOCKED_WORDS * 8) + 1);
			cpu_fingerprint(cpu, 5, *w);
		}
		if (r & 256)
			plat_read(cpu, &p->fixed[r >> 9 & (FIXED_WORDS - 1)]);
		if (me >= 0 && (r & 512))
			plat_write_bytes(cpu, p->own[me], r % 128 + 1);
		else if (me >= 0)
			plat_read(cpu, &p->own[me][r & 15]);
	}
}

static void locked_work(struct program *p, struct plat_cpu *cpu, struct obj *o, uint64_t r)
{
	struct obj *other = p->obj[r % p->nr_objs];
	bool irqs = r & 64;

	if (irqs)
		plat_irq_off(cpu);
	plat_lock(cpu, &o->outer);
	plat_write(cpu, &o->count);
	o->count++;
	guarded_work(p, cpu, o, r >> 20);
	if (r & 128) {
		plat_lock(cpu, &o->inner);
		if (other > o && (r & 256)) {
			/* Higher address, higher instance: see program_run(). */
			plat_lock(cpu, &other->inner);
			plat_set_bit(cpu, r >> 9 & 1023, other->bits);
			plat_unlock(cpu, &other->inner);
		}
		plat_work(cpu, PLAT_LIST, r >> 12 & 127);
		plat_unlock(cpu, &o->inner);
	}
	plat_unlock(cpu, &o->outer);
	if (irqs)
		plat_irq_on(cpu);
}

static void guest_run(struct program *p, struct plat_cpu *cpu, uint64_t r)
{
	enum guest_stop stop = GUEST_IPI;

	vcpu_wait_resumed(cpu);
	plat_irq_off(cpu);
	if (vcpu_enter(cpu)) {
		plat_vif_write(cpu, PLAT_VIF_HCR, 1);
		plat_work(cpu, PLAT_CODE, r & 255);
		stop = vcpu_run(cpu, vt_add(cpu_now(cpu), VT_NS(r >> 8 & 8191)));
		plat_work(cpu, PLAT_CODE, 40);
		vcpu_leave(cpu);
	}
	plat_irq_on(cpu);
	cpu_fingerprint(cpu, 1, stop);
}

static void step(struct program *p, struct plat_cpu *cpu, uint64_t r)
{
	struct obj *o = p->obj[(r >> 32) % p->nr_objs];
	unsigned int vcpu = (unsigned int)((r >> 40) % p->nr_vcpus);
	bool me = plat_this_vcpu(cpu) >= 0;

	switch (r >> 56 & 15) {
	case 0 ... 3:
		locked_work(p, cpu, o, r);
		break;
	case 4:
		plat_read_bytes(cpu, o, r % sizeof(*o) + 1);
		plat_read_bytes(cpu, p->fixed, r % (FIXED_WORDS * 8) + 1);
		if (me)
			plat_write(cpu, &p->own[cpu_actor(cpu)][r & 15]);
		break;
	case 5:
		if (plat_test_bit(cpu, r & 1023, o->bits))
			plat_clear_bit(cpu, r & 1023, o->bits);
		else
			plat_write(cpu, &o->count);
		cpu_fingerprint(cpu, 2, o->count);
		break;
	case 6 ... 8:
		cpu_fingerprint(cpu, 3, plat_kick(cpu, vcpu));
		break;
	case 9 ... 11:
		if (me)
			guest_run(p, cpu, r);
		else
			cpu_idle_until(cpu, vt_add(cpu_now(cpu), VT_NS(r & 4095)), COMP_SLEEP);
		break;
	case 12:
		if (!me) {
			cpu_block(cpu, COMP_SLEEP);
			break;
		}
		vcpu_sleep_prepare(cpu);
		plat_work(cpu, PLAT_CODE, r & 2047);
		if (r & 4096)
			vcpu_sleep_cancel(cpu);
		else
			vcpu_sleep(cpu,
				   r & 8192 ? vt_add(cpu_now(cpu), VT_US(r >> 16 & 15)) : VT_NEVER);
		break;
	case 13:
		plat_irq_off(cpu);
		plat_lock(cpu, &o->irq);
		plat_work(cpu, PLAT_CODE, r & 1023);
		plat_unlock(cpu, &o->irq);
		plat_irq_on(cpu);
		break;
	case 14:
		cpu_wake(machine_cpu(p->m, (unsigned int)(r % p->nr_actors)),
			 vt_add(cpu_now(cpu), VT_NS(r >> 8 & 511)));
		cpu_spend(cpu, COMP_HOST, VT_NS(r & 1023));
		break;
	default:
		/* vCPU 0 alone halts others, so that no two wait for each other. */
		if (cpu_actor(cpu) || !(r & 7)) {
			plat_relax(cpu);
			cpu_fingerprint(cpu, 4, plat_vcpu_on_cpu(cpu, vcpu));
		} else {
			plat_halt(cpu, PLAT_ALL_VCPUS, r & 8);
			plat_work(cpu, PLAT_CODE, r >> 8 & 511);
			plat_resume(cpu, PLAT_ALL_VCPUS);
		}
		break;
	}
}

static void actor(struct plat_cpu *cpu, void *arg)
{
	struct program *p = arg;
	uint64_t s = p->seed * 1000003 + cpu_actor(cpu);

	for (unsigned int i = 0; i < p->nr_steps; i++) {
		plat_work(cpu, PLAT_CODE, rnd(&s) & 511);
		step(p, cpu, rnd(&s));
	}
	/* Others may still be asleep: the last kicks wake everybody. */
	for (unsigned int v = 0; v < p->nr_vcpus; v++)
		plat_kick(cpu, v);
}

static bool wake_somebody(void *priv)
{
	struct program *p = priv;
	bool any = false;

	if (p->quiets++ > 2000)
		return false;
	for (unsigned int i = 0; i < p->nr_actors; i++) {
		if (cpu_is_blocked(machine_cpu(p->m, i))) {
			cpu_wake(machine_cpu(p->m, i), VT_ZERO);
			any = true;
		}
	}
	return any;
}

static void program_guard(struct program *p)
{
	struct plat_vm *vm = machine_vm(p->m);

	for (unsigned int i = 0; i < p->nr_objs; i++) {
		struct obj *o = p->obj[i];

		o->locked = plat_zalloc(vm, PLAT_MEM_VM, LOCKED_WORDS * 8);
		plat_guard_by_lock(vm, o->locked, LOCKED_WORDS * 8, &o->outer);
	}
	for (unsigned int i = 0; i < p->nr_vcpus; i++) {
		p->own[i] = plat_zalloc(vm, PLAT_MEM_VCPU, 128);
		plat_guard_by_vcpu(vm, p->own[i], 128, i);
	}
	p->fixed = plat_zalloc(vm, PLAT_MEM_VM, FIXED_WORDS * 8);
	plat_guard_const(vm, p->fixed, FIXED_WORDS * 8);
}

static void program_open(struct program *p, uint64_t seed, struct host *host, bool reference)
{
	uint64_t s = seed * 77777 + 5;
	struct machine_config c = { .host = host,
				    .gic = 3,
				    .reference = reference,
				    .seed = seed,
				    .probe = &probe,
				    .probe_priv = p };

	memset(p, 0, sizeof(*p));
	*host = test_host(3);
	host->c[HK_CPUS].count = 64;
	host->c[HK_ATOMIC_MODE].count = rnd(&s) % 3;
	if (rnd(&s) % 4 == 0)
		host->c[HK_SGI_PHYS].time = VT_NS(rnd(&s) % 20000);
	p->nr_vcpus = 1 + (unsigned int)(rnd(&s) % (seed % 8 ? 8 : 60));
	p->nr_actors = p->nr_vcpus + (unsigned int)(rnd(&s) % 5);
	p->nr_objs = 1 + (unsigned int)(rnd(&s) % (seed % 3 ? 4 : NR_OBJS));
	p->nr_steps = p->nr_actors > 16 ? 10 : 40;
	p->seed = seed;
	c.lock = (enum lock_algo)(rnd(&s) % LOCK_NR_ALGOS);
	c.nr_vcpus = p->nr_vcpus;
	c.nr_others = p->nr_actors - p->nr_vcpus;
	c.explore = rnd(&s) % 3 ? 0 : rnd(&s);
	p->m = test_machine(&c);
	for (unsigned int i = 0; i < p->nr_objs; i++)
		p->obj[i] = plat_zalloc(machine_vm(p->m), PLAT_MEM_IRQ, sizeof(struct obj));
	/* Instances by address order within this run: what nests must ascend. */
	for (unsigned int i = 0; i < p->nr_objs; i++) {
		for (unsigned int k = i + 1; k < p->nr_objs; k++) {
			if (p->obj[k] < p->obj[i]) {
				struct obj *t = p->obj[i];

				p->obj[i] = p->obj[k];
				p->obj[k] = t;
			}
		}
		plat_lock_init(machine_vm(p->m), &p->obj[i]->outer, &class_outer, i);
		plat_lock_init(machine_vm(p->m), &p->obj[i]->inner, &class_inner, i);
		plat_lock_init(machine_vm(p->m), &p->obj[i]->irq, &class_irq, i);
	}
	program_guard(p);
	for (unsigned int i = 0; i < p->nr_actors; i++)
		machine_spawn(p->m, i, actor, p);
}

struct outcome {
	uint64_t fingerprint, told, accounts, end, touches, transfers, locks, insns;
};

static struct outcome program_result(struct program *p)
{
	struct machine_stats st;
	struct outcome o = { .fingerprint = machine_fingerprint(p->m) };

	machine_stats(p->m, &st);
	o.end = st.end.ps;
	o.touches = st.touches;
	o.transfers = st.line_transfers;
	o.locks = st.locks;
	o.insns = st.insns;
	for (unsigned int i = 0; i < p->nr_actors; i++) {
		struct plat_cpu *cpu = machine_cpu(p->m, i);
		uint64_t sum = 0;

		o.told = (o.told ^ p->told_cpu[i]) * 0x100000001b3u;
		for (unsigned int k = 0; k < COMP_NR; k++) {
			sum += cpu_accounts(cpu)[k];
			o.accounts = (o.accounts ^ cpu_accounts(cpu)[k]) * 0x100000001b3u;
		}
		/* Every advance of the clock is booked. */
		assert_int_equal(sum, cpu_now(cpu).ps);
	}
	return o;
}

static void program_finish(struct program *p)
{
	struct err err = { 0 };

	if (machine_run(p->m, wake_somebody, p, &err))
		fail_msg("seed %llu: %s", (unsigned long long)p->seed, err.msg);
}

static void program_close(struct program *p)
{
	for (unsigned int i = 0; i < p->nr_objs; i++) {
		plat_free(machine_vm(p->m), p->obj[i]->locked);
		plat_free(machine_vm(p->m), p->obj[i]);
	}
	for (unsigned int i = 0; i < p->nr_vcpus; i++)
		plat_free(machine_vm(p->m), p->own[i]);
	plat_free(machine_vm(p->m), p->fixed);
	machine_destroy(p->m);
}

static struct outcome program_run(uint64_t seed, bool reference)
{
	struct program p;
	struct host host;
	struct outcome o;

	program_open(&p, seed, &host, reference);
	program_finish(&p);
	o = program_result(&p);
	program_close(&p);
	return o;
}

static void same(uint64_t seed, const struct outcome *a, const struct outcome *b)
{
	if (memcmp(a, b, sizeof(*a)))
		fail_msg("seed %llu: fingerprints %llx %llx, ends %llu %llu, told %llx %llx, "
			 "accounts %llx %llx",
			 (unsigned long long)seed, (unsigned long long)a->fingerprint,
			 (unsigned long long)b->fingerprint, (unsigned long long)a->end,
			 (unsigned long long)b->end, (unsigned long long)a->told,
			 (unsigned long long)b->told, (unsigned long long)a->accounts,
			 (unsigned long long)b->accounts);
}

static void normal_equals_reference(void **state)
{
	uint64_t locks = 0, distinct = 0, last = 0;

	for (uint64_t seed = 1; seed <= NR_PROGRAMS; seed++) {
		struct outcome a = program_run(seed, false);
		struct outcome b = program_run(seed, true);

		same(seed, &a, &b);
		locks += a.locks;
		distinct += a.fingerprint != last;
		last = a.fingerprint;
	}
	/* The programs are not all empty, nor all the same. */
	assert_true(locks > NR_PROGRAMS * 10);
	assert_true(distinct > NR_PROGRAMS * 9 / 10);
}

static void twice_the_same(void **state)
{
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct outcome a = program_run(seed, false);
		struct outcome b = program_run(seed, false);

		same(seed, &a, &b);
	}
}

struct nested {
	struct program p;
	struct host host;
};

/* While this machine is at rest, another runs whole. */
static bool run_another(void *priv)
{
	struct program *p = priv;
	struct outcome a, b;

	if (p->quiets % 7 == 0) {
		a = program_run(p->seed + 1000, false);
		b = program_run(p->seed + 1000, true);
		same(p->seed + 1000, &a, &b);
	}
	return wake_somebody(p);
}

static void inside_actor(struct plat_cpu *cpu, void *arg)
{
	struct nested *n = arg;

	cpu_spend(cpu, COMP_HOST, VT_NS(10));
	program_finish(&n->p);
}

static void two_machines(void **state)
{
	struct host host = test_host(3);
	struct machine_config c = { .host = &host, .gic = 3, .nr_vcpus = 1 };

	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct outcome alone = program_run(seed, false), beside;
		struct machine *outer = test_machine(&c);
		struct program p;
		struct nested n;
		struct err err = { 0 };

		program_open(&p, seed, &n.host, false);
		assert_int_equal(machine_run(p.m, run_another, &p, &err), 0);
		beside = program_result(&p);
		same(seed, &alone, &beside);
		program_close(&p);

		/* And one run from within an actor of another. */
		program_open(&n.p, seed, &n.host, false);
		machine_spawn(outer, 0, inside_actor, &n);
		test_run(outer);
		beside = program_result(&n.p);
		same(seed, &alone, &beside);
		program_close(&n.p);
		machine_destroy(outer);
	}
}

static void print_outcomes(FILE *out)
{
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct outcome o = program_run(seed, false);

		fprintf(out, "%llx %llx %llx %llu\n", (unsigned long long)o.fingerprint,
			(unsigned long long)o.told, (unsigned long long)o.accounts,
			(unsigned long long)o.end);
	}
}

static char *self;

static void other_addresses(void **state)
{
	char cmd[4096], *text[2];
	size_t len[2];

	/* Each process has its own layout. */
	snprintf(cmd, sizeof(cmd), "'%s' --print", self);
	for (unsigned int i = 0; i < 2; i++) {
		FILE *f = popen(cmd, "r");

		assert_non_null(f);
		text[i] = calloc(1, 1 << 16);
		assert_non_null(text[i]);
		len[i] = fread(text[i], 1, (1 << 16) - 1, f);
		assert_int_equal(pclose(f), 0);
	}
	assert_true(len[0] > 60 * 20);
	assert_int_equal(len[0], len[1]);
	assert_memory_equal(text[0], text[1], len[0]);
	free(text[0]);
	free(text[1]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(normal_equals_reference),
		cmocka_unit_test(twice_the_same),
		cmocka_unit_test(two_machines),
		cmocka_unit_test(other_addresses),
	};

	self = argv[0];
	if (argc > 1) {
		print_outcomes(stdout);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
