"""What the models of a bundle say of some light curves, those of whole and those of unfinished ones put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tde.evaluation.thresholds import logit
from tde.predict.bundle import Bundle, Member
from tde.predict.interval import resampled
from tde.predict.matrix import estimator_probabilities, matrix


@dataclass(frozen=True)
class BlendSays:
    """What the members of one blend say of ``n`` objects.

    Attributes
    ----------
    members : list of ndarray, shape (n_estimators, n, n_classes)
        Class probabilities of every fit of each member.
    weights : ndarray, shape (n_members,)
    """

    members: list[np.ndarray]
    weights: np.ndarray

    def p_tde(self) -> np.ndarray:
        """P(TDE) of the blend, shape (n,): the same sums as the workflow's own blend, to the last bit."""
        means = [np.ascontiguousarray(member.mean(axis=0)[:, -1]) for member in self.members]
        return self.weights @ np.array(means)

    def other_classes(self, n_classes: int) -> np.ndarray:
        """Probabilities of the classes but the TDE, shape (n, n_classes - 1).

        What the blend leaves for them is divided as the members say that tell all classes apart.
        """
        rest = 1.0 - self.p_tde()
        if n_classes == 2:
            return rest[:, None]
        telling = [k for k, member in enumerate(self.members) if member.shape[-1] == n_classes]
        shares = np.sum([self.weights[k] * self.members[k].mean(axis=0)[:, :-1] for k in telling], axis=0)
        return rest[:, None] * shares / shares.sum(axis=1, keepdims=True)

    def draws(self) -> np.ndarray:
        """P(TDE) with members and their fits drawn with replacement, shape (n_draws, n)."""
        return resampled([member[..., -1] for member in self.members], self.weights)

    def of_groups(self, n_groups: int) -> BlendSays:
        """Means over groups: rows are ``n_groups`` repetitions of the same objects."""
        members = [m.reshape(len(m), n_groups, -1, m.shape[-1]).mean(axis=1) for m in self.members]
        return BlendSays(members, self.weights)

    def put(self, rows: np.ndarray, other: BlendSays) -> None:
        """Replace the probabilities of some objects in place."""
        for mine, theirs in zip(self.members, other.members, strict=True):
            mine[:, rows] = theirs


class Unfinished(NamedTuple):
    """What models of unfinished light curves say of ``n`` objects.

    Attributes
    ----------
    says : BlendSays
    share : ndarray, shape (n,)
        How far they are believed, from 0 to 1.
    """

    says: BlendSays
    share: np.ndarray


@dataclass(frozen=True)
class Probabilities:
    """What a bundle says of ``n`` objects.

    Attributes
    ----------
    whole : BlendSays
        By the models that learnt from whole light curves.
    unfinished : Unfinished, optional
        By those that learnt from unfinished ones, if they are asked.
    """

    whole: BlendSays
    unfinished: Unfinished | None = None

    def p_tde(self) -> np.ndarray:
        """P(TDE), shape (n,)."""
        whole = self.whole.p_tde()
        return whole if self.unfinished is None else self._mixed(whole, self.unfinished.says.p_tde())

    def other_classes(self, n_classes: int) -> np.ndarray:
        """Probabilities of the classes but the TDE, shape (n, n_classes - 1)."""
        whole = self.whole.other_classes(n_classes)
        if self.unfinished is None:
            return whole
        return self._mixed(whole.T, self.unfinished.says.other_classes(n_classes).T).T

    def deviations(self) -> np.ndarray:
        """Deviations of the log-odds from one set of fits to another, shape (n_draws, n); their mean is 0."""
        whole = self.whole.draws()
        log_odds = logit(whole if self.unfinished is None else self._mixed(whole, self.unfinished.says.draws()))
        return log_odds - log_odds.mean(axis=0)

    def of_groups(self, n_groups: int) -> Probabilities:
        """Means over groups: rows are ``n_groups`` repetitions of the same objects."""
        unfinished = self.unfinished
        if unfinished is not None:
            share = unfinished.share.reshape(n_groups, -1).mean(axis=0)
            unfinished = Unfinished(unfinished.says.of_groups(n_groups), share)
        return Probabilities(self.whole.of_groups(n_groups), unfinished)

    def put(self, rows: np.ndarray, other: Probabilities) -> None:
        """Replace the probabilities of some objects in place."""
        self.whole.put(rows, other.whole)
        if self.unfinished is not None and other.unfinished is not None:
            self.unfinished.says.put(rows, other.unfinished.says)

    def _mixed(self, whole: np.ndarray, unfinished: np.ndarray) -> np.ndarray:
        """The two kinds put together along the last axis."""
        assert self.unfinished is not None
        share = self.unfinished.share
        return share * unfinished + (1.0 - share) * whole


def probabilities(bundle: Bundle, tables: Mapping[str, pa.Table], share: np.ndarray | None = None) -> Probabilities:
    """What every fit of every member says of the objects of some feature tables.

    Parameters
    ----------
    bundle : Bundle
    tables : mapping of str to pyarrow.Table
        Features by family.
    share : ndarray, shape (n,), optional
        How far the models of unfinished light curves are believed (`Bundle.share`); without, they are not asked.
    """
    whole = _says(bundle.members, tables)
    if share is None or bundle.unfinished is None:
        return Probabilities(whole)
    return Probabilities(whole, Unfinished(_says(bundle.unfinished.members, tables), share))


def _says(members: Sequence[Member], tables: Mapping[str, pa.Table]) -> BlendSays:
    matrices = {names: matrix(tables, names) for names in {tuple(member.features) for member in members}}
    said = [_classes_of(member, matrices[tuple(member.features)]) for member in members]
    return BlendSays(said, np.array([member.weight for member in members]))


def _classes_of(member: Member, X: np.ndarray) -> np.ndarray:
    """Class probabilities of each fit of a member; not all libraries know what to say of no object at all."""
    if not len(X):
        return np.zeros((len(member.estimators), 0, len(member.classes)))
    return estimator_probabilities(member.estimators, X)
