"""Estimators behind one small interface: fit on a fold, return class probabilities."""

import os

# OpenMP reads this once, when LightGBM, XGBoost or scikit-learn first loads it. Threads that wait
# for each other then sleep instead of spinning, which on a shared machine is up to 20 times faster.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
