#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`audiowatch-bench latency`: what it tells as text, JSON, histogram and picture, when it ends, and what it publishes."""

import contextlib
import os
import pty
import re
import shutil
import signal
import subprocess
import xml.etree.ElementTree

import lib
import lib_jack

PROGRAM = "audiowatch-bench"
SCHEMA = os.path.join(lib.TOP, "docs", "audiowatch-bench-latency.schema.json")


def wide(columns):
    """A number at the right of so many columns, or longer than they are."""
    return rf"(?:[ \d]{{{columns - 1}}}\d|\d{{{columns + 1},}})"


LINE = re.compile(rf"T:{wide(2)} \({wide(5)}\) P:{wide(2)} I:\d+ C:{wide(7)} Min:{wide(7)} Act:{wide(5)} Avg:{wide(5)} Max:{wide(8)}")
SERIES = ("wakeup_delay", "render_time", "render_jitter")


def latency(bench, *words, status=0, **more):
    called = bench.call(PROGRAM, "latency", *words, **more)
    assert called.returncode == status and called.stderr == "", called
    return called.stdout


def document(text):
    """The JSON, after the schema and all that a schema cannot say."""
    told = lib.valid_json(text, SCHEMA)
    for thread in told["threads"]:
        counts_are_consistent(thread)
    return told


def counts_are_consistent(thread):
    for name in SERIES:
        series = thread[name]
        assert sum(cell["count"] for cell in series["cells"]) == series["count"], (name, series)
        ordered = [series[key] for key in ("min_ns", "p50_ns", "p99_ns", "p999_ns", "p9999_ns", "max_ns")]
        assert ordered == sorted(ordered), (name, series)
        assert series["min_ns"] <= series["avg_ns"] <= series["max_ns"], (name, series)
        assert series["min_ns"] <= series["last_ns"] <= series["max_ns"], (name, series)
    assert thread["render_time"]["count"] == thread["render_jitter"]["count"] == thread["cycles"], thread
    assert thread["wakeup_delay"]["count"] <= thread["cycles"], thread
    histogram = thread["wakeup_histogram"]
    if histogram:
        in_all = sum(histogram["count_by_us"].values()) + histogram["overflows"]
        assert in_all == thread["wakeup_delay"]["count"], thread


def lines_of(text):
    return [line for line in text.splitlines() if line.startswith("T:")]


def each_thread_has_the_familiar_line_and_a_summary(bench):
    text = latency(bench, "-D", "1.2", "-t2", "-i", 5000, "-a")
    lines = lines_of(text)
    rounds = len(lines) // 2  # each second, and at the end
    assert rounds and all(LINE.fullmatch(line) for line in lines), lines
    assert [line[:5] for line in lines] == ["T: 0 ", "T: 1 "] * rounds and all(" P: 0 I:5000 " in line for line in lines), lines
    head = text.splitlines()[:2]
    assert re.match(rf"# {PROGRAM} \S+ latency: .*Linux .*clock .*governor .*rtprio .*memlock ", head[0]), head
    assert head[1] == "# threads 2, 5000 frames at 1000000 Hz (5000.000 us), load 0, memory not locked, published", head
    for number in range(2):
        cycles, skipped = re.search(rf"^# latency-{number}: (\d+) cycles, (\d+) skipped, \d+ deadline misses$", text,
                                    re.MULTILINE).groups()
        assert int(cycles) + int(skipped) == 240, text
        assert f"C:{int(cycles):7}" in lines[number - 2], (cycles, lines)
    for title in ("Wake-up delay", "Render time", "Render jitter"):
        assert len(re.findall(rf"^# {title} +(?: +\d+\.\d){{7}}$", text, re.MULTILINE)) == 2, (title, text)
    assert "P50" in text and "P99.99" in text and "2.2 %" in text


