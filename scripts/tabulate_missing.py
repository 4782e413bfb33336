"""Say how many feature values are missing, and which objects are odd."""

from itertools import product
from pathlib import Path

import numpy as np

from tde.ingest.object_list import Z_FLOOR
from tde.lightcurves import read_shard
from tde.report.missing_tables import missing_sheet
from tde.report.missing_values import columns_to_look_at, feature_values, missing_per_object, missing_rates
from tde.report.odd_objects import REASONS, count_odd_objects, odd_objects
from tde.runlog import run_log
from tde.tables import read_objects, read_parquet, write_rows


def main(
    *,
    features: list[str],
    objects: list[str],
    shards: list[str],
    families: list[str],
    sets: list[str],
    outputs: dict[str, str],
) -> None:
    names, values = {}, {}
    for (family, set_name), path in zip(product(families, sets), features, strict=True):
        names[family], values[family, set_name] = feature_values(read_parquet(path))
    rates = [{"family": family, "set": name, **missing_rates(v)} for (family, name), v in values.items()]
    columns = [
        {"family": family, **row}
        for family in families
        for row in columns_to_look_at({name: values[family, name] for name in sets}, names[family])
    ]
    odd = []
    for name, table, paths in zip(sets, objects, np.reshape(shards, (len(sets), -1)).tolist(), strict=True):
        share = missing_per_object([values[family, name] for family in families])
        odd += [{"set": name, **row} for row in count_odd_objects(read_odd_objects(table, paths), share)]
    write_rows(outputs["rates"], rates)
    write_rows(outputs["odd"], odd)
    write_rows(outputs["columns"], columns, ["family", "column", "why", *sets])
    sheet = missing_sheet(rates=rates, odd=odd, columns=columns, sets=sets)
    sheet.write(data=outputs["data"], page=outputs["page"])


def read_odd_objects(objects: str, shards: list[str]) -> dict[str, np.ndarray]:
    """Reasons of all objects of a set, in the order of the object table."""
    row = {name: i for i, name in enumerate(read_objects(objects)["object_id"].to_pylist())}
    odd = {reason: np.zeros(len(row), dtype=bool) for reason in REASONS}
    for shard in shards:
        lightcurves = read_shard(shard, read_objects(objects, Path(shard).stem))
        rows = [row[name] for name in lightcurves.object_id]
        for reason, found in odd_objects(lightcurves, Z_FLOOR).items():
            odd[reason][rows] = found
    return odd


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            features=snakemake.input.features,
            objects=snakemake.input.objects,
            shards=snakemake.input.shards,
            families=snakemake.params.families,
            sets=snakemake.params.sets,
            outputs=dict(snakemake.output.items()),
        )
