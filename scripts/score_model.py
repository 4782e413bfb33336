"""Gather the out-of-fold predictions of one model and score them."""

import pyarrow as pa
import pyarrow.parquet as pq

from tde.evaluation.metrics import score_all
from tde.evaluation.objects import read_training_objects
from tde.runlog import run_log
from tde.tables import write_json, write_parquet


def main(
    *,
    predictions: list[str],
    training_objects: str,
    n_resamples: int,
    output_oof: str,
    output_metrics: str,
) -> None:
    training = read_training_objects(training_objects)
    gathered = pa.concat_tables([pq.read_table(path) for path in predictions])
    metrics = score_all(gathered, training, n_resamples)
    write_parquet(output_oof, gathered)
    write_json(output_metrics, metrics)
    for kind, scores in metrics.items():
        print(f"{kind}: honest F1 {scores['mean']['f1']:.3f}, AP {scores['mean']['average_precision']:.3f}")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            predictions=snakemake.input.predictions,
            training_objects=snakemake.input.training,
            n_resamples=snakemake.params.n_resamples,
            output_oof=snakemake.output.oof,
            output_metrics=snakemake.output.metrics,
        )
