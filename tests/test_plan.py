"""The questions that the rules ask of a configuration."""

import re
from pathlib import Path

import pytest

from tde.errors import InputError
from tde.features.registry import FAMILIES, curves_read, learns
from tde.workflow.plan import Plan
from tde.workflow.raw_data import data_set, name_in_paths

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def config():
    """A small configuration: two blends, one of them reported, and a model that only the leaderboard has."""
    return {
        "dataset": "simulated",
        "mallorn_dir": "",
        "datasets": {},
        "simulated": {"n_objects": 1000, "n_splits": 2, "seed": 1},
        "shards": {"rows": 100_000, "batch_rows": 1_000_000},
        "features": {name: {} for name in ("domain", "gp2d", "rank1", "shape", "hypotheses", "surfaces", "powerlaw")},
        "models": {
            "trees": {"features": ["domain", "shape"], "estimator": "lightgbm", "tuning": {"n_trials": 3}},
            "lines": {"features": ["surfaces"], "estimator": "logistic", "reported": {}},
            "public": {"features": ["hypotheses"], "estimator": "xgboost", "reported": {"f1": 0.6}},
            "views": {"features": ["domain"], "estimator": "lightgbm", "views": True},
        },
        "blends": {
            "both": {"models": ["trees", "lines"]},
            "other": {"models": ["public", "trees"]},
            "unfinished": {"models": ["views"]},
        },
        "submission": {"blend": "both"},
        "report": {"blends": [], "ablation": False},
        "early": {"blend": "unfinished"},
        "ablation": {"model": "lines"},
        "leaderboard": {"only": []},
        "predict": {"name": "new", "bundle": "", "lightcurves": "new.csv", "history": True, "survey": "ztf"},
        "candidates": {"n": 5},
        "submit": {"confirm": False},
    }


class TestFamilies:
    def test_those_of_further_models_are_left_to_the_leaderboard(self, config):
        everything = list(config["features"])
        assert Plan(config).families == [name for name in everything if name != "hypotheses"]
        config["report"]["blends"] = ["other"]
        assert Plan(config).families == everything

    def test_curves_are_fitted_for_the_families_that_read_them(self, config):
        assert Plan(config).blend_families == ["domain", "gp2d", "rank1", "shape", "surfaces"]
        assert Plan(config).peak_family == ["gp2d"]

    def test_a_family_learns_or_it_does_not(self, config):
        plan = Plan(config)
        assert plan.fixed_families("trees") == ["domain", "shape"]
        assert plan.fold_families("trees") == []
        assert plan.fold_families("lines") == plan.learning_families == ["surfaces"]
        assert plan.plain_families == ["domain", "shape", "hypotheses", "powerlaw"]

    def test_every_row_comes_after_those_it_reads(self):
        names = [row.name for row in FAMILIES]
        assert len(set(names)) == len(names)
        for place, row in enumerate(FAMILIES):
            assert set(curves_read(row.name)) <= set(names[: place + 1])
            assert all(dict(zip(names, FAMILIES, strict=True))[read].curves for read in row.reads)
            assert row.name in row.reads or not row.curves
            assert re.fullmatch(r"[a-z0-9_]+", row.name)

    def test_every_row_has_its_module_and_every_module_its_row(self):
        folder = ROOT / "scripts/tde/features"
        packages = {path.parent.name for path in folder.glob("*/__init__.py")} - {"shared"}
        modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "registry", "table", "catalogue"}
        assert packages | modules == {row.name for row in FAMILIES}

    def test_no_other_text_knows_a_family_by_name(self):
        """Rules and the library outside the families, but for what compares single features with something."""
        compares = {"evaluation/feature_recovery.py", "candidates/physics.py", "features/registry.py"}
        compares.add("workflow/configuration/renamed.py")  # what families were once called
        names = "|".join(row.name for row in FAMILIES if learns(row.name) or row.curves)
        files = [*(ROOT / "rules").glob("*.smk"), *(ROOT / "scripts").glob("*.py")]
        library = ROOT / "scripts/tde"
        files += [
            path
            for path in library.rglob("*.py")
            if not re.match(r"(features/\w+|surfaces)/", str(path.relative_to(library)))
            and str(path.relative_to(library)) not in compares
        ]
        for path in files:
            assert not re.findall(rf"[\"'](?:{names})[\"']", path.read_text(encoding="utf-8")), path


class TestModels:
    def test_fits_read_neither_the_search_nor_what_others_report(self, config):
        assert Plan(config).fitted_block("trees") == {"features": ["domain", "shape"], "estimator": "lightgbm"}
        assert Plan(config).asks_for("trees", "tuning")
        assert not Plan(config).asks_for("lines", "tuning")

    def test_the_leaderboard_shows_all_or_those_asked_for_and_the_submitted(self, config):
        assert Plan(config).compared_names == ["both", "other", "trees", "lines", "public"]
        assert Plan(config).reported_figures == {"public": {"f1": 0.6}}
        config["leaderboard"]["only"] = ["trees"]
        assert Plan(config).compared_names == ["both", "trees"]
        assert Plan(config).reported_figures == {}

    def test_the_blend_knows_its_modules(self, config):
        modules = Plan(config).blend_modules
        assert "tde.features.gp2d" in modules
        assert modules[-2:] == ["tde.models.lightgbm_model", "tde.models.logistic_model"]


