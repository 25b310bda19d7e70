// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writing traces. libtrace cannot write nanosecond pcap of a user link type
 * (it reports success and leaves no file), so packets are made here and go out
 * through wandio, which compresses.
 *
 * wandio writes from a thread of its own and loses what the disk says. So what
 * was written is looked at afterwards: its size, or, compressed, its whole
 * decompressed content. Only then does it take the place of the old file.
 */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wandio.h>
#include <xxhash.h>

#include "temps.h"
#include "text.h"
#include "wire.h"

#define WRITER_BYTES 262144
#define REREAD_BYTES (2u << 20)		  /* no less: input.c says why */
#define WRITER_SLACK (TEXT_LINE_MAX + 64) /* more than any one packet or line */

struct trace_writer {
	char *name; /* as given, for messages */
	char *path; /* where it shall be */
	char *tmp;  /* where it is, NULL: written in place */
	iow_t *iow;
	int fd;	   /* in place, else -1 */
	int codec; /* WANDIO_COMPRESS_* */
	bool text, failed;
	struct err err;
	struct trace_meta meta;
	struct wire_flow flow;
	uint64_t count, bytes;
	XXH3_state_t *digest;
	XXH3_state_t *content; /* of all bytes written */
	size_t used;
	unsigned int nr_line; /* text: records of the line that is gathered */
	struct trace_rec line[TEXT_MAX_RECS];
	char buf[WRITER_BYTES + WRITER_SLACK];
};

__attribute__((cold, format(printf, 4, 5))) static int
broken(struct trace_writer *w, struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(&w->err, code, fmt, ap);
	va_end(ap);
	err_prefix(&w->err, "%s", w->name);
	w->failed = true;
	if (err)
		*err = w->err;
	return w->err.code;
}

static bool ends_in(const char *s, size_t n, const char *suffix)
{
	size_t k = strlen(suffix);

	return n >= k && !memcmp(s + n - k, suffix, k);
}

static void writer_form(struct trace_writer *w, const char *path)
{
	size_t n = strlen(path);

	w->codec = ends_in(path, n, ".gz")    ? WANDIO_COMPRESS_ZLIB
		   : ends_in(path, n, ".bz2") ? WANDIO_COMPRESS_BZ2
		   : ends_in(path, n, ".xz")  ? WANDIO_COMPRESS_LZMA
					      : WANDIO_COMPRESS_NONE;
	if (w->codec != WANDIO_COMPRESS_NONE)
		n = (size_t)(strrchr(path, '.') - path);
	w->text = ends_in(path, n, ".vgt") || !strcmp(path, "-");
}

