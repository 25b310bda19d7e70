/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's half: acknowledge, handler, end, none of which exits.
 *
 * The guest takes one interrupt at a time: it acknowledges the pending list
 * register of highest priority a virq_entry after it could, serves it for
 * the service time of its kind and a veoi, ends it, and looks again. Where the recording
 * has the list registers at both ends of a guest run, what was not taken
 * there is not taken here in that run, and what was not ended is not ended.
 * Explicit ack and eoi events replace all of this.
 *
 * Left out: nested handlers, EOImode 1 (a dir event deactivates what is still
 * active), the guest's priority mask.
 */
#include <string.h>

#include "run.h"

/* Maintenance exits in a row without the guest getting any time. */
#define STORM 100000

static struct vtime service_time(const struct vcpu *v, uint32_t irq)
{
	const struct replay_options *o = v->run->o;

	if (gic_is_sgi(irq))
		return o->service_sgi;
	return gic_is_private(irq) ? o->service_ppi : o->service_spi;
}

static const bool *held(const struct vcpu *v, uint32_t irq)
{
	if (v->run->guest == GUEST_MODELLED || !v->run_annot.observed)
		return NULL;
	for (unsigned int i = 0; i < v->run_annot.nr_holds; i++)
		if (v->run_annot.hold[i].irq == irq)
			return &v->run_annot.hold[i].keep;
	return NULL;
}

/* The list register that the guest would take next, or -1. */
static int pick(const struct vcpu *v)
{
	unsigned int gic = v->run->config.gic;
	uint64_t pending = gic_lr_pending_bit(gic);
	unsigned int best_prio = 256;
	int best = -1;

	for (unsigned int n = 0; n < v->run->nr_lrs; n++) {
		uint64_t word = vif_lr(v->cpu, n);
		struct gic_lr lr;
		const bool *keep;

		if (!(word & pending))
			continue;
		lr = gic_lr_decode(gic, word);
		if (lr.active || lr.prio >= best_prio)
			continue;
		keep = held(v, lr.irq);
		if (keep && !*keep)
			continue;
		best = (int)n;
		best_prio = lr.prio;
	}
	return best;
}

/*
 * Into the fingerprint, at the next exit: when the guest's doings are worked
 * out depends on whether anybody watches, what and when they were does not.
 */
static void note(struct vcpu *v, uint64_t what)
{
	v->guest_history = (v->guest_history ^ what) * UINT64_C(0x9e3779b97f4a7c15);
	v->guest_history ^= v->guest_history >> 29;
}

static void acknowledge(struct vcpu *v, unsigned int n, struct vtime at, enum metric_counter how)
{
	struct gic_lr lr = gic_lr_decode(v->run->config.gic, vif_lr(v->cpu, n));

	check_ack(v, &lr);
	vif_ack(v->cpu, n);
	v->irq = lr.irq;
	v->src = lr.src;
	note(v, (uint64_t)lr.irq << 8 | lr.src);
	note(v, at.ps);
	metrics_count(v->run->metrics, MC_ACKS, 1);
	metrics_count(v->run->metrics, how, 1);
	/* Handlers reprogram the timer first, so the line is low before the end. */
	if (lr.irq == v->run->config.timer_ppi && v->line[lr.irq])
		v->lower_timer = true;
	delivery_acked(v, lr.irq, at);
	log_guest(v, EV_ACK, lr.irq, lr.src);
}

static bool end_irq(struct vcpu *v, uint32_t irq, uint32_t src)
{
	bool found = vif_eoi(v->cpu, irq, src);

	note(v, UINT64_C(1) << 63 | (uint64_t)irq << 8 | src);
	metrics_count(v->run->metrics, found ? MC_EOIS : MC_SPURIOUS_EOIS, 1);
	log_guest(v, EV_EOI, irq, src);
	check_eoi(v, irq, src, found);
	return found;
}

/* When the guest does something next by itself, if it gets to run. */
static struct vtime next_step(struct vcpu *v)
{
	const bool *keep;

	if (v->run->guest == GUEST_EXPLICIT)
		return VT_NEVER;
	if (v->busy) {
		keep = held(v, v->irq);
		if (keep && *keep)
			return VT_NEVER;
		return vt_add(cpu_now(v->cpu), v->left);
	}
	if (!v->taking) {
		int n = pick(v);

		if (n < 0)
			return VT_NEVER;
		v->taking = true;
		v->taking_lr = (unsigned int)n;
		v->left = v->run->o->host->c[HK_VIRQ_ENTRY].time;
	}
	return vt_add(cpu_now(v->cpu), v->left);
}

