// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which thread is which vCPU, and what the header of the trace says: GIC,
 * frames, numbers of vCPUs, CPUs and interrupts. Options win over evidence;
 * evidence that disagrees with what was taken is a warning; where there is
 * neither, an error says what was looked for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gic.h"
#include "import-private.h"
#include "units.h"
#include "vgic-state.h"

/* of every guest of QEMU's virt machine */
#define QEMU_VIRT_SPIS 256

/* ---- vCPUs -------------------------------------------------------------- */

static int apply_map(struct imp_evidence *e, const char *map, struct err *err)
{
	const char *p = map;

	while (*p) {
		char *end;
		unsigned long tid = strtoul(p, &end, 10), vcpu;
		struct imp_thread *t;

		if (end == p || *end != '=' || tid > INT32_MAX)
			return err_set(err, ERR_USAGE,
				       "--vcpu-map: want \"tid=vcpu,…\", have \"%s\"", map);
		p = end + 1;
		vcpu = strtoul(p, &end, 10);
		if (end == p || (*end && *end != ',') || vcpu >= TRACE_MAX_VCPUS)
			return err_set(err, ERR_USAGE,
				       "--vcpu-map: want \"tid=vcpu,…\", have \"%s\"", map);
		t = threads_get(&e->threads, (int)tid);
		if (!t)
			return err_set(err, ERR_NOMEM, "out of memory");
		t->vcpu = (int)vcpu;
		t->source = MAP_OPTION;
		p = end + (*end == ',');
	}
	return 0;
}

static int by_order(const void *a, const void *b)
{
	const struct imp_thread *const *x = a, *const *y = b;

	if ((*x)->order != (*y)->order)
		return (*x)->order < (*y)->order ? -1 : 1;
	return (*x)->pid - (*y)->pid;
}

/* The threads that matter, in order of their first entry or exit, then by number. */
static struct imp_thread **ordered(struct imp_threads *t, size_t *nr)
{
	struct imp_thread **v = malloc((t->nr + 1) * sizeof(struct imp_thread *));

	*nr = 0;
	for (uint32_t i = 0; v && i < t->cap; i++)
		if (t->v[i].pid >= 0)
			v[(*nr)++] = &t->v[i];
	if (v)
		qsort(v, *nr, sizeof(*v), by_order);
	return v;
}

static bool is_vcpu_thread(const struct imp_thread *t)
{
	return t->nr_entries || t->nr_exits || t->named_vcpu >= 0;
}

static int clash(struct imp_thread *const *v, size_t i, const char *file, struct err *err)
{
	for (size_t j = 0; j < i; j++)
		if (v[j]->vcpu == v[i]->vcpu)
			return err_set(
				err, ERR_USAGE,
				"%s: threads %d and %d both say that they are vCPU %d (two "
				"VMs in one recording?): give --vcpu-map tid=vcpu,… for one VM",
				file, v[j]->pid, v[i]->pid, v[i]->vcpu);
	return 0;
}

static void guess(struct imp_thread **v, size_t nr, struct imp_thread *t,
		  struct import_summary *sum)
{
	int k = 0;

	for (size_t j = 0; j < nr; j++) {
		if (v[j]->vcpu == k) {
			k++;
			j = (size_t)-1;
		}
	}
	t->vcpu = k;
	t->source = MAP_GUESSED;
	note(&sum->warnings,
	     "GUESSED: thread %d (\"%s\") is vCPU %d, by its order of appearance only: nothing in "
	     "the recording says it; --vcpu-map %d=N overrides",
	     t->pid, t->comm, k, t->pid);
}

