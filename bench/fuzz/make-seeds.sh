#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Make the seeds among the corpora again, of the samples in this tree:
#   bench/fuzz/make-seeds.sh VGICSIM
# Inputs that were once a finding (named found-*) and those of a long run's
# minimised corpus (min-*) are not touched.
set -eu

vgicsim=${1:?want the program}
here=$(cd "$(dirname "$0")" && pwd)
tree=$here/../..
corpus=$here/corpus
hosts=$tree/traces/samples/host
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

for d in pcap packed text report dat vgic-state host result plugin diff sweep; do
	mkdir -p "$corpus/$d"
	rm -f "$corpus/$d"/seed-*
done

# Every event with none and with all of its arguments, from the tests' own text.
python3 - "$tree/traces/test-util.h" >"$temp/all.vgt" <<'PY'
import re
import sys

text = open(sys.argv[1]).read()
for name in ("TU_HEADER", "TU_EVENTS"):
    body = text.split("#define %s " % name, 1)[1].split("\n\n", 1)[0]
    for piece in re.findall(r'"((?:[^"\\]|\\.)*)"', body):
        sys.stdout.write(piece.encode().decode("unicode_escape"))
PY
cp "$temp/all.vgt" "$corpus/text/seed-all.vgt"

# The first events of some recordings, in each form.
for s in gicv2-4vcpu-hackbench gicv3-4vcpu-pcimsi-netblk k48-gicv3-4vcpu-hackbench; do
	"$vgicsim" dump "$tree/traces/samples/$s.pcap.gz" |
		awk '!/ state / || ++n <= 8' | sed 90q >"$temp/$s.vgt"
	cp "$temp/$s.vgt" "$corpus/text/seed-$s.vgt"
