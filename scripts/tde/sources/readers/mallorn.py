"""MALLORN's own layout: the files of light curves of the splits, and the lists of objects.

Redshifts, E(B-V) and classes are taken from `train_log.csv` and `test_log.csv` if they are among the files given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tde.photometry import AB_ZEROPOINT_UJY
from tde.sources.batch import Batch
from tde.sources.head import Head
from tde.sources.parsing.text_reader import (
    batch,
    blocks,
    described,
    from_zero_points,
    numbers,
    only_objects,
    text_columns,
    words,
)
from tde.sources.passbands import names_of, renamed
from tde.sources.source import Source

OBSERVATIONS = {"object_id", "Time (MJD)", "Flux", "Flux_err", "Filter"}
OBJECTS = {"object_id", "EBV", "Z", "split"}


def recognises(head: Head) -> bool:
    """Whether the columns are those of light curves or of a list of objects."""
    columns = text_columns(head)
    return columns >= OBSERVATIONS or columns >= OBJECTS


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """What the lists say of the objects, then all observations."""
    observations = [path for path in paths if text_columns(Head(path)) >= OBSERVATIONS]
    for path in paths:
        if path in observations:
            continue
        for rows in blocks(path, ("object_id", "SpecType"), ("Z", "Z_err", "EBV")):
            columns = {key: numbers(rows.table, name) for key, name in (("z", "Z"), ("z_err", "Z_err"), ("ebv", "EBV"))}
            names, label = words(rows.table, "object_id"), words(rows.table, "SpecType")
            yield only_objects(path, described(names, **columns, label=label))
    bands = names_of("lsst")
    for path in observations:
        for rows in blocks(path, ("object_id", "Filter"), ("Time (MJD)", "Flux", "Flux_err")):
            table = rows.table
            yield batch(
                path, rows, numbers(table, "Time (MJD)"), renamed(words(table, "Filter"), bands),
                from_zero_points(numbers(table, "Flux"), numbers(table, "Flux_err"), AB_ZEROPOINT_UJY),
                names=words(table, "object_id"),
            )  # fmt: skip


FORMAT = Source(
    "mallorn",
    "MALLORN's light curves and lists of objects (CSV)",
    recognises,
    read,
    ("mallorn_log.csv", "mallorn_light_curves.csv"),
    together=True,
)
