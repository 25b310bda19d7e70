// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The measurements of kvm-unit-tests' micro-bench and its relatives, as their
 * guests make them: with the guest's own clock, from instruction to
 * instruction. A loop's figure is the median over the second half of its
 * iterations; the first half warms the caches.
 *
 * A replay has no memory of the guest's own. The flag by which an interrupt's
 * receiver answers its sender is therefore added here: one line transfer between
 * the two CPUs (vCPU k is on CPU k). Left out: the instructions of the measuring
 * loop and of the handler up to the store.
 */
#include "measure.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "vtime.h"

/* ---- the log ------------------------------------------------------------- */

static enum measure_event_kind kind_of(const char *event)
{
	static const struct {
		const char *name;
		enum measure_event_kind kind;
	} kinds[] = {
		{ "entry", ME_ENTRY }, { "exit", ME_EXIT }, { "ack", ME_ACK },
		{ "eoi", ME_EOI },     { "sgi", ME_SGI },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, event))
			return kinds[i].kind;
	return ME_OTHER;
}

static void event_of(const json_t *j, struct measure_event *e)
{
	const json_t *vcpu = json_object_get(j, "vcpu"), *to = json_object_get(j, "to");
	const char *kind = json_string_value(json_object_get(j, "kind"));

	*e = (struct measure_event){
		.t_ps = (uint64_t)json_integer_value(json_object_get(j, "t_ps")),
		.vcpu = vcpu ? (int)json_integer_value(vcpu) : -1,
		.what = kind_of(json_string_value(json_object_get(j, "event"))),
		.irq = (uint32_t)json_integer_value(json_object_get(j, "irq")),
		.to = -1,
	};
	if (kind)
		snprintf(e->exit_kind, sizeof(e->exit_kind), "%s", kind);
	if (json_array_size(to) == 1)
		e->to = (int)json_integer_value(json_array_get(to, 0));
}

static int parse_log(struct measure_run *run, const char *log, size_t bytes, struct err *err)
{
	size_t lines = 0;

	for (size_t i = 0; i < bytes; i++)
		lines += log[i] == '\n';
	run->ev = calloc(lines + 1, sizeof(*run->ev));
	if (!run->ev)
		return err_set(err, ERR_NOMEM, "out of memory for a log");
	for (const char *p = log, *end; (end = memchr(p, '\n', bytes - (size_t)(p - log)));
	     p = end + 1) {
		json_error_t bad;
		json_t *j = json_loadb(p, (size_t)(end - p), 0, &bad);

		if (!j || !json_is_string(json_object_get(j, "event"))) {
			json_decref(j);
			return err_set(err, ERR_INVARIANT, "log line %zu: want a JSON event",
				       run->nr + 1);
		}
		event_of(j, &run->ev[run->nr++]);
		json_decref(j);
	}
	return 0;
}

int measure_run(struct measure_run *run, const struct study_trace *t,
		const struct replay_options *o, struct err *err)
{
	struct replay_options with_log = *o;
	struct replay_result *result = calloc(1, sizeof(*result));
	size_t bytes = 0;
	char *log = NULL;
	int ret;

	memset(run, 0, sizeof(*run));
	with_log.log = result ? open_memstream(&log, &bytes) : NULL;
	if (!with_log.log) {
		free(result);
		return err_set(err, ERR_NOMEM, "out of memory for a log");
	}
	ret = study_run(t, &with_log, result, err);
	run->nr_vcpus = result->nr_vcpus;
	run->sim_time = result->sim_time;
	run->guest_time = result->guest_time;
	run->fingerprint = result->fingerprint;
	replay_result_fini(result);
	free(result);
	if (fclose(with_log.log) && !ret)
		ret = err_set(err, ERR_NOMEM, "out of memory for a log");
	if (!ret)
		ret = parse_log(run, log, bytes, err);
	free(log);
	if (ret)
		measure_run_fini(run);
	return ret;
}

void measure_run_fini(struct measure_run *run)
{
	free(run->ev);
	run->ev = NULL;
	run->nr = 0;
}

/* ---- medians ------------------------------------------------------------- */

#define MAX_SAMPLES 4096

