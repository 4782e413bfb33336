"""List what every raw file gave: rows read, kept and dropped, objects mended."""

from collections import Counter

from tde.runlog import run_log
from tde.tables import read_json, write_csv


def main(*, objects: list[str], shards: list[str], table: str) -> None:
    totals: Counter[str] = Counter()
    rows = []
    for path in [*objects, *shards]:
        counts = read_json(path)
        file = counts.pop("file")
        rows += [(file, quantity, count) for quantity, count in counts.items()]
        if path in shards:
            totals.update(counts)
    rows += [("all light curves", quantity, count) for quantity, count in totals.items()]
    write_csv(table, ("file", "quantity", "count"), rows)
    print("\n".join(f"{quantity}: {count}" for quantity, count in totals.items()))


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(objects=snakemake.input.objects, shards=snakemake.input.shards, table=snakemake.output.table)
