// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writing where it goes wrong: nothing is left behind, what was there stays,
 * and no error is lost.
 */
#include "test-util.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const struct trace_meta meta = { .gic = 3, .nr_vcpus = 1, .nr_pcpus = 1 };

/* @n entries to @path. 0 or the error, with no writer left. */
static int write_some(const char *path, unsigned int n, struct err *err)
{
	struct trace_rec rec = { .kind = REC_ENTRY, .ctx = CTX_VCPU, .flags = REC_HAS_PC };
	struct trace_writer *w = trace_create(path, &meta, err);
	uint64_t noise = 88172645463325252u;
	int rc = 0;

	if (!w)
		return err->code;
	for (unsigned int i = 0; i < n && !rc; i++) {
		noise ^= noise << 13;
		noise ^= noise >> 7;
		noise ^= noise << 17;
		rec.time_ns = i;
		rec.d.entry.pc = noise; /* so that it does not compress away */
		rc = trace_write(w, &rec, err);
	}
	if (rc) {
		trace_abort(w);
		return rc;
	}
	return trace_commit(w, err);
}

static unsigned int files_in_dir(void)
{
	DIR *d = opendir(tu_dir);
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static int setup(void **state)
{
	/* A file that may grow no further is the disk that is full. */
	signal(SIGXFSZ, SIG_IGN);
	return tu_setup(state);
}

static void test_no_space(void **state)
{
	static const char *const names[] = { "a.pcap",	  "a.pcap.gz", "a.pcap.bz2",
					     "a.pcap.xz", "a.vgt",     "a.vgt.gz" };
	struct rlimit old, small;
	struct err err;

	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = tu_path(names[i]);
		int rc;

		tu_write(path, "old", 3);
		small.rlim_cur = 10000;
		setrlimit(RLIMIT_FSIZE, &small);
		rc = write_some(path, 20000, &err);
		setrlimit(RLIMIT_FSIZE, &old);
		if (rc != ERR_OUTPUT)
			fail_msg("%s: want an error, have %d", names[i], rc);
		assert_int_equal(strncmp(err.msg, path, strlen(path)), 0);
		assert_int_equal(files_in_dir(), 1);
		{
			size_t n;
			char *text = tu_read(path, &n);

			assert_string_equal(text, "old");
			free(text);
		}
		/* And with space again it is replaced. */
		assert_int_equal(write_some(path, 20000, &err), 0);
		assert_int_equal(files_in_dir(), 1);
		unlink(path);
	}
}

