// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Second pass: host events become records.
 *
 * When the guest was left. kvm_exit is emitted late, after the host has
 * taken its pending interrupts; before Linux 5.x it has not synchronised the
 * vgic yet, since then it has. What the vCPU's thread does in the guest
 * leaves no event, so the thread's first event after kvm_entry bounds the
 * time: kvm_arm_clear_debug where it is recorded (it directly follows the
 * return from the guest), else the first host interrupt or IPI on that
 * thread, else kvm_exit itself. Recordings with kvm_vgic_lrs come with and
 * without kvm_arm_clear_debug; there it is not used, so that both import the
 * same.
 *
 * Where in a host interrupt. There is no event for its end, so an injection
 * counts as an interrupt handler's if it is done by the idle thread, or if
 * since the handler began the thread had only events of timer and vgic, and
 * the handler is one that injects: the guest's timer's for a PPI, VFIO's for
 * an SPI or a message.
 */
#include <stdlib.h>
#include <string.h>

#include "gic.h"
#include "import-private.h"
#include "vgic-state.h"

#define PPI_UNKNOWN 2

static struct trace_rec rec_of(const struct ev *ev, enum rec_kind kind, enum rec_ctx ctx,
			       uint32_t ctx_id)
{
	return (struct trace_rec){
		.time_ns = ev->ns,
		.kind = (uint8_t)kind,
		.ctx = (uint8_t)ctx,
		.cpu = (int16_t)ev->cpu,
		.ctx_id = ctx_id,
	};
}

static int push(struct imp_convert *c, const struct trace_rec *r, struct err *err)
{
	return queue_push(&c->q, r, SLOT_READY, err) ? 0 : err->code;
}

static int push_open(struct imp_convert *c, const struct trace_rec *r, uint64_t *slot,
		     struct err *err)
{
	*slot = queue_push(&c->q, r, SLOT_OPEN, err);
	return *slot ? 0 : err->code;
}

/* Put @r's content in its slot, or here and now if that waited too long. */
static int finish(struct imp_convert *c, uint64_t *slot, struct trace_rec *r, const struct ev *now,
		  struct err *err)
{
	struct trace_rec *open = queue_open_rec(&c->q, *slot);
	uint64_t s = *slot;

	*slot = 0;
	if (!open) {
		c->inferred[INFER_LATE]++;
		r->time_ns = now->ns;
		return push(c, r, err);
	}
	*open = *r;
	queue_close(&c->q, s, true);
	return 0;
}

static void drop(struct imp_convert *c, uint64_t *slot)
{
	queue_close(&c->q, *slot, false);
	*slot = 0;
}

/* ---- leaving the guest -------------------------------------------------- */

static int leave(struct imp_convert *c, struct imp_thread *t, const struct ev *ev, struct err *err)
{
	struct trace_rec r = rec_of(ev, REC_EXIT, CTX_VCPU, (uint32_t)t->vcpu);

	t->leave_guessed = t->where == AT_UNKNOWN;
	t->left_at_once = ev->kind == EV_CLEAR_DEBUG;
	t->where = AT_LEAVING;
	cause_begin(t);
	return push_open(c, &r, &t->leave_slot, err);
}

/* The thread is seen doing something that no guest run can contain. */
static void not_leaving(struct imp_convert *c, struct imp_thread *t)
{
	if (t->where == AT_LEAVING) {
		if (!t->leave_guessed)
			c->skipped[SKIP_EXIT_MISSING]++;
		drop(c, &t->leave_slot);
	} else if (t->where == AT_GUEST) {
		c->skipped[SKIP_EXIT_MISSING]++;
	}
	t->where = AT_HOST;
}

static bool marks_leave(const struct imp_convert *c, const struct imp_thread *t,
			const struct ev *ev)
{
	if (t->where != AT_GUEST && t->where != AT_UNKNOWN)
		return false;
	if (ev->kind == EV_CLEAR_DEBUG)
		return !c->has_vgic_lrs;
	return ev->kind == EV_IRQ_ENTRY || ev->kind == EV_IPI_ENTRY;
}

static void count_cause(struct imp_convert *c, enum rec_cause cause)
{
	static const enum imp_infer of[CAUSE_NR] = {
		[CAUSE_UNKNOWN] = INFER_CAUSE_NONE,
		[CAUSE_KICK] = INFER_CAUSE_KICK,
		[CAUSE_MAINTENANCE] = INFER_CAUSE_MAINTENANCE,
		[CAUSE_TIMER] = INFER_CAUSE_TIMER,
		[CAUSE_DEVICE] = INFER_CAUSE_DEVICE,
		[CAUSE_IPI] = INFER_CAUSE_IPI,
		[CAUSE_OTHER] = INFER_CAUSE_OTHER,
	};

	c->inferred[of[cause]]++;
}

