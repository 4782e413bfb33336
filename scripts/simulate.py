"""Simulate a data set in MALLORN's layout."""

from pathlib import Path

from tde.runlog import run_log
from tde.simulation.data_set import simulate


def main(*, directory: str, n_objects: int, n_splits: int, seed: int) -> None:
    simulate(directory, n_objects, n_splits, seed)
    print(f"{directory}: {n_objects} objects in {n_splits} splits, seed {seed}")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            directory=str(Path(snakemake.output.train_log).parent),
            n_objects=snakemake.params.n_objects,
            n_splits=snakemake.params.n_splits,
            seed=snakemake.params.seed,
        )
