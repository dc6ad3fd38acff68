#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# G5 at length: a billion records (STRESS_RECORDS) at any mix of speeds, laps, stops and kills, every one accounted for.
# timeout: 86400
set -euo pipefail
. tests/stress/lib.sh

AW_RECORDS=$(bound STRESS_RECORDS 1000000000 records)
export AW_RECORDS
exec build/plain/tests/rt/test_account
