// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lock rules, checked on every acquisition of every run: order of classes,
 * nesting within a class, interrupts, nothing held where a CPU may go away. The
 * first breach ends the run; it is one as soon as both halves of it were seen, however
 * far apart, whether or not anybody had to wait.
 *
 * Interrupts: who takes a lock in an interrupt's handler may have interrupted a
 * holder. So a class that is taken in one (cpu_irq_enter(), or said to be, irq_safe) is
 * taken nowhere with interrupts on, nor held when they are turned on. And one that is
 * taken with interrupts on is taken nowhere inside such a class: its holder may be
 * interrupted by somebody who then waits for one who waits for him.
 *
 * Left out: read locks; what is taken with interrupts off by luck, not by rule.
 */
#include "internal.h"

int lock_class_find(struct machine *m, const struct plat_lock_class *class)
{
	unsigned int i;

	for (i = 0; i < m->nr_classes; i++) {
		if (m->classes[i].class == class)
			return (int)i;
	}
	if (i == MACHINE_MAX_CLASSES)
		return -1;
	m->classes[i].class = class;
	m->nr_classes++;
	return (int)i;
}

/* Is there a chain of "taken while held" from class @from to class @to? */
static bool lockdep_reaches(const struct machine *m, unsigned int from, unsigned int to)
{
	uint64_t seen = 0, todo = UINT64_C(1) << from;

	while (todo) {
		unsigned int c = (unsigned int)__builtin_ctzll(todo);

		todo &= todo - 1;
		seen |= UINT64_C(1) << c;
		if (m->classes[c].after >> to & 1)
			return true;
		todo |= m->classes[c].after & ~seen;
	}
	return false;
}

/* ---- interrupts --------------------------------------------------------- */

__attribute__((noreturn)) static void lockdep_both(struct plat_cpu *cpu,
						   const struct plat_lock_class *class,
						   const struct plat_site *on,
						   const struct plat_site *in, const char *how)
{
	if (!in)
		machine_fail(cpu, ERR_INVARIANT,
			     "lockdep: %s taken at %s:%d %s; it is declared to be taken in "
			     "interrupts too",
			     class->name, on->func, on->line, how);
	machine_fail(cpu, ERR_INVARIANT,
		     "lockdep: %s taken at %s:%d %s, and in an interrupt at %s:%d", class->name,
		     on->func, on->line, how, in->func, in->line);
}

/* A class that interrupts take, from which there is a chain to one that they may interrupt. */
static void lockdep_irq_chains(struct plat_cpu *cpu)
{
	struct machine *m = cpu->m;

	for (unsigned int a = 0; a < m->nr_classes; a++) {
		const struct lock_class_info *in = &m->classes[a];

		for (unsigned int b = 0; in->in_irq && b < m->nr_classes; b++) {
			const struct lock_class_info *on = &m->classes[b];
			unsigned int via = b;

			if (!on->irqs_on || !lockdep_reaches(m, a, b))
				continue;
			while (!(in->after >> via & 1)) /* the first step of the chain */
				for (via = 0; via < m->nr_classes; via++)
					if ((in->after >> via & 1) && lockdep_reaches(m, via, b))
						break;
			machine_fail(cpu, ERR_INVARIANT,
				     "lockdep: %s taken at %s:%d with interrupts on, and %s in an "
				     "interrupt at %s:%d, while holding which (taken at %s:%d) %s "
				     "was taken at %s:%d%s%s",
				     on->class->name, on->irqs_on->func, on->irqs_on->line,
				     in->class->name, in->in_irq->func, in->in_irq->line,
				     in->outer[via]->func, in->outer[via]->line,
				     m->classes[via].class->name, in->inner[via]->func,
				     in->inner[via]->line,
				     via == b ? "" : ", and inside it in turn ",
				     via == b ? "" : on->class->name);
		}
	}
}

/* The first acquisition of this lock in that way. */
static void lockdep_usage(struct plat_cpu *cpu, struct mlock *l, const struct plat_site *site)
{
	struct lock_class_info *info = &cpu->m->classes[l->class_id];

	l->news &= (uint8_t)~cpu->usage;
	if (cpu->usage == USED_IRQS_ON) {
		if (l->irq_safe || info->in_irq)
			lockdep_both(cpu, l->class, site, info->in_irq, "with interrupts on");
		if (info->irqs_on)
			return;
		info->irqs_on = site;
	} else {
		if (info->irqs_on)
			lockdep_both(cpu, l->class, info->irqs_on, site, "with interrupts on");
		if (info->in_irq)
			return;
		info->in_irq = site;
	}
	lockdep_irq_chains(cpu);
}

/* ---- order ----------------------------------------------------------------- */

