/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which deliveries of the first runs the second ones are to look at. */
#include "explain-doc.h"

#include <stdlib.h>
#include <string.h>

const struct occurrence *explain_doc_same(const struct explain_run *of, const struct occurrence *o)
{
	uint64_t nr;
	const struct occurrence *all = deliveries_list(of->result.deliveries, &nr);

	for (uint64_t i = 0; i < nr; i++) {
		const struct occurrence *x = &all[i];

		if (x->record == o->record && x->id.irq == o->id.irq && x->id.vcpu == o->id.vcpu &&
		    x->id.src == o->id.src && x->nth == o->nth &&
		    (x->fate == FATE_DELIVERED || x->fate == FATE_MERGED))
			return x;
	}
	return NULL;
}

static int choose_of(struct explain_doc *d, unsigned int r, struct err *err)
{
	const struct occurrence **slowest = calloc(d->max + 1, sizeof(*slowest));

	d->history[r] = calloc(2 * (size_t)d->max + 1, sizeof(*d->history[r]));
	if (!slowest || !d->history[r]) {
		free(slowest);
		return err_set(err, ERR_NOMEM, "out of memory for histories");
	}
	d->nr_slowest[r] = explain_slowest(&d->run[r], slowest, d->max);
	for (unsigned int i = 0; i < d->nr_slowest[r]; i++)
		d->history[r][i].o = slowest[i];
	for (unsigned int i = 0; i < d->nr_pairs; i++)
		d->history[r][d->nr_slowest[r] + i].o = r ? d->pair[i].b : d->pair[i].a;
	d->nr_histories[r] = d->nr_slowest[r] + d->nr_pairs;
	free(slowest);
	return 0;
}

int explain_doc_choose(struct explain_doc *d, struct err *err)
{
	int ret = 0;

	d->pair = calloc(d->max + 1, sizeof(*d->pair));
	if (!d->pair)
		return err_set(err, ERR_NOMEM, "out of memory for histories");
	if (d->nr_runs == 2)
		d->nr_pairs = explain_most_apart(&d->run[0], &d->run[1], d->pair, d->max);
	for (unsigned int r = 0; !ret && r < d->nr_runs; r++)
		ret = choose_of(d, r, err);
	return ret;
}

void explain_doc_fini(struct explain_doc *d)
{
	for (unsigned int r = 0; r < d->nr_runs; r++) {
		explain_histories_fini(d->history[r], d->nr_histories[r]);
		explain_run_fini(&d->run[r]);
	}
	free(d->pair);
	json_decref(d->result);
}
