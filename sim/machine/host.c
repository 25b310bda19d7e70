// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Host profiles: INI files in which every value names its source.
 *
 *	[host]
 *	summary = what machine this is
 *	[cost]
 *	c2c_near = 34.4ns  [p] core-to-core CAS, same cluster, …
 *
 * The tag is [p]ublished, [d]erived (the source text has the formula) or
 * [a]ssumed. Parsed by inih, whose limits are checked here so that none of
 * them cuts a line silently: lines under 200 bytes, no " ;" inside a value.
 */
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "machine.h"
#include "tagged.h"
#include "units.h"

#define T(k, h)                                                                                    \
	{                                                                                          \
		.key = k, .kind = HKK_TIME, .help = h                                              \
	}
#define C(k, h)                                                                                    \
	{                                                                                          \
		.key = k, .kind = HKK_COUNT, .help = h                                             \
	}

const struct host_key_info host_keys[HK_NR] = {
	[HK_CPUS] = C("cpus", "CPUs of the host"),
	[HK_CLUSTER_CPUS] = C("cluster_cpus", "CPUs of a cluster (distance: near)"),
	[HK_DIE_CPUS] = C("die_cpus", "CPUs of a die"),
	[HK_SOCKET_CPUS] = C("socket_cpus", "CPUs of a socket"),
	[HK_CLOCK_KHZ] = C("clock_khz", "CPU clock, kHz (told, not used: see insn)"),
	[HK_GIC] = C("gic", "2 or 3: the GIC architecture of the virtual interface"),
	[HK_NR_LRS] = C("nr_lrs", "list registers"),
	[HK_PRI_BITS] = C("pri_bits", "virtual priority bits"),
	[HK_VHE] = C("vhe", "1: the host kernel runs at EL2"),
	[HK_INSN_PS] = T("insn", "one instruction of straight-line kernel code"),
	[HK_L1] = T("l1", "a line in the CPU's own cache"),
	[HK_LLC] = T("llc", "a clean shared line, from the socket's last-level cache"),
	[HK_DRAM] = T("dram", "a line in no cache"),
	[HK_C2C_NEAR] = T("c2c_near", "a line from another CPU of the cluster, one way"),
	[HK_C2C_DIE] = T("c2c_die", "… from another cluster of the die"),
	[HK_C2C_XDIE] = T("c2c_xdie", "… from another die of the socket"),
	[HK_C2C_XSOCK] = T("c2c_xsock", "… from another socket"),
	[HK_ATOMIC_OWN] = T("atomic_own", "atomic on a line that the CPU has alone"),
	[HK_ATOMIC_MODE] = C("atomic_mode", "0 near LSE, 1 far LSE, 2 LL/SC"),
	[HK_TRAP_IN] = T("trap_in", "exception from the guest to EL2"),
	[HK_TRAP_OUT] = T("trap_out", "exception return to the guest"),
	[HK_WS_SAVE] = T("ws_save", "world switch out of the guest, vgic excluded"),
	[HK_WS_RESTORE] = T("ws_restore", "world switch into the guest, vgic excluded"),
	[HK_GICH_R] = T("gich_r", "GICv2: one GICH_* read (it blocks)"),
	[HK_GICH_W] = T("gich_w", "GICv2: one GICH_* write (posted)"),
	[HK_ICH_R] = T("ich_r", "GICv3: one ICH_*_EL2 read"),
	[HK_ICH_W] = T("ich_w", "GICv3: one ICH_*_EL2 write"),
	[HK_ISB] = T("isb", "one ISB or DSB"),
	[HK_GICD_R] = T("gicd_r", "a read of the physical distributor or redistributor"),
	[HK_GICD_W] = T("gicd_w", "a write of it"),
	[HK_SRCU] = T("srcu", "enter or leave an SRCU read side"),
	[HK_MMIO_DISPATCH] = T("mmio_dispatch", "abort decode outside the vgic's dispatch"),
	[HK_SYSREG_DISPATCH] = T("sysreg_dispatch", "trapped system register, likewise"),
	[HK_HANDLE_EXIT] = T("handle_exit", "run loop and exit handler of any exit"),
	[HK_HVC] = T("hvc", "the work of a null hypercall's handler"),
	[HK_USER_TRIP] = T("user_trip", "KVM_RUN's return to the VMM and back"),
	[HK_SGI_PHYS] = T("sgi_phys", "SGI written until the exception at its target"),
	[HK_IPI_SEND] = T("ipi_send", "the sender's register write"),
	[HK_HOST_IRQ] = T("host_irq", "handling of a host interrupt"),
	[HK_VIRQ_ENTRY] = T("virq_entry", "guest vector and IAR read after an entry"),
	[HK_VEOI] = T("veoi", "the guest's IAR and EOI pair"),
	[HK_WFI_BLOCK] = T("wfi_block", "to schedule out on WFI"),
	[HK_WFI_WAKE] = T("wfi_wake", "woken until it runs, at the sleeper"),
	[HK_WAKE_SEND] = T("wake_send", "to wake it, at the waker"),
};

