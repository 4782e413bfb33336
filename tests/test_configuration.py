"""config.yaml: what is refused and how it is said; what its documentation says follows from the same classes."""

import json
import re
from copy import deepcopy

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from shipped_configuration import CONFIG, ROOT, changed, complaints
from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config, validate

from tde.features.registry import FAMILIES
from tde.models.tuning import OBJECTIVES, written_space
from tde.workflow.configuration.allowed_words import allowed_words
from tde.workflow.configuration.check import checked, typed
from tde.workflow.configuration.family_options import OPTIONS
from tde.workflow.configuration.json_schema import config_keys, json_schema, nested_schema
from tde.workflow.configuration.key_page import key_page
from tde.workflow.configuration.model_settings import ModelSettings, Objective, Tuning
from tde.workflow.configuration.problems import read_block
from tde.workflow.configuration.renamed import RENAMED
from tde.workflow.configuration.whole import Configuration

SCHEMA = nested_schema(Configuration)
PAGE = ROOT / "docs/configuration.md"


class TestMistakes:
    @pytest.mark.parametrize(
        ("path", "value", "line"),
        [
            ("folds.n_folds", 1, "folds.n_folds: got 1; allowed: integer from 2 up to 20"),
            ("folds.n_folds", 3.0, "folds.n_folds: got 3.0; allowed: integer from 2 up to 20"),
            ("folds.n_folds", True, "folds.n_folds: got True; allowed: integer from 2 up to 20"),
            ("folds.n_repeats", 1000, "folds.n_repeats: got 1000; allowed: integer from 2 up to 100"),
            ("folds", 3, "folds: got 3; allowed: {n_folds, n_repeats, seed}"),
            ("simulated.seed", "many", "simulated.seed: got 'many'; allowed: integer from 0"),
            ("dataset", "", "dataset: got ''; allowed: text, not empty"),
            ("photometric_redshifts.sigma", 0, "photometric_redshifts.sigma: got 0; allowed: number above 0 up to 1"),
            (
                "photometric_redshifts.sigma",
                float("nan"),
                "photometric_redshifts.sigma: got nan; allowed: number above 0 up to 1",
            ),
            (
                "features.gp_drw.bands",
                ["g", "q"],
                "features.gp_drw.bands.1: got 'q'; allowed: 'u', 'g', 'r', 'i', 'z', 'y'",
            ),
            (
                "features.gp_drw.optional_bands",
                {"u": 4},
                "features.gp_drw.optional_bands.u: got 4; allowed: integer from 5 up to 10000",
            ),
            ("features.domain", None, "features.domain: got None; allowed: {}"),
            ("features", {}, "features: got no family; allowed: one or more"),
            ("models.v77.target", "tde", "models.v77.target: got 'tde'; allowed: 'binary', 'classes'"),
            ("models.v77.labels", [], "models.v77.labels: got []; allowed: list of 'physics', 'generator-aware'"),
            (
                "models.v77.early_stopping",
                None,
                "models.v77.early_stopping: got None; allowed: {rounds, validation_fraction, watch}",
            ),
            ("models.v77.early_stopping", {"watch": "fold"}, "models.v77.early_stopping: the key rounds is missing"),
            (
                "models.no_rocket_lgbm.early_stopping.validation_fraction",
                1,
                "models.no_rocket_lgbm.early_stopping.validation_fraction: got 1; allowed: number above 0 up to 0.5",
            ),
            ("models.v79c.selection.n_features", 0, "models.v79c.selection.n_features: got 0; allowed: integer from 1"),
            ("models.v77.tuning.objective", "auc", "models.v77.tuning.objective: got 'auc'; allowed: 'pooled_f1'"),
            (
                "models.v77.tuning.space.C",
                {"low": 1},
                "models.v77.tuning.space.C: got {'low': 1}; allowed: list (at least one) or {low, high, log, integer}",
            ),
            (
                "blends.blend.weights",
                "median",
                "blends.blend.weights: got 'median'; allowed: 'mean', 'best', 'logistic' or {name: number from 0}",
            ),
            ("blends.blend.models", [], "blends.blend.models: got []; allowed: list of text (at least one, each once)"),
            ("leaderboard.only", ["v77", "v77"], "leaderboard.only: got ['v77', 'v77']; allowed: list of text (each"),
            ("predict.bands", {"c": [1]}, "predict.bands.c: got [1]; allowed: text or number"),
            ("predict.until_mjd", "today", "predict.until_mjd: got 'today'; allowed: number or null"),
            ("predict.name", "a b", "predict.name: got 'a b'; allowed: text of the form '^[A-Za-z0-9_-]+$'"),
            ("blends.Mine", {"models": ["v77"]}, "blends: got the name 'Mine'; allowed: text of the form '^[a-z]"),
            ("blends", {}, "blends: got {}; allowed: {name: {models, weights}} (at least one)"),
        ],
    )
    def test_key_got_and_allowed_are_named(self, path, value, line):
        (found,) = complaints(changed(path, value))
        assert found.startswith(line)

    @pytest.mark.parametrize(
        ("path", "value", "line"),
        [
            ("models.all_lgbm.n_seed", 3, "models.all_lgbm.n_seed: unknown key; did you mean n_seeds? allowed here: "),
            ("folds.n_fold", 5, "folds.n_fold: unknown key; did you mean n_folds? allowed here: n_folds, n_repeats"),
            ("datset", "mallorn", "datset: unknown key; did you mean dataset? allowed here: dataset, mallorn_dir"),
            ("features.rockets", {}, "features.rockets: unknown key; did you mean rocket? allowed here: "),
            ("folds.colour", "red", "folds.colour: unknown key; allowed here: n_folds, n_repeats, seed"),
            ("features.domain", {"a": 1}, "features.domain.a: unknown key; allowed here: no keys"),
            (
                "features.gp_drw.optional_bands",
                {"w": 15},
                "features.gp_drw.optional_bands.w: unknown key; allowed here: u, g, r, i, z, y",
            ),
        ],
    )
    def test_an_unknown_key_is_told_the_nearest_one(self, path, value, line):
        (found,) = complaints(changed(path, value))
        assert found.startswith(line)

    def test_all_are_listed_at_once(self):
        config = changed("folds.n_folds", 1)
        config["models"]["v77"]["n_seed"] = 2
        config["predict"]["unit"] = "Crab"
        del config["submission"]
        assert [line.split(":")[0] for line in complaints(config)] == [
            "folds.n_folds", "models.v77.n_seed", "(top level)", "predict.unit",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("path", "value", "line"),
        [
            (
                "models.v77.tde_weight",
                2.0,
                "models.v77.tde_weight: got 2.0 with balance_classes: true; allowed: one or",
            ),
            ("features.gp_drw.optional_bands", {"g": 15}, "features.gp_drw.optional_bands: got 'g', which is one of"),
            (
                "blends.v113.weights",
                {"v34a": 0, "v112": 0},
                "blends.v113.weights: got {'v34a': 0.0, 'v112': 0.0}; allowed",
            ),
            ("predict.columns.limit", "lim", "predict.columns.limit: got a column with unit uJy; allowed: only with"),
            ("predict.columns.zero_point", "zp", "predict.columns.zero_point: got a column with unit uJy; allowed:"),
        ],
    )
    def test_keys_that_contradict_each_other_are_named(self, path, value, line):
        (found,) = complaints(changed(path, value))
        assert found.startswith(line)

    @given(
        st.dictionaries(
            st.one_of(st.text(max_size=8), st.integers(), st.sampled_from([*Configuration.model_fields])),
            st.recursive(
                st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
                lambda inner: st.one_of(
                    st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=4), inner, max_size=2)
                ),
                max_leaves=4,
            ),
            max_size=4,
        )
    )
    def test_any_configuration_gives_lines_of_text(self, config):
        lines = complaints(config)  # required keys are missing or wrong whatever was drawn
        assert lines
        assert all(isinstance(line, str) for line in lines)


