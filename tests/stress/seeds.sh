#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every randomised test over and over, each time with another seed, for an hour (STRESS_SECONDS). A failure names the seed
# that repeats it: AW_SEED=n build/plain/tests/...
# timeout: 86400
set -uo pipefail
. tests/stress/lib.sh

seconds=$(bound STRESS_SECONDS 3600 seconds) || exit
mapfile -t tests < <(grep -lE "random_seeded" tests/*/test_*.c | sed 's|\(.*\)\.c|build/plain/\1|')
((${#tests[@]})) || { echo "no randomised test was found"; exit 1; }

log=$(mktemp)
trap 'rm -f "$log"' EXIT
rounds=0
while ((SECONDS < seconds)); do
	export AW_SEED=$((RANDOM << 30 | RANDOM << 15 | RANDOM))
	for test in "${tests[@]}" tests/e2e/lives.py; do
		"$test" >"$log" 2>&1 || { tail -n 30 "$log"; echo "AW_SEED=$AW_SEED $test fails"; exit 1; }
	done
	((++rounds % 5)) || echo "$SECONDS of $seconds s: $rounds seeds"
done
echo "$rounds seeds through ${#tests[@]} tests and 200 producers each"
