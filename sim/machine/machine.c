// SPDX-License-Identifier: GPL-2.0-or-later
/* Making a machine, running it, and what it says afterwards. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "internal.h"

#define MACHINE_LOCKS_BYTES (UINT64_C(2) << 30)
#define MACHINE_MASKS_BYTES (UINT64_C(1) << 30)

static int machine_check(const struct machine_config *c, struct err *err)
{
	const struct cost *k = c->host->c;
	unsigned int max_lrs = c->gic == 2 ? GICV2_MAX_LRS : GICV3_MAX_LRS;

	if (c->gic != k[HK_GIC].count)
		return err_set(err, ERR_USAGE, "host %s has a GICv%u, a GICv%u is wanted",
			       c->host->name, (unsigned int)k[HK_GIC].count, c->gic);
	if (!c->nr_vcpus)
		return err_set(err, ERR_USAGE, "a machine needs at least one vCPU");
	if (c->nr_vcpus > k[HK_CPUS].count)
		return err_set(err, ERR_USAGE,
			       "%u vCPUs want as many host CPUs, host %s has %u: choose another "
			       "host, or --set cpus=%u",
			       c->nr_vcpus, c->host->name, (unsigned int)k[HK_CPUS].count,
			       c->nr_vcpus);
	if (c->nr_vcpus + (uint64_t)c->nr_others > MACHINE_MAX_CPUS)
		return err_set(err, ERR_USAGE, "%u vCPUs and %u other contexts, at most %u are",
			       c->nr_vcpus, c->nr_others, MACHINE_MAX_CPUS);
	if (c->nr_lrs > max_lrs || k[HK_NR_LRS].count > max_lrs)
		return err_set(err, ERR_USAGE, "a GICv%u has at most %u list registers", c->gic,
			       max_lrs);
	if (k[HK_CLUSTER_CPUS].count > k[HK_DIE_CPUS].count ||
	    k[HK_DIE_CPUS].count > k[HK_SOCKET_CPUS].count)
		return err_set(err, ERR_USAGE,
			       "host %s: want cluster_cpus <= die_cpus <= socket_cpus, have "
			       "%llu, %llu, %llu",
			       c->host->name, (unsigned long long)k[HK_CLUSTER_CPUS].count,
			       (unsigned long long)k[HK_DIE_CPUS].count,
			       (unsigned long long)k[HK_SOCKET_CPUS].count);
	return 0;
}

static void machine_resolve_costs(struct machine *m)
{
	const struct cost *c = m->host.c;
	struct machine_costs *r = &m->cost;

	r->l1 = c[HK_L1].time.ps;
	r->llc = c[HK_LLC].time.ps;
	r->dram = c[HK_DRAM].time.ps;
	r->atomic_own = c[HK_ATOMIC_OWN].time.ps;
	r->insn = c[HK_INSN_PS].time.ps;
	r->distance[DIST_OWN] = r->l1;
	r->distance[DIST_CLUSTER] = c[HK_C2C_NEAR].time.ps;
	r->distance[DIST_DIE] = c[HK_C2C_DIE].time.ps;
	r->distance[DIST_SOCKET] = c[HK_C2C_XDIE].time.ps;
	r->distance[DIST_FAR] = c[HK_C2C_XSOCK].time.ps;
	r->vif_r = c[m->config.gic == 2 ? HK_GICH_R : HK_ICH_R].time.ps;
	r->vif_w = c[m->config.gic == 2 ? HK_GICH_W : HK_ICH_W].time.ps;
}

static void machine_place(struct machine *m, struct plat_cpu *cpu)
{
	const struct cost *c = m->host.c;
	unsigned int cluster = (unsigned int)c[HK_CLUSTER_CPUS].count;
	unsigned int die = (unsigned int)c[HK_DIE_CPUS].count;
	unsigned int socket = (unsigned int)c[HK_SOCKET_CPUS].count;
	unsigned int at = cpu->location;
	uint8_t *row = m->distances + (size_t)cpu->id * m->nr_cpus;

	for (unsigned int i = 0; i < m->nr_cpus; i++) {
		uint64_t bit = UINT64_C(1) << (i & 63);
		unsigned int other = m->cpus[i].location;

		row[i] = DIST_FAR;
		if (other / socket != at / socket)
			continue;
		cpu->socket_mask[i / 64] |= bit;
		row[i] = DIST_SOCKET;
		if (other / die != at / die)
			continue;
		cpu->die_mask[i / 64] |= bit;
		row[i] = DIST_DIE;
		if (other / cluster != at / cluster)
			continue;
		cpu->cluster_mask[i / 64] |= bit;
		row[i] = DIST_CLUSTER;
	}
	row[cpu->id] = DIST_OWN;
}

static void machine_init_cpus(struct machine *m)
{
	m->shared = (struct plat_shared){
		.lines = m->lines + LINE_INTERNAL,
		.base = m->base,
		.region_bytes = m->region_bytes,
		.l1 = m->cost.l1,
		.insn_ps = m->cost.insn,
		.masks = m->masks,
		.guard_const = m->config.reference ? GUARD_NOBODY : GUARD_CONST,
	};
	for (unsigned int i = 0; i < m->nr_cpus; i++) {
		struct plat_cpu *cpu = &m->cpus[i];

		des_attach(m->des, &cpu->actor, i);
		cpu->actor.clock = &cpu->front.clock;
		cpu->m = m;
		cpu->id = i;
		cpu->front.shared = &m->shared;
		cpu->front.own_line = (uint64_t)i << 16 | 1;
		cpu->front.wide_word = (uint16_t)(i / 64);
		cpu->front.wide_bit = i & 63;
		cpu->front.guard_held = cpu->front.guard_own = GUARD_NOBODY;
		if (!m->config.reference && i < m->config.nr_vcpus)
			cpu->front.guard_own = GUARD_VCPU | i;
		cpu->own_lanes = (uint64_t)i * UINT64_C(0x0001000100010000);
		cpu->distances = m->distances + (size_t)i * m->nr_cpus;
		cpu_count_held(cpu, 0);
		cpu->ipi_at = UINT64_MAX;
		cpu->usage = USED_IRQS_ON;
		cpu->is_vcpu = i < m->config.nr_vcpus;
		cpu->loaded = cpu->is_vcpu;
		cpu->waits_for_exit_of = -1;
		cpu->location = i % (unsigned int)m->host.c[HK_CPUS].count;
	}
	for (unsigned int i = 0; i < m->nr_cpus; i++)
		machine_place(m, &m->cpus[i]);
}

static int machine_alloc(struct machine *m, struct err *err)
{
	const struct machine_config *c = &m->config;
	int ret = arena_create(m, err);

	if (ret)
		return ret;
	m->cpus = aligned_alloc(64, sizeof(*m->cpus) * m->nr_cpus);
	m->classes = calloc(MACHINE_MAX_CLASSES, sizeof(*m->classes));
	m->distances = malloc((size_t)m->nr_cpus * m->nr_cpus);
	m->des = des_create(m->nr_cpus, c->nr_vcpus, c->explore, c->reference);
	m->locks_bytes = MACHINE_LOCKS_BYTES;
	m->locks = machine_map(&m->locks_bytes, PROT_READ | PROT_WRITE);
	m->masks_bytes = MACHINE_MASKS_BYTES;
	m->masks = machine_map(&m->masks_bytes, PROT_READ | PROT_WRITE);
	if (!m->cpus || !m->classes || !m->distances || !m->des || !m->locks || !m->masks)
		return err_set(err, ERR_NOMEM, "out of memory for a machine of %u CPUs",
			       m->nr_cpus);
	memset(m->cpus, 0, sizeof(*m->cpus) * m->nr_cpus);
	m->max_locks = (uint32_t)(m->locks_bytes / sizeof(*m->locks));
	m->masks_max = (uint32_t)(m->masks_bytes / (m->mask_words * sizeof(*m->masks)));
	machine_init_cpus(m);
	return 0;
}

struct machine *machine_create(const struct machine_config *config, struct err *err)
{
	struct machine *m;

	if (machine_check(config, err))
		return NULL;
	m = calloc(1, sizeof(*m));
	if (!m) {
		err_set(err, ERR_NOMEM, "out of memory");
		return NULL;
	}
	m->config = *config;
	m->host = *config->host;
	m->config.host = &m->host;
	if (config->probe)
		m->probe = *config->probe;
	m->probe_priv = config->probe_priv;
	m->vm.m = m;
	m->nr_cpus = config->nr_vcpus + config->nr_others;
	m->mask_words = (m->nr_cpus + 63) / 64;
	m->nr_lrs = config->nr_lrs ? config->nr_lrs : (unsigned int)m->host.c[HK_NR_LRS].count;
	machine_resolve_costs(m);
	if (machine_alloc(m, err)) {
		machine_destroy(m);
		return NULL;
	}
	return m;
}

void machine_destroy(struct machine *m)
{
	if (!m)
		return;
	des_destroy(m->des);
	arena_destroy(m);
	if (m->locks)
		munmap(m->locks, m->locks_bytes);
	if (m->masks)
		munmap(m->masks, m->masks_bytes);
	free(m->classes);
	free(m->distances);
	free(m->cpus);
	free(m);
}

struct plat_vm *machine_vm(struct machine *m)
{
	return &m->vm;
}

struct plat_cpu *machine_cpu(struct machine *m, unsigned int actor)
{
	return &m->cpus[actor];
}

unsigned int machine_nr_lrs(const struct machine *m)
{
	return m->nr_lrs;
}

static void machine_actor(struct des_actor *a, void *arg)
{
	struct plat_cpu *cpu = cpu_of(a);

	cpu->fn(cpu, arg);
	lockdep_none_held(cpu, "the end of its actor");
}

void machine_spawn(struct machine *m, unsigned int actor,
		   void (*fn)(struct plat_cpu *cpu, void *arg), void *arg)
{
	struct plat_cpu *cpu = &m->cpus[actor];

	cpu->fn = fn;
	if (!des_spawn(&cpu->actor, machine_actor, arg)) {
		m->failed = true;
		err_set(&m->err, ERR_NOMEM, "out of memory for the stack of actor %u", actor);
	}
}

/* ---- running ------------------------------------------------------------ */

