"""What is done about odd, impossible and doubtful values, and about names, whatever format they come from."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tde.errors import InputError
from tde.sources.flags import REDUCED, calibration_note, flag_mask
from tde.sources.object_table import label_of

HEADER = ["object_id", "mjd", "flux", "flux_err", "band"]


def light_curve(name="a", n=60, seed=1, start=60000.0, height=10.0):
    """An outburst after a quiet half, in three bands; errors of 0.3."""
    rng = np.random.default_rng(seed)
    mjd = np.sort(start + rng.uniform(0, 400, n))
    phase = mjd - start - 220
    flux = np.where(phase > 0, height * np.exp(-phase / 40), 0.0) + rng.normal(0, 0.3, n)
    band = np.array(list("gri"))[np.arange(n) % 3]
    return pd.DataFrame({"object_id": name, "mjd": mjd, "flux": flux, "flux_err": 0.3, "band": band})


def written(frame, path):
    frame = frame.reset_index(drop=True)
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    else:
        frame.to_csv(path, index=False)
    return path


def calibration(curve):
    return calibration_note(flag_mask(";".join(curve.flags)))


class TestSentinels:
    @pytest.mark.parametrize("value", [-999, -9, 99, -99999, 999, -99])
    @pytest.mark.parametrize("column", ["flux", "flux_err"])
    def test_sentinels_are_unknown_and_counted(self, tmp_path, road, value, column):
        frame = light_curve()
        frame.loc[[3, 10, 50], column] = value
        curve = road(written(frame, tmp_path / "new.csv"))["a"]
        assert len(curve.mjd) == 57
        assert road.report["rows without a value"] == 3
        assert "missing_values" in curve.flags

    def test_whole_numbers_may_be_minus_nine(self, tmp_path, road):
        frame = light_curve(height=100).round({"flux": 0}).assign(flux_err=3.5)
        frame.loc[5, "flux"] = -9
        frame.loc[6, "flux"] = 99
        assert len(road(written(frame, tmp_path / "new.csv"))["a"].mjd) == 60

    @pytest.mark.parametrize(("value", "unknown"), [(-9, True), (-999, True), (99, True), (-1, True), (-0.05, False)])
    def test_redshifts(self, tmp_path, road, value, unknown):
        table = written(pd.DataFrame({"object_id": ["a"], "z": [value], "ebv": [0.1]}), tmp_path / "objects.csv")
        flags = road(written(light_curve(), tmp_path / "new.csv"), table)["a"].flags
        assert ("z_missing" in flags) == unknown
        assert ("z_floor" in flags) == (not unknown)

    def test_errors_of_redshifts_and_extinction(self, tmp_path, road):
        table = pd.DataFrame({"object_id": ["a"], "z": [0.1], "ze": [99.0], "ebv": [5.0]})
        curve = road(
            written(light_curve(), tmp_path / "new.csv"),
            written(table, tmp_path / "o.csv"),
            object_columns={"z_err": "ze"},
        )["a"]
        assert np.isnan(road.objects["z_err"].to_numpy()[0])
        assert "ebv_large" in curve.flags
        assert calibration(curve) == "reduced:ebv_large"
        road(tmp_path / "new.csv", written(table.assign(ebv=99.0), tmp_path / "o.csv"))
        assert road.objects["ebv"].to_pylist() == [0.05]

    @pytest.mark.parametrize(
        ("column", "value", "words"), [("z", 25.0, "z is 25.0; allowed"), ("ebv", -5.0, "ebv is -5.0")]
    )
    def test_impossible_numbers_are_refused(self, tmp_path, road, column, value, words):
        table = pd.DataFrame({"object_id": ["a"], "z": [0.1], "ebv": [0.1]}).assign(**{column: value})
        with pytest.raises(InputError, match=rf"o.csv: line 2: {words}"):
            road(written(light_curve(), tmp_path / "new.csv"), written(table, tmp_path / "o.csv"))

    @pytest.mark.parametrize(
        ("frame", "block", "words"),
        [
            (
                light_curve().assign(zp=0.0),
                {"unit": "zero_point", "columns": {"zero_point": "zp"}},
                "zp is 0.0; allowed",
            ),
            (light_curve().assign(flux=2000.0), {"unit": "Jy"}, r"the flux in uJy is 2000000000.0; allowed"),
            (light_curve().assign(flux=0.0), {"unit": "AB"}, "flux is 0.0; allowed: an AB magnitude"),
        ],
    )
    def test_wrong_zero_points_units_and_magnitudes(self, tmp_path, road, frame, block, words):
        with pytest.raises(InputError, match=words):
            road(written(frame, tmp_path / "new.csv"), **block)

    def test_a_zero_point_of_minus_999_is_unknown(self, tmp_path, road):
        frame = light_curve().assign(zp=23.9)
        frame.loc[4, "zp"] = -999
        curve = road(written(frame, tmp_path / "n.csv"), unit="zero_point", columns={"zero_point": "zp"})["a"]
        assert len(curve.mjd) == 59


class TestNames:
    def test_names_are_exact_text(self, tmp_path, road):
        frames = [light_curve(name, seed=k) for k, name in enumerate(["0012", "12", " 12 ", "12.0"])]
        curves = road(written(pd.concat(frames), tmp_path / "new.csv"))
        assert {name: len(curve.mjd) for name, curve in curves.items()} == {"0012": 60, "12": 120, "12.0": 60}

    @pytest.mark.parametrize("kind", ["int64", "float64"])
    def test_numbers_in_parquet_are_whole_text(self, tmp_path, road, kind):
        frame = pd.concat([light_curve(7), light_curve(8, seed=2)]).astype({"object_id": kind})
        table = pd.DataFrame({"object_id": ["7", "8"], "z": [0.1, 0.2], "ebv": 0.0})
        curves = road(written(frame, tmp_path / "new.parquet"), written(table, tmp_path / "o.csv"))
        assert list(curves) == ["7", "8"]
        assert road.objects["z"].to_pylist() == [0.1, 0.2]

    def test_large_whole_numbers_survive_and_decimal_ones_are_refused(self, tmp_path, road):
        large = 170032915988086813
        frame = pd.concat([light_curve(large), light_curve(large + 1)])
        assert list(road(written(frame, tmp_path / "new.parquet"))) == [str(large), str(large + 1)]
        with pytest.raises(InputError, match="no longer tell objects apart"):
            road(written(frame.astype({"object_id": float}), tmp_path / "new.parquet"))

    @pytest.mark.parametrize("name", ["", "  ", None])
    def test_an_empty_name_is_refused(self, tmp_path, road, name):
        frame = light_curve()
        frame.loc[3, "object_id"] = name
        with pytest.raises(InputError, match=r"new.csv: line 5: object_id is empty; allowed: the name of an object"):
            road(written(frame, tmp_path / "new.csv"))

    def test_a_join_that_finds_nothing_names_examples(self, tmp_path, road):
        table = written(pd.DataFrame({"object_id": ["0012"], "z": [0.1], "ebv": [0.0]}), tmp_path / "o.csv")
        with pytest.raises(InputError, match=r"lists '0012', the light curves are of '12'; they differ only in"):
            road(written(light_curve("12"), tmp_path / "new.csv"), table)
        with pytest.raises(InputError, match=r"none of its objects has a light curve"):
            road(written(light_curve("x"), tmp_path / "new.csv"), table)

    @pytest.mark.parametrize(
        ("text", "label"),
        [
            *((word, 1) for word in ("1", "1.0", "True", "true", "tde", "TDE", "TDE-H", "TDE-He", "TDE-H-He")),
            ("TDE-featureless", 1),
            *((word, 0) for word in ("0", "0.0", "False", "SN Ia", "AGN", "2")),
            *((word, -1) for word in (None, "", "-", "Unknown", "TDE?", "nan")),
        ],
    )  # fmt: skip
    def test_labels(self, text, label):
        assert label_of(text) == label


class TestBandsAndFiles:
    def test_one_foreign_band_leaves_out_its_rows_alone(self, tmp_path, road):
        frame = light_curve()
        frame.loc[[3, 4], "band"] = ["uvot::uvw2", "?"]
        curve = road(written(frame, tmp_path / "new.csv"))["a"]
        assert len(curve.mjd) == 58
        assert "unusable_bands" in curve.flags
        assert road.report["rows in bands that cannot be used"] == {"?": 1, "uvot:uvw2": 1}

    def test_nothing_but_unknown_bands_is_refused(self, tmp_path, road):
        with pytest.raises(InputError, match=r"no observation in a band that is known; found q; known: lsst:u"):
            road(written(light_curve().assign(band="q"), tmp_path / "new.csv"))

    def test_atlas_stands_in_and_is_flagged(self, tmp_path, road):
        frame = light_curve().assign(band=["c", "o"] * 30)
        curve = road(written(frame, tmp_path / "new.csv"), survey="atlas", columns={"value": "flux"})["a"]
        assert set(curve.band) == {"g", "r"}
        assert {"foreign_bands", "distant_bands"} <= set(curve.flags)
        assert calibration(curve) == "reduced:z_missing+distant_bands"

    def test_a_folder_names_what_it_does_not_read(self, tmp_path, road, capsys):
        folder = tmp_path / "in"
        folder.mkdir()
        written(light_curve("a"), folder / "a.CSV")
        written(light_curve("b"), folder / "b.csv.gz")
        written(light_curve("c"), folder / "c")
        (folder / "README.md").write_text("Photometry of a, b and c.\n")
        (folder / "bts.csv").write_text("NAME,LABEL,Z\na,TDE-H,0.05\nelsewhere,SN Ia,0.1\n")
        assert list(road(folder)) == ["a", "b", "c"]
        assert road.report["files not read"] == [str(folder / "README.md")]
        assert road.report["formats"] == {"objects_only": 1, "long_table": 3}
        assert "NOT READ, of no format that is known" in capsys.readouterr().out
        assert road.objects["label"].to_pylist() == [1, -1, -1]
        assert road.objects["z"].to_pylist()[0] == 0.05
        with pytest.raises(InputError, match=r"README.md: of no format that is known; it begins with 'Photometry of a"):
            road(folder / "README.md")

    def test_several_files_in_a_list_and_the_same_object_in_two(self, tmp_path, road):
        frame = light_curve()
        one, two = written(frame[:40], tmp_path / "1.csv"), written(frame[30:], tmp_path / "2.csv")
        curve = road([one, two, tmp_path / "1.*"])["a"]
        assert len(curve.mjd) == 60
        assert road.report["repeated rows"] == 10
        assert "repeated_rows" in curve.flags

    def test_a_list_of_objects_alone_has_no_observation(self, tmp_path, road):
        (tmp_path / "bts.csv").write_text("NAME,LABEL,Z\na,TDE-H,0.05\n")
        with pytest.raises(InputError, match="no observation in 1 file"):
            road(tmp_path / "bts.csv")

    def test_names_that_snakemake_would_take_for_wildcards(self, tmp_path, road):
        with pytest.raises(InputError, match="names without braces"):
            road(written(light_curve(), tmp_path / "night{1}.csv"))

    def test_a_format_that_is_set_is_taken(self, tmp_path, road):
        path = written(light_curve(), tmp_path / "new.csv")
        with pytest.raises(InputError, match=r"new.csv: not of the format 'ztf_forced' that predict.format sets"):
            road(path, format="ztf_forced")
        with pytest.raises(InputError, match=r"predict.format: got 'xml'; allowed: .*'ztf_forced', 'atlas_forced'"):
            road(path, format="xml")

    def test_total_fluxes_are_refused(self, tmp_path, road):
        with pytest.raises(InputError, match="got 'scienceFlux', a total flux; allowed: the flux of a"):
            road(tmp_path, columns={"value": "scienceFlux"})

    def test_chunks_of_any_size_and_many_small_files_give_the_same(self, tmp_path, road):
        folder = tmp_path / "in"
        folder.mkdir()
        for k in range(30):
            written(light_curve(f"o{k:02d}", seed=k), folder / f"{k:02d}.csv")
        whole = road(folder, chunk_size=100)
        parts = road(folder, chunk_size=7)
        assert list(whole) == list(parts)
        assert road.report["chunks"] == 5
        for name, curve in whole.items():
            np.testing.assert_array_equal(curve.flux, parts[name].flux)
            assert curve.flags == parts[name].flags


class TestVisits:
    def test_forced_photometry_comes_before_alerts_and_both_before_limits(self, tmp_path, road):
        folder = tmp_path / "ZTF1"
        folder.mkdir()
        (folder / "detections.csv").write_text(
            "mjd,fid,isdiffpos,magpsf,sigmapsf\n60010.1,1,1,19,0.1\n60020.1,1,1,19,0.1\n"
        )
        (folder / "non_detections.csv").write_text("mjd,fid,diffmaglim\n60020.1002,1,20.5\n60030.1,1,20.5\n")
        (folder / "forced_photometry.csv").write_text(
            "mjd,fid,isdiffpos,mag,e_mag,diffmaglim,procstatus,magzpsci\n60010.1001,1,1,20,0.1,20.4,0,26.3\n"
        )
        curve = road(folder)["ZTF1"]
        np.testing.assert_allclose(curve.flux, [10**1.56, 10**1.96, 0.0])
        assert "two_lists" in curve.flags
        assert road.report["alerts replaced by forced photometry"] == 2

    def test_two_values_of_one_exposure_are_told(self, tmp_path, road):
        frame = light_curve()
        again = frame.iloc[[30]].assign(mjd=lambda f: f.mjd + 1e-4, flux=lambda f: f.flux + 0.1)
        curve = road(written(pd.concat([frame, again]), tmp_path / "new.csv"))["a"]
        assert "duplicated_epochs" in curve.flags
        assert "duplicated_epochs" in calibration(curve)

    def test_nights_are_combined_by_choice(self, tmp_path, road):
        frame = pd.DataFrame(
            [("a", 60000.1, 10.0, 1.0, "g"), ("a", 60000.3, 20.0, 2.0, "g"), ("a", 60000.2, 5.0, 1.0, "r"),
             ("a", 60001.1, 7.0, 1.0, "g"), ("a", 60001.9, 9.0, 1.0, "g")],
            columns=HEADER,
        )  # fmt: skip
        path = written(frame, tmp_path / "new.csv")
        curve = road(path, nightly=True)["a"]
        np.testing.assert_allclose(curve.mjd, [60000.14, 60000.2, 60001.1, 60001.9])
        np.testing.assert_allclose(curve.flux, [(10 + 20 / 4) / 1.25, 5.0, 7.0, 9.0])
        np.testing.assert_allclose(curve.flux_err, [1.25**-0.5, 1.0, 1.0, 1.0])
        assert "nightly" in curve.flags
        assert len(road(path)["a"].mjd) == 5


class TestSignal:
    def test_noise_and_constants_are_no_light_curves(self, tmp_path, road):
        rng = np.random.default_rng(5)
        frames = []
        for k in range(200):
            n = int(rng.integers(60, 400))
            error = rng.uniform(0.2, 1.0, n)
            frame = pd.DataFrame({"object_id": f"{k}", "mjd": np.sort(60000 + rng.uniform(0, 1500, n))})
            level = 3.0 if k % 2 else 0.0
            frames.append(
                frame.assign(flux=rng.normal(level, error), flux_err=error, band=rng.choice(list("ugrizy"), n))
            )
        curves = road(written(pd.concat(frames), tmp_path / "new.csv"), chunk_size=500)
        flagged = np.mean(["no_signal" in curve.flags for curve in curves.values()])
        assert flagged > 0.97
        assert "no_signal" in REDUCED

    def test_outbursts_have_a_signal(self, tmp_path, road):
        frames = [light_curve(f"{k}", seed=k, height=4.0) for k in range(50)]
        curves = road(written(pd.concat(frames), tmp_path / "new.csv"))
        assert not any("no_signal" in curve.flags for curve in curves.values())
        assert {calibration(curve) for curve in curves.values()} == {"reduced:z_missing"}

    @pytest.mark.parametrize(
        ("change", "flag"),
        [
            (lambda f: f.assign(flux_err=1e-9), "tiny_errors"),
            (lambda f: f.assign(flux=f.flux * 1000, flux_err=f.flux_err * 1000), "odd_scale"),
            (lambda f: f.assign(flux=f.flux / 1000, flux_err=f.flux_err / 1000), "odd_scale"),
            (lambda f: f.assign(flux=f.flux.where(f.index != 12, 30.0)), "outlier"),
            (lambda f: f.assign(mjd=f.mjd - 60000), "relative_times"),
            (lambda f: f.assign(flux=f.flux + 2.0), "baseline_offset"),
        ],
    )
    def test_odd_numbers_are_flagged(self, tmp_path, road, change, flag):
        frame = light_curve(n=120)
        assert flag not in road(written(frame, tmp_path / "new.csv"))["a"].flags
        assert flag in road(written(change(frame), tmp_path / "new.csv"))["a"].flags

    def test_objects_without_observations_are_not_as_trained(self, tmp_path, road):
        table = pd.DataFrame({"object_id": ["a", "b"], "z": 0.1, "ebv": 0.0})
        curves = road(written(light_curve(), tmp_path / "new.csv"), written(table, tmp_path / "o.csv"))
        assert calibration(curves["a"]) == "as_trained"
        assert calibration(curves["b"]) == "reduced:no_observations"


class TestLevels:
    def test_each_reference_image_has_its_level(self, tmp_path, road):
        clean = light_curve(n=240)
        image = np.where(np.arange(240) % 2, "one", "two")
        offset = {
            ("g", "one"): 2.0,
            ("g", "two"): -1.5,
            ("r", "one"): 0.7,
            ("r", "two"): 3.0,
            ("i", "one"): 1.0,
            ("i", "two"): 0.0,
        }
        shifted = clean.assign(ref=image)
        shifted["flux"] += [offset[key] for key in zip(clean.band, image, strict=True)]
        expected = road(written(clean, tmp_path / "clean.csv"))["a"]
        found = road(written(shifted, tmp_path / "new.csv"), columns={"reference": "ref"})["a"]
        assert "baseline_subtracted" in found.flags
        assert "no_baseline" not in found.flags
        # each level is known from some twenty observations with errors of 0.3
        assert np.abs(found.flux - expected.flux).max() < 0.3
        assert np.sqrt(np.mean((found.flux - expected.flux) ** 2)) < 0.12
        np.testing.assert_array_equal(found.flux_err, expected.flux_err)

    def test_an_outburst_from_the_start_has_no_level(self, tmp_path, road):
        late = light_curve(n=240)
        late = late[late.mjd > 60230].assign(ref="one", flux=lambda f: f.flux + 2.0)
        found = road(written(late, tmp_path / "new.csv"), columns={"reference": "ref"})["a"]
        assert "no_baseline" in found.flags
        assert "baseline_subtracted" not in found.flags
        np.testing.assert_array_equal(np.sort(found.flux), np.sort(late.flux))
