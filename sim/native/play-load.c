// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A trace as operations in memory, so that nobody reads a file while times are taken.
 * Targets of SGIs without a recorded value, and the state in the beginning, are
 * inferred by the same code as in a replay.
 */
#include <stdlib.h>
#include <string.h>

#include "infer.h"
#include "native.h"
#include "routing.h"
#include "setup.h"
#include "sgi.h"

struct load {
	struct play_job *job;
	const struct trace_meta *meta;
	struct stream_head head;
	struct routing routing;
	const struct load_options *o;
	uint64_t room;
	bool no_memory;
	bool *in_guest;	   /* by vCPU */
	uint16_t *last_on; /* by physical CPU: the vCPU, of which @nr_pcpus are known */
	uint32_t nr_pcpus;
};

static void load_put(struct load *l, struct play_op op)
{
	struct play_job *job = l->job;

	if (job->nr_ops == l->room) {
		uint64_t room = l->room ? l->room * 2 : 4096;
		struct play_op *more = realloc(job->op, room * sizeof(*more));

		if (!more) {
			l->no_memory = true;
			return;
		}
		job->op = more;
		l->room = room;
	}
	job->op[job->nr_ops++] = op;
	job->nr_own[op.actor]++;
	if (op.actor < job->config.nr_vcpus)
		l->in_guest[op.actor] = op.kind == PLAY_ENTRY;
}

static void load_sgis(struct load *l, const struct infer_item *item, struct play_op op)
{
	const struct trace_rec *r = &item->rec;
	uint64_t target[STREAM_TARGET_WORDS];
	unsigned int sgi;

	op.kind = PLAY_SYSREG;
	op.irq = r->d.sysreg.reg;
	if (!sgi_targets(l->meta, l->routing.gicd, r, item->annot, target, &sgi))
		return;
	if (r->flags & REC_HAS_VAL) {
		op.val = r->d.sysreg.val;
		load_put(l, op);
		return;
	}
	if (!item->annot || !item->annot->inferred) {
		l->job->sgi_unknown++;
		return;
	}
	l->job->sgi_inferred++;
	for (uint32_t first = 0; first < l->meta->nr_vcpus; first += 16) {
		op.val = sgi_inferred_value(item->annot, first);
		if (op.val)
			load_put(l, op);
	}
}

static bool load_in(uint64_t gpa, uint64_t base, uint64_t size)
{
	return gpa >= base && gpa - base < size;
}

static bool load_is_vgic(const struct load *l, uint64_t gpa)
{
	const struct vgic_config *c = &l->job->config;

	return load_in(gpa, c->frames.gicd, c->frames.gicd_size) ||
	       load_in(gpa, c->frames.gicr, c->frames.gicr_size * c->nr_vcpus);
}

/*
 * Accesses may wait for others to leave their guests, which in serial play they would
 * never do: they leave before it, and enter again after it.
 */
static void load_mmio(struct load *l, const struct trace_rec *r, struct play_op op)
{
	bool out[TRACE_MAX_VCPUS] = { false };
	struct play_op other = { .pos = op.pos, .time_ns = op.time_ns };

	op.kind = PLAY_MMIO;
	op.gpa = r->d.mmio.gpa;
	op.len = r->d.mmio.len;
	op.write = r->d.mmio.write;
	op.val = r->d.mmio.val;
	for (uint16_t v = 0; l->o->serial && load_is_vgic(l, op.gpa) && v < l->meta->nr_vcpus;
	     v++) {
		if (!l->in_guest[v] || v == op.actor)
			continue;
		out[v] = true;
		other.actor = v;
		other.kind = PLAY_EXIT;
		load_put(l, other);
	}
	load_put(l, op);
	for (uint16_t v = 0; v < l->meta->nr_vcpus; v++) {
		if (!out[v])
			continue;
		other.actor = v;
		other.kind = PLAY_ENTRY;
		load_put(l, other);
	}
}

static void load_inject(struct load *l, const struct trace_rec *r, struct play_op op)
{
	op.kind = PLAY_INJECT;
	op.irq = r->d.inject.irq;
	op.vcpu = r->flags & REC_HAS_VCPU ? r->d.inject.vcpu : 0;
	op.level = r->d.inject.level;
	op.in_irq = r->ctx == CTX_IRQ;
	if (op.irq < l->job->config.nr_irqs && op.vcpu < l->meta->nr_vcpus)
		load_put(l, op);
}

static void load_own(struct load *l, const struct infer_item *item, struct play_op op)
{
	const struct trace_rec *r = &item->rec;

	switch (r->kind) {
	case REC_ENTRY:
		op.kind = PLAY_ENTRY;
		break;
	case REC_EXIT:
		op.kind = PLAY_EXIT;
		break;
	case REC_WFI:
		op.kind = PLAY_WFI;
		break;
	case REC_SCHED:
		op.kind = PLAY_SCHED;
		op.level = r->d.sched.in;
		break;
	case REC_MMIO:
		load_mmio(l, r, op);
		return;
	case REC_SYSREG:
		load_sgis(l, item, op);
		return;
	default:
		return;
	}
	load_put(l, op);
}

