# SPDX-License-Identifier: MIT
"""Where thresholds are decided: at the bounds of the cells in which the producer counts. All exact, in Fractions or whole
nanoseconds."""

import bisect
from fractions import Fraction
from math import isqrt

CLASSIC_NS = [500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 15_000_000, 20_000_000, 25_000_000, 30_000_000,
              50_000_000, 100_000_000, 250_000_000, 1_000_000_000, 2_500_000_000, 10_000_000_000]


def _power_ns(exponent, octave):
    """floor(10^9 * 2^(exponent / octave)); octave is a power of two, so it is repeated square roots of one integer."""
    value = 10 ** (9 * octave) << max(exponent, 0)
    root = value >> -exponent if exponent < 0 else value
    while octave > 1:
        root = isqrt(root)
        octave //= 2
    return root


TIME_NS = sorted({_power_ns(exponent, 32) for exponent in range(-20 * 32, 7 * 32 + 1)} | set(CLASSIC_NS))


def time_ns(threshold_ns):
    """The bound at which a threshold in nanoseconds is decided."""
    return TIME_NS[bisect.bisect_left(TIME_NS, threshold_ns)]


def load(threshold):
    """Loads are counted in twentieths."""
    return Fraction(-(-threshold * 20 // 1), 20)


def wake_ns(threshold_ns):
    """Wake-up delays are counted by powers of two of a second from 2^-20 on; a Fraction, since those below 2^-9 s are no
    whole nanoseconds."""
    bound = Fraction(10 ** 9, 2 ** 20)
    while bound < threshold_ns:
        bound *= 2
    return bound
