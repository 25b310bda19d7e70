/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vCPU's life: flush and entry, the guest for as long as recorded, exit and
 * sync, then what the recording says its thread did in the host.
 *
 * Recorded exits by a kick or a maintenance interrupt are the recording
 * design's doing: they are taken out, and the guest runs on. If the thread
 * did something in between after all (an injection by an interrupt handler,
 * say), the exit is made at that point.
 */
#include <string.h>

#include "run.h"
#include "sgi.h"

static bool model_work(const struct vcpu *v)
{
	return v->run->o->host_work == HOST_WORK_MODEL;
}

static void host_cost(struct vcpu *v, enum host_key key)
{
	if (model_work(v))
		cpu_cost(v->cpu, COMP_HOST, key);
}

static uint64_t lr_hash(const struct vcpu *v)
{
	uint64_t h = 0;

	for (unsigned int n = 0; n < v->run->nr_lrs; n++)
		h = (h ^ vif_lr(v->cpu, n)) * UINT64_C(0x9e3779b97f4a7c15);
	return h;
}

static unsigned int lrs_used(const struct vcpu *v)
{
	unsigned int gic = v->run->config.gic, used = 0;
	uint64_t state = gic_lr_pending_bit(gic) | gic_lr_active_bit(gic);

	for (unsigned int n = 0; n < v->run->nr_lrs; n++)
		used += !!(vif_lr(v->cpu, n) & state);
	return used;
}

void vcpu_do_entry(struct vcpu *v)
{
	const struct vgic_design *d = v->run->design;
	void *vgic = v->run->vgic;
	uint64_t before[COMP_NR], parts[COMP_NR];
	struct vtime start;

	log_phase(v->run, v->cpu, PHASE_ENTRY);
	for (;;) {
		vcpu_wait_resumed(v->cpu);
		if (d->timer_flush)
			d->timer_flush(vgic, v->cpu, v->id);
		run_accounts_take(v->cpu, before);
		start = cpu_now(v->cpu);
		check_flush(v);
		d->flush(vgic, v->cpu, v->id);
		plat_irq_off(v->cpu);
		if (vcpu_enter(v->cpu)) {
			if (!d->enter_check || d->enter_check(vgic, v->cpu, v->id))
				break;
			vcpu_leave(v->cpu);
		}
		/* An IPI or a request came since: take it, and begin again. */
		metrics_count(v->run->metrics, MC_ENTRIES_GIVEN_UP, 1);
		if (d->irqs_on_before_sync)
			plat_irq_on(v->cpu);
		d->sync(vgic, v->cpu, v->id);
		if (!d->irqs_on_before_sync)
			plat_irq_on(v->cpu);
	}
	cpu_cost(v->cpu, COMP_SWITCH, HK_WS_RESTORE);
	d->restore(vgic, v->cpu, v->id);
	cpu_cost(v->cpu, COMP_SWITCH, HK_TRAP_OUT);
	run_accounts_since(v->cpu, before, parts);
	metrics_latency(v->run->metrics, LAT_ENTRY, v->id, v->exit_kind,
			vt_since(cpu_now(v->cpu), start), parts);
	metrics_count(v->run->metrics, MC_GUEST_RUNS, 1);
	metrics_occupancy(v->run->metrics, v->id, lrs_used(v));
	cpu_fingerprint(v->cpu, 'E', lr_hash(v));
	cpu_no_locks(v->cpu, "the guest");
	v->in_guest = true;
	delivery_milestone(v, MILE_GUEST);
	log_entry(v);
	check_entry(v);
	guest_entered(v);
}

