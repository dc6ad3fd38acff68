#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Many late clients: a hundred thousand xrun reports a second through the public API, from four threads."""

import lib

# A burst of 20 salvoes in 0.4 s is one cycle's: two periods of 512 ms are far longer than it lasts, and shorter than a break.
SALVO, SALVOES, BURSTS = 5000, 20, 3
REPORTS = SALVO * SALVOES * BURSTS
SHARED_RECORDS = 4 * 256  # lanes that any thread writes, and what each holds: no turn of the poll loop reads more of them


def accounted(samples):
    """(published, delivered) of the one source, of which nothing is unaccounted for."""
    published = samples.get("audiowatch_records_published_total")
    delivered = samples.get("audiowatch_records_delivered_total")
    assert published == delivered + samples.sum("audiowatch_records_lost_total"), samples.text
    return published, delivered


def turns(samples):
    return samples.get("audiowatch_poll_duration_seconds_count")


def a_flood_of_reports_is_one_xrun_a_cycle_and_bounded_in_reading_and_log(bench):
    path = f"{bench.folder}/flood.script"
    with open(path, "w") as file:
        file.writelines(f"at {0.5 + 1.6 * burst + 0.02 * salvo:.2f} flood {SALVO}\n" for burst in range(BURSTS) for salvo in range(SALVOES))
        file.write("at 4 xrun host 60000\nat 4 xrun host 60001\n")  # a minute is the longest delay that is believed
    collector = bench.collector("--log-format", "json", "--log-level", "debug")
    engine = bench.engine("--load", 0, "--rate", 16000, "--frames", 8192, "--script", path, "--seconds", 5.6, "--json", "--hold")
    lib.wait_for("the session is known", lambda: collector.scrape().get("audiowatch_sources") == 1)
    lines, before = len(collector.err), collector.scrape()

    told = engine.json()["engines"][0]
    assert told["xruns"] == {"jack": REPORTS, "alsa": 0, "host": 2}, told
    lib.wait_for("every report is counted", lambda: collector.scrape().sum("audio_engine_xrun_reports_total") == REPORTS + 2)
    lib.wait_for("each burst is one xrun", lambda: collector.scrape().get("audio_engine_xruns_total") == BURSTS)
    after = collector.scrape()
    assert after.get("audio_engine_xrun_reports_total", source="jack") == REPORTS
    assert after.get("audio_engine_xrun_invalid_delays_total", source="host") == 1
    assert after.get("audio_engine_xrun_invalid_delays_total", source="jack") == 0
    assert after.get("audio_engine_deadline_misses_total") == 0
    assert after.get("audio_engine_xrun_episodes_total") == 0, "reports alone make no episode"

    # Read: what a turn can hold, however much is told; and it is the work of a turn, not of a report.
    published, delivered = accounted(after)
    assert published > REPORTS, "each report is a record"
    most = SHARED_RECORDS * (turns(after) - turns(before) + 1) + after.get("audio_engine_blocks_total") + 64
    assert delivered <= most, f"{delivered} records in {turns(after) - turns(before)} turns"
    assert after.sum("audiowatch_records_lost_total", reason="lapped") + after.sum(
        "audiowatch_records_lost_total", reason="contended") > 0, "no flood: everything was read"
    spent = after.get("process_cpu_seconds_total") - before.get("process_cpu_seconds_total")
    print(f"      {published:.0f} records, {delivered:.0f} read, {spent / published * 1e9:.0f} ns of the collector's time each")
    # Told: nothing of the reports, whatever the level.
    assert len(collector.err) - lines <= 2, collector.err[lines:]


lib.run(globals())
