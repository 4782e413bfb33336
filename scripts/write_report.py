"""Put the report's figures and tables on one page that works offline."""

import csv
from pathlib import Path

from tde.evaluation.objects import read_training_objects
from tde.report.report_page import read_item, write_report
from tde.runlog import run_log
from tde.tables import read_json, read_parquet

N_CANDIDATES = 10


def main(
    parts: list[str],
    captions: list[str],
    threshold: str,
    metrics: str,
    training: str,
    ingest: str,
    candidates: str,
    candidates_page: str,
    dataset: str,
    page: str,
) -> None:
    positive = read_training_objects(training).positive
    context = {
        "dataset": dataset,
        "threshold": read_json(threshold),
        "scores": read_json(metrics),
        "n_train": len(positive),
        "n_tde": int(positive.sum()),
        "ingest": ingest_rows(ingest),
        "candidates": read_parquet(candidates).slice(0, N_CANDIDATES).to_pylist(),
        "candidates_page": candidates_page,
    }
    folder = Path(captions[0]).parent
    items = [read_item(path, folder) for path in parts]
    write_report(page, items, context)
    print(f"{page}: {len(items)} figures and tables")


def ingest_rows(path: str) -> list[tuple[str, str, int]]:
    """Counts of both logs and of all light curves together: where, what, how many."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = [(row["file"], row["quantity"], int(row["count"])) for row in csv.DictReader(file)]
    wanted = [row for row in rows if row[0].endswith("_log.csv") or row[0] == "all light curves"]
    return [(Path(where).name, what, count) for where, what, count in wanted if count]


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            list(snakemake.input.parts),
            list(snakemake.input.captions),
            snakemake.input.threshold,
            snakemake.input.metrics,
            snakemake.input.training,
            snakemake.input.ingest,
            snakemake.input.candidates,
            snakemake.params.candidates_page,
            snakemake.params.dataset,
            snakemake.output.page,
        )
