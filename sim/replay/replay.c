/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run: everything is built, run, measured and torn down here. */
#include "replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"
#include "setup.h"

#define DEFAULT_WINDOW 65536
#define MIN_WINDOW     64 /* records a vCPU */
#define MAX_OTHERS     64 /* actors for host threads and interrupt contexts */

const char *const host_work_names[] = { "model", "recorded", NULL };
const char *const inject_mode_names[] = { "anchored", "clock", NULL };
const char *const guest_mode_names[] = { "auto", "explicit", "observed", "modelled", NULL };

void replay_options_init(struct replay_options *o)
{
	*o = (struct replay_options){
		/* Assumed, like the rest of a modelled guest; --service sets them. */
		.service_sgi = VT_NS(1000), .service_ppi = VT_NS(2000),
		.service_spi = VT_NS(4000), .guest_speed_num = 1,
		.guest_speed_den = 1,	    .wfi_grace = VT_US(10000),
		.window = DEFAULT_WINDOW,   .seed = 1,
	};
}

/* ---- what the machine tells -------------------------------------------- */

/* What was asked for last with such an address: places in the code are few. */
static struct metrics_use *lock_use(struct run *r, const struct lock_event *ev)
{
	struct lock_use *u = &r->lock_use[(uintptr_t)ev->site / sizeof(*ev->site) % RUN_LOCK_USES];

	if (__builtin_expect(u->site != ev->site || u->class != ev->class, 0)) {
		u->use = metrics_use(r->metrics, ev->class->name, ev->site->func, ev->site->line);
		u->site = ev->site;
		u->class = ev->class;
	}
	return u->use;
}

static __attribute__((noinline)) void on_lock_waited(struct run *r, struct metrics_use *use,
						     const struct lock_event *ev)
{
	struct metrics_wait w = {
		.instance = ev->instance,
		.actor = ev->cpu,
		.prev_actor = ev->prev_cpu,
		.wait_ps = vt_since(ev->got, ev->asked).ps,
		.bounced = ev->bounced,
	};

	metrics_lock_waited(r->metrics, use, &w);
}

static void on_lock(void *priv, const struct lock_event *ev)
{
	struct run *r = priv;
	struct metrics_use *use = lock_use(r, ev);

	if (use) {
		metrics_lock(r->metrics, use, vt_since(ev->released, ev->got).ps, ev->bounced,
			     ev->distance);
		if (ev->contended)
			on_lock_waited(r, use, ev);
	}
	log_lock(r, ev);
	check_lock(r, ev);
}

static void on_kick(void *priv, unsigned int by, unsigned int vcpu, enum plat_kicked result,
		    struct vtime at)
{
	static const enum kick_kind kind[] = {
		[PLAT_KICK_SELF] = KICK_SELF,
		[PLAT_KICK_NONE] = KICK_NONE,
		[PLAT_KICK_WOKEN] = KICK_WOKEN,
		[PLAT_KICK_IPI] = KICK_IPI,
	};
	struct run *r = priv;

	metrics_kick(r->metrics, kind[result]);
	log_kick(r, by, vcpu, result, at);
	check_kick(r, by, vcpu, at);
}

static void on_ipi(void *priv, unsigned int cpu, struct vtime at, bool in_guest)
{
	struct run *r = priv;

	metrics_count(r->metrics, in_guest ? MC_IPIS_IN_GUEST : MC_IPIS_IN_HOST, 1);
	log_ipi(r, cpu, at, in_guest);
}

static void on_count(void *priv, unsigned int cpu, enum plat_counter what, uint64_t n)
{
	static const enum metric_counter to[PLAT_NR_COUNTERS] = {
		[PLAT_COALESCED] = MC_INJECT_COALESCED,
		[PLAT_FILTERED] = MC_INJECT_FILTERED,
		[PLAT_RETRY] = MC_RETRIES,
		[PLAT_MIGRATED] = MC_MIGRATIONS,
		[PLAT_LIST_STEPS] = MC_LIST_STEPS,
		[PLAT_SORT_COMPARES] = MC_SORT_COMPARES,
		[PLAT_UPDATE_STATE] = MC_UPDATE_STATE,
		[PLAT_OVERFLOWS] = MC_OVERFLOWS,
		[PLAT_UNSUPPORTED] = MC_UNSUPPORTED,
	};
	struct run *r = priv;

	if (what == PLAT_FILTERED)
		r->filtered[cpu] = true;
	if (what == PLAT_FILTERED || what == PLAT_COALESCED)
		log_note(r, cpu, what == PLAT_FILTERED ? "no change" : "merged with one pending");
	metrics_count(r->metrics, to[what], n);
}

