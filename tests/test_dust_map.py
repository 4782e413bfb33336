"""E(B-V) from a dust map: at positions whose value is known by construction, for objects of every kind of file."""

import numpy as np
import pandas as pd
import pytest
from alert_files import BIG, rubin_alert_of, rubin_schema, write_avro, ztf_record, ztf_schema
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.table import Table

from tde.errors import InputError
from tde.photometry import BANDS, extinction_per_ebv
from tde.sources.dust_map import NORTH, SOUTH, ebv_at, map_files
from tde.workflow.configuration.predict_settings import Predict
from tde.workflow.configuration.problems import read_block

SIDE = 64
"""Pixels along a side; the maps themselves have 4096."""

PLANES = {NORTH: (1, 0.2, 0.001, 0.0004), SOUTH: (-1, 0.5, -0.002, 0.0016)}
"""Sign of the pole's latitude, and the value at the pole with its slopes along x and y: linear interpolation gives a
plane back exactly."""


def plane(name, longitude, latitude):
    """The value at a position, by the projection as Schlegel, Finkbeiner & Davis write it down (their appendix C)."""
    sign, middle, along_x, along_y = PLANES[name]
    radius = SIDE / 2 * np.sqrt(1 - sign * np.sin(np.deg2rad(latitude)))
    x, y = radius * np.cos(np.deg2rad(longitude)), -sign * radius * np.sin(np.deg2rad(longitude))
    return middle + along_x * x + along_y * y


def header_of(sign):
    """A header of the same form as the maps have."""
    scale = np.rad2deg(np.sqrt(2)) / (SIDE / 2)
    cards = {
        "CTYPE1": "GLON-ZEA", "CTYPE2": "GLAT-ZEA", "CRVAL1": 90.0, "CRVAL2": 90.0 * sign, "CRPIX1": SIDE / 2 + 0.5,
        "CRPIX2": SIDE / 2 + 0.5, "CD1_1": -scale, "CD1_2": 0.0, "CD2_1": 0.0, "CD2_2": scale, "LONPOLE": 180.0,
        "LAM_NSGP": sign, "LAM_SCAL": SIDE // 2,
    }  # fmt: skip
    return fits.Header(cards)


@pytest.fixture
def maps(tmp_path):
    folder = tmp_path / "maps"
    folder.mkdir()
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    for name, (sign, middle, along_x, along_y) in PLANES.items():
        pixels = (middle + along_x * x + along_y * y).astype(np.float32)
        fits.writeto(folder / name, pixels, header_of(sign))
    return folder


def expected(longitude, latitude):
    return 0.86 * plane(NORTH if latitude >= 0 else SOUTH, longitude, latitude)


def sky(longitude, latitude):
    place = SkyCoord(longitude, latitude, unit="deg", frame="galactic").icrs
    return place.ra.deg, place.dec.deg


@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [(45, 0.01), (45, -0.01), (225.5, 3), (225.5, -3), (120, 30), (250, -60), (0, 80), (0, -80)],
)
def test_both_hemispheres_down_to_the_plane(maps, longitude, latitude):
    ra, dec = sky(longitude, latitude)
    found = ebv_at(np.array([ra]), np.array([dec]), str(maps))
    np.testing.assert_allclose(found, expected(longitude, latitude), rtol=1e-5)


def test_places_of_the_sky_whose_galactic_coordinates_are_known(maps):
    # the poles (IAU 1958, in J2000) and the Andromeda galaxy at l = 121.174, b = -21.573
    ra, dec = np.array([192.85948, 12.85948, 10.68471]), np.array([27.12825, -27.12825, 41.26875])
    values = [0.86 * PLANES[NORTH][1], 0.86 * PLANES[SOUTH][1], expected(121.174, -21.573)]
    np.testing.assert_allclose(ebv_at(ra, dec, str(maps)), values, rtol=1e-4)


