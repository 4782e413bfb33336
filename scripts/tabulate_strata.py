"""Tabulate the blend's scores by number of points, time span, redshift, signal to noise and type."""

from typing import Any

from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import out_of_fold
from tde.evaluation.strata import errors_by_type, light_curve_quantities, strata
from tde.lightcurves import read_shards
from tde.report.html_tables import write_html_table
from tde.runlog import run_log
from tde.tables import read_parquet, write_rows

STRATA_HEADER = ("quantity", "from", "to", "folds", "objects", "TDEs", "F1", "precision", "recall", "AP")
TYPES_HEADER = ("spectroscopic type", "folds", "objects", "called TDE", "share", "mean P(TDE)")
NOTES = (
    "Out-of-fold predictions of the blend, thresholds chosen on the other folds, means over repeats. Strata hold equal"
    " numbers of TDEs; signal to noise is the 95th percentile of flux / flux_err over an object's observations.",
)


def _number(value: float) -> str:
    if value != value:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 10 else f"{value:.2f}"


def _strata_cells(row: dict[str, Any]) -> list[str]:
    bounds = [_number(row["from"]), _number(row["to"])]
    scores = [_number(row[name]) for name in ("f1", "precision", "recall", "average_precision")]
    return [row["quantity"], *bounds, row["folds"], str(row["objects"]), str(row["tde"]), *scores]


def _type_cells(row: dict[str, Any]) -> list[str]:
    numbers = [f"{row['called_tde']:.1f}", f"{row['share_called_tde']:.1%}", f"{row['mean_probability']:.3f}"]
    return [row["spec_type"], row["folds"], str(row["objects"]), *numbers]


def main(
    oof: str,
    training_objects: str,
    objects: str,
    shards: list[str],
    strata_table: str,
    types_table: str,
    strata_page: str,
    types_page: str,
) -> None:
    training = read_training_objects(training_objects)
    types = read_parquet(training_objects, ["spec_type"])["spec_type"].to_pylist()
    quantities = light_curve_quantities(read_shards(shards, read_parquet(objects)))
    by_stratum: list[dict[str, Any]] = []
    by_type: list[dict[str, Any]] = []
    for part in out_of_fold(read_parquet(oof), training.object_id):
        folds = {"folds": part.kind}
        by_stratum += [folds | row for row in strata(part, training.positive, quantities)]
        by_type += [folds | row for row in errors_by_type(part, training.positive, types)]
    write_rows(strata_table, by_stratum)
    write_rows(types_table, by_type)
    write_html_table(strata_page, "Scores by stratum", STRATA_HEADER, [_strata_cells(row) for row in by_stratum], NOTES)
    write_html_table(types_page, "What is taken for a TDE", TYPES_HEADER, [_type_cells(row) for row in by_type], NOTES)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            oof=snakemake.input.oof,
            training_objects=snakemake.input.training,
            objects=snakemake.input.objects,
            shards=list(snakemake.input.shards),
            strata_table=snakemake.output.strata,
            types_table=snakemake.output.types,
            strata_page=snakemake.output.strata_page,
            types_page=snakemake.output.types_page,
        )
