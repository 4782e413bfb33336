"""Writing a bundle from a finished training run."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tde.evaluation.classes import TDE, told_apart
from tde.features.shared.learning import read_learnt
from tde.lightcurves import LightCurves
from tde.models.training import MODEL_FILE, load_estimators
from tde.predict import bundle
from tde.predict.bundle import Member
from tde.predict.known_features import write_known
from tde.predict.matrix import estimator_probabilities, needed_families
from tde.predict.outliers import compared_features, held_out_distances
from tde.predict.training_summary import N_NEIGHBOUR_FEATURES, feature_summary, population
from tde.tables import read_json, read_parquet, write_json, write_parquet

N_CHECKED = 8
"""Training objects whose predictions are kept as known answers."""

LIBRARIES = ("numpy", "numba", "pyarrow", "scikit-learn", "lightgbm", "xgboost", "xgboost-cpu", "catboost")
SCORES = ("f1", "precision", "recall", "average_precision", "log_loss")


class FittedMember(NamedTuple):
    """Where a member of the blend lies, and its weight.

    Attributes
    ----------
    folder : path
        Of the fitted estimators (`save_estimators`).
    weight : float
        Weights of all members sum to 1.
    importance : path
        Table of importances; models that learnt from views have none.
    """

    folder: Path | str
    weight: float
    importance: Path | str = ""


@dataclass(frozen=True)
class TrainingObjects:
    """The ``n`` objects the blend was trained on.

    Attributes
    ----------
    lightcurves : LightCurves
    tables : dict of str to pyarrow.Table
        Features by family, in the order of the light curves.
    codes : ndarray of int, shape (n,)
        Codes of the five classes.
    spec_types : sequence of str
    """

    lightcurves: LightCurves
    tables: Mapping[str, pa.Table]
    codes: np.ndarray
    spec_types: Sequence[str]


class Views(NamedTuple):
    """What was learnt from views.

    Attributes
    ----------
    fitted : mapping of str to FittedMember
        Models by name.
    handover : dict
        As `Handover.content` gives it.
    held_out, about : pyarrow.Table
        What is said of views held out; the views and whole light curves themselves.
    tables : mapping of str to pyarrow.Table
        Features of the views by family.
    """

    fitted: Mapping[str, FittedMember]
    handover: dict[str, Any]
    held_out: pa.Table
    about: pa.Table
    tables: Mapping[str, pa.Table]


class Outcome(NamedTuple):
    """What the training run found out about the blend.

    Attributes
    ----------
    dataset : str
        Name of the data set.
    threshold, metrics : dict
        Contents of threshold.json and of the blend's metrics.json.
    """

    dataset: str
    threshold: dict[str, Any]
    metrics: dict[str, Any]


def write_bundle(
    folder: Path | str,
    fitted: Mapping[str, FittedMember],
    families: Mapping[str, dict[str, Any]],
    learnt: Mapping[str, Path | str],
    training: TrainingObjects,
    known: LightCurves,
    outcome: Outcome,
    views: Views | None = None,
) -> None:
    """Write everything that new light curves are classified with into one folder.

    Parameters
    ----------
    folder : path
        Emptied first.
    fitted : mapping of str to FittedMember
        Members of the blend by name, in the order in which their probabilities are summed.
    families : mapping
        Options of all feature families of the run.
    learnt : mapping
        File of what each family that learns has learnt from all training objects.
    training : TrainingObjects
    known : LightCurves
        By which code is recognised that computes other features.
    outcome : Outcome
    views : Views, optional
        Without, the bundle has no part for unfinished light curves.
    """
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    members = _copy_members(folder, fitted)
    of_views = _copy_members(folder, views.fitted) if views else []
    names = list(dict.fromkeys(feature for member in (*members, *of_views) for feature in member.features))
    used = {name: families[name] for name in needed_families(names, list(families))}
    X = np.column_stack([_column(training.tables, name) for name in names])
    share = _importance(members, names, {name: files.importance for name, files in fitted.items()})
    write_parquet(folder / bundle.FEATURES, feature_summary(names, X, training.codes == TDE, share, used))
    for name, path in learnt.items():
        (folder / bundle.LEARNT).mkdir(exist_ok=True)
        shutil.copyfile(path, folder / bundle.LEARNT / f"{name}.npz")
    write_known(folder, known, used, {name: read_learnt(path) for name, path in learnt.items()}, names)
    write_parquet(folder / bundle.NEIGHBOURS, _neighbours(training, names, X, share))
    answers = _known_answers([*members, *of_views], names, training.lightcurves.object_id, X)
    write_parquet(folder / bundle.CHECK, answers)
    manifest = _manifest(members, used, training, outcome)
    if views:
        manifest["unfinished"] = _unfinished(views, of_views)
        write_parquet(
            folder / bundle.HELD_OUT, _held_out(views, training.tables, read_parquet(folder / bundle.NEIGHBOURS))
        )
    write_json(folder / bundle.MANIFEST, manifest)
    bundle.sign(folder)


def _manifest(
    members: Sequence[Member], used: Mapping[str, dict[str, Any]], training: TrainingObjects, outcome: Outcome
) -> dict[str, Any]:
    """What is in the bundle, where it comes from, and what it is worth."""
    return {
        "format": bundle.FORMAT,
        "format_version": bundle.FORMAT_VERSION,
        "dataset": outcome.dataset,
        "python": platform.python_version(),
        "libraries": _versions(),
        "feature_library": bundle.feature_library_hash(list(used)),
        "families": [{"name": name, "options": options} for name, options in used.items()],
        "members": [_entry(member) for member in members],
        "unfinished": None,
        "classes": list(told_apart(member.classes for member in members)),
        "threshold": outcome.threshold,
        "scores": {kind: _scores(part) for kind, part in outcome.metrics.items()},
        "training": population(training.lightcurves, training.codes),
    }


def _entry(member: Member) -> dict[str, Any]:
    return {
        "name": member.name,
        "weight": member.weight,
        "classes": list(member.classes),
        "n_features": len(member.features),
        "n_estimators": len(member.estimators),
    }


def _unfinished(views: Views, members: Sequence[Member]) -> dict[str, Any]:
    """The part for unfinished light curves, and how little the light curves that it learnt from hold."""
    return {
        "members": [_entry(member) for member in members],
        "handover": views.handover,
        "fewest_points": int(np.quantile(views.about["n_points"].to_numpy(), 0.01)),
        "fewest_bands": int(np.quantile(views.about["n_bands"].to_numpy(), 0.01)),
    }


def _held_out(views: Views, whole: Mapping[str, pa.Table], neighbours: pa.Table) -> pa.Table:
    """What thresholds and priors are made of, and how far out each light curve is."""
    names = [name for name in views.held_out.column_names if name.startswith("p_")]
    table = views.held_out.select(["log_age", "both", *names, "is_TDE", "class", "weight"])
    for name in ("n_points", "n_bands"):
        table = table.append_column(name, views.about[name])
    compared = compared_features(neighbours)
    if not {name.partition(".")[0] for name in compared} <= set(views.tables):
        return table
    X = np.vstack([np.column_stack([_column(tables, name) for name in compared]) for tables in (whole, views.tables)])
    distance = held_out_distances(
        X, len(X) - len(_column(views.tables, compared[0])), views.held_out["fold"].to_numpy()
    )
    return table.append_column("distance", pa.array(distance))


def _scores(metrics: dict[str, Any]) -> dict[str, Any]:
    """Scores of one kind of folds, with their errors."""
    return {
        "mean": {name: metrics["mean"][name] for name in SCORES},
        "standard_error": {name: metrics["standard_error"][name] for name in SCORES},
        "bootstrap_sd": metrics["bootstrap_sd"]["parents"],
    }


def _copy_members(folder: Path, fitted: Mapping[str, FittedMember]) -> list[Member]:
    return [_copy_member(folder, name, Path(files.folder), files.weight) for name, files in fitted.items()]


def _copy_member(folder: Path, name: str, source: Path, weight: float) -> Member:
    target = folder / "models" / name
    target.mkdir(parents=True)
    for file in (MODEL_FILE, *read_json(source / MODEL_FILE)["files"]):
        shutil.copyfile(source / file, target / file)
    features, classes, estimators = load_estimators(target)
    return Member(name, float(weight), classes, features, estimators)


def _column(tables: Mapping[str, pa.Table], name: str) -> np.ndarray:
    family, _, column = name.partition(".")
    return tables[family][column].to_numpy()


def _importance(members: list[Member], names: list[str], paths: Mapping[str, Path | str]) -> np.ndarray:
    """Share of the blend's importance of each feature, shape (m,)."""
    total = np.zeros(len(names))
    row = {name: j for j, name in enumerate(names)}
    for member in members:
        table = read_parquet(paths[member.name], ["feature", "gain"])
        for name, gain in zip(table["feature"].to_pylist(), table["gain"].to_pylist(), strict=True):
            total[row[name]] += member.weight * gain
    return total


