"""Change X, and these rules run again: for every module, every script, every raw file and every key of config.yaml."""

import json
import subprocess
import sys

import yaml
from workspace import ROOT, clean_environment

from tde.configuration_table import config_keys
from tde.imports import library_files

SCRIPTS = ROOT / "scripts"
RAW = "results/simulated/raw"


def plans(workspace, *changes):
    """What runs with changed configurations would do, planned in one process."""
    run = subprocess.run(
        [sys.executable, str(ROOT / "tests/rerun_driver.py")],
        cwd=workspace.path,
        env=clean_environment(workspace.path),
        input=json.dumps(changes),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-4000:]
    return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]


ALL = {"simulate", "read_log"}
"""Where all begins."""

FAMILY = {"compile_kernels", "compute_features", "write_catalogue", "rank_features"}
MODEL = {"cross_validate", "fit_model"}
NAMES = {"plot_precision_recall", "tabulate_metrics"}
"""Rules that read the names of the models."""

NEW_FAMILY = FAMILY | {"gather_features", "tabulate_missing", "summarise_benchmarks"}
NEW_MODEL = MODEL | NAMES | {"score_model"}

AFTER_BLEND = {
    "blend_models", "choose_threshold", "write_submission", "check_truth", "summarise_benchmarks",
    "plot_scores", "plot_calibration", "plot_mistakes", "tabulate_strata",
}  # fmt: skip
"""The blend and what follows from it."""

MODEL_KEYS = {
    "features": ["gp2d"],
    "estimator": "xgboost",
    "target": "binary",
    "labels": ["physics"],
    "include": ["gp2d.*"],
    "exclude": ["shape.*"],
    "balance_classes": True,
    "tde_weight": 3.5,
    "n_seeds": 5,
    "early_stopping": {"rounds": 9},
    "parameters": {"num_leaves": 5},
}
"""Another value for each key of a model; ``early_stopping`` stands for its own keys too."""

NEW = {"features": ["shape"], "estimator": "lightgbm", "parameters": {"n_estimators": 3}}

CASES = {
    "dataset": ({"dataset": "mine"}, {"read_log", "write_catalogue"}),
    "mallorn_dir": ({"mallorn_dir": "somewhere"}, {"compare_simulation"}),
    "simulated.n_objects": ({"simulated": {"n_objects": 701}}, {"simulate"}),
    "simulated.n_splits": ({"simulated": {"n_splits": 3}}, ALL | {"tabulate_missing", "plot_fits"}),
    "simulated.seed": ({"simulated": {"seed": 8}}, {"simulate", "plot_recovery"}),
    "shards.rows": ({"shards": {"rows": 30_000}}, {"read_log"}),
    "folds.n_splits": ({"folds": {"n_splits": 4}}, {"make_folds"}),
    "folds.n_repeats": ({"folds": {"n_repeats": 3}}, {"make_folds"}),
    "folds.seed": ({"folds": {"seed": 5}}, {"make_folds"}),
    **{f"models.<name>.{key}": ({"models": {"all_lgbm": {key: value}}}, MODEL) for key, value in MODEL_KEYS.items()},
    "blend.weights": ({"blend": {"weights": {"all_lgbm": 1.0}}}, {"blend_models"}),
    "threshold.n_resamples": ({"threshold": {"n_resamples": 61}}, {"score_model", "blend_models", "choose_threshold"}),
}
"""Key: a change of it, and the rules that read it. They and what follows from them run again, and nothing else."""

ADDED = {
    "models": ({"models": {"new": NEW}}, NEW_MODEL | {"summarise_benchmarks"}),
    "blend.models": ({"models": {"new": NEW}, "blend": {"models": ["all_lgbm", "new"]}}, NEW_MODEL | AFTER_BLEND),
    "features.domain": ({"features": {"domain": {}}}, NEW_FAMILY),
}
"""A further block, and the rules that run for it; those of other models and families do not."""

OPTIONS = {
    "features.gp_drw.bands": {"features": {"gp_drw": {"bands": ["g"]}}},
    "features.gp_drw.optional_bands": {"features": {"gp_drw": {"optional_bands": {"u": 16}}}},
}


class TestConfiguration:
    def test_every_key_is_in_the_table(self):
        """A family without settings is like domain, early stopping is one block, and blocks are their keys."""
        schema = yaml.safe_load((ROOT / "rules/schemas/config.schema.yaml").read_text())
        keys = {name for name, _ in config_keys(schema)}
        parents = {key.rpartition(".")[0] for key in keys}
        leaves = {key for key in keys - parents if not key.startswith(("features.", "models.<name>.early_stopping."))}
        assert leaves <= {*CASES, *ADDED}
        settings = {key for key in keys if key.count(".") > 1 and key.startswith("features.")}
        assert settings == set(OPTIONS)

    def test_a_changed_key_reruns_the_rules_that_read_it_and_what_follows(self, quick, tmp_path, count):
        workspace = quick.copy(tmp_path / "workspace")
        (workspace.path / "mine").symlink_to(workspace.path / RAW)
        changes = [change for change, _ in (*CASES.values(), *ADDED.values())]
        answers = plans(workspace, *changes, {})
        readers = {key: readers for key, (_, readers) in CASES.items()}
        assert surprises(readers, answers[: len(CASES)]) == {}
        for (_, rules), answer in zip(ADDED.values(), answers[len(CASES) : -1], strict=True):
            assert rules_of(answer["rerun"]) == rules
        assert answers[-1]["rerun"] == []
        count("changes whose reruns were checked", len(changes))

    def test_a_familys_options_rerun_that_family(self, finished, count):
        answers = plans(finished, *OPTIONS.values())
        for answer in answers:
            readers = {
                job
                for job, (rule, wildcards, _) in answer["jobs"].items()
                if rule in FAMILY and wildcards.get("family", "gp_drw") == "gp_drw"
            }
            assert surprises({"options": readers}, [answer]) == {}
        count("changes whose reruns were checked", len(OPTIONS))


