"""Other learners for 1,400 features of 3,000 objects: networks, Gaussian-process classification, trees, shrinkage."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from harness import Fold, Idea, Probabilities, Study, instead, with_fourth
from pairs import prepared
from scipy.special import softmax
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.linear_model import LogisticRegression
from stability import stability

from tde.evaluation.classes import CLASSES, TDE
from tde.models.training import Learner, fit

N_UNITS, N_EPOCHS, BATCH, RATE, DECAY = 64, 30, 128, 1e-3, 1.0
AVERAGED = 10
"""Last epochs whose weights are averaged."""

LIKELIHOODS = re.compile(r"_minus_|_gain|_over_(drw|evolving|exponential)|over_noise|power_law|misfit")
"""Columns that compare likelihoods."""

N_LIKELIHOODS = 60


def families(study: Study) -> np.ndarray:
    """Number of the family of each column."""
    return np.unique([name.split(".")[0] for name in study.names], return_inverse=True)[1]


class SideBySide:
    """Networks of one hidden layer, trained at once on the same batches; families are dropped in each by itself."""

    def __init__(self, family: np.ndarray, n_networks: int, drop: float, smoothing: float, seed: int) -> None:
        self.family, self.n_networks, self.drop, self.smoothing = family, n_networks, drop, smoothing
        self.rng = np.random.default_rng(seed)

    def _start(self, n_columns: int) -> list[np.ndarray]:
        shapes = [(n_columns, self.n_networks * N_UNITS), (self.n_networks * N_UNITS,),
                  (self.n_networks, N_UNITS, len(CLASSES)), (self.n_networks, 1, len(CLASSES))]  # fmt: skip
        bounds = [np.sqrt(6.0 / (n_columns + N_UNITS)), 0.0, np.sqrt(6.0 / (N_UNITS + len(CLASSES))), 0.0]
        return [self.rng.uniform(-b, b, s).astype(np.float32) for s, b in zip(shapes, bounds, strict=True)]

    def _kept(self) -> np.ndarray:
        """Factor of each column in each network, shape (n_columns, n_networks * N_UNITS)."""
        kept = self.rng.random((self.family.max() + 1, self.n_networks)) >= self.drop
        return np.repeat((kept / (1.0 - self.drop)).astype(np.float32)[self.family], N_UNITS, axis=1)

    def _hidden(self, x: np.ndarray, first: np.ndarray, shift: np.ndarray) -> np.ndarray:
        return np.maximum(x @ first + shift, 0.0).reshape(len(x), self.n_networks, N_UNITS).transpose(1, 0, 2)

    def _gradients(self, weights: list[np.ndarray], x: np.ndarray, target: np.ndarray) -> list[np.ndarray]:
        first, shift, last, bias = weights
        kept = self._kept()
        hidden = self._hidden(x, first * kept, shift)
        error = (softmax(hidden @ last + bias, axis=2) - target) / len(x)
        back = ((error @ last.transpose(0, 2, 1)) * (hidden > 0.0)).transpose(1, 0, 2).reshape(len(x), -1)
        decay = DECAY / len(x)
        return [
            (x.T @ back) * kept + decay * first, back.sum(axis=0),
            hidden.transpose(0, 2, 1) @ error + decay * last, error.sum(axis=1, keepdims=True),
        ]  # fmt: skip

    def fit(self, x: np.ndarray, codes: np.ndarray) -> SideBySide:
        """Adam, as scikit-learn's; the weights of the last epochs are averaged."""
        target = np.eye(len(CLASSES), dtype=np.float32)[codes] * (1.0 - self.smoothing) + self.smoothing / len(CLASSES)
        weights = self._start(x.shape[1])
        first, second = ([np.zeros_like(w) for w in weights] for _ in range(2))
        total, step = [np.zeros_like(w) for w in weights], 0
        for epoch in range(N_EPOCHS):
            order = self.rng.permutation(len(x))
            for rows in np.array_split(order, len(x) // BATCH):
                step += 1
                rate = RATE * np.sqrt(1.0 - 0.999**step) / (1.0 - 0.9**step)
                for w, m, v, g in zip(weights, first, second, self._gradients(weights, x[rows], target[rows]),
                                      strict=True):  # fmt: skip
                    m += 0.1 * (g - m)
                    v += 0.001 * (g * g - v)
                    w -= rate * m / (np.sqrt(v) + 1e-8)
            if epoch >= N_EPOCHS - AVERAGED:
                for t, w in zip(total, weights, strict=True):
                    t += w / AVERAGED
        self.weights = total
        return self

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Mean of all networks, shape (n, 5)."""
        first, shift, last, bias = self.weights
        return softmax(self._hidden(x, first, shift) @ last + bias, axis=2).mean(axis=0)


def networks(n_networks: int, drop: float, smoothing: float) -> Idea:
    """Networks side by side as a member."""

    def fitted(study: Study, fold: Fold) -> np.ndarray:
        x = prepared(fold)
        model = SideBySide(families(study), n_networks, drop, smoothing, fold.place)
        return model.fit(x[fold.inside], study.training.codes[fold.inside]).predict_proba(x[~fold.inside])

    return fitted


def gaussian_process(length: float, amplitude: float) -> Idea:
    """TDE against the rest, by the log-likelihoods that are stablest from one real TDE to the next."""

    def fitted(study: Study, fold: Fold) -> np.ndarray:
        about, inside = study.training, fold.inside
        columns = np.array([j for j, name in enumerate(study.names) if LIKELIHOODS.search(name)])
        value = stability(fold.X[inside][:, columns], about.codes[inside], about.parents[inside])
        x = prepared(fold)[:, columns[np.argsort(-value)[:N_LIKELIHOODS]]]
        kernel = ConstantKernel(amplitude) * RBF(length * np.sqrt(x.shape[1]))
        model = GaussianProcessClassifier(kernel, optimizer=None).fit(x[inside], about.positive[inside])
        return as_classes(model.predict_proba(x[~inside])[:, 1])

    return fitted


def as_classes(p_tde: np.ndarray) -> np.ndarray:
    """P(TDE) of a learner that tells no other classes apart, the rest divided evenly."""
    out = np.repeat((1.0 - p_tde)[:, None] / TDE, len(CLASSES), axis=1)
    out[:, TDE] = p_tde
    return out


def by_family(power: float) -> Idea:
    """The logistic member with families, not columns, alike: columns shrink with the size of their family."""

    def fitted(study: Study, fold: Fold) -> np.ndarray:
        family, block = families(study), study.blocks["all_logistic"]
        size = np.bincount(family)[family].astype(float)
        x = prepared(fold).astype(float) * (size / size.mean()) ** (-0.5 * power)
        codes = study.training.codes[fold.inside]
        model = LogisticRegression(**block.parameters)
        model.fit(x[fold.inside], codes, sample_weight=block.sample_weights(codes))
        return model.predict_proba(x[~fold.inside])

    return fitted


def trees(target: str = "classes", **parameters: Any) -> Idea:
    """The trees of the blend with other parameters."""

    def fitted(study: Study, fold: Fold) -> np.ndarray:
        block = study.blocks["all_lgbm"]
        block = block.model_copy(update={"target": target, "parameters": block.parameters | parameters})
        codes = study.training.codes[fold.inside]
        model = fit(Learner(block, study.names), fold.X[fold.inside], codes, None, fold.place)
        said = model.predict_proba(fold.X[~fold.inside])
        return said if target == "classes" else as_classes(said[:, -1])

    return fitted


def ideas(study: Study) -> dict[str, Probabilities]:
    """Blends to compare, by what is different."""
    of = study.out_of_fold
    many = of("net", networks(20, 0.2, 0.05))
    process = of("gp_1", gaussian_process(1.0, 16.0))
    linear = of("linear_tree", trees(linear_tree=True, linear_lambda=100.0))
    random = of("bynode", trees(feature_fraction_bynode=0.3))
    return {
        "20 networks that drop families, labels smoothed, for 5": instead(study, all_mlp=many),
        "the same, a fourth member": with_fourth(study, many),
        "Gaussian process on 60 log-likelihoods, a fourth member": with_fourth(study, process),
        "logistic: families shrink alike": instead(study, all_logistic=of("by_family_1", by_family(1.0))),
        "trees of TDE against the rest": instead(study, all_lgbm=of("binary", trees("binary"))),
        "trees with linear leaves": instead(study, all_lgbm=linear),
        "trees that draw 0.3 of their columns at each node": instead(study, all_lgbm=random),
    }
