// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A vCPU's life: in the guest until something it has to do traps, its timer
 * fires, an IPI kicks it or it has nothing to do; then a stretch of host, then
 * the guest again. Interrupts that pend at an entry are handled first, which
 * takes guest time, and what a handler traps for comes right after it.
 *
 * Left out: preemption (a host CPU a vCPU), nested handlers, what the recorded
 * host's own list registers held.
 */
#include "gen-int.h"

#include <string.h>

/* From an ordinary sleeper's wake-up to its next WFI, beyond the handlers. */
#define SLEEPER_BUSY_NS 500

/* ---- what it has to do --------------------------------------------------- */

static bool vcpu_has_todo(const struct gen_vcpu *v)
{
	for (unsigned int a = ACT_FIRST_TODO; a <= ACT_LAST_TODO; a++)
		if (v->todo[a])
			return true;
	return false;
}

static enum gen_act vcpu_loop_act(const struct gen *g)
{
	static const uint8_t act[] = {
		[WL_NO_LOOP] = ACT_NONE,   [WL_LOOP_HVC] = ACT_HVC, [WL_LOOP_VGIC] = ACT_IIDR,
		[WL_LOOP_USER] = ACT_USER, [WL_LOOP_SGI] = ACT_SGI, [WL_LOOP_DIST] = ACT_DIST,
	};

	return act[g->p[WP_LOOP]];
}

/* The handlers' traps first, then what else waits. */
static enum gen_act vcpu_next_act(struct gen *g, struct gen_vcpu *v)
{
	struct gen_device *d = v->handler;

	if (!v->online)
		return ACT_BOOT;
	if (d) {
		v->device = d;
		return d->status ? ACT_STATUS : d->acking ? ACT_STATUS_ACK : ACT_NOTIFY;
	}
	if (v->disabled)
		return ACT_ENABLE;
	for (unsigned int a = ACT_FIRST_TODO; a <= ACT_LAST_TODO; a++)
		if (v->todo[a])
			return a;
	return v->loops && !v->waiting ? vcpu_loop_act(g) : ACT_WFI;
}

static uint64_t vcpu_gap(const struct gen *g, struct gen_vcpu *v)
{
	if (!v->online || v->handler || v->disabled)
		return g->p[WP_TRAP_BURST_GAP_NS];
	if (v->todo[ACT_SGI])
		return g->p[WP_SGI_BURST_GAP_NS];
	return vcpu_has_todo(v) ? g->p[WP_TRAP_BURST_GAP_NS] : g->p[WP_LOOP_GAP_NS];
}

/* ---- when it exits ------------------------------------------------------- */

/* It is in the guest: when does it leave next, as far as is known now? */
static void vcpu_plan(struct gen *g, struct gen_vcpu *v)
{
	uint64_t ready = g->now > v->handler_end ? g->now : v->handler_end, at = GEN_NEVER;

	if (v->nr_acks) /* its handlers are events themselves */
		at = ready;
	else if (v->todo_at)
		at = v->todo_at > ready ? v->todo_at : ready;
	else if (v->busy != GEN_NEVER)
		at = ready + v->busy;
	if (v->kicked && v->kick_at < at)
		at = v->kick_at > g->now ? v->kick_at : g->now;
	v->planned_at = ready;
	gen_schedule(g, v->id, at);
}

/* Guest time passed: what is left until its next WFI. */
static void vcpu_account(struct gen *g, struct gen_vcpu *v)
{
	uint64_t ran = g->now > v->planned_at ? g->now - v->planned_at : 0;

	if (v->busy != GEN_NEVER)
		v->busy = v->busy > ran ? v->busy - ran : 0;
	v->planned_at = g->now;
}

/* Nothing but SGIs would wake it, and who would send them runs on it instead. */
static bool vcpu_is_alone(const struct gen *g)
{
	return g->nr_vcpus == 1 && !g->nr_devices && g->p[WP_SGI_PER_S];
}