/*
 * The exit's cause is settled at the thread's next event that is not part
 * of the synchronisation, which may show the list registers, or that the
 * scheduler had sent the IPI.
 */
static int settle_exit(struct imp_convert *c, struct imp_thread *t, const struct ev *now,
		       struct err *err)
{
	enum rec_cause cause;

	if (!t->has_exit_rec)
		return 0;
	t->has_exit_rec = false;
	cause = cause_of_exit(c, t, t->has_exit_lrs ? &t->exit_lrs : NULL);
	if (cause == CAUSE_KICK && now->kind == EV_SCHED_SWITCH && now->sched.prev == t->pid &&
	    now->sched.preempted) {
		cause = CAUSE_IPI;
		c->inferred[INFER_KICK_PREEMPTED]++;
	}
	count_cause(c, cause);
	t->exit_rec.d.exit.cause = (uint8_t)cause;
	return finish(c, &t->exit_slot, &t->exit_rec, now, err);
}

static int on_kvm_exit(struct imp_convert *c, struct imp_thread *t, const struct ev *ev,
		       struct err *err)
{
	struct trace_rec r = rec_of(ev, REC_EXIT, CTX_VCPU, (uint32_t)t->vcpu);
	struct trace_rec *open =
		t->where == AT_LEAVING ? queue_open_rec(&c->q, t->leave_slot) : NULL;
	bool irq = ev->exit.reason == EXIT_IRQ;

	if (t->where == AT_LEAVING) {
		c->inferred[t->left_at_once ? INFER_EXIT_AT_CLEAR_DEBUG
					    : INFER_EXIT_AT_FIRST_EVENT]++;
	} else {
		c->inferred[INFER_EXIT_AT_ITSELF]++;
		cause_begin(t);
	}
	if (open)
		r.time_ns = open->time_ns;
	r.flags = REC_HAS_PC;
	r.d.exit.pc = ev->exit.pc;
	r.d.exit.reason = (uint8_t)ev->exit.reason;
	if (ev->exit.reason == EXIT_TRAP) {
		r.flags |= REC_HAS_EC;
		r.d.exit.ec = ev->exit.ec & 0x3f;
	}
	t->where = AT_HOST;
	t->in_irq = IN_NONE;
	t->op = OP_NONE;
	if (!irq) {
		if (t->leave_slot)
			return finish(c, &t->leave_slot, &r, ev, err);
		return push(c, &r, err);
	}
	t->exit_rec = r;
	t->has_exit_rec = true;
	t->exit_slot = t->leave_slot;
	t->leave_slot = 0;
	if (!t->exit_slot)
		return push_open(c, &r, &t->exit_slot, err);
	return 0;
}

static int on_kvm_entry(struct imp_convert *c, struct imp_thread *t, const struct ev *ev,
			struct err *err)
{
	struct trace_rec r = rec_of(ev, REC_ENTRY, CTX_VCPU, (uint32_t)t->vcpu);

	not_leaving(c, t);
	if (t->mmio_open) {
		t->mmio_open = false;
		c->skipped[SKIP_MMIO_UNFINISHED]++;
		drop(c, &t->mmio_slot);
	}
	if (c->has_vgic_lrs) {
		/* what was loaded before this entry is shown right after it */
		struct trace_rec l = rec_of(ev, REC_LRS, CTX_VCPU, (uint32_t)t->vcpu);

		if (push_open(c, &l, &t->lrs_slot, err))
			return err->code;
		t->has_entry_lrs = false;
	}
	t->has_exit_lrs = false;
	t->where = AT_GUEST;
	t->in_irq = IN_NONE;
	r.flags = REC_HAS_PC;
	r.d.entry.pc = ev->entry.pc;
	return push(c, &r, err);
}

/* ---- accesses ----------------------------------------------------------- */

static bool in_gic_frame(const struct imp_convert *c, uint64_t gpa)
{
	for (uint32_t i = 0; i < c->meta->nr_frames; i++) {
		const struct trace_frame *f = &c->meta->frame[i];
		uint64_t n = f->kind == FRAME_GICR ? c->meta->nr_vcpus : 1;

		if (gpa >= f->gpa && gpa - f->gpa < f->size * n)
			return true;
	}
	return false;
}

