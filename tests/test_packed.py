"""A bundle in one file, the one that comes with the repository, and code that computes other features."""

import csv
import lzma
import shutil
import tarfile
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score
from workspace import ROOT

from tde.errors import InputError
from tde.predict import bundle as bundles
from tde.predict.bundle import read_bundle
from tde.predict.classify import classify
from tde.predict.known_features import FEATURES, check_features, differ
from tde.predict.packed import N_BITS, pack, rounded, unpack
from tde.simulation.sample import sample
from tde.tables import read_parquet, write_parquet
from tde.workflow.plan import SHIPPED

LARGEST = 6e6
"""Bytes of the bundle that comes with the repository."""


@pytest.fixture(scope="module")
def folder(quick):
    return quick.path / "results/simulated/bundle"


@pytest.fixture(scope="module")
def packed(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("packed") / "bundle.tar.xz"
    pack(folder, path)
    return path


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    place = tmp_path_factory.mktemp("shipped") / "mallorn"
    unpack(ROOT / SHIPPED, place)
    return read_bundle(place)


def said(bundle, lightcurves):
    n = len(lightcurves)
    objects = pa.table({"z_err": pa.array([None] * n, pa.float64()), "flags": [""] * n})
    return np.array(classify(bundle, lightcurves, objects)["p_TDE"].to_pylist(), dtype=float)


class TestPacked:
    def test_says_nearly_the_same_after_packing(self, folder, packed, tmp_path):
        unpack(packed, tmp_path / "again")
        lightcurves = sample(1, 3)
        np.testing.assert_allclose(
            said(read_bundle(tmp_path / "again"), lightcurves), said(read_bundle(folder), lightcurves), atol=1e-3
        )
        assert "trained on the data set simulated:\n210 objects" in (tmp_path / "again/README.md").read_text()

    def test_same_bundle_same_bytes(self, folder, packed, tmp_path):
        pack(folder, tmp_path / "second.tar.xz")
        assert (tmp_path / "second.tar.xz").read_bytes() == packed.read_bytes()

    def test_numbers_keep_their_digits(self):
        rng = np.random.default_rng(2)
        values = rng.normal(size=1000) * 10.0 ** rng.uniform(-300, 300, 1000)
        np.testing.assert_allclose(rounded(values), values, rtol=0.5**N_BITS)
        odd = np.array([0.0, -0.0, np.nan, np.inf, -np.inf])
        np.testing.assert_array_equal(rounded(odd), odd)
        assert rounded(odd.astype(np.float32)).dtype == np.float32

    @pytest.mark.parametrize("kept", [0.0, 0.3, 0.999])
    def test_a_damaged_file_is_refused(self, packed, tmp_path, kept):
        content = packed.read_bytes()
        (tmp_path / "half.tar.xz").write_bytes(content[: int(kept * len(content))])
        with pytest.raises(InputError, match=r"half.tar.xz: not a packed bundle, or damaged"):
            unpack(tmp_path / "half.tar.xz", tmp_path / "folder")
        assert not (tmp_path / "folder").exists()

    def test_nothing_is_written_outside_the_folder(self, tmp_path):
        (tmp_path / "x").write_text("x")
        with lzma.open(tmp_path / "bad.tar.xz", "wb") as stream, tarfile.open(fileobj=stream, mode="w") as archive:
            archive.add(tmp_path / "x", "../outside.txt")
        with pytest.raises(InputError, match=r"bad.tar.xz: not a packed bundle"):
            unpack(tmp_path / "bad.tar.xz", tmp_path / "folder/deep")
        assert not (tmp_path / "folder/outside.txt").exists()

    def test_another_archive_is_no_bundle(self, tmp_path):
        (tmp_path / "x").write_text("x")
        with tarfile.open(tmp_path / "other.tar.xz", "w:xz") as archive:
            archive.add(tmp_path / "x", "x")
        with pytest.raises(InputError, match=r"not a bundle: manifest\.json or SHA256SUMS is missing"):
            unpack(tmp_path / "other.tar.xz", tmp_path / "folder")


class TestKnownFeatures:
    @pytest.fixture
    def by_other_code(self, folder):
        loaded = read_bundle(folder)
        assert loaded.by_this_code
        return replace(loaded, manifest=loaded.manifest | {"feature_library": "0" * 64})

    def test_other_code_with_the_same_features_may_use_a_bundle(self, by_other_code, capsys):
        check_features(by_other_code)
        assert "which gives the same features of" in capsys.readouterr().out

    def test_other_features_are_refused(self, by_other_code, folder, tmp_path):
        table = read_parquet(folder / FEATURES)
        name = "shape.r_rise_time" if "shape.r_rise_time" in table.column_names else table.column_names[0]
        column = table.column_names.index(name)
        # as of code that measured in another unit
        table = table.set_column(column, name, pa.array(2.0 * table[name].to_numpy() + 1.0))
        for file in folder.iterdir():
            (tmp_path / file.name).symlink_to(file)
        (tmp_path / FEATURES).unlink()
        write_parquet(tmp_path / FEATURES, table)
        with pytest.raises(InputError, match=rf"1 of \d+ come out differently here .* {name} among them"):
            check_features(replace(by_other_code, folder=tmp_path))

    def test_what_counts_as_another_value(self):
        known = np.array([1.0, 1.0, np.nan, np.nan, 0.0, 0.0, 1e5])
        here = np.array([1.00001, 1.001, np.nan, 1.0, 0.0, 1e-9, -1e5])
        assert differ(known, here).tolist() == [False, True, False, True, False, True, True]

    def test_the_sample_has_every_type_and_less_in_some(self):
        lightcurves = sample(2, 5)
        assert np.isnan(lightcurves.z).any()
        assert not lightcurves.of_lsst
        assert len(np.unique(lightcurves.filter)) == 9
        again = sample(2, 5)
        np.testing.assert_array_equal(lightcurves.flux, again.flux)
        points = np.diff(lightcurves.offsets)
        assert points.min() < 0.5 * np.median(points)


class TestShipped:
    def test_one_command_classifies_a_file_without_a_run_of_ones_own(self, workspace):
        shutil.copy(ROOT / "docs/parts/examples/ZTF20example_fp_lc.txt", workspace.path)
        asked = ("predict", "--config", 'predict={bundle: "", lightcurves: ZTF20example_fp_lc.txt}')
        assert workspace.planned_rules(*asked) <= {
            "unpack_bundle", "read_lightcurves", "classify_chunk", "gather_predictions", "write_candidates", "predict"
        }  # fmt: skip
        said = workspace.snakemake("--cores", "2", *asked)
        assert "trained on mallorn" in said.stdout + said.stderr
        place = workspace.path / "results/predict/new"
        assert "a blend trained on mallorn" in (place / "candidates.html").read_text()
        (row,) = csv.DictReader((place / "predictions.csv").open())
        assert 0.0 < float(row["p_TDE"]) < 1.0

    def test_is_small_and_whole(self, shipped):
        assert (ROOT / SHIPPED).stat().st_size <= LARGEST
        assert shipped.manifest["dataset"] == "mallorn"
        assert shipped.population["n_objects"] == 3043
        assert shipped.unfinished is not None

    def test_features_are_those_it_has_learnt_from(self, shipped):
        """If this fails, features mean something else than they did: make the bundle again (CONTRIBUTING.md)."""
        check_features(replace(shipped, manifest=shipped.manifest | {"feature_library": "0" * 64}))

    def test_holds_no_light_curve_but_simulated_ones(self, shipped):
        names = {path.name for path in bundles.bundle_files(shipped.folder)}
        tables = {name for name in names if name.endswith(".parquet")}
        assert {name for name in tables if "flux" in read_parquet(shipped.folder / name).column_names} == {
            "known_lightcurves.parquet"
        }
        objects = read_parquet(shipped.folder / "known_objects.parquet")["object_id"].to_pylist()
        assert all(name.startswith("simulated ") for name in objects)
        assert "arXiv:2512.04946" in (shipped.folder / "README.md").read_text()

    def test_tells_simulated_tdes_from_the_rest(self, shipped):
        """It has never seen them: the simulator draws its own events."""
        lightcurves = sample(8, 11)
        p_tde = said(shipped, lightcurves)
        is_tde = np.array([name.startswith("simulated TDE") for name in lightcurves.object_id])
        assert is_tde.sum() == 8
        assert roc_auc_score(is_tde, p_tde) > 0.7
