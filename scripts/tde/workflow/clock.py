"""Files that a wrong clock dated in the future."""

from __future__ import annotations

import os
import time
from pathlib import Path


def date_back(folder: Path | str, margin: float = 1.0) -> int:
    """Give files that are dated in the future the present time.

    A clock that was ahead and has been put right leaves such files behind. Snakemake would
    refuse every file made from them now, since it is older than its inputs.

    Parameters
    ----------
    folder : path
        Where to look, with all folders below it; it need not exist.
    margin : float
        Seconds that clocks of one network may differ by.

    Returns
    -------
    int
        Number of files that were dated back, all to the same time.
    """
    now = time.time()
    found = 0
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            try:
                if os.lstat(path).st_mtime > now + margin:
                    os.utime(path, (now, now), follow_symlinks=False)
                    found += 1
            except FileNotFoundError:  # a temporary file of a running job
                continue
    return found
