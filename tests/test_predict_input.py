"""Reading new light curves: units, times, bands, limits, and every way in which they can be wrong."""

import csv

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tde.errors import InputError
from tde.filters import FILTERS, SURVEYS
from tde.lightcurves import read_shard
from tde.photometry import EFFECTIVE_WAVELENGTH, ab_flux, dereddening_factor, extinction_per_ebv
from tde.sources.chunk_files import OBJECTS_FILE
from tde.sources.chunks import write_chunks
from tde.sources.flags import FLAGS, calibration_note, count_flags, flag_mask, flag_text
from tde.sources.input_files import files_of
from tde.sources.object_table import read_object_table
from tde.sources.passbands import names_of
from tde.sources.readers.long_table import own_bands
from tde.tables import read_parquet
from tde.workflow.configuration.predict_settings import Predict
from tde.workflow.configuration.problems import read_block

HEADER = ("object_id", "mjd", "flux", "flux_err", "band")
ROWS = [
    ("a", 60010.0, 5.0, 0.5, "r"),
    ("b", 60000.0, 1.0, 0.2, "g"),
    ("a", 60000.0, 4.0, 0.5, "g"),
    ("a", 60005.0, -1.0, 0.5, "r"),
]
OBJECTS = [("a", 0.2, 0.1), ("b", 0.5, 0.02)]


def write_table(path, header, rows):
    if path.suffix == ".parquet":
        pq.write_table(pa.table({name: [row[k] for row in rows] for k, name in enumerate(header)}), path)
        return path
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


@pytest.fixture
def read(tmp_path):
    """Read rows in the user's form; gives the light curves by name, flags by name, and the counts."""

    def act(
        rows=ROWS, header=HEADER, objects=OBJECTS, objects_header=("object_id", "z", "ebv"), suffix=".csv", **block
    ):
        chunk_size = block.pop("chunk_size", 10)
        source = block.pop("source", None) or write_table(tmp_path / f"new{suffix}", header, rows)
        settings = read_block(Predict, {"lightcurves": str(source), **block}, "predict")
        table = write_table(tmp_path / f"objects{suffix}", objects_header, objects) if objects is not None else None
        known = read_object_table(table, settings.object_columns, 0.05)
        counts = write_chunks(settings, files_of(str(source)), known, chunk_size, tmp_path / "chunks")
        found = read_parquet(tmp_path / "chunks" / OBJECTS_FILE)
        curves = {}
        for name in sorted(set(found["shard"].to_pylist())):
            mine = found.filter(pa.compute.equal(found["shard"], name)).combine_chunks()
            shard = read_shard(tmp_path / f"chunks/{name}.parquet", mine)
            for k, identifier in enumerate(shard.object_id):
                rows_of = shard.rows(k)
                curves[identifier] = (
                    shard.mjd[rows_of],
                    shard.band[rows_of],
                    shard.flux[rows_of],
                    shard.flux_err[rows_of],
                )
        flags = dict(
            zip(found["object_id"].to_pylist(), (text.split(";") for text in found["flags"].to_pylist()), strict=True)
        )
        return curves, flags, counts, found

    return act


