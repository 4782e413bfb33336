"""Draw the class balance of the training set."""

import pyarrow.parquet as pq

from tde.plots.class_balance import plot_classes
from tde.runlog import run_log


def main(*, training: str, figure: str) -> None:
    table = pq.read_table(training, columns=["spec_type"])
    plot_classes(table["spec_type"].to_pylist(), figure)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(training=snakemake.input.training, figure=snakemake.output.figure)
