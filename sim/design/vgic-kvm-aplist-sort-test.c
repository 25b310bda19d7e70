// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-aplist: the sort of an ap_list. Order and stability against an insertion
 * sort, compares against a merge sort over arrays that splits in the same way,
 * links both ways round, and the compare of a node with itself on long lists.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aplist.h"
#include "design-test.h"

#define MAX_NODES 800

static uint64_t rng_state;

static uint32_t rnd(uint32_t below)
{
	rng_state = rng_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(rng_state >> 33) % below;
}

/* ---- the reference ------------------------------------------------------- */

/* One number a node: active, then deliverable by priority, then the rest. */
static unsigned int key_of(const struct vgic_irq *irq)
{
	if (irq->active)
		return 0;
	return irq->enabled && irq->pending ? 1u + irq->priority : 1000;
}

static unsigned int ref_merge(const struct vgic_irq **a, unsigned int na, const struct vgic_irq **b,
			      unsigned int nb)
{
	const struct vgic_irq *out[MAX_NODES];
	unsigned int i = 0, k = 0, n = 0, compares = 0;

	while (i < na && k < nb) {
		compares++;
		out[n++] = key_of(a[i]) <= key_of(b[k]) ? a[i++] : b[k++];
	}
	while (i < na)
		out[n++] = a[i++];
	while (k < nb)
		out[n++] = b[k++];
	memcpy(a, out, n * sizeof(*out)); /* @b follows @a */
	return compares;
}

/*
 * Bottom up: runs of 2, 4, … of consecutive nodes, what is left over merged from
 * the shortest run upwards. That is what the counter's carries amount to.
 */
static unsigned int ref_sort(const struct vgic_irq **v, unsigned int n)
{
	unsigned int run[32], nr = 0, compares = 0, at = 0;

	for (unsigned int i = 0; i < n; i++) {
		run[nr++] = 1;
		at++;
		while (nr > 1 && run[nr - 1] == run[nr - 2]) {
			unsigned int len = run[nr - 1];

			compares += ref_merge(v + at - 2 * len, len, v + at - len, len);
			run[--nr - 1] *= 2;
		}
	}
	while (nr > 1) {
		unsigned int b = run[--nr], a = run[nr - 1];

		compares += ref_merge(v + n - a - b, a, v + n - b, b);
		run[nr - 1] += b;
	}
	return compares;
}

static bool ref_ordered(const struct vgic_irq **v, unsigned int n)
{
	for (unsigned int i = 1; i < n; i++)
		if (key_of(v[i - 1]) > key_of(v[i]) ||
		    (key_of(v[i - 1]) == key_of(v[i]) && v[i - 1] > v[i]))
			return false;
	return true;
}

/* ---- the list ------------------------------------------------------------ */

enum shape { RANDOM, SORTED, REVERSED, EQUAL };

static void make(struct vgic_irq *irq, enum shape shape, unsigned int i, unsigned int n)
{
	irq->active = shape == RANDOM && !rnd(8);
	irq->pending = shape != RANDOM || rnd(4);
	irq->enabled = shape != RANDOM || rnd(4);
	if (shape == RANDOM)
		irq->priority = (uint8_t)(rnd(32) << 3);
	else if (shape == EQUAL)
		irq->priority = 0x40;
	else
		irq->priority = (uint8_t)((shape == SORTED ? i : n - 1 - i) * 255 / n);
}

struct sort_run {
	struct rig *r;
	unsigned int n;
	enum shape shape;
};

static void fill(struct aplist *g, struct sort_run *run, const struct vgic_irq **v)
{
	struct aplist_node *head = &g->vcpus[0]->ap_list_head;

	head->next = head->prev = head;
	for (unsigned int i = 0; i < run->n; i++) {
		struct vgic_irq *irq = &g->dist->spis[i];

		make(irq, run->shape, i, run->n);
		irq->ap_list.prev = head->prev;
		irq->ap_list.next = head;
		head->prev->next = &irq->ap_list;
		head->prev = &irq->ap_list;
		v[i] = irq;
	}
}

static void check(struct sort_run *run, struct aplist *g, const struct vgic_irq **v)
{
	struct aplist_node *head = &g->vcpus[0]->ap_list_head, *n = head;

	for (unsigned int i = 0; i < run->n; i++) {
		rig_expect(run->r, n->next->prev == n);
		n = n->next;
		rig_expect(run->r, aplist_irq_of(n) == v[i]);
	}
	rig_expect(run->r, n->next == head);
	rig_expect(run->r, head->prev == n);
	head->next = head->prev = head;
}

static void step_sort(struct plat_cpu *cpu, void *arg)
{
	struct sort_run *run = arg;
	struct aplist *g = run->r->vgic;
	struct vgic_cpu *vc = g->vcpus[0];
	const struct vgic_irq *v[MAX_NODES];
	unsigned int have, want;

	fill(g, run, v);
	plat_lock(cpu, &vc->ap_list_lock);
	have = aplist_sort_bottom_up(g, cpu, &vc->ap_list_head);
	plat_unlock(cpu, &vc->ap_list_lock);
	want = ref_sort(v, run->n);
	rig_expect(run->r, ref_ordered(v, run->n));
	check(run, g, v);
	rig_expect_eq(run->r, have, want);
}

static void sort(struct rig *r, unsigned int n, enum shape shape)
{
	struct sort_run run = { .r = r, .n = n, .shape = shape };

	rig_on(r, 0, step_sort, &run);
}

static void script_shapes(struct rig *r)
{
	for (unsigned int n = 0; n <= 70; n++)
		for (int shape = RANDOM; shape <= EQUAL; shape++)
			sort(r, n, (enum shape)shape);
}

static void script_random(struct rig *r)
{
	rng_state = 12345;
	for (int i = 0; i < 300; i++)
		sort(r, rnd(200), RANDOM);
}

/* L log2 L at most; for a random list about L (log2 L - 1.3). */
static void script_bounds(struct rig *r)
{
	rig_reset_counts(r);
	sort(r, 32, RANDOM);
	/* two irq_locks a compare, and one ap_list_lock */
	rig_expect(r, rig_locks(r, "vgic_irq->irq_lock") <= 2 * 32 * 5);
	rig_expect(r, rig_locks(r, "vgic_irq->irq_lock") >= 2 * 32 * 3);
	rig_expect_eq(r, rig_locks(r, "vgic_cpu->ap_list_lock"), 1);
}

/* The tail of the last merge: 512 sorted before 64 of the same is 64 … 512 long. */
static void script_itself(struct rig *r)
{
	const char *what = "list_sort compares a node with itself: the original locks up";

	sort(r, 200, RANDOM);
	rig_expect_eq(r, rig_deviations(r, what), 0);
	sort(r, 300, REVERSED); /* 256 older ones after 44 */
	rig_expect_eq(r, rig_deviations(r, what), 1);
	sort(r, 256, SORTED); /* one run only: all of it is the tail */
	rig_expect_eq(r, rig_deviations(r, what), 2);
	sort(r, 300, SORTED); /* 44 newer ones after 256 */
	rig_expect_eq(r, rig_deviations(r, what), 2);
}

static void run(rig_script_fn *script)
{
	rig_run(
		&(struct rig_config){
			.design = "kvm-aplist", .gic = 3, .nr_vcpus = 1, .nr_irqs = 992 },
		script);
}

static void test_shapes(void **state)
{
	run(script_shapes);
}

static void test_random(void **state)
{
	run(script_random);
}

static void test_bounds(void **state)
{
	run(script_bounds);
}

static void test_itself(void **state)
{
	run(script_itself);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
