#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Designs from files: the headers as they are installed, the example built with them, a
# built-in design built with them having the same fingerprints, and every way in which a
# file can be the wrong one.
#	e2e-plugin.sh VGICSIM SOURCE_DIR BUILD_DIR CMAKE CC [CFLAGS...]
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"
build=$3 cmake=$4 CC=$5
shift 5
extra=$*
export CC
# Less of the same where everything is checked and slow.
case $extra in
*sanitize*) traces=30 some='gicv[23]-4vcpu-[hb]' ;;
*) traces=250 some=. ;;
esac

# ---- what is installed ------------------------------------------------------

expect 0 env DESTDIR="$dir/stage" "$cmake" --install "$build" --prefix /usr --component devel
include=$dir/stage/usr/include/vgicsim
PKG_CONFIG_PATH=$dir/stage/usr/share/pkgconfig
export PKG_CONFIG_PATH
expect 0 pkg-config --cflags vgicsim
real=$(realpath "$(sed -n 's/^-I\([^ ]*\).*/\1/p' out)")
[ "$real" = "$(realpath "$include")" ] || complain "pkg-config: have $real, want $include"
expect 0 pkg-config --define-prefix --cflags vgicsim
holds out "^-I$dir/stage/usr/include/vgicsim"
expect 0 env PKG_CONFIG_SYSROOT_DIR="$dir/stage" PKG_CONFIG_LIBDIR="$PKG_CONFIG_PATH" \
	pkg-config --cflags vgicsim
[ -d "$(sed -n 's/^-I\([^ ]*\).*/\1/p' out)" ] || complain "sysroot: no such folder: $(cat out)"

# Each header alone, by the standard's C, and by both compilers where both are there.
for h in "$include"/*.h; do
	for c in gcc clang; do
		command -v "$c" >/dev/null || continue
		printf '#include "%s"\nextern int some;\n' "${h##*/}" >alone.c
		expect 0 "$c" -std=c17 -pedantic -Wall -Wextra -Wshadow -Wno-unused-parameter \
			-Werror -I"$include" -fsyntax-only alone.c
	done
done

# The verbs can be called from a file, and nothing else of the simulator.
sed -n '/^[a-z].* \**plat_[a-z_]*(/p' "$include"/plat*.h | grep -v static |
	sed 's/.*\(plat_[a-z_]*\)(.*/\1/' | grep -v -e '^plat_read_bytes$' -e '^plat_write_bytes$' \
	-e '^plat_work$' | sort -u >verbs
nm -D --defined-only "$vgicsim" | sed 's/.* //' | sort -u >exported
[ "$(wc -l <verbs)" -gt 25 ] || complain "only $(wc -l <verbs) verbs were found in plat.h"
checks=$((checks + 1))
[ -z "$(comm -23 verbs exported)" ] || complain "not exported: $(comm -23 verbs exported)"
if [ "${extra#*sanitize}" = "$extra" ]; then
	checks=$((checks + 1))
	others=$(grep -E '^(machine|des|cpu|vcpu|run|replay|trace|metrics|vgic|host|cmd)_' exported)
	[ -z "$others" ] || complain "exported as well: $others"
fi

# so NAME SOURCE... [FLAGS]: NAME.so
so() {
	so_name=$1
	shift
	expect 0 "$CC" -std=gnu17 -fPIC -shared -I"$include" -o "$so_name.so" "$@"
}

# ---- the example ------------------------------------------------------------

cp -r "$dir/stage/usr/share/doc/vgicsim/example-design" example
expect 0 make -s -C example CFLAGS="-O2 -g -Wall -Wextra -Wno-unused-parameter -Werror $extra"
expect 0 "$cmake" -S example -B example/build -DCMAKE_C_COMPILER="$CC" -DCMAKE_C_FLAGS="$extra"
expect 0 "$cmake" --build example/build
[ -f example/build/vgic-simple.so ] || complain "cmake made no vgic-simple.so"
plugin=example/vgic-simple.so
expect 0 "$vgicsim" list designs ./$plugin && holds out '^simple .*GICv2 GICv3'
for t in $(samples | grep "$some"); do
	expect 0 "$vgicsim" replay -q "$t" -d "./$plugin" --check
	expect 0 "$vgicsim" replay -q "$t" -d "./$plugin" --check --lrs 1 --explore 3
