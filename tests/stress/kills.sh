#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# G4, G5, G15 at length: a hundred thousand producers (STRESS_KILLS) killed at random instants, their births included,
# beside a collector and beside each other, with records in flight and without. Each round has a seed of its own; a
# failure names the one that repeats it.
# timeout: 86400
set -uo pipefail
. tests/stress/lib.sh

wanted=$(bound STRESS_KILLS 100000 kills) || exit
log=$(mktemp)
trap 'rm -f "$log"' EXIT
kills=0 rounds=0

round() { # a command whose log tells "N were killed"
	local told
	"$@" >"$log" 2>&1 || { tail -n 30 "$log"; echo "AW_SEED=$AW_SEED $* fails"; exit 1; }
	told=$(grep -oE '[0-9]+ were killed' "$log" | awk '{ n += $1 } END { print n + 0 }')
	((told)) || { cat "$log"; echo "$* tells of no kill"; exit 1; }
	((kills += told))
}

while ((kills < wanted)); do
	export AW_SEED=$((RANDOM << 30 | RANDOM << 15 | RANDOM))
	round build/plain/tests/rt/test_kill
	round build/plain/tests/rt/test_account
	((rounds % 20)) || round tests/e2e/lives.py
	((++rounds % 10)) || echo "$SECONDS s: $kills of $wanted kills"
done
echo "$kills kills in $rounds rounds, $SECONDS s"
