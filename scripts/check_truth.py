"""Compare the score the protocol promised with the score on the test set's true labels."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from tde.evaluation.truth import promise_and_truth, true_scores
from tde.report.html_tables import write_html_table
from tde.runlog import run_log
from tde.tables import read_json, write_atomically

HEADER = ("score", "promised by cross-validation", "true, on the test set", "error of the difference", "deviation")
NOTES = (
    "Promised: mean over repeats with folds at random, as the test set also holds siblings of training objects.",
    "Error: sampling errors of both scores (bootstrap over real events) in quadrature; deviations are in its units.",
)


def main(truth: str, submission: str, probabilities: str, metrics: str, table: str, page: str) -> None:
    labels = in_order(pa.csv.read_csv(truth), pa.csv.read_csv(submission))
    probability = pa.csv.read_csv(
        probabilities, read_options=pa.csv.ReadOptions(column_names=["object_id", "p_TDE"], skip_rows=1)
    )
    true = true_scores(
        labels["target"].to_numpy() == 1,
        in_order(probability, labels)["p_TDE"].to_numpy(),
        labels["prediction"].to_numpy() == 1,
        np.unique(labels["parent"].to_numpy(), return_inverse=True)[1],
    )
    rows = promise_and_truth(read_json(metrics)["random"], true)
    write_atomically(table, lambda name: pa.csv.write_csv(pa.Table.from_pylist(rows), name))
    write_html_table(page, "Promised and true scores", HEADER, [cells(row) for row in rows], NOTES)


def in_order(table: pa.Table, like: pa.Table) -> pa.Table:
    """Rows of a table in the order of another one's objects, with that one's other columns."""
    rows = table.take(pc.index_in(like["object_id"], value_set=table["object_id"].combine_chunks()))
    for name in like.column_names:
        if name not in rows.column_names:
            rows = rows.append_column(name, like[name])
    return rows


def cells(row: dict[str, Any]) -> list[str]:
    numbers = [f"{row[name]:.3f}" for name in ("promised", "true", "error")]
    return [row["score"].replace("_", " "), *numbers, f"{row['deviation']:+.1f}"]


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            truth=snakemake.input.truth,
            submission=snakemake.input.submission,
            probabilities=snakemake.input.probabilities,
            metrics=snakemake.input.metrics,
            table=snakemake.output.table,
            page=snakemake.output.page,
        )
