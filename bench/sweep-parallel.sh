#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A sweep by GNU parallel, on this machine or several: N shards, then merged.
#   bench/sweep-parallel.sh N OUT.json SWEEP-ARGUMENT...
#   PARALLEL='-S host1,host2 --wd .' bench/sweep-parallel.sh 16 s.json hackbench.ini
# parallel takes options from $PARALLEL. Each shard has one thread; as many run at a time as parallel
# has slots. OUT.shards/ holds them and their journals (on other machines: a directory
# that all see); the same command again goes on with what is not done.
set -eu

vgicsim=${VGICSIM:-vgicsim}
if [ $# -lt 3 ]; then
	sed -n '3,8s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
n=$1 out=$2
shift 2
case $n in
'' | *[!0-9]* | 0*)
	echo "sweep-parallel: want a number of shards, have \"$n\"" >&2
	exit 2
	;;
esac
command -v parallel >/dev/null || {
	echo "sweep-parallel: no GNU parallel (Debian: parallel)" >&2
	exit 2
}
"$vgicsim" sweep "$@" --shard "1/$n" --dry-run >/dev/null
mkdir -p "$out.shards"
seq "$n" | parallel --will-cite -q "$vgicsim" sweep "$@" --shard "{}/$n" -j 1 -q -f json \
	-o "$out.shards/{}.json"
i=1
set --
while [ "$i" -le "$n" ]; do
	set -- "$@" "$out.shards/$i.json"
	i=$((i + 1))
done
exec "$vgicsim" merge "$@" -f json -o "$out"
