#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Print sim/VALIDATION.md: prose, and tables made of the data in sim/validation.
# Called by bench/validation.sh, which makes those. What has no data is said to be missing.
#
#   bench/validation-page.sh TREE
set -eu

tree=$1
data=$tree/sim/validation

# rows FILE: without comments and, of a CSV, its head.
rows() {
	case $1 in
	*.csv) sed 1d "$data/$1" ;;
	*) grep -v '^#' "$data/$1" || true ;;
	esac
}

have() {
	[ -s "$data/$1" ]
}

# csv_rows FILE: fields separated by tabs, quotes taken off.
csv_rows() {
	rows "$1" | awk '{
		n = length($0); quoted = 0; out = ""
		for (i = 1; i <= n; i++) {
			c = substr($0, i, 1)
			if (c == "\"") {
				if (quoted && substr($0, i + 1, 1) == "\"") { out = out c; i++ }
				else quoted = !quoted
			} else if (c == "," && !quoted) out = out "\t"
			else out = out c
		}
		print out
	}'
}

percent_awk='function pc(n, of) { return of ? sprintf("%.2f %%", int(n * 10000 / of) / 100) : "-" }'

# The design that models a recorded kernel.
own_awk='function own(k, d) {
	return k == "4.6" && d == "kvm-legacy" || k == "4.8" && d == "kvm-aplist" ||
		k == "6.1" && d == "kvm-aplist-6.1"
}'

# ---- at a glance -----------------------------------------------------------------------

line() {
	printf '| %s | %s | %s | %s |\n' "$@"
}

glance_conform() {
	rows conform.tsv | awk -F'\t' "$percent_awk $own_awk"'
		own($3, $6) {
			failed += $11 ~ /^failed=/
			n++; e += $7; i += $8
			if ($7 && (min == "" || $8 / $7 < min)) { min = $8 / $7; mi = $8; me = $7 }
			split($11, c, " ")
			for (x in c) if (c[x] ~ /^unexplained=/) { sub(/.*=/, "", c[x]); u += c[x] }
		}
		END {
			printf "%d recordings, %d entries\t%s identical, the least %s; %d unexplained%s\n",
				n, e, pc(i, e), pc(mi, me), u, failed ? "; " failed " failed" : ""
		}'
}

glance_check() {
	rows check.tsv | awk -F'\t' '
		$4 == "sum" { n++; e += $5; d += $6; v += $7; name[$2] = design[$3] = 1 }
		$4 == "declared" { x += $7 }
		$4 == "failed" { failed++ }
		END {
			for (k in name) names++
			for (k in design) designs++
			printf "%d recordings under %d designs, %d deliveries\t" \
				"%d violations; %d declared deviations%s\n", names, designs, d, v, x,
				failed ? "; " failed " runs failed" : ""
		}'
}

glance_validate() {
	csv_rows validate.csv | awk -F'\t' '{ n++; c[$12]++ }
		END {
			printf "%d rows\t%d pass, %d miss, %d by a stand-in, %d not modelled yet\n",
				n, c["pass"], c["miss"], c["stand-in"], c["not modelled yet"]
		}'
}

glance_work() {
	rows work.tsv | awk -F'\t' '$1 == "compared" && $3 == "median" {
			n += $4; p += $5; if ($6 > w) w = $6
		}
		END { printf "%d functions and paths\t%d within 10 %%, the worst %s %%\n", n, p, w }'
}

glance_random() {
	rows random.tsv | awk -F'\t' '{
		printf "%d traces, %d runs, %d deliveries\t%d findings\n", $1, $3, $5, $6 }'
}

# The last line of the script's output sums up.
glance_mutants() {
	printf 'each design\t%s\n' "$(tail -n 1 "$data/mutants.txt")"
}

# An interval of a system that draws nothing, or is saturated, has no width.
# shellcheck disable=SC2016 # awk's
queue_awk='NF >= 4 {
	d = $2 / $4 - 1; if (d < 0) d = -d
	wide = $3 > $4 / 1000
	out = wide && ($2 - $4 > $3 || $4 - $2 > $3)
}'

glance_queueing() {
	rows queueing.tsv | awk "$queue_awk"'NF >= 4 {
			n++; with += wide; outside += out
			if (d > w) w = d
		}
		END {
			printf "%d systems of 1 to 256 customers\tthroughput %.2f %% off at most; %d of %d " \
				"confidence intervals leave theory out\n", n, w * 100, outside, with
		}'
}

