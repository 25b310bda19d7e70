// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading traces of either form, from memory, and as they are made. Nothing is taken on trust:
 * libtrace hands out packets of any length, time and content, and cannot tell a cut file from a
 * complete one, so each record is checked, the sequence numbers must be unbroken, and only a footer
 * that agrees makes a clean end.
 *
 * The hot path copies a record once, into a batch which is hashed when full;
 * the caller gets a pointer into it.
 */
#include "reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "input.h"
#include "pcap-read.h"
#include "text.h"
#include "wire.h"

#define READER_BATCH	  128
#define READER_TEXT_BYTES 65536

_Static_assert(READER_TEXT_BYTES >= 2 * TEXT_LINE_MAX, "a line fits the buffer");

struct trace_reader {
	struct trace_rec batch[READER_BATCH]; /* delivered, not yet hashed */
	unsigned int nr_batch;
	bool ended, failed, cut;
	struct wire_flow flow;
	uint64_t count, at_bytes;
	struct pcap_src *src;
	XXH3_state_t *hash;
	const struct trace_meta *range; /* what records are checked against */
	struct trace_meta meta;
	struct input in;
	struct err err; /* the defect that was met */
	/* text */
	char *buf;
	size_t buf_at, buf_end;
	bool buf_eof, line_open; /* the line has no newline: the last one */
	uint64_t line;
	unsigned int nr_recs, next_rec;
	struct trace_rec recs[TEXT_MAX_RECS];
	/* memory */
	const struct trace_rec *given;
	size_t nr_given;
	/* made on the way */
	const struct trace_maker *maker;
	void *making;
	/* by the run: what is left of this one */
	const struct trace_rec *run, *run_end;
	const struct trace_runs *runs;
	void *running;
};

__attribute__((cold, format(printf, 3, 4))) static int defect(struct trace_reader *r,
							      struct err *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(&r->err, ERR_INPUT, fmt, ap);
	va_end(ap);
	if (r->line)
		err_prefix(&r->err, "%s: line %" PRIu64, r->in.name, r->line);
	else
		err_prefix(&r->err, "%s", r->in.name);
	r->failed = true;
	if (err)
		*err = r->err;
	return r->err.code;
}

static void reader_hash(struct trace_reader *r)
{
	XXH3_64bits_update(r->hash, r->batch, r->nr_batch * sizeof(r->batch[0]));
	r->nr_batch = 0;
}

static void reader_hash_header(struct trace_reader *r)
{
	uint8_t buf[WIRE_HEADER_MAX];

	XXH3_64bits_update(r->hash, buf, wire_header_put(&r->meta, buf));
}

/* ---- pcap ---- */

static int pcap_header(struct trace_reader *r, struct err *err)
{
	const char *path = input_pcap_path(&r->in, err);
	struct pcap_packet p;
	char why[256];
	int n;

	if (!path)
		return ERR_INPUT;
	r->src = pcap_src_open(path, r->in.swapped, why, sizeof(why));
	if (!r->src)
		return defect(r, err, "%s", why);
	n = pcap_src_next(r->src, &p, why, sizeof(why));
	if (n < 0)
		return defect(r, err, "cut short or damaged: header record: %s", why);
	if (!n)
		return defect(r, err, "cut short: want a header record, have the end of the file");
	if (p.sec || p.nsec || p.wirelen != p.caplen)
		return defect(r, err,
			      "header record: want time 0 and wire length %u, have %u.%09u "
			      "and %u",
			      p.caplen, p.sec, p.nsec, p.wirelen);
	if (wire_header_get(p.data, p.caplen, &r->meta, why, sizeof(why)))
		return defect(r, err, "header record: %s", why);
	r->at_bytes = PCAP_HEADER_BYTES + PCAP_PACKET_BYTES + p.caplen;
	return 0;
}

