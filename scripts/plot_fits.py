"""Draw objects of the training set with the curves that one family fitted to all bands."""

import numpy as np

from tde.compiled.shared_code import compiled_or_shared
from tde.curves import read_curves_of_set
from tde.evaluation.classes import five_class
from tde.features.registry import family_row
from tde.lightcurves import read_shards
from tde.runlog import run_log
from tde.tables import read_parquet


def main(*, shards: list[str], curves: list[str], objects: str, training: str, family: str, figure: str) -> None:
    table = read_parquet(objects)
    lightcurves = read_shards(shards, table)
    fits = read_curves_of_set(curves, lightcurves.object_id)
    classes = [five_class(name) for name in read_parquet(training, ["spec_type"])["spec_type"].to_pylist()]
    drawable = np.isfinite(fits.parameters["peak_mjd"])
    with compiled_or_shared([]):
        # Imported here because this imports numba, which must know by then where compiled code lies.
        from tde.plots.fits import Fitted, choose_examples, largest_significance, plot_fits

        chosen = choose_examples(np.where(drawable, largest_significance(lightcurves), np.nan), classes)
        plot_fits(
            [[Fitted(lightcurves, fits, i, classes[i]) for i in row] for row in chosen],
            f"{family_row(family).curves}; shaded: one standard deviation",
            figure,
        )


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            shards=snakemake.input.shards,
            curves=snakemake.input.curves,
            objects=snakemake.input.objects,
            training=snakemake.input.training,
            family=snakemake.wildcards.family,
            figure=snakemake.output.figure,
        )
