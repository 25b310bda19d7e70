// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fields of host events out of their text, as the kernel's own format
 * strings print them (which trace-cmd report -N, ftrace's trace file and
 * perf script show), and as trace-cmd's plugins print those few that they
 * take over. Values beyond what a trace needs are passed over.
 */
#include <string.h>

#include "gic.h"
#include "import-event.h"

/* A cursor that stays where it failed, so that checks can be chained. */
struct cur {
	const char *p;
	bool ok;
};

static void c_skip_spaces(struct cur *c)
{
	while (*c->p == ' ' || *c->p == '\t')
		c->p++;
}

static bool c_lit(struct cur *c, const char *lit)
{
	size_t n = strlen(lit);

	c->ok = c->ok && !strncmp(c->p, lit, n);
	if (c->ok)
		c->p += n;
	return c->ok;
}

static bool c_try(struct cur *c, const char *lit)
{
	size_t n = strlen(lit);

	if (!c->ok || strncmp(c->p, lit, n))
		return false;
	c->p += n;
	return true;
}

static int digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if (ch >= 'a' && ch <= 'f')
		return ch - 'a' + 10;
	if (ch >= 'A' && ch <= 'F')
		return ch - 'A' + 10;
	return 16;
}

/* Base 10, or 16 after "0x"; @base 16 forces that. A sign wraps as in C. */
static uint64_t c_num(struct cur *c, unsigned int base)
{
	uint64_t v = 0;
	bool neg = false;
	const char *start;

	if (!c->ok)
		return 0;
	if (*c->p == '-') {
		neg = true;
		c->p++;
	}
	if (c->p[0] == '0' && (c->p[1] == 'x' || c->p[1] == 'X')) {
		base = 16;
		c->p += 2;
	}
	start = c->p;
	while ((unsigned int)digit(*c->p) < base) {
		if (v > (UINT64_MAX - 15) / base) {
			c->ok = false;
			return 0;
		}
		v = v * base + (unsigned int)digit(*c->p++);
	}
	c->ok = c->p != start;
	return neg ? -v : v;
}

static uint64_t c_max(struct cur *c, unsigned int base, uint64_t max)
{
	uint64_t v = c_num(c, base);

	if (v > max)
		c->ok = false;
	return v;
}

static int c_int(struct cur *c)
{
	int64_t v = (int64_t)c_num(c, 10);

	if (v < -1 || v > INT32_MAX)
		c->ok = false;
	return (int)v;
}

/* Somewhere in @s: " key=" or "key=" at its start. */
static bool key(const char *s, const char *name, uint64_t max, uint64_t *v)
{
	size_t n = strlen(name);

	for (const char *p = s; (p = strstr(p, name)); p += n) {
		struct cur c = { p + n + 1, true };

		if ((p != s && p[-1] != ' ') || p[n] != '=')
			continue;
		*v = c_max(&c, 10, max);
		return c.ok && (*c.p == ' ' || !*c.p);
	}
	return false;
}

static bool key32(const char *s, const char *name, uint32_t *v)
{
	uint64_t x;

	if (!key(s, name, UINT32_MAX, &x))
		return false;
	*v = (uint32_t)x;
	return true;
}

static bool key8(const char *s, const char *name, uint8_t *v)
{
	uint64_t x;

	if (!key(s, name, UINT8_MAX, &x))
		return false;
	*v = (uint8_t)x;
	return true;
}

static bool key_vcpu(const char *s, const char *name, int *v)
{
	uint64_t x;

	if (!key(s, name, UINT64_MAX, &x))
		return false;
	*v = (int)(int64_t)x;
	return *v >= -1;
}

static void copy_name(char *dst, const char *src, size_t len)
{
	size_t n = len < REC_NAME_MAX - 1 ? len : REC_NAME_MAX - 1;

	memset(dst, 0, REC_NAME_MAX);
	memcpy(dst, src, n);
}

/* trace-cmd's plugins for x86 complain before they print what there is. */
static const char *past_complaints(const char *s)
{
	const char *p = strrchr(s, '>');

	return strstr(s, "FIND FIELD") && p ? p + 1 : s;
}

