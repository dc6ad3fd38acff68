#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# make run's script: prints the address and a line a second, ends by RUN_SECONDS or SIGINT, and leaves nothing behind;
# a second one at the same port says what is in the way and disturbs nobody.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

export AW_BIN=${AW_BIN:-build/bin}
work=$(mktemp -d)
first=
trap '[[ -n $first ]] && kill -TERM "$first" 2>/dev/null; wait; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

fail() {
	echo "FAIL: $*"
	tail -n 30 "$work"/*.log
	exit 1
}

await() { # $1 what, the rest a command that comes true within 30 s
	local what=$1 tries=600
	shift
	until "$@"; do
		((tries--)) || fail "waited in vain: $what"
		sleep 0.05
	done
}

begin() { # $1 log; the rest environment
	local log=$work/$1
	shift
	: >"$log"
	# a script's background child ignores SIGINT; a person's make run does not
	env --default-signal=INT "$@" tools/demo/run.sh >"$log" 2>&1 </dev/null &
	first=$!
}

children() { # of pid $1: its two programs, into the array pids
	local all pid
	pids=()
	read -ra all <"/proc/$1/task/$1/children"
	for pid in "${all[@]}"; do
		grep -qz '/audiowatch' "/proc/$pid/cmdline" 2>/dev/null && pids+=("$pid")
	done
	((${#pids[@]} == 2)) || fail "two programs were expected to run, not: ${pids[*]}"
}

left_behind() { # $1 the run's pid, the rest its children
	local run=$1 pid
	shift
	for pid in "$@"; do
		[[ -d /proc/$pid ]] && echo "process $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
	done
	ls -d /dev/shm/audiowatch-run-"$run"-* 2>/dev/null
}

live_lines() { # $1 log, $2 how many
	(($(grep -c '^ *[0-9]* s  .*blocks/s' "$work/$1") >= $2))
}

# 1. RUN_SECONDS ends it; meanwhile it tells the address first, and numbers.
begin seconds.log RUN_SECONDS=3 RUN_LISTEN=127.0.0.1:0
await "a first line of numbers" live_lines seconds.log 1
children "$first"
wait "$first" || fail "RUN_SECONDS=3 ended with $?"
head -n 1 "$work/seconds.log" | grep -q '^http://127.0.0.1:[0-9]*/' || fail "the first line is no address"
live_lines seconds.log 3 || fail "fewer than three lines in three seconds"
grep -q 'engine1 live' "$work/seconds.log" || fail "no line says that engine1 is live"
awk '/blocks\/s/ && $3 > 100 { some++ } END { exit !some }' "$work/seconds.log" || fail "no line says that blocks are rendered"
left=$(left_behind "$first" "${pids[@]}")
[[ -z $left ]] || fail "left behind: $left"
echo "ok    RUN_SECONDS ends it and nothing is left behind"

# 2. A second run at its port says so, and disturbs nothing; SIGINT ends the first.
begin held.log RUN_LISTEN=127.0.0.1:0
await "a first line of numbers" live_lines held.log 1
children "$first"
address=$(sed -n '1s|^http://\([^/]*\)/.*|\1|p' "$work/held.log")
RUN_SECONDS=3 RUN_LISTEN=$address tools/demo/run.sh >"$work/second.log" 2>&1 </dev/null
status=$?
((status == 1)) || fail "the second run ended with $status, not 1"
[[ $(<"$work/second.log") == "run: $address is in use"* ]] || fail "the second run does not say what is in the way"
(($(wc -l <"$work/second.log") == 1)) || fail "the second run says more than one line"
await "the first run goes on" live_lines held.log 3
kill -INT "$first"
wait "$first"
status=$?
((status == 0 || status == 130)) || fail "SIGINT ended it with $status"
left=$(left_behind "$first" "${pids[@]}")
[[ -z $left ]] || fail "left behind after SIGINT: $left"
echo "ok    a second run says what is in the way, and SIGINT ends the first"

# 3. A program that dies early is named, with its last lines.
begin died.log RUN_LISTEN=127.0.0.1:0
await "a first line of numbers" live_lines died.log 1
children "$first"
for pid in "${pids[@]}"; do
	[[ $(readlink "/proc/$pid/exe") == */audiowatch-demo-engine ]] && kill -KILL "$pid"
done
wait "$first"
status=$?
((status == 1)) || fail "a program died, and the run ended with $status"
grep -q 'audiowatch-demo-engine ended early' "$work/died.log" || fail "the run does not say which program died"
left=$(left_behind "$first" "${pids[@]}")
[[ -z $left ]] || fail "left behind after a death: $left"
echo "ok    a program that dies early is named"
first=
