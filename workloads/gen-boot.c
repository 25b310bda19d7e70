// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest's set-up of its GIC, register by register in the order of the recorded
 * Linux guests: vCPU 0 sets up the distributor, each vCPU its own part and then
 * starts the next; the last one routes and enables the devices. To find its
 * redistributor a vCPU reads the type of each before it, which is what makes
 * booting many of them slow.
 */
#include "gen-int.h"

#define NOT_HERE UINT32_MAX

static void boot_write(const struct gen *g, struct gen_access *a, uint64_t gpa, uint64_t val)
{
	*a = (struct gen_access){ gpa, val, 4, true };
}

static void boot_read(const struct gen *g, struct gen_access *a, uint64_t gpa, uint64_t val,
		      uint8_t len)
{
	*a = (struct gen_access){ gpa, val, len, false };
}

/* Registers of @bits bits an interrupt, from that of INTID 32 on. */
struct boot_range {
	uint32_t offset, bits, val;
};

/* @n: below how many there are: that one. Otherwise *n less those. */
static bool boot_in_range(const struct gen *g, const struct boot_range *r, uint32_t *n,
			  struct gen_access *a)
{
	uint32_t per = 32 / r->bits, first = 32 / per, nr = g->meta.nr_spis / per;

	if (*n >= nr) {
		*n -= nr;
		return false;
	}
	boot_write(g, a, g->gicd + r->offset + 4 * (first + *n), r->val);
	return true;
}

static const struct boot_range boot_v3[] = {
	{ 0x080, 1, 0xffffffff }, /* IGROUPR */
	{ 0xc00, 2, 0 },	  /* ICFGR: level */
	{ 0x400, 8, 0xa0a0a0a0 }, /* IPRIORITYR */
	{ 0x380, 1, 0xffffffff }, /* ICACTIVER */
	{ 0x180, 1, 0xffffffff }, /* ICENABLER */
};

static const struct boot_range boot_v2[] = {
	{ 0x800, 8, 0x01010101 }, /* ITARGETSR: vCPU 0 */
	{ 0xc00, 2, 0 },	  { 0x400, 8, 0xa0a0a0a0 },
	{ 0x380, 1, 0xffffffff }, { 0x180, 1, 0xffffffff },
};

/* The distributor; NOT_HERE is what is left of @n when it is through. */
static uint32_t boot_dist(const struct gen *g, uint32_t n, struct gen_access *a)
{
	const struct boot_range *r = g->meta.gic == 3 ? boot_v3 : boot_v2;

	if (n == 0) {
		/* ITLinesNumber; what else there is differs from kernel to kernel */
		boot_read(g, a, g->gicd + 0x4, g->meta.nr_spis / 32, 4);
		return NOT_HERE;
	}
	if (n == 1) {
		boot_write(g, a, g->gicd, 0);
		return NOT_HERE;
	}
	n -= 2;
	for (unsigned int i = 0; i < 5; i++)
		if (boot_in_range(g, &r[i], &n, a))
			return NOT_HERE;
	if (n == 0) {
		/* ARE_NS and both groups, as Linux writes it */
		boot_write(g, a, g->gicd, g->meta.gic == 3 ? 0x13 : 1);
		return NOT_HERE;
	}
	n--;
	if (g->meta.gic == 3 && n < g->meta.nr_spis) {
		*a = (struct gen_access){ g->gicd + 0x6000 + 8 * (32 + n), 0, 8, true };
		return NOT_HERE;
	}
	return g->meta.gic == 3 ? n - g->meta.nr_spis : n;
}

/* Its own interrupts, in the redistributor or the distributor's banked registers. */
static uint32_t boot_private(const struct gen *g, uint32_t vcpu, uint32_t n, struct gen_access *a)
{
	bool v3 = g->meta.gic == 3;
	uint64_t rd = g->gicr + (uint64_t)vcpu * 0x20000, base = v3 ? rd + 0x10000 : g->gicd;

	if (v3 && n <= vcpu) {
		boot_read(g, a, g->gicr + (uint64_t)n * 0x20000 + 0x8,
			  gic_vcpu_mpidr(n) << 32 | (uint64_t)n << 8 | (n + 1 == g->nr_vcpus) << 4,
			  8);
		return NOT_HERE;
	}
	n -= v3 ? vcpu + 1 : 0;
	if (v3 && n == 0) {
		boot_write(g, a, rd + 0x14, 0); /* WAKER: awake */
		return NOT_HERE;
	}
	n -= v3;
	if (v3 && n == 0) {
		boot_write(g, a, base + 0x80, 0xffffffff); /* IGROUPR0 */
		return NOT_HERE;
	}
	n -= v3;
	if (n < 8) {
		boot_write(g, a, base + 0x400 + 4 * n, 0xa0a0a0a0); /* IPRIORITYR */
		return NOT_HERE;
	}
	n -= 8;
	if (n == 0)
		boot_write(g, a, base + 0x380, 0xffffffff); /* ICACTIVER0 */
	else if (n == 1)
		boot_write(g, a, base + 0x180, 0xffff0000); /* ICENABLER0: PPIs */
	else if (n == 2)
		boot_write(g, a, base + 0x100, 0x0000ffff); /* ISENABLER0: SGIs */
	else if (n == 3)
		boot_write(g, a, base + 0x100, 1u << GEN_TIMER_PPI);
	else
		return n - 4;
	return NOT_HERE;
}

/* By the last vCPU: what it is (level or edge), where it goes, that it may. */
static uint32_t boot_devices(struct gen *g, uint32_t n, struct gen_access *a)
{
	const struct gen_device *d = &g->device[n / 4];
	uint32_t edges = 0;

	if (g->messages || n / 4 >= g->nr_devices)
		return n;
	switch (n % 4) {
	case 0:
		/* All of its register that have been set up by now. */
		for (uint32_t i = 0; i <= n / 4; i++)
			if (g->device[i].irq / 16 == d->irq / 16)
				edges |= 2u << 2 * (g->device[i].irq % 16);
		boot_write(g, a, g->gicd + 0xc00 + d->irq / 16 * 4,
			   g->p[WP_DEVICE_LINE] == WL_LEVEL ? 0 : edges);
		break;
	case 1:
		*a = (struct gen_access){ g->gicd + 0x400 + d->irq, d->prio, 1, true };
		break;
	case 2:
		gen_route_access(g, d, a);
		break;
	default:
		gen_enable_access(g, d, true, a);
		break;
	}
	return NOT_HERE;
}

enum gen_boot gen_boot_step(struct gen *g, uint32_t vcpu, uint32_t n, struct gen_access *a)
{
	if (!vcpu) {
		n = boot_dist(g, n, a);
		if (n == NOT_HERE)
			return BOOT_ACCESS;
	}
	n = boot_private(g, vcpu, n, a);
	if (n == NOT_HERE)
		return BOOT_ACCESS;
	if (vcpu + 1 < g->nr_vcpus)
		return BOOT_START_NEXT;
	return boot_devices(g, n, a) == NOT_HERE ? BOOT_ACCESS : BOOT_DONE;
}
