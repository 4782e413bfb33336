"""Numerical building blocks that know nothing of light curves."""
