// SPDX-License-Identifier: GPL-2.0-or-later
/* The evidence in the first window of a trace. */
#include "head.h"

#include <stdlib.h>

static int head_keep_state(struct stream_head *h, const struct trace_rec *r, struct err *err)
{
	struct trace_rec *grown;

	if (h->nr_states % 256 == 0) {
		grown = realloc(h->state, (h->nr_states + 256) * sizeof(*grown));
		if (!grown)
			return err_set(err, ERR_NOMEM, "out of memory for state events");
		h->state = grown;
	}
	h->state[h->nr_states++] = *r;
	return 0;
}

int stream_head_see(struct stream_head *h, uint64_t gicd, const struct trace_rec *r,
		    struct err *err)
{
	uint32_t irq;

	switch (r->kind) {
	case REC_ACK:
	case REC_EOI:
	case REC_DIR:
		h->has_explicit = true;
		break;
	case REC_MMIO:
		if (r->d.mmio.gpa != gicd)
			break;
		if (r->d.mmio.write && r->d.mmio.val & 3 && !h->sees_gicd_on)
			h->enables_gicd = true;
		if (!r->d.mmio.write && r->d.mmio.val & 3 && !h->enables_gicd)
			h->sees_gicd_on = true;
		break;
	case REC_INJECT:
		irq = r->d.inject.irq;
		if (!r->d.inject.level && irq < 8 * sizeof(h->spi_lowered))
			h->spi_lowered[irq / 8] |= (uint8_t)(1u << irq % 8);
		break;
	case REC_STATE:
		return head_keep_state(h, r, err);
	default:
		break;
	}
	return 0;
}

void stream_head_fini(struct stream_head *h)
{
	free(h->state);
	h->state = NULL;
	h->nr_states = 0;
}
