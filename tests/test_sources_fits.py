"""Light curves in FITS, VOTable and ECSV: SNANA's pairs of files, and tables with units."""

import gzip
import io

import numpy as np
import pytest
from astropy import units
from astropy.io import fits
from astropy.table import MaskedColumn, Table
from source_batches import compressed_once_and_twice, fuzz, refusal, rows_of, sample, truncated

from tde.sources.head import Head
from tde.sources.readers import astropy_table, snana_fits

SNANA, TABLE = snana_fits.FORMAT, astropy_table.FORMAT

BIG = 170028485706776685
UJY_27_5 = 10 ** (0.4 * (23.9 - 27.5))


def snana_tables(ids=("0012", "SN 2"), band="BAND"):
    head = Table({
        "SNID": np.array(ids), "PTROBS_MIN": np.array([1, 4], dtype=">i4"), "PTROBS_MAX": np.array([2, 6], dtype=">i4"),
        "RA": [10.0, -999.0], "DECL": [-30.0, -999.0], "MWEBV": np.array([0.25, -9.0], dtype=">f4"),
        "REDSHIFT_HELIO": np.array([0.5, -9.0]), "REDSHIFT_HELIO_ERR": [0.125, -9.0],
        "REDSHIFT_FINAL": [0.51, -9.0], "HOSTGAL_PHOTOZ": [0.6, 0.75], "HOSTGAL_PHOTOZ_ERR": [0.1, 0.0625],
    })  # fmt: skip
    phot = Table({
        "MJD": np.array([60000, 60001, -777, 60002, 60003, 60004, -777], dtype=">f8"),
        band: np.array(["LSST-g", "LSST-Y", "-", "r", "i", "z", "-"]),
        "FLUXCAL": np.array([100, -50, -777, 25, 12.5, -9999, -777], dtype=">f4"),
        "FLUXCALERR": np.array([4, 4, -777, 4, 4, 4, -777], dtype=">f4"),
    })  # fmt: skip
    return head, phot


def write_pair(folder, *, stem="SIM", survey="LSST", photfile=None, tables=None, **header):
    paths = []
    for kind, table in zip(("HEAD", "PHOT"), tables or snana_tables(), strict=True):
        primary = fits.PrimaryHDU()
        primary.header.update(
            {"SNANA_VERSION": "v11", "SURVEY": survey, "PHOTFILE": photfile or f"{stem}_PHOT.FITS", "VERSION": stem}
            | header
        )
        paths.append(folder / f"{stem}_{kind}.FITS")
        fits.HDUList([primary, fits.BinTableHDU(table)]).writeto(paths[-1], overwrite=True)
    return paths


def test_snana(tmp_path):
    rows = rows_of(SNANA, *write_pair(tmp_path))
    assert rows.object_id.tolist() == ["0012", "0012", "SN 2", "SN 2", "SN 2"]
    np.testing.assert_allclose(rows.flux, np.array([100, -50, 25, 12.5, np.nan]) * UJY_27_5, rtol=1e-14)
    np.testing.assert_allclose(rows.flux_err, 4 * UJY_27_5, rtol=1e-14)
    assert rows.mjd.tolist() == [60000, 60001, 60002, 60003, 60004]
    assert rows.band.tolist() == ["lsst:g", "lsst:y", "lsst:r", "lsst:i", "lsst:z"]
    assert rows.row.tolist() == [1, 2, 4, 5, 6]
    assert rows.kinds() == {"forced": 5}
    assert rows.objects == {
        "0012": {"z": 0.5, "z_err": 0.125, "ebv": 0.25, "ra": 10.0, "dec": -30.0, "label": None},
        "SN 2": {"z": 0.75, "z_err": 0.0625, "ebv": None, "ra": None, "dec": None, "label": None},
    }


def test_snana_with_whole_numbers_for_ids_and_another_survey(tmp_path):
    tables = snana_tables(ids=np.array([BIG, 12], dtype=">i8"), band="FLT")
    rows = rows_of(SNANA, *write_pair(tmp_path, survey="PS1MD", tables=tables))
    assert set(rows.object_id) == {str(BIG), "12"}
    assert rows.band[2:].tolist() == ["ps1:r", "ps1:i", "ps1:z"]
    rows = rows_of(SNANA, *write_pair(tmp_path, survey="NICKEL", tables=tables))
    assert rows.band[2:].tolist() == ["r", "i", "z"]


