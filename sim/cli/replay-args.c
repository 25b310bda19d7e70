/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of every command that replays. */
#include "replay-args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "design-load.h"
#include "result-make.h"
#include "units.h"

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What runs:", 1 },
	{ "design", 'd', "NAME|FILE", 0,
	  "this design (vgicsim list designs), or that of ./FILE.so; may be repeated", 0 },
	{ "host", 'H', "NAME|FILE", 0, "host profile (vgicsim list hosts)", 0 },
	{ "set", OPT_SET, "KEY=VALUE", 0, "override one value of the host; may be repeated", 0 },
	{ "lock", OPT_LOCK, "ALGORITHM", 0, "ticket (default), queued or tas", 0 },
	{ "lrs", OPT_LRS, "N", 0, "list registers; default: the host's", 0 },
	{ NULL, 0, NULL, 0, "How it is replayed:", 2 },
	{ "host-work", OPT_HOST_WORK, "model|recorded", 0,
	  "other work of the host: from the profile (default) or the recording", 0 },
	{ "inject", OPT_INJECT, "anchored|clock", 0,
	  "outside injections: at their distance from the target's progress (default) or at "
	  "their time",
	  0 },
	{ "guest", OPT_GUEST, "MODE", 0,
	  "auto (default), explicit, observed or modelled: what the guest does at its CPU "
	  "interface",
	  0 },
	{ "service", OPT_SERVICE, "KIND=TIME,...", 0,
	  "time of the modelled guest's handlers, KIND sgi, ppi or spi", 0 },
	{ "guest-speed", OPT_GUEST_SPEED, "N[/D]", 0,
	  "the guest computes N/D times as fast as recorded", 0 },
	{ "wfi-grace", OPT_WFI_GRACE, "TIME", 0,
	  "beyond twice the recorded sleep, until a sleep without a wake-up ends", 0 },
	{ "recorded-share", OPT_RECORDED_SHARE, "TIME", 0,
	  "with --host-work=recorded: the recorded design's part of each exit", 0 },
	{ "window", OPT_WINDOW, "N", 0, "records that may wait in memory", 0 },
	{ "seed", 's', "N", 0, "seed of all that is random", 0 },
	{ "explore", OPT_EXPLORE, "N", 0, "break ties in another order, chosen by N", 0 },
	{ "reference", OPT_REFERENCE, NULL, 0, "the slow engine that yields at every step", 0 },
	{ 0 },
};

static struct vtime time_arg(struct argp_state *state, const char *what, const char *arg)
{
	struct vtime t = VT_ZERO;

	if (!units_parse_time(arg, &t))
		argp_error(state, "%s: want a time with its unit (40ns, 1.5us), have %s", what,
			   arg);
	return t;
}

static void parse_service(struct argp_state *state, char *arg, struct replay_options *o)
{
	char *rest = arg, *item;

	while ((item = strsep(&rest, ","))) {
		char *eq = strchr(item, '=');

		if (!eq)
			argp_error(state, "--service: want KIND=TIME, have %s", item);
		*eq = '\0';
		if (!strcmp(item, "sgi"))
			o->service_sgi = time_arg(state, "--service sgi", eq + 1);
		else if (!strcmp(item, "ppi"))
			o->service_ppi = time_arg(state, "--service ppi", eq + 1);
		else if (!strcmp(item, "spi"))
			o->service_spi = time_arg(state, "--service spi", eq + 1);
		else
			argp_error(state, "--service: want sgi, ppi or spi, have %s", item);
	}
}

