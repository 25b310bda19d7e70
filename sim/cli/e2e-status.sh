#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Exit statuses, help, lists, streams: what scripts rely on.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"

cat >one.vgt <<'END'
%vgt 1
%gic v3
%vcpus 2
%pcpus 4
%spis 32
%frame gicd 0x08000000 0x10000
%frame gicr 0x080a0000 0x20000
0.000000000 - - state irq=34 enabled=1 pending=0 line=0 active=0 config=edge prio=0xa0 target=0
0.000000000 0 v0 entry
0.000000000 1 v1 entry
0.000010000 2 t9 inject irq=34 level=1
0.000020000 0 v0 exit reason=trap ec=0x16
0.000020500 0 v0 hvc
0.000021000 0 v0 entry
0.000030000 1 v1 exit reason=trap ec=0x16
0.000030500 1 v1 hvc
0.000031000 1 v1 entry
0.000040000 0 v0 exit reason=trap ec=0x16
0.000040500 0 v0 hvc
0.000041000 0 v0 entry
END

expect 2 "$vgicsim"
expect 2 "$vgicsim" nonsense && holds err 'nonsense: no such command'
expect 0 "$vgicsim" --help && holds out '^  replay '
expect 0 "$vgicsim" --version && holds out '^vgicsim [0-9]' && holds out 'libtrace 3|libtrace 4'
for c in import info dump check replay report list; do
	expect 0 "$vgicsim" $c --help
	# Examples come before options.
	head -n 8 out >first
	holds first "^  .*vgicsim $c"
	expect 2 "$vgicsim" $c --no-such-option
	expect 2 "$vgicsim" $c
done

expect 0 "$vgicsim" list designs && holds out '^kvm-legacy ' && holds out '^kvm-aplist '
expect 0 "$vgicsim" list hosts && holds out '^kunpeng920-2s-128c '
expect 0 "$vgicsim" list hosts xgene1-m400 && holds out '^nr_lrs '
expect 0 "$vgicsim" list locks && holds out '^ticket '
expect 0 "$vgicsim" list events && holds out '^entry '
grep -q " \$" out && complain "list leaves blanks at the end of a line"
expect 0 "$vgicsim" list events -f json && holds out '"arguments"'
expect 2 "$vgicsim" list nonsense
expect 2 "$vgicsim" list hosts no-such-host

# Every option that takes a word refuses a wrong one, and says the right ones.
expect 2 "$vgicsim" replay one.vgt -d no-such-design && holds err 'no such design'
expect 2 "$vgicsim" replay one.vgt --lock rusty && holds err 'want one of ticket, queued, tas'
expect 2 "$vgicsim" replay one.vgt --host nowhere
expect 2 "$vgicsim" replay one.vgt --set no_such_key=1 && holds err 'no_such_key'
expect 2 "$vgicsim" replay one.vgt --set l1=5
expect 2 "$vgicsim" replay one.vgt --service sgi=5
expect 2 "$vgicsim" replay one.vgt --seed -1
expect 2 "$vgicsim" replay one.vgt --set l1=2s && holds err 'l1: want at most 1s'
expect 2 "$vgicsim" replay one.vgt --guest-speed 0
{ cat one.vgt; echo '1.000000000 0 v0 exit reason=trap ec=0x16'; } >second.vgt
expect 2 "$vgicsim" replay -q second.vgt -d kvm-aplist --guest-speed 1/1000000 &&
	holds err '75 minutes.*--guest-speed 1/1000000 a guest may run for 0.004 s'
expect 2 "$vgicsim" replay one.vgt -f xml
expect 2 "$vgicsim" replay one.vgt two.vgt
expect 2 "$vgicsim" dump one.vgt --from 5
expect 2 "$vgicsim" dump one.vgt --vcpu x
expect 2 "$vgicsim" dump one.vgt --vcpu 0-2 && holds err 'want 0..1, as one.vgt has them, have 2'

expect 2 "$vgicsim" import -q one.vgt --source 'quote "open' -o t.pcap && holds err '\-\-source: '
expect 2 "$vgicsim" import -q one.vgt --source "$(seq 400 | tr '\n' x)" -o t.pcap
holds err '\-\-source: want at most 1023 bytes'

