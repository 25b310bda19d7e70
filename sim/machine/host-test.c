// SPDX-License-Identifier: GPL-2.0-or-later
/* The profiles of the tree, and every way in which a profile can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "machine.h"

static const char *const shipped[] = {
	"altra-80c",	 "arndale-a15", "graviton2-64c",   "kunpeng920-2s-128c",
	"phytium-s2500", "seattle-a57", "thunderx-2s-96c", "xgene1-m400",
};

/* A validation row's name: V1, V12, N2 (but Neoverse N1 is a core). */
static bool cites_validation(const char *s)
{
	for (const char *p = s; *p; p++) {
		if (p > s && isalnum((unsigned char)p[-1]))
			continue;
		if (*p != 'V' && *p != 'N')
			continue;
		if (!isdigit((unsigned char)p[1]))
			continue;
		if (p - s >= 9 && !strncmp(p - 9, "Neoverse N1", 11))
			continue;
		return true;
	}
	return false;
}

/* Figures that only validation rows have. */
static bool has_validation_figure(const char *s)
{
	static const char *const figures[] = {
		"7370",	 "7,370", "1356",   "1,356", "8034",   "8,034", "1604",
		"1,604", "13992", "13,992", "14366", "14,366", "1697",	"1,697",
		"2168",	 "2,168", "4979",   "5481",  "1.848",  "2.574",
	};

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		if (strstr(s, figures[i]))
			return true;
	}
	return false;
}

static void all_load(void **state)
{
	char **names;
	unsigned int nr;
	struct err err;

	unsetenv("VGICSIM_HOSTS");
	assert_int_equal(host_list(&names, &nr, &err), 0);
	assert_true(nr >= sizeof(shipped) / sizeof(shipped[0]));
	for (size_t i = 0; i < sizeof(shipped) / sizeof(shipped[0]); i++) {
		bool found = false;

		for (unsigned int k = 0; k < nr; k++)
			found |= !strcmp(names[k], shipped[i]);
		assert_true(found);
	}
	for (unsigned int i = 0; i < nr; i++) {
		struct host h;

		if (host_load(&h, names[i], &err))
			fail_msg("%s", err.msg);
		assert_string_equal(h.name, names[i]);
		assert_true(i == 0 || strcmp(names[i - 1], names[i]) < 0);
		for (unsigned int k = 0; k < HK_NR; k++) {
			const char *source = h.c[k].source;

			assert_true(*source);
			if (cites_validation(source) || has_validation_figure(source))
				fail_msg("%s: %s cites a validation row: %s", h.name,
					 host_keys[k].key, source);
		}
		if (h.c[HK_GIC].count == 2) {
			assert_int_equal(h.c[HK_NR_LRS].count, 4);
			assert_int_equal(h.c[HK_PRI_BITS].count, 5);
		}
	}
	for (unsigned int i = 0; i < nr; i++)
		free(names[i]);
	free(names);
}

static void the_check_itself(void **state)
{
	assert_true(cites_validation("fitted to V1"));
	assert_true(cites_validation("row N2, null"));
	assert_false(cites_validation("Neoverse N1 L1, ARMv8.2, GICv3"));
}

static void known_values(void **state)
{
	struct err err;
	struct host h;

	assert_int_equal(host_load(&h, "kunpeng920-2s-128c", &err), 0);
	assert_int_equal(h.c[HK_C2C_NEAR].time.ps, 34400);
	assert_int_equal(h.c[HK_C2C_NEAR].tag, COST_PUBLISHED);
	assert_int_equal(h.c[HK_CPUS].count, 128);
	assert_int_equal(h.c[HK_CLUSTER_CPUS].count, 4);
	assert_int_equal(h.c[HK_C2C_XSOCK].tag, COST_ASSUMED);
	assert_non_null(strstr(h.c[HK_C2C_NEAR].source, "nviennot CSV"));
	assert_int_equal(host_load(&h, "xgene1-m400", &err), 0);
	assert_int_equal(h.c[HK_GICH_R].time.ps, 122000);
	assert_int_equal(h.c[HK_GICH_R].tag, COST_DERIVED);
	assert_int_equal(h.c[HK_ATOMIC_MODE].count, 2);
	assert_int_equal(host_load(&h, SOURCE_DIR "/sim/machine/hosts/altra-80c.ini", &err), 0);
	assert_string_equal(h.name, "altra-80c");
	assert_int_not_equal(host_load(&h, "no-such-machine", &err), 0);
	assert_non_null(strstr(err.msg, "no-such-machine"));
}

