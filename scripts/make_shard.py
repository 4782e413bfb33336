"""Turn the light curves of one shard, a split or a part of it, into a validated table for each set."""

from tde.ingest.observations import read_observations
from tde.ingest.shards import same_file
from tde.lightcurves import write_shard
from tde.runlog import run_log
from tde.tables import read_objects, write_json


def main(
    *, lightcurves: dict[str, str], objects: dict[str, str], name: str, shards: dict[str, str], reports: dict[str, str]
) -> None:
    for set_name, path in lightcurves.items():
        all_in_file = same_file(objects[set_name], name)
        mine = read_objects(objects[set_name], name)
        observations, counts = read_observations(path, mine, f"{set_name}_log.csv", same_file=all_in_file)
        write_shard(shards[set_name], observations)
        write_json(reports[set_name], counts)
        print(f"{path}: {counts['rows kept']} of {counts['rows read']} rows kept, {counts['objects']} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        sets = snakemake.params.sets
        main(
            lightcurves=dict(zip(sets, snakemake.input.lightcurves, strict=True)),
            objects=dict(zip(sets, snakemake.input.objects, strict=True)),
            name=snakemake.wildcards.shard,
            shards=dict(zip(sets, snakemake.output.shards, strict=True)),
            reports=dict(zip(sets, snakemake.output.reports, strict=True)),
        )
