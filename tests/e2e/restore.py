#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What outlives the collector: alerts by their labels, with their times, and silences; and a file that makes no sense."""

import json
import os
import re

import lib

CONFIG = """
rules:
  alerts:
    - {alert: StateFailing, signal: component_down, priority: P2, match: {component: history}}
    - {alert: EngineDown, for: %s}
    - {alert: AudioProcessingOverload, window: 5s, for: 1s, min_above: 1}
"""


def configured(world, down="0s"):
    return world.collector(*world.config(CONFIG % down), "--log-format", "json")


def state(world):
    return os.path.join(world.folder, "state")


def saved(world):
    """{section: [line]} of the file; {} while there is none."""
    if not os.path.exists(state(world)):
        return {}
    with open(state(world)) as file:
        parts = re.split(r"^\[(\w+)\]\n", file.read().rpartition("end ")[0], flags=re.M)
    return {name: [json.loads(line) for line in text.splitlines() if line.startswith("{")]
            for name, text in zip(parts[1::2], parts[2::2])}


def alert_line(world, rule, of=None):
    """What the file says of an alert in that state, or None."""
    return next((line for line in saved(world).get("alerts", [])
                 if line["rule"] == rule and of in (None, line["state"])), None)


def make_folder(path):
    """False while a file is there."""
    try:
        os.mkdir(path)
    except FileExistsError:
        return False
    return True


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return b"end %016x\n" % value


def age(world, seconds):
    """The collector has been away for that much longer, and the machine was started again meanwhile."""
    with open(state(world), "rb") as file:
        text = file.read()

    def earlier(match):
        return b"%s%d" % (match.group(1), int(match.group(2)) - seconds * 10**9)

    text = re.sub(rb'("real_ns": )(\d+)', earlier, text.rpartition(b"end ")[0], count=1)
    text = re.sub(rb'"boot": "[^"]*"', b'"boot": "0-1"', text, count=1)
    with open(state(world), "wb") as file:
        file.write(text + fnv(text))


def transitions(collector, rule):
    told = [json.loads(line).get("metadata", {}) for line in list(collector.err)]
    return [(line["from"], line["to"], line.get("reason", "")) for line in told if line.get("alert") == rule and "to" in line]


def told(world, rule):
    """The active alerts of a rule, as status has them."""
    called = world.call("audiowatch", "status", "--json")
    return [alert for alert in json.loads(called.stdout)["active_alerts"] if alert["name"] == rule] if called.stdout else []


def wait_told(world, rule, of):
    return lib.wait_for(f"{rule} is {of}", lambda: next((alert for alert in told(world, rule) if alert["state"] == of), None))


def killed_with_a_dead_engine(world, down, of):
    """A collector that was killed while EngineDown was in that state; the alert."""
    collector = configured(world, down)
    engine = world.engine("--load", 0, "--name", "daw")
    lib.wait_for("it is seen", lambda: "daw" in world.call("audiowatch", "status").stdout)
    engine.kill()
    alert = wait_told(world, "EngineDown", of)
    lib.wait_for("it is saved", lambda: alert_line(world, "EngineDown", of))
    collector.kill()
    return alert


def a_firing_alert_is_the_same_firing_after_a_kill(bench):
    before = killed_with_a_dead_engine(bench, "0s", "firing")
    collector = configured(bench)
    (after,) = told(bench, "EngineDown")
    assert (after["state"], after["since"], after["timestamp"]) == ("firing", before["since"], before["timestamp"]), (before, after)
    assert after["labels"] == before["labels"] == {"app": "daw", "instance_id": "0"}, after
    bench.engine("--load", 0, "--name", "daw")
    lib.wait_for("it is resolved by its successor", lambda: not told(bench, "EngineDown"))
    assert transitions(collector, "EngineDown") == [("firing", "inactive", "resolved")]
    assert collector.stop() == 0
    again = configured(bench)
    assert told(bench, "EngineDown") == [] and '"clean"' in again.log(), again.log()


def a_pending_alert_goes_on_and_the_time_between_is_held(bench):
    before = killed_with_a_dead_engine(bench, "3s", "pending")
    age(bench, 1000)
    held = alert_line(bench, "EngineDown")["held"]
    collector = configured(bench, "3s")
    (after,) = told(bench, "EngineDown")
    assert (after["state"], after["since"]) == ("pending", before["since"]), (before, after)
    wait_told(bench, "EngineDown", "firing")
    assert transitions(collector, "EngineDown") == [("pending", "firing", "")]
    line = lib.wait_for("it is saved", lambda: alert_line(bench, "EngineDown", "firing"))
    assert 999 <= line["held"] - held <= 1060, line
    # it fired for its ticks alone, and those between
    assert line["ages"]["active_at"] - line["ages"]["fired_at"] - line["held"] == 3, line


