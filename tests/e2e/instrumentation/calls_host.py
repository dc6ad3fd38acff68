# SPDX-License-Identifier: MIT
"""Drives calls.py of docs/instrumentation.md: six calls on two threads, one of which raises."""
import concurrent.futures
import sys
import threading

import calls

caller = threading.get_ident()


def work(number):
    assert threading.get_ident() != caller
    return 1 // number


session = calls.open_session()
function = calls.function_new(session, "divide")
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    futures = [calls.submit(pool, function, lambda number=number: work(number)) for number in (1, 2, 0, 3, 4, 5)]
failed = [type(future.exception()).__name__ for future in futures if future.exception()]
print("ready", flush=True)
sys.stdin.read()
calls.aw.aw_close(session)
sys.exit(failed != ["ZeroDivisionError"])