def test_a_pixel_without_a_value_is_unknown(maps):
    pixels, header = fits.getdata(maps / NORTH, header=True)
    pixels[:] = np.nan
    fits.writeto(maps / NORTH, pixels, header, overwrite=True)
    assert np.isnan(ebv_at(*map(np.atleast_1d, sky(10, 50)), str(maps))).all()


CURVE = {"mjd": [60000.0, 60010.0], "flux": [5.0, 9.0], "flux_err": [0.5, 0.5], "band": ["g", "g"]}
PLACE = (30.0, 40.0)
RA, DEC = sky(*PLACE)


def long_table(folder, **columns):
    path = folder / "new.csv"
    pd.DataFrame({"object_id": "a", **CURVE, **columns}).to_csv(path, index=False)
    return path


def ecsv_table(folder):
    path = folder / "new.ecsv"
    table = Table({"object_id": ["a", "a"], **CURVE, "ra": [RA, RA], "dec": [DEC, DEC]})
    table["band"] = ["lsstg", "lsstg"]
    table["flux"].unit = table["flux_err"].unit = "uJy"
    table.write(path, format="ascii.ecsv")
    return path


def snana_text(folder):
    path = folder / "new.dat"
    rows = "".join(f"OBS: {60000 + k} LSST-g VOID {9 + k} 1.5\n" for k in range(2))
    keys = f"SURVEY: LSST\nSNID: a\nRA: {RA} deg\nDECL: {DEC} deg\nMWEBV: -9\nNVAR: 5\n"
    path.write_text(f"{keys}VARLIST: MJD BAND FIELD FLUXCAL FLUXCALERR\n{rows}END:\n")
    return path


def rubin(folder):
    its = {"diaObjectId": BIG, "ra": RA, "dec": DEC}
    return write_avro(folder / "new.avro", rubin_schema(), [rubin_alert_of(BIG, diaObject=its)])


def ztf(folder):
    alert = ztf_record()
    alert["candidate"] |= {"ra": RA, "dec": DEC}
    return write_avro(folder / "new.avro", ztf_schema(), [alert])


def ztf_service(folder):
    path = folder / "new_fp_lc.txt"
    columns = "index, field, ccdid, qid, filter, jd, zpdiff, forcediffimflux, forcediffimfluxunc, procstatus"
    rows = "".join(f"{k} 1 1 1 ZTF_g {2460000.5 + k} 26.0 90.5 8.0 0\n" for k in range(3))
    start = f"# Requested input R.A. = {RA} degrees\n# Requested input Dec. = {DEC} degrees\n"
    path.write_text(f"{start}# Order of columns below:\n {columns}\n#\n{rows}")
    return path


def atlas(folder):
    path = folder / "new.txt"
    path.write_text(f"###MJD m dm uJy duJy F err RA Dec\n60000.5 0 0 50 12 o 0 {RA} {DEC}\n60001.5 0 0 51 12 o 0 0 0\n")
    return path


def alerce(folder):
    path = folder / "new_detections.csv"
    path.write_text(
        f"oid,mjd,fid,isdiffpos,magpsf,sigmapsf,diffmaglim,ra,dec\na,60000.5,1,1,19.5,0.1,20.5,{RA},{DEC}\n"
    )
    return path


@pytest.mark.parametrize("write", [ecsv_table, snana_text, rubin, ztf, ztf_service, atlas, alerce])
def test_positions_are_taken_from_files_of_every_kind(tmp_path, road, maps, write):
    (curve,) = road(write(tmp_path), dust_map=str(maps)).values()
    assert "ebv_from_map" in curve.flags
    assert "ebv_missing" not in curve.flags
    np.testing.assert_allclose(road.objects["ebv"].to_numpy(), expected(*PLACE), rtol=1e-5)
    assert road.report["E(B-V)"] == {"from the dust map": 1}


