"""How long each rule took and how much memory, from Snakemake's benchmark files."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FAMILY_RULES = ("compile_family", "fit_curves", "compute_features", "gather_features")
"""Rules that run once or more per feature family, in the order of the data."""


@dataclass(frozen=True)
class RuleCost:
    """What the jobs of one rule cost, or those of one feature family among them.

    Attributes
    ----------
    rule : str
    family : str
        Empty for all jobs of the rule.
    jobs : int
    median_s, total_s : float
        Wall time in seconds.
    cpu_s : float
        CPU time of all jobs in seconds.
    max_memory_mb : float
        Largest resident memory of a job; NaN if no job lasted long enough to be measured.
    """

    rule: str
    family: str
    jobs: int
    median_s: float
    total_s: float
    cpu_s: float
    max_memory_mb: float


def rule_costs(directory: Path) -> list[RuleCost]:
    """Read all benchmark files below a folder, grouped by its entries (one per rule).

    Returns
    -------
    list of RuleCost
        The most expensive rule first.
    """
    files = {entry.stem: _files(entry) for entry in directory.iterdir()}
    costs = [_cost(rule, "", of_rule) for rule, of_rule in files.items() if of_rule]
    return sorted(costs, key=lambda cost: (-cost.total_s, cost.rule))


def family_costs(directory: Path, families: Sequence[str]) -> list[RuleCost]:
    """What each feature family cost in each of `FAMILY_RULES`.

    Returns
    -------
    list of RuleCost
        Family by family in the order given, without rules that a family does not need.
    """
    costs = []
    for family in families:
        for rule in FAMILY_RULES:
            # One file for the family, or a folder of them
            files = _files(directory / rule / f"{family}.tsv") + _files(directory / rule / family)
            costs += [_cost(rule, family, files)] if files else []
    return costs


def family_totals(costs: Sequence[RuleCost]) -> list[dict[str, Any]]:
    """Where the time of the feature families goes.

    Returns
    -------
    list of dict
        One row per family, the most expensive first, and a last one for all families:
        ``family``, wall time in each of `FAMILY_RULES` (None without such jobs) and in ``total_s``,
        its ``share`` of all families and ``cpu_s``.
    """
    by_family: dict[str, list[RuleCost]] = {}
    for cost in costs:
        by_family.setdefault(cost.family, []).append(cost)
    ranked = sorted(by_family.items(), key=lambda item: -sum(cost.total_s for cost in item[1]))
    everything = sum(cost.total_s for cost in costs)
    rows = []
    for name, of_family in [*ranked, ("all families", list(costs))]:
        seconds = {rule: [cost.total_s for cost in of_family if cost.rule == rule] for rule in FAMILY_RULES}
        total = sum(cost.total_s for cost in of_family)
        rows.append(
            {
                "family": name,
                **{rule: sum(values) if values else None for rule, values in seconds.items()},
                "total_s": total,
                "share": total / everything if everything else None,
                "cpu_s": sum(cost.cpu_s for cost in of_family),
            }
        )
    return rows


def _files(entry: Path) -> list[Path]:
    return [entry] if entry.is_file() else sorted(entry.rglob("*.tsv"))


def _cost(rule: str, family: str, files: list[Path]) -> RuleCost:
    rows = [row for file in files for row in csv.DictReader(file.open(encoding="utf-8"), delimiter="\t")]
    seconds = [float(row["s"]) for row in rows]
    # Snakemake samples memory; a job that is over before the first sample has none.
    memory = [float(row["max_rss"]) for row in rows if row["max_rss"] not in ("-", "NA", "0.00")]
    cpu = [float(row["cpu_time"]) for row in rows if row["cpu_time"] not in ("-", "NA")]
    return RuleCost(
        rule,
        family,
        len(rows),
        statistics.median(seconds),
        sum(seconds),
        sum(cpu),
        max(memory, default=float("nan")),
    )
