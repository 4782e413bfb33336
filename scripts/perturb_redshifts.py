"""Give the training objects redshifts as uncertain as those of the test set."""

from tde.evaluation.redshifts import perturb_redshifts
from tde.runlog import run_log
from tde.tables import read_parquet, write_parquet


def main(*, objects: str, sigma: float, seed: int, output: str) -> None:
    table = perturb_redshifts(read_parquet(objects), sigma, seed)
    write_parquet(output, table)
    print(f"{output}: {table.num_rows} redshifts scattered by {sigma} (1 + z)")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            objects=snakemake.input.objects,
            sigma=snakemake.params.sigma,
            seed=snakemake.params.seed,
            output=snakemake.output.objects,
        )
