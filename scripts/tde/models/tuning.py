"""Search for a model's parameters with Optuna, on folds of its own.

The folds are drawn with the search's own seed, so they are none of those that models are
scored on; the objects are the same, which makes the scores of a tuned model slightly
optimistic, as those of any published tuned model. Every trial's sampler is seeded with
seed + number of the trial: a search that was interrupted goes on as if it had not been.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tde.errors import InputError
from tde.evaluation.metrics import average_precision, log_loss
from tde.evaluation.thresholds import f1_optimal_threshold
from tde.models.block import ModelBlock
from tde.models.training import Learner, fit
from tde.workflow.configuration.model_settings import Objective, SearchRange, Tuning

OBJECTIVES: dict[Objective, Callable[[np.ndarray, np.ndarray], float]] = {
    "pooled_f1": lambda positive, p: f1_optimal_threshold(p, positive)[1],
    "average_precision": lambda positive, p: float(average_precision(positive, p)[0]),
    "log_loss": lambda positive, p: -float(log_loss(positive, p)[0]),
}
"""What a search maximises: a score of TDE against the rest on out-of-fold predictions."""

WARM_UP_TRIALS = 10
"""Trials that are never cut short."""


def suggest(trial: Any, space: dict[str, list[Any] | SearchRange]) -> dict[str, Any]:
    """Parameters of one trial.

    Parameters
    ----------
    trial : optuna.Trial
    space : dict
        For each parameter a list of choices or a range.
    """
    chosen = {}
    for name, values in space.items():
        if isinstance(values, list):
            chosen[name] = trial.suggest_categorical(name, values)
        else:
            draw = trial.suggest_int if values.integer else trial.suggest_float
            chosen[name] = draw(name, values.low, values.high, log=values.log)
    return chosen


def written_space(tuning: Tuning) -> dict[str, Any]:
    """The space as it stands in config.yaml."""
    return tuning.model_dump(include={"space"}, exclude_unset=True)["space"]


def _trial_score(
    trial: Any,
    block: ModelBlock,
    names: list[str],
    X: np.ndarray,
    codes: np.ndarray,
    fold: np.ndarray,
    objective: Objective,
) -> float:
    """Score of one set of parameters; hopeless ones are given up after a few folds."""
    import optuna

    positive = codes == codes.max()
    probability = np.full(len(X), np.nan)
    for k in range(int(fold.max()) + 1):
        estimator = fit(Learner(block, names), X[fold != k], codes[fold != k], seed=k)
        probability[fold == k] = estimator.predict_proba(X[fold == k])[:, -1]
        done = fold <= k
        score = OBJECTIVES[objective](positive[done], probability[done])
        trial.report(score, k)
        if k < fold.max() and trial.should_prune():
            raise optuna.TrialPruned
    return score


def _open_study(block: ModelBlock, tuning: Tuning, journal: Path | str) -> Any:
    """The study that the journal holds, or a new one."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    Path(journal).parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        study_name=block.name,
        storage=JournalStorage(JournalFileBackend(str(journal))),
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(WARM_UP_TRIALS, n_warmup_steps=1),
        load_if_exists=True,
    )
    settings = {"seed": tuning.seed, "objective": tuning.objective, "space": written_space(tuning)}
    if study.user_attrs.get("settings", settings) != settings:
        raise InputError(f"{journal}: trials of another search of {block.name!r}; delete the file to begin anew")
    study.set_user_attr("settings", settings)
    return study


def search(
    block: ModelBlock,
    tuning: Tuning,
    names: list[str],
    X: np.ndarray,
    codes: np.ndarray,
    fold: np.ndarray,
    journal: Path | str,
) -> Any:
    """Run a search, or what is left of it.

    Parameters
    ----------
    block : ModelBlock
    tuning : Tuning
    names : list of str
        Features.
    X : ndarray, shape (n, n_features)
    codes : ndarray of int, shape (n,)
        Codes of the five classes.
    fold : ndarray of int, shape (n,)
    journal : path
        File that holds all trials so far; it is added to after each.

    Returns
    -------
    optuna.Study

    Raises
    ------
    InputError
        If the journal belongs to a search in another space.
    """
    import optuna

    study = _open_study(block, tuning, journal)

    def objective(trial: Any) -> float:
        parameters = {**block.parameters, **suggest(trial, tuning.space)}
        tried = block.model_copy(update={"parameters": parameters})
        return _trial_score(trial, tried, names, X, codes, fold, tuning.objective)

    finished = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    while (number := len(study.get_trials(deepcopy=False, states=finished))) < tuning.n_trials:
        study.sampler = optuna.samplers.TPESampler(seed=tuning.seed + number)
        study.optimize(objective, n_trials=1)
        print(f"trial {number + 1} of {tuning.n_trials}: best so far {study.best_value:.4f}", flush=True)
    return study