def on_a_terminal_the_lines_stay_in_place(bench):
    master, slave = pty.openpty()
    run = subprocess.Popen([os.path.join(lib.BIN, PROGRAM), "latency", "-D2", "-t2"], env={**os.environ, **bench.env},
                           stdin=subprocess.DEVNULL, stdout=slave, stderr=slave)
    os.close(slave)
    seen = b""
    with contextlib.suppress(OSError):  # EIO: the other end has closed
        while piece := os.read(master, 4096):
            seen += piece
    os.close(master)
    assert run.wait(lib.PATIENCE) == 0
    ups, lines = seen.count(b"\x1b[2A"), seen.count(b"T: 0 (")
    assert ups == lines - 1 >= 2 and seen.count(b"T: 1 (") == lines, seen  # more often than once a second


def quiet_is_the_summary_alone(bench):
    text = latency(bench, "-qD", "1.1")
    assert len(lines_of(text)) == 1 and "# latency-0: " in text, text


def five_seconds_of_json_are_valid_and_their_counts_agree(bench):
    told = document(latency(bench, "-D", 5, "--json"))
    assert (told["ended_by"], told["return_code"], told["broken_by"]) == ("duration", 0, None), told
    assert told["settings"]["period_ns"] == 5333333 and told["settings"]["published"] is True, told
    (thread,) = told["threads"]
    assert thread["cycles"] + thread["skipped"] == 938 and thread["cycles"] > 0, thread  # 937.5 periods
    assert thread["wakeup_delay"]["count"] == thread["cycles"] and thread["wakeup_histogram"] is None, thread


def every_cycle_is_in_the_histogram_or_over_it(bench):
    cpu = min(os.sched_getaffinity(0))
    told = document(latency(bench, "-D1", "-i", 1000, "-t", 2, "-h", 50, "--json", "--load", 0.1, f"-a{cpu}"))
    assert len(told["threads"]) == 2 and all(thread["cpu"] == cpu for thread in told["threads"]), told
    for thread in told["threads"]:
        assert thread["cycles"] + thread["skipped"] == 1000, thread
        assert all(int(us) < 50 for us in thread["wakeup_histogram"]["count_by_us"]), thread
        assert thread["render_time"]["min_ns"] >= 100000, "a render works at least as long as it is told"


def histogram_is_cyclictests(bench):
    path = os.path.join(bench.folder, "latency.hist")
    text = latency(bench, "-D", 1, "-t", 2, "-h", 60, "--histfile", path)
    with open(path) as file:
        written = file.read()
    assert "# Histogram" not in text
    lines = written.splitlines()
    rows = [re.fullmatch(r"(\d{6}) (\d{6})\t(\d{6})", line) for line in lines if not line.startswith("#")]
    assert all(rows) and lines[0] == "# Histogram", written
    told = {name: [int(value) for value in values.split()] for name, values in re.findall(r"^# (.*?):((?: \d+)+)$", written, re.MULTILINE)}
    totals = [sum(int(row.group(2 + column)) for row in rows) for column in range(2)]
    assert told["Total"] == totals, written
    cycles = [int(count) for count in re.findall(r"^# latency-\d: (\d+) cycles", text, re.MULTILINE)]
    assert [total + over for total, over in zip(totals, told["Histogram Overflows"])] == cycles, (written, text)
    for low, middle, high in zip(told["Min Latencies"], told["Avg Latencies"], told["Max Latencies"]):
        assert low <= middle <= high, written
    assert "# Histogram Overflow at cycle number:" in lines and lines[-1].startswith("# Thread 1:"), written


def the_histogram_follows_the_summary_without_a_file(bench):
    text = latency(bench, "-qD", 0.3, "-h400")
    assert text.index("# Quantiles") < text.index("# Histogram\n") < text.index("# Total: "), text


