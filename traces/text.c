// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Event lines of the text form. A table says which arguments an event takes
 * and how each is written; only list registers and ITS commands, whose
 * arguments are no fixed list, have code of their own.
 */
#include "text.h"
#include "trace.h"
#include "wire.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>

#include "units.h"

enum arg_form {
	ARG_DEC,
	ARG_HEX,
	ARG_HEX2, /* at least so many digits */
	ARG_HEX8,
	ARG_ENUM,  /* one of .words */
	ARG_PLACE, /* the same, without "key=" */
	ARG_VAL,   /* hexadecimal, as wide as the access */
	ARG_SYSREG,
	ARG_MAYBE, /* hexadecimal, or "?" */
	ARG_NAME,
	ARG_TARGET, /* decimal, or "-" */
};

struct text_arg {
	const char *key;
	enum arg_form form;
	uint8_t off, size;
	bool needed;
	uint32_t flag;
	const char *const *words;
};

#define AT(field)                                                                                  \
	(uint8_t) offsetof(union rec_data, field), (uint8_t)sizeof(((union rec_data *)0)->field)
#define NEED(key, form, field)                                                                     \
	{                                                                                          \
		key, form, AT(field), true, 0, NULL                                                \
	}
#define MAY(key, form, field, flag)                                                                \
	{                                                                                          \
		key, form, AT(field), false, flag, NULL                                            \
	}
#define WORD(key, form, field, words)                                                              \
	{                                                                                          \
		key, form, AT(field), true, 0, words                                               \
	}

static const char *const words_bit[] = { "0", "1", NULL };
static const char *const words_rw[] = { "read", "write", NULL };
static const char *const words_sched[] = { "out", "in", NULL };
static const char *const words_at[] = { "entry", "exit", NULL };
static const char *const words_config[] = { "level", "edge", NULL };
static const char *const words_reason[] = { "irq", "trap", "serror", NULL };
static const char *const words_cause[] = { "unknown", "kick", "maintenance", "timer",
					   "device",  "ipi",  "other",	     NULL };

#define MAX_ARGS   14
#define LRS_BEFORE 2 /* where lr0= … stand in the order of an lrs line */