void vcpu_do_exit(struct vcpu *v, enum exit_kind kind)
{
	const struct vgic_design *d = v->run->design;
	void *vgic = v->run->vgic;
	uint64_t parts[COMP_NR];

	run_accounts_take(v->cpu, v->exit_accounts);
	v->exit_started = cpu_now(v->cpu);
	v->exit_kind = kind;
	v->exit_fresh = true;
	v->in_guest = false;
	delivery_milestone(v, MILE_HOST);
	cpu_fingerprint(v->cpu, 'X', kind);
	cpu_fingerprint(v->cpu, 'G', v->guest_history);
	log_exit(v, kind);
	check_exit(v);
	metrics_exit(v->run->metrics, v->id, kind);
	cpu_cost(v->cpu, COMP_SWITCH, HK_TRAP_IN);
	cpu_cost(v->cpu, COMP_SWITCH, HK_WS_SAVE);
	d->save(vgic, v->cpu, v->id);
	vcpu_leave(v->cpu);
	if (d->irqs_on_before_sync)
		plat_irq_on(v->cpu);
	if (v->lower_timer) {
		log_phase(v->run, v->cpu, PHASE_TIMER);
		run_inject_timer_low(v);
		log_phase(v->run, v->cpu, PHASE_EXIT);
	}
	d->sync(vgic, v->cpu, v->id);
	if (!d->irqs_on_before_sync)
		plat_irq_on(v->cpu);
	run_accounts_since(v->cpu, v->exit_accounts, parts);
	metrics_latency(v->run->metrics, LAT_EXIT, v->id, kind,
			vt_since(cpu_now(v->cpu), v->exit_started), parts);
	log_phase(v->run, v->cpu, PHASE_HOST);
	host_cost(v, HK_HANDLE_EXIT);
}

/* ---- recorded events --------------------------------------------------- */

static enum exit_kind kind_of(const struct trace_rec *r)
{
	static const enum exit_kind irq[CAUSE_NR] = {
		[CAUSE_UNKNOWN] = XK_IRQ_UNKNOWN,   [CAUSE_KICK] = XK_IRQ_IPI,
		[CAUSE_MAINTENANCE] = XK_IRQ_OTHER, [CAUSE_TIMER] = XK_IRQ_TIMER,
		[CAUSE_DEVICE] = XK_IRQ_DEVICE,	    [CAUSE_IPI] = XK_IRQ_IPI,
		[CAUSE_OTHER] = XK_IRQ_OTHER,
	};

	if (r->d.exit.reason == EXIT_SERROR)
		return XK_SERROR;
	if (r->d.exit.reason == EXIT_IRQ)
		return irq[r->d.exit.cause];
	if (!(r->flags & REC_HAS_EC))
		return XK_TRAP_OTHER;
	switch (r->d.exit.ec) { /* exception classes, ARM DDI 0487 D17.2.37 */
	case 0x01:
		return XK_WFX;
	case 0x12:
	case 0x16:
		return XK_HVC;
	case 0x18:
		return XK_SYSREG;
	case 0x24:
		return XK_MMIO;
	default:
		return XK_TRAP_OTHER;
	}
}

static bool is_irq_kind(enum exit_kind k)
{
	return k == XK_IRQ_TIMER || k == XK_IRQ_DEVICE || k == XK_IRQ_IPI || k == XK_IRQ_OTHER ||
	       k == XK_IRQ_UNKNOWN;
}

/* What comes after a record is to be known, and the window is too small for it. */
static void not_seen(struct vcpu *v, const struct slot *after)
{
	if (!after && !stream_ended(v->run->stream))
		metrics_count(v->run->metrics, MC_WINDOW_STALLS, 1);
}

static void learn_run(struct vcpu *v, const struct slot *after)
{
	const struct annot *a = NULL;

	if (v->run->guest == GUEST_OBSERVED)
		not_seen(v, after);
	if (after && after->rec.kind == REC_EXIT)
		a = stream_annot(v->run->stream, after);
	if (a)
		v->run_annot = *a;
	else
		v->run_annot.observed = false;
}

