"""Where a job's words go: everything it prints lands in its log file."""

from __future__ import annotations

import contextlib
import faulthandler
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from tde.errors import InputError


@contextlib.contextmanager
def run_log(path: Path | str) -> Iterator[None]:
    """Send standard output and error of the block to a log file.

    An `InputError` ends the process with its message alone; any other exception
    ends it with its traceback.

    Parameters
    ----------
    path : path
        The log file; its folder is created.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", buffering=1) as log:
        faulthandler.enable(log)
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            try:
                yield
            except InputError as error:
                print(f"Error: {error}")
                sys.exit(1)
            except Exception:
                traceback.print_exc()
                sys.exit(1)
            finally:
                faulthandler.disable()
