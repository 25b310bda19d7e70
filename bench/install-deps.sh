#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install what is missing, on Debian 12 or like it.
#   bench/install-deps.sh         what building and running need
#   bench/install-deps.sh test    and what test.sh needs besides
#   bench/install-deps.sh peers   the simulators that bench/peers compares with, alone
set -eu

packages="gcc libc6-dev make cmake ninja-build pkg-config libtrace3-dev libwandio1-dev zlib1g-dev
	libjemalloc-dev libtracecmd-dev libtraceevent-dev libtracefs-dev libjansson-dev
	libinih-dev libcmocka-dev libxxhash-dev gnuplot-nox scdoc xz-utils
	libck-dev libelf-dev"
if [ "${1:-}" = test ]; then
	packages="$packages clang clang-format shellcheck mandoc tshark trace-cmd pahole llvm git patch valgrind parallel"
fi

if [ "${1:-}" = peers ]; then
	packages="g++ pkg-config libsimgrid-dev libns3-dev"
fi

if ! command -v dpkg-query >/dev/null; then
	echo "install-deps: this is no Debian; these are needed, by their Debian names:" >&2
	echo "$packages" >&2
	exit 0
fi
missing=
for p in $packages; do
	case $(dpkg-query -W -f='${db:Status-Abbrev}' "$p" 2>/dev/null || true) in
	ii*) ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "install-deps: missing, and neither root nor sudo here to install:$missing" >&2
		echo "install-deps: as root: apt-get install$missing" >&2
		exit 1
	fi
	as_root=sudo
fi
echo "install-deps: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# The word splitting is wanted: one package a word.
# shellcheck disable=SC2086
if ! { $as_root apt-get update -qq &&
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends $missing; } >&2; then
	echo "install-deps: apt-get could not install:$missing" >&2
	exit 1
fi
