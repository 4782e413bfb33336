"""Where numba keeps what it has compiled: called before the first import of numba."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def use_kernels(folder: Path | str) -> None:
    """Load compiled kernels from a folder, and keep new ones there.

    Numba reads the folder's name when it is first imported, so nothing that uses numba
    may have been imported yet. Numba would also load SciPy, for linear algebra that the
    kernels do not use; hiding it meanwhile saves every small job a third of a second.

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
        raise RuntimeError(f"numba was imported before its kernels' folder {folder} was set")
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    hide = "scipy" not in sys.modules
    if hide:
        sys.modules["scipy"] = None  # type: ignore[assignment]
    import numba  # noqa: F401

    if hide:
        del sys.modules["scipy"]
