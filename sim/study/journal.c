// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines with a checksum. A line is one write() at the end of the file; what a full disk
 * or a kill leaves of one has no newline or not its sum, and is cut off by who
 * opens the file next.
 */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#define SYNC_SECONDS 2

struct journal {
	char *path;
	int fd;
	off_t end; /* of the sound lines */
	time_t synced;
};

static const char before[] = "{\"sum\":\"", between[] = "\",\"line\":", after[] = "}\n";
#define BEFORE	(sizeof(before) - 1)
#define BETWEEN (sizeof(between) - 1)
#define AFTER	(sizeof(after) - 1)
#define SUM	16
#define FRAME	(BEFORE + SUM + BETWEEN + AFTER)

static int trouble(const struct journal *j, struct err *err)
{
	return err_set(err, ERR_OUTPUT, "%s: %s", j->path, strerror(errno));
}

/* The object in a whole line of @n bytes, newline included; NULL: it is damaged. */
static const char *line_json(const char *line, size_t n, size_t *len)
{
	const char *json = line + BEFORE + SUM + BETWEEN;
	char sum[SUM + 1];

	if (n < FRAME || memcmp(line, before, BEFORE) ||
	    memcmp(line + BEFORE + SUM, between, BETWEEN) || memcmp(line + n - AFTER, after, AFTER))
		return NULL;
	*len = n - FRAME;
	snprintf(sum, sizeof(sum), "%016" PRIx64, (uint64_t)XXH3_64bits(json, *len));
	return memcmp(line + BEFORE, sum, SUM) ? NULL : json;
}

/* ---- reading an old one -------------------------------------------------- */

struct old {
	char *bytes; /* all; of the sound lines, from the start */
	size_t n, kept;
	size_t same; /* … that lie where they lay */
	unsigned int damaged;
};

static int slurp(const struct journal *j, struct old *o, struct err *err)
{
	struct stat st;

	if (fstat(j->fd, &st))
		return trouble(j, err);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_USAGE, "%s: want a journal, have no regular file", j->path);
	o->bytes = malloc((size_t)st.st_size + 1);
	if (!o->bytes)
		return err_set(err, ERR_NOMEM, "out of memory");
	while (o->n < (size_t)st.st_size) {
		ssize_t got = pread(j->fd, o->bytes + o->n, (size_t)st.st_size - o->n, (off_t)o->n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return trouble(j, err);
		if (!got)
			break;
		o->n += (size_t)got;
	}
	return 0;
}

static int check_head(const struct journal *j, const char *json, size_t n, const char *head,
		      struct err *err)
{
	if (strlen(head) == n && !memcmp(head, json, n))
		return 0;
	return err_set(err, ERR_USAGE,
		       "%s: is the journal of another sweep: want %.300s, have %.*s (remove it, or "
		       "choose another -o)",
		       j->path, head, (int)(n < 300 ? n : 300), json);
}

/*
 * Line by line; sound ones are moved together. Without a sound head it is a journal
 * only if nothing follows: that of one who was stopped at once.
 */
static int take_old(const struct journal *j, struct old *o, const char *head,
		    int (*line)(void *priv, const char *json, size_t n, struct err *err),
		    void *priv, struct err *err)
{
	bool has_head = false;

	for (size_t at = 0; at < o->n;) {
		char *start = o->bytes + at, *nl = memchr(start, '\n', o->n - at);
		size_t n = nl ? (size_t)(nl - start) + 1 : o->n - at, len;
		const char *json = nl ? line_json(start, n, &len) : NULL;
		bool begun = at + n == o->n && !memcmp(start, before, n < BEFORE ? n : BEFORE);
		int ret;

		at += n;
		if (!json && !has_head && !begun)
			return err_set(err, ERR_USAGE,
				       "%s: want the journal of a sweep, have something else",
				       j->path);
		if (!json) {
			o->damaged++;
			continue;
		}
		ret = has_head ? line(priv, json, len, err) : check_head(j, json, len, head, err);
		if (ret)
			return ret;
		has_head = true;
		memmove(o->bytes + o->kept, start, n);
		o->kept += n;
		if (!o->damaged)
			o->same = o->kept;
	}
	return 0;
}

/* ---- writing ------------------------------------------------------------- */

static int write_all(const struct journal *j, const char *s, size_t n, struct err *err)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = pwrite(j->fd, s + done, n - done, j->end + (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			trouble(j, err);
			/* What is there of it goes; if not now, who comes next takes it out. */
			if (ftruncate(j->fd, j->end))
				return ERR_OUTPUT;
			return ERR_OUTPUT;
		}
		done += (size_t)got;
	}
	return 0;
}

int journal_sync(struct journal *j, struct err *err)
{
	j->synced = time(NULL);
	return fdatasync(j->fd) && errno != EINVAL ? trouble(j, err) : 0;
}

int journal_add(struct journal *j, const char *json, struct err *err)
{
	size_t len = strlen(json), n = FRAME + len;
	char *line = malloc(n + 1);
	int ret;

	if (!line)
		return err_set(err, ERR_NOMEM, "out of memory");
	snprintf(line, n + 1, "%s%016" PRIx64 "%s%s%s", before, (uint64_t)XXH3_64bits(json, len),
		 between, json, after);
	ret = write_all(j, line, n, err);
	free(line);
	if (ret)
		return ret;
	j->end += (off_t)n;
	return time(NULL) - j->synced < SYNC_SECONDS ? 0 : journal_sync(j, err);
}

/* Damaged lines are taken out where they are: what is kept moves towards the beginning. */
static int mend(struct journal *j, const struct old *o, struct err *err)
{
	int ret;

	j->end = (off_t)o->same;
	ret = write_all(j, o->bytes + o->same, o->kept - o->same, err);
	j->end = (off_t)o->kept;
	if (ret || !o->damaged)
		return ret;
	return ftruncate(j->fd, j->end) ? trouble(j, err) : journal_sync(j, err);
}

static int take_it(struct journal *j, struct err *err)
{
	j->fd = open(j->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (j->fd < 0)
		return trouble(j, err);
	if (flock(j->fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return err_set(err, ERR_USAGE, "%s: another vgicsim is writing it", j->path);
	return 0;
}

struct journal *journal_open(const char *path, const char *head,
			     int (*line)(void *priv, const char *json, size_t n, struct err *err),
			     void *priv, unsigned int *damaged, struct err *err)
{
	struct journal *j = calloc(1, sizeof(*j));
	struct old o = { 0 };
	int ret;

	if (!j || !(j->path = strdup(path))) {
		free(j);
		err_set(err, ERR_NOMEM, "out of memory");
		return NULL;
	}
	ret = take_it(j, err);
	if (!ret)
		ret = slurp(j, &o, err);
	if (!ret)
		ret = take_old(j, &o, head, line, priv, err);
	if (!ret)
		ret = mend(j, &o, err);
	if (!ret && !o.kept)
		ret = journal_add(j, head, err);
	*damaged = o.damaged;
	free(o.bytes);
	if (!ret)
		return j;
	journal_close(j, false);
	return NULL;
}

void journal_close(struct journal *j, bool remove)
{
	if (!j)
		return;
	if (remove)
		unlink(j->path);
	if (j->fd >= 0)
		close(j->fd);
	free(j->path);
	free(j);
}
