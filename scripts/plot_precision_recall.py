"""Draw precision against recall of every model and the blend, for both kinds of folds."""

import pyarrow.compute as pc
import pyarrow.parquet as pq

from tde.evaluation.predictions import out_of_fold
from tde.plots.precision_recall import plot_precision_recall
from tde.runlog import run_log
from tde.tables import read_json


def main(models: list[str], blend: str, names: list[str], objects: str, metrics: str, figure: str) -> None:
    table = pq.read_table(objects, columns=["object_id", "target"])
    object_id = table["object_id"].to_numpy()
    paths = dict(zip([*names, "blend"], [*models, blend], strict=True))
    predictions = {
        name: {oof.kind: oof for oof in out_of_fold(pq.read_table(path), object_id)} for name, path in paths.items()
    }
    scores = read_json(metrics)
    points = {
        kind: (scores[kind]["mean"]["recall"], scores[kind]["mean"]["precision"]) for kind in predictions["blend"]
    }
    positive = pc.equal(table["target"], 1).to_numpy()
    plot_precision_recall(predictions, positive, points, figure)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            models=snakemake.input.models,
            blend=snakemake.input.blend,
            names=snakemake.params.names,
            objects=snakemake.input.objects,
            metrics=snakemake.input.metrics,
            figure=snakemake.output.figure,
        )
