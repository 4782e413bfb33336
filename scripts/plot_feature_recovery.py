"""Draw what features measure of simulated objects against the truth."""

import pyarrow as pa
import pyarrow.csv

from tde.evaluation.feature_recovery import recover, summarise_recovery
from tde.plots.recovered_features import plot_feature_recovery
from tde.runlog import run_log
from tde.tables import read_parquet, write_rows


def main(*, truth: str, features: list[str], families: list[str], table: str, figure: str) -> None:
    sets_of: dict[str, list[pa.Table]] = {}
    for family, path in zip(families, features, strict=True):
        sets_of.setdefault(family, []).append(read_parquet(path))
    tables = {family: pa.concat_tables(tables) for family, tables in sets_of.items()}
    recoveries = recover(pa.csv.read_csv(truth), tables)
    write_rows(table, summarise_recovery(recoveries))
    plot_feature_recovery(recoveries, figure)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            truth=snakemake.input.truth,
            features=snakemake.input.features,
            families=snakemake.params.families,
            table=snakemake.output.table,
            figure=snakemake.output.figure,
        )
