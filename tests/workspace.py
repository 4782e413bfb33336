"""A copy of the repository in a folder of its own, in which Snakemake really runs."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".pytest_cache/xdg"
"""Where programs that the tests run keep what they would keep for a user: compiled code, lists of fonts."""
PARTS = ("Snakefile", "config.yaml", "rules", "scripts", "envs", "profiles", "resources")


class Workspace:
    """The workflow's files in a folder, with a small simulated data set as default."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path) -> Workspace:
        path.mkdir(parents=True)
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, path / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, path / part)
        workspace = cls(path)
        workspace.configure(_make_small)
        return workspace

    def copy(self, path: Path) -> Workspace:
        """The same with all results so far and Snakemake's memory of them."""
        shutil.copytree(self.path, path, symlinks=True)
        return Workspace(path)

    def configure(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change config.yaml by a function of its content; what YAML's aliases share is one's own here."""
        config = json.loads(json.dumps(yaml.safe_load((self.path / "config.yaml").read_text())))
        change(config)
        (self.path / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))

    def families(self) -> list[str]:
        """Feature families that every run computes: those that the reported blends' models read."""
        config = yaml.safe_load((self.path / "config.yaml").read_text())
        blends = [config["submission"]["blend"], *config["report"]["blends"]]
        models = [model for blend in blends for model in config["blends"][blend]["models"]]
        read = {family for model in models for family in config["models"][model]["features"]}
        return [family for family in config["features"] if family in read]

    def run(self, *command: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the workspace, without the caller's MALLORN files and tokens."""
        result = subprocess.run(
            command,
            cwd=self.path,
            env=clean_environment(self.path) | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and result.returncode:
            raise AssertionError(f"{' '.join(command)} failed:\n{result.stdout[-4000:]}\n{result.stderr[-8000:]}")
        return result

    def snakemake(self, *arguments: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "snakemake", *arguments, check=check, **environment)

    def planned(self, *arguments: str) -> list[tuple[str, dict[str, str]]]:
        """The jobs a run would do: rule and wildcards of each."""
        text = self.snakemake("-n", *arguments).stdout
        jobs = []
        for block in re.split(r"\n(?=\s*(?:local)?rule \w+:)", text):
            head = re.match(r"\s*(?:local)?rule (\w+):", block)
            if head:
                wildcards = re.search(r"^    wildcards: (.*)$", block, re.MULTILINE)
                pairs = wildcards.group(1).split(", ") if wildcards else []
                jobs.append((head.group(1), dict(pair.split("=", 1) for pair in pairs)))
        return jobs

    def planned_rules(self, *arguments: str) -> set[str]:
        return {rule for rule, _ in self.planned(*arguments)}

    def plans(self, *changes: dict[str, Any]) -> list[dict[str, Any]]:
        """What runs after changes of files or of the configuration would do, as rerun_driver.py tells it."""
        run = subprocess.run(
            [sys.executable, str(ROOT / "tests/rerun_driver.py")],
            cwd=self.path,
            env=clean_environment(self.path),
            input=json.dumps(changes),
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr[-4000:]
        return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]

    def checksums(self, folder: str) -> dict[str, str]:
        """Checksum of every file below a folder, without what depends on time or machine."""
        base = self.path / folder
        files = (path for path in sorted(base.rglob("*")) if path.is_file())
        return {
            str(path.relative_to(base)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
            if not {"compiled"} & set(path.relative_to(base).parts)
            and not path.name.startswith("benchmarks.")
            and path.name != "report.html"  # it holds the table of run times
            and not path.name.endswith(".part")  # what a process killed while writing leaves behind
        }


def clean_environment(home: Path) -> dict[str, str]:
    """The environment without what would make the test depend on this machine's user."""
    dropped = ("MALLORN_DATA", "KAGGLE", "SNAKEMAKE", "XDG_CONFIG", "NUMBA_CACHE_DIR")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    path = f"{Path(sys.executable).parent}:{environment['PATH']}"
    return environment | {"HOME": str(home), "XDG_CACHE_HOME": str(CACHE), "PATH": path}


def few_families(config: dict[str, Any]) -> None:
    """One family that fits curves and one that reads them: all of them take minutes to compile."""
    config["features"] = {"gp2d": {}, "shape": {}}
    trees, views = (config["models"][name] | {"features": ["gp2d", "shape"]} for name in ("all_lgbm", "views_lgbm"))
    config["models"] = {"all_lgbm": trees, "views_lgbm": views | {"selection": {"n_features": 20, "n_rounds": 20}}}
    config["blends"] = {"blend": {"models": ["all_lgbm"]}, "blend_views": {"models": ["views_lgbm"]}}
    config["ablation"]["model"] = "all_lgbm"


def few_nights(config: dict[str, Any]) -> None:
    """Three nights of a replay, far apart, so that each has alerts of many objects."""
    config["nights"]["replay"] |= {"n_nights": 3, "step": 20, "n_objects": 700}


def _make_small(config: dict[str, Any]) -> None:
    config["simulated"] = {"n_objects": 700, "n_splits": 2, "seed": 7}
    config["predict"]["bundle"] = "results/simulated/bundle"
    config["folds"] = {"n_folds": 3, "n_repeats": 2, "seed": 1000}
    for model in config["models"].values():
        model["n_seeds"] = min(model.get("n_seeds", 1), 2)
        if "n_estimators" in model["parameters"]:
            model["parameters"]["n_estimators"] = 40
        if "n_networks" in model["parameters"]:
            model["parameters"] |= {"n_networks": 2, "max_iter": 10}
        if "tuning" in model:
            model["tuning"]["n_trials"] = 2
