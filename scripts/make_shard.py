"""Turn the light curves of one shard, a split or a part of it, into a validated table."""

from tde.ingest.observations import read_observations
from tde.ingest.shards import same_file
from tde.lightcurves import write_shard
from tde.runlog import run_log
from tde.tables import read_objects, write_json


def main(*, lightcurves: str, objects: str, set_name: str, name: str, shard: str, report: str) -> None:
    all_in_file = same_file(objects, name)
    mine = read_objects(objects, name)
    observations, counts = read_observations(lightcurves, mine, f"{set_name}_log.csv", same_file=all_in_file)
    write_shard(shard, observations)
    write_json(report, counts)
    print(f"{lightcurves}: {counts['rows kept']} of {counts['rows read']} rows kept, {counts['objects']} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            lightcurves=snakemake.input.lightcurves,
            objects=snakemake.input.objects,
            set_name=snakemake.wildcards.set,
            name=snakemake.wildcards.shard,
            shard=snakemake.output.shard,
            report=snakemake.output.report,
        )
