#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""docs/guarantees.md speaks of each guarantee, and each file that it names holds something."""

import os
import re

import lib

GUARANTEES = 32


def page():
    with open(os.path.join(lib.TOP, "docs", "guarantees.md"), encoding="utf-8") as file:
        return file.read()


def each_guarantee_is_spoken_of(bench):
    told = [int(number) for number in re.findall(r"\bG(\d+)\b", page())]
    assert sorted(set(told)) == list(range(1, GUARANTEES + 1)), sorted(set(told))
    rows = [int(number) for number in re.findall(r"^\| G(\d+) \|", page(), re.M)]
    assert len(rows) == len(set(rows)) >= 24, rows


def each_file_that_it_names_is_there(bench):
    files, folder = set(), ""
    for name in re.findall(r"\b(?:tests|tools)/[\w/.]+\w|\btest_\w+\.c\b", page()):
        folder = os.path.dirname(name) or folder  # a bare name lies beside the one before it
        files.add(name if "/" in name else f"{folder}/{name}")
    missing = sorted(file for file in files if not os.path.exists(os.path.join(lib.TOP, file)))
    assert len(files) >= 35 and not missing, f"{len(files)} files, missing: {missing}"


lib.run(globals())
