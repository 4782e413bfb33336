"""Speed and optimum of the state-space fits against the usual dense fits, on real light curves.

Run from the project's root with one idle core::

    python tests/benchmarks/benchmark_fits.py --objects 90 --mallorn-dir DIR

Both sides fit the same fluxes of the same objects, six bands each, in one process, and CPU
time is measured. The references are what public light-curve classifiers do:

- DRW: dense Cholesky likelihood, scipy's L-BFGS-B with numerical gradients from one start;
- Matern-3/2 + white noise: scikit-learn's GaussianProcessRegressor with two restarts.

The optimum is compared like with like: same model, same fixed mean (the band's average), and a
box of ours that contains theirs. The exit status is 1 if a requirement is not met.
"""

from __future__ import annotations

import os

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"

import argparse
import importlib.metadata
import platform
import sys
import time
import warnings
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from mallorn_sample import read_objects

from tde.gp.fit import MIN_POINTS, fit_series
from tde.photometry import BANDS

REQUIRED_RATIO = {"drw": 300.0, "matern32": 250.0}
OPTIMUM_TOLERANCE = 1e-3
TITLE = {"drw": "DRW", "matern32": "GP Matern-3/2 + white noise"}
REFERENCE = {
    "drw": "dense Cholesky + L-BFGS-B, numerical gradients",
    "matern32": "scikit-learn GaussianProcessRegressor, 2 restarts",
}


def dense_drw(mjd, flux, flux_err):
    """Maximum log-likelihood of a DRW by dense Cholesky decomposition and L-BFGS-B.

    Start and box are those of the public system: tau from 1 to 500 days, driving amplitude
    sigma = s sqrt(2 / tau) from 0.01 to 10.
    """
    from scipy.linalg import cho_factor, cho_solve
    from scipy.optimize import minimize

    def negative_log_likelihood(parameters):
        tau, sigma = parameters
        lag = np.abs(mjd[:, None] - mjd)
        try:
            factor = cho_factor(0.5 * tau * sigma**2 * np.exp(-lag / tau) + np.diag(flux_err**2), lower=True)
        except np.linalg.LinAlgError:
            return 1e10
        log_det = 2.0 * np.sum(np.log(np.diag(factor[0])))
        return 0.5 * (flux @ cho_solve(factor, flux) + log_det + flux.size * np.log(2.0 * np.pi))

    start = [min(max(np.ptp(mjd) / 4.0, 1.0), 100.0), min(max(np.std(flux), 0.01), 10.0)]
    return -minimize(negative_log_likelihood, start, method="L-BFGS-B", bounds=[(1.0, 500.0), (0.01, 10.0)]).fun


def sklearn_matern32(mjd, flux, flux_err):
    """Maximum log-likelihood of Matern-3/2 + white noise by scikit-learn.

    Kernel, start and box are those of the public system, in micro-Jansky and days.
    """
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    kernel = ConstantKernel(np.var(flux), (1e-4, 1e4)) * Matern(30.0, (1.0, 300.0), nu=1.5)
    kernel += WhiteKernel(np.mean(flux_err) ** 2, (1e-8, 1.0))
    process = GaussianProcessRegressor(kernel, alpha=flux_err**2, n_restarts_optimizer=2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about bounds and convergence
        process.fit(mjd[:, None], flux)
    return process.log_marginal_likelihood_value_


def band_series(lightcurves):
    """Every band with enough points as a series of its own, its average subtracted."""
    series = []
    for rows in lightcurves:
        for band in range(len(BANDS)):
            index = np.arange(rows.start, rows.stop)[lightcurves.band[rows] == band]
            if index.size >= MIN_POINTS:
                flux = lightcurves.flux[index]
                series.append((lightcurves.mjd[index], flux - flux.mean(), lightcurves.flux_err[index]))
    return series


def flatten(series):
    """The series as offsets and flat arrays."""
    offsets = np.concatenate([[0], np.cumsum([len(mjd) for mjd, _, _ in series])])
    return offsets, *(np.concatenate(columns) for columns in zip(*series, strict=True))


def cpu_time(function, n_repeats=1):
    """Result of ``function`` and its CPU time in seconds."""
    start = time.process_time()
    for _ in range(n_repeats):
        result = function()
    return result, (time.process_time() - start) / n_repeats


def measure(model, series):
    """CPU time of both sides and the differences of their maxima."""
    reference = dense_drw if model == "drw" else sklearn_matern32
    white_noise = model == "matern32"
    mean = np.zeros(len(series))
    flat = flatten(series)
    fit_series(model, *flat, white_noise=white_noise, mean=mean)  # compile
    reference(*series[0])  # import
    fits, ours = cpu_time(lambda: fit_series(model, *flat, white_noise=white_noise, mean=mean), n_repeats=20)
    maxima, theirs = cpu_time(lambda: np.array([reference(*one) for one in series]))
    return ours, theirs, fits.log_likelihood - maxima


def machine():
    """The processor and the versions that matter."""
    processor = platform.processor()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            processor = line.split(":", 1)[1].strip()
            break
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "numba", "scipy", "scikit-learn")]
    return f"{processor}, one core; Python {platform.python_version()}, {', '.join(versions)}"


def table(n_objects, n_series, results):
    """Markdown table of the results."""
    lines = [
        f"{n_objects} objects, {n_series} object-bands of {MIN_POINTS} points or more; CPU time in ms per object.",
        "",
        "| model | reference | theirs | ours | ratio | required | log L >= theirs - 0.001 | worst difference |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for model, (ours, theirs, difference) in results.items():
        good = int(np.sum(difference >= -OPTIMUM_TOLERANCE))
        lines.append(
            f"| {TITLE[model]} | {REFERENCE[model]} | {1e3 * theirs / n_objects:.1f} | {1e3 * ours / n_objects:.3f} |"
            f" {theirs / ours:.0f}x | {REQUIRED_RATIO[model]:.0f}x | {good} of {difference.size} |"
            f" {difference.min():+.5f} |"
        )
    return "\n".join(lines)


def main():
    """Run the benchmark; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=100, help="number of objects (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the sample (default: 1)")
    parser.add_argument("--mallorn-dir", default=os.environ.get("MALLORN_DATA"), help="default: $MALLORN_DATA")
    parser.add_argument("--markdown", type=Path, help="also write the table to this file")
    arguments = parser.parse_args()
    if not arguments.mallorn_dir:
        parser.error("give --mallorn-dir or set MALLORN_DATA")

    lightcurves = read_objects(arguments.mallorn_dir, arguments.objects, arguments.seed)
    series = band_series(lightcurves)
    results = {model: measure(model, series) for model in TITLE}
    text = table(len(lightcurves), len(series), results)
    print(text)
    if arguments.markdown:
        command = f"python tests/benchmarks/benchmark_fits.py --objects {arguments.objects} --seed {arguments.seed}"
        arguments.markdown.write_text(
            f"# Speed of the state-space fits\n\n`{command}` on {machine()}.\n\n{text}\n", encoding="utf-8"
        )
    met = all(
        theirs / ours >= REQUIRED_RATIO[model] and difference.min() >= -OPTIMUM_TOLERANCE
        for model, (ours, theirs, difference) in results.items()
    )
    print("All requirements met." if met else "A requirement is NOT met.")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