static void on_list_length(void *priv, unsigned int cpu, unsigned int n)
{
	struct run *r = priv;

	metrics_list_length(r->metrics, n);
}

static void on_deviation(void *priv, unsigned int cpu, const char *what, struct vtime at)
{
	struct run *r = priv;

	metrics_deviation(r->metrics, what);
	log_note(r, cpu, what);
}

static const struct machine_probe probe = {
	.lock = on_lock,
	.kick = on_kick,
	.ipi = on_ipi,
	.count = on_count,
	.list_length = on_list_length,
	.deviation = on_deviation,
};

/* ---- building ---------------------------------------------------------- */

static int check_inputs(const struct run *r, struct err *err)
{
	const struct vgic_design *d = r->o->design;
	const struct trace_meta *meta = r->meta;

	if (meta->gic != 2 && meta->gic != 3)
		return err_set(err, ERR_INPUT, "the trace is of GIC v%u: want v2 or v3", meta->gic);
	if (!(d->gics >> meta->gic & 1))
		return err_set(err, ERR_USAGE,
			       "design %s has no GICv%u, which the trace's guest sees", d->name,
			       meta->gic);
	if (!meta->nr_vcpus || meta->nr_vcpus > TRACE_MAX_VCPUS)
		return err_set(err, ERR_INPUT, "the trace has %u vCPUs: want 1..%u", meta->nr_vcpus,
			       TRACE_MAX_VCPUS);
	if (r->o->window && r->o->window < MIN_WINDOW * meta->nr_vcpus)
		return err_set(err, ERR_USAGE,
			       "window: want at least %u records, %u for each of %u vCPUs, have %u",
			       MIN_WINDOW * meta->nr_vcpus, MIN_WINDOW, meta->nr_vcpus,
			       r->o->window);
	if (meta->gic == 2 && meta->nr_vcpus > GICV2_MAX_VCPUS)
		return err_set(err, ERR_INPUT, "the trace has %u vCPUs on a GICv2: want at most %u",
			       meta->nr_vcpus, GICV2_MAX_VCPUS);
	return 0;
}

static int build_machine(struct run *r, struct err *err)
{
	struct machine_config mc = {
		.host = r->o->host,
		.lock = r->o->lock,
		.gic = r->meta->gic,
		.nr_lrs = r->o->nr_lrs,
		.nr_vcpus = r->nr_vcpus,
		.nr_others = r->nr_others,
		.seed = r->o->seed,
		.explore = r->o->explore,
		.reference = r->o->reference,
		.probe = &probe,
		.probe_priv = r,
	};

	r->machine = machine_create(&mc, err);
	if (!r->machine)
		return err->code;
	r->nr_lrs = machine_nr_lrs(r->machine);
	stream_attach(r->stream, r->machine);
	return 0;
}

static int build_vgic(struct run *r, struct err *err)
{
	setup_config(&r->config, r->meta, r->o->host, r->nr_lrs);
	r->vgic = r->design->create(machine_vm(r->machine), &r->config);
	if (!r->vgic)
		return err_set(err, ERR_NOMEM,
			       "out of memory for %s with %u vCPUs and %u interrupts",
			       r->design->name, r->nr_vcpus, r->config.nr_irqs);
	return 0;
}

static int build_vcpus(struct run *r, struct err *err)
{
	r->vcpu = calloc(r->nr_vcpus, sizeof(*r->vcpu));
	r->sent_spi = calloc(32 + r->meta->nr_spis + 64, sizeof(*r->sent_spi));
	r->filtered = calloc(r->nr_vcpus + r->nr_others, sizeof(*r->filtered));
	if (!r->vcpu || !r->sent_spi || !r->filtered)
		return err_set(err, ERR_NOMEM, "out of memory for %u vCPUs", r->nr_vcpus);
	for (unsigned int i = 0; i < r->nr_vcpus; i++) {
		r->vcpu[i].run = r;
		r->vcpu[i].id = i;
		r->vcpu[i].exit_kind = XK_TRAP_OTHER;
		r->vcpu[i].cpu = machine_cpu(r->machine, i);
		machine_spawn(r->machine, i, vcpu_main, &r->vcpu[i]);
	}
	for (unsigned int i = 0; i < r->nr_others; i++)
		machine_spawn(r->machine, r->nr_vcpus + i, thread_main, r);
	return 0;
}

