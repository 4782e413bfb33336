"""How good the predictions are where the truth is known, compared with what cross-validation promised."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from tde.evaluation.metrics import average_precision, f1_score, log_loss

HEADER = (
    "objects",
    "n",
    "n_TDE",
    "n_selected",
    "purity",
    "purity_err",
    "completeness",
    "completeness_err",
    "f1",
    "average_precision",
    "log_loss",
    "mean_p_TDE",
    "share_of_TDE",
)


def measured(predictions: pa.Table, label: np.ndarray) -> list[dict[str, Any]]:
    """Scores of labelled objects: all of them, and by what may be expected of their calibration.

    Parameters
    ----------
    predictions : pyarrow.Table
        As `tde.predict.classify.prediction_table` makes it.
    label : ndarray of int, shape (n,)
        1 for a TDE, 0 for another object, -1 where it is not known.

    Returns
    -------
    list of dict
        Keys as in `HEADER`; a share of nothing is None. Errors are binomial standard errors.
        Compare mean_p_TDE with share_of_TDE: a calibrated probability has them equal.
    """
    notes = np.array(predictions["calibration"].to_pylist(), dtype=object)
    usable = (label >= 0) & np.array([p is not None for p in predictions["p_TDE"].to_pylist()])
    probability = np.nan_to_num(predictions["p_TDE"].to_numpy(zero_copy_only=False).astype(np.float64))
    selected = np.array(predictions["is_TDE"].to_pylist(), dtype=bool)
    groups = [("all", usable), *((note, usable & (notes == note)) for note in sorted(set(notes[usable])))]
    return [_scores(name, label[w] == 1, probability[w], selected[w]) for name, w in groups if w.any()]


def _scores(name: str, positive: np.ndarray, probability: np.ndarray, selected: np.ndarray) -> dict[str, Any]:
    hits = int((positive & selected).sum())
    purity, purity_err = _share(hits, int(selected.sum()))
    completeness, completeness_err = _share(hits, int(positive.sum()))
    both = 0 < positive.sum() < len(positive)
    return {
        "objects": name,
        "n": len(positive),
        "n_TDE": int(positive.sum()),
        "n_selected": int(selected.sum()),
        "purity": purity,
        "purity_err": purity_err,
        "completeness": completeness,
        "completeness_err": completeness_err,
        "f1": float(f1_score(positive, selected)[0]),
        "average_precision": float(average_precision(positive, probability)[0]) if both else None,
        "log_loss": float(log_loss(positive, probability)[0]),
        "mean_p_TDE": float(probability.mean()),
        "share_of_TDE": float(positive.mean()),
    }


def _share(part: int, whole: int) -> tuple[float | None, float | None]:
    if not whole:
        return None, None
    share = part / whole
    return share, float(np.sqrt(share * (1.0 - share) / whole))