static const struct text_arg text_args[REC_NR_KINDS][MAX_ARGS] = {
	[REC_ENTRY] = { MAY("pc", ARG_HEX8, entry.pc, REC_HAS_PC) },
	[REC_EXIT] = { WORD("reason", ARG_ENUM, exit.reason, words_reason),
		       MAY("ec", ARG_HEX2, exit.ec, REC_HAS_EC),
		       MAY("pc", ARG_HEX8, exit.pc, REC_HAS_PC),
		       { "cause", ARG_ENUM, AT(exit.cause), false, 0, words_cause } },
	[REC_MMIO] = { WORD("read|write", ARG_PLACE, mmio.write, words_rw),
		       NEED("gpa", ARG_HEX8, mmio.gpa), NEED("len", ARG_DEC, mmio.len),
		       NEED("val", ARG_VAL, mmio.val) },
	[REC_SYSREG] = { WORD("read|write", ARG_PLACE, sysreg.write, words_rw),
			 NEED("reg", ARG_SYSREG, sysreg.reg),
			 { "val", ARG_MAYBE, AT(sysreg.val), true, REC_HAS_VAL, NULL } },
	[REC_HVC] = { MAY("imm", ARG_HEX, hvc.imm, REC_HAS_IMM) },
	[REC_INJECT] = { NEED("irq", ARG_DEC, inject.irq),
			 WORD("level", ARG_ENUM, inject.level, words_bit),
			 MAY("vcpu", ARG_DEC, inject.vcpu, REC_HAS_VCPU) },
	[REC_MSI] = { NEED("devid", ARG_HEX, msi.devid), NEED("eventid", ARG_DEC, msi.eventid) },
	[REC_SCHED] = { WORD("in|out", ARG_PLACE, sched.in, words_sched) },
	[REC_HOST_IRQ] = { MAY("irq", ARG_DEC, host_irq.irq, REC_HAS_IRQ),
			   MAY("name", ARG_NAME, host_irq.name, REC_HAS_NAME) },
	[REC_IPI] = { MAY("to", ARG_DEC, ipi.to, REC_HAS_TO),
		      MAY("reason", ARG_NAME, ipi.reason, REC_HAS_NAME) },
	[REC_ACK] = { NEED("irq", ARG_DEC, guest.irq),
		      MAY("src", ARG_DEC, guest.src, REC_HAS_SRC) },
	[REC_EOI] = { NEED("irq", ARG_DEC, guest.irq),
		      MAY("src", ARG_DEC, guest.src, REC_HAS_SRC) },
	[REC_DIR] = { NEED("irq", ARG_DEC, guest.irq),
		      MAY("src", ARG_DEC, guest.src, REC_HAS_SRC) },
	[REC_LRS] = { WORD("at", ARG_ENUM, lrs.at_exit, words_at), NEED("used", ARG_DEC, lrs.used),
		      MAY("hcr", ARG_HEX8, lrs.hcr, REC_HAS_HCR),
		      MAY("vmcr", ARG_HEX8, lrs.vmcr, REC_HAS_VMCR),
		      MAY("apr", ARG_HEX8, lrs.apr, REC_HAS_APR) },
	[REC_QUEUED] = { NEED("irq", ARG_DEC, queued.irq),
			 { "line", ARG_ENUM, AT(queued.line), false, REC_HAS_LINE, words_bit },
			 { "latch", ARG_ENUM, AT(queued.latch), false, REC_HAS_LATCH, words_bit },
			 { "active", ARG_ENUM, AT(queued.active), false, REC_HAS_ACTIVE,
			   words_bit },
			 { "enabled", ARG_ENUM, AT(queued.enabled), false, REC_HAS_ENABLED,
			   words_bit },
			 MAY("prio", ARG_HEX2, queued.prio, REC_HAS_PRIO) },
	[REC_STATE] = { NEED("irq", ARG_DEC, state.irq),
			MAY("vcpu", ARG_DEC, state.vcpu, REC_HAS_VCPU),
			WORD("enabled", ARG_ENUM, state.enabled, words_bit),
			WORD("pending", ARG_ENUM, state.pending, words_bit),
			WORD("line", ARG_ENUM, state.line, words_bit),
			WORD("active", ARG_ENUM, state.active, words_bit),
			WORD("config", ARG_ENUM, state.edge, words_config),
			NEED("prio", ARG_HEX2, state.prio),
			NEED("target", ARG_TARGET, state.target),
			{ "group", ARG_ENUM, AT(state.group), false, REC_HAS_GROUP, words_bit },
			MAY("hw", ARG_DEC, state.hw, REC_HAS_HW) },
	[REC_LOST] = { NEED("n", ARG_DEC, lost.n) },
};

/* ---- writing ---- */

struct text_out {
	char *buf;
	size_t len, at;
};

__attribute__((format(printf, 2, 3))) static void put(struct text_out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->at < o->len ? o->buf + o->at : NULL, o->at < o->len ? o->len - o->at : 0,
		      fmt, ap);
	va_end(ap);
	o->at += n > 0 ? (size_t)n : 0;
}

