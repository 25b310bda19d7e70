/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A design outside the tree: a shared object that "-d ./mine.so" loads. It defines
 * a struct vgic_design and says once, at file scope,
 *
 *	VGICSIM_DESIGN(my_design);
 *
 * which leaves two things in the file: a note with what it was built against, read
 * and compared before any code of it runs; and the symbol vgicsim_design, the only
 * one that is looked up. The rest may be hidden (-fvisibility=hidden).
 */
#ifndef VGIC_PLUGIN_H
#define VGIC_PLUGIN_H

#include "vgic-abi.h"
#include "vgic-design.h"

/* What two compilations of the same headers may still differ in. */
enum vgicsim_size {
	VGICSIM_SIZE_DESIGN, VGICSIM_SIZE_CONFIG, VGICSIM_SIZE_STATE, VGICSIM_SIZE_CLASS,
	VGICSIM_SIZE_CPU, VGICSIM_SIZE_LOCK, VGICSIM_SIZE_ENUM, VGICSIM_NR_SIZES,
};
#define VGICSIM_SIZES {							\
	[VGICSIM_SIZE_DESIGN] = sizeof(struct vgic_design),		\
	[VGICSIM_SIZE_CONFIG] = sizeof(struct vgic_config),		\
	[VGICSIM_SIZE_STATE] = sizeof(struct vgic_irq_state),		\
	[VGICSIM_SIZE_CLASS] = sizeof(struct plat_lock_class),		\
	[VGICSIM_SIZE_CPU] = sizeof(struct plat_front),			\
	[VGICSIM_SIZE_LOCK] = sizeof(struct plat_lock),			\
	[VGICSIM_SIZE_ENUM] = sizeof(enum vgic_handled),		\
}

/* The words of the note. A stamp of another number may be longer, never shorter. */
struct vgicsim_stamp {
	uint32_t abi;		/* VGICSIM_ABI; what follows is of this number */
	uint32_t sizes[VGICSIM_NR_SIZES];
	char headers[20];	/* VGICSIM_ABI_HEADERS: a hash of the headers' code */
	char version[20];	/* VGICSIM_ABI_VERSION, for people */
};
#define VGICSIM_NOTE_NAME	"vgicsim"
#define VGICSIM_NOTE_STAMP	1
struct vgicsim_note {
	uint32_t namesz, descsz, type;
	char name[8];
	struct vgicsim_stamp stamp;
};

#define VGICSIM_DESIGN(design)						\
	__attribute__((section(".note.vgicsim"), used, aligned(4)))	\
	static const struct vgicsim_note vgicsim_note_here = {		\
		.namesz = sizeof(VGICSIM_NOTE_NAME),			\
		.descsz = sizeof(struct vgicsim_stamp),			\
		.type = VGICSIM_NOTE_STAMP,				\
		.name = VGICSIM_NOTE_NAME,				\
		.stamp = {						\
			.abi = VGICSIM_ABI,				\
			.sizes = VGICSIM_SIZES,				\
			.headers = VGICSIM_ABI_HEADERS,			\
			.version = VGICSIM_ABI_VERSION,			\
		},							\
	};								\
	__attribute__((visibility("default")))				\
	extern const struct vgic_design *const vgicsim_design;		\
	const struct vgic_design *const vgicsim_design = &(design)

#endif
