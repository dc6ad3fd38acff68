#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# make run's script: prints the address and a line a second, ends by RUN_SECONDS or Ctrl-C, and leaves nothing behind;
# a second one at the same port says what is in the way and disturbs nobody. With JACK and jalv where they are
# installed, else with the scripted engine.
# timeout: 180
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

# In a /dev/shm of its own where that may be: JACK's list of eight servers there keeps each one that is killed.
if [[ ! ${AW_OWN_SHM-} ]] && unshare -m mount -t tmpfs none /dev/shm 2>/dev/null; then
	AW_OWN_SHM=yes exec unshare -m bash -c 'mount -t tmpfs none /dev/shm && exec "$0"' "$PWD/tests/e2e/run_ends_clean.sh"
fi

export AW_BIN=${AW_BIN:-build/bin}
export AW_LV2=${AW_LV2:-${AW_BUILD:-build}/lv2}
work=$(mktemp -d)
first='' other=''
trap 'kill -TERM $first $other 2>/dev/null; wait; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

export RUN_ENGINE=scripted
programs=(audiowatchd audiowatch-demo-engine) engine=engine1
if command -v jackd jack_wait jalv >/dev/null && [[ -e $AW_LV2/audiowatch-demo.lv2/gain.so ]]; then
	RUN_ENGINE=jack programs=(audiowatchd jackd jalv audiowatch-jack) engine=gain
fi
echo "RUN_ENGINE=$RUN_ENGINE"

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
	# a script's background child ignores SIGINT; a person's make run does not, and is a group of its own
	setsid env --default-signal=INT "$@" tools/demo/run.sh >"$log" 2>&1 </dev/null &
	first=$!
}

children() { # of pid $1: its programs, into the array pids; what they map of JACK's, into the array mapped
	local all pid found=()
	pids=() mapped=()
	read -ra all <"/proc/$1/task/$1/children"
	for pid in "${all[@]}"; do
		[[ " ${programs[*]} " == *" $(basename "$(readlink "/proc/$pid/exe")") "* ]] || continue
		pids+=("$pid")
		mapfile -t found < <(grep -o '/dev/shm/jack-[0-9]*-[0-9]*' "/proc/$pid/maps" | sort -u)
		mapped+=("${found[@]}")
	done
	((${#pids[@]} == ${#programs[@]})) || fail "${programs[*]} were expected to run, not: ${pids[*]}"
	[[ $RUN_ENGINE != jack ]] || ((${#mapped[@]})) || fail "nothing of JACK's is mapped: this checks nothing"
}

left_behind() { # $1 the run's pid; its children and what they mapped are in the arrays
	local pid
	for pid in "${pids[@]}"; do
		[[ -d /proc/$pid ]] && echo "process $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
	done
	ls -d /dev/shm/*audiowatch-run-"$1"[-_]* "${mapped[@]}" 2>/dev/null
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
grep -q "$engine live" "$work/seconds.log" || fail "no line says that $engine is live"
awk '/blocks\/s/ && $3 > 100 { some++ } END { exit !some }' "$work/seconds.log" || fail "no line says that blocks are rendered"
left=$(left_behind "$first")
[[ -z $left ]] || fail "left behind: $left"
[[ $RUN_ENGINE != jack ]] || grep -q '  graph P50 [0-9]' "$work/seconds.log" || fail "no line tells the graph time"
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
kill -INT -- "-$first" # as a terminal does
wait "$first"
status=$?
((status == 0 || status == 130)) || fail "SIGINT ended it with $status"
left=$(left_behind "$first")
[[ -z $left ]] || fail "left behind after SIGINT: $left"
echo "ok    a second run says what is in the way, and SIGINT ends the first"

# 3. A program that dies early is named, with its last lines.
killed() { # $1 which
	local pid status left
	begin died.log RUN_LISTEN=127.0.0.1:0
	await "two lines of numbers" live_lines died.log 2
	children "$first"
	for pid in "${pids[@]}"; do
		[[ $(readlink "/proc/$pid/exe") == */$1 ]] && kill -KILL "$pid"
	done
	wait "$first"
	status=$?
	((status == 1)) || fail "$1 died, and the run ended with $status"
	grep -q "$1 ended early" "$work/died.log" || fail "the run does not say that $1 died"
	left=$(left_behind "$first")
	[[ -z $left ]] || fail "left behind after the death of $1: $left"
}
for program in "${programs[@]}"; do killed "$program"; done
echo "ok    a program that dies early is named"
first=
[[ $RUN_ENGINE == jack ]] || exit 0

# 4. A server that runs already goes on, and so does its client.
server=awtest-$$
jackd -p 64 -n "$server" -d dummy -r 48000 -p 256 >"$work/other.log" 2>&1 </dev/null &
other=$!
answers() {
	jack_wait -s "$server" -c 2>/dev/null | grep -qx running
}
await "a server of its own answers" answers
RUN_SECONDS=2 RUN_LISTEN=127.0.0.1:0 tools/demo/run.sh >"$work/beside.log" 2>&1 </dev/null || fail "beside a server it ended with $?"
grep -q 'gain live' "$work/beside.log" || fail "beside a server it does not render"
answers || fail "the server that ran already does not answer"
kill -TERM "$other"
wait "$other" || fail "the server that ran already ended with $?"
other=
echo "ok    a server that runs already goes on"

# 5. Without a server, or without the packages, the run says so and stops.
refusal() { # $1 its words; the rest environment
	local words=$1 status
	shift
	env RUN_LISTEN=127.0.0.1:0 RUN_SECONDS=3 "$@" tools/demo/run.sh >"$work/refusal.log" 2>&1 </dev/null
	status=$?
	((status == 1)) || fail "without JACK it ended with $status, not 1"
	grep -q -- "$words" "$work/refusal.log" || fail "it does not say \"$words\""
}
mkdir "$work/no-server" "$work/no-package"
printf '#!/bin/sh\necho cannot; exit 3\n' >"$work/no-server/jackd"
chmod +x "$work/no-server/jackd"
refusal 'no JACK server for jalv' PATH="$work/no-server:$PATH"
for program in bash dirname realpath; do ln -s "$(command -v $program)" "$work/no-package/$program"; done
refusal 'jackd is missing, of the package jackd2' PATH="$work/no-package"
echo "ok    no server and no package are said"