class TestOldNames:
    @pytest.mark.parametrize(("old", "new"), RENAMED.items())
    def test_they_are_refused_with_the_new_one(self, old, new):
        path = old.replace("*", "v77")
        parent, _, last = path.rpartition(".")
        config = changed(parent, ["domain", last]) if "*" in old else changed(path, 4)
        assert complaints(config) == [f"{path}: is now called {new}"]

    def test_the_new_ones_exist_and_the_old_ones_do_not(self):
        known = {key.name for key in config_keys(SCHEMA)}
        families = {family.name for family in FAMILIES}
        for old, new in RENAMED.items():
            parent, _, last = old.rpartition(".")
            if "*" in old:  # an entry of a list of families
                assert new in families
                assert last not in families
            else:
                assert f"{parent}.{new}" in known
                assert old not in known

    def test_they_are_told_beside_other_mistakes(self):
        lines = complaints(changed("folds.seed", -1, changed("folds.n_splits", 4)))
        assert lines == ["folds.n_splits: is now called n_folds", "folds.seed: got -1; allowed: integer from 0"]


class TestWhatJobsGet:
    def test_the_shipped_configuration_is_valid_and_stays_as_it_is(self):
        found = checked(CONFIG)
        for key, value in CONFIG.items():
            if key != "models":
                assert found[key] == value
        for name, block in CONFIG["models"].items():
            assert list(found["models"][name])[: len(block)] == list(block)

    @pytest.mark.parametrize("file", sorted((ROOT / "profiles/models").glob("*.yaml")), ids=lambda file: file.stem)
    def test_further_models_are_valid_on_top(self, file, monkeypatch):
        monkeypatch.setattr("tde.workflow.configuration.references.missing_package", lambda estimator: None)
        config = deepcopy(CONFIG)
        update_config(config, yaml.safe_load(file.read_text(encoding="utf-8")))
        assert set(checked(config)["models"]) > set(CONFIG["models"])

    def test_defaults_follow_what_was_given_and_absent_blocks_stay_absent(self):
        config = {key: CONFIG[key] for key in ("features", "submission", "report")}
        config["models"] = {"trees": {"estimator": "lightgbm", "features": ["domain"], "early_stopping": {"rounds": 9}}}
        config["models"]["views"] = {"estimator": "lightgbm", "features": ["domain"], "views": True}
        config |= {
            "blends": {"blend": {"models": ["trees"]}, "early": {"models": ["views"]}},
            "early": {"blend": "early"},
        }
        config["ablation"] = {"model": "trees"}
        config = changed("features.gp_drw", {"optional_bands": {}}, config)
        found = checked(config)
        assert list(found)[: len(config)] == list(config)
        assert found["dataset"] == "simulated"
        assert found["folds"] == {"n_folds": 5, "n_repeats": 5, "seed": 1000}
        assert found["features"]["gp_drw"] == {"optional_bands": {}, "bands": ["g", "r", "i"]}
        assert found["models"]["trees"]["early_stopping"] == {"rounds": 9, "validation_fraction": 0.2, "watch": "inner"}
        assert not {"tuning", "selection", "reported"} & set(found["models"]["trees"])
        assert found["blends"]["blend"]["weights"] == "mean"
        assert found["predict"]["until_mjd"] is None
        assert found["predict"]["columns"]["value"] == "flux"
        assert checked(found) == found

    def test_numbers_keep_their_kind(self):
        """A parameter that turned from 5 into 5.0 would run jobs again."""
        found = checked(changed("predict.limit_sigma", 3))
        assert repr(found["predict"]["limit_sigma"]) == "3"
        space = found["models"]["v77"]["tuning"]["space"]
        assert space == CONFIG["models"]["v77"]["tuning"]["space"]
        assert json.dumps(written_space(read_block(Tuning, found["models"]["v77"]["tuning"], "t"))) == json.dumps(space)

    def test_a_collection_gets_its_defaults_and_a_name_of_its_own(self):
        block = {"files": "survey", "classes": {"TDE": "TDE", "SN": "CC", "bogus": None}}
        found = checked(changed("datasets", {"mine": block}))["datasets"]["mine"]
        assert list(found)[:2] == ["files", "classes"]
        assert (found["label"], found["unit"], found["object_columns"]["z"]) == ("", "uJy", "z")
        assert complaints(changed("datasets", {"mallorn": block})) == [
            "datasets: got the name 'mallorn'; allowed: others than simulated, mallorn, compiled"
        ]

    def test_what_was_given_is_not_changed(self):
        config = {key: deepcopy(CONFIG[key]) for key in ("features", "models", "blends", "submission", "report")}
        config |= {"ablation": {"model": "v77"}, "early": {"blend": "blend_views"}}
        before = deepcopy(config)
        checked(config)["folds"]["seed"] = 3
        assert config == before
        assert checked(config)["folds"]["seed"] == 1000

    def test_numbers_given_as_text_on_the_command_line_are_read(self):
        config = changed("predict.chunk_size", "200")
        config["submit"]["confirm"] = "true"
        config["predict"] |= {"until_mjd": "null", "name": "1", "bands": {"c": "4900.5", "V": "g"}}
        config["blends"]["v113"]["weights"] = {"v34a": "2", "v112": "0.5"}
        found = checked(config)
        assert found["predict"]["chunk_size"] == 200
        assert found["submit"]["confirm"] is True
        assert found["predict"]["until_mjd"] is None
        assert found["predict"]["name"] == "1"  # a name is text
        assert found["predict"]["bands"] == {"c": 4900.5, "V": "g"}
        assert found["blends"]["v113"]["weights"] == {"v34a": 2, "v112": 0.5}

    @pytest.mark.parametrize("text", ["many", "[", "{", "2024-01-01", "2024-01-32", "'"])
    def test_text_that_is_no_number_stays(self, text):
        assert typed({"predict": {"chunk_size": text}}, SCHEMA) == {"predict": {"chunk_size": text}}
        (line,) = complaints(changed("predict.chunk_size", text))
        assert f"got {text!r}" in line


