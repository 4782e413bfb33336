"""How far an object lies from the training quantiles of each class, in the peak flux and the colour."""

import numpy as np

from tde.evaluation.classes import CLASSES, five_class
from tde.features.shared.learning import N_HALVES, Learnt, Sample, mean_of_unseen
from tde.features.table import Column
from tde.lightcurves import LightCurves

SHARES = np.array([0.16, 0.5, 0.84])
SUMMARIES = {"peak": "ln of the highest flux", "colour": "mean flux in g - that in r, over their sum of sizes"}


def columns() -> list[Column]:
    """The columns, in the order of `compute`."""
    return [
        Column(f"{name}_{cls.lower()}", "", f"({meaning} - median of class {cls}) / half of its central 68 %")
        for name, meaning in SUMMARIES.items()
        for cls in CLASSES
    ]


def summaries(lightcurves: LightCurves) -> np.ndarray:
    """What is compared, shape (n, 2); NaN where there is nothing to compare."""
    values = np.full((len(lightcurves), len(SUMMARIES)), np.nan)
    for i, rows in enumerate(lightcurves):
        flux, band = lightcurves.flux[rows], lightcurves.band[rows]
        if flux.max(initial=0.0) > 0.0:
            values[i, 0] = np.log(flux.max())
        g, r = (flux[band == code].mean() if (band == code).any() else np.nan for code in (1, 2))
        values[i, 1] = (g - r) / (abs(g) + abs(r) + 1e-6)
    return values


def learn(lightcurves: LightCurves, sample: Sample) -> Learnt:
    """Quantiles of each class, from each half of the training objects."""
    values = summaries(lightcurves)
    classes = np.array([five_class(name) for name in sample.spec_type])
    quantiles = np.full((N_HALVES, len(SUMMARIES), len(CLASSES), len(SHARES)), np.nan)
    for half in range(N_HALVES):
        for c, name in enumerate(CLASSES):
            mine = values[(sample.half == half) & (classes == name)]
            for k in range(len(SUMMARIES)):
                known = mine[np.isfinite(mine[:, k]), k]
                if known.size:
                    quantiles[half, k, c] = np.quantile(known, SHARES)
    return {"quantiles": quantiles}


def compute(lightcurves: LightCurves, learnt: Learnt, half: np.ndarray | None = None) -> np.ndarray:
    """Compute the features, shape (n_objects, 2 * n_classes)."""
    low, median, high = np.moveaxis(learnt["quantiles"], -1, 0)[:, :, None]
    distance = (summaries(lightcurves)[:, :, None] - median) / np.maximum((high - low) / 2.0, 1e-3)
    outside = np.full(len(lightcurves), -1) if half is None else half
    return mean_of_unseen(distance, outside).reshape(len(lightcurves), -1)
