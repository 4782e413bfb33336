"""How those called TDEs were chosen, in words for the head of the page."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from tde.predict.decision import Choice


def choice_words(predictions: pa.Table, choose: Choice, promised: Mapping[str, float], under_prior: str = "") -> str:
    """One sentence, or two.

    Parameters
    ----------
    predictions : pyarrow.Table
        Of all objects, with ``is_TDE`` and ``threshold``.
    choose : Choice
        ``predict.choose``; ``f1`` for the test set.
    promised : mapping
        ``precision`` and ``recall`` of the submitted blend at its threshold, cross-validated on whole light curves.
    under_prior : str
        What the list promises under another prior than the training objects' (`tde.predict.expected_words`).
    """
    of_list = _of_list(predictions, choose, None if under_prior else promised)
    return f"{of_list} {under_prior}".rstrip()


def _of_list(predictions: pa.Table, choose: Choice, promised: Mapping[str, float] | None) -> str:
    """How it was chosen; without promises where they do not hold."""
    n = int(np.sum(predictions["is_TDE"].to_numpy()))
    wish, number = ("f1", 0.0) if isinstance(choose, str) else next(iter(choose.items()))
    if wish == "budget":
        return f"{n} of them are within the budget of {number:.0f}."
    ends = np.unique(predictions["threshold"].drop_null().to_numpy())
    if wish != "f1":
        where = f"the threshold that promises a {wish} of {number:.0%} at their age"
    else:
        where = "the threshold of the highest F1 at their age" if len(ends) > 1 else "the threshold"
    span = f"{ends[0]:.3f}" if len(ends) == 1 else f"{ends[0]:.3f} to {ends[-1]:.3f}" if len(ends) else "none"
    words = f"{n} are above {where} ({span})"
    if wish != "f1" or promised is None:
        return f"{words}."
    purity, completeness = promised["precision"], promised["recall"]
    of = "" if len(ends) == 1 else " for whole light curves"
    return (
        f"{words}, where cross-validation promises{of} a purity of {purity:.0%} and a completeness of"
        f" {completeness:.0%}."
    )
