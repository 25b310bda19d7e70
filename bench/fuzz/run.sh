#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A long run of the fuzzing harnesses, all of them or those named:
#
#   bench/fuzz/run.sh [-s SECONDS] [-j JOBS] [-e libfuzzer|afl] [-z SANITIZERS]
#	[-o DIR] [-b DIR] [-r] [-k] [HARNESS...]
#
# Each harness gets SECONDS of wall time (default 60), JOBS of them at a time
# (default: one a CPU), at the lowest priority. A harness that finds something is
# started again, and what it found lies in DIR/NAME/found (of earlier runs in
# DIR/NAME/before). DIR (-o, default
# build/fuzz-out) keeps the corpora from run to run; DIR/NAME/min is minimised.
# -z undefined is quicker than the default address,undefined and explores more; -b
# is where to build. -r appends the outcome to bench/fuzz/RUNS.tsv. -k keeps, as
# min-* in bench/fuzz/corpus, what covers all edges that short inputs (512 B) cover.
# Exit status 1: findings.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
seconds=60
jobs=$(nproc)
engine=libfuzzer
out=$tree/build/fuzz-out
build=
sanitizers=address,undefined
record=false
keep=false
max_rounds=200

while getopts s:j:e:o:b:z:rk opt; do
	case $opt in
	s) seconds=$OPTARG ;;
	j) jobs=$OPTARG ;;
	e) engine=$OPTARG ;;
	o) out=$OPTARG ;;
	b) build=$OPTARG ;;
	z) sanitizers=$OPTARG ;;
	r) record=true ;;
	k) keep=true ;;
	*) sed -n '3,19s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- pcap packed text report dat vgic-state host result plugin diff sweep
build=${build:-$tree/build/fuzz-$engine-$(echo "$sanitizers" | tr -d ,)}

for name; do
	[ -f "$here/fuzz-$name.c" ] || { echo "run.sh: no harness \"$name\"" >&2; exit 2; }
done

make_tree() {
	case $engine in
	libfuzzer) set -- -DCMAKE_C_COMPILER=clang -DVGICSIM_FUZZ=libfuzzer "$@" ;;
	afl)
		command -v afl-clang-fast || { echo "want afl-clang-fast (Debian: afl++)"; return 1; }
		set -- -DCMAKE_C_COMPILER=afl-clang-fast "$@"
		;;
	*) echo "run.sh: -e: want libfuzzer or afl, have \"$engine\"" >&2; exit 2 ;;
	esac
	cmake -S "$tree" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DVGICSIM_SANITIZE="$sanitizers" -DBUILD_TESTING=OFF "$@" &&
		AFL_QUIET=1 nice cmake --build "$build" --target fuzz-all
}

# Into DIR/cpu: user and system seconds of all that this shell waited for.
cpu_seconds() {
	times >"$1/times"
	awk 'NR == 2 {
		for (i = 1; i <= 2; i++) {
			split($i, t, "m")
			s += t[1] * 60 + t[2]
		}
		printf "%.0f\n", s
	}' "$1/times" >"$1/cpu"
}

limits_of() {
	case $1 in
	dat) echo "-max_len=65536 -detect_leaks=0" ;;
	pcap) echo "-max_len=140000" ;; # two of libtrace's 65536-byte packets
	*) echo "-max_len=32768" ;;
	esac
}

# NAME: rounds of libFuzzer until the time is over; a line of totals to NAME/totals.
fuzz_libfuzzer() {
	name=$1
	dir=$out/$name
	end=$(($(date +%s) + seconds))
	begun=$(date +%s)
	runs=0
	round=0
	while left=$((end - $(date +%s))) && [ "$left" -gt 0 ] && [ "$round" -lt "$max_rounds" ]; do
		round=$((round + 1))
		log=$dir/log.$round
		# shellcheck disable=SC2046
		ASAN_OPTIONS="log_path=$dir/child/asan:exitcode=99:quarantine_size_mb=64" \
			nice -n 19 "$build/bench/fuzz/fuzz-$name" $(limits_of "$name") \
			-dict="$here/dict/$name.dict" -timeout=60 -report_slow_units=60 -rss_limit_mb=3000 \
			-max_total_time="$left" -print_final_stats=1 -reload=0 \
			-artifact_prefix="$dir/found/" "$dir/corpus" "$here/corpus/$name" \
			>"$log" 2>&1 || true
		n=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
		runs=$((runs + ${n:-0}))
	done
	# shellcheck disable=SC2012
	edges=$(cat "$dir"/log.* | sed -n 's/.* cov: \([0-9]*\) .*/\1/p' | sort -n | tail -1)
	all=$(sed -n 's/.*(\([0-9]*\) inline 8-bit counters).*/\1/p' "$dir/log.1" | tail -1)
	cpu_seconds "$dir"
	echo "$runs $(($(date +%s) - begun)) $(cat "$dir/cpu") ${edges:-0} ${all:-0}" >"$dir/totals"
}

