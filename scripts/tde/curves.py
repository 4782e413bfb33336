"""Posterior curves of joint fits: what one family fits, other families and plots read.

Object ``i`` owns the grid points ``offsets[i]:offsets[i + 1]``, as in
`tde.lightcurves.LightCurves`. On file there is one row per object, with the fit's
parameters as columns and the curve as lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError
from tde.tables import read_parquet, write_parquet

_LISTS = ("mjd", "flux", "flux_err")


@dataclass(frozen=True, eq=False)  # each is itself: arrays have no one answer to ==
class Curves:
    """Curves of ``n`` objects with ``m`` grid points in all.

    Attributes
    ----------
    object_id : ndarray of str, shape (n,)
    parameters : dict of str to ndarray, shape (n,)
        What the fit found for each object; NaN where there is no fit.
    offsets : ndarray of int64, shape (n + 1,)
        Objects without a fit own an empty range.
    mjd : ndarray, shape (m,)
        Grid in days, ascending within an object.
    flux, flux_err : ndarray of float32, shape (m, k)
        Posterior mean and standard deviation in micro-Jansky: of the ``k = 6`` bands, or
        of the one curve that all bands share (``k = 1``). NaN where a band has no curve.
        Single precision, in memory as on file, so that a curve just fitted and one read back
        are the same.
    """

    object_id: np.ndarray
    parameters: dict[str, np.ndarray]
    offsets: np.ndarray
    mjd: np.ndarray
    flux: np.ndarray
    flux_err: np.ndarray

    def __post_init__(self) -> None:
        # copies: arrays from Parquet are read-only, a second type that functions would be compiled for
        for name, kind in (("offsets", np.int64), ("mjd", np.float64), ("flux", np.float32), ("flux_err", np.float32)):
            object.__setattr__(self, name, np.array(getattr(self, name), dtype=kind))
        parameters = {name: np.array(values, dtype=np.float64) for name, values in self.parameters.items()}
        object.__setattr__(self, "parameters", parameters)

    def __len__(self) -> int:
        return len(self.object_id)

    def rows(self, index: int) -> slice:
        """The grid points of one object."""
        return slice(int(self.offsets[index]), int(self.offsets[index + 1]))

    def select(self, objects: np.ndarray) -> Curves:
        """The curves of some objects, in their order; an object may be named more than once."""
        counts = np.diff(self.offsets)[objects]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        points = np.arange(offsets[-1]) + np.repeat(self.offsets[:-1][objects] - offsets[:-1], counts)
        parameters = {name: values[objects] for name, values in self.parameters.items()}
        mjd, flux, flux_err = self.mjd[points], self.flux[points], self.flux_err[points]
        return Curves(self.object_id[objects], parameters, offsets, mjd, flux, flux_err)


def write_curves(path: Path | str, curves: Curves) -> None:
    """Write curves as Parquet, atomically."""
    offsets = pa.array(curves.offsets.astype(np.int32))
    wide = pa.array((curves.offsets * curves.flux.shape[1]).astype(np.int32))
    arrays = [pa.array(curves.object_id, pa.string())]
    arrays += [pa.array(values) for values in curves.parameters.values()]
    arrays.append(pa.ListArray.from_arrays(offsets, pa.array(curves.mjd)))
    arrays += [pa.ListArray.from_arrays(wide, pa.array(values.ravel())) for values in (curves.flux, curves.flux_err)]
    names = ["object_id", *curves.parameters, *_LISTS]
    schema_metadata = {"n_bands": str(curves.flux.shape[1])}
    write_parquet(path, pa.Table.from_arrays(arrays, names=names).replace_schema_metadata(schema_metadata))


def read_curves(path: Path | str, object_id: np.ndarray | None = None) -> Curves:
    """Read curves written by `write_curves`.

    Parameters
    ----------
    path : path
    object_id : ndarray of str, optional
        The objects the file must hold, in this order.

    Raises
    ------
    InputError
        If the file holds other objects or another order.
    """
    table = read_parquet(path).combine_chunks()
    found = table["object_id"].to_numpy()
    if object_id is not None and not np.array_equal(found, object_id):
        raise InputError(f"{path}: holds {len(found)} objects, not the {len(object_id)} expected; fit the curves again")
    n_bands = int(table.schema.metadata[b"n_bands"])
    lists = {name: table[name].chunk(0) for name in _LISTS} if len(found) else {}
    mjd, flux, flux_err = (
        lists[name].flatten().to_numpy(zero_copy_only=False) if lists else np.empty(0) for name in _LISTS
    )
    counts = lists["mjd"].value_lengths().to_numpy() if lists else np.zeros(0, np.int64)
    return Curves(
        found,
        {name: table[name].to_numpy() for name in table.column_names if name not in ("object_id", *_LISTS)},
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        mjd,
        flux.reshape(-1, n_bands),
        flux_err.reshape(-1, n_bands),
    )


def read_curves_of_set(paths: Sequence[Path | str], object_id: np.ndarray) -> Curves:
    """Read the curves of a whole set.

    Parameters
    ----------
    paths : sequence of path
        Files written by `write_curves`, which together hold all objects.
    object_id : ndarray of str, shape (n,)
        Sets the order of the objects.

    Raises
    ------
    InputError
        If an object is in none of the files.
    """
    parts = [read_curves(path) for path in paths]
    everything = Curves(
        np.concatenate([part.object_id for part in parts]),
        {name: np.concatenate([part.parameters[name] for part in parts]) for name in parts[0].parameters},
        np.concatenate([[0], np.cumsum(np.concatenate([np.diff(part.offsets) for part in parts]))]),
        np.concatenate([part.mjd for part in parts]),
        np.concatenate([part.flux for part in parts]),
        np.concatenate([part.flux_err for part in parts]),
    )
    found = pc.index_in(pa.array(object_id, pa.string()), value_set=pa.array(everything.object_id, pa.string()))
    if found.null_count:
        missing = str(object_id[int(np.argmax(found.is_null().to_numpy(zero_copy_only=False)))])
        raise InputError(f"{paths[0]} and {len(paths) - 1} more: no curve of object {missing!r}; fit the curves again")
    return everything.select(found.to_numpy())
