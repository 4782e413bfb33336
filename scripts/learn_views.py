"""Fit models of unfinished light curves, and learn when they are believed rather than those of whole ones."""

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
from tde.evaluation.objects import TrainingObjects, read_training_objects
from tde.models.block import parse_block
from tde.models.features import choose_columns
from tde.models.inputs import read_tuned
from tde.models.training import Learner, save_estimators
from tde.runlog import run_log
from tde.tables import read_json, read_parquet, write_json, write_parquet
from tde.views.feature_files import FeatureFiles
from tde.views.learners import NO_FOLD, FoldModel, Lesson, class_probabilities, fit_folds, save_folds
from tde.views.states import PROGRESS


class Lessons(NamedTuple):
    """Whole light curves, and these together with the views, each object's rows weighing the same."""

    whole: Lesson
    all: Lesson
    progress: np.ndarray


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
    threads: int,
    fitted: str,
    fold_fits: str,
    handover: str,
    held_out: str,
) -> None:
    if not early_models:
        raise InputError("early.blend: got ''; allowed: the name of a blend whose models learn from views")
    training = read_training_objects(training_objects)
    fold = read_folds(read_parquet(folds), training.object_id, kind)[0]
    files = {name: paths for name, *paths in zip(families, features_train, features_views, strict=True)}
    lessons = _lessons(training, fold, read_parquet(views), FeatureFiles(files))
    every_fold = list(range(int(fold.max()) + 1))
    shares = parse_weights(early_weights, list(early_models))
    if shares is None:
        raise InputError(f"weights of the blend early.blend: got {early_weights!r}; allowed: mean or numbers")
    by_name = read_json(blend_weights)["weights"]
    whole_shares = [by_name[name] for name in models]
    found = {Path(path).parent.name: read_tuned([path]) for path in tuned}
    of_whole = _learners(models, found, lessons.whole)
    of_views = _learners(early_models, found, lessons.all)
    whole = fit_folds(of_whole, whole_shares, lessons.whole, every_fold, threads)
    both = fit_folds(of_views, shares.tolist(), lessons.all, [*every_fold, NO_FOLD], threads)
    unfinished = [model._replace(fits=model.fits[:-1]) for model in both]
    blocks = {learner.block.name: learner.block for learner in (*of_whole, *of_views)}
    save_folds(fold_fits, [*whole, *unfinished], blocks)
    for model in both:
        save_estimators(f"{fitted}/{model.name}", blocks[model.name], model.features, model.fits[-1:])
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


def _lessons(training: TrainingObjects, fold: np.ndarray, about: pa.Table, features: FeatureFiles) -> Lessons:
    place = {name: i for i, name in enumerate(training.object_id.tolist())}
    owner = np.array([place[name] for name in about["object_id"].to_pylist()])
    n = len(training.object_id)
    if not np.array_equal(owner[:n], np.arange(n)):
        raise InputError("the views begin with other objects than the training table; run compute_views again")
    weight = 1.0 / np.bincount(owner, minlength=n)[owner]
    whole = Lesson(features.beginning(), training.codes, training.parents, fold, np.ones(n))
    together = Lesson(
        features,
        training.codes[owner],
        training.parents[owner],
        fold[owner],
        weight * (len(owner) / n),
    )
    progress = np.column_stack([about[name].to_numpy() for name in PROGRESS])
    return Lessons(whole, together, progress)


def _learners(
    models: dict[str, dict[str, Any]], tuned: dict[str, dict[str, Any] | None], lesson: Lesson
) -> list[Learner]:
    """Models without what families learnt from all training objects: it would be no news to any fold."""
    schemas = lesson.features.schemas()
    learners = []
    for name, settings in models.items():
        block = parse_block(name, settings, tuned.get(name))
        families = [family for family in block.features if family in schemas]
        chosen = choose_columns(schemas, families, block.include, block.exclude, block.labels)
        learners.append(Learner(block, [f"{family}.{column}" for family in chosen for column in chosen[family]]))
    return learners


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
            kind=snakemake.params.kind,
            threads=snakemake.threads,
            fitted=snakemake.output.fitted,
            fold_fits=snakemake.output.fold_fits,
            handover=snakemake.output.handover,
            held_out=snakemake.output.held_out,
        )