static const char *f_entry(struct ev *ev, const char *s)
{
	struct cur c = { past_complaints(s), true };

	c_lit(&c, "PC: ");
	ev->entry.pc = c_num(&c, 16);
	return c.ok ? NULL : "want \"PC: 0x…\"";
}

static const char *f_exit(struct ev *ev, const char *s)
{
	static const char want[] = "want \"IRQ|TRAP|…: HSR_EC: 0x… (…), PC: 0x…\"";
	struct cur c = { past_complaints(s), true };
	const char *pc;

	if (c_try(&c, "IRQ:"))
		ev->exit.reason = EXIT_IRQ;
	else if (c_try(&c, "TRAP:"))
		ev->exit.reason = EXIT_TRAP;
	else if (c_try(&c, "SERROR:"))
		ev->exit.reason = EXIT_SERROR;
	else {
		c.p = strchr(c.p, ':');
		if (!c.p)
			return want;
		c.p++;
		ev->exit.reason = EXIT_TRAP;
		ev->exit.odd = true;
	}
	c_skip_spaces(&c);
	if (c_try(&c, "HSR_EC: ")) {
		ev->exit.ec = (uint32_t)c_max(&c, 16, UINT32_MAX);
		if (!c.ok)
			return want;
	}
	pc = strstr(c.p, "PC: ");
	if (!pc)
		return want;
	c.p = pc + 4;
	ev->exit.pc = c_num(&c, 16);
	return c.ok ? NULL : want;
}

static const char *f_mmio(struct ev *ev, const char *s)
{
	struct cur c = { s, true };

	c_try(&c, "mmio ");
	if (c_try(&c, "unsatisfied-read "))
		ev->mmio.type = 0;
	else if (c_try(&c, "read "))
		ev->mmio.type = 1;
	else if (c_lit(&c, "write "))
		ev->mmio.type = 2;
	c_lit(&c, "len ");
	ev->mmio.len = (uint32_t)c_max(&c, 10, UINT32_MAX);
	c_lit(&c, " gpa ");
	ev->mmio.gpa = c_num(&c, 16);
	c_lit(&c, " val ");
	ev->mmio.val = c_num(&c, 16);
	return c.ok ? NULL : "want \"mmio unsatisfied-read|read|write len N gpa 0x… val 0x…\"";
}

/* As raw fields (trace-cmd cannot print it), else "PC: X NAME (a,b,c,d,e) read|write". */
static const char *f_sys_access(struct ev *ev, const char *s)
{
	static const char want[] = "want \"… (Op0,Op1,CRn,CRm,Op2) read|write\" or its raw fields";
	uint32_t w, f[5];
	struct cur c;

	if (key32(s, "is_write", &w)) {
		static const char *const names[5] = { "Op0", "Op1", "CRn", "CRm", "Op2" };

		for (int i = 0; i < 5; i++)
			if (!key32(s, names[i], &f[i]))
				return want;
		ev->sysreg.write = w;
	} else {
		const char *p = strrchr(s, '(');

		if (!p)
			return want;
		c = (struct cur){ p + 1, true };
		for (int i = 0; i < 5; i++) {
			c_skip_spaces(&c);
			f[i] = (uint32_t)c_max(&c, 10, 15);
			c_lit(&c, i < 4 ? "," : ")");
		}
		c_skip_spaces(&c);
		ev->sysreg.write = c_try(&c, "write");
		if (!ev->sysreg.write)
			c_lit(&c, "read");
		if (!c.ok)
			return want;
	}
	if (f[0] > 3 || f[1] > 7 || f[2] > 15 || f[3] > 15 || f[4] > 7)
		return want;
	ev->sysreg.reg = SYSREG_ENC(f[0], f[1], f[2], f[3], f[4]);
	return NULL;
}

