"""Readers of text formats: files written in each format, with values converted by hand."""

import bz2
import gzip
import lzma

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from source_files import Road, observations

from tde.sources.batch import DETECTION, FORCED, LIMIT
from tde.sources.formats import recognise

ZTF_COLUMNS = (
    "index", "field", "ccdid", "qid", "filter", "pid", "infobitssci", "sciinpseeing", "scisigpix", "zpdiff", "jd",
    "forcediffimflux", "forcediffimfluxunc", "procstatus",
)  # fmt: skip


def ztf_forced(path, rows):
    """As the service writes it: comments, names with commas, values with blanks."""
    lines = [
        "# Requested input R.A. = 149.5 degrees",
        "# Requested input Dec. = -2.25 degrees",
        "# Order of columns below:",
        "# " + ", ".join(ZTF_COLUMNS),
        "",
        " " + ", ".join(ZTF_COLUMNS),
        "#",
        *(" " + " ".join(str(row.get(name, 0)) for name in ZTF_COLUMNS) for row in rows),
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def ztf_row(jd, flux, error=10.0, zero_point=26.0, band="ZTF_g", **others):
    row = {
        "field": 600,
        "ccdid": 6,
        "qid": 3,
        "filter": band,
        "sciinpseeing": 2.0,
        "scisigpix": 8.0,
        "zpdiff": zero_point,
    }
    return row | {"jd": jd, "forcediffimflux": flux, "forcediffimfluxunc": error} | others


class TestZtfForced:
    def test_counts_become_micro_jansky_by_the_zero_point_of_the_row(self, tmp_path):
        rows = [ztf_row(2459000.5, 100.0), ztf_row(2459001.75, -50.0, 5.0, 25.0, "ZTF_r", field=601)]
        found = observations(ztf_forced(tmp_path / "ZTF20abc_fp_lc.txt", rows))
        assert found.object_id == ["ZTF20abc"] * 2
        assert found.mjd.tolist() == [59000.0, 59001.25]
        assert found.band == ["ztf:g", "ztf:r"]
        np.testing.assert_allclose(found.flux, [100.0 * 10**-0.84, -50.0 * 10**-0.44], rtol=1e-12)
        np.testing.assert_allclose(found.flux_err, [10.0 * 10**-0.84, 5.0 * 10**-0.44], rtol=1e-12)
        assert found.kind.tolist() == [FORCED, FORCED]
        assert found.reference == ["600 6 3 ZTF_g", "601 6 3 ZTF_r"]
        assert (found.objects["ZTF20abc"]["ra"], found.objects["ZTF20abc"]["dec"]) == (149.5, -2.25)

    def test_bad_images_are_marked_and_missing_values_are_nan(self, tmp_path):
        rows = [
            ztf_row(2459000.5, "null", "null", procstatus="56,57"),
            ztf_row(2459001.5, 10.0, procstatus="61"),
            ztf_row(2459002.5, 10.0, infobitssci=2**25),
            ztf_row(2459003.5, 10.0, sciinpseeing=4.5),
            ztf_row(2459004.5, 10.0, scisigpix=26.0),
            ztf_row(2459005.5, 10.0, zero_point=-999),
            ztf_row(2459006.5, -99999, -99999),
            ztf_row(2459007.5, 10.0, 0.0),
        ]
        found = observations(ztf_forced(tmp_path / "lc.txt", rows))
        assert found.reason == [
            "procstatus is not 0", "procstatus is not 0", "infobitssci says that the image is bad",
            "seeing above 4 arc seconds", "noise per pixel above 25", "", "", "the error is not above 0",
        ]  # fmt: skip
        assert np.isnan(found.flux[[0, 5, 6]]).all()

    @pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip), (".bz2", bz2), (".xz", lzma)])
    def test_compressed_files_are_the_same(self, tmp_path, suffix, pack):
        plain = ztf_forced(tmp_path / "x_fp_lc.txt", [ztf_row(2459000.5, 100.0)])
        packed = tmp_path / f"x_fp_lc.txt{suffix}"
        packed.write_bytes(pack.compress(plain.read_bytes()))
        one, other = observations(plain), observations(packed)
        assert one.flux.tolist() == other.flux.tolist()
        assert one.object_id == other.object_id == ["x"]


