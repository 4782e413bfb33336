"""Generative posteriors over classes: smooth densities of each class, few parameters, shrunk toward each other.

A class has a multivariate t density of what the joint fit says of the outburst (redshift, absolute magnitude, time
scale, asymmetry, number of outbursts, temperature) and of its log-likelihoods under the colours of each class. It is
the predictive density of a normal one whose mean and covariance are those of all objects a priori; real events weigh
the same, however many light curves were made of them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from harness import Fold, Idea, Probabilities, Study, all_widened, with_fourth
from outburst import outburst_columns
from scipy.special import gammaln, logsumexp
from sklearn.linear_model import LogisticRegression

from tde.evaluation.classes import CLASSES
from tde.models.normal_scores import normal_scores, training_quantiles
from tde.surfaces.surface_fit import surface_class

SEEN = (
    "rank1.Z", "rank1.absolute_magnitude_g", "rank1.absolute_magnitude_r", "rank1.log_length_scale_rest",
    "rank1.asymmetry_50", "rank1.rise_50", "rank1.fade_50", "rank1.fade_25", "rank1.fade_25_over_10",
    "rank1.n_excursions_25", "rank1.n_excursions_10", "rank1.skewness", "rank1.kurtosis", "rank1.early_chi2",
    "rank1.late_chi2", "rank1.evolving_over_drw_per_point", "hypotheses.outburst_bb_log_temperature",
    "hypotheses.outburst_cooling_slope", "hypotheses.outburst_bb_minus_free_per_point",
    "rank1.power_law_53_over_exponential", "rank1.peak_snr",
)  # fmt: skip
COLOURS = ("ia", "ii", "iin", "ibc", "slsn", "tde", "agn")
N_INNER, SEED = 5, 3
PRIOR = 30.0
"""Real events that the densities of all objects are worth in that of a class."""

BANDWIDTH = 0.7
"""Of kernels, in units of the spread of the class."""


def columns(study: Study, fold: Fold) -> np.ndarray:
    """What densities are of, mapped to normal scores by the objects inside; what is undefined is the median."""
    names = [*SEEN, *(f"surfaces.{name}_minus_bb" for name in COLOURS)]
    values = np.column_stack([fold.X[:, [study.names.index(name) for name in names]], outburst_columns(study)])
    quantiles = training_quantiles(values[fold.inside], 200)
    return np.nan_to_num(normal_scores(values, quantiles.values, quantiles.references))


def event_weights(parents: np.ndarray) -> np.ndarray:
    """Weights by which real events weigh the same."""
    _, index, count = np.unique(parents, return_inverse=True, return_counts=True)
    return 1.0 / count[index]


def _moments(x: np.ndarray, weight: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    total = weight.sum()
    mean = weight @ x / total
    return total, mean, (x - mean).T @ ((x - mean) * weight[:, None])


def _log_t(x: np.ndarray, mean: np.ndarray, scatter: np.ndarray, freedom: float) -> np.ndarray:
    d = x.shape[1]
    half = np.linalg.solve(np.linalg.cholesky(scatter), (x - mean).T)
    return (
        gammaln((freedom + d) / 2.0) - gammaln(freedom / 2.0) - 0.5 * d * np.log(freedom * np.pi)
        - 0.5 * np.linalg.slogdet(scatter)[1] - 0.5 * (freedom + d) * np.log1p((half**2).sum(axis=0) / freedom)
    )  # fmt: skip


def log_t_densities(x: np.ndarray, learnt: np.ndarray, types: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """Log-densities of each type, shape (n, n_types), from the objects learnt from."""
    weight, names = event_weights(parents), np.unique(types)
    parts = [_moments(learnt[types == name], weight[types == name]) for name in names]
    pooled = sum(part[2] for part in parts) / sum(part[0] for part in parts)
    centre = np.average(learnt, axis=0, weights=weight)
    out = np.empty((len(x), len(names)))
    for k, (total, mean, scatter) in enumerate(parts):
        pull = total / (total + 1.0)
        shifted = pull * mean + (1.0 - pull) * centre
        covariance = (scatter + PRIOR * pooled) / (total + PRIOR)
        out[:, k] = _log_t(x, shifted, covariance * (1.0 + 1.0 / (total + 1.0)), total + PRIOR)
    return out


def log_kernel_densities(x: np.ndarray, learnt: np.ndarray, types: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """The same by kernels at the objects, with the shrunk covariance of the class."""
    weight, names = event_weights(parents), np.unique(types)
    parts = [_moments(learnt[types == name], weight[types == name]) for name in names]
    pooled = sum(part[2] for part in parts) / sum(part[0] for part in parts)
    out = np.empty((len(x), len(names)))
    for k, (total, _, scatter) in enumerate(parts):
        covariance = (scatter + PRIOR * pooled) / (total + PRIOR) * BANDWIDTH**2
        root = np.linalg.cholesky(covariance)
        a, b = np.linalg.solve(root, x.T), np.linalg.solve(root, learnt[types == names[k]].T)
        distance = (a**2).sum(axis=0)[:, None] + (b**2).sum(axis=0) - 2.0 * a.T @ b
        share = weight[types == names[k]] / total
        out[:, k] = logsumexp(-0.5 * distance + np.log(share), axis=1) - np.log(np.diag(root)).sum()
    return out


Densities = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def halves(parents: np.ndarray, n_parts: int, seed: int) -> np.ndarray:
    """A part of each object, real events kept together."""
    names, index = np.unique(parents, return_inverse=True)
    return (np.random.default_rng(seed).permutation(len(names)) % n_parts)[index]


def log_densities(study: Study, fold: Fold, densities: Densities) -> np.ndarray:
    """Log-densities of all objects, cross-fitted by parent for those inside, shape (n, n_types)."""
    x, inside, parents = columns(study, fold), fold.inside, study.training.parents
    types = np.array([str(name) for name in surface_class(study.spec_type)])
    found = densities(x, x[inside], types[inside], parents[inside])
    part = np.where(inside, halves(parents, N_INNER, SEED), -1)
    for k in range(N_INNER):
        learnt = inside & (part != k)
        found[part == k] = densities(x[part == k], x[learnt], types[learnt], parents[learnt])
    return found


def log_odds(study: Study, fold: Fold, densities: Densities) -> np.ndarray:
    """Log-densities less their mean over classes, in tens."""
    found = log_densities(study, fold, densities)
    return np.clip((found - found.mean(axis=1, keepdims=True)) / 10.0, -5.0, 5.0)


def generative(densities: Densities) -> Idea:
    """The posterior as a member of its own: a logistic regression on cross-fitted log-densities calibrates it."""

    def fitted(study: Study, fold: Fold) -> np.ndarray:
        odds, codes = log_odds(study, fold, densities), study.training.codes
        model = LogisticRegression(C=1.0, max_iter=1000).fit(odds[fold.inside], codes[fold.inside])
        said = np.zeros((int((~fold.inside).sum()), len(CLASSES)))
        said[:, model.classes_] = model.predict_proba(odds[~fold.inside])
        return said

    return fitted


def ideas(study: Study) -> dict[str, Probabilities]:
    """Blends to compare, by what is different."""

    def evidences(study: Study, _: Fold) -> np.ndarray:
        return outburst_columns(study)

    def both(study: Study, fold: Fold) -> np.ndarray:
        return np.hstack([log_odds(study, fold, log_t_densities), outburst_columns(study)])

    return {
        "densities of classes, a fourth member": with_fourth(
            study, study.out_of_fold("gen_t", generative(log_t_densities))
        ),
        "the same by kernels": with_fourth(study, study.out_of_fold("gen_k", generative(log_kernel_densities))),
        "evidence of one outburst, six columns": all_widened(study, "outburst", evidences),
        "the same and the log-densities of classes": all_widened(study, "odds", both),
    }
