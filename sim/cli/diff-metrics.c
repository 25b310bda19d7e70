// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is worse, and from when on it is a regression. What is simulated has no noise:
 * a limit says what matters, not what could be chance. Quantiles come from buckets of
 * 1/64 (hist.h) and move by whole ones, so theirs is above one; a mean is exact.
 */
#include "diff.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

const char *const diff_worse_names[] = { "up", "down", "neither" };

#define PERCENT(n) ((uint64_t)((n)*10000))
#define LIMIT(p, a)                                                                                \
	{                                                                                          \
		.ppm = PERCENT(p), .absolute = (a)                                                 \
	}

/* The first pattern that fits; a group may come from several lines. */
const struct diff_metric diff_metrics[] = {
	{ "check.violations", "check", WORSE_UP, LIMIT(0, 0) },
	{ "sim_time", "time", WORSE_UP, LIMIT(0.1, 0) },
	{ "guest_time", "time", WORSE_NEITHER, LIMIT(0, 0) },
	{ "recorded_span", "time", WORSE_NEITHER, LIMIT(0, 0) },
	{ "wall", "wall-clock", WORSE_UP, LIMIT(5, 0) },
	{ "cpu", "wall-clock", WORSE_UP, LIMIT(5, 0) },
	{ "drift.*", "drift", WORSE_NEITHER, LIMIT(0, 0) },
	/* Exits and kicks are paid for; which exits the guest itself makes is not the design's. */
	{ "exits?total", "exits", WORSE_UP, LIMIT(0.5, 0) },
	{ "exits.kick", "exits", WORSE_UP, LIMIT(1, 0) },
	{ "exits.maintenance", "exits", WORSE_UP, LIMIT(1, 0) },
	{ "exits.*", "exits", WORSE_NEITHER, LIMIT(0, 0) },
	{ "kicks.ipi", "kicks", WORSE_UP, LIMIT(1, 0) },
	{ "kicks.*", "kicks", WORSE_NEITHER, LIMIT(0, 0) },
	{ "counter.*", "counters", WORSE_NEITHER, LIMIT(0, 0) },
	{ "list_length_*", "lists", WORSE_NEITHER, LIMIT(0, 0) },
	{ "lrs_used_*", "lists", WORSE_NEITHER, LIMIT(0, 0) },
	{ "lock_wait", "locks", WORSE_UP, LIMIT(2, 0) },
	{ "lock.*time-min", "locks", WORSE_NEITHER, LIMIT(0, 0) },
	{ "lock.*time-max", "locks", WORSE_UP, LIMIT(10, 0) },
	{ "lock.*waittime-*", "locks", WORSE_UP, LIMIT(2, 0) },
	{ "lock.*holdtime-*", "locks", WORSE_UP, LIMIT(1, 0) },
	{ "lock.*.contentions", "locks", WORSE_UP, LIMIT(2, 0) },
	{ "lock.*", "locks", WORSE_NEITHER, LIMIT(0, 0) },
	{ "irq.*.latency_max", "latency", WORSE_UP, LIMIT(10, 0) },
	{ "irq.*.latency_*", "latency", WORSE_UP, LIMIT(0.1, 0) },
	{ "irq.*", "counters", WORSE_NEITHER, LIMIT(0, 0) },
	{ "memory.*", "memory", WORSE_UP, LIMIT(0.1, 0) },
	{ "engine.*", "engine", WORSE_NEITHER, LIMIT(0, 0) },
	{ "deviation.*", "deviations", WORSE_NEITHER, LIMIT(0, 0) },
	{ "*_split_*", "latency", WORSE_NEITHER, LIMIT(0, 0) },
	{ "*_count", "latency", WORSE_NEITHER, LIMIT(0, 0) },
	{ "*_mean", "latency", WORSE_UP, LIMIT(0.1, 0) },
	{ "*_total", "latency", WORSE_UP, LIMIT(0.1, 0) },
	{ "*_p50", "latency", WORSE_UP, LIMIT(2, 0) },
	{ "*_p90", "latency", WORSE_UP, LIMIT(2, 0) },
	{ "*_p99", "latency", WORSE_UP, LIMIT(2, 0) },
	{ "*_p999", "latency", WORSE_UP, LIMIT(5, 0) },
	{ "*_max", "latency", WORSE_UP, LIMIT(10, 0) },
	{ "*_min", "latency", WORSE_NEITHER, LIMIT(0, 0) },
	/* Components sum to their latency: where one grows, it says why. */
	{ "entry.*", "parts", WORSE_UP, LIMIT(1, 0) },
	{ "exit.*", "parts", WORSE_UP, LIMIT(1, 0) },
	{ "mmio.*", "parts", WORSE_UP, LIMIT(1, 0) },
	{ "inject.*", "parts", WORSE_UP, LIMIT(1, 0) },
	/* How long the guest takes to look is in here as well. */
	{ "delivery.guest", "parts", WORSE_NEITHER, LIMIT(0, 0) },
	{ "delivery.*", "parts", WORSE_UP, LIMIT(1, 0) },
	{ "*", "other", WORSE_NEITHER, LIMIT(0, 0) },
	{ NULL, NULL, WORSE_NEITHER, LIMIT(0, 0) },
};

