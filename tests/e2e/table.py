#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every verdict and every cell of docs/rules.md's table, on random traces beside an oracle written from the specification;
a cell that no trace visited fails. AW_ORACLE_SEED and AW_ORACLE_TRACES choose others; a trace on which they part is kept
under build/oracle."""
# timeout: 300

from collections import Counter

import lib
import lib_oracle
from oracle import beside, coverage
from oracle.judge import Judge

TRACES = lib_oracle.number("AW_ORACLE_TRACES", 18)
SEED = lib_oracle.number("AW_ORACLE_SEED", 0)


def every_cell_is_visited_and_decided_as_the_table_says(bench):
    print(f"seeds {SEED} to {SEED + TRACES - 1}", flush=True)
    cells, marks = Counter(), Counter()
    for seed in range(SEED, SEED + TRACES):
        judge = lib_oracle.table_trace(bench.folder, seed)
        cells += judge.cells
        marks += judge.marks
    for cell, count in sorted(cells.items()):
        print("%8d  %s, %s" % (count, *cell))
    missing = coverage.missing(cells, marks)
    assert not missing, f"never visited: {missing}"


def a_dead_engine_is_told_for_a_day_and_no_restart_moves_that(bench):
    text, rules = coverage.A_DAY
    judge = Judge(text, rules).run()
    assert judge.transitions[-1].reason == "source_gone" and judge.transitions[-1].tick == 6 + 86400, judge.transitions
    _, transitions, _ = beside.replay(lib_oracle.DAEMON, bench.folder, text, rules)
    apart = beside.parting(judge.transitions, transitions)
    assert not apart, apart


lib.run(globals())
