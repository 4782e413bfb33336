"""Fit series of known parameters and draw what comes back."""

import pyarrow as pa
import pyarrow.csv

from tde.compiled.cache import use_kernels
from tde.runlog import run_log
from tde.tables import write_atomically


def main(seed: int, kernels: list[str], table: str, figure: str) -> None:
    if kernels:
        use_kernels(kernels[0])
    # Imported here because these import numba, which must know its kernels' folder by then.
    from tde.gp.process_recovery import recovery
    from tde.plots.recovered_processes import plot_recovery

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
