"""The most confident mistakes: where a model is surest and wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tde.evaluation.predictions import OutOfFold


@dataclass(frozen=True)
class Mistake:
    """One object that a model is wrong about.

    Attributes
    ----------
    index : int
        Of the training object.
    probability : float
        Median out-of-fold P(TDE) over repeats.
    missed : bool
        True for a TDE with a low probability, False for another object with a high one.
    """

    index: int
    probability: float
    missed: bool


def confident_mistakes(oof: OutOfFold, positive: np.ndarray, n_mistakes: int = 20) -> list[Mistake]:
    """The objects whose true answer the model thinks least likely, half missed, half false.

    Parameters
    ----------
    oof : OutOfFold
    positive : ndarray of bool, shape (n,)
    n_mistakes : int

    Returns
    -------
    list of Mistake
        False alarms first, the highest probability first; then missed TDEs, the lowest
        first. Fewer if there are not as many on the wrong side of one half.
    """
    probability = np.median(oof.probability, axis=0)
    order = np.argsort(probability, kind="stable")
    false = [int(i) for i in order[::-1] if not positive[i] and probability[i] > 0.5][: n_mistakes // 2]
    missed = [int(i) for i in order if positive[i] and probability[i] < 0.5][: n_mistakes - n_mistakes // 2]
    return [
        *(Mistake(i, float(probability[i]), False) for i in false),
        *(Mistake(i, float(probability[i]), True) for i in missed),
    ]
