/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of temporaries. A slot is one pointer, so a signal sees it whole. */
#include "temps.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_TEMPS 1024
static const char *volatile temps[MAX_TEMPS];

static void temps_change(const char *from, const char *to)
{
	for (unsigned int i = 0; i < MAX_TEMPS; i++) {
		if (temps[i] == from) {
			temps[i] = to;
			return;
		}
	}
}

void temps_add(const char *path)
{
	temps_change(NULL, path);
}

void temps_drop(const char *path)
{
	if (path)
		temps_change(path, NULL);
}

void temps_remove(void)
{
	for (unsigned int i = MAX_TEMPS; i-- > 0;)
		if (temps[i] && unlink(temps[i]) && errno == EISDIR)
			rmdir(temps[i]);
}

#define MAX_LINKS 40

char *temps_target(const char *path)
{
	char *at = strdup(path);
	struct stat st;

	/* A device or a pipe is written in place; its link may lead to no name. */
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return at;
	for (int i = 0; at && i < MAX_LINKS; i++) {
		char to[PATH_MAX], *slash = strrchr(at, '/'), *next;
		ssize_t n = readlink(at, to, sizeof(to));
		int bad;

		/* No link, or nothing at all: the place itself. */
		if (n < 0)
			return at;
		if (to[0] == '/' || !slash)
			bad = asprintf(&next, "%.*s", (int)n, to);
		else
			bad = asprintf(&next, "%.*s/%.*s", (int)(slash - at), at, (int)n, to);
		free(at);
		at = bad < 0 ? NULL : next;
	}
	errno = at ? ELOOP : ENOMEM;
	free(at);
	return NULL;
}
