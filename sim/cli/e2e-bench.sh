#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# bench and diff as a user runs them: a set against itself, a cost raised by a tenth, a
# design against another, times, a set that is changed, and how each fails.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"

kunpeng=$source_dir/sim/machine/hosts/kunpeng920-2s-128c.ini
cat >few.ini <<'END'
[set]
summary = for this test
[rows]
trace = samples/k48-gicv3-4vcpu-hackbench.pcap.gz gen:hackbench,vcpus=8,duration=1ms
design = kvm-legacy kvm-aplist
host = kunpeng920-2s-128c
END

# The same bytes, however many threads there are and whether time is measured or not.
expect 0 "$vgicsim" bench -q few.ini -j 1 -o a.json
expect 0 "$vgicsim" bench -q few.ini -j 4 -o b.json
same a.json b.json "one thread and four"
expect 0 "$vgicsim" bench -q few.ini --reps 5 -o t.json
sed '/^ "wall": /,$d' t.json | sed '$s/,$//' >simulated.json
sed '$d' a.json >without.json
same simulated.json without.json "with times and without"
holds a.json '"command": "vgicsim bench few.ini"'
expect 0 "$vgicsim" bench few.ini --list
holds out '^trace=k48-gicv3-4vcpu-hackbench.pcap.gz design=kvm-legacy host=kunpeng920-2s-128c '
expect 0 "$vgicsim" bench --list
holds out '^small +[0-9]+ rows '

# Against itself, in every format.
for format in table markdown lkml json csv; do
	expect 0 "$vgicsim" diff a.json a.json --strict -f $format
done
expect 0 "$vgicsim" diff a.json a.json
holds out '^0 regressions, 0 improvements, [0-9,]+ figures unchanged$'

# A cost raised by a tenth in a copied profile, whose name nobody has told diff.
sed 's/^c2c_near = 34.4ns/c2c_near = 37.84ns/' "$kunpeng" >myhost.ini
expect 0 "$vgicsim" bench -q few.ini -H ./myhost.ini -o slow.json
expect 1 "$vgicsim" diff a.json slow.json --all
holds out '^[0-9]+ regressions, '
holds out '^entry_mean +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +\+[0-9.]+ % +\+[0-9.]+ % +0\.1 %$'
holds out '^entry_mean .*\+[0-9.]+ %  \[1\]$'
holds out '^No row has the same host on both sides'
holds out '^all  +host kunpeng920-2s-128c -> myhost'
expect 1 "$vgicsim" diff a.json slow.json --match-host kunpeng920-2s-128c=myhost -f csv
holds out '^regression,entry_mean,ps,[0-9]+,[0-9]+,[0-9]+,1000,0,k48'
expect 1 "$vgicsim" diff a.json slow.json -f lkml
if grep -q '.\{73\}' out; then
	complain "lkml: a line of more than 72 columns"
fi
expect 1 "$vgicsim" diff a.json slow.json -f json -o d.json
holds d.json '"schema": "vgicsim-diff-1"'
holds d.json '"regressed": true'
expect 1 "$vgicsim" diff a.json slow.json -f markdown --all
holds out '^\| entry\\_mean \|'
# The other way round it is an improvement; with limits far off it is none at all.
expect 0 "$vgicsim" diff slow.json a.json --threshold '*=500%'
holds out '^0 regressions, 0 improvements, [0-9]+ changes within their limits'
expect 1 "$vgicsim" diff slow.json a.json --threshold '*=500%' --strict
expect 1 "$vgicsim" diff a.json slow.json --threshold '*=500%' --threshold entry_mean=0.01%
holds out '^entry_mean '

# One design against another, of one document; the rest is left out and said to be.
expect 1 "$vgicsim" diff a.json --match-design kvm-aplist=kvm-legacy
holds out 'Left out by what was asked to match: 2 of the base'
holds out 'design kvm-aplist -> kvm-legacy'
expect 2 "$vgicsim" diff a.json --match-design kvm-aplist=no-such
holds err 'no row of a.json has its like'

sed '/^trace/s/ gen:.*//' few.ini >fewer.ini
# Results of replay, too.
sample=$source_dir/traces/samples/k48-gicv3-4vcpu-hackbench.pcap.gz
expect 0 "$vgicsim" replay -q "$sample" -f json -o r.json
expect 0 "$vgicsim" replay -q "$sample" --set c2c_near=37.84ns -f json -o s.json
expect 0 "$vgicsim" diff r.json r.json --strict
expect 1 "$vgicsim" diff r.json s.json
holds out '^entry.cache_lines '

# A row of a bench, a run of a replay and a cell of a sweep are the same thing.
expect 0 "$vgicsim" bench -q fewer.ini --figures all -o all.json
expect 0 "$vgicsim" diff all.json r.json --strict
holds out '^rows 2 compared, 2 with the same history$'
set -- sweep -q gen:hackbench,duration=1ms --vcpus 2,4 -d kvm-legacy,kvm-aplist
expect 0 "$vgicsim" "$@" -o w.json
expect 0 "$vgicsim" "$@" --set c2c_near=x2 -o x.json
expect 0 "$vgicsim" diff w.json w.json --strict
expect 1 "$vgicsim" diff w.json x.json
holds out '^all .*host kunpeng920-2s-128c -> kunpeng920-2s-128c\+c2c_near=x2'

