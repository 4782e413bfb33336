"""Gaussian-process and damped-random-walk fits of light curves by state-space filters."""
