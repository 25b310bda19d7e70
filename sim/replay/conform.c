// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The functional replay. Records are executed one after the other where they
 * stand in the trace, each by the actor of its thread: a vCPU's, or one for all
 * other threads and interrupt contexts. Everybody else is blocked meanwhile, so
 * no two records overlap and simulated time has no meaning. Nothing of the
 * recording is taken out: its entries and exits are the design's.
 *
 *	entry	timer_flush, flush and restore at the recorded list registers of
 *		the entry (at the entry itself where there are none)
 *	guest	what the recorded list registers at entry and exit tell, done to the
 *		design's copies of the same interrupts (conform-lr.c)
 *	exit	save at the exit; sync after the update by which the host's timer
 *		code precedes the vgic's, if that thread's next record is one, else
 *		at its list registers at exit (or at the exit where there are
 *		none). The timer code may also update before the next flush: only
 *		to raise the line, so a raise counts within SYNC_NS only
 *	host	MMIO, system registers and injections where they stand; an injection
 *		whose queueing is recorded, there
 *
 * Kicks have no effect: who leaves its guest when is recorded. Host kernels whose
 * exits are recorded at the guest's leaving ("exit-time=guest-leave") do not
 * record that the guest has lowered its timer's line, for they look at the
 * physical interrupt instead; there the line is lowered at the exit of a run in
 * which the guest took that interrupt, before the sync. (Where it is recorded, on
 * Linux 4.6 and 4.8, the line was low at each of 160 entries within a handler:
 * guests reprogram the timer first.)
 *
 * The first list registers seen of a vCPU tell what was in flight before the
 * recording. They are put into the design's state before the run; where in the
 * registers they stood cannot be.
 *
 * Left out: the ITS. Messages are not delivered, and LPIs in recorded list
 * registers are taken out of the comparison and counted.
 */
#include <stdlib.h>
#include <string.h>

#include "conform-int.h"
#include "sgi.h"

#define SYNC_NS 4000

/* ---- the window ---------------------------------------------------------- */

#define RING (CONFORM_WINDOW + CONFORM_PAST)

const struct infer_item *conform_item(const struct conform *c, uint64_t pos)
{
	return pos < c->read && pos + RING >= c->read ? &c->ring[pos % RING] : NULL;
}

static void fill(struct conform *c)
{
	const struct infer_item *item;

	while (!c->ended && c->read < c->at + CONFORM_WINDOW) {
		int rc = infer_next(c->infer, &item, &c->end_err);

		if (rc <= 0) {
			c->ended = true;
			c->end_rc = rc;
			return;
		}
		c->ring[c->read % RING] = *item;
		if (item->annot) {
			c->annot[c->read % RING] = *item->annot;
			c->ring[c->read % RING].annot = &c->annot[c->read % RING];
		}
		c->read++;
	}
}

uint64_t conform_next_own(const struct conform *c, unsigned int v, uint64_t pos)
{
	for (uint64_t p = pos + 1; p < c->read; p++) {
		const struct trace_rec *r = &conform_item(c, p)->rec;

		if (r->ctx == CTX_VCPU && r->ctx_id == v && r->kind != REC_LRS_MORE)
			return p + 1;
	}
	return 0;
}

/* ---- entry and exit ------------------------------------------------------ */

static void do_sync(struct cvcpu *v)
{
	struct conform *c = v->c;

	if (v->synced)
		return;
	v->synced = true;
	v->sync_at = 0;
	if (v->lower_timer) {
		v->lower_timer = false;
		c->res->timer_lowered++;
		c->design->inject(c->vgic, v->cpu, v->id, c->config.timer_ppi, false, true);
	}
	if (!c->design->irqs_on_before_sync)
		plat_irq_off(v->cpu);
	c->design->sync(c->vgic, v->cpu, v->id);
	if (!c->design->irqs_on_before_sync)
		plat_irq_on(v->cpu);
}

