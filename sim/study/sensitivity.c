// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each cost is one task: four runs at half and twice its value; if these
 * are not the unchanged runs, further ones at powers of two up to the range,
 * and at the first that changes the verdict a bisection for where. Where the verdict
 * changes and changes back between two powers of two is not seen.
 *
 * The tasks are shared out to processes, not threads: a run allocates from
 * arenas and switches stacks of its own, and nothing of it is promised to be
 * safe beside another in one process. They take tasks by a counter in shared
 * memory and write results there; who did which leaves no trace.
 */
#include "sensitivity.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "row.h"

#define MAX_JOBS 64

const char sensitivity_metric_help[] =
	"finish     simulated time to finish the guest's work\n"
	"lock_wait  time waited for locks, summed\n"
	"LATENCY_X  LATENCY of entry, exit, mmio, inject or delivery,\n"
	"           X of mean, p50, p90, p99, p999 or max\n";

/* ---- metrics ------------------------------------------------------------- */

/* Of all that a row has those times that a verdict may be about. */
bool sensitivity_metric_ok(const char *metric)
{
	char name[ROW_MAX_NAME];
	const char *last = strrchr(metric, '_');

	if (!strcmp(metric, "finish") || !strcmp(metric, "lock_wait"))
		return true;
	for (enum latency l = 0; last && l < LAT_NR; l++)
		if (!strncmp(latency_names[l], metric, (size_t)(last - metric)) &&
		    !latency_names[l][last - metric])
			return strcmp(last, "_count") && strcmp(last, "_total") &&
			       strcmp(last, "_min") && row_metric(metric, name, sizeof(name));
	return false;
}

static int metric_of(const struct replay_result *r, const char *metric, uint64_t *ps,
		     struct err *err)
{
	char name[ROW_MAX_NAME];
	int64_t value;

	if (!row_metric(metric, name, sizeof(name)))
		return err_set(err, ERR_USAGE, "no metric \"%s\"", metric);
	if (!figure_of(r, name, &value))
		return err_set(err, ERR_USAGE, "metric %s: the run of %s has no %.*s latency",
			       metric, r->design->name, (int)strcspn(metric, "_"), metric);
	*ps = (uint64_t)value;
	return 0;
}

/* ---- points -------------------------------------------------------------- */

struct task {
	const struct study_trace *t;
	const struct sensitivity_options *o;
	const struct sensitivity *base;
	uint64_t nr_runs;
};

/* Both designs on @host. */
static int point(struct task *k, const struct host *host, struct sensitivity_point *p,
		 uint64_t *fingerprint, struct err *err)
{
	struct replay_result *r = malloc(sizeof(*r));
	struct replay_options ro = k->o->replay;
	int ret = r ? 0 : err_set(err, ERR_NOMEM, "out of memory");

	ro.host = host;
	for (unsigned int i = 0; !ret && i < 2; i++) {
		ro.design = k->o->design[i];
		ret = study_run(k->t, &ro, r, err);
		if (!ret)
			ret = metric_of(r, k->o->metric, &p->ps[i], err);
		if (fingerprint)
			fingerprint[i] = r->fingerprint;
		replay_result_fini(r);
		k->nr_runs++;
	}
	free(r);
	return ret;
}

/* @key at @ps, all else as it is. */
static int point_at(struct task *k, enum host_key key, uint64_t ps, struct sensitivity_point *p,
		    uint64_t *fingerprint, struct err *err)
{
	struct host *h = malloc(sizeof(*h));
	int ret;

	if (!h)
		return err_set(err, ERR_NOMEM, "out of memory");
	*h = *k->o->replay.host;
	h->c[key].time = VT_PS(ps);
	ret = point(k, h, p, fingerprint, err);
	free(h);
	return ret;
}

static int sign_of(const struct sensitivity_point *p)
{
	return (p->ps[1] > p->ps[0]) - (p->ps[1] < p->ps[0]);
}

int64_t sensitivity_diff(const struct sensitivity_point *p)
{
	return (int64_t)(p->ps[1] - p->ps[0]);
}

