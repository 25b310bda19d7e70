// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Workload files: INI, every value with its source, as host profiles have it.
 *
 *	[workload]
 *	summary = what it is like
 *	question = what it is there to answer
 *	[parameter]
 *	tick_hz = 250  [a] the kernel of the recordings
 *
 * A parameter that a file does not mention has its fallback, which for rates
 * and counts is that the thing does not happen.
 */
#include "params.h"

#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tagged.h"
#include "units.h"

#define SECOND_NS UINT64_C(1000000000)
#define MAX_RATE  10000000

static const char *const begins_words[] = { "running", "reset", NULL };
static const char *const line_words[] = { "edge", "level", "msi", NULL };
static const char *const loop_words[] = { "none", "hvc",       "mmio_vgic", "mmio_user",
					  "sgi",  "mmio_dist", NULL };
static const char *const yes_words[] = { "no", "yes", NULL };

#define NUMBER(n, lo, hi, dflt, h)                                                                 \
	{                                                                                          \
		.name = n, .min = lo, .max = hi, .fallback = dflt, .help = h                       \
	}
#define WORD(n, w, dflt, h)                                                                        \
	{                                                                                          \
		.name = n, .words = w, .fallback = dflt, .help = h                                 \
	}

const struct wl_param_info wl_param_info[WP_NR] = {
	[WP_BEGINS] = WORD("begins", begins_words, WL_RUNNING,
			   "reset: with the guest's set-up of its GIC; running: in mid-life"),
	[WP_TICK_HZ] = NUMBER("tick_hz", 0, 1000000, 0, "timer interrupts of a vCPU that is awake"),
	[WP_TICK_IN_SLEEP_PERCENT] = NUMBER("tick_in_sleep_percent", 0, 100, 0,
					    "ticks that are not left out in sleep, and end it"),
	[WP_BUSY_MEAN_NS] = NUMBER("busy_mean_ns", 0, SECOND_NS, 0,
				   "guest time from a wake-up to the next WFI, exponential; "
				   "0: it never sleeps"),
	[WP_BUSY_LONG_PERCENT] = NUMBER("busy_long_percent", 0, 100, 0,
					"wake-ups after which it is busy_long_mean_ns instead"),
	[WP_BUSY_LONG_MEAN_NS] =
		NUMBER("busy_long_mean_ns", 0, SECOND_NS, 0, "see busy_long_percent"),
	[WP_SGI_PER_S] = NUMBER("sgi_per_s_per_vcpu", 0, MAX_RATE, 0,
				"SGI writes of the VM divided by its vCPUs, Poisson bursts"),
	[WP_SGI_INTID] = NUMBER("sgi_intid", 0, 15, 1, "which SGI"),
	[WP_SGI_TARGETS] = NUMBER("sgi_targets_count", 0, 16, 1,
				  "vCPUs that one write is for; 0: all others, by the broadcast"),
	[WP_SGI_TO_SLEEPER_PERCENT] = NUMBER("sgi_to_sleeper_percent", 0, 100, 0,
					     "writes for a sleeping vCPU, if there is one; else "
					     "targets are uniform"),
	[WP_SGI_BURST_COUNT] = NUMBER("sgi_burst_mean_count", 1, 1000, 1,
				      "writes in a row by one sender, geometric"),
	[WP_SGI_BURST_GAP_NS] =
		NUMBER("sgi_burst_gap_ns", 0, SECOND_NS, 1000, "guest time between them"),
	[WP_HVC_PER_S] = NUMBER("hvc_per_s_per_vcpu", 0, MAX_RATE, 0, "hypercalls"),
	[WP_MMIO_USER_PER_S] = NUMBER("mmio_user_per_s_per_vcpu", 0, MAX_RATE, 0,
				      "accesses to a device of the VMM"),
	[WP_MMIO_DIST_PER_S] =
		NUMBER("mmio_dist_per_s_per_vcpu", 0, MAX_RATE, 0, "accesses to the distributor"),
	[WP_TRAP_BURST_COUNT] = NUMBER("trap_burst_mean_count", 1, 100000, 1,
				       "accesses or hypercalls in a row, geometric"),
	[WP_TRAP_BURST_GAP_NS] =
		NUMBER("trap_burst_gap_ns", 0, SECOND_NS, 300, "guest time between them"),
	[WP_DIST_WRITE_PERCENT] =
		NUMBER("dist_write_percent", 0, 100, 50, "of the distributor accesses, writes"),
	[WP_DIST_ACTIVE_PERCENT] = NUMBER("dist_active_percent", 0, 100, 0,
					  "of its reads, those of active and pending state"),
	[WP_DEVICE_LINE] = WORD("device_line", line_words, WL_EDGE,
				"how devices interrupt; msi on a GICv2: an edge SPI"),
	[WP_DEVICE_PER_VCPU] = NUMBER("device_per_vcpu_count", 0, 64, 0,
				      "devices (or queues) whose interrupt goes to each vCPU"),
	[WP_DEVICE_SHARED] =
		NUMBER("device_shared_count", 0, 512, 0, "devices whose interrupt goes to vCPU 0"),
	[WP_DEVICE_THREADS] = NUMBER("device_threads_count", 1, 32, 4,
				     "host threads that inject for the devices, in turn"),
	[WP_DEVICE_PRIORITY_STEP] = NUMBER("device_priority_step", 0, 16, 0,
					   "device k has priority 0xa0 - 8 * (k * step % 16)"),
	[WP_IRQ_PER_S] = NUMBER("irq_per_s_per_device", 0, MAX_RATE, 0,
				"interrupts that a device sends, coalesced ones counted"),
	[WP_IRQ_JITTER_PERCENT] = NUMBER("irq_jitter_percent", 0, 100, 100,
					 "of the distance of its bursts, exponential; the rest is "
					 "constant"),
	[WP_IRQ_BURST_COUNT] =
		NUMBER("irq_burst_mean_count", 1, 1000, 1, "interrupts of a burst, geometric"),
	[WP_IRQ_BURST_GAP_NS] = NUMBER("irq_burst_gap_ns", 0, SECOND_NS, 2000, "time between them"),
	[WP_IRQ_TOGETHER] = NUMBER("irq_together_count", 1, 512, 1,
				   "so many devices in a row interrupt at once"),
	[WP_IRQ_STATUS_PERCENT] =
		NUMBER("irq_status_percent", 0, 100, 0,
		       "handlers that read and write the device's interrupt status"),
	[WP_IRQ_NOTIFY_PERCENT] = NUMBER("irq_notify_percent", 0, 100, 0,
					 "handlers that write to the device's doorbell"),
	[WP_RETARGET_PER_S] = NUMBER("retarget_per_s", 0, MAX_RATE, 0,
				     "of the VM: writes that route a device's SPI elsewhere"),
	[WP_TOGGLE_PER_S] = NUMBER("toggle_per_s", 0, MAX_RATE, 0,
				   "of the VM: a device's SPI disabled, then enabled"),
	[WP_LOOP] =
		WORD("loop", loop_words, WL_NO_LOOP, "done again and again by loop_vcpus_count"),
	[WP_LOOP_VCPUS] = NUMBER("loop_vcpus_count", 0, 512, 1,
				 "vCPUs that loop, from vCPU 0 on; 0: all. The others sleep"),
	[WP_LOOP_GAP_NS] = NUMBER("loop_gap_ns", 1, SECOND_NS, 100, "guest time between two"),
	[WP_LOOP_WAIT] = WORD("loop_wait", yes_words, 0,
			      "yes: the next SGI is sent when the target has handled the last"),
	[WP_EXPLICIT] =
		WORD("explicit", yes_words, 0, "yes: acknowledges and ends are recorded as events"),
	[WP_HOST_TRAP_NS] = NUMBER("host_trap_ns", 1, SECOND_NS, 600,
				   "recorded host: from an exit to what it is for"),
	[WP_HOST_RETURN_NS] = NUMBER("host_return_ns", 1, SECOND_NS, 400,
				     "recorded host: from there to the entry"),
	[WP_HOST_USER_NS] =
		NUMBER("host_user_ns", 1, SECOND_NS, 2000, "recorded host: a trip to the VMM"),
	[WP_HOST_IPI_NS] = NUMBER("host_ipi_ns", 1, SECOND_NS, 500,
				  "recorded host: from an injection to the kicked vCPU's exit"),
	[WP_HOST_WAKE_NS] = NUMBER("host_wake_ns", 1, SECOND_NS, 4000,
				   "recorded host: from an injection to the woken vCPU's entry"),
	[WP_VIRQ_ENTRY_NS] = NUMBER("virq_entry_ns", 1, SECOND_NS, 200,
				    "guest: from the entry to the acknowledge"),
	[WP_SERVICE_SGI_NS] =
		NUMBER("service_sgi_ns", 1, SECOND_NS, 1000, "guest: an SGI's handler"),
	[WP_SERVICE_PPI_NS] =
		NUMBER("service_ppi_ns", 1, SECOND_NS, 2000, "guest: the timer's handler"),
	[WP_SERVICE_SPI_NS] =
		NUMBER("service_spi_ns", 1, SECOND_NS, 4000, "guest: a device interrupt's handler"),
};

