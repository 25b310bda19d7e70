// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-aplist-6.1's sort against an obvious one, and its accesses to the virtual interface
 * in one entry and one exit (u list registers used, e emptied by the guest):
 *
 *	GICv2		entry	u > 0: HCR, u
 *			exit	u > 0: ELRSR, u - e, HCR, u zeroes
 *	GICv3, VHE	the same
 *	GICv3, no VHE	SRE read and written both ways, and the same
 *	load, put	VMCR, APR (GICv3: one of each group)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aplist.h"
#include "design-test.h"

/* ---- the sort ------------------------------------------------------------ */

struct sorted {
	struct rig *r;
	unsigned int n, compares;
	uint64_t rng;
	bool equal;
};

static unsigned int sort_key(const struct vgic_irq *irq)
{
	if (irq->active)
		return 0;
	return irq->enabled && irq->pending ? 1u + irq->priority : 1000;
}

static void sort_fill(struct aplist *g, struct sorted *s)
{
	struct aplist_node *head = &g->vcpus[0]->ap_list_head;

	for (unsigned int i = 0; i < s->n; i++) {
		struct vgic_irq *irq = aplist_spi(g, i);

		s->rng = s->rng * UINT64_C(6364136223846793005) + 1;
		irq->active = s->rng >> 60 == 0;
		irq->pending = irq->enabled = s->rng >> 40 & 7;
		irq->priority = (uint8_t)(s->rng >> 48) & 0xf8;
		if (s->equal) {
			irq->active = false;
			irq->pending = irq->enabled = true;
			irq->priority = 0x40;
		}
		irq->ap_list.prev = head->prev;
		irq->ap_list.next = head;
		head->prev->next = &irq->ap_list;
		head->prev = &irq->ap_list;
	}
}

static void step_sort(struct plat_cpu *cpu, void *arg)
{
	struct sorted *s = arg;
	struct aplist *g = s->r->vgic;
	struct aplist_node *head = &g->vcpus[0]->ap_list_head, *n;
	unsigned int seen = 0;

	sort_fill(g, s);
	plat_irq_off(cpu);
	plat_lock(cpu, &g->vcpus[0]->ap_list_lock);
	s->compares = g->kernel->sort(g, cpu, head);
	plat_unlock(cpu, &g->vcpus[0]->ap_list_lock);
	plat_irq_on(cpu);
	for (n = head->next; n != head; n = n->next, seen++) {
		struct vgic_irq *a = aplist_irq_of(n), *b;

		rig_expect(s->r, n->next->prev == n);
		if (n->next == head)
			continue;
		b = aplist_irq_of(n->next);
		rig_expect(s->r,
			   sort_key(a) < sort_key(b) || (sort_key(a) == sort_key(b) && a < b));
	}
	rig_expect_eq(s->r, seen, s->n);
	head->next = head->prev = head;
}

/* Stable, no more than n log2 n compares; of one node with itself no word is said. */
static void script_sort(struct rig *r)
{
	struct sorted s = { .r = r, .rng = 1 };

	for (s.n = 0; s.n <= 320; s.n += 1 + s.n / 8) {
		unsigned int log = 0;

		while (1u << log < s.n)
			log++;
		rig_on(r, 0, step_sort, &s);
		rig_expect(r, s.compares <= s.n * log);
		rig_expect(r, s.n < 2 || s.compares >= s.n / 2);
	}
	rig_expect_eq(r, rig_deviations(r, NULL), 0);
}

/*
 * Five that are in order already. Balanced: 1 + 1 for two pairs, the fifth with the second
 * pair 2, those three with the first pair 2. (Bottom-up: 1 + 1 + 2, the fifth with all
 * four 4.)
 */
static void script_sort_counts(struct rig *r)
{
	struct sorted s = { .r = r, .rng = 1, .n = 5, .equal = true };

	rig_on(r, 0, step_sort, &s);
	rig_expect_eq(r, s.compares, 6);
}

static void test_sort(void **state)
{
	struct rig_config c = {
		.design = "kvm-aplist-6.1", .gic = 3, .nr_vcpus = 1, .nr_irqs = 512
	};

	rig_run(&c, script_sort);
	rig_run(&c, script_sort_counts);
}

/* ---- accesses to the virtual interface ------------------------------------ */

#define ACCESS_PS 20000 /* any access to the interface, in the rig's host */

static uint64_t since(struct rig *r, uint64_t *last)
{
	uint64_t now = cpu_accounts(machine_cpu(r->m, 0))[COMP_LR] / ACCESS_PS, d = now - *last;

	*last = now;
	return d;
}

static void step_load(struct plat_cpu *cpu, void *arg)
{
	struct rig *r = arg;

	r->design->load(r->vgic, cpu, 0);
}

static void step_put(struct plat_cpu *cpu, void *arg)
{
	struct rig *r = arg;

	r->design->put(r->vgic, cpu, 0);
}

static void script_accesses(struct rig *r)
{
	unsigned int sre = r->config.gic == 3 && !r->config.vhe ? 2 : 0;
	struct vgic_irq_state s = { .enabled = true, .edge = true };
	uint64_t last = 0;

	for (s.irq = 40; s.irq < 43; s.irq++)
		r->design->set_state(r->vgic, &s);
	r->design->set_enabled(r->vgic, true);
	rig_on(r, 0, step_load, r);
	rig_expect_eq(r, since(r, &last), r->config.gic);
	rig_on(r, 0, step_put, r);
	rig_expect_eq(r, since(r, &last), r->config.gic);
	rig_entry(r, 0);
	rig_exit(r, 0);
	since(r, &last); /* with the rig's own load */
	rig_entry(r, 0);
	rig_expect_eq(r, since(r, &last), sre);
	rig_exit(r, 0);
	rig_expect_eq(r, since(r, &last), sre);
	for (uint32_t i = 40; i < 43; i++)
		rig_inject(r, 0, 0, i, true);
	since(r, &last);
	rig_entry(r, 0);
	rig_expect_eq(r, since(r, &last), sre + 1 + 3);
	for (unsigned int i = 0; i < 2; i++) {
		struct gic_lr lr = rig_ack(r, 0);

		rig_eoi(r, 0, lr.irq, 0);
	}
	rig_exit(r, 0);
	rig_expect_eq(r, since(r, &last), sre + 1 + (3 - 2) + 1 + 3);
}

static void test_accesses(void **state)
{
	struct rig_config c = { .design = "kvm-aplist-6.1", .nr_vcpus = 1, .no_timer = true };

	for (c.gic = 2; c.gic <= 3; c.gic++) {
		c.vhe = false;
		rig_run(&c, script_accesses);
		c.vhe = true;
		rig_run(&c, script_accesses);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_accesses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
