/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clock of one actor, and how far it may go alone: what the engine and
 * whoever must ask it at every step share. Simulated picoseconds.
 */
#ifndef VCLOCK_H
#define VCLOCK_H

#include <stdint.h>

struct vclock {
	uint64_t now; /* only its owner moves it */
	/*
	 * Of the actor that runs: before that it is the first and its alarm does
	 * not ring. May be too early (then the slow path finds out), never too late.
	 */
	uint64_t horizon;
};

#endif
