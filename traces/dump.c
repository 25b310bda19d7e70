// SPDX-License-Identifier: GPL-2.0-or-later
#include "dump.h"

#include <errno.h>
#include <string.h>

#include "text.h"

bool dump_filter_vcpu(struct dump_filter *f, uint32_t vcpu)
{
	if (vcpu >= TRACE_MAX_VCPUS)
		return false;
	f->by_vcpu = true;
	f->vcpus[vcpu / 64] |= UINT64_C(1) << vcpu % 64;
	return true;
}

/* A number of up to three digits, and where it ends; NULL if there is none. */
static const char *dump_number(const char *s, uint32_t *v)
{
	const char *p = s;

	for (*v = 0; *p >= '0' && *p <= '9' && p < s + 4; p++)
		*v = *v * 10 + (uint32_t)(*p - '0');
	return p == s ? NULL : p;
}

int dump_filter_highest(const struct dump_filter *f)
{
	for (int word = TRACE_MAX_VCPUS / 64 - 1; f->by_vcpu && word >= 0; word--)
		if (f->vcpus[word])
			return word * 64 + 63 - __builtin_clzll(f->vcpus[word]);
	return -1;
}

bool dump_filter_vcpus(struct dump_filter *f, const char *list)
{
	struct dump_filter mine = *f;
	uint32_t from, to;

	for (;;) {
		list = dump_number(list, &from);
		if (!list)
			return false;
		to = from;
		if (*list == '-')
			list = dump_number(list + 1, &to);
		if (!list || to < from || to >= TRACE_MAX_VCPUS)
			return false;
		for (; from <= to; from++)
			dump_filter_vcpu(&mine, from);
		if (!*list)
			break;
		if (*list++ != ',')
			return false;
	}
	*f = mine;
	return true;
}

static bool dump_has(const struct dump_filter *f, uint32_t vcpu)
{
	return vcpu < TRACE_MAX_VCPUS && f->vcpus[vcpu / 64] >> vcpu % 64 & 1;
}

static bool dump_passes(const struct dump_filter *f, const struct trace_rec *r)
{
	if (!f)
		return true;
	if (r->time_ns < f->from_ns || (f->to_ns && r->time_ns >= f->to_ns))
		return false;
	if (!f->by_vcpu || (r->ctx == CTX_VCPU && dump_has(f, r->ctx_id)))
		return true;
	switch (r->kind) {
	case REC_INJECT:
		return r->flags & REC_HAS_VCPU && dump_has(f, r->d.inject.vcpu);
	case REC_STATE:
		return !(r->flags & REC_HAS_VCPU) || dump_has(f, r->d.state.vcpu);
	case REC_LOST:
		return true;
	}
	return false;
}

static int dump_out(FILE *out, const char *buf, size_t n, struct err *err)
{
	if (fwrite(buf, 1, n, out) == n)
		return 0;
	return err_set(err, ERR_OUTPUT, "dump: cannot be written: %s", strerror(errno));
}

/* One line of the records that are gathered in @rec. */
static int dump_line(FILE *out, const struct trace_rec *rec, unsigned int nr, struct err *err)
{
	char buf[TEXT_LINE_MAX];
	int n = text_format(rec, nr, buf, sizeof(buf) - 1);

	buf[n] = '\n';
	return dump_out(out, buf, (size_t)n + 1, err);
}

int dump_trace(struct trace_reader *r, const struct dump_filter *f, FILE *out, struct err *err)
{
	struct trace_rec line[TEXT_MAX_RECS];
	const struct trace_rec *rec;
	char head[TEXT_HEADER_MAX];
	unsigned int nr = 0;
	int rc, more;

	rc = dump_out(out, head, text_header_format(trace_meta(r), head, sizeof(head)), err);
	if (rc)
		return rc;
	while ((more = trace_next(r, &rec, err)) > 0) {
		line[nr++] = *rec;
		if (nr < text_line_recs(line))
			continue;
		rc = dump_passes(f, line) ? dump_line(out, line, nr, err) : 0;
		if (rc)
			return rc;
		nr = 0;
	}
	if (fflush(out) && more >= 0)
		return err_set(err, ERR_OUTPUT, "dump: cannot be written: %s", strerror(errno));
	return more;
}
