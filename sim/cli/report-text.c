// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HTML as text: escaping, numbers with their units, and the table pieces that
 * every section uses. Rounding happens here and nowhere else.
 */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report-int.h"

void h_esc(FILE *f, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		case '\'':
			fputs("&#39;", f);
			break;
		default:
			if ((unsigned char)*s < 0x20 || *s == 0x7f)
				fputc(' ', f);
			else
				fputc(*s, f);
		}
	}
}

/* Knows %s, %u and %% only: enough, and nothing can slip past the escaping. */
__attribute__((format(printf, 2, 3))) void h_printf(FILE *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			fputc(*fmt, f);
			continue;
		}
		fmt++;
		if (*fmt == 's')
			h_esc(f, va_arg(ap, const char *));
		else if (*fmt == 'u')
			fprintf(f, "%u", va_arg(ap, unsigned int));
		else
			fputc('%', f);
	}
	va_end(ap);
}

static const char *text_digits(struct rbuf *b, double v, const char *unit)
{
	int places = v == floor(v) && v < 1000 ? 0 : v < 9.995 ? 2 : v < 99.95 ? 1 : 0;

	snprintf(b->s, sizeof(b->s), "%.*f%s", places, v, unit);
	return b->s;
}

const char *r_time(struct rbuf *b, double ps)
{
	static const char *const unit[] = { " ps", " ns", " µs", " ms", " s" };
	unsigned int i = 0;

	if (ps == 0) {
		strcpy(b->s, "0");
		return b->s;
	}
	while (i < 4 && ps >= 999.5) {
		ps /= 1000;
		i++;
	}
	return text_digits(b, ps, unit[i]);
}

const char *r_signed_time(struct rbuf *b, double ps)
{
	struct rbuf abs;

	snprintf(b->s, sizeof(b->s), "%s%s",
		 ps < 0	  ? "−"
		 : ps > 0 ? "+"
			  : "",
		 r_time(&abs, fabs(ps)));
	return b->s;
}

const char *r_count(struct rbuf *b, double n)
{
	char digits[40];
	size_t len, o = 0;

	if (!(fabs(n) < 1e18))
		return "(too large)";
	len = (size_t)snprintf(digits, sizeof(digits), "%" PRId64, (int64_t)n);
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0 && digits[i - 1] != '-')
			b->s[o++] = ',';
		b->s[o++] = digits[i];
	}
	b->s[o] = '\0';
	return b->s;
}

const char *r_bytes(struct rbuf *b, double n)
{
	static const char *const unit[] = { "B", "kB", "MB", "GB", "TB" };
	unsigned int u = 0;

	for (; fabs(n) >= 999.5 && u < 4; u++)
		n /= 1000;
	snprintf(b->s, sizeof(b->s), "%.*f %s",
		 !u || fabs(n) >= 99.95 ? 0
		 : fabs(n) < 9.995	? 2
					: 1,
		 n, unit[u]);
	return b->s;
}

const char *r_percent(struct rbuf *b, double share)
{
	double v = fabs(share) * 100;
	const char *sign = share < 0 ? "−" : "";

	if (v == 0)
		return "0 %";
	if (v < 0.01)
		snprintf(b->s, sizeof(b->s), "%s<0.01 %%", sign);
	else
		snprintf(b->s, sizeof(b->s), "%s%.*f %%", sign,
			 v < 0.995		     ? 2
			 : v < 9.95 && v != floor(v) ? 1
						     : 0,
			 v);
	return b->s;
}

void h_td_time(struct report *r, double ps)
{
	struct rbuf b;

	h_printf(r->html, "<td class=\"n\">%s</td>", r_time(&b, ps));
}

void h_td_count(struct report *r, double n)
{
	struct rbuf b;

	h_printf(r->html, "<td class=\"n\">%s</td>", r_count(&b, n));
}

/* ---- series --------------------------------------------------------------- */

