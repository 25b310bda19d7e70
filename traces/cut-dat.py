#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Cut a trace.dat (version 6, trace-cmd.dat.v6(5)) down to a sample:

    cut-dat.py IN OUT PAGES

keeps the first PAGES pages of each CPU, the formats of events that a trace
of a vgic has a use for, and no kernel symbols."""

import struct
import sys

KEEP = {
    "kvm": None,  # all
    "vgicx": None,
    "sched": {"sched_switch"},
    "irq": {"irq_handler_entry"},
    "ipi": {"ipi_entry", "ipi_exit", "ipi_raise"},
}


class Reader:
    def __init__(self, data):
        self.d, self.p = data, 0

    def take(self, n):
        self.p += n
        if self.p > len(self.d):
            sys.exit("cut-dat: the file ends early")
        return self.d[self.p - n : self.p]

    def num(self, n):
        return int.from_bytes(self.take(n), "little")

    def text(self):
        end = self.d.index(b"\0", self.p)
        return self.take(end + 1 - self.p)


def u32(n):
    return struct.pack("<I", n)


def u64(n):
    return struct.pack("<Q", n)


def blob(r, size_bytes):
    n = r.num(size_bytes)
    return r.take(n)


def name_of(fmt):
    return fmt.split(b"\n", 1)[0].removeprefix(b"name: ").decode()


def main(src, dst, pages):
    r = Reader(open(src, "rb").read())
    out = r.take(10)
    version = r.text()
    if out != b"\x17\x08\x44tracing" or version != b"6\0":
        sys.exit("cut-dat: want a trace.dat of version 6")
    out += version
    endian_long = r.take(2)
    page_size = r.num(4)
    out += endian_long + u32(page_size)
    for _ in range(2):  # header_page, header_event
        out += r.text()
        b = blob(r, 8)
        out += u64(len(b)) + b
    for _ in range(r.num(4)):  # formats of ftrace itself: none is needed
        blob(r, 8)
    out += u32(0)
    systems = []
    for _ in range(r.num(4)):
        name = r.text()
        want = KEEP.get(name[:-1].decode(), set())
        events = [blob(r, 8) for _ in range(r.num(4))]
        events = [e for e in events if want is None or name_of(e) in want]
        if events:
            systems.append((name, events))
    out += u32(len(systems))
    for name, events in systems:
        out += name + u32(len(events))
        for e in events:
            out += u64(len(e)) + e
    blob(r, 4)  # kallsyms
    out += u32(0)
    b = blob(r, 4)  # printk formats: the reasons of IPIs are there
    b = b"".join(l + b"\n" for l in b.split(b"\n") if b"interrupts" in l)
    out += u32(len(b)) + b
    b = blob(r, 8)  # comms
    out += u64(len(b)) + b
    cpus = r.num(4)
    out += u32(cpus)
    tag = r.take(10)
    if tag == b"options  \0":
        out += tag
        while True:
            opt = r.num(2)
            out += struct.pack("<H", opt)
            if not opt:
                break
            b = blob(r, 4)
            if opt == 3:  # a further buffer
                sys.exit("cut-dat: want a file of one buffer")
            out += u32(len(b)) + b
        tag = r.take(10)
    if tag != b"flyrecord\0":
        sys.exit("cut-dat: want a flyrecord")
    out += tag
    where = [(r.num(8), r.num(8)) for _ in range(cpus)]
    at = len(out) + 16 * cpus
    at = (at + page_size - 1) // page_size * page_size
    index, data, pos = b"", b"", at
    for off, size in where:
        keep = min(size, pages * page_size)
        index += u64(pos if keep else 0) + u64(keep)
        data += r.d[off : off + keep]
        pos += keep
    out += index
    out += b"\0" * (at - len(out)) + data
    open(dst, "wb").write(out)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