#undef T
#undef C

/* Plain numbers have bounds; times may be anything up to a second. */
static const struct {
	uint64_t min, max;
} host_bounds[HK_NR] = {
	[HK_CPUS] = { 1, 1024 },
	[HK_CLUSTER_CPUS] = { 1, 1024 },
	[HK_DIE_CPUS] = { 1, 1024 },
	[HK_SOCKET_CPUS] = { 1, 1024 },
	[HK_CLOCK_KHZ] = { 1, 10000000 },
	[HK_GIC] = { 2, 3 },
	[HK_NR_LRS] = { 1, 64 },
	[HK_PRI_BITS] = { 5, 7 },
	[HK_VHE] = { 0, 1 },
	[HK_ATOMIC_MODE] = { 0, 2 },
};

#define HOST_MAX_TIME_PS UINT64_C(1000000000000) /* 1s, as messages say */

struct host_parser {
	struct host *host;
	struct err *err;
	FILE *file;
	const char *path;
	unsigned int line;
	unsigned int seen[HK_NR]; /* the line, 0: not yet */
	bool failed, has_summary;
};

static int host_find_key(const char *key, size_t len)
{
	for (int i = 0; i < HK_NR; i++) {
		if (strlen(host_keys[i].key) == len && !memcmp(host_keys[i].key, key, len))
			return i;
	}
	return -1;
}

static int host_parse_value(struct cost *c, int key, const char *value, struct err *err)
{
	const char *name = host_keys[key].key;
	uint64_t n;
	struct vtime t;

	if (host_keys[key].kind == HKK_TIME) {
		if (!units_parse_time(value, &t))
			return err_set(err, ERR_USAGE,
				       "%s: want a time with its unit, as 40ns, have \"%s\"", name,
				       value);
		if (t.ps > HOST_MAX_TIME_PS)
			return err_set(err, ERR_USAGE, "%s: want at most 1s, have \"%s\"", name,
				       value);
		if (key == HK_INSN_PS && !t.ps)
			return err_set(err, ERR_USAGE, "%s: want more than 0, have \"%s\"", name,
				       value);
		c->time = t;
		c->count = 0;
		return 0;
	}
	if (!units_parse_u64(value, &n) || n < host_bounds[key].min || n > host_bounds[key].max)
		return err_set(err, ERR_USAGE, "%s: want %llu..%llu, have \"%s\"", name,
			       (unsigned long long)host_bounds[key].min,
			       (unsigned long long)host_bounds[key].max, value);
	c->count = n;
	c->time = VT_ZERO;
	return 0;
}

static void host_digest(struct host *host)
{
	uint64_t words[2 * HK_NR];

	for (int i = 0; i < HK_NR; i++) {
		words[2 * i] = host->c[i].time.ps;
		words[2 * i + 1] = host->c[i].count;
	}
	host->digest = XXH3_64bits(words, sizeof(words));
}