void ev_sysreg_from_esr(struct ev *ev, uint64_t esr)
{
	ev->sysreg.reg = SYSREG_ENC((esr >> 20) & 3, (esr >> 14) & 7, (esr >> 10) & 15,
				    (esr >> 1) & 15, (esr >> 17) & 7);
	ev->sysreg.write = !(esr & 1);
}

static const char *f_handle_sys_reg(struct ev *ev, const char *s)
{
	struct cur c = { s, true };

	c_lit(&c, "HSR ");
	ev_sysreg_from_esr(ev, c_num(&c, 16));
	return c.ok ? NULL : "want \"HSR 0x…\"";
}

static const char *f_sgi(struct ev *ev, const char *s)
{
	if (!key(s, "sgi1r", UINT64_MAX, &ev->sgi.val) || !key_vcpu(s, "vcpu", &ev->sgi.vcpu))
		return "want \"vcpu=N sgi1r=0x…\"";
	return NULL;
}

static const char *f_wfx(struct ev *ev, const char *s)
{
	struct cur c = { s, true };

	c_lit(&c, "guest executed wf");
	ev->wfx.wfe = c_try(&c, "e");
	if (!ev->wfx.wfe)
		ev->wfx.unsure = !c_try(&c, "i");
	return c.ok ? NULL : "want \"guest executed wfi|wfe …\"";
}

static const char *f_hvc(struct ev *ev, const char *s)
{
	const char *p = strstr(s, "imm: ");
	struct cur c = { p ? p + 5 : s, p != NULL };

	ev->hvc.imm = c_num(&c, 16);
	return c.ok ? NULL : "want \"… imm: 0x…\"";
}

/* "VCPU: 0, IRQ 27, level: 1"; the timer's has no colon after "level". */
static const char *f_update(struct ev *ev, const char *s)
{
	struct cur c = { s, true };

	c_lit(&c, "VCPU: ");
	ev->line.vcpu = c_int(&c);
	c_lit(&c, ", IRQ ");
	ev->line.irq = (uint32_t)c_max(&c, 10, UINT32_MAX);
	c_lit(&c, ", level");
	c_try(&c, ":");
	c_skip_spaces(&c);
	ev->line.level = c_num(&c, 10) != 0;
	return c.ok ? NULL : "want \"VCPU: N, IRQ N, level: 0|1\"";
}

static const char *f_irq_line(struct ev *ev, const char *s)
{
	const char *type = strchr(s, '('), *num = strstr(s, "num: ");
	struct cur c = { type ? type + 1 : s, type && num };

	ev->line.type = (uint32_t)c_max(&c, 10, UINT32_MAX);
	c_lit(&c, "), vcpu->idx: ");
	ev->line.vcpu = c_int(&c);
	c_lit(&c, ", num: ");
	ev->line.irq = (uint32_t)c_int(&c);
	c_lit(&c, ", level: ");
	ev->line.level = c_num(&c, 10) != 0;
	return c.ok ? NULL : "want \"Inject … (T), vcpu->idx: N, num: N, level: N\"";
}

static const char *f_msi(struct ev *ev, const char *s)
{
	if (!key32(s, "devid", &ev->msi.devid) || !key32(s, "data", &ev->msi.data))
		return "want \"data=N devid=N\"";
	return NULL;
}

/* Another event of that name (there are queues elsewhere) is not ours. */
static const char *f_queue(struct ev *ev, const char *s)
{
	if (!strstr(s, "intid=")) {
		ev->kind = EV_OTHER;
		return NULL;
	}
	if (!key32(s, "intid", &ev->queue.irq) || !key8(s, "line", &ev->queue.line) ||
	    !key8(s, "latch", &ev->queue.latch) || !key8(s, "active", &ev->queue.active) ||
	    !key8(s, "enabled", &ev->queue.enabled) || !key8(s, "prio", &ev->queue.prio))
		return "want \"intid=N line=N latch=N active=N enabled=N prio=N\"";
	return NULL;
}

