"""Estimators behind one small interface: fit on a fold, return class probabilities."""
