#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# sweep, merge and crossover as a user runs them: whole, on any number of threads, killed and
# gone on with, on a full disk, in shards by hand, by GNU parallel and by Slurm's
# array jobs: always the same bytes.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"
broken=$3

cat >s.ini <<'INI'
# Does the lock's algorithm matter, and from how many vCPUs on?
[sweep]
question = Does the algorithm of the lock matter?
metric = entry_mean
[axis]
trace = gen:hackbench,duration=2ms
vcpus = 1..16*4
design = kvm-legacy, kvm-aplist
lock = ticket, queued
seeds = 3
INI

expect 0 "$vgicsim" sweep s.ini -j 1 -o whole.json
[ ! -e whole.json.part ] || complain "the journal of a finished sweep is still there"
holds whole.json '"schema": "vgicsim-sweep-1"'
[ "$(grep -c '^{"n":' whole.json)" = 36 ] || complain "want 36 cells"
! grep -q "$(date +%Y)\|$dir\|[0-9]\.[0-9]*e" whole.json || complain "time or place in the document"
expect 0 "$vgicsim" sweep s.ini -j 3 -f json
same out whole.json "one thread and three"
expect 0 "$vgicsim" sweep -d kvm-legacy -d kvm-aplist --seed 1,2,3 --lock ticket,queued \
	--vcpus 1,4,16 gen:hackbench,duration=2ms -f csv
cp out options.csv
expect 0 "$vgicsim" merge whole.json -f csv
same out options.csv "a file and options, as CSV"
holds out '^n,trace,vcpus,lock,design,seed,run_status,.*,entry_p99_ps,'
holds out '^35,"gen:hackbench,duration=2ms",16,queued,kvm-aplist,3,0,,'
expect 0 "$vgicsim" merge whole.json
holds out '^Does the algorithm'
holds out '^entry_mean_ps, median \[least, greatest\] of 3 seeds$'
holds out '^16 +queued +[0-9]+\.[0-9]+ us \['
expect 0 "$vgicsim" sweep s.ini --dry-run --vcpus 4 --seeds 1
[ "$(wc -l <out)" = 4 ] || complain "want a dry run of 4 cells: options take the file's place"
holds out '^trace=gen:hackbench,duration=2ms,vcpus=4,seed=1 design=kvm-aplist host=.* lock=queued'
expect 0 "$vgicsim" sweep --list-metrics
holds out '^lock\.<CLASS>\.waittime-total_ps +'

expect 0 "$vgicsim" sweep "$source_dir/workloads/sweeps/hackbench.ini" --dry-run
[ "$(wc -l <out)" = 108 ] || complain "want 108 cells of the sweep that comes with it"

# One cell of it is what replay says.
expect 0 "$vgicsim" replay -q -f json --lock queued -s 2 -d kvm-legacy \
	gen:hackbench,duration=2ms,vcpus=4,seed=2
fingerprint=$(sed -n 's/.*"fingerprint": "\([0-9a-f]*\)".*/\1/p' out)
holds whole.json "vcpus=4,seed=2 design=kvm-legacy .* lock=queued .*\"fingerprint\":\"$fingerprint\""

# Killed at any point. Fewer vCPUs: several runs end between two kills.
lines() {
	{ wc -l <"$1"; } 2>/dev/null || echo 0
}
kills=0
while [ "$kills" -lt 8 ]; do
	before=$(lines killed.json.part)
	"$vgicsim" sweep s.ini -q -j 2 -o killed.json &
	pid=$!
	while [ "$(lines killed.json.part)" -le $((before + kills)) ] && kill -0 "$pid" 2>/dev/null; do
		:
	done
	kill -KILL "$pid" 2>/dev/null && kills=$((kills + 1))
	wait "$pid" 2>/dev/null
	[ ! -e killed.json ] || break
	# What a kill would leave of a line, wherever it hits.
	[ "$kills" != 2 ] || truncate -s -37 killed.json.part
	[ "$kills" != 3 ] || truncate -s -1 killed.json.part
	[ "$kills" != 4 ] || printf '{"sum":"0123' >>killed.json.part
done
[ "$kills" -gt 1 ] || complain "want kills while it runs, have $kills"
expect 0 "$vgicsim" sweep s.ini -o killed.json
same killed.json whole.json "killed $kills times, and whole"

