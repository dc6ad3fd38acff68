# SPDX-License-Identifier: MIT
"""What the tests of decisions share: the oracle's package, the daemon that replays, and where a trace is kept on which the
two part. A stress test, which is longer, calls the same."""

import os
import random
import sys

import lib

sys.path.insert(0, os.path.join(lib.TOP, "tests"))
from oracle import beside, plain, table  # noqa: E402
from oracle.judge import Judge  # noqa: E402

DAEMON = os.path.join(lib.BIN, "audiowatchd")
KEPT = os.path.join(lib.BUILD, "oracle")
IN_A_FILE = 50  # traces


def number(name, default):
    """A setting from the environment."""
    return int(os.environ.get(name, default))


def any_seed():
    return random.SystemRandom().randrange(1 << 32)


def fails(folder, name, text, rules, apart):
    """Keeps the trace, and as small a one as simple cuts make of it, and says where."""
    places = [beside.keep(KEPT, name, text, rules)]
    places.append(beside.keep(KEPT, name + "-small", *beside.small(DAEMON, folder, text, rules)))
    places = "".join(f"\n    audiowatchd --replay {place}.trace --config {place}.yml --replay-verdicts" for place in places)
    raise AssertionError(f"{name}:\nthe oracle says    {apart[0]}\nthe collector says {apart[1]}\nkept:{places}")


def plain_file(folder, seed):
    """IN_A_FILE traces in one file; how many verdicts and transitions were compared."""
    rules, text, verdicts, transitions, values = plain.draw(seed, IN_A_FILE)
    told = beside.replay(DAEMON, folder, text, rules, "--replay-verdicts")
    apart = beside.compare((verdicts, transitions), told)
    if apart:
        fails(folder, f"plain-{seed}", text, rules, apart)
    for value, line in zip(values, (line for line in told[2] if "to" in line)):
        assert abs(line["value"] * 1e9 - value) <= 0.011 * value, f"seed {seed}: {line}: its value is {value} ns"
    return len(verdicts), len(transitions)


def table_trace(folder, seed):
    """One trace; the oracle, for its coverage."""
    rules, text = table.draw(seed)
    judge = Judge(text, rules).run()
    told = beside.replay(DAEMON, folder, text, rules, "--replay-verdicts")
    apart = beside.compare((judge.verdicts, judge.transitions), told)
    if apart:
        fails(folder, f"table-{seed}", text, rules, apart)
    beside.each_follows_its_verdict(told[2])
    return judge
