"""The measurements as Markdown: docs/performance.md."""

from __future__ import annotations

import importlib.metadata
import math
import platform
from pathlib import Path

PACKAGES = ("numpy", "numba", "scipy", "scikit-learn", "george")


def machine():
    """The processor and the versions that matter."""
    processor = platform.processor()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            processor = line.split(":", 1)[1].strip()
            break
    versions = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    return f"{processor}, one core; Python {platform.python_version()}, {', '.join(versions)}"


def milliseconds(value):
    """Three significant digits; a dash if there is none."""
    if math.isnan(value):
        return "–"
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}" if value > 0.0 else "0"


def speed_line(measurement):
    """One line of the speed table."""
    compared = not math.isnan(measurement.theirs)
    if math.isnan(measurement.least_ratio):
        required = f"≤ {measurement.most_ms:g} ms"
    else:
        required = f"≥ {measurement.least_ratio:g}x"
    cells = [
        measurement.fit,
        measurement.reference or "–",
        milliseconds(measurement.theirs),
        milliseconds(measurement.ours),
        f"{measurement.ratio:.{0 if measurement.ratio >= 10.0 else 1}f}x" if compared else "–",
        required,
        "yes" if measurement.met else "**NO**",
        measurement.optimum or "–",
    ]
    return f"| {' | '.join(cells)} |"


def speed_table(measurements):
    """The speed table."""
    head = [
        "| fit | reference | theirs | ours | ratio | required | met | optimum |",
        "|---|---|---:|---:|---:|---:|---|---|",
    ]
    return "\n".join([*head, *(speed_line(measurement) for measurement in measurements)])


def family_table(times):
    """Where the time goes: the families, slowest first."""
    lines = ["| family | fit | features | share |", "|---|---:|---:|---:|"]
    total = {family: features + (0.0 if math.isnan(fit) else fit) for family, (fit, features) in times.items()}
    everything = sum(total.values())
    for family in sorted(total, key=total.get, reverse=True):
        fit, features = (milliseconds(value) for value in times[family])
        lines.append(f"| {family} | {fit} | {features} | {total[family] / everything:.1%} |")
    lines.append(f"| all | | {milliseconds(everything)} | 100% |")
    return "\n".join(lines)


def verdict(measurements):
    """Whether all requirements are met, and which are not."""
    failed = [measurement.fit for measurement in measurements if not measurement.met]
    return "All requirements are met." if not failed else f"**NOT met: {'; '.join(failed)}.**"


def page(command, lightcurves, measurements, times):
    """The whole page."""
    return f"""# Speed

`{command}` on {machine()}.

{len(lightcurves)} objects with {len(lightcurves.mjd)} fluxes, drawn at random from the MALLORN files. CPU time
of one thread in milliseconds per object; both sides of a line fit the same fluxes in one run. The references are
written as public light-curve classifiers use these libraries: `tests/benchmarks/references.py`.

{verdict(measurements)}

{speed_table(measurements)}

## Where the time goes

All families of config.yaml on the same objects: CPU time in milliseconds per object, compilation and files left out.
`fit` is the curve that the family fits and keeps; families that read it do not pay for it again.

{family_table(times)}
"""