static void do_flush(struct cvcpu *v)
{
	struct conform *c = v->c;

	do_sync(v);
	if (c->design->timer_flush)
		c->design->timer_flush(c->vgic, v->cpu, v->id);
	c->design->flush(c->vgic, v->cpu, v->id);
	plat_irq_off(v->cpu);
	c->design->restore(c->vgic, v->cpu, v->id);
	cpu_no_locks(v->cpu, "the guest");
	v->entered = true;
}

static void do_save(struct cvcpu *v)
{
	v->c->design->save(v->c->vgic, v->cpu, v->id);
	plat_irq_on(v->cpu);
	v->entered = false;
	v->synced = false;
	v->compared = false;
}

static bool drop_lpis(struct lr_set *set)
{
	bool any = false;

	for (unsigned int i = 0; i < set->nr; i++) {
		if (set->lr[i].irq < GIC_FIRST_LPI)
			continue;
		set->lr[i] = (struct gic_lr){ 0 };
		any = true;
	}
	return any;
}

static void count_live(struct conform_result *res, const struct lr_set *set)
{
	unsigned int live = 0;

	for (unsigned int i = 0; i < set->nr; i++)
		live += set->lr[i].pending || set->lr[i].active;
	res->live[live > 2 ? 2 : live]++;
}

static void remember(struct cvcpu *v, uint64_t pos)
{
	v->past[v->next_past].pos = pos + 1;
	lr_set_simulated(v, &v->past[v->next_past].set);
	v->next_past = (v->next_past + 1) % CONFORM_PAST_SETS;
}

const struct lr_set *conform_simulated_at(const struct cvcpu *v, uint64_t pos)
{
	for (unsigned int i = 0; i < CONFORM_PAST_SETS; i++)
		if (v->past[i].pos == pos + 1)
			return &v->past[i].set;
	return NULL;
}

static void on_lrs_entry(struct cvcpu *v, uint64_t pos)
{
	struct conform_result *res = v->c->res;
	enum lr_verdict verdict;

	if (v->entered) /* the exit was lost */
		do_save(v);
	do_flush(v);
	lr_set_recorded(v->c, pos, &v->recorded);
	lr_set_simulated(v, &v->simulated);
	res->entries++;
	if (drop_lpis(&v->recorded)) {
		res->class[CONFORM_ITS]++;
		/* They took up list registers that the others could not have. */
		lr_compact(&v->recorded);
		lr_compact(&v->simulated);
	}
	count_live(res, &v->recorded);
	verdict = lr_compare(&v->recorded, &v->simulated);
	if (verdict == LR_IDENTICAL)
		res->identical++;
	else if (verdict == LR_REORDERED)
		res->reordered++;
	else
		res->different++;
	conform_explain(v, pos, verdict);
	remember(v, pos);
	v->compared = true;
	v->entry_pos = pos + 1;
}

static void on_entry(struct cvcpu *v)
{
	if (v->entered)
		return;
	v->c->res->entries_unrecorded++;
	do_flush(v);
}

static bool is_timer_update(const struct cvcpu *v, const struct trace_rec *r)
{
	return r->kind == REC_INJECT && r->d.inject.irq == v->c->config.timer_ppi &&
	       r->flags & REC_HAS_VCPU && r->d.inject.vcpu == v->id;
}

/* Where the vgic of the recording host synced, as a position + 1. */
static uint64_t sync_position(const struct cvcpu *v, uint64_t exit_pos, uint64_t *lrs)
{
	struct conform *c = v->c;
	const struct trace_rec *r = &conform_item(c, exit_pos)->rec, *n;
	uint64_t at = exit_pos + 1, next = conform_next_own(c, v->id, exit_pos);

	*lrs = 0;
	if (next) {
		n = &conform_item(c, next - 1)->rec;
		if (n->kind == REC_LRS && n->d.lrs.at_exit) {
			*lrs = at = next;
			r = n;
			next = conform_next_own(c, v->id, next - 1);
		}
	}
	if (!next || c->guest_leave)
		return at;
	n = &conform_item(c, next - 1)->rec;
	if (!is_timer_update(v, n))
		return at;
	return !n->d.inject.level || n->time_ns - r->time_ns <= SYNC_NS ? next : at;
}

