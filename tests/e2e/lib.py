# SPDX-License-Identifier: MIT
"""What the end-to-end tests share: programs that always end, conditions that are waited for, scrapes.

A test is a function whose name is a sentence; it takes a Bench and uses assert:

    import lib

    def blocks_are_counted_exactly(bench):
        collector = bench.collector()
        engine = bench.engine("--fast", "--blocks", 1000, "--json", "--hold")
        told = engine.json()
        lib.wait_for("the collector has them all",
                     lambda: collector.scrape().sum("audio_engine_blocks_total") == told["totals"]["blocks"])

    lib.run(globals())

Each test gets a prefix of its own in shared memory; whatever it started is ended by pid, and its objects are removed.
"""

import atexit
import collections
import contextlib
import ctypes
import glob
import inspect
import itertools
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("AW_BUILD", os.path.join(TOP, "build")))
BIN = os.path.abspath(os.environ.get("AW_BIN", os.path.join(BUILD, "bin")))
LIB = os.path.abspath(os.environ.get("AW_LIB", os.path.join(BUILD, "lib")))
SHM = "/dev/shm"
PATIENCE = 30  # seconds; what is waited for comes in a fraction of it


class Skip(Exception):
    """The test cannot run here, and why."""


def skip(reason):
    raise Skip(reason)


def wait_for(what, condition, seconds=PATIENCE):
    """Returns the condition's first true value; fails naming what, and what it saw last, when none comes."""
    deadline = time.monotonic() + seconds
    while True:
        seen = condition()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain: {what}; last seen: {seen!r}")
        time.sleep(0.02)


def valid_json(text, schema_path):
    """The JSON document, which is as its schema says."""
    try:
        import jsonschema
    except ImportError:
        skip("python3-jsonschema is not installed")
    told = json.loads(text)
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(told)
    return told


def is_running(pid):
    """False for zombies too."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@contextlib.contextmanager
def ignored(*numbers):
    """Programs started within ignore these signals, as after nohup."""
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before):
            signal.signal(number, handler)


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Program:
    """A process whose output lines are kept as they come. Ends with its bench."""

    def __init__(self, *words, env=None, name=None):
        self.words = [str(word) for word in words]
        self.name = name or os.path.basename(self.words[0])
        self.out, self.err = [], []
        try:
            self.process = subprocess.Popen(self.words, env={**os.environ, **(env or {})}, stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                            errors="replace", preexec_fn=_die_with_parent)
        except FileNotFoundError:
            raise AssertionError(f"{self.words[0]} is not built")
        self.readers = [threading.Thread(target=self._read, args=pair, daemon=True)
                        for pair in ((self.process.stdout, self.out), (self.process.stderr, self.err))]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.append(line.rstrip("\n"))

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process.poll() is None

    def log(self):
        return "\n".join(self.err)

    def line(self, pattern, lines=None, seconds=PATIENCE):
        """The match of the first output line that matches; fails with the program's log when it ends before."""
        lines = self.out if lines is None else lines

        def find():
            ended = not self.running
            if ended:
                for reader in self.readers:
                    reader.join(5)
            for line in list(lines):
                match = re.search(pattern, line)
                if match:
                    return match
            assert not ended, f"{self.name} ended with {self.process.returncode}:\n{self.log()}"
            return None

        return wait_for(f"{self.name} prints {pattern!r}", find, seconds)

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=PATIENCE):
        """Its exit status, negative for a signal; all output has been read then."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} (pid {self.pid}) still runs after {seconds} s:\n{self.log()}")
        for reader in self.readers:
            reader.join(5)
        return status

    def kill(self):
        """SIGKILL, and gone."""
        self.process.kill()
        return self.wait()

    def stop(self, number=signal.SIGTERM, seconds=PATIENCE):
        """Asks it to end; its exit status."""
        if self.running:
            self.send(number)
        return self.wait(seconds)

    def end(self):
        """For the bench: whatever it takes."""
        if self.running:
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
        if self.running:
            self.process.kill()
            self.process.wait(5)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                stream.close()


class Engine(Program):
    """The scripted engine, after its line `ready`."""

    def __init__(self, *flags, env=None):
        super().__init__(os.path.join(BIN, "audiowatch-demo-engine"), *flags, env=env)
        self.line(r"^ready ")

    def json(self, seconds=PATIENCE):
        """What it published (needs --json), once rendering has ended."""
        return json.loads(self.line(r"^\{.*\}$", seconds=seconds).group())


class Samples:
    """One scrape. A sample is (name, labels, value)."""

    def __init__(self, text):
        try:
            from prometheus_client.parser import text_string_to_metric_families
        except ImportError:
            skip("python3-prometheus-client is not installed")
        self.text = text
        self.families = {}
        self.by_name = collections.defaultdict(list)
        for family in text_string_to_metric_families(text):
            assert family.name not in self.families or family.type == "unknown", f"the family {family.name} is there twice"
            self.families[family.name] = family
            for sample in family.samples:
                self.by_name[sample.name].append((sample.labels, sample.value))

    def all(self, name, **labels):
        """[(labels, value)] of a sample name, those that carry these labels."""
        return [(has, value) for has, value in self.by_name[name]
                if all(has.get(key) == str(want) for key, want in labels.items())]

    def get(self, name, **labels):
        """The one value; None when there is none."""
        found = self.all(name, **labels)
        assert len(found) < 2, f"{name} {labels} is not one sample: {found}"
        return found[0][1] if found else None

    def sum(self, name, **labels):
        return sum(value for _, value in self.all(name, **labels))

    def state(self, engine, **labels):
        """The engine's state, of which exactly one must be 1; None when the engine is not there."""
        states = [has["state"] for has, value in self.all("audio_engine_state", engine=engine, **labels) if value == 1]
        assert len(states) < 2, f"engine {engine} is in {states} at once"
        return states[0] if states else None


