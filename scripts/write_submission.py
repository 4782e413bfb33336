"""Write the submission, and the predictions behind it for other tools."""

import numpy as np
import pyarrow.parquet as pq

from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import P_TDE, out_of_fold
from tde.evaluation.submission import cv_summary, match_order, read_sample, write_yaml
from tde.runlog import run_log
from tde.tables import read_json, write_csv, write_npz


def main(
    *,
    test: str,
    oof: str,
    threshold: str,
    metrics: str,
    training_objects: str,
    sample: str,
    output_submission: str,
    output_probabilities: str,
    output_summary: str,
    output_oof: str,
    output_test: str,
) -> None:
    header, wanted = read_sample(sample)
    table = pq.read_table(test)
    object_id, probability = table["object_id"].to_numpy(), table[P_TDE].to_numpy()
    order = match_order(wanted, object_id, sample)
    decision = read_json(threshold)
    selected = (probability > decision["threshold"]).astype(np.int64)
    write_csv(output_submission, header, zip(wanted, selected[order].tolist(), strict=True))
    write_csv(output_probabilities, header, zip(wanted, probability[order].tolist(), strict=True))
    write_yaml(output_summary, cv_summary(read_json(metrics), decision))
    training = read_training_objects(training_objects)
    parts = {part.kind: part for part in out_of_fold(pq.read_table(oof), training.object_id)}
    write_npz(
        output_oof,
        object_id=training.object_id.astype(str),
        target=training.positive.astype(np.int8),
        **{f"probability_{kind}": part.probability for kind, part in parts.items()},
        **{f"fold_{kind}": part.fold for kind, part in parts.items()},
    )
    write_npz(output_test, object_id=wanted.astype(str), probability=probability[order], prediction=selected[order])
    print(f"{output_submission}: {int(selected.sum())} of {len(selected)} objects are called TDE")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            test=snakemake.input.test,
            oof=snakemake.input.oof,
            threshold=snakemake.input.threshold,
            metrics=snakemake.input.metrics,
            training_objects=snakemake.input.training,
            sample=snakemake.input.sample,
            output_submission=snakemake.output.submission,
            output_probabilities=snakemake.output.probabilities,
            output_summary=snakemake.output.cv_summary,
            output_oof=snakemake.output.oof_npz,
            output_test=snakemake.output.test_npz,
        )
