"""Objects of the open catalogues of supernovae and TDEs (JSON): magnitudes and limits, all cells as text.

Magnitudes count as AB if ``system`` says so (or SDSS, PS1), or if it says nothing and the instrument is of a survey
that publishes AB only; all others are left out and counted, as are models. ``upperlimit`` makes a limit of
``upperlimitsigma`` (3 unless it says otherwise) standard deviations. Redshift, E(B-V) and claimed type from the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.photometry import ab_flux
from tde.sources.batch import DETECTION, LIMIT, Batch
from tde.sources.head import Head
from tde.sources.parsing.described import Described, known_number
from tde.sources.parsing.gathered import Gathered, Taken, gathered_batches
from tde.sources.parsing.json_documents import read_elements
from tde.sources.parsing.json_text import WORD
from tde.sources.parsing.pieces import Piece, Reason, make_batch, shown
from tde.sources.source import Source
from tde.sources.units import from_magnitudes, no_magnitude

ROW_FIELDS = (
    "time", "band", "magnitude", "e_magnitude", "e_lower_magnitude", "e_upper_magnitude", "upperlimit",
    "upperlimitsigma", "system", "instrument", "telescope", "survey", "bandset", "model", "realization",
)  # fmt: skip

OF_OBJECT = {"z": "redshift", "ebv": "ebv", "label": "claimedtype"}

ABOUT_INSTRUMENT = ("instrument", "telescope", "survey", "bandset")

LIMIT_SIGMA = 3.0
"""Standard deviations of a limit that does not say; the common choice of those who publish them."""

AB_SYSTEMS = {"ab", "sdss", "ps1", "natural ab"}
"""Photometric systems, in small letters, whose zero points are AB's within hundredths of a magnitude."""

SURVEYS = {
    "ztf": "ztf", "p48": "ztf", "atlas": "atlas", "pan-starrs": "ps1", "ps1": "ps1", "gpc1": "ps1", "sdss": "sdss",
    "decam": "des", "des": "des", "megacam": "megacam", "uvot": "uvot", "swift": "uvot", "wise": "wise",
    "lsst": "lsst",
}  # fmt: skip
"""What the fields about an instrument contain, in small letters, and whose bands it means."""

AB_ALWAYS = {"ztf", "atlas", "ps1", "des", "megacam", "lsst"}
"""Surveys that publish AB magnitudes only."""

LONELY = {"u", "g", "r", "i", "z", "y"}
"""Bands without an instrument; with AB's zero point they are taken for SDSS's or Pan-STARRS's."""


def recognises(head: Head) -> bool:
    """JSON whose objects, under their names, have a list of photometry."""
    return bool(_objects(head.json_document))


def _objects(document: Any) -> dict[str, dict[str, Any]]:
    """The objects of a document by name: one an entry, or the document itself."""
    if not isinstance(document, dict):
        return {}
    if isinstance(document.get("photometry"), list):
        return {str(document.get("name", "")): document}
    entries = {name: each for name, each in document.items() if isinstance(each, dict)}
    return {name: each for name, each in entries.items() if isinstance(each.get("photometry"), list)}


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """The photometry of all objects of some files."""
    described = Described()

    def unpack(gathered: Gathered, number: int, record: dict[str, Any]) -> None:
        objects = _objects(record)
        if not objects:
            raise InputError(f"{gathered.where} {number}: no object with a list photometry; found: {shown([*record])}")
        for name, its in objects.items():
            gathered.add(number, name.strip() or None, DETECTION, its["photometry"], "photometry")
            described.add(name.strip(), _known_of(its))

    for path in paths:
        yield from gathered_batches(
            f"{path}: {WORD}", read_elements(path), ROW_FIELDS, unpack, lambda taken: _batch(taken, described)
        )


class Band(NamedTuple):
    """Key of a band, and whether magnitudes in it are AB."""

    key: str
    is_ab: bool


