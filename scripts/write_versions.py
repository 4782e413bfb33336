"""Write down what the run was made with: library versions and the configuration."""

from typing import Any

import yaml

from tde.report.html_tables import HtmlTable, write_html_tables
from tde.report.versions import library_versions
from tde.runlog import run_log


def main(requirements: str, config: dict[str, Any], page: str) -> None:
    versions = library_versions(requirements)
    keys = [
        [key, yaml.safe_dump(value, default_flow_style=True, width=10**6).strip().removesuffix("\n...")]
        for key, value in flat(config)
    ]
    tables = [
        HtmlTable("Libraries", ("library", "version"), [[name, version] for name, version in versions.items()]),
        HtmlTable("Configuration", ("key", "value"), keys),
    ]
    write_html_tables(page, "Versions and configuration", tables)
    print(f"{page}: {len(versions)} versions, {len(keys)} keys")


def flat(config: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Keys with dots and their values; blocks of models stay whole below their name."""
    pairs = []
    for key, value in config.items():
        if isinstance(value, dict) and value and not prefix.count("."):
            pairs += flat(value, f"{prefix}{key}.")
        else:
            pairs.append((f"{prefix}{key}", value))
    return pairs


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(snakemake.input.requirements, snakemake.params.config, snakemake.output.page)
