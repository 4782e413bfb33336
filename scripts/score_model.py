"""Score the out-of-fold predictions of one model."""

import pyarrow.parquet as pq

from tde.evaluation.metrics import score_all
from tde.evaluation.objects import read_training_objects
from tde.runlog import run_log
from tde.tables import write_json


def main(
    *,
    oof: str,
    training_objects: str,
    n_resamples: int,
    output_metrics: str,
) -> None:
    training = read_training_objects(training_objects)
    metrics = score_all(pq.read_table(oof), training, n_resamples)
    write_json(output_metrics, metrics)
    for kind, scores in metrics.items():
        print(f"{kind}: honest F1 {scores['mean']['f1']:.3f}, AP {scores['mean']['average_precision']:.3f}")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            oof=snakemake.input.oof,
            training_objects=snakemake.input.training,
            n_resamples=snakemake.params.n_resamples,
            output_metrics=snakemake.output.metrics,
        )