/* host-work=recorded: what the recording spent, less its vgic's own share. */
static void recorded_work(struct vcpu *v, uint64_t until_ns)
{
	const struct host *h = v->run->o->host;
	struct vtime share = v->run->o->recorded_share;

	if (model_work(v) || !v->exit_ns || until_ns <= v->exit_ns)
		return;
	if (!share.ps)
		share = VT_PS(h->c[HK_TRAP_IN].time.ps + h->c[HK_WS_SAVE].time.ps +
			      h->c[HK_WS_RESTORE].time.ps + h->c[HK_TRAP_OUT].time.ps);
	cpu_spend(v->cpu, COMP_HOST, vt_since_or_zero(VT_NS(until_ns - v->exit_ns), share));
	v->exit_ns = 0;
}

static void on_entry(struct vcpu *v, struct slot *slot, const struct trace_rec *rec)
{
	learn_run(v, stream_after(v->run->stream, slot));
	if (!v->in_guest) {
		recorded_work(v, rec->time_ns);
		vcpu_do_entry(v);
	}
	v->between = false;
	v->guest_ns = rec->time_ns;
	stream_consume(v->run->stream, v->cpu);
}

static bool taken_out(struct vcpu *v, const struct trace_rec *rec)
{
	if (rec->d.exit.reason != EXIT_IRQ)
		return false;
	if (rec->d.exit.cause == CAUSE_KICK)
		metrics_count(v->run->metrics, MC_RECORDED_KICKS_OUT, 1);
	else if (rec->d.exit.cause == CAUSE_MAINTENANCE)
		metrics_count(v->run->metrics, MC_RECORDED_MAINT_OUT, 1);
	else
		return false;
	return true;
}

static void run_to(struct vcpu *v, uint64_t time_ns)
{
	if (v->in_guest && !v->between)
		guest_run_recorded(v, time_ns > v->guest_ns ? time_ns - v->guest_ns : 0);
	v->guest_ns = time_ns;
}

static void on_exit_rec(struct vcpu *v, struct slot *slot, const struct trace_rec *rec)
{
	enum exit_kind kind = kind_of(rec);

	if (v->in_guest)
		run_to(v, rec->time_ns);
	if (v->in_guest && kind == XK_WFX)
		guest_end_handler(v);
	stream_consume(v->run->stream, v->cpu);
	v->exit_ns = rec->time_ns;
	if (!v->in_guest) /* made already, by something that came before it */
		return;
	if (taken_out(v, rec)) {
		v->between = true;
		return;
	}
	vcpu_do_exit(v, kind);
	if (is_irq_kind(kind))
		host_cost(v, HK_HOST_IRQ);
}

/* The thread does something in the host: be there. */
static void force_out(struct vcpu *v, const struct slot *slot, const struct trace_rec *rec)
{
	const struct slot *after = stream_after(v->run->stream, slot);
	enum exit_kind kind = XK_IRQ_OTHER;

	if (!v->in_guest)
		return;
	not_seen(v, after);
	if (after && after->rec.kind == REC_EXIT)
		kind = kind_of(&after->rec);
	run_to(v, rec->time_ns);
	vcpu_do_exit(v, kind);
	v->between = false;
	if (is_irq_kind(kind))
		host_cost(v, HK_HOST_IRQ);
}

/* ---- SGIs -------------------------------------------------------------- */

static void note_sgi(struct vcpu *v, const struct trace_rec *rec, const struct annot *a)
{
	uint64_t target[STREAM_TARGET_WORDS];
	unsigned int sgi;

	if (!sgi_targets(v->run->meta, v->run->config.frames.gicd, rec, a, target, &sgi))
		return;
	metrics_count(v->run->metrics, MC_SGI_WRITES, 1);
	log_sgi(v, sgi, target);
	run_note_sgi(v->run, v->id, target, sgi, rec);
}

static void send_sgi(struct vcpu *v, uint32_t reg, uint64_t val)
{
	check_sgi(v, ORACLE_BEGIN, reg, val);
	if (v->run->design->sysreg_write(v->run->vgic, v->cpu, v->id, reg, val) != VGIC_DONE)
		metrics_count(v->run->metrics, MC_UNSUPPORTED, 1);
	check_sgi(v, ORACLE_END, reg, val);
}

