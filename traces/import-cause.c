// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Why a vCPU left the guest for an interrupt. kvm_exit says only that it did.
 *
 * The host takes the pending interrupts right after the guest was left, on
 * the same thread and before kvm_exit, so the first host interrupt in that
 * window is taken for the cause:
 *
 * - a reschedule IPI: kick if it was raised for that, else ipi;
 * - any other IPI: ipi;
 * - the host's or a guest's timer: timer;
 * - any other handler: device;
 * - none, but the list registers of this run say that a maintenance interrupt
 *   was due (underflow enabled at entry: HCR bit 1; MISR not zero; or an LR
 *   with the EOI bit that the guest ended): maintenance;
 * - none, and the line of the vCPU's timer is high then: timer;
 * - none of these: other.
 *
 * A maintenance interrupt has no handler to be seen: leaving the guest
 * disables what raises it. So it is with the guest's timer on Linux 4.x,
 * where leaving the guest stops that timer before the host looks.
 *
 * A reschedule IPI was raised to kick if it was raised by a thread that had
 * just injected, or written to a GIC register, and if the vCPU was not
 * scheduled out before it entered again (then the scheduler wanted the CPU).
 * Where ipi_raise was not recorded, each is taken for a kick. Without any
 * host interrupts in the recording there are no causes.
 */
#include <string.h>

#include "gic.h"
#include "import-private.h"

void cause_begin(struct imp_thread *t)
{
	t->window_irq = false;
	t->window_cause = CAUSE_UNKNOWN;
}

static bool is_resched(const char *reason)
{
	return !strncmp(reason, "Rescheduling", 12);
}

static enum rec_cause of_ipi(struct imp_convert *c, const struct ev *ev)
{
	bool kick;

	if (!is_resched(ev->ipi.reason))
		return CAUSE_IPI;
	if (!c->e->kinds[EV_IPI_RAISE] || ev->cpu < 0 || (uint32_t)ev->cpu >= c->nr_cpus)
		return CAUSE_KICK;
	kick = c->raised_to_kick[ev->cpu];
	c->raised_to_kick[ev->cpu] = 0;
	return kick ? CAUSE_KICK : CAUSE_IPI;
}

void cause_host_irq(struct imp_convert *c, struct imp_thread *t, const struct ev *ev)
{
	enum rec_cause cause;

	if (ev->kind == EV_IPI_ENTRY)
		cause = of_ipi(c, ev);
	else if (!strcmp(ev->irq.name, "IPI"))
		/* since 5.10 IPIs have a handler too; its ipi_entry follows */
		cause = c->e->kinds[EV_IPI_ENTRY] ? CAUSE_UNKNOWN : CAUSE_IPI;
	else if (strstr(ev->irq.name, "timer"))
		cause = CAUSE_TIMER;
	else if (strstr(ev->irq.name, "vgic"))
		cause = CAUSE_MAINTENANCE;
	else
		cause = CAUSE_DEVICE;
	if (!t)
		return;
	t->window_irq = true;
	if (t->window_cause == CAUSE_UNKNOWN)
		t->window_cause = (uint8_t)cause;
}

void cause_raised(struct imp_convert *c, const struct imp_thread *t, const struct ev *ev)
{
	if (!is_resched(ev->ipi.reason) || t->op != OP_VGIC)
		return;
	for (uint32_t cpu = 0; cpu < c->nr_cpus && cpu < EV_CPUMASK_WORDS * 64; cpu++)
		if (ev->ipi.mask[cpu / 64] >> (cpu % 64) & 1)
			c->raised_to_kick[cpu] = 1;
}

static bool lr_live(uint32_t gic, uint64_t lr)
{
	return gic == 2 ? lr & (GICH_LR_PENDING | GICH_LR_ACTIVE) : lr >> 62;
}

static bool lr_eoi(uint32_t gic, uint64_t lr)
{
	if (gic == 2)
		return !(lr & GICH_LR_HW) && (lr & GICH_LR_EOI);
	return !(lr >> 61 & 1) && (lr >> 41 & 1);
}

static uint32_t lr_irq(uint32_t gic, uint64_t lr)
{
	return gic == 2 ? lr & GICH_LR_VIRTID : (uint32_t)lr;
}

static bool eoi_ended(uint32_t gic, const struct ev_lrs *in, const struct ev_lrs *out)
{
	for (int i = 0; i < in->nr && i < out->nr; i++)
		if (lr_live(gic, in->lr[i]) && lr_eoi(gic, in->lr[i]) &&
		    !lr_live(gic, out->lr[i]) && lr_irq(gic, in->lr[i]) == lr_irq(gic, out->lr[i]))
			return true;
	return false;
}

/* The architected timers: virtual 27, physical 30. */
static bool timer_is_high(const uint8_t *ppi)
{
	return ppi[27 - 16] == 1 || ppi[30 - 16] == 1;
}

enum rec_cause cause_of_exit(struct imp_convert *c, const struct imp_thread *t,
			     const struct ev_lrs *out)
{
	if (!c->has_host_irqs)
		return CAUSE_UNKNOWN;
	if (t->window_irq)
		return t->window_cause ? (enum rec_cause)t->window_cause : CAUSE_OTHER;
	if (out && out->has_misr && out->misr && out->elrsr != 0xffff)
		return CAUSE_MAINTENANCE;
	if (t->has_entry_lrs && t->entry_lrs.has_hcr && (t->entry_lrs.hcr & 2))
		return CAUSE_MAINTENANCE;
	if (t->has_entry_lrs && out && eoi_ended(c->meta->gic, &t->entry_lrs, out))
		return CAUSE_MAINTENANCE;
	if (t->vcpu >= 0 && timer_is_high(&c->ppi_level[t->vcpu * 16]))
		return CAUSE_TIMER;
	return CAUSE_OTHER;
}
