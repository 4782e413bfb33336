"""Draw example light curves of every class with the bands of the fitted processes."""

import pyarrow.parquet as pq

from tde.evaluation.classes import five_class
from tde.lightcurves import read_shard
from tde.plots.light_curves import plot_light_curves
from tde.runlog import run_log


def main(shard: str, objects: str, split: str, figure: str) -> None:
    table = pq.read_table(objects, columns=["object_id", "z", "ebv", "spec_type"], filters=[("split", "==", split)])
    classes = [five_class(spec_type) for spec_type in table["spec_type"].to_pylist()]
    plot_light_curves(read_shard(shard, table), classes, figure)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(snakemake.input.shard, snakemake.input.objects, snakemake.params.split, snakemake.output.figure)