def _neighbours(training: TrainingObjects, names: list[str], X: np.ndarray, share: np.ndarray) -> pa.Table:
    """Training objects with their most important features."""
    chosen = np.argsort(-share, kind="stable")[:N_NEIGHBOUR_FEATURES]
    columns = {names[j]: X[:, j] for j in chosen if share[j] > 0}
    return pa.table(
        {
            "object_id": pa.array(training.lightcurves.object_id, pa.string()),
            "spec_type": pa.array(list(training.spec_types), pa.string()),
            "z": training.lightcurves.z,
            **columns,
        }
    )


def _known_answers(members: list[Member], names: list[str], object_id: np.ndarray, X: np.ndarray) -> pa.Table:
    """Features of a few training objects, and what each member says of them."""
    rows = np.unique(np.linspace(0, len(X) - 1, N_CHECKED).astype(int))
    column = {name: j for j, name in enumerate(names)}
    answers = {}
    for member in members:
        columns = np.array([column[name] for name in member.features])
        mine = np.ascontiguousarray(X[np.ix_(rows, columns)])
        answers[f"p_{member.name}"] = estimator_probabilities(member.estimators, mine).mean(axis=0)[:, -1]
    features = {name: X[rows, j] for j, name in enumerate(names)}
    return pa.table({"object_id": pa.array(object_id[rows], pa.string()), **features, **answers})


def _versions() -> dict[str, str]:
    """Versions of the libraries that fits and features depend on, of those installed."""
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