static int on_mmio(struct imp_convert *c, struct imp_thread *t, const struct ev *ev,
		   struct err *err)
{
	struct trace_rec r = rec_of(ev, REC_MMIO, CTX_VCPU, (uint32_t)t->vcpu);
	uint32_t len = ev->mmio.len;

	if ((len != 1 && len != 2 && len != 4 && len != 8) || ev->mmio.type > 2) {
		c->skipped[SKIP_MMIO_ODD]++;
		return 0;
	}
	t->op = in_gic_frame(c, ev->mmio.gpa) ? OP_VGIC : OP_NONE;
	r.d.mmio.gpa = ev->mmio.gpa;
	r.d.mmio.len = (uint8_t)len;
	if (ev->mmio.type == 0) {
		if (t->mmio_open) {
			c->skipped[SKIP_MMIO_UNFINISHED]++;
			drop(c, &t->mmio_slot);
		}
		t->mmio = r;
		t->mmio_open = true;
		return push_open(c, &r, &t->mmio_slot, err);
	}
	r.d.mmio.val = ev->mmio.val;
	if (ev->mmio.type == 2) {
		r.d.mmio.write = 1;
		return push(c, &r, err);
	}
	if (!t->mmio_open || t->mmio.d.mmio.gpa != ev->mmio.gpa) {
		c->skipped[SKIP_MMIO_UNFINISHED] += t->mmio_open;
		drop(c, &t->mmio_slot);
		t->mmio_open = false;
		return push(c, &r, err);
	}
	t->mmio_open = false;
	r.time_ns = t->mmio.time_ns;
	return finish(c, &t->mmio_slot, &r, ev, err);
}

static bool is_sgi_reg(uint32_t reg)
{
	return reg == SYSREG_ICC_SGI1R_EL1 || reg == SYSREG_ICC_ASGI1R_EL1 ||
	       reg == SYSREG_ICC_SGI0R_EL1;
}

/* A write to an SGI register whose value did not come stays without it. */
static void settle_sysreg(struct imp_convert *c, struct imp_thread *t)
{
	if (!t->sysreg_slot)
		return;
	c->inferred[INFER_SGI_NO_VALUE]++;
	queue_close(&c->q, t->sysreg_slot, true);
	t->sysreg_slot = 0;
}

static int on_sysreg(struct imp_convert *c, struct imp_thread *t, const struct ev *ev,
		     struct err *err)
{
	struct trace_rec r = rec_of(ev, REC_SYSREG, CTX_VCPU, (uint32_t)t->vcpu);
	bool sgi = ev->sysreg.write && is_sgi_reg(ev->sysreg.reg);

	if (ev->kind == EV_HANDLE_SYS_REG && c->e->kinds[EV_SYS_ACCESS]) {
		c->skipped[SKIP_HSR_TWICE]++;
		return 0;
	}
	r.d.sysreg.reg = ev->sysreg.reg;
	r.d.sysreg.write = ev->sysreg.write;
	if (sgi)
		t->op = OP_VGIC;
	if (sgi && c->e->kinds[EV_SGI_V3])
		return push_open(c, &r, &t->sysreg_slot, err);
	c->inferred[INFER_SGI_NO_VALUE] += sgi;
	return push(c, &r, err);
}

static int on_sgi(struct imp_convert *c, struct imp_thread *t, const struct ev *ev, struct err *err)
{
	struct trace_rec r = rec_of(ev, REC_SYSREG, CTX_VCPU, (uint32_t)t->vcpu);
	struct trace_rec *open = queue_open_rec(&c->q, t->sysreg_slot);

	t->op = OP_VGIC;
	if (open)
		r = *open;
	else if (c->e->kinds[EV_SYS_ACCESS] || c->e->kinds[EV_HANDLE_SYS_REG]) {
		c->skipped[SKIP_SGI_TWICE]++;
		return 0;
	} else {
		r.d.sysreg.reg = SYSREG_ICC_SGI1R_EL1;
		r.d.sysreg.write = 1;
	}
	r.flags |= REC_HAS_VAL;
	r.d.sysreg.val = ev->sgi.val;
	c->inferred[INFER_SGI_VALUE]++;
	return open ? finish(c, &t->sysreg_slot, &r, ev, err) : push(c, &r, err);
}

/* ---- injection ---------------------------------------------------------- */

static bool by_interrupt(struct imp_convert *c, const struct imp_thread *t, uint32_t irq)
{
	bool in;

	in = !t->pid || t->in_irq == (gic_is_private(irq) ? IN_TIMER : IN_VFIO);
	c->inferred[INFER_INJECT_IN_IRQ] += in;
	return in;
}

