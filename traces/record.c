// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an event may say: the names of its enumerations, and one record or one
 * header against the rules of its kind. Rules that need more than one record
 * (order of times, sequence, continuations) are in flow.h, plausibility is in
 * check.c.
 */
#include "trace.h"
#include "wire.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "gic.h"

#define NAMED(table, i) ((i) < sizeof(table) / sizeof((table)[0]) ? (table)[i] : NULL)

#define ON_NONE	  (1u << CTX_NONE)
#define ON_VCPU	  (1u << CTX_VCPU)
#define ON_IRQ	  (1u << CTX_IRQ)
#define ON_ANY	  ((1u << CTX_NR) - 1)
#define GUEST_ARG sizeof(((union rec_data *)0)->guest)

static const struct kind_rule {
	const char *name;
	uint32_t may; /* flags */
	uint8_t ctxs;
	uint8_t bytes; /* of rec_data; the rest is zero */
} kind_rules[REC_NR_KINDS] = {
	[REC_ENTRY] = { "entry", REC_HAS_PC, ON_VCPU, 8 },
	[REC_EXIT] = { "exit", REC_HAS_PC | REC_HAS_EC, ON_VCPU, 14 },
	[REC_MMIO] = { "mmio", 0, ON_VCPU, 18 },
	[REC_SYSREG] = { "sysreg", REC_HAS_VAL, ON_VCPU, 13 },
	[REC_WFI] = { "wfi", 0, ON_VCPU, 0 },
	[REC_WFE] = { "wfe", 0, ON_VCPU, 0 },
	[REC_HVC] = { "hvc", REC_HAS_IMM, ON_VCPU, 4 },
	[REC_INJECT] = { "inject", REC_HAS_VCPU, ON_ANY, 9 },
	[REC_MSI] = { "msi", 0, ON_ANY, 8 },
	[REC_ITS] = { "its", 0, ON_VCPU, 32 },
	[REC_SCHED] = { "sched", 0, ON_VCPU, 1 },
	[REC_HOST_IRQ] = { "host-irq", REC_HAS_IRQ | REC_HAS_NAME, ON_IRQ, 48 },
	[REC_IPI] = { "ipi", REC_HAS_NAME | REC_HAS_TO, ON_IRQ | ON_VCPU, 48 },
	[REC_ACK] = { "ack", REC_HAS_SRC, ON_VCPU, GUEST_ARG },
	[REC_EOI] = { "eoi", REC_HAS_SRC, ON_VCPU, GUEST_ARG },
	[REC_DIR] = { "dir", REC_HAS_SRC, ON_VCPU, GUEST_ARG },
	[REC_LRS] = { "lrs", REC_HAS_HCR | REC_HAS_VMCR | REC_HAS_APR, ON_VCPU, 47 },
	[REC_LRS_MORE] = { "lrs", 0, ON_VCPU, 42 },
	[REC_QUEUED] = { "queued",
			 REC_HAS_LINE | REC_HAS_LATCH | REC_HAS_ACTIVE | REC_HAS_ENABLED |
				 REC_HAS_PRIO,
			 ON_ANY, 9 },
	[REC_STATE] = { "state", REC_HAS_VCPU | REC_HAS_HW | REC_HAS_GROUP, ON_NONE, 23 },
	[REC_LOST] = { "lost", 0, ON_NONE, 8 },
};

const char *rec_kind_name(unsigned int kind)
{
	return kind < REC_NR_KINDS ? kind_rules[kind].name : NULL;
}

const char *rec_cause_name(unsigned int cause)
{
	static const char *const names[CAUSE_NR] = {
		"unknown", "kick", "maintenance", "timer", "device", "ipi", "other",
	};

	return NAMED(names, cause);
}

const char *rec_reason_name(unsigned int reason)
{
	static const char *const names[EXIT_NR_REASONS] = { "irq", "trap", "serror" };

	return NAMED(names, reason);
}

const char *frame_kind_name(unsigned int kind)
{
	static const char *const names[FRAME_NR_KINDS] = { "gicd", "gicc", "gicr", "its" };

	return NAMED(names, kind);
}

