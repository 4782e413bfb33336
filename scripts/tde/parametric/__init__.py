"""Parametric models of light curves."""
