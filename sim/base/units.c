/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool units_parse_time(const char *s, struct vtime *t)
{
	static const struct {
		const char *name;
		uint64_t ps;
	} unit[] = {
		{ "ps", 1 },	      { "ns", 1000 },	      { "us", 1000000 },
		{ "ms", 1000000000 }, { "s", 1000000000000 },
	};
	uint64_t whole = 0, frac = 0, scale = 1, ps, part;
	const char *p = s;

	if (!is_digit(*p))
		return false;
	for (; is_digit(*p); p++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*p - '0'), &whole))
			return false;
	if (*p == '.') {
		if (!is_digit(*++p))
			return false;
		for (; is_digit(*p); p++) {
			if (scale >= UINT64_C(1000000000000))
				return false;
			frac = frac * 10 + (uint64_t)(*p - '0');
			scale *= 10;
		}
	}
	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		if (strcmp(p, unit[i].name))
			continue;
		/* Finer than a picosecond is refused rather than rounded. */
		if (__builtin_mul_overflow(whole, unit[i].ps, &ps) ||
		    __builtin_mul_overflow(frac, unit[i].ps, &part) || part % scale ||
		    __builtin_add_overflow(ps, part / scale, &ps))
			return false;
		t->ps = ps;
		return true;
	}
	return false;
}

static bool parse_prefix(const char *s, uint64_t *v, const char **end)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	const char *digits = hex ? s + 2 : s;
	char *stop;

	if (!is_digit(*digits) && !(hex && strchr("abcdefABCDEF", *digits) && *digits))
		return false;
	errno = 0;
	*v = strtoull(digits, &stop, hex ? 16 : 10);
	*end = stop;
	return errno == 0;
}

bool units_parse_u64(const char *s, uint64_t *v)
{
	const char *end;

	return parse_prefix(s, v, &end) && !*end;
}

bool units_parse_u32(const char *s, uint32_t max, uint32_t *v)
{
	uint64_t wide;

	if (!units_parse_u64(s, &wide) || wide > max)
		return false;
	*v = (uint32_t)wide;
	return true;
}

bool units_parse_count(const char *s, uint64_t *v)
{
	static const struct {
		const char *name;
		uint64_t times;
	} suffix[] = {
		{ "", 1 },	{ "k", 1000 },	   { "M", 1000000 },	 { "G", 1000000000 },
		{ "Ki", 1024 }, { "Mi", 1048576 }, { "Gi", 1073741824 },
	};
	const char *end;

	if (!parse_prefix(s, v, &end))
		return false;
	for (size_t i = 0; i < sizeof(suffix) / sizeof(suffix[0]); i++)
		if (!strcmp(end, suffix[i].name))
			return !__builtin_mul_overflow(*v, suffix[i].times, v);
	return false;
}
