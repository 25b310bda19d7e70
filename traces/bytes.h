/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a file, decompressed where it is .gz, .bz2 or .xz by its
 * content: for readers that do not need to know which.
 */
#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct bytes;

/* "-" is stdin. NULL, and errno, if it cannot be opened or there is no memory. */
struct bytes *bytes_open(const char *path);

/* The bytes as they are, compressed or not. */
struct bytes *bytes_open_plain(const char *path);

/*
 * As read(2): 0 is the end, -1 that what is compressed is cut short or damaged
 * and cannot be decompressed from here on (or that the file cannot be read).
 */
ssize_t bytes_read(struct bytes *b, void *buf, size_t n);

/* Is it compressed? Not known of stdin: false. */
bool bytes_packed(const struct bytes *b);

/* NULL is fine. */
void bytes_close(struct bytes *b);

#endif
