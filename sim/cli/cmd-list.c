/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vgicsim list: the names that other commands take, and what is behind them. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "design-load.h"
#include "machine.h"
#include "result-make.h"
#include "trace.h"
#include "vgic-design.h"

struct list_args {
	const char *command, *what, *name;
	bool json;
};

static const char doc[] =
	"List what there is.\n\n"
	"  vgicsim list designs\n"
	"  vgicsim list designs ./mine.so            can it be loaded?\n"
	"  vgicsim list hosts\n"
	"  vgicsim list hosts kunpeng920-2s-128c    all values and their sources\n"
	"  vgicsim list locks\n"
	"  vgicsim list events -f json\n";

static const struct argp_option options[] = {
	{ "format", 'f', "text|json", 0, "text (default) or json", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const char *const formats[] = { "text", "json", NULL };
	static const char *const whats[] = { "designs", "hosts", "locks", "events", NULL };
	struct list_args *a = state->input;

	switch (key) {
	case 'f':
		a->json = choose(state, "-f", formats, arg);
		return 0;
	case ARGP_KEY_ARG:
		if (!a->what)
			a->what = whats[choose(state, "list", whats, arg)];
		else if (!a->name && (!strcmp(a->what, "hosts") || !strcmp(a->what, "designs")))
			a->name = arg;
		else
			argp_error(state, "want one list, have %s as well", arg);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "want designs, hosts, locks or events");
	}
	return ARGP_ERR_UNKNOWN;
}

/* Rows are JSON objects of strings; the text form shows the same, aligned. */
static int print_rows(json_t *rows, bool json, struct err *err)
{
	size_t i, width[8] = { 0 };
	json_t *r, *v;
	const char *key;

	if (!rows)
		return err_set(err, ERR_NOMEM, "out of memory");
	if (json) {
		json_dumpf(rows, stdout, JSON_INDENT(1));
		putchar('\n');
	}
	json_array_foreach(rows, i, r)
	{
		size_t c = 0;

		json_object_foreach(r, key, v) if (c < 8 && json_string_length(v) > width[c++])
			width[c - 1] = json_string_length(v);
	}
	for (i = 0; !json && i < json_array_size(rows); i++) {
		size_t c = 0, nr;
		int blanks = 0; /* none at the end of a line */

		r = json_array_get(rows, i);
		nr = json_object_size(r);
		json_object_foreach(r, key, v)
		{
			const char *s = json_string_value(v);
			int pad = c + 1 < nr && c < 8 ? (int)width[c] : 0;

			blanks += c ? 2 : 0;
			if (*s) {
				printf("%*s%s", blanks, "", s);
				blanks = 0;
			}
			if (pad > (int)strlen(s))
				blanks += pad - (int)strlen(s);
			c++;
		}
		putchar('\n');
	}
	json_decref(rows);
	return 0;
}

static void design_row(json_t *rows, const struct vgic_design *d)
{
	const char *gics = (d->gics & 1u << 2) && (d->gics & 1u << 3) ? "GICv2 GICv3"
			   : d->gics & 1u << 2			      ? "GICv2"
								      : "GICv3";

	json_array_append_new(rows, json_pack("{s:s,s:s,s:s,s:s,s:s}", "name", d->name, "kernel",
					      d->kernel, "gics", gics, "summary", d->summary,
					      "source", d->source));
}

/* Those that are built in, or the one of a name or file. */
static json_t *design_rows(const char *word, struct err *err, int *ret)
{
	const struct vgic_design *one = word ? design_load(word, err) : NULL;
	json_t *rows = json_array();

	if (word && !one)
		*ret = err->code;
	if (one)
		design_row(rows, one);
	for (unsigned int i = 0; !word && vgic_designs[i]; i++)
		design_row(rows, vgic_designs[i]);
	return rows;
}

static json_t *lock_rows(void)
{
	static const char *const what[LOCK_NR_ALGOS] = {
		[LOCK_TICKET] =
			"fair; all waiters reload the line at each release (arm64 to Linux 4.18)",
		[LOCK_QUEUED] =
			"fair; handed to one waiter, on its own line (arm64 from Linux 4.19)",
		[LOCK_TAS] = "test-and-set; unfair, for comparison",
	};
	json_t *rows = json_array();

	for (unsigned int i = 0; i < LOCK_NR_ALGOS; i++)
		json_array_append_new(rows, json_pack("{s:s,s:s}", "name", lock_algo_names[i],
						      "summary", what[i]));
	return rows;
}

