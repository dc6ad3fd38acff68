#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# G14 and G16 at length: a producer that is stopped for a minute (STRESS_STOP_SECONDS) and a collector that is killed a
# hundred times (STRESS_COLLECTOR_KILLS) under load; make check does a second and five.
# timeout: 86400
set -euo pipefail
. tests/stress/lib.sh

AW_STOP_SECONDS=$(bound STRESS_STOP_SECONDS 60 seconds)
AW_COLLECTOR_KILLS=$(bound STRESS_COLLECTOR_KILLS 100 kills)
export AW_STOP_SECONDS AW_COLLECTOR_KILLS
exec tests/e2e/exact_totals.py