def test_fluxes_that_were_de_reddened_need_no_extinction(tmp_path):
    rows = rows_of(SNANA, *write_pair(tmp_path, MWEBV_APPLYFLAG=1))
    assert [its["ebv"] for its in rows.objects.values()] == [0.0, 0.0]


def test_pairs_are_found_by_their_names(tmp_path):
    one = write_pair(tmp_path, stem="A")
    two = write_pair(tmp_path, stem="B", tables=snana_tables(ids=("b1", "b2")))
    rows = rows_of(SNANA, two[1], one[0], one[1], two[0])
    assert sorted(set(rows.object_id)) == ["0012", "SN 2", "b1", "b2"]
    renamed = [path.rename(path.with_name(path.name.lower().replace("a_", "new_"))) for path in one]
    assert set(rows_of(SNANA, *renamed).object_id) == {"0012", "SN 2"}


def test_each_file_alone_says_what_it_misses(tmp_path):
    head, phot = write_pair(tmp_path)
    assert refusal(SNANA, head) == f"{head}: holds objects without photometry; give it together with sim_phot.fits"
    assert refusal(SNANA, phot) == f"{phot}: holds photometry without objects; give it together with its HEAD file"


def test_pointers_beyond_the_photometry(tmp_path):
    head, phot = snana_tables()
    head["PTROBS_MAX"][1] = 99
    paths = write_pair(tmp_path, tables=(head, phot))
    assert refusal(SNANA, *paths) == (
        f"{paths[0]}: row 2: PTROBS_MIN and PTROBS_MAX are 4 and 99; allowed: rows from 1 to 7 of {paths[1]}"
    )


def test_a_missing_column_of_snana(tmp_path):
    head, phot = snana_tables()
    phot.rename_column("FLUXCALERR", "ERROR")
    paths = write_pair(tmp_path, tables=(head, phot))
    assert refusal(SNANA, *paths).startswith(f"{paths[1]}: row 1: no field FLUXCALERR; found: 'MJD', 'BAND'")


def test_rows_that_end_an_object_are_no_photometry(tmp_path):
    plain = rows_of(SNANA, *write_pair(tmp_path))
    head, phot = snana_tables()
    head["PTROBS_MAX"] = [3, 7]
    rows = rows_of(SNANA, *write_pair(tmp_path, stem="LONG", tables=(head, phot)))
    np.testing.assert_array_equal(rows.mjd, plain.mjd)
    assert rows.object_id.tolist() == plain.object_id.tolist()


def test_snana_without_objects(tmp_path):
    head, phot = snana_tables()
    paths = write_pair(tmp_path, tables=(head[:0], phot))
    assert refusal(SNANA, *paths) == f"{paths[0]}: row 1: there is none in the file"


def test_batches_hold_whole_objects(tmp_path, monkeypatch):
    monkeypatch.setattr(snana_fits, "FULL", 2)
    batches = list(SNANA.read(write_pair(tmp_path)))
    assert [batch.object_id.to_pylist() for batch in batches] == [["0012"] * 2, ["SN 2"] * 3]


@pytest.mark.parametrize("which", [0, 1])
def test_damaged_snana(tmp_path, which):
    paths = write_pair(tmp_path)
    fuzz(SNANA, paths[which], paths[1 - which])


def test_compressed_snana(tmp_path):
    paths = write_pair(tmp_path)
    plain = rows_of(SNANA, *paths)
    packed = []
    for path in paths:
        packed.append(path.with_name(path.name + ".gz"))
        packed[-1].write_bytes(gzip.compress(path.read_bytes()))
    np.testing.assert_array_equal(rows_of(SNANA, *packed).flux, plain.flux)
    np.testing.assert_array_equal(rows_of(SNANA, packed[0], paths[1]).flux, plain.flux)


def test_snana_cut_off(tmp_path):
    paths = write_pair(tmp_path)
    for path in paths:
        content = path.read_bytes()
        for keep in (100, 2880, 5760, len(content) - 2880 + 20):
            path.write_bytes(content[:keep])
            assert str(tmp_path) in refusal(SNANA, *paths)
        path.write_bytes(content)


# --- tables with units -------------------------------------------------------------------------------------------


