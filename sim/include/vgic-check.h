/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a check of a design against the architecture can find, and how a design
 * declares that the kernel it models does so indeed.
 */
#ifndef VGIC_CHECK_H
#define VGIC_CHECK_H

enum vgic_finding {
	VGIC_FOUND_DIST_OFF,	/* delivered after GICD_CTLR was off */
	VGIC_FOUND_DISABLED,	/* delivered after it was disabled */
	VGIC_FOUND_WRONG_VCPU,	/* delivered where it is not routed */
	VGIC_FOUND_DUPLICATE,	/* an edge delivered once more than it came */
	VGIC_FOUND_STALE_LEVEL,	/* a level delivered that was low by then */
	VGIC_FOUND_WRONG_SOURCE,/* GICv2: an SGI with a sender that did not send it */
	VGIC_FOUND_STILL_ACTIVE,/* delivered while it was still active */
	VGIC_FOUND_PRIORITY,	/* one of higher priority had to come before */
	VGIC_FOUND_TWO_COPIES,	/* in several list registers at once */
	VGIC_FOUND_ACTIVE_LOST,	/* active for the guest, not for the vgic */
	VGIC_FOUND_LATE_ENTRY,	/* a guest entry without it; it came later */
	VGIC_FOUND_LATE_KICK,	/* the guest ran on, or slept on, untold */
	VGIC_FOUND_SLEPT,	/* WFI put to sleep a vCPU that had it pending */
	VGIC_FOUND_LOST,	/* it never came */
	VGIC_FOUND_NOT_RESAMPLED, /* a level still high after its end, and it never came */
	VGIC_FOUND_SOURCE_LOST,	/* GICv2: a sender's SGI never came */
	VGIC_FOUND_NOT_REFILLED, /* list registers became empty, and it went on waiting for one */
	VGIC_NR_FINDINGS,
};

/*
 * Circumstances of a finding. Those of a "while" are since the interrupt was last
 * quiet: neither pending nor active, and in no list register at a vCPU's last entry.
 */
enum vgic_circumstance {
	VGIC_WHEN_SGI		= 1 << 0,
	VGIC_WHEN_LEVEL		= 1 << 1,
	VGIC_WHEN_NO_TARGET	= 1 << 2,  /* GICv2: ITARGETSR has no bit set */
	VGIC_WHEN_ANY_TARGET	= 1 << 3,  /* several targets, or IROUTER.IRM */
	VGIC_WHEN_IN_LR		= 1 << 4,  /* it, or its line, was changed while in a list register */
	VGIC_WHEN_RETARGETED	= 1 << 5,
	VGIC_WHEN_DISABLED	= 1 << 6,
	VGIC_WHEN_CLEARED	= 1 << 7,  /* by ICPENDR or CPENDSGIR */
	VGIC_WHEN_SOFT		= 1 << 8,  /* a level made pending by ISPENDR */
	VGIC_WHEN_ACTIVE_WRITTEN = 1 << 9, /* ISACTIVER, ICACTIVER */
	VGIC_WHEN_SGI_WRITTEN	= 1 << 10, /* GICv2: ISPENDR, SPENDSGIR, CPENDSGIR of an SGI */
	VGIC_WHEN_DIST_OFF	= 1 << 11, /* GICD_CTLR was off */
	VGIC_WHEN_P_AND_A	= 1 << 12, /* loaded as pending and active */
	/* In a list register at that vCPU's last entry, or pending there shortly before. */
	VGIC_WHEN_QUEUED	= 1 << 13,
	VGIC_WHEN_WINDOW	= 1 << 14, /* came between a flush and its guest entry */
	VGIC_WHEN_OVERFLOW	= 1 << 15, /* that vCPU's list registers were all in use */
	VGIC_WHEN_SEVERAL	= 1 << 16, /* GICv2: an SGI pending from several senders */
	VGIC_WHEN_RECONFIGURED	= 1 << 17, /* ICFGR changed its kind */
	VGIC_WHEN_OTHER_SGIS	= 1 << 18, /* that vCPU has an SGI from several senders */
	VGIC_WHEN_TIMER		= 1 << 19, /* the hw-mapped one */
	VGIC_WHEN_HELD_ELSEWHERE = 1 << 20, /* retargeted, and its old vCPU has not synced since */
	VGIC_WHEN_WAS_NOBODYS	= 1 << 21, /* GICv3: routed to nobody while it pended */
	VGIC_WHEN_SENT_OFF	= 1 << 22, /* its line rose, or its edge came, with GICD_CTLR off */
	VGIC_WHEN_HELD_OFF	= 1 << 23, /* in a list register when GICD_CTLR was switched off */
	/* It had ended there, which was looked at after what speaks against a delivery. */
	VGIC_WHEN_RESAMPLED	= 1 << 24,
	VGIC_WHEN_FLAT		= 1 << 25, /* what was taken has priority 0 in its list register */
	VGIC_NR_CIRCUMSTANCES	= 26,
};

/* A finding under all of these circumstances is what the modelled kernel does. */
struct vgic_declared {
	enum vgic_finding found;
	unsigned int when;	/* enum vgic_circumstance, ored; all must hold */
	const char *what;	/* as plat_deviation() says it, where it does; NULL ends a table */
};

#endif