static void put_name(struct text_out *o, const char *s)
{
	if (*s && !strpbrk(s, " \"\\#")) {
		put(o, "%s", s);
		return;
	}
	put(o, "\"");
	for (; *s; s++)
		put(o, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
	put(o, "\"");
}

static uint64_t arg_get(const union rec_data *d, const struct text_arg *a)
{
	uint64_t v = 0;

	memcpy(&v, d->bytes + a->off, a->size < 8 ? a->size : 8);
	return v;
}

static const char *words_nth(const char *const *words, uint64_t v)
{
	for (uint64_t i = 0; words[i]; i++)
		if (i == v)
			return words[i];
	return "?";
}

static void put_arg(struct text_out *o, const struct trace_rec *r, const struct text_arg *a)
{
	uint64_t v = arg_get(&r->d, a);
	char reg[32];

	if (a->form == ARG_PLACE) {
		put(o, " %s", words_nth(a->words, v));
		return;
	}
	put(o, " %s=", a->key);
	switch (a->form) {
	case ARG_DEC:
		put(o, "%" PRIu64, v);
		break;
	case ARG_HEX:
		put(o, "0x%" PRIx64, v);
		break;
	case ARG_HEX2:
		put(o, "0x%02" PRIx64, v);
		break;
	case ARG_HEX8:
		put(o, "0x%08" PRIx64, v);
		break;
	case ARG_ENUM:
	case ARG_PLACE:
		put(o, "%s", words_nth(a->words, v));
		break;
	case ARG_VAL:
		put(o, "0x%0*" PRIx64, 2 * r->d.mmio.len, v);
		break;
	case ARG_SYSREG:
		put(o, "%s", sysreg_name((uint32_t)v, reg, sizeof(reg)));
		break;
	case ARG_MAYBE:
		if (r->flags & a->flag)
			put(o, "0x%08" PRIx64, v);
		else
			put(o, "?");
		break;
	case ARG_NAME:
		put_name(o, (const char *)r->d.bytes + a->off);
		break;
	case ARG_TARGET:
		if (v == REC_TARGET_NONE)
			put(o, "-");
		else
			put(o, "%" PRIu64, v);
		break;
	}
}

static bool arg_is_there(const struct trace_rec *r, const struct text_arg *a)
{
	if (a->needed || r->flags & a->flag)
		return true;
	return !a->flag && arg_get(&r->d, a); /* cause= */
}

static void put_its(struct text_out *o, const uint64_t dw[4])
{
	const struct text_its_cmd *c = text_its_by_words(dw);

	if (!c) {
		put(o, " cmd=0x%02x", (unsigned int)(dw[0] & 0xff));
		for (int i = 0; i < 4; i++)
			put(o, " dw%d=0x%016" PRIx64, i, dw[i]);
		return;
	}
	put(o, " cmd=%s", c->name);
	for (const struct text_its_field *f = c->field; f->key; f++)
		put(o, f->hex ? " %s=0x%" PRIx64 : " %s=%" PRIu64, f->key,
		    dw[f->dw] >> f->shift & ((UINT64_C(1) << f->bits) - 1));
}

static void put_lrs(struct text_out *o, const struct trace_rec *r, unsigned int nr)
{
	for (unsigned int i = 0; i < r->d.lrs.nr && i < REC_LRS_FIRST; i++)
		put(o, " lr%u=0x%08" PRIx64, i, r->d.lrs.lr[i]);
	for (unsigned int k = 1; k < nr; k++)
		for (unsigned int i = 0; i < r[k].d.lrs_more.nr && i < REC_LRS_EACH; i++)
			put(o, " lr%u=0x%08" PRIx64, r[k].d.lrs_more.first + i,
			    r[k].d.lrs_more.lr[i]);
}

static void put_who(struct text_out *o, const struct trace_rec *r)
{
	char cpu[16] = "-", ctx[16] = "-";

	if (r->cpu >= 0)
		snprintf(cpu, sizeof(cpu), "%d", r->cpu);
	if (r->ctx == CTX_VCPU)
		snprintf(ctx, sizeof(ctx), "v%u", r->ctx_id);
	else if (r->ctx == CTX_THREAD)
		snprintf(ctx, sizeof(ctx), "t%u", r->ctx_id);
	else if (r->ctx == CTX_IRQ)
		snprintf(ctx, sizeof(ctx), "irq");
	put(o, "%" PRIu64 ".%09" PRIu64 "  %-3s %-4s ", r->time_ns / 1000000000,
	    r->time_ns % 1000000000, cpu, ctx);
}

int text_format(const struct trace_rec *rec, unsigned int nr, char *buf, size_t len)
{
	struct text_out o = { buf, len, 0 };
	const char *name = rec_kind_name(rec->kind);
	size_t before;

	put_who(&o, rec);
	before = o.at;
	put(&o, "%s", name ? name : "?");
	if (!name)
		return (int)o.at;
	/* Padded only if something follows: no line ends in blanks. */
	if (rec->kind == REC_ITS) {
		put(&o, "%*s", (int)(7 - (o.at - before)), "");
		put_its(&o, rec->d.its.dw);
		return (int)o.at;
	}
	if (rec->kind == REC_LRS_MORE) {
		for (unsigned int i = 0; i < rec->d.lrs_more.nr && i < REC_LRS_EACH; i++)
			put(&o, " lr%u=0x%08" PRIx64, rec->d.lrs_more.first + i,
			    rec->d.lrs_more.lr[i]);
		return (int)o.at;
	}
	for (unsigned int i = 0, any = 0; text_args[rec->kind][i].key; i++) {
		const struct text_arg *a = &text_args[rec->kind][i];

		if (rec->kind == REC_LRS && i == LRS_BEFORE)
			put_lrs(&o, rec, nr);
		if (!arg_is_there(rec, a))
			continue;
		if (!any++ && o.at - before < 7)
			put(&o, "%*s", (int)(7 - (o.at - before)), "");
		put_arg(&o, rec, a);
	}
	return (int)o.at;
}

int trace_text_line(const struct trace_rec *rec, char *buf, size_t len)
{
	return text_format(rec, 1, buf, len);
}

/* ---- reading ---- */

struct text_in {
	const char *p, *end;
	char *why;
	size_t len;
};

__attribute__((cold, format(printf, 2, 3))) static int bad(struct text_in *in, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(in->why, in->len, fmt, ap);
	va_end(ap);
	return -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* What a word may be long: a quoted name with every byte escaped, and its key. */
#define WORD_MAX 160

/*
 * The next word, up to a blank outside of quotes, quotes and escapes removed.
 * 1, 0 at the end of the line (or a comment), -1.
 */
static int next_word(struct text_in *in, char word[WORD_MAX])
{
	bool quoted = false;
	size_t n = 0;

	while (in->p < in->end && is_blank(*in->p))
		in->p++;
	if (in->p == in->end || *in->p == '#')
		return 0;
	for (; in->p < in->end && (quoted || !is_blank(*in->p)); in->p++) {
		char c = *in->p;

		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && c == '\\' && in->p + 1 < in->end) {
			c = *++in->p;
			if (c != '"' && c != '\\')
				return bad(in, "want \\\" or \\\\, have \\%c",
					   isprint((unsigned char)c) ? c : '?');
		}
		if (!c || n == WORD_MAX - 1)
			return bad(in,
				   c ? "want words of at most %d bytes, have a longer one"
				     : "want text, have a NUL (words of up to %d)",
				   WORD_MAX - 1);
		word[n++] = c;
	}
	word[n] = 0;
	return quoted ? bad(in, "want a closing quote, have the line's end") : 1;
}

static int parse_time(struct text_in *in, const char *s, uint64_t *ns)
{
	uint64_t sec = 0, frac = 0;
	const char *p = s;
	int digits = 0;

	for (; isdigit((unsigned char)*p) && sec <= UINT32_MAX; p++)
		sec = sec * 10 + (uint64_t)(*p - '0');
	if (p == s || *p != '.' || sec > UINT32_MAX)
		return bad(in, "time: want SECONDS.NANOSECONDS below 2^32 seconds, have \"%s\"", s);
	for (p++; isdigit((unsigned char)*p); p++, digits++)
		frac = digits < 9 ? frac * 10 + (uint64_t)(*p - '0') : frac;
	if (digits != 9 || *p)
		return bad(in, "time: want nine decimals, have \"%s\"", s);
	*ns = sec * 1000000000 + frac;
	return 0;
}

static int parse_cpu(struct text_in *in, const char *s, int16_t *cpu)
{
	uint32_t v;

	*cpu = -1;
	if (!strcmp(s, "-"))
		return 0;
	if (!units_parse_u32(s, INT16_MAX, &v))
		return bad(in, "cpu: want a number up to %d or \"-\", have \"%s\"", INT16_MAX, s);
	*cpu = (int16_t)v;
	return 0;
}

static int parse_ctx(struct text_in *in, const char *s, struct trace_rec *r)
{
	if (!strcmp(s, "-"))
		r->ctx = CTX_NONE;
	else if (!strcmp(s, "irq"))
		r->ctx = CTX_IRQ;
	else if ((*s == 'v' || *s == 't') && units_parse_u32(s + 1, UINT32_MAX, &r->ctx_id))
		r->ctx = *s == 'v' ? CTX_VCPU : CTX_THREAD;
	else
		return bad(in, "ctx: want vN, tN, \"irq\" or \"-\", have \"%s\"", s);
	return 0;
}

static int parse_kind(struct text_in *in, const char *s, uint8_t *kind)
{
	for (unsigned int k = 1; k < REC_NR_KINDS; k++) {
		if (k == REC_LRS_MORE || strcmp(rec_kind_name(k), s))
			continue;
		*kind = (uint8_t)k;
		return 0;
	}
	return bad(in, "event: want entry, exit, mmio, … (vgicsim list events), have \"%s\"", s);
}

static int find_word(const char *const *words, const char *s)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], s))
			return i;
	return -1;
}

