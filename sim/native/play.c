// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The player: an actor's life without the time between. Compiled for the simulated
 * machine and for real threads; what is played, play.h says.
 */
#include "player.h"
#include "seat.h"

void *play_create(const struct play_job *job, const struct vgic_design *design, struct plat_vm *vm)
{
	void *vgic = design->create(vm, &job->config);

	if (!vgic)
		return NULL;
	for (unsigned int i = 0; i < job->nr_states; i++)
		design->set_state(vgic, &job->state[i]);
	if (job->enabled)
		design->set_enabled(vgic, true);
	return vgic;
}

/* ---- entry, guest, exit -------------------------------------------------- */

static void play_sync(struct player *p)
{
	const struct vgic_design *d = p->play->design;

	if (d->irqs_on_before_sync)
		plat_irq_on(p->cpu);
	d->sync(p->play->vgic, p->cpu, p->id);
	if (!d->irqs_on_before_sync)
		plat_irq_on(p->cpu);
}

/*
 * In serial play a vCPU is never marked as in its guest: who leaves it when is
 * recorded, and nobody could leave it while another waits for that.
 */
static bool play_may_enter(struct player *p)
{
	const struct play *y = p->play;

	if (!y->o->serial && !seat_enter(p->cpu))
		return false;
	if (!y->design->enter_check || y->design->enter_check(y->vgic, p->cpu, p->id))
		return true;
	if (!y->o->serial)
		seat_leave(p->cpu);
	return false;
}

static void play_enter(struct player *p)
{
	const struct play *y = p->play;

	for (;;) {
		seat_wait_resumed(p->cpu);
		if (y->design->timer_flush)
			y->design->timer_flush(y->vgic, p->cpu, p->id);
		y->design->flush(y->vgic, p->cpu, p->id);
		plat_irq_off(p->cpu);
		if (play_may_enter(p))
			break;
		p->counts.given_up++;
		play_sync(p);
	}
	y->design->restore(y->vgic, p->cpu, p->id);
	p->in_guest = true;
	p->counts.entries++;
	for (unsigned int n = 0; n < y->job->config.nr_lrs; n++)
		p->counts.lrs_hash = play_mix(p->counts.lrs_hash, seat_lr(p->cpu, n));
}

static void play_guest(struct player *p)
{
	const struct vgic_config *c = &p->play->job->config;
	struct gic_lr lr;
	int n;

	/* Active since before the trace: whoever took it is done. */
	for (unsigned int i = 0; i < c->nr_lrs; i++) {
		lr = gic_lr_decode(c->gic, seat_lr(p->cpu, i));
		if (lr.active)
			p->counts.ended += seat_eoi(p->cpu, lr.irq, lr.src);
	}
	while ((n = seat_pending(p->cpu, &lr)) >= 0) {
		seat_ack(p->cpu, (unsigned int)n);
		p->counts.taken++;
		p->counts.taken_hash = play_mix(p->counts.taken_hash, lr.irq << 8 | lr.src);
		p->counts.ended += seat_eoi(p->cpu, lr.irq, lr.src);
	}
}

static void play_exit(struct player *p)
{
	const struct play *y = p->play;

	y->design->save(y->vgic, p->cpu, p->id);
	if (!y->o->serial)
		seat_leave(p->cpu);
	p->in_guest = false;
	play_sync(p);
}

/* Be the guest up to @time_ns, and leave it. */
static void play_run(struct player *p, uint64_t time_ns)
{
	if (!p->in_guest)
		return;
	for (;;) {
		play_guest(p);
		if (p->play->o->serial || !seat_guest(p->cpu, p->play->o->timed ? time_ns : 0))
			break;
		p->counts.kicked_out++;
		play_exit(p);
		play_enter(p);
	}
	play_exit(p);
}

/* ---- the host ------------------------------------------------------------ */

static void play_mmio(struct player *p, const struct play_op *op)
{
	const struct play *y = p->play;
	uint64_t val = op->val;
	enum vgic_handled how;

	plat_srcu_lock(p->cpu);
	how = y->design->mmio(y->vgic, p->cpu, p->id, op->write, op->gpa, op->len, &val);
	plat_srcu_unlock(p->cpu);
	if (how != VGIC_DONE)
		return;
	p->counts.mmio++;
	if (!op->write)
		p->counts.read_hash = play_mix(p->counts.read_hash, val);
}

