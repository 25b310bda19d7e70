// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A vCPU's life as the other CPUs see it: mode word, wait queue, kicks, the
 * pause flag. Protocol: Linux 4.8, virt/kvm/kvm_main.c kvm_vcpu_kick() and
 * arch/arm/kvm/arm.c.
 *
 * Each vCPU has a line for its mode word (with the pause flag and the CPU it is
 * loaded on) and one for its wait queue; they cost the design no bytes.
 *
 *	kick, own vCPU		a read of the wait queue
 *	kick, sleeping		a read and an atomic of the wait queue, wake_send
 *	kick, in the guest	reads of wait queue and mode, an atomic of the
 *				mode (IN_GUEST to EXITING), ipi_send; the IPI
 *				arrives sgi_phys after that
 *	kick, else		reads of wait queue and mode
 *	enter, leave		an atomic, a write of the own mode line
 *	prepare, end of a sleep	an atomic of the own wait queue line
 *	halt, resume		an atomic of the target's mode line, and as a kick
 *
 * Going to sleep costs wfi_block, waking up wfi_wake (COMP_HOST) at the sleeper.
 * A wake-up that comes before the CPU went to sleep costs the sleeper nothing.
 * An IPI that arrives while the vCPU sleeps is taken by the idle CPU, free.
 */
#include "internal.h"

static void vcpu_touch(struct plat_cpu *cpu, const struct plat_cpu *of, enum cpu_line which,
		       bool atomic)
{
	uint64_t line = cpu_line(of, which);

	settle(cpu);
	if (!atomic) {
		charge(cpu, COMP_LINES, line_read(cpu, line));
		return;
	}
	charge(cpu, COMP_LINES, line_write(cpu, line));
	charge(cpu, cpu->nr_held ? COMP_CRITICAL : COMP_CODE, cpu->m->cost.atomic_own);
}

static void vcpu_need(struct plat_cpu *cpu, bool irqs_off, const char *what)
{
	if (unlikely(!cpu->is_vcpu))
		machine_fail(cpu, ERR_INVARIANT, "%s by an actor that is no vCPU", what);
	if (unlikely(irqs_off != !!cpu->irq_off))
		machine_fail(cpu, ERR_INVARIANT, "%s with interrupts %s", what,
			     irqs_off ? "on" : "off");
	lockdep_none_held(cpu, what);
}

static struct plat_cpu *vcpu_get(struct plat_cpu *cpu, unsigned int vcpu)
{
	if (unlikely(vcpu >= cpu->m->config.nr_vcpus))
		machine_fail(cpu, ERR_INVARIANT, "vCPU %u of %u", vcpu, cpu->m->config.nr_vcpus);
	return &cpu->m->cpus[vcpu];
}

/* An IPI from @cpu, sent now; @t is in its guest. */
static void vcpu_send_ipi(struct plat_cpu *cpu, struct plat_cpu *t)
{
	uint64_t at;

	charge(cpu, COMP_IPI, host_ps(cpu, HK_IPI_SEND));
	at = cpu->front.clock.now + host_ps(cpu, HK_SGI_PHYS);
	if (at < t->ipi_at) {
		t->ipi_at = at;
		cpu_set_alarm(t);
	}
	if (!t->running_guest)
		return;
	/* Its entry may lie ahead of the arrival. */
	at = t->ipi_at < t->front.clock.now ? t->front.clock.now : t->ipi_at;
	if (vt_before(VT_PS(at), des_key_time(&t->actor)))
		des_rekey(&t->actor, VT_PS(at));
}

/* IN_GUEST to EXITING; false: somebody did that before, or it is outside. */
static bool vcpu_make_exit(struct plat_cpu *cpu, struct plat_cpu *t)
{
	vcpu_touch(cpu, t, CPU_LINE_MODE, false);
	if (t->mode != MODE_IN_GUEST)
		return false;
	/*
	 * The compare-exchange is one step: what the read found is what it
	 * finds, so nobody may run between the two.
	 */
	charge(cpu, COMP_LINES, line_write(cpu, cpu_line(t, CPU_LINE_MODE)));
	charge(cpu, cpu->nr_held ? COMP_CRITICAL : COMP_CODE, cpu->m->cost.atomic_own);
	t->mode = MODE_EXITING;
	vcpu_send_ipi(cpu, t);
	return true;
}

