#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tests/e2e/oracle.py and table.py with seeds of their own, for long: 100 000 traces as Prometheus decides them, and 500 for
the table. STRESS_TRACES chooses another number, AW_ORACLE_SEED other seeds. They are told, and repeat it."""
# timeout: 86400

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import lib  # noqa: E402
import lib_oracle  # noqa: E402

TRACES = lib_oracle.number("STRESS_TRACES", 100_000)
SEED = lib_oracle.number("AW_ORACLE_SEED", lib_oracle.any_seed())


def random_traces_are_decided_as_prometheus_decides(bench):
    files = -(-TRACES // lib_oracle.IN_A_FILE)
    print(f"seeds {SEED} to {SEED + files - 1}, {files * lib_oracle.IN_A_FILE} traces", flush=True)
    for seed in range(SEED, SEED + files):
        assert lib_oracle.plain_file(bench.folder, seed)[1]


def random_traces_are_decided_as_the_table_says(bench):
    count = -(-TRACES // 200)
    print(f"seeds {SEED} to {SEED + count - 1}, {count} traces", flush=True)
    for seed in range(SEED, SEED + count):
        assert lib_oracle.table_trace(bench.folder, seed).transitions


lib.run(globals())
