"""Folds, thresholds, metrics and comparison: how every model is measured."""
