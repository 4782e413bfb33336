"""Change X, and these rules run again: for every module, every script, every raw file and every key of config.yaml."""

import re

import yaml
from workspace import ROOT

from tde.features.registry import curves_read, learns
from tde.imports import library_files
from tde.sources.formats import READERS
from tde.workflow.configuration.json_schema import config_keys, nested_schema
from tde.workflow.configuration.whole import Configuration

SCRIPTS = ROOT / "scripts"
RAW = "results/simulated/raw"

UNCHANGED = {"config": {}}
"""The rules as they stand, read again."""

ALL = {"simulate", "read_object_list"}
"""Where all begins."""

FAMILY = {"compile_family", "compute_features", "write_catalogue", "rank_features"}
MODEL = {"cross_validate", "fit_model", "learn_views"}
NAMES = {"plot_precision_recall", "tabulate_metrics"}
"""Rules that read the names of the models."""

WHOLE_CONFIGURATION = {"write_versions"}
"""Rules that show config.yaml: a change of it is theirs, except for some blocks."""
NOT_SHOWN = ("predict", "nights", "candidates", "submit", "datasets")

ELSEWHERE = {
    "datasets": {"datasets": {"other": {"files": "elsewhere", "classes": {"TDE": "TDE", "SN": "CC"}}}},
    "ablation": {"ablation": {"n_repeats": 3}},
    "leaderboard": {"leaderboard": {"only": ["blend"]}},
    "predict": {"predict": {"name": "other", "chunk_size": 77}},
    "nights": {"nights": {"name": "other", "parts": 3, "site": {"name": "other"}}},
    "submit": {"submit": {"message": "other"}},
}
"""Blocks of what is no part of a plain run: nothing of that run reads them. test_collections runs a collection."""

NEW_FAMILY = FAMILY | {"gather_features", "tabulate_missing", "summarise_benchmarks"}
NEW_MODEL = MODEL | NAMES | {"score_model"}

AFTER_BLEND = {
    "blend_models", "choose_threshold", "write_submission", "check_truth", "summarise_benchmarks",
    "plot_scores", "plot_calibration", "plot_mistakes", "tabulate_strata", "plot_precision_recall", "tabulate_metrics",
    "learn_views", "save_bundle", "classify_test", "write_candidates", "write_report",
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
    "selection": {"n_features": 7},
    "parameters": {"num_leaves": 5},
}
"""Another value for each key of a model; a block stands for its own keys too."""

VIEWS = {
    "per_object": 5,
    "ages": [3, 400],
    "bands": {"gr": 1},
    "complete": [],
    "visits": [0.5, 1.0],
    "redshift_error": 0.1,
    "without_redshift": 0.1,
    "seed": 12,
}
"""Another value for each key of the views."""

NEARER = {
    "per_object": 1,
    "magnitudes": [1.0, 2.0],
    "survey": "ps1",
    "bands": {"gr": 2},
    "detections": 0.2,
    "points": [9, 10],
    "ages": [3, 400],
}
"""Another value for each key of the views as another survey would have them."""

NEW = {"features": ["shape"], "estimator": "lightgbm", "parameters": {"n_estimators": 3}}

