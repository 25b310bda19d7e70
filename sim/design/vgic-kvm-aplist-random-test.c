// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-aplist under random use: one operation after the other, with the invariants of
 * its lists and list registers checked after each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "aplist.h"
#include "design-test.h"

#define MAX_VCPUS 8
#define NR_SPIS	  64

struct random {
	struct rig *r;
	struct aplist *g;
	uint64_t rng;
	bool in_guest[MAX_VCPUS];
	/* the handlers that the guest runs, innermost last */
	struct gic_lr hand[MAX_VCPUS][4];
	unsigned int nr_hand[MAX_VCPUS];
	unsigned int overflows;
};

static uint32_t rnd(struct random *x, uint32_t below)
{
	x->rng = x->rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(x->rng >> 33) % below;
}

/* ---- invariants of the structures ---------------------------------------- */

static bool deliverable(const struct random *x, const struct vgic_irq *irq)
{
	return irq->active || (irq->enabled && irq->pending && x->g->dist->enabled);
}

/* No duplicates, links both ways, irq->vcpu says whose list it is on. */
static unsigned int check_list(struct random *x, struct vgic_cpu *vc)
{
	struct aplist_node *head = &vc->ap_list_head;
	unsigned int nr = 0;

	for (struct aplist_node *n = head->next; n != head; n = n->next) {
		struct vgic_irq *irq = aplist_irq_of(n);

		rig_expect(x->r, n->next->prev == n && n->prev->next == n);
		rig_expect(x->r, irq->vcpu == vc);
		rig_expect_eq(x->r, irq->refcount, 1);
		rig_expect(x->r, ++nr <= x->r->config.nr_irqs);
	}
	return nr;
}

static unsigned int queued(struct vgic_irq *irqs, unsigned int nr)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < nr; i++)
		n += irqs[i].vcpu != NULL;
	return n;
}

static void check_lists(struct random *x)
{
	unsigned int on_lists = 0, say_so = queued(x->g->dist->spis, NR_SPIS);

	for (unsigned int v = 0; v < x->g->nr_vcpus; v++) {
		on_lists += check_list(x, x->g->vcpus[v]);
		say_so += queued(aplist_private_irq(x->g, x->g->vcpus[v], 0), 32);
	}
	rig_expect_eq(x->r, on_lists, say_so);
}

/* An SPI is in at most one list register of all running vCPUs, others in one of theirs. */
static void check_unique(struct random *x)
{
	uint64_t spis = 0;

	for (unsigned int v = 0; v < x->g->nr_vcpus; v++) {
		uint32_t private = 0;

		for (unsigned int n = 0; x->in_guest[v] && n < x->g->nr_lrs; n++) {
			struct gic_lr lr = rig_lr(x->r, v, n);
			uint64_t bit = UINT64_C(1) << (lr.irq & 63);

			if (!lr.pending && !lr.active)
				continue;
			if (lr.irq >= 32) {
				rig_expect(x->r, !(spis & bit));
				spis |= bit;
			} else if (!gic_is_sgi(lr.irq) || x->g->gic == 3) {
				rig_expect(x->r, !(private & 1u << lr.irq));
				private |= 1u << lr.irq;
			}
		}
	}
}

/* ---- invariants of an entry ---------------------------------------------- */

struct want {
	struct gic_lr lr;
	unsigned int key;
};

static unsigned int want_key(const struct vgic_irq *irq)
{
	if (irq->active)
		return 0;
	return irq->enabled && irq->pending ? 1u + irq->priority : 1000;
}

/* What a flush must load, from the list as it stands before: in its order, or sorted. */
static unsigned int want_list(struct random *x, unsigned int v, struct vgic_irq **want,
			      unsigned int *depth)
{
	struct aplist_node *head = &x->g->vcpus[v]->ap_list_head;
	unsigned int nr = 0;

	*depth = 0;
	for (struct aplist_node *n = head->next; n != head; n = n->next) {
		struct vgic_irq *irq = aplist_irq_of(n);
		bool sgi_v2 = x->g->gic == 2 && gic_is_sgi(irq->intid);

		*depth += sgi_v2 ? (unsigned int)__builtin_popcount(irq->source) : 1;
		want[nr++] = irq;
	}
	if (*depth <= x->g->nr_lrs)
		return nr;
	for (unsigned int i = 1; i < nr; i++) {
		struct vgic_irq *irq = want[i];
		unsigned int k = i;

		for (; k > 0 && want_key(want[k - 1]) > want_key(irq); k--)
			want[k] = want[k - 1];
		want[k] = irq;
	}
	return nr;
}

