#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Records per second through each design, beside libtrace alone reading the
# same file, at 8 and at 64 vCPUs; then peak memory at 1 M and 20 M records.
# Two traces: the preset hackbench, whose rates have sources (workloads/), and
# the harder one of gen-trace, where every second exit sends an SGI.
#
#   bench/bench-replay.sh [BUILD_DIR]        default build/release
#   RECORDS=2M REPEAT=5 DESIGNS="..." HOST=... may be given in the environment
#
# Repetitions are interleaved, so that whatever else the machine does hits all
# alike; median, least and most are shown. CPU time counts all threads (libtrace
# has one of its own), wall time is what one waits.
set -eu -o pipefail
cd "$(dirname "$0")/.."

build=${1:-build/release}
records=${RECORDS:-2M}
repeat=${REPEAT:-5}
designs=${DESIGNS:-kvm-legacy kvm-aplist}
host=${HOST:-kunpeng920-2s-128c}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

if grep -q 'VGICSIM_SANITIZE:STRING=..*' "$build/CMakeCache.txt"; then
	echo "bench-replay: $build has sanitizers: nothing measured there means anything" >&2
	exit 2
fi

# measure NAME COMMAND...: wall and CPU microseconds onto NAME.times.
measure() {
	local name=$1
	shift
	"$build/bench/measure" "$@" >>"$dir/$name.times"
}

# Wall and CPU: records per second at the median, at the slowest and the fastest.
show() {
	local name=$1 column label
	for column in 1 2; do
		label=wall
		[ $column = 1 ] || label=CPU
		sort -n -k $column,$column "$dir/$name.times" |
			awk -v n="$count" -v c=$column -v what="$name" -v l="$label" '
				{ t[NR] = ($c > 0 ? $c : 1) / 1e6 }
				END {
					m = t[int((NR + 1) / 2)]
					printf "  %-16s %-5s %6.2f M records/s (%.2f to %.2f)", \
						what, l, n / m / 1e6, n / t[NR] / 1e6, \
						n / t[1] / 1e6
					printf "%8.0f ns a record\n", m / n * 1e9
				}'
	done
}

echo "vgicsim $("$build/sim/cli/vgicsim" --version | head -n 1 | cut -d ' ' -f 2)," \
	"host $host, $records records, $repeat repetitions, $(nproc) CPUs here"
# both NAME: libtrace and all designs on $dir/t.pcap.
both() {
	count=$("$build/sim/cli/vgicsim" info -f json "$dir/t.pcap" |
		sed -n 's/^ *"records": \([0-9]*\).*/\1/p' | head -n 1)
	rm -f "$dir"/*.times
	for ((i = 0; i < repeat; i++)); do
		measure libtrace "$build/bench/read-libtrace" "$dir/t.pcap"
		for d in $designs; do
			measure "$d" "$build/sim/cli/vgicsim" replay -q --host "$host" \
				-d "$d" -f csv "$dir/t.pcap"
		done
	done
	echo "$1, $count records:"
	show libtrace
	for d in $designs; do
		show "$d"
	done
	rm -f "$dir/t.pcap"
}

for vcpus in 8 64; do
	# About 49,000 records a second and vCPU: as many as are wanted.
	"$build/sim/cli/vgicsim" gen hackbench -q --vcpus $vcpus --gic v3 --seed 1 \
		--duration $(($(numfmt --from=si "$records") / 49 / vcpus))ms -o "$dir/t.pcap"
	both "hackbench, $vcpus vCPUs"
	"$build/bench/gen-trace" $vcpus "$records" "$dir/t.pcap"
	both "gen-trace, $vcpus vCPUs"
done

echo "peak memory, 8 vCPUs:"
for n in 1M 20M; do
	"$build/bench/gen-trace" 8 $n "$dir/t.pcap"
	for d in $designs; do
		"$build/bench/measure" "$build/sim/cli/vgicsim" replay -q --host "$host" -d "$d" \
			-f csv "$dir/t.pcap" |
			awk -v d="$d" -v n=$n '{ printf "  %-16s %4s records %8d KiB\n", d, n, $3 }'
	done
	rm -f "$dir/t.pcap"
done
