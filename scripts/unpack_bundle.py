"""Unfold a packed bundle and check every byte of it."""

from tde.predict.packed import unpack
from tde.runlog import run_log


def main(*, packed: str, output: str) -> None:
    unpack(packed, output)
    print(f"{output}: unpacked from {packed}")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(packed=snakemake.input.packed, output=snakemake.output.bundle)
