"""exp and log with the same bits on every CPU.

The C library's exp and log differ in the last bit between processors (with and
without fused multiply-add), and an optimiser turns a last bit into another path.
These are built from IEEE additions, multiplications and divisions alone, which
round alike everywhere; numba never contracts them because fastmath is off.
They are free of branches in the hot path, so that loops over them vectorise.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

Number = Any
"""A float, or four of them side by side (`tde.numerics.lanes.Lanes`): one function is compiled for either."""

LOG_2PI = 1.8378770664093453
"""ln(2 pi)."""

LN_10 = 2.302585092994046
"""ln 10, written out: the C library's logarithm may differ in the last bit between processors."""

LOG2_E = 1.4426950408889634
LN2_HIGH = 6.93147180369123816490e-01  # ln 2 in two parts: the high one has trailing zero bits,
LN2_LOW = 1.90821492927058770002e-10  # so that its product with an integer is exact
ROUND_SHIFT = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer kept in the low bits
EXPONENT_BIAS = 1023
MANTISSA_BITS = 52
ONE_BITS = EXPONENT_BIAS << MANTISSA_BITS
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD


@njit(error_model="numpy")
def exp_series(r: Number) -> Number:
    """Taylor polynomial of exp of degree 13."""
    p = 1.0 / 479001600.0 + (1.0 / 6227020800.0) * r
    p = 1.0 / 39916800.0 + p * r
    p = 1.0 / 3628800.0 + p * r
    p = 1.0 / 362880.0 + p * r
    p = 1.0 / 40320.0 + p * r
    p = 1.0 / 5040.0 + p * r
    p = 1.0 / 720.0 + p * r
    p = 1.0 / 120.0 + p * r
    p = 1.0 / 24.0 + p * r
    p = 1.0 / 6.0 + p * r
    p = 0.5 + p * r
    p = 1.0 + p * r
    return 1.0 + p * r


@njit(error_model="numpy")
def artanh_tail(z: Number) -> Number:
    """Series of (artanh(s) / s - 1) / z in z = s^2, up to the power 21 of s."""
    p = 1.0 / 19.0 + (1.0 / 21.0) * z
    p = 1.0 / 17.0 + p * z
    p = 1.0 / 15.0 + p * z
    p = 1.0 / 13.0 + p * z
    p = 1.0 / 11.0 + p * z
    p = 1.0 / 9.0 + p * z
    p = 1.0 / 7.0 + p * z
    p = 1.0 / 5.0 + p * z
    return 1.0 / 3.0 + p * z


@njit(error_model="numpy")
def exp(x: float) -> float:
    """Exponential of ``x``; ``x`` is clipped to [-700, 700].

    Range reduction by multiples of ln 2 and a Taylor polynomial of degree 13 on
    |r| <= ln(2) / 2; within two units in the last place.
    """
    x = min(max(x, -700.0), 700.0)
    shifted = x * LOG2_E + ROUND_SHIFT
    k = shifted - ROUND_SHIFT
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    power_bits = (np.float64(shifted).view(np.int64) + EXPONENT_BIAS) << MANTISSA_BITS
    return exp_series(r) * np.int64(power_bits).view(np.float64)


@njit(error_model="numpy")
def decay(u: float) -> float:
    """exp(-u) for u >= 0, but never below exp(-75).

    That is nothing beside 1, and products of a few such numbers are still normal ones: with
    others processors are slow.
    """
    return exp(-min(u, 75.0))


@njit(cache=True, error_model="numpy")
def log(x: float) -> float:
    """Natural logarithm of a positive normal number; NaN for anything else.

    x = 2^k m with m in [sqrt(1/2), sqrt(2)), then log m = 2 artanh((m - 1) / (m + 1))
    by its series up to the power 21; within two units in the last place.
    """
    if not (2.2250738585072014e-308 <= x <= 1.7976931348623157e308):
        return math.nan
    bits = np.float64(x).view(np.int64)
    k = (bits - SQRT_HALF_BITS + ONE_BITS >> MANTISSA_BITS) - EXPONENT_BIAS
    m = np.int64(bits - (k << MANTISSA_BITS)).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    tail = 2.0 * s * z * artanh_tail(z)
    return k * LN2_HIGH + (2.0 * s + (tail + k * LN2_LOW))


@njit(cache=True, error_model="numpy")
def log_each(values: np.ndarray) -> np.ndarray:
    """`log` of every element of a one-dimensional array."""
    out = np.empty(values.size)
    for i in range(values.size):
        out[i] = log(values[i])
    return out
