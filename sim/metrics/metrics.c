/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recording what a run measures. Everything is allocated at creation or when
 * a kind of thing is first seen (an octave of a histogram, a lock class, a
 * call site); running out of memory is remembered and makes the result
 * document fail, it does not stop the run.
 */
#include "metrics.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "metrics-data.h"

#define MAX_CLASSES    64  /* of locks: far more than any design has */
#define MAX_SITES      256 /* of one class */
#define MAX_DEVIATIONS 64

const char *const latency_names[LAT_NR] = {
	[LAT_ENTRY] = "entry",	 [LAT_EXIT] = "exit",	      [LAT_MMIO] = "mmio",
	[LAT_INJECT] = "inject", [LAT_DELIVERY] = "delivery",
};

const char *const exit_kind_names[XK_NR] = {
	[XK_IRQ_TIMER] = "irq-timer",
	[XK_IRQ_DEVICE] = "irq-device",
	[XK_IRQ_IPI] = "irq-ipi",
	[XK_IRQ_OTHER] = "irq-other",
	[XK_IRQ_UNKNOWN] = "irq-unknown",
	[XK_WFX] = "wfx",
	[XK_MMIO] = "mmio",
	[XK_SYSREG] = "sysreg",
	[XK_HVC] = "hvc",
	[XK_TRAP_OTHER] = "trap-other",
	[XK_SERROR] = "serror",
	[XK_KICK] = "kick",
	[XK_MAINTENANCE] = "maintenance",
};

const char *const kick_kind_names[KICK_NR] = {
	[KICK_SELF] = "self",
	[KICK_NONE] = "none",
	[KICK_WOKEN] = "woken",
	[KICK_IPI] = "ipi",
};

const char *const metrics_distance_names[METRICS_DISTANCES] = {
	"own", "cluster", "die", "socket", "other-socket",
};

const struct metric_counter_info metric_counters[MC_NR] = {
	[MC_RECORDS] = { "records", "records of the trace that this run consumed" },
	[MC_GUEST_RUNS] = { "guest_runs", "times the guest was entered" },
	[MC_ENTRIES_GIVEN_UP] = { "entries_given_up", "entries that an IPI or a halt request undid "
						      "before the guest ran" },
	[MC_RECORDED_KICKS_OUT] = { "recorded_kicks_taken_out",
				    "exits by the recording host's own kicks, taken out" },
	[MC_RECORDED_MAINT_OUT] = { "recorded_maintenance_taken_out",
				    "exits by the recording host's maintenance interrupts, taken "
				    "out" },
	[MC_INJECTIONS] = { "injections", "calls of the design's injection" },
	[MC_INJECT_FILTERED] = { "injections_filtered",
				 "injections that the design found to change nothing" },
	[MC_INJECT_COALESCED] = { "injections_coalesced",
				  "injections merged into one already pending" },
	[MC_INJECT_IDLE_LEVEL] = { "injections_level_unchanged",
				   "recorded level changes that changed no level" },
	[MC_LEVEL_LOWERED] = { "levels_lowered_by_inference",
			       "hardware-mapped lines lowered when the guest took the interrupt" },
	[MC_MSI_UNSUPPORTED] = { "msi_unsupported", "MSIs that the design has no ITS for" },
	[MC_SGI_WRITES] = { "sgi_writes", "writes of the guest that send SGIs" },
	[MC_SGI_INFERRED] = { "sgi_inferred",
			      "of those, without a recorded value: targets inferred" },
	[MC_SGI_UNKNOWN] = { "sgi_unknown", "of those, where no target could be inferred" },
	[MC_ACKS] = { "acks", "interrupts that the guest acknowledged" },
	[MC_EOIS] = { "eois", "interrupts that the guest ended" },
	[MC_SPURIOUS_EOIS] = { "spurious_eois", "ends without an active list register" },
	[MC_SPURIOUS_ACKS] = { "spurious_acks", "acknowledges with nothing pending" },
	[MC_DELIVERIES] = { "deliveries",
			    "acknowledges matched to the injection or SGI that caused them" },
	[MC_ACK_EXPLICIT] = { "acks_explicit", "acknowledges that the trace states" },
	[MC_ACK_OBSERVED] = { "acks_observed",
			      "acknowledges read off the recorded list registers" },
	[MC_ACK_MODELLED] = { "acks_modelled", "acknowledges of the modelled guest" },
	[MC_WFI_SLEEPS] = { "wfi_sleeps", "WFIs that slept" },
	[MC_WFI_NO_SLEEP] = { "wfi_no_sleep", "WFIs that found something pending" },
	[MC_WFI_MISSED] = { "wfi_woken_before",
			    "WFIs not slept in: what ended the recorded sleep had come before" },
	[MC_WFI_PUT_OFF] = { "wfi_after_handler",
			     "WFIs before which the modelled guest ended a handler, beyond its "
			     "recorded time" },
	[MC_WFI_WOKEN] = { "wfi_woken", "sleeps that a kick ended" },
	[MC_WFI_TIMER_WAKES] = { "wfi_timer_wakes", "sleeps that the vCPU's own timer ended" },
	[MC_WFI_UNEXPLAINED_WAKES] = { "wfi_unexplained_wakes",
				       "sleeps ended where the recording ends them for no cause "
				       "that it shows" },
	[MC_WFI_FORCED_WAKES] = { "wfi_forced_wakes",
				  "sleeps ended because nobody else could run" },
	[MC_IPIS_IN_GUEST] = { "ipis_in_guest", "IPIs that stopped a running guest" },
	[MC_IPIS_IN_HOST] = { "ipis_in_host", "IPIs that found their target outside the guest" },
	[MC_MMIO_VGIC] = { "mmio_vgic", "trapped accesses that the vgic emulated" },
	[MC_MMIO_USER] = { "mmio_user", "trapped accesses to other devices" },
	[MC_SYSREG] = { "sysreg", "trapped system registers given to the design" },
	[MC_SYSREG_IGNORED] = { "sysreg_ignored",
				"trapped system registers that are none of the vgic" },
	[MC_MMIO_READ_DIFFERS] = { "mmio_read_differs",
				   "emulated reads whose value is not the recorded one" },
	[MC_WINDOW_STALLS] = { "window_stalls",
			       "times the bounded window of records held an actor up" },
	[MC_RETRIES] = { "retries", "locks retaken because the state had moved" },
	[MC_MIGRATIONS] = { "migrations", "interrupts moved to another vCPU's list" },
	[MC_LIST_STEPS] = { "list_steps", "list elements or bitmap words looked at" },
	[MC_SORT_COMPARES] = { "sort_compares", "comparisons made in sorting lists" },
	[MC_UPDATE_STATE] = { "update_state", "recomputations of the whole VM's state" },
	[MC_OVERFLOWS] = { "overflows", "flushes with more than the list registers hold" },
	[MC_UNSUPPORTED] = { "unsupported", "accesses or events the design has no code for" },
	[MC_LOST_IN_TRACE] = { "lost_in_trace", "events that the recording says it lost" },
};

