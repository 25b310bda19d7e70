/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command with its standard output thrown away and prints, on its own,
 * wall time and CPU time of all threads in microseconds, and the peak of
 * resident memory in KiB. Exit status: the command's.
 *
 *   measure COMMAND [ARGUMENT...]
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t us(const struct timeval *t)
{
	return (int64_t)t->tv_sec * 1000000 + t->tv_usec;
}

int main(int argc, char **argv)
{
	struct timespec begun, ended;
	struct rusage ru;
	int status;
	pid_t pid;

	if (argc < 2) {
		fputs("usage: measure COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &begun);
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0)
			execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &ru) != pid) {
		perror("measure");
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	printf("%jd %jd %ld\n",
	       (intmax_t)(ended.tv_sec - begun.tv_sec) * 1000000 +
		       (ended.tv_nsec - begun.tv_nsec) / 1000,
	       (intmax_t)(us(&ru.ru_utime) + us(&ru.ru_stime)), ru.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
