/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "key = value  [p] source": what the INI files of host profiles and workloads
 * have in common. A value that names no source is refused.
 */
#ifndef TAGGED_H
#define TAGGED_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define TAGGED_MAX_LINE	200	/* inih cuts what is longer, silently */

/*
 * One line with its newline, before inih sees it, which would cut it or read
 * something else into it. NULL, or what is wrong with it.
 */
const char *tagged_line_refuse(const char *line, size_t room);

/*
 * "34.4ns  [p] source text" into @value (of @len bytes), one of the letters p
 * (published), d (derived), a (assumed), and where in @text the source begins.
 * False and @why: what was wanted.
 */
bool tagged_split(const char *text, char *value, size_t len, char *tag, const char **source,
		  const char **why);

#endif