glance_native() {
	rows native.tsv | awk -F'\t' '{ n++; l += $5; d += $6; e += $7 == "yes" }
		END {
			printf "%d runs, %d lock acquisitions, %d deliveries\tall counts equal in %d\n",
				n, l, d, e
		}'
}

glance_fuzz() {
	awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		/^#/ { next }
		{
			n += $c["executions"]; wall += $c["seconds"]; cpu += $c["cpu_seconds"]
			f += $c["findings"]; h[$c["harness"]] = 1
		}
		END {
			for (k in h) hs++
			printf "%d harnesses, %.1f million runs in %.1f hours (%.1f of CPU)\t%d findings\n",
				hs, n / 1e6, wall / 3600, cpu / 3600, f
		}' "$data/fuzz.tsv"
}

# glance CHECK AGAINST FUNCTION FILE
glance() {
	if [ -s "$4" ]; then
		"$3" | while IFS='	' read -r much outcome; do
			line "$1" "$2" "$much" "$outcome"
		done
	else
		line "$1" "$2" "-" "not recorded here yet"
	fi
}

at_a_glance() {
	line check against "how much" outcome
	line --- --- --- ---
	glance "\`conform\`" "list registers that real kernels loaded" glance_conform \
		"$data/conform.tsv"
	glance "\`work\`" "instructions that real kernels spent" glance_work "$data/work.tsv"
	glance "\`replay --check\`" "the GIC architecture" glance_check "$data/check.tsv"
	glance "\`random\`" "the architecture, lock order, a second engine" glance_random \
		"$data/random.tsv"
	glance "mutants" "does the net catch fish" glance_mutants "$data/mutants.txt"
	glance "queueing" "exact mean-value analysis" glance_queueing "$data/queueing.tsv"
	glance "\`native --serial\`" "the same sources with real locks" glance_native "$data/native.tsv"
	glance "fuzzing" "crashes and undefined behaviour in readers" glance_fuzz \
		"$data/fuzz.tsv"
	glance "\`validate\`" "published measurements" glance_validate "$data/validate.csv"
}

# ---- tables ------------------------------------------------------------------------------

# conform_table FILE: each design beside its own kernel.
conform_table() {
	echo "| recording | Linux | GIC | vCPUs | design | entries | identical | other order | different | classes |"
	echo "|---|---|---|---|---|---|---|---|---|---|"
	rows "$1" | awk -F'\t' "$percent_awk $own_awk"'
		own($3, $6) {
			printf "| %s | %s | v%s | %s | %s | %s | %s | %s | %s | %s |\n", $2, $3, $4, $5,
				$6, $7, pc($8, $7), $9, $10, $11
		}'
}

conform_cross() {
	echo "| Linux | GIC | design | recordings | entries | identical | differ by |"
	echo "|---|---|---|---|---|---|---|"
	rows conform.tsv | awk -F'\t' "$percent_awk $own_awk"'
		!own($3, $6) {
			k = $3 "\t" ($2 ~ /gicv2/ ? "v2" : "v3") "\t" $6
			n[k]++; e[k] += $7; i[k] += $8
			m = split($11, c, " ")
			for (x = 1; x <= m; x++)
				if (c[x] ~ /^failed=/) {
					n[k]--; failed[k]++
					sub(/^failed=/, "", c[x]); gsub(/_/, " ", c[x]); why[k] = c[x]
				} else if (split(c[x], p, "=") == 2) {
					if (!((k, p[1]) in cls)) order[k] = order[k] " " p[1]
					cls[k, p[1]] += p[2]
				}
		}
		END {
			for (k in n) {
				split(k, f, "\t"); s = ""
				m = split(order[k], names, " ")
				for (x = 1; x <= m; x++)
					s = s (s ? ", " : "") names[x] " " cls[k, names[x]]
				if (failed[k])
					s = s (s ? "; " : "") failed[k] " more not to its end: " why[k]
				printf "| %s | %s | %s | %d | %d | %s | %s |\n", f[1], f[2], f[3], n[k],
					e[k], pc(i[k], e[k]), s ? s : "-"
			}
		}' | LC_ALL=C sort
}

check_table() {
	echo "| design | recordings | entries | deliveries | violations | not to their end |"
	echo "|---|---|---|---|---|---|"
	rows "$1" | awk -F'\t' '
		$4 == "sum" { n[$3]++; e[$3] += $5; d[$3] += $6; v[$3] += $7 }
		$4 == "failed" { n[$3] += 0; f[$3] = f[$3] (f[$3] ? "; " : "") $2 ": " $5 }
		END {
			for (k in n)
				printf "| %s | %d | %d | %d | %d | %s |\n", k, n[k], e[k], d[k], v[k],
					f[k] ? f[k] : "none"
		}' | LC_ALL=C sort
}

