# SPDX-License-Identifier: MIT
"""Worlds of the scenario tests: a collector with shortened rules, the engines it watches, and what fired of each."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import lib

ACTIVE = "audiowatch_alert_active"
# What a machine that does not give its processors makes of any engine, and of none of the others.
TIMED = {"AudioProcessingOverload", "AudioRenderTimeHigh", "RenderBudgetExceeded", "XrunStorm", "EngineStalled", "EngineStarved",
         "FFILatencyHigh", "FFICallStuck", "TelemetryLost", "SLOBurnFast", "SLOBurnSlow"}
# Tells each second by how many milliseconds its latest wake-up was late.
WITNESS = """
import time
worst, second = 0, int(time.monotonic())
while True:
    began = time.monotonic()
    time.sleep(0.01)
    worst = max(worst, time.monotonic() - began - 0.01)
    if int(began) != second:
        print(round(worst * 1000), flush=True)
        worst, second = 0, int(began)
"""


class Witness:
    """Whether the machine is on time, by a program that knows nothing of ours."""

    def __init__(self, bench):
        self.program = bench.start(sys.executable, "-c", WITNESS)

    def is_late(self):
        """More seconds than an XrunStorm takes had a wake-up later than most of a period of 256 frames; or one was a hang."""
        late = [int(line) for line in list(self.program.out)]
        return sum(each >= 4 for each in late) > 5 or max(late, default=0) >= 50


def start_within(bench, within, *flags):
    """A collector as the child of another program, after it listens."""
    collector = lib.Collector.__new__(lib.Collector)
    bench.programs.append(collector)
    lib.Program.__init__(collector, *within, os.path.join(lib.BIN, "audiowatchd"), "--listen", "127.0.0.1:0", *flags,
                         env=bench.env)
    collector.address = collector.line(r"listening on (127\.0\.0\.1:\d+)", collector.err).group(1)
    collector.url = f"http://{collector.address}"
    return collector


def another_time(seconds):
    """The words that start a program in a time namespace of its own; none where that is not allowed."""
    words = [shutil.which("unshare") or "unshare", "--time", "--monotonic", str(seconds), "--boottime", str(seconds), "--"]
    try:
        allowed = subprocess.run([*words, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        allowed = False
    return words if allowed else []


class World:
    """A prefix of its own. scenarios: name -> (flags, script, what fires, the state it ends in); own: what fires about the
    collector; within: the words of a program that starts it."""

    def __init__(self, bench, scenarios, config, own=frozenset({"AudiowatchWatchdog"}), within=()):
        self.bench, self.scenarios, self.own, self.within = bench, scenarios, own, within
        self.engines, self.fired, self.stopped = {}, {}, False
        self.config = os.path.join(bench.folder, "audiowatch.yml")
        with open(self.config, "w") as file:
            file.write(config)
        self.open()

    def open(self):
        """The collector; nothing has fired yet."""
        flags = ["--config", self.config, "--log-format", "json"]
        self.collector = start_within(self.bench, self.within, *flags) if self.within else self.bench.collector(*flags)
        self.fired = {name: set() for name in self.fired}

    def play(self, name, within=(), again=False):
        """The scenario of that name; again: one that is well takes its place."""
        flags, script = ([], []) if again else self.scenarios[name][:2]
        path = os.path.join(self.bench.folder, name + ".script")
        with open(path, "w") as file:
            file.writelines(line + "\n" for line in script)
        words = ["--load", 0, "--name", name, "--script", path, *flags]  # of two loads the last holds
        if within:
            program = self.bench.start(*within, os.path.join(lib.BIN, "audiowatch-demo-engine"), *words)
            program.line("^ready ")
        else:
            program = self.bench.engine(*words)
        self.engines[name] = program
        self.fired.setdefault(name, set())

    def play_again(self, name):
        self.engines[name].wait()
        self.play(name, again=True)

    def pause(self):
        self.stopped = True
        self.collector.send(signal.SIGSTOP)

    def go_on(self):
        self.collector.send(signal.SIGCONT)
        self.stopped = False

    def firing(self, samples, name):
        return {has["alertname"] for has, value in samples.all(ACTIVE, state="firing")
                if value == 1 and has.get("app", "") == name}

    def look(self):
        """A scrape, of which what fires is remembered; None while the collector is stopped."""
        if self.stopped:
            return None
        samples = self.collector.scrape()
        for name in [*self.engines, ""]:
            self.fired.setdefault(name, set()).update(self.firing(samples, name))
        return samples

    def told(self):
        """[(alert, app, from, to, reason)] of the log so far."""
        found = []
        for line in self.collector.err:
            match = re.search(r'"metadata":(\{"alert":.*\})\}$', line)
            if match:
                told = lib.json.loads(match.group(1))
                found.append(tuple(told.get(key, "") for key in ("alert", "app", "from", "to", "reason")))
        return found

    def check(self, witness):
        """Each of its engines fired what its row says, and nothing else, and is in the state it must end in. On a machine
        that was late the rules that ask for time may have fired besides, and rightly."""
        samples = self.look()
        for alert, app, _, to, _ in self.told():
            if to == "firing":
                self.fired[app].add(alert)
        ends = {name: [has["state"] for has, value in samples.all("audio_engine_state", app=name) if value == 1]
                for name in self.engines}
        must = {name: (self.scenarios[name][2], [self.scenarios[name][3]]) for name in self.engines} | {"": (self.own, None)}
        wrong = {name: f"fired {sorted(self.fired[name])}, {ends.get(name)}; must {sorted(fires)}, {end}"
                 for name, (fires, end) in must.items() if (self.fired[name], ends.get(name)) != (fires, end)}
        if wrong and witness.is_late():
            print("      the machine was late:", wrong, flush=True)
            wrong = {name: text for name, text in wrong.items()
                     if must[name][0] - self.fired[name] or self.fired[name] - must[name][0] - TIMED}
        assert not wrong, wrong
        assert samples.get("audiowatch_engine_states_refused_total") == 0
        return samples

def run(worlds, events, seconds):
    """Looks at all of them for so long; events: [(second, what to do then)]."""
    began, left = time.monotonic(), sorted(events, key=lambda event: event[0])
    while time.monotonic() < began + seconds:
        for world in worlds:
            world.look()
        while left and time.monotonic() >= began + left[0][0]:
            left.pop(0)[1]()
        time.sleep(0.2)
    assert not left, "too slow a machine: events were left out"
