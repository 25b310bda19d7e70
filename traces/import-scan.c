// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * First pass over a recording: what is in it, and what it says about the
 * guest's GIC, its frames, its vCPUs and which threads they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gic.h"
#include "import-private.h"

/* ---- threads ------------------------------------------------------------ */

static uint32_t pid_hash(int pid)
{
	return (uint32_t)pid * 2654435761u;
}

struct imp_thread *threads_find(const struct imp_threads *t, int pid)
{
	if (!t->cap)
		return NULL;
	for (uint32_t h = pid_hash(pid) >> 8;; h++) {
		struct imp_thread *e = &t->v[h & (t->cap - 1)];

		if (e->pid == pid)
			return e;
		if (e->pid < 0)
			return NULL;
	}
}

static bool threads_grow(struct imp_threads *t)
{
	struct imp_threads bigger = { .cap = t->cap ? t->cap * 2 : 64 };

	bigger.v = malloc(bigger.cap * sizeof(*bigger.v));
	if (!bigger.v)
		return false;
	for (uint32_t i = 0; i < bigger.cap; i++)
		bigger.v[i].pid = -1;
	for (uint32_t i = 0; i < t->cap; i++) {
		uint32_t h = pid_hash(t->v[i].pid) >> 8;

		if (t->v[i].pid < 0)
			continue;
		while (bigger.v[h & (bigger.cap - 1)].pid >= 0)
			h++;
		bigger.v[h & (bigger.cap - 1)] = t->v[i];
	}
	bigger.nr = t->nr;
	free(t->v);
	*t = bigger;
	return true;
}

struct imp_thread *threads_get(struct imp_threads *t, int pid)
{
	struct imp_thread *e = threads_find(t, pid);
	uint32_t h = pid_hash(pid) >> 8;

	if (e || pid < 0)
		return e;
	if (t->nr * 2 >= t->cap && !threads_grow(t))
		return NULL;
	while (t->v[h & (t->cap - 1)].pid >= 0)
		h++;
	e = &t->v[h & (t->cap - 1)];
	*e = (struct imp_thread){ .pid = pid, .named_vcpu = -1, .vote = -1, .vcpu = -1 };
	t->nr++;
	return e;
}

void threads_free(struct imp_threads *t)
{
	free(t->v);
	*t = (struct imp_threads){ 0 };
}

/* QEMU says "CPU 3/KVM", kvmtool "kvm-vcpu-3". */
int threads_vcpu_of_name(const char *comm)
{
	int n, end = 0;

	if (sscanf(comm, "CPU %d/KVM%n", &n, &end) == 1 && end && !comm[end] && n >= 0)
		return n;
	if (sscanf(comm, "kvm-vcpu-%d%n", &n, &end) == 1 && end && !comm[end] && n >= 0)
		return n;
	return -1;
}

/* ---- evidence ----------------------------------------------------------- */

#define QEMU_GICD     0x08000000ull
#define QEMU_GICC     0x08010000ull
#define QEMU_ITS      0x08080000ull
#define QEMU_GICR     0x080a0000ull
#define QEMU_GICR_END 0x09000000ull
#define KVMTOOL_GICD  0x3fff0000ull
#define KVMTOOL_GICC  0x3ffd0000ull

void evidence_init(struct imp_evidence *e)
{
	*e = (struct imp_evidence){ .max_cpu = -1, .max_vcpu_said = -1 };
}

void evidence_free(struct imp_evidence *e)
{
	threads_free(&e->threads);
	ev_names_free(&e->names);
}

static void see_vcpu(struct imp_evidence *e, struct imp_thread *t, int vcpu)
{
	if (vcpu < 0 || vcpu >= TRACE_MAX_VCPUS)
		return;
	if (vcpu > e->max_vcpu_said)
		e->max_vcpu_said = vcpu;
	if (!t)
		return;
	t->nr_hints++;
	if (!t->votes)
		t->vote = vcpu;
	if (t->vote == vcpu)
		t->votes++;
	else
		t->votes--;
}

static void see_irq(struct imp_evidence *e, uint32_t irq)
{
	if (gic_is_spi(irq) && irq > e->max_spi)
		e->max_spi = irq;
	if (irq >= GIC_FIRST_LPI)
		e->lpis++;
}

static void see_gicd(struct imp_window_evidence *w, uint64_t off, const struct ev *ev)
{
	w->gicd++;
	if (ev->kind != EV_MMIO)
		return;
	if (ev->mmio.type == 2 && off == 0xf00)
		w->sgir_writes++;
	if (ev->mmio.type == 2 && off >= 0x800 && off < 0xc00)
		w->itargetsr_writes++;
	if (ev->mmio.type == 1 && off == 4) {
		w->typer = ev->mmio.val;
		w->has_typer = true;
	}
}

static void see_address(struct imp_evidence *e, uint64_t gpa, const struct ev *ev)
{
	struct imp_window_evidence *q = &e->at[MACHINE_QEMU_VIRT];
	struct imp_window_evidence *k = &e->at[MACHINE_KVMTOOL];

	for (uint32_t i = 0; i < e->nr_frames; i++) {
		const struct trace_frame *f = &e->frame[i];
		struct imp_window_evidence *w = &e->at[MACHINE_NONE];

		if (f->kind == FRAME_GICD && gpa - f->gpa < f->size)
			see_gicd(w, gpa - f->gpa, ev);
		else if (f->kind == FRAME_GICR && gpa - f->gpa < f->size)
			w->gicr++;
	}
	if (gpa >= QEMU_GICD && gpa < QEMU_GICC)
		see_gicd(q, gpa - QEMU_GICD, ev);
	else if (gpa >= QEMU_GICC && gpa < QEMU_GICC + 0x2000)
		q->gicc++;
	else if (gpa >= QEMU_ITS && gpa < QEMU_GICR)
		q->its++;
	else if (gpa >= QEMU_GICR && gpa < QEMU_GICR_END)
		q->gicr++;
	else if (gpa >= KVMTOOL_GICD && gpa < KVMTOOL_GICD + 0x10000)
		see_gicd(k, gpa - KVMTOOL_GICD, ev);
	else if (gpa >= KVMTOOL_GICC && gpa < KVMTOOL_GICC + 0x2000)
		k->gicc++;
	else if (gpa >= 0x3f000000ull && gpa < KVMTOOL_GICD)
		k->gicr++;
}

