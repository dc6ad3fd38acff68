#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""docs/shm-abi.md against the code: every offset, size, stride, number and bound that the page's tables and map tell is
what shm/layout.h and the generated cells say, and nothing of theirs is left out. tests/abi/reader.py agrees with both."""

import os
import random
import re
import subprocess
import sys

import lib

sys.path.insert(0, os.path.join(lib.TOP, "tests", "abi"))
import reader  # noqa: E402

with open(os.path.join(lib.TOP, "docs", "shm-abi.md"), encoding="utf-8") as page:
    PAGE = page.read()
with open(os.path.join(lib.TOP, "shm", "layout.h"), encoding="utf-8") as header:
    LAYOUT = header.read()
NO_NUMBERS = {"AW_AT", "AW_SIZE", "AW_LINE", "AW_HEADER_OFFSET", "AW_USED_OFFSET", "AW_CONTROL_OFFSET"}
FIELDS = ["lanes", "contended", "flight", "directory", "titles", "engine_rings", "shared_rings", "totals", "any",
          "channels", "functions", "size"]
DEFAULT = (1, 16, 8, 1024)


def tables(text=PAGE):
    """[(header cells, [row cells])] of a page, in its order."""
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        head, _, *rows = ([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in block.splitlines())
        yield head, rows


def table(*head):
    (found,) = [rows for cells, rows in tables() if cells[:len(head)] == list(head)]
    return found


def words():
    """[(struct, its bytes, [(offset, size, member, elements or None)])]"""
    for part in re.split(r"^### ", PAGE, flags=re.M):
        if title := re.match(r".*\(`(\w+)`, (\d+) bytes\)\n", part):
            rows = next(rows for head, rows in tables(part) if head[:3] == ["offset", "size", "word"])
            members = [re.fullmatch(r"(\w+)(?:\[(\d+)\])?", row[2]).groups() for row in rows]
            yield title[1], int(title[2]), [(int(row[0]), int(row[1]), name, count and int(count))
                                            for row, (name, count) in zip(rows, members)]


def ask(bench, lines, *words_):
    """What C says: lines of statements that print, compiled with the project's headers."""
    source, program = os.path.join(bench.folder, "ask.c"), os.path.join(bench.folder, "ask")
    with open(source, "w", encoding="utf-8") as file:
        file.write('#include <stdio.h>\n#include <stdlib.h>\n#include "shm/hist.h"\nint main(int argc, char **argv)\n{\n'
                   "(void)argc, (void)argv;\n" + "\n".join(lines) + "\n}\n")
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-I.", f"-I{lib.BUILD}/gen", source, "shm/hist.c", "shm/cells.c", "-o",
                    program], cwd=lib.TOP, check=True, timeout=lib.PATIENCE)
    return subprocess.run([program, *map(str, words_)], check=True, capture_output=True, text=True,
                          timeout=lib.PATIENCE).stdout.split()


def every_word_lies_where_the_page_says_and_none_is_left_out(bench):
    told, lines = [], []
    for struct, size, members in words():
        told.append(size)
        lines.append(f'printf("%zu\\n", sizeof(struct {struct}));')
        end = 0
        for offset, length, name, count in members:
            assert offset == end, f"{struct}.{name}: at {offset}, but what is before it ends at {end}"
            end = offset + length
            member = f"((struct {struct} *)0)->{name}"
            told += [offset, length, count or 0]
            elements = f"sizeof {member} / sizeof {member}[0]" if count else "(size_t)0"
            lines.append(f'printf("%zu %zu %zu\\n", offsetof(struct {struct}, {name}), sizeof {member}, {elements});')
        assert end == size, f"{struct}: its words end at {end}, not at {size}"
    assert len(told) > 150 and told == list(map(int, ask(bench, lines))), "the page and shm/layout.h differ"
    structs = set(re.findall(r"^struct (aw_\w+) \{", LAYOUT, re.M)) - {"aw_counts", "aw_layout"}
    assert structs == {struct for struct, _, _ in words()}, structs


def every_number_is_the_codes_and_none_is_left_out(bench):
    rows = table("name", "value")
    told = {name: int(value, 0) for name, value, _ in rows}
    assert len(told) == len(rows)
    asked = ask(bench, [f'printf("%llu\\n", (unsigned long long){name});' for name in told])
    assert told == dict(zip(told, map(int, asked))), [pair for pair in zip(told.items(), asked) if str(pair[0][1]) != pair[1]]
    enums = "\n".join(re.findall(r"enum \w*\s*\{(.*?)\}", re.sub(r"/\*.*?\*/", "", LAYOUT, flags=re.S), re.S))
    named = set(re.findall(r"\b(AW_\w+)\s*[=,\n}]?", re.sub(r"=\s*\w+", "", enums))) | set(
        re.findall(r"^#define (AW_[A-Z_]+)", LAYOUT, re.M))
    assert named - NO_NUMBERS == set(told), (named - NO_NUMBERS) ^ set(told)


