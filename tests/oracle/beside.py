# SPDX-License-Identifier: MIT
"""Runs `audiowatchd --replay` beside an oracle and tells where they part."""

import json
import os
import subprocess

from oracle.judge import NAMES, Judge, Transition, Verdict
from oracle.rule import configuration


def replay(daemon, folder, text, rules, *flags):
    """What the C core says: (verdicts, transitions, all its lines)."""
    paths = [os.path.join(folder, name) for name in ("oracle.trace", "oracle.yml")]
    for path, content in zip(paths, (text, configuration(rules))):
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
    called = subprocess.run([daemon, "--replay", paths[0], "--config", paths[1], *flags], capture_output=True, text=True,
                            timeout=300)
    assert called.returncode == 0, f"exit {called.returncode}: {called.stderr[:500]}"
    verdicts, transitions, lines = [], [], []
    for line in called.stdout.splitlines():
        told = json.loads(line)
        lines.append(told)
        key = (told["tick"], told["alert"], tuple(told["labels"].values()))
        if "verdict" in told:
            verdicts.append(Verdict(*key, told["verdict"], told["n"], told["bad"]))
        else:
            transitions.append(Transition(*key, told["from"], told["to"], told["reason"]))
    return verdicts, transitions, lines


def comparable(verdict):
    """What is left of a source that ended is in no window's contract."""
    return verdict[:4] if verdict.verdict in ("dead", "closed") else verdict


def parting(ours, theirs):
    """The first place where two lists part: (oracle's, collector's); None when there is none."""
    for own, other in zip(ours, theirs):
        if own != other:
            return own, other
    if len(ours) != len(theirs):
        shorter = min(len(ours), len(theirs))
        return (ours[shorter:] or [None])[0], (theirs[shorter:] or [None])[0]
    return None


def compare(ours, theirs):
    """Of (verdicts, transitions, ...): None, or the first difference, (oracle's, collector's)."""
    apart = parting([comparable(verdict) for verdict in ours[0]], [comparable(verdict) for verdict in theirs[0]])
    return apart or parting(ours[1], theirs[1])


def keep(folder, name, text, rules):
    """Where a trace and its configuration can be found afterwards."""
    os.makedirs(folder, exist_ok=True)
    base = os.path.join(folder, name)
    with open(base + ".trace", "w", encoding="utf-8") as file:
        file.write(text)
    with open(base + ".yml", "w", encoding="utf-8") as file:
        file.write(configuration(rules))
    return base


def each_follows_its_verdict(lines):
    """A transition comes after the verdict of its tick, rule and labels, and labels are named as in the contract."""
    told = set()
    for line in lines:
        key = (line["tick"], line["alert"], tuple(line["labels"].items()))
        assert tuple(line["labels"]) in NAMES, f"labels of no kind: {line}"
        if "verdict" in line:
            told.add(key)
        else:
            assert key in told, f"a transition before its verdict: {line}"


def small(daemon, folder, text, rules):
    """Trace and rules cut down as far as simple cuts go while they part in the same way."""
    def parts(lines, rules):
        text = "\n".join(lines) + "\n"
        try:
            judge = Judge(text, rules).run()
            apart = compare((judge.verdicts, judge.transitions), replay(daemon, folder, text, rules, "--replay-verdicts"))
        except (AssertionError, KeyError, TypeError):
            return None  # what is left makes no sense
        return apart and tuple(side and side[1:] for side in apart)

    lines = text.splitlines()
    same = parts(lines, rules)
    for rule in list(rules):
        fewer = [each for each in rules if each is not rule]
        if parts(lines, fewer) == same:
            rules = fewer
    size = len(lines) // 2
    while size:
        at = 1
        while at < len(lines) - 1:
            fewer = lines[:at] + lines[min(at + size, len(lines) - 1):]
            if parts(fewer, rules) == same:
                lines = fewer
            else:
                at += size
        size //= 2
    return "\n".join(lines) + "\n", rules
