// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Telling the forms apart needs the first bytes after decompression; libtrace
 * then wants to open the file itself. An uncompressed regular file is simply
 * opened twice. Of stdin and pipes nothing can be read twice; and a damaged
 * compressed file must not be left to libtrace, whose small reads run into a
 * fault of wandio's (bytes.c). In both cases the bytes go on, decompressed,
 * through a pipe of our own, which libtrace opens by its /dev/fd name.
 */
#include "input.h"
#include "bytes.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_BYTES	 65536
#define INPUT_PIPE_BYTES (1 << 20)

struct input_priv {
	char *path;
	char pipe_path[32];
	struct bytes *bytes;
	uint8_t *buf;
	size_t at, n;
	bool again; /* a regular file: can be opened a second time */
	bool pumping;
	int pipe[2];
	pthread_t pump;
};

static const struct {
	const char *magic;
	size_t n;
	const char *what;
} input_foreign[] = {
	{ "\x0a\x0d\x0d\x0a", 4,
	  "a pcapng file: want nanosecond pcap (\"editcap -F nsecpcap\" makes it)" },
	{ "\x17\x08\x44tracing", 10, "a trace-cmd recording: want a trace (import it first)" },
	{ "PERFILE2", 8, "a perf recording: want a trace (import the text of \"perf script\")" },
	{ "\x28\xb5\x2f\xfd", 4, "compressed with zstd: want gz, bz2 or xz (pipe \"zstdcat\")" },
	{ "\x04\x22\x4d\x18", 4, "compressed with lz4: want gz, bz2 or xz (pipe \"lz4cat\")" },
};

static uint32_t word(const uint8_t *p, bool swapped)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return swapped ? __builtin_bswap32(v) : v;
}

static int input_is_pcap(struct input *in, const uint8_t *b, size_t n, struct err *err)
{
	uint32_t dlt, version;

	in->form = INPUT_PCAP;
	if (n < PCAP_HEADER_BYTES)
		return err_set(err, ERR_INPUT,
			       "%s: cut short: want %u bytes of pcap header, have %zu", in->name,
			       PCAP_HEADER_BYTES, n);
	version = in->swapped ? (uint32_t)(b[4] << 8 | b[5]) << 16 | (uint32_t)(b[6] << 8 | b[7])
			      : (uint32_t)(b[5] << 8 | b[4]) << 16 | (uint32_t)(b[7] << 8 | b[6]);
	if (version != (2u << 16 | 4))
		return err_set(err, ERR_INPUT, "%s: pcap version: want 2.4, have %u.%u", in->name,
			       version >> 16, version & 0xffff);
	dlt = word(b + 20, in->swapped);
	if (dlt != PCAP_DLT_USER0)
		return err_set(err, ERR_INPUT, "%s: link type: want %u (USER0), have %u", in->name,
			       PCAP_DLT_USER0, dlt);
	return 0;
}

static int input_recognise(struct input *in, const uint8_t *b, size_t n, struct err *err)
{
	uint32_t magic = 0;

	if (!n)
		return err_set(err, ERR_INPUT, "%s: want a trace, have an empty file", in->name);
	for (size_t i = 0; i < sizeof(input_foreign) / sizeof(input_foreign[0]); i++)
		if (n >= input_foreign[i].n &&
		    !memcmp(b, input_foreign[i].magic, input_foreign[i].n))
			return err_set(err, ERR_INPUT, "%s: is %s", in->name,
				       input_foreign[i].what);
	if (n >= 4)
		magic = word(b, false);
	else if (!memcmp(b, "\x4d\x3c\xb2\xa1", n))
		magic = PCAP_MAGIC_NS;
	if (magic == PCAP_MAGIC_NS || magic == __builtin_bswap32(PCAP_MAGIC_NS)) {
		in->swapped = magic != PCAP_MAGIC_NS;
		return input_is_pcap(in, b, n, err);
	}
	if (magic == PCAP_MAGIC_US || magic == __builtin_bswap32(PCAP_MAGIC_US))
		return err_set(
			err, ERR_INPUT,
			"%s: want a nanosecond pcap (magic a1b23c4d), have a microsecond one",
			in->name);
	for (size_t i = 0; i < n; i++)
		if (b[i] < 0x20 && b[i] != '\t' && b[i] != '\n' && b[i] != '\r')
			return err_set(err, ERR_INPUT,
				       "%s: magic: want a1b23c4d (a binary trace) or text, have "
				       "%02x%02x%02x%02x",
				       in->name, n > 3 ? b[3] : 0, n > 2 ? b[2] : 0,
				       n > 1 ? b[1] : 0, b[0]);
	in->form = INPUT_TEXT;
	return 0;
}