def a_plot_is_an_svg(bench):
    if not shutil.which("gnuplot"):
        lib.skip("gnuplot is not installed (package gnuplot-nox)")
    path = os.path.join(bench.folder, "a 'plot'.svg")
    with open(path, "w") as file:
        file.write("what was there before" * 10000)
    latency(bench, "-qD", 0.5, "-t2", "--plot", path)
    root = xml.etree.ElementTree.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg", root.tag
    texts = "".join(root.itertext())
    for word in ("256 frames at 48000 Hz", "latency-0 wake-up delay", "latency-1 render time", "cycles"):
        assert word in texts, (word, texts)


def a_file_that_cannot_be_written_is_one_line_and_1(bench):
    hist = ["-h", 400, "--histfile", "/dev/full"]
    for words in [hist] + ([["--plot", "/dev/full"]] if shutil.which("gnuplot") else []):
        called = bench.call(PROGRAM, "latency", "-qD", 0.3, *words)
        lines = called.stderr.splitlines()
        assert called.returncode == 1 and len(lines) == 1 and "/dev/full" in lines[0] and "No space" in lines[0], called


def a_file_of_the_users_stays_when_nothing_starts(bench):
    old, new = (os.path.join(bench.folder, name) for name in ("old", "new"))
    open(old, "w").close()
    for path in (old, new):
        refused(bench.call(PROGRAM, "latency", "-h400", "--histfile", path, "--plot", "/nowhere/x"), 2, "/nowhere/x")
    assert os.path.exists(old) and not os.path.exists(new)


def an_end_before_the_first_cycle_draws_nothing_and_is_0(bench):
    if not shutil.which("gnuplot"):
        lib.skip("gnuplot is not installed (package gnuplot-nox)")
    path = os.path.join(bench.folder, "early.svg")
    for _ in range(5):  # on a busy machine the first cycle may come before the signal
        program = bench.start(PROGRAM, "latency", "-i", 1000000, "--plot", path)
        program.line("^# threads 1,")
        assert program.stop(signal.SIGINT) == 0, program.log()
        if any(line.startswith("# latency-0: 0 cycles") for line in program.out):
            break
        os.unlink(path)
    else:
        lib.skip("the first cycle came before the signal each time")
    assert not os.path.exists(path) and len(program.err) == 1 and "nothing is drawn" in program.err[0], program.log()


def a_wakeup_beyond_the_limit_ends_it_with_1_and_the_summary(bench):
    text = latency(bench, "-b", 1, "-i", 1000, status=1)
    value = int(re.search(r"^# Break value: (\d+)$", text, re.MULTILINE).group(1))
    tid = re.search(r"^# Break thread: (\d+)$", text, re.MULTILINE).group(1)
    assert value >= 1 and "# Wake-up delay" in text and f"({int(tid):5})" in lines_of(text)[-1], text
    told = document(latency(bench, "-b1", "-i", 1000, "--json", status=1))
    assert (told["ended_by"], told["return_code"], told["broken_by"]["thread"]) == ("break", 1, 0), told
    assert told["broken_by"]["delay_ns"] == told["threads"][0]["wakeup_delay"]["max_ns"] > 1000, told


def a_limit_that_nothing_passes_changes_nothing(bench):
    latency(bench, "-D", 0.5, "-b", 100000000)


def signals_end_it_with_everything_told_and_0(bench):
    for number in (signal.SIGINT, signal.SIGTERM):
        hist, plot = (os.path.join(bench.folder, f"{number}.{end}") for end in ("hist", "svg"))
        words = ["-h", 400, "--histfile", hist] + (["--plot", plot] if shutil.which("gnuplot") else [])
        program = bench.start(PROGRAM, "latency", *words)
        program.line(LINE.pattern)
        assert program.stop(number) == 0 and program.err == [], program.log()
        assert any(line.startswith("# Wake-up delay") for line in program.out), program.out
        assert os.path.getsize(hist) > 0 and (len(words) == 4 or os.path.getsize(plot) > 0)
    program = bench.start(PROGRAM, "latency", "--json")
    lib.wait_for("it publishes", lambda: [row for row in bench.segments() if row["blocks"]])
    assert program.stop(signal.SIGINT) == 0
    assert document("\n".join(program.out))["ended_by"] == "signal"


