"""The workflow as users meet it: results, reruns, resuming, targets, pictures, complaints."""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest
import yaml
from processes import Gate, end_started, start_snakemake
from workspace import ROOT, few_families

from tde.evaluation.feature_recovery import QUANTITIES

RESULTS = "results/simulated"
GP_DRW = "gp_drw"

RECOVERY_BOUNDS = {
    ("rank1", "rise_50"): (0.6, 0.7),  # biased: F rises in the gap before the first points
    ("rank1", "fade_50"): (0.25, 0.6),
    ("rank1", "log_colour_u"): (0.08, 0.25),
    ("rank1", "log_colour_g"): (0.04, 0.1),
    ("rank1", "log_colour_i"): (0.04, 0.1),
    ("rank1", "log_colour_z"): (0.05, 0.15),
    ("rank1", "log_colour_y"): (0.08, 0.3),
    ("rank1", "temperature"): (0.15, 0.3),
    ("hypotheses", "bb_log_temperature"): (0.15, 0.3),
    # of some thirty TDEs, most of them faint: a single light curve hardly tells the index of its decline
    ("powerlaw", "decay_index"): (1.2, 1.8),
    ("tde_physics", "r_decay_alpha_rest"): (0.8, 1.3),
}
"""Largest median deviation and largest robust scatter of the quantities that the simulation knows."""


def append_line(path, line="\n# changed\n"):
    path.write_text(path.read_text() + line)


def families(jobs):
    return {wildcards["family"] for _, wildcards in jobs if "family" in wildcards}


def models(jobs):
    return {wildcards["model"] for _, wildcards in jobs if "model" in wildcards}


@pytest.fixture(scope="module")
def rules(finished):
    """What Snakemake says of each rule."""
    return [line for line in finished.snakemake("--list-rules").stdout.splitlines() if line.strip()]


class TestResults:
    def test_submission_has_the_form_of_the_sample(self, finished):
        sample = list(csv.reader((finished.path / RESULTS / "raw/sample_submission.csv").open()))
        submission = list(csv.reader((finished.path / RESULTS / "submission.csv").open()))
        assert submission[0] == sample[0] == ["object_id", "prediction"]
        assert [row[0] for row in submission] == [row[0] for row in sample]
        assert {row[1] for row in submission[1:]} <= {"0", "1"}

    def test_feature_tables_have_one_row_per_object_in_log_order(self, finished):
        for family, n_columns in (("domain", 168), (GP_DRW, None)):
            for set_name in ("train", "test"):
                objects = pq.read_table(finished.path / RESULTS / f"objects/{set_name}.parquet")
                table = pq.read_table(finished.path / RESULTS / f"features/{family}/{set_name}.parquet")
                assert table["object_id"].to_pylist() == objects["object_id"].to_pylist()
                assert n_columns is None or table.num_columns == n_columns + 1

    def test_files_for_other_tools_are_there(self, finished):
        for name in ("cv_summary.yaml", "oof_predictions.npz", "test_predictions.npz", "submission_probabilities.csv"):
            assert (finished.path / RESULTS / name).stat().st_size > 0

    def test_promised_scores_come_true(self, finished):
        """The simulation's test labels are known: cross-validation's promise holds within three errors."""
        rows = {row["score"]: row for row in csv.DictReader((finished.path / RESULTS / "report/truth.csv").open())}
        assert set(rows) == {"f1", "average_precision", "log_loss"}
        for row in rows.values():
            assert abs(float(row["deviation"])) < 3
            assert float(row["error"]) > 0

    def test_features_come_near_the_simulations_truth(self, finished):
        """Median deviation and robust scatter of what features measure stay within bounds."""
        report = finished.path / RESULTS / "report/feature_recovery.csv"
        measured = {quantity.family for quantity in QUANTITIES} & set(finished.families())
        assert report.is_file() == bool(measured)
        rows = list(csv.DictReader(report.open())) if measured else []
        assert {row["family"] for row in rows} == measured
        for row in rows:
            largest_bias, largest_scatter = RECOVERY_BOUNDS[row["family"], row["feature"]]
            assert int(row["measured"]) > 0.5 * int(row["objects"]), row
            assert abs(float(row["bias"])) < largest_bias, row
            assert float(row["scatter"]) < largest_scatter, row

    def test_report_counts_every_feature_and_object(self, finished):
        report = finished.path / RESULTS / "report"
        missing = list(csv.DictReader((report / "missing.csv").open()))
        assert [(row["family"], row["set"]) for row in missing] == [
            (family, name) for family in finished.families() for name in ("train", "test")
        ]
        assert {row["infinite_values"] for row in missing} == {"0"}
        ranked = list(csv.DictReader((report / "features.csv").open()))
        assert len(ranked) == sum(int(row["columns"]) for row in missing if row["set"] == "train")
        costs = list(csv.DictReader((report / "benchmarks.csv").open()))
        assert {row["family"] for row in costs} == {"", *finished.families()}

    def test_last_words_say_where_results_lie(self, finished):
        words = finished.first_run
        assert f"{RESULTS}/submission.csv" in words
        assert "average precision" in words

    def test_logs_and_benchmarks_mirror_the_rules(self, finished):
        for folder in ("logs", "benchmarks"):
            rules = {path.stem for path in (finished.path / folder / "simulated").iterdir()}
            assert {"make_shard", "compute_features", "cross_validate", "blend_models", "write_submission"} <= rules

    def test_truth_is_read_by_reports_only(self):
        readers = [
            path.name for path in (ROOT / "rules").glob("*.smk") if "raw/truth.csv" in path.read_text(encoding="utf-8")
        ]
        # the replay of nights says when the TDEs were found
        assert sorted(readers) == ["nights.smk", "simulation.smk"]