class TestAtlas:
    HEADER = "###MJD m dm uJy duJy F err chi/N RA Dec x y maj min phi apfit mag5sig Sky Obs"
    REST = "1.5 65.0 -54.9 1.0 2.0 2.5 1.8 76.9 -0.5 19.3 20.9 04a60316o0180o"

    def test_rows_of_the_server(self, tmp_path):
        path = tmp_path / "2020ano.c.lc.txt"
        rows = [
            f"58000.25 17.3 0.08 417 37 o 0 {self.REST}",
            f"58900.25 -17.6 0.07 -310 24 c 0 {self.REST}",
            f"58901.25 0.0 0.0 99 24 c 1 {self.REST}",
        ]
        path.write_text("\n".join([self.HEADER, *rows]) + "\n")
        found = observations(path)
        assert found.object_id == ["2020ano"] * 3
        assert found.band == ["atlas:o", "atlas:c", "atlas:c"]
        assert found.flux.tolist() == [417.0, -310.0, 99.0]
        assert found.flux_err.tolist() == [37.0, 24.0, 24.0]
        assert found.reason == ["", "", "err is not 0"]
        assert found.reference == ["atlas o 0", "atlas c 2", "atlas c 2"]

    def test_a_cleaned_table_and_a_stacked_one(self, tmp_path):
        cleaned = tmp_path / "sn.c.lc.txt"
        cleaned.write_text(
            "  MJD  m dm uJy duJy F err Mask duJy_new\n"
            "57396.5 19.6 NaN -4 16 c 0 0x400100 26.0\n57397.5 19.6 NaN 10 17 c 0 0x0000 26.5\n"
        )
        found = observations(cleaned)
        assert found.flux_err.tolist() == [26.0, 26.5]
        assert found.reason == ["Mask says that it is bad", ""]
        stacked = tmp_path / "sn_atlas_fp_stacked_1_days.txt"
        stacked.write_text("# MJD (mean)\n# clipping)\nMJD,uJy,duJy,F,n\n59101.53,-1.75,6.19,o,4\n")
        found = observations(stacked)
        assert (found.object_id, found.flux.tolist(), found.band) == (["sn"], [-1.75], ["atlas:o"])


class TestAlerce:
    def test_the_sign_is_in_a_column_of_its_own(self, tmp_path):
        frame = pd.DataFrame(
            {
                "oid": "ZTF24x", "mjd": [60000.1, 60001.2, 60002.3], "fid": [1, 2, 2], "isdiffpos": [1, -1, 1],
                "mag": [20.0, 19.0, 18.0], "e_mag": [0.1, 0.05, 100], "mag_corr": [17.0, 17.0, 17.0],
                "diffmaglim": [20.5, 20.5, 20.5],
            }
        )  # fmt: skip
        path = tmp_path / "detections.csv"
        frame.to_csv(path, index=False)
        found = observations(path)
        np.testing.assert_allclose(found.flux[:2], [10**1.56, -(10**1.96)], rtol=1e-12)
        np.testing.assert_allclose(
            found.flux_err[:2], [10**1.56 * 0.1 * np.log(10) / 2.5, 10**1.96 * 0.05 * np.log(10) / 2.5]
        )
        assert found.band == ["ztf:g", "ztf:r", "ztf:r"]
        assert found.reason == ["", "", "a magnitude without an error"]  # and no limit
        assert found.kind.tolist() == [DETECTION] * 3

    def test_non_detections_are_limits_of_five_sigma_and_both_files_are_one_object(self, tmp_path, road):
        folder = tmp_path / "ZTF24y"
        folder.mkdir()
        (folder / "detections.csv").write_text(
            "mjd,fid,isdiffpos,magpsf,sigmapsf,diffmaglim\n60010.1,1,1,19.5,0.1,20.5\n60013.1,2,t,19.5,0.1,20.5\n"
        )
        (folder / "non_detections.csv").write_text("mjd,fid,diffmaglim\n60000.1,1,20.9\n")
        curves = road(folder)
        assert list(curves) == ["ZTF24y"]
        np.testing.assert_allclose(curves["ZTF24y"].flux, [0.0, 10**1.76, 10**1.76])
        np.testing.assert_allclose(curves["ZTF24y"].flux_err[0], 10**1.2 / 5)
        assert "upper_limits" in curves["ZTF24y"].flags
        assert road.report["formats"] == {"alerce_csv": 2}

    def test_forced_photometry(self, tmp_path):
        path = tmp_path / "ZTF24z_forced_photometry.csv"
        path.write_text(
            "oid,mjd,fid,isdiffpos,mag,e_mag,diffmaglim,procstatus,magzpsci\n"
            "ZTF24z,60000.1,1,-1,100,100,20.4,61,26.3\nZTF24z,60001.1,1,1,19.0,0.1,20.4,0,26.3\n"
            "ZTF24z,60002.1,2,-1,21.0,0.3,20.4,0,26.3\nZTF24z,60003.1,2,-1,100,100,20.4,0,26.3\n"
        )
        found = observations(path)
        assert found.reason == ["procstatus is not 0", "", "", ""]
        assert found.kind.tolist() == [LIMIT, FORCED, FORCED, LIMIT]
        np.testing.assert_allclose(found.flux[1:], [10**1.96, -(10**1.16), 0.0])


