"""What a list promises under a prior, in words for the page and the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def expected_words(summary: Mapping[str, Any]) -> str:
    """One sentence; empty where probabilities are those under the training objects' rates.

    Parameters
    ----------
    summary : mapping
        Content of summary.json.
    """
    prior, expected = summary["prior"], summary["expected"]
    if prior["asked"] == "training":
        return ""
    rates, errors = prior["rates"], prior.get("rates_err", {})
    told = ", ".join(
        f"{name} {100 * rate:.2f}" + (f" +- {100 * errors[name]:.2f}" if errors else "") for name, rate in rates.items()
    )
    words = f"Under {'estimated' if errors else 'the given'} rates of the classes ({told} %)"
    among_all = f"{expected['TDE_among_all']:.1f} +- {expected['TDE_among_all_err']:.1f} TDEs are expected among all"
    if expected["purity"] is None:
        return f"{words} {among_all}."
    purity = f"{100 * expected['purity']:.0f} +- {100 * expected['purity_err']:.0f} %"
    return f"{words} {among_all}, {expected['TDE_among_them']:.1f} among those called TDE: a purity of {purity}."
