#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The speed and the memory of the simulator, each figure beside its target, with the
# spread of its repetitions: from a file against libtrace alone, from memory, by the
# number of vCPUs, in two threads, bytes, and against other simulators.
#
#   bench/bench.sh [--quick] [--no-install] [--no-peers] [BUILD]   default build/release
#
#   --quick        two short turns: that it works; no figure means anything
#   --no-install   compare with ns-3 and SimGrid only where they are already
#   --no-peers     do not compare with them
#
# Repetitions take turns and ratios are made within a turn, so that what else the machine
# does hits both sides. Times are CPU time of all threads unless it says wall.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=bench/figures.sh
. "$here/figures.sh"

turns=9 few=5
file_records=500000 memory_records=200000 grow_records=30000 thread_records=500000
short_records=500000 long_records=4000000 byte_records=200000
quick='' no_install='' peers=1
while [ $# -gt 0 ]; do
	case $1 in
	--quick)
		quick=--quick turns=2 few=1
		file_records=20000 memory_records=20000 grow_records=10000
		thread_records=20000 short_records=100000 long_records=200000
		# Fewer than fill the window of the replay compare two windows.
		byte_records=70000
		;;
	--no-install) no_install=--no-install ;;
	--no-peers) peers= ;;
	-*) sed -n 's/^# \{0,1\}//; 7,11p' "$0" >&2; exit 2 ;;
	*) break ;;
	esac
	shift
done
build=${1:-$here/../build/release}
[ -d "$build" ] || { echo "bench: no folder $build" >&2; exit 2; }
build=$(cd "$build" && pwd)
vgicsim=$build/sim/cli/vgicsim
engine=$build/bench/bench-engine
for p in "$vgicsim" "$engine" "$build/bench/gen-trace" "$build/bench/read-libtrace" \
	"$build/bench/measure"; do
	[ -x "$p" ] || { echo "bench: no $p: build it first" >&2; exit 2; }
done
if grep -q 'VGICSIM_SANITIZE:STRING=..*' "$build/CMakeCache.txt"; then
	echo "bench: $build has sanitizers: nothing measured there means anything" >&2
	exit 2
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 2' HUP INT TERM

designs=$("$vgicsim" list designs -f json | sed -n 's/^ *"name": "\(kvm-[^"]*\)".*/\1/p')
[ -n "$designs" ] || { echo "bench: no design" >&2; exit 2; }
# One core, where the system lets one choose.
pin=
last=$(($(nproc) - 1))
if taskset -c $last true 2>/dev/null; then
	pin="taskset -c $last"
fi

machine_line
echo "vgicsim $("$vgicsim" --version | head -n 1 | cut -d ' ' -f 2)$(
	git -C "$here" describe --always --dirty 2>/dev/null | sed 's/^/, /'), $(
	"$build/bench/budget" --built 2>/dev/null || echo "$build")"
echo "load $(cut -d ' ' -f 1-3 /proc/loadavg); $turns turns${quick:+; QUICK: these figures mean nothing}"

# made WORKLOAD VCPUS RECORDS: a path that needs no file.
made() {
	echo "gen:$1,vcpus=$2,duration=1000s,records=$3"
}

# ---- from a file

# timed NAME COMMAND...: "wall CPU KiB" of it, wall and CPU in us.
timed() {
	# shellcheck disable=SC2086
	$pin "$build/bench/measure" "$@"
}

# from_file WORKLOAD VCPUS [LIMIT]: $dir/t.pcap, made for it, and the target if there is one.
from_file() {
	: >"$dir/turns"
	turn=0
	while [ $turn -lt $turns ]; do
		{
			timed "$build/bench/read-libtrace" "$dir/t.pcap" | cut -d ' ' -f 1,2
			for d in $designs; do
				timed "$vgicsim" replay -q -d "$d" -f csv "$dir/t.pcap" |
					cut -d ' ' -f 1,2
			done
		} | tr '\n' ' ' >>"$dir/turns"
		echo >>"$dir/turns"
		turn=$((turn + 1))
	done
	rm "$dir/t.pcap"
	what="$1, $2 vCPUs" limit=${3:-}
	# shellcheck disable=SC2046,SC2183
	printf '  %-21s  %-14s %6.2f M records/s (%.2f to %.2f), wall %.2f (%.2f to %.2f)\n' \
		"$what" "libtrace alone" \
		$(spread "$dir/turns" "$file_records / \$2") $(spread "$dir/turns" "$file_records / \$1")
	column=2
	for d in $designs; do
		# shellcheck disable=SC2046
		set -- $(spread "$dir/turns" "\$2 / \$$((column + 2))")
		# shellcheck disable=SC2046,SC2183
		printf '  %-21s  %-14s %6.2f M records/s (%.2f to %.2f), wall %.2f (%.2f to %.2f): %.3f of the read rate (%.3f to %.3f)%s\n' \
			"$what" "$d" \
			$(spread "$dir/turns" "$file_records / \$$((column + 2))") \
			$(spread "$dir/turns" "$file_records / \$$((column + 1))") \
			"$@" "${limit:+; $(target "$1" at-least "$limit")}"
		column=$((column + 2))
	done
}