struct params_parser {
	struct workload *w;
	struct err *err;
	FILE *file;
	const char *path;
	unsigned int line;
	unsigned int seen[WP_NR]; /* the line, 0: not yet */
	bool failed;
};

static int params_find(const char *key, size_t len)
{
	for (int i = 0; i < WP_NR; i++)
		if (strlen(wl_param_info[i].name) == len &&
		    !memcmp(wl_param_info[i].name, key, len))
			return i;
	return -1;
}

static int params_value(struct wl_value *v, int key, const char *text, struct err *err)
{
	const struct wl_param_info *info = &wl_param_info[key];
	char words[128] = "";
	size_t n = 0;

	for (unsigned int i = 0; info->words && info->words[i]; i++) {
		if (!strcmp(info->words[i], text)) {
			v->v = i;
			return 0;
		}
		n += (size_t)snprintf(words + n, sizeof(words) - n, "%s%s", i ? ", " : "",
				      info->words[i]);
	}
	if (info->words)
		return err_set(err, ERR_USAGE, "%s: want one of %s, have \"%s\"", info->name, words,
			       text);
	if (!units_parse_count(text, &v->v) || v->v < info->min || v->v > info->max)
		return err_set(err, ERR_USAGE, "%s: want %" PRIu64 "..%" PRIu64 ", have \"%s\"",
			       info->name, info->min, info->max, text);
	return 0;
}

