"""How near features come to the truth of the simulated objects that they measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

TRANSIENTS = ("TDE", "Ia", "II", "IIn", "Ibc", "SLSN-I", "SLSN-II")
"""Kinds of the simulation whose F(t) is one flare."""


class Quantity(NamedTuple):
    """A quantity that the simulation knows and a feature measures.

    Attributes
    ----------
    name, unit : str
        For people.
    truth : str
        Column of truth.csv.
    family, feature : str
        The feature that measures it.
    kinds : tuple of str
        Kinds of the simulation (column ``class`` of truth.csv) for which the two mean the same.
    to_truth : callable
        From the feature's scale to that of the truth.
    logarithmic : bool
        Whether deviations are ln(estimate / truth); else estimate - truth.
    censored : str
        Feature that is 1 where the estimate is a limit only; empty if there is none.
    """

    name: str
    unit: str
    truth: str
    family: str
    feature: str
    kinds: tuple[str, ...]
    to_truth: Callable[[np.ndarray], np.ndarray] = np.positive
    logarithmic: bool = True
    censored: str = ""


def _power_of_ten(values: np.ndarray) -> np.ndarray:
    return 10.0**values


QUANTITIES = (
    Quantity("rise from half peak", "d", "rise_half", "rank1", "rise_50", TRANSIENTS, censored="rise_50_censored"),
    Quantity("fade to half peak", "d", "fade_half", "rank1", "fade_50", TRANSIENTS, censored="fade_50_censored"),
    *(
        Quantity(
            f"ln({band} / r)", "", f"log_colour_{band}", "rank1", f"log_colour_{band}", ("TDE", "AGN"),
            logarithmic=False,
        )
        for band in "ugizy"
    ),
    Quantity("temperature", "K", "temperature", "rank1", "temperature", ("TDE",), _power_of_ten),
    Quantity("temperature", "K", "temperature", "hypotheses", "bb_log_temperature", ("TDE",), _power_of_ten),
    Quantity("decay index", "", "decay_index", "powerlaw", "decay_index", ("TDE",), logarithmic=False),
    Quantity("decay index", "", "decay_index", "tde_physics", "r_decay_alpha_rest", ("TDE",), np.negative,
             logarithmic=False),
)  # fmt: skip
"""In the order of the panels. Colours are compared where they are the same at all times."""


class Recovery(NamedTuple):
    """Truth and estimate of one quantity, object by object.

    Attributes
    ----------
    quantity : Quantity
    truth, estimate : ndarray, shape (n,)
        Of the objects that have both.
    is_tde : ndarray of bool, shape (n,)
    n_objects : int
        Objects whose truth is known, with an estimate or without.
    """

    quantity: Quantity
    truth: np.ndarray
    estimate: np.ndarray
    is_tde: np.ndarray
    n_objects: int

    @property
    def deviation(self) -> np.ndarray:
        """Estimate against truth: the logarithm of their ratio, or their difference."""
        if self.quantity.logarithmic:
            return np.log(self.estimate / self.truth)
        return self.estimate - self.truth


def recover(
    truth: pa.Table, features: Mapping[str, pa.Table], quantities: Sequence[Quantity] = QUANTITIES
) -> list[Recovery]:
    """Put the truth and the features of the same objects side by side.

    Parameters
    ----------
    truth : pyarrow.Table
        truth.csv of the simulation.
    features : mapping of str to pyarrow.Table
        Feature tables by family; each may hold any of the truth's objects in any order.
        Quantities of other families are left out.
    quantities : sequence of Quantity

    Returns
    -------
    list of Recovery
    """
    return [_recover_one(q, truth, features[q.family]) for q in quantities if q.family in features]


def _recover_one(quantity: Quantity, truth: pa.Table, features: pa.Table) -> Recovery:
    """Truth and estimate where both are defined, the estimate is no limit and, as a logarithm, positive."""
    rows = features.take(pc.index_in(truth["object_id"], value_set=features["object_id"].combine_chunks()))
    kind = truth["class"].to_numpy()
    true = truth[quantity.truth].to_numpy()
    known = np.isin(kind, quantity.kinds) & np.isfinite(true)
    estimate = quantity.to_truth(rows[quantity.feature].to_numpy())
    measured = known & np.isfinite(estimate)
    if quantity.censored:
        measured &= rows[quantity.censored].to_numpy() != 1.0
    if quantity.logarithmic:
        measured &= (estimate > 0.0) & (true > 0.0)
    return Recovery(quantity, true[measured], estimate[measured], kind[measured] == "TDE", int(known.sum()))


def robust_scatter(values: np.ndarray) -> float:
    """1.4826 times the median absolute deviation: the standard deviation if values are normal."""
    return float(1.4826 * np.median(np.abs(values - np.median(values)))) if len(values) else float("nan")


def summarise_recovery(recoveries: Sequence[Recovery]) -> list[dict[str, Any]]:
    """Bias and scatter of each quantity.

    Returns
    -------
    list of dict
        ``quantity``, ``family``, ``feature``, ``objects`` (with known truth), ``measured``
        (with an estimate), ``scale`` (of deviations), ``bias`` (median deviation), its
        standard error, ``scatter`` (robust) and ``correlation`` of ranks; NaN without objects.
    """
    return [
        {
            "quantity": recovery.quantity.name,
            "family": recovery.quantity.family,
            "feature": recovery.quantity.feature,
            "objects": recovery.n_objects,
            "measured": len(recovery.truth),
            "scale": "ln(estimate / truth)" if recovery.quantity.logarithmic else "estimate - truth",
            **_numbers(recovery),
        }
        for recovery in recoveries
    ]


def _numbers(recovery: Recovery) -> dict[str, float]:
    deviation = recovery.deviation
    n, scatter = len(deviation), robust_scatter(deviation)
    ranks = [np.argsort(np.argsort(values)) for values in (recovery.truth, recovery.estimate)]
    return {
        "bias": float(np.median(deviation)) if n else np.nan,
        "bias_error": float(1.2533 * scatter / np.sqrt(n)) if n else np.nan,  # of a median of normal numbers
        "scatter": scatter,
        "correlation": float(np.atleast_2d(np.corrcoef(ranks))[0, 1]) if n > 1 else np.nan,
    }