echo
echo "from an uncompressed pcap through libtrace, $file_records records, ${pin:+one core, }the" \
	"default host:"
for vcpus in 8 64; do
	limit=0.35
	[ $vcpus = 8 ] || limit=0.25
	"$vgicsim" gen hackbench -q --vcpus $vcpus --duration 1000s --records "$file_records" \
		-o "$dir/t.pcap"
	from_file hackbench $vcpus $limit
	# Harder: short guest runs, and every second exit sends an SGI to anybody.
	"$build/bench/gen-trace" $vcpus "$file_records" "$dir/t.pcap"
	from_file gen-trace $vcpus
done

# ---- from memory

comma() {
	echo "$@" | tr ' ' ','
}

echo
echo "from memory, decoded once, one thread, hackbench, 8 vCPUs, $memory_records records:"
# shellcheck disable=SC2046,SC2086
$pin "$engine" memory $turns $(comma $designs) "$(made hackbench 8 $memory_records)" >"$dir/memory"
for d in $designs; do
	awk -v d="$d" '$2 == d' "$dir/memory" >"$dir/turns"
	# shellcheck disable=SC2046
	set -- $(spread "$dir/turns" "\$5 / \$6 * 1000")
	limit=7
	[ "$d" != kvm-legacy ] || limit=10
	printf '  %-15s %6.2f M records/s (%.2f to %.2f); %s\n' "$d" "$@" \
		"$(target "$1" at-least $limit " M/s")"
done

# grow WORKLOAD SIZE...: cost by the number of vCPUs, and how much it grows.
grow() {
	workload=$1
	shift
	sizes=$*
	set --
	for n in $sizes; do
		set -- "$@" "$(made "$workload" "$n" $grow_records)" \
			"$(made "$workload" "$n" $((3 * grow_records)))"
	done
	$pin "$engine" memory $turns kvm-legacy,kvm-aplist "$@" >"$dir/memory"
	for d in kvm-legacy kvm-aplist; do
		# A turn a line, ns a record in the order of the sizes.
		awk -v d="$d" '
			$2 == d && $3 % 2 == 0 { records = $5; ns = $6 }
			$2 == d && $3 % 2 {
				line[$1] = line[$1] " " ($6 - ns) / ($5 - records)
			}
			END { for (t in line) print line[t] }' "$dir/memory" >"$dir/turns"
		printf '  %-11s %s' "$d" "$workload"
		column=0
		for n in $sizes; do
			column=$((column + 1))
			# shellcheck disable=SC2046
			set -- $(spread "$dir/turns" "\$$column")
			printf ', %d: %.0f (%.0f to %.0f)' "$n" "$@"
		done
		# shellcheck disable=SC2046
		set -- $(spread "$dir/turns" "\$$column / \$1")
		printf '\n  %-11s %s from %d to %d vCPUs: %.1f times (%.1f to %.1f); %s\n' "$d" \
			"$workload" "${sizes%% *}" "$n" "$@" "$(target "$1" at-most 6 " times")"
	done
}

echo
echo "by the number of vCPUs, from memory: ns a record, of $((2 * grow_records)) records" \
	"that are the difference of two traces:"
grow hackbench 1 2 4 8 16 32 64 128 256 512

# ---- two threads

