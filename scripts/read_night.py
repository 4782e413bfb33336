"""Read the files of one night, or take what other jobs have read of them, and put it into the parts of the state."""

from pathlib import Path
from typing import Any

from tde.nights.night_pieces import put_together
from tde.nights.night_reading import read_night
from tde.runlog import run_log
from tde.sources.refusals import refusal_words
from tde.tables import write_json
from tde.workflow.configuration.nights_settings import Nights
from tde.workflow.configuration.problems import read_block


def main(
    *,
    files: list[str],
    pieces: list[str],
    night: str,
    block: dict[str, Any],
    replay: str,
    rows: list[str],
    objects: list[str],
    report: str,
) -> None:
    settings = read_block(Nights, block, "nights").as_predict(replay)
    if pieces:
        counts = put_together(pieces, rows, objects)
    else:
        counts = read_night(settings, [Path(file) for file in files], night, rows, objects)
    write_json(report, counts)
    print(f"{night}: {counts['rows read']} rows of {counts['objects']} objects")
    print(refusal_words(counts))


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            files=snakemake.input.files,
            pieces=snakemake.input.pieces,
            night=snakemake.wildcards.night,
            block=snakemake.params.block,
            replay=snakemake.params.replay,
            rows=snakemake.output.rows,
            objects=snakemake.output.objects,
            report=snakemake.output.report,
        )
