"""Set simulated data beside real data, in a table and two figures."""

from pathlib import Path

from tde.plots.simulation import plot_comparison, plot_examples
from tde.runlog import run_log
from tde.simulation.validate import compare, read_data_set
from tde.tables import write_atomically


def main(*, simulated_dir: str, real_dir: str, table: str, figure: str, examples: str) -> None:
    simulated = read_data_set(simulated_dir)
    real = read_data_set(real_dir) if real_dir else None
    rows = compare(simulated, real)
    write_atomically(table, lambda name: rows.to_csv(name, index=False, float_format="%.6g"))
    plot_comparison(figure, simulated, real)
    plot_examples(examples, simulated, real)
    print(f"{len(rows)} quantities compared with {real_dir or 'nothing: no real data given'}")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            simulated_dir=str(Path(snakemake.input.train_log).parent),
            real_dir=snakemake.params.real_dir,
            table=snakemake.output.table,
            figure=snakemake.output.figure,
            examples=snakemake.output.examples,
        )