int64_t sensitivity_permille(const struct sensitivity_point *p)
{
	__int128 n = (__int128)sensitivity_diff(p) * 1000, half = p->ps[0] / 2;

	if (!p->ps[0])
		return 0;
	return (int64_t)((n < 0 ? n - half : n + half) / (__int128)p->ps[0]);
}

/* ---- flips --------------------------------------------------------------- */

static uint64_t scaled(const struct host *host, enum host_key key, uint64_t num, uint64_t den)
{
	struct host h = *host;

	study_scale(&h, key, num, den);
	return h.c[key].time.ps;
}

/*
 * Between @same, where the verdict is as in the profile, and @flipped, where it is
 * not: to one part in 256, or a picosecond.
 */
static int bisect(struct task *k, enum host_key key, uint64_t same, uint64_t flipped,
		  uint64_t *flip, struct err *err)
{
	const int want = sign_of(&k->base->base);

	for (;;) {
		uint64_t low = same < flipped ? same : flipped;
		uint64_t gap = same < flipped ? flipped - same : same - flipped;
		uint64_t middle = low + gap / 2;
		struct sensitivity_point p;
		int ret;

		if (gap <= 1 || gap <= low / 256)
			break;
		ret = point_at(k, key, middle, &p, NULL, err);
		if (ret)
			return ret;
		if (sign_of(&p) == want)
			same = middle;
		else
			flipped = middle;
	}
	*flip = flipped;
	return 0;
}

/* Outwards by powers of two; the first is known. */
static int find_flip(struct task *k, struct sensitivity_key *sk, unsigned int way, struct err *err)
{
	const struct host *host = k->o->replay.host;
	const int want = sign_of(&k->base->base);
	uint64_t last = host->c[sk->key].time.ps;

	for (uint64_t f = 2; f <= SENSITIVITY_RANGE; f *= 2) {
		uint64_t at =
			way == FLIP_UP ? scaled(host, sk->key, f, 1) : scaled(host, sk->key, 1, f);
		struct sensitivity_point p = way == FLIP_UP ? sk->twice : sk->half;
		int ret = f == 2 ? 0 : point_at(k, sk->key, at, &p, NULL, err);

		if (ret)
			return ret;
		if (sign_of(&p) != want)
			return bisect(k, sk->key, last, at, &sk->flip_ps[way], err);
		last = at;
	}
	return 0;
}

static int one_key(struct task *k, struct sensitivity_key *sk, struct err *err)
{
	const struct host *host = k->o->replay.host;
	uint64_t half[2], twice[2];
	int ret;

	ret = point_at(k, sk->key, scaled(host, sk->key, 1, 2), &sk->half, half, err);
	if (!ret)
		ret = point_at(k, sk->key, scaled(host, sk->key, 2, 1), &sk->twice, twice, err);
	if (ret)
		return err_prefix(err, "%s", host_keys[sk->key].key);
	sk->used = memcmp(half, k->base->fingerprint, sizeof(half)) ||
		   memcmp(twice, k->base->fingerprint, sizeof(twice));
	if (!sk->used || !sign_of(&k->base->base))
		return 0;
	ret = find_flip(k, sk, FLIP_DOWN, err);
	if (!ret)
		ret = find_flip(k, sk, FLIP_UP, err);
	return ret ? err_prefix(err, "%s", host_keys[sk->key].key) : 0;
}

/* ---- sharing out --------------------------------------------------------- */

struct shared {
	atomic_uint next;
	atomic_int failed;
	atomic_uint_fast64_t nr_runs;
	struct err err; /* of who was the first to fail */
	struct sensitivity_key key[HK_NR];
};

static void work(struct shared *s, const struct task *base, unsigned int nr, int done_fd,
		 const struct sensitivity_options *o)
{
	struct task k = *base;
	unsigned int i;

	k.nr_runs = 0;
	while (!atomic_load(&s->failed) && (i = atomic_fetch_add(&s->next, 1)) < nr) {
		struct err err;

		if (one_key(&k, &s->key[i], &err) && !atomic_exchange(&s->failed, 1))
			s->err = err;
		if (done_fd >= 0 && write(done_fd, "", 1) != 1)
			break;
		if (done_fd < 0 && o->progress)
			o->progress(o->progress_priv, i + 1, nr);
	}
	atomic_fetch_add(&s->nr_runs, k.nr_runs);
}

