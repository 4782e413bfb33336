"""Draw example light curves of every class with the bands of the fitted processes."""

from pathlib import Path

from tde.compiled.shared_code import compiled_or_shared
from tde.evaluation.classes import five_class
from tde.lightcurves import read_shard
from tde.runlog import run_log
from tde.tables import read_objects, read_parquet


def main(*, shard: str, objects: str, training: str, compiled: list[str], figure: str) -> None:
    places, types = read_parquet(objects, ["shard"])["shard"], read_parquet(training, ["spec_type"])["spec_type"]
    classes = [
        five_class(name)
        for place, name in zip(places.to_pylist(), types.to_pylist(), strict=True)
        if place == Path(shard).stem
    ]
    with compiled_or_shared(compiled):
        # Imported here because this imports numba, which must know by then where compiled code lies.
        from tde.plots.light_curves import plot_light_curves

        plot_light_curves(read_shard(shard, read_objects(objects, Path(shard).stem)), classes, figure)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            shard=snakemake.input.shard,
            objects=snakemake.input.objects,
            training=snakemake.input.training,
            compiled=snakemake.input.compiled,
            figure=snakemake.output.figure,
        )