/* Who does what is recorded there. */
static uint16_t load_actor(struct load *l, const struct trace_rec *r)
{
	bool known = r->cpu >= 0 && (uint32_t)r->cpu < l->nr_pcpus;

	if (r->ctx == CTX_VCPU) {
		if (known)
			l->last_on[r->cpu] = (uint16_t)r->ctx_id;
		return (uint16_t)r->ctx_id;
	}
	if (!l->o->no_injector)
		return (uint16_t)l->meta->nr_vcpus;
	return known ? l->last_on[r->cpu] : 0;
}

static void load_item(struct load *l, const struct infer_item *item)
{
	const struct trace_rec *r = &item->rec;
	struct play_op op = {
		.pos = l->job->nr_records,
		.time_ns = r->time_ns,
		.actor = load_actor(l, r),
	};

	l->job->nr_records++;
	l->job->span_ns = r->time_ns;
	if (r->kind == REC_MSI)
		l->job->messages++;
	else if (r->kind == REC_INJECT)
		load_inject(l, r, op);
	else if (r->ctx == CTX_VCPU)
		load_own(l, item, op);
}

/* ---- the state in the beginning ------------------------------------------ */

/* What setup_state() does to this "design" is put down, for the real ones. */
static void load_set_state(void *vgic, const struct vgic_irq_state *state)
{
	struct load *l = vgic;
	struct play_job *job = l->job;

	if (!(job->nr_states & (job->nr_states - 1))) {
		size_t room = job->nr_states ? job->nr_states * 2 : 1;
		struct vgic_irq_state *more = realloc(job->state, room * sizeof(*more));

		if (!more) {
			l->no_memory = true;
			return;
		}
		job->state = more;
	}
	job->state[job->nr_states++] = *state;
}

static void load_set_enabled(void *vgic, bool enabled)
{
	struct load *l = vgic;

	l->job->enabled = enabled;
}

static const struct vgic_design load_recorder = {
	.name = "recorder",
	.set_state = load_set_state,
	.set_enabled = load_set_enabled,
};

/* ---- all ------------------------------------------------------------------ */

static void load_index(struct load *l)
{
	struct play_job *job = l->job;

	for (unsigned int a = 0; a < job->nr_actors; a++) {
		job->own[a] = malloc((job->nr_own[a] + 1) * sizeof(*job->own[a]));
		l->no_memory |= !job->own[a];
		job->nr_own[a] = 0;
	}
	for (uint64_t i = 0; !l->no_memory && i < job->nr_ops; i++) {
		unsigned int a = job->op[i].actor;

		job->own[a][job->nr_own[a]++] = (uint32_t)i;
	}
}

static int load_records(struct load *l, struct trace_reader *reader, struct err *err)
{
	uint64_t max = l->o->max_records < UINT32_MAX ? l->o->max_records : UINT32_MAX;
	struct infer *f = infer_create(reader, l->meta->nr_vcpus);
	const struct infer_item *item;
	int rc = 0;

	if (!f)
		return err_set(err, ERR_NOMEM, "out of memory");
	while (!l->no_memory && l->job->nr_records < max) {
		rc = infer_next(f, &item, err);
		if (rc <= 0)
			break;
		rc = stream_head_see(&l->head, l->routing.gicd, &item->rec, err);
		if (rc)
			break;
		routing_see(&l->routing, &item->rec);
		load_item(l, item);
	}
	/* Is there more? */
	if (!rc && l->job->nr_records == max) {
		rc = infer_next(f, &item, err);
		l->job->cut = rc > 0;
	}
	infer_destroy(f);
	return rc < 0 ? rc : 0;
}

int play_load(struct play_job *job, struct trace_reader *reader, const struct host *host,
	      const struct load_options *o, struct err *err)
{
	struct load l = { .job = job, .meta = trace_meta(reader), .o = o };
	unsigned int nr = l.meta->nr_vcpus;
	int rc;

	memset(job, 0, sizeof(*job));
	if (!nr || nr > TRACE_MAX_VCPUS || (l.meta->gic != 2 && l.meta->gic != 3))
		return err_set(err, ERR_INPUT,
			       "%s: want 1..%u vCPUs on a GIC v2 or v3, have %u on v%u",
			       trace_name(reader), TRACE_MAX_VCPUS, nr, l.meta->gic);
	setup_config(&job->config, l.meta, host,
		     o->nr_lrs ? o->nr_lrs : (unsigned int)host->c[HK_NR_LRS].count);
	job->nr_actors = nr + !o->no_injector;
	l.nr_pcpus = INT16_MAX; /* as records can have */
	job->own = calloc(nr + 1, sizeof(*job->own));
	job->nr_own = calloc(nr + 1, sizeof(*job->nr_own));
	l.in_guest = calloc(nr, sizeof(*l.in_guest));
	l.last_on = calloc(l.nr_pcpus, sizeof(*l.last_on));
	if (!job->own || !job->nr_own || !l.in_guest || !l.last_on) {
		rc = err_set(err, ERR_NOMEM, "out of memory for %u vCPUs", nr);
		goto out;
	}
	routing_init(&l.routing, l.meta);
	rc = load_records(&l, reader, err);
	if (rc && rc != ERR_INPUT)
		goto out;
	setup_state(&load_recorder, &l, &job->config, &l.head);
	load_index(&l);
	if (l.no_memory)
		rc = err_set(err, ERR_NOMEM, "out of memory for %llu records",
			     (unsigned long long)job->nr_records);
	job->truncated = rc == ERR_INPUT && job->nr_ops;
out:
	stream_head_fini(&l.head);
	free(l.in_guest);
	free(l.last_on);
	return rc;
}