def long_table(unit="nJy", **others):
    table = Table({
        "diaObjectId": MaskedColumn(np.array([BIG, BIG + 1, BIG]), mask=[False, False, True]),
        "mjd": np.array([60000.0, 60001.0, 60002.0]) * units.day,
        "band": ["ztfg", "ztfr", "lsstY"],
        "flux": MaskedColumn(np.array([-1500.0, 75.25, 1.0], dtype=">f8"), unit=unit, mask=[False, True, False]),
        "flux_err": MaskedColumn(np.array([120.0, 120.0, 120.0]), unit=unit),
        "ra": [10.0, 11.0, 12.0] * units.deg, "dec": [-30.0, -31.0, -32.0] * units.deg,
    })  # fmt: skip
    for name, column in others.items():
        table[name] = column
    return table


def write_table(path, table):
    form = {".fits": "fits", ".vot": "votable", ".ecsv": "ascii.ecsv"}[path.suffix]
    table.write(path, format=form, overwrite=True)
    return path


@pytest.mark.parametrize("ending", ["fits", "vot", "ecsv"])
def test_tables_with_units(tmp_path, ending):
    path = write_table(tmp_path / f"curves.{ending}", long_table())
    assert not SNANA.recognises(Head(path))
    rows = rows_of(TABLE, path)
    assert rows.object_id.tolist() == [str(BIG), str(BIG + 1), ""]
    np.testing.assert_allclose(rows.flux, [-1.5, np.nan, 0.001], rtol=1e-14)
    np.testing.assert_allclose(rows.flux_err, 0.12, rtol=1e-14)
    assert rows.band.tolist() == ["ztf:g", "ztf:r", "lsst:y"]
    assert rows.reasons() == {"no object id": 1}
    assert rows.objects[str(BIG + 1)]["dec"] == -31.0
    compressed_once_and_twice(TABLE, path)


@pytest.mark.parametrize(("unit", "factor"), [("uJy", 1.0), ("Jy", 1e6), ("1e-29 erg / (s cm2 Hz)", 1.0), ("mJy", 1e3)])
def test_units_of_flux(tmp_path, unit, factor):
    rows = rows_of(TABLE, write_table(tmp_path / "a.ecsv", long_table(unit)))
    np.testing.assert_allclose(rows.flux[[0, 2]], np.array([-1500.0, 1.0]) * factor, rtol=1e-12)


@pytest.mark.parametrize(("unit", "named"), [("s", "s"), ("electron / s", "electron / s"), ("erg / (s cm2 AA)", "erg")])
def test_a_wrong_unit_is_named(tmp_path, unit, named):
    path = write_table(tmp_path / "a.ecsv", long_table(unit))
    message = refusal(TABLE, path)
    assert message.startswith(f"{path}: row 1: flux has the unit {named}")
    assert message.endswith("; allowed: units like uJy")


def test_fluxes_without_a_unit_need_a_zero_point(tmp_path):
    path = write_table(tmp_path / "a.ecsv", long_table(None))
    assert refusal(TABLE, path).startswith(f"{path}: row 1: flux has no unit; allowed: a unit of flux density")
    path = write_table(tmp_path / "b.ecsv", long_table(None, zp=[23.9, 25.0, 26.4]))
    np.testing.assert_allclose(rows_of(TABLE, path).flux, [-1500.0, np.nan, 0.1], rtol=1e-12)


def test_magnitudes_and_julian_dates(tmp_path):
    table = Table({
        "name": ["0012", " 12 "], "jd": [2460000.5, 2460001.5], "filter": ["sdssg", "w"],
        "mag": MaskedColumn([19.0, 99.0], unit="mag(AB)"), "mag_err": [0.1, 0.1],
        "redshift": [0.5, -9.0], "ebv": [0.0625, 0.0625], "label": ["TDE", ""],
    })  # fmt: skip
    path = write_table(tmp_path / "a.ecsv", table)
    rows = rows_of(TABLE, path)
    flux = 10 ** (0.4 * (23.9 - 19.0))
    np.testing.assert_allclose(rows.flux, [flux, np.nan], rtol=1e-14)
    np.testing.assert_allclose(rows.flux_err, [flux * 0.1 * np.log(10) / 2.5, np.nan], rtol=1e-14)
    assert rows.mjd.tolist() == [60000.0, 60001.0]
    assert rows.band.tolist() == ["sdss:g", "w"]
    assert len(rows.notes) == 1
    assert (rows.objects["0012"]["z"], rows.objects["0012"]["label"]) == (0.5, "TDE")
    assert (rows.objects["12"]["z"], rows.objects["12"]["label"]) == (None, None)
    table["mag"].unit = "mag"
    path = write_table(tmp_path / "b.ecsv", table)
    assert refusal(TABLE, path) == f"{path}: row 1: mag has the unit mag; allowed: mag(AB)"


