/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run itself, one JSON object a line: vgicsim-log(5).
 *
 * Actors reach this with clocks of their own, so lines wait in a heap until an
 * actor that has just settled says that nobody can be earlier any more.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

struct line {
	uint64_t t_ps, seq;
	char *text;
};

struct run_log {
	FILE *f;
	const char *design;
	unsigned int gic;
	struct line *heap;
	size_t nr, room;
	uint64_t seq;
	bool failed; /* out of memory, or the file took no more */
};

struct run_log *run_log_create(FILE *f, const char *design, unsigned int gic)
{
	struct run_log *log = calloc(1, sizeof(*log));

	if (log) {
		log->f = f;
		log->design = design;
		log->gic = gic;
	}
	return log;
}

static bool earlier(const struct line *a, const struct line *b)
{
	return a->t_ps != b->t_ps ? a->t_ps < b->t_ps : a->seq < b->seq;
}

static void sift_down(struct run_log *log)
{
	size_t i = 0;

	for (;;) {
		size_t c = 2 * i + 1;
		struct line t;

		if (c >= log->nr)
			return;
		if (c + 1 < log->nr && earlier(&log->heap[c + 1], &log->heap[c]))
			c++;
		if (!earlier(&log->heap[c], &log->heap[i]))
			return;
		t = log->heap[c];
		log->heap[c] = log->heap[i];
		log->heap[i] = t;
		i = c;
	}
}

static void flush_until(struct run_log *log, uint64_t t_ps)
{
	while (log->nr && log->heap[0].t_ps <= t_ps) {
		if (fputs(log->heap[0].text, log->f) < 0)
			log->failed = true;
		free(log->heap[0].text);
		log->heap[0] = log->heap[--log->nr];
		sift_down(log);
	}
}

__attribute__((format(printf, 4, 5))) static void add(struct run_log *log, uint64_t t_ps,
						      const char *vcpu, const char *fmt, ...)
{
	struct line l = { .t_ps = t_ps, .seq = log->seq++ };
	char body[4096];
	va_list ap;
	size_t i;

	va_start(ap, fmt);
	vsnprintf(body, sizeof(body), fmt, ap);
	va_end(ap);
	if (asprintf(&l.text, "{\"t_ps\":%" PRIu64 ",\"design\":\"%s\",%s,%s}\n", t_ps, log->design,
		     vcpu, body) < 0) {
		log->failed = true;
		return;
	}
	if (log->nr == log->room) {
		size_t room = log->room ? 2 * log->room : 256;
		struct line *grown = realloc(log->heap, room * sizeof(*grown));

		if (!grown) {
			log->failed = true;
			free(l.text);
			return;
		}
		log->heap = grown;
		log->room = room;
	}
	for (i = log->nr++; i && earlier(&l, &log->heap[(i - 1) / 2]); i = (i - 1) / 2)
		log->heap[i] = log->heap[(i - 1) / 2];
	log->heap[i] = l;
}

int run_log_destroy(struct run_log *log, struct err *err)
{
	int rc = 0;

	if (!log)
		return 0;
	flush_until(log, UINT64_MAX);
	if (fflush(log->f) || log->failed)
		rc = err_set(err, ERR_OUTPUT, "log: %s", errno ? strerror(errno) : "write failed");
	free(log->heap);
	free(log);
	return rc;
}

struct who {
	char text[48];
};

static struct who who(const struct run *r, unsigned int actor)
{
	struct who w;

	if (actor < r->nr_vcpus)
		snprintf(w.text, sizeof(w.text), "\"vcpu\":%u", actor);
	else
		snprintf(w.text, sizeof(w.text), "\"thread\":%u", actor - r->nr_vcpus);
	return w;
}

/* On an actor's own stack: wait for everybody earlier, write what is due. */
static struct run_log *settled(struct run *r, struct plat_cpu *cpu)
{
	if (!r->log)
		return NULL;
	cpu_settle(cpu);
	flush_until(r->log, cpu_now(cpu).ps - (cpu_now(cpu).ps > 0));
	return r->log;
}

static const char *state_name(const struct gic_lr *lr)
{
	if (lr->pending)
		return lr->active ? "pending+active" : "pending";
	return "active";
}

static void lrs_text(struct vcpu *v, char *buf, size_t len)
{
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < v->run->nr_lrs && n < len; i++) {
		struct gic_lr lr = gic_lr_decode(v->run->config.gic, vif_lr(v->cpu, i));

		if (!lr.pending && !lr.active)
			continue;
		n += (size_t)snprintf(buf + n, len - n,
				      "%s{\"lr\":%u,\"irq\":%u,\"state\":\"%s\",\"prio\":%u,"
				      "\"eoi\":%s,\"hw\":%s,\"src\":%u}",
				      n ? "," : "", i, lr.irq, state_name(&lr), lr.prio,
				      lr.eoi ? "true" : "false", lr.hw ? "true" : "false", lr.src);
	}
}