/* One thing is due at @at. */
static void step(struct vcpu *v, struct vtime at)
{
	if (v->taking) {
		v->taking = false;
		acknowledge(v, v->taking_lr, at,
			    v->run_annot.observed && v->run->guest == GUEST_OBSERVED
				    ? MC_ACK_OBSERVED
				    : MC_ACK_MODELLED);
		v->busy = true;
		v->left = vt_add(service_time(v, v->irq), v->run->o->host->c[HK_VEOI].time);
		return;
	}
	v->busy = false;
	end_irq(v, v->irq, v->src);
}

/* What the guest did between @from and @to, both in one stay in the guest. */
static void progress(struct vcpu *v, struct vtime from, struct vtime to)
{
	struct vtime spent = vt_since(to, from);
	const bool *keep;

	for (;;) {
		if (vt_is_never(next_step(v))) {
			keep = v->busy ? held(v, v->irq) : NULL;
			if (keep && *keep)
				v->left = vt_since_or_zero(v->left, spent);
			return;
		}
		if (vt_before(spent, v->left)) {
			v->left = vt_since(v->left, spent);
			return;
		}
		spent = vt_since(spent, v->left);
		v->left = VT_ZERO;
		step(v, VT_PS(to.ps - spent.ps));
	}
}

/*
 * Does it matter when exactly the guest does what it does? A maintenance interrupt is
 * up, or could be raised; or the timer's line, which others may change, is looked at.
 */
static bool step_by_step(const struct vcpu *v)
{
	unsigned int gic = v->run->config.gic;
	uint64_t state = gic_lr_pending_bit(gic) | gic_lr_active_bit(gic);

	if (vif_hcr(v->cpu) & ~(GICH_HCR_EN | 0x1fu << GICH_HCR_EOICOUNT_SHIFT))
		return true;
	if (vif_misr(v->cpu))
		return true;
	for (unsigned int n = 0; n < v->run->nr_lrs; n++) {
		uint64_t word = vif_lr(v->cpu, n);
		struct gic_lr lr;

		if (!(word & state))
			continue;
		lr = gic_lr_decode(gic, word);
		if (lr.eoi || (lr.pending && lr.irq == v->run->config.timer_ppi))
			return true;
	}
	return false;
}

static bool maintenance(const struct vcpu *v)
{
	return vif_hcr(v->cpu) & GICH_HCR_EN && vif_misr(v->cpu);
}

/*
 * One stretch of guest, up to @until: until something that needs a look has
 * happened. A maintenance interrupt that is up will be taken at v->mi_at.
 */
static enum guest_stop run_stretch(struct vcpu *v, struct vtime until, bool woken)
{
	struct vtime from = cpu_now(v->cpu);
	enum guest_stop stop;

	if (!maintenance(v))
		v->mi_at = VT_NEVER;
	else if (vt_is_never(v->mi_at))
		v->mi_at = vt_add(from, v->run->o->host->c[HK_SGI_PHYS].time);
	if (v->run->log || check_is_on(v->run) || step_by_step(v))
		until = vt_min(vt_min(until, v->mi_at), next_step(v));
	stop = woken ? vcpu_run_woken(v->cpu, until) : vcpu_run(v->cpu, until);
	progress(v, from, cpu_now(v->cpu));
	return stop;
}

/* A stretch after which the guest may have to exit, and is entered again. */
static void run_and_react(struct vcpu *v, struct vtime until, bool woken)
{
	struct vtime from = cpu_now(v->cpu);
	enum guest_stop stop = run_stretch(v, until, woken);

	v->storm = vt_before(from, cpu_now(v->cpu)) ? 0 : v->storm + 1;
	if (v->storm == STORM)
		machine_fail(v->cpu, ERR_INVARIANT,
			     "vCPU %u: maintenance interrupts without end (HCR %#x, MISR %#x)",
			     v->id, vif_hcr(v->cpu), vif_misr(v->cpu));
	v->ran = vt_since(cpu_now(v->cpu), from);
	if (maintenance(v) && !vt_is_never(v->mi_at) && !vt_before(cpu_now(v->cpu), v->mi_at))
		vcpu_do_exit(v, XK_MAINTENANCE);
	else if (stop == GUEST_IPI)
		vcpu_do_exit(v, XK_KICK);
	else
		return;
	vcpu_do_entry(v);
}

static inline struct vtime guest_time(const struct replay_options *o, uint64_t ns)
{
	if (o->guest_speed_num == o->guest_speed_den)
		return VT_NS(ns);
	return VT_PS((unsigned __int128)ns * 1000 * o->guest_speed_num / o->guest_speed_den);
}

