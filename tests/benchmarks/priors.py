"""Rates of the classes that are estimated, and probabilities under them, where both are known.

    .venv/bin/python tests/benchmarks/priors.py results/mallorn/bundle

Surveys are drawn from the light curves that the bundle's models have not learnt from. Prints Markdown.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "scripts"))

from tde.evaluation.class_rates import estimated_rates, under_rates
from tde.evaluation.classes import CLASSES
from tde.predict.bundle import HELD_OUT
from tde.predict.under_prior import learnt_rates
from tde.tables import read_parquet

SURVEYS = {
    "few TDEs": (0.8, 0.13, 0.055, 0.01, 0.005),
    "supernovae": (0.05, 0.7, 0.2, 0.03, 0.02),
    "many TDEs": (0.3, 0.2, 0.2, 0.1, 0.2),
    "nearly all AGN": (0.97, 0.02, 0.005, 0.0025, 0.0025),
}
N_OBJECTS, N_DRAWS = 2000, 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    table = read_parquet(parser.parse_args().bundle / HELD_OUT)
    said = np.column_stack([table[f"p_{name}"].to_numpy() for name in CLASSES[:-1]] + [table["both"].to_numpy()])
    code = np.array([CLASSES.index(name) for name in table["class"].to_pylist()])
    learnt, weight = learnt_rates(CLASSES, table), table["weight"].to_numpy()
    share = np.bincount(code, weight) / weight.sum()
    told = ", ".join(f"{name} {ratio:.3f}" for name, ratio in zip(CLASSES, learnt / share, strict=True))
    print(f"Mean of what is said over the share of each class: {told}.\n")
    print("| survey | rate of TDEs | estimated, mean | its error | within two errors, all classes |"
          " expected / true TDEs | the same without a prior |")  # fmt: skip
    print("|---|---:|---:|---:|---:|---:|---:|")
    generator = np.random.default_rng(17)
    of_class = [np.flatnonzero(code == k) for k in range(len(CLASSES))]
    for name, given in SURVEYS.items():
        rates, found, inside, numbers = np.array(given), [], [], []
        for _ in range(N_DRAWS):
            counts = generator.multinomial(N_OBJECTS, rates)
            rows = np.concatenate([generator.choice(mine, n) for mine, n in zip(of_class, counts, strict=True)])
            estimate = estimated_rates(said[rows], learnt, 50)
            found.append((estimate.rates[-1], estimate.errors()[-1]))
            inside.append(np.abs(estimate.rates - rates) < 2.0 * estimate.errors())
            p_tde = under_rates(said[rows], learnt, rates)[:, -1]
            numbers.append((p_tde.sum(), said[rows, -1].sum(), counts[-1]))
        (mean, error), (under, before, true) = np.mean(found, axis=0), np.sum(numbers, axis=0)
        print(
            f"| {name} | {100 * rates[-1]:.2f} % | {100 * mean:.2f} % | {100 * error:.2f} % | {np.mean(inside):.0%} |"
            f" {under / true:.2f} | {before / true:.2f} |"
        )


if __name__ == "__main__":
    main()
