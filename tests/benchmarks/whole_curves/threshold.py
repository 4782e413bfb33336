"""Thresholds without labels: the expected F1 of the objects to be classified, against the median of resamples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from harness import Joined, Probabilities, Study, mean
from sklearn.linear_model import LogisticRegression

from tde.evaluation.classes import TDE
from tde.evaluation.metrics import N_BOOTSTRAP, cross_fitted, f1_score, select, standard_error
from tde.evaluation.predictions import OutOfFold
from tde.evaluation.resampling import bootstrap_weights
from tde.evaluation.thresholds import expit, logit


def expected_best(probability: np.ndarray) -> float:
    """The threshold with the highest expected F1, if the probabilities are right."""
    descending = np.sort(probability)[::-1]
    f1 = 2.0 * np.cumsum(descending) / (np.arange(1, len(descending) + 1) + descending.sum())
    best = int(np.argmax(f1))
    below = descending[best + 1] if best + 1 < len(descending) else 0.0
    return 0.5 * (descending[best] + below)


def calibrated(known: np.ndarray, positive: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Probabilities with level and slope of their log-odds learnt from those whose truth is known."""
    model = LogisticRegression(C=1e6).fit(logit(known)[:, None], positive)
    return model.predict_proba(logit(new)[:, None])[:, 1]


def all_calibrated(study: Study | Joined, said: Probabilities, kind: str) -> np.ndarray:
    """Class probabilities whose P(TDE) is calibrated on the other folds, shape (n_repeats, n, 5)."""
    positive, out = study.training.positive, said[kind].copy()
    for repeat, fold in enumerate(study.folds[kind]):
        before = said[kind][repeat, :, TDE]
        for k in range(int(fold.max()) + 1):
            known = fold != k
            out[repeat, ~known, TDE] = calibrated(before[known], positive[known], before[~known])
    return out


def compare_rules(study: Study | Joined, said: Probabilities, kind: str, learn: bool) -> tuple[float, float]:
    """F1 by the highest expected F1 of each fold, less F1 by resamples of the other folds, and its error."""
    positive, fold = study.training.positive, study.folds[kind]
    new = (all_calibrated(study, said, kind) if learn else said[kind])[:, :, TDE]
    old = OutOfFold(kind, said[kind][:, :, TDE], fold)
    weights = bootstrap_weights(study.training.parents, N_BOOTSTRAP, 0)
    difference, resampled = [], []
    for p, q, f, before in zip(new, old.probability, fold, cross_fitted(old, positive), strict=True):
        own = np.array([expected_best(p[f == k]) for k in range(int(f.max()) + 1)])
        chosen, usual = select(p, f, own), select(q, f, before)
        difference.append(f1_score(positive, chosen)[0] - f1_score(positive, usual)[0])
        resampled.append(f1_score(positive, chosen, weights) - f1_score(positive, usual, weights))
    values = np.array(difference)
    error = np.hypot(standard_error(values) or 0.0, np.std(np.mean(resampled, axis=0)))
    return float(values.mean()), float(error)


def mean_of_log_odds(parts: Sequence[Probabilities]) -> Probabilities:
    """Members put together by their log-odds."""
    return {kind: expit(np.mean([logit(part[kind]) for part in parts], axis=0)) for kind in parts[0]}


def ideas(study: Study) -> dict[str, Probabilities]:
    """Blends to compare, by what is different."""
    members = list(study.members().values())
    blend = mean(members)
    return {
        "mean of log-odds": mean_of_log_odds(members),
        "level and slope of the log-odds learnt on the other folds": {
            kind: all_calibrated(study, blend, kind) for kind in blend
        },
    }


def beside(study: Joined, blend: Probabilities) -> None:
    """Print what other thresholds of the blend itself gain."""
    for learn in (False, True):
        for kind in blend:
            difference, error = compare_rules(study, blend, kind, learn)
            words = "calibrated" if learn else "as they are"
            print(f"{kind}: highest expected F1, probabilities {words}: F1 {difference:+.3f} ± {error:.3f}")