static void on_guest_exit(struct cvcpu *v, uint64_t pos)
{
	struct lr_set exit;
	uint64_t lrs;

	v->exit_pos = pos + 1;
	v->sync_at = sync_position(v, pos, &lrs);
	if (!v->entered)
		return;
	if (v->compared && lrs) {
		lr_set_recorded(v->c, lrs - 1, &exit);
		lr_guest(v, &exit);
		remember(v, lrs - 1);
	}
	do_save(v);
}

/* ---- the host ------------------------------------------------------------ */

static void send_sgi(struct cvcpu *v, uint32_t reg, uint64_t val)
{
	struct conform *c = v->c;

	if (c->design->sysreg_write(c->vgic, v->cpu, v->id, reg, val) != VGIC_DONE)
		c->res->unsupported++;
}

static void on_sysreg(struct cvcpu *v, const struct infer_item *item)
{
	struct conform_result *res = v->c->res;
	const struct trace_rec *r = &item->rec;
	uint64_t target[STREAM_TARGET_WORDS];
	unsigned int sgi;

	if (!sgi_targets(v->c->meta, v->c->config.frames.gicd, r, item->annot, target, &sgi))
		return;
	if (r->flags & REC_HAS_VAL) {
		res->sgi_recorded++;
		send_sgi(v, r->d.sysreg.reg, r->d.sysreg.val);
		return;
	}
	if (!item->annot || !item->annot->inferred) {
		res->sgi_unknown++;
		return;
	}
	res->sgi_inferred++;
	for (uint32_t first = 0; first < v->c->meta->nr_vcpus; first += 16) {
		uint64_t val = sgi_inferred_value(item->annot, first);

		if (val)
			send_sgi(v, r->d.sysreg.reg, val);
	}
}

static void on_mmio(struct cvcpu *v, const struct trace_rec *r)
{
	struct conform *c = v->c;
	uint64_t val = r->d.mmio.val, target[STREAM_TARGET_WORDS];
	unsigned int sgi;
	enum vgic_handled how;

	plat_srcu_lock(v->cpu);
	how = c->design->mmio(c->vgic, v->cpu, v->id, r->d.mmio.write, r->d.mmio.gpa, r->d.mmio.len,
			      &val);
	plat_srcu_unlock(v->cpu);
	if (how != VGIC_DONE)
		return;
	if (r->d.mmio.write) {
		c->res->mmio_writes++;
		c->res->sgi_recorded +=
			sgi_targets(c->meta, c->config.frames.gicd, r, NULL, target, &sgi);
		return;
	}
	c->res->mmio_reads++;
	c->res->mmio_reads_differ += val != r->d.mmio.val;
}

static void do_inject(struct conform *c, struct plat_cpu *cpu, const struct trace_rec *r)
{
	uint32_t irq = r->d.inject.irq;
	uint32_t vcpu = r->flags & REC_HAS_VCPU ? r->d.inject.vcpu : 0;
	bool in_irq = r->ctx == CTX_IRQ;

	if (irq >= c->config.nr_irqs || vcpu >= c->meta->nr_vcpus) {
		c->res->unsupported++;
		return;
	}
	c->res->injections++;
	if (in_irq && c->design->injects_in_irqs)
		cpu_irq_enter(cpu);
	else if (in_irq)
		plat_irq_off(cpu);
	if (c->design->inject(c->vgic, cpu, vcpu, irq, r->d.inject.level,
			      irq == c->config.timer_ppi))
		c->res->unsupported++;
	if (in_irq && c->design->injects_in_irqs)
		cpu_irq_exit(cpu);
	else if (in_irq)
		plat_irq_on(cpu);
}

