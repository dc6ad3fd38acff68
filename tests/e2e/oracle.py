#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The collector decides as Prometheus' own alert machine and a nearest rank do, tick by tick. AW_ORACLE_SEED and
AW_ORACLE_TRACES choose others; a trace on which they part is kept under build/oracle."""
# timeout: 300

import lib
import lib_oracle
from oracle import beside, dense, sim
from oracle.rule import SHIPPED

TRACES = lib_oracle.number("AW_ORACLE_TRACES", 1000)
SEED = lib_oracle.number("AW_ORACLE_SEED", 1)


def random_traces_are_decided_as_prometheus_decides(bench):
    files = -(-TRACES // lib_oracle.IN_A_FILE)
    print(f"seeds {SEED} to {SEED + files - 1}, {files * lib_oracle.IN_A_FILE} traces", flush=True)
    counts = [lib_oracle.plain_file(bench.folder, seed) for seed in range(SEED, SEED + files)]
    verdicts, transitions = (sum(count) for count in zip(*counts))
    print(f"{verdicts} verdicts and {transitions} transitions are equal")
    assert transitions > TRACES, "the traces hardly ever change anything"


def scattered_times_of_many_names_are_counted_exactly(bench):
    told = dense.draw(SEED)
    theirs, _, _ = beside.replay(lib_oracle.DAEMON, bench.folder, dense.trace(told), dense.rules(), "--replay-verdicts")
    apart = beside.parting(dense.verdicts(told), theirs)
    assert not apart, f"seed {SEED}: the oracle says {apart[0]}, the collector {apart[1]}"


def evenings_fire_when_the_rule_was_chosen_to(bench):
    _, transitions, _ = beside.replay(lib_oracle.DAEMON, bench.folder, sim.trace(), SHIPPED[:1])
    fired = {}
    for one in transitions:
        if one.after == "firing":
            fired.setdefault(one.labels[0], []).append(one.tick)
    for app, want in sim.fires().items():
        ticks = fired.get(app, [])
        assert ((ticks[0], len(ticks)) if ticks else None) == want, f"{app}: fires at {ticks}, not {want}"


lib.run(globals())
