// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads debugfs' vgic-state (Linux 4.13 and later). Interrupts in the state
 * in which KVM creates them are left out: SGIs enabled and edge, PPIs and
 * SPIs disabled and level, priority 0, nothing pending or active. LPIs are
 * only counted: a trace has no state record for them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "gic.h"
#include "trace.h"
#include "vgic-state.h"

#define MAX_BYTES (4 << 20)

static char *slurp(const char *path, struct err *err)
{
	struct bytes *b = bytes_open(path);
	size_t len = 0, cap = 1 << 16;
	char *buf = b ? malloc(cap + 1) : NULL;
	ssize_t n = 0;

	while (buf && len <= MAX_BYTES && (n = bytes_read(b, buf + len, cap - len)) > 0) {
		len += (size_t)n;
		if (len == cap) {
			char *more = realloc(buf, 2 * cap + 1);

			if (!more)
				break;
			buf = more;
			cap *= 2;
		}
	}
	bytes_close(b);
	if (!buf || n != 0) {
		err_set(err, ERR_INPUT, "%s: cannot read", path);
		free(buf);
		return NULL;
	}
	buf[len] = '\0';
	return buf;
}

/* The columns' letters, for instance "PLAEHCG"; older kernels lack the G. */
static bool is_heading(char *line, char *letters)
{
	char *p = strstr(line, " PLAE");
	size_t n;

	if (!p || !strstr(line, " TYP "))
		return false;
	n = strcspn(p + 1, " ");
	if (n >= 16)
		return false;
	memcpy(letters, p + 1, n);
	letters[n] = '\0';
	return true;
}

static int bit(const char *letters, const char *bits, char which)
{
	const char *p = strchr(letters, which);

	return p && (size_t)(p - letters) < strlen(bits) ? bits[p - letters] == '1' : 0;
}

static void irq_record(struct trace_rec *r, uint32_t gic, const char *letters, const char *bits,
		       uint32_t irq, int target, uint32_t hwid, uint32_t prio)
{
	*r = (struct trace_rec){ .kind = REC_STATE, .ctx = CTX_NONE, .cpu = -1 };
	r->d.state.irq = irq;
	r->d.state.target = REC_TARGET_NONE;
	if (gic_is_private(irq)) {
		r->flags |= REC_HAS_VCPU;
		r->d.state.vcpu = (uint32_t)target;
	} else if (target >= 0) {
		r->d.state.target = (uint32_t)target;
	}
	r->d.state.pending = (uint8_t)bit(letters, bits, 'P');
	r->d.state.line = (uint8_t)bit(letters, bits, 'L');
	r->d.state.active = (uint8_t)bit(letters, bits, 'A');
	r->d.state.enabled = (uint8_t)bit(letters, bits, 'E');
	r->d.state.edge = !bit(letters, bits, 'C');
	r->d.state.prio = (uint8_t)prio;
	if (strchr(letters, 'G')) {
		r->flags |= REC_HAS_GROUP;
		r->d.state.group = (uint8_t)bit(letters, bits, 'G');
	}
	if (bit(letters, bits, 'H')) {
		r->flags |= REC_HAS_HW;
		r->d.state.hw = hwid;
	}
	(void)gic;
}

static bool is_reset(const struct trace_rec *r, uint32_t gic)
{
	bool sgi = gic_is_sgi(r->d.state.irq);

	return !r->d.state.pending && !r->d.state.line && !r->d.state.active &&
	       r->d.state.enabled == sgi && r->d.state.edge == sgi && !r->d.state.prio &&
	       !(r->flags & REC_HAS_HW) &&
	       (!(r->flags & REC_HAS_GROUP) || r->d.state.group == (gic == 3)) &&
	       (r->d.state.target == REC_TARGET_NONE || !r->d.state.target);
}

static int add(struct vgic_state *s, const struct trace_rec *r, size_t *cap, struct err *err)
{
	if (s->nr == *cap) {
		size_t more = *cap ? *cap * 2 : 512;
		struct trace_rec *v = realloc(s->rec, more * sizeof(*v));

		if (!v)
			return err_set(err, ERR_NOMEM, "out of memory");
		s->rec = v;
		*cap = more;
	}
	s->rec[s->nr++] = *r;
	return 0;
}

