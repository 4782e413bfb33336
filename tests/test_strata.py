"""Scores by stratum, by type, and the most confident mistakes, on predictions made up for it."""

import numpy as np
import pyarrow as pa
import pytest
from simulated_objects import joined, odd_objects, transients

from tde.evaluation.looks import looks_like
from tde.evaluation.mistakes import confident_mistakes
from tde.evaluation.predictions import OutOfFold
from tde.evaluation.strata import errors_by_type, light_curve_quantities, strata, strata_table, type_table
from tde.lightcurves import read_shards, write_shard


def half_understood(n=2000, seed=0):
    """A model that knows the faint objects and guesses the bright ones."""
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < 0.1
    brightness = rng.uniform(size=n)
    right = np.where(positive, 0.95, 0.05) + rng.uniform(-0.04, 0.04, n)
    probability = np.where(brightness < 0.5, right, rng.uniform(size=n))
    fold = np.arange(n) % 5
    return OutOfFold("random", np.array([probability, probability]), np.array([fold, fold])), positive, brightness


def test_strata_show_where_the_model_is_weak():
    oof, positive, brightness = half_understood()
    rows = strata(oof, positive, {"brightness": brightness, "nothing known": np.full(len(positive), np.nan)}, 2)
    rows = [row for row in rows if row["quantity"] == "brightness"]
    assert sum(row["objects"] for row in rows) == len(positive)
    assert sum(row["tde"] for row in rows) == positive.sum()
    faint, bright = rows
    assert faint["average_precision"] > 0.95
    assert bright["average_precision"] < 0.3
    assert faint["f1"] > bright["f1"] + 0.3


def test_errors_by_type_count_the_false_alarms():
    oof, positive, brightness = half_understood()
    types = np.where(positive, "TDE", np.where(brightness > 0.5, "AGN", "SN Ia"))
    rows = {row["spec_type"]: row for row in errors_by_type(oof, positive, list(types))}
    assert sum(row["objects"] for row in rows.values()) == len(positive)
    assert rows["SN Ia"]["called_tde"] == 0
    assert rows["AGN"]["called_tde"] > 0
    assert rows["TDE"]["share_called_tde"] == pytest.approx(rows["TDE"]["called_tde"] / positive.sum())


def test_mistakes_are_the_surest_wrong_answers():
    probability = np.array([0.9, 0.8, 0.7, 0.1, 0.2, 0.6, 0.4])
    positive = np.array([False, True, False, True, True, False, True])
    oof = OutOfFold("parent", np.array([probability]), np.zeros((1, 7), int))
    mistakes = confident_mistakes(oof, positive, 4)
    assert [mistake.index for mistake in mistakes] == [0, 2, 3, 4]
    assert [mistake.missed for mistake in mistakes] == [False, False, True, True]
    assert confident_mistakes(oof, probability > 0.5) == []


def test_what_a_light_curve_looks_like_is_the_first_rule_that_applies():
    features = {
        "rank1.rise_50_censored": np.array([1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, np.nan]),
        "rank1.n_excursions_50": np.array([2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, np.nan]),
        "rank1.n_excursions_25": np.array([2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, np.nan]),
        "rank1.fade_50": np.array([200.0, 200.0, 200.0, 10.0, 40.0, 40.0, 40.0, np.nan]),
        "hypotheses.outburst_bb_log_temperature": np.array([4.2, 4.2, 4.2, 3.8, 3.8, 4.2, 4.2, np.nan]),
        "hypotheses.outburst_cooling_slope_significance": np.array([0.0, 0.0, 0.0, 0.0, 0.0, -3.0, 3.0, np.nan]),
    }
    expected = ["rise not seen", "several outbursts", "slow", "fast", "cool", "reddening", "a TDE", "a TDE"]
    assert looks_like(features, 8).tolist() == expected
    without_rank1 = {name: values for name, values in features.items() if name.startswith("hypotheses")}
    assert looks_like(without_rank1, 8).tolist()[3:6] == ["cool", "cool", "reddening"]
    assert looks_like({}, 2).tolist() == ["", ""]


def test_quantities_of_odd_objects():
    lightcurves = joined(odd_objects().values())
    quantities = light_curve_quantities(lightcurves)
    assert all(len(values) == len(lightcurves) for values in quantities.values())
    empty = np.diff(lightcurves.offsets) == 0
    assert np.isnan(quantities["signal to noise"][empty]).all()
    assert np.isfinite(quantities["signal to noise"][~empty]).all()


def test_shards_of_a_set_come_back_in_the_order_of_the_objects(tmp_path):
    before = transients(5, n_objects=6)
    shard = np.array(["split_02", "split_01"] * 3)
    names = ("object_id", "z", "ebv", "distance_modulus")
    objects = pa.table({name: getattr(before, name) for name in names} | {"shard": shard})
    paths = []
    for name in ("split_01", "split_02"):
        paths.append(str(tmp_path / f"{name}.parquet"))
        write_shard(paths[-1], before.select(np.flatnonzero(shard == name)))
    after = read_shards(paths, objects)
    for name in (*names, "offsets", "mjd", "band", "flux", "flux_err"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))


def test_tables_show_what_was_counted():
    oof, positive, brightness = half_understood()
    rows = [{"folds": "random", **row} for row in strata(oof, positive, {"brightness": brightness}, 2)]
    table = strata_table(rows)
    assert table.rows[0] == rows[0]
    assert "95% quantile" in table.markdown()
    types = [{"folds": "random", **row} for row in errors_by_type(oof, positive, ["AGN"] * len(positive))]
    assert type_table(types).markdown().splitlines()[2].startswith("| random | AGN | 2,000 | ")
