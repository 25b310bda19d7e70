// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What host profiles are fitted to (sim/machine/hosts/calibration.tsv) and what they
 * are held against (workloads/published.ini) are two things:
 *
 * - every published or derived time of a profile names at least one calibration row,
 *   and every row that it names is there;
 * - no source names a validation row, nor "V" and a number;
 * - no source has the figure of a validation row of that machine in it (figures
 *   of three digits and more; shorter ones meet by chance);
 * - no calibration row has one either.
 *
 * A checker that finds nothing proves nothing: the tests below first show it
 * profiles that do each of these.
 */
#include "test-util.h"

#include <ctype.h>

#include "published.h"

#define MAX_ROWS 128

struct calibration {
	struct {
		char id[16], machine[64], figures[64];
	} row[MAX_ROWS];
	unsigned int nr;
};

static struct calibration calibration;
static struct published published;

static int load_calibration(struct calibration *c)
{
	FILE *f = fopen(SOURCE_DIR "/sim/machine/hosts/calibration.tsv", "r");
	char line[512];

	while (f && fgets(line, sizeof(line), f)) {
		if (*line == '#')
			continue;
		if (c->nr == MAX_ROWS ||
		    sscanf(line, "%15[^\t]\t%63[^\t]\t%63[^\t]\t", c->row[c->nr].id,
			   c->row[c->nr].machine, c->row[c->nr].figures) != 3)
			return -1;
		c->nr++;
	}
	if (f)
		fclose(f);
	return c->nr ? 0 : -1;
}

static int setup(void **state)
{
	struct err err;

	if (load_calibration(&calibration))
		return -1;
	return published_load(&published, NULL, &err);
}

static int teardown(void **state)
{
	published_fini(&published);
	return 0;
}

static bool calibration_has(const char *id, size_t len)
{
	for (unsigned int i = 0; i < calibration.nr; i++)
		if (strlen(calibration.row[i].id) == len &&
		    !strncmp(calibration.row[i].id, id, len))
			return true;
	return false;
}

/* A row's name begins here: a letter, digits, a dot, digits. Its length, or 0. */
static size_t row_name(const char *text, const char *s)
{
	size_t n = 1;

	if (!strchr("CIM", *s) || (s > text && isalnum((unsigned char)s[-1])))
		return 0;
	while (isdigit((unsigned char)s[n]))
		n++;
	if (n == 1 || s[n] != '.' || !isdigit((unsigned char)s[n + 1]))
		return 0;
	for (n++; isdigit((unsigned char)s[n]);)
		n++;
	return n;
}

static bool is_validation_name(const char *text, const char *s)
{
	if (s > text && isalnum((unsigned char)s[-1]))
		return false;
	for (unsigned int i = 0; i < published.nr; i++)
		if (!strncmp(s, published.row[i].id, strlen(published.row[i].id)))
			return true;
	return *s == 'V' && isdigit((unsigned char)s[1]);
}

/* @text has the whole number @figure in it. */
static bool has_figure(const char *text, int64_t figure)
{
	char want[32];
	size_t n;

	n = (size_t)snprintf(want, sizeof(want), "%lld", (long long)figure);
	for (const char *s = text; (s = strstr(s, want)); s++)
		if ((s == text || (!isdigit((unsigned char)s[-1]) && s[-1] != '.')) &&
		    !isdigit((unsigned char)s[n]))
			return true;
	return false;
}

static const struct published_row *validation_figure(const char *machine, const char *text)
{
	for (unsigned int i = 0; i < published.nr; i++) {
		const struct published_row *r = &published.row[i];

		if (!strcmp(r->host, machine) && r->milli >= 100000 && r->milli % 1000 == 0 &&
		    has_figure(text, r->milli / 1000))
			return r;
	}
	return NULL;
}

/* NULL, or what is wrong with the source of one cost. */
static const char *wrong(const char *machine, const struct cost *c, bool is_time)
{
	bool cites = false;

	for (const char *s = c->source; *s; s++) {
		size_t n = row_name(c->source, s);

		if (is_validation_name(c->source, s))
			return "names a validation row";
		if (n && !calibration_has(s, n))
			return "names a row that there is not";
		cites |= n > 0;
	}
	if (is_time && c->tag != COST_ASSUMED && !cites)
		return "names no calibration row";
	if (validation_figure(machine, c->source))
		return "has the figure of a validation row";
	return NULL;
}

/* ---- it can fail --------------------------------------------------------- */

static void refused(const char *source, enum cost_tag tag, const char *want)
{
	struct cost c = { .tag = tag };
	const char *have;

	snprintf(c.source, sizeof(c.source), "%s", source);
	have = wrong("kunpeng920-2s-128c", &c, true);
	if (!want ? have != NULL : !have || strcmp(have, want))
		fail_msg("\"%s\": want \"%s\", have \"%s\"", source, want ? want : "nothing",
			 have ? have : "nothing");
}

static void test_negative(void **state)
{
	static const char row[] = "names a validation row";
	static const char figure[] = "has the figure of a validation row";

	refused("V7.ipi.kunpeng920", COST_PUBLISHED, row);
	refused("fitted to V7", COST_ASSUMED, row);
	refused("see N1.sgi-lookup.4 (C2.6)", COST_DERIVED, row);
	refused("half of 1697 ns, micro-bench ipi (C3.3)", COST_DERIVED, figure);
	refused("chosen so that ipi is 1697 ns", COST_ASSUMED, figure);
	refused("micro-bench hvc", COST_PUBLISHED, "names no calibration row");
	refused("micro-bench hvc (C9.9)", COST_PUBLISHED, "names a row that there is not");
	/* And these are none. */
	refused("408 ns, micro-bench hvc on a Neoverse N1 (C2.6)", COST_PUBLISHED, NULL);
	refused("1 instruction a cycle", COST_ASSUMED, NULL);
	refused("11697 or 1697.5 or 16970 of something (C2.6)", COST_DERIVED, figure);
	refused("11697 of something, 16970 of another (C2.6)", COST_DERIVED, NULL);
	/* Another machine's figure is that machine's. */
	refused("7370 cycles (C2.6)", COST_DERIVED, NULL);
}

/* ---- the profiles of the tree --------------------------------------------- */

static void test_profiles(void **state)
{
	unsigned int nr, cited = 0;
	struct host host;
	struct err err;
	char **names;

	assert_int_equal(host_list(&names, &nr, &err), 0);
	for (unsigned int i = 0; i < nr; i++) {
		if (host_load(&host, names[i], &err))
			fail_msg("%s", err.msg);
		for (enum host_key k = 0; k < HK_NR; k++) {
			bool is_time = host_keys[k].kind == HKK_TIME;
			const char *why = wrong(host.name, &host.c[k], is_time);

			if (why)
				fail_msg("%s: %s %s: %s", host.path, host_keys[k].key, why,
					 host.c[k].source);
			cited += is_time && host.c[k].tag != COST_ASSUMED;
		}
		free(names[i]);
	}
	free(names);
	assert_true(nr >= 7 && cited >= 50);
}

static void test_calibration(void **state)
{
	for (unsigned int i = 0; i < calibration.nr; i++) {
		const struct published_row *r =
			validation_figure(calibration.row[i].machine, calibration.row[i].figures);

		if (r)
			fail_msg("calibration row %s has the figure of %s", calibration.row[i].id,
				 r->id);
		for (unsigned int k = 0; k < i; k++)
			assert_string_not_equal(calibration.row[i].id, calibration.row[k].id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_negative),
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_calibration),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
