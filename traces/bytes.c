// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plain file is read as it is. A .gz is for zlib, which gives what is before a
 * cut to the last byte; wandio 3.0.22 keeps the last megabyte or two to itself.
 * The others, and what is no regular file and may be anything, are wandio's. It
 * is asked for more at a time than it has buffered: where a read takes the rest
 * of its (1 MiB) buffer, wants more, and the next block is damaged, it copies -1
 * bytes.
 */
#include "bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wandio.h>
#include <zlib.h>

#define BYTES_WANDIO  (2u << 20)
#define BYTES_ZLIB    (64u << 10)
/* What zlib loses of a damaged stream is at most one such portion. */
#define BYTES_PORTION (32u << 10)

struct bytes {
	int fd; /* plain, else -1 */
	gzFile gz;
	io_t *io;
	bool packed, damaged;
	size_t at, n;
	uint8_t *buf;
};

/* A regular file by its first bytes. */
static bool bytes_open_file(struct bytes *b, const char *path)
{
	uint8_t head[6] = { 0 };

	b->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (b->fd < 0)
		return false;
	if (pread(b->fd, head, sizeof(head), 0) < 0)
		return true; /* let bytes_read() say so */
	if (!memcmp(head, "\x1f\x8b", 2)) {
		b->gz = gzdopen(b->fd, "rb");
		if (!b->gz)
			return false;
		gzbuffer(b->gz, BYTES_ZLIB);
		b->fd = -1;
		b->packed = true;
	} else if (!memcmp(head, "BZh", 3) || !memcmp(head,
						      "\xfd"
						      "7zXZ",
						      6)) {
		close(b->fd);
		b->fd = -1;
		b->packed = true;
		b->io = wandio_create(path);
	}
	return b->fd >= 0 || b->gz || b->io;
}

/*
 * wandio reads ahead in a thread of its own into (by default) 50 MB of
 * buffers, allocated in one thread and freed in the other. Without it raw
 * traces read as fast with less CPU time, and memory is the same however long
 * the trace. What the user set stays. libtrace, which reads by wandio too,
 * comes later in every case.
 */
static void bytes_wandio_defaults(void)
{
	setenv("LIBTRACEIO", "nothreads", 0);
}

struct bytes *bytes_open(const char *path)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct bytes *b = calloc(1, sizeof(*b));
	bool is_stdin = !strcmp(path, "-");
	struct stat st;

	pthread_once(&once, bytes_wandio_defaults);
	if (!b)
		return NULL;
	b->fd = -1;
	if (!is_stdin && stat(path, &st))
		goto fail;
	errno = EIO;
	if (is_stdin || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		b->io = wandio_create(path);
	else if (!bytes_open_file(b, path))
		goto fail;
	if (b->io)
		b->buf = malloc(BYTES_WANDIO);
	if (b->fd >= 0 || b->gz || b->buf)
		return b;
fail:
	bytes_close(b);
	return NULL;
}

struct bytes *bytes_open_plain(const char *path)
{
	struct bytes *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC)
				  : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	if (b->fd >= 0)
		return b;
	bytes_close(b);
	return NULL;
}

static ssize_t bytes_read_gz(struct bytes *b, void *buf, size_t n)
{
	int got, why;

	if (b->damaged)
		return -1;
	got = gzread(b->gz, buf, (unsigned int)(n < BYTES_PORTION ? n : BYTES_PORTION));
	gzerror(b->gz, &why);
	b->damaged = why != Z_OK && why != Z_STREAM_END;
	return b->damaged && got <= 0 ? -1 : got;
}

ssize_t bytes_read(struct bytes *b, void *buf, size_t n)
{
	ssize_t got;

	if (b->fd >= 0) {
		do
			got = read(b->fd, buf, n);
		while (got < 0 && errno == EINTR);
		return got;
	}
	if (b->gz)
		return bytes_read_gz(b, buf, n);
	if (b->at == b->n) {
		if (b->damaged)
			return -1;
		got = (ssize_t)wandio_read(b->io, b->buf, BYTES_WANDIO);
		b->damaged = got < 0;
		b->at = 0;
		b->n = got > 0 ? (size_t)got : 0;
		if (got <= 0)
			return got;
	}
	n = n < b->n - b->at ? n : b->n - b->at;
	memcpy(buf, b->buf + b->at, n);
	b->at += n;
	return (ssize_t)n;
}

bool bytes_packed(const struct bytes *b)
{
	return b->packed;
}

void bytes_close(struct bytes *b)
{
	int saved = errno;

	if (!b)
		return;
	if (b->fd >= 0)
		close(b->fd);
	if (b->gz)
		gzclose_r(b->gz);
	if (b->io)
		wandio_destroy(b->io);
	free(b->buf);
	free(b);
	errno = saved;
}
