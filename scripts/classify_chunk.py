"""Classify the objects of one chunk with the bundle."""

from pathlib import Path

import pyarrow.compute as pc

from tde.compiled.cache import use_compiled
from tde.lightcurves import read_shard
from tde.predict.bundle import read_bundle
from tde.predict.classify import classify
from tde.runlog import run_log
from tde.sources.chunk_files import OBJECTS_FILE
from tde.tables import read_parquet, write_parquet


def main(
    *,
    chunks: str,
    chunk: str,
    bundle: str,
    compiled: str,
    n_redshifts: int,
    n_resamples: int,
    resample_above: float,
    output: str,
) -> None:
    use_compiled(compiled)
    objects = read_parquet(Path(chunks) / OBJECTS_FILE)
    objects = objects.filter(pc.equal(objects["shard"], chunk)).combine_chunks()
    lightcurves = read_shard(Path(chunks) / f"{chunk}.parquet", objects)
    found = classify(read_bundle(bundle), lightcurves, objects, n_redshifts, n_resamples, resample_above)
    write_parquet(output, found.append_column("label", objects["label"]))
    print(f"{output}: {pc.sum(found['is_TDE']).as_py()} of {len(lightcurves)} objects are called TDE")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            chunks=snakemake.input.chunks,
            chunk=snakemake.wildcards.chunk,
            bundle=snakemake.input.bundle,
            compiled=snakemake.input.compiled,
            n_redshifts=snakemake.params.n_redshifts,
            n_resamples=snakemake.params.n_resamples,
            resample_above=snakemake.params.resample_above,
            output=snakemake.output.predictions,
        )
