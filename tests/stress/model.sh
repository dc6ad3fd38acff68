#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The models at greater sizes than make check has time for, each to its end. MODEL_MB (12000) bounds the memory of one
# search, and one that does not fit into it fails: MODEL_SEARCHES="lane life" picks some.
# timeout: 7200
export MODEL_MB=${MODEL_MB:-12000}
[[ $MODEL_MB =~ ^[1-9][0-9]*$ ]] || { echo "MODEL_MB: \"$MODEL_MB\" is no number of megabytes (try 12000)"; exit 2; }
exec tests/model/run --large ${MODEL_SEARCHES-}
