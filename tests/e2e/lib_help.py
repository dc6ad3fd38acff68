# SPDX-License-Identifier: MIT
"""What the installed programs say of themselves: their names, commands, and options, from --help."""

import os
import re
import subprocess

import lib

NO_OPTIONS = {"help", "version"}  # commands


def installed():
    """The programs that `make install` installs."""
    called = subprocess.run(["make", "-s", "--no-print-directory", "--eval=told:;@echo $(INSTALLED_PROGRAMS)", "told"],
                            cwd=lib.TOP, capture_output=True, text=True, check=True, timeout=lib.PATIENCE)
    return called.stdout.split()


def built():
    """Those that are there; says which are not."""
    programs = [name for name in installed() if os.access(os.path.join(lib.BIN, name), os.X_OK)]
    for name in sorted(set(installed()) - set(programs)):
        print(f"not built, so not looked at: {name}")
    assert {"audiowatchd", "audiowatch"} <= set(programs), programs
    return programs


def text(bench, program, *words):
    called = bench.call(program, *words, "--help")
    assert called.returncode == 0 and called.stderr == "", called
    return called.stdout


def commands(bench, program):
    """The commands of a program, none for most."""
    return re.findall(r"^  ([a-z][a-z-]*)  ", text(bench, program), re.MULTILINE)


def options(bench, program, *words):
    """{"-t", "--threads", ...}"""
    found = set()
    for letter, long in re.findall(r"^ {2,}(?:(-\w), )?(--[a-z-]+)", text(bench, program, *words), re.MULTILINE):
        found |= {letter, long} - {""}
    return found


def rooms(bench):
    """(program, [command] or []) wherever there are options."""
    for program in built():
        names = commands(bench, program)
        yield from ((program, [name]) for name in names if name not in NO_OPTIONS)
        if not names:
            yield program, []
