// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events from trace-cmd's trace.dat (versions 6 and 7), by libtracecmd and
 * libtraceevent. Only fields are read, by the names in the file's own format
 * descriptions, so that kernels may differ; the one exception is the reason
 * of an inter-processor interrupt, a pointer that libtraceevent resolves.
 *
 * Left out: further buffer instances and guests' streams.
 */
#include <stdlib.h>
#include <string.h>

#include <trace-cmd.h>

#include "gic.h"
#include "import-event.h"

/* libtraceevent 1.7.1 loses a few bytes while it parses formats; not our leak. */
#if defined(__SANITIZE_ADDRESS__)
#define IMPORT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IMPORT_ASAN 1
#endif
#endif
#ifdef IMPORT_ASAN
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable()                                                                           \
	do {                                                                                       \
	} while (0)
#define __lsan_enable()                                                                            \
	do {                                                                                       \
	} while (0)
#endif

#define MAX_FIELDS   (9 + EV_MAX_LRS)
#define MAX_EVENT_ID 65536
#define NR_REASONS   64

/* Fields by number, in the order in which fields_of() names them. */
struct dat_event {
	bool known;
	uint32_t name;
	enum ev_kind kind;
	struct tep_event *tep;
	struct tep_format_field *f[MAX_FIELDS];
	uint32_t irq_code, trap_code, serror_code; /* kvm_exit */
};

struct dat_reader {
	const struct imp_input *in;
	struct ev_names *names;
	struct imp_info *info;
	ev_sink sink;
	void *arg;
	struct err *err;
	struct tep_handle *tep;
	struct dat_event *events; /* by event id */
	int nr_ids;
	uint64_t nr, last_ns;
	int rc;
	struct {
		uint64_t ptr;
		char text[REC_NAME_MAX];
	} reason[NR_REASONS]; /* strings of ipi events by address */
};

/* "A|B": either name. NULL ends; a name with "?" may be absent. */
static const char *const *fields_of(enum ev_kind kind)
{
	static const char *const entry[] = { "vcpu_pc", NULL };
	static const char *const exit[] = { "vcpu_pc", "ret|idx", "esr_ec|exit_reason?", NULL };
	static const char *const mmio[] = { "type", "len", "gpa", "val", NULL };
	static const char *const sys[] = { "is_write", "Op0", "Op1", "CRn", "CRm", "Op2", NULL };
	static const char *const hsr[] = { "hsr|esr", NULL };
	static const char *const sgi[] = { "vcpu", "sgi1r", NULL };
	static const char *const wfx[] = { "is_wfe", NULL };
	static const char *const hvc[] = { "imm", NULL };
	static const char *const update[] = { "vcpu_id", "irq", "level", NULL };
	static const char *const line[] = { "vcpu_idx", "irq_num", "level", "type", NULL };
	static const char *const msi[] = { "devid", "data", NULL };
	static const char *const queue[] = { "intid?",	 "line?", "latch?", "active?",
					     "enabled?", "prio?", NULL };
	static const char *const lrs[] = {
		"vcpu|vcpu_id", "used?", "hcr?",  "vmcr?", "apr|ap1r0|ap?", "lr0",  "lr1?", "lr2?",
		"lr3?",		"lr4?",	 "lr5?",  "lr6?",  "lr7?",	    "lr8?", "lr9?", "lr10?",
		"lr11?",	"lr12?", "lr13?", "lr14?", "lr15?",	    NULL
	};
	static const char *const vlrs[] = { "vcpu|vcpu_id", "when", "hcr",   "vmcr", "ap",
					    "lr0",	    "lr1?", "lr2?",  "lr3?", "model",
					    "misr",	    "eisr", "elrsr", NULL };
	static const char *const irq[] = { "irq", "name", NULL };
	static const char *const ipi[] = { "reason", NULL };
	static const char *const raise[] = { "reason", "target_cpus", NULL };
	static const char *const sched[] = { "prev_pid", "next_pid", "prev_state", "next_comm",
					     NULL };
	static const char *const fault[] = { "ipa", NULL };
	static const char *const hint[] = { "vcpu_id", NULL };
	static const char *const *const of[EV_NR_KINDS] = {
		[EV_ENTRY] = entry,
		[EV_EXIT] = exit,
		[EV_MMIO] = mmio,
		[EV_SYS_ACCESS] = sys,
		[EV_HANDLE_SYS_REG] = hsr,
		[EV_SGI_V3] = sgi,
		[EV_WFX] = wfx,
		[EV_HVC] = hvc,
		[EV_VGIC_UPDATE] = update,
		[EV_TIMER_UPDATE] = update,
		[EV_IRQ_LINE] = line,
		[EV_ITS_CACHED] = msi,
		[EV_ITS_INJECT] = msi,
		[EV_QUEUE] = queue,
		[EV_ENTRY_LRS] = lrs,
		[EV_EXIT_LRS] = lrs,
		[EV_VGIC_LRS] = vlrs,
		[EV_IRQ_ENTRY] = irq,
		[EV_IPI_ENTRY] = ipi,
		[EV_IPI_RAISE] = raise,
		[EV_SCHED_SWITCH] = sched,
		[EV_FAULT] = fault,
		[EV_VCPU_HINT] = hint,
	};

	return of[kind];
}

