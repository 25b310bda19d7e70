// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists and ranges of values. */
#include "axis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void axis_fini(struct axis *a)
{
	for (unsigned int i = 0; i < a->nr; i++)
		free(a->value[i]);
	free(a->value);
	free(a->name);
	*a = (struct axis){ 0 };
}

static int axis_bad(const struct axis *a, const char *item, const char *want, struct err *err)
{
	return err_set(err, ERR_USAGE, "%s: want %s, have \"%s\"", a->name, want, item);
}

int axis_add_value(struct axis *a, const char *value, struct err *err)
{
	char *copy, **more;

	if (!*value || strlen(value) >= AXIS_MAX_VALUE)
		return axis_bad(a, *value ? "at most 1023 bytes" : "", "a value", err);
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ')
			return axis_bad(a, "some", "a value without control characters", err);
	if (a->nr == AXIS_MAX_VALUES)
		return err_set(err, ERR_USAGE, "%s: want at most %d values, have more", a->name,
			       AXIS_MAX_VALUES);
	for (unsigned int i = 0; i < a->nr; i++)
		if (!strcmp(a->value[i], value))
			return err_set(err, ERR_USAGE, "%s: %s is there twice", a->name, value);
	copy = strdup(value);
	more = copy ? reallocarray(a->value, a->nr + 1, sizeof(*more)) : NULL;
	if (!more) {
		free(copy);
		return err_set(err, ERR_NOMEM, "out of memory");
	}
	a->value = more;
	a->value[a->nr++] = copy;
	return 0;
}

bool axis_number(const char *s, uint64_t *v, const char **unit)
{
	*v = 0;
	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(*v, 10, v) ||
		    __builtin_add_overflow(*v, (uint64_t)(*s - '0'), v))
			return false;
	*unit = s;
	return true;
}

static int add_number(struct axis *a, uint64_t v, const char *unit, struct err *err)
{
	char buf[64];

	snprintf(buf, sizeof(buf), "%" PRIu64 "%.32s", v, unit);
	return axis_add_value(a, buf, err);
}

static bool is_unit(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzGKM");

	return !s[n] && n <= 4;
}

/* "A..B", "A..B*K", "A..B+K"; cut into its parts in place. */
static int add_range(struct axis *a, char *item, char *dots, struct err *err)
{
	const char *unit_from, *unit_to, *unit_step = "";
	uint64_t from, to, step = 1, v;
	char whole[80], *op, how = '+';

	snprintf(whole, sizeof(whole), "%s", item);
	*dots = '\0';
	op = strpbrk(dots + 2, "*+");
	if (op) {
		how = *op;
		*op = '\0';
		if (!axis_number(op + 1, &step, &unit_step))
			return axis_bad(a, whole, "FROM..TO*FACTOR or FROM..TO+STEP", err);
	}
	if (!axis_number(item, &from, &unit_from) || !axis_number(dots + 2, &to, &unit_to) ||
	    !is_unit(unit_from))
		return axis_bad(a, whole, "whole numbers at both ends of a range", err);
	if (strcmp(unit_from, unit_to) ||
	    (op && *unit_step && (how == '*' || strcmp(unit_step, unit_from))))
		return axis_bad(a, whole, "the same unit throughout a range", err);
	if (from > to)
		return axis_bad(a, whole, "a range that goes up", err);
	if (how == '*' ? step < 2 || !from : !step)
		return axis_bad(a, whole, "a range that comes to its end", err);
	for (v = from; v <= to;) {
		int ret = add_number(a, v, unit_from, err);

		if (ret)
			return ret;
		if (how == '*' ? __builtin_mul_overflow(v, step, &v)
			       : __builtin_add_overflow(v, step, &v))
			break;
	}
	return 0;
}

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	for (n = strlen(s); n && (s[n - 1] == ' ' || s[n - 1] == '\t');)
		s[--n] = '\0';
	return s;
}

static int add_item(struct axis *a, char *item, struct err *err)
{
	char *dots = strstr(item, ".."), *p;
	const char *unit;
	uint64_t v;

	if (!*item)
		return axis_bad(a, item, "a value between commas", err);
	/* A path may well have dots: only what begins as a number is a range. */
	if (dots && axis_number(item, &v, &unit))
		return add_range(a, item, dots, err);
	if (!strncmp(item, "\303\227", 2)) /* × */
		*++item = 'x';
	/* 08 is 8: the same value is to have the same words. */
	if (axis_number(item, &v, &unit) && is_unit(unit))
		return add_number(a, v, unit, err);
	for (p = item; *p; p++)
		if (*p == ' ' || *p == '\t')
			return axis_bad(a, item, "commas between values", err);
	return axis_add_value(a, item, err);
}

int axis_add_list(struct axis *a, const char *list, struct err *err)
{
	char *copy = strdup(list), *rest = copy, *item;
	int ret = copy ? 0 : err_set(err, ERR_NOMEM, "out of memory");

	while (!ret && (item = strsep(&rest, ",")))
		ret = add_item(a, trim(item), err);
	free(copy);
	return ret;
}
