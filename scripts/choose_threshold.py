"""Choose the threshold of the submission on the blend's out-of-fold predictions."""

from typing import Any

import numpy as np
import pyarrow.parquet as pq

from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import P_TDE, out_of_fold
from tde.evaluation.thresholds import final_threshold
from tde.runlog import run_log
from tde.tables import read_json, write_json


def main(*, oof: str, test: str, metrics: str, training_objects: str, n_resamples: int, output: str) -> None:
    training = read_training_objects(training_objects)
    parts = {part.kind: part for part in out_of_fold(pq.read_table(oof), training.object_id)}
    probability = parts["random"].probability
    threshold, low, high = final_threshold(probability, training.positive, n_resamples)
    scores = read_json(metrics)["random"]
    new = pq.read_table(test)[P_TDE].to_numpy()
    expected = float(np.mean(probability > threshold)) * len(new)
    content: dict[str, Any] = {
        "threshold": threshold,
        "spread": [low, high],
        "n_resamples": n_resamples * len(probability),
        "honest_f1": {"mean": scores["mean"]["f1"], "standard_error": scores["standard_error"]["f1"]},
        "test": {
            "n_objects": len(new),
            "n_selected": int(np.sum(new > threshold)),
            "n_selected_expected": expected,
            "n_true_among_them_expected": expected * scores["mean"]["precision"],
        },
    }
    write_json(output, content)
    print(f"threshold {threshold:.3f}: {content['test']['n_selected']} of {len(new)}, expected {expected:.0f}")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            oof=snakemake.input.oof,
            test=snakemake.input.test,
            metrics=snakemake.input.metrics,
            training_objects=snakemake.input.training,
            n_resamples=snakemake.params.n_resamples,
            output=snakemake.output.threshold,
        )
