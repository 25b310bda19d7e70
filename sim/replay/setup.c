/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The distributor's state when the trace begins, and the list of what in a
 * run is recorded, modelled, inferred or left out.
 *
 * State events say the state outright. Without them: a trace in whose first
 * window the guest switches GICD_CTLR on (and does not read it as on before)
 * begins at reset; any other begins in mid-life, where the distributor is
 * taken to be on, every interrupt to be enabled at priority 0xa0, SGIs edge,
 * PPIs level, an SPI level if some injection lowers it, else edge, and every SPI
 * routed to vCPU 0 until the recording routes it elsewhere.
 */
#include "setup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

__attribute__((format(printf, 3, 4))) static void note(struct replay_result *res, uint64_t count,
						       const char *fmt, ...)
{
	va_list ap;

	if (res->nr_notes == REPLAY_MAX_NOTES || !count)
		return;
	va_start(ap, fmt);
	vsnprintf(res->note[res->nr_notes].what, sizeof(res->note[0].what), fmt, ap);
	va_end(ap);
	res->note[res->nr_notes++].count = count;
}

static struct vgic_frames frames_of(const struct trace_meta *meta)
{
	struct vgic_frames f = { 0 };

	for (uint32_t i = 0; i < meta->nr_frames; i++) {
		const struct trace_frame *fr = &meta->frame[i];

		if (fr->kind == FRAME_GICD && !f.gicd_size) {
			f.gicd = fr->gpa;
			f.gicd_size = fr->size;
		} else if (fr->kind == FRAME_GICR && !f.gicr_size) {
			f.gicr = fr->gpa;
			f.gicr_size = fr->size;
		} else if (fr->kind == FRAME_ITS && !f.its_size) {
			f.its = fr->gpa;
			f.its_size = fr->size;
		}
	}
	return f;
}

void setup_config(struct vgic_config *config, const struct trace_meta *meta,
		  const struct host *host, unsigned int nr_lrs)
{
	*config = (struct vgic_config){
		.gic = meta->gic,
		.nr_vcpus = meta->nr_vcpus,
		/* KVM hands out interrupt numbers in steps of 32, 64 at least. */
		.nr_irqs = (32 + meta->nr_spis + 31) / 32 * 32,
		.nr_lrs = nr_lrs,
		.nr_apr_bits = (unsigned int)host->c[HK_PRI_BITS].count,
		.frames = frames_of(meta),
		.timer_ppi = TIMER_PPI,
		.timer_hw_irq = TIMER_PPI,
		.vhe = host->c[HK_VHE].count,
	};
	if (config->nr_irqs < 64)
		config->nr_irqs = 64;
}

void setup_recorded_state(const struct trace_rec *rec, struct vgic_irq_state *st)
{
	*st = (struct vgic_irq_state){
		.irq = rec->d.state.irq,
		.vcpu = rec->d.state.vcpu,
		.target = rec->d.state.target,
		.enabled = rec->d.state.enabled,
		.pending = rec->d.state.pending,
		.line = rec->d.state.line,
		.active = rec->d.state.active,
		.edge = rec->d.state.edge,
		.prio = rec->d.state.prio,
		.group = rec->d.state.group,
	};
}

static void state_from_events(const struct vgic_design *design, void *vgic,
			      const struct vgic_config *config, const struct stream_head *h)
{
	for (unsigned int i = 0; i < h->nr_states; i++) {
		struct vgic_irq_state st;

		setup_recorded_state(&h->state[i], &st);
		/* LPIs are left out; the reader has checked the rest. */
		if (st.irq < config->nr_irqs && st.vcpu < config->nr_vcpus)
			design->set_state(vgic, &st);
	}
}

void setup_default_state(const struct vgic_config *config, const struct stream_head *h,
			 uint32_t vcpu, uint32_t irq, struct vgic_irq_state *st)
{
	*st = (struct vgic_irq_state){
		.irq = irq,
		.enabled = true,
		.prio = 0xa0,
		.group = config->gic == 3,
	};
	if (gic_is_private(irq)) {
		st->vcpu = st->target = vcpu;
		st->edge = gic_is_sgi(irq);
	} else {
		st->edge = !(h->spi_lowered[irq / 8] >> irq % 8 & 1);
	}
}