CASES = {
    "dataset": ({"dataset": "mine"}, {"read_object_list", "write_catalogue", "write_versions"}),
    "mallorn_dir": ({"mallorn_dir": "somewhere"}, {"compare_simulation"}),
    "simulated.n_objects": ({"simulated": {"n_objects": 701}}, {"simulate"}),
    "simulated.n_splits": ({"simulated": {"n_splits": 3}}, ALL | {"tabulate_missing", "plot_fits"}),
    "simulated.seed": ({"simulated": {"seed": 8}}, {"simulate", "plot_recovery"}),
    "shards.rows": ({"shards": {"rows": 30_000}}, {"read_object_list"}),
    "shards.batch_rows": (
        {"shards": {"batch_rows": 30_000}},
        {"fit_curves", "compute_features", "gather_features", "plot_fits", "learn_in_folds", "classify_test"},
    ),
    "photometric_redshifts.sigma": ({"photometric_redshifts": {"sigma": 0.03}}, {"perturb_redshifts"}),
    "photometric_redshifts.seed": ({"photometric_redshifts": {"seed": 4}}, {"perturb_redshifts"}),
    "folds.n_folds": ({"folds": {"n_folds": 4}}, {"make_folds"}),
    "folds.n_repeats": ({"folds": {"n_repeats": 3}}, {"make_folds"}),
    "folds.seed": ({"folds": {"seed": 5}}, {"make_folds"}),
    **{
        f"models.<name>.{key}": (
            {"models": {"all_lgbm": {key: value} | ({"tde_weight": 1.0} if key == "balance_classes" else {})}},
            MODEL | ({"merge_compiled"} if key == "estimator" else set()),
        )
        for key, value in MODEL_KEYS.items()
    },
    "models.<name>.adversarial_weights": (
        {"models": {"all_lgbm": {"adversarial_weights": True}}},
        {"weigh_objects", "learn_views"},
    ),
    **{f"views.{key}": ({"views": {key: value}}, {"compute_views"}) for key, value in VIEWS.items()},
    **{
        f"views.nearer.{key}": ({"views": {"nearer": {key: value}}}, {"compute_views"}) for key, value in NEARER.items()
    },
    "early.folds": ({"early": {"folds": "random"}}, {"learn_views"}),
    "models.<name>.tuning": (
        {"models": {"all_lgbm": {"tuning": {"n_trials": 3, "space": {"num_leaves": [3, 9]}}}}},
        {"tune_model"},
    ),
    "models.<name>.reported": ({"models": {"all_lgbm": {"reported": {"f1": 0.5}}}}, set()),
    "blends.<name>.weights": ({"blends": {"blend": {"weights": {"all_lgbm": 1.0}}}}, {"blend_models"}),
    "threshold.n_resamples": ({"threshold": {"n_resamples": 61}}, {"score_model", "blend_models", "choose_threshold"}),
    "candidates.n": ({"candidates": {"n": 7}}, {"write_candidates"}),
    **{key: (change, set()) for key, change in ELSEWHERE.items()},
}
CASES = {
    key: (change, readers if key.startswith(NOT_SHOWN) else readers | WHOLE_CONFIGURATION)
    for key, (change, readers) in CASES.items()
}
"""Key: a change of it, and the rules that read it. They and what follows from them run again, and nothing else."""

BOTH = {"report": {"blends": ["blend", "other"]}}

ADDED = {
    "features.domain": ({"features": {"domain": {}}}, NEW_FAMILY),
    "blends.<name>.models": (
        {"models": {"new": NEW}, "blends": {"blend": {"models": ["all_lgbm", "new"]}}},
        NEW_MODEL | AFTER_BLEND,
    ),
    "models.<name>.views": (
        {"models": {"new": NEW | {"views": True}}, "blends": {"blend_views": {"models": ["views_lgbm", "new"]}}},
        {"fit_views", "learn_views", "save_bundle", "classify_test", "write_candidates"},
    ),
    "submission.blend": (
        {"blends": {"other": {"models": ["all_lgbm"], "weights": "mean"}}, "submission": {"blend": "other"}} | BOTH,
        AFTER_BLEND,
    ),
    "report.blends": (
        {"blends": {"other": {"models": ["all_lgbm"], "weights": "mean"}}} | BOTH,
        {"blend_models", "tabulate_metrics", "summarise_benchmarks"},
    ),
    "report.ablation": (
        {"report": {"ablation": True}},
        {"ablate_family", "tabulate_ablation", "summarise_benchmarks"},
    ),
}
"""Further blocks, and the rules that run for them; those of other models and families do not."""

OPTIONS = {
    "features.gp_drw.bands": {"features": {"gp_drw": {"bands": ["g"]}}},
    "features.gp_drw.optional_bands": {"features": {"gp_drw": {"optional_bands": {"u": 16}}}},
}


OFF = ("rocket", "rocket_linear", "minirocket", "multirocket")
"""Families with settings that no plain run computes; a family's own options are tried with gp_drw."""

