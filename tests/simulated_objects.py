"""Light curves with a known truth, and the odd ones that real surveys hold."""

import numpy as np

from tde.lightcurves import LightCurves, from_rows
from tde.photometry import BANDS

COLOURS = np.array([-0.1, 0.0, 0.2, 0.25, 0.3, 0.35])
"""AB magnitude of each band relative to g of the simulated transients."""


def build(curves, z=None, ebv=None) -> LightCurves:
    """Light curves from a list of (mjd, band, flux, flux_err)."""
    n = len(curves)
    counts = [len(curve[0]) for curve in curves]
    columns = [np.concatenate([np.asarray(curve[k]) for curve in curves]) for k in range(4)]
    return from_rows(
        np.array([f"object_{i}" for i in range(n)]),
        np.full(n, 0.3) if z is None else np.asarray(z),
        np.full(n, 0.05) if ebv is None else np.asarray(ebv),
        np.repeat(np.arange(n), counts),
        columns[0],
        columns[1].astype(np.int8),
        columns[2],
        columns[3],
    )


def in_r(*rows):
    """A light curve for `build` of (mjd, flux) in band r, with errors of 1."""
    mjd, flux = (np.array([row[k] for row in rows], dtype=float) for k in range(2))
    return mjd, np.full(len(rows), 2), flux, np.ones(len(rows))


def fallback(time, peak=60200.0, rise=30.0):
    """Linear rise over ``rise`` days to 1, then the t^-5/3 decline from the same onset."""
    since_onset = np.asarray(time) - (peak - rise)
    up = np.clip(since_onset / rise, 0.0, 1.0)
    down = np.maximum(since_onset / rise, 1.0) ** (-5.0 / 3.0)
    return up * down


def transient(rng, amplitude=50.0, error=0.5, n=180, span=(60000.0, 60700.0), shape=fallback):
    """A transient with `COLOURS`, seen at random times in random bands."""
    time = np.sort(rng.uniform(*span, n))
    band = rng.integers(0, len(BANDS), n)
    flux = amplitude * 10.0 ** (-0.4 * COLOURS[band]) * shape(time)
    flux_err = error * rng.uniform(0.5, 2.0, n)
    return time, band, flux + flux_err * rng.normal(size=n), flux_err


def transients(seed, n_objects=30, **options) -> LightCurves:
    rng = np.random.default_rng(seed)
    return build([transient(rng, **options) for _ in range(n_objects)])


def odd_objects() -> dict[str, LightCurves]:
    """One odd object each, by what is odd about it."""
    rng = np.random.default_rng(7)
    time, band, flux, flux_err = transient(rng)
    n = len(time)
    one_band = band == 1
    odd = {
        "one band": (time[one_band], band[one_band], flux[one_band], flux_err[one_band]),
        "one point": (time[:1], band[:1], flux[:1], flux_err[:1]),
        "two points": (time[:2], band[:2], flux[:2], flux_err[:2]),
        "no points": (time[:0], band[:0], flux[:0], flux_err[:0]),
        "one time": (np.full(n, 60000.0), band, flux, flux_err),
        "each time twice": (np.repeat(time, 2), np.repeat(band, 2), np.tile(flux, 2), np.tile(flux_err, 2)),
        "constant flux": (time, band, np.full(n, 0.1), flux_err),
        "zero flux": (time, band, np.zeros(n), flux_err),
        "no positive flux": (time, band, -1.0 - np.abs(flux), flux_err),
        "errors over nine decades": (time, band, flux, 10.0 ** rng.uniform(-6.0, 3.0, n)),
        "a million sigma": (time, band, 1e6 * flux, flux_err),
        "one wild point": (time, band, np.where(np.arange(n) == 17, 1e6, flux), flux_err),
        "a point a century later": (np.append(time, time[-1] + 36525), np.append(band, 2), np.append(flux, 1.0),
                                    np.append(flux_err, 1.0)),
        "two points a microsecond apart": (np.array([60000.0, 60000.0 + 1e-11]), band[:1].repeat(2), flux[:2],
                                           flux_err[:2]),
    }  # fmt: skip
    objects = {name: build([curve]) for name, curve in odd.items()}
    ordinary = (time, band, flux, flux_err)
    objects["z not known"] = build([ordinary], z=[np.nan])
    objects["z = 0"] = build([ordinary], z=[0.0])
    objects["ebv not known"] = build([ordinary], ebv=[np.nan])
    return objects


def joined(parts) -> LightCurves:
    """Several light-curve sets one after the other."""
    parts = list(parts)
    row_object = np.repeat(
        np.arange(sum(len(part) for part in parts)), np.concatenate([np.diff(part.offsets) for part in parts])
    )
    fields = {name: np.concatenate([getattr(part, name) for part in parts])
              for name in ("z", "ebv", "mjd", "band", "flux", "flux_err")}  # fmt: skip
    identifiers = np.array([f"object_{i}" for i in range(len(fields["z"]))])
    return from_rows(identifiers, fields.pop("z"), fields.pop("ebv"), row_object, **fields)
