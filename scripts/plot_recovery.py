"""Fit series of known parameters and draw what comes back."""

from tde.compiled.shared_code import compiled_or_shared
from tde.runlog import run_log
from tde.tables import table_rows, write_csv


def main(*, seed: int, compiled: list[str], table: str, figure: str) -> None:
    with compiled_or_shared(compiled):
        # Imported here because these import numba, which must know by then where compiled code lies.
        from tde.gp.process_recovery import recovery
        from tde.plots.recovered_processes import plot_recovery

        rows = recovery(seed=seed)
        write_csv(table, rows.column_names, table_rows(rows))
        plot_recovery(rows, figure)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            seed=snakemake.params.seed,
            compiled=snakemake.input.compiled,
            table=snakemake.output.table,
            figure=snakemake.output.figure,
        )
