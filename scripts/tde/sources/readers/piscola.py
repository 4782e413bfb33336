"""Text tables of piscola, one object a file.

Fluxes have their zero point in each row, and name and redshift stand on the first two lines. Magnitudes of another
system than AB, by `mag_sys`, are left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from tde.errors import InputError
from tde.sources.batch import Batch
from tde.sources.head import Head, open_bytes
from tde.sources.parsing.text_reader import (
    batch,
    described_by_words,
    from_zero_points,
    is_word,
    numbers,
    words,
)
from tde.sources.parsing.text_tables import cells, stream_text, text_form
from tde.sources.passbands import names_anywhere, renamed
from tde.sources.source import Source
from tde.sources.units import Fluxes

PISCOLA = ("time", "flux", "flux_err", "zp", "band", "mag_sys")


def recognises(head: Head) -> bool:
    """Whether the third line has piscola's columns."""
    lines = (head.text or "").splitlines()
    return len(lines) > 2 and set(PISCOLA) <= set(lines[2].split()) and lines[0].split()[:2] == ["name", "z"]


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All observations of some files."""
    bands = names_anywhere()
    kinds = {name: pa.string() if name in ("band", "mag_sys") else pa.float64() for name in PISCOLA}
    for path in paths:
        with open_bytes(path) as file:
            lines = [file.readline().decode("utf-8", "replace") for _ in range(3)]
        known = dict(zip(lines[0].split(), lines[1].split(), strict=False))
        form = text_form(Head(path))
        if form is None:
            raise InputError(f"{path}: not a table of text")
        form = replace(form, names=cells(lines[2], " "), skip=form.skip + 2)
        objects = described_by_words(path, known, known.get("name"))
        for rows in stream_text(path, form, kinds):
            table = rows.table
            names = pa.repeat(objects["object_id"][0].as_py(), table.num_rows)
            yield batch(
                path, rows, numbers(table, "time"), renamed(words(table, "band"), bands), _piscola_fluxes(table),
                names=names, reasons={"magnitudes that are not AB": ~is_word(words(table, "mag_sys"), "AB", "ab")},
                objects=objects,
            )  # fmt: skip


def _piscola_fluxes(table: pa.Table) -> Fluxes:
    return from_zero_points(*(numbers(table, name) for name in ("flux", "flux_err", "zp")))


FORMAT = Source("piscola", "piscola light curves (text)", recognises, read, ("piscola_example.dat",))
