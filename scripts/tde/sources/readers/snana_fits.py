"""Light curves of SNANA in pairs of FITS files: HEAD with an object a row, PHOT with the photometry.

``FLUXCAL`` is difference flux, 27.5 the AB magnitude of 1; rows with MJD -777 end an object. The pair is found by
``PHOTFILE`` in HEAD or by the files' names; ``SURVEY`` says whose bands are meant. Redshift from ``REDSHIFT_HELIO``,
else ``REDSHIFT_FINAL``, ``HOSTGAL_SPECZ`` or ``HOSTGAL_PHOTOZ``; E(B-V) from ``MWEBV``, or 0 if ``MWEBV_APPLYFLAG``
says that dust was corrected for. Types are used only by name (``SIM_TYPE_NAME``): SNANA's numbers mean what each
survey wants.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.sources.batch import FORCED, Batch
from tde.sources.head import Head
from tde.sources.parsing.damage import attempt_quietly
from tde.sources.parsing.described import Described, first_known
from tde.sources.parsing.fits_tables import first_table, open_fits
from tde.sources.parsing.pieces import Piece, make_batch, named
from tde.sources.source import Source
from tde.sources.units import SNANA_ZERO_POINT, zero_point_factor

FULL = 1 << 18
"""Rows of a batch, unless one object has more."""

END = -777.0
"""Time of the row that ends the photometry of an object."""

REDSHIFTS = ("REDSHIFT_HELIO", "REDSHIFT_FINAL", "HOSTGAL_SPECZ", "HOSTGAL_PHOTOZ")
"""The best first; negative ones are unknown."""

SURVEYS = {
    "LSST": "lsst", "DES": "des", "PS1MD": "ps1", "PS1": "ps1", "FOUNDATION": "ps1", "SDSS": "sdss", "ZTF": "ztf",
    "SNLS": "megacam", "ATLAS": "atlas", "ELASTICC": "lsst",
}  # fmt: skip
"""What SURVEY in the header begins with, and whose bands it means."""

HEAD_COLUMNS = (
    "SNID", "PTROBS_MIN", "PTROBS_MAX", "RA", "DEC", "DECL", "MWEBV", "SIM_TYPE_NAME", *REDSHIFTS,
    *(f"{name}_ERR" for name in REDSHIFTS),
)  # fmt: skip

PHOT_COLUMNS = ("MJD", "FLUXCAL", "FLUXCALERR", "BAND", "FLT")

DE_REDDENED = "MWEBV_APPLYFLAG"
"""1 if the Milky Way's dust was taken out of the fluxes already."""


