/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A design by the word that a user gives: the name of one that is built in, or a
 * file (vgic-plugin.h). Every command that takes a design asks here.
 *
 * A file is code, and runs with the rights of who loads it; what is checked is that
 * it was built for this program. It stays loaded until the program ends. Any thread
 * may ask.
 */
#ifndef DESIGN_LOAD_H
#define DESIGN_LOAD_H

#include "err.h"
#include "vgic-design.h"

#define DESIGN_NAME_MAX	31	/* of one from a file: letters, digits, '.', '_', '-' */

/*
 * @word is NAME, PATH or NAME=PATH; a path has a '/' in it or ends in ".so". With
 * NAME= the design goes by that name instead of its own, so that two builds of one
 * can be compared. The same word gives the same design. NULL with ERR_USAGE.
 */
const struct vgic_design *design_load(const char *word, struct err *err);

/* Whether @word names a file. */
bool design_word_is_file(const char *word);

/* Where a design is from: what a result has to say of it. */
struct design_origin {
	const char *word;	/* that it was loaded by */
	const char *file;	/* without folders */
	uint64_t digest;	/* XXH3 of the file's bytes */
	const char *version;	/* of vgicsim, whose headers it was built with */
};
/* NULL for one that is built in. Lives as long as the design. */
const struct design_origin *design_origin(const struct vgic_design *design);

/* What "-d" takes to mean @design: its name, or the word of its file. */
const char *design_word(const struct vgic_design *design);

#endif
