/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layout of what a design embeds, and the verbs that are nothing, for real threads.
 *
 * The lock word is Concurrency Kit's own and lies where the original's does, so it
 * shares its line with the same fields. It is 8 bytes (the queue's tail is a
 * pointer; ck's ticket is 4 or 8 by architecture), which the padding behind each
 * lock in the designs takes up: their structures keep their size and lines.
 *
 * What of a design's memory is plain and what is atomic: an access that is declared
 * by plat_read() or plat_write() is plain C, for the design says that a lock (or its
 * only owner) orders it, and ThreadSanitizer is there to see whether that is so. What the
 * original does without the lock is written plat_load(), plat_store() or a bit verb,
 * and is a relaxed atomic (a full one for the bits, as the kernel's set_bit() is an
 * atomic). Nothing else is made atomic here, so that no race is hidden.
 */
#ifndef PLAT_ARCH_H
#define PLAT_ARCH_H

#include <ck_spinlock.h>
#include <stddef.h>
#include <stdint.h>

struct plat_lock {
	union {
		ck_spinlock_ticket_t ticket;
		ck_spinlock_mcs_t queue;
		uint64_t word;
	};
};
_Static_assert(sizeof(struct plat_lock) == 8, "as the padding in the designs has room for");

/* Accesses and work cost what they cost here; empty calls would be a part of it. */
#define PLAT_ARCH_EMPTY

#endif
