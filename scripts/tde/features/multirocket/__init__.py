"""MultiRocket: four numbers of each convolution of the `gp2d` curves and of their differences.

Series: `tde.convolutions.curve_series.posterior_series`, and the differences of neighbouring epochs.
Convolutions: `tde.convolutions.fixed_convolutions`.
"""

from __future__ import annotations

import numpy as np

from tde.convolutions.curve_series import posterior_series
from tde.convolutions.fixed_convolutions import N_POOLED, N_REFERENCES, TAPS, draw_outbursts
from tde.curves import Curves
from tde.features.minirocket import fixed_features
from tde.features.table import Column
from tde.lightcurves import LightCurves

SOURCE = "Tan et al. 2022, Data Mining and Knowledge Discovery 36, 1623"

POOLED = (
    ("ppv", "share of epochs where convolution {k} exceeds bias {j}"),
    ("mpv", "mean excess of convolution {k} over bias {j}, where there is one"),
    ("mipv", "mean position of the epochs where convolution {k} exceeds bias {j}"),
    ("lspv", "longest run of epochs where convolution {k} exceeds bias {j}"),
)


def columns(n_convolutions: int, seed: int) -> list[Column]:
    """Columns of the family: four of each pair of a convolution and a bias, of curves and differences."""
    n_biases = max(1, n_convolutions // len(TAPS))
    return [
        Column(f"{of}_{name}_{k}_{j}", "", words.format(k=k, j=j), source=SOURCE)
        for of in ("curve", "difference")
        for name, words in POOLED
        for k in range(len(TAPS))
        for j in range(n_biases)
    ]


def compute(lightcurves: LightCurves, gp2d: Curves, n_convolutions: int, seed: int) -> np.ndarray:
    """Fixed convolutions of the curves and of their differences; arguments as in `tde.features.minirocket.compute`.

    ``n_convolutions`` counts the pairs of each of the two.
    """
    rng = np.random.default_rng(seed)
    series, references = posterior_series(gp2d), draw_outbursts(N_REFERENCES, rng)
    parts = [
        fixed_features(curves, outbursts, n_convolutions, N_POOLED, rng)
        for curves, outbursts in ((series, references), (np.diff(series), np.diff(references)))
    ]
    return np.hstack(parts)
