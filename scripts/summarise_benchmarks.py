"""Say how long each rule took and how much memory."""

import csv
from dataclasses import asdict
from pathlib import Path

from tde.benchmarks import RuleCost, rule_costs
from tde.html_tables import write_html_table
from tde.runlog import run_log
from tde.tables import write_atomically

HEADER = ("rule", "jobs", "median [s]", "total [s]", "CPU [s]", "max memory [MB]")


def main(directory: str, table: str, page: str) -> None:
    costs = rule_costs(Path(directory))
    write_atomically(table, lambda name: write_rows(name, costs))
    rows = [
        (c.rule, str(c.jobs), f"{c.median_s:.1f}", f"{c.total_s:.1f}", f"{c.cpu_s:.1f}", f"{c.max_memory_mb:.0f}")
        for c in costs
    ]
    write_html_table(page, "Time and memory per rule", HEADER, rows)


def write_rows(path: Path, costs: list[RuleCost]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(asdict(costs[0])), lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(cost) for cost in costs)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(snakemake.params.directory, snakemake.output.table, snakemake.output.page)