# Asked to stop, it says how to go on.
"$vgicsim" sweep s.ini -j 1 -o stopped.json 2>err &
pid=$!
while [ "$(lines stopped.json.part)" -lt 3 ]; do
	:
done
kill -TERM "$pid"
{ wait "$pid"; } 2>/dev/null
status=$?
[ "$status" = 143 ] || complain "want status 143 of a stopped sweep, have $status"
holds err 'stopped with [0-9]+ of 36 runs done; the same command goes on from there'
expect 0 "$vgicsim" sweep s.ini -o stopped.json
holds err '[0-9]+ runs are done already, [0-9]+ to go'
same stopped.json whole.json "stopped, and whole"

# No room for all of it.
expect 4 sh -c 'trap "" XFSZ; ulimit -f 150; exec "$@"' sh "$vgicsim" sweep s.ini -q -o full.json
holds err 'full.json.part: File too large'
expect 0 "$vgicsim" sweep s.ini -q -o full.json
same full.json whole.json "a full disk, and whole"

# Somebody else's journal.
"$vgicsim" sweep s.ini -q -j 1 -o other.json &
pid=$!
while [ "$(lines other.json.part)" -lt 2 ]; do
	:
done
kill -KILL "$pid"
wait "$pid" 2>/dev/null
cp other.json.part before
expect 2 "$vgicsim" sweep s.ini --seeds 2 -o other.json
holds err 'is the journal of another sweep'
expect 2 "$vgicsim" sweep s.ini --shard 1/2 -o other.json
same before other.json.part "a journal that was refused"
echo 'my notes' >notes.json.part
expect 2 "$vgicsim" sweep s.ini -o notes.json
expect 4 "$vgicsim" sweep s.ini -o s.ini/x.json
expect 4 "$vgicsim" sweep s.ini --vcpus 1 --seeds 1 -f json -o /nowhere/x.json
mkdir folder
expect 4 "$vgicsim" sweep s.ini -o folder
[ ! -e folder.part ] || complain "a journal of what cannot be written"
expect 0 "$vgicsim" sweep s.ini --vcpus 1 --seeds 1 -o /dev/null
[ ! -e /dev/null.part ] || complain "a journal beside a device"

# Shards.
for i in 1 2 3 4; do
	expect 0 "$vgicsim" sweep s.ini -q --shard $i/4 -o s$i.json
done
expect 0 "$vgicsim" merge s3.json s1.json s4.json s2.json -o merged.json
same merged.json whole.json "four shards, and whole"
expect 2 "$vgicsim" merge s1.json s2.json s4.json
holds err 'shard 3/4 is missing'
expect 2 "$vgicsim" merge s1.json s2.json s2.json s4.json
holds err 'shard 2/4 is there already'
expect 0 "$vgicsim" sweep s.ini -q --seeds 2 --shard 3/4 -o foreign.json
expect 2 "$vgicsim" merge s1.json s2.json foreign.json s4.json
holds err 'of another sweep'
expect 3 "$vgicsim" merge s.ini
expect 2 "$vgicsim" merge whole.json -o whole.json
head -c 2000 whole.json >cut.json
expect 3 "$vgicsim" merge cut.json
export VGICSIM="$vgicsim"
if command -v parallel >/dev/null; then
	expect 0 "$source_dir/bench/sweep-parallel.sh" 3 parallel.json s.ini
	same parallel.json whole.json "GNU parallel, and whole"
	expect 2 "$source_dir/bench/sweep-parallel.sh" x parallel.json s.ini
fi

# What sbatch does, in one piece: a copy of the script, its tasks one by one.
mkdir bin
cat >bin/sbatch <<'SH'
#!/bin/sh
array=
while :; do
	case $1 in
	--array=1-*) array=${1#--array=1-} ;;
	--dependency=afterok:17) [ -e slurm.done ] || exit 1 ;;
	--*) ;;
	*) break ;;
	esac
	shift
done
cp "$1" spooled && shift
for i in $(seq "${array:-0}"); do
	SLURM_ARRAY_TASK_ID=$i SLURM_CPUS_PER_TASK=2 sh spooled "$@" || exit 1
