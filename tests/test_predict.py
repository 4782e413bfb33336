"""Classifying new light curves: the bundle, what it refuses, and the target `predict` on a finished run."""

import csv
import json
import shutil
import sys
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import yaml
from mallorn_files import MALLORN_COLUMNS, OBJECT_COLUMNS
from workspace import ROOT

from tde.errors import InputError
from tde.evaluation.thresholds import logit
from tde.lightcurves import read_shards
from tde.models.block import ModelBlock
from tde.models.training import Learner, fit
from tde.predict import bundle as bundles
from tde.predict.bundle import read_bundle, read_manifest
from tde.predict.classify import How, classify
from tde.predict.interval import interval, resampled
from tde.predict.perturbations import half_samples, population_redshifts, with_redshifts
from tde.sources.visits import NIGHT_BEGINS
from tde.tables import read_parquet

RESULTS = "results/simulated"


@pytest.fixture(scope="module")
def folder(quick):
    return quick.path / RESULTS / "bundle"


@pytest.fixture
def copied(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "bundle")


class TestBundle:
    def test_holds_what_its_use_needs_and_no_pickle(self, quick, folder):
        loaded = read_bundle(folder)
        config = yaml.safe_load((quick.path / "config.yaml").read_text())
        assert [member.name for member in loaded.members] == config["blends"]["blend"]["models"]
        assert list(loaded.families) == ["gp2d", "shape"]
        assert loaded.threshold == json.loads((quick.path / RESULTS / "threshold.json").read_text())["threshold"]
        assert loaded.classes == ["AGN", "Ia", "CC", "SLSN", "TDE"]
        assert sum(loaded.population["classes"].values()) == loaded.population["n_objects"] == 210
        assert {path.suffix for path in bundles.bundle_files(folder)} == {".json", ".parquet", ".txt"}

    def test_checksums_are_those_of_the_usual_tool(self, quick, folder):
        if shutil.which("sha256sum"):
            quick.run("sh", "-c", f"cd {RESULTS}/bundle && sha256sum --check --quiet SHA256SUMS")

    def test_a_changed_byte_is_refused(self, copied):
        for path in bundles.bundle_files(copied):
            content = path.read_bytes()
            path.write_bytes(content[:-3] + bytes([content[-3] ^ 1]) + content[-2:])
            with pytest.raises(InputError, match=rf"{path.name}: checksum is .* it was changed"):
                read_manifest(copied)
            path.write_bytes(content)
        read_manifest(copied)

    def test_missing_and_additional_files_are_refused(self, copied):
        (copied / "models/extra.txt").write_text("x")
        with pytest.raises(InputError, match=r"models/extra.txt is not a file of the bundle"):
            read_bundle(copied)
        (copied / "models/extra.txt").unlink()
        (copied / bundles.CHECK).unlink()
        with pytest.raises(InputError, match=r"check.parquet is missing"):
            read_bundle(copied)
        with pytest.raises(InputError, match="not a bundle"):
            read_bundle(copied / "models")

    def test_another_version_is_refused(self, copied):
        manifest = json.loads((copied / bundles.MANIFEST).read_text())
        (copied / bundles.MANIFEST).write_text(json.dumps(manifest | {"format_version": 99}))
        bundles.sign(copied)
        with pytest.raises(InputError, match="version 99; allowed: 'mallorn-tde bundle' version 4"):
            read_bundle(copied)

    def test_a_family_that_is_not_here_is_refused(self, copied):
        manifest = json.loads((copied / bundles.MANIFEST).read_text())
        manifest["families"].append({"name": "spectra", "options": {}})
        (copied / bundles.MANIFEST).write_text(json.dumps(manifest))
        bundles.sign(copied)
        with pytest.raises(InputError, match="needs feature family 'spectra', which is not in this version"):
            read_bundle(copied)

    def test_models_that_answer_otherwise_are_refused(self, copied):
        """The known answers find what checksums cannot: a library that predicts something else."""
        (copied / "models/all_lgbm/seed_0.txt").write_text((copied / "models/all_lgbm/seed_1.txt").read_text())
        bundles.sign(copied)
        with pytest.raises(InputError, match=r"gives other probabilities .*lightgbm"):
            read_bundle(copied)


