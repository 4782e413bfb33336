"""The files that a rule names as inputs are exactly those its script imports."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tde.imports import import_statements, library_files

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
RULE_SCRIPTS = sorted(path.stem for path in SCRIPTS.glob("*.py"))


IMPORT_EACH = """
import importlib, json, os, sys
import astropy.cosmology, astropy.table, lightgbm, matplotlib.pyplot, numba, pandas, pyarrow.parquet  # slow: once
sys.path.insert(0, sys.argv[1])
for script in sys.argv[2:]:
    child = os.fork()
    if child == 0:
        importlib.import_module(script)
        files = [module.__file__ for name, module in sys.modules.items() if name.split(".")[0] == "tde"]
        print(json.dumps([script, files]), flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{script} cannot be imported")
"""
"""Imports each script in a process in which none of ours has been imported."""


@pytest.fixture(scope="module")
def loaded():
    """Files of the library that Python loads on the import of each script."""
    command = [sys.executable, "-c", IMPORT_EACH, str(SCRIPTS), *RULE_SCRIPTS]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(line) for line in run.stdout.splitlines())


@pytest.mark.parametrize("script", RULE_SCRIPTS)
def test_static_reading_covers_what_python_loads(loaded, script):
    """Whatever Python really loads on import is among the files found."""
    assert set(loaded[script]) <= set(library_files(SCRIPTS, [script]))


def imports_in(tree):
    return {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)}


def test_the_imports_that_are_found_in_a_file_are_all():
    for path in SCRIPTS.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert imports_in(import_statements(text)) == imports_in(ast.parse(text)), path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"""Words\nfrom here on.\n"""\nimport a\n', {"import a"}),
        ("def f():\n    from a import (  # why\n        b,\n        c as d,\n    )\n", {"from a import b, c as d"}),
        ("if True: import a; import b.c; from d import e\n", {"import a", "import b.c", "from d import e"}),
        ("from a import b, \\\n    c\n", {"from a import b, c"}),
        ("class A:\n\timport a as b\n", {"import a as b"}),
    ],
)
def test_no_way_to_write_an_import_hides_it(text, expected):
    assert imports_in(import_statements(text)) == expected


def test_imports_inside_functions_and_through_others_count(tmp_path):
    package = tmp_path / "lib"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "deep.py").write_text("")
    (package / "middle.py").write_text("def f():\n    from lib import deep\n    return deep\n")
    (package / "other.py").write_text("")
    (tmp_path / "job.py").write_text("import numpy\nfrom lib.middle import f\n")
    found = [Path(path).name for path in library_files(tmp_path, ["job"])]
    assert found == ["__init__.py", "deep.py", "middle.py"]


def test_templates_beside_a_module_belong_to_it(tmp_path):
    (tmp_path / "lib/templates").mkdir(parents=True)
    for name in ("__init__.py", "page.py", "templates/page.html.j2", "templates/style.css"):
        (tmp_path / "lib" / name).write_text("")
    (tmp_path / "job.py").write_text("import lib.page\n")
    found = [Path(path).name for path in library_files(tmp_path, ["job"])]
    assert found == ["__init__.py", "page.py", "page.html.j2", "style.css"]


def test_unknown_root_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no script or module 'nothing'"):
        library_files(tmp_path, ["nothing"])


def test_families_do_not_share_each_others_modules():
    """An edit of the gp_drw family must leave the domain family alone, and the reverse."""
    gp_drw = set(library_files(SCRIPTS, ["tde.features.gp_drw"]))
    domain = set(library_files(SCRIPTS, ["tde.features.domain"]))
    assert any(path.endswith("gp/drw.py") for path in gp_drw - domain)
    assert any(path.endswith("features/domain/__init__.py") for path in domain - gp_drw)


@pytest.mark.parametrize("script", ["compute_features", "fit_curves", "make_shard"])
def test_jobs_that_take_plain_options_do_not_wait_for_the_classes_of_the_configuration(script):
    code = f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); import {script}; assert 'pydantic' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert not any("configuration" in path for path in library_files(SCRIPTS, [script]))


ABSENT = """
import sys
sys.path.insert(0, sys.argv[1])
from tde.hidden_packages import hide_pandas
hide_pandas()
import tde.models.lightgbm_model
assert not {"pandas", "sklearn"} & set(sys.modules)
import pandas, pyarrow, sklearn.base
frame = pandas.DataFrame({"mjd": [60000.5, None], "band": ["g", None]})
assert pyarrow.Table.from_pandas(frame).to_pandas().equals(frame)
"""


def test_jobs_that_fit_trees_load_neither_pandas_nor_scikit_learn_until_they_are_wanted():
    subprocess.run([sys.executable, "-c", ABSENT, str(SCRIPTS)], check=True)
