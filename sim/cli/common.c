/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Failing, choosing, colour and progress, the same in every command. */
#include "common.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report-sweep.h"
#include "units.h"

const char *const color_names[] = { "auto", "always", "never", NULL };

int fail(const char *command, const struct err *err)
{
	fprintf(stderr, "%s: %s\n", command, err->msg);
	return err_exit_status(err);
}

unsigned int choose(struct argp_state *state, const char *what, const char *const *names,
		    const char *arg)
{
	char list[256] = "";
	size_t n = 0;

	for (unsigned int i = 0; names[i]; i++) {
		if (!strcmp(names[i], arg))
			return i;
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "", names[i]);
		if (n >= sizeof(list))
			break;
	}
	argp_error(state, "%s: want one of %s; have %s", what, list, arg);
	return 0;
}

int distinct(const char *in, const char *out, struct err *err)
{
	struct stat a, b;

	/* Of copies, what they are copies of. */
	while (in && !strncmp(in, "clone:", 6) && strchr(in + 6, ':'))
		in = strchr(in + 6, ':') + 1;
	if (!in || !out || !strcmp(in, "-") || !strcmp(out, "-"))
		return 0;
	if (stat(in, &a) || stat(out, &b) || !S_ISREG(a.st_mode) || a.st_dev != b.st_dev ||
	    a.st_ino != b.st_ino)
		return 0;
	return err_set(err, ERR_USAGE, "%s: want another file to write to, have one that is read",
		       out);
}

uint64_t number(struct argp_state *state, const char *what, const char *arg, uint64_t max)
{
	uint64_t v = 0;

	if (!units_parse_u64(arg, &v) || v > max)
		argp_error(state, "%s: want a number from 0 to %" PRIu64 "; have %s", what, max,
			   arg);
	return v;
}

bool color_wanted(enum color when, const char *out_path)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	if (out_path && strcmp(out_path, "-"))
		return false;
	return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb");
}

const char *const plot_names[] = { "term", NULL };

int plot_term(const struct plot_what *what, enum color color, struct err *err)
{
	struct report_term_options o = { .columns = 80, .color = color_wanted(color, NULL) };
	struct out_file *out = out_open(NULL, err);
	struct winsize size;
	int ret;

	if (!out)
		return err->code;
	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		o.columns = size.ws_col;
	if (what->sweep)
		ret = report_sweep_term(what->sweep, what->x, what->metric, what->nr_metrics,
					out_stream(out), &o, err);
	else
		ret = report_term(what->results, what->paths, what->nr, out_stream(out), &o, err);
	if (!ret)
		return out_commit(out, err);
	out_abort(out);
	return ret;
}

static int64_t since_ms(const struct timespec *begun)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)(now.tv_sec - begun->tv_sec) * 1000 +
	       (now.tv_nsec - begun->tv_nsec) / 1000000;
}

void progress_begin(struct progress *p, const char *what, bool bytes)
{
	*p = (struct progress){ .what = what, .unit = bytes ? "MB" : NULL };
	p->on = isatty(STDERR_FILENO);
	clock_gettime(CLOCK_MONOTONIC, &p->begun);
}

void progress_update(void *progress, uint64_t at, uint64_t of)
{
	struct progress *p = progress;
	int64_t ms;

	if (!p->on)
		return;
	ms = since_ms(&p->begun);
	if (ms < 2000 || ms - p->last_ms < 200)
		return;
	p->last_ms = ms;
	p->drawn = true;
	fprintf(stderr, "\r%s:", p->what);
	if (of && at <= of)
		fprintf(stderr, " %3" PRIu64 " %%", at * 100 / of);
	if (p->unit)
		fprintf(stderr, "  %.1f %s/s", (double)at / 1000.0 / (double)ms, p->unit);
	if (of && at && at <= of)
		fprintf(stderr, "  %.0f s left",
			(double)ms / 1000.0 * (double)(of - at) / (double)at);
	fputs("\033[K", stderr);
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
}
