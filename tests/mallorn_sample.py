"""Real light curves for tests and benchmarks, read straight from the MALLORN files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tde.lightcurves import LightCurves, from_rows
from tde.photometry import BANDS, dereddening_factor


def read_objects(directory: str | Path, n_objects: int | None = None, seed: int = 0) -> LightCurves:
    """De-reddened light curves of a random sample of objects (all without ``n_objects``)."""
    directory = Path(directory)
    log = pd.concat([pd.read_csv(directory / f"{part}_log.csv") for part in ("train", "test")], ignore_index=True)
    if n_objects is not None:
        chosen = np.random.default_rng(seed).choice(len(log), min(n_objects, len(log)), replace=False)
        log = log.iloc[np.sort(chosen)]
    tables = []
    for path in sorted(directory.glob("split_*/*_full_lightcurves.csv")):
        table = pd.read_csv(path)
        tables.append(table[table["object_id"].isin(log["object_id"]) & table["Flux"].notna()])
    table = pd.concat(tables, ignore_index=True)
    row_object = pd.Index(log["object_id"]).get_indexer(table["object_id"])
    band = table["Filter"].map(BANDS.index).to_numpy()
    factor = dereddening_factor(band, log["EBV"].to_numpy()[row_object])
    return from_rows(
        log["object_id"].to_numpy(str),
        log["Z"].to_numpy(),
        log["EBV"].to_numpy(),
        row_object,
        table["Time (MJD)"].to_numpy(),
        band,
        table["Flux"].to_numpy() * factor,
        table["Flux_err"].to_numpy() * factor,
    )
