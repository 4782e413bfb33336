"""Simulate a data set in MALLORN's layout."""

from pathlib import Path

from tde.compiled.shared_code import compiled_or_shared
from tde.runlog import run_log


def main(*, directory: str, n_objects: int, n_splits: int, seed: int) -> None:
    with compiled_or_shared([]):
        # Imported here because this imports numba, which must know by then where compiled code lies.
        from tde.simulation.data_set import simulate

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
