#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# gen-trace-test.sh GEN_TRACE VGICSIM: the same bytes twice, sound for "check",
# and both designs take it.
set -eu
gen=$1 vgicsim=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for vcpus in 2 8 64; do
	"$gen" $vcpus 20k "$dir/a.pcap"
	"$gen" $vcpus 20k "$dir/b.pcap"
	cmp "$dir/a.pcap" "$dir/b.pcap"
	"$vgicsim" check "$dir/a.pcap"
	"$vgicsim" info -f json "$dir/a.pcap" | grep -q '"records": 20000'
	"$vgicsim" replay -q "$dir/a.pcap" -o /dev/null
done