def formulas(E, C, F, R):
    """{section: (offset, elements, bytes each)} by the table."""
    known = dict(E=E, C=C, F=F, R=R, up=lambda x: (x + 4095) // 4096 * 4096)
    found = {}
    for name, offset, elements, each, _ in table("section", "offset"):
        value = [eval(text, {"__builtins__": {}}, known) if text else 0 for text in (offset, elements, each)]
        known[name], found[name] = value[0], tuple(value)
    return found


def asked_layout(bench, every):
    """[{section: offset}] as the code computes it for each of the counts."""
    line = " ".join(f'printf("%llu\\n", (unsigned long long)l.{field});' for field in ["control", *FIELDS, "engine_ring_bytes"])
    said = ask(bench, ["for (int i = 1; i + 3 < argc; i += 4) {", "struct aw_layout l = aw_layout_of((struct aw_counts){",
                       ", ".join(f"(uint32_t)atoi(argv[i + {k}])" for k in range(4)), "});", line, "}"],
               *(count for counts in every for count in counts))
    names = ["control", *FIELDS, "engine_ring_bytes"]
    return [dict(zip(names, map(int, said[i:i + len(names)]))) for i in range(0, len(said), len(names))]


def sections_lie_where_formulas_examples_map_and_reader_say(bench):
    head = next(cells for cells, _ in tables() if cells[0] == "E/C/F/R")
    examples = [tuple(map(int, text.split("/"))) for text in head[1:]]
    chance = random.Random(1)
    every = examples + [(chance.randint(1, 64), chance.randint(0, 1024), chance.randint(0, 256), 64 << chance.randint(0, 10))
                        for _ in range(100)]
    sizes = {struct: size for struct, size, _ in words()}
    structs = {row[0]: row[4] for row in table("section", "offset")}
    asked = asked_layout(bench, every)
    assert len(asked) == len(every)
    for counts, code in zip(every, asked):
        told = formulas(*counts)
        assert all(told[name][0] == code[name] for name in ["control", *FIELDS]), (counts, told, code)
        assert told["engine_rings"][2] == code.pop("engine_ring_bytes") and told["shared_rings"][2] == 256 * sizes["aw_record"]
        assert {"header": 0, "used": 512, **code} == reader.layout(*counts), counts
        ends = [offset + elements * each for offset, elements, each in told.values()]
        assert all(end <= begin[0] for end, begin in zip(ends, list(told.values())[1:])), f"{counts}: sections overlap"
        for name, struct in structs.items():
            assert struct not in sizes or told[name][2] == sizes[struct], name
    for row in table("E/C/F/R"):
        assert [int(cell) for cell in row[1:]] == [code[row[0]] for code in asked[:len(examples)]], row
    assert [row[0] for row in table("E/C/F/R")] == FIELDS
    drawn = {name: int(offset) for offset, name in re.findall(r"^ +(\d+) \| (\w+)", PAGE, re.M)}
    assert drawn == {name: value[0] for name, value in formulas(*DEFAULT).items()}, drawn


def the_cells_bounds_are_the_pages(bench):
    bounds = list(map(int, ask(bench, [
        'for (unsigned i = 0; i < AW_TIME_BOUNDS; i++) printf("%llu\\n", (unsigned long long)aw_time_bounds[i]);'])))
    assert reader.time_bounds() == bounds
    classic = list(map(int, ask(bench, [
        'for (unsigned i = 0; i < AW_CLASSIC_BOUNDS; i++) printf("%llu\\n", (unsigned long long)aw_classic_ns[i]);'])))
    (told,) = [rows for head, rows in tables() if head[0] == "ns"]
    assert [int(cell) for row in told for cell in row if cell] == classic == reader.CLASSIC
    rows = dict(table("k", "bound[k]"))
    assert int(rows.pop("sum of all")) == sum(bounds) and len(rows) > 3
    assert all(bounds[int(k)] == int(bound) for k, bound in rows.items()), rows
    assert f"have {len(bounds)} bounds" in PAGE


lib.run(globals())
