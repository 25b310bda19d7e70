// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads a trace.dat in a child process. libtracecmd 3.1.6 and libtraceevent
 * 1.7.1 crash, loop, leak and talk to stderr on corrupt files; all of that
 * stays in the child, which sends what it reads through a pipe. The rule: the
 * libraries never run in the process of the user's command, and however the
 * child ends, the command ends with a message and a status of its own.
 *
 * Left out: a child that means harm. What it sends is checked as far as a
 * crash would garble it.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "import-event.h"

#define APART_CPU_SECONDS 600
#define APART_BUF	  (64 * 1024)

enum apart_kind { APART_NAME, APART_EVENT, APART_END, APART_NR };

struct apart_head {
	uint32_t kind, bytes;
};

struct apart_event {
	struct ev ev; /* its comm is not NULL: the one below */
	char comm[EV_COMM_MAX];
};

struct apart_end {
	int rc;
	struct imp_info info;
	struct err err;
};

/* ---- the child ---------------------------------------------------------- */

struct apart_sender {
	int fd;
	struct ev_names names;
	uint32_t nr_sent; /* names */
	size_t n;
	char buf[APART_BUF];
};

/* The other end is gone: there is nobody to tell. */
static void sender_flush(struct apart_sender *s)
{
	for (size_t at = 0; at < s->n;) {
		ssize_t n = write(s->fd, s->buf + at, s->n - at);

		if (n < 0 && errno != EINTR)
			_exit(0);
		at += n > 0 ? (size_t)n : 0;
	}
	s->n = 0;
}

static void send_one(struct apart_sender *s, enum apart_kind kind, const void *data, size_t bytes)
{
	const struct apart_head head = { kind, (uint32_t)bytes };

	if (sizeof(s->buf) - s->n < sizeof(head) + bytes)
		sender_flush(s);
	memcpy(s->buf + s->n, &head, sizeof(head));
	memcpy(s->buf + s->n + sizeof(head), data, bytes);
	s->n += sizeof(head) + bytes;
}

static int send_event(void *arg, const struct ev *ev, struct err *err)
{
	struct apart_sender *s = arg;
	struct apart_event e;

	(void)err;
	for (; s->nr_sent < s->names.nr; s->nr_sent++) {
		const char *name = s->names.v[s->nr_sent].name;

		send_one(s, APART_NAME, name, strnlen(name, APART_BUF / 2));
	}
	memcpy(&e.ev, ev, sizeof(e.ev));
	memset(e.comm, 0, sizeof(e.comm));
	if (ev->comm)
		strncpy(e.comm, ev->comm, sizeof(e.comm) - 1);
	send_one(s, APART_EVENT, &e, sizeof(e));
	return 0;
}

__attribute__((noreturn)) static void apart_child(const struct imp_input *in, int fd)
{
	static const int deadly[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGPIPE, SIGXCPU };
	const struct rlimit cpu = { APART_CPU_SECONDS, APART_CPU_SECONDS };
	struct apart_sender *s = calloc(1, sizeof(*s));
	struct apart_end end;

	/* Whoever catches these means himself, not this child. */
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		signal(deadly[i], SIG_DFL);
	if (!s || !freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout))
		_exit(1);
	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	s->fd = fd;
	memset(&end, 0, sizeof(end));
	end.info.missing_from = -1;
	end.rc = imp_read_dat(in, &s->names, &end.info, send_event, s, &end.err);
	send_one(s, APART_END, &end, sizeof(end));
	sender_flush(s);
	ev_names_free(&s->names);
	free(s);
	_exit(0);
}

/* ---- the parent --------------------------------------------------------- */

struct apart_receiver {
	const struct imp_input *in;
	struct ev_names *names;
	struct imp_info *info;
	ev_sink sink;
	void *arg;
	struct err *err;
	int fd;
	uint32_t *name; /* ours, by the child's number */
	uint32_t nr_names;
	uint64_t nr_events;
	bool ended, eof;
	size_t at, n;
	char buf[APART_BUF];
};

/* @bytes of the stream, or NULL at its end. They are aligned for nobody. */
static const char *receive(struct apart_receiver *r, size_t bytes)
{
	while (r->n - r->at < bytes) {
		ssize_t n;

		memmove(r->buf, r->buf + r->at, r->n - r->at);
		r->n -= r->at;
		r->at = 0;
		n = read(r->fd, r->buf + r->n, sizeof(r->buf) - r->n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			r->eof = true;
			return NULL;
		}
		r->n += (size_t)n;
	}
	r->at += bytes;
	return r->buf + r->at - bytes;
}

static int receive_name(struct apart_receiver *r, const char *name, size_t len)
{
	int64_t id = ev_names_get(r->names, name, len);
	uint32_t *more = reallocarray(r->name, r->nr_names + 1, sizeof(*more));

	if (more)
		r->name = more;
	if (id < 0 || !more)
		return err_set(r->err, ERR_NOMEM, "out of memory");
	r->name[r->nr_names++] = (uint32_t)id;
	return 0;
}