def metrics_show_the_engines_with_every_cycle(bench):
    collector = bench.collector()
    program = bench.start(PROGRAM, "latency", "-t2", "--load", 0.2, "--json", "--name", "desk")
    labels = {"app": PROGRAM, "instance_id": "desk"}

    def blocks(number):
        return collector.scrape().get("audio_engine_blocks_total", engine=f"latency-{number}", **labels)

    for number in range(2):
        lib.wait_for("it shows while it runs", lambda: blocks(number))
        seen = blocks(number)
        lib.wait_for("and goes on", lambda: blocks(number) > seen)
    samples = collector.scrape()
    assert samples.state("latency-0") == "live", samples.state("latency-0")
    for family in ("audio_engine_render_time_seconds", "audio_engine_wakeup_delay_seconds"):
        assert samples.get(f"{family}_count", engine="latency-1", **labels), family
    assert program.stop(signal.SIGINT) == 0
    for thread in document("\n".join(program.out))["threads"]:
        want = thread["cycles"]
        lib.wait_for("the collector has exactly all of them", lambda: blocks(thread["number"]) == want)
    assert bench.objects() == []


def it_measures_on_when_it_cannot_publish(bench):
    for env, why in (({"AUDIOWATCH_DISABLE": "1"}, "AUDIOWATCH_DISABLE"), ({"AUDIOWATCH_DIR": "/proc"}, "AUDIOWATCH_DIR")):
        called = bench.call(PROGRAM, "latency", "-D", 0.2, "--json", env=env)
        assert called.returncode == 0 and len(called.stderr.splitlines()) == 1 and why in called.stderr, called
        told = document(called.stdout)
        assert told["settings"]["published"] is False and told["threads"][0]["cycles"] > 0, told


def fifo_and_locked_memory_are_used_or_refused(bench):
    called = bench.call(PROGRAM, "latency", "-D", 0.2, "-p", 5, "-m", "--json")
    if called.returncode == 0:
        told = document(called.stdout)
        assert told["threads"][0]["priority"] == 5 and told["settings"]["memory_locked"] is True, told
    else:
        refused(called, 1, "limits.d")


def the_policy_it_was_started_with_is_not_the_threads(bench):
    chrt = shutil.which("chrt")
    if not chrt or subprocess.run([chrt, "-f", "4", "true"], capture_output=True, check=False).returncode:
        lib.skip("needs chrt, and the right to use SCHED_FIFO")
    program = bench.start(chrt, "-f", 4, os.path.join(lib.BIN, PROGRAM), "latency", "-i", 10000)
    tid = int(program.line(r"^T: 0 \( *(\d+)\) P: 0 ").group(1))
    assert os.sched_getscheduler(tid) == os.SCHED_OTHER, os.sched_getscheduler(tid)
    assert program.stop(signal.SIGINT) == 0, program.log()


def refused(called, status, *parts):
    lines = called.stderr.splitlines()
    assert called.returncode == status and called.stdout == "" and len(lines) == 1, called
    assert lines[0].startswith(f"{PROGRAM}: ") and all(part in lines[0] for part in parts), (parts, lines)


def a_priority_that_the_system_refuses_is_one_line_and_1(bench):
    prlimit, setpriv = shutil.which("prlimit"), shutil.which("setpriv")
    if not prlimit or (os.getuid() == 0 and not setpriv):
        lib.skip("needs prlimit, and as root setpriv, to take rights away")
    nobody = [setpriv, "--reuid", 65534, "--regid", 65534, "--clear-groups"] if os.getuid() == 0 else []
    os.chmod(bench.folder, 0o755)  # the build's folder may be closed to others
    program = shutil.copy(os.path.join(lib.BIN, PROGRAM), bench.folder)
    for words, limit, parts in ((["-p", 80], "--rtprio=0", ("--priority", "80", "rtprio is 0", "limits.d")),
                                (["-m"], "--memlock=65536", ("--mlockall", "64 KiB", "ulimit -l"))):
        command = [prlimit, limit, *nobody, program, "latency", "-D1", *words]
        refused(subprocess.run(list(map(str, command)), env={**os.environ, **bench.env}, stdin=subprocess.DEVNULL,
                               capture_output=True, text=True, timeout=lib.PATIENCE), 1, *parts)


