/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the report's tests share: a directory of their own, looking into pages. */
#ifndef REPORT_TEST_UTIL_H
#define REPORT_TEST_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char test_dir[64];

/* @name in the directory; good for three more calls. */
static inline char *test_path(const char *name)
{
	static char path[4][256];
	static unsigned int next;
	char *p = path[next++ & 3];

	snprintf(p, sizeof(path[0]), "%s/%s", test_dir, name);
	return p;
}

static inline int make_dir(void **state)
{
	snprintf(test_dir, sizeof(test_dir), "/tmp/report-test.XXXXXX");
	return mkdtemp(test_dir) ? 0 : -1;
}

static inline int remove_dir(void **state)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", test_dir);
	return system(cmd);
}

static inline bool have_gnuplot(void)
{
	return system("command -v gnuplot >/dev/null 2>&1") == 0;
}

/* A file, to be freed; @n may be NULL. */
static inline char *slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	char *s;
	long size;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	s = malloc((size_t)size + 1);
	assert_non_null(s);
	assert_int_equal(fread(s, 1, (size_t)size, f), size);
	s[size] = '\0';
	fclose(f);
	if (n)
		*n = (size_t)size;
	return s;
}

static inline void assert_has(const char *html, const char *what)
{
	if (!strstr(html, what))
		fail_msg("the report lacks: %s", what);
}

static inline void assert_lacks(const char *html, const char *what)
{
	if (strstr(html, what))
		fail_msg("the report has: %s", what);
}

#endif