/* After the footer comes nothing. */
static int pcap_end(struct trace_reader *r, struct err *err)
{
	struct pcap_packet p;
	char why[256];
	int n = pcap_src_next(r->src, &p, why, sizeof(why));

	if (!n)
		return 0;
	if (n > 0 && (p.sec == PCAP_MAGIC_NS || p.sec == __builtin_bswap32(PCAP_MAGIC_NS)))
		return defect(r, err,
			      "after the footer: want the end of the file, have another "
			      "pcap file (two files concatenated)");
	if (n > 0 && !p.caplen && !p.sec)
		return defect(r, err,
			      "after the footer: want the end of the file, have zero "
			      "padding");
	return defect(r, err, "after the footer: want the end of the file, have more data%s%s",
		      n < 0 ? ": " : "", n < 0 ? why : "");
}

static int pcap_footer(struct trace_reader *r, const struct pcap_packet *p, uint64_t time_ns,
		       struct err *err)
{
	struct wire_footer f;
	char why[256];
	uint64_t digest;

	if (wire_footer_get(p->data, p->caplen, &f, why, sizeof(why)))
		return defect(r, err, "footer record: %s", why);
	if (r->flow.lrs_left)
		return defect(r, err,
			      "footer record: want list registers %u and up of record %" PRIu64
			      " first, have none",
			      r->flow.lrs_next, r->count);
	if (f.count != r->count || f.last_seq != r->flow.last_seq)
		return defect(r, err,
			      "footer record: count: want %" PRIu64 " (sequence %u) as it "
			      "says, have %" PRIu64 " (%u)",
			      f.count, f.last_seq, r->count, r->flow.last_seq);
	if (f.duration_ns != r->flow.last_ns || time_ns != f.duration_ns)
		return defect(r, err,
			      "footer record: duration: want %" PRIu64 " ns as it says, "
			      "have %" PRIu64 " at %" PRIu64,
			      f.duration_ns, r->flow.last_ns, time_ns);
	reader_hash(r);
	digest = XXH3_64bits_digest(r->hash);
	if (f.digest != digest)
		return defect(r, err,
			      "footer record: hash: want %016" PRIx64
			      " as it says, have %016" PRIx64,
			      f.digest, digest);
	r->at_bytes += PCAP_PACKET_BYTES + p->caplen;
	r->ended = true;
	return pcap_end(r, err);
}

/* Why a packet is not the next record: found out only once it is not. */
__attribute__((cold, noinline)) static int
pcap_not_a_record(struct trace_reader *r, const struct pcap_packet *p, struct err *err)
{
	uint64_t n = r->count + 1, time_ns = p->sec * UINT64_C(1000000000) + p->nsec;

	if (p->sec == PCAP_MAGIC_NS || p->sec == __builtin_bswap32(PCAP_MAGIC_NS))
		return defect(r, err,
			      "record %" PRIu64 ": want a record or the footer, have "
			      "another pcap file (two files concatenated)",
			      n);
	if (!p->caplen && !p->sec && !p->nsec)
		return defect(r, err,
			      "record %" PRIu64 ": want a record or the footer, have zero "
			      "padding",
			      n);
	if (p->nsec >= 1000000000)
		return defect(r, err,
			      "record %" PRIu64 ": nanoseconds: want below 1000000000, "
			      "have %u",
			      n, p->nsec);
	if (p->wirelen != p->caplen)
		return defect(r, err, "record %" PRIu64 ": wire length: want %u, have %u", n,
			      p->caplen, p->wirelen);
	if (p->caplen && p->data[0] == WIRE_FOOTER)
		return pcap_footer(r, p, time_ns, err);
	if (p->caplen && p->data[0] == WIRE_HEADER)
		return defect(r, err,
			      "record %" PRIu64 ": want a record or the footer, have a "
			      "second header record",
			      n);
	return defect(r, err, "record %" PRIu64 ": length: want %u, have %u", n, REC_WIRE_BYTES,
		      p->caplen);
}

__attribute__((cold, noinline)) static int pcap_no_packet(struct trace_reader *r, int n,
							  const char *why, struct err *err)
{
	r->cut = true;
	if (n < 0)
		return defect(r, err, "record %" PRIu64 ": cut short or damaged: %s", r->count + 1,
			      why);
	return defect(r, err,
		      "cut short after record %" PRIu64 ": want a footer record, have the "
		      "end of the file",
		      r->count);
}

