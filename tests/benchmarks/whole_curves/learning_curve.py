"""How the blend grows with the number of real TDEs that it learns from, folds by parent."""

from __future__ import annotations

import numpy as np
from harness import MEMBERS, N_FOLDS, Fold, Study, member

from tde.evaluation.classes import TDE
from tde.evaluation.metrics import average_precision, log_loss
from tde.tables import write_npz

PARENTS = (8, 12, 18, 24, 30, 36)
N_DRAWS = 4
GOAL = 0.84
"""Average precision by parent that is aimed at."""

N_BOOTSTRAP = 1000


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


def report(study: Study) -> None:
    """Print the curve, and how many parents the goal would need."""
    positive = study.training.positive
    rows: list[tuple[float, float, float]] = []
    for n_parents in PARENTS:
        for draw in range(N_DRAWS):
            p = drawn(study, n_parents, draw)
            rows.append((n_parents, average_precision(positive, p)[0], log_loss(positive, p)[0]))
    members = study.members()
    whole = np.mean([members[name]["parent"][:, :, TDE] for name in MEMBERS], axis=0)
    folds = study.folds["parent"]
    for p, fold in zip(whole, folds, strict=True):
        known = [len(np.unique(study.training.parents[positive & (fold != k)])) for k in range(N_FOLDS)]
        rows.append((float(np.mean(known)), average_precision(positive, p)[0], log_loss(positive, p)[0]))
    parents, precision, loss = np.array(rows).T
    print("| TDE parents learnt from | AP | log-loss |\n|---|---|---|")
    for n in np.unique(parents):
        mine = parents == n
        print(
            f"| {n:.0f} | {precision[mine].mean():.3f} ± {precision[mine].std(ddof=1) / np.sqrt(mine.sum()):.3f}"
            f" | {loss[mine].mean():.4f} |"
        )
    extrapolate(parents, precision)


def extrapolate(parents: np.ndarray, precision: np.ndarray) -> None:
    """Print what the goal would need, with errors of a bootstrap over draws."""
    rng = np.random.default_rng(1)
    places = [np.flatnonzero(parents == n) for n in np.unique(parents)]
    found = needed(parents, precision)
    again = []
    for _ in range(N_BOOTSTRAP):
        chosen = np.concatenate([rng.choice(mine, len(mine)) for mine in places])
        again.append(list(needed(parents[chosen], precision[chosen]).values()))
    low, high = np.quantile(again, [0.16, 0.84], axis=0)
    for (name, value), a, b in zip(found.items(), low, high, strict=True):
        print(f"{name}: {value:.3g} ({a:.3g} to {b:.3g})")
