// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The generator's frame: actors in a heap by their next event, what they say in
 * a queue of a few records, the header. Equal times go by the actor's number, so
 * the same arguments make the same bytes.
 */
#include "gen-int.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Guest physical map: QEMU's "virt", but for redistributors that would not fit. */
#define GICD_GPA     0x08000000u
#define GICC_GPA     0x08010000u
#define ITS_GPA	     0x08080000u
#define GICR_GPA     0x080a0000u
#define GICR_HIGH    UINT64_C(0x4000000000)
#define GICR_SIZE    0x20000u
#define GICR_LOW_MAX 123

#define DEFAULT_SPIS 256

/* ---- heap ---------------------------------------------------------------- */

static bool gen_before(const struct gen *g, uint32_t a, uint32_t b)
{
	return g->at[a] < g->at[b] || (g->at[a] == g->at[b] && a < b);
}

static void gen_set_place(struct gen *g, uint32_t place, uint32_t actor)
{
	g->heap[place] = actor;
	g->place[actor] = place;
}

static void gen_sift_up(struct gen *g, uint32_t place)
{
	uint32_t actor = g->heap[place];

	while (place && gen_before(g, actor, g->heap[(place - 1) / 2])) {
		gen_set_place(g, place, g->heap[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	gen_set_place(g, place, actor);
}

static void gen_sift_down(struct gen *g, uint32_t place)
{
	uint32_t actor = g->heap[place], child;

	while ((child = 2 * place + 1) < g->nr_actors) {
		if (child + 1 < g->nr_actors && gen_before(g, g->heap[child + 1], g->heap[child]))
			child++;
		if (!gen_before(g, g->heap[child], actor))
			break;
		gen_set_place(g, place, g->heap[child]);
		place = child;
	}
	gen_set_place(g, place, actor);
}

void gen_schedule(struct gen *g, uint32_t actor, uint64_t at_ns)
{
	g->at[actor] = at_ns;
	gen_sift_up(g, g->place[actor]);
	gen_sift_down(g, g->place[actor]);
}

/* ---- records ------------------------------------------------------------- */

struct trace_rec *gen_put(struct gen *g, enum rec_kind kind, enum rec_ctx ctx, uint32_t id,
			  int32_t cpu)
{
	struct trace_rec *r = &g->queue[g->q_in++ % GEN_QUEUE];

	memset(r, 0, sizeof(*r));
	r->time_ns = g->now;
	r->kind = (uint8_t)kind;
	r->ctx = (uint8_t)ctx;
	r->ctx_id = id;
	r->cpu = (int16_t)cpu;
	return r;
}

struct trace_rec *gen_own(struct gen *g, uint32_t vcpu, enum rec_kind kind)
{
	return gen_put(g, kind, CTX_VCPU, vcpu, (int32_t)vcpu);
}

/* ---- sets of vCPUs ------------------------------------------------------- */

void gen_set_add(struct gen *g, struct gen_set *s, uint32_t vcpu)
{
	g->vcpu[vcpu].set_at = s->nr;
	s->vcpu[s->nr++] = vcpu;
}

void gen_set_remove(struct gen *g, struct gen_set *s, uint32_t vcpu)
{
	uint32_t at = g->vcpu[vcpu].set_at, last = s->vcpu[--s->nr];

	s->vcpu[at] = last;
	g->vcpu[last].set_at = at;
}

/* ---- making one ---------------------------------------------------------- */

void gen_options_init(struct gen_options *o)
{
	*o = (struct gen_options){
		.gic = 3, .vcpus = 4, .duration_ns = UINT64_C(1000000000), .seed = 1
	};
}

static uint64_t gen_digest(const struct workload *w)
{
	uint64_t h = 0;

	for (unsigned int i = 0; i < WP_NR; i++)
		h = rng_mix(h ^ (w->p[i].v + UINT64_C(0x9e3779b97f4a7c15) * (i + 1)));
	return h;
}

static int gen_check(const struct gen *g, struct err *err)
{
	const struct gen_options *o = &g->o;
	uint64_t spis = g->messages ? 0 : g->nr_devices;

	if (o->gic != 2 && o->gic != 3)
		return err_set(err, ERR_USAGE, "gic: want v2 or v3, have v%u", o->gic);
	if (o->gic == 2 && o->vcpus > GICV2_MAX_VCPUS)
		return err_set(err, ERR_USAGE,
			       "vcpus: want at most %u with a GICv2 (gic=v3 has up to %u), have %u",
			       GICV2_MAX_VCPUS, TRACE_MAX_VCPUS, o->vcpus);
	if (!o->vcpus || o->vcpus > TRACE_MAX_VCPUS)
		return err_set(err, ERR_USAGE, "vcpus: want 1..%u, have %u", TRACE_MAX_VCPUS,
			       o->vcpus);
	if (!o->duration_ns || o->duration_ns > UINT64_C(1000000000000000))
		return err_set(err, ERR_USAGE, "duration: want more than 0 and at most 1000000s");
	if (g->meta.nr_spis > GIC_LAST_SPI + 1 - GIC_FIRST_SPI)
		return err_set(
			err, ERR_USAGE,
			"devices: want at most %u interrupts with %u spare ones, have %" PRIu64
			" (device_line=msi on a GICv3 needs none)",
			GIC_LAST_SPI + 1 - GIC_FIRST_SPI - 2 * GEN_SPARE_SPIS, GEN_SPARE_SPIS,
			spis);
	if (g->p[WP_DEVICE_LINE] == WL_LEVEL && g->p[WP_IRQ_STATUS_PERCENT] != 100)
		return err_set(err, ERR_USAGE,
			       "irq_status_percent: want 100 with device_line=level, whose line is "
			       "lowered by it, have %" PRIu64,
			       g->p[WP_IRQ_STATUS_PERCENT]);
	if (g->p[WP_IRQ_PER_S] && !g->nr_devices)
		return err_set(err, ERR_USAGE,
			       "irq_per_s_per_device: want devices (device_per_vcpu_count, "
			       "device_shared_count), have none");
	return 0;
}

static void gen_fill_meta(struct gen *g)
{
	struct trace_meta *m = &g->meta;
	char *s = m->source;
	size_t n, room = sizeof(m->source);
	uint32_t spis = g->messages ? 0 : g->nr_devices;

	m->gic = g->o.gic;
	m->nr_vcpus = g->o.vcpus;
	m->nr_pcpus = g->o.vcpus + g->nr_threads;
	/* From INTID 48 on, as virtio-mmio has them; then the spare ones, whole registers. */
	m->nr_spis = (16 + spis + 31) / 32 * 32 + GEN_SPARE_SPIS;
	if (m->nr_spis < DEFAULT_SPIS)
		m->nr_spis = DEFAULT_SPIS;
	g->spare = GIC_FIRST_SPI + m->nr_spis - GEN_SPARE_SPIS;
	m->resolution_ps = 1000;
	g->gicd = GICD_GPA;
	m->frame[m->nr_frames++] =
		(struct trace_frame){ FRAME_GICD, GICD_GPA, m->gic == 2 ? 0x1000 : 0x10000 };
	g->gicr = g->o.vcpus > GICR_LOW_MAX ? GICR_HIGH : GICR_GPA;
	m->frame[m->nr_frames++] = m->gic == 2
					   ? (struct trace_frame){ FRAME_GICC, GICC_GPA, 0x2000 }
					   : (struct trace_frame){ FRAME_GICR, g->gicr, GICR_SIZE };
	if (g->messages)
		m->frame[m->nr_frames++] = (struct trace_frame){ FRAME_ITS, ITS_GPA, 0x20000 };
	n = (size_t)snprintf(s, room,
			     "workload=%s duration=%" PRIu64 "ns seed=%" PRIu64
			     " parameters=%016" PRIx64,
			     g->w.name, g->o.duration_ns, g->o.seed, gen_digest(&g->w));
	for (unsigned int i = 0; i < WP_NR; i++) {
		char val[32];

		if (g->w.p[i].tag != 'u' || n + 96 > room)
			continue;
		n += (size_t)snprintf(s + n, room - n, " %s=%s", wl_param_info[i].name,
				      workload_value(&g->w, i, val, sizeof(val)));
	}
}

static bool gen_allocate(struct gen *g)
{
	uint32_t v = g->nr_vcpus;

	g->vcpu = calloc(v, sizeof(*g->vcpu));
	g->device = calloc(g->nr_devices ? g->nr_devices : 1, sizeof(*g->device));
	g->in_guest.vcpu = calloc(v, sizeof(*g->in_guest.vcpu));
	g->asleep.vcpu = calloc(v, sizeof(*g->asleep.vcpu));
	return g->vcpu && g->device && g->in_guest.vcpu && g->asleep.vcpu;
}

static bool gen_allocate_heap(struct gen *g)
{
	g->nr_actors = g->nr_vcpus + g->nr_sources;
	g->heap = calloc(g->nr_actors, sizeof(*g->heap));
	g->place = calloc(g->nr_actors, sizeof(*g->place));
	g->at = calloc(g->nr_actors, sizeof(*g->at));
	if (!g->heap || !g->place || !g->at)
		return false;
	for (uint32_t i = 0; i < g->nr_actors; i++) {
		g->heap[i] = g->place[i] = i;
		g->at[i] = GEN_NEVER;
	}
	return true;
}

static void gen_make_devices(struct gen *g)
{
	uint32_t per = (uint32_t)g->p[WP_DEVICE_PER_VCPU];
	uint32_t step = (uint32_t)g->p[WP_DEVICE_PRIORITY_STEP];

	for (uint32_t i = 0; i < g->nr_devices; i++) {
		struct gen_device *d = &g->device[i];
		bool shared = i >= per * g->nr_vcpus;

		*d = (struct gen_device){
			.irq = GIC_FIRST_SPI + 16 + i,
			/* Functions of one PCI bus; a vector for each vCPU it serves. */
			.devid = 8 * (1 + (shared ? per + i % 16 : i % per)),
			.eventid = shared ? i / 16 : i / per,
			.vcpu = shared ? 0 : i / per,
			.thread = i % g->nr_threads,
			.prio = (uint8_t)(GEN_PRIO - 8 * (i * step % 16)),
			.enabled = true,
			.pick = rng_named(g->o.seed, "device.pick", i),
		};
	}
}

static void gen_make_vcpus(struct gen *g)
{
	uint64_t loops = g->p[WP_LOOP_VCPUS] ? g->p[WP_LOOP_VCPUS] : g->nr_vcpus;
	struct rng start = rng_named(g->o.seed, "start", 0);

	for (uint32_t i = 0; i < g->nr_vcpus; i++) {
		struct gen_vcpu *v = &g->vcpu[i];

		v->id = i;
		v->reply_to = -1;
		v->pending_end = &v->pending;
		v->handler_end_p = &v->handler;
		v->busy = GEN_NEVER;
		v->r_busy = rng_named(g->o.seed, "busy", i);
		v->r_dist = rng_named(g->o.seed, "dist", i);
		v->loops = g->p[WP_LOOP] != WL_NO_LOOP && i < loops;
		v->sleeper = g->p[WP_LOOP] != WL_NO_LOOP && !v->loops;
		v->online = g->p[WP_BEGINS] == WL_RUNNING;
		if (v->online || !i)
			gen_vcpu_start(g, i, i ? rng_below(&start, 20000) : 0);
	}
	g->nr_online = g->p[WP_BEGINS] == WL_RUNNING ? g->nr_vcpus : 0;
	g->devices_up = g->p[WP_BEGINS] == WL_RUNNING;
}

static int gen_build(struct gen *g, struct err *err)
{
	int rc;

	for (unsigned int i = 0; i < WP_NR; i++)
		g->p[i] = g->w.p[i].v;
	g->nr_vcpus = g->o.vcpus;
	g->end_ns = g->o.duration_ns;
	g->nr_devices = (uint32_t)(g->p[WP_DEVICE_PER_VCPU] * g->nr_vcpus + g->p[WP_DEVICE_SHARED]);
	g->nr_threads = (uint32_t)g->p[WP_DEVICE_THREADS];
	if (g->nr_threads > g->nr_devices)
		g->nr_threads = g->nr_devices;
	g->messages = g->p[WP_DEVICE_LINE] == WL_MSI && g->o.gic == 3 && g->nr_devices;
	gen_fill_meta(g);
	rc = gen_check(g, err);
	if (rc)
		return rc;
	if (!gen_allocate(g))
		return err_set(err, ERR_NOMEM, "out of memory");
	if (g->nr_devices)
		gen_make_devices(g);
	rc = gen_sources_create(g, err);
	if (rc)
		return rc;
	if (!gen_allocate_heap(g))
		return err_set(err, ERR_NOMEM, "out of memory");
	gen_make_vcpus(g);
	for (uint32_t i = 0; i < g->nr_sources; i++)
		gen_schedule(g, g->nr_vcpus + i, g->source[i].at_ps / 1000);
	memset(g->spare_prio, GEN_PRIO, sizeof(g->spare_prio));
	return 0;
}

struct gen *gen_create(const struct workload *w, const struct gen_options *o, struct err *err)
{
	struct gen *g = calloc(1, sizeof(*g));

	if (!g) {
		err_set(err, ERR_NOMEM, "gen:%s: out of memory", w->name);
		return NULL;
	}
	g->w = *w;
	g->o = *o;
	if (gen_build(g, err)) {
		err_prefix(err, "gen:%s", w->name);
		gen_destroy(g);
		return NULL;
	}
	return g;
}

const struct trace_meta *gen_meta(const struct gen *g)
{
	return &g->meta;
}

static void gen_step(struct gen *g)
{
	uint32_t actor = g->heap[0];

	if (gen_prologue(g))
		return;
	if (g->at[actor] > g->end_ns) {
		g->ended = true;
		return;
	}
	g->now = g->at[actor];
	if (actor < g->nr_vcpus)
		gen_vcpu_step(g, &g->vcpu[actor]);
	else
		gen_source_fire(g, &g->source[actor - g->nr_vcpus]);
}

int gen_next(struct gen *g, struct trace_rec *rec)
{
	if (g->o.records && g->nr == g->o.records)
		return 0;
	while (g->q_in == g->q_out) {
		if (g->ended)
			return 0;
		gen_step(g);
	}
	*rec = g->queue[g->q_out++ % GEN_QUEUE];
	g->nr++;
	return 1;
}

void gen_position(const struct gen *g, uint64_t *at_ns, uint64_t *of_ns)
{
	*at_ns = g->now;
	*of_ns = g->end_ns;
}

uint64_t gen_bytes(const struct gen *g)
{
	return sizeof(*g) + g->nr_vcpus * (sizeof(*g->vcpu) + 2 * sizeof(uint32_t)) +
	       g->nr_devices * sizeof(*g->device) + g->nr_sources * sizeof(*g->source) +
	       g->nr_actors * (2 * sizeof(uint32_t) + sizeof(uint64_t));
}

void gen_destroy(struct gen *g)
{
	if (!g)
		return;
	free(g->vcpu);
	free(g->device);
	free(g->source);
	free(g->in_guest.vcpu);
	free(g->asleep.vcpu);
	free(g->heap);
	free(g->place);
	free(g->at);
	free(g);
}
