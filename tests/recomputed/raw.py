"""Raw rows of light curves as the files hold them, and a dozen objects chosen among them."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import extinction
import numpy as np
import pandas as pd

BANDS = "ugrizy"
WAVELENGTH = np.array([3641.0, 4704.0, 6155.0, 7504.0, 8695.0, 10056.0])
"""Effective wavelengths of the bands in Angstrom, as MALLORN gives them."""

A_PER_EBV = extinction.fitzpatrick99(WAVELENGTH, 3.1, 3.1)
"""Extinction of the bands in magnitudes for E(B-V) = 1 (Fitzpatrick 1999, R_V = 3.1)."""

RENAMED = {"Time (MJD)": "mjd", "Flux": "flux", "Flux_err": "flux_err", "Filter": "band"}

WANTED = (("TDE", 3), ("SN Ia", 2), ("AGN", 2), ("SN II", 1))
"""Objects taken of each type."""

MOST_ROWS = 180
"""Objects with more are not taken: matrices of all their rows would take too long."""


@dataclass(frozen=True, eq=False)  # each is itself, so that fits to it can be kept
class RawObject:
    """One object's rows, in order of time: dates, band letters, fluxes and errors in uJy with the dust still in."""

    name: str
    z: float
    ebv: float
    mjd: np.ndarray
    letter: np.ndarray
    observed: np.ndarray
    observed_err: np.ndarray
    start: float
    """Date of the object's first observation, in whatever band."""

    @cached_property
    def band(self):
        return np.array([BANDS.index(letter) for letter in self.letter], dtype=int)

    @cached_property
    def time(self):
        """Days since the first observation."""
        return self.mjd - self.start

    @cached_property
    def undimmed(self):
        return 10.0 ** (0.4 * A_PER_EBV[self.band] * self.ebv)

    @cached_property
    def flux(self):
        return self.observed * self.undimmed

    @cached_property
    def flux_err(self):
        return self.observed_err * self.undimmed

    @property
    def snr(self):
        return self.flux / self.flux_err

    def only(self, chosen, name):
        """The same object with some of its rows."""
        rows = (self.mjd, self.letter, self.observed, self.observed_err)
        return RawObject(name, self.z, self.ebv, *(values[chosen] for values in rows), self.start)

    def of(self, band):
        """The rows of one band, given by its letter; all of them for `all`."""
        return self if band == "all" else self.only(self.letter == band, f"{self.name}, {band}")


def _objects(lists, rows):
    """Objects of an object list, with what rows there are of them."""
    rows = rows.rename(columns=RENAMED).dropna(subset=["flux"]).sort_values(["mjd", "band"])
    for listed in lists.itertuples():
        own = rows[rows["object_id"] == listed.object_id]
        columns = (own[name].to_numpy() for name in ("mjd", "band", "flux", "flux_err"))
        yield RawObject(f"{listed.SpecType} {listed.object_id}", listed.Z, listed.EBV, *columns, own["mjd"].min())


def read_chosen(directory, wanted=WANTED, split="split_01"):
    """A few objects of each type from one split's training objects: the one best seen, the one least seen, the next."""
    directory = Path(directory)
    rows = pd.read_csv(directory / split / "train_full_lightcurves.csv")
    counts = rows.assign(seen=rows["Flux"] > 5.0 * rows["Flux_err"]).groupby("object_id")["seen"].agg(["size", "sum"])
    lists = pd.read_csv(directory / "train_log.csv").join(counts, on="object_id")
    lists = lists[(lists["split"] == split) & (lists["size"] <= MOST_ROWS)]
    lists = lists.sort_values(["sum", "object_id"], ascending=False)
    chosen = [lists[lists["SpecType"] == kind].iloc[[0, -1, 1][:n]] for kind, n in wanted]
    return list(_objects(pd.concat(chosen), rows))


def with_gaps(objects):
    """The objects, and three of them once more with rows missing: few points, two bands without any, one band alone."""
    first, second, third = objects[:3]
    few = np.argsort(-first.snr, kind="stable")[:9]
    fewer = [
        first.only(np.sort(few), "nine points"),
        second.only(np.isin(second.letter, list("griz")), "without u and y"),
        third.only(third.letter == "r", "r alone"),
    ]
    return [*objects, *(replace(o, start=o.mjd.min()) for o in fewer)]