/* Twice as fast is half the time: numerator and denominator change places. */
static void parse_speed(struct argp_state *state, char *arg, struct replay_options *o)
{
	char *slash = strchr(arg, '/');
	uint32_t n = 0, d = 1;

	if (slash)
		*slash++ = '\0';
	if (!units_parse_u32(arg, 1000000, &n) || (slash && !units_parse_u32(slash, 1000000, &d)) ||
	    !n || !d)
		argp_error(state, "--guest-speed: want N or N/D from 1 to 1000000, have %s%s%s",
			   arg, slash ? "/" : "", slash ? slash : "");
	o->guest_speed_num = d;
	o->guest_speed_den = n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct replay_what *w = state->input;
	struct replay_options *o = &w->o;

	switch (key) {
	case 'd':
		if (w->nr_designs == MAX_DESIGNS)
			argp_error(state, "-d: want at most %d designs", MAX_DESIGNS);
		w->design[w->nr_designs++] = arg;
		return 0;
	case 'H':
		w->host = arg;
		return 0;
	case OPT_SET:
		w->set = reallocarray(w->set, w->nr_sets + 1, sizeof(*w->set));
		if (!w->set)
			argp_failure(state, EXIT_OUTPUT, ENOMEM, "--set");
		w->set[w->nr_sets++] = arg;
		return 0;
	case OPT_LOCK:
		o->lock = choose(state, "--lock",
				 (const char *const[]){ lock_algo_names[0], lock_algo_names[1],
							lock_algo_names[2], NULL },
				 arg);
		return 0;
	case OPT_LRS:
		o->nr_lrs = (unsigned int)number(state, "--lrs", arg, GIC_MAX_LRS);
		return 0;
	case OPT_HOST_WORK:
		o->host_work = choose(state, "--host-work", host_work_names, arg);
		return 0;
	case OPT_INJECT:
		o->inject = choose(state, "--inject", inject_mode_names, arg);
		return 0;
	case OPT_GUEST:
		o->guest = choose(state, "--guest", guest_mode_names, arg);
		return 0;
	case OPT_SERVICE:
		parse_service(state, arg, o);
		return 0;
	case OPT_GUEST_SPEED:
		parse_speed(state, arg, o);
		return 0;
	case OPT_WFI_GRACE:
		o->wfi_grace = time_arg(state, "--wfi-grace", arg);
		return 0;
	case OPT_RECORDED_SHARE:
		o->recorded_share = time_arg(state, "--recorded-share", arg);
		return 0;
	case OPT_WINDOW:
		o->window = (uint32_t)number(state, "--window", arg, 1u << 28);
		return 0;
	case 's':
		o->seed = number(state, "--seed", arg, INT64_MAX);
		return 0;
	case OPT_EXPLORE:
		o->explore = number(state, "--explore", arg, INT64_MAX);
		return 0;
	case OPT_REFERENCE:
		o->reference = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp replay_args_argp = { options, parse, NULL, NULL, NULL, NULL, NULL };

void replay_what_init(struct replay_what *w)
{
	memset(w, 0, sizeof(*w));
	replay_options_init(&w->o);
}

void replay_what_fini(struct replay_what *w)
{
	free(w->set);
}

static bool can(const struct vgic_design *d, unsigned int gic)
{
	return d->gics & 1u << gic;
}

int replay_what_designs(const struct replay_what *w, unsigned int gic,
			const struct vgic_design **design, unsigned int *nr, struct err *err)
{
	/* The question that the tool is for: the legacy vgic against the new one. */
	static const char *const by_default[] = { "kvm-legacy", "kvm-aplist" };

	*nr = 0;
	for (unsigned int i = 0; !w->nr_designs && i < 2; i++) {
		const struct vgic_design *d = vgic_design_find(by_default[i]);

		if (d && can(d, gic))
			design[(*nr)++] = d;
	}
	for (unsigned int i = 0; i < w->nr_designs; i++) {
		const struct vgic_design *d = design_load(w->design[i], err);

		if (!d)
			return err->code;
		if (!can(d, gic))
			return err_set(err, ERR_USAGE, "-d %s: cannot be the trace's GICv%u",
				       d->name, gic);
		for (unsigned int k = 0; k < *nr; k++)
			if (design[k] == d)
				return err_set(err, ERR_USAGE, "-d %s: given twice", d->name);
		design[(*nr)++] = d;
	}
	if (!*nr)
		return err_set(err, ERR_USAGE, "no design can be a GICv%u", gic);
	return 0;
}

int replay_what_host(const struct replay_what *w, unsigned int gic, const char *command, bool quiet,
		     struct host *host, struct err *err)
{
	const char *name = w->host ? w->host : gic == 2 ? DEFAULT_HOST_V2 : DEFAULT_HOST_V3;
	int ret = host_load(host, name, err);

	for (unsigned int i = 0; !ret && i < w->nr_sets; i++)
		ret = host_set(host, w->set[i], err);
	if (!ret && !w->host && !quiet)
		fprintf(stderr, "%s: host %s, the default for a GICv%u trace (--host)\n", command,
			name, gic);
	return ret;
}
