"""Compare the score the protocol promised with the score on the test set's true labels."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from tde.evaluation.truth import promise_and_truth, true_scores
from tde.pages.sheet import write_table
from tde.runlog import run_log
from tde.tables import read_json


def main(*, truth: str, submission: str, probabilities: str, metrics: str, table: str, data: str, page: str) -> None:
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
    compared = promise_and_truth(read_json(metrics)["random"], true)
    write_table(compared, csv=table, data=data, page=page)


def in_order(table: pa.Table, like: pa.Table) -> pa.Table:
    """Rows of a table in the order of another one's objects, with that one's other columns."""
    rows = table.take(pc.index_in(like["object_id"], value_set=table["object_id"].combine_chunks()))
    for name in like.column_names:
        if name not in rows.column_names:
            rows = rows.append_column(name, like[name])
    return rows


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            truth=snakemake.input.truth,
            submission=snakemake.input.submission,
            probabilities=snakemake.input.probabilities,
            metrics=snakemake.input.metrics,
            table=snakemake.output.table,
            data=snakemake.output.data,
            page=snakemake.output.page,
        )
