"""Draw example light curves of every class with the bands of the fitted processes."""

from pathlib import Path

from tde.compiled.shared_code import compiled_or_shared
from tde.evaluation.classes import five_class
from tde.lightcurves import read_shard
from tde.runlog import run_log
from tde.tables import read_objects, read_parquet


def main(*, shard: str, objects: str, compiled: list[str], figure: str) -> None:
    labels = read_parquet(objects, ["shard", "spec_type"]).to_pylist()
    classes = [five_class(row["spec_type"]) for row in labels if row["shard"] == Path(shard).stem]
    with compiled_or_shared(compiled):
        # Imported here because this imports numba, which must know by then where compiled code lies.
        from tde.plots.light_curves import plot_light_curves

        plot_light_curves(read_shard(shard, read_objects(objects, Path(shard).stem)), classes, figure)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            shard=snakemake.input.shard,
            objects=snakemake.input.objects,
            compiled=snakemake.input.compiled,
            figure=snakemake.output.figure,
        )
