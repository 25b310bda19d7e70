/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handing recorded injections and SGIs to the design, and timing them. */
#include "run.h"

void run_accounts_take(struct plat_cpu *cpu, uint64_t *snapshot)
{
	const uint64_t *now = cpu_accounts(cpu);

	for (unsigned int i = 0; i < COMP_NR; i++)
		snapshot[i] = now[i];
}

void run_accounts_since(struct plat_cpu *cpu, const uint64_t *then, uint64_t *d)
{
	const uint64_t *now = cpu_accounts(cpu);

	for (unsigned int i = 0; i < COMP_NR; i++)
		d[i] = now[i] - then[i];
}

static void note_drift(struct run *r, struct plat_cpu *cpu, const struct trace_rec *rec)
{
	int64_t drift = (int64_t)cpu_now(cpu).ps - (int64_t)(rec->time_ns * 1000);

	if (!r->nr_drifts || drift < r->drift_min_ps)
		r->drift_min_ps = drift;
	if (!r->nr_drifts || drift > r->drift_max_ps)
		r->drift_max_ps = drift;
	r->drift_sum_ps += drift;
	r->nr_drifts++;
}

/* @rec: that does it, with @level. */
static void call_inject(struct run *r, struct plat_cpu *cpu, unsigned int vcpu, uint32_t target,
			uint32_t irq, bool level, const struct trace_rec *rec)
{
	uint64_t before[COMP_NR], parts[COMP_NR];
	struct vtime start = cpu_now(cpu);
	struct delivery *sent = NULL;
	int rc;

	if (level)
		sent = delivery_sent(r, target, irq, start);
	r->filtered[cpu_actor(cpu)] = false;
	run_accounts_take(cpu, before);
	check_inject(r, cpu, ORACLE_BEGIN, vcpu, irq, level);
	if (level)
		check_send(r, cpu, rec, irq, vcpu, start);
	rc = r->design->inject(r->vgic, cpu, vcpu, irq, level,
			       r->config.timer_ppi && irq == r->config.timer_ppi);
	check_inject(r, cpu, ORACLE_END, vcpu, irq, level);
	check_sent(r, cpu, !rc && !r->filtered[cpu_actor(cpu)]);
	run_accounts_since(cpu, before, parts);
	metrics_count(r->metrics, MC_INJECTIONS, 1);
	metrics_latency(r->metrics, LAT_INJECT, vcpu < r->nr_vcpus ? vcpu : UINT32_MAX, XK_NR,
			vt_since(cpu_now(cpu), start), parts);
	/* What changed nothing will not be delivered: do not time from it. */
	if (sent && (rc || r->filtered[cpu_actor(cpu)]))
		delivery_undo(r, target, irq, sent, start);
}

void run_inject(struct run *r, struct plat_cpu *cpu, const struct trace_rec *rec, uint32_t target,
		bool in_irq)
{
	uint32_t irq = rec->d.inject.irq;
	uint32_t vcpu = rec->flags & REC_HAS_VCPU ? rec->d.inject.vcpu : 0;
	bool level = rec->d.inject.level;

	if (rec->kind == REC_MSI) {
		if (!r->design->msi) {
			metrics_count(r->metrics, MC_MSI_UNSUPPORTED, 1);
			return;
		}
		r->design->msi(r->vgic, cpu, rec->d.msi.devid, rec->d.msi.eventid);
		return;
	}
	cpu_settle(cpu); /* what others did by now is looked at */
	if (cpu_actor(cpu) >= r->nr_vcpus)
		note_drift(r, cpu, rec);
	/* Counted as the stream counts the recorded ones. */
	if (level && target < r->nr_vcpus)
		r->vcpu[target].stimuli++;
	if (irq >= r->config.nr_irqs || vcpu >= r->nr_vcpus) {
		metrics_count(r->metrics, MC_UNSUPPORTED, 1);
		return;
	}
	if (gic_is_private(irq)) {
		/*
		 * The host's timer code injects changes only; the recording
		 * also has updates that change nothing.
		 */
		if (irq == r->config.timer_ppi && r->vcpu[vcpu].line[irq] == level) {
			metrics_count(r->metrics, MC_INJECT_IDLE_LEVEL, 1);
			return;
		}
		r->vcpu[vcpu].line[irq] = level;
		if (irq == r->config.timer_ppi)
			r->vcpu[vcpu].lower_timer = false;
	}
	log_inject(r, cpu, rec);
	if (in_irq && r->design->injects_in_irqs)
		cpu_irq_enter(cpu);
	else if (in_irq)
		plat_irq_off(cpu);
	call_inject(r, cpu, vcpu, target, irq, level, rec);
	if (in_irq && r->design->injects_in_irqs)
		cpu_irq_exit(cpu);
	else if (in_irq)
		plat_irq_on(cpu);
}

void run_inject_timer_low(struct vcpu *v)
{
	uint32_t irq = v->run->config.timer_ppi;

	cpu_settle(v->cpu); /* others may have changed it as well */
	v->lower_timer = false;
	v->line[irq] = 0;
	metrics_count(v->run->metrics, MC_LEVEL_LOWERED, 1);
	if (v->run->design->timer_line) {
		check_inject(v->run, v->cpu, ORACLE_BEGIN, v->id, irq, false);
		v->run->design->timer_line(v->run->vgic, v->id, false);
		check_inject(v->run, v->cpu, ORACLE_END, v->id, irq, false);
		return;
	}
	call_inject(v->run, v->cpu, v->id, v->id, irq, false, NULL);
}

void run_note_sgi(struct run *r, unsigned int from, const uint64_t *targets, unsigned int sgi,
		  const struct trace_rec *rec)
{
	for (unsigned int w = 0; w < (r->nr_vcpus + 63) / 64; w++) {
		for (uint64_t left = targets[w]; left; left &= left - 1) {
			unsigned int v = w * 64 + (unsigned int)__builtin_ctzll(left);

			r->vcpu[v].stimuli++;
			delivery_sent(r, v, sgi, r->vcpu[from].exit_started);
			check_send(r, r->vcpu[from].cpu, rec, sgi, v, r->vcpu[from].exit_started);
		}
	}
}