__attribute__((cold, format(printf, 3, 4))) static const char *bad(char *buf, size_t len,
								   const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, len, fmt, ap);
	va_end(ap);
	return buf;
}

/* Bytes 0..n-1 of the arguments may be used: are all others zero? */
static bool rest_is_zero(const union rec_data *d, unsigned int n)
{
	uint64_t w[REC_DATA_BYTES / 8], any = 0;
	unsigned int i = n / 8;

	memcpy(w, d, sizeof(w));
	if (n % 8)
		any = w[i++] >> 8 * (n % 8);
	for (; i < REC_DATA_BYTES / 8; i++)
		any |= w[i];
	return !any;
}

bool wire_text_ok(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	while (*p) {
		unsigned int more, min, c = *p++;

		if (c < 0x80) {
			if (c < 0x20 || c == 0x7f)
				return false;
			continue;
		}
		if (c >= 0xc2 && c <= 0xdf)
			more = 1, min = 0x80, c &= 0x1f;
		else if (c >= 0xe0 && c <= 0xef)
			more = 2, min = 0x800, c &= 0x0f;
		else if (c >= 0xf0 && c <= 0xf4)
			more = 3, min = 0x10000, c &= 0x07;
		else
			return false;
		for (; more; more--) {
			if ((*p & 0xc0) != 0x80)
				return false;
			c = c << 6 | (*p++ & 0x3f);
		}
		/* 0x80..0x9f are control characters, however they are written. */
		if (c < min || c < 0xa0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return false;
	}
	return true;
}

static bool name_ok(const char name[REC_NAME_MAX])
{
	size_t n = strnlen(name, REC_NAME_MAX);

	if (n == REC_NAME_MAX)
		return false;
	for (size_t i = n; i < REC_NAME_MAX; i++)
		if (name[i])
			return false;
	return wire_text_ok(name);
}

static const char *check_irq(uint32_t irq, const struct trace_meta *meta, char *buf, size_t len)
{
	uint32_t spis = meta ? meta->nr_spis : GIC_LAST_SPI + 1 - GIC_FIRST_SPI;

	if (irq < GIC_FIRST_SPI + spis)
		return NULL;
	if (irq >= GIC_FIRST_LPI && irq < 1u << 24 && !(meta && meta->gic == 2))
		return NULL;
	return bad(buf, len, "irq: want 0..%u%s, have %u", GIC_FIRST_SPI - 1 + spis,
		   meta && meta->gic == 2 ? "" : " or an LPI (8192..16777215)", irq);
}

static const char *check_vcpu(const char *key, uint32_t vcpu, const struct trace_meta *meta,
			      char *buf, size_t len)
{
	uint32_t nr = meta ? meta->nr_vcpus : TRACE_MAX_VCPUS;

	return vcpu < nr ? NULL : bad(buf, len, "%s: want 0..%u, have %u", key, nr - 1, vcpu);
}

/* An optional argument that is not there must read as zero. */
static const char *check_absent(uint32_t flags, uint32_t flag, uint64_t val, const char *key,
				char *buf, size_t len)
{
	if (flags & flag || !val)
		return NULL;
	return bad(buf, len, "%s: want 0 as the argument is absent, have 0x%" PRIx64, key, val);
}

static const char *check_bit(const char *key, uint8_t val, char *buf, size_t len)
{
	return val <= 1 ? NULL : bad(buf, len, "%s: want 0 or 1, have %u", key, val);
}

#define TRY(call)                                                                                  \
	do {                                                                                       \
		const char *w_ = (call);                                                           \
		if (w_)                                                                            \
			return w_;                                                                 \
	} while (0)

static const char *check_exit(const struct trace_rec *r, char *buf, size_t len)
{
	TRY(check_absent(r->flags, REC_HAS_PC, r->d.exit.pc, "pc", buf, len));
	TRY(check_absent(r->flags, REC_HAS_EC, r->d.exit.ec, "ec", buf, len));
	if (r->d.exit.reason >= EXIT_NR_REASONS)
		return bad(buf, len, "reason: want 0..%u, have %u", EXIT_NR_REASONS - 1,
			   r->d.exit.reason);
	if (r->d.exit.ec > 0x3f)
		return bad(buf, len, "ec: want 0..0x3f, have 0x%x", r->d.exit.ec);
	if (r->d.exit.cause >= CAUSE_NR)
		return bad(buf, len, "cause: want 0..%u, have %u", CAUSE_NR - 1, r->d.exit.cause);
	if (r->d.exit.cause && r->d.exit.reason != EXIT_IRQ)
		return bad(buf, len, "cause: want it with reason=irq only, have reason=%s",
			   rec_reason_name(r->d.exit.reason));
	return NULL;
}

static const char *check_mmio(const struct trace_rec *r, char *buf, size_t len)
{
	unsigned int n = r->d.mmio.len;

	TRY(check_bit("write", r->d.mmio.write, buf, len));
	if (n != 1 && n != 2 && n != 4 && n != 8)
		return bad(buf, len, "len: want 1, 2, 4 or 8, have %u", n);
	if (n < 8 && r->d.mmio.val >> 8 * n)
		return bad(buf, len, "val: want at most %u bytes, have 0x%" PRIx64, n,
			   r->d.mmio.val);
	return NULL;
}

static const char *check_sysreg(const struct trace_rec *r, char *buf, size_t len)
{
	TRY(check_bit("write", r->d.sysreg.write, buf, len));
	if (r->d.sysreg.reg > 0xffff)
		return bad(buf, len, "reg: want 0..0xffff, have 0x%x", r->d.sysreg.reg);
	return check_absent(r->flags, REC_HAS_VAL, r->d.sysreg.val, "val", buf, len);
}

static const char *check_inject(const struct trace_rec *r, const struct trace_meta *meta, char *buf,
				size_t len)
{
	bool has_vcpu = r->flags & REC_HAS_VCPU;

	TRY(check_irq(r->d.inject.irq, meta, buf, len));
	TRY(check_bit("level", r->d.inject.level, buf, len));
	TRY(check_absent(r->flags, REC_HAS_VCPU, r->d.inject.vcpu, "vcpu", buf, len));
	if (has_vcpu)
		return check_vcpu("vcpu", r->d.inject.vcpu, meta, buf, len);
	if (gic_is_private(r->d.inject.irq))
		return bad(buf, len, "vcpu: want one for private irq %u, have none",
			   r->d.inject.irq);
	return NULL;
}

static const char *check_guest(const struct trace_rec *r, const struct trace_meta *meta, char *buf,
			       size_t len)
{
	/* The guest that asks in vain gets the spurious INTID. */
	if (!(r->kind == REC_ACK && r->d.guest.irq == GIC_SPURIOUS))
		TRY(check_irq(r->d.guest.irq, meta, buf, len));
	TRY(check_absent(r->flags, REC_HAS_SRC, r->d.guest.src, "src", buf, len));
	return check_vcpu("src", r->d.guest.src, meta, buf, len);
}

static const char *check_lrs(const struct trace_rec *r, const struct trace_meta *meta, char *buf,
			     size_t len)
{
	unsigned int max = meta && meta->gic == 3 ? GICV3_MAX_LRS : GIC_MAX_LRS;

	TRY(check_bit("at", r->d.lrs.at_exit, buf, len));
	if (r->d.lrs.nr > max)
		return bad(buf, len, "lrs: want at most %u, have %u", max, r->d.lrs.nr);
	if (r->d.lrs.used > GIC_MAX_LRS)
		return bad(buf, len, "used: want at most %u, have %u", GIC_MAX_LRS, r->d.lrs.used);
	TRY(check_absent(r->flags, REC_HAS_HCR, r->d.lrs.hcr, "hcr", buf, len));
	TRY(check_absent(r->flags, REC_HAS_VMCR, r->d.lrs.vmcr, "vmcr", buf, len));
	TRY(check_absent(r->flags, REC_HAS_APR, r->d.lrs.apr, "apr", buf, len));
	for (unsigned int i = 0; i < REC_LRS_FIRST; i++) {
		if (i >= r->d.lrs.nr && r->d.lrs.lr[i])
			return bad(buf, len, "lr%u: want 0 beyond the last, have 0x%" PRIx64, i,
				   r->d.lrs.lr[i]);
		if (meta && meta->gic == 2 && r->d.lrs.lr[i] >> 32)
			return bad(buf, len, "lr%u: want 32 bits, have 0x%" PRIx64, i,
				   r->d.lrs.lr[i]);
	}
	return NULL;
}

static const char *check_lrs_more(const struct trace_rec *r, const struct trace_meta *meta,
				  char *buf, size_t len)
{
	unsigned int first = r->d.lrs_more.first, nr = r->d.lrs_more.nr;

	if (nr < 1 || nr > REC_LRS_EACH)
		return bad(buf, len, "nr: want 1..%u, have %u", REC_LRS_EACH, nr);
	if (first < REC_LRS_FIRST || first + nr > GIC_MAX_LRS)
		return bad(buf, len, "first: want %u..%u, have %u", REC_LRS_FIRST, GIC_MAX_LRS - nr,
			   first);
	for (unsigned int i = 0; i < REC_LRS_EACH; i++) {
		uint64_t lr = r->d.lrs_more.lr[i];

		if (i >= nr && lr)
			return bad(buf, len, "lr%u: want 0 beyond the last, have 0x%" PRIx64,
				   first + i, lr);
		if (meta && meta->gic == 2 && lr >> 32)
			return bad(buf, len, "lr%u: want 32 bits, have 0x%" PRIx64, first + i, lr);
	}
	return NULL;
}

static const char *check_queued(const struct trace_rec *r, const struct trace_meta *meta, char *buf,
				size_t len)
{
	TRY(check_irq(r->d.queued.irq, meta, buf, len));
	TRY(check_bit("line", r->d.queued.line, buf, len));
	TRY(check_bit("latch", r->d.queued.latch, buf, len));
	TRY(check_bit("active", r->d.queued.active, buf, len));
	TRY(check_bit("enabled", r->d.queued.enabled, buf, len));
	TRY(check_absent(r->flags, REC_HAS_LINE, r->d.queued.line, "line", buf, len));
	TRY(check_absent(r->flags, REC_HAS_LATCH, r->d.queued.latch, "latch", buf, len));
	TRY(check_absent(r->flags, REC_HAS_ACTIVE, r->d.queued.active, "active", buf, len));
	TRY(check_absent(r->flags, REC_HAS_ENABLED, r->d.queued.enabled, "enabled", buf, len));
	return check_absent(r->flags, REC_HAS_PRIO, r->d.queued.prio, "prio", buf, len);
}

static const char *check_state(const struct trace_rec *r, const struct trace_meta *meta, char *buf,
			       size_t len)
{
	bool has_vcpu = r->flags & REC_HAS_VCPU;

	TRY(check_irq(r->d.state.irq, meta, buf, len));
	TRY(check_bit("enabled", r->d.state.enabled, buf, len));
	TRY(check_bit("pending", r->d.state.pending, buf, len));
	TRY(check_bit("line", r->d.state.line, buf, len));
	TRY(check_bit("active", r->d.state.active, buf, len));
	TRY(check_bit("config", r->d.state.edge, buf, len));
	TRY(check_bit("group", r->d.state.group, buf, len));
	TRY(check_absent(r->flags, REC_HAS_VCPU, r->d.state.vcpu, "vcpu", buf, len));
	TRY(check_absent(r->flags, REC_HAS_HW, r->d.state.hw, "hw", buf, len));
	TRY(check_absent(r->flags, REC_HAS_GROUP, r->d.state.group, "group", buf, len));
	if (has_vcpu != gic_is_private(r->d.state.irq))
		return bad(buf, len, "vcpu: want %s for irq %u, have %s", has_vcpu ? "none" : "one",
			   r->d.state.irq, has_vcpu ? "one" : "none");
	if (r->d.state.hw > 0x1fff)
		return bad(buf, len, "hw: want a physical INTID (0..8191), have %u", r->d.state.hw);
	if (r->d.state.target != REC_TARGET_NONE)
		TRY(check_vcpu("target", r->d.state.target, meta, buf, len));
	return check_vcpu("vcpu", r->d.state.vcpu, meta, buf, len);
}

static const char *check_name(const struct trace_rec *r, const char *key, const char *name,
			      char *buf, size_t len)
{
	if (!name_ok(name))
		return bad(buf, len,
			   "%s: want printable UTF-8 of at most %u bytes and zeroes, have other",
			   key, REC_NAME_MAX - 1);
	return check_absent(r->flags, REC_HAS_NAME, (uint8_t)name[0], key, buf, len);
}

static const char *check_who(const struct trace_rec *r, const struct trace_meta *meta, char *buf,
			     size_t len)
{
	static const char *const wanted[1u << CTX_NR] = {
		[ON_VCPU] = "v",
		[ON_IRQ] = "irq",
		[ON_NONE] = "-",
		[ON_VCPU | ON_IRQ] = "v or irq",
	};
	uint8_t ctxs = kind_rules[r->kind].ctxs;
	int cpus = meta ? (int)meta->nr_pcpus : INT16_MAX;

	if (r->ctx >= CTX_NR || !(ctxs & 1u << r->ctx))
		return bad(buf, len, "ctx: want %s for %s, have %s", wanted[ctxs],
			   kind_rules[r->kind].name,
			   r->ctx == CTX_NONE	  ? "-"
			   : r->ctx == CTX_VCPU	  ? "v"
			   : r->ctx == CTX_THREAD ? "t"
			   : r->ctx == CTX_IRQ	  ? "irq"
						  : "an unknown number");
	if (r->cpu < -1 || r->cpu >= cpus)
		return bad(buf, len, "cpu: want -1 (unknown) or 0..%d, have %d", cpus - 1, r->cpu);
	if (r->ctx == CTX_VCPU)
		return check_vcpu("ctx", r->ctx_id, meta, buf, len);
	if (r->ctx != CTX_THREAD && r->ctx_id)
		return bad(buf, len, "ctx number: want 0, have %u", r->ctx_id);
	return NULL;
}

static const char *check_args(const struct trace_rec *r, const struct trace_meta *meta, char *buf,
			      size_t len)
{
	switch (r->kind) {
	case REC_ENTRY:
		return check_absent(r->flags, REC_HAS_PC, r->d.entry.pc, "pc", buf, len);
	case REC_EXIT:
		return check_exit(r, buf, len);
	case REC_MMIO:
		return check_mmio(r, buf, len);
	case REC_SYSREG:
		return check_sysreg(r, buf, len);
	case REC_HVC:
		if (r->d.hvc.imm > 0xffff)
			return bad(buf, len, "imm: want 0..0xffff, have 0x%x", r->d.hvc.imm);
		return check_absent(r->flags, REC_HAS_IMM, r->d.hvc.imm, "imm", buf, len);
	case REC_INJECT:
		return check_inject(r, meta, buf, len);
	case REC_SCHED:
		return check_bit("in", r->d.sched.in, buf, len);
	case REC_HOST_IRQ:
		TRY(check_absent(r->flags, REC_HAS_IRQ, r->d.host_irq.irq, "irq", buf, len));
		return check_name(r, "name", r->d.host_irq.name, buf, len);
	case REC_IPI:
		if (!(r->flags & REC_HAS_TO) != (r->ctx == CTX_IRQ))
			return bad(buf, len, "to: want it by who raises, not where it arrives");
		TRY(check_absent(r->flags, REC_HAS_TO, r->d.ipi.to, "to", buf, len));
		if (r->d.ipi.to >= (meta ? meta->nr_pcpus : INT16_MAX))
			return bad(buf, len, "to: want a CPU (0..%u), have %u",
				   (meta ? meta->nr_pcpus : INT16_MAX) - 1, r->d.ipi.to);
		return check_name(r, "reason", r->d.ipi.reason, buf, len);
	case REC_ACK:
	case REC_EOI:
	case REC_DIR:
		return check_guest(r, meta, buf, len);
	case REC_LRS:
		return check_lrs(r, meta, buf, len);
	case REC_LRS_MORE:
		return check_lrs_more(r, meta, buf, len);
	case REC_QUEUED:
		return check_queued(r, meta, buf, len);
	case REC_STATE:
		return check_state(r, meta, buf, len);
	case REC_LOST:
		return r->d.lost.n ? NULL : bad(buf, len, "n: want at least 1, have 0");
	}
	return NULL; /* wfi, wfe, msi, its: any argument will do */
}

const char *trace_rec_check(const struct trace_rec *rec, const struct trace_meta *meta, char *buf,
			    size_t len)
{
	const struct kind_rule *rule;

	if (!rec->kind || rec->kind >= REC_NR_KINDS)
		return bad(buf, len, "kind: want 1..%u, have %u", REC_NR_KINDS - 1, rec->kind);
	rule = &kind_rules[rec->kind];
	if (rec->flags & ~rule->may)
		return bad(buf, len, "flags: want none but 0x%x for %s, have 0x%x", rule->may,
			   rule->name, rec->flags);
	if (!rest_is_zero(&rec->d, rule->bytes))
		return bad(buf, len, "reserved bytes: want 0 from byte %u of %s on, have other",
			   REC_WIRE_BYTES - REC_DATA_BYTES + rule->bytes, rule->name);
	TRY(check_who(rec, meta, buf, len));
	return check_args(rec, meta, buf, len);
}

/* In the text form a # after a blank and outside of quotes begins a comment. */
static bool source_ok(const char *s)
{
	bool quoted = false;
	size_t n = strlen(s);

	if (n && (s[0] == ' ' || s[n - 1] == ' '))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"')
			quoted = !quoted;
		if (s[i] == '#' && !quoted && (!i || s[i - 1] == ' '))
			return false;
	}
	return !quoted && wire_text_ok(s);
}

