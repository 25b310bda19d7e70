// SPDX-License-Identifier: GPL-2.0-or-later
/* A trace that is read once and replayed often; costs multiplied. */
#include "study.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TIME_PS    UINT64_C(1000000000000)
#define DEFAULT_WINDOW 65536
#define MIN_WINDOW     64 /* records a vCPU, as replay_run() has it */

static int append(struct study_trace *t, size_t *room, const struct trace_rec *rec, struct err *err)
{
	if (t->nr == *room) {
		size_t more = *room ? 2 * *room : 1024;
		struct trace_rec *bigger = reallocarray(t->rec, more, sizeof(*bigger));

		if (!bigger)
			return err_set(err, ERR_NOMEM, "out of memory for %zu records", more);
		t->rec = bigger;
		*room = more;
	}
	t->rec[t->nr++] = *rec;
	return 0;
}

int study_trace_load(struct study_trace *t, const char *path, uint64_t limit, struct err *err)
{
	struct trace_reader *r = trace_open(path, err);
	const struct trace_rec *rec;
	const char *slash;
	size_t room = 0;
	int ret = 0;

	memset(t, 0, sizeof(*t));
	if (!r)
		return err->code;
	t->meta = *trace_meta(r);
	slash = strrchr(trace_name(r), '/');
	snprintf(t->name, sizeof(t->name), "%s", slash ? slash + 1 : trace_name(r));
	while (!ret && (ret = trace_next(r, &rec, err)) > 0) {
		/* A record and its continuations are one event: never cut between them. */
		if (limit && t->nr >= limit && rec->kind != REC_LRS_MORE) {
			t->cut = true;
			ret = 0;
			break;
		}
		ret = append(t, &room, rec, err);
	}
	trace_close(r);
	if (ret)
		study_trace_fini(t);
	return ret;
}

void study_trace_fini(struct study_trace *t)
{
	free(t->rec);
	t->rec = NULL;
	t->nr = 0;
}

int study_run(const struct study_trace *t, const struct replay_options *o,
	      struct replay_result *result, struct err *err)
{
	struct trace_reader *r = trace_open_memory(t->name, &t->meta, t->rec, t->nr, err);
	const size_t all = t->nr + MIN_WINDOW * (size_t)t->meta.nr_vcpus;
	struct replay_options small = *o;
	bool truncated;
	int ret;

	memset(result, 0, sizeof(*result));
	if (!r)
		return err->code;
	/* A window that holds the whole trace holds nothing up, and is quicker made. */
	if (all < (o->window ? o->window : DEFAULT_WINDOW))
		small.window = (uint32_t)all;
	ret = replay_run(r, &small, result, &truncated, err);
	trace_close(r);
	return ret;
}

bool study_scalable(const struct host *host, enum host_key key)
{
	return host_keys[key].kind == HKK_TIME && host->c[key].time.ps;
}

bool study_assumed(const struct host *host, enum host_key key)
{
	return host->c[key].tag == COST_ASSUMED;
}

void study_scale(struct host *host, enum host_key key, uint64_t num, uint64_t den)
{
	unsigned __int128 ps = (unsigned __int128)host->c[key].time.ps * num / den;

	if (ps > MAX_TIME_PS)
		ps = MAX_TIME_PS;
	if (key == HK_INSN_PS && !ps)
		ps = 1;
	host->c[key].time = VT_PS((uint64_t)ps);
}

/* ---- groups -------------------------------------------------------------- */

static const enum host_key lines[] = {
	HK_L1, HK_LLC, HK_DRAM, HK_C2C_NEAR, HK_C2C_DIE, HK_C2C_XDIE, HK_C2C_XSOCK, HK_ATOMIC_OWN,
};
static const enum host_key code[] = {
	HK_INSN_PS,	HK_SRCU, HK_MMIO_DISPATCH, HK_SYSREG_DISPATCH,
	HK_HANDLE_EXIT, HK_HVC,	 HK_USER_TRIP,
};
static const enum host_key world_switch[] = { HK_TRAP_IN, HK_TRAP_OUT, HK_WS_SAVE, HK_WS_RESTORE };
static const enum host_key registers[] = {
	HK_GICH_R, HK_GICH_W, HK_ICH_R, HK_ICH_W, HK_ISB, HK_GICD_R, HK_GICD_W,
};
static const enum host_key wakeup[] = {
	HK_SGI_PHYS, HK_IPI_SEND,  HK_HOST_IRQ, HK_VIRQ_ENTRY,
	HK_VEOI,     HK_WFI_BLOCK, HK_WFI_WAKE, HK_WAKE_SEND,
};

#define GROUP(name, keys)                                                                          \
	{                                                                                          \
		name, keys, sizeof(keys) / sizeof(keys[0])                                         \
	}
const struct study_group study_groups[] = {
	GROUP("lines", lines),	       GROUP("code", code),	GROUP("switch", world_switch),
	GROUP("registers", registers), GROUP("wakeup", wakeup), { 0 },
};