/* Where it would go if it were looked at now. */
static bool want_here(const struct random *x, unsigned int v, const struct vgic_irq *irq)
{
	if (irq->active)
		return irq->vcpu == x->g->vcpus[v];
	return deliverable(x, irq) && irq->target_vcpu == x->g->vcpus[v];
}

static void entry(struct random *x, unsigned int v)
{
	struct vgic_irq *want[32 + NR_SPIS], **w = want;
	struct gic_lr lrs[32 + NR_SPIS];
	unsigned int depth, nr = want_list(x, v, want, &depth), used = 0;

	/* as it is before the flush takes latches and senders */
	for (unsigned int i = 0; i < nr; i++) {
		struct vgic_irq *irq = w[i];
		bool sgi_v2 = x->g->gic == 2 && gic_is_sgi(irq->intid);
		unsigned int copies = sgi_v2 && irq->pending && irq->source
					      ? (unsigned int)__builtin_popcount(irq->source)
					      : 1;

		for (; want_here(x, v, irq) && copies && used < x->g->nr_lrs; copies--)
			lrs[used++] = (struct gic_lr){ .irq = irq->intid,
						       .pending = irq->pending,
						       .active = irq->active,
						       .prio = irq->priority };
	}
	rig_entry(x->r, v);
	x->in_guest[v] = true;
	x->overflows += depth > x->g->nr_lrs;
	rig_expect_eq(x->r, rig_underflow(x->r, v), used && depth > x->g->nr_lrs);
	rig_expect_eq(x->r, rig_lrs_used(x->r, v), used);
	for (unsigned int i = 0; i < used; i++) {
		struct gic_lr lr = rig_lr(x->r, v, i);

		rig_expect_eq(x->r, lr.irq, lrs[i].irq);
		rig_expect_eq(x->r, lr.pending, lrs[i].pending);
		rig_expect_eq(x->r, lr.active, lrs[i].active);
		rig_expect_eq(x->r, lr.prio, lrs[i].prio);
		rig_expect(x->r, x->g->dist->enabled || lr.active);
	}
}

/* ---- operations ---------------------------------------------------------- */

static void guest(struct random *x, unsigned int v)
{
	struct plat_cpu *cpu = machine_cpu(x->r->m, v);
	struct gic_lr lr;

	if (x->nr_hand[v] < 4 && rnd(x, 2)) {
		lr = rig_ack(x->r, v);
		if (lr.irq != GIC_SPURIOUS)
			x->hand[v][x->nr_hand[v]++] = lr;
	} else if (x->nr_hand[v]) {
		/* may be in no list register: cleared meanwhile, or forgotten (GICv2) */
		lr = x->hand[v][--x->nr_hand[v]];
		vif_eoi(cpu, lr.irq, lr.src);
	}
}

static void line(struct random *x)
{
	rig_inject(x->r, 0, rnd(x, x->g->nr_vcpus), 32 + rnd(x, NR_SPIS), rnd(x, 4));
}

static void sgi(struct random *x, unsigned int v)
{
	uint32_t targets = rnd(x, 1u << x->g->nr_vcpus);

	if (x->g->gic == 2)
		rig_write(x->r, v, RIG_GICD + 0xf00, 4,
			  targets << 16 | rnd(x, 3) << 24 | rnd(x, 16));
	else
		rig_sgi1r(x->r, v, (uint64_t)rnd(x, 16) << 24 | targets);
}

static void word(struct random *x, unsigned int v)
{
	static const uint32_t regs[] = { 0x100, 0x100, 0x180, 0x200, 0x280 };

	rig_write(x->r, v, RIG_GICD + regs[rnd(x, 5)] + 4 + 4 * rnd(x, 2), 4, 1u << rnd(x, 32));
}

