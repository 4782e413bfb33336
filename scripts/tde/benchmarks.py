"""How long each rule took and how much memory, from Snakemake's benchmark files."""

from __future__ import annotations

import csv
import statistics
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RuleCost:
    """What the jobs of one rule cost.

    Attributes
    ----------
    rule : str
    jobs : int
    median_s, total_s : float
        Wall time in seconds.
    cpu_s : float
        CPU time of all jobs in seconds.
    max_memory_mb : float
        Largest resident memory of a job; NaN if no job lasted long enough to be measured.
    """

    rule: str
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
    files = {entry.stem: [entry] if entry.is_file() else list(entry.rglob("*.tsv")) for entry in directory.iterdir()}
    costs = [_rule_cost(rule, of_rule) for rule, of_rule in files.items() if of_rule]
    return sorted(costs, key=lambda cost: (-cost.total_s, cost.rule))


def _rule_cost(rule: str, files: list[Path]) -> RuleCost:
    rows = [row for file in files for row in csv.DictReader(file.open(encoding="utf-8"), delimiter="\t")]
    seconds = [float(row["s"]) for row in rows]
    # Snakemake samples memory; a job that is over before the first sample has none.
    memory = [float(row["max_rss"]) for row in rows if row["max_rss"] not in ("-", "NA", "0.00")]
    cpu = [float(row["cpu_time"]) for row in rows if row["cpu_time"] not in ("-", "NA")]
    return RuleCost(
        rule,
        len(rows),
        statistics.median(seconds),
        sum(seconds),
        sum(cpu),
        max(memory, default=float("nan")),
    )
