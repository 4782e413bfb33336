"""Draw objects of the training set with the curves that one family fitted to all bands."""

import numpy as np
import pyarrow.compute as pc

from tde.curves import read_curves
from tde.evaluation.classes import five_class
from tde.lightcurves import read_shard
from tde.plots.fits import Fitted, choose_examples, largest_significance, plot_fits
from tde.runlog import run_log
from tde.tables import read_objects, read_parquet

TITLES = {
    "gp2d": "Two-dimensional Gaussian process in time and wavelength; shaded: one standard deviation",
    "rank1": "One curve for all bands times a colour per band: constant colours (solid), evolving ones (dashed)",
}


def main(shards: list[str], curves: list[str], objects: str, splits: list[str], family: str, figure: str) -> None:
    labels = read_parquet(objects, ["split", "spec_type"])
    fitted, significance = [], []
    for shard, path, split in zip(shards, curves, splits, strict=True):
        lightcurves = read_shard(shard, read_objects(objects, split))
        fits = read_curves(path, lightcurves.object_id)
        types = labels.filter(pc.equal(labels["split"], split))["spec_type"].to_pylist()
        fitted += [Fitted(lightcurves, fits, i, five_class(name)) for i, name in enumerate(types)]
        drawable = np.isfinite(fits.parameters["peak_mjd"])
        significance.append(np.where(drawable, largest_significance(lightcurves), np.nan))
    chosen = choose_examples(np.concatenate(significance), [one.class_name for one in fitted])
    plot_fits([[fitted[i] for i in row] for row in chosen], TITLES[family], figure)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            snakemake.input.shards,
            snakemake.input.curves,
            snakemake.input.objects,
            snakemake.params.splits,
            snakemake.wildcards.family,
            snakemake.output.figure,
        )
