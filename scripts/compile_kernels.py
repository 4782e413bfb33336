"""Compile a family's kernels once, into a folder that all jobs of the family read."""

import time
from pathlib import Path
from typing import Any

from tde.features.table import compute_table
from tde.features.warm_up import warm_up_lightcurves
from tde.kernels import use_kernels
from tde.runlog import run_log


def main(family: str, options: dict[str, Any], kernels_dir: str) -> None:
    use_kernels(kernels_dir)
    start = time.perf_counter()
    compute_table(family, warm_up_lightcurves(), options)
    kernels = len(list(Path(kernels_dir).rglob("*.nbc")))
    print(f"{family}: {kernels} kernels in {kernels_dir} after {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(snakemake.wildcards.family, snakemake.params.options, snakemake.output.kernels)
