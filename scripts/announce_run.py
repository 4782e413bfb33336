"""What `make run` will do and about how long it takes here; needs nothing but Python.

python scripts/announce_run.py CORES
"""

import math
import re
import sys
import textwrap
from pathlib import Path

ONE_CORE_MINUTES = 10
"""Core-minutes of a whole run of the configuration as it comes, measured on two cores."""

LONGEST_CHAIN = 4
"""Minutes of the jobs that wait for each other, which no further core makes shorter."""

INSTALLATION = 2
"""Minutes for the packages of `.venv`, most of them download."""


def announcement(cores: int, root: Path) -> str:
    objects = re.search(r"^\s*n_objects:\s*(\d+)", (root / "config.yaml").read_text(encoding="utf-8"), re.MULTILINE)
    number = f"{int(objects[1]):,} " if objects else ""
    installed = (root / ".venv/.run").exists()
    compiled = any((root / "results/compiled").glob("*"))
    steps = [] if installed else ["install the packages into .venv (once)"]
    steps += [] if compiled else ["compile the fits (once)"]
    steps += [f"simulate {number}light curves", "compute features", "train the models", "write the report"]
    minutes = max(math.ceil(ONE_CORE_MINUTES / cores), LONGEST_CHAIN) + (0 if installed else INSTALLATION)
    if (root / "results/simulated/submission.csv").exists():
        return "A run has ended here before: only what has changed since is done again."
    return (
        f"This will {', '.join(steps[:-1])} and {steps[-1]}:\n"
        f"about {minutes} min on {cores} core{'s' * (cores != 1)}. After Ctrl-C the same command goes on where it was."
    )


if __name__ == "__main__":
    print(textwrap.fill(announcement(int(sys.argv[1]), Path(__file__).resolve().parent.parent), 59), flush=True)
