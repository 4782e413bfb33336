"""Draw how far the blend's probabilities mean what they say, and tabulate expected numbers."""

from tde.evaluation.calibration import candidate_counts
from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import out_of_fold
from tde.plots.reliability_diagram import plot_calibration
from tde.runlog import run_log
from tde.tables import read_parquet, write_rows


def main(*, oof: str, training_objects: str, figure: str, table: str) -> None:
    training = read_training_objects(training_objects)
    predictions = out_of_fold(read_parquet(oof), training.object_id)
    plot_calibration(predictions, training.positive, figure)
    rows = [{"folds": part.kind, **row} for part in predictions for row in candidate_counts(part, training.positive)]
    write_rows(table, rows)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            oof=snakemake.input.oof,
            training_objects=snakemake.input.training,
            figure=snakemake.output.figure,
            table=snakemake.output.table,
        )