for o in '--gic v3' '--vcpus 2' '--spis 32' '--machine qemu-virt' '--frame gicd=0x1000,0x1000' \
	'--vcpu-map 1=0' '--vgic-state one.vgt' '--source x'; do
	# shellcheck disable=SC2086 # words
	expect 2 "$vgicsim" import -q one.vgt $o -o t.pcap && holds err 'is a trace, which says itself'
done
[ ! -e t.pcap ] || complain "a refused import left its output"

expect 3 "$vgicsim" replay no-such-file
expect 3 "$vgicsim" info no-such-file
expect 3 "$vgicsim" check no-such-file
expect 3 "$vgicsim" import no-such-file -o t.pcap
[ ! -e t.pcap ] || complain "a failed import left its output"

expect 0 "$vgicsim" replay one.vgt && holds err 'kunpeng920-2s-128c, the default for a GICv3'
expect 0 "$vgicsim" replay -q one.vgt -d kvm-legacy -d kvm-aplist
holds out 'kvm-legacy +kvm-aplist +change'
expect 0 "$vgicsim" replay -q one.vgt -d kvm-aplist
[ ! -s err ] || complain "replay -q is not quiet"
expect 0 "$vgicsim" replay -q one.vgt -f csv && holds out '^design,group,item,metric,unit,value$'
expect 0 "$vgicsim" replay -q one.vgt -f json -o r.json
[ ! -s out ] || complain "with -o something went to standard output"
expect 0 "$vgicsim" report r.json -o r.html --no-plots
expect 3 "$vgicsim" report no-such.json -o x.html && holds err 'no-such.json: No such file'
expect 3 "$vgicsim" report . -o x.html && holds err '\.: Is a directory'
for runs in '1' '{}' '{"design":"x"}' '{"design":1,"latency":{}}'; do
	echo "{\"schema\":\"vgicsim-result-1\",\"runs\":[$runs]}" >x.json
	expect 3 "$vgicsim" report x.json -o x.html && holds err 'x.json: run 1: (design|latency): want'
done
expect 3 "$vgicsim" report one.vgt -o x.html
[ ! -e x.html ] || complain "a failed report left its output"

# One design can be read from a pipe, two cannot.
expect 0 sh -c "\"$vgicsim\" replay -q -d kvm-aplist -f json - <one.vgt"
expect 2 sh -c "\"$vgicsim\" replay -q - <one.vgt"

# What is read is never what is written: somebody's recording would be gone.
cp one.vgt mine.vgt
ln mine.vgt same.vgt
cp r.json mine.json
for o in "import -q mine.vgt -o same.vgt" "info mine.vgt -o same.vgt" "dump mine.vgt -o same.vgt" \
	"check mine.vgt -o same.vgt" "replay -q mine.vgt -o same.vgt" \
	"replay -q mine.vgt -d kvm-aplist --log same.vgt" \
	"conform mine.vgt -d kvm-aplist -o same.vgt" \
	"import -q one.vgt --vgic-state mine.vgt -o same.vgt" "report mine.json -o mine.json"; do
	# shellcheck disable=SC2086 # words
	expect 2 "$vgicsim" $o && holds err 'want another file to write to, have one that is read'
done
same mine.vgt one.vgt "a command wrote over what it read"
same mine.json r.json "report wrote over what it read"
expect 2 "$vgicsim" replay -q one.vgt -d kvm-aplist -o both --log both && holds err 'log'
[ ! -e both ] || complain "a refused run left its output"
expect 2 "$vgicsim" replay -q one.vgt -d kvm-aplist -d kvm-aplist && holds err 'given twice'

# A log a design, each line one JSON object with a time that never goes back.
expect 0 "$vgicsim" replay -q one.vgt --log run.jsonl
for d in kvm-legacy kvm-aplist; do
	checks=$((checks + 1))
	[ -s run.$d.jsonl ] || complain "no log of $d"
	checks=$((checks + 1))
	sed 's/^{"t_ps":\([0-9]*\),.*}$/\1/' run.$d.jsonl | sort -cn ||
		complain "the log of $d is not in order of time"
	holds run.$d.jsonl '"event":"entry","lrs":\[{"lr":0,"irq":34,"state":"pending"'
	holds run.$d.jsonl '"event":"inject","irq":34,"level":1'
	holds run.$d.jsonl '"event":"lock","class":'
