// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The other verbs, and the seat, of a real thread: what machine/vcpu.c does to a mode
 * word in simulated time is here done to real ones. An IPI is the mode word's turning from IN_GUEST
 * to EXITING, which the guest looks at; no signal is sent. Interrupts off is a depth: nothing
 * interrupts a thread here, for interrupt contexts have a thread of their own.
 *
 * Instructions and lines cost what they cost; an SRCU read side is a count without
 * its barrier, the virtual interface is memory.
 */
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "native-int.h"
#include "seat.h"

void native_fail(struct plat_cpu *cpu, const char *fmt, ...)
{
	struct native *n = cpu->n;
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&n->mutex);
	if (!n->failed)
		err_set(&n->err, ERR_INVARIANT, "real threads: actor %u: %s", cpu->id, what);
	n->failed = true;
	pthread_cond_broadcast(&n->changed);
	pthread_mutex_unlock(&n->mutex);
	for (;;)
		pause();
}

#define native_get(p)	 __atomic_load_n(p, __ATOMIC_SEQ_CST)
#define native_set(p, v) __atomic_store_n(p, v, __ATOMIC_SEQ_CST)

/* ---- memory -------------------------------------------------------------- */

void plat_set_bit(struct plat_cpu *cpu, unsigned int nr, uint64_t *map)
{
	__atomic_fetch_or(&map[nr / 64], UINT64_C(1) << (nr & 63), __ATOMIC_RELAXED);
}

void plat_clear_bit(struct plat_cpu *cpu, unsigned int nr, uint64_t *map)
{
	__atomic_fetch_and(&map[nr / 64], ~(UINT64_C(1) << (nr & 63)), __ATOMIC_RELAXED);
}

bool plat_test_bit(struct plat_cpu *cpu, unsigned int nr, const uint64_t *map)
{
	return __atomic_load_n(&map[nr / 64], __ATOMIC_RELAXED) >> (nr & 63) & 1;
}

/* ---- this CPU ------------------------------------------------------------ */

void plat_irq_off(struct plat_cpu *cpu)
{
	cpu->irq_off++;
}

void plat_irq_on(struct plat_cpu *cpu)
{
	if (!cpu->irq_off)
		native_fail(cpu, "interrupts turned on once too often");
	cpu->irq_off--;
}

void plat_srcu_lock(struct plat_cpu *cpu)
{
	cpu->srcu++;
}

void plat_srcu_unlock(struct plat_cpu *cpu)
{
	cpu->srcu--;
}

int plat_this_vcpu(const struct plat_cpu *cpu)
{
	return cpu->is_vcpu ? (int)cpu->id : -1;
}

void plat_relax(struct plat_cpu *cpu)
{
	if (cpu->yields)
		sched_yield();
	else
		ck_pr_stall();
}

void plat_count(struct plat_cpu *cpu, enum plat_counter what, uint64_t n)
{
	cpu->player.counts.counter[what] += n;
}

void plat_list_length(struct plat_cpu *cpu, unsigned int n)
{
}

void plat_deviation(struct plat_cpu *cpu, const char *what)
{
	cpu->player.counts.deviations++;
}

/* ---- the virtual interface ----------------------------------------------- */

uint64_t plat_vif_read(struct plat_cpu *cpu, unsigned int reg)
{
	if (reg >= PLAT_VIF_LR0 + cpu->n->shape.nr_lrs)
		native_fail(cpu, "list register %u of %u", reg - PLAT_VIF_LR0,
			    cpu->n->shape.nr_lrs);
	return vif_regs_read(&cpu->vif, cpu->n->shape, reg);
}

void plat_vif_write(struct plat_cpu *cpu, unsigned int reg, uint64_t val)
{
	if (reg >= PLAT_VIF_LR0 + cpu->n->shape.nr_lrs ||
	    !vif_regs_write(&cpu->vif, cpu->n->shape, reg, val))
		native_fail(cpu, "write to interface register %u", reg);
}

void plat_barrier(struct plat_cpu *cpu)
{
	ck_pr_barrier();
}

static uint64_t *native_phys(struct plat_cpu *cpu, uint32_t irq)
{
	if (irq >= NATIVE_PHYS_IRQS)
		native_fail(cpu, "physical interrupt %u", irq);
	return &cpu->phys_active[irq / 64];
}

bool plat_phys_active_get(struct plat_cpu *cpu, uint32_t hw_irq)
{
	return *native_phys(cpu, hw_irq) >> (hw_irq & 63) & 1;
}

void plat_phys_active_set(struct plat_cpu *cpu, uint32_t hw_irq, bool active)
{
	uint64_t *word = native_phys(cpu, hw_irq), bit = UINT64_C(1) << (hw_irq & 63);

	*word = active ? *word | bit : *word & ~bit;
}

/* ---- other vCPUs --------------------------------------------------------- */

static struct plat_cpu *native_vcpu(struct plat_cpu *cpu, unsigned int vcpu)
{
	if (vcpu >= cpu->n->nr_vcpus)
		native_fail(cpu, "vCPU %u of %u", vcpu, cpu->n->nr_vcpus);
	return &cpu->n->cpu[vcpu];
}

