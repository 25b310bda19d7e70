#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Make sim/VALIDATION.md and the data and figures that it shows, in sim/validation,
# from what the program and its checks print now.
#
#   bench/validation.sh BUILD_DIR [RECORDINGS]     make them
#   bench/validation.sh --tree BUILD_DIR           only what is cheap, and the page
#   bench/validation.sh --mutants BUILD_DIR        only what bench/mutants.sh prints (it takes
#                                                  longest), and the page
#   bench/validation.sh --check BUILD_DIR          what is cheap is as it was; the page
#                                                  is what its data make
#
# RECORDINGS is a directory of trace-cmd files, each NAME.dat perhaps with
# NAME.vgic-state.txt. The names tell the kernel: k46-* is Linux 4.6, k48-* is 4.8,
# *linux612* is 6.12, all others 6.1. Without it what was made of recordings the last time
# stays. Parts whose program or script is not in the tree are left out, and the page
# says so. Takes some ten minutes with recordings.
set -eu

check=false
all=true
mutants=false
charts=true
case ${1:-} in
--check)
	check=true
	shift
	;;
--tree)
	all=false
	shift
	;;
--mutants)
	mutants=true
	shift
	;;
esac
[ $# -ge 1 ] || { sed -n '3,19s/^# \{0,1\}//p' "$0" >&2; exit 2; }
build=$(cd "$1" && pwd)
recordings=${2:-}
tree=$(cd "$(dirname "$0")/.." && pwd)
vgicsim=$build/sim/cli/vgicsim
data=$tree/sim/validation
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

[ -x "$vgicsim" ] || { echo "validation.sh: no program $vgicsim" >&2; exit 2; }
has_command() {
	"$vgicsim" --help | grep -q "^  $1  *[a-z]"
}

designs() {
	"$vgicsim" list designs | awk '{ print $1 }'
}

kernel_of() {
	case $1 in
	k46-*) echo 4.6 ;;
	k48-*) echo 4.8 ;;
	*linux612*) echo 6.12 ;;
	*) echo 6.1 ;;
	esac
}

# first_member FILE NAME: the first number or string of that name in indented JSON.
first_member() {
	sed -n "s/^ *\"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$1" | head -n 1
}

# ---- one trace -------------------------------------------------------------------

