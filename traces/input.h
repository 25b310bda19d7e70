/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening a file of any form: what it is, by its first (decompressed) bytes,
 * and a way to read on even where there is no way back (stdin, pipes).
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

enum input_form { INPUT_PCAP, INPUT_TEXT };

struct input {
	const char *name; /* for messages: the path, or "stdin" */
	enum input_form form;
	bool swapped; /* pcap in the other byte order */
	bool compressed;
	bool cut_short; /* .xz without its end: decoding cannot tell */
	uint64_t size;	/* of a regular file, else 0 */
	struct input_priv *priv;
};

/*
 * Open @path ("-": stdin), recognise it. Everything that is not one of our two
 * forms is an error that says what it is. 0, or ERR_INPUT and @err.
 */
int input_open(struct input *in, const char *path, struct err *err);

/*
 * For a pcap: the path under which libtrace finds it. Where the bytes cannot
 * be read twice, a thread feeds a pipe from now on. NULL and @err on failure.
 */
const char *input_pcap_path(struct input *in, struct err *err);

/* For text: as read(2) on the decompressed bytes; -1 if they are damaged. */
ssize_t input_read(struct input *in, void *buf, size_t n);

/* After whatever reads from input_pcap_path() has been closed. */
void input_close(struct input *in);

#endif
