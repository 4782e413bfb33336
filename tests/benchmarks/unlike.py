"""How often light curves are called unlike the training objects: held-out ones, those of a class left out, others.

    .venv/bin/python tests/benchmarks/unlike.py results/mallorn [--sky PREDICTIONS OBJECTS]

needs `snakemake bundle` with models of views. PREDICTIONS are those of `predict` for labelled light curves, OBJECTS is
a table of object_id, label and kind of photometry. Prints Markdown.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "scripts"))

from tde.evaluation.classes import CLASSES, class_codes
from tde.lightcurves import read_shards
from tde.predict.bundle import NEIGHBOURS
from tde.predict.matrix import matrix
from tde.predict.outliers import UNLIKE, compared_features, held_out_distances, outlier_p
from tde.predict.recurrence import repeats, restless_before
from tde.tables import read_parquet

FEWEST = 9
"""Objects of a kind that are worth a row."""


class Run:
    """Light curves and views of a training run, with what is compared of them."""

    def __init__(self, results: Path) -> None:
        self.neighbours = read_parquet(results / "bundle" / NEIGHBOURS)
        self.names = compared_features(self.neighbours)
        families = {name.partition(".")[0] for name in self.names}
        parts = ("features/{}/train.parquet", "views/features/{}.parquet")
        tables = [{name: read_parquet(results / part.format(name)) for name in families} for part in parts]
        self.X = np.vstack([matrix(each, self.names) for each in tables])
        about, self.held_out = (read_parquet(results / f"views/{name}.parquet") for name in ("views", "held_out"))
        training = read_parquet(results / "training.parquet")
        self.n = training.num_rows
        place = {name: k for k, name in enumerate(training["object_id"].to_pylist())}
        owner = np.array([place[name] for name in about["object_id"].to_pylist()])
        self.code = class_codes(training["spec_type"].to_pylist())[owner]
        self.fold = self.held_out["fold"].to_numpy()
        self.states = np.column_stack([about[name].to_numpy() for name in ("log_age", "n_points", "n_bands")])

    def flagged(self, learnt: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """Which of some rows are called unlike those learnt from."""
        first = learnt[: self.n].sum()
        columns = dict(zip(("log_age", "n_points", "n_bands"), self.states[learnt].T, strict=True))
        columns["distance"] = held_out_distances(self.X[learnt], first, self.fold[learnt])
        neighbours = self.neighbours.filter(pa.array(learnt[: self.n]))
        tables: dict[str, dict[str, np.ndarray]] = {}
        for j, name in enumerate(self.names):
            family, _, column = name.partition(".")
            tables.setdefault(family, {})[column] = self.X[asked, j]
        as_tables = {family: pa.table(content) for family, content in tables.items()}
        return outlier_p(neighbours, pa.table(columns), as_tables, self.states[asked]) < UNLIKE


def held_out(run: Run) -> list[str]:
    """False alarms, with one fold after the other left out, and what is found of each class that was left out."""
    alarm = np.empty(len(run.code), dtype=bool)
    for k in np.unique(run.fold):
        alarm[run.fold == k] = run.flagged(run.fold != k, run.fold == k)
    whole = np.arange(len(run.code)) < run.n
    lines = ["| | whole light curves | views |", "|---|---:|---:|"]
    lines.append(
        f"| held-out objects of all classes (false alarms) | {_share(alarm[whole])} | {_share(alarm[~whole])} |"
    )
    for code, name in enumerate(CLASSES):
        rows = run.code == code
        found = run.flagged(~rows, rows)
        first = whole[rows]
        lines.append(f"| {name}, by a training set without any | {_share(found[first])} | {_share(found[~first])} |")
    return lines


def outbursts(results: Path) -> list[str]:
    """Shares of the training objects of each class whose flags say what no TDE does."""
    curves = read_shards(sorted(map(str, (results / "shards/train").glob("*.parquet"))), read_parquet(
        results / "objects/train.parquet"))  # fmt: skip
    code = class_codes(read_parquet(results / "training.parquet")["spec_type"].to_pylist())
    said = [repeats(curves), restless_before(curves)]
    lines = ["| | n | `repeats` | `restless_before` |", "|---|---:|---:|---:|"]
    for k, name in enumerate(CLASSES):
        shares = " | ".join(_share(flag[code == k]) for flag in said)
        lines.append(f"| {name} | {int((code == k).sum())} | {shares} |")
    return lines


def on_the_sky(predictions: pa.Table, objects: pa.Table) -> list[str]:
    """Shares of labelled objects with each of the three flags, by class and kind of photometry."""
    place = {name: k for k, name in enumerate(objects["object_id"].to_pylist())}
    rows = np.array([place[name] for name in predictions["object_id"].to_pylist()])
    kinds = [" ".join(pair) for pair in zip(objects["label"].to_pylist(), objects["kind"].to_pylist(), strict=True)]
    mine = np.array(kinds)[rows]
    flags = pc.split_pattern(predictions["flags"], ";").to_pylist()
    lines = ["| | n | `unlike_training` | `repeats` | `restless_before` |", "|---|---:|---:|---:|---:|"]
    for kind in sorted(set(kinds)):
        inside = np.flatnonzero(mine == kind)
        if len(inside) >= FEWEST:
            told = [np.array([name in flags[k] for k in inside]) for name in (
                "unlike_training", "repeats", "restless_before")]  # fmt: skip
            lines.append(f"| {kind} | {len(inside)} | {' | '.join(map(_share, told))} |")
    return lines


def _share(flagged: np.ndarray) -> str:
    return f"{100.0 * flagged.mean():.1f} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--sky", nargs=2, type=Path, metavar=("PREDICTIONS", "OBJECTS"))
    asked = parser.parse_args()
    parts = [held_out(Run(asked.results)), outbursts(asked.results)]
    if asked.sky:
        parts.append(on_the_sky(*map(read_parquet, asked.sky)))
    print("\n\n".join("\n".join(lines) for lines in parts))


if __name__ == "__main__":
    main()
