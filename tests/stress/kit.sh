#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The amalgamation and the C++ guards by each compiler at each of its settings; make check tries each compiler once and
# each setting once.
# timeout: 1200
set -euo pipefail
export AW_EVERY=1
tests/e2e/amalgamation.py
tests/e2e/guards.py
