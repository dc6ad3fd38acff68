#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The evening of scenarios once more, with every program of it built for ASan and UBSan, and for TSan: what they find
# ends a program, and with it the test. VARIANTS says which.
set -euo pipefail
cd "$(dirname "$0")/../.."

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1} UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:suppressions=$PWD/tests/tsan.supp}
wrap=()
# gcc 12's TSan cannot live with all of a new kernel's randomised addresses
setarch -R true 2>/dev/null && wrap=(setarch -R)

ran=0
for variant in ${VARIANTS:-plain asan tsan}; do
	[[ $variant == plain ]] && continue # make check has it
	echo "$variant:"
	make -s build/"$variant"/bin/audiowatchd build/"$variant"/bin/audiowatch-demo-engine
	AW_BIN=build/$variant/bin "${wrap[@]}" tests/e2e/scenarios.py
	ran=$((ran + 1))
done
((ran)) || { echo "VARIANTS names no sanitizer (try VARIANTS='asan tsan')"; exit 77; }
