// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ITS commands and where their operands lie (IHI 0069, chapter 5.3). Those of
 * GICv4 (VMAPP, VSYNC, …) and words with bits outside of the operands have the
 * raw form only, so that nothing is lost.
 */
#include "text.h"

#include <string.h>

#define DEVID                                                                                      \
	{                                                                                          \
		"devid", 0, 32, 32, true                                                           \
	}
#define EVENTID                                                                                    \
	{                                                                                          \
		"eventid", 1, 0, 32, false                                                         \
	}
#define INTID                                                                                      \
	{                                                                                          \
		"intid", 1, 32, 32, false                                                          \
	}
#define ICID                                                                                       \
	{                                                                                          \
		"icid", 2, 0, 16, false                                                            \
	}
#define RDBASE                                                                                     \
	{                                                                                          \
		"rdbase", 2, 16, 35, true                                                          \
	}
#define VALID                                                                                      \
	{                                                                                          \
		"valid", 2, 63, 1, false                                                           \
	}

static const struct text_its_cmd its_cmds[] = {
	{ "MOVI", 0x01, { DEVID, EVENTID, ICID } },
	{ "INT", 0x03, { DEVID, EVENTID } },
	{ "CLEAR", 0x04, { DEVID, EVENTID } },
	{ "SYNC", 0x05, { RDBASE } },
	{ "MAPD", 0x08, { DEVID, { "size", 1, 0, 5, false }, { "itt", 2, 8, 44, true }, VALID } },
	{ "MAPC", 0x09, { ICID, RDBASE, VALID } },
	{ "MAPTI", 0x0a, { DEVID, EVENTID, INTID, ICID } },
	{ "MAPI", 0x0b, { DEVID, EVENTID, ICID } },
	{ "INV", 0x0c, { DEVID, EVENTID } },
	{ "INVALL", 0x0d, { ICID } },
	{ "MOVALL", 0x0e, { RDBASE, { "rdbase2", 3, 16, 35, true } } },
	{ "DISCARD", 0x0f, { DEVID, EVENTID } },
};

#define NR_ITS_CMDS (sizeof(its_cmds) / sizeof(its_cmds[0]))

const struct text_its_cmd *text_its_by_name(const char *name)
{
	for (size_t i = 0; i < NR_ITS_CMDS; i++)
		if (!strcmp(its_cmds[i].name, name))
			return &its_cmds[i];
	return NULL;
}

const struct text_its_cmd *text_its_by_words(const uint64_t dw[4])
{
	const struct text_its_cmd *c;
	uint64_t rest[4];

	for (c = its_cmds; c < its_cmds + NR_ITS_CMDS; c++)
		if (c->cmd == (dw[0] & 0xff))
			break;
	if (c == its_cmds + NR_ITS_CMDS)
		return NULL;
	memcpy(rest, dw, sizeof(rest));
	rest[0] &= ~UINT64_C(0xff);
	for (const struct text_its_field *f = c->field; f->key; f++)
		rest[f->dw] &= ~(((UINT64_C(1) << f->bits) - 1) << f->shift);
	return rest[0] | rest[1] | rest[2] | rest[3] ? NULL : c;
}
