#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""docs/instrumentation.md: every program on the page is compiled as it stands there, run, and its counts are read back;
and what the page says of directories and sandboxes holds."""
# timeout: 300

import glob
import os
import re
import shutil

import lib
import lib_kit as kit
from lib_lv2 import plugin_of

PAGE = os.path.join(lib.TOP, "docs", "instrumentation.md")
HARNESSES = os.path.join(lib.TOP, "tests", "e2e", "instrumentation")
MARK = re.compile(r"<!-- snippet: (\S+) -->")
tested = set()


def snippets():
    """{name: text} of the page; a fence without a name before it is a mistake."""
    found, name, lines = {}, None, None
    with open(PAGE, encoding="utf-8") as page:
        for number, line in enumerate(page.read().split("\n"), 1):
            if lines is None and line.startswith("```"):
                assert name and name not in found, f"{PAGE}:{number}: a program without a name of its own: it would not be tested"
                lines = []
            elif line.startswith("```"):
                found[name], name, lines = "\n".join(lines) + "\n", None, None
            elif lines is not None:
                lines.append(line)
            else:
                mark = MARK.fullmatch(line)
                name = mark.group(1) if mark else None
    return found


def room(bench, *names):
    """The bench's folder, with these programs of the page and all harnesses in it."""
    for name in names:
        kit.write(bench, name, snippets()[name])
        tested.add(name)
    for name in os.listdir(HARNESSES):
        if os.path.isfile(os.path.join(HARNESSES, name)):
            shutil.copy(os.path.join(HARNESSES, name), bench.folder)
    return bench.folder


def built(bench, source, *flags):
    """A program of that source in the bench's folder; its path."""
    compiler = kit.CXX[0] if source.endswith(".cpp") else [*kit.C[0], "-x", "c"]
    kit.run(*compiler, *kit.STRICT, "-O2", "-pthread", "-I", kit.HEADERS, *flags, source, "-x", "none", kit.ARCHIVE, "-o", "program",
            cwd=bench.folder)
    return os.path.join(bench.folder, "program")


def counts(row, *names):
    return tuple(row[name] for name in names)


def wait_state(collector, engine, state, **labels):
    return lib.wait_for(f"{engine} is {state}",
                        lambda: (lambda seen: seen if seen.state(engine, **labels) == state else None)(collector.scrape()))


def an_lv2_plugin_has_a_session_an_instance(bench):
    folder = room(bench, "gain.c")
    kit.run("gcc", "-std=c11", *kit.STRICT, "-shared", "-fPIC", "-I", kit.HEADERS, "gain.c", kit.ARCHIVE, "-o", "gain.so", cwd=folder)
    names = kit.symbols(os.path.join(folder, "gain.so"), "-D", "--defined-only")
    assert "lv2_descriptor" in names and not [name for name in names if name.startswith("aw_")], names
    os.environ.update(bench.env)
    collector = bench.collector()
    plugin = plugin_of(os.path.join(folder, "gain.so"))
    instances = [plugin.instantiate(None, 48000, b"", None) for _ in range(3)]
    assert bench.segments() == [], "what is only looked at opens nothing"
    amount, audio_in, audio_out = (kit.floats(2), kit.floats(*range(64)), kit.floats(*[0] * 64))
    for blocks, instance in enumerate(instances[:2], 1):
        for port, data in enumerate((amount, audio_in, audio_out)):
            plugin.connect_port(instance, port, data)
        for _ in range(2):  # a host may go off and on again
            plugin.activate(instance)
            for _ in range(blocks):
                plugin.run(instance, 64)
            plugin.deactivate(instance)
    assert list(audio_out) == [2 * i for i in range(64)]
    assert sorted(counts(row, "state", "engines", "blocks") for row in bench.segments()) == [("live", 1, 2), ("live", 1, 4)]
    wait_state(collector, "gain", "idle", instance_id="0")
    wait_state(collector, "gain", "idle", instance_id="1")
    for instance in instances:
        plugin.cleanup(instance)
    kit.released(bench)


def a_processor_of_juces_or_claps_shape_renders_bounces_and_rests(bench):
    room(bench, "processor.hpp")
    collector = bench.collector()
    held = kit.Held(bench, built(bench, "processor.cpp", "-fno-exceptions", "-fno-rtti"))
    assert sorted(counts(row, "app", "blocks", "freewheel_blocks") for row in held.rows()) == [("program", 5, 0), ("program", 7, 7)]
    lib.wait_for("both are told apart", lambda: len(collector.scrape().all("audio_engine_blocks_total", engine="synth")) == 2)
    live, = [labels["instance_id"] for labels, _ in collector.scrape().all("audio_engine_info", title="Lead")]
    seen = wait_state(collector, "synth", "idle", instance_id=live)
    assert seen.get("audio_engine_buffer_frames", instance_id=live) == 64
    held.end()


def a_mixer_times_its_buses_and_what_runs_on_workers(bench):
    room(bench, "mixer.hpp")
    collector = bench.collector("--config", kit.write(bench, "full.yml", "metrics: {profile: full}\n"))
    held = kit.Held(bench, built(bench, "mixer.cpp"))
    (row,) = held.rows()
    assert counts(row, "engines", "channels", "blocks") == (1, 4, 20), row
    lib.wait_for("the collector has the mixer", lambda: collector.scrape().sum("audio_engine_blocks_total") == 20)
    held.end()

    def channel_counts():
        samples = collector.scrape().all("audio_channel_render_time_seconds_count", engine="mixer")
        return {labels["channel"]: value for labels, value in samples}

    lib.wait_for("all spans are counted", lambda: channel_counts() == dict.fromkeys(("master", "drums", "kick", "snare"), 20))
    assert collector.scrape().sum("audiowatch_api_misuse_total") == 0