static int bad_word(struct text_in *in, const char *key, const char *const *words, const char *s)
{
	char list[96] = "";

	for (size_t i = 0, at = 0; words[i] && at < sizeof(list); i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i ? "|" : "",
				       words[i]);
	return bad(in, "%s: want %s, have \"%s\"", key, list, s);
}

static int parse_arg(struct text_in *in, struct trace_rec *r, const struct text_arg *a,
		     const char *s)
{
	uint64_t v = 0, max = a->size >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * a->size) - 1;
	uint32_t reg;
	int i;

	switch (a->form) {
	case ARG_ENUM:
	case ARG_PLACE:
		i = find_word(a->words, s);
		/* An unknown cause is said by leaving it out. */
		if (i < 0 || (a->words == words_cause && !i))
			return bad_word(in, a->key, a->words + (a->words == words_cause), s);
		v = (uint64_t)i;
		break;
	case ARG_SYSREG:
		if (sysreg_parse(s, &reg))
			return bad(in,
				   "%s: want a register (ICC_SGI1R_EL1, s3_0_c12_c11_5), "
				   "have \"%s\"",
				   a->key, s);
		v = reg;
		break;
	case ARG_NAME:
		if (strlen(s) >= REC_NAME_MAX || !wire_text_ok(s))
			return bad(in, "%s: want printable UTF-8 of at most %d bytes, have \"%s\"",
				   a->key, REC_NAME_MAX - 1, wire_text_ok(s) ? s : "other");
		memcpy(r->d.bytes + a->off, s, strlen(s));
		r->flags |= a->flag;
		return 0;
	default:
		if (a->form == ARG_MAYBE && !strcmp(s, "?"))
			return 0;
		if (a->form == ARG_TARGET && !strcmp(s, "-"))
			v = REC_TARGET_NONE;
		else if (!units_parse_u64(s, &v) || v > max)
			return bad(in, "%s: want a number up to 0x%" PRIx64 "%s, have \"%s\"",
				   a->key, max,
				   a->form == ARG_MAYBE	   ? " or \"?\""
				   : a->form == ARG_TARGET ? " or \"-\""
							   : "",
				   s);
	}
	memcpy(r->d.bytes + a->off, &v, a->size);
	r->flags |= a->flag;
	return 0;
}

