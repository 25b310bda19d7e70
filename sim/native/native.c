// SPDX-License-Identifier: GPL-2.0-or-later
/* One run on real threads: made, started, awaited, summed up. */
#include "native.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "native-int.h"

unsigned int native_nr_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return (unsigned int)CPU_COUNT(&set);
}

/* On the CPU that is this thread's: the id-th of those there are. */
static void native_pin(unsigned int id)
{
	unsigned int nth = 0;
	cpu_set_t set, one;

	if (sched_getaffinity(0, sizeof(set), &set))
		return;
	for (int c = 0; c < CPU_SETSIZE; c++) {
		if (!CPU_ISSET(c, &set) || nth++ != id)
			continue;
		CPU_ZERO(&one);
		CPU_SET(c, &one);
		/* Where this is not allowed the scheduler places it as well as it can. */
		pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
		return;
	}
}

/* How often somebody else was given this thread's CPU so far. */
static uint64_t native_preempted(void)
{
	struct rusage u;

	return getrusage(RUSAGE_THREAD, &u) ? 0 : (uint64_t)u.ru_nivcsw;
}

/* This thread is done with @nr of the actors. */
static void native_ended(struct plat_cpu *cpu, unsigned int nr)
{
	struct native *n = cpu->n;

	cpu->stats.preempted = native_preempted() - cpu->preempted;
	pthread_mutex_lock(&n->mutex);
	n->elapsed_ns = stamp_monotonic_ns() - n->start_ns;
	n->nr_ended += nr;
	pthread_cond_broadcast(&n->changed);
	pthread_mutex_unlock(&n->mutex);
}

static int native_await(struct native *n, struct err *err)
{
	pthread_mutex_lock(&n->mutex);
	while (n->nr_ended < n->nr_cpus && !n->failed)
		pthread_cond_wait(&n->changed, &n->mutex);
	pthread_mutex_unlock(&n->mutex);
	if (!n->failed)
		return 0;
	*err = n->err;
	return err->code;
}

static void *native_thread(void *arg)
{
	struct plat_cpu *cpu = arg;
	struct native *n = cpu->n;

	if (!n->o->oversubscribe)
		native_pin(cpu->id);
	native_measure_self(cpu);
	pthread_barrier_wait(&n->barrier); /* all have measured */
	pthread_barrier_wait(&n->barrier); /* the start is known */
	cpu->preempted = native_preempted();
	play_all(&cpu->player);
	native_ended(cpu, 1);
	return NULL;
}

static int native_threads(struct native *n, struct err *err)
{
	unsigned int i;

	pthread_barrier_init(&n->barrier, NULL, n->nr_cpus + 1);
	for (i = 0; i < n->nr_cpus; i++) {
		if (pthread_create(&n->cpu[i].thread, NULL, native_thread, &n->cpu[i]))
			break;
		n->cpu[i].started = true;
	}
	/* Those that are there wait for the others for ever: so does the process not. */
	if (i < n->nr_cpus) {
		n->failed = true;
		return err_set(err, ERR_NOMEM, "thread %u of %u could not be made", i + 1,
			       n->nr_cpus);
	}
	pthread_barrier_wait(&n->barrier);
	n->start_ns = stamp_monotonic_ns();
	pthread_barrier_wait(&n->barrier);
	if (native_await(n, err))
		return err->code;
	for (i = 0; i < n->nr_cpus; i++)
		pthread_join(n->cpu[i].thread, NULL);
	pthread_barrier_destroy(&n->barrier);
	return 0;
}

/* All by the calling thread, each operation on the CPU of its actor. */
static void *native_serial(void *arg)
{
	struct native *n = arg;
	const struct play_job *job = n->play.job;

	for (unsigned int i = 0; i < n->nr_cpus; i++) {
		native_measure_self(&n->cpu[i]);
		play_begin(&n->cpu[i].player);
	}
	n->start_ns = stamp_monotonic_ns();
	n->cpu->preempted = native_preempted();
	for (uint64_t i = 0; i < job->nr_ops; i++)
		play_op(&n->cpu[job->op[i].actor].player, &job->op[i]);
	for (unsigned int i = 0; i < n->nr_cpus; i++)
		play_end(&n->cpu[i].player);
	native_ended(n->cpu, n->nr_cpus);
	return NULL;
}

/* In a thread as well, so that one that fails can be left where it is. */
static int native_alone(struct native *n, struct err *err)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, native_serial, n))
		return err_set(err, ERR_NOMEM, "a thread could not be made");
	if (native_await(n, err))
		return err->code;
	pthread_join(thread, NULL);
	return 0;
}