done
[ -n "$array" ] && : >slurm.done && echo '17;cluster' && exit
sh spooled "$@"
SH
chmod +x bin/sbatch
PATH=$dir/bin:$PATH expect 0 "$source_dir/bench/sweep-slurm.sh" 4 slurm.json s.ini
holds out '^array job 17, 4 shards; then slurm.json$'
same slurm.json whole.json "array jobs, and whole"
PATH=$dir/bin:$PATH expect 2 "$source_dir/bench/sweep-slurm.sh" 2 slurm.json s.ini -d nothing

# What cannot be is refused, or said.
expect 2 "$vgicsim" sweep gen:hackbench,duration=1ms --vcpus 8,9 -a gic=v2,v3 -o no.json
holds err 'want at most 8 with a GICv2'
[ ! -e no.json.part ] || complain "a journal of what was refused"
expect 0 "$vgicsim" sweep gen:hackbench,duration=1ms --vcpus 8,9 -a gic=v2,v3 --skip-impossible
holds out '^left out:$'
holds out 'vcpus=9,gic=v2.*have 9'
expect 2 "$vgicsim" sweep gen:hackbench --vcpus 200
expect 2 "$vgicsim" sweep gen:hackbench --vcpus 1..10000 --seeds 10000
expect 2 "$vgicsim" sweep gen:hackbench --vcpus 1..8*1
expect 2 "$vgicsim" sweep gen:hackbench --set sgi_phys=1
expect 2 "$vgicsim" sweep -d kvm-legacy
expect 2 "$vgicsim" sweep -
expect 3 "$vgicsim" sweep /nowhere.vgt

# A trace that is cut: its runs fail, the others are there, the exit status says it.
head -c -20 "$source_dir/workloads/micro/ipi-v3.vgt" >cut.vgt
expect 3 "$vgicsim" sweep cut.vgt "$source_dir/workloads/micro/ipi-v3.vgt" -d kvm-legacy -o cut.json
holds err '1 of 2 runs failed; trace=cut.vgt '
holds cut.json '"status":"input","error":"cut.vgt: .*"truncated":true'
holds cut.json '"status":"ok"'

# What a check finds is a failure, too; without the check it is none.
sed -n '/^%vgt 1/,/^END/p' "$source_dir/sim/cli/e2e-check.sh" | sed '$d' >twice.vgt
expect 0 "$broken" sweep twice.vgt -d broken-twice
expect 5 "$broken" sweep twice.vgt -d broken-twice,kvm-aplist -a check=1 -f json
holds err '1 of 2 runs failed; .*design=broken-twice.*: 1 violations; the first at '
holds out 'broken-twice.*"status":"invariant".*"check.violations":1'

# Crossovers.
expect 0 "$vgicsim" crossover --x vcpus --from whole.json
holds out '^no crossover from 1 to 16: kvm-aplist has less throughout'
expect 0 "$vgicsim" crossover -q --x lrs=1..16 gen:overflow,duration=2ms --metric entry_mean -j 1
holds out '^kvm-aplist has less than kvm-legacy from lrs = [0-9]+ on \[[0-9]+, [0-9]+\]'
cp out 1.txt
expect 0 "$vgicsim" crossover -q --x lrs=1..16 gen:overflow,duration=2ms --metric entry_mean -j 3
same out 1.txt "crossover with one thread and three"
expect 0 "$vgicsim" crossover -q --x lrs=4,8,16 gen:overflow,duration=2ms -f json --seeds 2
holds out '"schema": "vgicsim-crossover-1"'
expect 0 "$vgicsim" crossover -q --x set.l1 gen:hvc,duration=1ms --seeds 2 -d kvm-aplist,kvm-legacy
expect 0 "$vgicsim" crossover -q --x lrs=1,2,4 "$source_dir/workloads/micro/ipi-v3.vgt"
holds out '^all seeds give the same'
expect 2 "$vgicsim" crossover --x vcpus gen:hvc -d kvm-legacy
expect 2 "$vgicsim" crossover --x nothing gen:hvc
expect 2 "$vgicsim" crossover --x vcpus=8..4 gen:hvc
expect 2 "$vgicsim" crossover --x lrs --from whole.json
expect 2 "$vgicsim" crossover --x vcpus --from s1.json
expect 2 "$vgicsim" crossover gen:hvc
finish 80