/* wake_send is over: @t, which sleeps, goes on not before its own time. */
static void vcpu_wake_sleeper(struct plat_cpu *cpu, struct plat_cpu *t)
{
	struct vtime at = vt_max(now(cpu), now(t));

	if (vt_before(at, des_key_time(&t->actor)))
		des_rekey(&t->actor, at);
}

static enum plat_kicked vcpu_kick(struct plat_cpu *cpu, struct plat_cpu *t)
{
	vcpu_touch(cpu, t, CPU_LINE_WAITQUEUE, false);
	if (t == cpu)
		return PLAT_KICK_SELF;
	if (t->wfi != WFI_AWAKE && !t->woken) {
		charge(cpu, COMP_LINES, line_write(cpu, cpu_line(t, CPU_LINE_WAITQUEUE)));
		charge(cpu, cpu->nr_held ? COMP_CRITICAL : COMP_CODE, cpu->m->cost.atomic_own);
		t->woken = true;
		charge(cpu, COMP_IPI, host_ps(cpu, HK_WAKE_SEND));
		if (t->wfi == WFI_ASLEEP)
			vcpu_wake_sleeper(cpu, t);
		return PLAT_KICK_WOKEN;
	}
	return vcpu_make_exit(cpu, t) ? PLAT_KICK_IPI : PLAT_KICK_NONE;
}

enum plat_kicked plat_kick(struct plat_cpu *cpu, unsigned int vcpu)
{
	struct machine *m = cpu->m;
	struct vtime at = now(cpu);
	enum plat_kicked result = vcpu_kick(cpu, vcpu_get(cpu, vcpu));

	if (m->probe.kick)
		m->probe.kick(m->probe_priv, cpu->id, vcpu, result, at);
	return result;
}

bool plat_vcpu_on_cpu(struct plat_cpu *cpu, unsigned int vcpu)
{
	struct plat_cpu *t = vcpu_get(cpu, vcpu);

	vcpu_touch(cpu, t, CPU_LINE_MODE, false);
	return t->loaded;
}

void vcpu_set_loaded(struct plat_cpu *cpu, bool loaded)
{
	vcpu_need(cpu, !!cpu->irq_off, "vcpu_set_loaded()");
	settle(cpu);
	charge(cpu, COMP_LINES, line_write(cpu, cpu_line(cpu, CPU_LINE_MODE)));
	cpu->loaded = loaded;
}

/* ---- WFI ---------------------------------------------------------------- */

void vcpu_sleep_prepare(struct plat_cpu *cpu)
{
	vcpu_need(cpu, false, "vcpu_sleep_prepare()");
	vcpu_touch(cpu, cpu, CPU_LINE_WAITQUEUE, true);
	cpu->wfi = WFI_PREPARED;
	cpu->woken = false;
	cpu->sleep_limit = UINT64_MAX;
}

void vcpu_sleep_cancel(struct plat_cpu *cpu)
{
	vcpu_touch(cpu, cpu, CPU_LINE_WAITQUEUE, true);
	cpu->wfi = WFI_AWAKE;
}

bool vcpu_sleep(struct plat_cpu *cpu, struct vtime until)
{
	struct machine *m = cpu->m;
	bool woken;

	vcpu_need(cpu, false, "vcpu_sleep()");
	if (cpu->wfi != WFI_PREPARED)
		machine_fail(cpu, ERR_INVARIANT, "vcpu_sleep() without vcpu_sleep_prepare()");
	settle(cpu);
	if (!cpu->woken) {
		/* Still to be woken, at once, while it is on its way to sleep. */
		charge(cpu, COMP_HOST, host_ps(cpu, HK_WFI_BLOCK));
		settle(cpu);
		if (cpu->sleep_limit < until.ps)
			until = VT_PS(cpu->sleep_limit);
		if (!cpu->woken && until.ps > cpu->front.clock.now) {
			cpu->wfi = WFI_ASLEEP;
			away(cpu, until, COMP_SLEEP);
		}
		if (cpu->ipi_at <= cpu->front.clock.now) {
			if (m->probe.ipi)
				m->probe.ipi(m->probe_priv, cpu->id, VT_PS(cpu->ipi_at), false);
			cpu->ipi_at = UINT64_MAX;
			cpu->ipi_hit_guest = false;
			cpu_set_alarm(cpu);
		}
		charge(cpu, COMP_HOST, host_ps(cpu, HK_WFI_WAKE));
	}
	vcpu_touch(cpu, cpu, CPU_LINE_WAITQUEUE, true);
	woken = cpu->woken;
	cpu->wfi = WFI_AWAKE;
	cpu->woken = false;
	return woken;
}

