// SPDX-License-Identifier: GPL-2.0-or-later
/* A case as a text trace whose first lines say how it is replayed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "random.h"
#include "text.h"

static void put_command(FILE *f, const struct random_case *c, const char *design, uint64_t explore)
{
	static const char *const inject[] = {
		[INJECT_ANCHORED] = "anchored", [INJECT_CLOCK] = "clock"
	};
	static const char *const work[] = {
		[HOST_WORK_MODEL] = "model", [HOST_WORK_RECORDED] = "recorded"
	};
	const struct random_setup *s = &c->setup;

	fprintf(f, "# vgicsim replay --check -d %s --host %s --lrs %u --lock %s", design,
		random_host_name(c->meta.gic, s->host), s->nr_lrs, lock_algo_names[s->lock]);
	fprintf(f, " --inject %s --host-work %s", inject[s->inject], work[s->host_work]);
	fprintf(f, " --service sgi=%uns,ppi=%uns,spi=%uns --wfi-grace %uus", s->service_ns[0],
		s->service_ns[1], s->service_ns[2], s->wfi_grace_us);
	/* The option says how fast the guest is, the setup how long it takes. */
	fprintf(f, " --guest-speed %u/%u --explore %" PRIu64 " FILE\n", s->speed_den, s->speed_num,
		explore);
}

static void put_comment(FILE *f, const char *comment)
{
	while (*comment) {
		size_t n = 0;

		while (comment[n] && comment[n] != '\n')
			n++;
		fprintf(f, "# %.*s\n", (int)n, comment);
		comment += n + (comment[n] == '\n');
	}
}

char *random_case_text(const struct random_case *c, const char *design, uint64_t explore,
		       const char *comment)
{
	char head[TEXT_HEADER_MAX], line[TEXT_LINE_MAX];
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	if (!f)
		return NULL;
	put_comment(f, comment);
	put_command(f, c, design, explore);
	text_header_format(&c->meta, head, sizeof(head));
	fputs(head, f);
	for (size_t i = 0; i < c->nr;) {
		unsigned int n = text_line_recs(&c->rec[i]);

		text_format(&c->rec[i], n, line, sizeof(line));
		fprintf(f, "%s\n", line);
		i += n;
	}
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}
