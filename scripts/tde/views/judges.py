"""What is said of training light curves, whole or not, by the models of the folds that have not learnt from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.evaluation.folds import read_folds
from tde.evaluation.handover import Handover
from tde.evaluation.objects import TrainingObjects, read_training_objects
from tde.evaluation.thresholds_by_age import best_f1, held_out_rows
from tde.lightcurves import LightCurves, read_shards
from tde.predict.matrix import matrix
from tde.predict.perturbations import population_redshifts, with_redshifts
from tde.predict.training_summary import population
from tde.tables import read_json, read_parquet
from tde.views.learners import FeatureMatrix, FoldModel, load_folds, p_tde
from tde.views.states import progress
from tde.views.view_features import features_in_parts


class Asked(NamedTuple):
    """``m`` light curves as models are asked of them.

    Attributes
    ----------
    owner : ndarray of int, shape (m,)
        Which training object each is of.
    features : callable
        Those of some names, of ``n_groups`` times the light curves, one after the other.
    n_groups : int
    progress : ndarray, shape (m, 4)
        As `tde.views.states.progress` gives it.
    """

    owner: np.ndarray
    features: FeatureMatrix
    n_groups: int
    progress: np.ndarray


@dataclass(frozen=True)
class TrainingCurves:
    """Whole light curves of the training objects, and how features of parts of them are computed.

    Attributes
    ----------
    training : TrainingObjects
        ``n`` of them.
    lightcurves : LightCurves
        Theirs.
    redshifts : ndarray
        Where no light curve has a redshift, the mean over these is taken.
    families : mapping
        Options of each family.
    compiled : str
        Folder of compiled code.
    threads : int
    """

    training: TrainingObjects
    lightcurves: LightCurves
    redshifts: np.ndarray
    families: Mapping[str, dict[str, Any]]
    compiled: str
    threads: int

    def asked(self, lightcurves: LightCurves, owner: np.ndarray) -> Asked:
        """Compute the features of some light curves.

        Parameters
        ----------
        lightcurves : LightCurves
        owner : ndarray of int, shape (m,)
        """
        n_groups = len(self.redshifts) if np.isnan(lightcurves.z).all() else 1
        several = with_redshifts(lightcurves, self.redshifts) if n_groups > 1 else lightcurves
        tables = features_in_parts(several, self.families, self.compiled, self.threads)
        return Asked(owner, partial(matrix, tables), n_groups, progress(lightcurves))


@dataclass(frozen=True)
class Judges:
    """For each fold of a cross-validation, the models that have not learnt from its objects.

    Attributes
    ----------
    fold : ndarray of int, shape (n,)
        In which each training object is held out.
    whole, views : list of FoldModel
        Of each fold: those that learnt from whole light curves, and from views.
    handovers : list of Handover
        Between the two, of each fold.
    held_out : pyarrow.Table
        What the models of each fold say of its light curves, whole and views: thresholds are made of it.
    """

    fold: np.ndarray
    whole: list[FoldModel]
    views: list[FoldModel]
    handovers: list[Handover]
    held_out: pa.Table

    def said(self, asked: Asked) -> dict[str, np.ndarray]:
        """P(TDE) of light curves, by models of ``whole`` ones, of ``views``, and by ``both``, shape (m,) each."""
        fold = self.fold[asked.owner]
        whole, views = (p_tde(models, asked.features, fold, asked.n_groups) for models in (self.whole, self.views))
        both = np.full(len(fold), np.nan)
        for k, handover in enumerate(self.handovers):
            held = fold == k
            both[held] = handover.mixed(asked.progress[held], whole[held], views[held])
        return {"whole": whole, "views": views, "both": both}

    def thresholds(self, asked: Asked) -> np.ndarray:
        """Threshold of each light curve by its age, learnt from what is said of the other folds, shape (m,)."""
        fold, log_age = self.fold[asked.owner], asked.progress[:, 0]
        threshold = np.full(len(fold), np.nan)
        for k in range(len(self.handovers)):
            others = held_out_rows(self.held_out.filter(pc.not_equal(self.held_out["fold"], k)))
            threshold[fold == k] = best_f1(others, log_age[fold == k])
        return threshold


def read_curves(
    *,
    shards: list[str],
    objects: str,
    training_objects: str,
    families: Mapping[str, dict[str, Any]],
    n_redshifts: int,
    compiled: str,
    threads: int,
) -> TrainingCurves:
    """Read the training objects and their light curves.

    Parameters
    ----------
    shards : list of str
        Light curves.
    objects, training_objects : str
        Tables of the training objects and of their classes.
    families, compiled, threads
        As in `TrainingCurves`.
    n_redshifts : int
        How many stand for an unknown one.
    """
    training = read_training_objects(training_objects)
    lightcurves = read_shards(shards, read_parquet(objects))
    redshifts = population_redshifts(population(lightcurves, training.codes)["z"], n_redshifts)
    return TrainingCurves(training, lightcurves, redshifts, families, compiled, threads)


def read_judges(
    folds: pa.Table, training: TrainingObjects, kind: str, repeat: int, fits: str, handover: str, held_out: str
) -> Judges:
    """Read what `learn_views` wrote of one cross-validation.

    Parameters
    ----------
    folds : pyarrow.Table
        Fold of each object in each repeat.
    training : TrainingObjects
    kind : str
        Of the folds.
    repeat : int
    fits, handover, held_out : str
        Folder of the fits; weights and hand-overs; what is said of light curves held out.
    """
    told = read_json(handover)
    return Judges(
        fold=read_folds(folds, training.object_id, kind)[repeat],
        whole=load_folds(fits, told["weights"]["whole"]),
        views=load_folds(fits, told["weights"]["views"]),
        handovers=[Handover.of(gate) for gate in told["folds"]],
        held_out=read_parquet(held_out),
    )
