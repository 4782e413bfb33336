"""Draw precision against recall of every model and the blend, for both kinds of folds."""

from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import out_of_fold
from tde.plots.precision_recall import plot_precision_recall
from tde.runlog import run_log
from tde.tables import read_json, read_parquet


def main(*, models: list[str], blend: str, names: list[str], training_objects: str, metrics: str, figure: str) -> None:
    training = read_training_objects(training_objects)
    paths = dict(zip([*names, "blend"], [*models, blend], strict=True))
    predictions = {
        name: {oof.kind: oof for oof in out_of_fold(read_parquet(path), training.object_id)}
        for name, path in paths.items()
    }
    scores = read_json(metrics)
    points = {
        kind: (scores[kind]["mean"]["recall"], scores[kind]["mean"]["precision"]) for kind in predictions["blend"]
    }
    plot_precision_recall(predictions, training.positive, points, figure)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            models=snakemake.input.models,
            blend=snakemake.input.blend,
            names=snakemake.params.names,
            training_objects=snakemake.input.training,
            metrics=snakemake.input.metrics,
            figure=snakemake.output.figure,
        )
