"""The files that a rule names as inputs are exactly those its script imports."""

import subprocess
import sys
from pathlib import Path

import pytest

from tde.imports import library_files

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
RULE_SCRIPTS = sorted(path.stem for path in SCRIPTS.glob("*.py"))


@pytest.mark.parametrize("script", RULE_SCRIPTS)
def test_static_reading_covers_what_python_loads(script):
    """Whatever Python really loads on import is among the files found."""
    code = (
        f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); import {script};"
        "print('\\n'.join(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'tde'))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) <= set(library_files(SCRIPTS, [script]))


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
