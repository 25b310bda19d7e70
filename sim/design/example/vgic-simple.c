// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * simple: a whole vgic in few lines, to begin one's own with. GICv2 and GICv3; right
 * by the architecture, and slow under load: one lock over the VM. What registers do to
 * interrupts is the installed gic-dist.h's; this is what a design decides: who is told,
 * what goes into the list registers, under which lock. vgicsim-design(7) walks through
 * it. Instruction counts are guesses, until they are counted in a real one.
 */
#include "gic-dist.h"
#include "vgic-plugin.h"

struct vcpu {
	uint64_t busy[1024 / 64]; /* INTIDs that may be active or waiting for this vCPU */
	bool told;		  /* something came since the flush */
	unsigned int nr, nr_hw;	  /* of lr[]; list registers with something in them */
	uint64_t lr[GIC_MAX_LRS];
};

struct vgic {
	struct gic_dist d;     /* the first, so that a pointer to it is one to the vgic */
	struct plat_lock lock; /* over all but nr, nr_hw and lr[], which are the vCPU's own */
	struct vcpu *vcpu;
};

static const struct plat_lock_class simple_lock = { .name = "simple->lock" };

static void simple_tell(struct vgic *g, struct plat_cpu *cpu, unsigned int vcpu)
{
	plat_store(cpu, &g->vcpu[vcpu].told, true);
	plat_kick(cpu, vcpu);
}

/* Lock held; @q has changed: whose is it now, and has a vCPU to be told? */
static void simple_changed(struct gic_dist *d, struct plat_cpu *cpu, struct gic_irq *q,
			   uint32_t irq)
{
	struct vgic *g = (struct vgic *)d;
	unsigned int vcpu = gic_irq_vcpu(q);

	if (q->in_lr && q->at != q->target) /* routed to another one: to let go of it */
		simple_tell(g, cpu, q->at);
	if (vcpu == GIC_NOBODY || !(q->active || gic_irq_waits(q)))
		return;
	plat_write(cpu, &g->vcpu[vcpu].busy[irq / 64]);
	g->vcpu[vcpu].busy[irq / 64] |= UINT64_C(1) << irq % 64;
	if (d->on && gic_irq_waits(q))
		simple_tell(g, cpu, vcpu);
}

static void simple_enabled(struct gic_dist *d, struct plat_cpu *cpu)
{
	for (unsigned int i = 0; i < d->c.nr_vcpus; i++)
		simple_tell((struct vgic *)d, cpu, i);
}

static int simple_inject(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq,
			 bool level, bool mapped)
{
	struct vgic *g = vgic;
	struct gic_irq *q = gic_dist_irq(&g->d, vcpu, irq);

	if (!q)
		return -1;
	plat_lock(cpu, &g->lock);
	plat_work(cpu, PLAT_CODE, 20);
	plat_write(cpu, q);
	gic_irq_line(q, level);
	simple_changed(&g->d, cpu, q, irq);
	plat_unlock(cpu, &g->lock);
	return 0;
}

/* ---- a guest entry and exit --------------------------------------------------- */

/* Lock held: what needs a list register of @vcpu's most and has none; NULL: nothing does. */
static struct gic_irq *simple_best(struct vgic *g, struct plat_cpu *cpu, unsigned int vcpu,
				   bool and_active, uint32_t *irq)
{
	struct gic_irq *best = NULL;

	plat_read(cpu, &g->vcpu[vcpu].busy);
	for (uint32_t w = 0; w < 1024 / 64; w++) {
		for (uint64_t bits = g->vcpu[vcpu].busy[w]; bits; bits &= bits - 1) {
			uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(bits);
			struct gic_irq *q = gic_dist_irq(&g->d, vcpu, i);

			plat_work(cpu, PLAT_LIST, 15);
			plat_read(cpu, q);
			if (gic_irq_vcpu(q) != vcpu || !(q->active || gic_irq_waits(q))) {
				plat_write(cpu, &g->vcpu[vcpu].busy[w]);
				g->vcpu[vcpu].busy[w] &= ~(UINT64_C(1) << i % 64);
			} else if (!q->in_lr && (q->active ? and_active : g->d.on) &&
				   (!best || gic_irq_before(q, best))) {
				best = q;
				*irq = i;
			}
		}
	}
	return best;
}