static int host_fail(struct host_parser *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Keep the first failure; 0 is inih's word for "stop complaining further". */
static int host_fail(struct host_parser *p, const char *fmt, ...)
{
	va_list ap;

	if (p->failed)
		return 0;
	p->failed = true;
	va_start(ap, fmt);
	err_vset(p->err, ERR_USAGE, fmt, ap);
	va_end(ap);
	err_prefix(p->err, "%s: line %u", p->path, p->line);
	return 0;
}

static enum cost_tag host_tag(char tag)
{
	return tag == 'p' ? COST_PUBLISHED : tag == 'd' ? COST_DERIVED : COST_ASSUMED;
}

/* "34.4ns  [p] source text" */
static int host_parse_cost(struct host_parser *p, int key, const char *text)
{
	struct cost *c = &p->host->c[key];
	const char *source, *why;
	char value[64], tag;
	struct err err;

	if (!tagged_split(text, value, sizeof(value), &tag, &source, &why))
		return host_fail(p, "%s: %s", host_keys[key].key, why);
	if (host_parse_value(c, key, value, &err))
		return host_fail(p, "%s", err.msg);
	c->tag = host_tag(tag);
	if (strlen(source) >= sizeof(c->source))
		return host_fail(p, "%s: source longer than %zu bytes", host_keys[key].key,
				 sizeof(c->source) - 1);
	strcpy(c->source, source);
	return 1;
}

static int host_entry(void *user, const char *section, const char *name, const char *value)
{
	struct host_parser *p = user;
	int key;

	if (!strcmp(section, "host") && !strcmp(name, "summary")) {
		if (p->has_summary)
			return host_fail(p, "summary: here a second time");
		if (!*value || strlen(value) >= sizeof(p->host->summary))
			return host_fail(p, "summary: want 1 to %zu bytes",
					 sizeof(p->host->summary) - 1);
		p->has_summary = true;
		strcpy(p->host->summary, value);
		return 1;
	}
	key = strcmp(section, "cost") ? -1 : host_find_key(name, strlen(name));
	if (key < 0)
		return host_fail(p, "unknown key \"%s\" in section \"%s\"", name, section);
	if (p->seen[key])
		return host_fail(p, "%s: here a second time, first in line %u", name, p->seen[key]);
	p->seen[key] = p->line;
	return host_parse_cost(p, key, value);
}

/* fgets() that counts lines and refuses what inih would cut. */
static char *host_reader(char *buf, int size, void *stream)
{
	struct host_parser *p = stream;
	char line[1024];
	const char *bad;

	if (p->failed || !fgets(line, sizeof(line), p->file))
		return NULL;
	p->line++;
	bad = tagged_line_refuse(line, (size_t)size);
	if (bad) {
		host_fail(p, "%s", bad);
		return NULL;
	}
	strcpy(buf, line);
	return buf;
}

static int host_read(struct host *host, const char *path, const char *name, struct err *err)
{
	struct host_parser p = { .host = host, .err = err, .path = path };
	struct err local;
	int bad;

	if (!err)
		p.err = err = &local;
	memset(host, 0, sizeof(*host));
	p.file = fopen(path, "r");
	if (!p.file)
		return err_set(err, ERR_USAGE, "%s: %s", path, strerror(errno));
	snprintf(host->name, sizeof(host->name), "%s", name);
	snprintf(host->path, sizeof(host->path), "%s", path);
	bad = ini_parse_stream(host_reader, &p, host_entry, &p);
	fclose(p.file);
	if (p.failed)
		return err->code;
	if (bad)
		return err_set(err, ERR_USAGE, "%s: line %d: want [section] or key = value", path,
			       bad);
	if (!p.has_summary)
		return err_set(err, ERR_USAGE, "%s: line %u: end of file without key \"summary\"",
			       path, p.line);
	for (int i = 0; i < HK_NR; i++) {
		if (!p.seen[i])
			return err_set(err, ERR_USAGE,
				       "%s: line %u: end of file without key \"%s\"", path, p.line,
				       host_keys[i].key);
	}
	host_digest(host);
	return 0;
}

/* ---- where they are ----------------------------------------------------- */

#define HOST_NR_DIRS 3

static const char *host_dir(unsigned int n)
{
	static const char *const dirs[HOST_NR_DIRS] = { NULL, HOSTS_SOURCE_DIR, HOSTS_INSTALL_DIR };

	return n ? dirs[n] : getenv("VGICSIM_HOSTS");
}

int host_load(struct host *host, const char *name_or_file, struct err *err)
{
	size_t len = strlen(name_or_file);
	const char *slash = strrchr(name_or_file, '/');
	char path[sizeof(host->path)], name[sizeof(host->name)];

	if (slash || (len > 4 && !strcmp(name_or_file + len - 4, ".ini"))) {
		const char *base = slash ? slash + 1 : name_or_file;
		size_t n = strlen(base);

		n -= n > 4 && !strcmp(base + n - 4, ".ini") ? 4 : 0;
		if (len >= sizeof(path))
			return err_set(err, ERR_USAGE, "%s: name too long", name_or_file);
		snprintf(name, sizeof(name), "%.*s", (int)n, base);
		return host_read(host, name_or_file, name, err);
	}
	for (unsigned int i = 0; i < HOST_NR_DIRS; i++) {
		const char *dir = host_dir(i);
		FILE *f;

		if (!dir || snprintf(path, sizeof(path), "%s/%s.ini", dir, name_or_file) >=
				    (int)sizeof(path))
			continue;
		f = fopen(path, "r");
		if (!f)
			continue;
		fclose(f);
		return host_read(host, path, name_or_file, err);
	}
	return err_set(err, ERR_USAGE, "no host profile \"%s\"", name_or_file);
}

int host_set(struct host *host, const char *assignment, struct err *err)
{
	const char *eq = strchr(assignment, '=');
	int key = eq ? host_find_key(assignment, (size_t)(eq - assignment)) : -1;
	struct cost c;
	int ret;

	if (!eq)
		return err_set(err, ERR_USAGE, "want key=value, have \"%s\"", assignment);
	if (key < 0)
		return err_set(err, ERR_USAGE, "no host cost \"%.*s\"", (int)(eq - assignment),
			       assignment);
	c = host->c[key];
	ret = host_parse_value(&c, key, eq + 1, err);
	if (ret)
		return ret;
	c.tag = COST_USER;
	strcpy(c.source, "given by the user");
	host->c[key] = c;
	host_digest(host);
	return 0;
}

static int host_name_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool host_list_has(char **names, unsigned int nr, const char *name)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

/* Add the profiles of one directory; false: out of memory. */
static bool host_list_dir(const char *path, char ***names, unsigned int *nr)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	bool ok = true;

	while (dir && ok && (e = readdir(dir))) {
		size_t len = strlen(e->d_name);
		char **more;

		if (len <= 4 || strcmp(e->d_name + len - 4, ".ini"))
			continue;
		e->d_name[len - 4] = 0;
		if (host_list_has(*names, *nr, e->d_name))
			continue;
		more = realloc(*names, (*nr + 1) * sizeof(**names));
		ok = more;
		if (!ok)
			break;
		*names = more;
		more[*nr] = strdup(e->d_name);
		ok = more[*nr];
		*nr += ok;
	}
	if (dir)
		closedir(dir);
	return ok;
}

int host_list(char ***names, unsigned int *nr, struct err *err)
{
	bool ok = true;

	*names = NULL;
	*nr = 0;
	for (unsigned int i = 0; ok && i < HOST_NR_DIRS; i++) {
		if (host_dir(i))
			ok = host_list_dir(host_dir(i), names, nr);
	}
	if (ok && *nr) {
		qsort(*names, *nr, sizeof(**names), host_name_cmp);
		return 0;
	}
	for (unsigned int i = 0; i < *nr; i++)
		free((*names)[i]);
	free(*names);
	*names = NULL;
	*nr = 0;
	if (!ok)
		return err_set(err, ERR_NOMEM, "out of memory");
	err_set(err, ERR_USAGE, "no host profiles found");
	return -1;
}
