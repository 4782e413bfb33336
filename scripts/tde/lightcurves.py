"""The shard: light curves of many objects as flat arrays with offsets.

Object ``i`` owns the observations ``offsets[i]:offsets[i + 1]``; within an object
they are sorted by time, then filter. This compressed-sparse-row form is what the
compiled fits read, and it goes in and out of Parquet without a copy per object.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.filters import FILTERS, Filters, filters_with
from tde.photometry import BANDS, distance_modulus
from tde.tables import read_parquet, write_parquet

SHARD_SCHEMA = pa.schema(
    [
        pa.field("object_id", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("mjd", pa.float64(), nullable=False),
        pa.field("band", pa.dictionary(pa.int8(), pa.string()), nullable=False),
        pa.field("flux", pa.float64(), nullable=False),
        pa.field("flux_err", pa.float64(), nullable=False),
    ]
)


@dataclass(frozen=True, eq=False)  # each is itself: arrays have no one answer to ==
class LightCurves:
    """Light curves of ``n`` objects with ``N`` observations in all.

    Attributes
    ----------
    object_id : ndarray of str, shape (n,)
    z : ndarray, shape (n,)
        Redshift; NaN where unknown, never below the floor set at ingest.
    ebv : ndarray, shape (n,)
        Colour excess E(B-V) in magnitudes; NaN where unknown.
    offsets : ndarray of int64, shape (n + 1,)
        Object ``i`` owns the rows ``offsets[i]:offsets[i + 1]``. Objects without
        any observation own an empty range.
    mjd : ndarray, shape (N,)
        Modified Julian Date in days; ascending within an object.
    filter : ndarray of int8, shape (N,)
        Index into ``filters``, below 6 for the LSST bands; ascending among rows of one object and time.
    flux, flux_err : ndarray, shape (N,)
        De-reddened difference flux and its error in micro-Jansky.
    distance_modulus : ndarray, shape (n,)
        `tde.photometry.distance_modulus` of z in magnitudes; NaN where unknown.
    filters : Filters
        Which filters there are.
    """

    object_id: np.ndarray
    z: np.ndarray
    ebv: np.ndarray
    offsets: np.ndarray
    mjd: np.ndarray
    filter: np.ndarray
    flux: np.ndarray
    flux_err: np.ndarray
    distance_modulus: np.ndarray
    filters: Filters = FILTERS

    def __len__(self) -> int:
        return len(self.object_id)

    @cached_property
    def of_lsst(self) -> bool:
        """Whether all observations are in LSST's own bands."""
        return bool((self.filter < len(BANDS)).all())

    @cached_property
    def band(self) -> np.ndarray:
        """The LSST band that each observation is in, or nearest to: index into ``BANDS``, shape (N,), int8."""
        return self.filter if self.of_lsst else self.filters.nearest[self.filter]

    @cached_property
    def wavelength(self) -> np.ndarray:
        """Effective wavelength of each observation in Angstrom, shape (N,)."""
        return self.filters.wavelength[self.filter]

    @property
    def owner(self) -> np.ndarray:
        """Index of the object that each observation is of, shape (N,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    def rows(self, index: int) -> slice:
        """The rows of one object."""
        return slice(int(self.offsets[index]), int(self.offsets[index + 1]))

    def __iter__(self) -> Iterator[slice]:
        """Iterate over the objects as slices of the flat arrays."""
        return (self.rows(i) for i in range(len(self)))

    def select(self, indices: np.ndarray) -> LightCurves:
        """The light curves of some objects, in the order of ``indices``."""
        indices = np.asarray(indices, dtype=np.int64)
        counts = np.diff(self.offsets)[indices]
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        rows = np.repeat(self.offsets[indices] - offsets[:-1], counts) + np.arange(offsets[-1])
        return LightCurves(
            self.object_id[indices],
            self.z[indices],
            self.ebv[indices],
            offsets,
            self.mjd[rows],
            self.filter[rows],
            self.flux[rows],
            self.flux_err[rows],
            self.distance_modulus[indices],
            self.filters,
        )


def from_rows(
    object_id: np.ndarray,
    z: np.ndarray,
    ebv: np.ndarray,
    row_object: np.ndarray,
    mjd: np.ndarray,
    band: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    modulus: np.ndarray | None = None,
    filters: Filters = FILTERS,
) -> LightCurves:
    """Build `LightCurves` from observations in any order.

    Parameters
    ----------
    object_id, z, ebv : ndarray, shape (n,)
        The objects, in the order wanted.
    row_object : ndarray of int, shape (N,)
        Index into ``object_id`` of each observation.
    mjd, band, flux, flux_err : ndarray, shape (N,)
        The observations, as in `LightCurves`; ``band`` are the codes of the filters.
    modulus : ndarray, shape (n,), optional
        Distance moduli, if they are known; otherwise they are computed from z.
    filters : Filters
        What the codes mean.
    """
    # fluxes settle the order of two visits of a band at one time: that of the rows must not matter
    order = np.lexsort((flux_err, flux, band, mjd, row_object))
    counts = np.bincount(row_object, minlength=len(object_id))
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    # copies: arrays from Parquet are read-only, a second type that functions would be compiled for
    return LightCurves(
        np.asarray(object_id),
        np.array(z, dtype=np.float64),
        np.array(ebv, dtype=np.float64),
        offsets,
        np.ascontiguousarray(mjd[order], dtype=np.float64),
        np.ascontiguousarray(band[order], dtype=np.int8),
        np.ascontiguousarray(flux[order], dtype=np.float64),
        np.ascontiguousarray(flux_err[order], dtype=np.float64),
        distance_modulus(z) if modulus is None else np.array(modulus, dtype=np.float64),
        filters,
    )


OWN_FILTERS = b"own_filters"
"""Key of a shard's metadata: filters that only its user knows, with their wavelengths, as JSON."""