/* An injection acts where the host queued it, where that is recorded. */
static void on_inject(struct conform *c, struct plat_cpu *cpu, uint64_t pos)
{
	const struct trace_rec *r = &conform_item(c, pos)->rec;
	uint64_t from;

	if (r->kind == REC_INJECT) {
		if (!conform_queued(c, pos))
			do_inject(c, cpu, r);
		return;
	}
	from = conform_injection(c, pos);
	if (from)
		do_inject(c, cpu, &conform_item(c, from - 1)->rec);
}

static void load(struct cvcpu *v, bool in)
{
	void (*fn)(void *vgic, struct plat_cpu *cpu, unsigned int vcpu) =
		in ? v->c->design->load : v->c->design->put;

	if (v->entered)
		return;
	if (fn)
		fn(v->c->vgic, v->cpu, v->id);
	vcpu_set_loaded(v->cpu, in);
}

static void on_own(struct cvcpu *v, uint64_t pos, const struct infer_item *item)
{
	const struct trace_rec *r = &item->rec;

	switch (r->kind) {
	case REC_ENTRY:
		on_entry(v);
		break;
	case REC_EXIT:
		on_guest_exit(v, pos);
		break;
	case REC_LRS:
		if (!r->d.lrs.at_exit)
			on_lrs_entry(v, pos);
		break;
	case REC_SYSREG:
		on_sysreg(v, item);
		break;
	case REC_MMIO:
		on_mmio(v, r);
		break;
	case REC_INJECT:
	case REC_QUEUED:
		on_inject(v->c, v->cpu, pos);
		break;
	case REC_SCHED:
		load(v, r->d.sched.in);
		break;
	default:
		break;
	}
	if (v->sync_at && pos + 1 >= v->sync_at)
		do_sync(v);
}

static void execute(struct conform *c, struct plat_cpu *cpu, uint64_t pos)
{
	const struct infer_item *item = conform_item(c, pos);
	const struct trace_rec *r = &item->rec;

	routing_see(&c->routing, r);
	if (r->kind == REC_LOST) {
		c->res->lost += r->d.lost.n;
		c->lost_at = pos + 1;
	}
	if (r->ctx == CTX_VCPU)
		on_own(&c->vcpu[r->ctx_id], pos, item);
	else if (r->kind == REC_INJECT || r->kind == REC_QUEUED)
		on_inject(c, cpu, pos);
}

/* ---- turns --------------------------------------------------------------- */

static unsigned int actor_of(const struct conform *c, const struct trace_rec *r)
{
	return r->ctx == CTX_VCPU ? r->ctx_id : c->meta->nr_vcpus;
}

static void report(const struct conform *c)
{
	uint64_t at, of;

	if (!c->o->progress || c->at % 16384)
		return;
	trace_position(c->reader, &at, &of);
	c->o->progress(c->o->progress_priv, at, of);
}

/* On to the next record; its actor is who runs. */
static void pass_on(struct conform *c, struct plat_cpu *cpu)
{
	const struct infer_item *item;
	unsigned int me = cpu_actor(cpu);

	c->at++;
	fill(c);
	report(c);
	item = conform_item(c, c->at);
	if (item) {
		c->turn = actor_of(c, &item->rec);
		if (c->turn != me)
			cpu_wake(machine_cpu(c->machine, c->turn), cpu_now(cpu));
		return;
	}
	c->done = true;
	for (unsigned int a = 0; a <= c->meta->nr_vcpus; a++)
		if (a != me)
			cpu_wake(machine_cpu(c->machine, a), cpu_now(cpu));
}

/*
 * A design that stops the others for a register, on a recording of one that does
 * not: they leave their guests here, and their next recorded entry is theirs again.
 */
static void on_polls(void *priv, unsigned int cpu)
{
	struct conform *c = priv;

	for (unsigned int v = 0; v < c->meta->nr_vcpus; v++) {
		if (v == cpu || !c->vcpu[v].entered)
			continue;
		c->vcpu[v].leave = true;
		cpu_wake(c->vcpu[v].cpu, cpu_now(machine_cpu(c->machine, cpu)));
	}
}