static void say_sources(struct imp_thread *const *v, size_t nr, struct import_summary *sum)
{
	unsigned int n[MAP_GUESSED + 1] = { 0 };

	for (size_t i = 0; i < nr; i++) {
		n[v[i]->source]++;
		if (v[i]->source == MAP_OPTION && !v[i]->nr_entries && !v[i]->nr_exits)
			note(&sum->warnings,
			     "--vcpu-map: thread %d, said to be vCPU %d, never enters the guest "
			     "in this recording",
			     v[i]->pid, v[i]->vcpu);
	}
	if (n[MAP_OPTION])
		note(&sum->inferred, "%u vCPUs by --vcpu-map", n[MAP_OPTION]);
	if (n[MAP_NAME])
		note(&sum->inferred, "%u vCPUs by the names of their threads", n[MAP_NAME]);
	if (n[MAP_LEARNED])
		note(&sum->inferred,
		     "%u vCPUs by the vCPU numbers in other events of the same thread",
		     n[MAP_LEARNED]);
}

int vcpus_assign(struct imp_evidence *e, const struct import_options *opt, const char *file,
		 struct import_summary *sum, struct err *err)
{
	struct imp_thread **v;
	size_t nr;
	int rc = 0;

	if (opt->vcpu_map && apply_map(e, opt->vcpu_map, err))
		return err->code;
	v = ordered(&e->threads, &nr);
	if (!v)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < nr; i++) {
		struct imp_thread *t = v[i];

		if (t->vcpu >= 0 || !is_vcpu_thread(t))
			continue;
		if (opt->vcpu_map && t->named_vcpu < 0 && !t->votes)
			continue;
		if (t->named_vcpu >= 0) {
			t->vcpu = t->named_vcpu;
			t->source = MAP_NAME;
			if (t->votes && t->vote != t->vcpu)
				note(&sum->warnings,
				     "thread %d is called \"%s\", but its events say vCPU %d: the "
				     "name was believed",
				     t->pid, t->comm, t->vote);
		} else if (t->votes) {
			t->vcpu = t->vote;
			t->source = MAP_LEARNED;
		}
		/* a map for one VM leaves out the others' threads */
		for (size_t j = 0; j < nr && opt->vcpu_map; j++)
			if (v[j]->source == MAP_OPTION && v[j]->vcpu == t->vcpu) {
				t->vcpu = -1;
				t->source = MAP_NONE;
				break;
			}
	}
	for (size_t i = 0; i < nr && !rc; i++)
		if (v[i]->vcpu >= 0)
			rc = clash(v, i, file, err);
	for (size_t i = 0; i < nr && !rc; i++)
		if (v[i]->vcpu < 0 && is_vcpu_thread(v[i]) && !opt->vcpu_map)
			guess(v, nr, v[i], sum);
	say_sources(v, nr, sum);
	free(v);
	return rc;
}

/* ---- machine and GIC ---------------------------------------------------- */

const char *machine_name(enum imp_machine m)
{
	static const char *const names[] = { "none", "qemu-virt", "kvmtool" };

	return names[m];
}

uint32_t machine_frames(enum imp_machine m, uint32_t gic, uint32_t nr_vcpus, bool its,
			struct trace_frame *f)
{
	/*
	 * kvmtool places the distributor below 1 GiB, and below it either
	 * the CPU interface or one redistributor per vCPU and then the ITS
	 * (its arm/gic.c, from knowledge, not from a recording).
	 */
	uint64_t gicd = m == MACHINE_KVMTOOL ? 0x3fff0000 : 0x08000000;
	uint64_t gicr = m == MACHINE_KVMTOOL ? gicd - nr_vcpus * 0x20000ull : 0x080a0000;
	uint32_t n = 0;

	if (m == MACHINE_NONE)
		return 0;
	f[n++] = (struct trace_frame){ FRAME_GICD, gicd, gic == 2 ? 0x1000 : 0x10000 };
	if (gic == 2) {
		uint64_t gicc = m == MACHINE_KVMTOOL ? 0x3ffd0000 : 0x08010000;

		f[n++] = (struct trace_frame){ FRAME_GICC, gicc, 0x2000 };
		return n;
	}
	f[n++] = (struct trace_frame){ FRAME_GICR, gicr, 0x20000 };
	if (its) {
		uint64_t base = m == MACHINE_KVMTOOL ? gicr - 0x20000 : 0x08080000;

		f[n++] = (struct trace_frame){ FRAME_ITS, base, 0x20000 };
	}
	return n;
}