/*
 * The sums that the derived values were made from must come out again. The other
 * profiles are fitted to replays, which charge lines as well: sim/study/calibration-test.c.
 */
static void hypercall_sums(void **state)
{
	static const struct {
		const char *name;
		unsigned int reads, writes, insns, want_ns;
	} rows[] = {
		{ "xgene1-m400", 11, 8, 450, 2708 },
		{ "seattle-a57", 11, 8, 450, 3206 },
		{ "arndale-a15", 11, 8, 450, 3133 },
		{ "thunderx-2s-96c", 0, 0, 54, 1300 },
	};
	static const enum host_key once[] = { HK_TRAP_IN,    HK_TRAP_OUT,    HK_WS_SAVE,
					      HK_WS_RESTORE, HK_HANDLE_EXIT, HK_HVC };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err;
		struct host h;
		uint64_t ps;

		assert_int_equal(host_load(&h, rows[i].name, &err), 0);
		ps = rows[i].reads * h.c[HK_GICH_R].time.ps +
		     rows[i].writes * h.c[HK_GICH_W].time.ps +
		     rows[i].insns * h.c[HK_INSN_PS].time.ps;
		for (size_t k = 0; k < sizeof(once) / sizeof(once[0]); k++)
			ps += h.c[once[k]].time.ps;
		if (ps < rows[i].want_ns * 1000ull - 2000 || ps > rows[i].want_ns * 1000ull + 2000)
			fail_msg("%s: hypercall %llu ps, want %u ns", rows[i].name,
				 (unsigned long long)ps, rows[i].want_ns);
	}
}

static void settings(void **state)
{
	struct err err;
	struct host h;
	uint64_t digest;

	assert_int_equal(host_load(&h, "altra-80c", &err), 0);
	digest = h.digest;
	assert_int_equal(host_set(&h, "sgi_phys=1.5us", &err), 0);
	assert_int_equal(h.c[HK_SGI_PHYS].time.ps, 1500000);
	assert_int_equal(h.c[HK_SGI_PHYS].tag, COST_USER);
	assert_int_not_equal(h.digest, digest);
	assert_int_equal(host_set(&h, "sgi_phys=250ns", &err), 0);
	assert_int_equal(h.digest, digest);
	assert_int_equal(host_set(&h, "cpus=128", &err), 0);
	assert_int_equal(h.c[HK_CPUS].count, 128);
	assert_int_equal(host_set(&h, "sgi_phys=250", &err), ERR_USAGE);
	assert_int_equal(host_set(&h, "cpus=0", &err), ERR_USAGE);
	assert_int_equal(host_set(&h, "cpus=8ns", &err), ERR_USAGE);
	assert_int_equal(host_set(&h, "insn=0ns", &err), ERR_USAGE);
	assert_int_equal(host_set(&h, "dram=2s", &err), ERR_USAGE);
	assert_int_equal(host_set(&h, "nonsense=1ns", &err), ERR_USAGE);
	assert_int_equal(host_set(&h, "dram", &err), ERR_USAGE);
	assert_int_equal(h.c[HK_CPUS].count, 128);
}

