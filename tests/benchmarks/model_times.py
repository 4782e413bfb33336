"""What cross-validating each model cost, from the benchmark files of a run.

Run from the project's root after ``snakemake leaderboard``::

    python tests/benchmarks/model_times.py benchmarks/mallorn --models rocket_ridge cnn
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path


def cpu_seconds(folder: Path, pattern: str = "*.tsv") -> list[float]:
    """CPU time of each job whose benchmark file is in a folder."""
    rows = [row for path in sorted(folder.glob(pattern)) for row in csv.DictReader(path.open(), delimiter="\t")]
    return [float(row["cpu_time"]) for row in rows]


def family_times(benchmarks: Path) -> list[str]:
    """Families on the whole of train and test, as rows of Markdown."""
    lines = ["| family | jobs | CPU s, all objects |", "|---|---:|---:|"]
    for folder in sorted((benchmarks / "compute_features").iterdir()):
        times = cpu_seconds(folder)
        lines.append(f"| {folder.name} | {len(times)} | {sum(times):.0f} |")
    return lines


def model_times(benchmarks: Path, models: list[str]) -> list[str]:
    """Models, as rows of Markdown."""
    lines = ["| model | CPU s, all folds of all repeats | search for parameters |", "|---|---:|---:|"]
    for model in models:
        (folds,) = cpu_seconds(benchmarks / "cross_validate", f"{model}.tsv")
        search = cpu_seconds(benchmarks / "tune_model", f"{model}.tsv")
        lines.append(f"| {model} | {folds:.0f} | {f'{search[0]:.0f} s' if search else ''} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("benchmarks", type=Path, help="benchmark files of a data set: benchmarks/mallorn")
    parser.add_argument("--models", nargs="*", default=[], help="default: all that were cross-validated")
    arguments = parser.parse_args()
    found = sorted(path.stem for path in (arguments.benchmarks / "cross_validate").iterdir())
    print("\n".join([*model_times(arguments.benchmarks, arguments.models or found), ""]))
    print("\n".join(family_times(arguments.benchmarks)))


if __name__ == "__main__":
    main()
