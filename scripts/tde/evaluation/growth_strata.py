"""What P(TDE) is worth while an event goes on, near and far, bright and faint: one table beside that of all objects."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from tde.evaluation.growth import N_BOOTSTRAP, SEED
from tde.evaluation.metrics import average_precision
from tde.evaluation.resampling import bootstrap_weights
from tde.lightcurves import LightCurves
from tde.pages.columns import Beside, TableColumn
from tde.pages.printed_table import Table
from tde.photometry import ab_magnitude

N_STRATA = 3
"""Strata per quantity, with equal numbers of TDEs."""

NOTES = (
    "AP of `both`, with its error over parents, of the objects in thirds of the TDEs by redshift and by the AB"
    " magnitude m of the brightest observation (flux - flux_err, any band, of the whole light curve). The share of TDEs"
    " differs from column to column: {shares}.",
)


class Stratum(NamedTuple):
    """Objects alike in one quantity.

    Attributes
    ----------
    words : str
        The quantity and its range.
    inside : ndarray of bool, shape (n,)
    """

    words: str
    inside: np.ndarray


def peak_magnitude(lightcurves: LightCurves) -> np.ndarray:
    """AB magnitude of the brightest observation, by flux - flux_err, shape (n,); NaN where none is positive.

    Parameters
    ----------
    lightcurves : LightCurves
        ``n`` objects.
    """
    brightest = np.full(len(lightcurves), np.nan)
    observed = np.flatnonzero(np.diff(lightcurves.offsets) > 0)
    if len(observed):
        low = lightcurves.flux - lightcurves.flux_err
        brightest[observed] = np.maximum.reduceat(low, lightcurves.offsets[observed])
    return ab_magnitude(brightest)


def strata_of(positive: np.ndarray, quantities: Mapping[str, np.ndarray]) -> list[Stratum]:
    """Divide objects by each quantity so that every part holds as many TDEs.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
    quantities : mapping of str to ndarray, shape (n,)
        NaN is in no part.
    """
    found = []
    for name, values in quantities.items():
        inner = np.nanquantile(values[positive], np.arange(1, N_STRATA) / N_STRATA)
        words = [f"< {inner[0]:.2f}", *(f"{a:.2f}-{b:.2f}" for a, b in itertools.pairwise(inner))]
        part = np.where(np.isnan(values), -1, np.searchsorted(inner, values))
        found += [Stratum(f"{name} {text}", part == k) for k, text in enumerate([*words, f"> {inner[-1]:.2f}"])]
    return found


def stratum_scores(
    strata: list[Stratum], positive: np.ndarray, probability: np.ndarray, parents: np.ndarray
) -> dict[str, float]:
    """Average precision of each stratum and its error, as cells of `growth_by_stratum`.

    Parameters
    ----------
    strata : list of Stratum
    positive : ndarray of bool, shape (n,)
    probability : ndarray, shape (n,)
        P(TDE).
    parents : ndarray of int, shape (n,)
        Groups for the bootstrap.
    """
    weights = bootstrap_weights(parents, N_BOOTSTRAP, SEED)
    cells = {}
    for k, (_, inside) in enumerate(strata):
        p, true = probability[inside], positive[inside]
        cells[f"ap_{k}"] = float(average_precision(true, p)[0]) if true.any() else np.nan
        cells[f"ap_{k}_error"] = (
            float(np.nanstd(average_precision(true, p, weights[:, inside]))) if true.any() else np.nan
        )
    return cells


def growth_by_stratum(rows: list[dict[str, Any]], strata: list[Stratum], positive: np.ndarray) -> Table:
    """Put the scores of strata into a table: a row for each state.

    Parameters
    ----------
    rows : list of dict
        ``light curves`` and what `stratum_scores` gave.
    strata : list of Stratum
    positive : ndarray of bool, shape (n,)
    """
    columns = [TableColumn("light curves")]
    for k, (words, _) in enumerate(strata):
        error = f"ap_{k}_error"
        columns.append(TableColumn(f"ap_{k}", "float", words, format=".2f", beside=(Beside(error, " ± {}"),)))
        columns.append(TableColumn(error, "float", f"{words}, error", format=".2f", shown=False))
    shares = ", ".join(f"{positive[inside].mean():.3f}" for _, inside in strata)
    return Table("Near and far, bright and faint", columns, rows, [note.format(shares=shares) for note in NOTES])