/* Rewrite one line of a good profile and look at the message. */
static void mangled(const char *from, const char *to, const char *want)
{
	FILE *in = fopen(SOURCE_DIR "/sim/machine/hosts/altra-80c.ini", "r"), *out;
	char path[] = "/tmp/host-test-XXXXXX", line[512];
	int fd = mkstemp(path), ret;
	bool found = false;
	struct host h;
	struct err err = { 0 };
	char file[64];

	assert_non_null(in);
	out = fdopen(fd, "w");
	while (fgets(line, sizeof(line), in)) {
		if (!strncmp(line, from, strlen(from))) {
			fputs(to, out);
			found = true;
		} else {
			fputs(line, out);
		}
	}
	fclose(in);
	fclose(out);
	assert_true(found);
	ret = host_load(&h, path, &err);
	unlink(path);
	snprintf(file, sizeof(file), "%s: line ", path);
	if (!want) {
		assert_int_equal(ret, 0);
		return;
	}
	assert_int_equal(ret, ERR_USAGE);
	if (strncmp(err.msg, file, strlen(file)) || !strstr(err.msg, want))
		fail_msg("want \"%s…%s\", have \"%s\"", file, want, err.msg);
}

static void bad_profiles(void **state)
{
	char longline[512];

	mangled("dram =", "dram = 91ns  [a] said so\n", NULL);
	mangled("dram =", "# dram is away\n", "without key \"dram\"");
	mangled("dram =", "dram = 91ns  [a] said so\ndram = 91ns  [a] again\n",
		"dram: here a second time, first in line 20");
	mangled("dram =", "drum = 91ns  [a] said so\n", "line 20: unknown key \"drum\"");
	mangled("dram =", "dram = 91ns  said so\n", "dram: want [p], [d] or [a]");
	mangled("dram =", "dram = 91ns  [x] said so\n", "dram: want [p], [d] or [a]");
	mangled("dram =", "dram = 91ns  [a]\n", "dram: want a source");
	mangled("dram =", "dram = 91ns  [a]   \n", "dram: want a source");
	mangled("dram =", "dram = [a] said so\n", "dram: want a value");
	mangled("dram =", "dram = 91  [a] said so\n", "dram: want a time with its unit");
	mangled("dram =", "dram = -3ns  [a] said so\n", "dram: want a time");
	mangled("cpus =", "cpus = 0  [p] said so\n", "cpus: want 1..1024");
	mangled("gic =", "gic = 4  [p] said so\n", "gic: want 2..3");
	mangled("dram =", "dram = 91ns  [a] said so ; a comment\n", "a comment begins a line");
	mangled("dram =", "dram = 91ns  [a] said so\n continued\n", "no blank before a key");
	mangled("dram =", "dram\n", "want [section] or key = value");
	mangled("summary", "summary = one\nsummary = two\n", "summary: here a second time");
	mangled("summary", "\n", "without key \"summary\"");
	mangled("[cost]", "[costs]\n", "unknown key \"cpus\" in section \"costs\"");
	memset(longline, 'x', sizeof(longline));
	memcpy(longline, "dram = 91ns [a] ", 16);
	strcpy(longline + 300, "\n");
	mangled("dram =", longline, "longer than 199 bytes");
	strcpy(longline + 190, "\n");
	mangled("dram =", longline, "source longer than 159 bytes");
}

static void search_path(void **state)
{
	struct err err;
	struct host h;

	setenv("VGICSIM_HOSTS", "/nonexistent", 1);
	assert_int_equal(host_load(&h, "altra-80c", &err), 0);
	unsetenv("VGICSIM_HOSTS");
	assert_int_not_equal(host_load(&h, "/nonexistent/x.ini", &err), 0);
	assert_non_null(strstr(err.msg, "/nonexistent/x.ini"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_load),	cmocka_unit_test(the_check_itself),
		cmocka_unit_test(known_values), cmocka_unit_test(hypercall_sums),
		cmocka_unit_test(settings),	cmocka_unit_test(bad_profiles),
		cmocka_unit_test(search_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
