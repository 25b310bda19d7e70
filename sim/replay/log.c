/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An event as a line of JSON: vgicsim-log(5). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

static const char *bool_text(bool b)
{
	return b ? "true" : "false";
}

static const char *state_name(const struct gic_lr *lr)
{
	if (lr->pending)
		return lr->active ? "pending+active" : "pending";
	return "active";
}

static void lrs(const struct run *r, FILE *f, const struct replay_event *ev)
{
	const char *sep = "";

	fputs(",\"lrs\":[", f);
	for (unsigned int i = 0; i < ev->u.lrs.nr; i++) {
		struct gic_lr lr = gic_lr_decode(r->config.gic, ev->u.lrs.word[i]);

		if (!lr.pending && !lr.active)
			continue;
		fprintf(f,
			"%s{\"lr\":%u,\"irq\":%u,\"state\":\"%s\",\"prio\":%u,\"eoi\":%s,"
			"\"hw\":%s,\"src\":%u}",
			sep, i, lr.irq, state_name(&lr), lr.prio, bool_text(lr.eoi),
			bool_text(lr.hw), lr.src);
		sep = ",";
	}
	fputc(']', f);
}

static void sgi(const struct run *r, FILE *f, const struct replay_event *ev)
{
	const char *sep = "";

	fprintf(f, ",\"irq\":%u,\"to\":[", ev->u.sgi.irq);
	for (unsigned int k = 0; k < r->nr_vcpus; k++) {
		if (!(ev->u.sgi.target[k / 64] >> k % 64 & 1))
			continue;
		fprintf(f, "%s%u", sep, k);
		sep = ",";
	}
	fputc(']', f);
}

static void inject(FILE *f, const struct replay_event *ev)
{
	fprintf(f, ",\"irq\":%u,\"level\":%u", ev->u.inject.irq, ev->u.inject.level);
	if (gic_is_private(ev->u.inject.irq))
		fprintf(f, ",\"to\":%u", ev->u.inject.vcpu);
}

static void kick(FILE *f, const struct replay_event *ev)
{
	static const char *const result[] = {
		[PLAT_KICK_SELF] = "self",
		[PLAT_KICK_NONE] = "none",
		[PLAT_KICK_WOKEN] = "woken",
		[PLAT_KICK_IPI] = "ipi",
	};

	fprintf(f, ",\"to\":%u,\"result\":\"%s\"", ev->u.kick.vcpu, result[ev->u.kick.result]);
	if (ev->u.kick.result == PLAT_KICK_NONE)
		fprintf(f, ",\"target\":\"%s\"", vcpu_state_names[ev->u.kick.state]);
}

static void lock(FILE *f, const struct replay_event *ev)
{
	const struct lock_event *l = &ev->u.lock;

	fprintf(f,
		",\"class\":\"%s\",\"instance\":%u,\"wait_ps\":%" PRIu64 ",\"hold_ps\":%" PRIu64
		",\"site\":\"%s:%d\"",
		l->class->name, l->instance, vt_since(l->got, l->asked).ps,
		vt_since(l->released, l->got).ps, l->site->func, l->site->line);
}

static void members(const struct run *r, FILE *f, const struct replay_event *ev)
{
	switch (ev->kind) {
	case EV_ENTRY:
		lrs(r, f, ev);
		fprintf(f, ",\"underflow\":%s", bool_text(ev->u.lrs.underflow));
		break;
	case EV_EXIT:
		fprintf(f, ",\"kind\":\"%s\"", exit_kind_names[ev->u.lrs.why]);
		lrs(r, f, ev);
		break;
	case EV_ACK:
	case EV_EOI:
		fprintf(f, ",\"irq\":%u,\"src\":%u", ev->u.guest.irq, ev->u.guest.src);
		break;
	case EV_MMIO:
		fprintf(f,
			",\"write\":%s,\"gpa\":\"0x%" PRIx64 "\",\"len\":%u,\"val\":\"0x%" PRIx64
			"\",\"vgic\":%s",
			bool_text(ev->u.mmio.write), ev->u.mmio.gpa, ev->u.mmio.len, ev->u.mmio.val,
			bool_text(ev->u.mmio.vgic));
		break;
	case EV_INJECT:
		inject(f, ev);
		break;
	case EV_SGI:
		sgi(r, f, ev);
		break;
	case EV_SENT:
		fprintf(f, ",\"changed\":%s", bool_text(ev->u.sent.changed));
		break;
	case EV_KICK:
		kick(f, ev);
		break;
	case EV_IPI:
		fprintf(f, ",\"in_guest\":%s", bool_text(ev->u.ipi.in_guest));
		break;
	case EV_NOTE:
		fprintf(f, ",\"what\":\"%s\"", ev->u.note.what);
		break;
	case EV_LOCK:
		lock(f, ev);
		break;
	default:
		break;
	}
}

bool log_line(const struct run *r, FILE *f, const struct replay_event *ev)
{
	static const char *const name[EV_NR] = {
		[EV_ENTRY] = "entry", [EV_EXIT] = "exit", [EV_ACK] = "ack",
		[EV_EOI] = "eoi",     [EV_MMIO] = "mmio", [EV_INJECT] = "inject",
		[EV_SGI] = "sgi",     [EV_SENT] = "sent", [EV_KICK] = "kick",
		[EV_IPI] = "ipi",     [EV_LOCK] = "lock", [EV_FLUSH] = "flush",
		[EV_SLEEP] = "sleep", [EV_WAKE] = "wake", [EV_NOTE] = "note",
	};
	bool vcpu = ev->actor < r->nr_vcpus;

	if (!name[ev->kind])
		return true;
	fprintf(f, "{\"t_ps\":%" PRIu64 ",\"design\":\"%s\",\"%s\":%u,\"event\":\"%s\"", ev->t_ps,
		r->design->name, vcpu ? "vcpu" : "thread",
		vcpu ? ev->actor : ev->actor - r->nr_vcpus, name[ev->kind]);
	members(r, f, ev);
	fputs("}\n", f);
	return !ferror(f);
}
