"""Fetch the MALLORN files from Kaggle."""

from pathlib import Path

from tde.kaggle.kaggle_files import download
from tde.runlog import run_log


def main(*, train_log: str) -> None:
    download(Path(train_log).parent)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(train_log=snakemake.output.train_log)