static enum guest_mode guest_mode_of(const struct run *r)
{
	const struct stream_head *h = stream_head(r->stream);

	if (r->o->guest != GUEST_AUTO)
		return r->o->guest;
	if (h->has_explicit)
		return GUEST_EXPLICIT;
	return h->has_lrs ? GUEST_OBSERVED : GUEST_MODELLED;
}

/*
 * Everybody is blocked: either the window is too small, or a vCPU sleeps for
 * an interrupt that will not come. The owner of the oldest record goes on.
 */
static bool on_quiescent(void *priv)
{
	struct run *r = priv;
	struct machine_stats st;
	int owner = stream_force(r->stream);

	if (owner < 0)
		return false;
	machine_stats(r->machine, &st);
	cpu_wake(machine_cpu(r->machine, (unsigned int)owner), st.end);
	metrics_count(r->metrics, MC_WFI_FORCED_WAKES, 1);
	if (!stream_ended(r->stream))
		metrics_count(r->metrics, MC_WINDOW_STALLS, 1);
	return true;
}

static void collect(struct run *r, struct replay_result *res)
{
	machine_stats(r->machine, &res->stats);
	res->fingerprint = machine_fingerprint(r->machine);
	res->nr_lrs = r->nr_lrs;
	res->nr_vcpus = r->nr_vcpus;
	res->nr_threads = stream_nr_threads(r->stream);
	res->sim_time = VT_ZERO;
	for (unsigned int i = 0; i < r->nr_vcpus; i++) {
		res->sim_time = vt_max(res->sim_time, cpu_now(r->vcpu[i].cpu));
		res->guest_time.ps += cpu_accounts(r->vcpu[i].cpu)[COMP_GUEST];
	}
	res->recorded_span = VT_NS(stream_last_ns(r->stream));
	if (r->nr_drifts) {
		res->drift_min_ps = r->drift_min_ps;
		res->drift_max_ps = r->drift_max_ps;
		res->drift_mean_ps = (int64_t)(r->drift_sum_ps / (__int128)r->nr_drifts);
	}
	if (r->oracle)
		oracle_finish(r->oracle, res->stats.end.ps);
	res->oracle = r->oracle;
	r->oracle = NULL;
	res->deliveries = r->deliveries;
	r->deliveries = NULL;
	metrics_count(r->metrics, MC_LOST_IN_TRACE, stream_nr_lost(r->stream));
	run_describe(r, res);
}

static void tear_down(struct run *r)
{
	oracle_destroy(r->oracle);
	deliveries_destroy(r->deliveries);
	if (r->vgic)
		r->design->destroy(r->vgic);
	machine_destroy(r->machine);
	stream_destroy(r->stream);
	free(r->filtered);
	free(r->sent_spi);
	delivery_fini(r);
	free(r->vcpu);
}

static int build(struct run *r, struct trace_reader *reader, struct replay_result *res,
		 struct err *err)
{
	struct stream_config sc = {
		.reader = reader,
		.window = r->o->window ? r->o->window : DEFAULT_WINDOW,
		.nr_vcpus = r->nr_vcpus,
		.nr_others = r->nr_others,
		.clock = r->o->inject == INJECT_CLOCK,
		.be_guest = vcpu_be_guest,
		.expected = vcpu_expected,
		.priv = r,
		.read_ahead = !r->o->one_thread && sysconf(_SC_NPROCESSORS_ONLN) > 1,
	};
	int rc;

