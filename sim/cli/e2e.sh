# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What the end-to-end tests share; sourced by e2e-*.sh VGICSIM SOURCE_DIR.
set -u
# shellcheck disable=SC2034 # used by those who source this
vgicsim=$1 source_dir=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
bad=0
checks=0

complain() {
	bad=$((bad + 1))
	echo "FAILED: $*" >&2
}

# expect STATUS COMMAND...: standard output in out, standard error in err.
expect() {
	want=$1
	shift
	checks=$((checks + 1))
	"$@" >out 2>err
	have=$?
	if [ "$have" != "$want" ]; then
		complain "$*: want exit status $want, have $have"
		sed 's/^/    /' err >&2
		return 1
	fi
}

# holds FILE PATTERN: a line of FILE matches the extended expression.
holds() {
	checks=$((checks + 1))
	grep -Eq -- "$2" "$1" || {
		complain "want a line like '$2' in $1 of the last command; it has:"
		sed 's/^/    /' "$1" | head -n 20 >&2
	}
}

same() {
	checks=$((checks + 1))
	cmp "$1" "$2" >&2 || complain "$1 and $2 differ: $3"
}

samples() {
	ls "$source_dir"/traces/samples/*.pcap* "$source_dir"/traces/samples/*.vgt 2>/dev/null
}

finish() {
	if [ "$checks" -lt "$1" ]; then
		complain "only $checks checks were made, want at least $1"
	fi
	echo "$checks checks, $bad failed"
	[ "$bad" = 0 ]
}
