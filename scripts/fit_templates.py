"""Fit the colour surfaces of the classes inside one fold and compute their features for all training objects."""

import numpy as np
import pyarrow.parquet as pq

from tde.compiled.cache import use_compiled
from tde.curves import read_curve_parameters
from tde.evaluation.folds import read_fold
from tde.evaluation.objects import read_training_objects
from tde.features.table import feature_table
from tde.lightcurves import read_shards
from tde.runlog import run_log
from tde.tables import read_objects_with_split, read_parquet, write_parquet


def main(
    shards: list[str],
    objects: list[str],
    curves: list[list[str]],
    training_objects: str,
    folds: str,
    compiled: str,
    kind: str,
    repeat: int,
    fold: int,
    output: list[str],
) -> None:
    use_compiled(compiled)
    from tde.features.templates import columns, template_values
    from tde.surfaces.outbursts import CURVE_PARAMETERS, select_outbursts
    from tde.surfaces.surface_fit import draw_halves, fit_halves, template_class

    training = read_training_objects(training_objects)
    spec_types = read_parquet(training_objects, ["spec_type"])["spec_type"].to_numpy()
    inside = read_fold(pq.read_table(folds), training.object_id, kind, repeat) != fold
    half = draw_halves(training.parents, seed=repeat)
    surfaces = None
    for k, path in enumerate(output):
        lightcurves = read_shards(shards, read_objects_with_split(objects[k]))
        parameters = read_curve_parameters(curves[k], training.object_id, CURVE_PARAMETERS)
        outbursts = select_outbursts(lightcurves, parameters)
        if surfaces is None:
            surfaces = fit_halves(outbursts, template_class(spec_types), half, inside)
        values = template_values(outbursts, surfaces, np.where(inside, half, -1))
        write_parquet(path, feature_table(training.object_id, columns(), values))
    print(f"{kind} folds, repeat {repeat}, fold {fold}: learnt from {int(inside.sum())} of {len(inside)} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        n_splits = len(snakemake.input.shards)
        curves = list(snakemake.input.curves)
        main(
            list(snakemake.input.shards),
            list(snakemake.input.objects),
            [curves[k : k + n_splits] for k in range(0, len(curves), n_splits)],
            snakemake.input.training,
            snakemake.input.folds,
            snakemake.input.compiled,
            snakemake.wildcards.kind,
            int(snakemake.wildcards.repeat),
            int(snakemake.wildcards.fold),
            list(snakemake.output.features),
        )