class TestFiles:
    def test_rules_name_the_modules_that_their_scripts_load(self, finished):
        """With all families and models: what a job loads is among its inputs, and nothing else of the library."""
        config = yaml.safe_load((finished.path / "config.yaml").read_text())
        (answer,) = plans(finished, {})
        reached = set()
        for rule, wildcards, inputs in answer["jobs"].values():
            roots = [rule, *plugged_in(rule, wildcards, config)]
            expected = {file.removeprefix(f"{ROOT}/") for file in library_files(SCRIPTS, roots)}
            assert {file for file in inputs if file.startswith("scripts/")} == expected, (rule, wildcards)
            reached |= expected
        modules = {str(path.relative_to(ROOT)) for path in (SCRIPTS / "tde").rglob("*.py")}
        assert modules - reached <= PARSED | of_unused_plugins(config)

    def test_an_edited_file_reruns_what_reads_it_and_what_follows(self, quick, tmp_path, count):
        """Each module, script and raw file that the workflow uses, one after the other."""
        workspace = quick.copy(tmp_path / "workspace")
        (before,) = plans(workspace, {})
        readers: dict[str, set[str]] = {}
        for job, (rule, _, inputs) in before["jobs"].items():
            for file in [f"scripts/{rule}.py", *inputs]:
                if file.startswith(("scripts/", RAW)):
                    readers.setdefault(file, set()).add(job)
        answers = plans(workspace, *readers, {})
        assert surprises(readers, answers[:-1]) == {}
        assert answers[-1]["rerun"] == []
        count("changes whose reruns were checked", len(readers))

    def test_words_around_the_rules_rerun_nothing(self, quick, tmp_path):
        """Comments in config.yaml, in rules and in profiles are no code."""
        workspace = quick.copy(tmp_path / "workspace")
        for name in ("config.yaml", "profiles/slurm/config.yaml", "rules/schemas/config.schema.yaml", "envs/tde.yaml"):
            path = workspace.path / name
            path.write_text(path.read_text() + "\n# a comment\n")
        for path in (workspace.path / "rules").glob("*.smk"):
            path.write_text("# a comment\n" + path.read_text())
        (answer,) = plans(workspace, {})
        assert answer["rerun"] == []


def surprises(readers, answers):
    """What else reruns, and what does not though it reads what changed, by change; readers are rules or jobs."""
    found = {}
    for (change, names), answer in zip(readers.items(), answers, strict=True):
        starts = [job for job, (rule, *_) in answer["jobs"].items() if job in names or rule in names]
        expected = {below for job in starts for below in answer["below"][job]}
        rerun = set(answer["rerun"])
        if rerun != expected:
            found[change] = {"too many": sorted(rerun - expected), "too few": sorted(expected - rerun)}
    return found


def rules_of(jobs):
    return {job.split(" ")[0] for job in jobs}


def plugged_in(rule, wildcards, config):
    """Modules that a job loads by the names in the configuration."""
    if rule in ("compile_kernels", "fit_curves", "compute_features"):
        return [f"tde.features.{wildcards['family']}"]
    if rule in ("cross_validate", "fit_model"):
        return [f"tde.models.{config['models'][wildcards['model']]['estimator']}_model"]
    if rule in ("write_catalogue", "rank_features"):
        return [f"tde.features.{family}" for family in config["features"]]
    return []


def of_unused_plugins(config):
    """Files that only families and estimators load that the configuration does not name."""
    estimators = {model["estimator"] for model in config["models"].values()}
    files = set()
    for path in SCRIPTS.glob("tde/models/*_model.py"):
        if path.stem.removesuffix("_model") not in estimators:
            files |= set(library_files(SCRIPTS, [f"tde.models.{path.stem}"]))
    files |= set(library_files(SCRIPTS, ["tde.features.gp2d_george", "download"]))
    return {file.removeprefix(f"{ROOT}/") for file in files}


PARSED = {
    "scripts/tde/configuration_table.py",
    "scripts/tde/evaluation/comparison.py",
    "scripts/tde/imports.py",
    "scripts/tde/configuration.py",
    "scripts/tde/run_summary.py",
    "scripts/tde/clock.py",
}
"""Modules of the Snakefile itself and of tools for developers: they write no results."""
