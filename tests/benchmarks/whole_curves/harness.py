"""What every idea for whole light curves is tried with: folds, features and members of the blend, and the comparison.

Folds are drawn with seeds of their own, never those that scores are reported on. Features, folds and out-of-fold
probabilities are kept in memory or under ``own``, so that an idea costs only its own fits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import yaml

from tde.curves import Curves, read_curves_of_set
from tde.evaluation.classes import CLASSES, TDE
from tde.evaluation.comparison import compare
from tde.evaluation.folds import KINDS, assign_folds
from tde.evaluation.metrics import RESAMPLED, cross_fitted, repeat_scores
from tde.evaluation.objects import TrainingObjects, read_training_objects
from tde.evaluation.predictions import OutOfFold
from tde.features.shared.learning import OUTSIDE, Sample, draw_halves
from tde.features.table import compute_table, learn
from tde.lightcurves import LightCurves, read_shards
from tde.models.block import ModelBlock, parse_block
from tde.models.features import read_features
from tde.models.training import Learner, fit
from tde.tables import read_objects_with_shard, read_parquet, write_npz

ROOT = Path(__file__).resolve().parents[3]
MEMBERS = ("all_lgbm", "all_mlp", "all_logistic")
LEARNT_FAMILY = "surfaces"
N_FOLDS = 5

Probabilities = dict[str, np.ndarray]
"""Class probabilities out of fold by kind of folds, each of shape (n_repeats, n, 5)."""


@dataclass(frozen=True)
class Fold:
    """One fold of one repeat, as an idea sees it.

    Attributes
    ----------
    kind : str
    place : int
        Of the list of all folds of a kind; it is the seed of a fit.
    X : ndarray, shape (n, n_features)
        Features of all objects.
    inside : ndarray of bool, shape (n,)
        Objects to learn from.
    """

    kind: str
    place: int
    X: np.ndarray
    inside: np.ndarray


Idea = Callable[["Study", Fold], np.ndarray]
"""Class probabilities of the objects held out, shape (n_held_out, 5)."""


@dataclass
class Study:
    """A finished MALLORN run, and folds of other seeds.

    Attributes
    ----------
    results : Path
        Of the run, ``results/mallorn``.
    own : Path
        Where out-of-fold probabilities are kept.
    seed, n_repeats : int
        Of the folds.
    """

    results: Path
    own: Path
    seed: int = 5000
    n_repeats: int = 2
    kinds: Sequence[str] = KINDS

    @cached_property
    def training(self) -> TrainingObjects:
        """The training objects."""
        return read_training_objects(self.results / "training.parquet")

    @cached_property
    def spec_type(self) -> np.ndarray:
        """Spectroscopic type of each training object."""
        return read_parquet(self.results / "training.parquet", ["spec_type"])["spec_type"].to_numpy()

    @cached_property
    def lightcurves(self) -> LightCurves:
        """Light curves of the training objects."""
        shards = sorted(str(path) for path in (self.results / "shards/train").glob("*.parquet"))
        return read_shards(shards, read_objects_with_shard(str(self.results / "objects/train.parquet")))

    @cached_property
    def rank1(self) -> Curves:
        """Their joint fits of one curve times colours."""
        paths = sorted((self.results / "curves/rank1/train").glob("*.parquet"))
        return read_curves_of_set(paths, self.training.object_id)

    @cached_property
    def blocks(self) -> dict[str, ModelBlock]:
        """Members of the blend, as config.yaml has them."""
        models = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["models"]
        return {name: parse_block(name, models[name]) for name in MEMBERS}

    @cached_property
    def names(self) -> list[str]:
        """Names of the features, ``family.column``."""
        return self._shared[0]

    @cached_property
    def _shared(self) -> tuple[list[str], np.ndarray]:
        families = self.blocks[MEMBERS[0]].features
        tables: dict[str, Path | str] = {name: self.results / f"features/{name}/train.parquet" for name in families}
        matrix = read_features(tables, families, self.training.object_id)
        return matrix.names, matrix.values

    @cached_property
    def folds(self) -> dict[str, np.ndarray]:
        """Fold of each object by kind, shape (n_repeats, n)."""
        about = self.training
        return {
            kind: np.array(
                [
                    assign_folds(about.codes, about.parents, kind, N_FOLDS, self.seed + repeat)
                    for repeat in range(self.n_repeats)
                ]
            )
            for kind in KINDS
        }

    def column(self, name: str) -> np.ndarray:
        """One feature of all training objects."""
        return self._shared[1][:, self.names.index(name)]

    def with_surfaces(self, inside: np.ndarray, repeat: int) -> np.ndarray:
        """All features, those of colour surfaces learnt from the objects inside, by halves; shape (n, n_features)."""
        half = np.where(inside, draw_halves(self.training.parents, seed=repeat), OUTSIDE)
        curves = {"rank1": self.rank1}
        learnt = learn(LEARNT_FAMILY, self.lightcurves, Sample(self.spec_type, half), {}, curves)
        table = compute_table(LEARNT_FAMILY, self.lightcurves, {}, curves, learnt, half)
        return self._joined(np.column_stack([table[self.names[j].split(".")[1]].to_numpy() for j in self._learnt]))

    @cached_property
    def _learnt(self) -> list[int]:
        return [j for j, name in enumerate(self.names) if name.startswith(f"{LEARNT_FAMILY}.")]

    def _joined(self, learnt: np.ndarray) -> np.ndarray:
        X = self._shared[1].copy()
        X[:, self._learnt] = learnt
        return X

    def fold(self, kind: str, place: int) -> Fold:
        """The fold at a place of the list of all folds of a kind."""
        repeat, k = divmod(place, N_FOLDS)
        inside = self.folds[kind][repeat] != k
        path = self.own / f"seed_{self.seed}" / f"{LEARNT_FAMILY}_{kind}_{place}.npz"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_npz(path, learnt=self.with_surfaces(inside, repeat)[:, self._learnt])
        with np.load(path) as arrays:
            return Fold(kind, place, self._joined(arrays["learnt"]), inside)

    def out_of_fold(self, name: str, idea: Idea) -> Probabilities:
        """Class probabilities of an idea out of fold; read if they are there already.

        Parameters
        ----------
        name : str
            Of the files that keep them.
        idea : callable
            See `Idea`.
        """
        found = {}
        for kind in self.kinds:
            path = self.own / f"seed_{self.seed}" / f"{name}_{kind}.npz"
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                write_npz(path, probability=self._fitted(idea, kind))
            with np.load(path) as arrays:
                found[kind] = arrays["probability"][: self.n_repeats]
        return found

    def _fitted(self, idea: Idea, kind: str) -> np.ndarray:
        probability = np.full((self.n_repeats, len(self.training.codes), len(CLASSES)), np.nan)
        for place in range(self.n_repeats * N_FOLDS):
            fold = self.fold(kind, place)
            probability[place // N_FOLDS, ~fold.inside] = idea(self, fold)
        return probability

    def members(self) -> dict[str, Probabilities]:
        """The members of the submitted blend."""
        return {name: self.out_of_fold(name, member(name)) for name in MEMBERS}


def member(name: str) -> Idea:
    """A member of the submitted blend, as an idea."""

    def fitted(study: Study, fold: Fold) -> np.ndarray:
        about = study.training
        groups = about.parents[fold.inside] if fold.kind == "parent" else None
        learner = Learner(study.blocks[name], study.names)
        model = fit(learner, fold.X[fold.inside], about.codes[fold.inside], groups, fold.place)
        return model.predict_proba(fold.X[~fold.inside])

    return fitted


def widened(name: str, extra: Callable[[Study, Fold], np.ndarray]) -> Idea:
    """A member that reads further columns."""

    def fitted(study: Study, fold: Fold) -> np.ndarray:
        return member(name)(study, replace(fold, X=np.hstack([fold.X, extra(study, fold)])))

    return fitted


def mean(parts: Sequence[Probabilities]) -> Probabilities:
    """Plain mean of several members."""
    return {kind: np.mean([part[kind] for part in parts], axis=0) for kind in parts[0]}


def with_fourth(study: Study, new: Probabilities) -> Probabilities:
    """The blend with one more member."""
    return mean([*study.members().values(), new])


def instead(study: Study, **new: Probabilities) -> Probabilities:
    """The blend with other members in place of those of these names."""
    return mean([new.get(name, of) for name, of in study.members().items()])


def all_widened(study: Study, tag: str, extra: Callable[[Study, Fold], np.ndarray]) -> Probabilities:
    """The blend whose members all read further columns."""
    return mean([study.out_of_fold(f"{name}_{tag}", widened(name, extra)) for name in MEMBERS])


@dataclass(frozen=True)
class Joined:
    """The training objects, and the folds of several studies one after the other."""

    training: TrainingObjects
    folds: dict[str, np.ndarray]


def joined(parts: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Folds or probabilities of several studies, repeats one after the other."""
    return {kind: np.concatenate([part[kind] for part in parts]) for kind in parts[0]}


