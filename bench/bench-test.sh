#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# bench-test.sh BUILD: that bench.sh prints every figure that it is there for. It is run
# in its short form; no time counts.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)/bench.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$bench" --quick --no-install "$1" >"$dir/out" 2>"$dir/err" || {
	echo "status $?"
	cat "$dir/out" "$dir/err"
	exit 1
}
cat "$dir/out"
# holds PATTERN: once for each of the two designs that everything is measured of, or more.
holds() {
	n=$(grep -c -- "$1" "$dir/out") || true
	[ "$n" -ge "${2:-2}" ] || { echo "want ${2:-2} lines of: $1"; exit 1; }
}
number='-\{0,1\}[0-9]*\.[0-9]*'
holds "^  hackbench, .* vCPUs  *libtrace alone  *$number M records/s ($number to $number)"
holds "^  hackbench, 8 vCPUs  *kvm-.* $number of the read rate ($number to $number); target: at least 0.35: "
holds "^  hackbench, 64 vCPUs  *kvm-.* $number of the read rate ($number to $number); target: at least 0.25: "
holds "^  gen-trace, 64 vCPUs  *kvm-.* $number of the read rate ($number to $number)$"
holds "^  kvm-legacy  *$number M records/s .* target: at least 10 M/s: " 1
holds "^  kvm-aplist  *$number M records/s .* target: at least 7 M/s: " 1
holds "from 1 to 512 vCPUs: $number times .* target: at most 6 times: "
holds "one thread, .* in two: $number times as fast .* target: at least 1.8 times: "
holds "MiB at the peak .* target: at most 1.1 times: "
holds "a vCPU (64 to 512): .* target: at most 16384 B: "
holds "an interrupt (96 to 928): .* target: at most 512 B: "
holds "same history of every lock" 1
holds "64 actors  engine" 2
if grep -q '^NOT MEASURED: ' "$dir/out"; then
	exit 0
fi
holds "64 actors  ns-3 .* target: at least 3: " 2
holds "64 actors  SimGrid .* target: at least 20: " 2