declared_table() {
	echo "| design | deviation | found as | how often | in recordings |"
	echo "|---|---|---|---|---|"
	rows "$1" | awk -F'\t' '$4 == "declared" {
			k = $3 " | " $5 " | " $6; c[k] += $7; n[k]++
		}
		END { for (k in c) printf "| %s | %d | %d |\n", k, c[k], n[k] }' | LC_ALL=C sort
}

work_table() {
	echo "| Linux | what | rows | within 10 % | the worst | in |"
	echo "|---|---|---|---|---|---|"
	rows work.tsv | awk -F'\t' '$3 == "median" {
		printf "| %s | %s | %d | %d | %s %% | `%s` |\n", $2, $1, $4, $5, $6, $7 }'
}

# The parts of the queueing data, named by the comment before each.
queueing_table() {
	echo "| system | sizes | throughput off theory, at most | intervals that leave theory out |"
	echo "|---|---|---|---|"
	awk '/^# n/ { next }
		/^# / { name = substr($0, 3); next }'"$queue_awk"'NF >= 4 {
			if (!(name in n)) order[++parts] = name
			n[name]++; with[name] += wide; outside[name] += out
			if (d > w[name]) w[name] = d
		}
		END {
			for (i = 1; i <= parts; i++) {
				k = order[i]
				printf "| %s | %d | %.2f %% | %s |\n", k, n[k], w[k] * 100,
					with[k] ? outside[k] " of " with[k] : "none has a width"
			}
		}' "$data/queueing.tsv"
}

fuzz_table() {
	awk -F'\t' 'NR == 1 {
			sub(/^# */, "")
			gsub(/\t/, " | "); print "| " $0 " |"
			n = gsub(/ \| /, "|"); printf "|"
			for (i = 0; i <= n; i++) printf "---|"
			print ""
			next
		}
		!/^#/ { gsub(/\t/, " | "); print "| " $0 " |" }' "$data/fuzz.tsv"
}

mutants_block() {
	echo '```'
	cat "$data/mutants.txt"
	echo '```'
}

native_table() {
	echo "| design | locks | traces | operations | lock acquisitions | deliveries | equal |"
	echo "|---|---|---|---|---|---|---|"
	rows native.tsv | awk -F'\t' '{
			k = $2 " | " $3; n[k]++; o[k] += $4; l[k] += $5; d[k] += $6; e[k] += $7 == "yes"
		}
		END {
			for (k in n)
				printf "| %s | %d | %d | %d | %d | %d |\n", k, n[k], o[k], l[k], d[k], e[k]
		}' | LC_ALL=C sort
}

tsv_table() {
	awk -F'\t' 'NR == 1 { sub(/^#/, "") }
		{ s = "|"; for (i = 1; i <= NF; i++) s = s " " $i " |"; print s }
		NR == 1 { s = "|"; for (i = 1; i <= NF; i++) s = s "---|"; print s }' "$data/$1"
}

validate_table() {
	echo "| row | experiment | published | predicted | error | band | target | verdict |"
	echo "|---|---|---|---|---|---|---|---|"
	csv_rows validate.csv | awk -F'\t' '
		function num(x, v) {
			if (x == "") return "-"
			v = x < 0 ? -x : x + 0
			return sprintf(v >= 1000 ? "%.0f" : v >= 10 ? "%.1f" : "%.3g", x)
		}
		$4 != "" {
			printf "| %s | %s | %s %s | %s | %s | %s .. %s | %s | %s |\n", $1, $16, num($3),
				$2, num($4), $9 == "" ? "" : sprintf("%+.1f %%", $9), num($5), num($6),
				$11, $12 == "stand-in" ? "none: by a stand-in" : $12
		}'
}

missing_rows() {
	csv_rows validate.csv | awk -F'\t' '$12 == "not modelled yet" {
		printf "* %s, %s: %s\n", $1, $16, $17 }'
}

# What moves each prediction most.
widest_table() {
	csv_rows validate.csv | awk -F'\t' '$10 != "" { n[$10]++ }
		END { for (k in n) print n[k] " `" k "`" }' | LC_ALL=C sort -k1,1nr -k2 |
		awk '{ s = s (s ? ", " : "") $2 " (" $1 ")" } END { print s "." }'
}

