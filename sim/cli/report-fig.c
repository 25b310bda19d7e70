// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gnuplot as a separate process. Each figure is a script and data files that
 * run again by "gnuplot x.gp" in their directory.
 *
 * Strings from results reach a script only through gp_str(): in single quotes,
 * which gnuplot takes literally (a back-quote in double quotes would run a command,
 * and so would a data file name that begins with "<": file names are ours).
 * Our scripts never use such a string as a format.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report-int.h"
#include "temps.h"

static const char *const fig_scripts[] = {
	"style.gp", "cdf.gp",	  "stack.gp",	"bars.gp",	 "groups.gp",
	"range.gp", "heat.gp",	  "tornado.gp", "violin.gp",	 "term-cdf.gp",
	"lines.gp", "columns.gp", "multi.gp",	"term-lines.gp", "claims.gp",
};
#define FIG_NR_SCRIPTS (sizeof(fig_scripts) / sizeof(fig_scripts[0]))

__attribute__((format(printf, 3, 4))) static void fig_error(struct report *r, enum err_code code,
							    const char *fmt, ...)
{
	va_list ap;

	if (r->ret)
		return;
	va_start(ap, fmt);
	r->ret = err_vset(r->err, code, fmt, ap);
	va_end(ap);
}

/* ---- the directory ---------------------------------------------------------- */

static bool fig_find_scripts(struct report *r)
{
	const char *dirs[] = { getenv("VGICSIM_PLOTS"), VGICSIM_PLOTS_SOURCE,
			       VGICSIM_PLOTS_INSTALLED };
	char path[600];

	for (size_t d = 0; d < 3; d++) {
		size_t have = 0;

		for (size_t i = 0; dirs[d] && i < FIG_NR_SCRIPTS; i++) {
			snprintf(path, sizeof(path), "%s/%s", dirs[d], fig_scripts[i]);
			have += access(path, R_OK) == 0;
		}
		if (have == FIG_NR_SCRIPTS) {
			snprintf(r->plots_dir, sizeof(r->plots_dir), "%s", dirs[d]);
			return true;
		}
	}
	return false;
}

static bool fig_have_gnuplot(void)
{
	const char *path = getenv("PATH");
	char file[4096];

	for (path = path ? path : "/usr/local/bin:/usr/bin:/bin"; *path;) {
		size_t n = strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/gnuplot", (int)(n ? n : 1), n ? path : ".");
		if (access(file, X_OK) == 0)
			return true;
		path += n + (path[n] == ':');
	}
	return false;
}

/* Remember a name of our own making, to remove it from a private directory. */
static void fig_made(struct report *r, const char *name)
{
	char **more;

	for (size_t i = 0; i < r->nr_made; i++)
		if (!strcmp(strrchr(r->made[i], '/') + 1, name))
			return;
	more = realloc(r->made, (r->nr_made + 1) * sizeof(*more));
	if (!more) {
		fig_error(r, ERR_NOMEM, "out of memory");
		return;
	}
	r->made = more;
	if (asprintf(&r->made[r->nr_made], "%s/%s", r->work_dir, name) < 0) {
		fig_error(r, ERR_NOMEM, "out of memory");
		return;
	}
	if (!r->opt->keep_plots_dir)
		temps_add(r->made[r->nr_made]);
	r->nr_made++;
}

FILE *fig_open(struct report *r, const char *name)
{
	char path[1200];
	FILE *f;

	/* Known before it is there, so that a signal in between leaves nothing. */
	fig_made(r, name);
	snprintf(path, sizeof(path), "%s/%s", r->work_dir, name);
	f = fopen(path, "w");
	if (!f)
		fig_error(r, ERR_OUTPUT, "%s: %s", path, strerror(errno));
	return f;
}

void fig_close(struct report *r, FILE *f, const char *name)
{
	bool bad = ferror(f) != 0;

	if (fclose(f) || bad)
		fig_error(r, ERR_OUTPUT, "%s/%s: cannot be written: %s", r->work_dir, name,
			  strerror(errno));
}

static void fig_copy_script(struct report *r, const char *name)
{
	char path[1200], buf[4096];
	FILE *from, *to;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", r->plots_dir, name);
	from = fopen(path, "r");
	if (!from) {
		fig_error(r, ERR_OUTPUT, "%s: %s", path, strerror(errno));
		return;
	}
	to = fig_open(r, name);
	while (to && (n = fread(buf, 1, sizeof(buf), from)))
		fwrite(buf, 1, n, to);
	if (to)
		fig_close(r, to, name);
	fclose(from);
}