struct parse {
	struct vgic_state *s;
	const char *path;
	unsigned int line;
	char letters[16];
	size_t cap;
	bool has_model;
};

static int bad(const struct parse *p, struct err *err, const char *want, const char *have)
{
	return err_set(err, ERR_INPUT, "%s: line %u: %s, have \"%.60s\"", p->path, p->line, want,
		       have);
}

/* "SGI 0 0 0001001 0 0 0 160 -1" under "TYP ID TGT_ID PLAEHCG HWID TARGET SRC PRI VCPU_ID". */
static int irq_line(struct parse *p, const char *line, struct err *err)
{
	static const struct trace_meta any = {
		.gic = 3, .nr_vcpus = TRACE_MAX_VCPUS, .nr_pcpus = 1, .nr_spis = 988
	};
	char type[4], bits[16], buf[256];
	const char *why;
	unsigned int irq, hwid, mpidr, src, prio;
	int target, vcpu;
	struct trace_rec r;
	size_t len;

	if (sscanf(line, " %3s %u %d %15s %u %x %u %u %d", type, &irq, &target, bits, &hwid, &mpidr,
		   &src, &prio, &vcpu) != 9)
		return bad(p, err, "want an interrupt's line of nine columns", line);
	if (!strcmp(type, "LPI")) {
		p->s->nr_lpis++;
		return 0;
	}
	len = strlen(p->letters);
	if (!len || strlen(bits) != len || strspn(bits, "01") != len)
		return bad(p, err, "want one 0 or 1 per letter of the heading", line);
	if (irq > GIC_LAST_SPI || prio > 255 || target < -1 || target >= TRACE_MAX_VCPUS ||
	    (gic_is_private(irq) && target < 0))
		return bad(p, err, "want INTID, target and priority in range", line);
	p->s->nr_lines++;
	if (gic_is_private(irq) && (uint32_t)target >= p->s->nr_vcpus)
		p->s->nr_vcpus = (uint32_t)target + 1;
	irq_record(&r, p->s->gic, p->letters, bits, irq, target, hwid, prio);
	why = trace_rec_check(&r, &any, buf, sizeof(buf));
	if (why)
		return err_set(err, ERR_INPUT, "%s: line %u: %s", p->path, p->line, why);
	return is_reset(&r, p->s->gic) ? 0 : add(p->s, &r, &p->cap, err);
}

static int state_line(struct parse *p, char *line, struct err *err)
{
	struct vgic_state *s = p->s;
	unsigned int n;
	const char *t;

	if (sscanf(line, "vgic_model: GICv%u", &n) == 1) {
		if (n != 2 && n != 3)
			return bad(p, err, "want vgic_model GICv2 or GICv3", line);
		s->gic = n;
		p->has_model = true;
	} else if (sscanf(line, "nr_spis: %u", &n) == 1) {
		if (n > GIC_LAST_SPI + 1 - GIC_FIRST_SPI)
			return bad(p, err, "want nr_spis of at most 988", line);
		s->nr_spis = n;
	} else if (sscanf(line, "enabled: %u", &n) == 1) {
		s->distributor_enabled = n != 0;
	} else if (is_heading(line, p->letters)) {
		return 0;
	} else {
		t = line + strspn(line, " ");
		if (!strncmp(t, "SGI ", 4) || !strncmp(t, "PPI ", 4) || !strncmp(t, "SPI ", 4) ||
		    !strncmp(t, "LPI ", 4))
			return irq_line(p, line, err);
	}
	return 0;
}

int vgic_state_read(struct vgic_state *s, const char *path, struct err *err)
{
	struct parse p = { .s = s, .path = path };
	char *text, *line, *next;
	int rc = 0;

	*s = (struct vgic_state){ .distributor_enabled = -1 };
	text = slurp(path, err);
	if (!text)
		return err->code;
	for (line = text; line && !rc; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		p.line++;
		rc = state_line(&p, line, err);
	}
	if (!rc && (!p.has_model || !s->nr_vcpus))
		rc = err_set(err, ERR_INPUT,
			     "%s: want a vgic-state file with \"vgic_model:\" and interrupts, "
			     "have neither in %u lines",
			     path, p.line);
	free(text);
	return rc;
}

void vgic_state_free(struct vgic_state *s)
{
	free(s->rec);
	s->rec = NULL;
	s->nr = 0;
}
