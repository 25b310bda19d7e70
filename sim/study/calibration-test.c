// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Host profiles are what they claim: the micro-traces of what they were fitted to,
 * replayed, give the figures of sim/machine/hosts/calibration.tsv. That is no
 * prediction (validate has those), but a profile that fails it predicts nothing.
 *
 * Left out: the GICv2 profiles, fitted by hand to kernels that read and write
 * all list registers at each exit, of which there is no design yet.
 */
#include "test-util.h"

#include "measure.h"

/* The @nth figure of a row, in ns. */
static double figure(const char *id, unsigned int nth)
{
	FILE *f = fopen(SOURCE_DIR "/sim/machine/hosts/calibration.tsv", "r");
	char line[512], name[16], machine[64], figures[64], unit[16];
	double v = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *s = figures, *end;

		if (*line == '#' ||
		    sscanf(line, "%15[^\t]\t%63[^\t]\t%63[^\t]\t%15[^\t]", name, machine, figures,
			   unit) != 4 ||
		    strcmp(name, id))
			continue;
		assert_string_equal(unit, "ns");
		for (unsigned int i = 0; i <= nth; i++, s = end)
			v = strtod(s, &end);
	}
	fclose(f);
	assert_true(v > 0);
	return v;
}

static double replayed(const char *host_name, const char *trace, const char *measure)
{
	struct host *host = calloc(1, sizeof(*host));
	struct replay_options o;
	struct measure_run run;
	struct study_trace t;
	struct err err;
	char path[512];
	int64_t ps = 0;

	assert_non_null(host);
	snprintf(path, sizeof(path), SOURCE_DIR "/workloads/micro/%s", trace);
	if (host_load(host, host_name, &err) || study_trace_load(&t, path, 0, &err))
		fail_msg("%s", err.msg);
	replay_options_init(&o);
	o.host = host;
	o.design = vgic_design_find("kvm-aplist-6.1");
	o.lock = LOCK_QUEUED;
	if (measure_run(&run, &t, &o, &err) || measure_find(measure)->fn(&run, host, &ps, &err))
		fail_msg("%s", err.msg);
	measure_run_fini(&run);
	study_trace_fini(&t);
	free(host);
	return (double)ps / 1000;
}

/* Costs are given to a tenth of a nanosecond: the sum of a few may be off by some. */
static void fits(const char *host, const char *id, unsigned int nth, const char *trace,
		 const char *measure)
{
	double want = figure(id, nth), have = replayed(host, trace, measure);

	if (have < want - 0.5 || have > want + 0.5)
		fail_msg("%s, %s of row %s: want %.1f ns, have %.2f", host, measure, id, want,
			 have);
}

static void test_fits(void **state)
{
	static const struct {
		const char *host, *hvc, *mmio;
	} hosts[] = {
		{ "altra-80c", "C2.4", "C3.1" },
		{ "graviton2-64c", "C2.5", "C3.2" },
		{ "kunpeng920-2s-128c", "C2.6", "C3.3" },
		{ "phytium-s2500", "C2.7", "C3.6" },
	};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		fits(hosts[i].host, hosts[i].hvc, 0, "hvc-v3.vgt", "hvc");
		fits(hosts[i].host, hosts[i].mmio, 0, "mmio-v3.vgt", "mmio");
		fits(hosts[i].host, hosts[i].mmio, 1, "mmio-user-v3.vgt", "mmio");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_fits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