static void leave_early(struct cvcpu *v)
{
	v->leave = false;
	if (!v->entered)
		return;
	v->c->res->exits_forced++;
	do_save(v);
	do_sync(v);
}

static const struct machine_probe probe = {
	.polls = on_polls,
};

static void actor_main(struct plat_cpu *cpu, void *arg)
{
	struct conform *c = arg;
	unsigned int me = cpu_actor(cpu);

	for (;;) {
		/* Settled before it looks: until it is blocked nobody else runs. */
		for (;;) {
			cpu_settle(cpu);
			if (me < c->meta->nr_vcpus && c->vcpu[me].leave)
				leave_early(&c->vcpu[me]);
			if (c->turn == me || c->done)
				break;
			cpu_block(cpu, COMP_SLEEP);
		}
		if (c->done)
			break;
		execute(c, cpu, c->at);
		pass_on(c, cpu);
	}
	if (me < c->meta->nr_vcpus && c->vcpu[me].entered)
		do_save(&c->vcpu[me]);
}

/* ---- building ------------------------------------------------------------ */

static int check_inputs(const struct conform *c, struct err *err)
{
	const struct trace_meta *meta = c->meta;

	if (meta->gic != 2 && meta->gic != 3)
		return err_set(err, ERR_INPUT, "the trace is of GIC v%u: want v2 or v3", meta->gic);
	if (!(c->design->gics >> meta->gic & 1))
		return err_set(err, ERR_USAGE,
			       "design %s has no GICv%u, which the trace's guest sees",
			       c->design->name, meta->gic);
	if (!meta->nr_vcpus || meta->nr_vcpus > TRACE_MAX_VCPUS)
		return err_set(err, ERR_INPUT, "the trace has %u vCPUs: want 1..%u", meta->nr_vcpus,
			       TRACE_MAX_VCPUS);
	return 0;
}

/* Read the window once: what it tells before anything runs. */
static int look_ahead(struct conform *c, struct err *err)
{
	unsigned int nr = 0;
	int rc;

	fill(c);
	for (uint64_t p = 0; p < c->read; p++) {
		const struct trace_rec *r = &conform_item(c, p)->rec;

		rc = stream_head_see(&c->head, c->routing.gicd, r, err);
		if (rc)
			return rc;
		if (r->kind == REC_LRS && r->d.lrs.nr > nr)
			nr = r->d.lrs.nr;
	}
	if (!nr && c->end_rc < 0) {
		*err = c->end_err;
		return c->end_rc;
	}
	if (!nr)
		return err_set(err, ERR_INPUT,
			       "%s: want recorded list registers (lrs events) to compare with, "
			       "have none among the first %llu records",
			       trace_name(c->reader), (unsigned long long)c->read);
	c->res->nr_lrs = c->o->nr_lrs ? c->o->nr_lrs : nr;
	return 0;
}

static int build_machine(struct conform *c, struct err *err)
{
	struct machine_config mc = {
		.host = c->o->host,
		.lock = LOCK_TICKET,
		.gic = c->meta->gic,
		.nr_lrs = c->res->nr_lrs,
		.nr_vcpus = c->meta->nr_vcpus,
		.nr_others = 1,
		.seed = 1,
		.probe = &probe,
		.probe_priv = c,
	};

	c->machine = machine_create(&mc, err);
	if (!c->machine)
		return err->code;
	c->vcpu = calloc(c->meta->nr_vcpus, sizeof(*c->vcpu));
	if (!c->vcpu)
		return err_set(err, ERR_NOMEM, "out of memory for %u vCPUs", c->meta->nr_vcpus);
	for (unsigned int i = 0; i <= c->meta->nr_vcpus; i++) {
		machine_spawn(c->machine, i, actor_main, c);
		if (i == c->meta->nr_vcpus)
			break;
		c->vcpu[i] = (struct cvcpu){
			.c = c,
			.id = i,
			.cpu = machine_cpu(c->machine, i),
			.synced = true,
		};
	}
	return 0;
}