static uint64_t window_hits(const struct imp_window_evidence *w)
{
	return w->gicd + w->gicc + w->gicr + w->its;
}

static int pick_machine(enum imp_machine *m, const struct imp_evidence *e,
			const struct import_options *opt, const char *file,
			struct import_summary *sum, struct err *err)
{
	uint64_t qemu = window_hits(&e->at[MACHINE_QEMU_VIRT]);
	uint64_t tool = window_hits(&e->at[MACHINE_KVMTOOL]);

	*m = MACHINE_NONE;
	if (opt->machine) {
		for (int i = 1; i < MACHINE_NR; i++)
			if (!strcmp(opt->machine, machine_name((enum imp_machine)i)))
				*m = (enum imp_machine)i;
		if (*m == MACHINE_NONE)
			return err_set(err, ERR_USAGE,
				       "--machine: want qemu-virt or kvmtool, have \"%s\"",
				       opt->machine);
		if ((*m == MACHINE_QEMU_VIRT && tool > qemu) ||
		    (*m == MACHINE_KVMTOOL && qemu > tool))
			note(&sum->warnings,
			     "the recording has accesses where %s has its GIC, not %s",
			     machine_name(tool > qemu ? MACHINE_KVMTOOL : MACHINE_QEMU_VIRT),
			     machine_name(*m));
		return 0;
	}
	for (uint32_t i = 0; i < opt->nr_frames; i++)
		if (opt->frame[i].kind == FRAME_GICD)
			return 0;
	if (qemu || tool) {
		*m = qemu >= tool ? MACHINE_QEMU_VIRT : MACHINE_KVMTOOL;
		note(&sum->inferred, "GIC frames are those of %s: %llu accesses and faults there",
		     machine_name(*m), (unsigned long long)(qemu >= tool ? qemu : tool));
	} else if (e->qemu_names || e->kvmtool_names) {
		*m = e->qemu_names ? MACHINE_QEMU_VIRT : MACHINE_KVMTOOL;
		note(&sum->inferred,
		     "GIC frames are those of %s: no access to any was recorded, but the vCPUs' "
		     "threads are named as %s names them",
		     machine_name(*m), e->qemu_names ? "QEMU" : "kvmtool");
	} else {
		return err_set(
			err, ERR_USAGE,
			"%s: cannot tell where the GIC's frames are: want accesses or faults "
			"at 0x08000000 (qemu-virt) or 0x3fff0000 (kvmtool), or threads named "
			"\"CPU n/KVM\", have none; give --machine qemu-virt|kvmtool or "
			"--frame gicd=ADDR,SIZE …",
			file);
	}
	if (*m == MACHINE_KVMTOOL)
		note(&sum->inferred,
		     "kvmtool's frame addresses are from knowledge of its layout, not recorded");
	return 0;
}

struct opinion {
	uint64_t v2, v3;
	const char *what;
};

/*
 * What the user says against recorded list registers, which mean nothing in
 * the other's form: then the option is to blame, and not the trace that cannot
 * be written by it.
 */
static int check_told_gic(uint32_t told, bool by_option, const struct opinion *model,
			  const struct opinion *lrs, const struct import_options *opt,
			  const char *file, struct err *err)
{
	const struct opinion *against = model->v2 || model->v3 ? model : lrs;

	if (told == 2 ? against->v2 || !against->v3 : against->v3 || !against->v2)
		return 0;
	return err_set(err, ERR_USAGE,
		       "%s: GIC: want that of %s, which is GICv%d by %s (%llu times), have v%u",
		       by_option ? "--gic" : opt->vgic_state, file, told == 2 ? 3 : 2,
		       against->what, (unsigned long long)(against->v2 + against->v3), told);
}

