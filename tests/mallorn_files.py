"""Small data sets in MALLORN's layout, written by hand, for tests that break them."""

import os
from pathlib import Path

import pyarrow.compute as pc

from tde.ingest.object_list import read_object_list
from tde.ingest.observations import read_observations
from tde.lightcurves import LightCurves

LOG_HEADER = "object_id,Z,Z_err,EBV,SpecType,English Translation,split"
CURVE_HEADER = "object_id,Time (MJD),Flux,Flux_err,Filter"

MALLORN_COLUMNS = "columns: {time: Time (MJD), value: Flux, error: Flux_err, band: Filter}"
OBJECT_COLUMNS = "object_columns: {z: Z, z_err: Z_err, ebv: EBV}"
"""What `predict` is told to read such files as any table."""

MALLORN_DATA = os.environ.get("MALLORN_DATA", "")


def write_lines(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def train_log(path: Path, *rows: str) -> Path:
    """A log of two objects unless other rows are given."""
    rows = rows or (
        'quiet_elm,0.5,,0.1,AGN,"quiet, elm",split_01,0',
        "bright_oak,0.25,,0.0,TDE,bright oak,split_01,1",
    )
    return write_lines(path, LOG_HEADER + ",target", *rows)


def light_curves(path: Path, *rows: str) -> Path:
    """Observations of the two objects of `train_log`, in no particular order, unless others are given."""
    rows = rows or (
        "bright_oak,61002.5,3.0,0.5,r",
        "quiet_elm,61010.0,-1.0,0.25,u",
        "bright_oak,61001.5,2.0,0.5,g",
        "quiet_elm,61000.0,1.5,0.25,y",
        "bright_oak,61001.5,1.0,0.5,u",
    )
    return write_lines(path, CURVE_HEADER, *rows)


def read_split(directory: Path, set_name: str, split: str, splits: list[str]) -> tuple[LightCurves, dict]:
    """Ingest one split of a data set as the workflow does."""
    objects, _ = read_object_list(directory / f"{set_name}_log.csv", splits, labelled=set_name == "train")
    objects = objects.filter(pc.equal(objects["split"], split))
    return read_observations(directory / split / f"{set_name}_full_lightcurves.csv", objects, f"{set_name}_log.csv")
