"""Every reader of text on damaged files: light curves that keep their contract, or a clear message."""

import gzip
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hostile_files import NAMES, mutate
from source_files import Road
from test_sources_text import LONG, SNANA, TestAtlas, ztf_forced, ztf_row

from tde.errors import InputError
from tde.photometry import BANDS

N_MUTATED = int(os.environ.get("MUTATED_FILES", "500"))
"""Damaged files of each format."""

ROWS = range(8)
SAMPLES = {
    "atlas_forced": "\n".join(
        [TestAtlas.HEADER, *(f"5800{k}.25 17.3 0.08 {41 * k} 37 o 0 {TestAtlas.REST}" for k in ROWS)]
    ),
    "alerce_csv": "oid,mjd,fid,isdiffpos,magpsf,sigmapsf,diffmaglim\n"
    + "".join(f"ZTF{k % 2},6001{k}.1,{1 + k % 2},{k % 2},19.{k},0.1,20.5\n" for k in ROWS),
    "skyportal": "mjd,filter,flux,fluxerr,zp,magsys\n"
    + "".join(f"5926{k}.5,ztf{'gr'[k % 2]},{'' if k == 3 else 5 * k + 0.5},8.25,23.9,ab\n" for k in ROWS),
    "snana_text": SNANA,
    "snana_csv": "SNID,MJD,FLUXCAL,FLUXCALERR,FLT\n"
    + "".join(f"00{k % 2},6000{k}.0,{10.5 * k},5.5,{'griz'[k % 4]}\n" for k in ROWS),
    "plasticc": "object_id,mjd,passband,flux,flux_err,detected_bool\n"
    + "".join(f"615,5975{k}.4,{k % 6},{-5.5 * k},3.5,1\n" for k in ROWS),
    "sncosmo": "@z 0.5\ntime band flux fluxerr zp zpsys\n"
    + "".join(f"5507{k}.0 sdss{'griz'[k % 4]} {k}.36 0.67 25.0 ab\n" for k in ROWS),
    "lightcurve_fitting": "    MJD   mag dmag filter source nondet\n------- ----- ---- ------ ------ ------\n"
    + "".join(f"5746{k}.5 17.5{k} 0.16      {'gr'[k % 2]}    LCO  False\n" for k in ROWS),
    "piscola": "name z ra dec\nSN1 0.50 36.0 -4.0\ntime flux flux_err zp band mag_sys\n"
    + "".join(f"5288{k}.5 {k}.4 0.8 27.5 Megacam_{'gr'[k % 2]} AB\n" for k in ROWS),
    "mallorn": "object_id,Time (MJD),Flux,Flux_err,Filter\n"
    + "".join(f"elm,6000{k}.5,{k}.25,0.5,{'ugrizy'[k % 6]}\n" for k in ROWS),
    "long_table": LONG,
}


def sample(key, folder):
    """A whole file of a format."""
    path = folder / f"sample_{key}.txt"
    if key == "ztf_forced":
        return ztf_forced(path, [ztf_row(2459000.5 + k, 100.5 * k) for k in ROWS])
    path.write_text(SAMPLES[key])
    return path


FORMATS = ("ztf_forced", *SAMPLES)


def check_message(message, path):
    """The message names the file, and is no wall of text."""
    assert str(path) in message, message[:500]
    assert len(message) < 1500


def check(curves, report):
    """What every shard promises."""
    for name, curve in curves.items():
        assert name == name.strip() != ""
        assert np.isfinite(curve.mjd).all()
        assert np.isfinite(curve.flux).all()
        assert (curve.flux_err > 0).all()
        assert set(curve.band) <= set(BANDS)
        assert (np.diff(curve.mjd) >= 0).all()
    used = sum(len(curve.mjd) for curve in curves.values())
    assert used <= sum(report["rows by band"].values()) <= report["rows read"]


@pytest.mark.parametrize("key", FORMATS)
def test_mutated_files_end_in_light_curves_or_in_messages(tmp_path, key, count):
    whole = sample(key, tmp_path).read_bytes()
    path = tmp_path / "new_file.txt"
    road = Road(tmp_path)
    path.write_bytes(whole)
    check(road(path), road.report)
    assert road.report["formats"] == {key: 1}
    versions = (mutate(whole, np.random.default_rng([FORMATS.index(key), case])) for case in range(N_MUTATED))
    read_or_refused(versions, path, road, key, count)