static void state_inferred(const struct vgic_design *design, void *vgic,
			   const struct vgic_config *config, const struct stream_head *h)
{
	struct vgic_irq_state st;
	uint32_t irq;

	for (uint32_t v = 0; v < config->nr_vcpus; v++) {
		for (irq = 0; irq < GIC_NR_PRIVATE; irq++) {
			setup_default_state(config, h, v, irq, &st);
			design->set_state(vgic, &st);
		}
	}
	for (irq = GIC_FIRST_SPI; irq < config->nr_irqs; irq++) {
		setup_default_state(config, h, 0, irq, &st);
		design->set_state(vgic, &st);
	}
}

enum setup_state setup_state(const struct vgic_design *design, void *vgic,
			     const struct vgic_config *config, const struct stream_head *h)
{
	if (h->nr_states) {
		state_from_events(design, vgic, config, h);
		design->set_enabled(vgic, true);
		return SETUP_EVENTS;
	}
	if (h->enables_gicd && !h->sees_gicd_on)
		return SETUP_BOOTS;
	state_inferred(design, vgic, config, h);
	design->set_enabled(vgic, true);
	return SETUP_INFERRED;
}

/* Levels of the PPI lines, as the replay follows them. */
static void lines_from_events(struct run *r, const struct stream_head *h)
{
	for (unsigned int i = 0; i < h->nr_states; i++) {
		const struct trace_rec *rec = &h->state[i];

		if (gic_is_private(rec->d.state.irq) && rec->d.state.vcpu < r->nr_vcpus)
			r->vcpu[rec->d.state.vcpu].line[rec->d.state.irq] = rec->d.state.line;
	}
}

int run_set_state(struct run *r, struct replay_result *res, struct err *err)
{
	const struct stream_head *h = stream_head(r->stream);

	lines_from_events(r, h);
	if (setup_state(r->design, r->vgic, &r->config, h) == SETUP_INFERRED)
		note(res,
		     (uint64_t)r->nr_vcpus * GIC_NR_PRIVATE + r->config.nr_irqs - GIC_NR_PRIVATE,
		     "interrupts whose state at the beginning was inferred (no state events: "
		     "enabled, "
		     "priority 0xa0, PPIs level, SPIs level where an injection lowers them, routed "
		     "to vCPU 0)");
	return 0;
}

__attribute__((format(printf, 4, 5))) static void
fidelity(struct replay_result *res, const char *what, const char *how, const char *fmt, ...)
{
	struct replay_fidelity *f = &res->fidelity[res->nr_fidelity];
	va_list ap;

	if (res->nr_fidelity == REPLAY_MAX_FIDELITY)
		return;
	res->nr_fidelity++;
	snprintf(f->what, sizeof(f->what), "%s", what);
	snprintf(f->how, sizeof(f->how), "%s", how);
	va_start(ap, fmt);
	vsnprintf(f->note, sizeof(f->note), fmt, ap);
	va_end(ap);
}

static void describe_guest(struct run *r, struct replay_result *res)
{
	uint64_t modelled = metrics_get(r->metrics, MC_ACK_MODELLED);

	if (r->guest == GUEST_EXPLICIT)
		fidelity(res, "guest acknowledges and ends", "recorded", "ack and eoi events");
	else if (r->guest == GUEST_OBSERVED)
		fidelity(res, "guest acknowledges and ends", "inferred",
			 "from the list registers recorded at both ends of a guest run; modelled "
			 "in runs without");
	else
		fidelity(res, "guest acknowledges and ends", "modelled",
			 "highest priority first, one at a time, fixed service times");
	note(res, modelled, "acknowledges at modelled times (no evidence in the recording)");
	note(res, metrics_get(r->metrics, MC_ACK_OBSERVED),
	     "acknowledges in runs whose list registers were recorded");
}

