// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verbs of the machine and the switch between actors, each in a loop of two
 * lengths, so that their difference is the verb and the loop around it and nothing
 * else. The loops are compiled as designs are: what is inlined there is here.
 */
#include <stdio.h>

#include "budget.h"

#define VERBS_ACTORS 64

static const struct plat_lock_class verbs_class = { .name = "verbs" };

struct verbs_obj {
	struct plat_lock lock;
	uint32_t pad[15];
	uint64_t body[8];
};

struct verbs {
	struct verbs_obj *own[VERBS_ACTORS], *shared;
	uint64_t (*lines)[8];
	uint64_t n;
	unsigned int nr_actors;
};

struct verbs_loop {
	const char *what, *per;
	unsigned int actors, n; /* in the shorter one; the longer has three times as many */
	unsigned int gic;
	enum lock_algo lock;
	void (*fn)(struct plat_cpu *cpu, void *arg);
};

static void verbs_touch(struct plat_cpu *cpu, void *arg)
{
	const struct verbs *v = arg;
	uint64_t *body = v->own[cpu_actor(cpu)]->body;

	for (uint64_t i = 0; i < v->n; i++)
		plat_write(cpu, &body[i & 7]);
}

static void verbs_guarded(struct plat_cpu *cpu, void *arg)
{
	const struct verbs *v = arg;
	uint64_t *body = v->shared->body;

	plat_lock(cpu, &v->shared->lock);
	for (uint64_t i = 0; i < v->n; i++)
		plat_read(cpu, &body[i & 7]);
	plat_unlock(cpu, &v->shared->lock);
}

/* The first has all lines; then the second comes and takes them. */
static void verbs_taken(struct plat_cpu *cpu, void *arg)
{
	const struct verbs *v = arg;

	if (cpu_actor(cpu))
		cpu_idle_until(cpu, VT_US(10000), COMP_HOST);
	for (uint64_t i = 0; i < v->n; i++)
		plat_write(cpu, &v->lines[i][0]);
}

static void verbs_lock(struct plat_cpu *cpu, void *arg)
{
	const struct verbs *v = arg;
	struct plat_lock *lock = &v->own[cpu_actor(cpu)]->lock;

	for (uint64_t i = 0; i < v->n; i++) {
		plat_lock(cpu, lock);
		plat_unlock(cpu, lock);
	}
}

static void verbs_contended(struct plat_cpu *cpu, void *arg)
{
	const struct verbs *v = arg;

	for (uint64_t i = 0; i < v->n; i++) {
		plat_lock(cpu, &v->shared->lock);
		plat_work(cpu, PLAT_CODE, 100);
		plat_unlock(cpu, &v->shared->lock);
		cpu_spend(cpu, COMP_GUEST, VT_NS(50));
	}
}

static void verbs_switch(struct plat_cpu *cpu, void *arg)
{
	const struct verbs *v = arg;

	for (uint64_t i = 0; i < v->n; i++)
		cpu_spend(cpu, COMP_HOST, VT_PS(1));
}

static void verbs_work(struct plat_cpu *cpu, void *arg)
{
	const struct verbs *v = arg;

	for (uint64_t i = 0; i < v->n; i++)
		plat_work(cpu, PLAT_LIST, 3);
}

static void verbs_lr_read(struct plat_cpu *cpu, void *arg)
{
	const struct verbs *v = arg;

	for (uint64_t i = 0; i < v->n; i++)
		plat_vif_read(cpu, PLAT_VIF_LR0 + (i & 3));
}

#define VERBS_IRQ 40
#define VERBS_LR  (ICH_LR_PENDING | ICH_LR_GROUP1 | UINT64_C(0xa0) << ICH_LR_PRIO_SHIFT | VERBS_IRQ)

static void verbs_lr_write(struct plat_cpu *cpu, void *arg)
{
	const struct verbs *v = arg;

	for (uint64_t i = 0; i < v->n; i++)
		plat_vif_write(cpu, PLAT_VIF_LR0 + (i & 3), VERBS_LR);
}

/* What an interrupt is in the end: written, found, acknowledged, ended. */
static void verbs_deliver(struct plat_cpu *cpu, void *arg)
{
	const struct verbs *v = arg;
	struct gic_lr lr;

	plat_vif_write(cpu, PLAT_VIF_HCR, GICH_HCR_EN);
	for (uint64_t i = 0; i < v->n; i++) {
		plat_vif_write(cpu, PLAT_VIF_LR0, VERBS_LR);
		vif_ack(cpu, (unsigned int)vif_highest_pending(cpu, &lr));
		vif_eoi(cpu, VERBS_IRQ, 0);
	}
}

