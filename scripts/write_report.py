"""Put the report's figures and tables on one page that works offline."""

import csv
from pathlib import Path

from tde.evaluation.objects import read_training_objects
from tde.report.report_page import candidate_table, ingest_table, read_item, write_report
from tde.runlog import run_log
from tde.tables import read_json, read_parquet

N_CANDIDATES = 10


def main(
    *,
    parts: list[str],
    captions: list[str],
    threshold: str,
    metrics: str,
    training: str,
    ingest: str,
    candidates: str,
    candidates_page: str,
    dataset: str,
    sought: str,
    page: str,
) -> None:
    positive = read_training_objects(training).positive
    context = {
        "dataset": dataset,
        "sought": sought,
        "threshold": read_json(threshold),
        "scores": read_json(metrics),
        "n_train": len(positive),
        "n_tde": int(positive.sum()),
        "ingest": ingest_table(read_rows(ingest)),
        "candidates": candidate_table(read_parquet(candidates).slice(0, N_CANDIDATES).to_pylist()),
        "candidates_page": candidates_page,
    }
    folder = Path(captions[0]).parent
    items = [read_item(path, folder) for path in parts]
    write_report(page, items, context)
    print(f"{page}: {len(items)} figures and tables")


def read_rows(path: str) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            parts=list(snakemake.input.parts),
            captions=list(snakemake.input.captions),
            threshold=snakemake.input.threshold,
            metrics=snakemake.input.metrics,
            training=snakemake.input.training,
            ingest=snakemake.input.ingest,
            candidates=snakemake.input.candidates,
            candidates_page=snakemake.params.candidates_page,
            dataset=snakemake.params.dataset,
            sought=snakemake.params.sought,
            page=snakemake.output.page,
        )
