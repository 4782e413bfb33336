"""Reasons in words, groups of features, and neighbours."""

import numpy as np
import pyarrow as pa
import pytest

from tde.candidates.groups import GROUPS, OTHER, TRACES, group_of
from tde.candidates.neighbours import nearest
from tde.candidates.reasons import in_words, reasons
from tde.features.shared.labels import GENERATOR, PHYSICS
from tde.predict.training_summary import QUANTILES, declared_columns

SUMMARY = {
    "quantiles": (10.0 * QUANTILES).tolist(),
    "tde_quantiles": [6.0, 7.0, 8.0],
    "missing": 0.25,
}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (7.5, "7.5 kK, above 75 % of the training objects; as in most TDEs (6 to 8)"),
        (9.0, "9 kK, above 90 % of the training objects; higher than in most TDEs (6 to 8)"),
        (2.0, "2 kK, below 80 % of the training objects; lower than in most TDEs (6 to 8)"),
        (np.nan, "not measured, as in 25 % of the training objects"),
    ],
)
def test_values_are_told_against_the_training_objects(value, words):
    assert in_words(value, "kK", SUMMARY) == words


def test_every_feature_has_a_group_and_traces_have_their_own():
    families = (
        "domain",
        "statistics",
        "rank1",
        "hypotheses",
        "shape",
        "powerlaw",
        "colour",
        "luminosity",
        "tde_physics",
    )
    declared = declared_columns({name: {} for name in families})
    groups = {name: group_of(name, column.label) for name, column in declared.items()}
    assert set(groups.values()) <= set(GROUPS)
    assert OTHER not in groups.values()
    assert all((groups[name] == TRACES) == (column.label == GENERATOR) for name, column in declared.items())
    assert group_of("rocket.thing", PHYSICS) == OTHER
    assert groups["rank1.Z"] == groups["luminosity.peak_abs_mag"] == "Redshift and luminosity"
    assert groups["colour.temp_peak"] == "Colour and temperature"
    assert groups["powerlaw.decay_index"] == "Rise and decline"


def test_reasons_sum_up_and_come_in_the_order_of_their_weight():
    names = ["colour.temp_peak", "colour.temp_30d", "powerlaw.decay_index"]
    rows = [{"feature": name, "unit": "", "meaning": "m", "label": PHYSICS, **SUMMARY} for name in names]
    values = {name: np.array([part]) for name, part in zip(names, (0.5, 0.25, -1.5), strict=True)}
    found = reasons(values, {name: np.array([7.0]) for name in names}, pa.Table.from_pylist(rows), 0)
    assert [(reason["group"], reason["sum"]) for reason in found] == [
        ("Rise and decline", -1.5),
        ("Colour and temperature", 0.75),
    ]
    assert [entry["name"] for entry in found[1]["features"]] == names[:2]


def test_the_nearest_training_object_is_the_same_one():
    rng = np.random.default_rng(3)
    known = {"f.a": rng.normal(size=300), "f.b": np.where(rng.random(300) < 0.3, np.nan, rng.normal(size=300))}
    training = pa.table(
        {"object_id": [f"o{k}" for k in range(300)], "spec_type": ["TDE"] * 300, "z": rng.random(300), **known}
    )
    importance = {"f.a": 0.7, "f.b": 0.3}
    features = {"f.a": np.append(known["f.a"][[5, 60]], 0.0), "f.b": np.append(known["f.b"][[5, 60]], 0.0)}
    found = nearest(training, features, importance)
    assert [entry[0]["object_id"] for entry in found[:2]] == ["o5", "o60"]
    assert found[0][0]["distance"] == 0.0
