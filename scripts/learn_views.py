"""Learn from views fold by fold, and when models of unfinished light curves are believed rather than of whole ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.evaluation.blend import Weights, parse_weights
from tde.evaluation.classes import CLASSES, TDE, told_apart
from tde.evaluation.folds import read_folds
from tde.evaluation.handover import Handover, fit_handover
from tde.evaluation.objects import read_training_objects
from tde.models.inputs import read_tuned
from tde.runlog import run_log
from tde.tables import read_json, read_parquet, write_json, write_parquet
from tde.views.feature_files import FeatureFiles
from tde.views.learners import FoldModel, class_probabilities, fit_folds, save_folds
from tde.views.lessons import Lessons, learners_of, lessons_of
from tde.views.states import PROGRESS


class Told(NamedTuple):
    """The hand-over of each fold, that of all light curves, and what is said of those held out."""

    of_folds: list[Handover]
    of_all: Handover
    held_out: pa.Table


def main(
    *,
    models: dict[str, dict[str, Any]],
    early_models: dict[str, dict[str, Any]],
    blend_weights: str,
    early_weights: Weights,
    families: list[str],
    features_train: list[str],
    features_views: list[str],
    views: str,
    training_objects: str,
    folds: str,
    tuned: list[str],
    kind: str,
    repeat: int,
    threads: int,
    fits: str,
    handover: str,
    held_out: str,
) -> None:
    training = read_training_objects(training_objects)
    fold = read_folds(read_parquet(folds), training.object_id, kind)[repeat]
    files = {name: paths for name, *paths in zip(families, features_train, features_views, strict=True)}
    lessons = lessons_of(training, fold, read_parquet(views), FeatureFiles(files))
    every_fold = list(range(int(fold.max()) + 1))
    found = {Path(path).parent.name: read_tuned([path]) for path in tuned}
    of_whole = learners_of(models, found, lessons.whole)
    of_views = learners_of(early_models, found, lessons.all)
    shares = parse_weights(early_weights, list(early_models))
    if shares is None:
        raise InputError(f"weights of the blend early.blend: got {early_weights!r}; allowed: mean or numbers")
    by_name = read_json(blend_weights)["weights"]
    whole_shares = [by_name[name] for name in models]
    whole = fit_folds(of_whole, whole_shares, lessons.whole, every_fold, threads)
    unfinished = fit_folds(of_views, shares.tolist(), lessons.all, every_fold, threads)
    save_folds(fits, [*whole, *unfinished], {learner.block.name: learner.block for learner in (*of_whole, *of_views)})
    told = _hand_over(lessons, whole, unfinished, told_apart(learner.block.classes for learner in of_whole))
    write_parquet(held_out, told.held_out)
    weights = {
        "whole": dict(zip(models, whole_shares, strict=True)),
        "views": dict(zip(early_models, shares.tolist(), strict=True)),
    }
    gates = {"all": told.of_all.content(), "folds": [gate.content() for gate in told.of_folds]}
    write_json(handover, {"weights": weights, **gates})
    share = told.of_all.share(lessons.progress)
    n = len(fold)
    print(f"models of views count for {share[n:].mean():.2f} on views, {share[:n].mean():.2f} on whole light curves")


def _hand_over(lessons: Lessons, whole: list[FoldModel], unfinished: list[FoldModel], names: Sequence[str]) -> Told:
    """Learn the share of each kind of models from all light curves, and from those outside of each fold."""
    lesson = lessons.all

    def features(columns: Sequence[str]) -> np.ndarray:
        return lesson.features.matrix(columns, len(lesson.codes))

    classes = [_alike(class_probabilities(models, features, lesson.fold), names) for models in (whole, unfinished)]
    said = [np.ascontiguousarray(of_kind[:, -1]) for of_kind in classes]
    positive = lesson.codes == TDE

    def gate(rows: np.ndarray) -> Handover:
        return fit_handover(lessons.progress[rows], said[0][rows], said[1][rows], positive[rows], lesson.weight[rows])

    of_folds = [gate(lesson.fold != k) for k in range(int(lesson.fold.max()) + 1)]
    mixed, others = np.full(len(positive), np.nan), np.full((len(positive), len(names) - 1), np.nan)
    for k, of_fold in enumerate(of_folds):
        held = lesson.fold == k
        mixed[held] = of_fold.mixed(lessons.progress[held], said[0][held], said[1][held])
        for j in range(len(names) - 1):
            others[held, j] = of_fold.mixed(lessons.progress[held], classes[0][held, j], classes[1][held, j])
    columns = {name: lessons.progress[:, j] for j, name in enumerate(PROGRESS)}
    says = {"whole": said[0], "views": said[1], "both": mixed}
    says |= {f"p_{name}": others[:, j] for j, name in enumerate(names[:-1])}
    known = [names[code] if len(names) == len(CLASSES) else names[code == TDE] for code in lesson.codes]
    rows = {"fold": lesson.fold, "is_TDE": positive, "class": known, "weight": lesson.weight}
    return Told(of_folds, gate(np.ones(len(positive), dtype=bool)), pa.table(columns | rows | says))


def _alike(said: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Probabilities of the classes that are asked for: models may tell apart more."""
    if said.shape[1] < len(names):
        raise InputError("early.blend: its models tell fewer classes apart than those of the submitted blend")
    return said if said.shape[1] == len(names) else np.column_stack([1.0 - said[:, -1], said[:, -1]])


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            models=snakemake.params.models,
            early_models=snakemake.params.early_models,
            blend_weights=snakemake.input.weights,
            early_weights=snakemake.params.early_weights,
            families=snakemake.params.families,
            features_train=snakemake.input.train,
            features_views=snakemake.input.features,
            views=snakemake.input.views,
            training_objects=snakemake.input.training,
            folds=snakemake.input.folds,
            tuned=snakemake.input.get("tuned", []),
            kind=snakemake.wildcards.kind,
            repeat=int(snakemake.wildcards.repeat),
            threads=snakemake.threads,
            fits=snakemake.output.fits,
            handover=snakemake.output.handover,
            held_out=snakemake.output.held_out,
        )
