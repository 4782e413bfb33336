"""Where numba keeps what it has compiled: called before the first import of numba."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tde.compiled.whole_programs import optimise_whole_programs
from tde.hidden_packages import hide_pandas, without

SCRIPTS = Path(__file__).resolve().parents[2]
"""The folder that holds the library."""


def use_compiled(folder: Path | str) -> None:
    """Load compiled code from a folder, and keep what is compiled from now on there.

    Numba reads the folder's name when it is first imported, so nothing that uses numba
    may have been imported yet. Numba would also load SciPy, for linear algebra that the
    compiled functions do not use. It asks once and remembers the answer; hiding SciPy, and pandas from
    pyarrow, nearly halves the time of a small job.

    Parameters
    ----------
    folder : path
        Created if absent.

    Raises
    ------
    RuntimeError
        If numba has been imported with another folder.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    if "numba" in sys.modules and os.environ.get("NUMBA_CACHE_DIR") != str(folder):
        raise RuntimeError(f"numba was imported before the folder of its compiled code, {folder}, was set")
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    hide_pandas()
    with without("scipy"):
        import numba.np.arraymath  # noqa: F401, asks for SciPy
    _keep_by_module()
    optimise_whole_programs()


def _keep_by_module() -> None:
    """Name folders after modules, not after the repository's path: a copy of the repository can use them, too."""
    from numba.core.caching import UserProvidedCacheLocator

    elsewhere = UserProvidedCacheLocator.get_suitable_cache_subpath

    def subpath(py_file: str) -> str:
        path = Path(py_file).resolve()
        return ".".join(path.relative_to(SCRIPTS).parent.parts) if path.is_relative_to(SCRIPTS) else elsewhere(py_file)

    setattr(UserProvidedCacheLocator, "get_suitable_cache_subpath", staticmethod(subpath))  # noqa: B010, of a class