static void lrs_words(struct ev_lrs *l, const char *s)
{
	for (l->nr = 0; l->nr < EV_MAX_LRS; l->nr++) {
		char name[8] = { 'l', 'r' };

		if (l->nr < 10) {
			name[2] = (char)('0' + l->nr);
		} else {
			name[2] = '1';
			name[3] = (char)('0' + l->nr - 10);
		}
		if (!key(s, name, UINT64_MAX, &l->lr[l->nr]))
			break;
	}
}

static const char *f_lrs(struct ev *ev, const char *s)
{
	struct ev_lrs *l = &ev->lrs;
	uint32_t when;

	if (!key_vcpu(s, "vcpu", &l->vcpu))
		return "want \"vcpu=N … lr0=0x…\"";
	lrs_words(l, s);
	if (!l->nr)
		return "want list registers, \"lr0=0x… …\"";
	l->has_used = key32(s, "used", &l->used);
	l->has_hcr = key32(s, "hcr", &l->hcr);
	l->has_vmcr = key32(s, "vmcr", &l->vmcr);
	l->has_apr =
		key32(s, "apr", &l->apr) || key32(s, "ap1r0", &l->apr) || key32(s, "ap", &l->apr);
	l->at_exit = ev->kind == EV_EXIT_LRS;
	if (ev->kind != EV_VGIC_LRS)
		return l->has_used ? NULL : "want \"used=N\"";
	l->has_model = key32(s, "model", &l->model);
	l->has_misr = key32(s, "misr", &l->misr);
	if (!key32(s, "when", &when) || !l->has_model || !l->has_misr ||
	    !key(s, "eisr", UINT64_MAX, &l->eisr) || !key(s, "elrsr", UINT64_MAX, &l->elrsr))
		return "want \"vcpu=N when=0|1 model=N hcr= vmcr= misr= eisr= elrsr= ap= lr0= …\"";
	l->at_exit = when;
	return NULL;
}

static const char *f_irq_entry(struct ev *ev, const char *s)
{
	struct cur c = { s, true };

	c_lit(&c, "irq=");
	ev->irq.irq = (uint32_t)c_max(&c, 10, UINT32_MAX);
	c_lit(&c, " name=");
	if (!c.ok)
		return "want \"irq=N name=…\"";
	copy_name(ev->irq.name, c.p, strlen(c.p));
	return NULL;
}

/* "00000000,00000008", most significant first. */
static bool parse_mask(struct cur *c, uint64_t *mask)
{
	memset(mask, 0, EV_CPUMASK_WORDS * sizeof(*mask));
	for (; *c->p && *c->p != ' '; c->p++) {
		int d = digit(*c->p);

		if (*c->p == ',')
			continue;
		if (d > 15)
			return false;
		for (int i = EV_CPUMASK_WORDS - 1; i > 0; i--)
			mask[i] = mask[i] << 4 | mask[i - 1] >> 60;
		mask[0] = mask[0] << 4 | (unsigned int)d;
	}
	return true;
}

static const char *f_ipi(struct ev *ev, const char *s)
{
	struct cur c = { s, true };
	const char *end;

	if (ev->kind == EV_IPI_RAISE) {
		c_lit(&c, "target_mask=");
		if (!c.ok || !parse_mask(&c, ev->ipi.mask))
			return "want \"target_mask=… (reason)\"";
		c_skip_spaces(&c);
	}
	end = strrchr(c.p, ')');
	if (!c_lit(&c, "(") || !end)
		return "want \"(reason)\"";
	copy_name(ev->ipi.reason, c.p, (size_t)(end - c.p));
	return NULL;
}

static void copy_comm(char *dst, const char *src, size_t len)
{
	size_t n = len < EV_COMM_MAX - 1 ? len : EV_COMM_MAX - 1;

	memset(dst, 0, EV_COMM_MAX);
	memcpy(dst, src, n);
}