static const char *bool_text(bool b)
{
	return b ? "true" : "false";
}

void log_entry(struct vcpu *v)
{
	struct run_log *log = settled(v->run, v->cpu);
	char lrs[3500];

	if (!log)
		return;
	lrs_text(v, lrs, sizeof(lrs));
	add(log, cpu_now(v->cpu).ps, who(v->run, v->id).text,
	    "\"event\":\"entry\",\"lrs\":[%s],\"underflow\":%s", lrs,
	    bool_text(vif_hcr(v->cpu) & GICH_HCR_UIE));
}

void log_exit(struct vcpu *v, enum exit_kind kind)
{
	struct run_log *log = settled(v->run, v->cpu);
	char lrs[3500];

	if (!log)
		return;
	lrs_text(v, lrs, sizeof(lrs));
	add(log, cpu_now(v->cpu).ps, who(v->run, v->id).text,
	    "\"event\":\"exit\",\"kind\":\"%s\",\"lrs\":[%s]", exit_kind_names[kind], lrs);
}

void log_guest(struct vcpu *v, const char *event, uint32_t irq, uint32_t src)
{
	struct run_log *log = settled(v->run, v->cpu);

	if (log)
		add(log, cpu_now(v->cpu).ps, who(v->run, v->id).text,
		    "\"event\":\"%s\",\"irq\":%u,\"src\":%u", event, irq, src);
}

void log_mmio(struct vcpu *v, const struct trace_rec *rec, uint64_t val, bool mine)
{
	struct run_log *log = settled(v->run, v->cpu);

	if (log)
		add(log, cpu_now(v->cpu).ps, who(v->run, v->id).text,
		    "\"event\":\"mmio\",\"write\":%s,\"gpa\":\"0x%" PRIx64
		    "\",\"len\":%u,\"val\":\"0x%" PRIx64 "\",\"vgic\":%s",
		    bool_text(rec->d.mmio.write), rec->d.mmio.gpa, rec->d.mmio.len, val,
		    bool_text(mine));
}

/* Targets as a list of vCPUs; the design decides what becomes of it. */
void log_sgi(struct vcpu *v, unsigned int sgi, const uint64_t *target)
{
	struct run_log *log = settled(v->run, v->cpu);
	char to[5 * TRACE_MAX_VCPUS];
	size_t n = 0;

	if (!log)
		return;
	to[0] = '\0';
	for (unsigned int k = 0; k < v->run->nr_vcpus; k++)
		if (target[k / 64] >> k % 64 & 1)
			n += (size_t)snprintf(to + n, sizeof(to) - n, "%s%u", n ? "," : "", k);
	add(log, cpu_now(v->cpu).ps, who(v->run, v->id).text,
	    "\"event\":\"sgi\",\"irq\":%u,\"to\":[%s]", sgi, to);
}

void log_inject(struct run *r, struct plat_cpu *cpu, const struct trace_rec *rec)
{
	struct run_log *log = settled(r, cpu);

	if (!log)
		return;
	if (gic_is_private(rec->d.inject.irq))
		add(log, cpu_now(cpu).ps, who(r, cpu_actor(cpu)).text,
		    "\"event\":\"inject\",\"irq\":%u,\"level\":%u,\"to\":%u", rec->d.inject.irq,
		    rec->d.inject.level, rec->d.inject.vcpu);
	else
		add(log, cpu_now(cpu).ps, who(r, cpu_actor(cpu)).text,
		    "\"event\":\"inject\",\"irq\":%u,\"level\":%u", rec->d.inject.irq,
		    rec->d.inject.level);
}

void log_kick(struct run *r, unsigned int by, unsigned int vcpu, enum plat_kicked result,
	      struct vtime at)
{
	static const char *const name[] = {
		[PLAT_KICK_SELF] = "self",
		[PLAT_KICK_NONE] = "none",
		[PLAT_KICK_WOKEN] = "woken",
		[PLAT_KICK_IPI] = "ipi",
	};

	if (r->log)
		add(r->log, at.ps, who(r, by).text,
		    "\"event\":\"kick\",\"to\":%u,\"result\":\"%s\"", vcpu, name[result]);
}

void log_ipi(struct run *r, unsigned int actor, struct vtime at, bool in_guest)
{
	if (r->log)
		add(r->log, at.ps, who(r, actor).text, "\"event\":\"ipi\",\"in_guest\":%s",
		    bool_text(in_guest));
}

void log_lock(struct run *r, const struct lock_event *ev)
{
	if (r->log)
		add(r->log, ev->released.ps, who(r, ev->cpu).text,
		    "\"event\":\"lock\",\"class\":\"%s\",\"instance\":%u,\"wait_ps\":%" PRIu64
		    ",\"hold_ps\":%" PRIu64 ",\"site\":\"%s:%d\"",
		    ev->class->name, ev->instance, vt_since(ev->got, ev->asked).ps,
		    vt_since(ev->released, ev->got).ps, ev->site->func, ev->site->line);
}