static int bad_key(struct text_in *in, const struct trace_rec *r, const char *key)
{
	char list[160] = "";
	size_t at = 0;

	for (const struct text_arg *a = text_args[r->kind]; a->key && at < sizeof(list); a++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s%s", at ? ", " : "",
				       a->key, a->form == ARG_PLACE ? "" : "=");
	return bad(in, "%s: want %s, have \"%s\"", rec_kind_name(r->kind),
		   at ? list : "no arguments", key);
}

/* lrN=: into the record that holds register N. */
static int parse_lr(struct text_in *in, struct trace_rec *rec, const char *key, const char *val,
		    uint64_t *have)
{
	uint64_t v;
	uint32_t n;

	if (!units_parse_u32(key + 2, 63, &n))
		return bad(in, "lrs: want lr0= … lr63=, have \"%s\"", key);
	if (*have & UINT64_C(1) << n)
		return bad(in, "lr%u: want it once, have it again", n);
	if (!units_parse_u64(val, &v))
		return bad(in, "lr%u: want a 64-bit number, have \"%s\"", n, val);
	*have |= UINT64_C(1) << n;
	if (n < REC_LRS_FIRST)
		rec->d.lrs.lr[n] = v;
	else
		rec[1 + (n - REC_LRS_FIRST) / REC_LRS_EACH]
			.d.lrs_more.lr[(n - REC_LRS_FIRST) % REC_LRS_EACH] = v;
	return 0;
}

