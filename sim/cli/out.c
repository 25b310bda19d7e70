/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of views, and output files written beside and then renamed. */
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "temps.h"

const struct output outputs[] = {
	{ "table", "comparison for people", out_table },
	{ "json", "the whole result, vgicsim-result(5)", out_json },
	{ "csv", "one line a design and metric", out_csv },
	{ NULL, NULL, NULL },
};

const struct output *output_find(const char *name)
{
	for (const struct output *o = outputs; o->name; o++)
		if (!strcmp(o->name, name))
			return o;
	return NULL;
}

const char *out_time(char *buf, size_t len, int64_t ps)
{
	static const struct {
		uint64_t ps;
		const char *name;
	} unit[] = {
		{ UINT64_C(1000000000000), "s" },
		{ 1000000000, "ms" },
		{ 1000000, "us" },
		{ 1000, "ns" },
	};
	uint64_t v = ps < 0 ? 0 - (uint64_t)ps : (uint64_t)ps;
	const char *sign = ps < 0 ? "-" : "";

	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		uint64_t hundredths;

		if (v < unit[i].ps)
			continue;
		hundredths = (v + unit[i].ps / 200) / (unit[i].ps / 100);
		if (hundredths < 10000)
			snprintf(buf, len, "%s%" PRIu64 ".%02" PRIu64 " %s", sign, hundredths / 100,
				 hundredths % 100, unit[i].name);
		else
			snprintf(buf, len, "%s%" PRIu64 ".%" PRIu64 " %s", sign,
				 (v + unit[i].ps / 20) / unit[i].ps,
				 (v + unit[i].ps / 20) % unit[i].ps / (unit[i].ps / 10),
				 unit[i].name);
		return buf;
	}
	snprintf(buf, len, v ? "%s%" PRIu64 " ps" : "%s%" PRIu64, sign, v);
	return buf;
}

const char *out_count(char *buf, size_t len, int64_t v)
{
	char digits[32];
	size_t n, o = 0;

	snprintf(digits, sizeof(digits), "%" PRId64, v);
	n = strlen(digits);
	for (size_t i = 0; i < n && o + 2 < len; i++) {
		buf[o++] = digits[i];
		if (digits[i] != '-' && i + 1 < n && (n - i - 1) % 3 == 0)
			buf[o++] = ',';
	}
	buf[o] = '\0';
	return buf;
}

void out_wrapped(FILE *f, const char *text, const char *indent, unsigned int width)
{
	size_t room = width - strlen(indent);

	while (*text) {
		size_t n = strlen(text);

		if (n > room) {
			n = room;
			while (n && text[n] != ' ')
				n--;
			/* A word that is too long is broken behind a comma, if it can be. */
			for (size_t k = n ? 0 : room; k > 0 && !n; k--)
				n = text[k - 1] == ',' ? k : 0;
			if (!n)
				n = strcspn(text, " ");
		}
		while (n && text[n - 1] == ' ')
			n--;
		fprintf(f, "%s%.*s\n", indent, (int)n, text);
		text += n;
		while (*text == ' ')
			text++;
	}
}

int out_json(FILE *f, const json_t *doc, const struct out_style *style, struct err *err)
{
	if (json_dumpf(doc, f, JSON_PRESERVE_ORDER | JSON_INDENT(1)) || fputc('\n', f) == EOF)
		return err_set(err, ERR_OUTPUT, "could not be written: %s", strerror(errno));
	return 0;
}

static void on_deadly_signal(int sig)
{
	temps_remove();
	/* The handler was reset: this time it ends us, as the sender wanted. */
	raise(sig);
}

void out_remove_on_signals(void)
{
	static const int sigs[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction old, sa = { .sa_handler = on_deadly_signal, .sa_flags = SA_RESETHAND };

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		if (!sigaction(sigs[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(sigs[i], &sa, NULL);
}

struct out_file {
	FILE *f;
	char *path; /* NULL: stdout */
	char *temp;
};

/* A regular file gets a temporary beside it; a device or pipe is written to. */
static bool replaceable(const char *path)
{
	struct stat st;

	return stat(path, &st) || S_ISREG(st.st_mode);
}

static int open_beside(struct out_file *o)
{
	mode_t mask;
	int fd;

	if (asprintf(&o->temp, "%s.XXXXXX", o->path) < 0) {
		o->temp = NULL;
		return -1;
	}
	fd = mkostemp(o->temp, O_CLOEXEC);
	if (fd >= 0) {
		temps_add(o->temp);
	} else {
		int saved = errno;

		free(o->temp);
		o->temp = NULL;
		errno = saved;
		return -1;
	}
	mask = umask(0);
	umask(mask);
	if (fchmod(fd, 0666 & ~mask))
		return -1;
	o->f = fdopen(fd, "w");
	if (!o->f)
		close(fd);
	return o->f ? 0 : -1;
}

struct out_file *out_open(const char *path, struct err *err)
{
	struct out_file *o = calloc(1, sizeof(*o));

	if (!o)
		goto fail;
	if (!path || !strcmp(path, "-")) {
		o->f = stdout;
		return o;
	}
	/* Through a symbolic link, to what it names. */
	o->path = temps_target(path);
	if (!o->path)
		goto fail;
	if (!replaceable(path))
		o->f = fopen(path, "we");
	else if (open_beside(o))
		goto fail;
	if (o->f)
		return o;
fail:
	err_set(err, ERR_OUTPUT, "%s: cannot be written: %s", path ? path : "-", strerror(errno));
	out_abort(o);
	return NULL;
}

FILE *out_stream(struct out_file *o)
{
	return o->f;
}

static const char *shown(const struct out_file *o)
{
	return o->path ? o->path : "standard output";
}

int out_blame(const struct out_file *o, struct err *err)
{
	return err->code == ERR_OUTPUT ? err_prefix(err, "%s", shown(o)) : (int)err->code;
}

int out_commit(struct out_file *o, struct err *err)
{
	bool bad = ferror(o->f);
	int ret = 0;

	errno = 0;
	if (o->path) {
		bad |= fclose(o->f) != 0;
		o->f = NULL;
		if (!bad && o->temp)
			bad = rename(o->temp, o->path) != 0;
	} else {
		bad |= fflush(o->f) != 0;
	}
	if (bad) {
		ret = err_set(err, ERR_OUTPUT, "%s: could not be written: %s", shown(o),
			      strerror(errno ? errno : EIO));
	} else if (o->temp) {
		temps_drop(o->temp);
		free(o->temp);
		o->temp = NULL;
	}
	out_abort(o);
	return ret;
}

void out_abort(struct out_file *o)
{
	if (!o)
		return;
	if (o->f && o->f != stdout)
		fclose(o->f);
	if (o->temp) {
		unlink(o->temp);
		temps_drop(o->temp);
	}
	free(o->temp);
	free(o->path);
	free(o);
}
