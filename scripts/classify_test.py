"""Give the test set what new light curves get: class probabilities, intervals, decisions and flags."""

import numpy as np
import pyarrow.parquet as pq

from tde.curves import Curves, read_curves
from tde.lightcurves import read_shards
from tde.predict.bundle import read_bundle
from tde.predict.classify import prediction_table, probabilities
from tde.runlog import run_log
from tde.tables import read_parquet, write_parquet


def main(
    *,
    bundle: str,
    features: list[str],
    families: list[str],
    shards: list[str],
    objects: str,
    curves: list[str],
    output: str,
) -> None:
    loaded = read_bundle(bundle)
    table = read_parquet(objects)
    lightcurves = read_shards(shards, table)
    tables = {name: pq.read_table(path) for name, path in zip(families, features, strict=True)}
    found = probabilities(loaded, tables)
    predictions = prediction_table(loaded, lightcurves, table, found, peaks(curves, lightcurves.object_id))
    write_parquet(output, predictions)
    print(f"{output}: {int(np.sum(predictions['is_TDE'].to_numpy()))} of {len(lightcurves)} objects are called TDE")


def peaks(paths: list[str], object_id: np.ndarray) -> dict[str, Curves]:
    """Where the fitted curves are highest, without the curves; nothing if no family fits them."""
    if not paths:
        return {}
    parts = [read_curves(path) for path in paths]
    known = dict(
        zip(
            np.concatenate([part.object_id for part in parts]),
            np.concatenate([part.parameters["peak_mjd"] for part in parts]),
            strict=True,
        )
    )
    peak_mjd = np.array([known[name] for name in object_id])
    nothing = np.empty(0)
    bare = Curves(object_id, {"peak_mjd": peak_mjd}, np.zeros(len(object_id) + 1), nothing, nothing, nothing)
    return {"fitted": bare}


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            bundle=snakemake.input.bundle,
            features=snakemake.input.features,
            families=snakemake.params.families,
            shards=snakemake.input.shards,
            objects=snakemake.input.objects,
            curves=snakemake.input.curves,
            output=snakemake.output.predictions,
        )
