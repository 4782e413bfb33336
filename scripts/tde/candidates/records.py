"""Everything a page shows of each candidate, as plain numbers and words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tde.candidates.contributions import blend_contributions
from tde.candidates.neighbours import nearest
from tde.candidates.physics import headline, temperature_track
from tde.candidates.reasons import reasons
from tde.curves import Curves
from tde.lightcurves import LightCurves
from tde.photometry import BANDS, distance_modulus
from tde.predict.bundle import Bundle, Member
from tde.predict.matrix import feature_tables, matrix
from tde.sources.flags import FLAGS

COLUMNS = {
    "rank": ("", "rank by P(TDE), from 1"),
    "object_id": ("", "object"),
    "p_TDE": ("", "probability of a tidal disruption event"),
    "p_TDE_low": ("", "lower end of the central 68 % interval of p_TDE"),
    "p_TDE_high": ("", "upper end of the central 68 % interval of p_TDE"),
    "is_TDE": ("", "p_TDE is above the threshold, or among the most probable if there is a budget"),
    "threshold": ("", "threshold of p_TDE for this object"),
    "z": ("", "redshift"),
    "peak_abs_mag": ("mag", "brightest absolute AB magnitude of the fitted curves"),
    "temperature_kK": ("kK", "black-body temperature at the peak"),
    "decay_index": ("", "alpha of (t - t0)^-alpha after the peak"),
    "n_points": ("", "observations"),
    "n_bands": ("", "bands observed"),
    "nearest_type": ("", "type of the training object that is most like it"),
    "calibration": ("", "whether p_TDE means what cross-validation says"),
    "flags": ("", "what was unusual about the data"),
}
"""Unit and meaning of the columns of the ranked table; ``p_<class>`` of the other classes come after threshold."""


def rank(predictions: pa.Table, n: int) -> pa.Table:
    """The ``n`` objects of the highest P(TDE) with a column ``rank``; ties in the order of their names."""
    known = predictions.filter(predictions["p_TDE"].is_valid())
    chosen = known.sort_by([("p_TDE", "descending"), ("object_id", "ascending")]).slice(0, n).combine_chunks()
    return chosen.add_column(0, "rank", pa.array(np.arange(1, chosen.num_rows + 1)))


class Explained(NamedTuple):
    """Candidates and the reasons for them.

    Attributes
    ----------
    table : pyarrow.Table
        The ranked table, with the columns of `COLUMNS`.
    records : list of dict
        What the page shows beyond the table: light curve, fitted curves, temperatures, reasons, neighbours.
    share : float
        Share of the blend whose models can give reasons.
    """

    table: pa.Table
    records: list[dict[str, Any]]
    share: float


def describe(bundle: Bundle, lightcurves: LightCurves, ranked: pa.Table) -> Explained:
    """Explain candidates.

    Parameters
    ----------
    bundle : Bundle
    lightcurves : LightCurves
        Of the candidates, in the order of their rank.
    ranked : pyarrow.Table
        As `rank` makes it.

    Raises
    ------
    ValueError
        If the light curves are in another order.
    """
    if lightcurves.object_id.tolist() != ranked["object_id"].to_pylist():
        raise ValueError("light curves of candidates in another order than their rank")
    known_z = lightcurves.z
    tables, curves = feature_tables(_with_some_redshift(bundle, lightcurves), bundle.families, bundle.learnt)
    members, weights = _members(bundle, ranked["learnt_from_views"].to_numpy())
    matrices = [matrix(tables, member.features) for member in members]
    features = {
        name: X[:, j] for member, X in zip(members, matrices, strict=True) for j, name in enumerate(member.features)
    }
    values, explained = blend_contributions(members, matrices, weights)
    summary = bundle.features()
    importance = dict(zip(summary["feature"].to_pylist(), summary["importance"].to_pylist(), strict=True))
    near = nearest(bundle.neighbours(), features, importance)
    numbers = headline(features | _all_columns(tables), len(lightcurves))
    numbers["peak_abs_mag"] = np.where(np.isnan(known_z), np.nan, numbers["peak_abs_mag"])
    numbers["temperature_kK"] = np.where(np.isnan(known_z), np.nan, numbers["temperature_kK"])
    table = _table(ranked, numbers, near)
    six_bands = next((fitted for fitted in curves.values() if fitted.flux.shape[1] == len(BANDS)), None)
    records = [
        {
            "light_curve": _points(lightcurves, k),
            "curves": {name: _curve(fitted, lightcurves, k) for name, fitted in curves.items()},
            "temperature": temperature_track(six_bands, k, float(known_z[k])) if six_bands is not None else None,
            "reasons": reasons(values, features, summary, k),
            "neighbours": near[k],
            "flags_told": [{"name": name, "meaning": FLAGS[name]} for name in _names(ranked["flags"][k].as_py())],
        }
        for k in range(len(lightcurves))
    ]
    return Explained(table, [rounded(record) for record in records], explained)


def _members(bundle: Bundle, share: np.ndarray) -> tuple[list[Member], np.ndarray]:
    """All models of a bundle, and their weights for each candidate, shape (n_members, n)."""
    of_views = bundle.unfinished.members if bundle.unfinished else []
    weights = [member.weight * (1.0 - share) for member in bundle.members]
    return [*bundle.members, *of_views], np.array(weights + [member.weight * share for member in of_views])


def _with_some_redshift(bundle: Bundle, lightcurves: LightCurves) -> LightCurves:
    """Unknown redshifts replaced by the training objects' median, so that reasons can be given at all."""
    population = bundle.population["z"]
    if not population or not np.isnan(lightcurves.z).any():
        return lightcurves
    z = np.where(np.isnan(lightcurves.z), float(np.median(population)), lightcurves.z)
    return replace(lightcurves, z=z, distance_modulus=distance_modulus(z))