/* One register write an affinity cluster of 16, as a guest would. */
static void send_inferred(struct vcpu *v, uint32_t reg, const struct annot *a)
{
	for (uint32_t first = 0; first < v->run->nr_vcpus; first += 16) {
		uint64_t val = sgi_inferred_value(a, first);

		if (val)
			send_sgi(v, reg, val);
	}
}

static void on_sysreg(struct vcpu *v, const struct trace_rec *rec, const struct annot *a)
{
	struct metrics *m = v->run->metrics;
	uint32_t reg = rec->d.sysreg.reg;

	metrics_count(m, MC_SYSREG, 1);
	cpu_cost(v->cpu, COMP_DISPATCH, HK_SYSREG_DISPATCH);
	if (!rec->d.sysreg.write || v->run->config.gic != 3 ||
	    (reg != SYSREG_ICC_SGI1R_EL1 && reg != SYSREG_ICC_SGI0R_EL1 &&
	     reg != SYSREG_ICC_ASGI1R_EL1)) {
		metrics_count(m, MC_SYSREG_IGNORED, 1);
		return;
	}
	note_sgi(v, rec, a);
	if (rec->flags & REC_HAS_VAL) {
		send_sgi(v, reg, rec->d.sysreg.val);
	} else if (a && a->inferred) {
		metrics_count(m, MC_SGI_INFERRED, 1);
		send_inferred(v, reg, a);
	} else {
		metrics_count(m, MC_SGI_UNKNOWN, 1);
	}
	check_sent(v->run, v->cpu, true);
}

/* ---- MMIO, WFI --------------------------------------------------------- */

static void on_mmio(struct vcpu *v, const struct trace_rec *rec, bool fresh)
{
	struct run *r = v->run;
	uint64_t parts[COMP_NR], total = 0, val = rec->d.mmio.val;
	bool write = rec->d.mmio.write;
	enum vgic_handled how;

	cpu_cost(v->cpu, COMP_DISPATCH, HK_MMIO_DISPATCH);
	note_sgi(v, rec, NULL);
	check_mmio(v, ORACLE_BEGIN, rec);
	plat_srcu_lock(v->cpu);
	how = r->design->mmio(r->vgic, v->cpu, v->id, write, rec->d.mmio.gpa, rec->d.mmio.len,
			      &val);
	plat_srcu_unlock(v->cpu);
	check_mmio(v, ORACLE_END, rec);
	check_sent(v->run, v->cpu, true);
	log_mmio(v, rec, val, how == VGIC_DONE);
	if (how == VGIC_NOT_MINE) {
		metrics_count(r->metrics, MC_MMIO_USER, 1);
		host_cost(v, HK_USER_TRIP);
		return;
	}
	metrics_count(r->metrics, MC_MMIO_VGIC, 1);
	if (!write && val != rec->d.mmio.val)
		metrics_count(r->metrics, MC_MMIO_READ_DIFFERS, 1);
	if (!fresh)
		return;
	run_accounts_since(v->cpu, v->exit_accounts, parts);
	parts[COMP_HOST] = parts[COMP_SLEEP] = 0;
	for (unsigned int i = 0; i < COMP_NR; i++)
		total += parts[i];
	metrics_latency(r->metrics, LAT_MMIO, v->id, XK_NR, VT_PS(total), parts);
}

/*
 * What ended the recorded sleep, by the record that came after it.
 *
 * Stimuli to this vCPU are counted in the recording and here. The recorded
 * sleep was ended by the first one after its beginning; if as many have been
 * sent here already, this guest had it before, and would not have gone to
 * sleep. A timer of its own and a wake-up that nothing recorded explains are
 * causes of their own, at their recorded distance.
 */
