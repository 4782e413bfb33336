"""How early spectra of the list find the TDEs: for some budgets, by nights since the trigger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from tde.evaluation.growth import FOLDS
from tde.nights.list_worth import BUDGETS, spectra_taken
from tde.nights.night_names import day_of, name_of_day
from tde.nights.replayed_nights import days_to_move
from tde.pages.columns import TableColumn
from tde.pages.printed_table import Table

SINCE_TRIGGER = (0, 5, 10, 20, 30, 50, 100, 200)
"""Nights since that of the trigger."""

YEAR = 365
"""Nights into which the first alerts of all objects are put together."""

AS_THEY_CAME, IN_ONE_YEAR = "as they came", "in one year"

COLUMNS = (
    TableColumn("events"),
    TableColumn("classified", "float", "classified a night", format=".0f"),
    TableColumn("budget", "integer", "spectra a night, at most"),
    TableColumn("spectra", "integer", "spectra taken"),
    TableColumn("found", "integer", "TDEs among them"),
    TableColumn("purity", "float", "purity", format=".2f"),
    TableColumn("completeness", "float", "completeness", format=".2f"),
    *(TableColumn(f"found_by_{n}", "integer", f"by night {n}") for n in SINCE_TRIGGER),
)


class Alerted(NamedTuple):
    """What was said of ``m`` alerts of ``n`` objects.

    Attributes
    ----------
    owner : ndarray of int, shape (m,)
        Index of the object.
    night : ndarray of int, shape (m,)
        Whole Modified Julian Date, as `tde.nights.night_names.name_of_day` names it.
    probability : ndarray, shape (m,)
        P(TDE).
    called : ndarray of bool, shape (m,)
        Whether it is above the threshold.
    """

    owner: np.ndarray
    night: np.ndarray
    probability: np.ndarray
    called: np.ndarray


def nights_of_spectra(said: Alerted, names: np.ndarray, budget: int) -> np.ndarray:
    """Night on which each object gets its spectrum, shape (n,); NaN where it never does.

    Parameters
    ----------
    said : Alerted
    names : ndarray of str, shape (n,)
        Ties go by name.
    budget : int
        Spectra a night.
    """
    called = np.flatnonzero(said.called)
    order = called[np.lexsort((names[said.owner[called]], -said.probability[called], said.night[called]))]
    lists: dict[str, list[str]] = {}
    for name, night in zip(names[said.owner[order]].tolist(), said.night[order].tolist(), strict=True):
        lists.setdefault(name_of_day(night), []).append(name)
    taken = spectra_taken(lists, budget)
    return np.array([day_of(taken[name]) if name in taken else np.nan for name in names.tolist()], dtype=np.float64)


def early_rows(said: Alerted, names: np.ndarray, positive: np.ndarray, trigger: np.ndarray) -> list[dict[str, Any]]:
    """Rows of the table: the events as they came, and all in one year; each for every budget.

    Parameters
    ----------
    said : Alerted
    names : ndarray of str, shape (n,)
    positive : ndarray of bool, shape (n,)
        The true TDEs.
    trigger : ndarray, shape (n,)
        Night of the trigger; NaN for an object without one.
    """
    rows = []
    first = np.full(len(names), np.inf)
    np.minimum.at(first, said.owner, said.night)
    later = days_to_move(np.where(np.isinf(first), np.nan, first), YEAR)
    moved = said._replace(night=said.night + later[said.owner])
    for words, alerts, shift in ((AS_THEY_CAME, said, np.zeros(len(names))), (IN_ONE_YEAR, moved, later)):
        a_night = float(np.median(np.unique(alerts.night, return_counts=True)[1])) if len(alerts.night) else 0.0
        for budget in BUDGETS:
            spectrum = nights_of_spectra(alerts, names, budget)
            taken = ~np.isnan(spectrum)
            since = spectrum - shift - trigger
            rows.append(
                {"events": words, "classified": a_night, "budget": budget, "spectra": int(taken.sum())}
                | _worth(taken, positive)
                | {f"found_by_{n}": int(np.sum(positive & (since <= n))) for n in SINCE_TRIGGER}
            )
    return rows


def _worth(taken: np.ndarray, positive: np.ndarray) -> dict[str, Any]:
    hits = int(np.sum(taken & positive))
    return {
        "found": hits,
        "purity": hits / int(taken.sum()) if taken.any() else None,
        "completeness": hits / int(positive.sum()) if positive.any() else None,
    }


def early_table(rows: list[dict[str, Any]], counts: Mapping[str, Any], kind: str) -> Table:
    """The table and its words.

    Parameters
    ----------
    rows : list of dict
        As `early_rows` makes them.
    counts : mapping
        ``objects``, ``TDEs``, ``alerts``, ``nights``, ``classified``, ``TDEs_classified``.
    kind : str
        Of the folds.
    """
    introduction = (
        "The training objects night by night, as the target `nights` would have had them: {alerts:,} alerts of"
        " {objects:,} objects, {TDEs} of them TDEs, in {nights:,} nights. The first cut lets {classified:,} alerts pass"
        " and loses {lost} of the TDEs. Every morning the most probable of that night's objects above the threshold get"
        " a spectrum, and leave the list. Models, hand-over and thresholds are those of folds {folds}."
    )
    lost = counts["TDEs"] - counts["TDEs_classified"]
    notes = (
        "`by night`: TDEs that had a spectrum so many nights after their trigger, or before it; 0 is the morning after."
        " The objects came over years, so that few are up at a time and budgets hardly matter; `in one year` moves each"
        f" by whole periods of {YEAR} days so that all first alerts fall into the same year. `Classified a night` is"
        " the median.",
    )
    return Table(
        "Night after night", COLUMNS, rows, notes, [introduction.format(**counts, lost=lost, folds=FOLDS[kind])]
    )
