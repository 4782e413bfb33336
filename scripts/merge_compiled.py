"""Put the compiled code of all families of the blend into one folder, and compile what is missing."""

import time
from typing import Any

from tde.compiled.cache import use_compiled
from tde.compiled.merge import merge_compiled
from tde.compiled.warm_up import warm_up_lightcurves
from tde.predict.matrix import feature_tables
from tde.runlog import run_log


def main(*, folders: list[str], families: dict[str, dict[str, Any]], output: str) -> None:
    start = time.perf_counter()
    n_functions = merge_compiled(folders, output)
    use_compiled(output)
    feature_tables(warm_up_lightcurves(), families)
    print(f"{output}: {n_functions} functions of {len(folders)} families after {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(folders=snakemake.input.compiled, families=snakemake.params.families, output=snakemake.output.compiled)
