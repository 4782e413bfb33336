"""Fit models of unfinished light curves on all training objects, for the bundle."""

from pathlib import Path
from typing import Any

import numpy as np

from tde.evaluation.objects import read_training_objects
from tde.models.inputs import read_tuned
from tde.models.training import save_estimators
from tde.runlog import run_log
from tde.tables import read_parquet
from tde.views.feature_files import FeatureFiles
from tde.views.learners import NO_FOLD, fit_folds
from tde.views.lessons import learners_of, lessons_of


def main(
    *,
    models: dict[str, dict[str, Any]],
    families: list[str],
    features_train: list[str],
    features_views: list[str],
    views: str,
    training_objects: str,
    tuned: list[str],
    threads: int,
    fitted: str,
) -> None:
    training = read_training_objects(training_objects)
    files = {name: paths for name, *paths in zip(families, features_train, features_views, strict=True)}
    nowhere = np.zeros(len(training.object_id), dtype=np.int64)
    lesson = lessons_of(training, nowhere, read_parquet(views), FeatureFiles(files)).all
    learners = learners_of(models, {Path(path).parent.name: read_tuned([path]) for path in tuned}, lesson)
    found = fit_folds(learners, [1.0] * len(models), lesson, [NO_FOLD], threads)
    for learner, model in zip(learners, found, strict=True):
        save_estimators(f"{fitted}/{model.name}", learner.block, model.features, model.fits)
    print(f"{', '.join(models)}: {len(lesson.codes)} light curves of {len(training.object_id)} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            models=snakemake.params.models,
            families=snakemake.params.families,
            features_train=snakemake.input.train,
            features_views=snakemake.input.features,
            views=snakemake.input.views,
            training_objects=snakemake.input.training,
            tuned=snakemake.input.get("tuned", []),
            threads=snakemake.threads,
            fitted=snakemake.output.fitted,
        )