static struct trace_rec injector(struct imp_convert *c, const struct imp_thread *t,
				 const struct ev *ev, enum rec_kind kind, uint32_t irq)
{
	if (by_interrupt(c, t, irq))
		return rec_of(ev, kind, CTX_IRQ, 0);
	if (t->vcpu >= 0)
		return rec_of(ev, kind, CTX_VCPU, (uint32_t)t->vcpu);
	return rec_of(ev, kind, CTX_THREAD, (uint32_t)t->pid);
}

static int inject(struct imp_convert *c, struct imp_thread *t, const struct ev *ev, struct err *err)
{
	uint32_t irq = ev->line.irq;
	struct trace_rec r;

	t->op = OP_VGIC;
	if ((irq >= 32 + c->meta->nr_spis) ||
	    (gic_is_private(irq) &&
	     (ev->line.vcpu < 0 || (uint32_t)ev->line.vcpu >= c->meta->nr_vcpus))) {
		c->skipped[SKIP_BAD_IRQ]++;
		return 0;
	}
	if (irq >= 16 && irq < 32) {
		uint8_t *level = &c->ppi_level[(uint32_t)ev->line.vcpu * 16 + irq - 16];
		bool unchanged = !ev->line.level && *level == 0;

		*level = (uint8_t)ev->line.level;
		if (unchanged) {
			c->skipped[SKIP_TIMER_UNCHANGED]++;
			return 0;
		}
	}
	r = injector(c, t, ev, REC_INJECT, irq);
	r.d.inject.irq = irq;
	r.d.inject.level = (uint8_t)ev->line.level;
	if (gic_is_private(irq)) {
		r.flags |= REC_HAS_VCPU;
		r.d.inject.vcpu = (uint32_t)ev->line.vcpu;
	}
	return push(c, &r, err);
}

static int on_irq_line(struct imp_convert *c, struct imp_thread *t, const struct ev *ev,
		       struct err *err)
{
	t->op = OP_VGIC;
	if (c->e->kinds[EV_VGIC_UPDATE] || !ev->line.type) {
		c->skipped[SKIP_LINE_TWICE]++;
		return 0;
	}
	return inject(c, t, ev, err);
}

/*
 * One message may show as its_inject_msi and its_cached (the slow path
 * looks in the cache first), or as its_cached that finds nothing and, on a
 * worker's thread, its_inject_msi later. A hit is followed by the queue
 * probe on the same thread.
 */
static int on_msi(struct imp_convert *c, struct imp_thread *t, const struct ev *ev, struct err *err)
{
	struct trace_rec r = injector(c, t, ev, REC_MSI, GIC_FIRST_LPI);
	bool slow = ev->kind == EV_ITS_INJECT;

	t->op = OP_VGIC;
	if (!slow && t->inject_open && t->inject_devid == ev->msi.devid &&
	    t->inject_data == ev->msi.data) {
		t->inject_open = false;
		c->skipped[SKIP_MSI_TWICE]++;
		return 0;
	}
	t->inject_open = slow;
	t->inject_devid = ev->msi.devid;
	t->inject_data = ev->msi.data;
	r.d.msi.devid = ev->msi.devid;
	r.d.msi.eventid = ev->msi.data;
	if (!slow && c->e->kinds[EV_QUEUE] && c->e->kinds[EV_ITS_INJECT])
		return push_open(c, &r, &t->msi_slot, err);
	return push(c, &r, err);
}

static int on_queue(struct imp_convert *c, struct imp_thread *t, const struct ev *ev,
		    struct err *err)
{
	uint32_t irq = ev->queue.irq;
	struct trace_rec r = injector(c, t, ev, REC_QUEUED, irq);

	if (irq >= 32 + c->meta->nr_spis && irq < GIC_FIRST_LPI) {
		c->skipped[SKIP_BAD_IRQ]++;
		return 0;
	}
	r.flags = REC_HAS_LINE | REC_HAS_LATCH | REC_HAS_ACTIVE | REC_HAS_ENABLED | REC_HAS_PRIO;
	r.d.queued.irq = irq;
	r.d.queued.line = ev->queue.line != 0;
	r.d.queued.latch = ev->queue.latch != 0;
	r.d.queued.active = ev->queue.active != 0;
	r.d.queued.enabled = ev->queue.enabled != 0;
	r.d.queued.prio = ev->queue.prio;
	return push(c, &r, err);
}

/* ---- list registers ----------------------------------------------------- */

