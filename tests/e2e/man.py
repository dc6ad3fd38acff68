#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The man pages: there is one a program, they render without a warning, and name the options that --help has."""

import glob
import json
import os
import re
import subprocess

import lib
import lib_help

MAN = os.path.join(lib.TOP, "docs", "man")
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES", "SEE ALSO"]


def pages():
    found = sorted(glob.glob(os.path.join(MAN, "*.1")))
    assert found, "there are no pages"
    return found


def source(program):
    with open(os.path.join(MAN, program + ".1")) as file:
        return file.read()


def flags(text):
    """{"-t", "--threads"} of what a page marks as an option."""
    text = re.sub(r'^\.\\".*$', "", text, flags=re.MULTILINE)
    return {("--" if double else "-") + name for double, name in re.findall(r"\bFl (Fl )?([A-Za-z][\w-]*)", text)}


def blocks(text, heading):
    """{title: text} of the .Sh or .Ss of a page."""
    parts = re.split(rf"^\.{heading} (.*)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def items(text):
    """What .It lists as options."""
    return flags("\n".join(re.findall(r"^\.It (?=Fl)(.*)$", text, re.MULTILINE)))


def rows(text):
    """[(titles, keys)] of what .It lists by name: "APP , PID Pq Li app , pid"; options are none."""
    listed = [line.partition(" Pq Li ") for line in re.findall(r"^\.It (?!Fl)(.*)$", text, re.MULTILINE)]
    return [(titles.split(" , "), keys.split(" , ") if keys else []) for titles, _, keys in listed]


def literals(text):
    """What .Li marks within sentences."""
    return {word for line in re.findall(r"^\.Li (.*)$", text, re.MULTILINE) for word in re.findall(r"\w+", line)}


def each_installed_program_has_a_page_with_all_sections(bench):
    for program in lib_help.installed():
        text = source(program)
        missing = [name for name in SECTIONS if name not in blocks(text, "Sh")]
        assert not missing and f".Nm {program}\n" in text, (program, missing)


def each_page_renders_without_a_warning(bench):
    for page in pages():
        for words in (["groff", "-ww", "-mdoc", "-Tutf8", "-z", page], ["mandoc", "-T", "lint", "-W", "warning", page]):
            called = subprocess.run(words, capture_output=True, text=True, timeout=lib.PATIENCE)
            said = [line for line in (called.stdout + called.stderr).splitlines() if "outdated mandoc.db" not in line]
            assert called.returncode == 0 and not said, (words, said)


def each_page_lists_the_options_of_help_and_no_other(bench):
    for program, words in lib_help.rooms(bench):
        text = source(program)
        room = blocks(text, "Ss").get(words[0], "") if words else text
        has = lib_help.options(bench, program, *words)
        assert has and items(room) == has, (program, words, items(room) ^ has)


def no_page_speaks_of_an_option_that_is_not_there(bench):
    has = {}
    for program, words in lib_help.rooms(bench):
        has.setdefault(program, set()).update(lib_help.options(bench, program, *words))
    for program, names in has.items():
        assert flags(source(program)) <= names, (program, flags(source(program)) - names)


def each_command_has_its_place(bench):
    for program in lib_help.built():
        commands = lib_help.commands(bench, program)
        places = blocks(blocks(source(program), "Sh").get("COMMANDS", ""), "Ss")
        assert set(places) == set(commands), (program, set(places) ^ set(commands))


def each_column_and_each_check_is_explained(bench):
    bench.engine("--fast", "--blocks", 10, "--hold")
    places = blocks(blocks(source("audiowatch"), "Sh")["COMMANDS"], "Ss")
    titles = bench.call("audiowatch", "segments").stdout.splitlines()[0].split()
    keys = set(bench.segments()[0]) - {"remark"}  # that is reason and error, for people
    checks = [row["name"] for row in json.loads(bench.call("audiowatch", "doctor", "--json").stdout)]
    assert len(titles) > 10 and len(keys) > 20 and len(checks) > 10
    columns = rows(places["segments"])
    assert [title for row, _ in columns for title in row] == titles, (columns, titles)
    explained = {key for _, row in columns for key in row} | literals(places["segments"])
    assert explained == keys, explained ^ keys
    assert [row for row, _ in rows(places["doctor"])] == [[check] for check in checks], checks


lib.run(globals())
