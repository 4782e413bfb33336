"""Read some of the files of a night, while other jobs read the others."""

from pathlib import Path
from typing import Any

from tde.nights.night_pieces import REPORT, piece_paths
from tde.nights.night_reading import read_night
from tde.runlog import run_log
from tde.sources.refusals import refusal_words
from tde.tables import write_json
from tde.workflow.configuration.nights_settings import Nights
from tde.workflow.configuration.problems import read_block


def main(*, files: list[str], night: str, block: dict[str, Any], replay: str, n_parts: int, piece: str) -> None:
    settings = read_block(Nights, block, "nights").as_predict(replay)
    Path(piece).mkdir(parents=True, exist_ok=True)
    counts = read_night(settings, [Path(file) for file in files], night, *piece_paths(piece, n_parts))
    write_json(f"{piece}/{REPORT}", counts)
    print(f"{piece}: {counts['rows read']} rows of {counts['objects']} objects")
    print(refusal_words(counts))


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            files=snakemake.input.files,
            night=snakemake.wildcards.night,
            block=snakemake.params.block,
            replay=snakemake.params.replay,
            n_parts=snakemake.params.n_parts,
            piece=snakemake.output.piece,
        )