def test_positions_in_columns_of_a_long_table_and_of_the_object_table(tmp_path, road, maps):
    files = long_table(tmp_path, right=RA, declination=[np.nan, DEC]), tmp_path / "objects.csv"
    road(files[0], dust_map=str(maps), columns={"ra": "right", "dec": "declination"})
    np.testing.assert_allclose(road.objects["ebv"].to_numpy(), expected(*PLACE), rtol=1e-5)
    files[1].write_text(f"object_id,z,RA,DEC\na,0.2,{RA},{DEC}\n")
    road(files[0], files[1], dust_map=str(maps), object_columns={"ra": "RA", "dec": "DEC", "ebv": ""})
    np.testing.assert_allclose(road.objects["ebv"].to_numpy(), expected(*PLACE), rtol=1e-5)


def test_extinction_is_undone_with_it(tmp_path, road, maps):
    columns = {"columns": {"ra": "ra", "dec": "dec"}, "dereddened": False}
    (curve,) = road(long_table(tmp_path, ra=RA, dec=DEC), dust_map=str(maps), **columns).values()
    extinction = extinction_per_ebv()[BANDS.index("g")] * expected(*PLACE)
    np.testing.assert_allclose(curve.flux, np.array([5.0, 9.0]) * 10 ** (0.4 * extinction), rtol=1e-5)


def test_what_is_given_comes_first_and_what_is_unknown_is_counted(tmp_path, road, maps):
    names = [name for name in "abcd" for _ in range(2)]
    frame = pd.DataFrame({name: values * 4 for name, values in CURVE.items()}).assign(object_id=names)
    frame.to_csv(tmp_path / "new.csv", index=False)
    objects = tmp_path / "objects.csv"
    objects.write_text(f"object_id,z,ebv,ra,dec\na,0.1,0.3,{RA},{DEC}\nb,0.1,,{RA},{DEC}\nc,0.1,,,\nd,0.1,,-999,-999\n")
    block = {"object_columns": {"ra": "ra", "dec": "dec"}}
    curves = road(tmp_path / "new.csv", objects, dust_map=str(maps), **block)
    assert {name: [flag for flag in curve.flags if "ebv" in flag] for name, curve in curves.items()} == {
        "a": [], "b": ["ebv_from_map"], "c": ["ebv_missing"], "d": ["ebv_missing"],
    }  # fmt: skip
    assert road.report["E(B-V)"] == {"given": 1, "from the dust map": 1, "unknown: no position": 2}
    curves = road(tmp_path / "new.csv", objects, **block)
    assert [name for name, curve in curves.items() if "ebv_missing" in curve.flags] == ["b", "c", "d"]
    told = {"given": 1, "unknown: a position, but no dust map": 1, "unknown: no position": 2}
    assert road.report["E(B-V)"] == told


def test_mistakes(tmp_path, road, maps):
    with pytest.raises(InputError, match=r"columns.dec: got ''; allowed: both ra and dec"):
        read_block(Predict, {"columns": {"ra": "ra"}}, "predict")
    path = long_table(tmp_path, ra=RA, dec=91.5)
    with pytest.raises(InputError, match=r"new.csv: .*dec is 91.5; allowed: a finite number from -90 to 90"):
        road(path, dust_map=str(maps), columns={"ra": "ra", "dec": "dec"})
    long_table(tmp_path, ra=RA, dec=DEC)
    (maps / NORTH).write_bytes((maps / NORTH).read_bytes()[:3000])
    with pytest.raises(InputError, match=rf"{maps / NORTH}: damaged or cut off"):
        road(path, dust_map=str(maps), columns={"ra": "ra", "dec": "dec"})
    fits.writeto(maps / NORTH, np.zeros((4, 4)), overwrite=True)
    with pytest.raises(InputError, match=rf"{maps / NORTH}: .*allowed: GLON-ZEA"):
        road(path, dust_map=str(maps), columns={"ra": "ra", "dec": "dec"})
    (maps / NORTH).unlink()
    with pytest.raises(InputError, match=rf"predict.dust_map: got '{maps}'; allowed: a folder with {NORTH}"):
        map_files(str(maps))