__attribute__((format(printf, 2, 3))) static int params_fail(struct params_parser *p,
							     const char *fmt, ...)
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

static int params_sentence(struct params_parser *p, char *to, const char *name, const char *value)
{
	if (*to)
		return params_fail(p, "%s: here a second time", name);
	if (!*value || strlen(value) >= WL_MAX_LINE)
		return params_fail(p, "%s: want 1 to %d bytes", name, WL_MAX_LINE - 1);
	strcpy(to, value);
	return 1;
}

static int params_entry(void *user, const char *section, const char *name, const char *text)
{
	struct params_parser *p = user;
	const char *source, *why;
	struct wl_value *v;
	char value[64];
	struct err err;
	int key;

	if (!strcmp(section, "workload") && !strcmp(name, "summary"))
		return params_sentence(p, p->w->summary, name, text);
	if (!strcmp(section, "workload") && !strcmp(name, "question"))
		return params_sentence(p, p->w->question, name, text);
	key = strcmp(section, "parameter") ? -1 : params_find(name, strlen(name));
	if (key < 0)
		return params_fail(p, "unknown key \"%s\" in section \"%s\"", name, section);
	if (p->seen[key])
		return params_fail(p, "%s: here a second time, first in line %u", name,
				   p->seen[key]);
	p->seen[key] = p->line;
	v = &p->w->p[key];
	if (!tagged_split(text, value, sizeof(value), &v->tag, &source, &why))
		return params_fail(p, "%s: %s", name, why);
	if (params_value(v, key, value, &err))
		return params_fail(p, "%s", err.msg);
	if (strlen(source) >= sizeof(v->source))
		return params_fail(p, "%s: source longer than %zu bytes", name,
				   sizeof(v->source) - 1);
	strcpy(v->source, source);
	return 1;
}

static char *params_reader(char *buf, int size, void *stream)
{
	struct params_parser *p = stream;
	char line[1024];
	const char *bad;

	if (p->failed || !fgets(line, sizeof(line), p->file))
		return NULL;
	p->line++;
	bad = tagged_line_refuse(line, (size_t)size);
	if (bad) {
		params_fail(p, "%s", bad);
		return NULL;
	}
	strcpy(buf, line);
	return buf;
}

static int params_read(struct workload *w, const char *path, const char *name, struct err *err)
{
	struct params_parser p = { .w = w, .err = err, .path = path };
	int bad;

	memset(w, 0, sizeof(*w));
	for (int i = 0; i < WP_NR; i++)
		w->p[i].v = wl_param_info[i].fallback;
	p.file = fopen(path, "r");
	if (!p.file)
		return err_set(err, ERR_USAGE, "%s: %s", path, strerror(errno));
	snprintf(w->name, sizeof(w->name), "%s", name);
	snprintf(w->path, sizeof(w->path), "%s", path);
	bad = ini_parse_stream(params_reader, &p, params_entry, &p);
	fclose(p.file);
	if (p.failed)
		return err->code;
	if (bad)
		return err_set(err, ERR_USAGE, "%s: line %d: want [section] or key = value", path,
			       bad);
	if (!*w->summary || !*w->question)
		return err_set(err, ERR_USAGE, "%s: line %u: end of file without key \"%s\"", path,
			       p.line, *w->summary ? "question" : "summary");
	return 0;
}

