// SPDX-License-Identifier: GPL-2.0-or-later
/* vgicsim sweep, merge: runs over the product of axes, and shards of them put together. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common.h"
#include "out.h"
#include "sweep-args.h"
#include "sweep-out.h"
#include "sweep-run.h"
#include "units.h"

struct sweep_args {
	const char *command;
	struct sweep_axes axes;
	struct sweep_view view;
	unsigned int shard, of, jobs;
	uint64_t memory;
	bool dry_run, quiet;
	struct progress progress;
};

enum { KEY_SHARD = 0x1000, KEY_DRY_RUN, KEY_MEMORY };

static const char doc[] =
	"Run every combination of what is asked: vCPUs, designs, hosts, list registers, locks, "
	"workload parameters, costs, seeds, copies, traces.\n\n"
	"  vgicsim sweep hackbench.ini -o s.json\n"
	"  vgicsim sweep gen:hackbench,duration=20ms --vcpus '1..64*2' -d kvm-legacy,kvm-aplist "
	"--lock ticket,queued --seeds 3 -o s.json\n"
	"  vgicsim sweep t.pcap.gz -d kvm-aplist --lrs 2,4,16 --set 'sgi_phys=x1/2,x1,x2'\n"
	"  vgicsim sweep hackbench.ini --shard 2/8 -o s2.json\n\v"
	"With -o FILE what is done is kept in FILE.part until all is: the same command goes on "
	"where it was interrupted. Values are lists (1,2,4), ranges (1..8, 10..50+10, 1..256*2) "
	"and, of costs, multiples (x1/2, x2).";

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "How it runs:", 6 },
	{ "jobs", 'j', "N", 0, "threads; default: one for each CPU", 0 },
	{ "memory", KEY_MEMORY, "BYTES", 0, "for decoded traces, which runs share; default 1Gi",
	  0 },
	{ "shard", KEY_SHARD, "I/N", 0, "only part I of N; \"vgicsim merge\" puts them together",
	  0 },
	{ "dry-run", KEY_DRY_RUN, NULL, 0, "list the runs, and what is left out", 0 },
	{ "quiet", 'q', NULL, 0, "no notes and no progress on standard error", 0 },
	{ 0 },
};

static void parse_shard(struct argp_state *state, const char *arg, struct sweep_args *a)
{
	const char *unit;
	uint64_t i = 0, n = 0;

	if (!axis_number(arg, &i, &unit) || *unit != '/' || !axis_number(unit + 1, &n, &unit) ||
	    *unit || !i || i > n || n > SWEEP_MAX_CELLS)
		argp_error(state, "--shard: want I/N with I from 1 to N, have %s", arg);
	a->shard = (unsigned int)i;
	a->of = (unsigned int)n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct sweep_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->axes;
		state->child_inputs[1] = &a->view;
		return 0;
	case 'j':
		a->jobs = (unsigned int)number(state, "--jobs", arg, 1024);
		return 0;
	case KEY_MEMORY:
		if (!units_parse_count(arg, &a->memory) || !a->memory)
			argp_error(state, "--memory: want bytes (512Mi, 4G), have %s", arg);
		return 0;
	case KEY_SHARD:
		parse_shard(state, arg, a);
		return 0;
	case KEY_DRY_RUN:
		a->dry_run = true;
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* ---- being interrupted --------------------------------------------------- */

static volatile sig_atomic_t stopped_by;

/* What runs is finished; a second time ends us as it would have. */
static void on_stop(int sig)
{
	stopped_by = sig;
}

static const int stops[] = { SIGINT, SIGTERM, SIGHUP };
#define NR_STOPS (sizeof(stops) / sizeof(stops[0]))

static void catch_stops(struct sigaction *old)
{
	struct sigaction sa = { .sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND | SA_RESTART };

	for (unsigned int i = 0; i < NR_STOPS; i++)
		sigaction(stops[i], &sa, &old[i]);
}

static void release_stops(const struct sigaction *old)
{
	for (unsigned int i = 0; i < NR_STOPS; i++)
		sigaction(stops[i], &old[i], NULL);
}