bool vcpu_sleep_limit(struct plat_cpu *cpu, struct vtime until)
{
	struct des *des = cpu->m->des;
	struct vtime from = now(cpu);

	if (des->running) {
		des_settle(des->running);
		from = vt_max(now(cpu), VT_PS(des->running->clock->now));
	}
	if (cpu->wfi == WFI_AWAKE)
		return true;
	cpu->sleep_limit = vt_max(until, from).ps;
	if (cpu->wfi == WFI_ASLEEP && vt_before(VT_PS(cpu->sleep_limit), des_key_time(&cpu->actor)))
		des_rekey(&cpu->actor, VT_PS(cpu->sleep_limit));
	return !vt_before(until, from);
}

const char *const vcpu_state_names[VCPU_NR_STATES] = {
	[VCPU_IN_HOST] = "host",  [VCPU_IN_GUEST] = "guest", [VCPU_EXITING] = "exiting",
	[VCPU_ASLEEP] = "asleep", [VCPU_WOKEN] = "woken",
};

enum vcpu_state vcpu_state(const struct plat_cpu *cpu)
{
	if (cpu->mode == MODE_IN_GUEST)
		return VCPU_IN_GUEST;
	if (cpu->mode == MODE_EXITING)
		return VCPU_EXITING;
	if (cpu->wfi == WFI_AWAKE)
		return VCPU_IN_HOST;
	return cpu->woken ? VCPU_WOKEN : VCPU_ASLEEP;
}

/* ---- the guest ---------------------------------------------------------- */

bool vcpu_enter(struct plat_cpu *cpu)
{
	vcpu_need(cpu, true, "vcpu_enter()");
	vcpu_touch(cpu, cpu, CPU_LINE_MODE, true);
	if (cpu->halted || cpu->ipi_at <= cpu->front.clock.now)
		return false;
	cpu->mode = MODE_IN_GUEST;
	return true;
}

enum guest_stop vcpu_run(struct plat_cpu *cpu, struct vtime until)
{
	struct machine *m = cpu->m;
	struct vtime key = vt_max(until, now(cpu));

	if (unlikely(cpu->mode == MODE_OUTSIDE))
		machine_fail(cpu, ERR_INVARIANT, "vcpu_run() outside the guest");
	until = key;
	if (cpu->ipi_at < key.ps)
		key = vt_max(VT_PS(cpu->ipi_at), now(cpu));
	cpu->running_guest = true;
	away(cpu, key, COMP_GUEST);
	cpu->running_guest = false;
	if (cpu->ipi_at > cpu->front.clock.now || !vt_before(now(cpu), until))
		return GUEST_DONE;
	cpu->ipi_hit_guest = true;
	if (m->probe.ipi)
		m->probe.ipi(m->probe_priv, cpu->id, now(cpu), true);
	return GUEST_IPI;
}

enum guest_stop vcpu_run_woken(struct plat_cpu *cpu, struct vtime until)
{
	enum guest_stop stop;

	cpu->blocked = true;
	stop = vcpu_run(cpu, until);
	cpu->blocked = false;
	return stop;
}

