"""Text tables of sncosmo, one object a file.

Fluxes have their zero point in each row; `@` lines bring the redshift. Magnitudes of another system than AB, by
`zpsys`, are left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tde.sources.batch import Batch
from tde.sources.head import Head
from tde.sources.parsing.text_reader import (
    batch,
    blocks,
    described_by_words,
    from_zero_points,
    is_word,
    numbers,
    text_columns,
    words,
)
from tde.sources.parsing.text_tables import text_form
from tde.sources.passbands import names_anywhere, renamed
from tde.sources.source import Source

SNCOSMO = {"flux", "fluxerr", "zp", "zpsys", "band"}


def recognises(head: Head) -> bool:
    """Whether the columns are those of sncosmo."""
    columns = text_columns(head)
    return columns >= SNCOSMO and bool(columns & {"time", "mjd", "date"})


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All observations of some files."""
    bands = names_anywhere()
    for path in paths:
        form = text_form(Head(path))
        known = dict(line[1:].split()[:2] for line in (form.comments if form else ()) if len(line.split()) == 2)
        objects = described_by_words(path, known | {"ebv": known.get("mwebv", "")})
        for rows in blocks(path, ("band", "zpsys"), ("time", "mjd", "date", "flux", "fluxerr", "zp")):
            table = rows.table
            yield batch(
                path, rows, numbers(table, "time", "mjd", "date"), renamed(words(table, "band"), bands),
                from_zero_points(*(numbers(table, name) for name in ("flux", "fluxerr", "zp"))),
                reasons={"magnitudes that are not AB": ~is_word(words(table, "zpsys"), "ab", "AB")}, objects=objects,
            )  # fmt: skip
            objects = None


FORMAT = Source("sncosmo", "sncosmo light curves (text)", recognises, read, ("sncosmo_example.dat",))