BLOCKS = (
    "early.blend",  # models that learn from views cannot be in another blend
    "early.repeats",  # the target early alone measures them
    *(
        f"{block}."
        for block in (
            *ELSEWHERE,
            *(f"features.{family}" for family in OFF),
            *(f"models.<name>.{key}" for key in ("early_stopping", "selection", "tuning", "reported")),
        )
    ),
)


class TestConfiguration:
    def test_every_key_is_in_the_table(self):
        """A family without settings is like domain; some blocks stand for their keys."""
        keys = {key.name for key in config_keys(nested_schema(Configuration))}
        blocks = {".".join(parts[:k]) for parts in (key.split(".") for key in keys) for k in range(1, len(parts))}
        tried = {*CASES, *ADDED, *OPTIONS}
        leaves = {key for key in keys - blocks if not re.fullmatch(r"features\.\w+", key)}
        assert {key for key in leaves if key not in tried and not key.startswith(BLOCKS)} == set()

    def test_a_changed_key_reruns_the_rules_that_read_it_and_what_follows(self, quick, tmp_path, count):
        workspace = quick.copy(tmp_path / "workspace")
        (workspace.path / "mine").symlink_to(workspace.path / RAW)
        changes = [change for change, _ in (*CASES.values(), *ADDED.values())]
        answers = workspace.plans(*({"config": change} for change in changes), UNCHANGED)
        readers = {key: readers for key, (_, readers) in CASES.items()}
        assert surprises(readers, answers[: len(CASES)]) == {}
        for (_, rules), answer in zip(ADDED.values(), answers[len(CASES) : -1], strict=True):
            assert rules_of(answer["rerun"]) == rules | WHOLE_CONFIGURATION | {"write_report"}
        assert answers[-1]["rerun"] == []
        count("changes whose reruns were checked", len(changes))

    def test_a_familys_options_rerun_that_family(self, finished, count):
        answers = finished.plans(*({"config": change} for change in OPTIONS.values()))
        for answer in answers:
            readers = {
                job
                for job, (rule, wildcards, _) in answer["jobs"].items()
                if rule in WHOLE_CONFIGURATION or (rule in FAMILY and wildcards.get("family", "gp_drw") == "gp_drw")
            }
            assert surprises({"options": readers}, [answer]) == {}
        count("changes whose reruns were checked", len(OPTIONS))


class TestFiles:
    def test_rules_name_the_modules_that_their_scripts_load(self, finished):
        """With all families and models: what a job loads is among its inputs, and nothing else of the library."""
        config = yaml.safe_load((finished.path / "config.yaml").read_text())
        (answer,) = finished.plans(UNCHANGED)
        for rule, wildcards, inputs in answer["jobs"].values():
            roots = [SCRIPT.get(rule, rule), *plugged_in(rule, wildcards, config)]
            expected = {file.removeprefix(f"{ROOT}/") for file in library_files(SCRIPTS, roots)}
            modules = {file for file in inputs if file.startswith("scripts/tde/")}
            assert modules == expected, (rule, wildcards)

    def test_every_module_is_run_by_a_script(self):
        plugins = [f"tde.features.{face.parent.name}" for face in (SCRIPTS / "tde/features").glob("*/__init__.py")]
        plugins += [f"tde.models.{name.stem}" for name in (SCRIPTS / "tde/models").glob("*_model.py")]
        plugins += [f"tde.sources.readers.{name}" for name in READERS]
        reached = set(library_files(SCRIPTS, [*(path.stem for path in SCRIPTS.glob("*.py")), *plugins]))
        modules = {str(path) for path in (SCRIPTS / "tde").rglob("*.py")} - reached
        assert {file.removeprefix(f"{SCRIPTS}/tde/") for file in modules} <= PARSED

    def test_an_edited_file_reruns_what_reads_it_and_what_follows(self, quick, tmp_path, count):
        """Each module, script and raw file that the workflow uses; those with the same readers together."""
        workspace = quick.copy(tmp_path / "workspace")
        (before,) = workspace.plans(UNCHANGED)
        readers: dict[str, set[str]] = {}
        for job, (rule, _, inputs) in before["jobs"].items():
            for file in [f"scripts/{SCRIPT.get(rule, rule)}.py", *inputs]:
                if file.startswith(("scripts/", RAW)):
                    readers.setdefault(file, set()).add(job)
        alike: dict[tuple, list[str]] = {}
        for file, jobs in readers.items():
            is_script = file.count("/") == 1  # Snakemake looks at these in another way
            alike.setdefault((is_script, *sorted(jobs)), []).append(file)
        edits = [{"files": files} for files in alike.values()]
        *answers, together, after = workspace.plans(*edits, {"files": list(readers)} | UNCHANGED, UNCHANGED)
        assert surprises({files[0]: readers[files[0]] for files in alike.values()}, answers) == {}
        # what is in the files makes no difference to the rules, so that these need not be read again for each edit
        assert together["rerun"] == sorted(set().union(*(answer["rerun"] for answer in answers)))
        assert (together["jobs"], together["parameters"]) == (before["jobs"], before["parameters"])
        assert after["rerun"] == []
        count("changes whose reruns were checked", len(readers))

    def test_words_around_the_rules_rerun_nothing(self, quick, tmp_path):
        """Comments in config.yaml, in rules and in profiles are no code."""
        workspace = quick.copy(tmp_path / "workspace")
        for name in ("config.yaml", "profiles/slurm/config.yaml", "envs/tde.yaml"):
            path = workspace.path / name
            path.write_text(path.read_text() + "\n# a comment\n")
        for path in (workspace.path / "rules").glob("*.smk"):
            path.write_text("# a comment\n" + path.read_text())
        (answer,) = workspace.plans(UNCHANGED)
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