/* A byte a cost that is done; the end is that of the last process. */
static void watch(int fd, const struct sensitivity_options *o, unsigned int nr)
{
	unsigned int done = 0;
	char byte;
	ssize_t n;

	while ((n = read(fd, &byte, 1)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		if (o->progress)
			o->progress(o->progress_priv, ++done, nr);
	}
}

static int in_processes(struct shared *s, const struct task *base, unsigned int nr,
			unsigned int jobs, const struct sensitivity_options *o, struct err *err)
{
	pid_t pid[MAX_JOBS];
	unsigned int started = 0;
	int fds[2], ret = 0;

	if (pipe(fds))
		return err_set(err, ERR_NOMEM, "a pipe: %s", strerror(errno));
	for (; started < jobs; started++) {
		pid[started] = fork();
		if (pid[started] < 0)
			break;
		if (!pid[started]) {
			close(fds[0]);
			work(s, base, nr, fds[1], o);
			_exit(0);
		}
	}
	close(fds[1]);
	if (!started)
		ret = err_set(err, ERR_NOMEM, "a process: %s", strerror(errno));
	watch(fds[0], o, nr);
	close(fds[0]);
	for (unsigned int i = 0; i < started; i++) {
		int status = 0;

		while (waitpid(pid[i], &status, 0) < 0 && errno == EINTR)
			;
		if (status && !ret)
			ret = err_set(err, ERR_INVARIANT, "a process ended with status %#x",
				      (unsigned int)status);
	}
	return ret;
}

/* ---- all ----------------------------------------------------------------- */

static int64_t width(const struct sensitivity_key *k)
{
	int64_t a = sensitivity_permille(&k->half), b = sensitivity_permille(&k->twice);

	return a < b ? b - a : a - b;
}

static uint64_t diff_width(const struct sensitivity_key *k)
{
	int64_t a = sensitivity_diff(&k->half), b = sensitivity_diff(&k->twice);

	return (uint64_t)(a < b ? b - a : a - b);
}

static int wider_first(const void *a, const void *b)
{
	const struct sensitivity_key *x = a, *y = b;

	if (width(x) != width(y))
		return width(x) < width(y) ? 1 : -1;
	if (diff_width(x) != diff_width(y))
		return diff_width(x) < diff_width(y) ? 1 : -1;
	return (x->key > y->key) - (x->key < y->key);
}

static int run_keys(struct task *k, struct shared *s, struct sensitivity *out, struct err *err)
{
	const struct sensitivity_options *o = k->o;
	unsigned int jobs = o->jobs < MAX_JOBS ? o->jobs : MAX_JOBS;
	int ret = 0;

	for (enum host_key key = 0; key < HK_NR; key++)
		if (study_scalable(o->replay.host, key))
			s->key[out->nr_keys++].key = key;
	if (jobs > out->nr_keys)
		jobs = out->nr_keys;
	if (jobs > 1)
		ret = in_processes(s, k, out->nr_keys, jobs, o, err);
	else
		work(s, k, out->nr_keys, -1, o);
	if (atomic_load(&s->failed)) {
		*err = s->err;
		return err->code;
	}
	out->nr_runs = k->nr_runs + atomic_load(&s->nr_runs);
	memcpy(out->key, s->key, sizeof(out->key));
	for (unsigned int i = 0; i < out->nr_keys; i++)
		out->nr_used += out->key[i].used;
	qsort(out->key, out->nr_keys, sizeof(out->key[0]), wider_first);
	return ret;
}

int sensitivity_run(const struct study_trace *t, const struct sensitivity_options *o,
		    struct sensitivity *out, struct err *err)
{
	struct task k = { .t = t, .o = o, .base = out };
	struct shared *s;
	int ret;

	memset(out, 0, sizeof(*out));
	if (!sensitivity_metric_ok(o->metric))
		return err_set(err, ERR_USAGE, "no metric \"%s\"", o->metric);
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED)
		return err_set(err, ERR_NOMEM, "out of memory");
	ret = point(&k, o->replay.host, &out->base, out->fingerprint, err);
	if (!ret)
		ret = run_keys(&k, s, out, err);
	munmap(s, sizeof(*s));
	return ret;
}
