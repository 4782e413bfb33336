"""Models of unfinished light curves, on whole ones: a fourth member that has learnt from views."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import yaml
from harness import N_FOLDS, ROOT, Probabilities, Study, with_fourth

from tde.tables import read_parquet, write_npz
from tde.views.feature_files import FeatureFiles
from tde.views.learners import class_probabilities, fit_folds
from tde.views.lessons import learners_of, lessons_of

MEMBERS = {"views_lgbm": 2.0, "views_mlp": 1.0}
"""Models of the blend of views, and their weights."""


def of_repeat(study: Study, kind: str, repeat: int) -> np.ndarray:
    """Class probabilities of whole light curves by the models of views that have not seen them, shape (n, 5)."""
    path = study.own / f"seed_{study.seed}" / f"views_{kind}_{repeat}.npz"
    if not path.exists():
        models = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["models"]
        chosen = {name: models[name] for name in MEMBERS}
        of_views = study.results / "views"
        files = {
            name: [str(study.results / f"features/{name}/train.parquet"), str(of_views / f"features/{name}.parquet")]
            for name in chosen["views_lgbm"]["features"]
        }
        fold = study.folds[kind][repeat]
        lesson = lessons_of(study.training, fold, read_parquet(of_views / "views.parquet"), FeatureFiles(files)).all
        shares = [weight / sum(MEMBERS.values()) for weight in MEMBERS.values()]
        fits = fit_folds(learners_of(chosen, {}, lesson), shares, lesson, range(N_FOLDS), 1)

        def whole(names: Sequence[str]) -> np.ndarray:
            return lesson.features.beginning().matrix(names, len(fold))

        write_npz(path, probability=class_probabilities(fits, whole, fold))
    with np.load(path) as arrays:
        return arrays["probability"]


def from_views(study: Study) -> Probabilities:
    """The blend of views as a member."""
    return {
        kind: np.array([of_repeat(study, kind, repeat) for repeat in range(study.n_repeats)]) for kind in study.kinds
    }


def ideas(study: Study) -> dict[str, Probabilities]:
    """Blends to compare, by what is different."""
    return {"models of views, a fourth member": with_fourth(study, from_views(study))}