static void test_devices(void **state)
{
	struct stat st;
	struct err err;

	assert_int_equal(write_some("/dev/full", 10, &err), ERR_OUTPUT);
	assert_non_null(strstr(err.msg, strerror(ENOSPC)));
	assert_int_equal(write_some("/dev/full", 20000, &err), ERR_OUTPUT);
	assert_int_equal(write_some("/dev/null", 10, &err), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void test_nowhere(void **state)
{
	struct err err;

	assert_int_equal(write_some(tu_path("no/such.pcap"), 1, &err), ERR_OUTPUT);
	assert_non_null(strstr(err.msg, "No such file"));
	assert_int_equal(write_some(tu_dir, 1, &err), ERR_OUTPUT);
	assert_non_null(strstr(err.msg, "directory"));
	assert_int_equal(write_some("", 1, &err), ERR_OUTPUT);
	assert_int_equal(files_in_dir(), 0);
}

/* What a link points to is replaced, not the link. */
static void test_link(void **state)
{
	const char *file = tu_path("file.pcap"), *link = tu_path("link.pcap");
	struct stat st;
	struct err err;

	tu_write(file, "old", 3);
	assert_int_equal(symlink(file, link), 0);
	assert_int_equal(write_some(link, 1, &err), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(file, &st), 0);
	assert_true(st.st_size > 100);
	/* Also where it leads to nothing yet, and by way of another, relative one. */
	unlink(file);
	unlink(link);
	assert_int_equal(symlink("second.pcap", link), 0);
	assert_int_equal(symlink("file.pcap", tu_path("second.pcap")), 0);
	assert_int_equal(write_some(link, 1, &err), 0);
	assert_int_equal(lstat(file, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink(tu_path("second.pcap"));
	unlink(file);
	unlink(link);
	/* Links that lead round and round to nowhere. */
	assert_int_equal(symlink("link.pcap", link), 0);
	assert_int_equal(write_some(link, 1, &err), ERR_OUTPUT);
	unlink(link);
}

/* A bad record ends the writing, and says which. */
static void test_bad_records(void **state)
{
	struct trace_rec good = { .time_ns = 5, .kind = REC_ENTRY, .ctx = CTX_VCPU };
	struct trace_rec lrs = { .time_ns = 5, .kind = REC_LRS, .ctx = CTX_VCPU };
	const char *path = tu_path("b.pcap");
	struct trace_meta bad_meta = meta;
	struct trace_rec bad = good;
	struct trace_writer *w;
	struct err err;

	for (int i = 0; i < 5; i++) {
		w = trace_create(path, &meta, &err);
		assert_non_null(w);
		assert_int_equal(trace_write(w, &good, &err), 0);
		bad = good;
		lrs.d.lrs.nr = 5;
		if (i == 0)
			bad.time_ns = 4;
		else if (i == 1)
			bad.ctx_id = 1;
		else if (i == 2)
			bad.time_ns = UINT64_C(1000000000) << 32;
		else if (i == 3)
			assert_int_equal(trace_write(w, &lrs, &err), 0);
		else
			bad = lrs; /* is right, but the rest of it never comes */
		assert_int_equal(trace_write(w, &bad, &err), i == 4 ? 0 : ERR_INPUT);
		assert_int_equal(trace_commit(w, &err), ERR_INPUT);
		assert_non_null(strstr(err.msg, i == 3 ? "record 3: " : "record 2: "));
		assert_int_equal(access(path, F_OK), -1);
	}
	bad_meta.nr_vcpus = 0;
	assert_null(trace_create(path, &bad_meta, &err));
	assert_int_equal(files_in_dir(), 0);
	w = trace_create(path, &meta, &err);
	trace_abort(w);
	trace_abort(NULL);
	assert_int_equal(files_in_dir(), 0);
}

/* A pipe cannot be read twice, in any form; nor left early with a signal. */
static void test_pipes(void **state)
{
	static const char *const names[] = { "c.pcap", "c.pcap.gz", "c.vgt", "c.vgt.xz" };
	const struct trace_rec *rec;
	char cmd[1024];
	struct err err;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = tu_path(names[i]), *fifo = tu_path("fifo");
		struct trace_reader *r;
		uint64_t n = 0;
		int rc;

		assert_int_equal(write_some(path, 20000, &err), 0);
		for (int early = 0; early < 2; early++) {
			snprintf(cmd, sizeof(cmd), "mkfifo '%s'; cat '%s' > '%s' 2>/dev/null &",
				 fifo, path, fifo);
			assert_int_equal(system(cmd), 0);
			while (access(fifo, F_OK))
				usleep(1000);
			r = trace_open(fifo, &err);
			if (!r)
				fail_msg("%s", err.msg);
			n = 0;
			while ((rc = trace_next(r, &rec, &err)) > 0 && !(early && n == 10))
				n++;
			assert_int_equal(rc, early);
			assert_int_equal(n, early ? 10 : 20000);
			trace_close(r);
			unlink(fifo);
		}
		unlink(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_space),    cmocka_unit_test(test_devices),
		cmocka_unit_test(test_nowhere),	    cmocka_unit_test(test_link),
		cmocka_unit_test(test_bad_records), cmocka_unit_test(test_pipes),
	};

	return cmocka_run_group_tests(tests, setup, tu_teardown);
}