class TestForms:
    @pytest.mark.parametrize("suffix", [".csv", ".parquet"])
    def test_unsorted_rows_are_sorted_and_extinction_undone(self, read, suffix):
        curves, flags, counts, _ = read(suffix=suffix)
        mjd, band, flux, flux_err = curves["a"]
        assert mjd.tolist() == [60000.0, 60005.0, 60010.0]
        assert band.tolist() == [1, 2, 2]
        factor = dereddening_factor(band, 0.1)
        np.testing.assert_array_equal(flux, np.array([4.0, -1.0, 5.0]) * factor)
        np.testing.assert_array_equal(flux_err, 0.5 * factor)
        assert flags == {"a": [""], "b": [""]}
        assert counts["rows read"] == 4

    def test_a_folder_of_files_and_chunks_of_any_size_give_the_same(self, read, tmp_path):
        whole, _, _, _ = read()
        folder = tmp_path / "many"
        folder.mkdir()
        for k, row in enumerate(ROWS):
            write_table(folder / f"night_{k}{'.csv' if k % 2 else '.parquet'}", HEADER, [row])
        parts, _, counts, found = read(source=folder, chunk_size=1)
        assert counts["chunks"] == 2
        assert found["shard"].to_pylist() == ["chunk_00000", "chunk_00001"]
        for name in whole:
            for one, other in zip(whole[name], parts[name], strict=True):
                np.testing.assert_array_equal(one, other)

    def test_columns_and_units_of_the_users_own(self, read):
        header = ("name", "jd", "f", "df", "fid", "zp")
        rows = [("a", t + 2400000.5, f, e, {"g": 1, "r": 2}[b], 25.0) for n, t, f, e, b in ROWS if n == "a"]
        curves, flags, _, _ = read(
            rows, header, [("a", 0.2, 0.1)], time="jd", survey="ztf", unit="zero_point", dereddened=True,
            columns={"object_id": "name", "time": "jd", "value": "f", "error": "df", "band": "fid", "zero_point": "zp"},
        )  # fmt: skip
        mjd, _, flux, _ = curves["a"]
        np.testing.assert_allclose(mjd, [60000.0, 60005.0, 60010.0], atol=1e-6)
        np.testing.assert_allclose(flux, np.array([4.0, -1.0, 5.0]) * 10 ** (0.4 * (23.9 - 25.0)))
        assert flags["a"] == ["foreign_bands"]

    @pytest.mark.parametrize(("unit", "factor"), [("nJy", 1e-3), ("mJy", 1e3), ("Jy", 1e6)])
    def test_flux_units(self, read, unit, factor):
        curves, _, _, _ = read(unit=unit, dereddened=True)
        np.testing.assert_allclose(curves["b"][2], [factor])

    def test_magnitudes_limits_and_99(self, read):
        rows = [
            ("a", 60000.0, 20.0, 0.1, "r", 21.0),
            ("a", 60001.0, 99.0, 99.0, "r", 21.5),
            ("a", 60002.0, -99.0, 0.1, "r", ""),
            ("a", 60003.0, "", "", "r", 99),
        ]
        curves, flags, counts, _ = read(
            rows, (*HEADER, "limit"), unit="AB", dereddened=True, limit_sigma=5, columns={"limit": "limit"}
        )
        _, _, flux, flux_err = curves["a"]
        np.testing.assert_allclose(flux, [ab_flux(20.0), 0.0])
        np.testing.assert_allclose(flux_err, [ab_flux(20.0) * 0.1 * np.log(10) / 2.5, ab_flux(21.5) / 5])
        assert flags["a"] == ["upper_limits", "missing_values"]
        assert counts["upper limits"] == 1
        assert counts["rows without a value"] == 2

    def test_later_observations_are_left_out(self, read):
        curves, flags, counts, _ = read(until_mjd=60005.0)
        assert curves["a"][0].tolist() == [60000.0, 60005.0]
        assert flags["a"] == ["partial"]
        assert flags["b"] == [""]  # it loses nothing
        assert counts["rows after the date"] == 1