/* ---- the command --------------------------------------------------------- */

static void on_begun(void *priv, size_t from_journal, unsigned int damaged, size_t to_run)
{
	struct sweep_args *a = priv;

	if (a->quiet)
		return;
	if (damaged)
		fprintf(stderr, "%s: %u damaged line%s of the journal taken out\n", a->command,
			damaged, damaged > 1 ? "s" : "");
	if (from_journal)
		fprintf(stderr, "%s: %zu runs are done already, %zu to go\n", a->command,
			from_journal, to_run);
}

static void on_progress(void *priv, uint64_t done, uint64_t of)
{
	struct sweep_args *a = priv;

	progress_update(&a->progress, done, of);
}

static void dry_run(const struct sweep_args *a, const struct sweep *s)
{
	for (size_t i = 0; i < s->nr; i++)
		if (sweep_in_shard(s, i, a->shard, a->of))
			printf("%s\n", s->cell[i].text);
	for (size_t i = 0; i < s->nr; i++)
		if (s->cell[i].why)
			printf("# left out: %s: %s\n", s->cell[i].text, s->cell[i].why);
}

static int no_trace_overwritten(const struct sweep_args *a, const struct sweep *s, struct err *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < s->nr; i++)
		ret = distinct(s->cell[i].cell.trace, a->view.out, err);
	return ret;
}

static int write_results(const struct sweep_args *a, const struct sweep *s, struct sweep_results *r,
			 struct err *failed, struct err *err)
{
	json_t *head = sweep_head(s, VGICSIM_VERSION);
	const char *name = a->view.out ? a->view.out : "standard output";
	struct sweep_doc d;
	int ret;

	if (!head)
		return err_set(err, ERR_NOMEM, "out of memory");
	ret = sweep_doc_make(&d, name, head, a->shard, a->of, r->line, r->nr, err);
	json_decref(head);
	if (ret)
		return ret;
	ret = sweep_view_write(&a->view, &d, err);
	failed->code = 0;
	if (!ret)
		sweep_failures(&d, failed);
	sweep_doc_fini(&d);
	return ret;
}

static int run(struct sweep_args *a, const struct sweep *s, const char *journal, struct err *err)
{
	struct sweep_run_options o = {
		.version = VGICSIM_VERSION,
		.journal = journal,
		.shard = a->shard,
		.of = a->of,
		.jobs = a->jobs,
		.memory = a->memory,
		.cancel = &stopped_by,
		.progress = on_progress,
		.begun = on_begun,
		.priv = a,
	};
	struct sigaction old[NR_STOPS];
	struct sweep_results r;
	struct err failed = { 0 };
	bool written = false;
	int ret;

	progress_begin(&a->progress, "sweep", false);
	a->progress.on &= !a->quiet;
	catch_stops(old);
	ret = sweep_run(s, &o, &r, err);
	release_stops(old);
	progress_end(&a->progress);
	if (!ret && r.nr_done < r.nr_wanted) {
		if (!a->quiet)
			fprintf(stderr, "%s: stopped with %zu of %zu runs done%s\n", a->command,
				r.nr_done, r.nr_wanted,
				journal ? "; the same command goes on from there" : "");
		sweep_results_fini(&r, false);
		raise(stopped_by);
		return err_set(err, ERR_OUTPUT, "stopped");
	}
	if (!ret) {
		ret = write_results(a, s, &r, &failed, err);
		written = !ret;
	}
	sweep_results_fini(&r, written);
	if (!ret && failed.code) {
		*err = failed;
		ret = err->code;
	}
	return ret;
}

/*
 * Where the journal is to be, or NULL: beside a file, not beside a device or a pipe. Whether
 * the file can be written at all is better known now than after the last run.
 */
