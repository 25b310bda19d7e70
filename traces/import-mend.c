// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A trace.dat that was cut short is one that libtracecmd refuses as a whole:
 * its tables name data that is not there. Here they are made to name what is
 * there, in a copy without a name. The format is trace-cmd.dat.v6(5) and
 * trace-cmd.dat.v7(5).
 *
 * The data lies CPU by CPU, so what a cut leaves is all of some CPUs, a part of
 * one, nothing of the others: it is said which. Version 6 has its table of CPUs
 * before the data; version 7 after it, so that it is written anew from the
 * chunks that are there.
 *
 * Left out: files cut before their data, which have no event; version 7 without
 * compression, where nothing says where a CPU's data ends; big-endian files.
 * Whatever looks odd is left to libtracecmd as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import-private.h"

#define MEND_MAX_CPUS 1024
#define MEND_ID_BYTES 16 /* of the header of a section of version 7 */

enum mend_option { OPT_DONE = 0, OPT_CPUSTAT = 2, OPT_BUFFER = 3, OPT_CLOCK = 4, OPT_CPUCOUNT = 8 };

struct mend_cpu {
	uint64_t offset, size;
	uint32_t chunks; /* version 7: of them there are so many */
};

struct mend {
	const uint8_t *d;
	uint64_t size, at;
	bool over;  /* something lay beyond the end */
	bool odd;   /* it is not as we know it */
	bool early; /* cut before the first event */
	uint32_t page, nr_cpus;
	struct mend_cpu cpu[MEND_MAX_CPUS];
	/* version 6 */
	uint64_t table;
	/* version 7 */
	uint64_t sections, link, data;
	uint32_t nr_stats;
	bool empty[MEND_MAX_CPUS], has_buffer;
	char clock[32];
	/* what is left */
	uint64_t end;
	uint32_t part, missing; /* the CPU that ends early, the first that is missing */
};

/* ---- bytes -------------------------------------------------------------- */

static uint64_t mend_num(struct mend *m, unsigned int bytes)
{
	uint64_t v = 0;

	if (m->over || m->size - m->at < bytes) {
		m->over = true;
		return 0;
	}
	memcpy(&v, m->d + m->at, bytes);
	m->at += bytes;
	return v;
}

static void mend_skip(struct mend *m, uint64_t n)
{
	if (m->over || m->size - m->at < n)
		m->over = true;
	else
		m->at += n;
}

/* A string with its NUL; NULL if there is none. */
static const char *mend_text(struct mend *m)
{
	const uint8_t *s = m->d + m->at, *nul = m->over ? NULL : memchr(s, 0, m->size - m->at);

	m->over |= !nul;
	m->at += nul ? (uint64_t)(nul - s) + 1 : 0;
	return nul ? (const char *)s : NULL;
}

static void mend_seek(struct mend *m, uint64_t to)
{
	m->over |= to > m->size;
	m->at = to > m->size ? m->size : to;
}

static uint64_t align_up(uint64_t v, uint32_t to)
{
	return (v + to - 1) / to * to;
}

/* ---- version 6 ---------------------------------------------------------- */

/* To the table of CPUs; false: there is none here. */
static bool v6_find_table(struct mend *m)
{
	const char *tag;

	for (int i = 0; i < 2; i++) { /* header_page, header_event */
		mend_text(m);
		mend_skip(m, mend_num(m, 8));
	}
	for (uint64_t n = mend_num(m, 4); n && !m->over; n--) /* ftrace's own formats */
		mend_skip(m, mend_num(m, 8));
	for (uint64_t n = mend_num(m, 4); n && !m->over; n--) {
		mend_text(m);
		for (uint64_t k = mend_num(m, 4); k && !m->over; k--)
			mend_skip(m, mend_num(m, 8));
	}
	mend_skip(m, mend_num(m, 4)); /* kallsyms */
	mend_skip(m, mend_num(m, 4)); /* printk formats */
	mend_skip(m, mend_num(m, 8)); /* comms */
	m->nr_cpus = (uint32_t)mend_num(m, 4);
	tag = mend_text(m);
	if (tag && !strcmp(tag, "options  ")) {
		while (!m->over && mend_num(m, 2))
			mend_skip(m, mend_num(m, 4));
		tag = mend_text(m);
	}
	m->table = m->at;
	return tag && !strcmp(tag, "flyrecord") && m->nr_cpus <= MEND_MAX_CPUS;
}

