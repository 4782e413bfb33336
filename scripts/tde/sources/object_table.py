"""The objects to classify: what the user's table and the files of light curves say of them, and what is assumed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.photometry import Z_FLOOR, distance_modulus
from tde.sources.batch import EVIDENCE
from tde.sources.dust_map import ebv_at
from tde.sources.flags import BIT, flag_text, set_flag
from tde.sources.host_catalogue import HOST, hosts_at
from tde.sources.identifiers import exact_names
from tde.sources.parsing.any_table import column_where, whole_table
from tde.sources.parsing.text_tables import floats
from tde.sources.sentinels import EMPTY_WORDS, is_sentinel
from tde.sources.units import refuse_where
from tde.workflow.configuration.predict_settings import ObjectColumns
from tde.workflow.configuration.reading_settings import Catalogue


class Range(NamedTuple):
    """What a number of an object may be; others are mistakes."""

    least: float
    greatest: float


RANGES = {
    "z": Range(-1.0, 20.0), "z_err": Range(0.0, 20.0), "ebv": Range(-1.0, 10.0), "ra": Range(-360.0, 360.0),
    "dec": Range(-90.0, 90.0),
}  # fmt: skip

LARGE_EBV = 1.0
"""Beyond this the error of E(B-V) alone changes colours by tenths of magnitudes."""

NO_LABEL = {word.lower() for word in EMPTY_WORDS} | {"unknown", "unclassified", "none"}

TDE_LABEL = re.compile(r"(1|1\.0+|true|tde([- ].*[^?]|[-_]?\d*)?)", re.IGNORECASE)
"""Labels of a TDE: 1, True, TDE, TDE-H-He; not ``TDE?``."""


class Known(NamedTuple):
    """What is known of an object: NaN, or no text for the label, where nothing is; ra and dec in degrees.

    The last three are `tde.sources.batch.EVIDENCE`.
    """

    z: float = np.nan
    z_err: float = np.nan
    ebv: float = np.nan
    ra: float = np.nan
    dec: float = np.nan
    label: str = ""
    star_score: float = np.nan
    parallax_snr: float = np.nan
    moving_arcsec: float = np.nan

    def completed(self, other: Known) -> Known:
        """The same, with what another knows where nothing is known here."""
        z, z_err, ebv = (b if np.isnan(a) else a for a, b in zip(self[:3], other[:3], strict=True))
        ra, dec = other[3:5] if np.isnan(self.ra + self.dec) else self[3:5]
        label = other.label if is_no_label(self.label) else self.label
        evidence = (b if np.isnan(a) else a for a, b in zip(self[6:], other[6:], strict=True))
        return Known(z, z_err, ebv, ra, dec, label, *evidence)


@dataclass
class Objects:
    """Objects in the order of the table, then those that only the light curves name.

    Attributes
    ----------
    assumed_ebv : float
        E(B-V) of objects for which it is not known; NaN for the median of those for which it is, 0 if there is none.
    object_id : list of str
    known : list of Known
        As the user's table says, then as the files of light curves say.
    masks : ndarray of int64
        Bit masks of `tde.sources.flags`; longer than the list of objects.
    listed : int
        How many objects the user's table lists; they are the first.
    listed_in : str
        The user's table, for messages.
    """

    assumed_ebv: float
    object_id: list[str] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    masks: np.ndarray = field(default_factory=lambda: np.zeros(1024, dtype=np.int64))
    listed: int = 0
    listed_in: str = ""

    def __post_init__(self) -> None:
        self._row: dict[str, int] = {}
        self._described: dict[str, Known] = {}
        self.z, self.z_err, self.ebv = np.empty(0), np.empty(0), np.empty(0)
        self.host_arcsec: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.object_id)

    def add(self, name: str, known: Known, mask: int = 0) -> int:
        """Append an object and return its row.

        Parameters
        ----------
        name : str
        known : Known
        mask : int
            Flags that it has already.
        """
        row = len(self.object_id)
        if row == len(self.masks):
            self.masks = np.concatenate([self.masks, np.zeros_like(self.masks)])
        self._row[name] = row
        self.object_id.append(name)
        self.known.append(known)
        self.masks[row] = mask
        return row

    def copied(self) -> Objects:
        """The same objects, to be added to and flagged without a change to these."""
        copy = replace(self, object_id=[*self.object_id], known=[*self.known], masks=self.masks.copy())
        copy._row, copy._described = self._row.copy(), self._described.copy()
        return copy

    def rows(self, names: list[str]) -> np.ndarray:
        """Row of each name, shape (n,); a name that the table does not list is added."""
        add, row = self._add_unlisted, self._row
        return np.array([row[name] if name in row else add(name) for name in names], dtype=np.int64)

    def _add_unlisted(self, name: str) -> int:
        described = self._described.get(name)
        nothing = BIT["not_in_table"] if described is None and self.listed else 0
        return self.add(name, Known() if described is None else described, nothing)

    def describe(self, table: pa.Table, where: str) -> None:
        """Take note of what a file says of its objects; what the user's table says comes first.

        Parameters
        ----------
        table : pyarrow.Table
            `tde.sources.batch.OBJECT_SCHEMA`.
        where : str
            The file, for messages.
        """
        names = table["object_id"].to_pylist()
        for name, known in zip(names, _known(table, where, np.arange(1, len(names) + 1)), strict=True):
            self._described[name] = known.completed(self._described.get(name, Known()))
            if name in self._row:
                row = self._row[name]
                self.known[row] = self.known[row].completed(known)
                if row >= self.listed:
                    self.masks[row] &= ~np.int64(BIT["not_in_table"])

    def settle(self, dust_map: str = "", catalogue: Catalogue | None = None) -> dict[str, int]:
        """Fill in what nobody knows, once everything is read, and flag it.

        Parameters
        ----------
        dust_map : str
            Folder of the maps that give E(B-V) at a position; empty: there is none.
        catalogue : Catalogue, optional
            Galaxies that give redshifts at a position.

        Returns
        -------
        dict of str to int
            Objects by where their E(B-V) is from.
        """
        self.z, self.z_err, self.ebv = (
            np.array([getattr(k, key) for k in self.known]) for key in ("z", "z_err", "ebv")
        )
        counts = self._look_up_ebv(dust_map)
        if catalogue is not None and catalogue.file:
            self._look_up_z(catalogue)
        masks = self.masks[: len(self)]
        set_flag(masks, "z_missing", np.isnan(self.z))
        set_flag(masks, "z_floor", self.z < Z_FLOOR)
        self.z = np.where(self.z < Z_FLOOR, Z_FLOOR, self.z)
        set_flag(masks, "ebv_missing", np.isnan(self.ebv))
        set_flag(masks, "ebv_negative", self.ebv < 0)
        set_flag(masks, "ebv_large", self.ebv > LARGE_EBV)
        known = np.maximum(self.ebv[~np.isnan(self.ebv)], 0.0)
        if np.isnan(self.assumed_ebv):
            self.assumed_ebv = float(np.median(known)) if len(known) else 0.0
        self.ebv = np.where(np.isnan(self.ebv), self.assumed_ebv, np.maximum(self.ebv, 0.0))
        return counts

    def _look_up_ebv(self, dust_map: str) -> dict[str, int]:
        """Take E(B-V) that nobody gives from the map, and count where it is from."""
        ra, dec = (np.array([getattr(k, key) for k in self.known]) for key in ("ra", "dec"))
        unknown, placed = np.isnan(self.ebv), ~np.isnan(ra + dec)
        wanted = unknown & placed
        if dust_map and wanted.any():
            self.ebv[wanted] = ebv_at(ra[wanted], dec[wanted], dust_map)
        found = unknown & ~np.isnan(self.ebv)
        set_flag(self.masks[: len(self)], "ebv_from_map", found)
        why_not = "the dust map has no value there" if dust_map else "a position, but no dust map"
        counts = {
            "given": ~unknown,
            "from the dust map": found,
            f"unknown: {why_not}": wanted & ~found,
            "unknown: no position": unknown & ~placed,
        }
        return {words: int(mask.sum()) for words, mask in counts.items()}

    def _look_up_z(self, catalogue: Catalogue) -> None:
        """Take redshifts that nobody gives from the galaxies at these places."""
        ra, dec = (np.array([getattr(k, key) for k in self.known]) for key in ("ra", "dec"))
        self.host_arcsec = np.full(len(self), np.nan)
        placed = np.flatnonzero(~np.isnan(ra + dec))
        hosts = hosts_at(ra[placed], dec[placed], catalogue)
        self.host_arcsec[placed] = hosts.arcsec
        taken = np.isnan(self.z[placed]) & ~np.isnan(hosts.z)
        mine = placed[taken]
        self.z[mine], self.z_err[mine] = hosts.z[taken], hosts.z_err[taken]
        set_flag(self.masks[: len(self)], "z_from_catalogue", mine)

    def table(self, shard: list[str]) -> pa.Table:
        """The columns of the workflow's own object tables, and label, the words it was read from, and flags.

        With a catalogue also host_arcsec.
        """
        looked_up = {HOST: pa.array(self.host_arcsec, from_pandas=True)} if self.host_arcsec is not None else {}
        return pa.table(
            {
                "object_id": pa.array(self.object_id, pa.string()),
                "shard": pa.array(shard, pa.string()),
                "z": self.z,
                "z_err": self.z_err,
                "distance_modulus": distance_modulus(self.z),
                "ebv": self.ebv,
                "label": pa.array([label_of(known.label) for known in self.known], pa.int8()),
                "label_words": pa.array([known.label for known in self.known], pa.string()),
                "flags": pa.array([flag_text(int(mask)) for mask in self.masks[: len(self)]], pa.string()),
                **looked_up,
            }
        )


def read_object_table(path: Path | None, names: ObjectColumns, assumed_ebv: float) -> Objects:
    """Read the object table.

    Parameters
    ----------
    path : path or None
        None if there is no table: no object is then listed.
    names : ObjectColumns
    assumed_ebv : float
        Colour excess of objects without one, in magnitudes.

    Raises
    ------
    InputError
        For a missing column, an empty or repeated identifier, or a number that cannot be one.
    """
    objects = Objects(assumed_ebv, listed_in=str(path or ""))
    if path is None:
        return objects
    wanted = {key: getattr(names, key) for key in RANGES if getattr(names, key)}
    kinds = {names.object_id: pa.string()} | {name: pa.float64() for name in wanted.values()}
    kinds |= {names.label: pa.string()} if names.label else {}
    try:
        rows = whole_table(path, kinds)
    except InputError as error:
        if "missing column" not in str(error):
            raise
        raise InputError(
            f"{error}; name the columns in predict.object_columns, with '' for one that the table lacks"
        ) from None
    where = column_where(path)
    found = exact_names(rows.table[names.object_id], where, rows.line, names.object_id).names.to_pylist()
    columns = {key: rows.table[name] for key, name in wanted.items()}
    columns |= {"label": rows.table[names.label]} if names.label else {}
    known = _known(pa.table(columns), where, rows.line, wanted) if columns else [Known()] * len(found)
    for line, name, each in zip(rows.line, found, known, strict=True):
        if not name:
            raise InputError(f"{where} {line}: {names.object_id} is empty; allowed: a name")
        if name in objects._row:
            raise InputError(f"{where} {line}: object {name!r} is listed more than once")
        objects.add(name, each)
    objects.listed = len(objects)
    return objects


def _known(table: pa.Table, where: str, row: np.ndarray, words: dict[str, str] | None = None) -> list[Known]:
    """What some columns say of each object, sentinels taken for unknown; impossible numbers are refused."""
    columns = []
    for key, (least, greatest) in RANGES.items():
        values = floats(table, key) if key in table.column_names else np.full(table.num_rows, np.nan)
        # -1 is also what some catalogues write for an unknown redshift
        unknown = is_sentinel(values) | ((values == -1.0) & (key in ("z", "z_err")))
        values = np.where(unknown, np.nan, values)
        bad = ~np.isnan(values) & ~((values >= least) & (values <= greatest))
        name = (words or {}).get(key, key)
        allowed = f"a finite number from {least:g} to {greatest:g}, or empty if it is unknown"
        refuse_where(bad, values, where, row, name, allowed)
        columns.append(values.tolist())
    labels = table["label"].to_pylist() if "label" in table.column_names else [None] * table.num_rows
    unknown = np.full(table.num_rows, np.nan)
    evidence = [floats(table, key) if key in table.column_names else unknown for key in EVIDENCE]
    rows = zip(*columns, map(label_words, labels), *(values.tolist() for values in evidence), strict=True)
    return [Known(*row) for row in rows]


def label_words(label: Any) -> str:
    """A label as text: tables may hold numbers and truth values, or nothing."""
    return "" if label is None else str(label).strip()


def is_no_label(words: str) -> bool:
    """Whether some words say that the class is not known."""
    return words.lower() in NO_LABEL or words.endswith("?")


def label_of(label: Any) -> int:
    """1 for a TDE, 0 for another object, -1 where the class is not known."""
    words = label_words(label)
    if is_no_label(words):
        return -1
    return 1 if TDE_LABEL.fullmatch(words) else 0
