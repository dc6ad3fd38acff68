#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tests/abi/reader.py SEGMENT: its totals as JSON, by docs/shm-abi.md alone. It believes a segment of its own machine and
user; tests/abi/strict.py refuses what the page says, and reads the records. Neither fences, as one need not on x86."""
import json
import math
import os
import struct
import sys

CLASSIC = [500000, 1000000, 2000000, 5000000, 10000000, 15000000, 20000000, 25000000, 30000000, 50000000, 100000000,
           250000000, 1000000000, 2500000000, 10000000000]


def time_bounds():
    def root(n):
        for _ in range(5):
            n = math.isqrt(n)
        return n
    return sorted({*CLASSIC, *(root(10**288 << i if i >= 0 else 10**288 >> -i) for i in range(-640, 225))})


BOUNDS = time_bounds()


def buckets(cells, classic):
    """How many values are at or below each classic bound: cell k ends at bound k."""
    return {le: sum(cells[:BOUNDS.index(le) + 1]) for le in classic}


def up(x):
    return (x + 4095) // 4096 * 4096


def layout(E, C, F, R):
    at, end = {"header": 0, "used": 512}, 4096
    for name, begin, size in (
            ("control", int, 128 * E), ("lanes", int, 128 * 4), ("contended", int, 128), ("flight", int, 16 * 16),
            ("directory", up, 128 * (E + C + F)), ("titles", int, 128 * E), ("engine_rings", up, up(64 * R) * E),
            ("shared_rings", int, 64 * 256 * 4), ("totals", int, 7552 * E), ("any", up, 128 * E),
            ("channels", up, 256 * C), ("functions", up, 7168 * F), ("size", up, 0)):
        at[name] = begin(end)
        end = at[name] + size
    return at


def text(data):
    return data.partition(b"\0")[0].decode(errors="replace")


def main(fd):
    def words(offset, n):
        return struct.unpack(f"={n}Q", os.pread(fd, 8 * n, offset))

    def used(kind, first, mark):
        """(its number, name, engine) of each slot in use."""
        for i in range(words(512, 3)[mark]):
            entry = at["directory"] + 128 * (first + i)
            generation, what = words(entry, 2)
            name = text(os.pread(fd, 112, entry + 16))
            if what & 0xffff == kind and not generation & 1 and words(entry, 1) == (generation,):
                yield i, name, what >> 16 & 0xffff

    if struct.unpack("=QI", os.pread(fd, 12, 0)) != (0x3148435457445541, 1):
        sys.exit(f"{sys.argv[1]}: no segment of ABI 1")
    E, C, F, R = struct.unpack("=4I", os.pread(fd, 16, 48))
    at, told = layout(E, C, F, R), dict(app=text(os.pread(fd, 64, 128)), engines=[], channels=[], functions=[])
    for i, name, _ in used(1, 0, 0):
        cells, line = words(at["totals"] + 7552 * i, 921), words(at["control"] + 128 * i, 7)
        told["engines"].append(dict(
            name=name, blocks=sum(cells[:879]) + line[6], cycles=sum(cells[879:]), misses=line[5], render_ns=line[3],
            buckets=buckets(cells[:879], CLASSIC[:13])))
    for i, name, engine in used(2, E, 1):
        told["channels"].append(dict(name=name, engine=engine, ns=words(at["channels"] + 256 * i + 112, 1)[0]))
    for i, name, _ in used(3, E + C, 2):
        cells, (ns, errors) = words(at["functions"] + 7168 * i, 879), words(at["functions"] + 7168 * i + 7032, 2)
        told["functions"].append(dict(name=name, calls=sum(cells), errors=errors, ns=ns, buckets=buckets(cells, CLASSIC)))
    print(json.dumps(told))


if __name__ == "__main__":
    main(os.open(sys.argv[1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC))