static struct tep_format_field *find_field(struct tep_event *e, const char *names)
{
	for (const char *p = names; *p && *p != '?';) {
		size_t n = strcspn(p, "|?");
		char name[32];
		struct tep_format_field *f;

		memcpy(name, p, n);
		name[n] = '\0';
		f = tep_find_any_field(e, name);
		if (f)
			return f;
		p += n + (p[n] == '|');
	}
	return NULL;
}

/*
 * Which number means TRAP changed between kernels; the format's table of
 * symbols says it. @otherwise where it does not.
 */
static uint32_t symbol_code(const struct tep_event *e, const char *name, uint32_t otherwise)
{
	for (struct tep_print_arg *a = e->print_fmt.args; a; a = a->next) {
		if (a->type != TEP_PRINT_SYMBOL)
			continue;
		for (struct tep_print_flag_sym *s = a->symbol.symbols; s; s = s->next)
			if (s->str && s->value && !strcmp(s->str, name))
				return (uint32_t)strtoul(s->value + strcspn(s->value, "0123456789"),
							 NULL, 0);
		break; /* the second table is that of exception classes */
	}
	return otherwise;
}

static int dat_learn(struct dat_reader *r, struct dat_event *d, int id)
{
	struct tep_event *e = tep_find_event(r->tep, id);
	char unknown[32];
	const char *const *f;
	int64_t name;

	snprintf(unknown, sizeof(unknown), "(event %d)", id);
	name = e && e->name ? ev_names_get(r->names, e->name, strlen(e->name))
			    : ev_names_get(r->names, unknown, strlen(unknown));
	if (name < 0)
		return err_set(r->err, ERR_NOMEM, "out of memory");
	d->known = true;
	d->name = (uint32_t)name;
	d->tep = e;
	d->kind = e ? r->names->v[name].kind : EV_OTHER;
	if (d->kind == EV_QUEUE && !tep_find_any_field(e, "intid"))
		d->kind = EV_OTHER;
	f = fields_of(d->kind);
	for (int i = 0; f && f[i]; i++) {
		d->f[i] = find_field(e, f[i]);
		if (!d->f[i] && !strchr(f[i], '?'))
			return err_set(r->err, ERR_INPUT,
				       "%s: event %s: want a field %s, have none", r->in->shown,
				       e->name, f[i]);
	}
	if (d->kind == EV_EXIT) {
		d->irq_code = symbol_code(e, "IRQ", 0);
		d->trap_code = symbol_code(e, "TRAP", 2);
		d->serror_code = symbol_code(e, "SERROR", UINT32_MAX);
	}
	return 0;
}

/* 0 for a field that is not there, or not inside the record. */
static uint64_t num(const struct dat_event *d, int i, const struct tep_record *rec)
{
	const struct tep_format_field *f = d->f[i];
	unsigned long long v = 0;

	if (!f || f->offset < 0 || f->offset + f->size > rec->size)
		return 0;
	tep_read_number_field(d->f[i], rec->data, &v);
	return v;
}