class TestSkyPortal:
    def test_an_empty_flux_with_an_error_is_a_limit(self, tmp_path):
        path = tmp_path / "ZTF21q_phot.csv"
        frame = pd.DataFrame(
            {
                "mjd": [59267.5, 59363.5, 59364.5, 59365.5], "filter": ["ztfg", "atlaso", "sdssi", "ztfr"],
                "flux": [np.nan, 58.0, 3.0, 1.0], "fluxerr": [8.0, 6.9, 0.5, 0.5], "zp": [23.9, 23.9, 25.0, 23.9],
                "magsys": ["ab", "ab", "ab", "vega"],
            }
        )  # fmt: skip
        frame.to_csv(path, index=False)
        found = observations(path)
        assert found.object_id == ["ZTF21q"] * 4
        assert found.band == ["ztf:g", "atlas:o", "sdss:i", "ztf:r"]
        np.testing.assert_allclose(found.flux, [0.0, 58.0, 3.0 * 10**-0.44, 1.0])
        np.testing.assert_allclose(found.flux_err, [8.0, 6.9, 0.5 * 10**-0.44, 0.5])
        assert found.kind.tolist() == [LIMIT, DETECTION, DETECTION, DETECTION]
        assert found.reason == ["", "", "", "magnitudes that are not AB"]

    def test_magnitudes_with_limits(self, tmp_path):
        path = tmp_path / "16fil_phot.csv"
        path.write_text(
            "mjd,filter,mag,magerr,limiting_mag,magsys\n57605.9,ztfr,20.5,0.12,21.2,ab\n57606.9,ztfr,,,21.4,ab\n"
        )
        found = observations(path)
        np.testing.assert_allclose(found.flux, [10**1.36, 0.0])
        np.testing.assert_allclose(found.flux_err, [10**1.36 * 0.12 * np.log(10) / 2.5, 10**1.0 / 5])


SNANA = """SURVEY: DES
SNID: 000006   # a name, no number
RA: 53.6 deg
DECL: -28.1 deg
MWEBV: 0.0084 +- 0.0004
REDSHIFT_HELIO: -9.0
REDSHIFT_FINAL: 0.35 +- 0.01
NOBS: 3
NVAR: 5
VARLIST: MJD BAND FIELD FLUXCAL FLUXCALERR
OBS: 56538.25 z C3 67.5 3.5
OBS: 56538.50 DES-g C3 -10.0 2.5
OBS: -777.0 r C3 0.0 0.0
END:
"""