def calls_end_on_the_other_sides_threads(bench):
    room(bench, "loader.hpp")
    program = bench.start(built(bench, "loader.cpp"))
    program.line("^begun$")
    (row,) = bench.segments()
    assert counts(row, "functions", "calls", "errors") == (1, 0, 0), row
    program.process.stdin.write("\n")
    program.process.stdin.flush()
    program.line("^ready$")
    (row,) = bench.segments()
    assert counts(row, "functions", "calls", "errors") == (1, 6, 1), row
    program.process.stdin.close()
    assert program.wait() == 0, program.log()
    kit.released(bench)


def calls_of_python_end_on_a_pools_threads(bench):
    folder = room(bench, "calls.py")
    held = kit.Held(bench, "/usr/bin/python3", os.path.join(folder, "calls_host.py"), env={"LD_LIBRARY_PATH": lib.LIB})
    (row,) = held.rows()
    assert counts(row, "functions", "calls", "errors") == (1, 6, 1), row
    held.end()


def a_bounce_is_counted_and_what_a_card_tells_is_believed(bench):
    room(bench, "bounce.c")
    held = kit.Held(bench, built(bench, "bounce_main.c"))
    (row,) = held.rows()
    assert counts(row, "blocks", "freewheel_blocks", "misses") == (12, 9, 4), row
    held.end()


def cmake_builds_what_the_page_says(bench):
    folder = room(bench, "CMakeLists.txt", "bounce.c")
    os.rename(os.path.join(folder, "bounce_main.c"), os.path.join(folder, "engine.c"))
    kit.make("install", "PREFIX=/aw", f"DESTDIR={folder}/root")
    kit.run("cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={folder}/root/aw", cwd=folder)
    kit.run("cmake", "--build", "build", cwd=folder)
    held = kit.Held(bench, os.path.join(folder, "build", "engine"))
    (row,) = held.rows()
    assert row["blocks"] == 12, row
    held.end()


def what_it_costs_can_be_measured_as_the_page_did(bench):
    room(bench, "cost.c")
    held = kit.Held(bench, built(bench, "cost.c", "-include", "hold.inc"))
    (row,) = held.rows()
    assert counts(row, "blocks", "calls", "xrun_reports") == (2000000, 1000000, 1000000), row
    with open(PAGE, encoding="utf-8") as page:
        assert f"{row['size'] // 1024} KiB" in page.read(), row["size"]
    told = [line for line in held.program.out if re.fullmatch(r".{32} +[\d.]+ ns", line)]
    assert len(told) == 7, held.program.out
    held.end()


def every_program_of_the_page_was_tested(bench):
    del bench
    assert tested == set(snippets()), (tested, set(snippets()))


# ---- Directories ----

ENGINE = ("--fast", "--blocks", 10, "--hold")


def sees_the_engine(collector):
    lib.wait_for("it sees the engine", lambda: collector.scrape().sum("audio_engine_blocks_total") == 10)


def tmpfs(bench, *below):
    """A folder in shared memory, and one below it."""
    top = os.path.join(lib.SHM, f"{bench.prefix}-folder")
    os.makedirs(os.path.join(top, *below))
    bench.programs.append(Objects(os.path.basename(top)))
    return top


class Objects:
    """What has this name, or begins with it, in shared memory; removed with the bench, after its programs."""

    err, process = (), None

    def __init__(self, name):
        self.name = name

    def end(self):
        for path in glob.glob(os.path.join(lib.SHM, glob.escape(self.name) + "*")):
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)


def a_shared_tmpfs_is_named_on_both_sides(bench):
    shared = tmpfs(bench)
    collector = bench.collector("--dir", shared)
    bench.engine(*ENGINE, env={"AUDIOWATCH_DIR": shared})
    sees_the_engine(collector)


def under_flatpak_the_apps_runtime_folder_is_the_place(bench):
    runtime = tmpfs(bench, "app", "org.example.Daw")
    collector = bench.collector("--dir", lib.SHM, "--dir", os.path.join(runtime, "app", "org.example.Daw"))
    bench.engine(*ENGINE, env={"AUDIOWATCH_DIR": "", "FLATPAK_ID": "org.example.Daw", "XDG_RUNTIME_DIR": runtime})
    sees_the_engine(collector)


def under_snap_the_name_begins_with_the_snaps(bench):
    prefix = f"snap.{bench.prefix}.audiowatch"
    bench.programs.append(Objects(prefix))
    collector = bench.collector("--prefix", prefix)
    bench.engine(*ENGINE, env={"AUDIOWATCH_PREFIX": "", "SNAP_INSTANCE_NAME": bench.prefix})
    sees_the_engine(collector)


def a_removed_segment_is_read_by_who_had_found_it_alone(bench):
    collector, engine = bench.collector(), bench.engine("--frames", 256, "--load", 0.01)
    blocks = lib.wait_for("it sees the engine", lambda: collector.scrape().sum("audio_engine_blocks_total"))
    for name in bench.objects():
        os.unlink(bench.path(name))
    lib.wait_for("it goes on", lambda: collector.scrape().sum("audio_engine_blocks_total") > blocks + 600)
    assert collector.stop() == 0 and bench.segments() == []
    assert engine.running and engine.stop() == 0


lib.run(globals())