static void vcpu_new_busy(struct gen *g, struct gen_vcpu *v)
{
	uint64_t mean = g->p[WP_BUSY_MEAN_NS];

	if (v->sleeper) {
		v->busy = SLEEPER_BUSY_NS;
		return;
	}
	if (!mean || v->loops || vcpu_is_alone(g))
		return;
	if (rng_percent(&v->r_busy, g->p[WP_BUSY_LONG_PERCENT]))
		mean = g->p[WP_BUSY_LONG_MEAN_NS];
	v->busy = 1 + rng_exp(&v->r_busy, mean);
}

/* ---- entering ------------------------------------------------------------ */

static void vcpu_list_ack(struct gen *g, struct gen_vcpu *v, uint32_t irq, uint32_t src)
{
	if (!g->p[WP_EXPLICIT])
		return;
	if (v->nr_acks == GEN_MAX_ACKS && v->ack_at) {
		v->nr_acks -= v->ack_at;
		memmove(v->ack_irq, v->ack_irq + v->ack_at, v->nr_acks * sizeof(v->ack_irq[0]));
		memmove(v->ack_src, v->ack_src + v->ack_at, v->nr_acks * sizeof(v->ack_src[0]));
		v->ack_at = 0;
	}
	if (v->nr_acks == GEN_MAX_ACKS)
		return;
	v->ack_irq[v->nr_acks] = irq;
	v->ack_src[v->nr_acks++] = src;
}

static uint64_t vcpu_handle_sgis(struct gen *g, struct gen_vcpu *v)
{
	uint64_t ns = 0;

	if (!v->sgi_pending)
		return 0;
	v->sgi_pending = false;
	for (uint32_t src = 0; src < GICV2_MAX_VCPUS; src++) {
		if (g->meta.gic == 2 && !(v->sgi_sources >> src & 1))
			continue;
		vcpu_list_ack(g, v, (uint32_t)g->p[WP_SGI_INTID], g->meta.gic == 2 ? src : 0);
		ns += g->p[WP_SERVICE_SGI_NS];
		if (g->meta.gic == 3)
			break;
	}
	v->sgi_sources = 0;
	return ns;
}

/* The handlers of all that is pending: how long they take, what they will do. */
static uint64_t vcpu_handle(struct gen *g, struct gen_vcpu *v)
{
	uint64_t ns = vcpu_handle_sgis(g, v);
	struct gen_device *d;

	if (v->timer_pending) {
		v->timer_pending = false;
		vcpu_list_ack(g, v, GEN_TIMER_PPI, 0);
		ns += g->p[WP_SERVICE_PPI_NS];
	}
	while ((d = v->pending)) {
		v->pending = d->next_pending;
		d->pending = false;
		vcpu_list_ack(g, v, d->irq, 0);
		ns += g->p[WP_SERVICE_SPI_NS];
		if (rng_percent(&d->pick, g->p[WP_IRQ_STATUS_PERCENT]))
			d->status = true;
		if (rng_percent(&d->pick, g->p[WP_IRQ_NOTIFY_PERCENT]))
			d->notify = true;
		if (d->listed || !(d->status || d->notify))
			continue;
		d->listed = true;
		d->next_handler = NULL;
		*v->handler_end_p = d;
		v->handler_end_p = &d->next_handler;
	}
	v->pending_end = &v->pending;
	return ns ? ns + g->p[WP_VIRQ_ENTRY_NS] : 0;
}

/* What was left of them when the vCPU was kicked is what handler_end holds here. */
static void vcpu_begin_handlers(struct gen *g, struct gen_vcpu *v)
{
	uint64_t left = v->handler_end, more = vcpu_handle(g, v);

	if (!v->nr_acks)
		v->handler_end = g->now + left + more;
	else
		v->handler_end = g->now + (v->acked ? left : g->p[WP_VIRQ_ENTRY_NS]);
}