def recognises(head: Head) -> bool:
    """FITS whose first header SNANA has written."""
    header = head.fits_header
    return "PHOTFILE" in header and any(name.startswith("SNANA") or name == "SURVEY" for name in header)


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All objects of some pairs of files.

    Raises
    ------
    InputError
        Also for a HEAD without its PHOT and the other way round.
    """
    described = Described()
    for head, phot in _pairs(paths):
        with ExitStack() as stack:
            units = stack.enter_context(open_fits(head))
            curves = _Curves.of(head, units, stack.enter_context(open_fits(phot)), phot)
            yield from curves.batches(described)


def _pairs(paths: Sequence[Path]) -> list[tuple[Path, Path]]:
    """HEAD and PHOT that belong together: by the name that HEAD gives, by their own names, or by the version."""
    headers = {path: Head(path).fits_header for path in paths}
    phots = {path: _plain_name(path) for path in paths if _is_phot(path)}
    heads = [path for path in paths if path not in phots]
    pairs = []
    for head in heads:
        said = str(headers[head].get("PHOTFILE", "")).strip().lower()
        wanted = (said, _plain_name(head).replace("head", "phot"))
        near = [path for path, name in phots.items() if name in wanted]
        same = [path for path in phots if headers[path].get("VERSION") == headers[head].get("VERSION")]
        found = near or (same if len(same) == 1 and len(heads) == 1 else [])
        if not found:
            raise InputError(f"{head}: holds objects without photometry; give it together with {said or wanted[1]}")
        pairs.append((head, found[0]))
    alone = set(phots) - {phot for _, phot in pairs}
    if alone:
        raise InputError(f"{min(alone)}: holds photometry without objects; give it together with its HEAD file")
    return pairs


def _is_phot(path: Path) -> bool:
    with open_fits(path) as units:
        return "FLUXCAL" in attempt_quietly(str(path), _column_names, first_table(path, units))


def _column_names(table: Any) -> list[str]:
    return list(table.columns.names)


def _plain_name(path: Path) -> str:
    return path.name.lower().removesuffix(".gz")


def _piece(path: Path, table: Any, names: Sequence[str], rows: slice | np.ndarray) -> Piece:
    """Some rows of some columns of a table."""
    found = attempt_quietly(str(path), _column_names, table)
    data = attempt_quietly(str(path), table.data.__getitem__, rows)
    numbers = np.arange(1, len(table.data) + 1)[rows]
    columns = {name: attempt_quietly(f"{path}: {name}", np.asarray, data[name]) for name in names if name in found}
    return Piece(f"{path}: row", numbers, columns, tuple(found))


@dataclass(frozen=True)
class _Curves:
    """The two tables of a pair.

    Attributes
    ----------
    path : path
        Of the photometry.
    table : astropy.io.fits.BinTableHDU
    objects : Piece
        Columns of HEAD.
    survey : str or None
        Key of the survey whose bands are meant.
    de_reddened : bool
    """

    path: Path
    table: Any
    objects: Piece
    survey: str | None
    de_reddened: bool

    @classmethod
    def of(cls, head: Path, units: Any, phot_units: Any, phot: Path) -> _Curves:
        """From the open files."""
        header: dict[str, Any] = attempt_quietly(str(head), dict, units[0].header)
        survey = str(header.get("SURVEY", "")).upper()
        return cls(
            path=phot,
            table=first_table(phot, phot_units),
            objects=_piece(head, first_table(head, units), HEAD_COLUMNS, slice(None)),
            survey=next((key for word, key in SURVEYS.items() if survey.startswith(word)), None),
            de_reddened=header.get(DE_REDDENED) == 1,
        )

    def batches(self, described: Described) -> Iterator[Batch]:
        """Batches of whole objects."""
        objects = self.objects
        if len(objects) == 0:
            raise InputError(f"{objects.where} 1: there is none in the file")
        ids = objects.texts("SNID")
        first, last = (objects.numbers(name) for name in ("PTROBS_MIN", "PTROBS_MAX"))
        self._check(first, last)
        self._describe(described, ids)
        n_rows = (last - first + 1).astype(np.int64)
        start = 0
        while start < len(objects):
            stop = max(start + 1, int(np.searchsorted(np.cumsum(n_rows[start:]), FULL, side="right")) + start)
            yield self._batch(ids, first.astype(np.int64) - 1, n_rows, slice(start, stop), described.table())
            start = stop

    def _check(self, first: np.ndarray, last: np.ndarray) -> None:
        """Refuse pointers to rows that are not there."""
        n = len(self.table.data)
        wrong = np.flatnonzero(~((first >= 1) & (last >= first - 1) & (last <= n)))
        if len(wrong):
            k = wrong[0]
            raise InputError(
                f"{self.objects.where} {k + 1}: PTROBS_MIN and PTROBS_MAX are {first[k]:g} and {last[k]:g}; allowed:"
                f" rows from 1 to {n} of {self.path}"
            )

    def _batch(
        self, ids: pa.Array, first: np.ndarray, n_rows: np.ndarray, which: slice, objects: pa.Table | None
    ) -> Batch:
        lengths = n_rows[which]
        owner = np.repeat(np.arange(which.start, which.start + len(lengths)), lengths)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        piece = _piece(self.path, self.table, PHOT_COLUMNS, first[owner] + within)
        inside = piece.numbers("MJD") != END
        owner = owner[inside]
        piece = Piece(
            piece.where, piece.row[inside], {name: cells[inside] for name, cells in piece.columns.items()}, piece.found
        )
        factor = zero_point_factor(SNANA_ZERO_POINT)
        return make_batch(
            piece,
            object_id=ids.take(pa.array(owner)),
            mjd=piece.numbers("MJD"),
            band=self._bands(piece.coded("BAND", "FLT")),
            flux=piece.measured("FLUXCAL") * factor,
            flux_err=piece.measured("FLUXCALERR") * factor,
            kind=np.full(len(piece), FORCED, dtype=np.int8),
            objects=objects,
        )

    def _bands(self, texts: pa.DictionaryArray) -> pa.Array:
        """The last letter of a band's name is the band: ``LSST-g``, ``PS1/g``."""
        if self.survey is None:
            return named(texts, {})
        names = {name: name.replace("/", "-").rpartition("-")[2] for name in texts.dictionary.drop_null().to_pylist()}
        small = self.survey in ("lsst", "des")
        keys = {
            name: f"{self.survey}:{letter.lower() if small else letter}" for name, letter in names.items() if letter
        }
        return named(texts, keys)

    def _describe(self, described: Described, ids: pa.Array) -> None:
        """Redshift, extinction, position and simulated type of all objects."""
        objects = self.objects
        values = {name: objects.optional_numbers(name) for each in REDSHIFTS for name in (each, f"{each}_ERR")}
        ra, dec = objects.optional_numbers("RA"), objects.optional_numbers("DEC", "DECL")
        ebv = np.zeros(len(objects)) if self.de_reddened else objects.optional_numbers("MWEBV")
        labels = objects.texts("SIM_TYPE_NAME").to_pylist() if "SIM_TYPE_NAME" in objects.columns else [None] * len(ids)
        for k, name in enumerate(ids.to_pylist()):
            best = next((each for each in REDSHIFTS if values[each][k] >= 0), REDSHIFTS[0])
            z = values[best][k]
            error = first_known([values[f"{best}_ERR"][k]])
            described.add(
                name,
                {
                    "z": z if z >= 0 else None,
                    "z_err": error if error is not None and error >= 0 else None,
                    "ebv": ebv[k],
                    "ra": ra[k],
                    "dec": dec[k],
                    "label": labels[k],
                },
            )


FORMAT = Source(
    "snana_fits",
    "SNANA light curves (FITS, HEAD and PHOT)",
    recognises,
    read,
    called=("SIM_HEAD.FITS", "SIM_PHOT.FITS"),
    fields={
        "first header": ("SURVEY", "PHOTFILE", "VERSION", DE_REDDENED),
        "HEAD": HEAD_COLUMNS,
        "PHOT": PHOT_COLUMNS,
    },
    together=True,
)