static uint32_t lrs_live(const struct ev_lrs *l)
{
	uint32_t n = 0;

	for (int i = 0; i < l->nr; i++)
		n += l->model == 5 ? (l->lr[i] >> 28 & 3) != 0 : l->lr[i] >> 62 != 0;
	return n;
}

static void lrs_fill(struct trace_rec *r, const struct ev_lrs *l, uint32_t used)
{
	if (l->has_hcr)
		r->flags |= REC_HAS_HCR;
	if (l->has_vmcr)
		r->flags |= REC_HAS_VMCR;
	if (l->has_apr)
		r->flags |= REC_HAS_APR;
	r->d.lrs.hcr = l->hcr;
	r->d.lrs.vmcr = l->vmcr;
	r->d.lrs.apr = l->apr;
	r->d.lrs.at_exit = l->at_exit;
	r->d.lrs.used = (uint8_t)(used > UINT8_MAX ? UINT8_MAX : used);
	r->d.lrs.nr = l->nr;
	for (int i = 0; i < l->nr && i < REC_LRS_FIRST; i++)
		r->d.lrs.lr[i] = l->lr[i];
}

static int push_lrs_more(struct imp_convert *c, const struct trace_rec *first,
			 const struct ev_lrs *l, struct err *err)
{
	for (int i = REC_LRS_FIRST; i < l->nr; i += REC_LRS_EACH) {
		struct trace_rec r = *first;
		int n = l->nr - i < REC_LRS_EACH ? l->nr - i : REC_LRS_EACH;

		r.kind = REC_LRS_MORE;
		r.flags = 0;
		memset(&r.d, 0, sizeof(r.d));
		memcpy(r.d.lrs_more.lr, &l->lr[i], (size_t)n * sizeof(l->lr[0]));
		r.d.lrs_more.first = (uint8_t)i;
		r.d.lrs_more.nr = (uint8_t)n;
		if (push(c, &r, err))
			return err->code;
	}
	return 0;
}

static int on_lrs(struct imp_convert *c, struct imp_thread *t, const struct ev *ev, struct err *err)
{
	struct trace_rec r = rec_of(ev, REC_LRS, CTX_VCPU, (uint32_t)t->vcpu);
	const struct ev_lrs *l = &ev->lrs;
	uint32_t used = l->used;
	struct trace_rec *open;

	if (!l->has_used) {
		/* a host counts them at entry; what it loaded is what it finds */
		used = l->at_exit && t->has_entry_lrs ? lrs_live(&t->entry_lrs) : lrs_live(l);
		c->inferred[INFER_LRS_USED]++;
	}
	lrs_fill(&r, l, used);
	if (l->at_exit) {
		t->exit_lrs = *l;
		t->has_exit_lrs = true;
	} else {
		t->entry_lrs = *l;
		t->has_entry_lrs = true;
		t->has_exit_lrs = false;
		open = queue_open_rec(&c->q, t->lrs_slot);
		if (open) {
			r.time_ns = open->time_ns;
			c->inferred[INFER_LRS_MOVED]++;
			return finish(c, &t->lrs_slot, &r, ev, err);
		}
	}
	if (push(c, &r, err))
		return err->code;
	return push_lrs_more(c, &r, l, err);
}

/* ---- the host ----------------------------------------------------------- */

static int on_host_irq(struct imp_convert *c, struct imp_thread *t, const struct ev *ev,
		       struct err *err)
{
	struct trace_rec r = rec_of(ev, REC_HOST_IRQ, CTX_IRQ, 0);
	bool ipi = ev->kind == EV_IPI_ENTRY;

	cause_host_irq(c, t->where == AT_LEAVING ? t : NULL, ev);
	t->in_irq = IN_NONE;
	if (!ipi && strstr(ev->irq.name, "kvm guest"))
		t->in_irq = IN_TIMER;
	else if (!ipi && !strncmp(ev->irq.name, "vfio", 4))
		t->in_irq = IN_VFIO;
	t->op = OP_NONE;
	if (t->vcpu < 0) {
		c->skipped[SKIP_HOST_IRQ_ELSEWHERE]++;
		return 0;
	}
	if (ipi) {
		r.kind = REC_IPI;
		r.flags = REC_HAS_NAME;
		memcpy(r.d.ipi.reason, ev->ipi.reason, REC_NAME_MAX);
		return push(c, &r, err);
	}
	if (c->e->kinds[EV_IPI_ENTRY] && !strcmp(ev->irq.name, "IPI")) {
		c->skipped[SKIP_HOST_IRQ_IS_IPI]++;
		return 0;
	}
	r.flags = REC_HAS_IRQ | REC_HAS_NAME;
	r.d.host_irq.irq = ev->irq.irq;
	memcpy(r.d.host_irq.name, ev->irq.name, REC_NAME_MAX);
	return push(c, &r, err);
}

