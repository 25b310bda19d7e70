// SPDX-License-Identifier: GPL-2.0-or-later
/* The slowest deliveries, and those most apart, with all that happened to them: the text. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "explain-doc.h"

/* Of a long history the beginning, the end, and what is around the longest gap. */
#define SHOWN_FIRST 12
#define SHOWN_LAST  10
#define SHOWN_ALL   26

static void latency_text(char *buf, size_t len, const struct occurrence *o)
{
	out_time(buf, len, (int64_t)(o->acked_ps - o->sent_ps));
}

static void interrupt_text(char *buf, size_t len, const struct explain_run *run,
			   const struct explain_history *h)
{
	const struct occurrence *o = h->o;
	char by[64] = "";

	if (h->sender != EXPLAIN_ANY)
		snprintf(by, sizeof(by), " from %s", explain_actor_text(run, h->sender).s);
	snprintf(buf, len, "INTID %u%s to vCPU %u, record %u", o->id.irq, by, o->by, o->record);
}

/* The step that ends the longest gap. */
static unsigned int longest_gap(const struct explain_history *h, uint64_t *ps)
{
	unsigned int at = 0;

	*ps = 0;
	for (unsigned int i = 1; i < h->nr_steps; i++) {
		uint64_t gap = h->step[i].t_ps - h->step[i - 1].t_ps;

		if (gap > *ps && h->step[i].stage != STAGE_DROPPED) {
			*ps = gap;
			at = i;
		}
	}
	return at;
}

static void steps(FILE *f, const struct explain_run *run, const struct explain_history *h)
{
	uint64_t longest;
	unsigned int mark = longest_gap(h, &longest), left_out = 0;
	char t[48];

	for (unsigned int i = 0; i < h->nr_steps; i++) {
		const struct explain_step *s = &h->step[i];
		uint64_t ps = s->t_ps - h->o->sent_ps;

		if (h->nr_steps > SHOWN_ALL && i >= SHOWN_FIRST && i + SHOWN_LAST < h->nr_steps &&
		    i != mark && i + 1 != mark) {
			left_out++;
			continue;
		}
		if (left_out)
			fprintf(f, "                    ... %u steps ...\n", left_out);
		left_out = 0;
		fprintf(f, "  %s %8" PRIu64 ".%03" PRIu64 " us  %-9s %s",
			i && i == mark ? ">>" : "  ", ps / 1000000, ps / 1000 % 1000,
			explain_actor_text(run, s->actor).s, s->what);
		if (i && i == mark)
			fprintf(f, "   << after %s", out_time(t, sizeof(t), (int64_t)longest));
		fputc('\n', f);
	}
	if (h->dropped)
		fprintf(f, "  (%u steps in the middle were too many to keep)\n", h->dropped);
}

static void history(FILE *f, const struct explain_run *run, const struct explain_history *h,
		    unsigned int nr)
{
	char t[48], what[128];

	latency_text(t, sizeof(t), h->o);
	interrupt_text(what, sizeof(what), run, h);
	fprintf(f, "\n %2u. %s: %s, recorded at %" PRIu64 ".%06" PRIu64 " s\n", nr, t, what,
		h->o->recorded_ns / 1000000000, h->o->recorded_ns / 1000 % 1000000);
	steps(f, run, h);
}

/* Of what the time of the first @nr histories was made, largest first. */
static void say_stages(FILE *f, const struct explain_run *run, const struct explain_history *h,
		       unsigned int nr)
{
	uint64_t ps[STAGE_NR] = { 0 }, all = 0;
	char text[500] = "", t[48];
	size_t n = 0;

	for (unsigned int i = 0; i < nr; i++)
		explain_stages(&h[i], ps);
	for (unsigned int s = 0; s < STAGE_NR; s++)
		all += ps[s];
	for (unsigned int shown = 0; shown < STAGE_NR && n < sizeof(text); shown++) {
		unsigned int most = 0;

		for (unsigned int s = 1; s < STAGE_NR; s++)
			if (ps[s] > ps[most])
				most = s;
		if (explain_share((int64_t)ps[most], (int64_t)all) < 0.05)
			break;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %.1f %%", shown ? ", " : "",
				      explain_stage_names[most],
				      explain_share((int64_t)ps[most], (int64_t)all));
		ps[most] = 0;
	}
	if (all)
		out_say(f, "The %s that the %u slowest of %s took together: %s.",
			out_time(t, sizeof(t), (int64_t)all), nr, run->design->name, text);
}

