// SPDX-License-Identifier: GPL-2.0-or-later
/* Designs by name or from a file: the loading, and what a file's design has to have. */
#include "design-load.h"

#include <ctype.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin-file.h"

/* One that was loaded; none is unloaded, so designs can be pointed to for good. */
struct loaded {
	struct loaded *next;
	struct vgic_design design; /* the file's, but for the name */
	struct design_origin origin;
	char *path; /* resolved */
	char *word;
	char name[DESIGN_NAME_MAX + 1];
	bool renamed; /* by NAME=PATH */
	struct plugin_file file;
};

static struct loaded *all;
static pthread_mutex_t all_mutex = PTHREAD_MUTEX_INITIALIZER;

/* ---- words ---------------------------------------------------------------------- */

static bool is_path(const char *s)
{
	size_t n = strlen(s);

	return strchr(s, '/') || (n > 3 && !strcmp(s + n - 3, ".so"));
}

/* The length of NAME in NAME=PATH, or 0. A path's own '=' comes after a '/'. */
static size_t name_length(const char *word)
{
	size_t n = strcspn(word, "=/");

	return word[n] == '=' && is_path(word + n + 1) ? n : 0;
}

bool design_word_is_file(const char *word)
{
	return is_path(word) || name_length(word);
}

/* ---- what is in one ----------------------------------------------------------------- */

/* It is shown in tables, stands in files' names and on command lines. */
static int check_name(const char *where, const char *name, struct err *err)
{
	size_t n = strnlen(name, DESIGN_NAME_MAX + 1);

	for (size_t i = 0; i < n; i++)
		if (!isascii(name[i]) || !(isalnum(name[i]) || strchr("._-", name[i])))
			return err_set(
				err, ERR_USAGE,
				"%s: name: want letters, digits, \".\", \"_\" and \"-\", have "
				"byte %#x at %zu",
				where, (unsigned char)name[i], i);
	if (!n || n > DESIGN_NAME_MAX)
		return err_set(err, ERR_USAGE, "%s: name: want 1 to %d characters, have %s", where,
			       DESIGN_NAME_MAX, n ? "more" : "none");
	if (!isalnum(name[0]))
		return err_set(err, ERR_USAGE,
			       "%s: name: want a letter or digit first, have \"%s\"", where, name);
	return 0;
}

/* One line of a table, and of a JSON document. */
static int check_text(const char *where, const char *what, const char *text, struct err *err)
{
	enum { MOST = 200 };

	if (!text)
		return err_set(err, ERR_USAGE, "%s: %s: want a string, have NULL", where, what);
	if (strnlen(text, MOST + 1) > MOST)
		return err_set(err, ERR_USAGE, "%s: %s: want at most %d characters, have more",
			       where, what, MOST);
	for (const char *s = text; *s; s++)
		if (*s < 0x20 || *s > 0x7e)
			return err_set(err, ERR_USAGE,
				       "%s: %s: want printable ASCII, have byte %#x", where, what,
				       (unsigned char)*s);
	return 0;
}

static int check_hooks(const char *where, const struct vgic_design *d, struct err *err)
{
	const struct {
		const char *what;
		bool there;
	} hook[] = {
		{ "create", d->create },
		{ "destroy", d->destroy },
		{ "set_state", d->set_state },
		{ "set_enabled", d->set_enabled },
		{ "flush", d->flush },
		{ "restore", d->restore },
		{ "save", d->save },
		{ "sync", d->sync },
		{ "pending", d->pending },
		{ "inject", d->inject },
		{ "mmio", d->mmio },
		/* A GICv2 has no system registers to trap. */
		{ "sysreg_write", d->sysreg_write || !(d->gics & 1u << 3) },
	};

	for (size_t i = 0; i < sizeof(hook) / sizeof(hook[0]); i++)
		if (!hook[i].there)
			return err_set(err, ERR_USAGE, "%s: %s(): want a function, have NULL",
				       where, hook[i].what);
	return 0;
}

static int check_declared(const char *where, const struct vgic_declared *d, struct err *err)
{
	enum { MOST = 1000 }; /* then its end was forgotten */
	unsigned int i;
	char what[32];

	for (i = 0; d && d[i].what; i++) {
		snprintf(what, sizeof(what), "declared[%u]", i);
		if (i == MOST)
			return err_set(err, ERR_USAGE, "%s: declared: want what = NULL at its end",
				       where);
		if ((unsigned int)d[i].found >= VGIC_NR_FINDINGS ||
		    d[i].when >> VGIC_NR_CIRCUMSTANCES)
			return err_set(err, ERR_USAGE,
				       "%s: %s: want a finding and circumstances of vgic-check.h, "
				       "have %u and %#x",
				       where, what, (unsigned int)d[i].found, d[i].when);
		if (check_text(where, what, d[i].what, err))
			return err->code;
	}
	return 0;
}

static int check_design(const char *where, const struct vgic_design *d, struct err *err)
{
	unsigned int known = 1u << 2 | 1u << 3;

	if (!d)
		return err_set(err, ERR_USAGE, "%s: vgicsim_design: want a design, have NULL",
			       where);
	if (!d->name)
		return err_set(err, ERR_USAGE, "%s: name: want a string, have NULL", where);
	if (check_name(where, d->name, err) || check_text(where, "summary", d->summary, err) ||
	    check_text(where, "source", d->source, err) ||
	    check_text(where, "kernel", d->kernel, err))
		return err->code;
	if (!(d->gics & known) || d->gics & ~known)
		return err_set(err, ERR_USAGE,
			       "%s: gics: want bit 2 (GICv2), bit 3 (GICv3) or both, have %#x",
			       where, d->gics);
	if (check_hooks(where, d, err) || check_declared(where, d->declared, err))
		return err->code;
	return 0;
}

