"""The files of a data set in MALLORN's layout, column for column and digit for digit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from tde.photometry import BANDS
from tde.simulation.siblings import SimulatedObject
from tde.tables import write_atomically

LIGHT_CURVE_HEADER = "object_id,Time (MJD),Flux,Flux_err,Filter\n"
TRAIN_HEADER = ("object_id", "Z", "Z_err", "EBV", "SpecType", "English Translation", "split", "target")
TEST_HEADER = TRAIN_HEADER[:-1]

TIME_DECIMALS, FLUX_DECIMALS = 4, 8


def light_curve_path(directory: Path, split: int, part: str) -> Path:
    """Path of the light curves of one split.

    Parameters
    ----------
    directory : path
        Of the data set.
    split : int
        From 1.
    part : str
        ``train`` or ``test``.
    """
    return directory / f"split_{split:02d}" / f"{part}_full_lightcurves.csv"


def write_light_curves(path: Path, names: Sequence[str], objects: Sequence[SimulatedObject]) -> None:
    """Write the light curves of one split: objects by name, rows of one object shuffled.

    Times have 4 decimals, fluxes and errors 8, missing fluxes are empty.

    Parameters
    ----------
    path : path
    names : sequence of str
    objects : sequence of SimulatedObject
        In the order of the names.
    """
    order = sorted(range(len(names)), key=names.__getitem__)
    counts = [len(objects[k].shuffle) for k in order]

    def gather(arrays: list[np.ndarray], kind: type) -> np.ndarray:
        return np.concatenate([np.empty(0, dtype=kind), *arrays]).astype(kind)

    def shuffled(field: str) -> np.ndarray:
        return gather([getattr(objects[k].visits, field)[objects[k].shuffle] for k in order], np.float64)

    flux = gather([objects[k].flux[objects[k].shuffle] for k in order], np.float64).round(FLUX_DECIMALS)
    owner = np.repeat(np.arange(len(order), dtype=np.int32), counts)
    columns = [
        pa.DictionaryArray.from_arrays(owner, pa.array([names[k] for k in order], pa.string())).cast(pa.string()),
        pa.array(shuffled("mjd").round(TIME_DECIMALS)),
        pa.array(flux, mask=np.isnan(flux)),
        pa.array(shuffled("flux_err").round(FLUX_DECIMALS)),
        pa.DictionaryArray.from_arrays(shuffled("band").astype(np.int8), pa.array(list(BANDS))).cast(pa.string()),
    ]
    table = pa.Table.from_arrays(columns, names=LIGHT_CURVE_HEADER.strip().split(","))
    options = pa_csv.WriteOptions(include_header=False, quoting_style="none")

    def write(name: Path) -> None:
        with name.open("wb") as stream:
            stream.write(LIGHT_CURVE_HEADER.encode())
            pa_csv.write_csv(table, stream, options)

    write_atomically(path, write)