/* A file beside the target that nobody else writes. */
static int writer_open_tmp(struct trace_writer *w, struct err *err)
{
	static atomic_uint serial;
	int fd;

	do {
		free(w->tmp);
		w->tmp = NULL;
		if (asprintf(&w->tmp, "%s.tmp-%ld-%u", w->path, (long)getpid(),
			     atomic_fetch_add(&serial, 1)) < 0) {
			w->tmp = NULL;
			return broken(w, err, ERR_NOMEM, "out of memory");
		}
		fd = open(w->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	} while (fd < 0 && errno == EEXIST);
	if (fd < 0) {
		int e = errno;

		free(w->tmp);
		w->tmp = NULL;
		return broken(w, err, ERR_OUTPUT, "cannot be created: %s", strerror(e));
	}
	temps_add(w->tmp);
	close(fd);
	w->iow = wandio_wcreate(w->tmp, w->codec, 6, 0);
	return w->iow ? 0 : broken(w, err, ERR_OUTPUT, "cannot be created");
}

/*
 * A device or a pipe is written in place (a rename would replace it), without
 * wandio, so that its errors are seen.
 */
static int writer_open(struct trace_writer *w, const char *path, struct err *err)
{
	struct stat st;

	if (!strcmp(path, "-")) {
		w->fd = STDOUT_FILENO;
		return 0;
	}
	/* Through a symbolic link, to what it names. */
	w->path = temps_target(path);
	if (!w->path)
		return broken(w, err, errno == ENOMEM ? ERR_NOMEM : ERR_OUTPUT,
			      "cannot be created: %s", strerror(errno));
	if (stat(w->path, &st) < 0 || S_ISREG(st.st_mode))
		return writer_open_tmp(w, err);
	if (S_ISDIR(st.st_mode))
		return broken(w, err, ERR_OUTPUT, "cannot be created: is a directory");
	if (w->codec != WANDIO_COMPRESS_NONE)
		return broken(w, err, ERR_OUTPUT, "want a regular file for compressed output");
	w->fd = open(w->path, O_WRONLY | O_CLOEXEC);
	if (w->fd < 0)
		return broken(w, err, ERR_OUTPUT, "cannot be opened: %s", strerror(errno));
	return 0;
}

static int writer_flush(struct trace_writer *w, struct err *err)
{
	size_t at = 0;

	if (w->iow) {
		off_t n = wandio_wwrite(w->iow, w->buf, (off_t)w->used);

		if (n != (off_t)w->used)
			return broken(w, err, ERR_OUTPUT, "cannot be written: %s",
				      strerror(errno ? errno : EIO));
		if (w->codec != WANDIO_COMPRESS_NONE)
			XXH3_64bits_update(w->content, w->buf, w->used);
	} else {
		while (at < w->used) {
			ssize_t n = write(w->fd, w->buf + at, w->used - at);

			if (n < 0 && errno == EINTR)
				continue;
			if (n <= 0)
				return broken(w, err, ERR_OUTPUT, "cannot be written: %s",
					      strerror(n ? errno : EIO));
			at += (size_t)n;
		}
	}
	w->bytes += w->used;
	w->used = 0;
	return 0;
}

static void put_packet(struct trace_writer *w, uint64_t time_ns, const void *data, size_t n)
{
	uint32_t head[4] = { (uint32_t)(time_ns / 1000000000), (uint32_t)(time_ns % 1000000000),
			     (uint32_t)n, (uint32_t)n };

	memcpy(w->buf + w->used, head, sizeof(head));
	memcpy(w->buf + w->used + sizeof(head), data, n);
	w->used += sizeof(head) + n;
}

static void put_pcap_header(struct trace_writer *w)
{
	static const uint32_t head[6] = {
		PCAP_MAGIC_NS, 4u << 16 | 2, 0, 0, 65535, PCAP_DLT_USER0
	};

	_Static_assert(sizeof(head) == PCAP_HEADER_BYTES, "pcap header");
	memcpy(w->buf, head, sizeof(head));
	w->used = sizeof(head);
}

struct trace_writer *trace_create(const char *path, const struct trace_meta *meta, struct err *err)
{
	struct trace_writer *w = calloc(1, sizeof(*w));
	uint8_t header[WIRE_HEADER_MAX];
	char why[256];
	size_t n;

	if (!w || !(w->name = strdup(strcmp(path, "-") ? path : "stdout")) ||
	    !(w->digest = XXH3_createState()) || !(w->content = XXH3_createState())) {
		err_set(err, ERR_NOMEM, "%s: out of memory", path);
		trace_abort(w);
		return NULL;
	}
	w->fd = -1;
	w->meta = *meta;
	XXH3_64bits_reset(w->digest);
	XXH3_64bits_reset(w->content);
	if (trace_meta_check(meta, why, sizeof(why))) {
		broken(w, err, ERR_INPUT, "header: %s", why);
		goto fail;
	}
	writer_form(w, path);
	if (writer_open(w, path, err))
		goto fail;
	n = wire_header_put(meta, header);
	XXH3_64bits_update(w->digest, header, n);
	if (w->text) {
		w->used = text_header_format(meta, w->buf, sizeof(w->buf));
	} else {
		put_pcap_header(w);
		put_packet(w, 0, header, n);
	}
	return w;
fail:
	trace_abort(w);
	return NULL;
}

/* Gather the records of a line; with the last one, the line. */
static void put_text(struct trace_writer *w, const struct trace_rec *rec)
{
	int n;

	w->line[w->nr_line++] = *rec;
	if (w->flow.lrs_left)
		return;
	n = text_format(w->line, w->nr_line, w->buf + w->used, TEXT_LINE_MAX);
	w->used += (size_t)n;
	w->buf[w->used++] = '\n';
	w->nr_line = 0;
}

int trace_write(struct trace_writer *w, const struct trace_rec *rec, struct err *err)
{
	struct trace_rec mine = *rec;
	const char *bad;
	char why[256];

	if (w->failed) {
		if (err)
			*err = w->err;
		return w->err.code;
	}
	mine.seq = w->flow.last_seq + 1;
	bad = trace_rec_check(&mine, &w->meta, why, sizeof(why));
	if (!bad && mine.time_ns < w->flow.last_ns) {
		snprintf(why, sizeof(why),
			 "time goes back: want at least %" PRIu64 " ns, have %" PRIu64,
			 w->flow.last_ns, mine.time_ns);
		bad = why;
	}
	if (!bad && mine.time_ns / 1000000000 > UINT32_MAX) {
		snprintf(why, sizeof(why), "time: want below 2^32 s, have %" PRIu64 " ns",
			 mine.time_ns);
		bad = why;
	}
	if (!bad)
		bad = wire_flow_next(&w->flow, &mine, why, sizeof(why));
	if (bad)
		return broken(w, err, ERR_INPUT, "record %" PRIu64 ": %s", w->count + 1, bad);
	XXH3_64bits_update(w->digest, &mine, sizeof(mine));
	w->count++;
	if (w->text)
		put_text(w, &mine);
	else
		put_packet(w, mine.time_ns, &mine.kind, REC_WIRE_BYTES);
	return w->used >= WRITER_BYTES ? writer_flush(w, err) : 0;
}

/* The compressed file again, from its beginning to its end. */
static int writer_reread(struct trace_writer *w, struct err *err)
{
	uint64_t want = XXH3_64bits_digest(w->content), bytes = 0;
	io_t *io = wandio_create(w->tmp);
	char *buf = malloc(REREAD_BYTES);
	off_t n = -1;

	XXH3_64bits_reset(w->content);
	while (io && buf && (n = wandio_read(io, buf, REREAD_BYTES)) > 0) {
		XXH3_64bits_update(w->content, buf, (size_t)n);
		bytes += (uint64_t)n;
	}
	if (io)
		wandio_destroy(io);
	free(buf);
	if (n < 0 || bytes != w->bytes || XXH3_64bits_digest(w->content) != want)
		return broken(w, err, ERR_OUTPUT,
			      "not written completely: want %" PRIu64 " bytes, have %" PRIu64
			      " (no space left?)",
			      w->bytes, bytes);
	return 0;
}

static int writer_verify(struct trace_writer *w, struct err *err)
{
	int fd = open(w->tmp, O_RDONLY | O_CLOEXEC), rc = 0;
	struct stat st;

	/* What the disk had to say and nobody heard, it may say again here. */
	if (fd < 0 || fsync(fd) < 0 || fstat(fd, &st) < 0)
		rc = broken(w, err, ERR_OUTPUT, "cannot be written: %s", strerror(errno));
	else if (w->codec == WANDIO_COMPRESS_NONE && (uint64_t)st.st_size != w->bytes)
		rc = broken(w, err, ERR_OUTPUT,
			    "not written completely: want %" PRIu64 " bytes, have %" PRIu64
			    " (no space left?)",
			    w->bytes, (uint64_t)st.st_size);
	if (fd >= 0)
		close(fd);
	return rc || w->codec == WANDIO_COMPRESS_NONE ? rc : writer_reread(w, err);
}

static int writer_finish(struct trace_writer *w, struct err *err)
{
	struct wire_footer f = { .last_seq = w->flow.last_seq,
				 .count = w->count,
				 .duration_ns = w->flow.last_ns };
	uint8_t buf[WIRE_FOOTER_BYTES];
	int rc;

	if (w->failed) {
		if (err)
			*err = w->err;
		return w->err.code;
	}
	if (w->flow.lrs_left)
		return broken(w, err, ERR_INPUT,
			      "record %" PRIu64 ": want list registers %u and "
			      "up after it, have none",
			      w->count, w->flow.lrs_next);
	if (!w->text) {
		f.digest = XXH3_64bits_digest(w->digest);
		wire_footer_put(&f, buf);
		put_packet(w, f.duration_ns, buf, sizeof(buf));
	}
	rc = writer_flush(w, err);
	if (rc)
		return rc;
	if (!w->tmp) {
		rc = w->path && close(w->fd) < 0;
		w->fd = -1;
		return rc ? broken(w, err, ERR_OUTPUT, "cannot be written: %s", strerror(errno))
			  : 0;
	}
	wandio_wdestroy(w->iow);
	w->iow = NULL;
	rc = writer_verify(w, err);
	if (rc)
		return rc;
	if (rename(w->tmp, w->path) < 0)
		return broken(w, err, ERR_OUTPUT, "cannot be renamed: %s", strerror(errno));
	temps_drop(w->tmp);
	free(w->tmp);
	w->tmp = NULL;
	return 0;
}

int trace_commit(struct trace_writer *w, struct err *err)
{
	int rc = writer_finish(w, err);

	trace_abort(w);
	return rc;
}

void trace_abort(struct trace_writer *w)
{
	if (!w)
		return;
	if (w->iow)
		wandio_wdestroy(w->iow);
	if (w->tmp)
		unlink(w->tmp);
	temps_drop(w->tmp);
	if (w->path && w->fd >= 0)
		close(w->fd);
	XXH3_freeState(w->digest);
	XXH3_freeState(w->content);
	free(w->name);
	free(w->path);
	free(w->tmp);
	free(w);
}