/* trace-cmd's plugin and perf: "comm:pid [prio] S ==> comm:pid [prio]". */
static const char *f_switch_short(struct ev *ev, const char *s)
{
	static const char want[] = "want \"comm:pid [prio] S ==> comm:pid [prio]\"";
	const char *arrow = strstr(s, " ==> "), *b1, *b2, *p;
	struct cur c;

	if (!arrow)
		return want;
	for (b1 = arrow; b1 > s && *b1 != '['; b1--)
		;
	for (p = b1; p > s && *p != ':'; p--)
		;
	c = (struct cur){ p + 1, *p == ':' };
	ev->sched.prev = c_int(&c);
	p = strchr(b1, ']');
	if (!c.ok || !p || p > arrow)
		return want;
	ev->sched.preempted = memchr(p, 'R', (size_t)(arrow - p)) != NULL;
	arrow += 5;
	b2 = strrchr(arrow, '[');
	for (p = b2 ? b2 : arrow; p > arrow && *p != ':'; p--)
		;
	c = (struct cur){ p + 1, *p == ':' };
	ev->sched.next = c_int(&c);
	if (!c.ok)
		return want;
	copy_comm(ev->sched.next_comm, arrow, (size_t)(p - arrow));
	return NULL;
}

static const char *f_switch(struct ev *ev, const char *s)
{
	static const char want[] =
		"want \"prev_comm=… prev_pid=N … prev_state=S ==> next_comm=… next_pid=N …\"";
	const char *prev, *state, *comm, *next;
	struct cur c, d;

	if (strncmp(s, "prev_comm=", 10))
		return f_switch_short(ev, s);
	prev = strstr(s, " prev_pid=");
	state = prev ? strstr(prev, " prev_state=") : NULL;
	comm = state ? strstr(state, " ==> next_comm=") : NULL;
	next = comm ? strstr(comm, " next_pid=") : NULL;
	if (!next)
		return want;
	c = (struct cur){ prev + 10, true };
	d = (struct cur){ next + 10, true };
	ev->sched.prev = c_int(&c);
	ev->sched.next = c_int(&d);
	ev->sched.preempted = state[12] == 'R';
	comm += 15;
	copy_comm(ev->sched.next_comm, comm, (size_t)(next - comm));
	return c.ok && d.ok ? NULL : want;
}

static const char *f_fault(struct ev *ev, const char *s)
{
	struct cur c = { s, true };

	if (!c_try(&c, "ipa "))
		c_lit(&c, "IPA: ");
	ev->fault.ipa = c_num(&c, 16);
	return c.ok ? NULL : "want \"ipa 0x…\"";
}

static const char *f_hint(struct ev *ev, const char *s)
{
	struct cur c = { s, true };

	c_lit(&c, "vcpu ");
	ev->hint.vcpu = c_int(&c);
	return c.ok ? NULL : "want \"vcpu N: …\"";
}

const char *ev_parse_fields(struct ev *ev, const char *s)
{
	static const char *(*const parse[EV_NR_KINDS])(struct ev *, const char *) = {
		[EV_ENTRY] = f_entry,
		[EV_EXIT] = f_exit,
		[EV_MMIO] = f_mmio,
		[EV_SYS_ACCESS] = f_sys_access,
		[EV_HANDLE_SYS_REG] = f_handle_sys_reg,
		[EV_SGI_V3] = f_sgi,
		[EV_WFX] = f_wfx,
		[EV_HVC] = f_hvc,
		[EV_VGIC_UPDATE] = f_update,
		[EV_TIMER_UPDATE] = f_update,
		[EV_IRQ_LINE] = f_irq_line,
		[EV_ITS_CACHED] = f_msi,
		[EV_ITS_INJECT] = f_msi,
		[EV_QUEUE] = f_queue,
		[EV_ENTRY_LRS] = f_lrs,
		[EV_EXIT_LRS] = f_lrs,
		[EV_VGIC_LRS] = f_lrs,
		[EV_IRQ_ENTRY] = f_irq_entry,
		[EV_IPI_ENTRY] = f_ipi,
		[EV_IPI_RAISE] = f_ipi,
		[EV_SCHED_SWITCH] = f_switch,
		[EV_FAULT] = f_fault,
		[EV_VCPU_HINT] = f_hint,
	};

	return parse[ev->kind] ? parse[ev->kind](ev, s) : NULL;
}
