"""Set simulated data beside real data, in a table and two figures."""

import math
from pathlib import Path

from tde.plots.simulation import plot_comparison, plot_examples
from tde.runlog import run_log
from tde.simulation.validate import compare, read_data_set
from tde.tables import write_csv


def main(*, simulated_dir: str, real_dir: str, table: str, figure: str, examples: str) -> None:
    simulated = read_data_set(simulated_dir)
    real = read_data_set(real_dir) if real_dir else None
    rows = compare(simulated, real)
    shown = ((name, six_digits(theirs), six_digits(ours)) for name, theirs, ours in rows.itertuples(index=False))
    write_csv(table, list(rows), shown)
    plot_comparison(figure, simulated, real)
    plot_examples(examples, simulated, real)
    print(f"{len(rows)} quantities compared with {real_dir or 'nothing: no real data given'}")


def six_digits(value: float) -> str:
    """Enough to compare; empty where there is nothing to compare with."""
    return "" if math.isnan(value) else f"{value:.6g}"


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            simulated_dir=str(Path(snakemake.input.train_log).parent),
            real_dir=snakemake.params.real_dir,
            table=snakemake.output.table,
            figure=snakemake.output.figure,
            examples=snakemake.output.examples,
        )