static int garbled(struct apart_receiver *r)
{
	return err_set(r->err, ERR_INPUT,
		       "%s: event %llu: want a trace.dat that can be read, have one on which "
		       "libtracecmd goes wrong",
		       r->in->shown, (unsigned long long)r->nr_events + 1);
}

/* What the importer uses as an index or a length. */
static bool is_sound(const struct apart_receiver *r, const struct ev *ev)
{
	switch (ev->kind) {
	case EV_ENTRY_LRS:
	case EV_EXIT_LRS:
	case EV_VGIC_LRS:
		return ev->name < r->nr_names && ev->lrs.nr <= EV_MAX_LRS;
	case EV_EXIT:
		return ev->name < r->nr_names && ev->exit.reason < EXIT_NR_REASONS;
	case EV_IRQ_ENTRY:
		return ev->name < r->nr_names && !ev->irq.name[REC_NAME_MAX - 1];
	case EV_IPI_ENTRY:
	case EV_IPI_RAISE:
		return ev->name < r->nr_names && !ev->ipi.reason[REC_NAME_MAX - 1];
	case EV_SCHED_SWITCH:
		return ev->name < r->nr_names && !ev->sched.next_comm[EV_COMM_MAX - 1];
	case EV_LOST:
		return true;
	default:
		return ev->kind < EV_NR_KINDS && ev->name < r->nr_names;
	}
}

static int receive_event(struct apart_receiver *r, const char *data)
{
	struct apart_event e;

	memcpy(&e, data, sizeof(e));
	e.comm[sizeof(e.comm) - 1] = '\0';
	if (!is_sound(r, &e.ev))
		return garbled(r);
	e.ev.comm = e.ev.comm ? e.comm : NULL;
	e.ev.name = e.ev.kind == EV_LOST ? 0 : r->name[e.ev.name];
	r->nr_events++;
	return r->sink(r->arg, &e.ev, r->err);
}

/* 0 as long as there is more to come; at the end of the stream nothing is said yet. */
static int receive_one(struct apart_receiver *r)
{
	struct apart_head head;
	struct apart_end end;
	const char *p = receive(r, sizeof(head));

	if (!p)
		return ERR_INPUT;
	memcpy(&head, p, sizeof(head));
	if (head.kind >= APART_NR || head.bytes > sizeof(r->buf) / 2)
		return garbled(r);
	p = receive(r, head.bytes);
	if (!p)
		return ERR_INPUT;
	if (head.kind == APART_NAME)
		return receive_name(r, p, head.bytes);
	if (head.kind == APART_EVENT)
		return head.bytes == sizeof(struct apart_event) ? receive_event(r, p) : garbled(r);
	if (head.bytes != sizeof(end))
		return garbled(r);
	memcpy(&end, p, sizeof(end));
	end.err.msg[sizeof(end.err.msg) - 1] = '\0';
	r->ended = true;
	*r->info = end.info;
	if (end.rc)
		*r->err = end.err;
	return end.rc;
}

/* The child is gone without a word: of what? */
static int say_how_it_ended(struct apart_receiver *r, int status)
{
	if (!WIFSIGNALED(status))
		return err_set(r->err, ERR_INPUT,
			       "%s: event %llu: want a trace.dat that can be read, have one on "
			       "which libtracecmd ends with status %d",
			       r->in->shown, (unsigned long long)r->nr_events + 1,
			       WEXITSTATUS(status));
	return err_set(r->err, ERR_INPUT,
		       "%s: event %llu: want a trace.dat that can be read, have one on which "
		       "libtracecmd %s (signal %d)",
		       r->in->shown, (unsigned long long)r->nr_events + 1,
		       WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL
			       ? "does not come to an end"
			       : "crashes",
		       WTERMSIG(status));
}

int imp_read_dat_apart(const struct imp_input *in, struct ev_names *names, struct imp_info *info,
		       ev_sink sink, void *arg, struct err *err)
{
	struct apart_receiver *r = calloc(1, sizeof(*r));
	int fd[2], status = 0, rc = 0;
	pid_t pid;

	if (!r)
		return err_set(err, ERR_NOMEM, "out of memory");
	*r = (struct apart_receiver){
		.in = in, .names = names, .info = info, .sink = sink, .arg = arg, .err = err
	};
	if (pipe(fd)) {
		free(r);
		return err_set(err, ERR_NOMEM, "%s: cannot make a pipe: %s", in->shown,
			       strerror(errno));
	}
	pid = fork();
	if (!pid) {
		close(fd[0]);
		apart_child(in, fd[1]);
	}
	close(fd[1]);
	if (pid < 0) {
		rc = err_set(err, ERR_NOMEM, "%s: cannot start a process: %s", in->shown,
			     strerror(errno));
		close(fd[0]);
		goto out;
	}
	r->fd = fd[0];
	while (!rc && !r->ended)
		rc = receive_one(r);
	close(fd[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r->eof)
		rc = say_how_it_ended(r, status);
out:
	free(r->name);
	free(r);
	return rc;
}