/* The strongest evidence decides; weaker that disagrees is a warning. */
static int pick_gic(struct trace_meta *meta, enum imp_machine m, const struct imp_evidence *e,
		    const struct vgic_state *state, const struct import_options *opt,
		    const char *file, struct import_summary *sum, struct err *err)
{
	const struct imp_window_evidence *w = &e->at[m];
	const struct opinion o[] = {
		{ opt->gic == 2, opt->gic == 3, "option --gic" },
		{ state && state->gic == 2, state && state->gic == 3, "vgic-state's vgic_model" },
		{ e->model_v2, e->model_v3, "the model in kvm_vgic_lrs" },
		{ 0, e->kinds[EV_SGI_V3], "the probe sgi_v3" },
		{ 0, e->icc_accesses, "traps of ICC_* registers" },
		{ e->lrs_v2, e->lrs_v3, "the size of list registers" },
		{ 0, w->gicr, "accesses to redistributors" },
		{ w->sgir_writes + w->itargetsr_writes, 0, "writes to GICD_SGIR and ITARGETSR" },
		{ w->gicc, 0, "faults on the GICv2 CPU interface" },
	};
	const struct opinion *by = NULL;

	for (size_t i = 0; i < sizeof(o) / sizeof(o[0]); i++) {
		if (!o[i].v2 && !o[i].v3)
			continue;
		if (!by) {
			by = &o[i];
			meta->gic = by->v2 > by->v3 ? 2 : 3;
		} else if ((meta->gic == 2 && o[i].v3 > o[i].v2) ||
			   (meta->gic == 3 && o[i].v2 > o[i].v3)) {
			note(&sum->warnings, "%s says GICv%d, but %s says GICv%d (%llu times)",
			     by->what, (int)meta->gic, o[i].what, meta->gic == 2 ? 3 : 2,
			     (unsigned long long)(o[i].v2 + o[i].v3));
		}
	}
	if (!by)
		return err_set(err, ERR_USAGE,
			       "%s: cannot tell GICv2 from GICv3: want a vgic-state file, list "
			       "registers, the probe sgi_v3, traps of ICC_* registers, or accesses "
			       "to redistributors, GICD_SGIR or GICD_ITARGETSR, have none; give "
			       "--gic v2|v3 or --vgic-state FILE",
			       file);
	if ((by == &o[0] || by == &o[1]) &&
	    check_told_gic(meta->gic, by == &o[0], &o[2], &o[5], opt, file, err))
		return err->code;
	if (by != &o[0])
		note(&sum->inferred, "GICv%u by %s", (unsigned int)meta->gic, by->what);
	return 0;
}

/* ---- numbers ------------------------------------------------------------ */

static int pick_vcpus(struct trace_meta *meta, const struct imp_evidence *e,
		      const struct vgic_state *state, const struct import_options *opt,
		      const char *file, struct import_summary *sum, struct err *err)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->threads.cap; i++) {
		const struct imp_thread *t = &e->threads.v[i];

		if (t->pid >= 0 && t->vcpu >= 0 && (uint32_t)t->vcpu >= n)
			n = (uint32_t)t->vcpu + 1;
	}
	if (!opt->vcpu_map && e->max_vcpu_said >= 0 && (uint32_t)e->max_vcpu_said >= n)
		n = (uint32_t)e->max_vcpu_said + 1;
	meta->nr_vcpus = n;
	if (opt->nr_vcpus) {
		meta->nr_vcpus = opt->nr_vcpus;
	} else if (state) {
		meta->nr_vcpus = state->nr_vcpus;
		if (n > state->nr_vcpus) {
			note(&sum->warnings, "vgic-state has %u vCPUs, the recording %u: taken %u",
			     state->nr_vcpus, n, n);
			meta->nr_vcpus = n;
		}
	}
	if (!n)
		return err_set(err, ERR_INPUT,
			       "%s: want events of vCPUs (kvm_entry, kvm_exit, or threads named "
			       "\"CPU n/KVM\"), have none in %llu events",
			       file, (unsigned long long)e->nr_events);
	if (meta->nr_vcpus < n)
		return err_set(err, ERR_USAGE, "%s: want --vcpus of at least %u, have %u", file, n,
			       meta->nr_vcpus);
	if (meta->nr_vcpus > TRACE_MAX_VCPUS ||
	    (meta->gic == 2 && meta->nr_vcpus > GICV2_MAX_VCPUS))
		return err_set(err, ERR_USAGE, "%s: want at most %d vCPUs with a GICv%u, have %u",
			       file, meta->gic == 2 ? GICV2_MAX_VCPUS : TRACE_MAX_VCPUS, meta->gic,
			       meta->nr_vcpus);
	return 0;
}

