"""Temperatures of black bodies seen through whole passbands of ZTF, ATLAS and LSST, by fits that take a wavelength.

    .venv/bin/python tests/benchmarks/passbands.py --markdown FILE

Photons are counted through each passband; the fits are told its effective wavelength (`tde.filters`), or, standing in,
that it is the nearest LSST band. Prints Markdown: the bias of the temperature.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts")]

from tde.compiled.cache import use_compiled

EDGES = {
    "lsst": {"u": (3490, 3960), "g": (4030, 5510), "r": (5500, 6900), "i": (6920, 8210), "z": (8180, 9220),
             "y": (9250, 10110)},
    "ztf": {"g": (4129, 5439), "r": (5628, 7163), "i": (7182, 8613)},
    "atlas": {"c": (4200, 6500), "o": (5600, 8200)},
}  # fmt: skip
"""Angstrom: where a passband lets half of its largest share through; in between it is taken as flat. LSST's are those
of the 2023 throughputs as speclite has them, ZTF's of the measured filters in lemaitre-bandpasses (medians over the
field), ATLAS's from Tonry et al. 2018, PASP 130, 064505."""

SEEN = {
    "LSST ugrizy": ("lsst:ugrizy",),
    "ZTF gr": ("ztf:gr",),
    "ZTF gri": ("ztf:gri",),
    "ATLAS co": ("atlas:co",),
    "ZTF gr + ATLAS co": ("ztf:gr", "atlas:co"),
}
KELVIN = (8000.0, 12000.0, 20000.0, 30000.0)
REDSHIFT = 0.1
N_OBJECTS, N_VISITS, SIGNAL_TO_NOISE = 20, 40, 50.0
"""Objects of each temperature, visits in each filter, and signal to noise at the peak."""

FEATURES = {"hypotheses": "bb_log_temperature", "rank1": "temperature"}


def through(edges: tuple[float, float], kelvin: float) -> float:
    """Mean flux per unit frequency of a black body through a flat passband, photons counted, in any unit."""
    from tde.black_body.constants import SECOND_RADIATION_CONSTANT

    wavelength = np.linspace(*edges, 400)
    rest = wavelength / (1.0 + REDSHIFT)
    spectrum = rest**-3.0 / np.expm1(SECOND_RADIATION_CONSTANT / (rest * kelvin))
    # photons in d lambda: f_nu d nu / (h nu) goes as f_nu d lambda / lambda
    return float(np.trapezoid(spectrum / wavelength, wavelength) / np.trapezoid(1.0 / wavelength, wavelength))


def simulated(seen: tuple[str, ...], standing_in: bool):
    """Light curves of one outburst of each temperature, `N_OBJECTS` times."""
    from tde.filters import FILTERS
    from tde.lightcurves import from_rows

    rng = np.random.default_rng(20)
    keys = [(survey, letter) for survey, letters in (each.split(":") for each in seen) for letter in letters]
    rows = []
    kelvin = np.repeat(KELVIN, N_OBJECTS)
    for i, temperature in enumerate(kelvin):
        spectrum = np.array([through(EDGES[survey][letter], temperature) for survey, letter in keys])
        for (survey, letter), level in zip(keys, 100.0 * spectrum / spectrum.max(), strict=True):
            mjd = np.sort(rng.uniform(60000.0, 60150.0, N_VISITS))
            true = level * np.exp(-0.5 * ((mjd - 60050.0) / np.where(mjd < 60050.0, 15.0, 45.0)) ** 2)
            error = np.full(N_VISITS, 100.0 / SIGNAL_TO_NOISE)
            code = FILTERS.keys.index(f"{survey}:{letter}")
            code = int(FILTERS.nearest[code]) if standing_in else code
            rows.append((np.full(N_VISITS, i), mjd, np.full(N_VISITS, code), rng.normal(true, error), error))
    owner, mjd, code, flux, flux_err = (np.concatenate(column) for column in zip(*rows, strict=True))
    n = len(kelvin)
    names = np.array([f"black_body_{i:03d}" for i in range(n)])
    curves = from_rows(names, np.full(n, REDSHIFT), np.zeros(n), owner, mjd, code.astype(np.int8), flux, flux_err)
    return curves, kelvin


def biases(seen: tuple[str, ...], standing_in: bool) -> dict[str, list[str]]:
    """Bias in per cent at each temperature, by family, with the error of the mean."""
    from tde.predict.matrix import feature_tables

    curves, kelvin = simulated(seen, standing_in)
    tables = feature_tables(curves, {family: {} for family in FEATURES}).tables
    cells: dict[str, list[str]] = {}
    for family, column in FEATURES.items():
        ratio = 10.0 ** tables[family][column].to_numpy() / kelvin - 1.0
        for true in KELVIN:
            mine = 100.0 * ratio[(kelvin == true) & np.isfinite(ratio)]
            error = mine.std() / np.sqrt(max(len(mine), 1))
            cells.setdefault(family, []).append(f"{mine.mean():+.1f} ± {error:.1f}" if len(mine) > 1 else "–")
    return cells


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiled", default="results/compiled/all_families")
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    use_compiled(arguments.compiled)
    kilokelvin = [f"{kelvin / 1000:g} kK" for kelvin in KELVIN]
    lines = [
        f"| seen through | fitted by | filters are | {' | '.join(kilokelvin)} |",
        f"|---|---|---|{'---:|' * len(KELVIN)}",
    ]
    for words, seen in SEEN.items():
        for standing_in, how in ((True, "LSST's nearest"), (False, "as they are")):
            if standing_in and words.startswith("LSST"):
                continue
            for family, cells in biases(seen, standing_in).items():
                lines.append(f"| {words} | {family} | {how} | {' | '.join(cells)} |")
    text = "\n".join(lines)
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
