# SPDX-License-Identifier: MIT
"""Worlds of the scenario tests: a collector with shortened rules, the engines it watches, and what fired of each."""

import os
import re
import shutil
import signal
import subprocess
import time

import lib

ACTIVE = "audiowatch_alert_active"


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

    def check(self):
        """Each of its engines fired what its row says, and nothing else, and is in the state it must end in."""
        samples = self.look()
        states = {name: [has["state"] for has, value in samples.all("audio_engine_state", app=name) if value == 1]
                  for name in self.engines}
        wrong = {name: f"fired {sorted(self.fired[name])}, {states[name]}; must {sorted(fires)}, {state}"
                 for name, (_, _, fires, state) in self.scenarios.items()
                 if name in self.engines and (self.fired[name] != fires or states[name] != [state])}
        assert not wrong, wrong
        assert self.fired[""] == self.own, self.fired[""]
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