static void slowest(FILE *f, const struct explain_doc *d, unsigned int r)
{
	fprintf(f, "\nthe slowest deliveries under %s\n", d->run[r].design->name);
	if (!d->nr_slowest[r]) {
		fputs("  none was delivered\n", f);
		return;
	}
	say_stages(f, &d->run[r], d->history[r], d->nr_slowest[r]);
	for (unsigned int i = 0; i < d->nr_slowest[r]; i++)
		history(f, &d->run[r], &d->history[r][i], i + 1);
}

/* Which stage makes most of the difference. */
static void say_pair(FILE *f, const struct explain_doc *d, const struct explain_history *a,
		     const struct explain_history *b)
{
	uint64_t ps[2][STAGE_NR] = { { 0 } };
	unsigned int most = 0;
	int64_t by = 0;
	char t[48];

	explain_stages(a, ps[0]);
	explain_stages(b, ps[1]);
	for (unsigned int s = 0; s < STAGE_NR; s++) {
		int64_t x = (int64_t)(ps[1][s] - ps[0][s]);

		if (llabs(x) > llabs(by)) {
			by = x;
			most = s;
		}
	}
	if (by)
		out_say(f, "What differs most: %s, %s under B.", explain_stage_names[most],
			explain_signed(t, sizeof(t), by));
}

/* Its history is among the slowest already: where. */
static unsigned int shown_as(const struct explain_doc *d, unsigned int r,
			     const struct explain_history *h)
{
	for (unsigned int i = 0; i < d->nr_slowest[r]; i++)
		if (d->history[r][i].o == h->o)
			return i + 1;
	return 0;
}

static void apart(FILE *f, const struct explain_doc *d)
{
	char t[3][48], what[128];

	fprintf(f, "\nthe same interrupts, most apart between the designs\n");
	if (!d->nr_pairs)
		fputs("  none: what both delivered took them as long\n", f);
	for (unsigned int i = 0; i < d->nr_pairs; i++) {
		const struct explain_history *h[2] = { &d->history[0][d->nr_slowest[0] + i],
						       &d->history[1][d->nr_slowest[1] + i] };

		latency_text(t[0], sizeof(t[0]), h[0]->o);
		latency_text(t[1], sizeof(t[1]), h[1]->o);
		explain_signed(t[2], sizeof(t[2]), d->pair[i].latency_ps);
		interrupt_text(what, sizeof(what), &d->run[0], h[0]);
		fprintf(f, "\n %2u. %s: A %s, B %s, %s\n", i + 1, what, t[0], t[1], t[2]);
		say_pair(f, d, h[0], h[1]);
		for (unsigned int r = 0; r < 2; r++) {
			unsigned int before = shown_as(d, r, h[r]);

			if (before) {
				fprintf(f, "  under %s: number %u above\n", d->run[r].design->name,
					before);
				continue;
			}
			fprintf(f, "  under %s%s\n", d->run[r].design->name,
				h[r]->o->fate == FATE_MERGED ? ", merged with one sent before"
							     : "");
			steps(f, &d->run[r], h[r]);
		}
	}
}

void explain_text_histories(FILE *f, const struct explain_doc *d)
{
	if (!d->max)
		return;
	for (unsigned int r = 0; r < d->nr_runs; r++)
		slowest(f, d, r);
	if (d->nr_runs == 2)
		apart(f, d);
}
