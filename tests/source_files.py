"""Reading files of light curves in tests: batches by reader, and whole roads from files to light curves."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.lightcurves import read_shard
from tde.sources.batch import Batch
from tde.sources.chunk_files import OBJECTS_FILE
from tde.sources.chunks import write_chunks
from tde.sources.formats import recognise
from tde.sources.input_files import files_of
from tde.sources.object_table import read_object_table
from tde.tables import read_parquet
from tde.workflow.configuration.predict_settings import Predict
from tde.workflow.configuration.problems import read_block

FORMATS_DATA = os.environ.get("FORMATS_DATA", "")


@dataclass
class Observations:
    """All batches of some files, joined; ``reason`` holds words, empty where a row is used."""

    object_id: list[str]
    mjd: np.ndarray
    band: list[str]
    flux: np.ndarray
    flux_err: np.ndarray
    kind: np.ndarray
    reason: list[str]
    reference: list[str]
    objects: dict[str, dict[str, Any]]


def observations(*paths: Path) -> Observations:
    """What the reader of the first file's format yields for all of them."""
    source = recognise(paths[0])
    assert source is not None, paths[0]
    return joined(list(source.read(paths)))


def joined(batches: list[Batch]) -> Observations:
    """Several batches as one."""
    described = [row for batch in batches if batch.objects is not None for row in batch.objects.to_pylist()]
    return Observations(
        [name for batch in batches for name in batch.object_id.to_pylist()],
        np.concatenate([batch.mjd for batch in batches]),
        [name for batch in batches for name in batch.band.to_pylist()],
        np.concatenate([batch.flux for batch in batches]),
        np.concatenate([batch.flux_err for batch in batches]),
        np.concatenate([batch.kind for batch in batches]),
        [batch.reasons[k] if k >= 0 else "" for batch in batches for k in batch.reason],
        [name for batch in batches for name in ([] if batch.reference is None else batch.reference.to_pylist())],
        {row.pop("object_id"): row for row in described},
    )


@dataclass
class Curve:
    """One object at the end of the road."""

    mjd: np.ndarray
    band: str
    flux: np.ndarray
    flux_err: np.ndarray
    flags: list[str]


class Road:
    """From files to light curves, extinction left as it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.report: dict[str, Any] = {}
        self.objects: pa.Table = pa.table({})

    def __call__(
        self, source: Any, objects: Path | None = None, chunk_size: int = 100, **block: Any
    ) -> dict[str, Curve]:
        given = [str(each) for each in source] if isinstance(source, list) else str(source)
        block = {"lightcurves": given, "dereddened": True, **block}
        settings = read_block(Predict, block | ({"objects": str(objects)} if objects else {}), "predict")
        known = read_object_table(objects, settings.object_columns, 0.05)
        chunks = self.folder / "chunks"
        self.report = write_chunks(settings, files_of(given), known, chunk_size, chunks)
        self.objects = read_parquet(chunks / OBJECTS_FILE)
        curves = {}
        for name in sorted(set(self.objects["shard"].to_pylist())):
            mine = self.objects.filter(pc.equal(self.objects["shard"], name)).combine_chunks()
            shard = read_shard(chunks / f"{name}.parquet", mine)
            for k, rows in enumerate(shard):
                bands = "".join("ugrizy"[code] for code in shard.band[rows])
                flags = [flag for flag in mine["flags"][k].as_py().split(";") if flag]
                curves[str(shard.object_id[k])] = Curve(
                    shard.mjd[rows], bands, shard.flux[rows], shard.flux_err[rows], flags
                )
        return curves