def without_gnuplot_nothing_starts(bench):
    path = os.path.join(bench.folder, "latency.svg")
    refused(bench.call(PROGRAM, "latency", "--plot", path, env={"PATH": "/nowhere"}), 1, "gnuplot-nox")
    assert not os.path.exists(path) and bench.objects() == []


def a_jack_client_measures_in_its_callback(bench):
    server = lib_jack.Server(bench)
    collector = bench.collector()
    program = bench.start(PROGRAM, "latency", "--jack", "--server", server.name, "--load", 0.1, "--json", "-h", 400)
    seen = lib.wait_for("it shows on /metrics", lambda: collector.scrape().get("audio_engine_blocks_total", engine="jack"))
    lib.wait_for("it runs", lambda: collector.scrape().get("audio_engine_blocks_total", engine="jack") > seen + 100)
    assert program.stop(signal.SIGINT) == 0 and program.err == [], program.log()
    told = document("\n".join(program.out))
    settings = told["settings"]
    assert (settings["mode"], settings["rate_hz"], settings["frames"]) == ("jack", lib_jack.RATE, server.period), settings
    (thread,) = told["threads"]
    assert thread["engine"] == "jack" and thread["cycles"] > 100 and thread["wakeup_delay"]["count"] > 0, thread
    assert thread["render_time"]["min_ns"] >= settings["period_ns"] // 10, thread
    lib.wait_for("the collector has all of them",
                 lambda: collector.scrape().get("audio_engine_blocks_total", engine="jack") == thread["cycles"])

    text = latency(bench, "--jack", "-D", 0.5, env={"JACK_DEFAULT_SERVER": server.name})
    assert LINE.fullmatch(lines_of(text)[-1]) and "# jack: " in text and "JACK clients 1" in text, text


def a_server_that_goes_ends_it_with_what_was_measured_and_1(bench):
    server = lib_jack.Server(bench)
    program = bench.start(PROGRAM, "latency", "--jack", "--server", server.name)
    program.line(r"^T: 0 ")
    server.program.send(signal.SIGTERM)  # a killed one may leave a lock of jack_db-0 behind, for all servers of the user
    assert program.wait() == 1 and len(program.err) == 1 and "gone" in program.err[0], program.log()
    assert any(line.startswith("# Wake-up delay") for line in program.out), program.out


def a_format_that_the_server_changes_is_the_one_told(bench):
    server = lib_jack.Server(bench)
    tool = lib_jack.tool("jack_bufsize", "jackd2")
    text, told = (bench.start(PROGRAM, "latency", "--jack", "--server", server.name, *words) for words in ([], ["--json"]))
    text.line(r"^T: 0 .* C: *[1-9]")
    lib.wait_for("both publish", lambda: len([row for row in bench.segments() if row["blocks"]]) == 2)
    subprocess.run([tool, "512"], env={**os.environ, **bench.env, **server.env}, stdin=subprocess.DEVNULL,
                   capture_output=True, check=False, timeout=lib.PATIENCE)
    text.line(r"^T: 0 .* I:10666 ")
    assert text.stop(signal.SIGINT) == told.stop(signal.SIGINT) == 0, text.log()
    assert "# Format changes: 1, last to 512 frames at 48000 Hz" in text.out, text.out
    settings = document("\n".join(told.out))["settings"]
    assert (settings["frames"], settings["format_changes"], settings["period_ns"]) == (512, 1, 10666666), settings


