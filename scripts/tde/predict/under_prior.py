"""Predictions under the rates that the classes have in a survey, in place of those among the training objects.

Every number of an object follows from one shift of its log-odds: that of P(TDE), of both ends of its interval, and of
every night of its history. Thresholds are chosen anew, on the objects held out, each weighing as much as its class does
under the rates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError
from tde.evaluation.class_rates import Rates, estimated_rates, under_rates
from tde.evaluation.thresholds_by_age import HeldOut
from tde.predict.decision import Choice, thresholds_by_age
from tde.predict.histories import AGE

PriorAsked = str | Mapping[str, float]
"""``predict.prior``: ``training``, ``estimated``, or the rate of each class."""

FEWEST = 100
"""Objects from which rates can be estimated, none of them flagged as other than what the models have learnt from."""


class Prior(NamedTuple):
    """Rates of the classes, and where probabilities under them come from.

    Attributes
    ----------
    classes : tuple of str
        The last is the TDE.
    learnt : ndarray, shape (n_classes,)
        Rates under which the models' probabilities hold.
    rates : ndarray, shape (n_classes,)
        Those asked for, or estimated.
    estimate : Rates, optional
        With its resamples, if they were estimated.
    """

    classes: tuple[str, ...]
    learnt: np.ndarray
    rates: np.ndarray
    estimate: Rates | None = None

    def content(self) -> dict[str, Any]:
        """As numbers that JSON can hold."""
        told = {"rates": self.rates, "learnt_from": self.learnt}
        if self.estimate is not None:
            told["rates_err"] = self.estimate.errors()
        content = {name: dict(zip(self.classes, values.tolist(), strict=True)) for name, values in told.items()}
        return content | ({} if self.estimate is None else {"estimated_from": self.estimate.n})


def settle_prior(asked: PriorAsked, classes: Sequence[str], held_out: pa.Table, predictions: pa.Table) -> Prior:
    """The rates that are asked for, or those that the predictions themselves tell.

    Parameters
    ----------
    asked : PriorAsked
        Other than ``training``.
    classes : sequence of str
        Those of the bundle; the last is the TDE.
    held_out : pyarrow.Table
        What the bundle's models say of light curves held out.
    predictions : pyarrow.Table
        Of all objects, under the training objects' rates.

    Raises
    ------
    InputError
        For rates of other classes than the bundle's, too few objects to estimate rates from, or a bundle that does not
        know the classes of what was held out.
    """
    names, learnt = tuple(classes), learnt_rates(classes, held_out)
    if not isinstance(asked, str):
        return Prior(names, learnt, _given(asked, names))
    # what is said of others follows no mixture of the classes: it would be taken for some rare class
    alike = pc.and_(predictions["p_TDE"].is_valid(), pc.equal(predictions["calibration"], "as_trained"))
    said = _probabilities(predictions.filter(alike), names)
    if len(said) < FEWEST:
        raise InputError(
            f"predict.prior: estimated asks for at least {FEWEST} objects whose calibration is as_trained, got"
            f" {len(said)} of {predictions.num_rows}; give a rate for each class: {', '.join(names)}"
        )
    estimate = estimated_rates(said, learnt)
    return Prior(names, learnt, estimate.rates, estimate)


def learnt_rates(classes: Sequence[str], held_out: pa.Table) -> np.ndarray:
    """Rates under which the models' probabilities hold: the mean of what they say of light curves held out.

    Parameters
    ----------
    classes : sequence of str
    held_out : pyarrow.Table
        With ``both`` (P(TDE)), ``p_<class>`` of the others, ``class`` and ``weight``.
    """
    missing = {"class", *(f"p_{name}" for name in classes[:-1])} - set(held_out.column_names)
    if missing:
        raise InputError(
            "predict.prior: the bundle does not say what its models told of each class (an older one); allowed with it:"
            " training, or make it again"
        )
    return np.average(_held_out_probabilities(held_out, classes), axis=0, weights=held_out["weight"].to_numpy())


def held_out_under(prior: Prior, held_out: pa.Table) -> HeldOut:
    """What thresholds are made of: P(TDE) under the prior, each class weighing as much as its rate.

    Parameters
    ----------
    prior : Prior
    held_out : pyarrow.Table
        As for `learnt_rates`.
    """
    said = under_rates(_held_out_probabilities(held_out, prior.classes), prior.learnt, prior.rates)
    weight = held_out["weight"].to_numpy()
    place = {name: k for k, name in enumerate(prior.classes)}
    code = np.array([place[name] for name in held_out["class"].to_pylist()])
    share = np.bincount(code, weight, minlength=len(prior.classes)) / weight.sum()
    factor = prior.rates / np.where(share > 0.0, share, 1.0)
    positive = held_out["is_TDE"].to_numpy(zero_copy_only=False)
    return HeldOut(held_out["log_age"].to_numpy(), said[:, -1], positive, weight * factor[code])


def reweighted(table: pa.Table, prior: Prior) -> pa.Table:
    """Probabilities and intervals under the prior; decisions are left as they were.

    Parameters
    ----------
    table : pyarrow.Table
        Predictions or a history: ``p_TDE``, ``p_TDE_low``, ``p_TDE_high`` and ``p_<class>``.
    prior : Prior
    """
    before = _probabilities(table, prior.classes)
    after = under_rates(before, prior.learnt, prior.rates)
    columns = {f"p_{name}": after[:, j] for j, name in enumerate(prior.classes)}
    rest = before[:, :-1].sum(axis=1, keepdims=True)
    others = np.where(rest > 0.0, before[:, :-1] / np.where(rest > 0.0, rest, 1.0), prior.learnt[:-1])
    for end, not_beyond in (("low", np.minimum), ("high", np.maximum)):
        p_end = _column(table, f"p_TDE_{end}")
        with_others = np.column_stack([(1.0 - p_end)[:, None] * others, p_end])
        moved = under_rates(with_others, prior.learnt, prior.rates)[:, -1]
        columns[f"p_TDE_{end}"] = not_beyond(moved, after[:, -1])
    return _replaced(table, columns)


def decided(table: pa.Table, held_out: HeldOut, choose: Choice, log_age: np.ndarray) -> pa.Table:
    """Thresholds and decisions anew.

    Parameters
    ----------
    table : pyarrow.Table
        As `reweighted` makes it, ``n`` rows.
    held_out : HeldOut
        As `held_out_under` makes it.
    choose : Choice
        With a budget, which is met afterwards, as with ``f1``.
    log_age : ndarray, shape (n,)
        Natural logarithm of the days since the trigger.
    """
    threshold = thresholds_by_age(held_out, choose, log_age)
    above = np.nan_to_num(_column(table, "p_TDE"), nan=-1.0) > threshold
    return _replaced(_replaced(table, {"threshold": threshold}), {"is_TDE": above}, with_null=False)


def under(prior: Prior, held_out: pa.Table, choose: Choice, table: pa.Table) -> pa.Table:
    """Predictions or a history under a prior: probabilities, intervals, thresholds, decisions.

    Parameters
    ----------
    prior : Prior
    held_out : pyarrow.Table
        As for `learnt_rates`.
    choose : Choice
    table : pyarrow.Table
        As for `reweighted`, and with `tde.predict.histories.AGE`.
    """
    return decided(reweighted(table, prior), held_out_under(prior, held_out), choose, table[AGE].to_numpy())


def expected(predictions: pa.Table, prior: Prior | None) -> dict[str, Any]:
    """How many TDEs the probabilities promise among those called so, and among all objects.

    Parameters
    ----------
    predictions : pyarrow.Table
        Of all objects, as they are written down.
    prior : Prior, optional
        Errors are those of chance and, if rates were estimated, of these.

    Returns
    -------
    dict
        ``called_TDE``, ``TDE_among_them``, ``purity`` (null for an empty list), ``TDE_among_all``, each but the first
        with ``_err``.
    """
    known = predictions.filter(predictions["p_TDE"].is_valid())
    p, called = known["p_TDE"].to_numpy(), known["is_TDE"].to_numpy(zero_copy_only=False)
    all_of_them = np.ones(len(p), dtype=bool)
    of_rates = _of_rates(known, prior, [called, all_of_them])
    numbers = {}
    for name, rows, error in zip(("TDE_among_them", "TDE_among_all"), (called, all_of_them), of_rates, strict=True):
        numbers[name] = float(p[rows].sum())
        numbers[f"{name}_err"] = float(np.hypot(np.sqrt(np.sum(p[rows] * (1.0 - p[rows]))), error))
    n = int(called.sum())
    purity = {f"purity{end}": numbers[f"TDE_among_them{end}"] / n if n else None for end in ("", "_err")}
    return {"called_TDE": n, **numbers, **purity}


def _of_rates(known: pa.Table, prior: Prior | None, lists: Sequence[np.ndarray]) -> np.ndarray:
    """Errors of the expected numbers of TDEs in some lists that are due to those of estimated rates."""
    if prior is None or prior.estimate is None or not known.num_rows:
        return np.zeros(len(lists))
    said, estimate = _probabilities(known, prior.classes), prior.estimate
    more = prior.rates[-1] + estimate.errors()[-1]
    raised = np.append(prior.rates[:-1] * (1.0 - more) / (1.0 - prior.rates[-1]), more) if more < 1.0 else prior.rates

    def counted(rates: np.ndarray) -> list[float]:
        p_tde = under_rates(said, prior.rates, rates)[:, -1]
        return [float(p_tde[rows].sum()) for rows in lists]

    spread = np.std([counted(rates) for rates in estimate.resamples], axis=0)
    # where all resamples have next to no TDE, the error is that of the likelihood's curvature
    return np.maximum(spread, np.subtract(counted(raised), counted(prior.rates)))


def _given(asked: Mapping[str, float], classes: tuple[str, ...]) -> np.ndarray:
    """Rates of the bundle's classes, from those of config.yaml."""
    if set(asked) != set(classes):
        strange = ", ".join(sorted(set(asked) - set(classes)))
        lacking = ", ".join(name for name in classes if name not in asked)
        found = f"unknown class {strange}" if strange else f"no rate of {lacking}"
        raise InputError(
            f"predict.prior: {found}; the bundle's classes are {', '.join(classes)}: a rate for each, 0 where there are"
            " none"
        )
    rates = np.array([float(asked[name]) for name in classes])
    return rates / rates.sum()


def _held_out_probabilities(held_out: pa.Table, classes: Sequence[str]) -> np.ndarray:
    return np.column_stack([*(held_out[f"p_{name}"].to_numpy() for name in classes[:-1]), held_out["both"].to_numpy()])


def _probabilities(table: pa.Table, classes: Sequence[str]) -> np.ndarray:
    return np.column_stack([_column(table, f"p_{name}") for name in classes])


def _column(table: pa.Table, name: str) -> np.ndarray:
    """Numbers of a column, NaN for null."""
    return table[name].to_numpy(zero_copy_only=False).astype(np.float64)


def _replaced(table: pa.Table, columns: Mapping[str, np.ndarray], with_null: bool = True) -> pa.Table:
    """A table with other values in some columns, null where there is no probability."""
    mask = ~table["p_TDE"].is_valid().to_numpy() if with_null else None
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, pa.array(values, mask=mask))
    return table