const char *diff_unit(const char *name, char *buf, size_t len)
{
	static const char *const unit[] = { "ps", "ns", "bytes" };
	size_t n = strlen(name);

	snprintf(buf, len, "%s", name);
	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		size_t u = strlen(unit[i]);

		if (n <= u + 1 || name[n - u - 1] != '_' || strcmp(name + n - u, unit[i]))
			continue;
		if (n - u - 1 < len)
			buf[n - u - 1] = '\0';
		return unit[i];
	}
	return "";
}

struct diff_metric diff_rule(const struct diff_rules *r, const char *name)
{
	const struct diff_metric *m = diff_metrics;
	struct diff_metric found;
	char plain[160];

	diff_unit(name, plain, sizeof(plain));
	while (fnmatch(m->pattern, plain, 0))
		m++;
	found = *m;
	for (size_t i = r->nr_own; i-- > 0;) {
		struct diff_metric *own = &r->own[i];
		bool whole = !strcmp(own->pattern, plain) || !strcmp(own->pattern, name);

		if (!whole && strcmp(own->pattern, m->group) && fnmatch(own->pattern, plain, 0))
			continue;
		own->group = m->group;
		found.limit = own->limit;
		if (own->worse != WORSE_NEITHER)
			found.worse = own->worse;
		else if (whole && found.worse == WORSE_NEITHER)
			found.worse = WORSE_UP;
		break;
	}
	return found;
}

/* "0.5%" into millionths, exactly; up to four decimals and 10000 %. */
static bool parse_percent(const char *s, size_t n, uint64_t *ppm)
{
	uint64_t v = 0, scale = 10000;
	bool point = false, digit = false;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' && !point) {
			point = true;
			continue;
		}
		if (s[i] < '0' || s[i] > '9' || (point && scale == 1) || v > 1000000)
			return false;
		digit = true;
		v = v * 10 + (uint64_t)(s[i] - '0');
		if (point)
			scale /= 10;
	}
	*ppm = v * scale;
	return digit && *ppm <= 10000 * 10000;
}

/* "2%", "5ns" (in ps, as simulated figures are), "10": one of the two limits. */
static bool parse_limit(const char *s, struct diff_limit *limit)
{
	size_t n = strlen(s);
	struct vtime t;

	if (n && s[n - 1] == '%')
		return parse_percent(s, n - 1, &limit->ppm);
	if (units_parse_time(s, &t)) {
		limit->absolute = t.ps;
		return true;
	}
	return units_parse_u64(s, &limit->absolute);
}

int diff_rule_add(struct diff_rules *r, char *arg, struct err *err)
{
	struct diff_metric own = { .worse = WORSE_NEITHER };
	char *eq = strchr(arg, '='), *rest, *item;
	struct diff_metric *more;

	if (!eq || eq == arg)
		return err_set(err, ERR_USAGE, "want METRIC=LIMIT, have %s", arg);
	rest = eq + 1;
	while ((item = strsep(&rest, ","))) {
		if (!strcmp(item, "up"))
			own.worse = WORSE_UP;
		else if (!strcmp(item, "down"))
			own.worse = WORSE_DOWN;
		else if (!parse_limit(item, &own.limit))
			return err_set(err, ERR_USAGE,
				       "%.*s: want a limit as 2%%, 0.5%%, 5ns or 10, \"up\" or "
				       "\"down\" for what is worse; have \"%s\"",
				       (int)(eq - arg), arg, item);
	}
	*eq = '\0';
	/* As people call it. */
	own.pattern = strcmp(arg, "finish") ? arg : "sim_time";
	more = reallocarray(r->own, r->nr_own + 1, sizeof(*more));
	if (!more)
		return err_set(err, ERR_NOMEM, "out of memory");
	r->own = more;
	r->own[r->nr_own++] = own;
	return 0;
}

void diff_rules_fini(struct diff_rules *r)
{
	free(r->own);
	r->own = NULL;
	r->nr_own = 0;
}
