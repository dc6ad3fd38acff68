# SPDX-License-Identifier: MIT
"""The collector's decisions a second time, in Python, written from their specification and from nothing else, to stand
beside the C core on made-up traces. docs/rules.md is that specification for users.

prometheus.py, plain.py: Prometheus' own alert machine and a nearest rank, on traces without silence, ends and bands.
rule.py, bounds.py, world.py, engine.py, verdict.py, machine.py, judge.py: everything, and table.py its traces.
beside.py: runs both and compares.
"""