def _batch(taken: Taken, described: Described) -> Batch:
    piece, object_id, _ = taken
    piece.needed("magnitude")
    cells = {name: _words(piece, name) for name in ("band", "system", *ABOUT_INSTRUMENT)}
    bands = [_band(*each) for each in zip(*cells.values(), strict=True)]
    magnitude = piece.numbers("magnitude")
    limit = _said(piece, "upperlimit") & ~no_magnitude(magnitude)
    sigma = piece.optional_numbers("upperlimitsigma")
    measured = from_magnitudes(np.where(limit, np.nan, magnitude), _errors(piece))
    at_limit = ab_flux(np.where(limit, magnitude, np.nan)) / np.where(sigma > 0, sigma, LIMIT_SIGMA)
    return make_batch(
        piece,
        object_id=object_id,
        mjd=_times(piece),
        band=pa.array([band.key for band in bands], pa.string()),
        flux=np.where(limit, 0.0, measured.flux),
        flux_err=np.where(limit, at_limit, measured.flux_err),
        kind=np.where(limit, LIMIT, DETECTION).astype(np.int8),
        reasons=[
            Reason(_said(piece, "model") | _said(piece, "realization"), "a model, not a measurement"),
            Reason(~np.array([band.is_ab for band in bands], dtype=bool), "magnitude system is not AB or not given"),
        ],
        objects=described.table(),
    )


def _times(piece: Piece) -> np.ndarray:
    """MJD; of an exposure with beginning and end, the middle."""
    cells = piece.columns[piece.needed("time")]
    ends = [[cell[k] if isinstance(cell, list) and len(cell) == 2 else cell for cell in cells] for k in (0, 1)]
    first, last = (Piece(piece.where, piece.row, {"time": end}).numbers("time") for end in ends)
    return (first + last) / 2


def _words(piece: Piece, name: str) -> list[str]:
    """A column as text, empty where there is none."""
    return piece.texts(name).fill_null("").to_pylist() if name in piece.columns else [""] * len(piece)


def _said(piece: Piece, name: str) -> np.ndarray:
    """Where a field says something other than no."""
    cells = piece.columns.get(name, [None] * len(piece))
    return np.array([str(cell).lower() not in ("none", "false", "f", "0", "") for cell in cells], dtype=bool)


def _errors(piece: Piece) -> np.ndarray:
    """Errors of the magnitudes, or the larger of two that differ upwards and downwards."""
    error = piece.optional_numbers("e_magnitude")
    sides = [piece.optional_numbers(name) for name in ("e_lower_magnitude", "e_upper_magnitude")]
    return np.where(np.isnan(error), np.fmax(*sides), error)


def _band(band: str, system: str, *instrument: str) -> Band:
    """The band of a row; one that is of no survey known keeps its name."""
    about = " ".join([*instrument, system]).lower()
    survey = next((key for word, key in SURVEYS.items() if word in about), None)
    is_ab = system.lower() in AB_SYSTEMS or (not system and survey in AB_ALWAYS)
    letter = band.removesuffix("'")
    if survey is None:
        return Band(f"sdss:{letter}" if is_ab and letter in LONELY else band, is_ab)
    return Band(f"{survey}:{letter.lower() if survey in ('uvot', 'wise') else letter}", is_ab)


def _known_of(its: Mapping[str, Any]) -> dict[str, Any]:
    """Redshift, extinction and claimed type; positions are in sexagesimal text and not read."""
    known = {key: _value(its.get(name)) for key, name in OF_OBJECT.items()}
    return {key: value if key == "label" else known_number(value) for key, value in known.items()}


def _value(quantities: Any) -> Any:
    """The first of the values that a catalogue lists for a quantity."""
    first = quantities[0] if isinstance(quantities, list) and quantities else None
    return first.get("value") if isinstance(first, dict) else None


FORMAT = Source(
    "open_catalogue",
    "Open catalogues of transients (JSON)",
    recognises,
    read,
    called=("open_catalogue.json",),
    fields={"object": ("name", *OF_OBJECT.values(), "photometry"), "photometry": ROW_FIELDS},
)
