"""Classify the objects of one part that passed the first cut of a night."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from tde.compiled.cache import use_compiled
from tde.lightcurves import LightCurves, read_shard
from tde.predict.bundle import Bundle, read_bundle
from tde.predict.classify import How, classify
from tde.predict.histories import AGE
from tde.predict.known_features import check_features
from tde.runlog import run_log
from tde.sources.host_catalogue import HOST
from tde.tables import read_parquet, write_parquet
from tde.trigger import trigger_mjd
from tde.views.states import progress


def main(
    *,
    lightcurves: str,
    objects: str,
    bundle: str,
    compiled: str,
    how: dict[str, Any],
    at_once: int,
    predictions: str,
) -> None:
    use_compiled(compiled)
    table = read_parquet(objects)
    curves = read_shard(lightcurves, table)
    loaded = read_bundle(bundle)
    check_features(loaded)
    found = pa.concat_tables(classified(loaded, curves, table, How(**how), at_once))
    write_parquet(predictions, found)
    print(f"{predictions}: {int(np.sum(found['is_TDE'].to_numpy()))} of {len(curves)} objects are called TDE")


def classified(
    bundle: Bundle, lightcurves: LightCurves, objects: pa.Table, how: How, at_once: int
) -> Iterator[pa.Table]:
    """Predictions of some objects at a time, with their position, trigger and last observation."""
    for start in range(0, max(len(lightcurves), 1), at_once):
        mine = np.arange(start, min(start + at_once, len(lightcurves)))
        curves, known = lightcurves.select(mine), objects.take(mine)
        last = np.array([curves.mjd[rows.stop - 1] for rows in curves], dtype=np.float64)
        trigger = trigger_mjd(curves)
        age = np.round(last - trigger, 6)
        more = {
            AGE: pa.array(progress(curves)[:, 0]),
            "label": known["label"],
            "ra": known["ra"],
            "dec": known["dec"],
            **({HOST: known[HOST]} if HOST in known.column_names else {}),
            "mjd": pa.array(last),
            "trigger_mjd": pa.array(trigger, mask=np.isnan(trigger)),
            "days_since_trigger": pa.array(age, mask=~(age >= 0.0)),
        }
        table = classify(bundle, curves, known, how)
        for name, values in more.items():
            table = table.append_column(name, values)
        yield table


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            lightcurves=snakemake.input.lightcurves,
            objects=snakemake.input.objects,
            bundle=snakemake.input.bundle,
            compiled=snakemake.input.compiled,
            how=snakemake.params.how,
            at_once=snakemake.params.at_once,
            predictions=snakemake.output.predictions,
        )
