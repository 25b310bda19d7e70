// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The player on simulated CPUs: the partner of native.c. In serial play each operation
 * is done by its actor while the others are blocked.
 */
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "native.h"
#include "player.h"
#include "seat.h"

struct sim {
	struct play play;
	struct machine *m;
	struct play_result *res;
	struct player *player; /* [actor] */
	uint64_t at;	       /* serial: the operation that is next */
	bool no_memory;
};

/* ---- the seat ------------------------------------------------------------ */

bool seat_enter(struct plat_cpu *cpu)
{
	return vcpu_enter(cpu);
}

void seat_leave(struct plat_cpu *cpu)
{
	vcpu_leave(cpu);
}

void seat_wait_resumed(struct plat_cpu *cpu)
{
	vcpu_wait_resumed(cpu);
}

void seat_set_loaded(struct plat_cpu *cpu, bool loaded)
{
	vcpu_set_loaded(cpu, loaded);
}

void seat_wfi(struct plat_cpu *cpu, bool begin)
{
	if (begin)
		vcpu_sleep_prepare(cpu);
	else
		vcpu_sleep_cancel(cpu);
}

bool seat_guest(struct plat_cpu *cpu, uint64_t until_ns)
{
	return vcpu_run(cpu, VT_NS(until_ns)) == GUEST_IPI;
}

/* So long that those who wait are not most of what is simulated. */
void seat_pause(struct plat_cpu *cpu)
{
	cpu_idle_until(cpu, vt_add(cpu_now(cpu), VT_US(1)), COMP_SLEEP);
}

void seat_until(struct plat_cpu *cpu, uint64_t until_ns)
{
	cpu_idle_until(cpu, VT_NS(until_ns), COMP_SLEEP);
}

uint64_t seat_lr(const struct plat_cpu *cpu, unsigned int n)
{
	return vif_lr(cpu, n);
}

int seat_pending(const struct plat_cpu *cpu, struct gic_lr *lr)
{
	return vif_highest_pending(cpu, lr);
}

void seat_ack(struct plat_cpu *cpu, unsigned int n)
{
	vif_ack(cpu, n);
}

bool seat_eoi(struct plat_cpu *cpu, uint32_t irq, unsigned int src)
{
	return vif_eoi(cpu, irq, src);
}

/* ---- what the machine tells ---------------------------------------------- */

static void sim_on_lock(void *priv, const struct lock_event *ev)
{
	struct sim *s = priv;
	struct play_class *c = play_class(s->res, ev->class->name);

	if (!c) {
		s->no_memory = true;
		return;
	}
	c->acquired++;
	if (ev->contended) {
		c->contended++;
		s->no_memory |= !hist_record(&c->wait, vt_since(ev->got, ev->asked).ps);
	}
	s->no_memory |= !hist_record(&c->hold, vt_since(ev->released, ev->got).ps);
}

static void sim_on_kick(void *priv, unsigned int by, unsigned int vcpu, enum plat_kicked result,
			struct vtime at)
{
	struct sim *s = priv;

	s->player[by].counts.kicks[result]++;
}

static void sim_on_count(void *priv, unsigned int cpu, enum plat_counter what, uint64_t n)
{
	struct sim *s = priv;

	s->player[cpu].counts.counter[what] += n;
}

static void sim_on_deviation(void *priv, unsigned int cpu, const char *what, struct vtime at)
{
	struct sim *s = priv;

	s->player[cpu].counts.deviations++;
}

static const struct machine_probe sim_probe = {
	.lock = sim_on_lock,
	.kick = sim_on_kick,
	.count = sim_on_count,
	.deviation = sim_on_deviation,
};

/* ---- actors --------------------------------------------------------------- */

static void sim_all(struct plat_cpu *cpu, void *arg)
{
	struct sim *s = arg;

	play_all(&s->player[cpu_actor(cpu)]);
}

static unsigned int sim_turn(const struct sim *s)
{
	const struct play_job *job = s->play.job;

	/* At the end each actor has one more: to end. */
	if (s->at >= job->nr_ops)
		return (unsigned int)(s->at - job->nr_ops);
	return job->op[s->at].actor;
}

static void sim_serial(struct plat_cpu *cpu, void *arg)
{
	struct sim *s = arg;
	const struct play_job *job = s->play.job;
	unsigned int me = cpu_actor(cpu);

	play_begin(&s->player[me]);
	for (;;) {
		/* Settled before it looks: until it is blocked nobody else runs. */
		for (cpu_settle(cpu); sim_turn(s) != me; cpu_settle(cpu))
			cpu_block(cpu, COMP_SLEEP);
		if (s->at >= job->nr_ops)
			break;
		play_op(&s->player[me], &job->op[s->at]);
		s->at++;
		if (sim_turn(s) != me)
			cpu_wake(machine_cpu(s->m, sim_turn(s)), cpu_now(cpu));
	}
	play_end(&s->player[me]);
	s->at++;
	if (sim_turn(s) < job->nr_actors)
		cpu_wake(machine_cpu(s->m, sim_turn(s)), cpu_now(cpu));
}

static int sim_build(struct sim *s, const struct play_job *job, struct err *err)
{
	s->player = calloc(job->nr_actors, sizeof(*s->player));
	s->play.at = aligned_alloc(64, job->nr_actors * sizeof(*s->play.at));
	if (!s->player || !s->play.at)
		return err_set(err, ERR_NOMEM, "out of memory for %u actors", job->nr_actors);
	memset(s->play.at, 0, job->nr_actors * sizeof(*s->play.at));
	s->play.vgic = play_create(job, s->play.design, machine_vm(s->m));
	if (!s->play.vgic)
		return err_set(err, ERR_NOMEM, "out of memory for %s", s->play.design->name);
	for (unsigned int a = 0; a < job->nr_actors; a++) {
		s->player[a].play = &s->play;
		s->player[a].cpu = machine_cpu(s->m, a);
		s->player[a].id = a;
		machine_spawn(s->m, a, s->play.o->serial ? sim_serial : sim_all, s);
	}
	return 0;
}

int play_simulate(const struct play_job *job, const char *design, const struct host *host,
		  const struct play_options *o, struct play_result *res, struct err *err)
{
	struct machine_config mc = {
		.host = host,
		.lock = o->queued ? LOCK_QUEUED : LOCK_TICKET,
		.gic = job->config.gic,
		.nr_lrs = job->config.nr_lrs,
		.nr_vcpus = job->config.nr_vcpus,
		.nr_others = 1,
		.seed = 1,
		.probe = &sim_probe,
	};
	struct sim s = { .res = res };
	struct machine_stats st;
	int rc;

	memset(res, 0, sizeof(*res));
	s.play = (struct play){ .job = job, .o = o, .design = vgic_design_find(design) };
	if (!s.play.design)
		return err_set(err, ERR_USAGE, "no design %s", design);
	mc.probe_priv = &s;
	s.m = machine_create(&mc, err);
	if (!s.m)
		return err->code;
	rc = sim_build(&s, job, err);
	if (!rc)
		rc = machine_run(s.m, NULL, NULL, err);
	if (!rc) {
		machine_stats(s.m, &st);
		res->elapsed_ps = st.end.ps;
		for (unsigned int a = 0; a < job->nr_actors; a++)
			play_counts_add(&res->counts, &s.player[a].counts);
		if (s.no_memory)
			rc = err_set(err, ERR_NOMEM, "out of memory for lock statistics");
	}
	if (s.play.vgic)
		s.play.design->destroy(s.play.vgic);
	machine_destroy(s.m);
	free(s.play.at);
	free(s.player);
	return rc;
}
