"""Any table with one row per observation, as CSV, other text or Parquet, with the columns that the user names.

Separators may be commas, semicolons, tabs or blanks; comments, a byte order mark and Windows line ends do no
harm. Columns, unit, time and bands are keys of `predict` in the configuration; where one of them is set, the
files are read as such a table whatever else they look like. Empty cells, `null`, `NaN` and numbers such as -999
are unknown, and counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError
from tde.filters import FILTERS, MOST_FILTERS, RANGE, SURVEYS
from tde.sources.batch import DETECTION, FORCED, LIMIT, Batch
from tde.sources.head import Head
from tde.sources.identifiers import exact_names, name_of_file
from tde.sources.parsing.any_table import column_where, columns_of, stream_table
from tde.sources.parsing.described import Described
from tde.sources.parsing.text_tables import Rows, floats, text
from tde.sources.passbands import OWN, names_anywhere, names_of, renamed
from tde.sources.sentinels import is_sentinel, without_sentinels
from tde.sources.source import Source
from tde.sources.units import (
    FLUX_UNITS,
    MAGNITUDE_RANGE,
    Fluxes,
    from_magnitudes,
    no_magnitude,
    refuse_where,
    signs,
    to_mjd,
    zero_point_factor,
)
from tde.workflow.configuration.predict_settings import Predict

KEY = "long_table"


def long_table(settings: Predict) -> Source:
    """The reader of tables that are laid out as the block `predict` says."""
    names = names_anywhere() | names_of(settings.survey) | _own_names(settings)

    def position(table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        return floats(table, settings.columns.ra), floats(table, settings.columns.dec)

    def recognises(head: Head) -> bool:
        found = columns_of(head)
        return all(name in found for name in _columns(settings))

    def read(paths: Sequence[Path]) -> Iterator[Batch]:
        described = Described()
        for path in paths:
            where = column_where(path)
            try:
                for rows in stream_table(path, _columns(settings)):
                    batch = _batch(settings, names, path, where, rows)
                    yield described.placed(batch, *position(rows.table)) if settings.columns.ra else batch
            except InputError as error:
                if "missing column" not in str(error):
                    raise
                raise InputError(f"{error}; name the columns in predict.columns") from None

    return Source(KEY, "table with one row per observation", recognises, read)


def own_bands(settings: Predict) -> dict[str, float]:
    """Bands for which the user gives a wavelength: ``own:c`` and Angstrom.

    Raises
    ------
    InputError
        For a band that the survey does not have, a wavelength outside the range of those used, or too many bands.
    """
    known = SURVEYS[settings.survey].wavelengths
    found = {}
    for name, value in settings.bands.items():
        if isinstance(value, str):
            if value not in known:
                allowed = f"a wavelength in Angstrom or one of {', '.join(known)}"
                raise InputError(f"predict.bands.{name}: got {value!r}; allowed: {allowed}")
            continue
        if not RANGE[0] <= value <= RANGE[1]:
            raise InputError(
                f"predict.bands.{name}: got {value:g} Angstrom; allowed: {RANGE[0]:.0f} to {RANGE[1]:.0f} Angstrom"
            )
        found[f"{OWN}:{name}"] = float(value)
    most = MOST_FILTERS - len(FILTERS.keys)
    if len(found) > most:
        raise InputError(f"predict.bands: {len(found)} wavelengths; allowed: at most {most}")
    return found


def _own_names(settings: Predict) -> dict[str, str]:
    """Names of bands that the user gives: name in the file to key."""
    return {
        name: f"{settings.survey}:{value}" if isinstance(value, str) else f"{OWN}:{name}"
        for name, value in settings.bands.items()
    }


def _columns(settings: Predict) -> dict[str, pa.DataType]:
    """The columns that are read."""
    names = settings.columns
    words = (names.object_id, names.band, names.unit, names.sign, names.is_limit, names.reference)
    numbers = (names.time, names.value, names.error, names.limit, names.zero_point, names.ra, names.dec)
    return {name: pa.string() for name in words if name} | {name: pa.float64() for name in numbers if name}


def _batch(settings: Predict, known: dict[str, str], path: Path, where: str, rows: Rows) -> Batch:
    """One block of a table in common units."""
    names, table, line = settings.columns, rows.table, rows.line
    n = table.num_rows
    if names.unit:
        units = text(table, names.unit)
        other = pc.fill_null(pc.not_equal(units, settings.unit), True).to_numpy(zero_copy_only=False)
        allowed = f"{settings.unit!r}, as in predict.unit: all rows must have one unit"
        refuse_where(other, [repr(unit) for unit in units.to_pylist()] if other.any() else (), where, line, names.unit,
                     allowed)  # fmt: skip
    if names.object_id:
        identifiers = exact_names(table[names.object_id], where, line, names.object_id).names
        empty = pc.is_null(identifiers).to_numpy(zero_copy_only=False)
        refuse_where(empty, ["empty"] * n if empty.any() else (), where, line, names.object_id, "the name of an object")
    else:
        identifiers = pa.repeat(name_of_file(path), n)
    fluxes = _fluxes(settings, table, where, line)
    kind = np.full(n, FORCED if names.reference else DETECTION, dtype=np.int8)
    kind[fluxes.limit] = LIMIT
    return Batch(
        where=where,
        row=line,
        object_id=identifiers,
        mjd=to_mjd(floats(table, names.time), settings.time, where, line, names.time),
        band=renamed(text(table, names.band), known),
        flux=fluxes.flux,
        flux_err=fluxes.flux_err,
        kind=kind,
        reason=np.full(n, -1, dtype=np.int8),
        reference=_references(table, names.reference, names.band) if names.reference else None,
    )


def _references(table: pa.Table, reference: str, band: str) -> pa.Array:
    return pc.binary_join_element_wise(text(table, reference), text(table, band), " ")


def _fluxes(settings: Predict, table: pa.Table, where: str, line: np.ndarray) -> Fluxes:
    """Values, errors and limits in micro-Jansky."""
    names = settings.columns
    value, error = floats(table, names.value), floats(table, names.error)
    refuse_where(np.isinf(value), value, where, line, names.value, "a finite number, or empty if it is missing")
    sign = signs(text(table, names.sign), where, line, names.sign) if names.sign else np.ones(len(value))
    marked = signs(text(table, names.is_limit), where, line, names.is_limit) > 0 if names.is_limit else None
    if settings.unit == "AB":
        return _from_magnitudes(settings, table, value, error, sign, marked, where, line)
    value, error = without_sentinels(value), without_sentinels(error)
    wrong = ~np.isnan(value) & ~np.isnan(error) & ~((error > 0) & np.isfinite(error))
    refuse_where(wrong, error, where, line, names.error, "a finite number above 0")
    factor = FLUX_UNITS.get(settings.unit, 1.0) * np.ones(len(value))
    if settings.unit == "zero_point":
        factor = zero_point_factor(_zero_points(settings, table, where, line))
    missing = np.isnan(value) | np.isnan(error)
    size = np.abs(value) * sign if names.sign else value
    limit = np.zeros(len(value), dtype=bool) if marked is None else marked & ~missing
    flux, flux_err = np.where(missing, np.nan, size * factor), np.where(missing, np.nan, error * factor)
    if limit.any():
        flux, flux_err = np.where(limit, 0.0, flux), np.where(limit, np.abs(flux) / settings.limit_sigma, flux_err)
    return Fluxes(flux, flux_err, limit)


def _zero_points(settings: Predict, table: pa.Table, where: str, line: np.ndarray) -> np.ndarray | float:
    name = settings.columns.zero_point
    if not name:
        return settings.zero_point
    points = floats(table, name)
    points = np.where(is_sentinel(points), np.nan, points)
    wrong = ~np.isnan(points) & ~((points > 0) & (points <= 60))
    refuse_where(wrong, points, where, line, name, "an AB magnitude above 0 up to 60, or empty if it is missing")
    return points


def _from_magnitudes(
    settings: Predict,
    table: pa.Table,
    value: np.ndarray,
    error: np.ndarray,
    sign: np.ndarray,
    marked: np.ndarray | None,
    where: str,
    line: np.ndarray,
) -> Fluxes:
    """Fluxes from AB magnitudes; where there is none, from the limit if that is given."""
    names = settings.columns
    value, error = (np.where(is_sentinel(numbers), np.nan, numbers) for numbers in (value, error))
    missing = no_magnitude(value)
    allowed = f"an AB magnitude between {MAGNITUDE_RANGE[0]:g} and {MAGNITUDE_RANGE[1]:g}, or 99 or empty for none"
    outside = ~missing & ~((value > MAGNITUDE_RANGE[0]) & (value <= MAGNITUDE_RANGE[1]))
    refuse_where(outside, value, where, line, names.value, f"{allowed}; are these fluxes?")
    wrong = ~missing & (error <= 0) & ~(False if marked is None else marked)
    refuse_where(wrong, error, where, line, names.error, "a finite number above 0")
    limit = floats(table, names.limit) if names.limit else None
    if limit is not None:
        limit = np.where(is_sentinel(limit), np.nan, limit)
        outside = ~no_magnitude(limit) & ~((limit > MAGNITUDE_RANGE[0]) & (limit <= MAGNITUDE_RANGE[1]))
        refuse_where(outside, limit, where, line, names.limit, allowed)
    if marked is not None:
        limit = np.where(marked, value, np.full(len(value), np.nan) if limit is None else limit)
        error = np.where(marked, np.nan, error)
    return from_magnitudes(value, error, limit, sign, settings.limit_sigma)
