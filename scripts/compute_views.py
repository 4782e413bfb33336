"""Draw views of the training light curves, and compute their features."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tde.compiled.cache import use_compiled
from tde.lightcurves import LightCurves, read_shards
from tde.runlog import run_log
from tde.sources.chunk_files import bands_used
from tde.tables import read_parquet, write_parquet
from tde.views.states import PROGRESS, progress
from tde.views.view_features import features_in_parts


def main(
    *,
    shards: list[str],
    objects: str,
    settings: dict[str, Any],
    families: dict[str, dict[str, Any]],
    compiled: str,
    threads: int,
    views: str,
    features: list[str],
) -> None:
    use_compiled(compiled)
    from tde.views.draw import draw_views  # numba, which must know the folder

    lightcurves = read_shards(shards, read_parquet(objects))
    drawn = draw_views(lightcurves, settings)
    tables = features_in_parts(drawn.lightcurves, families, compiled, threads)
    for path in features:
        write_parquet(path, tables[Path(path).stem])
    write_parquet(views, pa.concat_tables([_about(lightcurves, True), _about(drawn.lightcurves, False)]))
    print(f"{views}: {len(drawn.owner)} views of {len(lightcurves)} objects, {len(families)} families")


def _about(lightcurves: LightCurves, whole: bool) -> pa.Table:
    """Whose light curves they are, how much there is of each, and how far they have come."""
    far = progress(lightcurves)
    return pa.table(
        {
            "object_id": pa.array(lightcurves.object_id, pa.string()),
            "whole": np.full(len(lightcurves), whole),
            "n_points": np.diff(lightcurves.offsets),
            "n_bands": bands_used(lightcurves),
            **{name: far[:, j] for j, name in enumerate(PROGRESS)},
        }
    )


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            shards=list(snakemake.input.shards),
            objects=snakemake.input.objects,
            settings=snakemake.params.views,
            families=snakemake.params.families,
            compiled=snakemake.input.compiled,
            threads=snakemake.threads,
            views=snakemake.output.views,
            features=snakemake.output.features,
        )
