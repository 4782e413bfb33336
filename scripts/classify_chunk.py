"""Classify the objects of one chunk with the bundle, as they are and, if that is asked for, as they were."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.compiled.cache import use_compiled
from tde.lightcurves import read_shard
from tde.predict.bundle import read_bundle
from tde.predict.classify import How, classify
from tde.predict.histories import AGE, history, with_decisions
from tde.predict.known_features import check_features
from tde.runlog import run_log
from tde.sources.chunk_files import OBJECTS_FILE
from tde.sources.dates import mjd_of
from tde.sources.host_catalogue import HOST
from tde.tables import read_parquet, write_parquet
from tde.views.states import progress


def main(
    *,
    chunks: str,
    chunk: str,
    bundle: str,
    compiled: str,
    how: dict[str, Any],
    history_at: bool | Sequence[float | str],
    history_above: float,
    output: str,
    history_output: str | None,
) -> None:
    use_compiled(compiled)
    objects = read_parquet(Path(chunks) / OBJECTS_FILE)
    objects = objects.filter(pc.equal(objects["shard"], chunk)).combine_chunks()
    lightcurves = read_shard(Path(chunks) / f"{chunk}.parquet", objects)
    loaded = read_bundle(bundle)
    check_features(loaded)
    asked = How(**how)
    found = classify(loaded, lightcurves, objects, asked)
    if history_output is not None:
        # a light curve without observations has no probability, and its history says so
        chosen = np.flatnonzero(found["p_TDE"].fill_null(0.0).to_numpy() >= history_above)
        dates = None if isinstance(history_at, bool) else [mjd_of(given) for given in history_at]
        told = history(loaded, lightcurves.select(chosen), dates, asked)
        write_parquet(history_output, told)
        found = with_decisions(found, told, lightcurves)
    if HOST in objects.column_names:
        found = found.append_column(HOST, objects[HOST])
    # label and age go no further than to where all chunks are put together
    found = found.append_column("label", objects["label"]).append_column(AGE, pa.array(progress(lightcurves)[:, 0]))
    write_parquet(output, found)
    print(f"{output}: {pc.sum(found['is_TDE']).as_py()} of {len(lightcurves)} objects are called TDE")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            chunks=snakemake.input.chunks,
            chunk=snakemake.wildcards.chunk,
            bundle=snakemake.input.bundle,
            compiled=snakemake.input.compiled,
            how=snakemake.params.how,
            history_at=snakemake.params.history,
            history_above=snakemake.params.history_above,
            output=snakemake.output.predictions,
            history_output=snakemake.output.get("history"),
        )
