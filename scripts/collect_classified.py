"""Make a collection to train on of the objects whose spectroscopic class has come back."""

from collections import Counter
from typing import Any

import pyarrow as pa
import yaml

from tde.nights.classified_objects import classified_objects, collection_block
from tde.nights.night_state import read_state
from tde.nights.returned_classes import read_classes
from tde.nights.touched_objects import touched_objects
from tde.runlog import run_log
from tde.tables import table_rows, write_csv, write_parquet, write_text
from tde.workflow.configuration.nights_settings import Nights
from tde.workflow.configuration.problems import read_block


def main(
    *,
    classes: str,
    rows: list[list[str]],
    objects: list[list[str]],
    block: dict[str, Any],
    replay: str,
    name: str,
    lightcurves: str,
    table: str,
    settings_file: str,
) -> None:
    settings = read_block(Nights, block, "nights").as_predict(replay)
    types = read_classes(classes).types
    parts = []
    for rows_paths, objects_paths in zip(rows, objects, strict=True):
        found = touched_objects(read_state(rows_paths, objects_paths, sorted(types)), settings, name, 0.0)
        parts.append(classified_objects(found, types, name))
    told = pa.concat_tables([part.objects for part in parts])
    write_parquet(lightcurves, pa.concat_tables([part.lightcurves for part in parts]))
    write_csv(table, told.column_names, table_rows(told))
    folder = table.rpartition("/")[0]
    text = yaml.safe_dump(collection_block(name, folder, told["type"].to_pylist()), sort_keys=False, allow_unicode=True)
    write_text(settings_file, text)
    print(
        f"{table}: {told.num_rows} of {len(types)} objects with a class had alerts; {Counter(told['type'].to_pylist())}"
    )


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        n_parts = snakemake.params.n_parts
        main(
            classes=snakemake.input.classes[0],
            rows=[list(snakemake.input.rows[k::n_parts]) for k in range(n_parts)],
            objects=[list(snakemake.input.objects[k::n_parts]) for k in range(n_parts)],
            block=snakemake.params.block,
            replay=snakemake.params.replay,
            name=snakemake.params.name,
            lightcurves=snakemake.output.lightcurves,
            table=snakemake.output.objects,
            settings_file=snakemake.output.settings,
        )