/*
 * A complete .xz ends in a footer whose last bytes are "YZ", then perhaps
 * zeroes in fours.
 */
static bool input_xz_cut(int fd, off_t end)
{
	uint8_t tail[4];

	while (end >= 4 && pread(fd, tail, 4, end - 4) == 4 && !memcmp(tail, "\0\0\0\0", 4))
		end -= 4;
	return end < 4 || pread(fd, tail, 4, end - 4) != 4 || tail[2] != 'Y' || tail[3] != 'Z';
}

/*
 * A complete .bz2 ends in 48 bits (of the square root of pi), a checksum of 32
 * and up to seven bits of padding: the blocks before are no whole bytes.
 */
static bool input_bz2_cut(int fd, off_t end)
{
	unsigned __int128 bits = 0;
	uint8_t tail[11];

	if (end < 11 || pread(fd, tail, 11, end - 11) != 11)
		return true;
	for (int i = 0; i < 11; i++)
		bits = bits << 8 | tail[i];
	for (int pad = 0; pad < 8; pad++)
		if ((uint64_t)(bits >> (32 + pad) & UINT64_C(0xffffffffffff)) ==
		    UINT64_C(0x177245385090))
			return false;
	return true;
}

/* A cut .xz or .bz2 can read like a complete one that ends early. */
static void input_look_at_raw(struct input *in, int fd)
{
	uint8_t head[6] = { 0 };

	if (pread(fd, head, sizeof(head), 0) < 3)
		return;
	in->compressed = true;
	if (!memcmp(head,
		    "\xfd"
		    "7zXZ",
		    6))
		in->cut_short = input_xz_cut(fd, (off_t)in->size);
	else if (!memcmp(head, "BZh", 3))
		in->cut_short = input_bz2_cut(fd, (off_t)in->size);
	else
		in->compressed = head[0] == 0x1f && head[1] == 0x8b;
}

/* Look before wandio does: its own complaint goes to stderr. */
static int input_stat(struct input *in, const char *path, struct err *err)
{
	struct stat st;
	int fd;

	/* Without O_NONBLOCK a pipe that nobody writes would be waited for twice. */
	if (stat(path, &st) < 0)
		return err_set(err, ERR_INPUT, "%s: %s", in->name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_set(err, ERR_INPUT, "%s: want a trace, have a directory", in->name);
	if (!S_ISREG(st.st_mode))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_INPUT, "%s: %s", in->name, strerror(errno));
	in->size = (uint64_t)st.st_size;
	in->priv->again = true;
	input_look_at_raw(in, fd);
	close(fd);
	return st.st_size
		       ? 0
		       : err_set(err, ERR_INPUT, "%s: want a trace, have an empty file", in->name);
}

/* The next block into the buffer, which has been emptied. 0: the end. */
static ssize_t input_fill(struct input_priv *p)
{
	ssize_t n = bytes_read(p->bytes, p->buf, INPUT_BYTES);

	p->at = 0;
	p->n = n > 0 ? (size_t)n : 0;
	return n;
}