CHANGES = {
    "model parameter": {"config": {"models": {"all_lgbm": {"parameters": {"num_leaves": 11}}}}},
    "family option": {"config": {"features": {GP_DRW: {"bands": ["g", "r"]}}}},
    "threshold": {"config": {"threshold": {"n_resamples": 61}}},
    "seed": {"config": {"simulated": {"seed": 8}}},
    "edit of a fit": {"files": ["scripts/tde/parametric/bazin_fit.py"]},
    "edit of a family that fits curves": {"files": ["scripts/tde/features/rank1/__init__.py"]},
}


@pytest.fixture(scope="module")
def jobs_after(finished, tmp_path_factory):
    """Rules and wildcards of the jobs that a run after each change would do."""
    workspace = finished.copy(tmp_path_factory.mktemp("reruns") / "workspace")
    answers = zip(CHANGES, workspace.plans(*CHANGES.values()), strict=True)
    return {change: [answer["jobs"][job][:2] for job in answer["rerun"]] for change, answer in answers}


class TestReruns:
    def test_second_run_has_nothing_to_do(self, finished):
        assert "Nothing to be done" in finished.snakemake("-n").stdout

    def test_touching_files_reruns_nothing(self, workspace):
        for path in ("scripts/tde/features/gp_drw/__init__.py", "scripts/tde/gp/drw.py"):
            os.utime(workspace.path / path)
        assert workspace.planned_rules() == set()

    def test_edit_of_a_fit_reruns_its_family_and_what_follows(self, jobs_after):
        jobs = jobs_after["edit of a fit"]
        rules = {rule for rule, _ in jobs}
        assert families(jobs) == {"bazin"}
        assert {"compile_family", "compute_features", "gather_features", "cross_validate", "write_submission"} <= rules
        assert not {"simulate", "read_object_list", "make_shard", "make_folds"} & rules

    def test_edit_of_a_family_that_fits_curves_reruns_those_that_read_them(self, jobs_after):
        assert families(jobs_after["edit of a family that fits curves"]) == {"rank1", "hypotheses", "surfaces"}

    def test_changed_model_parameter_reruns_that_model_and_the_blend(self, jobs_after):
        jobs = jobs_after["model parameter"]
        assert models(jobs) == {"all_lgbm"}
        assert families(jobs) == set()
        assert {"cross_validate", "score_model", "fit_model", "blend_models", "write_submission"} <= {
            r for r, _ in jobs
        }

    def test_changed_family_option_reruns_that_family(self, jobs_after):
        assert families(jobs_after["family option"]) == {GP_DRW}

    def test_changed_threshold_leaves_the_models_alone(self, jobs_after):
        rules = {rule for rule, _ in jobs_after["threshold"]}
        assert "choose_threshold" in rules
        assert not {"cross_validate", "fit_model", "compute_features"} & rules

    def test_changed_seed_reruns_from_the_simulation(self, jobs_after):
        rules = {rule for rule, _ in jobs_after["seed"]}
        assert {"simulate", "make_shard", "compute_features", "cross_validate"} <= rules

    def test_a_changed_raw_file_reruns_its_own_split_only(self, workspace):
        """The gate over all files must not send the other splits through their fits again."""
        raw = workspace.path / RESULTS / "raw"
        shutil.copytree(raw, workspace.path / "mine")
        (workspace.path / "mine/truth.csv").unlink()
        config = ("--config", "dataset=mine")
        workspace.snakemake("--cores", "2", "shards", *config)
        append_line(workspace.path / "mine/split_02/test_full_lightcurves.csv", last_row(workspace))
        jobs = workspace.planned("shards", *config)
        assert [w for rule, w in jobs if rule == "make_shard"] == [{"shard": "split_02"}]

    def test_a_lost_file_is_made_again(self, workspace):
        (workspace.path / RESULTS / "threshold.json").unlink()
        (workspace.path / RESULTS / "submission.csv").unlink()
        planned = workspace.planned_rules()
        assert {"choose_threshold", "write_submission"} <= planned
        assert "cross_validate" not in planned


