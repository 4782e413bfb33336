"""Give each object with a label its class and its event."""

from typing import Any

import numpy as np

from tde.collection.object_labels import Labels
from tde.collection.training_table import training_table
from tde.evaluation.classes import CLASSES, class_codes
from tde.runlog import run_log
from tde.tables import read_parquet, write_parquet
from tde.workflow.configuration.collection_settings import Collection
from tde.workflow.configuration.problems import read_block


def main(*, objects: str, block: dict[str, Any], name: str, n_folds: int, output: str) -> None:
    labels = Labels(read_block(Collection, block, f"datasets.{name}"), name)
    training = training_table(labels, read_parquet(objects, ["object_id", "label"]), n_folds)
    write_parquet(output, training)
    counts = np.bincount(class_codes(training["spec_type"].to_pylist()), minlength=len(CLASSES))
    print(f"{output}: {', '.join(f'{number} {each}' for each, number in zip(CLASSES, counts, strict=True) if number)}")
    print(f"{len(np.unique(training['parent'].to_numpy()))} events among {training.num_rows} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            objects=snakemake.input.objects,
            block=snakemake.params.block,
            name=snakemake.params.name,
            n_folds=snakemake.params.n_folds,
            output=snakemake.output.training,
        )
