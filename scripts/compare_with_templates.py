"""Compare the test objects of a shard with the colour surfaces of the classes."""

from pathlib import Path

from tde.compiled.cache import use_compiled
from tde.curves import read_curve_parameters
from tde.features.table import feature_table
from tde.lightcurves import read_shard
from tde.runlog import run_log
from tde.tables import read_objects, write_parquet


def main(shard: str, objects: str, curves: str, surfaces: str, compiled: str, output: str) -> None:
    use_compiled(compiled)
    from tde.features.templates import columns, template_values
    from tde.surfaces.outbursts import CURVE_PARAMETERS, select_outbursts
    from tde.surfaces.surface_files import read_surfaces

    lightcurves = read_shard(shard, read_objects(objects, Path(shard).stem))
    parameters = read_curve_parameters([curves], lightcurves.object_id, CURVE_PARAMETERS)
    values = template_values(select_outbursts(lightcurves, parameters), read_surfaces(surfaces))
    write_parquet(output, feature_table(lightcurves.object_id, columns(), values))
    print(f"{output}: {len(lightcurves)} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            snakemake.input.shard,
            snakemake.input.objects,
            snakemake.input.curves,
            snakemake.input.surfaces,
            snakemake.input.compiled,
            snakemake.output.features,
        )