def damaged_bytes(whole, case):
    """A file with some bytes changed, every second time cut off as well."""
    rng = np.random.default_rng([77, case])
    damaged = bytearray(whole[: rng.integers(1, len(whole))] if case % 2 else whole)
    for place in rng.integers(len(damaged), size=rng.integers(0 if case % 2 else 1, 6)):
        damaged[place] = rng.integers(256)
    return bytes(damaged)


def read_or_refused(versions, path, road, what, count):
    """Each version of a file gives valid light curves, or a message that names what is wrong."""
    read = refused = 0
    for version in versions:
        path.write_bytes(version)
        try:
            curves = road(path)
        except InputError as error:
            check_message(str(error), path)
            refused += 1
        else:
            check(curves, road.report)
            read += 1
    count(f"damaged {what}: read", read)
    count(f"damaged {what}: refused with a message", refused)


def test_damaged_parquet_ends_in_light_curves_or_in_messages(tmp_path, count):
    path = tmp_path / "new_file.parquet"
    columns = {"object_id": ["a", "b"] * 20, "mjd": 60000.0 + np.arange(40), "flux": np.arange(40) + 0.5}
    pq.write_table(pa.table(columns | {"flux_err": np.full(40, 0.5), "band": list("griz") * 10}), path)
    whole = path.read_bytes()
    read_or_refused((damaged_bytes(whole, case) for case in range(N_MUTATED)), path, Road(tmp_path), "parquet", count)


@pytest.mark.parametrize("key", FORMATS)
class TestBadFiles:
    def test_cut_off(self, tmp_path, road, key):
        path = sample(key, tmp_path)
        text = path.read_text().removesuffix("END:\n").rstrip()
        path.write_text(text[: max(text.rindex(mark) for mark in " ," if mark in text.splitlines()[-1])])
        with pytest.raises(
            InputError, match=rf"{path}: (line \d+: \d+ cells where|.*is the file truncated|cannot be read)"
        ):
            road(path)

    def test_cut_off_where_it_is_compressed(self, tmp_path, road, key):
        path = sample(key, tmp_path)
        packed = gzip.compress(path.read_bytes())
        path.write_bytes(packed[: len(packed) // 2])
        with pytest.raises(InputError, match=rf"{path}: (cannot be read|of no format)"):
            road(path)

    def test_compressed_twice_is_said(self, tmp_path, road, key):
        path = sample(key, tmp_path)
        path.write_bytes(gzip.compress(gzip.compress(path.read_bytes())))
        with pytest.raises(InputError, match=rf"{path}: compressed twice"):
            road(path)

    def test_empty(self, tmp_path, road, key):
        path = sample(key, tmp_path)
        path.write_bytes(b"")
        with pytest.raises(InputError, match=rf"{path}: the file is empty"):
            road(path)

    def test_a_column_is_missing(self, tmp_path, road, key):
        path = sample(key, tmp_path)
        text = path.read_text()
        for name in ("forcediffimfluxunc", "duJy", "sigmapsf", "fluxerr", "FLUXCALERR", "flux_err", "Flux_err", "dmag"):
            text = text.replace(name, "nothing", 1) if key != "ztf_forced" else text.replace(name, "nothing")
        path.write_text(text)
        with pytest.raises(
            InputError,
            match=rf"{path}: (of no format that is known; it begins with|missing column|line 3: 6 cells where)",
        ):
            road(path)

    def test_a_word_where_a_number_should_be(self, tmp_path, road, key):
        path = sample(key, tmp_path)
        lines = path.read_text().splitlines()
        at = max(k for k, line in enumerate(lines) if line.strip() not in ("", "END:") and "-777" not in line)
        number = next(cell for cell in lines[at].replace(",", " ").split() if "." in cell and cell[0].isdigit())
        lines[at] = lines[at].replace(number, "bright", 1)
        path.write_text("\n".join(lines) + "\n")
        words = rf"{path}: (line {at + 1}: .* is 'bright'; expected a number|cannot be read)"
        with pytest.raises(InputError, match=words):
            road(path)


@pytest.mark.parametrize("name", NAMES)
def test_names_with_a_meaning_stay_names_or_are_refused(tmp_path, road, name):
    path = tmp_path / "new.csv"
    text = LONG.replace("0012", '"' + name.replace('"', '""') + '"')
    path.write_text(text, encoding="utf-8")
    try:
        curves = road(path)
    except InputError as error:
        check_message(str(error), path)
    else:
        assert name.strip() in curves
