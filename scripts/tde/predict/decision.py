"""Above which P(TDE) an object is called a TDE: by what the user wants of the list."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.evaluation.thresholds_by_age import HeldOut, best_f1, of_completeness, of_purity
from tde.predict.bundle import Bundle

Choice = str | Mapping[str, float]
"""``predict.choose``: ``f1``, or one of ``purity``, ``completeness`` and ``budget`` with its number."""

BY_AGE = {"purity": of_purity, "completeness": of_completeness}


def thresholds(bundle: Bundle, choose: Choice, log_age: np.ndarray | None) -> np.ndarray | float:
    """Threshold of each light curve, shape (n,), or one for all.

    Parameters
    ----------
    bundle : Bundle
    choose : Choice
        With a budget the whole list must be known (`within_budget`); until then it is as with ``f1``.
    log_age : ndarray, shape (n,), or None
        Natural logarithm of the days since the trigger; None if only models of whole light curves are asked.

    Raises
    ------
    InputError
        If a purity or completeness is asked of a bundle that knows none by age.
    """
    wanted = "f1" if isinstance(choose, str) else next(iter(choose))
    if bundle.unfinished is None or log_age is None:
        if wanted in BY_AGE:
            raise InputError(f"predict.choose: got {wanted}; allowed with this bundle: f1, budget (no models of views)")
        return bundle.threshold
    return thresholds_by_age(bundle.unfinished.held_out, choose, log_age)


def thresholds_by_age(held_out: HeldOut, choose: Choice, log_age: np.ndarray) -> np.ndarray:
    """Threshold of each light curve by what the models said of others that they had not learnt from, shape (n,).

    Parameters
    ----------
    held_out : HeldOut
    choose : Choice
    log_age : ndarray, shape (n,)
    """
    wanted, number = ("f1", 0.0) if isinstance(choose, str) else next(iter(choose.items()))
    if wanted in BY_AGE:
        return BY_AGE[wanted](held_out, log_age, number)
    return best_f1(held_out, log_age)


def within_budget(predictions: pa.Table, budget: int) -> pa.Table:
    """Call the most probable objects TDEs, as many as there is time to observe.

    Parameters
    ----------
    predictions : pyarrow.Table
        As `tde.predict.classify.prediction_table` makes it, of all objects.
    budget : int
        Ties go by name.
    """
    known = predictions["p_TDE"].is_valid().to_numpy()
    p_tde = predictions["p_TDE"].fill_null(-1.0).to_numpy()
    order = np.lexsort((predictions["object_id"].to_numpy(), -p_tde))[: min(budget, int(known.sum()))]
    chosen = np.zeros(len(p_tde), dtype=bool)
    chosen[order] = True
    least = p_tde[order].min() if len(order) else 1.0
    columns = {"is_TDE": pa.array(chosen), "threshold": pa.array(np.full(len(p_tde), least), mask=~known)}
    for name, values in columns.items():
        predictions = predictions.set_column(predictions.column_names.index(name), name, values)
    return predictions
