#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The engine and its locks against queueing theory, as a table and a picture:
# DIR/queueing.tsv and DIR/queueing.png. The test of the same is queueing-test.
#
#   bench/bench-queueing.sh [BUILD_DIR [DIR]]     default build/release, .
#   PART=20 may be given in the environment: simulate a 20th of the time
set -eu
build=$(cd "${1:-$(dirname "$0")/../build/release}" && pwd)
mkdir -p "${2:-.}"
dir=$(cd "${2:-.}" && pwd)
cd "$(dirname "$0")/../plots"

tmp=$(mktemp -d "$dir/queueing.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
"$build/bench/bench-queueing" "${PART:-1}" >"$tmp/queueing.tsv"
gnuplot -e "data='$tmp/queueing.tsv'; out='$tmp/queueing.png'" queueing.gp
mv "$tmp/queueing.tsv" "$tmp/queueing.png" "$dir/"
