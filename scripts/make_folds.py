"""Divide the training objects into the folds all models share."""

from tde.evaluation.folds import make_folds
from tde.evaluation.objects import read_training_objects
from tde.runlog import run_log
from tde.tables import write_parquet


def main(*, training_objects: str, n_folds: int, n_repeats: int, seed: int, output: str) -> None:
    training = read_training_objects(training_objects)
    folds = make_folds(training.object_id, training.codes, training.parents, n_folds, n_repeats, seed)
    write_parquet(output, folds)
    print(f"{output}: {len(training.codes)} objects, {n_repeats} repeats of {n_folds} folds, random and by parent")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            training_objects=snakemake.input.training,
            n_folds=snakemake.params.n_folds,
            n_repeats=snakemake.params.n_repeats,
            seed=snakemake.params.seed,
            output=snakemake.output.folds,
        )