int rfig_start(struct report *r)
{
	const char *keep = r->opt->keep_plots_dir;
	const char *tmp = getenv("TMPDIR");

	if (!r->opt->plots)
		r->no_figures = "none were asked for";
	else if (!fig_have_gnuplot())
		r->no_figures = "gnuplot was not found on the machine that made this report";
	else if (!fig_find_scripts(r))
		r->no_figures = "the scripts of plots/ were not found (is VGICSIM_PLOTS right?)";
	if (r->no_figures)
		return 0;
	if (keep) {
		if (strlen(keep) >= sizeof(r->work_dir))
			return err_set(r->err, ERR_OUTPUT, "%s: the name is too long", keep);
		if (mkdir(keep, 0777) && errno != EEXIST)
			return err_set(r->err, ERR_OUTPUT, "%s: %s", keep, strerror(errno));
		snprintf(r->work_dir, sizeof(r->work_dir), "%s", keep);
	} else {
		snprintf(r->work_dir, sizeof(r->work_dir), "%.400s/vgicsim-plots.XXXXXX",
			 tmp && *tmp ? tmp : "/tmp");
		if (!mkdtemp(r->work_dir)) {
			int ret =
				err_set(r->err, ERR_OUTPUT, "%s: %s", r->work_dir, strerror(errno));

			r->work_dir[0] = '\0';
			return ret;
		}
		temps_add(r->work_dir);
	}
	r->figures = true;
	for (size_t i = 0; i < FIG_NR_SCRIPTS; i++)
		fig_copy_script(r, fig_scripts[i]);
	return r->ret;
}

void rfig_end(struct report *r)
{
	for (size_t i = 0; i < r->nr_made; i++) {
		if (!r->opt->keep_plots_dir)
			unlink(r->made[i]);
		temps_drop(r->made[i]);
		free(r->made[i]);
	}
	free(r->made);
	if (r->figures && !r->opt->keep_plots_dir)
		rmdir(r->work_dir);
	temps_drop(r->work_dir);
}

/* ---- gnuplot ---------------------------------------------------------------- */

/* Everything a child may write to @fd, its first @size bytes kept. */
static void fig_drain(int fd, char *msg, size_t size)
{
	char buf[1024];
	size_t have = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		for (ssize_t i = 0; i < n && have + 1 < size; i++)
			msg[have++] = buf[i];
	}
	msg[have] = '\0';
}

/* One line of what gnuplot said: its echo of the script and carets are dropped. */
static void fig_first_line(char *msg)
{
	char *line = msg, *best = msg, *end;

	while (*line) {
		end = line + strcspn(line, "\n");
		if (*line == '"' || strstr(line, "line ") == line)
			best = line;
		line = end + (*end == '\n');
	}
	memmove(msg, best, strlen(best) + 1);
	msg[strcspn(msg, "\n")] = '\0';
}

static int fig_spawn(struct report *r, char *script, int err_fd, pid_t *pid)
{
	char path_env[4200], *argv[] = { "gnuplot", "-d", script, NULL };
	char *envp[] = { path_env, "LC_ALL=C.UTF-8", NULL };
	const char *path = getenv("PATH");
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t dfl;
	int ret;

	snprintf(path_env, sizeof(path_env), "PATH=%s",
		 path ? path : "/usr/local/bin:/usr/bin:/bin");
	if (posix_spawn_file_actions_init(&fa))
		return ENOMEM;
	if (posix_spawnattr_init(&attr)) {
		posix_spawn_file_actions_destroy(&fa);
		return ENOMEM;
	}
	sigemptyset(&dfl);
	sigaddset(&dfl, SIGPIPE);
	posix_spawnattr_setsigdefault(&attr, &dfl);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	ret = posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	if (!ret)
		ret = posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(&fa, err_fd, 2);
	if (!ret)
		ret = posix_spawn_file_actions_addchdir_np(&fa, r->work_dir);
	if (!ret)
		ret = posix_spawnp(pid, "gnuplot", &fa, &attr, argv, envp);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	return ret;
}

static void fig_run(struct report *r, char *script)
{
	char msg[2048];
	int fds[2], status = 0, ret;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC)) {
		fig_error(r, ERR_OUTPUT, "gnuplot: %s", strerror(errno));
		return;
	}
	ret = fig_spawn(r, script, fds[1], &pid);
	close(fds[1]);
	if (ret) {
		close(fds[0]);
		fig_error(r, ERR_OUTPUT, "gnuplot: %s", strerror(ret));
		return;
	}
	fig_drain(fds[0], msg, sizeof(msg));
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	fig_first_line(msg);
	if (WIFSIGNALED(status))
		fig_error(r, ERR_OUTPUT, "gnuplot: %s: ended by signal %d: %.300s", script,
			  WTERMSIG(status), msg);
	else if (WEXITSTATUS(status))
		fig_error(r, ERR_OUTPUT, "gnuplot: %s: exit status %d: %.300s", script,
			  WEXITSTATUS(status), msg);
}

/* ---- into the page ----------------------------------------------------------- */

