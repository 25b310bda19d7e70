/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For a test's program only: designs that are broken on purpose. The linker puts this
 * file's vgic_design_find() in front.
 *
 *	broken-twice		kvm-aplist (the last two 6.1's), but that it injects the edge INTID
 *40 once more at the third exit after it came
 *	broken-order		… takes two locks in one order at entry, in the other at exit
 *	broken-again		… takes a lock at entry that it holds already
 *	broken-held		… enters the guest with a lock held, taken at its flush
 *	broken-held-late	… taken when the list registers are loaded
 *	broken-irq		… takes a lock at entry with interrupts on, which it also takes
 *				when an interrupt's handler injects
 *	broken-irq-inside	… and another one inside it, which alone has interrupts on
 */
#include <string.h>

#include "vgic-design.h"

const struct vgic_design *__real_vgic_design_find(const char *name);
const struct vgic_design *__wrap_vgic_design_find(const char *name);

static const struct vgic_design *real;

/* ---- delivered twice ------------------------------------------------------ */

static unsigned int exits_left;

/* Each run for itself. */
static void *twice_create(struct plat_vm *vm, const struct vgic_config *config)
{
	exits_left = 0;
	return real->create(vm, config);
}

static int twice_inject(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq,
			bool level, bool mapped)
{
	if (irq == 40)
		exits_left = 3;
	return real->inject(vgic, cpu, vcpu, irq, level, mapped);
}

static void twice_sync(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	real->sync(vgic, cpu, vcpu);
	if (exits_left && !--exits_left)
		real->inject(vgic, cpu, vcpu, 40, true, false);
}

/* ---- locks ------------------------------------------------------------------ */

static const struct plat_lock_class one_class = { .name = "one" }, two_class = { .name = "two" };

static struct {
	struct plat_vm *vm;
	struct {
		struct plat_lock one, two;
	} * locks;
} extra;

static void *locks_create(struct plat_vm *vm, const struct vgic_config *config)
{
	extra.vm = vm;
	extra.locks = plat_zalloc(vm, PLAT_MEM_VM, sizeof(*extra.locks));
	if (!extra.locks)
		return NULL;
	plat_lock_init(vm, &extra.locks->one, &one_class, 0);
	plat_lock_init(vm, &extra.locks->two, &two_class, 0);
	return real->create(vm, config);
}

static void locks_destroy(void *vgic)
{
	real->destroy(vgic);
	plat_free(extra.vm, extra.locks);
}

static void order_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	plat_lock(cpu, &extra.locks->one);
	plat_lock(cpu, &extra.locks->two);
	plat_unlock(cpu, &extra.locks->two);
	plat_unlock(cpu, &extra.locks->one);
	real->flush(vgic, cpu, vcpu);
}

static void order_sync(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	real->sync(vgic, cpu, vcpu);
	plat_lock(cpu, &extra.locks->two);
	plat_lock(cpu, &extra.locks->one);
	plat_unlock(cpu, &extra.locks->one);
	plat_unlock(cpu, &extra.locks->two);
}

static void again_locked(struct plat_cpu *cpu)
{
	plat_lock(cpu, &extra.locks->one);
	plat_unlock(cpu, &extra.locks->one);
}

static void again_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	plat_lock(cpu, &extra.locks->one);
	again_locked(cpu);
	plat_unlock(cpu, &extra.locks->one);
	real->flush(vgic, cpu, vcpu);
}

static void held_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	real->flush(vgic, cpu, vcpu);
	plat_lock(cpu, &extra.locks->one);
}

static void held_restore(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	real->restore(vgic, cpu, vcpu);
	plat_lock(cpu, &extra.locks->two);
}

static void irq_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	plat_lock(cpu, &extra.locks->one);
	plat_unlock(cpu, &extra.locks->one);
	real->flush(vgic, cpu, vcpu);
}

static int irq_inject(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq, bool level,
		      bool mapped)
{
	plat_irq_off(cpu);
	plat_lock(cpu, &extra.locks->one);
	plat_unlock(cpu, &extra.locks->one);
	plat_irq_on(cpu);
	return real->inject(vgic, cpu, vcpu, irq, level, mapped);
}

static void inside_alone(struct plat_cpu *cpu)
{
	plat_lock(cpu, &extra.locks->two);
	plat_unlock(cpu, &extra.locks->two);
}

static void inside_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	inside_alone(cpu);
	plat_irq_off(cpu);
	plat_lock(cpu, &extra.locks->one);
	inside_alone(cpu);
	plat_unlock(cpu, &extra.locks->one);
	plat_irq_on(cpu);
	real->flush(vgic, cpu, vcpu);
}

/* ---- by name ------------------------------------------------------------------ */

/* Hooks that are NULL are the real design's. */
static const struct vgic_design broken[] = {
	{ .name = "broken-twice",
	  .create = twice_create,
	  .inject = twice_inject,
	  .sync = twice_sync },
	{ .name = "broken-order", .flush = order_flush, .sync = order_sync },
	{ .name = "broken-again", .flush = again_flush },
	{ .name = "broken-held", .flush = held_flush },
	{ .name = "broken-held-late", .restore = held_restore },
	{ .name = "broken-irq", .flush = irq_flush, .inject = irq_inject },
	{ .name = "broken-irq-inside", .flush = inside_flush, .inject = irq_inject },
};
#define NR_BROKEN (sizeof(broken) / sizeof(broken[0]))

const struct vgic_design *__wrap_vgic_design_find(const char *name)
{
	static struct vgic_design made[NR_BROKEN];
	size_t i = 0;

	while (i < NR_BROKEN && strcmp(name, broken[i].name))
		i++;
	if (i == NR_BROKEN)
		return __real_vgic_design_find(name);
	/* 6.1's own locks can be taken in interrupts. */
	real = __real_vgic_design_find(strncmp(name, "broken-irq", 10) ? "kvm-aplist"
								       : "kvm-aplist-6.1");
	made[i] = *real;
	made[i].name = broken[i].name;
	if (broken[i].flush)
		made[i].flush = broken[i].flush;
	if (broken[i].restore)
		made[i].restore = broken[i].restore;
	if (broken[i].sync)
		made[i].sync = broken[i].sync;
	if (broken[i].inject)
		made[i].inject = broken[i].inject;
	if (broken[i].create) {
		made[i].create = broken[i].create;
	} else {
		made[i].create = locks_create;
		made[i].destroy = locks_destroy;
	}
	return &made[i];
}
