// SPDX-License-Identifier: GPL-2.0-or-later
/* vgicsim claims: what was claimed of the vgic's designs, tested. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "claims.h"
#include "common.h"

struct claims_args {
	const char *command, *dir;
	char **name;
	unsigned int nr, jobs, format;
	bool plots, quiet, list;
	struct progress progress;
};

static const char *const format_names[] = { "text", "markdown", NULL };

static const char doc[] =
	"Test what was claimed of the vgic's designs: each claim is a file with experiments and, "
	"written down before any is run, what would support it and what would refute it.\n\n"
	"  vgicsim claims -o DIR           all: DIR/index.html, DIR/claims.json, DIR/figures\n"
	"  vgicsim claims 2-dist-lock      one, on the terminal\n"
	"  vgicsim claims ./mine.ini -o DIR\n\v"
	"Each number is judged under ticket and under queued locks, for each seed, and with "
	"the assumed costs of the host halved and doubled: what does not hold in all of "
	"them is not decided.";

static const struct argp_option options[] = {
	{ "output", 'o', "DIR", 0, "write the page, the document and the figures there", 0 },
	{ "list", 'l', NULL, 0, "the claims that there are", 0 },
	{ "format", 'f', "text|markdown", 0, "of what is printed", 0 },
	{ "jobs", 'j', "N", 0, "threads; default: one for each CPU", 0 },
	{ "no-plots", OPT_NO_PLOTS, NULL, 0, "no figures", 0 },
	{ "quiet", 'q', NULL, 0, "no progress on standard error", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct claims_args *a = state->input;

	switch (key) {
	case 'o':
		a->dir = arg;
		return 0;
	case 'j':
		a->jobs = (unsigned int)number(state, "--jobs", arg, 1024);
		return 0;
	case OPT_NO_PLOTS:
		a->plots = false;
		return 0;
	case 'f':
		a->format = choose(state, "--format", format_names, arg);
		return 0;
	case 'l':
		a->list = true;
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	case ARGP_KEY_ARGS:
		a->name = state->argv + state->next;
		a->nr = (unsigned int)(state->argc - state->next);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void on_progress(void *priv, uint64_t done, uint64_t of)
{
	progress_update(priv, done, of);
}

static int write_json(const struct claims *c, const char *dir, struct err *err)
{
	struct out_file *o;
	char *path;
	int ret;

	if (asprintf(&path, "%s/claims.json", dir) < 0)
		return err_set(err, ERR_NOMEM, "out of memory");
	o = out_open(path, err);
	free(path);
	if (!o)
		return err->code;
	ret = claims_json(out_stream(o), c, VGICSIM_VERSION, err);
	if (!ret)
		return out_commit(o, err);
	ret = ret == ERR_OUTPUT ? out_blame(o, err) : ret;
	out_abort(o);
	return ret;
}

/* Before the runs: a folder that cannot be written is soon known. */
static int make_dir(const char *dir, struct err *err)
{
	if (!mkdir(dir, 0777) || errno == EEXIST)
		return 0;
	return err_set(err, ERR_OUTPUT, "%s: %s", dir, strerror(errno));
}

static int claims(struct claims_args *a, struct claims *c, struct err *err)
{
	struct claims_options o = {
		.version = VGICSIM_VERSION,
		.jobs = a->jobs,
		.progress = on_progress,
		.priv = &a->progress,
	};
	int ret = a->dir ? make_dir(a->dir, err) : 0;

	if (ret)
		return ret;
	progress_begin(&a->progress, "claims", false);
	a->progress.on &= !a->quiet;
	ret = claims_run(c, &o, err);
	progress_end(&a->progress);
	if (!ret && a->dir)
		ret = write_json(c, a->dir, err);
	if (ret)
		return ret;
	/* First, so that a figure that fails takes nothing else along. */
	if (a->format)
		claims_markdown(stdout, c);
	else
		claims_text(stdout, c);
	if (fflush(stdout))
		return err_set(err, ERR_OUTPUT, "standard output: %s", strerror(errno));
	return a->dir ? claims_page(c, VGICSIM_VERSION, a->dir, a->plots, err) : 0;
}

int cmd_claims(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "[NAME|FILE.ini]...", doc, NULL,
					  NULL,	   NULL };
	struct claims_args a = { .command = argv[0], .plots = true };
	struct claims c = { 0 };
	struct err err;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	out_remove_on_signals();
	ret = claims_load(&c, (const char *const *)a.name, a.nr, &err);
	for (unsigned int i = 0; !ret && a.list && i < c.nr; i++)
		printf("%-14s %s\n", c.claim[i].name, c.claim[i].title);
	if (!ret && !a.list)
		ret = claims(&a, &c, &err);
	claims_fini(&c);
	return ret ? fail(a.command, &err) : 0;
}