static void simple_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct vgic *g = vgic;
	struct vcpu *v = &g->vcpu[vcpu];
	struct gic_irq *q;
	struct gic_lr lr;
	uint32_t irq;

	plat_lock(cpu, &g->lock);
	plat_store(cpu, &v->told, false);
	for (v->nr = 0; (q = simple_best(g, cpu, vcpu, true, &irq)); v->nr++) {
		if (v->nr == g->d.c.nr_lrs) { /* no room: the end of the last asks for it */
			plat_count(cpu, PLAT_OVERFLOWS, 1);
			lr.eoi = true;
			v->lr[v->nr - 1] = gic_lr_encode(g->d.c.gic, &lr);
			break;
		}
		plat_work(cpu, PLAT_CODE, 30);
		plat_write(cpu, q);
		plat_write(cpu, &v->lr[v->nr]);
		lr = gic_irq_load(q, &g->d.c, irq, vcpu, g->d.on);
		v->lr[v->nr] = gic_lr_encode(g->d.c.gic, &lr);
	}
	plat_unlock(cpu, &g->lock);
}

static void simple_sync(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct vgic *g = vgic;
	struct vcpu *v = &g->vcpu[vcpu];

	if (!v->nr)
		return;
	plat_lock(cpu, &g->lock);
	for (; v->nr; v->nr--) {
		struct gic_lr lr = gic_lr_decode(g->d.c.gic, v->lr[v->nr - 1]);
		struct gic_irq *q = gic_dist_irq(&g->d, vcpu, lr.irq);

		plat_work(cpu, PLAT_CODE, 30);
		plat_read(cpu, &v->lr[v->nr - 1]);
		plat_write(cpu, q);
		gic_irq_unload(q, &g->d.c, &lr);
		simple_changed(&g->d, cpu, q, lr.irq);
	}
	plat_unlock(cpu, &g->lock);
}

static void simple_restore(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct vcpu *v = &((struct vgic *)vgic)->vcpu[vcpu];

	plat_vif_write(cpu, PLAT_VIF_HCR, GICH_HCR_EN);
	for (unsigned int i = 0; i < v->nr || i < v->nr_hw; i++) {
		plat_read(cpu, &v->lr[i]);
		plat_vif_write(cpu, PLAT_VIF_LR0 + i, i < v->nr ? v->lr[i] : 0);
	}
	v->nr_hw = v->nr;
}

static void simple_save(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct vcpu *v = &((struct vgic *)vgic)->vcpu[vcpu];

	for (unsigned int i = 0; i < v->nr; i++) {
		plat_write(cpu, &v->lr[i]);
		v->lr[i] = plat_vif_read(cpu, PLAT_VIF_LR0 + i);
	}
	plat_vif_write(cpu, PLAT_VIF_HCR, 0);
}

/* What came after the flush is in no list register. */
static bool simple_enter_check(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	return !plat_load(cpu, &((struct vgic *)vgic)->vcpu[vcpu].told);
}

static bool simple_pending(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct vgic *g = vgic;
	bool pending;
	uint32_t irq;

	plat_lock(cpu, &g->lock);
	pending = simple_best(g, cpu, vcpu, false, &irq);
	plat_unlock(cpu, &g->lock);
	return pending;
}

/* ---- what the guest writes ------------------------------------------------------ */

static enum vgic_handled simple_sysreg_write(void *vgic, struct plat_cpu *cpu, unsigned int vcpu,
					     uint32_t reg, uint64_t val)
{
	struct vgic *g = vgic;

	if (reg != SYSREG_ICC_SGI1R_EL1)
		return VGIC_NOT_MINE;
	plat_lock(cpu, &g->lock);
	gic_dist_send(&g->d, cpu, vcpu, val);
	plat_unlock(cpu, &g->lock);
	return VGIC_DONE;
}

