#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""G19 as soon as sources count. tests/stress/memory.py looks again when their windows are full."""

import lib
import lib_memory


def a_source_of_64_channels_and_64_functions_takes_two_mebibytes_at_most(bench):
    lib_memory.check_one(bench)


def eight_of_them_take_twenty_in_all(bench):
    lib_memory.check_eight(bench)


lib.run(globals())