SCRIPT = {"gather_learnt_features": "gather_features"}
"""Scripts of the rules that do not have one of their own."""

FAMILY_RULES = ("compile_family", "fit_curves", "compute_features", "learn_in_folds", "learn_from_all", "apply_learnt")
"""Rules whose jobs load one family."""


def plugged_in(rule, wildcards, config):
    """Modules that a job loads by the names in the configuration."""
    if "family" in wildcards and rule in FAMILY_RULES:
        return [f"tde.features.{wildcards['family']}"]
    if rule in ("cross_validate", "fit_model", "tune_model"):
        return [f"tde.models.{config['models'][wildcards['model']]['estimator']}_model"]
    if rule == "write_catalogue":
        return [f"tde.features.{family}" for family in config["features"]]
    if rule == "rank_features":
        blends = [config["submission"]["blend"], *config["report"]["blends"]]
        models = [model for blend in blends for model in config["blends"][blend]["models"]]
        return [f"tde.features.{family}" for family in config["features"] if family in families_of(models, config)]
    if rule == "fit_views":
        return [
            f"tde.models.{config['models'][model]['estimator']}_model"
            for model in config["blends"][config["early"]["blend"]]["models"]
        ]
    if rule in ("save_bundle", "merge_compiled", "classify_test", "write_candidates", "compute_views", "learn_views"):
        blends = (config["submission"]["blend"], config["early"]["blend"])
        models = [model for blend in blends for model in config["blends"][blend]["models"]]
        families = families_of(models, config)
        families |= {other for family in families for other in curves_read(family)}
        modules = [f"tde.features.{family}" for family in families if rule != "compute_views" or not learns(family)]
        estimators = [f"tde.models.{config['models'][model]['estimator']}_model" for model in models]
        return {"compute_views": modules, "learn_views": estimators}.get(rule, modules + estimators)
    return []


def families_of(models, config):
    """Families that some models read."""
    return {family for model in models for family in config["models"][model]["features"]}


PARSED = {
    "collection/listing.py",
    "imports.py",
    "models/extra_packages.py",
    "nights/file_groups.py",
    "sources/input_files.py",
    "workflow/clock.py",
    "workflow/configuration/check.py",
    "workflow/configuration/references.py",
    "workflow/configuration/renamed.py",
    "workflow/raw_data.py",
    "workflow/plan.py",
    "workflow/progress/__init__.py",
    "workflow/progress/run_display.py",
    "workflow/progress/screen.py",
    "workflow/progress/tally.py",
    "workflow/run_summary.py",
}
"""Modules of the Snakefile itself, which plans jobs and writes no results."""
