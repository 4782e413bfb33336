"""The small figures of the morning page, drawn here so that they need no program in the page."""

from __future__ import annotations

from typing import Any

import numpy as np

from tde.lightcurves import LightCurves
from tde.photometry import BANDS

WIDTH, HEIGHT, MARGIN = 300.0, 90.0, 4.0
"""Of a figure, in units of its drawing."""

RECENT = 120.0
"""Days of a light curve that are drawn."""


def history_figure(history: dict[str, Any] | None, until: float) -> dict[str, Any] | None:
    """P(TDE) night by night: ``line``, ``band`` and ``threshold`` as points of polygons; None without a recent history.

    Parameters
    ----------
    history : dict or None
        As `tde.candidates.nights.nights_of` gives it.
    until : float
        Modified Julian Date of the end of the night: the time axis is that of the light curve.
    """
    recent = [k for k, mjd in enumerate(history["mjd"]) if mjd > until - RECENT] if history else []
    if history is None or not recent:
        return None
    x = _scaled(np.array(history["mjd"])[recent], until - RECENT, until)
    p, low, high, threshold = (
        HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * np.array(history[key], dtype=np.float64)[recent]
        for key in ("p", "low", "high", "threshold")
    )
    return {
        "line": _points(x, p),
        "dots": [(round(a, 1), round(b, 1)) for a, b in zip(x.tolist(), p.tolist(), strict=True)],
        "band": _points(np.append(x, x[::-1]), np.append(high, low[::-1])),
        # also before and after the nights that there are
        "threshold": _points(np.concatenate([[0.0], x, [WIDTH]]), np.pad(threshold, 1, mode="edge")),
        "days": RECENT,
    }


def light_curve_figure(lightcurves: LightCurves, index: int, until: float) -> dict[str, Any]:
    """The last months of a light curve: ``points`` with their band, and the ends of the axes.

    Parameters
    ----------
    lightcurves : LightCurves
    index : int
        Of the object.
    until : float
        Modified Julian Date of the end of the night.
    """
    rows = lightcurves.rows(index)
    mjd, flux, error = (getattr(lightcurves, key)[rows] for key in ("mjd", "flux", "flux_err"))
    band = lightcurves.band[rows]
    recent = np.flatnonzero(mjd > until - RECENT)
    if not len(recent):
        return {"points": [], "highest": 0.0, "days": RECENT}
    mjd, flux, error, band = mjd[recent], flux[recent], error[recent], band[recent]
    least, most = min(0.0, float(np.percentile(flux, 5))), float(np.percentile(flux, 98))
    most = max(most, least + 1e-3) + 0.1 * (most - least)
    x = _scaled(mjd, until - RECENT, until)
    y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * np.clip((flux - least) / (most - least), 0.0, 1.0)
    half = (HEIGHT - 2 * MARGIN) * np.clip(error / (most - least), 0.0, 1.0)
    points = [
        {"x": round(a, 1), "y": round(b, 1), "low": round(b + e, 1), "high": round(b - e, 1), "band": BANDS[c]}
        for a, b, e, c in zip(x.tolist(), y.tolist(), half.tolist(), band.tolist(), strict=True)
    ]
    zero = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (0.0 - least) / (most - least)
    return {"points": points, "highest": float(flux.max()), "zero": round(float(zero), 1), "days": RECENT}


def _scaled(values: np.ndarray, least: float, most: float) -> np.ndarray:
    return MARGIN + (WIDTH - 2 * MARGIN) * (values - least) / max(most - least, 1e-9)


def _points(x: np.ndarray, y: np.ndarray) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