static enum vgic_handled simple_mmio(void *vgic, struct plat_cpu *cpu, unsigned int vcpu,
				     bool write, uint64_t gpa, unsigned int len, uint64_t *val)
{
	struct vgic *g = vgic;
	struct gic_access a = gic_access(&g->d.c, vcpu, gpa, len);
	bool halt = write && gic_access_halts(&a);

	plat_work(cpu, PLAT_DISPATCH, 40);
	if (a.field == GIC_FIELD_NONE)
		return VGIC_NOT_MINE;
	if (!write)
		*val = a.constant;
	if (halt)
		plat_halt(cpu, PLAT_ALL_VCPUS, true);
	plat_lock(cpu, &g->lock);
	if (a.field == GIC_FIELD_SGIR && write)
		gic_dist_send(&g->d, cpu, vcpu, *val);
	else
		gic_dist_access(&g->d, cpu, vcpu, &a, write, val);
	plat_unlock(cpu, &g->lock);
	if (halt)
		plat_resume(cpu, PLAT_ALL_VCPUS);
	return VGIC_DONE;
}

/* ---- birth and death -------------------------------------------------------------- */

static void simple_destroy(void *vgic)
{
	struct vgic *g = vgic;

	if (!g)
		return;
	gic_dist_fini(&g->d);
	plat_free(g->d.vm, g->vcpu);
	plat_free(g->d.vm, g);
}

static void *simple_create(struct plat_vm *vm, const struct vgic_config *c)
{
	struct vgic *g = plat_zalloc(vm, PLAT_MEM_VM, sizeof(*g));
	struct vcpu *v = plat_zalloc(vm, PLAT_MEM_VCPU, c->nr_vcpus * sizeof(*v));

	if (!g || !v || !gic_dist_init(&g->d, vm, c)) {
		if (v)
			plat_free(vm, v);
		if (g)
			plat_free(vm, g);
		return NULL;
	}
	g->d.insns = 12;
	g->d.changed = simple_changed;
	g->d.enabled = simple_enabled;
	g->vcpu = v;
	plat_lock_init(vm, &g->lock, &simple_lock, 0);
	return g;
}

static void simple_set_state(void *vgic, const struct vgic_irq_state *s)
{
	struct vgic *g = vgic;
	struct gic_irq *q = gic_dist_irq(&g->d, s->vcpu, s->irq);

	if (!q) /* 1020 to 1023 are no interrupts */
		return;
	gic_irq_set_state(q, &g->d.c, s);
	if (gic_irq_vcpu(q) != GIC_NOBODY)
		g->vcpu[gic_irq_vcpu(q)].busy[s->irq / 64] |= UINT64_C(1) << s->irq % 64;
}

static void simple_set_enabled(void *vgic, bool enabled)
{
	((struct vgic *)vgic)->d.on = enabled;
}

/* Where it is not what the architecture says: counted and shown, but no finding. */
#define MOVES_LATE "a retargeted interrupt moves when its old vCPU has left its guest"
static const struct vgic_declared simple_declared[] = {
	{ VGIC_FOUND_LATE_ENTRY, VGIC_WHEN_HELD_ELSEWHERE, MOVES_LATE },
	{ VGIC_FOUND_LATE_KICK, VGIC_WHEN_HELD_ELSEWHERE, MOVES_LATE },
	{ 0, 0, NULL },
};

static const struct vgic_design simple = {
	.name = "simple",
	.summary = "the example of a design from a file: one lock, a bitmap a vCPU",
	.source = "vgic-simple.c, which comes with vgicsim",
	.kernel = "no kernel",
	.gics = 1u << 2 | 1u << 3,
	.declared = simple_declared,
	.create = simple_create,
	.destroy = simple_destroy,
	.set_state = simple_set_state,
	.set_enabled = simple_set_enabled,
	.flush = simple_flush,
	.enter_check = simple_enter_check,
	.restore = simple_restore,
	.save = simple_save,
	.sync = simple_sync,
	.pending = simple_pending,
	.inject = simple_inject,
	.mmio = simple_mmio,
	.sysreg_write = simple_sysreg_write,
};

VGICSIM_DESIGN(simple);
