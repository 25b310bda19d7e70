#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A sweep as a Slurm job array: N shards, and a last job that merges them.
#   bench/sweep-slurm.sh N OUT.json SWEEP-ARGUMENT...
#   bench/sweep-slurm.sh 32 s.json hackbench.ini --seeds 20
# OUT.shards/ holds the shards, their journals and what the jobs said. The same command again
# goes on with what is not done. $VGICSIM is the program; sbatch takes its own options
# from the environment (SBATCH_PARTITION, SBATCH_TIMELIMIT, …) and from $SBATCH_OPTIONS.
set -eu

vgicsim=${VGICSIM:-vgicsim}

usage() {
	sed -n '3,8s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

# As sbatch runs us, from a copy of this file.
task() {
	n=$1 out=$2
	shift 2
	exec "$vgicsim" sweep "$@" --shard "$SLURM_ARRAY_TASK_ID/$n" \
		-j "${SLURM_CPUS_PER_TASK:-1}" -q -f json -o "$out.shards/$SLURM_ARRAY_TASK_ID.json"
}

merge() {
	n=$1 out=$2 i=1
	set --
	while [ "$i" -le "$n" ]; do
		set -- "$@" "$out.shards/$i.json"
		i=$((i + 1))
	done
	exec "$vgicsim" merge "$@" -f json -o "$out"
}

case ${1-} in
--task)
	shift
	task "$@"
	;;
--merge)
	shift
	merge "$@"
	;;
esac

[ $# -ge 3 ] || usage
n=$1 out=$2
shift 2
case $n in
'' | *[!0-9]* | 0*) usage ;;
esac
# What cannot be is better said now than by each of the jobs.
"$vgicsim" sweep "$@" --shard "1/$n" --dry-run >/dev/null
mkdir -p "$out.shards"
# The word splitting is wanted: one option a word.
# shellcheck disable=SC2086
id=$(sbatch --parsable --array="1-$n" --output="$out.shards/%a.log" ${SBATCH_OPTIONS-} \
	"$0" --task "$n" "$out" "$@")
# With a cluster's name behind it: "17;cluster".
id=${id%%;*}
# shellcheck disable=SC2086
sbatch --parsable --dependency="afterok:$id" --kill-on-invalid-dep=yes \
	--output="$out.shards/merge.log" ${SBATCH_OPTIONS-} "$0" --merge "$n" "$out" >/dev/null
echo "array job $id, $n shards; then $out"