class TestFamilies:
    def test_each_registered_family_is_allowed(self):
        assert set(SCHEMA["properties"]["features"]["properties"]) == {family.name for family in FAMILIES}
        assert set(OPTIONS) <= {family.name for family in FAMILIES}

    @pytest.mark.parametrize("family", OPTIONS)
    def test_options_that_are_left_out_have_defaults_that_are_allowed(self, family):
        config = changed(f"features.{family}", {})
        options = checked(config)["features"][family]
        assert options == OPTIONS[family]().model_dump()
        assert checked(changed(f"features.{family}", options))["features"][family] == options

    def test_its_title_is_its_description(self):
        nodes = SCHEMA["properties"]["features"]["properties"]
        assert {family.name: nodes[family.name]["description"] for family in FAMILIES} == {
            family.name: family.title for family in FAMILIES
        }


class TestDocumentation:
    def test_every_key_is_described_and_no_block_lets_unknown_keys_pass(self):
        def walk(node, path):
            for name, child in node.get("properties", {}).items():
                assert child.get("description"), f"{path}{name} has no description"
                walk(child, f"{path}{name}.")
            if isinstance(node.get("additionalProperties"), dict):
                walk(node["additionalProperties"], f"{path}<name>.")
            if "properties" in node:
                assert node["additionalProperties"] is False

        walk(SCHEMA, "")

    def test_the_page_is_up_to_date(self):
        assert PAGE.read_text(encoding="utf-8") == key_page(), "run `make docs`"

    def test_the_schema_for_editors_is_up_to_date_and_named_in_the_configuration(self):
        written = json.loads((ROOT / "docs/config.schema.json").read_text(encoding="utf-8"))
        assert written == json_schema(Configuration), "run `make docs`"
        first = (ROOT / "config.yaml").read_text(encoding="utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=docs/config.schema.json"

    def test_editors_accept_the_shipped_configuration_and_see_mistakes(self):
        schema = str(ROOT / "docs/config.schema.json")
        validate(deepcopy(CONFIG), schema, set_default=False)
        for path, value in (("folds.n_folds", 1), ("models.Mine", CONFIG["models"]["v77"]), ("colour", "red")):
            with pytest.raises(WorkflowError, match="Error validating"):
                validate(changed(path, value), schema, set_default=False)

    def test_every_example_of_the_page_is_valid(self):
        page = PAGE.read_text(encoding="utf-8")
        found = re.findall(r"## (.*?)\n.*?```yaml\n(.*?)```", page, flags=re.DOTALL)
        assert len(found) == page.count("\n## ")
        for heading, text in found:
            example = yaml.safe_load(text)
            assert set(example) <= set(re.findall(r"`(\w+)`", heading))
            config = deepcopy(CONFIG)
            update_config(config, example)
            assert config != CONFIG
            checked(config)

    def test_the_page_lists_every_key(self):
        page = PAGE.read_text(encoding="utf-8")
        rows = [line for line in page.splitlines() if line.startswith("| `")]
        listed = {row.split("`")[1] for row in rows}
        assert "models.<name>.early_stopping.watch" in listed
        assert {key.name for key in config_keys(SCHEMA)} - listed <= {
            *Configuration.model_fields,
            "datasets.<name>",
            "models.<name>",
            "blends.<name>",
        }
        assert all(row.count(" | ") == 3 for row in rows)

    def test_allowed_values_in_words(self):
        model = nested_schema(ModelSettings)["properties"]
        assert allowed_words(model["n_seeds"]) == "integer from 1 up to 100"
        assert allowed_words(model["target"], lambda value: f"`{value}`") == "`binary`, `classes`"

    def test_a_search_can_maximise_each_objective(self):
        assert set(OBJECTIVES) == set(Objective.__args__)
