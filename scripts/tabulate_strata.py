"""Tabulate the blend's scores by number of points, time span, redshift, signal to noise and type."""

from typing import Any

from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import out_of_fold
from tde.evaluation.strata import errors_by_type, light_curve_quantities, strata, strata_table, type_table
from tde.lightcurves import read_shards
from tde.pages.sheet import write_table
from tde.runlog import run_log
from tde.tables import read_parquet


def main(
    *,
    oof: str,
    training_objects: str,
    objects: str,
    shards: list[str],
    strata_outputs: dict[str, str],
    type_outputs: dict[str, str],
) -> None:
    training = read_training_objects(training_objects)
    types = read_parquet(training_objects, ["spec_type"])["spec_type"].to_pylist()
    quantities = light_curve_quantities(read_shards(shards, read_parquet(objects)))
    by_stratum: list[dict[str, Any]] = []
    by_type: list[dict[str, Any]] = []
    for part in out_of_fold(read_parquet(oof), training.object_id):
        folds = {"folds": part.kind}
        by_stratum += [folds | row for row in strata(part, training.positive, quantities, sets=training.sets)]
        by_type += [folds | row for row in errors_by_type(part, training.positive, types)]
    write_table(strata_table(by_stratum), **strata_outputs)
    write_table(type_table(by_type), **type_outputs)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            oof=snakemake.input.oof,
            training_objects=snakemake.input.training,
            objects=snakemake.input.objects,
            shards=list(snakemake.input.shards),
            strata_outputs={
                "csv": snakemake.output.strata,
                "data": snakemake.output.strata_data,
                "page": snakemake.output.strata_page,
            },
            type_outputs={
                "csv": snakemake.output.types,
                "data": snakemake.output.types_data,
                "page": snakemake.output.types_page,
            },
        )
