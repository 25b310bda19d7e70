/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a design, read and not yet run: is it one, and for this program? */
#ifndef PLUGIN_FILE_H
#define PLUGIN_FILE_H

#include <stdint.h>

#include "err.h"

struct plugin_file {
	uint64_t digest;	/* XXH3 of its bytes */
	char version[20];	/* of vgicsim, whose headers it was built with */
};

/*
 * Reads @path: ERR_USAGE with one line that names it, if it is no shared object of
 * this machine's with a note that says it was built with this program's headers.
 */
int plugin_file_check(const char *path, struct plugin_file *f, struct err *err);

#endif