/* Whole pages only: the cut one's own length is not to be relied on. */
static bool v6_measure(struct mend *m)
{
	bool cut = false;

	for (uint32_t i = 0; i < m->nr_cpus && !m->over; i++) {
		struct mend_cpu *c = &m->cpu[i];

		c->offset = mend_num(m, 8);
		c->size = mend_num(m, 8);
		if (!c->size || (c->offset <= m->size && c->size <= m->size - c->offset))
			continue;
		c->size = c->offset < m->size ? (m->size - c->offset) / m->page * m->page : 0;
		c->offset = c->size ? c->offset : 0;
		if (!cut)
			m->part = i;
		if (!c->size && m->missing > i)
			m->missing = i;
		cut = true;
	}
	m->end = m->size;
	return cut && !m->over;
}

/* ---- version 7 ---------------------------------------------------------- */

static void v7_option(struct mend *m, uint64_t id, uint64_t bytes)
{
	const char *s = (const char *)m->d + m->at;
	char text[1024];
	const char *p, *q;

	snprintf(text, sizeof(text), "%.*s", (int)(bytes < 1000 ? bytes : 1000), s);
	if (id == OPT_BUFFER) {
		m->has_buffer = true;
	} else if (id == OPT_CPUCOUNT && bytes == 4) {
		memcpy(&m->nr_cpus, s, 4);
	} else if (id == OPT_CPUSTAT && m->nr_stats < MEND_MAX_CPUS) {
		/* Of a CPU without an event there is no data at all. */
		p = strstr(text, "\nentries: ");
		q = strstr(text, "\nread events: ");
		m->empty[m->nr_stats++] =
			p && q && !strtoull(p + 10, NULL, 10) && !strtoull(q + 14, NULL, 10);
	} else if (id == OPT_CLOCK) {
		p = strchr(text, '[');
		q = p ? strchr(p, ']') : NULL;
		if (q && (size_t)(q - p) < sizeof(m->clock))
			snprintf(m->clock, sizeof(m->clock), "%.*s", (int)(q - p - 1), p + 1);
	}
}

/* One section of options; where the next is, 0: that was all. */
static uint64_t v7_options(struct mend *m)
{
	uint64_t id, bytes;

	m->odd = mend_num(m, 2) != 0 || mend_num(m, 2) & 1;
	m->over |= m->odd;
	mend_skip(m, 4 + 8);
	while (!m->over) {
		id = mend_num(m, 2);
		bytes = mend_num(m, 4);
		if (m->over || m->size - m->at < bytes)
			break;
		if (id == OPT_DONE) {
			m->link = m->at;
			return bytes == 8 ? mend_num(m, 8) : 0;
		}
		v7_option(m, id, bytes);
		m->at += bytes;
	}
	m->over = true;
	return 0;
}

/* True if the chain of options leads beyond the end of the file. */
static bool v7_chain_is_cut(struct mend *m, uint64_t first)
{
	uint64_t next = first;

	for (int i = 0; next && i < 64; i++) {
		uint64_t link = m->link;

		if (next >= m->size)
			return m->link != 0;
		mend_seek(m, next);
		next = v7_options(m);
		if (m->over) { /* in the middle of a section that is to be made anew */
			m->over = false;
			m->link = link;
			m->early = !m->link && !m->odd;
			return m->link && !m->has_buffer;
		}
	}
	return false;
}

