"""Write down what the run was made with: library versions and the configuration."""

from typing import Any

from tde.report.versions import library_versions, versions_sheet
from tde.runlog import run_log


def main(*, requirements: str, config: dict[str, Any], data: str, page: str) -> None:
    sheet = versions_sheet(library_versions(requirements), config)
    sheet.write(data=data, page=page)
    libraries, keys = sheet.tables
    print(f"{page}: {len(libraries.rows)} versions, {len(keys.rows)} keys")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            requirements=snakemake.input.requirements,
            config=snakemake.params.config,
            data=snakemake.output.data,
            page=snakemake.output.page,
        )