__attribute__((cold, noinline)) static int
bad_order(struct trace_reader *r, const struct trace_rec *rec, uint64_t seq, struct err *err)
{
	char n[32] = "";

	if (r->src || r->given || r->maker)
		snprintf(n, sizeof(n), "record %" PRIu64 ": ", r->count + 1);
	if (rec->time_ns < r->flow.last_ns)
		return defect(r, err,
			      "%stime goes back: want at least %" PRIu64 ".%09" PRIu64
			      ", have %" PRIu64 ".%09" PRIu64,
			      n, r->flow.last_ns / 1000000000, r->flow.last_ns % 1000000000,
			      rec->time_ns / 1000000000, rec->time_ns % 1000000000);
	return defect(r, err, "%ssequence: want %u, have %" PRIu64 " (a gap)", n,
		      r->flow.last_seq + 1, seq);
}

static int pcap_next(struct trace_reader *r, const struct trace_rec **out, struct err *err)
{
	struct trace_rec *rec;
	struct pcap_packet p;
	const char *bad;
	char why[256];
	int n;

	n = pcap_src_next(r->src, &p, why, sizeof(why));
	if (__builtin_expect(n <= 0, 0))
		return pcap_no_packet(r, n, why, err);
	if (__builtin_expect(p.caplen != REC_WIRE_BYTES || p.wirelen != REC_WIRE_BYTES ||
				     p.nsec >= 1000000000 || p.data[0] >= WIRE_HEADER,
			     0))
		return pcap_not_a_record(r, &p, err);
	rec = &r->batch[r->nr_batch];
	wire_rec_get(rec, p.sec * UINT64_C(1000000000) + p.nsec, p.data);
	bad = trace_rec_check(rec, r->range, why, sizeof(why));
	if (__builtin_expect(!!bad, 0))
		return defect(r, err, "record %" PRIu64 ": %s", r->count + 1, bad);
	if (__builtin_expect(rec->seq != r->flow.last_seq + 1 || rec->time_ns < r->flow.last_ns, 0))
		return bad_order(r, rec, rec->seq, err);
	bad = wire_flow_next(&r->flow, rec, why, sizeof(why));
	if (__builtin_expect(!!bad, 0))
		return defect(r, err, "record %" PRIu64 ": %s", r->count + 1, bad);
	r->nr_batch++;
	r->count++;
	r->at_bytes += PCAP_PACKET_BYTES + REC_WIRE_BYTES;
	*out = rec;
	return 1;
}

/* ---- text ---- */

/* More bytes behind those that are there; 0, or <0 and the defect is said. */
static int text_fill(struct trace_reader *r, struct err *err)
{
	ssize_t n;

	memmove(r->buf, r->buf + r->buf_at, r->buf_end - r->buf_at);
	r->buf_end -= r->buf_at;
	r->buf_at = 0;
	n = input_read(&r->in, r->buf + r->buf_end, READER_TEXT_BYTES - r->buf_end);
	if (n < 0) {
		r->cut = true;
		return defect(r, err, "cut short or damaged: cannot be decompressed from here on");
	}
	r->buf_eof = !n;
	r->buf_end += (size_t)n;
	return 0;
}

/* 1: the next line, without its newline. 0: the end. */
static int text_line(struct trace_reader *r, const char **line, size_t *n, struct err *err)
{
	char *nl;

	for (;;) {
		size_t left = r->buf_end - r->buf_at;

		nl = memchr(r->buf + r->buf_at, '\n', left);
		if (nl || r->buf_eof || left > TEXT_LINE_MAX)
			break;
		if (text_fill(r, err) < 0)
			return ERR_INPUT;
	}
	*line = r->buf + r->buf_at;
	*n = nl ? (size_t)(nl - *line) : r->buf_end - r->buf_at;
	r->line += nl || *n;
	r->line_open = !nl;
	if (*n >= TEXT_LINE_MAX)
		return defect(r, err, "want at most %d bytes, have a longer line",
			      TEXT_LINE_MAX - 1);
	if (!nl && (r->in.cut_short || (*n && r->in.compressed))) {
		r->cut = true;
		return defect(r, err,
			      "cut short: want the end of the compressed file, have it "
			      "incomplete");
	}
	r->buf_at += *n + !!nl;
	r->at_bytes += *n + !!nl;
	return nl || *n;
}