static void learn_wake(struct vcpu *v, const struct slot *after)
{
	struct wake *w = &v->wake;
	struct vtime slept = VT_NS(after->rec.time_ns - w->wfi_ns);

	w->until = vt_add(w->from, slept);
	if (after->rec.kind == REC_INJECT && after->rec.d.inject.level) {
		w->count = MC_WFI_TIMER_WAKES; /* or something else before it */
	} else if (after->stimuli == w->stimuli) {
		w->count = MC_WFI_UNEXPLAINED_WAKES;
	} else {
		w->missed = w->had > w->stimuli;
		w->until = vt_add(w->until, vt_add(slept, v->run->o->wfi_grace));
	}
	if (vt_before(VT_MAX_RUN, w->until))
		w->until = VT_MAX_RUN;
}

static void begin_wait(struct vcpu *v, const struct slot *slot)
{
	const struct slot *after = stream_after(v->run->stream, slot);

	v->wake = (struct wake){
		.wfi_ns = slot->rec.time_ns,
		.stimuli = slot->stimuli,
		.had = v->stimuli,
		.from = cpu_now(v->cpu),
		.until = VT_NEVER,
		.count = MC_WFI_FORCED_WAKES,
	};
	if (after)
		learn_wake(v, after);
	else if (!stream_ended(v->run->stream)) /* else it is its last */
		stream_expect(v->run->stream, v->id);
}

bool vcpu_be_guest(void *run, unsigned int vcpu, struct vtime until)
{
	struct vcpu *v = &((struct run *)run)->vcpu[vcpu];

	if (v->in_guest)
		guest_wait(v, until);
	return v->in_guest;
}

void vcpu_expected(void *run, unsigned int vcpu, const struct slot *next)
{
	struct vcpu *v = &((struct run *)run)->vcpu[vcpu];

	learn_wake(v, next);
	if (v->wake.missed)
		v->wake.until = v->wake.from;
	if (!vcpu_sleep_limit(v->cpu, v->wake.until))
		metrics_count(v->run->metrics, MC_WINDOW_STALLS, 1);
}

static void do_sleep(struct vcpu *v, struct vtime since)
{
	struct run *r = v->run;

	if (r->design->put)
		r->design->put(r->vgic, v->cpu, v->id);
	vcpu_set_loaded(v->cpu, false);
	metrics_count(r->metrics, MC_WFI_SLEEPS, 1);
	for (;;) {
		bool woken;

		delivery_milestone(v, MILE_SLEEP);
		check_sleep(v, since);
		woken = vcpu_sleep(v->cpu, v->wake.until);
		check_wake(v);
		delivery_milestone(v, MILE_HOST);
		if (!woken) {
			metrics_count(r->metrics, v->wake.missed ? MC_WFI_MISSED : v->wake.count,
				      1);
			break;
		}
		since = check_wfi(v);
		vcpu_sleep_prepare(v->cpu);
		if (r->design->pending(r->vgic, v->cpu, v->id)) {
			vcpu_sleep_cancel(v->cpu);
			metrics_count(r->metrics, MC_WFI_WOKEN, 1);
			break;
		}
	}
	vcpu_set_loaded(v->cpu, true);
	if (r->design->load)
		r->design->load(r->vgic, v->cpu, v->id);
}

static void on_wfi(struct vcpu *v, struct slot *slot, const struct trace_rec *rec)
{
	struct vtime since;

	recorded_work(v, rec->time_ns);
	v->exit_ns = 0;
	cpu_settle(v->cpu); /* what others sent by now is counted */
	begin_wait(v, slot);
	stream_consume(v->run->stream, v->cpu);
	since = check_wfi(v);
	vcpu_sleep_prepare(v->cpu);
	if (v->run->design->pending(v->run->vgic, v->cpu, v->id)) {
		vcpu_sleep_cancel(v->cpu);
		metrics_count(v->run->metrics, MC_WFI_NO_SLEEP, 1);
	} else if (v->wake.missed) {
		vcpu_sleep_cancel(v->cpu);
		metrics_count(v->run->metrics, MC_WFI_MISSED, 1);
	} else {
		do_sleep(v, since);
	}
}