static void play_inject(struct player *p, const struct play_op *op)
{
	const struct play *y = p->play;

	p->counts.injections++;
	if (op->in_irq)
		plat_irq_off(p->cpu);
	if (y->design->inject(y->vgic, p->cpu, op->vcpu, op->irq, op->level,
			      op->irq == y->job->config.timer_ppi))
		p->counts.unsupported++;
	if (op->in_irq)
		plat_irq_on(p->cpu);
}

static void play_sched(struct player *p, bool in)
{
	const struct vgic_design *d = p->play->design;
	void (*fn)(void *vgic, struct plat_cpu *cpu, unsigned int vcpu) = in ? d->load : d->put;

	if (p->loaded == in)
		return;
	p->loaded = in;
	if (fn)
		fn(p->play->vgic, p->cpu, p->id);
	seat_set_loaded(p->cpu, in);
}

static void play_wfi(struct player *p)
{
	p->counts.wfis++;
	seat_wfi(p->cpu, true);
	p->play->design->pending(p->play->vgic, p->cpu, p->id);
	seat_wfi(p->cpu, false);
}

void play_op(struct player *p, const struct play_op *op)
{
	const struct play *y = p->play;

	if (op->kind == PLAY_ENTRY) {
		play_sched(p, true);
		if (!p->in_guest)
			play_enter(p);
		return;
	}
	/* Whatever else a vCPU's thread does it does outside the guest. */
	play_run(p, p->round_ns + op->time_ns);
	switch (op->kind) {
	case PLAY_MMIO:
		play_mmio(p, op);
		break;
	case PLAY_SYSREG:
		p->counts.sgis++;
		if (y->design->sysreg_write(y->vgic, p->cpu, p->id, op->irq, op->val) != VGIC_DONE)
			p->counts.unsupported++;
		break;
	case PLAY_INJECT:
		play_inject(p, op);
		break;
	case PLAY_WFI:
		play_wfi(p);
		break;
	case PLAY_SCHED:
		play_sched(p, op->level);
		break;
	default:
		break;
	}
}

void play_begin(struct player *p)
{
	if (p->id >= p->play->job->config.nr_vcpus)
		return;
	p->loaded = true;
	if (p->play->design->load)
		p->play->design->load(p->play->vgic, p->cpu, p->id);
}

void play_end(struct player *p)
{
	play_run(p, 0);
}

/* ---- all at once --------------------------------------------------------- */

static uint64_t play_least(const struct player *p)
{
	uint64_t least = UINT64_MAX;

	for (unsigned int a = 0; a < p->play->job->nr_actors; a++) {
		uint64_t pos = __atomic_load_n(&p->play->at[a].pos, __ATOMIC_RELAXED);

		if (a != p->id && pos < least)
			least = pos;
	}
	return least;
}

/*
 * Not too far ahead of the others, or those with little to do would be done before
 * there is anybody to contend with. Only ever outside the guest: who waits here may be
 * the one that another waits for to leave it.
 */
static void play_keep_pace(struct player *p, const struct play_op *op, uint64_t pos)
{
	const struct play_options *o = p->play->o;

	if (p->in_guest || (p->id < p->play->job->config.nr_vcpus && op->kind != PLAY_ENTRY))
		return;
	if (o->timed) {
		seat_until(p->cpu, p->round_ns + op->time_ns);
		return;
	}
	while (pos > p->ahead_of && pos - p->ahead_of > o->window) {
		p->ahead_of = play_least(p);
		if (pos > p->ahead_of && pos - p->ahead_of > o->window)
			seat_pause(p->cpu);
	}
}

static void play_round(struct player *p)
{
	const struct play_job *job = p->play->job;

	for (uint64_t i = 0; i < job->nr_own[p->id]; i++) {
		const struct play_op *op = &job->op[job->own[p->id][i]];
		uint64_t pos = p->round_pos + op->pos;

		__atomic_store_n(&p->play->at[p->id].pos, pos, __ATOMIC_RELAXED);
		play_keep_pace(p, op, pos);
		play_op(p, op);
	}
}

void play_all(struct player *p)
{
	const struct play *y = p->play;

	play_begin(p);
	for (unsigned int r = 0; r < y->o->rounds; r++) {
		p->round_pos = r * y->job->nr_records;
		p->round_ns = r * y->job->span_ns;
		play_round(p);
	}
	play_end(p);
	__atomic_store_n(&y->at[p->id].pos, UINT64_MAX, __ATOMIC_RELAXED);
}
