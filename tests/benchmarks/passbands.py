"""Temperatures of black bodies seen through whole passbands of ZTF, ATLAS and LSST, by fits that take a wavelength.

The measured passbands come with two packages, whose archives are read as they are::

    pip download --no-deps --no-binary snpy -d passbands snpy==2.7.4 speclite==1.0.0
    .venv/bin/python tests/benchmarks/passbands.py passbands --markdown FILE

Photons are counted through each passband; the fits are told its effective wavelength (`tde.filters`), or, standing in,
that it is the nearest LSST band. Prints Markdown: the bias of the temperature.
"""

import argparse
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts")]

from tde.compiled.cache import use_compiled

SNPY, SPECLITE = "snpy-2.7.4.tar.gz", "speclite-1.0.0-py3-none-any.whl"
OF_SNPY = "snpy-2.7.4/snpy/filters/filters"
PASSBANDS = {
    "lsst": (SPECLITE, {band: f"speclite/data/filters/lsst2023-{band}.ecsv" for band in "ugrizy"}),
    "ztf": (SNPY, {band: f"{OF_SNPY}/Palomar/ZTF/ztf_{band}_band.dat" for band in "gri"}),
    "atlas": (SNPY, {band: f"{OF_SNPY}/ATLAS/ATLAS/filter{number}" for band, number in (("c", 1), ("o", 2))}),
}
"""Archive, and the file of each filter in it: wavelength and share of the photons that are counted."""

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


def read_passband(folder: Path, survey: str, band: str) -> np.ndarray:
    """Wavelengths in Angstrom and the share of the photons that is counted, shape (2, n)."""
    archive, members = PASSBANDS[survey]
    if archive.endswith(".whl"):
        text = ZipFile(folder / archive).read(members[band]).decode()
    else:
        with tarfile.open(folder / archive) as packed:
            text = packed.extractfile(members[band]).read().decode()
    rows = [line.split() for line in text.splitlines() if line[:1].isdigit()]
    wavelength, share = np.array(rows, dtype=float).T
    return np.array([wavelength * (10.0 if wavelength.max() < 2000.0 else 1.0), share])


def through(passband: np.ndarray, kelvin: float) -> float:
    """Mean flux per unit frequency of a black body through a passband, photons counted, in any unit."""
    from tde.black_body.constants import SECOND_RADIATION_CONSTANT

    wavelength, share = passband
    rest = wavelength / (1.0 + REDSHIFT)
    spectrum = rest**-3.0 / np.expm1(SECOND_RADIATION_CONSTANT / (rest * kelvin))
    # photons in d lambda: f_nu d nu / (h nu) goes as f_nu d lambda / lambda
    weight = share / wavelength
    return float(np.trapezoid(weight * spectrum, wavelength) / np.trapezoid(weight, wavelength))


def simulated(folder: Path, seen: tuple[str, ...], standing_in: bool):
    """Light curves of one outburst of each temperature, `N_OBJECTS` times."""
    from tde.filters import FILTERS
    from tde.lightcurves import from_rows

    rng = np.random.default_rng(20)
    keys = [(survey, letter) for survey, letters in (each.split(":") for each in seen) for letter in letters]
    passbands = [read_passband(folder, *key) for key in keys]
    rows = []
    kelvin = np.repeat(KELVIN, N_OBJECTS)
    for i, temperature in enumerate(kelvin):
        spectrum = np.array([through(passband, temperature) for passband in passbands])
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


def biases(folder: Path, seen: tuple[str, ...], standing_in: bool) -> dict[str, list[str]]:
    """Bias in per cent at each temperature, by family, with the error of the mean."""
    from tde.predict.matrix import feature_tables

    curves, kelvin = simulated(folder, seen, standing_in)
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
    parser.add_argument("passbands", type=Path, help="folder of the two archives")
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
            for family, cells in biases(arguments.passbands, seen, standing_in).items():
                lines.append(f"| {words} | {family} | {how} | {' | '.join(cells)} |")
    text = "\n".join(lines)
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