def deviations(probability, weights):
    drawn = logit(resampled(probability, weights))
    return drawn - drawn.mean(axis=0)


class TestInterval:
    def test_holds_the_probability_and_grows_with_the_spread(self):
        calm = [np.full((3, 4), 0.4), np.full((3, 4), 0.4)]
        wild = [np.tile([[0.2], [0.4], [0.6]], 4), np.full((3, 4), 0.5)]
        weights = np.array([0.5, 0.5])
        p = np.array([0.1, 0.4, 0.6, 0.99])
        low, high = interval(p, deviations(calm, weights))
        np.testing.assert_allclose(low, p)
        np.testing.assert_allclose(high, p)
        low, high = interval(p, deviations(wild, weights))
        assert (low < p).all()
        assert (high > p).all()
        of_data = np.random.default_rng(1).normal(-1.0, 1.0, (50, 4))  # shifted, as noise on top of noise is
        low_data, high_data = interval(p, deviations(wild, weights), of_data)
        assert (low_data < low).all()
        assert (high_data > high).all()

    def test_draws_hang_on_the_objects_name_alone(self, quick):
        base = quick.path / RESULTS
        objects = read_parquet(base / "objects/test.parquet")
        curves = read_shards(sorted(map(str, (base / "shards/test").glob("*.parquet"))), objects)
        z_err = np.full(3, 0.01)
        three = half_samples(curves.select(np.arange(3)), z_err, 2)
        one = half_samples(curves.select(np.array([2])), z_err[:1], 2)
        for k in (0, 1):
            np.testing.assert_array_equal(three.flux[three.rows(3 * k + 2)], one.flux[one.rows(k)])
            assert three.z[3 * k + 2] == one.z[k]
        for k in range(6):
            drawn, whole = three.mjd[three.rows(k)], curves.mjd[curves.rows(k % 3)]
            n_drawn, n_nights = (len(np.unique(np.floor(mjd - NIGHT_BEGINS))) for mjd in (drawn, whole))
            assert n_drawn == (n_nights + 1) // 2
            assert np.isin(drawn, whole).all()
        assert not np.array_equal(three.mjd[three.rows(2)], three.mjd[three.rows(5)])

    def test_unknown_redshifts_stand_for_the_population(self, quick):
        z = np.linspace(0.0, 1.0, 99)
        np.testing.assert_allclose(population_redshifts(z, 5), [0.1, 0.3, 0.5, 0.7, 0.9], atol=0.011)
        base = quick.path / RESULTS
        objects = read_parquet(base / "objects/test.parquet")
        curves = read_shards(sorted(map(str, (base / "shards/test").glob("*.parquet"))), objects).select(np.arange(2))
        many = with_redshifts(replace(curves, z=np.full(2, np.nan)), [0.1, 0.4])
        assert many.z.tolist() == [0.1, 0.1, 0.4, 0.4]
        assert np.isfinite(many.distance_modulus).all()
        np.testing.assert_array_equal(many.flux[many.rows(3)], curves.flux[curves.rows(1)])

    def test_nights_are_drawn_whether_or_not_the_redshift_is_known(self, quick):
        base = quick.path / RESULTS
        objects = read_parquet(base / "objects/test.parquet")
        curves = read_shards(sorted(map(str, (base / "shards/test").glob("*.parquet"))), objects).select(np.arange(20))
        half = replace(curves, z=np.where(np.arange(20) % 2 == 0, np.nan, curves.z))
        nothing = pa.table({"z_err": np.full(20, np.nan)})
        hows = [How(n_resamples=n, resample_above=0.0) for n in (0, 4)]
        calm, noisy = (classify(read_bundle(base / "bundle"), half, nothing, how) for how in hows)
        assert calm["p_TDE"].equals(noisy["p_TDE"])
        wider = [np.subtract(table["p_TDE_high"].to_numpy(), table["p_TDE_low"].to_numpy()) for table in (calm, noisy)]
        assert np.mean(wider[1][::2] > wider[0][::2]) > 0.8
        assert np.mean(wider[1][1::2] > wider[0][1::2]) > 0.8


