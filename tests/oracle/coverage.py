# SPDX-License-Identifier: MIT
"""What the random traces of table.py must have visited, and what no trace can."""

from oracle.rule import KIND, Rule

STATES = ["inactive", "pending", "firing", "keeping"]
VERDICTS = ["yes", "band", "no", "silent", "dead", "closed"]

# (signal, verdict) that cannot be: an instant signal knows no silence and no band, a dead program is EngineDown's yes,
# ffi_in_flight and always take no clear_below here, and always has no source that could end.
IMPOSSIBLE = {
    *((signal, verdict) for signal in ("stalled", "starved", "records_lost", "source_down", "always")
      for verdict in ("band", "silent")),
    ("source_down", "dead"), ("ffi_in_flight", "band"), *(("always", verdict) for verdict in ("no", "dead", "closed")),
}

# Out of reach of a trace: `forgotten` is `audiowatch forget`, `config` a reload; firing to pending is a raised `for`.
# Pending to inactive by source_gone takes a `for` of more than a day.
CHANGES = [
    "inactive -> pending", "inactive -> firing", "pending -> firing", "firing -> keeping", "keeping -> firing",
    *(f"pending -> inactive {reason}" for reason in ("resolved", "nodata", "dead", "closed")),
    *(f"{state} -> inactive {reason}" for state in ("firing", "keeping")
      for reason in ("resolved", "nodata", "closed", "source_gone")),
]

WHY = [
    "yes: samples", "yes: in flight", "yes: stalled", "yes: held", "band: samples", "band: in flight", "band: stalled",
    "no: guard", "no: held", "no: engine live", "silent: guard", "silent: cover", "silent: quiet", "silent: n = 0",
    "silent: stale", "limit", *(f"{state} after ticks not evaluated" for state in STATES),
    *(f"state {state}" for state in ("closed", "dead", "stale", "stalled", "freewheel", "starved", "live", "idle")),
]


def missing(cells, marks):
    """What was never visited, as text."""
    wanted = [*CHANGES, *WHY, *(f"{signal} {verdict}" for signal in KIND for verdict in VERDICTS
                                if (signal, verdict) not in IMPOSSIBLE)]
    return [f"({state}, {verdict})" for state in STATES for verdict in VERDICTS if not cells[state, verdict]] + [
        mark for mark in wanted if not marks[mark]]


# EngineDown over 24 h, most of which the collector is away for.
A_DAY = ("""audiowatch-trace 1
0 engine app=a engine=e rate=48000 frames=256
5.5 event app=a engine=e what=dead
100 collector stop
86300 collector start
86500 end
""", [Rule("EngineDown", "source_down", hold=60)])