static int pick_spis(struct trace_meta *meta, enum imp_machine m, const struct imp_evidence *e,
		     const struct vgic_state *state, const struct import_options *opt,
		     const char *file, struct import_summary *sum, struct err *err)
{
	const struct imp_window_evidence *w = &e->at[m];
	const uint32_t most = GIC_LAST_SPI + 1 - GIC_FIRST_SPI;
	uint32_t typer = 0;

	if (w->has_typer) {
		typer = 32 * ((uint32_t)(w->typer & 31) + 1) - 32;
		if (typer > most)
			typer = most;
	}
	if (opt->nr_spis) {
		meta->nr_spis = opt->nr_spis;
	} else if (state) {
		meta->nr_spis = state->nr_spis;
	} else if (typer) {
		meta->nr_spis = typer;
		note(&sum->inferred, "%u SPIs by the guest's read of GICD_TYPER", typer);
	} else if (m == MACHINE_QEMU_VIRT && e->max_spi < 32 + QEMU_VIRT_SPIS) {
		meta->nr_spis = QEMU_VIRT_SPIS;
		note(&sum->inferred,
		     "%d SPIs: nothing says how many there are, and QEMU's virt "
		     "machine gives every guest so many",
		     QEMU_VIRT_SPIS);
	} else {
		meta->nr_spis = e->max_spi ? e->max_spi / 32 * 32 : 32;
		if (meta->nr_spis > most)
			meta->nr_spis = most;
		note(&sum->inferred,
		     "%u SPIs: nothing says how many there are; highest INTID seen is %u, rounded "
		     "up to a multiple of 32",
		     meta->nr_spis, e->max_spi ? e->max_spi : 31);
	}
	if (typer && typer < meta->nr_spis)
		note(&sum->warnings, "GICD_TYPER says %u SPIs, taken %u", typer, meta->nr_spis);
	if (meta->nr_spis > most || e->max_spi >= 32 + meta->nr_spis)
		return err_set(err, ERR_USAGE,
			       "%s: want %u to %u SPIs (INTID %u was seen), have %u", file,
			       e->max_spi ? e->max_spi - 31 : 0, most, e->max_spi, meta->nr_spis);
	return 0;
}

static int pick_frames(struct trace_meta *meta, enum imp_machine m, const struct imp_evidence *e,
		       const struct vgic_state *state, const struct import_options *opt,
		       struct import_summary *sum)
{
	bool its = e->lpis || e->at[m].its || (state && state->nr_lpis);
	struct trace_frame f[4];
	uint32_t n = machine_frames(m, meta->gic, meta->nr_vcpus, its, f);

	for (uint32_t i = 0; i < opt->nr_frames; i++)
		meta->frame[meta->nr_frames++] = opt->frame[i];
	for (uint32_t i = 0; i < n; i++) {
		bool given = false;

		for (uint32_t j = 0; j < opt->nr_frames; j++)
			given |= opt->frame[j].kind == f[i].kind;
		if (!given && meta->nr_frames < TRACE_MAX_FRAMES)
			meta->frame[meta->nr_frames++] = f[i];
	}
	if (m == MACHINE_NONE && !e->at[MACHINE_NONE].gicd && e->nr_mmio)
		note(&sum->warnings, "no access was recorded in the gicd frame that was given");
	return 0;
}

/*
 * What other readers of the trace want to know about the recording. Must
 * not depend on whether it came as trace.dat or as text.
 */
