"""Lists of objects without light curves, such as those of TNS and of the Bright Transient Survey.

They hold names, classes and redshifts. Beside light curves of the same objects these are used; alone there is
nothing to classify.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from tde.sources.batch import Batch
from tde.sources.head import Head
from tde.sources.identifiers import exact_names
from tde.sources.parsing.any_table import columns_of, stream_table
from tde.sources.parsing.text_reader import described, numbers, only_objects, words
from tde.sources.source import Source

NAMES = ("ZTFID", "ztfid", "NAME", "name", "objname", "fullname", "object_id", "internalname", "internal_names")
LABELS = ("LABEL", "type", "SpecType", "spec_type", "class", "objtype")
REDSHIFTS = ("Z", "z", "redshift")
OF_OBSERVATIONS = {"mjd", "jd", "MJD", "JD", "flux", "Flux", "mag", "magpsf", "FLUXCAL", "psfFlux", "time"}


def recognises(head: Head) -> bool:
    """Whether there are names with classes or redshifts, and nothing that is of an observation."""
    columns = set(columns_of(head))
    return bool(columns & {*NAMES} and columns & {*LABELS, *REDSHIFTS}) and not columns & OF_OBSERVATIONS


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """What the lists say of the objects."""
    for path in paths:
        columns = set(columns_of(Head(path)))
        name, label, z = (next((n for n in known if n in columns), None) for known in (NAMES, LABELS, REDSHIFTS))
        wanted = {name: pa.string(), label: pa.string(), z: pa.float64()}
        for rows in stream_table(path, {n: kind for n, kind in wanted.items() if n is not None}):
            names = exact_names(rows.table[name], f"{path}: row", rows.line, str(name)).names
            known = pa.table({"name": names}).append_column("there", names.is_valid())
            table = described(names, z=numbers(rows.table, str(z)), label=words(rows.table, str(label)))
            yield only_objects(path, table.filter(known["there"]))


FORMAT = Source("objects_only", "list of objects, without light curves", recognises, read)