	res->metrics = r->metrics = metrics_create(r->nr_vcpus, r->nr_vcpus + r->nr_others,
						   GIC_MAX_LRS, component_names, COMP_NR);
	if (!r->metrics)
		return err_set(err, ERR_NOMEM, "out of memory for metrics");
	sc.metrics = r->metrics;
	r->stream = stream_create(&sc, err);
	if (!r->stream)
		return err->code;
	rc = stream_prime(r->stream, err);
	if (rc)
		return rc;
	r->guest = guest_mode_of(r);
	rc = build_machine(r, err);
	if (!rc)
		rc = build_vgic(r, err);
	if (!rc)
		rc = build_vcpus(r, err);
	if (!rc)
		rc = run_set_state(r, res, err);
	if (!rc)
		rc = check_create(r, err);
	if (!rc && (r->o->log || r->o->watch)) {
		r->log = run_log_create(r);
		if (!r->log)
			rc = err_set(err, ERR_NOMEM, "out of memory for the log");
	}
	return rc;
}

/* What was asked for takes more simulated time than there is: what would fit? */
static int too_long(const struct run *r, struct err *err)
{
	uint64_t ms = (uint64_t)((unsigned __int128)VT_MAX_RUN.ps * r->o->guest_speed_den /
				 r->o->guest_speed_num / 1000000000);
	char old[sizeof(err->msg)];

	memcpy(old, err->msg, sizeof(old));
	return err_set(err, ERR_USAGE,
		       "%.300s: at --guest-speed %u/%u a guest may run for %" PRIu64 ".%03" PRIu64
		       " s of recorded time; want a higher one, or a shorter trace",
		       old, r->o->guest_speed_den, r->o->guest_speed_num, ms / 1000, ms % 1000);
}

int replay_run(struct trace_reader *reader, const struct replay_options *o,
	       struct replay_result *res, bool *truncated, struct err *err)
{
	struct run r = {
		.o = o,
		.meta = trace_meta(reader),
		.design = o->design,
		.nr_vcpus = trace_meta(reader)->nr_vcpus,
		.nr_others = MAX_OTHERS,
	};
	int rc, log_rc;

	memset(res, 0, sizeof(*res));
	res->design = o->design;
	*truncated = false;
	rc = check_inputs(&r, err);
	if (!rc)
		rc = build(&r, reader, res, err);
	if (rc)
		goto out;
	rc = machine_run(r.machine, on_quiescent, &r, err);
	stream_stop(r.stream);
	log_finish(&r);
	if (rc == ERR_USAGE)
		rc = too_long(&r, err);
	collect(&r, res);
	res->trace_digest = trace_digest(reader);
	res->nr_records = trace_nr_records(reader);
	res->spis = r.meta->nr_spis;
	if (rc)
		goto out;
	rc = res->deliveries ? deliveries_finish(res->deliveries, err) : 0;
	if (rc)
		goto out;
	rc = stream_error(r.stream, err);
	*truncated = rc < 0;
out:
	log_rc = run_log_destroy(r.log, rc ? NULL : err);
	tear_down(&r);
	return rc ? rc : log_rc;
}

void replay_result_fini(struct replay_result *res)
{
	oracle_destroy(res->oracle);
	res->oracle = NULL;
	deliveries_destroy(res->deliveries);
	res->deliveries = NULL;
	metrics_destroy(res->metrics);
	res->metrics = NULL;
}

const char *const replay_memory_names[RM_NR] = {
	[RM_VM] = "vm_bytes",		[RM_VCPU] = "vcpu_bytes",
	[RM_IRQ] = "irq_bytes",		[RM_ALL_VCPU] = "all_vcpu_bytes",
	[RM_ALL_IRQ] = "all_irq_bytes", [RM_ARENA] = "arena_bytes",
};

static uint64_t per(uint64_t bytes, uint64_t of)
{
	return of ? (bytes + of / 2) / of : 0;
}

uint64_t replay_memory(const struct replay_result *r, enum replay_memory what)
{
	const uint64_t *b = r->stats.bytes;

	switch (what) {
	case RM_VM:
		return b[PLAT_MEM_VM];
	case RM_VCPU:
		return per(b[PLAT_MEM_VCPU], r->nr_vcpus);
	case RM_IRQ:
		/* Where the private ones are kept is the design's; the SPIs are always here. */
		return per(b[PLAT_MEM_IRQ], r->spis);
	case RM_ALL_VCPU:
		return b[PLAT_MEM_VCPU];
	case RM_ALL_IRQ:
		return b[PLAT_MEM_IRQ];
	case RM_ARENA:
		return r->stats.arena_bytes;
	case RM_NR:
		break;
	}
	return 0;
}
