"""Avro packets with a ``diaSource`` and lists beside it, whoever names their fields as LSST does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tde.sources.avro.programs import Wanted
from tde.sources.batch import Batch
from tde.sources.parsing.avro_records import avro_batches
from tde.sources.parsing.described import Described
from tde.sources.parsing.lsst_rows import ALERT, ROW_FIELDS, id_of_alert, lsst_batch, unpack_alert

OF_OBJECT_ID = (("diaObject", "diaObjectId"), ("diaSource", "diaObjectId"))


def read_alerts(
    paths: Sequence[Path],
    factor: float,
    of_record: Sequence[tuple[str, ...]],
    describe: Callable[[Described, str | None, Mapping[str, Any]], None],
) -> Iterator[Batch]:
    """All sources, forced sources and limits of some files; a row that several alerts hold is given each time.

    Parameters
    ----------
    paths : sequence of path
    factor : float
        Micro-Jansky in a unit of the fluxes.
    of_record : sequence of tuple of str
        Paths to what ``describe`` reads of a record.
    describe : callable
        Takes what is known of the objects, the name of one and its record, and adds what that says.
    """
    wanted = Wanted(ALERT, frozenset({"diaSource"}), ROW_FIELDS, (*OF_OBJECT_ID, *of_record))
    for path in paths:
        yield from _of_file(path, factor, wanted, describe)


def _of_file(
    path: Path,
    factor: float,
    wanted: Wanted,
    describe: Callable[[Described, str | None, Mapping[str, Any]], None],
) -> Iterator[Batch]:
    # each file says what it knows of its objects: jobs that read other files of the night know nothing of it
    described = Described()

    def about(where: str, number: int, record: Mapping[str, Any]) -> str | None:
        object_id = id_of_alert(where, number, record)
        describe(described, object_id, record)
        return object_id

    yield from avro_batches([path], wanted, about, unpack_alert, lambda taken: lsst_batch(taken, factor, described))