/* A __data_loc's bytes within the record. */
static const char *data_loc(const struct dat_event *d, int i, const struct tep_record *rec,
			    size_t *len)
{
	uint32_t loc = (uint32_t)num(d, i, rec);
	size_t off = loc & 0xffff;

	*len = loc >> 16;
	if (off + *len > (size_t)rec->size)
		*len = 0;
	return (const char *)rec->data + off;
}

static void copy_text(char *dst, size_t room, const char *src, size_t len)
{
	size_t n = strnlen(src, len);

	memset(dst, 0, room);
	memcpy(dst, src, n < room ? n : room - 1);
}

/* The text of an ipi event's reason: "… (Rescheduling interrupts)". */
static void ipi_reason(struct dat_reader *r, struct dat_event *d, struct tep_record *rec, char *dst)
{
	uint64_t ptr = num(d, 0, rec);
	unsigned int at = (unsigned int)(ptr >> 3) % NR_REASONS;
	struct trace_seq s;
	const char *open, *close;

	if (!ptr || r->reason[at].ptr != ptr) {
		trace_seq_init(&s);
		tep_print_event(r->tep, &s, rec, "%s", TEP_PRINT_INFO);
		trace_seq_terminate(&s);
		open = strchr(s.buffer, '(');
		close = open ? strrchr(open, ')') : NULL;
		r->reason[at].ptr = ptr;
		copy_text(r->reason[at].text, REC_NAME_MAX, open ? open + 1 : "",
			  close ? (size_t)(close - open - 1) : 0);
		trace_seq_destroy(&s);
	}
	memcpy(dst, r->reason[at].text, REC_NAME_MAX);
}

static void dat_lrs(struct ev *ev, struct dat_event *d, struct tep_record *rec)
{
	struct ev_lrs *l = &ev->lrs;
	int max = ev->kind == EV_VGIC_LRS ? 4 : EV_MAX_LRS;

	l->vcpu = (int)num(d, 0, rec);
	l->at_exit = ev->kind == EV_EXIT_LRS;
	l->hcr = (uint32_t)num(d, 2, rec);
	l->vmcr = (uint32_t)num(d, 3, rec);
	l->apr = (uint32_t)num(d, 4, rec);
	l->has_hcr = d->f[2];
	l->has_vmcr = d->f[3];
	l->has_apr = d->f[4];
	for (l->nr = 0; l->nr < max && d->f[5 + l->nr]; l->nr++)
		l->lr[l->nr] = num(d, 5 + l->nr, rec);
	if (ev->kind != EV_VGIC_LRS) {
		l->word_bytes = (uint8_t)d->f[5]->size;
		l->used = (uint32_t)num(d, 1, rec);
		l->has_used = d->f[1];
		return;
	}
	l->at_exit = num(d, 1, rec);
	l->model = (uint32_t)num(d, 9, rec);
	l->misr = (uint32_t)num(d, 10, rec);
	l->eisr = num(d, 11, rec);
	l->elrsr = num(d, 12, rec);
	l->has_model = l->has_misr = true;
}

static void dat_exit(struct ev *ev, struct dat_event *d, struct tep_record *rec)
{
	uint32_t code = (uint32_t)num(d, 1, rec) & ~(1u << 31);

	ev->exit.pc = num(d, 0, rec);
	ev->exit.ec = (uint32_t)num(d, 2, rec);
	if (code == d->irq_code) {
		ev->exit.reason = EXIT_IRQ;
	} else if (code == d->serror_code) {
		ev->exit.reason = EXIT_SERROR;
	} else {
		ev->exit.reason = EXIT_TRAP;
		ev->exit.odd = code != d->trap_code;
	}
}

static void dat_mask(struct ev *ev, struct dat_event *d, struct tep_record *rec)
{
	size_t len;
	const char *p = data_loc(d, 1, rec, &len);

	if (len > sizeof(ev->ipi.mask))
		len = sizeof(ev->ipi.mask);
	memcpy(ev->ipi.mask, p, len & ~(size_t)7);
}