/* Who waits for this vCPU's handler goes on when it is through. */
static void vcpu_reply(struct gen *g, struct gen_vcpu *v)
{
	struct gen_vcpu *w;

	if (v->reply_to < 0)
		return;
	w = &g->vcpu[v->reply_to];
	v->reply_to = -1;
	w->waiting = false;
	w->resume_at = v->handler_end;
	if (w == v || w->step != ST_GUEST)
		return;
	vcpu_account(g, w);
	w->todo_at = w->resume_at + g->p[WP_LOOP_GAP_NS];
	vcpu_plan(g, w);
}

static void vcpu_enter(struct gen *g, struct gen_vcpu *v)
{
	if (v->timer_due) {
		v->timer_due = false;
		v->timer_pending = true;
		gen_inject_timer(g, v->id, false);
	}
	gen_own(g, v->id, REC_ENTRY);
	v->step = ST_GUEST;
	v->kicked = false;
	gen_set_add(g, &g->in_guest, v->id);
	if (v->woken) {
		v->woken = false;
		vcpu_new_busy(g, v);
	}
	vcpu_begin_handlers(g, v);
	if (g->sgi_owed && v->online) {
		v->todo[ACT_SGI] += (uint32_t)g->sgi_owed;
		g->sgi_owed = 0;
	}
	vcpu_reply(g, v);
	v->todo_at = 0;
	if (!v->online || v->handler || v->disabled || vcpu_has_todo(v) ||
	    (v->loops && !v->waiting)) {
		v->todo_at = v->handler_end > v->resume_at ? v->handler_end : v->resume_at;
		v->todo_at += vcpu_gap(g, v);
	}
	vcpu_plan(g, v);
}

/* ---- leaving ------------------------------------------------------------- */

static const struct {
	uint8_t reason, cause, ec; /* ec: exception classes, ARM DDI 0487 D17.2.37 */
} vcpu_exits[ACT_NR] = {
	[ACT_TIMER] = { EXIT_IRQ, CAUSE_TIMER, 0 }, [ACT_KICK] = { EXIT_IRQ, CAUSE_KICK, 0 },
	[ACT_BOOT] = { EXIT_TRAP, 0, 0x24 },	    [ACT_STATUS] = { EXIT_TRAP, 0, 0x24 },
	[ACT_STATUS_ACK] = { EXIT_TRAP, 0, 0x24 },  [ACT_NOTIFY] = { EXIT_TRAP, 0, 0x24 },
	[ACT_ENABLE] = { EXIT_TRAP, 0, 0x24 },	    [ACT_SGI] = { EXIT_TRAP, 0, 0x18 },
	[ACT_USER] = { EXIT_TRAP, 0, 0x24 },	    [ACT_DIST] = { EXIT_TRAP, 0, 0x24 },
	[ACT_HVC] = { EXIT_TRAP, 0, 0x16 },	    [ACT_RETARGET] = { EXIT_TRAP, 0, 0x24 },
	[ACT_DISABLE] = { EXIT_TRAP, 0, 0x24 },	    [ACT_IIDR] = { EXIT_TRAP, 0, 0x24 },
	[ACT_WFI] = { EXIT_TRAP, 0, 0x01 },
};

/* It asks to start the next vCPU: a hypercall, and no access. */
static bool vcpu_boot_is_call(struct gen *g, struct gen_vcpu *v)
{
	struct gen_access a;

	return !v->online && gen_boot_step(g, v->id, v->boot, &a) != BOOT_ACCESS;
}