/* The section with the CPUs' data. */
static bool v7_find_data(struct mend *m)
{
	mend_seek(m, m->sections);
	while (!m->over) {
		uint64_t id, flags, bytes;

		m->data = m->at;
		id = mend_num(m, 2);
		flags = mend_num(m, 2);
		mend_skip(m, 4);
		bytes = mend_num(m, 8);
		if (!m->over && id == OPT_BUFFER)
			return flags & 1;
		mend_skip(m, bytes);
	}
	return false;
}

static void v7_measure(struct mend *m)
{
	uint64_t p = align_up(m->data + MEND_ID_BYTES, m->page);

	for (uint32_t i = 0; i < m->nr_cpus; i++) {
		struct mend_cpu *c = &m->cpu[i];
		uint64_t want;

		if (m->empty[i])
			continue;
		m->over = false;
		mend_seek(m, p);
		want = mend_num(m, 4);
		c->offset = p;
		while (!m->over && c->chunks < want) {
			uint64_t bytes = mend_num(m, 4);

			mend_skip(m, 4 + bytes);
			if (m->over)
				break;
			c->chunks++;
			c->size = m->at - p;
			m->end = m->at;
		}
		if (c->chunks < want || m->over) {
			m->part = i;
			m->missing = c->chunks ? i + 1 : i;
			break;
		}
		p = align_up(m->at, m->page);
	}
	while (m->missing < m->nr_cpus && m->empty[m->missing])
		m->missing++;
	m->over = false;
}

/* ---- writing ------------------------------------------------------------ */

static bool put(FILE *f, uint64_t at, const void *data, size_t n)
{
	return !fseeko(f, (off_t)at, SEEK_SET) && fwrite(data, 1, n, f) == n;
}

static bool v6_write(const struct mend *m, FILE *f)
{
	bool ok = put(f, 0, m->d, m->size);

	for (uint32_t i = 0; ok && i < m->nr_cpus; i++)
		ok = put(f, m->table + 16 * i, &m->cpu[i].offset, 8) &&
		     put(f, m->table + 16 * i + 8, &m->cpu[i].size, 8);
	return ok;
}

static void add(uint8_t *buf, size_t *n, const void *data, size_t bytes)
{
	memcpy(buf + *n, data, bytes);
	*n += bytes;
}

/* The options that lie behind the data: where it is; and the end of options. */
static bool v7_write(const struct mend *m, FILE *f)
{
	uint8_t *buf = calloc(1, 256 + 20 * MEND_MAX_CPUS);
	uint64_t body, bytes = m->end - m->data - MEND_ID_BYTES, zero = 0;
	const uint16_t buffer = OPT_BUFFER, done = OPT_DONE;
	uint32_t nr = 0, left, eight = 8;
	size_t n = 0;
	bool ok;

	if (!buf)
		return false;
	add(buf, &n, &zero, 8);
	add(buf, &n, &zero, 8); /* the section's size, below */
	add(buf, &n, &buffer, 2);
	add(buf, &n, &zero, 4); /* the option's size, below */
	add(buf, &n, &m->data, 8);
	add(buf, &n, "", 1); /* the top buffer */
	add(buf, &n, m->clock, strlen(m->clock) + 1);
	add(buf, &n, &m->page, 4);
	for (uint32_t i = 0; i < m->nr_cpus; i++)
		nr += m->cpu[i].chunks != 0;
	add(buf, &n, &nr, 4);
	for (uint32_t i = 0; i < m->nr_cpus; i++) {
		if (!m->cpu[i].chunks)
			continue;
		add(buf, &n, &i, 4);
		add(buf, &n, &m->cpu[i].offset, 8);
		add(buf, &n, &m->cpu[i].size, 8);
	}
	left = (uint32_t)(n - MEND_ID_BYTES - 6);
	memcpy(buf + MEND_ID_BYTES + 2, &left, 4);
	add(buf, &n, &done, 2);
	add(buf, &n, &eight, 4);
	add(buf, &n, &zero, 8);
	body = n - MEND_ID_BYTES;
	memcpy(buf + 8, &body, 8);
	ok = put(f, 0, m->d, m->end) && put(f, m->end, buf, n) && put(f, m->link, &m->end, 8) &&
	     put(f, m->data + 8, &bytes, 8) &&
	     (m->part >= m->nr_cpus || !m->cpu[m->part].chunks ||
	      put(f, m->cpu[m->part].offset, &m->cpu[m->part].chunks, 4));
	free(buf);
	return ok;
}