# Times: a document against itself shows nothing, and is warned about.
expect 0 "$vgicsim" diff t.json t.json
holds out '^Times of 5 repetitions: under nine'
holds out '^wall .* ~ all$'
expect 0 "$vgicsim" diff t.json a.json
holds out '^Times are in the base alone\.$'
# Twenty times as long, on the same machine and on another.
awk '/"wall_ns"|"cpu_ns"/ { in_times = 1 } /\]/ { in_times = 0 }
	in_times && /^ +[0-9]+,?$/ { comma = /,/ ? "," : ""; printf "     %d%s\n", $1 * 20, comma; next }
	{ print }' t.json >late.json
expect 1 "$vgicsim" diff t.json late.json
holds out 'slower all$'
expect 0 "$vgicsim" diff t.json late.json --threshold wall-clock=5000%
sed 's/"cpus": [0-9]*/"cpus": 4711/' late.json >other.json
expect 0 "$vgicsim" diff t.json other.json
holds out '^Times are of two machines: shown, and not judged\.$'
expect 1 "$vgicsim" diff t.json other.json --force

# Another trace under the same name is not compared, which is a no; rows that one side
# alone has are named.
sed 's/"trace_digest": "./"trace_digest": "-/' a.json >moved.json
expect 1 "$vgicsim" diff a.json moved.json
holds out 'not compared \(--force does\), and the exit status'
holds out '^rows 0 compared'
expect 0 "$vgicsim" diff a.json moved.json --force
expect 0 "$vgicsim" bench -q fewer.ini -o fewer.json
expect 0 "$vgicsim" diff a.json fewer.json
holds out '^rows in the base alone$'
holds out 'gen:hackbench,vcpus=8,duration=1ms, kvm-aplist'
expect 1 "$vgicsim" diff a.json fewer.json --strict

# What is put in place of the set's own and cannot be is left out, by name.
expect 0 "$vgicsim" bench few.ini --trace gen:ipi,gic=v2,vcpus=2,duration=1ms --trace gen:hvc,vcpus=1,duration=1ms
holds err 'left out: trace=gen:ipi.*: host kunpeng920-2s-128c has a GICv3'
holds out '"why": "host kunpeng'
expect 2 "$vgicsim" bench few.ini -d no-such-design
expect 2 "$vgicsim" bench few.ini -H no-such-host
expect 2 "$vgicsim" bench no-such-set
expect 2 "$vgicsim" bench ./no-such-set.ini
expect 3 "$vgicsim" bench few.ini --trace ./nowhere.pcap
expect 4 "$vgicsim" bench -q few.ini -o /nowhere/a.json
# A trace of the command line is where one is, not where the set is.
cp "$sample" mine.pcap.gz
expect 0 "$vgicsim" bench -q small --trace mine.pcap.gz -d kvm-aplist -H kunpeng920-2s-128c -o m.json
holds m.json '"cell": "trace=mine.pcap.gz design=kvm-aplist '
expect 2 "$vgicsim" bench -q few.ini --trace ./mine.pcap.gz -o mine.pcap.gz
expect 2 "$vgicsim" bench -q few.ini -H ./myhost.ini -o myhost.ini
expect 2 "$vgicsim" bench -q few.ini -o few.ini
same "$sample" mine.pcap.gz "a trace that was to be written over"
echo 'design = kvm-legacy' >bad.ini
expect 2 "$vgicsim" bench bad.ini
holds err 'bad.ini: line 1: want a \[section\]'
printf '[a]\ntrase = x\n' >bad.ini
expect 2 "$vgicsim" bench bad.ini
holds err 'bad.ini: line 2: want a word of a run'
printf '[a]\ntrace = gen:hackbench,vcpus=9,gic=v2\n' >bad.ini
expect 2 "$vgicsim" bench bad.ini
holds err 'bad.ini: section of line 2'

# Documents that are none, or not whole.
expect 3 "$vgicsim" diff a.json /nowhere.json
expect 3 "$vgicsim" diff few.ini a.json
head -c 20000 a.json >cut.json
expect 3 "$vgicsim" diff cut.json a.json
echo '{"schema": "vgicsim-validate-1"}' >foreign.json
expect 3 "$vgicsim" diff foreign.json a.json
holds err 'foreign.json: schema: want vgicsim-bench-1, '
sed 's/"entry_mean_ps": [0-9]*/"entry_mean_ps": 1e999/' a.json >huge.json
expect 3 "$vgicsim" diff a.json huge.json
sed 's/"entry_mean_ps": [0-9]*/"entry_mean_ps": 9223372036854775807/' a.json >huge.json
expect 3 "$vgicsim" diff a.json huge.json
holds err 'row 1: entry_mean_ps: want a number up to'
sed 's/"entry_mean_ps": [0-9]*/"entry_mean_ps": NaN/' a.json >nan.json
expect 3 "$vgicsim" diff a.json nan.json
sed 's/"entry_p50_ps"/"entry_mean_ps"/' a.json >twice.json
expect 3 "$vgicsim" diff a.json twice.json
sed 's/design=kvm-legacy/design=kvm-aplist/' a.json >twice.json
expect 3 "$vgicsim" diff a.json twice.json
holds err 'want each row once, have rows [0-9] and [0-9] of the same'
expect 2 "$vgicsim" diff
expect 2 "$vgicsim" diff a.json a.json a.json
expect 2 "$vgicsim" diff a.json a.json --threshold entry_p98=2%
holds err 'entry_p98: want the name of a figure'
expect 2 "$vgicsim" diff a.json a.json --threshold entry_p99=
expect 2 "$vgicsim" diff a.json a.json --threshold entry_p99=2parsecs
expect 2 "$vgicsim" diff a.json a.json -f pdf
expect 2 "$vgicsim" diff a.json a.json -o a.json
expect 4 "$vgicsim" diff a.json a.json -o /nowhere/d
finish 110
