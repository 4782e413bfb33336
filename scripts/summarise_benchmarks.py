"""Say how long each rule and each feature family took and how much memory."""

from dataclasses import asdict
from pathlib import Path

from tde.report.cost_tables import cost_sheet
from tde.runlog import run_log
from tde.tables import write_rows
from tde.workflow.benchmarks import family_costs, rule_costs


def main(*, directory: str, families: list[str], table: str, data: str, page: str) -> None:
    rules = rule_costs(Path(directory))
    of_families = family_costs(Path(directory), families)
    write_rows(table, [asdict(cost) for cost in (*rules, *of_families)])
    sheet = cost_sheet(rules, of_families)
    sheet.write(data=data, page=page)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            directory=snakemake.params.directory,
            families=snakemake.params.families,
            table=snakemake.output.table,
            data=snakemake.output.data,
            page=snakemake.output.page,
        )