static void route(struct random *x, unsigned int v)
{
	uint32_t irq = 32 + rnd(x, NR_SPIS), to = rnd(x, x->g->nr_vcpus + 1);

	if (x->g->gic == 2)
		rig_write(x->r, v, RIG_GICD + 0x800 + irq, 1, 1u << to);
	else
		rig_write(x->r, v, RIG_GICD + 0x6000 + irq * 8, 8, gic_vcpu_mpidr(to));
}

static void configure(struct random *x, unsigned int v)
{
	uint32_t irq = 32 + rnd(x, NR_SPIS);

	switch (rnd(x, 16)) {
	case 0:
		rig_write(x->r, v, RIG_GICD, 4, rnd(x, 4) ? 3 : 0);
		break;
	case 1:
	case 2:
		rig_write(x->r, v, RIG_GICD + 0xc00 + irq / 16 * 4, 4, rnd(x, UINT32_MAX));
		break;
	default:
		rig_write(x->r, v, RIG_GICD + 0x400 + irq, 1, rnd(x, 256));
		break;
	}
}

static void timer_line(struct random *x, unsigned int v)
{
	rig_inject_self(x->r, v, RIG_TIMER, rnd(x, 2), true);
}

static void check_wfi(struct random *x, unsigned int v)
{
	struct aplist_node *head = &x->g->vcpus[v]->ap_list_head;
	bool want = false;

	for (struct aplist_node *n = head->next; n != head; n = n->next)
		want |= aplist_irq_of(n)->pending && aplist_irq_of(n)->enabled;
	rig_expect_eq(x->r, rig_pending(x->r, v), want && x->g->dist->enabled);
}

/* One of vCPU @v's own, which needs it to be outside its guest. */
static void outside(struct random *x, unsigned int v)
{
	switch (rnd(x, 8)) {
	case 0:
		sgi(x, v);
		break;
	case 1:
		word(x, v);
		break;
	case 2:
		route(x, v);
		break;
	case 3:
		configure(x, v);
		break;
	case 4:
		timer_line(x, v);
		break;
	case 5:
		check_wfi(x, v);
		break;
	default:
		entry(x, v);
		break;
	}
}

static void step(struct random *x)
{
	unsigned int v = rnd(x, x->g->nr_vcpus);

	if (!rnd(x, 3)) {
		line(x);
	} else if (!x->in_guest[v]) {
		outside(x, v);
	} else if (rnd(x, 3)) {
		guest(x, v);
	} else {
		rig_exit(x->r, v);
		x->in_guest[v] = false;
	}
	check_lists(x);
	check_unique(x);
}

static void script_random(struct rig *r)
{
	struct random x = { .r = r, .g = r->vgic, .rng = r->config.seed };

	for (unsigned int i = 0; i < NR_SPIS; i++)
		r->design->set_state(r->vgic,
				     &(struct vgic_irq_state){ .irq = 32 + i,
							       .enabled = rnd(&x, 4),
							       .edge = rnd(&x, 2),
							       .prio = (uint8_t)rnd(&x, 256),
							       .target = rnd(&x, x.g->nr_vcpus) });
	for (unsigned int v = 0; v < x.g->nr_vcpus; v++)
		aplist_private_irq(x.g, x.g->vcpus[v], RIG_TIMER)->enabled = true;
	r->design->set_enabled(r->vgic, true);
	for (int i = 0; i < 4000; i++)
		step(&x);
	for (unsigned int v = 0; v < x.g->nr_vcpus; v++)
		if (x.in_guest[v])
			rig_exit(r, v);
	/* it is a test of these, too */
	rig_expect(r, x.overflows);
	rig_expect(r, rig_counter(r, PLAT_MIGRATED));
}

static void test_random(void **state)
{
	for (unsigned int gic = 2; gic <= 3; gic++)
		for (uint64_t seed = 1; seed <= 6; seed++)
			rig_run(&(struct rig_config){ .design = "kvm-aplist",
						      .gic = gic,
						      .nr_vcpus = 2 + (unsigned int)seed % 3 * 3,
						      .seed = seed },
				script_random);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