static int finish_lrs(struct text_in *in, struct trace_rec *rec, uint64_t have)
{
	unsigned int nr = have ? 64 - (unsigned int)__builtin_clzll(have) : 0;
	unsigned int recs;

	if (have & (have + 1))
		return bad(in, "lrs: want lr0= to lr%u=, have gaps", nr - 1);
	rec->d.lrs.nr = (uint8_t)nr;
	recs = text_line_recs(rec);
	for (unsigned int k = 1; k < recs; k++) {
		unsigned int first = REC_LRS_FIRST + (k - 1) * REC_LRS_EACH;

		rec[k].time_ns = rec->time_ns;
		rec[k].kind = REC_LRS_MORE;
		rec[k].ctx = rec->ctx;
		rec[k].cpu = rec->cpu;
		rec[k].ctx_id = rec->ctx_id;
		rec[k].d.lrs_more.first = (uint8_t)first;
		rec[k].d.lrs_more.nr =
			(uint8_t)(nr - first < REC_LRS_EACH ? nr - first : REC_LRS_EACH);
	}
	return (int)recs;
}

/* The argument that @word is, and its value; NULL and *rc if there is none. */
static const struct text_arg *find_arg(const struct trace_rec *r, char *word, char **val)
{
	char *eq = strchr(word, '=');

	for (const struct text_arg *a = text_args[r->kind]; a->key; a++) {
		if (a->form == ARG_PLACE) {
			*val = word;
			if (!eq)
				return a;
			continue;
		}
		if (eq && strlen(a->key) == (size_t)(eq - word) &&
		    !strncmp(a->key, word, (size_t)(eq - word))) {
			*val = eq + 1;
			return a;
		}
	}
	return NULL;
}

static int parse_args(struct text_in *in, struct trace_rec *rec)
{
	char word[WORD_MAX], *val;
	uint64_t lrs = 0;
	uint32_t seen = 0;
	int more;

	while ((more = next_word(in, word)) > 0) {
		const struct text_arg *a;

		if (rec->kind == REC_LRS && !strncmp(word, "lr", 2) && (val = strchr(word, '='))) {
			*val = 0;
			if (parse_lr(in, rec, word, val + 1, &lrs))
				return -1;
			continue;
		}
		a = find_arg(rec, word, &val);
		if (!a)
			return bad_key(in, rec, word);
		if (seen & 1u << (a - text_args[rec->kind]))
			return bad(in, "%s: want it once, have it again", a->key);
		seen |= 1u << (a - text_args[rec->kind]);
		if (parse_arg(in, rec, a, val))
			return -1;
	}
	if (more < 0)
		return -1;
	for (unsigned int i = 0; text_args[rec->kind][i].key; i++)
		if (text_args[rec->kind][i].needed && !(seen & 1u << i))
			return bad(in, "%s: want %s%s, have none", rec_kind_name(rec->kind),
				   text_args[rec->kind][i].key,
				   text_args[rec->kind][i].form == ARG_PLACE ? "" : "=");
	return rec->kind == REC_LRS ? finish_lrs(in, rec, lrs) : 1;
}

