// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The % lines of the text form.
 */
#include "text.h"
#include "trace.h"
#include "wire.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "units.h"

enum { SEEN_VGT, SEEN_GIC, SEEN_VCPUS, SEEN_PCPUS, SEEN_SPIS, SEEN_RESOLUTION, SEEN_SOURCE };

static const char *const header_keys[] = {
	"vgt", "gic", "vcpus", "pcpus", "spis", "resolution", "source",
};

__attribute__((cold, format(printf, 3, 4))) static int bad(char *why, size_t len, const char *fmt,
							   ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, len, fmt, ap);
	va_end(ap);
	return -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

bool text_is_header_line(const char *line, size_t n)
{
	while (n && is_blank(*line))
		line++, n--;
	return !n || *line == '%' || *line == '#';
}

/* Without the comment that begins at a # after a blank, outside of quotes. */
static size_t header_cut(const char *line, size_t n)
{
	bool quoted = false;

	for (size_t i = 0; i < n; i++) {
		if (line[i] == '"')
			quoted = !quoted;
		if (line[i] == '#' && !quoted && (!i || is_blank(line[i - 1])))
			n = i;
	}
	while (n && is_blank(line[n - 1]))
		n--;
	return n;
}

static int header_frame(struct trace_meta *m, char *args, char *why, size_t len)
{
	char *save = NULL, *kind = strtok_r(args, " \t", &save);
	char *gpa = strtok_r(NULL, " \t", &save), *size = strtok_r(NULL, " \t", &save);
	struct trace_frame *f = &m->frame[m->nr_frames];
	unsigned int k = 0;

	if (!size || strtok_r(NULL, " \t", &save))
		return bad(why, len, "%%frame: want KIND ADDRESS SIZE, have %s",
			   size ? "more" : "less");
	if (m->nr_frames == TRACE_MAX_FRAMES)
		return bad(why, len, "%%frame: want at most %u, have more", TRACE_MAX_FRAMES);
	while (frame_kind_name(k) && strcmp(frame_kind_name(k), kind))
		k++;
	if (!frame_kind_name(k))
		return bad(why, len, "%%frame: want gicd, gicc, gicr or its, have \"%s\"", kind);
	if (!units_parse_u64(gpa, &f->gpa) || !units_parse_u64(size, &f->size))
		return bad(why, len, "%%frame: want numbers, have \"%s\" and \"%s\"", gpa, size);
	f->kind = (enum frame_kind)k;
	m->nr_frames++;
	return 0;
}

static int header_resolution(struct trace_meta *m, const char *arg, char *why, size_t len)
{
	struct vtime t;

	if (!units_parse_time(arg, &t) || !t.ps || t.ps > UINT32_MAX)
		return bad(why, len,
			   "%%resolution: want a time below 4.29ms (\"16ns\"), have "
			   "\"%s\"",
			   arg);
	m->resolution_ps = (uint32_t)t.ps;
	return 0;
}

static int header_value(struct trace_meta *m, unsigned int key, char *arg, char *why, size_t len)
{
	uint32_t v = 0, *to = key == SEEN_VCPUS	  ? &m->nr_vcpus
			      : key == SEEN_PCPUS ? &m->nr_pcpus
						  : &m->nr_spis;

	switch (key) {
	case SEEN_VGT:
		return strcmp(arg, "1") ? bad(why, len, "%%vgt: want version 1, have \"%s\"", arg)
					: 0;
	case SEEN_GIC:
		if (strcmp(arg, "v2") && strcmp(arg, "v3"))
			return bad(why, len, "%%gic: want v2 or v3, have \"%s\"", arg);
		m->gic = (uint32_t)(arg[1] - '0');
		return 0;
	case SEEN_SOURCE:
		if (strlen(arg) >= sizeof(m->source))
			return bad(why, len, "%%source: want at most %zu bytes, have %zu",
				   sizeof(m->source) - 1, strlen(arg));
		memcpy(m->source, arg, strlen(arg));
		return 0;
	case SEEN_RESOLUTION:
		return header_resolution(m, arg, why, len);
	}
	if (!units_parse_u32(arg, UINT32_MAX, &v))
		return bad(why, len, "%%%s: want a number, have \"%s\"", header_keys[key], arg);
	*to = v;
	return 0;
}

int text_header_line(struct text_header *h, const char *line, size_t n, char *why, size_t len)
{
	char copy[TEXT_LINE_MAX], *key = copy, *arg;
	unsigned int k = 0;

	n = header_cut(line, n);
	while (n && is_blank(*line))
		line++, n--;
	if (!n)
		return 0;
	if (n >= sizeof(copy) || memchr(line, 0, n))
		return bad(why, len, "want text of at most %zu bytes, have other",
			   sizeof(copy) - 1);
	memcpy(copy, line, n);
	copy[n] = 0;
	arg = key + strcspn(key, " \t");
	if (*arg)
		*arg++ = 0;
	arg += strspn(arg, " \t");
	if (!(h->seen & 1u << SEEN_VGT) && strcmp(key, "%vgt"))
		return bad(why, len, "want \"%%vgt 1\" first, have \"%.40s\"", key);
	if (!*arg)
		return bad(why, len, "%.40s: want a value, have none", key);
	if (!strcmp(key, "%frame"))
		return header_frame(&h->meta, arg, why, len);
	while (k <= SEEN_SOURCE && strcmp(header_keys[k], key + 1))
		k++;
	if (k > SEEN_SOURCE)
		return bad(why, len,
			   "want %%gic, %%vcpus, %%pcpus, %%spis, %%resolution, %%frame "
			   "or %%source, have \"%.40s\"",
			   key);
	if (h->seen & 1u << k)
		return bad(why, len, "%s: want it once, have it again", key);
	h->seen |= 1u << k;
	return header_value(&h->meta, k, arg, why, len);
}

int text_header_done(const struct text_header *h, char *why, size_t len)
{
	for (unsigned int k = SEEN_VGT; k <= SEEN_SPIS; k++)
		if (!(h->seen & 1u << k))
			return bad(why, len, "want %%%s before the first event, have none",
				   header_keys[k]);
	return trace_meta_check(&h->meta, why, len) ? -1 : 0;
}

size_t text_header_format(const struct trace_meta *m, char *buf, size_t len)
{
	size_t at;

	at = (size_t)snprintf(buf, len, "%%vgt 1\n%%gic v%u\n%%vcpus %u\n%%pcpus %u\n%%spis %u\n",
			      m->gic, m->nr_vcpus, m->nr_pcpus, m->nr_spis);
	if (m->resolution_ps)
		at += (size_t)snprintf(buf + at, len - at, "%%resolution %u%s\n",
				       m->resolution_ps % 1000 ? m->resolution_ps
							       : m->resolution_ps / 1000,
				       m->resolution_ps % 1000 ? "ps" : "ns");
	for (uint32_t i = 0; i < m->nr_frames; i++)
		at += (size_t)snprintf(
			buf + at, len - at, "%%frame %-4s 0x%08" PRIx64 " 0x%" PRIx64 "\n",
			frame_kind_name(m->frame[i].kind), m->frame[i].gpa, m->frame[i].size);
	if (m->source[0])
		at += (size_t)snprintf(buf + at, len - at, "%%source %s\n", m->source);
	at += (size_t)snprintf(buf + at, len - at, "#time        cpu ctx  event   arguments\n");
	return at;
}
