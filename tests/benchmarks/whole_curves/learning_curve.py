"""How the blend grows with the number of real TDEs that it learns from, folds by parent."""

from __future__ import annotations

import numpy as np
from harness import MEMBERS, N_FOLDS, Fold, Study, mean, member

from tde.evaluation.classes import TDE
from tde.evaluation.metrics import average_precision, log_loss
from tde.evaluation.resampling import bootstrap_weights
from tde.tables import write_npz

PARENTS = (8, 12, 18, 24, 30, 36)
N_DRAWS = 4
GOAL = 0.84
"""Average precision by parent that is aimed at."""

N_BOOTSTRAP = 500


def with_few_parents(study: Study, place: int, n_parents: int, draw: int) -> tuple[np.ndarray, float]:
    """Objects to learn from with so many TDE parents, and TDEs there are for each that is left."""
    repeat, k = divmod(place, N_FOLDS)
    inside = study.folds["parent"][repeat] != k
    about = study.training
    known = np.unique(about.parents[inside & about.positive])
    kept = np.random.default_rng([draw, place]).permutation(known)[:n_parents]
    few = inside & (~about.positive | np.isin(about.parents, kept))
    return few, (inside & about.positive).sum() / (few & about.positive).sum()


def drawn(study: Study, n_parents: int, draw: int) -> np.ndarray:
    """P(TDE) of the blend out of fold, one repeat by parent, shape (n,); odds as if there were as many TDEs as ever."""
    path = study.own / f"seed_{study.seed}" / f"parents_{n_parents}_{draw}.npz"
    if path.exists():
        with np.load(path) as arrays:
            return arrays["probability"]
    repeat = draw % study.n_repeats
    said = np.full(len(study.training.codes), np.nan)
    for place in range(repeat * N_FOLDS, (repeat + 1) * N_FOLDS):
        whole = study.fold("parent", place)
        few, ratio = with_few_parents(study, place, n_parents, draw)
        X = study.with_surfaces(few, repeat)
        held_out = ~whole.inside
        p = np.mean([member(name)(study, Fold("parent", place, X, few)) for name in MEMBERS], axis=0)[:, TDE]
        odds = ratio * p[held_out[~few]] / (1.0 - p[held_out[~few]])
        said[held_out] = odds / (1.0 + odds)
    write_npz(path, probability=said)
    return said


def needed(parents: np.ndarray, values: np.ndarray) -> dict[str, float]:
    """Parents that `GOAL` needs: by a line in the logarithm, and by a power law of what is missing to 1."""
    logarithm = np.log(parents)
    slope, level = np.polyfit(logarithm, values, 1)
    decline, start = np.polyfit(logarithm, np.log(1.0 - values), 1)
    return {
        "per doubling": slope * np.log(2.0),
        "line in log n": float(np.exp((GOAL - level) / slope)),
        "power law": float(np.exp((np.log(1.0 - GOAL) - start) / decline)),
        "exponent": float(decline),
    }


def curve(study: Study) -> tuple[np.ndarray, list[np.ndarray]]:
    """Number of TDE parents learnt from and P(TDE) out of fold, of all draws and of the blend itself."""
    positive, folds = study.training.positive, study.folds["parent"]
    places = [(n_parents, draw) for n_parents in PARENTS for draw in range(N_DRAWS)]
    parents, said = [float(n) for n, _ in places], [drawn(study, *place) for place in places]
    for p, fold in zip(mean(list(study.members().values()))["parent"][:, :, TDE], folds, strict=True):
        known = [len(np.unique(study.training.parents[positive & (fold != k)])) for k in range(N_FOLDS)]
        parents.append(float(np.mean(known)))
        said.append(p)
    return np.array(parents), said


def report(study: Study) -> None:
    """Print the curve, and how many parents the goal would need."""
    positive = study.training.positive
    parents, said = curve(study)
    precision = np.array([average_precision(positive, p)[0] for p in said])
    loss = np.array([log_loss(positive, p)[0] for p in said])
    print("| TDE parents learnt from | AP | log-loss |\n|---|---|---|")
    for n in np.unique(parents):
        mine = parents == n
        errors = [values[mine].std(ddof=1) / np.sqrt(mine.sum()) for values in (precision, loss)]
        print(
            f"| {n:.0f} | {precision[mine].mean():.3f} ± {errors[0]:.3f} | {loss[mine].mean():.4f} ± {errors[1]:.4f} |"
        )
    weights = bootstrap_weights(study.training.parents, N_BOOTSTRAP, 0)
    extrapolate(parents, precision, np.array([average_precision(positive, p, weights) for p in said]))


def extrapolate(parents: np.ndarray, precision: np.ndarray, resampled: np.ndarray) -> None:
    """Print what the goal would need: 16 and 84 % of resamples of the draws, then of the scored events, too.

    Parameters
    ----------
    parents, precision : ndarray, shape (n,)
    resampled : ndarray, shape (n, B)
        Average precision of the same draws with events drawn anew.
    """
    rng = np.random.default_rng(1)
    places = [np.flatnonzero(parents == n) for n in np.unique(parents)]
    draws, both = [], []
    for column in resampled.T:
        chosen = np.concatenate([rng.choice(mine, len(mine)) for mine in places])
        draws.append(list(needed(parents[chosen], precision[chosen]).values()))
        both.append(list(needed(parents[chosen], column[chosen]).values()))
    ranges = [np.quantile(found, [0.16, 0.84], axis=0).T for found in (draws, both)]
    for (name, value), (a, b), (c, d) in zip(needed(parents, precision).items(), *ranges, strict=True):
        print(f"{name}: {value:.3g} (draws {a:.3g} to {b:.3g}; events, too, {c:.3g} to {d:.3g})")
