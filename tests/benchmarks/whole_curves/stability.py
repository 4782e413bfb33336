"""Columns that hold from one real TDE to the next: how often a TDE lies above an object of another class, by parent.

The share of other objects below it, averaged over the light curves of a real event, is one number per event and column;
its mean over events in units of its error, for the best of the pairs, says how stable a column is. This is what a
bootstrap over events would find.
"""

from __future__ import annotations

import numpy as np
from harness import MEMBERS, Fold, Idea, Probabilities, Study, mean
from scipy.stats import rankdata

from tde.evaluation.classes import TDE
from tde.models.training import Learner, fit

SHARE = 0.5
"""Of the columns that is kept."""


def stability(X: np.ndarray, codes: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """Largest of the pairs' mean shift in units of its error over real TDEs, by column."""
    names, event = np.unique(parents[codes == TDE], return_inverse=True)
    best = np.zeros(X.shape[1])
    for others in ((0,), (1,), (2,), (3,)):
        other = np.isin(codes, others)
        both = np.vstack([X[codes == TDE], X[other]])
        rank = rankdata(both, axis=0, nan_policy="omit")
        own = rankdata(X[codes == TDE], axis=0, nan_policy="omit")
        below = (rank[: len(own)] - own) / np.maximum(np.isfinite(X[other]).sum(axis=0), 1)
        below = np.where(np.isfinite(below), below, 0.5)
        per_event = np.array([below[event == k].mean(axis=0) for k in range(len(names))])
        error = per_event.std(axis=0, ddof=1) / np.sqrt(len(names)) + 0.01
        best = np.maximum(best, np.abs(per_event.mean(axis=0) - 0.5) / error)
    return best


def on_stable(name: str, share: float) -> Idea:
    """A member that reads the most stable share of the columns, chosen inside the fold."""

    def fitted(study: Study, fold: Fold) -> np.ndarray:
        about, inside = study.training, fold.inside
        value = stability(fold.X[inside], about.codes[inside], about.parents[inside])
        kept = np.flatnonzero(value >= np.quantile(value, 1.0 - share))
        learner = Learner(study.blocks[name], [study.names[j] for j in kept])
        model = fit(learner, fold.X[inside][:, kept], about.codes[inside], None, fold.place)
        return model.predict_proba(fold.X[~inside][:, kept])

    return fitted


def ideas(study: Study) -> dict[str, Probabilities]:
    """Blends to compare, by what is different."""
    parts = [study.out_of_fold(f"{name}_stable_{SHARE}", on_stable(name, SHARE)) for name in MEMBERS]
    return {"the stablest half of the columns": mean(parts)}
