#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every workload in every size: what is generated passes check and replays under
# every design with every delivery judged; as a file, in each form, it is the same
# trace with the same outcome as made on the way; another build makes the same bytes.
#
#	accept.sh [-n RECORDS] [-s SIZE]... [-w WORKLOAD]... [-b OTHER_VGICSIM] [VGICSIM]
#
# SIZE is "v3,vcpus=64"; default 1 and 8 of both GICs, 64, 512. RECORDS of a trace,
# default 20000. OTHER_VGICSIM is what another compiler made. A line a trace on stdout:
# workload, size, records, designs, what went wrong. Exit status 1 if something did.
set -u -o pipefail

records=20000
sizes=()
workloads=()
other=
while getopts n:s:w:b: opt; do
	case $opt in
	n) records=$OPTARG ;;
	s) sizes+=("$OPTARG") ;;
	w) workloads+=("$OPTARG") ;;
	b) other=$(realpath "$OPTARG") ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
vgicsim=$(realpath "$(command -v "${1:-vgicsim}")") || exit 2
[ "${#sizes[@]}" -gt 0 ] ||
	read -ra sizes <<<"v2,vcpus=1 v2,vcpus=8 v3,vcpus=1 v3,vcpus=8 v3,vcpus=64 v3,vcpus=512"
[ "${#workloads[@]}" -gt 0 ] || mapfile -t workloads < <("$vgicsim" gen --list | cut -d' ' -f1)
mapfile -t names < <("$vgicsim" list designs | cut -d' ' -f1)
[ "${#workloads[@]}" -gt 0 ] && [ "${#names[@]}" -gt 0 ] || exit 2
designs=()
for d in "${names[@]}"; do
	designs+=(-d "$d")
done

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 2

# run WHAT COMMAND...: complain of another status than 0 in "wrong".
run() {
	local what=$1
	shift
	"$@" >out 2>err && return 0
	wrong="$wrong; $what: exit status $?: $(tail -n 1 err)"
	return 1
}

fingerprints() {
	grep -o '"fingerprint": "[^"]*"' "$1"
}

# As a file: the same outcome, judged or not.
as_file() {
	local file=$1
	shift
	run "gen $file" "$vgicsim" gen -q "$@" -o "$file" || return
	run "check $file" "$vgicsim" check "$file"
	grep -q ' 0 errors, 0 warnings$' out || wrong="$wrong; check $file: $(tail -n 1 out)"
	run "replay $file" "$vgicsim" replay -q --set cpus=1024 "${designs[@]}" "$file" \
		-f json -o file.json || return
	cmp -s <(fingerprints made.json) <(fingerprints file.json) ||
		wrong="$wrong; $file and gen: differ in their outcome"
	if [ -n "$other" ]; then
		run "the other's $file" "$other" gen -q "$@" -o "other.$file" &&
			{ cmp -s "$file" "other.$file" ||
				wrong="$wrong; $file is not what the other build makes"; }
		rm -f "other.$file"
	fi
	rm -f "$file" file.json
}

# What no design has an ITS for is counted, every one of the $1, and is no failure.
said_msis() {
	local said

	said=$(grep -c "\"msi_unsupported\": $1,*\$" made.json)
	[ "$said" = "${#names[@]}" ] ||
		wrong="$wrong; $1 MSIs: $said of ${#names[@]} designs say that they left them out"
}

accept() {
	local w=$1 size=$2 spec words msis
	spec=gen:$w,gic=$size,duration=4s,records=$records
	words=("$w" --gic "${size%%,*}" --vcpus "${size##*=}" --duration 4s --records "$records")
	wrong=
	made=0
	run check "$vgicsim" check "$spec"
	grep -q ' 0 errors, 0 warnings$' out || wrong="$wrong; check: $(tail -n 1 out)"
	made=$(sed -n 's/.*: \([0-9]*\) records,.*/\1/p' out)
	run "replay --check" "$vgicsim" replay -q --check --set cpus=1024 "${designs[@]}" "$spec" \
		-f json -o made.json
	if [ -e made.json ]; then
		[ "$(fingerprints made.json | wc -l)" = "${#names[@]}" ] ||
			wrong="$wrong; not every design has an outcome"
		# MSIs are left out as yet; that has to be said.
		run info "$vgicsim" info "$spec"
		msis=$(awk '$1 == "msi" { print $2 }' out)
		[ -z "$msis" ] || said_msis "$msis"
		as_file t.pcap.gz "${words[@]}"
		as_file t.vgt "${words[@]}"
	fi
	rm -f made.json
	printf '%s\t%s\t%s\t%s\t%s\n' "$w" "$size" "${made:-0}" "${#names[@]}" "${wrong:-ok}"
	[ -z "$wrong" ]
}

bad=0
for w in "${workloads[@]}"; do
	for size in "${sizes[@]}"; do
		accept "$w" "$size" || bad=$((bad + 1))
	done
done
echo "$((${#workloads[@]} * ${#sizes[@]})) traces, $bad failed"
[ "$bad" = 0 ]
