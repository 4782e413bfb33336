"""Put a bundle into one file: numbers with fewer digits, everything compressed."""

from tde.predict.packed import pack
from tde.runlog import run_log


def main(*, bundle: str, output: str) -> None:
    packed = pack(bundle, output)
    print(
        f"{output}: {packed.n_bytes / 1e6:.1f} MB; what a model says of known objects changes by at most"
        f" {packed.largest_change:.1g}"
    )


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(bundle=snakemake.input.bundle, output=snakemake.output.packed)
