// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a guest writes to its GIC, of either version, and the state lines or ITS
 * commands that a trace begins with. Registers: IHI 0048B.b chapter 4,
 * IHI 0069 chapter 12.
 */
#include "gen-int.h"

#define GICD_ISENABLER	0x100u
#define GICD_ICENABLER	0x180u
#define GICD_ISPENDR	0x200u
#define GICD_ISACTIVER	0x300u
#define GICD_IPRIORITYR 0x400u
#define GICD_ITARGETSR	0x800u
#define GICD_SGIR	0xf00u
#define GICD_IROUTER	0x6000u

void gen_put_access(struct gen *g, uint32_t vcpu, const struct gen_access *a)
{
	struct trace_rec *r = gen_own(g, vcpu, REC_MMIO);

	r->d.mmio.gpa = a->gpa;
	r->d.mmio.val = a->val;
	r->d.mmio.len = a->len;
	r->d.mmio.write = a->write;
}

/* ---- SGIs ---------------------------------------------------------------- */

static void sgi_to(struct gen *g, uint32_t from, uint32_t to)
{
	struct gen_vcpu *v = &g->vcpu[to];

	v->sgi_sources |= 1u << (from & 7);
	if (v->sgi_pending)
		return;
	v->sgi_pending = true;
	gen_stimulate(g, v, from == to);
}

static void sgi_put(struct gen *g, uint32_t from, uint64_t v2, uint64_t v3)
{
	uint64_t intid = g->p[WP_SGI_INTID];
	struct trace_rec *r;

	if (g->meta.gic == 2) {
		struct gen_access a = { g->gicd + GICD_SGIR, v2 | intid, 4, true };

		gen_put_access(g, from, &a);
		return;
	}
	r = gen_own(g, from, REC_SYSREG);
	r->flags = REC_HAS_VAL;
	r->d.sysreg.write = 1;
	r->d.sysreg.reg = SYSREG_ICC_SGI1R_EL1;
	r->d.sysreg.val = v3 | intid << 24;
}

static void sgi_broadcast(struct gen *g, uint32_t from)
{
	sgi_put(g, from, UINT64_C(1) << 24, UINT64_C(1) << 40);
	for (uint32_t to = 0; to < g->nr_online; to++)
		if (to != from)
			sgi_to(g, from, to);
}

/* Somebody else: a sleeper, if one is wanted and there is one, or anybody. */
static uint32_t sgi_pick(struct gen *g, const struct gen_vcpu *v)
{
	bool sleeper = rng_percent(&g->r_sgi, g->p[WP_SGI_TO_SLEEPER_PERCENT]);
	uint64_t any = rng_u64(&g->r_sgi);

	if (v->loops)
		return (v->id + 1) % g->nr_online;
	if (sleeper && g->asleep.nr)
		return g->asleep.vcpu[(unsigned __int128)any * g->asleep.nr >> 64];
	if (g->nr_online < 2)
		return v->id;
	any = (unsigned __int128)any * (g->nr_online - 1) >> 64;
	return (v->id + 1 + (uint32_t)any) % g->nr_online;
}

/* One register write has targets of one cluster of 16; GICv2 has no more than 8. */
static uint32_t sgi_list(struct gen *g, const struct gen_vcpu *v, uint32_t first)
{
	uint32_t base = first & ~15u, list = 1u << (first & 15);
	uint64_t want = g->p[WP_SGI_TARGETS];

	for (uint32_t k = 1; k < 16 && want > 1; k++) {
		uint32_t to = base + ((first + k) & 15);

		if (to >= g->nr_online || to == v->id)
			continue;
		list |= 1u << (to & 15);
		want--;
	}
	return list;
}

void gen_send_sgi(struct gen *g, struct gen_vcpu *v)
{
	uint32_t first, list, base;
	uint64_t mpidr;

	if (!g->p[WP_SGI_TARGETS]) {
		sgi_broadcast(g, v->id);
		return;
	}
	first = sgi_pick(g, v);
	list = sgi_list(g, v, first);
	base = first & ~15u;
	mpidr = gic_vcpu_mpidr(base);
	sgi_put(g, v->id, (uint64_t)list << 16,
		list | (mpidr >> 8 & 0xff) << 16 | (mpidr >> 16 & 0xff) << 32);
	if (v->loops && g->p[WP_LOOP_WAIT]) {
		v->waiting = true;
		g->vcpu[first].reply_to = (int32_t)v->id;
	}
	for (uint32_t k = 0; k < 16; k++)
		if (list >> k & 1)
			sgi_to(g, v->id, base + k);
}

