"""Ideas for whole light curves, each compared with the submitted blend: rows of docs/experiments.md.

    .venv/bin/python tests/benchmarks/whole_curves/run.py STEP [STEP ...]

needs a finished run on MALLORN with models of views. What is fitted is kept under ``results/whole_curves``, by the
seed of the folds; a step whose fits are there takes seconds, one of other seeds (``--seeds``) fits anew.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "scripts"), str(Path(__file__).resolve().parent)]

STEPS = (
    "look", "posterior", "further_tdes", "pairs", "learners", "threshold", "views", "stability", "together",
    "learning_curve",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("steps", nargs="+", choices=STEPS)
    parser.add_argument("--results", type=Path, default=Path("results/mallorn"), help="a finished run on MALLORN")
    parser.add_argument("--own", type=Path, default=Path("results/whole_curves"))
    parser.add_argument("--compiled", default="results/compiled/all_families")
    parser.add_argument("--seeds", type=int, nargs="+", default=[5000], help="of the folds")
    parser.add_argument("--repeats", type=int, default=2, help="of each seed")
    arguments = parser.parse_args()
    from tde.compiled.cache import use_compiled

    use_compiled(arguments.compiled)  # before anything is compiled
    from harness import HEAD, Joined, Study, joined, mean, own_row, row

    studies = [Study(arguments.results, arguments.own, seed, arguments.repeats) for seed in arguments.seeds]
    for step in arguments.steps:
        module = import_module(step)
        if not hasattr(module, "ideas"):
            module.report(studies[0])
            continue
        together = Joined(studies[0].training, joined([study.folds for study in studies]))
        blend = joined([mean(list(study.members().values())) for study in studies])
        print(f"{HEAD}\n{own_row(together, 'the blend itself', blend)}")
        found = [module.ideas(study) for study in studies]
        for words in found[0]:
            print(row(together, words, joined([of_study[words] for of_study in found]), blend), flush=True)
        if hasattr(module, "beside"):
            module.beside(together, blend)


if __name__ == "__main__":
    main()
