#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The demonstration: a collector and a scripted engine, then one line a second of what the collector serves.
# RUN_SECONDS=n ends it after n seconds, else Ctrl-C does; RUN_LISTEN=ADDR:PORT is where the collector listens;
# AW_BIN is where the programs are. Nothing stays behind: everything is ended by its pid, and the prefix is private.
set -uo pipefail

bin=${AW_BIN:-$(dirname "$0")/../../build/bin}
listen=${RUN_LISTEN:-127.0.0.1:19815}
seconds=${RUN_SECONDS:-0}
prefix=audiowatch-run-$$
dir=${AUDIOWATCH_DIR:-/dev/shm}
work='' tick='' # the folder of logs; a pipe that nobody writes to: waiting on it needs no process
order=()        # what was started, in this order
declare -A pids=()

fail() {
	echo "run: $*" >&2
	exit 1
}

pause() { # $1 seconds; a trap runs at once
	read -rt "$1" -u "$tick" || true
}

alive() { # not a zombie either: within a trap bash reaps nobody
	local line=''
	{ read -r line <"/proc/${pids[$1]}/stat"; } 2>/dev/null
	[[ ${line##*) } == [!ZX]* ]]
}

start() { # $1 name, the rest its command
	local name=$1
	shift
	: >"$work/$name.log"
	"$@" >"$work/$name.log" 2>&1 </dev/null &
	pids[$name]=$!
	order+=("$name")
}

died() { # $1 name
	local status
	wait "${pids[$1]}"
	status=$?
	echo "run: $1 ended early with status $status; the last lines of its log:" >&2
	tail -n 15 "$work/$1.log" | sed 's/^/  /' >&2
	exit 1
}

await_line() { # $1 name, $2 a pattern its log will hold
	local tries=300
	until grep -q -- "$2" "$work/$1.log"; do
		alive "$1" || died "$1"
		((tries--)) || fail "$1 says no \"$2\" for 15 s; its log: $(tail -n 5 "$work/$1.log")"
		pause 0.05
	done
}

end() { # $1 name: asked first, then made to
	local tries=60
	kill -TERM "${pids[$1]}" 2>/dev/null
	while alive "$1" && ((tries--)); do pause 0.05; done
	kill -KILL "${pids[$1]}" 2>/dev/null
	wait "${pids[$1]}" 2>/dev/null
}

end_all() {
	local i
	trap '' INT TERM HUP PIPE
	for ((i = ${#order[@]} - 1; i >= 0; i--)); do end "${order[i]}"; done
	if [[ -n $work ]]; then rm -rf "$work"; fi
	rm -f "$dir/$prefix-"*
}

scrape() {
	# shellcheck disable=SC2016 # $0 and $1 are the inner shell's
	timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "GET /metrics HTTP/1.0\r\nHost: %s\r\n\r\n" "$0" >&3 && cat <&3' \
		"${address%:*}" "${address##*:}" 2>/dev/null
}

# The first line: sums for the next call; the second: what people read.
summary() { # $1 milliseconds since the last scrape, $2 the last sums
	LC_ALL=C awk -v ms="$1" -v last="$2" '
	function label(name,   at, rest) {
		at = index($0, name "=\"")
		if (!at) return "?"
		rest = substr($0, at + length(name) + 2)
		return substr(rest, 1, index(rest, "\"") - 1)
	}
	BEGIN { split(last, old, " ") }
	/^audio_engine_blocks_total\{/ { blocks += $NF }
	/^audio_engine_deadline_misses_total\{/ { misses += $NF }
	/^audio_engine_render_time_seconds_sum\{/ { time += $NF }
	/^audio_engine_render_time_seconds_count\{/ { timed += $NF }
	/^audio_engine_render_time_max_seconds\{/ { if ($NF > max) max = $NF }
	/^ffi_calls_total\{/ { calls += $NF }
	/^audio_engine_state\{/ && $NF == 1 { states = states "  " label("engine") " " label("state") }
	END {
		if (!(ms > 0)) ms = 1000
		mean = timed > old[3] ? (time - old[2]) / (timed - old[3]) : 0
		printf "%.0f %.9f %.0f %.0f\n", blocks, time, timed, calls
		printf "%6.1f blocks/s  render mean %.2f ms  max %.2f ms  misses %d  %.1f FFI calls/s%s\n",
			(blocks - old[1]) * 1000 / ms, mean * 1000, max * 1000, misses, (calls - old[4]) * 1000 / ms, states
	}'
}

now_ms() {
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

events() { # a day of them
	local t
	for ((t = 4; t < 86400; t += 10)); do
		echo "at $t burn 30 on 1"
		echo "at $((t + 1)) ffi scan_plugins 150"
		echo "at $((t + 3)) xrun jack on 2"
	done
}

watch_run() {
	local last=$began sums='0 0 0 0' now line name
	while :; do
		pause 1
		for name in "${order[@]}"; do alive "$name" || died "$name"; done
		now=$(now_ms)
		{ read -r sums && read -r line; } < <(scrape | summary $((now - last)) "$sums")
		last=$now
		printf '%4d s  %s\n' $(((now - began) / 1000)) "$line"
		((seconds && now - began >= seconds * 1000)) && return
	done
}

[[ $listen =~ ^[0-9a-zA-Z.]+:[0-9]+$ ]] || fail "RUN_LISTEN: \"$listen\" is no ADDRESS:PORT (try 127.0.0.1:19816)"
[[ $seconds =~ ^[0-9]+$ ]] || fail "RUN_SECONDS: \"$seconds\" is no whole number (try 10)"
for program in audiowatchd audiowatch-demo-engine; do
	[[ -x $bin/$program ]] || fail "$bin/$program is missing (try make)"
done
if [[ ${listen##*:} != 0 ]] && (exec 3<>"/dev/tcp/${listen%:*}/${listen##*:}") 2>/dev/null; then
	fail "$listen is in use, by another make run or a collector (try RUN_LISTEN=127.0.0.1:0 make run)"
fi

trap end_all EXIT
trap 'exit 0' INT TERM HUP PIPE
work=$(mktemp -d) || fail "no temporary folder"
mkfifo "$work/tick" || fail "no pipe in $work"
exec {tick}<>"$work/tick"
export AUDIOWATCH_PREFIX=$prefix AUDIOWATCH_DIR=$dir STATE_DIRECTORY=$work

start audiowatchd "$bin/audiowatchd" --listen "$listen" --prefix "$prefix" --dir "$dir"
await_line audiowatchd 'listening on [^ ]*:[0-9]'
address=$(grep -o 'listening on [^ ",]*:[0-9]*' "$work/audiowatchd.log" | head -n 1 | cut -d ' ' -f 3)
echo "http://$address/metrics   Ctrl-C ends it"
events >"$work/events"
began=$(now_ms)
start audiowatch-demo-engine "$bin/audiowatch-demo-engine" --name demo --engines 2 --channels 4 --load 0.25 --active \
	--ffi 50 --functions 2 --ffi-ms 2 --ffi-errors 0.01 --script "$work/events"
await_line audiowatch-demo-engine '^ready '
watch_run