def test_columns_that_are_missing(tmp_path):
    for name, expected in (
        ("band", "no field band or filter"), ("mjd", "no field mjd or MJD"),
        ("flux_err", "no field flux_err or fluxerr"), ("flux", "no field psfDiffFlux or "),
    ):  # fmt: skip
        table = long_table()
        table.remove_column(name)
        path = write_table(tmp_path / f"{name}.ecsv", table)
        assert refusal(TABLE, path).startswith(f"{path}: row 1: {expected}")


def test_a_table_without_ids_is_of_the_object_in_its_name(tmp_path):
    table = long_table()
    table.remove_column("diaObjectId")
    rows = rows_of(TABLE, write_table(tmp_path / "AT2020xyz.fits", table))
    assert set(rows.object_id) == {"AT2020xyz"}


def test_ids_that_were_decimal_numbers(tmp_path):
    path = write_table(tmp_path / "a.fits", long_table(diaObjectId=[12.0, 13.0, float(BIG)]))
    assert refusal(TABLE, path).startswith(f"{path}: row 3: diaObjectId is 1.7")


def test_files_without_a_table(tmp_path):
    image = tmp_path / "image.fits"
    fits.PrimaryHDU(np.zeros((4, 4))).writeto(image)
    assert refusal(TABLE, image) == f"{image}: a FITS file without a table; allowed: a binary table of light curves"
    for ending in ("fits", "vot", "ecsv"):
        path = write_table(tmp_path / f"none.{ending}", long_table()[:0])
        assert refusal(TABLE, path) == f"{path}: the table has no rows"


@pytest.mark.parametrize("ending", ["fits", "vot", "ecsv"])
def test_damaged_tables(tmp_path, ending):
    fuzz(TABLE, write_table(tmp_path / f"curves.{ending}", long_table()))


def test_tables_cut_off(tmp_path):
    truncated(TABLE, write_table(tmp_path / "curves.vot", long_table()), keeps=(0.2, 0.5, 0.9))
    truncated(TABLE, write_table(tmp_path / "curves.fits", long_table()), keeps=(0.02, 0.2, 0.5))


# --- real files --------------------------------------------------------------------------------------------------


def test_real_snana():
    paths = [sample(f"snana_fits/snana_fits_example_{kind}.fits") for kind in ("head", "phot")]
    rows = rows_of(SNANA, *paths)
    assert rows.kinds() == {"forced": 95}
    assert rows.bands() == {"megacam:r": 40, "megacam:i": 38, "megacam:z": 17}
    assert set(rows.objects) == set(rows.object_id) == {"03D1aw", "03D1ax"}
    np.testing.assert_allclose(rows.objects["03D1ax"]["z"], 0.496, rtol=1e-6)
    data = fits.getdata(paths[1], 1)[49:96]
    mine = rows.object_id == "03D1ax"
    uJy = 3630.780547701014e6 * 10 ** (-0.4 * 27.5)
    np.testing.assert_allclose(rows.flux[mine], data["FLUXCAL"].astype(float) * uJy, rtol=1e-12)
    np.testing.assert_allclose(rows.flux_err[mine], data["FLUXCALERR"].astype(float) * uJy, rtol=1e-12)
    np.testing.assert_array_equal(rows.mjd[mine], data["MJD"])


def test_real_compressed_snana():
    paths = [sample(f"snana_fits/DES-SN5YR_Foundation_{kind}.FITS.gz") for kind in ("HEAD", "PHOT")]
    rows = rows_of(SNANA, *paths)
    assert rows.kinds() == {"forced": 6010}
    assert rows.bands() == {"ps1:i": 2015, "ps1:r": 1512, "ps1:z": 1250, "ps1:g": 1233}
    assert len(rows.objects) == len(set(rows.object_id)) == 185
    its = rows.objects["2016W"]
    np.testing.assert_allclose([its["z"], its["ebv"]], [0.019253, 0.0594], rtol=1e-6)
    data = fits.getdata(io.BytesIO(gzip.decompress(paths[1].read_bytes())), 1)[32:61]
    mine = rows.object_id == "2016W"
    np.testing.assert_allclose(rows.flux[mine], data["FLUXCAL"].astype(float) * 10**-1.44, rtol=1e-12)


def test_real_gaia_epochs_are_no_differences():
    path = sample("ecsv/gaia_epoch.ecsv")
    assert refusal(TABLE, path).startswith(f"{path}: row 1: no field psfDiffFlux or ")
