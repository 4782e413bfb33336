"""The log file of a job: everything it prints goes there."""

from __future__ import annotations

import contextlib
import errno
import faulthandler
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TextIO

from tde.errors import InputError
from tde.hidden_packages import hide_pandas


@contextlib.contextmanager
def run_log(path: Path | str) -> Iterator[None]:
    """Send standard output and error of the block to a log file.

    An `InputError` and a full disk end the process with a message alone, any other
    exception ends it with its traceback. SIGTERM, a cluster's warning before it kills, ends
    it like an exception, so that temporary files are removed.

    Parameters
    ----------
    path : path
        The log file; its folder is created.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", buffering=1) as log:
        faulthandler.enable(log)
        with _descriptors(log), contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            signal.signal(signal.SIGTERM, _terminate)
            hide_pandas()
            try:
                yield
            except InputError as error:
                print(f"Error: {error}")
                sys.exit(1)
            except Exception as error:
                if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                    print(f"Error: no space left on the disk: {error}; make room and run the same command again")
                else:
                    traceback.print_exc()
                sys.exit(1)
            finally:
                faulthandler.disable()


@contextlib.contextmanager
def _descriptors(log: TextIO) -> Iterator[None]:
    """Point the process's descriptors 1 and 2 to the log: compiled libraries and worker processes write there."""
    before = [os.dup(descriptor) for descriptor in (1, 2)]
    try:
        for descriptor in (1, 2):
            os.dup2(log.fileno(), descriptor)
        yield
    finally:
        for descriptor, saved in zip((1, 2), before, strict=True):
            os.dup2(saved, descriptor)
            os.close(saved)


def _terminate(number: int, frame: FrameType | None) -> None:
    print("Error: ended by SIGTERM, the signal of a time limit or of the user")
    sys.exit(128 + number)