fuzz_afl() {
	name=$1
	dir=$out/$name
	begun=$(date +%s)
	ASAN_OPTIONS=abort_on_error=1:symbolize=0:detect_leaks=0 \
		AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_AUTORESUME=1 \
		AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_IGNORE_PROBLEMS=1 AFL_FORKSRV_INIT_TMOUT=60000 \
		nice -n 19 afl-fuzz -m none -t 60000 -V "$seconds" -i "$here/corpus/$name" -o "$dir/afl" \
		-x "$here/dict/$name.dict" -- "$build/bench/fuzz/fuzz-$name" >"$dir/log.1" 2>&1 || true
	stats=$dir/afl/default/fuzzer_stats
	get() {
		sed -n "s/^$1 *: //p" "$stats" 2>/dev/null
	}
	cp "$dir"/afl/default/crashes/id* "$dir"/afl/default/hangs/id* "$dir/found/" 2>/dev/null || true
	runs=$(get execs_done)
	edges=$(get edges_found)
	all=$(get total_edges)
	cpu_seconds "$dir"
	echo "${runs:-0} $(($(date +%s) - begun)) $(cat "$dir/cpu") ${edges:-0} ${all:-0}" >"$dir/totals"
}

count() {
	find "$1" -type f 2>/dev/null | wc -l
}

# What killed the importer's child: the first frame below the sanitizer's own.
killers() {
	find "$1" -type f -exec awk '
		FNR == 1 { done = 0 }
		/runtime error:/ && !done {
			ours++
			done = 1
		}
		/^ *#[0-9]+ / && !done && !/__interceptor_|__asan_|__sanitizer_|fuzzer::/ {
			if ($0 ~ /fuzz_fail|libc\.so/) next
			if ($0 ~ /\.so/)
				lib++
			else
				ours++
			done = 1
		}
		END { printf "%d %d\n", lib, ours }' {} +
}

minimise() {
	[ "$engine" = libfuzzer ] || return 0
	rm -rf "$out/$1/min"
	mkdir -p "$out/$1/min"
	# shellcheck disable=SC2046
	ASAN_OPTIONS=log_path=/dev/null nice -n 19 "$build/bench/fuzz/fuzz-$1" $(limits_of "$1") -merge=1 \
		-timeout=60 -rss_limit_mb=3000 "$out/$1/min" "$here/corpus/$1" "$out/$1/corpus" \
		>"$out/$1/merge.log" 2>&1 || true
}

# Short inputs that together cover all that short inputs cover, into the tree.
keep_short() {
	rm -rf "$out/$1/short"
	mkdir -p "$out/$1/short"
	ASAN_OPTIONS=log_path=/dev/null nice -n 19 "$build/bench/fuzz/fuzz-$1" -max_len=512 \
		-detect_leaks=0 -set_cover_merge=1 -use_counters=0 -timeout=60 -rss_limit_mb=3000 "$out/$1/short" \
		"$out/$1/min" >"$out/$1/short.log" 2>&1 || true
	rm -f "$here/corpus/$1"/min-*
	find "$out/$1/short" -type f -size -2 | while read -r f; do
		cp "$f" "$here/corpus/$1/min-$(basename "$f" | cut -c1-12)"
	done
}

for name; do
	rm -rf "$out/$name/totals" "$out/$name"/log.* "$out/$name/child"
	mkdir -p "$out/$name/corpus" "$out/$name/found" "$out/$name/before" "$out/$name/child"
	find "$out/$name/found" -type f -exec mv {} "$out/$name/before/" \;
done
if ! make_tree >"$out/build.log" 2>&1; then
	tail -40 "$out/build.log" >&2
	exit 1
fi
running=0
for name; do
	(
		case $engine in
		afl) fuzz_afl "$name" ;;
		*) fuzz_libfuzzer "$name" ;;
		esac
		minimise "$name"
	) &
	running=$((running + 1))
	if [ "$running" -ge "$jobs" ]; then
		wait
		running=0
	fi
done
wait

if $keep && [ "$engine" = libfuzzer ]; then
	for name; do
		keep_short "$name"
	done
fi

status=0
commit=$(git -C "$tree" rev-parse --short HEAD)
printf '%-11s %-9s %11s %7s %7s %13s %7s %8s\n' harness engine executions seconds cpu edges corpus findings
for name; do
	read -r runs wall cpu edges all <"$out/$name/totals"
	found=$(count "$out/$name/found")
	[ "$found" -eq 0 ] || status=1
	case $engine in
	afl) corpus=$(count "$out/$name/afl/default/queue") ;;
	*) corpus=$(count "$out/$name/min") ;;
	esac
	printf '%-11s %-9s %11s %7s %7s %13s %7s %8s\n' "$name" "$engine" "$runs" "$wall" "$cpu" \
		"$edges/$all" "$corpus" "$found"
	find "$out/$name/found" -type f -printf "    $name: %p\n"
	killers "$out/$name/child" | awk -v name="$name" '{ lib += $1; ours += $2 }
		END {
			if (lib + ours)
				printf "    %s: sanitizers reported %d times in a library, %d times in " \
					"our own code, in a child or as above\n", name, lib, ours
		}'
	if $record; then
		[ -s "$here/RUNS.tsv" ] || echo date commit harness engine sanitizers executions \
			seconds cpu_seconds edges edges_total corpus findings | tr ' ' '\t' >"$here/RUNS.tsv"
		printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$(date -u +%Y-%m-%dT%H:%MZ)" "$commit" \
			"$name" "$engine" "$sanitizers" "$runs" "$wall" "$cpu" "$edges" "$all" "$corpus" "$found" \
			>>"$here/RUNS.tsv"
	fi
done
exit $status