static const struct verbs_loop verbs_loops[] = {
	{ "touch, own line", "touch", 1, 20000, 3, LOCK_TICKET, verbs_touch },
	{ "touch, own line by its lock", "touch", 1, 20000, 3, LOCK_TICKET, verbs_guarded },
	{ "touch, another's line", "touch", 2, 1000, 3, LOCK_TICKET, verbs_taken },
	{ "lock pair, ticket", "pair", 1, 10000, 3, LOCK_TICKET, verbs_lock },
	{ "lock pair, queued", "pair", 1, 10000, 3, LOCK_QUEUED, verbs_lock },
	{ "lock pair, tas", "pair", 1, 10000, 3, LOCK_TAS, verbs_lock },
	{ "lock pair, ticket, 8 meet", "pair", 8, 1000, 3, LOCK_TICKET, verbs_contended },
	{ "lock pair, queued, 8 meet", "pair", 8, 1000, 3, LOCK_QUEUED, verbs_contended },
	{ "lock pair, tas, 8 meet", "pair", 8, 1000, 3, LOCK_TAS, verbs_contended },
	{ "switch, 2 actors", "switch", 2, 5000, 3, LOCK_TICKET, verbs_switch },
	{ "switch, 64 actors", "switch", 64, 200, 3, LOCK_TICKET, verbs_switch },
	{ "work", "call", 1, 20000, 3, LOCK_TICKET, verbs_work },
	{ "list register read, GICv3", "read", 1, 10000, 3, LOCK_TICKET, verbs_lr_read },
	{ "list register write, GICv3", "write", 1, 10000, 3, LOCK_TICKET, verbs_lr_write },
	{ "list register read, GICv2", "read", 1, 10000, 2, LOCK_TICKET, verbs_lr_read },
	{ "interrupt delivered, GICv3", "interrupt", 1, 5000, 3, LOCK_TICKET, verbs_deliver },
};

static int verbs_objects(struct verbs *v, struct machine *m, struct err *err)
{
	struct plat_vm *vm = machine_vm(m);

	v->shared = plat_zalloc(vm, PLAT_MEM_VM, sizeof(*v->shared));
	v->lines = plat_zalloc(vm, PLAT_MEM_VM, 4096 * sizeof(*v->lines));
	for (unsigned int i = 0; i < v->nr_actors; i++) {
		v->own[i] = plat_zalloc(vm, PLAT_MEM_VCPU, sizeof(*v->own[i]));
		if (!v->own[i])
			return err_set(err, ERR_NOMEM, "out of memory");
		plat_lock_init(vm, &v->own[i]->lock, &verbs_class, i + 1);
	}
	if (!v->shared || !v->lines)
		return err_set(err, ERR_NOMEM, "out of memory");
	plat_lock_init(vm, &v->shared->lock, &verbs_class, 0);
	plat_guard_by_lock(vm, v->shared->body, sizeof(v->shared->body), &v->shared->lock);
	return 0;
}

static int verbs_run(const struct verbs_loop *l, uint64_t n, const struct host *host,
		     struct err *err)
{
	struct machine_config c = {
		.host = host, .lock = l->lock, .gic = l->gic, .nr_vcpus = l->actors
	};
	struct verbs v = { .n = n, .nr_actors = l->actors };
	struct machine *m = machine_create(&c, err);
	int ret;

	if (!m)
		return err->code;
	ret = verbs_objects(&v, m, err);
	for (unsigned int i = 0; i < l->actors; i++)
		machine_spawn(m, i, l->fn, &v);
	if (!ret) {
		budget_begin();
		ret = machine_run(m, NULL, NULL, err);
		budget_end(l->what, l->per, n * (l->fn == verbs_taken ? 1 : l->actors));
	}
	for (unsigned int i = 0; i < l->actors; i++)
		plat_free(machine_vm(m), v.own[i]);
	plat_free(machine_vm(m), v.lines);
	plat_free(machine_vm(m), v.shared);
	machine_destroy(m);
	return ret;
}

int budget_verbs(const struct host *v2, const struct host *v3, struct err *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < sizeof(verbs_loops) / sizeof(verbs_loops[0]); i++) {
		const struct verbs_loop *l = &verbs_loops[i];

		for (unsigned int k = 1; !ret && k <= 3; k += 2)
			ret = verbs_run(l, k * (uint64_t)l->n, l->gic == 2 ? v2 : v3, err);
	}
	return ret;
}