done

# Output that cannot be written: status 4 and no file.
expect 4 "$vgicsim" replay -q one.vgt -o no-such-dir/out
expect 4 "$vgicsim" replay -q one.vgt -o /dev/full
# The message names what could not be written, whoever found out.
expect 4 "$vgicsim" replay -q one.vgt -f json -o /dev/full && holds err '/dev/full: could not be'
expect 4 "$vgicsim" replay -q one.vgt -d kvm-aplist --log /dev/full && holds err '/dev/full: '
expect 4 "$vgicsim" dump one.vgt -o /dev/full && holds err '/dev/full: '
expect 4 "$vgicsim" info one.vgt -f json -o /dev/full && holds err '/dev/full: '
expect 4 sh -c "\"$vgicsim\" replay -q one.vgt >/dev/full"
expect 4 sh -c "\"$vgicsim\" dump one.vgt >/dev/full"
expect 4 sh -c "\"$vgicsim\" list events >/dev/full"
expect 4 "$vgicsim" import -q one.vgt -o no-such-dir/t.pcap

# A reader that goes away ends it without a word.
"$vgicsim" dump one.vgt 2>err | true
[ ! -s err ] || complain "a closed pipe was complained about: $(cat err)"

# Ended by a signal: nothing half-written stays. It waits for its input here.
# libwandio reads ahead, so there has to be more than it buffers.
{ cat one.vgt && yes '# a comment' | head -c 16000000; } >big.vgt
mkdir killed
mkfifo fifo
(exec 3>fifo; cat big.vgt >&3; exec sleep 5) 2>/dev/null &
writer=$!
"$vgicsim" replay -q -d kvm-aplist fifo -o killed/out --log killed/log 2>err &
reader=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ -n "$(ls killed)" ] && break
	sleep 0.3
done
checks=$((checks + 1))
[ -n "$(ls killed)" ] || complain "no log was begun before the signal"
kill -TERM $reader
wait $reader
have=$?
checks=$((checks + 1))
[ "$have" = 143 ] || complain "ended by SIGTERM: want status 143, have $have: $(cat err)"
[ -z "$(ls killed)" ] || complain "ended by SIGTERM it left $(ls killed)"
kill $writer 2>/dev/null

# The same for what import writes and for what gnuplot works in.
{ grep '^%' one.vgt; seq -f '%.9f 0 v0 hvc' 1 400000; } >long.vgt
"$vgicsim" import -q long.vgt -o killed/t.pcap.xz &
importer=$!
mkdir bin tmp
printf '#!/bin/sh\nexec sleep 60\n' >bin/gnuplot
chmod +x bin/gnuplot
PATH=$dir/bin:$PATH TMPDIR=$dir/tmp "$vgicsim" report r.json -o killed/r.html &
reporter=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ -n "$(ls killed)" ] && [ -n "$(ls tmp/*/*.gp 2>/dev/null)" ] && break
	sleep 0.1
done
checks=$((checks + 2))
[ -n "$(ls killed)" ] || complain "import had begun no file before the signal"
[ -n "$(ls tmp)" ] || complain "report had begun no figure before the signal"
kill -TERM $importer $reporter
wait $importer
[ $? = 143 ] || complain "import was not ended by SIGTERM"
wait $reporter
[ $? = 143 ] || complain "report was not ended by SIGTERM"
checks=$((checks + 2))
left=$(find killed tmp -mindepth 1)
[ -z "$left" ] || complain "ended by SIGTERM they left $left"

# Colour only where it is wanted.
expect 0 "$vgicsim" replay -q one.vgt --color=always && holds out "$(printf '\033')\\[1m"
expect 0 env NO_COLOR=1 "$vgicsim" replay -q one.vgt
if grep -q "$(printf '\033')" out; then
	complain "colour with NO_COLOR"
fi

expect 0 "$vgicsim" check one.vgt
sed 's/^0.000010000 .*/0.000010000 2 t9 inject irq=34 level=1 vcpu=7/' one.vgt >wrong.vgt
expect 1 "$vgicsim" check wrong.vgt && holds out 'error'
expect 0 "$vgicsim" info one.vgt -f json && holds out '"records": 13'
finish 130
