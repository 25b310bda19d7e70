// SPDX-License-Identifier: GPL-2.0-or-later
#include "tagged.h"

#include <string.h>

const char *tagged_line_refuse(const char *line, size_t room)
{
	size_t len = strlen(line);

	if (len >= room || len >= TAGGED_MAX_LINE)
		return "longer than 199 bytes";
	if (line[0] != ';' && line[0] != '#' && strstr(line, " ;"))
		return "a comment begins a line of its own, have \" ;\" inside one";
	if ((line[0] == ' ' || line[0] == '\t') && line[strspn(line, " \t\r\n")])
		return "want no blank before a key";
	return NULL;
}

bool tagged_split(const char *text, char *value, size_t len, char *tag, const char **source,
		  const char **why)
{
	const char *open = strchr(text, '[');
	size_t n;

	if (!open || !open[1] || open[2] != ']' || !strchr("pda", open[1])) {
		*why = "want [p], [d] or [a] after the value";
		return false;
	}
	n = (size_t)(open - text);
	while (n && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	if (!n || n >= len) {
		*why = "want a value before the tag";
		return false;
	}
	memcpy(value, text, n);
	value[n] = 0;
	*tag = open[1];
	*source = open + 3 + strspn(open + 3, " \t");
	if (!**source) {
		*why = "want a source after the tag";
		return false;
	}
	return true;
}