struct samples {
	uint64_t ps[MAX_SAMPLES];
	unsigned int nr;
};

static int cmp_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void take(struct samples *s, uint64_t ps)
{
	if (s->nr < MAX_SAMPLES)
		s->ps[s->nr++] = ps;
}

/* Of the second half, the lower of two in the middle. */
static uint64_t settled_median(struct samples *s)
{
	unsigned int first = s->nr / 2, n = s->nr - first;

	qsort(s->ps + first, n, sizeof(s->ps[0]), cmp_u64);
	return s->ps[first + (n - 1) / 2];
}

static int median_of(struct samples *s, const char *what, int64_t *milli, struct err *err)
{
	if (s->nr < 2)
		return err_set(err, ERR_INPUT, "%s: want at least 2 of it in the run, have %u",
			       what, s->nr);
	*milli = (int64_t)settled_median(s);
	return 0;
}

/* ---- round trips --------------------------------------------------------- */

static const struct measure_event *next_of(const struct measure_run *run, size_t from, int vcpu,
					   enum measure_event_kind what)
{
	for (size_t i = from; i < run->nr; i++)
		if (run->ev[i].what == what && run->ev[i].vcpu == vcpu)
			return &run->ev[i];
	return NULL;
}

/* vCPU 0 from the trapped instruction until it goes on. */
static int round_trip(const struct measure_run *run, const char *kind, int64_t *milli,
		      struct err *err)
{
	struct samples *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < run->nr; i++) {
		const struct measure_event *e = &run->ev[i], *back;

		if (e->what != ME_EXIT || e->vcpu || strcmp(e->exit_kind, kind))
			continue;
		back = next_of(run, i, 0, ME_ENTRY);
		if (back)
			take(s, back->t_ps - e->t_ps);
	}
	ret = median_of(s, kind, milli, err);
	free(s);
	return ret;
}

static int mmio_round_trip(const struct measure_run *run, const struct host *host, int64_t *milli,
			   struct err *err)
{
	return round_trip(run, "mmio", milli, err);
}

static int hvc_round_trip(const struct measure_run *run, const struct host *host, int64_t *milli,
			  struct err *err)
{
	return round_trip(run, "hvc", milli, err);
}

/* ---- IPIs ---------------------------------------------------------------- */

static uint64_t flag_ps(const struct host *host, unsigned int a, unsigned int b)
{
	const struct cost *c = host->c;

	if (a / c[HK_CLUSTER_CPUS].count == b / c[HK_CLUSTER_CPUS].count)
		return c[HK_C2C_NEAR].time.ps;
	if (a / c[HK_DIE_CPUS].count == b / c[HK_DIE_CPUS].count)
		return c[HK_C2C_DIE].time.ps;
	if (a / c[HK_SOCKET_CPUS].count == b / c[HK_SOCKET_CPUS].count)
		return c[HK_C2C_XDIE].time.ps;
	return c[HK_C2C_XSOCK].time.ps;
}

/*
 * The SGI that vCPU 0 sent at event @i: from the trapped write until the sender,
 * back in its guest, has the flag. False: not all of that is in the log.
 */
static bool ipi_ps(const struct measure_run *run, const struct host *host, size_t i, uint64_t *ps)
{
	const struct measure_event *sgi = &run->ev[i], *ack, *back;
	uint64_t sent = 0, got;
	size_t k = i;

	while (k && !(run->ev[k].what == ME_EXIT && !run->ev[k].vcpu))
		k--;
	ack = next_of(run, k, sgi->to, ME_ACK);
	while (ack && ack->irq != sgi->irq)
		ack = next_of(run, (size_t)(ack - run->ev) + 1, sgi->to, ME_ACK);
	back = next_of(run, i, 0, ME_ENTRY);
	if (!ack || !back || run->ev[k].what != ME_EXIT)
		return false;
	sent = run->ev[k].t_ps;
	got = ack->t_ps + flag_ps(host, 0, (unsigned int)sgi->to);
	*ps = (got > back->t_ps ? got : back->t_ps) - sent;
	return true;
}

static bool is_ipi(const struct measure_event *e)
{
	return e->what == ME_SGI && !e->vcpu && e->to > 0;
}