echo
echo "two designs of one file, hackbench, 8 vCPUs, $thread_records records, one read:"
"$vgicsim" gen hackbench -q --vcpus 8 --duration 1000s --records "$thread_records" -o "$dir/t.pcap"
# The second pair takes about as long each: none waits for the other at the end.
for pair in kvm-legacy,kvm-aplist kvm-aplist,kvm-aplist-6.1; do
	"$engine" threads $turns $pair "$dir/t.pcap" >"$dir/turns"
	# shellcheck disable=SC2046
	set -- $(spread "$dir/turns" "\$3 / \$4")
	# shellcheck disable=SC2046
	printf '  %-26s wall %.2f s in one thread, %.2f s in two: %.2f times as fast (%.2f to %.2f); %s\n' \
		$pair $(spread "$dir/turns" "\$3 / 1e9" | cut -d ' ' -f 1) \
		$(spread "$dir/turns" "\$4 / 1e9" | cut -d ' ' -f 1) "$@" \
		"$(target "$1" at-least 1.8 " times")"
	# shellcheck disable=SC2046,SC2183
	printf '  %-26s CPU time of two threads: %.2f of that of one (%.2f to %.2f)\n' $pair \
		$(spread "$dir/turns" "\$6 / \$5")
done
rm "$dir/t.pcap"
if [ "$(nproc)" -lt 2 ]; then
	echo "  there is but one CPU here: two threads cannot be faster"
fi

# ---- memory

echo
echo "memory:"
for n in $short_records $long_records; do
	"$build/bench/gen-trace" 8 "$n" "$dir/$n.pcap"
done
for d in kvm-legacy kvm-aplist; do
	: >"$dir/turns"
	turn=0
	while [ $turn -lt $few ]; do
		for n in $short_records $long_records; do
			"$build/bench/measure" "$vgicsim" replay -q -d "$d" -f csv "$dir/$n.pcap" |
				awk '{ printf "%s ", $3 }' >>"$dir/turns"
		done
		echo >>"$dir/turns"
		turn=$((turn + 1))
	done
	# shellcheck disable=SC2046
	set -- $(spread "$dir/turns" "\$2 / \$1")
	# shellcheck disable=SC2046
	printf '  %-11s %.1f MiB at the peak of %d records, %.1f of %d: %.2f times (%.2f to %.2f); %s\n' "$d" \
		$(spread "$dir/turns" "\$1 / 1024" | cut -d ' ' -f 1) $short_records \
		$(spread "$dir/turns" "\$2 / 1024" | cut -d ' ' -f 1) $long_records "$@" \
		"$(target "$1" at-most 1.1 " times")"
done
rm "$dir"/*.pcap

# Resident memory that a replay takes, less what the design asked for; the difference of
# two traces that differ in vCPUs or interrupts alone. $1 column, then two traces.
beyond() {
	column=$1
	: >"$dir/turns"
	turn=0
	while [ $turn -lt $few ]; do
		for t in "$2" "$3"; do
			"$engine" bytes "$d" "$t" | tr '\n' ' ' >>"$dir/turns"
		done
		echo >>"$dir/turns"
		turn=$((turn + 1))
	done
	spread "$dir/turns" "((\$7 - \$3) * 1024 - (\$8 - \$4)) / (\$$((4 + column)) - \$$column)"
}

"$build/bench/gen-trace" 64 $byte_records "$dir/a.pcap"
"$build/bench/gen-trace" 512 $byte_records "$dir/vcpus.pcap"
"$build/bench/gen-trace" 64 $byte_records "$dir/irqs.pcap" 900
for d in kvm-legacy kvm-aplist; do
	# shellcheck disable=SC2046
	set -- $(beyond 1 "$dir/a.pcap" "$dir/vcpus.pcap")
	printf '  %-11s beyond what the design models, a vCPU (64 to 512): %.0f B (%.0f to %.0f); %s\n' \
		"$d" "$@" "$(target "$1" at-most 16384 " B")"
	# shellcheck disable=SC2046
	set -- $(beyond 2 "$dir/a.pcap" "$dir/irqs.pcap")
	printf '  %-11s beyond what the design models, an interrupt (96 to 928): %.0f B (%.0f to %.0f); %s\n' \
		"$d" "$@" "$(target "$1" at-most 512 " B")"
done

# ---- others

[ -n "$peers" ] || exit 0
echo
echo "the same program on other simulators (bench/peers):"
# shellcheck disable=SC2086
"$here/peers/peers.sh" $quick $no_install "$build"