# Explanations of the data file, of rows that have a figure.
explanations() {
	csv_rows validate.csv | awk -F'\t' '$4 != "" { print $1 }' | while read -r row; do
		awk -v row="[$row]" '$0 == row { on = 1; next } /^\[/ { on = 0 }
			on && /^explanation = / { sub(/^explanation = /, ""); s = s (s ? " " : "") $0 }
			END { if (s) print "* " substr(row, 2, length(row) - 2) ": " s }' \
			"$tree/workloads/published.ini"
	done
}

profiles_table() {
	echo "| profile | published | derived | assumed |"
	echo "|---|---|---|---|"
	for f in "$tree"/sim/machine/hosts/*.ini; do
		awk -v name="$(basename "$f" .ini)" '
			/^[a-z0-9_]+ = [0-9.]+(ps|ns|us)[ \t]+\[[pda]\]/ && !/not on this machine/ {
				match($0, /\[[pda]\]/); n[substr($0, RSTART + 1, 1)]++
			}
			END { printf "| %s | %d | %d | %d |\n", name, n["p"], n["d"], n["a"] }' "$f"
	done
}

sensitivity_table() {
	echo "| cost | tag | B less A at half | as it is | at twice | flips at |"
	echo "|---|---|---|---|---|---|"
	rows "sensitivity-$1.csv" | awk -F, '
		function d(a, b) { return a ? sprintf("%+.1f %%", (b - a) * 100 / a) : "-" }
		function f(x) { return x == "" ? "" : sprintf("×%.3g", x / $3) }
		$4 == 1 && NR <= 10 {
			s = f($11); t = f($12)
			printf "| `%s` | %s | %s | %s | %s | %s |\n", $1, $2, d($7, $8), d($5, $6),
				d($9, $10), s t == "" ? "never" : s (s != "" && t != "" ? ", " : "") t
		}'
}

sensitivity_counts() {
	rows "sensitivity-$1.csv" | awk -F, '$4 == 1 { n++; f += $11 != "" || $12 != "" }
		END { printf "%d costs matter; %d of them alone flip the verdict within 1/16 to 16 times their value.\n", n, f }'
}

missing() {
	echo "_Not recorded in this tree yet._"
}

# table FILE COMMAND...: the command's output if there is the file.
table() {
	file=$1
	shift
	if [ -s "$file" ]; then
		"$@"
	else
		missing
	fi
}

# ---- the page -------------------------------------------------------------------------------

cat <<'END'
# What is checked, and what is not

Made by `bench/validation.sh` of what the program and its checks print; a test compares what is
cheap to make again. Tables and figures are generated, the text between them is not, and says what
was asked, not what came out.

## What is not validated

* **The legacy vgic's lock under contention.** No published figure shows it: every one in print is of
  an idle machine of at most eight cores. That `dist->lock` does not scale is a result of the model,
  backed by analogues alone.
* **Old against new on one machine.** No published pair of figures was found. Each side is held
  against figures of its own time and machine.
* **Costs without a published figure.** For no host is there one for `sgi_phys`, `host_irq`, `ich_r`,
  `ich_w`, `virq_entry`, `wfi_wake` and `wake_send`; and `insn`, one instruction a cycle in most
  profiles, is nowhere measured. ThunderX is almost wholly assumed.
* **The GICv2 profiles against what they were fitted to.** They were derived by hand from figures of kernels
  that read and write all list registers at each exit, of which there is no design yet. The GICv3 profiles
  are replayed against theirs (`sim/study/calibration-test.c`).
* **Time of recordings.** They were made on an emulated arm64 machine. What the kernels did is real, the
  list registers are theirs; how long it took is the emulator's. `conform` and `--check` use the first,
  nothing uses the second as evidence.
* **The guest.** Where a recording has no list registers, its handlers' times are assumed. Nested
  handlers, EOImode 1 and the priority mask are not modelled.
* **The stack switch on arm64** (`sim/des/fiber.c`) has not been run; all of this was made on x86-64.
* **LPIs, the ITS, GICv4, Xen** are not modelled yet, nor other dates of KVM than 4.6, 4.8 and 6.1.
  Published rows that need them are listed as such below.
* **Random traces and fuzzing** find faults; that they find none proves nothing beyond what they tried.

Of the times in each host profile (those that the machine has), so many are published for it, derived
from what is, or assumed:

END
profiles_table
cat <<'END'

## At a glance

END
at_a_glance
cat <<'END'

## Against real kernels: list registers

`vgicsim conform`: the recorded kernel's list registers at every guest entry beside those that the
design loads, each design beside its own kernel. The classes are explained in `vgicsim-conform(1)`. On
the author's recordings, which are not in the tree:

END
table "$data/conform.tsv" conform_table conform.tsv
cat <<'END'

On the samples in the tree, which are cut from them; this is made again by every test run:

END
table "$data/conform-tree.tsv" conform_table conform-tree.tsv
cat <<'END'

Beside another kernel's recordings the differences are the finding (`fields`: what the two write into
list registers differs by construction, the legacy vgic's missing priorities above all):

END
table "$data/conform.tsv" conform_cross
cat <<'END'

## Against real kernels: instructions

`vgicsim work`: the instructions that the designs charge, function by function, beside the medians
counted in the kernels that they model. `growth` is how counts grow with interrupt ids.

END
table "$data/work.tsv" work_table
cat <<'END'

## Against the architecture

`vgicsim replay --check`: a slow model of the GIC runs beside the design and judges every delivery. On the
recordings:

END
table "$data/check.tsv" check_table check.tsv
echo
echo "On the samples of the tree:"
echo
table "$data/check-tree.tsv" check_table check-tree.tsv
cat <<'END'

Where the modelled kernels leave the architecture, the designs say so beforehand; each such case was
recognised and counted:

END
table "$data/check.tsv" declared_table check.tsv
cat <<'END'

Every run on this page is also watched by a lock checker (order inversions, a lock held into the guest or
taken twice, interrupts on where they must be off); a finding ends the run and would stand under "not to
their end". `sim/cli/e2e-lockdep.sh` breaks each rule.

## Random traces, and mutants

`vgicsim random`: small adversarial traces, each through every design, judged by the architecture, by lock
order and by a second engine that yields at every step.

END
table "$data/random.tsv" tsv_table random.tsv
cat <<'END'

Deliberate faults of the designs, and what caught each:

END
table "$data/mutants.txt" mutants_block
cat <<'END'

## The engine against queueing theory

Closed systems of 1 to 256 customers, one server: throughput beside exact mean-value analysis, with
99.9 % confidence intervals; and with the cost of hand-overs as computed by hand.

END
table "$data/queueing.tsv" queueing_table
if have queueing.png; then
	printf '\n![simulated throughput and theory](validation/queueing.png)\n'
fi
cat <<'END'

## On real threads

`vgicsim native --serial`: the same design sources with real locks and memory, in one thread and the trace's
order; every count, every list register at an entry and every delivery must be the simulated one. With a
thread a vCPU, `vgicsim native` shows measured waits beside the simulated ones; those are of the machine that
it runs on and are not shown here.

END
table "$data/native.tsv" native_table
cat <<'END'

## Fuzzing

Long runs that were recorded (`bench/fuzz/run.sh -r`), beside other work on the same machine: `cpu_seconds` is
what they got. `./test.sh` replays the fixed corpora, to which every input that found something belongs.

END
table "$data/fuzz.tsv" fuzz_table
cat <<'END'

## Against published measurements

`vgicsim validate`, under targets that were fixed before the first run. No profile is fitted to these rows;
`sim/study/profiles-test.c` keeps the two apart. The band is the prediction with the assumed costs halved
and doubled, each alone and all at once. A stand-in is another kernel than the one measured: no verdict.

END
validate_table
if have validate.svg; then
	printf '\n![predicted over published, with bands and targets](validation/validate.svg)\n'
fi
printf '\nThe cost that moves a prediction most, and of how many rows: '
widest_table
cat <<'END'

Explanations, as the data file has them. They explain, and excuse nothing:

END
explanations
cat <<'END'

Rows for which the model has no answer yet:

END
missing_rows
cat <<'END'

## Which costs decide

`vgicsim sensitivity`: every cost halved and doubled, one at a time, and moved to 1/16 and to 16 times its
value in search of where the verdict between kvm-legacy (A) and kvm-aplist (B) flips. The ten widest:
END
if have sensitivity.tsv; then
	{
		rows sensitivity.tsv
		! have sensitivity-more.tsv || rows sensitivity-more.tsv
	} | while IFS='	' read -r name trace metric options; do
		printf '\n### %s of %s\n\n' "$metric" "$trace"
		[ "$options" = - ] || echo "With \`$options\`."
		sensitivity_counts "$name"
		echo
		sensitivity_table "$name"
		if have "sensitivity-$name.svg"; then
			printf '\n![tornado chart: %s](validation/sensitivity-%s.svg)\n' "$metric" "$name"
		fi
	done
else
	echo
	missing
fi