/* ---- the distributor ----------------------------------------------------- */

static void route_of(const struct gen *g, uint32_t irq, uint32_t vcpu, struct gen_access *a)
{
	if (g->meta.gic == 2)
		*a = (struct gen_access){ g->gicd + GICD_ITARGETSR + irq, UINT64_C(1) << vcpu, 1,
					  true };
	else
		*a = (struct gen_access){ g->gicd + GICD_IROUTER + 8 * irq, gic_vcpu_mpidr(vcpu), 8,
					  true };
}

void gen_route_access(struct gen *g, const struct gen_device *d, struct gen_access *a)
{
	route_of(g, d->irq, d->vcpu, a);
}

void gen_enable_access(struct gen *g, const struct gen_device *d, bool on, struct gen_access *a)
{
	*a = (struct gen_access){ g->gicd + (on ? GICD_ISENABLER : GICD_ICENABLER) +
					  d->irq / 32 * 4,
				  UINT64_C(1) << d->irq % 32, 4, true };
}

static void dist_write(struct gen *g, uint32_t k, uint64_t what, uint64_t val, struct gen_access *a)
{
	uint32_t irq = g->spare + k;

	switch (what) {
	case 0:
		*a = (struct gen_access){ g->gicd + GICD_ISENABLER + irq / 32 * 4,
					  UINT64_C(1) << irq % 32, 4, true };
		g->spare_enabled |= 1u << k;
		return;
	case 1:
		*a = (struct gen_access){ g->gicd + GICD_ICENABLER + irq / 32 * 4,
					  UINT64_C(1) << irq % 32, 4, true };
		g->spare_enabled &= ~(1u << k);
		return;
	case 2:
		/* Five bits of priority are kept on every host. */
		g->spare_prio[k] = (uint8_t)(val & 0xf8);
		*a = (struct gen_access){ g->gicd + GICD_IPRIORITYR + irq, g->spare_prio[k], 1,
					  true };
		return;
	default:
		g->spare_route[k] = (uint32_t)((val & 0xffffffff) * g->nr_online >> 32);
		route_of(g, irq, g->spare_route[k], a);
		return;
	}
}

static void dist_read(struct gen *g, uint32_t k, uint64_t what, struct gen_access *a)
{
	uint32_t irq = g->spare + k;

	switch (what) {
	case 0:
		*a = (struct gen_access){ g->gicd + GICD_ISENABLER + irq / 32 * 4, g->spare_enabled,
					  4, false };
		return;
	case 1:
		*a = (struct gen_access){ g->gicd + GICD_IPRIORITYR + irq, g->spare_prio[k], 1,
					  false };
		return;
	default:
		route_of(g, irq, g->spare_route[k], a);
		a->write = false;
		return;
	}
}

/* About SPIs that no device has, so that nothing is delivered otherwise by it. */
void gen_dist_access(struct gen *g, struct gen_vcpu *v, struct gen_access *a)
{
	bool write = rng_percent(&v->r_dist, g->p[WP_DIST_WRITE_PERCENT]);
	bool active = rng_percent(&v->r_dist, g->p[WP_DIST_ACTIVE_PERCENT]);
	uint32_t k = (uint32_t)rng_below(&v->r_dist, GEN_SPARE_SPIS);
	uint64_t what = rng_below(&v->r_dist, 4), val = rng_u64(&v->r_dist);

	if (write)
		dist_write(g, k, what, val, a);
	else if (active)
		*a = (struct gen_access){ g->gicd + (what & 1 ? GICD_ISPENDR : GICD_ISACTIVER) +
						  g->spare / 32 * 4,
					  0, 4, false };
	else
		dist_read(g, k, what, a);
}

/* ---- devices ------------------------------------------------------------- */

#define VIRTIO_GPA    UINT64_C(0x0a000000)
#define VIRTIO_SIZE   0x200u
#define VIRTIO_NOTIFY 0x50u
#define VIRTIO_STATUS 0x60u
#define VIRTIO_ACK    0x64u

