"""What the list is worth, night by night, where classes are known: from a replay, or from spectra that came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tde.nights.night_names import day_of

BUDGETS = (1, 5, 20)
"""Spectra that can be taken in a night."""

FOUND_HEADER = (
    "object_id", "first_alert", "first_classified", "cut_by", "listed", "days_to_list", "rank_when_listed",
    *(f"spectrum_at_{budget}" for budget in BUDGETS), *(f"spectra_until_then_at_{budget}" for budget in BUDGETS),
)  # fmt: skip
"""Columns of the table of true TDEs."""


def spectra_taken(called: Mapping[str, Sequence[str]], budget: int) -> dict[str, str]:
    """Night on which each object gets its spectrum, if each night the most probable of the list get theirs.

    Parameters
    ----------
    called : mapping of str to sequence of str
        By night, in order: the objects of that night that are called TDEs, the most probable first.
    budget : int
        Spectra a night; an object needs one.
    """
    taken: dict[str, str] = {}
    for night, names in called.items():
        wanted = [name for name in names if name not in taken]
        taken |= dict.fromkeys(wanted[:budget], night)
    return taken


def found_tdes(
    tdes: Sequence[str],
    touched: Mapping[str, Sequence[str]],
    classified: Mapping[str, Sequence[str]],
    called: Mapping[str, Sequence[str]],
    left_out: Mapping[str, Mapping[str, str]],
) -> list[dict[str, Any]]:
    """When each true TDE was found, a row for each that an alert came of.

    Parameters
    ----------
    tdes : sequence of str
    touched, classified, called : mapping of str to sequence of str
        By night, in order: objects with alerts, those that passed the first cut, and those called TDEs by P(TDE).
    left_out : mapping of str to mapping of str to str
        By night: why the first cut left an object out.
    """
    first = {
        key: _first(by_night) for key, by_night in (("alert", touched), ("classified", classified), ("listed", called))
    }
    taken = {budget: spectra_taken(called, budget) for budget in BUDGETS}
    rows = []
    for name in sorted(set(tdes) & set(first["alert"])):
        alert, listed = first["alert"][name], first["listed"].get(name)
        cuts = [reasons[name] for reasons in left_out.values() if name in reasons]
        spectrum = {budget: taken[budget].get(name) for budget in BUDGETS}
        rows.append(
            {
                "object_id": name,
                "first_alert": alert,
                "first_classified": first["classified"].get(name),
                "cut_by": cuts[-1] if cuts and name not in first["classified"] else None,
                "listed": listed,
                "days_to_list": day_of(listed) - day_of(alert) if listed else None,
                "rank_when_listed": list(called[listed]).index(name) + 1 if listed else None,
                **{f"spectrum_at_{budget}": night for budget, night in spectrum.items()},
                **{f"spectra_until_then_at_{b}": _until(taken[b], night) for b, night in spectrum.items()},
            }
        )
    return rows


def _first(by_night: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The first night of each object."""
    found: dict[str, str] = {}
    for night, names in by_night.items():
        for name in names:
            found.setdefault(name, night)
    return found


def _until(taken: Mapping[str, str], night: str | None) -> int | None:
    return None if night is None else sum(when <= night for when in taken.values())


def budget_rows(tdes: Sequence[str], called: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """For each budget: spectra taken, true TDEs among them, purity and completeness.

    Parameters
    ----------
    tdes : sequence of str
        True TDEs of which an alert came.
    called : mapping of str to sequence of str
        As for `spectra_taken`.
    """
    true, rows = set(tdes), []
    for budget in BUDGETS:
        taken = spectra_taken(called, budget)
        hits = len(true & set(taken))
        rows.append(
            {
                "spectra_a_night": budget,
                "spectra": len(taken),
                "n_TDE": len(true),
                "found": hits,
                "purity": hits / len(taken) if taken else None,
                "completeness": hits / len(true) if true else None,
            }
        )
    return rows


SCORES_HEADER = ("night", "called", "known", "n_TDE", "purity", "all_TDE", "completeness", "median_days_before_class")
"""Columns of the scores by night."""


def scores_by_night(
    called: Mapping[str, Sequence[str]], is_tde: Mapping[str, bool], dates: Mapping[str, float], seen: Sequence[str]
) -> list[dict[str, Any]]:
    """What the list until each night was worth, as far as classes are known.

    Parameters
    ----------
    called : mapping of str to sequence of str
        By night, in order: objects called TDEs.
    is_tde : mapping of str to bool
        Objects whose class is known.
    dates : mapping of str to float
        Modified Julian Date of the class, where it is known.
    seen : sequence of str
        Objects of which an alert came on any night.
    """
    first: dict[str, str] = {}
    rows = []
    known_tdes = {name for name in seen if is_tde.get(name)}
    for night, names in called.items():
        for name in names:
            first.setdefault(name, night)
        known = [name for name in first if name in is_tde]
        hits = [name for name in known if is_tde[name]]
        before = [dates[name] - day_of(first[name]) for name in hits if name in dates]
        rows.append(
            {
                "night": night,
                "called": len(first),
                "known": len(known),
                "n_TDE": len(hits),
                "purity": len(hits) / len(known) if known else None,
                "all_TDE": len(known_tdes),
                "completeness": len(hits) / len(known_tdes) if known_tdes else None,
                "median_days_before_class": float(np.median(before)) if before else None,
            }
        )
    return rows