def write_shard(path: Path | str, lightcurves: LightCurves) -> None:
    """Write the observations as a long Parquet table, one row per observation.

    The LSST bands are called by their letters, other filters by their keys; wavelengths that are not in
    `tde.filters` go into the metadata.
    """
    counts = np.diff(lightcurves.offsets)
    index = np.repeat(np.arange(len(lightcurves), dtype=np.int32), counts)
    filters, n_known = lightcurves.filters, len(FILTERS.keys)
    names = list(BANDS) if lightcurves.of_lsst else filters.names
    own = dict(zip(filters.keys[n_known:], filters.wavelength[n_known:].tolist(), strict=True))
    table = pa.Table.from_arrays(
        [
            pa.DictionaryArray.from_arrays(index, pa.array(lightcurves.object_id, pa.string())),
            pa.array(lightcurves.mjd),
            pa.DictionaryArray.from_arrays(lightcurves.filter, pa.array(names)),
            pa.array(lightcurves.flux),
            pa.array(lightcurves.flux_err),
        ],
        schema=SHARD_SCHEMA.with_metadata({OWN_FILTERS: json.dumps(own)}) if own else SHARD_SCHEMA,
    )
    write_parquet(path, table)


def read_shard(path: Path | str, objects: pa.Table) -> LightCurves:
    """Read a shard written by `write_shard`.

    Parameters
    ----------
    path : path
        The Parquet table of the observations.
    objects : pyarrow.Table
        Rows of the object table (``object_id``, ``z``, ``ebv``, ``distance_modulus``)
        that belong to this shard; they set the order of the objects.

    Raises
    ------
    ValueError
        If the shard holds an object that is not in ``objects``.
    """
    table = read_parquet(path)
    identifiers = table["object_id"].combine_chunks().cast(pa.string())
    row_object = pc.index_in(identifiers, value_set=objects["object_id"].combine_chunks())
    if row_object.null_count:
        unknown = identifiers.filter(pc.is_null(row_object))[0].as_py()
        raise ValueError(f"{path}: object {unknown!r} is not in the object table")
    own = (table.schema.metadata or {}).get(OWN_FILTERS)
    filters = filters_with(json.loads(own)) if own else FILTERS
    band = pc.index_in(table["band"].combine_chunks().cast(pa.string()), value_set=pa.array(filters.names))
    return from_rows(
        objects["object_id"].to_numpy(),
        objects["z"].to_numpy(),
        objects["ebv"].to_numpy(),
        row_object.to_numpy(),
        table["mjd"].to_numpy(),
        band.to_numpy().astype(np.int8),
        table["flux"].to_numpy(),
        table["flux_err"].to_numpy(),
        objects["distance_modulus"].to_numpy(),
        filters,
    )


def joined(parts: Sequence[LightCurves]) -> LightCurves:
    """The objects of several sets of light curves, one set after the other.

    Raises
    ------
    ValueError
        If the sets do not mean the same filters by their codes.
    """
    filters = max((part.filters for part in parts), key=lambda table: len(table.keys))
    if any(part.filters.keys != filters.keys[: len(part.filters.keys)] for part in parts):
        raise ValueError("light curves of different tables of filters")
    counts = np.concatenate([np.diff(part.offsets) for part in parts])
    return LightCurves(
        object_id=np.concatenate([part.object_id for part in parts]),
        z=np.concatenate([part.z for part in parts]),
        ebv=np.concatenate([part.ebv for part in parts]),
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        mjd=np.concatenate([part.mjd for part in parts]),
        filter=np.concatenate([part.filter for part in parts]),
        flux=np.concatenate([part.flux for part in parts]),
        flux_err=np.concatenate([part.flux_err for part in parts]),
        distance_modulus=np.concatenate([part.distance_modulus for part in parts]),
        filters=filters,
    )


def read_shards(paths: list[str], objects: pa.Table) -> LightCurves:
    """Read some shards of a set.

    Parameters
    ----------
    paths : list of str
        Files named after their shards.
    objects : pyarrow.Table
        Object table of the set with the column ``shard``; sets the order of the objects.
    """
    names = pa.array([Path(path).stem for path in paths], pa.string())
    objects = objects.filter(pc.is_in(objects["shard"], value_set=names))
    parts = []
    for path in paths:
        mine = objects.filter(pc.equal(objects["shard"], pa.scalar(Path(path).stem, pa.string())))
        parts.append(read_shard(path, mine))
    together = joined(parts)
    found = pa.array(together.object_id, pa.string())
    return together.select(pc.index_in(objects["object_id"].combine_chunks(), value_set=found).to_numpy())
