"""Thresholds without labels: the expected F1 of the objects to be classified, against the median of resamples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from harness import Probabilities, Study
from sklearn.linear_model import LogisticRegression

from tde.evaluation.classes import TDE
from tde.evaluation.metrics import N_BOOTSTRAP, cross_fitted, f1_score, select, standard_error
from tde.evaluation.predictions import OutOfFold
from tde.evaluation.resampling import bootstrap_weights
from tde.evaluation.thresholds import logit


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


def cuts(study: Study, said: Probabilities, kind: str, learn: bool) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and the threshold of each fold, by expected F1; shapes (n_repeats, n) and (n_repeats, n_folds)."""
    positive, probability, thresholds = study.training.positive, said[kind][:, :, TDE].copy(), []
    for repeat, fold in enumerate(study.folds[kind]):
        own = []
        for k in range(int(fold.max()) + 1):
            held_out, before = fold == k, said[kind][repeat, :, TDE]
            if learn:
                probability[repeat, held_out] = calibrated(before[~held_out], positive[~held_out], before[held_out])
            own.append(expected_best(probability[repeat, held_out]))
        thresholds.append(own)
    return probability, np.array(thresholds)


def compare_rules(studies: Sequence[Study], said: Sequence[Probabilities]) -> None:
    """Print F1 by expected F1 less F1 by resamples, over the repeats of all studies."""
    for learn in (False, True):
        for kind in said[0]:
            difference, resampled = [], []
            for study, one in zip(studies, said, strict=True):
                positive = study.training.positive
                weights = bootstrap_weights(study.training.parents, N_BOOTSTRAP, 0)
                oof = OutOfFold(kind, one[kind][:, :, TDE], study.folds[kind])
                probability, new = cuts(study, one, kind, learn)
                for p, q, f, a, b in zip(
                    probability, oof.probability, oof.fold, new, cross_fitted(oof, positive), strict=True
                ):
                    chosen, before = select(p, f, a), select(q, f, b)
                    difference.append(f1_score(positive, chosen)[0] - f1_score(positive, before)[0])
                    resampled.append(f1_score(positive, chosen, weights) - f1_score(positive, before, weights))
            values = np.array(difference)
            error = np.hypot(standard_error(values) or 0.0, np.std(np.mean(resampled, axis=0)))
            words = "calibrated" if learn else "as they are"
            print(f"{kind}, probabilities {words}: F1 {values.mean():+.3f} ± {error:.3f} ({len(values)} repeats)")
