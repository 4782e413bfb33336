"""Compile a family's code once, into a folder that all jobs of the family read."""

import gc
import time
from pathlib import Path
from typing import Any

import numpy as np

from tde.compiled.cache import use_compiled
from tde.compiled.shared_code import share_compiled
from tde.compiled.warm_up import warm_up_lightcurves, warm_up_sample
from tde.curves import read_curves, write_curves
from tde.features.table import compute_table, fit_curves, learn
from tde.runlog import run_log

WARM_UP_CURVES = "warm_up_curves.parquet"
"""Curves of the made-up objects, for the families that read them."""


def main(
    *, family: str, options: dict[str, Any], reads: list[str], learns: bool, needed: list[str], folder: str
) -> None:
    use_compiled(folder)
    share_compiled()
    gc.disable()  # the compiler's objects live to the end of the job; looking through them takes a tenth of its time
    start = time.perf_counter()
    lightcurves = warm_up_lightcurves()
    if family in reads:  # it fits these curves itself
        write_curves(Path(folder) / WARM_UP_CURVES, fit_curves(family, lightcurves, options))
        needed = [folder]
    curves = [read_curves(Path(name) / WARM_UP_CURVES) for name in needed]
    by_family = dict(zip(reads, curves, strict=True))
    if learns:
        several = np.tile(np.arange(len(lightcurves)), 6)
        lightcurves = lightcurves.select(several)
        by_family = {name: fitted.select(several) for name, fitted in by_family.items()}
        sample = warm_up_sample(len(several))
        learnt = learn(family, lightcurves, sample, options, by_family)
        compute_table(family, lightcurves, options, by_family, learnt, sample.half)
    else:
        compute_table(family, lightcurves, options, by_family)
    n_compiled = len(list(Path(folder).rglob("*.nbc")))
    print(f"{family}: {n_compiled} compiled functions in {folder} after {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            family=snakemake.wildcards.family,
            options=snakemake.params.options,
            reads=snakemake.params.reads,
            learns=snakemake.params.learns,
            needed=snakemake.input.needed,
            folder=snakemake.output.compiled,
        )