/* The % lines; the line after them is left for text_next(). */
static int text_header(struct trace_reader *r, struct err *err)
{
	struct text_header h = { 0 };
	const char *line;
	char why[256];
	size_t n;
	int more;

	r->buf = malloc(READER_TEXT_BYTES);
	if (!r->buf)
		return err_set(err, ERR_NOMEM, "%s: out of memory", r->in.name);
	while ((more = text_line(r, &line, &n, err)) > 0) {
		if (!text_is_header_line(line, n)) {
			r->buf_at = (size_t)(line - r->buf);
			r->at_bytes -= n;
			r->line--;
			break;
		}
		if (text_header_line(&h, line, n, why, sizeof(why)))
			return defect(r, err, "%s", why);
	}
	if (more < 0)
		return more;
	r->line += more > 0; /* the one that the message is about */
	if (text_header_done(&h, why, sizeof(why)))
		return defect(r, err, "%s", why);
	r->line -= more > 0;
	r->meta = h.meta;
	return 0;
}

static int text_parse(struct trace_reader *r, const char *line, size_t n, struct err *err)
{
	const char *bad;
	char why[256];
	int nr;

	while (n && (*line == ' ' || *line == '\t'))
		line++, n--;
	if (n && *line == '%')
		return defect(r, err, "want %% lines before the first event, have one after it");
	nr = text_parse_line(line, n, r->recs, why, sizeof(why));
	if (nr < 0) {
		r->cut = r->line_open;
		return defect(r, err, "%s%s", r->cut ? "cut short: " : "", why);
	}
	for (int i = 0; i < nr; i++) {
		bad = trace_rec_check(&r->recs[i], r->range, why, sizeof(why));
		if (bad) {
			r->cut = r->line_open;
			return defect(r, err, "%s%s", r->cut ? "cut short: " : "", bad);
		}
	}
	if (nr && r->recs[0].time_ns < r->flow.last_ns) {
		r->cut = r->line_open;
		return bad_order(r, &r->recs[0], 0, err);
	}
	r->nr_recs = (unsigned int)nr;
	r->next_rec = 0;
	return 0;
}

static int text_next(struct trace_reader *r, const struct trace_rec **out, struct err *err)
{
	struct trace_rec *rec;
	const char *line, *bad;
	char why[256];
	size_t n;
	int more;

	while (r->next_rec == r->nr_recs) {
		more = text_line(r, &line, &n, err);
		if (more < 0)
			return more;
		if (!more) {
			reader_hash(r);
			r->ended = true;
			return 0;
		}
		if (text_parse(r, line, n, err))
			return ERR_INPUT;
	}
	rec = &r->batch[r->nr_batch];
	*rec = r->recs[r->next_rec];
	rec->seq = r->flow.last_seq + 1;
	bad = wire_flow_next(&r->flow, rec, why, sizeof(why));
	if (bad)
		return defect(r, err, "%s", bad);
	r->next_rec++;
	r->nr_batch++;
	r->count++;
	*out = rec;
	return 1;
}

/* ---- memory ---- */