/*
 * A maintenance interrupt reaches the CPU sgi_phys after its cause, as any
 * physical interrupt; the guest runs on meanwhile. That is also what lets a
 * guest with a single list register, which is never above its underflow mark,
 * make progress.
 */
void guest_run_recorded(struct vcpu *v, uint64_t ns)
{
	struct vtime budget = guest_time(v->run->o, ns);

	if (vt_before(budget, v->waited))
		metrics_count(v->run->metrics, MC_WINDOW_STALLS, 1);
	budget = vt_since_or_zero(budget, v->waited);
	v->waited = VT_ZERO;
	v->storm = 0;
	while (budget.ps) {
		run_and_react(v, vt_add(cpu_now(v->cpu), budget), false);
		budget = vt_since(budget, v->ran);
	}
}

/*
 * No guest waits for interrupts inside a handler. What pends besides is not waited for: the
 * vCPU will not sleep then, and a line that stays high would never let go.
 */
void guest_end_handler(struct vcpu *v)
{
	struct vtime at;

	if (!v->busy || vt_is_never(next_step(v)))
		return;
	metrics_count(v->run->metrics, MC_WFI_PUT_OFF, 1);
	v->storm = 0;
	while (v->busy && !vt_is_never(at = next_step(v)))
		run_and_react(v, at, false);
}

void guest_wait(struct vcpu *v, struct vtime until)
{
	if (!vt_before(cpu_now(v->cpu), until))
		return;
	run_and_react(v, until, true);
	v->waited = vt_add(v->waited, v->ran);
}

/* ---- explicit events --------------------------------------------------- */

static bool try_ack(struct vcpu *v, const struct want *w)
{
	for (unsigned int n = 0; n < v->run->nr_lrs; n++) {
		struct gic_lr lr = gic_lr_decode(v->run->config.gic, vif_lr(v->cpu, n));

		if (lr.pending && lr.irq == w->irq && (!w->has_src || lr.src == w->src)) {
			acknowledge(v, n, cpu_now(v->cpu), MC_ACK_EXPLICIT);
			return true;
		}
	}
	return false;
}

static bool is_active(const struct vcpu *v, const struct want *w, uint32_t *src)
{
	for (unsigned int n = 0; n < v->run->nr_lrs; n++) {
		struct gic_lr lr = gic_lr_decode(v->run->config.gic, vif_lr(v->cpu, n));

		if (lr.active && lr.irq == w->irq && (!w->has_src || lr.src == w->src)) {
			*src = lr.src;
			return true;
		}
	}
	return false;
}

/* True when nothing of it is left to be done. */
static bool try_want(struct vcpu *v, struct want *w)
{
	uint32_t src;

	if (w->ack && try_ack(v, w))
		w->ack = false;
	if (!w->ack && w->eoi && is_active(v, w, &src)) {
		end_irq(v, w->irq, src);
		w->eoi = false;
	}
	return !w->ack && !w->eoi;
}

void guest_entered(struct vcpu *v)
{
	unsigned int kept = 0;

	v->taking = false;
	v->mi_at = VT_NEVER;
	for (unsigned int i = 0; i < v->nr_wants; i++)
		if (!try_want(v, &v->want[i]))
			v->want[kept++] = v->want[i];
	v->nr_wants = kept;
}

void guest_explicit(struct vcpu *v, const struct trace_rec *rec)
{
	struct want w = {
		.irq = rec->d.guest.irq,
		.src = rec->d.guest.src,
		.has_src = rec->flags & REC_HAS_SRC,
		.ack = rec->kind == REC_ACK,
		.eoi = rec->kind == REC_EOI,
	};
	uint32_t src;

	if (rec->kind == REC_DIR) {
		if (v->in_guest && is_active(v, &w, &src))
			end_irq(v, w.irq, src);
		return;
	}
	/* An end whose acknowledge still waits, waits with it. */
	for (unsigned int i = 0; w.eoi && i < v->nr_wants; i++) {
		if (v->want[i].irq == w.irq && v->want[i].ack && !v->want[i].eoi) {
			v->want[i].eoi = true;
			return;
		}
	}
	if (v->in_guest && try_want(v, &w))
		return;
	if (w.eoi || v->nr_wants == RUN_MAX_WANTS) {
		metrics_count(v->run->metrics, w.eoi ? MC_SPURIOUS_EOIS : MC_SPURIOUS_ACKS, 1);
		return;
	}
	v->want[v->nr_wants++] = w;
}