struct metrics *metrics_create(unsigned int nr_vcpus, unsigned int nr_actors, unsigned int nr_lrs,
			       const char *const *component, unsigned int nr_components)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (!m || nr_components > METRICS_MAX_COMPONENTS)
		goto fail;
	m->nr_vcpus = nr_vcpus;
	m->nr_actors = nr_actors;
	m->nr_lrs = nr_lrs;
	m->component = component;
	m->nr_components = nr_components;
	m->vcpu_exits = calloc(nr_vcpus ? nr_vcpus : 1, XK_NR * sizeof(*m->vcpu_exits));
	m->vcpu_occupancy = calloc(((size_t)nr_lrs + 1) * (nr_vcpus ? nr_vcpus : 1),
				   sizeof(*m->vcpu_occupancy));
	m->occupancy = calloc((size_t)nr_lrs + 1, sizeof(*m->occupancy));
	m->lock = calloc(MAX_CLASSES, sizeof(*m->lock));
	m->deviation = calloc(MAX_DEVIATIONS, sizeof(*m->deviation));
	if (!m->vcpu_exits || !m->vcpu_occupancy || !m->occupancy || !m->lock || !m->deviation)
		goto fail;
	for (unsigned int l = 0; l < LAT_NR; l++) {
		m->lat[l].vcpu = calloc(nr_vcpus ? nr_vcpus : 1, sizeof(struct hist));
		if (!m->lat[l].vcpu)
			goto fail;
	}
	return m;
fail:
	metrics_destroy(m);
	return NULL;
}

static void latency_fini(struct latency_data *d, unsigned int nr_vcpus)
{
	hist_fini(&d->all);
	for (unsigned int r = 0; r < XK_NR; r++)
		hist_fini(&d->reason[r]);
	for (unsigned int v = 0; d->vcpu && v < nr_vcpus; v++)
		hist_fini(&d->vcpu[v]);
	free(d->vcpu);
}

void metrics_destroy(struct metrics *m)
{
	if (!m)
		return;
	for (unsigned int l = 0; l < LAT_NR; l++)
		latency_fini(&m->lat[l], m->nr_vcpus);
	for (unsigned int i = 0; i < m->nr_locks; i++) {
		hist_fini(&m->lock[i].wait);
		hist_fini(&m->lock[i].hold);
		free(m->lock[i].site);
		map64_fini(&m->lock[i].instance);
		map64_fini(&m->lock[i].waited);
	}
	hist_fini(&m->list_length);
	free(m->vcpu_exits);
	free(m->vcpu_occupancy);
	free(m->occupancy);
	free(m->lock);
	free(m->deviation);
	free(m);
}

static void record(struct metrics *m, struct hist *h, uint64_t value)
{
	if (!hist_record(h, value))
		m->out_of_memory = true;
}