/* ---- loading -------------------------------------------------------------------- */

/* dlerror() may name the file first; it is named already. */
static int dl_blame(const char *where, const char *path, struct err *err)
{
	const char *why = dlerror();
	size_t n = strlen(path);

	if (!why)
		why = "unknown reason";
	else if (!strncmp(why, path, n) && !strncmp(why + n, ": ", 2))
		why += n + 2;
	return err_set(err, ERR_USAGE, "%s: could not be loaded: %s", where, why);
}

static int check_free(const struct loaded *l, const char *where, struct err *err)
{
	if (vgic_design_find(l->name))
		return err_set(err, ERR_USAGE,
			       "%s: name: want one that no built-in design has, have %s; "
			       "NAME=PATH gives it another",
			       where, l->name);
	for (const struct loaded *o = all; o; o = o->next)
		if (!strcmp(o->name, l->name))
			return err_set(err, ERR_USAGE,
				       "%s: name: %s is the one of %s already; NAME=PATH gives it "
				       "another",
				       where, l->name, o->path);
	return 0;
}

static enum vgic_handled no_sysreg(void *vgic, struct plat_cpu *cpu, unsigned int vcpu,
				   uint32_t reg, uint64_t val)
{
	return VGIC_NOT_MINE;
}

static int load(struct loaded *l, const char *where, const char *name, size_t name_len,
		struct err *err)
{
	const struct vgic_design *const *symbol, *d;
	const char *slash = strrchr(l->path, '/');
	void *so;

	if (plugin_file_check(where, &l->file, err))
		return err->code;
	so = dlopen(l->path, RTLD_NOW | RTLD_LOCAL);
	if (!so)
		return dl_blame(where, l->path, err);
	symbol = dlsym(so, "vgicsim_design");
	if (!symbol)
		return dl_blame(where, l->path, err);
	d = *symbol;
	if (check_design(where, d, err))
		return err->code;
	if (!name_len)
		name = d->name;
	snprintf(l->name, sizeof(l->name), "%.*s", name_len ? (int)name_len : (int)strlen(name),
		 name);
	if (check_free(l, where, err))
		return err->code;
	l->design = *d;
	l->design.name = l->name;
	l->renamed = name_len;
	if (!d->sysreg_write)
		l->design.sysreg_write = no_sysreg;
	l->origin.file = slash ? slash + 1 : l->path;
	l->origin.digest = l->file.digest;
	l->origin.version = l->file.version;
	return 0;
}

/* NAME of NAME=PATH, before anything is read. */
static int check_given(const char *word, size_t len, struct err *err)
{
	char name[DESIGN_NAME_MAX + 2];

	if (!len)
		return 0;
	snprintf(name, sizeof(name), "%.*s", len < sizeof(name) ? (int)len : (int)sizeof(name) - 1,
		 word);
	return check_name(word, name, err);
}

static const struct vgic_design *load_file(const char *word, struct err *err)
{
	size_t len = name_length(word);
	const char *path = len ? word + len + 1 : word;
	char *resolved = realpath(path, NULL);
	struct loaded *l;

	if (check_given(word, len, err))
		goto out;
	for (l = all; resolved && l; l = l->next) {
		if (strcmp(l->path, resolved) || l->renamed != !!len ||
		    (len && (strncmp(l->name, word, len) || l->name[len])))
			continue;
		free(resolved);
		return &l->design;
	}
	l = calloc(1, sizeof(*l));
	if (!l) {
		err_set(err, ERR_NOMEM, "out of memory");
		goto out;
	}
	l->path = resolved ? resolved : strdup(path);
	l->word = strdup(word);
	l->origin.word = l->word;
	if (!l->path || !l->word)
		err_set(err, ERR_NOMEM, "out of memory");
	else if (!load(l, path, word, len, err)) {
		l->next = all;
		all = l;
		return &l->design;
	}
	free(l->path);
	free(l->word);
	free(l);
	return NULL;
out:
	free(resolved);
	return NULL;
}

const struct vgic_design *design_load(const char *word, struct err *err)
{
	const struct vgic_design *d;

	if (design_word_is_file(word)) {
		pthread_mutex_lock(&all_mutex);
		d = load_file(word, err);
		pthread_mutex_unlock(&all_mutex);
		return d;
	}
	d = vgic_design_find(word);
	if (!d)
		err_set(err, ERR_USAGE,
			"-d %s: no such design; \"vgicsim list designs\" names them, and a file "
			"is ./%s.so",
			word, word);
	return d;
}

const struct design_origin *design_origin(const struct vgic_design *design)
{
	const struct loaded *l;

	pthread_mutex_lock(&all_mutex);
	l = all;
	while (l && design != &l->design)
		l = l->next;
	pthread_mutex_unlock(&all_mutex);
	return l ? &l->origin : NULL;
}

const char *design_word(const struct vgic_design *design)
{
	const struct design_origin *from = design_origin(design);

	return from ? from->word : design->name;
}
