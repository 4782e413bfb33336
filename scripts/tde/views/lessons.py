"""What models of light curves that are not finished learn from: all training objects, whole, and their views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.evaluation.objects import TrainingObjects
from tde.models.block import parse_block
from tde.models.features import choose_columns
from tde.models.training import Learner
from tde.views.feature_files import FeatureFiles
from tde.views.learners import Lesson
from tde.views.states import PROGRESS


class Lessons(NamedTuple):
    """Whole light curves, and these together with the views, each object's rows weighing the same.

    Attributes
    ----------
    whole, all : Lesson
    progress : ndarray, shape (m, 4)
        Of all (`tde.views.states.progress`).
    """

    whole: Lesson
    all: Lesson
    progress: np.ndarray


def lessons_of(training: TrainingObjects, fold: np.ndarray, about: pa.Table, features: FeatureFiles) -> Lessons:
    """Put features and what is known of the objects together.

    Parameters
    ----------
    training : TrainingObjects
    fold : ndarray of int, shape (n,)
        In which each object is held out.
    about : pyarrow.Table
        Of each row: ``object_id`` and the numbers of `tde.views.states.PROGRESS`; whole light curves come first.
    features : FeatureFiles
        Of the same rows.

    Raises
    ------
    InputError
        If the rows begin with other objects than the training table.
    """
    place = {name: i for i, name in enumerate(training.object_id.tolist())}
    owner = np.array([place[name] for name in about["object_id"].to_pylist()])
    n = len(training.object_id)
    if not np.array_equal(owner[:n], np.arange(n)):
        raise InputError("the views begin with other objects than the training table; run compute_views again")
    of_object = np.ones(n) if training.weight is None else training.weight
    weight = (of_object / np.bincount(owner, minlength=n))[owner]
    whole = Lesson(features.beginning(), training.codes, training.parents, fold, of_object)
    together = Lesson(
        features,
        training.codes[owner],
        training.parents[owner],
        fold[owner],
        weight * (len(owner) / n),
    )
    progress = np.column_stack([about[name].to_numpy() for name in PROGRESS])
    return Lessons(whole, together, progress)


def learners_of(
    models: Mapping[str, dict[str, Any]], tuned: Mapping[str, dict[str, Any] | None], lesson: Lesson
) -> list[Learner]:
    """Models without what families learnt from all training objects: it would be no news to any fold.

    Parameters
    ----------
    models : mapping
        Their blocks of config.yaml, by name.
    tuned : mapping
        Parameters that were searched for, by name of the model.
    lesson : Lesson

    Raises
    ------
    InputError
        If there is none.
    """
    if not models:
        raise InputError("early.blend: got ''; allowed: the name of a blend whose models learn from views")
    schemas = lesson.features.schemas()
    learners = []
    for name, settings in models.items():
        block = parse_block(name, settings, tuned.get(name))
        families = [family for family in block.features if family in schemas]
        chosen = choose_columns(schemas, families, block.include, block.exclude, block.labels)
        learners.append(Learner(block, [f"{family}.{column}" for family in chosen for column in chosen[family]]))
    return learners
