// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sorting an ap_list that does not fit (or holds an SGI of several senders), as
 * list_sort() did (lib/list_sort.c): up to Linux 5.1 a bottom-up merge sort whose
 * pending runs are the digits of a binary counter; from 5.2 on one that merges two
 * runs of a size only when as many nodes again have come after them, so that no merge
 * is more unequal than two to one. Both stable. The last merge mends the back links.
 *
 * In that last pass the original calls the compare on one node with itself every
 * 256 nodes of a tail ("so that cond_resched() may be called"). The compare of
 * 4.8 would then take one irq_lock twice: counted as a deviation, and skipped. Later
 * the compare sees that they are one (sort_guards_same).
 */
#include "aplist.h"

#define MAX_RUNS 20

struct sorter {
	struct aplist *g;
	struct plat_cpu *cpu;
	unsigned int compares;
};

static void sort_work(struct sorter *s, unsigned int insns)
{
	plat_work(s->cpu, PLAT_LIST, insns);
}

/*
 * Negative: @a goes first. Active ones, then those that can be delivered by
 * priority, then the rest; otherwise as they stand.
 */
static int sort_order(const struct vgic_irq *a, const struct vgic_irq *b)
{
	bool can_a, can_b;

	if (a->active || b->active)
		return (int)b->active - (int)a->active;
	can_a = a->enabled && a->pending;
	can_b = b->enabled && b->pending;
	if (!can_a || !can_b)
		return (int)can_b - (int)can_a;
	return (int)a->priority - (int)b->priority;
}

/* Both structs, both lines of each, and both irq_locks: @na's first. */
static int sort_cmp(struct sorter *s, struct aplist_node *na, struct aplist_node *nb)
{
	struct vgic_irq *a = aplist_irq_of(na), *b = aplist_irq_of(nb);
	int order;

	s->compares++;
	plat_lock(s->cpu, &a->irq_lock);
	plat_lock(s->cpu, &b->irq_lock);
	sort_work(s, s->g->insns->sort_cmp);
	aplist_rest_read(s->g, s->cpu, a, offsetof(struct vgic_irq, pending));
	aplist_rest_read(s->g, s->cpu, b, offsetof(struct vgic_irq, pending));
	order = sort_order(a, b);
	plat_unlock(s->cpu, &b->irq_lock);
	plat_unlock(s->cpu, &a->irq_lock);
	return order;
}

static void sort_link(struct sorter *s, struct aplist_node *tail, struct aplist_node *node)
{
	plat_write(s->cpu, &tail->next);
	tail->next = node;
}

/* Take the first of *@a and *@b (the older run is @a: it wins a tie) off its run. */
static struct aplist_node *sort_take(struct sorter *s, struct aplist_node **a,
				     struct aplist_node **b)
{
	struct aplist_node **from = sort_cmp(s, *a, *b) <= 0 ? a : b;
	struct aplist_node *node = *from;

	sort_work(s, s->g->insns->sort_merge);
	plat_read(s->cpu, &node->next);
	*from = node->next;
	return node;
}

/* Runs end in NULL; back links are not kept. */
static struct aplist_node *sort_merge(struct sorter *s, struct aplist_node *a,
				      struct aplist_node *b)
{
	struct aplist_node *first, *tail, *node;

	if (!a || !b)
		return a ? a : b;
	first = sort_take(s, &a, &b);
	for (tail = first; a && b; tail = node) {
		node = sort_take(s, &a, &b);
		sort_link(s, tail, node);
	}
	sort_link(s, tail, a ? a : b);
	return first;
}

static void sort_link_both(struct sorter *s, struct aplist_node *tail, struct aplist_node *node)
{
	sort_link(s, tail, node);
	plat_write(s->cpu, &node->prev);
	node->prev = tail;
}

/* The last merge, which makes a ring of it around @head again. */
static void sort_merge_last(struct sorter *s, struct aplist_node *head, struct aplist_node *a,
			    struct aplist_node *b)
{
	struct aplist_node *tail = head, *node;
	uint8_t rest = 0;

	while (a && b) {
		node = sort_take(s, &a, &b);
		sort_link_both(s, tail, node);
		tail = node;
	}
	for (node = a ? a : b; node; node = node->next) {
		if (++rest == 0 && !s->g->kernel->sort_guards_same)
			plat_deviation(s->cpu, "list_sort compares a node with itself: "
					       "the original locks up");
		sort_work(s, s->g->insns->sort_back);
		plat_read(s->cpu, &node->next);
		sort_link_both(s, tail, node);
		tail = node;
	}
	sort_link_both(s, tail, head);
}

unsigned int aplist_sort_bottom_up(struct aplist *g, struct plat_cpu *cpu, struct aplist_node *head)
{
	struct aplist_node *run[MAX_RUNS] = { NULL }, *node, *next, *list = NULL;
	struct sorter s = { .g = g, .cpu = cpu };
	unsigned int top = 0, i;

	sort_work(&s, g->insns->sort);
	if (head->next == head)
		return 0;
	for (node = head->next; node != head; node = next) {
		struct aplist_node *carry = node;

		sort_work(&s, g->insns->sort_node);
		plat_read(cpu, &node->next);
		next = node->next;
		sort_link(&s, node, NULL);
		for (i = 0; run[i] && i < MAX_RUNS - 1; i++) {
			carry = sort_merge(&s, run[i], carry);
			run[i] = NULL;
		}
		run[i] = i == MAX_RUNS - 1 ? sort_merge(&s, run[i], carry) : carry;
		if (i > top)
			top = i;
	}
	for (i = 0; i < top; i++)
		if (run[i])
			list = sort_merge(&s, run[i], list);
	sort_merge_last(&s, head, run[top], list);
	return s.compares;
}

/*
 * The runs so far, the youngest last: their sizes are powers of two that @count, the
 * number of nodes taken, determines. Before the next node comes, two runs of the same
 * size become one if the nodes behind them have grown to that size: those at the
 * lowest clear bit of @count, if there is a set one above it.
 */
static unsigned int sort_balance(struct sorter *s, struct aplist_node **run, unsigned int nr,
				 size_t count)
{
	unsigned int behind = (unsigned int)__builtin_ctzll(~(unsigned long long)count), at;

	if (!(count >> behind))
		return nr;
	at = nr - 1 - behind;
	run[at - 1] = sort_merge(s, run[at - 1], run[at]);
	plat_write(s->cpu, &run[at - 1]->prev);
	for (at++; at < nr; at++)
		run[at - 1] = run[at];
	return nr - 1;
}

unsigned int aplist_sort_balanced(struct aplist *g, struct plat_cpu *cpu, struct aplist_node *head)
{
	struct aplist_node *run[2 * MAX_RUNS], *node, *next, *list;
	struct sorter s = { .g = g, .cpu = cpu };
	unsigned int nr = 0;
	size_t count = 0;

	sort_work(&s, g->insns->sort);
	if (head->next == head || head->next == head->prev)
		return 0;
	for (node = head->next; node != head; node = next, count++) {
		sort_work(&s, g->insns->sort_node);
		nr = sort_balance(&s, run, nr, count);
		plat_read(cpu, &node->next);
		next = node->next;
		sort_link(&s, node, NULL);
		plat_write(cpu, &node->prev);
		run[nr++] = node;
	}
	for (list = run[--nr]; nr > 1; nr--)
		list = sort_merge(&s, run[nr - 1], list);
	sort_merge_last(&s, head, run[0], list);
	return s.compares;
}
