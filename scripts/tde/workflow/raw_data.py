"""Where a run's raw data are, what they are called in paths, and what shards and batches they make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tde.errors import InputError
from tde.ingest.sharding import BYTES_PER_ROW, ROWS_PER_OBJECT, batches, count_shards, shard_names
from tde.sources.input_files import files_of

MADE = ("simulated", "mallorn")
"""Data sets with names of their own: one is simulated, the other is downloaded unless its directory is given."""

MALLORN_SPLITS, MALLORN_OBJECTS = 20, 10178

OBJECT_LISTS = "train_log.csv"

PACKED = (".parquet", ".gz", ".bz2", ".xz", ".fits")
PACKED_BYTES_PER_ROW = 17
"""Endings of files of a collection that hold more rows than their length tells, and bytes of such a row."""

WHOLE = "split_01"
"""The one split of a collection, by its name in paths."""


class DataSet(NamedTuple):
    """The raw data of a run.

    Attributes
    ----------
    name : str
        Its name in paths.
    directory : path or None
        Where the user's files lie; None if the workflow makes or fetches them.
    n_shards : dict of str to int
        Number of shards of each split.
    batches : dict of str to list of str
        The shards that one job computes features of.
    """

    name: str
    directory: Path | None
    n_shards: dict[str, int]
    batches: dict[str, list[str]]

    @property
    def shards(self) -> list[str]:
        """All shards, in order."""
        return [shard for batch in self.batches.values() for shard in batch]


def data_set(config: Mapping[str, Any], environment: Mapping[str, str]) -> DataSet:
    """The data set that a configuration asks for.

    Parameters
    ----------
    config : mapping
        The checked configuration.
    environment : mapping
        Environment variables; ``MALLORN_DATA`` may say where the MALLORN files are.

    Raises
    ------
    InputError
        If a directory is named that is not in MALLORN's layout.
    """
    directory = given_directory(config, environment)
    rows = rows_of_collection(config) or rows_of_splits(config, directory)
    n_shards = {split: count_shards(number, config["shards"]["rows"]) for split, number in rows.items()}
    of_shard = {
        shard: rows[split] / number for split, number in n_shards.items() for shard in shard_names(split, number)
    }
    groups = batches(of_shard, config["shards"]["batch_rows"])
    name = config["dataset"]
    return DataSet(name if name in config["datasets"] else name_in_paths(name), directory, n_shards, groups)


def name_in_paths(dataset: str) -> str:
    """A data set's own name, or one made from that of its directory."""
    if dataset in MADE:
        return dataset
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(dataset).resolve().name) or "root"
    return f"{name}_dir" if name in (*MADE, "compiled") else name


def given_directory(config: Mapping[str, Any], environment: Mapping[str, str]) -> Path | None:
    """The directory the user's files lie in, or None if the workflow makes or fetches them.

    Raises
    ------
    InputError
        If its name cannot be used, or it holds no list of objects.
    """
    if config["dataset"] == "simulated" or config["dataset"] in config["datasets"]:
        return None
    key, given = "dataset", config["dataset"]
    if config["dataset"] == "mallorn":
        key = "mallorn_dir" if config["mallorn_dir"] else "MALLORN_DATA"
        given = config["mallorn_dir"] or environment.get("MALLORN_DATA", "")
    if not given:
        return None
    directory = Path(given).expanduser()
    if not given.isprintable() or set(given) & set("{}<>*?"):
        raise InputError(f"{key}: got {given!r}; allowed: a path of printable characters without {{ }} < > * ?")
    if given.startswith(("=", "+", "-", "@")):
        directory = directory.absolute()  # no cell of a table may look like a formula
    if not (directory / OBJECT_LISTS).is_file():
        others = f", or one of datasets: {', '.join(config['datasets'])}" if config["datasets"] else ""
        raise InputError(
            f"{key}: got {given!r}; allowed: a directory with train_log.csv, test_log.csv and split_01 ...{others}"
        )
    return directory


def rows_of_collection(config: Mapping[str, Any]) -> dict[str, float]:
    """About how many observations the files of a collection hold, as of one split; empty if the run has none.

    Raises
    ------
    InputError
        If it has no file.
    """
    name = config["dataset"]
    if name not in config["datasets"]:
        return {}
    files = files_of(config["datasets"][name]["files"], f"datasets.{name}.files")
    packed = (PACKED_BYTES_PER_ROW if file.name.lower().endswith(PACKED) else BYTES_PER_ROW for file in files)
    return {WHOLE: sum(file.stat().st_size / length for file, length in zip(files, packed, strict=True))}


def rows_of_splits(config: Mapping[str, Any], directory: Path | None) -> dict[str, float]:
    """The split folders of a data set, and about how many observations each holds.

    Raises
    ------
    InputError
        If the directory has no split folder.
    """
    if directory is None:
        simulated = config["dataset"] == "simulated"
        n_splits = config["simulated"]["n_splits"] if simulated else MALLORN_SPLITS
        n_objects = config["simulated"]["n_objects"] if simulated else MALLORN_OBJECTS
        return {f"split_{i:02d}": n_objects * ROWS_PER_OBJECT / n_splits for i in range(1, n_splits + 1)}
    splits = sorted(p.name for p in directory.iterdir() if re.fullmatch(r"split_\d\d", p.name) and p.is_dir())
    if not splits:
        raise InputError(f"{directory}: no folder split_01 ... with light curves")
    return {split: sum(f.stat().st_size for f in (directory / split).glob("*.csv")) / BYTES_PER_ROW for split in splits}