/*
 * What a vCPU's thread raises while it emulates its vgic tells whom it kicks or
 * wakes: the only trace of an SGI's target where its value was not recorded.
 */
static int on_raise(struct imp_convert *c, struct imp_thread *t, const struct ev *ev,
		    struct err *err)
{
	struct trace_rec r = rec_of(ev, REC_IPI, CTX_VCPU, (uint32_t)t->vcpu);
	int rc = 0;

	cause_raised(c, t, ev);
	if (t->vcpu < 0 || t->op != OP_VGIC) {
		c->skipped[SKIP_NOT_NEEDED]++;
		return 0;
	}
	r.flags = REC_HAS_TO | REC_HAS_NAME;
	memcpy(r.d.ipi.reason, ev->ipi.reason, REC_NAME_MAX);
	for (uint32_t cpu = 0; !rc && cpu < c->nr_cpus && cpu < EV_CPUMASK_WORDS * 64; cpu++) {
		r.d.ipi.to = cpu;
		if (ev->ipi.mask[cpu / 64] >> (cpu % 64) & 1)
			rc = push(c, &r, err);
	}
	return rc;
}

static int on_sched(struct imp_convert *c, const struct ev *ev, struct err *err)
{
	const int pid[2] = { ev->sched.prev, ev->sched.next };
	bool any = false;

	for (int in = 0; in < 2; in++) {
		struct imp_thread *t = threads_find(c->threads, pid[in]);
		struct trace_rec r;

		if (!t || pid[in] < 0)
			continue;
		t->op = OP_NONE;
		t->in_irq = IN_NONE;
		t->cpu = ev->cpu;
		if (t->vcpu < 0)
			continue;
		any = true;
		r = rec_of(ev, REC_SCHED, CTX_VCPU, (uint32_t)t->vcpu);
		r.d.sched.in = (uint8_t)in;
		if (push(c, &r, err))
			return err->code;
	}
	c->skipped[SKIP_SCHED_ELSEWHERE] += !any;
	return 0;
}

/* After a loss nothing is known of the threads that were on that CPU. */
static int on_lost(struct imp_convert *c, const struct ev *ev, struct err *err)
{
	struct trace_rec r = rec_of(ev, REC_LOST, CTX_NONE, 0);

	for (uint32_t i = 0; i < c->threads->cap; i++) {
		struct imp_thread *t = &c->threads->v[i];

		if (t->pid < 0 || t->vcpu < 0 || t->cpu != ev->cpu)
			continue;
		drop(c, &t->leave_slot);
		drop(c, &t->lrs_slot);
		drop(c, &t->mmio_slot);
		c->skipped[SKIP_MMIO_UNFINISHED] += t->mmio_open;
		t->mmio_open = false;
		t->has_entry_lrs = t->has_exit_lrs = false;
		t->where = AT_UNKNOWN;
	}
	r.d.lost.n = ev->lost.n ? ev->lost.n : 1;
	return push(c, &r, err);
}

/* ---- one event ---------------------------------------------------------- */

/* Belongs to the exit just seen, or to the handler that runs. */
static bool is_part_of_surroundings(enum ev_kind kind)
{
	return kind == EV_TIMER_MISC || kind == EV_TIMER_UPDATE || kind == EV_VGIC_UPDATE ||
	       kind == EV_QUEUE || kind == EV_DEBUG || kind == EV_CLEAR_DEBUG ||
	       kind == EV_VGIC_LRS || kind == EV_EXIT_LRS || kind == EV_ITS_CACHED ||
	       kind == EV_IPI_RAISE || kind == EV_HRTIMER;
}

/* Cannot happen while the guest is being left. */
static bool is_handling(enum ev_kind kind)
{
	return kind == EV_MMIO || kind == EV_SYS_ACCESS || kind == EV_HANDLE_SYS_REG ||
	       kind == EV_WFX || kind == EV_HVC || kind == EV_USERSPACE_EXIT ||
	       kind == EV_ENTRY_LRS || kind == EV_FAULT;
}

