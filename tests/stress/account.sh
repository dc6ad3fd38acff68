#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# G5 at length: a billion records (STRESS_RECORDS) at any mix of speeds, laps, stops and kills, every one accounted for.
# timeout: 7200
set -euo pipefail

records=${STRESS_RECORDS:-1000000000}
[[ $records =~ ^[1-9][0-9]*$ ]] || { echo "STRESS_RECORDS: \"$records\" is no number of records (try 1000000000)"; exit 2; }
AW_RECORDS=$records exec build/plain/tests/rt/test_account