static void vcpu_leave(struct gen *g, struct gen_vcpu *v, enum gen_act act)
{
	struct trace_rec *r = gen_own(g, v->id, REC_EXIT);
	uint32_t ec = vcpu_exits[act].ec;

	if (act == ACT_SGI && g->meta.gic == 2)
		ec = 0x24;
	if (act == ACT_BOOT && vcpu_boot_is_call(g, v))
		ec = 0x16;
	r->d.exit.reason = vcpu_exits[act].reason;
	r->d.exit.cause = vcpu_exits[act].cause;
	if (r->d.exit.reason == EXIT_TRAP) {
		r->flags = REC_HAS_EC;
		r->d.exit.ec = ec;
	}
	vcpu_account(g, v);
	gen_set_remove(g, &g->in_guest, v->id);
	v->handler_end = v->handler_end > g->now ? v->handler_end - g->now : 0;
	v->kicked = false;
	v->act = (uint8_t)act;
	v->step = ST_ACT;
	gen_schedule(g, v->id, g->now + g->p[WP_HOST_TRAP_NS]);
}

/* An acknowledge or an end, which do not exit. */
static void vcpu_guest_event(struct gen *g, struct gen_vcpu *v)
{
	struct trace_rec *r = gen_own(g, v->id, v->acked ? REC_EOI : REC_ACK);
	uint32_t irq = v->ack_irq[v->ack_at];

	r->d.guest.irq = irq;
	if (gic_is_sgi(irq) && g->meta.gic == 2) {
		r->flags = REC_HAS_SRC;
		r->d.guest.src = v->ack_src[v->ack_at];
	}
	v->acked = !v->acked;
	if (v->acked)
		v->handler_end = g->now + (gic_is_sgi(irq)	 ? g->p[WP_SERVICE_SGI_NS]
					   : gic_is_private(irq) ? g->p[WP_SERVICE_PPI_NS]
								 : g->p[WP_SERVICE_SPI_NS]);
	else
		v->handler_end = g->now + g->p[WP_VIRQ_ENTRY_NS];
	if (!v->acked && ++v->ack_at == v->nr_acks)
		v->ack_at = v->nr_acks = 0;
	vcpu_plan(g, v);
}

static void vcpu_guest(struct gen *g, struct gen_vcpu *v)
{
	if (v->kicked && v->kick_at <= g->now)
		vcpu_leave(g, v, ACT_KICK);
	else if (v->nr_acks)
		vcpu_guest_event(g, v);
	else if (v->todo_at || v->busy != GEN_NEVER)
		vcpu_leave(g, v, v->todo_at ? vcpu_next_act(g, v) : ACT_WFI);
}

/* ---- what the exit was for ----------------------------------------------- */

static void vcpu_start_next(struct gen *g, struct gen_vcpu *v)
{
	struct trace_rec *r = gen_own(g, v->id, REC_HVC);

	r->flags = REC_HAS_IMM;
	gen_vcpu_start(g, v->id + 1, g->now + g->p[WP_HOST_WAKE_NS]);
}

static void vcpu_boot(struct gen *g, struct gen_vcpu *v)
{
	struct gen_access a;

	switch (gen_boot_step(g, v->id, v->boot++, &a)) {
	case BOOT_ACCESS:
		gen_put_access(g, v->id, &a);
		return;
	case BOOT_START_NEXT:
		vcpu_start_next(g, v);
		break;
	case BOOT_DONE:
		gen_own(g, v->id, REC_HVC);
		break;
	}
	/* Set up; with the last of them the devices are used. */
	v->online = true;
	g->nr_online++;
	g->devices_up = g->nr_online == g->nr_vcpus;
	vcpu_new_busy(g, v);
}

static void vcpu_pend_device(struct gen *g, struct gen_device *d)
{
	struct gen_vcpu *v = &g->vcpu[d->vcpu];

	if (d->pending)
		return;
	d->pending = true;
	d->next_pending = NULL;
	*v->pending_end = d;
	v->pending_end = &d->next_pending;
}

/* The VMM lowers the line, unless there was something new meanwhile. */
static void vcpu_status_acked(struct gen *g, struct gen_vcpu *v, struct gen_device *d)
{
	struct trace_rec *r;

	d->acking = false;
	if (g->p[WP_DEVICE_LINE] == WL_LEVEL && d->again) {
		vcpu_pend_device(g, d);
		gen_stimulate(g, &g->vcpu[d->vcpu], d->vcpu == v->id);
		return;
	}
	if (g->messages)
		return;
	d->line = false;
	r = gen_own(g, v->id, REC_INJECT);
	r->d.inject.irq = d->irq;
}