def _all_columns(tables: Mapping[str, pa.Table]) -> dict[str, np.ndarray]:
    return {
        f"{family}.{name}": table[name].to_numpy()
        for family, table in tables.items()
        for name in table.column_names
        if name != "object_id"
    }


def _names(flags: str) -> list[str]:
    return [name for name in flags.split(";") if name]


def _table(ranked: pa.Table, numbers: Mapping[str, np.ndarray], near: list[list[dict[str, Any]]]) -> pa.Table:
    columns = {name: ranked[name] for name in ranked.column_names}
    columns |= {name: pa.array(values, mask=np.isnan(values)) for name, values in numbers.items()}
    columns["nearest_type"] = pa.array([entry[0]["spec_type"] for entry in near], pa.string())
    classes = [name for name in columns if name.startswith("p_") and not name.startswith("p_TDE")]
    order = list(COLUMNS)
    order[order.index("threshold") + 1 : order.index("threshold") + 1] = classes
    return pa.table({name: columns[name] for name in order})


def _points(lightcurves: LightCurves, index: int) -> dict[str, list]:
    rows = lightcurves.rows(index)
    return {
        "mjd": lightcurves.mjd[rows].round(3).tolist(),
        "band": [BANDS[code] for code in lightcurves.band[rows]],
        "flux": lightcurves.flux[rows].tolist(),
        "flux_err": lightcurves.flux_err[rows].tolist(),
    }


def _curve(curves: Curves, lightcurves: LightCurves, index: int) -> dict[str, Any]:
    """Posterior of one object: per band, or one curve and the factor of each band, NaN without observations."""
    rows = curves.rows(index)
    content = {"mjd": curves.mjd[rows].round(2).tolist(), "peak_mjd": float(curves.parameters["peak_mjd"][index])}
    if curves.flux.shape[1] == 1:
        factor = {band: float(np.exp(curves.parameters[f"log_colour_{band}"][index])) for band in BANDS if band != "r"}
        seen = lightcurves.band[lightcurves.rows(index)]
        return content | {
            "factor": {band: factor.get(band, 1.0) if b in seen else math.nan for b, band in enumerate(BANDS)},
            "flux": curves.flux[rows, 0].tolist(),
            "flux_err": curves.flux_err[rows, 0].tolist(),
        }
    return content | {
        "flux": {band: curves.flux[rows, b].tolist() for b, band in enumerate(BANDS)},
        "flux_err": {band: curves.flux_err[rows, b].tolist() for b, band in enumerate(BANDS)},
    }


def rounded(content: Any) -> Any:
    """Numbers to four digits, except times, and None for what is not finite: a page need not be larger."""
    if isinstance(content, dict):
        return {key: value if key == "mjd" else rounded(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [rounded(value) for value in content]
    if isinstance(content, float):
        if not math.isfinite(content):
            return None
        return float(f"{content:.4g}") if abs(content) < 1e4 else round(content, 2)
    return content
