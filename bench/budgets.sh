#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Instructions, counted by valgrind's callgrind, against the budgets in budgets.tsv: of
# a record replayed, read or made, and of each verb of the machine. Time wobbles with
# whatever else the machine does; these do not, so a change of a few per cent is found.
#
#   bench/budgets.sh [BUILD]             compare; 1 if one does not hold
#   bench/budgets.sh --show [BUILD]      compare, and print them all
#   bench/budgets.sh --update [BUILD]    write what is measured into budgets.tsv
#
# BUILD is the release preset's (default build/release): the numbers hold for one
# compiler and its flags, which budgets.tsv names. For another build nothing is
# compared, and the exit status is 77.
#
# Less than budgeted by more than the tolerance is no success either: the budget is then
# to be made anew, or what was won could be lost again unseen.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
budgets=$here/budgets.tsv
mode=check
measured=
tab=$(printf '\t')

usage() {
	sed -n 's/^# \{0,1\}//; 7,9p' "$0" >&2
	exit 2
}

while [ $# -gt 0 ]; do
	case $1 in
	--update) mode=update ;;
	--show) mode=show ;;
	# For the test of this script: budgets and measurements from files.
	--from) measured=${2:?} budgets=${3:?}; shift 2 ;;
	-*) usage ;;
	*) break ;;
	esac
	shift
done
[ $# -le 1 ] || usage
build=${1:-$here/../build/release}
[ -z "$measured" ] || build=.

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM

# Onto $tmp/measured: "# build", then what, instructions, of what.
measure() {
	if [ ! -x "$build/bench/budget" ]; then
		echo "budgets: no $build/bench/budget: it is built where valgrind's headers are" >&2
		exit 1
	fi
	if ! command -v valgrind >/dev/null; then
		echo "budgets: no valgrind here (bench/install-deps.sh test)" >&2
		exit 1
	fi
	# The same environment everywhere, and the C library's plain copy loops
	# whatever this processor has; memory is given back by the clock otherwise.
	if ! (cd "$tmp" && env -i PATH="$PATH" LC_ALL=C \
		GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-AVX,-ERMS,-FSRM \
		MALLOC_CONF=narenas:1,dirty_decay_ms:-1,muzzy_decay_ms:-1 \
		valgrind --tool=callgrind --callgrind-out-file=cg \
		"$1" . >pieces 2>valgrind.log); then
		cat "$tmp/valgrind.log" >&2
		echo "budgets: it did not run under valgrind" >&2
		exit 1
	fi
	head -n 1 "$tmp/pieces" >"$tmp/measured"
	n=0
	tail -n +2 "$tmp/pieces" | while IFS= read -r piece; do
		n=$((n + 2))
		printf '%s\t%s\n' "$piece" "$(sed -n 's/^summary: //p' "$tmp/cg.$n")"
	done >"$tmp/counts"
	# A piece that is there twice: the difference.
	awk -F '\t' '
		!($1 in n) { order[++nr] = $1; n[$1] = $3; ir[$1] = $4; per[$1] = $2; next }
		{ n[$1] = $3 - n[$1]; ir[$1] = $4 - ir[$1] }
		END {
			for (i = 1; i <= nr; i++)
				printf "%s\t%.2f\t%s\n", order[i], ir[order[i]] / n[order[i]], \
					per[order[i]]
		}' "$tmp/counts" >>"$tmp/measured"
}

if [ ! -d "$build" ]; then
	echo "budgets: no folder $build" >&2
	exit 2
fi
if [ -n "$measured" ]; then
	cp "$measured" "$tmp/measured"
else
	built=
	[ ! -x "$build/bench/budget" ] || built=$("$build/bench/budget" --built)
	holds=$(sed -n 's/^# build: //p' "$budgets" 2>/dev/null || true)
	if [ "$mode" != update ] && [ -n "$built" ] && [ "$built" != "$holds" ]; then
		echo "budgets: they hold for $holds"
		echo "budgets: nothing is compared: this is $built"
		exit 77
	fi
	build=$(cd "$build" && pwd)
	measure "$build/bench/budget"
fi

if [ "$mode" = update ]; then
	# Tolerances stay where somebody has set them.
	[ -e "$budgets" ] || : >"$budgets"
	{
		cat <<-EOF
		# Instructions by callgrind: bench/budgets.sh compares, with --update it writes this.
		# build: $(sed -n '1s/^# //p' "$tmp/measured")
		# what${tab}instructions${tab}of one${tab}tolerance in %
		EOF
		awk -F '\t' '
			/^#/ { next }
			FILENAME == ARGV[1] { tolerance[$1] = $4; next }
			{ printf "%s\t%s\t%s\t%s\n", $1, $2, $3, \
				$1 in tolerance ? tolerance[$1] : 2 }' "$budgets" "$tmp/measured"
	} >"$tmp/new"
	cp "$tmp/new" "$budgets.new"
	mv "$budgets.new" "$budgets"
	now=$(sed -n '1s/^# //p' "$tmp/measured")
	if [ -n "${holds:-}" ] && [ "$holds" != "$now" ]; then
		echo "budgets: they were for $holds; now they are for $now"
	fi
	echo "budgets: $(grep -vc '^#' "$budgets") written to ${budgets##*/}"
	exit 0
fi

awk -F '\t' -v show="$([ $mode = show ] && echo 1)" '
	/^#/ { next }
	FILENAME == ARGV[1] { budget[$1] = $2; tolerance[$1] = $4; order[++nr] = $1; next }
	function line(verdict) {
		printf "%-62s %10.2f %10.2f %+7.2f %%  %s\n", $1, budget[$1], $2, change, verdict
	}
	{
		seen[$1] = 1
		if (!($1 in budget)) {
			printf "%-62s %10s %10.2f            no budget\n", $1, "-", $2
			bad++
			next
		}
		change = ($2 - budget[$1]) / budget[$1] * 100
		size = change < 0 ? -change : change
		if (size > largest) {
			largest = size
			which = sprintf("%+.2f %% for \"%s\"", change, $1)
		}
		if (size > tolerance[$1]) {
			if (!bad)
				printf "%-62s %10s %10s %9s\n", "what", "budget", "measured", "change"
			bad++
			if (change > 0)
				worse++
			line(change > 0 ? "WORSE" : "better")
		} else if (show) {
			line("")
		}
		held++
	}
	END {
		for (i = 1; i <= nr; i++)
			if (!(order[i] in seen)) {
				printf "%-62s %10.2f %10s            not measured any more\n", \
					order[i], budget[order[i]], "-"
				bad++
			}
		if (!nr || !held) {
			print "budgets: nothing was compared"
			exit 1
		}
		if (bad) {
			printf "budgets: %d of %d do not hold%s\n", bad, nr, \
				worse ? "" : ", none of them because it got dearer"
			print "if that is as it should be: bench/budgets.sh --update, " \
				"and say why in the commit"
			exit 1
		}
		printf "budgets: %d hold", nr
		print which ? "; the largest change is " which : ""
	}' "$budgets" "$tmp/measured"