static void dat_sched(struct ev *ev, struct dat_event *d, struct tep_record *rec)
{
	const struct tep_format_field *f = d->f[3];

	ev->sched.prev = (int)num(d, 0, rec);
	ev->sched.next = (int)num(d, 1, rec);
	/* TASK_RUNNING, or that with the bit that says it was preempted */
	ev->sched.preempted = (num(d, 2, rec) & 0xff) == 0;
	if (f->offset >= 0 && f->offset + f->size <= rec->size)
		copy_text(ev->sched.next_comm, EV_COMM_MAX, (char *)rec->data + f->offset,
			  (size_t)f->size);
}

static void dat_fields(struct dat_reader *r, struct ev *ev, struct dat_event *d,
		       struct tep_record *rec)
{
	const char *p;
	size_t len;

	switch (ev->kind) {
	case EV_ENTRY:
		ev->entry.pc = num(d, 0, rec);
		break;
	case EV_EXIT:
		dat_exit(ev, d, rec);
		break;
	case EV_MMIO:
		ev->mmio.type = (uint32_t)num(d, 0, rec);
		ev->mmio.len = (uint32_t)num(d, 1, rec);
		ev->mmio.gpa = num(d, 2, rec);
		ev->mmio.val = num(d, 3, rec);
		break;
	case EV_SYS_ACCESS:
		ev->sysreg.write = num(d, 0, rec);
		ev->sysreg.reg =
			SYSREG_ENC(num(d, 1, rec) & 3, num(d, 2, rec) & 7, num(d, 3, rec) & 15,
				   num(d, 4, rec) & 15, num(d, 5, rec) & 7);
		break;
	case EV_HANDLE_SYS_REG:
		ev_sysreg_from_esr(ev, num(d, 0, rec));
		break;
	case EV_SGI_V3:
		ev->sgi.vcpu = (int)num(d, 0, rec);
		ev->sgi.val = num(d, 1, rec);
		break;
	case EV_WFX:
		ev->wfx.wfe = num(d, 0, rec);
		break;
	case EV_HVC:
		ev->hvc.imm = num(d, 0, rec);
		break;
	case EV_VGIC_UPDATE:
	case EV_TIMER_UPDATE:
	case EV_IRQ_LINE:
		ev->line.vcpu = (int)num(d, 0, rec);
		ev->line.irq = (uint32_t)num(d, 1, rec);
		ev->line.level = num(d, 2, rec) != 0;
		ev->line.type = (uint32_t)num(d, 3, rec);
		break;
	case EV_ITS_CACHED:
	case EV_ITS_INJECT:
		ev->msi.devid = (uint32_t)num(d, 0, rec);
		ev->msi.data = (uint32_t)num(d, 1, rec);
		break;
	case EV_QUEUE:
		ev->queue.irq = (uint32_t)num(d, 0, rec);
		ev->queue.line = (uint8_t)num(d, 1, rec);
		ev->queue.latch = (uint8_t)num(d, 2, rec);
		ev->queue.active = (uint8_t)num(d, 3, rec);
		ev->queue.enabled = (uint8_t)num(d, 4, rec);
		ev->queue.prio = (uint8_t)num(d, 5, rec);
		break;
	case EV_ENTRY_LRS:
	case EV_EXIT_LRS:
	case EV_VGIC_LRS:
		dat_lrs(ev, d, rec);
		break;
	case EV_IRQ_ENTRY:
		ev->irq.irq = (uint32_t)num(d, 0, rec);
		p = data_loc(d, 1, rec, &len);
		copy_text(ev->irq.name, REC_NAME_MAX, p, len);
		break;
	case EV_IPI_RAISE:
		dat_mask(ev, d, rec);
		ipi_reason(r, d, rec, ev->ipi.reason);
		break;
	case EV_IPI_ENTRY:
		ipi_reason(r, d, rec, ev->ipi.reason);
		break;
	case EV_SCHED_SWITCH:
		dat_sched(ev, d, rec);
		break;
	case EV_FAULT:
		ev->fault.ipa = num(d, 0, rec);
		break;
	case EV_VCPU_HINT:
		ev->hint.vcpu = (int)num(d, 0, rec);
		break;
	default:
		break;
	}
}