# conform_one PLACE NAME TRACE DESIGN: a line; nothing if it has no list registers.
conform_one() {
	status=0
	"$vgicsim" conform -q -n 0 -f json -d "$4" "$3" >"$tmp/c.json" 2>"$tmp/c.err" || status=$?
	case $status in
	0) ;;
	3) return 0 ;;
	*)
		printf '%s\t%s\t%s\t-\t-\t%s\t0\t0\t0\t0\tfailed=%s\n' "$1" "$2" \
			"$(kernel_of "$2")" "$4" \
			"$(sed 's/^[^:]*: at [^:]*: //; s/ (seed .*//; q' "$tmp/c.err" | tr ' ' _)"
		return 0
		;;
	esac
	classes=$(awk '/"classes": {/ { on = 1; next } on && /}/ { exit }
		on { gsub(/[",:]/, ""); if ($2 > 0) s = s (s ? " " : "") $1 "=" $2 }
		END { print s ? s : "-" }' "$tmp/c.json")
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$(kernel_of "$2")" \
		"$(first_member "$tmp/c.json" gic)" "$(first_member "$tmp/c.json" vcpus)" "$4" \
		"$(first_member "$tmp/c.json" entries)" "$(first_member "$tmp/c.json" identical)" \
		"$(first_member "$tmp/c.json" same_set_other_order)" \
		"$(first_member "$tmp/c.json" different)" "$classes"
}

# check_one PLACE NAME TRACE DESIGN: a line of sums, then one a declared deviation.
check_one() {
	status=0
	"$vgicsim" replay -q --check -f json -d "$4" "$3" >"$tmp/r.json" 2>"$tmp/r.err" || status=$?
	# A run that broke off leaves no result behind, one with violations does.
	if ! grep -q '"violations":' "$tmp/r.json"; then
		printf '%s\t%s\t%s\tfailed\t%s\t-\t%s\n' "$1" "$2" "$4" \
			"$(sed 's/^[^:]*: //; s/ (seed .*//; q' "$tmp/r.err")" "$status"
		return 0
	fi
	awk -v place="$1" -v name="$2" -v design="$4" '
		function value(s) { sub(/^[^:]*: "?/, "", s); sub(/"?,?$/, "", s); return s }
		/^ *"check": {/ { on = 1 }
		!on { next }
		/^ *"deliveries":/ { deliveries = value($0) }
		/^ *"entries":/ { entries = value($0) }
		/^ *"violations":/ {
			print place "\t" name "\t" design "\tsum\t" entries "\t" \
				deliveries "\t" value($0)
		}
		/^ *"shown":/ { exit }
		/^ *"finding":/ { finding = value($0) }
		/^ *"deviation":/ { deviation = value($0) }
		/^ *"count":/ {
			print place "\t" name "\t" design "\tdeclared\t" deviation "\t" \
				finding "\t" value($0)
		}' "$tmp/r.json"
}

# each FUNCTION PLACE DIR: of every trace there, under every design.
each() {
	for trace in "$3"/*.pcap "$3"/*.pcap.gz; do
		[ -e "$trace" ] || continue
		name=$(basename "${trace%.gz}" .pcap)
		for design in $(designs); do
			"$1" "$2" "$name" "$trace" "$design"
		done
	done
}

import_recordings() {
	mkdir "$tmp/rec"
	for f in "$recordings"/*.dat; do
		name=$(basename "$f" .dat)
		# Another format of the same recording.
		case $name in *.v6) continue ;; esac
		set --
		[ ! -e "$recordings/$name.vgic-state.txt" ] ||
			set -- --vgic-state "$recordings/$name.vgic-state.txt"
		"$vgicsim" import -q "$@" "$f" -o "$tmp/rec/$name.pcap" 2>/dev/null ||
			echo "validation.sh: $name: not imported" >&2
	done
}

# ---- what is cheap: the tree alone -------------------------------------------------

conform_head='#place	trace	kernel	gic	vcpus	design	entries	identical	reordered	different	classes'
check_head='#place	trace	design	what	entries|deviation	deliveries|finding	violations|count'

tree_conform() {
	echo "$conform_head"
	each conform_one tree "$tree/traces/samples"
}

tree_check() {
	echo "$check_head"
	each check_one tree "$tree/traces/samples"
}

# A line a kernel, kind of row and statistic: rows, within 10 %, the worst and whose it is.
tree_work() {
	echo "#class	kernel	statistic	rows	pass	worst_percent	function"
	"$vgicsim" work -f csv | awk -F, '
		NR == 1 || ($1 != "compared" && $1 != "growth") || $14 == "" { next }
		{
			k = $1 "\t" $2 "\t" $12
			n[k]++
			pass[k] += $16 == 1
			off = $15 < 0 ? -$15 : $15 + 0
			if (!(k in worst) || off > worst[k]) {
				worst[k] = off
				who[k] = $9
			}
		}
		END {
			for (k in n)
				printf "%s\t%d\t%d\t%.2f\t%s\n", k, n[k], pass[k], worst[k], who[k]
		}' | LC_ALL=C sort
}

# native_one PLACE NAME TRACE DESIGN: one thread with real locks beside the simulated machine.
native_one() {
	for lock in ticket queued; do
		status=0
		"$vgicsim" native -q --serial --repeat 1 --lock $lock -f json -d "$4" "$3" \
			>"$tmp/n.json" 2>/dev/null || status=$?
		[ "$status" = 0 ] || [ "$status" = 1 ] || continue
		awk -v name="$2" -v design="$4" -v lock=$lock -v equal="$status" '
			function value(s) { gsub(/[^0-9]/, "", s); return s }
			/^ *"operations":/ { operations = value($0) }
			/^ *"acquired": {/ { what = "locks" }
			/^ *"interrupts_taken": {/ { what = "taken" }
			/^ *"simulated":/ && what { sum[what] += value($0); what = "" }
			END {
				print name "\t" design "\t" lock "\t" operations "\t" \
					sum["locks"] + 0 "\t" sum["taken"] + 0 "\t" (equal ? "no" : "yes")
			}' "$tmp/n.json"
	done
}

tree_native() {
	echo "#trace	design	lock	operations	acquisitions	deliveries	equal"
	each native_one tree "$tree/traces/samples"
}

# sensitivity_one LIST NAME TRACE METRIC [OPTION...]: data, and unless only checked a figure.
sensitivity_one() {
	list=$1 name=$2 trace=$3 metric=$4
	shift 4
	echo "$name	$(basename "$trace")	$metric	${*:--}" >>"$out/$list"
	$check || ! $charts || set -- "$@" -o "$out/sensitivity-$name.svg"
	"$vgicsim" sensitivity -q "$trace" --metric "$metric" -f csv \
		-o "$out/sensitivity-$name.csv" "$@"
}

collect_tree() {
	tree_conform >"$out/conform-tree.tsv"
	tree_check >"$out/check-tree.tsv"
	"$vgicsim" validate -q -f csv -o "$out/validate.csv"
	if has_command work; then
		tree_work >"$out/work.tsv"
	fi
	if has_command native; then
		tree_native >"$out/native.tsv"
	fi
	echo "#name	trace	metric	options" >"$out/sensitivity.tsv"
	sensitivity_one sensitivity.tsv hackbench-v2 \
		"$tree/traces/samples/gicv2-4vcpu-hackbench.pcap.gz" delivery_p50
	sensitivity_one sensitivity.tsv hackbench-v3 \
		"$tree/traces/samples/gicv3-8vcpu-hackbench.pcap.gz" entry_mean
}

# ---- what is not -------------------------------------------------------------------

collect_recordings() {
	import_recordings
	{ echo "$conform_head"; each conform_one recording "$tmp/rec"; } >"$out/conform.tsv"
	{ echo "$check_head"; each check_one recording "$tmp/rec"; } >"$out/check.tsv"
}

collect_random() {
	status=0
	"$vgicsim" random -q -n 2000 --seed 1 -f json >"$tmp/random.json" || status=$?
	[ "$status" = 0 ] || [ "$status" = 5 ] || return "$status"
	{
		printf '#traces\trecords\truns\tentries\tdeliveries\tfindings\n'
		for m in traces records runs entries deliveries findings_count; do
			printf '%s\t' "$(first_member "$tmp/random.json" $m)"
		done | sed 's/\t$//'
		echo
	} >"$out/random.tsv"
}

# What no published figure shows: the legacy lock under contention.
collect_scaling() {
	has_command gen || return 0
	echo "#name	trace	metric	options" >"$out/sensitivity-more.tsv"
	charts=false # where one design has a hundredth of the other, bars have no length
	sensitivity_one sensitivity-more.tsv scaling gen:hackbench,vcpus=64,duration=5ms \
		entry_mean --lock queued --limit 8000
}

collect_queueing() {
	"$build/bench/bench-queueing" >"$out/queueing.tsv"
	(cd "$tree/plots" &&
		gnuplot -e "data='$out/queueing.tsv'; out='$tmp/queueing.png'" queueing.gp)
	cp "$tmp/queueing.png" "$out/queueing.png"
}

# Exit status 1 is a survivor; more is no result.
collect_mutants() {
	status=0
	"$tree/bench/mutants.sh" >"$tmp/mutants.txt" || status=$?
	[ "$status" -lt 2 ] || return "$status"
	cp "$tmp/mutants.txt" "$out/mutants.txt"
}

draw_validate() {
	(cd "$tree/plots" && gnuplot -e "data='$tmp/ratio.tsv'; out='$out/validate.svg'" validate.gp)
}

# Published figures, as ratios that a logarithmic axis can have.
ratios() {
	awk -F, 'NR > 1 && ($12 ~ /^(pass|miss|stand-in)$/) && $3 > 0 && $4 > 0 && $5 > 0 {
		target = $11
		lo = hi = 1
		if (target ~ /^±/) {
			gsub(/[^0-9.]/, "", target)
			lo = 1 - target / 100
			hi = 1 + target / 100
		} else if (target ~ /^×/) {
			gsub(/[^0-9.]/, "", target)
			lo = 1 / target
			hi = target
		} else
			next
		print $1 "\t" $4 / $3 "\t" $5 / $3 "\t" $6 / $3 "\t" lo "\t" hi "\t" $12
	}' "$out/validate.csv"
}

# ---- check, or make ------------------------------------------------------------------

if $check; then
	out=$tmp
	collect_tree
	bad=0
	for f in conform-tree.tsv check-tree.tsv validate.csv work.tsv native.tsv sensitivity.tsv \
		sensitivity-hackbench-v2.csv sensitivity-hackbench-v3.csv; do
		[ -e "$out/$f" ] || [ -e "$data/$f" ] || continue
		diff -u "$data/$f" "$out/$f" >"$tmp/diff" && continue
		bad=1
		echo "sim/validation/$f is not what is printed now:"
		head -n 20 "$tmp/diff"
	done
	"$tree/bench/validation-page.sh" "$tree" >"$tmp/page.md"
	if ! diff -u "$tree/sim/VALIDATION.md" "$tmp/page.md" >"$tmp/diff"; then
		bad=1
		echo "sim/VALIDATION.md is not what its data make:"
		head -n 20 "$tmp/diff"
	fi
	[ $bad = 0 ] || echo "bench/validation.sh --tree BUILD_DIR makes them anew; look at what changed first."
	exit $bad
fi

mkdir -p "$data"
out=$data
if $mutants; then
	collect_mutants
else
	collect_tree
	[ ! -e "$tree/bench/fuzz/RUNS.tsv" ] || cp "$tree/bench/fuzz/RUNS.tsv" "$out/fuzz.tsv"
	ratios >"$tmp/ratio.tsv"
	draw_validate
fi
if $all && ! $mutants; then
	collect_scaling
	[ -z "$recordings" ] || collect_recordings
	! has_command random || collect_random
	[ ! -x "$build/bench/bench-queueing" ] || collect_queueing
fi
"$tree/bench/validation-page.sh" "$tree" >"$tmp/page.md"
cp "$tmp/page.md" "$tree/sim/VALIDATION.md"