/* One operand of an ITS command, typed or raw. */
static int parse_its_arg(struct text_in *in, uint64_t dw[4], const struct text_its_cmd *c,
			 const char *key, const char *val, uint32_t *seen)
{
	unsigned int i = 0, bits = 64, shift = 0, at = 0;
	uint64_t v;

	if (c) {
		while (c->field[i].key && strcmp(c->field[i].key, key))
			i++;
		if (!c->field[i].key)
			return bad(in, "its: want an operand of %s, have \"%s=\"", c->name, key);
		bits = c->field[i].bits;
		shift = c->field[i].shift;
		at = c->field[i].dw;
	} else {
		if (strncmp(key, "dw", 2) || key[2] < '0' || key[2] > '3' || key[3])
			return bad(in, "its: want dw0= … dw3= of a raw command, have \"%s=\"", key);
		at = i = (unsigned int)(key[2] - '0');
	}
	if (*seen & 1u << i)
		return bad(in, "%s: want it once, have it again", key);
	*seen |= 1u << i;
	if (!units_parse_u64(val, &v) || (bits < 64 && v >> bits))
		return bad(in, "%s: want a number of %u bits, have \"%s\"", key, bits, val);
	dw[at] |= v << shift;
	return 0;
}

static int parse_its(struct text_in *in, struct trace_rec *rec)
{
	const struct text_its_cmd *c;
	char word[WORD_MAX], *val;
	uint32_t seen = 0, want = 0, raw = 0;
	uint64_t *dw = rec->d.its.dw;
	int more;

	more = next_word(in, word);
	if (more < 0)
		return -1;
	if (!more || strncmp(word, "cmd=", 4))
		return bad(in, "its: want cmd= first, have %s%s%s", more ? "\"" : "",
			   more ? word : "nothing", more ? "\"" : "");
	c = text_its_by_name(word + 4);
	if (!c && !units_parse_u32(word + 4, 0xff, &raw))
		return bad(in, "cmd: want MAPD, MAPTI, … or a number up to 0xff, have \"%s\"",
			   word + 4);
	while ((more = next_word(in, word)) > 0) {
		val = strchr(word, '=');
		if (!val)
			return bad(in, "its: want key=value, have \"%s\"", word);
		*val = 0;
		if (parse_its_arg(in, dw, c, word, val + 1, &seen))
			return -1;
	}
	if (more < 0)
		return -1;
	if (c) {
		for (unsigned int i = 0; c->field[i].key; i++)
			want |= 1u << i;
		dw[0] |= c->cmd;
	} else {
		want = 0xf;
		if ((dw[0] & 0xff) != raw)
			return bad(in, "dw0: want a command word of 0x%02x, have 0x%" PRIx64, raw,
				   dw[0]);
	}
	if (seen != want)
		return bad(in, "its: want all operands of the command (%s), have %d of %d",
			   c ? c->field[__builtin_ctz(want & ~seen)].key : "dw0= … dw3=",
			   __builtin_popcount(seen), __builtin_popcount(want));
	return 1;
}

int text_parse_line(const char *line, size_t n, struct trace_rec rec[TEXT_MAX_RECS], char *why,
		    size_t len)
{
	struct text_in in = { line, line + n, why, len };
	static const char *const heads[] = { "time", "cpu", "ctx", "event" };
	char word[4][WORD_MAX];
	int rc;

	memset(rec, 0, TEXT_MAX_RECS * sizeof(*rec));
	for (int i = 0; i < 4; i++) {
		rc = next_word(&in, word[i]);
		if (rc < 0 || (!rc && !i))
			return rc;
		if (!rc)
			return bad(&in, "want time, cpu, ctx and event, have no %s", heads[i]);
	}
	if (parse_time(&in, word[0], &rec->time_ns) || parse_cpu(&in, word[1], &rec->cpu) ||
	    parse_ctx(&in, word[2], rec) || parse_kind(&in, word[3], &rec->kind))
		return -1;
	return rec->kind == REC_ITS ? parse_its(&in, rec) : parse_args(&in, rec);
}