done
expect 0 "$vgicsim" random -q -n $traces -d ./$plugin
holds out "^$traces traces .* 0 findings"
expect 0 "$vgicsim" random -s 7 --print -d ./$plugin && holds out " -d \./$plugin "
# Small enough to be read: what the page says of it.
checks=$((checks + 1))
lines=$(grep -cvE '^[[:space:]]*($|/?\*|//|[{}])' example/vgic-simple.c)
[ "$lines" -le 220 ] || complain "the example has $lines lines of code"

# ---- a built-in design from a file is the built-in one -------------------------

design=$source_dir/sim/design
printf '#include "vgic-plugin.h"\nextern const struct vgic_design vgic_%s;\nVGICSIM_DESIGN(vgic_%s);\n' \
	kvm_legacy kvm_legacy >legacy.c
printf '#include "vgic-plugin.h"\nextern const struct vgic_design vgic_%s;\nVGICSIM_DESIGN(vgic_%s);\n' \
	kvm_aplist_61 kvm_aplist_61 >aplist.c
legacy=$(find "$design" -name 'vgic-kvm-legacy*.c' ! -name '*-test.c')
aplist=$(find "$design" -name 'vgic-kvm-aplist*.c' ! -name '*-test.c')
# shellcheck disable=SC2086 # files
so legacy -O1 $extra legacy.c -I"$design" $legacy "$design/kvm-iodev.c"
# shellcheck disable=SC2086
so aplist -O1 $extra aplist.c -I"$design" $aplist "$design/kvm-iodev.c"

prints() {
	sed -n 's/^design .*fingerprint \([0-9a-f]*\)$/\1/p' out
}

for t in $(samples | grep "$some"); do
	for pair in kvm-legacy:legacy kvm-aplist-6.1:aplist; do
		expect 0 "$vgicsim" replay -q "$t" -d "${pair%:*}" -d "mine=./${pair#*:}.so"
		checks=$((checks + 1))
		if [ "$(prints | wc -l)" != 2 ] || [ "$(prints | sort -u | wc -l)" != 1 ]; then
			complain "$t: ${pair%:*} and its file: $(prints | tr '\n' ' ')"
		fi
	done
done

# ---- in every command -------------------------------------------------------------

t=$source_dir/traces/samples/k48-gicv3-4vcpu-hackbench.pcap.gz
expect 0 "$vgicsim" replay -q "$t" -d ./$plugin -d old=./legacy.so -d kvm-aplist -f json
holds out '"design": "old"'
holds out '"file": "vgic-simple.so"'
grep -o '"xxh3": "[0-9a-f]\{16\}"' out | sort -u >digests
checks=$((checks + 1))
[ "$(wc -l <digests)" = 2 ] || complain "want two digests, have $(cat digests)"
if command -v xxhsum >/dev/null; then
	holds digests "$(xxhsum -H3 example/vgic-simple.so | grep -o '[0-9a-f]\{16\}')"