static int before(struct imp_convert *c, struct imp_thread *t, const struct ev *ev, struct err *err)
{
	bool part = is_part_of_surroundings(ev->kind);

	if (t->lrs_slot && !(ev->kind == EV_VGIC_LRS && !ev->lrs.at_exit))
		drop(c, &t->lrs_slot);
	if (t->msi_slot) {
		bool hit = ev->kind == EV_QUEUE;

		c->skipped[SKIP_MSI_MISS] += !hit;
		queue_close(&c->q, t->msi_slot, hit);
		t->msi_slot = 0;
	}
	if (!part && ev->kind != EV_IRQ_ENTRY && ev->kind != EV_IPI_ENTRY && ev->kind != EV_SGI_V3)
		settle_sysreg(c, t);
	if (!part && settle_exit(c, t, ev, err))
		return err->code;
	if (t->vcpu >= 0) {
		if (marks_leave(c, t, ev)) {
			if (leave(c, t, ev, err))
				return err->code;
		} else if (is_handling(ev->kind) && t->where != AT_HOST) {
			not_leaving(c, t);
		} else if (ev->kind == EV_SCHED_SWITCH && !ev->sched.preempted &&
			   t->where == AT_LEAVING) {
			not_leaving(c, t); /* it sleeps */
		}
	}
	if (ev->kind == EV_HRTIMER)
		t->in_irq = IN_TIMER;
	else if (!part)
		t->in_irq = IN_NONE;
	return 0;
}

static int vcpu_event(struct imp_convert *c, struct imp_thread *t, const struct ev *ev,
		      struct err *err)
{
	struct trace_rec r;

	switch (ev->kind) {
	case EV_ENTRY:
		return on_kvm_entry(c, t, ev, err);
	case EV_EXIT:
		return on_kvm_exit(c, t, ev, err);
	case EV_MMIO:
		return on_mmio(c, t, ev, err);
	case EV_SYS_ACCESS:
	case EV_HANDLE_SYS_REG:
		return on_sysreg(c, t, ev, err);
	case EV_SGI_V3:
		return on_sgi(c, t, ev, err);
	case EV_WFX:
		r = rec_of(ev, ev->wfx.wfe ? REC_WFE : REC_WFI, CTX_VCPU, (uint32_t)t->vcpu);
		return push(c, &r, err);
	case EV_HVC:
		r = rec_of(ev, REC_HVC, CTX_VCPU, (uint32_t)t->vcpu);
		r.flags = REC_HAS_IMM;
		r.d.hvc.imm = (uint32_t)ev->hvc.imm & 0xffff;
		return push(c, &r, err);
	case EV_ENTRY_LRS:
	case EV_EXIT_LRS:
	case EV_VGIC_LRS:
		return on_lrs(c, t, ev, err);
	default:
		c->skipped[SKIP_NOT_NEEDED]++;
		return 0;
	}
}

/* A vCPU, but none of the VM that is imported. */
static bool is_foreign(const struct imp_thread *t)
{
	return t->vcpu < 0 && (t->nr_entries || t->nr_exits || t->named_vcpu >= 0);
}

static bool is_injection(enum ev_kind kind)
{
	return kind == EV_VGIC_UPDATE || kind == EV_IRQ_LINE || kind == EV_ITS_CACHED ||
	       kind == EV_ITS_INJECT || kind == EV_QUEUE;
}

static int thread_event(struct imp_convert *c, struct imp_thread *t, const struct ev *ev,
			struct err *err)
{
	if (is_injection(ev->kind) && t->vcpu < 0) {
		if (is_foreign(t)) {
			c->skipped[SKIP_NO_VCPU]++;
			return 0;
		}
		c->injected_by_threads++;
	}
	switch (ev->kind) {
	case EV_VGIC_UPDATE:
		return inject(c, t, ev, err);
	case EV_IRQ_LINE:
		return on_irq_line(c, t, ev, err);
	case EV_ITS_CACHED:
	case EV_ITS_INJECT:
		return on_msi(c, t, ev, err);
	case EV_QUEUE:
		return on_queue(c, t, ev, err);
	case EV_IRQ_ENTRY:
	case EV_IPI_ENTRY:
		return on_host_irq(c, t, ev, err);
	case EV_SCHED_SWITCH:
		return on_sched(c, ev, err);
	case EV_IPI_RAISE:
		return on_raise(c, t, ev, err);
	case EV_OTHER:
	case EV_DEBUG:
	case EV_CLEAR_DEBUG:
	case EV_TIMER_MISC:
	case EV_HRTIMER:
	case EV_TIMER_UPDATE:
	case EV_USERSPACE_EXIT:
	case EV_FAULT:
	case EV_VCPU_HINT:
	case EV_SET_IRQ:
		c->skipped[SKIP_NOT_NEEDED]++;
		return 0;
	default:
		break;
	}
	if (t->vcpu < 0) {
		c->skipped[SKIP_NO_VCPU]++;
		return 0;
	}
	return vcpu_event(c, t, ev, err);
}