class TestFlags:
    def test_unknown_redshift_and_extinction_are_told(self, read):
        _, flags, _, found = read(objects=[("a", "", ""), ("b", -0.1, -0.01)])
        assert flags["a"] == ["z_missing", "ebv_missing"]
        assert flags["b"] == ["z_floor", "ebv_negative"]
        assert np.isnan(found["z"].to_numpy()[0])
        assert found["ebv"].to_pylist() == [0.05, 0.0]

    def test_objects_that_the_table_does_not_list(self, read):
        _, flags, _, _ = read(objects=[("b", 0.5, 0.02)])
        assert flags["a"] == ["not_in_table", "z_missing", "ebv_missing"]
        _, flags, _, _ = read(objects=None)
        assert flags["a"] == ["z_missing", "ebv_missing"]

    def test_listed_objects_without_observations(self, read):
        curves, flags, _, _ = read(objects=[*OBJECTS, ("c", 0.1, 0.0)])
        assert flags["c"] == ["no_observations"]
        assert len(curves["c"][0]) == 0

    def test_repeated_rows_and_doubled_epochs(self, read):
        curves, flags, counts, _ = read([*ROWS, ROWS[0], ("b", 60000.0, 1.5, 0.2, "g")])
        assert len(curves["a"][0]) == 3
        assert flags["a"] == ["repeated_rows"]
        assert counts["repeated rows"] == 1
        assert len(curves["b"][0]) == 2
        assert flags["b"] == ["duplicated_epochs"]

    def test_magnitudes_given_as_fluxes_are_suspected(self, read):
        rows = [("a", 60000.0 + k, 20.0 + 0.01 * k, 0.1, "r") for k in range(25)]
        assert "looks_like_magnitudes" in read(rows)[1]["a"]

    def test_every_flag_goes_there_and_back_and_is_counted(self):
        text = ";".join(FLAGS)
        assert flag_text(flag_mask(text)) == text
        assert count_flags([flag_mask("partial"), flag_mask("partial;few_bands")]) == {"few_bands": 1, "partial": 2}
        assert calibration_note(flag_mask("z_missing;few_bands;upper_limits")) == "reduced:few_bands+z_missing"
        assert calibration_note(flag_mask("upper_limits")) == "as_trained"


def replaced(row, **values):
    return tuple(values.get(name, value) for name, value in zip(HEADER, row, strict=True))


class TestWrongInput:
    @pytest.mark.parametrize(
        ("row", "block", "words"),
        [
            (replaced(ROWS[0], flux_err=-0.5), {}, r"line 6: flux_err is -0.5; allowed: a finite number above 0"),
            (replaced(ROWS[0], flux_err=0), {}, "flux_err is 0.0"),
            (replaced(ROWS[0], mjd=2460000.5), {}, "this is a Julian Date: set predict.time to jd"),
            (replaced(ROWS[0], mjd=5.0), {}, "between the years 1900 and 2100"),
            (replaced(ROWS[0], flux="inf"), {}, "flux is inf"),
            (replaced(ROWS[0], flux="bright"), {}, "line 6: flux is 'bright'; expected a number"),
            (replaced(ROWS[0], object_id=""), {}, "line 6: object_id is empty"),
        ],
    )
    def test_rows_are_named_with_what_is_allowed(self, read, row, block, words):
        with pytest.raises(InputError, match=words):
            read([*ROWS, row], **block)

    def test_modified_dates_given_as_plain_ones(self, read):
        with pytest.raises(InputError, match=r"set predict.time to mjd"):
            read(time="jd")

    def test_fluxes_among_magnitudes(self, read):
        with pytest.raises(
            InputError, match=r"flux is -1.0; allowed: an AB magnitude between 0 and 40.*are these fluxes"
        ):
            read(unit="AB")

    def test_mixed_units(self, read):
        rows = [(*row, "uJy" if k else "nJy") for k, row in enumerate(ROWS)]
        with pytest.raises(InputError, match=r"line 2: unit is 'nJy'; allowed: 'uJy'.*must have one unit"):
            read(rows, (*HEADER, "unit"), columns={"unit": "unit"})

    def test_a_column_under_another_name(self, read):
        with pytest.raises(InputError, match=r"missing column 'band'.*name the columns in predict.columns"):
            read(header=(*HEADER[:-1], "filter"), columns={"value": "flux"}, unit="nJy")
        with pytest.raises(InputError, match=r"of no format that is known; it begins with 'object_id,mjd,.*needs the"):
            read(header=(*HEADER[:-1], "filter"))
        with pytest.raises(InputError, match=r"missing column 'z'; found .*'redshift'.*predict.object_columns"):
            read(objects_header=("object_id", "redshift", "ebv"))
        found = read(objects_header=("object_id", "redshift", "ebv"), object_columns={"z": "redshift"})[3]
        assert found["z"].to_pylist() == [0.2, 0.5]

    def test_an_object_listed_twice(self, read):
        with pytest.raises(InputError, match="line 4: object 'a' is listed more than once"):
            read(objects=[*OBJECTS, OBJECTS[0]])

    def test_an_empty_folder_an_empty_file_and_nothing(self, read, tmp_path):
        (tmp_path / "empty").mkdir()
        with pytest.raises(InputError, match=r"empty'.*a folder without any file"):
            read(source=tmp_path / "empty")
        with pytest.raises(InputError, match="no observation in 1 file"):
            read(rows=[])
        with pytest.raises(InputError, match="got ''; allowed"):
            files_of("")
        with pytest.raises(InputError, match="a pattern that exists"):
            files_of(str(tmp_path / "nothing*.csv"))

    def test_settings_that_contradict_each_other(self):
        with pytest.raises(InputError, match="only with unit AB"):
            read_block(Predict, {"columns": {"limit": "limit"}}, "predict")
        with pytest.raises(InputError, match="only with unit zero_point"):
            read_block(Predict, {"columns": {"zero_point": "zp"}}, "predict")