def a_server_that_is_stopped_keeps_nobody_from_ending_it(bench):
    server = lib_jack.Server(bench)
    program = bench.start(PROGRAM, "latency", "--jack", "--server", server.name)
    program.line(r"^T: 0 .* C: *[1-9]")
    server.program.send(signal.SIGSTOP)
    try:
        program.send(signal.SIGINT)
        assert program.wait() == 0 and len(program.err) == 1 and "left without it" in program.err[0], program.log()
    finally:
        server.program.send(signal.SIGCONT)
    assert any(line.startswith("# Wake-up delay") for line in program.out) and bench.objects() == [], program.out


def no_server_is_one_line_and_1_and_none_is_started(bench):
    lib_jack.tool("jackd", "jackd2")
    refused(bench.call(PROGRAM, "latency", "--jack", "--server", bench.prefix), 1, bench.prefix, "jackd", "--server")
    refused(bench.call(PROGRAM, "latency", "--jack", env={"JACK_DEFAULT_SERVER": bench.prefix}), 1, bench.prefix)
    asked = subprocess.run([lib_jack.tool("jack_wait", "jackd2"), "-s", bench.prefix, "-c"], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=lib.PATIENCE)
    assert "not running" in asked.stdout and bench.objects() == [], asked


def bad_usage_is_one_line_and_2(bench):
    nowhere = os.path.join(bench.folder, "nowhere", "x")
    for words, parts in (
        (["--plit", "x"], ['"--plit"', "--plot"]),
        (["--histo", "4"], ["--histo"]),
        (["-x"], ['"-x"', "--help"]),
        (["-qx"], ['"-qx"']),
        (["-i", "0"], ["--interval", '"0"', "10 to 1000000"]),
        (["--load", "2"], ["--load", '"2"', "0 to 1"]),
        (["-D", "5 parsecs"], ["--duration", '"5 parsecs" is no duration', "5s"]),
        (["-D", "5", "parsecs"], ['"parsecs"']),
        (["-D", "0"], ["--duration", "0.001s"]),
        (["-D"], ["--duration", "missing"]),
        (["-t", "0"], ["--threads", "1 to 64"]),
        (["-t65"], ["--threads", "1 to 64"]),
        (["-p", "100"], ["--priority", "0 to 99"]),
        (["-a", "60000"], ["--affinity", "60000"]),
        (["-b", "0"], ["--breaktrace"]),
        (["-h", "many"], ["--histogram", '"many" is no number (try 400)']),
        (["--json=yes"], ["--json"]),
        (["--name="], ["--name", "empty"]),
        (["--rate", "1000000", "--frames", "1"], ["--frames", "1 us", "--rate 48000"]),
        (["--rate", "1", "--frames", "2"], ["--frames", "2000000 us"]),
        (["-i", "5000", "--frames", "64"], ["--frames", "--interval"]),
        (["--jack", "-t", "2"], ["--threads", "--jack"]),
        (["--jack", "--rate", "44100"], ["--rate", "--jack"]),
        (["--server", "x"], ["--server", "--jack"]),
        (["--histfile", "x"], ["--histfile", "--histogram 400"]),
        (["--plot", nowhere], ["--plot", nowhere, "No such file"]),
        (["-h", "400", "--histfile", nowhere], ["--histfile", nowhere]),
    ):
        refused(bench.call(PROGRAM, "latency", *words), 2, *parts)
    refused(bench.call(PROGRAM, "latnecy"), 2, "latency")
    refused(bench.call(PROGRAM), 2, f"{PROGRAM} latency")
    assert bench.objects() == []


def help_and_version_are_told(bench):
    for words in (["--help"], ["help"], ["--version"], ["latency", "--help"]):
        called = bench.call(PROGRAM, *words)
        assert called.returncode == 0 and PROGRAM in called.stdout and called.stderr == "", (words, called)


lib_jack.own_shm()
lib.run(globals())