done
for f in "$temp"/*.vgt; do
	b=$(basename "$f" .vgt)
	"$vgicsim" import -q "$f" -o "$corpus/pcap/seed-$b.pcap"
done
for p in gz bz2 xz; do
	"$vgicsim" import -q "$temp/all.vgt" -o "$corpus/packed/seed-all.pcap.$p"
	"$vgicsim" import -q "$temp/gicv2-4vcpu-hackbench.vgt" -o "$corpus/packed/seed-v2.vgt.$p"
done
# The other byte order, a header alone.
python3 - "$corpus/pcap/seed-all.pcap" "$corpus/pcap" <<'PY'
import struct
import sys

data = open(sys.argv[1], "rb").read()
out = struct.pack(">IHHiIII", *struct.unpack_from("<IHHiIII", data))
at = 24
while at < len(data):
    head = struct.unpack_from("<IIII", data, at)
    out += struct.pack(">IIII", *head) + data[at + 16 : at + 16 + head[2]]
    at += 16 + head[2]
open(sys.argv[2] + "/seed-swapped.pcap", "wb").write(out)
n = 24 + 16 + struct.unpack_from("<I", data, 32)[0]
open(sys.argv[2] + "/seed-header-only.pcap", "wb").write(data[:n])
PY

for f in "$hosts"/*.txt; do
	b=$(basename "$f" .txt)
	case $b in
	*vgic-state) sed -n '1,40p;100,110p' "$f" >"$corpus/vgic-state/seed-v3.txt" ;;
	*) sed 45q "$f" >"$corpus/report/seed-$b.txt" ;;
	esac
done
sed 's/GICv3/GICv2/' "$corpus/vgic-state/seed-v3.txt" >"$corpus/vgic-state/seed-v2.txt"
# What ftrace and trace-cmd print of losses, and of kernels without a name for a register.
cat >"$corpus/report/seed-odd.txt" <<'TXT'
cpus=2
CPU:1 [LOST 45 EVENTS]
CPU:0 [EVENTS DROPPED]
       CPU 0/KVM-100   [000]     1.000000: kvm_entry:            PC: 0x1
       CPU 0/KVM-100   [000]     1.000001: kvm_exit:             IRQ: HSR_EC: 0x0000 (UNKNOWN), PC: 0x1
       CPU 1/KVM-101   [001]     1.000002: kvm_mmio:             mmio write len 4 gpa 0x8000f00 val 0x20001
          <idle>-0     [001]     1.000003: sched_switch:         swapper/1:0 [120] R ==> CPU 1/KVM:101 [120]
TXT
# Compressed, whole and cut.
gzip -nc "$corpus/report/seed-k61-gicv3.ftrace.txt" >"$corpus/report/seed-ftrace.txt.gz"
head -c 600 "$corpus/report/seed-ftrace.txt.gz" >"$corpus/report/seed-ftrace-cut.txt.gz"
xz -c "$corpus/report/seed-odd.txt" >"$corpus/report/seed-odd.txt.xz"
bzip2 -c "$corpus/report/seed-odd.txt" >"$corpus/report/seed-odd.txt.bz2"
gzip -nc "$corpus/vgic-state/seed-v3.txt" >"$corpus/vgic-state/seed-v3.txt.gz"

python3 "$tree/traces/cut-dat.py" "$hosts/k48-gicv2.dat" "$corpus/dat/seed-v6.dat" 1
cp "$hosts/k48-gicv2.v7.dat" "$corpus/dat/seed-v7.dat"
head -c 17580 "$corpus/dat/seed-v7.dat" >"$corpus/dat/seed-v7-cut.dat"
head -c 38000 "$corpus/dat/seed-v6.dat" >"$corpus/dat/seed-v6-cut.dat"
cp "$tree/sim/machine/hosts/seattle-a57.ini" "$corpus/host/seed-seattle-a57.ini"
cp "$tree/sim/machine/hosts/kunpeng920-2s-128c.ini" "$corpus/host/seed-kunpeng920.ini"

# One run, small: few vCPUs, a short trace; and one of two designs.
python3 - "$tree/sim/cli/testdata/two-designs.json" "$corpus/result/seed-two.json" <<'PY'
import json
import sys

json.dump(json.load(open(sys.argv[1])), open(sys.argv[2], "w"), separators=(",", ":"))
PY
"$vgicsim" replay "$temp/gicv2-4vcpu-hackbench.vgt" -d kvm-legacy -f json -q |
	python3 -c 'import json,sys; json.dump(json.load(sys.stdin), sys.stdout, separators=(",", ":"))' \
	>"$corpus/result/seed-replay.json"
"$vgicsim" replay "$temp/all.vgt" -d kvm-aplist --check -f json -q 2>/dev/null |
	python3 -c 'import json,sys; json.dump(json.load(sys.stdin), sys.stdout, separators=(",", ":"))' \
	>"$corpus/result/seed-checked.json" || rm -f "$corpus/result/seed-checked.json"
# What no sound design makes: findings of a check.
cat >"$corpus/result/seed-findings.json" <<'JSON'
{"schema":"vgicsim-result-1","runs":[{"design":"a","latency":{},"check":{"deliveries":3,
"entries":2,"violations":1,"declared":[{"finding":"f","deviation":"d","count":2,"t_ps":1,
"vcpu":0,"intid":33}],"shown":[{"finding":"f","text":"t","t_ps":12345678,"vcpu":1,
"intid":34,"log":["{\"t\":1}",2]}]}}]}
JSON
find "$corpus" -name 'seed-*' -size -1 -delete
du -a --apparent-size -b "$corpus" | sort -k2

# The smallest files that have all that is looked at in a design's: headers and a note.
python3 - "$corpus/plugin" <<'PY'
import struct
import sys

ident = b"\177ELF\2\1\1" + bytes(9)
stamp = struct.pack("<8I", 1, 192, 88, 20, 16, 88, 4, 4) + b"0123456789abcdef".ljust(20, b"\0") + b"0.1.0".ljust(20, b"\0")
note = struct.pack("<3I", 8, len(stamp), 1) + b"vgicsim\0" + stamp
for name, machine, notes in ("x86-64", 62, note), ("aarch64", 183, note), ("none", 62, note[:12]):
    head = ident + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, 176 + len(notes), 176 + len(notes), 4096)
    here = struct.pack("<IIQQQQQQ", 4, 4, 176, 176, 176, len(notes), len(notes), 4)
    open("%s/seed-%s" % (sys.argv[1], name), "wb").write(head + load + here + notes)
PY

# Documents for diff: a bench with times, a sweep; few figures, so that each is soon met.
printf '[a]\ntrace = gen:ipi,vcpus=2,duration=200us\n' >"$temp/a.ini"
"$vgicsim" bench -q "$temp/a.ini" --figures core --reps 4 -o "$temp/bench.json"
"$vgicsim" sweep -q gen:ipi,vcpus=2,duration=200us -d kvm-legacy,kvm-aplist --set sgi_phys=x1,x2 \
	-o "$temp/sweep.json"
"$vgicsim" replay -q gen:ipi,vcpus=2,duration=200us -d kvm-aplist -f json -o "$temp/result.json"
python3 - "$temp" "$corpus/diff" <<'PY'
import json
import sys

keep = ("sim_time_ps", "entry_mean_ps", "entry.code_ps", "exits_total", "memory.vcpu_bytes")
for kind in ("bench", "sweep", "result"):
    doc = json.load(open("%s/%s.json" % (sys.argv[1], kind)))
    for row in doc.get("rows", []) + [c["row"] for c in doc.get("cells", [])]:
        row["figures"] = {k: v for k, v in row["figures"].items() if k in keep}
    for run in doc.get("runs", []):
        run["latency"] = {"entry": {"count": 3, "mean_ps": 7, "components": {"code": 5}}}
        run["locks"] = [{"class": "a->b", "lock_stat": {"contentions": 1, "waittime-total": 9}}]
        for gone in ("counters", "fidelity", "inferred", "list_length", "occupancy"):
            run.pop(gone, None)
    if "wall" in doc:
        # Of any machine, and the same each time.
        doc["wall"]["machine"] = {"cpu": "a", "cpus": 2, "kernel": "b", "governor": None}
        doc["wall"]["load_milli"] = 0
        for n, row in enumerate(doc["wall"]["rows"]):
            row["wall_ns"] = [1000 + 7 * (n + k) for k in range(4)]
            row["cpu_ns"] = [900 + 3 * (n ^ k) for k in range(4)]
    if "host" in doc:
        doc["host"]["costs"] = [c for c in doc["host"]["costs"] if c["key"] == "nr_lrs"]
    json.dump(doc, open("%s/seed-%s.json" % (sys.argv[2], kind), "w"), indent=1)
PY

# For sweep: that document, a file of axes, a journal that was stopped, a cell.
{
	printf d
	cat "$corpus/diff/seed-sweep.json"
} >"$corpus/sweep/seed-document"
{
	printf i
	cat "$tree/workloads/sweeps/hackbench.ini"
} >"$corpus/sweep/seed-axes"
{
	# The sums are XXH3-64 of what they stand before, the second line's is wrong.
	printf 'j{"sum":"bc6e0ec7cea6ddbf","line":{"head":1}}\n'
	printf '{"sum":"0123456789abcdef","line":{"n":1}}\n'
	printf '{"sum":"e370d2872faf6297","line":{"n":0}}\n{"sum":"01'
} >"$corpus/sweep/seed-journal"
printf 'c' >"$corpus/sweep/seed-cell"
"$vgicsim" sweep gen:ipi,vcpus=2 -d kvm-legacy --lrs 4 --clone 2 --set sgi_phys=x1/2 --set cpus=64 \
	-a inject=clock -a guest-speed=2/3 -a service-sgi=3ns -a wfi-grace=1ms -a explore=7 \
	-a check=1 --dry-run | tr -d '\n' >>"$corpus/sweep/seed-cell"
