#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The models at greater sizes than make check has time for, each to its end. MODEL_MB (12000) bounds the memory of one
# search, and one that does not fit into it fails: MODEL_SEARCHES="lane life" picks some.
# timeout: 86400
set -euo pipefail
. tests/stress/lib.sh

MODEL_MB=$(bound MODEL_MB 12000 megabytes)
export MODEL_MB
exec tests/model/run --large ${MODEL_SEARCHES-}
