"""Fit the colour surfaces to all training objects, keep them, and compute their features for every set."""

import numpy as np

from tde.curves import read_curve_parameters
from tde.evaluation.objects import read_training_objects
from tde.features.table import feature_table
from tde.kernels import use_kernels
from tde.lightcurves import read_shards
from tde.runlog import run_log
from tde.tables import read_objects_with_split, read_parquet, write_parquet

SEED = 0
"""Of the halves."""


def main(
    shards: list[list[str]],
    objects: list[str],
    curves: list[list[str]],
    training_objects: str,
    kernels: str,
    output: list[str],
    output_surfaces: str,
) -> None:
    use_kernels(kernels)
    from tde.features.templates import columns, template_values
    from tde.templates.files import write_surfaces
    from tde.templates.fit import draw_halves, fit_halves, template_class
    from tde.templates.outbursts import CURVE_PARAMETERS, select_outbursts

    training = read_training_objects(training_objects)
    spec_types = read_parquet(training_objects, ["spec_type"])["spec_type"].to_numpy()
    half = draw_halves(training.parents, SEED)
    surfaces = None
    for k, path in enumerate(output):
        lightcurves = read_shards(shards[k], read_objects_with_split(objects[k]))
        parameters = read_curve_parameters(curves[k], lightcurves.object_id, CURVE_PARAMETERS)
        outbursts = select_outbursts(lightcurves, parameters)
        if surfaces is None:  # the first set is the training set
            everything = np.ones(len(outbursts), dtype=bool)
            surfaces = fit_halves(outbursts, template_class(spec_types), half, everything)
            write_surfaces(output_surfaces, surfaces)
            values = template_values(outbursts, surfaces, half)
        else:
            values = template_values(outbursts, surfaces)
        write_parquet(path, feature_table(lightcurves.object_id, columns(), values))
    print(f"{output_surfaces}: surfaces of {int(np.isfinite(surfaces).all(axis=(2, 3)).sum())} classes and halves")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        n_splits = len(snakemake.input.curves) // len(snakemake.input.objects)

        def by_set(paths: list[str]) -> list[list[str]]:
            return [list(paths[k : k + n_splits]) for k in range(0, len(paths), n_splits)]

        main(
            by_set(snakemake.input.shards),
            list(snakemake.input.objects),
            by_set(snakemake.input.curves),
            snakemake.input.training,
            snakemake.input.kernels,
            list(snakemake.output.features),
            snakemake.output.surfaces,
        )