static struct dat_event *dat_event_of(struct dat_reader *r, int id)
{
	if (id >= r->nr_ids) {
		int nr = r->nr_ids ? r->nr_ids : 1024;
		struct dat_event *more;

		while (nr <= id)
			nr *= 2;
		more = reallocarray(r->events, (size_t)nr, sizeof(*more));
		if (!more)
			return NULL;
		memset(more + r->nr_ids, 0, (size_t)(nr - r->nr_ids) * sizeof(*more));
		r->events = more;
		r->nr_ids = nr;
	}
	return &r->events[id];
}

static int dat_record(struct dat_reader *r, struct tep_record *rec, int cpu)
{
	int id = tep_data_type(r->tep, rec);
	struct dat_event *d;
	struct ev ev;

	/* All of it, as it goes through a pipe. */
	memset(&ev, 0, sizeof(ev));
	r->nr++;
	if (rec->ts < r->last_ns)
		return err_set(r->err, ERR_INPUT,
			       "%s: event %llu: time goes back from %llu to %llu ns", r->in->shown,
			       (unsigned long long)r->nr, (unsigned long long)r->last_ns, rec->ts);
	r->last_ns = rec->ts;
	if (id < 0 || id >= MAX_EVENT_ID || cpu < 0 || cpu > INT16_MAX)
		return err_set(r->err, ERR_INPUT,
			       "%s: event %llu: want a type and a CPU, have %d, %d", r->in->shown,
			       (unsigned long long)r->nr, id, cpu);
	if (rec->missed_events) {
		int rc;

		ev.kind = EV_LOST;
		ev.ns = rec->ts;
		ev.cpu = cpu;
		ev.pid = -1;
		ev.lost.n = rec->missed_events > 0 ? (uint64_t)rec->missed_events : 0;
		rc = r->sink(r->arg, &ev, r->err);
		if (rc)
			return rc;
		memset(&ev, 0, sizeof(ev));
	}
	d = dat_event_of(r, id);
	if (!d)
		return err_set(r->err, ERR_NOMEM, "out of memory");
	if (!d->known && dat_learn(r, d, id))
		return r->err->code;
	ev.ns = rec->ts;
	ev.cpu = cpu;
	ev.name = d->name;
	ev.kind = d->kind;
	ev.pid = tep_data_pid(r->tep, rec);
	ev.comm = tep_data_comm_from_pid(r->tep, ev.pid);
	dat_fields(r, &ev, d, rec);
	if (ev.kind == EV_EXIT)
		r->info->odd_exits += ev.exit.odd;
	return r->sink(r->arg, &ev, r->err);
}

static int dat_callback(struct tracecmd_input *handle, struct tep_record *rec, int cpu, void *arg)
{
	struct dat_reader *r = arg;

	(void)handle;
	/* after an error the rest is passed over: stopping would lose records */
	if (!r->rc)
		r->rc = dat_record(r, rec, cpu);
	return 0;
}

int imp_read_dat(const struct imp_input *in, struct ev_names *names, struct imp_info *info,
		 ev_sink sink, void *arg, struct err *err)
{
	struct dat_reader r = {
		.in = in,
		.names = names,
		.info = info,
		.sink = sink,
		.arg = arg,
		.err = err,
	};
	struct tracecmd_input *handle;
	int rc;

	tracecmd_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);
	__lsan_disable();
	handle = tracecmd_open(in->path, TRACECMD_FL_LOAD_NO_PLUGINS);
	__lsan_enable();
	if (!handle)
		return err_set(err, ERR_INPUT,
			       "%s: want a trace.dat of trace-cmd, cannot read it as one",
			       in->shown);
	r.tep = tracecmd_get_tep(handle);
	if (!r.tep) {
		rc = err_set(err, ERR_NOMEM, "out of memory");
		goto out;
	}
	info->nr_cpus = (uint32_t)tep_get_cpus(r.tep);
	info->instances = (uint32_t)tracecmd_buffer_instances(handle);
	rc = tracecmd_iterate_events(handle, NULL, 0, dat_callback, &r);
	if (r.rc)
		rc = r.rc;
	else if (rc)
		rc = err_set(err, ERR_INPUT, "%s: event %llu: cannot read on", in->shown,
			     (unsigned long long)r.nr + 1);
out:
	free(r.events);
	tracecmd_close(handle);
	return rc;
}