static void fig_base64(FILE *f, const char *s, size_t n)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)(unsigned char)s[i] << 16;

		if (i + 1 < n)
			v |= (uint32_t)(unsigned char)s[i + 1] << 8;
		if (i + 2 < n)
			v |= (unsigned char)s[i + 2];
		fputc(alphabet[v >> 18], f);
		fputc(alphabet[v >> 12 & 63], f);
		fputc(i + 1 < n ? alphabet[v >> 6 & 63] : '=', f);
		fputc(i + 2 < n ? alphabet[v & 63] : '=', f);
	}
}

/* Most readers have no DejaVu: name relatives of the same widths after it. */
static void fig_fonts(FILE *to, const char *svg, size_t n)
{
	static const char had[] = "font-family=\"DejaVu Sans\"";
	static const char want[] = "font-family=\"'DejaVu Sans',Verdana,Arial,sans-serif\"";
	const char *end = svg + n, *p;

	while ((p = memmem(svg, (size_t)(end - svg), had, sizeof(had) - 1))) {
		fwrite(svg, 1, (size_t)(p - svg), to);
		fputs(want, to);
		svg = p + sizeof(had) - 1;
	}
	fwrite(svg, 1, (size_t)(end - svg), to);
}

char *r_slurp(struct report *r, const char *name, size_t *n)
{
	char path[1200], buf[8192], *raw = NULL;
	FILE *from, *to;
	size_t got;

	snprintf(path, sizeof(path), "%s/%s", r->work_dir, name);
	from = fopen(path, "r");
	if (!from) {
		fig_error(r, ERR_OUTPUT, "%s: %s", path, strerror(errno));
		return NULL;
	}
	to = open_memstream(&raw, n);
	while (to && (got = fread(buf, 1, sizeof(buf), from)))
		fwrite(buf, 1, got, to);
	fclose(from);
	if (to)
		fclose(to);
	return raw;
}

static void fig_embed(struct report *r, const char *svg_name, const char *alt, const char *caption)
{
	char *raw, *svg = NULL;
	size_t n = 0, m = 0;
	FILE *to;

	raw = r_slurp(r, svg_name, &n);
	to = raw ? open_memstream(&svg, &m) : NULL;
	if (!to) {
		free(raw);
		fig_error(r, ERR_NOMEM, "out of memory");
		return;
	}
	fig_fonts(to, raw, n);
	fclose(to);
	free(raw);
	fputs("<figure><div class=\"fig\"><img src=\"data:image/svg+xml;base64,", r->html);
	fig_base64(r->html, svg, m);
	h_printf(r->html, "\" alt=\"%s\"></div>\n<figcaption>%s</figcaption></figure>\n", alt,
		 caption);
	free(svg);
}

void r_nodata(struct report *r, const char *what)
{
	h_printf(r->html, "<p class=\"none\">No data: %s.</p>\n", what);
}

static void fig_header(struct rfig *f, const char *script, const char *picture)
{
	const struct report_term_options *t = f->r->term;

	fprintf(f->gp, "# Draws %s: gnuplot %s\n", picture, script);
	if (t)
		fprintf(f->gp, "set terminal dumb %u,%u %s noenhanced\n", t->columns, f->height,
			t->color ? "ansi256" : "mono");
	else
		fprintf(f->gp,
			"set terminal svg size %u,%u font 'DejaVu Sans,12' noenhanced background "
			"'#ffffff'\n",
			R_WIDTH, f->height);
	fprintf(f->gp, "set output '%s'\nload 'style.gp'\n", picture);
	if (!t)
		fputs("set xtics offset 0,.4\nset xlabel offset 0,.7\n", f->gp);
}

void r_figure(struct report *r, const char *name, unsigned int height, const char *body,
	      void (*draw)(struct rfig *f, void *arg), void *arg, const char *alt,
	      const char *caption)
{
	struct rfig f = { .r = r, .name = name, .height = height };
	char script[64], picture[64];

	if (!r->figures || r->ret)
		return;
	snprintf(script, sizeof(script), "%s.gp", name);
	snprintf(picture, sizeof(picture), "%s.%s", name, r->term ? "txt" : "svg");
	f.gp = fig_open(r, script);
	if (!f.gp)
		return;
	fig_header(&f, script, picture);
	f.body_top = 1 - 12.0 / height;
	f.body_bottom = 50.0 / height;
	draw(&f, arg);
	if (!r->term)
		fprintf(f.gp, "body_top = %.4f\nbody_bottom = %.4f\n", f.body_top, f.body_bottom);
	fprintf(f.gp, "load '%s%s.gp'\nunset output\n", r->term ? "term-" : "", body);
	fig_close(r, f.gp, script);
	fig_made(r, picture);
	if (!r->ret)
		fig_run(r, script);
	if (!r->ret && r->term)
		t_embed(r, picture);
	else if (!r->ret)
		fig_embed(r, picture, alt, caption);
}
