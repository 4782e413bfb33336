"""Where a model does well and where not: scores by what is known of the objects."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from tde.evaluation.metrics import average_precision, cross_fitted, select
from tde.evaluation.predictions import OutOfFold
from tde.lightcurves import LightCurves
from tde.pages.columns import SHORT, TableColumn
from tde.pages.printed_table import Table

N_STRATA = 4
"""Strata per quantity, with equal numbers of TDEs."""

SIGNAL_TO_NOISE_QUANTILE = 0.95
"""The signal to noise of an object: this quantile of its flux / flux_err, which one wild point does not make."""


STRATA_COLUMNS = (
    TableColumn("folds"),
    TableColumn("quantity"),
    TableColumn("from", "float", format=SHORT),
    TableColumn("to", "float", format=SHORT),
    TableColumn("objects", "integer", format=","),
    TableColumn("tde", "integer", "TDEs", format=","),
    TableColumn("f1", "float", "F1", format=".2f"),
    TableColumn("precision", "float", format=".2f"),
    TableColumn("recall", "float", format=".2f"),
    TableColumn("average_precision", "float", "AP", format=".2f"),
)

TYPE_COLUMNS = (
    TableColumn("folds"),
    TableColumn("spec_type", heading="spectroscopic type"),
    TableColumn("objects", "integer", format=","),
    TableColumn("called_tde", "float", "called TDE", format=".1f"),
    TableColumn("share_called_tde", "float", "share", format=".1%"),
    TableColumn("mean_probability", "float", "mean P(TDE)", format=".3f"),
)

PROTOCOL = "Out-of-fold predictions of the blend, thresholds chosen on the other folds, means over repeats."

STRATA_NOTES = (
    f"{PROTOCOL} Strata hold equal numbers of TDEs; signal to noise is the {SIGNAL_TO_NOISE_QUANTILE:.0%} quantile of"
    " flux / flux_err over an object's observations.",
)


def strata_table(rows: list[dict[str, Any]]) -> Table:
    """What `strata` gives for several kinds of folds, named in ``folds``, as a table."""
    return Table("Scores by stratum", STRATA_COLUMNS, rows, STRATA_NOTES)


def type_table(rows: list[dict[str, Any]]) -> Table:
    """What `errors_by_type` gives for several kinds of folds, named in ``folds``, as a table."""
    return Table("What is taken for a TDE", TYPE_COLUMNS, rows, [PROTOCOL])


def light_curve_quantities(lightcurves: LightCurves) -> dict[str, np.ndarray]:
    """Number of points, time span [d], redshift and signal to noise of each object, shape (n,) each."""
    n = len(lightcurves)
    span, signal_to_noise = np.full(n, np.nan), np.full(n, np.nan)
    for i, rows in enumerate(lightcurves):
        if rows.stop > rows.start:
            span[i] = lightcurves.mjd[rows.stop - 1] - lightcurves.mjd[rows.start]
            ratio = lightcurves.flux[rows] / lightcurves.flux_err[rows]
            signal_to_noise[i] = np.quantile(ratio, SIGNAL_TO_NOISE_QUANTILE)
    return {
        "number of points": np.diff(lightcurves.offsets).astype(np.float64),
        "time span [d]": span,
        "redshift": lightcurves.z,
        "signal to noise": signal_to_noise,
    }


def _stratum_scores(oof: OutOfFold, selected: np.ndarray, positive: np.ndarray, inside: np.ndarray) -> dict[str, Any]:
    """Scores of the objects of one stratum, means over repeats, with the pooled model's own thresholds."""
    hits = (selected & positive)[:, inside].sum(axis=1)
    chosen, tde = selected[:, inside].sum(axis=1), int(positive[inside].sum())
    precision = [average_precision(positive[inside], p[inside])[0] for p in oof.probability] if tde else [np.nan]
    return {
        "objects": int(inside.sum()),
        "tde": tde,
        "f1": float(np.mean(2.0 * hits / np.maximum(chosen + tde, 1))),
        "precision": float(hits.sum() / chosen.sum()) if chosen.sum() else np.nan,
        "recall": float(np.mean(hits / tde)) if tde else np.nan,
        "average_precision": float(np.mean(precision)),
    }


def strata(
    oof: OutOfFold,
    positive: np.ndarray,
    quantities: dict[str, np.ndarray],
    n_strata: int = N_STRATA,
    sets: np.ndarray | None = None,
) -> list[dict[str, Any]]:
    """Scores in strata of each quantity, and of each set that is learnt from.

    Parameters
    ----------
    oof : OutOfFold
    positive : ndarray of bool, shape (n,)
    quantities : dict of str to ndarray, shape (n,)
        Objects with NaN are in no stratum.
    n_strata : int
        Edges are quantiles of the TDEs.
    sets : ndarray of str, shape (n,), optional

    Returns
    -------
    list of dict
        quantity, from, to, objects, tde, f1, precision, recall, average_precision.
    """
    thresholds = cross_fitted(oof, positive)
    selected = np.array([select(p, f, t) for p, f, t in zip(oof.probability, oof.fold, thresholds, strict=True)])
    rows = []
    for name, values in quantities.items():
        inner = np.unique(np.nanquantile(values[positive], np.arange(1, n_strata) / n_strata))
        edges = np.concatenate([[-np.inf], inner, [np.inf]])
        for low, high in pairwise(edges):
            inside = (values >= low) & (values < high)
            if inside.any():
                bounds = {"from": float(values[inside].min()), "to": float(values[inside].max())}
                rows.append({"quantity": name, **bounds, **_stratum_scores(oof, selected, positive, inside)})
    for name in [] if sets is None else np.unique(sets):
        of_set = {"quantity": f"set {name}" if name else "no set", "from": np.nan, "to": np.nan}
        rows.append(of_set | _stratum_scores(oof, selected, positive, sets == name))
    return rows


def errors_by_type(oof: OutOfFold, positive: np.ndarray, spec_types: list[str]) -> list[dict[str, Any]]:
    """What objects of each spectroscopic type are taken for.

    Parameters
    ----------
    oof : OutOfFold
    positive : ndarray of bool, shape (n,)
    spec_types : list of str, length n

    Returns
    -------
    list of dict
        spec_type, objects, called_tde (mean over repeats), share_called_tde,
        mean_probability; the most often called TDE first.
    """
    types = np.asarray(spec_types)
    thresholds = cross_fitted(oof, positive)
    selected = np.array([select(p, f, t) for p, f, t in zip(oof.probability, oof.fold, thresholds, strict=True)])
    rows = []
    for name in np.unique(types):
        mine = types == name
        called = float(selected[:, mine].sum(axis=1).mean())
        rows.append(
            {
                "spec_type": str(name),
                "objects": int(mine.sum()),
                "called_tde": called,
                "share_called_tde": called / int(mine.sum()),
                "mean_probability": float(oof.probability[:, mine].mean()),
            }
        )
    return sorted(rows, key=lambda row: (-row["called_tde"], row["spec_type"]))