/*
 * The host's timer code notices at an exit that the guest has lowered the line.
 * Where that exit was taken out the line goes low all the same, and the next
 * exit will notice.
 */
static bool is_timer_lowering(const struct vcpu *v, const struct trace_rec *rec)
{
	return rec->kind == REC_INJECT && !rec->d.inject.level &&
	       rec->d.inject.irq == v->run->config.timer_ppi && rec->d.inject.vcpu == v->id;
}

static enum replay_phase phase_of(const struct trace_rec *rec)
{
	static const enum replay_phase phase[] = {
		[REC_MMIO] = PHASE_MMIO,     [REC_SYSREG] = PHASE_SYSREG, [REC_HVC] = PHASE_HVC,
		[REC_INJECT] = PHASE_INJECT, [REC_MSI] = PHASE_INJECT,	  [REC_WFI] = PHASE_WFI,
	};

	return rec->kind < sizeof(phase) / sizeof(phase[0]) && phase[rec->kind] ? phase[rec->kind]
										: PHASE_HOST;
}

static void on_host(struct vcpu *v, struct slot *slot, const struct trace_rec *rec)
{
	const struct annot *a = stream_annot(v->run->stream, slot);
	uint32_t target = slot->target;
	struct annot copy;
	bool fresh, in_irq = slot->in_irq;

	if (v->in_guest && v->between && is_timer_lowering(v, rec)) {
		v->lower_timer = v->line[rec->d.inject.irq];
		stream_consume(v->run->stream, v->cpu);
		return;
	}
	force_out(v, slot, rec);
	fresh = v->exit_fresh;
	v->exit_fresh = false;
	log_phase(v->run, v->cpu, phase_of(rec));
	if (rec->kind == REC_WFI) {
		on_wfi(v, slot, rec);
		log_phase(v->run, v->cpu, PHASE_HOST);
		return;
	}
	if (a)
		copy = *a;
	stream_consume(v->run->stream, v->cpu);
	switch (rec->kind) {
	case REC_MMIO:
		on_mmio(v, rec, fresh);
		break;
	case REC_SYSREG:
		on_sysreg(v, rec, a ? &copy : NULL);
		break;
	case REC_HVC:
		host_cost(v, HK_HVC);
		break;
	case REC_INJECT:
	case REC_MSI:
		run_inject(v->run, v->cpu, rec, target, in_irq);
		break;
	default:
		metrics_count(v->run->metrics, MC_UNSUPPORTED, 1);
		break;
	}
	log_phase(v->run, v->cpu, PHASE_HOST);
}

void vcpu_main(struct plat_cpu *cpu, void *arg)
{
	struct vcpu *v = arg;
	struct slot *slot;

	if (v->run->design->load)
		v->run->design->load(v->run->vgic, cpu, v->id);
	while ((slot = stream_next(v->run->stream, cpu))) {
		struct trace_rec rec = slot->rec;

		log_record(v->run, cpu, &rec);
		switch (rec.kind) {
		case REC_ENTRY:
			on_entry(v, slot, &rec);
			break;
		case REC_EXIT:
			on_exit_rec(v, slot, &rec);
			break;
		case REC_ACK:
		case REC_EOI:
		case REC_DIR:
			run_to(v, rec.time_ns);
			stream_consume(v->run->stream, cpu);
			guest_explicit(v, &rec);
			break;
		default:
			on_host(v, slot, &rec);
			break;
		}
	}
	/* The trace ends inside the guest: leave it as any exit does. */
	if (v->in_guest) {
		cpu_rests_since(cpu, cpu_now(cpu));
		if (v->waited.ps)
			metrics_count(v->run->metrics, MC_WINDOW_STALLS, 1);
		vcpu_do_exit(v, XK_IRQ_OTHER);
	}
}
