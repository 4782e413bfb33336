"""What an addition costs: one new module, and one row of one table. No rule and no other file changes."""

import json
import sys
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq
import pytest
from workspace import ROOT, Workspace

from tde.predict.bundle import MANIFEST

RESULTS = "results/simulated"
MODULES = Path(__file__).parent / "additions"
REGISTRY = ("scripts/tde/features/registry.py", "FAMILIES = (")
FAMILIES = ("brightness", "running_mean", "class_quantiles")
"""Plain; fits curves; learns from training objects."""


class Addition(NamedTuple):
    """A file that is new, and a row in a table that is there.

    Attributes
    ----------
    file : str
        Where the module of that name in tests/additions goes; empty if none is needed.
    table : tuple of str
        File and first line of the table.
    row : str
    """

    file: str
    table: tuple[str, str]
    row: str


ADDITIONS = {
    "brightness": Addition(
        "scripts/tde/features/brightness.py", REGISTRY, 'Family("brightness", "How bright an object gets", SHAPE)'
    ),
    "running_mean": Addition(
        "scripts/tde/features/running_mean.py",
        REGISTRY,
        'Family("running_mean", "Means in steps of time", SHAPE, reads=("running_mean",), curves="Running mean")',
    ),
    "class_quantiles": Addition(
        "scripts/tde/features/class_quantiles.py",
        REGISTRY,
        'Family("class_quantiles", "Distances from the quantiles of each class", COLOUR, learns=True)',
    ),
    "naive_bayes": Addition(
        "scripts/tde/models/naive_bayes_model.py",
        ("scripts/tde/models/estimator_names.py", "ESTIMATORS = {"),
        '"naive_bayes": ("tde.models.naive_bayes_model", "NaiveBayes")',
    ),
    "skymapper": Addition(
        "",
        ("scripts/tde/filters.py", "SURVEYS = {"),
        '"skymapper": Survey({"g": 5100.0, "r": 6170.0, "i": 7790.0, "z": 9160.0}, "a page", ("skymapper",))',
    ),
}


def add(workspace: Workspace, name: str) -> None:
    """Put an addition into a workspace."""
    file, (table, first_line), row = ADDITIONS[name]
    if file:
        (workspace.path / file).write_text((MODULES / Path(file).name).read_text())
    path = workspace.path / table
    before, line, after = path.read_text().partition(f"\n{first_line}\n")
    assert line, f"{table} has no line {first_line!r}"
    path.write_text(f"{before}{line}    {row},\n{after}")


def configure(config: dict) -> None:
    """A run of the new families and the new estimator alone, with folds as few as can be."""
    config["simulated"] |= {"n_objects": 500, "n_splits": 1}
    config["features"] = {"brightness": {}, "running_mean": {}, "class_quantiles": {}}
    config["models"] = {
        "new": {"features": list(FAMILIES), "estimator": "naive_bayes", "target": "classes", "parameters": {}}
    }
    config["blends"] = {"blend": {"models": ["new"], "weights": "mean"}}
    config["ablation"], config["early"] = {"model": "new", "n_repeats": 2}, {"blend": ""}
    config["folds"] |= {"n_folds": 2, "n_repeats": 2}
    config["predict"] |= {
        "lightcurves": f"{RESULTS}/raw/split_01/test_full_lightcurves.csv",
        "objects": f"{RESULTS}/raw/test_log.csv",
        "survey": "skymapper",
        "bands": {"u": 3671.0, "y": 9712.0},
        "columns": {"time": "Time (MJD)", "value": "Flux", "error": "Flux_err", "band": "Filter"},
        "object_columns": {"z": "Z", "z_err": "Z_err", "ebv": "EBV"},
    }


def answer(workspace: Workspace, module: str, expression: str) -> object:
    """What an expression is in a module of the workspace's library."""
    program = f"import json\nfrom {module} import *\nprint(json.dumps({expression}))"
    return json.loads(workspace.run(sys.executable, "-c", program, PYTHONPATH="scripts").stdout)


@pytest.fixture(scope="module")
def enlarged(tmp_path_factory):
    """A workspace with all additions, in which all has run that reads them."""
    workspace = Workspace.create(tmp_path_factory.mktemp("additions") / "workspace")
    for name in ADDITIONS:
        add(workspace, name)
    workspace.configure(configure)
    results = ("features/catalogue.md", "report/fits_running_mean.png")
    workspace.snakemake("--cores", "1", "submission", "bundle", *(f"{RESULTS}/{name}" for name in results))
    workspace.snakemake("--cores", "1", "predict")  # of light curves that the first run has made
    return workspace