static void default_source(struct trace_meta *meta, const struct imp_evidence *e)
{
	const uint64_t *k = e->kinds;
	bool lrs = k[EV_ENTRY_LRS] || k[EV_EXIT_LRS] || k[EV_VGIC_LRS];

	snprintf(meta->source, sizeof(meta->source),
		 "recorder=ftrace exit-time=%s sgi-values=%s lrs=%s msi=%s host-irqs=%s ipis=%s "
		 "sched=%s",
		 k[EV_CLEAR_DEBUG] && !k[EV_VGIC_LRS] ? "guest-leave" : "first-event",
		 k[EV_SGI_V3] || meta->gic == 2 ? "yes" : "no", lrs ? "yes" : "no",
		 k[EV_ITS_CACHED] || k[EV_ITS_INJECT] ? "yes" : "no",
		 k[EV_IRQ_ENTRY] ? "yes" : "no", k[EV_IPI_ENTRY] ? "yes" : "no",
		 k[EV_SCHED_SWITCH] ? "yes" : "no");
}

int meta_infer(struct trace_meta *meta, const struct imp_evidence *e,
	       const struct vgic_state *state, const struct import_options *opt, const char *file,
	       struct import_summary *sum, struct err *err)
{
	enum imp_machine m;
	int rc;

	*meta = (struct trace_meta){ 0 };
	rc = pick_machine(&m, e, opt, file, sum, err);
	rc = rc ? rc : pick_gic(meta, m, e, state, opt, file, sum, err);
	rc = rc ? rc : pick_vcpus(meta, e, state, opt, file, sum, err);
	rc = rc ? rc : pick_spis(meta, m, e, state, opt, file, sum, err);
	rc = rc ? rc : pick_frames(meta, m, e, state, opt, sum);
	if (rc)
		return rc;
	meta->nr_pcpus = e->info.nr_cpus;
	if (meta->nr_pcpus <= (uint32_t)e->max_cpu || meta->nr_pcpus > INT16_MAX)
		meta->nr_pcpus = (uint32_t)e->max_cpu + 1;
	/* a common divisor of all times is the clock's step, unless it is 1 */
	if (e->gcd_ns > 1 && e->gcd_ns <= 1000000)
		meta->resolution_ps = (uint32_t)(e->gcd_ns * 1000);
	if (opt->source)
		snprintf(meta->source, sizeof(meta->source), "%s", opt->source);
	else
		default_source(meta, e);
	return 0;
}

int import_parse_frame(struct import_options *opt, const char *s, struct err *err)
{
	const char *eq = strchr(s, '='), *comma = eq ? strchr(eq, ',') : NULL;
	struct trace_frame f = { .kind = FRAME_NR_KINDS };
	char addr[32];

	for (unsigned int k = 0; eq && k < FRAME_NR_KINDS; k++)
		if (strlen(frame_kind_name(k)) == (size_t)(eq - s) &&
		    !memcmp(frame_kind_name(k), s, (size_t)(eq - s)))
			f.kind = (enum frame_kind)k;
	if (f.kind == FRAME_NR_KINDS || !comma || (size_t)(comma - eq) > sizeof(addr))
		return err_set(err, ERR_USAGE, "want gicd|gicc|gicr|its=ADDRESS,SIZE, have \"%s\"",
			       s);
	memcpy(addr, eq + 1, (size_t)(comma - eq - 1));
	addr[comma - eq - 1] = '\0';
	if (!units_parse_u64(addr, &f.gpa) || !units_parse_u64(comma + 1, &f.size) || !f.size ||
	    f.gpa + f.size < f.gpa)
		return err_set(err, ERR_USAGE, "want an address and a size, have \"%s\"", s);
	if (opt->nr_frames == TRACE_MAX_FRAMES)
		return err_set(err, ERR_USAGE, "want at most %d", TRACE_MAX_FRAMES);
	opt->frame[opt->nr_frames++] = f;
	return 0;
}