int convert_event(void *arg, const struct ev *ev, struct err *err)
{
	struct imp_convert *c = arg;
	struct imp_thread *t;

	if (ev->kind == EV_LOST) {
		if (on_lost(c, ev, err))
			return err->code;
		return queue_drain(&c->q, false, err);
	}
	t = threads_find(c->threads, ev->pid);
	if (!t || ev->pid < 0)
		return 0;
	if (before(c, t, ev, err) || thread_event(c, t, ev, err))
		return err->code;
	t->cpu = ev->cpu;
	return queue_drain(&c->q, false, err);
}

/* ---- beginning and end -------------------------------------------------- */

static int write_state(struct imp_convert *c, const struct vgic_state *state, struct err *err)
{
	for (size_t i = 0; state && i < state->nr; i++) {
		const struct trace_rec *r = &state->rec[i];

		if (r->d.state.irq >= 32 + c->meta->nr_spis ||
		    ((r->flags & REC_HAS_VCPU) && r->d.state.vcpu >= c->meta->nr_vcpus)) {
			c->skipped[SKIP_BAD_IRQ]++;
			continue;
		}
		if (trace_write(c->q.w, r, err))
			return err->code;
		c->sum->records[REC_STATE]++;
		c->sum->records_out++;
	}
	return 0;
}

/* What is not all says so; @cpu -1: at the end. */
static int push_lost(struct imp_convert *c, uint64_t ns, int cpu, struct err *err)
{
	const struct trace_rec lost = {
		.time_ns = ns, .kind = REC_LOST, .ctx = CTX_NONE, .cpu = (int16_t)cpu, .d.lost.n = 1
	};

	return push(c, &lost, err);
}

int convert_init(struct imp_convert *c, struct imp_evidence *e, const struct trace_meta *meta,
		 const struct vgic_state *state, struct trace_writer *w, struct import_summary *sum,
		 struct err *err)
{
	*c = (struct imp_convert){
		.e = e,
		.threads = &e->threads,
		.meta = meta,
		.nr_cpus = meta->nr_pcpus,
		.sum = sum,
		.has_host_irqs = e->kinds[EV_IRQ_ENTRY] || e->kinds[EV_IPI_ENTRY],
		.has_vgic_lrs = e->kinds[EV_VGIC_LRS],
	};
	c->ppi_level = malloc(meta->nr_vcpus * 16);
	c->raised_to_kick = calloc(meta->nr_pcpus ? meta->nr_pcpus : 1, 1);
	if (!c->ppi_level || !c->raised_to_kick || queue_init(&c->q, w, sum))
		return err_set(err, ERR_NOMEM, "out of memory");
	for (uint32_t i = 0; i < c->threads->cap; i++) {
		c->threads->v[i].cpu = -1;
		c->foreign += c->threads->v[i].pid >= 0 && is_foreign(&c->threads->v[i]);
	}
	/* vgic-state is from a moment earlier: not good enough for "unchanged" */
	memset(c->ppi_level, PPI_UNKNOWN, meta->nr_vcpus * 16);
	if (write_state(c, state, err))
		return err->code;
	for (int cpu = e->info.missing_from; cpu >= 0 && cpu < (int)e->info.nr_cpus; cpu++)
		if (push_lost(c, e->first_ns, cpu, err))
			return err->code;
	return 0;
}

int convert_finish(struct imp_convert *c, struct err *err)
{
	for (uint32_t i = 0; i < c->threads->cap; i++) {
		struct imp_thread *t = &c->threads->v[i];
		const struct ev end = { .kind = EV_OTHER, .ns = c->e->last_ns, .cpu = t->cpu };

		if (t->pid < 0)
			continue;
		settle_sysreg(c, t);
		if (settle_exit(c, t, &end, err))
			return err->code;
		c->skipped[SKIP_MMIO_UNFINISHED] += t->mmio_open;
		if (t->msi_slot)
			queue_close(&c->q, t->msi_slot, true);
	}
	if ((c->e->info.cut[0] && push_lost(c, c->e->last_ns, -1, err)) ||
	    queue_drain(&c->q, true, err))
		return err->code;
	c->sum->duration_ns = c->q.last_ns;
	return 0;
}

void convert_free(struct imp_convert *c)
{
	queue_free(&c->q);
	free(c->ppi_level);
	free(c->raised_to_kick);
}