Answer = collections.namedtuple("Answer", "status headers body")


class Collector(Program):
    """audiowatchd on a free port, after it listens."""

    def __init__(self, *flags, env=None):
        super().__init__(os.path.join(BIN, "audiowatchd"), "--listen", "127.0.0.1:0", *flags, env=env)
        self.address = self.line(r"listening on (127\.0\.0\.1:\d+)", self.err).group(1)
        self.url = f"http://{self.address}"

    def get(self, path, headers=None, method="GET", seconds=10):
        """An Answer, whatever the status; body as text."""
        request = urllib.request.Request(self.url + path, headers=headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read().decode())

    def scrape(self):
        answer = self.get("/metrics")
        assert answer.status == 200, f"/metrics answers {answer.status}: {answer.body[:300]}"
        return Samples(answer.body)


class Bench:
    """A private prefix, a private folder, and all that was started in them. What one test gets."""

    numbers = itertools.count(1)

    def __init__(self):
        self.prefix = f"awtest-{os.getpid()}-{next(self.numbers)}"
        self.folder = tempfile.mkdtemp(prefix=self.prefix + ".")
        self.programs = []
        self.env = {"AUDIOWATCH_PREFIX": self.prefix, "AUDIOWATCH_DIR": SHM, "STATE_DIRECTORY": self.folder}

    def _add(self, kind, *words, env=None, **more):
        program = kind.__new__(kind)
        self.programs.append(program)  # before it starts: a start that fails half-way is ended too
        program.__init__(*words, env={**self.env, **(env or {})}, **more)
        return program

    def start(self, *words, env=None):
        """Any program; a name without a slash is one of ours."""
        words = [words[0] if "/" in str(words[0]) else os.path.join(BIN, words[0]), *words[1:]]
        return self._add(Program, *words, env=env)

    def engine(self, *flags, env=None):
        return self._add(Engine, *flags, env=env)

    def config(self, text):
        """The flags of a collector with this configuration."""
        path = os.path.join(self.folder, "audiowatch.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return ["--config", path]

    def collector(self, *flags, env=None):
        return self._add(Collector, *flags, env=env)

    def call(self, *words, env=None, seconds=PATIENCE):
        """Runs one of our programs to its end: .returncode, .stdout, .stderr."""
        return subprocess.run([os.path.join(BIN, words[0]), *map(str, words[1:])],
                              env={**os.environ, **self.env, **(env or {})}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", timeout=seconds)

    def segments(self, *flags):
        """What `audiowatch segments --json` tells of this prefix."""
        called = self.call("audiowatch", "segments", "--json", *flags)
        assert called.returncode == 0, f"audiowatch segments: {called.returncode}\n{called.stderr}"
        return json.loads(called.stdout)

    def objects(self):
        """The names of this prefix in shared memory, but for a collector's lock."""
        return sorted(name for name in os.listdir(SHM)
                      if name.startswith(self.prefix + "-") and not name.endswith("-collector"))

    def path(self, name):
        """Of an object of this prefix."""
        return os.path.join(SHM, name)

    def name(self, identity=None, uid=None):
        """A well-formed object name of this prefix."""
        return f"{self.prefix}-{os.getuid() if uid is None else uid}-{identity or os.urandom(16).hex()}"

    def end(self):
        for program in reversed(self.programs):
            if hasattr(program, "process"):
                program.end()
        for path in glob.glob(os.path.join(SHM, glob.escape(self.prefix) + "-*")):
            if stat.S_ISDIR(os.lstat(path).st_mode):
                os.rmdir(path)
            else:
                os.unlink(path)
        shutil.rmtree(self.folder, ignore_errors=True)


def _run_one(name, test):
    bench = Bench()
    atexit.register(bench.end)
    try:
        test(bench)
        print(f"ok    {name}", flush=True)
        return 0
    except Skip as reason:
        print(f"skip  {name}: {reason}", flush=True)
        return str(reason)
    except Exception:
        print(f"FAIL  {name}", flush=True)
        traceback.print_exc(file=sys.stdout)
        for program in bench.programs:
            if hasattr(program, "process") and program.err:
                print(f"--- {program.name} (pid {program.pid}):", *program.err[-20:], sep="\n    ", flush=True)
        return 1
    finally:
        bench.end()
        atexit.unregister(bench.end)


def run(names):
    """Runs the functions of a module that take a bench, in their order, and exits: 1 when one fails, 77 when one skips."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    tests = [(name.replace("_", " "), thing) for name, thing in names.items()
             if getattr(thing, "__module__", None) == "__main__" and not isinstance(thing, type)
             and callable(thing) and list(inspect.signature(thing).parameters) == ["bench"]]
    results = [_run_one(name, test) for name, test in tests]
    skipped = [reason for reason in results if isinstance(reason, str)]
    if not results or 1 in results:
        sys.exit(1)
    if skipped:
        print(f"{len(skipped)} of {len(results)} tests skipped: {skipped[0]}")
        sys.exit(77)
    sys.exit(0)
