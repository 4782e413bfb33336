"""Ideas for whole light curves, each compared with the submitted blend: the rows of docs/experiments.md.

    .venv/bin/python tests/benchmarks/whole_curves/run.py STEP [STEP ...]

needs a finished run on MALLORN with models of views. Steps: look, posterior, pairs, learners, threshold, views,
stability, learning_curve. What is fitted is kept under ``results/whole_curves``, by the seed of the folds.
"""
