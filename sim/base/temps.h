/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files and directories that must not outlive us: what is written beside its
 * target, what gnuplot works in. Whoever makes one says so here, so that a
 * handler of deadly signals can take it away. One thread at a time changes
 * the list; temps_remove() may interrupt it anywhere.
 */
#ifndef TEMPS_H
#define TEMPS_H

/*
 * @path, which stays the caller's and must not change, exists from now on. A
 * directory comes before what is in it. Beyond 1024 none is remembered.
 */
void temps_add(const char *path);

/* The same pointer: it was renamed or removed, or soon is, and may be freed. */
void temps_drop(const char *path);

/* Remove all that was added, the latest first. Async-signal-safe. */
void temps_remove(void);

/*
 * What a rename to @path must go to so that symbolic links stay: what they lead
 * to, be it there yet or not. The caller frees; NULL and errno: no memory, or
 * links without end.
 */
char *temps_target(const char *path);

#endif