void metrics_latency(struct metrics *m, enum latency which, unsigned int vcpu,
		     enum exit_kind reason, struct vtime total, const uint64_t *comp_ps)
{
	struct latency_data *d = &m->lat[which];

	record(m, &d->all, total.ps);
	if (reason < XK_NR)
		record(m, &d->reason[reason], total.ps);
	if (vcpu < m->nr_vcpus)
		record(m, &d->vcpu[vcpu], total.ps);
	if (comp_ps) {
		uint64_t *restrict to = d->comp_ps;
		const uint64_t *restrict from = comp_ps;
		unsigned int nr = m->nr_components;

		d->comp_count++;
		d->comp_total_ps += total.ps;
		for (unsigned int c = 0; c < nr; c++)
			to[c] += from[c];
	}
}

void metrics_exit(struct metrics *m, unsigned int vcpu, enum exit_kind kind)
{
	m->exits[kind]++;
	if (vcpu < m->nr_vcpus)
		m->vcpu_exits[(size_t)vcpu * XK_NR + kind]++;
}

void metrics_kick(struct metrics *m, enum kick_kind kind)
{
	m->kicks[kind]++;
}

void metrics_count(struct metrics *m, enum metric_counter what, uint64_t n)
{
	m->counter[what] += n;
}

uint64_t metrics_get(const struct metrics *m, enum metric_counter what)
{
	return m->counter[what];
}

void metrics_occupancy(struct metrics *m, unsigned int vcpu, unsigned int used_lrs)
{
	unsigned int used = used_lrs < m->nr_lrs ? used_lrs : m->nr_lrs;

	m->occupancy[used]++;
	if (vcpu < m->nr_vcpus)
		m->vcpu_occupancy[(size_t)vcpu * (m->nr_lrs + 1) + used]++;
}

void metrics_list_length(struct metrics *m, unsigned int n)
{
	record(m, &m->list_length, n);
}

static struct lock_data *lock_class(struct metrics *m, const char *class)
{
	struct lock_data *d = m->lock;

	for (; d < m->lock + m->nr_locks; d++)
		if (d->class == class)
			return d;
	if (m->nr_locks == MAX_CLASSES)
		return NULL;
	d->site = calloc(MAX_SITES, sizeof(*d->site));
	if (!d->site)
		return NULL;
	d->class = class;
	m->nr_locks++;
	return d;
}

struct metrics_use *metrics_use(struct metrics *m, const char *class, const char *func, int line)
{
	struct lock_data *d = lock_class(m, class);

	for (unsigned int i = 0; d && i < d->nr_sites; i++)
		if (d->site[i].func == func && d->site[i].line == line)
			return &d->site[i];
	if (!d || d->nr_sites == MAX_SITES) {
		m->out_of_memory = true;
		return NULL;
	}
	d->site[d->nr_sites] = (struct metrics_use){ .class = d, .func = func, .line = line };
	return &d->site[d->nr_sites++];
}

void metrics_lock(struct metrics *m, struct metrics_use *use, uint64_t hold_ps, bool bounced,
		  unsigned int distance)
{
	struct lock_data *d = use->class;

	d->acq_bounces += bounced;
	if (distance < METRICS_DISTANCES)
		d->distance[distance]++;
	use->acquisitions++;
	record(m, &d->hold, hold_ps);
}

void metrics_lock_waited(struct metrics *m, struct metrics_use *use, const struct metrics_wait *w)
{
	struct lock_data *d = use->class;

	record(m, &d->wait, w->wait_ps);
	d->con_bounces += w->bounced;
	if (!map64_add(&d->instance, w->instance, 1, w->wait_ps))
		m->out_of_memory = true;
	if (w->prev_actor != UINT_MAX &&
	    !map64_add(&d->waited, (uint64_t)w->actor << 32 | w->prev_actor, 1, w->wait_ps))
		m->out_of_memory = true;
	use->contentions++;
	use->wait_ps += w->wait_ps;
}

void metrics_lost(struct metrics *m)
{
	m->out_of_memory = true;
}

void metrics_deviation(struct metrics *m, const char *what)
{
	for (unsigned int i = 0; i < m->nr_deviations; i++) {
		if (m->deviation[i].what == what || !strcmp(m->deviation[i].what, what)) {
			m->deviation[i].count++;
			return;
		}
	}
	if (m->nr_deviations == MAX_DEVIATIONS) {
		m->out_of_memory = true;
		return;
	}
	m->deviation[m->nr_deviations++] = (struct deviation_data){ what, 1 };
}

const char *metrics_split_error(const struct metrics *m)
{
	for (unsigned int l = 0; l < LAT_NR; l++) {
		uint64_t sum = 0;

		for (unsigned int c = 0; c < m->nr_components; c++)
			sum += m->lat[l].comp_ps[c];
		if (sum != m->lat[l].comp_total_ps)
			return latency_names[l];
	}
	return NULL;
}