static int input_head(struct input *in, struct err *err)
{
	struct input_priv *p = in->priv;
	ssize_t n = 0;

	p->buf = malloc(INPUT_BYTES);
	if (!p->buf)
		return err_set(err, ERR_NOMEM, "%s: out of memory", in->name);
	while (p->n < PCAP_HEADER_BYTES &&
	       (n = bytes_read(p->bytes, p->buf + p->n, INPUT_BYTES - p->n)) > 0)
		p->n += (size_t)n;
	if (!p->n && (n < 0 || in->compressed))
		return err_set(err, ERR_INPUT, "%s: cut short or damaged: nothing can be decoded",
			       in->name);
	return input_recognise(in, p->buf, p->n < PCAP_HEADER_BYTES ? p->n : PCAP_HEADER_BYTES,
			       err);
}

int input_open(struct input *in, const char *path, struct err *err)
{
	bool is_stdin = !strcmp(path, "-");
	int rc;

	memset(in, 0, sizeof(*in));
	in->priv = calloc(1, sizeof(*in->priv));
	if (!in->priv || !(in->priv->path = strdup(path))) {
		free(in->priv);
		in->priv = NULL;
		return err_set(err, ERR_NOMEM, "%s: out of memory", path);
	}
	in->name = is_stdin ? "stdin" : in->priv->path;
	if (!is_stdin) {
		rc = input_stat(in, path, err);
		if (rc)
			goto fail;
	}
	in->priv->bytes = bytes_open(path);
	if (!in->priv->bytes) {
		rc = err_set(err, ERR_INPUT, "%s: cannot be read", in->name);
		goto fail;
	}
	rc = input_head(in, err);
	if (!rc)
		return 0;
fail:
	input_close(in);
	return rc;
}

ssize_t input_read(struct input *in, void *buf, size_t n)
{
	struct input_priv *p = in->priv;

	if (p->at == p->n) {
		ssize_t got = input_fill(p);

		if (got <= 0)
			return got;
	}
	n = n < p->n - p->at ? n : p->n - p->at;
	memcpy(buf, p->buf + p->at, n);
	p->at += n;
	return (ssize_t)n;
}

static void *input_pump(void *arg)
{
	struct input_priv *p = arg;
	sigset_t set;

	/* The reader may leave early: that is EPIPE here, not a signal. */
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	do {
		while (p->at < p->n) {
			ssize_t n = write(p->pipe[1], p->buf + p->at, p->n - p->at);

			if (n < 0 && errno != EINTR)
				goto out;
			p->at += n > 0 ? (size_t)n : 0;
		}
	} while (input_fill(p) > 0);
out:
	close(p->pipe[1]);
	return NULL;
}

const char *input_pcap_path(struct input *in, struct err *err)
{
	struct input_priv *p = in->priv;

	if (p->again && !in->compressed) {
		bytes_close(p->bytes);
		p->bytes = NULL;
		return p->path;
	}
	if (pipe2(p->pipe, O_CLOEXEC) < 0) {
		err_set(err, ERR_INPUT, "%s: %s", in->name, strerror(errno));
		return NULL;
	}
	/* As large as may be: fewer changes of thread. */
	(void)fcntl(p->pipe[1], F_SETPIPE_SZ, INPUT_PIPE_BYTES);
	if (pthread_create(&p->pump, NULL, input_pump, p)) {
		close(p->pipe[0]);
		close(p->pipe[1]);
		err_set(err, ERR_INPUT, "%s: cannot start a thread", in->name);
		return NULL;
	}
	p->pumping = true;
	snprintf(p->pipe_path, sizeof(p->pipe_path), "/dev/fd/%d", p->pipe[0]);
	return p->pipe_path;
}

void input_close(struct input *in)
{
	struct input_priv *p = in->priv;

	if (!p)
		return;
	if (p->pumping) {
		/* The last reading end goes, so a writing pump gets its EPIPE. */
		close(p->pipe[0]);
		pthread_join(p->pump, NULL);
	}
	bytes_close(p->bytes);
	free(p->path);
	free(p->buf);
	free(p);
	in->priv = NULL;
	in->name = NULL;
}
