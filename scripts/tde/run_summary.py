"""The last words of a run: where the results lie, the scores, what to do next."""

from __future__ import annotations

import csv
from pathlib import Path

from tde.tables import read_json


def run_summary(results: Path, blend: str) -> list[str]:
    """Lines to print after a finished run.

    Parameters
    ----------
    results : path
        Folder of one data set's results, with a submission in it.
    blend : str
        The blend that was submitted.

    Returns
    -------
    list of str
    """
    lines = ["", f"Submission     {results / 'submission.csv'}{_candidates(results / 'submission.csv')}"]
    lines.append(f"Probabilities  {results / 'submission_probabilities.csv'}")
    metrics = results / "blends" / blend / "metrics.json"
    if metrics.is_file():
        lines += [f"Score          {line}" for line in _scores(read_json(metrics))]
    report = results / "report"
    if report.is_dir():
        lines.append(f"Report         {report}/ (one page: .venv/bin/snakemake --report report.html)")
    lines.append("Next           another data set or model: edit config.yaml and run the same command again")
    return lines


def _candidates(submission: Path) -> str:
    with submission.open(encoding="utf-8", newline="") as file:
        predictions = [row["prediction"] for row in csv.DictReader(file)]
    return f"  ({predictions.count('1')} TDE candidates among {len(predictions)} objects)"


def _scores(metrics: dict) -> list[str]:
    names = {"random": "folds at random", "parent": "folds by parent"}
    return [
        f"F1 {metrics[kind]['mean']['f1']:.3f}, average precision {metrics[kind]['mean']['average_precision']:.3f}"
        f" ({name}; bootstrap sd of F1 {metrics[kind]['bootstrap_sd']['parents']['f1']:.3f})"
        for kind, name in names.items()
        if kind in metrics
    ]