def an_hour_away_leaves_engine_down_alone(bench):
    killed_with_a_dead_engine(bench, "0s", "firing")
    age(bench, 3600)
    collector = configured(bench)
    assert [alert["state"] for alert in told(bench, "EngineDown")] == ["firing"]
    assert transitions(collector, "EngineDown") == []
    assert transitions(collector, "AudiowatchWatchdog")[:2] == [("firing", "inactive", "nodata"), ("inactive", "firing", "")]
    collector.kill()
    age(bench, 86400)
    again = configured(bench)
    lib.wait_for("it has been told long enough", lambda: not told(bench, "EngineDown"))
    assert transitions(again, "EngineDown") == [("firing", "inactive", "source_gone")]


def an_engine_that_lives_meets_its_alert_again(bench):
    collector = configured(bench)
    script = os.path.join(bench.folder, "script")
    with open(script, "w") as file:
        file.writelines(f"at {second} burn 60\n" for second in range(1, 100))
    bench.engine("--load", 0, "--name", "daw")
    lib.wait_for("the first is seen", lambda: "daw" in bench.call("audiowatch", "status").stdout)
    # periods of 85 ms, so that a burn is more than one in a hundred
    bench.engine("--frames", 4096, "--load", 0, "--script", script, "--name", "daw")
    before = wait_told(bench, "AudioProcessingOverload", "firing")
    assert before["labels"] == {"app": "daw", "instance_id": "1", "engine": "engine1"}, before
    lib.wait_for("it is saved", lambda: alert_line(bench, "AudioProcessingOverload", "firing"))
    collector.kill()
    again = configured(bench)
    lib.wait_for("it is judged again", lambda: told(bench, "AudioProcessingOverload")[0]["n"] > 20)
    (after,) = told(bench, "AudioProcessingOverload")
    assert (after["labels"], after["since"], after["timestamp"]) == (before["labels"], before["since"], before["timestamp"]), after
    assert transitions(again, "AudioProcessingOverload") == []


def what_a_successor_lacks_closed_while_nobody_looked(bench):
    collector = configured(bench)
    script = os.path.join(bench.folder, "script")
    with open(script, "w") as file:
        file.writelines(f"at {second} burn 60 on 2\n" for second in range(1, 100))
    engine = bench.engine("--engines", 2, "--frames", 4096, "--load", 0, "--script", script, "--name", "daw")
    before = wait_told(bench, "AudioProcessingOverload", "firing")
    assert before["labels"] == {"app": "daw", "instance_id": "0", "engine": "engine2"}, before
    lib.wait_for("it is saved", lambda: alert_line(bench, "AudioProcessingOverload", "firing"))
    collector.kill()
    assert engine.stop() == 0
    bench.engine("--load", 0, "--name", "daw")
    again = configured(bench)
    lib.wait_for("it has ended", lambda: transitions(again, "AudioProcessingOverload"))
    assert transitions(again, "AudioProcessingOverload") == [("firing", "inactive", "closed")]


def an_alert_whose_rule_is_gone_ends(bench):
    killed_with_a_dead_engine(bench, "0s", "firing")
    path = os.path.join(bench.folder, "other.yml")
    with open(path, "w") as file:
        file.write("rules:\n  alerts:\n    - {alert: EngineDown, enabled: false}\n")
    collector = bench.collector("--config", path, "--log-format", "json")
    assert transitions(collector, "EngineDown") == [("firing", "inactive", "config")]
    assert told(bench, "EngineDown") == []


def a_raised_for_returns_it_to_pending(bench):
    killed_with_a_dead_engine(bench, "0s", "firing")
    collector = configured(bench, "1h")
    assert [alert["state"] for alert in told(bench, "EngineDown")] == ["pending"]
    assert transitions(collector, "EngineDown") == [("firing", "pending", "")]


def silences_survive_and_their_ids_go_on(bench):
    def silence(*words):
        called = bench.call("audiowatch", "silence", *words)
        assert called.returncode == 0, called
        return called.stdout

    collector = configured(bench)
    silence("--app", "gone", "--for", "30d")
    silence("--alert", "EngineDown", "--app", "daw", "--for", "30m", "sound check")
    silence("--alert", "EngineDown", "--for", "1m")
    silence("--end", 3)
    silence("--end", 1)
    (before,) = json.loads(silence("--list", "--json"))
    lib.wait_for("they are saved", lambda: [line.get("id", "last") for line in saved(bench).get("silences", [])] == ["last", 2]
                 and saved(bench)["silences"][0]["last_id"] == 3)
    collector.kill()
    again = configured(bench)
    assert json.loads(silence("--list", "--json")) == [before]
    assert silence("--app", "synth", "--for", "1m").startswith("silence 4 ")
    assert again.stop() == 0
    configured(bench)
    assert [line["id"] for line in json.loads(silence("--list", "--json"))] == [2, 4]


