"""Draw how the blend's out-of-fold probabilities separate the classes."""

import numpy as np
import pyarrow.parquet as pq

from tde.evaluation.classes import class_codes
from tde.evaluation.predictions import out_of_fold
from tde.plots.scores import plot_scores
from tde.runlog import run_log
from tde.tables import read_json


def main(oof: str, objects: str, threshold: str, figure: str) -> None:
    table = pq.read_table(objects, columns=["object_id", "spec_type"])
    random = next(p for p in out_of_fold(pq.read_table(oof), table["object_id"].to_numpy()) if p.kind == "random")
    probability = np.median(random.probability, axis=0)
    codes = class_codes(table["spec_type"].to_pylist())
    plot_scores(probability, codes, read_json(threshold)["threshold"], figure)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(snakemake.input.oof, snakemake.input.objects, snakemake.input.threshold, snakemake.output.figure)
