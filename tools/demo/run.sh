#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The demonstration: a collector, a JACK server without a sound card, jalv with the instrumented plugin and
# audiowatch-jack that watches it from outside, then one line a second of what the collector serves. RUN_ENGINE=scripted takes the scripted engine instead and needs no JACK.
# RUN_SECONDS=n ends it after n seconds, else Ctrl-C does; RUN_LISTEN=ADDR:PORT is where the collector listens;
# AW_BIN and AW_LV2 are where the programs and the plugin are. Nothing stays behind: everything is ended by its pid,
# and the prefix in shared memory and the JACK server's name are private.
set -uo pipefail

bin=${AW_BIN:-$(dirname "$0")/../../build/bin}
lv2=$(realpath -m "${AW_LV2:-$(dirname "$0")/../../build/lv2}") # LV2 knows no relative one
listen=${RUN_LISTEN:-127.0.0.1:19815}
engine=${RUN_ENGINE:-jack}
seconds=${RUN_SECONDS:-0}
prefix=audiowatch-run-$$
dir=${AUDIOWATCH_DIR:-/dev/shm}
work='' tick='' # the folder of logs; a pipe that nobody writes to: waiting on it needs no process
knobs=''        # the pipe that jalv reads
segments=()     # what the JACK server maps of shared memory; the names tell neither server nor client
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

# In a session of its own, so that Ctrl-C ends this script and this script ends the rest, in order.
start() { # $1 name, the rest its command; its input is $input
	local name=$1
	shift
	: >"$work/$name.log"
	setsid setpriv --pdeathsig TERM "$@" >"$work/$name.log" 2>&1 <"${input:-/dev/null}" &
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
	wait "${pids[$1]}" 2>/dev/null || [[ $1 != jackd ]] || rm -f "${segments[@]}"
}

# JACK keeps eight servers in one list, and one that was killed for ever: its pid may be somebody else's by now. When
# nobody has the list mapped, it is of no more use to anybody. Grep's 1 is "nobody"; 2, that it could not see them all.
drop_stale_servers() {
	[[ -n ${pids[jackd]-} ]] || return # none of ours is in it
	grep -q jack-shm-registry /proc/[0-9]*/maps 2>/dev/null
	(($? != 1)) || rm -f /dev/shm/jack-shm-registry
}