static bool native_make_exit(struct plat_cpu *t)
{
	int in_guest = NATIVE_IN_GUEST;

	return native_get(&t->mode) == NATIVE_IN_GUEST &&
	       __atomic_compare_exchange_n(&t->mode, &in_guest, NATIVE_EXITING, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

enum plat_kicked plat_kick(struct plat_cpu *cpu, unsigned int vcpu)
{
	struct plat_cpu *t = native_vcpu(cpu, vcpu);
	enum plat_kicked result = PLAT_KICK_NONE;

	if (t == cpu)
		result = PLAT_KICK_SELF;
	else if (native_get(&t->wfi) && !__atomic_exchange_n(&t->woken, true, __ATOMIC_SEQ_CST))
		result = PLAT_KICK_WOKEN;
	else if (native_make_exit(t))
		result = PLAT_KICK_IPI;
	cpu->player.counts.kicks[result]++;
	return result;
}

bool plat_vcpu_on_cpu(struct plat_cpu *cpu, unsigned int vcpu)
{
	return native_get(&native_vcpu(cpu, vcpu)->loaded);
}

static void native_each(struct plat_cpu *cpu, unsigned int vcpu,
			void (*fn)(struct plat_cpu *cpu, struct plat_cpu *t))
{
	if (vcpu != PLAT_ALL_VCPUS) {
		fn(cpu, native_vcpu(cpu, vcpu));
		return;
	}
	for (unsigned int v = 0; v < cpu->n->nr_vcpus; v++)
		if (v != cpu->id)
			fn(cpu, native_vcpu(cpu, v));
}

static void native_halt_one(struct plat_cpu *cpu, struct plat_cpu *t)
{
	__atomic_fetch_add(&t->halted, 1, __ATOMIC_SEQ_CST);
	if (t != cpu)
		native_make_exit(t);
}

static void native_wait_exit(struct plat_cpu *cpu, struct plat_cpu *t)
{
	while (t != cpu && native_get(&t->mode) != NATIVE_OUTSIDE)
		plat_relax(cpu);
}

static void native_resume_one(struct plat_cpu *cpu, struct plat_cpu *t)
{
	if (!__atomic_fetch_sub(&t->halted, 1, __ATOMIC_SEQ_CST))
		native_fail(cpu, "resume of vCPU %u, which is not halted", t->id);
}

void plat_halt(struct plat_cpu *cpu, unsigned int vcpu, bool wait)
{
	native_each(cpu, vcpu, native_halt_one);
	if (wait)
		native_each(cpu, vcpu, native_wait_exit);
}

void plat_resume(struct plat_cpu *cpu, unsigned int vcpu)
{
	native_each(cpu, vcpu, native_resume_one);
}

/* ---- the seat ------------------------------------------------------------ */

bool seat_enter(struct plat_cpu *cpu)
{
	native_set(&cpu->mode, NATIVE_IN_GUEST);
	if (!native_get(&cpu->halted))
		return true;
	native_set(&cpu->mode, NATIVE_OUTSIDE);
	return false;
}

void seat_leave(struct plat_cpu *cpu)
{
	native_set(&cpu->mode, NATIVE_OUTSIDE);
}

void seat_wait_resumed(struct plat_cpu *cpu)
{
	while (native_get(&cpu->halted))
		plat_relax(cpu);
}

void seat_set_loaded(struct plat_cpu *cpu, bool loaded)
{
	native_set(&cpu->loaded, loaded);
}

void seat_wfi(struct plat_cpu *cpu, bool begin)
{
	native_set(&cpu->woken, false);
	native_set(&cpu->wfi, begin);
}

static bool native_before(const struct plat_cpu *cpu, uint64_t until_ns)
{
	return stamp_monotonic_ns() - cpu->n->start_ns < until_ns;
}

bool seat_guest(struct plat_cpu *cpu, uint64_t until_ns)
{
	while (native_get(&cpu->mode) == NATIVE_IN_GUEST && native_before(cpu, until_ns))
		plat_relax(cpu);
	return native_get(&cpu->mode) == NATIVE_EXITING;
}

void seat_pause(struct plat_cpu *cpu)
{
	plat_relax(cpu);
}

void seat_until(struct plat_cpu *cpu, uint64_t until_ns)
{
	while (native_before(cpu, until_ns))
		plat_relax(cpu);
}

uint64_t seat_lr(const struct plat_cpu *cpu, unsigned int n)
{
	return cpu->vif.lr[n];
}

int seat_pending(const struct plat_cpu *cpu, struct gic_lr *lr)
{
	return vif_regs_highest_pending(&cpu->vif, cpu->n->shape, lr);
}

void seat_ack(struct plat_cpu *cpu, unsigned int n)
{
	if (!vif_regs_ack(&cpu->vif, cpu->n->shape, n))
		native_fail(cpu, "acknowledge of list register %u, which is not pending", n);
}

bool seat_eoi(struct plat_cpu *cpu, uint32_t irq, unsigned int src)
{
	struct gic_lr lr;

	if (!vif_regs_eoi(&cpu->vif, cpu->n->shape, irq, src, &lr))
		return false;
	if (lr.hw)
		plat_phys_active_set(cpu, lr.hw_irq, false);
	return true;
}