/* ---- where they are ----------------------------------------------------- */

#define PARAMS_NR_DIRS 3

static const char *params_dir(unsigned int n)
{
	static const char *const dirs[PARAMS_NR_DIRS] = { NULL, WORKLOADS_SOURCE_DIR,
							  WORKLOADS_INSTALL_DIR };

	return n ? dirs[n] : getenv("VGICSIM_WORKLOADS");
}

static int params_load_file(struct workload *w, const char *file, struct err *err)
{
	const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
	size_t n = strlen(base);
	char name[WL_MAX_NAME];

	if (strlen(file) >= sizeof(w->path))
		return err_set(err, ERR_USAGE, "%s: name too long", file);
	n -= n > 4 && !strcmp(base + n - 4, ".ini") ? 4 : 0;
	snprintf(name, sizeof(name), "%.*s", (int)n, base);
	return params_read(w, file, name, err);
}

int workload_load(struct workload *w, const char *name, struct err *err)
{
	size_t len = strlen(name);
	char path[sizeof(w->path)];
	struct err local;

	err = err ? err : &local;
	if (strchr(name, '/') || (len > 4 && !strcmp(name + len - 4, ".ini")))
		return params_load_file(w, name, err);
	for (unsigned int i = 0; i < PARAMS_NR_DIRS; i++) {
		const char *dir = params_dir(i);
		FILE *f;

		if (!dir || !len ||
		    snprintf(path, sizeof(path), "%s/%s.ini", dir, name) >= (int)sizeof(path))
			continue;
		f = fopen(path, "r");
		if (!f)
			continue;
		fclose(f);
		return params_read(w, path, name, err);
	}
	return err_set(err, ERR_USAGE, "no workload \"%s\"; \"vgicsim gen --list\" names them",
		       name);
}

int workload_set(struct workload *w, const char *assignment, struct err *err)
{
	const char *eq = strchr(assignment, '=');
	int key = eq ? params_find(assignment, (size_t)(eq - assignment)) : -1;
	struct wl_value v = { .tag = 'u', .source = "given by the user" };
	int ret;

	if (!eq)
		return err_set(err, ERR_USAGE, "want parameter=value, have \"%s\"", assignment);
	if (key < 0)
		return err_set(err, ERR_USAGE,
			       "no parameter \"%.*s\"; \"vgicsim gen --show %s\" names them",
			       (int)(eq - assignment), assignment, w->name);
	ret = params_value(&v, key, eq + 1, err);
	if (!ret)
		w->p[key] = v;
	return ret;
}

const char *workload_value(const struct workload *w, enum wl_param p, char *buf, size_t len)
{
	const struct wl_param_info *info = &wl_param_info[p];

	if (info->words)
		snprintf(buf, len, "%s", info->words[w->p[p].v]);
	else
		snprintf(buf, len, "%" PRIu64, w->p[p].v);
	return buf;
}

static int params_name_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool params_add_name(char ***names, unsigned int *nr, const char *file)
{
	size_t len = strlen(file);
	char **more, *name;

	if (len <= 4 || strcmp(file + len - 4, ".ini"))
		return true;
	for (unsigned int i = 0; i < *nr; i++)
		if (strlen((*names)[i]) == len - 4 && !memcmp((*names)[i], file, len - 4))
			return true;
	more = realloc(*names, (*nr + 1) * sizeof(**names));
	if (!more)
		return false;
	*names = more;
	name = strndup(file, len - 4);
	if (!name)
		return false;
	more[(*nr)++] = name;
	return true;
}

int workload_names(char ***names, unsigned int *nr, struct err *err)
{
	bool ok = true;

	*names = NULL;
	*nr = 0;
	for (unsigned int i = 0; i < PARAMS_NR_DIRS; i++) {
		DIR *dir = params_dir(i) ? opendir(params_dir(i)) : NULL;
		struct dirent *e;

		while (dir && ok && (e = readdir(dir)))
			ok = params_add_name(names, nr, e->d_name);
		if (dir)
			closedir(dir);
	}
	if (!ok) {
		for (unsigned int i = 0; i < *nr; i++)
			free((*names)[i]);
		free(*names);
		return err_set(err, ERR_NOMEM, "out of memory");
	}
	if (*nr)
		qsort(*names, *nr, sizeof(**names), params_name_cmp);
	return 0;
}
