"""Make nights of incoming files from the light curves of the data set itself."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tde.lightcurves import read_shards
from tde.nights.replayed_nights import chosen_objects, moved_together, write_nights
from tde.runlog import run_log
from tde.tables import read_parquet, write_parquet
from tde.workflow.configuration.nights_settings import REPLAY_FILES, REPLAY_OBJECTS, REPLAY_TRUTH, Replay
from tde.workflow.configuration.problems import read_block


def main(*, shards: list[str], objects: str, truth: list[str], block: dict[str, Any], made: str) -> None:
    settings = read_block(Replay, block, "nights.replay")
    table = read_parquet(objects)
    lightcurves = read_shards(shards, table)
    lightcurves = lightcurves.select(chosen_objects(lightcurves.object_id, settings.n_objects))
    if settings.period:
        lightcurves = moved_together(lightcurves, settings.period)
    nights = write_nights(lightcurves, settings, Path(made, REPLAY_FILES))
    mine = table.filter(pc.is_in(table["object_id"], pa.array(lightcurves.object_id, pa.string())))
    write_parquet(Path(made, REPLAY_OBJECTS), mine.select(["object_id", "z", "ebv"]))
    classes = true_classes(mine, truth)
    write_parquet(Path(made, REPLAY_TRUTH), classes)
    known = len(classes) - classes["spec_type"].null_count
    print(f"{made}: {len(nights)} nights of {len(lightcurves)} objects; the class of {known} is known")


def true_classes(objects: pa.Table, truth: list[str]) -> pa.Table:
    """Class of each object: that of the list, or of the simulation's truth; null where nobody knows."""
    if truth:
        told = pd.read_csv(truth[0], dtype={"object_id": str}).set_index("object_id")["spec_type"]
        found = pa.array(told.reindex(objects["object_id"].to_pylist()), pa.string(), from_pandas=True)
        return pa.table({"object_id": objects["object_id"], "spec_type": found})
    spec_type = objects["spec_type"] if "spec_type" in objects.column_names else pa.nulls(len(objects), pa.string())
    return pa.table({"object_id": objects["object_id"], "spec_type": spec_type.cast(pa.string())})


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            shards=snakemake.input.shards,
            objects=snakemake.input.objects,
            truth=snakemake.input.truth,
            block=snakemake.params.block,
            made=snakemake.output.made,
        )