@pytest.fixture(scope="module")
def predicted(quick, tmp_path_factory):
    """A copy in which `predict` has run on the data set's own test set, with its true labels."""
    workspace = quick.copy(tmp_path_factory.mktemp("predict") / "workspace")
    raw = workspace.path / RESULTS / "raw"
    truth = {row["object_id"]: row["target"] for row in csv.DictReader((raw / "truth.csv").open())}
    log = list(csv.DictReader((raw / "test_log.csv").open()))
    with (workspace.path / "objects.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*log[0], "truth"])
        writer.writeheader()
        writer.writerows(row | {"truth": truth[row["object_id"]]} for row in log)
    block = (
        f"predict={{name: test_set, lightcurves: '{RESULTS}/raw/split_*/test_full_lightcurves.csv',"
        f" objects: objects.csv, {MALLORN_COLUMNS}, {OBJECT_COLUMNS[:-1]}, label: truth}}, chunk_size: 200,"
        " learnt_from: whole}"
    )
    workspace.predict = ("--config", block)
    workspace.snakemake("--cores", "2", "predict", *workspace.predict)
    return workspace


class TestPredict:
    def test_the_test_set_gets_the_submission(self, predicted):
        base = predicted.path / RESULTS
        table = pq.read_table(predicted.path / "results/predict/test_set/predictions.parquet")
        submission = pyarrow.csv.read_csv(base / "submission.csv")
        order = np.argsort(table["object_id"].to_numpy())
        theirs = np.argsort(submission["object_id"].to_numpy())
        assert table.num_rows == submission.num_rows == 490
        np.testing.assert_array_equal(
            table["is_TDE"].to_numpy()[order], submission["prediction"].to_numpy()[theirs].astype(bool)
        )
        blend = pq.read_table(base / "blends/blend/test.parquet")
        mine = dict(zip(table["object_id"].to_pylist(), table["p_TDE"].to_pylist(), strict=True))
        assert mine == dict(
            zip(blend["object_id"].to_pylist(), blend["p_TDE"].to_pylist(), strict=True)
        )  # to the last bit

    def test_probabilities_intervals_and_flags_are_whole(self, predicted):
        table = pq.read_table(predicted.path / "results/predict/test_set/predictions.parquet")
        columns = {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}
        total = sum(columns[f"p_{name}"] for name in ("AGN", "Ia", "CC", "SLSN", "TDE"))
        np.testing.assert_allclose(total, 1.0)
        assert (columns["p_TDE_low"] <= columns["p_TDE"]).all()
        assert (columns["p_TDE"] <= columns["p_TDE_high"]).all()
        assert set(columns["interval"][columns["p_TDE"] >= 0.2]) == {"models+data"}
        assert set(columns["interval"][columns["p_TDE"] < 0.2]) == {"models"}
        wide = (columns["p_TDE_high"] - columns["p_TDE_low"])[columns["p_TDE"] >= 0.2]
        assert np.median(wide) > 0.01
        ours = pq.read_table(predicted.path / RESULTS / "candidates/predictions.parquet")
        assert ours["p_AGN"].to_pylist() != []
        rows = list(csv.DictReader((predicted.path / "results/predict/test_set/predictions.csv").open()))
        assert [row["object_id"] for row in rows] == table["object_id"].to_pylist()
        assert [float(row["p_TDE"]) for row in rows] == table["p_TDE"].to_pylist()

    def test_purity_and_completeness_are_as_promised(self, predicted):
        """The classifier keeps its promise on objects it has not seen, within three errors."""
        base = predicted.path / "results/predict/test_set"
        promised = json.loads((base / "summary.json").read_text())["promised"]["random"]["mean"]
        row = next(csv.DictReader((base / "scores.csv").open()))
        assert row["objects"] == "all"
        for name, key in (("purity", "precision"), ("completeness", "recall")):
            error = np.hypot(float(row[f"{name}_err"]), 0.1)  # and that of some ten TDEs in the training set
            assert abs(float(row[name]) - promised[key]) < 3 * error

    def test_candidates_of_new_light_curves_have_their_page(self, predicted):
        page = (predicted.path / "results/predict/test_set/candidates.html").read_text()
        assert "of\n    <b>test_set</b>" in page
        log = (predicted.path / "logs/simulated/gather_predictions.log").read_text()
        assert "of 490 objects are called TDE" in log

    def test_pace_is_measured_on_the_test_set(self, predicted):
        command = [ROOT / "tests/benchmarks/throughput.py", predicted.path / RESULTS, "--processes", "2"]
        said = predicted.run(sys.executable, *map(str, command)).stdout
        assert "test set of 490 light curves" in said
        assert said.count("| the models") == 3  # two intervals and the histories

    def test_second_run_has_nothing_to_do(self, predicted):
        assert "Nothing to be done" in predicted.snakemake("-n", "predict", *predicted.predict).stdout

    def test_needs_no_training_with_a_bundle_from_elsewhere(self, predicted):
        (predicted.path / "elsewhere").mkdir(exist_ok=True)
        shutil.copytree(predicted.path / RESULTS / "bundle", predicted.path / "elsewhere/bundle", dirs_exist_ok=True)
        block = predicted.predict[1].replace("name: test_set", "name: other, bundle: elsewhere/bundle")
        rules = predicted.planned_rules("predict", "--config", "dataset=simulated", block)
        assert {"gather_predictions", "write_candidates"} <= rules
        assert not {"cross_validate", "fit_model", "save_bundle"} & rules

    def test_a_survey_with_g_and_r_only_and_half_of_the_redshifts(self, predicted):
        """As from ZTF: two foreign bands in magnitudes with limits, cut at a date; flags say so."""
        base = predicted.path
        script = base / "as_ztf.py"
        script.write_text(AS_ZTF)
        predicted.run(
            sys.executable,
            str(script),
            str(base / RESULTS / "raw/split_01"),
            "ztf.csv",
            "ztf_objects.csv",
            "objects.csv",
        )
        block = (
            "predict={name: ztf, lightcurves: ztf.csv, objects: ztf_objects.csv, survey: ztf, unit: AB, n_resamples: 2,"
            " learnt_from: whole,"
            " columns: {value: mag, error: mag_err, limit: limit}, object_columns: {label: truth}}"
        )
        predicted.snakemake("--cores", "2", "predict", "--config", block)
        folder = base / "results/predict/ztf"
        table = pq.read_table(folder / "predictions.parquet")
        flags = [text.split(";") for text in table["flags"].to_pylist()]
        seen = np.array(table["n_points"].to_pylist()) > 0
        assert all("few_bands" in f for f, s in zip(flags, seen, strict=True) if s)
        assert sum("upper_limits" in f for f in flags) > 0.9 * seen.sum()
        assert all("foreign_bands" in f for f, n in zip(flags, table["n_bands"].to_pylist(), strict=True) if n == 2)
        assert sum("z_missing" in f for f in flags) >= table.num_rows // 2
        assert all(
            note.startswith("reduced:") for note, s in zip(table["calibration"].to_pylist(), seen, strict=True) if s
        )
        assert all((p is None) != s for p, s in zip(table["p_TDE"].to_pylist(), seen, strict=True))
        scores = list(csv.DictReader((folder / "scores.csv").open()))
        assert scores[0]["n"] == str(int(seen.sum()))
        assert 0.0 < float(scores[0]["log_loss"]) < 2.0
        summary = json.loads((folder / "summary.json").read_text())
        assert summary["flags"]["foreign_bands"]["meaning"]
        used = {entry["band"]: entry["nearest"] for entry in summary["reading"]["bands"]}
        assert used["ztf:g"] == "g"

    def test_a_date_before_all_observations_leaves_an_empty_list(self, predicted):
        block = predicted.predict[1].replace("name: test_set", "name: before, until_mjd: 50000")
        predicted.snakemake("--cores", "2", "predict", "--config", block)
        folder = predicted.path / "results/predict/before"
        table = pq.read_table(folder / "predictions.parquet")
        assert table["p_TDE"].null_count == table["threshold"].null_count == table.num_rows == 490
        assert all("no_observations" in flags.split(";") for flags in table["flags"].to_pylist())
        assert (
            "The 0 most probable tidal disruption events among 490 objects" in (folder / "candidates.html").read_text()
        )

    def test_without_light_curves_it_says_what_to_give(self, predicted):
        words = predicted.snakemake("-n", "predict", check=False)
        assert "predict.lightcurves: got ''; allowed" in words.stdout + words.stderr


AS_ZTF = """
import csv, math, sys, pathlib
folder, curves, objects, truth = sys.argv[1:]
rows = list(csv.DictReader(open(pathlib.Path(folder) / "test_full_lightcurves.csv")))
names = list(dict.fromkeys(row["object_id"] for row in rows))
known = {row["object_id"]: row for row in csv.DictReader(open(truth))}
with open(curves, "w", newline="") as file:
    out = csv.writer(file)
    out.writerow(["object_id", "mjd", "mag", "mag_err", "limit", "band"])
    for row in rows:
        if row["Filter"] not in "gr" or not row["Flux"]:
            continue
        flux, error = float(row["Flux"]), float(row["Flux_err"])
        seen = flux > 3 * error
        mag = 23.9 - 2.5 * math.log10(flux) if seen else 99
        out.writerow([row["object_id"], row["Time (MJD)"], mag, 1.0857 * error / flux if seen else 99,
                      "" if seen else 23.9 - 2.5 * math.log10(5 * error), "z" + row["Filter"]])
with open(objects, "w", newline="") as file:
    out = csv.writer(file)
    out.writerow(["object_id", "z", "ebv", "truth"])
    for k, name in enumerate(names):
        out.writerow([name, known[name]["Z"] if k % 2 else "", known[name]["EBV"], known[name]["truth"]])
"""


class TestContributions:
    @pytest.mark.parametrize("estimator", ["lightgbm", "xgboost", "catboost", "logistic"])
    @pytest.mark.parametrize("target", ["binary", "classes"])
    def test_they_add_up_to_the_log_odds(self, estimator, target):
        """SHAP values of two classes sum to the difference of the log-odds; of five, to that of the scores."""
        from tde.candidates.contributions import contributions

        rng = np.random.default_rng(4)
        X = rng.normal(size=(300, 5))
        codes = np.where(X[:, 0] > 0.8, 4, rng.integers(0, 4, 300))
        parameters = {} if estimator == "logistic" else {"n_estimators": 15}
        block = ModelBlock(name="m", features=["f"], estimator=estimator, target=target, parameters=parameters)
        fitted = fit(Learner(block), X, codes)
        found = contributions(fitted, X)
        assert found.shape == X.shape
        assert np.abs(found[:, 0]).mean() > 3 * np.abs(found[:, 1:]).mean()
        p = fitted.predict_proba(X)[:, -1]
        if target == "binary":
            base = np.log(p / (1 - p)) - found.sum(axis=1)
            np.testing.assert_allclose(base, base[0], atol=1e-4)
        else:
            assert np.corrcoef(np.log(p / (1 - p)), found.sum(axis=1))[0, 1] > 0.9

    @pytest.mark.parametrize("estimator", ["lightgbm", "xgboost", "catboost", "logistic"])
    def test_a_class_without_training_objects_is_left_out(self, estimator):
        """Small data sets have no superluminous supernova; the reasons then come from the other classes."""
        from tde.candidates.contributions import contributions

        rng = np.random.default_rng(5)
        X = rng.normal(size=(300, 5))
        codes = np.where(X[:, 0] > 0.8, 4, rng.integers(0, 3, 300))
        parameters = {} if estimator == "logistic" else {"n_estimators": 15}
        block = ModelBlock(name="m", features=["f"], estimator=estimator, target="classes", parameters=parameters)
        fitted = fit(Learner(block), X, codes)
        found = contributions(fitted, X)
        assert found.shape == X.shape
        assert np.abs(found[:, 0]).mean() > 3 * np.abs(found[:, 1:]).mean()
        p = fitted.predict_proba(X)[:, -1]
        assert np.corrcoef(np.log(p / (1 - p)), found.sum(axis=1))[0, 1] > 0.9

    def test_networks_give_none(self):
        from tde.candidates.contributions import contributions

        X = np.random.default_rng(1).normal(size=(60, 3))
        fitted = fit(Learner(ModelBlock(name="m", features=["f"], estimator="mlp")), X, np.where(X[:, 0] > 0, 4, 0))
        assert contributions(fitted, X) is None
