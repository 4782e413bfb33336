"""Put the files that have come in into nights."""

from typing import Any

from tde.nights.listing_nights import nights_of_files
from tde.runlog import run_log
from tde.sources.input_files import files_of_folder, without_table
from tde.tables import write_json
from tde.workflow.configuration.nights_settings import Nights
from tde.workflow.configuration.problems import read_block


def main(*, block: dict[str, Any], replay: str, listing: str) -> None:
    settings = read_block(Nights, block, "nights").as_predict(replay)
    files = without_table(files_of_folder(str(settings.lightcurves), "nights.files"), settings.objects)
    found = nights_of_files(settings, files)
    write_json(listing, found)
    print(f"{listing}: {len(files)} files of {len(found['nights'])} nights; {len(found['refused'])} of none")
    print(*found["refused"].values(), sep="\n")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            block=snakemake.params.block,
            replay=snakemake.params.replay,
            listing=snakemake.output.listing,
        )
