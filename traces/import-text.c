// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events from text: trace-cmd report, ftrace's trace file, perf script.
 * The three differ in how a line begins; a line is
 *
 *	comm-PID  [(tgid)] [CPU] [flags] SECONDS: event: fields	(trace-cmd, ftrace)
 *	comm  PID[/TID] [CPU] SECONDS: system:event: fields		(perf)
 *
 * Left out: trace-cmd's latency form (-l), its raw form (-R), and clocks that
 * do not count seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "import-event.h"

#define LINE_MAX_BYTES (64 * 1024)
#define BUF_BYTES      (256 * 1024)

struct text_reader {
	const struct imp_input *in;
	struct ev_names *names;
	struct imp_info *info;
	ev_sink sink;
	void *arg;
	struct bytes *bytes;
	uint64_t line;
	uint64_t last_ns;
	struct ev lost; /* to be delivered before the next event, at its time */
	bool has_lost;
	char comm[EV_COMM_MAX];
	char buf[BUF_BYTES + 1];
	size_t start, end;
	bool eof;
};

/* One line, NUL-terminated in place; NULL at the end or on a read error. */
static char *text_line(struct text_reader *r, bool *whole, struct err *err)
{
	for (;;) {
		char *s = r->buf + r->start;
		char *nl = memchr(s, '\n', r->end - r->start);
		ssize_t n;

		if (nl || (r->eof && r->start < r->end)) {
			*whole = nl != NULL;
			if (!nl)
				nl = r->buf + r->end;
			*nl = '\0';
			if (nl > s && nl[-1] == '\r')
				nl[-1] = '\0';
			r->start = (size_t)(nl - r->buf) + *whole;
			r->line++;
			return s;
		}
		if (r->eof)
			return NULL;
		memmove(r->buf, s, r->end - r->start);
		r->end -= r->start;
		r->start = 0;
		if (r->end >= LINE_MAX_BYTES) {
			err_set(err, ERR_INPUT, "%s: line %llu: want less than %d bytes, have more",
				r->in->shown, (unsigned long long)r->line + 1, LINE_MAX_BYTES);
			return NULL;
		}
		n = bytes_read(r->bytes, r->buf + r->end, BUF_BYTES - r->end);
		if (n < 0) {
			snprintf(r->info->cut, sizeof(r->info->cut),
				 "line %llu: cut short or damaged: cannot be decompressed from "
				 "here on",
				 (unsigned long long)r->line + 1);
			return NULL;
		}
		r->eof = n == 0;
		r->end += (size_t)n;
	}
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_spaces(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* "SECONDS.FRACTION:" at @p; the byte after the colon, or NULL. */
static const char *parse_time(const char *p, uint64_t *ns)
{
	uint64_t s = 0, frac = 0, scale = 1000000000;

	if (!is_digit(*p))
		return NULL;
	for (; is_digit(*p); p++) {
		if (s > UINT64_MAX / 1000000000 / 20)
			return NULL;
		s = s * 10 + (uint64_t)(*p - '0');
	}
	if (*p++ != '.')
		return NULL;
	for (; is_digit(*p) && scale > 1; p++) {
		frac = frac * 10 + (uint64_t)(*p - '0');
		scale /= 10;
	}
	if (*p != ':')
		return NULL;
	*ns = s * 1000000000 + frac * scale;
	return p + 1;
}

/* The comm and PID before the "[CPU]" at @b; false: this is no such place. */
static bool parse_thread(struct text_reader *r, const char *line, const char *b, struct ev *ev)
{
	const char *p = b, *end;
	uint64_t pid = 0, mul = 1;
	size_t len;

	while (p > line && p[-1] == ' ')
		p--;
	if (p > line && p[-1] == ')') { /* "(tgid)" or "(-----)" */
		while (p > line && *p != '(')
			p--;
		while (p > line && p[-1] == ' ')
			p--;
	}
	end = p;
	for (; p > line && is_digit(p[-1]); p--) {
		pid += mul * (uint64_t)(p[-1] - '0');
		if (mul < 10000000000)
			mul *= 10;
	}
	if (p == end || p == line || pid > INT32_MAX)
		return false;
	p--;
	if (*p == '/') { /* perf: pid/tid */
		while (p > line && is_digit(p[-1]))
			p--;
		if (p == line)
			return false;
		p--;
	}
	if (*p != '-' && *p != ' ')
		return false;
	while (*p == ' ' && p > line && p[-1] == ' ')
		p--;
	line = skip_spaces(line);
	len = p > line ? (size_t)(p - line) : 0;
	if (len >= EV_COMM_MAX)
		len = EV_COMM_MAX - 1;
	memset(r->comm, 0, sizeof(r->comm));
	memcpy(r->comm, line, len);
	ev->pid = (int)pid;
	ev->comm = r->comm;
	return true;
}

/* Everything before the event's name; NULL: this is no event line. */
static const char *parse_head(struct text_reader *r, const char *line, struct ev *ev)
{
	for (const char *b = line; (b = strchr(b, '[')); b++) {
		const char *p = b + 1, *q;
		int cpu = 0;

		for (; is_digit(*p) && cpu < 100000; p++)
			cpu = cpu * 10 + (*p - '0');
		if (p == b + 1 || *p != ']' || !parse_thread(r, line, b, ev))
			continue;
		p = skip_spaces(p + 1);
		q = parse_time(p, &ev->ns);
		if (!q) { /* flags such as "d.h1." */
			p += strcspn(p, " ");
			p = skip_spaces(p);
			q = parse_time(p, &ev->ns);
		}
		if (!q)
			continue;
		ev->cpu = cpu;
		return skip_spaces(q);
	}
	return NULL;
}

/* "CPU:2 [LOST 45 EVENTS]", "CPU:2 [45 EVENTS DROPPED]", "CPU:2 [EVENTS DROPPED]". */
static bool parse_lost(const char *line, struct ev *ev)
{
	const char *p = line, *q;
	char *end;

	if (strncmp(p, "CPU:", 4) || !is_digit(p[4]))
		return false;
	ev->cpu = (int)strtol(p + 4, &end, 10);
	p = skip_spaces(end);
	if (*p++ != '[')
		return false;
	if (!strstr(p, "LOST") && !strstr(p, "DROPPED"))
		return false;
	q = p + strcspn(p, "0123456789]");
	ev->kind = EV_LOST;
	ev->pid = -1;
	ev->lost.n = is_digit(*q) ? strtoull(q, NULL, 10) : 0;
	return true;
}

/* perf's own record of loss, with --show-lost-events. */
static bool parse_perf_lost(const char *what, struct ev *ev)
{
	const char *p = strstr(what, "lost ");

	if (strncmp(what, "PERF_RECORD_LOST", 16))
		return false;
	ev->kind = EV_LOST;
	ev->pid = -1;
	ev->lost.n = p ? strtoull(p + 5, NULL, 10) : 0;
	return true;
}

/* Headings and stack traces. */
static bool is_furniture(struct text_reader *r, const char *line)
{
	const char *p = skip_spaces(line);

	if (!*p || *p == '#' || !strncmp(p, "=> ", 3))
		return true;
	if (!strncmp(p, "cpus=", 5)) {
		r->info->nr_cpus = (uint32_t)strtoul(p + 5, NULL, 10);
		return true;
	}
	return !strncmp(p, "version = ", 10) || !strncmp(p, "<stack trace", 12) ||
	       (!strncmp(p, "CPU ", 4) && strstr(p, " is empty")) || !strncmp(p, "trace-cmd ", 10);
}

/* "#P:4" in the heading of ftrace's file. */
static void heading(struct text_reader *r, const char *line)
{
	const char *p = strstr(line, "#P:");

	if (p && is_digit(p[3]))
		r->info->nr_cpus = (uint32_t)strtoul(p + 3, NULL, 10);
}

static int text_bad(struct text_reader *r, struct err *err, const char *want, const char *have)
{
	return err_set(err, ERR_INPUT, "%s: line %llu: %s, have \"%.60s%s\"", r->in->shown,
		       (unsigned long long)r->line, want, have, strlen(have) > 60 ? "…" : "");
}

static int text_flush_lost(struct text_reader *r, uint64_t ns, struct err *err)
{
	if (!r->has_lost)
		return 0;
	r->has_lost = false;
	r->lost.ns = ns;
	return r->sink(r->arg, &r->lost, err);
}

static int text_event(struct text_reader *r, const char *line, struct err *err)
{
	struct ev ev = { .kind = EV_OTHER };
	const char *p, *name, *want;
	size_t len;
	int64_t id;

	p = parse_head(r, line, &ev);
	if (!p) {
		if (*line == '#')
			heading(r, line);
		if (parse_lost(line, &ev)) {
			int rc = text_flush_lost(r, r->last_ns, err);

			r->lost = ev;
			r->has_lost = true;
			return rc;
		}
		if (is_furniture(r, line))
			return 0;
		return text_bad(r, err, "want \"comm-pid [cpu] seconds: event: …\"", line);
	}
	if (ev.ns < r->last_ns)
		return text_bad(r, err, "time goes back", line);
	r->last_ns = ev.ns;
	if (text_flush_lost(r, ev.ns, err))
		return err->code;
	name = p;
	len = strcspn(p, " \t");
	p += len;
	while (len && name[len - 1] == ':')
		len--;
	for (size_t i = 0; i < len; i++) {
		if (name[i] == ':') { /* perf says the system first */
			name += i + 1;
			len -= i + 1;
			i = 0;
		}
	}
	if (!len)
		return text_bad(r, err, "want an event's name", line);
	id = ev_names_get(r->names, name, len);
	if (id < 0)
		return err_set(err, ERR_NOMEM, "out of memory");
	ev.name = (uint32_t)id;
	ev.kind = r->names->v[id].kind;
	if (!parse_perf_lost(name, &ev)) {
		want = ev_parse_fields(&ev, skip_spaces(p));
		if (want) {
			char msg[256];

			snprintf(msg, sizeof(msg), "%.*s: %s", (int)len, name, want);
			return text_bad(r, err, msg, skip_spaces(p));
		}
	}
	if (ev.kind == EV_WFX)
		r->info->unsure_wfx += ev.wfx.unsure;
	if (ev.kind == EV_EXIT)
		r->info->odd_exits += ev.exit.odd;
	return r->sink(r->arg, &ev, err);
}

int imp_read_text(const struct imp_input *in, struct ev_names *names, struct imp_info *info,
		  ev_sink sink, void *arg, struct err *err)
{
	struct text_reader *r = malloc(sizeof(*r));
	bool whole = true;
	char *line;
	int rc = 0;

	if (!r)
		return err_set(err, ERR_NOMEM, "out of memory");
	memset(r, 0, offsetof(struct text_reader, buf));
	r->start = r->end = 0;
	r->eof = false;
	r->in = in;
	r->names = names;
	r->info = info;
	r->sink = sink;
	r->arg = arg;
	r->bytes = bytes_open(in->path);
	if (!r->bytes) {
		rc = err_set(err, ERR_INPUT, "%s: cannot open", in->shown);
		goto out;
	}
	err->code = 0;
	while (!rc && (line = text_line(r, &whole, err))) {
		if (whole || !*skip_spaces(line)) {
			rc = text_event(r, line, err);
			continue;
		}
		/* Half a line may read like a line, with half a number in it. */
		snprintf(info->cut, sizeof(info->cut), "line %llu: cut short in the middle",
			 (unsigned long long)r->line);
		break;
	}
	if (!rc && err->code)
		rc = err->code;
	if (!rc)
		rc = text_flush_lost(r, r->last_ns, err);
out:
	bytes_close(r->bytes);
	free(r);
	return rc;
}