def a_silence_of_a_rule_that_is_gone_stays_and_is_listed_as_such(bench):
    first = configured(bench)
    for words in (["--alert", "StateFailing"], ["--alert", "EngineDown"], ["--app", "daw"]):
        assert bench.call("audiowatch", "silence", *words, "--for", "1h").returncode == 0, words
    assert first.stop() == 0
    second = bench.collector()
    assert [line["alert_known"] for line in json.loads(second.get("/api/v1/monitoring/silence").body)] == [False, True, True]
    gone, known, app = bench.call("audiowatch", "silence", "--list").stdout.splitlines()[1:]
    assert "StateFailing (no such rule)" in gone and "no such" not in known + app, (gone, known, app)
    assert second.stop() == 0
    configured(bench)
    assert "no such" not in bench.call("audiowatch", "silence", "--list").stdout


def a_file_that_makes_no_sense_is_kept_aside(bench):
    killed_with_a_dead_engine(bench, "0s", "firing")
    with open(state(bench), "r+b") as file:
        file.seek(100)
        byte = file.read(1)
        file.seek(100)
        file.write(bytes([byte[0] ^ 1]))
    with open(state(bench), "rb") as file:
        damaged = file.read()
    collector = configured(bench)
    lines = [json.loads(line) for line in collector.err if '"memory"' in line]
    assert len(lines) == 1 and lines[0]["level"] == "WARN" and "state.refused" in lines[0]["message"], lines
    assert "damaged" in lines[0]["metadata"]["why"] and lines[0]["metadata"]["dir"] == bench.folder, lines
    with open(state(bench) + ".refused", "rb") as file:
        assert file.read() == damaged
    assert told(bench, "EngineDown") == []
    lib.wait_for("a new one is written", lambda: alert_line(bench, "AudiowatchWatchdog", "firing"))
    assert collector.scrape().get("audiowatch_state_write_failures_total") == 0


def of_memory(collector):
    lines = [json.loads(line) for line in list(collector.err)]
    return [(line["level"], line.get("metadata", {})) for line in lines if line["component"] == "memory"]


def a_state_that_cannot_be_written_degrades_the_health_and_is_a_component(bench):
    collector = configured(bench)

    def health():
        answer = collector.get("/health")
        assert answer.status == 200, answer
        told = json.loads(answer.body)
        return told["status"], told["components"]["history"]["status"]

    def up():
        return collector.scrape().get("audiowatch_component_up", component="history")

    assert health() == ("healthy", "healthy")
    assert up() == 1
    # where the new file is to be: root is refused, too
    lib.wait_for("it is in the way", lambda: make_folder(state(bench) + ".new"))
    assert bench.call("audiowatch", "silence", "--app", "daw", "--for", "1m").returncode == 0
    lib.wait_for("it is degraded", lambda: health() == ("degraded", "degraded") and up() == 0)
    alert = wait_told(bench, "StateFailing", "firing")
    texts = alert["annotations"]
    assert bench.folder in texts["description"] and "Is a directory" in texts["description"], texts
    assert "take away the directory" in texts["cause"], texts
    os.rmdir(state(bench) + ".new")
    lib.wait_for("it is well again by itself, and sooner than in a minute", lambda: health() == ("healthy", "healthy") and up() == 1)
    lib.wait_for("it is resolved", lambda: not told(bench, "StateFailing"))
    (failing, well) = of_memory(collector)
    assert (failing[0], failing[1]["dir"], failing[1]["error"]) == ("WARN", bench.folder, "Is a directory"), failing
    assert "take away the directory" in failing[1]["cure"] and (well[0], well[1]["dir"]) == ("INFO", bench.folder), (failing, well)


def a_collector_without_a_state_folder_says_that_nothing_outlives_it(bench):
    nowhere = os.path.join(bench.folder, "file", "state")
    with open(os.path.dirname(nowhere), "w"):
        pass
    named = bench.call("audiowatchd", "--listen", "127.0.0.1:0", "--state-dir", nowhere)
    assert named.returncode == 1 and nowhere in named.stderr, named
    collector = bench.collector("--log-format", "json", env={"STATE_DIRECTORY": nowhere})  # nobody named it
    told = json.loads(collector.get("/health").body)
    assert told["status"] == "degraded" and told["components"]["history"]["error"] == "there is no state directory", told
    assert "--state-dir" in told["components"]["history"]["cure"], told
    ((level, line),) = of_memory(collector)
    assert level == "WARN" and line["error"] == "there is no state directory" and "--state-dir" in line["cure"], line
    assert collector.scrape().get("audiowatch_component_up", component="history") == 0


lib.run(globals())