def changed_files(workspace):
    """Files of the repository that differ in the workspace, or are new there."""
    paths = {path.relative_to(workspace.path) for path in workspace.path.rglob("*") if path.is_file()}
    repository = (path for path in paths if path.parts[0] in ("Snakefile", "config.yaml", "rules", "scripts", "envs"))
    return {
        str(path)
        for path in repository
        if "__pycache__" not in path.parts
        and (not (ROOT / path).exists() or (ROOT / path).read_bytes() != (workspace.path / path).read_bytes())
    }


def test_only_new_modules_rows_and_the_configuration_differ(enlarged):
    """A module each, none for a survey, and one row: the tables grow by as many lines as there are additions."""
    modules = {addition.file for addition in ADDITIONS.values() if addition.file}
    tables = {addition.table[0] for addition in ADDITIONS.values()}
    assert changed_files(enlarged) == modules | tables | {"config.yaml"}
    longer = [len((base / name).read_text().splitlines()) for name in tables for base in (enlarged.path, ROOT)]
    assert sum(longer[::2]) - sum(longer[1::2]) == len(ADDITIONS)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_comes_to_a_table_for_each_set(enlarged, family):
    for name in ("train", "test"):
        table = pq.read_table(enlarged.path / f"{RESULTS}/features/{family}/{name}.parquet")
        objects = pq.read_table(enlarged.path / f"{RESULTS}/objects/{name}.parquet")
        assert table["object_id"] == objects["object_id"]
        assert np.isfinite(np.array(table.columns[1:])).mean() > 0.5


@pytest.mark.parametrize("family", FAMILIES)
def test_the_model_reads_every_family_and_the_bundle_keeps_it(enlarged, family):
    ranked = pq.read_table(enlarged.path / f"{RESULTS}/models/new/importance.parquet")
    assert any(name.startswith(f"{family}.") for name in ranked["feature"].to_pylist())
    manifest = json.loads((enlarged.path / RESULTS / "bundle" / MANIFEST).read_text())
    assert family in [each["name"] for each in manifest["families"]]


@pytest.mark.parametrize(("family", "group"), [*zip(FAMILIES, ("SHAPE", "SHAPE", "COLOUR"), strict=True)])
def test_catalogue_and_reasons_know_the_family(enlarged, family, group):
    catalogue = (enlarged.path / f"{RESULTS}/features/catalogue.md").read_text()
    assert f"`{family}`" in catalogue or f"## {family}" in catalogue
    asked = f"group_of({family + '.anything'!r}, 'physics') == {group}"
    assert answer(enlarged, "tde.candidates.groups", asked) is True


def test_a_family_that_fits_curves_is_drawn_under_its_own_title(enlarged):
    assert (enlarged.path / f"{RESULTS}/report/fits_running_mean.png").stat().st_size > 20_000
    names = answer(enlarged, "tde.candidates.candidates_page", "CURVE_NAMES")
    assert names["running_mean"] == "Running mean"


def test_a_family_that_learns_does_so_in_every_fold(enlarged):
    """Held-out objects get their features from what was learnt without them."""
    folder = enlarged.path / f"{RESULTS}/features/class_quantiles/folds"
    parts = product(("random", "parent"), (0, 1), (0, 1), ("train", "photoz"))
    assert {path.stem for path in folder.iterdir()} == {"_".join(map(str, part)) for part in parts}
    one, other = (pq.read_table(folder / f"random_0_{fold}_train.parquet") for fold in (0, 1))
    assert not one.equals(other)


def test_a_family_that_learns_is_ablated_like_others(enlarged):
    ablated = {wildcards.get("family") for rule, wildcards in enlarged.planned("ablation") if rule == "ablate_family"}
    assert set(FAMILIES) <= ablated


def test_predictions_of_new_light_curves_are_those_of_the_run(enlarged):
    """The same objects, read as those of another survey, whose bands lie a little beside."""
    new = pq.read_table(enlarged.path / "results/predict/new/predictions.parquet").to_pandas()
    run = pq.read_table(enlarged.path / f"{RESULTS}/blends/blend/test.parquet").to_pandas()
    assert set(new["object_id"]) == set(run["object_id"])
    both = new.merge(run, on="object_id", suffixes=("", "_of_run"))
    assert (both["p_TDE"] - both["p_TDE_of_run"]).abs().quantile(0.9) < 0.05
    assert both["flags"].str.contains("foreign_bands").all()


def test_the_estimator_is_saved_and_read_again(enlarged):
    fitted = enlarged.path / f"{RESULTS}/models/new/fitted"
    assert [path.name for path in fitted.glob("*.npz")] == ["seed_0.npz"]


def test_a_survey_has_its_bands_under_its_own_names(enlarged):
    names = answer(enlarged, "tde.sources.passbands", "list(names_of('skymapper'))")
    assert {"g", "r", "i", "z", "skymapperg"} <= set(names)