/* A trace that was made says so in its header; so does what comes of it. */
static void describe_trace(const struct run *r, struct replay_result *res)
{
	const char *source = r->meta->source;
	uint32_t copies, of;

	if (sscanf(source, "copies=%" SCNu32 " of-vcpus=%" SCNu32, &copies, &of) == 2) {
		fidelity(res, "size of the VM", "cloned",
			 "%u copies of a guest of %u vCPUs, which share the vgic and nothing else",
			 copies, of);
		source = strstr(source, "workload=");
	}
	if (source && !strncmp(source, "workload=", 9))
		fidelity(res, "the trace", "generated", "%.*s: no host recorded it",
			 (int)strcspn(source, " "), source);
}

void run_describe(struct run *r, struct replay_result *res)
{
	struct metrics *m = r->metrics;

	describe_trace(r, res);
	fidelity(res, "guest time between exits", "recorded", "scaled by guest-speed %u/%u",
		 r->o->guest_speed_num, r->o->guest_speed_den);
	fidelity(res, "vgic code, locks, list registers, kicks", "modelled",
		 "executed on simulated CPUs; costs from the host profile");
	fidelity(res, "cache lines", "modelled",
		 "ownership and sharing of every line the vgic touches; no capacity, so a line is "
		 "lost only to another CPU");
	if (r->o->host_work == HOST_WORK_MODEL)
		fidelity(res, "other host work", "modelled",
			 "per kind of exit, from the host profile");
	else
		fidelity(res, "other host work", "recorded",
			 "less the share of the recording's own world switch");
	describe_guest(r, res);
	fidelity(res, "preemption of vCPU threads", "left out", "each vCPU has a CPU of its own");
	fidelity(res, "halt polling", "left out", "a WFI with nothing pending sleeps at once");
	fidelity(res, "ITS and LPIs", r->design->msi ? "modelled" : "left out",
		 "messages in the trace: %llu not delivered",
		 (unsigned long long)metrics_get(m, MC_MSI_UNSUPPORTED));
	fidelity(res, "injection from outside",
		 r->o->inject == INJECT_ANCHORED ? "anchored" : "clocked",
		 r->o->inject == INJECT_ANCHORED
			 ? "at the recorded distance from the target vCPU's own progress"
			 : "at the recorded time");
	note(res, metrics_get(m, MC_RECORDED_KICKS_OUT), "recorded exits by kicks taken out");
	note(res, metrics_get(m, MC_RECORDED_MAINT_OUT),
	     "recorded exits by maintenance interrupts taken out");
	note(res, metrics_get(m, MC_SGI_INFERRED),
	     "SGIs whose targets were inferred (IPIs raised by the sender, else list registers, "
	     "kicks, wake-ups)");
	note(res, metrics_get(m, MC_SGI_UNKNOWN), "SGIs of unknown target, not sent");
	note(res, metrics_get(m, MC_LEVEL_LOWERED),
	     "timer lines lowered where the guest took the interrupt");
	note(res, metrics_get(m, MC_INJECT_IDLE_LEVEL),
	     "recorded timer updates without a change, skipped");
	note(res, metrics_get(m, MC_WFI_UNEXPLAINED_WAKES),
	     "wake-ups that nothing recorded explains, made at their recorded time");
	note(res, metrics_get(m, MC_WFI_MISSED),
	     "sleeps left out: what ended the recorded one had come before the guest got there");
	note(res, metrics_get(m, MC_WFI_PUT_OFF),
	     "sleeps put off until the guest had ended a handler that it was not in at that point "
	     "of the recording");
	note(res, metrics_get(m, MC_WFI_FORCED_WAKES),
	     "sleeps ended by force: nothing was pending after twice the recorded sleep and the "
	     "grace time");
	note(res, metrics_get(m, MC_WINDOW_STALLS), "waits for the bounded window of records");
	note(res, stream_nr_lost(r->stream), "events that the recording lost");
}
