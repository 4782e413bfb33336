"""Read a collection of labelled light curves and divide it: what has a label is learnt from, the rest classified."""

from collections.abc import Sequence
from typing import Any

from tde.collection.object_labels import Labels
from tde.collection.sets import SetFiles, read_sets
from tde.runlog import run_log
from tde.sources.refusals import refusal_words
from tde.tables import write_json
from tde.workflow.configuration.collection_settings import Collection
from tde.workflow.configuration.problems import read_block

WORDS = {"train": "objects with a label", "test": "objects without a label"}


def main(
    *,
    lightcurves: Sequence[str],
    block: dict[str, Any],
    name: str,
    sets: dict[str, SetFiles],
    counts: dict[str, str],
    reading: str,
    totals: str,
) -> None:
    labels = Labels(read_block(Collection, block, f"datasets.{name}"), name)
    read = read_sets(labels, lightcurves, sets, learnt_from="train")
    for set_name, path in counts.items():
        write_json(path, {"file": WORDS[set_name], **read.counts[set_name]})
        print(f"{read.counts[set_name]['objects']} {WORDS[set_name]}")
    write_json(reading, read.report)
    write_json(totals, {"file": "all light curves", **light_curve_counts(read.report)})
    print(refusal_words(read.report))


def light_curve_counts(report: dict[str, Any]) -> dict[str, int]:
    """Rows by what became of them."""
    dropped = ("repeated rows", "alerts replaced by forced photometry")
    plain = ("rows read", "rows without a value", "rows after the date", "upper limits", *dropped)
    left_out = report["rows left out"] | {
        f"band {band}": n for band, n in report["rows in bands that cannot be used"].items()
    }
    return {
        **{quantity: report[quantity] for quantity in plain},
        "rows used": sum(report["rows by band"].values()) - sum(report[quantity] for quantity in dropped),
        **{f"rows left out, {reason}": number for reason, number in left_out.items()},
        "files refused": len(report["files refused"]),
        "files not read": len(report["files not read"]),
    }


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        names = snakemake.params.sets
        shards = list(snakemake.output.shards)
        n_shards = len(shards) // len(names)
        main(
            lightcurves=snakemake.input.lightcurves,
            # labels and their classes are no parameters: a change of these alone reads nothing again
            block=snakemake.config["datasets"][snakemake.params.name],
            name=snakemake.params.name,
            sets={
                each: SetFiles(snakemake.output.objects[k], shards[k * n_shards : (k + 1) * n_shards])
                for k, each in enumerate(names)
            },
            counts=dict(zip(names, snakemake.output.counts, strict=True)),
            reading=snakemake.output.reading,
            totals=snakemake.output.totals,
        )
