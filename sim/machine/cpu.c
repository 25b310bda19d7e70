// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a CPU does by itself: spend time, work, turn interrupts off and on,
 * take IPIs, be idle or blocked.
 *
 * Host interrupts are modelled as one pending physical IPI a CPU: another that is
 * sent while one is on its way merges with it, as an SGI does in the GIC.
 * Taking it costs host_irq. It is taken, with interrupts on, by the first verb
 * at or after its arrival that orders this CPU with others (every touch,
 * lock, unlock and cpu_*() call; plat_work() and the vif are private).
 */
#include "internal.h"

const char *const component_names[COMP_NR] = {
	[COMP_LOCK_WAIT] = "lock wait",
	[COMP_CRITICAL] = "critical section",
	[COMP_CODE] = "code",
	[COMP_LINES] = "cache lines",
	[COMP_LR] = "list registers",
	[COMP_LIST] = "list work",
	[COMP_DISPATCH] = "dispatch",
	[COMP_SWITCH] = "world switch",
	[COMP_IPI] = "ipi",
	[COMP_HOST] = "other host work",
	[COMP_SLEEP] = "sleep",
	[COMP_GUEST] = "guest",
};

unsigned int cpu_actor(const struct plat_cpu *cpu)
{
	return cpu->id;
}

struct machine *cpu_machine(const struct plat_cpu *cpu)
{
	return cpu->m;
}

struct vtime cpu_now(const struct plat_cpu *cpu)
{
	return now(cpu);
}

const uint64_t *cpu_accounts(struct plat_cpu *cpu)
{
	cpu_fold(cpu);
	return cpu->acct;
}

uint64_t cpu_insns(const struct plat_cpu *cpu)
{
	const uint64_t *w = cpu->front.work;

	return cpu->insns + w[0] + w[1] + w[2] + w[3];
}

/* One that stopped the guest was told then; here its handler runs. */
static void cpu_take_ipi(struct plat_cpu *cpu)
{
	struct machine *m = cpu->m;

	do {
		if (!cpu->ipi_hit_guest && m->probe.ipi)
			m->probe.ipi(m->probe_priv, cpu->id, now(cpu), false);
		cpu->ipi_at = UINT64_MAX;
		cpu->ipi_hit_guest = false;
		cpu_set_alarm(cpu);
		charge(cpu, COMP_IPI, host_ps(cpu, HK_HOST_IRQ));
		des_settle(&cpu->actor);
	} while (cpu->ipi_at <= cpu->front.clock.now);
}

void cpu_settle_slow(struct plat_cpu *cpu)
{
	des_settle_slow(&cpu->actor);
	if (unlikely(cpu->ipi_at <= cpu->front.clock.now) && !cpu->irq_off)
		cpu_take_ipi(cpu);
}

void cpu_spend(struct plat_cpu *cpu, enum component comp, struct vtime t)
{
	charge(cpu, comp, t.ps);
	settle(cpu);
}

void cpu_cost(struct plat_cpu *cpu, enum component comp, enum host_key key)
{
	charge(cpu, comp, host_ps(cpu, key));
	/* With interrupts off none can be taken here, and a cost concerns nobody else. */
	if (!cpu->irq_off || unlikely(cpu->m->config.reference))
		settle(cpu);
}

void cpu_settle(struct plat_cpu *cpu)
{
	settle(cpu);
}

void cpu_idle_until(struct plat_cpu *cpu, struct vtime t, enum component comp)
{
	settle(cpu);
	lockdep_none_held(cpu, "cpu_idle_until()");
	if (t.ps > cpu->front.clock.now)
		away(cpu, t, comp);
	settle(cpu);
}

void cpu_block(struct plat_cpu *cpu, enum component comp)
{
	settle(cpu);
	lockdep_none_held(cpu, "cpu_block()");
	cpu->blocked = true;
	away(cpu, VT_NEVER, comp);
	settle(cpu);
}

void cpu_wake(struct plat_cpu *cpu, struct vtime at)
{
	struct des *des = cpu->m->des;
	uint64_t t = at.ps, from = cpu->m->quiet_at;

	if (des->running) {
		des_settle(des->running);
		from = des->running->clock->now;
	}
	if (!cpu->blocked)
		return;
	cpu->blocked = false;
	cpu->m->nr_wakes++;
	if (t < from)
		t = from;
	if (t < cpu->front.clock.now)
		t = cpu->front.clock.now;
	/* In vcpu_run_woken(), an IPI may be there before. */
	if (vt_before(VT_PS(t), des_key_time(&cpu->actor)))
		des_rekey(&cpu->actor, VT_PS(t));
}

