"""Make a whole data set: draw the catalogue, then write it split by split."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from tde.errors import InputError
from tde.simulation.names import draw_names
from tde.simulation.population import SPEC_TYPES, largest_family, next_type
from tde.simulation.siblings import SimulatedObject, draw_parent, draw_sibling, draw_siblings, truth_of
from tde.simulation.write import TEST_HEADER, TRAIN_HEADER, light_curve_path, write_light_curves
from tde.tables import write_csv

TRAIN_SHARE = 0.3
FEWEST_OBJECTS, MOST_SPLITS, MOST_OBJECTS = 20, 99, 10_000_000
REDSHIFT_SCATTER = 0.02
"""Photometric redshift error over (1 + z)."""


def simulate(directory: Path | str, n_objects: int, n_splits: int, seed: int) -> None:
    """Write a simulated data set in MALLORN's layout.

    Writes train_log.csv, test_log.csv, sample_submission.csv, the light curves in
    split_01 ... and truth.csv, which only tests and reports may read. Light curves,
    names and the part (train or test) of an object do not depend on ``n_splits``.
    Memory holds the truth of all objects and the light curves of one split.

    Parameters
    ----------
    directory : path
        Created if absent.
    n_objects : int
        Objects in all, train and test 3 : 7.
    n_splits : int
        Number of splits, 1 to 99; each holds at least one object of train and test.
    seed : int
        Not negative.

    Raises
    ------
    InputError
        If a number is out of range.
    """
    check_settings(n_objects, n_splits, seed)
    directory = Path(directory)
    catalogue = draw_catalogue(n_objects, seed)
    truth = _with_sets(catalogue, n_splits, seed)
    _write_object_lists(directory, truth, seed)
    members: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for row in truth:
        members.setdefault((row["split"], row["set"]), []).append(row)
    for (split, part), rows in tqdm(sorted(members.items()), desc="light curves", unit="file", mininterval=5):
        objects = list(redraw(rows, seed, n_objects))
        write_light_curves(light_curve_path(directory, split, part), [row["object_id"] for row in rows], objects)
    write_csv(directory / "truth.csv", list(truth[0]), (list(row.values()) for row in truth))


def check_settings(n_objects: int, n_splits: int, seed: int) -> None:
    """Refuse settings that are out of range.

    Parameters
    ----------
    n_objects, n_splits, seed : int
        As given to `simulate`.

    Raises
    ------
    InputError
        Naming the key, its value and what is allowed.
    """
    if not 1 <= n_splits <= MOST_SPLITS:
        raise InputError(f"simulated.n_splits: got {n_splits}, allowed 1 to {MOST_SPLITS}")
    fewest = max(FEWEST_OBJECTS, int(np.ceil(n_splits / TRAIN_SHARE)))
    if not fewest <= n_objects <= MOST_OBJECTS:
        raise InputError(
            f"simulated.n_objects: got {n_objects}, allowed {fewest} to {MOST_OBJECTS} with n_splits {n_splits}"
        )
    if seed < 0:
        raise InputError(f"simulated.seed: got {seed}, allowed 0 or more")


def draw_catalogue(n_objects: int, seed: int) -> list[dict[str, Any]]:
    """Truth of the first ``n_objects`` objects, parent by parent, without their light curves."""
    catalogue: list[dict[str, Any]] = []
    largest = largest_family(n_objects)
    made = np.zeros(len(SPEC_TYPES), dtype=np.int64)
    start = largest * np.random.default_rng([seed, 5]).uniform(-0.5, 0.5, len(made))
    number = 0
    while len(catalogue) < n_objects:
        kind = next_type(made, start)
        parent = draw_parent(seed, number, SPEC_TYPES[kind].name, largest)
        family = [truth_of(drawn) for drawn in draw_siblings(seed, parent)]
        made[kind] += len(family)
        catalogue += family
        number += 1
    return catalogue[:n_objects]


def redraw(rows: list[dict[str, Any]], seed: int, n_objects: int) -> Iterator[SimulatedObject]:
    """The simulated objects of some rows of the truth table, in their order.

    Parameters
    ----------
    rows : list of dict
        Rows with ``parent``, ``spec_type``, ``sibling`` and ``attempt``, from
        `draw_catalogue` or truth.csv.
    seed, n_objects : int
        As given to `simulate`.
    """
    largest = largest_family(n_objects)
    for row in rows:
        parent = draw_parent(seed, int(row["parent"]), row["spec_type"], largest)
        drawn = draw_sibling(seed, parent, int(row["sibling"]), int(row["attempt"]))
        if drawn is None:
            raise ValueError(f"parent {row['parent']}, sibling {row['sibling']}: not of seed {seed}")
        yield drawn


def _with_sets(catalogue: list[dict[str, Any]], n_splits: int, seed: int) -> list[dict[str, Any]]:
    """Add names, parts and splits to the catalogue.

    Every family and every class is divided 3 : 7 between train and test as evenly as
    whole numbers allow, as in MALLORN; splits are filled at random, evenly.
    """
    n = len(catalogue)
    rng = np.random.default_rng([seed, 2])
    drawn = draw_names(n, rng)
    shuffle = rng.permutation(n)
    group = np.unique([row["spec_type"] for row in catalogue], return_inverse=True)[1]
    order = np.lexsort((shuffle, [row["parent"] for row in catalogue], group))
    position = np.empty(n, dtype=np.int64)
    position[order] = np.arange(n)
    n_train = round(TRAIN_SHARE * n)
    train = (position + 1) * n_train // n > position * n_train // n
    split = np.empty(n, dtype=np.int64)
    for part in (train, ~train):
        split[part] = np.random.default_rng([seed, 3]).permutation(part.sum()) % n_splits + 1
    return [
        {
            "object_id": drawn.names[k],
            "set": "train" if train[k] else "test",
            "split": int(split[k]),
            "translation": drawn.translations[k],
            **row,
        }
        for k, row in enumerate(catalogue)
    ]


def _write_object_lists(directory: Path, truth: list[dict[str, Any]], seed: int) -> None:
    """Write train_log.csv, test_log.csv and sample_submission.csv.

    Redshifts have 4 significant digits. In the test set they are photometric; Z_err
    is 0.02 (1 + z) of the true redshift, to 5 decimals, as in MALLORN.
    """
    scatter = np.random.default_rng([seed, 4]).standard_normal(len(truth))
    lists: dict[str, list[tuple[Any, ...]]] = {"train": [], "test": []}
    for row, noise in zip(truth, scatter, strict=True):
        redshift_error = REDSHIFT_SCATTER * (1.0 + row["z_true"])
        end = [row["translation"], f"split_{row['split']:02d}"]
        if row["set"] == "train":
            z, z_err, spec_type = row["z_true"], "", row["spec_type"]
            end.append(row["target"])
        else:
            z, z_err, spec_type = row["z_true"] + redshift_error * noise, repr(round(redshift_error, 5)), ""
        lists[row["set"]].append((row["object_id"], f"{z:.4g}", z_err, row["ebv"], spec_type, *end))
    for entries in lists.values():
        entries.sort(key=lambda entry: (entry[6], entry[0]))
    write_csv(directory / "train_log.csv", TRAIN_HEADER, lists["train"])
    write_csv(directory / "test_log.csv", TEST_HEADER, lists["test"])
    submission = ((entry[0], 0) for entry in lists["test"])
    write_csv(directory / "sample_submission.csv", ("object_id", "prediction"), submission)