static void machine_err(struct machine *m, const struct plat_cpu *cpu, enum err_code code,
			const char *what)
{
	m->failed = true;
	err_set(&m->err, code, "at %llu.%06llu us on CPU %u: %s (seed %llu, fingerprint %016llx)",
		(unsigned long long)(cpu->front.clock.now / 1000000),
		(unsigned long long)(cpu->front.clock.now % 1000000), cpu->id, what,
		(unsigned long long)m->config.seed, (unsigned long long)machine_fingerprint(m));
}

void machine_fail(struct plat_cpu *cpu, enum err_code code, const char *fmt, ...)
{
	char what[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	machine_err(cpu->m, cpu, code, what);
	des_stop(cpu->m->des);
}

void machine_stop(struct plat_cpu *cpu)
{
	settle(cpu);
	des_stop(cpu->m->des);
}

static uint64_t machine_latest(const struct machine *m)
{
	uint64_t latest = 0;

	for (unsigned int i = 0; i < m->nr_cpus; i++) {
		if (m->cpus[i].front.clock.now > latest)
			latest = m->cpus[i].front.clock.now;
	}
	return latest;
}

/* Nobody can run. True: the callback woke somebody. */
static bool machine_quiet(struct machine *m, machine_quiescent_fn *quiescent, void *priv)
{
	uint64_t wakes = m->nr_wakes;
	bool again;

	if (!quiescent)
		return false;
	m->quiet_at = machine_latest(m);
	again = quiescent(priv);
	m->quiet_at = 0;
	if (again && m->nr_wakes == wakes) {
		machine_err(m, &m->cpus[0], ERR_INVARIANT, "nobody can run, and nobody was woken");
		return false;
	}
	return again;
}

int machine_run(struct machine *m, machine_quiescent_fn *quiescent, void *priv, struct err *err)
{
	bool again = !m->failed;

	while (again) {
		switch (des_run(m->des)) {
		case DES_NOBODY:
			again = machine_quiet(m, quiescent, priv);
			break;
		case DES_OVERFLOW:
			/* No contradiction: what was asked for takes longer than that. */
			machine_err(m, cpu_of(m->des->overflowed), ERR_USAGE,
				    "simulated time passes the 75 minutes that a run may last");
			again = false;
			break;
		default:
			again = false;
			break;
		}
	}
	if (!m->failed)
		return 0;
	if (err)
		*err = m->err;
	return m->err.code;
}

/* ---- afterwards --------------------------------------------------------- */

/*
 * An actor that was still running when another stopped the run has no
 * clock to speak of: how far it ran ahead is the engine's affair.
 */
static bool machine_clock_counts(const struct plat_cpu *cpu)
{
	return cpu->actor.state == DES_DONE || cpu->actor.state == DES_BLOCKED;
}

uint64_t machine_fingerprint(const struct machine *m)
{
	uint64_t sum = 0;

	for (uint32_t i = 1; i <= m->nr_locks; i++)
		sum += mix64(mix64(m->locks[i].history, i), 1);
	for (unsigned int i = 0; i < m->nr_cpus; i++) {
		const struct plat_cpu *cpu = &m->cpus[i];
		uint64_t h = mix64(cpu->history, i);

		if (machine_clock_counts(cpu))
			h = mix64(h, cpu->front.clock.now - cpu->rested);
		sum += mix64(h, 2);
	}
	return mix64(sum, 0);
}

void machine_stats(const struct machine *m, struct machine_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->end = VT_PS(machine_latest(m));
	stats->switches = m->des->switches;
	for (unsigned int i = 0; i < m->nr_cpus; i++) {
		stats->touches += m->cpus[i].touches + m->cpus[i].front.hits;
		stats->line_transfers += m->cpus[i].transfers;
		stats->locks += m->cpus[i].locks;
		stats->insns += cpu_insns(&m->cpus[i]);
	}
	for (unsigned int i = 0; i < PLAT_MEM_NR; i++) {
		stats->bytes[i] = m->bytes[i];
		stats->allocs[i] = m->allocs[i];
	}
	stats->arena_bytes = arena_bytes(m);
}