static int ipi(const struct measure_run *run, const struct host *host, int64_t *milli,
	       struct err *err)
{
	struct samples *s = calloc(1, sizeof(*s));
	uint64_t ps;
	int ret;

	if (!s)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < run->nr; i++)
		if (is_ipi(&run->ev[i]) && ipi_ps(run, host, i, &ps))
			take(s, ps);
	ret = median_of(s, "SGI from vCPU 0 to one other", milli, err);
	free(s);
	return ret;
}

/* Least squares through (index, time); each target's last IPI counts. */
static int ipi_slope(const struct measure_run *run, const struct host *host, int64_t *milli,
		     struct err *err)
{
	uint64_t last[TRACE_MAX_VCPUS] = { 0 }, ps;
	__int128 n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;

	for (size_t i = 0; i < run->nr; i++)
		if (is_ipi(&run->ev[i]) && ipi_ps(run, host, i, &ps))
			last[run->ev[i].to] = ps;
	for (int v = 0; v < TRACE_MAX_VCPUS; v++) {
		if (!last[v])
			continue;
		n++;
		sx += v;
		sy += (__int128)last[v];
		sxx += (__int128)v * v;
		sxy += v * (__int128)last[v];
	}
	if (n < 2)
		return err_set(err, ERR_INPUT, "want IPIs to at least 2 targets, have %d", (int)n);
	*milli = (int64_t)((n * sxy - sx * sy) / (n * sxx - sx * sx));
	return 0;
}

/* ---- completion, overhead ------------------------------------------------ */

/* Exits between an acknowledge and its end, and maintenance exits. */
static int completion_exits(const struct measure_run *run, const struct host *host, int64_t *milli,
			    struct err *err)
{
	bool active[TRACE_MAX_VCPUS] = { false };
	unsigned int ends = 0, exits = 0;

	for (size_t i = 0; i < run->nr; i++) {
		const struct measure_event *e = &run->ev[i];

		if (e->vcpu < 0 || e->vcpu >= TRACE_MAX_VCPUS)
			continue;
		if (e->what == ME_ACK)
			active[e->vcpu] = true;
		if (e->what == ME_EOI)
			active[e->vcpu] = false;
		ends += e->what == ME_EOI;
		exits += e->what == ME_EXIT &&
			 (active[e->vcpu] || !strcmp(e->exit_kind, "maintenance"));
	}
	if (!ends)
		return err_set(err, ERR_INPUT, "want an interrupt that is ended, have none");
	*milli = (int64_t)exits * 1000 / ends;
	return 0;
}

/* How much longer the last vCPU took than the guest work that each had. */
static int overhead(const struct measure_run *run, const struct host *host, int64_t *milli,
		    struct err *err)
{
	uint64_t work = run->nr_vcpus ? run->guest_time.ps / run->nr_vcpus : 0;

	if (!work)
		return err_set(err, ERR_INPUT, "want guest time, have none");
	*milli = (int64_t)((__int128)((int64_t)(run->sim_time.ps - work)) * 100000 / work);
	return 0;
}

static int finish(const struct measure_run *run, const struct host *host, int64_t *milli,
		  struct err *err)
{
	*milli = (int64_t)run->sim_time.ps;
	return 0;
}

const struct measure measures[] = {
	{ "mmio", "ns", "an emulated access, from the instruction until the guest goes on",
	  mmio_round_trip },
	{ "hvc", "ns", "a null hypercall, likewise", hvc_round_trip },
	{ "ipi", "ns", "SGI from vCPU 0, until it sees the receiver's answer", ipi },
	{ "ipi-slope", "ns", "… by how much that grows with the receiver's index", ipi_slope },
	{ "completion-exits", "count", "exits for one interrupt's end", completion_exits },
	{ "overhead", "%", "time beyond the guest work of each vCPU, at the last to finish",
	  overhead },
	{ "finish", "ns", "time to finish the guest work", finish },
	{ NULL, NULL, NULL, NULL },
};

const struct measure *measure_find(const char *name)
{
	for (const struct measure *m = measures; m->name; m++)
		if (!strcmp(m->name, name))
			return m;
	return NULL;
}
