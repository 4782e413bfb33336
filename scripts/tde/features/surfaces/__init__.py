"""How well the colours of each class fit the outburst, with colour surfaces learnt from the training objects.

A surface says how the spectrum of a class looks over rest wavelength and phase
(`tde.surfaces.surface`). Log-likelihoods are those of the observations -50..150 rest-frame days from
the peak, F(t) being a Gaussian process; the reference is a black body of constant
temperature, with its likelihood averaged over temperatures.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from tde.curves import Curves
from tde.features.shared.conventions import REST
from tde.features.shared.edges import inside
from tde.features.shared.learning import Learnt, Sample
from tde.features.table import Column
from tde.lightcurves import LightCurves
from tde.numerics.elementary import LN_10
from tde.surfaces.learnt_surfaces import pack_surfaces, unpack_surfaces
from tde.surfaces.outbursts import Outbursts, select_outbursts
from tde.surfaces.surface import black_body
from tde.surfaces.surface_fit import SURFACE_CLASSES, class_log_likelihoods, fit_halves, surface_class
from tde.surfaces.surface_likelihood import log_likelihoods

TEMPERATURES = np.geomspace(5000.0, 45000.0, 16)
"""Temperatures of the reference in Kelvin, equally likely."""

_EDGE = "NaN if 5 or 45 kK is likeliest"

SUPERNOVAE = ("Ia", "II", "IIn", "Ibc", "SLSN")

MATERN = "Matern-3/2 process: Hartikainen & Sarkka 2010, MLSP, eq. 12"


def columns() -> list[Column]:
    """The columns, in the order of `compute`."""
    names = {name.lower(): name for name in SURFACE_CLASSES}
    return [
        *(
            Column(f"{key}_minus_bb", "", f"ln L of the colours of class {name} - that of a black body", source=MATERN)
            for key, name in names.items()
        ),
        *(
            Column(f"{name.lower()}_minus_best", "", f"ln L of class {name} - that of the best supernova class")
            for name in SUPERNOVAE
        ),
        Column("best_minus_bb", "", "ln L of the best supernova class - that of a black body"),
        Column("best_minus_bb_per_point", "", "that difference of ln L / number of observations near the peak"),
        Column("tde_minus_best", "", "ln L of class TDE - that of the best supernova class"),
        Column("tde_minus_agn", "", "ln L of class TDE - that of class AGN"),
        Column("log_temperature", "dex(K)", "mean log10(T / K) of the black body, weights L", frame=REST, edge=_EDGE),
        Column("log_temperature_sd", "dex", "standard deviation (n) of log10 T, weights L", frame=REST, edge=_EDGE),
    ]


class Compared(NamedTuple):
    """What is compared with the surfaces of the classes: outbursts, and their likelihood as black bodies.

    Attributes
    ----------
    outbursts : Outbursts
    log_likelihood : ndarray, shape (n,)
        Logarithm of the mean likelihood over `TEMPERATURES`.
    log_temperature, log_temperature_sd : ndarray, shape (n,)
        Mean and deviation of ln T; NaN where the hottest or the coldest is the likeliest.
    """

    outbursts: Outbursts
    log_likelihood: np.ndarray
    log_temperature: np.ndarray
    log_temperature_sd: np.ndarray


@lru_cache(maxsize=2)  # fold after fold asks for the same objects, with exact and with scattered redshifts
def _compared(lightcurves: LightCurves, rank1: Curves) -> Compared:
    outbursts = select_outbursts(lightcurves, rank1.parameters)
    values = np.column_stack([log_likelihoods(black_body(t), outbursts) for t in TEMPERATURES])
    highest = values.max(axis=1)  # NaN stays NaN
    share = np.exp(values - highest[:, None])
    total = share.sum(axis=1)
    likeliest = share.argmax(axis=1).astype(float)
    within = inside(likeliest, 0, len(TEMPERATURES) - 1) - likeliest  # 0, or NaN
    log_t = np.log(TEMPERATURES)
    mean = (share * log_t).sum(axis=1) / total
    variance = (share * (log_t - mean[:, None]) ** 2).sum(axis=1) / total
    return Compared(outbursts, highest + np.log(total / len(TEMPERATURES)), mean + within, np.sqrt(variance) + within)


def learn(lightcurves: LightCurves, sample: Sample, rank1: Curves) -> Learnt:
    """Learn the colour surfaces of the classes.

    Parameters
    ----------
    lightcurves : LightCurves
    sample : Sample
        The same objects.
    rank1 : Curves
        Of the same objects.
    """
    outbursts = select_outbursts(lightcurves, rank1.parameters)
    return pack_surfaces(fit_halves(outbursts, surface_class(sample.spec_type), sample.half))


def compute(lightcurves: LightCurves, rank1: Curves, learnt: Learnt, half: np.ndarray | None = None) -> np.ndarray:
    """Compute the features from colour surfaces.

    Parameters
    ----------
    lightcurves : LightCurves
    rank1 : Curves
        Of the same objects.
    learnt : Learnt
        Of `learn`.
    half : ndarray of int, shape (n,), optional
        The half that each object was in while the surfaces were learnt.

    Returns
    -------
    ndarray, shape (n_objects, n_columns)
    """
    outbursts, black_bodies, mean, deviation = _compared(lightcurves, rank1)
    value = class_log_likelihoods(outbursts, unpack_surfaces(learnt), half)
    of = dict(zip(SURFACE_CLASSES, value.T, strict=True))
    supernovae = np.column_stack([of[name] for name in SUPERNOVAE])
    best = np.where(np.isnan(supernovae), -np.inf, supernovae).max(axis=1)
    best = np.where(np.isfinite(best), best, np.nan)
    points = np.diff(outbursts.offsets)
    return np.column_stack(
        [
            *(of[name] - black_bodies for name in SURFACE_CLASSES),
            *(of[name] - best for name in SUPERNOVAE),
            best - black_bodies,
            (best - black_bodies) / np.where(points > 0, points, 1),
            of["TDE"] - best,
            of["TDE"] - of["AGN"],
            mean / LN_10,
            deviation / LN_10,
        ]
    )
