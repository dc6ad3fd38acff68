#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""G19 when the windows are full: each function has its calls in every second of five minutes, and some minutes are closed.
STRESS_MEMORY_SECONDS chooses another age."""
# timeout: 14400

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import lib  # noqa: E402
import lib_memory  # noqa: E402

SECONDS = int(os.environ.get("STRESS_MEMORY_SECONDS", 420))


def a_source_with_full_windows_takes_two_mebibytes_at_most(bench):
    lib_memory.check_one(bench, SECONDS)


def eight_of_them_take_twenty_in_all(bench):
    lib_memory.check_eight(bench, SECONDS)


lib.run(globals())