static void vcpu_device_act(struct gen *g, struct gen_vcpu *v, enum gen_act act)
{
	struct gen_device *d = v->device;
	struct gen_access a;

	gen_device_access(g, d, act, &a);
	gen_put_access(g, v->id, &a);
	if (act == ACT_STATUS) {
		d->status = false;
		d->acking = true;
		d->again = false;
	} else if (act == ACT_STATUS_ACK) {
		vcpu_status_acked(g, v, d);
	} else {
		d->notify = false;
	}
	if (d->status || d->acking || d->notify)
		return;
	d->listed = false;
	v->handler = d->next_handler;
	if (!v->handler)
		v->handler_end_p = &v->handler;
}

static void vcpu_retarget(struct gen *g, struct gen_vcpu *v)
{
	struct gen_device *d = &g->device[rng_below(&v->r_dist, g->nr_devices)];
	struct gen_access a;

	d->vcpu = (uint32_t)rng_below(&v->r_dist, g->nr_online);
	gen_route_access(g, d, &a);
	gen_put_access(g, v->id, &a);
}

static void vcpu_toggle(struct gen *g, struct gen_vcpu *v, bool on)
{
	struct gen_device *d;
	struct gen_access a;

	if (!on)
		v->disabled = 1 + (uint32_t)rng_below(&v->r_dist, g->nr_devices);
	d = &g->device[v->disabled - 1];
	gen_enable_access(g, d, on, &a);
	gen_put_access(g, v->id, &a);
	d->enabled = on;
	if (!on)
		return;
	v->disabled = 0;
	if (d->latched) {
		d->latched = false;
		vcpu_pend_device(g, d);
		gen_stimulate(g, &g->vcpu[d->vcpu], d->vcpu == v->id);
	}
}

static void vcpu_iidr(struct gen *g, struct gen_vcpu *v)
{
	struct gen_access a = { .gpa = g->gicd + 0x8, .val = 0x4b00043b, .len = 4 };

	gen_put_access(g, v->id, &a);
}

static void vcpu_user(struct gen *g, struct gen_vcpu *v)
{
	/* The DeviceID of a virtio-mmio transport without a device. */
	struct gen_access a = { .gpa = 0x0a000008, .len = 4 };

	gen_put_access(g, v->id, &a);
}

static void vcpu_sleep(struct gen *g, struct gen_vcpu *v)
{
	gen_own(g, v->id, REC_WFI);
	v->woken = true;
	if (v->sgi_pending || v->timer_pending || v->timer_due || v->pending) {
		v->step = ST_ENTER;
		gen_schedule(g, v->id, g->now + g->p[WP_HOST_RETURN_NS]);
		return;
	}
	v->step = ST_ASLEEP;
	gen_set_add(g, &g->asleep, v->id);
	gen_schedule(g, v->id, GEN_NEVER);
}

static void vcpu_do(struct gen *g, struct gen_vcpu *v, enum gen_act act)
{
	struct gen_access a;

	switch (act) {
	case ACT_TIMER:
		gen_inject_timer(g, v->id, true);
		v->timer_pending = true;
		break;
	case ACT_BOOT:
		vcpu_boot(g, v);
		break;
	case ACT_STATUS:
	case ACT_STATUS_ACK:
	case ACT_NOTIFY:
		vcpu_device_act(g, v, act);
		break;
	case ACT_SGI:
		gen_send_sgi(g, v);
		break;
	case ACT_USER:
		vcpu_user(g, v);
		break;
	case ACT_DIST:
		gen_dist_access(g, v, &a);
		gen_put_access(g, v->id, &a);
		break;
	case ACT_HVC:
		gen_own(g, v->id, REC_HVC);
		break;
	case ACT_RETARGET:
		vcpu_retarget(g, v);
		break;
	case ACT_DISABLE:
	case ACT_ENABLE:
		vcpu_toggle(g, v, act == ACT_ENABLE);
		break;
	case ACT_IIDR:
		vcpu_iidr(g, v);
		break;
	default:
		break;
	}
}

