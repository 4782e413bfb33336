"""Fit series of known parameters and draw what comes back."""

import os

import pyarrow as pa
import pyarrow.csv

from tde.runlog import run_log
from tde.tables import write_atomically


def main(seed: int, kernels: list[str], table: str, figure: str) -> None:
    if kernels:
        os.environ["NUMBA_CACHE_DIR"] = kernels[0]
    # Imported here because numba reads NUMBA_CACHE_DIR when it is first imported.
    from tde.gp.recovery import recovery
    from tde.plots.recovery import plot_recovery

    rows = recovery(seed=seed)
    write_atomically(table, lambda name: pa.csv.write_csv(rows, name))
    plot_recovery(rows, figure)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            snakemake.params.seed,
            snakemake.input.kernels,
            snakemake.output.table,
            snakemake.output.figure,
        )
