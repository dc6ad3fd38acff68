#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The plugin in its host with exact tolerances: frames within two periods of JACK's own frame time. Wants a machine that
# does nothing else.
# timeout: 600
AW_EXACT=1 exec tests/e2e/jalv.py
