"""`tde.numerics.elementary` on four numbers side by side: the same steps, so the same bits in every lane."""

from __future__ import annotations

from numba import njit

from tde.numerics.elementary import LN2_HIGH, LN2_LOW, LOG2_E, ROUND_SHIFT, artanh_tail, exp_series
from tde.numerics.lanes import Lanes, clip, power_of_two, split_exponent


@njit(error_model="numpy")
def exp_lanes(x: Lanes) -> Lanes:
    """Exponential of every lane, clipped to [-700, 700]."""
    x = clip(x, -700.0, 700.0)
    shifted = ROUND_SHIFT + LOG2_E * x
    k = -ROUND_SHIFT + shifted
    r = (x - LN2_HIGH * k) - LN2_LOW * k
    return exp_series(r) * power_of_two(shifted)


@njit(error_model="numpy")
def log_lanes(x: Lanes) -> Lanes:
    """Natural logarithm of every lane; all must be positive normal numbers."""
    k, m = split_exponent(x)
    s = (-1.0 + m) / (1.0 + m)
    z = s * s
    tail = 2.0 * s * z * artanh_tail(z)
    return LN2_HIGH * k + (2.0 * s + (tail + LN2_LOW * k))