const char *trace_meta_check(const struct trace_meta *m, char *buf, size_t len)
{
	uint32_t vcpus = m->gic == 2 ? GICV2_MAX_VCPUS : TRACE_MAX_VCPUS;

	if (m->gic != 2 && m->gic != 3)
		return bad(buf, len, "gic: want 2 or 3, have %u", m->gic);
	if (m->nr_vcpus < 1 || m->nr_vcpus > vcpus)
		return bad(buf, len, "vcpus: want 1..%u, have %u", vcpus, m->nr_vcpus);
	if (m->nr_pcpus < 1 || m->nr_pcpus > INT16_MAX)
		return bad(buf, len, "pcpus: want 1..%d, have %u", INT16_MAX, m->nr_pcpus);
	if (m->nr_spis > GIC_LAST_SPI + 1 - GIC_FIRST_SPI)
		return bad(buf, len, "spis: want 0..%u, have %u", GIC_LAST_SPI + 1 - GIC_FIRST_SPI,
			   m->nr_spis);
	if (m->nr_frames > TRACE_MAX_FRAMES)
		return bad(buf, len, "frames: want at most %u, have %u", TRACE_MAX_FRAMES,
			   m->nr_frames);
	for (uint32_t i = 0; i < m->nr_frames; i++) {
		const struct trace_frame *f = &m->frame[i];

		if (f->kind >= FRAME_NR_KINDS)
			return bad(buf, len, "frame %u: kind: want 0..%u, have %u", i,
				   FRAME_NR_KINDS - 1, f->kind);
		if (!f->size || f->gpa + f->size - 1 < f->gpa)
			return bad(
				buf, len,
				"frame %u: want a size that fits the address space, have 0x%" PRIx64
				" at 0x%" PRIx64,
				i, f->size, f->gpa);
	}
	if (strnlen(m->source, TRACE_SOURCE_MAX) == TRACE_SOURCE_MAX || !source_ok(m->source))
		return bad(buf, len,
			   "source: want one line of UTF-8 of at most %u bytes, quotes "
			   "closed and no # that begins a comment, have other",
			   TRACE_SOURCE_MAX - 1);
	return NULL;
}
