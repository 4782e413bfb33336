"""Draw objects of the training set with the curves that one family fitted to all bands."""

from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from tde.curves import read_curves
from tde.evaluation.classes import five_class
from tde.features.registry import family_row
from tde.lightcurves import read_shard
from tde.plots.fits import Fitted, choose_examples, largest_significance, plot_fits
from tde.runlog import run_log
from tde.tables import read_objects, read_parquet


def main(*, shards: list[str], curves: list[str], objects: str, family: str, figure: str) -> None:
    labels = read_parquet(objects, ["shard", "spec_type"])
    fitted, significance = [], []
    for shard, path in zip(shards, curves, strict=True):
        name = Path(shard).stem
        lightcurves = read_shard(shard, read_objects(objects, name))
        fits = read_curves(path, lightcurves.object_id)
        types = labels.filter(pc.equal(labels["shard"], name))["spec_type"].to_pylist()
        fitted += [Fitted(lightcurves, fits, i, five_class(name)) for i, name in enumerate(types)]
        drawable = np.isfinite(fits.parameters["peak_mjd"])
        significance.append(np.where(drawable, largest_significance(lightcurves), np.nan))
    chosen = choose_examples(np.concatenate(significance), [one.class_name for one in fitted])
    plot_fits(
        [[fitted[i] for i in row] for row in chosen],
        f"{family_row(family).curves}; shaded: one standard deviation",
        figure,
    )


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            shards=snakemake.input.shards,
            curves=snakemake.input.curves,
            objects=snakemake.input.objects,
            family=snakemake.wildcards.family,
            figure=snakemake.output.figure,
        )
