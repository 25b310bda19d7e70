// SPDX-License-Identifier: GPL-2.0-or-later
/* Axes as options. */
#include "sweep-args.h"

#include <string.h>

#include "common.h"

enum { KEY_VCPUS = 0x1200, KEY_LOCK, KEY_LRS, KEY_SEEDS, KEY_CLONE, KEY_SET, KEY_SKIP, KEY_HISTS };

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "Axes, each with a list of values:", 1 },
	{ "design", 'd', "LIST", 0, "designs; may be repeated", 0 },
	{ "vcpus", KEY_VCPUS, "LIST", 0, "vCPUs of the workload", 0 },
	{ "host", 'H', "LIST", 0, "host profiles; may be repeated", 0 },
	{ "set", KEY_SET, "KEY=LIST", 0, "a cost of the host: 100ns, or x2 for twice its own", 0 },
	{ "lock", KEY_LOCK, "LIST", 0, "ticket, queued, tas", 0 },
	{ "lrs", KEY_LRS, "LIST", 0, "list registers", 0 },
	{ "clone", KEY_CLONE, "LIST", 0, "copies of the recording in one VM", 0 },
	{ "seed", 's', "LIST", 0, "of the workload and of the replay", 0 },
	{ "seeds", KEY_SEEDS, "N", 0, "the seeds from 1 to N", 0 },
	{ "axis", 'a', "NAME=LIST", 0,
	  "any axis: a parameter of the workload, or how it is replayed (vgicsim-sweep(1))", 0 },
	{ NULL, 0, NULL, 0, "Of all combinations:", 2 },
	{ "skip-impossible", KEY_SKIP, NULL, 0,
	  "leave out those that cannot be, and say which, instead of refusing all", 0 },
	{ "histograms", KEY_HISTS, NULL, 0, "keep those of the latencies in the document", 0 },
	{ 0 },
};

static void put(struct argp_state *state, const char *option, const char *name, const char *list)
{
	struct sweep_axes *a = state->input;
	struct err err;

	if (sweep_spec_add(&a->given, name, list, &err))
		argp_error(state, "%s: %s", option, err.msg);
}

static void put_pair(struct argp_state *state, const char *option, const char *prefix,
		     const char *arg)
{
	const char *eq = strchr(arg, '=');
	char name[128];

	if (!eq || eq == arg || eq - arg > 64)
		argp_error(state, "%s: want NAME=LIST, have %s", option, arg);
	snprintf(name, sizeof(name), "%s%.*s", prefix, (int)(eq - arg), arg);
	put(state, option, name, eq + 1);
}

static void positional(struct argp_state *state, const char *arg)
{
	struct sweep_axes *a = state->input;
	size_t n = strlen(arg);

	if (n < 4 || strcmp(arg + n - 4, ".ini") || !strncmp(arg, "gen:", 4)) {
		put(state, "trace", "trace", arg);
		return;
	}
	if (a->file)
		argp_error(state, "want one FILE.ini, have %s as well as %s", arg, a->file);
	a->file = arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct sweep_axes *a = state->input;

	switch (key) {
	case 'd':
		put(state, "-d", "design", arg);
		return 0;
	case KEY_VCPUS:
		put(state, "--vcpus", "vcpus", arg);
		return 0;
	case 'H':
		put(state, "--host", "host", arg);
		return 0;
	case KEY_SET:
		put_pair(state, "--set", "set.", arg);
		return 0;
	case KEY_LOCK:
		put(state, "--lock", "lock", arg);
		return 0;
	case KEY_LRS:
		put(state, "--lrs", "lrs", arg);
		return 0;
	case KEY_CLONE:
		put(state, "--clone", "clone", arg);
		return 0;
	case 's':
		put(state, "--seed", "seed", arg);
		return 0;
	case KEY_SEEDS:
		put(state, "--seeds", "seeds", arg);
		return 0;
	case 'a':
		put_pair(state, "--axis", "", arg);
		return 0;
	case KEY_SKIP:
		a->skip_impossible = true;
		return 0;
	case KEY_HISTS:
		a->keep_hists = true;
		return 0;
	case ARGP_KEY_ARG:
		positional(state, arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp sweep_axes_argp = { options, parse, NULL, NULL, NULL, NULL, NULL };

int sweep_axes_spec(struct sweep_axes *a, struct sweep_spec *spec, struct err *err)
{
	int ret;

	sweep_spec_init(spec);
	ret = a->file ? sweep_spec_load(spec, a->file, err) : 0;
	if (!ret)
		ret = sweep_spec_override(spec, &a->given, err);
	spec->skip_impossible |= a->skip_impossible;
	spec->keep_hists |= a->keep_hists;
	return ret;
}

void sweep_axes_fini(struct sweep_axes *a)
{
	sweep_spec_fini(&a->given);
}
