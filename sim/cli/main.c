/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vgicsim COMMAND: the table of commands, and what is true for all of them. */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "clone.h"
#include "common.h"
#include "workload.h"

static const struct command commands[] = {
	{ "import", "make a trace of a recording, or convert a trace", cmd_import },
	{ "gen", "make a trace of a workload", cmd_gen },
	{ "clone", "make a larger VM of copies of a recorded guest", cmd_clone },
	{ "info", "what is in a trace, and what is missing", cmd_info },
	{ "dump", "print a trace as text", cmd_dump },
	{ "check", "is a trace sound: exit status 1 and a list if not", cmd_check },
	{ "replay", "run a trace through one or several vgic designs", cmd_replay },
	{ "explain", "where the difference of two designs comes from", cmd_explain },
	{ "conform", "compare a design's list registers with a real kernel's", cmd_conform },
	{ "validate", "compare published measurements with what is predicted", cmd_validate },
	{ "sweep", "run all combinations of designs, vCPUs, costs, seeds …", cmd_sweep },
	{ "merge", "put the shards of a sweep together", cmd_merge },
	{ "crossover", "from where on one design is better than another", cmd_crossover },
	{ "sensitivity", "which costs of the host decide between two designs", cmd_sensitivity },
	{ "claims", "test what was claimed of the designs", cmd_claims },
	{ "native", "play a trace on real threads with real locks", cmd_native },
	{ "random", "look for a design's faults with small random traces", cmd_random },
	{ "work", "compare the instructions of designs with real kernels'", cmd_work },
	{ "bench", "run a named set and write its figures, for diff", cmd_bench },
	{ "diff", "compare two benches, sweeps or results: exit status 1 if worse", cmd_diff },
	{ "report", "make one HTML file with figures of results", cmd_report },
	{ "list", "list designs, hosts, locks or events", cmd_list },
	{ NULL, NULL, NULL },
};

static void version(FILE *f)
{
	fprintf(f, "vgicsim %s\n%s\n", VGICSIM_VERSION, VGICSIM_LIBRARIES);
}

static void version_hook(FILE *f, struct argp_state *state)
{
	version(f);
}

static void usage(FILE *f)
{
	fputs("Usage: vgicsim COMMAND [OPTION...] [FILE...]\n\n"
	      "  vgicsim import trace.dat -o t.pcap.gz\n"
	      "  vgicsim replay t.pcap.gz -d kvm-legacy -d kvm-aplist\n\n"
	      "Commands:\n",
	      f);
	for (const struct command *c = commands; c->name; c++)
		fprintf(f, "  %-11s %s\n", c->name, c->summary);
	fputs("\n\"vgicsim COMMAND --help\" tells each command's options; --version, the version.\n"
	      "Exit status: 0 done, 1 the answer is no, 2 usage, 3 corrupt input, 4 output "
	      "failed,\n"
	      "5 the model contradicted itself.\n",
	      f);
}

static int run(const struct command *c, int argc, char **argv)
{
	char name[64];
	int status;

	snprintf(name, sizeof(name), "vgicsim %s", c->name);
	argv[0] = name;
	status = c->fn(argc, argv);
	/* Whatever a command left in stdout is part of its output. */
	if (fflush(stdout) || ferror(stdout)) {
		if (!status)
			fprintf(stderr, "%s: standard output: could not be written\n", name);
		status = status ? status : EXIT_OUTPUT;
	}
	return status;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	/* A reader that has seen enough ends us without a word. */
	signal(SIGPIPE, SIG_DFL);
	out_remove_on_signals();
	setlocale(LC_ALL, "C");
	argp_err_exit_status = EXIT_USAGE;
	argp_program_version_hook = version_hook;
	trace_add_maker(&gen_maker);
	trace_add_maker(&clone_maker);

	if (!name) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
		usage(stdout);
		return fflush(stdout) ? EXIT_OUTPUT : 0;
	}
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		version(stdout);
		return fflush(stdout) ? EXIT_OUTPUT : 0;
	}
	for (const struct command *c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return run(c, argc - 1, argv + 1);
	fprintf(stderr, "vgicsim: %s: no such command; \"vgicsim --help\" lists them\n", name);
	return EXIT_USAGE;
}
