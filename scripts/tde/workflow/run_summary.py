"""What is printed after a run: where the results are, the scores, what to do next."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path
from typing import Any

from tde.predict.expected_words import expected_words
from tde.sources.refusals import refusal_words
from tde.tables import read_json

MOST_NAMED = 5
"""Refused files that are named one by one."""


def run_summary(results: Path, blend: str) -> list[str]:
    """Lines to print after a finished run.

    Parameters
    ----------
    results : path
        Folder of one data set's results.
    blend : str
        The blend that was submitted.

    Returns
    -------
    list of str
    """
    submission, report = results / "submission.csv", results / "report/report.html"
    if not (submission.is_file() or report.is_file()):
        return [f"Done. Results so far: {results}/"]
    lines = [""]
    if submission.is_file():  # a collection of one's own has none
        lines.append(f"Submission     {submission}{_candidates(submission)}")
        lines.append(f"Probabilities  {results / 'submission_probabilities.csv'}")
    metrics = results / "blends" / blend / "metrics.json"
    if metrics.is_file():
        lines += [f"Score          {line}" for line in _scores(read_json(metrics))]
    candidates = results / "candidates/candidates.html"
    if candidates.is_file():
        lines.append(f"Candidates     {candidates} (open it in a browser; it needs no network)")
    if report.is_file():
        lines.append(f"Report         {report}")
    lines += [f"Time           {line}" for line in _time(results / "report/benchmarks.csv")]
    if (results / "bundle").is_dir():
        lines.append(
            "Next           new light curves: snakemake --cores 2 predict --config 'predict={lightcurves: new.csv,"
            " objects: new_objects.csv}'"
        )
    lines.append("               another data set or model: edit config.yaml and run the same command again")
    return lines


def new_summary(results: Path, name: str, asked: Collection[str]) -> list[str]:
    """Lines to print after new light curves were inspected or classified.

    Parameters
    ----------
    results : path
        Folder of all results.
    name : str
        Of the new light curves: ``predict.name``.
    asked : collection of str
        The targets of the run: ``inspect``, ``predict`` or both.
    """
    lines = [""]
    if "inspect" in asked:
        inspected = results / "inspect" / name
        lines += [f"Summary        {inspected / 'summary.md'}", f"Picture        {inspected / 'light_curves.png'}"]
    if "predict" in asked:
        folder = results / "predict" / name
        with (folder / "predictions.csv").open(encoding="utf-8", newline="") as file:
            called = [row["is_TDE"] == "True" for row in csv.DictReader(file)]
        lines += [
            f"Ranked list    {folder / 'candidates.html'} (open it in a browser; it needs no network)",
            f"Predictions    {folder / 'predictions.csv'}  ({sum(called)} called TDE among {len(called)} objects)",
            f"Flags, counts  {folder / 'summary.json'}",
            f"Blend          trained on {read_json(folder / 'summary.json')['trained_on']}",
        ]
        words = expected_words(read_json(folder / "summary.json"))
        lines += [f"Expected       {words}"] if words else []
    else:
        lines.append("Next           the same command with predict instead of inspect")
    read = results / ("predict" if "predict" in asked else "inspect") / name / "reading.json"
    return [*lines, *_refused(read)]


def night_summary(results: Path, name: str, asked: Collection[str]) -> list[str]:
    """Lines to print after the nights that have come in were gone through.

    Parameters
    ----------
    results : path
        Folder of all results.
    name : str
        ``nights.name``.
    asked : collection of str
        The targets of the run: ``nights``, ``replay`` or both.
    """
    folder = results / "nights" / name
    listing = read_json(folder / "listing.json")
    last = max(listing["nights"], default=None)
    if last is None:
        return ["", f"No night       the files are of none: {folder / 'listing.json'} says why"]
    counts = read_json(folder / last / "summary.json")
    lines = [
        "",
        f"Morning page   {folder / last / 'morning.html'} (open it in a browser; it needs no network)",
        f"Last night     {last}: {counts['objects touched']} objects touched, {counts['objects classified']} classified"
        f", {counts['called TDE']} called TDE",
        f"All nights     {len(listing['nights'])}, in {folder}/",
    ]
    if "replay" in asked:
        lines.append(f"TDEs found     {folder / 'replay.md'}")
    words = refusal_words(counts["reading"])
    unknown = [f"{len(listing['refused'])} files are of no night"] if listing["refused"] else []
    problems = [*filter(None, [words]), *unknown]
    return [*lines, *(f"ATTENTION      {problem}" for problem in problems)]


def _refused(reading: Path) -> list[str]:
    """The files that were refused or not read, the first of them with the reason."""
    report = read_json(reading)
    reasons = [*report["files refused"].values(), *report["files not read"]]
    if not reasons:
        return []
    lines = ["", f"ATTENTION      {refusal_words(report)}"]
    lines += [f"               {reason}" for reason in reasons[:MOST_NAMED]]
    more = f"{len(reasons) - MOST_NAMED} more, with the reasons, in" if len(reasons) > MOST_NAMED else "also in"
    return [*lines, f"               {more} {reading}"]


def _candidates(submission: Path) -> str:
    with submission.open(encoding="utf-8", newline="") as file:
        predictions = [row["prediction"] for row in csv.DictReader(file)]
    return f"  ({predictions.count('1')} TDE candidates among {len(predictions)} objects)"


def _time(table: Path) -> list[str]:
    """What all jobs took together, from the report's table of costs."""
    if not table.is_file():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not row["family"]]
    total = sum(float(row["total_s"]) for row in rows)
    longest = max(rows, key=lambda row: float(row["total_s"]))
    minutes = float(longest["total_s"]) / 60
    return [f"{total / 60:.1f} min of all jobs together, most in {longest['rule']} ({minutes:.1f} min)"]


def _scores(metrics: dict[str, Any]) -> list[str]:
    names = {"random": "folds at random", "parent": "folds by parent"}
    return [
        f"F1 {metrics[kind]['mean']['f1']:.3f}, average precision {metrics[kind]['mean']['average_precision']:.3f}"
        f" ({name}; bootstrap sd of F1 {metrics[kind]['bootstrap_sd']['parents']['f1']:.3f})"
        for kind, name in names.items()
        if kind in metrics
    ]
