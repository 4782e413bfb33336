"""Real samples of text formats, as services hand them out: counts, and one object of each format by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from source_files import FORMATS_DATA, observations

from tde.errors import InputError
from tde.sources.batch import LIMIT
from tde.sources.formats import recognise

pytestmark = pytest.mark.formats
HERE = Path(FORMATS_DATA)

COUNTS = [
    # file, format, rows, rows that the source marks as bad, limits
    ("ztf_forced_photometry/18dfi_fp_lc.txt", "ztf_forced", 651, 19, 0),
    ("ztf_forced_photometry/20bio_fp_lc.txt", "ztf_forced", 1631, 1470, 0),
    ("ztf_forced_photometry/20sbw_fp_lc.txt", "ztf_forced", 197, 4, 0),
    ("ztf_forced_photometry/22jpx_fp_lc.txt", "ztf_forced", 436, 42, 0),
    ("ztf_forced_photometry/22qzr_fp_lc.txt", "ztf_forced", 738, 105, 0),
    ("alerce_csv/19rwd_detections.csv", "alerce_csv", 48, 0, 0),
    ("alerce_csv/19rwd_non_detections.csv", "alerce_csv", 50, 0, 50),
    ("alerce_csv/21gno_detections.csv", "alerce_csv", 41, 0, 0),
    ("alerce_csv/21gno_non_detections.csv", "alerce_csv", 19, 0, 19),
    ("alerce_csv/22jpx_detections.csv", "alerce_csv", 13, 0, 0),
    ("alerce_csv/22jpx_non_detections.csv", "alerce_csv", 12, 0, 12),
    ("alerce_csv/ZTF24aaecooj_detections.csv", "alerce_csv", 28, 0, 0),
    ("alerce_csv/ZTF24aaecooj_non_detections.csv", "alerce_csv", 8, 0, 8),
    ("alerce_csv/ZTF24aaecooj_forced_photometry.csv", "alerce_csv", 39, 31, 31),
    ("alerce_csv/elasticc_snid_15415799_detections.csv", "snana_csv", 156, 0, 0),
    ("atlas_forced_photometry/job01088.txt", "atlas_forced", 147, 0, 0),
    ("atlas_forced_photometry/job01088_atlas_fp_stacked_1_days.txt", "atlas_forced", 30, 0, 0),
    ("atlas_forced_photometry/2020ano.c.lc.txt", "atlas_forced", 595, 146, 0),
    ("atlas_forced_photometry/test_atlas_fp.csv", "atlas_forced", 32, 0, 0),
    ("atlas_forced_photometry/ZTFrlh6cyjh_ATLAS.csv", "skyportal", 384, 0, 149),
    ("skyportal_csv/ZTF21aaqjmps_phot.csv", "skyportal", 174, 0, 48),
    ("skyportal_csv/ZTF20abwysqy_phot.csv", "skyportal", 136, 0, 134),
    ("skyportal_csv/ZTFrlh6cyjh_phot.csv", "skyportal", 1121, 0, 0),
    ("skyportal_csv/16fil_phot.csv", "skyportal", 59, 0, 0),
    ("snana_csv/DES_PHOT.csv", "snana_csv", 127, 1, 0),
    ("snana_csv/DES_PHOT.csv.gz", "snana_csv", 127, 1, 0),
    ("snana_csv/example_lc.csv", "snana_csv", 72, 0, 0),
    ("snana_text/snana_ascii_example.dat", "snana_text", 4, 0, 0),
    ("snana_text/Foundation_DR1_2016W.txt", "snana_text", 29, 0, 0),
    ("snana_text/des_real_01248677.dat", "snana_text", 98, 0, 0),
    ("snana_text/des_real_01250017.dat", "snana_text", 107, 0, 0),
    ("snana_text/PS1_PSc000006.txt", "snana_text", 23, 0, 0),
    ("snana_text/PS1_PSc000010.txt", "snana_text", 49, 0, 0),
    ("ascii_table/example_photometric_data.dat", "sncosmo", 40, 0, 0),
    ("ascii_table/SN2016bkv.txt", "lightcurve_fitting", 758, 467, 0),
    ("ascii_table/03D1au.dat", "piscola", 67, 0, 0),
]
LISTS = [
    ("snana_csv/DES_HEAD.csv", "snana_csv", 2),
    ("snana_csv/DES_HEAD.csv.gz", "snana_csv", 2),
    ("plasticc_csv/train_metadata_first20.csv", "plasticc", 20),
    ("tns_bts/superphot_training_set_first50.csv", "objects_only", 50),
]


@pytest.mark.parametrize(("file", "key", "rows", "bad", "limits"), COUNTS)
def test_every_sample_is_read_as_it_is(file, key, rows, bad, limits):
    assert recognise(HERE / file).key == key
    found = observations(HERE / file)
    assert len(found.mjd) == rows
    assert sum(reason != "" for reason in found.reason) == bad
    assert int((found.kind == LIMIT).sum()) == limits
    used = np.array([reason == "" for reason in found.reason])
    assert np.isfinite(found.flux[used]).all()
    assert (found.flux_err[used] > 0).all()


@pytest.mark.parametrize(("file", "key", "objects"), LISTS)
def test_lists_of_objects_are_known_as_such(file, key, objects):
    assert recognise(HERE / file).key == key
    found = observations(HERE / file)
    assert len(found.mjd) == 0
    assert len(found.objects) == objects


def test_total_fluxes_of_gaia_are_refused():
    with pytest.raises(InputError, match="is total flux"):
        observations(HERE / "ecsv/gaia_epoch.ecsv")


@pytest.mark.parametrize("folder", sorted({file.split("/")[0] for file, *_ in COUNTS}))
def test_every_folder_goes_the_whole_road(road, folder):
    curves = road(HERE / folder)
    assert not road.report["files not read"]
    assert sum(len(curve.mjd) for curve in curves.values()) > 20


def by_hand(counts, zero_point):
    """Micro-Jansky, of which one is magnitude 23.9."""
    return np.asarray(counts) / 10.0 ** ((np.asarray(zero_point) - 23.9) / 2.5)


def test_ztf_forced_flux_by_flux():
    file = HERE / "ztf_forced_photometry/20sbw_fp_lc.txt"
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    names = [name.strip() for name in lines[0].split(",")]
    rows = [dict(zip(names, line.split(), strict=True)) for line in lines[1:]]
    flux = by_hand([float(r["forcediffimflux"]) for r in rows], [float(r["zpdiff"]) for r in rows])
    found = observations(file)
    np.testing.assert_allclose(found.flux, flux, rtol=1e-12)
    np.testing.assert_allclose(found.mjd, [float(r["jd"]) - 2400000.5 for r in rows])
    assert found.band == [r["filter"].replace("ZTF_", "ztf:") for r in rows]


def test_alerce_flux_by_flux():
    file = HERE / "alerce_csv/ZTF24aaecooj_detections.csv"
    frame = pd.read_csv(file)
    sign = np.where(frame["isdiffpos"] == 1, 1.0, -1.0)
    found = observations(file)
    np.testing.assert_allclose(found.flux, sign * by_hand(1.0, frame["mag"]), rtol=1e-12)
    assert set(found.object_id) == {"ZTF24aaecooj"}


def test_atlas_and_skyportal_flux_by_flux():
    frame = pd.read_csv(HERE / "atlas_forced_photometry/job01088.txt", sep=r"\s+")
    np.testing.assert_array_equal(observations(HERE / "atlas_forced_photometry/job01088.txt").flux, frame["uJy"])
    frame = pd.read_csv(HERE / "skyportal_csv/ZTFrlh6cyjh_phot.csv")
    found = observations(HERE / "skyportal_csv/ZTFrlh6cyjh_phot.csv")
    np.testing.assert_allclose(found.flux, by_hand(frame["flux"], frame["zp"]), rtol=1e-12)


@pytest.mark.parametrize("file", ["snana_csv/DES_PHOT.csv", "alerce_csv/elasticc_snid_15415799_detections.csv"])
def test_snana_csv_flux_by_flux(file):
    frame = pd.read_csv(HERE / file)
    np.testing.assert_allclose(observations(HERE / file).flux, by_hand(frame["FLUXCAL"], 27.5), rtol=1e-12)


def test_snana_text_flux_by_flux():
    file = HERE / "snana_text/PS1_PSc000006.txt"
    rows = [line.split() for line in file.read_text().splitlines() if line.startswith("OBS:")]
    found = observations(file)
    np.testing.assert_allclose(found.flux, by_hand([float(row[4]) for row in rows], 27.5), rtol=1e-12)
    assert set(found.object_id) == {"000006"}


def test_fitting_programmes_flux_by_flux():
    frame = pd.read_csv(HERE / "ascii_table/example_photometric_data.dat", sep=r"\s+", comment="@")
    found = observations(HERE / "ascii_table/example_photometric_data.dat")
    np.testing.assert_allclose(found.flux, by_hand(frame["flux"], frame["zp"]), rtol=1e-12)
    frame = pd.read_csv(HERE / "ascii_table/03D1au.dat", sep=r"\s+", skiprows=2)
    found = observations(HERE / "ascii_table/03D1au.dat")
    np.testing.assert_allclose(found.flux, by_hand(frame["flux"], frame["zp"]), rtol=1e-12)