const char *r_colour(const struct rseries *s)
{
	static const char *const okabe_ito[] = {
		"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5f6770",
	};

	return okabe_ito[s->hue % (sizeof(okabe_ito) / sizeof(okabe_ito[0]))];
}

void r_mix(char to[8], const char *rgb, unsigned int share)
{
	unsigned int c[3] = { 0 };

	sscanf(rgb, "#%2x%2x%2x", &c[0], &c[1], &c[2]);
	for (unsigned int k = 0; k < 3; k++)
		c[k] = 255 - (255 - (c[k] & 255)) * share / 100;
	snprintf(to, 8, "#%02x%02x%02x", c[0] & 255, c[1] & 255, c[2] & 255);
}

/* The shape that the figures' points have: filled in the first file, else open. */
void h_series(struct report *r, const struct rseries *s)
{
	static const char *const shape[2][4] = { { "●", "■", "▲", "▼" }, { "○", "□", "△", "▽" } };

	h_printf(r->html, "<span class=\"k\" style=\"color:%s\">%s</span> %s", r_colour(s),
		 shape[s->file & 1][s->hue & 3], s->label);
}

void h_td_series(struct report *r, const struct rseries *s)
{
	fputs("<td class=\"s\">", r->html);
	h_series(r, s);
	fputs("</td>", r->html);
}

void h_series_head(struct report *r, const char *first)
{
	h_printf(r->html, "<div class=\"scroll\"><table><thead><tr><th>%s</th>", first);
	for (unsigned int i = 0; i < r->nr_series; i++) {
		fputs("<th class=\"n\" style=\"white-space:normal\">", r->html);
		h_series(r, &r->series[i]);
		fputs("</th>", r->html);
	}
	fputs("</tr></thead><tbody>\n", r->html);
}

void h_details(struct report *r, const char *summary)
{
	h_printf(r->html, "<details><summary>%s</summary>\n", summary);
}

void h_details_end(struct report *r)
{
	fputs("</details>\n", r->html);
}

/* ---- any JSON as a table --------------------------------------------------- */

static void flat_scalar(FILE *f, const json_t *v)
{
	if (json_is_string(v))
		h_esc(f, json_string_value(v));
	else if (json_is_integer(v))
		fprintf(f, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v))
		fprintf(f, "%.9g", json_real_value(v));
	else
		fputs(json_is_true(v) ? "yes" : json_is_false(v) ? "no" : "none", f);
}

static void flat_row(struct report *r, const char *name, const json_t *v, unsigned int depth)
{
	char path[300];
	const char *key;
	size_t i;
	json_t *sub;

	if (json_is_object(v) && json_object_size(v) && depth < 8) {
		json_object_foreach((json_t *)v, key, sub)
		{
			snprintf(path, sizeof(path), "%s%s%s", name, *name ? "." : "", key);
			flat_row(r, path, sub, depth + 1);
		}
		return;
	}
	h_printf(r->html, "<tr><th>%s</th><td class=\"w\">", name);
	if (json_is_array(v)) {
		json_array_foreach(v, i, sub)
		{
			fputs(i ? ", " : "", r->html);
			if (json_is_object(sub) || json_is_array(sub)) {
				char *text = json_dumps(sub, JSON_COMPACT);

				h_esc(r->html, text ? text : "?");
				free(text);
			} else {
				flat_scalar(r->html, sub);
			}
		}
		if (!json_array_size(v))
			fputs("none", r->html);
	} else if (json_is_object(v)) {
		fputs("none", r->html);
	} else {
		flat_scalar(r->html, v);
	}
	fputs("</td></tr>\n", r->html);
}

void h_flat(struct report *r, const json_t *v)
{
	fputs("<div class=\"scroll\"><table><tbody>\n", r->html);
	if (v)
		flat_row(r, "", v, 0);
	fputs("</tbody></table></div>\n", r->html);
}
