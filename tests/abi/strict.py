#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tests/abi/strict.py SEGMENT: its totals and records as JSON, after refusing what docs/shm-abi.md says; exit 1 says why.
It reads once, so each total rises from 0."""
import json
import os
import re
import stat
import struct
import sys

from reader import CLASSIC, buckets, layout, text, up

ENGINE, CHANNEL, FUNCTION = 1, 2, 3


def refuse(wrong, why):
    if wrong:
        sys.exit(f"{sys.argv[1]}: {why}")


def copy(offset, size):
    data = os.pread(fd, size, offset)
    refuse(len(data) != size, "it was cut")
    return data


def words(offset, n):
    return struct.unpack(f"={n}Q", copy(offset, 8 * n))


def totals(offset, n, limit=1 << 48):
    for _ in range(9):
        found = words(offset, n)
        if max(found) < limit:
            return list(found)
    return refuse(True, "totals that cannot be")


def settled(offset, read):
    """What is read between two looks at an even sequence."""
    for _ in range(1000):
        before, found = words(offset, 1), read()
        if before == words(offset, 1) and not before[0] & 1:
            return found
    return refuse(True, "in the middle of a change")


def attach(path):
    """(counts, offsets, base, the header's texts, pid)"""
    name = re.fullmatch(r".+-(\d+)-([0-9a-f]{32})", os.path.basename(path))
    file = os.fstat(fd)
    refuse(not name, "name")
    refuse(not stat.S_ISREG(file.st_mode) or file.st_nlink != 1 or str(file.st_uid) != name[1], "type, links or owner")
    refuse(stat.S_IMODE(file.st_mode) not in (0o600, 0o640), "mode")
    refuse(not file.st_size or words(0, 1) == (0,), "newborn")
    (magic, major, _, order, identity, size, E, C, F, R, lanes, lane_records, pid, _, _, clock, _, mult, base, state, *texts
     ) = struct.unpack("=QIIQ16sQ6IQQQIIQQQ64s32s64s", copy(0, 288))
    refuse(magic != 0x3148435457445541 or order != 0x0102030405060708, "magic or byte order")
    refuse(major != 1, f"ABI {major}, this reads 1")
    refuse(identity.hex() != name[2], "id")
    refuse(not 1 <= E <= 64 or C > 1024 or F > 256 or not 64 <= R <= 65536 or R & R - 1, "counts")
    refuse((lanes, lane_records) != (4, 256), "lanes")
    refuse(not size == file.st_size == layout(E, C, F, R)["size"], "size")
    refuse(clock > 1 or not mult or state not in (1, 2) or any(b"\0" not in each for each in texts), "header")
    return (E, C, F, R), layout(E, C, F, R), base, [text(each) for each in texts], pid


def control_copy():
    """Words of one copy of all that moves fast: a function of offset and count."""
    data = copy(0, at["flight"] + 256)
    return lambda offset, n=1: struct.unpack_from(f"={n}Q", data, offset)


def lane(number, control):
    """(records published, held, [each believed with its lane and index])"""
    own, other = number < E, number - E
    line = at["control"] + 128 * number if own else at["lanes"] + 128 * other
    ring = at["engine_rings"] + up(64 * R) * number if own else at["shared_rings"] + 64 * 256 * other
    capacity, head, found = R if own else 256, control(line + 8)[0], []
    published, data = (head - base) % 2**64, copy(ring, 64 * (R if own else 256))
    ahead = (words(line, 1)[0] - head + 1) % 2**64
    refuse(published >= 1 << 48 or ahead >= 1 << 48, "a lane that cannot be")
    for back in range(min(capacity, published), 0, -1):
        record = struct.unpack_from("=8Q", data, 64 * (head - back & capacity - 1))
        kind, index = record[0] & 0xff, record[0] >> 16 & 0xffff
        valid = (kind in (1, 2) and index == number if own else
                 kind == 3 and index < E and record[3] < 3 or kind == 4 and index < F)
        if back + ahead <= capacity and valid:
            found.append([number, (head - back) % 2**64, *record])
    return published, min(capacity, published), found


def engine(i):
    line, any_thread, title = at["control"] + 128 * i, at["any"] + 128 * i, at["titles"] + 128 * i
    cells, told = totals(at["totals"] + 7552 * i, 942), words(any_thread + 48, 4)
    misses, freewheel_blocks = totals(line + 40, 2)
    return dict(title=text(settled(title, lambda: copy(title + 8, 120))), begin=words(line + 16, 1)[0], misses=misses,
                freewheel_blocks=freewheel_blocks, sums_ns=totals(line + 24, 2, 1 << 62), render=cells[:879],
                buckets=buckets(cells[:879], CLASSIC[:13]), load=cells[879:921], wake=cells[921:939],
                misuse=cells[939:941], clock_backwards=cells[941], xrun_reports=totals(any_thread, 3),
                refused_delays=totals(any_thread + 24, 3), rate_hz=told[0] >> 32, frames=told[0] & 0xffffffff,
                freewheel=told[1], active=told[2], host_load=told[3])


def channel(i):
    line = at["channels"] + 256 * i
    return dict(cells=totals(line, 14), sum_ns=totals(line + 112, 1, 1 << 62)[0], misuse=totals(line + 120, 1)[0],
                last=words(line + 128, 16))


def function(i):
    line = at["functions"] + 7168 * i
    cells = totals(line, 879)
    return dict(cells=cells, buckets=buckets(cells, CLASSIC), sum_ns=totals(line + 7032, 1, 1 << 62)[0],
                errors=totals(line + 7040, 1)[0], in_flight=max(0, totals(line + 7048, 1)[0] - sum(cells)))


def slots(kind, first, used, read):
    """Each slot in use: its entry and what read(slot) says, both of one generation."""
    for i in range(used):
        entry = at["directory"] + 128 * (first + i)
        (generation, what), name, said = settled(entry, lambda: (words(entry, 2), copy(entry + 16, 112), read(i)))
        parent = dict(engine=what >> 16 & 0xffff, parent=what >> 32) if kind == CHANNEL else {}
        refuse(what & 0xffff not in (0, kind) or what >> 16 & 0xffff >= E or what >> 32 > C, "a directory that cannot be")
        if what & 0xffff:
            refuse(what >> 32 and (kind != CHANNEL or what >> 32 == i + 1), "a parent that cannot be")
            yield dict(slot=i, generation=generation, name=text(name), **parent, **said)


def main():
    control = control_copy()
    if control(120) == (2,):
        control = control_copy()
    used, contended = control(512, 3), control(at["contended"])[0]
    refuse(any(mark > count for mark, count in zip(used, (E, C, F))), "used marks")
    lanes = [lane(number, control) for number in range(E + 4)]
    flights, again = ([each(at["flight"] + 16 * i, 2) for i in range(16)] for each in (control, control_copy()))
    print(json.dumps(dict(
        app=texts[0], version=texts[1], instance=texts[2], pid=pid, state=control(120)[0], contended=contended,
        published=sum(each[0] for each in lanes) + contended, unwatched=sum(each[0] - each[1] for each in lanes),
        engines=list(slots(ENGINE, 0, used[0], engine)), channels=list(slots(CHANNEL, E, used[1], channel)),
        functions=list(slots(FUNCTION, E + C, used[2], function)),
        flights=[flight for flight, same in zip(flights, again) if flight[0] and flight == same],
        records=[record for each in lanes for record in each[2]])))


if __name__ == "__main__":
    fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    (E, C, F, R), at, base, texts, pid = attach(sys.argv[1])
    main()