fi
expect 0 "$vgicsim" replay -q "$t" -d ./$plugin
holds out '^ *from vgic-simple.so, XXH3 [0-9a-f]{16}$'
expect 0 "$vgicsim" conform -q "$t" -d ./$plugin -f json && holds out '"xxh3"'
expect 0 "$vgicsim" check --deliveries -q "$t" -d ./$plugin -d kvm-aplist -f json
holds out '"xxh3"'
expect 0 "$vgicsim" sensitivity -q gen:hackbench,vcpus=2,duration=500us -d ./$plugin -d kvm-aplist -f json
holds out '"a_plugin"'
expect 0 "$vgicsim" random -q -n 3 -d ./$plugin -f json && holds out '"plugins"'
expect 0 "$vgicsim" bench small -q -d ./$plugin -d kvm-aplist -o bench.json
holds bench.json '"file": "vgic-simple.so"'
# What a sweep is begun with, it is ended with.
sweep() {
	expect 0 "$vgicsim" sweep -q gen:hackbench,vcpus=2,duration=300us -d kvm-aplist,./part.so \
		-f json --shard "$1/2" -o "part$1.json"
}
cp $plugin part.so && sweep 1 && sweep 2
holds part1.json '"plugins": .*"file": ?"part.so"'
expect 0 "$vgicsim" merge part1.json part2.json -o parts.json
cp legacy.so part.so
expect 2 "$vgicsim" sweep -q gen:hackbench,vcpus=2 -d ./part.so && holds err 'NAME=PATH'
printf 'x' | cat $plugin - >part.so && sweep 2
expect 2 "$vgicsim" merge part1.json part2.json -o parts.json && holds err 'of another sweep'
# The same word is the same design; two files of one design need a name.
expect 2 "$vgicsim" replay -q "$t" -d ./$plugin -d $plugin && holds err 'simple: given twice'
cp $plugin copy.so
expect 2 "$vgicsim" replay -q "$t" -d ./$plugin -d ./copy.so && holds err 'NAME=PATH'
expect 0 "$vgicsim" replay -q "$t" -d before=./$plugin -d after=copy.so
holds out 'before .* after'

# ---- files that are not what they should be ---------------------------------------

# wrong PATTERN WORD: refused in one line that names it.
wrong() {
	expect 2 "$vgicsim" replay -q "$t" -d "$2" -o result || return
	holds err "$1"
	checks=$((checks + 1))
	[ "$(wc -l <err)" = 1 ] || complain "$2: want one line, have $(cat err)"
	[ ! -e result ] || complain "$2: a result was left"
}

wrong 'no such design.*\./vgic-simple\.so' vgic-simple
wrong 'no-such\.so: .*No such file' ./no-such.so
mkdir folder.so && wrong 'folder\.so: .*a directory' ./folder.so
: >empty.so && wrong 'an empty file' ./empty.so
echo 'a text' >text.so && wrong 'a file of another kind' ./text.so
mkfifo fifo.so && wrong 'no regular file' ./fifo.so
wrong 'text\.so: ' text.so
wrong 'name: want letters' 'a b=./text.so'
wrong 'name: want 1 to 31' "$(printf '%032d' 0)=./$plugin"
wrong 'name: want a letter' "-x=./$plugin"
wrong 'no built-in design has' "kvm-legacy=./$plugin"
wrong 'no built-in design has' ./legacy.so
head -c 3000 $plugin >short.so && wrong 'short\.so: .*cut short' ./short.so
head -c 40 $plugin >shorter.so && wrong 'shorter\.so: ' ./shorter.so
# e_machine of an ELF header: a SPARC's.
cp $plugin sparc.so && printf '\002\000' | dd of=sparc.so bs=1 seek=18 conv=notrunc 2>/dev/null
wrong 'sparc\.so: want a shared object for ' ./sparc.so
"$CC" -I"$include" -c -o object.so example/vgic-simple.c
wrong 'have an object \(link it with -shared\)' ./object.so
printf 'int x;\n' >plain.c && so plain plain.c && wrong 'without it' ./plain.so

