"""Read the user's light curves in their own form, check them, and write them in chunks of objects."""

from pathlib import Path
from typing import Any

from tde.predict.bundle import read_manifest
from tde.runlog import run_log
from tde.sources.chunks import write_chunks
from tde.sources.object_table import read_object_table
from tde.sources.refusals import refusal_words
from tde.tables import write_json
from tde.workflow.configuration.predict_settings import Predict
from tde.workflow.configuration.problems import read_block


def main(
    *,
    lightcurves: list[str],
    objects: list[str],
    bundle: str,
    block: dict[str, Any],
    chunks: str,
    report: str,
) -> None:
    settings = read_block(Predict, block, where="predict")
    ebv = read_manifest(bundle)["training"]["ebv_median"]
    table = read_object_table(Path(objects[0]) if objects else None, settings.object_columns, ebv)
    counts = write_chunks(settings, [Path(path) for path in lightcurves], table, settings.chunk_size, Path(chunks))
    write_json(report, counts)
    print(f"{chunks}: {counts['rows read']} rows, {counts['objects']} objects in {counts['chunks']} chunks")
    print(*(f"  E(B-V) {words}: {n} objects" for words, n in counts["E(B-V)"].items()), sep="\n")
    print(refusal_words(counts))


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            lightcurves=snakemake.input.lightcurves,
            objects=snakemake.input.objects,
            bundle=snakemake.input.bundle,
            block=snakemake.params.block,
            chunks=snakemake.output.chunks,
            report=snakemake.output.report,
        )