static int journal_path(const struct sweep_args *a, char **path, struct err *err)
{
	struct out_file *out;
	struct stat st;

	*path = NULL;
	if (!a->view.out || !strcmp(a->view.out, "-") ||
	    (!stat(a->view.out, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return 0;
	out = out_open(a->view.out, err);
	if (!out)
		return err->code;
	out_abort(out);
	if (asprintf(path, "%s.part", a->view.out) < 0)
		return err_set(err, ERR_NOMEM, "out of memory");
	return 0;
}

static int sweep(struct sweep_args *a, struct err *err)
{
	struct sweep_spec spec;
	struct sweep s;
	char *journal = NULL;
	int ret = sweep_axes_spec(&a->axes, &spec, err);

	if (!ret)
		ret = sweep_plan(&s, &spec, VGICSIM_VERSION, err);
	if (ret) {
		sweep_spec_fini(&spec);
		return ret;
	}
	ret = no_trace_overwritten(a, &s, err);
	if (!ret && a->dry_run) {
		dry_run(a, &s);
	} else if (!ret) {
		ret = journal_path(a, &journal, err);
		if (!ret)
			ret = run(a, &s, journal, err);
	}
	free(journal);
	sweep_fini(&s);
	sweep_spec_fini(&spec);
	return ret;
}

int cmd_sweep(int argc, char **argv)
{
	static const struct argp_child children[] = { { &sweep_axes_argp, 0, NULL, 0 },
						      { &sweep_view_argp, 0, NULL, 0 },
						      { 0 } };
	static const struct argp argp = { options, parse, "FILE.ini|TRACE...", doc, children,
					  NULL,	   NULL };
	struct sweep_args a = { .command = argv[0], .shard = 1, .of = 1 };
	struct err err;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = sweep(&a, &err);
	sweep_axes_fini(&a.axes);
	return ret ? fail(a.command, &err) : 0;
}

/* ---- merge --------------------------------------------------------------- */

struct merge_args {
	const char *command;
	struct sweep_view view;
	char **file;
	unsigned int nr;
};

static const char merge_doc[] =
	"Put the shards of a sweep together. The document is that of the sweep made in one "
	"piece, byte by byte; one that is whole may be given to have it in another format.\n\n"
	"  vgicsim merge s1.json s2.json s3.json -o s.json\n"
	"  vgicsim merge s.json -f csv";

static error_t merge_parse(int key, char *arg, struct argp_state *state)
{
	struct merge_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->view;
		return 0;
	case ARGP_KEY_ARG:
		a->file = reallocarray(a->file, a->nr + 1, sizeof(*a->file));
		if (!a->file)
			argp_failure(state, EXIT_OUTPUT, ENOMEM, "documents");
		a->file[a->nr++] = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "want documents that \"vgicsim sweep --shard\" wrote");
	}
	return ARGP_ERR_UNKNOWN;
}

static int merge(const struct merge_args *a, struct err *err)
{
	struct sweep_doc *shard = calloc(a->nr, sizeof(*shard)), whole;
	struct err failed = { 0 };
	unsigned int loaded = 0;
	int ret = shard ? 0 : err_set(err, ERR_NOMEM, "out of memory");

	for (; !ret && loaded < a->nr; loaded++) {
		ret = distinct(a->file[loaded], a->view.out, err);
		if (!ret)
			ret = sweep_doc_load(&shard[loaded], a->file[loaded], err);
		if (ret)
			break;
	}
	if (!ret)
		ret = sweep_merge(&whole, shard, a->nr, err);
	if (!ret) {
		ret = sweep_view_write(&a->view, &whole, err);
		if (!ret && sweep_failures(&whole, &failed)) {
			*err = failed;
			ret = err->code;
		}
		sweep_doc_fini(&whole);
	}
	for (unsigned int i = 0; i < loaded; i++)
		sweep_doc_fini(&shard[i]);
	free(shard);
	return ret;
}

int cmd_merge(int argc, char **argv)
{
	static const struct argp_child children[] = { { &sweep_view_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = { NULL,	    merge_parse, "FILE...", merge_doc,
					  children, NULL,	 NULL };
	struct merge_args a = { .command = argv[0] };
	struct err err;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = merge(&a, &err);
	free(a.file);
	return ret ? fail(a.command, &err) : 0;
}
