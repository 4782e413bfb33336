"""Rank the features of each family by what they say on their own about TDEs against the rest."""

from typing import Any

from tde.evaluation.objects import read_training_objects
from tde.evaluation.ranking import rank_family, telling_features
from tde.features.table import family_module
from tde.pages.sheet import Sheet
from tde.report.missing_values import feature_values
from tde.runlog import run_log
from tde.tables import read_parquet, write_rows


def main(
    *, features: list[str], families: dict[str, dict[str, Any]], training: str, table: str, data: str, page: str
) -> None:
    objects = read_training_objects(training)
    rows = []
    for (family, options), path in zip(families.items(), features, strict=True):
        read = read_parquet(path)
        if read["object_id"].to_pylist() != objects.object_id.tolist():
            raise ValueError(f"{path}: not the objects of {training}")
        declared = family_module(family).columns(**options)
        rows += [
            {"family": family, **row} for row in rank_family(feature_values(read).values, declared, objects.positive)
        ]
    write_rows(table, rows)
    best = telling_features(rows)
    sheet = Sheet(best.title, [best])
    sheet.write(data=data, page=page)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            features=snakemake.input.features,
            families=snakemake.params.families,
            training=snakemake.input.training,
            table=snakemake.output.table,
            data=snakemake.output.data,
            page=snakemake.output.page,
        )