class TestReport:
    def test_simulated_data_have_a_truth_to_compare_with(self, config):
        assert {"truth.html", "fits_gp2d.png"} <= set(Plan(config).figures)
        config["dataset"] = "mallorn"
        assert "truth.html" not in Plan(config).figures

    def test_ablation_is_there_on_demand(self, config):
        assert "ablation.html" not in Plan(config).figures
        config["report"]["ablation"] = True
        assert Plan(config).figures.count("ablation.html") == 1

    def test_a_run_is_of_its_own_collection_alone(self, config):
        config["datasets"] = {"mine": {"files": "a", "label": "type", "classes": {}}, "other": {"files": "b"}}
        assert "collection" not in Plan(config).run_configuration
        config["dataset"] = "mine"
        assert Plan(config).run_configuration["collection"] == config["datasets"]["mine"]
        assert Plan(config).collection_reading == {"files": "a"}

    def test_what_follows_a_run_is_not_of_its_configuration(self, config):
        assert {"predict", "candidates", "submit"} & set(Plan(config).run_configuration) == set()
        assert Plan(config).reading_settings == {"lightcurves": "new.csv", "survey": "ztf"}


class TestDataSet:
    def test_splits_with_many_rows_are_divided(self, config):
        assert data_set(config, {}).n_shards == {"split_01": 1, "split_02": 1}
        config["shards"]["rows"] = 30_000
        assert data_set(config, {}).n_shards == {"split_01": 3, "split_02": 3}

    def test_batches_take_several_shards_and_split_none(self, config):
        assert data_set(config, {}).batches == {"batch_01": ["split_01", "split_02"]}
        config["shards"] |= {"rows": 30_000, "batch_rows": 60_000}
        found = data_set(config, {})
        assert list(found.batches.values()) == [
            ["split_01-1", "split_01-2"], ["split_01-3", "split_02-1"], ["split_02-2", "split_02-3"]
        ]  # fmt: skip
        assert found.shards == [shard for batch in found.batches.values() for shard in batch]

    def test_a_directory_is_found_by_the_environment(self, config, tmp_path):
        (tmp_path / "split_07").mkdir()
        (tmp_path / "split_07/train_full_lightcurves.csv").write_text("x" * 60)
        (tmp_path / "train_log.csv").touch()
        config["dataset"] = "mallorn"
        found = data_set(config, {"MALLORN_DATA": str(tmp_path)})
        assert found.name == "mallorn"
        assert found.directory == tmp_path
        assert found.n_shards == {"split_07": 1}
        assert data_set(config, {}).directory is None

    @pytest.mark.parametrize(
        ("given", "complaint"),
        [("{set}", "printable characters"), ("nowhere", "a directory with train_log.csv")],
    )
    def test_a_directory_that_cannot_be_used_is_named(self, config, given, complaint):
        config["dataset"] = given
        with pytest.raises(InputError, match=rf"dataset: got '.*'; allowed: .*{complaint}"):
            data_set(config, {})

    def test_a_directory_without_splits_is_refused(self, config, tmp_path):
        (tmp_path / "train_log.csv").touch()
        config["dataset"] = str(tmp_path)
        with pytest.raises(InputError, match="no folder split_01"):
            data_set(config, {})

    def test_a_collection_has_as_many_shards_as_its_files_are_large(self, config, tmp_path):
        for name, rows, length in (("a.txt", 250_000, 54), ("b.parquet", 20_000, 17)):
            with (tmp_path / name).open("wb") as file:
                file.truncate(rows * length)
        config |= {"dataset": "mine", "datasets": {"mine": {"files": str(tmp_path)}}}
        data = data_set(config, {})
        assert (data.name, data.directory, data.n_shards) == ("mine", None, {"split_01": 3})

    def test_a_collection_that_is_not_there_is_named(self, config):
        config |= {"dataset": "mine", "datasets": {"mine": {"files": ["nowhere/*.txt"]}}}
        with pytest.raises(
            InputError, match=r"datasets\.mine\.files: got 'nowhere/\*\.txt'; allowed: a file, a folder"
        ):
            data_set(config, {})
        config["dataset"] = "mien"
        with pytest.raises(InputError, match=r"dataset: got 'mien'; allowed: .*, or one of datasets: mine"):
            data_set(config, {})

    def test_names_in_paths_do_not_clash(self):
        assert name_in_paths("/data/My survey!") == "My_survey_"
        assert name_in_paths("mallorn") == "mallorn"
        assert [name_in_paths(f"/data/{name}") for name in ("mallorn", "compiled")] == ["mallorn_dir", "compiled_dir"]
