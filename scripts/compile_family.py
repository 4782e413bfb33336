"""Compile a family's code once, into a folder that all jobs of the family read."""

import time
from pathlib import Path
from typing import Any

from tde.compiled.cache import use_compiled
from tde.compiled.warm_up import warm_up_lightcurves
from tde.curves import read_curves, write_curves
from tde.features.registry import CURVE_FAMILIES, FOLD_FAMILIES, curves_read
from tde.features.table import compute_table, family_module, fit_curves
from tde.runlog import run_log

WARM_UP_CURVES = "warm_up_curves.parquet"
"""Curves of the made-up objects, for the families that read them."""


def main(family: str, options: dict[str, Any], needed: list[str], folder: str) -> None:
    use_compiled(folder)
    start = time.perf_counter()
    lightcurves = warm_up_lightcurves()
    if family in CURVE_FAMILIES:
        write_curves(Path(folder) / WARM_UP_CURVES, fit_curves(family, lightcurves, options))
        needed = [folder]
    curves = [read_curves(Path(folder) / WARM_UP_CURVES) for folder in needed]
    by_family = dict(zip(curves_read(family), curves, strict=True))
    if family in FOLD_FAMILIES:
        family_module(family).warm_up(lightcurves, **by_family)
    else:
        compute_table(family, lightcurves, options, by_family)
    n_compiled = len(list(Path(folder).rglob("*.nbc")))
    print(f"{family}: {n_compiled} compiled functions in {folder} after {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            snakemake.wildcards.family,
            snakemake.params.options,
            list(snakemake.input.needed),
            snakemake.output.compiled,
        )