def gains(study: Study | Joined, new: Probabilities, old: Probabilities) -> dict[str, dict[str, tuple[float, float]]]:
    """New less old, paired: by kind of folds and score, the difference and its error.

    Parameters
    ----------
    study : Study or Joined
    new, old : dict
        Class probabilities out of fold on the folds of the study.

    Returns
    -------
    dict
        Errors are the standard error over repeats and the deviation of a bootstrap over
        events, in quadrature.
    """
    about, found = study.training, {}
    for kind in new:
        first, second = (OutOfFold(kind, part[kind][:, :, TDE], study.folds[kind]) for part in (new, old))
        compared = compare(first, second, about.positive, about.parents)
        found[kind] = {name: (compared[name]["difference"], compared[name]["error"]) for name in RESAMPLED}
    return found


ORDER = ("average_precision", "log_loss", "f1")

HEAD = f"| idea | {' | '.join(f'{kind}: {name}' for kind in KINDS for name in ORDER)} |\n|{'---|' * 7}"
"""Of the table of rows."""


def row(study: Study | Joined, words: str, new: Probabilities, old: Probabilities) -> str:
    """A row of the table of docs/experiments.md.

    Parameters
    ----------
    study : Study or Joined
    words : str
        What is different.
    new, old : dict
        As in `gains`.
    """
    cells = []
    for of_kind in gains(study, new, old).values():
        for name in ORDER:
            digits = 4 if name == "log_loss" else 3
            difference, error = of_kind[name]
            cells.append(f"{difference:+.{digits}f} ± {error:.{digits}f}")
    return f"| {words} | {' | '.join(cells)} |"


def own_row(study: Study | Joined, words: str, said: Probabilities) -> str:
    """Scores themselves, mean over repeats, as a row of the same table."""
    cells, positive = [], study.training.positive
    for kind in said:
        oof = OutOfFold(kind, said[kind][:, :, TDE], study.folds[kind])
        cuts = cross_fitted(oof, positive)
        rows = [repeat_scores(p, positive, f, t) for p, f, t in zip(oof.probability, oof.fold, cuts, strict=True)]
        cells += [f"{np.mean([of[name] for of in rows]):.{4 if name == 'log_loss' else 3}f}" for name in ORDER]
    return f"| {words} | {' | '.join(cells)} |"
