/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the player needs of the CPU it sits on besides plat.h: being a vCPU. Simulated in
 * seat-sim.c, on a real thread in native-cpu.c. The rules are those of machine.h.
 */
#ifndef SEAT_H
#define SEAT_H

#include "plat.h"

struct gic_lr;

/* Interrupts off, before restore(). False: halted meanwhile, or an IPI is there. */
bool seat_enter(struct plat_cpu *cpu);
void seat_leave(struct plat_cpu *cpu);
/* Interrupts on, before flush(). */
void seat_wait_resumed(struct plat_cpu *cpu);
void seat_set_loaded(struct plat_cpu *cpu, bool loaded);
/* Around the check of a WFI: a kick in between finds a sleeper. */
void seat_wfi(struct plat_cpu *cpu, bool begin);

/* In the guest until that long after the start; true: kicked before. */
bool seat_guest(struct plat_cpu *cpu, uint64_t until_ns);
/* A while, in the host, for others to get on; how long matters to nobody. */
void seat_pause(struct plat_cpu *cpu);
/* In the host until then. */
void seat_until(struct plat_cpu *cpu, uint64_t until_ns);

uint64_t seat_lr(const struct plat_cpu *cpu, unsigned int n);
int seat_pending(const struct plat_cpu *cpu, struct gic_lr *lr);
void seat_ack(struct plat_cpu *cpu, unsigned int n);
bool seat_eoi(struct plat_cpu *cpu, uint32_t irq, unsigned int src);

#endif
