"""What cannot be right is said: objects unlike all training objects, outbursts that repeat, nuclei that vary before."""

import numpy as np
import pyarrow as pa
import pytest
from simulated_objects import build, in_r, transients

from tde.lightcurves import read_shards
from tde.predict.bundle import read_bundle
from tde.predict.classify import How, classify
from tde.predict.outliers import UNLIKE, Usual, compared_features, held_out_distances, outlier_p
from tde.predict.recurrence import repeats, restless_before
from tde.tables import read_parquet
from tde.trigger import trigger_mjd
from tde.views.cut import until

RESULTS = "results/simulated"


def training(n, seed, shift=0.0):
    """Two classes in five correlated features of very different scales."""
    generator = np.random.default_rng(seed)
    mixing = np.random.default_rng(0).standard_normal((5, 5))
    X = generator.standard_normal((n, 5)) @ mixing + 3.0 * (np.arange(n) % 2)[:, None] + shift
    return np.column_stack([X[:, 0], np.exp(X[:, 1]), 1e6 * X[:, 2], X[:, 3] ** 3, X[:, 4]])


def tables_of(X):
    return {"domain": pa.table({f"f{j}": X[:, j] for j in range(X.shape[1])})}


@pytest.fixture(scope="module")
def bundle_tables():
    """Training objects as whole light curves and as views, of which the shortest have lost most features."""
    n = 1000
    whole = training(n, 1)
    views = np.tile(whole, (4, 1))
    points = np.random.default_rng(2).integers(4, 200, 4 * n)
    views[(points < 40)[:, None] & (np.random.default_rng(3).random(views.shape) < 0.7)] = np.nan
    fold = np.arange(n) % 5
    X, folds = np.vstack([whole, views]), np.tile(fold, 5)
    neighbours = pa.table({"object_id": [f"o{k}" for k in range(n)], **{f"domain.f{j}": whole[:, j] for j in range(5)}})
    held_out = pa.table(
        {"log_age": np.full(5 * n, 4.0), "n_points": np.append(np.full(n, 200), points), "n_bands": np.full(5 * n, 4),
         "distance": held_out_distances(X, n, folds)}
    )  # fmt: skip
    return neighbours, held_out


def states(n, points):
    return np.column_stack([np.full(n, 4.0), np.full(n, points), np.full(n, 4)])


class TestOutlierP:
    def test_false_alarms_are_as_many_as_it_says(self, bundle_tables):
        p = outlier_p(*bundle_tables, tables_of(training(4000, 7)), states(4000, 200))
        for level in (0.02, 0.1, 0.5):
            assert (p <= level).mean() == pytest.approx(level, abs=4 * np.sqrt(level / 500) + 0.005)

    def test_short_light_curves_are_compared_with_short_ones(self, bundle_tables):
        """With most features missing nothing is strange, unless the rest is."""
        new = training(2000, 8)
        new[np.random.default_rng(4).random(new.shape) < 0.7] = np.nan
        p = outlier_p(*bundle_tables, tables_of(new), states(2000, 15))
        assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.04)

    def test_another_kind_of_object_is_found(self, bundle_tables):
        strange = training(500, 9, shift=np.array([9.0, -9.0, 0.0, 0.0, 0.0]))
        p = outlier_p(*bundle_tables, tables_of(strange), states(500, 200))
        assert (p < UNLIKE).mean() > 0.9

    def test_far_beyond_the_range_is_further_than_just_beyond_it(self):
        usual = Usual.of(training(1000, 1))
        one = np.nanmedian(training(1000, 1), axis=0)
        far = [usual.distance(np.array([[*one[:2], value, *one[3:]]]))[0] for value in (1e7, 1e8, 1e9)]
        assert far[0] < far[1] < far[2]

    def test_a_bundle_that_knows_no_distances_says_nothing(self, bundle_tables):
        neighbours, held_out = bundle_tables
        p = outlier_p(neighbours, held_out.drop_columns("distance"), tables_of(training(3, 1)), states(3, 100))
        assert np.isnan(p).all()

    def test_families_that_learn_are_not_compared(self):
        table = pa.table({"object_id": ["a"], "z": [0.1], "domain.a": [1.0], "surfaces.b": [2.0]})
        assert compared_features(table) == ["domain.a"]


@pytest.fixture(scope="module")
def said(quick):
    base = quick.path / RESULTS
    objects = read_parquet(base / "objects/test.parquet")
    curves = read_shards(sorted(map(str, (base / "shards/test").glob("*.parquet"))), objects)
    loaded, empty = read_bundle(base / "bundle"), pa.table({"z_err": np.full(len(curves), np.nan)})
    early = until(curves, trigger_mjd(curves) + 30.0)
    return [classify(loaded, each, empty, How(n_resamples=0)) for each in (curves, early)]


class TestPredictions:
    def test_few_objects_of_the_test_set_are_unlike_the_training_set_whole_or_cut(self, said):
        """One in a hundred by definition, and a few more for so small a training set."""
        for table in said:
            p = table["outlier_p"].drop_null().to_numpy()
            assert len(p) > 400
            assert (p < UNLIKE).mean() < 0.06
            assert np.median(p) == pytest.approx(0.5, abs=0.15)

    def test_the_flag_follows_from_it_and_lowers_the_trust(self, said):
        for row in said[0].to_pylist():
            flagged = "unlike_training" in row["flags"].split(";")
            assert flagged == (row["outlier_p"] is not None and row["outlier_p"] < UNLIKE)
            assert not flagged or "unlike_training" in row["calibration"]


def every_few_days(flux):
    """One object in band r with errors of 1."""
    return in_r(*zip(60000.0 + 5.0 * np.arange(len(flux)), flux, strict=True))


def outburst(n, peak, width, height=100.0):
    return height * np.exp(-0.5 * ((np.arange(n) - peak) / width) ** 2)


class TestOutbursts:
    def noise(self, n, seed=1):
        return np.random.default_rng(seed).normal(0.0, 1.0, n)

    def test_two_outbursts_with_a_pause_repeat_and_a_second_peak_does_not(self):
        twice = outburst(80, 15, 4) + outburst(80, 60, 4, 60.0) + self.noise(80)
        bumpy = outburst(80, 20, 6) + outburst(80, 38, 8, 80.0) + self.noise(80)
        once = outburst(80, 30, 5) + self.noise(80)
        curves = build([every_few_days(flux) for flux in (twice, bumpy, once)])
        assert repeats(curves).tolist() == [True, False, False]

    def test_one_bad_image_is_no_second_outburst(self):
        flux = outburst(80, 15, 4) + self.noise(80)
        flux[60] = 80.0
        assert not repeats(build([every_few_days(flux)])).any()

    def test_a_source_that_varies_before_its_outburst_is_restless(self):
        before = np.append(10.0 * np.sin(np.arange(60)), np.zeros(40))
        quiet, restless = outburst(100, 80, 5) + self.noise(100), outburst(100, 80, 5) + before + self.noise(100, 2)
        offset = outburst(100, 80, 5) + 20.0 + self.noise(100, 3)  # a level that is not 0 is no variability
        curves = build([every_few_days(flux) for flux in (quiet, restless, offset)])
        assert restless_before(curves).tolist() == [False, True, False]

    def test_simulated_transients_are_neither(self):
        curves = transients(seed=11, n_objects=60)
        assert repeats(curves).mean() < 0.05
        assert restless_before(curves).mean() < 0.05

    def test_without_observations_nothing_is_said(self):
        curves = transients(seed=1, n_objects=2)
        nothing = until(curves, np.full(2, 0.0))
        assert not repeats(nothing).any()
        assert not restless_before(nothing).any()
