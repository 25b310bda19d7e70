/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host threads and interrupt contexts that inject from outside the vCPUs'
 * own threads. When each record is due, stream_next() says.
 */
#include "run.h"

void thread_main(struct plat_cpu *cpu, void *arg)
{
	struct run *r = arg;
	struct slot *slot;

	while ((slot = stream_next(r->stream, cpu))) {
		struct trace_rec rec = slot->rec;
		uint32_t target = slot->target;
		bool in_irq = slot->in_irq;

		stream_consume(r->stream, cpu);
		log_record(r, cpu, &rec);
		if (rec.kind != REC_INJECT && rec.kind != REC_MSI)
			continue;
		log_phase(r, cpu, PHASE_INJECT);
		run_inject(r, cpu, &rec, target, in_irq);
		log_phase(r, cpu, PHASE_WAIT);
	}
}
