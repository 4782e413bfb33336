"""Say what is in some files of light curves, before anything is computed: a table, a picture, and counts."""

import tempfile
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from tde.lightcurves import read_shard
from tde.plots.first_objects import plot_first_objects
from tde.runlog import run_log
from tde.sources.chunk_files import OBJECTS_FILE, chunk_name
from tde.sources.chunks import write_chunks
from tde.sources.inspection import OBJECT_COLUMNS, object_rows, report_lines
from tde.sources.object_table import read_object_table
from tde.tables import read_parquet, write_csv, write_json, write_text
from tde.workflow.configuration.predict_settings import Predict
from tde.workflow.configuration.problems import read_block


def main(
    *,
    lightcurves: list[str],
    objects: list[str],
    block: dict[str, Any],
    summary: str,
    table: str,
    report: str,
    picture: str,
) -> list[str]:
    settings = read_block(Predict, block, where="predict")
    # nothing is assumed for an unknown E(B-V): fluxes stay as they are
    known = read_object_table(Path(objects[0]) if objects else None, settings.object_columns, assumed_ebv=0.0)
    rows: list[list[Any]] = []
    with tempfile.TemporaryDirectory(dir=Path(summary).parent) as folder:
        counts = write_chunks(settings, [Path(path) for path in lightcurves], known, settings.chunk_size, Path(folder))
        found = read_parquet(Path(folder) / OBJECTS_FILE)
        for k in range(counts["chunks"]):
            mine = found.filter(pc.equal(found["shard"], chunk_name(k))).combine_chunks()
            chunk = read_shard(Path(folder) / f"{chunk_name(k)}.parquet", mine)
            rows += object_rows(chunk, mine)
            if k == 0:
                plot_first_objects(chunk, mine["flags"].to_pylist(), picture)
    lines = list(report_lines(counts, rows, found["flags"].to_pylist()))
    write_text(summary, "\n".join(lines) + "\n")
    write_csv(table, OBJECT_COLUMNS, rows)
    write_json(report, counts)
    print(f"{summary}: {counts['rows read']} rows, {counts['objects']} objects")
    return [*lines, f"picture: {picture}"]


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        said = main(
            lightcurves=snakemake.input.lightcurves,
            objects=snakemake.input.objects,
            block=snakemake.params.block,
            summary=snakemake.output.summary,
            table=snakemake.output.table,
            report=snakemake.output.report,
            picture=snakemake.output.picture,
        )
    # on the screen too, not in the log alone
    print(*said, sep="\n", flush=True)