static int build_vgic(struct conform *c, struct err *err)
{
	static const char *const from[] = {
		[SETUP_EVENTS] = "state events",
		[SETUP_BOOTS] = "reset: the guest boots",
		[SETUP_INFERRED] = "inferred",
	};

	enum setup_state how;

	setup_config(&c->config, c->meta, c->o->host, c->res->nr_lrs);
	c->vgic = c->design->create(machine_vm(c->machine), &c->config);
	if (!c->vgic)
		return err_set(err, ERR_NOMEM, "out of memory for %s", c->design->name);
	how = setup_state(c->design, c->vgic, &c->config, &c->head);
	c->res->state_from = from[how];
	c->mid_life = how != SETUP_BOOTS;
	if (c->mid_life)
		conform_initial(c);
	return 0;
}

static int build(struct conform *c, struct err *err)
{
	const struct infer_item *first;
	int rc;

	routing_init(&c->routing, c->meta);
	c->guest_leave = strstr(c->meta->source, "exit-time=guest-leave");
	c->infer = infer_create(c->reader, c->meta->nr_vcpus);
	c->ring = malloc(RING * sizeof(*c->ring));
	c->annot = malloc(RING * sizeof(*c->annot));
	if (!c->infer || !c->ring || !c->annot)
		return err_set(err, ERR_NOMEM, "out of memory for a window of %d records", RING);
	rc = look_ahead(c, err);
	if (!rc)
		rc = build_machine(c, err);
	if (!rc)
		rc = build_vgic(c, err);
	c->res->diff = calloc(c->o->max_shown + 1, sizeof(*c->res->diff));
	if (!c->res->diff)
		return err_set(err, ERR_NOMEM, "out of memory for %u differences", c->o->max_shown);
	first = conform_item(c, 0);
	if (!rc)
		c->turn = actor_of(c, &first->rec);
	return rc;
}

static void tear_down(struct conform *c)
{
	if (c->vgic)
		c->design->destroy(c->vgic);
	machine_destroy(c->machine);
	infer_destroy(c->infer);
	stream_head_fini(&c->head);
	free(c->annot);
	free(c->ring);
	free(c->vcpu);
}

int conform_run(struct trace_reader *reader, const struct conform_options *o,
		struct conform_result *res, bool *truncated, struct err *err)
{
	struct conform c = {
		.o = o,
		.meta = trace_meta(reader),
		.reader = reader,
		.res = res,
		.design = o->design,
	};
	int rc;

	memset(res, 0, sizeof(*res));
	res->design = o->design;
	res->nr_vcpus = c.meta->nr_vcpus;
	res->gic = c.meta->gic;
	*truncated = false;
	rc = check_inputs(&c, err);
	if (!rc)
		rc = build(&c, err);
	if (!rc)
		rc = machine_run(c.machine, NULL, NULL, err);
	if (!rc && !c.done)
		rc = err_set(err, ERR_INVARIANT, "record %llu: nobody executes it",
			     (unsigned long long)c.at + 1);
	res->trace_digest = trace_digest(reader);
	res->nr_records = trace_nr_records(reader);
	if (!rc && c.end_rc < 0) {
		*err = c.end_err;
		rc = c.end_rc;
		*truncated = true;
	}
	tear_down(&c);
	return rc;
}

void conform_result_fini(struct conform_result *res)
{
	for (unsigned int i = 0; i < res->nr_diffs; i++)
		free(res->diff[i].text);
	free(res->diff);
	res->diff = NULL;
	res->nr_diffs = 0;
}

unsigned int conform_identical_bp(const struct conform_result *res)
{
	return res->entries ? (unsigned int)(res->identical * 10000 / res->entries) : 0;
}