/* ---- both --------------------------------------------------------------- */

/* 6 or 7 if the file is cut and can be mended, with all that this needs. */
static int mend_measure(struct mend *m)
{
	const char *version;
	uint64_t first;

	mend_seek(m, 10);
	version = mend_text(m);
	if (!version || mend_num(m, 1) != 0)
		return 0;
	mend_skip(m, 1);
	m->page = (uint32_t)mend_num(m, 4);
	if (m->over || m->page < 64 || m->page > 1 << 20)
		return 0;
	m->part = m->missing = UINT32_MAX;
	if (!strcmp(version, "6")) {
		bool cut = v6_find_table(m) && v6_measure(m);

		m->early = m->over;
		return cut ? 6 : 0;
	}
	if (strcmp(version, "7") || !mend_text(m) || !mend_text(m))
		return 0;
	first = mend_num(m, 8);
	m->sections = m->at;
	m->early = m->over || first >= m->size;
	strcpy(m->clock, "local");
	if (m->over || !v7_chain_is_cut(m, first) || m->nr_cpus > MEND_MAX_CPUS)
		return 0;
	if (v7_find_data(m))
		v7_measure(m);
	m->early = !m->end;
	return m->end ? 7 : 0;
}

static void mend_say(const struct mend *m, struct imp_info *cut)
{
	char missing[64] = "";

	cut->nr_cpus = m->nr_cpus;
	cut->missing_from = m->missing < m->nr_cpus ? (int)m->missing : -1;
	if (cut->missing_from >= 0 && m->missing + 1 < m->nr_cpus)
		snprintf(missing, sizeof(missing), ", CPUs %u to %u are missing", m->missing,
			 m->nr_cpus - 1);
	else if (cut->missing_from >= 0)
		snprintf(missing, sizeof(missing), ", CPU %u is missing", m->missing);
	if (m->part < m->missing && m->part < m->nr_cpus)
		snprintf(cut->cut, sizeof(cut->cut),
			 "cut short at byte %llu: the events of CPU %u end early%s",
			 (unsigned long long)m->size, m->part, missing);
	else
		snprintf(cut->cut, sizeof(cut->cut), "cut short at byte %llu%s",
			 (unsigned long long)m->size, *missing ? missing : ", after its events");
}

int imp_mend_dat(const struct imp_input *in, FILE **f, struct imp_info *cut, struct err *err)
{
	struct mend *m = calloc(1, sizeof(*m));
	int fd = open(in->path, O_RDONLY | O_CLOEXEC), version, rc = 0;
	void *map = MAP_FAILED;
	struct stat st;

	*f = NULL;
	if (!m) {
		rc = err_set(err, ERR_NOMEM, "out of memory");
		goto out;
	}
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size < 64)
		goto out; /* for libtracecmd to say */
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		goto out;
	m->d = map;
	m->size = (uint64_t)st.st_size;
	version = mend_measure(m);
	if (m->early && !version)
		rc = err_set(err, ERR_INPUT, "%s: cut short at byte %llu, before its first event",
			     in->shown, (unsigned long long)m->size);
	if (!version)
		goto out;
	*f = tmpfile();
	if (!*f || !(version == 6 ? v6_write(m, *f) : v7_write(m, *f)) || fflush(*f)) {
		rc = err_set(err, ERR_OUTPUT, "%s: cannot spool: %s", in->shown, strerror(errno));
		if (*f)
			fclose(*f);
		*f = NULL;
		goto out;
	}
	mend_say(m, cut);
out:
	if (map != MAP_FAILED)
		munmap(map, (size_t)st.st_size);
	if (fd >= 0)
		close(fd);
	free(m);
	return rc;
}