struct trace_reader *trace_open_memory(const char *name, const struct trace_meta *meta,
				       const struct trace_rec *rec, size_t nr, struct err *err)
{
	struct trace_reader *r = calloc(1, sizeof(*r));
	char why[256];
	const char *bad = trace_meta_check(meta, why, sizeof(why));

	if (bad) {
		err_set(err, ERR_INPUT, "%s: %s", name, bad);
		free(r);
		return NULL;
	}
	if (!r || !(r->hash = XXH3_createState())) {
		err_set(err, ERR_NOMEM, "%s: out of memory", name);
		free(r);
		return NULL;
	}
	XXH3_64bits_reset(r->hash);
	r->in.name = name;
	r->meta = *meta;
	r->range = &r->meta;
	/* Not NULL, which says that this reader has a file. */
	r->given = rec ? rec : r->recs;
	r->nr_given = nr;
	reader_hash_header(r);
	return r;
}

/* What no file holds: checked as if one did. */
static int made_rec(struct trace_reader *r, const struct trace_rec **out, struct err *err)
{
	struct trace_rec *rec = &r->batch[r->nr_batch];
	const char *bad;
	char why[256];

	rec->seq = r->flow.last_seq + 1;
	bad = trace_rec_check(rec, r->range, why, sizeof(why));
	if (bad)
		return defect(r, err, "record %" PRIu64 ": %s", r->count + 1, bad);
	if (rec->time_ns < r->flow.last_ns)
		return bad_order(r, rec, rec->seq, err);
	bad = wire_flow_next(&r->flow, rec, why, sizeof(why));
	if (bad)
		return defect(r, err, "record %" PRIu64 ": %s", r->count + 1, bad);
	r->nr_batch++;
	r->count++;
	*out = rec;
	return 1;
}

static int memory_next(struct trace_reader *r, const struct trace_rec **out, struct err *err)
{
	if (r->count == r->nr_given) {
		reader_hash(r);
		r->ended = true;
		return 0;
	}
	r->batch[r->nr_batch] = r->given[r->count];
	return made_rec(r, out, err);
}

/* ---- made on the way ---- */

#define READER_MAX_MAKERS 4

static const struct trace_maker *makers[READER_MAX_MAKERS];
static unsigned int nr_makers;

void trace_add_maker(const struct trace_maker *m)
{
	for (unsigned int i = 0; i < nr_makers; i++)
		if (makers[i] == m)
			return;
	if (nr_makers < READER_MAX_MAKERS)
		makers[nr_makers++] = m;
}

static const struct trace_maker *maker_of(const char *path)
{
	for (unsigned int i = 0; i < nr_makers; i++)
		if (!strncmp(path, makers[i]->prefix, strlen(makers[i]->prefix)))
			return makers[i];
	return NULL;
}

static int maker_open(struct trace_reader *r, const char *path, struct err *err)
{
	char why[256];
	const char *bad;

	r->in.name = strdup(path);
	if (!r->in.name)
		return err_set(err, ERR_NOMEM, "%s: out of memory", path);
	r->making = r->maker->open(path + strlen(r->maker->prefix), &r->meta, err);
	if (!r->making)
		return err ? (int)err->code : ERR_USAGE;
	bad = trace_meta_check(&r->meta, why, sizeof(why));
	return bad ? defect(r, err, "%s", bad) : 0;
}

static int maker_next(struct trace_reader *r, const struct trace_rec **out, struct err *err)
{
	struct err why;
	int rc = r->maker->next(r->making, &r->batch[r->nr_batch], &why);

	if (rc > 0)
		return made_rec(r, out, err);
	if (rc < 0) {
		r->err = why;
		r->failed = true;
		if (err)
			*err = why;
		return rc;
	}
	reader_hash(r);
	r->ended = true;
	return 0;
}

/* ---- by the run, checked elsewhere ---- */

struct trace_reader *trace_open_runs(const char *name, const struct trace_meta *meta,
				     const struct trace_runs *runs, void *priv, struct err *err)
{
	struct trace_reader *r = calloc(1, sizeof(*r));

	if (!r) {
		err_set(err, ERR_NOMEM, "%s: out of memory", name);
		return NULL;
	}
	r->in.name = name;
	r->meta = *meta;
	r->runs = runs;
	r->running = priv;
	return r;
}

