"""Parametric light-curve models."""
