"""Fit the colour surfaces to all training objects, keep them, and compute these objects' features."""

import numpy as np

from tde.compiled.cache import use_compiled
from tde.curves import read_curve_parameters
from tde.evaluation.objects import read_training_objects
from tde.features.table import feature_table
from tde.lightcurves import read_shards
from tde.runlog import run_log
from tde.tables import read_objects_with_split, read_parquet, write_parquet

SEED = 0
"""Of the halves."""


def main(
    shards: list[str],
    objects: str,
    curves: list[str],
    training_objects: str,
    compiled: str,
    output: str,
    output_surfaces: str,
) -> None:
    use_compiled(compiled)
    from tde.features.templates import columns, template_values
    from tde.surfaces.outbursts import CURVE_PARAMETERS, select_outbursts
    from tde.surfaces.surface_files import write_surfaces
    from tde.surfaces.surface_fit import draw_halves, fit_halves, template_class

    training = read_training_objects(training_objects)
    spec_types = read_parquet(training_objects, ["spec_type"])["spec_type"].to_numpy()
    half = draw_halves(training.parents, SEED)
    lightcurves = read_shards(shards, read_objects_with_split(objects))
    outbursts = select_outbursts(lightcurves, read_curve_parameters(curves, lightcurves.object_id, CURVE_PARAMETERS))
    everything = np.ones(len(outbursts), dtype=bool)
    surfaces = fit_halves(outbursts, template_class(spec_types), half, everything)
    write_surfaces(output_surfaces, surfaces)
    values = template_values(outbursts, surfaces, half)
    write_parquet(output, feature_table(lightcurves.object_id, columns(), values))
    print(f"{output_surfaces}: surfaces of {int(np.isfinite(surfaces).all(axis=(2, 3)).sum())} classes and halves")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            list(snakemake.input.shards),
            snakemake.input.objects,
            list(snakemake.input.curves),
            snakemake.input.training,
            snakemake.input.compiled,
            snakemake.output.features,
            snakemake.output.surfaces,
        )
