"""config.yaml: what is refused and how it is said; the README's table follows the schema."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tde.workflow.configuration import reference_errors, schema_errors, typed
from tde.workflow.configuration_table import config_table, replace_table

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = yaml.safe_load((ROOT / "rules/schemas/config.schema.yaml").read_text())
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


def changed(path, value):
    config = deepcopy(CONFIG)
    *parents, last = path.split(".")
    node = config
    for key in parents:
        node = node[key]
    node[last] = value
    return config


def test_shipped_configuration_is_valid():
    assert schema_errors(CONFIG, SCHEMA) == []
    assert reference_errors(CONFIG) == []


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("folds.n_split", 5, ("folds.n_split: unknown key", "n_splits")),
        ("datset", "mallorn", ("datset: unknown key", "dataset")),
        ("folds.n_splits", 1, ("folds.n_splits: got 1", "at least 2")),
        ("folds.n_repeats", 1000, ("folds.n_repeats: got 1000", "at most 100")),
        ("simulated.seed", "many", ("simulated.seed: got 'many'", "integer")),
        ("features.gp_drw.bands", ["g", "q"], ("features.gp_drw.bands.1: got 'q'", "'u', 'g', 'r'")),
        ("features.rockets", {}, ("features.rockets: unknown key", "gp_drw")),
        ("models.no_rocket_xgb.estimator", "catbost", ("models.no_rocket_xgb.estimator: got 'catbost'", "'xgboost'")),
        ("models.no_rocket_xgb.target", "tde", ("models.no_rocket_xgb.target: got 'tde'", "'classes'")),
        ("models.no_rocket_lgbm.early_stopping.validation_fraction", 1, ("got 1", "at most 0.5")),
        ("blends.blend.weights", "median", ("blends.blend.weights: got 'median'", "'mean'")),
        ("blends.blend.models", [], ("blends.blend.models: got []", "at least 1")),
        ("models.v77.tuning.objective", "auc", ("models.v77.tuning.objective: got 'auc'", "'log_loss'")),
        ("models.v79c.selection.n_features", 0, ("selection.n_features: got 0", "at least 1")),
        ("photometric_redshifts.sigma", 0, ("photometric_redshifts.sigma: got 0", "above 0")),
        ("dataset", "", ("dataset: got ''", "some text")),
    ],
)
def test_mistakes_are_named_with_key_got_and_allowed(path, value, words):
    errors = schema_errors(changed(path, value), SCHEMA)
    assert len(errors) == 1
    for word in words:
        assert word in errors[0]


def test_numbers_given_as_text_on_the_command_line_are_read():
    given = changed("predict.chunk_size", "200")
    given["submit"]["confirm"], given["predict"]["until_mjd"], given["predict"]["name"] = "true", "null", "1"
    given["predict"]["bands"] = {"c": "4900.5", "V": "g"}
    found = typed(given, SCHEMA)
    assert found["predict"]["chunk_size"] == 200
    assert found["submit"]["confirm"] is True
    assert found["predict"]["until_mjd"] is None
    assert found["predict"]["name"] == "1"  # a name is text
    assert found["predict"]["bands"] == {"c": 4900.5, "V": "g"}
    assert schema_errors(found, SCHEMA) == []
    assert "got 'many'" in schema_errors(typed(changed("predict.chunk_size", "many"), SCHEMA), SCHEMA)[0]


@pytest.mark.parametrize(
    ("path", "value", "word"),
    [
        ("models.no_rocket_lgbm.features", ["domain", "spectra"], "'spectra'"),
        ("blends.blend.models", ["no_rocket_lgbm", "v35"], "'v35'"),
        ("blends.blend.weights", {"no_rocket_lgbm": 1.0}, "one for each"),
        ("report.blends", ["blend", "mixture"], "'mixture'"),
        ("report.blends", ["blend_physics"], "which is submitted"),
        ("ablation.model", "v35", "'v35'"),
        ("leaderboard.only", ["blend", "v35"], "'v35'"),
    ],
)
def test_names_without_a_block_are_refused(path, value, word):
    config = changed(path, value)
    assert schema_errors(config, SCHEMA) == []
    (error,) = reference_errors(config)
    assert path in error
    assert word in error


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.none(), st.integers(), st.text(max_size=4)), max_size=4))
def test_any_configuration_gives_lines_of_text(config):
    errors = schema_errors(config, SCHEMA)
    assert errors  # required keys are missing or wrong whatever was drawn
    assert all(isinstance(line, str) for line in errors)


def test_every_key_has_a_description():
    def walk(node, path):
        for name, child in node.get("properties", {}).items():
            if len(name) > 1:  # the bands below optional_bands explain themselves
                assert child.get("description"), f"{path}{name} has no description"
            walk(child, f"{path}{name}.")
        if isinstance(node.get("additionalProperties"), dict):
            walk(node["additionalProperties"], f"{path}<name>.")
        if node.get("type") == "object" and "properties" in node:
            assert "additionalProperties" in node, f"{path} lets unknown keys pass"

    walk(SCHEMA, "")


def test_readme_table_follows_the_schema():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert replace_table(text, SCHEMA) == text, "run `make docs`"


def test_table_escapes_and_lists_every_key():
    table = config_table(SCHEMA)
    assert "`models.<name>.early_stopping.watch`" in table
    assert all(line.count(" | ") == 3 for line in table.splitlines()[2:])
