"""The folder of compiled code is set before numba is there, or not at all."""

import re
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, text=True, check=False)


def test_numba_uses_the_folder_and_scipy_can_still_be_imported(tmp_path):
    code = f"""
from tde.compiled.cache import use_compiled
use_compiled({str(tmp_path / "compiled")!r})
import numba, scipy.stats
print(numba.config.CACHE_DIR)
"""
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "compiled")


def test_too_late_is_an_error(tmp_path):
    done = run(
        f"import numba; from tde.compiled.cache import use_compiled; use_compiled({str(tmp_path / 'compiled')!r})"
    )
    assert "numba was imported before" in done.stderr


ONE_FAMILY = """
import compile_family
compile_family.main(family="powerlaw", options={{}}, reads=[], learns=False, needed=[], folder={folder!r})
"""

PROGRAM = """
from tde.compiled.cache import use_compiled
use_compiled({folder!r})
from numba import njit

@njit
def inner(x):
    return x * x

@njit
def outer(x):
    return inner(x) + 1.0

print(outer(3.0), inner.overloads[inner.signatures[0]].library.made, inner(3.0), outer(4.0), inner(2))
"""


class TestWholePrograms:
    def test_the_installed_numba_is_the_known_one(self):
        import numba

        from tde.compiled.whole_programs import KNOWN_VERSION

        assert numba.version_info.short == KNOWN_VERSION

    def test_another_numba_is_left_as_it_is(self, tmp_path):
        other = PROGRAM.replace("from tde", "import tde.compiled.whole_programs as w; w.KNOWN_VERSION = 0\nfrom tde", 1)
        done = run(other.format(folder=str(tmp_path)))
        assert done.returncode != 0
        assert "made" in done.stderr

    def test_what_python_does_not_call_is_not_made_machine_code(self, tmp_path):
        done = run(PROGRAM.format(folder=str(tmp_path)))
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == ["10.0", "False", "9.0", "17.0", "4"]


class TestSharedCode:
    def compile(self, folder, monkeypatch, shared):
        monkeypatch.setenv("XDG_CACHE_HOME", str(shared))
        done = run(ONE_FAMILY.format(folder=str(folder)))
        assert done.returncode == 0, done.stderr
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.nbc")}

    def test_a_second_folder_takes_the_code_of_the_first(self, tmp_path, monkeypatch):
        first = self.compile(tmp_path / "first", monkeypatch, tmp_path)
        kept = set((tmp_path / "mallorn-tde/compiled").iterdir())
        second = self.compile(tmp_path / "second", monkeypatch, tmp_path)
        assert set((tmp_path / "mallorn-tde/compiled").iterdir()) == kept
        assert second.items() <= first.items()
        assert any("powerlaw" in str(path) for path in second)

    def test_a_folder_that_others_may_write_to_is_not_used(self, tmp_path, monkeypatch):
        folder = tmp_path / "mallorn-tde/compiled"
        folder.mkdir(parents=True)
        folder.chmod(0o777)
        assert self.compile(tmp_path / "first", monkeypatch, tmp_path)
        assert not list(folder.iterdir())

    def test_a_change_of_a_file_that_is_imported_changes_the_key(self, tmp_path, monkeypatch):
        for name, text in {"a": "from tde.b import x\n", "b": "x = 1\n", "c": "y = 1\n"}.items():
            (tmp_path / "tde").mkdir(exist_ok=True)
            (tmp_path / "tde" / f"{name}.py").write_text(text)
        digests = []
        for text in ("x = 1\n", "x = 2\n"):
            (tmp_path / "tde/b.py").write_text(text)
            code = f"""
from pathlib import Path
from tde.compiled import shared_code as store
store.SCRIPTS = Path({str(tmp_path)!r})
print(*(store.digest_of_imports(store.SCRIPTS / f"tde/{{name}}.py") for name in "abc"))
"""
            digests.append(run(code).stdout.split())
        (a, b, c), (new_a, new_b, new_c) = digests
        assert a != new_a
        assert b != new_b
        assert c == new_c


def test_scripts_that_use_compiled_code_leave_numba_until_they_know_its_folder():
    """On one core a job computes in its own process: whatever it imports first must not bring numba along."""
    names = [
        path.stem
        for path in sorted(SCRIPTS.glob("*.py"))
        if re.search(r"compiled\b.*(: str|input\.compiled)", path.read_text())
    ]
    assert {"compute_features", "compute_views", "measure_early"} <= set(names)
    done = run("".join(f"import {name}, sys\nassert 'numba' not in sys.modules, {name!r}\n" for name in names))
    assert done.returncode == 0, done.stderr
