"""Compare two data sets in MALLORN's layout, quantity by quantity."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from tde.errors import InputError
from tde.photometry import BANDS, dereddening_factor

CLASSES = {
    "TDE": ("TDE",),
    "AGN": ("AGN",),
    "SN Ia": ("SN Ia", "SN Ia-91T-like", "SN Ia-91bg-like", "SN Ia-pec", "SN Iax[02cx-like]"),
    "SN II": ("SN II", "SN IIP"),
    "SN IIn": ("SN IIn",),
    "SN Ibc": ("SN Ib", "SN Ic", "SN Ic-BL", "SN IIb"),
    "SLSN": ("SLSN-I", "SLSN-II"),
}
"""Spectroscopic types by class, as tables and figures show them."""

PEAK_DAYS = 12.0
"""Rest-frame half width of the window around the peak in which colours are measured."""

COLOURS = ("ug", "gr", "ri", "iz")


class DataSet(NamedTuple):
    """A data set in MALLORN's layout.

    Attributes
    ----------
    log : DataFrame
        One row per object: object_id, Z, EBV, SpecType, set, class.
    points : DataFrame
        One row per observation, missing fluxes included: object (row of ``log``),
        mjd, flux, flux_err (micro-Jansky, as recorded), band (code).
    """

    log: pd.DataFrame
    points: pd.DataFrame


def read_data_set(directory: Path | str) -> DataSet:
    """Read logs and light curves of a data set in MALLORN's layout.

    Raises
    ------
    InputError
        If a log is missing or a light curve belongs to no object of the logs.
    """
    directory = Path(directory)
    logs = []
    for part in ("train", "test"):
        path = directory / f"{part}_log.csv"
        if not path.is_file():
            raise InputError(f"{path}: no such file")
        logs.append(pd.read_csv(path, usecols=["object_id", "Z", "EBV", "SpecType"], dtype={"SpecType": str}))
        logs[-1]["set"] = part
    log = pd.concat(logs, ignore_index=True)
    of_type = {spec_type: name for name, types in CLASSES.items() for spec_type in types}
    log["class"] = log["SpecType"].map(of_type)
    tables = [
        pa_csv.read_csv(path)
        for part in ("train", "test")
        for path in sorted(directory.glob(f"split_*/{part}_full_lightcurves.csv"))
    ]
    table = pa.concat_tables([table for table in tables if len(table)])
    owner = pd.Index(log["object_id"]).get_indexer(table["object_id"].to_numpy())
    if (owner < 0).any():
        unknown = table["object_id"][int(np.argmin(owner))].as_py()
        raise InputError(f"{directory}: light curve of {unknown!r}, which is in neither log")
    band = table["Filter"].dictionary_encode().combine_chunks()
    code = np.array([BANDS.index(letter) for letter in band.dictionary.to_pylist()], dtype=np.int8)
    points = pd.DataFrame(
        {
            "object": owner,
            "mjd": table["Time (MJD)"].to_numpy(),
            "flux": table["Flux"].to_numpy(),
            "flux_err": table["Flux_err"].to_numpy(),
            "band": code[band.indices.to_numpy()],
        }
    )
    return DataSet(log, points.sort_values(["object", "mjd", "band"], ignore_index=True))


def object_table(data: DataSet) -> pd.DataFrame:
    """Per-object quantities, one row per object of the log.

    Returns
    -------
    DataFrame
        The log with ``n_points``, ``n_times``, ``span`` (days), ``n_missing``,
        ``max_snr``, ``n_detected`` (flux above 5 errors), ``peak_mjd`` (of the largest
        signal to noise), ``duration`` (rest-frame days between the first and the last
        point above half of the peak flux in the peak's band and above 5 errors),
        ``negative`` (share of points below -3 errors), and colours in magnitudes.
    """
    points = data.points.assign(snr=data.points["flux"] / data.points["flux_err"])
    grouped = points.groupby("object")
    table = data.log.copy()
    table["n_points"] = grouped.size()
    table["n_times"] = grouped["mjd"].nunique()
    table["span"] = grouped["mjd"].max() - grouped["mjd"].min()
    table["n_missing"] = points["flux"].isna().groupby(points["object"]).sum()
    table["max_snr"] = grouped["snr"].max()
    table["n_detected"] = (points["snr"] > 5).groupby(points["object"]).sum()
    table["negative"] = (points["snr"] < -3).groupby(points["object"]).mean()
    peaks = points.loc[grouped["snr"].idxmax().dropna().astype(int)].set_index("object")
    table["peak_mjd"] = peaks["mjd"]
    table["duration"] = _duration(points, peaks, table)
    return pd.concat([table, _colours(points, table)], axis=1)


def _duration(points: pd.DataFrame, peaks: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    """Rest-frame days for which the peak's band stays above half of its peak."""
    same_band = points["band"].to_numpy() == peaks["band"].reindex(points["object"]).to_numpy()
    half = 0.5 * peaks["flux"].reindex(points["object"]).to_numpy()
    bright = points[same_band & (points["flux"].to_numpy() > half) & (points["snr"].to_numpy() > 5)]
    times = bright.groupby("object")["mjd"]
    return (times.max() - times.min()) / (1.0 + table["Z"])


def _colours(points: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Colours of the de-reddened mean fluxes around the peak; NaN unless both fluxes exceed 4 errors."""
    owner = points["object"].to_numpy()
    phase = (points["mjd"].to_numpy() - table["peak_mjd"].to_numpy()[owner]) / (1.0 + table["Z"].to_numpy()[owner])
    near = (np.abs(phase) < PEAK_DAYS) & points["flux"].notna().to_numpy()
    factor = dereddening_factor(points["band"].to_numpy()[near], table["EBV"].to_numpy()[owner[near]])
    cell = owner[near] * len(BANDS) + points["band"].to_numpy()[near]
    weight = 1.0 / (points["flux_err"].to_numpy()[near] * factor) ** 2
    size = len(table) * len(BANDS)
    total = np.bincount(cell, weight, size)
    with np.errstate(invalid="ignore", divide="ignore"):
        flux = np.bincount(cell, weight * points["flux"].to_numpy()[near] * factor, size) / total
        flux = np.where(flux * np.sqrt(total) > 4.0, flux, np.nan).reshape(-1, len(BANDS))
    colour = {
        f"{a}-{b}": -2.5 * np.log10(flux[:, BANDS.index(a)] / flux[:, BANDS.index(b)]) for a, b in map(tuple, COLOURS)
    }
    return pd.DataFrame(colour, index=table.index)


def summarise(data: DataSet) -> pd.Series:
    """Summary of a data set: value by quantity, with units in the names.

    Classes are known in the training set only; their lines are of the training set.
    """
    table, points = object_table(data), data.points
    summary: dict[str, float] = {}
    _add_sizes(summary, table, points)
    for code, band in enumerate(BANDS):
        errors = points["flux_err"][points["band"] == code]
        summary[f"share of points, {band}"] = len(errors) / len(points)
        for percent in (5, 50, 95):
            summary[f"flux_err {percent} %, {band} [uJy]"] = float(np.percentile(errors, percent))
    train = table[table["set"] == "train"]
    for name in CLASSES:
        _add_class(summary, name, train[train["class"] == name], len(train))
    return pd.Series(summary, dtype=float)


def _add_sizes(summary: dict[str, float], table: pd.DataFrame, points: pd.DataFrame) -> None:
    """Lines about all objects together."""
    summary["objects, train"] = (table["set"] == "train").sum()
    summary["objects, test"] = (table["set"] == "test").sum()
    counts = table["n_points"]
    summary["points per object, mean"] = counts.mean()
    for percent in (1, 50, 99):
        summary[f"points per object, {percent} %"] = counts.quantile(percent / 100)
    summary["points per object, largest"] = counts.max()
    summary["points per object and band, mean"] = points.groupby(["object", "band"]).size().mean()
    summary["distinct times per object, 50 %"] = table["n_times"].median()
    for percent in (5, 50, 95):
        summary[f"time span {percent} % [d]"] = table["span"].quantile(percent / 100)
    times = points.drop_duplicates(["object", "mjd"])
    gaps = times["mjd"].diff()[times["object"].diff() == 0]
    for percent in (5, 50, 75, 90, 95):
        summary[f"gap between times {percent} % [d]"] = gaps.quantile(percent / 100)
    summary["flux, smallest [uJy]"], summary["flux, largest [uJy]"] = points["flux"].min(), points["flux"].max()
    summary["flux_err, smallest [uJy]"] = points["flux_err"].min()
    summary["flux_err, largest [uJy]"] = points["flux_err"].max()
    summary["missing fluxes, share of points"] = points["flux"].isna().mean()
    summary["missing fluxes, share of objects"] = (table["n_missing"] > 0).mean()
    for percent in (5, 50, 95):
        summary[f"E(B-V) {percent} % [mag]"] = table["EBV"].quantile(percent / 100)
    for part in ("train", "test"):
        summary[f"Z 50 %, {part}"] = table["Z"][table["set"] == part].median()


def _add_class(summary: dict[str, float], name: str, rows: pd.DataFrame, n_train: int) -> None:
    """Lines about one class of the training set."""
    summary[f"{name}: share of train"] = len(rows) / n_train
    for column, label in (
        ("Z", "Z"),
        ("max_snr", "largest flux / flux_err"),
        ("n_detected", "points above 5 errors"),
        ("duration", "time above half peak [d, rest frame]"),
    ):
        for percent in (5, 50, 95):
            summary[f"{name}: {label} {percent} %"] = rows[column].quantile(percent / 100)
    summary[f"{name}: share of points below -3 errors"] = rows["negative"].mean()
    for a, b in map(tuple, COLOURS):
        for percent in (5, 50, 95):
            summary[f"{name}: {a} - {b} at peak {percent} % [mag]"] = rows[f"{a}-{b}"].quantile(percent / 100)


def compare(simulated: DataSet, real: DataSet | None = None) -> pd.DataFrame:
    """Side-by-side table of two data sets.

    Parameters
    ----------
    simulated : DataSet
    real : DataSet, optional
        Without it the column ``real`` is NaN.

    Returns
    -------
    DataFrame
        Columns quantity, real, simulated.
    """
    ours = summarise(simulated)
    theirs = summarise(real) if real is not None else pd.Series(np.nan, index=ours.index)
    return pd.DataFrame(
        {"quantity": ours.index, "real": theirs.reindex(ours.index).to_numpy(), "simulated": ours.to_numpy()}
    )
