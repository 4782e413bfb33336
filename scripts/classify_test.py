"""Give the test set what new light curves get: class probabilities, intervals, decisions and flags."""

import numpy as np
import pyarrow.parquet as pq

from tde.lightcurves import read_shards
from tde.predict.bundle import read_bundle
from tde.predict.classify import Found, prediction_table, unlike
from tde.predict.fitted_peaks import fitted_peaks
from tde.predict.probabilities import probabilities
from tde.runlog import run_log
from tde.tables import read_parquet, write_parquet
from tde.views.states import progress


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
    # the submitted models alone: these are the probabilities of the submission
    outlier_p = unlike(loaded, lightcurves, tables, progress(lightcurves)[:, 0])
    found = Found(probabilities(loaded, tables), loaded.threshold, outlier_p=outlier_p)
    peak_mjd = fitted_peaks(curves, lightcurves.object_id) if curves else None
    predictions = prediction_table(loaded, lightcurves, table, found, peak_mjd)
    write_parquet(output, predictions)
    print(f"{output}: {int(np.sum(predictions['is_TDE'].to_numpy()))} of {len(lightcurves)} objects are called TDE")


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