static int native_build(struct native *n, const struct play_job *job, struct err *err)
{
	n->cpu = aligned_alloc(64, n->nr_cpus * sizeof(*n->cpu));
	n->play.at = aligned_alloc(64, n->nr_cpus * sizeof(*n->play.at));
	if (!n->cpu || !n->play.at)
		return err_set(err, ERR_NOMEM, "out of memory for %u threads", n->nr_cpus);
	memset(n->cpu, 0, n->nr_cpus * sizeof(*n->cpu));
	memset(n->play.at, 0, n->nr_cpus * sizeof(*n->play.at));
	for (unsigned int i = 0; i < n->nr_cpus; i++) {
		struct plat_cpu *cpu = &n->cpu[i];

		cpu->n = n;
		cpu->id = i;
		cpu->is_vcpu = i < n->nr_vcpus;
		cpu->queued = n->o->play.queued;
		cpu->yields = n->o->oversubscribe && !n->o->play.serial;
		cpu->loaded = true;
		cpu->player = (struct player){ .play = &n->play, .cpu = cpu, .id = i };
	}
	if (native_arena_create(n, err))
		return err->code;
	n->play.vgic = play_create(job, n->play.design, &n->vm);
	if (!n->play.vgic)
		return err_set(err, ERR_NOMEM, "out of memory for %s", n->play.design->name);
	for (unsigned int i = 0; i < n->nr_cpus * n->nr_classes; i++)
		play_class(&n->cpu[i % n->nr_cpus].stats, n->class[i / n->nr_cpus] -> name);
	native_calibrate(n);
	return 0;
}

static int native_collect(struct native *n, struct play_result *res, struct native_clock *clock,
			  struct err *err)
{
	bool ok = true;

	*clock = (struct native_clock){
		.name = STAMP_CLOCK,
		.hz = (uint64_t)(((unsigned __int128)1000000000000 << 20) / n->ps_per_tick),
		.resolution_ps = n->resolution_ps,
	};
	for (unsigned int i = 0; i < n->nr_cpus; i++) {
		struct plat_cpu *cpu = &n->cpu[i];

		native_lock_drain(cpu);
		cpu->stats.counts = cpu->player.counts;
		ok = ok && !cpu->no_memory && play_result_merge(res, &cpu->stats);
		if (cpu->stamp_ps > clock->stamp_ps)
			clock->stamp_ps = cpu->stamp_ps;
		if (cpu->pair_ps > clock->pair_ps)
			clock->pair_ps = cpu->pair_ps;
	}
	res->elapsed_ps = n->elapsed_ns * 1000;
	clock->floor_ps = clock->resolution_ps + clock->stamp_ps;
	return ok ? 0 : err_set(err, ERR_NOMEM, "out of memory for the measurements");
}

static void native_free(struct native *n)
{
	/* Those left behind still use it. */
	if (n->failed)
		return;
	if (n->play.vgic)
		n->play.design->destroy(n->play.vgic);
	for (unsigned int i = 0; n->cpu && i < n->nr_cpus; i++)
		play_result_fini(&n->cpu[i].stats);
	native_arena_destroy(n);
	free(n->play.at);
	free(n->cpu);
	pthread_mutex_destroy(&n->mutex);
	pthread_cond_destroy(&n->changed);
	free(n);
}

int native_check(const struct play_job *job, const struct native_options *o, struct err *err)
{
	unsigned int cpus = native_nr_cpus();

	if (o->play.serial || o->oversubscribe || job->nr_actors <= cpus)
		return 0;
	return err_set(err, ERR_USAGE,
		       "%u threads (one for each of %u vCPUs%s) on %u CPUs: the scheduler would be "
		       "measured; --oversubscribe allows it",
		       job->nr_actors, job->config.nr_vcpus,
		       job->nr_actors > job->config.nr_vcpus ? ", one for all other contexts" : "",
		       cpus);
}

int native_run(const struct play_job *job, const char *design, const struct native_options *o,
	       struct play_result *res, struct native_clock *clock, struct err *err)
{
	struct native *n;
	int rc;

	memset(res, 0, sizeof(*res));
	if (native_check(job, o, err))
		return err->code;
	n = calloc(1, sizeof(*n));
	if (!n)
		return err_set(err, ERR_NOMEM, "out of memory");
	n->vm.n = n;
	n->o = o;
	n->nr_cpus = job->nr_actors;
	n->nr_vcpus = job->config.nr_vcpus;
	n->shape = (struct vif_shape){
		.gic = job->config.gic,
		.nr_lrs = job->config.nr_lrs,
		.pri_bits = job->config.nr_apr_bits,
	};
	n->play = (struct play){ .job = job, .o = &o->play, .design = vgic_design_find(design) };
	pthread_mutex_init(&n->mutex, NULL);
	pthread_cond_init(&n->changed, NULL);
	rc = n->play.design ? native_build(n, job, err)
			    : err_set(err, ERR_USAGE, "no design %s", design);
	if (!rc)
		rc = o->play.serial ? native_alone(n, err) : native_threads(n, err);
	if (!rc)
		rc = native_collect(n, res, clock, err);
	native_free(n);
	return rc;
}