class TestSnana:
    def test_text(self, tmp_path):
        path = tmp_path / "des.dat"
        path.write_text(SNANA)
        found = observations(path)
        assert found.object_id == ["000006"] * 3
        assert found.band == ["des:z", "des:g", "des:r"]
        np.testing.assert_allclose(found.flux[:2], np.array([67.5, -10.0]) * 10**-1.44)
        np.testing.assert_allclose(found.flux_err[:2], np.array([3.5, 2.5]) * 10**-1.44)
        assert found.reason == ["", "", "end of a light curve"]
        known = found.objects["000006"]
        assert (known["z"], known["z_err"], known["ebv"], known["ra"], known["dec"]) == (
            0.35,
            0.01,
            0.0084,
            53.6,
            -28.1,
        )

    def test_several_objects_in_one_text(self, tmp_path):
        path = tmp_path / "two.dat"
        path.write_text(SNANA + SNANA.replace("000006", "6"))
        assert observations(path).object_id == ["000006"] * 3 + ["6"] * 3

    def test_head_and_phot_as_csv(self, tmp_path, road):
        (tmp_path / "in").mkdir()
        pd.DataFrame(
            {"SNID": ["0012", "12"], "HOSTGAL_SPECZ": [-9.0, 0.3], "HOSTGAL_PHOTOZ": [0.2, 0.4], "MWEBV": 0.1}
        ).to_csv(tmp_path / "in/A_HEAD.csv", index=False)
        phot = pd.DataFrame(
            {"SNID": ["0012", "0012", "12"], "MJD": [60000.0, 60001.0, 60000.0], "FLUXCAL": [100.0, 90.0, -50.0]}
        )
        phot.assign(FLUXCALERR=5.0, FLT=["g", "Y", "r"]).to_csv(tmp_path / "in/A_PHOT.csv.gz", index=False)
        curves = road(tmp_path / "in")
        np.testing.assert_allclose(curves["0012"].flux, np.array([100.0, 90.0]) * 10**-1.44)
        assert curves["0012"].band == "gy"
        assert road.objects["z"].to_pylist() == [0.2, 0.3]
        assert road.objects["ebv"].to_pylist() == [0.1, 0.1]
        assert "not_in_table" not in curves["12"].flags


class TestPlasticc:
    def test_light_curves_and_metadata(self, tmp_path, road):
        (tmp_path / "in").mkdir()
        (tmp_path / "in/lc.csv").write_text(
            "object_id,mjd,passband,flux,flux_err,detected_bool\n615,59750.4,2,-544.8,3.6,1\n615,59751.4,5,-47.4,30.8,0\n"
            "713,59750.5,0,10.0,1.0,0\n"
        )
        (tmp_path / "in/meta.csv").write_text(
            "object_id,ra,decl,hostgal_specz,hostgal_photoz,hostgal_photoz_err,mwebv,target\n"
            "   615,1.0,2.0,0.000,0.000,0.000,0.017,92\n   713,1.0,2.0,0.000,1.627,0.255,0.007,15\n"
        )
        curves = road(tmp_path / "in")
        np.testing.assert_allclose(curves["615"].flux, np.array([-544.8, -47.4]) * 10**-1.44)
        assert curves["615"].band == "ry"
        assert "z_missing" in curves["615"].flags
        assert road.objects["z"].to_pylist()[1] == 1.627
        assert road.objects["z_err"].to_pylist()[1] == 0.255
        assert road.objects["label"].to_pylist() == [0, 1]


class TestFittingProgrammes:
    def test_sncosmo(self, tmp_path):
        path = tmp_path / "SN9_lc.dat"
        path.write_text(
            "@z 0.5\n@mwebv 0.02\ntime band flux fluxerr zp zpsys\n"
            "55070.0 sdssg 0.36 0.67 25.0 ab\n55071.0 bessellb 1.0 0.5 25.0 vega\n"
        )
        found = observations(path)
        np.testing.assert_allclose(found.flux[0], 0.36 * 10**-0.44)
        assert found.band == ["sdss:g", "bessell:B"]
        assert found.reason == ["", "magnitudes that are not AB"]
        assert (found.objects["SN9"]["z"], found.objects["SN9"]["ebv"]) == (0.5, 0.02)

    def test_lightcurve_fitting(self, tmp_path):
        path = tmp_path / "SN2016x.txt"
        table = Table(
            {
                "MJD": [57468.7, 57470.5, 57471.5], "mag": [17.5, 16.0, 19.0], "dmag": [0.16, 0.02, 0.1],
                "filter": ["V", "g", "r"], "source": ["Las Cumbres"] * 3, "nondet": [False, False, True],
            }
        )  # fmt: skip
        table.write(path, format="ascii.fixed_width_two_line")
        found = observations(path)
        assert found.reason == ["Vega magnitudes", "", ""]
        np.testing.assert_allclose(found.flux[1:], [10**3.16, 0.0])
        np.testing.assert_allclose(found.flux_err[2], 10**1.96 / 3)
        assert found.kind.tolist() == [DETECTION, DETECTION, LIMIT]

    def test_piscola(self, tmp_path):
        path = tmp_path / "03D1au.dat"
        path.write_text(
            "name z ra dec\n03D1au 0.50 36.0 -4.0\ntime flux flux_err zp band mag_sys\n"
            "52880.5 -0.4 0.8 27.5 Megacam_g AB\n"
        )
        found = observations(path)
        np.testing.assert_allclose(found.flux, [-0.4 * 10**-1.44])
        assert (found.object_id, found.band, found.objects["03D1au"]["z"]) == (["03D1au"], ["megacam:g"], 0.5)


