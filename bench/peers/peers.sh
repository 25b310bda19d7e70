#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The same program (program.h) on this engine, on ns-3 and on SimGrid: first whether
# all grant the same locks to the same actors at the same times, then CPU time a
# handler and its ratios. Runs of all take turns; ratios are of each turn, so that
# what else the machine does hits both sides; median, least and most are shown.
#
#   bench/peers/peers.sh [--quick] [--no-install] [BUILD]     default build/release
#
#   --quick        two short turns: that it works
#   --no-install   take ns-3 and SimGrid where they are, do not install them
#   --same         ours alone, and no time: that they do what same.tsv has, which is
#                  what all of them did
#
# Ours is measured twice. "engine" is the engine with a plain queue for a lock, which is
# what the others have as well: the targets are for it. "machine" is what designs run
# on, where each lock has a cache line, a ticket, statistics and the rules of lockdep.
#
# Exit status: 0; 1 if two of them do not agree on what happens; 2 on trouble. A missed
# target or a missing simulator is said and is no failure.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=bench/figures.sh
. "$here/../figures.sh"
turns=9
ours=1000000 ns3=200000 simgrid=20000 # handlers a turn
install=1 only_same=
while [ $# -gt 0 ]; do
	case $1 in
	--quick) turns=2 ours=50000 ns3=10000 simgrid=2000 ;;
	--no-install) install= ;;
	--same) only_same=1 install= ;;
	-*) sed -n 's/^# \{0,1\}//; 8,13p' "$0" >&2; exit 2 ;;
	*) break ;;
	esac
	shift
done
build=${1:-$here/../../build/release}
vgicsim=$build/bench/peers/peer-vgicsim
if [ ! -x "$vgicsim" ]; then
	echo "peers: no $vgicsim: build it first" >&2
	exit 2
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 2' HUP INT TERM

if [ -n "$install" ] && ! "$here/../install-deps.sh" peers >"$dir/log" 2>&1; then
	echo "ns-3 and SimGrid could not be installed; what is here already is measured:"
	sed 's/^/    /' "$dir/log"
fi
command -v pkg-config >/dev/null || { echo "peers: no pkg-config" >&2; exit 2; }

# compile NAME SOURCE PACKAGE LIBRARY: or say why not.
peers=
flags="-std=c++17 -O3 -DNDEBUG"
compile() {
	if ! pkg-config --exists "$3" || ! command -v g++ >/dev/null; then
		echo "NOT MEASURED: $1 is not installed (bench/install-deps.sh peers)"
		return
	fi
	# shellcheck disable=SC2046,SC2086
	if ! g++ $flags "$here/$2" -o "$dir/$1" $(pkg-config --cflags "$3") "$4" >"$dir/log" 2>&1; then
		echo "NOT MEASURED: $1 $(pkg-config --modversion "$3") does not compile here:"
		sed 's/^/    /' "$dir/log" | head -n 5
		return
	fi
	echo "$1 $(pkg-config --modversion "$3"), the library as the system has it, g++ $flags"
	peers="$peers $1"
}

if [ -z "$only_same" ]; then
	machine_line
	# Its .pc file names libraries for static linking, which a program does not need.
	compile ns-3 peer-ns3.cpp ns3-core -lns3-core
	compile SimGrid peer-simgrid.cpp simgrid -lsimgrid
fi

# run WHO VARIANT ACTORS HANDLERS: what program_report() prints.
run() {
	case $1 in
	engine | machine) "$vgicsim" "$1" "$2" "$3" "$4" ;;
	# Its default, and what turned out to be its fastest here.
	ns-3) "$dir/ns-3" "$2" "$3" "$4" Map ;;
	ns-3-pq) "$dir/ns-3" "$2" "$3" "$4" PriorityQueue ;;
	SimGrid) "$dir/SimGrid" "$2" "$3" "$4" --log=root.thres:warning ;;
	esac
}

who="engine machine"
for p in $peers; do
	who="$who $p"
	[ "$p" != ns-3 ] || who="$who ns-3-pq"
done
handlers() {
	case $1 in
	engine | machine) echo $ours ;;
	ns-3*) echo $ns3 ;;
	SimGrid) echo $simgrid ;;
	esac
}

# same.tsv: variant, actors, handlers asked for, handlers done (whole rounds), hash of what happened.
while read -r variant n handlers did hash; do
	for w in $who; do
		have=$(run "$w" "$variant" "$n" "$handlers" | cut -d ' ' -f 1,3)
		[ "$have" = "$did $hash" ] && continue
		echo "$w does not do what the others did: $variant, $n actors, $handlers handlers:"
		echo "    want $did $hash (handlers, hash), have $have"
		exit 1
	done
done <"$here/same.tsv"
echo "same history of every lock, to the nanosecond, $(wc -l <"$here/same.tsv") cases:$(
	for w in $who; do printf ' %s' "$w"; done)"
[ -z "$only_same" ] || exit 0

for variant in one fine; do
	[ $variant = one ] && echo "one lock for all:" || echo "own lock and two at random:"
	for n in 8 64 256; do
		: >"$dir/turns"
		turn=0
		while [ $turn -lt $turns ]; do
			for w in $who; do
				run "$w" $variant $n "$(handlers "$w")" |
					awk '{ printf "%.4f ", $2 / $1 }' >>"$dir/turns"
			done
			echo >>"$dir/turns"
			turn=$((turn + 1))
		done
		column=0
		for w in $who; do
			column=$((column + 1))
			# shellcheck disable=SC2046
			set -- $(spread "$dir/turns" "\$$column")
			printf '  %3d actors  %-8s %8.1f ns a handler (%.1f to %.1f)' $n "$w" "$@"
			if [ $column -gt 2 ]; then
				# shellcheck disable=SC2046
				set -- $(spread "$dir/turns" "\$$column / \$1") \
					$(spread "$dir/turns" "\$$column / \$2")
				printf ': engine %.1f times as fast (%.1f to %.1f), machine %.1f (%.1f to %.1f)' "$@"
				case $n$w in
				64ns-3*) printf '; %s' "$(target "$1" at-least 3)" ;;
				64SimGrid) printf '; %s' "$(target "$1" at-least 20)" ;;
				esac
			fi
			echo
		done
	done
done
