"""Say how long each rule and each feature family took and how much memory."""

import csv
import math
from dataclasses import asdict
from pathlib import Path

from tde.report.html_tables import HtmlTable, write_html_tables
from tde.runlog import run_log
from tde.tables import write_atomically
from tde.workflow.benchmarks import FAMILY_RULES, RuleCost, family_costs, family_totals, rule_costs

COST_HEADER = ("jobs", "median [s]", "total [s]", "CPU [s]", "max memory [MB]")
FAMILY_HEADER = ("family", *(f"{rule} [s]" for rule in FAMILY_RULES), "in all [s]", "share", "CPU [s]")

FAMILY_NOTES = (
    "Wall time of all jobs added up: on several cores they run side by side. Kernels are compiled once for all data"
    " sets; a run that found them ready shows – there.",
)


def main(directory: str, families: list[str], table: str, page: str) -> None:
    rules = rule_costs(Path(directory))
    of_families = family_costs(Path(directory), families)
    write_atomically(table, lambda name: write_rows(name, [*rules, *of_families]))
    tables = [
        HtmlTable("Rules", ("rule", *COST_HEADER), [[cost.rule, *cells(cost)] for cost in rules]),
        HtmlTable(
            "Where the time of the feature families goes", FAMILY_HEADER, family_totals(of_families), FAMILY_NOTES
        ),
        HtmlTable(
            "Rules by feature family",
            ("family", "rule", *COST_HEADER),
            [[cost.family, cost.rule, *cells(cost)] for cost in of_families],
        ),
    ]
    write_html_tables(page, "Time and memory per rule and feature family", tables)


def cells(cost: RuleCost) -> list[str]:
    memory = "–" if math.isnan(cost.max_memory_mb) else f"{cost.max_memory_mb:.0f}"
    return [str(cost.jobs), f"{cost.median_s:.1f}", f"{cost.total_s:.1f}", f"{cost.cpu_s:.1f}", memory]


def write_rows(path: Path, costs: list[RuleCost]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(asdict(costs[0])), lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(cost) for cost in costs)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            snakemake.params.directory,
            snakemake.params.families,
            snakemake.output.table,
            snakemake.output.page,
        )