class TestBands:
    def test_every_surveys_optical_bands_are_used(self):
        bands = FILTERS
        unusable = {key for key, usable in zip(bands.keys, bands.usable, strict=True) if not usable}
        assert unusable == {"uvot:uvw2", "uvot:uvm2", "uvot:uvw1", "wise:w1", "wise:w2"}
        for survey in ("ztf", "ps1", "sdss", "des", "megacam"):
            for name in SURVEYS[survey].wavelengths:
                assert "ugrizy"[bands.nearest[bands.keys.index(f"{survey}:{name}")]] == name

    def test_lsst_bands_are_themselves_and_atlas_lies_between(self):
        bands = FILTERS
        assert bands.wavelength[:6].tolist() == EFFECTIVE_WAVELENGTH.tolist()
        at = {key: k for k, key in enumerate(bands.keys)}
        assert not bands.foreign[[at[f"lsst:{band}"] for band in "ugrizy"]].any()
        assert bands.foreign[at["ztf:r"]]
        assert not bands.foreign[at["ztf:g"]]  # 0.4 % from LSST's
        assert bands.distant[[at["atlas:c"], at["atlas:o"]]].all()
        assert ["ugrizy"[bands.nearest[at[f"atlas:{band}"]]] for band in "co"] == ["g", "r"]

    def test_extinction_is_that_of_the_bands_own_wavelength(self):
        at = dict(zip(FILTERS.keys, extinction_per_ebv(FILTERS.wavelength), strict=True))
        assert at["lsst:z"] < at["ztf:i"] < at["lsst:i"]

    def test_one_band_has_many_names(self):
        names = names_of("ztf")
        assert {names[name] for name in ("g", "1", "ztfg", "zg", "ZTF_g")} == {"ztf:g"}
        assert names_of("lsst")["Y"] == "lsst:y"

    def test_names_of_the_users_own(self, read):
        rows = [(*row[:-1], band) for row, band in zip(ROWS, ("c", "V", "V", "g"), strict=True)]
        curves, flags, _, _ = read(rows, bands={"c": 4900.0, "V": "g"}, dereddened=True)
        assert curves["a"][1].tolist() == [1, 1, 1]
        assert "foreign_bands" in flags["a"]

    @pytest.mark.parametrize(
        ("own", "words"), [({"W1": 33526.0}, "allowed: 3200 to 10500 Angstrom"), ({"x": "q"}, "got 'q'")]
    )
    def test_bands_that_cannot_be_used(self, own, words):
        with pytest.raises(InputError, match=words):
            own_bands(read_block(Predict, {"bands": own}, "predict"))