__attribute__((noreturn)) static void lockdep_inversion(struct plat_cpu *cpu,
							const struct held_lock *held,
							const struct mlock *l,
							const struct plat_site *site)
{
	struct machine *m = cpu->m;
	unsigned int from = l->class_id, to = m->locks[held->lock].class_id, via = to;
	const struct lock_class_info *inner = &m->classes[from];

	/* The first step of the recorded chain; all of it when it is direct. */
	if (!(inner->after >> to & 1)) {
		for (via = 0; via < m->nr_classes; via++) {
			if ((inner->after >> via & 1) && lockdep_reaches(m, via, to))
				break;
		}
	}
	machine_fail(cpu, ERR_INVARIANT,
		     "lockdep: %s taken at %s:%d while holding %s taken at %s:%d, "
		     "but before %s was taken at %s:%d while holding %s taken at %s:%d%s%s",
		     l->class->name, site->func, site->line, m->classes[to].class->name,
		     held->ev.site->func, held->ev.site->line, m->classes[via].class->name,
		     inner->inner[via]->func, inner->inner[via]->line, l->class->name,
		     inner->outer[via]->func, inner->outer[via]->line,
		     via == to ? "" : ", and inside it in turn ",
		     via == to ? "" : m->classes[to].class->name);
}

static void lockdep_same_class(struct plat_cpu *cpu, const struct held_lock *held,
			       const struct mlock *l, const struct plat_site *site)
{
	const struct machine *m = cpu->m;
	const struct mlock *h = &m->locks[held->lock];

	switch (l->class->nest) {
	case PLAT_NEST_ASCENDING:
		if (h->instance < l->instance)
			return;
		break;
	case PLAT_NEST_UNDER:
		if (m->locks[cpu->held[0].lock].class != l->class)
			return;
		break;
	default:
		break;
	}
	machine_fail(cpu, ERR_INVARIANT,
		     "lockdep: %s (instance %u) taken at %s:%d while holding instance %u of it "
		     "taken at %s:%d%s",
		     l->class->name, l->instance, site->func, site->line, h->instance,
		     held->ev.site->func, held->ev.site->line,
		     l->class->nest == PLAT_NEST_ASCENDING ? ": the lower instance goes first"
		     : l->class->nest == PLAT_NEST_UNDER   ? ": only under an outer lock"
							   : "");
}

void lockdep_acquire(struct plat_cpu *cpu, uint32_t id, const struct plat_site *site)
{
	struct machine *m = cpu->m;
	struct mlock *l = &m->locks[id];
	uint64_t bit = UINT64_C(1) << l->class_id;
	bool new_order = false;

	if (cpu->nr_held == CPU_MAX_HELD)
		machine_fail(cpu, ERR_INVARIANT, "lockdep: %u locks held, %s would be one more",
			     cpu->nr_held, l->class->name);
	for (unsigned int i = 0; i < cpu->nr_held; i++) {
		const struct held_lock *held = &cpu->held[i];
		struct lock_class_info *outer = &m->classes[held->class_id];

		if (held->lock == id)
			machine_fail(cpu, ERR_INVARIANT,
				     "lockdep: %s (instance %u) taken at %s:%d is held already, "
				     "since %s:%d",
				     l->class->name, l->instance, site->func, site->line,
				     held->ev.site->func, held->ev.site->line);
		if (outer->class == l->class) {
			lockdep_same_class(cpu, held, l, site);
			continue;
		}
		if (likely(outer->after & bit))
			continue;
		if (lockdep_reaches(m, l->class_id, held->class_id))
			lockdep_inversion(cpu, held, l, site);
		outer->after |= bit;
		outer->outer[l->class_id] = held->ev.site;
		outer->inner[l->class_id] = site;
		new_order = true;
	}
	if (unlikely(l->news & cpu->usage))
		lockdep_usage(cpu, l, site);
	if (unlikely(new_order))
		lockdep_irq_chains(cpu);
}

void lockdep_irq_on(struct plat_cpu *cpu)
{
	for (unsigned int i = 0; i < cpu->nr_held; i++) {
		const struct held_lock *h = &cpu->held[i];
		const struct mlock *l = &cpu->m->locks[h->lock];
		struct lock_class_info *info = &cpu->m->classes[l->class_id];

		if (l->irq_safe || info->in_irq)
			lockdep_both(cpu, l->class, h->ev.site, info->in_irq,
				     "and held while interrupts are turned on");
		if (info->irqs_on)
			continue;
		info->irqs_on = h->ev.site;
		lockdep_irq_chains(cpu);
	}
}

void lockdep_none_held(struct plat_cpu *cpu, const char *where)
{
	const struct held_lock *h = &cpu->held[0];
	const struct mlock *l;

	if (likely(!cpu->nr_held))
		return;
	l = &cpu->m->locks[h->lock];
	machine_fail(cpu, ERR_INVARIANT,
		     "lockdep: %s (instance %u) taken at %s:%d is still held in %s", l->class->name,
		     l->instance, h->ev.site->func, h->ev.site->line, where);
}
