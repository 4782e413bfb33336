"""What leaves the workflow: the submission, and the predictions behind it for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml

from tde.errors import InputError
from tde.tables import write_text


class SampleSubmission(NamedTuple):
    """Column names, and identifiers of the objects, shape (n,)."""

    header: list[str]
    object_id: np.ndarray


def read_sample(path: Path | str) -> SampleSubmission:
    """Column names and object identifiers of the sample submission.

    Raises
    ------
    InputError
        If the file is not a table of two columns, the first being object_id.
    """
    lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    header = lines[0].split(",") if lines else []
    if len(header) != 2 or header[0] != "object_id":
        raise InputError(f"{path}: header is {lines[0] if lines else ''!r}; expected object_id,prediction")
    object_id = np.array([line.split(",")[0] for line in lines[1:] if line.strip()], dtype=object)
    return SampleSubmission(header, object_id)


def match_order(sample: np.ndarray, object_id: np.ndarray, path: Path | str) -> np.ndarray:
    """Rows of the predictions in the order of the sample submission.

    Parameters
    ----------
    sample, object_id : ndarray of str
        Identifiers of the sample and of the predictions.
    path : path
        The sample, for messages.

    Raises
    ------
    InputError
        Unless both hold exactly the same objects, each once.
    """
    row = {name: i for i, name in enumerate(object_id)}
    if len(row) != len(object_id):
        raise InputError(f"predictions hold {len(object_id) - len(row)} object(s) more than once")
    seen: set[str] = set()
    for name in sample:
        if name not in row:
            raise InputError(f"{path}: object {name!r} has no prediction")
        if name in seen:
            raise InputError(f"{path}: object {name!r} is listed more than once")
        seen.add(name)
    extra = next((name for name in object_id if name not in seen), None)
    if extra is not None:
        raise InputError(f"{path}: predicted object {extra!r} is missing; {len(row) - len(seen)} are in all")
    return np.array([row[name] for name in sample], dtype=np.int64)


def write_yaml(path: Path | str, content: dict) -> None:
    """Write YAML, keys in the order given."""
    write_text(path, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def cv_summary(metrics: dict, threshold: dict) -> dict:
    """The figures of a published model's ``cv_summary.yaml``, and the honest ones beside them.

    Parameters
    ----------
    metrics : dict
        Scores by kind of folds, see `tde.evaluation.metrics.score_all`.
    threshold : dict
        Content of threshold.json.
    """
    summary: dict = {"threshold": threshold["threshold"], "folds": {}}
    for kind, scores in metrics.items():
        mean, error = scores["mean"], scores["standard_error"]
        summary["folds"][kind] = {
            "n_repeats": scores["n_repeats"],
            "n_folds": len(scores["thresholds"][0]),
            "f1": mean["f1"],
            "f1_standard_error": error["f1"],
            "f1_bootstrap_sd_over_parents": scores["bootstrap_sd"]["parents"]["f1"],
            "precision": mean["precision"],
            "recall": mean["recall"],
            "average_precision": mean["average_precision"],
            "log_loss": mean["log_loss"],
            "mean_f1_optimistic_threshold_per_fold": mean["optimistic_f1_per_fold"],
            "oof_f1_optimistic_threshold_pooled": mean["optimistic_f1_pooled"],
        }
    return summary