# built SED-EXPRESSION PATTERN [FLAGS]: the example with headers that the sed has changed.
built() {
	rm -rf other && cp -r "$include" other && sed -i "$1" other/*.h
	# shellcheck disable=SC2086
	expect 0 "$CC" -std=gnu17 -fPIC -shared -Iother ${3:-} -o other.so \
		example/vgic-simple.c
	wrong "$2" ./other.so
}
built 's/define VGICSIM_ABI	.*/define VGICSIM_ABI 7/' 'ABI 1, .* for ABI 7: build it again'
built 's/ABI_HEADERS	"..../&dead/; s/\(ABI_HEADERS	"[0-9a-f]\{16\}\).*"/\1"/' \
	'with the headers of this vgicsim .*: build it again'
built 's/VGICSIM_ABI_VERSION	.*/VGICSIM_ABI_VERSION "\\033[1m9"/;
	s/ABI_HEADERS	"../ABI_HEADERS "zz/' 'vgicsim \?\[1m9 '
built '' 'enum vgic_handled: want 4 bytes, have 1: .*layouts' -fshort-enums

# member LINE PATTERN: the example's design with that member as well, the last of which counts.
member() {
	sed "/^	\.sysreg_write = /a\\
	$1" example/vgic-simple.c >member.c
	so member member.c -Wno-override-init -Wno-initializer-overrides -Wno-unknown-warning-option
	wrong "$2" ./member.so
}
for hook in create destroy set_state set_enabled flush restore save sync pending inject mmio \
	sysreg_write; do
	member ".$hook = NULL," "member\.so: $hook\(\): want a function, have NULL"
done
member '.name = NULL,' 'name: want a string'
member '.name = "",' 'name: want 1 to 31 characters, have none'
member '.name = "a-name-that-is-longer-than-31-chars",' 'name: want 1 to 31 characters, have more'
member '.name = "two\\nlines",' 'name: want letters.*0xa at 3'
member '.summary = NULL,' 'summary: want a string'
member '.source = "a\\033[1mb",' 'source: want printable ASCII, have byte 0x1b'
member '.kernel = NULL,' 'kernel: want a string'
member '.gics = 0,' 'gics: want bit 2'
member '.gics = 1 << 4,' 'gics: want bit 2'
member '.gics = 1 << 2,' "simple: cannot be the trace's GICv3"
member '.declared = (const struct vgic_declared[]){ { 99, 0, "x" }, { 0, 0, NULL } },' \
	'declared\[0\]: want a finding'
printf '#include "vgic-plugin.h"\nstatic const struct vgic_design none;\nVGICSIM_DESIGN(none);\n' >none.c
so none none.c && wrong 'name: want a string, have NULL' ./none.so
sed 's/= &(design)$/= (design)/' "$include/vgic-plugin.h" >vgic-plugin.h
printf '#include "vgic-plugin.h"\nVGICSIM_DESIGN(NULL);\n' >null.c
so null -I. null.c && wrong 'vgicsim_design: want a design, have NULL' ./null.so
rm vgic-plugin.h
sed 's/plat_kick(cpu, vcpu);/plat_kick(cpu, vcpu); machine_destroy(g);/
	s/^struct vcpu {/void machine_destroy(void *);\n&/' example/vgic-simple.c >reach.c
so reach reach.c && wrong 'could not be loaded: undefined symbol: machine_destroy' ./reach.so
sed 's/VGICSIM_DESIGN(simple);/static &/' example/vgic-simple.c |
	sed '/^static VGICSIM/s/static //' >hidden.c
so hidden hidden.c -fvisibility=hidden && expect 0 "$vgicsim" list designs ./hidden.so
expect 2 "$vgicsim" native -q "$t" -d ./$plugin && holds err 'want a built-in design'
# A GICv2 has no system registers, and need not have the hook.
sed 's/1u << 2 | 1u << 3/1u << 2/; /\.sysreg_write = /d; s/^static enum vgic_handled simple_sysreg/__attribute__((unused)) &/' \
	example/vgic-simple.c >two.c
so two two.c
expect 0 "$vgicsim" replay -q "$source_dir/traces/samples/gicv2-4vcpu-hackbench.pcap.gz" -d ./two.so
finish 200
