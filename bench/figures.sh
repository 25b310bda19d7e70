# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the benchmark scripts share; to be sourced.

# spread FILE [EXPR]: median, least and most of an awk expression over the lines.
spread() {
	awk "{ printf \"%.9g\\n\", ${2:-\$1} }" "$1" | sort -g | awk '
		{ v[NR] = $1 }
		END {
			m = int((NR + 1) / 2)
			printf "%.9g %.9g %.9g\n", NR % 2 ? v[m] : (v[m] + v[m + 1]) / 2, v[1], v[NR]
		}'
}

# target VALUE at-least|at-most LIMIT [UNIT]: the target and its verdict.
target() {
	awk -v v="$1" -v how="$2" -v limit="$3" -v unit="${4:-}" 'BEGIN {
		met = how == "at-least" ? v >= limit : v <= limit
		sub("-", " ", how)
		printf "target: %s %s%s: %s\n", how, limit, unit, met ? "met" : "MISSED"
	}'
}

# What was measured on: to be printed above any time.
machine_line() {
	printf '%s, %s CPUs, %s\n' \
		"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
		"$(date -u +%Y-%m-%d)"
}
