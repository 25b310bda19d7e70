#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Everything that can be checked without an arm64 host: builds with gcc, with
# sanitizers and with clang; style and include rules; scripts; man pages; all
# tests of the release and the sanitizer build. The last line counts.
set -u
cd "$(dirname "$0")" || exit 1

passed=0
failed=0
mkdir -p build
log=$PWD/build/test.log

# step NAME COMMAND...: one check; what it printed is shown if it fails.
step() {
	name=$1
	shift
	if "$@" >"$log" 2>&1; then
		passed=$((passed + 1))
		echo "ok      $name"
		return 0
	fi
	failed=$((failed + 1))
	echo "FAILED  $name"
	sed 's/^/    /' "$log"
	return 1
}

# tests PRESET: each test of that build counts as one.
tests() {
	ctest --preset "$1" -j "$(nproc)" >"$log" 2>&1
	summary=$(grep 'tests failed out of' "$log")
	bad=$(echo "$summary" | sed -n 's/.*, \([0-9]*\) tests failed.*/\1/p')
	all=$(echo "$summary" | sed -n 's/.*out of \([0-9]*\).*/\1/p')
	if [ -z "$all" ] || [ "$all" -eq 0 ]; then
		failed=$((failed + 1))
		echo "FAILED  $1 tests: none ran"
		sed 's/^/    /' "$log"
		return
	fi
	passed=$((passed + all - bad))
	failed=$((failed + bad))
	if [ "$bad" -gt 0 ]; then
		echo "FAILED  $bad of $all $1 tests"
		sed 's/^/    /' "$log"
	else
		echo "ok      $all $1 tests"
	fi
	sed -n 's/.*Test *#[0-9]*: \([^ ]*\) .*Skipped.*/SKIPPED \1/p' "$log"
}

build() {
	cmake --preset "$1" && cmake --build --preset "$1"
}

c_files() {
	git ls-files --cached --others --exclude-standard '*.c' '*.h'
}

# Headers keep their hand-made tables; sources are as clang-format wants them.
style() {
	c_files | grep '\.c$' | xargs clang-format --dry-run --Werror
}

scripts() {
	git ls-files --cached --others --exclude-standard '*.sh' .ci/run | xargs shellcheck
}

# sim/README.md: what may include what. Prints the offending lines.
includes() {
	bad=$(
		c_files | xargs grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"[^"]*\.\.'
		c_files | xargs grep -nE '#[[:space:]]*include.*[<"]libtrace\.h[>"]' |
			grep -v -e '^traces/pcap-read\.c:' -e '^bench/read-libtrace\.c:'
		# A design has the platform's verbs, and nothing of the simulator.
		find sim/design -name '*.[ch]' ! -name '*-test*' -print0 |
			xargs -0 grep -nE '#[[:space:]]*include' |
			grep -E '[<"](des|fiber|machine|internal|metrics|hist|replay|trace|record|stdio|jansson)[^">]*\.h[>"]'
		# Only the command line prints or exits.
		find sim traces -name '*.c' ! -name '*-test*' ! -name '*-bench.c' ! -path 'sim/cli/*' -print0 |
			xargs -0 grep -nE '(^|[^_a-z])(printf|puts|putchar|perror|exit)\('
	)
	[ -z "$bad" ] || { echo "$bad"; return 1; }
}

# scdoc writes paragraph macros that are empty; everything else counts.
man_pages() {
	find build/release -name 'vgicsim*.[157]' >build/pages
	[ -s build/pages ] || { echo "no man page was built"; return 1; }
	xargs mandoc -T lint -W warning <build/pages >build/man.lint
	! grep -v 'skipping paragraph macro' build/man.lint
}

# The installed tree is whole: the program, its pages, its data.
install_tree() {
	rm -rf build/install
	DESTDIR=$PWD/build/install cmake --install build/release --prefix /usr || return 1
	for f in bin/vgicsim share/man/man1/vgicsim.1 share/man/man5/vgicsim-result.5 \
		share/man/man7/vgicsim-design.7 include/vgicsim/vgic-plugin.h \
		share/bash-completion/completions/vgicsim; do
		[ -e "build/install/usr/$f" ] || { echo "not installed: $f"; return 1; }
	done
	bash -n build/install/usr/share/bash-completion/completions/vgicsim || return 1
	# A design from outside the tree, by what is installed and nothing else.
	example=build/install/usr/share/doc/vgicsim/example-design
	PKG_CONFIG_PATH=$PWD/build/install/usr/share/pkgconfig make -s -C $example &&
		build/install/usr/bin/vgicsim list designs $example/vgic-simple.so
}

bench/install-deps.sh test || exit 1

step "build: gcc, release" build release && tests release
step "build: gcc, address and undefined behaviour sanitizers" build asan && tests asan
step "build: clang" build clang
step "clang-format" style
step "shellcheck" scripts
step "include rules" includes
step "mutants apply" bench/mutants.sh -a
step "man pages" man_pages
step "install" install_tree

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