void gen_device_access(struct gen *g, const struct gen_device *d, enum gen_act act,
		       struct gen_access *a)
{
	uint64_t base = VIRTIO_GPA + (uint64_t)(d - g->device) * VIRTIO_SIZE;

	if (act == ACT_STATUS)
		*a = (struct gen_access){ base + VIRTIO_STATUS, 1, 4, false };
	else if (act == ACT_STATUS_ACK)
		*a = (struct gen_access){ base + VIRTIO_ACK, 1, 4, true };
	else
		*a = (struct gen_access){ base + VIRTIO_NOTIFY, 0, 4, true };
}

/* ---- the beginning ------------------------------------------------------- */

static void put_state(struct gen *g, uint32_t irq, uint32_t vcpu, bool private, bool edge,
		      uint8_t prio)
{
	struct trace_rec *r = gen_put(g, REC_STATE, CTX_NONE, 0, -1);

	r->d.state.irq = irq;
	r->d.state.target = vcpu;
	r->d.state.enabled = 1;
	r->d.state.edge = edge;
	r->d.state.prio = prio;
	if (private) {
		r->flags |= REC_HAS_VCPU;
		r->d.state.vcpu = vcpu;
	}
	if (g->meta.gic == 3) {
		r->flags |= REC_HAS_GROUP;
		r->d.state.group = 1;
	}
	if (irq == GEN_TIMER_PPI) {
		r->flags |= REC_HAS_HW;
		r->d.state.hw = GEN_TIMER_PPI;
	}
}

static bool prologue_state(struct gen *g, uint32_t n)
{
	uint32_t each = GIC_NR_SGIS + 1;

	if (n < each * g->nr_vcpus) {
		uint32_t k = n % each;

		put_state(g, k < GIC_NR_SGIS ? k : GEN_TIMER_PPI, n / each, true, k < GIC_NR_SGIS,
			  GEN_PRIO);
		return true;
	}
	n -= each * g->nr_vcpus;
	if (g->messages || n >= g->nr_devices)
		return false;
	put_state(g, g->device[n].irq, g->device[n].vcpu, false, g->p[WP_DEVICE_LINE] != WL_LEVEL,
		  g->device[n].prio);
	return true;
}

/* MAPC for each vCPU's collection, then MAPD and MAPTI (IHI 0069, 5.3). */
static bool prologue_its(struct gen *g, uint32_t n)
{
	struct trace_rec *r;
	const struct gen_device *d;

	if (!g->messages || n >= g->nr_vcpus + 2 * g->nr_devices)
		return false;
	if (n < g->nr_vcpus) {
		r = gen_own(g, 0, REC_ITS);
		r->d.its.dw[0] = 0x09;
		r->d.its.dw[2] = UINT64_C(1) << 63 | (uint64_t)n << 16 | n;
		return true;
	}
	n -= g->nr_vcpus;
	d = &g->device[n / 2];
	/* One MAPD a device, before its first vector; nothing in its place later. */
	if (!(n & 1) && d->eventid)
		return true;
	r = gen_own(g, 0, REC_ITS);
	if (!(n & 1)) {
		r->d.its.dw[0] = 0x08 | (uint64_t)d->devid << 32;
		r->d.its.dw[1] = 15; /* 16 bits of event id */
		r->d.its.dw[2] =
			UINT64_C(1) << 63 | (UINT64_C(0x80000000) + ((uint64_t)d->devid << 17));
	} else {
		r->d.its.dw[0] = 0x0a | (uint64_t)d->devid << 32;
		r->d.its.dw[1] = d->eventid | (uint64_t)(GIC_FIRST_LPI + n / 2) << 32;
		r->d.its.dw[2] = d->vcpu;
	}
	return true;
}

bool gen_prologue(struct gen *g)
{
	uint32_t n = g->prologue, states = 0;

	if (n == UINT32_MAX)
		return false;
	g->prologue++;
	if (g->p[WP_BEGINS] == WL_RUNNING) {
		if (prologue_state(g, n))
			return true;
		states = (GIC_NR_SGIS + 1) * g->nr_vcpus + (g->messages ? 0 : g->nr_devices);
	}
	if (n >= states && prologue_its(g, n - states))
		return true;
	g->prologue = UINT32_MAX;
	return false;
}