def state_of(folder):
    """Size and time of every file, but for Snakemake's own notes."""
    files = (path for path in folder.rglob("*") if path.is_file() and ".snakemake" not in path.parts)
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files if "__pycache__" not in path.parts}


def last_row(workspace):
    """A further observation of the object in the last row of a light-curve file."""
    line = (workspace.path / "mine/split_02/test_full_lightcurves.csv").read_text().splitlines()[-1]
    object_id, mjd, *rest = line.split(",")
    return ",".join([object_id, f"{float(mjd) + 0.5:.4f}", *rest]) + "\n"


class TestRobustness:
    def test_one_core_and_a_kill_give_the_same_bytes(self, quick, fresh):
        """The run on one core is killed while it writes features, and resumed; the other ran through, on two."""
        fresh.configure(few_families)
        gate = Gate(fresh, "compute_features", file="batch_01.parquet")
        run = start_snakemake(fresh, "--cores", "1", **gate.environment)
        gate.held()
        end_started()
        assert run.returncode == -signal.SIGKILL
        done = {path: path.stat().st_mtime_ns for path in (fresh.path / RESULTS / "shards").rglob("*.parquet")}
        fresh.snakemake("--unlock")
        fresh.snakemake("--cores", "1")
        ours, theirs = fresh.checksums(RESULTS), quick.checksums(RESULTS)
        assert set(ours) == set(theirs)
        assert [name for name in ours if ours[name] != theirs[name]] == []
        assert done, "it was killed before there were shards"
        assert {path: path.stat().st_mtime_ns for path in done} == done, "finished shards were made again"


class TestTargets:
    def test_stages_can_be_asked_for_by_name(self, finished):
        stages = ("shards", "features", "models", "submission", "report", "all")
        assert "Nothing to be done" in finished.snakemake("-n", *stages).stdout

    def test_a_dry_run_changes_nothing(self, workspace):
        """Neither bytes nor times, also of a file that a wrong clock dated into the future."""
        late = workspace.path / RESULTS / "threshold.json"
        os.utime(late, (time.time() + 3600,) * 2)
        before = state_of(workspace.path)
        workspace.snakemake("-n")
        assert state_of(workspace.path) == before

    def test_single_file_makes_only_what_it_needs(self, fresh):
        fresh.snakemake("--cores", "2", f"{RESULTS}/shards/train/split_01.parquet")
        made = {path.name for path in (fresh.path / RESULTS).iterdir()}
        assert made == {"raw", "objects", "shards"}
        shards = (fresh.path / RESULTS / "shards").rglob("*.parquet")
        assert {f"{path.parent.name}/{path.name}" for path in shards} == {
            "test/split_01.parquet",
            "train/split_01.parquet",
        }

    def test_every_rule_says_what_it_does(self, rules):
        assert len(rules) >= 25
        assert [line for line in rules if not line.endswith(".)")] == []  # name (docstring.)


