"""Draw how the blend's out-of-fold probabilities separate the classes."""

import numpy as np

from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import out_of_fold
from tde.plots.scores import plot_scores
from tde.runlog import run_log
from tde.tables import read_json, read_parquet


def main(*, oof: str, training_objects: str, threshold: str, figure: str) -> None:
    training = read_training_objects(training_objects)
    random = next(part for part in out_of_fold(read_parquet(oof), training.object_id) if part.kind == "random")
    plot_scores(np.median(random.probability, axis=0), training.codes, read_json(threshold)["threshold"], figure)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            oof=snakemake.input.oof,
            training_objects=snakemake.input.training,
            threshold=snakemake.input.threshold,
            figure=snakemake.output.figure,
        )
