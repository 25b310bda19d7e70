/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of temporaries. A slot is one pointer, so a signal sees it whole. */
#include "temps.h"

#include <errno.h>
#include <stddef.h>
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
