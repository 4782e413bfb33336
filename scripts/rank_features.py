"""Rank the features of each family by what they say on their own about TDEs against the rest."""

import math
from typing import Any

import pyarrow as pa
import pyarrow.csv

from tde.evaluation.objects import read_training_objects
from tde.evaluation.ranking import rank_family
from tde.features.table import family_module
from tde.report.html_tables import write_html_table
from tde.report.missing_values import feature_values
from tde.runlog import run_log
from tde.tables import read_parquet, write_atomically

N_SHOWN = 5
HEADER = ("family", "feature", "information [bits]", "of all", "AUC", "missing", "unit", "meaning", "label")
NOTES = (
    "Information: mutual information of the feature, in bins of equally many objects and one for missing values,"
    " with TDE against the rest, less what chance gives; features that say nothing scatter about 0. Of all: its share"
    " of the entropy of the labels.",
    "AUC: probability that a TDE has a larger value than another object; below 0.5 TDEs have the smaller values, and"
    " near 0.5 they may still lie in the middle. Training objects only. report/features.csv ranks all features.",
)


def main(features: list[str], families: dict[str, dict[str, Any]], training: str, table: str, page: str) -> None:
    objects = read_training_objects(training)
    rows = []
    for (family, options), path in zip(families.items(), features, strict=True):
        read = read_parquet(path)
        if read["object_id"].to_pylist() != objects.object_id.tolist():
            raise ValueError(f"{path}: not the objects of {training}")
        declared = family_module(family).columns(**options)
        rows += [{"family": family, **row} for row in rank_family(feature_values(read)[1], declared, objects.positive)]
    write_atomically(table, lambda name: pa.csv.write_csv(pa.Table.from_pylist(rows), name))
    best = [cells(row) for row in rows if row["rank"] <= N_SHOWN]
    write_html_table(page, f"The {N_SHOWN} most telling features of each family", HEADER, best, NOTES)


def cells(row: dict[str, Any]) -> list[str]:
    auc = "–" if math.isnan(row["auc"]) else f"{row['auc']:.3f}"
    numbers = [f"{row['information']:.3f}", f"{row['share']:.0%}", auc, f"{row['missing']:.1%}"]
    return [row["family"], row["feature"], *numbers, row["unit"], row["meaning"], row["label"]]


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            snakemake.input.features,
            snakemake.params.families,
            snakemake.input.training,
            snakemake.output.table,
            snakemake.output.page,
        )