class TestTools:
    def test_lint_is_clean(self, fresh):
        result = fresh.snakemake("--lint", check=False)
        assert result.returncode == 0, result.stdout + result.stderr

    def test_snakefmt_is_clean(self):
        command = [sys.executable, "-m", "snakefmt", "--check", "Snakefile", "rules"]
        assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0

    def test_ruff_is_clean(self):
        for command in (["check"], ["format", "--check"]):
            run = [sys.executable, "-m", "ruff", *command, "scripts", "tests"]
            result = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
            assert result.returncode == 0, result.stdout

    @pytest.mark.parametrize("picture", ["--rulegraph", "--dag", "--filegraph"])
    def test_pictures_are_clean_dot(self, finished, picture):
        dot = finished.snakemake("--forceall", picture).stdout
        assert dot.startswith("digraph")
        assert "compute_features" in dot
        if shutil.which("dot"):
            drawn = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True, check=True).stdout
            assert "</svg>" in drawn

    def test_report_is_one_file_that_works_offline(self, workspace):
        workspace.snakemake("--report", "report.html")
        page = (workspace.path / "report.html").read_text()
        assert "Class balance" in page or "Training objects of each spectroscopic type" in page
        for figure in ("classes.png", "light_curves.png", "scores.png", "precision_recall.png", "metrics.html"):
            assert figure in page
        assert 'src="http' not in page

    def test_slurm_profile_plans_the_same_jobs(self, fresh):
        """The README's one line makes the literal --profile slurm work."""
        profiles = fresh.path / "home/.config/snakemake"
        profiles.mkdir(parents=True)
        (profiles / "slurm").symlink_to(fresh.path / "profiles/slurm")
        result = fresh.snakemake("-n", "--profile", "slurm", HOME=str(fresh.path / "home"))
        assert "write_submission" in result.stdout

    def test_memory_and_time_of_every_job_grow_with_the_attempt(self):
        """The profiles' defaults, and what single rules set instead."""
        for name in ("slurm", "generic"):
            defaults = yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text())["default-resources"]
            assert all(str(defaults[key]).endswith("* attempt") for key in ("mem_mb", "runtime"))
        for path in (ROOT / "rules").glob("*.smk"):
            for line in path.read_text().splitlines():
                if re.match(r"\s*(mem_mb|runtime)=", line):
                    assert re.search(r"=growing\(\d+\),$", line), f"{path.name}: {line}"

    def test_slurm_profile_names_rules_that_there_are(self, rules):
        profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
        named = {re.match(r"(?:local)?(\w+) ?\(?", line)[1] for line in rules}
        # those of a collection stand in place of MALLORN's
        named |= set(re.findall(r"^rule (\w+):", (ROOT / "rules/collection.smk").read_text(), re.MULTILINE))
        assert set(profile["groups"]) <= named
        assert set(profile["group-components"]) <= set(profile["groups"].values())

    def test_slurm_profile_explains_every_key(self):
        lines = (ROOT / "profiles/slurm/config.yaml").read_text().splitlines()
        for number, line in enumerate(lines):
            if line and line[0] not in "# ":
                assert lines[number - 1].startswith("#"), f"{line} has no comment above it"


class TestComplaints:
    def test_typos_in_the_configuration_stop_before_any_job(self, fresh):
        fresh.configure(lambda config: config["folds"].update(n_split=3))
        result = fresh.snakemake("--cores", "1", check=False)
        assert result.returncode != 0
        assert "folds.n_split: unknown key" in result.stdout + result.stderr
        assert not (fresh.path / "results").exists()

    def test_a_directory_without_data_is_named(self, fresh):
        result = fresh.snakemake("-n", "--config", "dataset=nowhere", check=False)
        assert result.returncode != 0
        assert "dataset: got 'nowhere'" in result.stdout + result.stderr

    def test_without_files_and_token_it_says_what_to_do(self, fresh):
        result = fresh.snakemake("--cores", "1", "shards", "--config", "dataset=mallorn", check=False)
        words = result.stdout + result.stderr
        assert result.returncode != 0
        assert "KAGGLE_API_TOKEN" in words
        assert "mallorn_dir=" in words

    def test_one_bad_file_stops_before_any_fit_and_loses_nothing(self, workspace):
        mine = workspace.path / "mine Δ"
        shutil.copytree(workspace.path / RESULTS / "raw", mine)
        path = mine / "split_02/test_full_lightcurves.csv"
        text = path.read_text()
        path.write_text(text[: len(text) // 2])  # cut off in the middle of a row
        before = workspace.checksums(RESULTS)
        result = workspace.snakemake("--cores", "2", "--keep-going", "--config", f"dataset={mine}", check=False)
        words = result.stdout + result.stderr
        assert result.returncode != 0
        assert f"Error: {path}" in words
        results = workspace.path / "results/mine_"
        kept = {path.stem for path in results.glob("shards/*/*.parquet")}
        assert kept == {"split_01"}  # the good split is kept
        assert not list(results.rglob("features/*/*/*.parquet"))  # no fit has run
        assert workspace.checksums(RESULTS) == before
        path.write_text(text)
        workspace.snakemake("--cores", "2", "shards", "--config", f"dataset={mine}")

    def test_a_results_folder_that_cannot_be_written_is_named(self, fresh):
        (fresh.path / "results").write_text("a file where the folder should be")
        result = fresh.snakemake("--cores", "1", "shards", check=False)
        assert result.returncode != 0
        assert "results" in result.stdout + result.stderr