bool cpu_is_blocked(const struct plat_cpu *cpu)
{
	if (cpu->m->des->running)
		des_settle(cpu->m->des->running);
	return cpu->blocked;
}

void cpu_rests_since(struct plat_cpu *cpu, struct vtime t)
{
	cpu->rested = cpu->front.clock.now - t.ps;
}

void cpu_fingerprint(struct plat_cpu *cpu, uint64_t what, uint64_t value)
{
	cpu->history = mix64(mix64(mix64(cpu->history, cpu->front.clock.now), what), value);
}

/* ---- the verbs ---------------------------------------------------------- */

void plat_work_slow(struct plat_cpu *cpu)
{
	des_settle(&cpu->actor);
}

void plat_irq_off(struct plat_cpu *cpu)
{
	settle(cpu);
	if (!cpu->irq_off++)
		cpu_set_alarm(cpu);
	cpu->usage = cpu->in_irq ? USED_IN_IRQ : 0;
}

void plat_irq_on(struct plat_cpu *cpu)
{
	if (unlikely(!cpu->irq_off))
		machine_fail(cpu, ERR_INVARIANT, "interrupts turned on once too often");
	if (--cpu->irq_off)
		return;
	cpu->usage = USED_IRQS_ON;
	if (unlikely(cpu->nr_held))
		lockdep_irq_on(cpu);
	cpu_set_alarm(cpu);
	settle(cpu);
}

void cpu_no_locks(struct plat_cpu *cpu, const char *where)
{
	lockdep_none_held(cpu, where);
}

void cpu_irq_enter(struct plat_cpu *cpu)
{
	cpu->in_irq++;
	plat_irq_off(cpu);
}

void cpu_irq_exit(struct plat_cpu *cpu)
{
	if (unlikely(!cpu->in_irq))
		machine_fail(cpu, ERR_INVARIANT, "an interrupt was left once too often");
	lockdep_none_held(cpu, "the end of an interrupt");
	cpu->in_irq--;
	cpu->usage = cpu->in_irq ? USED_IN_IRQ : 0;
	plat_irq_on(cpu);
}

void plat_srcu_lock(struct plat_cpu *cpu)
{
	charge(cpu, COMP_DISPATCH, host_ps(cpu, HK_SRCU));
}

void plat_srcu_unlock(struct plat_cpu *cpu)
{
	charge(cpu, COMP_DISPATCH, host_ps(cpu, HK_SRCU));
}

int plat_this_vcpu(const struct plat_cpu *cpu)
{
	return cpu->is_vcpu ? (int)cpu->id : -1;
}

/* So many turns with nobody else about are no polling any more. */
#define RELAX_ALONE_MAX 1000000

void plat_relax(struct plat_cpu *cpu)
{
	settle(cpu);
	lockdep_none_held(cpu, "plat_relax()");
	if (!des_alone(&cpu->actor) || cpu->ipi_at != UINT64_MAX)
		cpu->relaxed_alone = 0;
	else if (unlikely(++cpu->relaxed_alone == 1 && cpu->m->probe.polls))
		cpu->m->probe.polls(cpu->m->probe_priv, cpu->id);
	else if (unlikely(cpu->relaxed_alone > RELAX_ALONE_MAX))
		machine_fail(cpu, ERR_INVARIANT, "polls for what nobody is left to do");
	charge_insns(cpu, COMP_CODE, RELAX_INSNS);
	settle(cpu);
}

void plat_count(struct plat_cpu *cpu, enum plat_counter what, uint64_t n)
{
	const struct machine *m = cpu->m;

	if (m->probe.count)
		m->probe.count(m->probe_priv, cpu->id, what, n);
}

void plat_list_length(struct plat_cpu *cpu, unsigned int n)
{
	const struct machine *m = cpu->m;

	if (m->probe.list_length)
		m->probe.list_length(m->probe_priv, cpu->id, n);
}

void plat_deviation(struct plat_cpu *cpu, const char *what)
{
	const struct machine *m = cpu->m;

	if (m->probe.deviation)
		m->probe.deviation(m->probe_priv, cpu->id, what, now(cpu));
}