static void vcpu_act(struct gen *g, struct gen_vcpu *v)
{
	uint64_t back = g->now + g->p[WP_HOST_RETURN_NS];
	enum gen_act act = v->act;

	if (act == ACT_WFI) {
		vcpu_sleep(g, v);
		return;
	}
	if (act == ACT_STATUS || act == ACT_STATUS_ACK || act == ACT_USER)
		back += g->p[WP_HOST_USER_NS];
	if (act >= ACT_FIRST_TODO && act <= ACT_LAST_TODO && v->todo[act])
		v->todo[act]--;
	vcpu_do(g, v, act);
	v->step = ST_ENTER;
	gen_schedule(g, v->id, back);
}

void gen_vcpu_step(struct gen *g, struct gen_vcpu *v)
{
	switch (v->step) {
	case ST_ENTER:
		vcpu_enter(g, v);
		break;
	case ST_GUEST:
		vcpu_guest(g, v);
		break;
	case ST_ACT:
		vcpu_act(g, v);
		break;
	default:
		gen_schedule(g, v->id, GEN_NEVER);
		break;
	}
}

/* ---- what others do to it ------------------------------------------------ */

void gen_vcpu_start(struct gen *g, uint32_t vcpu, uint64_t at_ns)
{
	g->vcpu[vcpu].step = ST_ENTER;
	g->vcpu[vcpu].woken = true;
	gen_schedule(g, vcpu, at_ns);
}

static void vcpu_wake(struct gen *g, struct gen_vcpu *v)
{
	gen_set_remove(g, &g->asleep, v->id);
	v->step = ST_ENTER;
	gen_schedule(g, v->id, g->now + g->p[WP_HOST_WAKE_NS]);
}

void gen_stimulate(struct gen *g, struct gen_vcpu *v, bool by_itself)
{
	if (v->step == ST_ASLEEP) {
		vcpu_wake(g, v);
	} else if (v->step == ST_GUEST && !v->kicked && !by_itself) {
		v->kicked = true;
		v->kick_at = g->now + g->p[WP_HOST_IPI_NS];
		if (v->kick_at < g->at[v->id])
			gen_schedule(g, v->id, v->kick_at);
	}
}

void gen_work(struct gen *g, struct gen_vcpu *v, enum gen_act act, uint32_t n)
{
	v->todo[act] += n;
	if (v->step == ST_ASLEEP) {
		v->timer_due = true;
		vcpu_wake(g, v);
	} else if (v->step == ST_GUEST && !v->todo_at) {
		vcpu_account(g, v);
		v->todo_at = g->now > v->handler_end ? g->now : v->handler_end;
		vcpu_plan(g, v);
	}
}

void gen_tick(struct gen *g, struct gen_vcpu *v, bool wakes)
{
	if (v->step == ST_ASLEEP && !wakes)
		return;
	if (v->step == ST_GUEST) {
		vcpu_leave(g, v, ACT_TIMER);
		return;
	}
	v->timer_due = true;
	if (v->step == ST_ASLEEP)
		vcpu_wake(g, v);
}

void gen_device_sent(struct gen *g, struct gen_device *d)
{
	bool held = g->p[WP_DEVICE_LINE] == WL_LEVEL && d->line;

	d->line = true;
	d->again = true;
	if (!d->enabled) {
		d->latched = true;
		return;
	}
	/* A line that is high already tells nothing new. */
	if (held || d->pending)
		return;
	vcpu_pend_device(g, d);
	gen_stimulate(g, &g->vcpu[d->vcpu], false);
}
