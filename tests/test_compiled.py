"""The folder of compiled code is set before numba is there, or not at all."""

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