/*
 * A GICv3 list register in use has its state, and group 1, above bit 32; a
 * GICv2 one has its state in bits 29:28. Stale words without a state tell
 * nothing.
 */
static void see_lrs(struct imp_evidence *e, const struct ev_lrs *l)
{
	if (l->has_model) {
		e->model_v2 += l->model == 5;
		e->model_v3 += l->model == 7;
	}
	for (int i = 0; i < l->nr; i++) {
		uint64_t w = l->lr[i];

		if (w >> 32) {
			e->lrs_v3++;
			see_irq(e, (uint32_t)w);
		} else if ((w & (GICH_LR_PENDING | GICH_LR_ACTIVE)) && !e->model_v3) {
			e->lrs_v2++;
			see_irq(e, w & GICH_LR_VIRTID);
		}
	}
}

static void see_thread(struct imp_evidence *e, struct imp_thread *t, const struct ev *ev)
{
	int n;

	if (!ev->comm || !strcmp(t->comm, ev->comm))
		return;
	/* a later "<...>" or a name from before a fork says nothing */
	n = threads_vcpu_of_name(ev->comm);
	if (!t->comm[0] || n >= 0)
		snprintf(t->comm, sizeof(t->comm), "%s", ev->comm);
	if (n < 0 || t->named_vcpu == n)
		return;
	t->named_vcpu = n;
	if (!strncmp(ev->comm, "CPU", 3))
		e->qemu_names++;
	else
		e->kvmtool_names++;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

static void see_time(struct imp_evidence *e, const struct ev *ev)
{
	if (!e->nr_events)
		e->first_ns = ev->ns;
	else if (e->gcd_ns != 1)
		e->gcd_ns = gcd(ev->ns - e->first_ns, e->gcd_ns);
	e->last_ns = ev->ns;
}

int evidence_event(void *arg, const struct ev *ev, struct err *err)
{
	struct imp_evidence *e = arg;
	struct imp_thread *t;

	if (ev->kind == EV_LOST) {
		e->lost_places++;
		e->lost_events += ev->lost.n;
		e->lost_uncounted += !ev->lost.n;
		return 0;
	}
	t = threads_get(&e->threads, ev->pid);
	if (!t)
		return ev->pid < 0 ? 0 : err_set(err, ERR_NOMEM, "out of memory");
	see_time(e, ev);
	e->nr_events++;
	e->kinds[ev->kind]++;
	e->names.v[ev->name].n++;
	if (ev->cpu > e->max_cpu)
		e->max_cpu = ev->cpu;
	see_thread(e, t, ev);

	switch (ev->kind) {
	case EV_ENTRY:
	case EV_EXIT:
		if (!t->nr_entries && !t->nr_exits)
			t->order = e->nr_events;
		t->nr_entries += ev->kind == EV_ENTRY;
		t->nr_exits += ev->kind == EV_EXIT;
		break;
	case EV_MMIO:
		e->nr_mmio++;
		see_address(e, ev->mmio.gpa, ev);
		break;
	case EV_FAULT:
		see_address(e, ev->fault.ipa, ev);
		break;
	case EV_SYS_ACCESS:
	case EV_HANDLE_SYS_REG:
		/* ICC_* are op0 3, CRn 12 (and ICC_PMR_EL1 at CRn 4, CRm 6) */
		e->icc_accesses += (ev->sysreg.reg >> 14) == 3 &&
				   ((ev->sysreg.reg >> 7) & 15) == 12 &&
				   ((ev->sysreg.reg >> 3) & 15) >= 8;
		break;
	case EV_SGI_V3:
		see_vcpu(e, t, ev->sgi.vcpu);
		break;
	case EV_VGIC_UPDATE:
		t->nr_injections++;
		see_irq(e, ev->line.irq);
		if (gic_is_private(ev->line.irq))
			see_vcpu(e, NULL, ev->line.vcpu);
		break;
	case EV_TIMER_UPDATE:
		see_vcpu(e, t, ev->line.vcpu);
		break;
	case EV_IRQ_LINE:
		see_irq(e, ev->line.irq);
		break;
	case EV_ITS_CACHED:
	case EV_ITS_INJECT:
		t->nr_injections++;
		e->lpis++;
		break;
	case EV_QUEUE:
		see_irq(e, ev->queue.irq);
		break;
	case EV_ENTRY_LRS:
	case EV_EXIT_LRS:
	case EV_VGIC_LRS:
		see_vcpu(e, t, ev->lrs.vcpu);
		see_lrs(e, &ev->lrs);
		break;
	case EV_VCPU_HINT:
		see_vcpu(e, t, ev->hint.vcpu);
		break;
	case EV_SCHED_SWITCH:
		t = threads_get(&e->threads, ev->sched.next);
		if (t)
			see_thread(e, t, &(struct ev){ .comm = ev->sched.next_comm });
		break;
	default:
		break;
	}
	return 0;
}