static int runs_next(struct trace_reader *r, const struct trace_rec **out, struct err *err)
{
	size_t nr;
	int rc = r->runs->next(r->running, &r->run, &nr, &r->err);

	if (rc > 0) {
		r->count += nr;
		r->run_end = r->run + nr;
		*out = r->run++;
		return 1;
	}
	r->ended = !rc;
	r->failed = rc < 0;
	if (rc < 0 && err)
		*err = r->err;
	return rc;
}

static struct trace_runs_told runs_told(const struct trace_reader *r)
{
	struct trace_runs_told told;

	r->runs->told(r->running, &told);
	return told;
}

/* ---- all of them ---- */

struct trace_reader *trace_open(const char *path, struct err *err)
{
	struct trace_reader *r = calloc(1, sizeof(*r));
	int rc;

	if (!r || !(r->hash = XXH3_createState())) {
		err_set(err, ERR_NOMEM, "%s: out of memory", path);
		free(r);
		return NULL;
	}
	XXH3_64bits_reset(r->hash);
	r->range = &r->meta;
	r->maker = maker_of(path);
	rc = r->maker ? maker_open(r, path, err) : input_open(&r->in, path, err);
	if (rc)
		goto fail;
	if (r->maker) {
		reader_hash_header(r);
		return r;
	}
	rc = r->in.form == INPUT_PCAP ? pcap_header(r, err) : text_header(r, err);
	if (rc)
		goto fail;
	reader_hash_header(r);
	return r;
fail:
	trace_close(r);
	return NULL;
}

int trace_next(struct trace_reader *r, const struct trace_rec **rec, struct err *err)
{
	if (r->run != r->run_end) {
		*rec = r->run++;
		return 1;
	}
	if (__builtin_expect(r->failed || r->ended, 0)) {
		if (r->failed && err)
			*err = r->err;
		return r->failed ? r->err.code : 0;
	}
	/* The caller is done with the last one of a full batch. */
	if (r->nr_batch == READER_BATCH)
		reader_hash(r);
	if (__builtin_expect(!!r->runs, 0))
		return runs_next(r, rec, err);
	if (__builtin_expect(r->given || r->maker, 0))
		return r->given ? memory_next(r, rec, err) : maker_next(r, rec, err);
	return r->src ? pcap_next(r, rec, err) : text_next(r, rec, err);
}

const struct trace_meta *trace_meta(const struct trace_reader *r)
{
	return &r->meta;
}

uint64_t trace_digest(const struct trace_reader *r)
{
	return r->runs ? runs_told(r).digest : XXH3_64bits_digest(r->hash);
}

uint64_t trace_nr_records(const struct trace_reader *r)
{
	return r->count - (uint64_t)(r->run_end - r->run);
}

void trace_position(const struct trace_reader *r, uint64_t *at_bytes, uint64_t *of_bytes)
{
	bool known = r->in.size && !r->in.compressed;

	if (r->runs) {
		struct trace_runs_told told = runs_told(r);

		*at_bytes = told.at;
		*of_bytes = told.of;
		return;
	}
	if (r->maker) {
		*at_bytes = *of_bytes = 0;
		if (r->maker->position)
			r->maker->position(r->making, at_bytes, of_bytes);
		return;
	}
	*at_bytes = known ? r->at_bytes : 0;
	*of_bytes = known ? r->in.size : 0;
}

void trace_set_lenient(struct trace_reader *r)
{
	r->range = NULL;
}

bool trace_is_cut(const struct trace_reader *r)
{
	return r->runs ? runs_told(r).cut : r->cut;
}

uint64_t trace_line(const struct trace_reader *r)
{
	return r->line;
}

const char *trace_name(const struct trace_reader *r)
{
	return r->in.name;
}

void trace_close(struct trace_reader *r)
{
	if (!r)
		return;
	pcap_src_close(r->src);
	if (r->making)
		r->maker->close(r->making);
	if (r->runs)
		r->runs->close(r->running);
	if (r->maker)
		free((char *)r->in.name);
	else
		input_close(&r->in);
	XXH3_freeState(r->hash);
	free(r->buf);
	free(r);
}