end_all() {
	local i
	trap '' INT TERM HUP PIPE
	for ((i = ${#order[@]} - 1; i >= 0; i--)); do end "${order[i]}"; done
	if [[ -n $work ]]; then rm -rf "$work"; fi
	rm -f "$dir/$prefix-"* /dev/shm/jack_"$prefix"_* /dev/shm/jack_sem.*_"$prefix"_* # a killed server's
	drop_stale_servers
}

scrape() {
	# shellcheck disable=SC2016 # $0 and $1 are the inner shell's
	timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "GET /metrics HTTP/1.0\r\nHost: %s\r\n\r\n" "$0" >&3 && cat <&3' \
		"${address%:*}" "${address##*:}" 2>/dev/null
}

# Two scrapes, the files $2 and $3, in the words people read; $1 ms went by if the older one is empty.
summary() {
	LC_ALL=C awk -v first="$1" '
	function label(name,   at, rest) {
		at = index($0, name "=\"")
		if (!at) return "?"
		rest = substr($0, at + length(name) + 2)
		return substr(rest, 1, index(rest, "\"") - 1)
	}
	function bucket(which,   le) { # the older scrape is taken away
		le = label("le")
		if (!((which, le) in count)) les[which] = les[which] " " le
		count[which, le] += new ? $NF : -$NF
	}
	function ms_of(seconds, limit) { return sprintf("%.2f", 1000 * (limit && seconds > limit ? limit : seconds)) }
	function quantile(which, q, limit,   n, at, i, below, lower, rank) { # as histogram_quantile(), up to what was seen
		n = split(les[which], at, " ")
		if (!n || !((rank = q * count[which, at[n]]) > 0)) return "-"
		for (i = 1; i < n && count[which, at[i]] < rank; i++) { below = count[which, at[i]]; lower = at[i] }
		if (i == n) return ">" ms_of(lower)
		return ms_of(lower + (at[i] - lower) * (rank - below) / (count[which, at[i]] - below), limit)
	}
	/^audio_engine_[^ ]*engine="graph:/ { if (/^audio_engine_render_time_seconds_bucket/) bucket("graph") }
	/^audio_engine_.*app="audiowatch-jack"/ { # the view from outside: no engine of its own
		if (new && /^audio_engine_state/ && $NF == 1 && label("state") != "live")
			states = states "  " label("engine") " " label("state")
		next
	}
	/^audio_engine_render_time_seconds_bucket\{/ { bucket("render") }
	/^ffi_call_duration_seconds_bucket\{/ { bucket("ffi") }
	/^audio_engine_blocks_total\{/ { blocks += new ? $NF : -$NF }
	/^audiowatch_snapshot_timestamp_seconds / { between += new ? $NF : -$NF }
	!new { next }
	/^audio_engine_xruns_total\{/ { xruns += $NF }
	/^audio_engine_render_time_max_seconds\{/ { if ($NF > max) max = $NF }
	/^audiowatch_alert_active\{/ && $NF == 1 && label("alertname") != "AudiowatchWatchdog" {
		alerts = alerts "  " label("alertname") " " label("state")
	}
	/^audio_engine_state\{/ && $NF == 1 { states = states "  " label("engine") " " label("state") }
	END {
		if (!(between > 0 && between < 3600)) between = first / 1000
		graph = "graph" in les ? "  graph P50 " quantile("graph", 0.5) " P99 " quantile("graph", 0.99) " ms" : ""
		printf "%6.1f blocks/s  render P50 %s P99 %s max %.2f ms%s  xruns %d  FFI P99 %s ms%s\n",
			blocks / between, quantile("render", 0.5, max), quantile("render", 0.99, max),
			max * 1000, graph, xruns, quantile("ffi", 0.99), states alerts
	}' new=0 "$2" new=1 "$3"
}

now_ms() {
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

events() { # of the scripted engine, a day of them
	local t
	for ((t = 4; t < 86400; t += 10)); do
		echo "at $t burn 30 on 1"
		echo "at $((t + 1)) ffi scan_plugins 150"
		echo "at $((t + 3)) xrun jack on 2"
	done
}

note_segments() { # a killed server leaves them; another server may have the names once they are gone
	mapfile -t segments < <(grep -o '/dev/shm/jack-[0-9]*-[0-9]*$' "/proc/${pids[jackd]}/maps" 2>/dev/null | sort -u)
}

turn_knobs() { # $1 seconds since the start: jalv's, in each ten seconds an overload and slow FFI calls
	case $(($1 % 10)) in
	4) echo "burn = 6" >&"$knobs" ;;
	5) echo "burn = 1.5" >&"$knobs" ;;
	6) echo "ffi = 150" >&"$knobs" ;;
	8) echo "ffi = 2" >&"$knobs" ;;
	esac
}

watch_run() {
	local now line name
	: >"$work/old"
	while :; do
		pause 1
		for name in "${order[@]}"; do alive "$name" || died "$name"; done
		now=$(now_ms)
		scrape >"$work/new" || { alive audiowatchd || died audiowatchd; fail "$address does not answer"; }
		line=$(summary $((now - began)) "$work/old" "$work/new")
		mv "$work/new" "$work/old"
		printf '%4d s  %s\n' $(((now - began) / 1000)) "$line"
		((seconds && now - began >= seconds * 1000)) && return
		if [[ $knobs ]]; then
			turn_knobs $(((now - began) / 1000))
			note_segments
		fi
	done
}

need() { # $1 what, $2 its package; the rest a command that finds it
	local what=$1 package=$2
	shift 2
	"$@" >/dev/null && return
	fail "$what is missing, of the package $package (make deps GROUP=run installs it; RUN_ENGINE=scripted needs none)"
}

check_scripted() {
	[[ -x $bin/audiowatch-demo-engine ]] || fail "$bin/audiowatch-demo-engine is missing (try make)"
}

start_scripted() {
	events >"$work/events"
	start audiowatch-demo-engine "$bin/audiowatch-demo-engine" --name demo --engines 2 --channels 4 --load 0.25 \
		--active --ffi 50 --functions 2 --ffi-ms 2 --ffi-errors 0.01 --script "$work/events"
	await_line audiowatch-demo-engine '^ready '
}

check_jack() {
	need jackd jackd2 command -v jackd
	need jack_wait jackd2 command -v jack_wait
	need jalv jalv command -v jalv
	[[ -x $bin/audiowatch-jack ]] || fail "$bin/audiowatch-jack is missing (try make)"
	[[ -e $lv2/audiowatch-demo.lv2/gain.so ]] && return
	need "LV2's header" lv2-dev "${PKG_CONFIG:-pkg-config}" --exists lv2
	fail "$lv2/audiowatch-demo.lv2/gain.so is missing (try make)"
}

await_server() {
	local tries=100
	until jack_wait -s "$prefix" -c 2>/dev/null | grep -qx running; do
		alive jackd && ((tries--)) && pause 0.1 && continue
		echo "run: no JACK server for jalv" >&2
		alive jackd || died jackd
		fail "jackd does not answer for 10 s; its log: $(tail -n 5 "$work/jackd.log")"
	done
}

# Without -p 64 the server takes 105 MB of shared memory; without JACK_NO_START_SERVER jalv would start one.
start_jack() {
	start jackd jackd -p 64 -n "$prefix" -d dummy -r 48000 -p 256
	await_server
	mkfifo "$work/knobs" || fail "no pipe in $work"
	exec {knobs}<>"$work/knobs"
	input=$work/knobs start jalv env JACK_DEFAULT_SERVER="$prefix" JACK_NO_START_SERVER=1 LV2_PATH="$lv2" \
		jalv -n gain -x -c burn=1.5 -c channels=4 -c ffi=2 urn:audiowatch:demo:gain
	start audiowatch-jack "$bin/audiowatch-jack" --server "$prefix" --watch gain
}

[[ $listen =~ ^[0-9a-zA-Z.]+:[0-9]+$ ]] || fail "RUN_LISTEN: \"$listen\" is no ADDRESS:PORT (try 127.0.0.1:19816)"
[[ $seconds =~ ^[0-9]+$ ]] || fail "RUN_SECONDS: \"$seconds\" is no whole number (try 10)"
[[ $engine == jack || $engine == scripted ]] || fail "RUN_ENGINE: \"$engine\" is neither jack nor scripted"
[[ -x $bin/audiowatchd ]] || fail "$bin/audiowatchd is missing (try make)"
"check_$engine"
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
began=$(now_ms)
"start_$engine"
watch_run