class TestMallorn:
    def test_light_curves_with_their_list(self, tmp_path, road):
        (tmp_path / "in").mkdir()
        (tmp_path / "in/test_log.csv").write_text(
            "object_id,Z,Z_err,EBV,SpecType,English Translation,split\nquiet_elm,0.5,,0.1,,quiet elm,split_01\n"
        )
        (tmp_path / "in/test_full_lightcurves.csv").write_text(
            "object_id,Time (MJD),Flux,Flux_err,Filter\nquiet_elm,60000.5,3.25,0.5,r\nquiet_elm,60003.5,,,g\n"
        )
        curves = road(tmp_path / "in")
        assert curves["quiet_elm"].flux.tolist() == [3.25]
        assert curves["quiet_elm"].flags == ["missing_values"]
        assert (road.objects["z"][0].as_py(), road.objects["ebv"][0].as_py()) == (0.5, 0.1)


LONG = "object_id,mjd,flux,flux_err,band\n0012,60000.5,5.0,0.5,g\n12,60001.5,-4.0,0.5,r\n"


class TestLongTable:
    @pytest.mark.parametrize(
        "text",
        [
            LONG,
            LONG.replace(",", ";"),
            LONG.replace(",", "\t"),
            LONG.replace(",", "  "),
            LONG.replace("\n", "\r\n"),
            "\ufeff" + LONG,
            "# made by hand\n" + LONG,
            "#" + LONG,
            LONG.replace("-4.0", "-4.0").replace("\n12,", "\n# a comment\n12,"),
            '"object_id","mjd","flux","flux_err","band"\n"0012",60000.5,5.0,0.5,"g"\n"12",60001.5,-4.0,0.5,"r"\n',
        ],
    )
    def test_any_separator_comments_mark_and_line_ends(self, tmp_path, road, text):
        path = tmp_path / "new.txt"
        path.write_bytes(text.encode())
        curves = road(path)
        assert list(curves) == ["0012", "12"]
        assert (curves["0012"].flux.tolist(), curves["12"].flux.tolist()) == ([5.0], [-4.0])
        assert curves["12"].mjd.tolist() == [60001.5]

    @pytest.mark.parametrize("word", ["null", "None", "N/A", "--", "NaN", ""])
    def test_words_for_nothing(self, tmp_path, road, word):
        path = tmp_path / "new.csv"
        path.write_text(LONG + f"12,60002.5,{word},{word},r\n")
        assert road(path)["12"].flux.tolist() == [-4.0]
        assert road.report["rows without a value"] == 1

    def test_sign_limits_and_zero_points_in_columns(self, tmp_path, road):
        path = tmp_path / "new.csv"
        path.write_text(
            "mjd,m,e,fid,pos,nondet\n60000.5,20.0,0.1,1,t,0\n60001.5,20.0,0.1,1,f,0\n60002.5,20.0,0.1,2,1,1\n"
        )
        columns = {
            "object_id": "",
            "time": "mjd",
            "value": "m",
            "error": "e",
            "band": "fid",
            "sign": "pos",
            "is_limit": "nondet",
        }
        curves = road(path, survey="ztf", unit="AB", columns=columns)
        assert list(curves) == ["new"]
        np.testing.assert_allclose(curves["new"].flux, [10**1.56, -(10**1.56), 0.0])
        np.testing.assert_allclose(curves["new"].flux_err[2], 10**1.56 / 5)

    def test_a_file_is_of_its_own_format_unless_columns_are_set(self, tmp_path):
        path = ztf_forced(tmp_path / "a.txt", [ztf_row(2459000.5, 100.0)])
        assert recognise(path).key == "ztf_forced"
        curves = Road(tmp_path)(
            path, survey="ztf", time="jd", unit="zero_point",
            columns={"object_id": "field", "time": "jd", "value": "forcediffimflux", "error": "forcediffimfluxunc",
                     "band": "filter", "zero_point": "zpdiff"},
        )  # fmt: skip
        np.testing.assert_allclose(curves["600"].flux, [100.0 * 10**-0.84])
