"""Write the catalogue of features that the configured families declare."""

from typing import Any

from tde.features.catalogue import catalogue
from tde.runlog import run_log
from tde.tables import write_atomically


def main(*, families: dict[str, dict[str, Any]], output: str) -> None:
    text = catalogue(families)
    write_atomically(output, lambda path: path.write_text(text, encoding="utf-8"))
    print(f"{output}: {len(families)} families")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(families=snakemake.params.families, output=snakemake.output.catalogue)