static json_t *event_rows(void)
{
	static const char *const args[REC_NR_KINDS] = {
		[REC_ENTRY] = "[pc=]",
		[REC_EXIT] = "reason=irq|trap|serror [ec=] [pc=] [cause=]",
		[REC_MMIO] = "read|write gpa= len=1|2|4|8 val=",
		[REC_SYSREG] = "read|write reg= val=",
		[REC_WFI] = "",
		[REC_WFE] = "",
		[REC_HVC] = "[imm=]",
		[REC_INJECT] = "irq= level=0|1 [vcpu=]",
		[REC_MSI] = "devid= eventid=",
		[REC_ITS] = "cmd= and its operands",
		[REC_SCHED] = "in|out",
		[REC_HOST_IRQ] = "[irq=] [name=]",
		[REC_IPI] = "[reason=] [to=]",
		[REC_ACK] = "irq= [src=]",
		[REC_EOI] = "irq= [src=]",
		[REC_DIR] = "irq= [src=]",
		[REC_LRS] = "at=entry|exit used= lr0= ... [hcr=] [vmcr=] [apr=]",
		[REC_QUEUED] = "irq= [line=] [latch=] [active=] [enabled=] [prio=]",
		[REC_STATE] = "irq= [vcpu=] enabled= pending= line= active= config= prio= target=",
		[REC_LOST] = "n=",
	};
	json_t *rows = json_array();

	for (unsigned int k = 1; k < REC_NR_KINDS; k++)
		if (args[k])
			json_array_append_new(rows, json_pack("{s:s,s:s}", "name", rec_kind_name(k),
							      "arguments", args[k]));
	return rows;
}

static json_t *host_rows(struct err *err, int *ret)
{
	struct host *host = malloc(sizeof(*host));
	json_t *rows = json_array();
	char **names = NULL;
	unsigned int nr = 0;

	*ret = host ? host_list(&names, &nr, err) : err_set(err, ERR_NOMEM, "out of memory");
	for (unsigned int i = 0; i < nr; i++) {
		if (!*ret)
			*ret = host_load(host, names[i], err);
		if (!*ret)
			json_array_append_new(rows, json_pack("{s:s,s:s}", "name", host->name,
							      "summary", host->summary));
		free(names[i]);
	}
	free(names);
	free(host);
	return rows;
}

static json_t *cost_rows(const char *name, struct err *err, int *ret)
{
	struct host *host = malloc(sizeof(*host));
	json_t *rows = json_array();

	*ret = host ? host_load(host, name, err) : err_set(err, ERR_NOMEM, "out of memory");
	for (unsigned int k = 0; !*ret && k < HK_NR; k++) {
		const struct cost *c = &host->c[k];
		char value[48];

		if (host_keys[k].kind == HKK_TIME)
			out_time(value, sizeof(value), (int64_t)c->time.ps);
		else
			snprintf(value, sizeof(value), "%" PRIu64, c->count);
		json_array_append_new(rows,
				      json_pack("{s:s,s:s,s:s,s:s,s:s}", "key", host_keys[k].key,
						"value", value, "tag", cost_tag_names[c->tag],
						"help", host_keys[k].help, "source", c->source));
	}
	free(host);
	return rows;
}

int cmd_list(int argc, char **argv)
{
	static const struct argp argp = {
		options, parse, "designs [NAME|FILE]|hosts [NAME]|locks|events", doc, NULL,
		NULL,	 NULL
	};
	struct list_args a = { .command = argv[0] };
	json_t *rows;
	struct err err;
	int ret = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (!strcmp(a.what, "designs"))
		rows = design_rows(a.name, &err, &ret);
	else if (!strcmp(a.what, "locks"))
		rows = lock_rows();
	else if (!strcmp(a.what, "events"))
		rows = event_rows();
	else if (a.name)
		rows = cost_rows(a.name, &err, &ret);
	else
		rows = host_rows(&err, &ret);
	if (ret)
		json_decref(rows);
	else
		ret = print_rows(rows, a.json, &err);
	return ret ? fail(a.command, &err) : 0;
}
