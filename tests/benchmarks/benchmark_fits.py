"""Speed and optimum of the fits against the usual ways, on real light curves.

Run from the project's root on an idle machine; it takes about six minutes::

    python tests/benchmarks/benchmark_fits.py --mallorn-dir DIR --markdown docs/performance.md

`references.py` holds the other side, `measure.py` what is measured and required,
`performance_page.py` how it is written. The exit status is 1 if a requirement is not met.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

import argparse

from tde.compiled.cache import use_compiled

# Numba does not see edits of functions that a compiled one calls: compile anew, measure what is there.
_compiled = tempfile.TemporaryDirectory(prefix="compiled_")
use_compiled(_compiled.name)

from mallorn_sample import read_objects
from measure import all_measurements, family_times
from performance_page import family_table, page, speed_line, verdict


def main():
    """Run the benchmark; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=200, help="number of objects (default: 200)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the sample (default: 1)")
    parser.add_argument("--mallorn-dir", default=os.environ.get("MALLORN_DATA"), help="default: $MALLORN_DATA")
    parser.add_argument("--markdown", type=Path, help="also write the tables to this file")
    arguments = parser.parse_args()
    if not arguments.mallorn_dir:
        parser.error("give --mallorn-dir or set MALLORN_DATA")

    lightcurves = read_objects(arguments.mallorn_dir, arguments.objects, arguments.seed)
    measurements = []
    for measurement in all_measurements(lightcurves):
        measurements.append(measurement)
        print(speed_line(measurement), flush=True)
    times = family_times(lightcurves)
    print(family_table(times))
    print(verdict(measurements))
    if arguments.markdown:
        command = f"python tests/benchmarks/benchmark_fits.py --objects {arguments.objects} --seed {arguments.seed}"
        arguments.markdown.write_text(page(command, lightcurves, measurements, times), encoding="utf-8")
    return 0 if all(measurement.met for measurement in measurements) else 1


if __name__ == "__main__":
    sys.exit(main())