void vcpu_leave(struct plat_cpu *cpu)
{
	if (unlikely(cpu->mode == MODE_OUTSIDE))
		machine_fail(cpu, ERR_INVARIANT, "vcpu_leave() outside the guest");
	settle(cpu);
	charge(cpu, COMP_LINES, line_write(cpu, cpu_line(cpu, CPU_LINE_MODE)));
	cpu->mode = MODE_OUTSIDE;
	if (cpu->m->nr_exit_waiters)
		vcpu_halt_waiters(cpu);
}

/* ---- the pause flag ----------------------------------------------------- */

/* @left is out of its guest: those who spin for that see it. */
void vcpu_halt_waiters(struct plat_cpu *left)
{
	struct machine *m = left->m;

	for (unsigned int i = 0; i < m->nr_cpus; i++) {
		struct plat_cpu *w = &m->cpus[i];

		if (w->waits_for_exit_of != (int)left->id)
			continue;
		w->waits_for_exit_of = -1;
		m->nr_exit_waiters--;
		des_rekey(&w->actor, vt_max(now(left), now(w)));
	}
}

static void vcpu_halt_one(struct plat_cpu *cpu, struct plat_cpu *t)
{
	vcpu_touch(cpu, t, CPU_LINE_MODE, true);
	t->halted++;
	if (t != cpu)
		vcpu_make_exit(cpu, t);
}

static void vcpu_wait_exit(struct plat_cpu *cpu, struct plat_cpu *t)
{
	for (;;) {
		vcpu_touch(cpu, t, CPU_LINE_MODE, false);
		if (t->mode == MODE_OUTSIDE)
			return;
		cpu->waits_for_exit_of = (int)t->id;
		cpu->m->nr_exit_waiters++;
		away(cpu, VT_NEVER, COMP_IPI);
	}
}

void plat_halt(struct plat_cpu *cpu, unsigned int vcpu, bool wait)
{
	unsigned int first = vcpu, last = vcpu;

	lockdep_none_held(cpu, "plat_halt()");
	if (vcpu == PLAT_ALL_VCPUS) {
		first = 0;
		last = cpu->m->config.nr_vcpus - 1;
	}
	for (unsigned int v = first; v <= last; v++) {
		if (vcpu != PLAT_ALL_VCPUS || v != cpu->id)
			vcpu_halt_one(cpu, vcpu_get(cpu, v));
	}
	for (unsigned int v = first; wait && v <= last; v++) {
		if (v != cpu->id)
			vcpu_wait_exit(cpu, vcpu_get(cpu, v));
	}
}

static void vcpu_resume_one(struct plat_cpu *cpu, struct plat_cpu *t)
{
	vcpu_touch(cpu, t, CPU_LINE_MODE, true);
	if (!t->halted)
		machine_fail(cpu, ERR_INVARIANT, "resume of vCPU %u, which is not halted", t->id);
	if (--t->halted)
		return;
	/* The original wakes all: who sleeps in WFI looks again whether there is something. */
	if (t->wfi != WFI_AWAKE) {
		vcpu_kick(cpu, t);
		return;
	}
	if (!t->waiting_resume)
		return;
	t->waiting_resume = false;
	charge(cpu, COMP_IPI, host_ps(cpu, HK_WAKE_SEND));
	des_rekey(&t->actor, vt_max(now(cpu), now(t)));
}

void plat_resume(struct plat_cpu *cpu, unsigned int vcpu)
{
	if (vcpu != PLAT_ALL_VCPUS) {
		vcpu_resume_one(cpu, vcpu_get(cpu, vcpu));
		return;
	}
	for (unsigned int v = 0; v < cpu->m->config.nr_vcpus; v++) {
		if (v != cpu->id)
			vcpu_resume_one(cpu, vcpu_get(cpu, v));
	}
}

void vcpu_wait_resumed(struct plat_cpu *cpu)
{
	vcpu_need(cpu, false, "vcpu_wait_resumed()");
	vcpu_touch(cpu, cpu, CPU_LINE_MODE, false);
	while (cpu->halted) {
		cpu->waiting_resume = true;
		away(cpu, VT_NEVER, COMP_SLEEP);
		charge(cpu, COMP_HOST, host_ps(cpu, HK_WFI_WAKE));
		vcpu_touch(cpu, cpu, CPU_LINE_MODE, false);
	}
}
