"""What is said of training light curves, whole or not, by the models of the folds that have not learnt from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.evaluation.handover import Handover
from tde.evaluation.thresholds_by_age import best_f1, held_out_rows
from tde.lightcurves import LightCurves
from tde.predict.matrix import matrix
from tde.predict.perturbations import with_redshifts
from tde.tables import read_json, read_parquet
from tde.views.learners import FoldModel, load_folds, p_tde
from tde.views.states import progress
from tde.views.view_features import features_in_parts


@dataclass(frozen=True)
class Judges:
    """The models of both kinds and the hand-over between them, of each fold, and how features are computed for them.

    Attributes
    ----------
    whole, views : list of FoldModel
        Those that learnt from whole light curves, and from views.
    handovers : list of Handover
        Of each fold.
    held_out : pyarrow.Table
        What the models of each fold say of its light curves, whole and views: thresholds are made of it.
    families : mapping
        Options of each family.
    compiled : str
        Folder of compiled code.
    threads : int
    """

    whole: list[FoldModel]
    views: list[FoldModel]
    handovers: list[Handover]
    held_out: pa.Table
    families: Mapping[str, dict[str, Any]]
    compiled: str
    threads: int

    def said(self, lightcurves: LightCurves, fold: np.ndarray, redshifts: np.ndarray) -> dict[str, np.ndarray]:
        """P(TDE) by models that have not learnt from the objects: of ``whole`` ones, ``views``, and ``both``.

        Parameters
        ----------
        lightcurves : LightCurves
            ``n`` of them.
        fold : ndarray of int, shape (n,)
            In which each is held out.
        redshifts : ndarray
            The mean over these is taken where no light curve has a redshift.
        """
        n_groups = len(redshifts) if np.isnan(lightcurves.z).all() else 1
        several = with_redshifts(lightcurves, redshifts) if n_groups > 1 else lightcurves
        tables = features_in_parts(several, self.families, self.compiled, self.threads)
        features = partial(matrix, tables)
        whole, views = (p_tde(models, features, fold, n_groups) for models in (self.whole, self.views))
        far, both = progress(lightcurves), np.full(len(fold), np.nan)
        for k, handover in enumerate(self.handovers):
            held = fold == k
            both[held] = handover.mixed(far[held], whole[held], views[held])
        return {"whole": whole, "views": views, "both": both}

    def thresholds(self, log_age: np.ndarray, fold: np.ndarray) -> np.ndarray:
        """Threshold of each light curve by its age, learnt from what is said of the other folds, shape (n,).

        Parameters
        ----------
        log_age : ndarray, shape (n,)
            As in `tde.views.states.progress`.
        fold : ndarray of int, shape (n,)
        """
        threshold = np.full(len(fold), np.nan)
        for k in range(len(self.handovers)):
            others = held_out_rows(self.held_out.filter(pc.not_equal(self.held_out["fold"], k)))
            threshold[fold == k] = best_f1(others, log_age[fold == k])
        return threshold


def read_judges(
    fold_fits: Path | str,
    handover: Path | str,
    held_out: Path | str,
    families: Mapping[str, dict[str, Any]],
    compiled: str,
    threads: int,
) -> Judges:
    """Read what `learn_views` wrote.

    Parameters
    ----------
    fold_fits, handover, held_out : path
        Folder of the fits of all folds; weights and hand-overs; what is said of light curves held out.
    families, compiled, threads
        As in `Judges`.
    """
    told = read_json(handover)
    whole, views = (load_folds(fold_fits, told["weights"][learnt]) for learnt in ("whole", "views"))
    gates = [Handover.of(gate) for gate in told["folds"]]
    return Judges(whole, views, gates, read_parquet(held_out), families, compiled, threads)
